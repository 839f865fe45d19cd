//! Case rows and what waits for whom: both follow from the events and are kept for queries.

use uuid::Uuid;

use super::{StoreError, Tx, one_row, small};
use crate::clock::Timestamp;
use crate::domain::dispute::{StageName, Waiting, WaitingFor};
use crate::domain::id::{CaseId, PostId, UnitId};

/// A case row. In clear is only what AN-25 lists; the rest is sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    pub id: CaseId,
    /// Three letters and four digits, random (AN-10).
    pub number: String,
    pub version: u32,
    pub stage: StageName,
    /// `routine` or `extraordinary`.
    pub pace: String,
    pub raising_unit: UnitId,
    pub concerned_unit: UnitId,
    pub level_due: Option<Timestamp>,
    /// When the clock next has something to do.
    pub next_due: Option<Timestamp>,
    /// When something of it is to be destroyed.
    pub retain_due: Option<Timestamp>,
    /// The week of the batch that opened it, in weeks since the epoch.
    pub released_week: i64,
    pub state: Vec<u8>,
    pub subject: Vec<u8>,
}

/// Puts a new case in. `Duplicate` if the number is taken.
pub async fn insert(tx: &mut Tx, row: &Row) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO cases (id, number, version, stage, pace, raising_unit, concerned_unit, level_due, \
         next_due, retain_due, released_week, state, subject) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $11, $12, $13)"
    )
    .bind(row.id.0)
    .bind(&row.number)
    .bind(i64::from(row.version))
    .bind(row.stage.word())
    .bind(&row.pace)
    .bind(row.raising_unit.as_str())
    .bind(row.concerned_unit.as_str())
    .bind(row.level_due.map(|t| t.0))
    .bind(row.next_due.map(|t| t.0))
    .bind(row.retain_due.map(|t| t.0))
    .bind(row.released_week)
    .bind(&row.state[..])
    .bind(&row.subject[..])
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

/// Writes a case's new state over the version it was decided on. `Conflict` if that has changed.
pub async fn update(tx: &mut Tx, row: &Row, decided_on: u32) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE cases SET version = $1, stage = $2, level_due = $3, next_due = $4, retain_due = $5, state = $6, \
         pace = $7 WHERE id = $8 AND version = $9"
    )
    .bind(i64::from(row.version))
    .bind(row.stage.word())
    .bind(row.level_due.map(|t| t.0))
    .bind(row.next_due.map(|t| t.0))
    .bind(row.retain_due.map(|t| t.0))
    .bind(&row.state[..])
    .bind(&row.pace)
    .bind(row.id.0)
    .bind(i64::from(decided_on))
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)
}

type Due = Option<i64>;
type Raw = (Uuid, String, i64, String, String, String, String, Due, Due, Due, i64, Vec<u8>, Vec<u8>);

fn row(raw: Raw) -> Result<Row, StoreError> {
    let (
        id,
        number,
        version,
        stage,
        pace,
        raising,
        concerned,
        level_due,
        next_due,
        retain_due,
        week,
        sealed,
        subject,
    ) = raw;
    Ok(Row {
        id: CaseId(id),
        number,
        version: small(version)?,
        stage: stage_of(&stage)?,
        pace,
        raising_unit: UnitId(raising),
        concerned_unit: UnitId(concerned),
        level_due: level_due.map(Timestamp),
        next_due: next_due.map(Timestamp),
        retain_due: retain_due.map(Timestamp),
        released_week: week,
        state: sealed,
        subject,
    })
}

fn stage_of(word: &str) -> Result<StageName, StoreError> {
    StageName::ALL.into_iter().find(|stage| stage.word() == word).ok_or(StoreError::Damaged)
}

/// One case.
pub async fn find(tx: &mut Tx, id: CaseId) -> Result<Option<Row>, StoreError> {
    let raw: Option<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, number, version, stage, pace, raising_unit, concerned_unit, level_due, next_due, \
         retain_due, released_week, state, subject FROM cases WHERE id = $1"
    )
    .bind(id.0)
    .fetch_optional(c)
    .await)?;
    raw.map(row).transpose()
}

/// The case with this number.
pub async fn by_number(tx: &mut Tx, number: &str) -> Result<Option<CaseId>, StoreError> {
    let id: Option<Uuid> = with_tx!(tx, |c| sqlx::query_scalar("SELECT id FROM cases WHERE number = $1")
        .bind(number)
        .fetch_optional(c)
        .await)?;
    Ok(id.map(CaseId))
}

/// Identifiers of up to `limit` cases after `after`, in order of identifier; for checks of the whole record.
pub async fn identifiers(tx: &mut Tx, after: Option<CaseId>, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    let ids: Vec<Uuid> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT id FROM cases WHERE id > $1 ORDER BY id LIMIT $2")
            .bind(after.map_or(Uuid::nil(), |id| id.0))
            .bind(limit)
            .fetch_all(c)
            .await)?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// Cases for which the clock has something to do, longest overdue first.
pub async fn due(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    let ids: Vec<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM cases WHERE next_due <= $1 ORDER BY next_due LIMIT $2"
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// Cases of which something is to be destroyed, longest overdue first.
pub async fn overdue(tx: &mut Tx, now: Timestamp, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    let ids: Vec<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT id FROM cases WHERE retain_due <= $1 ORDER BY retain_due LIMIT $2"
    )
    .bind(now.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// In how many cases the clock has had something to do since `by`, and of how many something has been to be destroyed.
pub async fn late(tx: &mut Tx, by: Timestamp) -> Result<(i64, i64), StoreError> {
    let clock: i64 = with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM cases WHERE next_due <= $1")
        .bind(by.0)
        .fetch_one(c)
        .await)?;
    let retention: i64 =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT COUNT(*) FROM cases WHERE retain_due <= $1")
            .bind(by.0)
            .fetch_one(c)
            .await)?;
    Ok((clock, retention))
}

