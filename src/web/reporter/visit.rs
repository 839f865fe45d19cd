//! Coming back with a receipt: opening a visit, acting on it, ending it.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::concern::Dispatch;
use crate::service::Problem;
use crate::service::inbox::{Acted, ReporterView, VisitError};
use crate::web::App;
use crate::web::addresses;
use crate::web::cookies;
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame, as_large_as_a_visit, see_other, see_other_emptying_the_form};
use crate::web::restored;

use super::Guest;
use super::raise::closed;
use super::visit_act::{self, field_of, read_act};
use super::visit_page;
use crate::web::form::{Fields, Problems};

#[derive(Template)]
#[template(path = "reporter/return.html")]
struct ReturnPage<'a> {
    frame: VisitorFrame,
    errors: &'a Problems,
    words: &'a str,
    notice: &'static str,
    /// What was typed into a visit that had ended meanwhile.
    kept: &'a str,
    /// That the site was restored and something may be lost.
    restored: String,
}

#[derive(Template)]
#[template(path = "reporter/taken_back.html")]
struct TakenBackPage {
    frame: VisitorFrame,
}

const ENDED: &str = "Your visit has ended. Type your ten words again to go on.";

/// Asks for the ten words.
pub async fn ask(State(app): State<App>, Guest(frame): Guest) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    if !directory.founded {
        return closed(frame);
    }
    let restored = restored::for_reporters(&directory, app.candor.now());
    let errors = Problems::default();
    Ok(Page::of(&ReturnPage { frame, errors: &errors, words: "", notice: "", kept: "", restored })?
        .into_response())
}

/// Opens a visit. Right words and wrong ones are answered alike on the wire (AN-17): the browser goes on to the
/// visit's page with a cookie, which holds the visit or what was typed.
pub async fn open(State(app): State<App>, Guest(frame): Guest, fields: Fields) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    if !directory.founded {
        return closed(frame);
    }
    let typed = fields.one("words");
    match app.candor.answer_receipt(typed).await {
        Ok(cookie) => {
            let mut response = see_other_emptying_the_form(super::VISIT);
            cookies::set(&mut response, cookies::VISIT, &cookie);
            Ok(response)
        }
        Err(VisitError::Problem(problem)) => Err(problem.into()),
        Err(error) => {
            let page = refused(frame, typed, &error, restored::for_reporters(&directory, app.candor.now()))?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
    }
}

fn refused(frame: VisitorFrame, typed: &str, why: &VisitError, restored: String) -> Result<Page, Failure> {
    let mut errors = Problems::default();
    errors.add("words", why.to_string());
    Page::of(&ReturnPage { frame, errors: &errors, words: typed, notice: "", kept: "", restored })
}

/// The visit itself, or what is wrong with the words that were typed. Neither comes before the other could.
pub async fn show(
    State(app): State<App>,
    Guest(frame): Guest,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let visited = visited(&app, frame, &headers);
    let (visited, ()) = tokio::join!(visited, tokio::time::sleep(app.settings.visit_after));
    visited.map(as_large_as_a_visit)
}

async fn visited(app: &App, frame: VisitorFrame, headers: &HeaderMap) -> Result<Response, Failure> {
    let cookie = cookies::value(headers, cookies::VISIT).unwrap_or_default();
    if let Some((typed, why)) = app.candor.refused_receipt(cookie) {
        let restored = restored::for_reporters(&*app.candor.directory().await?, app.candor.now());
        return Ok(refused(frame, &typed, &why, restored)?.into_response());
    }
    let Some(view) = app.candor.visit(cookie).await? else { return ended(frame, "") };
    let directory = app.candor.directory().await?;
    let csrf = CsrfToken::of(cookie.as_bytes());
    let page = visit_page::page(frame, csrf, &view, &Fields::parse(b"")?, &Problems::default(), &directory)?;
    Ok(page.into_response())
}

/// Does one thing on a visit.
pub async fn act(
    State(app): State<App>,
    Guest(frame): Guest,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let cookie = cookies::value(&headers, cookies::VISIT).unwrap_or_default();
    let csrf = CsrfToken::of(cookie.as_bytes());
    let kept = visit_act::TEXTS.map(|name| fields.one(name)).concat();
    let Some(view) = app.candor.visit(cookie).await? else { return ended(frame, &kept) };
    if !csrf.matches(fields.one(crate::web::csrf::FIELD)) {
        return ended(frame, &kept);
    }
    let directory = app.candor.directory().await?;
    if fields.one("act") == "take_back" {
        if let Ok(index) = fields.one("index").parse() {
            app.candor.take_back(cookie, index).await?;
        }
        return Ok(see_other(super::VISIT));
    }
    // Said before: sending it again would only leave a refusal to be seen.
    if fields.one("act") == "pressed"
        && matches!(&view, ReporterView::Case(case) if case.pressed)
        && fields.has("pressed_sure")
    {
        return Ok(see_other_emptying_the_form(super::VISIT));
    }
    let mut errors = match read_act(&fields, &view, directory.organisation()?) {
        Err(errors) => errors,
        Ok(act) => match app.candor.reporter_acts(cookie, &act, Dispatch::Mixed).await {
            Ok(Acted::TakenBack) => return Ok(taken_back()),
            Ok(Acted::Sent | Acted::SentBefore) => return Ok(see_other_emptying_the_form(super::VISIT)),
            Err(Problem::NotFound) => return ended(frame, &kept),
            Err(Problem::Unusable(words)) => {
                let mut errors = Problems::default();
                errors.add(field_of(&act), words);
                errors
            }
            Err(Problem::Refused(refusal)) => {
                let mut errors = Problems::default();
                errors.add(field_of(&act), refusal.to_string());
                errors
            }
            Err(problem) => return Err(problem.into()),
        },
    };
    if errors.is_empty() {
        errors.add("act", "Choose what to do.");
    }
    let page = visit_page::page(frame, csrf, &view, &fields, &errors, &directory)?;
    Ok(as_large_as_a_visit(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response()))
}

/// After a concern was taken back before its batch.
pub async fn taken_back_page(Guest(frame): Guest) -> Result<Response, Failure> {
    Ok(Page::of(&TakenBackPage { frame })?.into_response())
}

fn taken_back() -> Response {
    let mut response = see_other_emptying_the_form(super::TAKEN_BACK);
    cookies::forget(&mut response, cookies::VISIT);
    response
}

/// Ends the visit. A forged request from elsewhere ends nothing.
pub async fn leave(_: Guest, headers: HeaderMap, fields: Fields) -> Response {
    let cookie = cookies::value(&headers, cookies::VISIT).unwrap_or_default();
    let mut response = see_other_emptying_the_form(addresses::START);
    if CsrfToken::of(cookie.as_bytes()).matches(fields.one(crate::web::csrf::FIELD)) {
        cookies::forget(&mut response, cookies::VISIT);
    }
    response
}

pub(super) fn ended(frame: VisitorFrame, kept: &str) -> Result<Response, Failure> {
    let errors = Problems::default();
    let restored = String::new();
    let page = Page::of(&ReturnPage { frame, errors: &errors, words: "", notice: ENDED, kept, restored })?;
    let mut response = page.with_status(StatusCode::UNAUTHORIZED).into_response();
    cookies::forget(&mut response, cookies::VISIT);
    Ok(response)
}
