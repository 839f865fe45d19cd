//! One step of a scenario, taken by whoever takes it, through the services that people use.

use std::collections::BTreeMap;
use std::sync::Arc;

use tokio::sync::Mutex;

use crate::clock::{DAY, Timestamp};
use crate::domain::concern::{Concern, Dispatch, Identity};
use crate::domain::dispute::{Action, Dispute, Level, Seat, Side, Stage, VersionHash};
use crate::domain::follow_up::{Objection, Rating, Works};
use crate::domain::id::PostId;
use crate::domain::proposal::{ActionWords, Comparison, Proposal, limit};
use crate::domain::prose::Prose;
use crate::service::accounts::SignedIn;
use crate::service::cases::HandlerAct;
use crate::service::inbox::{ReporterAct, ReporterView};
use crate::service::{Candor, Problem};

use super::cast::{Cast, Played};
use super::data::{By, Deed, Mode, Scenario, Step};

/// What a handler is taken to have seen: nobody else acts meanwhile.
const ALL: u32 = u32::MAX;

type Held = Arc<(SignedIn, Seat)>;

pub(super) struct Director<'a> {
    pub(super) candor: &'a Candor,
    cast: &'a Cast,
    /// Whoever has signed in since the clock was last moved: sessions end with time.
    signed_in: Mutex<BTreeMap<PostId, Held>>,
}

impl<'a> Director<'a> {
    pub(super) fn new(candor: &'a Candor, cast: &'a Cast) -> Self {
        Self { candor, cast, signed_in: Mutex::default() }
    }

    /// Moves the clock.
    pub(super) async fn until(&self, to: Timestamp) -> Result<(), Problem> {
        super::play::advance(self.candor, to).await?;
        self.signed_in.lock().await.clear();
        Ok(())
    }

    pub(super) async fn in_post(&self, post: &PostId) -> Result<Held, Problem> {
        let mut signed_in = self.signed_in.lock().await;
        if let Some(held) = signed_in.get(post) {
            return Ok(Arc::clone(held));
        }
        let held = Arc::new(self.cast.in_post(self.candor, post).await?);
        signed_in.insert(post.clone(), Arc::clone(&held));
        Ok(held)
    }

    pub(super) fn played(&self, scenario: &Scenario) -> Result<Played, Problem> {
        self.cast.played().into_iter().find(|played| played.id == scenario.id).ok_or(Problem::NotFound)
    }

    /// Takes one step.
    pub(super) async fn take(&self, scenario: &Scenario, step: &Step) -> Result<(), Problem> {
        if step.deed == Deed::Raise {
            return self.raise(scenario).await;
        }
        if matches!(step.deed, Deed::Answer | Deed::CheckIn | Deed::Dispute | Deed::RateByReceipt) {
            return self.report(scenario, step).await;
        }
        let sides: &[Option<Side>] = match step.by {
            None => &[None],
            Some(By::Raising) => &[Some(Side::Raising)],
            Some(By::Concerned) => &[Some(Side::Concerned)],
            Some(By::Both) => &[Some(Side::Raising), Some(Side::Concerned)],
        };
        let number = self.number(scenario).await?;
        for side in sides {
            let dispute = self.candor.dispute(&number).await?;
            let post = acting(&dispute, *side, step).ok_or(Problem::Damaged)?;
            let held = self.in_post(&post).await?;
            let mut act = self.act(scenario, step, &dispute)?;
            if let HandlerAct::Propose(proposal) | HandlerAct::Decide(proposal) = &mut act {
                compare(self.candor, &held.0, &held.1, &number, proposal).await?;
            }
            self.candor.handler_acts(&held.0, &held.1, &number, ALL, act).await?;
        }
        Ok(())
    }

    async fn raise(&self, scenario: &Scenario) -> Result<(), Problem> {
        let identity = match scenario.mode {
            Mode::Anonymous => Identity::default(),
            Mode::Attributed => Identity {
                name: text("A. Example (invented)", limit::MESSAGE)?,
                contact: text("extension 000", limit::MESSAGE)?,
                for_panel: true,
            },
        };
        let concern = Concern {
            my_unit: scenario.raising_unit.clone(),
            other_unit: scenario.concerned_unit.clone(),
            handler: scenario.handler.clone(),
            pace: scenario.pace,
            dispatch: Dispatch::Mixed,
            statement: scenario.statement().map_err(|_| Problem::Damaged)?,
            council_only: Prose::default(),
            identity,
        };
        let drawn = self.candor.draw_receipt()?;
        self.candor.raise(&concern, &drawn).await?;
        self.cast.keep(Played {
            id: scenario.id.clone(),
            title: scenario.title.clone(),
            words: drawn.words.join(" "),
            number: None,
            sights: Vec::new(),
        });
        Ok(())
    }

