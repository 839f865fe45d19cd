//! The subcommands.

use std::net::SocketAddr;
use std::path::{Path, PathBuf};
use std::str::FromStr;
use std::time::Duration;

use clap::{CommandFactory, Parser, Subcommand};
use tokio::net::TcpListener;

use crate::cleaning::apart::{self, Cleaner};
use crate::clock::{Clock, DAY, Timestamp};
use crate::config::{self, Config, Database, HeadsConfig};
use crate::crypto::passphrase::Parameters;
use crate::delivery::{HeadsOutside, Outlets, Patience};
use crate::demonstration;
use crate::jobs;
use crate::rng::Randomness;
use crate::service::backup::Backups;
use crate::service::{Candor, Problem, Settings};
use crate::store::Db;
use crate::web::settings::{LimitSettings, WebSettings};
use crate::web::{App, layers};

mod admin;
mod backup;
mod check;
mod keys;
mod listen;
mod measures;
mod memory;
mod moving;
mod ready;
mod restore;
mod roster;
mod rotate;
mod serving;
mod verify;

use listen::Listeners;

/// Field personnel raise concerns, two commanders resolve them together, headquarters is told.
#[derive(Debug, Parser)]
#[command(name = "candor", version)]
struct Arguments {
    /// Settings file; `candor.toml` is read if it is there.
    #[arg(long, global = true)]
    config: Option<PathBuf>,
    #[command(subcommand)]
    command: Option<Command>,
}

#[derive(Debug, Subcommand)]
enum Command {
    /// Serve the site (the default).
    Serve,
    /// Serve a demonstration with an invented organisation and a clock that you move.
    Demo,
    /// Check the whole record, perhaps of a copy, and print what is in it. Nothing is written.
    Verify {
        /// Print one JSON object.
        #[arg(long)]
        json: bool,
        /// A file of heads that were kept outside; unless given, the one of the setting heads_file.
        #[arg(long)]
        heads: Option<PathBuf>,
        /// Check a backup in place of the deployment; it is opened into a private folder that is removed afterwards.
        #[arg(long, requires = "key")]
        backup: Option<PathBuf>,
        /// The file with the private half of the backup key.
        #[arg(long, requires = "backup")]
        key: Option<PathBuf>,
    },
    /// Make a backup, straight after a batch, and remove old ones. The site may be running.
    Backup(backup::Backup),
    /// Restore a backup into an empty database, and destroy what should be gone by now.
    Restore(restore::Restore),
    /// Move everything into an empty database, of the same kind or the other. The site must be stopped.
    Move {
        /// Where to: what the setting database will be, sqlite or a PostgreSQL address.
        #[arg(long)]
        to: String,
    },
    /// Print a quarter's joint measures as they were published. Nothing is written.
    Measures {
        /// Which quarter, for example 2026-Q2; unless given, the last that was published.
        #[arg(long)]
        quarter: Option<String>,
        #[arg(long, value_enum, default_value_t)]
        format: measures::Form,
    },
    /// Make a file anew from standard input to standard output; the site does this for each file that is attached.
    #[command(name = apart::COMMAND, hide = true)]
    CleanFile {
        /// Of a processor's work, after which it is ended.
        #[arg(long)]
        seconds: u64,
    },
    /// Look at a deployment as it runs, from this machine and through its proxy, and say what is wrong. Changes nothing.
    Check,
    /// Ask the site on this machine whether it should be sent visitors, and print its word. Ends with 0 if it should.
    Ready,
    /// Do what the administrator's pages do, signed in as an administrator. The site may be running.
    Admin(admin::Admin),
    /// Seal everything under the service key that rests under the previous one; the site may run meanwhile.
    RotateServiceKey {
        /// Only say how much rests under which key.
        #[arg(long)]
        check: bool,
    },
}

/// Why the program could not start or go on, in one sentence for whoever started it.
#[derive(Debug, thiserror::Error)]
#[error("{words}")]
pub struct Stop {
    words: String,
    /// What the program ends with: 1, or 75 where nothing is wrong and it can be tried again later (sysexits.h).
    pub code: u8,
}

impl From<config::ConfigError> for Stop {
    fn from(error: config::ConfigError) -> Self {
        stop(error.to_string())
    }
}

