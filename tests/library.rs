//! The field library as everybody reads it: without signing in, without a cookie, in the sizes of a reporter's
//! pages; and what Council leads do about it.

mod linked;
mod readings;
mod search;

use axum::http::{Method, StatusCode};
use candor::clock::Timestamp;
use candor::domain::library::LEAST_TOGETHER;
use candor::service::cases::HandlerAct;
use candor::service::library::{Among, NewDirective};
use candor::store;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::http::{Answer, Client};
use crate::support::site::routes;

/// Wednesday, 1 July 2026, 06:00 in New York.
const JULY: Timestamp = Timestamp(1_782_900_000);
const PHRASE: &str = "Blue River Seven";

/// Resolves a case for each text, and lets the month's batch publish them.
pub async fn published(app: &TestApp, texts: &[&str]) {
    for text in texts {
        let (_, number) = app.open_case(&concern()).await;
        for name in [RAISING, CONCERNED] {
            app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        }
        let mut proposal = app.proposal();
        proposal.library_text = prose(text);
        app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
        for name in [RAISING, CONCERNED] {
            app.accept(name, &number).await.unwrap();
        }
    }
    app.candor.clock.advance_to(JULY);
    candor::jobs::run_once(&app.candor).await.unwrap();
    let found = store::library::entries(&mut app.database.read().await).await.unwrap().len();
    assert_eq!(found, texts.len());
}

const TEXTS: [&str; LEAST_TOGETHER] = [
    "One list for the boat, open to all. Whoever needs it writes it down.",
    "Reports are shared with whoever needs them for their task.",
    "A refusal names its ground <b>in writing</b>.",
];

/// Every page that the library leads to, from its first.
pub async fn every_page(app: &TestApp, first: &str) -> Vec<Answer> {
    let mut client = Client::new(&app.site());
    let mut waiting = vec![first.to_owned()];
    let mut pages: Vec<Answer> = Vec::new();
    while let Some(path) = waiting.pop() {
        if !path.starts_with("/library") || pages.iter().any(|page| page.path == path) {
            continue;
        }
        let answer = client.get(&path).await.ok();
        waiting.extend(answer.links());
        pages.push(answer);
        assert!(pages.len() < 100, "no end to it");
    }
    assert!(client.cookies.is_empty(), "{:?}", client.cookies);
    pages
}

async fn an_11_every_page_is_neutral_and_of_a_reporters_size(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let office = app.signed_in("office-guard").await;
    let (title, text) = (prose("One list"), prose("Both units keep one list."));
    let directive = NewDirective { title, text, document: None, units: Vec::new() };
    app.candor.issue_directive(&office, &directive).await.unwrap();
    let mut pages = every_page(&app, "/library").await;
    pages.push(Client::new(&app.site()).get("/library/search").await.ok());
    let reporter = Client::new(&app.site()).get("/").await.ok();
    let sizes: Vec<_> = pages.iter().map(|page| page.body.len()).collect();
    assert!(pages.len() > 10 && reporter.body.len() % 8_192 == 0);
    for page in &pages {
        let path = &page.path;
        assert_eq!(page.body.len() % 8_192, 0, "{path}: {sizes:?}");
        assert!(page.body.len() <= reporter.body.len().max(16_384), "{path}: {}", page.body.len());
        assert!(page.body.contains("Field Library</title>"), "{path}");
        for header in ["set-cookie", "content-encoding", "etag", "last-modified"] {
            assert!(page.headers.get(header).is_none(), "{path}: {header}");
        }
        assert!(!page.body.contains("<b>in writing"), "{path}: a text is shown as text");
    }
    // Every route of the library was met, but for the one that takes the phrase.
    let all = routes();
    let all: Vec<_> = all.iter().filter(|route| route.path.starts_with("/library")).collect();
    for route in all.iter().filter(|route| route.method == Method::GET) {
        let met = |page: &Answer| {
            let (one, other): (Vec<_>, Vec<_>) =
                (page.path.split('?').next().unwrap().split('/').collect(), route.path.split('/').collect());
            one.len() == other.len()
                && one.iter().zip(&other).all(|(one, other)| one == other || other.starts_with('{'))
        };
        assert!(pages.iter().any(met), "{} was not met", route.path);
    }
    // The control: a page for staff is not padded.
    let door = Client::new(&app.site()).get("/staff/sign-in").await.ok();
    assert_ne!(door.body.len() % 8_192, 0);
}

