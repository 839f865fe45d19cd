//! The Council and the Secretary: what comes to them, and what they alone read.

use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned, Identity};
use candor::domain::dispute::StageName;
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};

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

on_both!(
    what_concerns_a_handler_starts_at_the_council,
    what_concerns_the_council_goes_to_the_secretary,
    a_headquarters_office_that_is_meant_gets_no_notice,
    the_council_reads_what_was_written_for_it_alone,
    the_council_resolves_what_came_up,
    a_member_of_the_council_may_propose_but_not_accept,
    a_request_for_review_takes_it_from_the_field,
    what_a_pressed_reporter_writes_reaches_the_council_alone,
);
