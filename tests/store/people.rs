//! Accounts, sessions, the deployment and its organisation file.

use candor::clock::Timestamp;
use candor::domain::id::{AccountId, DeploymentId, PostId};
use candor::rng::Randomness;
use candor::store::accounts::{self, Keys, Member};
use candor::store::sessions::{self, Session};
use candor::store::{StoreError, organisation};

use crate::support::TestDb;

const NOW: Timestamp = Timestamp(1_800_000_000);

fn account() -> AccountId {
    AccountId::random(&Randomness::system())
}

fn post() -> PostId {
    PostId::Commander("U-1".into())
}

fn keys(byte: u8) -> Keys {
    Keys {
        salt: vec![byte; 16],
        memory_kib: 65_536,
        passes: 3,
        lanes: 1,
        verifier: vec![byte; 32],
        reading_public: vec![byte; 1_216],
        signing_public: vec![byte; 32],
        reading_sealed: vec![byte; 100],
        signing_sealed: vec![byte; 101],
        pepper: 1,
    }
}

async fn a_deployment_is_made_once_and_founded_once(db: TestDb) {
    assert_eq!(db.commit(async |tx| organisation::deployment(tx).await).await, Ok(None));
    let id = DeploymentId::random(&Randomness::system());
    db.commit(async |tx| organisation::create_deployment(tx, id).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| organisation::create_deployment(tx, id).await).await,
        Err(StoreError::Duplicate)
    );
    db.commit(async |tx| organisation::people_changed(tx).await).await.unwrap();
    db.commit(async |tx| organisation::found(tx, NOW).await).await.unwrap();
    assert_eq!(db.commit(async |tx| organisation::found(tx, NOW).await).await, Err(StoreError::Conflict));
    let deployment = organisation::deployment(&mut db.read().await).await.unwrap().unwrap();
    assert_eq!(deployment, organisation::Deployment { id, founded_at: Some(NOW), people_version: 1 });
}

async fn nothing_can_change_before_there_is_a_deployment(db: TestDb) {
    assert_eq!(db.commit(async |tx| organisation::people_changed(tx).await).await, Err(StoreError::Conflict));
    assert_eq!(db.commit(async |tx| organisation::found(tx, NOW).await).await, Err(StoreError::Conflict));
}

async fn the_newest_organisation_file_is_in_force(db: TestDb) {
    let by = account();
    assert_eq!(organisation::newest_version(&mut db.read().await).await, Ok(0));
    assert_eq!(organisation::newest(&mut db.read().await).await, Ok(None));
    db.commit(async |tx| organisation::insert(tx, 1, "one", NOW, None).await).await.unwrap();
    db.commit(async |tx| organisation::insert(tx, 2, "two é 'quoted'", NOW, Some(by)).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| organisation::insert(tx, 2, "other two", NOW, Some(by)).await).await,
        Err(StoreError::Duplicate)
    );
    let mut tx = db.read().await;
    assert_eq!(organisation::newest_version(&mut tx).await, Ok(2));
    assert_eq!(organisation::newest(&mut tx).await, Ok(Some((2, "two é 'quoted'".to_owned()))));
    assert_eq!(organisation::after(&mut tx, 0).await, Ok(Some((1, "one".to_owned(), NOW))));
    assert_eq!(organisation::after(&mut tx, 1).await.unwrap().unwrap().0, 2);
    assert_eq!(organisation::after(&mut tx, 2).await, Ok(None));
}

async fn an_account_is_invited_then_has_keys(db: TestDb) {
    let (id, other) = (account(), account());
    db.commit(async |tx| accounts::insert(tx, id, "ana", false).await).await.unwrap();
    db.commit(async |tx| accounts::insert(tx, other, "ben", true).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::insert(tx, account(), "ana", false).await).await,
        Err(StoreError::Duplicate)
    );
    let found = accounts::find(&mut db.read().await, id).await.unwrap().unwrap();
    assert!(found.active && !found.administrator && found.keys.is_none());
    db.commit(async |tx| accounts::set_keys(tx, id, &keys(1)).await).await.unwrap();
    db.commit(async |tx| accounts::set_keys(tx, id, &keys(2)).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::set_keys(tx, account(), &keys(3)).await).await,
        Err(StoreError::Conflict)
    );
    let mut tx = db.read().await;
    assert_eq!(accounts::by_name(&mut tx, "ana").await.unwrap().unwrap().keys, Some(keys(2)));
    assert_eq!(accounts::by_name(&mut tx, "Ana").await, Ok(None));
    assert_eq!(accounts::by_name(&mut tx, "' OR 1=1 --").await, Ok(None));
    let all = accounts::all(&mut tx).await.unwrap();
    assert_eq!(all.iter().map(|one| one.sign_in_name.as_str()).collect::<Vec<_>>(), ["ana", "ben"]);
    assert_eq!(all.iter().map(|one| one.administrator).collect::<Vec<_>>(), [false, true]);
}

