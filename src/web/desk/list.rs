//! The desks: which one, and what waits on it.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::agreement::About;
use crate::domain::concern::Pace;
use crate::domain::dispute::{StageName, WaitingFor};
use crate::domain::id::PostId;
use crate::service::cases::{Again, DeskEntry};
use crate::service::readings::{ReadingView, takes_part};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::library::{ReadingLine, reading_line};
use crate::web::page::{Page, StaffFrame, see_other};
use crate::web::restored;
use crate::web::sign_in::{ORGANISATION, TIME};
use crate::web::support::waiting_at;

use super::ratings;
use super::who::{self, Here};
use crate::web::when::{self, Countdown};

/// Pages of a desk that can be asked for; far beyond any desk, so that an address cannot overflow.
pub(super) const LAST_PAGE: u32 = 10_000;

const HEADQUARTERS: &str = "/headquarters";

#[derive(Template)]
#[template(path = "desk/choose.html")]
struct ChoosePage {
    frame: StaffFrame,
    /// Address and name of each post.
    posts: Vec<(String, String)>,
    administrator: bool,
}

#[derive(Template)]
#[template(path = "desk/desk.html")]
struct DeskPage<'a> {
    frame: StaffFrame,
    post_name: &'a str,
    council: bool,
    /// Where the commander of a unit sees what has come to it.
    received: String,
    /// Where the Council reads what is said of outcomes.
    ratings: String,
    restored: String,
    /// A change of calendar or time standards waits for this lead.
    changes_wait: Vec<(&'static str, &'static str)>,
    waiting: Vec<Line>,
    /// Questions and settlements that wait for this post.
    questions: Vec<ReadingLine>,
    /// Requests for support that wait for this post.
    support: Vec<ReadingLine>,
    in_motion: Vec<Line>,
    ended: Vec<Line>,
    page: u32,
    earlier: String,
    later: String,
}

/// A case on a desk.
struct Line {
    number: String,
    href: String,
    raising: String,
    concerned: String,
    stage: &'static str,
    urgent: bool,
    /// "Reopened", "Sent back" or nothing.
    again: &'static str,
    asked: &'static str,
    clock: Countdown,
}

#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    page: u32,
}

/// Straight to the one post's desk, or a choice if there are several.
pub async fn choose(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let mut posts: Vec<(String, String)> = staff
        .signed_in
        .seats
        .iter()
        .map(|seat| match &seat.post {
            PostId::Headquarters(_) => (HEADQUARTERS.to_owned(), directory.post_name(&seat.post)),
            post => (format!("/desk/{}", who::in_address(post)), directory.post_name(post)),
        })
        .collect();
    posts.sort_by(|one, other| one.1.cmp(&other.1));
    if let [(address, _)] = posts.as_slice() {
        return Ok(see_other(address));
    }
    let administrator = staff.signed_in.administrator;
    Ok(Page::of(&ChoosePage { frame: staff.frame(&app, ""), posts, administrator })?.into_response())
}

/// What waits for a post, and by when.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let page = which.page.min(LAST_PAGE);
    let desk = app.candor.desk(&here.staff.signed_in, &here.seat, page).await?;
    let lines = |entries: Vec<DeskEntry>| entries.into_iter().map(|entry| line(entry, &app, &here)).collect();
    let address = |page: u32| format!("/desk/{}?page={page}", here.post);
    let rendered = Page::of(&DeskPage {
        frame: here.frame(&app),
        post_name: &here.post_name,
        council: matches!(here.seat.post, PostId::Council(_)),
        received: match here.seat.post {
            PostId::Commander(_) | PostId::Alternate(_) => format!("/desk/{}/received", here.post),
            _ => String::new(),
        },
        ratings: match here.seat.post {
            PostId::Council(_) | PostId::Secretary => ratings::address(&here),
            _ => String::new(),
        },
        restored: restored::for_staff(&here.directory, app.candor.now()),
        changes_wait: changes_wait(&app, &here).await?,
        waiting: lines(desk.waiting),
        questions: questions(&app, &here).await?,
        support: waiting_at(&app, &here.staff, &here.seat.post, &here.directory).await?,
        in_motion: lines(desk.in_motion),
        ended: lines(desk.ended),
        page: page + 1,
        earlier: page.checked_sub(1).map(address).unwrap_or_default(),
        later: if desk.more { address(page + 1) } else { String::new() },
    })?;
    Ok(rendered.into_response())
}

