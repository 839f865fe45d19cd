//! What was settled before a visitor comes: raised, agreed to and signed through the services that people use, and
//! published by the same monthly job.

use serde::Deserialize;

use crate::clock::DAY;
use crate::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity, Pace, Statement, Tried, limit};
use crate::domain::dispute::Stage;
use crate::domain::follow_up::{Points, Rating};
use crate::domain::id::{CategoryId, DocumentId, PostId, UnitId};
use crate::domain::proposal::{self, Comparison, Proposal, ResolutionKind};
use crate::domain::prose::Prose;
use crate::service::cases::HandlerAct;
use crate::service::inbox::{ReporterAct, ReporterView};
use crate::service::library::{NewDirective, TEXT_MOST, TITLE_MOST};
use crate::service::{Candor, Problem};

use super::cast::Cast;
use super::director::compare;
use super::play::advance;

const EARLIER: &str = include_str!("earlier.toml");

/// So long before the eighteen concerns begin: whole weeks, long enough for every text to appear.
pub const BEFORE: i64 = 63 * DAY;

/// What is taken to have been seen: nobody else acts meanwhile.
const ALL: u32 = u32::MAX;

#[derive(Deserialize)]
#[serde(deny_unknown_fields)]
struct File {
    earlier: Vec<Earlier>,
}

/// A matter that was settled in the field.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(deny_unknown_fields)]
pub struct Earlier {
    /// The day on which it was raised, counted from the very beginning.
    pub day: i64,
    pub raising_unit: UnitId,
    pub concerned_unit: UnitId,
    pub category: CategoryId,
    pub document: Option<DocumentId>,
    pub kind: ResolutionKind,
    /// What the library says of it.
    pub text: String,
    /// How both commanders, and how the reporter, rate it: clarity, fairness, whether it works.
    pub commanders: Option<[Points; 3]>,
    pub reporter: Option<[Points; 3]>,
}

/// The matters, in order.
///
/// # Errors
/// If their file is at fault, which a test rules out.
pub fn earlier() -> Result<Vec<Earlier>, toml::de::Error> {
    toml::from_str::<File>(EARLIER).map(|file| file.earlier)
}

/// Plays them, and lets the time pass until the eighteen concerns begin.
pub(super) async fn play(candor: &Candor, cast: &Cast) -> Result<(), Problem> {
    let start = candor.clock.now();
    let mut all = earlier().map_err(|_| Problem::Damaged)?;
    all.sort_by_key(|one| one.day);
    while let Some(day) = all.first().map(|one| one.day) {
        advance(candor, start.plus(day * DAY)).await?;
        let today = all.iter().filter(|one| one.day == day).count();
        let mut raised = Vec::new();
        for one in all.drain(..today) {
            raised.push((raise(candor, &one).await?, one));
        }
        advance(candor, start.plus((day + 2) * DAY)).await?;
        for (words, one) in raised {
            settle(candor, cast, &words, &one).await?;
        }
    }
    advance(candor, start.plus(BEFORE)).await?;
    let posts = candor.directory().await?.headquarters();
    let (signed_in, _) = cast.in_post(candor, posts.first().ok_or(Problem::Damaged)?).await?;
    let directive = NewDirective {
        title: text("Acknowledge what is read out at muster", TITLE_MOST)?,
        text: text(
            "Every office keeps a list of who has acknowledged a memorandum that binds it. Whoever was away \
             acknowledges it on return. Commanders name what is still open after ten working days.",
            TEXT_MOST,
        )?,
        document: Some("GD-MEMO-2005-12-08".into()),
        units: ["OBP-TCA", "OBP-RGV", "OBP-LRT"].map(Into::into).into(),
    };
    candor.issue_directive(&signed_in, &directive).await.map(drop)
}

async fn raise(candor: &Candor, one: &Earlier) -> Result<String, Problem> {
    let concern = Concern {
        my_unit: one.raising_unit.clone(),
        other_unit: one.concerned_unit.clone(),
        handler: HandlerConcerned::No,
        pace: Pace::Routine,
        dispatch: Dispatch::Mixed,
        statement: Statement {
            what_happens: text(&one.text, limit::WHAT_HAPPENS)?,
            category: Some(one.category.clone()),
            document: one.document.clone(),
            frequency: None,
            since: None,
            effect: Prose::default(),
            tried: Tried::NotSaid,
            tried_words: Prose::default(),
            remedy: Prose::default(),
        },
        council_only: Prose::default(),
        identity: Identity::default(),
    };
    let drawn = candor.draw_receipt()?;
    candor.raise(&concern, &drawn).await?;
    Ok(drawn.words.join(" "))
}

