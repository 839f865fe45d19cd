//! A stolen copy of a database: every table row by row in the order in which it is stored, with what the
//! database itself notes of a row, and the files as they lie on the disk.

use std::collections::{BTreeMap, BTreeSet};
use std::path::{Path, PathBuf};

use candor::service::hexadecimal;
use candor::store::Db;
use sqlx::AssertSqlSafe;

use crate::support::TestDb;

/// A stored value.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Value {
    Null,
    Integer(i64),
    Text(String),
    Bytes(Vec<u8>),
}

/// Rows in the order in which they are stored.
#[derive(Clone, Debug, Default)]
pub struct Table {
    pub columns: Vec<String>,
    pub rows: Vec<Vec<Value>>,
}

#[derive(Clone, Debug)]
pub struct Copy {
    pub tables: BTreeMap<String, Table>,
    pub files: Vec<(String, Vec<u8>)>,
}

/// Beside the columns of the schema: the number that SQLite gives a row, the transaction that wrote it on
/// PostgreSQL.
pub const NOTED: &str = "(noted)";

/// The log of the tests' own PostgreSQL, beside its data.
pub const SERVER_LOG: &str = "log";

impl Table {
    pub fn column(&self, name: &str) -> usize {
        self.columns.iter().position(|column| column == name).unwrap_or_else(|| panic!("no column {name}"))
    }
}

impl Value {
    /// What a quoted value of SQLite says.
    fn quoted(text: &str) -> Self {
        if text == "NULL" {
            return Self::Null;
        }
        if let Some(digits) = text.strip_prefix("X'") {
            return Self::Bytes(bytes_of(digits.trim_end_matches('\'')));
        }
        if let Some(words) = text.strip_prefix('\'').and_then(|text| text.strip_suffix('\'')) {
            return Self::Text(words.replace("''", "'"));
        }
        Self::Integer(text.parse().unwrap())
    }

    /// What PostgreSQL writes of a value of a type.
    fn typed(text: Option<String>, kind: &str) -> Self {
        let Some(text) = text else { return Self::Null };
        match kind {
            "bytea" => Self::Bytes(bytes_of(text.trim_start_matches("\\x"))),
            "uuid" => Self::Bytes(bytes_of(&text.replace('-', ""))),
            "integer" | "bigint" => Self::Integer(text.parse().unwrap()),
            "boolean" => Self::Integer(i64::from(text == "true")),
            "text" => Self::Text(text),
            other => panic!("the copy does not know the type {other}"),
        }
    }
}

fn bytes_of(digits: &str) -> Vec<u8> {
    let digit = |byte: u8| u8::try_from(char::from(byte).to_digit(16).unwrap()).unwrap();
    digits.as_bytes().chunks(2).map(|pair| digit(pair[0]) << 4 | digit(pair[1])).collect()
}

impl Copy {
    /// Copies a database as it is at this moment.
    pub async fn of(database: &TestDb) -> Self {
        match &database.db {
            Db::Sqlite { read, .. } => {
                let tables = sqlite_tables(read).await;
                Self { tables, files: files_in(database.folder().unwrap(), &|_| true) }
            }
            Db::Postgres { pool, .. } => {
                let tables = postgres_tables(pool).await;
                // What is in the server's memory alone would be on no disk.
                sqlx::query("CHECKPOINT").execute(pool).await.unwrap();
                let folder: String = sqlx::query_scalar(
                    "SELECT current_setting('data_directory') || '/base/' || oid::text FROM pg_database \
                     WHERE datname = current_database()",
                )
                .fetch_one(pool)
                .await
                .unwrap();
                let before = before(pool).await;
                let log: String = sqlx::query_scalar("SELECT current_setting('data_directory')")
                    .fetch_one(pool)
                    .await
                    .unwrap();
                let log = Path::new(&log).with_file_name(SERVER_LOG);
                let own = |name: &str| {
                    name.split(['.', '_']).next().and_then(|number| number.parse::<i64>().ok())
                        >= Some(before)
                };
                let mut files = files_in(&PathBuf::from(folder), &own);
                // What the server itself wrote down, of this database and of others that it serves.
                files.push((log.display().to_string(), std::fs::read(&log).unwrap()));
                Self { tables, files }
            }
        }
    }

    /// Every place in which some bytes stand: tables in which a value holds them, and files.
    pub fn places_with(&self, bytes: &[u8]) -> Vec<String> {
        let text = String::from_utf8_lossy(bytes);
        let digits = hexadecimal(bytes);
        let holds = |value: &Value| match value {
            Value::Bytes(value) => value.windows(bytes.len()).any(|part| part == bytes),
            Value::Text(value) => value.contains(&*text) || value.to_lowercase().contains(&digits),
            Value::Null | Value::Integer(_) => false,
        };
        let in_tables = self
            .tables
            .iter()
            .filter(|(_, table)| table.rows.iter().flatten().any(holds))
            .map(|(name, _)| format!("table {name}"));
        let in_files = self
            .files
            .iter()
            .filter(|(_, file)| find(file, bytes).is_some())
            .map(|(name, _)| format!("file {}", name.split('/').next_back().unwrap_or_default()));
        in_tables.chain(in_files).collect()
    }
}

