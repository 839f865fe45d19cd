//! Pieces of files: they wait, are turned over whole, and go over to their case or away.

use candor::domain::audience::Kind;
use candor::domain::id::EnvelopeId;
use candor::rng::Randomness;
use candor::store::attachments::{self, Piece};
use candor::store::envelopes::Envelope;
use candor::store::sealed::{self, Place, Sort};

use super::records::{a_case, an_envelope};
use crate::support::TestDb;

fn file() -> EnvelopeId {
    EnvelopeId::random(&Randomness::system())
}

async fn put(db: &TestDb, file: EnvelopeId, bodies: &[u8]) -> Vec<Piece> {
    let mut pieces = Vec::new();
    for (number, byte) in (0..).zip(bodies) {
        let piece = Piece { file, number };
        db.commit(async |tx| attachments::insert(tx, piece, &vec![*byte; 70_000]).await).await.unwrap();
        pieces.push(piece);
    }
    pieces
}

async fn waiting(db: &TestDb) -> Vec<Piece> {
    let mut pieces = attachments::waiting(&mut db.read().await).await.unwrap();
    pieces.sort_unstable();
    pieces
}

async fn a_file_waits_and_goes_over_to_its_case(db: TestDb) {
    let (one, other) = (file(), file());
    let pieces = put(&db, one, &[1, 2, 3]).await;
    put(&db, other, &[9]).await;
    assert!(db.commit(async |tx| attachments::insert(tx, pieces[0], b"again").await).await.is_err());
    assert_eq!(waiting(&db).await.len(), 4);
    let find = async |piece| attachments::find(&mut db.read().await, piece).await.unwrap();
    assert_eq!(find(pieces[0]).await, None, "it still waits");
    db.commit(async |tx| attachments::open(tx, one).await).await.unwrap();
    for (piece, byte) in pieces.iter().zip([1, 2, 3]) {
        assert_eq!(find(*piece).await, Some(vec![byte; 70_000]));
    }
    assert_eq!(waiting(&db).await, [Piece { file: other, number: 0 }]);
    db.commit(async |tx| attachments::remove_waiting(tx, other).await).await.unwrap();
    assert_eq!(waiting(&db).await, []);
    // A case's files go, and no other's.
    let cases = [a_case("AAA-0001"), a_case("AAA-0002")];
    for case in &cases {
        db.commit(async |tx| candor::store::cases::insert(tx, case).await).await.unwrap();
    }
    let described = Envelope { id: one, ..an_envelope(cases[0].id, Kind::Attachment, 1) };
    db.commit(async |tx| candor::store::envelopes::insert(tx, &described).await).await.unwrap();
    db.commit(async |tx| attachments::destroy(tx, cases[1].id).await).await.unwrap();
    assert!(find(pieces[2]).await.is_some());
    db.commit(async |tx| attachments::destroy(tx, cases[0].id).await).await.unwrap();
    assert_eq!(find(pieces[2]).await, None);
    assert_eq!(db.number("SELECT COUNT(*) FROM attachment_chunk").await, 0);
}

async fn turning_over_loses_and_adds_nothing(db: TestDb) {
    let file = file();
    let pieces = put(&db, file, &[1, 2, 3, 4]).await;
    let bodies = async || {
        let rows = sealed::after(&mut db.read().await, Sort::WaitingChunks, None, 99).await.unwrap();
        rows.into_iter().map(|row| (row.place, row.body)).collect::<Vec<_>>()
    };
    let before = bodies().await;
    assert_eq!(before.len(), 4);
    let (mut aside, mut back) = (pieces.clone(), pieces.clone());
    aside.reverse();
    back.rotate_left(1);
    // One that is not there any more is left out.
    aside.push(Piece { file: EnvelopeId(uuid::Uuid::nil()), number: 7 });
    db.commit(async |tx| attachments::turn_over(tx, &aside, &back).await).await.unwrap();
    assert_eq!(bodies().await, before);
    // What came meanwhile, and is not named, stays as it is.
    let late = Piece { file, number: 4 };
    db.commit(async |tx| attachments::insert(tx, late, b"late").await).await.unwrap();
    db.commit(async |tx| attachments::turn_over(tx, &pieces, &pieces).await).await.unwrap();
    assert_eq!(waiting(&db).await.len(), 5);
    db.db.forget_traces().await.unwrap();
    assert_eq!(waiting(&db).await.len(), 5);
}

async fn pieces_are_read_on_and_replaced_where_they_lie(db: TestDb) {
    let (one, other) = (file(), file());
    put(&db, one, &[1, 2]).await;
    put(&db, other, &[3]).await;
    db.commit(async |tx| attachments::open(tx, other).await).await.unwrap();
    for (sort, count) in [(Sort::WaitingChunks, 2), (Sort::Chunks, 1)] {
        let rows = sealed::after(&mut db.read().await, sort, None, 99).await.unwrap();
        assert_eq!(rows.len(), count);
        let rest = sealed::after(&mut db.read().await, sort, Some(&rows[0].place), 99).await.unwrap();
        assert_eq!(rest, rows[1..]);
        assert!(db.commit(async |tx| sealed::replace(tx, &rows[0], b"anew").await).await.unwrap());
        assert!(!db.commit(async |tx| sealed::replace(tx, &rows[0], b"twice").await).await.unwrap());
    }
    let found = attachments::find(&mut db.read().await, Piece { file: other, number: 0 }).await.unwrap();
    assert_eq!(found, Some(b"anew".to_vec()));
    let rows = sealed::after(&mut db.read().await, Sort::Chunks, None, 9).await.unwrap();
    assert_eq!(rows[0].place, Place::Chunk(Piece { file: other, number: 0 }));
}

on_both!(
    a_file_waits_and_goes_over_to_its_case,
    turning_over_loses_and_adds_nothing,
    pieces_are_read_on_and_replaced_where_they_lie,
);
