//! Questions and informal settlements as they rest.

use candor::domain::id::ReadingId;
use candor::rng::Randomness;
use candor::store::StoreError;
use candor::store::readings::{self, Row};

use crate::support::TestDb;

fn row(asked_by: &str) -> Row {
    let id = ReadingId::random(&Randomness::system());
    Row { id, version: 1, asked_by: asked_by.to_owned(), open: true, body: vec![7; 90] }
}

async fn one_goes_on_step_by_step(db: TestDb) {
    let (one, other) = (row("commander:RIV-EAST"), row("council:HAR"));
    for new in [&one, &other] {
        db.commit(async |tx| readings::insert(tx, new).await).await.unwrap();
    }
    let again = db.commit(async |tx| readings::insert(tx, &one).await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    assert_eq!(readings::find(&mut db.read().await, one.id).await, Ok(Some(one.clone())));
    let unknown = ReadingId::random(&Randomness::system());
    assert_eq!(readings::find(&mut db.read().await, unknown).await, Ok(None));
    assert_eq!(readings::open(&mut db.read().await).await.unwrap().len(), 2);

    let next = Row { version: 2, open: false, body: vec![8; 90], ..one.clone() };
    let update = async |row: &Row| db.commit(async |tx| readings::update(tx, row).await).await;
    assert_eq!(update(&next).await, Ok(()));
    assert_eq!(update(&next).await, Err(StoreError::Conflict), "somebody was faster");
    assert_eq!(update(&Row { version: 4, ..next.clone() }).await, Err(StoreError::Conflict));
    assert_eq!(readings::open(&mut db.read().await).await.unwrap(), std::slice::from_ref(&other));
    let post = "commander:RIV-EAST".parse().unwrap();
    assert_eq!(readings::asked_by(&mut db.read().await, &post).await.unwrap(), std::slice::from_ref(&next));

    let mut all = [next, other];
    all.sort_by_key(|row| row.id);
    let nil = ReadingId(uuid::Uuid::nil());
    assert_eq!(readings::after(&mut db.read().await, nil, 9).await.unwrap(), all);
    assert_eq!(readings::after(&mut db.read().await, nil, 1).await.unwrap(), all[..1]);
    assert_eq!(readings::after(&mut db.read().await, all[0].id, 9).await.unwrap(), all[1..]);
}

on_both!(one_goes_on_step_by_step);
