//! Calendar and time standards: proposed by an administrator, in force once both Council leads agree.
//!
//! A case keeps the standards with which it opened, and a level the calendar under which it began, so no
//! change moves the end of a clock that runs. What a change does move is what begins later, in cases that
//! are under way too: that is for both leads. An administrator alone may only move days off so far ahead
//! that no clock reaches them.

use crate::clock::{DAY, Timestamp};
use crate::domain::agreement::About;
use crate::domain::deadline::Calendar;
use crate::domain::id::AccountId;
use crate::domain::organisation::Organisation;
use crate::domain::time::TimeSettings;
use crate::service::accounts::SignedIn;
use crate::service::agreement::{Proposed, Waiting, digest, leads};
use crate::service::record::StaffAct;
use crate::service::{Candor, Directory, Problem, hexadecimal};
use crate::store::changes::Version;
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
    /// What that would set.
    pub proposed: Option<TimeSettings>,
    /// Who declined the newest proposal, if somebody did.
    pub declined: Option<String>,
    /// Cases with a clock.
    pub running: i64,
}

/// The calendar of a deployment that nothing else is read of.
pub async fn calendar_in_force(tx: &mut Tx) -> Result<Calendar, Problem> {
    let organisation = match store::organisation::newest(tx).await? {
        Some((_, body)) => Some(Organisation::parse(&body).map_err(|_| Problem::Damaged)?),
        None => None,
    };
    Ok(read_time(tx, TimeSettings::initial(organisation.as_ref())).await?.1)
}

pub(super) fn settings_of(version: &Version) -> Result<TimeSettings, Problem> {
    parse(&version.body)
}

/// What a proposal would change now, in words.
pub(super) fn changes(directory: &Directory, body: &str) -> Result<Vec<String>, Problem> {
    Ok(TimeSettings::difference(&directory.time, &parse(body)?))
}

fn parse(body: &str) -> Result<TimeSettings, Problem> {
    serde_json::from_str(body).map_err(|_| Problem::Damaged)
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
        let current = store::changes::in_force(&mut tx, About::Time).await?.pop();
        let mut set_by = Vec::new();
        if let Some(current) = &current {
            set_by.push(name(&current.proposed_by));
            let agreed = store::changes::agreements(&mut tx, About::Time, current.version).await?;
            set_by.extend(agreed.iter().map(|(_, account)| name(account)));
        }
        let change = self.change_in(&mut tx, &directory, by, About::Time).await?;
        let proposed = change.waiting.as_ref().map(|waiting| parse(&waiting.body)).transpose()?;
        Ok(TimeView {
            in_force: directory.time.clone(),
            initial: TimeSettings::initial(directory.organisation.as_deref()),
            version: current.as_ref().map_or(0, |current| current.version),
            since: current.as_ref().and_then(|current| current.in_force_at),
            set_by,
            waiting: change.waiting,
            proposed,
            declined: change.declined,
            running: change.running,
        })
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
        let (_, last) = store::cases::running(tx).await?;
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
        if store::changes::version_in_force(&mut tx, About::Time).await? != base {
            return Err(Problem::Store(StoreError::Conflict));
        }
        if directory.time == *new {
            return Err(Problem::Unusable("This changes nothing.".to_owned()));
        }
        let now = self.clock.now();
        let alone = self.touches_no_clock(&mut tx, &directory, new).await?;
        let row = self.add_proposal(&mut tx, by, About::Time, base, body, alone.then_some(now)).await?;
        if alone {
            let digest = hexadecimal(&digest(&row.body));
            self.record_act(&mut tx, StaffAct::TimeSet { version: row.version, digest, since: now }).await?;
        }
        tx.commit().await?;
        Ok(if alone { Proposed::InForce } else { Proposed::Waits })
    }
}

/// What holds now, and its calendar with all that were in force before it.
pub(super) async fn read_time(
    tx: &mut Tx,
    initial: TimeSettings,
) -> Result<(TimeSettings, Calendar), Problem> {
    let mut settings = initial;
    let mut earlier = Vec::new();
    for row in store::changes::in_force(tx, About::Time).await? {
        let since = row.in_force_at.ok_or(Problem::Damaged)?;
        earlier.push((since, settings.to_calendar()));
        settings = settings_of(&row)?;
    }
    let calendar = Calendar { earlier, ..settings.to_calendar() };
    Ok((settings, calendar))
}
