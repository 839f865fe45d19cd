//! Versions of what an administrator proposes and Council leads agree to, and who agreed.

use uuid::Uuid;

use super::{StoreError, Tx, one_row};
use crate::clock::Timestamp;
use crate::domain::agreement::About;
use crate::domain::id::{AccountId, ComponentId};

/// One version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Version {
    pub version: i64,
    /// The version in force that it was looked at against.
    pub base: i64,
    pub body: String,
    pub proposed_at: Timestamp,
    pub proposed_by: AccountId,
    pub in_force_at: Option<Timestamp>,
    pub declined_by: Option<AccountId>,
}

/// A version as a row: number, base, body, proposed at and by, in force at, declined by.
type Raw = (i64, i64, String, i64, Uuid, Option<i64>, Option<Uuid>);

fn version(raw: Raw) -> Version {
    let (version, base, body, proposed_at, proposed_by, in_force_at, declined_by) = raw;
    Version {
        version,
        base,
        body,
        proposed_at: Timestamp(proposed_at),
        proposed_by: AccountId(proposed_by),
        in_force_at: in_force_at.map(Timestamp),
        declined_by: declined_by.map(AccountId),
    }
}

/// The newest version, whatever became of it.
pub async fn newest(tx: &mut Tx, about: About) -> Result<Option<Version>, StoreError> {
    let row: Option<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, base, body, proposed_at, proposed_by, in_force_at, declined_by FROM proposed_change \
         WHERE about = $1 ORDER BY version DESC LIMIT 1",
        )
        .bind(about.word())
        .fetch_optional(c)
        .await
    })?;
    Ok(row.map(version))
}

/// Every version, oldest first.
pub async fn all(tx: &mut Tx, about: About) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, base, body, proposed_at, proposed_by, in_force_at, declined_by FROM proposed_change \
         WHERE about = $1 ORDER BY version",
        )
        .bind(about.word())
        .fetch_all(c)
        .await
    })?;
    Ok(rows.into_iter().map(version).collect())
}

/// Every version that is or was in force, oldest first.
pub async fn in_force(tx: &mut Tx, about: About) -> Result<Vec<Version>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT version, base, body, proposed_at, proposed_by, in_force_at, declined_by FROM proposed_change \
         WHERE about = $1 AND in_force_at IS NOT NULL ORDER BY version",
        )
        .bind(about.word())
        .fetch_all(c)
        .await
    })?;
    Ok(rows.into_iter().map(version).collect())
}

/// The number of the version in force; 0 if nothing was ever set.
pub async fn version_in_force(tx: &mut Tx, about: About) -> Result<i64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT COALESCE(MAX(version), 0) FROM proposed_change WHERE about = $1 AND in_force_at IS NOT NULL"
    )
    .bind(about.word())
    .fetch_one(c)
    .await)?)
}

/// Adds the next version. `Duplicate` if somebody else added it first.
pub async fn insert(tx: &mut Tx, about: About, row: &Version) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO proposed_change (about, version, base, body, proposed_at, proposed_by, in_force_at) \
         VALUES ($1, $2, $3, $4, $5, $6, $7)"
    )
    .bind(about.word())
    .bind(row.version)
    .bind(row.base)
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
pub async fn put_in_force(tx: &mut Tx, about: About, version: i64, at: Timestamp) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE proposed_change SET in_force_at = $1 \
         WHERE about = $2 AND version = $3 AND in_force_at IS NULL AND declined_by IS NULL"
    )
    .bind(at.0)
    .bind(about.word())
    .bind(version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Records that a version was declined. `Conflict` if it does not wait any more.
pub async fn decline(tx: &mut Tx, about: About, version: i64, by: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE proposed_change SET declined_by = $1 \
         WHERE about = $2 AND version = $3 AND in_force_at IS NULL AND declined_by IS NULL"
    )
    .bind(by.0)
    .bind(about.word())
    .bind(version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Records one lead's agreement. `Duplicate` if this component or this person has agreed before.
pub async fn agree(
    tx: &mut Tx,
    about: About,
    version: i64,
    component: &ComponentId,
    by: AccountId,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO change_agreement (about, version, component, account) VALUES ($1, $2, $3, $4)"
    )
    .bind(about.word())
    .bind(version)
    .bind(component.as_str())
    .bind(by.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Who has agreed to a version, each for a component.
pub async fn agreements(
    tx: &mut Tx,
    about: About,
    version: i64,
) -> Result<Vec<(ComponentId, AccountId)>, StoreError> {
    let rows: Vec<(String, Uuid)> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT component, account FROM change_agreement WHERE about = $1 AND version = $2 ORDER BY component"
    )
    .bind(about.word())
    .bind(version)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(|(component, account)| (ComponentId(component), AccountId(account))).collect())
}
