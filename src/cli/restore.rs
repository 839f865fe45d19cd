//! `candor restore`: a backup into an empty database of either kind.

use std::fs::File;
use std::io::BufReader;
use std::path::{Path, PathBuf};
use std::str::FromStr;

use clap::Args;

use super::{Stop, backup, keys, open_services, private_folder, stop};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::crypto::passphrase::Parameters;
use crate::jobs;
use crate::service::backup::{Opened, restore};
use crate::service::{Candor, Problem};
use crate::store::{Db, StoreError};

#[derive(Debug, Args)]
pub(super) struct Restore {
    /// The backup.
    file: PathBuf,
    /// The file with the private half of the backup key. Take it away again afterwards.
    #[arg(long)]
    key: PathBuf,
    /// Restore it though its thirty days are over: it may hold what was destroyed since.
    #[arg(long)]
    expired: bool,
}

pub(super) type Backup = Opened<BufReader<File>>;

/// Opens a backup with the private half of its key.
pub(super) fn open(file: &Path, key: &Path) -> Result<Backup, Stop> {
    let key = backup::read_private(key)?;
    let unreadable = || stop(format!("The backup {} cannot be read.", file.display()));
    let open = File::open(file).map_err(|_| unreadable())?;
    let length = open.metadata().map_err(|_| unreadable())?.len();
    Opened::open(BufReader::new(open), length, &key)
        .map_err(|error| stop(format!("{}: {error}", file.display())))
}

/// An empty database with the schema of a backup, and whether it was made for it.
async fn empty(config: &Config, schema: i64) -> Result<(Db, Option<PathBuf>), Stop> {
    let (db, made) = match &config.database {
        Database::Sqlite(file) => {
            let made = (!file.exists()).then(|| file.clone());
            if let Some(folder) = file.parent() {
                private_folder(folder).map_err(|_| {
                    stop(format!("The data folder {} cannot be made; set data_dir.", folder.display()))
                })?;
            }
            (Db::sqlite_of_schema(file, schema).await, made)
        }
        Database::Postgres(address) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(address).map_err(|_| {
                stop("database must be a PostgreSQL address, for example postgres://candor@localhost/candor.")
            })?;
            (Db::postgres_of_schema(options, schema).await, None)
        }
    };
    let db = db.map_err(|error| match error {
        StoreError::Newer => {
            stop("A newer version of the program made this backup; restore it with that version.")
        }
        error => stop(format!("The database cannot be opened: {error}. See the setting database.")),
    })?;
    Ok((db, made))
}

/// Removes a database that was made for a backup which then could not be restored.
pub(super) fn remove_database(file: &Path) {
    for end in ["", "-wal", "-shm"] {
        let mut name = file.as_os_str().to_owned();
        name.push(end);
        let _ = std::fs::remove_file(name);
    }
}

pub(super) async fn run(config: Config, asked: Restore) -> Result<(), Stop> {
    let keys = keys::read(&config)?.ok_or_else(|| {
        stop(format!(
            "The service key {} is not there; bring it and founders.toml from their safe place first.",
            keys::place(&config).display()
        ))
    })?;
    let mut backup = open(&asked.file, &asked.key)?;
    let now = Clock::System.now();
    if backup.header.expires <= now && !asked.expired {
        return Err(stop(
            "The thirty days of this backup are over: it may hold what was destroyed since. Use a newer one, or say \
             --expired if there is none.",
        ));
    }
    crate::service::accounts::read_founders(&config.founders_file, backup.opening.deployment).map_err(
        |_| stop(format!("{} is not that of the backup's deployment.", config.founders_file.display())),
    )?;
    let (db, made) = empty(&config, backup.opening.schema).await?;
    let restored = restore(&db, &mut backup, Some(&keys), Some(now)).await;
    db.close().await;
    let restored = match restored {
        Ok(restored) => restored,
        Err(error) => {
            if let Some(file) = made {
                remove_database(&file);
            }
            return Err(stop(format!("Nothing was restored. {error}")));
        }
    };
    println!(
        "Restored {} rows: the deployment as it was after the batch of {}, up to row {} of the journal.",
        restored.rows,
        utc(restored.made),
        restored.last_entry
    );
    let candor = open_services(&config, Clock::System, Parameters::STANDARD).await?;
    let done = finish(&config, &candor).await;
    candor.db.close().await;
    done
}

/// The moment in words, in UTC: which calendar holds is in the database.
fn utc(at: crate::clock::Timestamp) -> String {
    jiff::Timestamp::from_second(at.0)
        .map(|at| at.strftime("%Y-%m-%d %H:%M UTC").to_string())
        .unwrap_or_default()
}

/// Destroys what is due, checks the record, and says what is lost.
async fn finish(config: &Config, candor: &Candor) -> Result<(), Stop> {
    let failed = |problem: Problem| {
        stop(format!(
            "It is restored, but what should be gone could not all be destroyed ({}): run candor verify. Serving it \
             tries again first.",
            problem.code()
        ))
    };
    let destroyed = jobs::retain(candor).await.map_err(failed)?;
    candor.remove_ended_sessions().await.map_err(failed)?;
    println!("Destroyed what should be gone by now: {destroyed} parts of cases.");
    if candor.directory().await.map_err(failed)?.founded && !config.founders_file.exists() {
        return Err(stop(format!(
            "{} is not there: without it nobody is trusted. Bring it from its safe place before you serve this.",
            config.founders_file.display()
        )));
    }
    let checking = super::verify::against_heads(config, None)?;
    let report = candor.verify_with(&checking).await.map_err(failed)?;
    for what in report.unchecked.iter().map(|what| format!("NOT CHECKED {what}")) {
        println!("{what}");
    }
    for fault in &report.faults {
        println!("FAULT {fault}");
    }
    println!();
    println!(
        "Lost is what happened since, and what reporters had on its way to a batch. People have to sign in again,"
    );
    println!(
        "and links that invited them are void: invite them anew. Look whether somebody was barred, left a post or"
    );
    println!(
        "got a new passphrase since; do that again at once. What was to be told outside waits under Administration,"
    );
    println!("Mail and webhooks, for somebody to say whether it went out.");
    match report.faults.len() {
        0 => Ok(()),
        count => Err(stop(format!("It is restored, and its record has {count} faults; see above."))),
    }
}
