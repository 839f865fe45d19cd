//! Posts that nobody holds any more: the alternate takes over, and with nobody left the case goes up.

use super::world::{Case, Staffing, World, account, alternate, commander, council, opening, start};
use crate::clock::HOUR;
use crate::domain::dispute::{
    Actor, Command, Event, LapseCause, Level, Refusal, Seat, Side, Stage, due_events,
};
use crate::domain::id::PostId;

/// What the clock does in a world from which these posts' members have left since.
fn swept(case: &Case<'_>, emptied: &[PostId]) -> (World, Vec<Event>) {
    let mut world = World::staffed(Staffing::Full);
    for post in emptied {
        world.members.remove(post);
    }
    let events = due_events(&case.dispute, &world.facts(case.now));
    (world, events)
}

fn opened(world: &World) -> Case<'_> {
    let mut case = Case::open(world, opening(), start());
    case.now = case.now.plus(HOUR);
    case
}

#[test]
fn the_alternate_takes_over_and_declares_for_themselves() {
    let world = World::staffed(Staffing::Full);
    let mut case = opened(&world);
    let seat = Seat { account: account(11), post: commander(Side::Raising), lead: false };
    let acknowledged = case.ask(&Actor::Handler(seat), &Command::Acknowledge { no_conflict: true }).unwrap();
    case.keep(&acknowledged);
    let (_, none) = swept(&case, &[]);
    assert_eq!(none, [], "the control: as long as the post is held nothing is due");
    let (world, events) = swept(&case, &[commander(Side::Raising)]);
    let [Event::AlternateActs { side: Side::Raising, post, due, .. }] = events.as_slice() else {
        panic!("{events:?}")
    };
    assert_eq!(*post, alternate(Side::Raising));
    assert!(*due >= case.dispute.panel().unwrap().due, "nobody loses time by it");
    case.keep(&events);
    let panel = case.dispute.panel().unwrap();
    assert_eq!(panel.sides.get(Side::Raising).acknowledged, None);
    assert_eq!(due_events(&case.dispute, &world.facts(case.now)), [], "once");
}

#[test]
fn with_nobody_left_on_a_side_the_case_goes_up_naming_it() {
    let world = World::staffed(Staffing::Full);
    let mut case = opened(&world);
    let (after, events) = swept(&case, &[commander(Side::Concerned), alternate(Side::Concerned)]);
    let Event::Lapsed { cause, did_not_act, level, .. } = &events[0] else { panic!("{events:?}") };
    assert_eq!((*cause, *level), (LapseCause::NobodyLeft, Level::Field));
    assert_eq!(*did_not_act, [super::world::component(Side::Concerned)]);
    case.keep(&events);
    assert_eq!(case.dispute.panel().unwrap().level, Level::Council);
    assert_eq!(due_events(&case.dispute, &after.facts(case.now)), [], "one level at a time, and no further");

    let (_, events) = swept(&case, &[council(Side::Raising)]);
    case.keep(&events);
    assert!(matches!(case.dispute.stage, Stage::Secretary(_)));
    let (_, events) = swept(&case, &[PostId::Secretary]);
    assert_eq!(events, [], "nobody is above the Secretary");
}

#[test]
fn whoever_comes_first_finds_it_gone_up() {
    let world = World::staffed(Staffing::Full);
    let case = opened(&world);
    let (after, _) = swept(&case, &[commander(Side::Concerned), alternate(Side::Concerned)]);
    let seat = Seat { account: account(11), post: commander(Side::Raising), lead: false };
    let command = Command::Acknowledge { no_conflict: true };
    let answer = crate::domain::dispute::decide(
        Some(&case.dispute),
        &Actor::Handler(seat),
        &command,
        &after.facts(case.now),
    );
    assert_eq!(answer, Err(Refusal::NotInThisStage), "it is before the Council");
}
