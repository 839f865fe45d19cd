//! A working group: asked by both leads, reading what it is asked and nothing else, reporting once.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::dispute::WaitingFor;
use candor::service::Problem;
use candor::service::cases::HandlerAct;

use crate::council::at_the_council;
use crate::support::app::{RAISING, TestApp, prose};
use crate::support::http::Client;

const LEADS: [&str; 2] = ["council-guard", "council-harbour"];
const GROUP: [&str; 2] = ["boats-guard", "boats-harbour"];
const QUESTION: &str = "Which order of use works on other rivers?";

/// Both leads ask the group.
async fn asked(app: &TestApp, number: &str) {
    for (lead, question) in LEADS.into_iter().zip([QUESTION, "And who keeps the list?"]) {
        let task = prose(question);
        app.act(lead, number, HandlerAct::AssignGroup { group: "BOATS".into(), task }).await.unwrap();
    }
}

async fn both_leads_ask_the_same_group(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    let site = app.site();
    let mut guard = Client::new(&site);
    guard.sign_in(LEADS[0]).await;
    let page = guard.act_page(&number, "working-group").await.ok();
    assert!(page.body.contains("value=\"BOATS\""));
    assert!(!page.body.contains("value=\"RULES\""), "nobody is in the other group");
    page.says("Up to 2000 characters").says("15 working days to report");

    let refused = guard.act(&number, "working-group", &[("group", "RULES"), ("task", "Kept <words>.")]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Choose a working group that has a member of each side");
    assert_eq!(refused.form("/working-group").value("task"), Some("Kept <words>."));
    // The services refuse it, too, in words.
    let unheld = HandlerAct::AssignGroup { group: "RULES".into(), task: prose(QUESTION) };
    let unheld = app.act(LEADS[0], &number, unheld).await.unwrap_err();
    assert!(unheld.to_string().contains("a member of each side"), "{unheld}");

    let mut form = guard.act_form(&number, "working-group").await;
    form.set("group", "BOATS").set("task", QUESTION);
    guard.submit(&form).await.ok().says("Your question to the working group is recorded.");
    assert_eq!(guard.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    for name in GROUP {
        assert_eq!(app.case(name, &number).await.map(|_| ()), Err(Problem::NotFound), "one lead is not both");
    }

    // Whoever does not lead cannot, nor can whoever sat on it below.
    let mut member = Client::new(&site);
    member.sign_in("council-guard-member").await;
    member.may_not(&number, "working-group", &[("group", "BOATS"), ("task", "Why not?")]).await;

    let mut harbour = Client::new(&site);
    harbour.sign_in(LEADS[1]).await;
    harbour.case(&number).await.says("The other lead asks for the help of a working group.");
    let page = harbour.act_page(&number, "working-group").await.ok();
    page.says("The other lead asks for this").says(QUESTION).says("Boats Working Group");
    let mut form = page.form("/working-group");
    assert_eq!(form.value("group"), Some("BOATS"), "agreeing keeps the group");
    // Something happens while the other lead writes.
    app.act(LEADS[0], &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    form.set("task", "And who keeps the list?");
    let moved = harbour.submit(&form).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    moved.says("The case has moved on").says("proposed version");
    assert_eq!(moved.form("/working-group").value("task"), Some("And who keeps the list?"));
    harbour.submit(&moved.form("/working-group")).await.ok();
    for name in GROUP {
        let person = app.person(name).await;
        let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
        assert_eq!(desk.waiting.iter().map(|entry| entry.what).collect::<Vec<_>>(), [WaitingFor::Report]);
    }
    harbour.case(&number).await.says("Working group: Boats Working Group").says(QUESTION);
    harbour.may_not(&number, "working-group", &[("group", "BOATS"), ("task", "Again?")]).await;
}

async fn a_group_reads_what_it_is_asked_and_nothing_else(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    let talk = HandlerAct::Write { text: prose("Among the Council alone."), to_reporter: false };
    app.act(LEADS[0], &number, talk).await.unwrap();
    let tell = HandlerAct::Write { text: prose("To the writer."), to_reporter: true };
    app.act(LEADS[0], &number, tell).await.unwrap();
    asked(&app, &number).await;
    let site = app.site();
    let mut council = Client::new(&site);
    council.sign_in(LEADS[0]).await;
    let all = council.case(&number).await;
    let kept = [
        "The harbour takes the patrol boat",
        "Among the Council alone.",
        "To the writer.",
        "The Joint Order leaves open",
        "This is our position.",
        "Use of boats",
    ];
    for words in kept {
        all.says(words);
    }
    for name in GROUP {
        let mut client = Client::new(&site);
        let desk = client.sign_in(name).await;
        desk.says("Report to the Council");
        let page = client.case(&number).await;
        page.says(QUESTION).says("And who keeps the list?").says("Joint Order on Patrol Boats");
        page.says("Patrol, East and Inspection, East");
        for words in kept {
            assert!(!page.text().contains(words), "{name} reads \"{words}\":\n{}", page.text());
        }
        assert!(!page.links().iter().any(|link| link.ends_with("/tell")));
    }
}

async fn a_group_talks_and_reports_once(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    asked(&app, &number).await;
    let site = app.site();
    let mut guard = Client::new(&site);
    guard.sign_in(GROUP[0]).await;
    guard.act(&number, "write", &[("message", "I have asked up the river.")]).await.ok();
    guard.case(&number).await.says("I have asked up the river.").says("What waits for you");
    // It writes to the reporter by no address.
    guard.may_not(&number, "tell", &[("message", "Who are we asking for?"), ("anyway", "yes")]).await;

    let mut harbour = Client::new(&site);
    harbour.sign_in(GROUP[1]).await;
    harbour.case(&number).await.says("I have asked up the river.");
    let long = "x".repeat(3_001);
    let refused = harbour.act(&number, "report", &[("message", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.form("/report").value("message"), Some(long.as_str()));
    let mut form = harbour.act_form(&number, "report").await;
    form.set("message", "By the week, in turn.");
    harbour.submit(&form).await.ok().says("Your report is with the Council.").says("It has reported.");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    harbour.may_not(&number, "report", &[("message", "More.")]).await;

    let mut council = Client::new(&site);
    council.sign_in(LEADS[1]).await;
    let page = council.case(&number).await;
    page.says("By the week, in turn.").says("I have asked up the river.").says("It has reported.");
    council.may_not(&number, "report", &[("message", "For them.")]).await;
    let mut commander = Client::new(&site);
    commander.sign_in(RAISING).await;
    let page = commander.case(&number).await;
    assert!(!page.text().contains("By the week, in turn."));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn a_group_that_is_silent_loses_its_turn(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    asked(&app, &number).await;
    let site = app.site();
    let mut guard = Client::new(&site);
    guard.sign_in(GROUP[0]).await;
    guard.case(&number).await.says("What waits for you");
    let due = app.case(GROUP[0], &number).await.unwrap().later.group.unwrap().due;
    app.pass(due.since(app.now()) + 1).await;
    let mut guard = Client::new(&site);
    guard.sign_in(GROUP[0]).await;
    guard.case(&number).await.says("It ended without a report.");
    let mut council = Client::new(&site);
    council.sign_in(LEADS[0]).await;
    council.case(&number).await.says("It ended without a report.");
    app.pass(DAY).await;
}

on_both!(
    both_leads_ask_the_same_group,
    a_group_reads_what_it_is_asked_and_nothing_else,
    a_group_talks_and_reports_once,
    a_group_that_is_silent_loses_its_turn,
);
