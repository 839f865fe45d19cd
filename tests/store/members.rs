//! Field members as they rest: the roster, where people were, what they acknowledged.

use candor::domain::id::MemberId;
use candor::rng::Randomness;
use candor::store::StoreError;
use candor::store::members::{self, Member, Stay, Strength};
use uuid::Uuid;

use crate::support::TestDb;

fn member(unit: &str, since: &str) -> Member {
    let randomness = Randomness::system();
    Member {
        id: MemberId::random(&randomness),
        lookup: randomness.bytes("lookup"),
        unit: unit.to_owned(),
        component: "RIV".to_owned(),
        since: since.to_owned(),
        gone: None,
        generation: 1,
        sealed: vec![9; 100],
    }
}

async fn many_are_put_in_found_changed_and_taken_off(db: TestDb) {
    // Two statements of many, and three of one.
    let mut all: Vec<_> = (0..2 * members::TOGETHER + 3).map(|_| member("EAST", "2026-06-01")).collect();
    db.commit(async |tx| members::insert_all(tx, &all).await).await.unwrap();
    all.sort_by_key(|member| member.id);
    let first = members::after(&mut db.read().await, MemberId(Uuid::nil()), 10).await.unwrap();
    assert_eq!(first, all[..10]);
    let rest = members::after(&mut db.read().await, first[9].id, 100).await.unwrap();
    assert_eq!(rest, all[10..]);
    let one = &all[4];
    assert_eq!(members::find(&mut db.read().await, one.id).await.unwrap().as_ref(), Some(one));
    assert_eq!(members::by_lookup(&mut db.read().await, &one.lookup).await.unwrap().as_ref(), Some(one));
    assert_eq!(members::by_lookup(&mut db.read().await, &[0; 32]).await, Ok(None));
    let same_number = Member { lookup: one.lookup, ..member("WEST", "2026-06-01") };
    let again = db.commit(async |tx| members::insert(tx, &same_number).await).await;
    assert_eq!(again, Err(StoreError::Duplicate));

    let left = Member { gone: Some("2026-06-02".to_owned()), unit: "WEST".to_owned(), ..one.clone() };
    db.commit(async |tx| members::change(tx, &left).await).await.unwrap();
    assert_eq!(members::find(&mut db.read().await, one.id).await.unwrap().as_ref(), Some(&left));
    assert_eq!(
        members::of_unit(&mut db.read().await, "WEST").await.unwrap(),
        [],
        "who is gone is in no unit"
    );
    assert_eq!(members::of_unit(&mut db.read().await, "EAST").await.unwrap().len(), all.len() - 1);
    let nobody = member("EAST", "2026-06-01");
    let changed = db.commit(async |tx| members::change(tx, &nobody).await).await;
    assert_eq!(changed, Err(StoreError::Conflict));

    db.commit(async |tx| members::next_code(tx, one.id, 1).await).await.unwrap();
    let twice = db.commit(async |tx| members::next_code(tx, one.id, 1).await).await;
    assert_eq!(twice, Err(StoreError::Conflict));
    assert_eq!(members::find(&mut db.read().await, one.id).await.unwrap().unwrap().generation, 2);

    let (strengths, count) = (members::strengths(&mut db.read().await).await.unwrap(), all.len() - 1);
    let (unit, component) = ("EAST".to_owned(), "RIV".to_owned());
    let since = "2026-06-01".to_owned();
    assert_eq!(strengths, [Strength { unit, component, since, count: u32::try_from(count).unwrap() }]);

    db.commit(async |tx| members::remove(tx, all[0].id).await).await.unwrap();
    let gone = db.commit(async |tx| members::remove(tx, all[0].id).await).await;
    assert_eq!(gone, Err(StoreError::Conflict));
}