fn stop(words: impl Into<String>) -> Stop {
    Stop { words: words.into(), code: 1 }
}

/// The same, where it is only too early or too late.
fn not_now(words: impl Into<String>) -> Stop {
    Stop { words: words.into(), code: 75 }
}

/// Every command with its options, for manual pages and for shells that complete them.
#[must_use]
pub fn command() -> clap::Command {
    Arguments::command()
}

/// Reads the command line and does what it says.
///
/// # Errors
/// With one sentence for whoever started the program.
pub fn run() -> Result<(), Stop> {
    let arguments = Arguments::parse();
    // First of all: from here on there may be secrets.
    memory::keep_to_itself().map_err(|_| {
        stop("The system does not let the program keep its memory out of core dumps; allow it setrlimit and prctl.")
    })?;
    if let Some(Command::CleanFile { seconds }) = arguments.command {
        return apart::answer(seconds).map_err(|_| stop("The file could not be read, or nobody took it."));
    }
    let runtime = tokio::runtime::Builder::new_multi_thread()
        .enable_all()
        .build()
        .map_err(|_| stop("The program could not start its threads; free some memory and try again."))?;
    let config = Config::load(arguments.config.as_deref())?;
    let ended = runtime.block_on(async {
        match arguments.command.unwrap_or(Command::Serve) {
            Command::Serve => serve(config).await,
            Command::Demo => demo(config).await,
            Command::Check => check::run(config).await,
            Command::CleanFile { .. } => Ok(()),
            Command::Ready => ready::run(&config).await,
            Command::Admin(admin) => admin::run(config, admin).await,
            Command::Verify { json, heads, backup, key } => {
                verify::run(of_demonstration(config), json, heads, backup.zip(key)).await
            }
            Command::Backup(backup) => backup::run(config, backup).await,
            Command::Restore(restore) => restore::run(config, restore).await,
            Command::Move { to } => moving::run(config, &to).await,
            Command::Measures { quarter, format } => {
                measures::run(of_demonstration(config), quarter, format).await
            }
            Command::RotateServiceKey { check } => rotate::run(of_demonstration(config), check).await,
        }
    });
    // Whatever still holds a thread holds it no longer than this.
    runtime.shutdown_timeout(LAST_THREADS);
    ended
}

/// How long work that nobody waits for any more may keep the program from ending.
const LAST_THREADS: Duration = Duration::from_secs(3);

fn start_log() {
    // Of the database's driver no warnings: one says that a connection came late, at the time of whoever waited.
    let filter = tracing_subscriber::EnvFilter::new("info,sqlx=error,webauthn_rs_core=off");
    tracing_subscriber::fmt().with_env_filter(filter).with_target(false).init();
    layers::panics::keep_messages_quiet();
}

async fn open_database(config: &Config) -> Result<Db, Stop> {
    let db = match &config.database {
        Database::Sqlite(file) => {
            if let Some(folder) = file.parent() {
                private_folder(folder).map_err(|_| {
                    stop(format!("The data folder {} cannot be made; set data_dir.", folder.display()))
                })?;
            }
            Db::sqlite(file).await
        }
        Database::Postgres(address) => {
            let options = sqlx::postgres::PgConnectOptions::from_str(address).map_err(|_| {
                stop("database must be a PostgreSQL address, for example postgres://candor@localhost/candor.")
            })?;
            Db::postgres(options).await
        }
    };
    db.map_err(|error| stop(format!("The database cannot be opened: {error}. See the setting database.")))
}

async fn open_services(config: &Config, clock: Clock, passphrase: Parameters) -> Result<Candor, Stop> {
    let db = open_database(config).await?;
    let founded = db
        .holds_a_deployment()
        .await
        .map_err(|error| stop(format!("The database cannot be read: {error}. See the setting database.")))?;
    // A database without its key is never given another: everything in it would be lost unnoticed.
    let keys = keys::read_or_make(config, !founded)?;
    let settings = Settings {
        passphrase,
        cases_per_batch: config.cases_per_batch,
        founders_file: config.founders_file.clone(),
    };
    let candor = Candor::open(db, keys, clock, Randomness::system(), settings).await.map_err(|problem| {
        if let Problem::Unusable(words) = problem {
            return stop(words);
        }
        stop(format!(
            "The deployment cannot be opened ({}): check that database, service key and {} belong together.",
            problem.code(),
            config.founders_file.display()
        ))
    })?;
    Ok(candor.reached_at(config.public_address.as_deref()))
}

