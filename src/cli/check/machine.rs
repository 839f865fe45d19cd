//! What can be seen from the machine itself: settings, files, database, clock.

use std::fs::{self, File};
use std::io::Read;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;
use std::str::FromStr;

use super::Findings;
use crate::cli::keys;
use crate::clock::{DAY, Timestamp};
use crate::config::{Config, Database};
use crate::store::heads::{self, Place};
use crate::store::{Db, StoreError};

/// What the program itself puts into a data folder.
const OUR_FILES: [&str; 3] = ["candor.db", "candor.db-wal", "candor.db-shm"];

/// How an SQLite database begins.
const DATABASE_BEGINS: &[u8; 16] = b"SQLite format 3\0";

/// How large the write-ahead log may become between two batches before somebody should know.
const LOG_MOST: u64 = 256 * 1024 * 1024;

/// Programs that keep a clock right, by the names that Linux gives their processes (15 letters at most).
const TIME_KEEPERS: [&str; 5] = ["chronyd", "ntpd", "ntpsec", "systemd-timesyn", "openntpd"];

pub(super) async fn look(config: &Config, now: Timestamp, findings: &mut Findings) {
    settings(config, findings);
    key(config, findings);
    folder(config, findings);
    memory(&fs::read_to_string("/proc/swaps").unwrap_or_default(), findings);
    time_service(processes(), findings);
    match open(&config.database).await {
        Ok(db) => {
            database(&db, findings).await;
            kept_outside(&db, config, now, findings).await;
            db.close().await;
        }
        Err(words) => findings.wrong(words),
    }
}

fn settings(config: &Config, findings: &mut Findings) {
    let before = findings.0.len();
    if !config.behind_tls {
        findings.wrong(
            "behind_tls is off: put a TLS proxy in front and set it, or everything that is typed crosses the network \
             in clear.",
        );
    }
    if !config.listen.ip().is_loopback() {
        findings.wrong(format!(
            "listen is {}, which others on the network can reach past the proxy, without TLS; set 127.0.0.1 and a port.",
            config.listen
        ));
    }
    if config.public_address.is_none() {
        findings.look(
            "public_address is not set: nobody can use a passkey, and this check cannot visit the site.",
        );
    }
    if config.trusted_proxies.is_empty() {
        findings.look(
            "trusted_proxies is not set: no address is known, so one visitor can use up what all may send. Set it to \
             the proxy's address, for example 127.0.0.1.",
        );
    }
    findings.good_unless_found(before, "The settings keep every visitor behind TLS and the proxy.");
}

/// Whether anybody but its owner may do anything with a file; `None` if there is none.
pub(super) fn is_open_to_others(path: &Path, bits: u32) -> Option<bool> {
    fs::metadata(path).ok().map(|metadata| metadata.permissions().mode() & bits != 0)
}

fn key(config: &Config, findings: &mut Findings) {
    let file = keys::place(config);
    match is_open_to_others(&file, 0o077) {
        None => findings.wrong(format!(
            "The service key {} is not there, or this account may not see it; set service_key_file.",
            file.display()
        )),
        Some(true) => findings.wrong(format!(
            "The service key {0} can be read by others; run chmod 600 {0}, and exchange it if somebody may have.",
            file.display()
        )),
        Some(false) => match keys::read(config) {
            Ok(_) => findings.good("The service key is there, and only its owner can read it."),
            Err(stop) => findings.wrong(stop.to_string()),
        },
    }
    if let Some(previous) = keys::previous_place(config) {
        findings.look(format!(
            "A previous service key, {}, is still in the settings; take it out once candor rotate-service-key --check \
             says that nothing rests under it.",
            previous.display()
        ));
    }
    match is_open_to_others(&config.founders_file, 0o022) {
        None => findings.look(format!(
            "{} is not there: the site is not founded yet, or trusts nobody.",
            config.founders_file.display()
        )),
        Some(true) => findings.wrong(format!(
            "{0} can be written by others, who could name founders of their own; run chmod 600 {0}.",
            config.founders_file.display()
        )),
        Some(false) => {}
    }
}

pub(super) fn begins_as_database(path: &Path) -> bool {
    let mut start = [0; 16];
    File::open(path).and_then(|mut file| file.read_exact(&mut start)).is_ok() && start == *DATABASE_BEGINS
}

fn folder(config: &Config, findings: &mut Findings) {
    let Database::Sqlite(file) = &config.database else { return };
    let Some(folder) = file.parent() else { return };
    let before = findings.0.len();
    if is_open_to_others(folder, 0o077).unwrap_or_default() {
        findings
            .wrong(format!("The data folder {0} is open to others; run chmod 700 {0}.", folder.display()));
    }
    let entries = fs::read_dir(folder).into_iter().flatten().filter_map(Result::ok);
    for path in entries.map(|entry| entry.path()) {
        let ours =
            path.file_name().and_then(|name| name.to_str()).is_some_and(|name| OUR_FILES.contains(&name));
        if !ours && begins_as_database(&path) {
            findings.wrong(format!(
                "{} is a copy of a database: it keeps what retention destroys, and perhaps what waits for a batch. \
                 Seal it away or shred it.",
                path.display()
            ));
        }
    }
    let log = file.with_extension("db-wal");
    if fs::metadata(log).is_ok_and(|metadata| metadata.len() > LOG_MOST) {
        findings.look(
            "The database's write-ahead log is larger than 256 MiB: no batch has emptied it. See whether the site runs.",
        );
    }
    findings.good_unless_found(before, "The data folder is its owner's alone, and no copy lies in it.");
}

