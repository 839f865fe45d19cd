//! What the Council, its working groups and the Secretary can do that commanders cannot, and the pace.

use crate::domain::concern::Pace;
use crate::domain::deadline::Span;
use crate::domain::id::{EnvelopeId, GroupId, PostId};

use super::command::{Command, Facts, Refusal, Seat};
use super::decide::{check_terms, council_sits, enter_council, enter_field, field_panel, is_held};
use super::event::Event;
use super::panel::Panel;
use super::state::{Dispute, Level, Side};

/// Whether the case can go back to the commanders: they had it, nobody of them is concerned, no
/// outcome of theirs was disputed, and it has not been sent back before.
pub(super) fn may_remand(dispute: &Dispute, facts: &Facts<'_>) -> Result<(), Refusal> {
    if dispute.remanded {
        return Err(Refusal::OnceOnly);
    }
    if dispute.bypass.field || !dispute.disputed.is_empty() {
        return Err(Refusal::NoWayBack);
    }
    field_panel(dispute, facts).map(drop).ok_or(Refusal::NobodyThere)
}

/// Whether the Secretary can send the case back to the Council.
pub(super) fn may_direct(dispute: &Dispute, facts: &Facts<'_>) -> Result<(), Refusal> {
    if dispute.directed {
        return Err(Refusal::OnceOnly);
    }
    if council_sits(dispute, facts) { Ok(()) } else { Err(Refusal::NobodyThere) }
}

pub(super) fn handler(
    dispute: &Dispute,
    seat: &Seat,
    side: Option<Side>,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    let seat = seat.clone();
    match command {
        Command::Decide { envelope, hash, terms, signature } => {
            check_terms(dispute, terms, facts)?;
            let (envelope, version, terms) = (*envelope, *hash, terms.clone());
            let signature = signature.clone();
            return Ok(vec![
                Event::Decided { at, seat, envelope, hash: version, terms: terms.clone(), signature },
                Event::Resolved { at, by: Level::Secretary, version, terms },
            ]);
        }
        Command::Direct { instruction } => {
            let half = dispute.standards.council_resolution.half();
            return Ok(vec![
                Event::Directed { at, seat, instruction: *instruction },
                enter_council(dispute, half, facts),
            ]);
        }
        Command::Report { report } => return Ok(vec![Event::GroupReported { at, seat, report: *report }]),
        _ => {}
    }
    let (Some(panel), Some(side)) = (dispute.panel(), side) else { return Err(Refusal::NotInThisStage) };
    let other = panel.sides.get(side.other());
    match command {
        Command::Remand { instruction } => {
            let mut events = vec![Event::RemandAsked { at, side, seat, instruction: *instruction }];
            if other.wants_remand {
                let posts = field_panel(dispute, facts).ok_or(Refusal::NobodyThere)?;
                let half = dispute.standards.field_resolution.half();
                events.push(Event::Remanded { at });
                events.push(enter_field(dispute, posts, half, facts));
            }
            Ok(events)
        }
        Command::AssignGroup { group, task } => {
            both_sides(dispute, group, facts)?;
            if panel.sides.get(side).wants_group.as_ref() == Some(group) {
                return Err(Refusal::AlreadyDone);
            }
            let agreed = other.wants_group.as_ref() == Some(group);
            let mut events = vec![Event::GroupAsked { at, side, seat, group: group.clone(), task: *task }];
            if agreed {
                let more = dispute.standards.council_extension;
                let calendar = facts.calendar.in_force_at(panel.entered);
                let (due, level_due) = (calendar.due(at, more), calendar.due(panel.due, more));
                events.push(Event::GroupAssigned { at, group: group.clone(), due, level_due });
            }
            Ok(events)
        }
        Command::ChangePace { standards, reason } => {
            let mut events = vec![Event::PaceAsked { at, side, seat, reason: *reason }];
            let pace = dispute.pace.other();
            if pace == Pace::Extraordinary || other.wants_slower {
                // Up, the clock starts again; down, the slower standard counts from when the level began.
                let entered = if pace == Pace::Extraordinary { at } else { panel.entered };
                let (acknowledge, resolve) = standards_of(panel.level, standards);
                let calendar = facts.calendar.in_force_at(entered);
                let acknowledge_by = calendar.due(entered, acknowledge);
                let due = calendar.due(entered, resolve);
                let due = if pace == Pace::Extraordinary { due } else { due.max(panel.due) };
                events.push(Event::PaceChanged {
                    at,
                    pace,
                    standards: *standards,
                    entered,
                    acknowledge_by,
                    due,
                });
            }
            Ok(events)
        }
        _ => Err(Refusal::NotAllowed),
    }
}

fn standards_of(level: Level, standards: &crate::domain::deadline::Standards) -> (Span, Span) {
    match level {
        Level::Field => (standards.field_acknowledgement, standards.field_resolution),
        Level::Council => (standards.council_acknowledgement, standards.council_resolution),
        Level::Secretary => (standards.secretary, standards.secretary),
    }
}

/// A group needs somebody of each side, and nobody whose post is left out of the case.
fn both_sides(dispute: &Dispute, group: &GroupId, facts: &Facts<'_>) -> Result<(), Refusal> {
    let concerned = |account| {
        dispute.has_recused(account)
            || dispute.bypass.posts.iter().any(|post| is_held(facts, post, |held| held == account))
    };
    let posts = dispute.group_posts(group);
    let held = posts.iter().all(|post| is_held(facts, post, |_| true));
    let touched = posts.iter().any(|post| is_held(facts, post, concerned));
    if held && !touched { Ok(()) } else { Err(Refusal::NotBothSides) }
}

/// A member of a working group who steps aside is left out from then on; a side of the group with
/// nobody left ends it.
pub(super) fn group_member_steps_aside(
    dispute: &Dispute,
    seat: Seat,
    reason: EnvelopeId,
    facts: &Facts<'_>,
) -> Vec<Event> {
    let at = facts.now;
    let (post, account) = (seat.post.clone(), seat.account);
    let mut events = vec![Event::Recused { at, side: None, seat, reason }];
    if !is_held(facts, &post, |other| other != account && !dispute.has_recused(other)) {
        events.push(Event::GroupLapsed { at, due: at });
    }
    events
}

/// The clock of a working group that still works.
pub(super) fn group_lapse(dispute: &Dispute, panel: &Panel) -> Option<crate::clock::Timestamp> {
    let working = panel.level == Level::Council;
    dispute.group.as_ref().filter(|group| working && group.ended.is_none()).map(|group| group.due)
}

impl Dispute {
    /// Whether a working group can be asked: somebody on each side of it, nobody of them concerned.
    #[must_use]
    pub fn can_ask(&self, group: &GroupId, facts: &Facts<'_>) -> bool {
        both_sides(self, group, facts).is_ok()
    }

    /// Both components' posts of a working group.
    #[must_use]
    pub fn group_posts(&self, group: &GroupId) -> [PostId; 2] {
        [
            PostId::WorkingGroup(self.sides.raising.component.clone(), group.clone()),
            PostId::WorkingGroup(self.sides.concerned.component.clone(), group.clone()),
        ]
    }
}
