//! The site's cookies. All are `__Host-`: this host, the whole site, over TLS only.

use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::response::Response;

/// A staff session.
pub const STAFF: &str = "__Host-staff";
/// A field member who acknowledges.
pub const MEMBER: &str = "__Host-member";
/// A visit with a receipt.
pub const VISIT: &str = "__Host-visit";
/// Gone after one second. A browser drops its stored copy of a page when a cookie changes, so
/// that Back after sending fetches an empty form; `no-store` and Clear-Site-Data do not do it (AN-12).
const CLEAR: &str = "__Host-clear";

/// The value of a cookie, if the browser sent it.
#[must_use]
pub fn value<'a>(headers: &'a HeaderMap, name: &str) -> Option<&'a str> {
    headers
        .get_all(header::COOKIE)
        .iter()
        .filter_map(|line| line.to_str().ok())
        .flat_map(|line| line.split(';'))
        .filter_map(|pair| pair.trim().split_once('='))
        .find_map(|(key, value)| (key == name).then_some(value))
}

/// Sets a cookie for as long as the browser stays open. `value` must be letters, digits, `-` or `_`.
pub fn set(response: &mut Response, name: &str, value: &str) {
    append(response, &format!("{name}={value}; Secure; HttpOnly; SameSite=Strict; Path=/"));
}

/// Makes the browser forget a cookie.
pub fn forget(response: &mut Response, name: &str) {
    append(response, &format!("{name}=; Max-Age=0; Secure; HttpOnly; SameSite=Strict; Path=/"));
}

/// Makes Back show an empty form instead of what was typed (AN-12).
pub fn empty_form_on_back(response: &mut Response) {
    append(response, &format!("{CLEAR}=1; Max-Age=1; Secure; HttpOnly; SameSite=Strict; Path=/"));
}

fn append(response: &mut Response, cookie: &str) {
    const SET_COOKIE: HeaderName = header::SET_COOKIE;
    // A value that is no header is a mistake of ours; sending no cookie is the safe half of it.
    if let Ok(value) = HeaderValue::from_str(cookie) {
        response.headers_mut().append(SET_COOKIE, value);
    }
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};
    use axum::response::{IntoResponse, Response};

    use super::{STAFF, VISIT, empty_form_on_back, forget, set, value};

    #[test]
    fn finds_one_cookie_among_several_and_never_a_similar_name() {
        let mut headers = HeaderMap::new();
        headers.append("cookie", HeaderValue::from_static("x=1; __Host-staff=abc; __Host-staffx=2"));
        headers.append("cookie", HeaderValue::from_static("__Host-visit=d=e"));
        assert_eq!(value(&headers, STAFF), Some("abc"));
        assert_eq!(value(&headers, VISIT), Some("d=e"));
        assert_eq!(value(&headers, "__Host-sta"), None);
    }

    #[test]
    fn every_cookie_is_for_this_host_alone_and_out_of_reach_of_scripts() {
        let mut response: Response = ().into_response();
        set(&mut response, VISIT, "v");
        forget(&mut response, STAFF);
        empty_form_on_back(&mut response);
        let cookies: Vec<_> = response.headers().get_all("set-cookie").iter().collect();
        assert_eq!(cookies.len(), 3);
        for cookie in cookies {
            let text = cookie.to_str().unwrap();
            assert!(text.starts_with("__Host-"));
            for part in ["; Secure", "; HttpOnly", "; SameSite=Strict", "; Path=/"] {
                assert!(text.contains(part), "{text} lacks {part}");
            }
        }
    }
}
