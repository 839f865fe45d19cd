//! An empty database with its schema.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};
use std::sync::Arc;

use candor::store::{Db, StoreError, Tx};
use sqlx::pool::PoolConnection;
use sqlx::{AssertSqlSafe, ConnectOptions, Sqlite};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::cluster::{Cluster, cluster};
use super::{Engine, Fixture};

/// A database of one test alone.
#[derive(Clone, Debug)]
pub struct TestDb {
    pub db: Db,
    pub engine: Engine,
    place: Arc<Place>,
}

#[derive(Debug)]
enum Place {
    Sqlite { folder: TempDir },
    Postgres { cluster: &'static Cluster, name: String },
}

/// A database that tests copy theirs from: a closed SQLite file, or an idle PostgreSQL database.
#[derive(Clone, Debug)]
pub enum Template {
    Sqlite(PathBuf),
    Postgres(String),
}

impl TestDb {
    /// An empty database, or a copy of a template.
    pub async fn copy_of(engine: Engine, template: Option<&Template>) -> Option<Self> {
        let (db, place) = match engine {
            Engine::Sqlite => {
                let folder = tempfile::tempdir().unwrap();
                let file = folder.path().join("candor.db");
                if let Some(Template::Sqlite(from)) = template {
                    std::fs::copy(from, &file).unwrap();
                }
                (Db::sqlite(&file).await.unwrap(), Place::Sqlite { folder })
            }
            Engine::Postgres => {
                let cluster = cluster().await?;
                let template = match template {
                    Some(Template::Postgres(name)) => name.as_str(),
                    _ => with_schema(cluster).await,
                };
                let name = cluster.create(template).await;
                let db = Db::postgres(cluster.options(&name)).await.unwrap();
                (db, Place::Postgres { cluster, name })
            }
        };
        Some(Self { db, engine, place: Arc::new(place) })
    }

    /// The same database through connections of its own, as another machine would have.
    pub async fn again(&self) -> Self {
        let db = match &*self.place {
            Place::Sqlite { folder } => Db::sqlite(&folder.path().join("candor.db")).await.unwrap(),
            Place::Postgres { cluster, name } => Db::postgres(cluster.options(name)).await.unwrap(),
        };
        Self { db, ..self.clone() }
    }

    /// As if its rows were reached there.
    #[must_use]
    pub fn at(&self, db: Db) -> Self {
        Self { db, ..self.clone() }
    }

    /// The program's setting for this database.
    #[must_use]
    pub fn setting(&self) -> String {
        match &*self.place {
            Place::Sqlite { .. } => "sqlite".to_owned(),
            Place::Postgres { cluster, name } => cluster.options(name).to_url_lossy().to_string(),
        }
    }

    /// What an operator writes into the setting `database`; for SQLite a new file in the data folder.
    #[must_use]
    pub fn address(&self) -> String {
        match &*self.place {
            Place::Sqlite { .. } => "sqlite".to_owned(),
            Place::Postgres { cluster, name } => cluster.options(name).to_url_lossy().to_string(),
        }
    }

    /// What PostgreSQL calls this database; nothing on SQLite.
    #[must_use]
    pub fn name(&self) -> &str {
        match &*self.place {
            Place::Sqlite { .. } => "",
            Place::Postgres { name, .. } => name,
        }
    }

    /// The folder of an SQLite database's files.
    #[must_use]
    pub fn folder(&self) -> Option<&Path> {
        match &*self.place {
            Place::Sqlite { folder } => Some(folder.path()),
            Place::Postgres { .. } => None,
        }
    }