async fn where_people_were_stays(db: TestDb) {
    let one = member("WEST", "2026-06-10");
    db.commit(async |tx| members::insert(tx, &one).await).await.unwrap();
    let stay = Stay {
        member: one.id,
        unit: "EAST".to_owned(),
        component: "RIV".to_owned(),
        since: "2026-06-01".to_owned(),
        until: "2026-06-10".to_owned(),
    };
    for _ in 0..2 {
        db.commit(async |tx| members::end_stay(tx, &stay).await).await.unwrap();
    }
    assert_eq!(members::stays(&mut db.read().await, one.id).await.unwrap(), std::slice::from_ref(&stay));
    let before = members::stays_before(&mut db.read().await).await.unwrap();
    assert_eq!(before, [("WEST".to_owned(), "2026-06-10".to_owned(), stay)]);
    // Whoever was somewhere is not taken off.
    let removed = db.commit(async |tx| members::remove(tx, one.id).await).await;
    assert_eq!(removed, Err(StoreError::Refused));
}

async fn what_was_acknowledged_keeps_its_day(db: TestDb) {
    let (one, other) = (member("EAST", "2026-06-01"), member("WEST", "2026-06-01"));
    for member in [&one, &other] {
        db.commit(async |tx| members::insert(tx, member).await).await.unwrap();
    }
    let item = Uuid::from_u128(7);
    let day = |day: &str| day.to_owned();
    for (by, on, new) in
        [(&one, "2026-06-02", true), (&one, "2026-06-03", false), (&other, "2026-06-04", true)]
    {
        let done = db.commit(async |tx| members::acknowledge(tx, by.id, item, on).await).await;
        assert_eq!(done, Ok(new));
    }
    let mut tx = db.read().await;
    assert_eq!(members::acknowledged(&mut tx, one.id).await.unwrap(), [(item, day("2026-06-02"))]);
    for (from, before, found) in
        [("2026-06-02", "2026-06-03", 1), ("2026-06-03", "2026-07-01", 0), ("2026-06-01", "2026-06-02", 0)]
    {
        let acknowledged = members::acknowledged_in(&mut tx, "EAST", from, before).await.unwrap();
        assert_eq!(acknowledged, vec![(one.id, item); found], "{from}");
    }
    let reach = async |item, before| members::reach(&mut db.read().await, item, before).await.unwrap();
    assert_eq!(reach(item, "2026-06-05").await, [(day("EAST"), 1), (day("WEST"), 1)]);
    assert_eq!(reach(item, "2026-06-04").await, [(day("EAST"), 1)], "before that day");
    assert_eq!(reach(Uuid::from_u128(8), "2026-06-05").await, []);
    let mut ids = [one.id, other.id];
    ids.sort();
    let of = async |after, last, from| {
        members::acknowledged_by(&mut db.read().await, after, last, from).await.unwrap().len()
    };
    let nobody = MemberId(Uuid::nil());
    assert_eq!(of(nobody, ids[1], "2026-06-01").await, 2);
    assert_eq!(of(nobody, ids[0], "2026-06-01").await, 1);
    assert_eq!(of(ids[0], ids[1], "2026-06-01").await, 1);
    assert_eq!(of(nobody, ids[1], "2026-06-03").await, 1);
}

async fn a_roster_takes_the_place_of_the_one_that_was_looked_at(db: TestDb) {
    assert_eq!(members::roster(&mut db.read().await).await, Ok((0, None)));
    db.commit(async |tx| members::raise_roster(tx, 0, "2026-06-01").await).await.unwrap();
    let late = db.commit(async |tx| members::raise_roster(tx, 0, "2026-06-02").await).await;
    assert_eq!(late, Err(StoreError::Conflict));
    assert_eq!(members::roster(&mut db.read().await).await, Ok((1, Some("2026-06-01".to_owned()))));
}

on_both!(
    many_are_put_in_found_changed_and_taken_off,
    where_people_were_stays,
    what_was_acknowledged_keeps_its_day,
    a_roster_takes_the_place_of_the_one_that_was_looked_at,
);
