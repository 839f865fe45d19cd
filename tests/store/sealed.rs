//! What rests under the service key, read on from any row and replaced only where it is as it was read.

use candor::domain::id::AccountId;
use candor::rng::Randomness;
use candor::store::accounts::{self, Keys};
use candor::store::inbox;
use candor::store::sealed::{self, Place, Sort};
use candor::store::secrets::{self, Stored};

use crate::support::TestDb;

fn secret(what: &str, generation: u32, byte: u8) -> Stored {
    Stored { what: what.to_owned(), generation, sealed: vec![byte; 73] }
}

async fn somebody(db: &TestDb, name: &str, pepper: u32) {
    let id = AccountId::random(&Randomness::system());
    let keys = Keys {
        salt: vec![1; 16],
        memory_kib: 8,
        passes: 1,
        lanes: 1,
        verifier: vec![1; 32],
        reading_public: vec![1],
        signing_public: vec![1],
        reading_sealed: vec![1],
        signing_sealed: vec![1],
        pepper,
    };
    db.commit(async |tx| {
        accounts::insert(tx, id, name, false).await?;
        accounts::set_keys(tx, id, &keys).await
    })
    .await
    .unwrap();
    let found = accounts::find(&mut db.read().await, id).await.unwrap().unwrap();
    assert_eq!(found.keys, Some(keys));
}

async fn a_carried_key_stays_while_an_account_needs_it(db: TestDb) {
    for one in [secret("pepper", 2, 2), secret("lookup", 1, 9), secret("pepper", 1, 1)] {
        db.commit(async |tx| secrets::insert(tx, &one).await).await.unwrap();
    }
    // Another machine was first: its key stays.
    db.commit(async |tx| secrets::insert(tx, &secret("pepper", 2, 7)).await).await.unwrap();
    let all = [secret("lookup", 1, 9), secret("pepper", 1, 1), secret("pepper", 2, 2)];
    assert_eq!(secrets::all(&mut db.read().await).await.unwrap(), all);

    somebody(&db, "ben", 1).await;
    somebody(&db, "ana", 2).await;
    assert_eq!(secrets::before(&mut db.read().await, 2).await.unwrap(), ["ben"]);
    assert_eq!(secrets::before(&mut db.read().await, 1).await.unwrap(), Vec::<String>::new());
    let remove =
        async |newest| db.commit(async |tx| secrets::remove_unneeded(tx, "pepper", newest).await).await;
    assert_eq!(remove(2).await, Ok(0));
    db.run("UPDATE account SET pepper = 2").await;
    assert_eq!(remove(2).await, Ok(1));
    assert_eq!(secrets::all(&mut db.read().await).await.unwrap(), [all[0].clone(), all[2].clone()]);
}

async fn sealed_records_are_read_on_and_replaced_once(db: TestDb) {
    for byte in [5, 1, 3] {
        db.commit(async |tx| inbox::insert_receipt(tx, &[byte; 32], &[byte; 50]).await).await.unwrap();
    }
    let read = async |last: Option<Place>, limit| {
        sealed::after(&mut db.read().await, Sort::Receipts, last.as_ref(), limit).await.unwrap()
    };
    let places = |rows: &[sealed::Sealed]| rows.iter().map(|row| row.place.clone()).collect::<Vec<_>>();
    let first = read(None, 2).await;
    assert_eq!(places(&first), [Place::Receipt([1; 32]), Place::Receipt([3; 32])]);
    assert_eq!(places(&read(Some(Place::Receipt([3; 32])), 2).await), [Place::Receipt([5; 32])]);
    assert!(read(Some(Place::Receipt([5; 32])), 2).await.is_empty());

    let replace = async |row: &sealed::Sealed, body: &[u8]| {
        db.commit(async |tx| sealed::replace(tx, row, body).await).await.unwrap()
    };
    assert!(replace(&first[1], &[8; 50]).await);
    assert!(!replace(&first[1], &[9; 50]).await, "it is no more what was read");
    let bodies: Vec<Vec<u8>> = read(None, 9).await.into_iter().map(|row| row.body).collect();
    assert_eq!(bodies, [vec![1; 50], vec![8; 50], vec![5; 50]]);
    for sort in Sort::ALL {
        let rows = sealed::after(&mut db.read().await, *sort, None, 9).await.unwrap().len();
        assert_eq!(rows, if *sort == Sort::Receipts { 3 } else { 0 }, "{sort:?}");
        assert_eq!(sort.count(&mut db.read().await).await, Ok(i64::try_from(rows).unwrap()));
    }
}

on_both!(a_carried_key_stays_while_an_account_needs_it, sealed_records_are_read_on_and_replaced_once);
