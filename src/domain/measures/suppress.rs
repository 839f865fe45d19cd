//! Takes out of a quarter's true numbers what could give a small one away (AN-21).
//!
//! A number is told if it is of at least [`FEWEST`] cases, raised by at least [`FEWEST_UNITS`] units. What is
//! told apart is told so that the parts which are not told are at least two, and together enough to be told: then
//! each of them may be anything from nothing to all of that, whatever is known of the whole. Under a number that
//! is not told nothing is told apart, and of overlapping ways to tell cases apart only one is used. So nothing that
//! is published ties two unknown numbers together but their sum. Wholes are rounded, so that not even that is known.

use std::collections::BTreeSet;

use super::count::{Days, Sheet, Split, Topic};
use super::quarter::Period;
use super::release::{Lasted, Line, OfStep, OfTopic, Parts, Release, Shown, Told};
use crate::domain::id::UnitId;

/// Fewest cases that are told as a number.
pub const FEWEST: u32 = 5;
/// Fewest units that must have raised them.
pub const FEWEST_UNITS: usize = 2;
/// Wholes are rounded to multiples of this.
pub const ROUND: u32 = 5;
/// Fewest cases of which it is told that three quarters or more are alike: then up to [`FEWEST`] may differ.
const FEWEST_FOR_MOST: u32 = 20;

/// What is done besides leaving out small numbers. Only a test that shows what each is for sets another.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Rules {
    /// Keep back more where what is not told would follow from the rest.
    pub complement: bool,
    pub round: bool,
}

impl Rules {
    pub const IN_FORCE: Self = Self { complement: true, round: true };
}

/// How many cases, and which units have raised them.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Tally<'a> {
    cases: u32,
    units: BTreeSet<&'a UnitId>,
}

impl<'a> Tally<'a> {
    fn of(units: impl Iterator<Item = &'a UnitId>) -> Self {
        let mut tally = Self::default();
        units.for_each(|unit| tally.add(unit));
        tally
    }

    fn add(&mut self, unit: &'a UnitId) {
        self.cases += 1;
        self.units.insert(unit);
    }

    fn is_enough(&self) -> bool {
        self.cases >= FEWEST && self.units.len() >= FEWEST_UNITS
    }
}

fn about(cases: u32, rules: Rules) -> Shown {
    if rules.round { Shown::About((cases + ROUND / 2) / ROUND * ROUND) } else { Shown::Exactly(cases) }
}

