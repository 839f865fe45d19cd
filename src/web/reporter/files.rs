//! Attaching files on a visit.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::attachment::MOST;
use crate::service::Problem;
use crate::service::inbox::{ReporterView, SentFile, WaitingAct};
use crate::web::App;
use crate::web::cookies;
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::form::Problems;
use crate::web::layers::headers::Sending;
use crate::web::page::{Page, VisitorFrame, see_other_emptying_the_form};
use crate::web::upload::Stopped;

use super::Guest;
use super::choice::Choice;
use super::visit::ended;

#[derive(Template)]
#[template(path = "reporter/files.html")]
struct FilesPage<'a> {
    frame: VisitorFrame,
    csrf: CsrfToken,
    errors: &'a Problems,
    /// Files that have become part of the case, in words.
    kept: Vec<String>,
    waiting: Vec<&'a WaitingAct>,
    /// How many more may come.
    left: usize,
    readers: Vec<Choice>,
}

const READERS: [(&str, &str); 2] = [
    ("council", "The Council only. Choose this if you are not sure"),
    ("all", "The two commanders as well, who handle it first"),
];

fn page(
    frame: VisitorFrame,
    csrf: CsrfToken,
    view: &ReporterView,
    chosen: &str,
    errors: &Problems,
) -> Result<Response, Failure> {
    let (kept, waiting) = match view {
        ReporterView::Waiting(waiting) => (Vec::new(), waiting),
        ReporterView::Case(case) => (case.files.iter().map(SentFile::words).collect(), &case.waiting),
    };
    let waiting: Vec<_> = waiting.iter().filter(|act| act.is_a_file).collect();
    let left = MOST.saturating_sub(kept.len() + waiting.len());
    let chosen = if chosen.is_empty() { "council" } else { chosen };
    let readers = READERS.map(|(value, label)| Choice::new(value, label, chosen)).to_vec();
    let page = Page::of(&FilesPage { frame, csrf, errors, kept, waiting, left, readers })?;
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let mut response = page.with_status(status).into_response();
    response.extensions_mut().insert(Sending);
    Ok(response)
}

/// The page with the choice of a file.
pub async fn show(
    State(app): State<App>,
    Guest(frame): Guest,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let cookie = cookies::value(&headers, cookies::VISIT).unwrap_or_default();
    let Some(view) = app.candor.visit(cookie).await? else { return ended(frame, "") };
    page(frame, CsrfToken::of(cookie.as_bytes()), &view, "", &Problems::default())
}

/// Takes one file in: read as it arrives, cleaned, sealed.
pub async fn send(
    State(app): State<App>,
    Guest(frame): Guest,
    request: Request,
) -> Result<Response, Failure> {
    let cookie = cookies::value(request.headers(), cookies::VISIT).unwrap_or_default().to_owned();
    let csrf = CsrfToken::of(cookie.as_bytes());
    let Some(view) = app.candor.visit(&cookie).await? else { return ended(frame, "") };
    let again = |frame, view: &ReporterView, chosen: &str, words: String| -> Result<Response, Failure> {
        let mut errors = Problems::default();
        errors.add("file", words);
        page(frame, csrf.clone(), view, chosen, &errors)
    };
    // Whether there is room in the case is asked before anything is read.
    let attaching = match app.candor.attaching(&cookie).await {
        Ok(attaching) => attaching,
        Err(Problem::NotFound) => return ended(frame, ""),
        Err(Problem::Unusable(words)) => return again(frame, &view, "", words),
        Err(problem) => return Err(problem.into()),
    };
    let Some(_place) = app.uploads.place() else { return Err(BUSY) };
    let sent = match app.uploads.read(request, |token| csrf.matches(token)).await {
        Ok(sent) => sent,
        Err(Stopped::Full) => return Err(BUSY),
        Err(Stopped::Stale) => return ended(frame, ""),
        Err(Stopped::Broken) => return Err(Failure::Malformed),
        Err(Stopped::Slow) => return again(frame, &view, "", SLOW.to_owned()),
        Err(Stopped::TooLarge) => {
            return again(frame, &view, "", crate::cleaning::Refused::TooLarge.to_string());
        }
    };
    let readers = sent.one("readers").to_owned();
    let file = match app.uploads.clean(sent).await {
        Ok(file) => file,
        Err(refused) => return again(frame, &view, &readers, refused.to_string()),
    };
    match app.candor.attach(&attaching, file, readers != "all").await {
        Ok(_) => Ok(see_other_emptying_the_form(super::FILES)),
        Err(Problem::NotFound) => ended(frame, ""),
        Err(Problem::Unusable(words)) => again(frame, &view, &readers, words),
        Err(problem) => Err(problem.into()),
    }
}

const BUSY: Failure = Failure::Busy { seconds: 30 };

const SLOW: &str = "The file came too slowly and was dropped. Try again, or make it smaller first.";
