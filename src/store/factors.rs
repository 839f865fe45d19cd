//! Second factors: the sealed secret of an app, and recovery codes as hashes.

use super::{StoreError, Tx, one_row, small};
use crate::domain::id::AccountId;

/// An enrolled app as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Factor {
    pub sealed: Vec<u8>,
    /// The latest step whose code was used.
    pub last_step: i64,
    pub generation: u32,
}

pub async fn find(tx: &mut Tx, account: AccountId) -> Result<Option<Factor>, StoreError> {
    let row: Option<(Vec<u8>, i64, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT sealed, last_step, generation FROM second_factor WHERE account = $1"
    )
    .bind(account.0)
    .fetch_optional(c)
    .await)?;
    row.map(|(sealed, last_step, generation)| {
        Ok(Factor { sealed, last_step, generation: small(generation)? })
    })
    .transpose()
}

/// Puts an app in the place of an earlier one. `Conflict` if somebody enrolled meanwhile: the generation must be
/// the one after.
pub async fn enrol(tx: &mut Tx, account: AccountId, factor: &Factor) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "INSERT INTO second_factor (account, sealed, last_step, generation) VALUES ($1, $2, $3, $4) \
         ON CONFLICT (account) DO UPDATE SET sealed = excluded.sealed, last_step = excluded.last_step, \
         generation = excluded.generation WHERE second_factor.generation = excluded.generation - 1"
    )
    .bind(account.0)
    .bind(&factor.sealed[..])
    .bind(factor.last_step)
    .bind(i64::from(factor.generation))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Seals the same secret anew, after a change of passphrase. `Conflict` if another app was enrolled meanwhile.
pub async fn reseal(
    tx: &mut Tx,
    account: AccountId,
    sealed: &[u8],
    generation: u32,
) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE second_factor SET sealed = $1 WHERE account = $2 AND generation = $3"
    )
    .bind(sealed)
    .bind(account.0)
    .bind(i64::from(generation))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Uses the code of a step up, and with it every earlier one. `Conflict` if one as late was used before.
pub async fn use_step(tx: &mut Tx, account: AccountId, step: i64) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE second_factor SET last_step = $1 WHERE account = $2 AND last_step < $1"
    )
    .bind(step)
    .bind(account.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Voids the app of an account.
pub async fn void_app(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM second_factor WHERE account = $1")
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Voids every recovery code of an account.
pub async fn void_recovery_codes(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM recovery_code WHERE account = $1")
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

pub async fn insert_recovery_code(
    tx: &mut Tx,
    account: AccountId,
    hash: &[u8; 32],
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO recovery_code (account, hash) VALUES ($1, $2)")
        .bind(account.0)
        .bind(&hash[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Uses a recovery code up. `Conflict` if there is no such code any more.
pub async fn use_recovery_code(tx: &mut Tx, account: AccountId, hash: &[u8; 32]) -> Result<(), StoreError> {
    let changed =
        with_tx!(tx, |c| sqlx::query("DELETE FROM recovery_code WHERE account = $1 AND hash = $2")
            .bind(account.0)
            .bind(&hash[..])
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// How many recovery codes are left.
pub async fn recovery_codes(tx: &mut Tx, account: AccountId) -> Result<u32, StoreError> {
    let count: i64 =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM recovery_code WHERE account = $1")
            .bind(account.0)
            .fetch_one(c)
            .await)?;
    small(count)
}

/// Makes sure that the passphrase is still the one of this salt, and keeps it so until the transaction ends:
/// what is sealed under its key must not outlive it. `Conflict` if it was changed meanwhile.
pub async fn hold_passphrase(tx: &mut Tx, account: AccountId, salt: &[u8]) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("UPDATE account SET salt = $2 WHERE id = $1 AND salt = $2")
        .bind(account.0)
        .bind(salt)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}
