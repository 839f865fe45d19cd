//! AN-21: nothing that is published of the quarters determines a number of fewer than five cases, by whatever
//! arithmetic.
//!
//! The attacker here has every release, knows which numbers are sums of which, that wholes are rounded and how,
//! and that a case which was decided has left a level. Exact elimination and the tightening of bounds find what
//! follows; a search then shows that what did not follow could indeed be otherwise.

use std::collections::{BTreeMap, BTreeSet};

use candor::clock::{DAY, Timestamp};
use candor::domain::deadline::Calendar;
use candor::domain::dispute::{Level, PerSide, Standing};
use candor::domain::follow_up::{Points, Rating};
use candor::domain::id::PostId;
use candor::domain::measures::count::{Days, Sheet};
use candor::domain::measures::follow::{Ending, Fact};
use candor::domain::measures::release::Shown;
use candor::domain::measures::{
    Followed, Period, Quarter, Reached, Release, Rules, Split, Topic, reach_sheet, sheets, support, suppress,
};
use candor::domain::organisation::Organisation;
use candor::domain::support::{Counted, Given};
use jiff::civil::date;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};

use crate::measures::{busy, until_published};
use crate::support::app::{ORGANISATION, TestApp};

mod reach;

const DEMONSTRATION: &str = include_str!("../../src/demonstration/organisation.toml");

/// More cases than there ever are.
const MANY: i64 = 100_000;
const SMALL: i64 = 5;

/// A number that is published or not: the quarter, what is counted, and of whom.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum Cell {
    Whole(Topic),
    Direction(Topic, usize),
    Branches(Topic, usize, usize),
    Column(Split, Option<usize>, usize),
    /// Decided otherwise than by closing as not joint, of all or of one direction: what can be rated and have actions.
    Resolved(Option<usize>),
    /// How many of a component have acknowledged something by now, as the page of every day has it.
    Today(usize),
    /// The difference that makes an inequality an equation.
    Slack(usize),
}

/// Equations between cells, each a sum that is nought, and what each cell may be.
#[derive(Clone, Debug, Default)]
struct System {
    cells: Vec<(i64, i64)>,
    names: BTreeMap<Cell, usize>,
    rows: Vec<BTreeMap<usize, i128>>,
    slacks: usize,
    /// Said not to be shown.
    kept: BTreeSet<usize>,
}

impl System {
    fn cell(&mut self, cell: Cell) -> usize {
        let next = self.cells.len();
        let index = *self.names.entry(cell).or_insert(next);
        if index == next {
            self.cells.push((0, MANY));
        }
        index
    }

    fn know(&mut self, cell: Cell, shown: Shown) {
        let index = self.cell(cell);
        let (low, high) = &mut self.cells[index];
        match shown {
            Shown::Exactly(cases) => (*low, *high) = (i64::from(cases), i64::from(cases)),
            // What is told at all is of five at least.
            Shown::About(cases) => {
                (*low, *high) = (SMALL.max(i64::from(cases) - 2), i64::from(cases) + 2);
            }
            Shown::Hidden => drop(self.kept.insert(index)),
        }
    }

    fn sum(&mut self, whole: Cell, parts: impl Iterator<Item = Cell>) {
        let mut row = BTreeMap::from([(self.cell(whole), -1)]);
        for part in parts {
            row.insert(self.cell(part), 1);
        }
        self.rows.push(row);
    }

    /// `most · 4 ≥ whole · 3`, and the like.
    fn at_least(&mut self, more: (Cell, i128), less: (Cell, i128)) {
        self.slacks += 1;
        let slack = self.cell(Cell::Slack(self.slacks));
        let row = [(self.cell(more.0), more.1), (self.cell(less.0), -less.1), (slack, -1)];
        self.rows.push(row.into());
    }

