//! The field library: drafts that wait, entries that everybody reads, directives.

use uuid::Uuid;

use super::{StoreError, Tx, one_row};
use crate::domain::id::{DirectiveId, DraftId, EntryId};

/// A draft: the month in which it may appear at the earliest, and a sealed body.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Draft {
    pub id: DraftId,
    pub month: String,
    pub body: Vec<u8>,
}

/// A published entry.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Entry {
    pub id: EntryId,
    pub month: String,
    pub category: Option<String>,
    pub document: Option<String>,
    pub document_was: Option<String>,
    pub one: String,
    pub other: String,
    pub kind: String,
    pub level: String,
    pub body: String,
    pub state: String,
    pub reason: Option<String>,
    /// Those who settled it knew of earlier answers, and give another.
    pub departs: bool,
    /// The entries to which it is another answer, with spaces between.
    pub departs_from: String,
    /// Parties and successor of the document as they were. None where that was not kept.
    pub document_more: Option<String>,
}

/// A directive.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Directive {
    pub id: DirectiveId,
    pub day: String,
    pub issued_by: String,
    pub title: String,
    pub body: String,
    pub document: Option<String>,
    pub units: String,
    /// Why it was withdrawn, if it was.
    pub reason: Option<String>,
}

/// Puts a draft in.
pub async fn insert_draft(tx: &mut Tx, draft: &Draft) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO library_draft (id, month, body) VALUES ($1, $2, $3)")
        .bind(draft.id.0)
        .bind(&draft.month)
        .bind(&draft.body[..])
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

fn draft((id, month, body): (Uuid, String, Vec<u8>)) -> Draft {
    Draft { id: DraftId(id), month, body }
}

/// Takes every draft out, to be put back in another order.
pub async fn take_drafts(tx: &mut Tx) -> Result<Vec<Draft>, StoreError> {
    let rows: Vec<(Uuid, String, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as("DELETE FROM library_draft RETURNING id, month, body")
            .fetch_all(c)
            .await)?;
    Ok(rows.into_iter().map(draft).collect())
}

/// Every draft.
pub async fn drafts(tx: &mut Tx) -> Result<Vec<Draft>, StoreError> {
    let rows: Vec<(Uuid, String, Vec<u8>)> =
        with_tx!(tx, |c| sqlx::query_as("SELECT id, month, body FROM library_draft ORDER BY id")
            .fetch_all(c)
            .await)?;
    Ok(rows.into_iter().map(draft).collect())
}

/// Writes down that a month's batch runs, and on which day. `Duplicate` if it has run.
pub async fn begin_month(tx: &mut Tx, month: &str, day: &str) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("INSERT INTO library_month (month, day) VALUES ($1, $2)")
        .bind(month)
        .bind(day)
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}

/// The months whose batch has run, with the day on which their entries were handed out, as far as it was kept.
pub async fn days_of_months(tx: &mut Tx) -> Result<Vec<(String, String)>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(
        "SELECT month, day FROM library_month WHERE day IS NOT NULL ORDER BY month"
    )
    .fetch_all(c)
    .await)?)
}

/// The newest month whose batch has run.
pub async fn newest_month(tx: &mut Tx) -> Result<Option<String>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT MAX(month) FROM library_month").fetch_one(c).await)?)
}

/// Publishes an entry; its link to its case is sealed.
pub async fn insert_entry(tx: &mut Tx, entry: &Entry, link: &[u8]) -> Result<(), StoreError> {
    with_tx!(tx, |c| {
        sqlx::query(
        "INSERT INTO library_entry (id, month, category, document, document_was, one, other, kind, level, body, \
         state, reason, link, departs, departs_from, document_more) VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, \
         $11, $12, $13, $14, $15, $16)"
    )
    .bind(entry.id.0)
    .bind(&entry.month)
    .bind(&entry.category)
    .bind(&entry.document)
    .bind(&entry.document_was)
    .bind(&entry.one)
    .bind(&entry.other)
    .bind(&entry.kind)
    .bind(&entry.level)
    .bind(&entry.body)
    .bind(&entry.state)
    .bind(&entry.reason)
    .bind(link)
    .bind(i64::from(entry.departs))
    .bind(&entry.departs_from)
    .bind(&entry.document_more)
    .execute(c)
    .await
    .map(drop)
    })?;
    Ok(())
}

#[derive(sqlx::FromRow)]
struct RawEntry {
    id: Uuid,
    month: String,
    category: Option<String>,
    document: Option<String>,
    document_was: Option<String>,
    one: String,
    other: String,
    kind: String,
    level: String,
    body: String,
    state: String,
    reason: Option<String>,
    departs: i64,
    departs_from: String,
    document_more: Option<String>,
}

