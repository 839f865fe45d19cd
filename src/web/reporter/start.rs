//! The start page: what this is, what it is not for, and who will read.

use askama::Template;
use axum::extract::State;

use crate::domain::organisation::Channel;
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame};

#[derive(Template)]
#[template(path = "reporter/start.html")]
struct StartPage<'a> {
    frame: VisitorFrame,
    channels: &'a [Channel],
}

/// Shown whatever is amiss behind it: where to turn in danger must not depend on a database.
pub(super) async fn show(State(app): State<App>, frame: VisitorFrame) -> Result<Page, Failure> {
    let directory = app.candor.directory().await.ok();
    let organisation = directory.as_ref().and_then(|directory| directory.organisation.as_deref());
    let channels = organisation.map(|organisation| organisation.channels.as_slice()).unwrap_or_default();
    Page::of(&StartPage { frame, channels })
}
