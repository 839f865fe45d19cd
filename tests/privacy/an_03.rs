//! AN-03 on the page before sending: what people typed in a hurry, traces and all, is marked there; and how many know
//! of it is asked for them alone.

use std::collections::BTreeMap;

use candor::demonstration::data::scenarios;
use candor::domain::exposure::{KnownTo, check};

use crate::support::Fixture;
use crate::support::app::{CONCERNED, RAISING, TestApp};
use crate::support::crawl::{Pages, everything_that};
use crate::support::http::{Answer, Client, unescape};
use crate::support::pages::words_of;

/// What the page marks.
fn marked(review: &Answer) -> Vec<String> {
    let marks = review.body.split("<mark>").skip(1).filter_map(|rest| rest.split("</mark>").next());
    marks.map(unescape).collect()
}

async fn an_03_the_page_before_sending_marks_what_could_give_away(app: TestApp) {
    let mut client = Client::new(&app.site());
    let form = client.reach_form().await.form("/write/review");
    let mut review = async |text: &str| {
        let mut form = form.clone();
        form.set("what_happens", text).set("handler", "no");
        client.submit(&form).await.ok()
    };
    let (mut found, mut beyond) = (0, 0);
    for scenario in scenarios().unwrap() {
        let clean = review(&scenario.summary).await;
        // The one exact date is that of a document, which a reporter is told to leave to its list.
        let dated = scenario.summary.contains("30 September");
        assert_eq!(marked(&clean), if dated { vec!["30 September"] } else { vec![] }, "{}", scenario.id);
        if !dated {
            clean.says("Our check found nothing");
        }
        let Some(raw) = &scenario.raw else { continue };
        let marks = marked(&review(raw).await);
        assert_eq!(marks.len(), check(raw).len(), "{}", scenario.id);
        let on = |marks: &[String], words: &str| {
            marks.iter().any(|mark| words.contains(mark.as_str()) || mark.contains(words))
        };
        for trace in &scenario.traces {
            if trace.found {
                // The control: without its words there is a mark less.
                let fewer = marked(&review(&raw.replace(&trace.at, "…")).await);
                assert!(fewer.len() < marks.len(), "{}: {}", scenario.id, trace.name);
                found += 1;
            } else {
                // What rules cannot reach is not marked; should it come to be, the list must say so.
                assert!(!on(&marks, &trace.at), "{}: {} is found after all", scenario.id, trace.name);
                beyond += 1;
            }
        }
    }
    assert_eq!((found, beyond), (21, 2));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0, "nothing was sent");
}

/// What rests before the batch and after it, what handlers then see, and what the reporter sees.
type Left = (BTreeMap<String, Vec<String>>, BTreeMap<String, Vec<String>>, Pages, String);

/// Raises a concern and says how many know of it. The same chance is drawn each time.
async fn left_by(beside: &TestApp, known: &str, effect: &str) -> Left {
    let app = beside.another().await;
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[("effect", effect)]).await.ok();
    let words = words_of(&review);
    let mut form = review.form("/write/send");
    form.set("known", known).set("saved", "yes");
    let mut sent = client.submit(&form).await;
    if known == KnownTo::OneOrTwo.word() {
        sent.says("One or two people know this");
        let mut form = sent.form("/write/send");
        form.set("known", known).set("saved", "yes");
        sent = client.submit(&form).await;
    }
    let sent = sent.ok();
    sent.says("It is sent");
    let waiting = app.database.dump().await;
    app.run_batches().await;
    let opened = app.database.dump().await;
    let pages = everything_that(&app, &[RAISING, CONCERNED, "council-guard"]).await;
    let visit = Client::new(&app.site()).come_back(&words).await.ok().text();
    app.check_left_behind().await;
    (waiting, opened, pages, format!("{} {visit}", sent.text()))
}

async fn an_03_how_many_know_of_it_is_neither_stored_nor_shown(app: TestApp) {
    let answers = KnownTo::ALL.map(KnownTo::word);
    let first = left_by(&app, answers[0], "Patrols start late.").await;
    for known in &answers[1..] {
        let other = left_by(&app, known, "Patrols start late.").await;
        assert!(first == other, "{known} leaves something else than {}", answers[0]);
    }
    // The control: another answer that is kept shows in all four.
    let other = left_by(&app, answers[0], "Patrols start an hour late.").await;
    assert!(first.0 != other.0 && first.1 != other.1 && first.2 != other.2 && first.3 != other.3);
}

on_both!(
    an_03_the_page_before_sending_marks_what_could_give_away,
    an_03_how_many_know_of_it_is_neither_stored_nor_shown,
);
