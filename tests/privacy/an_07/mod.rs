//! AN-07: no time of a reporter's act. A thousand acts at known times, their batches, and then a copy of
//! everything: rows in the order in which they are stored, what the database notes of them, files byte by
//! byte, and what was logged. Nothing in it may tell more of when an act came than its batch does.

mod acts;
mod look;
pub mod order;
mod traces;

use candor::jobs;

use crate::privacy::copy::{Copy, SERVER_LOG, Value};
use crate::support::app::TestApp;
use crate::support::tell;
use acts::Played;
use look::{files_with, seconds_in, telling};

async fn an_07_nothing_tells_when_an_act_came(app: TestApp) {
    let began = std::time::Instant::now();
    let mut played = Played::begin(&app).await;
    let quiet = played.raise_all().await;
    // The first batch has run: some are open, most still wait.
    let unsorted = played.copy_before_batch.take().unwrap();
    let waiting = Copy::of(&app.database).await;
    played.recognise(&waiting).await;
    let looked = telling(&waiting, &played.acts);
    assert_eq!(looked.findings, Vec::<String>::new(), "of {} orders", looked.orders);
    assert_eq!(seconds_in(&waiting, &played.seconds), Vec::<String>::new());
    // The control: before the batch put the rows into another order, the files do tell.
    let before = telling(&unsorted, &played.acts);
    for of in ["inbox body", "piece"] {
        assert!(before.findings.iter().any(|found| found.contains(of)), "{of}: {:?}", before.findings);
    }

    let lines = played.act_on_all().await;
    assert_eq!((quiet, lines), (Vec::new(), Vec::new()), "nothing is logged of a reporter's act");
    let copy = Copy::of(&app.database).await;
    played.recognise(&copy).await;
    let count = |kind: &str| played.acts.iter().filter(|act| act.kind == kind).count();
    assert!(played.acts.len() >= 1_000 && count("refused") > 30, "{}", played.acts.len());
    assert_eq!((count("file"), copy.tables["attachment_chunk"].rows.len()), (70, 70));
    let looked = telling(&copy, &played.acts);
    assert!(looked.orders > 300, "{} orders were looked at", looked.orders);
    assert_eq!(looked.findings, Vec::<String>::new(), "of {} orders", looked.orders);
    assert_eq!(seconds_in(&copy, &played.seconds), Vec::<String>::new());
    // What has had its batch lies nowhere any more as it lay in the inbox, in no freed page and no log.
    assert_eq!(files_with(&copy, &played.acts, "inbox body"), Vec::<String>::new());
    assert!(!files_with(&unsorted, &played.acts, "inbox body").is_empty(), "the control");
    tell(&format!(
        "an_07 on {:?}: {} acts, {} orders, {:.0} s",
        app.database.engine,
        played.acts.len(),
        looked.orders,
        began.elapsed().as_secs_f64()
    ));

    // The controls. Rows that are stored in the order in which their acts came:
    let mut told = Copy { tables: copy.tables.clone(), files: Vec::new() };
    let cases = told.tables.get_mut("cases").unwrap();
    let id = cases.column("id");
    cases.rows.sort_by_key(|row| played.came(&row[id]));
    let findings = telling(&told, &played.acts).findings;
    assert!(findings.iter().any(|found| found.contains("cases")), "{findings:?}");
    // The half day of an act, in a column that means something else:
    let mut told = Copy { tables: copy.tables.clone(), files: Vec::new() };
    let cases = told.tables.get_mut("cases").unwrap();
    let (id, week) = (cases.column("id"), cases.column("released_week"));
    for row in &mut cases.rows {
        let came = i64::try_from(played.came(&row[id])).unwrap();
        row[week] = Value::Integer(came / 1_800);
    }
    let findings = telling(&told, &played.acts).findings;
    assert!(findings.iter().any(|found| found.contains("released_week")), "{findings:?}");
    // The second itself, really written: it is found in the rows and in the bytes of the files.
    played.write_seconds().await;
    let told = Copy::of(&app.database).await;
    let found = seconds_in(&told, &played.seconds);
    assert!(found.iter().any(|found| found.contains("cases.level_due")), "{found:?}");
    assert!(found.iter().any(|found| found.contains("bytes of")), "{found:?}");
    // And in the log of a server that writes of a statement: it was searched all along.
    if !app.is_sqlite() {
        assert!(!found.iter().any(|found| found.ends_with(&format!("/{SERVER_LOG}"))), "{found:?}");
        played.provoke_a_line().await;
        let found = seconds_in(&Copy::of(&app.database).await, &played.seconds);
        assert!(found.iter().any(|found| found.ends_with(&format!("/{SERVER_LOG}"))), "{found:?}");
    }
    app.leaves_work_behind();
}

/// The time of a file is a time as well: a batch that finds nothing to open clears up all the same.
async fn an_07_a_batch_with_nothing_to_do_leaves_no_trace_either(app: TestApp) {
    let mut played = Played::begin(&app).await;
    // A program that has just been started clears up once, whatever the time.
    jobs::run_once(&app.candor).await.unwrap();
    played.raise_for_a_later_batch().await;
    let before = traces::of(&app).await;
    // The control: until the batch there is a trace.
    assert!(before.is_there(), "{before:?}");
    let next = played.next_batch();
    app.candor.clock.advance_to(next.plus(-1));
    jobs::run_once(&app.candor).await.unwrap();
    assert_eq!(traces::of(&app).await, before, "it is the batch that clears up");
    app.candor.clock.advance_to(next);
    assert_eq!(jobs::run_once(&app.candor).await.unwrap().batch.opened, 0, "nothing was due");
    let after = traces::of(&app).await;
    assert!(after.is_cleared_since(&before), "{before:?} and then {after:?}");
    // And once only.
    jobs::run_once(&app.candor).await.unwrap();
    assert_eq!(traces::of(&app).await, after);
    app.run_batches().await;
}

on_both!(an_07_nothing_tells_when_an_act_came, an_07_a_batch_with_nothing_to_do_leaves_no_trace_either);
