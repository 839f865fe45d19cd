//! What holds in every case, whatever is asked of it by whomever and whenever.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};

use proptest::collection::vec;
use proptest::prelude::{Strategy, any};
use proptest::test_runner::{Config, RngAlgorithm, TestRng, TestRunner};

use crate::clock::{DAY, HOUR};
use crate::domain::audience::{Audience, Reader};
use crate::domain::concern::Pace;
use crate::domain::dispute::{
    Actor, Command, Dispute, Event, Level, Part, Refusal, Seat, Side, Stage, StageName, VersionHash,
    WaitingFor, guard,
};
use crate::domain::id::PostId;
use crate::domain::policy::{self, CommandKind};

use super::offers::offers_are_kept;
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

    fn occasion(&mut self, what: &'static str) {
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
const OCCASIONS: [&str; 12] = [
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
];
const RESOLVED: &str = "resolved with two acceptances";
const VOIDED: &str = "a new version after an acceptance";
const VOIDED_BY_RECUSAL: &str = "a recusal after an acceptance";
const RECUSED: &str = "somebody who stepped aside";
const EXTENDED: &str = "an extension";
const LAPSED: &str = "a lapse";
const LEFT_OUT: &str = "a post left out";
const FROZEN: &str = "a page frozen";
const PRESSED: &str = "a reporter pressed";
const WITHHELD: &str = "a name withheld again";
const TOOK_OVER: &str = "an alternate who took over";
const OVERDUE: &str = "the Secretary overdue";

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

/// Everything that must hold after a command was accepted.
fn check(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let dispute = &case.dispute;
    // 12: the journal yields the case, also as it is stored.
    assert_eq!(Dispute::fold(&case.journal).as_ref(), Some(dispute), "the journal folds into the case");
    assert_eq!(usize::try_from(dispute.version).unwrap(), case.journal.len(), "the version counts events");
    assert_eq!(&stored(dispute), dispute, "a stored case is read as it was");
    for event in events {
        assert_eq!(&stored(event), event, "a stored event is read as it was");
    }
    accepted_by_two(case, events, seen);
    new_versions_void(before, case, events, seen);
    at_most_once(&case.journal);
    two_persons_waive(&case.journal, events);
    the_panel_can_act(case);
    gone_is_gone(case, seen);
    keys_match_rights(case);
    a_name_withheld_is_not_theirs(before, case, events, seen);
    nothing_is_left_due(case);
    what_is_held_stays(before, case, events);
    note_occasions(case, events, seen);
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// 1: no resolution by a panel without two acceptances of one version by two persons of two
/// components, neither recused. Read from the journal, not from the state.
fn accepted_by_two(case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let Some(Event::Resolved { by, version, .. }) =
        events.iter().find(|event| matches!(event, Event::Resolved { .. }))
    else {
        return;
    };
    if *by == Level::Secretary {
        return;
    }
    let mut on_table: Option<VersionHash> = None;
    let mut accepted: Vec<(Side, Seat)> = Vec::new();
    for event in &case.journal {
        match event {
            Event::Entered { .. } | Event::Rejected { .. } => (on_table, accepted) = (None, Vec::new()),
            Event::Proposed { hash, .. } => (on_table, accepted) = (Some(*hash), Vec::new()),
            Event::Recused { seat, side, .. } => {
                accepted.retain(|(of, other)| Some(*of) != *side && other.account != seat.account);
            }
            Event::Accepted { side, hash, acceptance } => {
                assert_eq!(Some(*hash), on_table, "only what is on the table is accepted");
                accepted.push((*side, acceptance.seat.clone()));
            }
            _ => {}
        }
    }
    let [(first_side, first), (second_side, second)] = accepted.as_slice() else {
        panic!("resolved with {} acceptances", accepted.len());
    };
    assert_eq!(on_table.as_ref(), Some(version), "the accepted version is the outcome");
    assert_ne!(first_side, second_side);
    assert_ne!(first.account, second.account, "two persons");
    for (side, seat) in [(first_side, first), (second_side, second)] {
        assert_eq!(world::side_of(&seat.post), Some(*side), "each for their own component");
        assert!(!case.dispute.has_recused(seat.account), "nobody who stepped aside");
    }
    seen.occasion(RESOLVED);
}

/// 2: a new version voids acceptances; so does the recusal of a side.
fn new_versions_void(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let accepted = |case: &Case<'_>, side: Side| {
        let table = case.dispute.panel().and_then(|panel| panel.on_table.as_ref());
        table.is_some_and(|table| table.accepted.get(side).is_some())
    };
    for event in events {
        match event {
            Event::Proposed { .. } => {
                assert!(
                    Side::BOTH.into_iter().all(|side| !accepted(case, side)),
                    "a new version has no acceptance"
                );
                if Side::BOTH.into_iter().any(|side| accepted(before, side)) {
                    seen.occasion(VOIDED);
                }
            }
            Event::Recused { side: Some(side), .. } => {
                assert!(!accepted(case, *side), "the acceptance of a side that steps aside counts no longer");
                if accepted(before, *side) {
                    seen.occasion(VOIDED_BY_RECUSAL);
                }
            }
            _ => {}
        }
    }
}

/// 7: what can be done once per level, counted over the whole case.
fn at_most_once(journal: &[Event]) {
    let once = |event: &Event| match event {
        Event::Extended { level, .. } => Some(("extended", Some(*level))),
        Event::Pressed { .. } => Some(("pressed", None)),
        Event::Remanded { .. } => Some(("remanded", None)),
        Event::Directed { .. } => Some(("directed", None)),
        Event::GroupAssigned { .. } => Some(("a working group", None)),
        Event::OutcomeDisputed { level, .. } => Some(("disputed", Some(*level))),
        Event::PaceChanged { pace: Pace::Extraordinary, .. } => Some(("faster", None)),
        _ => None,
    };
    let mut happened = BTreeSet::new();
    for what in journal.iter().filter_map(once) {
        assert!(happened.insert(what), "{what:?} came twice");
    }
}

/// 9: no action is waived but by two persons, one of each side.
fn two_persons_waive(journal: &[Event], events: &[Event]) {
    for event in events {
        let Event::ActionWaived { action: waived, .. } = event else { continue };
        let since = journal.iter().rposition(|event| matches!(event, Event::Resolved { .. })).unwrap();
        let asked: Vec<_> = journal[since..]
            .iter()
            .filter_map(|event| match event {
                Event::WaiverAsked { side, seat, action, .. } if action == waived => {
                    Some((*side, seat.account))
                }
                _ => None,
            })
            .collect();
        let [(one, first), (two, second)] = asked.as_slice() else { panic!("waived by {}", asked.len()) };
        assert!(one != two && first != second, "a waiver needs two persons of two sides");
    }
}

/// A panel has somebody on each side, and its posts are neither left out nor set aside.
fn the_panel_can_act(case: &Case<'_>) {
    let Some(panel) = case.dispute.panel() else { return };
    assert_ne!(panel.level, Level::Secretary);
    for (side, state) in panel.sides.each() {
        assert_eq!(world::side_of(&state.post), Some(side), "always two components");
        assert!(!case.dispute.bypass.posts.contains(&state.post), "who is left out does not act");
        assert!(!case.dispute.set_aside.contains(&state.post), "who stepped aside does not act");
        if let Some((to, _)) = state.delegate {
            let there = case.world.seats().into_iter().filter(|seat| seat.account == to);
            assert!(
                there.into_iter().any(|seat| policy::sees_case(&case.dispute, &seat)),
                "a delegate can act"
            );
        }
    }
    assert!(panel.due >= panel.entered);
}

/// 8: who stepped aside or is left out reads nothing that is written from now on, sees nothing
/// (but the frozen page of a panel that ended), is no reader and is offered nothing.
fn gone_is_gone(case: &Case<'_>, seen: &mut Seen) {
    let dispute = &case.dispute;
    let facts = case.world.facts(case.now);
    let readers = readers(case);
    for seat in case.world.seats() {
        let frozen = policy::frozen_at(dispute, &seat);
        let recused = dispute.has_recused(seat.account) || dispute.set_aside.contains(&seat.post);
        let left_out = dispute.bypass.posts.contains(&seat.post);
        if recused || (left_out && frozen.is_none()) {
            assert!(!policy::sees_case(dispute, &seat), "{seat:?} sees a case that is not theirs");
        }
        if !recused && !left_out {
            continue;
        }
        seen.occasion(if recused { RECUSED } else { LEFT_OUT });
        assert_eq!(policy::offers(dispute, &seat, &facts), BTreeSet::new(), "{seat:?}");
        for (audience, readers) in &readers {
            assert!(
                !policy::may_read(dispute, &seat, *audience, dispute.version),
                "{seat:?} reads {audience:?}"
            );
            // Whose only fault is one of two posts is still reached through the other.
            if !readers.contains(&Reader::Account(seat.account)) || dispute.has_recused(seat.account) {
                assert!(!is_reader(readers, &seat), "{seat:?} gets a key of {audience:?}");
            }
        }
    }
    let asks = dispute.waiting().into_iter().filter(|waiting| waiting.what != WaitingFor::GoneUp);
    for waiting in asks {
        let left_out =
            dispute.bypass.posts.contains(&waiting.post) || dispute.set_aside.contains(&waiting.post);
        assert!(!left_out, "a case waits for {}, who has no part in it", waiting.post);
    }
}

fn readers(case: &Case<'_>) -> Vec<(Audience, BTreeSet<Reader>)> {
    let headquarters = [world::headquarters()];
    let of = |audience: &Audience| {
        (*audience, policy::readers(&case.dispute, *audience, &headquarters, &case.world.members))
    };
    Audience::ALL.iter().map(of).collect()
}

fn is_reader(readers: &BTreeSet<Reader>, seat: &Seat) -> bool {
    readers.contains(&Reader::Post(seat.post.clone())) || readers.contains(&Reader::Account(seat.account))
}

/// Whoever may read what is written now has a key for it; a commander has none without the right.
fn keys_match_rights(case: &Case<'_>) {
    let dispute = &case.dispute;
    // Without a working group nothing is written to one; when it ended, nothing more.
    let written = readers(case).into_iter().filter(|(audience, readers)| {
        let working = dispute.group.as_ref().is_some_and(|group| group.ended.is_none());
        *audience != Audience::Group || (working && !readers.is_empty())
    });
    for (audience, readers) in written {
        for seat in case.world.seats() {
            let may = policy::may_read(dispute, &seat, audience, dispute.version);
            assert!(!may || is_reader(&readers, &seat), "{seat:?} may read {audience:?} but gets no key");
            let field = matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_));
            if field && audience != Audience::Outcome && readers.contains(&Reader::Post(seat.post.clone())) {
                assert!(may, "{seat:?} gets a key of {audience:?} without the right to it");
            }
        }
    }
}