/// Notes when something of a case goes, if it is still at this version.
pub async fn set_retain_due(
    tx: &mut Tx,
    case: CaseId,
    version: u32,
    due: Option<Timestamp>,
) -> Result<(), StoreError> {
    let changed =
        with_tx!(tx, |c| sqlx::query("UPDATE cases SET retain_due = $1 WHERE id = $2 AND version = $3")
            .bind(due.map(|t| t.0))
            .bind(case.0)
            .bind(i64::from(version))
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Writes anew what is kept of a case beside its fold.
pub async fn set_subject(tx: &mut Tx, case: CaseId, subject: &[u8]) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("UPDATE cases SET subject = $1 WHERE id = $2")
        .bind(subject)
        .bind(case.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Open cases that wait for a post or are in motion there, soonest due first.
pub async fn before(tx: &mut Tx, post: &PostId, limit: i64) -> Result<Vec<CaseId>, StoreError> {
    let ids: Vec<Uuid> = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT case_id FROM waiting WHERE post = $1 AND section < 3 ORDER BY section, due LIMIT $2"
    )
    .bind(post.to_string())
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(ids.into_iter().map(CaseId).collect())
}

/// When the clock next has something to do in any case.
pub async fn next_due(tx: &mut Tx) -> Result<Option<Timestamp>, StoreError> {
    let due: Option<i64> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT MIN(next_due) FROM cases").fetch_one(c).await)?;
    Ok(due.map(Timestamp))
}

/// How many cases are in each stage.
pub async fn count_by_stage(tx: &mut Tx) -> Result<Vec<(StageName, i64)>, StoreError> {
    let rows: Vec<(String, i64)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT stage, COUNT(*) FROM cases GROUP BY stage ORDER BY stage")
            .fetch_all(c)
            .await)?;
    rows.into_iter().map(|(stage, count)| Ok((stage_of(&stage)?, count))).collect()
}

/// Writes anew what waits for whom in a case.
pub async fn set_waiting(tx: &mut Tx, case: CaseId, waiting: &[Waiting]) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("DELETE FROM waiting WHERE case_id = $1")
        .bind(case.0)
        .execute(c)
        .await
        .map(drop))?;
    for item in waiting {
        with_tx!(tx, |c| sqlx::query(
            "INSERT INTO waiting (post, case_id, what, section, due, since) VALUES ($1, $2, $3, $4, $5, $6)"
        )
        .bind(item.post.to_string())
        .bind(case.0)
        .bind(item.what.word())
        .bind(item.what.section())
        .bind(item.due.0)
        .bind(item.since.0)
        .execute(c)
        .await
        .map(drop))?;
    }
    Ok(())
}

/// One line of a desk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DeskLine {
    pub case: CaseId,
    pub number: String,
    pub what: WaitingFor,
    pub due: Timestamp,
    pub since: Timestamp,
    pub stage: StageName,
    pub pace: String,
    pub raising_unit: UnitId,
    pub concerned_unit: UnitId,
    /// The fold, sealed under the service key.
    pub state: Vec<u8>,
}

type RawLine = (Uuid, String, String, i64, i64, String, String, String, String, Vec<u8>);

/// A part of what a post has on its desk: up to `limit` lines after the first `skip`, soonest due
/// first. `section` as [`WaitingFor::section`] says.
pub async fn desk(
    tx: &mut Tx,
    post: &PostId,
    section: i64,
    limit: i64,
    skip: i64,
) -> Result<Vec<DeskLine>, StoreError> {
    let rows: Vec<RawLine> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT w.case_id, k.number, w.what, w.due, w.since, k.stage, k.pace, k.raising_unit, k.concerned_unit, \
         k.state FROM waiting w JOIN cases k ON k.id = w.case_id \
         WHERE w.post = $1 AND w.section = $2 ORDER BY w.due, k.number LIMIT $3 OFFSET $4"
    )
    .bind(post.to_string())
    .bind(section)
    .bind(limit)
    .bind(skip)
    .fetch_all(c)
    .await
    })?;
    desk_lines(rows)
}

/// What has ended on a post's desk, newest first.
pub async fn ended(tx: &mut Tx, post: &PostId, limit: i64, skip: i64) -> Result<Vec<DeskLine>, StoreError> {
    let rows: Vec<RawLine> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT w.case_id, k.number, w.what, w.due, w.since, k.stage, k.pace, k.raising_unit, k.concerned_unit, \
         k.state FROM waiting w JOIN cases k ON k.id = w.case_id \
         WHERE w.post = $1 AND w.section = 3 ORDER BY w.due DESC, k.number LIMIT $2 OFFSET $3"
    )
    .bind(post.to_string())
    .bind(limit)
    .bind(skip)
    .fetch_all(c)
    .await
    })?;
    desk_lines(rows)
}

fn desk_lines(rows: Vec<RawLine>) -> Result<Vec<DeskLine>, StoreError> {
    rows.into_iter()
        .map(|(case, number, what, due, since, stage, pace, raising, concerned, state)| {
            Ok(DeskLine {
                case: CaseId(case),
                number,
                what: WaitingFor::ALL
                    .into_iter()
                    .find(|kind| kind.word() == what)
                    .ok_or(StoreError::Damaged)?,
                due: Timestamp(due),
                since: Timestamp(since),
                stage: stage_of(&stage)?,
                pace,
                raising_unit: UnitId(raising),
                concerned_unit: UnitId(concerned),
                state,
            })
        })
        .collect()
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
