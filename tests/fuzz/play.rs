//! Bytes as a course of a case: who does what, and how much time passes between. Every command that the
//! machine accepts is held against the page, and against what must hold whatever is done.

use std::collections::{BTreeMap, BTreeSet};

use candor::clock::{DAY, HOUR, Timestamp};
use candor::domain::concern::Pace;
use candor::domain::deadline::{Calendar, Standards};
use candor::domain::dispute::{
    Action, Actor, Bypass, Command, Dispute, Event, Facts, Member, Opening, Part, PerSide, ProposalTerms,
    Seat, Stage, Standing, VersionHash, decide,
};
use candor::domain::follow_up::{Objection, Points, Rating, Works};
use candor::domain::id::{AccountId, EnvelopeId, PostId};
use candor::domain::policy::{self, CommandKind};

use super::reading::Reading;

/// What was accepted, and which ways were gone, over everything played.
#[derive(Debug, Default)]
pub struct Course {
    pub accepted: BTreeMap<CommandKind, u64>,
    pub ways: BTreeSet<(
        Option<candor::domain::dispute::StageName>,
        CommandKind,
        candor::domain::dispute::StageName,
    )>,
}

/// The organisation of a played case, and who may play.
pub struct World {
    calendar: Calendar,
    members: BTreeMap<PostId, Vec<Member>>,
    actors: Vec<Actor>,
}

impl World {
    #[must_use]
    pub fn new() -> Self {
        let mut members: BTreeMap<PostId, Vec<Member>> = BTreeMap::new();
        let mut actors = vec![Actor::Reporter, Actor::Reporter, Actor::Clock, Actor::Batch];
        let mut number = 0;
        let mut hold = |post: PostId, lead: bool| {
            number += 1;
            let account = AccountId(uuid::Uuid::from_u128(number));
            members.entry(post.clone()).or_default().push(Member { account, lead });
            actors.push(Actor::Handler(Seat { account, post, lead }));
        };
        for (component, unit) in [("guard", "north-patrol"), ("inquiries", "north-inquiry")] {
            hold(PostId::Commander(unit.into()), false);
            hold(PostId::Alternate(unit.into()), false);
            hold(PostId::Council(component.into()), true);
            hold(PostId::Council(component.into()), false);
            hold(PostId::WorkingGroup(component.into(), "group".into()), false);
        }
        hold(PostId::WorkingGroup("guard".into(), "one-sided".into()), false);
        hold(PostId::Secretary, false);
        hold(PostId::Secretary, false);
        hold(PostId::Headquarters("policy".into()), false);
        hold(PostId::Commander("south-patrol".into()), false);
        Self { calendar: Calendar::united_states(), members, actors }
    }
}

impl Default for World {
    fn default() -> Self {
        Self::new()
    }
}

/// Takes bytes one at a time; zero when they are used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn below(&mut self, limit: usize) -> usize {
        usize::from(self.next()) % limit
    }
}

