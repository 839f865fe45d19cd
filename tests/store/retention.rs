//! What is destroyed of a case, and what stays beside it.

use candor::clock::Timestamp;
use candor::domain::audience::{Audience, Kind, Reader};
use candor::domain::id::CaseId;
use candor::store::envelopes::{Envelope, Wrap};
use candor::store::{StoreError, cases, check, envelopes, inbox};

use super::records::{a_case, an_envelope};
use crate::support::TestDb;

async fn what_is_overdue_is_found_and_noted_anew(db: TestDb) {
    let mut ids = Vec::new();
    for (number, due) in [("A", Some(10)), ("B", None), ("C", Some(5)), ("D", Some(11))] {
        let case = cases::Row { retain_due: due.map(Timestamp), ..a_case(number) };
        ids.push(case.id);
        db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    }
    let overdue = async |limit| cases::overdue(&mut db.read().await, Timestamp(10), limit).await.unwrap();
    assert_eq!(overdue(9).await, [ids[2], ids[0]]);
    assert_eq!(overdue(1).await, [ids[2]]);
    let late = cases::late(&mut db.read().await, Timestamp(10)).await.unwrap();
    let due = cases::due(&mut db.read().await, Timestamp(10), 9).await.unwrap().len();
    assert_eq!(late, (i64::try_from(due).unwrap(), 2), "as many as there are to find");
    let set = async |case, version, due| {
        db.commit(async |tx| cases::set_retain_due(tx, case, version, due).await).await
    };
    assert_eq!(set(ids[2], 2, None).await, Err(StoreError::Conflict), "it is at version 1");
    assert_eq!(set(ids[2], 1, None).await, Ok(()));
    assert_eq!(overdue(9).await, [ids[0]]);
    db.commit(async |tx| cases::set_subject(tx, ids[0], b"less").await).await.unwrap();
    let row = cases::find(&mut db.read().await, ids[0]).await.unwrap().unwrap();
    assert_eq!((&row.subject[..], row.retain_due), (&b"less"[..], Some(Timestamp(10))));
    let other = db.commit(async |tx| cases::set_subject(tx, CaseId(uuid::Uuid::nil()), b"less").await).await;
    assert_eq!(other, Err(StoreError::Conflict));
}

fn wrap(case: CaseId, audience: Audience, version: u32, reader: &Reader) -> Wrap {
    Wrap { case, audience, version, reader: reader.clone(), key_version: 1, body: vec![5; 100] }
}

