//! The machine against docs/dispute.md, as the fuzz target in `tests/fuzz` plays it, for a short time.

#[path = "fuzz/play.rs"]
mod play;
#[path = "fuzz/reading.rs"]
mod reading;

use std::collections::BTreeSet;

use candor::domain::dispute::{Actor, Bypass, Dispute, Event, Opening, PerSide, Standing};
use candor::domain::policy::CommandKind;
use candor::rng::Randomness;

use play::{Course, World, play};
use reading::Reading;

/// How often every command is accepted at least.
const LEAST: u64 = 100;

/// Cases played; each of a few hundred steps.
const CASES: usize = 3_400;

#[test]
fn the_machine_does_what_the_page_says_and_goes_every_way_of_it() {
    let (world, reading) = (World::new(), Reading::of_the_page());
    let randomness = Randomness::labelled([7; 32]);
    let mut course = Course::default();
    for _ in 0..CASES {
        let bytes: Vec<u8> = (0..4).flat_map(|_| randomness.bytes::<256>("fuzz")).collect();
        play(&world, &reading, &bytes, &mut course);
    }
    let seldom: Vec<_> = CommandKind::ALL
        .iter()
        .map(|kind| (kind.words(), course.accepted.get(kind).copied().unwrap_or(0)))
        .filter(|(_, times)| *times < LEAST)
        .collect();
    assert!(seldom.is_empty(), "accepted less than {LEAST} times: {seldom:?}");
    let not_gone: Vec<_> = reading.ways().filter(|way| !course.ways.contains(way)).collect();
    assert!(not_gone.is_empty(), "ways of the page that were never gone: {not_gone:?}");
}

#[test]
fn a_page_that_says_something_else_is_noticed() {
    let paper = include_str!("../docs/dispute.md");
    let other = paper.replace("| withdraw | open stages | reporter |", "| withdraw | Council | clock |");
    assert_ne!(paper, other);
    let other = Reading::of(&other);
    let standing = |name: &str| Standing { component: name.into(), unit: name.into() };
    let pace = candor::domain::concern::Pace::Routine;
    let opening = Opening {
        sides: PerSide { raising: standing("a"), concerned: standing("b") },
        pace,
        bypass: Bypass::default(),
        standards: candor::domain::deadline::Standards::proposed(pace),
        name_for_panel: false,
    };
    let at = candor::clock::Timestamp(0);
    let before = Dispute::fold(&[Event::Opened { at, opening }]).unwrap();
    let mut after = before.clone();
    after.apply(&Event::Closed { at, why: candor::domain::dispute::Closing::Withdrawn });
    let faults = |reading: &Reading| {
        reading
            .faults(Some(&before), &Actor::Reporter, CommandKind::Withdraw, &after)
            .into_iter()
            .collect::<BTreeSet<_>>()
    };
    assert_eq!(faults(&Reading::of_the_page()), BTreeSet::new());
    assert_eq!(faults(&other).len(), 2, "{:?}", faults(&other));
}
