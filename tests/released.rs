//! Databases of earlier schemas: each that was ever released is kept as a small dump of a founded organisation with one
//! case, and must open, be brought up to date, be read and be verified. And a schema that is newer is left alone.
//!
//! A dump is `tests/released/NNNN/rows`, the records of a backup unsealed, and `told.json`, what the test must know.
//! `cargo test --test suite print_a_dump -- --ignored` writes one of the schema before the newest, or of
//! `CANDOR_TEST_SCHEMA`: once, when a schema is released.

use std::path::{Path, PathBuf};

use candor::clock::{Clock, Timestamp};
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::domain::dispute::StageName;
use candor::jobs;
use candor::rng::Randomness;
use candor::service::backup::records::{End, Record, Table};
use candor::service::{Candor, Settings};
use candor::store::portable::{self, Row, TABLES};
use candor::store::{self, Db, StoreError};
use serde::{Deserialize, Serialize};

use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern};
use crate::support::cluster::cluster;
use crate::support::program::Place;
use crate::support::{Engine, Fixture, TestDb, block_on, run_on};

/// What a test must know of a dump.
#[derive(Debug, Serialize, Deserialize)]
struct Told {
    founders: String,
    receipt: String,
    number: String,
    at: i64,
}

fn folder() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("tests/released")
}

/// Every schema that is kept.
fn kept() -> Vec<i64> {
    let mut kept: Vec<i64> = std::fs::read_dir(folder())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_str().unwrap().parse().unwrap())
        .collect();
    kept.sort_unstable();
    kept
}

/// Fills a database of that schema, which has nothing in it, with a dump.
async fn fill(db: &Db, dump: &[u8]) {
    let mut rest = dump;
    let mut tx = db.write().await.unwrap();
    let mut shape = None;
    let mut rows: Vec<Row> = Vec::new();
    while let Some((record, used)) = Record::take(rest).unwrap() {
        rest = &rest[used..];
        match record {
            Record::Table(table) => {
                let name = TABLES.iter().find(|(name, _)| *name == table.name).unwrap().0;
                let found = portable::shape(&mut tx, name).await.unwrap().unwrap();
                assert_eq!(found.columns(), table.columns);
                portable::clear(&mut tx, &found).await.unwrap();
                shape = Some(found);
            }
            Record::Row(row) => rows.push(row),
            Record::EndOfTable(_) => {
                let shape = shape.as_ref().unwrap();
                for portion in rows.chunks(shape.portion()) {
                    portable::insert(&mut tx, shape, portion).await.unwrap();
                }
                rows.clear();
            }
            other => panic!("{other:?}"),
        }
    }
    assert!(rest.is_empty() && rows.is_empty());
    tx.commit().await.unwrap();
}

/// Opens a database as a later version of the program does, and reads what is in it.
async fn reads(db: Db, told: &Told) {
    let folder = tempfile::tempdir().unwrap();
    let founders_file = folder.path().join("founders.toml");
    std::fs::write(&founders_file, &told.founders).unwrap();
    let settings = Settings {
        passphrase: candor::crypto::passphrase::Parameters { memory_kib: 8, passes: 1, lanes: 1 },
        cases_per_batch: 20,
        founders_file,
    };
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let clock = Clock::simulated(Timestamp(told.at));
    let candor =
        Candor::open(db.clone(), keys, clock, Randomness::labelled([77; 32]), settings).await.unwrap();
    let database = TestDb::make(Engine::Sqlite).await.unwrap();
    let app = TestApp::around(candor.excepting_second_factors(), database);
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.faults, report.resolutions), (Vec::<String>::new(), 1));
    assert!(report.signatures >= 2 && report.notices == 3);
    let view = app.visit(&Reporter { words: told.receipt.clone() }).await;
    assert_eq!((view.number.as_str(), view.stage), (told.number.as_str(), StageName::Resolved));
    assert!(view.statement.is_some() && view.outcome.is_some() && view.files.len() == 1);
    let seen = app.case(RAISING, &told.number).await.unwrap();
    assert!(seen.statement.is_some() && !seen.proposals.is_empty());
    // And it goes on.
    let another = app.raise(&concern()).await;
    for _ in 0..10 {
        let next = store::inbox::next_slot(&mut db.read().await.unwrap()).await.unwrap();
        let Some(next) = next else { break };
        app.candor.clock.advance_to(next);
        jobs::run_once(&app.candor).await.unwrap();
    }
    assert!(app.case(CONCERNED, &app.visit(&another).await.number).await.is_ok());
    db.close().await;
}

