//! For Council leads: drafts that wait for a look before they may appear, and entries to withdraw.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::id::{DraftId, EntryId};
use crate::domain::library::Worth;
use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::service::Problem;
use crate::service::library::{Among, Shown, WaitingDraft, Why};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, InPath, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::sign_in::afresh;

use super::KEEP;
use super::lines::{self, heading};
use super::withdraw::{Sent, What};

/// Entries offered to be withdrawn: those of the newest months. Older ones are found by their address.
const ENTRIES: usize = 60;

#[derive(Template)]
#[template(path = "library/keep.html")]
struct KeepPage<'a> {
    frame: StaffFrame,
    drafts: Vec<(String, String, &'a [Why])>,
    entries: Vec<(String, String, String)>,
    done: &'a str,
}

#[derive(Template)]
#[template(path = "library/keep_draft.html")]
struct DraftPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    draft: &'a WaitingDraft,
    text: &'a str,
    reason: &'a str,
    problems: &'a Problems,
    fresh: bool,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let waiting = app.candor.waiting_drafts(&staff.signed_in).await?;
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let all = Among::default();
    let entries = shelf.among(&all).filter(|entry| entry.worth == Worth::Current).take(ENTRIES);
    let page = KeepPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        drafts: waiting
            .iter()
            .map(|draft| {
                let href = format!("{KEEP}/drafts/{}", draft.id);
                (href, heading(draft.text.as_str()), &draft.why[..])
            })
            .collect(),
        entries: entries
            .map(|entry| {
                let about = lines::topic(entry, organisation).unwrap_or_default();
                let about = format!("{} {about}", entry.month.label());
                (format!("{KEEP}/entries/{}", entry.id), heading(&entry.text), about)
            })
            .collect(),
        done: &done,
    };
    Ok(Page::of(&page)?.into_response())
}

async fn waiting(app: &App, staff: &Staff, id: &str) -> Result<WaitingDraft, Failure> {
    let id: DraftId = id.parse().map_err(|_| Failure::NotFound)?;
    let all = app.candor.waiting_drafts(&staff.signed_in).await?;
    all.into_iter().find(|draft| draft.id == id).ok_or(Failure::NotFound)
}

pub async fn draft(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let draft = waiting(&app, &staff, &id).await?;
    let page = DraftPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        text: draft.text.as_str(),
        reason: "",
        draft: &draft,
        problems: &Problems::default(),
        fresh: staff.signed_in.fresh,
    };
    Ok(Page::of(&page)?.into_response())
}

/// Lets a draft appear, or holds it.
pub async fn send_draft(
    State(app): State<App>,
    headers: HeaderMap,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let draft = waiting(&app, &staff, &id).await?;
    let (text, reason) = (form.one("text"), form.one("reason"));
    let mut problems = Problems::default();
    let holds = match form.one("do") {
        "release" => false,
        "hold" => true,
        _ => return Err(Failure::Malformed),
    };
    let words = if holds {
        Prose::parse(reason, limit::REASON).map_err(|error| problems.add("reason", error.to_string()))
    } else {
        Prose::parse(text, limit::LIBRARY_TEXT).map_err(|error| problems.add("text", error.to_string()))
    };
    let refreshed = afresh(&app, &headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?;
    let by = refreshed.as_ref().unwrap_or(&staff.signed_in);
    if let (true, Ok(words)) = (problems.is_empty(), words) {
        let ended = if holds {
            app.candor.hold_draft(by, draft.id, words).await.map(|()| "held")
        } else {
            app.candor.release_draft(by, draft.id, words).await.map(|()| "released")
        };
        match ended {
            Ok(done) => return Ok(see_other_emptying_the_form(&format!("{KEEP}?done={done}"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            // The other lead was faster.
            Err(Problem::NotFound) => return Err(Failure::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = DraftPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        draft: &draft,
        text,
        reason,
        problems: &problems,
        fresh: by.fresh,
    };
    Ok(Page::of(&page)?.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn current(app: &App, staff: &Staff, id: &str) -> Result<Shown, Failure> {
    // For whom there is no such page, there is no entry on it either.
    app.candor.waiting_drafts(&staff.signed_in).await?;
    let id: EntryId = id.parse().map_err(|_| Failure::NotFound)?;
    let shelf = app.candor.shelf().await?;
    shelf.entry(id).filter(|entry| entry.worth == Worth::Current).cloned().ok_or(Failure::NotFound)
}

fn what(entry: &Shown) -> What<'_> {
    What {
        list: (KEEP, "The library"),
        title: "Withdraw an entry".to_owned(),
        text: &entry.text,
        action: format!("{KEEP}/entries/{}", entry.id),
    }
}

pub async fn entry(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let entry = current(&app, &staff, &id).await?;
    Ok(what(&entry).ask(&app, &staff)?.into_response())
}

pub async fn withdraw(
    State(app): State<App>,
    headers: HeaderMap,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let entry = current(&app, &staff, &id).await?;
    let sent = Sent::read(&app, &headers, &staff, &form).await?;
    let ended = match sent.reason() {
        Some(reason) => Some(app.candor.withdraw_entry(sent.by(&staff), entry.id, reason).await),
        None => None,
    };
    what(&entry).answer(&app, &staff, sent, ended)
}
