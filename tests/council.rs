//! The Council and the Secretary: what comes to them, and what they alone read.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned, Identity, Pace};
use candor::domain::dispute::{Refusal, StageName};
use candor::domain::follow_up::Objection;
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern, prose};
use crate::support::http::Client;

const YES: HandlerAct = HandlerAct::Acknowledge { no_conflict: true };
const LEADS: [&str; 2] = ["council-guard", "council-harbour"];

async fn what_concerns_a_handler_starts_at_the_council(app: TestApp) {
    for handler in [
        HandlerConcerned::OurSide,
        HandlerConcerned::OtherSide,
        HandlerConcerned::BothSides,
        HandlerConcerned::NotSure,
    ] {
        let (reporter, number) = app.open_case(&Concern { handler, ..concern() }).await;
        assert!(app.visit(&reporter).await.bypassed);
        for lead in LEADS {
            assert_eq!(app.case(lead, &number).await.unwrap().stage, StageName::Council);
        }
        for name in [RAISING, CONCERNED, "guard-east-alternate", "harbour-east-alternate"] {
            assert_eq!(app.case(name, &number).await.map(|_| ()), Err(Problem::NotFound), "{name}");
        }
    }
}

/// Where a Council lead is meant, it goes to the Secretary, and that component's post is left out.
async fn what_concerns_the_council_goes_to_the_secretary(app: TestApp) {
    let handler = HandlerConcerned::Council("RIV".into());
    let (_, number) = app.open_case(&Concern { handler, ..concern() }).await;
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
    for name in ["council-guard", "council-guard-member", RAISING, CONCERNED] {
        assert_eq!(app.case(name, &number).await.map(|_| ()), Err(Problem::NotFound), "{name}");
    }
    app.leaves_work_behind();
}

async fn a_headquarters_office_that_is_meant_gets_no_notice(app: TestApp) {
    let handler = HandlerConcerned::Headquarters("RIV-OFFICE".into());
    let (_, number) = app.open_case(&Concern { handler, ..concern() }).await;
    app.resolve(&number, "council-guard", "council-harbour").await;
    let counts = async |name: &str| {
        let person = app.person(name).await;
        app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().notices.len()
    };
    assert_eq!(counts("office-guard").await, 0);
    assert_eq!((counts("office-harbour").await, counts("office-department").await), (1, 1));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn the_council_reads_what_was_written_for_it_alone(app: TestApp) {
    let concern = Concern {
        council_only: prose("The captain told us to keep quiet."),
        identity: Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel: false },
        ..concern()
    };
    let (reporter, number) = app.open_case(&concern).await;
    app.pass(100 * DAY).await;
    for lead in LEADS {
        let view = app.case(lead, &number).await.unwrap();
        assert_eq!(view.council_only.as_ref(), Some(&concern.council_only));
        assert_eq!(view.statement.as_ref(), Some(&concern.statement));
        assert_eq!(view.identity, None, "not before it was asked for");
    }
    app.act("council-guard", &number, YES).await.unwrap();
    app.act("council-guard", &number, HandlerAct::ShowIdentity { reason: prose("To ask back.") })
        .await
        .unwrap();
    let shown = app.case("council-guard", &number).await.unwrap().identity;
    assert_eq!(shown.map(|identity| identity.name), Some(prose("Ada Riverton")));
    assert_eq!(app.visit(&reporter).await.name_shown_to.len(), 1, "each showing is listed to the reporter");
}

/// Two leads of two components decide as commanders do.
async fn the_council_resolves_what_came_up(app: TestApp) {
    let (reporter, number) =
        app.open_case(&Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
    app.resolve(&number, "council-guard", "council-harbour").await;
    let view = app.visit(&reporter).await;
    assert_eq!(view.stage, StageName::Resolved);
    assert!(view.outcome.is_some());
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices, report.faults.len()), (1, 3, 0));
}

