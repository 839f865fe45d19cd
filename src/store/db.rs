//! Connections and transactions of either database.

use std::path::Path;
use std::time::Duration;

use sqlx::migrate::{MigrateError, Migrator};
use sqlx::postgres::{PgConnectOptions, PgPoolOptions};
use sqlx::sqlite::{
    SqliteConnectOptions, SqliteJournalMode, SqliteLockingMode, SqlitePoolOptions, SqliteSynchronous,
};
use sqlx::{ConnectOptions, Pool, Postgres, Sqlite, Transaction};

use super::error::StoreError;
use super::faults::Faults;
use super::settings::{LOSING, Quiet, TELLTALES};
use super::steps::{self, Steps};

/// A database. SQLite has one connection that writes and several that read.
#[derive(Clone, Debug)]
pub enum Db {
    Sqlite {
        write: Pool<Sqlite>,
        read: Pool<Sqlite>,
        steps: Option<Steps>,
        faults: Faults,
    },
    /// `asked` is one connection apart, by which the database is asked whether it is there: pages that wait for a lock
    /// may have all others.
    Postgres {
        pool: Pool<Postgres>,
        asked: Pool<Postgres>,
        steps: Option<Steps>,
        faults: Faults,
    },
}

/// A transaction; dropped without [`Tx::commit`] it changes nothing.
#[derive(Debug)]
pub struct Tx {
    at: Connected,
    steps: Option<Steps>,
    faults: Faults,
}

