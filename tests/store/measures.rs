//! What was published of each quarter, as it rests.

use candor::store::StoreError;
use candor::store::measures::{self, Row};
use candor::store::sealed::{self, Place, Sort};

use crate::support::TestDb;

fn row(quarter: &str, byte: u8) -> Row {
    Row { quarter: quarter.to_owned(), body: vec![byte; 40] }
}

async fn a_quarter_is_kept_once_and_read_in_order(db: TestDb) {
    assert_eq!(measures::newest(&mut db.read().await).await, Ok(None));
    for one in [row("2026-Q4", 4), row("2026-Q2", 2), row("2027-Q1", 1)] {
        db.commit(async |tx| measures::insert(tx, &one).await).await.unwrap();
    }
    let again = db.commit(async |tx| measures::insert(tx, &row("2026-Q2", 9)).await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    assert_eq!(measures::newest(&mut db.read().await).await, Ok(Some("2027-Q1".to_owned())));
    let all = [row("2026-Q2", 2), row("2026-Q4", 4), row("2027-Q1", 1)];
    assert_eq!(measures::all(&mut db.read().await).await.unwrap(), all);

    let after = Place::Measures("2026-Q2".to_owned());
    let rest = sealed::after(&mut db.read().await, Sort::Measures, Some(&after), 1).await.unwrap();
    assert_eq!(rest.len(), 1);
    assert_eq!((&rest[0].place, &rest[0].body), (&Place::Measures("2026-Q4".to_owned()), &vec![4; 40]));
    let replaced = db.commit(async |tx| sealed::replace(tx, &rest[0], &[7; 41]).await).await;
    assert_eq!(replaced, Ok(true));
    let replaced = db.commit(async |tx| sealed::replace(tx, &rest[0], &[8; 41]).await).await;
    assert_eq!(replaced, Ok(false), "it is no more what was read");
}

on_both!(a_quarter_is_kept_once_and_read_in_order);
