//! Field members: who is on the roster, where they were before, what each has acknowledged.

use uuid::Uuid;

use super::{StoreError, Tx, fixed, one_row, small};
use crate::domain::id::MemberId;

/// Rows of one statement, where many are put in.
pub const TOGETHER: usize = 20;

/// Somebody on the roster, or who was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Member {
    pub id: MemberId,
    /// Keyed hash of the number.
    pub lookup: [u8; 32],
    pub unit: String,
    pub component: String,
    /// Days.
    pub since: String,
    pub gone: Option<String>,
    pub generation: u32,
    pub sealed: Vec<u8>,
}

/// A unit that somebody was in before.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Stay {
    pub member: MemberId,
    pub unit: String,
    pub component: String,
    /// The first and the last day.
    pub since: String,
    pub until: String,
}

/// How many of a unit came on the same day.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Strength {
    pub unit: String,
    pub component: String,
    pub since: String,
    pub count: u32,
}

macro_rules! bind_member {
    ($query:expr, $member:expr) => {
        $query
            .bind($member.id.0)
            .bind(&$member.lookup[..])
            .bind(&$member.unit)
            .bind(&$member.component)
            .bind(&$member.since)
            .bind(&$member.gone)
            .bind(i64::from($member.generation))
            .bind(&$member.sealed[..])
    };
}

/// Puts somebody on the roster. `Duplicate` if the number is there.
pub async fn insert(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        let query = sqlx::query(
            "INSERT INTO field_member (id, lookup, unit, component, since, gone, generation, sealed) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)",
        );
        bind_member!(query, member).execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Puts exactly [`TOGETHER`] people on the roster in one statement.
async fn insert_together(tx: &mut Tx, members: &[Member]) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        let query = sqlx::query(
            "INSERT INTO field_member (id, lookup, unit, component, since, gone, generation, sealed) VALUES \
         ($1, $2, $3, $4, $5, $6, $7, $8), ($9, $10, $11, $12, $13, $14, $15, $16), \
         ($17, $18, $19, $20, $21, $22, $23, $24), ($25, $26, $27, $28, $29, $30, $31, $32), \
         ($33, $34, $35, $36, $37, $38, $39, $40), ($41, $42, $43, $44, $45, $46, $47, $48), \
         ($49, $50, $51, $52, $53, $54, $55, $56), ($57, $58, $59, $60, $61, $62, $63, $64), \
         ($65, $66, $67, $68, $69, $70, $71, $72), ($73, $74, $75, $76, $77, $78, $79, $80), \
         ($81, $82, $83, $84, $85, $86, $87, $88), ($89, $90, $91, $92, $93, $94, $95, $96), \
         ($97, $98, $99, $100, $101, $102, $103, $104), ($105, $106, $107, $108, $109, $110, $111, $112), \
         ($113, $114, $115, $116, $117, $118, $119, $120), ($121, $122, $123, $124, $125, $126, $127, $128), \
         ($129, $130, $131, $132, $133, $134, $135, $136), ($137, $138, $139, $140, $141, $142, $143, $144), \
         ($145, $146, $147, $148, $149, $150, $151, $152), ($153, $154, $155, $156, $157, $158, $159, $160)",
        );
        let query = members.iter().fold(query, |query, member| bind_member!(query, member));
        query.execute(c).await.map(drop)
    })?;
    Ok(())
}

/// Puts many people on the roster.
pub async fn insert_all(tx: &mut Tx, members: &[Member]) -> Result<(), StoreError> {
    let mut whole = members.chunks_exact(TOGETHER);
    for together in &mut whole {
        insert_together(tx, together).await?;
    }
    for member in whole.remainder() {
        insert(tx, member).await?;
    }
    Ok(())
}

type Raw = (Uuid, Vec<u8>, String, String, String, Option<String>, i64, Vec<u8>);

fn member(raw: Raw) -> Result<Member, StoreError> {
    let (id, lookup, unit, component, since, gone, generation, sealed) = raw;
    Ok(Member {
        id: MemberId(id),
        lookup: fixed(&lookup)?,
        unit,
        component,
        since,
        gone,
        generation: small(generation)?,
        sealed,
    })
}

