//! `candor admin`: what the administrator's pages do, at a terminal, while the site may be running. Whoever
//! uses it signs in as an administrator; the services decide what that allows, and each act is recorded as
//! theirs. It opens no content and makes nobody a reader, any more than the pages do.

use std::io::{BufRead, Write};
use std::path::{Path, PathBuf};

use clap::{Args, Subcommand};

use super::{Stop, stop};
use crate::clock::Clock;
use crate::config::{Config, Database};
use crate::crypto::passphrase::{Parameters, Passphrase};
use crate::domain::id::PostId;
use crate::service::accounts::{Attempt, Person, SignInError, SignedIn, plain_name};
use crate::service::agreement::Proposed;
use crate::service::members::Scope;
use crate::service::organisation::{FILE_MOST, InForce};
use crate::service::{Candor, Problem};
use crate::store::StoreError;

/// The variable that names the file with the administrator's passphrase.
const PASSPHRASE_FILE: &str = "CANDOR_ADMIN_PASSPHRASE_FILE";

#[derive(Debug, Args)]
pub(super) struct Admin {
    /// Sign-in name of the administrator; asked for unless it is given.
    // Its name in the code is its name to clap as well: no subcommand may have an argument of the same name.
    #[arg(long = "as", value_name = "NAME", global = true)]
    signs_in: Option<String>,
    /// File that holds the administrator's passphrase, where nobody sits at a terminal.
    #[arg(long, value_name = "FILE", env = PASSPHRASE_FILE, global = true)]
    passphrase_file: Option<PathBuf>,
    #[command(subcommand)]
    task: Task,
}

#[derive(Debug, Subcommand)]
enum Task {
    /// The organisation as one file.
    #[command(subcommand)]
    Organisation(OrganisationTask),
    /// Who has an account.
    #[command(subcommand)]
    People(PeopleTask),
    /// Check a roster of field members, print what it changes, and take it: one line a person, unit,number,name.
    Roster {
        file: PathBuf,
        /// It speaks of all units, not only of those that it names: whoever is not in it is gone.
        #[arg(long)]
        all_units: bool,
        /// Only print what would change.
        #[arg(long)]
        preview: bool,
    },
    /// Invite somebody, and print the one-time link.
    Invite {
        name: String,
        /// A post to put them forward for, such as commander:UNIT; may be given several times.
        #[arg(long)]
        post: Vec<PostId>,
        /// They are to lead the posts of the Council among these.
        #[arg(long)]
        lead: bool,
        #[arg(long)]
        administrator: bool,
    },
    /// Keep an account from signing in; its sessions end at once.
    Bar { name: String },
    /// The phrase that is asked for before the form, the same for everyone.
    #[command(subcommand)]
    AccessPhrase(PhraseTask),
}

#[derive(Debug, Subcommand)]
enum OrganisationTask {
    /// Write the file in force, to FILE or to the screen.
    Export { file: Option<PathBuf> },
    /// Set a file, or propose it to the Council leads if it needs one; prints what changes.
    Import {
        file: PathBuf,
        /// Only print what would change.
        #[arg(long)]
        preview: bool,
    },
}

#[derive(Debug, Subcommand)]
enum PeopleTask {
    /// Print everybody with their posts.
    List,
}

#[derive(Debug, Subcommand)]
enum PhraseTask {
    /// Set or change it; it is asked for.
    Set,
    /// Ask for none any more.
    Remove,
}

/// A problem of the services in words for a terminal.
pub(super) fn said(problem: Problem) -> Stop {
    match problem {
        Problem::NotFound => stop("There is nothing here for this account: it is not an administrator's."),
        Problem::Store(StoreError::Conflict) => {
            stop("Somebody was faster. Nothing was changed; please look again and repeat it.")
        }
        other => stop(other.to_string()),
    }
}

pub(super) async fn run(config: Config, admin: Admin) -> Result<(), Stop> {
    let candor = open(&config).await?;
    let by = sign_in(&candor, admin.signs_in, admin.passphrase_file.as_deref()).await?;
    let done = act(&candor, &config, &by, admin.task).await;
    // However it went, the session is not left open.
    let ended = candor.sign_out(&by).await.map_err(said);
    candor.db.close().await;
    done.and(ended)
}

