//! The start page: what this is, what it is not for, and who will read.

use askama::Template;
use axum::extract::State;

use crate::web::App;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame};
use crate::web::settings::Channel;

#[derive(Template)]
#[template(path = "reporter/start.html")]
struct StartPage<'a> {
    frame: VisitorFrame,
    channels: &'a [Channel],
    readers: &'a [String],
}

pub(super) async fn show(State(app): State<App>, frame: VisitorFrame) -> Result<Page, Failure> {
    Page::of(&StartPage { frame, channels: &app.settings.channels, readers: &app.settings.readers })
}