    /// Everything that one release says, and everything that is true of any.
    fn of(release: &Release, sheets: &[Sheet]) -> Self {
        let mut system = Self::default();
        for topic in &release.topics {
            let sheet = sheets.iter().find(|sheet| sheet.topic == topic.topic).unwrap();
            let of = topic.topic;
            system.know(Cell::Whole(of), topic.together);
            system.sum(Cell::Whole(of), (0..2).map(|side| Cell::Direction(of, side)));
            for side in 0..2 {
                system.know(Cell::Direction(of, side), topic.directions[side].count);
                let pairs = sheet.pairs[side].len();
                // Requests for support are not told by branches.
                if pairs > 0 {
                    system.sum(
                        Cell::Direction(of, side),
                        (0..pairs).map(|pair| Cell::Branches(of, side, pair)),
                    );
                }
                for (pair, line) in topic.branches[side].iter().enumerate() {
                    system.know(Cell::Branches(of, side, pair), line.count);
                }
            }
            for (split, columns) in &sheet.splits {
                let columns = columns.len();
                let split = *split;
                system.sum(Cell::Whole(of), (0..columns).map(|at| Cell::Column(split, None, at)));
                for side in 0..2 {
                    let parts = (0..columns).map(|at| Cell::Column(split, Some(side), at));
                    system.sum(Cell::Direction(of, side), parts);
                }
                for at in 0..columns {
                    let sides = (0..2).map(|side| Cell::Column(split, Some(side), at));
                    system.sum(Cell::Column(split, None, at), sides);
                }
            }
            for told in &topic.told {
                for row in &told.rows {
                    for (at, shown) in row.columns.iter().enumerate() {
                        system.know(Cell::Column(told.split, row.of, at), *shown);
                    }
                    if let Some(most) = row.most {
                        let whole = row.of.map_or(Cell::Whole(of), |side| Cell::Direction(of, side));
                        let index = system.cell(whole.clone());
                        system.cells[index].0 = system.cells[index].0.max(20);
                        system.at_least((Cell::Column(told.split, row.of, most), 4), (whole, 3));
                    }
                }
            }
        }
        for of in [None, Some(0), Some(1)] {
            let resolved = [Ending::Field, Ending::Council, Ending::Secretary];
            let columns = resolved.into_iter().map(|ending| Cell::Column(Split::Level, of, ending as usize));
            system.sum(Cell::Resolved(of), columns);
        }
        // Whatever was decided has left a level.
        let (ended, decided) = (Topic::LevelsEnded, Topic::Decided);
        system.at_least((Cell::Whole(ended), 1), (Cell::Whole(decided), 1));
        for side in 0..2 {
            system.at_least((Cell::Direction(ended, side), 1), (Cell::Direction(decided, side), 1));
        }
        system
    }

    /// Adds what follows from several equations together: exact elimination, each row over whole numbers.
    fn eliminate(&mut self) {
        let mut rows = self.rows.clone();
        let mut done: Vec<BTreeMap<usize, i128>> = Vec::new();
        // What is known best is kept to the end, so that the last rows tie few unknown cells together.
        let mut order: Vec<usize> = (0..self.cells.len()).collect();
        order.sort_by_key(|index| std::cmp::Reverse(self.cells[*index].1 - self.cells[*index].0));
        for column in order {
            let Some(at) = rows.iter().position(|row| row.contains_key(&column)) else { continue };
            let pivot = rows.swap_remove(at);
            for row in rows.iter_mut().chain(&mut done) {
                let Some(factor) = row.get(&column).copied() else { continue };
                let of = pivot[&column];
                for value in row.values_mut() {
                    *value *= of;
                }
                for (index, value) in &pivot {
                    *row.entry(*index).or_default() -= value * factor;
                }
                row.retain(|_, value| *value != 0);
                let divisor = row.values().fold(0_i128, |one, other| divisor(one, *other)).max(1);
                for value in row.values_mut() {
                    *value /= divisor;
                }
            }
            done.push(pivot);
        }
        self.rows.extend(done);
    }

