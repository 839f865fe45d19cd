//! What follows an outcome: remedial actions, the reporter's view of it, reprisal, and closing.

use crate::clock::{DAY, Timestamp};
use crate::domain::deadline::{Calendar, Span};
use crate::domain::follow_up::Objection;
use crate::domain::id::PostId;
use crate::domain::policy::CommandKind;

use super::command::{Action, Command, Facts, Refusal, Seat};
use super::decide::enter_above;
use super::event::Event;
use super::state::{Closed, Closing, Dispute, Level, Progress, Resolved, Side, Stage};

/// How long an outcome can be disputed.
const OBJECTION: Span = Span::WorkingDays(20);

/// How long after closing it can be said that nothing was done or that it has happened again.
const RECURRENCE: Span = Span::Days(90);

/// After so long a resolved case closes whatever is still open.
const LONGEST: Span = Span::Days(180);

/// Days after closing from which a check-in is offered, and the day on which the last one ends.
const CHECK_INS: [u16; 3] = [30, 90, 180];
const LAST_CHECK_IN: i64 = 210;

/// What must hold whatever the command says.
pub(super) fn guard(
    dispute: &Dispute,
    side: Option<Side>,
    kind: CommandKind,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    match kind {
        CommandKind::CheckIn => check_in(dispute, facts.now).map(drop),
        CommandKind::DisputeOutcome => objections(dispute, facts).map(drop),
        CommandKind::Rate => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            may_rate(dispute, *dispute.rated.get(side))
        }
        CommandKind::RateByReceipt => may_rate(dispute, dispute.rated_by_reporter),
        CommandKind::Verify => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            let waits = open(dispute).any(|(_, action, progress)| {
                progress.done.is_some() && dispute.side_of_post(&action.owner) == Some(side.other())
            });
            if waits { Ok(()) } else { Err(Refusal::NotYetDone) }
        }
        CommandKind::Waive => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            let waits = open(dispute).any(|(_, _, progress)| progress.waiver.get(side).is_none());
            if waits { Ok(()) } else { Err(Refusal::AlreadyDone) }
        }
        _ => Ok(()),
    }
}

pub(super) fn handler(
    dispute: &Dispute,
    seat: &Seat,
    side: Option<Side>,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    let account = seat.account;
    let seat = seat.clone();
    Ok(match *command {
        Command::Done { action, note } => {
            let (what, progress) = unsettled(dispute, action)?;
            if !dispute.owns(&seat.post, what) {
                return Err(Refusal::NoSuchAction);
            }
            if progress.done.is_some() {
                return Err(Refusal::AlreadyDone);
            }
            vec![Event::ActionDone { at, seat, action, note }]
        }
        Command::Verify { action, holds, note } => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            let (what, progress) = unsettled(dispute, action)?;
            if dispute.side_of_post(&what.owner) != Some(side.other()) {
                return Err(Refusal::NoSuchAction);
            }
            let Some((_, owner)) = progress.done else { return Err(Refusal::NotYetDone) };
            if owner == account {
                return Err(Refusal::SamePerson);
            }
            if holds {
                vec![Event::ActionVerified { at, side, seat, action, note }]
            } else {
                vec![Event::ActionSentBack { at, side, seat, action, note }]
            }
        }
        Command::Waive { action, reason } => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            let (_, progress) = unsettled(dispute, action)?;
            if progress.waiver.get(side).is_some() {
                return Err(Refusal::AlreadyDone);
            }
            let other = *progress.waiver.get(side.other());
            if other == Some(account) {
                return Err(Refusal::SamePerson);
            }
            let mut events = vec![Event::WaiverAsked { at, side, seat, action, reason }];
            if other.is_some() {
                events.push(Event::ActionWaived { at, action });
            }
            events
        }
        Command::Rate { rating, words } => {
            let side = side.ok_or(Refusal::NotAllowed)?;
            vec![Event::Rated { at, side, seat, rating, words }]
        }
        Command::AnswerReprisal { message } => vec![Event::ReprisalAnswered { at, seat, message }],
        _ => return Err(Refusal::NotAllowed),
    })
}