/// The member with a number.
pub async fn by_lookup(tx: &mut Tx, lookup: &[u8; 32]) -> Result<Option<Member>, StoreError> {
    let row: Option<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT id, lookup, unit, component, since, gone, generation, sealed FROM field_member WHERE lookup = $1"
    )
    .bind(&lookup[..])
    .fetch_optional(c)
    .await
    })?;
    row.map(member).transpose()
}

/// A member.
pub async fn find(tx: &mut Tx, id: MemberId) -> Result<Option<Member>, StoreError> {
    let row: Option<Raw> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT id, lookup, unit, component, since, gone, generation, sealed FROM field_member WHERE id = $1"
    )
    .bind(id.0)
    .fetch_optional(c)
    .await
    })?;
    row.map(member).transpose()
}

/// Up to `limit` members after one, also those who have left.
pub async fn after(tx: &mut Tx, last: MemberId, limit: i64) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, lookup, unit, component, since, gone, generation, sealed FROM field_member \
         WHERE id > $1 ORDER BY id LIMIT $2"
    )
    .bind(last.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(member).collect()
}

/// Who is in a unit now.
pub async fn of_unit(tx: &mut Tx, unit: &str) -> Result<Vec<Member>, StoreError> {
    let rows: Vec<Raw> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, lookup, unit, component, since, gone, generation, sealed FROM field_member \
         WHERE unit = $1 AND gone IS NULL ORDER BY id"
    )
    .bind(unit)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(member).collect()
}

/// Writes down where somebody is from now on, or that they are gone, and how they are called. Not their code.
pub async fn change(tx: &mut Tx, member: &Member) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "UPDATE field_member SET unit = $1, component = $2, since = $3, gone = $4, sealed = $5 WHERE id = $6"
    )
    .bind(&member.unit)
    .bind(&member.component)
    .bind(&member.since)
    .bind(&member.gone)
    .bind(&member.sealed[..])
    .bind(member.id.0)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    one_row(changed)
}

/// Gives somebody their next code. `Conflict` if another does not hold any more.
pub async fn next_code(tx: &mut Tx, id: MemberId, generation: u32) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE field_member SET generation = generation + 1 WHERE id = $1 AND generation = $2"
    )
    .bind(id.0)
    .bind(i64::from(generation))
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Takes somebody off who has received nothing. `Refused` while anything of theirs is kept.
pub async fn remove(tx: &mut Tx, id: MemberId) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query("DELETE FROM field_member WHERE id = $1")
        .bind(id.0)
        .execute(c)
        .await
        .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Keeps where somebody was before. Who comes and goes twice on a day was there once.
pub async fn end_stay(tx: &mut Tx, stay: &Stay) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO field_stay (member, unit, component, since, until) VALUES ($1, $2, $3, $4, $5) \
         ON CONFLICT (member, unit, since) DO NOTHING"
    )
    .bind(stay.member.0)
    .bind(&stay.unit)
    .bind(&stay.component)
    .bind(&stay.since)
    .bind(&stay.until)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type RawStay = (Uuid, String, String, String, String);

fn stay((member, unit, component, since, until): RawStay) -> Stay {
    Stay { member: MemberId(member), unit, component, since, until }
}

/// Where somebody was before.
pub async fn stays(tx: &mut Tx, id: MemberId) -> Result<Vec<Stay>, StoreError> {
    let rows: Vec<RawStay> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT member, unit, component, since, until FROM field_stay WHERE member = $1 ORDER BY since, unit"
    )
    .bind(id.0)
    .fetch_all(c)
    .await
    })?;
    Ok(rows.into_iter().map(stay).collect())
}

/// Where those were before who are on the roster now, with the unit and since when they are in it. In the order
/// of members.
pub async fn stays_before(tx: &mut Tx) -> Result<Vec<(String, String, Stay)>, StoreError> {
    let rows: Vec<(String, String, Uuid, String, String, String, String)> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT m.unit, m.since, s.member, s.unit, s.component, s.since, s.until \
         FROM field_stay s JOIN field_member m ON m.id = s.member WHERE m.gone IS NULL ORDER BY s.member, s.since"
    )
    .fetch_all(c)
    .await
    })?;
    Ok(rows
        .into_iter()
        .map(|(now, since, member, unit, component, began, until)| {
            (now, since, stay((member, unit, component, began, until)))
        })
        .collect())
}

