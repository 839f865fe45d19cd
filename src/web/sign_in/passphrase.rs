//! Changing one's own passphrase.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::crypto::passphrase::Passphrase;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};

use super::PASSPHRASE;
use super::afresh::{FIELD, WRONG, not_done};

#[derive(Template)]
#[template(path = "account/passphrase.html")]
struct PassphrasePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    name: &'a str,
    problems: &'a Problems,
    done: bool,
}

#[derive(Debug, Deserialize)]
pub struct Done {
    #[serde(default)]
    done: String,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    Ok(page(&app, &staff, &Problems::default(), done == "yes")?.into_response())
}

pub async fn change(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let mut problems = Problems::default();
    let chosen = form.one("chosen");
    match Passphrase::new(form.one(FIELD).to_owned()) {
        _ if chosen != form.one("again") => {
            problems.add("again", "The second one differs from the first. Please type both again.");
        }
        Ok(current) => match app.candor.change_passphrase(&staff.signed_in, current, chosen).await {
            Ok(()) => return Ok(see_other_emptying_the_form(&format!("{PASSPHRASE}?done=yes"))),
            Err(error) => not_done(error, &mut problems)?,
        },
        Err(_) => problems.add(FIELD, WRONG),
    }
    let page = page(&app, &staff, &problems, false)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

fn page(app: &App, staff: &Staff, problems: &Problems, done: bool) -> Result<Page, Failure> {
    let signed_in = &staff.signed_in;
    Page::of(&PassphrasePage {
        frame: staff.frame(app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        name: &signed_in.sign_in_name,
        problems,
        done,
    })
}