/// Everything that was ever published, newest month first; within a month in the order of identifiers, which
/// are drawn at random.
pub async fn entries(tx: &mut Tx) -> Result<Vec<Entry>, StoreError> {
    let rows: Vec<RawEntry> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT id, month, category, document, document_was, one, other, kind, level, body, state, reason, departs, \
         departs_from, document_more FROM library_entry ORDER BY month DESC, id"
    )
    .fetch_all(c)
    .await
    })?;
    let entry = |raw: RawEntry| Entry {
        id: EntryId(raw.id),
        month: raw.month,
        category: raw.category,
        document: raw.document,
        document_was: raw.document_was,
        one: raw.one,
        other: raw.other,
        kind: raw.kind,
        level: raw.level,
        body: raw.body,
        state: raw.state,
        reason: raw.reason,
        departs: raw.departs != 0,
        departs_from: raw.departs_from,
        document_more: raw.document_more,
    };
    Ok(rows.into_iter().map(entry).collect())
}

/// The sealed links of entries that hold, after one of them.
pub async fn links(tx: &mut Tx, after: EntryId, limit: i64) -> Result<Vec<(EntryId, Vec<u8>)>, StoreError> {
    let rows: Vec<(Uuid, Vec<u8>)> = with_tx!(tx, |c| sqlx::query_as(
        "SELECT id, link FROM library_entry WHERE id > $1 AND state = 'current' ORDER BY id LIMIT $2"
    )
    .bind(after.0)
    .bind(limit)
    .fetch_all(c)
    .await)?;
    Ok(rows.into_iter().map(|(id, link)| (EntryId(id), link)).collect())
}

/// Says what an entry is worth from now on. `Conflict` if it was not `before`.
pub async fn set_standing(
    tx: &mut Tx,
    id: EntryId,
    before: &str,
    state: &str,
    reason: Option<&str>,
) -> Result<(), StoreError> {
    let changed = with_tx!(tx, |c| sqlx::query(
        "UPDATE library_entry SET state = $1, reason = $2 WHERE id = $3 AND state = $4"
    )
    .bind(state)
    .bind(reason)
    .bind(id.0)
    .bind(before)
    .execute(c)
    .await
    .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// Publishes a directive.
pub async fn insert_directive(tx: &mut Tx, directive: &Directive) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query(
        "INSERT INTO directive (id, day, issued_by, title, body, document, units, reason) \
         VALUES ($1, $2, $3, $4, $5, $6, $7, $8)"
    )
    .bind(directive.id.0)
    .bind(&directive.day)
    .bind(&directive.issued_by)
    .bind(&directive.title)
    .bind(&directive.body)
    .bind(&directive.document)
    .bind(&directive.units)
    .bind(&directive.reason)
    .execute(c)
    .await
    .map(drop))?;
    Ok(())
}

type RawDirective = (Uuid, String, String, String, String, Option<String>, String, Option<String>);

/// Every directive, newest first.
pub async fn directives(tx: &mut Tx) -> Result<Vec<Directive>, StoreError> {
    let rows: Vec<RawDirective> = with_tx!(tx, |c| {
        sqlx::query_as(
        "SELECT id, day, issued_by, title, body, document, units, reason FROM directive ORDER BY day DESC, id"
    )
    .fetch_all(c)
    .await
    })?;
    let directive = |(id, day, issued_by, title, body, document, units, reason): RawDirective| Directive {
        id: DirectiveId(id),
        day,
        issued_by,
        title,
        body,
        document,
        units,
        reason,
    };
    Ok(rows.into_iter().map(directive).collect())
}

/// Withdraws a directive. `Conflict` if it is not there or was withdrawn.
pub async fn withdraw_directive(tx: &mut Tx, id: DirectiveId, reason: &str) -> Result<(), StoreError> {
    let changed =
        with_tx!(tx, |c| sqlx::query("UPDATE directive SET reason = $1 WHERE id = $2 AND reason IS NULL")
            .bind(reason)
            .bind(id.0)
            .execute(c)
            .await
            .map(|done| done.rows_affected()))?;
    one_row(changed)
}

/// How often what everybody reads has changed.
pub async fn version(tx: &mut Tx) -> Result<i64, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_scalar("SELECT version FROM library_version WHERE only_row = 1")
        .fetch_one(c)
        .await)?)
}

/// Says that what everybody reads has changed.
pub async fn raise_version(tx: &mut Tx) -> Result<(), StoreError> {
    with_tx!(tx, |c| sqlx::query("UPDATE library_version SET version = version + 1 WHERE only_row = 1")
        .execute(c)
        .await
        .map(drop))?;
    Ok(())
}
