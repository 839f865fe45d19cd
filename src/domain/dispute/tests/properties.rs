//! What holds in every case, whatever is asked of it by whomever and whenever.

use std::cell::RefCell;
use std::collections::BTreeMap;

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::clock::{DAY, HOUR};
use crate::domain::dispute::{Actor, Command, Event, Refusal, Stage, StageName, guard};
use crate::domain::policy::{self, CommandKind};

use super::offers::offers_are_kept;
use super::promises::check;
use super::random::{Chance, Course, Maker, REFUSALS, actors, place_of};
use super::world::{self, Case, Staffing, World, start};

/// How many cases, and how many commands each at most.
const CASES: u32 = 640;
const STEPS: usize = 64;

/// How often each kind of command is accepted at least, and each occasion comes about.
const LEAST: u32 = 15;
const FEWEST_OCCASIONS: u32 = 3;

/// How often everything happened in the whole run.
#[derive(Debug, Default)]
pub(super) struct Seen {
    accepted: BTreeMap<CommandKind, u32>,
    refused: BTreeMap<usize, u32>,
    /// Occasions for the invariants: without them a property would hold of nothing.
    occasions: BTreeMap<&'static str, u32>,
}

impl Seen {
    fn accept(&mut self, kind: CommandKind) {
        *self.accepted.entry(kind).or_default() += 1;
    }

    pub(super) fn refuse(&mut self, refusal: &Refusal) {
        *self.refused.entry(place_of(refusal)).or_default() += 1;
    }

    pub(super) fn occasion(&mut self, what: &'static str) {
        *self.occasions.entry(what).or_default() += 1;
    }
}

#[test]
fn whatever_is_asked_in_whatever_order_the_promises_hold() {
    let worlds = Staffing::ALL.map(World::staffed);
    let seen = RefCell::new(Seen::default());
    let config = Config { cases: CASES, failure_persistence: None, ..Config::default() };
    let mut runner = TestRunner::new_with_rng(config, TestRng::deterministic_rng(RngAlgorithm::ChaCha));
    // Half of the cases are fully staffed; each step has a seed of its own, which does not shrink.
    let staffing =
        (0..2 * worlds.len()).prop_map(|place| if place < Staffing::ALL.len() { place } else { 0 });
    let steps = (staffing, any::<u64>().no_shrink(), vec(any::<u64>().no_shrink(), 1..STEPS));
    runner
        .run(&steps, |(place, opening, steps)| {
            run(&worlds[place], opening, &steps, &mut seen.borrow_mut());
            Ok(())
        })
        .unwrap();

    let seen = seen.into_inner();
    let mut missing = Vec::new();
    for kind in CommandKind::ALL {
        let count = seen.accepted.get(kind).copied().unwrap_or_default();
        if count < LEAST {
            missing.push(format!("{kind:?} was accepted only {count} times"));
        }
    }
    for (place, refusal) in REFUSALS.iter().enumerate() {
        if !seen.refused.contains_key(&place) {
            missing.push(format!("{refusal:?} was never the answer"));
        }
    }
    for what in OCCASIONS {
        if seen.occasions.get(what).copied().unwrap_or_default() < FEWEST_OCCASIONS {
            missing.push(format!("too few cases of: {what}"));
        }
    }
    assert!(missing.is_empty(), "{missing:#?}\n{seen:#?}");
}

/// What must have come about often enough for the invariants to mean something.
const OCCASIONS: [&str; 13] = [
    RESOLVED,
    VOIDED,
    VOIDED_BY_RECUSAL,
    RECUSED,
    EXTENDED,
    LAPSED,
    LEFT_OUT,
    FROZEN,
    PRESSED,
    WITHHELD,
    TOOK_OVER,
    OVERDUE,
    RATED,
];
pub(super) const RESOLVED: &str = "resolved with two acceptances";
pub(super) const VOIDED: &str = "a new version after an acceptance";
pub(super) const VOIDED_BY_RECUSAL: &str = "a recusal after an acceptance";
pub(super) const RECUSED: &str = "somebody who stepped aside";
pub(super) const EXTENDED: &str = "an extension";
pub(super) const LAPSED: &str = "a lapse";
pub(super) const LEFT_OUT: &str = "a post left out";
pub(super) const FROZEN: &str = "a page frozen";
pub(super) const PRESSED: &str = "a reporter pressed";
pub(super) const WITHHELD: &str = "a name withheld again";
pub(super) const TOOK_OVER: &str = "an alternate who took over";
pub(super) const OVERDUE: &str = "the Secretary overdue";
pub(super) const RATED: &str = "an outcome rated";