/// The services over a deployment that is there; none is made.
async fn open(config: &Config) -> Result<Candor, Stop> {
    let none = || stop("There is no deployment in this database; set data_dir or database.");
    if let Database::Sqlite(file) = &config.database
        && !file.exists()
    {
        return Err(none());
    }
    let db = super::open_database(config).await?;
    let there = db.holds_a_deployment().await;
    db.close().await;
    match there {
        Ok(true) => super::open_services(config, Clock::System, Parameters::STANDARD).await,
        Ok(false) => Err(none()),
        Err(error) => Err(stop(format!("The database cannot be read: {error}. See the setting database."))),
    }
}

/// One line that is typed, or comes through a pipe.
fn ask(question: &str) -> Result<String, Stop> {
    eprint!("{question}: ");
    let unreadable = |_| stop("Nothing could be read from the terminal.");
    std::io::stderr().flush().map_err(unreadable)?;
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line).map_err(unreadable)?;
    Ok(line.trim().to_owned())
}

fn passphrase(file: Option<&Path>) -> Result<Passphrase, Stop> {
    let typed = match file {
        Some(file) => {
            let text = std::fs::read_to_string(file)
                .map_err(|_| stop(format!("{} cannot be read; set {PASSPHRASE_FILE}.", file.display())))?;
            text.trim_end_matches(['\r', '\n']).to_owned()
        }
        None => rpassword::prompt_password("Passphrase: ").map_err(|_| {
            stop(format!("There is no terminal to ask for the passphrase; set {PASSPHRASE_FILE}."))
        })?,
    };
    Passphrase::new(typed).map_err(|_| stop(SignInError::Refused.to_string()))
}

async fn sign_in(candor: &Candor, name: Option<String>, file: Option<&Path>) -> Result<SignedIn, Stop> {
    let name = match name {
        Some(name) => name,
        None => ask("Sign-in name")?,
    };
    let passphrase = passphrase(file)?;
    let code = ask("Code of the app, or a recovery code (empty if none is set up)")?;
    let attempt = Attempt { name: &name, passphrase, code: &code, passkey: None, from: None };
    let cookie = candor.sign_in_with(&attempt).await.map_err(|error| stop(error.to_string()))?;
    let session = candor.session(&cookie).await.map_err(said)?;
    let by = session.ok_or_else(|| stop(SignInError::Refused.to_string()))?;
    let refused = if by.must_enrol {
        Some("Set up a code on the site first (Second factor, after signing in); then this works as well.")
    } else if by.administrator {
        None
    } else {
        Some("This account is not an administrator's.")
    };
    match refused {
        None => Ok(by),
        Some(words) => {
            candor.sign_out(&by).await.map_err(said)?;
            Err(stop(words))
        }
    }
}

async fn act(candor: &Candor, config: &Config, by: &SignedIn, task: Task) -> Result<(), Stop> {
    match task {
        Task::Organisation(OrganisationTask::Export { file }) => export(candor, by, file).await,
        Task::Organisation(OrganisationTask::Import { file, preview }) => {
            import(candor, by, &file, preview).await
        }
        Task::Roster { file, all_units, preview } => {
            let scope = if all_units { Scope::Everybody } else { Scope::NamedUnits };
            super::roster::bring(candor, by, &file, scope, preview).await
        }
        Task::People(PeopleTask::List) => {
            for person in candor.people(by).await.map_err(said)? {
                println!("{}", line(&person));
            }
            Ok(())
        }
        Task::Invite { name, post, lead, administrator } => {
            let posts = put_forward(candor, post, lead).await?;
            let name = known_name(&name)?;
            let token = candor.invite(by, &name, administrator, &posts).await.map_err(said)?;
            println!("The one-time link for {name}, good for seven days. Hand it over in person:");
            if config.behind_tls {
                println!("  https://(this site)/setup/join/{token}");
            } else {
                println!("  http://{}/setup/join/{token}", config.listen);
            }
            Ok(())
        }
        Task::AccessPhrase(PhraseTask::Set) => {
            let typed = zeroize::Zeroizing::new(ask("New access phrase")?);
            candor.set_access_phrase(by, Some(&typed)).await.map_err(said)?;
            println!("The access phrase is set. Give it out at muster, to all alike.");
            Ok(())
        }
        Task::AccessPhrase(PhraseTask::Remove) => {
            candor.set_access_phrase(by, None).await.map_err(said)?;
            println!("No access phrase is asked for any more.");
            Ok(())
        }
        Task::Bar { name } => {
            let name = known_name(&name)?;
            let people = candor.people(by).await.map_err(said)?;
            let person = people.iter().find(|person| person.sign_in_name == name).ok_or_else(|| {
                stop(format!("There is nobody called {name}; see candor admin people list."))
            })?;
            candor.bar(by, person.account, true).await.map_err(said)?;
            println!("{name} cannot sign in any more. The posts stay theirs until a member lets them go.");
            Ok(())
        }
    }
}

