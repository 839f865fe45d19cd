//! Signing out: from any page, also when the session has ended by itself.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};
use subtle::ConstantTimeEq;

use crate::web::csrf::FIELD;
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::{App, addresses, cookies};

use super::{cookie, outside};

#[derive(Template)]
#[template(path = "account/sign_out.html")]
struct SignOutPage<'a> {
    frame: StaffFrame,
    /// Whether the browser holds a staff cookie, whatever it is worth.
    cookie: bool,
    csrf: &'a str,
}

/// Asks whether to sign out; or says that it is done.
pub async fn show(State(app): State<App>, headers: HeaderMap) -> Result<Response, Failure> {
    let signed_in = match cookie(&headers) {
        Some(cookie) => app.candor.session(cookie).await?,
        None => None,
    };
    let csrf = signed_in.as_ref().map_or("", |signed_in| &signed_in.csrf);
    let page = SignOutPage { frame: outside(&app), cookie: cookie(&headers).is_some(), csrf };
    Ok(Page::of(&page)?.into_response())
}

/// Ends the session and makes the browser forget it.
pub async fn leave(State(app): State<App>, headers: HeaderMap, fields: Fields) -> Result<Response, Failure> {
    if let Some(cookie) = cookie(&headers)
        && let Some(signed_in) = app.candor.session(cookie).await?
    {
        // Only a living session needs the token; forgetting a dead cookie harms nobody.
        if !bool::from(signed_in.csrf.as_bytes().ct_eq(fields.one(FIELD).as_bytes())) {
            return Err(Failure::StaleForm);
        }
        app.candor.sign_out(&signed_in).await?;
    }
    let mut response = see_other_emptying_the_form(addresses::SIGN_OUT);
    cookies::forget(&mut response, cookies::STAFF);
    Ok(response)
}
