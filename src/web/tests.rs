//! The layers as a browser meets them: requests through the whole router.

use std::net::SocketAddr;
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use http_body_util::BodyExt;
use tower::ServiceExt;

use super::errors::Failure;
use super::form::Fields;
use super::page::SIZE_CLASS;
use super::routes::{Area, Routes};
use super::settings::{LimitSettings, WebSettings};
use super::{App, router, with_layers};
use crate::service::Candor;

fn app(settings: WebSettings) -> App {
    App::new(Candor::without_database(), settings)
}

/// Routes that misbehave, one in each way, beside the real layers.
pub(super) fn misbehaving(settings: WebSettings) -> (Router, App) {
    let weak = async || {
        let headers = [
            ("content-security-policy", "default-src *"),
            ("cache-control", "public"),
            ("referrer-policy", "unsafe-url"),
            ("x-frame-options", "ALLOWALL"),
            ("server", "named"),
            ("etag", "\"1\""),
            ("last-modified", "Tue, 24 Nov 2026 09:00:00 GMT"),
            ("access-control-allow-origin", "*"),
        ];
        (headers, StatusCode::NO_CONTENT)
    };
    let desk = Routes::of(Area::Desk)
        .get("/desk/forbidden", async || Failure::Forbidden)
        .get("/desk/panics", panicking)
        .get("/desk/missing", async || Failure::NotFound)
        .get("/desk/typed/{number}", async |super::form::InPath(number): super::form::InPath<u8>| {
            number.to_string()
        })
        .post("/desk/form", async |form: Fields| form.one("a").to_owned());
    let routes = Routes::of(Area::Reporter)
        .get("/weak", weak)
        .get("/forbidden", async || Failure::Forbidden)
        .get("/panics", panicking)
        .get("/slow", async || tokio::time::sleep(Duration::from_mins(1)).await)
        .get("/bare", async || "a page of the handler's own making")
        .post("/form", async |_: Fields| StatusCode::NO_CONTENT)
        .post_up_to("/large", 1_000_000, async |_: Fields| StatusCode::NO_CONTENT)
        .post("/typed", async |_: super::form::Form<std::collections::HashMap<String, u8>>| {
            StatusCode::NO_CONTENT
        })
        .and(desk);
    let app = app(settings);
    (with_layers(routes, app.clone()), app)
}

async fn panicking() -> Response {
    std::panic::resume_unwind(Box::new("the canary in a panic"))
}

async fn ask(router: &Router, request: Request) -> (StatusCode, HeaderMap, String) {
    let response = router.clone().oneshot(request).await.unwrap();
    let (parts, body) = response.into_parts();
    let bytes = body.collect().await.unwrap().to_bytes();
    (parts.status, parts.headers, String::from_utf8(bytes.to_vec()).unwrap())
}

pub(super) fn get(path: &str) -> Request {
    Request::get(path).header("host", "site.example").body(Body::empty()).unwrap()
}

pub(super) fn post(path: &str, body: impl Into<Body>) -> Request {
    Request::post(path)
        .header("host", "site.example")
        .header("sec-fetch-site", "same-origin")
        .header("content-type", "application/x-www-form-urlencoded")
        .body(body.into())
        .unwrap()
}

fn coming_from(mut request: Request, address: [u8; 4]) -> Request {
    request.extensions_mut().insert(ConnectInfo(SocketAddr::from((address, 4_000))));
    request
}

pub(super) async fn body_of(path: &str) -> String {
    ask(&router(app(WebSettings::default())), get(path)).await.2
}