/// A member may propose; only leads and their delegates decide.
async fn a_member_of_the_council_may_propose_but_not_accept(app: TestApp) {
    let (_, number) = app.open_case(&Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
    for lead in LEADS {
        app.act(lead, &number, YES).await.unwrap();
    }
    app.act("council-guard-member", &number, HandlerAct::Propose(app.proposal_of("council-guard").await))
        .await
        .unwrap();
    assert!(app.accept("council-guard-member", &number).await.is_err());
    for lead in LEADS {
        app.accept(lead, &number).await.unwrap();
    }
}

/// The reporter finds out later that a handler is concerned: from then on it is the Council's.
async fn a_request_for_review_takes_it_from_the_field(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    let text = prose("The captain is the one who takes the boat.");
    let act = ReporterAct::AskForReview { handler: HandlerConcerned::OurSide, text: text.clone() };
    app.reporter_acts(&reporter, &act).await;
    assert_eq!(app.case(RAISING, &number).await.unwrap().stage, StageName::Field, "not before its batch");
    app.run_batches().await;
    let view = app.case("council-harbour", &number).await.unwrap();
    assert_eq!(view.stage, StageName::Council);
    assert!(view.reporter_thread.iter().any(|entry| entry.text == text));
    match app.case(RAISING, &number).await {
        Err(Problem::NotFound) => {}
        Ok(view) => {
            assert!(view.frozen);
            assert!(!view.reporter_thread.iter().any(|entry| entry.text == text));
            assert!(!view.history.iter().any(|(_, line)| line.contains("review")), "{:?}", view.history);
        }
        Err(other) => panic!("{other:?}"),
    }
}

/// AN-26: a reporter who is pressed is heard by the Council alone; nothing visible changes for others.
async fn what_a_pressed_reporter_writes_reaches_the_council_alone(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    let before = app.case(RAISING, &number).await.unwrap();
    app.reporter_acts(&reporter, &ReporterAct::Pressed).await;
    app.run_batches().await;
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("They made me say it.") }).await;
    app.run_batches().await;
    for name in [RAISING, CONCERNED] {
        let after = app.case(name, &number).await.unwrap();
        assert_eq!(after.history.len(), before.history.len(), "{name}");
        assert_eq!(after.seen, before.seen);
        assert!(after.reporter_thread.is_empty());
    }
    app.pass(100 * DAY).await;
    let view = app.case("council-guard", &number).await.unwrap();
    assert!(view.reporter_thread.iter().any(|entry| entry.text.as_str() == "They made me say it."));
}

/// A case that a commander has escalated after a first proposal, with both leads at work.
pub async fn at_the_council(app: &TestApp) -> (Reporter, String) {
    let (reporter, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let position = prose("This is our position.");
    app.act(RAISING, &number, HandlerAct::Escalate { position }).await.unwrap();
    for lead in LEADS {
        app.act(lead, &number, YES).await.unwrap();
    }
    (reporter, number)
}

async fn both_leads_send_it_back_to_the_commanders_once(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    let site = app.site();
    let mut guard = Client::new(&site);
    guard.sign_in(LEADS[0]).await;
    let page = guard.act_page(&number, "remand").await.ok();
    page.says("half the usual time: 8 working days").says("Up to 1500 characters");
    let empty = guard.act(&number, "remand", &[("instruction", " ")]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut form = page.form("/remand");
    form.set("instruction", "Try a list by the week.");
    guard.submit(&form).await.ok().says("Your instruction is recorded.");
    assert_eq!(guard.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    assert_eq!(app.case(LEADS[0], &number).await.unwrap().stage, StageName::Council);
    let mut commander = Client::new(&site);
    commander.sign_in(RAISING).await;
    let left = commander.case(&number).await;
    left.says("This case has left your desk");
    assert!(!left.text().contains("Try a list by the week."), "one lead alone tells them nothing");

    let mut member = Client::new(&site);
    member.sign_in("council-harbour-member").await;
    member.may_not(&number, "remand", &[("instruction", "For our lead.")]).await;
    let mut harbour = Client::new(&site);
    harbour.sign_in(LEADS[1]).await;
    harbour.case(&number).await.says("The other lead asks to send it back to the commanders.");
    let page = harbour.act_page(&number, "remand").await.ok();
    page.says("The other lead asks for this").says("Try a list by the week.");
    let mut form = page.form("/remand");
    form.set("instruction", "And name who keeps it.");
    app.act(LEADS[0], &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let moved = harbour.submit(&form).await;
    assert_eq!(moved.status, StatusCode::UNPROCESSABLE_ENTITY);
    moved.says("The case has moved on");
    assert_eq!(moved.form("/remand").value("instruction"), Some("And name who keeps it."));
    harbour.submit(&moved.form("/remand")).await.ok();
    assert_eq!(app.case(RAISING, &number).await.unwrap().stage, StageName::Field);

    for name in [RAISING, CONCERNED] {
        let mut client = Client::new(&site);
        client.sign_in(name).await.says("Sent back");
        let case = client.case(&number).await;
        case.says("Try a list by the week.").says("And name who keeps it.").says("Sent back");
        let entries = app.case(name, &number).await.unwrap().later.instructions;
        assert!(entries.iter().all(|entry| entry.when.is_some()), "with when it was sent");
    }
    guard.get("/desk").await.ok().says("Sent back");
    // Up again, it cannot come down again.
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
        app.act(name, &number, HandlerAct::Escalate { position: prose("No.") }).await.unwrap();
    }
    for lead in LEADS {
        app.act(lead, &number, YES).await.unwrap();
    }
    guard.may_not(&number, "remand", &[("instruction", "And again.")]).await;
    let again = app.act(LEADS[0], &number, HandlerAct::Remand { instruction: prose("Again.") }).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::OnceOnly)));
}

