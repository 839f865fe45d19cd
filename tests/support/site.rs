//! The site as a router.

use std::time::Duration;

use axum::Router;
use candor::clock::{Clock, Timestamp};
use candor::crypto::passphrase::Parameters;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::rng::Randomness;
use candor::service::{Candor, Settings};
use candor::store::Db;
use candor::web::routes::Route;
use candor::web::settings::WebSettings;
use candor::web::{self, App};

/// The site of a deployment that nobody has set up. On SQLite alone: it is for what a router answers
/// whatever its database.
pub async fn bare_site() -> Router {
    let folder = tempfile::tempdir().unwrap().keep();
    let db = Db::sqlite(&folder.join("bare.db")).await.unwrap();
    let founders = folder.join("founders.toml");
    let settings = Settings {
        passphrase: Parameters { memory_kib: 8, passes: 1, lanes: 1 },
        cases_per_batch: 1,
        founders_file: founders,
    };
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let clock = Clock::simulated(Timestamp(1_780_318_800));
    let candor = Candor::open(db, keys, clock, Randomness::labelled([9; 32]), settings).await.unwrap();
    web::router(App::new(candor, WebSettings::default()))
}

/// The site of a deployment. The page of a visit comes as soon as it can: only AN-17 has to do with when.
pub fn site(candor: &Candor) -> Router {
    let settings = WebSettings { visit_after: Duration::ZERO, ..WebSettings::default() };
    web::router(App::new(candor.clone(), settings))
}

/// Every route there is.
#[must_use]
pub fn routes() -> Vec<Route> {
    web::routes().recorded().to_vec()
}

/// A route's path with something in every parameter.
#[must_use]
pub fn filled(route: &Route) -> String {
    route
        .path
        .split('/')
        .map(|part| if part.starts_with('{') { "x" } else { part })
        .collect::<Vec<_>>()
        .join("/")
}
