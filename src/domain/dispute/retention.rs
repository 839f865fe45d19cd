//! How long what was written is kept, and the Council's hold on it (AN-24).
//!
//! Texts go 90 days after closing, at the latest a year after the resolution in force; the receipt 210 days
//! after closing. What came in between, by receipt or in answer to it, goes 90 days after the receipt.
//! Resolutions and library drafts stay, and so does the journal.

use serde::{Deserialize, Serialize};

use crate::clock::{DAY, Timestamp};
use crate::domain::audience::Audience;
use crate::domain::deadline::{Calendar, Span};
use crate::domain::id::{EnvelopeId, PostId};
use crate::domain::policy::CommandKind;

use super::command::{Command, Facts, Refusal, Seat};
use super::event::Event;
use super::state::{Closed, Closing, Dispute, Level, Stage};

/// How long after closing the texts, the receipt and what came later go.
const TEXTS: Span = Span::Days(90);
const RECEIPT: Span = Span::Days(210);
const LATER: Span = Span::Days(300);

/// Texts outlive a resolution by no more than this.
const AFTER_RESOLUTION: i64 = 365 * DAY;

/// The check-in from which on a text may come after the others have gone.
pub(super) const LATE_CHECK_IN: u16 = 90;

/// What is destroyed at one time.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Part {
    /// Statement, messages, proposals, names: everything but the outcome, with the keys that open it. The
    /// reporter keeps the words of the outcome.
    Texts,
    /// What leads from a receipt to the case, and the words of the outcome that it opens.
    Receipt,
    /// What came after the texts had gone: check-ins, reports of reprisal and answers to them.
    Later,
}

/// A hold: nothing of the case is destroyed while it stands.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Hold {
    pub since: Timestamp,
    /// By whose order.
    pub post: PostId,
    pub reason: EnvelopeId,
}

/// What has been destroyed of a case, and when.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Destroyed {
    pub texts: Option<Timestamp>,
    pub receipt: Option<Timestamp>,
    pub later: Option<Timestamp>,
    /// Something was written since the texts went.
    pub written_since: bool,
}

/// Whether what is written for an audience stays for good: the resolution, what headquarters was told, what
/// became of the actions, the library draft.
#[must_use]
pub const fn stays(audience: Audience) -> bool {
    matches!(audience, Audience::Outcome)
}

/// Whether this is the check-in that may lie beside texts which have gone, under a key of its own.
#[must_use]
pub const fn is_late(event: &Event) -> bool {
    matches!(event, Event::CheckedIn { days, .. } if *days >= LATE_CHECK_IN)
}

/// What must hold of a hold or of destroying, whatever it says.
pub(super) fn guard(dispute: &Dispute, kind: CommandKind, facts: &Facts<'_>) -> Result<(), Refusal> {
    match kind {
        CommandKind::Hold if dispute.hold.is_some() => Err(Refusal::AlreadyDone),
        CommandKind::Hold if dispute.next_to_go(facts.calendar).is_none() => Err(Refusal::NothingLeft),
        CommandKind::LiftHold if dispute.hold.is_none() => Err(Refusal::AlreadyDone),
        CommandKind::Destroy => due(dispute, facts).map(drop),
        _ => Ok(()),
    }
}

fn due(dispute: &Dispute, facts: &Facts<'_>) -> Result<Part, Refusal> {
    match dispute.next_to_go(facts.calendar) {
        Some((part, due)) if dispute.hold.is_none() && due <= facts.now => Ok(part),
        _ => Err(Refusal::NothingDue),
    }
}

pub(super) fn handler(seat: &Seat, command: &Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let (at, seat) = (facts.now, seat.clone());
    match *command {
        Command::Hold { reason } => Ok(vec![Event::Held { at, seat, reason }]),
        Command::LiftHold { reason } => Ok(vec![Event::HoldLifted { at, seat, reason }]),
        _ => Err(Refusal::NotAllowed),
    }
}

/// What time destroys.
pub(super) fn clock(dispute: &Dispute, command: &Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let Command::Destroy { part, texts, keys } = *command else { return Err(Refusal::NotAllowed) };
    if due(dispute, facts)? != part {
        return Err(Refusal::NothingDue);
    }
    Ok(vec![Event::Destroyed { at: facts.now, part, texts, keys }])
}

