//! One case, followed from its events: what of it counts, and in which quarter.

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;
use crate::domain::dispute::{Bypass, Closing, Event, Level, PerSide, Side, Standing};
use crate::domain::follow_up::Rating;
use crate::domain::id::{DocumentId, PostId};

/// How a case was decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Ending {
    Field,
    Council,
    Secretary,
    /// Both sides closed it as no matter between the components.
    NotJoint,
}

/// Something that counts, in the quarter of the time it is kept with.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fact {
    Opened,
    /// At the first panel, when both acknowledgements were due.
    Acknowledgement {
        in_time: bool,
    },
    /// A level came to its end, by a decision or by moving on.
    LevelEnded {
        level: Level,
        /// Working days since the case came to it.
        days: u32,
        /// Whose time passed without an act.
        lapsed: PerSide<bool>,
        extended: bool,
        /// Sent back to the commanders.
        remanded: bool,
    },
    Decided {
        ending: Ending,
        /// Working days since the case was opened.
        days: u32,
    },
    /// An action of an outcome was due.
    ActionDue {
        in_time: bool,
    },
    /// A side's commander has rated the outcome.
    RatedByCommander(Rating),
    /// The reporter has; the time is that of the batch.
    RatedByReporter(Rating),
}

/// A case, as the measures see it: places as coarse as they are shown, and times that follow from batches,
/// clocks and acts of handlers. Nothing in it dates an act of the reporter.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Followed {
    pub sides: PerSide<Standing>,
    pub opened: Timestamp,
    /// What the reporter named as the governing document.
    pub document: Option<DocumentId>,
    pub facts: Vec<(Timestamp, Fact)>,
}

/// Whether a case must show in no number: somebody above the field is left out of it, and it is they who
/// read the measures (AN-05).
fn left_out_above(bypass: &Bypass) -> bool {
    bypass.posts.iter().any(|post| !matches!(post, PostId::Commander(_) | PostId::Alternate(_)))
}

struct AtLevel {
    level: Level,
    entered: Timestamp,
    acknowledge_by: Timestamp,
    acknowledged: PerSide<Option<Timestamp>>,
    /// The first panel of the case, whose acknowledgements are measured.
    first_panel: bool,
    lapsed: PerSide<bool>,
    extended: bool,
    remanded: bool,
}

struct Tail<'a> {
    calendar: &'a Calendar,
    opened: Timestamp,
    facts: Vec<(Timestamp, Fact)>,
    level: Option<AtLevel>,
    panels: u32,
    /// When each action is due, and when it was verified or waived.
    actions: Vec<(Timestamp, Option<Timestamp>)>,
}

impl Followed {
    /// What these events come to; none if they begin with no opening, or must not be counted.
    #[must_use]
    pub fn of(events: &[Event], calendar: &Calendar, document: Option<DocumentId>) -> Option<Self> {
        let (Event::Opened { at, opening }, rest) = events.split_first()? else { return None };
        let concerned_later = rest.iter().any(|event| match event {
            Event::ReviewAsked { bypass, .. } => left_out_above(bypass),
            _ => false,
        });
        if left_out_above(&opening.bypass) || concerned_later {
            return None;
        }
        let mut tail = Tail {
            calendar,
            opened: *at,
            facts: vec![(*at, Fact::Opened)],
            level: None,
            panels: 0,
            actions: Vec::new(),
        };
        for event in rest {
            tail.take(event, &opening.sides);
        }
        tail.leave_level(None);
        tail.end_actions(None);
        Some(Self { sides: opening.sides.clone(), opened: *at, document, facts: tail.facts })
    }
}