/// Lets the journal's heads be kept outside, where the settings say.
fn keep_heads(candor: Candor, config: &Config) -> Result<Candor, Stop> {
    let heads = HeadsOutside::open(&config.heads, Patience::STANDARD)
        .map_err(|unusable| stop(unusable.to_string()))?;
    Ok(candor.with_heads(heads))
}

fn web_settings(config: &Config, demonstration: bool) -> WebSettings {
    WebSettings {
        neutral_site: config.neutral_site.clone(),
        onion_location: config.onion_location.clone(),
        behind_tls: config.behind_tls,
        trusted_proxies: config.trusted_proxies.clone(),
        demonstration,
        limits: LimitSettings { cleaner: Some(Cleaner::this_program()), ..LimitSettings::default() },
        ..WebSettings::default()
    }
}

async fn serve(config: Config) -> Result<(), Stop> {
    start_log();
    let listener = bind(config.listen, "listen").await?;
    let metrics = match config.metrics_listen {
        Some(address) => Some(bind(address, "metrics_listen").await?),
        None => None,
    };
    let outlets =
        Outlets::open(&config.delivery, Patience::STANDARD).map_err(|unusable| stop(unusable.to_string()))?;
    let candor = open_services(&config, Clock::System, Parameters::STANDARD).await?.with_outlets(outlets);
    let candor = keep_heads(candor, &config)?;
    let folder = config.backups.as_ref().map(|backups| backups.folder.clone());
    let candor = candor.with_backups(Backups::kept_in(folder));
    if candor.heads.places().next().is_none() {
        tracing::warn!(
            "the journal's heads are kept nowhere outside: who cuts its end off, or writes it anew, is not found out. \
             Set heads_file or heads_webhook."
        );
    }
    let telltale = candor.db.telltale_settings().await.unwrap_or_default();
    for warning in telltale.into_iter().chain(candor.db.losing_settings().await.unwrap_or_default()) {
        tracing::warn!("{warning}");
    }
    clear_what_is_due(&candor).await;
    let link = candor.invite_first_administrator().await.map_err(|problem| stop(problem.to_string()))?;
    if let Some(link) = link {
        println!("This deployment has nobody yet. The administrator's one-time link, good for seven days:");
        println!("  http://{}/setup/join/{link}", config.listen);
        println!("The service key is {}. Keep a copy of it and of", keys::place(&config).display());
        println!(
            "{} in a safe place apart from the data folder: without them nothing can be opened.",
            config.founders_file.display()
        );
    }
    let app = App::new(candor, web_settings(&config, false));
    listen::serve(app, Listeners { site: listener, metrics }, config.drain).await
}

/// Destroys what is due before anything is served: a database that was restored, or that rested for long, holds texts
/// that should be gone. A case that cannot be read keeps nobody else's.
async fn clear_what_is_due(candor: &Candor) {
    let failed = [jobs::retain(candor).await.err(), candor.remove_ended_sessions().await.err()];
    for problem in failed.into_iter().flatten() {
        tracing::error!(cause = problem.code(), "clearing up at the start failed; the jobs will try again");
    }
}

/// Somewhere in the past, so that the demonstration ends near today.
const PLAYED: i64 = 42 * DAY + demonstration::BEFORE;

/// How long there was an organisation before that: a whole quarter has been published since.
const FOUNDED_BEFORE: i64 = 125 * DAY;

