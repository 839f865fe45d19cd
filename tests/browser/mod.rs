//! Whole journeys in a real browser, with scripts and without.

mod axe;
mod driver;

use driver::{Browser, serve};

use crate::support::block_on;

/// What axe finds when there is something to find: without this its silence says nothing.
#[test]
fn axe_finds_what_is_wrong_on_a_bad_page() {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        const PAGE: &str = "<!doctype html><title>bad</title><img src=x><input>";
        let bad = axum::Router::new().route("/", axum::routing::get(async || axum::response::Html(PAGE)));
        let browser = Browser::open(&serve(bad).await, true).await;
        browser.go("/").await;
        let found = axe::findings(&browser.client).await;
        browser.close().await;
        for rule in ["image-alt", "label", "html-has-lang"] {
            assert!(found.iter().any(|line| line.starts_with(rule)), "{rule} is not among {found:?}");
        }
    });
}

#[test]
fn first_page() {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let site = serve(crate::support::site::bare_site().await).await;
        for scripts in [true, false] {
            let browser = Browser::open(&site, scripts).await;
            browser.go("/").await;
            browser.look("start").await;
            browser.close().await;
        }
    });
}
