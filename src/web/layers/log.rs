//! What is written down about requests (AN-15).
//!
//! Of a staff request: its method, route template, status and duration. Of a visitor's request
//! nothing at all, because a line in a log has a time; visitors are only counted, all together,
//! and the counts are handed out at a batch.

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

/// Counts a visitor's request; logs a staff request by its route template.
pub async fn record(State(app): State<App>, request: Request, next: Next) -> Response {
    let area = Area::of_path(request.uri().path());
    if area.is_visitors() {
        let response = next.run(request).await;
        let failure = failure_in(&response, area);
        let turned_away = matches!(failure, Some(Failure::TooMany { .. } | Failure::Busy { .. }));
        let fault = if let Some(Failure::Internal(reason)) = failure { Some(reason) } else { None };
        app.candor.operations.visitors.add(turned_away, fault);
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
    app.staff_requests.count(area, status);
    if let Some(Failure::Internal(reason)) = failure {
        tracing::error!(route, reason, "a staff request failed");
    }
    tracing::info!(%method, route, status = StatusCode::as_u16(&status), milliseconds, "staff request");
    response
}

#[cfg(test)]
mod tests {
    use std::io::{self, Write};
    use std::sync::{Arc, Mutex};

    use crate::web::settings::WebSettings;
    use crate::web::tests::{get, misbehaving, post};
    use tower::ServiceExt;

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> io::Result<()> {
            Ok(())
        }
    }

    #[tokio::test]
    async fn an_15_a_visitors_request_leaves_no_line_and_a_staff_request_only_its_template() {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || writer.clone())
            .finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let (site, app) = misbehaving(WebSettings::default());
        let canary = |mut request: axum::extract::Request| {
            for name in ["user-agent", "x-forwarded-for", "cookie", "referer"] {
                request.headers_mut().insert(name, "canary".parse().unwrap());
            }
            request
        };
        for path in
            ["/weak?canary", "/panics?canary", "/bare", "/canary", "/static/canary", "/library/canary"]
        {
            site.clone().oneshot(canary(get(path))).await.unwrap();
        }
        site.clone().oneshot(canary(post("/form", "canary=%FF"))).await.unwrap();
        assert!(lines.0.lock().unwrap().is_empty(), "nothing at all, for a line has a time");
        let counts = app.candor.operations.visitors.take();
        assert_eq!((counts.requests, counts.faults.len()), (7, 2));
        assert_eq!(app.candor.operations.visitors.take().requests, 0);

        for path in ["/desk/typed/123?canary=1", "/desk/canary", "/desk/panics"] {
            site.clone().oneshot(canary(get(path))).await.unwrap();
        }
        site.clone().oneshot(canary(post("/desk/form", "a=canary"))).await.unwrap();
        let text = String::from_utf8(lines.0.lock().unwrap().clone()).unwrap();
        assert!(text.contains("route=\"/desk/typed/{number}\" status=200"), "the control: {text}");
        assert!(text.contains("reason=\"a request stopped by a panic\""));
        assert!(!text.contains("canary") && !text.contains("123"), "{text}");
    }
}
