//! Passkeys, each sealed, and challenges that were used.

use super::{StoreError, Tx, fixed, one_row, small};
use crate::clock::Timestamp;
use crate::domain::id::AccountId;

/// A passkey as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    /// A keyed hash of what the device calls it.
    pub id: [u8; 32],
    pub sealed: Vec<u8>,
    /// Raised by each use.
    pub version: u32,
}

/// The passkeys of an account.
pub async fn of_account(tx: &mut Tx, account: AccountId) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<(Vec<u8>, Vec<u8>, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, sealed, version FROM passkey WHERE account = $1 ORDER BY id"
    )
    .bind(account.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(id, sealed, version)| Ok(Stored { id: fixed(&id)?, sealed, version: small(version)? }))
        .collect()
}

/// How many an account has.
pub async fn count(tx: &mut Tx, account: AccountId) -> Result<u32, StoreError> {
    let count: i64 = with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM passkey WHERE account = $1")
        .bind(account.0)
        .fetch_one(c)
        .await)?;
    small(count)
}

/// Adds one. `Duplicate` if it is there already, whosever it is.
pub async fn insert(tx: &mut Tx, account: AccountId, id: &[u8; 32], sealed: &[u8]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO passkey (id, account, sealed, version) VALUES ($1, $2, $3, 1)"
    )
    .bind(&id[..])
    .bind(account.0)
    .bind(sealed)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Keeps what a use changed. `Conflict` if it was used or removed meanwhile.
pub async fn used(
    tx: &mut Tx,
    account: AccountId,
    id: &[u8; 32],
    sealed: &[u8],
    version: u32,
) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE passkey SET sealed = $1, version = version + 1 WHERE id = $2 AND account = $3 AND version = $4"
    )
    .bind(sealed)
    .bind(&id[..])
    .bind(account.0)
    .bind(i64::from(version))
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)
}

/// Removes one. `Conflict` if the account has none of that name.
pub async fn remove(tx: &mut Tx, account: AccountId, id: &[u8; 32]) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("DELETE FROM passkey WHERE id = $1 AND account = $2")
        .bind(&id[..])
        .bind(account.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Removes every one of an account.
pub async fn void(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM passkey WHERE account = $1")
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Uses a challenge up, whoever answered it. `Conflict` if it was used before, on whichever machine.
pub async fn use_challenge(
    tx: &mut Tx,
    hash: &[u8; 32],
    forgotten_hour: Timestamp,
) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO passkey_challenge (hash, forgotten_hour) VALUES ($1, $2) ON CONFLICT (hash) DO NOTHING"
    )
    .bind(&hash[..])
    .bind(forgotten_hour.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)
}

/// Forgets the challenges whose time is long over.
pub async fn forget_challenges(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM passkey_challenge WHERE forgotten_hour <= $1")
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