    /// Narrows what each cell may be until nothing changes. False if nothing is possible any more.
    fn tighten(&mut self) -> bool {
        loop {
            let mut changed = false;
            for row in &self.rows {
                let ends = |(index, factor): (&usize, &i128)| {
                    let (low, high) = self.cells[*index];
                    let (one, other) = (i128::from(low) * factor, i128::from(high) * factor);
                    (one.min(other), one.max(other))
                };
                let (least, most) =
                    row.iter().map(ends).fold((0, 0), |sum, ends| (sum.0 + ends.0, sum.1 + ends.1));
                let mut narrowed = Vec::new();
                for (index, factor) in row {
                    let own = ends((index, factor));
                    // What the others leave for this one.
                    let (low, high) = (-(most - own.1), -(least - own.0));
                    let (low, high) = if *factor > 0 { (low, high) } else { (-high, -low) };
                    let size = factor.abs();
                    narrowed.push((*index, -((-low).div_euclid(size)), high.div_euclid(size)));
                }
                for (index, low, high) in narrowed {
                    let cell = &mut self.cells[index];
                    let (low, high) = (i64::try_from(low).unwrap(), i64::try_from(high).unwrap());
                    changed |= low > cell.0 || high < cell.1;
                    *cell = (cell.0.max(low), cell.1.min(high));
                    if cell.0 > cell.1 {
                        return false;
                    }
                }
            }
            if !changed {
                return true;
            }
        }
    }

    /// Whether all numbers can be chosen so that this cell is this.
    fn can_be(&self, cell: usize, value: i64) -> bool {
        let mut tried = self.clone();
        tried.cells[cell] = (value, value);
        tried.solve(&mut 2_000)
    }

    fn solve(&mut self, steps: &mut u32) -> bool {
        if *steps == 0 || !self.tighten() {
            return false;
        }
        *steps -= 1;
        let open = (0..self.cells.len()).filter(|index| self.cells[*index].0 < self.cells[*index].1);
        let Some(open) = open.min_by_key(|index| self.cells[*index].1 - self.cells[*index].0) else {
            return true;
        };
        let (low, high) = self.cells[open];
        [low, high].into_iter().any(|value| {
            let mut tried = self.clone();
            tried.cells[open] = (value, value);
            tried.solve(steps)
        })
    }
}

fn divisor(one: i128, other: i128) -> i128 {
    if other == 0 { one.abs() } else { divisor(other, one % other) }
}

/// The true numbers, counted here once more.
fn truth(sheets: &[Sheet], cell: &Cell) -> Option<i64> {
    let of = |topic: Topic| sheets.iter().find(|sheet| sheet.topic == topic).unwrap();
    let count = match cell {
        Cell::Slack(_) | Cell::Today(_) => return None,
        Cell::Resolved(side) => {
            let decided = of(Topic::Decided).entries.iter();
            let here = decided.filter(|entry| side.is_none_or(|side| side == entry.direction));
            here.filter(|entry| entry.columns[0] != Ending::NotJoint as usize).count()
        }
        Cell::Whole(topic) => of(*topic).entries.len(),
        Cell::Direction(topic, side) => {
            of(*topic).entries.iter().filter(|entry| entry.direction == *side).count()
        }
        Cell::Branches(topic, side, pair) => {
            let here = |entry: &&_| matches!(entry, candor::domain::measures::count::Entry { direction, pair: known, .. } if direction == side && known == pair);
            of(*topic).entries.iter().filter(here).count()
        }
        Cell::Column(split, side, at) => {
            let sheet =
                sheets.iter().find(|sheet| sheet.splits.iter().any(|(known, _)| known == split)).unwrap();
            let place = sheet.splits.iter().position(|(known, _)| known == split).unwrap();
            let here = sheet.entries.iter().filter(|entry| side.is_none_or(|side| side == entry.direction));
            here.filter(|entry| entry.columns[place] == *at).count()
        }
    };
    Some(i64::try_from(count).unwrap())
}

/// What the attack found: numbers under five that it knows, or knows to be under five; and others that
/// were kept back and that it knows.
#[derive(Debug, Default)]
struct Found {
    small: Vec<String>,
    kept_back: Vec<String>,
    hidden: usize,
    told: usize,
}

fn attack(release: &Release, sheets: &[Sheet]) -> (Found, System) {
    attack_knowing(release, sheets, [0; 3])
}

