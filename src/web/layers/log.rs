//! What is written down about requests (AN-15).
//!
//! Of a staff request: its method, route template, status and duration. Of a visitor's request
//! nothing at all, because a line in a log has a time; visitors are only counted, all together,
//! and the counts are handed out at a batch.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};
use std::time::Instant;

use axum::extract::{MatchedPath, Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::finish::failure_in;
use super::panics;
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::routes::Area;

/// Visitors' requests since the last batch, without anything that tells one from another.
#[derive(Debug, Default)]
pub struct VisitorTally(Mutex<VisitorCounts>);

/// What a batch may publish of the half day before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitorCounts {
    pub requests: u64,
    /// Turned away with 429 or 503.
    pub turned_away: u64,
    /// Faults of ours, by the fixed sentence that says what failed.
    pub faults: BTreeMap<&'static str, u64>,
}

impl VisitorTally {
    /// Hands out the counts and starts again from nothing. For the batch, and nothing else.
    pub fn take(&self) -> VisitorCounts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn add(&self, failure: Option<&Failure>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.requests += 1;
        match failure {
            Some(Failure::TooMany { .. } | Failure::Busy { .. }) => counts.turned_away += 1,
            Some(Failure::Internal(reason)) => *counts.faults.entry(reason).or_default() += 1,
            _ => {}
        }
    }
}

/// Counts a visitor's request; logs a staff request by its route template.
pub async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let area = Area::of_path(request.uri().path());
    if area.is_visitors() {
        let response = next.run(request).await;
        app.tally.add(failure_in(&response, area).as_ref());
        return response;
    }
    let method = request.method().clone();
    let matched = request.extensions().get::<MatchedPath>().cloned();
    let route = matched.as_ref().map_or("(none)", MatchedPath::as_str);
    let started = Instant::now();
    let response = panics::aloud(next.run(request)).await;
    let failure = failure_in(&response, area);
    let milliseconds = u64::try_from(started.elapsed().as_millis()).unwrap_or(u64::MAX);
    let status = failure.as_ref().map_or_else(|| response.status(), Failure::status);
    if let Some(Failure::Internal(reason)) = failure {
        tracing::error!(route, reason, "a staff request failed");
    }
    tracing::info!(%method, route, status = StatusCode::as_u16(&status), milliseconds, "staff request");
    response
}
