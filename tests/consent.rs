//! A name that the commanders may see, and a consent to that which is taken back, for the future.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::concern::{Concern, Dispatch, Identity};
use candor::domain::dispute::{Refusal, StageName};
use candor::domain::policy::CommandKind;
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::{Acted, ReporterAct};

use crate::support::Fixture;
use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern, prose};
use crate::support::crawl::{differences, everything_that};
use crate::support::http::Client;

const NAME: &str = "Ada Riverton";
const POST: &str = "commander:RIV-EAST";
const WITHHOLD: ReporterAct = ReporterAct::WithholdName;

fn named(name: &str, for_panel: bool) -> Identity {
    Identity { name: prose(name), contact: prose("555-0100"), for_panel }
}

async fn case_of(app: &TestApp, identity: Identity) -> (Reporter, String) {
    let (reporter, number) = app.open_case(&Concern { identity, ..concern() }).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    (reporter, number)
}

async fn looks(app: &TestApp, name: &str, number: &str) -> Result<(), Problem> {
    app.act(name, number, HandlerAct::ShowIdentity { reason: prose("To thank them.") }).await
}

async fn name_seen(app: &TestApp, name: &str, number: &str) -> Option<String> {
    app.case(name, number).await.unwrap().identity.map(|identity| identity.name.as_str().to_owned())
}

async fn signed_in(app: &TestApp) -> Client {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    client
}

/// What a commander is answered who asks for the form of looking at the name.
async fn asks(client: &mut Client, number: &str) -> (StatusCode, String) {
    let page = client.get(&format!("/desk/{POST}/case/{number}/identity")).await;
    (page.status, page.body.replace(number, "NUMBER"))
}

/// What a commander is answered who sends that form, though the page that had it is older.
async fn sends(client: &mut Client, number: &str) -> (StatusCode, String) {
    let csrf = client.get("/staff/sign-out").await.form("/staff/sign-out");
    let path = format!("/desk/{POST}/case/{number}/identity");
    let fields =
        [("csrf", csrf.value("csrf").unwrap()), ("seen", "99"), ("words", "To thank them."), ("reason", "x")];
    let answer = client.post_only(&path, &fields).await;
    (answer.status, answer.body.replace(number, "NUMBER"))
}

/// The reporter, through the pages.
async fn presses(app: &TestApp, reporter: &Reporter) {
    let mut client = Client::new(&app.site());
    let page = client.come_back(&reporter.words).await.ok();
    assert!(page.body.contains("Stop showing my name to the commanders"));
    assert!(page.body.contains("Who looked at your name"));
    let csrf = page.form("/return/act").value("csrf").unwrap().to_owned();
    let fields = [("csrf", csrf.as_str()), ("act", "withhold"), ("withhold_sure", "yes")];
    for _ in 0..2 {
        assert_eq!(client.post_only("/return/act", &fields).await.status, StatusCode::SEE_OTHER);
    }
    let page = client.get("/return/visit").await.ok();
    assert_eq!(page.body.matches("<span>Your wish to stop showing your name</span>").count(), 1);
}