/// One case: opened, then step by step somebody asks something at some time; at the end nobody does.
fn run(world: &World, opening: u64, steps: &[u64], seen: &mut Seen) {
    let mut chance = Chance::new(opening);
    let mut case = Case::open(world, chance.opening(), start().plus(chance.seconds(400 * DAY)));
    seen.accept(CommandKind::Open);
    let opened = case.journal.clone();
    check(&case, &case, &opened, seen);
    let actors = actors(world);
    let course = Course::of(&mut chance);
    for step in steps {
        let mut chance = Chance::new(*step);
        pass_time(&mut case, &mut chance);
        let (actor, kind) = who_and_what(&case, &actors, course, &mut chance);
        let command = Maker { case: &case, actor: &actor, flaws: true, chance: &mut chance }.command(kind);
        let mut facts = world.facts(case.now);
        facts.fresh = !chance.one_in(8);
        let answer = super::super::decide(Some(&case.dispute), &actor, &command, &facts);
        match answer {
            Ok(events) => {
                seen.accept(kind);
                assert!(!events.is_empty(), "{kind:?} was accepted and nothing happened");
                let before = case.clone();
                case.keep(&events);
                check(&before, &case, &events, seen);
            }
            Err(refusal) => seen.refuse(&refusal),
        }
        if chance.one_in(6) {
            let asker = if chance.one_in(2) { actor } else { chance.pick(&actors).unwrap() };
            offers_are_kept(&case, &asker, &mut chance, seen);
        }
    }
    time_alone_ends_it(case, seen);
}

/// A few hours mostly, sometimes weeks, sometimes exactly until something is due.
fn pass_time(case: &mut Case<'_>, chance: &mut Chance) {
    let now = case.now;
    // Once it is closed, what comes next is that something is destroyed.
    let next = case.next_due().or_else(|| case.dispute.retain_due(&world::CALENDAR));
    let next = next.filter(|next| *next > now);
    case.now = match (chance.below(100), next) {
        (90..=94, Some(next)) => next,
        (95..=98, Some(next)) => next.plus(-1),
        (99, _) => now.plus(chance.seconds(40 * DAY)),
        (80..=89, _) => now.plus(chance.seconds(DAY)),
        (55..=79, _) => now.plus(chance.seconds(2 * HOUR)),
        _ => now,
    };
}

/// Mostly somebody who may do what they ask, now and then anybody with anything.
fn who_and_what(
    case: &Case<'_>,
    actors: &[Actor],
    course: Course,
    chance: &mut Chance,
) -> (Actor, CommandKind) {
    let facts = case.world.facts(case.now);
    let may = |actor: &Actor, kind| {
        let side = policy::may(&case.dispute, actor, kind, &facts)?;
        guard(&case.dispute, side, kind, &facts)
    };
    let anything = chance.one_in(7);
    for _ in 0..if anything { 0 } else { 16 } {
        let (first, kind) = (chance.below(64), course.kind(chance));
        let first = usize::try_from(first).unwrap() % actors.len();
        let (before, after) = actors.split_at(first);
        if let Some(actor) = after.iter().chain(before).find(|actor| may(actor, kind).is_ok()) {
            return (actor.clone(), kind);
        }
    }
    (chance.pick(actors).unwrap(), chance.kind())
}

/// 6: if nobody does anything any more, time alone brings a case to the Secretary, who is told that
/// it is overdue; each time there is exactly something to do, and never before.
fn time_alone_ends_it(mut case: Case<'_>, seen: &mut Seen) {
    for _ in 0..20 {
        let Some(next) = case.next_due() else {
            match &case.dispute.stage {
                Stage::Panel(_) => panic!("a panel that never ends"),
                Stage::Secretary(stage) => assert_eq!(stage.warned, 100, "the Secretary was never told"),
                Stage::Resolved(_) => panic!("an outcome that never closes"),
                Stage::Closed(_) => {}
            }
            return;
        };
        if next > case.now {
            case.now = next.plus(-1);
            assert_eq!(
                case.ask(&Actor::Clock, &Command::Sweep),
                Err(Refusal::NothingDue),
                "one second early"
            );
        }
        case.now = case.now.max(next);
        let events =
            case.ask(&Actor::Clock, &Command::Sweep).expect("something is due when it is said to be");
        assert!(
            events.iter().filter(|event| matches!(event, Event::Entered { .. })).count() <= 1,
            "at most one level a sweep"
        );
        let before = case.clone();
        case.keep(&events);
        seen.accept(CommandKind::Sweep);
        check(&before, &case, &events, seen);
    }
    assert_eq!(case.dispute.stage_name(), StageName::Closed, "time alone does not end it");
}
