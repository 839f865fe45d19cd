//! Backups, restoring them, and moving between databases.

mod changed;
mod moving;
mod newest;
mod program;
mod restored;

use std::collections::BTreeMap;
use std::fs::File;
use std::io::BufReader;
use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};

use candor::cleaning;
use candor::clock::{Clock, DAY, HOUR, Timestamp};
use candor::crypto::secret::{BackupKey, ServiceKey};
use candor::crypto::service::ServiceKeys;
use candor::rng::Randomness;
use candor::service::Candor;
use candor::service::backup::folder::all;
use candor::service::backup::{BackupError, KEPT, Opened, restore};
use candor::service::inbox::{ReporterAct, VisitError};
use candor::store::Db;
use candor::store::portable::{self, Goes, Row, TABLES, Value};
use candor::{jobs, store};

use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern};
use crate::support::{Engine, Fixture, TestDb};

pub fn key() -> BackupKey {
    BackupKey::from_bytes([11; 32])
}

fn service_key(byte: u8) -> ServiceKeys {
    ServiceKeys::new(&ServiceKey::from_bytes([byte; 32]))
}

/// Lets the next batch run, and be over for a minute.
async fn after_a_batch(app: &TestApp) {
    let calendar = &app.candor.directory().await.unwrap().calendar;
    let next = calendar.next_batches(app.now(), 1)[0];
    app.pass(next.plus(60).since(app.now())).await;
}

fn opened(file: &Path) -> Opened<BufReader<File>> {
    let open = File::open(file).unwrap();
    let length = open.metadata().unwrap().len();
    Opened::open(BufReader::new(open), length, &key()).unwrap()
}

async fn back_up(app: &TestApp, folder: &Path) -> PathBuf {
    let made = app.candor.back_up(folder, &key().public()).await.unwrap();
    assert!(made.anew);
    made.file
}

fn written(row: &Row) -> String {
    let value = |value: &Value| match value {
        Value::Null => "nothing".to_owned(),
        Value::Number(number) => number.to_string(),
        Value::Text(text) => format!("{text:?}"),
        Value::Bytes(bytes) => candor::service::hexadecimal(bytes),
    };
    row.iter().map(value).collect::<Vec<_>>().join(", ")
}

/// Every row of every table, whichever database it is, in an order of the test's own.
async fn rows(db: &Db) -> BTreeMap<&'static str, Vec<String>> {
    let mut all = BTreeMap::new();
    let mut tx = db.read().await.unwrap();
    for (table, _) in TABLES {
        let shape = portable::shape(&mut tx, table).await.unwrap().unwrap();
        let mut lines: Vec<String> = Vec::new();
        let mut last = None;
        loop {
            let portion = portable::portion(&mut tx, &shape, last.as_ref()).await.unwrap();
            lines.extend(portion.iter().map(written));
            if portion.len() < shape.portion() {
                break;
            }
            last = portion.into_iter().next_back();
        }
        lines.sort();
        all.insert(*table, lines);
    }
    all
}

/// Opens the services of `app`'s deployment over another database.
async fn over(app: &TestApp, database: &TestDb) -> Result<TestApp, candor::service::Problem> {
    let settings = (*app.candor.settings).clone();
    let clock = app.candor.clock.clone();
    let randomness = Randomness::labelled([99; 32]);
    let candor = Candor::open(database.db.clone(), service_key(3), clock, randomness, settings).await?;
    Ok(TestApp::around(candor.excepting_second_factors(), database.clone()))
}

/// The deployment restored into a database of a kind, if there is that kind.
async fn restored(app: &TestApp, file: &Path, engine: Engine) -> Option<TestApp> {
    let database = TestDb::make(engine).await?;
    restore(&database.db, &mut opened(file), Some(&service_key(3)), Some(app.now())).await.unwrap();
    let there = over(app, &database).await.unwrap();
    there.leaves_work_behind();
    Some(there)
}

fn a_file() -> ReporterAct {
    let file = cleaning::clean(b"What the notice board says.").unwrap();
    ReporterAct::Attach { file, council_only: false }
}

/// A case that is resolved, one that is open and has a file, and a concern and a file that wait for a batch.
struct Scene {
    resolved: (Reporter, String),
    open: (Reporter, String),
    waiting: Reporter,
}