/// How many cases were resolved at least in each quarter, of both directions and of each, as far as that follows from how
/// many were rated or had an action due by then: what was or had was resolved before. A reporter rates each outcome once;
/// of commanders two do, in one quarter or in two, and an outcome can have actions due in several.
fn resolved_at_least(releases: &[(Release, Vec<Sheet>)]) -> Vec<[i64; 3]> {
    let known: Vec<System> = releases
        .iter()
        .map(|(release, sheets)| {
            let mut system = System::of(release, sheets);
            system.eliminate();
            assert!(system.tighten(), "the numbers contradict each other: {release:?}");
            system
        })
        .collect();
    let bounds = |quarter: usize, cell: Cell| known[quarter].cells[known[quarter].names[&cell]];
    let least = |here: usize, of: Option<usize>| {
        let mut least = 0;
        let mut reporters = 0;
        for quarter in 0..known.len() {
            // Ratings are not told by direction.
            if of.is_none() {
                reporters += bounds(quarter, Cell::Whole(Topic::RatedByReporters)).0;
            }
            if quarter < here {
                continue;
            }
            let elsewhere: i64 = (0..=quarter)
                .filter(|other| *other != here)
                .map(|other| bounds(other, Cell::Resolved(of)).1)
                .sum();
            let followed = match of {
                None => [Topic::RatedByCommanders, Topic::Actions].map(Cell::Whole),
                Some(side) => [Topic::Actions; 2].map(|topic| Cell::Direction(topic, side)),
            };
            let followed = followed.map(|cell| bounds(quarter, cell).0);
            least = least.max(followed[0].max(followed[1]).max(reporters) - elsewhere);
        }
        least
    };
    (0..known.len()).map(|here| [None, Some(0), Some(1)].map(|of| least(here, of))).collect()
}

/// The attack, with how many cases were resolved at least known from elsewhere.
fn attack_knowing(release: &Release, sheets: &[Sheet], resolved: [i64; 3]) -> (Found, System) {
    let mut system = System::of(release, sheets);
    for (of, resolved) in [None, Some(0), Some(1)].into_iter().zip(resolved) {
        let index = system.cell(Cell::Resolved(of));
        system.cells[index].0 = resolved;
    }
    let published: Vec<(i64, i64)> = system.cells.clone();
    system.eliminate();
    assert!(system.tighten(), "the numbers contradict each other: {release:?}");
    let mut found = Found::default();
    for (cell, index) in &system.names {
        let Some(is) = truth(sheets, cell) else { continue };
        let (low, high) = system.cells[*index];
        assert!(low <= is && is <= high, "{cell:?} is {is}, and the attack says {low} to {high}");
        found.told += usize::from(published[*index] != (0, MANY));
        if system.kept.contains(index) {
            found.hidden += 1;
            if low == high {
                found.kept_back.push(format!("{cell:?} is {is}"));
            }
        }
        if is < SMALL && (low == high || high < SMALL) {
            found.small.push(format!("{cell:?} is {is}: {low} to {high}"));
        }
    }
    (found, system)
}

struct Played {
    organisation: Organisation,
    cases: Vec<Followed>,
    requests: Vec<Counted>,
    /// Of each quarter, who received something, and whether they acknowledged it in time.
    reached: Vec<Vec<Reached>>,
    periods: Vec<Period>,
}

impl Played {
    fn sheets(&self, period: &Period) -> (Vec<Sheet>, Vec<Days>) {
        let (mut sheets, days) = sheets(&self.cases, period, &self.organisation).unwrap();
        let place = self.periods.iter().position(|known| known == period).unwrap();
        sheets.extend(support::sheet(&self.requests, period, &self.organisation));
        sheets.extend(reach_sheet(&self.reached[place], &self.organisation));
        (sheets, days)
    }
}

/// Who received something in a quarter: in some organisations everybody, in some hardly anybody, and nearly all of
/// them acknowledge it, or few do. No unit that has somebody has fewer than `least`.
fn receive(chance: &mut ChaCha20Rng, organisation: &Organisation, least: u32) -> Vec<Reached> {
    let most = [4, 12, 40][chance.random_range(0..3)];
    let (part, diligent) = (chance.random_range(0.0..1.0), chance.random_range(0.0..1.0));
    let mut reached = Vec::new();
    for unit in &organisation.units {
        let component = organisation.component_of_unit(&unit.id).unwrap().id.clone();
        let people = if chance.random_bool(part) { least + chance.random_range(0..most) } else { 0 };
        let one = |in_time| Reached { component: component.clone(), unit: unit.id.clone(), in_time };
        reached.extend((0..people).map(|_| one(chance.random_bool(diligent))));
    }
    reached
}

