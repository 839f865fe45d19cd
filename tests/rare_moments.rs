//! What goes wrong only in rare moments, once found by chance: by killing the program, or by playing months of an
//! organisation.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use candor::domain::concern::{Dispatch, Identity};
use candor::service::inbox::{Acted, ReporterAct};

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

on_both!(
    a_signature_holds_though_time_passes_while_it_is_made,
    what_is_sent_twice_before_one_batch_arrives_twice,
    what_is_sent_at_the_same_moment_both_waits,
);
