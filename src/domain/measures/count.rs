//! A quarter's cases put onto sheets, one for each thing that is counted. These are the true numbers: they
//! go to [`super::suppress`] and nowhere else.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::follow::{Ending, Fact, Followed};
use super::quarter::Period;
use super::rated::{self, Follows};
use crate::clock::{DAY, Timestamp};
use crate::domain::dispute::{Level, PerSide};
use crate::domain::follow_up::Rating;
use crate::domain::id::{BranchId, ComponentId, DocumentId, UnitId};
use crate::domain::organisation::Organisation;
use crate::domain::reach::IN_TIME;

/// A document counts as disputed before if another case about it was opened in the year before.
const BEFORE: i64 = 365 * DAY;

/// What cases are counted for. A case counts once for each in a quarter.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Topic {
    Opened,
    Acknowledgement,
    LevelsEnded,
    Decided,
    Actions,
    RatedByCommanders,
    RatedByReporters,
    /// Requests for support, which are no cases ([`super::support`]).
    Support,
    /// Of field members and not of cases: who received what was to be acknowledged in the quarter.
    Reach,
}

/// How the cases of a topic are told apart.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Split {
    Document,
    Repeat,
    AcknowledgedInTime,
    Lapses,
    Extensions,
    Remands,
    Level,
    ActionsInTime,
    ClearToCommanders,
    FairToCommanders,
    WorksForCommanders,
    ClearToReporters,
    FairToReporters,
    WorksForReporters,
    Given,
    ReachedInTime,
}

impl Topic {
    /// What is counted of cases.
    pub const ALL: [Self; 7] = [
        Self::Opened,
        Self::Acknowledgement,
        Self::LevelsEnded,
        Self::Decided,
        Self::Actions,
        Self::RatedByCommanders,
        Self::RatedByReporters,
    ];

    #[must_use]
    pub const fn splits(self) -> &'static [Split] {
        match self {
            Self::Opened => &[Split::Document, Split::Repeat],
            Self::Acknowledgement => &[Split::AcknowledgedInTime],
            Self::LevelsEnded => &[Split::Lapses, Split::Extensions, Split::Remands],
            Self::Decided => &[Split::Level],
            Self::Actions => &[Split::ActionsInTime],
            Self::RatedByCommanders => {
                &[Split::ClearToCommanders, Split::FairToCommanders, Split::WorksForCommanders]
            }
            Self::RatedByReporters => {
                &[Split::ClearToReporters, Split::FairToReporters, Split::WorksForReporters]
            }
            Self::Support => &[Split::Given],
            Self::Reach => &[Split::ReachedInTime],
        }
    }

    /// Whether it is told by direction as well. Ratings are few, and by direction they would bound how many cases of
    /// each were resolved.
    #[must_use]
    pub const fn by_direction(self) -> bool {
        !matches!(self, Self::RatedByCommanders | Self::RatedByReporters)
    }

    /// Whether it is told by branches as well. More than these two would be mostly what is not shown.
    #[must_use]
    pub const fn by_branch(self) -> bool {
        matches!(self, Self::Opened | Self::Decided)
    }
}

impl Split {
    /// The columns in order. Components are named, so that it can be read whose time passed also where both
    /// directions are told together.
    pub(super) fn columns(self, organisation: &Organisation) -> Vec<String> {
        let fixed = |names: &[&str]| names.iter().map(|&name| name.to_owned()).collect();
        match self {
            Self::Document => {
                let known = organisation.documents.iter().map(|document| document.title.clone());
                known.chain(["no document named, or a former one".to_owned()]).collect()
            }
            Self::Repeat => {
                fixed(&["about a document disputed in the year before", "about another document, or none"])
            }
            Self::AcknowledgedInTime => fixed(&["in time by both sides", "not in time"]),
            Self::Lapses => {
                let of = organisation.components.iter().map(|component| format!("by {}", component.short));
                let none = "no time passed without action".to_owned();
                [none].into_iter().chain(of).chain(["by both".to_owned()]).collect()
            }
            Self::Extensions => fixed(&["extended", "not extended"]),
            Self::Remands => fixed(&["sent back to the commanders", "not sent back"]),
            Self::Level => fixed(&["Field", "Council", "Secretary", "closed as not joint"]),
            Self::ActionsInTime => fixed(&["all in time", "not all in time"]),
            Self::ClearToCommanders
            | Self::FairToCommanders
            | Self::WorksForCommanders
            | Self::ClearToReporters
            | Self::FairToReporters
            | Self::WorksForReporters => fixed(&rated::COLUMNS),
            Self::Given => fixed(&["in full", "in part", "not given", "unanswered"]),
            Self::ReachedInTime => {
                vec![format!("all of it within {IN_TIME} days"), "not all, or later".to_owned()]
            }
        }
    }

    /// Told for all cases together and never by direction. Documents and repeats are two readings of one
    /// thing: by direction they would tell of each other.
    #[must_use]
    pub const fn only_together(self) -> bool {
        matches!(self, Self::Document | Self::Repeat)
    }

