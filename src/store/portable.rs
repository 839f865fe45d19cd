//! Every table in one form, whichever database it rests in: for backups, and for moving from one kind of database to
//! the other. What a table's columns are is asked of the database itself, so that nothing here has to be told of a
//! new one; which tables there are, in an order in which each comes after those that it refers to, is a list.
//!
//! The statements are made from that list and from names that the database gave, never from anything that was read
//! out of a backup. The two ask their catalogues in different words; what moves rows is one text.

use sqlx::postgres::{PgArguments, PgRow};
use sqlx::sqlite::{SqliteArguments, SqliteRow};
use sqlx::{Arguments, AssertSqlSafe, Row as _};
use uuid::Uuid;

use super::db::Connected;
use super::{StoreError, Tx};

/// Whether a table goes into a backup.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Goes {
    Always,
    /// Only where everything moves: it tells when a reporter acted, or would bring back to life what has ended since.
    OnlyAlong,
}

use Goes::{Always, OnlyAlong};

/// Every table, each after those that it refers to.
pub const TABLES: &[(&str, Goes)] = &[
    ("deployment", Always),
    ("organisation", Always),
    ("account", Always),
    ("invitation", OnlyAlong),
    ("member", Always),
    ("post_key", Always),
    ("post_key_wrap", Always),
    ("approval", Always),
    ("removal", Always),
    ("session", OnlyAlong),
    ("inbox", OnlyAlong),
    ("receipt", Always),
    ("cases", Always),
    ("waiting", Always),
    ("audience_wrap", Always),
    ("envelope", Always),
    ("journal", Always),
    ("journal_head", Always),
    ("notice", Always),
    ("refused_act", Always),
    ("delivery", Always),
    ("tally", Always),
    ("second_factor", Always),
    ("recovery_code", Always),
    ("account_event", Always),
    ("head_outside", Always),
    ("passkey", Always),
    ("passkey_challenge", Always),
    ("proposed_change", Always),
    ("change_agreement", Always),
    ("access_phrase", Always),
    ("service_secret", Always),
    ("attachment_chunk", Always),
    ("waiting_chunk", OnlyAlong),
    ("library_draft", Always),
    ("library_month", Always),
    ("library_entry", Always),
    ("directive", Always),
    ("library_version", Always),
    ("measures", Always),
    ("field_member", Always),
    ("field_stay", Always),
    ("acknowledgement", Always),
    ("roster", Always),
    ("reading", Always),
    ("support", Always),
    ("standing", Always),
];

/// Tables whose rows are large.
const LARGE: [&str; 4] = ["inbox", "envelope", "attachment_chunk", "waiting_chunk"];

/// Rows that are in memory at once: of large ones, and of others.
const FEW: usize = 32;
const MANY: usize = 256;

/// A value as either database has it: identifiers are bytes, truth values numbers.
#[derive(Clone, PartialEq, Eq)]
pub enum Value {
    Null,
    Number(i64),
    Text(String),
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Value {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::Null => "Null",
            Self::Number(_) => "Number(…)",
            Self::Text(_) => "Text(…)",
            Self::Bytes(_) => "Bytes(…)",
        })
    }
}

/// A row's values, in the order of its table's columns.
pub type Row = Vec<Value>;

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Sort {
    Bytes,
    Identifier,
    Number,
    Small,
    Flag,
    Text,
}

impl Sort {
    fn of(declared: &str) -> Option<Self> {
        Some(match declared.to_ascii_lowercase().as_str() {
            "blob" | "bytea" => Self::Bytes,
            "uuid" => Self::Identifier,
            "integer" | "int8" => Self::Number,
            "int4" => Self::Small,
            "bool" => Self::Flag,
            "text" => Self::Text,
            _ => return None,
        })
    }
}

/// A table as a database has it.
#[derive(Clone, Debug)]
pub struct Shape {
    table: &'static str,
    columns: Vec<(String, Sort)>,
    /// Which columns are its key, in the key's order.
    key: Vec<usize>,
}

