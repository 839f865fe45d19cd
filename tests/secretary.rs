//! The Secretary: reads both positions, decides and signs, or sends it back once.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::dispute::{Refusal, StageName, WaitingFor};
use candor::service::Problem;
use candor::service::cases::HandlerAct;

use crate::council::at_the_council;
use crate::support::app::{CONCERNED, PASSPHRASE, Reporter, TestApp, concern, prose};
use crate::support::http::Client;
use crate::support::pages::proposal_fields;

/// A case that the guard's lead has taken to the Secretary.
async fn at_the_secretary(app: &TestApp) -> (Reporter, String) {
    let (reporter, number) = at_the_council(app).await;
    let position = HandlerAct::ReferUp { position: prose("The order must name an hour.") };
    app.act("council-guard", &number, position).await.unwrap();
    (reporter, number)
}

async fn the_secretary_decides_and_signs(app: TestApp) {
    let (reporter, number) = at_the_secretary(&app).await;
    let site = app.site();
    let mut secretary = Client::new(&site);
    secretary.sign_in("secretary").await.says("Decide");
    let case = secretary.case(&number).await;
    case.says("The order must name an hour.").says("Both positions").says("What waits for you");
    let form = secretary.act_form(&number, "decide").await;
    assert_eq!(form.value("finding"), Some(app.proposal().finding.as_str()), "begins with the last proposal");

    // Not without a tick, and what was typed stays.
    let fields = proposal_fields(&app);
    let fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    let unsigned = secretary.act(&number, "decide", &fields).await;
    assert_eq!(unsigned.status, StatusCode::UNPROCESSABLE_ENTITY);
    unsigned.says("Tick this to sign your decision.");
    assert_eq!(unsigned.form("/decide").value("what_1"), Some("Write a plan for the mornings."));

    // Not without a passphrase given just now.
    app.candor.clock.advance_to(app.now().plus(601));
    let page = secretary.act_page(&number, "decide").await.ok();
    page.says("Your passphrase");
    let mut form = page.form("/decide");
    for (name, value) in &fields {
        form.set(name, value);
    }
    form.set("sign", "yes");
    let again = secretary.submit(&form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    again.says("Please confirm that it is you");
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
    let mut form = again.form("/decide");
    assert_eq!(form.value("what_1"), Some("Write a plan for the mornings."));
    form.set("passphrase", "not this one").set("sign", "yes");
    secretary.submit(&form).await.says("This passphrase does not match");
    form.set("passphrase", PASSPHRASE);
    secretary.submit(&form).await.ok().says("You have decided and signed.").says("Resolved by the Secretary");
    assert_eq!(secretary.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");

    assert_eq!(app.visit(&reporter).await.stage, StageName::Resolved);
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices, report.faults.len()), (1, 3, 0));
    secretary.may_not(&number, "decide", &fields).await;
}

async fn nobody_else_decides_at_the_secretary(app: TestApp) {
    let (_, number) = at_the_secretary(&app).await;
    let fields = proposal_fields(&app);
    let mut fields: Vec<(&str, &str)> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
    fields.push(("sign", "yes"));
    let site = app.site();
    for name in ["council-guard", "council-harbour-member"] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        client.may_not(&number, "decide", &fields).await;
        client.may_not(&number, "direct", &[("instruction", "To us again.")]).await;
        client.act(&number, "write", &[("message", "A word to the Secretary.")]).await.ok();
    }
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
    let mut secretary = Client::new(&site);
    secretary.sign_in("secretary").await;
    secretary.case(&number).await.says("A word to the Secretary.");
    secretary.act(&number, "decide", &fields).await.ok().says("You have decided and signed.");
}

