//! What somebody does, drawn among what is open to them.

use std::collections::{BTreeMap, BTreeSet};

use candor::clock::DAY;
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity, Pace};
use candor::domain::dispute::{Dispute, Level, Member};
use candor::domain::follow_up::{Points, Rating, Works};
use candor::domain::id::PostId;
use candor::domain::policy::{self, CommandKind as Kind};
use candor::domain::proposal::{ActionWords, Proposal, ResolutionKind};
use candor::domain::prose::Prose;
use candor::rng::Randomness;
use candor::service::cases::{CaseView, HandlerAct as Act};
use candor::service::inbox::{ReporterAct, ReporterCase};

use crate::support::app::{Person, concern, prose};

/// Draws from one seed.
#[derive(Debug)]
pub struct Chance(Randomness);

impl Chance {
    pub fn of(seed: u8) -> Self {
        Self(Randomness::labelled([seed; 32]))
    }

    pub fn below(&self, bound: usize) -> usize {
        usize::try_from(self.0.below("soak", bound as u64)).unwrap()
    }

    pub fn once_in(&self, times: usize) -> bool {
        self.below(times) == 0
    }

    pub fn one_of<T: Clone>(&self, among: &[T]) -> T {
        among[self.below(among.len())].clone()
    }

    fn text(&self) -> Prose {
        let texts =
            ["We hear you.", "The boat is needed on Mondays, too.", "Please say more about the mornings."];
        prose(self.one_of(&texts))
    }

    /// Days ahead, from tomorrow on.
    fn days(&self, at_most: usize) -> i64 {
        i64::try_from(self.below(at_most) + 1).unwrap() * DAY
    }
}

/// A concern between units of both agencies, now and then about somebody who would handle it.
pub fn concern_of(chance: &Chance) -> Concern {
    let sides = [
        ("RIV-EAST", "HAR-EAST"),
        ("HAR-QUAY", "RIV-EAST"),
        ("RIV-WEST", "HAR-WEST"),
        ("HAR-WEST", "RIV-ISLE"),
    ];
    let (mine, other) = chance.one_of(&sides);
    let handlers = [
        HandlerConcerned::OurSide,
        HandlerConcerned::OtherSide,
        HandlerConcerned::BothSides,
        HandlerConcerned::NotSure,
        HandlerConcerned::Council("RIV".into()),
        HandlerConcerned::Headquarters("HAR-OFFICE".into()),
    ];
    let mut drawn = Concern { my_unit: mine.into(), other_unit: other.into(), ..concern() };
    if chance.once_in(4) {
        drawn.handler = chance.one_of(&handlers);
    }
    if chance.once_in(3) {
        drawn.identity = identity(chance);
    }
    if chance.once_in(4) {
        drawn.pace = Pace::Extraordinary;
    }
    drawn
}

fn identity(chance: &Chance) -> Identity {
    Identity { name: prose("Ada Riverton"), contact: prose("Dock 3"), for_panel: chance.once_in(2) }
}

fn rating(chance: &Chance) -> Rating {
    let points = || chance.one_of(Points::ALL);
    Rating { clarity: points(), fairness: points(), works: points() }
}

/// One kind among those on offer: mostly what lets a case live on, often what needs two or comes late.
fn kind_of(chance: &Chance, offers: &BTreeSet<Kind>) -> Option<Kind> {
    let rare = [
        Kind::Acknowledge,
        Kind::Accept,
        Kind::Remand,
        Kind::AssignGroup,
        Kind::Report,
        Kind::Done,
        Kind::Verify,
        Kind::AnswerReprisal,
        Kind::DisputeOutcome,
    ];
    let hasty = [
        Kind::Recuse,
        Kind::Withdraw,
        Kind::AskForReview,
        Kind::ReferUp,
        Kind::Direct,
        Kind::Decide,
        Kind::CloseNotJoint,
    ];
    // Always open, and so drawn seldom: else a case would be nothing but talk.
    let talk = [
        Kind::Write,
        Kind::Add,
        Kind::Attach,
        Kind::Ask,
        Kind::GiveName,
        Kind::WithholdName,
        Kind::Delegate,
        Kind::ShowIdentity,
        Kind::Pressed,
        Kind::Hold,
    ];
    let among = |wanted: &dyn Fn(&Kind) -> bool| offers.iter().copied().filter(wanted).collect::<Vec<_>>();
    let rare = among(&|kind| rare.contains(kind));
    let patient = among(&|kind| !hasty.contains(kind) && !talk.contains(kind));
    let drawn = match chance.below(24) {
        0..=11 if !rare.is_empty() => rare,
        0..=19 => patient,
        20..=22 => among(&|kind| talk.contains(kind)),
        _ => among(&|_| true),
    };
    (!drawn.is_empty()).then(|| chance.one_of(&drawn))
}

fn proposal(chance: &Chance, view: &CaseView, members: &BTreeMap<PostId, Vec<Member>>) -> Proposal {
    let owners: Vec<_> = policy::possible_owners(&view.dispute, members).into_iter().collect();
    let count = if owners.is_empty() { 0 } else { chance.below(3) };
    let action = |_| ActionWords {
        what: chance.text(),
        owner: chance.one_of(&owners),
        due: view.now.plus(chance.days(40)),
    };
    Proposal {
        issue: prose("Both agencies need the one patrol boat on the same mornings."),
        finding: prose(&format!(
            "The Joint Order leaves it open, as of case version {}.",
            view.dispute.version
        )),
        document: chance.once_in(2).then(|| "DOC-1".into()),
        kind: chance.one_of(&[ResolutionKind::Clarification, ResolutionKind::RemedialAction]),
        actions: (0..count).map(action).collect(),
        none_needed: count == 0,
        library_text: prose("The boat is shared by a plan that both commanders sign."),
        // The soak publishes nothing that a proposal could be compared with.
        comparison: candor::domain::proposal::Comparison::default(),
    }
}

