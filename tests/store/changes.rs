//! Versions of what Council leads agree to, and the agreements.

use candor::clock::Timestamp;
use candor::domain::agreement::About::{Organisation, Time};
use candor::domain::dispute::StageName;
use candor::domain::id::{AccountId, ComponentId};
use candor::rng::Randomness;
use candor::store::changes::{self, Version};
use candor::store::{StoreError, accounts, cases};

use super::records::a_case;
use crate::support::TestDb;

const NOW: Timestamp = Timestamp(1_800_000_000);

async fn person(db: &TestDb, name: &str) -> AccountId {
    let account = AccountId::random(&Randomness::system());
    db.commit(async |tx| accounts::insert(tx, account, name, false).await).await.unwrap();
    account
}

fn a_version(version: i64, by: AccountId) -> Version {
    Version {
        version,
        base: 0,
        body: format!("{{\"number\":{version}}}"),
        proposed_at: NOW,
        proposed_by: by,
        in_force_at: None,
        declined_by: None,
    }
}

async fn a_version_waits_until_it_is_in_force_or_declined(db: TestDb) {
    let by = person(&db, "administrator").await;
    let mut tx = db.read().await;
    assert_eq!(changes::newest(&mut tx, Time).await, Ok(None));
    assert_eq!(changes::version_in_force(&mut tx, Time).await, Ok(0));
    drop(tx);
    for version in 1..=3 {
        db.commit(async |tx| changes::insert(tx, Time, &a_version(version, by)).await).await.unwrap();
    }
    let again = db.commit(async |tx| changes::insert(tx, Time, &a_version(3, by)).await).await;
    assert_eq!(again, Err(StoreError::Duplicate), "somebody else was faster");
    db.commit(async |tx| changes::put_in_force(tx, Time, 1, NOW.plus(5)).await).await.unwrap();
    db.commit(async |tx| changes::decline(tx, Time, 2, by).await).await.unwrap();
    // What was decided is decided, and what is not there cannot be.
    for version in [1, 2, 9] {
        let forced = db.commit(async |tx| changes::put_in_force(tx, Time, version, NOW).await).await;
        assert_eq!(forced, Err(StoreError::Conflict), "{version}");
        let declined = db.commit(async |tx| changes::decline(tx, Time, version, by).await).await;
        assert_eq!(declined, Err(StoreError::Conflict), "{version}");
    }
    let one = Version { in_force_at: Some(NOW.plus(5)), ..a_version(1, by) };
    let two = Version { declined_by: Some(by), ..a_version(2, by) };
    let three = a_version(3, by);
    let mut tx = db.read().await;
    assert_eq!(changes::all(&mut tx, Time).await, Ok(vec![one.clone(), two, three.clone()]));
    assert_eq!(changes::newest(&mut tx, Time).await, Ok(Some(three)));
    assert_eq!(changes::in_force(&mut tx, Time).await, Ok(vec![one]));
    assert_eq!(changes::version_in_force(&mut tx, Time).await, Ok(1));
    drop(tx);
    // One that an administrator may set alone is in force from the start.
    let alone = Version { in_force_at: Some(NOW.plus(9)), ..a_version(4, by) };
    db.commit(async |tx| changes::insert(tx, Time, &alone).await).await.unwrap();
    assert_eq!(changes::version_in_force(&mut db.read().await, Time).await, Ok(4));
    // What is about something else is counted by itself.
    assert_eq!(changes::newest(&mut db.read().await, Organisation).await, Ok(None));
    db.commit(async |tx| changes::insert(tx, Organisation, &a_version(1, by)).await).await.unwrap();
    assert_eq!(changes::version_in_force(&mut db.read().await, Organisation).await, Ok(0));
    assert_eq!(changes::all(&mut db.read().await, Time).await.map(|all| all.len()), Ok(4));
}

async fn a_component_and_a_person_agree_once_each(db: TestDb) {
    let (one, other) = (person(&db, "one").await, person(&db, "other").await);
    let [first, second] = ["A", "B"].map(ComponentId::from);
    let agree = async |version, component: &ComponentId, by| {
        db.commit(async |tx| changes::agree(tx, Time, version, component, by).await).await
    };
    db.commit(async |tx| changes::insert(tx, Time, &a_version(1, one)).await).await.unwrap();
    assert_eq!(agree(9, &first, one).await, Err(StoreError::Refused), "to nothing");
    assert_eq!(agree(1, &first, one).await, Ok(()));
    assert_eq!(agree(1, &first, other).await, Err(StoreError::Duplicate), "two of one component");
    assert_eq!(agree(1, &second, one).await, Err(StoreError::Duplicate), "one for both components");
    assert_eq!(changes::agreements(&mut db.read().await, Time, 1).await, Ok(vec![(first.clone(), one)]));
    assert_eq!(agree(1, &second, other).await, Ok(()));
    assert_eq!(
        changes::agreements(&mut db.read().await, Time, 1).await,
        Ok(vec![(first, one), (second, other)])
    );
    assert_eq!(changes::agreements(&mut db.read().await, Time, 2).await, Ok(vec![]));
}

async fn levels_under_way_are_counted(db: TestDb) {
    assert_eq!(cases::running(&mut db.read().await).await, Ok((0, None)));
    for (number, stage, due) in [
        ("A", StageName::Field, Some(10)),
        ("B", StageName::Council, Some(30)),
        ("C", StageName::Secretary, Some(20)),
        ("D", StageName::Resolved, Some(99)),
        ("E", StageName::Closed, None),
    ] {
        let case = cases::Row { stage, level_due: due.map(Timestamp), ..a_case(number) };
        db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    }
    assert_eq!(cases::running(&mut db.read().await).await, Ok((3, Some(Timestamp(30)))));
}

on_both!(
    a_version_waits_until_it_is_in_force_or_declined,
    a_component_and_a_person_agree_once_each,
    levels_under_way_are_counted,
);
