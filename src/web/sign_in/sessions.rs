//! One's own sessions, and what happened with one's own account.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::accounts::OwnSession;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::page::{Page, StaffFrame, see_other};
use crate::web::when;

use super::{PASSPHRASE, SECOND_FACTOR, SESSIONS};

#[derive(Template)]
#[template(path = "account/sessions.html")]
struct SessionsPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    /// Each with when it began and ends, in words.
    sessions: Vec<(OwnSession, String, String)>,
    others: bool,
    /// When, what, how often.
    past: Vec<(String, &'static str, i64)>,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let directory = app.candor.directory().await?;
    let now = app.candor.clock.now();
    let words = |at| when::moment(at, now, &directory.calendar);
    let sessions = app.candor.own_sessions(signed_in).await?;
    let past = app.candor.own_history(signed_in).await?;
    let page = Page::of(&SessionsPage {
        frame: staff.frame(&app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        others: sessions.iter().any(|session| !session.this),
        sessions: sessions
            .into_iter()
            .map(|session| {
                let (began, ends) = (words(session.began), words(session.idle_until));
                (session, began, ends)
            })
            .collect(),
        past: past.into_iter().map(|past| (words(past.hour), past.what.says(), past.times)).collect(),
    })?;
    Ok(page.into_response())
}

/// Ends one other session, or all of them.
pub async fn end(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    if form.has("session") {
        let name = form.one("session");
        let name = (name != "others").then_some(name);
        match app.candor.end_own_sessions(&staff.signed_in, name).await {
            // It ended by itself meanwhile, or never was: the list says so.
            Ok(()) | Err(Problem::NotFound) => {}
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(see_other(SESSIONS))
}
