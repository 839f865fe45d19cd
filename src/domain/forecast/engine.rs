//! One simulated quarter: people take their steps when their habits and their other work let them, and the machine
//! says what comes of it.

use std::cmp::Reverse;
use std::collections::{BTreeMap, BinaryHeap};

use rand::SeedableRng;
use rand::rngs::ChaCha20Rng;
use uuid::Uuid;

use super::habits::{Drawn, uniform};
use super::outlook::Counts;
use super::wishes::{Act, wishes};
use super::{Question, Setting};
use crate::clock::{DAY, HOUR, Timestamp};
use crate::domain::concern::Pace;
use crate::domain::deadline::Calendar;
use crate::domain::dispute::{
    Actor, Bypass, Command, Dispute, Event, Facts, Level, Member, Opening, PerSide, ProposalTerms, Refusal,
    Seat, Side, Stage, Standing, VersionHash, decide,
};
use crate::domain::id::{AccountId, ComponentId, EnvelopeId, PostId, UnitId};
use crate::domain::measures::Followed;

/// Half a year that fills the desks, then the quarter that is counted.
const BEFORE: i64 = 182 * DAY;
const QUARTER: i64 = 91 * DAY;

/// Working hours of a day, from nine.
const MORNING: i8 = 9;
const WORKING: f64 = 8.0 * 3_600.0;

/// Working days after which a step that was not possible yet is tried again, and how often.
const AGAIN: f64 = 1.0;
const TRIES: u8 = 60;

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
struct Step {
    case: usize,
    /// The entry into a level that it was meant for.
    entry: u32,
    side: Side,
    act: Act,
    tries: u8,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
enum What {
    Open(usize),
    /// It is to be done as soon as somebody has time for it.
    Wanted(Step),
    /// Somebody has time for it now.
    Done(Step),
    Clock(usize),
}

/// The people of one post, and how much of each working day is taken.
#[derive(Clone, Debug, Default)]
struct Desk {
    steps_a_day: u32,
    taken: BTreeMap<usize, u32>,
    /// Steps that came in the quarter that counts, and how long they waited.
    waited: (u32, f64),
}

#[derive(Clone, Debug)]
struct Case {
    opening: Opening,
    dispute: Option<Dispute>,
    events: Vec<Event>,
    /// When the clock next has something to do.
    due: Option<Timestamp>,
}

struct Quarter<'a> {
    question: &'a Question<'a>,
    run: u32,
    habits: Drawn,
    /// The morning of each working day.
    mornings: Vec<Timestamp>,
    members: BTreeMap<PostId, Vec<Member>>,
    desks: BTreeMap<PostId, Desk>,
    agenda: BinaryHeap<Reverse<(Timestamp, u64, What)>>,
    planned: u64,
    cases: Vec<Case>,
}

/// Chance for one purpose of one run. Each has its own, so that one more case changes nothing for the others.
fn chance(seed: u64, run: u32, case: u64, entry: u32) -> ChaCha20Rng {
    let mut bytes = [0; 32];
    let parts = [&seed.to_be_bytes()[..], &run.to_be_bytes(), &case.to_be_bytes(), &entry.to_be_bytes()];
    for (place, byte) in bytes.iter_mut().zip(parts.concat()) {
        *place = byte;
    }
    ChaCha20Rng::from_seed(bytes)
}

const COMPONENTS: [&str; 2] = ["one", "other"];

fn post_of(component: &str, unit: u32) -> UnitId {
    UnitId(format!("{component} {unit}"))
}

/// Simulates one quarter.
pub(super) fn run(question: &Question<'_>, run: u32) -> Counts {
    let mut rng = chance(question.seed, run, u64::MAX, 0);
    let habits = question.habits.draw(question.measured_under, &mut rng);
    let mut quarter = Quarter {
        question,
        run,
        habits,
        mornings: mornings(question.calendar, question.start),
        members: BTreeMap::new(),
        desks: BTreeMap::new(),
        agenda: BinaryHeap::new(),
        planned: 0,
        cases: Vec::new(),
    };
    quarter.staff();
    quarter.arrivals();
    while let Some(Reverse((at, _, what))) = quarter.agenda.pop() {
        if at > quarter.end() {
            break;
        }
        match what {
            What::Open(case) => quarter.open(case, at),
            What::Wanted(step) => quarter.wanted(step, at),
            What::Done(step) => quarter.done(step, at),
            What::Clock(case) => quarter.clock(case, at),
        }
    }
    quarter.counts()
}

