//! Everything from one database into another, of the same kind or the other, and back.

use candor::service::Problem;
use candor::service::backup::{BackupError, move_everything};
use candor::store::portable::TABLES;

use super::{over, rows, scene};
use crate::support::app::TestApp;
use crate::support::{Engine, Fixture, TestDb};

async fn everything_moves_and_back(app: TestApp) {
    let scene = scene(&app).await;
    let before = rows(&app.database.db).await;
    assert!(!before["inbox"].is_empty() && !before["session"].is_empty());
    let other = match app.database.engine {
        Engine::Sqlite => Engine::Postgres,
        Engine::Postgres => Engine::Sqlite,
    };
    let other = if TestDb::make(other).await.is_some() { other } else { Engine::Sqlite };
    let there = TestDb::make(other).await.unwrap();
    let moved = move_everything(&app.database.db, &there.db, app.now()).await.unwrap();
    assert_eq!(moved.tables.len(), TABLES.len());
    for (table, count) in &moved.tables {
        assert_eq!(*count, before[table].len() as u64, "{table}");
    }
    assert!(rows(&there.db).await == before, "every table is as it was");

    // Nobody serves the earlier one any more, and nothing is moved over what is there.
    let refused = over(&app, &app.database).await.unwrap_err();
    assert!(matches!(&refused, Problem::Unusable(words) if words.contains("was moved")), "{refused}");
    let twice = move_everything(&app.database.db, &there.db, app.now()).await.unwrap_err();
    assert!(matches!(twice, BackupError::NotEmpty), "{twice}");
    assert!(rows(&there.db).await == before);

    // A move that was ended after the mark was set is begun again with the same words.
    let again = TestDb::make(app.database.engine).await.unwrap();
    move_everything(&app.database.db, &again.db, app.now()).await.unwrap();
    assert!(rows(&again.db).await == before, "without the mark");

    // And back, where it goes on: what waited comes to its batch.
    let back = TestDb::make(app.database.engine).await.unwrap();
    move_everything(&there.db, &back.db, app.now()).await.unwrap();
    assert!(rows(&back.db).await == before);
    let back = over(&app, &back).await.unwrap();
    back.run_batches().await;
    assert!(back.visit(&scene.waiting).await.statement.is_some());
    assert_eq!(back.visit(&scene.open.0).await.files.len(), 2);
    assert_eq!(back.candor.verify().await.unwrap().faults, Vec::<String>::new());
    for database in [there, again, back.database] {
        database.check_left_behind().await;
    }
}

on_both!(everything_moves_and_back);
