//! The quick exit (AN-13): away to a neutral site, from any page, scripts or none.

use axum::extract::{Request, State};
use axum::response::Response;

use crate::web::layers::origin;
use crate::web::{App, cookies, page};

/// A GET, because a form that ends on another site is stopped by `form-action`. So any site can
/// link here; only our own pages end the visit, or others could end it for the visitor.
pub(super) async fn leave(State(app): State<App>, request: Request) -> Response {
    let mut response = page::see_other_emptying_the_form(&app.settings.neutral_site);
    if origin::came_from_here(&request) {
        cookies::forget(&mut response, cookies::VISIT);
    }
    response
}
