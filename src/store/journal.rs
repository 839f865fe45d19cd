//! The chained record: what happened to cases and what staff did.

use uuid::Uuid;

use super::{StoreError, Tx, fixed, one_row, small};
use crate::domain::id::CaseId;

/// The newest entry.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Head {
    pub sequence: i64,
    pub hash: [u8; 32],
}

/// One entry as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub sequence: i64,
    /// The case and its version after this event; none for acts of staff.
    pub case: Option<(CaseId, u32)>,
    pub commitment: [u8; 32],
    pub hash: [u8; 32],
    pub body: Vec<u8>,
}

/// Makes the first head. `Duplicate` if there is one.
pub async fn begin(tx: &mut Tx, genesis: &[u8; 32]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO journal_head (only_row, sequence, hash) VALUES (1, 0, $1)")
        .bind(&genesis[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Reads the head and holds it until the transaction ends, so that entries form one chain.
/// The change to nothing is what takes the lock, in the same words on both databases.
pub async fn lock_head(tx: &mut Tx) -> Result<Head, StoreError> {
    let (sequence, hash): (i64, Vec<u8>) = with_tx!(tx, |c| sqlx::query_as(
        "UPDATE journal_head SET sequence = sequence WHERE only_row = 1 RETURNING sequence, hash"
    )
    .fetch_one(c)
    .await)?;
    Ok(Head { sequence, hash: fixed(&hash)? })
}

/// Reads the head.
pub async fn head(tx: &mut Tx) -> Result<Head, StoreError> {
    let (sequence, hash): (i64, Vec<u8>) =
        with_tx!(tx, |c| sqlx::query_as("SELECT sequence, hash FROM journal_head WHERE only_row = 1")
            .fetch_one(c)
            .await)?;
    Ok(Head { sequence, hash: fixed(&hash)? })
}

/// Adds entries that follow `from`, and moves the head to the last of them.
pub async fn append(tx: &mut Tx, from: Head, rows: &[Row]) -> Result<(), StoreError> {
    let Some(last) = rows.last() else { return Ok(()) };
    for row in rows {
        with_tx!(tx, |c| sqlx::query(
            "INSERT INTO journal (sequence, case_id, case_version, commitment, hash, body) \
             VALUES ($1, $2, $3, $4, $5, $6)"
        )
        .bind(row.sequence)
        .bind(row.case.map(|(case, _)| case.0))
        .bind(row.case.map(|(_, version)| i64::from(version)))
        .bind(&row.commitment[..])
        .bind(&row.hash[..])
        .bind(&row.body[..])
        .execute(c)
        .await
        .map(drop))?;
    }
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE journal_head SET sequence = $1, hash = $2 WHERE only_row = 1 AND sequence = $3"
    )
    .bind(last.sequence)
    .bind(&last.hash[..])
    .bind(from.sequence)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

pub(super) type RawRow = (i64, Option<Uuid>, Option<i64>, Vec<u8>, Vec<u8>, Vec<u8>);

pub(super) fn row((sequence, case, version, commitment, hash, body): RawRow) -> Result<Row, StoreError> {
    let case = match (case, version) {
        (Some(case), Some(version)) => Some((CaseId(case), small(version)?)),
        (None, None) => None,
        _ => return Err(StoreError::Damaged),
    };
    Ok(Row { sequence, case, commitment: fixed(&commitment)?, hash: fixed(&hash)?, body })
}

/// Up to `limit` entries after `sequence`, in order.
pub async fn after(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
    raw_after(tx, sequence, limit).await?.into_iter().map(row).collect()
}

/// The same, be they damaged or not.
pub(super) async fn raw_after(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<RawRow>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT sequence, case_id, case_version, commitment, hash, body FROM journal \
         WHERE sequence > $1 ORDER BY sequence LIMIT $2"
    )
    .bind(sequence)
    .bind(limit)
    .fetch_all(c)
    .await)?)
}

/// Up to `limit` entries before `sequence`, newest first.
pub async fn before(tx: &mut Tx, sequence: i64, limit: i64) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<RawRow> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT sequence, case_id, case_version, commitment, hash, body FROM journal \
         WHERE sequence < $1 ORDER BY sequence DESC LIMIT $2"
    )
    .bind(sequence)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(row).collect()
}

/// A case's entries, oldest first.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<RawRow> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT sequence, case_id, case_version, commitment, hash, body FROM journal \
         WHERE case_id = $1 ORDER BY case_version"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(row).collect()
}
