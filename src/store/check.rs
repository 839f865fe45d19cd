//! Whole tables, for checking what rests against what the journal says.

use uuid::Uuid;

use super::{StoreError, Tx, small};
use crate::domain::id::{AccountId, CaseId, EnvelopeId};

/// A signed statement as it rests: the row's own words of what it is, and its body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Signed {
    pub post: String,
    pub key_version: i64,
    pub account: AccountId,
    pub body: Vec<u8>,
}

type RawSigned = (String, i64, Uuid, Vec<u8>);

fn signed((post, key_version, account, body): RawSigned) -> Signed {
    Signed { post, key_version, account: AccountId(account), body }
}

/// Every approval.
pub async fn approvals(tx: &mut Tx) -> Result<Vec<Signed>, StoreError> {
    let rows: Vec<RawSigned> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, key_version, account, body FROM approval ORDER BY post, key_version, account"
    )
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(signed).collect())
}

/// Every removal.
pub async fn removals(tx: &mut Tx) -> Result<Vec<Signed>, StoreError> {
    let rows: Vec<RawSigned> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, key_version, account, body FROM removal ORDER BY post, key_version, account"
    )
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(signed).collect())
}

/// Every version of every post's public key.
pub async fn post_keys(tx: &mut Tx) -> Result<Vec<(String, i64, Vec<u8>)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, version, public_key FROM post_key ORDER BY post, version"
    )
    .fetch_all(c)
    .await)?)
}

/// Every organisation file that was set, with its version.
pub async fn organisations(tx: &mut Tx) -> Result<Vec<(i64, String)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as("SELECT version, body FROM organisation ORDER BY version")
        .fetch_all(c)
        .await)?)
}

/// What waits for whom in a case: post, what, due and since, in this order.
pub async fn waiting(tx: &mut Tx, case: CaseId) -> Result<Vec<(String, String, i64, i64)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT post, what, due, since FROM waiting WHERE case_id = $1 ORDER BY post, what"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?)
}

/// Entries of the journal after `sequence`, in order: each its number, and its row unless that does not fit.
pub async fn journal(
    tx: &mut Tx,
    sequence: i64,
    limit: i64,
) -> Result<Vec<(i64, Option<super::journal::Row>)>, StoreError> {
    let rows = super::journal::raw_after(tx, sequence, limit).await?;
    Ok(rows.into_iter().map(|raw| (raw.0, super::journal::row(raw).ok())).collect())
}

/// A version of a key, if it fits.
#[must_use]
pub fn version(value: i64) -> Option<u32> {
    small(value).ok()
}

/// A sealed text without its body: what it is, for whom, by which version of the case's key and of the case.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Text {
    pub id: EnvelopeId,
    pub audience: i64,
    pub audience_version: i64,
    pub kind: i64,
    pub case_version: i64,
}

type RawText = (Uuid, i64, i64, i64, i64);

/// The sealed texts of a case; their bodies stay unread.
pub async fn texts(tx: &mut Tx, case: CaseId) -> Result<Vec<Text>, StoreError> {
    let rows: Vec<RawText> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, audience, audience_version, kind, case_version FROM envelope WHERE case_id = $1"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?;
    let text = |(id, audience, audience_version, kind, case_version): RawText| Text {
        id: EnvelopeId(id),
        audience,
        audience_version,
        kind,
        case_version,
    };
    Ok(rows.into_iter().map(text).collect())
}