async fn what_was_allowed_is_taken_back_for_the_future(app: TestApp) {
    let (reporter, number) = case_of(&app, named(NAME, true)).await;
    let (kept, other) = case_of(&app, named(NAME, true)).await;
    let (_, never) = case_of(&app, named(NAME, false)).await;
    looks(&app, RAISING, &number).await.unwrap();
    assert_eq!(name_seen(&app, RAISING, &number).await.as_deref(), Some(NAME));
    let offered = asks(&mut signed_in(&app).await, &number).await;
    assert_eq!(offered.0, StatusCode::OK);

    presses(&app, &reporter).await;
    // Nothing changes before its batch.
    assert_eq!(name_seen(&app, RAISING, &number).await.as_deref(), Some(NAME));
    assert_eq!(asks(&mut signed_in(&app).await, &number).await.0, StatusCode::OK);
    app.run_batches().await;

    for name in [RAISING, CONCERNED] {
        assert_eq!(looks(&app, name, &number).await, Err(Problem::Refused(Refusal::NoName)));
        assert_eq!(looks(&app, name, &never).await, Err(Problem::Refused(Refusal::NoName)));
        assert_eq!(name_seen(&app, name, &number).await, None, "not even who has seen it");
    }
    let mut client = signed_in(&app).await;
    // Neither the link to that form nor the form; and whoever sends it all the same is answered alike.
    assert!(offered.1.contains("/identity\""), "the control");
    for case in [&number, &never] {
        assert!(!asks(&mut client, case).await.1.contains("/identity\""));
    }
    let (told, otherwise) = (sends(&mut client, &number).await, sends(&mut client, &never).await);
    assert_eq!(told.0, otherwise.0);
    for answer in [told.1, otherwise.1] {
        assert!(
            !answer.contains(NAME) && answer.contains("No name was given to be shown to you."),
            "{answer}"
        );
    }
    let page = app.visit(&reporter).await;
    assert_eq!(page.name_shown_to.len(), 1, "who has seen it is still listed, and nobody else");
    assert!(page.identity_given && page.refused.is_empty());
    assert!(!page.offers.contains(&CommandKind::WithholdName));

    // The control: without the act it still shows.
    looks(&app, RAISING, &other).await.unwrap();
    assert_eq!(name_seen(&app, RAISING, &other).await.as_deref(), Some(NAME));
    assert!(app.visit(&kept).await.offers.contains(&CommandKind::WithholdName));

    // The Council reads it as before.
    app.pass(40 * DAY).await;
    assert_eq!(app.candor.dispute(&number).await.unwrap().stage_name(), StageName::Council);
    let yes = HandlerAct::Acknowledge { no_conflict: true };
    app.act("council-guard", &number, yes).await.unwrap();
    looks(&app, "council-guard", &number).await.unwrap();
    assert_eq!(name_seen(&app, "council-guard", &number).await.as_deref(), Some(NAME));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// A name given anew is a consent given anew: for showings anew, and it can be taken back again.
async fn a_name_given_again_needs_a_showing_again(app: TestApp) {
    let (reporter, number) = case_of(&app, named(NAME, true)).await;
    looks(&app, RAISING, &number).await.unwrap();
    for other in ["Ada R.", "Ada the Third"] {
        app.reporter_acts(&reporter, &WITHHOLD).await;
        app.run_batches().await;
        assert_eq!(name_seen(&app, RAISING, &number).await, None);
        app.reporter_acts(&reporter, &ReporterAct::GiveName(named(other, true))).await;
        app.run_batches().await;
        assert_eq!(name_seen(&app, RAISING, &number).await, None, "that it was shown once is not enough");
        looks(&app, RAISING, &number).await.unwrap();
        assert_eq!(name_seen(&app, RAISING, &number).await.as_deref(), Some(other));
    }
    assert_eq!(app.visit(&reporter).await.name_shown_to.len(), 3);
    app.reporter_acts(&reporter, &WITHHOLD).await;
    app.run_batches().await;
    assert_eq!(looks(&app, RAISING, &number).await, Err(Problem::Refused(Refusal::NoName)));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Batches shuffle: a name for the commanders and the wish to end it never wait together.
async fn which_was_meant_last_is_never_a_matter_of_chance(app: TestApp) {
    let (reporter, _) = case_of(&app, named(NAME, true)).await;
    let cookie = app.cookie(&reporter).await;
    let acts = async |act: &ReporterAct| app.candor.reporter_acts(&cookie, act, Dispatch::Mixed).await;
    let give = ReporterAct::GiveName(named("Ada R.", true));
    assert_eq!(acts(&WITHHOLD).await, Ok(Acted::Sent));
    assert_eq!(acts(&WITHHOLD).await, Ok(Acted::SentBefore));
    assert!(matches!(acts(&give).await, Err(Problem::Unusable(_))));
    let index = app.visit(&reporter).await.waiting[0].index;
    app.candor.take_back(&cookie, index).await.unwrap();
    assert_eq!(acts(&give).await, Ok(Acted::Sent));
    assert!(matches!(acts(&WITHHOLD).await, Err(Problem::Unusable(_))));
    app.run_batches().await;
    let cookie = app.cookie(&reporter).await;
    let acts = async |act: &ReporterAct| app.candor.reporter_acts(&cookie, act, Dispatch::Mixed).await;
    // For the Council alone, in whatever order: not open either way.
    assert_eq!(acts(&WITHHOLD).await, Ok(Acted::Sent));
    assert_eq!(acts(&ReporterAct::GiveName(named("Ada R.", false))).await, Ok(Acted::Sent));
    app.run_batches().await;
    let cookie = app.cookie(&reporter).await;
    let again = app.candor.reporter_acts(&cookie, &WITHHOLD, Dispatch::Mixed).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::NameNotOpen)));
}

