//! The one place where a page becomes bytes: failures get their plain page, visitors' pages
//! their padding.

use axum::body::HttpBody;
use axum::extract::{Request, State};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::App;
use crate::web::errors::{self, Failure};
use crate::web::page::{self, Rendered};
use crate::web::routes::Area;

/// Writes the page that a handler rendered, or the plain page of what went wrong.
pub async fn finish(State(app): State<App>, request: Request, next: Next) -> Response {
    let area = Area::of_path(request.uri().path());
    let mut response = next.run(request).await;
    if let Some(Rendered(html)) = response.extensions_mut().remove::<Rendered>() {
        page::write(&mut response, html, area.is_visitors());
    } else if let Some(failure) = failure_in(&response, area) {
        errors::show(&mut response, &failure, area, &app.settings);
    }
    response
}

/// What went wrong, if anything did: said by the handler, or only by the status that axum chose.
/// A visitor's page that comes without the wrapper is a fault as well, for nothing padded it.
pub(super) fn failure_in(response: &Response, area: Area) -> Option<Failure> {
    let status = response.status();
    let bare = || area.is_visitors() && area != Area::Assets && !response.body().is_end_stream();
    if response.extensions().get::<Rendered>().is_some() {
        None
    } else if let Some(failure) = response.extensions().get::<Failure>() {
        Some(failure.clone())
    } else if status.is_client_error() || status.is_server_error() {
        Some(Failure::of_status(status))
    } else if bare() {
        Some(Failure::Internal("a visitor's page came without the page wrapper"))
    } else {
        None
    }
}