async fn an_invitation_is_used_once_and_a_new_one_voids_the_old(db: TestDb) {
    let id = account();
    db.commit(async |tx| accounts::insert(tx, id, "ana", false).await).await.unwrap();
    let (old, new) = ([1; 32], [2; 32]);
    db.commit(async |tx| accounts::invite(tx, id, &old, NOW.plus(10)).await).await.unwrap();
    assert_eq!(accounts::invited(&mut db.read().await, &old, NOW).await, Ok(Some(id)));
    db.commit(async |tx| accounts::invite(tx, id, &new, NOW.plus(10)).await).await.unwrap();
    assert_eq!(accounts::invited(&mut db.read().await, &old, NOW).await, Ok(None));
    assert_eq!(accounts::invited(&mut db.read().await, &new, NOW.plus(9)).await, Ok(Some(id)));
    assert_eq!(accounts::invited(&mut db.read().await, &new, NOW.plus(10)).await, Ok(None), "expired");
    db.commit(async |tx| accounts::take_invitation(tx, &new).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::take_invitation(tx, &new).await).await,
        Err(StoreError::Conflict)
    );
    // Nobody can be invited who has no account.
    let unknown = db.commit(async |tx| accounts::invite(tx, account(), &[3; 32], NOW).await).await;
    assert_eq!(unknown, Err(StoreError::Refused));
}

async fn members_post_keys_and_approvals_are_kept(db: TestDb) {
    let id = account();
    db.commit(async |tx| accounts::insert(tx, id, "ana", false).await).await.unwrap();
    let member = Member { post: post(), account: id, lead: false, approved: false };
    db.commit(async |tx| accounts::set_member(tx, &member).await).await.unwrap();
    let approved = Member { approved: true, lead: true, ..member };
    db.commit(async |tx| accounts::set_member(tx, &approved).await).await.unwrap();
    assert_eq!(accounts::members(&mut db.read().await).await, Ok(vec![approved]));

    db.commit(async |tx| accounts::insert_post_key(tx, &post(), 1, b"one").await).await.unwrap();
    db.commit(async |tx| accounts::insert_post_key(tx, &post(), 2, b"two").await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::insert_post_key(tx, &post(), 2, b"other").await).await,
        Err(StoreError::Duplicate)
    );
    let known = accounts::post_keys(&mut db.read().await, &post()).await.unwrap();
    assert_eq!(known, [(1, b"one".to_vec()), (2, b"two".to_vec())]);
    assert_eq!(accounts::post_keys(&mut db.read().await, &PostId::Secretary).await, Ok(vec![]));
    assert_eq!(accounts::posts_with_keys(&mut db.read().await).await, Ok(vec![post()]));

    db.commit(async |tx| accounts::insert_post_key_wrap(tx, &post(), 2, id, b"wrap").await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::insert_post_key_wrap(tx, &post(), 9, id, b"wrap").await).await,
        Err(StoreError::Refused),
        "there is no version 9 to wrap"
    );
    let wraps = accounts::post_key_wraps(&mut db.read().await, id).await.unwrap();
    assert_eq!(wraps, [(post(), 2, b"wrap".to_vec())]);

    db.commit(async |tx| accounts::insert_approval(tx, &post(), 2, id, b"signed").await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| accounts::insert_approval(tx, &post(), 2, id, b"again").await).await,
        Err(StoreError::Duplicate)
    );
    assert_eq!(accounts::approvals(&mut db.read().await).await, Ok(vec![b"signed".to_vec()]));
}