async fn demo(mut config: Config) -> Result<(), Stop> {
    start_log();
    let listener = bind(config.listen, "listen").await?;
    let named = std::env::vars().any(|(name, _)| name == "CANDOR_DATA_DIR");
    if !named {
        config.data_dir = fresh_folder("candor-demonstration")?;
    }
    let file = config.data_dir.join("candor.db");
    if file.exists() {
        return Err(stop(format!(
            "{} has a database already; the demonstration starts in an empty folder.",
            config.data_dir.display()
        )));
    }
    config.database = Database::Sqlite(file);
    // Beside its data, unlike a real deployment's: nothing here is secret.
    config.service_key_file = config.data_dir.join("demonstration.key");
    config.service_key_previous_file = None;
    config.credentials = None;
    config.founders_file = config.data_dir.join("founders.toml");
    let start =
        Timestamp(Clock::System.now().0.div_euclid(DAY) * DAY + 14 * crate::clock::HOUR).plus(-PLAYED);
    let founded = start.plus(-FOUNDED_BEFORE);
    // Browsers bind a passkey to a name, and to no number.
    if config.public_address.is_none() && config.listen.ip().is_loopback() {
        config.public_address = Some(format!("http://localhost:{}", config.listen.port()));
    }
    // Passphrases that everybody knows need no costly guard.
    let cheap = Parameters { memory_kib: 1_024, passes: 1, lanes: 1 };
    println!("Setting the scene: an invented organisation, and cases at several stages …");
    // Beside its data as well, to show what is written; a real deployment's lie elsewhere.
    config.heads = HeadsConfig { file: Some(config.data_dir.join("heads.jsonl")), ..HeadsConfig::default() };
    let candor = open_services(&config, Clock::simulated(founded), cheap).await?.excepting_second_factors();
    let candor = keep_heads(candor, &config)?;
    let cast = demonstration::play_from(&candor, start)
        .await
        .map_err(|problem| stop(format!("The demonstration could not be set up: {problem}")))?;
    println!();
    println!("Candor's demonstration. Nothing in it is real.");
    println!("  Start here:            http://{}/", config.listen);
    println!("  Sign in as anybody:    http://{}/demonstration", config.listen);
    println!("  Everybody's passphrase: {}", demonstration::PASSPHRASE);
    println!("  Data folder:           {}", config.data_dir.display());
    println!();
    println!("Who can sign in, among others:");
    for persona in cast.people.iter().filter(|persona| {
        ["administrator", "council.cbp", "council.ice", "commander.oi-tus", "commander.obp-tca"]
            .contains(&persona.sign_in_name.as_str())
            || persona.sign_in_name.starts_with("headquarters.")
    }) {
        println!("  {:<28} {}", persona.sign_in_name, persona.role);
    }
    println!();
    println!(
        "Time stands still until you move it: next batch, one day or one week, at the top of every page."
    );
    let app = App::new(candor, web_settings(&config, true)).with_cast(cast);
    // In the demonstration time stands still, and moving it runs the jobs.
    listen::serve(app, Listeners { site: listener, metrics: None }, Duration::ZERO).await
}

/// Makes a folder that only its owner can enter; one that is there is left as it is.
fn private_folder(folder: &Path) -> std::io::Result<()> {
    use std::os::unix::fs::DirBuilderExt;
    std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// A new folder for this program alone among those that the system clears away.
fn fresh_folder(begins: &str) -> Result<PathBuf, Stop> {
    let name: [u8; 8] = Randomness::system().bytes("fresh folder");
    let folder = std::env::temp_dir().join(format!("{begins}-{}", crate::service::hexadecimal(&name)));
    private_folder(&folder).map_err(|_| {
        stop(format!("The folder {} cannot be made; set CANDOR_DATA_DIR or TMPDIR.", folder.display()))
    })?;
    Ok(folder)
}

/// Takes the address, before anything is made or printed that would be in vain without it.
async fn bind(address: SocketAddr, setting: &str) -> Result<TcpListener, Stop> {
    TcpListener::bind(address).await.map_err(|_| {
        stop(format!(
            "{address} cannot be listened on; another program may use it. Change the setting {setting}."
        ))
    })
}

/// A demonstration's key lies beside its data; finding it there spares a setting.
fn of_demonstration(mut config: Config) -> Config {
    let key = config.data_dir.join("demonstration.key");
    if key.exists() {
        config.founders_file = config.data_dir.join("founders.toml");
        config.service_key_file = key;
        config.service_key_previous_file = None;
        config.credentials = None;
        config.heads.file = Some(config.data_dir.join("heads.jsonl"));
    }
    config
}
