//! Playing the concerns to several stages.

use crate::clock::{DAY, Timestamp};
use crate::domain::concern::{Concern, Dispatch, Identity};
use crate::domain::dispute::{Level, Side, Stage};
use crate::domain::id::PostId;
use crate::domain::proposal::{ActionWords, Proposal, ResolutionKind, limit};
use crate::domain::prose::Prose;
use crate::jobs;
use crate::service::cases::{CaseView, HandlerAct};
use crate::service::inbox::{ReporterAct, ReporterView};
use crate::service::{Candor, Problem};

use super::cast::Cast;
use super::data::{self, Mode, Scenario};

/// A concern that has been raised, with what its reporter holds.
struct Raised<'a> {
    scenario: &'a Scenario,
    words: String,
}

struct Director<'a> {
    candor: &'a Candor,
    cast: Cast,
    scenarios: &'a [Scenario],
}

/// Fills every post and plays the concerns: some resolved in the field or by the Council, one bypassing
/// the field, one lapsed, one with the Secretary, one closed as not joint, the rest under way.
pub async fn play(candor: &Candor) -> Result<Cast, Problem> {
    let cast = Cast::assemble(candor, data::ORGANISATION).await?;
    let scenarios = data::scenarios().map_err(|_| Problem::Damaged)?;
    let director = Director { candor, cast, scenarios: &scenarios };
    director.first_weeks().await?;
    director.middle_weeks().await?;
    director.last_days().await?;
    Ok(director.cast)
}

/// Moves the clock to a time, running every batch and sweep on the way as it would have run.
pub async fn advance(candor: &Candor, to: Timestamp) -> Result<(), Problem> {
    let calendar = candor.directory().await?.calendar.clone();
    loop {
        let next = calendar.next_batches(candor.clock.now(), 1).first().copied();
        let stop = next.filter(|next| *next < to).unwrap_or(to);
        candor.clock.advance_to(stop);
        jobs::run_once(candor).await?;
        if stop >= to {
            return Ok(());
        }
    }
}

impl<'a> Director<'a> {
    async fn days(&self, days: i64) -> Result<(), Problem> {
        advance(self.candor, self.candor.clock.now().plus(days * DAY)).await
    }

