//! The one case page of every deciding level.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::domain::concern::{Month, Pace, Statement, Tried};
use crate::domain::dispute::{Side, Stage};
use crate::domain::id::PostId;
use crate::service::cases::{Again, CaseView, Entry};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{Done, InPath, Query};
use crate::web::library;
use crate::web::page::{Page, StaffFrame};

use super::act::Act;
use super::around::Around;
use super::difference::Mark;
use super::file::{self, FileLine};
use super::group::{self, GroupBox};
use super::list::{again_word, stage_word};
use super::proposal_words::{self, Version};
use super::ratings::Rated;
use super::remedies::{self, Ending, Outcome, Remedy};
use super::sides::{self, Position, Standing};
use super::waits::Waits;
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
    /// "Reopened", "Sent back" or nothing.
    again: &'static str,
    reopened: bool,
    urgent: bool,
    done: &'static str,
    clocks: Vec<Countdown>,
    /// What waits, and why.
    primary: Option<Offer>,
    others: Vec<Offer>,
    instructions: Vec<Said>,
    group: Option<GroupBox>,
    /// Side by side: for the Council until it is decided, for the commanders once one was stated.
    positions: Option<[Position; 2]>,
    sides: [Standing; 2],
    statement: Vec<(&'static str, String)>,
    files: Vec<FileLine>,
    reporter: Vec<Said>,
    /// Who talk among themselves here.
    room_name: &'static str,
    room: Vec<Said>,
    reprisal: Vec<Said>,
    versions: Vec<Version>,
    outcome: Option<Outcome>,
    remedies: Vec<Remedy>,
    check_ins: Vec<Said>,
    /// What was said of the outcome, for the Council.
    ratings: Vec<Rated>,
    closed: Option<Ending>,
    /// That the texts are gone, and that they are kept longer, in words.
    gone: String,
    held: String,
    /// Entries of the library: address, first words, month.
    precedents: Vec<(String, String, String)>,
    history: Vec<(String, &'a str)>,
}

/// Something that can be done, with its address.
pub struct Offer {
    pub href: String,
    pub title: String,
    pub why: &'static str,
}

/// Something that was said.
pub struct Said {
    pub label: String,
    pub when: String,
    pub mine: bool,
    pub text: String,
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
    let sheet = here.sheet(&app)?;
    let page = match here.seat.post {
        PostId::WorkingGroup(..) => group::page(sheet, &view, &done.done)?,
        _ => page(sheet, &view, &done.done)?,
    };
    Ok(page.into_response())
}

pub(super) fn page(sheet: Sheet<'_>, view: &CaseView, done: &str) -> Result<Page, Failure> {
    let around = &sheet.around;
    let address = sheet.case(&view.number);
    let (primary, others) = offers(view, &address);
    let council = matches!(view.seat.post, PostId::Council(_) | PostId::Secretary);
    let decides = matches!(view.dispute.stage, Stage::Panel(_) | Stage::Secretary(_));
    let again = Again::of(&view.dispute, &view.seat.post).filter(|_| !view.frozen);
    Page::of(&CasePage {
        desk: format!("/desk/{}", sheet.post),
        post_name: sheet.post_name,
        stage: if view.frozen { "Left your desk" } else { stage_word(view.stage) },
        again: again_word(again),
        reopened: again == Some(Again::Reopened),
        urgent: view.dispute.pace == Pace::Extraordinary,
        done: Act::from_word(done).map_or("", Act::done),
        clocks: clocks(view, around),
        primary,
        others,
        instructions: said(&view.later.instructions, view.now, around),
        group: group::in_a_box(view, around),
        positions: (if council { decides } else { !view.positions.is_empty() })
            .then(|| Side::BOTH.map(|side| sides::position(view, side, around))),
        sides: Side::BOTH.map(|side| sides::standing(view, side, around)),
        statement: view.statement.as_ref().map_or_else(Vec::new, |statement| answers(statement, view)),
        files: file::lines(view, &address),
        reporter: said(&view.reporter_thread, view.now, around),
        room_name: if council { "Among those who decide" } else { "Between the two sides" },
        room: said(&view.room, view.now, around),
        reprisal: said(&view.later.reprisal, view.now, around),
        versions: proposal_words::versions(view, around, view.now),
        outcome: remedies::outcome(view, around),
        remedies: {
            let actions = view.later.actions.iter();
            actions.map(|action| remedies::remedy(view, action, around, &address)).collect()
        },
        check_ins: remedies::check_ins(view),
        ratings: view.later.ratings.iter().map(|rating| Rated::of(rating, view.now, around)).collect(),
        closed: remedies::closing(view, around),
        gone: gone(view, around),
        held: held(view, around),
        precedents: precedents(view),
        history: history(view, around),
        view,
        frame: sheet.frame,
    })
}

/// That the texts are gone; empty while they are there.
pub(super) fn gone(view: &CaseView, around: &Around<'_>) -> String {
    let stays = if view.outcome.is_some() { " The resolution stays." } else { "" };
    match view.kept.gone_at {
        _ if !view.kept.gone => String::new(),
        Some(at) => format!(
            "The texts of this case were destroyed on {}. Their time ends 90 days after a case is closed.{stays}",
            when::day(at, around.calendar)
        ),
        None => format!("The texts of this case were destroyed, because their time had come.{stays}"),
    }
}

/// That it is held; empty while it is not.
fn held(view: &CaseView, around: &Around<'_>) -> String {
    view.kept.held.as_ref().map_or_else(String::new, |(since, post)| {
        format!(
            "By order of {post}, since {}, nothing of this case is destroyed until a Council lead lifts the hold.",
            when::day(*since, around.calendar)
        )
    })
}

/// What the library says, as pages show it.
pub(super) fn precedents(view: &CaseView) -> Vec<(String, String, String)> {
    view.precedents().into_iter().map(library::brief).collect()
}

/// What has happened, with when.
pub(super) fn history<'a>(view: &'a CaseView, around: &Around<'_>) -> Vec<(String, &'a str)> {
    let at = |at: Timestamp| when::moment(at, view.now, around.calendar);
    view.history.iter().map(|(when, words)| (at(*when), words.as_str())).collect()
}

/// The one thing that waits, and what else is open.
pub(super) fn offers(view: &CaseView, address: &str) -> (Option<Offer>, Vec<Offer>) {
    let offer = |act: Act, why| {
        let href = match remedies::first(view, act) {
            Some(action) => remedies::address(address, act, action),
            None => format!("{address}/{}", act.word()),
        };
        Offer { href, title: act.title(view), why }
    };
    let first = Waits::of(view).first(view);
    let others = Act::ALL
        .into_iter()
        // What is about one action stands beside that action.
        .filter(|act| act.is_open(view) && !act.is_about_an_action())
        .filter(|act| first.is_none_or(|(first, _)| first != *act))
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

/// Entries as pages show them.
pub(super) fn said(entries: &[Entry], now: Timestamp, around: &Around<'_>) -> Vec<Said> {
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
