//! What time alone does: warnings, and a level that lapses.

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;
use crate::domain::id::ComponentId;

use super::above::group_lapse;
use super::command::Facts;
use super::decide::{enter_above, has_somebody, take_over};
use super::event::{Event, LapseCause};
use super::panel::Panel;
use super::state::{Dispute, Level, Side, Stage};

/// Shares of a level's time at which people are warned, in percent.
const WARNINGS: [u8; 2] = [50, 80];

/// What the clock has due now: at most one warning, one lapse or one post that nobody holds any more, so
/// that time which nobody could use, because the service was down, takes at most one level.
#[must_use]
pub fn due_events(dispute: &Dispute, facts: &Facts<'_>) -> Vec<Event> {
    match &dispute.stage {
        Stage::Panel(panel) => {
            if let Some(due) = group_lapse(dispute, panel)
                && due <= facts.now
            {
                return vec![Event::GroupLapsed { at: facts.now, due }];
            }
            let lapse = lapse(dispute, panel, facts.calendar);
            if lapse.at <= facts.now {
                return lapsed(dispute, panel, &lapse, facts);
            }
            // People left the post, and nobody came in their place.
            let emptied = |side: &Side| !has_somebody(dispute, &panel.sides.get(*side).post, facts);
            if let Some(side) = Side::BOTH.into_iter().find(emptied) {
                return take_over(dispute, panel, side, facts);
            }
            warning(panel.entered, panel.due, panel.warned, &WARNINGS, panel.level, facts.now)
        }
        // Overdue is told, never skipped.
        Stage::Secretary(stage) => {
            warning(stage.entered, stage.due, stage.warned, &[50, 80, 100], Level::Secretary, facts.now)
        }
        Stage::Resolved(resolved) => super::outcome::due_events(resolved, facts),
        Stage::Closed(_) => Vec::new(),
    }
}

/// When [`due_events`] next has something, as long as every post is held.
pub(super) fn next(dispute: &Dispute, calendar: &Calendar) -> Option<Timestamp> {
    match &dispute.stage {
        Stage::Panel(panel) => {
            let lapse = lapse(dispute, panel, calendar).at;
            let warning = next_warning(panel.entered, panel.due, panel.warned, &WARNINGS);
            [Some(lapse), warning, group_lapse(dispute, panel)].into_iter().flatten().min()
        }
        Stage::Secretary(stage) => next_warning(stage.entered, stage.due, stage.warned, &[50, 80, 100]),
        Stage::Resolved(resolved) => Some(super::outcome::next(resolved, calendar)),
        Stage::Closed(_) => None,
    }
}

struct Lapse {
    at: Timestamp,
    cause: LapseCause,
}

fn lapse(dispute: &Dispute, panel: &Panel, calendar: &Calendar) -> Lapse {
    // While a working group works, nobody is silent.
    if group_lapse(dispute, panel).is_some() {
        return Lapse { at: panel.due, cause: LapseCause::Due };
    }
    // The level keeps the calendar of its entry: no change takes time away from it, or gives it more.
    let calendar = calendar.in_force_at(panel.entered);
    let silent = Side::BOTH
        .into_iter()
        .map(|side| calendar.due(panel.sides.get(side).last_entry, dispute.standards.silence))
        .min()
        .unwrap_or(panel.due);
    if panel.due <= silent {
        Lapse { at: panel.due, cause: LapseCause::Due }
    } else {
        Lapse { at: silent, cause: LapseCause::Silence }
    }
}

fn lapsed(dispute: &Dispute, panel: &Panel, lapse: &Lapse, facts: &Facts<'_>) -> Vec<Event> {
    let mut events = vec![Event::Lapsed {
        at: facts.now,
        due: lapse.at,
        level: panel.level,
        cause: lapse.cause,
        did_not_act: did_not_act(dispute, panel, lapse, facts.calendar),
    }];
    events.push(enter_above(dispute, panel.level, facts));
    events
}

/// The components to name: those that were silent; else those that never took it up; else
/// those whose signature was missing; else both.
fn did_not_act(dispute: &Dispute, panel: &Panel, lapse: &Lapse, calendar: &Calendar) -> Vec<ComponentId> {
    let which = |test: &dyn Fn(Side) -> bool| -> Vec<ComponentId> {
        Side::BOTH
            .into_iter()
            .filter(|side| test(*side))
            .map(|side| dispute.sides.get(side).component.clone())
            .collect()
    };
    let calendar = calendar.in_force_at(panel.entered);
    let silent = which(&|side| {
        lapse.cause == LapseCause::Silence
            && calendar.due(panel.sides.get(side).last_entry, dispute.standards.silence) <= lapse.at
    });
    if !silent.is_empty() {
        return silent;
    }
    let untaken = which(&|side| panel.sides.get(side).acknowledged.is_none());
    if !untaken.is_empty() {
        return untaken;
    }
    let unsigned =
        which(&|side| panel.on_table.as_ref().is_some_and(|table| table.accepted.get(side).is_none()));
    if unsigned.is_empty() { which(&|_| true) } else { unsigned }
}

fn share(entered: Timestamp, due: Timestamp, percent: u8) -> Timestamp {
    let whole = due.since(entered).max(0);
    // Divided first: a stored time may be as large as a number can be.
    entered.plus((whole / 100).saturating_mul(i64::from(percent)))
}

fn warning(
    entered: Timestamp,
    due: Timestamp,
    warned: u8,
    shares: &[u8],
    level: Level,
    now: Timestamp,
) -> Vec<Event> {
    // Several may have passed unnoticed; the largest says it all.
    shares
        .iter()
        .rev()
        .find(|percent| **percent > warned && share(entered, due, **percent) <= now)
        .map(|percent| Event::Warned { at: now, level, percent: *percent })
        .into_iter()
        .collect()
}

fn next_warning(entered: Timestamp, due: Timestamp, warned: u8, shares: &[u8]) -> Option<Timestamp> {
    shares.iter().find(|percent| **percent > warned).map(|percent| share(entered, due, *percent))
}
