//! The access phrase (AN-27): set, changed, removed.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::access::{PHRASE_LEAST, PHRASE_MOST};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other};

use super::{ACCESS_PHRASE, ADMIN, administrator, frame};

#[derive(Template)]
#[template(path = "admin/access_phrase.html")]
struct AccessPhrasePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    typed: &'a str,
    set: bool,
    done: &'a str,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    Ok(page(&app, &staff, &Problems::default(), "", &done).await?.into_response())
}

pub async fn send(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let typed = form.one("phrase");
    let (phrase, done) = match form.one("do") {
        "set" => (Some(typed), "set"),
        "remove" => (None, "removed"),
        _ => return Err(Failure::Malformed),
    };
    match app.candor.set_access_phrase(&staff.signed_in, phrase).await {
        Ok(()) => Ok(see_other(&format!("{ACCESS_PHRASE}?done={done}"))),
        Err(Problem::Unusable(words)) => {
            let mut problems = Problems::default();
            problems.add("phrase", words);
            let page = page(&app, &staff, &problems, typed, "").await?;
            Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn page(
    app: &App,
    staff: &Staff,
    problems: &Problems,
    typed: &str,
    done: &str,
) -> Result<Page, Failure> {
    let set = app.candor.asks_for_phrase(&staff.signed_in).await?;
    let frame = frame(app, staff);
    Page::of(&AccessPhrasePage { frame, csrf: &staff.signed_in.csrf, problems, typed, set, done })
}
