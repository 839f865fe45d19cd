//! Somebody who is not signed in here (AN-18).

use askama::Template;
use axum::extract::FromRequestParts;
use axum::http::StatusCode;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use crate::web::page::{Page, VisitorFrame};
use crate::web::{App, cookies};

/// A visitor whose browser holds neither a staff cookie nor a member's. Whether a cookie means anything is never
/// looked up: the look-up itself would put an account beside a concern.
pub(super) struct Guest(pub(super) VisitorFrame);

#[derive(Template)]
#[template(path = "reporter/signed_in.html")]
struct SignedInPage {
    frame: VisitorFrame,
    /// Which of the two is there.
    staff: bool,
    member: bool,
}

impl FromRequestParts<App> for Guest {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(frame) = VisitorFrame::from_request_parts(parts, app).await;
        let holds = |name| cookies::value(&parts.headers, name).is_some();
        let (staff, member) = (holds(cookies::STAFF), holds(cookies::MEMBER));
        if !staff && !member {
            return Ok(Self(frame));
        }
        Err(match Page::of(&SignedInPage { frame, staff, member }) {
            Ok(page) => page.with_status(StatusCode::FORBIDDEN).into_response(),
            Err(failure) => failure.into_response(),
        })
    }
}
