//! What goes wrong only in rare moments, once found by chance: by killing the program, or by playing months of an
//! organisation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candor::clock::DAY;
use candor::domain::concern::{Dispatch, Identity};
use candor::service::inbox::{Acted, ReporterAct};
use candor::store::inbox;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};

/// A signature names a time, and holds however many seconds pass while it is made.
async fn a_signature_holds_though_time_passes_while_it_is_made(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let (clock, ended) = (app.candor.clock.clone(), Arc::new(AtomicBool::new(false)));
    let told = ended.clone();
    let ticking = std::thread::spawn(move || {
        while !told.load(Ordering::Relaxed) {
            clock.advance_to(clock.now().plus(1));
            std::thread::sleep(std::time::Duration::from_micros(100));
        }
    });
    app.resolve(&number, RAISING, CONCERNED).await;
    ended.store(true, Ordering::Relaxed);
    ticking.join().unwrap();
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.faults), (1, Vec::new()));
}

/// Each name and each report of reprisal is sealed under a version of its own, though none has had its batch yet.
async fn what_is_sent_twice_before_one_batch_arrives_twice(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    for name in ["Ada Riverton", "Ada B. Riverton"] {
        let identity = Identity { name: prose(name), contact: prose("Dock 3"), for_panel: false };
        app.reporter_acts(&reporter, &ReporterAct::GiveName(identity)).await;
    }
    app.run_batches().await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let reports = ["They cut my shifts.", "They did it again."];
    for text in reports {
        app.reporter_acts(&reporter, &ReporterAct::ReportReprisal { text: prose(text) }).await;
    }
    app.run_batches().await;
    let thread = app.visit(&reporter).await.thread;
    for text in reports {
        assert!(thread.iter().any(|entry| entry.text.as_str() == text), "{text} arrived");
    }
}

/// Two things sent by one receipt at the same moment both wait, neither in the other's place.
async fn what_is_sent_at_the_same_moment_both_waits(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let cookie = app.candor.open_visit(&reporter.words).await.unwrap();
    let texts = ["First.", "Second.", "Third."].map(|text| ReporterAct::Add { text: prose(text) });
    let [first, second, third] = &texts;
    let send = |act| app.candor.reporter_acts(&cookie, act, Dispatch::Mixed);
    let ended = tokio::join!(send(first), send(second), send(third));
    assert_eq!(ended, (Ok(Acted::Sent), Ok(Acted::Sent), Ok(Acted::Sent)));
    assert_eq!(app.visit(&reporter).await.waiting.len(), 3);
    assert_eq!(send(first).await, Ok(Acted::SentBefore), "the control");
}

/// Many waiting rows are put into another order some at a time: whoever sends meanwhile gets in between, and nothing is
/// lost or changed.
async fn a_full_inbox_is_put_in_another_order_bit_by_bit(app: TestApp) {
    const ROWS: u8 = 200;
    app.leaves_work_behind();
    let far = app.now().plus(30 * DAY);
    for id in 0..ROWS {
        let row = inbox::Row { id: [id; 32], slot: far, body: vec![id; 20_000] };
        app.database.commit(async |tx| inbox::insert(tx, &row).await).await.unwrap();
    }
    let (db, steps) = app.database.db.stepped();
    let mut mixing = app.candor.clone();
    mixing.db = db;
    let batch = tokio::spawn(async move { mixing.run_batch().await });
    let mut sent = 0;
    while !batch.is_finished() && sent < 20 {
        app.raise(&concern()).await;
        sent += 1;
    }
    let done = batch.await.unwrap().unwrap();
    assert_eq!((done.opened, done.unreadable), (0, 0));
    // Twice, in no fewer than four parts.
    assert!(steps.committed() >= 8, "{} transactions", steps.committed());
    assert!(sent > 1, "whoever sent had to wait for all of it");
    let mut tx = app.database.read().await;
    for id in 0..ROWS {
        let row = inbox::find(&mut tx, &[id; 32]).await.unwrap().expect("it waits");
        assert_eq!((row.slot, row.body), (far, vec![id; 20_000]));
    }
    let waiting = inbox::all(&mut tx).await.unwrap().len();
    assert_eq!(waiting, usize::from(ROWS) + sent);
}

on_both!(
    a_full_inbox_is_put_in_another_order_bit_by_bit,
    a_signature_holds_though_time_passes_while_it_is_made,
    what_is_sent_twice_before_one_batch_arrives_twice,
    what_is_sent_at_the_same_moment_both_waits,
);