#[tokio::test]
async fn an_14_no_handler_weakens_a_header() {
    let settings = WebSettings {
        behind_tls: true,
        onion_location: Some("http://example.onion/".to_owned()),
        ..WebSettings::default()
    };
    let (site, _) = misbehaving(settings);
    for path in ["/weak", "/panics", "/nothing", "/desk/missing", "/favicon.ico"] {
        let (_, headers, _) = ask(&site, get(path)).await;
        let text = |name: &str| headers.get(name).map_or("", |value| value.to_str().unwrap()).to_owned();
        assert_eq!(headers.get_all("content-security-policy").iter().count(), 1);
        assert!(text("content-security-policy").starts_with("default-src 'none'; style-src 'self'"));
        assert!(text("content-security-policy").ends_with("base-uri 'none'; frame-ancestors 'none'"));
        assert_eq!(text("cache-control"), "no-store");
        assert_eq!(text("referrer-policy"), "same-origin");
        assert_eq!(text("x-content-type-options"), "nosniff");
        assert_eq!(text("x-frame-options"), "DENY");
        assert_eq!(text("cross-origin-opener-policy"), "same-origin");
        assert_eq!(text("cross-origin-embedder-policy"), "require-corp");
        assert_eq!(text("cross-origin-resource-policy"), "same-origin");
        assert!(text("permissions-policy").contains("geolocation=()"));
        assert_eq!(text("strict-transport-security"), "max-age=63072000");
        assert_eq!(text("onion-location"), "http://example.onion/");
        for gone in ["server", "etag", "last-modified", "access-control-allow-origin"] {
            assert!(!headers.contains_key(gone), "{path} has {gone}");
        }
    }
}

#[tokio::test]
async fn headers_that_need_tls_or_an_onion_address_wait_for_them() {
    let (_, headers, _) = ask(&router(app(WebSettings::default())), get("/")).await;
    assert!(!headers.contains_key("strict-transport-security") && !headers.contains_key("onion-location"));
}

/// What an answer tells a network of a visitor's page, or anybody who looks on.
fn tells(headers: &HeaderMap, body: &str) -> Vec<&'static str> {
    let mut tells = Vec::new();
    if body.is_empty() || !body.len().is_multiple_of(SIZE_CLASS) {
        tells.push("its size");
    }
    if headers.contains_key("content-encoding") {
        tells.push("its size, compressed");
    }
    if !body.trim_end().ends_with("</html>") || !body.contains("<title>Field Library</title>") {
        tells.push("its title");
    }
    if headers.contains_key("set-cookie") {
        tells.push("a cookie before words of a receipt are sent");
    }
    tells
}

#[tokio::test]
async fn an_11_visitors_pages_come_in_size_classes_and_uncompressed() {
    let (site, _) = misbehaving(WebSettings::default());
    let real = router(app(WebSettings::default()));
    let asked = async |site: &Router, path: &str| {
        let mut request = get(path);
        request.headers_mut().insert("accept-encoding", "gzip, br".parse().unwrap());
        let (_, headers, body) = ask(site, request).await;
        tells(&headers, &body)
    };
    for (site, path) in
        [(&real, "/"), (&real, "/nothing"), (&site, "/forbidden"), (&site, "/panics"), (&site, "/bare")]
    {
        assert_eq!(asked(site, path).await, Vec::<&str>::new(), "{path}");
    }
    // The control: the same look at a page that no layer has finished, and at one that is compressed.
    let compressed = async || ([("content-encoding", "gzip"), ("set-cookie", "a=b")], "x".repeat(SIZE_CLASS));
    let bare = Router::new()
        .route("/", axum::routing::get(async || "hello"))
        .route("/compressed", axum::routing::get(compressed));
    assert_eq!(asked(&bare, "/").await, ["its size", "its title"]);
    let told = ["its size, compressed", "its title", "a cookie before words of a receipt are sent"];
    assert_eq!(asked(&bare, "/compressed").await, told);
}

#[tokio::test]
async fn a_page_made_outside_the_wrapper_is_not_sent() {
    let (site, app) = misbehaving(WebSettings::default());
    let (status, _, body) = ask(&site, get("/bare")).await;
    assert_eq!(status, StatusCode::INTERNAL_SERVER_ERROR);
    assert!(!body.contains("own making"));
    assert_eq!(app.candor.operations.visitors.take().faults.len(), 1);
}

#[tokio::test]
async fn forbidden_and_missing_are_the_same_bytes() {
    let (site, _) = misbehaving(WebSettings::default());
    for (one, other) in [
        ("/desk/forbidden", "/desk/missing"),
        ("/desk/missing", "/desk/unrouted"),
        ("/forbidden", "/unrouted"),
        ("/desk/typed/x", "/desk/forbidden"),
    ] {
        assert_eq!(ask(&site, get(one)).await, ask(&site, get(other)).await);
    }
    assert_eq!(ask(&site, get("/desk/typed/7")).await.0, StatusCode::OK, "the control");
}