async fn what_is_not_there_is_not_there(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.get("/library").await.ok().says("Nothing has appeared yet");
    for path in [
        "/library/topics/none",
        "/library/documents/none",
        "/library/agencies/RIV/none",
        "/library/months/2026-07",
        "/library/months/x",
        "/library/entries/x",
        "/library/entries/00000000000000000000000000000000",
        "/library/topics/boats?page=2",
        "/library/topics/boats?page=0",
        "/library/topics?page=4294967295",
    ] {
        assert_eq!(client.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    client.get("/library/topics/boats").await.ok().says("Nothing has appeared yet");
}

async fn an_27_the_phrase_is_asked_for_before_the_library(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let (administrator, _) = app.administrator().await;
    app.candor.set_access_phrase(&administrator, Some(PHRASE)).await.unwrap();
    let mut client = Client::new(&app.site());
    for path in ["/library", "/library/topics/boats", "/library/who-decides", "/library?access=x"] {
        let page = client.get(path).await.ok();
        page.says("The access phrase");
        assert!(!page.text().contains("One list for the boat"), "{path}");
        assert_eq!(page.body.len() % 8_192, 0);
    }
    let page = client.get("/library/topics/boats").await.ok();
    let mut form = page.form("/library");
    form.set("phrase", "wrong phrase");
    let answer = client.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("This is not the access phrase");
    let mut form = answer.form("/library");
    form.set("phrase", "blue-river seven");
    let answer = client.submit(&form).await.ok();
    answer.says("One list for the boat");
    assert!(answer.path.starts_with("/library/topics/boats?access="), "{}", answer.path);
    assert!(client.cookies.is_empty());
    // From there every page of the library is open, and each leads on to the others.
    let pages = every_page(&app, &answer.path).await;
    let open = pages.iter().filter(|page| page.path.contains("access=")).count();
    assert!(open > 10);
    for page in pages.iter().filter(|page| page.path.contains("access=")) {
        assert!(!page.text().contains("The phrase that was given"), "{}", page.path);
    }
    // The way on leads nowhere else.
    let mut form = page.form("/library");
    form.set("phrase", PHRASE).set("to", "//evil.example/library");
    assert!(client.submit(&form).await.ok().path.starts_with("/library?access="));
}

async fn a_lead_looks_withdraws_and_says_why(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    // One that gives somebody away.
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let mut proposal = app.proposal();
    proposal.library_text = prose("On 14 May the boat was left to Officer Smith.");
    app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    let site = app.site();
    let mut lead = Client::new(&site);
    lead.sign_in("council-guard").await;
    let page = lead.get("/staff/library").await.ok();
    page.says("Waits for a Council lead").says("14 May");
    let link = page.links().into_iter().find(|link| link.contains("/drafts/")).unwrap();
    let page = lead.get(&link).await.ok();
    page.says("Why it waits");
    let mut form = page.form(&link);
    form.set("do", "hold").set("reason", "");
    let answer = lead.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    form.set("reason", "Everybody knows that morning.");
    lead.submit(&form).await.ok().says("It is held").says("Everybody knows that morning");
    let mut form = lead.get(&link).await.ok().form(&link);
    form.set("do", "release").set("text", "The boat may be left to the other agency.");
    lead.submit(&form).await.ok().says("It may appear").says("Nothing waits");

    let page = lead.get("/staff/library").await.ok();
    let link = page.links().into_iter().find(|link| link.contains("/entries/")).unwrap();
    let mut form = lead.get(&link).await.ok().form(&link);
    form.set("reason", "The order was replaced.");
    lead.submit(&form).await.ok().says("It is withdrawn");
    assert_eq!(lead.get(&link).await.status, StatusCode::NOT_FOUND, "once");
    let id = link.rsplit('/').next().unwrap();
    let read = Client::new(&site).get(&format!("/library/entries/{id}")).await.ok();
    read.says("Withdrawn by the Council").says("The order was replaced");
    Client::new(&site).get("/library").await.ok().says("Withdrawn");

    for name in [RAISING, "council-guard-member", "secretary", "office-guard", "administrator"] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        assert_eq!(client.get("/staff/library").await.status, StatusCode::NOT_FOUND, "{name}");
        let link = page.links().into_iter().rfind(|link| link.contains("/entries/")).unwrap();
        assert_eq!(client.get(&link).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    // More than ten minutes after signing in, the passphrase comes first.
    app.candor.clock.advance_to(app.now().plus(700));
    let link = page.links().into_iter().rfind(|link| link.contains("/entries/")).unwrap();
    let mut form = lead.get(&link).await.ok().form(&link);
    form.set("reason", "The order was replaced.");
    let answer = lead.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Type your passphrase");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// What everybody reads is what the journal says that appeared.
async fn a_changed_entry_is_named(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    for (bend, names) in [
        ("UPDATE library_entry SET state = 'withdrawn' WHERE body LIKE 'One list%'", "marked withdrawn"),
        ("UPDATE library_entry SET body = 'No list.' WHERE body LIKE 'One list%'", "not as the journal says"),
        ("DELETE FROM library_entry WHERE body LIKE 'Reports%'", "is missing"),
    ] {
        assert_eq!(app.database.run(bend).await, 1);
        let faults = app.candor.verify().await.unwrap().faults;
        assert!(faults.iter().any(|fault| fault.contains(names)), "{bend}: {faults:?}");
    }
}

/// An entry about a document that has changed since says so; one about another document does not.
async fn a_changed_document_flags_its_entries(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let site = app.site();
    let flagged = async |mark: &str| Client::new(&site).get("/library").await.ok().body.matches(mark).count();
    let entry = Client::new(&site).get("/library").await.ok().links();
    let entry = entry.into_iter().find(|link| link.starts_with("/library/entries/")).unwrap();
    for mark in ["Document has changed", "Document replaced"] {
        assert_eq!(flagged(mark).await, 0);
    }
    assert!(!Client::new(&site).get(&entry).await.ok().text().contains("has changed since"), "the control");
    let (administrator, _) = app.administrator().await;
    // Its date first, a day later what takes its place.
    let file = crate::support::app::ORGANISATION.replace("date = \"2024-05-01\"", "date = \"2024-06-01\"");
    app.candor.set_organisation(&administrator, &file).await.unwrap();
    assert_eq!(flagged("Document has changed").await, TEXTS.len());
    app.candor.clock.advance_to(app.now().plus(candor::clock::DAY));
    let (administrator, _) = app.administrator().await;
    let file = file.replace(
        "status = \"in force\"\nworking_group = \"BOATS\"",
        "status = \"replaced\"\nparties = [\"River Guard\", \"Harbour Service\"]\nsuccessor = \"DOC-2\"\n\
         working_group = \"BOATS\"\n\n[[documents]]\nid = \"DOC-2\"\ntitle = \"Order on Boats of 2026\"",
    );
    app.candor.set_organisation(&administrator, &file).await.unwrap();
    assert_eq!(flagged("Document has changed").await, 0);
    assert_eq!(flagged("Document replaced").await, TEXTS.len());
    let mut client = Client::new(&site);
    let page = client.get(&entry).await.ok();
    page.says("The document has changed since")
        .says("Joint Order on Patrol Boats; 2024-05-01; in force")
        .says("1 July 2026: Its date is 2024-06-01; it was: 2024-05-01.")
        .says("2 July 2026: ")
        .says("It is replaced by: Order on Boats of 2026.");
    let page = client.get("/library/documents/DOC-1").await.ok();
    page.says("This document no longer holds")
        .says("River Guard; Harbour Service")
        .says("Document replaced")
        .says("2 July 2026: ")
        .says("Boats Working Group");
    assert!(page.links().iter().any(|link| link == "/library/documents/DOC-2"));
    let page = client.get("/library/documents/DOC-2").await.ok();
    page.says("In the place of").says("Nothing has appeared yet");
    assert!(page.links().iter().any(|link| link == "/library/documents/DOC-1"));
    client.get("/library/documents").await.ok().says("3 entries · Replaced").says("0 entries");
    // Another machine, and one that was started again, read the same.
    let other = app.second_node().await;
    let documents = other.candor.documents().await.unwrap();
    assert_eq!(documents.of(&"DOC-1".into()).count(), 2);
    other.candor.db.close().await;
}

/// Directives stand in the library at once; they are withdrawn by the post that issued them.
async fn directives_are_issued_read_and_withdrawn(app: TestApp) {
    let site = app.site();
    let mut office = Client::new(&site);
    office.sign_in("office-guard").await;
    let mut form = office.get("/staff/directives").await.ok().form("/staff/directives");
    form.set("title", "").set("text", "Both units keep <i>one</i> list.").set("unit", "RIV-EAST");
    let answer = office.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(answer.form("/staff/directives").value("text"), Some("Both units keep <i>one</i> list."));
    assert_eq!(answer.form("/staff/directives").value("unit"), Some("RIV-EAST"));
    form.set("title", "One list").set("document", "DOC-1").set("unit", "NOWHERE");
    office.submit(&form).await.says("Choose units and document from the lists");
    form.set("unit", "RIV-EAST");
    let page = office.submit(&form).await.ok();
    page.says("It is issued");
    let mut reader = Client::new(&site);
    reader.get("/library").await.ok().says("One list");
    let list = reader.get("/library/directives").await.ok();
    let link = list.links().into_iter().find(|link| link.starts_with("/library/directives/")).unwrap();
    let read = reader.get(&link).await.ok();
    read.says("Patrol, East").says("Guard Headquarters Policy Office").says("1 June 2026").says("<i>one</i>");
    assert_eq!(read.body.len() % 8_192, 0);
    // Others issue their own, and withdraw no one else's.
    let own = page.links().into_iter().find(|link| link.starts_with("/staff/directives/")).unwrap();
    for (name, may) in
        [("council-guard", true), ("office-harbour", true), (RAISING, false), ("secretary", false)]
    {
        let mut other = Client::new(&site);
        other.sign_in(name).await;
        assert_eq!(other.get("/staff/directives").await.status == StatusCode::OK, may, "{name}");
        assert_eq!(other.get(&own).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    let mut form = office.get(&own).await.ok().form(&own);
    form.set("reason", "A new order has come.");
    office.submit(&form).await.ok().says("It is withdrawn");
    reader.get(&link).await.ok().says("Withdrawn").says("A new order has come");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    app.database.run("UPDATE directive SET title = 'Two lists'").await;
    assert!(app.candor.verify().await.unwrap().faults[0].contains("not as the journal says"));
}

/// What was settled before is shown to the reporter before sending and to those who decide; another answer needs a
/// reason, which headquarters reads.
async fn precedents_are_shown_and_another_answer_needs_a_reason(app: TestApp) {
    app.leaves_work_behind();
    let site = app.site();
    let review = Client::new(&site).reach_review(&[("document", "DOC-1")]).await.ok();
    assert!(!review.text().contains("What was settled before"), "the control: nothing was");
    published(&app, &TEXTS).await;
    let review = Client::new(&site).reach_review(&[("document", "DOC-1")]).await.ok();
    review.says("What was settled before");
    assert_eq!(review.body.len() % 8_192, 0);
    let other = Client::new(&site).reach_review(&[("category", "information")]).await.ok();
    assert!(!other.text().contains("What was settled before"));

    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let mut commander = Client::new(&site);
    commander.sign_in(RAISING).await;
    commander.case(&number).await.says("What the library says");
    let mut form = commander.act_form(&number, "propose").await;
    for (name, value) in crate::support::pages::proposal_fields(&app) {
        form.set(name, &value);
    }
    let answer = commander.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Say whether this agrees with what the library says");
    form.set("precedents", "departs").set("departs", "");
    assert_eq!(commander.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    form.set("departs", "The boat is another one.");
    let answer = commander.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let shown = answer.says("Tick the entries to which this is another answer");
    let mut form = shown.form(&form.action);
    let other = form.value("compared").unwrap().split(' ').next().unwrap().to_owned();
    form.set("differs_1", &other);
    commander.submit(&form).await.ok();
    commander.case(&number).await.says("Than: ");
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    let mut office = Client::new(&site);
    office.sign_in("office-guard").await;
    let list = office.get("/headquarters/headquarters%3ARIV-OFFICE").await.ok();
    let mut told = 0;
    for link in list.links().into_iter().filter(|link| link.contains("/notice/")) {
        let notice = office.get(&link).await.ok();
        let says = notice.text().contains("The boat is another one");
        told += usize::from(says);
        assert_eq!(notice.links().contains(&format!("/library/entries/{other}")), says, "and than which");
    }
    assert_eq!(told, 1, "one notice says why; the others have nothing to say");
    // It goes with what is taken away, on paper and as a table.
    for what in ["print", "notices.csv"] {
        let taken = office.get(&format!("/headquarters/headquarters%3ARIV-OFFICE/{what}")).await.ok();
        assert_eq!(taken.body.matches("The boat is another one").count(), 1, "{what}");
        assert_eq!(taken.body.matches("Why another answer than the library").count(), 1, "{what}");
        assert_eq!(taken.body.matches("To which entries it is another answer").count(), 1, "{what}");
        assert_eq!(taken.body.matches("(July 2026)").count(), 1, "{what}");
    }
    // The entry says that it is another answer, without the reason; those beside it do not.
    for _ in 0..2 {
        let (_, number) = app.open_case(&concern()).await;
        app.resolve(&number, RAISING, CONCERNED).await;
    }
    app.candor.clock.advance_to(JULY.plus(36 * candor::clock::DAY));
    candor::jobs::run_once(&app.candor).await.unwrap();
    let entries = store::library::entries(&mut app.database.read().await).await.unwrap();
    assert_eq!(entries.len(), 2 * TEXTS.len());
    let mut reader = Client::new(&site);
    let mut differing = 0;
    for entry in &entries {
        let page = reader.get(&format!("/library/entries/{}", entry.id)).await.ok().text();
        assert!(!page.contains("The boat is another one"));
        differing += usize::from(page.contains("This is another answer than earlier ones"));
    }
    assert_eq!(differing, 1);
    // Both lead to each other, and no other is marked.
    let later = entries.iter().find(|entry| entry.departs).unwrap();
    assert_eq!(later.departs_from, other);
    let page = reader.get(&format!("/library/entries/{}", later.id)).await.ok();
    page.says("The earlier answers").says("Another answer since");
    assert!(page.links().contains(&format!("/library/entries/{other}")));
    let mut marked = 0;
    for entry in &entries {
        let page = reader.get(&format!("/library/entries/{}", entry.id)).await.ok();
        let leads = page.links().contains(&format!("/library/entries/{}", later.id));
        assert_eq!(leads, entry.id.to_string() == other, "{}", entry.body);
        assert_eq!(page.text().contains("A later entry gives another answer"), leads);
        assert_eq!(page.body.len() % 8_192, 0);
        marked += usize::from(leads);
    }
    assert_eq!(marked, 1);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    let bend = "UPDATE library_entry SET departs_from = '' WHERE departs = 1";
    assert_eq!(app.database.run(bend).await, 1);
    let faults = app.candor.verify().await.unwrap().faults;
    assert!(faults.iter().any(|fault| fault.contains("not as the journal says")), "{faults:?}");
    let back = format!("UPDATE library_entry SET departs_from = '{other}' WHERE departs = 1");
    assert_eq!(app.database.run(&back).await, 1);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Another machine sees what one has changed.
async fn every_machine_reads_what_was_changed(app: TestApp) {
    app.leaves_work_behind();
    let other = app.second_node().await;
    assert_eq!(other.candor.shelf().await.unwrap().months().len(), 0);
    published(&app, &TEXTS).await;
    let shelf = other.candor.shelf().await.unwrap();
    assert_eq!(shelf.months().len(), 1);
    let all = Among::default();
    let id = shelf.among(&all).next().unwrap().id;
    let lead = app.signed_in("council-guard").await;
    app.candor.withdraw_entry(&lead, id, &prose("It was replaced.")).await.unwrap();
    let worth = other.candor.shelf().await.unwrap().entry(id).unwrap().worth;
    assert_eq!(worth, candor::domain::library::Worth::Withdrawn);
    other.candor.db.close().await;
}

on_both!(
    every_machine_reads_what_was_changed,
    directives_are_issued_read_and_withdrawn,
    precedents_are_shown_and_another_answer_needs_a_reason,
    an_11_every_page_is_neutral_and_of_a_reporters_size,
    what_is_not_there_is_not_there,
    an_27_the_phrase_is_asked_for_before_the_library,
    a_lead_looks_withdraws_and_says_why,
    a_changed_entry_is_named,
    a_changed_document_flags_its_entries,
);
