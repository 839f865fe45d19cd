//! Who asks, and what they are shown.
//!
//! Every area registers its routes through [`Routes`], every answer is a [`page::Page`] or a
//! [`errors::Failure`], and every request passes the same [`layers`].

pub mod actor;
pub mod addresses;
pub mod admin;
pub mod assets;
pub mod audit;
pub mod cookies;
pub mod csrf;
pub mod demonstration;
pub mod desk;
pub mod errors;
pub mod form;
pub mod headquarters;
pub mod layers;
pub mod library;
pub mod local;
pub mod members;
pub mod operations;
pub mod page;
pub mod reporter;
pub mod restored;
pub mod routes;
pub mod settings;
pub mod setup;
pub mod sign_in;
pub mod support;
pub mod upload;
pub mod when;

#[cfg(test)]
mod contrast;
#[cfg(test)]
mod pieces;
#[cfg(test)]
mod tests;

use std::sync::Arc;

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::http::HeaderMap;
use axum::middleware::from_fn_with_state;
use axum::routing::get;
use tower_http::catch_panic::CatchPanicLayer;
use tower_http::limit::RequestBodyLimitLayer;

use crate::demonstration::Cast;
use crate::service::Candor;
use errors::Failure;
use layers::limits::{self, Limits};
use layers::log;
use layers::{finish, headers, origin, panics};
use operations::StaffRequests;
use routes::Routes;
use settings::WebSettings;
use upload::Uploads;

/// What the pages and layers share. Cloning it clones handles.
#[derive(Clone, Debug)]
pub struct App {
    pub candor: Candor,
    /// The people of the demonstration, if this is one.
    pub cast: Option<Cast>,
    pub settings: Arc<WebSettings>,
    pub limits: Limits,
    pub uploads: Uploads,
    pub staff_requests: Arc<StaffRequests>,
    /// The headers of every response, worked out once.
    pub headers: Arc<HeaderMap>,
}

impl App {
    #[must_use]
    pub fn new(candor: Candor, settings: WebSettings) -> Self {
        Self {
            limits: Limits::new(&settings.limits, &candor.randomness),
            uploads: Uploads::new(&settings.limits),
            candor,
            cast: None,
            headers: Arc::new(headers::of_settings(&settings)),
            staff_requests: Arc::default(),
            settings: Arc::new(settings),
        }
    }

    /// The same site as a demonstration with these people.
    #[must_use]
    pub fn with_cast(self, cast: Cast) -> Self {
        Self { cast: Some(cast), ..self }
    }
}

/// Every route of the site, as registered; the authorisation test walks them.
#[must_use]
pub fn routes() -> Routes {
    assets::routes()
        .and(reporter::routes())
        .and(library::routes())
        .and(support::routes())
        .and(members::routes())
        .and(desk::routes())
        .and(headquarters::routes())
        .and(admin::routes())
        .and(audit::routes())
        .and(setup::routes())
        .and(sign_in::routes())
}

/// The whole site.
pub fn router(app: App) -> Router {
    let routes = if app.cast.is_some() { routes().and(demonstration::routes()) } else { routes() };
    with_layers(routes, app)
}

/// Routes behind every layer. The last layer named is the outermost.
fn with_layers(routes: Routes, app: App) -> Router {
    let limits = &app.settings.limits;
    routes
        .into_router()
        .route("/favicon.ico", get(assets::no_icon))
        .fallback(async || Failure::NotFound)
        .layer(DefaultBodyLimit::max(limits.form_bytes))
        .layer(RequestBodyLimitLayer::new(limits.request_bytes))
        .layer(from_fn_with_state(app.clone(), origin::guard))
        .layer(from_fn_with_state(app.clone(), limits::time_out))
        .layer(from_fn_with_state(app.clone(), limits::admit))
        .layer(CatchPanicLayer::custom(panics::answer))
        .layer(from_fn_with_state(app.clone(), log::record))
        .layer(from_fn_with_state(app.clone(), finish::finish))
        // Asked by balancers, not by people: neither counted, nor logged, nor held up by what visitors do.
        .merge(operations::probes())
        .layer(from_fn_with_state(app.clone(), headers::harden))
        .with_state(app)
}
