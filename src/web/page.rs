//! The wrapper that every page goes through.
//!
//! A handler hands over a rendered page; the [`finish`](super::layers::finish) layer alone turns
//! it into a body, so no handler can forget the padding that hides which page a visitor fetched.

use askama::Template;
use axum::body::Body;
use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

use super::App;
use super::cookies;
use super::csrf::CsrfToken;
use super::errors::Failure;

/// Visitors' pages come in sizes that are multiples of this many bytes.
pub const SIZE_CLASS: usize = 8_192;

/// The least size of the page of a visit. A case that has been gone through to its outcome mostly fits, so that neither a
/// wrong receipt nor one that waits nor a case looks like another on the wire (AN-17).
const VISIT_SIZE: usize = 4 * SIZE_CLASS;

const END: &str = "</html>";

/// A rendered page on its way out.
#[derive(Debug)]
#[must_use]
pub struct Page {
    status: StatusCode,
    html: String,
}

impl Page {
    /// Renders a template that extends `layout_reporter.html` or `layout_staff.html`.
    pub fn of(template: &impl Template) -> Result<Self, Failure> {
        let html = template.render().map_err(|_| Failure::Internal("a page could not be rendered"))?;
        Ok(Self { status: StatusCode::OK, html })
    }

    /// The same page under another status: 422 for a form that comes back with problems.
    pub fn with_status(self, status: StatusCode) -> Self {
        Self { status, ..self }
    }
}

/// The rendered page, out of reach of anything but the finishing layer.
#[derive(Clone, Debug)]
pub(super) struct Rendered(pub(super) String);

/// Marks a page that is filled up to [`VISIT_SIZE`] at least.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfAVisit;

/// Whatever page this is, it comes as large as that of a visit.
#[must_use]
pub fn as_large_as_a_visit(mut response: Response) -> Response {
    response.extensions_mut().insert(OfAVisit);
    response
}

impl IntoResponse for Page {
    fn into_response(self) -> Response {
        let mut response = self.status.into_response();
        response.extensions_mut().insert(Rendered(self.html));
        response
    }
}

/// Sends the browser on with GET, after something was done.
#[must_use]
pub fn see_other(path: &str) -> Response {
    let Ok(location) = HeaderValue::from_str(path) else {
        return Failure::Internal("an address to go on to could not be written").into_response();
    };
    (StatusCode::SEE_OTHER, [(header::LOCATION, location)]).into_response()
}

/// As [`see_other`], after typed words were sent: Back then shows an empty form (AN-12).
#[must_use]
pub fn see_other_emptying_the_form(path: &str) -> Response {
    let mut response = see_other(path);
    cookies::empty_form_on_back(&mut response);
    response
}

/// Puts a page into a response's body; a visitor's page padded to the next multiple of
/// [`SIZE_CLASS`]. The filler is constant: chance would add nothing, for only the size is seen.
pub(super) fn write(response: &mut Response, mut html: String, padded: bool) {
    if padded {
        let least = if response.extensions().get::<OfAVisit>().is_some() { VISIT_SIZE } else { SIZE_CLASS };
        pad(&mut html, least);
    }
    let headers = response.headers_mut();
    headers.insert(header::CONTENT_TYPE, HeaderValue::from_static("text/html; charset=utf-8"));
    headers.remove(header::CONTENT_LENGTH);
    *response.body_mut() = Body::from(html);
}

fn pad(html: &mut String, least: usize) {
    const FRAME: usize = "<!---->".len();
    let framed = html.len() + FRAME;
    let missing = framed.next_multiple_of(SIZE_CLASS).max(least) - framed;
    let at = html.rfind(END).unwrap_or(html.len());
    let mut filler = String::with_capacity(missing + FRAME);
    filler.push_str("<!--");
    filler.extend(std::iter::repeat_n('.', missing));
    filler.push_str("-->");
    html.insert_str(at, &filler);
}

/// What `layout_reporter.html` needs: a field named `frame` in every visitor's page.
#[derive(Clone, Debug, Default)]
pub struct VisitorFrame {
    pub demonstration: bool,
}

impl FromRequestParts<App> for VisitorFrame {
    type Rejection = std::convert::Infallible;

    async fn from_request_parts(_: &mut Parts, app: &App) -> Result<Self, Self::Rejection> {
        Ok(Self { demonstration: app.settings.demonstration })
    }
}

/// What `layout_staff.html` needs: a field named `frame` in every staff page. The session's
/// extractor fills it.
#[derive(Clone, Debug, Default)]
pub struct StaffFrame {
    pub demonstration: bool,
    /// The seat that the person sits in now, as shown beside "Sign out".
    pub post: String,
    /// The entries of the main navigation that this person may open.
    pub sections: Vec<Section>,
    /// Before sign-in there is none, and no button to sign out.
    pub csrf: Option<CsrfToken>,
    /// Seconds until the session ends if nothing is done, for the warning that a script gives.
    pub seconds_left: Option<u32>,
}

/// One entry of the staff navigation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Section {
    pub href: &'static str,
    pub name: &'static str,
    pub current: bool,
}

#[cfg(test)]
mod tests {
    use super::{SIZE_CLASS, VISIT_SIZE, pad};

    #[test]
    fn a_padded_page_is_a_multiple_of_the_size_class_and_still_ends_its_html() {
        for length in (0..40).chain(8_100..8_300).chain([16_384, 30_000]) {
            let mut html = format!("<html>{}</html>\n", "é".repeat(length / 2));
            let plain = html.len();
            pad(&mut html, SIZE_CLASS);
            assert_eq!(html.len() % SIZE_CLASS, 0);
            assert!(html.len() - plain < SIZE_CLASS + 7);
            assert!(html.ends_with("--></html>\n"));
        }
    }

    #[test]
    fn padding_repeats_itself() {
        let (mut one, mut two) = ("<html></html>".to_owned(), "<html></html>".to_owned());
        pad(&mut one, SIZE_CLASS);
        pad(&mut two, SIZE_CLASS);
        assert_eq!(one, two);
    }

    #[test]
    fn the_page_of_a_visit_has_a_least_size() {
        for (length, padded) in [(0, 32_768), (20_000, 32_768), (32_000, 32_768), (32_768, 40_960)] {
            let mut html = format!("<html>{}</html>", "x".repeat(length));
            pad(&mut html, VISIT_SIZE);
            assert_eq!(html.len(), padded);
        }
    }
}
