//! The journal's heads on their way to a place outside: one for each day and place.

use uuid::Uuid;

use super::{StoreError, Tx, fixed, one_row, small};
use crate::clock::Timestamp;
use crate::domain::id::DeliveryId;

/// Where heads are kept.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    File,
    Webhook,
}

impl Place {
    pub const ALL: [Self; 2] = [Self::File, Self::Webhook];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::File => "file",
            Self::Webhook => "webhook",
        }
    }
}

/// A head for one day and place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HeadOutside {
    /// Year, month and day, with hyphens.
    pub day: String,
    pub place: Place,
    pub sequence: i64,
    pub hash: [u8; 32],
    /// The reference that goes out with it.
    pub id: DeliveryId,
    pub kept: bool,
    pub tries: u32,
    pub next_at: Timestamp,
    pub version: i64,
}

/// Plans a head. `Duplicate` if there is one for this day and place.
pub async fn insert(tx: &mut Tx, head: &HeadOutside) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO head_outside (day, place, sequence, hash, id, kept, tries, next_at, version) \
         VALUES ($1, $2, $3, $4, $5, 0, 0, $6, 1)"
    )
    .bind(&head.day)
    .bind(head.place.word())
    .bind(head.sequence)
    .bind(&head.hash[..])
    .bind(head.id.0)
    .bind(head.next_at.0)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// The newest day for which a place has a head, kept or on its way.
pub async fn newest_day(tx: &mut Tx, place: Place) -> Result<Option<String>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT MAX(day) FROM head_outside WHERE place = $1")
        .bind(place.word())
        .fetch_one(c)
        .await)?)
}

type Raw = (String, i64, Vec<u8>, Uuid, i64, i64, i64, i64);

fn head(place: Place, raw: Raw) -> Result<HeadOutside, StoreError> {
    let (day, sequence, hash, id, kept, tries, next_at, version) = raw;
    Ok(HeadOutside {
        day,
        place,
        sequence,
        hash: fixed(&hash)?,
        id: DeliveryId(id),
        kept: kept != 0,
        tries: small(tries)?,
        next_at: Timestamp(next_at),
        version,
    })
}

/// The newest head that a place has taken.
pub async fn newest_kept(tx: &mut Tx, place: Place) -> Result<Option<HeadOutside>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT day, sequence, hash, id, kept, tries, next_at, version FROM head_outside \
         WHERE place = $1 AND kept = 1 ORDER BY day DESC LIMIT 1"
    )
    .bind(place.word())
    .fetch_optional(c)
    .await)?;
    raw.map(|raw| head(place, raw)).transpose()
}

/// Takes up the oldest head of a place that is due at `due`; nobody else takes it up before `until`.
/// `Conflict` if somebody else was first.
pub async fn claim(
    tx: &mut Tx,
    place: Place,
    due: Timestamp,
    until: Timestamp,
) -> Result<Option<HeadOutside>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT day, sequence, hash, id, kept, tries, next_at, version FROM head_outside \
         WHERE place = $1 AND kept = 0 AND next_at <= $2 ORDER BY day LIMIT 1"
    )
    .bind(place.word())
    .bind(due.0)
    .fetch_optional(c)
    .await)?;
    let Some(raw) = raw else { return Ok(None) };
    let mut taken = head(place, raw)?;
    taken.tries = taken.tries.saturating_add(1);
    settle(tx, &mut taken, false, until).await?;
    Ok(Some(taken))
}

/// Writes down what came of a head. `Conflict` if somebody else has taken it up meanwhile.
pub async fn settle(
    tx: &mut Tx,
    head: &mut HeadOutside,
    kept: bool,
    next_at: Timestamp,
) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE head_outside SET kept = $1, tries = $2, next_at = $3, version = version + 1 \
         WHERE day = $4 AND place = $5 AND version = $6"
    )
    .bind(i64::from(kept))
    .bind(i64::from(head.tries))
    .bind(next_at.0)
    .bind(&head.day)
    .bind(head.place.word())
    .bind(head.version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)?;
    head.kept = kept;
    head.next_at = next_at;
    head.version += 1;
    Ok(())
}

/// Forgets heads that were kept before a day.
pub async fn remove_kept(tx: &mut Tx, before: &str) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM head_outside WHERE kept = 1 AND day < $1")
        .bind(before)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