/// Cases of a year and a half, by chance: some organisations are busy, some hardly use it, in some one unit
/// raises nearly everything.
fn play(seed: u64) -> Played {
    let mut chance = ChaCha20Rng::seed_from_u64(seed);
    let text = if seed.is_multiple_of(2) { DEMONSTRATION } else { ORGANISATION };
    let organisation = Organisation::parse(text).unwrap();
    let calendar = Calendar::united_states();
    let mut periods: Vec<Period> = Vec::new();
    let mut quarter = Quarter::of(date(2026, 1, 1));
    for _ in 0..4 {
        let period = quarter.period(&calendar, periods.last().map(|before| before.ends)).unwrap();
        periods.push(period);
        quarter = quarter.next();
    }
    let busy: i64 = [6, 20, 60, 150, 400][chance.random_range(0..5)];
    let lopsided = chance.random_range(0.0..1.0);
    let rare = chance.random_range(0.0..0.5);
    let total = chance.random_range(0..busy * 4);
    let first = periods[0].starts;
    let units: Vec<_> = organisation.units.iter().filter(|unit| unit.band.is_enough()).collect();
    let component = |unit: &candor::domain::organisation::Unit| {
        organisation.component_of_unit(&unit.id).unwrap().id.clone()
    };
    // Chance of its own, so that the cases are those that they were before there were ratings.
    let mut rates = ChaCha20Rng::seed_from_u64(seed + 1_000_000);
    let uptake = [0.3, 0.8, 1.0][rates.random_range(0..3)];
    let patience: i64 = [2, 30, 120][rates.random_range(0..3)];
    let (acts, time_given): (f64, i64) =
        ([0.5, 0.9, 1.0][rates.random_range(0..3)], [1, 30][rates.random_range(0..2)]);
    let mut cases = Vec::new();
    while cases.len() < usize::try_from(total).unwrap() {
        let favourite = chance.random_bool(lopsided);
        let raising = units[if favourite { 0 } else { chance.random_range(0..units.len()) }];
        let concerned = units[chance.random_range(0..units.len())];
        if component(raising) == component(concerned) {
            continue;
        }
        let standing = |unit: &candor::domain::organisation::Unit| Standing {
            component: component(unit),
            unit: unit.id.clone(),
        };
        let opened = first.plus(chance.random_range(0..360) * DAY);
        let later = |chance: &mut ChaCha20Rng| opened.plus(chance.random_range(1..60) * DAY);
        let mut facts = vec![(opened, Fact::Opened)];
        facts.push((opened.plus(3 * DAY), Fact::Acknowledgement { in_time: !chance.random_bool(rare) }));
        let ending = match chance.random_range(0.0..1.0) {
            part if part > rare * 2.0 => Ending::Field,
            part if part > rare => Ending::Council,
            part if part > rare / 2.0 => Ending::Secretary,
            _ => Ending::NotJoint,
        };
        let at = later(&mut chance);
        let lapsed = PerSide { raising: chance.random_bool(rare), concerned: chance.random_bool(rare) };
        let (extended, remanded) = (chance.random_bool(rare), chance.random_bool(rare / 4.0));
        let days = chance.random_range(1..30);
        facts.push((at, Fact::LevelEnded { level: Level::Field, days, lapsed, extended, remanded }));
        if chance.random_bool(0.8) {
            facts.push((at, Fact::Decided { ending, days: days + 2 }));
            let in_time = !chance.random_bool(rare);
            if ending != Ending::NotJoint {
                if rates.random_bool(acts) {
                    facts.push((at.plus(time_given * DAY), Fact::ActionDue { in_time }));
                }
                let mut rate = |fact: fn(Rating) -> Fact| {
                    let mut points =
                        || Points::ALL[if rates.random_bool(rare) { 1 } else { rates.random_range(2..5) }];
                    let rating = Rating { clarity: points(), fairness: points(), works: points() };
                    let when = at.plus(rates.random_range(0..patience) * DAY);
                    rates.random_bool(uptake).then(|| (when, fact(rating)))
                };
                facts.extend(rate(Fact::RatedByCommander));
                facts.extend(rate(Fact::RatedByCommander));
                facts.extend(rate(Fact::RatedByReporter));
            }
        }
        let document = chance.random_bool(0.7).then(|| {
            let at = chance.random_range(0..organisation.documents.len());
            organisation.documents[if chance.random_bool(lopsided) { 0 } else { at }].id.clone()
        });
        let sides = PerSide { raising: standing(raising), concerned: standing(concerned) };
        cases.push(Followed { sides, opened, document, facts });
    }
    let mut requests = Vec::new();
    while requests.len() < usize::try_from(total / 2).unwrap() {
        let favourite = chance.random_bool(lopsided);
        let asking = units[if favourite { 0 } else { chance.random_range(0..units.len()) }];
        let given = match chance.random_range(0.0..1.0) {
            part if part > rare * 2.0 => Some(Given::InFull),
            part if part > rare => Some(Given::InPart),
            part if part > rare / 2.0 => Some(Given::NotGiven),
            _ => None,
        };
        let due = first.plus(chance.random_range(0..360) * DAY);
        requests.push(Counted {
            from: component(asking),
            desk: PostId::Commander(asking.id.clone()),
            due,
            given,
        });
    }
    let reached = periods.iter().map(|_| receive(&mut chance, &organisation, 1)).collect();
    Played { organisation, cases, requests, reached, periods }
}

