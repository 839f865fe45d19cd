//! Random commands. **A new command needs one arm in [`Maker::command`]; a new refusal one word in
//! the list of [`REFUSALS`]**: the compiler asks for both, and the property test then asks that
//! they are reached.

use std::collections::BTreeSet;

use uuid::Uuid;

use crate::clock::{DAY, HOUR, Timestamp};
use crate::domain::concern::Pace;
use crate::domain::deadline::Standards;
use crate::domain::dispute::{
    Action, Actor, Bypass, Command, Opening, Part, Progress, ProposalTerms, Refusal, Seat, Side, Stage,
    VersionHash,
};
use crate::domain::follow_up::{Objection, Points, Rating, Works};
use crate::domain::id::{AccountId, EnvelopeId, GroupId, PostId};
use crate::domain::policy::{self, CommandKind};

use super::world::{self, Case, World};

macro_rules! refusals {
    ($($name:ident),+ $(,)?) => {
        /// Every refusal that there is.
        pub(super) const REFUSALS: &[Refusal] = &[$(Refusal::$name),+];

        // Here the compiler asks for a refusal that is missing from the list.
        const fn listed(refusal: &Refusal) {
            match refusal { $(Refusal::$name => {}),+ }
        }
    };
}

refusals! {
    NotAllowed, NotInThisStage, AlreadyDone, OnceOnly, AcknowledgeFirst, ConflictNotDeclared, QuestionOpen,
    NoSuchQuestion, NothingOnTable, NotThisVersion, SamePerson, NoAction, ActionsAndNone, OwnerNotPossible,
    DueInThePast, ProposeFirst, NotADelegate, BadDate, SignInAgain, NoName, NameNotOpen, NoWayBack, NobodyThere,
    NotBothSides, NoSuchAction, NotYetDone, NothingAbove, NotNow, NothingDue, NothingLeft,
}

/// The place of a refusal in [`REFUSALS`].
pub(super) fn place_of(refusal: &Refusal) -> usize {
    listed(refusal);
    REFUSALS.iter().position(|listed| listed == refusal).unwrap()
}

/// How often a kind of command is tried, compared with others: those that end a case are rare, so
/// that cases grow old.
const fn weight(kind: CommandKind) -> u64 {
    match kind {
        CommandKind::Withdraw | CommandKind::Attach | CommandKind::WithholdName => 1,
        CommandKind::AskForReview
        | CommandKind::CloseNotJoint
        | CommandKind::Recuse
        | CommandKind::Escalate => 4,
        CommandKind::Open | CommandKind::Add | CommandKind::GiveName | CommandKind::ReportReprisal => 3,
        CommandKind::Propose | CommandKind::Accept | CommandKind::Done => 24,
        CommandKind::Acknowledge | CommandKind::Verify | CommandKind::Destroy => 40,
        _ => 8,
    }
}

/// Where a case is drawn to, so that its later steps come about often enough. A new command that
/// needs a long way has its place in one of the lists.
#[derive(Clone, Copy, Debug)]
pub(super) enum Course {
    Anywhere,
    Outcome,
    Above,
}

impl Course {
    pub(super) fn of(chance: &mut Chance) -> Self {
        chance.pick(&[Self::Anywhere, Self::Outcome, Self::Outcome, Self::Above, Self::Above]).unwrap()
    }

    /// Mostly a kind that leads there.
    pub(super) fn kind(self, chance: &mut Chance) -> CommandKind {
        use CommandKind as K;
        let towards: &[K] = match self {
            Self::Anywhere => &[],
            Self::Outcome => &[
                K::Acknowledge,
                K::Propose,
                K::Accept,
                K::Accept,
                K::Done,
                K::Propose,
                K::Acknowledge,
                K::DisputeOutcome,
                K::Accept,
                K::Verify,
                K::Verify,
                K::Waive,
                K::CheckIn,
                K::Rate,
                K::RateByReceipt,
                K::DisputeOutcome,
                K::Ask,
                K::Answer,
                K::Reject,
                K::Destroy,
                K::Destroy,
                K::LiftHold,
            ],
            Self::Above => &[
                K::Acknowledge,
                K::Acknowledge,
                K::Escalate,
                K::Escalate,
                K::Remand,
                K::AssignGroup,
                K::AssignGroup,
                K::Report,
                K::Report,
                K::Direct,
                K::Decide,
            ],
        };
        let other = chance.kind();
        if chance.one_in(4) { other } else { chance.pick(towards).unwrap_or(other) }
    }
}