/// AN-04, AN-26: their pages are those of a case whose reporter never allowed it, pressed or not.
async fn their_pages_are_as_if_it_had_never_been_allowed(app: TestApp) {
    let names = [RAISING, CONCERNED, "guard-east-alternate"];
    let mut pages = Vec::new();
    let acts: [(bool, &[ReporterAct]); 4] =
        [(false, &[]), (true, &[WITHHOLD]), (true, &[ReporterAct::Pressed, WITHHOLD]), (true, &[])];
    for (for_panel, acts) in acts {
        let beside = app.another().await;
        let (reporter, _) = case_of(&beside, named(NAME, for_panel)).await;
        let start = beside.now();
        for act in acts {
            beside.reporter_acts(&reporter, act).await;
            beside.run_batches().await;
        }
        // All are looked at in the same moment.
        beside.candor.clock.advance_to(start.plus(5 * DAY));
        pages.push(everything_that(&beside, &names).await);
        beside.check_left_behind().await;
    }
    assert_eq!(differences(&pages[0], &pages[1]), Vec::<String>::new());
    assert_eq!(differences(&pages[0], &pages[2]), Vec::<String>::new());
    assert_ne!(differences(&pages[0], &pages[3]), Vec::<String>::new(), "the control");
}

/// A name given later is a line of the commanders' history; it goes with the consent. The Council is told.
async fn a_line_that_a_name_was_given_goes_with_the_consent(app: TestApp) {
    let (reporter, number) = case_of(&app, Identity::default()).await;
    let lines = async |name: &str| {
        let history = app.case(name, &number).await.unwrap().history;
        history
            .into_iter()
            .filter(|(_, words)| words.contains(" name"))
            .map(|(_, words)| words)
            .collect::<Vec<_>>()
    };
    app.reporter_acts(&reporter, &ReporterAct::GiveName(named(NAME, true))).await;
    app.run_batches().await;
    assert_eq!(lines(RAISING).await, ["The reporter gave a name."]);
    app.reporter_acts(&reporter, &WITHHOLD).await;
    app.run_batches().await;
    assert_eq!(lines(RAISING).await, Vec::<String>::new());
    app.pass(40 * DAY).await;
    assert_eq!(lines(RAISING).await, Vec::<String>::new(), "nor on the page that stays theirs");
    assert_eq!(
        lines("council-guard").await,
        ["The reporter gave a name.", "The reporter no longer lets the commanders see the name."]
    );
}

/// Once everything is decided a name that was shown would still stand on the commander's page.
async fn it_can_be_taken_back_when_the_case_is_over(app: TestApp) {
    let (reporter, number) = case_of(&app, named(NAME, true)).await;
    looks(&app, RAISING, &number).await.unwrap();
    for name in [RAISING, CONCERNED] {
        let act = HandlerAct::CloseNotJoint { belongs: prose("The guard's own office.") };
        app.act(name, &number, act).await.unwrap();
    }
    assert_eq!(name_seen(&app, RAISING, &number).await.as_deref(), Some(NAME));
    app.reporter_acts(&reporter, &WITHHOLD).await;
    app.run_batches().await;
    assert_eq!(name_seen(&app, RAISING, &number).await, None);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

on_both!(
    what_was_allowed_is_taken_back_for_the_future,
    a_name_given_again_needs_a_showing_again,
    which_was_meant_last_is_never_a_matter_of_chance,
    their_pages_are_as_if_it_had_never_been_allowed,
    a_line_that_a_name_was_given_goes_with_the_consent,
    it_can_be_taken_back_when_the_case_is_over,
);
