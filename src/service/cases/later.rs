//! What a case page shows of the levels above the field, and of what follows an outcome.

use crate::clock::Timestamp;
use crate::domain::audience::{Audience, Kind};
use crate::domain::deadline::Standards;
use crate::domain::dispute::{Event, Progress, Resolved, Seat};
use crate::domain::follow_up::Works;
use crate::domain::id::{GroupId, PostId};
use crate::domain::policy::CommandKind;
use crate::domain::prose::Prose;
use crate::service::Problem;

use super::rating::RatingView;
use super::standing::carried_out;
use super::view::{CaseView, Entry, Reading, from_reporter};

/// What a case page shows beyond the panel.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Later {
    /// What a level above asked of the one that sits now or sat before.
    pub instructions: Vec<Entry>,
    pub group: Option<GroupView>,
    /// The remedial actions of the outcome, in its order.
    pub actions: Vec<ActionView>,
    /// What the reporter said of whether it works.
    pub check_ins: Vec<(Works, Entry)>,
    /// What commanders and the reporter say of the latest outcome, for the Council.
    pub ratings: Vec<RatingView>,
    /// Reports of reprisal and answers to them, for the one post that reads them.
    pub reprisal: Vec<Entry>,
    /// What was asked for at this level and needs the other side too, oldest first.
    pub wishes: Vec<Wish>,
    /// The working groups that could be asked now, if this seat may ask one.
    pub groups: Vec<(GroupId, String)>,
    /// What the case would be held to at the other pace.
    pub other_pace: Option<Standards>,
}

/// Something that one side asks for and that takes both.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wish {
    pub kind: CommandKind,
    pub post: PostId,
    pub entry: Entry,
}

/// A working group on the case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GroupView {
    pub group: GroupId,
    pub name: String,
    pub assigned: Timestamp,
    pub due: Timestamp,
    pub ended: Option<Timestamp>,
    /// What the Council asks.
    pub tasks: Vec<Entry>,
    /// The group's own talk; the Council reads it, too.
    pub talk: Vec<Entry>,
    pub report: Option<Entry>,
}

/// A remedial action and what has become of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ActionView {
    /// Counts from 0; pages show one more.
    pub index: u16,
    pub what: Prose,
    pub owner: PostId,
    pub owner_name: String,
    pub due: Timestamp,
    pub progress: Progress,
    pub notes: Vec<Entry>,
}

impl Later {
    fn wish(&mut self, kind: CommandKind, seat: &Seat, entry: &Entry) {
        self.wishes.push(Wish { kind, post: seat.post.clone(), entry: entry.clone() });
    }
}

