//! AN-04, AN-05 and AN-08 over every route there is, for everybody who can sign in: not only the pages that
//! somebody's pages lead to, but every address with the case's own number in it, asked for and sent to.

use axum::http::{HeaderMap, Method};
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity};
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{PEOPLE, TestApp, concern, prose};
use crate::support::crawl::{Pages, differences, everything_that};
use crate::support::http::{Client, escape};
use crate::support::site::routes;
use crate::support::{Engine, Fixture, run_on};

/// Last parts of addresses of acts, and one that is none.
const ACTS: [&str; 8] = ["acknowledge", "ask", "propose", "accept", "identity", "recuse", "reprisal", "x"];

/// What is sent to every address that takes forms: nothing that anything could be done with.
const FORM: &str = "seen=0&act=x&to=x&do=x";

fn everybody() -> Vec<&'static str> {
    PEOPLE.iter().map(|(name, ..)| *name).chain(["administrator"]).collect()
}

/// Headers in a fixed order, as far as they do not belong to the session.
fn told(headers: &HeaderMap) -> String {
    let mut all: Vec<_> = headers
        .iter()
        .filter(|(name, _)| *name != "set-cookie")
        .map(|(name, value)| format!("{name}: {}", value.to_str().unwrap_or("?")))
        .collect();
    all.sort();
    all.join("; ")
}

/// Every address of the routes of staff, with this number, this post, and each act.
fn addresses(number: &str, posts: &[String]) -> Vec<(Method, String)> {
    let mut all = Vec::new();
    for route in routes().into_iter().filter(|route| !route.area.is_visitors()) {
        // What is about the session that looks, or ends it; tests/sign_in has these.
        if ["sign-out", "sign-in", "second-factor", "sessions", "passphrase", "confirm"]
            .iter()
            .any(|own| route.path.contains(own))
        {
            continue;
        }
        for post in posts {
            for act in ACTS {
                let path = route
                    .path
                    .replace("{post}", &escape(post))
                    .replace("{number}", number)
                    .replace("{act}", act)
                    .split('/')
                    .map(|part| if part.starts_with('{') { "x" } else { part })
                    .collect::<Vec<_>>()
                    .join("/");
                if !all.contains(&(route.method.clone(), path.clone())) {
                    all.push((route.method.clone(), path));
                }
            }
        }
    }
    all
}

/// What these people are answered at every address: status, headers and body.
async fn answered(app: &TestApp, names: &[&str], number: &str) -> Pages {
    let site = app.site();
    let mut pages = Pages::new();
    for name in names {
        let mut client = Client::new(&site);
        let first = client.sign_in(name).await;
        let token = first.forms().iter().find_map(|form| form.value("csrf").map(str::to_owned));
        let token = token.unwrap_or_else(|| "none".to_owned());
        let own = PEOPLE.iter().find(|(known, ..)| known == name).map(|(_, post, _)| (*post).to_owned());
        let posts: Vec<String> = own.into_iter().chain(["commander:RIV-EAST".to_owned()]).collect();
        for (method, path) in addresses(number, &posts) {
            let body = (method == Method::POST).then(|| format!("csrf={token}&{FORM}").into_bytes());
            let answer = client.clone().send(method.clone(), &path, body).await;
            let length = answer.body.len();
            let body = answer.body.replace(&token, "(csrf)");
            pages.insert(
                format!("{name} {method} {path}"),
                format!("{} {} {length} {body}", answer.status, told(&answer.headers)),
            );
        }
    }
    pages
}

fn nothing() -> Vec<String> {
    Vec::new()
}

