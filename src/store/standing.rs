//! What became of this database as a whole: restored from a backup, or moved elsewhere.

use super::{StoreError, Tx};
use crate::clock::Timestamp;

/// That a database was restored.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Restored {
    pub since: Timestamp,
    /// The batch after which the backup was made.
    pub made: Timestamp,
    /// The journal's last entry in the backup.
    pub last_entry: i64,
    /// Whether the journal says so.
    pub noted: bool,
}

/// Writes down that this database was restored; the latest time counts.
pub async fn set_restored(tx: &mut Tx, restored: &Restored) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO standing (what, since, made, last_entry, noted) VALUES ('restored', $1, $2, $3, $4) \
         ON CONFLICT (what) DO UPDATE SET since = excluded.since, made = excluded.made, \
         last_entry = excluded.last_entry, noted = excluded.noted"
    )
    .bind(restored.since.0)
    .bind(restored.made.0)
    .bind(restored.last_entry)
    .bind(i64::from(restored.noted))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type Raw = (i64, Option<i64>, Option<i64>, i64);

/// Whether this database was restored, and from what.
pub async fn restored(tx: &mut Tx) -> Result<Option<Restored>, StoreError> {
    let found: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT since, made, last_entry, noted FROM standing WHERE what = 'restored'"
    )
    .fetch_optional(c)
    .await)?;
    let read = |(since, made, last_entry, noted): Raw| {
        Some(Restored {
            since: Timestamp(since),
            made: Timestamp(made?),
            last_entry: last_entry?,
            noted: noted != 0,
        })
    };
    found.map(|raw| read(raw).ok_or(StoreError::Damaged)).transpose()
}

/// Writes down that the journal says that this database was restored. Returns false if it was written down before.
pub async fn set_noted(tx: &mut Tx) -> Result<bool, StoreError> {
    let changed =
        with_tx!(tx, |c| sqlx::query("UPDATE standing SET noted = 1 WHERE what = 'restored' AND noted = 0")
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    Ok(changed == 1)
}

/// Writes down that everything in this database was moved to another.
pub async fn set_moved(tx: &mut Tx, since: Timestamp) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO standing (what, since, noted) VALUES ('moved', $1, 1) \
         ON CONFLICT (what) DO UPDATE SET since = excluded.since"
    )
    .bind(since.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Since when everything in this database has been elsewhere; none if it is still here.
pub async fn moved(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let since: Option<i64> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT since FROM standing WHERE what = 'moved'")
            .fetch_optional(c)
            .await)?;
    Ok(since.map(Timestamp))
}

/// Takes back that everything was moved: it was not.
pub async fn remove_moved(tx: &mut Tx) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM standing WHERE what = 'moved'").execute(c).await.map(drop))?;
    Ok(())
}
