//! Outcomes are rated by both commanders and the reporter, in points and words. The Council alone reads them;
//! commanders and headquarters get nothing of it but the numbers of a quarter.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::dispute::Refusal;
use candor::domain::follow_up::{Objection, Points, Rating};
use candor::service::Problem;
use candor::service::cases::{HandlerAct, RatedOutcome};
use candor::service::inbox::ReporterAct;

use crate::support::Fixture;
use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};
use crate::support::crawl::{differences, everything_that};
use crate::support::http::Client;

const LEADS: [&str; 2] = ["council-guard", "council-harbour"];
const NOT_FOR_THEM: [&str; 7] = [
    RAISING,
    CONCERNED,
    "guard-east-alternate",
    "office-guard",
    "office-harbour",
    "office-department",
    "secretary",
];

fn rating(clarity: Points, fairness: Points, works: Points) -> Rating {
    Rating { clarity, fairness, works }
}

fn act(words: &str) -> HandlerAct {
    HandlerAct::Rate { rating: rating(Points::Five, Points::Two, Points::Four), words: prose(words) }
}

fn by_receipt(words: &str) -> ReporterAct {
    ReporterAct::Rate { rating: rating(Points::Three, Points::One, Points::Two), text: prose(words) }
}

async fn rated(app: &TestApp, name: &str) -> Result<Vec<RatedOutcome>, Problem> {
    let person = app.person(name).await;
    Ok(app.candor.rated_outcomes(&person.signed_in, &person.seat, 0).await?.outcomes)
}

fn words(outcome: &RatedOutcome) -> Vec<&str> {
    outcome.ratings.iter().map(|rating| rating.words.as_str()).collect()
}

/// What the Council reads of a case that ended in the field, and that nobody else finds any of it on any page.
async fn the_council_alone_reads_what_is_said_of_an_outcome(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    let early = app.act(RAISING, &number, act("Too early.")).await;
    assert_eq!(early, Err(Problem::Refused(Refusal::NotInThisStage)));
    app.resolve(&number, RAISING, CONCERNED).await;
    assert!(rated(&app, LEADS[0]).await.unwrap().is_empty());
    app.act(RAISING, &number, act("The plan names no boat.")).await.unwrap();
    // Once for each side, whoever of its posts does so; the other side is not told.
    let again = app.act("guard-east-alternate", &number, act("Once more.")).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::AlreadyDone)));
    let lines = |history: &[(candor::clock::Timestamp, String)]| {
        history.iter().filter(|(_, line)| line.contains("rated")).count()
    };
    assert_eq!(lines(&app.case(RAISING, &number).await.unwrap().history), 1);
    assert_eq!(lines(&app.case(CONCERNED, &number).await.unwrap().history), 0);
    app.act(CONCERNED, &number, act("It works for us.")).await.unwrap();

    app.reporter_acts(&reporter, &by_receipt("Nothing has changed.")).await;
    assert_eq!(rated(&app, LEADS[0]).await.unwrap()[0].ratings.len(), 2, "not before its batch");
    app.run_batches().await;
    let pages = everything_that(&app, &NOT_FOR_THEM).await;
    for said in ["names no boat", "works for us", "Nothing has changed", "Is it fair to both sides? 2"] {
        let found: Vec<_> = pages.iter().filter(|(_, page)| page.contains(said)).collect();
        assert!(found.is_empty(), "{said}: {found:?}");
    }

    // The control: the Council reads all of it on its page, though the case is not its own to see.
    for name in LEADS {
        let [outcome] = &rated(&app, name).await.unwrap()[..] else { panic!("one outcome") };
        assert_eq!(words(outcome), ["The plan names no boat.", "It works for us.", "Nothing has changed."]);
        assert_eq!(outcome.ratings[2].rating, rating(Points::Three, Points::One, Points::Two));
        assert!(outcome.ratings[2].when.is_none() && !outcome.sees_case);
        assert_eq!(app.case(name, &number).await.map(|_| ()), Err(Problem::NotFound));
    }
    let mut client = Client::new(&app.site());
    client.sign_in("council-guard-member").await;
    let desk = client.get("/desk/council%3ARIV").await.ok();
    assert!(desk.links().iter().any(|link| link.ends_with("/ratings")), "{:?}", desk.links());
    let page = client.get("/desk/council%3ARIV/ratings").await.ok();
    page.says("Nothing has changed.").says("Is it fair to both sides? 1: not at all").says(&number);
    for name in NOT_FOR_THEM.into_iter().filter(|name| *name != "secretary") {
        assert_eq!(rated(&app, name).await.map(drop), Err(Problem::NotFound), "{name}");
    }
    assert!(rated(&app, "secretary").await.unwrap().is_empty());
    assert!(!app.visit(&reporter).await.offers.contains(&candor::domain::policy::CommandKind::RateByReceipt));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Nobody but the Council can tell from any page that the reporter rated, not after the batch either: everything is the
