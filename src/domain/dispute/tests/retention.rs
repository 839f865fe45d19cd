//! How long what was written is kept, and what keeps it longer.

use crate::clock::{DAY, Timestamp};
use crate::domain::deadline::Span;
use crate::domain::dispute::{
    Actor, Closing, Command, Dispute, Event, Level, Part, ProposalTerms, Refusal, Side, StageName,
    VersionHash,
};
use crate::domain::follow_up::{Objection, Works};
use crate::domain::id::EnvelopeId;
use crate::domain::policy::{self, CommandKind};

use super::world::{self, CALENDAR, Case, Staffing, World};

fn text() -> EnvelopeId {
    EnvelopeId(uuid::Uuid::nil())
}

fn acts(case: &mut Case<'_>, actor: &Actor, command: &Command) {
    let events = case.ask(actor, command).unwrap();
    case.keep(&events);
}

/// A case that the two commanders resolved, with nothing left to be done, and that is closed.
fn closed(world: &World) -> Case<'_> {
    let mut case = Case::open(world, world::opening(), world::start());
    resolve(&mut case);
    sweep(&mut case);
    assert_eq!(case.dispute.stage_name(), StageName::Closed);
    case
}

fn resolve(case: &mut Case<'_>) {
    let hash = VersionHash([1; 32]);
    let seats = Side::BOTH.map(|side| Actor::Handler(case.world.seat(&world::commander(side), 0)));
    for seat in &seats {
        acts(case, seat, &Command::Acknowledge { no_conflict: true });
    }
    let terms = ProposalTerms { actions: Vec::new(), none_needed: true };
    acts(case, &seats[0], &Command::Propose { envelope: text(), hash, terms });
    for seat in &seats {
        acts(case, seat, &Command::Accept { hash, signature: String::new() });
    }
}

fn sweep(case: &mut Case<'_>) {
    acts(case, &Actor::Clock, &Command::Sweep);
}

fn destroy(part: Part) -> Command {
    Command::Destroy { part, texts: 5, keys: 20 }
}

fn goes(case: &mut Case<'_>, part: Part, at: Timestamp) {
    case.now = at.plus(-1);
    assert_eq!(
        case.ask(&Actor::Clock, &destroy(part)),
        Err(Refusal::NothingDue),
        "{part:?} one second early"
    );
    case.now = at;
    acts(case, &Actor::Clock, &destroy(part));
    assert_eq!(case.ask(&Actor::Clock, &destroy(part)), Err(Refusal::NothingDue), "{part:?} goes once");
}

fn day(case: &Case<'_>, days: u16) -> Timestamp {
    CALENDAR.due(closed_at(case), Span::Days(days))
}

fn closed_at(case: &Case<'_>) -> Timestamp {
    let at = case.journal.iter().rev().find_map(|event| match event {
        Event::Closed { at, .. } => Some(*at),
        _ => None,
    });
    at.unwrap()
}

#[test]
fn texts_go_after_90_days_and_the_receipt_after_210() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    let texts = day(&case, 90).plus(1);
    goes(&mut case, Part::Texts, texts);
    assert_eq!(case.dispute.waiting(), []);
    assert_eq!(case.dispute.retain_due(&CALENDAR), Some(day(&case, 210)));
    let receipt = day(&case, 210);
    goes(&mut case, Part::Receipt, receipt);
    assert_eq!(case.dispute.retain_due(&CALENDAR), None, "nothing is left");
    let lead = Actor::Handler(world.seat(&world::council(Side::Raising), 0));
    // The Council does not see a case that ended in the field.
    assert_eq!(case.ask(&lead, &Command::Hold { reason: text() }), Err(Refusal::NotAllowed));
    let mut known = case.clone();
    known.dispute.reached = Level::Council;
    assert_eq!(known.ask(&lead, &Command::Hold { reason: text() }), Err(Refusal::NothingLeft));
}

#[test]
fn until_the_last_day_has_ended_an_outcome_can_be_disputed_and_then_everything_starts_again() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    case.now = day(&case, 90);
    let objection = Command::DisputeOutcome { why: Objection::Recurred, words: text() };
    acts(&mut case, &Actor::Reporter, &objection);
    assert_eq!(case.dispute.stage_name(), StageName::Council);
    assert_eq!(case.dispute.next_to_go(&CALENDAR), None);
    // Once the texts are gone nobody could decide it anew.
    let mut case = closed(&world);
    let texts = day(&case, 90).plus(1);
    goes(&mut case, Part::Texts, texts);
    assert_eq!(case.ask(&Actor::Reporter, &objection), Err(Refusal::NotNow));
}

#[test]
fn a_year_after_the_resolution_they_go_whenever_it_was_closed() {
    let world = World::staffed(Staffing::Full);
    let mut case = Case::open(&world, world::opening(), world::start());
    resolve(&mut case);
    let resolved = case.now;
    // Nobody looked for 300 days.
    case.now = resolved.plus(300 * DAY);
    assert_eq!(case.dispute.retain_due(&CALENDAR), Some(resolved.plus(365 * DAY)));
    sweep(&mut case);
    goes(&mut case, Part::Texts, resolved.plus(365 * DAY));
    // Nobody looked for longer: it closes and loses its texts in one step.
    let mut case = Case::open(&world, world::opening(), world::start());
    resolve(&mut case);
    case.now = case.now.plus(400 * DAY);
    acts(&mut case, &Actor::Clock, &destroy(Part::Texts));
    assert!(matches!(case.journal.as_slice(), [.., Event::Closed { .. }, Event::Destroyed { .. }]));
    // What was closed without a resolution in force has no such day.
    let mut case = Case::open(&world, world::opening(), world::start());
    acts(&mut case, &Actor::Reporter, &Command::Withdraw);
    assert_eq!(case.dispute.outcome, None);
    let texts = day(&case, 90).plus(1);
    goes(&mut case, Part::Texts, texts);
}

