//! AN-12, what does not need a browser: no cookie before a receipt is used, nothing kept, nothing
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

async fn an_12_no_cookie_before_a_receipt_is_used(app: TestApp) {
    let site = app.site();
    for route in routes().into_iter().filter(|route| route.area.is_visitors()) {
        let body = (route.method == Method::POST).then(|| b"words=a&to=write".to_vec());
        let answer = Client::new(&site).send(route.method.clone(), &filled(&route), body).await;
        for cookie in cookies(&answer) {
            assert!(
                cookie.starts_with("__Host-clear=") || cookie.contains("Max-Age=0"),
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

async fn an_12_pages_of_visitors_are_neither_kept_nor_filled_in(app: TestApp) {
    let mut client = Client::new(&app.site());
    let form = client.reach_form().await;
    let review = client.reach_review(&[]).await;
    let back = client.get("/return").await;
    let start = client.get("/").await;
    for page in [form, review, back, start] {
        assert_eq!(page.headers["cache-control"], "no-store", "{}", page.path);
        assert_eq!(page.body.len() % 8_192, 0, "{} is not padded", page.path);
        assert!(page.body.contains("translate=\"no\"") && page.body.contains("spellcheck=\"false\""));
        let inputs = page.body.matches("<textarea").count();
        let off = page.body.matches("autocomplete=\"off\"").count();
        assert!(off >= inputs, "{} may be filled in", page.path);
        assert!(page.headers.get("content-encoding").is_none(), "compression undoes padding");
    }
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

on_both!(an_12_no_cookie_before_a_receipt_is_used, an_12_pages_of_visitors_are_neither_kept_nor_filled_in);
