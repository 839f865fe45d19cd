//! Inbox, cases, envelopes, journal and notices.

use candor::clock::Timestamp;
use candor::domain::audience::{Audience, AuthorClass, Kind, Reader};
use candor::domain::dispute::{StageName, Waiting, WaitingFor};
use candor::domain::id::{AccountId, CaseId, EnvelopeId, NoticeId, PostId};
use candor::rng::Randomness;
use candor::store::envelopes::{Envelope, Wrap};
use candor::store::journal::Head;
use candor::store::notices::{Filter, Notice};
use candor::store::{StoreError, accounts, cases, envelopes, inbox, journal, notices};

use crate::support::TestDb;

pub(super) const NOW: Timestamp = Timestamp(1_800_000_000);

pub(super) fn a_case(number: &str) -> cases::Row {
    cases::Row {
        id: CaseId::random(&Randomness::system()),
        number: number.to_owned(),
        version: 1,
        stage: StageName::Field,
        pace: "routine".to_owned(),
        raising_unit: "R".into(),
        concerned_unit: "C".into(),
        level_due: Some(NOW.plus(100)),
        next_due: Some(NOW.plus(50)),
        retain_due: None,
        released_week: 2_900,
        state: vec![0, 255, 10],
        subject: vec![1; 300],
    }
}

pub(super) fn an_envelope(case: CaseId, kind: Kind, case_version: u32) -> Envelope {
    Envelope {
        id: EnvelopeId::random(&Randomness::system()),
        case,
        audience: Audience::Case,
        audience_version: 1,
        kind,
        author: AuthorClass::Reporter,
        case_version,
        body: vec![7; 4_200],
    }
}

async fn an_act_waits_once_and_leaves_for_good(db: TestDb) {
    let row = |byte: u8, slot: i64| inbox::Row { id: [byte; 32], slot: Timestamp(slot), body: vec![byte; 9] };
    assert_eq!(inbox::next_slot(&mut db.read().await).await, Ok(None));
    for (byte, slot) in [(1, 30), (2, 10), (3, 20)] {
        db.commit(async |tx| inbox::insert(tx, &row(byte, slot)).await).await.unwrap();
    }
    assert_eq!(db.commit(async |tx| inbox::insert(tx, &row(1, 99)).await).await, Err(StoreError::Duplicate));
    for (byte, is_new) in [(1, false), (200, true), (200, false)] {
        let row = row(byte, 300);
        let put = db.commit(async |tx| inbox::insert_unless_sent(tx, &row, &[9; 32]).await).await;
        assert_eq!(put, Ok(is_new));
    }
    assert_eq!(db.commit(async |tx| inbox::remove(tx, &[200; 32]).await).await, Ok(true));
    assert_eq!(inbox::next_slot(&mut db.read().await).await, Ok(Some(Timestamp(10))));
    let mut due: Vec<u8> =
        inbox::due(&mut db.read().await, Timestamp(20)).await.unwrap().iter().map(|(id, _)| id[0]).collect();
    due.sort_unstable();
    assert_eq!(due, [2, 3]);
    assert_eq!(inbox::count_due(&mut db.read().await, Timestamp(20)).await, Ok(2));
    assert_eq!(
        inbox::find(&mut db.read().await, &[1; 32]).await.unwrap().map(|row| row.body),
        Some(vec![1; 9])
    );
    assert_eq!(inbox::waits(&mut db.read().await, &[1; 32]).await, Ok(true));
    assert_eq!(db.commit(async |tx| inbox::remove(tx, &[1; 32]).await).await, Ok(true));
    assert_eq!(db.commit(async |tx| inbox::remove(tx, &[1; 32]).await).await, Ok(false));
    assert!(inbox::find(&mut db.read().await, &[1; 32]).await.unwrap().is_none());
    assert_eq!(inbox::waits(&mut db.read().await, &[1; 32]).await, Ok(false));
    db.commit(async |tx| inbox::put_off(tx, &[2; 32], Timestamp(99)).await).await.unwrap();
    let all = inbox::all(&mut db.read().await).await.unwrap();
    // In the order of identifiers, and what is not there is left out.
    let taken = db.commit(async |tx| inbox::take(tx, &[[3; 32], [1; 32], [2; 32]]).await).await.unwrap();
    let taken: Vec<_> = taken.into_iter().map(|row| (row.id, row.slot.0, row.body)).collect();
    assert_eq!(taken, [([2; 32], 99, vec![2; 9]), ([3; 32], 20, vec![3; 9])]);
    assert_eq!(all.len(), 2);
    assert_eq!(db.number("SELECT COUNT(*) FROM inbox").await, 0);
    db.db.forget_traces().await.unwrap();
}