    /// Told by direction or not at all. The page of every day says of each component about how many have
    /// acknowledged something: with a sum of both, that would bound the other component's number.
    #[must_use]
    pub const fn only_by_direction(self) -> bool {
        matches!(self, Self::ReachedInTime)
    }
}

/// A case on a sheet.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    /// 0 or 1: which of the two components raised it.
    pub direction: usize,
    /// Which pair of branches, of those of its direction.
    pub pair: usize,
    /// The raising unit, as coarse as it is shown.
    pub unit: UnitId,
    /// The column that it is in, for each split of the sheet.
    pub columns: Vec<usize>,
}

/// All cases that count for a topic, one line each.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sheet {
    pub topic: Topic,
    /// From whom to whom, in words.
    pub directions: [String; 2],
    /// The pairs of branches of each direction, in words.
    pub pairs: [Vec<String>; 2],
    pub splits: Vec<(Split, Vec<String>)>,
    pub entries: Vec<Entry>,
    /// Of what only a resolved case has: direction and raising unit of the cases that were resolved so far without it.
    pub without: Option<Vec<(usize, UnitId)>>,
}

/// Working days of one step.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Field,
    Council,
    Secretary,
    /// From opening to the decision.
    Whole,
}

impl Step {
    pub const ALL: [Self; 4] = [Self::Field, Self::Council, Self::Secretary, Self::Whole];
}

/// How long a step took, case by case.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Days {
    pub step: Step,
    pub directions: [String; 2],
    /// Direction, raising unit and working days of each case.
    pub entries: Vec<(usize, UnitId, u32)>,
}

struct Names<'a> {
    organisation: &'a Organisation,
    components: [ComponentId; 2],
    directions: [String; 2],
    pairs: [Vec<String>; 2],
    branches: [Vec<Option<BranchId>>; 2],
}

impl<'a> Names<'a> {
    fn of(organisation: &'a Organisation, cases: &[Followed]) -> Option<Self> {
        let [one, other] = organisation.components.as_slice() else { return None };
        let directions = [(one, other), (other, one)]
            .map(|(from, to)| format!("raised by {} about {}", from.short, to.short));
        // What a unit that is gone belonged to is not known any more. Where there never was such a case there is
        // no such branch: one that is always empty would have another kept back with it.
        let gone = cases.iter().any(|case| {
            [&case.sides.raising.unit, &case.sides.concerned.unit]
                .map(|id| organisation.unit(id))
                .contains(&None)
        });
        let branches = [one, other].map(|component| {
            let known = organisation.branches_of(&component.id).into_iter();
            let known = known.map(|branch| Some(branch.id.clone()));
            known.chain(gone.then_some(None)).collect::<Vec<_>>()
        });
        let name = |id: &Option<BranchId>| {
            let branch = id.as_ref().and_then(|id| organisation.branch(id));
            branch.map_or("a former unit", |branch| &branch.name).to_owned()
        };
        let [ours, theirs] = &branches;
        let pairs = [(ours, theirs), (theirs, ours)].map(|(from, to)| {
            let pair = |from| to.iter().map(move |to| format!("{} about {}", name(from), name(to)));
            from.iter().flat_map(pair).collect()
        });
        let components = [one.id.clone(), other.id.clone()];
        Some(Self { organisation, components, directions, pairs, branches })
    }

    /// Where a case belongs: its direction and its pair of branches there.
    fn place(&self, case: &Followed) -> Option<(usize, usize)> {
        let direction = self.components.iter().position(|id| *id == case.sides.raising.component)?;
        let [ours, theirs] = &self.branches;
        let (from, to) = if direction == 0 { (ours, theirs) } else { (theirs, ours) };
        let branch = |unit: &UnitId| self.organisation.unit(unit).map(|unit| unit.branch.clone());
        let at = |known: &Vec<Option<BranchId>>, id: Option<BranchId>| {
            known.iter().position(|branch| *branch == id).unwrap_or_default()
        };
        let raising = at(from, branch(&case.sides.raising.unit));
        Some((direction, raising * to.len() + at(to, branch(&case.sides.concerned.unit))))
    }

    fn sheet(&self, topic: Topic) -> Sheet {
        let splits = topic.splits().iter().map(|split| (*split, split.columns(self.organisation)));
        Sheet {
            topic,
            directions: self.directions.clone(),
            pairs: self.pairs.clone(),
            splits: splits.collect(),
            entries: Vec::new(),
            without: Follows::resolution(topic).map(|_| Vec::new()),
        }
    }
}

