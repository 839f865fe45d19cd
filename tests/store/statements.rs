//! Every statement of the store, found in its sources, is prepared on both databases; and the one
//! that looks for what is due goes by its index.

use candor::store::Db;
use sqlx::{AssertSqlSafe, Executor, SqlSafeStr};

use crate::support::{Engine, Fixture, TestDb, block_on};

/// A statement and where it stands.
type Found = (String, String);

/// The text of a string literal that begins at its quote.
fn literal(source: &str) -> Option<String> {
    let mut text = String::new();
    let mut letters = source.strip_prefix('"')?.chars().peekable();
    while let Some(letter) = letters.next() {
        match letter {
            '"' => return Some(text),
            '\\' => match letters.next()? {
                '\n' => while letters.next_if(|next| next.is_whitespace()).is_some() {},
                other => text.push(other),
            },
            other => text.push(other),
        }
    }
    None
}

/// Every statement of the store.
fn statements() -> Vec<Found> {
    let folder = std::path::Path::new(env!("CARGO_MANIFEST_DIR")).join("src/store");
    let mut found = Vec::new();
    for file in std::fs::read_dir(folder).unwrap() {
        let path = file.unwrap().path();
        let name = path.file_name().unwrap().to_str().unwrap().to_owned();
        // Those of portable.rs are made for every table by turns; tests/store/portable.rs and tests/backup run them all.
        if matches!(name.as_str(), "db.rs" | "steps.rs" | "mod.rs" | "portable.rs") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        let mut bodies = source.split("with_tx!(");
        let before = bodies.next().unwrap();
        assert!(!before.contains("sqlx::query"), "{name}: a statement outside with_tx! is not counted");
        for body in bodies {
            let line = source[..body.as_ptr() as usize - source.as_ptr() as usize].lines().count();
            let place = format!("{name}, line {line}");
            let mut calls = body.split("sqlx::query").skip(1);
            let call = calls.next().unwrap_or_else(|| panic!("{place}: no statement in with_tx!"));
            // One statement a body: only then do its steps count statements.
            assert!(calls.next().is_none(), "{place}: two statements in one with_tx!, or one outside");
            let text = call.split_once('(').and_then(|(_, rest)| literal(rest.trim_start()));
            found.extend(text.map(|text| (text, place)));
        }
        assert!(
            !source.contains("AssertSqlSafe"),
            "{name}: a text that is made at run time is prepared by no test"
        );
        // A text that is handed on to where it is run, because several tables are asked alike.
        for at in ["\"SELECT ", "\"INSERT ", "\"UPDATE ", "\"DELETE "]
            .into_iter()
            .flat_map(|verb| source.match_indices(verb))
        {
            let text = literal(&source[at.0..]).unwrap();
            if !found.iter().any(|(known, _)| *known == text) {
                found.push((text, format!("{name}, byte {}", at.0)));
            }
        }
    }
    found
}

#[test]
fn every_statement_is_prepared_on_both_databases() {
    let found = statements();
    assert!(found.len() > 60, "only {} statements were found: did the store move?", found.len());
    block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let Some(database) = TestDb::make(engine).await else { continue };
            let prepared = async |text: &str| {
                let text = AssertSqlSafe(text.to_owned()).into_sql_str();
                match &database.db {
                    Db::Sqlite { read, .. } => {
                        (&mut *read.acquire().await.unwrap()).prepare(text).await.map(drop)
                    }
                    Db::Postgres { pool, .. } => {
                        (&mut *pool.acquire().await.unwrap()).prepare(text).await.map(drop)
                    }
                }
            };
            // The control: what fits neither schema is refused.
            assert!(prepared("SELECT nothing_of_the_kind FROM cases").await.is_err());
            for (text, place) in &found {
                if let Err(error) = prepared(text).await {
                    panic!("{place}, on {engine:?}: {error}\n{text}");
                }
            }
            database.check_left_behind().await;
        }
    });
}

/// The texts of `cases::due` or `cases::overdue`, and of what counts them, as they stand in the source, with values for
/// their parameters.
fn due_statements(column: &str) -> Vec<String> {
    let found: Vec<_> = statements()
        .into_iter()
        .filter(|(text, place)| place.starts_with("cases.rs") && text.contains(&format!("{column} <=")))
        .collect();
    assert_eq!(found.len(), 2, "{found:?}");
    found.into_iter().map(|(text, _)| text.replace("$1", "5").replace("$2", "200")).collect()
}