/// How many actions the outcome has.
fn actions(dispute: &Dispute) -> usize {
    match &dispute.stage {
        candor::domain::dispute::Stage::Resolved(resolved) => resolved.actions.len(),
        _ => 0,
    }
}

/// Somebody who could stand in for a post.
fn stand_in<'a>(person: &Person, level: Level, people: &'a [Person]) -> Option<&'a Person> {
    let wanted = match (&person.seat.post, level) {
        (PostId::Commander(unit), Level::Field) => PostId::Alternate(unit.clone()),
        (post, _) => post.clone(),
    };
    people.iter().find(|other| other.seat.post == wanted && other.seat.account != person.seat.account)
}

/// What somebody does on a case page, of the kind that is drawn. None if nothing is open to them.
pub fn handler_act(
    chance: &Chance,
    person: &Person,
    people: &[Person],
    view: &CaseView,
    members: &BTreeMap<PostId, Vec<Member>>,
) -> Option<(Kind, Act)> {
    let kind = kind_of(chance, &view.offers)?;
    let text = || chance.text();
    let hash = || view.dispute.panel().and_then(|panel| panel.on_table.as_ref()).map(|table| table.hash);
    let action = || u16::try_from(chance.below(actions(&view.dispute).max(1))).unwrap();
    let act = match kind {
        Kind::Acknowledge => Act::Acknowledge { no_conflict: true },
        Kind::Recuse => Act::Recuse { reason: text() },
        Kind::Delegate => {
            let other = stand_in(person, view.dispute.panel()?.level, people)?;
            Act::Delegate { to: other.seat.account, until: view.now.plus(chance.days(80)) }
        }
        Kind::Ask => Act::Ask { text: text() },
        Kind::Write => {
            let group = matches!(person.seat.post, PostId::WorkingGroup(..));
            Act::Write { text: text(), to_reporter: !group && chance.once_in(2) }
        }
        Kind::Propose => Act::Propose(proposal(chance, view, members)),
        Kind::Accept => Act::Accept { hash: hash()? },
        Kind::Reject => Act::Reject { hash: hash()?, reason: text() },
        Kind::Extend => Act::Extend { reason: text() },
        Kind::Escalate => Act::Escalate { position: text() },
        Kind::CloseNotJoint => Act::CloseNotJoint { belongs: text() },
        Kind::ShowIdentity => Act::ShowIdentity { reason: text() },
        Kind::Remand => Act::Remand { instruction: text() },
        Kind::AssignGroup => Act::AssignGroup { group: "BOATS".into(), task: text() },
        Kind::Report => Act::Report { text: text() },
        Kind::ReferUp => Act::ReferUp { position: text() },
        Kind::Decide => Act::Decide(proposal(chance, view, members)),
        Kind::Direct => Act::Direct { instruction: text() },
        Kind::ChangePace => Act::ChangePace { reason: text() },
        Kind::Done => Act::Done { action: action(), note: text() },
        Kind::Verify => Act::Verify { action: action(), holds: !chance.once_in(4), note: text() },
        Kind::Waive => Act::Waive { action: action(), reason: text() },
        Kind::AnswerReprisal => Act::AnswerReprisal { text: text() },
        Kind::Hold => Act::Hold { reason: text() },
        Kind::LiftHold => Act::LiftHold { reason: text() },
        Kind::Rate => Act::Rate { rating: rating(chance), words: text() },
        other => panic!("{other:?} was offered to a handler"),
    };
    Some((kind, act))
}

/// What a reporter does on a visit.
pub fn reporter_act(chance: &Chance, view: &ReporterCase) -> Option<(Kind, ReporterAct, Dispatch)> {
    let kind = kind_of(chance, &view.offers)?;
    let text = || chance.text();
    let act = match kind {
        Kind::Answer => ReporterAct::Answer { question: view.question.as_ref()?.0, text: text() },
        Kind::Add => ReporterAct::Add { text: text() },
        Kind::Attach => {
            let words = format!("{} {}", text().as_str(), chance.below(1_000));
            let file = candor::cleaning::clean(words.as_bytes()).unwrap();
            ReporterAct::Attach { file, council_only: chance.once_in(2) }
        }
        Kind::AskForReview => {
            let handlers =
                [HandlerConcerned::OurSide, HandlerConcerned::OtherSide, HandlerConcerned::NotSure];
            ReporterAct::AskForReview { handler: chance.one_of(&handlers), text: text() }
        }
        Kind::Pressed => ReporterAct::Pressed,
        Kind::GiveName => ReporterAct::GiveName(identity(chance)),
        Kind::WithholdName => ReporterAct::WithholdName,
        Kind::Withdraw => ReporterAct::Withdraw,
        Kind::CheckIn => {
            let works = chance.one_of(&[Works::Yes, Works::Partly, Works::No, Works::TooEarly]);
            ReporterAct::CheckIn { works, text: text() }
        }
        Kind::RateByReceipt => ReporterAct::Rate { rating: rating(chance), text: text() },
        Kind::ReportReprisal => ReporterAct::ReportReprisal { text: text() },
        Kind::DisputeOutcome => {
            let reasons: Vec<_> = view.objections.iter().map(|(why, _)| *why).collect();
            if reasons.is_empty() {
                return None;
            }
            ReporterAct::DisputeOutcome { why: chance.one_of(&reasons), text: text() }
        }
        other => panic!("{other:?} was offered to a reporter"),
    };
    let dispatch = if chance.once_in(5) { Dispatch::Urgent } else { Dispatch::Mixed };
    Some((kind, act, dispatch))
}