    async fn raise(&self, ids: &[&str]) -> Result<Vec<Raised<'a>>, Problem> {
        let mut raised = Vec::new();
        for id in ids {
            let scenario =
                self.scenarios.iter().find(|scenario| scenario.id == *id).ok_or(Problem::Damaged)?;
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
            let words = drawn.words.join(" ");
            self.cast.keep_receipt(&scenario.title, words.clone());
            raised.push(Raised { scenario, words });
        }
        Ok(raised)
    }

    /// Six weeks ago: cases that have ended since, and one that will reach the Secretary.
    async fn first_weeks(&self) -> Result<(), Problem> {
        let raised = self.raise(&["SC-01", "SC-02", "SC-04", "SC-11", "SC-12", "SC-18"]).await?;
        self.days(2).await?;
        for one in &raised {
            match one.scenario.id.as_str() {
                "SC-01" | "SC-04" => {
                    self.acknowledge(one).await?;
                    self.talk(one).await?;
                    self.resolve(one).await?;
                }
                "SC-11" => {
                    self.acknowledge(one).await?;
                    self.not_joint(one).await?;
                }
                "SC-18" => {
                    self.acknowledge(one).await?;
                    self.resolve(one).await?;
                }
                "SC-12" => {
                    self.acknowledge(one).await?;
                    self.escalate(one).await?;
                    self.acknowledge(one).await?;
                    self.resolve(one).await?;
                }
                _ => {
                    self.acknowledge(one).await?;
                    self.escalate(one).await?;
                }
            }
        }
        self.days(17).await
    }

    /// A case that nobody takes up, and one on its way to the Council.
    async fn middle_weeks(&self) -> Result<(), Problem> {
        let raised = self.raise(&["SC-17", "SC-03"]).await?;
        self.days(2).await?;
        if let [_, second] = raised.as_slice() {
            self.acknowledge(second).await?;
            self.propose_twice(second).await?;
            self.resolve(second).await?;
        }
        self.days(15).await?;
        let raised = self.raise(&["SC-13"]).await?;
        self.days(2).await?;
        for one in &raised {
            self.acknowledge(one).await?;
            self.escalate(one).await?;
            let (view, _) = self.view(one, Side::Raising).await?;
            self.act(one, Side::Raising, &view, HandlerAct::Acknowledge { no_conflict: true }).await?;
        }
        Ok(())
    }

    /// The last days: cases in the hands of commanders, and one that waits for its batch.
    async fn last_days(&self) -> Result<(), Problem> {
        let raised = self.raise(&["SC-05", "SC-06", "SC-07", "SC-08", "SC-09", "SC-10", "SC-14"]).await?;
        self.days(2).await?;
        for one in &raised {
            match one.scenario.id.as_str() {
                "SC-05" => {
                    self.acknowledge(one).await?;
                    self.propose(one, Side::Raising, "").await?;
                    self.accept(one, Side::Raising).await?;
                }
                "SC-06" => {
                    self.acknowledge(one).await?;
                    self.talk(one).await?;
                    let act = HandlerAct::Ask {
                        text: text(
                            "Does it happen with every kind of record, or only with some?",
                            limit::MESSAGE,
                        )?,
                    };
                    self.act_now(one, Side::Concerned, act).await?;
                }
                "SC-08" => self.acknowledge_one(one, Side::Concerned).await?,
                "SC-09" => self.withdraw(one).await?,
                "SC-14" => {
                    self.acknowledge(one).await?;
                    let reason = text("The training calendar is set next week.", limit::REASON)?;
                    self.act_now(one, Side::Concerned, HandlerAct::Extend { reason }).await?;
                }
                _ => {}
            }
        }
        // An extraordinary one is in the next batch, and has hours only.
        for one in &self.raise(&["SC-15"]).await? {
            self.days(1).await?;
            self.acknowledge(one).await?;
            self.propose(one, Side::Raising, "").await?;
            self.accept(one, Side::Raising).await?;
        }
        self.headquarters().await?;
        self.raise(&["SC-16"]).await?;
        Ok(())
    }

    async fn number(&self, one: &Raised<'_>) -> Result<String, Problem> {
        let cookie = self.candor.open_visit(&one.words).await.map_err(|_| Problem::NotFound)?;
        match self.candor.visit(&cookie).await? {
            Some(ReporterView::Case(case)) => Ok(case.number),
            _ => Err(Problem::NotFound),
        }
    }

    async fn withdraw(&self, one: &Raised<'_>) -> Result<(), Problem> {
        let cookie = self.candor.open_visit(&one.words).await.map_err(|_| Problem::NotFound)?;
        self.candor.reporter_acts(&cookie, &ReporterAct::Withdraw, Dispatch::Mixed).await?;
        self.days(2).await
    }

    /// The post that acts for a side now.
    async fn post(&self, one: &Raised<'_>, side: Side) -> Result<PostId, Problem> {
        let directory = self.candor.directory().await?;
        let organisation = directory.organisation()?;
        let unit = match side {
            Side::Raising => &one.scenario.raising_unit,
            Side::Concerned => &one.scenario.concerned_unit,
        };
        let handling = organisation.handling_unit(unit).ok_or(Problem::Damaged)?;
        let component = organisation.component_of_unit(unit).ok_or(Problem::Damaged)?;
        let council = PostId::Council(component.id.clone());
        let number = self.number(one).await?;
        let (signed_in, seat) = self.cast.in_post(self.candor, &council).await?;
        // Whom the Council sees, the Council decides.
        match self.candor.case(&signed_in, &seat, &number).await {
            Ok(view) if matches!(&view.dispute.stage, Stage::Panel(panel) if panel.level == Level::Council) => {
                Ok(council)
            }
            _ => Ok(PostId::Commander(handling.id.clone())),
        }
    }

    async fn view(&self, one: &Raised<'_>, side: Side) -> Result<(CaseView, PostId), Problem> {
        let post = self.post(one, side).await?;
        let (signed_in, seat) = self.cast.in_post(self.candor, &post).await?;
        let number = self.number(one).await?;
        Ok((self.candor.case(&signed_in, &seat, &number).await?, post))
    }

    async fn act(
        &self,
        one: &Raised<'_>,
        side: Side,
        view: &CaseView,
        act: HandlerAct,
    ) -> Result<(), Problem> {
        let post = self.post(one, side).await?;
        let (signed_in, seat) = self.cast.in_post(self.candor, &post).await?;
        self.candor.handler_acts(&signed_in, &seat, &view.number, view.seen, act).await
    }

    async fn act_now(&self, one: &Raised<'_>, side: Side, act: HandlerAct) -> Result<(), Problem> {
        let (view, _) = self.view(one, side).await?;
        self.act(one, side, &view, act).await
    }

    async fn acknowledge_one(&self, one: &Raised<'_>, side: Side) -> Result<(), Problem> {
        self.act_now(one, side, HandlerAct::Acknowledge { no_conflict: true }).await
    }

    async fn acknowledge(&self, one: &Raised<'_>) -> Result<(), Problem> {
        for side in Side::BOTH {
            self.acknowledge_one(one, side).await?;
        }
        Ok(())
    }

    async fn talk(&self, one: &Raised<'_>) -> Result<(), Problem> {
        let first =
            text("I have asked my deputy for the written procedure. Let us compare ours.", limit::MESSAGE)?;
        self.act_now(one, Side::Raising, HandlerAct::Write { text: first, to_reporter: false }).await?;
        let second = text("Ours says the same in other words. We can settle this here.", limit::MESSAGE)?;
        self.act_now(one, Side::Concerned, HandlerAct::Write { text: second, to_reporter: false }).await
    }

    async fn propose(&self, one: &Raised<'_>, side: Side, more: &str) -> Result<(), Problem> {
        let owner = self.post(one, Side::Concerned).await?;
        let scenario = one.scenario;
        let proposal = Proposal {
            issue: text(&scenario.summary, limit::ISSUE)?,
            finding: text(&format!("{}{more}", scenario.resolution), limit::FINDING)?,
            document: scenario.documents.first().cloned(),
            kind: if scenario.level == Level::Field {
                ResolutionKind::Clarification
            } else {
                ResolutionKind::Interpretation
            },
            actions: vec![ActionWords {
                what: text("Put the rule to muster and record who has acknowledged it.", limit::ACTION)?,
                owner,
                due: self.candor.clock.now().plus(30 * DAY),
            }],
            none_needed: false,
            library_text: text(&scenario.resolution, limit::LIBRARY_TEXT)?,
        };
        self.act_now(one, side, HandlerAct::Propose(proposal)).await
    }

    async fn propose_twice(&self, one: &Raised<'_>) -> Result<(), Problem> {
        self.propose(one, Side::Raising, " The notice is given three days ahead.").await?;
        let (view, _) = self.view(one, Side::Concerned).await?;
        let hash = on_table(&view)?;
        let reason =
            text("Three days is more than we can promise; two working days would do.", limit::REASON)?;
        self.act(one, Side::Concerned, &view, HandlerAct::Reject { hash, reason }).await
    }

    async fn accept(&self, one: &Raised<'_>, side: Side) -> Result<(), Problem> {
        let (view, _) = self.view(one, side).await?;
        let hash = on_table(&view)?;
        self.act(one, side, &view, HandlerAct::Accept { hash }).await
    }

    async fn resolve(&self, one: &Raised<'_>) -> Result<(), Problem> {
        self.propose(one, Side::Concerned, "").await?;
        self.accept(one, Side::Raising).await?;
        self.accept(one, Side::Concerned).await
    }

    async fn escalate(&self, one: &Raised<'_>) -> Result<(), Problem> {
        for (side, words) in [
            (Side::Raising, "We agree on the facts. What is asked for is not ours to give."),
            (Side::Concerned, "Neither of us can decide on the means that this needs."),
        ] {
            let position = text(words, limit::REASON)?;
            self.act_now(one, side, HandlerAct::Escalate { position }).await?;
        }
        Ok(())
    }

    async fn not_joint(&self, one: &Raised<'_>) -> Result<(), Problem> {
        for side in Side::BOTH {
            let belongs = text(
                "The joint memoranda settle this already; each component's own training office distributes them.",
                limit::REASON,
            )?;
            self.act_now(one, side, HandlerAct::CloseNotJoint { belongs }).await?;
        }
        Ok(())
    }

    /// The first recipient has acknowledged the older half of its notices.
    async fn headquarters(&self) -> Result<(), Problem> {
        let directory = self.candor.directory().await?;
        let posts = directory.headquarters();
        let post = posts.first().ok_or(Problem::Damaged)?;
        let (signed_in, seat) = self.cast.in_post(self.candor, post).await?;
        let list = self.candor.notices(&signed_in, &seat, "", 0).await?;
        let half: Vec<_> = list.notices.iter().take(list.notices.len() / 2).map(|notice| notice.id).collect();
        self.candor.acknowledge_notices(&signed_in, &seat, &half).await?;
        Ok(())
    }
}

fn on_table(view: &CaseView) -> Result<crate::domain::dispute::VersionHash, Problem> {
    view.proposals
        .iter()
        .find(|proposal| proposal.on_table)
        .map(|proposal| proposal.hash)
        .ok_or(Problem::NotFound)
}

fn text(words: &str, most: usize) -> Result<Prose, Problem> {
    Prose::parse(words, most).map_err(|error| Problem::Unusable(error.to_string()))
}