/// The connection that a transaction has.
#[derive(Debug)]
pub(super) enum Connected {
    Sqlite(Transaction<'static, Sqlite>),
    Postgres(Transaction<'static, Postgres>),
}

/// Runs one statement against whichever connection the transaction has.
macro_rules! with_tx {
    ($tx:expr, |$connection:ident| $body:expr) => {{
        let faults = $tx.faults();
        let result = match $tx.connected() {
            Ok($crate::store::db::Connected::Sqlite(transaction)) => {
                let $connection = &mut **transaction;
                $body
            }
            Ok($crate::store::db::Connected::Postgres(transaction)) => {
                let $connection = &mut **transaction;
                $body
            }
            Err(cut) => Err(cut),
        };
        faults.noted(result)
    }};
}

const WAIT: Duration = Duration::from_secs(10);
const READERS: u32 = 8;
/// How long it is waited for whoever else has a database open that is wanted alone.
const WAIT_ALONE: Duration = Duration::from_millis(500);

/// How long it is tried again to begin a transaction while a standby takes the place of what stopped: nothing has been
/// done yet, so whoever waits is only answered later. And how often.
const TAKING_OVER: Duration = Duration::from_secs(8);
const TAKING_OVER_EVERY: Duration = Duration::from_millis(100);

/// How long a database may take to say that it is there.
const THERE: Duration = Duration::from_secs(3);

/// How often, and how far apart, it is looked whether older transactions have ended.
const OLDER_LOOKS: u32 = 200;
const OLDER_EVERY: Duration = Duration::from_millis(50);

/// The migrations that a database has had.
const APPLIED: &str = "SELECT version FROM _sqlx_migrations WHERE success ORDER BY version";

static ON_SQLITE: Migrator = sqlx::migrate!("migrations/sqlite");
static ON_POSTGRES: Migrator = sqlx::migrate!("migrations/postgres");

fn fits(applied: Result<Vec<i64>, sqlx::Error>, known: &Migrator) -> Result<(), StoreError> {
    let applied = applied.map_err(|_| StoreError::Schema)?;
    let known: Vec<i64> = known.iter().map(|migration| migration.version).collect();
    if applied == known {
        Ok(())
    } else if applied.last() > known.last() {
        Err(StoreError::Newer)
    } else {
        Err(StoreError::Schema)
    }
}

/// What came of bringing a schema up to date. A migration that is not known here was made later.
fn brought_up(migrated: Result<(), MigrateError>) -> Result<(), StoreError> {
    migrated.map_err(|error| match error {
        MigrateError::VersionMissing(_) => StoreError::Newer,
        _ => StoreError::Schema,
    })
}

/// Whether a schema of this number is one that this program can make.
fn can_be_made(schema: i64, known: &Migrator) -> Result<(), StoreError> {
    if known.version_exists(schema) {
        Ok(())
    } else if known.iter().all(|migration| migration.version < schema) {
        Err(StoreError::Newer)
    } else {
        Err(StoreError::Schema)
    }
}

/// How an SQLite database is opened to be written.
fn options(file: &Path) -> SqliteConnectOptions {
    SqliteConnectOptions::new()
        .filename(file)
        .create_if_missing(true)
        .journal_mode(SqliteJournalMode::Wal)
        .synchronous(SqliteSynchronous::Full)
        .foreign_keys(true)
        .busy_timeout(WAIT)
        .statement_cache_capacity(256)
        // What is deleted is overwritten, in pages and in the log.
        .pragma("secure_delete", "ON")
        .disable_statement_logging()
}

async fn connect(options: PgConnectOptions) -> Result<Pool<Postgres>, StoreError> {
    let options = options.disable_statement_logging();
    Ok(PgPoolOptions::new().max_connections(16).acquire_timeout(WAIT).connect_with(options).await?)
}

/// A pool of connections to SQLite that never end by themselves.
async fn pool(options: SqliteConnectOptions, most: u32, least: u32) -> Result<Pool<Sqlite>, StoreError> {
    Ok(SqlitePoolOptions::new()
        .max_connections(most)
        .min_connections(least)
        .acquire_timeout(WAIT)
        .idle_timeout(None)
        .max_lifetime(None)
        .connect_with(options)
        .await?)
}

/// Begins a transaction of PostgreSQL in a task of its own, which ends even if nobody waits for it any more: where
/// a request that was broken off takes the beginning with it, sqlx 0.9.0 hands the connection on with the
/// transaction still open (its issue 4393; not needed once that is released).
async fn begin(
    pool: &sqlx::PgPool,
    statement: &'static str,
    faults: &Faults,
) -> Result<Transaction<'static, Postgres>, StoreError> {
    let started = tokio::time::Instant::now();
    loop {
        let pool = pool.clone();
        let begun = tokio::spawn(async move { pool.begin_with(statement).await });
        let begun = faults.noted(begun.await.map_err(|_| StoreError::Unavailable)?).map_err(StoreError::from);
        match begun {
            Err(StoreError::Unavailable) if started.elapsed() < TAKING_OVER => {
                tokio::time::sleep(TAKING_OVER_EVERY).await;
            }
            begun => return begun,
        }
    }
}

/// One connection, made when it is first needed.
fn one_apart(options: PgConnectOptions) -> Pool<Postgres> {
    PgPoolOptions::new().max_connections(1).acquire_timeout(THERE).connect_lazy_with(options)
}

/// Waits a little while nobody answers, or a standby does: one may be taking over, or a balancer have just started.
async fn until_it_takes_writes(options: &PgConnectOptions) -> Result<(), StoreError> {
    let started = tokio::time::Instant::now();
    let is_standby = async || -> Result<bool, sqlx::Error> {
        let mut connection = options.connect().await?;
        sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(&mut connection).await
    };
    loop {
        match is_standby().await.map_err(StoreError::from) {
            Ok(false) => return Ok(()),
            Ok(true) | Err(StoreError::Unavailable) if started.elapsed() < TAKING_OVER => {}
            Ok(true) => return Err(StoreError::Unavailable),
            Err(error) => return Err(error),
        }
        tokio::time::sleep(TAKING_OVER_EVERY).await;
    }
}

/// Lets every transaction end that is under way, as long as it takes no longer than a page does: what one of
/// them may still read, PostgreSQL keeps when it writes a table anew.
async fn older_have_ended(pool: &sqlx::PgPool) -> Result<(), StoreError> {
    let under_way = async || -> Result<Vec<(i32, String)>, StoreError> {
        let query = "SELECT pid, CAST(xact_start AS TEXT) FROM pg_stat_activity WHERE datname = current_database() \
                     AND pid <> pg_backend_pid() AND xact_start IS NOT NULL";
        Ok(sqlx::query_as(query).fetch_all(pool).await?)
    };
    let mut older = under_way().await?;
    for _ in 0..OLDER_LOOKS {
        if older.is_empty() {
            break;
        }
        tokio::time::sleep(OLDER_EVERY).await;
        let still = under_way().await?;
        older.retain(|one| still.contains(one));
    }
    Ok(())
}

impl Db {
    /// Opens, and if need be makes, an SQLite database, and brings its schema up to date.
    pub async fn sqlite(file: &Path) -> Result<Self, StoreError> {
        let write = pool(options(file), 1, 1).await?;
        brought_up(ON_SQLITE.run(&write).await)?;
        let read = pool(options(file), READERS, 0).await?;
        Ok(Self::Sqlite { write, read, steps: None, faults: Faults::default() })
    }

