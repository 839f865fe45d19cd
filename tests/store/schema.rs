//! Both schemas are one schema, and every function of the store is tried here.

use std::collections::{BTreeMap, BTreeSet};

use candor::store::Db;
use sqlx::AssertSqlSafe;

use crate::support::{Engine, Fixture, TestDb, block_on};

/// Columns in order: name, sort of value, whether it may be absent.
type Columns = Vec<(String, &'static str, bool)>;
/// A key of PostgreSQL: its table, kind and columns, and the table and columns it leads to.
type Key = (String, String, Vec<String>, Option<String>, Vec<String>);

#[derive(Debug, Default, PartialEq, Eq)]
struct Table {
    columns: Columns,
    primary_key: Vec<String>,
    unique: BTreeSet<Vec<String>>,
    /// Columns, the table they lead to, and the columns there.
    references: BTreeSet<(Vec<String>, String, Vec<String>)>,
    indexes: BTreeSet<Vec<String>>,
}

type Schema = BTreeMap<String, Table>;

/// SQLite keeps identifiers as bytes and truth values as numbers.
fn sort(of_type: &str) -> &'static str {
    match of_type.to_ascii_uppercase().as_str() {
        "BLOB" | "BYTEA" | "UUID" => "bytes",
        "INTEGER" | "BIGINT" | "BOOLEAN" => "number",
        "TEXT" => "text",
        other => panic!("a column of type {other}: say here what it corresponds to"),
    }
}

async fn of_sqlite(db: &Db) -> Schema {
    let Db::Sqlite { read, .. } = db else { panic!("not SQLite") };
    let tables: Vec<String> = sqlx::query_scalar(
        "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
    )
    .fetch_all(read)
    .await
    .unwrap();
    let mut schema = Schema::new();
    for name in tables {
        let mut table = Table::default();
        let columns: Vec<(String, String, i64, i64)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT name, type, \"notnull\", pk FROM pragma_table_info('{name}') ORDER BY cid"
        )))
        .fetch_all(read)
        .await
        .unwrap();
        let mut key: Vec<_> = columns.iter().filter(|column| column.3 > 0).collect();
        key.sort_by_key(|column| column.3);
        table.primary_key = key.into_iter().map(|column| column.0.clone()).collect();
        table.columns =
            columns.iter().map(|(name, of, not_null, _)| (name.clone(), sort(of), *not_null == 0)).collect();
        let indexes: Vec<(String, i64, String)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT name, \"unique\", origin FROM pragma_index_list('{name}')"
        )))
        .fetch_all(read)
        .await
        .unwrap();
        for (index, is_unique, origin) in indexes {
            let on: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                "SELECT name FROM pragma_index_info('{index}') ORDER BY seqno"
            )))
            .fetch_all(read)
            .await
            .unwrap();
            match (origin.as_str(), is_unique) {
                ("pk", _) => {}
                (_, 1) => drop(table.unique.insert(on)),
                _ => drop(table.indexes.insert(on)),
            }
        }
        let references: Vec<(i64, String, String, String)> = sqlx::query_as(AssertSqlSafe(format!(
            "SELECT id, \"table\", \"from\", \"to\" FROM pragma_foreign_key_list('{name}') ORDER BY id, seq"
        )))
        .fetch_all(read)
        .await
        .unwrap();
        let mut grouped: BTreeMap<i64, (Vec<String>, String, Vec<String>)> = BTreeMap::new();
        for (id, to_table, from, to) in references {
            let entry = grouped.entry(id).or_insert_with(|| (Vec::new(), to_table, Vec::new()));
            entry.0.push(from);
            entry.2.push(to);
        }
        table.references = grouped.into_values().collect();
        schema.insert(name, table);
    }
    schema
}

