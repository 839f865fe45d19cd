//! Many at once: nobody is told "locked", nothing is lost, and one of two wins.

use std::sync::Arc;
use std::time::{Duration, Instant};

use candor::clock::Timestamp;
use candor::store::{Letterbox, StoreError, cases, inbox, journal};
use tokio::sync::Barrier;

use super::records::a_case;
use crate::support::{Engine, TestDb};

const WRITERS: u8 = 8;
const EACH: u8 = 50;

async fn eight_writers_with_fifty_transactions_each_all_succeed(db: TestDb) {
    db.commit(async |tx| journal::begin(tx, &[0; 32]).await).await.unwrap();
    let start = Arc::new(Barrier::new(usize::from(WRITERS)));
    let mut writers = Vec::new();
    for writer in 0..WRITERS {
        let (db, start) = (db.clone(), start.clone());
        writers.push(tokio::spawn(async move {
            start.wait().await;
            for turn in 0..EACH {
                // Reads first, as every command does, and writes what it decided on that.
                db.commit(async |tx| {
                    let head = journal::lock_head(tx).await?;
                    let mut id = [writer; 32];
                    id[0] = turn;
                    let row = inbox::Row { id, slot: Timestamp(head.sequence), body: vec![writer; 100] };
                    inbox::insert(tx, &row).await?;
                    let entry = journal::Row {
                        sequence: head.sequence + 1,
                        case: None,
                        commitment: [writer; 32],
                        hash: [turn; 32],
                        body: vec![turn],
                    };
                    journal::append(tx, head, &[entry]).await
                })
                .await?;
            }
            Ok::<(), StoreError>(())
        }));
    }
    for writer in writers {
        writer.await.unwrap().expect("no writer is refused");
    }
    let all = i64::from(WRITERS) * i64::from(EACH);
    assert_eq!(db.number("SELECT COUNT(*) FROM inbox").await, all);
    assert_eq!(journal::head(&mut db.read().await).await.unwrap().sequence, all);
}

async fn readers_are_not_held_up_by_a_writer(db: TestDb) {
    let case = a_case("A");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    let mut writing = db.write().await;
    let changed = cases::Row { version: 2, ..case.clone() };
    cases::update(&mut writing, &changed, 1).await.unwrap();
    let seen = cases::find(&mut db.read().await, case.id).await.unwrap().unwrap();
    assert_eq!(seen.version, 1, "a reader sees what was committed");
    writing.commit().await.unwrap();
    assert_eq!(cases::find(&mut db.read().await, case.id).await.unwrap().unwrap().version, 2);
}

/// A request that is broken off while its transaction begins leaves none open for whoever has the connection next.
async fn a_beginning_that_is_broken_off_leaves_nothing_open(db: TestDb) {
    const OPEN: &str = "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() \
                        AND pid <> pg_backend_pid() AND state LIKE 'idle in transaction%'";
    for turn in 0..400 {
        // Timers are too coarse for what takes a fraction of a millisecond.
        let patience = async || {
            let since = Instant::now();
            while since.elapsed() < Duration::from_micros(turn * 5) {
                tokio::task::yield_now().await;
            }
        };
        tokio::select! { biased; _ = db.db.read() => {} () = patience() => {} }
        tokio::select! { biased; _ = db.db.write() => {} () = patience() => {} }
    }
    // Where one stays open it stays for good, so a moment is enough to tell.
    tokio::time::sleep(Duration::from_millis(200)).await;
    if db.engine == Engine::Postgres {
        assert_eq!(db.number(OPEN).await, 0);
    }
    let case = a_case("A");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    db.db.forget_traces().await.expect("PostgreSQL refuses this within a transaction");
}

async fn of_two_who_decide_on_one_version_one_is_told_to_decide_again(db: TestDb) {
    let case = a_case("A");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    for round in 1..=20_u32 {
        let start = Arc::new(Barrier::new(2));
        let racer = |byte: u8| {
            let (db, start, case) = (db.clone(), start.clone(), case.clone());
            tokio::spawn(async move {
                start.wait().await;
                let row = cases::Row { version: round + 1, state: vec![byte], ..case };
                db.commit(async |tx| cases::update(tx, &row, round).await).await
            })
        };
        let (one, other) = (racer(1), racer(2));
        let mut ends = [one.await.unwrap(), other.await.unwrap()];
        ends.sort_by_key(Result::is_err);
        assert_eq!(ends, [Ok(()), Err(StoreError::Conflict)]);
    }
}