/// same in two worlds that differ in this alone.
async fn that_the_reporter_rated_shows_to_the_council_alone(app: TestApp) {
    let seen = async |rates: bool, names: &[&str]| {
        let app = app.another().await;
        let (reporter, number) = app.open_case(&concern()).await;
        app.resolve(&number, RAISING, CONCERNED).await;
        if rates {
            app.reporter_acts(&reporter, &by_receipt("Nothing has changed.")).await;
        }
        app.pass(3 * DAY).await;
        let pages = everything_that(&app, names).await;
        app.check_left_behind().await;
        pages
    };
    let differ = async |names: &[&str]| differences(&seen(false, names).await, &seen(true, names).await);
    assert_eq!(differ(&NOT_FOR_THEM).await, Vec::<String>::new());
    // The control.
    assert_eq!(differ(&LEADS).await.len(), 2, "what the two leads read");
}

/// An outcome that is decided anew is rated anew, by commanders whom the case had left behind, too; on the case's own
/// page the Council reads what is said of the latest.
async fn what_is_decided_anew_is_rated_anew(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    app.act(RAISING, &number, act("Of the first.")).await.unwrap();
    let objection = ReporterAct::DisputeOutcome { why: Objection::NotSettled, text: prose("It goes on.") };
    app.reporter_acts(&reporter, &objection).await;
    app.run_batches().await;
    let meanwhile = app.act(CONCERNED, &number, act("Meanwhile.")).await;
    assert_eq!(meanwhile, Err(Problem::Refused(Refusal::NotInThisStage)));
    app.resolve(&number, LEADS[0], LEADS[1]).await;
    app.act(RAISING, &number, act("Of the second.")).await.unwrap();
    let own = app.act(LEADS[0], &number, act("Our own.")).await;
    assert_eq!(own, Err(Problem::NotFound), "the Council does not rate");
    let outcomes = rated(&app, LEADS[1]).await.unwrap();
    assert_eq!(outcomes.iter().map(words).collect::<Vec<_>>(), [["Of the first."], ["Of the second."]]);
    assert!(outcomes.iter().all(|outcome| outcome.sees_case));
    let view = app.case(LEADS[1], &number).await.unwrap();
    let said: Vec<_> = view.later.ratings.iter().map(|rating| rating.words.as_str()).collect();
    assert_eq!(said, ["Of the second."]);
    assert!(app.case(CONCERNED, &number).await.unwrap().later.ratings.is_empty());
}

/// AN-05: whoever is left out of a case reads nothing of what is said of its outcome; where that is all of the
/// Council, the Secretary does.
async fn who_is_left_out_reads_no_rating(app: TestApp) {
    let handler = HandlerConcerned::Council("RIV".into());
    let (reporter, number) = app.open_case(&Concern { handler, ..concern() }).await;
    let proposal = app.proposal_of(LEADS[1]).await;
    app.act("secretary", &number, HandlerAct::Decide(proposal)).await.unwrap();
    app.reporter_acts(&reporter, &by_receipt("Half of it.")).await;
    app.run_batches().await;
    assert!(rated(&app, "council-guard").await.unwrap().is_empty());
    assert!(rated(&app, "secretary").await.unwrap().is_empty());
    assert_eq!(
        rated(&app, "council-harbour").await.unwrap().iter().map(words).collect::<Vec<_>>(),
        [["Half of it."]]
    );
    // A commander who never heard of it has nothing to rate.
    assert_eq!(app.act(RAISING, &number, act("What?")).await, Err(Problem::NotFound));
}

