//! Staff sessions. A reporter's visit has no row here or anywhere.

use uuid::Uuid;

use super::{StoreError, Tx, fixed};
use crate::clock::Timestamp;
use crate::domain::id::AccountId;

/// A session as it rests: keys sealed under a token that only the browser has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Session {
    pub token_hash: [u8; 32],
    pub account: AccountId,
    pub reading_sealed: Vec<u8>,
    /// There only while a fresh sign-in lasts.
    pub signing_sealed: Option<Vec<u8>>,
    pub fresh_until: Timestamp,
    pub idle_until: Timestamp,
    pub ends_at: Timestamp,
    /// The hour in which it began, for its owner to tell it from others.
    pub began_hour: Timestamp,
}

pub async fn insert(tx: &mut Tx, session: &Session) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO session (token_hash, account, reading_sealed, signing_sealed, fresh_until, idle_until, ends_at, began_hour) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(&session.token_hash[..])
    .bind(session.account.0)
    .bind(&session.reading_sealed[..])
    .bind(session.signing_sealed.as_deref())
    .bind(session.fresh_until.0)
    .bind(session.idle_until.0)
    .bind(session.ends_at.0)
    .bind(session.began_hour.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

type Raw = (Vec<u8>, Uuid, Vec<u8>, Option<Vec<u8>>, i64, i64, i64, i64);

fn session(raw: Raw) -> Result<Session, StoreError> {
    let (hash, account, reading_sealed, signing_sealed, fresh, idle, ends, began) = raw;
    Ok(Session {
        token_hash: fixed(&hash)?,
        account: AccountId(account),
        reading_sealed,
        signing_sealed,
        fresh_until: Timestamp(fresh),
        idle_until: Timestamp(idle),
        ends_at: Timestamp(ends),
        began_hour: Timestamp(began),
    })
}

/// The session of a token, if it has not ended.
pub async fn find(tx: &mut Tx, token_hash: &[u8; 32], now: Timestamp) -> Result<Option<Session>, StoreError> {
    let row: Option<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT token_hash, account, reading_sealed, signing_sealed, fresh_until, idle_until, ends_at, began_hour \
         FROM session WHERE token_hash = $1 AND idle_until > $2 AND ends_at > $2"
    )
    .bind(&token_hash[..])
    .bind(now.0)
    .fetch_optional(c)
    .await
    })?;
    row.map(session).transpose()
}

/// The sessions of an account that have not ended, latest first.
pub async fn of_account(tx: &mut Tx, account: AccountId, now: Timestamp) -> Result<Vec<Session>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT token_hash, account, reading_sealed, signing_sealed, fresh_until, idle_until, ends_at, began_hour \
         FROM session WHERE account = $1 AND idle_until > $2 AND ends_at > $2 ORDER BY ends_at DESC, token_hash"
    )
    .bind(account.0)
    .bind(now.0)
    .fetch_all(c)
    .await
    })?;
    rows.into_iter().map(session).collect()
}

/// Ends every session of an account but one.
pub async fn remove_others(tx: &mut Tx, account: AccountId, kept: &[u8; 32]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM session WHERE account = $1 AND token_hash <> $2")
        .bind(account.0)
        .bind(&kept[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Moves the end of idleness; and drops a signing key whose time is over.
pub async fn touch(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    idle_until: Timestamp,
    now: Timestamp,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "UPDATE session SET idle_until = $1, \
         signing_sealed = CASE WHEN fresh_until > $2 THEN signing_sealed ELSE NULL END WHERE token_hash = $3"
    )
    .bind(idle_until.0)
    .bind(now.0)
    .bind(&token_hash[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Opens the signing key for a while after a fresh sign-in.
pub async fn refresh(
    tx: &mut Tx,
    token_hash: &[u8; 32],
    signing_sealed: &[u8],
    fresh_until: Timestamp,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "UPDATE session SET signing_sealed = $1, fresh_until = $2 WHERE token_hash = $3"
    )
    .bind(signing_sealed)
    .bind(fresh_until.0)
    .bind(&token_hash[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Ends one session.
pub async fn remove(tx: &mut Tx, token_hash: &[u8; 32]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM session WHERE token_hash = $1")
        .bind(&token_hash[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Ends every session of an account.
pub async fn remove_all(tx: &mut Tx, account: AccountId) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM session WHERE account = $1")
        .bind(account.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// Removes what has ended.
pub async fn remove_ended(tx: &mut Tx, now: Timestamp) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM session WHERE idle_until <= $1 OR ends_at <= $1")
        .bind(now.0)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