#[tokio::test]
async fn every_refusal_has_its_status_and_a_plain_page() {
    let settings = || WebSettings::default();
    let (site, _) = misbehaving(settings());
    let mut other_type = post("/form", "a=1");
    other_type.headers_mut().insert("content-type", "text/plain".parse().unwrap());
    let large = "a=".to_owned() + &"x".repeat(300_000);
    let cases = [
        (post("/form", "a=1"), 204),
        (post("/form", "a=%FF"), 400),
        (post("/form", "a=%"), 400),
        (post("/typed", "a=1"), 204),
        (post("/typed", "a=many"), 422),
        (post("/typed", "a=%FF"), 400),
        (get("/form"), 405),
        (post("/form", large.clone()), 413),
        (post("/large", large), 204),
        (post("/large", "x".repeat(1_000_001)), 413),
        (post("/form", "x".repeat(17 * 1024 * 1024)), 413),
        (other_type, 415),
        (get("/panics"), 500),
        (get("/%ff"), 404),
        (get("/desk/typed/1000"), 404),
    ];
    for (request, status) in cases {
        let asked = format!("{} {}", request.method(), request.uri());
        let (answered, headers, body) = ask(&site, request).await;
        assert_eq!(answered.as_u16(), status, "{asked}");
        if status != 204 {
            assert!(body.contains("What you can do"), "{asked}");
            assert_eq!(headers["content-type"], "text/html; charset=utf-8");
            assert!(!body.contains("canary"), "{asked}");
        }
    }
}

#[tokio::test]
async fn a_form_from_elsewhere_or_from_nowhere_is_refused_before_the_handler() {
    let (site, _) = misbehaving(WebSettings::default());
    for value in ["cross-site", "same-site", "none", ""] {
        let mut request = post("/panics", "a=1");
        *request.method_mut() = axum::http::Method::DELETE;
        request.headers_mut().insert("sec-fetch-site", value.parse().unwrap());
        assert_eq!(ask(&site, request).await.0, StatusCode::FORBIDDEN);
    }
    let mut bare = post("/form", "a=1");
    bare.headers_mut().remove("sec-fetch-site");
    assert_eq!(ask(&site, bare).await.0, StatusCode::FORBIDDEN);
}