async fn leaving_and_coming_back_are_kept(db: TestDb) {
    let id = account();
    db.commit(async |tx| accounts::insert(tx, id, "ana", false).await).await.unwrap();
    let member = Member { post: post(), account: id, lead: false, approved: true };
    db.commit(async |tx| accounts::set_member(tx, &member).await).await.unwrap();
    assert_eq!(accounts::removals_asked(&mut db.read().await).await, Ok(vec![]));
    db.commit(async |tx| accounts::ask_removal(tx, &post(), id).await).await.unwrap();
    assert_eq!(accounts::removals_asked(&mut db.read().await).await, Ok(vec![(post(), id)]));
    let stranger = account();
    for nobody in [
        db.commit(async |tx| accounts::ask_removal(tx, &PostId::Secretary, id).await).await,
        db.commit(async |tx| accounts::remove_member(tx, &PostId::Secretary, id).await).await,
        db.commit(async |tx| accounts::set_active(tx, stranger, false).await).await,
        db.commit(async |tx| accounts::raise_key_version(tx, stranger).await).await,
    ] {
        assert_eq!(nobody, Err(StoreError::Conflict));
    }

    db.commit(async |tx| accounts::raise_key_version(tx, id).await).await.unwrap();
    db.commit(async |tx| accounts::await_approval(tx, id).await).await.unwrap();
    db.commit(async |tx| accounts::set_active(tx, id, false).await).await.unwrap();
    let found = accounts::find(&mut db.read().await, id).await.unwrap().unwrap();
    assert_eq!((found.key_version, found.active), (2, false));
    let waits = Member { approved: false, ..member };
    assert_eq!(accounts::members(&mut db.read().await).await, Ok(vec![waits]));

    for version in [1, 2] {
        db.commit(async |tx| accounts::insert_post_key(tx, &post(), version, b"key").await).await.unwrap();
        db.commit(async |tx| accounts::insert_post_key_wrap(tx, &post(), version, id, b"wrap").await)
            .await
            .unwrap();
    }
    db.commit(async |tx| accounts::remove_post_key_wraps(tx, &PostId::Secretary, id).await).await.unwrap();
    assert_eq!(accounts::post_key_wraps(&mut db.read().await, id).await.unwrap().len(), 2);
    db.commit(async |tx| accounts::remove_post_key_wraps(tx, &post(), id).await).await.unwrap();
    assert_eq!(accounts::post_key_wraps(&mut db.read().await, id).await, Ok(vec![]));

    db.commit(async |tx| accounts::insert_removal(tx, &post(), 1, id, b"signed").await).await.unwrap();
    let again = db.commit(async |tx| accounts::insert_removal(tx, &post(), 1, id, b"again").await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    assert_eq!(accounts::removals(&mut db.read().await).await, Ok(vec![b"signed".to_vec()]));
    db.commit(async |tx| accounts::remove_member(tx, &post(), id).await).await.unwrap();
    assert_eq!(accounts::members(&mut db.read().await).await, Ok(vec![]));
}

async fn a_session_ends_by_idleness_by_age_and_by_leaving(db: TestDb) {
    let id = account();
    db.commit(async |tx| accounts::insert(tx, id, "ana", false).await).await.unwrap();
    let session = Session {
        token_hash: [1; 32],
        account: id,
        reading_sealed: vec![1; 40],
        signing_sealed: Some(vec![2; 40]),
        fresh_until: NOW.plus(10),
        idle_until: NOW.plus(60),
        ends_at: NOW.plus(100),
        began_hour: NOW.plus(-60),
    };
    db.commit(async |tx| sessions::insert(tx, &session).await).await.unwrap();
    let find = async |at: Timestamp| sessions::find(&mut db.read().await, &[1; 32], at).await.unwrap();
    assert_eq!(find(NOW.plus(59)).await, Some(session.clone()));
    assert_eq!(find(NOW.plus(60)).await, None, "idle for too long");

    // Moving the end of idleness keeps a signing key that is still fresh, and drops one that is not.
    db.commit(async |tx| sessions::touch(tx, &[1; 32], NOW.plus(200), NOW.plus(9)).await).await.unwrap();
    assert_eq!(find(NOW.plus(99)).await.unwrap().signing_sealed, Some(vec![2; 40]));
    assert_eq!(find(NOW.plus(100)).await, None, "over, however busy");
    db.commit(async |tx| sessions::touch(tx, &[1; 32], NOW.plus(200), NOW.plus(10)).await).await.unwrap();
    assert_eq!(find(NOW.plus(11)).await.unwrap().signing_sealed, None);
    db.commit(async |tx| sessions::refresh(tx, &[1; 32], b"anew", NOW.plus(50)).await).await.unwrap();
    let fresh = find(NOW.plus(11)).await.unwrap();
    assert_eq!((fresh.signing_sealed, fresh.fresh_until), (Some(b"anew".to_vec()), NOW.plus(50)));

    let other = Session { token_hash: [2; 32], ends_at: NOW.plus(500), idle_until: NOW.plus(500), ..session };
    db.commit(async |tx| sessions::insert(tx, &other).await).await.unwrap();
    db.commit(async |tx| sessions::remove_ended(tx, NOW.plus(100)).await).await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM session").await, 1);
    db.commit(async |tx| sessions::remove(tx, &[2; 32]).await).await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM session").await, 0);
    db.commit(async |tx| sessions::insert(tx, &other).await).await.unwrap();
    db.commit(async |tx| sessions::remove_all(tx, id).await).await.unwrap();
    assert_eq!(db.number("SELECT COUNT(*) FROM session").await, 0);
}

on_both!(
    a_deployment_is_made_once_and_founded_once,
    nothing_can_change_before_there_is_a_deployment,
    the_newest_organisation_file_is_in_force,
    an_account_is_invited_then_has_keys,
    an_invitation_is_used_once_and_a_new_one_voids_the_old,
    members_post_keys_and_approvals_are_kept,
    leaving_and_coming_back_are_kept,
    a_session_ends_by_idleness_by_age_and_by_leaving,
);
