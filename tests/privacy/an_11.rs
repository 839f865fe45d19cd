//! AN-11: whatever a visitor asks for comes in a size of few, uncompressed, under a title and an address that say
//! nothing. What a browser's history then holds, `an_11_titles_addresses_and_history_say_nothing` looks at.

use axum::http::Method;
use axum::response::Html;
use axum::routing::get;

use crate::browser::traces::TELLING;
use crate::support::app::{TestApp, concern};
use crate::support::http::{Answer, Client};
use crate::support::site::{filled, routes};
use candor::web::page::SIZE_CLASS;
use candor::web::routes::Area;

/// What an answer tells a network, or whoever looks on.
fn tells(answer: &Answer) -> Vec<String> {
    let mut tells = Vec::new();
    if !answer.body.len().is_multiple_of(SIZE_CLASS) {
        tells.push("its size".to_owned());
    }
    if answer.headers.contains_key("content-encoding") {
        tells.push("its size, compressed".to_owned());
    }
    let title = answer.body.split("<title>").nth(1).and_then(|rest| rest.split("</title>").next());
    if !answer.body.is_empty() && title.is_none_or(|title| !title.ends_with("Field Library")) {
        tells.push("its title".to_owned());
    }
    let said = format!("{} {}", answer.path, title.unwrap_or_default()).to_lowercase();
    tells.extend(TELLING.iter().filter(|word| said.contains(**word)).map(|word| format!("{word} in {said}")));
    tells
}

async fn an_11_whatever_a_visitor_asks_for_tells_nothing(app: TestApp) {
    let site = app.site();
    let (reporter, _) = app.open_case(&concern()).await;
    let mut visitor = Client::new(&site);
    visitor.come_back(&reporter.words).await.ok();
    let mut seen = 0;
    let pages = routes().into_iter().filter(|route| route.area.is_visitors() && route.area != Area::Assets);
    for route in pages.filter(|route| !route.path.contains('.')) {
        for client in [&Client::new(&site), &visitor] {
            for body in [&b"to=write"[..], b"words=abacus", b"\xff"] {
                let body = (route.method == Method::POST).then(|| body.to_vec());
                let mut client = client.clone();
                client.extra.push(("accept-encoding".to_owned(), "gzip, br".to_owned()));
                let answer = client.send(route.method.clone(), &filled(&route), body).await;
                assert_eq!(tells(&answer), Vec::<String>::new(), "{} {}", route.method, route.path);
                seen += 1;
            }
        }
    }
    assert!(seen > 60, "{seen}");
    // The control: the same look at pages that nobody has padded, or that are compressed, or that speak out.
    let bare = axum::Router::new()
        .route("/", get(async || Html("<title>Field Library</title>hello")))
        .route("/compressed", get(async || ([("content-encoding", "gzip")], "x".repeat(SIZE_CLASS))))
        .route("/report", get(async || Html("<title>Raise a concern</title>")));
    let mut client = Client::new(&bare);
    for (path, told) in [("/", 1), ("/compressed", 2), ("/report", 4)] {
        let found = tells(&client.get(path).await);
        assert_eq!(found.len(), told, "{path}: {found:?}");
    }
}

on_both!(an_11_whatever_a_visitor_asks_for_tells_nothing);
