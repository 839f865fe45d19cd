//! What the tests stand on: databases of both kinds, an organisation founded through the
//! services, people who act, and requests to the router.

pub mod app;
pub mod balancer;
pub mod cluster;
pub mod crawl;
pub mod database;
pub mod hook;
pub mod http;
pub mod mail;
pub mod pages;
pub mod program;
pub mod site;
pub mod standby;
pub mod theft;
pub mod tls;

use std::future::Future;
use std::io::Write;

pub use database::TestDb;

/// Which database a test runs on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Engine {
    Sqlite,
    Postgres,
}

/// Something that a test body is handed, made anew for each test.
pub trait Fixture: Clone {
    /// None if this machine has no such database.
    fn make(engine: Engine) -> impl Future<Output = Option<Self>>;

    /// Fails the test if it leaves something behind that ought to be gone.
    fn check_left_behind(self) -> impl Future<Output = ()>;
}

/// Runs test bodies on both databases: `on_both!(one_test, another);` makes
/// `sqlite::one_test` and `postgres::one_test`. A body that is not named is dead code, hence an error.
macro_rules! on_both {
    ($($body:ident),+ $(,)?) => {
        mod sqlite {
            $(#[test] fn $body() { $crate::support::run_on($crate::support::Engine::Sqlite, super::$body); })+
        }
        mod postgres {
            $(#[test] fn $body() { $crate::support::run_on($crate::support::Engine::Postgres, super::$body); })+
        }
    };
}

/// Runs test bodies on SQLite alone, where the database makes no difference to what is looked at: what a browser
/// shows. The same acts run on both through the router, and one journey through a browser as well.
macro_rules! on_sqlite {
    ($($body:ident),+ $(,)?) => {
        mod sqlite_alone {
            $(#[test] fn $body() { $crate::support::run_on($crate::support::Engine::Sqlite, super::$body); })+
        }
    };
}

/// Runs one body on one database.
pub fn run_on<F: Fixture, Ended: Future<Output = ()>>(engine: Engine, body: impl FnOnce(F) -> Ended) {
    block_on(async {
        if let Some(fixture) = F::make(engine).await {
            body(fixture.clone()).await;
            fixture.check_left_behind().await;
        }
    });
}

/// Runs something to its end on a runtime of its own.
pub fn block_on<Ended: Future>(body: Ended) -> Ended::Output {
    tokio::runtime::Builder::new_multi_thread().worker_threads(2).enable_all().build().unwrap().block_on(body)
}

/// Whether a missing `what` must fail the tests that need it: `CANDOR_TEST_REQUIRE=postgres,browser`.
#[must_use]
pub fn is_required(what: &str) -> bool {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    let required = std::env::var("CANDOR_TEST_REQUIRE").unwrap_or_default();
    required.split(',').any(|word| word.trim() == what)
}

/// Whether tests that can go on for longer shall: `CANDOR_TEST_LONG=1`.
#[must_use]
pub fn is_long() -> bool {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    std::env::var("CANDOR_TEST_LONG").is_ok_and(|value| !value.is_empty())
}

/// Says something past the capture of test output.
pub fn tell(words: &str) {
    let _ = writeln!(std::io::stderr(), "{words}");
}

/// Says what is skipped and why, past the capture of test output; or fails if it must not be.
pub fn skip(what: &str, why: &str) {
    assert!(!is_required(what), "{what} is required here, but {why}");
    let _ = writeln!(std::io::stderr(), "skipped: everything that needs {what}, for {why}");
}