async fn scene(app: &TestApp) -> Scene {
    let resolved = app.open_case(&concern()).await;
    app.resolve(&resolved.1, RAISING, CONCERNED).await;
    let open = app.open_case(&concern()).await;
    app.reporter_acts(&open.0, &a_file()).await;
    app.run_batches().await;
    after_a_batch(app).await;
    let waiting = app.raise(&concern()).await;
    app.reporter_acts(&open.0, &a_file()).await;
    app.person("guard-west").await;
    app.leaves_work_behind();
    Scene { resolved, open, waiting }
}

/// What tells when somebody acted stays out of a backup; all else comes back, whichever the databases are.
async fn an_07_a_backup_holds_nothing_that_waits_and_everything_else(app: TestApp) {
    let scene = scene(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    let before = rows(&app.database.db).await;
    // The control: there was something to leave out.
    for table in ["inbox", "waiting_chunk", "session"] {
        assert!(!before[table].is_empty(), "{table}");
    }
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(there) = restored(&app, &file, engine).await else { continue };
        let after = rows(&there.database.db).await;
        for (table, goes) in TABLES {
            let (before, after) = (&before[table], &after[table]);
            match (*table, goes) {
                (_, Goes::OnlyAlong) => assert!(after.is_empty(), "{table}"),
                ("standing", _) => assert_eq!((before.len(), after.len()), (0, 1)),
                ("journal_head", _) => assert_ne!(before, after),
                ("journal", _) => {
                    assert_eq!(after.len(), before.len() + 1, "and that it was restored");
                    assert!(before.iter().all(|row| after.contains(row)));
                }
                _ => assert_eq!(before, after, "{table}"),
            }
        }
        assert_eq!(there.candor.verify().await.unwrap().faults, Vec::<String>::new());
        let view = there.visit(&scene.open.0).await;
        assert_eq!((view.number.as_str(), view.files.len()), (scene.open.1.as_str(), 1));
        assert!(there.visit(&scene.resolved.0).await.outcome.is_some());
        let seen = there.case(RAISING, &scene.open.1).await.unwrap();
        assert!(seen.statement.is_some());
        let lost = there.candor.open_visit(&scene.waiting.words).await;
        assert!(matches!(lost, Err(VisitError::Unknown)), "it waited, and is lost");
        // It goes on: the same concern is sent again, and its batch opens it.
        let (again, _) = there.open_case(&concern()).await;
        assert!(there.visit(&again).await.statement.is_some());
        there.database.check_left_behind().await;
    }
}

async fn a_backup_is_made_straight_after_a_batch_alone(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let make = async || app.candor.back_up(folder.path(), &key().public()).await;
    after_a_batch(&app).await;
    app.candor.clock.advance_to(app.now().plus(2 * HOUR));
    let early = make().await.unwrap_err();
    assert!(matches!(early, BackupError::NotNow(_)), "{early}");
    assert!(early.to_string().contains("2026-06-0"), "{early}");
    assert!(std::fs::read_dir(folder.path()).unwrap().next().is_none(), "nothing is begun");

    app.raise(&concern()).await;
    app.database.run("UPDATE inbox SET slot = 1").await;
    let calendar = &app.candor.directory().await.unwrap().calendar;
    app.candor.clock.advance_to(calendar.next_batches(app.now(), 1)[0].plus(60));
    assert!(matches!(make().await.unwrap_err(), BackupError::UnderWay));
    jobs::run_once(&app.candor).await.unwrap();
    // What can never be read does not end all backups.
    let stuck = store::inbox::Row { id: [1; 32], slot: Timestamp(1), body: vec![1] };
    app.database.commit(async |tx| store::inbox::insert(tx, &stuck).await).await.unwrap();
    app.leaves_work_behind();
    let made = make().await.unwrap();
    assert!(made.anew);
    // A second timer, or a second machine, makes no second one.
    let again = make().await.unwrap();
    assert_eq!((again.anew, &again.file, again.bytes), (false, &made.file, made.bytes));
    let names: Vec<_> = std::fs::read_dir(folder.path()).unwrap().map(|one| one.unwrap().path()).collect();
    assert_eq!(names, std::slice::from_ref(&made.file));
    assert_eq!(std::fs::metadata(&made.file).unwrap().permissions().mode() & 0o777, 0o600);
}

