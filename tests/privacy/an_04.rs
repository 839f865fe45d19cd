//! AN-04: with a name or without, every page of every handler is the same, byte for byte, unless the
//! reporter has chosen that the panel may see the name.

use candor::domain::concern::{Concern, Identity};
use candor::service::cases::HandlerAct;

use crate::support::Fixture;
use crate::support::app::{TestApp, concern, prose};
use crate::support::crawl::{Pages, differences, everything_that};

const HANDLERS: [&str; 6] =
    ["guard-east", "harbour-east", "guard-east-alternate", "council-guard", "office-guard", "guard-west"];

async fn pages_with(beside: &TestApp, identity: Identity, names: &[&str]) -> Pages {
    let app = beside.another().await;
    let (_, number) = app.open_case(&Concern { identity, ..concern() }).await;
    for name in ["guard-east", "harbour-east"] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let pages = everything_that(&app, names).await;
    app.check_left_behind().await;
    pages
}

fn named(for_panel: bool) -> Identity {
    Identity { name: prose("Ada Riverton"), contact: prose("555-0100"), for_panel }
}

async fn an_04_a_name_changes_no_page_of_the_field(app: TestApp) {
    let names = &HANDLERS[..3];
    let without = pages_with(&app, Identity::default(), names).await;
    let with = pages_with(&app, named(false), names).await;
    assert!(without.len() > 6, "pages were looked at");
    assert_eq!(differences(&without, &with), Vec::<String>::new());
}

/// The control: where the reporter wants the panel to see the name, its pages say so.
async fn an_04_control_a_name_for_the_panel_is_offered_to_it(app: TestApp) {
    let without = pages_with(&app, Identity::default(), &HANDLERS).await;
    let with = pages_with(&app, named(true), &HANDLERS).await;
    let changed = differences(&without, &with);
    assert!(changed.iter().any(|page| page.starts_with("guard-east ")), "{changed:?}");
    assert!(!changed.iter().any(|page| page.starts_with("guard-west ")), "{changed:?}");
}

on_both!(an_04_a_name_changes_no_page_of_the_field, an_04_control_a_name_for_the_panel_is_offered_to_it,);
