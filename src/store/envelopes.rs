//! Sealed texts and the wrapped keys that open them.

use uuid::Uuid;

use super::{StoreError, Tx, small};
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::id::{CaseId, EnvelopeId};

/// A sealed text as it rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Envelope {
    pub id: EnvelopeId,
    pub case: CaseId,
    pub audience: Audience,
    pub audience_version: u32,
    pub kind: Kind,
    pub author: AuthorClass,
    /// The case's version when it was written.
    pub case_version: u32,
    pub body: Vec<u8>,
}

/// An audience's key, wrapped for one reader and sealed once more under the service key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wrap {
    pub case: CaseId,
    pub audience: Audience,
    pub version: u32,
    pub reader: Reader,
    /// Version of the reader's own key.
    pub key_version: u32,
    pub body: Vec<u8>,
}

/// The stored word for a reader.
#[must_use]
pub fn reader_word(reader: &Reader) -> String {
    match reader {
        Reader::Post(post) => post.to_string(),
        Reader::Account(account) => format!("account:{account}"),
        Reader::Receipt => "receipt".to_owned(),
    }
}

fn reader_of(word: &str) -> Result<Reader, StoreError> {
    if word == "receipt" {
        return Ok(Reader::Receipt);
    }
    if let Some(account) = word.strip_prefix("account:") {
        return account.parse().map(Reader::Account).map_err(|_| StoreError::Damaged);
    }
    word.parse().map(Reader::Post).map_err(|_| StoreError::Damaged)
}

pub async fn insert(tx: &mut Tx, envelope: &Envelope) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO envelope (id, case_id, audience, audience_version, kind, author, case_version, body) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(envelope.id.0)
    .bind(envelope.case.0)
    .bind(i64::from(envelope.audience.code()))
    .bind(i64::from(envelope.audience_version))
    .bind(i64::from(envelope.kind.code()))
    .bind(i64::from(envelope.author.code()))
    .bind(i64::from(envelope.case_version))
    .bind(&envelope.body[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type RawEnvelope = (Uuid, Uuid, i64, i64, i64, i64, i64, Vec<u8>);

fn code(value: i64) -> u8 {
    // Zero is no code of anything, so what does not fit is found damaged by the caller.
    u8::try_from(value).unwrap_or(0)
}

fn envelope(raw: RawEnvelope) -> Result<Envelope, StoreError> {
    let (id, case, audience, audience_version, kind, author, case_version, body) = raw;
    Ok(Envelope {
        id: EnvelopeId(id),
        case: CaseId(case),
        audience: Audience::from_code(code(audience)).ok_or(StoreError::Damaged)?,
        audience_version: small(audience_version)?,
        kind: Kind::from_code(code(kind)).ok_or(StoreError::Damaged)?,
        author: AuthorClass::from_code(code(author)).ok_or(StoreError::Damaged)?,
        case_version: small(case_version)?,
        body,
    })
}

/// Every sealed text of a case, oldest first.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Envelope>, StoreError> {
    let rows: Vec<RawEnvelope> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, case_id, audience, audience_version, kind, author, case_version, body FROM envelope \
         WHERE case_id = $1 ORDER BY case_version, kind, id"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(envelope).collect()
}

/// One sealed text.
pub async fn find(tx: &mut Tx, id: EnvelopeId) -> Result<Option<Envelope>, StoreError> {
    let row: Option<RawEnvelope> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, case_id, audience, audience_version, kind, author, case_version, body FROM envelope \
         WHERE id = $1"
    )
    .bind(id.0)
    .fetch_optional(c)
    .await)?;
    row.map(envelope).transpose()
}

