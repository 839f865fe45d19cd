//! The one way a route comes into being: registered and recorded in the same breath, so that
//! a test can walk every route there is and none escapes the authorisation test.

use axum::Router;
use axum::extract::DefaultBodyLimit;
use axum::handler::Handler;
use axum::http::Method;
use axum::routing::{MethodRouter, get, post};

use super::App;

/// A part of the site: who comes there, and so how its pages look and what may be logged.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Area {
    Reporter,
    Library,
    /// What field members have received.
    Received,
    /// Stylesheet, scripts, icon.
    Assets,
    Demonstration,
    /// Signing in and out, and one's own account.
    Account,
    Desk,
    Headquarters,
    Admin,
    Audit,
    Setup,
}

const PREFIXES: [(&str, Area); 10] = [
    ("library", Area::Library),
    ("received", Area::Received),
    ("static", Area::Assets),
    ("demonstration", Area::Demonstration),
    ("staff", Area::Account),
    ("desk", Area::Desk),
    ("headquarters", Area::Headquarters),
    ("admin", Area::Admin),
    ("audit", Area::Audit),
    ("setup", Area::Setup),
];

impl Area {
    /// The area of a path: its first part decides, and what belongs to nobody else is the reporter's.
    #[must_use]
    pub fn of_path(path: &str) -> Self {
        let first = path.trim_start_matches('/').split('/').next().unwrap_or_default();
        PREFIXES.iter().find(|(prefix, _)| *prefix == first).map_or(Self::Reporter, |(_, area)| *area)
    }

    /// Visitors have no account here, and nothing about a single request of theirs is written down; nor of
    /// members', who are of the same field. Unknown paths count as theirs, which errs on the quiet side.
    #[must_use]
    pub const fn is_visitors(self) -> bool {
        matches!(self, Self::Reporter | Self::Library | Self::Received | Self::Assets | Self::Demonstration)
    }
}

/// One route as registered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Route {
    pub method: Method,
    /// The template, with `{parameters}`.
    pub path: &'static str,
    pub area: Area,
}

/// The routes of one area, or of several merged.
#[derive(Debug)]
pub struct Routes {
    area: Area,
    router: Router<App>,
    recorded: Vec<Route>,
}

impl Routes {
    /// No routes yet. Every path that is added must lie in `area`; a test walks them.
    #[must_use]
    pub fn of(area: Area) -> Self {
        Self { area, router: Router::new(), recorded: Vec::new() }
    }

    #[must_use]
    pub fn get<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::GET, path, get(handler))
    }

    #[must_use]
    pub fn post<H, T>(self, path: &'static str, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::POST, path, post(handler))
    }

    /// A post whose body may be larger than a form, up to `bytes`: attachments.
    #[must_use]
    pub fn post_up_to<H, T>(self, path: &'static str, bytes: usize, handler: H) -> Self
    where
        H: Handler<T, App>,
        T: 'static,
    {
        self.add(Method::POST, path, post(handler).layer(DefaultBodyLimit::max(bytes)))
    }

    fn add(mut self, method: Method, path: &'static str, handler: MethodRouter<App>) -> Self {
        self.recorded.push(Route { method, path, area: self.area });
        self.router = self.router.route(path, handler);
        self
    }

    /// These and the others.
    #[must_use]
    pub fn and(mut self, others: Self) -> Self {
        self.router = self.router.merge(others.router);
        self.recorded.extend(others.recorded);
        self
    }

    /// What was registered, in order.
    #[must_use]
    pub fn recorded(&self) -> &[Route] {
        &self.recorded
    }

    pub(super) fn into_router(self) -> Router<App> {
        self.router
    }
}

#[cfg(test)]
mod tests {
    use super::Area;

    #[test]
    fn every_route_lies_in_the_area_that_registered_it() {
        let routes = crate::web::routes();
        assert!(!routes.recorded().is_empty());
        for route in routes.recorded() {
            assert_eq!(Area::of_path(route.path), route.area, "{}", route.path);
        }
    }

    #[test]
    fn a_path_that_nobody_owns_is_treated_as_a_visitors() {
        for path in ["/", "", "/nothing", "/deskhand", "//", "/%64esk"] {
            assert_eq!(Area::of_path(path), Area::Reporter);
        }
        assert_eq!(Area::of_path("/desk"), Area::Desk);
        assert_eq!(Area::of_path("/desk/case/1"), Area::Desk);
    }
}