async fn settle(candor: &Candor, cast: &Cast, words: &str, one: &Earlier) -> Result<(), Problem> {
    let cookie = candor.open_visit(words).await.map_err(|_| Problem::NotFound)?;
    let Some(ReporterView::Case(told)) = candor.visit(&cookie).await? else {
        return Err(Problem::NotFound);
    };
    let number = told.number;
    let posts: Vec<PostId> = match &candor.dispute(&number).await?.stage {
        Stage::Panel(panel) => {
            [&panel.sides.raising.post, &panel.sides.concerned.post].map(Clone::clone).into()
        }
        _ => return Err(Problem::Damaged),
    };
    let mut held = Vec::new();
    for post in &posts {
        held.push(cast.in_post(candor, post).await?);
    }
    let mut proposal = Proposal {
        issue: text(&one.text, proposal::limit::ISSUE)?,
        finding: text(&one.text, proposal::limit::FINDING)?,
        document: one.document.clone(),
        kind: one.kind,
        actions: Vec::new(),
        none_needed: true,
        library_text: text(&one.text, proposal::limit::LIBRARY_TEXT)?,
        comparison: Comparison::default(),
    };
    for (signed_in, seat) in &held {
        let act = HandlerAct::Acknowledge { no_conflict: true };
        candor.handler_acts(signed_in, seat, &number, ALL, act).await?;
    }
    if let Some((signed_in, seat)) = held.first() {
        compare(candor, signed_in, seat, &number, &mut proposal).await?;
        candor.handler_acts(signed_in, seat, &number, ALL, HandlerAct::Propose(proposal)).await?;
    }
    let dispute = candor.dispute(&number).await?;
    let table = dispute.panel().and_then(|panel| panel.on_table.as_ref());
    let hash = table.map(|table| table.hash).ok_or(Problem::Damaged)?;
    for (signed_in, seat) in &held {
        candor.handler_acts(signed_in, seat, &number, ALL, HandlerAct::Accept { hash }).await?;
    }
    if let Some(rating) = one.commanders.map(rating) {
        for (signed_in, seat) in &held {
            let act = HandlerAct::Rate { rating, words: Prose::default() };
            candor.handler_acts(signed_in, seat, &number, ALL, act).await?;
        }
    }
    if let Some(rating) = one.reporter.map(rating) {
        let act = ReporterAct::Rate { rating, text: Prose::default() };
        candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await?;
    }
    Ok(())
}

const fn rating([clarity, fairness, works]: [Points; 3]) -> Rating {
    Rating { clarity, fairness, works }
}

fn text(words: &str, most: usize) -> Result<Prose, Problem> {
    Prose::parse(words, most).map_err(|error| Problem::Unusable(error.to_string()))
}

#[cfg(test)]
mod tests {
    use super::{BEFORE, earlier};
    use crate::clock::DAY;
    use crate::demonstration::data::organisation;
    use crate::domain::exposure::check;
    use crate::domain::library::LEAST_TOGETHER;

    #[test]
    fn at_least_a_dozen_appear_by_themselves() {
        let (organisation, all) = (organisation().unwrap(), earlier().unwrap());
        assert!(all.len() >= 12);
        for one in &all {
            assert!(organisation.category(&one.category).is_some(), "{}", one.category);
            let known = one.document.as_ref().is_none_or(|id| organisation.document(id).is_some());
            assert!(known, "{:?}", one.document);
            let found: Vec<_> = check(&one.text).into_iter().map(|flag| flag.excerpt.to_owned()).collect();
            assert_eq!(found, Vec::<String>::new(), "{}", one.text);
            let same = all.iter().filter(|other| other.day == one.day).count();
            assert!(same >= LEAST_TOGETHER);
        }
    }

    #[test]
    fn whole_weeks_pass_so_that_days_of_the_week_stay() {
        assert_eq!(BEFORE % (7 * DAY), 0);
    }
}
