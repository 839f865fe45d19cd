//! Only pages of this site may change anything: checked by where the browser says a request
//! comes from, before any handler and for every method that is not safe.
//!
//! After OWASP's Cross-Site Request Forgery Prevention: `Sec-Fetch-Site`, which no page can
//! forge, decides; an older browser is judged by `Origin`; with neither the request is refused,
//! for every browser since 2020 sends at least one with a form. The session's own token comes
//! on top ([`CsrfToken`](crate::web::csrf::CsrfToken)).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, Uri, header};
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};

use crate::web::App;
use crate::web::errors::Failure;
use crate::web::settings::WebSettings;

/// Refuses a request that would change something and does not come from a page of this site.
pub async fn guard(State(app): State<App>, request: Request, next: Next) -> Response {
    if request.method().is_safe() || is_ours(&request, &app.settings) {
        next.run(request).await
    } else {
        Failure::Elsewhere.into_response()
    }
}

fn is_ours(request: &Request, settings: &WebSettings) -> bool {
    let headers = request.headers();
    if headers.contains_key("sec-fetch-site") {
        return is_same_origin_fetch(headers);
    }
    let (Some(origin), Some(host)) = (single(headers, "origin"), host(request)) else {
        return false;
    };
    let onion = settings.onion_location.as_deref().map(|onion| onion.trim_end_matches('/'));
    let origin = origin.strip_prefix("https://").or_else(|| {
        // Plain HTTP counts only where the site itself is reached that way: an onion service's TLS is Tor's own.
        let plain = !settings.behind_tls || onion.is_some_and(|onion| onion.eq_ignore_ascii_case(origin));
        if plain { origin.strip_prefix("http://") } else { None }
    });
    origin.is_some_and(|origin| origin.eq_ignore_ascii_case(host))
}

/// Whether the browser says that a page of this very site caused the request. Also for the
/// quick exit, which must not be a way for other sites to end a visit (AN-13).
#[must_use]
pub fn is_same_origin_fetch(headers: &HeaderMap) -> bool {
    single(headers, "sec-fetch-site") == Some("same-origin")
}

/// As [`is_same_origin_fetch`], or for a browser without that header by the page it came from.
#[must_use]
pub fn came_from_here(request: &Request) -> bool {
    let headers = request.headers();
    if headers.contains_key("sec-fetch-site") {
        return is_same_origin_fetch(headers);
    }
    let referrer = single(headers, "referer").and_then(|text| text.parse::<Uri>().ok());
    let from = referrer.as_ref().and_then(Uri::authority);
    from.is_some_and(|from| Some(from.as_str()) == host(request))
}

fn host(request: &Request) -> Option<&str> {
    single(request.headers(), header::HOST.as_str())
        .or_else(|| request.uri().authority().map(axum::http::uri::Authority::as_str))
}

/// A header's value if it was sent exactly once.
fn single<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    let mut values = headers.get_all(name).iter();
    match (values.next(), values.next()) {
        (Some(value), None) => value.to_str().ok(),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use axum::body::Body;
    use axum::extract::Request;

    use super::{came_from_here, is_ours};
    use crate::web::settings::WebSettings;

    fn request(headers: &[(&str, &str)]) -> Request {
        let start = Request::post("/write").header("host", "site.example:8443");
        headers
            .iter()
            .fold(start, |all, (name, value)| all.header(*name, *value))
            .body(Body::empty())
            .unwrap()
    }

    #[test]
    fn only_a_page_of_this_site_may_change_anything() {
        let cases: [(&[(&str, &str)], bool); 11] = [
            (&[], false),
            (&[("sec-fetch-site", "same-origin")], true),
            (&[("sec-fetch-site", "same-site")], false),
            (&[("sec-fetch-site", "cross-site"), ("origin", "https://site.example:8443")], false),
            (&[("sec-fetch-site", "none")], false),
            (&[("sec-fetch-site", "same-origin"), ("sec-fetch-site", "cross-site")], false),
            (&[("origin", "https://site.example:8443")], true),
            (&[("origin", "http://site.example:8443")], false),
            (&[("origin", "https://site.example")], false),
            (&[("origin", "null")], false),
            (&[("origin", "https://evil.example")], false),
        ];
        let tls = WebSettings { behind_tls: true, ..WebSettings::default() };
        for (headers, allowed) in cases {
            assert_eq!(is_ours(&request(headers), &tls), allowed, "{headers:?}");
        }
        assert!(is_ours(&request(&[("origin", "http://site.example:8443")]), &WebSettings::default()));
    }

    #[test]
    fn the_onion_service_of_a_site_with_tls_is_this_site_too() {
        let onion = Some("http://abcdefgh.onion/".to_owned());
        let settings = WebSettings { behind_tls: true, onion_location: onion, ..WebSettings::default() };
        let to = |host: &str, origin: &str| {
            Request::post("/write").header("host", host).header("origin", origin).body(Body::empty()).unwrap()
        };
        assert!(is_ours(&to("abcdefgh.onion", "http://abcdefgh.onion"), &settings));
        assert!(!is_ours(&to("site.example", "http://abcdefgh.onion"), &settings));
        assert!(!is_ours(&to("other.onion", "http://other.onion"), &settings));
        assert!(!is_ours(&to("site.example", "http://site.example"), &settings));
    }

    #[test]
    fn the_quick_exit_knows_its_own_pages() {
        assert!(came_from_here(&request(&[("sec-fetch-site", "same-origin")])));
        assert!(came_from_here(&request(&[("referer", "https://site.example:8443/return")])));
        for headers in [&[][..], &[("referer", "https://evil.example/")], &[("sec-fetch-site", "cross-site")]]
        {
            assert!(!came_from_here(&request(headers)));
        }
    }
}
