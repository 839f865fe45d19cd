//! Folding events into the state. An event that does not fit the state is damage in the
//! journal; it changes nothing but the version, and the check of the record names it.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::deadline::Calendar;
use crate::domain::id::{AccountId, PostId, UnitId};

use super::event::Event;
use super::panel::{OnTable, Panel, SideState};
use super::retention::Destroyed;
use super::state::{
    Closed, Closing, Dispute, Level, Opening, PerSide, Progress, Reprisal, Resolved, SecretaryStage, Side,
    Stage, StageName, WorkingGroup,
};

impl Dispute {
    /// The state that a journal of events leads to; none if it does not begin with an opening.
    #[must_use]
    pub fn fold(events: &[Event]) -> Option<Self> {
        let (first, rest) = events.split_first()?;
        let Event::Opened { at, opening } = first else { return None };
        let mut dispute = Self::opened(*at, opening);
        for event in rest {
            dispute.apply(event);
        }
        Some(dispute)
    }

    /// A case just opened; the level that it enters follows as an event of its own.
    fn opened(at: Timestamp, opening: &Opening) -> Self {
        Self {
            version: 1,
            opened: at,
            sides: opening.sides.clone(),
            pace: opening.pace,
            bypass: opening.bypass.clone(),
            standards: opening.standards,
            stage: Stage::Secretary(SecretaryStage { entered: at, entry: 0, due: at, warned: 0 }),
            entries: 0,
            extended: BTreeSet::new(),
            recused: BTreeSet::new(),
            set_aside: BTreeSet::new(),
            pressed: false,
            question: None,
            field_sat: false,
            reached: Level::Field,
            frozen: Vec::new(),
            resolutions: 0,
            name_for_panel: opening.name_for_panel,
            remanded: false,
            directed: false,
            group: None,
            disputed: BTreeSet::new(),
            pace_raised: false,
            outcome: None,
            checked_in: BTreeSet::new(),
            rated: PerSide::default(),
            rated_by_reporter: false,
            reprisal: None,
            reprisal_reported: false,
            hold: None,
            destroyed: Destroyed::default(),
        }
    }

