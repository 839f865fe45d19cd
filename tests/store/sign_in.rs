//! Second factors, what an account's owner sees, and their sessions.

use candor::clock::Timestamp;
use candor::domain::id::AccountId;
use candor::rng::Randomness;
use candor::store::accounts::{self, Keys};
use candor::store::factors::{self, Factor};
use candor::store::passkeys::{self, Stored};
use candor::store::sessions::{self, Session};
use candor::store::{StoreError, account_events};
use uuid::Uuid;

use crate::support::TestDb;

const NOW: Timestamp = Timestamp(1_800_000_000);

async fn somebody(db: &TestDb, name: &str) -> AccountId {
    let id = AccountId::random(&Randomness::system());
    db.commit(async |tx| accounts::insert(tx, id, name, false).await).await.unwrap();
    id
}

fn factor(byte: u8, last_step: i64, generation: u32) -> Factor {
    Factor { sealed: vec![byte; 60], last_step, generation }
}

async fn an_app_is_replaced_only_by_the_one_after_it_and_a_step_is_used_once(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    assert_eq!(factors::find(&mut db.read().await, id).await, Ok(None));
    db.commit(async |tx| factors::enrol(tx, id, &factor(1, 10, 1)).await).await.unwrap();
    db.commit(async |tx| factors::enrol(tx, other, &factor(9, 10, 1)).await).await.unwrap();
    for late in [1, 3] {
        let tried = db.commit(async |tx| factors::enrol(tx, id, &factor(2, 10, late)).await).await;
        assert_eq!(tried, Err(StoreError::Conflict), "generation {late}");
    }
    db.commit(async |tx| factors::enrol(tx, id, &factor(2, 20, 2)).await).await.unwrap();
    assert_eq!(factors::find(&mut db.read().await, id).await, Ok(Some(factor(2, 20, 2))));

    for (step, taken) in [(20, false), (19, false), (21, true), (21, false), (23, true), (22, false)] {
        let used = db.commit(async |tx| factors::use_step(tx, id, step).await).await;
        assert_eq!(used.is_ok(), taken, "step {step}");
    }
    let old = db.commit(async |tx| factors::reseal(tx, id, &[3; 60], 1).await).await;
    assert_eq!(old, Err(StoreError::Conflict));
    db.commit(async |tx| factors::reseal(tx, id, &[3; 60], 2).await).await.unwrap();
    assert_eq!(factors::find(&mut db.read().await, id).await, Ok(Some(factor(3, 23, 2))));
    assert_eq!(factors::find(&mut db.read().await, other).await, Ok(Some(factor(9, 10, 1))));
}

async fn a_recovery_code_is_used_once_and_by_its_owner(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    for byte in [1, 2, 3] {
        db.commit(async |tx| factors::insert_recovery_code(tx, id, &[byte; 32]).await).await.unwrap();
    }
    db.commit(async |tx| factors::insert_recovery_code(tx, other, &[4; 32]).await).await.unwrap();
    assert_eq!(factors::recovery_codes(&mut db.read().await, id).await, Ok(3));
    db.commit(async |tx| factors::use_recovery_code(tx, id, &[1; 32]).await).await.unwrap();
    for wrong in [1, 4] {
        let used = db.commit(async |tx| factors::use_recovery_code(tx, id, &[wrong; 32]).await).await;
        assert_eq!(used, Err(StoreError::Conflict), "code {wrong}");
    }
    db.commit(async |tx| factors::void_recovery_codes(tx, id).await).await.unwrap();
    assert_eq!(factors::recovery_codes(&mut db.read().await, id).await, Ok(0));
    assert_eq!(factors::recovery_codes(&mut db.read().await, other).await, Ok(1));
}

async fn an_app_is_voided_for_one_account(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    let factor = Factor { sealed: vec![1, 2, 3], last_step: 7, generation: 1 };
    for account in [id, other] {
        db.commit(async |tx| factors::enrol(tx, account, &factor).await).await.unwrap();
    }
    db.commit(async |tx| factors::void_app(tx, id).await).await.unwrap();
    assert_eq!(factors::find(&mut db.read().await, id).await, Ok(None));
    assert_eq!(factors::find(&mut db.read().await, other).await, Ok(Some(factor)));
}

async fn a_passkey_is_its_owners_and_used_in_turn(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    for (account, byte) in [(id, 2), (id, 1), (other, 3)] {
        db.commit(async |tx| passkeys::insert(tx, account, &[byte; 32], &[byte; 90]).await).await.unwrap();
    }
    for account in [id, other] {
        let twice = db.commit(async |tx| passkeys::insert(tx, account, &[1; 32], &[9; 90]).await).await;
        assert_eq!(twice, Err(StoreError::Duplicate));
    }
    let of = async |account: AccountId| passkeys::of_account(&mut db.read().await, account).await.unwrap();
    let stored = |byte: u8, sealed: u8, version| Stored { id: [byte; 32], sealed: vec![sealed; 90], version };
    assert_eq!(of(id).await, [stored(1, 1, 1), stored(2, 2, 1)]);
    for (account, byte, version, taken) in
        [(id, 1, 1, true), (id, 1, 1, false), (id, 1, 2, true), (other, 1, 3, false), (id, 3, 1, false)]
    {
        let used = async |tx: &mut candor::store::Tx| {
            passkeys::used(tx, account, &[byte; 32], &[7; 90], version).await
        };
        assert_eq!(db.commit(used).await.is_ok(), taken, "{byte}, version {version}");
    }
    assert_eq!(of(id).await, [stored(1, 7, 3), stored(2, 2, 1)]);
    let foreign = db.commit(async |tx| passkeys::remove(tx, other, &[1; 32]).await).await;
    assert_eq!(foreign, Err(StoreError::Conflict));
    db.commit(async |tx| passkeys::remove(tx, id, &[1; 32]).await).await.unwrap();
    assert_eq!(passkeys::count(&mut db.read().await, id).await, Ok(1));
    db.commit(async |tx| passkeys::void(tx, id).await).await.unwrap();
    assert_eq!(passkeys::count(&mut db.read().await, id).await, Ok(0));
    assert_eq!(of(other).await, [stored(3, 3, 1)]);
}

