//! The deployment and its organisation file.

use uuid::Uuid;

use super::{StoreError, Tx, one_row};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, DeploymentId};

/// What this installation is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Deployment {
    pub id: DeploymentId,
    pub founded_at: Option<Timestamp>,
    pub people_version: i64,
}

/// Makes the deployment. `Duplicate` if there is one.
pub async fn create_deployment(tx: &mut Tx, id: DeploymentId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO deployment (only_row, id, people_version) VALUES (1, $1, 0)")
        .bind(id.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The deployment, once there is one.
pub async fn deployment(tx: &mut Tx) -> Result<Option<Deployment>, StoreError> {
    let row: Option<(Uuid, Option<i64>, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, founded_at, people_version FROM deployment WHERE only_row = 1"
    )
    .fetch_optional(c)
    .await)?;
    Ok(row.map(|(id, founded_at, people_version)| Deployment {
        id: DeploymentId(id),
        founded_at: founded_at.map(Timestamp),
        people_version,
    }))
}

/// Records that both founding leads have taken their posts. `Conflict` if that was recorded before.
pub async fn found(tx: &mut Tx, at: Timestamp) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE deployment SET founded_at = $1 WHERE only_row = 1 AND founded_at IS NULL"
    )
    .bind(at.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Says that accounts, members, keys or approvals have changed.
pub async fn people_changed(tx: &mut Tx) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE deployment SET people_version = people_version + 1 WHERE only_row = 1"
    )
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// The newest organisation file and its version.
pub async fn newest(tx: &mut Tx) -> Result<Option<(i64, String)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT version, body FROM organisation ORDER BY version DESC LIMIT 1"
    )
    .fetch_optional(c)
    .await)?)
}

/// The newest version's number alone; 0 if there is none.
pub async fn newest_version(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT COALESCE(MAX(version), 0) FROM organisation")
        .fetch_one(c)
        .await)?)
}

/// Adds the next version. `Duplicate` if somebody else added it first.
pub async fn insert(
    tx: &mut Tx,
    version: i64,
    body: &str,
    at: Timestamp,
    by: Option<AccountId>,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO organisation (version, body, set_at, set_by) VALUES ($1, $2, $3, $4)"
    )
    .bind(version)
    .bind(body)
    .bind(at.0)
    .bind(by.map(|id| id.0))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The version after this one, with its file and when it was set.
pub async fn after(tx: &mut Tx, version: i64) -> Result<Option<(i64, String, Timestamp)>, StoreError> {
    let row: Option<(i64, String, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT version, body, set_at FROM organisation WHERE version > $1 ORDER BY version LIMIT 1"
    )
    .bind(version)
    .fetch_optional(c)
    .await)?;
    Ok(row.map(|(version, body, at)| (version, body, Timestamp(at))))
}
