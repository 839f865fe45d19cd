//! The passphrase once more, on a page of its own.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};

use super::door::To;
use super::{ACCOUNT, afresh};
use crate::web::form::Fields;
use crate::web::local::same_site;

#[derive(Template)]
#[template(path = "account/confirm.html")]
struct ConfirmPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    to: &'a str,
    fresh: bool,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(To { to }): Query<To>,
) -> Result<Response, Failure> {
    Ok(page(&app, &staff, &Problems::default(), same_site(&to).unwrap_or(ACCOUNT))?.into_response())
}

pub async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let to = same_site(form.one("to")).unwrap_or(ACCOUNT);
    let mut problems = Problems::default();
    afresh(&app, &headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?;
    if problems.is_empty() {
        return Ok(see_other_emptying_the_form(to));
    }
    let page = page(&app, &staff, &problems, to)?.with_status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

fn page(app: &App, staff: &Staff, problems: &Problems, to: &str) -> Result<Page, Failure> {
    let signed_in = &staff.signed_in;
    Page::of(&ConfirmPage {
        frame: staff.frame(app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        problems,
        to,
        fresh: signed_in.fresh,
    })
}