/// Who left since the form was opened, and who is left out of the case, carry nothing out.
async fn an_owner_who_left_is_refused_where_it_was_typed(app: TestApp) {
    let (_, number) = at_the_secretary(&app).await;
    let mut secretary = Client::new(&app.site());
    secretary.sign_in("secretary").await;
    let page = secretary.act_page(&number, "decide").await.ok();
    assert!(page.body.contains("value=\"alternate:RIV-EAST\""), "as long as somebody is there");
    let mut form = page.form("/decide");
    for (name, value) in proposal_fields(&app) {
        form.set(name, &value);
    }
    form.set("owner_1", "alternate:RIV-EAST").set("sign", "yes");
    app.database.run("DELETE FROM member WHERE post = 'alternate:RIV-EAST'").await;
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    let refused = secretary.submit(&form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Choose the post that carries this action out.");
    assert!(!refused.body.contains("value=\"alternate:RIV-EAST\""));
    assert_eq!(refused.form("/decide").value("what_1"), Some("Write a plan for the mornings."));
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
}

async fn who_is_left_out_of_a_case_is_never_offered_as_an_owner(app: TestApp) {
    let handler = HandlerConcerned::OurSide;
    let (_, number) = app.open_case(&Concern { handler, ..concern() }).await;
    app.act("council-harbour", &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    app.act("council-harbour", &number, HandlerAct::ReferUp { position: prose("We cannot.") }).await.unwrap();
    let mut secretary = Client::new(&app.site());
    secretary.sign_in("secretary").await;
    let page = secretary.act_page(&number, "decide").await.ok();
    assert!(page.body.contains("value=\"council:HAR\""));
    for post in ["commander:RIV-EAST", "alternate:RIV-EAST"] {
        assert!(!page.body.contains(&format!("value=\"{post}\"")), "{post}");
        let fields = proposal_fields(&app);
        let mut fields: Vec<(&str, &str)> =
            fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        fields.retain(|(name, _)| *name != "owner_1");
        fields.extend([("owner_1", post), ("sign", "yes")]);
        let refused = secretary.act(&number, "decide", &fields).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{post}");
        refused.says("Choose the post that carries this action out.");
    }
}

async fn the_secretary_sends_it_back_once(app: TestApp) {
    let (_, number) = at_the_secretary(&app).await;
    let site = app.site();
    let mut secretary = Client::new(&site);
    secretary.sign_in("secretary").await;
    let page = secretary.act_page(&number, "direct").await.ok();
    page.says("half the usual time: 10 working days").says("Up to 1500 characters");
    let empty = secretary.act(&number, "direct", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    empty.says("Please write something here.");
    let mut form = page.form("/direct");
    form.set("instruction", "Name an hour, and try again.");
    // Somebody writes meanwhile.
    let word = HandlerAct::Write { text: prose("Wait for us."), to_reporter: false };
    app.act("council-harbour", &number, word).await.unwrap();
    let moved = secretary.submit(&form).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    moved.says("The case has moved on");
    let form = moved.form("/direct");
    assert_eq!(form.value("instruction"), Some("Name an hour, and try again."));
    secretary.submit(&form).await.ok().says("Your instruction is recorded.");
    assert_eq!(secretary.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");

    let mut council = Client::new(&site);
    council.sign_in("council-guard").await.says("Sent back");
    council.case(&number).await.says("Name an hour, and try again.").says("Sent back");
    for lead in ["council-guard", "council-harbour"] {
        app.act(lead, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act("council-harbour", &number, HandlerAct::ReferUp { position: prose("Still no.") }).await.unwrap();
    secretary.may_not(&number, "direct", &[("instruction", "And again.")]).await;
    let again = app.act("secretary", &number, HandlerAct::Direct { instruction: prose("Again.") }).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::OnceOnly)));
    let mut commander = Client::new(&site);
    commander.sign_in(CONCERNED).await;
    assert!(!commander.case(&number).await.text().contains("Name an hour"), "it is the Council's");
}

/// It turns overdue, and is never skipped.
async fn what_waits_for_the_secretary_waits(app: TestApp) {
    let (_, number) = at_the_secretary(&app).await;
    let office = app.person("office-guard").await;
    let list = app.candor.notices(&office.signed_in, &office.seat, "", 0).await.unwrap();
    assert_eq!(list.counts.undecided, 0);
    let mut told = Vec::new();
    for _ in 0..4 {
        app.pass(30 * DAY).await;
        told.push(
            app.database.number("SELECT COUNT(*) FROM tally WHERE what = 'undecided' AND count = 1").await,
        );
    }
    assert_eq!(told.last(), Some(&1), "headquarters is told once: {told:?}");
    let person = app.person("secretary").await;
    let desk = app.candor.desk(&person.signed_in, &person.seat, 0).await.unwrap();
    assert_eq!(desk.waiting[0].what, WaitingFor::Decision);
    let mut secretary = Client::new(&app.site());
    secretary.sign_in("secretary").await.says("Overdue");
    secretary.case(&number).await.says("Overdue since");
    let mut office = Client::new(&app.site());
    office.sign_in("office-guard").await;
    office.get("/headquarters").await.ok().says("Not decided within the Secretary’s time 1");
}

on_both!(
    the_secretary_decides_and_signs,
    nobody_else_decides_at_the_secretary,
    an_owner_who_left_is_refused_where_it_was_typed,
    who_is_left_out_of_a_case_is_never_offered_as_an_owner,
    the_secretary_sends_it_back_once,
    what_waits_for_the_secretary_waits,
);