pub async fn insert_wrap(tx: &mut Tx, wrap: &Wrap) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO audience_wrap (case_id, audience, version, reader, key_version, body) \
         VALUES ($1, $2, $3, $4, $5, $6)"
    )
    .bind(wrap.case.0)
    .bind(i64::from(wrap.audience.code()))
    .bind(i64::from(wrap.version))
    .bind(reader_word(&wrap.reader))
    .bind(i64::from(wrap.key_version))
    .bind(&wrap.body[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type RawWrap = (i64, i64, String, i64, Vec<u8>);

fn wrap(case: CaseId, raw: RawWrap) -> Result<Wrap, StoreError> {
    let (audience, version, reader, key_version, body) = raw;
    Ok(Wrap {
        case,
        audience: Audience::from_code(code(audience)).ok_or(StoreError::Damaged)?,
        version: small(version)?,
        reader: reader_of(&reader)?,
        key_version: small(key_version)?,
        body,
    })
}

/// The wraps that one reader has in a case.
pub async fn wraps_for(tx: &mut Tx, case: CaseId, reader: &Reader) -> Result<Vec<Wrap>, StoreError> {
    let rows: Vec<RawWrap> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT audience, version, reader, key_version, body FROM audience_wrap \
         WHERE case_id = $1 AND reader = $2 ORDER BY audience, version"
    )
    .bind(case.0)
    .bind(reader_word(reader))
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(|raw| wrap(case, raw)).collect()
}

/// Who the versions of a case's audiences are wrapped for: audience, version, reader, and the version of
/// the reader's own key.
pub async fn readers(tx: &mut Tx, case: CaseId) -> Result<Vec<(Audience, u32, Reader, u32)>, StoreError> {
    let rows: Vec<(i64, i64, String, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT audience, version, reader, key_version FROM audience_wrap WHERE case_id = $1"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(audience, version, reader, key_version)| {
            Ok((
                Audience::from_code(code(audience)).ok_or(StoreError::Damaged)?,
                small(version)?,
                reader_of(&reader)?,
                small(key_version)?,
            ))
        })
        .collect()
}

/// The newest sealed text of a kind.
pub async fn newest(tx: &mut Tx, case: CaseId, kind: Kind) -> Result<Option<EnvelopeId>, StoreError> {
    let id: Option<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM envelope WHERE case_id = $1 AND kind = $2 ORDER BY case_version DESC LIMIT 1"
    )
    .bind(case.0)
    .bind(i64::from(kind.code()))
    .fetch_optional(c)
    .await)?;
    Ok(id.map(EnvelopeId))
}

/// Cases that have a rating of an outcome ([`Kind::Rating`]), in the order of their identifiers. The kind stands in the
/// text, so that the index of these alone is used.
pub async fn rated(tx: &mut Tx, limit: i64, skip: i64) -> Result<Vec<CaseId>, StoreError> {
    let ids: Vec<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT DISTINCT case_id FROM envelope WHERE kind = 26 ORDER BY case_id LIMIT $1 OFFSET $2"
    )
    .bind(limit)
    .bind(skip)
    .fetch_all(c)
    .await)?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// Destroys every text of a case but those of its outcome, one that is named, and check-ins from a version on.
pub async fn destroy(
    tx: &mut Tx,
    case: CaseId,
    words: Option<EnvelopeId>,
    check_ins_from: Option<u32>,
) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query(
        "DELETE FROM envelope WHERE case_id = $1 AND audience <> $2 AND id <> $3 \
         AND NOT (kind = $4 AND case_version >= $5)"
    )
    .bind(case.0)
    .bind(i64::from(Audience::Outcome.code()))
    .bind(words.map_or(Uuid::nil(), |id| id.0))
    .bind(i64::from(Kind::CheckIn.code()))
    .bind(check_ins_from.map_or(i64::MAX, i64::from))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}

/// Destroys the texts of one kind.
pub async fn destroy_kind(tx: &mut Tx, case: CaseId, kind: Kind) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query("DELETE FROM envelope WHERE case_id = $1 AND kind = $2")
        .bind(case.0)
        .bind(i64::from(kind.code()))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Destroys what one reader has of a case's keys.
pub async fn destroy_wraps_of(tx: &mut Tx, case: CaseId, reader: &Reader) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query("DELETE FROM audience_wrap WHERE case_id = $1 AND reader = $2")
        .bind(case.0)
        .bind(reader_word(reader))
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?)
}

/// Destroys every key of a case that opens nothing any more, but for its outcome's; where the outcome's words
/// for the reporter are all that is left, everybody's but the receipt's.
pub async fn destroy_idle_wraps(tx: &mut Tx, case: CaseId) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query(
        "DELETE FROM audience_wrap WHERE case_id = $1 AND audience <> $2 AND NOT EXISTS (\
         SELECT 1 FROM envelope WHERE envelope.case_id = audience_wrap.case_id \
         AND envelope.audience = audience_wrap.audience \
         AND envelope.audience_version = audience_wrap.version \
         AND (envelope.kind <> $3 OR audience_wrap.reader = 'receipt'))"
    )
    .bind(case.0)
    .bind(i64::from(Audience::Outcome.code()))
    .bind(i64::from(Kind::OutcomeWords.code()))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?)
}
