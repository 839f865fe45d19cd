//! Pieces of attached files: of acts that wait for their batch, and of those that it has carried out.

use uuid::Uuid;

use super::{StoreError, Tx, small};
use crate::domain::audience::Kind;
use crate::domain::id::{CaseId, EnvelopeId};

/// One piece of a file.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Piece {
    pub file: EnvelopeId,
    pub number: u32,
}

/// Where a batch puts the pieces while it turns them over.
const ASIDE: i64 = 1;

/// Puts a piece in that waits with its act.
pub async fn insert(tx: &mut Tx, piece: Piece, body: &[u8]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO waiting_chunk (file, number, place, body) VALUES ($1, $2, 0, $3)"
    )
    .bind(piece.file.0)
    .bind(i64::from(piece.number))
    .bind(body)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The pieces that wait, in no order that means anything.
pub async fn waiting(tx: &mut Tx) -> Result<Vec<Piece>, StoreError> {
    let rows: Vec<(Uuid, i64)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT file, number FROM waiting_chunk WHERE place = 0")
            .fetch_all(c)
            .await)?;
    rows.into_iter()
        .map(|(file, number)| Ok(Piece { file: EnvelopeId(file), number: small(number)? }))
        .collect()
}

/// Puts every piece named into its place anew, one by one and in this order: one that is not there any more
/// is left out. First all of them aside and then all of them back, for a database puts what is written anew
/// where it has just been. They are taken away in the order of their names: two who do so would else wait for each
/// other.
pub async fn turn_over(tx: &mut Tx, aside: &[Piece], back: &[Piece]) -> Result<(), StoreError> {
    for (pieces, from, to) in [(aside, 0, ASIDE), (back, ASIDE, 0)] {
        for piece in pieces {
            with_tx!(tx, |c| sqlx::query(
                "INSERT INTO waiting_chunk (file, number, place, body) \
                 SELECT file, number, CAST($1 AS BIGINT), body FROM waiting_chunk \
                 WHERE file = $2 AND number = $3 AND place = $4"
            )
            .bind(to)
            .bind(piece.file.0)
            .bind(i64::from(piece.number))
            .bind(from)
            .execute(c)
            .await
            .map(drop))?;
        }
        let mut gone = pieces.to_vec();
        gone.sort_unstable();
        for piece in &gone {
            with_tx!(tx, |c| sqlx::query(
                "DELETE FROM waiting_chunk WHERE file = $1 AND number = $2 AND place = $3"
            )
            .bind(piece.file.0)
            .bind(i64::from(piece.number))
            .bind(from)
            .execute(c)
            .await
            .map(drop))?;
        }
    }
    Ok(())
}

/// The act of a file has become part of its case.
pub async fn open(tx: &mut Tx, file: EnvelopeId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO attachment_chunk (file, number, body) \
         SELECT file, number, body FROM waiting_chunk WHERE file = $1 AND place = 0 ORDER BY number"
    )
    .bind(file.0)
    .execute(c)
    .await
    .map(drop))?;
    remove_waiting(tx, file).await
}

/// Removes what waits of a file: its act was taken back or refused.
pub async fn remove_waiting(tx: &mut Tx, file: EnvelopeId) -> Result<(), StoreError> {
    // On PostgreSQL pieces that a batch is just turning over are gone for a statement that waited for
    // them, and there for the next; and a batch does so twice.
    for _ in 0..3 {
        with_tx!(tx, |c| sqlx::query("DELETE FROM waiting_chunk WHERE file = $1")
            .bind(file.0)
            .execute(c)
            .await
            .map(drop))?;
    }
    Ok(())
}

/// One piece of a file of a case.
pub async fn find(tx: &mut Tx, piece: Piece) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT body FROM attachment_chunk WHERE file = $1 AND number = $2"
    )
    .bind(piece.file.0)
    .bind(i64::from(piece.number))
    .fetch_optional(c)
    .await)?)
}

/// Destroys every file of a case, before the texts that describe them go.
pub async fn destroy(tx: &mut Tx, case: CaseId) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "DELETE FROM attachment_chunk WHERE file IN (SELECT id FROM envelope WHERE case_id = $1 AND kind = $2)"
    )
    .bind(case.0)
    .bind(i64::from(Kind::Attachment.code()))
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}
