//! What is to be told outside: that something waits. One row for each notice and channel, written in the
//! transaction that makes the notice, with neither address nor content.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, small};
use crate::clock::Timestamp;
use crate::domain::id::{DeliveryId, NoticeId, PostId};

/// How somebody is told.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Channel {
    Mail,
    Webhook,
}

impl Channel {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Mail => "mail",
            Self::Webhook => "webhook",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        [Self::Mail, Self::Webhook].into_iter().find(|one| one.word() == word).ok_or(StoreError::Damaged)
    }
}

/// How far a delivery is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum State {
    /// Certainly not delivered yet.
    Waiting,
    /// Handed over, and no answer: perhaps delivered.
    Handed,
    Sent,
    /// Given up; an administrator is asked.
    Dead,
    /// An administrator let it go.
    Dropped,
}

impl State {
    const ALL: [Self; 5] = [Self::Waiting, Self::Handed, Self::Sent, Self::Dead, Self::Dropped];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Waiting => "waiting",
            Self::Handed => "handed",
            Self::Sent => "sent",
            Self::Dead => "dead",
            Self::Dropped => "dropped",
        }
    }

    fn from_word(word: &str) -> Result<Self, StoreError> {
        Self::ALL.into_iter().find(|one| one.word() == word).ok_or(StoreError::Damaged)
    }
}

/// A delivery, with what its notice says of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Delivery {
    pub id: DeliveryId,
    pub notice: NoticeId,
    pub recipient: PostId,
    /// Whether the notice itself has been acknowledged.
    pub acknowledged: bool,
    pub channel: Channel,
    pub state: State,
    pub version: u32,
    /// The batch after which it was to go out.
    pub planned: Timestamp,
    pub next_at: Timestamp,
    /// How often it was taken up.
    pub tries: u32,
    /// How often it was handed over without an answer.
    pub unclear: u32,
    /// A fixed word for how it ended last; empty if it has not.
    pub reason: String,
}

/// Puts a delivery in that nobody has tried. `Duplicate` if this notice has one on this channel.
pub async fn insert(
    tx: &mut Tx,
    id: DeliveryId,
    notice: NoticeId,
    channel: Channel,
    planned: Timestamp,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO delivery (id, notice, channel, state, version, planned, next_at, tries, unclear, reason) \
         VALUES ($1, $2, $3, $4, 1, $5, $5, 0, 0, '')"
    )
    .bind(id.0)
    .bind(notice.0)
    .bind(channel.word())
    .bind(State::Waiting.word())
    .bind(planned.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    notice: Uuid,
    recipient: String,
    acknowledged_at: Option<i64>,
    channel: String,
    state: String,
    version: i64,
    planned: i64,
    next_at: i64,
    tries: i64,
    unclear: i64,
    reason: String,
}

fn delivery(raw: Raw) -> Result<Delivery, StoreError> {
    Ok(Delivery {
        id: DeliveryId(raw.id),
        notice: NoticeId(raw.notice),
        recipient: raw.recipient.parse().map_err(|_| StoreError::Damaged)?,
        acknowledged: raw.acknowledged_at.is_some(),
        channel: Channel::from_word(&raw.channel)?,
        state: State::from_word(&raw.state)?,
        version: small(raw.version)?,
        planned: Timestamp(raw.planned),
        next_at: Timestamp(raw.next_at),
        tries: small(raw.tries)?,
        unclear: small(raw.unclear)?,
        reason: raw.reason,
    })
}

/// Takes up one delivery that is due, soonest first, and keeps it from everybody else until `until`. The
/// identifiers are random, so among those of one batch the order is, too. `Conflict` if another node took
/// the same one up just then: ask again.
pub async fn claim(tx: &mut Tx, now: Timestamp, until: Timestamp) -> Result<Option<Delivery>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT d.*, n.recipient, n.acknowledged_at FROM delivery d JOIN notice n ON n.id = d.notice \
         WHERE d.state IN ('waiting', 'handed') AND d.next_at <= $1 ORDER BY d.next_at, d.id LIMIT 1"
    )
    .bind(now.0)
    .fetch_optional(c)
    .await)?;
    let Some(mut taken) = raw.map(delivery).transpose()? else { return Ok(None) };
    let version = taken.version;
    taken.tries = taken.tries.saturating_add(1);
    taken.next_at = until;
    update(tx, &mut taken, version).await?;
    Ok(Some(taken))
}

/// Writes down how far a delivery is, over the version that is known, and counts the version up.
/// `Conflict` if somebody else has it by now.
pub async fn update(tx: &mut Tx, row: &mut Delivery, known: u32) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE delivery SET state = $1, version = version + 1, next_at = $2, tries = $3, unclear = $4, reason = $5 \
         WHERE id = $6 AND version = $7"
    )
    .bind(row.state.word())
    .bind(row.next_at.0)
    .bind(i64::from(row.tries))
    .bind(i64::from(row.unclear))
    .bind(&row.reason)
    .bind(row.id.0)
    .bind(i64::from(known))
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)?;
    row.version = known.saturating_add(1);
    Ok(())
}

/// Gives everything up that is still on its way, for a reason: whether it went out is not known any more.
pub async fn give_up_all(tx: &mut Tx, reason: &str) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE delivery SET state = 'dead', version = version + 1, reason = $1 WHERE state IN ('waiting', 'handed')"
    )
    .bind(reason)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

pub async fn find(tx: &mut Tx, id: DeliveryId) -> Result<Option<Delivery>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT d.*, n.recipient, n.acknowledged_at FROM delivery d JOIN notice n ON n.id = d.notice \
         WHERE d.id = $1"
    )
    .bind(id.0)
    .fetch_optional(c)
    .await)?;
    raw.map(delivery).transpose()
}

/// The deliveries in a state, oldest plan first.
pub async fn in_state(tx: &mut Tx, state: State, limit: i64) -> Result<Vec<Delivery>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT d.*, n.recipient, n.acknowledged_at FROM delivery d JOIN notice n ON n.id = d.notice \
         WHERE d.state = $1 ORDER BY d.planned, d.id LIMIT $2"
    )
    .bind(state.word())
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(delivery).collect()
}

/// How many deliveries are in a state.
pub async fn count(tx: &mut Tx, state: State) -> Result<i64, StoreError> {
    let (count,): (i64,) =
        with_tx!(tx, |c| sqlx::query_as("SELECT COUNT(*) FROM delivery WHERE state = $1")
            .bind(state.word())
            .fetch_one(c)
            .await)?;
    Ok(count)
}

/// Removes what was sent or dropped and planned before a time. Returns how many.
pub async fn remove_ended(tx: &mut Tx, before: Timestamp) -> Result<u64, StoreError> {
    Ok(with_tx!(tx, |c| {
        sqlx::query("DELETE FROM delivery WHERE state IN ('sent', 'dropped') AND planned < $1")
            .bind(before.0)
            .execute(c)
            .await
            .map(|done| done.rows_affected())
    })?)
}
