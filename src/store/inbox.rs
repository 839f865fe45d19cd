//! Reporters' acts on their way to a batch, receipts, and answers to acts that came too late.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// A keyed hash that finds one act again.
pub type ActId = [u8; 32];

/// A waiting act.
#[derive(Debug)]
pub struct Row {
    pub id: ActId,
    pub slot: Timestamp,
    pub body: Vec<u8>,
}

/// Puts an act in. `Duplicate` if the same act waits already.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO inbox (id, slot, body) VALUES ($1, $2, $3)")
        .bind(&row.id[..])
        .bind(row.slot.0)
        .bind(&row.body[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Puts a concern in, unless its receipt opens something already or it waits already. Returns whether it was put in.
pub async fn insert_unless_sent(tx: &mut Tx, row: &Row, lookup: &[u8; 32]) -> Result<bool, StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "INSERT INTO inbox (id, slot, body) SELECT $1, $2, $3 \
         WHERE NOT EXISTS (SELECT 1 FROM receipt WHERE lookup = $4) ON CONFLICT (id) DO NOTHING"
    )
    .bind(&row.id[..])
    .bind(row.slot.0)
    .bind(&row.body[..])
    .bind(&lookup[..])
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// The body of a waiting act.
pub async fn find(tx: &mut Tx, id: &ActId) -> Result<Option<Row>, StoreError> {
    let found: Option<(Vec<u8>, i64, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT id, slot, body FROM inbox WHERE id = $1")
            .bind(&id[..])
            .fetch_optional(c)
            .await)?;
    found.map(row).transpose()
}

/// Takes an act out. Returns whether it was there.
pub async fn remove(tx: &mut Tx, id: &ActId) -> Result<bool, StoreError> {
    // On PostgreSQL a row that a batch is just putting back in another order is gone for a statement
    // that waited for it, and there for the next; and a batch does so twice.
    for _ in 0..3 {
        let changed = with_tx!(tx, |c| sqlx::query("DELETE FROM inbox WHERE id = $1")
            .bind(&id[..])
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
        if changed == 1 {
            return Ok(true);
        }
    }
    Ok(false)
}

/// The acts whose batch has come, with their times, in no order that means anything.
pub async fn due(tx: &mut Tx, now: Timestamp) -> Result<Vec<(ActId, Timestamp)>, StoreError> {
    let rows: Vec<(Vec<u8>, i64)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT id, slot FROM inbox WHERE slot <= $1")
            .bind(now.0)
            .fetch_all(c)
            .await)?;
    rows.into_iter().map(|(id, slot)| Ok((super::fixed(&id)?, Timestamp(slot)))).collect()
}

/// Everything that waits, in no order that means anything.
pub async fn all(tx: &mut Tx) -> Result<Vec<ActId>, StoreError> {
    let ids: Vec<Vec<u8>> = with_tx!(tx, |c| sqlx::query_scalar("SELECT id FROM inbox").fetch_all(c).await)?;
    ids.iter().map(|id| super::fixed(id)).collect()
}

/// How many acts wait whose batch has come.
pub async fn count_due(tx: &mut Tx, now: Timestamp) -> Result<i64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM inbox WHERE slot <= $1")
        .bind(now.0)
        .fetch_one(c)
        .await)?)
}

fn row((id, slot, body): (Vec<u8>, i64, Vec<u8>)) -> Result<Row, StoreError> {
    Ok(Row { id: super::fixed(&id)?, slot: Timestamp(slot), body })
}

/// Takes acts out, to be put back in another order; those that are not there any more are left out. Whoever takes out
/// several does so in the order of their identifiers: two who do would else wait for each other.
pub async fn take(tx: &mut Tx, ids: &[ActId]) -> Result<Vec<Row>, StoreError> {
    let mut ids = ids.to_vec();
    ids.sort_unstable();
    let mut taken = Vec::with_capacity(ids.len());
    for id in &ids {
        let found: Option<(Vec<u8>, i64, Vec<u8>)> =
            with_tx!(tx, |c| sqlx::query_as("DELETE FROM inbox WHERE id = $1 RETURNING id, slot, body")
                .bind(&id[..])
                .fetch_optional(c)
                .await)?;
        taken.extend(found.map(row).transpose()?);
    }
    Ok(taken)
}

/// Lets an act that waits be looked at later.
pub async fn put_off(tx: &mut Tx, id: &ActId, slot: Timestamp) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("UPDATE inbox SET slot = $1 WHERE id = $2")
        .bind(slot.0)
        .bind(&id[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// When the next act is due; for a loop that must wake for urgent ones.
pub async fn next_slot(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let slot: Option<i64> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT MIN(slot) FROM inbox").fetch_one(c).await)?;
    Ok(slot.map(Timestamp))
}

/// Keeps what opens a case again by its receipt.
pub async fn insert_receipt(tx: &mut Tx, lookup: &[u8; 32], body: &[u8]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO receipt (lookup, body) VALUES ($1, $2)")
        .bind(&lookup[..])
        .bind(body)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// What a receipt opens.
pub async fn find_receipt(tx: &mut Tx, lookup: &[u8; 32]) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT body FROM receipt WHERE lookup = $1")
        .bind(&lookup[..])
        .fetch_optional(c)
        .await)?)
}

/// Whether an act waits. Nothing of it is read: the answer takes as long either way (AN-17).
pub async fn waits(tx: &mut Tx, id: &ActId) -> Result<bool, StoreError> {
    let count: i64 = with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM inbox WHERE id = $1")
        .bind(&id[..])
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// Whether a receipt opens anything. Nothing of it is read: the answer takes as long either way (AN-17).
pub async fn opens(tx: &mut Tx, lookup: &[u8; 32]) -> Result<bool, StoreError> {
    let count: i64 = with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM receipt WHERE lookup = $1")
        .bind(&lookup[..])
        .fetch_one(c)
        .await)?;
    Ok(count > 0)
}

/// Keeps why an act was refused at its batch.
pub async fn insert_refused(tx: &mut Tx, id: &ActId, body: &[u8]) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO refused_act (id, body) VALUES ($1, $2) ON CONFLICT (id) DO UPDATE SET body = excluded.body"
    )
    .bind(&id[..])
    .bind(body)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// Why an act was refused.
pub async fn find_refused(tx: &mut Tx, id: &ActId) -> Result<Option<Vec<u8>>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT body FROM refused_act WHERE id = $1")
        .bind(&id[..])
        .fetch_optional(c)
        .await)?)
}

/// Takes an answer to an act that came too late away.
pub async fn remove_refused(tx: &mut Tx, id: &ActId) -> Result<bool, StoreError> {
    let removed = with_tx!(tx, |c| sqlx::query("DELETE FROM refused_act WHERE id = $1")
        .bind(&id[..])
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed > 0)
}

/// Takes what a receipt opens away.
pub async fn remove_receipt(tx: &mut Tx, lookup: &[u8; 32]) -> Result<bool, StoreError> {
    let removed = with_tx!(tx, |c| sqlx::query("DELETE FROM receipt WHERE lookup = $1")
        .bind(&lookup[..])
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    Ok(removed > 0)
}

/// Up to `limit` receipts after one, in their order.
pub async fn receipts(
    tx: &mut Tx,
    after: &[u8; 32],
    limit: i64,
) -> Result<Vec<([u8; 32], Vec<u8>)>, StoreError> {
    let rows: Vec<(Vec<u8>, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT lookup, body FROM receipt WHERE lookup > $1 ORDER BY lookup LIMIT $2"
    )
    .bind(&after[..])
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(|(lookup, body)| Ok((super::fixed(&lookup)?, body))).collect()
}