impl Shape {
    #[must_use]
    pub const fn table(&self) -> &'static str {
        self.table
    }

    /// The names of its columns, in order.
    #[must_use]
    pub fn columns(&self) -> Vec<&str> {
        self.columns.iter().map(|(name, _)| name.as_str()).collect()
    }

    /// How many of its rows are in memory at once.
    #[must_use]
    pub fn portion(&self) -> usize {
        if LARGE.contains(&self.table) { FEW } else { MANY }
    }

    fn names(&self, which: impl Iterator<Item = usize>) -> String {
        let quoted = |at: usize| self.columns.get(at).map(|(name, _)| format!("\"{name}\""));
        which.filter_map(quoted).collect::<Vec<_>>().join(", ")
    }
}

/// How a database has a table; none if it has no such table.
pub async fn shape(tx: &mut Tx, table: &'static str) -> Result<Option<Shape>, StoreError> {
    let found: Vec<(String, String, i64)> = match tx.connected()? {
        Connected::Sqlite(transaction) => {
            let query = "SELECT name, type, pk - 1 FROM pragma_table_info($1) ORDER BY cid";
            sqlx::query_as(query).bind(table).fetch_all(&mut **transaction).await?
        }
        Connected::Postgres(transaction) => {
            let query = "SELECT CAST(a.attname AS TEXT), CAST(t.typname AS TEXT), \
                         CAST(COALESCE(array_position(CAST(i.indkey AS SMALLINT[]), a.attnum), -1) AS BIGINT) \
                         FROM pg_attribute a JOIN pg_type t ON t.oid = a.atttypid \
                         LEFT JOIN pg_index i ON i.indrelid = a.attrelid AND i.indisprimary \
                         WHERE a.attrelid = to_regclass($1) AND a.attnum > 0 AND NOT a.attisdropped \
                         ORDER BY a.attnum";
            sqlx::query_as(query).bind(table).fetch_all(&mut **transaction).await?
        }
    };
    if found.is_empty() {
        return Ok(None);
    }
    let mut columns = Vec::with_capacity(found.len());
    let mut key = Vec::new();
    for (at, (name, declared, place)) in found.into_iter().enumerate() {
        if place >= 0 {
            key.push((place, at));
        }
        columns.push((name, Sort::of(&declared).ok_or(StoreError::Schema)?));
    }
    key.sort_unstable();
    let key: Vec<usize> = key.into_iter().map(|(_, at)| at).collect();
    if key.is_empty() {
        return Err(StoreError::Schema);
    }
    Ok(Some(Shape { table, columns, key }))
}

/// `$1, $2, …` from a number on, so many.
fn places(from: usize, count: usize) -> String {
    (from..from + count).map(|at| format!("${at}")).collect::<Vec<_>>().join(", ")
}

fn wrong(_: sqlx::error::BoxDynError) -> StoreError {
    StoreError::Refused
}

fn to_sqlite(arguments: &mut SqliteArguments, value: &Value) -> Result<(), StoreError> {
    match value {
        Value::Null => arguments.add(None::<i64>),
        Value::Number(number) => arguments.add(*number),
        Value::Text(text) => arguments.add(text.clone()),
        Value::Bytes(bytes) => arguments.add(bytes.clone()),
    }
    .map_err(wrong)
}

fn to_postgres(arguments: &mut PgArguments, sort: Sort, value: &Value) -> Result<(), StoreError> {
    match (sort, value) {
        (Sort::Bytes, Value::Null) => arguments.add(None::<Vec<u8>>),
        (Sort::Identifier, Value::Null) => arguments.add(None::<Uuid>),
        (Sort::Number, Value::Null) => arguments.add(None::<i64>),
        (Sort::Small, Value::Null) => arguments.add(None::<i32>),
        (Sort::Flag, Value::Null) => arguments.add(None::<bool>),
        (Sort::Text, Value::Null) => arguments.add(None::<String>),
        (Sort::Bytes, Value::Bytes(bytes)) => arguments.add(bytes.clone()),
        (Sort::Identifier, Value::Bytes(bytes)) => {
            arguments.add(Uuid::from_slice(bytes).map_err(|_| StoreError::Damaged)?)
        }
        (Sort::Number, Value::Number(number)) => arguments.add(*number),
        (Sort::Small, Value::Number(number)) => {
            arguments.add(i32::try_from(*number).map_err(|_| StoreError::Damaged)?)
        }
        (Sort::Flag, Value::Number(number @ (0 | 1))) => arguments.add(*number == 1),
        (Sort::Text, Value::Text(text)) => arguments.add(text.clone()),
        _ => return Err(StoreError::Damaged),
    }
    .map_err(wrong)
}

