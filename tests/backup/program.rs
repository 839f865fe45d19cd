//! The commands themselves, as an operator types them.

use std::os::unix::fs::PermissionsExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use candor::store::Db;

use super::{after_a_batch, back_up, closed, opened, rows, scene, well_kept};
use crate::support::app::TestApp;
use crate::support::program::{Place, Running};
use crate::support::{Engine, Fixture, TestDb, block_on};

fn said(output: &Output) -> String {
    String::from_utf8([output.stdout.clone(), output.stderr.clone()].concat()).unwrap()
}

/// The private half of the key of these tests, in the form in which the program writes it.
fn private_half(folder: &Path) -> PathBuf {
    let file = folder.join("backup.private");
    candor::config::write_private(
        &file,
        format!("candor backup private key 1 {}\n", "0b".repeat(32)).as_bytes(),
    )
    .unwrap();
    file
}

/// A new machine: nothing but the service key and the founders, from their safe place.
struct NewMachine {
    folder: tempfile::TempDir,
    database: String,
}

impl NewMachine {
    fn of(app: &TestApp, database: String) -> Self {
        let folder = tempfile::tempdir().unwrap();
        let keys = folder.path().join("keys");
        candor::config::write_private(&keys.join("service.key"), "03".repeat(32).as_bytes()).unwrap();
        std::fs::copy(&app.candor.settings.founders_file, keys.join("founders.toml")).unwrap();
        Self { folder, database }
    }

    fn program(&self, arguments: &[&str]) -> Command {
        let mut command = Command::new(env!("CARGO_BIN_EXE_candor"));
        command
            .args(arguments)
            .env_clear()
            .env("CANDOR_DATA_DIR", self.folder.path().join("data"))
            .env("CANDOR_SERVICE_KEY_FILE", self.folder.path().join("keys/service.key"))
            .env("CANDOR_DATABASE", &self.database)
            .current_dir(self.folder.path());
        command
    }
}

async fn a_backup_is_verified_and_restored_on_a_new_machine(app: TestApp) {
    // By the machine's clock, months after the test's, its texts are due and the backup's time is over.
    let (_, number) = closed(&app).await;
    after_a_batch(&app).await;
    let elsewhere = tempfile::tempdir().unwrap();
    let file = back_up(&app, elsewhere.path()).await;
    let key = private_half(elsewhere.path());
    let (file, key) = (file.to_str().unwrap(), key.to_str().unwrap());
    let empty = TestDb::make(app.database.engine).await.unwrap();
    let machine = NewMachine::of(&app, empty.setting());

    let scratch = tempfile::tempdir().unwrap();
    let mut verify = machine.program(&["verify", "--backup", file, "--key", key]);
    let output = verify.env("TMPDIR", scratch.path()).output().unwrap();
    assert!(output.status.success() && said(&output).contains("Cases closed: 1"), "{}", said(&output));
    assert!(std::fs::read_dir(scratch.path()).unwrap().next().is_none(), "nothing of it stays");

    let restore =
        |more: &[&str]| machine.program(&[&["restore", file, "--key", key], more].concat()).output().unwrap();
    let late = restore(&[]);
    assert!(
        !late.status.success() && said(&late).contains("thirty days of this backup are over"),
        "{}",
        said(&late)
    );
    let data = machine.folder.path().join("data/candor.db");
    assert!(!data.exists());
    let done = restore(&["--expired"]);
    let words = said(&done);
    assert!(done.status.success(), "{words}");
    assert!(words.contains("Destroyed what should be gone by now: "), "{words}");
    assert!(!words.contains("gone by now: 0 parts"), "{words}");
    assert!(words.contains("Lost is what happened since"), "{words}");
    let again = restore(&["--expired"]);
    assert!(!again.status.success() && said(&again).contains("something in this database already"));
    let output = machine.program(&["verify"]).output().unwrap();
    assert!(output.status.success(), "{}", said(&output));

    // What is gone is gone from the database itself; the control is the one that it was made from.
    let db = match app.database.engine {
        Engine::Sqlite => Db::sqlite(&data).await.unwrap(),
        Engine::Postgres => empty.db.clone(),
    };
    let (left, all) = (rows(&db).await, rows(&app.database.db).await);
    assert!(left["envelope"].len() < all["envelope"].len());
    assert!(left["cases"].iter().any(|row| row.contains(&number)));
    db.close().await;

    // Without the key of this deployment nothing is restored, and no database is left behind.
    let other = NewMachine::of(&app, "sqlite".to_owned());
    let wrong = other.folder.path().join("keys/service.key");
    candor::config::write_private(&wrong, "04".repeat(32).as_bytes()).unwrap();
    let output = other.program(&["restore", file, "--key", key, "--expired"]).output().unwrap();
    assert!(
        !output.status.success() && said(&output).contains("not made by this deployment"),
        "{}",
        said(&output)
    );
    assert!(!other.folder.path().join("data/candor.db").exists());
    empty.check_left_behind().await;
}

/// Restored and never served, what is due goes when the site starts, before anybody is let in.
async fn what_is_due_goes_before_anybody_is_served(app: TestApp) {
    closed(&app).await;
    app.leaves_work_behind();
    let envelopes = rows(&app.database.db).await["envelope"].len();
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let running = Running::start(&place, &[]).await;
    // It listens at once and answers when it is ready; the first answer comes after the clearing up.
    let answer = first_answer(running.address).await;
    assert!(answer.starts_with("HTTP/1.1 200"), "{answer}");
    assert!(rows(&app.database.db).await["envelope"].len() < envelopes);
}

async fn first_answer(address: std::net::SocketAddr) -> String {
    answer(address, "/").await
}