    /// As [`Self::sqlite`], through one connection beside which there is no other, now or later. `Conflict` if another
    /// program has the database open.
    pub async fn sqlite_alone(file: &Path) -> Result<Self, StoreError> {
        let alone = options(file).locking_mode(SqliteLockingMode::Exclusive).busy_timeout(WAIT_ALONE);
        let write = pool(alone, 1, 1).await?;
        write.begin_with("BEGIN IMMEDIATE").await?.rollback().await?;
        brought_up(ON_SQLITE.run(&write).await)?;
        Ok(Self::Sqlite { read: write.clone(), write, steps: None, faults: Faults::default() })
    }

    /// As [`Self::sqlite`], but brings the schema no further than to a number: for a backup that was made with it.
    pub async fn sqlite_of_schema(file: &Path, schema: i64) -> Result<Self, StoreError> {
        can_be_made(schema, &ON_SQLITE)?;
        let write = pool(options(file), 1, 1).await?;
        brought_up(ON_SQLITE.run_to(schema, &write).await)?;
        let read = pool(options(file), READERS, 0).await?;
        Ok(Self::Sqlite { write, read, steps: None, faults: Faults::default() })
    }

    /// Opens an SQLite database, perhaps a copy, to read it and nothing else: nothing is written beside it, and
    /// its schema is left as it is. `Schema` if that is not this program's.
    pub async fn sqlite_to_read(file: &Path) -> Result<Self, StoreError> {
        let mut log = file.as_os_str().to_owned();
        log.push("-wal");
        // Without a log beside it nobody is writing it, and not even a lock is needed.
        Self::sqlite_read_only(file, !Path::new(&log).exists()).await
    }

    /// The same, beside a site that runs or may begin to while this is read.
    pub async fn sqlite_beside(file: &Path) -> Result<Self, StoreError> {
        Self::sqlite_read_only(file, false).await
    }

    async fn sqlite_read_only(file: &Path, nobody_writes: bool) -> Result<Self, StoreError> {
        let options = SqliteConnectOptions::new()
            .filename(file)
            .read_only(true)
            .immutable(nobody_writes)
            .busy_timeout(WAIT)
            .disable_statement_logging();
        let read = SqlitePoolOptions::new()
            .max_connections(READERS)
            .acquire_timeout(WAIT)
            .connect_with(options)
            .await?;
        let applied: Result<Vec<i64>, _> = sqlx::query_scalar(APPLIED).fetch_all(&read).await;
        fits(applied, &ON_SQLITE)?;
        Ok(Self::Sqlite { write: read.clone(), read, steps: None, faults: Faults::default() })
    }

    /// Connects to PostgreSQL to read it and nothing else. `Schema` if its schema is not this program's.
    pub async fn postgres_to_read(options: PgConnectOptions) -> Result<Self, StoreError> {
        let options = options.options([("default_transaction_read_only", "on")]).disable_statement_logging();
        let asked = one_apart(options.clone());
        let pool =
            PgPoolOptions::new().max_connections(4).acquire_timeout(WAIT).connect_with(options).await?;
        let applied: Result<Vec<i64>, _> = sqlx::query_scalar(APPLIED).fetch_all(&pool).await;
        fits(applied, &ON_POSTGRES)?;
        Ok(Self::Postgres { pool, asked, steps: None, faults: Faults::default() })
    }

    /// Connects to PostgreSQL and brings its schema up to date.
    pub async fn postgres(options: PgConnectOptions) -> Result<Self, StoreError> {
        let options = options.disable_statement_logging();
        until_it_takes_writes(&options).await?;
        let asked = one_apart(options.clone());
        let pool = connect(options).await?;
        brought_up(ON_POSTGRES.run(&pool).await)?;
        Ok(Self::Postgres { pool, asked, steps: None, faults: Faults::default() })
    }