impl Dispute {
    /// What goes next, and when, if nobody holds it and nothing happens before. None while the case is open,
    /// and once all is gone. No time of a reporter's act is in it: closing and resolution are the process's own,
    /// or a batch's, and the days end at 18:00.
    #[must_use]
    pub fn next_to_go(&self, calendar: &Calendar) -> Option<(Part, Timestamp)> {
        let closed = match &self.stage {
            Stage::Closed(closed) => closed,
            // It closes before that; unless nobody looked for so long.
            Stage::Resolved(resolved) => {
                return Some((Part::Texts, resolved.at.plus(AFTER_RESOLUTION)));
            }
            Stage::Panel(_) | Stage::Secretary(_) => return None,
        };
        let calendar = calendar.in_force_at(closed.at);
        let receipt = calendar.due(closed.at, RECEIPT);
        if self.destroyed.texts.is_none() {
            return Some((Part::Texts, self.texts_go(closed, calendar, receipt)));
        }
        if self.destroyed.receipt.is_none() {
            return Some((Part::Receipt, receipt));
        }
        (self.destroyed.later.is_none() && self.destroyed.written_since)
            .then(|| (Part::Later, calendar.due(closed.at, LATER)))
    }

    fn texts_go(&self, closed: &Closed, calendar: &Calendar, receipt: Timestamp) -> Timestamp {
        // A report of reprisal that nobody has answered is not taken from those who must answer it; and until
        // its day has ended an outcome can be disputed.
        let after_closing =
            if self.reprisal.is_some() { receipt } else { calendar.due(closed.at, TEXTS).plus(1) };
        let in_force = matches!(closed.why, Closing::Completed | Closing::Incomplete);
        match self.outcome.filter(|_| in_force) {
            Some((_, resolved)) => after_closing.min(resolved.plus(AFTER_RESOLUTION)),
            None => after_closing,
        }
    }

    /// When something is to be destroyed; none while it is held.
    #[must_use]
    pub fn retain_due(&self, calendar: &Calendar) -> Option<Timestamp> {
        self.next_to_go(calendar).filter(|_| self.hold.is_none()).map(|(_, due)| due)
    }

    /// Whether what is written now must lie under a key of its own, because the others of its audience have
    /// gone or may go before its batch.
    #[must_use]
    pub fn needs_own_key(&self, calendar: &Calendar, within: Timestamp) -> bool {
        let closed = match &self.stage {
            Stage::Closed(closed) => Some(closed.at),
            _ => None,
        };
        let ends = closed.map(|at| calendar.in_force_at(at).due(at, TEXTS));
        self.destroyed.texts.is_some()
            || ends.is_some_and(|ends| ends <= within)
            || self.next_to_go(calendar).is_some_and(|(_, due)| due <= within)
    }

    /// Whether a hold can show to the commanders: where the Council has had the case, and they know what came
    /// of it. Else it would tell them that the Council reads along (AN-26).
    #[must_use]
    pub fn hold_is_known_to_the_field(&self) -> bool {
        self.reached >= Level::Council
    }

    /// Folds in what is about keeping and destroying, and notes what is written once the texts have gone.
    pub(super) fn apply_retention(&mut self, event: &Event) {
        match event {
            Event::Held { at, seat, reason } => {
                self.hold = Some(Hold { since: *at, post: seat.post.clone(), reason: *reason });
            }
            Event::HoldLifted { .. } => self.hold = None,
            Event::Destroyed { at, part, .. } => match part {
                Part::Texts => {
                    self.destroyed.texts = Some(*at);
                    self.destroyed.written_since |= self.checked_in.contains(&LATE_CHECK_IN);
                    self.reprisal = None;
                }
                Part::Receipt => self.destroyed.receipt = Some(*at),
                Part::Later => {
                    self.destroyed.later = Some(*at);
                    self.reprisal = None;
                }
            },
            _ => {}
        }
        let writes = matches!(
            event,
            Event::CheckedIn { .. }
                | Event::ReprisalReported { .. }
                | Event::ReprisalAnswered { .. }
                | Event::Held { .. }
                | Event::HoldLifted { .. }
                // No text, but keys may be made anew for whoever reads the next one.
                | Event::Pressed { .. }
        );
        if writes && self.destroyed.texts.is_some() {
            self.destroyed.written_since = true;
        }
    }
}
