//! Who holds which post and whose keys can be trusted, read once for each change of people
//! or organisation and kept in memory until the next.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::crypto::approval::TrustMap;
use crate::domain::agreement::About;
use crate::domain::concern::{Concern, Pace};
use crate::domain::deadline::{Calendar, Standards};
use crate::domain::dispute::{self, Actor, Command, Dispute, Facts, Member, Opening, Seat};
use crate::domain::id::{AccountId, ComponentId, GroupId, PostId};
use crate::domain::organisation::Organisation;
use crate::domain::time::TimeSettings;
use crate::store::standing::{self, Restored};
use crate::store::{self, Tx};

use super::accounts::public_keys;
use super::time::read_time;
use super::{Candor, Problem};

/// The people and the organisation at one moment.
#[derive(Debug)]
pub struct Directory {
    versions: (i64, i64, i64),
    pub organisation: Option<Arc<Organisation>>,
    /// Whether concerns are accepted.
    pub founded: bool,
    /// Members whose approval leads to the founding leads; nobody else.
    pub members: BTreeMap<PostId, Vec<Member>>,
    /// Those of them who can act: whoever is barred keeps the post and its keys, and does nothing.
    pub acting: BTreeMap<PostId, Vec<Member>>,
    pub trust: TrustMap,
    pub calendar: Calendar,
    /// Calendar and time standards in force.
    pub time: TimeSettings,
    /// Sign-in names, for pages where one person must be told from another.
    pub names: BTreeMap<AccountId, String>,
    /// Whether the database was restored from a backup, and when.
    pub restored: Option<Restored>,
}

impl Directory {
    /// The organisation, once there is one.
    pub fn organisation(&self) -> Result<&Organisation, Problem> {
        self.organisation.as_deref().ok_or(Problem::NotFounded)
    }

    /// The posts that this account holds.
    #[must_use]
    pub fn seats(&self, account: AccountId) -> Vec<Seat> {
        self.members
            .iter()
            .flat_map(|(post, members)| {
                members.iter().filter(move |member| member.account == account).map(move |member| Seat {
                    account,
                    post: post.clone(),
                    lead: member.lead,
                })
            })
            .collect()
    }

    /// Whether somebody holds a post.
    #[must_use]
    pub fn holds(&self, account: AccountId, post: &PostId) -> bool {
        self.members.get(post).is_some_and(|held| held.iter().any(|member| member.account == account))
    }

    /// How many others than this person hold a post.
    #[must_use]
    pub fn others(&self, account: AccountId, post: &PostId) -> usize {
        self.members.get(post).into_iter().flatten().filter(|member| member.account != account).count()
    }

    /// How many people hold a post.
    #[must_use]
    pub fn count(&self, post: &PostId) -> usize {
        self.members.get(post).map_or(0, Vec::len)
    }

    /// Time standards for a pace.
    #[must_use]
    pub fn standards(&self, pace: Pace) -> Standards {
        self.time.standards(pace)
    }

    /// What a case of this concern opens with.
    pub fn opening(&self, concern: &Concern) -> Result<Opening, Problem> {
        let (pace, standards) = (concern.pace, self.standards(concern.pace));
        let opening = self
            .organisation()?
            .route(&concern.my_unit, &concern.other_unit, &concern.handler, pace, standards)
            .map_err(|error| Problem::Unusable(error.to_string()))?;
        Ok(Opening { name_for_panel: concern.identity.for_panel, ..opening })
    }

    /// The case as its batch would open it now, for asking `policy` who its readers are.
    pub fn as_opened(&self, opening: Opening, now: Timestamp) -> Result<Dispute, Problem> {
        let facts = Facts { now, calendar: &self.calendar, members: &self.acting, fresh: false };
        let events = dispute::decide(None, &Actor::Batch, &Command::Open(opening), &facts)?;
        Dispute::fold(&events).ok_or(Problem::Damaged)
    }

    /// A post in words; its identifier if the organisation does not know it any more.
    #[must_use]
    pub fn post_name(&self, post: &PostId) -> String {
        self.organisation
            .as_ref()
            .map_or_else(|| post.to_string(), |organisation| organisation.post_name(post))
    }

    /// A component in words.
    #[must_use]
    pub fn component_name(&self, id: &ComponentId) -> String {
        self.organisation
            .as_ref()
            .and_then(|organisation| organisation.component(id))
            .map_or_else(|| id.to_string(), |component| component.short.clone())
    }

