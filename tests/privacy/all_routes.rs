//! AN-04, AN-05 and AN-08 over every route there is, for everybody who can sign in: not only the pages that
//! somebody's pages lead to, but every address with the case's own number in it, asked for and sent to.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{HeaderMap, Method, StatusCode};
use candor::cleaning::clean;
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity};
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::web::routes::Area;

use super::an_05::{LEFT_OUT, handler};
use crate::support::app::{PEOPLE, Reporter, TestApp, concern, prose};
use crate::support::crawl::{Pages, differences, everything_that};
use crate::support::http::{Answer, Client, Form, escape};
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
        // What is about the session that looks, and so never the same twice, or what would end it; tests/sign_in has these.
        let own = ["sign-in", "second-factor", "sessions"].iter().any(|own| route.path.contains(own));
        let ends = ["sign-out", "passphrase", "confirm"].iter().any(|own| route.path.contains(own));
        if own || ends && route.method == Method::POST {
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

/// Every address of visitors, with what stands in them here.
fn addresses_of_visitors() -> Vec<(Method, String)> {
    let known = [
        ("{category}", "boats"),
        ("{document}", "DOC-1"),
        ("{one}", "RIV"),
        ("{other}", "HAR"),
        ("{month}", "2026-06"),
        ("{id}", "x"),
    ];
    let visitors =
        routes().into_iter().filter(|route| route.area.is_visitors() && route.area != Area::Assets);
    visitors
        .map(|route| {
            let path =
                known.iter().fold(route.path.to_owned(), |path, (name, word)| path.replace(name, word));
            assert!(!path.contains('{'), "{path}");
            (route.method, path)
        })
        .collect()
}

/// What somebody without a name is answered at every address of visitors, and somebody on a visit of their own.
async fn visitors(app: &TestApp, on_a_visit: Option<&Reporter>) -> Pages {
    let site = app.site();
    let (mut pages, mut clients) = (Pages::new(), vec![("stranger", Client::new(&site), "none".to_owned())]);
    if let Some(reporter) = on_a_visit {
        let mut client = Client::new(&site);
        let visit = client.come_back(&reporter.words).await.ok();
        let token = visit.form("/return/act").value("csrf").unwrap().to_owned();
        clients.push(("reporter", client, token));
    }
    for (name, client, token) in clients {
        for (method, path) in addresses_of_visitors() {
            let body = (method == Method::POST).then(|| format!("csrf={token}&{FORM}").into_bytes());
            let answer = client.clone().send(method.clone(), &path, body).await;
            let mut body = answer.body.replace(&token, "(csrf)");
            // A receipt is drawn anew for each form, and what fills the page up is as much shorter as it is long.
            for drawn in answer.forms().iter().filter_map(|form| form.value("receipt")) {
                body = body.replace(drawn, "(drawn)");
                body = body.split("<!--.").next().unwrap_or_default().to_owned();
            }
            let length = answer.body.len();
            pages.insert(
                format!("{name} {method} {path}"),
                format!("{} {} {length} {body}", answer.status, told(&answer.headers)),
            );
        }
    }
    assert!(pages.len() > 30, "{} answers", pages.len());
    pages
}

/// The addresses that there are because of a case, as its readers' pages lead to them, and the forms on those pages,
/// filled in: real identifiers of files, notices and drafts, and what would do something.
fn of_the_case(with: &Pages, without: &Pages) -> (BTreeSet<String>, Vec<Form>) {
    let path = |page: &str| page.split_once(' ').unwrap().1.to_owned();
    let known: BTreeSet<_> = without.keys().map(|page| path(page)).collect();
    let (mut paths, mut forms) = (BTreeSet::new(), Vec::<Form>::new());
    for (page, body) in with.iter().filter(|(page, _)| !known.contains(&path(page))) {
        let page = Answer {
            status: StatusCode::OK,
            headers: HeaderMap::new(),
            body: body.clone(),
            path: path(page),
        };
        paths.insert(page.path.clone());
        for mut form in page.forms() {
            for (_, value) in form.fields.iter_mut().filter(|(_, value)| value.is_empty()) {
                "Words that say something.".clone_into(value);
            }
            form.set("no_conflict", "yes").set("no_search", "yes");
            if let Some((name, value)) = form.buttons.first().cloned() {
                form.set(&name, &value);
            }
            if !forms.iter().any(|known| known.action == form.action) {
                forms.push(form);
            }
        }
    }
    forms.retain(|form| !form.action.contains("sign-out"));
    (paths, forms)
}

/// An address as it would be under another post.
fn under(path: &str, post: &str) -> String {
    let mut parts: Vec<_> = path.split('/').map(str::to_owned).collect();
    if parts.len() > 2 && ["desk", "headquarters"].contains(&parts[1].as_str()) && parts[2].contains("%3A") {
        parts[2] = escape(post);
    }
    parts.join("/")
}

/// What somebody is answered at these addresses, and to these forms, as they stand and under their own post.
async fn answered_to(app: &TestApp, name: &str, paths: &BTreeSet<String>, forms: &[Form]) -> Pages {
    let mut client = Client::new(&app.site());
    let first = client.sign_in(name).await;
    let token = first.forms().iter().find_map(|form| form.value("csrf").map(str::to_owned)).unwrap();
    let (_, own, _) = PEOPLE.iter().find(|(known, ..)| *known == name).unwrap();
    let mut pages = Pages::new();
    let gets = paths.iter().map(|path| (path.as_str(), None));
    for (path, form) in gets.chain(forms.iter().map(|form| (form.action.as_str(), Some(form)))) {
        for path in [path.to_owned(), under(path, own)] {
            let body = form.map(|form| {
                let fields = form.fields.iter().map(|(name, value)| {
                    let value = if name == "csrf" { &token } else { value };
                    format!("{}={}", escape(name), escape(value))
                });
                fields.collect::<Vec<_>>().join("&").into_bytes()
            });
            let method = if form.is_some() { Method::POST } else { Method::GET };
            let answer = client.clone().send(method.clone(), &path, body).await;
            let body = answer.body.replace(&token, "(csrf)");
            pages.insert(
                format!("{name} {method} {path}"),
                format!("{} {} {body}", answer.status, told(&answer.headers)),
            );
        }
    }
    pages
}

/// Whoever reads what a bypassed case leads to.
const READERS: [&str; 4] = ["secretary", "council-harbour", "office-harbour", "office-department"];

async fn kept(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut kept = app.database.dump().await;
    // Signing in, and going on being signed in.
    kept.retain(|table, _| !["session", "account_event"].contains(&table.as_str()));
    kept
}

/// Whichever way somebody is left out, the real addresses of a case, its file, notices and draft are to them what they
/// are where there is no such case; and nothing that they send there does anything.
async fn the_real_addresses_of_a_case_are_nothing_to_whoever_is_left_out(app: TestApp) {
    let without = app.another().await;
    without.leaves_work_behind();
    let usual = everything_that(&without, &READERS).await;
    for (answer, names) in LEFT_OUT {
        let with = app.another().await;
        with.leaves_work_behind();
        let (reporter, number) = with.open_case(&Concern { handler: handler(answer), ..concern() }).await;
        let file = clean(b"The gate stands open.").unwrap();
        with.reporter_acts(&reporter, &ReporterAct::Attach { file, council_only: true }).await;
        with.run_batches().await;
        for resolved in [false, true] {
            if resolved && answer == "council" {
                let decision = with.proposal_of("council-harbour").await;
                with.act("secretary", &number, HandlerAct::Decide(decision)).await.unwrap();
            } else if resolved {
                with.resolve(&number, "council-guard", "council-harbour").await;
            }
            let without = app.another().await;
            without.leaves_work_behind();
            without.candor.clock.advance_to(with.now());
            for app in [&with, &without] {
                candor::jobs::run_once(&app.candor).await.unwrap();
            }
            let (paths, forms) = of_the_case(&everything_that(&with, &READERS).await, &usual);
            let there = |part: &str| paths.iter().any(|path| path.contains(part));
            assert!(there(&number) && there("/file/"), "{answer}: {paths:?}");
            assert!(!resolved || there("/notice/"), "{answer}: {paths:?}");
            assert!(forms.len() >= if resolved { 1 } else { 3 }, "{answer}: {} forms", forms.len());
            let before = kept(&with).await;
            for name in names {
                let one = answered_to(&with, name, &paths, &forms).await;
                let other = answered_to(&without, name, &paths, &forms).await;
                assert_eq!(differences(&one, &other), nothing(), "{answer}, resolved: {resolved}");
            }
            let seen = differences(&visitors(&with, None).await, &visitors(&without, None).await);
            assert_eq!(seen, nothing(), "{answer}, resolved: {resolved}, by visitors");
            assert_eq!(kept(&with).await, before, "{answer}: something was done");
            // The controls: to its readers they are something, and what they send does something.
            if answer == LEFT_OUT[0].0 {
                let one = answered_to(&with, "council-harbour", &paths, &[]).await;
                let other = answered_to(&without, "council-harbour", &paths, &[]).await;
                assert!(differences(&one, &other).len() > 3);
                if resolved {
                    answered_to(&with, "office-harbour", &paths, &forms).await;
                    assert_ne!(kept(&with).await, before, "nothing was done");
                }
            }
        }
    }
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
    let (other, _) = app.open_case(&concern()).await;
    let (reporter, number) = app.open_case(&concern()).await;
    for name in ["guard-east", "harbour-east"] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act("guard-east", &number, HandlerAct::Ask { text: prose("Which mornings?") }).await.unwrap();
    let names = everybody();
    let before = answered(&app, &names, &number).await;
    let of_visitors = visitors(&app, Some(&other)).await;
    let (question, _) = app.visit(&reporter).await.question.expect("a question");
    assert!(app.candor.open_visit("abacus abacus abacus").await.is_err());
    let name = Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: true };
    let text = || prose("It happened again.");
    for act in [
        ReporterAct::Answer { question, text: text() },
        ReporterAct::Add { text: text() },
        ReporterAct::Attach { file: clean(b"The gate stands open.").unwrap(), council_only: false },
        ReporterAct::GiveName(name),
        ReporterAct::AskForReview { handler: HandlerConcerned::OurSide, text: text() },
        ReporterAct::Pressed,
        ReporterAct::Withdraw,
    ] {
        let cookie = app.cookie(&reporter).await;
        app.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.unwrap();
    }
    app.raise(&concern()).await;
    assert_eq!(differences(&before, &answered(&app, &names, &number).await), nothing());
    assert_eq!(differences(&of_visitors, &visitors(&app, Some(&other)).await), nothing());
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
fn an_05_real_addresses() {
    run_on(Engine::Sqlite, the_real_addresses_of_a_case_are_nothing_to_whoever_is_left_out);
}

#[test]
fn an_08_all_routes() {
    run_on(Engine::Sqlite, an_08_no_answer_changes_before_the_batch);
}
