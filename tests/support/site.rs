//! The site as a router.

use axum::Router;
use candor::rng::Randomness;
use candor::web::routes::Route;
use candor::web::settings::WebSettings;
use candor::web::{self, App};

/// The site of a deployment that nobody has set up.
pub fn bare_site() -> Router {
    web::router(App::new(WebSettings::default(), &Randomness::labelled([9; 32])))
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