async fn a_challenge_is_used_once_and_forgotten(db: TestDb) {
    let take = async |byte: u8, hour: Timestamp| {
        db.commit(async |tx| passkeys::use_challenge(tx, &[byte; 32], hour).await).await
    };
    assert_eq!(take(1, NOW).await, Ok(()));
    assert_eq!(take(2, NOW.plus(3_600)).await, Ok(()));
    assert_eq!(take(1, NOW.plus(3_600)).await, Err(StoreError::Conflict));
    db.commit(async |tx| passkeys::forget_challenges(tx, NOW).await).await.unwrap();
    assert_eq!(take(2, NOW).await, Err(StoreError::Conflict), "not yet forgotten");
    assert_eq!(take(1, NOW).await, Ok(()));
}

async fn a_passphrase_is_held_only_while_it_is_the_same(db: TestDb) {
    let id = somebody(&db, "ana").await;
    let none = db.commit(async |tx| factors::hold_passphrase(tx, id, &[1; 16]).await).await;
    assert_eq!(none, Err(StoreError::Conflict), "there is none yet");
    let keys = Keys {
        salt: vec![1; 16],
        memory_kib: 8,
        passes: 1,
        lanes: 1,
        verifier: vec![1; 32],
        reading_public: vec![1; 10],
        signing_public: vec![1; 10],
        reading_sealed: vec![1; 10],
        signing_sealed: vec![1; 10],
        pepper: 1,
    };
    db.commit(async |tx| accounts::set_keys(tx, id, &keys).await).await.unwrap();
    db.commit(async |tx| factors::hold_passphrase(tx, id, &[1; 16]).await).await.unwrap();
    let changed = db.commit(async |tx| factors::hold_passphrase(tx, id, &[2; 16]).await).await;
    assert_eq!(changed, Err(StoreError::Conflict));
    assert_eq!(accounts::find(&mut db.read().await, id).await.unwrap().unwrap().keys, Some(keys));
}

async fn what_happened_is_counted_by_the_hour_and_removed(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    let mut next = 0;
    let mut happened = async |who: AccountId, what: &'static str, hour: Timestamp| {
        next += 1;
        let event = Uuid::from_u128(next);
        db.commit(async |tx| account_events::insert(tx, event, who, what, hour).await).await.unwrap();
    };
    happened(id, "sign-in", NOW).await;
    happened(id, "sign-in", NOW).await;
    happened(id, "app", NOW.plus(3_600)).await;
    happened(other, "sign-in", NOW).await;
    let of = async |who: AccountId, limit: i64| {
        account_events::of_account(&mut db.read().await, who, limit).await.unwrap()
    };
    let all = [("app".to_owned(), NOW.plus(3_600), 1), ("sign-in".to_owned(), NOW, 2)];
    assert_eq!(of(id, 10).await, all);
    assert_eq!(of(id, 1).await, all[..1]);
    assert_eq!(of(other, 10).await, [("sign-in".to_owned(), NOW, 1)]);
    db.commit(async |tx| account_events::remove_before(tx, NOW.plus(3_600)).await).await.unwrap();
    assert_eq!(of(id, 10).await, all[..1]);
    assert_eq!(of(other, 10).await, []);
}

async fn somebodys_other_sessions_end_and_nobody_elses(db: TestDb) {
    let (id, other) = (somebody(&db, "ana").await, somebody(&db, "ben").await);
    for (byte, account, ends) in [(1, id, 100), (2, id, 200), (3, other, 100), (4, id, -1)] {
        let session = Session {
            token_hash: [byte; 32],
            account,
            reading_sealed: vec![1],
            signing_sealed: None,
            fresh_until: NOW,
            idle_until: NOW.plus(ends),
            ends_at: NOW.plus(ends),
            began_hour: NOW.plus(-3_600),
        };
        db.commit(async |tx| sessions::insert(tx, &session).await).await.unwrap();
    }
    let of = async |account: AccountId| {
        let found = sessions::of_account(&mut db.read().await, account, NOW).await.unwrap();
        assert!(found.iter().all(|session| session.began_hour == NOW.plus(-3_600)));
        found.into_iter().map(|session| session.token_hash[0]).collect::<Vec<_>>()
    };
    assert_eq!(of(id).await, [2, 1], "latest first, and none that has ended");
    db.commit(async |tx| sessions::remove_others(tx, id, &[1; 32]).await).await.unwrap();
    assert_eq!(of(id).await, [1]);
    assert_eq!(of(other).await, [3]);
}

on_both!(
    an_app_is_replaced_only_by_the_one_after_it_and_a_step_is_used_once,
    a_recovery_code_is_used_once_and_by_its_owner,
    an_app_is_voided_for_one_account,
    a_passkey_is_its_owners_and_used_in_turn,
    a_challenge_is_used_once_and_forgotten,
    a_passphrase_is_held_only_while_it_is_the_same,
    what_happened_is_counted_by_the_hour_and_removed,
    somebodys_other_sessions_end_and_nobody_elses,
);