#[test]
fn what_is_held_stays_and_goes_when_the_hold_is_lifted() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    case.dispute.reached = Level::Council;
    let lead = Actor::Handler(world.seat(&world::council(Side::Concerned), 0));
    let member = Actor::Handler(world.seat(&world::council(Side::Concerned), 1));
    let (hold, lift) = (Command::Hold { reason: text() }, Command::LiftHold { reason: text() });
    assert_eq!(case.ask(&member, &hold), Err(Refusal::NotAllowed));
    assert_eq!(case.ask(&lead, &lift), Err(Refusal::AlreadyDone));
    acts(&mut case, &lead, &hold);
    assert_eq!(case.ask(&lead, &hold), Err(Refusal::AlreadyDone));
    assert_eq!(case.dispute.retain_due(&CALENDAR), None);
    case.now = day(&case, 400);
    assert_eq!(case.ask(&Actor::Clock, &destroy(Part::Texts)), Err(Refusal::NothingDue));
    let other = Actor::Handler(world.seat(&world::council(Side::Raising), 0));
    acts(&mut case, &other, &lift);
    assert_eq!(case.ask(&Actor::Clock, &destroy(Part::Receipt)), Err(Refusal::NothingDue), "in their order");
    acts(&mut case, &Actor::Clock, &destroy(Part::Texts));
    acts(&mut case, &Actor::Clock, &destroy(Part::Receipt));
    assert_eq!(
        case.ask(&Actor::Clock, &destroy(Part::Later)),
        Err(Refusal::NothingDue),
        "nothing came since"
    );
}

#[test]
fn what_comes_later_goes_later() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    let texts = day(&case, 90).plus(1);
    goes(&mut case, Part::Texts, texts);
    case.now = closed_at(&case).plus(181 * DAY);
    acts(&mut case, &Actor::Reporter, &Command::CheckIn { works: Works::No, words: text() });
    acts(&mut case, &Actor::Reporter, &Command::ReportReprisal { report: text() });
    assert_eq!(case.dispute.waiting().len(), 1, "somebody has to answer");
    let receipt = day(&case, 210);
    goes(&mut case, Part::Receipt, receipt);
    let later = day(&case, 300);
    goes(&mut case, Part::Later, later);
    assert_eq!(case.dispute.waiting(), []);
    assert_eq!(case.dispute.retain_due(&CALENDAR), None);
}

#[test]
fn a_report_of_reprisal_that_nobody_has_answered_keeps_the_texts() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    case.now = closed_at(&case).plus(89 * DAY);
    acts(&mut case, &Actor::Reporter, &Command::ReportReprisal { report: text() });
    assert_eq!(case.dispute.retain_due(&CALENDAR), Some(day(&case, 210)));
    let mut answered = case.clone();
    let reader = Actor::Handler(world.seat(&world::council(Side::Concerned), 0));
    acts(&mut answered, &reader, &Command::AnswerReprisal { message: text() });
    let texts = day(&answered, 90).plus(1);
    goes(&mut answered, Part::Texts, texts);
    let receipt = day(&case, 210);
    goes(&mut case, Part::Texts, receipt);
    assert_eq!(case.dispute.reprisal, None);
    acts(&mut case, &Actor::Clock, &destroy(Part::Receipt));
}

#[test]
fn a_hold_tells_commanders_nothing_where_the_council_only_reads_along() {
    let world = World::staffed(Staffing::Full);
    let mut case = closed(&world);
    acts(&mut case, &Actor::Reporter, &Command::Pressed);
    let lead = world.seat(&world::council(Side::Raising), 0);
    let offers = policy::offers(&case.dispute, &lead, &world.facts(case.now));
    assert!(offers.contains(&CommandKind::Hold));
    acts(&mut case, &Actor::Handler(lead.clone()), &Command::Hold { reason: text() });
    let held = case.journal.last().unwrap();
    let commander = world.seat(&world::commander(Side::Raising), 0);
    assert!(!policy::told(&case.dispute, held, &commander, true, false));
    assert!(policy::told(&case.dispute, held, &lead, true, false));
    case.dispute.reached = Level::Council;
    assert!(policy::told(&case.dispute, held, &commander, true, false));
}

#[test]
fn an_earlier_state_is_read_as_one_of_which_nothing_is_gone() {
    let world = World::staffed(Staffing::Full);
    let case = closed(&world);
    let mut stored = serde_json::to_value(&case.dispute).unwrap();
    let fields = stored.as_object_mut().unwrap();
    assert!(fields.remove("hold").is_some() && fields.remove("destroyed").is_some());
    assert_eq!(serde_json::from_value::<Dispute>(stored).unwrap(), case.dispute);
    let event = Event::Closed { at: case.now, why: Closing::Withdrawn };
    assert_eq!(event.text(), None);
}
