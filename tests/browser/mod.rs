//! Whole journeys in a real browser, with scripts and without: a reporter, two commanders,
//! headquarters; and a concern that goes past the field to the Council.

mod axe;
mod driver;

use candor::domain::concern::{Concern, Identity};
use candor::service::cases::HandlerAct;
use driver::{Browser, serve};

use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp, concern, prose};
use crate::support::crawl::everything_that;
use crate::support::pages::proposal_fields;
use crate::support::{Engine, Fixture, block_on};

/// What axe finds when there is something to find: without this its silence says nothing.
#[test]
fn axe_finds_what_is_wrong_on_a_bad_page() {
    const PAGE: &str = "<!doctype html><title>bad</title><img src=x><input>";
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let bad = axum::Router::new().route("/", axum::routing::get(async || axum::response::Html(PAGE)));
        let browser = Browser::open(&serve(bad).await, true).await;
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

#[test]
fn a_journey_with_scripts() {
    journey(true);
}

#[test]
fn a_journey_without_scripts() {
    journey(false);
}

fn journey(scripts: bool) {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        let site = serve(app.site()).await;
        let browser = Browser::open(&site, scripts).await;

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

        for name in [RAISING, CONCERNED] {
            let browser = Browser::open(&site, scripts).await;
            acknowledge(&browser, name, &number).await;
            browser.close().await;
        }
        let browser = Browser::open(&site, scripts).await;
        sign_in(&browser, RAISING).await;
        propose(&browser, &app, &number).await;
        accept(&browser, &number).await;
        browser.close().await;
        let browser = Browser::open(&site, scripts).await;
        sign_in(&browser, CONCERNED).await;
        accept(&browser, &number).await;
        browser.says("Headquarters was told").await;
        browser.look("case-resolved").await;
        browser.close().await;

        let browser = Browser::open(&site, scripts).await;
        sign_in(&browser, "office-guard").await;
        browser.go("/headquarters").await;
        browser.says("Eastbank").await;
        browser.look("notices").await;
        browser.close().await;

        let browser = Browser::open(&site, scripts).await;
        come_back(&browser, &words).await;
        browser.says("The outcome").await;
        browser.look("visit-outcome").await;
        browser.close().await;

        let report = app.candor.verify().await.unwrap();
        assert_eq!((report.resolutions, report.notices, report.faults.len()), (1, 3, 0));
        app.check_left_behind().await;
    });
}

#[test]
fn a_concern_about_a_handler_goes_past_the_field() {
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        let site = serve(app.site()).await;
        let browser = Browser::open(&site, true).await;
        raise(&browser, "our_side").await;
        app.run_batches().await;
        let number = app.only_number().await;
        sign_in(&browser, RAISING).await;
        browser.go("/desk").await;
        assert!(!browser.text().await.contains(&number));
        browser.close().await;
        let browser = Browser::open(&site, true).await;
        acknowledge(&browser, "council-guard", &number).await;
        browser.says("Council").await;
        browser.look("council-case").await;
        browser.close().await;
        app.check_left_behind().await;
    });
}

/// Every page that some people can reach, each at both widths and under axe.
#[test]
fn every_page_of_staff_is_fit_to_be_used() {
    const PEOPLE: [&str; 4] = [RAISING, "council-guard", "office-guard", "administrator"];
    if !driver::is_there() {
        return;
    }
    block_on(async {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        let (_, resolved) = app.open_case(&concern()).await;
        app.resolve(&resolved, RAISING, CONCERNED).await;
        let (_, escalated) = app.open_case(&concern()).await;
        app.act(RAISING, &escalated, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        app.act(RAISING, &escalated, HandlerAct::Propose(app.proposal())).await.unwrap();
        let position = prose("The guard's position, in a sentence or two.");
        app.act(RAISING, &escalated, HandlerAct::Escalate { position }).await.unwrap();
        app.open_case(&Concern { identity: named(), council_only: prose("For the Council."), ..concern() })
            .await;
        let seen = everything_that(&app, &PEOPLE).await;
        let site = serve(app.site()).await;
        let mut looked = 0;
        for name in PEOPLE {
            let browser = Browser::open(&site, true).await;
            sign_in(&browser, name).await;
            browser.wait_until(async || browser.path().await != "/staff/sign-in").await;
            for page in seen.keys() {
                let Some(path) = page.strip_prefix(&format!("{name} ")) else { continue };
                // What leads elsewhere is looked at where it leads.
                if path.starts_with("/desk") && path.contains("/x") {
                    continue;
                }
                browser.go(path).await;
                if browser.path().await == path.split('?').next().unwrap() {
                    browser.glance(path).await;
                    looked += 1;
                }
            }
            browser.close().await;
        }
        assert!(looked > 30, "only {looked} pages were looked at");
        app.check_left_behind().await;
    });
}

fn named() -> Identity {
    Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: true }
}

