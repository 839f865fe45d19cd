//! The library as it rests: drafts, months, entries, directives.

use candor::domain::id::{DirectiveId, DraftId, EntryId};
use candor::rng::Randomness;
use candor::store::StoreError;
use candor::store::library::{self, Directive, Draft, Entry};

use crate::support::TestDb;

fn draft(month: &str) -> Draft {
    Draft { id: DraftId::random(&Randomness::system()), month: month.to_owned(), body: vec![7; 900] }
}

fn entry(month: &str) -> Entry {
    Entry {
        id: EntryId::random(&Randomness::system()),
        month: month.to_owned(),
        category: Some("boats".to_owned()),
        document: None,
        document_was: None,
        one: "HAR".to_owned(),
        other: "RIV".to_owned(),
        kind: "clarification".to_owned(),
        level: "field".to_owned(),
        body: "The boat is shared.".to_owned(),
        state: "current".to_owned(),
        reason: None,
        departs: false,
        departs_from: String::new(),
        document_more: None,
    }
}

async fn drafts_are_put_in_and_all_taken_out(db: TestDb) {
    let mut all = [draft("2026-07"), draft("2026-08")];
    for one in &all {
        db.commit(async |tx| library::insert_draft(tx, one).await).await.unwrap();
    }
    all.sort_by_key(|one| one.id);
    assert_eq!(library::drafts(&mut db.read().await).await.unwrap(), all);
    let mut taken = db.commit(async |tx| library::take_drafts(tx).await).await.unwrap();
    taken.sort_by_key(|one| one.id);
    assert_eq!(taken, all);
    assert_eq!(library::drafts(&mut db.read().await).await.unwrap(), []);
}

async fn a_month_runs_once(db: TestDb) {
    assert_eq!(library::newest_month(&mut db.read().await).await, Ok(None));
    for month in ["2026-12", "2027-01", "2026-11"] {
        db.commit(async |tx| library::begin_month(tx, month, "2026-12-01").await).await.unwrap();
    }
    let again = db.commit(async |tx| library::begin_month(tx, "2026-12", "2026-12-01").await).await;
    assert_eq!(again, Err(StoreError::Duplicate));
    assert_eq!(library::newest_month(&mut db.read().await).await, Ok(Some("2027-01".to_owned())));
    // One that ran before days were kept has none.
    db.run("INSERT INTO library_month (month) VALUES ('2026-10')").await;
    let days = library::days_of_months(&mut db.read().await).await.unwrap();
    assert_eq!(days.len(), 3);
    assert_eq!(days[0], ("2026-11".to_owned(), "2026-12-01".to_owned()));
}

async fn entries_stay_and_are_marked(db: TestDb) {
    let (old, new) = (Entry { departs: true, ..entry("2026-07") }, entry("2026-08"));
    for one in [&old, &new] {
        db.commit(async |tx| library::insert_entry(tx, one, &[1; 60]).await).await.unwrap();
    }
    assert_eq!(library::entries(&mut db.read().await).await.unwrap(), [new.clone(), old.clone()]);
    let mut ids = [old.id, new.id];
    ids.sort();
    let links = library::links(&mut db.read().await, ids[0], 9).await.unwrap();
    assert_eq!(links, [(ids[1], vec![1; 60])]);

    let mark = async |before, after, reason| {
        db.commit(async |tx| library::set_standing(tx, old.id, before, after, reason).await).await
    };
    assert_eq!(mark("current", "withdrawn", Some("The order has changed.")).await, Ok(()));
    assert_eq!(mark("current", "superseded", None).await, Err(StoreError::Conflict));
    let rests = library::entries(&mut db.read().await).await.unwrap();
    assert_eq!(
        (rests[1].state.as_str(), rests[1].reason.as_deref()),
        ("withdrawn", Some("The order has changed."))
    );
    let nil = EntryId(uuid::Uuid::nil());
    assert!(library::links(&mut db.read().await, nil, 9).await.unwrap().iter().all(|(id, _)| *id == new.id));
}

async fn directives_are_withdrawn_once(db: TestDb) {
    let directive = |day: &str| Directive {
        id: DirectiveId::random(&Randomness::system()),
        day: day.to_owned(),
        issued_by: "council:RIV".to_owned(),
        title: "One list for the boat".to_owned(),
        body: "Both units keep one list.".to_owned(),
        document: Some("DOC-1".to_owned()),
        units: "RIV-EAST HAR-EAST".to_owned(),
        reason: None,
    };
    let (old, new) = (directive("2026-07-01"), directive("2026-07-02"));
    for one in [&old, &new] {
        db.commit(async |tx| library::insert_directive(tx, one).await).await.unwrap();
    }
    assert_eq!(library::directives(&mut db.read().await).await.unwrap(), [new.clone(), old.clone()]);
    let withdraw = async || {
        db.commit(async |tx| library::withdraw_directive(tx, old.id, "It was replaced.").await).await
    };
    assert_eq!(withdraw().await, Ok(()));
    assert_eq!(withdraw().await, Err(StoreError::Conflict));
    let rests = library::directives(&mut db.read().await).await.unwrap();
    assert_eq!(rests[1].reason.as_deref(), Some("It was replaced."));
    assert_eq!(rests[0], new);
}

async fn each_change_has_a_number(db: TestDb) {
    let before = library::version(&mut db.read().await).await.unwrap();
    db.commit(async |tx| library::raise_version(tx).await).await.unwrap();
    assert_eq!(library::version(&mut db.read().await).await, Ok(before + 1));
}

on_both!(
    drafts_are_put_in_and_all_taken_out,
    a_month_runs_once,
    entries_stay_and_are_marked,
    directives_are_withdrawn_once,
    each_change_has_a_number,
);