/// What is published of each quarter, with the true numbers behind it.
fn released(played: &Played, rules: Rules, change: impl Fn(&mut Sheet)) -> Vec<(Release, Vec<Sheet>)> {
    let of = |period: &Period| {
        let (mut sheets, days) = played.sheets(period);
        sheets.iter_mut().for_each(&change);
        (suppress::release(*period, &sheets, &days, rules), sheets)
    };
    played.periods.iter().map(of).collect()
}

/// The attack on every quarter of many organisations; also how many numbers it left alone, and were told.
fn attack_all(rules: Rules, seeds: std::ops::Range<u64>) -> Found {
    let mut all = Found::default();
    for seed in seeds {
        let played = play(seed);
        let releases = released(&played, rules, |_| {});
        let resolved = resolved_at_least(&releases);
        for ((release, sheets), resolved) in releases.iter().zip(resolved) {
            let (found, _) = attack_knowing(release, sheets, resolved);
            let quarter = release.period.quarter;
            all.small.extend(found.small.into_iter().map(|what| format!("{seed}, {quarter}: {what}")));
            all.kept_back.extend(found.kept_back);
            all.hidden += found.hidden;
            all.told += found.told;
        }
    }
    all
}

const SEEDS: std::ops::Range<u64> = 0..150;

#[test]
fn an_21_no_small_number_follows_from_what_is_published() {
    let found = attack_all(Rules::IN_FORCE, SEEDS);
    assert!(found.small.is_empty(), "{:#?}", found.small);
    assert!(found.kept_back.is_empty(), "{:#?}", found.kept_back);
    assert!(found.told > 1_000 && found.hidden > 1_000, "{} told, {} kept back", found.told, found.hidden);
}

/// The controls: the same attack finds small numbers where nothing is kept back besides them, and more
/// where wholes are not rounded either.
#[test]
fn an_21_control_without_keeping_back_or_rounding_the_same_attack_finds_them() {
    let only_rounded = attack_all(Rules { complement: false, round: true }, SEEDS);
    let neither = attack_all(Rules { complement: false, round: false }, SEEDS);
    println!(
        "small numbers found: {} with rounding alone, {} with neither",
        only_rounded.small.len(),
        neither.small.len()
    );
    assert!(only_rounded.small.len() > 20, "{}", only_rounded.small.len());
    assert!(neither.small.len() > only_rounded.small.len() + 1_000, "{}", neither.small.len());
    assert!(neither.kept_back.len() > only_rounded.kept_back.len());
    // Among them are numbers of what was given of what was asked.
    let given = neither.small.iter().filter(|what| what.contains("Column(Given")).count();
    assert!(given > 20, "{given}");
    // Of people as of cases.
    let of_reach = |found: &Found| found.small.iter().filter(|what| what.contains("Reach")).count();
    println!("of reach: {} and {}", of_reach(&only_rounded), of_reach(&neither));
    assert!(of_reach(&only_rounded) > 5, "{}", of_reach(&only_rounded));
    assert!(of_reach(&neither) > of_reach(&only_rounded) + 100, "{}", of_reach(&neither));
}