/// How many are on the roster, by unit and by the day on which they came into it.
pub async fn strengths(tx: &mut Tx) -> Result<Vec<Strength>, StoreError> {
    let rows: Vec<(String, String, String, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT unit, component, since, COUNT(*) FROM field_member WHERE gone IS NULL \
         GROUP BY unit, component, since ORDER BY unit, component, since"
    )
    .fetch_all(c)
    .await)?;
    rows.into_iter()
        .map(|(unit, component, since, count)| Ok(Strength { unit, component, since, count: small(count)? }))
        .collect()
}

/// Writes down that somebody has acknowledged something; that they had, stays as it is.
pub async fn acknowledge(tx: &mut Tx, id: MemberId, item: Uuid, day: &str) -> Result<bool, StoreError> {
    let changed = with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO acknowledgement (member, item, day) VALUES ($1, $2, $3) ON CONFLICT (member, item) DO NOTHING"
    )
    .bind(id.0)
    .bind(item)
    .bind(day)
    .execute(c)
    .await
    .map(|done| done.rows_affected())
    })?;
    Ok(changed == 1)
}

/// What somebody has acknowledged, with its day.
pub async fn acknowledged(tx: &mut Tx, id: MemberId) -> Result<Vec<(Uuid, String)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT item, day FROM acknowledgement WHERE member = $1 ORDER BY item"
    )
    .bind(id.0)
    .fetch_all(c)
    .await)?)
}

/// What those who are in a unit now have acknowledged from one day on and before another.
pub async fn acknowledged_in(
    tx: &mut Tx,
    unit: &str,
    from: &str,
    before: &str,
) -> Result<Vec<(MemberId, Uuid)>, StoreError> {
    let rows: Vec<(Uuid, Uuid)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT a.member, a.item FROM field_member m JOIN acknowledgement a ON a.member = m.id \
         WHERE m.unit = $1 AND m.gone IS NULL AND a.day >= $2 AND a.day < $3 ORDER BY a.member, a.item"
    )
    .bind(unit)
    .bind(from)
    .bind(before)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(member, item)| (MemberId(member), item)).collect())
}

/// What members after one and up to another have acknowledged on a day or later, with its day.
pub async fn acknowledged_by(
    tx: &mut Tx,
    after: MemberId,
    last: MemberId,
    from: &str,
) -> Result<Vec<(MemberId, Uuid, String)>, StoreError> {
    let rows: Vec<(Uuid, Uuid, String)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT member, item, day FROM acknowledgement \
         WHERE member > $1 AND member <= $2 AND day >= $3 ORDER BY member, item"
    )
    .bind(after.0)
    .bind(last.0)
    .bind(from)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(member, item, day)| (MemberId(member), item, day)).collect())
}

/// How many of those who are on the roster had acknowledged something before a day, by the unit that they are in
/// now.
pub async fn reach(tx: &mut Tx, item: Uuid, before: &str) -> Result<Vec<(String, u32)>, StoreError> {
    let rows: Vec<(String, i64)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT m.unit, COUNT(*) FROM acknowledgement a JOIN field_member m ON m.id = a.member \
         WHERE a.item = $1 AND a.day < $2 AND m.gone IS NULL GROUP BY m.unit ORDER BY m.unit"
    )
    .bind(item)
    .bind(before)
    .fetch_all(c)
    .await)?;
    rows.into_iter().map(|(unit, count)| Ok((unit, small(count)?))).collect()
}

/// How often a roster was taken, and on which day the last one.
pub async fn roster(tx: &mut Tx) -> Result<(i64, Option<String>), StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as("SELECT version, day FROM roster WHERE only_row = 1")
        .fetch_one(c)
        .await)?)
}

/// Says that a roster is taken over the one of this version. `Conflict` if that is not the last.
pub async fn raise_roster(tx: &mut Tx, version: i64, day: &str) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE roster SET version = version + 1, day = $1 WHERE only_row = 1 AND version = $2"
    )
    .bind(day)
    .bind(version)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}