    /// As [`Self::postgres`], but brings the schema no further than to a number: for a backup that was made with it.
    pub async fn postgres_of_schema(options: PgConnectOptions, schema: i64) -> Result<Self, StoreError> {
        can_be_made(schema, &ON_POSTGRES)?;
        let asked = one_apart(options.clone().disable_statement_logging());
        let pool = connect(options).await?;
        brought_up(ON_POSTGRES.run_to(schema, &pool).await)?;
        Ok(Self::Postgres { pool, asked, steps: None, faults: Faults::default() })
    }

    /// The same database, its steps counted by what is returned beside it. For tests alone.
    #[must_use]
    pub fn stepped(&self) -> (Self, Steps) {
        let counted = Steps::default();
        let mut db = self.clone();
        let (Self::Sqlite { steps, .. } | Self::Postgres { steps, .. }) = &mut db;
        *steps = Some(counted.clone());
        (db, counted)
    }

    const fn steps(&self) -> Option<&Steps> {
        let (Self::Sqlite { steps, .. } | Self::Postgres { steps, .. }) = self;
        steps.as_ref()
    }

    /// How often it could not do what was asked.
    #[must_use]
    pub const fn faults(&self) -> &Faults {
        let (Self::Sqlite { faults, .. } | Self::Postgres { faults, .. }) = self;
        faults
    }

    /// Begins a transaction that will write. On SQLite it takes its turn at once:
    /// a lock that is taken only at the first write fails when two race for it.
    pub async fn write(&self) -> Result<Tx, StoreError> {
        let at = match self {
            Self::Sqlite { write, faults, .. } => {
                Connected::Sqlite(faults.noted(write.begin_with("BEGIN IMMEDIATE").await)?)
            }
            Self::Postgres { pool, faults, .. } => Connected::Postgres(begin(pool, "BEGIN", faults).await?),
        };
        Ok(Tx { at, steps: self.steps().cloned(), faults: self.faults().clone() })
    }

    /// Begins a transaction that only reads, from one consistent state.
    pub async fn read(&self) -> Result<Tx, StoreError> {
        let at = match self {
            Self::Sqlite { read, faults, .. } => {
                Connected::Sqlite(faults.noted(read.begin_with("BEGIN DEFERRED").await)?)
            }
            Self::Postgres { pool, faults, .. } => {
                let statement = "BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY";
                Connected::Postgres(begin(pool, statement, faults).await?)
            }
        };
        Ok(Tx { at, steps: self.steps().cloned(), faults: self.faults().clone() })
    }

    /// Empties what a database keeps behind its tables, after a batch: the write-ahead
    /// log of SQLite, the dead rows of PostgreSQL's inbox, of library drafts and of the files that wait (AN-07).
    /// False if somebody reads for so long, a backup perhaps, that it has to be tried again later.
    pub async fn forget_traces(&self) -> Result<bool, StoreError> {
        self.forget("VACUUM (FULL) inbox, library_draft, waiting_chunk").await
    }

    /// Empties what a database keeps of rows that were destroyed: as above, and on PostgreSQL by writing the tables
    /// in which they lay anew. Its log keeps them until that is overwritten, and a disk what it has not (AN-24).
    /// False as above.
    pub async fn forget_destroyed(&self) -> Result<bool, StoreError> {
        let tables =
            "VACUUM (FULL) envelope, attachment_chunk, audience_wrap, receipt, refused_act, cases, waiting";
        self.forget(tables).await
    }

    /// Empties the log of SQLite, or writes tables of PostgreSQL anew. Whoever reads for long is not waited for: what
    /// waits for them keeps everybody else from writing.
    async fn forget(&self, tables: &'static str) -> Result<bool, StoreError> {
        steps::step(self.steps())?;
        match self {
            Self::Sqlite { write, faults, .. } => {
                let mut connection = write.acquire().await?;
                sqlx::query("PRAGMA busy_timeout = 1000").execute(&mut *connection).await?;
                let emptied: Result<(i64, i64, i64), _> =
                    sqlx::query_as("PRAGMA wal_checkpoint(TRUNCATE)").fetch_one(&mut *connection).await;
                sqlx::query("PRAGMA busy_timeout = 10000").execute(&mut *connection).await?;
                Ok(faults.noted(emptied)?.0 == 0)
            }
            Self::Postgres { pool, faults, .. } => {
                older_have_ended(pool).await?;
                let mut connection = pool.acquire().await?;
                sqlx::query("SET lock_timeout = '3s'").execute(&mut *connection).await?;
                let written = sqlx::query(tables).execute(&mut *connection).await;
                sqlx::query("RESET lock_timeout").execute(&mut *connection).await?;
                match written {
                    Err(sqlx::Error::Database(error)) if error.code().as_deref() == Some("55P03") => {
                        Ok(false)
                    }
                    written => Ok(faults.noted(written).map(|_| true)?),
                }
            }
        }
    }

