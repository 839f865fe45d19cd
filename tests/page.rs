//! The machine against docs/dispute.md, as the fuzz target in `tests/fuzz` plays it, for a short time.

use std::collections::BTreeSet;

use candor::clock::Timestamp;
use candor::domain::concern::Pace;
use candor::domain::deadline::{Calendar, Standards};
use candor::domain::dispute::{
    Actor, Bypass, Command, Dispute, Event, Facts, Member, Opening, PerSide, Seat, StageName, Standing,
    decide,
};
use candor::domain::id::{AccountId, EnvelopeId, PostId};
use candor::domain::policy::CommandKind;
use candor::rng::Randomness;

use crate::fuzz::play::{Course, World, play};
use crate::fuzz::reading::Reading;

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
    // Everybody of one side steps aside while the Council cannot sit: too rare for chance, so played by hand.
    let by_hand = (Some(StageName::Field), CommandKind::Recuse, StageName::Secretary);
    assert!(both_of_a_side_step_aside(&reading) == StageName::Secretary);
    let not_gone: Vec<_> =
        reading.ways().filter(|way| !course.ways.contains(way) && **way != by_hand).collect();
    assert!(not_gone.is_empty(), "ways of the page that were never gone: {not_gone:?}");
}

/// Where a case goes whose raising side has nobody left and whose Council may not sit.
fn both_of_a_side_step_aside(reading: &Reading) -> StageName {
    let seat = |number, post| Seat { account: AccountId(uuid::Uuid::from_u128(number)), post, lead: false };
    let seats = [
        seat(1, PostId::Commander("a".into())),
        seat(2, PostId::Alternate("a".into())),
        seat(3, PostId::Commander("b".into())),
    ];
    let member = |seat: &Seat| (seat.post.clone(), vec![Member { account: seat.account, lead: false }]);
    let members = seats.iter().map(member).collect();
    let calendar = Calendar::united_states();
    let facts = Facts { now: Timestamp(1_790_000_000), calendar: &calendar, members: &members, fresh: true };
    let standing = |name: &str| Standing { component: name.into(), unit: name.into() };
    let opening = Opening {
        sides: PerSide { raising: standing("a"), concerned: standing("b") },
        pace: Pace::Routine,
        bypass: Bypass::default(),
        standards: Standards::proposed(Pace::Routine),
        name_for_panel: false,
    };
    let mut events = decide(None, &Actor::Batch, &Command::Open(opening), &facts).unwrap();
    let mut dispute = Dispute::fold(&events).unwrap();
    for seat in &seats[..2] {
        let actor = Actor::Handler(seat.clone());
        let command = Command::Recuse { reason: EnvelopeId(uuid::Uuid::nil()) };
        events.extend(decide(Some(&dispute), &actor, &command, &facts).unwrap());
        let after = Dispute::fold(&events).unwrap();
        assert_eq!(reading.faults(Some(&dispute), &actor, CommandKind::Recuse, &after), Vec::<String>::new());
        dispute = after;
    }
    dispute.stage_name()
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