#[tokio::test]
async fn an_16_a_flood_from_one_address_stops_nobody_else() {
    let limits = LimitSettings {
        address_burst: 10,
        address_every: Duration::from_secs(100),
        global_burst: 30,
        global_every: Duration::from_secs(1_000),
        ..LimitSettings::default()
    };
    let (site, app) = misbehaving(WebSettings { limits, ..WebSettings::default() });
    let mut answered = 0;
    for _ in 0..500 {
        let (status, headers, body) = ask(&site, coming_from(get("/weak"), [198, 51, 100, 1])).await;
        if status == StatusCode::NO_CONTENT {
            answered += 1;
        } else {
            assert_eq!(status, StatusCode::TOO_MANY_REQUESTS);
            let seconds: u64 = headers["retry-after"].to_str().unwrap().parse().unwrap();
            assert!((90..=101).contains(&seconds));
            assert!(body.contains("try again in 2 minutes"));
            assert!(!headers.keys().any(|name| name.as_str().starts_with("x-ratelimit")));
        }
    }
    assert_eq!(answered, 10);
    assert_eq!(ask(&site, coming_from(get("/weak"), [198, 51, 100, 2])).await.0, StatusCode::NO_CONTENT);
    // An onion service's visitors come from loopback: the common allowance is theirs, 19 are left of it.
    for _ in 0..19 {
        assert_eq!(ask(&site, coming_from(get("/weak"), [127, 0, 0, 1])).await.0, StatusCode::NO_CONTENT);
    }
    let (status, headers, _) = ask(&site, get("/weak")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert!(headers.contains_key("retry-after"));
    assert_eq!(app.candor.operations.visitors.take().turned_away, 491);
}

/// The control: with one allowance for all and none for an address, the same flood keeps everybody else out.
#[tokio::test]
async fn an_16_control_with_one_allowance_for_all_a_flood_starves_the_other() {
    let limits = LimitSettings {
        address_burst: 1_000,
        address_every: Duration::from_secs(100),
        global_burst: 30,
        global_every: Duration::from_secs(1_000),
        ..LimitSettings::default()
    };
    let (site, _) = misbehaving(WebSettings { limits, ..WebSettings::default() });
    for _ in 0..500 {
        ask(&site, coming_from(get("/weak"), [198, 51, 100, 1])).await;
    }
    let (status, ..) = ask(&site, coming_from(get("/weak"), [198, 51, 100, 2])).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
}

#[tokio::test]
async fn a_request_that_takes_too_long_is_told_to_come_again() {
    let limits = LimitSettings { time_out: Duration::from_millis(20), ..LimitSettings::default() };
    let (site, _) = misbehaving(WebSettings { limits, ..WebSettings::default() });
    let (status, headers, _) = ask(&site, get("/slow")).await;
    assert_eq!(status, StatusCode::SERVICE_UNAVAILABLE);
    assert_eq!(headers["retry-after"], "10");
}

#[tokio::test]
async fn beyond_the_places_there_are_a_request_is_shed_at_once() {
    let limits = LimitSettings { at_once: 1, ..LimitSettings::default() };
    let (site, _) = misbehaving(WebSettings { limits, ..WebSettings::default() });
    let slow = tokio::spawn(site.clone().oneshot(get("/slow")));
    tokio::task::yield_now().await;
    assert_eq!(ask(&site, get("/weak")).await.0, StatusCode::SERVICE_UNAVAILABLE);
    slow.abort();
    assert!(slow.await.unwrap_err().is_cancelled());
    assert_eq!(ask(&site, get("/weak")).await.0, StatusCode::NO_CONTENT);
}

#[tokio::test]
async fn an_13_only_our_own_page_ends_the_visit() {
    let site = router(app(WebSettings::default()));
    for (name, value, ends) in [
        ("sec-fetch-site", "same-origin", true),
        ("referer", "https://site.example/return", true),
        ("sec-fetch-site", "cross-site", false),
        ("sec-fetch-site", "none", false),
        ("x-nothing", "", false),
    ] {
        let mut request = get("/leave");
        request.headers_mut().insert(name, value.parse().unwrap());
        let (status, headers, _) = ask(&site, request).await;
        assert_eq!(status, StatusCode::SEE_OTHER);
        assert_eq!(headers["location"], "https://www.weather.gov/");
        let cookies: Vec<_> =
            headers.get_all("set-cookie").iter().map(|cookie| cookie.to_str().unwrap()).collect();
        assert_eq!(cookies.iter().any(|cookie| cookie.starts_with("__Host-visit=; Max-Age=0")), ends);
        assert!(cookies.iter().any(|cookie| cookie.starts_with("__Host-clear=1; Max-Age=1; Secure")));
    }
}

#[tokio::test]
async fn static_files_last_and_only_they() {
    let site = router(app(WebSettings::default()));
    let address = super::assets::url("candor.css");
    let mut request = get(&address);
    request.headers_mut().insert("accept-encoding", "gzip".parse().unwrap());
    let response = site.clone().oneshot(request).await.unwrap();
    assert_eq!(response.headers()["content-encoding"], "gzip");
    assert_eq!(response.headers()["cache-control"], "public, max-age=31536000, immutable");
    let (_, headers, body) = ask(&site, get(&address)).await;
    assert!(!headers.contains_key("content-encoding") && body.contains(":root"));
    for path in ["/static/candor.css", "/static/candor.0000000000000000.css"] {
        let (status, headers, _) = ask(&site, get(path)).await;
        assert_eq!(status, StatusCode::NOT_FOUND);
        assert_eq!(headers["cache-control"], "no-store");
    }
}

#[tokio::test]
async fn the_start_page_and_its_stylesheet_fit_a_first_visit() {
    let page = body_of("/").await.len();
    let files: usize = ["candor.css", "exit.js"]
        .iter()
        .map(|file| std::fs::read(format!("static/{file}")).unwrap().len())
        .sum();
    assert!(page + files <= 30_000, "{} bytes", page + files);
}

#[test]
fn the_failure_of_a_status_answers_with_it() {
    for code in [400, 404, 405, 409, 413, 415, 422, 429, 500, 503] {
        let status = StatusCode::from_u16(code).unwrap();
        assert_eq!(Failure::of_status(status).into_response().status(), status);
    }
}
