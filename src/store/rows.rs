//! Rows by their identifier: what several tables are asked alike. Each hands in its own text.

use sqlx::FromRow;
use sqlx::postgres::PgRow;
use sqlx::sqlite::SqliteRow;
use uuid::Uuid;

use super::{StoreError, Tx};

/// A row of either database.
pub(super) trait Raw:
    for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin
{
}

impl<T: for<'r> FromRow<'r, SqliteRow> + for<'r> FromRow<'r, PgRow> + Send + Unpin> Raw for T {}

/// One, if it is there; `$1` is its identifier.
pub(super) async fn one<R: Raw>(tx: &mut Tx, text: &'static str, id: Uuid) -> Result<Option<R>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(text).bind(id).fetch_optional(c).await)?)
}

/// A portion of all, after one of them; `$1` is that one and `$2` how many at most.
pub(super) async fn portion<R: Raw>(
    tx: &mut Tx,
    text: &'static str,
    after: Uuid,
    limit: i64,
) -> Result<Vec<R>, StoreError> {
    Ok(with_tx!(tx, |c| sqlx::query_as(text).bind(after).bind(limit).fetch_all(c).await)?)
}