/// Where the reporter has not let the commanders see the name, or has taken that back, no version of it is
/// theirs, whenever it was written, and the Council reads it as before.
fn a_name_withheld_is_not_theirs(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let dispute = &case.dispute;
    if events.iter().any(|event| matches!(event, Event::NameWithheld { .. })) {
        seen.occasion(WITHHELD);
        assert!(!dispute.name_for_panel);
        for seat in case.world.seats().iter().filter(|seat| matches!(seat.post, PostId::Council(_))) {
            assert_eq!(
                policy::may_read(dispute, seat, Audience::Identity, 1),
                policy::may_read(&before.settled().dispute, seat, Audience::Identity, 1),
                "{seat:?}"
            );
        }
    }
    if dispute.name_for_panel {
        return;
    }
    let readers = policy::readers(dispute, Audience::Identity, &[], &case.world.members);
    for seat in case.world.seats() {
        if !matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_)) {
            continue;
        }
        assert!(!readers.contains(&Reader::Post(seat.post.clone())), "{seat:?} gets a key of the name");
        for version in 0..=dispute.version {
            assert!(!policy::may_read(dispute, &seat, Audience::Identity, version), "{seat:?} at {version}");
        }
    }
}

/// Nothing is due any more after whatever was done, and 6: every open stage has a next time.
fn nothing_is_left_due(case: &Case<'_>) {
    let settled = case.settled();
    let next = settled.next_due();
    assert!(next.is_none_or(|next| next > case.now), "{next:?} lies in the past of {:?}", case.now);
    assert_eq!(settled.ask(&Actor::Clock, &Command::Sweep), Err(Refusal::NothingDue));
    let due = case.next_due().is_some_and(|next| next <= case.now);
    let swept = case.ask(&Actor::Clock, &Command::Sweep);
    // Who steps aside in one post may have been alone in another: that is passed on whatever the time.
    let of_a_post = swept.as_ref().is_ok_and(|events| {
        let nobody = crate::domain::dispute::LapseCause::NobodyLeft;
        events.iter().any(|event| match event {
            Event::AlternateActs { .. } => true,
            Event::Lapsed { cause, .. } => *cause == nobody,
            _ => false,
        })
    });
    assert!(of_a_post || swept.is_ok() == due, "a sweep does something when it is time");
    if matches!(settled.dispute.stage, Stage::Panel(_) | Stage::Resolved(_)) {
        assert!(next.is_some(), "a panel and an outcome always end by themselves");
    }
}

