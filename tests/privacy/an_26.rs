//! AN-26: who says that they are pressed is heard by the Council alone from then on, and no commander can tell.

use candor::clock::DAY;
use candor::service::inbox::ReporterAct;

use crate::support::Fixture;
use crate::support::app::{FOUNDED, TestApp, concern, prose};
use crate::support::crawl::{Pages, differences, everything_that};

const COMMANDERS: [&str; 4] =
    ["guard-east", "guard-east-alternate", "harbour-east", "harbour-east-alternate"];
const SAID: &str = "They ask everybody who wrote it.";

/// What these people see a week after a case was opened whose reporter did these things.
async fn seen(beside: &TestApp, acts: &[ReporterAct], names: &[&str]) -> Pages {
    let app = beside.another().await;
    let (reporter, _) = app.open_case(&concern()).await;
    for act in acts {
        app.reporter_acts(&reporter, act).await;
        app.run_batches().await;
    }
    app.candor.clock.advance_to(FOUNDED.plus(7 * DAY));
    app.leaves_work_behind();
    let pages = everything_that(&app, names).await;
    app.check_left_behind().await;
    pages
}

async fn an_26_who_is_pressed_is_heard_by_the_council_alone(app: TestApp) {
    let add = || ReporterAct::Add { text: prose(SAID) };
    let pressed = [ReporterAct::Pressed, add()];
    let without = seen(&app, &[], &COMMANDERS).await;
    let with = seen(&app, &pressed, &COMMANDERS).await;
    assert!(without.len() > 2 * COMMANDERS.len(), "pages were looked at");
    assert_eq!(differences(&without, &with), Vec::<String>::new());
    // The controls: the same words, not pressed, reach the commanders; and, pressed, they reach the Council.
    let open = seen(&app, &[add()], &COMMANDERS).await;
    assert!(open.values().any(|page| page.contains(SAID)));
    let council = seen(&app, &pressed, &["council-guard", "council-harbour"]).await;
    assert!(council.values().any(|page| page.contains(SAID)));
}

/// What follows the word arrives after it, in whichever batches chance puts the two.
async fn an_26_nothing_arrives_before_the_word_that_its_writer_is_pressed(app: TestApp) {
    let mut told_without = 0;
    for pressed in [true, false] {
        for _ in 0..12 {
            let (reporter, number) = app.open_case(&concern()).await;
            if pressed {
                app.reporter_acts(&reporter, &ReporterAct::Pressed).await;
            }
            app.reporter_acts(&reporter, &ReporterAct::Add { text: prose(SAID) }).await;
            app.run_batches().await;
            let history = app.case("guard-east", &number).await.unwrap().history;
            let told = history.iter().any(|(_, words)| words.contains("added"));
            assert!(!(pressed && told), "{history:?}");
            told_without += usize::from(told);
        }
    }
    assert_eq!(told_without, 12, "the control: who is not pressed is heard");
}

on_both!(
    an_26_nothing_arrives_before_the_word_that_its_writer_is_pressed,
    an_26_who_is_pressed_is_heard_by_the_council_alone,
);