/// Questions and informal settlements whose turn is this post's.
async fn questions(app: &App, here: &Here) -> Result<Vec<ReadingLine>, Failure> {
    if !takes_part(&here.staff.signed_in) {
        return Ok(Vec::new());
    }
    let all = app.candor.readings(&here.staff.signed_in).await?;
    let here_now = |view: &&ReadingView| {
        view.waits
            && [&view.propose, &view.agree].into_iter().any(|post| post.as_ref() == Some(&here.seat.post))
    };
    let now = app.candor.clock.now();
    Ok(all.open.iter().filter(here_now).map(|view| reading_line(view, &here.directory, now)).collect())
}

/// Address and name of each change that waits for the agreement of this very person.
async fn changes_wait(app: &App, here: &Here) -> Result<Vec<(&'static str, &'static str)>, Failure> {
    let waits = app.candor.changes_wait_for(&here.staff.signed_in).await?;
    Ok(waits
        .into_iter()
        .map(|about| match about {
            About::Time => (TIME, "A change of calendar or time standards waits for you"),
            About::Organisation => (ORGANISATION, "A change of the organisation waits for you"),
        })
        .collect())
}

fn line(entry: DeskEntry, app: &App, here: &Here) -> Line {
    let calendar = &here.directory.calendar;
    let group = matches!(here.seat.post, PostId::WorkingGroup(..));
    let commander = matches!(here.seat.post, PostId::Commander(_) | PostId::Alternate(_));
    let words = match (entry.what, entry.stage) {
        // Seen from another level.
        (WaitingFor::InMotion, StageName::Secretary) => "The Secretary decides",
        (WaitingFor::InMotion, StageName::Field) if !commander => "The commanders resolve it",
        (WaitingFor::InMotion, StageName::Council) if here.seat.post == PostId::Secretary => {
            "The Council resolves it"
        }
        (what, _) => asked(what),
    };
    Line {
        href: here.case(&entry.number),
        // What became of it above does not show where it has left; a working group hears of its own part only.
        stage: if entry.what == WaitingFor::GoneUp || group {
            asked(entry.what)
        } else {
            stage_word(entry.stage)
        },
        urgent: entry.pace == Pace::Extraordinary && !group,
        again: again_word(entry.again),
        asked: words,
        clock: when::countdown(words, entry.since, entry.due, app.candor.clock.now(), calendar),
        number: entry.number,
        raising: entry.raising,
        concerned: entry.concerned,
    }
}

/// What a post is asked for, as a desk says it.
#[must_use]
pub const fn asked(what: WaitingFor) -> &'static str {
    match what {
        WaitingFor::Acknowledgement => "Acknowledge it",
        WaitingFor::Answer => "Answer the other side",
        WaitingFor::Signature => "Sign or reject the version on the table",
        WaitingFor::InMotion => "Resolve it together",
        WaitingFor::Decision => "Decide",
        WaitingFor::Report => "Report to the Council",
        WaitingFor::Action => "Carry out what was agreed",
        WaitingFor::Verification => "See whether it is done",
        WaitingFor::Reprisal => "Answer a report of reprisal",
        WaitingFor::Ended => "Nothing more",
        WaitingFor::GoneUp => "Gone up a level",
    }
}

/// How pages call a stage.
#[must_use]
pub const fn stage_word(stage: StageName) -> &'static str {
    match stage {
        StageName::Field => "Field",
        StageName::Council => "Council",
        StageName::Secretary => "Secretary",
        StageName::Resolved => "Resolved",
        StageName::Closed => "Closed",
    }
}

/// That a level has a case for another time, as a tag says it.
#[must_use]
pub const fn again_word(again: Option<Again>) -> &'static str {
    match again {
        Some(Again::Reopened) => "Reopened",
        Some(Again::SentBack) => "Sent back",
        None => "",
    }
}