    /// A working group in words.
    #[must_use]
    pub fn group_name(&self, id: &GroupId) -> String {
        self.organisation
            .as_ref()
            .and_then(|organisation| organisation.working_group(id))
            .map_or_else(|| id.to_string(), |group| group.name.clone())
    }

    /// The headquarters posts that are told of resolutions.
    #[must_use]
    pub fn headquarters(&self) -> Vec<PostId> {
        self.organisation.as_ref().map_or_else(Vec::new, |organisation| organisation.headquarters_posts())
    }
}

impl Candor {
    /// The directory as it is now.
    pub async fn directory(&self) -> Result<Arc<Directory>, Problem> {
        let mut tx = self.db.read().await?;
        self.directory_in(&mut tx).await
    }

    /// The directory as a transaction sees it.
    ///
    /// Nothing is done by whoever does not know both founding leads of a site that was founded: to them every post
    /// looks empty, so concerns would be sealed for nobody, and cases would be passed on as if everybody had left.
    pub(super) async fn directory_in(&self, tx: &mut Tx) -> Result<Arc<Directory>, Problem> {
        let known = self.knows_both_leads().await;
        let directory = self.directory_as_it_rests(tx).await?;
        if known || !directory.founded {
            return Ok(directory);
        }
        // The file may have been carried here since.
        if !self.read_founders_again().await.unwrap_or_default() {
            return Err(Problem::FoundersMissing);
        }
        self.directory_as_it_rests(tx).await
    }

    /// The same, whether or not this machine knows the founding leads: for checking what rests.
    pub(super) async fn directory_as_it_rests(&self, tx: &mut Tx) -> Result<Arc<Directory>, Problem> {
        let deployment = store::organisation::deployment(tx).await?.ok_or(Problem::Damaged)?;
        let versions = (
            store::organisation::newest_version(tx).await?,
            deployment.people_version,
            store::changes::version_in_force(tx, About::Time).await?,
        );
        let known = self.directory.read().await.clone();
        if let Some(known) = known.as_ref()
            && known.versions == versions
        {
            return Ok(Arc::clone(known));
        }
        // People come and go more often than the file changes, and reading it takes longer.
        let same = known.filter(|known| known.versions.0 == versions.0);
        let organisation = match &same {
            Some(known) => known.organisation.clone(),
            None => match store::organisation::newest(tx).await? {
                Some((_, body)) => Some(Arc::new(Organisation::parse(&body).map_err(|_| Problem::Damaged)?)),
                None => None,
            },
        };
        let roots = self.founders.read().await.clone();
        let trust = self.trust(tx, &roots).await?;
        let accounts = store::accounts::all(tx).await?;
        let mut current = BTreeMap::new();
        for account in &accounts {
            if let Some(public) = public_keys(account)? {
                current.insert(account.id, public);
            }
        }
        let mut members: BTreeMap<PostId, Vec<Member>> = BTreeMap::new();
        for member in store::accounts::members(tx).await? {
            // The table says who was put forward; only a chain of signatures makes a member.
            // An approval of keys that somebody has lost is void.
            if member.approved
                && let Some(verified) = trust.verified_member(&member.account, &member.post)
                && current.get(&member.account) == Some(verified.public())
            {
                let lead = verified.lead();
                members.entry(member.post).or_default().push(Member { account: member.account, lead });
            }
        }
        let barred: BTreeSet<_> =
            accounts.iter().filter(|account| !account.active).map(|account| account.id).collect();
        let mut acting = members.clone();
        for held in acting.values_mut() {
            held.retain(|member| !barred.contains(&member.account));
        }
        let names = accounts.into_iter().map(|account| (account.id, account.sign_in_name)).collect();
        let (time, calendar) = match same.filter(|known| known.versions.2 == versions.2) {
            Some(known) => (known.time.clone(), known.calendar.clone()),
            None => read_time(tx, TimeSettings::initial(organisation.as_deref())).await?,
        };
        let directory = Arc::new(Directory {
            versions,
            organisation,
            founded: deployment.founded_at.is_some(),
            members,
            acting,
            trust,
            calendar,
            time,
            names,
            restored: standing::restored(tx).await?,
        });
        *self.directory.write().await = Some(Arc::clone(&directory));
        Ok(directory)
    }
}