fn mornings(calendar: &Calendar, start: Timestamp) -> Vec<Timestamp> {
    let mut mornings = Vec::new();
    let Some(mut date) = calendar.date_of(start) else { return mornings };
    for _ in 0..(BEFORE + QUARTER) / DAY + 30 {
        if calendar.is_working_day(date)
            && let Some(at) = calendar.at(date, MORNING)
        {
            mornings.push(at);
        }
        let Ok(next) = date.tomorrow() else { break };
        date = next;
    }
    mornings
}

#[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "cut to what fits")]
const fn whole(days: f64) -> usize {
    days.clamp(0.0, 1e9) as usize
}

impl Quarter<'_> {
    const fn setting(&self) -> &Setting {
        &self.question.setting
    }

    const fn end(&self) -> Timestamp {
        self.question.start.plus(BEFORE + QUARTER)
    }

    /// Whether an instant lies in the quarter that counts.
    fn counts_at(&self, at: Timestamp) -> bool {
        self.question.start.plus(BEFORE) <= at && at < self.end()
    }

    /// Gives every post its people. They are told apart by their numbers alone.
    fn staff(&mut self) {
        let setting = *self.setting();
        let mut number = 0_u128;
        let mut hold = |post: PostId, people: u32| {
            number += 1;
            let member = Member { account: AccountId(Uuid::from_u128(number)), lead: true };
            self.members.insert(post.clone(), vec![member]);
            let steps_a_day = people.max(1).saturating_mul(setting.steps_a_day.max(1));
            self.desks.insert(post, Desk { steps_a_day, ..Desk::default() });
        };
        for component in COMPONENTS {
            for unit in 0..setting.units.max(1) {
                hold(PostId::Commander(post_of(component, unit)), setting.commanders);
            }
            hold(PostId::Council(component.into()), setting.council);
        }
        hold(PostId::Secretary, setting.delegates);
    }

    /// Concerns come at any time, at the rate that was asked for, and are opened by the next batch.
    fn arrivals(&mut self) {
        let setting = *self.setting();
        let length = f64::from(u32::try_from(QUARTER).unwrap_or(u32::MAX));
        let between = length / f64::from(setting.cases.max(1));
        let mut at = 0.0;
        for number in 0_u64.. {
            let mut rng = chance(self.question.seed, self.run, number, 0);
            at -= (1.0 - uniform(&mut rng)).max(1e-12).ln() * between;
            let seconds = i64::try_from(whole(at / 60.0)).unwrap_or(i64::MAX).saturating_mul(60);
            if seconds >= BEFORE + QUARTER {
                break;
            }
            let written = self.question.start.plus(seconds);
            let batch = self.question.calendar.next_batches(written, 1).first().copied().unwrap_or(written);
            let unit = whole(uniform(&mut rng) * f64::from(setting.units.max(1)));
            let unit = u32::try_from(unit).unwrap_or_default();
            let [raising, concerned] =
                if uniform(&mut rng) < 0.5 { COMPONENTS } else { [COMPONENTS[1], COMPONENTS[0]] };
            let standing = |component: &str| Standing {
                component: ComponentId::from(component),
                unit: post_of(component, unit),
            };
            self.cases.push(Case {
                opening: Opening {
                    sides: PerSide { raising: standing(raising), concerned: standing(concerned) },
                    pace: Pace::Routine,
                    bypass: Bypass::default(),
                    standards: setting.standards,
                    name_for_panel: false,
                },
                dispute: None,
                events: Vec::new(),
                due: None,
            });
            self.plan(batch, What::Open(self.cases.len() - 1));
        }
    }

    fn plan(&mut self, at: Timestamp, what: What) {
        self.planned += 1;
        self.agenda.push(Reverse((at, self.planned, what)));
    }

    /// An instant as working days since the start.
    fn position(&self, at: Timestamp) -> f64 {
        let days = self.mornings.partition_point(|morning| *morning <= at);
        let Some((day, morning)) = days.checked_sub(1).and_then(|day| Some((day, self.mornings.get(day)?)))
        else {
            return 0.0;
        };
        let seconds = u32::try_from(at.since(*morning)).unwrap_or(u32::MAX);
        let day = u32::try_from(day).unwrap_or(u32::MAX);
        f64::from(day) + (f64::from(seconds) / WORKING).min(1.0)
    }

    /// The instant of so many working days since the start; none beyond what is simulated.
    fn instant(&self, position: f64) -> Option<Timestamp> {
        let day = whole(position);
        let morning = self.mornings.get(day)?;
        let share = position - f64::from(u32::try_from(day).unwrap_or(u32::MAX));
        let minutes = i64::try_from(whole(share.clamp(0.0, 1.0) * WORKING / 60.0)).unwrap_or_default();
        Some(morning.plus(minutes * 60))
    }

    fn want(&mut self, position: f64, step: Step) {
        if let Some(at) = self.instant(position) {
            self.plan(at, What::Wanted(step));
        }
    }

    fn open(&mut self, case: usize, at: Timestamp) {
        let Some(opening) = self.cases.get(case).map(|case| case.opening.clone()) else { return };
        let facts = Facts { now: at, calendar: self.question.calendar, members: &self.members, fresh: true };
        let Ok(events) = decide(None, &Actor::Batch, &Command::Open(opening), &facts) else { return };
        self.keep(case, &events);
    }

    /// Somebody takes the step up on the first day that has room for it, in the order in which they came.
    fn wanted(&mut self, step: Step, at: Timestamp) {
        let Some(post) = self.post(&step) else { return };
        let position = self.position(at);
        let counts = self.counts_at(at);
        let Some(desk) = self.desks.get_mut(&post) else { return };
        let today = whole(position);
        let mut day = today;
        while desk.taken.get(&day).is_some_and(|taken| *taken >= desk.steps_a_day) {
            day += 1;
        }
        *desk.taken.entry(day).or_default() += 1;
        let waits = f64::from(u32::try_from(day - today).unwrap_or(u32::MAX));
        if counts {
            desk.waited.0 += 1;
            desk.waited.1 += waits;
        }
        if let Some(at) = if day == today { Some(at) } else { self.instant(position.floor() + waits) } {
            self.plan(at, What::Done(step));
        }
    }

    /// The post that has to take a step; none if the case has moved on.
    fn post(&self, step: &Step) -> Option<PostId> {
        let dispute = self.cases.get(step.case)?.dispute.as_ref()?;
        if dispute.entries != step.entry {
            return None;
        }
        match &dispute.stage {
            Stage::Panel(panel) => Some(panel.sides.get(step.side).post.clone()),
            Stage::Secretary(_) => Some(PostId::Secretary),
            Stage::Resolved(_) | Stage::Closed(_) => None,
        }
    }

    fn done(&mut self, step: Step, at: Timestamp) {
        let Some(post) = self.post(&step) else { return };
        match self.ask(&step, step.act, &post, at) {
            Some(Ok(events)) => {
                self.keep(step.case, &events);
                // Who proposes signs at once.
                if step.act == Act::Propose
                    && let Some(Ok(events)) = self.ask(&step, Act::Accept, &post, at)
                {
                    self.keep(step.case, &events);
                }
            }
            Some(Err(Refusal::AcknowledgeFirst | Refusal::ProposeFirst | Refusal::NothingOnTable))
                if step.tries < TRIES =>
            {
                let again = Step { tries: step.tries + 1, ..step };
                self.want(self.position(at) + AGAIN, again);
            }
            _ => {}
        }
    }

    fn ask(
        &self,
        step: &Step,
        act: Act,
        post: &PostId,
        at: Timestamp,
    ) -> Option<Result<Vec<Event>, Refusal>> {
        let dispute = self.cases.get(step.case)?.dispute.as_ref()?;
        let member = self.members.get(post)?.first()?;
        let seat = Seat { account: member.account, post: post.clone(), lead: member.lead };
        let facts = Facts { now: at, calendar: self.question.calendar, members: &self.members, fresh: true };
        let words = EnvelopeId(Uuid::nil());
        // A version is known by when it was proposed.
        let hash = VersionHash(hash_of(at));
        let terms = ProposalTerms { actions: Vec::new(), none_needed: true };
        let panel = dispute.panel();
        let command = match act {
            Act::Acknowledge => Command::Acknowledge { no_conflict: true },
            Act::Write => Command::Write { message: words, to_reporter: false },
            Act::Propose => Command::Propose { envelope: words, hash, terms },
            Act::Accept => {
                let table = panel.and_then(|panel| panel.on_table.as_ref());
                Command::Accept { hash: table.map_or(hash, |table| table.hash), signature: String::new() }
            }
            Act::Object if panel.is_some_and(|panel| panel.level == Level::Council) => {
                Command::ReferUp { position: words }
            }
            Act::Object => Command::Escalate { position: words },
            Act::Extend => Command::Extend { reason: words },
            Act::Remand => Command::Remand { instruction: words },
            Act::Decide => Command::Decide { envelope: words, hash, terms, signature: String::new() },
        };
        Some(decide(Some(dispute), &Actor::Handler(seat), &command, &facts))
    }

    fn clock(&mut self, case: usize, at: Timestamp) {
        let facts = Facts { now: at, calendar: self.question.calendar, members: &self.members, fresh: true };
        // It was due then, and may have moved since.
        let still = self.cases.get(case).filter(|case| case.due == Some(at));
        let Some(dispute) = still.and_then(|case| case.dispute.as_ref()) else { return };
        if let Ok(events) = decide(Some(dispute), &Actor::Clock, &Command::Sweep, &facts) {
            self.keep(case, &events);
        }
    }

    /// Folds what happened into a case, and plans what people and the clock do next.
    fn keep(&mut self, number: usize, events: &[Event]) {
        let Some(case) = self.cases.get_mut(number) else { return };
        let before = case.dispute.as_ref().map_or(0, |dispute| dispute.entries);
        for event in events {
            match &mut case.dispute {
                Some(dispute) => dispute.apply(event),
                empty => *empty = Dispute::fold(std::slice::from_ref(event)),
            }
        }
        case.events.extend_from_slice(events);
        let Some(dispute) = &case.dispute else { return };
        if !matches!(dispute.stage, Stage::Panel(_) | Stage::Secretary(_)) {
            return;
        }
        let due = dispute.next_due(self.question.calendar);
        let moved = due != case.due;
        case.due = due;
        if let Some(due) = due.filter(|_| moved) {
            self.plan(due, What::Clock(number));
        }
        self.plan_level(number, before);
    }

    /// What people will do at the level that a case has just entered.
    fn plan_level(&mut self, number: usize, before: u32) {
        let Some(dispute) = self.cases.get(number).and_then(|case| case.dispute.as_ref()) else { return };
        if dispute.entries == before {
            return;
        }
        let entry = dispute.entries;
        let mut rng = chance(self.question.seed, self.run, number as u64, entry);
        let (level, start, due) = match &dispute.stage {
            Stage::Panel(panel) => (panel.level, self.position(panel.entered), self.position(panel.due)),
            Stage::Secretary(stage) => (Level::Secretary, self.position(stage.entered), f64::INFINITY),
            Stage::Resolved(_) | Stage::Closed(_) => return,
        };
        let chances = self.habits.chances(level, &mut rng);
        let may_remand = level == Level::Council && !dispute.remanded;
        for (position, side, act) in wishes(level, start, due, may_remand, &chances) {
            self.want(position, Step { case: number, entry, side, act, tries: 0 });
        }
    }

    fn counts(&self) -> Counts {
        let mut counts = Counts::default();
        for case in self.cases.iter().filter(|case| !case.events.is_empty()) {
            let decided = case.dispute.as_ref().is_some_and(|dispute| dispute.outcome.is_some());
            counts.open += u32::from(!decided);
            let followed = Followed::of(&case.events, self.question.calendar, None);
            for (_, fact) in
                followed.into_iter().flat_map(|followed| followed.facts).filter(|(at, _)| self.counts_at(*at))
            {
                counts.take(fact);
            }
        }
        for (post, desk) in &self.desks {
            let sum = match post {
                PostId::Commander(_) => &mut counts.commanders,
                PostId::Council(_) => &mut counts.council,
                _ => continue,
            };
            sum.0 += desk.waited.0;
            sum.1 += desk.waited.1;
        }
        counts
    }
}

fn hash_of(at: Timestamp) -> [u8; 32] {
    let mut hash = [0; 32];
    for (place, byte) in hash.iter_mut().zip(at.0.to_be_bytes()) {
        *place = byte;
    }
    hash
}

/// The hour at which a working day of the simulation ends lies before the one at which a day of the standards does.
const _: () = assert!(MORNING as i64 * HOUR + 8 * HOUR < 18 * HOUR);
