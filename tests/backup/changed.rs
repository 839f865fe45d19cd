//! What was changed, cut off or made elsewhere is not restored, and nothing is ever restored by half.

use candor::service::backup::{BackupError, Opened, restore};
use candor::store::portable::TABLES;

use super::{after_a_batch, back_up, key, opened, rows, scene, service_key};
use crate::support::app::TestApp;
use crate::support::{Fixture, TestDb};

/// Tables that the schema itself puts a row into.
const SEEDED: [&str; 2] = ["library_version", "roster"];

async fn is_empty(database: &TestDb) -> bool {
    let rows = rows(&database.db).await;
    TABLES.iter().all(|(table, _)| SEEDED.contains(table) || rows[table].is_empty())
}

async fn nothing_else_is_restored(app: TestApp) {
    after_a_batch(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    let whole = std::fs::read(&file).unwrap();
    let target = TestDb::make(app.database.engine).await.unwrap();
    let tried = async |bytes: &[u8], keys: u8| {
        let mut opened = Opened::open(bytes, bytes.len() as u64, &key())?;
        restore(&target.db, &mut opened, Some(&service_key(keys)), Some(app.now())).await
    };
    assert!(matches!(tried(&whole, 4).await, Err(BackupError::NotOurs)));
    for at in (0..whole.len()).step_by(whole.len() / 12) {
        let mut changed = whole.clone();
        changed[at] ^= 1;
        assert!(tried(&changed, 3).await.is_err(), "byte {at}");
        assert!(tried(&whole[..at], 3).await.is_err(), "cut off at {at}");
    }
    assert!(is_empty(&target).await);
    // The control; and what is there is not written over.
    tried(&whole, 3).await.unwrap();
    assert!(!is_empty(&target).await);
    assert!(matches!(tried(&whole, 3).await, Err(BackupError::NotEmpty)));
    target.check_left_behind().await;
}

/// Stopped at any statement, or between the last one and its commit, a restore leaves an empty database; after the
/// commit a whole one.
async fn a_restore_that_is_stopped_leaves_nothing(app: TestApp) {
    scene(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    let run = async |database: &TestDb, at: u64| {
        let (db, steps) = database.db.stepped();
        steps.stop_at(at);
        let done = restore(&db, &mut opened(&file), Some(&service_key(3)), Some(app.now())).await;
        assert_eq!(done.is_err(), steps.stopped());
        (steps.taken(), steps.committed())
    };
    let whole = TestDb::make(app.database.engine).await.unwrap();
    let (total, committed) = run(&whole, 0).await;
    assert!(total > 150 && committed == 1, "{total} steps");
    let cut = TestDb::make(app.database.engine).await.unwrap();
    for at in (1..total - 1).step_by(11).chain([total - 1]) {
        assert_eq!(run(&cut, at).await, (at, 0));
        assert!(at % 3 > 0 && at != total - 1 || is_empty(&cut).await, "step {at}");
    }
    assert!(is_empty(&cut).await);
    assert_eq!(run(&cut, total).await, (total, 1));
    assert!(rows(&cut.db).await == rows(&whole.db).await);
    whole.check_left_behind().await;
    cut.check_left_behind().await;
}

on_both!(nothing_else_is_restored, a_restore_that_is_stopped_leaves_nothing);
