//! What an administrator proposes and Council leads agree to with their signature: calendar and time standards
//! by the leads of both components, a change of the organisation that makes a place finer by one lead (AN-01).

use sha2::{Digest, Sha256};

use crate::clock::Timestamp;
use crate::crypto::secret::SigningKey;
use crate::crypto::signature::Agreement;
use crate::domain::agreement::About;
use crate::domain::id::{AccountId, ComponentId, PostId};
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Directory, Problem, hexadecimal};
use crate::store::changes::Version;
use crate::store::journal::Head;
use crate::store::{self, StoreError, Tx};

/// A proposal that waits for Council leads.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub version: i64,
    pub body: String,
    /// What it would change now, in words.
    pub changes: Vec<String>,
    pub proposed_by: String,
    /// Name of each component, and whether its lead has agreed.
    pub components: Vec<(String, bool)>,
    /// Whether this person can agree to it now.
    pub for_me: bool,
}

/// What there is to agree to about one thing.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ChangeView {
    pub waiting: Option<Waiting>,
    /// Who declined the newest proposal, if somebody did.
    pub declined: Option<String>,
    /// Cases with a clock.
    pub running: i64,
}

/// What proposing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It is in force: nobody has to agree.
    InForce,
    /// It waits for Council leads.
    Waits,
}

/// A lead before a proposal that waits, with what is needed to sign for it.
struct Lead<'a> {
    component: &'a ComponentId,
    post: PostId,
    key: &'a SigningKey,
    head: Head,
    waits: Version,
}

/// The component that this person leads at the Council, if any.
pub(super) fn leads(by: &SignedIn) -> Option<&ComponentId> {
    by.seats.iter().find_map(|seat| match &seat.post {
        PostId::Council(component) if seat.lead => Some(component),
        _ => None,
    })
}

/// What an agreement names: SHA-256 of the very text.
pub(super) fn digest(body: &str) -> [u8; 32] {
    Sha256::digest(body.as_bytes()).into()
}

/// The version that an agreement names: of the organisation it is the one that would be in force, so that
/// a lead has agreed to the change from the one before it and to no other.
pub(super) const fn named_version(about: About, row: &Version) -> i64 {
    match about {
        About::Time => row.version,
        About::Organisation => row.base + 1,
    }
}

/// Whether somebody who leads a component is free to agree.
fn is_free(by: &SignedIn, about: About, row: &Version, agreed: &[(ComponentId, AccountId)]) -> bool {
    leads(by)
        .is_some_and(|mine| !agreed.iter().any(|(component, who)| component == mine || *who == by.account))
        && (about.proposer_may_agree() || row.proposed_by != by.account)
}

impl Candor {
    /// What holds: of what it is about, the version in force.
    async fn version_in_force(&self, tx: &mut Tx, about: About) -> Result<i64, Problem> {
        Ok(match about {
            About::Time => store::changes::version_in_force(tx, about).await?,
            About::Organisation => store::organisation::newest_version(tx).await?,
        })
    }

    /// The newest proposal, if it can still be agreed to: the organisation may have changed under it.
    async fn still_waits(&self, tx: &mut Tx, about: About) -> Result<Option<Version>, Problem> {
        let newest = store::changes::newest(tx, about).await?;
        let waits = newest.filter(|newest| newest.in_force_at.is_none() && newest.declined_by.is_none());
        match waits {
            Some(waits)
                if about == About::Organisation && waits.base != self.version_in_force(tx, about).await? =>
            {
                Ok(None)
            }
            other => Ok(other),
        }
    }

    /// What waits about something, as this person sees it.
    pub(super) async fn change_in(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        by: &SignedIn,
        about: About,
    ) -> Result<ChangeView, Problem> {
        let name = |account: &AccountId| directory.names.get(account).cloned().unwrap_or_default();
        let newest = store::changes::newest(tx, about).await?;
        let declined = newest.as_ref().and_then(|newest| newest.declined_by.as_ref()).map(name);
        let waiting = match self.still_waits(tx, about).await? {
            None => None,
            Some(row) => {
                let agreed = store::changes::agreements(tx, about, row.version).await?;
                let has = |id: &ComponentId| agreed.iter().any(|(component, _)| component == id);
                let components = directory.organisation()?.components.iter();
                Some(Waiting {
                    version: row.version,
                    changes: match about {
                        About::Time => super::time::changes(directory, &row.body)?,
                        About::Organisation => super::organisation::changes(directory, &row.body)?,
                    },
                    proposed_by: name(&row.proposed_by),
                    components: components
                        .map(|component| (component.short.clone(), has(&component.id)))
                        .collect(),
                    for_me: is_free(by, about, &row, &agreed),
                    body: row.body,
                })
            }
        };
        Ok(ChangeView { waiting, declined, running: store::cases::running(tx).await?.0 })
    }

