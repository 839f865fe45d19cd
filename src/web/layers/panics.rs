//! A panic shows a plain page, and its message, which may quote anything, goes nowhere.

use std::any::Any;
use std::panic::PanicHookInfo;

use axum::response::{IntoResponse, Response};

use crate::store::faults::told_at_once;
use crate::web::errors::Failure;

tokio::task_local! {
    static ALOUD: ();
}

/// Work during which a panic's place in the source may be logged at once, and a fault of the database counted: staff
/// requests and jobs. Everywhere else silence is the rule, for the time of the line would be the time of a
/// visitor's act; those are counted and told at the next batch.
pub async fn aloud<F: Future>(work: F) -> F::Output {
    ALOUD.scope((), told_at_once(work)).await
}

/// Replaces the hook that prints a panic's message. Call it once, before anything is served.
pub fn keep_messages_quiet() {
    std::panic::set_hook(Box::new(tell));
}

fn tell(panic: &PanicHookInfo<'_>) {
    if ALOUD.try_with(|()| ()).is_ok() {
        let (file, line) = panic.location().map_or(("", 0), |place| (place.file(), place.line()));
        tracing::error!(file, line, "a task stopped by a panic");
    }
}

/// What a panicking request is answered with.
pub(in crate::web) fn answer(_: Box<dyn Any + Send + 'static>) -> Response {
    Failure::Internal("a request stopped by a panic").into_response()
}

#[cfg(test)]
mod tests {
    use std::panic::{AssertUnwindSafe, PanicHookInfo, catch_unwind};
    use std::sync::{Arc, Mutex};

    use super::{aloud, tell};

    #[derive(Clone, Default)]
    struct Lines(Arc<Mutex<Vec<u8>>>);

    impl std::io::Write for Lines {
        fn write(&mut self, bytes: &[u8]) -> std::io::Result<usize> {
            self.0.lock().unwrap().write(bytes)
        }

        fn flush(&mut self) -> std::io::Result<()> {
            Ok(())
        }
    }

    /// What is logged when this thread panics under a hook; other threads keep theirs.
    fn logged(hook: fn(&PanicHookInfo<'_>), staff: bool) -> String {
        let lines = Lines::default();
        let writer = lines.clone();
        let subscriber =
            tracing_subscriber::fmt().with_ansi(false).with_writer(move || writer.clone()).finish();
        let _guard = tracing::subscriber::set_default(subscriber);
        let before: Arc<dyn Fn(&PanicHookInfo<'_>) + Send + Sync> = Arc::from(std::panic::take_hook());
        let (here, others) = (std::thread::current().id(), before.clone());
        std::panic::set_hook(Box::new(move |panic| {
            if std::thread::current().id() == here { hook(panic) } else { others(panic) }
        }));
        let runtime = tokio::runtime::Builder::new_current_thread().build().unwrap();
        let work = async { panic!("a canary: {:?}", "what somebody typed") };
        let ended = catch_unwind(AssertUnwindSafe(|| {
            if staff { runtime.block_on(aloud(work)) } else { runtime.block_on(work) }
        }));
        drop(std::panic::take_hook());
        std::panic::set_hook(Box::new(move |panic| before(panic)));
        assert!(ended.is_err());
        let text = lines.0.lock().unwrap().clone();
        String::from_utf8(text).unwrap()
    }

    #[test]
    fn an_15_the_message_of_a_panic_goes_nowhere() {
        assert_eq!(
            logged(tell, false),
            "",
            "of a visitor's request not even the place, for a line has a time"
        );
        let staff = logged(tell, true);
        assert!(staff.contains("panics.rs") && staff.contains("a task stopped by a panic"), "{staff}");
        assert!(!staff.contains("canary") && !staff.contains("typed"), "{staff}");
        // The control: a hook that prints what it is told does print the canary.
        let loud = logged(|panic| tracing::error!("{panic}"), false);
        assert!(loud.contains("canary") && loud.contains("typed"), "{loud}");
    }
}
