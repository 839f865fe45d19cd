//! What is to be told outside: taken up by one alone, and never written over blindly.

use std::collections::BTreeSet;

use candor::domain::audience::Kind;
use candor::domain::id::{AccountId, DeliveryId, NoticeId, PostId};
use candor::rng::Randomness;
use candor::store::notices::Notice;
use candor::store::outbox::{self, Channel, State};
use candor::store::{StoreError, accounts, cases, envelopes, notices};

use super::records::{NOW, a_case, an_envelope};
use crate::support::TestDb;

fn id() -> DeliveryId {
    DeliveryId::random(&Randomness::system())
}

/// That many notices of one case, and whoever may acknowledge them.
async fn notices_of_one_case(db: &TestDb, count: u32) -> (Vec<NoticeId>, AccountId) {
    let case = a_case("A");
    let envelope = an_envelope(case.id, Kind::Resolution, 1);
    let by = AccountId::random(&Randomness::system());
    let mut tx = db.write().await;
    cases::insert(&mut tx, &case).await.unwrap();
    envelopes::insert(&mut tx, &envelope).await.unwrap();
    accounts::insert(&mut tx, by, "hq", false).await.unwrap();
    let mut all = Vec::new();
    for resolution in 1..=count {
        let notice = Notice {
            id: NoticeId::random(&Randomness::system()),
            case: case.id,
            resolution,
            recipient: PostId::Headquarters("OFFICE".into()),
            raising_unit: "R".into(),
            concerned_unit: "C".into(),
            level: "field".to_owned(),
            made_at: NOW,
            due: NOW,
            envelope: envelope.id,
            acknowledged: None,
            remedy_due: None,
            reopened: false,
            superseded: false,
        };
        notices::insert(&mut tx, &notice).await.unwrap();
        all.push(notice.id);
    }
    tx.commit().await.unwrap();
    (all, by)
}

async fn a_notice_has_one_delivery_a_channel_and_it_is_taken_up_when_due(db: TestDb) {
    let (all, by) = notices_of_one_case(&db, 2).await;
    let (mail, hook, late) = (id(), id(), id());
    db.commit(async |tx| {
        outbox::insert(tx, mail, all[0], Channel::Mail, NOW).await?;
        outbox::insert(tx, hook, all[0], Channel::Webhook, NOW.plus(5)).await?;
        outbox::insert(tx, late, all[1], Channel::Mail, NOW.plus(60)).await
    })
    .await
    .unwrap();
    let twice = db.commit(async |tx| outbox::insert(tx, id(), all[0], Channel::Mail, NOW).await).await;
    assert_eq!(twice, Err(StoreError::Duplicate));

    let claim =
        async |now| db.commit(async |tx| outbox::claim(tx, now, NOW.plus(1_000)).await).await.unwrap();
    assert_eq!(claim(NOW.plus(-1)).await, None);
    let first = claim(NOW.plus(10)).await.unwrap();
    assert_eq!((first.id, first.notice, first.tries, first.version), (mail, all[0], 1, 2));
    assert_eq!((first.planned, first.next_at, first.acknowledged), (NOW, NOW.plus(1_000), false));
    assert_eq!(claim(NOW.plus(10)).await.unwrap().channel, Channel::Webhook);
    assert_eq!(claim(NOW.plus(10)).await, None, "what is taken up is nobody else's");
    let again = claim(NOW.plus(1_000)).await.unwrap();
    assert_eq!(again.id, late, "soonest first");

    db.commit(async |tx| notices::acknowledge(tx, all[0], NOW, by).await).await.unwrap();
    let mut handed = outbox::find(&mut db.read().await, mail).await.unwrap().unwrap();
    assert!(handed.acknowledged);
    (handed.state, handed.unclear, handed.reason) = (State::Handed, 1, "unclear".to_owned());
    handed.next_at = NOW.plus(900);
    let known = handed.version;
    db.commit(async |tx| outbox::update(tx, &mut handed, known).await).await.unwrap();
    let mut old = first;
    let stale = db.commit(async |tx| outbox::update(tx, &mut old, 2).await).await;
    assert_eq!(stale, Err(StoreError::Conflict));
    assert_eq!(outbox::find(&mut db.read().await, mail).await, Ok(Some(handed.clone())));
    assert_eq!(outbox::find(&mut db.read().await, id()).await, Ok(None));
    assert_eq!(claim(NOW.plus(1_000)).await.unwrap().state, State::Handed, "what is unclear comes again");

    assert_eq!(outbox::in_state(&mut db.read().await, State::Waiting, 9).await.unwrap().len(), 2);
    assert_eq!(outbox::in_state(&mut db.read().await, State::Waiting, 1).await.unwrap().len(), 1);
    assert_eq!(outbox::count(&mut db.read().await, State::Handed).await, Ok(1));
    db.run("UPDATE delivery SET state = 'sent' WHERE channel = 'webhook'").await;
    db.run("UPDATE delivery SET state = 'dead' WHERE state = 'handed'").await;
    assert_eq!(db.commit(async |tx| outbox::remove_ended(tx, NOW.plus(5)).await).await, Ok(0));
    assert_eq!(db.commit(async |tx| outbox::remove_ended(tx, NOW.plus(6)).await).await, Ok(1), "sent alone");
}

async fn of_many_who_take_up_at_once_each_has_its_own(db: TestDb) {
    const COUNT: u32 = 60;
    let (all, _) = notices_of_one_case(&db, COUNT).await;
    for notice in &all {
        db.commit(async |tx| outbox::insert(tx, id(), *notice, Channel::Mail, NOW).await).await.unwrap();
    }
    let mut takers = Vec::new();
    for _ in 0..6 {
        let db = db.clone();
        takers.push(tokio::spawn(async move {
            let mut mine = Vec::new();
            loop {
                match db.commit(async |tx| outbox::claim(tx, NOW, NOW.plus(60)).await).await {
                    Ok(Some(row)) => mine.push(row.id),
                    Ok(None) => return mine,
                    Err(StoreError::Conflict) => {}
                    Err(error) => panic!("{error}"),
                }
            }
        }));
    }
    let mut taken = Vec::new();
    for taker in takers {
        taken.extend(taker.await.unwrap());
    }
    let different: BTreeSet<_> = taken.iter().collect();
    assert_eq!((taken.len(), different.len()), (all.len(), all.len()));
}

async fn everything_on_its_way_is_given_up_at_once(db: TestDb) {
    let (all, _) = notices_of_one_case(&db, 1).await;
    let (mail, hook) = (id(), id());
    db.commit(async |tx| {
        outbox::insert(tx, mail, all[0], Channel::Mail, NOW).await?;
        outbox::insert(tx, hook, all[0], Channel::Webhook, NOW).await
    })
    .await
    .unwrap();
    let mut sent = outbox::find(&mut db.read().await, hook).await.unwrap().unwrap();
    sent.state = State::Sent;
    let known = sent.version;
    db.commit(async |tx| outbox::update(tx, &mut sent, known).await).await.unwrap();
    db.commit(async |tx| outbox::give_up_all(tx, "restored").await).await.unwrap();
    let given_up = outbox::find(&mut db.read().await, mail).await.unwrap().unwrap();
    assert_eq!((given_up.state, given_up.reason.as_str(), given_up.version), (State::Dead, "restored", 2));
    assert_eq!(outbox::find(&mut db.read().await, hook).await.unwrap().unwrap().state, State::Sent);
}

on_both!(
    everything_on_its_way_is_given_up_at_once,
    a_notice_has_one_delivery_a_channel_and_it_is_taken_up_when_due,
    of_many_who_take_up_at_once_each_has_its_own,
);
