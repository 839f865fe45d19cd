//! Versions of calendar and time standards, and who agreed to them.

use uuid::Uuid;

use super::{StoreError, Tx, one_row};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, ComponentId};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: i64,
    pub body: String,
    pub proposed_at: Timestamp,
    pub proposed_by: AccountId,
    pub in_force_at: Option<Timestamp>,
    pub declined_by: Option<AccountId>,
}

/// A version as a row: number, body, proposed at and by, in force at, declined by.
type Raw = (i64, String, i64, Uuid, Option<i64>, Option<Uuid>);

fn version(raw: Raw) -> Version {
    let (version, body, proposed_at, proposed_by, in_force_at, declined_by) = raw;
    Version {
        version,
        body,
        proposed_at: Timestamp(proposed_at),
        proposed_by: AccountId(proposed_by),
        in_force_at: in_force_at.map(Timestamp),
        declined_by: declined_by.map(AccountId),
    }
}

/// The newest version, whatever became of it.
pub async fn newest(tx: &mut Tx) -> Result<Option<Version>, StoreError> {
    let row: Option<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, body, proposed_at, proposed_by, in_force_at, declined_by FROM time_settings \
         ORDER BY version DESC LIMIT 1",
        )
        .fetch_optional(c)
        .await
    })?;
    Ok(row.map(version))
}

/// Every version, oldest first.
pub async fn all(tx: &mut Tx) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, body, proposed_at, proposed_by, in_force_at, declined_by FROM time_settings \
         ORDER BY version",
        )
        .fetch_all(c)
        .await
    })?;
    Ok(rows.into_iter().map(version).collect())
}

/// Every version that is or was in force, oldest first.
pub async fn in_force(tx: &mut Tx) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, body, proposed_at, proposed_by, in_force_at, declined_by FROM time_settings \
         WHERE in_force_at IS NOT NULL ORDER BY version",
        )
        .fetch_all(c)
        .await
    })?;
    Ok(rows.into_iter().map(version).collect())
}

/// The number of the version in force; 0 if nothing was ever set.
pub async fn version_in_force(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT COALESCE(MAX(version), 0) FROM time_settings WHERE in_force_at IS NOT NULL"
    )
    .fetch_one(c)
    .await)?)
}

/// Adds the next version. `Duplicate` if somebody else added it first.
pub async fn insert(tx: &mut Tx, row: &Version) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO time_settings (version, body, proposed_at, proposed_by, in_force_at) \
         VALUES ($1, $2, $3, $4, $5)"
    )
    .bind(row.version)
    .bind(&row.body)
    .bind(row.proposed_at.0)
    .bind(row.proposed_by.0)
    .bind(row.in_force_at.map(|at| at.0))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Puts a version in force that waits. `Conflict` if it does not wait any more.
pub async fn put_in_force(tx: &mut Tx, version: i64, at: Timestamp) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE time_settings SET in_force_at = $1 \
         WHERE version = $2 AND in_force_at IS NULL AND declined_by IS NULL"
    )
    .bind(at.0)
    .bind(version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Records that a version was declined. `Conflict` if it does not wait any more.
pub async fn decline(tx: &mut Tx, version: i64, by: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE time_settings SET declined_by = $1 \
         WHERE version = $2 AND in_force_at IS NULL AND declined_by IS NULL"
    )
    .bind(by.0)
    .bind(version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Records one lead's agreement. `Duplicate` if this component or this person has agreed before.
pub async fn agree(
    tx: &mut Tx,
    version: i64,
    component: &ComponentId,
    by: AccountId,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO time_agreement (version, component, account) VALUES ($1, $2, $3)"
    )
    .bind(version)
    .bind(component.as_str())
    .bind(by.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Who has agreed to a version, each for a component.
pub async fn agreements(tx: &mut Tx, version: i64) -> Result<Vec<(ComponentId, AccountId)>, StoreError> {
    let rows: Vec<(String, Uuid)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT component, account FROM time_agreement WHERE version = $1 ORDER BY component"
    )
    .bind(version)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(component, account)| (ComponentId(component), AccountId(account))).collect())
}

/// How many levels are under way, and when the last of them ends.
pub async fn running(tx: &mut Tx) -> Result<(i64, Option<Timestamp>), StoreError> {
    let (count, last): (i64, Option<i64>) = with_tx!(tx, |c| sqlx::query_as(
        "SELECT COUNT(*), MAX(level_due) FROM cases WHERE stage IN ('field', 'council', 'secretary')"
    )
    .fetch_one(c)
    .await)?;
    Ok((count, last.map(Timestamp)))
}
