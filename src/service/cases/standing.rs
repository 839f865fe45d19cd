//! Where the actions of an outcome stand, for those who are told of the outcome and not of the case.

use crate::clock::Timestamp;
use crate::domain::dispute::{Closing, Dispute, Event, Resolved, Stage};
use crate::domain::id::PostId;

use super::later::progress_words;

/// One action, and how it goes with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionStanding {
    pub words: &'static str,
    pub owner: PostId,
    pub due: Timestamp,
    pub overdue: bool,
    pub settled: bool,
}

/// The actions of the latest outcome, in its order; none once it was disputed. A closed case has let go
/// of what became of each, so there it is read from the events.
pub(in crate::service) fn standing(
    dispute: &Dispute,
    events: &[(u32, Event)],
    now: Timestamp,
) -> Vec<ActionStanding> {
    match &dispute.stage {
        Stage::Resolved(resolved) => each(resolved, now, false),
        Stage::Closed(closed) if matches!(closed.why, Closing::Completed | Closing::Incomplete) => {
            last_resolved(events).map_or_else(Vec::new, |resolved| each(&resolved, closed.at, true))
        }
        Stage::Panel(_) | Stage::Secretary(_) | Stage::Closed(_) => Vec::new(),
    }
}

fn each(resolved: &Resolved, now: Timestamp, closed: bool) -> Vec<ActionStanding> {
    resolved
        .each()
        .map(|(_, action, progress)| {
            let settled = progress.is_settled();
            let words = if closed && !settled {
                "Not done when the case was closed"
            } else {
                progress_words(progress, action.due, now)
            };
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