/// AN-24: words and the keys that open them go with the other texts; what comes too late is refused and explained.
async fn ratings_go_with_the_other_texts(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let note = || prose("Done.");
    app.act(RAISING, &number, HandlerAct::Done { action: 0, note: note() }).await.unwrap();
    app.act(CONCERNED, &number, HandlerAct::Verify { action: 0, holds: true, note: note() }).await.unwrap();
    app.pass(DAY).await;
    app.act(CONCERNED, &number, act("It works for us.")).await.unwrap();
    assert_eq!(words(&rated(&app, LEADS[0]).await.unwrap()[0]), ["It works for us."], "the control");
    app.pass(91 * DAY).await;
    let kept = "SELECT COUNT(*) FROM envelope WHERE kind = 26";
    let keys = "SELECT COUNT(*) FROM audience_wrap WHERE audience = 9";
    assert_eq!((app.database.number(kept).await, app.database.number(keys).await), (0, 0));
    assert!(rated(&app, LEADS[0]).await.unwrap().is_empty());
    assert_eq!(app.act(RAISING, &number, act("Later.")).await, Err(Problem::Refused(Refusal::NotNow)));
    app.reporter_acts(&reporter, &by_receipt("Later.")).await;
    app.run_batches().await;
    let refused = app.visit(&reporter).await.refused;
    assert!(
        refused[0].starts_with("Your rating of the outcome: The time for this has passed"),
        "{refused:?}"
    );
    assert_eq!((app.database.number(kept).await, app.database.number(keys).await), (0, 0));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Both forms: what is wrong is said, what was typed stays, and nothing is sent.
async fn the_forms_keep_what_was_typed(app: TestApp) {
    let mut reporter = Client::new(&app.site());
    let words = reporter.raise(&[]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let page = reporter.come_back(&words).await.ok();
    page.says("Rate the outcome").says("The Council alone reads it");
    let form = |page: &crate::support::http::Answer| {
        let forms = page.forms();
        forms.into_iter().find(|form| form.value("act") == Some("rate")).expect("the form")
    };
    let mut wrong = form(&page);
    wrong.set("clarity", "3").set("fairness", "6").set("rate_text", "Still <no> boat.");
    let answer = reporter.submit(&wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Is it fair to both sides? Choose 1 to 5 points.");
    answer.says("Does it work in daily duty? Choose 1 to 5 points.");
    let mut right = form(&answer);
    assert_eq!((right.value("clarity"), right.value("rate_text")), (Some("3"), Some("Still <no> boat.")));
    right.set("fairness", "1").set("works_points", "2");
    let sent = reporter.submit(&right).await.ok();
    sent.says("Your rating of the outcome");
    app.run_batches().await;

    let mut commander = Client::new(&app.site());
    commander.sign_in(RAISING).await;
    let address = format!("/desk/commander%3ARIV-EAST/case/{number}/rate");
    let page = commander.get(&address).await.ok();
    page.says("The Council alone reads it");
    let mut wrong = page.form(&address);
    let long = "x".repeat(2_001);
    wrong.set("clarity", "5").set("fairness", "4").set("words", &long);
    let answer = commander.submit(&wrong).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("Does it work in daily duty? Choose 1 to 5 points.").says("1 characters too long");
    let mut right = answer.form(&address);
    assert_eq!((right.value("fairness"), right.value("words")), (Some("4"), Some(long.as_str())));
    right.set("works_points", "4").set("words", "");
    commander.submit(&right).await.ok().says("Your rating is recorded.");
    let [outcome] = &rated(&app, LEADS[0]).await.unwrap()[..] else { panic!("one outcome") };
    assert_eq!(words_and_points(outcome), [("Still <no> boat.", [3, 1, 2]), ("", [5, 4, 4])]);
    // The form is gone: it leads back to the case.
    let back = commander.get(&address).await.ok();
    assert!(!back.body.contains("works_points"));
}

fn words_and_points(outcome: &RatedOutcome) -> Vec<(&str, [u8; 3])> {
    let each = outcome.ratings.iter();
    each.map(|one| (one.words.as_str(), one.rating.each().map(|(_, points)| u8::from(points)))).collect()
}

on_both!(
    the_council_alone_reads_what_is_said_of_an_outcome,
    that_the_reporter_rated_shows_to_the_council_alone,
    what_is_decided_anew_is_rated_anew,
    who_is_left_out_reads_no_rating,
    ratings_go_with_the_other_texts,
    the_forms_keep_what_was_typed,
);