/// Numbers from a seed (SplitMix64): one seed a step, so that a failing case shrinks by leaving steps out.
#[derive(Debug)]
pub(super) struct Chance(u64);

impl Chance {
    fn rating(&mut self) -> Rating {
        let mut points = || self.pick(Points::ALL).unwrap_or(Points::One);
        Rating { clarity: points(), fairness: points(), works: points() }
    }

    pub(super) const fn new(seed: u64) -> Self {
        Self(seed)
    }

    pub(super) const fn next(&mut self) -> u64 {
        self.0 = self.0.wrapping_add(0x9E37_79B9_7F4A_7C15);
        let mixed = (self.0 ^ (self.0 >> 30)).wrapping_mul(0xBF58_476D_1CE4_E5B9);
        let mixed = (mixed ^ (mixed >> 27)).wrapping_mul(0x94D0_49BB_1331_11EB);
        mixed ^ (mixed >> 31)
    }

    /// A number below `limit`.
    pub(super) const fn below(&mut self, limit: u64) -> u64 {
        self.next() % limit
    }

    pub(super) fn seconds(&mut self, limit: i64) -> i64 {
        i64::try_from(self.below(limit.unsigned_abs())).unwrap()
    }

    pub(super) const fn one_in(&mut self, number: u64) -> bool {
        self.below(number) == 0
    }

    pub(super) fn pick<T: Clone>(&mut self, from: &[T]) -> Option<T> {
        let place = usize::try_from(self.below(u64::try_from(from.len().max(1)).unwrap())).unwrap();
        from.get(place).cloned()
    }

    fn envelope(&mut self) -> EnvelopeId {
        EnvelopeId(Uuid::from_u64_pair(self.next(), self.next()))
    }

    fn hash(&mut self) -> VersionHash {
        VersionHash([(); 32].map(|()| self.next().to_le_bytes()[0]))
    }

    pub(super) fn kind(&mut self) -> CommandKind {
        let all = CommandKind::ALL;
        let mut left = self.below(all.iter().copied().map(weight).sum());
        for kind in all {
            if left < weight(*kind) {
                return *kind;
            }
            left -= weight(*kind);
        }
        unreachable!("what is left is below the sum of all weights")
    }

    /// What a batch may open a case with.
    pub(super) fn opening(&mut self) -> Opening {
        let mut opening = world::opening();
        opening.pace = if self.one_in(3) { Pace::Extraordinary } else { Pace::Routine };
        opening.standards = Standards::proposed(opening.pace);
        opening.bypass = Bypass { field: self.one_in(8), posts: BTreeSet::new() };
        if self.one_in(4) {
            opening.bypass.posts.extend(self.pick(&concernable()));
        }
        opening.name_for_panel = self.one_in(2);
        opening
    }
}

/// Posts that a reporter may say are concerned.
fn concernable() -> Vec<PostId> {
    let of = |side| [world::commander(side), world::alternate(side), world::council(side)];
    Side::BOTH.into_iter().flat_map(of).chain([world::headquarters()]).collect()
}

/// Everybody who could ask: all members of all posts, people who only say so, the reporter, batch and clock.
pub(super) fn actors(world: &World) -> Vec<Actor> {
    let seats = world.seats().into_iter().chain(World::impostors()).map(Actor::Handler);
    seats.chain([Actor::Reporter, Actor::Batch, Actor::Clock]).collect()
}

/// Whom a seat could delegate to.
pub(super) fn delegates(case: &Case<'_>, seat: &Seat) -> Vec<AccountId> {
    let Some(panel) = case.dispute.panel() else { return Vec::new() };
    let Some(side) = panel.side_of(&seat.post) else { return Vec::new() };
    let to = match &panel.sides.get(side).post {
        PostId::Council(_) => world::council(side),
        _ => world::alternate(side),
    };
    let dispute = &case.dispute;
    case.world
        .seats()
        .into_iter()
        .filter(|other| {
            other.post == to && other.account != seat.account && policy::sees_case(dispute, other)
        })
        .map(|other| other.account)
        .collect()
}

/// Makes commands for one actor in one case.
pub(super) struct Maker<'a> {
    pub(super) case: &'a Case<'a>,
    pub(super) actor: &'a Actor,
    /// Whether it may make commands that are not well formed.
    pub(super) flaws: bool,
    pub(super) chance: &'a mut Chance,
}

