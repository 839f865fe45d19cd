//! Every table in one form for both databases, and what became of a database as a whole.

use std::collections::BTreeSet;

use candor::clock::Timestamp;
use candor::store::portable::{Row, TABLES, Value};
use candor::store::standing::{self, Restored};
use candor::store::{StoreError, portable};

use crate::support::{Engine, Fixture, TestDb, block_on};

async fn every_table_is_listed_after_those_that_it_refers_to(db: TestDb) {
    let listed: BTreeSet<&str> = TABLES.iter().map(|(table, _)| *table).collect();
    let there = db.dump().await;
    assert_eq!(
        listed,
        there.keys().map(String::as_str).collect(),
        "a table is not in the list of store::portable"
    );
    assert!(listed.len() == TABLES.len() && listed.len() > 40);
    let mut tx = db.write().await;
    assert_eq!(portable::shape(&mut tx, "no_such_table").await.unwrap().map(|shape| shape.table()), None);
    assert!(portable::is_empty(&mut tx).await.unwrap() && portable::is_alone(&mut tx).await.unwrap());
    assert!(portable::schema(&mut tx).await.unwrap() >= 17);
    portable::hold(&mut tx).await.unwrap();
    let shape = portable::shape(&mut tx, "library_version").await.unwrap().unwrap();
    assert_eq!(shape.columns(), ["only_row", "version"]);
    assert_eq!(portable::portion(&mut tx, &shape, None).await.unwrap().len(), 1);
    portable::clear(&mut tx, &shape).await.unwrap();
    assert_eq!(portable::portion(&mut tx, &shape, None).await.unwrap().len(), 0);
}

/// A row for a table of several sorts of columns.
fn account(number: u8) -> Row {
    let bytes = |length| Value::Bytes(vec![number; length]);
    let name = Value::Text(format!("person {number}"));
    let mut row = vec![bytes(16), name, Value::Number(1), Value::Number(0)];
    row.extend([bytes(16), Value::Number(8), Value::Number(1), Value::Number(1)]);
    row.extend([bytes(32), bytes(1216), bytes(32), bytes(73), Value::Null]);
    // Added by later migrations: key_version, auditor, pepper.
    row.extend([Value::Number(1), Value::Number(0), Value::Number(2)]);
    row
}

async fn rows_go_in_and_come_out_in_portions(db: TestDb) {
    let mut tx = db.write().await;
    let shape = portable::shape(&mut tx, "account").await.unwrap().unwrap();
    let all: Vec<Row> = (0..=255).map(account).collect();
    assert_eq!(shape.portion(), all.len());
    portable::insert(&mut tx, &shape, &all[..200]).await.unwrap();
    portable::insert(&mut tx, &shape, &all[200..]).await.unwrap();
    assert_eq!(portable::portion(&mut tx, &shape, None).await.unwrap(), all);
    let later = portable::portion(&mut tx, &shape, Some(&all[99])).await.unwrap();
    assert_eq!(later, all[100..]);
    tx.commit().await.unwrap();

    let mut short = account(0);
    short.pop();
    let mut other = account(0);
    other[0] = Value::Text("no identifier".to_owned());
    for (row, error) in [(short, StoreError::Damaged), (account(0), StoreError::Duplicate)] {
        let mut tx = db.write().await;
        assert_eq!(portable::insert(&mut tx, &shape, &[row]).await, Err(error));
    }
    let mut tx = db.write().await;
    assert!(portable::insert(&mut tx, &shape, &[other]).await.is_err());
}

async fn what_became_of_a_database_is_written_down(db: TestDb) {
    assert_eq!(standing::restored(&mut db.read().await).await, Ok(None));
    assert_eq!(standing::moved(&mut db.read().await).await, Ok(None));
    let restored = Restored { since: Timestamp(9), made: Timestamp(5), last_entry: 7, noted: false };
    for since in [8, 9] {
        let restored = Restored { since: Timestamp(since), ..restored };
        db.commit(async |tx| standing::set_restored(tx, &restored).await).await.unwrap();
    }
    assert_eq!(standing::restored(&mut db.read().await).await, Ok(Some(restored)));
    for first in [true, false] {
        assert_eq!(db.commit(async |tx| standing::set_noted(tx).await).await, Ok(first));
    }
    let noted = Some(Restored { noted: true, ..restored });
    assert_eq!(standing::restored(&mut db.read().await).await, Ok(noted));
    db.commit(async |tx| standing::set_moved(tx, Timestamp(4)).await).await.unwrap();
    assert_eq!(standing::moved(&mut db.read().await).await, Ok(Some(Timestamp(4))));
    db.commit(async |tx| standing::remove_moved(tx).await).await.unwrap();
    assert_eq!(standing::moved(&mut db.read().await).await, Ok(None));
}

/// The same columns in the same order, so that rows of one are rows of the other.
#[test]
fn both_databases_have_one_form() {
    block_on(async {
        let Some(postgres) = TestDb::make(Engine::Postgres).await else { return };
        let sqlite = TestDb::make(Engine::Sqlite).await.unwrap();
        for (table, _) in TABLES {
            let one = portable::shape(&mut sqlite.read().await, table).await.unwrap().unwrap();
            let other = portable::shape(&mut postgres.read().await, table).await.unwrap().unwrap();
            assert_eq!(one.columns(), other.columns(), "{table}");
        }
        sqlite.check_left_behind().await;
        postgres.check_left_behind().await;
    });
}

on_both!(
    every_table_is_listed_after_those_that_it_refers_to,
    rows_go_in_and_come_out_in_portions,
    what_became_of_a_database_is_written_down,
);