fn from_sqlite(row: &SqliteRow, at: usize, sort: Sort) -> Result<Value, sqlx::Error> {
    Ok(match sort {
        Sort::Bytes | Sort::Identifier => row.try_get::<Option<_>, _>(at)?.map(Value::Bytes),
        Sort::Number | Sort::Small | Sort::Flag => row.try_get::<Option<_>, _>(at)?.map(Value::Number),
        Sort::Text => row.try_get::<Option<_>, _>(at)?.map(Value::Text),
    }
    .unwrap_or(Value::Null))
}

fn from_postgres(row: &PgRow, at: usize, sort: Sort) -> Result<Value, sqlx::Error> {
    Ok(match sort {
        Sort::Bytes => row.try_get::<Option<_>, _>(at)?.map(Value::Bytes),
        Sort::Identifier => {
            row.try_get::<Option<Uuid>, _>(at)?.map(|id| Value::Bytes(id.as_bytes().to_vec()))
        }
        Sort::Number => row.try_get::<Option<_>, _>(at)?.map(Value::Number),
        Sort::Small => row.try_get::<Option<i32>, _>(at)?.map(|number| Value::Number(number.into())),
        Sort::Flag => row.try_get::<Option<bool>, _>(at)?.map(|flag| Value::Number(flag.into())),
        Sort::Text => row.try_get::<Option<_>, _>(at)?.map(Value::Text),
    }
    .unwrap_or(Value::Null))
}

/// The next rows of a table after one of them, in the order of its key; the first ones without `after`. Fewer than
/// [`Shape::portion`] are the last.
pub async fn portion(tx: &mut Tx, shape: &Shape, after: Option<&Row>) -> Result<Vec<Row>, StoreError> {
    let all = shape.names(0..shape.columns.len());
    let key = shape.names(shape.key.iter().copied());
    let from =
        after.map_or_else(String::new, |_| format!("WHERE ({key}) > ({})", places(1, shape.key.len())));
    let text = format!("SELECT {all} FROM {} {from} ORDER BY {key} LIMIT {}", shape.table, shape.portion());
    let bounds = || {
        let at = |column: usize| Some((shape.columns.get(column)?.1, after?.get(column)?));
        shape.key.iter().filter_map(move |column| at(*column))
    };
    let sorts = || shape.columns.iter().map(|(_, sort)| *sort).enumerate();
    match tx.connected()? {
        Connected::Sqlite(transaction) => {
            let mut arguments = SqliteArguments::default();
            for (_, value) in bounds() {
                to_sqlite(&mut arguments, value)?;
            }
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            let rows = query.fetch_all(&mut **transaction).await?;
            let read = |row| sorts().map(|(at, sort)| from_sqlite(row, at, sort)).collect();
            Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
        }
        Connected::Postgres(transaction) => {
            let mut arguments = PgArguments::default();
            for (sort, value) in bounds() {
                to_postgres(&mut arguments, sort, value)?;
            }
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            let rows = query.fetch_all(&mut **transaction).await?;
            let read = |row| sorts().map(|(at, sort)| from_postgres(row, at, sort)).collect();
            Ok(rows.iter().map(read).collect::<Result<_, _>>()?)
        }
    }
}

