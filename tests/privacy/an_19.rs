//! AN-19: before anything is typed, a page says from where to write, and what a work network can see.

use crate::support::app::TestApp;
use crate::support::http::{Answer, Client};

/// What must be said, each in one of these ways.
const ADVICE: [&str; 5] = [
    "Use your own phone or computer",
    "Use your own network",
    "A work network can see that you came to this site",
    "Wait until you are off shift",
    "not next to a colleague",
];

fn unsaid(page: &Answer) -> Vec<&'static str> {
    let text = page.text();
    ADVICE.into_iter().filter(|advice| !text.contains(advice)).collect()
}

async fn an_19_where_to_write_from_is_said_before_the_form(app: TestApp) {
    let mut client = Client::new(&app.site());
    let first = client.get("/").await.ok();
    assert_eq!(unsaid(&first), Vec::<&str>::new());
    assert!(first.links().contains(&"/write".to_owned()), "the form comes after it");
    assert!(first.forms().iter().all(|form| form.fields.is_empty()), "and nothing is typed there");
    // No more is promised than can be kept.
    first.says("If it opens secure connections, it can read what you write");
    // The control: another page does not say so.
    assert_eq!(unsaid(&client.get("/return").await.ok()).len(), ADVICE.len());
}

on_both!(an_19_where_to_write_from_is_said_before_the_form);
