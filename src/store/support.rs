//! Requests for support: whose desk asked whose and until when something can happen in clear, what each says sealed.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, rows, small};
use crate::clock::Timestamp;
use crate::domain::id::{PostId, SupportId};

/// One of them.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: SupportId,
    /// How many steps were taken.
    pub version: u32,
    /// The desk that asked, and the one that is asked: a commander's post stands for its alternate's as well.
    pub asked_by: String,
    pub asked_of: String,
    /// Until when something can happen to it, or when it ended.
    pub open_until: Timestamp,
    pub body: Vec<u8>,
}

type Raw = (Uuid, i64, String, String, i64, Vec<u8>);

fn row((id, version, asked_by, asked_of, open_until, body): Raw) -> Result<Row, StoreError> {
    let (version, open_until) = (small(version)?, Timestamp(open_until));
    Ok(Row { id: SupportId(id), version, asked_by, asked_of, open_until, body })
}

/// Puts a new one in, with its first step.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO support (id, version, asked_by, asked_of, open_until, body) VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(row.id.0)
    .bind(i64::from(row.version))
    .bind(&row.asked_by)
    .bind(&row.asked_of)
    .bind(row.open_until.0)
    .bind(&row.body[..])
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Takes one step further. `Conflict` if somebody else did.
pub async fn update(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE support SET version = $1, open_until = $2, body = $3 WHERE id = $4 AND version = $1 - 1"
    )
    .bind(i64::from(row.version))
    .bind(row.open_until.0)
    .bind(&row.body[..])
    .bind(row.id.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// One, if it is there.
pub async fn find(tx: &mut Tx, id: SupportId) -> Result<Option<Row>, StoreError> {
    let text = "SELECT id, version, asked_by, asked_of, open_until, body FROM support WHERE id = $1";
    rows::one(tx, text, id.0).await?.map(row).transpose()
}

/// Those of a desk, at either end, to which something can still happen.
pub async fn open(tx: &mut Tx, desk: &PostId, now: Timestamp) -> Result<Vec<Row>, StoreError> {
    let found: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, version, asked_by, asked_of, open_until, body FROM support \
         WHERE (asked_by = $1 OR asked_of = $1) AND open_until > $2 ORDER BY open_until, id"
    )
    .bind(desk.to_string())
    .bind(now.0)
    .fetch_all(c)
    .await)?;
    found.into_iter().map(row).collect()
}

/// The last ones of a desk, at either end, that have ended.
pub async fn ended(tx: &mut Tx, desk: &PostId, now: Timestamp, limit: i64) -> Result<Vec<Row>, StoreError> {
    let found: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, version, asked_by, asked_of, open_until, body FROM support \
         WHERE (asked_by = $1 OR asked_of = $1) AND open_until <= $2 ORDER BY open_until DESC, id LIMIT $3"
    )
    .bind(desk.to_string())
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    found.into_iter().map(row).collect()
}

/// A portion of all, after one of them.
pub async fn after(tx: &mut Tx, last: SupportId, limit: i64) -> Result<Vec<Row>, StoreError> {
    let text = "SELECT id, version, asked_by, asked_of, open_until, body FROM support WHERE id > $1 ORDER BY id LIMIT $2";
    rows::portion(tx, text, last.0, limit).await?.into_iter().map(row).collect()
}
