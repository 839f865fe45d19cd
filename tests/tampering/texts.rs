//! A text taken away without an entry that says so, and one put back that an entry says was destroyed.

use candor::clock::DAY;
use candor::domain::audience::Kind;
use candor::jobs;

use super::{Played, names};
use crate::support::app::TestApp;

/// Takes rows away, looks, and puts them back.
async fn without(played: &Played, table: &str, which: &str) -> Vec<String> {
    played.app.database.run(&format!("CREATE TABLE kept_rows AS SELECT * FROM {table} WHERE {which}")).await;
    played.run(&format!("DELETE FROM {table} WHERE {which}")).await;
    let faults = played.faults().await;
    played.app.database.run(&format!("INSERT INTO {table} SELECT * FROM kept_rows")).await;
    played.app.database.run("DROP TABLE kept_rows").await;
    played.clean().await;
    faults
}

/// Kind 11. A text destroyed before its time.
async fn a_text_that_is_missing_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let number = &played.open;
    let case = format!("case_id = (SELECT id FROM cases WHERE number = '{number}')");
    let faults =
        without(&played, "envelope", &format!("kind = {} AND {case}", Kind::MessageToReporter.code())).await;
    assert!(names(&faults, &format!("case {number}: the text of its event")), "{faults:?}");
    assert!(faults[0].ends_with("is missing, and no entry says that it was destroyed"), "{faults:?}");
    let faults = without(&played, "envelope", &format!("kind = {} AND {case}", Kind::Statement.code())).await;
    assert!(names(&faults, &format!("case {number}: of statement there are 0 texts")), "{faults:?}");
    let faults = without(&played, "receipt", "lookup = (SELECT lookup FROM receipt LIMIT 1)").await;
    assert!(faults.len() == 1 && faults[0].contains("its receipt is missing"), "{faults:?}");
}

/// Kind 12. What was destroyed is there again: from a copy that somebody kept.
async fn a_text_that_should_be_gone_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let number = &played.resolved;
    let case = format!("case_id = (SELECT id FROM cases WHERE number = '{number}')");
    for table in ["envelope", "audience_wrap"] {
        app.database.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table} WHERE {case}")).await;
    }
    app.leaves_work_behind();
    // The other cases go their way by time alone.
    app.candor.clock.advance_to(app.now().plus(181 * DAY));
    jobs::run_once(&app.candor).await.unwrap();
    app.candor.clock.advance_to(app.now().plus(91 * DAY));
    assert_eq!(jobs::run_once(&app.candor).await.unwrap().destroyed, 2);
    played.clean().await;
    let proposal = Kind::Proposal.code();
    played.run(&format!("INSERT INTO envelope SELECT * FROM kept_envelope WHERE kind = {proposal}")).await;
    let faults = played.faults().await;
    assert!(names(&faults, &format!("case {number}: the text of its event")), "{faults:?}");
    assert!(faults[0].ends_with("is there, though an entry says that it was destroyed"), "{faults:?}");
    played.run(&format!("DELETE FROM envelope WHERE kind = {proposal} AND {case}")).await;
    played.clean().await;
    let key = "audience = 2 AND reader = 'council:RIV'";
    played.run(&format!("INSERT INTO audience_wrap SELECT * FROM kept_audience_wrap WHERE {key}")).await;
    let faults = played.faults().await;
    assert!(names(&faults, &format!("case {number}: a key for council:RIV is there")), "{faults:?}");
    played.run(&format!("DELETE FROM audience_wrap WHERE {key} AND {case}")).await;
    played.clean().await;
    // When something goes is not for whoever writes the database to say.
    played.run(&format!("UPDATE cases SET retain_due = 9 WHERE number = '{number}'")).await;
    let faults = played.faults().await;
    assert!(names(&faults, &format!("case {number}: when something of it is destroyed")), "{faults:?}");
}

on_both!(a_text_that_is_missing_is_named, a_text_that_should_be_gone_is_named);
