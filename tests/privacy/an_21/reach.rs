//! The page of every day, which tells how far each thing has come, beside the release.

use candor::domain::deadline::Calendar;
use candor::domain::measures::count::Sheet;
use candor::domain::measures::release::Shown;
use candor::domain::measures::{Quarter, Release, Rules, Split, Topic, reach_sheet, sheets, suppress};
use candor::domain::organisation::Organisation;
use candor::domain::reach::Share;
use jiff::civil::date;
use rand::rngs::ChaCha20Rng;
use rand::{RngExt, SeedableRng};

use super::{Cell, SMALL, System, receive};
use crate::support::app::ORGANISATION;

/// Who sees, besides the release, the page of every day for what fell due: in each component how many of all have
/// acknowledged it by now, as a step; and knows the roster.
fn with_the_page(release: &Release, sheets: &[Sheet], today: [(i64, i64); 2], people: [i64; 2]) -> System {
    let mut system = System::of(release, sheets);
    for (side, (ends, people)) in today.into_iter().zip(people).enumerate() {
        let index = system.cell(Cell::Today(side));
        system.cells[index] = ends;
        let all = system.cell(Cell::Direction(Topic::Reach, side));
        system.cells[all] = (people, people);
        let in_time = |late: usize| Cell::Column(Split::ReachedInTime, Some(side), late);
        // Whoever was in time has acknowledged it.
        system.at_least((Cell::Today(side), 1), (in_time(0), 1));
        // Whoever has not by now was not in time: all, but for those who have.
        system.slacks += 1;
        let cells = [(all, 1), (index, -1), (system.cell(in_time(1)), -1)];
        let slack = system.cell(Cell::Slack(system.slacks));
        system.rows.push(cells.into_iter().chain([(slack, 1)]).collect());
    }
    system
}

/// How often the attack knows a number under five of people, or that it is under five, from the release and the page
/// of every day; where the page tells of today whatever `told` makes of it.
fn attack_with_the_page(told: fn(u32, u32) -> (u32, u32)) -> (Vec<String>, usize) {
    let (mut found, mut kept) = (Vec::new(), 0);
    for seed in 0..200 {
        let mut chance = ChaCha20Rng::seed_from_u64(seed);
        let organisation = Organisation::parse(ORGANISATION).unwrap();
        // As on the page no small unit.
        let reached = receive(&mut chance, &organisation, 5);
        let sheet = reach_sheet(&reached, &organisation).unwrap();
        let period = Quarter::of(date(2026, 1, 1)).period(&Calendar::united_states(), None).unwrap();
        let (mut sheets, days) = sheets(&[], &period, &organisation).unwrap();
        sheets.push(sheet);
        let release = suppress::release(period, &sheets, &days, Rules::IN_FORCE);
        let of = |side: usize, late: Option<bool>| {
            let entries = sheets.last().unwrap().entries.iter().filter(|entry| entry.direction == side);
            entries.filter(|entry| late.is_none_or(|late| entry.columns[0] == usize::from(late))).count()
        };
        let mut people = [0, 0];
        let today = [0, 1].map(|side| {
            let group = u32::try_from(of(side, None)).unwrap();
            let late = chance.random_range(0..=of(side, Some(true)));
            let have = u32::try_from(of(side, Some(false)) + late).unwrap();
            people[side] = i64::from(group);
            let (low, high) = told(have, group);
            assert!(low <= have && have <= high);
            (i64::from(low), i64::from(high))
        });
        let mut system = with_the_page(&release, &sheets, today, people);
        system.eliminate();
        assert!(system.tighten(), "{seed}: the page contradicts the release");
        for (cell, index) in &system.names {
            let of_people = matches!(cell, Cell::Today(_) | Cell::Column(Split::ReachedInTime, ..));
            let (low, high) = system.cells[*index];
            // Of a component with fewer than five on the roster everybody knows that fewer than five have.
            let side = match cell {
                Cell::Today(side) | Cell::Column(_, Some(side), _) => Some(*side),
                _ => None,
            };
            let of_all = side.map_or(people[0] + people[1], |side| people[side]);
            if !of_people || of_all < SMALL {
                continue;
            }
            kept += usize::from(low < high);
            if high < SMALL {
                found.push(format!("{seed}: {cell:?} is {low} to {high}"));
            }
        }
    }
    (found, kept)
}

/// The counts that are told alike: the ends of a step, as whoever knows the roster works them out.
fn step(have: u32, group: u32) -> (u32, u32) {
    let told = Share::across(have, group);
    let alike: Vec<u32> = (0..=group).filter(|other| Share::across(*other, group) == told).collect();
    (alike[0], alike[alike.len() - 1])
}

#[test]
fn an_21_nor_from_the_page_of_every_day_beside_it() {
    let (found, kept) = attack_with_the_page(step);
    assert!(found.is_empty(), "{found:#?}");
    assert!(kept > 200, "{kept}");
    // The control: with the numbers themselves the same attack finds small ones.
    let (found, _) = attack_with_the_page(|have, _| (have, have));
    assert!(found.len() > 20, "{}", found.len());
}

/// Why the page of every day tells of no branch and no unit: from shares of a branch and of one of its two units
/// follows that of the other, though it is of two people. So it was once.
#[test]
fn an_21_control_shares_of_a_whole_and_of_a_part_tell_the_rest() {
    let mut system = System::default();
    let name = Cell::Slack;
    // Ten and ten people; 35 percent of all, half of the first.
    system.know(name(0), Shown::Exactly(20 * 35 / 100));
    system.know(name(1), Shown::Exactly(10 / 2));
    system.sum(name(0), [1, 2].into_iter().map(name));
    system.eliminate();
    assert!(system.tighten());
    assert_eq!(system.cells[system.names[&name(2)]], (2, 2));
}
