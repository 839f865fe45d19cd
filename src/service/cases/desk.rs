//! What waits for a post, and by when.

use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::dispute::{Dispute, Seat, StageName, WaitingFor};
use crate::domain::id::PostId;
use crate::service::accounts::SignedIn;
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store;
use crate::store::cases::DeskLine;

/// Lines shown at once; the page links to the next.
pub const PAGE: i64 = 50;

/// That a level has a case for another time, and why.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// The reporter disputed an outcome.
    Reopened,
    /// A level above sent it back.
    SentBack,
}

impl Again {
    /// As far as it is a post's to know: who disputes an outcome may mean a commander.
    #[must_use]
    pub fn of(dispute: &Dispute, post: &PostId) -> Option<Self> {
        let council = matches!(post, PostId::Council(_) | PostId::Secretary);
        let commander = matches!(post, PostId::Commander(_) | PostId::Alternate(_));
        match dispute.stage_name() {
            StageName::Council | StageName::Secretary if council && !dispute.disputed.is_empty() => {
                Some(Self::Reopened)
            }
            StageName::Field if dispute.remanded && (council || commander) => Some(Self::SentBack),
            StageName::Council if dispute.directed && council => Some(Self::SentBack),
            _ => None,
        }
    }
}

/// One line of a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskEntry {
    pub number: String,
    pub what: WaitingFor,
    pub due: Timestamp,
    pub since: Timestamp,
    pub stage: StageName,
    pub pace: Pace,
    /// Shown places.
    pub raising: String,
    pub concerned: String,
    pub again: Option<Again>,
}

/// A post's desk.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Desk {
    /// What asks for something, soonest due first.
    pub waiting: Vec<DeskEntry>,
    /// What runs without this post for now, soonest due first.
    pub in_motion: Vec<DeskEntry>,
    /// What has ended here: decided, closed or gone up, newest first.
    pub ended: Vec<DeskEntry>,
    /// Whether there is more after this page of either.
    pub more: bool,
}

impl Candor {
    /// What waits for a seat: page 0 is the first.
    pub async fn desk(&self, signed_in: &SignedIn, seat: &Seat, page: u32) -> Result<Desk, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        if !directory.seats(signed_in.account).contains(seat) {
            return Err(Problem::NotFound);
        }
        let skip = i64::from(page) * PAGE;
        let mut waiting = store::cases::desk(&mut tx, &seat.post, 1, PAGE + 1, skip).await?;
        let mut in_motion = store::cases::desk(&mut tx, &seat.post, 2, PAGE + 1, skip).await?;
        let mut ended = store::cases::ended(&mut tx, &seat.post, PAGE + 1, skip).await?;
        let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = waiting.len() > shown || in_motion.len() > shown || ended.len() > shown;
        waiting.truncate(shown);
        in_motion.truncate(shown);
        ended.truncate(shown);
        let entries = |lines: Vec<DeskLine>| -> Result<Vec<DeskEntry>, Problem> {
            let entry = |line: DeskLine| {
                let again = Again::of(&self.fold_of(line.case, &line.state)?, &seat.post);
                Ok(entry(line, again, &directory))
            };
            lines.into_iter().map(entry).collect()
        };
        Ok(Desk { waiting: entries(waiting)?, in_motion: entries(in_motion)?, ended: entries(ended)?, more })
    }
}

fn entry(line: DeskLine, again: Option<Again>, directory: &Directory) -> DeskEntry {
    let place = |unit| {
        directory
            .organisation
            .as_ref()
            .map_or_else(String::new, |organisation| organisation.shown_place(unit))
    };
    DeskEntry {
        what: line.what,
        due: line.due,
        since: line.since,
        stage: line.stage,
        pace: Pace::from_word(&line.pace).unwrap_or_default(),
        raising: place(&line.raising_unit),
        concerned: place(&line.concerned_unit),
        number: line.number,
        again,
    }
}
