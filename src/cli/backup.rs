//! `candor backup`: makes a backup straight after a batch, for a timer: one line of output, and 75 where it is only not
//! the moment. And the pair of keys of which the private half goes offline.

use std::path::{Path, PathBuf};
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use clap::{Args, Subcommand};
use zeroize::Zeroizing;

use super::{Stop, not_now, stop};
use crate::config::{self, BackupConfig, Config};
use crate::crypto::public::ReaderPublicKey;
use crate::crypto::secret::BackupKey;
use crate::rng::Randomness;
use crate::service::backup::{BackupError, Made, Moment};
use crate::service::{Candor, hexadecimal};

/// How often it is looked whether the moment has come.
const LOOKS_EVERY: Duration = Duration::from_secs(10);

/// How often a batch that is under way is looked at before it is given up: a quarter of an hour.
const LOOKS: u32 = 90;

/// How the lines begin that hold the two halves of a key.
const PUBLIC: &str = "candor backup public key 1 ";
const PRIVATE: &str = "candor backup private key 1 ";

/// The largest file that is read for a key.
const KEY_FILE_MOST: u64 = 16 * 1024;

#[derive(Debug, Args)]
pub(super) struct Backup {
    /// Wait for the next batch if this is not straight after one.
    #[arg(long)]
    wait: bool,
    #[command(subcommand)]
    task: Option<Task>,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// Make a pair of keys: on a machine that is never connected, best. Backups are sealed to the public half; only the
    /// private half opens them.
    NewKey {
        /// Where to write the private half; it never goes to the machine that runs the site.
        #[arg(long)]
        private: PathBuf,
        /// Where to write the public half; the setting backup_key_file names it.
        #[arg(long)]
        public: PathBuf,
    },
}

pub(super) async fn run(config: Config, backup: Backup) -> Result<(), Stop> {
    match backup.task {
        Some(Task::NewKey { private, public }) => new_key(&private, &public),
        None => make(config, backup.wait).await,
    }
}

/// What tells one backup key from another: the first 16 digits of its hash.
pub(super) fn mark(digest: &[u8; 32]) -> String {
    hexadecimal(digest).chars().take(16).collect()
}

fn new_key(private: &Path, public: &Path) -> Result<(), Stop> {
    for file in [private, public] {
        if file.exists() {
            return Err(stop(format!("{} is there already; name another file.", file.display())));
        }
    }
    let key = BackupKey::random(&Randomness::system(), "offline backup key");
    let reader = key.public();
    let mark = mark(&reader.digest());
    let unwritable = |file: &Path| stop(format!("{} cannot be written.", file.display()));
    let text = Zeroizing::new(format!(
        "# The private half of backup key {mark}. It opens every backup that is sealed to it: keep it offline, with a\n\
         # copy elsewhere, and never on the machine that runs the site.\n{PRIVATE}{}\n",
        &*key.to_hexadecimal()
    ));
    config::write_private(private, text.as_bytes()).map_err(|_| unwritable(private))?;
    let text = format!(
        "# The public half of backup key {mark}. It is no secret, but must be this one: whoever exchanges it can read\n\
         # every backup that is made from then on.\n{PUBLIC}{}\n",
        STANDARD.encode(reader.as_bytes())
    );
    config::write_private(public, text.as_bytes()).map_err(|_| unwritable(public))?;
    println!(
        "Backup key {mark}: private half in {}, public half in {}.",
        private.display(),
        public.display()
    );
    Ok(())
}

/// What follows the beginning of a line in a file of a key.
fn line_of(file: &Path, begins: &str) -> Option<Zeroizing<String>> {
    if std::fs::metadata(file).ok()?.len() > KEY_FILE_MOST {
        return None;
    }
    let text = Zeroizing::new(std::fs::read_to_string(file).ok()?);
    text.lines().find_map(|line| line.strip_prefix(begins)).map(|line| Zeroizing::new(line.trim().to_owned()))
}

/// Whether a file holds the private half of a backup key.
pub(super) fn is_private_half(file: &Path) -> bool {
    line_of(file, PRIVATE).is_some()
}

pub(super) fn read_public(file: &Path) -> Result<ReaderPublicKey, Stop> {
    let read = || ReaderPublicKey::from_bytes(&STANDARD.decode(line_of(file, PUBLIC)?.as_str()).ok()?).ok();
    read().ok_or_else(|| {
        stop(format!(
            "{} is not the public half of a backup key; make one with candor backup new-key, and name it in \
             backup_key_file.",
            file.display()
        ))
    })
}

pub(super) fn read_private(file: &Path) -> Result<BackupKey, Stop> {
    let read = || BackupKey::from_hexadecimal(&line_of(file, PRIVATE)?).ok();
    read().ok_or_else(|| {
        stop(format!("{} is not the private half of a backup key; name its file with --key.", file.display()))
    })
}

async fn make(config: Config, wait: bool) -> Result<(), Stop> {
    let Some(BackupConfig { folder, key_file }) = &config.backups else {
        return Err(stop("It is not set where backups go: set backup_dir and backup_key_file."));
    };
    let key = read_public(key_file)?;
    let candor = super::verify::open_beside(&config).await?;
    until_the_moment(&candor, wait).await?;
    let made = candor.back_up(folder, &key).await;
    candor.db.close().await;
    match made {
        Ok(made) => {
            say(&made, &mark(&key.digest()));
            Ok(())
        }
        Err(error @ (BackupError::NotNow(_) | BackupError::UnderWay)) => Err(not_now(error.to_string())),
        Err(error) => Err(stop(format!("No backup was made. {error}"))),
    }
}

/// Waits for a batch that is under way for a while, and for the next one if that is asked for. Whether it came is for
/// the backup itself to say.
async fn until_the_moment(candor: &Candor, wait: bool) -> Result<(), Stop> {
    let mut looks = 0;
    loop {
        match candor.backup_moment().await.map_err(|problem| stop(problem.to_string()))? {
            Moment::UnderWay if looks < LOOKS => looks += 1,
            Moment::NotNow(Some(_)) if wait => {}
            _ => return Ok(()),
        }
        tokio::time::sleep(LOOKS_EVERY).await;
    }
}

fn say(made: &Made, mark: &str) {
    let removed = match made.removed {
        0 => String::new(),
        1 => "; 1 old one removed".to_owned(),
        count => format!("; {count} old ones removed"),
    };
    let what = if made.anew { "Made" } else { "There already:" };
    println!(
        "{what} {}, {} MiB, sealed to key {mark}{removed}.",
        made.file.display(),
        made.bytes.div_ceil(1024 * 1024)
    );
}