/// What is answered to a question, with its head.
pub(super) async fn answer(address: std::net::SocketAddr, path: &str) -> String {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut stream = tokio::net::TcpStream::connect(address).await.unwrap();
    let question = format!("GET {path} HTTP/1.1\r\nHost: x\r\nConnection: close\r\n\r\n");
    stream.write_all(question.as_bytes()).await.unwrap();
    let mut bytes = Vec::new();
    stream.read_to_end(&mut bytes).await.unwrap();
    String::from_utf8_lossy(&bytes).into_owned()
}

async fn a_timer_gets_one_line_and_a_code(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let output = place.program(&["backup"]).output().unwrap();
    assert_eq!(output.status.code(), Some(1));
    assert_eq!(said(&output), "It is not set where backups go: set backup_dir and backup_key_file.\n");
    let kept = tempfile::tempdir().unwrap();
    let settings = well_kept(&app, kept.path(), 0).await;
    let folder = Path::new(&settings[0].1);
    let made: Vec<_> = candor::service::backup::folder::all(folder).unwrap();
    assert_eq!(made.len(), 1);
    let mut backup = place.program(&["backup"]);
    backup.envs(settings.iter().map(|(name, value)| (*name, value)));
    let output = backup.output().unwrap();
    let words = said(&output);
    assert_eq!(words.lines().count(), 1, "{words}");
    // Whatever the hour is, for this batch there is one already, or it is too late for it.
    match output.status.code() {
        Some(0) => assert!(words.starts_with("There already:") || words.starts_with("Made"), "{words}"),
        Some(75) => assert!(words.starts_with("Not now: "), "{words}"),
        code => panic!("{code:?} {words}"),
    }
    // A key is made once and never over another; it is its owner's alone.
    let private = kept.path().join("offline/backup.private");
    assert_eq!(std::fs::metadata(&private).unwrap().permissions().mode() & 0o777, 0o600);
    let public = kept.path().join("another.public");
    let output = place
        .program(&[
            "backup",
            "new-key",
            "--private",
            private.to_str().unwrap(),
            "--public",
            public.to_str().unwrap(),
        ])
        .output()
        .unwrap();
    assert!(!output.status.success() && said(&output).contains("is there already"), "{}", said(&output));
    assert!(!public.exists());
    // The backup opens with the offline half alone.
    let file = made[0].path.to_str().unwrap();
    let verify = |key: &str| place.program(&["verify", "--backup", file, "--key", key]).output().unwrap();
    let output = verify(private.to_str().unwrap());
    assert!(output.status.success(), "{}", said(&output));
    let other = private_half(kept.path());
    assert!(said(&verify(other.to_str().unwrap())).contains("sealed to another key"));
}

/// Whoever moves must be alone with the database, so the test lets its own connections go as well.
async fn a_move_needs_the_site_to_rest(engine: Engine, other: Engine) {
    let (Some(app), Some(target)) = (TestApp::make(engine).await, TestDb::make(other).await) else { return };
    scene(&app).await;
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    // For SQLite a file in the data folder, which on PostgreSQL is still empty.
    let to = target.setting();
    let run = || place.program(&["move", "--to", &to]).output().unwrap();
    let running = Running::start(&place, &[]).await;
    let refused = run();
    let words = said(&refused);
    assert!(!refused.status.success() && words.contains("stop the site"), "{words}");
    drop(running);
    app.database.db.close().await;
    let mut done = run();
    for _ in 0..50 {
        // Connections of a program that was killed are noticed a moment later.
        if done.status.success() {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(100)).await;
        done = run();
    }
    assert!(done.status.success(), "{}", said(&done));
    let served = place.program(&["rotate-service-key", "--check"]).output().unwrap();
    let words = said(&served);
    assert!(!served.status.success() && words.contains("was moved to another one"), "{words}");
    let mut verify = place.program(&["verify"]);
    let output = verify.env("CANDOR_DATABASE", &to).output().unwrap();
    assert!(output.status.success() && said(&output).contains("Resolutions: 1"), "{}", said(&output));
    target.check_left_behind().await;
    app.database.check_left_behind().await;
}

#[test]
fn a_move_from_sqlite_needs_the_site_to_rest() {
    block_on(a_move_needs_the_site_to_rest(Engine::Sqlite, Engine::Postgres));
}

#[test]
fn a_move_from_postgres_needs_the_site_to_rest() {
    block_on(a_move_needs_the_site_to_rest(Engine::Postgres, Engine::Sqlite));
}

async fn a_running_sites_backup_is_one_moment(app: TestApp) {
    let scene = scene(&app).await;
    let folder = tempfile::tempdir().unwrap();
    // Everybody writes while it is made.
    let key = super::key().public();
    let making = app.candor.back_up(folder.path(), &key);
    let writing = async {
        for _ in 0..20 {
            app.raise(&crate::support::app::concern()).await;
            app.person("guard-west").await;
        }
    };
    let (made, ()) = tokio::join!(making, writing);
    let file = made.unwrap().file;
    let there = super::restored(&app, &file, app.database.engine).await.unwrap();
    assert_eq!(there.candor.verify().await.unwrap().faults, Vec::<String>::new());
    assert!(there.visit(&scene.open.0).await.statement.is_some());
    assert_eq!(opened(&file).opening.deployment, app.candor.deployment);
    there.database.check_left_behind().await;
}

on_both!(
    a_backup_is_verified_and_restored_on_a_new_machine,
    what_is_due_goes_before_anybody_is_served,
    a_timer_gets_one_line_and_a_code,
    a_running_sites_backup_is_one_moment,
);