async fn backups_go_after_thirty_days(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    after_a_batch(&app).await;
    let first = back_up(&app, folder.path()).await;
    let header = all(folder.path()).unwrap().remove(0).header.unwrap();
    assert_eq!((header.expires.since(header.made), KEPT), (30 * DAY, 30 * DAY));
    let foreign = folder.path().join("candor-notes.backup");
    std::fs::write(&foreign, "not ours").unwrap();
    app.pass(20 * DAY).await;
    after_a_batch(&app).await;
    let second = back_up(&app, folder.path()).await;
    assert!(first.exists(), "the control: it has ten days left");
    app.candor.clock.advance_to(header.expires.plus(-HOUR));
    assert!(app.candor.back_up(folder.path(), &key().public()).await.is_err());
    assert!(first.exists());
    // Gone with its time, though no other can be made now.
    app.candor.clock.advance_to(header.expires.plus(5 * HOUR));
    assert!(app.candor.back_up(folder.path(), &key().public()).await.is_err());
    assert!(!first.exists() && second.exists() && foreign.exists());
    app.pass(60).await;
}

/// Restored late, what should be gone by then is gone before anybody is served.
async fn an_24_a_restored_backup_loses_what_was_due_since(app: TestApp) {
    let (_, number) = closed(&app).await;
    after_a_batch(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    app.pass(92 * DAY).await;
    for engine in [Engine::Sqlite, Engine::Postgres] {
        let Some(there) = restored(&app, &file, engine).await else { continue };
        assert!(there.case(RAISING, &number).await.unwrap().statement.is_some(), "the control: it was there");
        assert_eq!(jobs::retain(&there.candor).await.unwrap(), 1);
        assert!(there.case(RAISING, &number).await.unwrap().statement.is_none());
        assert_eq!(there.candor.verify().await.unwrap().faults, Vec::<String>::new());
        there.database.check_left_behind().await;
    }
}

/// A case in which nothing is left to do.
async fn closed(app: &TestApp) -> (Reporter, String) {
    use candor::service::cases::HandlerAct;
    let (reporter, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let mut proposal = app.proposal();
    proposal.actions.clear();
    proposal.none_needed = true;
    app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    app.pass(60).await;
    (reporter, number)
}

/// A key pair and a backup of now, by the machine's clock: what a deployment has that is run well. Returns settings.
pub async fn well_kept(app: &TestApp, folder: &Path, before: i64) -> Vec<(&'static str, String)> {
    let backups = folder.join("backups");
    let public = folder.join("backup.public");
    let private = folder.join("offline").join("backup.private");
    if !public.exists() {
        let output = std::process::Command::new(env!("CARGO_BIN_EXE_candor"))
            .args(["backup", "new-key", "--private"])
            .arg(&private)
            .arg("--public")
            .arg(&public)
            .env_clear()
            .output()
            .unwrap();
        assert!(output.status.success(), "{output:?}");
    }
    let text = std::fs::read_to_string(&private).unwrap();
    let digits = text.lines().find_map(|line| line.strip_prefix("candor backup private key 1 ")).unwrap();
    let key = BackupKey::from_hexadecimal(digits).unwrap();
    let calendar = &app.candor.directory().await.unwrap().calendar;
    let batch = calendar.last_batch(Clock::System.now().plus(-before)).unwrap();
    let candor = Candor::open(
        app.database.again().await.db,
        service_key(3),
        Clock::simulated(batch.plus(60)),
        Randomness::system(),
        (*app.candor.settings).clone(),
    );
    candor.await.unwrap().back_up(&backups, &key.public()).await.unwrap();
    vec![
        ("CANDOR_BACKUP_DIR", backups.display().to_string()),
        ("CANDOR_BACKUP_KEY_FILE", public.display().to_string()),
    ]
}

on_both!(
    an_07_a_backup_holds_nothing_that_waits_and_everything_else,
    a_backup_is_made_straight_after_a_batch_alone,
    backups_go_after_thirty_days,
    an_24_a_restored_backup_loses_what_was_due_since,
);
