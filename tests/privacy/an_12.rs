//! AN-12, what does not need a browser: no cookie before the words of a receipt are sent, nothing kept, nothing
//! offered to be filled in.

use axum::http::Method;

use crate::support::app::{TestApp, concern};
use crate::support::http::{Answer, Client};
use crate::support::site::{filled, routes};
use candor::web::routes::Area;

fn cookies(answer: &Answer) -> Vec<String> {
    let all = answer.headers.get_all("set-cookie").iter();
    all.map(|cookie| cookie.to_str().unwrap().to_owned()).collect()
}

async fn an_12_no_cookie_before_words_of_a_receipt_are_sent(app: TestApp) {
    let site = app.site();
    for route in routes().into_iter().filter(|route| route.area.is_visitors()) {
        let body = (route.method == Method::POST).then(|| b"words=a&to=write".to_vec());
        let answer = Client::new(&site).send(route.method.clone(), &filled(&route), body).await;
        for cookie in cookies(&answer) {
            // Words that were typed are answered with one, right or wrong: else the wire would tell them apart (AN-17).
            let answers_words = route.path == "/return" && cookie.starts_with("__Host-visit=");
            assert!(
                answers_words || cookie.starts_with("__Host-clear=") || cookie.contains("Max-Age=0"),
                "{}: {cookie}",
                route.path
            );
        }
    }
    // The control: a receipt does set one, for this host, this session and no script.
    let (reporter, _) = app.open_case(&concern()).await;
    let opened = Client::new(&site).post_only("/return", &[("words", reporter.words.as_str())]).await;
    let set = cookies(&opened);
    let visit = set.iter().find(|cookie| cookie.starts_with("__Host-visit=")).expect("a visit's cookie");
    for part in ["Secure", "HttpOnly", "SameSite=Strict", "Path=/"] {
        assert!(visit.contains(part), "{visit}");
    }
    assert!(!visit.contains("Max-Age") && !visit.contains("Expires"), "it goes when the browser closes");
    assert!(set.iter().any(|cookie| cookie.starts_with("__Host-clear=") && cookie.contains("Max-Age=1")));
    // Nothing of the receipt stands in it.
    for word in reporter.words.split(' ') {
        assert!(!visit.contains(word));
    }
}

/// By what a browser could keep a page, or fill its fields in.
fn kept_or_filled_in(page: &Answer) -> Vec<String> {
    let mut ways = Vec::new();
    if page.headers.get("cache-control").is_none_or(|value| value != "no-store") {
        ways.push("it is kept".to_owned());
    }
    if page.headers.contains_key("content-encoding") || !page.body.len().is_multiple_of(8_192) {
        ways.push("its size tells of it".to_owned());
    }
    if !page.body.contains("translate=\"no\"")
        || !page.body.contains("<body class=\"visitor\" spellcheck=\"false\"")
    {
        ways.push("it goes to who translates or checks spelling".to_owned());
    }
    for (tag, what) in [("<form", "a form"), ("<textarea", "a field")] {
        let open = page.body.split(tag).skip(1).filter_map(|rest| rest.split('>').next());
        let filled = open.filter(|attributes| !attributes.contains("autocomplete=\"off\"")).count();
        if filled > 0 {
            ways.push(format!("{what} is filled in"));
        }
    }
    ways
}

async fn an_12_pages_of_visitors_are_neither_kept_nor_filled_in(app: TestApp) {
    let mut client = Client::new(&app.site());
    let form = client.reach_form().await;
    let review = client.reach_review(&[]).await;
    let back = client.get("/return").await;
    let start = client.get("/").await;
    let wrong = client.post("/return", &[("words", "abacus")]).await;
    let (reporter, _) = app.open_case(&concern()).await;
    let visit = client.come_back(&reporter.words).await;
    let files = client.get("/return/files").await;
    for page in [form, review, back, start, wrong, visit, files] {
        assert_eq!(kept_or_filled_in(&page), Vec::<String>::new(), "{}", page.path);
    }
    // The control: the same look at a page of which nothing is said.
    let bare = axum::Router::new().route(
        "/",
        axum::routing::get(async || {
            axum::response::Html("<body><form><textarea name=\"a\"></textarea></form>")
        }),
    );
    let found = kept_or_filled_in(&Client::new(&bare).get("/").await);
    assert_eq!(found.len(), 5, "{found:?}");
}

#[test]
fn an_12_scripts_keep_nothing() {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("static");
    let mut seen = 0;
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        if path.extension().is_some_and(|kind| kind == "js") {
            let script = std::fs::read_to_string(&path).unwrap();
            for keeps in [
                "localStorage",
                "sessionStorage",
                "indexedDB",
                "caches",
                "serviceWorker",
                "document.cookie",
                "fetch(",
                "XMLHttpRequest",
                "sendBeacon",
            ] {
                // A file is sent by a script, so that the page can show how much has gone; what comes back is kept nowhere.
                let sends = keeps == "XMLHttpRequest" && path.ends_with("attach.js");
                assert_eq!(script.contains(keeps), sends, "{} uses {keeps}", path.display());
            }
            seen += 1;
        }
    }
    assert!(seen > 0);
    assert!(
        !routes().iter().any(|route| route.area == Area::Reporter && route.path.contains('{')),
        "nothing identifying in an address"
    );
}

on_both!(
    an_12_no_cookie_before_words_of_a_receipt_are_sent,
    an_12_pages_of_visitors_are_neither_kept_nor_filled_in
);