/// A row that a batch has just put back, in another order, can still be taken out: whoever takes an
/// act back while the batch runs is not told that it had gone.
async fn a_row_that_is_being_put_back_can_be_taken_out(db: TestDb) {
    let row = inbox::Row { id: [1; 32], slot: Timestamp(1), body: vec![1; 100] };
    db.commit(async |tx| inbox::insert(tx, &row).await).await.unwrap();
    let mut reordering = db.write().await;
    let rows = inbox::take(&mut reordering, &[[1; 32]]).await.unwrap();
    let taking = {
        let db = db.clone();
        tokio::spawn(async move { db.commit(async |tx| inbox::remove(tx, &[1; 32]).await).await })
    };
    db.until_somebody_waits().await;
    inbox::insert(&mut reordering, &rows[0]).await.unwrap();
    reordering.commit().await.unwrap();
    assert_eq!(taking.await.unwrap(), Ok(true));
    assert_eq!(db.number("SELECT COUNT(*) FROM inbox").await, 0);
}

/// What comes in while a batch puts the inbox into another order is not swept away with it.
async fn nothing_is_lost_while_the_inbox_is_put_in_another_order(db: TestDb) {
    const ACTS: u8 = 250;
    let coming = {
        let db = db.clone();
        tokio::spawn(async move {
            for act in 0..ACTS {
                let row = inbox::Row { id: [act; 32], slot: Timestamp(1), body: vec![act; 2_000] };
                db.commit(async |tx| inbox::insert(tx, &row).await).await.unwrap();
            }
        })
    };
    let mut rounds = 0;
    while !coming.is_finished() || rounds == 0 {
        db.commit(async |tx| {
            let all = inbox::all(tx).await?;
            for row in inbox::take(tx, &all).await?.iter().rev() {
                inbox::insert(tx, row).await?;
            }
            Ok(())
        })
        .await
        .unwrap();
        rounds += 1;
        tokio::task::yield_now().await;
    }
    coming.await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM inbox").await, i64::from(ACTS), "after {rounds} rounds");
}

/// Concerns of one moment.
const AT_ONCE: u8 = 60;

/// Each is answered for itself, and they share transactions: there are fewer than concerns. One that was sent before,
/// or whose sender has hung up, changes nothing for the others.
async fn concerns_of_one_moment_share_transactions(database: TestDb) {
    let sent_before = [200; 32];
    database.commit(async |tx| inbox::insert_receipt(tx, &sent_before, b"opens a case").await).await.unwrap();
    let (db, steps) = database.db.stepped();
    let letterbox = Letterbox::of(&db);
    let put = |id: u8, lookup: [u8; 32]| {
        let (letterbox, db) = (letterbox.clone(), db.clone());
        let row = inbox::Row { id: [id; 32], slot: Timestamp(7), body: vec![id; 40_000] };
        tokio::spawn(async move { letterbox.put(&db, row, lookup).await })
    };
    let all: Vec<_> = (0..AT_ONCE).map(|id| put(id, [id; 32])).collect();
    let again = put(0, [0; 32]);
    let opened = put(201, sent_before);
    let hung_up = put(202, [202; 32]);
    tokio::task::yield_now().await;
    hung_up.abort();
    let mut new = 0;
    for one in all {
        new += usize::from(one.await.unwrap().expect("nobody is refused"));
    }
    new += usize::from(again.await.unwrap().unwrap());
    assert_eq!(new, usize::from(AT_ONCE), "of two with one identifier one is new");
    assert!(!opened.await.unwrap().unwrap(), "its receipt opens something already");
    let kept = database.number("SELECT COUNT(*) FROM inbox WHERE slot = 7").await;
    assert!((i64::from(AT_ONCE)..=i64::from(AT_ONCE) + 1).contains(&kept), "{kept}");
    assert!(steps.committed() < u64::from(AT_ONCE), "{} transactions", steps.committed());
    // The control: one after the other, each has its own.
    let before = steps.committed();
    for id in 100..105 {
        assert!(put(id, [id; 32]).await.unwrap().unwrap());
    }
    assert_eq!(steps.committed(), before + 5);
}

on_both!(
    a_beginning_that_is_broken_off_leaves_nothing_open,
    concerns_of_one_moment_share_transactions,
    a_row_that_is_being_put_back_can_be_taken_out,
    nothing_is_lost_while_the_inbox_is_put_in_another_order,
    eight_writers_with_fifty_transactions_each_all_succeed,
    readers_are_not_held_up_by_a_writer,
    of_two_who_decide_on_one_version_one_is_told_to_decide_again,
);
