//! Signing in to acknowledge, and out again.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::roster::NUMBER_MOST;
use crate::service::accounts::SignInError;
use crate::service::members::{CODE_MOST, SESSION};
use crate::web::csrf::{self, CsrfToken};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::layers::address::AddressHash;
use crate::web::page::{Page, VisitorFrame, see_other, see_other_emptying_the_form};
use crate::web::{App, cookies};

use super::{RECEIVED, SIGN_OUT};

/// Where a reporter ends a visit.
const END_OF_VISIT: &str = "/return/end";

#[derive(Template)]
#[template(path = "members/sign_in.html")]
struct SignInPage<'a> {
    frame: VisitorFrame,
    problems: &'a Problems,
    number: &'a str,
    /// Seconds to wait after wrong tries.
    wait: Option<u32>,
}

#[derive(Template)]
#[template(path = "members/visit_open.html")]
struct VisitOpenPage {
    frame: VisitorFrame,
    end: &'static str,
    csrf: CsrfToken,
}

#[derive(Template)]
#[template(path = "members/sign_out.html")]
struct SignOutPage {
    frame: VisitorFrame,
    /// Whether the browser holds a member's cookie, whatever it is worth; and the token of a living session.
    cookie: bool,
    csrf: Option<CsrfToken>,
}

/// Asks for number and code; or, while a visit with a receipt is open, to end that first.
pub async fn show(
    State(app): State<App>,
    frame: VisitorFrame,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    if let Some(visit) = cookies::value(&headers, cookies::VISIT) {
        let csrf = CsrfToken::of(visit.as_bytes());
        return Ok(Page::of(&VisitOpenPage { frame, end: END_OF_VISIT, csrf })?.into_response());
    }
    if let Some(cookie) = cookies::value(&headers, cookies::MEMBER)
        && app.candor.member_session(cookie).await?.is_some()
    {
        return Ok(see_other(RECEIVED));
    }
    let page = SignInPage { frame, problems: &Problems::default(), number: "", wait: None };
    Ok(Page::of(&page)?.into_response())
}

/// Signs in. An unknown number and a wrong code are one answer.
pub async fn open(
    State(app): State<App>,
    address: Option<Extension<AddressHash>>,
    frame: VisitorFrame,
    fields: Fields,
) -> Result<Response, Failure> {
    let typed = fields.one("number");
    let from = address.map(|Extension(address)| *address.as_bytes());
    let mut problems = Problems::default();
    let mut wait = None;
    match app.candor.member_sign_in(typed, fields.one("code"), from).await {
        Ok(begun) => {
            let mut response = see_other_emptying_the_form(RECEIVED);
            // A visit opened in another tab meanwhile. Done always, so that nothing shows whether there was one.
            cookies::forget(&mut response, cookies::VISIT);
            cookies::set(&mut response, cookies::MEMBER, &begun);
            return Ok(response);
        }
        Err(SignInError::Wait { seconds } | SignInError::Busy { retry_after: seconds }) => {
            wait = Some(seconds);
        }
        Err(SignInError::Problem(problem)) => return Err(problem.into()),
        Err(SignInError::Refused) => {
            problems.add("number", "Number and code do not fit together. Please check both on your slip.");
        }
    }
    let number = if typed.chars().count() <= 4 * NUMBER_MOST { typed } else { "" };
    let page = Page::of(&SignInPage { frame, problems: &problems, number, wait })?;
    let Some(seconds) = wait else {
        return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    };
    let mut response = page.with_status(StatusCode::TOO_MANY_REQUESTS).into_response();
    response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
    Ok(response)
}

async fn living(app: &App, headers: &HeaderMap) -> Result<Option<CsrfToken>, Failure> {
    let Some(cookie) = cookies::value(headers, cookies::MEMBER) else { return Ok(None) };
    let lives = app.candor.member_session(cookie).await?.is_some();
    Ok(lives.then(|| CsrfToken::of(cookie.as_bytes())))
}

/// Asks whether to sign out; or says that it is done.
pub async fn ask(
    State(app): State<App>,
    frame: VisitorFrame,
    headers: HeaderMap,
) -> Result<Response, Failure> {
    let cookie = cookies::value(&headers, cookies::MEMBER).is_some();
    let csrf = living(&app, &headers).await?;
    Ok(Page::of(&SignOutPage { frame, cookie, csrf })?.into_response())
}

/// Makes the browser forget the session.
pub async fn leave(State(app): State<App>, headers: HeaderMap, fields: Fields) -> Result<Response, Failure> {
    // Only a living session needs the token; forgetting a dead cookie harms nobody.
    if let Some(token) = living(&app, &headers).await?
        && !token.matches(fields.one(csrf::FIELD))
    {
        return Err(Failure::StaleForm);
    }
    let mut response = see_other_emptying_the_form(SIGN_OUT);
    cookies::forget(&mut response, cookies::MEMBER);
    Ok(response)
}