/// AN-24: nothing goes that is held, that is open or that could still be decided anew; and each part goes once.
fn what_is_held_stays(before: &Case<'_>, case: &Case<'_>, events: &[Event]) {
    for event in events {
        let Event::Destroyed { at, part, .. } = event else { continue };
        assert!(before.dispute.hold.is_none(), "{part:?} went though it is held");
        assert_eq!(case.dispute.stage_name(), StageName::Closed);
        let times = case
            .journal
            .iter()
            .filter(|event| matches!(event, Event::Destroyed { part: gone, .. } if gone == part));
        assert_eq!(times.count(), 1, "{part:?} went twice");
        let late = matches!((&case.dispute.outcome, part), (Some((_, resolved)), Part::Texts)
            if at.since(*resolved) >= 365 * DAY);
        let facts = case.world.facts(*at);
        assert!(late || before.settled().dispute.objections(&facts).is_empty(), "it could be disputed still");
        assert!(case.dispute.waiting().iter().all(|item| item.what == WaitingFor::Reprisal));
    }
    if case.dispute.hold.is_some() {
        assert_eq!(case.dispute.retain_due(&world::CALENDAR), None);
    }
}

fn note_occasions(case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    for event in events {
        match event {
            Event::Extended { .. } => seen.occasion(EXTENDED),
            Event::Lapsed { .. } => seen.occasion(LAPSED),
            Event::AlternateActs { .. } => seen.occasion(TOOK_OVER),
            Event::Warned { level: Level::Secretary, percent: 100, .. } => seen.occasion(OVERDUE),
            Event::Pressed { .. } => seen.occasion(PRESSED),
            _ => {}
        }
    }
    if !case.dispute.frozen.is_empty() {
        seen.occasion(FROZEN);
    }
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