    /// The number of a scenario's case: its reporter knows it.
    async fn number(&self, scenario: &Scenario) -> Result<String, Problem> {
        let played = self.played(scenario)?;
        if let Some(number) = played.number {
            return Ok(number);
        }
        let cookie = self.visit(&played).await?;
        let Some(ReporterView::Case(case)) = self.candor.visit(&cookie).await? else {
            return Err(Problem::NotFound);
        };
        self.cast.keep(Played { number: Some(case.number.clone()), ..played });
        Ok(case.number)
    }

    async fn visit(&self, played: &Played) -> Result<String, Problem> {
        self.candor.open_visit(&played.words).await.map_err(|_| Problem::NotFound)
    }

    /// What the reporter does; it waits for its batch.
    async fn report(&self, scenario: &Scenario, step: &Step) -> Result<(), Problem> {
        let words = |most| text(step.words.as_deref().unwrap_or_default(), most);
        let played = self.played(scenario)?;
        let act = match step.deed {
            Deed::Answer => {
                let dispute = self.candor.dispute(&self.number(scenario).await?).await?;
                let question = dispute.question.ok_or(Problem::NotFound)?;
                ReporterAct::Answer { question, text: words(limit::MESSAGE)? }
            }
            Deed::CheckIn => {
                ReporterAct::CheckIn { works: step.works.unwrap_or(Works::Yes), text: words(limit::MESSAGE)? }
            }
            Deed::RateByReceipt => ReporterAct::Rate { rating: rating(step)?, text: words(limit::MESSAGE)? },
            _ => ReporterAct::DisputeOutcome { why: Objection::NotSettled, text: words(limit::MESSAGE)? },
        };
        let cookie = self.visit(&played).await?;
        self.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.map(drop)
    }

    fn act(&self, scenario: &Scenario, step: &Step, dispute: &Dispute) -> Result<HandlerAct, Problem> {
        let words = |most| {
            let words = step.words.as_deref().ok_or(Problem::Damaged)?;
            text(words, most)
        };
        let action = step.action.unwrap_or_default();
        Ok(match step.deed {
            Deed::Raise | Deed::Answer | Deed::CheckIn | Deed::Dispute | Deed::RateByReceipt => {
                return Err(Problem::Damaged);
            }
            Deed::Rate => HandlerAct::Rate { rating: rating(step)?, words: words(limit::MESSAGE)? },
            Deed::Acknowledge => HandlerAct::Acknowledge { no_conflict: true },
            Deed::Write | Deed::GroupWrite => {
                HandlerAct::Write { text: words(limit::MESSAGE)?, to_reporter: false }
            }
            Deed::Ask => HandlerAct::Ask { text: words(limit::MESSAGE)? },
            Deed::ShowName => HandlerAct::ShowIdentity { reason: words(limit::REASON)? },
            Deed::Propose => HandlerAct::Propose(self.proposal(scenario, step, dispute)?),
            Deed::Decide => HandlerAct::Decide(self.proposal(scenario, step, dispute)?),
            Deed::Accept => HandlerAct::Accept { hash: on_table(dispute)? },
            Deed::Reject => HandlerAct::Reject { hash: on_table(dispute)?, reason: words(limit::REASON)? },
            Deed::Extend => HandlerAct::Extend { reason: words(limit::REASON)? },
            Deed::ChangePace => HandlerAct::ChangePace { reason: words(limit::REASON)? },
            Deed::Escalate => HandlerAct::Escalate { position: words(limit::REASON)? },
            Deed::NotJoint => HandlerAct::CloseNotJoint { belongs: words(limit::REASON)? },
            Deed::Remand => HandlerAct::Remand { instruction: words(limit::REASON)? },
            Deed::AssignGroup => HandlerAct::AssignGroup {
                group: step.group.clone().ok_or(Problem::Damaged)?,
                task: words(limit::REASON)?,
            },
            Deed::Report => HandlerAct::Report { text: words(limit::FINDING)? },
            Deed::ReferUp => HandlerAct::ReferUp { position: words(limit::REASON)? },
            Deed::Direct => HandlerAct::Direct { instruction: words(limit::REASON)? },
            Deed::Done => HandlerAct::Done { action, note: words(limit::REASON)? },
            Deed::Verify => HandlerAct::Verify { action, holds: true, note: words(limit::REASON)? },
            Deed::Waive => HandlerAct::Waive { action, reason: words(limit::REASON)? },
        })
    }

