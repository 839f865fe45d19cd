//! A panic shows a plain page, and its message, which may quote anything, goes nowhere.

use std::any::Any;

use axum::response::{IntoResponse, Response};

use crate::web::errors::Failure;

tokio::task_local! {
    static ALOUD: ();
}

/// Work during which a panic's place in the source may be logged at once: staff requests and
/// jobs. Everywhere else silence is the rule, for the time of the line would be the time of a
/// visitor's act; those are counted and told at the next batch.
pub async fn aloud<F: Future>(work: F) -> F::Output {
    ALOUD.scope((), work).await
}

/// Replaces the hook that prints a panic's message. Call it once, before anything is served.
pub fn keep_messages_quiet() {
    std::panic::set_hook(Box::new(|panic| {
        if ALOUD.try_with(|()| ()).is_ok() {
            let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
            tracing::error!(file, line, "a task stopped by a panic");
        }
    }));
}

/// What a panicking request is answered with.
pub(in crate::web) fn answer(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::Internal("a request stopped by a panic").into_response()
}