    /// Every file in which this database's rows rest, read whole once all is written to them. On PostgreSQL without
    /// its log, which holds on to what was written for a while.
    pub async fn files(&self) -> Vec<Vec<u8>> {
        let folder = match (&*self.place, &self.db) {
            (Place::Sqlite { folder }, _) => folder.path().to_owned(),
            (Place::Postgres { name, .. }, Db::Postgres { pool, .. }) => {
                sqlx::query("CHECKPOINT").execute(pool).await.unwrap();
                let data: String = sqlx::query_scalar("SHOW data_directory").fetch_one(pool).await.unwrap();
                let number = format!("SELECT CAST(oid AS BIGINT) FROM pg_database WHERE datname = '{name}'");
                Path::new(&data).join("base").join(self.number(&number).await.to_string())
            }
            _ => unreachable!("a place of the other kind"),
        };
        let files = std::fs::read_dir(folder).unwrap().map(|file| file.unwrap().path());
        // PostgreSQL's own tables have lower numbers than any that is made later.
        let own = |path: &Path| {
            let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
            let number: String = name.chars().take_while(char::is_ascii_digit).collect();
            number.parse::<u64>().is_ok_and(|number| number < 16_384)
        };
        files
            .filter(|path| path.is_file() && !own(path))
            .map(|path| std::fs::read(path).unwrap_or_default())
            .collect()
    }

    /// Closes the database for good and leaves it to copy from.
    pub async fn into_template(self) -> Template {
        self.db.close().await;
        match Arc::try_unwrap(self.place).expect("nobody else uses this database") {
            Place::Sqlite { folder } => Template::Sqlite(folder.keep().join("candor.db")),
            Place::Postgres { name, .. } => Template::Postgres(name),
        }
    }

    /// Runs one statement of the test's own, on either database.
    pub async fn run(&self, statement: &str) -> u64 {
        match &self.db {
            Db::Sqlite { write, .. } => {
                sqlx::query(AssertSqlSafe(statement)).execute(write).await.unwrap().rows_affected()
            }
            Db::Postgres { pool, .. } => {
                sqlx::query(AssertSqlSafe(statement)).execute(pool).await.unwrap().rows_affected()
            }
        }
    }

    /// Runs a query of the test's own for one number.
    pub async fn number(&self, query: &str) -> i64 {
        match &self.db {
            Db::Sqlite { read, .. } => {
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(read).await.unwrap()
            }
            Db::Postgres { pool, .. } => {
                sqlx::query_scalar(AssertSqlSafe(query)).fetch_one(pool).await.unwrap()
            }
        }
    }

    /// Every table with all its rows as text, in a fixed order: to compare and to search. Bytes stand there
    /// as hexadecimal digits.
    pub async fn dump(&self) -> BTreeMap<String, Vec<String>> {
        let mut dump = BTreeMap::new();
        match &self.db {
            Db::Sqlite { read, .. } => {
                let tables: Vec<String> = sqlx::query_scalar(
                    "SELECT name FROM sqlite_schema WHERE type = 'table' AND name NOT LIKE '\\_sqlx%' ESCAPE '\\'",
                )
                .fetch_all(read)
                .await
                .unwrap();
                for table in tables {
                    let columns: Vec<String> = sqlx::query_scalar(AssertSqlSafe(format!(
                        "SELECT 'quote(' || name || ')' FROM pragma_table_info('{table}') ORDER BY cid"
                    )))
                    .fetch_all(read)
                    .await
                    .unwrap();
                    let row = columns.join(" || ',' || ");
                    let rows = format!("SELECT {row} AS line FROM {table} ORDER BY line");
                    let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(read).await.unwrap();
                    dump.insert(table, rows);
                }
            }
            Db::Postgres { pool, .. } => {
                let tables: Vec<String> = sqlx::query_scalar(
                    "SELECT tablename::text FROM pg_tables WHERE schemaname = 'public' AND tablename NOT LIKE '\\_sqlx%'",
                )
                .fetch_all(pool)
                .await
                .unwrap();
                for table in tables {
                    let rows = format!("SELECT t::text AS line FROM {table} t ORDER BY line");
                    let rows = sqlx::query_scalar(AssertSqlSafe(rows)).fetch_all(pool).await.unwrap();
                    dump.insert(table, rows);
                }
            }
        }
        dump
    }