async fn with_identity(beside: &TestApp, identity: Identity, handler: HandlerConcerned) -> Pages {
    let app = beside.another().await;
    let panel = match handler {
        HandlerConcerned::No => ["guard-east", "harbour-east"],
        _ => ["council-guard", "council-harbour"],
    };
    let (_, number) = app.open_case(&Concern { identity, handler, ..concern() }).await;
    for name in panel {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let mut pages = answered(&app, &everybody(), &number).await;
    pages.extend(everything_that(&app, &everybody()).await);
    app.check_left_behind().await;
    pages
}

/// Whoever handles it, at either level, and whoever does not: the mode of a concern shows nowhere.
async fn an_04_a_name_changes_no_answer_to_anybody(app: TestApp) {
    let named = |for_panel| Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel };
    for handler in [HandlerConcerned::No, HandlerConcerned::BothSides] {
        let without = with_identity(&app, Identity::default(), handler.clone()).await;
        let with = with_identity(&app, named(false), handler.clone()).await;
        assert!(without.len() > 1_000, "{} answers were compared", without.len());
        assert_eq!(differences(&without, &with), nothing(), "{handler:?}");
        for (page, body) in &with {
            assert!(!body.contains("Riverton"), "{page} shows the name");
        }
    }
    // The controls: a panel that is meant to know is told; and the Council, which can ask, learns a name.
    let without = with_identity(&app, Identity::default(), HandlerConcerned::No).await;
    let told = with_identity(&app, named(true), HandlerConcerned::No).await;
    assert!(!differences(&without, &told).is_empty());
    let asked = app.another().await;
    let concern = Concern { identity: named(false), handler: HandlerConcerned::BothSides, ..concern() };
    let (_, number) = asked.open_case(&concern).await;
    let yes = HandlerAct::Acknowledge { no_conflict: true };
    asked.act("council-guard", &number, yes).await.unwrap();
    let reason = prose("To ask back.");
    asked.act("council-guard", &number, HandlerAct::ShowIdentity { reason }).await.unwrap();
    let identity = asked.case("council-guard", &number).await.unwrap().identity;
    assert_eq!(identity.expect("it was shown").name.as_str(), "Ada Riverton");
    asked.check_left_behind().await;
}

/// The bypassed, and everybody else who is no reader of it, are answered alike with and without the case, at the
/// case's own address too.
async fn an_05_whoever_is_no_reader_is_answered_alike_with_and_without_the_case(app: TestApp) {
    let readers =
        ["council-guard", "council-harbour", "council-guard-member", "council-harbour-member", "secretary"];
    let others: Vec<&str> = everybody().into_iter().filter(|name| !readers.contains(name)).collect();
    let with = app.another().await;
    let both = Concern { handler: HandlerConcerned::BothSides, ..concern() };
    let (_, number) = with.open_case(&both).await;
    let without = app.another().await;
    without.candor.clock.advance_to(with.now());
    let absent = answered(&without, &others, &number).await;
    assert!(absent.len() > 1_000);
    assert_eq!(differences(&answered(&with, &others, &number).await, &absent), nothing());
    // A number that nobody has is answered like one that somebody else has.
    let page = |pages: &Pages, number: &str| {
        let address = format!("guard-east GET /desk/commander%3ARIV-EAST/case/{number}");
        pages.get(&address).unwrap_or_else(|| panic!("{address} was not asked for")).clone()
    };
    let there = page(&answered(&with, &["guard-east"], &number).await, &number);
    let nowhere = page(&answered(&with, &["guard-east"], "ZZZ-0000").await, "ZZZ-0000");
    assert!(there.starts_with("404"), "{there}");
    assert_eq!(there.replace(&number, "(number)"), nowhere.replace("ZZZ-0000", "(number)"));
    // The control: its readers are not.
    let readers = &readers[..1];
    let seen =
        differences(&answered(&with, readers, &number).await, &answered(&without, readers, &number).await);
    assert!(seen.iter().any(|page| page.contains(&number)), "{seen:?}");
    with.check_left_behind().await;
    without.check_left_behind().await;
}

/// Nobody is answered otherwise after a visit, a wrong receipt, an act or another concern, until the batch.
async fn an_08_no_answer_changes_before_the_batch(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act("guard-east", &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let names = everybody();
    let before = answered(&app, &names, &number).await;
    app.visit(&reporter).await;
    assert!(app.candor.open_visit("abacus abacus abacus").await.is_err());
    for act in
        [ReporterAct::Add { text: prose("It happened again.") }, ReporterAct::Pressed, ReporterAct::Withdraw]
    {
        let cookie = app.cookie(&reporter).await;
        app.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.unwrap();
    }
    app.raise(&concern()).await;
    assert_eq!(differences(&before, &answered(&app, &names, &number).await), nothing());
    // The control: after the batch there is something to see.
    app.run_batches().await;
    assert!(!differences(&before, &answered(&app, &names, &number).await).is_empty());
}

// On one database: what a page shows is the same on both, which other tests hold, and these ask for thousands.
#[test]
fn an_04_all_routes() {
    run_on(Engine::Sqlite, an_04_a_name_changes_no_answer_to_anybody);
}

#[test]
fn an_05_all_routes() {
    run_on(Engine::Sqlite, an_05_whoever_is_no_reader_is_answered_alike_with_and_without_the_case);
}

#[test]
fn an_08_all_routes() {
    run_on(Engine::Sqlite, an_08_no_answer_changes_before_the_batch);
}