impl Maker<'_> {
    fn flaw(&mut self) -> bool {
        self.flaws && self.chance.one_in(5)
    }

    /// A command of this kind. Without flaws it is one that must be accepted if the kind is offered.
    pub(super) fn command(&mut self, kind: CommandKind) -> Command {
        let text = self.chance.envelope();
        match kind {
            CommandKind::Open => Command::Open(self.chance.opening()),
            CommandKind::Acknowledge => Command::Acknowledge { no_conflict: !self.flaw() },
            CommandKind::Recuse => Command::Recuse { reason: text },
            CommandKind::Delegate => {
                Command::Delegate { to: self.delegate(), until: self.end_of_delegation() }
            }
            CommandKind::Ask => Command::Ask { question: text },
            CommandKind::Write => {
                let group = matches!(self.actor, Actor::Handler(seat) if matches!(seat.post, PostId::WorkingGroup(..)));
                Command::Write { message: text, to_reporter: self.chance.one_in(2) && (self.flaws || !group) }
            }
            CommandKind::Propose => {
                Command::Propose { envelope: text, hash: self.chance.hash(), terms: self.terms() }
            }
            CommandKind::Accept => Command::Accept { hash: self.hash(), signature: "5f".into() },
            CommandKind::Reject => Command::Reject { hash: self.hash(), reason: text },
            CommandKind::Extend => Command::Extend { reason: text },
            CommandKind::Escalate => Command::Escalate { position: text },
            CommandKind::CloseNotJoint => Command::CloseNotJoint { belongs: text, signature: "6a".into() },
            CommandKind::ShowIdentity => Command::ShowIdentity { reason: text },
            CommandKind::Answer => {
                let open = self.case.dispute.question.filter(|_| !self.flaw());
                Command::Answer { question: open.unwrap_or(text), answer: self.chance.envelope() }
            }
            CommandKind::Add => Command::Add { addition: text },
            CommandKind::Attach => Command::Attach { attachment: text, council_only: self.chance.one_in(2) },
            CommandKind::AskForReview => {
                let bypass = Bypass { field: true, posts: self.concerned() };
                Command::AskForReview { request: text, bypass }
            }
            CommandKind::Pressed => Command::Pressed,
            CommandKind::GiveName => Command::GiveName { identity: text, for_panel: self.chance.one_in(2) },
            CommandKind::WithholdName => Command::WithholdName,
            CommandKind::Withdraw => Command::Withdraw,
            CommandKind::Sweep => Command::Sweep,
            CommandKind::Remand => Command::Remand { instruction: text },
            CommandKind::AssignGroup => Command::AssignGroup { group: self.group(), task: text },
            CommandKind::Report => Command::Report { report: text },
            CommandKind::ReferUp => Command::ReferUp { position: text },
            CommandKind::Decide => {
                let (hash, terms) = (self.chance.hash(), self.terms());
                Command::Decide { envelope: text, hash, terms, signature: "7b".into() }
            }
            CommandKind::Direct => Command::Direct { instruction: text },
            CommandKind::ChangePace => {
                let standards = Standards::proposed(self.case.dispute.pace.other());
                Command::ChangePace { standards, reason: text }
            }
            CommandKind::Done => Command::Done { action: self.action(kind), note: text },
            CommandKind::Verify => {
                let holds = !self.chance.one_in(3);
                Command::Verify { action: self.action(kind), holds, note: text }
            }
            CommandKind::Waive => Command::Waive { action: self.action(kind), reason: text },
            CommandKind::AnswerReprisal => Command::AnswerReprisal { message: text },
            CommandKind::Hold => Command::Hold { reason: text },
            CommandKind::LiftHold => Command::LiftHold { reason: text },
            CommandKind::Destroy => {
                let next = self.case.dispute.next_to_go(&world::CALENDAR).filter(|_| !self.flaw());
                let part = next.map_or(Part::Later, |(part, _)| part);
                Command::Destroy { part, texts: 3, keys: 9 }
            }
            CommandKind::CheckIn => Command::CheckIn { works: Works::Partly, words: text },
            CommandKind::ReportReprisal => Command::ReportReprisal { report: text },
            CommandKind::Rate => Command::Rate { rating: self.chance.rating(), words: text },
            CommandKind::RateByReceipt => {
                Command::RateByReceipt { rating: self.chance.rating(), words: text }
            }
            CommandKind::DisputeOutcome => {
                let mut why = vec![Objection::NotSettled, Objection::NotCarriedOut, Objection::Recurred];
                if !self.flaw() {
                    let open = self.case.dispute.objections(&self.case.world.facts(self.case.now));
                    why = open.into_iter().map(|(why, _)| why).collect();
                }
                Command::DisputeOutcome {
                    why: self.chance.pick(&why).unwrap_or(Objection::Recurred),
                    words: text,
                }
            }
        }
    }

    fn delegate(&mut self) -> AccountId {
        let anybody = self.flaw();
        let fit = match self.actor {
            Actor::Handler(seat) if !anybody => delegates(self.case, seat),
            _ => self.case.world.seats().into_iter().map(|seat| seat.account).collect(),
        };
        self.chance.pick(&fit).unwrap_or(world::account(99))
    }

    fn end_of_delegation(&mut self) -> Timestamp {
        let now = self.case.now;
        if self.flaw() {
            return if self.chance.one_in(2) { now } else { now.plus(90 * DAY + 1) };
        }
        if self.chance.one_in(3) { now.plus(90 * DAY) } else { now.plus(1 + self.chance.seconds(48 * HOUR)) }
    }

    /// The version on the table, if there is one.
    fn hash(&mut self) -> VersionHash {
        let table = self.case.dispute.panel().and_then(|panel| panel.on_table.as_ref());
        match table {
            Some(table) if !self.flaw() => table.hash,
            _ => self.chance.hash(),
        }
    }

    fn terms(&mut self) -> ProposalTerms {
        let now = self.case.now;
        let mut terms = ProposalTerms { actions: Vec::new(), none_needed: false };
        let owners: Vec<_> =
            policy::possible_owners(&self.case.dispute, &self.case.world.members).into_iter().collect();
        for _ in 0..self.chance.below(3) {
            let owner = if self.flaw() { Some(world::headquarters()) } else { self.chance.pick(&owners) };
            let due = if self.flaw() { now } else { now.plus(1 + self.chance.seconds(30 * DAY)) };
            terms.actions.extend(owner.map(|owner| Action { owner, due }));
        }
        terms.none_needed = terms.actions.is_empty() != self.flaw();
        terms
    }

    /// The group that the other side wants, or one that this side has not yet asked for.
    fn group(&mut self) -> GroupId {
        let known = ["rules", "safety", "half"].map(GroupId::from);
        let panel = self.case.dispute.panel();
        let side = match self.actor {
            Actor::Handler(seat) => panel.and_then(|panel| panel.side_of(&seat.post)),
            _ => None,
        };
        let (Some(panel), Some(side), false) = (panel, side, self.flaw()) else {
            return self.chance.pick(&known).unwrap_or_else(|| "rules".into());
        };
        let mine = panel.sides.get(side).wants_group.clone();
        let theirs =
            panel.sides.get(side.other()).wants_group.clone().filter(|theirs| mine.as_ref() != Some(theirs));
        let other = known.into_iter().find(|group| mine.as_ref() != Some(group));
        theirs.or(other).unwrap_or_else(|| "rules".into())
    }

    /// An action of the outcome for which this kind of command waits.
    fn action(&mut self, kind: CommandKind) -> u16 {
        let dispute = &self.case.dispute;
        let (Stage::Resolved(resolved), Actor::Handler(seat), false) =
            (&dispute.stage, self.actor, self.flaw())
        else {
            return u16::try_from(self.chance.below(3)).unwrap();
        };
        let side = dispute.side_of_post(&seat.post);
        let waits = |action: &Action, progress: &Progress| match kind {
            CommandKind::Done => progress.done.is_none() && dispute.owns(&seat.post, action),
            CommandKind::Verify => {
                progress.done.is_some() && dispute.side_of_post(&action.owner) == side.map(Side::other)
            }
            _ => side.is_some_and(|side| progress.waiver.get(side).is_none()),
        };
        let all = resolved.actions.iter().zip(&resolved.progress).zip(0..);
        let fit: Vec<u16> = all
            .filter(|((action, progress), _)| !progress.is_settled() && waits(action, progress))
            .map(|(_, place)| place)
            .collect();
        self.chance.pick(&fit).unwrap_or(7)
    }

    /// Posts that are concerned; without flaws at least one that is not left out already.
    fn concerned(&mut self) -> BTreeSet<PostId> {
        let out = &self.case.dispute.bypass.posts;
        let known = concernable();
        if self.flaw() {
            return out.iter().take(1).cloned().collect();
        }
        let new: Vec<_> = known.into_iter().filter(|post| !out.contains(post)).collect();
        let other = PostId::Headquarters(format!("unit-{}", self.chance.next()).as_str().into());
        [self.chance.pick(&new).unwrap_or(other)].into()
    }
}