async fn a_receipt_opens_one_thing_and_a_refusal_is_kept(db: TestDb) {
    db.commit(async |tx| inbox::insert_receipt(tx, &[1; 32], b"case").await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| inbox::insert_receipt(tx, &[1; 32], b"other").await).await,
        Err(StoreError::Duplicate)
    );
    let mut tx = db.read().await;
    assert_eq!(inbox::find_receipt(&mut tx, &[1; 32]).await, Ok(Some(b"case".to_vec())));
    assert_eq!(inbox::find_receipt(&mut tx, &[2; 32]).await, Ok(None));
    assert_eq!(inbox::opens(&mut tx, &[1; 32]).await, Ok(true));
    assert_eq!(inbox::opens(&mut tx, &[2; 32]).await, Ok(false));
    assert_eq!(inbox::waits(&mut tx, &[9; 32]).await, Ok(false));
    drop(tx);
    let waiting = inbox::Row { id: [9; 32], slot: NOW, body: vec![1; 9] };
    db.commit(async |tx| inbox::insert(tx, &waiting).await).await.unwrap();
    assert_eq!(inbox::waits(&mut db.read().await, &[9; 32]).await, Ok(true));
    for words in ["first", "second"] {
        db.commit(async |tx| inbox::insert_refused(tx, &[3; 32], words.as_bytes()).await).await.unwrap();
    }
    let kept = inbox::find_refused(&mut db.read().await, &[3; 32]).await;
    assert_eq!(kept, Ok(Some(b"second".to_vec())));
}

async fn a_case_is_written_over_the_version_it_was_decided_on(db: TestDb) {
    let case = a_case("ABC-0001");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    assert_eq!(
        db.commit(async |tx| cases::insert(tx, &a_case("ABC-0001")).await).await,
        Err(StoreError::Duplicate),
        "the number is taken"
    );
    let after = cases::Row {
        version: 3,
        stage: StageName::Resolved,
        level_due: None,
        next_due: None,
        retain_due: Some(NOW.plus(70)),
        pace: "extraordinary".to_owned(),
        state: vec![9; 5_000],
        ..case.clone()
    };
    assert_eq!(
        db.commit(async |tx| cases::update(tx, &after, 2).await).await,
        Err(StoreError::Conflict),
        "version 2 was never there"
    );
    assert_eq!(cases::find(&mut db.read().await, case.id).await, Ok(Some(case.clone())));
    db.commit(async |tx| cases::update(tx, &after, 1).await).await.unwrap();
    assert_eq!(db.commit(async |tx| cases::update(tx, &after, 1).await).await, Err(StoreError::Conflict));
    let mut tx = db.read().await;
    assert_eq!(cases::find(&mut tx, case.id).await, Ok(Some(after)));
    assert_eq!(cases::by_number(&mut tx, "ABC-0001").await, Ok(Some(case.id)));
    assert_eq!(cases::by_number(&mut tx, "abc-0001").await, Ok(None));
    assert_eq!(cases::by_number(&mut tx, "").await, Ok(None));
}

async fn cases_are_walked_counted_and_found_when_due(db: TestDb) {
    let mut ids = Vec::new();
    for (number, due) in [("A", Some(10)), ("B", None), ("C", Some(5)), ("D", Some(11))] {
        let case = cases::Row { next_due: due.map(Timestamp), ..a_case(number) };
        ids.push(case.id);
        db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    }
    let mut tx = db.read().await;
    assert_eq!(cases::due(&mut tx, Timestamp(10), 9).await, Ok(vec![ids[2], ids[0]]));
    assert_eq!(cases::due(&mut tx, Timestamp(10), 1).await, Ok(vec![ids[2]]));
    assert!(cases::next_due(&mut tx).await.unwrap().is_some_and(|due| due <= Timestamp(10)));
    assert_eq!(cases::count_by_stage(&mut tx).await, Ok(vec![(StageName::Field, 4)]));
    let mut walked = Vec::new();
    loop {
        let portion = cases::identifiers(&mut tx, walked.last().copied(), 3).await.unwrap();
        if portion.is_empty() {
            break;
        }
        walked.extend(portion);
    }
    ids.sort_unstable();
    walked.sort_unstable();
    assert_eq!(walked, ids);
}