pub(super) fn reporter(
    dispute: &Dispute,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    Ok(match *command {
        Command::CheckIn { works, words } => {
            vec![Event::CheckedIn { at, days: check_in(dispute, at)?, works, words }]
        }
        Command::RateByReceipt { rating, words } => vec![Event::RatedByReporter { at, rating, words }],
        Command::ReportReprisal { report } => {
            let due = facts.calendar.due(at, dispute.standards.council_acknowledgement);
            vec![Event::ReprisalReported { at, report, due }]
        }
        Command::DisputeOutcome { why, words } => {
            let (level, reasons) = objections(dispute, facts)?;
            if reasons.iter().all(|(reason, _)| *reason != why) {
                return Err(Refusal::NotNow);
            }
            vec![Event::OutcomeDisputed { at, level, why, words }, enter_above(dispute, level, facts)]
        }
        _ => return Err(Refusal::NotAllowed),
    })
}

/// Actions that nobody has settled yet.
fn open(dispute: &Dispute) -> impl Iterator<Item = (u16, &Action, &Progress)> {
    let resolved = match &dispute.stage {
        Stage::Resolved(resolved) => Some(resolved),
        _ => None,
    };
    resolved.into_iter().flat_map(Resolved::open)
}

fn unsettled(dispute: &Dispute, action: u16) -> Result<(&Action, &Progress), Refusal> {
    let Stage::Resolved(resolved) = &dispute.stage else { return Err(Refusal::NotInThisStage) };
    let (_, what, progress) =
        resolved.each().find(|(number, ..)| *number == action).ok_or(Refusal::NoSuchAction)?;
    if progress.is_settled() { Err(Refusal::AlreadyDone) } else { Ok((what, progress)) }
}

/// Which check-in is open: 0 once an outcome is carried out, then 30, 90 and 180 days after closing.
fn check_in(dispute: &Dispute, now: Timestamp) -> Result<u16, Refusal> {
    let days = match &dispute.stage {
        Stage::Resolved(resolved) if resolved.open().next().is_none() => 0,
        // What was withdrawn or is not joint has no outcome that could work.
        Stage::Closed(closed) if dispute.outcome.is_some() => {
            let since = now.since(closed.at) / DAY;
            if since >= LAST_CHECK_IN {
                return Err(Refusal::NotNow);
            }
            let reached = CHECK_INS.into_iter().rfind(|days| i64::from(*days) <= since);
            reached.unwrap_or(0)
        }
        _ => return Err(Refusal::NotNow),
    };
    if dispute.checked_in.contains(&days) { Err(Refusal::AlreadyDone) } else { Ok(days) }
}

/// An outcome is rated once by each, while it is in force and its texts are there: until the next one is reached, which
/// is rated anew.
fn may_rate(dispute: &Dispute, has: bool) -> Result<(), Refusal> {
    let in_force = match &dispute.stage {
        Stage::Resolved(_) => true,
        // What was withdrawn or is not joint has no outcome.
        Stage::Closed(closed) => matches!(closed.why, Closing::Completed | Closing::Incomplete),
        Stage::Panel(_) | Stage::Secretary(_) => false,
    };
    match has {
        _ if !in_force || dispute.destroyed.texts.is_some() => Err(Refusal::NotNow),
        true => Err(Refusal::AlreadyDone),
        false => Ok(()),
    }
}

/// The level whose outcome can be disputed now, for which reasons, and until when for each.
fn objections(dispute: &Dispute, facts: &Facts<'_>) -> Result<(Level, Vec<(Objection, Timestamp)>), Refusal> {
    let (level, outcome) = match &dispute.stage {
        Stage::Resolved(resolved) => (resolved.by, resolved.at),
        Stage::Closed(Closed { why: Closing::NotJoint, at, level, .. }) => {
            (level.unwrap_or(Level::Field), *at)
        }
        Stage::Closed(Closed { why: Closing::Completed | Closing::Incomplete, .. }) => {
            dispute.outcome.ok_or(Refusal::NotNow)?
        }
        Stage::Closed(_) | Stage::Panel(_) | Stage::Secretary(_) => return Err(Refusal::NotNow),
    };
    // Without its texts nobody could decide it anew.
    if dispute.destroyed.texts.is_some() {
        return Err(Refusal::NotNow);
    }
    if level == Level::Secretary {
        return Err(Refusal::NothingAbove);
    }
    if dispute.disputed.contains(&level) {
        return Err(Refusal::OnceOnly);
    }
    let mut reasons = Vec::new();
    let until = facts.calendar.in_force_at(outcome).due(outcome, OBJECTION);
    if facts.now <= until {
        reasons.push((Objection::NotSettled, until));
    }
    if let Stage::Closed(closed) = &dispute.stage
        && matches!(closed.why, Closing::Completed | Closing::Incomplete)
    {
        let until = facts.calendar.in_force_at(closed.at).due(closed.at, RECURRENCE);
        if facts.now <= until {
            reasons.extend([(Objection::NotCarriedOut, until), (Objection::Recurred, until)]);
        }
    }
    if reasons.is_empty() { Err(Refusal::NotNow) } else { Ok((level, reasons)) }
}