/// Plays one case. Panics at the first fault, saying what led to it.
pub fn play(world: &World, reading: &Reading, bytes: &[u8], course: &mut Course) {
    let mut bytes = Bytes(bytes);
    let mut now = Timestamp(1_790_000_000);
    let mut dispute: Option<Dispute> = None;
    let mut events: Vec<Event> = Vec::new();
    let mut done: Vec<(Timestamp, Actor, Command)> = Vec::new();
    let opening = opening(&mut bytes);
    while !bytes.0.is_empty() || dispute.is_none() {
        now = now.plus(match bytes.next() {
            0..=199 => 0,
            200..=219 => HOUR,
            220..=243 => DAY,
            244..=251 => 8 * DAY,
            _ => 40 * DAY,
        });
        let facts =
            Facts { now, calendar: &world.calendar, members: &world.members, fresh: bytes.next() % 8 != 0 };
        let (actor, command) = match &dispute {
            None => (Actor::Batch, Command::Open(opening.clone())),
            Some(dispute) => {
                // Now and then what has been done least often, so that in many cases nothing is rare.
                if bytes.next() < 96 {
                    seldom(world, &mut bytes, dispute, &facts, course).map_or_else(
                        || (Actor::Clock, Command::Sweep),
                        |(actor, kind)| (actor.clone(), command(&mut bytes, kind, dispute, &facts)),
                    )
                } else {
                    let mut actor = &world.actors[bytes.below(world.actors.len())];
                    // Mostly somebody who can do something.
                    for _ in 0..bytes.below(6) {
                        if offered(actor, dispute, &facts).is_empty() {
                            actor = &world.actors[bytes.below(world.actors.len())];
                        }
                    }
                    let kind = kind(&mut bytes, actor, dispute, &facts);
                    (actor.clone(), command(&mut bytes, kind, dispute, &facts))
                }
            }
        };
        let kind = command.kind();
        let Ok(happened) = decide(dispute.as_ref(), &actor, &command, &facts) else { continue };
        done.push((now, actor.clone(), command.clone()));
        // What the clock had due comes first, and is the clock's.
        let before = dispute.clone();
        let due = before.as_ref().map_or(0, |before| {
            if kind == CommandKind::Sweep {
                0
            } else {
                candor::domain::dispute::due_events(before, &facts).len()
            }
        });
        events.extend(happened.iter().cloned());
        let mut swept = before.clone();
        if let Some(swept) = &mut swept {
            happened.iter().take(due).for_each(|event| swept.apply(event));
        }
        let after = match &swept {
            None => Dispute::fold(&happened).expect("it begins with an opening"),
            Some(swept) => {
                let mut after = swept.clone();
                happened.iter().skip(due).for_each(|event| after.apply(event));
                after
            }
        };
        let mut faults = Vec::new();
        if let (Some(before), Some(swept), true) = (&before, &swept, due > 0) {
            faults.extend(reading.faults(Some(before), &Actor::Clock, CommandKind::Sweep, swept));
        }
        faults.extend(reading.faults(swept.as_ref(), &actor, kind, &after));
        faults.extend(always(&after, &events));
        assert!(faults.is_empty(), "{}\n\n{}", faults.join("\n"), told(&done));
        *course.accepted.entry(kind).or_default() += 1;
        let (from, to) = (swept.as_ref().map(Dispute::stage_name), after.stage_name());
        if from != Some(to) {
            course.ways.insert((from, kind, to));
        }
        if let (Some(before), Some(swept), true) = (&before, &swept, due > 0)
            && before.stage_name() != swept.stage_name()
        {
            course.ways.insert((Some(before.stage_name()), CommandKind::Sweep, swept.stage_name()));
        }
        dispute = Some(after);
    }
    let stored = serde_json::to_vec(&dispute).and_then(|text| serde_json::from_slice(&text));
    assert!(stored.ok() == Some(dispute.clone()), "the state cannot be read back\n\n{}", told(&done));
    assert!(dispute == Dispute::fold(&events), "the fold is not the state\n\n{}", told(&done));
}

fn told(done: &[(Timestamp, Actor, Command)]) -> String {
    let lines = done.iter().map(|(at, actor, command)| format!("{actor:?} at {}: {command:?}", at.0));
    lines.collect::<Vec<_>>().join("\n")
}

