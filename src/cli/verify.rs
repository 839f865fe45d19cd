//! `candor verify`: checks a record, of a deployment or of a copy, and writes nothing anywhere.

use std::path::PathBuf;
use std::str::FromStr;

use super::{Stop, stop};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::crypto::passphrase::Parameters;
use crate::crypto::secret::ServiceKey;
use crate::crypto::service::ServiceKeys;
use crate::delivery::KeptHead;
use crate::rng::Randomness;
use crate::service::backup::restore;
use crate::service::verify::{Checking, Report};
use crate::service::{Candor, Problem, Settings};
use crate::store::{Db, StoreError};

/// The largest file of heads that is read: more than a thousand years of days.
const HEADS_MOST: u64 = 64 * 1024 * 1024;

/// What the record is checked against: heads from a file, or from the one that the settings name, if it is there.
pub(super) fn against_heads(config: &Config, heads: Option<PathBuf>) -> Result<Checking, Stop> {
    let heads = heads.or_else(|| config.heads.file.clone().filter(|file| file.exists()));
    let heads = heads.as_ref().map_or(Ok(Vec::new()), read_heads)?;
    Ok(Checking { heads, without_key: false })
}

pub(super) async fn run(
    config: Config,
    json: bool,
    heads: Option<PathBuf>,
    backup: Option<(PathBuf, PathBuf)>,
) -> Result<(), Stop> {
    let Some((file, key)) = backup else {
        return check(&config, open(&config).await?, json, heads).await;
    };
    let mut backup = super::restore::open(&file, &key)?;
    // Private, and gone when this ends, however it ends but by force.
    let folder = Folder(super::fresh_folder("candor-verify")?);
    let copy = folder.0.join("candor.db");
    let unopened =
        |error| stop(format!("The backup could not be opened into {}: {error}.", folder.0.display()));
    let db = Db::sqlite_of_schema(&copy, backup.opening.schema).await.map_err(unopened)?;
    let restored = restore(&db, &mut backup, super::keys::read(&config)?.as_ref(), None).await;
    db.close().await;
    restored.map_err(|error| stop(error.to_string()))?;
    // A backup of an earlier schema is brought up to date, as it would be when it is restored.
    Db::sqlite(&copy).await.map_err(unopened)?.close().await;
    check(&config, Db::sqlite_to_read(&copy).await.map_err(unopened)?, json, heads).await
}

/// A folder that is removed when it is not needed any more.
struct Folder(PathBuf);

impl Drop for Folder {
    fn drop(&mut self) {
        let _ = std::fs::remove_dir_all(&self.0);
    }
}

async fn check(config: &Config, db: Db, json: bool, heads: Option<PathBuf>) -> Result<(), Stop> {
    let keys = super::keys::read(config)?;
    let checking = Checking { without_key: keys.is_none(), ..against_heads(config, heads)? };
    let keys = keys
        .unwrap_or_else(|| ServiceKeys::new(&ServiceKey::random(&Randomness::system(), "no service key")));
    let candor = services(config, db, keys).await?;
    let mut report = candor.verify_with(&checking).await.map_err(|problem| stop(problem.to_string()))?;
    candor.db.close().await;
    if checking.heads.is_empty() {
        report.unchecked.push(
            "No heads from outside were given: an end that was cut off, or a chain that was computed anew from some \
             row on, need not show. Use --heads FILE."
                .to_owned(),
        );
    }
    if checking.without_key {
        report
            .unchecked
            .push(format!("The service key {} is not there.", super::keys::place(config).display()));
    }
    print(&report, json)?;
    match report.faults.len() {
        0 => Ok(()),
        1 => Err(stop("1 fault found.")),
        count => Err(stop(format!("{count} faults found."))),
    }
}

fn print(report: &Report, json: bool) -> Result<(), Stop> {
    if json {
        let text =
            serde_json::to_string_pretty(report).map_err(|_| stop("The report could not be written."))?;
        println!("{text}");
        return Ok(());
    }
    println!("Entries of the journal: {}", report.entries);
    println!("Events about cases: {}", report.events);
    for (stage, count) in &report.cases_by_stage {
        println!("Cases {stage}: {count}");
    }
    println!("Resolutions: {}", report.resolutions);
    println!("Signatures that hold: {}", report.signatures);
    println!("Notices: {} to {} recipients", report.notices, report.notice_recipients);
    println!("Heads from outside that fit: {} (up to row {})", report.heads, report.held_up_to);
    for what in &report.unchecked {
        println!("NOT CHECKED {what}");
    }
    for fault in &report.faults {
        println!("FAULT {fault}");
    }
    Ok(())
}

/// The services over a record that is only read, with its service key.
pub(super) async fn open_to_read(config: &Config) -> Result<Candor, Stop> {
    let db = open(config).await?;
    let keys = super::keys::read(config)?.ok_or_else(|| {
        stop(format!("The service key {} is not there.", super::keys::place(config).display()))
    })?;
    services(config, db, keys).await
}

/// The same, beside a site that runs or may begin to.
pub(super) async fn open_beside(config: &Config) -> Result<Candor, Stop> {
    let keys = super::keys::read(config)?.ok_or_else(|| {
        stop(format!("The service key {} is not there.", super::keys::place(config).display()))
    })?;
    let db = match &config.database {
        Database::Sqlite(file) if file.exists() => Db::sqlite_beside(file).await.map_err(unopened)?,
        _ => open(config).await?,
    };
    services(config, db, keys).await
}

async fn services(config: &Config, db: Db, keys: ServiceKeys) -> Result<Candor, Stop> {
    let settings = Settings {
        passphrase: Parameters::STANDARD,
        cases_per_batch: config.cases_per_batch,
        founders_file: config.founders_file.clone(),
    };
    Candor::open_to_read(db, keys, Clock::System, Randomness::system(), settings).await.map_err(|problem| {
        match problem {
            Problem::NotFound => stop("There is no deployment in this database; set data_dir or database."),
            _ => stop(format!(
                "The deployment cannot be read ({}): check that database and {} belong together.",
                problem.code(),
                config.founders_file.display()
            )),
        }
    })
}

async fn open(config: &Config) -> Result<Db, Stop> {
    let db = match &config.database {
        Database::Sqlite(file) if !file.exists() => {
            return Err(stop("There is no database here; set data_dir to the folder of a deployment."));
        }
        Database::Sqlite(file) => Db::sqlite_to_read(file).await,
        Database::Postgres(address) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(address).map_err(|_| {
                stop("database must be a PostgreSQL address, for example postgres://candor@localhost/candor.")
            })?;
            Db::postgres_to_read(options).await
        }
    };
    db.map_err(unopened)
}

fn unopened(error: StoreError) -> Stop {
    match error {
        StoreError::Schema => stop(
            "The database is of another version of this program, an earlier one; use the version that wrote it, or \
             start this one on it first.",
        ),
        error => stop(format!("The database cannot be opened: {error}. See the setting database.")),
    }
}

fn read_heads(file: &PathBuf) -> Result<Vec<(usize, KeptHead)>, Stop> {
    let unreadable =
        || stop(format!("The heads in {} cannot be read; name a file that can.", file.display()));
    let length = std::fs::metadata(file).map_err(|_| unreadable())?.len();
    if length > HEADS_MOST {
        return Err(unreadable());
    }
    let text = std::fs::read_to_string(file).map_err(|_| unreadable())?;
    KeptHead::read_all(&text)
        .map_err(|line| stop(format!("{}, line {line}: this is no head of a journal.", file.display())))
}
