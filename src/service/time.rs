//! Calendar and time standards: proposed by an administrator, in force once both Council leads agree.
//!
//! A case keeps the standards with which it opened, and a level the calendar under which it began, so no
//! change moves the end of a clock that runs. What a change does move is what begins later, in cases that
//! are under way too: that is for both leads. An administrator alone may only move days off so far ahead
//! that no clock reaches them.

use sha2::{Digest, Sha256};

use crate::clock::{DAY, Timestamp};
use crate::crypto::secret::SigningKey;
use crate::crypto::signature::Agreement;
use crate::domain::deadline::Calendar;
use crate::domain::id::{AccountId, ComponentId, PostId};
use crate::domain::time::TimeSettings;
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Directory, Problem, hexadecimal};
use crate::store::journal::Head;
use crate::store::time::Version;
use crate::store::{self, StoreError, Tx};

/// Days ahead, at least, of what an administrator may set alone.
pub const FAR_AHEAD: i64 = 180;

/// What holds, and what is proposed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TimeView {
    pub in_force: TimeSettings,
    pub initial: TimeSettings,
    /// 0 if nothing was ever set.
    pub version: i64,
    pub since: Option<Timestamp>,
    /// Who proposed it and who agreed, by sign-in name.
    pub set_by: Vec<String>,
    pub waiting: Option<Waiting>,
    /// Who declined the newest proposal, if somebody did.
    pub declined: Option<String>,
    /// Cases with a clock.
    pub running: i64,
}

/// A proposal that waits for one lead or both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Waiting {
    pub version: i64,
    pub settings: TimeSettings,
    pub changes: Vec<String>,
    pub proposed_by: String,
    /// Name of each component, and whether its lead has agreed.
    pub components: Vec<(String, bool)>,
    /// Whether this person can agree to it now.
    pub for_me: bool,
}

/// What proposing came to.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Proposed {
    /// It touches no clock and is in force.
    InForce,
    /// It waits for both leads.
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
fn leads(by: &SignedIn) -> Option<&ComponentId> {
    by.seats.iter().find_map(|seat| match &seat.post {
        PostId::Council(component) if seat.lead => Some(component),
        _ => None,
    })
}

/// What an agreement names: SHA-256 of the very text.
pub(super) fn digest(body: &str) -> [u8; 32] {
    Sha256::digest(body.as_bytes()).into()
}

pub(super) fn settings_of(version: &Version) -> Result<TimeSettings, Problem> {
    serde_json::from_str(&version.body).map_err(|_| Problem::Damaged)
}

fn waits(newest: Option<Version>) -> Option<Version> {
    newest.filter(|newest| newest.in_force_at.is_none() && newest.declined_by.is_none())
}

impl Candor {
    /// Calendar and standards for those who set them: administrators and Council leads.
    pub async fn time_settings(&self, by: &SignedIn) -> Result<TimeView, Problem> {
        if !by.administrator && leads(by).is_none() {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let name = |account: &AccountId| directory.names.get(account).cloned().unwrap_or_default();
        let current = store::time::in_force(&mut tx).await?.pop();
        let mut set_by = Vec::new();
        if let Some(current) = &current {
            set_by.push(name(&current.proposed_by));
            let agreed = store::time::agreements(&mut tx, current.version).await?;
            set_by.extend(agreed.iter().map(|(_, account)| name(account)));
        }
        let newest = store::time::newest(&mut tx).await?;
        let declined = newest.as_ref().and_then(|newest| newest.declined_by.as_ref()).map(name);
        let waiting = match waits(newest) {
            Some(newest) => Some(waiting(&mut tx, &directory, by, &newest, name(&newest.proposed_by)).await?),
            None => None,
        };
        Ok(TimeView {
            in_force: directory.time.clone(),
            initial: TimeSettings::initial(directory.organisation.as_deref()),
            version: current.as_ref().map_or(0, |current| current.version),
            since: current.as_ref().and_then(|current| current.in_force_at),
            set_by,
            waiting,
            declined,
            running: store::time::running(&mut tx).await?.0,
        })
    }

    /// Whether a proposal waits for this very person.
    pub async fn time_waits_for(&self, by: &SignedIn) -> Result<bool, Problem> {
        if leads(by).is_none() {
            return Ok(false);
        }
        Ok(self.time_settings(by).await?.waiting.is_some_and(|waiting| waiting.for_me))
    }

    /// Whether an administrator alone may set this instead of what holds.
    pub async fn time_touches_no_clock(&self, new: &TimeSettings) -> Result<bool, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        self.touches_no_clock(&mut tx, &directory, new).await
    }

    async fn touches_no_clock(
        &self,
        tx: &mut Tx,
        directory: &Directory,
        new: &TimeSettings,
    ) -> Result<bool, Problem> {
        let (_, last) = store::time::running(tx).await?;
        let far = self.clock.now().plus(FAR_AHEAD * DAY);
        let beyond = last.map_or(far, |last| last.max(far));
        Ok(directory
            .calendar
            .date_of(beyond)
            .is_some_and(|beyond| TimeSettings::touches_no_clock(&directory.time, new, beyond)))
    }