/// The control: where ratings are told though nearly all that was resolved is rated, or actions though nearly all had
/// one due, their number bounds how many of those decided were closed as not joint.
#[test]
fn an_21_control_ratings_of_all_that_was_resolved_would_tell_what_was_not() {
    let from_ratings = found_without_room(|topic| !topic.by_direction());
    let from_actions = found_without_room(|topic| topic == Topic::Actions);
    println!(
        "small numbers found from ratings: {}; from actions: {}",
        from_ratings.len(),
        from_actions.len()
    );
    for found in [from_ratings, from_actions] {
        assert!(!found.is_empty() && found.iter().any(|what| what.contains("Level")), "{found:#?}");
    }
    // And what is in force leaves something to be told.
    let mut told = [0; 2];
    for seed in SEEDS {
        for (release, _) in released(&play(seed), Rules::IN_FORCE, |_| {}) {
            for topic in release.topics.iter().filter(|topic| topic.together != Shown::Hidden) {
                told[0] += usize::from(!topic.topic.by_direction());
                told[1] += usize::from(topic.topic == Topic::Actions);
            }
        }
    }
    println!("ratings told in {} quarters, actions in {}", told[0], told[1]);
    assert!(told[0] > 50 && told[1] > 50, "{told:?}");
}

/// Small numbers found where some topics are told whether or not enough was resolved without.
fn found_without_room(of: impl Fn(Topic) -> bool) -> Vec<String> {
    let mut found = Vec::new();
    for seed in SEEDS {
        let played = play(seed);
        let releases = released(&played, Rules::IN_FORCE, |sheet| {
            if of(sheet.topic) {
                sheet.without = None;
            }
        });
        for ((release, sheets), resolved) in releases.iter().zip(resolved_at_least(&releases)) {
            let (here, _) = attack_knowing(release, sheets, resolved);
            assert!(attack(release, sheets).0.small.is_empty(), "without that knowledge nothing follows");
            found.extend(here.small.into_iter().map(|what| format!("{seed}: {what}")));
        }
    }
    found
}

/// That an attack finds nothing may be its own fault. So for what was kept back a search shows two worlds, one
/// with nothing there and one with five, in which all that is published is the same.
#[test]
fn an_21_whatever_is_kept_back_could_be_nothing_or_five() {
    let mut shown = 0;
    for seed in (1..60).step_by(2) {
        let played = play(seed);
        let period = &played.periods[1];
        let (sheets, days) = played.sheets(period);
        let release = suppress::release(*period, &sheets, &days, Rules::IN_FORCE);
        let (_, system) = attack(&release, &sheets);
        for topic in &release.topics {
            let mut kept = Vec::new();
            for (side, line) in topic.directions.iter().enumerate() {
                kept.push((Cell::Direction(topic.topic, side), line.count));
                let branches = topic.branches[side].iter().enumerate();
                kept.extend(branches.map(|(at, line)| (Cell::Branches(topic.topic, side, at), line.count)));
            }
            for told in &topic.told {
                for row in told.rows.iter().filter(|row| row.most.is_none()) {
                    let columns = row.columns.iter().enumerate();
                    kept.extend(columns.map(|(at, count)| (Cell::Column(told.split, row.of, at), *count)));
                }
            }
            for (cell, count) in kept {
                if count != Shown::Hidden {
                    continue;
                }
                let index = system.names[&cell];
                assert!(system.can_be(index, 0) && system.can_be(index, 5), "{seed}: {cell:?}");
                shown += 1;
            }
        }
    }
    assert!(shown > 100, "{shown}");
}

