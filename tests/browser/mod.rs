//! Whole journeys in a real browser, with scripts and without: a reporter, two commanders,
//! headquarters; and a concern that goes past the field to the Council.

mod axe;
pub mod driver;
mod journeys;
mod library;
mod passkey;
mod steps;
pub mod traces;
mod upload;

use candor::domain::concern::{Concern, Identity};
use candor::domain::follow_up::{Points, Rating};
use candor::service::cases::HandlerAct;
use driver::{Browser, Eye, Pages, serve};
use steps::{
    Journey, accept, acknowledge, come_back, desk, nothing_is_left, notices, propose, raise, raise_and_open,
    rate, rate_by_receipt, read_ratings,
};

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::block_on;
use crate::support::crawl::everything_that;

/// What axe finds when there is something to find: without this its silence says nothing.
#[test]
fn axe_finds_what_is_wrong_on_a_bad_page() {
    const PAGE: &str = "<!doctype html><title>bad</title><img src=x><input>";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let bad = axum::Router::new().route("/", axum::routing::get(async || axum::response::Html(PAGE)));
        let browser = Browser::open(&serve(bad).await, true, Eye::Glances, Pages::default()).await;
        browser.go("/").await;
        let found = axe::findings(&browser.client).await;
        browser.close().await;
        if axe::is_there() {
            for rule in ["image-alt", "label", "html-has-lang"] {
                assert!(found.iter().any(|line| line.starts_with(rule)), "{rule} is not among {found:?}");
            }
        }
    });
}

async fn a_journey_with_scripts(app: TestApp) {
    journey(app, true).await;
}

async fn a_journey_without_scripts(app: TestApp) {
    journey(app, false).await;
}

async fn journey(app: TestApp, scripts: bool) {
    if !driver::is_there() {
        return;
    }
    let journey = Journey::begin(&app, scripts, Eye::Pictures).await;
    let browser = journey.visitor().await;
    let words = raise(&browser, "no").await;
    nothing_is_left(&browser).await;
    come_back(&browser, &words).await;
    browser.says("Your concern waits").await;
    browser.look("visit-waiting").await;
    app.run_batches().await;
    let number = app.only_number().await;
    // The visit ended with the hours that have passed.
    browser.client.refresh().await.unwrap();
    browser.says("Your visit has ended").await;
    come_back(&browser, &words).await;
    browser.says("Where your concern stands").await;
    browser.look("visit").await;
    browser.press("End this visit").await;
    nothing_is_left(&browser).await;
    browser.close().await;

    let one = journey.staff(RAISING).await;
    acknowledge(&one, &number).await;
    let other = journey.staff(CONCERNED).await;
    acknowledge(&other, &number).await;
    propose(&one, &app, &number, "Propose a resolution", "The order names no hour.").await;
    accept(&one, &number, 1).await;
    one.close().await;
    accept(&other, &number, 1).await;
    other.says("Headquarters was told").await;
    other.look("case-resolved").await;
    rate(&other, &number).await;
    other.close().await;

    let browser = journey.staff("office-guard").await;
    notices(&browser).await;
    browser.says("Eastbank").await;
    browser.close().await;

    let browser = journey.returned(&words).await;
    browser.says("The outcome").await;
    browser.look("visit-outcome").await;
    rate_by_receipt(&browser).await;
    browser.close().await;
    app.run_batches().await;
    let browser = journey.staff("council-guard").await;
    read_ratings(&browser).await;
    browser.says("Nobody told the harbour.").await;
    browser.says("Is it fair to both sides? 5: fully").await;
    browser.close().await;

    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices, report.faults.len()), (1, 3, 0));
}

async fn a_concern_about_a_handler_goes_past_the_field(app: TestApp) {
    if !driver::is_there() {
        return;
    }
    let journey = Journey::begin(&app, true, Eye::Glances).await;
    let (_, number) = raise_and_open(&journey, &app, "our_side").await;
    let browser = journey.staff(RAISING).await;
    desk(&browser).await;
    browser.says("Nothing waits for you").await;
    assert!(!browser.text().await.contains(&number));
    browser.close().await;
    let browser = journey.staff("council-guard").await;
    acknowledge(&browser, &number).await;
    browser.says("Council").await;
    browser.close().await;
}

/// Every page that some people can reach, each at the narrower width and under axe.
async fn every_page_of_staff_is_fit_to_be_used(app: TestApp) {
    const PEOPLE: [&str; 4] = [RAISING, "council-guard", "office-guard", "administrator"];
    if !driver::is_there() {
        return;
    }
    let (_, resolved) = app.open_case(&concern()).await;
    app.resolve(&resolved, RAISING, CONCERNED).await;
    let rating = Rating { clarity: Points::Five, fairness: Points::Three, works: Points::One };
    app.act(CONCERNED, &resolved, HandlerAct::Rate { rating, words: prose("It came late.") }).await.unwrap();
    let (_, escalated) = app.open_case(&concern()).await;
    app.act(RAISING, &escalated, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    app.act(RAISING, &escalated, HandlerAct::Propose(app.proposal())).await.unwrap();
    let position = prose("The guard's position, in a sentence or two.");
    app.act(RAISING, &escalated, HandlerAct::Escalate { position }).await.unwrap();
    for (name, of) in [(CONCERNED, "commander:RIV-EAST"), (RAISING, "commander:HAR-EAST")] {
        crate::support_given::asked(&app, name, of, 7).await;
    }
    app.open_case(&Concern { identity: named(), council_only: prose("For the Council."), ..concern() }).await;
    let seen = everything_that(&app, &PEOPLE).await;
    let journey = Journey::begin(&app, true, Eye::Glances).await;
    let mut looked = 0;
    for name in PEOPLE {
        let browser = journey.staff(name).await;
        for page in seen.keys() {
            let Some(path) = page.strip_prefix(&format!("{name} ")) else { continue };
            // What leads elsewhere is looked at where it leads.
            if path.starts_with("/desk") && path.contains("/x") {
                continue;
            }
            browser.go(path).await;
            if browser.path().await == path.split('?').next().unwrap() {
                browser.look(page).await;
                looked += 1;
            }
        }
        browser.close().await;
    }
    assert!(looked > 30, "only {looked} pages were looked at");
}

fn named() -> Identity {
    Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: true }
}

on_both!(a_journey_with_scripts);

on_sqlite!(
    a_journey_without_scripts,
    a_concern_about_a_handler_goes_past_the_field,
    every_page_of_staff_is_fit_to_be_used,
);