/// Whether memory, with keys in it, can come to rest on a disk: by what Linux lists of swaps, under a head.
fn memory(swaps: &str, findings: &mut Findings) {
    if swaps.lines().count() > 1 {
        findings.look(
            "This machine swaps: keys and texts in memory can come to rest on its disk. Run swapoff, encrypt the swap, or \
             set MemorySwapMax=0 in the unit.",
        );
    } else {
        findings.good("Nothing is swapped to a disk.");
    }
}

/// The names of the processes that run here, as far as they may be seen.
fn processes() -> impl Iterator<Item = String> {
    let entries = fs::read_dir("/proc").into_iter().flatten().filter_map(Result::ok);
    entries.filter_map(|entry| fs::read_to_string(entry.path().join("comm")).ok())
}

fn time_service(mut processes: impl Iterator<Item = String>, findings: &mut Findings) {
    if processes.any(|name| TIME_KEEPERS.contains(&name.trim())) {
        findings.good("A time service runs on this machine.");
    } else {
        findings.look(
            "No time service that is known here runs on this machine: batches and deadlines follow its clock. Run chrony, \
             or see that the host keeps the clock right.",
        );
    }
}

pub(super) async fn open(database: &Database) -> Result<Db, String> {
    let opened = match database {
        Database::Sqlite(file) if !file.exists() => {
            return Err(format!("There is no database {}; set data_dir.", file.display()));
        }
        Database::Sqlite(file) => Db::sqlite_to_read(file).await,
        Database::Postgres(address) => match sqlx::postgres::PgConnectOptions::from_str(address) {
            Ok(options) => Db::postgres_to_read(options).await,
            Err(_) => return Err("database is no PostgreSQL address.".to_owned()),
        },
    };
    opened.map_err(|error| match error {
        StoreError::Schema => "The database is of an earlier version of this program.".to_owned(),
        error => format!("The database cannot be opened: {error}."),
    })
}

async fn database(db: &Db, findings: &mut Findings) {
    let before = findings.0.len();
    match (db.telltale_settings().await, db.losing_settings().await) {
        (Ok(telltale), Ok(losing)) => {
            for sentence in telltale.into_iter().chain(losing) {
                findings.wrong(sentence);
            }
        }
        _ => findings.wrong("The database's settings cannot be read."),
    }
    findings.good_unless_found(before, "The database loses nothing that was confirmed, and logs no times.");
}

/// Year, month and day in UTC, as days of heads are compared.
fn day(at: Timestamp) -> String {
    jiff::Timestamp::from_second(at.0)
        .map(|at| jiff::tz::TimeZone::UTC.to_datetime(at).date().to_string())
        .unwrap_or_default()
}

async fn kept_outside(db: &Db, config: &Config, now: Timestamp, findings: &mut Findings) {
    let mut places = Vec::new();
    if config.heads.file.is_some() {
        places.push(Place::File);
    }
    if config.heads.webhook.is_some() {
        places.push(Place::Webhook);
    }
    if places.is_empty() {
        findings.wrong(
            "The journal's heads are kept nowhere outside: who writes its end anew is not found out. Set heads_file or \
             heads_webhook.",
        );
    }
    for place in places {
        let Ok(mut tx) = db.read().await else { return };
        match heads::newest_kept(&mut tx, place).await.map(|head| head.map(|head| head.day)) {
            Ok(Some(newest)) if newest > day(now.plus(DAY)) => findings.wrong(format!(
                "A head of the journal is of {newest}, which this machine's clock says is still to come: set the clock."
            )),
            Ok(Some(newest)) if newest >= day(now.plus(-2 * DAY)) => {
                findings.good(format!("The journal's head was kept outside ({}) on {newest}.", place.word()));
            }
            Ok(Some(newest)) => findings.wrong(format!(
                "The last head that was kept outside ({}) is of {newest}; see that the place can be written.",
                place.word()
            )),
            Ok(None) => findings.look(format!(
                "No head was kept outside yet ({}); the first follows the next batch.",
                place.word()
            )),
            Err(_) => findings.wrong("The database cannot be read."),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{TIME_KEEPERS, memory, time_service};
    use crate::cli::check::{Findings, Verdict};

    fn found(look: impl FnOnce(&mut Findings)) -> (Verdict, String) {
        let mut findings = Findings::default();
        look(&mut findings);
        assert_eq!(findings.0.len(), 1);
        let finding = findings.0.remove(0);
        (finding.verdict, finding.words)
    }

    /// What a test cannot bring about on the machine that it runs on, with what Linux says of it.
    #[test]
    fn a_swap_and_a_missing_time_service_are_said() {
        const HEAD: &str = "Filename\t\t\t\tType\t\tSize\t\tUsed\t\tPriority\n";
        let swaps = format!("{HEAD}/dev/sda2                               partition\t976892\t\t0\t\t-2\n");
        let (verdict, words) = found(|findings| memory(&swaps, findings));
        assert!(verdict == Verdict::Look && words.starts_with("This machine swaps"), "{words}");
        for none in [HEAD, ""] {
            assert_eq!(found(|findings| memory(none, findings)).0, Verdict::Good);
        }
        let running = |names: &[&str]| {
            let names: Vec<_> = names.iter().map(|name| format!("{name}\n")).collect();
            found(|findings| time_service(names.into_iter(), findings))
        };
        let (verdict, words) = running(&["systemd", "nginx", "chronydish"]);
        assert!(verdict == Verdict::Look && words.starts_with("No time service"), "{words}");
        for keeper in TIME_KEEPERS {
            assert_eq!(running(&["nginx", keeper]).0, Verdict::Good, "{keeper}");
            assert!(keeper.len() <= 15, "Linux cuts {keeper} off");
        }
    }
}