async fn texts_go_with_their_keys_and_the_outcome_stays(db: TestDb) {
    let (case, other) = (a_case("A"), a_case("B"));
    let post = Reader::Post("council:RIV".parse().unwrap());
    let of = |case: CaseId, audience, version, kind, at| Envelope {
        audience,
        audience_version: version,
        ..an_envelope(case, kind, at)
    };
    let words = of(case.id, Audience::Case, 2, Kind::OutcomeWords, 8);
    let late = of(case.id, Audience::Case, 3, Kind::CheckIn, 12);
    let stays = of(case.id, Audience::Outcome, 1, Kind::Resolution, 8);
    db.commit(async |tx| {
        for row in [&case, &other] {
            cases::insert(tx, row).await?;
            envelopes::insert(tx, &of(row.id, Audience::Case, 1, Kind::Statement, 1)).await?;
            for version in 1..=3 {
                for reader in [&post, &Reader::Receipt] {
                    envelopes::insert_wrap(tx, &wrap(row.id, Audience::Case, version, reader)).await?;
                }
            }
            envelopes::insert_wrap(tx, &wrap(row.id, Audience::Outcome, 1, &post)).await?;
        }
        envelopes::insert(tx, &of(case.id, Audience::Case, 2, Kind::OutcomeWords, 5)).await?;
        envelopes::insert(tx, &of(case.id, Audience::Case, 3, Kind::CheckIn, 9)).await?;
        for text in [&words, &late, &stays] {
            envelopes::insert(tx, text).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let newest = envelopes::newest(&mut db.read().await, case.id, Kind::OutcomeWords).await;
    assert_eq!(newest, Ok(Some(words.id)));
    assert_eq!(envelopes::newest(&mut db.read().await, case.id, Kind::Reprisal).await, Ok(None));
    let gone = async |words, late| {
        let texts = db.commit(async |tx| envelopes::destroy(tx, case.id, words, late).await).await.unwrap();
        (texts, db.commit(async |tx| envelopes::destroy_idle_wraps(tx, case.id).await).await.unwrap())
    };
    // The statement, the earlier outcome's words and an earlier check-in; both keys of version 1, and of version 2
    // everybody's but the receipt's.
    assert_eq!(gone(Some(words.id), Some(10)).await, (3, 3));
    let mut rest = check::texts(&mut db.read().await, case.id).await.unwrap();
    rest.sort_by_key(|text| (text.case_version, text.kind));
    assert_eq!(rest.iter().map(|text| text.id).collect::<Vec<_>>(), [stays.id, words.id, late.id]);
    assert_eq!((rest[1].audience, rest[1].audience_version, rest[1].case_version), (1, 2, 8));
    let readers = async |case: &cases::Row| {
        let mut readers = envelopes::readers(&mut db.read().await, case.id).await.unwrap();
        readers.sort();
        readers
            .into_iter()
            .map(|(audience, version, reader, _)| (audience, version, reader))
            .collect::<Vec<_>>()
    };
    assert_eq!(
        readers(&case).await,
        [
            (Audience::Case, 2, Reader::Receipt),
            (Audience::Case, 3, post.clone()),
            (Audience::Case, 3, Reader::Receipt),
            (Audience::Outcome, 1, post.clone()),
        ]
    );
    let kind = db.commit(async |tx| envelopes::destroy_kind(tx, case.id, Kind::OutcomeWords).await).await;
    let of_receipt =
        db.commit(async |tx| envelopes::destroy_wraps_of(tx, case.id, &Reader::Receipt).await).await;
    assert_eq!((kind, of_receipt), (Ok(1), Ok(2)));
    assert_eq!(gone(None, None).await, (1, 1));
    assert_eq!(readers(&case).await, [(Audience::Outcome, 1, post)]);
    assert_eq!(check::texts(&mut db.read().await, case.id).await.unwrap().len(), 1);
    // Nothing of another case has gone.
    assert_eq!(
        (readers(&other).await.len(), check::texts(&mut db.read().await, other.id).await.unwrap().len()),
        (7, 1)
    );
    db.db.forget_destroyed().await.unwrap();
}

async fn receipts_and_refusals_are_walked_and_taken_away(db: TestDb) {
    for byte in [3, 1, 2] {
        db.commit(async |tx| inbox::insert_receipt(tx, &[byte; 32], &[byte]).await).await.unwrap();
    }
    let walked = inbox::receipts(&mut db.read().await, &[1; 32], 9).await.unwrap();
    assert_eq!(walked, [([2; 32], vec![2]), ([3; 32], vec![3])]);
    assert_eq!(inbox::receipts(&mut db.read().await, &[0; 32], 1).await.unwrap().len(), 1);
    let receipt = async || db.commit(async |tx| inbox::remove_receipt(tx, &[2; 32]).await).await;
    assert_eq!((receipt().await, receipt().await), (Ok(true), Ok(false)));
    assert_eq!(db.number("SELECT COUNT(*) FROM receipt").await, 2);
    db.commit(async |tx| inbox::insert_refused(tx, &[4; 32], b"too late").await).await.unwrap();
    let refused = async || db.commit(async |tx| inbox::remove_refused(tx, &[4; 32]).await).await;
    assert_eq!((refused().await, refused().await), (Ok(true), Ok(false)));
}

/// Cases whose outcome was rated, each once, in the order of their identifiers.
async fn rated_cases_are_found(db: TestDb) {
    let mut cases = [a_case("A"), a_case("B"), a_case("C")];
    cases.sort_by_key(|case| case.id);
    let [first, second, third] = &cases;
    db.commit(async |tx| {
        for (case, kind) in
            [(second, Kind::Rating), (first, Kind::Rating), (second, Kind::Rating), (third, Kind::CheckIn)]
        {
            if cases::find(tx, case.id).await?.is_none() {
                cases::insert(tx, case).await?;
            }
            envelopes::insert(tx, &an_envelope(case.id, kind, 5)).await?;
        }
        Ok(())
    })
    .await
    .unwrap();
    let rated = async |limit, skip| envelopes::rated(&mut db.read().await, limit, skip).await.unwrap();
    assert_eq!(rated(9, 0).await, [first.id, second.id]);
    assert_eq!((rated(1, 0).await, rated(9, 1).await), (vec![first.id], vec![second.id]));
    assert_eq!(Kind::Rating.code(), 26, "as the statement and its index say");
}

on_both!(
    rated_cases_are_found,
    what_is_overdue_is_found_and_noted_anew,
    texts_go_with_their_keys_and_the_outcome_stays,
    receipts_and_refusals_are_walked_and_taken_away,
);