async fn either_lead_takes_it_to_the_secretary_with_a_position(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    let site = app.site();
    let mut member = Client::new(&site);
    member.sign_in("council-guard-member").await;
    member.may_not(&number, "refer-up", &[("position", "For our lead.")]).await;
    let mut harbour = Client::new(&site);
    harbour.sign_in(LEADS[1]).await;
    let long = "x".repeat(1_501);
    let refused = harbour.act(&number, "refer-up", &[("position", &long)]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.form("/refer-up").value("position"), Some(long.as_str()));
    let mut form = harbour.act_form(&number, "refer-up").await;
    form.set("position", "The order is clear as it stands.");
    app.act(LEADS[0], &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let moved = harbour.submit(&form).await;
    moved.says("The case has moved on");
    let form = moved.form("/refer-up");
    harbour.submit(&form).await.ok().says("Your position is recorded.");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    let mut secretary = Client::new(&site);
    secretary.sign_in("secretary").await;
    let case = secretary.case(&number).await;
    case.says("The order is clear as it stands.")
        .says("This is our position.")
        .says("the other stated no position");
}

/// Up by one side, once, with what it costs; down by both.
async fn the_pace_goes_up_by_one_and_down_by_both(app: TestApp) {
    let (_, number) = at_the_council(&app).await;
    let site = app.site();
    let mut guard = Client::new(&site);
    guard.sign_in(LEADS[0]).await;
    let page = guard.act_page(&number, "pace").await.ok();
    page.says("Make it extraordinary").says("The clock starts again: from now there are 5 working days");
    let refused = guard.act(&number, "pace", &[]).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut form = page.form("/pace");
    form.set("reason", "A patrol could not sail.");
    app.act(LEADS[1], &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let moved = guard.submit(&form).await;
    moved.says("The case has moved on");
    let form = moved.form("/pace");
    assert_eq!(form.value("reason"), Some("A patrol could not sail."));
    guard.submit(&form).await.ok().says("Your word about the pace is recorded.").says("Extraordinary");
    assert_eq!(guard.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    let raised = app.case(LEADS[1], &number).await.unwrap();
    assert_eq!(raised.dispute.pace, Pace::Extraordinary);

    guard.act(&number, "pace", &[("reason", "It is over.")]).await.ok();
    assert_eq!(app.case(LEADS[1], &number).await.unwrap().dispute.pace, Pace::Extraordinary);
    let mut harbour = Client::new(&site);
    harbour.sign_in(LEADS[1]).await;
    let page = harbour.act_page(&number, "pace").await.ok();
    page.says("Agree to the routine pace").says("It is over.");
    harbour.act(&number, "pace", &[("reason", "Agreed.")]).await.ok().says("Routine");
    guard.may_not(&number, "pace", &[("reason", "Up again.")]).await;
}

/// AN-23: a report of reprisal is read and answered by the other component's post alone.
async fn a_report_of_reprisal_is_answered_by_the_one_post_that_reads_it(app: TestApp) {
    let (reporter, number) = at_the_council(&app).await;
    let report = ReporterAct::ReportReprisal { text: prose("I was put on nights for it.") };
    app.reporter_acts(&reporter, &report).await;
    app.run_batches().await;
    let site = app.site();
    let mut own = Client::new(&site);
    own.sign_in(LEADS[0]).await;
    let page = own.case(&number).await;
    assert!(!page.text().to_lowercase().contains("reprisal"), "{}", page.text());
    own.may_not(&number, "reprisal", &[("message", "Hello.")]).await;

    let mut other = Client::new(&site);
    other.sign_in(LEADS[1]).await.says("Answer a report of reprisal");
    let page = other.case(&number).await;
    page.says("I was put on nights for it.").says("Your post alone reads it.");
    let pause = other.act(&number, "reprisal", &[("message", "What is your name?")]).await;
    pause.says("It was not sent");
    let mut form = pause.form("/reprisal");
    form.set("message", "The Inspector General can stop this today.");
    other.submit(&form).await.ok().says("Your answer waits for the reporter.");
    assert_eq!(other.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "a second press");
    other.may_not(&number, "reprisal", &[("message", "And more.")]).await;
    for name in ["council-guard-member", RAISING] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        let page = client.case(&number).await;
        assert!(!page.text().contains("stop this today"), "{name}");
    }
}

/// Before the Council's own level, a report of reprisal opens what the reporter wrote, not what the commanders do.
async fn a_report_of_reprisal_does_not_open_the_commanders_talk(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    let talk = HandlerAct::Write { text: prose("Between the two of us."), to_reporter: false };
    app.act(RAISING, &number, talk).await.unwrap();
    let report = ReporterAct::ReportReprisal { text: prose("I was put on nights for it.") };
    app.reporter_acts(&reporter, &report).await;
    app.run_batches().await;

    let view = app.case(LEADS[1], &number).await.unwrap();
    assert!(view.statement.is_some() && view.later.reprisal.len() == 1);
    assert!(view.room.is_empty(), "{:?}", view.room);
    let heard: Vec<&str> = view.history.iter().map(|(_, line)| line.as_str()).collect();
    assert_eq!(heard, ["The case was opened.", "The reporter reports reprisal."]);
    assert_eq!(app.case(LEADS[0], &number).await.map(|_| ()), Err(Problem::NotFound));
    // The control: whom it was for reads it, and hears nothing of the report.
    let view = app.case(CONCERNED, &number).await.unwrap();
    assert_eq!(view.room.len(), 1);
    assert!(view.later.reprisal.is_empty());
    assert!(view.history.iter().all(|(_, line)| !line.contains("reprisal")));
    assert!(view.history.iter().any(|(_, line)| line.contains("wrote to the other side")));
}

/// A disputed outcome comes to the Council marked, with the reporter's reason and the old outcome.
async fn a_reopened_case_is_marked_on_the_docket(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let text = prose("The plan is not kept.");
    let act = ReporterAct::DisputeOutcome { why: Objection::NotSettled, text };
    app.reporter_acts(&reporter, &act).await;
    app.run_batches().await;
    let site = app.site();
    let mut council = Client::new(&site);
    council.sign_in(LEADS[0]).await.says("Reopened");
    let case = council.case(&number).await;
    case.says("The reporter disputes the outcome")
        .says("The plan is not kept.")
        .says("Disputed: Resolved by");
    app.act(LEADS[0], &number, YES).await.unwrap();
    council.may_not(&number, "remand", &[("instruction", "Back.")]).await;
    let mut commander = Client::new(&site);
    let desk = commander.sign_in(RAISING).await;
    assert!(!desk.text().contains("Reopened"));
    let page = commander.case(&number).await;
    assert!(!page.text().contains("The plan is not kept.") && !page.text().contains("disputes"));
}

on_both!(
    what_concerns_a_handler_starts_at_the_council,
    what_concerns_the_council_goes_to_the_secretary,
    a_headquarters_office_that_is_meant_gets_no_notice,
    the_council_reads_what_was_written_for_it_alone,
    the_council_resolves_what_came_up,
    a_member_of_the_council_may_propose_but_not_accept,
    a_request_for_review_takes_it_from_the_field,
    what_a_pressed_reporter_writes_reaches_the_council_alone,
    both_leads_send_it_back_to_the_commanders_once,
    either_lead_takes_it_to_the_secretary_with_a_position,
    the_pace_goes_up_by_one_and_down_by_both,
    a_report_of_reprisal_is_answered_by_the_one_post_that_reads_it,
    a_report_of_reprisal_does_not_open_the_commanders_talk,
    a_reopened_case_is_marked_on_the_docket,
);