impl Tail<'_> {
    fn take(&mut self, event: &Event, sides: &PerSide<Standing>) {
        match event {
            Event::Entered { at, level, raising, acknowledge_by, .. } => {
                self.end_level(*at);
                // Decided anew: nobody waits for an action of the outcome before.
                self.end_actions(Some(*at));
                let panel = raising.is_some();
                self.panels += u32::from(panel);
                self.level = Some(AtLevel {
                    level: *level,
                    entered: *at,
                    acknowledge_by: *acknowledge_by,
                    acknowledged: PerSide::default(),
                    first_panel: panel && self.panels == 1,
                    lapsed: PerSide::default(),
                    extended: false,
                    remanded: false,
                });
            }
            Event::Acknowledged { at, side, .. } => self.at_level(|level| {
                level.acknowledged.get_mut(*side).get_or_insert(*at);
            }),
            Event::PaceChanged { acknowledge_by, .. } => {
                self.at_level(|level| level.acknowledge_by = *acknowledge_by);
            }
            Event::Extended { .. } => self.at_level(|level| level.extended = true),
            Event::Remanded { .. } => self.at_level(|level| level.remanded = true),
            Event::Lapsed { did_not_act, .. } => self.at_level(|level| {
                for side in Side::BOTH {
                    *level.lapsed.get_mut(side) |= did_not_act.contains(&sides.get(side).component);
                }
            }),
            Event::Resolved { at, by, terms, .. } => {
                let ending = match by {
                    Level::Field => Ending::Field,
                    Level::Council => Ending::Council,
                    Level::Secretary => Ending::Secretary,
                };
                self.decided(*at, ending);
                self.actions = terms.actions.iter().map(|action| (action.due, None)).collect();
            }
            Event::Rated { at, rating, .. } => self.facts.push((*at, Fact::RatedByCommander(*rating))),
            Event::RatedByReporter { at, rating, .. } => {
                self.facts.push((*at, Fact::RatedByReporter(*rating)));
            }
            Event::Closed { at, why: Closing::NotJoint } => self.decided(*at, Ending::NotJoint),
            // The reporter's doing: no level has ended by what handlers did.
            Event::Closed { at, why: Closing::Withdrawn } => drop(self.leave_level(Some(*at))),
            Event::ActionVerified { at, action, .. } | Event::ActionWaived { at, action } => {
                if let Some((_, settled)) = self.actions.get_mut(usize::from(*action)) {
                    settled.get_or_insert(*at);
                }
            }
            _ => {}
        }
    }

    fn at_level(&mut self, change: impl FnOnce(&mut AtLevel)) {
        if let Some(level) = &mut self.level {
            change(level);
        }
    }

    fn days(&self, from: Timestamp, to: Timestamp) -> u32 {
        self.calendar.in_force_at(from).working_days_between(from, to)
    }

    fn decided(&mut self, at: Timestamp, ending: Ending) {
        self.end_level(at);
        self.facts.push((at, Fact::Decided { ending, days: self.days(self.opened, at) }));
    }

    fn end_level(&mut self, at: Timestamp) {
        let Some(level) = self.leave_level(Some(at)) else { return };
        let days = self.days(level.entered, at);
        let AtLevel { level, lapsed, extended, remanded, .. } = level;
        self.facts.push((at, Fact::LevelEnded { level, days, lapsed, extended, remanded }));
    }

    /// The case is at no level any more, or its events end here.
    fn leave_level(&mut self, left: Option<Timestamp>) -> Option<AtLevel> {
        let level = self.level.take()?;
        let PerSide { raising, concerned } = level.acknowledged;
        let both = raising.zip(concerned).map(|(one, other)| one.max(other));
        let in_time = both.is_some_and(|both| both <= level.acknowledge_by);
        // It ended before they had to.
        let moot = !in_time && left.is_some_and(|left| left < level.acknowledge_by);
        if level.first_panel && !moot {
            self.facts.push((level.acknowledge_by, Fact::Acknowledgement { in_time }));
        }
        Some(level)
    }

    fn end_actions(&mut self, decided_anew: Option<Timestamp>) {
        for (due, settled) in std::mem::take(&mut self.actions) {
            if settled.is_none() && decided_anew.is_some_and(|anew| anew < due) {
                continue;
            }
            self.facts.push((due, Fact::ActionDue { in_time: settled.is_some_and(|at| at <= due) }));
        }
    }
}
