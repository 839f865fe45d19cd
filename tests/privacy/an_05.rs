//! AN-05 and invariant 4: whoever is bypassed sees the same with and without the case, byte for byte.

use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};

use crate::support::app::{FOUNDED, TestApp, concern};
use crate::support::crawl::{Pages, differences, everything_that};
use crate::support::{Engine, Fixture, block_on};

/// Those that each answer leaves out.
const LEFT_OUT: [(&str, &[&str]); 5] = [
    ("our side", &["guard-east", "guard-east-alternate"]),
    ("other side", &["harbour-east", "harbour-east-alternate"]),
    ("both sides", &["guard-east", "guard-east-alternate", "harbour-east", "harbour-east-alternate"]),
    ("council", &["council-guard", "council-guard-member", "guard-east", "harbour-east"]),
    ("headquarters", &["office-guard", "guard-east", "harbour-east"]),
];

fn handler(word: &str) -> HandlerConcerned {
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
async fn seen(handler: Option<HandlerConcerned>, names: &[&str], resolved: bool) -> (Pages, String) {
    let app = TestApp::make(Engine::Sqlite).await.unwrap();
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

#[test]
fn an_05_whoever_is_bypassed_sees_nothing() {
    block_on(async {
        for (answer, names) in LEFT_OUT {
            let (with, number) = seen(Some(handler(answer)), names, false).await;
            let (without, _) = seen(None, names, false).await;
            assert!(without.len() > names.len(), "pages were looked at");
            assert_eq!(differences(&with, &without), Vec::<String>::new(), "{answer}");
            for (page, body) in &with {
                assert!(!body.contains(&number), "{answer}: {page} shows {number}");
            }
        }
    });
}

/// Resolved, but not published: still nothing for the bypassed.
#[test]
fn an_05_nor_when_it_is_resolved() {
    block_on(async {
        for (answer, names) in [LEFT_OUT[2], LEFT_OUT[4]] {
            let (with, _) = seen(Some(handler(answer)), names, true).await;
            let (without, _) = seen(None, names, false).await;
            assert_eq!(differences(&with, &without), Vec::<String>::new(), "{answer}");
        }
    });
}

/// The control: without a bypass the same people see a case.
#[test]
fn an_05_control_without_a_bypass_the_same_people_see_it() {
    block_on(async {
        let names = ["guard-east", "harbour-east"];
        let (with, number) = seen(Some(HandlerConcerned::No), &names, false).await;
        let (without, _) = seen(None, &names, false).await;
        assert!(!differences(&with, &without).is_empty());
        assert!(with.values().any(|body| body.contains(&number)));
    });
}
