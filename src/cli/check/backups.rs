//! Backups: where they lie, how old they are, whether each is sealed and made after a batch, and whether unsealed copies
//! lie about.

use std::fs::{self, File};
use std::io::Read;
use std::path::{Path, PathBuf};

use super::Findings;
use super::machine::{begins_as_database, is_open_to_others, open};
use crate::cli::backup::{is_private_half, mark, read_public};
use crate::clock::{HOUR, Timestamp};
use crate::config::{BackupConfig, Config, Database};
use crate::domain::deadline::Calendar;
use crate::service::backup::NEWEST_MOST;
use crate::service::backup::folder::{self, Lying};
use crate::service::time::calendar_in_force;

/// How dumps of PostgreSQL begin: pg_dump -Fc, and as text.
const DUMPS: [&[u8]; 2] = [b"PGDMP", b"--\n-- PostgreSQL database "];

pub(super) async fn look(config: &Config, now: Timestamp, findings: &mut Findings) {
    let before = findings.0.len();
    keys_lying_about(config, findings);
    match &config.backups {
        None => findings.wrong(
            "No backups are made: make a key with candor backup new-key, set backup_dir and backup_key_file, and let a \
             timer run candor backup after each batch.",
        ),
        Some(backups) => these(config, backups, now, findings).await,
    }
    findings.good_unless_found(
        before,
        "The newest backup was made after the last batch but one at the earliest, sealed to the key of the settings, and \
         none is older than 30 days.",
    );
}

async fn these(config: &Config, backups: &BackupConfig, now: Timestamp, findings: &mut Findings) {
    let folder = &backups.folder;
    let key = match read_public(&backups.key_file) {
        Ok(key) => Some(key.digest()),
        Err(stop) => {
            findings.wrong(stop.to_string());
            None
        }
    };
    if is_open_to_others(&backups.key_file, 0o022).unwrap_or_default() {
        findings.wrong(format!(
            "{0} can be written by others, who could have backups sealed to a key of their own; run chmod 600 {0}.",
            backups.key_file.display()
        ));
    }
    if is_open_to_others(folder, 0o077).unwrap_or_default() {
        findings
            .wrong(format!("The backup folder {0} is open to others; run chmod 700 {0}.", folder.display()));
    }
    let Ok(lying) = folder::all(folder) else {
        findings.wrong(format!(
            "There is no backup yet, or the folder {} cannot be read; run candor backup after a batch.",
            folder.display()
        ));
        return;
    };
    unsealed(folder, findings);
    let calendar = calendar_of(&config.database).await;
    for one in &lying {
        backup(one, key.as_ref(), now, calendar.as_ref(), findings);
    }
    let newest = lying.iter().filter_map(|one| one.header.as_ref()).map(|header| header.made).max();
    match newest.map(|made| now.since(made)) {
        None => findings.wrong("There is no whole backup; run candor backup after a batch."),
        Some(age) if age > NEWEST_MOST => findings.wrong(format!(
            "The newest backup was made {} hours ago; see whether the timer runs, and what candor backup says.",
            age / HOUR
        )),
        Some(age) if age < -HOUR => {
            findings.wrong("A backup is of a batch that is still to come by this machine's clock: set the clock.");
        }
        Some(_) => {}
    }
}

/// One file with the name of a backup.
fn backup(
    lying: &Lying,
    key: Option<&[u8; 32]>,
    now: Timestamp,
    calendar: Option<&Calendar>,
    findings: &mut Findings,
) {
    let path = lying.path.display();
    let Some(header) = &lying.header else {
        findings.wrong(format!("{path} is no whole backup, whatever it is called; remove it."));
        return;
    };
    if header.expires <= now {
        findings.wrong(format!(
            "{path} is older than 30 days and holds what was destroyed since; remove it, and every copy elsewhere."
        ));
    }
    if key.is_some_and(|key| *key != header.key) {
        findings.look(format!(
            "{path} is sealed to another key ({}) than the settings name: keep that one's private half until it is gone.",
            mark(&header.key)
        ));
    }
    // Hours of batches may have been others then.
    if calendar.is_some_and(|calendar| calendar.last_batch(header.made) != Some(header.made)) {
        findings.look(format!("{path} was not made after a batch as the calendar has them now."));
    }
    if is_open_to_others(&lying.path, 0o077).unwrap_or_default() {
        findings.look(format!("{path} can be read by others; run chmod 600 on it."));
    }
}

async fn calendar_of(database: &Database) -> Option<Calendar> {
    let db = open(database).await.ok()?;
    let mut tx = db.read().await.ok()?;
    let calendar = calendar_in_force(&mut tx).await.ok();
    drop(tx);
    db.close().await;
    calendar
}

fn begins_as_dump(path: &Path) -> bool {
    let mut start = Vec::new();
    File::open(path).is_ok_and(|file| file.take(64).read_to_end(&mut start).is_ok())
        && DUMPS.iter().any(|begins| start.starts_with(begins))
}

fn files(folder: &Path) -> Vec<PathBuf> {
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    entries.map(|entry| entry.path()).filter(|path| path.is_file()).collect()
}

/// Copies beside the backups that anybody can read who finds them.
fn unsealed(folder: &Path, findings: &mut Findings) {
    for path in files(folder) {
        if begins_as_database(&path) || begins_as_dump(&path) {
            findings.wrong(format!(
                "{} is a copy that is not sealed: it holds what waits for a batch, and when it came. Shred it, and let \
                 candor backup make backups.",
                path.display()
            ));
        }
    }
}

/// The private half of the backup key does not belong on this machine.
fn keys_lying_about(config: &Config, findings: &mut Findings) {
    let mut folders = vec![config.data_dir.clone()];
    folders.extend(config.service_key_file.parent().map(Path::to_owned));
    if let Some(backups) = &config.backups {
        folders.push(backups.folder.clone());
        folders.extend(backups.key_file.parent().map(Path::to_owned));
    }
    folders.sort();
    folders.dedup();
    for path in folders.iter().flat_map(|folder| files(folder)) {
        if is_private_half(&path) {
            findings.wrong(format!(
                "{} is the private half of the backup key: on this machine it opens every backup to whoever breaks in. \
                 Take it offline, shred it here, and make another key if somebody may have it.",
                path.display()
            ));
        }
        if begins_as_dump(&path) {
            findings.wrong(format!(
                "{} is a dump of a database that is not sealed; shred it, and let candor backup make backups.",
                path.display()
            ));
        }
    }
}
