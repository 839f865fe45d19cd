//! Questions about documents and informal settlements: asked, answered by both sides, and read by everybody.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::proposal::{Comparison, ResolutionKind};
use candor::service::Problem;
use candor::service::readings::{NewQuestion, NewSettlement, ReadingAct};
use candor::store;

use super::JULY;
use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::http::{Answer, Client};

const LIST: &str = "/staff/readings";
const ASK: &str = "/staff/readings/ask";
const SETTLE: &str = "/staff/readings/settle";
const QUESTION: &str = "Does section 2 of the order cover <i>small</i> boats?";
const ANSWER: &str = "Section 2 covers every boat, whatever its size.";

async fn client(app: &TestApp, name: &str) -> Client {
    let mut client = Client::new(&app.site());
    client.sign_in(name).await;
    client
}

/// Somebody's page of the only question there is.
async fn only(client: &mut Client) -> (String, Answer) {
    let list = client.get(LIST).await.ok();
    let own = |link: &String| link.starts_with("/staff/readings/") && link.len() > 40;
    let mut links: Vec<_> = list.links().into_iter().filter(own).collect();
    links.dedup();
    assert_eq!(links.len(), 1, "{links:?}");
    let page = client.get(&links[0]).await.ok();
    (links.remove(0), page)
}

async fn entries(app: &TestApp) -> Vec<store::library::Entry> {
    store::library::entries(&mut app.database.read().await).await.unwrap()
}

async fn asked(app: &TestApp, name: &str) {
    let person = app.person(name).await;
    let new = NewQuestion { document: "DOC-1".into(), category: None, question: prose(QUESTION) };
    app.candor.ask_reading(&person.signed_in, &person.seat.post, new).await.unwrap();
}

fn settlement(with: &str) -> NewSettlement {
    NewSettlement {
        with: with.parse().unwrap(),
        document: Some("DOC-1".into()),
        category: Some("boats".into()),
        kind: ResolutionKind::Adjustment,
        issue: prose("Both of us wanted the boat first."),
        agreed: prose("We take turns, and write it down."),
        library_text: prose("Units that share a boat take turns and keep one list."),
        comparison: Comparison::default(),
    }
}

/// One concern whose text for the library waits for others.
async fn resolved(app: &TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
}