async fn of_postgres(db: &Db) -> Schema {
    let Db::Postgres { pool, .. } = db else { panic!("not PostgreSQL") };
    let mut schema = Schema::new();
    let columns: Vec<(String, String, String, bool)> = sqlx::query_as(
        "SELECT table_name::text, column_name::text, data_type::text, is_nullable = 'YES' \
         FROM information_schema.columns WHERE table_schema = 'public' AND table_name NOT LIKE '\\_sqlx%' \
         AND table_name NOT IN (SELECT table_name FROM information_schema.views WHERE table_schema = 'public') \
         ORDER BY table_name, ordinal_position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, column, of, nullable) in columns {
        schema.entry(table).or_default().columns.push((column, sort(&of), nullable));
    }
    // Keys, with their columns in order.
    let keys: Vec<Key> = sqlx::query_as(
        "SELECT c.conrelid::regclass::text, c.contype::text, \
         ARRAY(SELECT a.attname::text FROM unnest(c.conkey) WITH ORDINALITY k(n, o) \
               JOIN pg_attribute a ON a.attrelid = c.conrelid AND a.attnum = k.n ORDER BY k.o), \
         NULLIF(c.confrelid, 0)::regclass::text, \
         ARRAY(SELECT a.attname::text FROM unnest(c.confkey) WITH ORDINALITY k(n, o) \
               JOIN pg_attribute a ON a.attrelid = c.confrelid AND a.attnum = k.n ORDER BY k.o) \
         FROM pg_constraint c JOIN pg_namespace n ON n.oid = c.connamespace \
         WHERE n.nspname = 'public' AND c.contype IN ('p', 'u', 'f')",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, kind, on, to_table, to) in keys {
        let Some(table) = schema.get_mut(&table) else { continue };
        match kind.as_str() {
            "p" => table.primary_key = on,
            "u" => drop(table.unique.insert(on)),
            _ => drop(table.references.insert((on, to_table.unwrap(), to))),
        }
    }
    let indexes: Vec<(String, Vec<String>)> = sqlx::query_as(
        "SELECT i.indrelid::regclass::text, \
         ARRAY(SELECT a.attname::text FROM unnest(i.indkey::smallint[]) WITH ORDINALITY k(n, o) \
               JOIN pg_attribute a ON a.attrelid = i.indrelid AND a.attnum = k.n ORDER BY k.o) \
         FROM pg_index i JOIN pg_class t ON t.oid = i.indrelid JOIN pg_namespace n ON n.oid = t.relnamespace \
         WHERE n.nspname = 'public' AND NOT i.indisunique",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    for (table, on) in indexes {
        schema.get_mut(&table).unwrap().indexes.insert(on);
    }
    schema
}

#[test]
fn both_schemas_are_the_same() {
    block_on(async {
        let Some(postgres) = TestDb::make(Engine::Postgres).await else { return };
        let sqlite = TestDb::make(Engine::Sqlite).await.unwrap();
        let (one, other) = (of_sqlite(&sqlite.db).await, of_postgres(&postgres.db).await);
        assert!(one.len() > 10, "tables were found at all");
        assert_eq!(
            one.keys().collect::<Vec<_>>(),
            other.keys().collect::<Vec<_>>(),
            "the two databases have different tables"
        );
        for (name, table) in &one {
            assert_eq!(table, &other[name], "table {name}: left SQLite, right PostgreSQL");
        }
        sqlite.check_left_behind().await;
        postgres.check_left_behind().await;
    });
}

/// No time, counter or order of a reporter's act has a column to rest in (AN-07).
#[test]
fn the_inbox_has_room_for_a_batch_and_a_sealed_body_and_nothing_else() {
    block_on(async {
        let sqlite = TestDb::make(Engine::Sqlite).await.unwrap();
        let schema = of_sqlite(&sqlite.db).await;
        let names =
            |table: &str| schema[table].columns.iter().map(|(name, _, _)| name.clone()).collect::<Vec<_>>();
        assert_eq!(names("inbox"), ["id", "slot", "body"]);
        assert_eq!(names("receipt"), ["lookup", "body"]);
        assert_eq!(names("refused_act"), ["id", "body"]);
        assert_eq!(names("attachment_chunk"), ["file", "number", "body"]);
        assert_eq!(names("waiting_chunk"), ["file", "number", "place", "body"]);
        sqlite.check_left_behind().await;
    });
}

/// The tests of this folder call every public function of the store by its module and name.
#[test]
fn every_function_of_the_store_is_exercised() {
    let root = std::path::Path::new(env!("CARGO_MANIFEST_DIR"));
    let tests: String = std::fs::read_dir(root.join("tests/store"))
        .unwrap()
        .map(|file| std::fs::read_to_string(file.unwrap().path()).unwrap())
        .collect();
    let mut missing = Vec::new();
    let mut found = 0;
    for file in std::fs::read_dir(root.join("src/store")).unwrap() {
        let path = file.unwrap().path();
        let module = path.file_stem().unwrap().to_str().unwrap();
        if matches!(module, "mod" | "db" | "steps") {
            continue;
        }
        let source = std::fs::read_to_string(&path).unwrap();
        for rest in source.split("\npub async fn ").skip(1) {
            let name = &rest[..rest.find(['(', '<']).unwrap()];
            found += 1;
            if !tests.contains(&format!("{module}::{name}(")) {
                missing.push(format!("{module}::{name}"));
            }
        }
    }
    assert!(found > 40, "only {found} functions were found: did the store move?");
    assert!(missing.is_empty(), "not exercised: {}", missing.join(", "));
}
