//! AN-14: the same headers on every answer of every route, whatever went wrong.

use axum::http::{HeaderMap, Method};

use crate::browser::driver::{self, Browser, Eye, Pages, serve};
use crate::support::app::{RAISING, TestApp, concern};
use crate::support::http::Client;
use crate::support::site::{bare_site, filled, routes};
use crate::support::{Engine, block_on, run_on};

/// Every feature that a page may have to be allowed: those that browsers know, and those of drafts.
const FEATURES: &str = "accelerometer ambient-light-sensor aria-notify attribution-reporting autoplay bluetooth \
    browsing-topics camera captured-surface-control clipboard-read clipboard-write compute-pressure cross-origin-isolated \
    deferred-fetch deferred-fetch-minimal digital-credentials-create digital-credentials-get display-capture \
    encrypted-media fullscreen gamepad geolocation gyroscope hid identity-credentials-get idle-detection interest-cohort \
    join-ad-interest-group keyboard-map language-detector language-model local-fonts local-network \
    local-network-access loopback-network magnetometer media-playback-while-not-visible microphone midi \
    on-device-speech-recognition otp-credentials payment picture-in-picture private-aggregation \
    private-state-token-issuance private-state-token-redemption run-ad-auction screen-wake-lock serial shared-storage \
    speaker-selection storage-access summarizer sync-xhr translator unload usb web-share window-management \
    xr-spatial-tracking";

/// What staff sign in with: on pages of this site alone.
const PASSKEYS: [&str; 2] = ["publickey-credentials-create", "publickey-credentials-get"];

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
    let permissions: Vec<_> = value("permissions-policy").split(", ").collect();
    // A style sheet and a script are no documents; a picture can be opened as one.
    let document =
        !["text/css", "text/javascript"].iter().any(|kind| value("content-type").starts_with(kind));
    for feature in FEATURES.split_whitespace().filter(|_| document) {
        if !permissions.contains(&format!("{feature}=()").as_str()) {
            faults.push(format!("{feature} is not forbidden"));
        }
    }
    for allowed in permissions.iter().filter(|one| document && !one.ends_with("=()")) {
        if !PASSKEYS.iter().any(|passkeys| *allowed == format!("{passkeys}=(self)")) {
            faults.push(format!("{allowed} is allowed"));
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

/// What a real browser says that a page may do. What it would tell of itself if it were asked (`ch-…`) nobody asks for.
#[test]
fn an_14_a_browser_lets_a_page_do_nothing_but_take_passkeys() {
    const ALLOWED: &str = "return document.featurePolicy.allowedFeatures()";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let bare =
            axum::Router::new().route("/", axum::routing::get(async || axum::response::Html("<p>bare")));
        let mut counts = Vec::new();
        for router in [bare_site().await, bare] {
            let browser = Browser::open(&serve(router).await, true, Eye::Glances, Pages::default()).await;
            browser.go("/").await;
            let allowed = browser.client.execute(ALLOWED, vec![]).await.unwrap();
            let allowed: Vec<_> =
                allowed.as_array().unwrap().iter().filter_map(serde_json::Value::as_str).collect();
            let powers = allowed.iter().filter(|one| !one.starts_with("ch-") && !PASSKEYS.contains(one));
            counts.push(powers.map(|one| (*one).to_owned()).collect::<Vec<_>>());
            browser.close().await;
        }
        assert_eq!(counts[0], Vec::<String>::new());
        // The control: a page without the header may do a good deal.
        assert!(counts[1].len() > 20, "{:?}", counts[1]);
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