/// Puts the quarter's cases onto sheets. None if the organisation has not two components.
#[must_use]
pub fn sheets(
    cases: &[Followed],
    period: &Period,
    organisation: &Organisation,
) -> Option<(Vec<Sheet>, Vec<Days>)> {
    let names = Names::of(organisation, cases)?;
    let documents: Vec<&DocumentId> = organisation.documents.iter().map(|known| &known.id).collect();
    let mut disputed: BTreeMap<&DocumentId, BTreeSet<Timestamp>> = BTreeMap::new();
    for case in cases {
        if let Some(document) = &case.document {
            disputed.entry(document).or_default().insert(case.opened);
        }
    }
    let mut sheets: Vec<Sheet> = Topic::ALL.iter().map(|topic| names.sheet(*topic)).collect();
    let mut days: Vec<Days> = Step::ALL
        .iter()
        .map(|step| Days { step: *step, directions: names.directions.clone(), entries: Vec::new() })
        .collect();
    for case in cases {
        let Some((direction, pair)) = names.place(case) else { continue };
        let here = Here::of(case, period);
        let unit = &case.sides.raising.unit;
        for sheet in &mut sheets {
            if let (Some(without), Some(follows)) = (&mut sheet.without, Follows::resolution(sheet.topic))
                && follows.is_missing_from(case, period)
            {
                without.push((direction, unit.clone()));
            }
            let columns = match sheet.topic {
                Topic::Opened => here.opened.then(|| {
                    let named = case.document.as_ref();
                    let place = documents.iter().position(|known| Some(*known) == named);
                    let repeat = case.document.as_ref().and_then(|document| disputed.get(document));
                    let repeat = repeat.is_some_and(|times| {
                        times.range(case.opened.plus(-BEFORE)..case.opened).next().is_some()
                    });
                    vec![place.unwrap_or(documents.len()), usize::from(!repeat)]
                }),
                Topic::Acknowledgement => here.acknowledged.map(|in_time| vec![usize::from(!in_time)]),
                Topic::LevelsEnded => here.ended.map(|ended| {
                    let PerSide { raising, concerned } = ended.lapsed;
                    // The columns are the components in their order.
                    let [one, other] =
                        if direction == 0 { [raising, concerned] } else { [concerned, raising] };
                    vec![
                        usize::from(one) + 2 * usize::from(other),
                        usize::from(!ended.extended),
                        usize::from(!ended.remanded),
                    ]
                }),
                Topic::Decided => here.decided.map(|(ending, _)| vec![ending as usize]),
                Topic::Actions => here.actions.map(|in_time| vec![usize::from(!in_time)]),
                Topic::RatedByCommanders => here.by_commanders.map(rated::columns),
                Topic::RatedByReporters => here.by_reporter.map(rated::columns),
                // No case counts for these.
                Topic::Support | Topic::Reach => None,
            };
            if let Some(columns) = columns {
                sheet.entries.push(Entry { direction, pair, unit: unit.clone(), columns });
            }
        }
        for days in &mut days {
            let took = match days.step {
                Step::Field => here.took(Level::Field),
                Step::Council => here.took(Level::Council),
                Step::Secretary => here.took(Level::Secretary),
                Step::Whole => here.decided.map(|(_, days)| days),
            };
            if let Some(took) = took {
                days.entries.push((direction, unit.clone(), took));
            }
        }
    }
    Some((sheets, days))
}

#[derive(Clone, Copy, Default)]
struct Ended {
    lapsed: PerSide<bool>,
    extended: bool,
    remanded: bool,
}

/// What one case comes to in one quarter.
#[derive(Default)]
struct Here {
    opened: bool,
    acknowledged: Option<bool>,
    /// Of all levels that ended in the quarter.
    ended: Option<Ended>,
    took: Vec<(Level, u32)>,
    /// Of several decisions the last.
    decided: Option<(Ending, u32)>,
    /// Whether every action that was due was settled in time.
    actions: Option<bool>,
    /// Of the ratings of both sides the lower, question by question.
    by_commanders: Option<Rating>,
    /// Of several the last.
    by_reporter: Option<Rating>,
}

impl Here {
    fn of(case: &Followed, period: &Period) -> Self {
        let mut here = Self::default();
        for (_, fact) in case.facts.iter().filter(|(at, _)| period.holds(*at)) {
            match *fact {
                Fact::Opened => here.opened = true,
                Fact::Acknowledgement { in_time } => here.acknowledged = Some(in_time),
                Fact::LevelEnded { level, days, lapsed, extended, remanded } => {
                    let ended = here.ended.get_or_insert_default();
                    ended.lapsed.raising |= lapsed.raising;
                    ended.lapsed.concerned |= lapsed.concerned;
                    ended.extended |= extended;
                    ended.remanded |= remanded;
                    here.took.push((level, days));
                }
                Fact::Decided { ending, days } => here.decided = Some((ending, days)),
                Fact::ActionDue { in_time } => {
                    here.actions = Some(here.actions.unwrap_or(true) && in_time);
                }
                Fact::RatedByCommander(rating) => {
                    let lower = here.by_commanders.map_or(rating, |other| other.lower(rating));
                    here.by_commanders = Some(lower);
                }
                Fact::RatedByReporter(rating) => here.by_reporter = Some(rating),
            }
        }
        here
    }

    /// Working days at a level; of several times there, the last.
    fn took(&self, level: Level) -> Option<u32> {
        self.took.iter().rev().find(|(at, _)| *at == level).map(|(_, days)| *days)
    }
}
