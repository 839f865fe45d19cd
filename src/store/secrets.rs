//! Keys that are carried over from one service key to the next, and which accounts still need the older ones.

use super::{StoreError, Tx, small};

/// A carried key as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stored {
    pub what: String,
    pub generation: u32,
    pub sealed: Vec<u8>,
}

/// Every carried key, oldest generation first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Stored>, StoreError> {
    let rows: Vec<(String, i64, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT what, generation, sealed FROM service_secret ORDER BY what, generation"
    )
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(what, generation, sealed)| Ok(Stored { what, generation: small(generation)?, sealed }))
        .collect()
}

/// Puts one in, unless another machine has just done so.
pub async fn insert(tx: &mut Tx, secret: &Stored) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO service_secret (what, generation, sealed) VALUES ($1, $2, $3) \
         ON CONFLICT (what, generation) DO NOTHING"
    )
    .bind(&secret.what)
    .bind(i64::from(secret.generation))
    .bind(&secret.sealed[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Removes the generations before `newest` that no account needs. Returns how many.
pub async fn remove_unneeded(tx: &mut Tx, what: &str, newest: u32) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query(
        "DELETE FROM service_secret WHERE what = $1 AND generation < $2 AND NOT EXISTS \
         (SELECT 1 FROM account WHERE salt IS NOT NULL AND pepper = service_secret.generation)"
    )
    .bind(what)
    .bind(i64::from(newest))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// Who has a passphrase that is mixed with an earlier pepper than this.
pub async fn before(tx: &mut Tx, newest: u32) -> Result<Vec<String>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT sign_in_name FROM account WHERE salt IS NOT NULL AND pepper < $1 ORDER BY sign_in_name"
    )
    .bind(i64::from(newest))
    .fetch_all(c)
    .await)?)
}
