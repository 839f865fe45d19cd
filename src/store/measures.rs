//! What was published of each quarter.

use super::{StoreError, Tx};

/// A quarter as it was published.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Such as 2026-Q2; later quarters come later in order.
    pub quarter: String,
    pub body: Vec<u8>,
}

/// Keeps a quarter. `Duplicate` if it was published before: it is never written over.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO measures (quarter, body) VALUES ($1, $2)")
        .bind(&row.quarter)
        .bind(&row.body[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The last quarter that was published.
pub async fn newest(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT MAX(quarter) FROM measures").fetch_one(c).await)?)
}

/// Every quarter that was published, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Row>, StoreError> {
    let rows: Vec<(String, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT quarter, body FROM measures ORDER BY quarter")
            .fetch_all(c)
            .await)?;
    Ok(rows.into_iter().map(|(quarter, body)| Row { quarter, body }).collect())
}