/// Puts rows into a table, [`Shape::portion`] of them at most. `Damaged` if a value does not fit its column.
pub async fn insert(tx: &mut Tx, shape: &Shape, rows: &[Row]) -> Result<(), StoreError> {
    let width = shape.columns.len();
    if rows.is_empty() {
        return Ok(());
    }
    if rows.len() > shape.portion() || rows.iter().any(|row| row.len() != width) {
        return Err(StoreError::Damaged);
    }
    let values: Vec<_> = (0..rows.len()).map(|row| format!("({})", places(row * width + 1, width))).collect();
    let text =
        format!("INSERT INTO {} ({}) VALUES {}", shape.table, shape.names(0..width), values.join(", "));
    let cells = || rows.iter().flat_map(|row| shape.columns.iter().map(|(_, sort)| *sort).zip(row));
    match tx.connected()? {
        Connected::Sqlite(transaction) => {
            let mut arguments = SqliteArguments::default();
            for (_, value) in cells() {
                to_sqlite(&mut arguments, value)?;
            }
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            query.execute(&mut **transaction).await?;
        }
        Connected::Postgres(transaction) => {
            let mut arguments = PgArguments::default();
            for (sort, value) in cells() {
                to_postgres(&mut arguments, sort, value)?;
            }
            let query = sqlx::query_with(AssertSqlSafe(text), arguments);
            query.execute(&mut **transaction).await?;
        }
    }
    Ok(())
}

/// Whether anything rests here that a program put here: nothing does in a database that has only its schema.
pub async fn is_empty(tx: &mut Tx) -> Result<bool, StoreError> {
    let count: i64 = with_tx!(tx, |c| sqlx::query_scalar(
        "SELECT (SELECT COUNT(*) FROM deployment) + (SELECT COUNT(*) FROM account) \
         + (SELECT COUNT(*) FROM journal) + (SELECT COUNT(*) FROM cases) + (SELECT COUNT(*) FROM inbox)"
    )
    .fetch_one(c)
    .await)?;
    Ok(count == 0)
}

/// Takes away what the schema itself put into a table, so that it can be filled.
pub async fn clear(tx: &mut Tx, shape: &Shape) -> Result<(), StoreError> {
    let text = format!("DELETE FROM {}", shape.table);
    with_tx!(tx, |c| sqlx::query(AssertSqlSafe(text)).execute(c).await.map(drop))?;
    Ok(())
}

/// The newest migration that this database has had.
pub async fn schema(tx: &mut Tx) -> Result<i64, StoreError> {
    let newest: Option<i64> =
        with_tx!(tx, |c| sqlx::query_scalar("SELECT MAX(version) FROM _sqlx_migrations").fetch_one(c).await)?;
    newest.ok_or(StoreError::Schema)
}

/// Lets nobody else write until the transaction ends. On SQLite nobody does while one writes.
pub async fn hold(tx: &mut Tx) -> Result<(), StoreError> {
    if let Connected::Postgres(transaction) = tx.connected()? {
        let tables: Vec<_> = TABLES.iter().map(|(table, _)| *table).collect();
        let text = format!("LOCK TABLE {} IN EXCLUSIVE MODE", tables.join(", "));
        sqlx::query(AssertSqlSafe(text)).execute(&mut **transaction).await?;
    }
    Ok(())
}

/// Whether nobody else is connected to this database; connections of this program go by its name. SQLite is opened for
/// this by [`super::Db::sqlite_alone`], which nobody can do who is not alone.
pub async fn is_alone(tx: &mut Tx) -> Result<bool, StoreError> {
    let Connected::Postgres(transaction) = tx.connected()? else { return Ok(true) };
    let others: i64 = sqlx::query_scalar(
        "SELECT COUNT(*) FROM pg_stat_activity WHERE datname = current_database() AND pid <> pg_backend_pid() \
         AND application_name IS DISTINCT FROM current_setting('application_name') \
         AND (backend_type IS NULL OR backend_type = 'client backend')",
    )
    .fetch_one(&mut **transaction)
    .await?;
    Ok(others == 0)
}
