//! What somebody did with their own account: to the hour, and without an address.

use uuid::Uuid;

use super::{StoreError, Tx};
use crate::clock::Timestamp;
use crate::domain::id::AccountId;

pub async fn insert(
    tx: &mut Tx,
    id: Uuid,
    account: AccountId,
    what: &str,
    hour: Timestamp,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO account_event (id, account, what, hour) VALUES ($1, $2, $3, $4)"
    )
    .bind(id)
    .bind(account.0)
    .bind(what)
    .bind(hour.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// What an account saw, latest first: what and when, and how often within that hour.
pub async fn of_account(
    tx: &mut Tx,
    account: AccountId,
    limit: i64,
) -> Result<Vec<(String, Timestamp, i64)>, StoreError> {
    let rows: Vec<(String, i64, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT what, hour, COUNT(*) FROM account_event WHERE account = $1 \
         GROUP BY what, hour ORDER BY hour DESC, what LIMIT $2"
    )
    .bind(account.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(what, hour, times)| (what, Timestamp(hour), times)).collect())
}

/// Removes what is older than it is kept.
pub async fn remove_before(tx: &mut Tx, hour: Timestamp) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM account_event WHERE hour < $1")
        .bind(hour.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
