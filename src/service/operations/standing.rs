//! How things stand, in numbers that tell nothing of visitors.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use crate::clock::{HOUR, Timestamp};
use crate::service::backup::{NEWEST_MOST, Newest};
use crate::service::{Candor, LANE, Problem};
use crate::store::heads::Place;
use crate::store::outbox::State;
use crate::store::{self, StoreError};

use super::{Ready, Rounds, Told};

/// How long after its time work may wait for a round before it is overdue. Rounds come every fifteen seconds.
pub const GRACE: i64 = HOUR / 12;

/// How things stand on this machine and in its database.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Standing {
    pub ready: Ready,
    pub rounds: Rounds,
    pub told: Told,
    /// Faults of the database by kind, as far as they may be told.
    pub faults: BTreeMap<&'static str, u64>,
    /// Passphrases that are being worked on for people at the door, of how many at most.
    pub signing_in: (usize, usize),
    /// How often somebody was asked to sign in later.
    pub turned_away: u64,
    /// The newest backup, where somebody is to watch over backups.
    pub backup: Option<Newest>,
    /// What the database says; nothing if it does not answer.
    pub resting: Option<Resting>,
}

/// What the database says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Resting {
    /// The last migration that it has had.
    pub schema: i64,
    /// Whether concerns are accepted.
    pub founded: bool,
    /// Work whose time has come, and work that waits for longer than a few rounds.
    pub due: Late,
    pub overdue: Late,
    /// Whether a batch has been due for longer than a few rounds. Of the acts that wait for a later one, nothing.
    pub batch_overdue: bool,
    /// What is to be told outside: not sent yet, sent without an answer, given up.
    pub waiting: i64,
    pub unclear: i64,
    pub dead: i64,
    /// What each place outside has taken of the journal's heads.
    pub heads: Vec<HeadKept>,
}

/// Cases in which something is to happen by itself.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Late {
    /// Warnings and lapses.
    pub clock: i64,
    /// Texts to be destroyed.
    pub retention: i64,
}

/// The newest head that a place outside has taken.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadKept {
    pub place: Place,
    /// The day, as it is written and as its first instant in UTC, and the number of the entry.
    pub newest: Option<(String, Timestamp, i64)>,
}

impl Standing {
    /// Whether a place outside lacks the head of a day that is over.
    #[must_use]
    pub fn head_is_late(&self, now: Timestamp) -> bool {
        let heads = self.resting.as_ref().map_or(&[][..], |resting| &resting.heads);
        heads.iter().any(|head| {
            // Each day's is taken after its first batch, wherever on earth that is.
            head.newest.as_ref().is_none_or(|(_, day, _)| now.since(*day) > 60 * HOUR)
        })
    }

    /// Whether there should be a backup, or a newer one.
    #[must_use]
    pub fn backup_is_late(&self, now: Timestamp) -> bool {
        self.backup.is_some_and(|newest| newest.batch().is_none_or(|batch| now.since(batch) > NEWEST_MOST))
    }
}

fn first_instant(day: &str) -> Option<Timestamp> {
    let date: jiff::civil::Date = day.parse().ok()?;
    date.to_zoned_datetime(jiff::tz::TimeZone::UTC).ok().map(|zoned| Timestamp(zoned.timestamp().as_second()))
}

impl Candor {
    /// How things stand. The database is asked once; if it does not answer soon, the rest is said without it.
    pub async fn standing(&self) -> Standing {
        let ready = self.ready().await;
        let resting = if ready == Ready::Database { None } else { self.resting().await.ok() };
        Standing {
            ready,
            rounds: self.operations.rounds(),
            told: self.operations.told(),
            faults: self.db.faults().told(),
            signing_in: (LANE.saturating_sub(self.sign_in_lane.available_permits()), LANE),
            turned_away: self.operations.turned_away.load(Ordering::Relaxed),
            backup: self.backups.newest().await,
            resting,
        }
    }

    async fn resting(&self) -> Result<Resting, Problem> {
        let schema = self.db.is_there().await?;
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        let founded = self.directory_in(&mut tx).await?.founded;
        let late = |(clock, retention)| Late { clock, retention };
        let due = late(store::cases::late(&mut tx, now).await?);
        let overdue = late(store::cases::late(&mut tx, now.plus(-GRACE)).await?);
        let slot = store::inbox::next_slot(&mut tx).await?;
        let mut count =
            async |state| -> Result<i64, StoreError> { store::outbox::count(&mut tx, state).await };
        let (waiting, unclear) = (count(State::Waiting).await?, count(State::Handed).await?);
        let dead = count(State::Dead).await?;
        drop(tx);
        let heads = self.heads_kept().await?.into_iter().map(|(place, newest)| HeadKept {
            place,
            newest: newest
                .and_then(|(day, number)| Some((first_instant(&day)?, day, number)))
                .map(|(at, day, number)| (day, at, number)),
        });
        Ok(Resting {
            schema,
            founded,
            due,
            overdue,
            batch_overdue: slot.is_some_and(|slot| slot < now.plus(-GRACE)),
            waiting,
            unclear,
            dead,
            heads: heads.collect(),
        })
    }
}