    /// What waits about something, for administrators and Council leads.
    pub async fn change(&self, by: &SignedIn, about: About) -> Result<ChangeView, Problem> {
        if !by.administrator && leads(by).is_none() {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        self.change_in(&mut tx, &directory, by, about).await
    }

    /// What waits for the agreement of this very person.
    pub async fn changes_wait_for(&self, by: &SignedIn) -> Result<Vec<About>, Problem> {
        let mut waits = Vec::new();
        if leads(by).is_some() {
            for about in About::ALL {
                if self.change(by, about).await?.waiting.is_some_and(|waiting| waiting.for_me) {
                    waits.push(about);
                }
            }
        }
        Ok(waits)
    }

    /// Adds a proposal, which takes the place of one that waits, and says so in the journal.
    pub(super) async fn add_proposal(
        &self,
        tx: &mut Tx,
        by: &SignedIn,
        about: About,
        base: i64,
        body: String,
        in_force_at: Option<Timestamp>,
    ) -> Result<Version, Problem> {
        let row = Version {
            version: store::changes::newest(tx, about).await?.map_or(1, |newest| newest.version + 1),
            base,
            body,
            proposed_at: self.clock.now(),
            proposed_by: by.account,
            in_force_at,
            declined_by: None,
        };
        store::changes::insert(tx, about, &row).await?;
        let digest = hexadecimal(&digest(&row.body));
        let act = match about {
            About::Time => StaffAct::TimeProposed { version: row.version, digest, by: by.account },
            About::Organisation => StaffAct::OrganisationProposed {
                proposal: row.version,
                version: named_version(about, &row),
                digest,
                by: by.account,
            },
        };
        self.record_act(tx, act).await?;
        Ok(row)
    }

    /// The proposal that waits, if it is the one that was looked at, for the lead of a component.
    async fn for_lead<'a>(
        &self,
        tx: &mut Tx,
        by: &'a SignedIn,
        about: About,
        version: i64,
    ) -> Result<Lead<'a>, Problem> {
        let component = leads(by).ok_or(Problem::NotFound)?;
        let key = by.signing.as_ref().ok_or(Problem::SignInAgain)?;
        // One after the other: what is decided below follows from what nobody else can change now.
        let head = store::journal::lock_head(tx).await?;
        // Whoever led when they signed in may not lead any more.
        let directory = self.directory_in(tx).await?;
        let post = PostId::Council(component.clone());
        if !directory.seats(by.account).iter().any(|seat| seat.lead && seat.post == post) {
            return Err(Problem::NotFound);
        }
        let waits = self
            .still_waits(tx, about)
            .await?
            .filter(|newest| newest.version == version)
            .ok_or(Problem::Store(StoreError::Conflict))?;
        Ok(Lead { component, post, key, head, waits })
    }

    /// One lead agrees to a version. Returns whether it is in force now, because all have who are needed.
    /// Needs a fresh sign-in.
    pub async fn agree(&self, by: &SignedIn, about: About, version: i64) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let lead = self.for_lead(&mut tx, by, about, version).await?;
        if !about.proposer_may_agree() && lead.waits.proposed_by == by.account {
            return Err(Problem::Unusable(
                "You have proposed this yourself, so another lead of the Council has to agree.".to_owned(),
            ));
        }
        match store::changes::agree(&mut tx, about, version, lead.component, by.account).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => {
                return Err(Problem::Unusable("You have agreed to this already.".to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
        let digest = digest(&lead.waits.body);
        let named = named_version(about, &lead.waits);
        let agreement = Agreement {
            about,
            deployment: self.deployment,
            version: named,
            digest,
            post: &lead.post,
            journal_head: lead.head.hash,
        };
        // The head is named so that the signature can be checked from the journal alone.
        let signature = format!("{}.{}", lead.head.sequence, hexadecimal(&agreement.sign(lead.key)));
        let digest = hexadecimal(&digest);
        let component = lead.component.clone();
        let act = match about {
            About::Time => {
                StaffAct::TimeAgreed { version, digest: digest.clone(), component, by: by.account, signature }
            }
            About::Organisation => StaffAct::OrganisationAgreed {
                proposal: version,
                version: named,
                digest: digest.clone(),
                component,
                by: by.account,
                signature,
            },
        };
        self.record_act(&mut tx, act).await?;
        let agreed = store::changes::agreements(&mut tx, about, version).await?.len();
        let enough = agreed >= about.leads_needed();
        if enough {
            let since = self.clock.now();
            store::changes::put_in_force(&mut tx, about, version, since).await?;
            match about {
                About::Time => {
                    self.record_act(&mut tx, StaffAct::TimeSet { version, digest, since }).await?;
                }
                About::Organisation => self.put_organisation_in_force(&mut tx, &lead.waits).await?,
            }
        }
        tx.commit().await?;
        Ok(enough)
    }

    /// One lead declines a version, which ends it. Needs a fresh sign-in. No reason is kept: it would rest in
    /// clear, and leads and administrator can talk.
    pub async fn decline(&self, by: &SignedIn, about: About, version: i64) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let lead = self.for_lead(&mut tx, by, about, version).await?;
        store::changes::decline(&mut tx, about, version, by.account).await?;
        let digest = hexadecimal(&digest(&lead.waits.body));
        let act = match about {
            About::Time => StaffAct::TimeDeclined { version, digest, by: by.account },
            About::Organisation => StaffAct::OrganisationDeclined {
                proposal: version,
                version: named_version(about, &lead.waits),
                digest,
                by: by.account,
            },
        };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(())
    }
}
