//! The access phrase before the form (AN-27), where the administrator has set one. What was typed so far
//! travels along, so that a new phrase costs nobody their words.

use askama::Template;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::service::access::PHRASE_MOST;
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, VisitorFrame};

use super::draft::Draft;

/// The field of the phrase itself, which travels no further than this page.
const FIELD: &str = "phrase";

#[derive(Template)]
#[template(path = "reporter/access.html")]
struct AccessPage<'a> {
    frame: VisitorFrame,
    errors: &'a Problems,
    /// All that was typed before.
    hidden: Vec<(&'static str, &'a str)>,
}

/// Whether whoever sent this may go on; with the phrase in it, it becomes a pass first. None says that
/// they may; else it is the page that asks.
pub async fn ask(
    app: &App,
    frame: &VisitorFrame,
    draft: &mut Draft,
    fields: &Fields,
) -> Result<Option<Response>, Failure> {
    if app.candor.may_pass(&draft.access).await? {
        return Ok(None);
    }
    let mut errors = Problems::default();
    if fields.has(FIELD) {
        match app.candor.pass_for(fields.one(FIELD)).await? {
            Some(pass) => {
                draft.access = pass;
                return Ok(None);
            }
            None => errors.add(FIELD, "This is not the access phrase. Please check it, and type it again."),
        }
    }
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let page = AccessPage { frame: frame.clone(), errors: &errors, hidden: draft.hidden(&["access"]) };
    Ok(Some(Page::of(&page)?.with_status(status).into_response()))
}
