//! Approving people for posts: the comparison outside this system, then the signature.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::accounts::{SignedIn, ToApprove};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, InPath, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other, see_other_emptying_the_form};

use super::{APPROVALS, afresh};
use crate::web::form::Fields;
use crate::web::local::in_address;

#[derive(Template)]
#[template(path = "account/approvals.html")]
struct ListPage {
    frame: StaffFrame,
    /// Address of the page of each, sign-in name, name of the post.
    waiting: Vec<(String, String, String)>,
    done: bool,
}

#[derive(Template)]
#[template(path = "account/approve.html")]
struct ApprovePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    person: &'a ToApprove,
    address: String,
    problems: &'a Problems,
    compared: bool,
    fresh: bool,
}

/// Who waits for this person's approval.
pub async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let waiting = app.candor.to_approve(&staff.signed_in).await?;
    let page = Page::of(&ListPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        waiting: waiting
            .into_iter()
            .map(|person| (address(&person), person.sign_in_name, person.post_name))
            .collect(),
        done: done == "yes",
    })?;
    Ok(page.into_response())
}

/// One of them, with the fingerprint to compare.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((account, post)): InPath<(String, String)>,
) -> Result<Response, Failure> {
    let person = find(&app, &staff.signed_in, &account, &post).await?;
    let fresh = staff.signed_in.fresh;
    Ok(page(&app, &staff, &person, &Problems::default(), false, fresh)?.into_response())
}

/// Signs the approval.
pub async fn approve(
    State(app): State<App>,
    headers: HeaderMap,
    InPath((account, post)): InPath<(String, String)>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let person = find(&app, signed_in, &account, &post).await?;
    if form.one("fingerprint") != person.fingerprint {
        // What was compared is not what would be signed.
        return Err(Failure::Changed);
    }
    let compared = form.has("compared");
    let mut problems = Problems::default();
    if !compared {
        problems.add("compared", "Compare the fingerprint first, then tick the box.");
    }
    let refreshed = afresh(&app, &headers, signed_in, form.one("passphrase"), &mut problems).await?;
    let now_signed_in = refreshed.as_ref().unwrap_or(signed_in);
    if problems.is_empty() {
        match app
            .candor
            .approve_compared(now_signed_in, person.account, &person.post, Some(&person.fingerprint))
            .await
        {
            Ok(()) => return Ok(see_other_emptying_the_form(&format!("{APPROVALS}?done=yes"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::Unusable(words)) => problems.add("compared", words),
            Err(Problem::NotFound) => return Ok(see_other(APPROVALS)),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, &person, &problems, compared, now_signed_in.fresh)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Whoever the address names, if they wait for this person; anybody else is not there.
async fn find(app: &App, signed_in: &SignedIn, account: &str, post: &str) -> Result<ToApprove, Failure> {
    app.candor
        .to_approve(signed_in)
        .await?
        .into_iter()
        .find(|person| person.account.to_string() == account && person.post.to_string() == post)
        .ok_or(Failure::NotFound)
}

fn address(person: &ToApprove) -> String {
    format!("{APPROVALS}/{}/{}", person.account, in_address(&person.post.to_string()))
}

fn page(
    app: &App,
    staff: &Staff,
    person: &ToApprove,
    problems: &Problems,
    compared: bool,
    fresh: bool,
) -> Result<Page, Failure> {
    Page::of(&ApprovePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        address: address(person),
        person,
        problems,
        compared,
        fresh,
    })
}