async fn a_desk_shows_what_waits_for_its_post_alone(db: TestDb) {
    let (mine, other) = (PostId::Commander("R".into()), PostId::Commander("C".into()));
    let waiting =
        |post: &PostId, what, due| Waiting { post: post.clone(), what, due: Timestamp(due), since: NOW };
    let mut first = None;
    for (number, due) in [("A", 3), ("B", 1), ("C", 2)] {
        let case = a_case(number);
        db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
        let lines = [waiting(&mine, WaitingFor::Signature, due), waiting(&other, WaitingFor::InMotion, due)];
        db.commit(async |tx| cases::set_waiting(tx, case.id, &lines).await).await.unwrap();
        first.get_or_insert(case.id);
    }
    let numbers = async |post: &PostId, acting, limit, skip| {
        let lines = cases::desk(&mut db.read().await, post, acting, limit, skip).await.unwrap();
        lines.into_iter().map(|line| line.number).collect::<Vec<_>>()
    };
    assert_eq!(numbers(&mine, 1, 9, 0).await, ["B", "C", "A"]);
    assert_eq!(numbers(&mine, 1, 1, 1).await, ["C"]);
    assert!(numbers(&mine, 2, 9, 0).await.is_empty());
    assert_eq!(numbers(&other, 2, 9, 0).await.len(), 3);
    assert!(numbers(&PostId::Secretary, 1, 9, 0).await.is_empty());
    // Writing it anew replaces it.
    let case = first.unwrap();
    db.commit(async |tx| cases::set_waiting(tx, case, &[]).await).await.unwrap();
    assert_eq!(numbers(&mine, 1, 9, 0).await, ["B", "C"]);
    db.commit(async |tx| cases::set_waiting(tx, case, &[waiting(&mine, WaitingFor::Ended, 1)]).await)
        .await
        .unwrap();
    let open = async |limit| cases::before(&mut db.read().await, &mine, limit).await.unwrap();
    assert_eq!(open(9).await.len(), 2, "what has ended waits for nobody");
    assert_eq!(open(1).await.len(), 1);
    assert_eq!(cases::before(&mut db.read().await, &PostId::Secretary, 9).await, Ok(vec![]));
    let ended = cases::ended(&mut db.read().await, &mine, 9, 0).await.unwrap();
    assert_eq!(ended.len(), 1);
    assert_eq!(numbers(&mine, 1, 9, 0).await, ["B", "C"]);
}

async fn envelopes_and_wraps_are_found_by_case_and_reader(db: TestDb) {
    let case = a_case("A");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    let (late, early) = (an_envelope(case.id, Kind::Statement, 5), an_envelope(case.id, Kind::Resolution, 2));
    for envelope in [&late, &early] {
        db.commit(async |tx| envelopes::insert(tx, envelope).await).await.unwrap();
    }
    let mut tx = db.read().await;
    assert_eq!(envelopes::of_case(&mut tx, case.id).await, Ok(vec![early.clone(), late.clone()]));
    assert_eq!(envelopes::find(&mut tx, late.id).await, Ok(Some(late)));
    let unknown = EnvelopeId::random(&Randomness::system());
    assert_eq!(envelopes::find(&mut tx, unknown).await, Ok(None));
    drop(tx);
    let nowhere = an_envelope(CaseId::random(&Randomness::system()), Kind::Statement, 1);
    assert_eq!(
        db.commit(async |tx| envelopes::insert(tx, &nowhere).await).await,
        Err(StoreError::Refused),
        "no envelope without its case"
    );

    let account = AccountId::random(&Randomness::system());
    let readers = [Reader::Receipt, Reader::Account(account), Reader::Post(PostId::Council("A".into()))];
    for (audience, version) in [(Audience::Case, 1), (Audience::Case, 2), (Audience::Room, 1)] {
        for reader in &readers {
            let (reader, body) = (reader.clone(), vec![1; 1_100]);
            let wrap = Wrap { case: case.id, audience, version, reader, key_version: 0, body };
            db.commit(async |tx| envelopes::insert_wrap(tx, &wrap).await).await.unwrap();
            assert_eq!(
                db.commit(async |tx| envelopes::insert_wrap(tx, &wrap).await).await,
                Err(StoreError::Duplicate)
            );
        }
    }
    let mut tx = db.read().await;
    for reader in &readers {
        let wraps = envelopes::wraps_for(&mut tx, case.id, reader).await.unwrap();
        assert!(wraps.iter().all(|wrap| wrap.reader == *reader));
        let which: Vec<_> = wraps.iter().map(|wrap| (wrap.audience, wrap.version)).collect();
        assert_eq!(which, [(Audience::Case, 1), (Audience::Case, 2), (Audience::Room, 1)]);
    }
    let stranger = Reader::Post(PostId::Secretary);
    assert_eq!(envelopes::wraps_for(&mut tx, case.id, &stranger).await, Ok(vec![]));
    assert_eq!(envelopes::readers(&mut tx, case.id).await.unwrap().len(), 9);
}

