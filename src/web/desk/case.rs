//! The one case page of every deciding level.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::domain::concern::{Month, Pace, Statement, Tried};
use crate::domain::dispute::{Closing, Level, Side, Stage};
use crate::domain::id::PostId;
use crate::service::cases::{CaseView, Entry};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::page::{Page, StaffFrame};

use super::act::{Act, Waits, side_word};
use super::around::Around;
use super::difference::Mark;
use super::list::stage_word;
use super::proposal_words::{self, Line, Version};
use super::who::{Here, Sheet};
use crate::web::when::{self, Countdown};

#[derive(Template)]
#[template(path = "desk/case.html")]
struct CasePage<'a> {
    frame: StaffFrame,
    desk: String,
    post_name: &'a str,
    view: &'a CaseView,
    stage: &'static str,
    urgent: bool,
    done: &'static str,
    clocks: Vec<Countdown>,
    /// What waits, and why.
    primary: Option<Offer>,
    others: Vec<Offer>,
    /// Side by side: always for the Council, for the commanders once one was stated.
    positions: Option<[Position; 2]>,
    sides: [Standing; 2],
    statement: Vec<(&'static str, String)>,
    reporter: Vec<Said>,
    room: Vec<Said>,
    versions: Vec<Version>,
    outcome: Option<Outcome>,
    closed: &'static str,
    history: Vec<(String, &'a str)>,
}

struct Offer {
    href: String,
    title: String,
    why: &'static str,
}

/// Where one side stands.
struct Standing {
    word: &'static str,
    component: String,
    place: String,
    post_name: String,
    mine: bool,
    facts: Vec<(&'static str, String)>,
}

/// What one side wants, as far as it has said.
struct Position {
    component: String,
    place: String,
    stated: Option<(String, String)>,
    /// The newest version that came from this side.
    proposed: Option<(u32, Vec<Line>)>,
    rejected: Vec<(u32, String)>,
}

struct Said {
    label: String,
    when: String,
    mine: bool,
    text: String,
}

struct Outcome {
    level: &'static str,
    lines: Vec<Line>,
    signed: Vec<String>,
    time_taken: &'static str,
}

#[derive(Debug, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

/// A case as the seat may see it.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((post, number)): InPath<(String, String)>,
    Query(done): Query<Done>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let view = app.candor.case(&here.staff.signed_in, &here.seat, &number).await?;
    Ok(page(here.sheet(&app)?, &view, &done.done)?.into_response())
}

pub(super) fn page(sheet: Sheet<'_>, view: &CaseView, done: &str) -> Result<Page, Failure> {
    let around = &sheet.around;
    let (primary, others) = offers(view, &sheet.case(&view.number));
    let council = matches!(sheet.seat.post, PostId::Council(_) | PostId::Secretary);
    Page::of(&CasePage {
        desk: format!("/desk/{}", sheet.post),
        post_name: sheet.post_name,
        stage: if view.frozen { "Left your desk" } else { stage_word(view.stage) },
        urgent: view.dispute.pace == Pace::Extraordinary,
        done: Act::from_word(done).map_or("", Act::done),
        clocks: clocks(view, around),
        primary,
        others,
        positions: (council || !view.positions.is_empty())
            .then(|| Side::BOTH.map(|side| position(view, side, around))),
        sides: Side::BOTH.map(|side| standing(view, side, around)),
        statement: view.statement.as_ref().map_or_else(Vec::new, |statement| answers(statement, view)),
        reporter: said(&view.reporter_thread, view.now, around),
        room: said(&view.room, view.now, around),
        versions: proposal_words::versions(&view.proposals, around, view.now),
        outcome: outcome(view, around),
        closed: closed(view),
        history: view
            .history
            .iter()
            .map(|(at, words)| (when::moment(*at, view.now, around.calendar), words.as_str()))
            .collect(),
        view,
        frame: sheet.frame,
    })
}

fn offers(view: &CaseView, address: &str) -> (Option<Offer>, Vec<Offer>) {
    let offer =
        |act: Act, why| Offer { href: format!("{address}/{}", act.word()), title: act.title(view), why };
    let first = Waits::of(view).first(view);
    let others = Act::ALL
        .into_iter()
        .filter(|act| view.offers.contains(&act.kind()) && first.is_none_or(|(first, _)| first != *act))
        .map(|act| offer(act, ""))
        .collect();
    (first.map(|(act, why)| offer(act, why)), others)
}

fn clocks(view: &CaseView, around: &Around<'_>) -> Vec<Countdown> {
    let mut clocks = Vec::new();
    if view.frozen {
        return clocks;
    }
    if let (Stage::Panel(panel), Some(side)) = (&view.dispute.stage, view.my_side)
        && panel.sides.get(side).acknowledged.is_none()
    {
        let by = panel.acknowledge_by;
        clocks.push(when::countdown("Acknowledge", panel.entered, by, view.now, around.calendar));
    }
    if let (Some(entered), Some(due)) = (view.entered, view.level_due) {
        let label = match view.dispute.stage {
            Stage::Secretary(_) => "Decide",
            _ => "Resolve",
        };
        clocks.push(when::countdown(label, entered, due, view.now, around.calendar));
    }
    clocks
}

fn standing(view: &CaseView, side: Side, around: &Around<'_>) -> Standing {
    let shown = view.sides.get(side);
    let at = |at: Timestamp| when::moment(at, view.now, around.calendar);
    let mut facts = Vec::new();
    if matches!(view.dispute.stage, Stage::Panel(_)) && !view.frozen {
        facts.push((
            "Acknowledged",
            shown.acknowledged.map_or_else(|| "Not yet".to_owned(), |when| format!("Yes, {}", at(when))),
        ));
        if view.proposals.iter().any(|version| version.on_table) {
            let signed = shown.accepted.as_ref();
            facts.push((
                "Signed the version on the table",
                signed
                    .map_or_else(|| "Not yet".to_owned(), |acceptance| format!("Yes, {}", at(acceptance.at))),
            ));
        }
        for (is, what) in [
            (shown.wants_extension, "More time"),
            (shown.asked_to_escalate, "To escalate"),
            (shown.signed_not_joint, "To close as not joint"),
        ] {
            if is {
                facts.push(("Asks for", what.to_owned()));
            }
        }
    }
    Standing {
        word: side_word(side),
        component: shown.component.clone(),
        place: shown.place.clone(),
        post_name: shown.post_name.clone(),
        mine: view.my_side == Some(side),
        facts,
    }
}

/// What a side has said so far. A position carries the name of the post that stated it.
fn position(view: &CaseView, side: Side, around: &Around<'_>) -> Position {
    let standing = view.dispute.sides.get(side);
    let names = [
        PostId::Commander(standing.unit.clone()),
        PostId::Alternate(standing.unit.clone()),
        PostId::Council(standing.component.clone()),
    ]
    .map(|post| around.post_name(&post));
    let shown = view.sides.get(side);
    let newest = view.proposals.iter().rfind(|version| names.contains(&version.by));
    Position {
        component: shown.component.clone(),
        place: shown.place.clone(),
        stated: view
            .positions
            .iter()
            .rfind(|entry| names.contains(&entry.label))
            .map(|entry| (entry.label.clone(), entry.text.as_str().to_owned())),
        proposed: newest.map(|version| {
            let mut lines = proposal_words::lines(&version.proposal, around);
            lines.retain(|line| matches!(line.label, "Finding" | "Type" | "Actions"));
            (version.number, lines)
        }),
        rejected: view
            .proposals
            .iter()
            .filter_map(|version| Some((version.number, version.rejected.as_ref()?)))
            .filter(|(_, (who, _))| names.contains(who))
            .map(|(number, (_, why))| (number, why.as_str().to_owned()))
            .collect(),
    }
}

/// The concern's answers; what was left out is left out.
fn answers(statement: &Statement, view: &CaseView) -> Vec<(&'static str, String)> {
    let tried = match statement.tried {
        Tried::NotSaid => String::new(),
        other => other.label().to_owned(),
    };
    let mut answers = vec![
        ("What happens", statement.what_happens.as_str().to_owned()),
        ("Category", view.category.clone().unwrap_or_default()),
        ("Governing document", view.document.clone().unwrap_or_default()),
        ("How often", statement.frequency.map_or_else(String::new, |frequency| frequency.label().to_owned())),
        ("First seen", statement.since.map_or_else(String::new, Month::label)),
        ("What it leads to", statement.effect.as_str().to_owned()),
        ("Raised directly before", tried),
        ("What came of that", statement.tried_words.as_str().to_owned()),
        ("What would help", statement.remedy.as_str().to_owned()),
    ];
    answers.retain(|(_, answer)| !answer.is_empty());
    answers
}

fn said(entries: &[Entry], now: Timestamp, around: &Around<'_>) -> Vec<Said> {
    entries
        .iter()
        .map(|entry| Said {
            label: entry.label.clone(),
            when: entry.when.map_or_else(String::new, |when| when::moment(when, now, around.calendar)),
            mine: entry.mine,
            text: entry.text.as_str().to_owned(),
        })
        .collect()
}

fn outcome(view: &CaseView, around: &Around<'_>) -> Option<Outcome> {
    view.outcome.as_ref().map(|resolution| Outcome {
        level: match resolution.level {
            Level::Field => "by the two commanders",
            Level::Council => "by the Council",
            Level::Secretary => "by the Secretary",
        },
        lines: proposal_words::lines(&resolution.proposal, around),
        signed: resolution.signed.iter().map(|post| around.post_name(post)).collect(),
        time_taken: resolution.time_taken.label(),
    })
}

const fn closed(view: &CaseView) -> &'static str {
    match &view.dispute.stage {
        _ if view.frozen => "",
        Stage::Closed(closed) => match closed.why {
            Closing::NotJoint => "Both sides signed that this is not a joint dispute.",
            Closing::Withdrawn => "The reporter withdrew the concern.",
            Closing::Completed => "Everything that was agreed is carried out.",
            Closing::Incomplete => "180 days have passed, and not everything is carried out.",
        },
        _ => "",
    }
}