async fn a_question_is_answered_by_both_sides_and_read_at_its_document(app: TestApp) {
    app.leaves_work_behind();
    let mut commander = client(&app, RAISING).await;
    let page = commander.get(ASK).await.ok();
    page.says("never about a case").says("Up to 1000 characters");
    let mut form = page.form(ASK);
    // Bad input keeps what was typed.
    for (document, text, says) in [
        ("", QUESTION, "Choose the document"),
        ("DOC-1", "", "Please write something here"),
        ("DOC-1", "As in KMP-2741, what holds?", "names a case by its number"),
        ("DOC-1", "On 14 May 2026 Officer Smith asked this.", "This could point to somebody"),
        ("DOC-9", QUESTION, "from the lists"),
    ] {
        form.set("document", document).set("issue", text).set("topic", "boats");
        let answer = commander.submit(&form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        answer.says(says);
        let kept = answer.form(ASK);
        assert_eq!((kept.value("issue"), kept.value("topic")), (Some(text), Some("boats")), "{says}");
    }
    assert!(app.candor.readings(&app.signed_in(RAISING).await).await.unwrap().open.is_empty());
    form.set("document", "DOC-1").set("issue", QUESTION);
    commander.submit(&form).await.ok().says("It is asked");

    // It waits on the desks of both sides of the document's group, with a date.
    let (mut guard, mut harbour) = (client(&app, "boats-guard").await, client(&app, "boats-harbour").await);
    for group in [&mut guard, &mut harbour] {
        group.get("/desk").await.ok().says("Answer it with the other side").says("working days");
    }
    let (link, page) = only(&mut guard).await;
    page.says(QUESTION).says("Joint Order on Patrol Boats").says("Patrol Captain, Eastbank");
    let mut form = page.form(&link);
    form.set("do", "propose").set("text", "");
    assert_eq!(guard.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    // What the check finds goes on once that is said, and a Council lead looks at it then.
    form.set("text", "Section 2 was written for Officer Smith.");
    let answer = guard.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Smith");
    form.set("text", ANSWER);
    guard.submit(&form).await.ok().says("It is proposed");
    // Nobody agrees with themselves, and who has seen an older version agrees to nothing.
    form.set("do", "agree").set("seen", "2");
    assert_eq!(guard.submit(&form).await.status, StatusCode::NOT_FOUND);
    let (_, page) = only(&mut harbour).await;
    page.says(ANSWER).says("Agree to it");
    let mut form = page.form(&link);
    form.set("do", "agree").set("seen", "1");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::CONFLICT);
    form.set("seen", "2");
    harbour.submit(&form).await.ok().says("It is agreed");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::NOT_FOUND, "once");
    only(&mut commander).await.1.says("Agreed; it appears in the library").says(ANSWER);

    // It appears though it is alone; what comes from a concern waits for others still.
    resolved(&app).await;
    app.candor.clock.advance_to(JULY.plus(-1));
    candor::jobs::run_once(&app.candor).await.unwrap();
    assert_eq!(entries(&app).await, [], "not before its month");
    app.candor.clock.advance_to(JULY);
    candor::jobs::run_once(&app.candor).await.unwrap();
    let all = entries(&app).await;
    assert_eq!(all.len(), 1, "the concern's text waits: {all:?}");
    assert_eq!((all[0].level.as_str(), all[0].body.as_str()), ("question", ANSWER));
    let mut reader = Client::new(&app.site());
    let page = reader.get("/library/documents/DOC-1").await.ok();
    page.says("How it is read").says(ANSWER).says("answer to a question").says("Boats Working Group");
    let entry = page.links().into_iter().find(|link| link.starts_with("/library/entries/")).unwrap();
    let page = reader.get(&entry).await.ok();
    page.says("This answers a question, without a concern").says("who were asked");
    assert!(!page.text().contains("with others") && !page.text().contains("Eastbank"));
    reader.get("/library/who-decides").await.ok().says("within 15 working days");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Texts without a concern are no cover for those with one: three together do not let one concern's appear.
async fn an_09_what_comes_from_no_concern_hides_none(app: TestApp) {
    app.leaves_work_behind();
    resolved(&app).await;
    for _ in 0..3 {
        let (guard, harbour) = (app.person(RAISING).await, app.person(CONCERNED).await);
        let post = guard.seat.post.clone();
        let new = settlement("commander:HAR-EAST");
        let id = app.candor.record_settlement(&guard.signed_in, &post, new).await.unwrap();
        app.candor.act_on_reading(&harbour.signed_in, id, 1, ReadingAct::Agree).await.unwrap();
    }
    // At rest nothing tells the one from the others.
    let drafts = store::library::drafts(&mut app.database.read().await).await.unwrap();
    assert_eq!(drafts.len(), 4);
    assert!(drafts.iter().all(|one| one.month == drafts[0].month && one.body.len() == drafts[0].body.len()));
    app.candor.clock.advance_to(JULY);
    candor::jobs::run_once(&app.candor).await.unwrap();
    let all = entries(&app).await;
    assert_eq!(all.len(), 3);
    assert!(all.iter().all(|entry| entry.level == "informal"));
    // The control: with two others of its kind it appears.
    resolved(&app).await;
    resolved(&app).await;
    app.candor.clock.advance_to(JULY.plus(36 * DAY));
    candor::jobs::run_once(&app.candor).await.unwrap();
    assert_eq!(entries(&app).await.iter().filter(|entry| entry.level == "field").count(), 3);
}

async fn a_settlement_needs_both_commanders_and_is_marked_informal(app: TestApp) {
    app.leaves_work_behind();
    let mut guard = client(&app, RAISING).await;
    let page = guard.get(SETTLE).await.ok();
    let mut form = page.form(SETTLE);
    form.set("with", "commander:HAR-EAST").set("kind", "adjustment").set("document", "DOC-1");
    form.set("issue", "Both of us wanted the boat first.").set("agreed", "We take turns.");
    form.set("text", "");
    let answer = guard.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    let kept = answer.form(SETTLE);
    assert_eq!(
        (kept.value("with"), kept.value("agreed")),
        (Some("commander:HAR-EAST"), Some("We take turns."))
    );
    // One of one's own side settles nothing.
    form.set("text", "Units that share a boat take turns.").set("with", "commander:RIV-WEST");
    guard.submit(&form).await.says("Choose a commander of the other agency");
    form.set("with", "commander:HAR-EAST");
    guard.submit(&form).await.ok().says("It is recorded");
    let (link, page) = only(&mut guard).await;
    assert!(!page.text().contains("Agree to it"), "who recorded it has signed");
    let mut form = page.form(&link);
    form.set("do", "agree");
    assert_eq!(guard.submit(&form).await.status, StatusCode::NOT_FOUND);
    let mut harbour = client(&app, CONCERNED).await;
    harbour.get("/desk").await.ok().says("Agree to it, or decline");
    let (_, page) = only(&mut harbour).await;
    page.says("We take turns.");
    // More than ten minutes after signing in, the passphrase comes first.
    app.candor.clock.advance_to(app.now().plus(700));
    let mut form = harbour.get(&link).await.ok().form(&link);
    form.set("do", "agree");
    let answer = harbour.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Type your passphrase");
    form.set("passphrase", crate::support::app::PASSPHRASE);
    harbour.submit(&form).await.ok().says("It is agreed");

    // Another one is declined, and who recorded it reads why.
    let person = app.person(RAISING).await;
    let post = person.seat.post.clone();
    let new = settlement("commander:HAR-EAST");
    let id = app.candor.record_settlement(&person.signed_in, &post, new).await.unwrap();
    let other = app.signed_in("harbour-east-alternate").await;
    let why = ReadingAct::Decline(prose("We have not talked about this."));
    app.candor.act_on_reading(&other, id, 1, why).await.unwrap();
    let page = guard.get(&format!("{LIST}/{id}")).await.ok();
    page.says("Ended without an answer").says("We have not talked about this.");
    assert_eq!(app.candor.reading(&other, id).await.unwrap().agree, None);

    app.candor.clock.advance_to(JULY);
    candor::jobs::run_once(&app.candor).await.unwrap();
    let all = entries(&app).await;
    assert_eq!(all.len(), 1, "what was declined appears nowhere");
    let page = Client::new(&app.site()).get(&format!("/library/entries/{}", all[0].id)).await.ok();
    page.says("Informal").says("between themselves");
    assert!(!page.text().contains("wanted the boat first"), "what was for the two alone");
    Client::new(&app.site()).get("/library/documents/DOC-1").await.ok().says("settled informally");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Not theirs and not there are one answer, and once the time is over the Council may answer too.
async fn a_question_is_there_for_those_who_have_to_do_with_it(app: TestApp) {
    asked(&app, RAISING).await;
    let (link, _) = only(&mut client(&app, "boats-guard").await).await;
    let nowhere = format!("{LIST}/{}", "0".repeat(32));
    for name in
        ["guard-west", "guard-east-alternate", CONCERNED, "council-guard", "secretary", "office-guard"]
    {
        let mut other = client(&app, name).await;
        let (theirs, absent) = (other.get(&link).await, other.get(&nowhere).await);
        assert_eq!((theirs.status, &theirs.body), (StatusCode::NOT_FOUND, &absent.body), "{name}");
        let csrf = other.get("/staff/sign-out").await.form("/staff/sign-out");
        let csrf = csrf.value("csrf").unwrap();
        let fields = [("csrf", csrf), ("seen", "1"), ("do", "decline"), ("reason", "No.")];
        let (theirs, absent) =
            (other.post_only(&link, &fields).await, other.post_only(&nowhere, &fields).await);
        assert_eq!((theirs.status, &theirs.body), (StatusCode::NOT_FOUND, &absent.body), "{name}");
    }
    for name in ["secretary", "office-guard", "administrator"] {
        assert_eq!(client(&app, name).await.get(LIST).await.status, StatusCode::NOT_FOUND, "{name}");
    }
    let id = link.rsplit('/').next().unwrap().parse().unwrap();
    let council = app.signed_in("council-harbour-member").await;
    assert_eq!(app.candor.reading(&council, id).await.map(drop), Err(Problem::NotFound));
    app.candor.clock.advance_to(app.now().plus(30 * DAY));
    let council = app.signed_in("council-harbour-member").await;
    let view = app.candor.reading(&council, id).await.unwrap();
    assert!(view.waits && view.propose.is_some());
    client(&app, "council-guard").await.get("/desk").await.ok().says("Overdue since");
    // What is not asked from a post of one's own is not asked.
    let person = app.person("council-guard-member").await;
    let new = || NewQuestion { document: "DOC-1".into(), category: None, question: prose(QUESTION) };
    for post in ["council:RIV", "council:HAR", "commander:RIV-EAST"] {
        let asked = app.candor.ask_reading(&person.signed_in, &post.parse().unwrap(), new()).await;
        assert_eq!(asked, Err(Problem::NotFound), "{post}");
    }
}

/// What rests is what the journal's steps made of it.
async fn a_changed_question_is_named(app: TestApp) {
    asked(&app, RAISING).await;
    asked(&app, "guard-west").await;
    let guard = app.signed_in("boats-guard").await;
    let open = app.candor.readings(&guard).await.unwrap().open;
    app.candor
        .act_on_reading(&guard, open[0].id, 1, ReadingAct::Propose(prose(ANSWER), Comparison::default()))
        .await
        .unwrap();
    let faults = async || app.candor.verify().await.unwrap().faults;
    assert_eq!(faults().await, Vec::<String>::new());
    for (bend, back) in [
        ("UPDATE reading SET is_open = 0 WHERE version = 2", "UPDATE reading SET is_open = 1"),
        (
            "UPDATE reading SET asked_by = 'council:RIV' WHERE asked_by = 'commander:RIV-WEST'",
            "UPDATE reading SET asked_by = 'commander:RIV-WEST' WHERE asked_by = 'council:RIV'",
        ),
        (
            "UPDATE reading SET version = 3 WHERE version = 2",
            "UPDATE reading SET version = 2 WHERE version = 3",
        ),
    ] {
        assert_eq!(app.database.run(bend).await, 1, "{bend}");
        let found = faults().await;
        assert!(found.len() == 1 && found[0].contains("it is not what journal row"), "{bend}: {found:?}");
        app.database.run(back).await;
        assert_eq!(faults().await, Vec::<String>::new());
    }
    // An older version in the place of a newer one, and nothing at all.
    let older = "UPDATE reading SET body = (SELECT body FROM reading WHERE version = 1), version = 2 WHERE version = 2";
    app.database.run(older).await;
    assert!(faults().await[0].contains("it is not what journal row"));
    app.database.run("DELETE FROM reading WHERE version = 2").await;
    assert!(faults().await[0].contains("its row is missing"));
}

on_both!(
    a_question_is_answered_by_both_sides_and_read_at_its_document,
    an_09_what_comes_from_no_concern_hides_none,
    a_settlement_needs_both_commanders_and_is_marked_informal,
    a_question_is_there_for_those_who_have_to_do_with_it,
    a_changed_question_is_named,
);