    /// Something that stays the same only while no row is added, changed or taken away; it may change
    /// without that. Far cheaper than a dump. `watching` is a connection that is used for nothing else.
    pub async fn fingerprint(&self, watching: &mut Option<PoolConnection<Sqlite>>) -> String {
        match &self.db {
            Db::Sqlite { read, .. } => {
                if watching.is_none() {
                    *watching = Some(read.acquire().await.unwrap());
                }
                // Counts what other connections have committed.
                let connection = &mut **watching.as_mut().unwrap();
                let version: i64 =
                    sqlx::query_scalar("PRAGMA data_version").fetch_one(connection).await.unwrap();
                version.to_string()
            }
            Db::Postgres { pool, .. } => {
                let tables: Vec<String> =
                    sqlx::query_scalar("SELECT tablename::text FROM pg_tables WHERE schemaname = 'public'")
                        .fetch_all(pool)
                        .await
                        .unwrap();
                // Every row names the transaction that wrote it.
                let each: Vec<_> = tables
                    .iter()
                    .map(|table| {
                        format!(
                            "SELECT '{table}' || COALESCE(string_agg(xmin::text, ',' ORDER BY xmin::text), '') \
                             AS rows FROM {table}"
                        )
                    })
                    .collect();
                let all = format!(
                    "SELECT md5(string_agg(rows, ';' ORDER BY rows)) FROM ({}) AS every",
                    each.join(" UNION ALL ")
                );
                sqlx::query_scalar(AssertSqlSafe(all)).fetch_one(pool).await.unwrap()
            }
        }
    }

    /// The tables in which a text stands, in whatever way a dump writes it.
    pub async fn tables_with(&self, text: &str) -> Vec<String> {
        let hexadecimal: String = text.bytes().fold(String::new(), |all, byte| format!("{all}{byte:02x}"));
        let has = |line: &String| line.contains(text) || line.to_lowercase().contains(&hexadecimal);
        self.dump()
            .await
            .into_iter()
            .filter(|(_, rows)| rows.iter().any(has))
            .map(|(table, _)| table)
            .collect()
    }

    pub async fn write(&self) -> Tx {
        self.db.write().await.unwrap()
    }

    pub async fn read(&self) -> Tx {
        self.db.read().await.unwrap()
    }

    /// Returns once another transaction waits for a lock that one of the test's own has. SQLite lets
    /// nobody begin meanwhile, so there is nothing to wait for.
    pub async fn until_somebody_waits(&self) {
        if self.engine == Engine::Sqlite {
            return;
        }
        let waiting = "SELECT COUNT(*) FROM pg_locks WHERE NOT granted";
        for _ in 0..500 {
            if self.number(waiting).await > 0 {
                return;
            }
            tokio::time::sleep(std::time::Duration::from_millis(10)).await;
        }
        panic!("nobody waits");
    }

    /// Runs a body in a transaction of its own and commits it if it succeeds.
    pub async fn commit<T>(
        &self,
        body: impl AsyncFnOnce(&mut Tx) -> Result<T, StoreError>,
    ) -> Result<T, StoreError> {
        let mut tx = self.db.write().await?;
        let value = body(&mut tx).await?;
        tx.commit().await?;
        Ok(value)
    }
}

/// A database with the schema and nothing in it, so that each test need not make it again.
async fn with_schema(cluster: &Cluster) -> &'static str {
    static NAME: OnceCell<String> = OnceCell::const_new();
    NAME.get_or_init(async || {
        let name = cluster.create("template0").await;
        Db::postgres(cluster.options(&name)).await.unwrap().close().await;
        name
    })
    .await
}

impl Fixture for TestDb {
    async fn make(engine: Engine) -> Option<Self> {
        Self::copy_of(engine, None).await
    }

    async fn check_left_behind(self) {
        self.db.close().await;
        if let Place::Postgres { cluster, name } = &*self.place {
            cluster.remove(name).await;
        }
    }
}
