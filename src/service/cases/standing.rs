//! Where the actions of an outcome stand, for those who are told of the outcome and not of the case.

use crate::clock::Timestamp;
use crate::domain::dispute::{Closing, Dispute, Event, Progress, Resolved, Stage};
use crate::domain::id::PostId;

/// One action, and how it goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionStanding {
    pub words: &'static str,
    pub owner: PostId,
    pub due: Timestamp,
    pub overdue: bool,
    pub settled: bool,
}

/// Where an action stands, in words.
#[must_use]
pub fn standing_words(progress: &Progress, due: Timestamp, now: Timestamp, closed: bool) -> &'static str {
    match progress {
        Progress { verified: Some(_), .. } => "Done, and seen by the other side",
        Progress { waived: Some(_), .. } => "Waived by both sides",
        _ if closed => "Not done when the case was closed",
        Progress { done: Some(_), .. } => "Said to be done; the other side looks at it",
        _ if due <= now => "Overdue",
        _ => "Not yet done",
    }
}

/// The actions of the latest outcome, in its order; none once it was disputed.
pub(in crate::service) fn standing(
    dispute: &Dispute,
    events: &[(u32, Event)],
    now: Timestamp,
) -> Vec<ActionStanding> {
    let closed = matches!(dispute.stage, Stage::Closed(_));
    carried_out(dispute, events).map_or_else(Vec::new, |resolved| each(&resolved, now, closed))
}

/// The latest outcome with what has become of its actions; none once it was disputed. A closed case has let
/// go of what became of each, so there it is read from the events.
pub(super) fn carried_out(dispute: &Dispute, events: &[(u32, Event)]) -> Option<Resolved> {
    match &dispute.stage {
        Stage::Resolved(resolved) => Some(resolved.clone()),
        Stage::Closed(closed) if matches!(closed.why, Closing::Completed | Closing::Incomplete) => {
            last_resolved(events)
        }
        Stage::Panel(_) | Stage::Secretary(_) | Stage::Closed(_) => None,
    }
}

fn each(resolved: &Resolved, now: Timestamp, closed: bool) -> Vec<ActionStanding> {
    resolved
        .each()
        .map(|(_, action, progress)| {
            let settled = progress.is_settled();
            let words = standing_words(progress, action.due, now, closed);
            let overdue = !settled && action.due <= now;
            ActionStanding { words, owner: action.owner.clone(), due: action.due, overdue, settled }
        })
        .collect()
}

/// How things stood just before the case was closed.
fn last_resolved(events: &[(u32, Event)]) -> Option<Resolved> {
    let until = events.iter().rposition(|(_, event)| matches!(event, Event::Closed { .. }))?;
    let before: Vec<Event> = events.iter().take(until).map(|(_, event)| event.clone()).collect();
    match Dispute::fold(&before)?.stage {
        Stage::Resolved(resolved) => Some(resolved),
        _ => None,
    }
}