/// Raises a concern, looking at every page. Returns the ten words.
async fn raise(browser: &Browser, handler: &str) -> String {
    browser.go("/").await;
    browser.look("start").await;
    browser.press("Raise a concern").await;
    browser.look("write-branch").await;
    browser.choose("our_branch", "RIV-PAT").await;
    browser.press("Continue").await;
    browser.look("write-unit").await;
    browser.choose("our_unit", "RIV-EAST").await;
    browser.press("Continue").await;
    browser.look("write-other").await;
    browser.choose("other_pick", "unit:HAR-EAST").await;
    browser.press("Continue").await;
    browser.look("write").await;
    // Sent empty: told what is missing, with a way to it.
    browser.press("Check before sending").await;
    browser.says("Please write something here.").await;
    browser.look("write-problems").await;
    browser.fill("what_happens", "The harbour takes the patrol boat in the mornings without a word.").await;
    browser.choose("handler", handler).await;
    browser.press("Check before sending").await;
    browser.look("review").await;
    let words = browser.client.find_all(fantoccini::Locator::Css("ol.receipt li")).await.unwrap();
    let mut receipt = Vec::new();
    for word in words {
        receipt.push(word.text().await.unwrap());
    }
    assert_eq!(receipt.len(), 10);
    browser.choose("known", "10").await;
    browser.choose("saved", "yes").await;
    browser.press("Send").await;
    browser.says("It is sent").await;
    browser.look("sent").await;
    // AN-12: Back shows nothing typed.
    browser.client.back().await.unwrap();
    let source = browser.client.source().await.unwrap();
    assert!(!source.contains("patrol boat"), "Back shows what was typed");
    browser.go("/").await;
    receipt.join(" ")
}

async fn come_back(browser: &Browser, words: &str) {
    browser.go("/return").await;
    browser.look("return").await;
    browser.fill("words", words).await;
    browser.press("Open").await;
}

/// AN-12: no cookie, no storage.
async fn nothing_is_left(browser: &Browser) {
    let empty = browser.wait_until(async || browser.cookies().await.is_empty()).await;
    assert!(empty, "cookies are left: {:?}", browser.cookies().await);
    let stored =
        browser.client.execute("return localStorage.length + sessionStorage.length", vec![]).await.unwrap();
    assert_eq!(stored, serde_json::json!(0));
}

async fn sign_in(browser: &Browser, name: &str) {
    browser.go("/staff/sign-in").await;
    browser.look("sign-in").await;
    browser.fill("name", name).await;
    browser.fill("passphrase", PASSPHRASE).await;
    browser.press("Sign in").await;
}

async fn open_case(browser: &Browser, number: &str) {
    browser.go("/desk").await;
    browser.press(number).await;
}

async fn acknowledge(browser: &Browser, name: &str, number: &str) {
    sign_in(browser, name).await;
    browser.go("/desk").await;
    browser.look("desk").await;
    browser.press(number).await;
    browser.look("case").await;
    browser.press("Acknowledge this case").await;
    browser.look("acknowledge").await;
    browser.choose("no_conflict", "yes").await;
    browser.choose("no_search", "yes").await;
    browser.press("Acknowledge this case").await;
    browser.says("You have acknowledged this case.").await;
    browser.look("case-acknowledged").await;
}

async fn propose(browser: &Browser, app: &TestApp, number: &str) {
    open_case(browser, number).await;
    browser.press("Propose a resolution").await;
    browser.look("propose").await;
    for (name, value) in proposal_fields(app) {
        match name {
            "document" | "owner_1" | "kind" => browser.choose(name, &value).await,
            "due_1" => browser.set_date(name, &value).await,
            _ => browser.fill(name, &value).await,
        }
    }
    browser.press("Propose a resolution").await;
    browser.says("Your version is on the table.").await;
    browser.look("case-proposed").await;
}

async fn accept(browser: &Browser, number: &str) {
    open_case(browser, number).await;
    browser.press("Accept and sign version 1").await;
    browser.look("accept").await;
    browser.choose("sign", "yes").await;
    browser.press("Accept and sign version 1").await;
    browser.says("You have signed.").await;
}
