//! AN-13: the way out stands on every page, as a link, and ends the visit only for our own page. Leaving from every step
//! in a real browser, and Shift three times, are in tests/browser/traces.rs; the control is here.

use axum::Router;
use axum::http::Method;
use axum::response::Html;
use axum::routing::get;

use crate::browser::driver::{self, Browser, Eye, Pages, serve};
use crate::browser::traces::{TYPED, history, shown, told_by};
use crate::support::app::{TestApp, concern};
use crate::support::block_on;
use crate::support::http::{Answer, Client};
use crate::support::site::{filled, routes};
use candor::web::routes::Area;

/// Whether a page's first link that is not of the site's own navigation leads out, before anything of its content.
fn has_a_way_out(page: &Answer) -> bool {
    let before = page.body.split("<main").next().unwrap_or_default();
    let ways: Vec<_> = page.body.matches("href=\"/leave\"").collect();
    ways.len() == 1 && before.contains("<a class=\"button\" href=\"/leave\" rel=\"nofollow\" data-exit>")
}

async fn an_13_the_way_out_stands_on_every_page(app: TestApp) {
    let site = app.site();
    let (reporter, _) = app.open_case(&concern()).await;
    let waiting = app.raise(&concern()).await;
    let mut pages = Vec::new();
    for words in [&reporter.words, &waiting.words] {
        let mut visitor = Client::new(&site);
        visitor.come_back(words).await.ok();
        for route in routes().into_iter().filter(|route| {
            route.area.is_visitors() && route.area != Area::Assets && route.method == Method::GET
        }) {
            let answer = visitor.clone().send(Method::GET, &filled(&route), None).await;
            if answer
                .headers
                .get("content-type")
                .is_some_and(|kind| kind.to_str().unwrap().starts_with("text/html"))
            {
                pages.push(answer);
            }
        }
    }
    let mut client = Client::new(&site);
    pages.push(client.reach_form().await);
    pages.push(client.reach_review(&[]).await);
    pages.push(client.reach_review(&[("what_happens", "")]).await);
    pages.push(client.get("/nothing/here").await);
    pages.push(client.come_back("abacus").await);
    let mut staff = Client::new(&site);
    staff.sign_in("guard-east").await;
    pages.push(staff.get("/write").await);
    assert!(pages.len() > 20, "{}", pages.len());
    for page in &pages {
        assert!(has_a_way_out(page), "{} has none: {}", page.path, page.text());
    }
    // The control: the same look at a page that has none, and at one where it comes too late.
    let desk = staff.get("/desk").await.ok();
    assert!(!has_a_way_out(&desk));
    let late = Answer { body: "<main><a href=\"/leave\" data-exit>".to_owned(), ..desk };
    assert!(!has_a_way_out(&late));
    app.run_batches().await;
}

/// Away at once, and the visit ends for our own page alone; the control is whoever else links there.
async fn an_13_leaving_ends_the_visit_for_our_own_page_alone(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    for (from, ends) in [("same-origin", true), ("cross-site", false), ("none", false)] {
        let mut client = Client::new(&app.site());
        client.come_back(&reporter.words).await.ok();
        client.extra.push(("sec-fetch-site".to_owned(), from.to_owned()));
        let away = client.get("/leave").await;
        assert_eq!(away.headers["location"], "https://www.weather.gov/");
        client.extra.clear();
        let after = client.get("/return/visit").await;
        assert_eq!(after.text().contains("Where your concern stands"), !ends, "{from}");
    }
}

on_both!(an_13_the_way_out_stands_on_every_page, an_13_leaving_ends_the_visit_for_our_own_page_alone);

/// The control of leaving from every step: from a page with a link and nothing else, the same looks find the page in the
/// history, its title, and behind Back what was typed.
#[test]
fn an_13_control_a_plain_link_leaves_everything_behind() {
    const NEUTRAL: &str = "<!doctype html><title>Weather</title><p>Sunny.</p>";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let neutral = serve(Router::new().route("/", get(async || Html(NEUTRAL)))).await;
        let page = format!(
            "<!doctype html><title>Raise a concern</title><form><textarea name=text></textarea></form>\
             <a data-exit href=\"{}/\">Leave</a>",
            neutral.replace("localhost", "127.0.0.1")
        );
        let site = serve(Router::new().route("/concern", get(async move || Html(page)))).await;
        for scripts in [true, false] {
            let browser = Browser::open(&site, scripts, Eye::Glances, Pages::default()).await;
            browser.go("/concern").await;
            browser.fill("text", TYPED).await;
            let (before, _) = history(&browser).await;
            browser.find("[data-exit]").await.click().await.unwrap();
            browser.says("Sunny.").await;
            let (after, _) = history(&browser).await;
            assert_eq!(after.len(), before.len() + 1, "the page stays: {after:?}");
            let told =
                after.iter().filter(|(url, title)| url.starts_with(&site) && !told_by(url, title).is_empty());
            assert_eq!(told.count(), 1, "{after:?}");
            browser.client.back().await.unwrap();
            let back = browser.wait_until(async || shown(&browser).await.contains(TYPED)).await;
            assert!(back, "scripts {scripts}: Back shows nothing typed");
            browser.close().await;
        }
    });
}
