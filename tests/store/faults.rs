//! What a database could not do is counted by kind: at once for work that may be told of, else when it is let go.

use candor::store::{faults, inbox};

use crate::support::TestDb;

async fn a_fault_is_counted_once_and_told_when_it_may_be(db: TestDb) {
    let fails = async || inbox::next_slot(&mut db.read().await).await.is_err();
    let told = || db.db.faults().told();
    assert!(!fails().await);
    db.run("ALTER TABLE inbox RENAME TO elsewhere").await;
    assert!(fails().await);
    assert!(told().values().all(|times| *times == 0), "{:?}", told());
    assert!(faults::told_at_once(fails()).await);
    assert_eq!(told()["refused"], 1);
    db.db.faults().release();
    assert_eq!(told()["refused"], 2);
    assert_eq!(told().values().sum::<u64>(), 2, "of one kind alone");
    db.run("ALTER TABLE elsewhere RENAME TO inbox").await;
}

on_both!(a_fault_is_counted_once_and_told_when_it_may_be);