    /// The resolution of a scenario as a proposal; a version that will be rejected says what it says instead.
    fn proposal(&self, scenario: &Scenario, step: &Step, dispute: &Dispute) -> Result<Proposal, Problem> {
        let finding = step.words.as_deref().unwrap_or(&scenario.resolution);
        let now = self.candor.clock.now();
        let mut actions = Vec::new();
        for action in &scenario.actions {
            actions.push(ActionWords {
                what: text(&action.what, limit::ACTION)?,
                owner: post_of(dispute, action.by),
                due: now.plus(action.days * DAY),
            });
        }
        Ok(Proposal {
            issue: text(&scenario.summary, limit::ISSUE)?,
            finding: text(finding, limit::FINDING)?,
            document: scenario.documents.first().cloned(),
            kind: scenario.kind.ok_or(Problem::Damaged)?,
            none_needed: actions.is_empty(),
            actions,
            library_text: text(&scenario.resolution, limit::LIBRARY_TEXT)?,
            comparison: Comparison::default(),
        })
    }
}

/// Says of a proposal that it agrees with what the library says.
pub(super) async fn compare(
    candor: &Candor,
    by: &SignedIn,
    seat: &Seat,
    number: &str,
    proposal: &mut Proposal,
) -> Result<(), Problem> {
    let case = candor.case(by, seat, number).await?;
    let precedents = case.precedents_of(proposal.document.as_ref());
    proposal.comparison.compared = precedents.into_iter().map(|entry| entry.id).collect();
    Ok(())
}

/// The post that takes a step.
fn acting(dispute: &Dispute, side: Option<Side>, step: &Step) -> Option<PostId> {
    match (step.deed, side) {
        (Deed::Decide | Deed::Direct, _) => Some(PostId::Secretary),
        (Deed::Report | Deed::GroupWrite, Some(side)) => {
            let group = dispute.group.as_ref()?.group.clone();
            Some(PostId::WorkingGroup(dispute.sides.get(side).component.clone(), group))
        }
        (Deed::Done, _) => Some(owned(dispute, step)?.owner.clone()),
        (Deed::Verify, _) => {
            let owner = dispute.side_of_post(&owned(dispute, step)?.owner)?;
            Some(post_of(dispute, owner.other()))
        }
        // Whatever level decided.
        (Deed::Rate, Some(side)) => Some(PostId::Commander(dispute.sides.get(side).unit.clone())),
        (_, Some(side)) => Some(post_of(dispute, side)),
        (_, None) => None,
    }
}

/// Who acts for a side, and owns what it takes on: its post on the panel; after that, of the level that decided.
fn post_of(dispute: &Dispute, side: Side) -> PostId {
    let standing = dispute.sides.get(side);
    match &dispute.stage {
        Stage::Panel(panel) => panel.sides.get(side).post.clone(),
        Stage::Resolved(resolved) if resolved.by == Level::Field => PostId::Commander(standing.unit.clone()),
        Stage::Resolved(_) | Stage::Secretary(_) | Stage::Closed(_) => {
            PostId::Council(standing.component.clone())
        }
    }
}

/// The action of the outcome that a step is about.
fn owned<'a>(dispute: &'a Dispute, step: &Step) -> Option<&'a Action> {
    let Stage::Resolved(resolved) = &dispute.stage else { return None };
    resolved.actions.get(usize::from(step.action?))
}

fn on_table(dispute: &Dispute) -> Result<VersionHash, Problem> {
    let table = dispute.panel().and_then(|panel| panel.on_table.as_ref());
    table.map(|table| table.hash).ok_or(Problem::NotFound)
}

fn rating(step: &Step) -> Result<Rating, Problem> {
    let [clarity, fairness, works] = step.points.ok_or(Problem::Damaged)?;
    Ok(Rating { clarity, fairness, works })
}

fn text(words: &str, most: usize) -> Result<Prose, Problem> {
    Prose::parse(words, most).map_err(|error| Problem::Unusable(error.to_string()))
}