#[test]
fn every_released_schema_opens_and_is_brought_up_to_date() {
    assert!(!kept().is_empty());
    for schema in kept() {
        let place = folder().join(format!("{schema:04}"));
        let dump = std::fs::read(place.join("rows")).unwrap();
        assert!(dump.len() < 600 * 1024, "a dump is small");
        let told: Told = serde_json::from_slice(&std::fs::read(place.join("told.json")).unwrap()).unwrap();
        block_on(async {
            let folder = tempfile::tempdir().unwrap();
            let file = folder.path().join("candor.db");
            let db = Db::sqlite_of_schema(&file, schema).await.unwrap();
            fill(&db, &dump).await;
            db.close().await;
            // The control: read as it is, it is not of this version.
            assert_eq!(Db::sqlite_to_read(&file).await.unwrap_err(), StoreError::Schema);
            reads(Db::sqlite(&file).await.unwrap(), &told).await;

            let Some(cluster) = cluster().await else { return };
            let name = cluster.create("template0").await;
            let db = Db::postgres_of_schema(cluster.options(&name), schema).await.unwrap();
            fill(&db, &dump).await;
            db.close().await;
            reads(Db::postgres(cluster.options(&name)).await.unwrap(), &told).await;
            cluster.remove(&name).await;
        });
    }
}

async fn a_newer_schema_is_left_alone(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    app.database
        .run(
            "INSERT INTO _sqlx_migrations (version, description, success, checksum, execution_time) \
             SELECT 9999, 'later', success, checksum, 0 FROM _sqlx_migrations WHERE version = 1",
        )
        .await;
    let before = app.database.dump().await;
    for command in ["serve", "verify", "rotate-service-key", "measures"] {
        let output = place.program(&[command]).env("CANDOR_LISTEN", "127.0.0.1:0").output().unwrap();
        let words = String::from_utf8(output.stderr).unwrap();
        assert!(!output.status.success(), "{command}");
        let sentence = "a newer version of the program has written this database; start that version";
        assert!(words.contains(sentence), "{command}: {words}");
    }
    assert!(app.database.dump().await == before);
    // The control.
    app.database.run("DELETE FROM _sqlx_migrations WHERE version = 9999").await;
    assert!(place.verify().1);
}

on_both!(a_newer_schema_is_left_alone);

#[test]
#[ignore = "writes a dump, to be committed once when a schema is released"]
fn print_a_dump() {
    run_on(Engine::Sqlite, async |app: TestApp| {
        let (reporter, number) = app.open_case(&concern()).await;
        let file = candor::cleaning::clean(b"What the notice board says.").unwrap();
        let act = candor::service::inbox::ReporterAct::Attach { file, council_only: false };
        app.reporter_acts(&reporter, &act).await;
        app.run_batches().await;
        app.resolve(&number, RAISING, CONCERNED).await;
        app.run_batches().await;
        app.database.run("DELETE FROM session").await;
        #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
        let asked = std::env::var("CANDOR_TEST_SCHEMA").ok().and_then(|schema| schema.parse().ok());
        let mut tx = app.database.read().await;
        let newest = portable::schema(&mut tx).await.unwrap();
        let schema: i64 = asked.unwrap_or(newest - 1);
        let empty = tempfile::tempdir().unwrap();
        let then = Db::sqlite_of_schema(&empty.path().join("then.db"), schema).await.unwrap();
        let mut dump = Vec::new();
        for (table, _) in TABLES {
            // What came later is empty in a database that has only been brought up to date.
            let Some(was) = portable::shape(&mut then.read().await.unwrap(), table).await.unwrap() else {
                continue;
            };
            let shape = portable::shape(&mut tx, table).await.unwrap().unwrap();
            assert_eq!(
                was.columns(),
                shape.columns(),
                "{table} is another now; print with the version of then"
            );
            let rows = portable::portion(&mut tx, &shape, None).await.unwrap();
            assert!(rows.len() < shape.portion(), "{table} has more rows than a small dump");
            let columns = shape.columns().into_iter().map(str::to_owned).collect();
            let count = rows.len() as u64;
            let mut records = vec![Record::Table(Table { name: (*table).to_owned(), columns })];
            records.extend(rows.into_iter().map(Record::Row));
            records.push(Record::EndOfTable(End { rows: count, digest: String::new() }));
            dump.extend(records.iter().flat_map(|record| record.to_bytes().unwrap()));
        }
        let told = Told {
            founders: std::fs::read_to_string(&app.candor.settings.founders_file).unwrap(),
            receipt: reporter.words,
            number,
            at: app.now().0,
        };
        let place = folder().join(format!("{schema:04}"));
        std::fs::create_dir_all(&place).unwrap();
        std::fs::write(place.join("rows"), dump).unwrap();
        std::fs::write(place.join("told.json"), serde_json::to_string_pretty(&told).unwrap() + "\n").unwrap();
        then.close().await;
    });
}
