//! AN-14: the same headers on every answer of every route, whatever went wrong.

use axum::http::{HeaderMap, Method};

use crate::support::app::{RAISING, TestApp, concern};
use crate::support::http::Client;
use crate::support::site::{bare_site, filled, routes};
use crate::support::{Engine, block_on, run_on};

/// What an answer's headers lack or have too many of.
fn faults(headers: &HeaderMap) -> Vec<String> {
    let mut faults = Vec::new();
    let value = |name: &str| headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    for (name, wanted) in [
        ("referrer-policy", "same-origin"),
        ("cross-origin-opener-policy", "same-origin"),
        ("cross-origin-embedder-policy", "require-corp"),
        ("cross-origin-resource-policy", "same-origin"),
        ("x-content-type-options", "nosniff"),
    ] {
        if value(name) != wanted {
            faults.push(format!("{name} is \"{}\"", value(name)));
        }
    }
    let policy = value("content-security-policy");
    for part in ["default-src 'none'", "form-action 'self'", "base-uri 'none'", "frame-ancestors 'none'"] {
        if !policy.contains(part) {
            faults.push(format!("the policy lacks {part}"));
        }
    }
    for part in ["unsafe", "*", "data:", "blob:", "http"] {
        if policy.contains(part) {
            faults.push(format!("the policy has {part}"));
        }
    }
    for feature in ["camera=()", "geolocation=()", "microphone=()", "usb=()"] {
        if !value("permissions-policy").contains(feature) {
            faults.push(format!("{feature} is not forbidden"));
        }
    }
    for name in ["server", "etag", "last-modified", "x-powered-by", "access-control-allow-origin"] {
        if headers.contains_key(name) {
            faults.push(format!("there is a header {name}"));
        }
    }
    if value("cache-control") != "no-store" && !value("cache-control").contains("immutable") {
        faults.push(format!("cache-control is \"{}\"", value("cache-control")));
    }
    faults
}

#[test]
fn an_14_every_route_answers_with_every_header() {
    block_on(async {
        let site = bare_site().await;
        let mut seen = 0;
        for route in routes() {
            for method in [Method::GET, Method::POST, Method::HEAD, Method::OPTIONS, Method::DELETE] {
                for origin in ["same-origin", "cross-site"] {
                    let mut client = Client::new(&site);
                    client.extra.push(("sec-fetch-site".to_owned(), origin.to_owned()));
                    let body = (method == Method::POST).then(|| b"a=1".to_vec());
                    let answer = client.send(method.clone(), &filled(&route), body).await;
                    let faults = faults(&answer.headers);
                    assert!(faults.is_empty(), "{method} {} ({origin}): {faults:?}", route.path);
                    seen += 1;
                }
            }
        }
        assert!(seen > 20);
        // What no route answers.
        let mut client = Client::new(&site);
        for (method, path, body) in [
            (Method::GET, "/nothing/here", None),
            (Method::GET, "/%ff", None),
            (Method::POST, "/", Some(vec![b'a'; 20_000_000])),
            (Method::POST, "/write", Some(vec![0xff; 100])),
            (Method::GET, "/static/nothing.css", None),
        ] {
            let answer = client.send(method, path, body).await;
            let faults = faults(&answer.headers);
            assert!(faults.is_empty(), "{path} ({}): {faults:?}", answer.status);
        }
    });
}

/// One page has a script that opens a connection, and to this site alone: no other may, whoever looks.
#[test]
fn an_14_the_page_with_a_file_to_choose_alone_opens_connections() {
    run_on(Engine::Sqlite, async |app: TestApp| {
        let (reporter, number) = app.open_case(&concern()).await;
        let (mut visitor, mut staff) = (Client::new(&app.site()), Client::new(&app.site()));
        visitor.come_back(&reporter.words).await.ok();
        staff.sign_in(RAISING).await;
        let case = staff.case(&number).await.path;
        let mut opening = Vec::new();
        for client in [&visitor, &staff, &Client::new(&app.site())] {
            let routes = routes().into_iter().filter(|route| route.method == Method::GET);
            for path in routes.map(|route| filled(&route)).chain([case.clone()]) {
                let answer = client.clone().send(Method::GET, &path, None).await;
                let policy = answer.headers["content-security-policy"].to_str().unwrap().to_owned();
                if policy.contains("connect-src") {
                    assert!(policy.contains("; connect-src 'self'; "), "{policy}");
                    assert_eq!(faults(&answer.headers), Vec::<String>::new());
                    opening.push(path);
                }
            }
        }
        assert_eq!(opening, ["/return/files"], "the visitor's, and once");
    });
}

/// The control: the same look at a page without the layer finds what is missing.
#[test]
fn an_14_control_a_page_without_the_layer_is_found_out() {
    block_on(async {
        let bare = axum::Router::new().route("/", axum::routing::get(async || "hello"));
        let answer = Client::new(&bare).get("/").await;
        assert!(faults(&answer.headers).len() > 10);
    });
}