/// Which parts of a whole that is told are told, too.
fn told(parts: &[Tally<'_>], rules: Rules) -> Vec<bool> {
    let mut told: Vec<bool> = parts.iter().map(Tally::is_enough).collect();
    if !rules.complement || told.iter().all(|told| *told) {
        return told;
    }
    loop {
        let mut hidden = Tally::default();
        let mut count = 0;
        for (part, _) in parts.iter().zip(&told).filter(|(_, told)| !**told) {
            hidden.cases += part.cases;
            hidden.units.extend(&part.units);
            count += 1;
        }
        if count >= 2 && hidden.is_enough() {
            return told;
        }
        let smallest =
            parts.iter().zip(&mut told).filter(|(_, told)| **told).min_by_key(|(part, _)| part.cases);
        match smallest {
            Some((_, told)) => *told = false,
            None => return told,
        }
    }
}

fn shown(parts: &[Tally<'_>], told: &[bool], number: impl Fn(u32) -> Shown) -> Vec<Shown> {
    let each = parts.iter().zip(told);
    each.map(|(part, told)| if *told { number(part.cases) } else { Shown::Hidden }).collect()
}

/// What may be published of a quarter.
#[must_use]
pub fn release(period: Period, sheets: &[Sheet], days: &[Days], rules: Rules) -> Release {
    Release {
        period,
        directions: sheets.first().map(|sheet| sheet.directions.clone()).unwrap_or_default(),
        topics: topics(sheets, rules),
        steps: days.iter().map(of_step).collect(),
    }
}

/// Whatever was decided has left a level. So where it is not told how many of each direction were decided,
/// it is not told in how many of each a level ended either: the one would bound the other.
fn topics(sheets: &[Sheet], rules: Rules) -> Vec<OfTopic> {
    let mut topics: Vec<OfTopic> =
        sheets.iter().map(|sheet| of_topic(sheet, sheet.topic.by_direction(), rules)).collect();
    let of = |wanted: Topic| topics.iter().position(|topic| topic.topic == wanted);
    let decided = of(Topic::Decided).and_then(|at| topics.get(at));
    let hidden = decided.is_some_and(|decided| {
        decided.together != Shown::Hidden && decided.directions.iter().any(|line| line.count == Shown::Hidden)
    });
    if hidden
        && rules.complement
        && let Some(at) = of(Topic::LevelsEnded)
        && let Some((topic, sheet)) = topics.get_mut(at).zip(sheets.get(at))
    {
        *topic = of_topic(sheet, false, rules);
    }
    topics
}

/// Whatever was rated, or had an action due, was resolved before. So these are told only while enough cases were resolved
/// without them: else they would bound how many of those decided were not resolved but closed as not joint.
fn leaves_room(sheet: &Sheet, direction: Option<usize>, rules: Rules) -> bool {
    let enough = |without: &Vec<(usize, UnitId)>| {
        let here = without.iter().filter(|(of, _)| direction.is_none_or(|direction| *of == direction));
        Tally::of(here.map(|(_, unit)| unit)).is_enough()
    };
    !rules.complement || sheet.without.as_ref().is_none_or(enough)
}

/// What may be published of a topic.
fn of_topic(sheet: &Sheet, by_direction: bool, rules: Rules) -> OfTopic {
    let tally = |keep: &dyn Fn(usize, usize) -> bool| {
        let kept = sheet.entries.iter().filter(|entry| keep(entry.direction, entry.pair));
        Tally::of(kept.map(|entry| &entry.unit))
    };
    let whole = tally(&|_, _| true);
    let [one, other] = [0, 1].map(|direction| tally(&|of, _| of == direction));
    let is_told = whole.is_enough() && leaves_room(sheet, None, rules);
    let by_direction = by_direction && (0..2).all(|direction| leaves_room(sheet, Some(direction), rules));
    let sides = [one, other];
    let sides_told = if is_told && by_direction { told(&sides, rules) } else { vec![false; 2] };
    let of_side = |direction: usize| sides_told.get(direction).copied().unwrap_or_default();
    let counts = shown(&sides, &sides_told, |cases| about(cases, rules));
    let count = |direction: usize| counts.get(direction).copied().unwrap_or(Shown::Hidden);
    let [from_one, from_other] = sheet.directions.clone();
    let branches = [0, 1].map(|direction| {
        if !of_side(direction) || !sheet.topic.by_branch() {
            return Vec::new();
        }
        let names = sheet.pairs.get(direction).map_or(&[][..], Vec::as_slice);
        let parts: Vec<_> =
            (0..names.len()).map(|pair| tally(&|of, known| of == direction && known == pair)).collect();
        lines(names, &parts, rules)
    });
    OfTopic {
        topic: sheet.topic,
        together: if is_told { about(whole.cases, rules) } else { Shown::Hidden },
        directions: [Line { name: from_one, count: count(0) }, Line { name: from_other, count: count(1) }],
        branches,
        told: (0..sheet.splits.len())
            .filter_map(|split| told_apart(sheet, split, is_told, [of_side(0), of_side(1)], rules))
            .collect(),
    }
}

fn lines(names: &[String], parts: &[Tally<'_>], rules: Rules) -> Vec<Line> {
    let told = told(parts, rules);
    if parts.len() < 2 || !told.contains(&true) {
        return Vec::new();
    }
    let counts = shown(parts, &told, Shown::Exactly);
    names.iter().zip(counts).map(|(name, count)| Line { name: name.clone(), count }).collect()
}

/// One way to tell a sheet's cases apart: by direction where that tells something of both, else together.
fn told_apart(
    sheet: &Sheet,
    split: usize,
    whole_is_told: bool,
    sides_told: [bool; 2],
    rules: Rules,
) -> Option<Told> {
    let (kind, columns) = sheet.splits.get(split)?;
    if columns.len() < 2 || !whole_is_told {
        return None;
    }
    let row = |of: Option<usize>| parts(sheet, split, columns.len(), of, rules);
    let by_direction: Vec<Parts> = if may_be_by_direction(*kind) && sides_told == [true, true] {
        [0, 1].into_iter().filter_map(|direction| row(Some(direction))).collect()
    } else {
        Vec::new()
    };
    let rows = match by_direction.len() {
        2 => by_direction,
        _ if kind.only_by_direction() => Vec::new(),
        _ => row(None).map_or(by_direction, |together| vec![together]),
    };
    (!rows.is_empty()).then(|| Told { split: *kind, columns: columns.clone(), rows })
}

const fn may_be_by_direction(split: Split) -> bool {
    !split.only_together()
}

/// The cases of one line told apart; none if nothing of it can be told.
fn parts(sheet: &Sheet, split: usize, columns: usize, of: Option<usize>, rules: Rules) -> Option<Parts> {
    let mut whole = 0;
    let mut parts = vec![Tally::default(); columns];
    for entry in sheet.entries.iter().filter(|entry| of.is_none_or(|of| of == entry.direction)) {
        whole += 1;
        if let Some(part) = entry.columns.get(split).and_then(|column| parts.get_mut(*column)) {
            part.add(&entry.unit);
        }
    }
    let told = told(&parts, rules);
    let columns = shown(&parts, &told, Shown::Exactly);
    if told.contains(&true) {
        return Some(Parts { of, columns, most: None });
    }
    let most = parts.iter().position(|part| {
        part.is_enough() && whole >= FEWEST_FOR_MOST && u64::from(part.cases) * 4 >= u64::from(whole) * 3
    });
    most.map(|most| Parts { of, columns, most: Some(most) })
}

/// What may be published of how long a step took. A median has five cases on either side, a quartile too: no
/// case stands alone beyond what is told. How many cases there were is not told again.
fn of_step(days: &Days) -> OfStep {
    let row = |of: Option<usize>| {
        let mut took: Vec<(u32, &UnitId)> = days
            .entries
            .iter()
            .filter(|(direction, ..)| of.is_none_or(|of| of == *direction))
            .map(|(_, unit, days)| (*days, unit))
            .collect();
        took.sort_by_key(|(days, _)| *days);
        let cuts = |wanted: usize| -> Option<Vec<u32>> {
            let size = took.len() / wanted;
            let groups = (0..wanted).map(|group| {
                let end = if group + 1 == wanted { took.len() } else { (group + 1) * size };
                took.get(group * size..end).unwrap_or_default()
            });
            let mut ends = Vec::new();
            for group in groups {
                if !Tally::of(group.iter().map(|(_, unit)| *unit)).is_enough() {
                    return None;
                }
                ends.push(group.last()?.0);
            }
            Some(ends)
        };
        let median = cuts(2)?.first().copied()?;
        let quartiles = cuts(4).and_then(|ends| Some((*ends.first()?, *ends.get(2)?)));
        Some(Lasted { of, median, quartiles })
    };
    let by_direction: Vec<Lasted> = [0, 1].into_iter().filter_map(|direction| row(Some(direction))).collect();
    let rows = match by_direction.len() {
        2 => by_direction,
        _ => row(None).into_iter().collect(),
    };
    OfStep { step: days.step, rows }
}
