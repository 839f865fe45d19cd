//! AN-08: no page of a handler changes when a receipt is used, or anything is sent, before its batch.

use candor::domain::concern::Dispatch;
use candor::domain::follow_up::{Objection, Points, Rating, Works};
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{TestApp, concern, prose};
use crate::support::crawl::{differences, everything_that};

const EVERYBODY: [&str; 8] = [
    "guard-east",
    "harbour-east",
    "guard-east-alternate",
    "council-guard",
    "secretary",
    "office-guard",
    "office-department",
    "administrator",
];

async fn an_08_a_visit_and_an_act_change_no_page_before_the_batch(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let before = everything_that(&app, &EVERYBODY).await;
    assert!(before.len() > EVERYBODY.len());
    let look = async |what: &str| {
        let after = everything_that(&app, &EVERYBODY).await;
        let changed: Vec<_> =
            differences(&before, &after).into_iter().filter(|page| !page.contains("csrf")).collect();
        assert_eq!(changed, Vec::<String>::new(), "after {what}");
    };
    app.visit(&reporter).await;
    look("a visit").await;
    assert!(app.candor.open_visit("abacus abacus abacus").await.is_err());
    look("a wrong receipt").await;
    for act in
        [ReporterAct::Add { text: prose("It happened again.") }, ReporterAct::Pressed, ReporterAct::Withdraw]
    {
        let cookie = app.cookie(&reporter).await;
        app.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.unwrap();
        look("an act").await;
    }
    app.raise(&concern()).await;
    look("another concern").await;
    // The control: after the batch there is something to see.
    app.run_batches().await;
    let after = everything_that(&app, &EVERYBODY).await;
    assert!(!differences(&before, &after).is_empty());
}

/// The same after an outcome: whether it works, that it is not accepted, and that somebody is punished.
async fn an_08_nor_does_what_is_said_after_an_outcome(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, "guard-east", "harbour-east").await;
    let note = || prose("Done.");
    app.act("guard-east", &number, HandlerAct::Done { action: 0, note: note() }).await.unwrap();
    app.act("harbour-east", &number, HandlerAct::Verify { action: 0, holds: true, note: note() })
        .await
        .unwrap();
    let names: Vec<_> = EVERYBODY.into_iter().chain(["council-harbour"]).collect();
    let rating = Rating { clarity: Points::Two, fairness: Points::One, works: Points::Three };
    let acts = [
        ReporterAct::CheckIn { works: Works::No, text: prose("It happens again.") },
        ReporterAct::Rate { rating, text: prose("It was not.") },
        ReporterAct::ReportReprisal { text: prose("I have the night shifts now.") },
        ReporterAct::DisputeOutcome { why: Objection::NotSettled, text: prose("Nothing is settled.") },
    ];
    for act in &acts {
        let before = everything_that(&app, &names).await;
        app.reporter_acts(&reporter, act).await;
        let after = everything_that(&app, &names).await;
        assert_eq!(differences(&before, &after), Vec::<String>::new(), "after {act:?}");
        // The control: after the batch there is something to see.
        app.run_batches().await;
        let after = everything_that(&app, &names).await;
        assert!(!differences(&before, &after).is_empty(), "{act:?}");
    }
}

on_both!(
    an_08_a_visit_and_an_act_change_no_page_before_the_batch,
    an_08_nor_does_what_is_said_after_an_outcome,
);