/// What must hold whatever was done.
fn always(after: &Dispute, events: &[Event]) -> Vec<String> {
    let mut faults = Vec::new();
    let count = |test: &dyn Fn(&Event) -> bool| events.iter().filter(|event| test(event)).count();
    let once: [(&str, usize); 4] = [
        ("sent back to the commanders", count(&|event| matches!(event, Event::Remanded { .. }))),
        ("directed", count(&|event| matches!(event, Event::Directed { .. }))),
        ("asked a working group", count(&|event| matches!(event, Event::GroupAssigned { .. }))),
        ("made extraordinary", {
            let raised =
                |event: &Event| matches!(event, Event::PaceChanged { pace: Pace::Extraordinary, .. });
            count(&raised)
        }),
    ];
    for (what, times) in once {
        if times > 1 {
            faults.push(format!("{what} {times} times"));
        }
    }
    let mut held = false;
    let mut rated = BTreeSet::new();
    for event in events {
        match event {
            Event::Held { .. } => held = true,
            Event::HoldLifted { .. } => held = false,
            Event::Resolved { .. } => rated.clear(),
            Event::Rated { side, .. } if !rated.insert(Some(*side)) => {
                faults.push(format!("{side:?} rated an outcome twice"));
            }
            Event::RatedByReporter { .. } if !rated.insert(None) => {
                faults.push("the reporter rated an outcome twice".to_owned());
            }
            Event::Destroyed { part, .. } if held => faults.push(format!("{part:?} went though it was held")),
            Event::Entered { at, .. } if after.destroyed.texts.is_some_and(|gone| gone <= *at) => {
                faults.push("it was entered without its texts".to_owned());
            }
            _ => {}
        }
    }
    if usize::try_from(after.version).ok() != Some(events.len()) {
        faults.push("the version does not count the events".to_owned());
    }
    if let Some(Event::Resolved { .. }) = events.last() {
        let accepted: Vec<&Seat> = events
            .iter()
            .rev()
            .skip(1)
            .take_while(|event| !matches!(event, Event::Proposed { .. } | Event::Entered { .. }))
            .filter_map(|event| match event {
                Event::Accepted { acceptance, .. } => Some(&acceptance.seat),
                Event::Decided { seat, .. } => Some(seat),
                _ => None,
            })
            .collect();
        let persons: BTreeSet<_> = accepted.iter().map(|seat| seat.account).collect();
        let decided = matches!(events.iter().rev().nth(1), Some(Event::Decided { .. }));
        if !decided && persons.len() < 2 {
            faults.push("resolved without two persons".to_owned());
        }
        if persons.iter().any(|account| after.has_recused(*account)) && persons.len() < 3 {
            faults.push("resolved by somebody who had stepped aside".to_owned());
        }
    }
    if let Stage::Resolved(resolved) = &after.stage
        && resolved.actions.iter().any(|action| after.bypass.posts.contains(&action.owner))
        && after.resolutions == 1
        && after.disputed.is_empty()
    {
        faults.push("somebody who is left out owns an action".to_owned());
    }
    faults
}

fn opening(bytes: &mut Bytes<'_>) -> Opening {
    let choice = bytes.next();
    let standing = |component: &str, unit: &str| Standing { component: component.into(), unit: unit.into() };
    let pace = if choice & 1 == 0 { Pace::Routine } else { Pace::Extraordinary };
    let mut bypass = Bypass::default();
    match choice >> 1 & 7 {
        0 => {
            bypass.field = true;
            bypass.posts.insert(PostId::Commander("north-patrol".into()));
            bypass.posts.insert(PostId::Alternate("north-patrol".into()));
        }
        1 => {
            bypass.field = true;
            bypass.posts.insert(PostId::Council("guard".into()));
        }
        2 => {
            bypass.posts.insert(PostId::Council("inquiries".into()));
        }
        // Straight to the Council, where most can happen.
        3..=5 => {
            bypass.field = true;
            bypass.posts.insert(PostId::Alternate("north-inquiry".into()));
        }
        _ => {}
    }
    Opening {
        sides: PerSide {
            raising: standing("guard", "north-patrol"),
            concerned: standing("inquiries", "north-inquiry"),
        },
        pace,
        bypass,
        standards: Standards::proposed(pace),
        name_for_panel: choice & 16 != 0,
    }
}

fn offered(actor: &Actor, dispute: &Dispute, facts: &Facts<'_>) -> BTreeSet<CommandKind> {
    match actor {
        Actor::Reporter => policy::reporter_offers(dispute, facts),
        Actor::Clock if dispute.retain_due(facts.calendar).is_some_and(|due| due <= facts.now) => {
            [CommandKind::Sweep, CommandKind::Destroy].into()
        }
        Actor::Clock => [CommandKind::Sweep].into(),
        Actor::Handler(seat) => policy::offers(dispute, seat, facts),
        Actor::Batch => BTreeSet::new(),
    }
}

