//! Adding a passkey and removing one.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::crypto::passkey::Answer;
use crate::crypto::passphrase::Passphrase;
use crate::service::accounts::{NotDone, OwnPasskey, PASSKEY_NAME_MOST, SignInError};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, InPath, Problems};
use crate::web::local::same_site;
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};

use super::afresh::{FIELD, WRONG};
use super::{ACCOUNT, PASSKEYS, SECOND_FACTOR, second_factor};

#[derive(Template)]
#[template(path = "account/remove_passkey.html")]
struct RemovePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    passkey: &'a OwnPasskey,
}

/// Says at its field why something was not done; a fault of ours is passed on.
fn not_done(
    error: NotDone,
    passphrase: &'static str,
    other: &'static str,
    problems: &mut Problems,
) -> Result<(), Failure> {
    match error {
        NotDone::SignIn(SignInError::Refused) => problems.add(passphrase, WRONG),
        NotDone::SignIn(SignInError::Problem(problem)) => return Err(problem.into()),
        NotDone::SignIn(later) => problems.add(passphrase, later.to_string()),
        NotDone::Code | NotDone::Unusable(_) => problems.add(other, error.to_string()),
    }
    Ok(())
}

/// Adds the passkey that the browser has just made.
pub async fn add(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let to = same_site(form.one("to")).unwrap_or_default();
    let label = form.one("label");
    let answer = Answer { sealed: form.one("challenge"), given: form.one("passkey") };
    let mut problems = Problems::default();
    match Passphrase::new(form.one("unlocking").to_owned()) {
        Ok(passphrase) => match app.candor.add_passkey(&staff.signed_in, passphrase, label, &answer).await {
            Ok(codes) => return second_factor::codes_page(&app, &staff, &codes, to).await,
            Err(error) => not_done(error, "unlocking", "label", &mut problems)?,
        },
        Err(_) => problems.add("unlocking", WRONG),
    }
    // A name far beyond the limit is no typing error; it need not come back.
    let label = if label.chars().count() <= 4 * PASSKEY_NAME_MOST { label } else { "" };
    let page = second_factor::page(&app, &staff, &problems, to, label).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn own(app: &App, staff: &Staff, id: &str) -> Result<OwnPasskey, Failure> {
    let own = app.candor.own_passkeys(&staff.signed_in).await?;
    own.into_iter().find(|passkey| passkey.id == id).ok_or(Failure::NotFound)
}

fn page(app: &App, staff: &Staff, passkey: &OwnPasskey, problems: &Problems) -> Result<Page, Failure> {
    Page::of(&RemovePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        problems,
        passkey,
    })
}

/// Asks before one is removed.
pub async fn ask(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let passkey = own(&app, &staff, &id).await?;
    Ok(page(&app, &staff, &passkey, &Problems::default())?.into_response())
}

/// Removes one.
pub async fn remove(
    State(app): State<App>,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let passkey = own(&app, &staff, &id).await?;
    let mut problems = Problems::default();
    match Passphrase::new(form.one(FIELD).to_owned()) {
        Ok(passphrase) => match app.candor.remove_passkey(&staff.signed_in, passphrase, &id).await {
            Ok(()) => return Ok(see_other_emptying_the_form(SECOND_FACTOR)),
            Err(error) => not_done(error, FIELD, FIELD, &mut problems)?,
        },
        Err(_) => problems.add(FIELD, WRONG),
    }
    let page = page(&app, &staff, &passkey, &problems)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}