/// What time does to a resolved case: it closes, or an action turns overdue.
pub(super) fn due_events(resolved: &Resolved, facts: &Facts<'_>) -> Vec<Event> {
    let at = facts.now;
    if resolved.open().next().is_none() {
        return vec![Event::Closed { at, why: Closing::Completed }];
    }
    if facts.calendar.in_force_at(resolved.at).due(resolved.at, LONGEST) <= at {
        return vec![Event::Closed { at, why: Closing::Incomplete }];
    }
    let late = resolved.open().find(|(_, action, progress)| !progress.overdue && action.due <= at);
    late.map(|(number, action, _)| Event::ActionOverdue { at, due: action.due, action: number })
        .into_iter()
        .collect()
}

/// When [`due_events`] next has something.
pub(super) fn next(resolved: &Resolved, calendar: &Calendar) -> Timestamp {
    if resolved.open().next().is_none() {
        return resolved.at;
    }
    let late = resolved.open().filter(|(_, _, progress)| !progress.overdue).map(|(_, action, _)| action.due);
    late.chain([calendar.in_force_at(resolved.at).due(resolved.at, LONGEST)]).min().unwrap_or(resolved.at)
}

impl Dispute {
    /// The reasons for which the reporter can dispute the outcome now, each with when that ends.
    #[must_use]
    pub fn objections(&self, facts: &Facts<'_>) -> Vec<(Objection, Timestamp)> {
        objections(self, facts).map(|(_, reasons)| reasons).unwrap_or_default()
    }

    /// When check-ins of a closed case come that have not been used, and until when its receipt opens.
    #[must_use]
    pub fn check_ins(&self) -> Option<(Vec<Timestamp>, Timestamp)> {
        let Stage::Closed(closed) = &self.stage else { return None };
        let open =
            CHECK_INS.into_iter().filter(|days| self.outcome.is_some() && !self.checked_in.contains(days));
        let dates = open.map(|days| closed.at.plus(i64::from(days) * DAY)).collect();
        Some((dates, closed.at.plus(LAST_CHECK_IN * DAY)))
    }

    /// What headquarters is told of the latest resolution: when the next action is due, and whether the
    /// reporter has reopened it.
    #[must_use]
    pub fn state_for_headquarters(&self) -> (Option<Timestamp>, bool) {
        let due = open(self).map(|(_, action, _)| action.due).min();
        let reopened = matches!(self.stage, Stage::Panel(_) | Stage::Secretary(_));
        (due, reopened)
    }

    /// The side that a post belongs to, at whatever level.
    #[must_use]
    pub fn side_of_post(&self, post: &PostId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| {
            let standing = self.sides.get(*side);
            match post {
                PostId::Commander(unit) | PostId::Alternate(unit) => *unit == standing.unit,
                PostId::Council(component) => *component == standing.component,
                _ => false,
            }
        })
    }

    /// Whether a post answers for an action: the owner, or the other post of the same unit.
    #[must_use]
    pub fn owns(&self, post: &PostId, action: &Action) -> bool {
        match (post, &action.owner) {
            (
                PostId::Commander(unit) | PostId::Alternate(unit),
                PostId::Commander(owner) | PostId::Alternate(owner),
            ) => unit == owner,
            (post, owner) => post == owner,
        }
    }

    /// The one post that reads reports of reprisal: the other component's on the Council; where that
    /// is left out, the Secretary. Never the reporter's own chain (AN-23).
    #[must_use]
    pub fn reprisal_post(&self) -> PostId {
        let council = PostId::Council(self.sides.concerned.component.clone());
        if self.bypass.posts.contains(&council) { PostId::Secretary } else { council }
    }
}