/// How a database would carry a query out, in its own words.
async fn plan(database: &TestDb, query: &str) -> String {
    match &database.db {
        Db::Sqlite { read, .. } => {
            let rows: Vec<(i64, i64, i64, String)> =
                sqlx::query_as(AssertSqlSafe(format!("EXPLAIN QUERY PLAN {query}")))
                    .fetch_all(read)
                    .await
                    .unwrap();
            rows.into_iter().map(|row| row.3).collect::<Vec<_>>().join("\n")
        }
        Db::Postgres { pool, .. } => {
            let rows: Vec<String> =
                sqlx::query_scalar(AssertSqlSafe(format!("EXPLAIN {query}"))).fetch_all(pool).await.unwrap();
            rows.join("\n")
        }
    }
}

/// Fills in open cases, of which one in a thousand is due.
pub(super) async fn fill(database: &TestDb, count: u32) {
    let columns = "INSERT INTO cases (id, number, version, stage, pace, raising_unit, concerned_unit, level_due, \
                   next_due, retain_due, released_week, state, subject)";
    let due = "CASE WHEN n % 1000 = 0 THEN n / 1000000 ELSE 1000 + n END";
    let values = format!("1, 'field', 'routine', 'R', 'C', 1000, {due}, {due}, 2900");
    match database.engine {
        Engine::Sqlite => {
            database
                .run(&format!(
                    "WITH RECURSIVE counted(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM counted WHERE n < {count}) \
                     {columns} SELECT randomblob(16), 'N' || n, {values}, randomblob(600), randomblob(200) FROM counted"
                ))
                .await;
        }
        Engine::Postgres => {
            database
                .run(&format!(
                    "{columns} SELECT gen_random_uuid(), 'N' || n, {values}, \
                     decode(repeat(md5(n::text), 37), 'hex'), decode(repeat(md5(n::text), 12), 'hex') \
                     FROM generate_series(1, {count}) AS n"
                ))
                .await;
        }
    }
    database.run("ANALYZE").await;
}

/// Left to choose freely, each database reads what is due by the index and in its order: it neither
/// reads the other cases nor sorts. The control asks for a column without an index.
async fn what_is_due_is_found_by_its_index(database: TestDb) {
    fill(&database, 20_000).await;
    let control =
        plan(&database, "SELECT id FROM cases WHERE released_week <= 5 ORDER BY released_week LIMIT 200")
            .await;
    for column in ["next_due", "retain_due"] {
        for statement in due_statements(column) {
            let plan_of_due = plan(&database, &statement).await;
            assert!(plan_of_due.contains(&format!("cases_{column}")), "{plan_of_due}");
            for word in ["Seq Scan", "Sort", "SCAN cases", "TEMP B-TREE"] {
                assert!(!plan_of_due.contains(word), "{plan_of_due}");
            }
        }
    }
    for (word, in_control) in [("Seq Scan", 1), ("Sort", 1), ("SCAN cases", 0), ("TEMP B-TREE", 0)] {
        if (database.engine == Engine::Postgres) == (in_control == 1) {
            assert!(control.contains(word), "the control reads everything: {control}");
        }
    }
}

/// A measurement, not a test: `cargo test --test suite million -- --ignored --nocapture`.
#[test]
#[ignore = "fills a million cases into each database; see CONTRIBUTING.md"]
fn a_million_open_cases() {
    use candor::clock::Timestamp;
    use std::time::Instant;
    block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let Some(database) = TestDb::make(engine).await else { continue };
            let start = Instant::now();
            fill(&database, 1_000_000).await;
            println!("{engine:?}: filled in {:.1} s", start.elapsed().as_secs_f64());
            for round in ["first", "second"] {
                let mut tx = database.read().await;
                let start = Instant::now();
                let due = candor::store::cases::due(&mut tx, Timestamp(5), 200).await.unwrap();
                let spent = start.elapsed();
                assert_eq!(due.len(), 200);
                println!(
                    "{engine:?}: 200 of 1,000 due among 1,000,000, {round} time: {:.2} ms",
                    spent.as_secs_f64() * 1e3
                );
                drop(tx);
                // What a lapse writes to the case.
                let mut tx = database.write().await;
                let start = Instant::now();
                let row = candor::store::cases::find(&mut tx, due[0]).await.unwrap().unwrap();
                let after = candor::store::cases::Row {
                    version: row.version + 1,
                    next_due: Some(Timestamp(9_000_000)),
                    ..row.clone()
                };
                candor::store::cases::update(&mut tx, &after, row.version).await.unwrap();
                tx.commit().await.unwrap();
                println!(
                    "{engine:?}: one case read, moved and committed, {round} time: {:.2} ms",
                    start.elapsed().as_secs_f64() * 1e3
                );
            }
            println!(
                "{engine:?}: {}",
                plan(&database, &due_statements("next_due")[0]).await.replace('\n', " / ")
            );
            database.check_left_behind().await;
        }
    });
}

on_both!(what_is_due_is_found_by_its_index);