/// Where some bytes first stand.
pub fn find(file: &[u8], bytes: &[u8]) -> Option<usize> {
    let (first, length) = (bytes[0], bytes.len());
    let mut from = 0;
    while let Some(at) = file.get(from..)?.iter().position(|byte| *byte == first) {
        let at = from + at;
        if file.get(at..at + length)? == bytes {
            return Some(at);
        }
        from = at + 1;
    }
    None
}

/// The first number of a file that belongs to this program's tables; lower ones are the server's own catalogue.
async fn before(pool: &sqlx::PgPool) -> i64 {
    sqlx::query_scalar("SELECT MIN(oid)::bigint FROM pg_class WHERE relnamespace = 'public'::regnamespace")
        .fetch_one(pool)
        .await
        .unwrap()
}

fn files_in(folder: &Path, wanted: &dyn Fn(&str) -> bool) -> Vec<(String, Vec<u8>)> {
    let mut files: Vec<_> = std::fs::read_dir(folder)
        .unwrap_or_else(|error| panic!("{} cannot be read: {error}", folder.display()))
        .map(|entry| entry.unwrap().path())
        .filter(|path| wanted(path.file_name().unwrap().to_str().unwrap()))
        .map(|path| (path.display().to_string(), std::fs::read(&path).unwrap()))
        .collect();
    files.sort();
    files
}

async fn sqlite_tables(read: &sqlx::SqlitePool) -> BTreeMap<String, Table> {
    let names: Vec<String> = sqlx::query_scalar("SELECT name FROM sqlite_schema WHERE type = 'table'")
        .fetch_all(read)
        .await
        .unwrap();
    let mut tables = BTreeMap::new();
    for name in names {
        let text = format!("SELECT name FROM pragma_table_info('{name}') ORDER BY cid");
        let mut columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(read).await.unwrap();
        let mut wanted: Vec<String> = columns.iter().map(|column| format!("quote({column})")).collect();
        let rowid = format!("SELECT COUNT(*) FROM pragma_table_list('{name}') WHERE wr = 0");
        let has_rowid: i64 = sqlx::query_scalar(AssertSqlSafe(rowid)).fetch_one(read).await.unwrap();
        if has_rowid == 1 {
            columns.push(NOTED.to_owned());
            wanted.push("quote(rowid)".to_owned());
        }
        // Not by an index, or the order would be that of the index.
        let text = format!("SELECT {} AS row FROM {name} NOT INDEXED", wanted.join(" || char(31) || "));
        let rows: Vec<String> = sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(read).await.unwrap();
        let rows = rows.iter().map(|row| row.split('\u{1f}').map(Value::quoted).collect()).collect();
        tables.insert(name, Table { columns, rows });
    }
    tables
}

async fn postgres_tables(pool: &sqlx::PgPool) -> BTreeMap<String, Table> {
    let named: Vec<(String, String, String)> = sqlx::query_as(
        "SELECT c.table_name::text, c.column_name::text, c.data_type::text FROM information_schema.columns c \
         JOIN information_schema.tables t ON t.table_schema = c.table_schema AND t.table_name = c.table_name \
         WHERE c.table_schema = 'public' AND t.table_type = 'BASE TABLE' AND c.table_name <> '_sqlx_migrations' \
         ORDER BY c.table_name, c.ordinal_position",
    )
    .fetch_all(pool)
    .await
    .unwrap();
    let all: BTreeSet<_> = named.iter().map(|(table, ..)| table.clone()).collect();
    let mut tables = BTreeMap::new();
    for name in all {
        let mine: Vec<_> = named.iter().filter(|(table, ..)| *table == name).collect();
        let mut columns: Vec<_> = mine.iter().map(|(_, column, _)| column.clone()).collect();
        let mut kinds: Vec<_> = mine.iter().map(|(.., kind)| kind.as_str()).collect();
        let wanted: Vec<_> = columns.iter().map(|column| format!("{column}::text")).collect();
        let text = format!("SELECT ARRAY[{}, xmin::text] FROM {name} ORDER BY ctid", wanted.join(", "));
        columns.push(NOTED.to_owned());
        kinds.push("bigint");
        let rows: Vec<Vec<Option<String>>> =
            sqlx::query_scalar(AssertSqlSafe(text)).fetch_all(pool).await.unwrap();
        let typed = |row: Vec<Option<String>>| {
            row.into_iter().zip(&kinds).map(|(value, kind)| Value::typed(value, kind)).collect()
        };
        let rows = rows.into_iter().map(typed).collect();
        tables.insert(name, Table { columns, rows });
    }
    tables
}