    /// What this database is set to write down that it should not, one sentence each (AN-07). Nothing on
    /// SQLite, which keeps no log beside its own.
    pub async fn telltale_settings(&self) -> Result<Vec<&'static str>, StoreError> {
        self.settings_unlike(&TELLTALES).await
    }

    /// What this database is set to that can lose what was confirmed, one sentence each. Nothing on SQLite,
    /// whose settings are made with every connection.
    pub async fn losing_settings(&self) -> Result<Vec<&'static str>, StoreError> {
        self.settings_unlike(&LOSING).await
    }

    async fn settings_unlike(&self, wanted: &[Quiet]) -> Result<Vec<&'static str>, StoreError> {
        let Self::Postgres { pool, .. } = self else { return Ok(Vec::new()) };
        let settings: Vec<(String, String)> =
            sqlx::query_as("SELECT name, setting FROM pg_settings").fetch_all(pool).await?;
        Ok(wanted
            .iter()
            .filter(|(name, quiet, _)| {
                settings.iter().any(|(known, value)| known == name && !quiet.contains(&value.as_str()))
            })
            .map(|(_, _, sentence)| *sentence)
            .collect())
    }

    /// Which schema rests here, as the number of its last migration; fails soon if nothing that takes writes answers.
    /// SQLite is asked through a connection that reads, so that a batch under way does not look like a fault.
    pub async fn is_there(&self) -> Result<i64, StoreError> {
        let asked = async {
            if let Self::Postgres { asked, .. } = self {
                let standby: bool = sqlx::query_scalar("SELECT pg_is_in_recovery()").fetch_one(asked).await?;
                if standby {
                    return Err(StoreError::Unavailable);
                }
            }
            let newest = "SELECT MAX(version) FROM _sqlx_migrations WHERE success";
            Ok(match self {
                Self::Sqlite { read, .. } => sqlx::query_scalar(newest).fetch_one(read).await?,
                Self::Postgres { asked, .. } => sqlx::query_scalar(newest).fetch_one(asked).await?,
            })
        };
        tokio::time::timeout(THERE, asked).await.unwrap_or(Err(StoreError::Unavailable))
    }

    /// Whether a deployment rests here already.
    pub async fn holds_a_deployment(&self) -> Result<bool, StoreError> {
        Ok(super::organisation::deployment(&mut self.read().await?).await?.is_some())
    }

    /// Closes every connection, so that files can be copied or removed.
    pub async fn close(&self) {
        match self {
            Self::Sqlite { write, read, .. } => {
                read.close().await;
                write.close().await;
            }
            Self::Postgres { pool, asked, .. } => {
                asked.close().await;
                pool.close().await;
            }
        }
    }
}

#[cfg(test)]
impl Db {
    /// A database that nothing connects to until it is used.
    pub fn unreached() -> Self {
        let options = SqliteConnectOptions::new().filename("/nonexistent/candor.db");
        let pool = || SqlitePoolOptions::new().connect_lazy_with(options.clone());
        Self::Sqlite { write: pool(), read: pool(), steps: None, faults: Faults::default() }
    }
}

impl Tx {
    pub(super) fn faults(&self) -> Faults {
        self.faults.clone()
    }

    /// The connection, for one statement.
    pub(super) fn connected(&mut self) -> Result<&mut Connected, sqlx::Error> {
        steps::step(self.steps.as_ref())?;
        Ok(&mut self.at)
    }

    pub async fn commit(self) -> Result<(), StoreError> {
        steps::step(self.steps.as_ref())?;
        match self.at {
            Connected::Sqlite(transaction) => self.faults.noted(transaction.commit().await)?,
            Connected::Postgres(transaction) => self.faults.noted(transaction.commit().await)?,
        }
        self.steps.as_ref().inspect(|steps| steps.commit());
        steps::step(self.steps.as_ref())?;
        Ok(())
    }
}