/// What the job has published of cases that were raised, resolved and left to time, on either database.
async fn an_21_nor_from_what_the_job_has_published(app: TestApp) {
    busy(&app, &[]).await;
    until_published(&app).await;
    app.candor.measure(app.now()).await.unwrap();
    app.leaves_work_behind();
    let organisation = Organisation::parse(ORGANISATION).unwrap();
    let releases = app.candor.published_measures().await.unwrap();
    let release = &releases[0];
    // Without cases a sheet says what is told apart, and no more.
    let (mut structure, _) = sheets(&[], &release.period, &organisation).unwrap();
    structure.extend(support::sheet(&[], &release.period, &organisation));
    let mut system = System::of(release, &structure);
    let published = system.cells.clone();
    system.eliminate();
    assert!(system.tighten());
    let mut kept_back = 0;
    for (cell, index) in system.names.iter().filter(|(_, index)| system.kept.contains(*index)) {
        let (low, high) = system.cells[*index];
        assert!(low < high && high >= SMALL, "{cell:?}: {low} to {high}");
        kept_back += 1;
    }
    assert!(kept_back > 5 && published.iter().any(|bounds| *bounds != (0, MANY)));
}

on_both!(an_21_nor_from_what_the_job_has_published);

/// The attack itself: it solves what can be solved, also where only several equations together tell.
#[test]
fn an_21_the_attack_solves_what_can_be_solved() {
    let mut system = System::default();
    let name = Cell::Slack;
    for (cell, value) in [(0, 7), (1, 9), (2, 8), (3, 8)] {
        system.know(name(cell), Shown::Exactly(value));
    }
    // Two rows and two columns of a table of four, and one more sum.
    system.sum(name(0), [10, 11].into_iter().map(name));
    system.sum(name(1), [12, 13].into_iter().map(name));
    system.sum(name(2), [10, 12].into_iter().map(name));
    system.sum(name(3), [11, 13].into_iter().map(name));
    let mut open = system.clone();
    open.eliminate();
    assert!(open.tighten());
    let at = |system: &System, cell| system.cells[system.names[&name(cell)]];
    assert_eq!(at(&open, 10), (0, 7));
    system.know(name(4), Shown::Exactly(9));
    system.sum(name(4), [10, 13].into_iter().map(name));
    system.eliminate();
    assert!(system.tighten());
    assert_eq!(at(&system, 10), (4, 4));
    assert_eq!(at(&system, 12), (4, 4));
}

/// How long a step took is told only with five cases, of two units, on either side.
#[test]
fn an_21_no_median_stands_on_few_cases() {
    let mut seen = 0;
    for seed in SEEDS {
        let played = play(seed);
        for period in &played.periods {
            let (sheets, days) = sheets(&played.cases, period, &played.organisation).unwrap();
            let release = suppress::release(*period, &sheets, &days, Rules::IN_FORCE);
            for (step, days) in release.steps.iter().zip(&days) {
                for row in &step.rows {
                    seen += 1;
                    let of = |keep: &dyn Fn(u32) -> bool| few(days, row.of, keep);
                    assert!(!of(&|took| took <= row.median) && !of(&|took| took >= row.median));
                    if let Some((first, third)) = row.quartiles {
                        assert!(!of(&|took| took <= first) && !of(&|took| took >= third));
                    }
                }
            }
        }
    }
    assert!(seen > 50, "{seen}");
}

fn few(days: &Days, side: Option<usize>, keep: &dyn Fn(u32) -> bool) -> bool {
    let kept = days
        .entries
        .iter()
        .filter(|(direction, _, took)| side.is_none_or(|side| side == *direction) && keep(*took));
    let units: Vec<_> = kept.map(|(_, unit, _)| unit).collect();
    units.len() < 5 || units.iter().all(|unit| *unit == units[0])
}

/// A case belongs to one quarter for each thing that counts, and to none between two.
#[test]
fn an_21_quarters_share_no_case() {
    let played = play(8);
    let opened: usize = played
        .periods
        .iter()
        .map(|period| sheets(&played.cases, period, &played.organisation).unwrap().0[0].entries.len())
        .sum();
    let within = |at: Timestamp| played.periods.iter().filter(|period| period.holds(at)).count();
    assert_eq!(opened, played.cases.iter().map(|case| within(case.opened)).sum::<usize>());
    assert!(played.cases.iter().all(|case| within(case.opened) <= 1));
}
