//! Notices to headquarters: one for each recipient of each resolution.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, small};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, CaseId, EnvelopeId, NoticeId, PostId, UnitId};

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    pub id: NoticeId,
    pub case: CaseId,
    /// Which resolution of the case: 1 for the first.
    pub resolution: u32,
    pub recipient: PostId,
    pub raising_unit: UnitId,
    pub concerned_unit: UnitId,
    /// Where it was decided: `field`, `council` or `secretary`.
    pub level: String,
    pub made_at: Timestamp,
    pub due: Timestamp,
    /// The sealed text, under the outcome audience.
    pub envelope: EnvelopeId,
    pub acknowledged: Option<(Timestamp, AccountId)>,
    /// When the next remedial action is due; none if nothing is open.
    pub remedy_due: Option<Timestamp>,
    /// The reporter has disputed this outcome.
    pub reopened: bool,
    /// This recipient has a notice of a later resolution of the same case.
    pub superseded: bool,
}

/// Which of a recipient's notices.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Filter<'a> {
    /// Those in which the unit is on either side; empty for all.
    pub unit: &'a str,
    /// Only those that are not acknowledged, reopened and not yet decided again, or with an action overdue.
    pub attention: bool,
}

/// Puts a notice in. `Duplicate` if this recipient has one for this resolution.
pub async fn insert(tx: &mut Tx, notice: &Notice) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO notice (id, case_id, resolution, recipient, raising_unit, concerned_unit, level, made_at, \
         due, envelope) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)"
    )
    .bind(notice.id.0)
    .bind(notice.case.0)
    .bind(i64::from(notice.resolution))
    .bind(notice.recipient.to_string())
    .bind(notice.raising_unit.as_str())
    .bind(notice.concerned_unit.as_str())
    .bind(&notice.level)
    .bind(notice.made_at.0)
    .bind(notice.due.0)
    .bind(notice.envelope.0)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct Raw {
    id: Uuid,
    case_id: Uuid,
    resolution: i64,
    recipient: String,
    raising_unit: String,
    concerned_unit: String,
    level: String,
    made_at: i64,
    due: i64,
    envelope: Uuid,
    acknowledged_at: Option<i64>,
    acknowledged_by: Option<Uuid>,
    remedy_due: Option<i64>,
    reopened: i64,
    superseded: i64,
}

fn notice(raw: Raw) -> Result<Notice, StoreError> {
    Ok(Notice {
        id: NoticeId(raw.id),
        case: CaseId(raw.case_id),
        resolution: small(raw.resolution)?,
        recipient: raw.recipient.parse().map_err(|_| StoreError::Damaged)?,
        raising_unit: UnitId(raw.raising_unit),
        concerned_unit: UnitId(raw.concerned_unit),
        level: raw.level,
        made_at: Timestamp(raw.made_at),
        due: Timestamp(raw.due),
        envelope: EnvelopeId(raw.envelope),
        acknowledged: raw.acknowledged_at.map(Timestamp).zip(raw.acknowledged_by.map(AccountId)),
        remedy_due: raw.remedy_due.map(Timestamp),
        reopened: raw.reopened != 0,
        superseded: raw.superseded != 0,
    })
}

/// A recipient's notices: those not acknowledged first, then those reopened or with an action overdue at
/// `now`; soonest due first.
pub async fn list(
    tx: &mut Tx,
    recipient: &PostId,
    filter: Filter<'_>,
    now: Timestamp,
    limit: i64,
    skip: i64,
) -> Result<Vec<Notice>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
            "SELECT * FROM (SELECT told_notice.*, CASE WHEN acknowledged_at IS NULL THEN 0 \
             WHEN (reopened = 1 AND superseded = 0) OR remedy_due < $5 THEN 1 ELSE 2 END AS urgency \
             FROM told_notice \
             WHERE recipient = $1 AND ($2 = '' OR raising_unit = $2 OR concerned_unit = $2)) AS sorted \
             WHERE urgency < $6 ORDER BY urgency, due, id LIMIT $3 OFFSET $4",
        )
        .bind(recipient.to_string())
        .bind(filter.unit)
        .bind(limit)
        .bind(skip)
        .bind(now.0)
        .bind(if filter.attention { 2_i64 } else { 3 })
        .fetch_all(c)
        .await
    })?;
    rows.into_iter().map(notice).collect()
}

pub async fn find(tx: &mut Tx, id: NoticeId) -> Result<Option<Notice>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as("SELECT * FROM told_notice WHERE id = $1")
        .bind(id.0)
        .fetch_optional(c)
        .await)?;
    raw.map(notice).transpose()
}

/// A case's notices.
pub async fn of_case(tx: &mut Tx, case: CaseId) -> Result<Vec<Notice>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT * FROM told_notice WHERE case_id = $1 ORDER BY resolution, recipient"
    )
    .bind(case.0)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(notice).collect()
}

/// Acknowledges a notice. `Conflict` if that was done before.
pub async fn acknowledge(tx: &mut Tx, id: NoticeId, at: Timestamp, by: AccountId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE notice SET acknowledged_at = $1, acknowledged_by = $2 WHERE id = $3 AND acknowledged_at IS NULL"
    )
    .bind(at.0)
    .bind(by.0)
    .bind(id.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)
}

/// Writes what has become of a resolution beside its notices.
pub async fn set_state(
    tx: &mut Tx,
    case: CaseId,
    resolution: u32,
    remedy_due: Option<Timestamp>,
    reopened: bool,
) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "UPDATE notice SET remedy_due = $1, reopened = $2 WHERE case_id = $3 AND resolution = $4"
    )
    .bind(remedy_due.map(|due| due.0))
    .bind(i64::from(reopened))
    .bind(case.0)
    .bind(i64::from(resolution))
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Adds one to a count that headquarters sees.
pub async fn count(tx: &mut Tx, what: &str) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO tally (what, count) VALUES ($1, 1) ON CONFLICT (what) DO UPDATE SET count = tally.count + 1"
    )
    .bind(what)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

/// The counts that headquarters sees.
pub async fn counts(tx: &mut Tx) -> Result<Vec<(String, i64)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as("SELECT what, count FROM tally ORDER BY what").fetch_all(c).await)?)
}

/// How many notices a recipient has not acknowledged, and how many of them are overdue.
pub async fn open_counts(tx: &mut Tx, recipient: &PostId, now: Timestamp) -> Result<(i64, i64), StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT COUNT(*), CAST(COALESCE(SUM(CASE WHEN due < $2 THEN 1 ELSE 0 END), 0) AS BIGINT) FROM notice \
         WHERE recipient = $1 AND acknowledged_at IS NULL"
    )
    .bind(recipient.to_string())
    .bind(now.0)
    .fetch_one(c)
    .await)?)
}

/// How many resolutions there are notices of, how many notices, and how many different recipients.
pub async fn totals(tx: &mut Tx) -> Result<(i64, i64, i64), StoreError> {
    let (resolutions,): (i64,) = with_tx!(tx, |c| sqlx::query_as(
        "SELECT COUNT(*) FROM (SELECT DISTINCT case_id, resolution FROM notice) AS resolved"
    )
    .fetch_one(c)
    .await)?;
    let (notices, recipients): (i64, i64) =
        with_tx!(tx, |c| sqlx::query_as("SELECT COUNT(*), COUNT(DISTINCT recipient) FROM notice")
            .fetch_one(c)
            .await)?;
    Ok((resolutions, notices, recipients))
}
