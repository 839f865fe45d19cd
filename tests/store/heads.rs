//! Heads on their way outside, and whole tables for checking.

use candor::clock::Timestamp;
use candor::domain::id::{AccountId, CaseId, DeliveryId, DeploymentId};
use candor::rng::Randomness;
use candor::store::heads::{HeadOutside, Place};
use candor::store::{StoreError, accounts, check, heads, journal, organisation};

use crate::support::TestDb;

fn a_head(day: &str, place: Place) -> HeadOutside {
    HeadOutside {
        day: day.to_owned(),
        place,
        sequence: 7,
        hash: [1; 32],
        id: DeliveryId::random(&Randomness::system()),
        kept: false,
        tries: 0,
        next_at: Timestamp(100),
        version: 1,
    }
}

async fn a_day_has_one_head_a_place_and_one_taker(db: TestDb) {
    let insert = async |head: &HeadOutside| db.commit(async |tx| heads::insert(tx, head).await).await;
    let claim = async |due| {
        let due = Timestamp(due);
        db.commit(async |tx| heads::claim(tx, Place::File, due, due.plus(50)).await).await
    };
    let (first, second) = (a_head("2026-06-01", Place::File), a_head("2026-06-02", Place::File));
    assert_eq!(heads::newest_day(&mut db.read().await, Place::File).await, Ok(None));
    for head in [&first, &second, &a_head("2026-06-02", Place::Webhook)] {
        assert_eq!(insert(head).await, Ok(()));
    }
    assert_eq!(insert(&first).await, Err(StoreError::Duplicate));
    let newest = heads::newest_day(&mut db.read().await, Place::File).await;
    assert_eq!(newest, Ok(Some("2026-06-02".to_owned())));
    assert_eq!(claim(99).await, Ok(None), "not due");
    let mut taken = claim(100).await.unwrap().unwrap();
    assert_eq!((taken.day.as_str(), taken.tries, taken.id), ("2026-06-01", 1, first.id), "the oldest first");
    assert_eq!(claim(100).await.unwrap().unwrap().day, "2026-06-02");
    assert_eq!(claim(100).await, Ok(None), "both are somebody's");
    let mut again = claim(150).await.unwrap().unwrap();
    assert_eq!(again.day, taken.day, "what was left is taken up again");
    let settle = async |head: &mut HeadOutside| {
        db.commit(async |tx| heads::settle(tx, head, true, Timestamp(160)).await).await
    };
    assert_eq!(settle(&mut taken).await, Err(StoreError::Conflict), "it is not its first taker's any more");
    assert_eq!(heads::newest_kept(&mut db.read().await, Place::File).await, Ok(None));
    assert_eq!(settle(&mut again).await, Ok(()));
    let kept = heads::newest_kept(&mut db.read().await, Place::File).await.unwrap().unwrap();
    assert_eq!((kept.day.as_str(), kept.sequence, kept.hash), ("2026-06-01", 7, [1; 32]));
    db.commit(async |tx| heads::remove_kept(tx, "2026-06-09").await).await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM head_outside").await, 2, "what was not kept stays");
}

async fn whole_tables_are_read_as_they_rest(db: TestDb) {
    let randomness = Randomness::system();
    let (one, other) = (AccountId::random(&randomness), AccountId::random(&randomness));
    let post = "secretary".parse().unwrap();
    db.commit(async |tx| {
        organisation::create_deployment(tx, DeploymentId::random(&randomness)).await?;
        organisation::insert(tx, 1, "file", Timestamp(1), None).await?;
        accounts::insert(tx, one, "one", false).await?;
        accounts::insert(tx, other, "other", true).await?;
        accounts::insert_approval(tx, &post, 1, one, b"approval").await?;
        accounts::insert_removal(tx, &post, 1, one, b"removal").await?;
        accounts::insert_post_key(tx, &post, 1, b"key").await?;
        accounts::make_auditor(tx, one).await?;
        journal::begin(tx, &[0; 32]).await
    })
    .await
    .unwrap();
    let administrator = db.commit(async |tx| accounts::make_auditor(tx, other).await).await;
    assert_eq!(administrator, Err(StoreError::Conflict), "one person, one duty");
    let tx = &mut db.read().await;
    assert!(accounts::find(tx, one).await.unwrap().unwrap().auditor);
    let approval = check::approvals(tx).await.unwrap().remove(0);
    assert_eq!(
        (approval.post.as_str(), approval.account, &approval.body[..]),
        ("secretary", one, &b"approval"[..])
    );
    assert_eq!(check::removals(tx).await.unwrap()[0].body, b"removal");
    assert_eq!(check::post_keys(tx).await, Ok(vec![("secretary".to_owned(), 1, b"key".to_vec())]));
    assert_eq!(check::organisations(tx).await, Ok(vec![(1, "file".to_owned())]));
    assert_eq!(check::waiting(tx, CaseId::random(&randomness)).await, Ok(Vec::new()));
    assert_eq!(check::journal(tx, 0, 9).await, Ok(Vec::new()));
    assert_eq!(journal::before(tx, 9, 9).await, Ok(Vec::new()));
}

on_both!(a_day_has_one_head_a_place_and_one_taker, whole_tables_are_read_as_they_rest);
