//! Requests for support: a row that goes on step by step, found from either desk.

use candor::clock::Timestamp;
use candor::domain::id::{PostId, SupportId};
use candor::rng::Randomness;
use candor::store::StoreError;
use candor::store::support::{self, Row};

use crate::support::TestDb;

fn row(asked_by: &str, asked_of: &str, open_until: i64) -> Row {
    Row {
        id: SupportId::random(&Randomness::system()),
        version: 1,
        asked_by: asked_by.to_owned(),
        asked_of: asked_of.to_owned(),
        open_until: Timestamp(open_until),
        body: vec![7; 90],
    }
}

async fn one_goes_on_and_is_found_from_both_desks(db: TestDb) {
    let one = row("commander:RIV-EAST", "commander:HAR-EAST", 100);
    let other = row("council:HAR", "commander:RIV-EAST", 50);
    for new in [&one, &other] {
        db.commit(async |tx| support::insert(tx, new).await).await.unwrap();
    }
    let again = db.commit(async |tx| support::insert(tx, &one).await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    assert_eq!(support::find(&mut db.read().await, one.id).await, Ok(Some(one.clone())));
    let unknown = SupportId::random(&Randomness::system());
    assert_eq!(support::find(&mut db.read().await, unknown).await, Ok(None));

    let desk = |post: &str| post.parse::<PostId>().unwrap();
    let open = async |post: &str, now| support::open(&mut db.read().await, &desk(post), Timestamp(now)).await;
    let ended = async |post: &str, now, limit| {
        support::ended(&mut db.read().await, &desk(post), Timestamp(now), limit).await
    };
    assert_eq!(open("commander:RIV-EAST", 49).await.unwrap(), [other.clone(), one.clone()], "soonest first");
    assert_eq!(open("commander:RIV-EAST", 50).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(open("commander:HAR-EAST", 0).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(open("commander:HAR-WEST", 0).await.unwrap(), []);
    assert_eq!(
        ended("commander:RIV-EAST", 100, 9).await.unwrap(),
        [one.clone(), other.clone()],
        "newest first"
    );
    assert_eq!(ended("commander:RIV-EAST", 100, 1).await.unwrap(), std::slice::from_ref(&one));
    assert_eq!(ended("council:HAR", 49, 9).await.unwrap(), []);

    let next = Row { version: 2, open_until: Timestamp(20), body: vec![8; 90], ..one.clone() };
    let update = async |row: &Row| db.commit(async |tx| support::update(tx, row).await).await;
    assert_eq!(update(&next).await, Ok(()));
    assert_eq!(update(&next).await, Err(StoreError::Conflict), "somebody was faster");
    assert_eq!(update(&Row { version: 4, ..next.clone() }).await, Err(StoreError::Conflict));
    assert_eq!(support::find(&mut db.read().await, one.id).await, Ok(Some(next.clone())));

    let mut all = [next, other];
    all.sort_by_key(|row| row.id);
    let nil = SupportId(uuid::Uuid::nil());
    assert_eq!(support::after(&mut db.read().await, nil, 9).await.unwrap(), all);
    assert_eq!(support::after(&mut db.read().await, nil, 1).await.unwrap(), all[..1]);
    assert_eq!(support::after(&mut db.read().await, all[0].id, 9).await.unwrap(), all[1..]);
}

on_both!(one_goes_on_and_is_found_from_both_desks);
