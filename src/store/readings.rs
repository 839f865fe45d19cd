//! Questions about documents and informal settlements: who asked or recorded each in clear, what it says sealed.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, rows, small};
use crate::domain::id::{PostId, ReadingId};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: ReadingId,
    /// How many steps were taken.
    pub version: u32,
    /// Who asked or recorded it.
    pub asked_by: String,
    /// Whether anything more can happen to it.
    pub open: bool,
    pub body: Vec<u8>,
}

type Raw = (Uuid, i64, String, i64, Vec<u8>);

fn row((id, version, asked_by, open, body): Raw) -> Result<Row, StoreError> {
    Ok(Row { id: ReadingId(id), version: small(version)?, asked_by, open: open != 0, body })
}

/// Puts a new one in, with its first step.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO reading (id, version, asked_by, is_open, body) VALUES ($1, $2, $3, $4, $5)"
    )
    .bind(row.id.0)
    .bind(i64::from(row.version))
    .bind(&row.asked_by)
    .bind(i64::from(row.open))
    .bind(&row.body[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Takes one step further. `Conflict` if somebody else did.
pub async fn update(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE reading SET version = $1, is_open = $2, body = $3 WHERE id = $4 AND version = $1 - 1"
    )
    .bind(i64::from(row.version))
    .bind(i64::from(row.open))
    .bind(&row.body[..])
    .bind(row.id.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// One, if it is there.
pub async fn find(tx: &mut Tx, id: ReadingId) -> Result<Option<Row>, StoreError> {
    let text = "SELECT id, version, asked_by, is_open, body FROM reading WHERE id = $1";
    rows::one(tx, text, id.0).await?.map(row).transpose()
}

/// Those to which something can still happen.
pub async fn open(tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
    let found: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, version, asked_by, is_open, body FROM reading WHERE is_open = 1 ORDER BY id"
    )
    .fetch_all(c)
    .await)?;
    found.into_iter().map(row).collect()
}

/// Those that a post asked or recorded.
pub async fn asked_by(tx: &mut Tx, post: &PostId) -> Result<Vec<Row>, StoreError> {
    let found: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, version, asked_by, is_open, body FROM reading WHERE asked_by = $1 ORDER BY id"
    )
    .bind(post.to_string())
    .fetch_all(c)
    .await)?;
    found.into_iter().map(row).collect()
}

/// A portion of all, after one of them.
pub async fn after(tx: &mut Tx, last: ReadingId, limit: i64) -> Result<Vec<Row>, StoreError> {
    let text = "SELECT id, version, asked_by, is_open, body FROM reading WHERE id > $1 ORDER BY id LIMIT $2";
    rows::portion(tx, text, last.0, limit).await?.into_iter().map(row).collect()
}