/// A kind of command, mostly one that is open to whoever acts.
fn kind(bytes: &mut Bytes<'_>, actor: &Actor, dispute: &Dispute, facts: &Facts<'_>) -> CommandKind {
    let offered: Vec<CommandKind> = offered(actor, dispute, facts).into_iter().collect();
    // Often something that is open to whoever acts, or a case would hardly move; but not always.
    let (choice, which) = (bytes.next(), usize::from(bytes.next()));
    let hasty = [
        CommandKind::Recuse,
        CommandKind::Withdraw,
        CommandKind::AskForReview,
        CommandKind::ReferUp,
        CommandKind::Direct,
        CommandKind::Decide,
    ];
    let patient: Vec<CommandKind> = offered.iter().copied().filter(|kind| !hasty.contains(kind)).collect();
    match choice {
        // Most of what ends a level or a case at once is left for the last line: else few get far.
        0..=207 if !patient.is_empty() => patient[which % patient.len()],
        208..=239 if !offered.is_empty() => offered[which % offered.len()],
        _ => CommandKind::ALL[which % CommandKind::ALL.len()],
    }
}

/// What of everything that is open to anybody was done least often, and by whom.
fn seldom<'a>(
    world: &'a World,
    bytes: &mut Bytes<'_>,
    dispute: &Dispute,
    facts: &Facts<'_>,
    course: &Course,
) -> Option<(&'a Actor, CommandKind)> {
    // Of several who could, not always the same.
    let (before, from) = world.actors.split_at(bytes.below(world.actors.len()));
    let open = from
        .iter()
        .chain(before)
        .flat_map(|actor| offered(actor, dispute, facts).into_iter().map(move |kind| (actor, kind)));
    let times = |kind: CommandKind| course.accepted.get(&kind).copied().unwrap_or_default();
    // What leads to something that is done seldom counts as done as seldom.
    let asked = dispute
        .panel()
        .is_some_and(|panel| panel.sides.each().iter().any(|(_, side)| side.wants_group.is_some()));
    open.min_by_key(|(_, kind)| match kind {
        CommandKind::AssignGroup if asked => times(CommandKind::Report),
        CommandKind::Accept => times(*kind).min(times(CommandKind::DisputeOutcome)),
        kind => times(*kind),
    })
}

fn rating(detail: u8) -> Rating {
    let points = |shift: u8| Points::ALL[usize::from(detail >> shift) % 5];
    Rating { clarity: points(0), fairness: points(2), works: points(4) }
}

