//! What operators and their machines ask: is the process there, should it be sent visitors, how is it doing.
//!
//! `/healthz` and `/readyz` stand beside the pages, for a balancer asks where it sends visitors; they say one fixed word.
//! `/metrics` is served on an address of this machine alone, if one is set.

mod metrics;

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

use axum::Router;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::get;

use super::App;
use super::routes::Area;
use crate::service::operations::Ready;

pub const HEALTH: &str = "/healthz";
pub const READY: &str = "/readyz";
pub const METRICS: &str = "/metrics";

/// What Prometheus calls its text.
const TEXT: &str = "application/openmetrics-text; version=1.0.0; charset=utf-8";

/// How staff requests ended, by area and class of status. Those of visitors are not among them.
#[derive(Debug, Default)]
pub struct StaffRequests(Mutex<BTreeMap<(&'static str, u16), u64>>);

impl StaffRequests {
    /// One request more.
    pub fn count(&self, area: Area, status: StatusCode) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        *counts.entry((area_word(area), status.as_u16() / 100)).or_default() += 1;
    }

    fn told(&self) -> BTreeMap<(&'static str, u16), u64> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }
}

/// Visitors have one word, whatever they look at; nothing is counted under it but at batches.
const fn area_word(area: Area) -> &'static str {
    match area {
        Area::Account => "account",
        Area::Desk => "desk",
        Area::Headquarters => "headquarters",
        Area::Admin => "administration",
        Area::Audit => "audit",
        Area::Setup => "setup",
        Area::Reporter | Area::Library | Area::Received | Area::Assets | Area::Demonstration => "visitors",
    }
}

/// What a balancer asks, beside the pages.
pub(super) fn probes() -> Router<App> {
    Router::new().route(HEALTH, get(health)).route(READY, get(ready))
}

/// Everything that operators ask, for an address of this machine alone.
pub fn router(app: App) -> Router {
    probes().route(METRICS, get(show)).with_state(app)
}

async fn health() -> &'static str {
    "ok\n"
}

async fn ready(State(app): State<App>) -> Response {
    let ready = app.candor.ready().await;
    let status = if ready == Ready::Yes { StatusCode::OK } else { StatusCode::SERVICE_UNAVAILABLE };
    (status, format!("{}\n", ready.word())).into_response()
}

async fn show(State(app): State<App>) -> Response {
    let standing = app.candor.standing().await;
    match metrics::text(standing, app.staff_requests.told()) {
        Ok(text) => ([(header::CONTENT_TYPE, TEXT)], text).into_response(),
        Err(_) => StatusCode::INTERNAL_SERVER_ERROR.into_response(),
    }
}
