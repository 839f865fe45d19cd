//! Watching over backups from the site that they are of: a backup is made by a process of its own, and the metrics and
//! the administrator's page say what lies in the folder.

use std::path::Path;
use std::process::Command;

use candor::clock::HOUR;
use candor::service::backup::{Backups, NEWEST_MOST, Newest};
use candor::web::settings::WebSettings;
use candor::web::{self, App};

use super::{after_a_batch, back_up, well_kept};
use crate::support::app::TestApp;
use crate::support::http::Client;
use crate::support::program::{Place, Running, free_address};
use crate::support::{Engine, run_on};

const METRIC: &str = "candor_backup_last_timestamp_seconds";

/// The metric, if it is there.
fn told(metrics: &str) -> Option<i64> {
    metrics
        .lines()
        .find_map(|line| line.strip_prefix(METRIC)?.strip_prefix(' '))
        .map(|at| at.parse().unwrap())
}

/// What the metrics and the status page say with backups to watch over.
async fn said(app: &TestApp, backups: Backups) -> (Option<i64>, String) {
    let web = App::new(app.candor.clone().with_backups(backups), WebSettings::default());
    let metrics = Client::new(&web::operations::router(web.clone())).get("/metrics").await.ok().body;
    let site = web::router(web);
    let mut staff = Client::new(&site);
    staff.sign_in("administrator").await;
    (told(&metrics), staff.get("/admin/status").await.ok().body)
}

async fn the_newest_backup_is_told_by_its_batch(app: TestApp) {
    let elsewhere = tempfile::tempdir().unwrap();
    let folder = elsewhere.path().join("backups");
    let look = || said(&app, Backups::kept_in(Some(folder.clone())));
    after_a_batch(&app).await;

    let (metric, page) = said(&app, Backups::NotWatched).await;
    assert!(metric.is_none() && !page.contains("Backups"), "the control: nobody watches");
    let (metric, page) = said(&app, Backups::kept_in(None)).await;
    assert!(metric.is_none() && page.contains("name no folder for them"), "{page}");
    let (metric, page) = look().await;
    assert!(metric == Some(0) && page.contains("Their folder cannot be read"), "{page}");
    std::fs::create_dir(&folder).unwrap();
    std::fs::write(folder.join("candor-2030-01-01-0600.backup"), "no backup").unwrap();
    let (metric, page) = look().await;
    assert!(metric == Some(0) && page.contains("There is none yet"), "{page}");

    // Made well after the batch: what is told is the batch, and nothing of when the backup was made.
    app.candor.clock.advance_to(app.now().plus(HOUR + 1_234));
    let batch = app.candor.directory().await.unwrap().calendar.last_batch(app.now()).unwrap();
    back_up(&app, &folder).await;
    let (metric, page) = look().await;
    assert_eq!(metric, Some(batch.0));
    assert!(page.contains("The newest is of the batch of ") && !page.contains("There should be a newer one"));

    app.candor.clock.advance_to(batch.plus(NEWEST_MOST + 1));
    let (metric, page) = look().await;
    assert!(metric == Some(batch.0) && page.contains("There should be a newer one"), "{page}");
    app.leaves_work_behind();
}

/// The program itself sees in its folder what another process has put there.
async fn the_program_tells_of_a_backup_that_another_process_made(app: TestApp) {
    let (empty, kept) = (tempfile::tempdir().unwrap(), tempfile::tempdir().unwrap());
    let place = Place::of(&app, empty.path());
    let mut settings = well_kept(&app, kept.path(), 0).await;
    let metrics = free_address();
    settings.push(("CANDOR_METRICS_LISTEN", metrics.to_string()));
    let _running = Running::start(&place, &settings).await;
    let text = super::program::answer(metrics, "/metrics").await;
    let made = candor::service::backup::folder::all(Path::new(&settings[0].1)).unwrap();
    assert_eq!(told(&text), Some(made[0].header.as_ref().unwrap().made.0), "{text}");
    app.leaves_work_behind();
}

on_both!(the_newest_backup_is_told_by_its_batch, the_program_tells_of_a_backup_that_another_process_made);

/// A disk that hangs keeps neither the metrics from answering nor more than one look waiting.
#[test]
fn a_folder_that_hangs_is_said_to_be_unreadable() {
    run_on(Engine::Sqlite, async |app: TestApp| {
        after_a_batch(&app).await;
        let folder = tempfile::tempdir().unwrap();
        back_up(&app, folder.path()).await;
        // Whoever opens it waits until somebody writes into it.
        let hangs = folder.path().join("candor-2030-01-01-0600.backup");
        assert!(Command::new("mkfifo").arg(&hangs).status().unwrap().success());
        let backups = Backups::kept_in(Some(folder.path().to_owned()));
        for _ in 0..2 {
            assert_eq!(backups.newest().await, Some(Newest::Unreadable));
        }
        // A writer lets go of who waits. A new look would wait again.
        drop(std::fs::OpenOptions::new().write(true).open(&hangs).unwrap());
        assert!(matches!(backups.newest().await, Some(Newest::Of(_))));
        std::fs::remove_file(&hangs).unwrap();
        assert!(matches!(backups.newest().await, Some(Newest::Of(_))));
        app.leaves_work_behind();
    });
}
