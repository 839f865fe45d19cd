//! The access phrase (AN-27): its number and keyed hash.

use super::{StoreError, Tx, fixed};

/// A phrase that was set or removed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Row {
    /// Grows with each change.
    pub version: i64,
    /// None once it is removed.
    pub hash: Option<[u8; 32]>,
}

/// What was set last, if ever.
pub async fn current(tx: &mut Tx) -> Result<Option<Row>, StoreError> {
    let row: Option<(i64, Option<Vec<u8>>)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT version, hash FROM access_phrase WHERE only_row = 1")
            .fetch_optional(c)
            .await)?;
    row.map(|(version, hash)| Ok(Row { version, hash: hash.as_deref().map(fixed).transpose()? })).transpose()
}

/// Sets or removes it.
pub async fn set(tx: &mut Tx, row: Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO access_phrase (only_row, version, hash) VALUES (1, $1, $2) \
         ON CONFLICT (only_row) DO UPDATE SET version = excluded.version, hash = excluded.hash"
    )
    .bind(row.version)
    .bind(row.hash.map(|hash| hash.to_vec()))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}