/// A command of that kind, mostly one that fits.
fn command(bytes: &mut Bytes<'_>, kind: CommandKind, dispute: &Dispute, facts: &Facts<'_>) -> Command {
    let detail = bytes.next();
    let letter = EnvelopeId(uuid::Uuid::from_u128(u128::from(dispute.version) << 8 | u128::from(detail)));
    let hash = match dispute.panel().and_then(|panel| panel.on_table.as_ref()) {
        Some(table) if detail & 7 != 0 => table.hash,
        _ => VersionHash([detail; 32]),
    };
    let signature = String::new;
    let owners = [
        PostId::Commander("north-patrol".into()),
        PostId::Commander("north-inquiry".into()),
        PostId::Council("inquiries".into()),
        PostId::Headquarters("policy".into()),
    ];
    let terms = ProposalTerms {
        actions: (0..detail & 3)
            .map(|index| Action {
                owner: owners[usize::from(detail >> 2 & 3)].clone(),
                due: facts.now.plus(i64::from(index) * 10 * DAY + DAY),
            })
            .collect(),
        none_needed: detail.is_multiple_of(4),
    };
    let action = u16::from(detail & 1);
    let bypass = Bypass { field: true, posts: [owners[usize::from(detail & 1) * 2].clone()].into() };
    match kind {
        CommandKind::Open => Command::Open(opening(bytes)),
        CommandKind::Acknowledge => Command::Acknowledge { no_conflict: detail & 15 != 0 },
        CommandKind::Recuse => Command::Recuse { reason: letter },
        CommandKind::Delegate => Command::Delegate {
            to: AccountId(uuid::Uuid::from_u128(u128::from(detail & 15))),
            until: facts.now.plus(i64::from(detail) * DAY),
        },
        CommandKind::Ask => Command::Ask { question: letter },
        CommandKind::Write => Command::Write { message: letter, to_reporter: detail & 1 == 0 },
        CommandKind::Propose => {
            Command::Propose { envelope: letter, hash: VersionHash([detail | 1; 32]), terms }
        }
        CommandKind::Accept => Command::Accept { hash, signature: signature() },
        CommandKind::Reject => Command::Reject { hash, reason: letter },
        CommandKind::Extend => Command::Extend { reason: letter },
        CommandKind::Escalate => Command::Escalate { position: letter },
        CommandKind::CloseNotJoint => Command::CloseNotJoint { belongs: letter, signature: signature() },
        CommandKind::ShowIdentity => Command::ShowIdentity { reason: letter },
        CommandKind::Answer => {
            Command::Answer { question: dispute.question.unwrap_or(letter), answer: letter }
        }
        CommandKind::Add => Command::Add { addition: letter },
        CommandKind::Attach => Command::Attach { attachment: letter, council_only: detail & 1 == 0 },
        CommandKind::AskForReview => Command::AskForReview { request: letter, bypass },
        CommandKind::Pressed => Command::Pressed,
        CommandKind::GiveName => Command::GiveName { identity: letter, for_panel: detail & 1 == 0 },
        CommandKind::WithholdName => Command::WithholdName,
        CommandKind::Withdraw => Command::Withdraw,
        CommandKind::Sweep => Command::Sweep,
        CommandKind::Remand => Command::Remand { instruction: letter },
        CommandKind::AssignGroup => {
            let group = if detail.is_multiple_of(8) { "one-sided" } else { "group" };
            Command::AssignGroup { group: group.into(), task: letter }
        }
        CommandKind::Report => Command::Report { report: letter },
        CommandKind::ReferUp => Command::ReferUp { position: letter },
        CommandKind::Decide => Command::Decide {
            envelope: letter,
            hash: VersionHash([detail | 1; 32]),
            terms,
            signature: signature(),
        },
        CommandKind::Direct => Command::Direct { instruction: letter },
        CommandKind::ChangePace => {
            Command::ChangePace { standards: Standards::proposed(dispute.pace.other()), reason: letter }
        }
        CommandKind::Done => Command::Done { action, note: letter },
        CommandKind::Verify => Command::Verify { action, holds: detail & 6 != 0, note: letter },
        CommandKind::Waive => Command::Waive { action, reason: letter },
        CommandKind::AnswerReprisal => Command::AnswerReprisal { message: letter },
        CommandKind::Hold => Command::Hold { reason: letter },
        CommandKind::LiftHold => Command::LiftHold { reason: letter },
        CommandKind::Destroy => {
            let next = dispute.next_to_go(facts.calendar).filter(|_| detail & 7 != 0);
            Command::Destroy { part: next.map_or(Part::Later, |(part, _)| part), texts: 1, keys: 1 }
        }
        CommandKind::CheckIn => {
            Command::CheckIn { works: Works::ALL[usize::from(detail & 3)], words: letter }
        }
        CommandKind::ReportReprisal => Command::ReportReprisal { report: letter },
        CommandKind::Rate => Command::Rate { rating: rating(detail), words: letter },
        CommandKind::RateByReceipt => Command::RateByReceipt { rating: rating(detail), words: letter },
        CommandKind::DisputeOutcome => Command::DisputeOutcome {
            why: [Objection::NotSettled, Objection::NotCarriedOut, Objection::Recurred]
                [usize::from(detail % 3)],
            words: letter,
        },
    }
}