    /// Folds one event in.
    pub fn apply(&mut self, event: &Event) {
        match event {
            Event::Opened { .. }
            | Event::Lapsed { .. }
            | Event::Escalated { .. }
            | Event::Added { .. }
            | Event::Attached { .. }
            | Event::IdentityShown { .. }
            | Event::Decided { .. } => {}
            Event::Entered { at, level, raising, concerned, acknowledge_by, due } => {
                self.enter(*at, *level, raising.as_ref(), concerned.as_ref(), *acknowledge_by, *due);
            }
            Event::Acknowledged { at, side, .. } => {
                self.side(*side, *at, |state| state.acknowledged = Some(*at));
            }
            Event::Recused { seat, .. } => {
                self.recused.insert(seat.account);
                if matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_)) {
                    self.set_aside.insert(seat.post.clone());
                }
                if let Some(side) = self.panel().and_then(|panel| panel.side_of(&seat.post)) {
                    self.void(side);
                }
            }
            Event::AlternateActs { at, side, post, due } => {
                // They declare for themselves, and sign what they agree to.
                self.void(*side);
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.due = (*due).max(panel.due);
                }
                self.side(*side, *at, |state| state.post = post.clone());
            }
            Event::Delegated { at, side, to, until, .. } => {
                self.side(*side, *at, |state| state.delegate = Some((*to, *until)));
            }
            Event::Asked { at, side, question, .. } => {
                self.question = Some(*question);
                self.side(*side, *at, |_| {});
            }
            Event::Written { at, side, .. } => {
                if let Some(side) = side {
                    self.side(*side, *at, |_| {});
                }
            }
            Event::Proposed { at, side, number, envelope, hash, terms, .. } => {
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.versions = *number;
                    panel.on_table = Some(OnTable {
                        number: *number,
                        envelope: *envelope,
                        hash: *hash,
                        by: *side,
                        proposed: *at,
                        terms: terms.clone(),
                        accepted: PerSide { raising: None, concerned: None },
                    });
                }
                self.side(*side, *at, |_| {});
            }
            Event::Accepted { side, acceptance, .. } => {
                if let Stage::Panel(Panel { on_table: Some(table), .. }) = &mut self.stage {
                    *table.accepted.get_mut(*side) = Some(acceptance.clone());
                }
                self.side(*side, acceptance.at, |_| {});
            }
            Event::Rejected { at, side, .. } => {
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.on_table = None;
                }
                self.side(*side, *at, |_| {});
            }
            Event::ExtensionAsked { at, side, .. } => {
                self.side(*side, *at, |state| state.wants_extension = true);
            }
            Event::Extended { level, due, .. } => {
                self.extended.insert(*level);
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.due = *due;
                    panel.sides.raising.wants_extension = false;
                    panel.sides.concerned.wants_extension = false;
                }
            }
            Event::EscalationAsked { at, side, position, .. } => {
                self.side(*side, *at, |state| state.position = Some(*position));
            }
            Event::NotJointSigned { side, signature } => {
                self.side(*side, signature.at, |state| state.not_joint = Some(signature.clone()));
            }
            Event::Answered { .. } => {
                // Once pressed, nothing that the reporter does may show to the field, not even
                // that a question has found its answer (AN-26).
                if !self.pressed {
                    self.question = None;
                }
            }
            Event::ReviewAsked { bypass, .. } => {
                self.bypass.field = true;
                self.bypass.posts.extend(bypass.posts.iter().cloned());
            }
            Event::Pressed { .. } => self.pressed = true,
            Event::NameGiven { for_panel, .. } => self.name_for_panel = *for_panel,
            Event::NameWithheld { .. } => self.name_for_panel = false,
            Event::Warned { percent, .. } => match &mut self.stage {
                Stage::Panel(panel) => panel.warned = *percent,
                Stage::Secretary(stage) => stage.warned = *percent,
                Stage::Resolved(_) | Stage::Closed(_) => {}
            },
            Event::Resolved { at, by, version, terms } => {
                self.resolutions += 1;
                self.question = None;
                self.outcome = Some((*by, *at));
                (self.rated, self.rated_by_reporter) = (PerSide::default(), false);
                self.end_group(*at);
                self.stage = Stage::Resolved(Resolved {
                    by: *by,
                    at: *at,
                    entry: self.entries,
                    version: Some(*version),
                    actions: terms.actions.clone(),
                    progress: vec![Progress::default(); terms.actions.len()],
                });
            }
            Event::Closed { at, why } => self.close(*at, *why),
            later => self.apply_later(later),
        }
        self.version += 1;
    }

    /// Events of the Council, the Secretary, and of what follows an outcome.
    fn apply_later(&mut self, event: &Event) {
        match event {
            Event::RemandAsked { at, side, .. } => {
                self.side(*side, *at, |state| state.wants_remand = true);
            }
            Event::Remanded { .. } => self.remanded = true,
            Event::GroupAsked { at, side, group, .. } => {
                self.side(*side, *at, |state| state.wants_group = Some(group.clone()));
            }
            Event::GroupAssigned { at, group, due, level_due } => {
                let (group, assigned, due) = (group.clone(), *at, *due);
                self.group = Some(WorkingGroup { group, assigned, due, ended: None, report: None });
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.due = *level_due;
                }
            }
            Event::GroupReported { at, report, .. } => {
                if let Some(group) = &mut self.group {
                    group.report = Some(*report);
                }
                self.council_goes_on(*at);
            }
            Event::GroupLapsed { at, .. } => self.council_goes_on(*at),
            Event::Directed { .. } => self.directed = true,
            Event::PaceAsked { at, side, .. } => {
                self.side(*side, *at, |state| state.wants_slower = true);
            }
            Event::PaceChanged { at, pace, standards, entered, acknowledge_by, due } => {
                self.pace_raised |= *pace == Pace::Extraordinary;
                self.pace = *pace;
                self.standards = *standards;
                if let Stage::Panel(panel) = &mut self.stage {
                    panel.entered = *entered;
                    panel.acknowledge_by = *acknowledge_by;
                    panel.due = *due;
                    panel.warned = 0;
                    for side in Side::BOTH {
                        let state = panel.sides.get_mut(side);
                        state.wants_slower = false;
                        state.last_entry = state.last_entry.max(*at);
                    }
                }
            }
            Event::ActionDone { at, seat, action, .. } => {
                self.action(*action, |progress| progress.done = Some((*at, seat.account)));
            }
            Event::ActionVerified { at, action, .. } => {
                self.action(*action, |progress| progress.verified = Some(*at));
            }
            Event::ActionSentBack { action, .. } => self.action(*action, |progress| progress.done = None),
            Event::WaiverAsked { side, seat, action, .. } => {
                self.action(*action, |progress| *progress.waiver.get_mut(*side) = Some(seat.account));
            }
            Event::ActionWaived { at, action } => {
                self.action(*action, |progress| progress.waived = Some(*at));
            }
            Event::ActionOverdue { action, .. } => self.action(*action, |progress| progress.overdue = true),
            Event::CheckedIn { days, .. } => {
                self.checked_in.insert(*days);
            }
            Event::Rated { side, .. } => *self.rated.get_mut(*side) = true,
            Event::RatedByReporter { .. } => self.rated_by_reporter = true,
            Event::ReprisalReported { at, due, .. } => {
                self.reprisal_reported = true;
                self.reprisal = Some(Reprisal { reported: *at, due: *due });
            }
            Event::ReprisalAnswered { .. } => self.reprisal = None,
            Event::OutcomeDisputed { level, .. } => {
                self.disputed.insert(*level);
                // What was checked was the outcome that is now disputed.
                self.checked_in.clear();
            }
            // Every other event is folded in above, or is about keeping and destroying.
            _ => {}
        }
        self.apply_retention(event);
    }

    fn close(&mut self, at: Timestamp, why: Closing) {
        let (level, open) = match &self.stage {
            Stage::Panel(panel) => (Some(panel.level), Vec::new()),
            Stage::Secretary(_) => (Some(Level::Secretary), Vec::new()),
            Stage::Resolved(resolved) => {
                (Some(resolved.by), resolved.open().map(|(_, action, _)| action.clone()).collect())
            }
            Stage::Closed(closed) => (closed.level, closed.open.clone()),
        };
        self.question = None;
        self.end_group(at);
        self.stage = Stage::Closed(Closed { why, at, level, open });
    }

    fn action(&mut self, index: u16, change: impl FnOnce(&mut Progress)) {
        if let Stage::Resolved(resolved) = &mut self.stage
            && let Some(progress) = resolved.progress.get_mut(usize::from(index))
        {
            change(progress);
        }
    }

    fn end_group(&mut self, at: Timestamp) {
        if let Some(group) = &mut self.group {
            group.ended.get_or_insert(at);
        }
    }

    /// The working group has ended: nobody was silent while it worked.
    fn council_goes_on(&mut self, at: Timestamp) {
        self.end_group(at);
        for side in Side::BOTH {
            self.side(side, at, |_| {});
        }
    }

    fn enter(
        &mut self,
        at: Timestamp,
        level: Level,
        raising: Option<&PostId>,
        concerned: Option<&PostId>,
        acknowledge_by: Timestamp,
        due: Timestamp,
    ) {
        if level == Level::Field {
            // Sent back: the commanders see it again.
            self.frozen.clear();
        } else if self.field_sat && self.frozen.is_empty() {
            let version = self.version;
            // All of them, though one may have turned out to be concerned: a page that vanished would tell them so.
            self.frozen = self.panel_posts().into_iter().map(|post| (post, version)).collect();
        }
        self.end_group(at);
        self.entries += 1;
        self.reached = self.reached.max(level);
        self.field_sat |= level == Level::Field;
        self.question = None;
        let side = |post: &PostId| SideState {
            post: post.clone(),
            delegate: None,
            acknowledged: None,
            last_entry: at,
            wants_extension: false,
            position: None,
            not_joint: None,
            wants_remand: false,
            wants_group: None,
            wants_slower: false,
        };
        self.stage = match (raising, concerned) {
            (Some(raising), Some(concerned)) => Stage::Panel(Panel {
                level,
                entry: self.entries,
                entered: at,
                due,
                acknowledge_by,
                sides: PerSide { raising: side(raising), concerned: side(concerned) },
                versions: 0,
                on_table: None,
                warned: 0,
            }),
            _ => Stage::Secretary(SecretaryStage { entered: at, entry: self.entries, due, warned: 0 }),
        };
    }

    fn side(&mut self, side: Side, at: Timestamp, change: impl FnOnce(&mut SideState)) {
        if let Stage::Panel(panel) = &mut self.stage {
            let state = panel.sides.get_mut(side);
            state.last_entry = state.last_entry.max(at);
            change(state);
        }
    }

    /// What a side that steps aside had done counts no longer.
    fn void(&mut self, side: Side) {
        if let Stage::Panel(panel) = &mut self.stage {
            if let Some(table) = &mut panel.on_table {
                *table.accepted.get_mut(side) = None;
            }
            let state = panel.sides.get_mut(side);
            state.acknowledged = None;
            state.delegate = None;
            state.wants_extension = false;
            state.position = None;
            state.not_joint = None;
            state.wants_remand = false;
            state.wants_group = None;
            state.wants_slower = false;
        }
    }

    /// The panel that sits now.
    #[must_use]
    pub const fn panel(&self) -> Option<&Panel> {
        match &self.stage {
            Stage::Panel(panel) => Some(panel),
            _ => None,
        }
    }

    /// The commanders and alternates of both sides who have not stepped aside.
    #[must_use]
    pub fn panel_posts(&self) -> Vec<PostId> {
        let unit = |unit: &UnitId| [PostId::Commander(unit.clone()), PostId::Alternate(unit.clone())];
        unit(&self.sides.raising.unit)
            .into_iter()
            .chain(unit(&self.sides.concerned.unit))
            .filter(|post| !self.set_aside.contains(post))
            .collect()
    }

    /// Each side's Council post.
    #[must_use]
    pub fn council_posts(&self) -> [PostId; 2] {
        [
            PostId::Council(self.sides.raising.component.clone()),
            PostId::Council(self.sides.concerned.component.clone()),
        ]
    }

    /// Whether somebody stepped aside for good.
    #[must_use]
    pub fn has_recused(&self, account: AccountId) -> bool {
        self.recused.contains(&account)
    }

    #[must_use]
    pub const fn stage_name(&self) -> StageName {
        match &self.stage {
            Stage::Panel(Panel { level: Level::Field, .. }) => StageName::Field,
            Stage::Panel(_) => StageName::Council,
            Stage::Secretary(_) => StageName::Secretary,
            Stage::Resolved(_) => StageName::Resolved,
            Stage::Closed(_) => StageName::Closed,
        }
    }

    /// When the level ends; none once it is decided.
    #[must_use]
    pub const fn level_due(&self) -> Option<Timestamp> {
        match &self.stage {
            Stage::Panel(panel) => Some(panel.due),
            Stage::Secretary(stage) => Some(stage.due),
            Stage::Resolved(_) | Stage::Closed(_) => None,
        }
    }

    /// When the clock next has something to do.
    #[must_use]
    pub fn next_due(&self, calendar: &Calendar) -> Option<Timestamp> {
        super::clock::next(self, calendar)
    }
}

impl Panel {
    /// The side that a post belongs to: the one that acts, its alternate or its commander.
    #[must_use]
    pub fn side_of(&self, post: &PostId) -> Option<Side> {
        Side::BOTH.into_iter().find(|side| {
            let acting = &self.sides.get(*side).post;
            match (acting, post) {
                (
                    PostId::Commander(unit) | PostId::Alternate(unit),
                    PostId::Commander(other) | PostId::Alternate(other),
                ) => unit == other,
                _ => acting == post,
            }
        })
    }
}
