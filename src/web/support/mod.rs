//! Support that one side asks of the other: what somebody has to do with, asking for it, and each request on a page of
//! its own.

mod ask;
mod one;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::support::{End, Given, Standing};
use crate::service::Directory;
use crate::service::support::{SupportView, takes_part};

use super::App;
use super::actor::Staff;
use super::errors::Failure;
use super::form::{Done, Query};
use super::library::{ReadingLine as Line, heading};
use super::page::{Page, StaffFrame};
use super::routes::{Area, Routes};
use super::when;

pub const SUPPORT: &str = "/staff/support";
const ASK: &str = "/staff/support/ask";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Account)
        .get(SUPPORT, list)
        .get(ASK, ask::form)
        .post(ASK, ask::send)
        .get("/staff/support/{id}", one::show)
        .post("/staff/support/{id}", one::act)
}

#[derive(Template)]
#[template(path = "support/list.html")]
struct ListPage<'a> {
    frame: StaffFrame,
    waiting: Vec<Line>,
    open: Vec<Line>,
    ended: Vec<Line>,
    done: &'a str,
}

/// What a request asks of this person, or where it stands.
fn asked(view: &SupportView) -> &'static str {
    let word = view.support.confirmed.as_ref().or(view.support.answer.as_ref());
    match (view.standing, view.waits()) {
        (Standing::Asked, true) => "Say what you give",
        (Standing::Answered, true) => "Say what came",
        (Standing::Asked, false) => "The other side has it",
        (Standing::Answered, false) => "Answered; the other side says what came",
        (Standing::Unanswered, _) => "Unanswered by its date",
        (Standing::Withdrawn, _) => "Withdrawn",
        (Standing::Confirmed | Standing::Refused | Standing::Unconfirmed, _) => {
            match word.map(|word| word.given) {
                Some(Given::InFull) => "Given in full",
                Some(Given::InPart) => "Given in part",
                Some(Given::NotGiven) | None => "Not given",
            }
        }
    }
}

/// One in a list, for this person.
pub fn line(view: &SupportView, directory: &Directory, now: crate::clock::Timestamp) -> Line {
    let support = &view.support;
    let asked = asked(view);
    let about = match view.end {
        End::Asking => format!("Asked of {}", directory.post_name(&support.of)),
        End::Asked => format!("Asked by {}", directory.post_name(&support.from.post)),
    };
    Line {
        href: format!("{SUPPORT}/{}", view.id),
        heading: heading(support.what.as_str()),
        about,
        asked,
        clock: when::countdown(asked, support.since, support.next_due(), now, &directory.calendar),
    }
}

async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let all = app.candor.requests(&staff.signed_in).await?;
    let directory = app.candor.directory().await?;
    let now = app.candor.now();
    let lines = |views: &[&SupportView]| views.iter().map(|view| line(view, &directory, now)).collect();
    let (waiting, open): (Vec<&SupportView>, Vec<_>) = all.open.iter().partition(|view| view.waits());
    let page = ListPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        waiting: lines(&waiting),
        open: lines(&open),
        ended: lines(&all.ended.iter().collect::<Vec<_>>()),
        done: &done,
    };
    Ok(Page::of(&page)?.into_response())
}

/// What waits for a desk, to be shown on its page.
pub async fn waiting_at(
    app: &App,
    staff: &Staff,
    post: &crate::domain::id::PostId,
    directory: &Directory,
) -> Result<Vec<Line>, Failure> {
    if !takes_part(&staff.signed_in) {
        return Ok(Vec::new());
    }
    let waiting = app.candor.waiting_requests(&staff.signed_in).await?;
    let here = waiting.iter().filter(|view| view.post == *post);
    let now = app.candor.now();
    Ok(here.map(|view| line(view, directory, now)).collect())
}
