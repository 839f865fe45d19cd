//! Two machines on one database: their jobs run at the same time, and everything happens once.

use std::sync::Arc;

use candor::clock::{DAY, HOUR};
use candor::domain::concern::Concern;
use candor::jobs;
use candor::store;
use tokio::sync::Barrier;

use crate::support::app::{CONCERNED, HEADQUARTERS, RAISING, TestApp, concern};

/// Rounds of jobs that start at the same moment on both.
const ROUNDS: usize = 30;
const CONCERNS: usize = 12;

fn turned_round() -> Concern {
    let usual = concern();
    Concern { my_unit: usual.other_unit.clone(), other_unit: usual.my_unit.clone(), ..usual }
}

/// Runs a round on both at once; how many cases were opened and how many clocks were applied, together.
async fn round_on_both(one: &TestApp, other: &TestApp) -> (usize, usize) {
    let start = Arc::new(Barrier::new(2));
    let running = [one, other].map(|node| {
        let (candor, start) = (node.candor.clone(), start.clone());
        tokio::spawn(async move {
            start.wait().await;
            jobs::run_once(&candor).await.expect("no round fails for another machine's sake")
        })
    });
    let mut done = (0, 0);
    for round in running {
        let round = round.await.unwrap();
        done = (done.0 + round.batch.opened, done.1 + round.swept);
    }
    done
}

async fn next_slot(app: &TestApp) -> Option<candor::clock::Timestamp> {
    store::inbox::next_slot(&mut app.database.read().await).await.unwrap()
}

async fn count(app: &TestApp, condition: &str) -> i64 {
    app.database.number(&format!("SELECT COUNT(*) FROM {condition}")).await
}

/// Every row of a batch is opened by one of them.
async fn every_concern_is_opened_once(app: TestApp) {
    let other = app.second_node().await;
    for turn in 0..CONCERNS {
        let from = if turn % 2 == 0 { &app } else { &other };
        from.raise(&if turn % 3 == 0 { turned_round() } else { concern() }).await;
    }
    let mut opened = 0;
    while let Some(slot) = next_slot(&app).await {
        app.candor.clock.advance_to(slot);
        // Twice more than needed: what has been done is not done again.
        for _ in 0..3 {
            opened += round_on_both(&app, &other).await.0;
        }
    }
    assert_eq!(opened, CONCERNS);
    assert_eq!(count(&app, "cases").await, i64::try_from(CONCERNS).unwrap());
    assert_eq!(count(&app, "receipt").await, i64::try_from(CONCERNS).unwrap());
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    other.candor.db.close().await;
}

/// One level for each lapse: a lapse that both applied would take a case past the Council.
async fn every_lapse_and_warning_is_applied_once(app: TestApp) {
    let other = app.second_node().await;
    for turn in 0..CONCERNS {
        app.raise(&if turn % 2 == 0 { turned_round() } else { concern() }).await;
    }
    app.run_batches().await;
    let cases = i64::try_from(CONCERNS).unwrap();
    let mut swept = 0;
    let before = count(&app, "journal").await;
    let mut lapsed = 0;
    for _ in 0..ROUNDS {
        app.candor.clock.advance_to(app.now().plus(DAY));
        let in_field = count(&app, "cases WHERE stage = 'field'").await;
        swept += round_on_both(&app, &other).await.1;
        let left = count(&app, "cases WHERE stage = 'field'").await;
        if left < in_field {
            lapsed += in_field - left;
            assert_eq!(count(&app, "cases WHERE stage = 'council'").await, cases - left);
        }
    }
    assert_eq!(lapsed, cases, "every case has lapsed in the field");
    assert_eq!(count(&app, "cases WHERE stage = 'field'").await, 0);
    // A warning is one entry, a lapse is two: it ends one level and begins the next. What was counted is
    // what stands in the journal, so neither was written by both.
    let left_council = count(&app, "cases WHERE stage = 'secretary'").await;
    let entries = count(&app, "journal").await - before;
    assert_eq!(entries, i64::try_from(swept).unwrap() + lapsed + left_council);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    other.candor.db.close().await;
}

/// Both commanders sign at the same moment on different machines, while the jobs of both run: one
/// resolution, and each recipient is told once.
async fn each_recipient_is_told_once(app: TestApp) {
    let other = app.second_node().await;
    for turn in 1..=6_i64 {
        let (_, number) = app.open_case(&concern()).await;
        for name in [RAISING, CONCERNED] {
            let act = candor::service::cases::HandlerAct::Acknowledge { no_conflict: true };
            app.act(name, &number, act).await.unwrap();
        }
        let proposal = candor::service::cases::HandlerAct::Propose(app.proposal_of(RAISING).await);
        other.act(RAISING, &number, proposal).await.unwrap();
        app.candor.clock.advance_to(app.now().plus(HOUR));
        let (signed, too, _) = tokio::join!(
            app.accept(RAISING, &number),
            other.accept(CONCERNED, &number),
            round_on_both(&app, &other)
        );
        // Whoever opened the page before the other signed is told what happened, and signs again.
        if signed.is_err() {
            app.accept(RAISING, &number).await.unwrap();
        }
        if too.is_err() {
            other.accept(CONCERNED, &number).await.unwrap();
        }
        round_on_both(&app, &other).await;
        assert_eq!(count(&app, "cases WHERE stage = 'resolved'").await, turn);
        for recipient in HEADQUARTERS {
            let post = app.person(recipient).await.seat.post;
            assert_eq!(count(&app, &format!("notice WHERE recipient = '{post}'")).await, turn, "{post}");
        }
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    other.candor.db.close().await;
}

on_both!(every_concern_is_opened_once, every_lapse_and_warning_is_applied_once, each_recipient_is_told_once);