impl Reading<'_> {
    /// Fills in what stands beside events.
    pub(super) fn fill_later(&self, events: &[(u32, Event)], view: &mut CaseView) -> Result<(), Problem> {
        if let Some(group) = &view.dispute.group
            && !matches!(self.seat.post, PostId::Commander(_) | PostId::Alternate(_))
        {
            view.later.group = Some(GroupView {
                group: group.group.clone(),
                name: self.directory.group_name(&group.group),
                assigned: group.assigned,
                due: group.due,
                ended: group.ended,
                tasks: self.handed_down(Audience::Group, Kind::Task, Some(group.assigned))?,
                talk: Vec::new(),
                report: None,
            });
        }
        if matches!(self.seat.post, PostId::Commander(_) | PostId::Alternate(_)) {
            view.later.instructions = self.handed_down(Audience::Room, Kind::Instruction, None)?;
        }
        let told = view.outcome.as_ref().map(|outcome| outcome.proposal.actions.clone()).unwrap_or_default();
        let resolved = carried_out(&view.dispute, events);
        for (index, action, progress) in resolved.iter().flat_map(Resolved::each) {
            let Some(what) = told.get(usize::from(index)) else { break };
            view.later.actions.push(ActionView {
                index,
                what: what.what.clone(),
                owner: action.owner.clone(),
                owner_name: self.directory.post_name(&action.owner),
                due: action.due,
                progress: progress.clone(),
                notes: Vec::new(),
            });
        }
        Ok(())
    }

    /// What a level above asked, written again for those who may read it.
    fn handed_down(
        &self,
        audience: Audience,
        kind: Kind,
        when: Option<Timestamp>,
    ) -> Result<Vec<Entry>, Problem> {
        let mut entries = Vec::new();
        for envelope in self.of_kind(kind).filter(|envelope| envelope.audience == audience) {
            if let Some(text) = self.prose(envelope.id)? {
                let label = "The Council".to_owned();
                entries.push(Entry { label, mine: false, text, when, from_reporter: false });
            }
        }
        Ok(entries)
    }

    /// Puts the words of one event where they belong.
    pub(super) fn fill_later_event(&self, event: &Event, view: &mut CaseView) -> Result<(), Problem> {
        let later = &mut view.later;
        match event {
            // The commanders and the group read theirs as it was handed down.
            Event::RemandAsked { at, seat, instruction: id, .. } => {
                if let Some(text) = self.prose(*id)? {
                    let mut entry = self.staff(seat, text, *at);
                    later.wish(CommandKind::Remand, seat, &entry);
                    entry.label.push_str(", for the commanders");
                    later.instructions.push(entry);
                }
            }
            // It can happen once, and every word of it was handed down then.
            Event::Remanded { at } => {
                later.instructions.iter_mut().for_each(|entry| entry.when = entry.when.or(Some(*at)));
            }
            Event::Directed { at, seat, instruction: id } => {
                if let Some(text) = self.prose(*id)? {
                    let mut entry = self.staff(seat, text, *at);
                    entry.label.push_str(", for the Council");
                    later.instructions.push(entry);
                }
            }
            Event::GroupAsked { at, seat, task: id, .. } if later.group.is_none() => {
                if let Some(text) = self.prose(*id)? {
                    let mut entry = self.staff(seat, text, *at);
                    later.wish(CommandKind::AssignGroup, seat, &entry);
                    entry.label.push_str(" would ask a working group");
                    view.room.push(entry);
                }
            }
            Event::Written { at, seat, message: id, .. } if matches!(seat.post, PostId::WorkingGroup(..)) => {
                if let (Some(text), Some(group)) = (self.prose(*id)?, &mut later.group) {
                    group.talk.push(self.staff(seat, text, *at));
                }
            }
            Event::GroupReported { at, seat, report: id } => {
                if let (Some(text), Some(group)) = (self.prose(*id)?, &mut later.group) {
                    group.report = Some(self.staff(seat, text, *at));
                }
            }
            Event::PaceAsked { at, seat, reason: id, .. } => {
                if let Some(text) = self.prose(*id)? {
                    let mut entry = self.staff(seat, text, *at);
                    later.wish(CommandKind::ChangePace, seat, &entry);
                    entry.label.push_str(" asks for another pace");
                    view.room.push(entry);
                }
            }
            Event::ActionDone { at, seat, action, note: id }
            | Event::ActionVerified { at, seat, action, note: id, .. }
            | Event::ActionSentBack { at, seat, action, note: id, .. }
            | Event::WaiverAsked { at, seat, action, reason: id, .. } => {
                if let (Some(text), Some(found)) =
                    (self.prose(*id)?, later.actions.iter_mut().find(|found| found.index == *action))
                {
                    found.notes.push(self.staff(seat, text, *at));
                }
            }
            // Notes of an outcome that was disputed are not about the actions of the next.
            Event::Resolved { .. } => {
                later.actions.iter_mut().for_each(|action| action.notes.clear());
                later.ratings.clear();
            }
            Event::Rated { words: id, .. } | Event::RatedByReporter { words: id, .. } => {
                let words = self.prose(*id)?;
                later.ratings.extend(words.and_then(|words| RatingView::of(event, words, self.directory)));
            }
            Event::CheckedIn { works, words: id, .. } => {
                if let Some(text) = self.prose(*id)? {
                    later.check_ins.push((*works, from_reporter("Reporter", text)));
                }
            }
            Event::ReprisalReported { report: id, .. } => {
                if let Some(text) = self.prose(*id)? {
                    later.reprisal.push(from_reporter("Reporter", text));
                }
            }
            Event::ReprisalAnswered { at, seat, message: id } => {
                if let Some(text) = self.prose(*id)? {
                    later.reprisal.push(self.staff(seat, text, *at));
                }
            }
            Event::Held { at, seat, reason: id } | Event::HoldLifted { at, seat, reason: id } => {
                if let Some(text) = self.prose(*id)? {
                    let mut entry = self.staff(seat, text, *at);
                    let does = if matches!(event, Event::Held { .. }) {
                        "put a hold on it"
                    } else {
                        "lifted the hold"
                    };
                    entry.label = format!("{} {does}", entry.label);
                    view.room.push(entry);
                }
            }
            Event::OutcomeDisputed { why, words: id, .. } => {
                if let Some(text) = self.prose(*id)? {
                    let label = format!("Reporter disputes the outcome: {}", why.label().to_lowercase());
                    view.reporter_thread.push(from_reporter(&label, text));
                }
            }
            _ => {}
        }
        Ok(())
    }
}