async fn the_journal_is_one_chain(db: TestDb) {
    db.commit(async |tx| journal::begin(tx, &[0; 32]).await).await.unwrap();
    assert_eq!(db.commit(async |tx| journal::begin(tx, &[1; 32]).await).await, Err(StoreError::Duplicate));
    let start = Head { sequence: 0, hash: [0; 32] };
    assert_eq!(db.commit(async |tx| journal::lock_head(tx).await).await, Ok(start));
    let case = CaseId::random(&Randomness::system());
    let row = |sequence: i64, case| journal::Row {
        sequence,
        case,
        commitment: [3; 32],
        hash: [u8::try_from(sequence).unwrap(); 32],
        body: vec![4; 50],
    };
    let rows = [row(1, None), row(2, Some((case, 1))), row(3, Some((case, 2)))];
    db.commit(async |tx| journal::append(tx, start, &rows).await).await.unwrap();
    assert_eq!(journal::head(&mut db.read().await).await, Ok(Head { sequence: 3, hash: [3; 32] }));
    // A second chain from the same head is not accepted, and leaves nothing.
    let fork = db.commit(async |tx| journal::append(tx, start, &[row(4, None)]).await).await;
    assert_eq!(fork, Err(StoreError::Conflict));
    let again = db.commit(async |tx| journal::append(tx, start, &[row(3, None)]).await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    db.commit(async |tx| journal::append(tx, start, &[]).await).await.unwrap();
    let mut tx = db.read().await;
    assert_eq!(journal::after(&mut tx, 0, 2).await, Ok(rows[..2].to_vec()));
    assert_eq!(journal::after(&mut tx, 2, 9).await, Ok(rows[2..].to_vec()));
    assert_eq!(journal::of_case(&mut tx, case).await, Ok(rows[1..].to_vec()));
}

async fn a_recipient_has_one_notice_for_each_resolution(db: TestDb) {
    let case = a_case("A");
    let envelope = an_envelope(case.id, Kind::Resolution, 1);
    let by = AccountId::random(&Randomness::system());
    db.commit(async |tx| {
        cases::insert(tx, &case).await?;
        envelopes::insert(tx, &envelope).await?;
        accounts::insert(tx, by, "hq", false).await
    })
    .await
    .unwrap();
    let hq = |unit: &str| PostId::Headquarters(unit.into());
    let notice = |recipient: PostId, resolution, due| Notice {
        id: NoticeId::random(&Randomness::system()),
        case: case.id,
        resolution,
        recipient,
        raising_unit: "R".into(),
        concerned_unit: "C".into(),
        level: "field".to_owned(),
        made_at: NOW,
        due: NOW.plus(due),
        envelope: envelope.id,
        acknowledged: None,
        remedy_due: None,
        reopened: false,
        superseded: false,
    };
    let of_unit = |unit| Filter { unit, attention: false };
    let made = [
        notice(hq("ONE"), 1, 20),
        notice(hq("TWO"), 1, 20),
        notice(hq("ONE"), 2, 10),
        notice(hq("ONE"), 3, 30),
    ];
    for one in &made {
        db.commit(async |tx| notices::insert(tx, one).await).await.unwrap();
    }
    let twice = notice(hq("ONE"), 1, 5);
    assert_eq!(db.commit(async |tx| notices::insert(tx, &twice).await).await, Err(StoreError::Duplicate));
    assert_eq!(notices::totals(&mut db.read().await).await, Ok((3, 4, 2)));
    assert_eq!(notices::open_counts(&mut db.read().await, &hq("ONE"), NOW.plus(15)).await, Ok((3, 1)));
    assert_eq!(notices::open_counts(&mut db.read().await, &hq("NONE"), NOW).await, Ok((0, 0)));

    let first = made[2].id;
    db.commit(async |tx| notices::acknowledge(tx, first, NOW.plus(1), by).await).await.unwrap();
    let again = db.commit(async |tx| notices::acknowledge(tx, first, NOW.plus(2), by).await).await;
    assert_eq!(again, Err(StoreError::Conflict));
    let mut tx = db.read().await;
    let acknowledged = notices::find(&mut tx, first).await.unwrap().unwrap().acknowledged;
    assert_eq!(acknowledged, Some((NOW.plus(1), by)));
    let list = notices::list(&mut tx, &hq("ONE"), of_unit(""), NOW, 9, 0).await.unwrap();
    assert_eq!(list.iter().map(|one| one.resolution).collect::<Vec<_>>(), [1, 3, 2], "open first, by date");
    assert_eq!(notices::list(&mut tx, &hq("ONE"), of_unit("C"), NOW, 9, 1).await.unwrap().len(), 2);
    assert_eq!(notices::list(&mut tx, &hq("ONE"), of_unit("X"), NOW, 9, 0).await, Ok(vec![]));
    assert_eq!(notices::of_case(&mut tx, case.id).await.unwrap().len(), 4);
    drop(tx);

    // What was reopened, or has an action overdue, comes before what is merely acknowledged.
    db.commit(async |tx| {
        notices::acknowledge(tx, made[3].id, NOW, by).await?;
        notices::set_state(tx, case.id, 3, Some(NOW.plus(-1)), false).await?;
        notices::count(tx, "not_joint").await?;
        notices::count(tx, "not_joint").await
    })
    .await
    .unwrap();
    let mut tx = db.read().await;
    let list = notices::list(&mut tx, &hq("ONE"), of_unit(""), NOW, 9, 0).await.unwrap();
    assert_eq!(list.iter().map(|one| one.resolution).collect::<Vec<_>>(), [1, 3, 2]);
    assert_eq!(list[1].remedy_due, Some(NOW.plus(-1)));
    let earlier = notices::list(&mut tx, &hq("ONE"), of_unit(""), NOW.plus(-9), 9, 0).await.unwrap();
    assert_eq!(earlier.iter().map(|one| one.resolution).collect::<Vec<_>>(), [1, 2, 3]);
    assert_eq!(list.iter().map(|one| one.superseded).collect::<Vec<_>>(), [true, false, true]);
    let attention = Filter { unit: "", attention: true };
    let list = notices::list(&mut tx, &hq("ONE"), attention, NOW, 9, 0).await.unwrap();
    assert_eq!(list.iter().map(|one| one.resolution).collect::<Vec<_>>(), [1, 3]);
    drop(tx);
    // Reopened calls for attention only until it is decided again.
    db.commit(async |tx| {
        notices::set_state(tx, case.id, 2, None, true).await?;
        notices::set_state(tx, case.id, 3, None, true).await
    })
    .await
    .unwrap();
    let mut tx = db.read().await;
    let list = notices::list(&mut tx, &hq("ONE"), attention, NOW, 9, 0).await.unwrap();
    assert_eq!(list.iter().map(|one| one.resolution).collect::<Vec<_>>(), [1, 3]);
    assert!(!notices::find(&mut tx, made[1].id).await.unwrap().unwrap().superseded, "another recipient's");
    assert_eq!(notices::counts(&mut tx).await, Ok(vec![("not_joint".to_owned(), 2)]));
}

async fn what_is_not_committed_never_was(db: TestDb) {
    let case = a_case("A");
    let mut tx = db.write().await;
    cases::insert(&mut tx, &case).await.unwrap();
    drop(tx);
    assert_eq!(cases::find(&mut db.read().await, case.id).await, Ok(None));
}

async fn a_word_that_this_program_never_wrote_is_damage(db: TestDb) {
    let case = a_case("A");
    db.commit(async |tx| cases::insert(tx, &case).await).await.unwrap();
    db.run("UPDATE cases SET stage = 'arbitration'").await;
    assert_eq!(cases::find(&mut db.read().await, case.id).await, Err(StoreError::Damaged));
    db.run("UPDATE cases SET stage = 'field', version = -1").await;
    assert_eq!(cases::find(&mut db.read().await, case.id).await, Err(StoreError::Damaged));
}

on_both!(
    an_act_waits_once_and_leaves_for_good,
    a_receipt_opens_one_thing_and_a_refusal_is_kept,
    a_case_is_written_over_the_version_it_was_decided_on,
    cases_are_walked_counted_and_found_when_due,
    a_desk_shows_what_waits_for_its_post_alone,
    envelopes_and_wraps_are_found_by_case_and_reader,
    the_journal_is_one_chain,
    a_recipient_has_one_notice_for_each_resolution,
    what_is_not_committed_never_was,
    a_word_that_this_program_never_wrote_is_damage,
);
