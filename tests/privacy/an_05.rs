//! AN-05 and invariant 4: whoever is bypassed sees the same with and without the case, byte for byte.

use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::follow_up::Objection;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::Fixture;
use crate::support::app::{FOUNDED, TestApp, concern, prose};
use crate::support::crawl::{Pages, differences, everything_that};

/// Those that each answer leaves out.
pub const LEFT_OUT: [(&str, &[&str]); 5] = [
    ("our side", &["guard-east", "guard-east-alternate"]),
    ("other side", &["harbour-east", "harbour-east-alternate"]),
    ("both sides", &["guard-east", "guard-east-alternate", "harbour-east", "harbour-east-alternate"]),
    ("council", &["council-guard", "council-guard-member", "guard-east", "harbour-east"]),
    ("headquarters", &["office-guard", "guard-east", "harbour-east"]),
];

pub fn handler(word: &str) -> HandlerConcerned {
    match word {
        "our side" => HandlerConcerned::OurSide,
        "other side" => HandlerConcerned::OtherSide,
        "both sides" => HandlerConcerned::BothSides,
        "council" => HandlerConcerned::Council("RIV".into()),
        _ => HandlerConcerned::Headquarters("RIV-OFFICE".into()),
    }
}

/// What these people see where there was a concern, or none. The number is guessed in both: it is what
/// the case has where it exists.
async fn seen(
    beside: &TestApp,
    handler: Option<HandlerConcerned>,
    names: &[&str],
    resolved: bool,
) -> (Pages, String) {
    let app = beside.another().await;
    let mut number = String::new();
    if let Some(handler) = handler {
        number = app.open_case(&Concern { handler, ..concern() }).await.1;
        if resolved {
            app.resolve(&number, "council-guard", "council-harbour").await;
        }
    }
    app.candor.clock.advance_to(FOUNDED.plus(6 * DAY));
    app.leaves_work_behind();
    let pages = everything_that(&app, names).await;
    app.check_left_behind().await;
    (pages, number)
}

async fn an_05_whoever_is_bypassed_sees_nothing(app: TestApp) {
    for (answer, names) in LEFT_OUT {
        let (with, number) = seen(&app, Some(handler(answer)), names, false).await;
        let (without, _) = seen(&app, None, names, false).await;
        assert!(without.len() > names.len(), "pages were looked at");
        assert_eq!(differences(&with, &without), Vec::<String>::new(), "{answer}");
        for (page, body) in &with {
            assert!(!body.contains(&number), "{answer}: {page} shows {number}");
        }
    }
}

/// Resolved, but not published: still nothing for the bypassed.
async fn an_05_nor_when_it_is_resolved(app: TestApp) {
    for (answer, names) in [LEFT_OUT[2], LEFT_OUT[4]] {
        let (with, _) = seen(&app, Some(handler(answer)), names, true).await;
        let (without, _) = seen(&app, None, names, false).await;
        assert_eq!(differences(&with, &without), Vec::<String>::new(), "{answer}");
    }
}

/// What these people see after one case was resolved, reopened and decided once more, and another lapsed; or
/// where there was none.
async fn seen_later(beside: &TestApp, handler: Option<HandlerConcerned>, names: &[&str]) -> Pages {
    let app = beside.another().await;
    if let Some(handler) = handler {
        let concern = Concern { handler, ..concern() };
        let (reporter, number) = app.open_case(&concern).await;
        app.resolve(&number, "council-guard", "council-harbour").await;
        let text = prose("It is not settled.");
        app.reporter_acts(&reporter, &ReporterAct::DisputeOutcome { why: Objection::NotSettled, text }).await;
        app.run_batches().await;
        app.reporter_acts(&reporter, &ReporterAct::ReportReprisal { text: prose("Night shifts.") }).await;
        app.run_batches().await;
        let decision = app.proposal_of("council-guard").await;
        app.act("secretary", &number, HandlerAct::Decide(decision)).await.unwrap();
        app.open_case(&concern).await;
    }
    app.candor.clock.advance_to(FOUNDED.plus(45 * DAY));
    candor::jobs::run_once(&app.candor).await.unwrap();
    app.leaves_work_behind();
    let pages = everything_that(&app, names).await;
    app.check_left_behind().await;
    pages
}

async fn an_05_nor_when_it_is_reopened_or_lapses(app: TestApp) {
    let (_, names) = LEFT_OUT[4];
    let with = Box::pin(seen_later(&app, Some(handler("headquarters")), names)).await;
    let without = Box::pin(seen_later(&app, None, names)).await;
    assert!(without.keys().any(|page| page.contains("notices.csv")), "the table was looked at");
    assert_eq!(differences(&with, &without), Vec::<String>::new());
    // The control: left out of it is who the concern is about. Where it is the field only, the same
    // office sees both the resolutions and the lapse.
    let open = Box::pin(seen_later(&app, Some(HandlerConcerned::NotSure), &["office-guard"])).await;
    let list = open.iter().find(|(page, _)| page.ends_with("/headquarters/headquarters%3ARIV-OFFICE"));
    let (_, list) = list.unwrap();
    assert!(list.contains("Replaced"), "{list}");
    assert!(differences(&open, &without).iter().any(|page| page.contains("notices.csv")));
    let lapsed =
        |list: &str| list.split("Time passed without action").filter(|part| part.contains(">1<")).count();
    assert!(lapsed(list) > 0, "the lapse is counted");
}

/// The control: without a bypass the same people see a case.
async fn an_05_control_without_a_bypass_the_same_people_see_it(app: TestApp) {
    let names = ["guard-east", "harbour-east"];
    let (with, number) = seen(&app, Some(HandlerConcerned::No), &names, false).await;
    let (without, _) = seen(&app, None, &names, false).await;
    assert!(!differences(&with, &without).is_empty());
    assert!(with.values().any(|body| body.contains(&number)));
}

on_both!(
    an_05_whoever_is_bypassed_sees_nothing,
    an_05_nor_when_it_is_resolved,
    an_05_nor_when_it_is_reopened_or_lapses,
    an_05_control_without_a_bypass_the_same_people_see_it,
);