fn known_name(typed: &str) -> Result<String, Stop> {
    plain_name(typed).ok_or_else(|| {
        stop("A sign-in name has letters, digits, dots, hyphens, underscores and @, at most 64 in all.")
    })
}

/// Posts that the organisation has; leads are the Council's alone.
async fn put_forward(candor: &Candor, posts: Vec<PostId>, lead: bool) -> Result<Vec<(PostId, bool)>, Stop> {
    let directory = candor.directory().await.map_err(said)?;
    let organisation = directory.organisation().map_err(said)?;
    if let Some(post) = posts.iter().find(|post| !organisation.has_post(post)) {
        return Err(stop(format!(
            "The organisation has no post {post}; a post is written like commander:UNIT."
        )));
    }
    let is_council = |post: &PostId| matches!(post, PostId::Council(_));
    if lead && !posts.iter().any(is_council) {
        return Err(stop("Only the Council has leads: name a post council:AGENCY, or leave --lead out."));
    }
    Ok(posts.into_iter().map(|post| (post.clone(), lead && is_council(&post))).collect())
}

fn line(person: &Person) -> String {
    use std::fmt::Write;
    let state = match (person.barred, person.activated) {
        (true, _) => ", barred",
        (false, false) => ", not activated yet",
        (false, true) => "",
    };
    let duty = if person.administrator { ", administrator" } else { "" };
    let mut line = format!("{}{duty}{state}", person.sign_in_name);
    for holding in &person.posts {
        let standing = if holding.approved { "" } else { ", not approved yet" };
        let lead = if holding.lead { ", lead" } else { "" };
        let _ = write!(line, "\n    {} ({}{lead}{standing})", holding.post, holding.name);
    }
    line
}

async fn export(candor: &Candor, by: &SignedIn, to: Option<PathBuf>) -> Result<(), Stop> {
    let text = candor.organisation_file(by).await.map_err(said)?;
    let text = text.ok_or_else(|| stop("There is no organisation yet."))?;
    let Some(to) = to else {
        print!("{text}");
        return Ok(());
    };
    let opened = std::fs::OpenOptions::new().write(true).create_new(true).open(&to);
    opened.and_then(|mut file| file.write_all(text.as_bytes())).map_err(|error| {
        let why = if error.kind() == std::io::ErrorKind::AlreadyExists {
            "is there already"
        } else {
            "cannot be written"
        };
        stop(format!("{} {why}; name another file.", to.display()))
    })
}

async fn import(candor: &Candor, by: &SignedIn, from: &Path, preview_only: bool) -> Result<(), Stop> {
    let size = std::fs::metadata(from).map_or(0, |found| found.len());
    if size > FILE_MOST as u64 {
        return Err(stop(format!("{} is too large; at most {FILE_MOST} bytes.", from.display())));
    }
    let text = std::fs::read_to_string(from)
        .map_err(|_| stop(format!("{} cannot be read; name a file of text.", from.display())))?;
    // What it is compared with is what it takes the place of, or nothing happens.
    let InForce { version, .. } = candor.organisation_in_force(by).await.map_err(said)?;
    let preview = candor.preview_organisation(by, &text).await.map_err(said)?;
    if !preview.errors.is_empty() {
        for error in &preview.errors {
            eprintln!("{}, line {}: {}", from.display(), error.line, error.message);
        }
        return Err(stop("Nothing was changed: the file has faults."));
    }
    if preview.changes.is_empty() {
        println!("This file changes nothing.");
        return Ok(());
    }
    for change in &preview.changes {
        println!("- {change}");
    }
    if !preview.refusals.is_empty() {
        return Err(stop(format!("Nothing was changed. {}", preview.refusals.join(" "))));
    }
    if preview_only {
        if preview.needs_lead {
            println!("It needs the agreement of a Council lead.");
        }
        println!("Nothing was changed: this was a preview.");
        return Ok(());
    }
    match candor.change_organisation(by, version, &text).await.map_err(said)? {
        Proposed::InForce => println!("It is in force."),
        Proposed::Waits => println!("It is proposed, and in force once a Council lead agrees on the site."),
    }
    Ok(())
}