    /// Proposes settings in the place of version `base`, which was looked at. A newer proposal takes the
    /// place of one that waits, with whatever was agreed to it.
    pub async fn propose_time(
        &self,
        by: &SignedIn,
        base: i64,
        new: &TimeSettings,
    ) -> Result<Proposed, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        if let Some((_, words)) = new.faults().into_iter().next() {
            return Err(Problem::Unusable(words));
        }
        let body = serde_json::to_string(new).map_err(|_| Problem::Damaged)?;
        let mut tx = self.db.write().await?;
        // One after the other: what is decided below follows from what nobody else can change now.
        store::journal::lock_head(&mut tx).await?;
        let directory = self.directory_in(&mut tx).await?;
        if !directory.founded {
            return Err(Problem::NotFounded);
        }
        if store::time::version_in_force(&mut tx).await? != base {
            return Err(Problem::Store(StoreError::Conflict));
        }
        if directory.time == *new {
            return Err(Problem::Unusable("This changes nothing.".to_owned()));
        }
        let now = self.clock.now();
        let alone = self.touches_no_clock(&mut tx, &directory, new).await?;
        let version = store::time::newest(&mut tx).await?.map_or(1, |newest| newest.version + 1);
        let row = Version {
            version,
            body,
            proposed_at: now,
            proposed_by: by.account,
            in_force_at: alone.then_some(now),
            declined_by: None,
        };
        store::time::insert(&mut tx, &row).await?;
        let digest = hexadecimal(&digest(&row.body));
        let act = StaffAct::TimeProposed { version, digest: digest.clone(), by: by.account };
        self.record_act(&mut tx, act).await?;
        if alone {
            self.record_act(&mut tx, StaffAct::TimeSet { version, digest, since: now }).await?;
        }
        tx.commit().await?;
        Ok(if alone { Proposed::InForce } else { Proposed::Waits })
    }

    /// The proposal that waits, if it is the one that was looked at, for the lead of a component.
    async fn time_for_lead<'a>(
        &self,
        tx: &mut Tx,
        by: &'a SignedIn,
        version: i64,
    ) -> Result<Lead<'a>, Problem> {
        let component = leads(by).ok_or(Problem::NotFound)?;
        let key = by.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let head = store::journal::lock_head(tx).await?;
        // Whoever led when they signed in may not lead any more.
        let directory = self.directory_in(tx).await?;
        let post = PostId::Council(component.clone());
        if !directory.seats(by.account).iter().any(|seat| seat.lead && seat.post == post) {
            return Err(Problem::NotFound);
        }
        let waits = waits(store::time::newest(tx).await?)
            .filter(|newest| newest.version == version)
            .ok_or(Problem::Store(StoreError::Conflict))?;
        Ok(Lead { component, post, key, head, waits })
    }

    /// One lead agrees to a version. Returns whether it is in force now, because both have. Needs a fresh
    /// sign-in.
    pub async fn agree_to_time(&self, by: &SignedIn, version: i64) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let lead = self.time_for_lead(&mut tx, by, version).await?;
        match store::time::agree(&mut tx, version, lead.component, by.account).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => {
                return Err(Problem::Unusable("You have agreed to this already.".to_owned()));
            }
            Err(error) => return Err(error.into()),
        }
        let digest = digest(&lead.waits.body);
        let agreement = Agreement {
            deployment: self.deployment,
            version,
            digest,
            post: &lead.post,
            journal_head: lead.head.hash,
        };
        let signature = hexadecimal(&agreement.sign(lead.key));
        let digest = hexadecimal(&digest);
        let act = StaffAct::TimeAgreed {
            version,
            digest: digest.clone(),
            component: lead.component.clone(),
            by: by.account,
            // The head is named so that the signature can be checked from the journal alone.
            signature: format!("{}.{signature}", lead.head.sequence),
        };
        self.record_act(&mut tx, act).await?;
        let both = store::time::agreements(&mut tx, version).await?.len() == 2;
        if both {
            let since = self.clock.now();
            store::time::put_in_force(&mut tx, version, since).await?;
            self.record_act(&mut tx, StaffAct::TimeSet { version, digest, since }).await?;
        }
        tx.commit().await?;
        Ok(both)
    }

    /// One lead declines a version, which ends it. Needs a fresh sign-in. No reason is kept: it would rest in
    /// clear, and leads and administrator can talk.
    pub async fn decline_time(&self, by: &SignedIn, version: i64) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let lead = self.time_for_lead(&mut tx, by, version).await?;
        store::time::decline(&mut tx, version, by.account).await?;
        let act = StaffAct::TimeDeclined {
            version,
            digest: hexadecimal(&digest(&lead.waits.body)),
            by: by.account,
        };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(())
    }
}

async fn waiting(
    tx: &mut Tx,
    directory: &Directory,
    by: &SignedIn,
    newest: &Version,
    proposed_by: String,
) -> Result<Waiting, Problem> {
    let agreed = store::time::agreements(tx, newest.version).await?;
    let has = |id: &ComponentId| agreed.iter().any(|(component, _)| component == id);
    let settings = settings_of(newest)?;
    Ok(Waiting {
        version: newest.version,
        changes: TimeSettings::difference(&directory.time, &settings),
        settings,
        proposed_by,
        components: directory
            .organisation()?
            .components
            .iter()
            .map(|component| (component.short.clone(), has(&component.id)))
            .collect(),
        for_me: leads(by).is_some_and(|mine| !has(mine))
            && !agreed.iter().any(|(_, account)| *account == by.account),
    })
}

/// What holds now, and its calendar with all that were in force before it.
pub(super) async fn read_time(
    tx: &mut Tx,
    initial: TimeSettings,
) -> Result<(TimeSettings, Calendar), Problem> {
    let mut settings = initial;
    let mut earlier = Vec::new();
    for row in store::time::in_force(tx).await? {
        let since = row.in_force_at.ok_or(Problem::Damaged)?;
        earlier.push((since, settings.to_calendar()));
        settings = settings_of(&row)?;
    }
    let calendar = Calendar { earlier, ..settings.to_calendar() };
    Ok((settings, calendar))
}
