//! The numbers for operators: between two batches they say the same, whatever visitors do.

use std::time::Duration;

use axum::Router;
use axum::http::StatusCode;
use candor::service::Problem;
use candor::web::settings::WebSettings;
use candor::web::{self, App};

use crate::support::app::{TestApp, concern};
use crate::support::http::Client;

/// A site, and what operators ask it.
struct Watched {
    site: Router,
    operators: Router,
}

impl Watched {
    fn of(app: &TestApp) -> Self {
        let web = App::new(app.candor.clone(), WebSettings::default());
        Self { site: web::router(web.clone()), operators: web::operations::router(web) }
    }

    async fn metrics(&self) -> String {
        Client::new(&self.operators).get("/metrics").await.ok().body
    }
}

/// The value of a line that begins so.
fn value(metrics: &str, line: &str) -> u64 {
    let found = metrics.lines().find_map(|whole| whole.strip_prefix(line)?.strip_prefix(' '));
    found.unwrap_or_else(|| panic!("no {line} in {metrics}")).parse().unwrap()
}

async fn an_15_metrics_tell_nothing_of_visitors_before_a_batch(app: TestApp) {
    let watched = Watched::of(&app);
    let (reporter, _) = app.open_case(&concern()).await;
    app.pass(0).await;
    let before = watched.metrics().await;
    let look = async |what: &str| assert_eq!(watched.metrics().await, before, "after {what}");
    look("nothing").await;

    for _ in 0..130 {
        Client::new(&watched.site).get("/library").await.ok();
    }
    look("visits to the library").await;
    let mut client = Client::new(&watched.site);
    let review = client.reach_review(&[("what_happens", "a metric's canary")]).await.ok();
    app.database.run("ALTER TABLE inbox RENAME TO elsewhere").await;
    let (_, failed) = client.send_reviewed(&review).await;
    assert_eq!(failed.status, StatusCode::INTERNAL_SERVER_ERROR);
    app.database.run("ALTER TABLE elsewhere RENAME TO inbox").await;
    look("a fault of the database while somebody sent").await;
    let (words, sent) = client.send_reviewed(&review).await;
    sent.ok().says("It is sent");
    look("a concern").await;
    client.send_reviewed(&review).await.1.ok();
    look("the same once more").await;
    client.come_back(&words).await.ok();
    Client::new(&watched.site).come_back("abacus abacus abacus").await;
    Client::new(&watched.site).come_back(&reporter.words).await.ok();
    look("visits with a receipt, and with a wrong one").await;
    let withdraw = candor::service::inbox::ReporterAct::Pressed;
    app.reporter_acts(&reporter, &withdraw).await;
    look("an act").await;
    for probe in ["/healthz", "/readyz"] {
        Client::new(&watched.site).get(probe).await.ok();
    }
    look("a balancer's questions").await;

    // The controls: what staff do shows at once, and what visitors did shows after the batch, in hundreds.
    let mut staff = Client::new(&watched.site);
    staff.sign_in("administrator").await;
    let page = staff.get("/admin/status").await.ok();
    page.says("None since the program started");
    let now = watched.metrics().await;
    assert!(value(&now, "candor_staff_requests_total{area=\"administration\",class=\"2xx\"}") >= 1);
    assert_eq!(value(&now, "candor_visitor_requests_total"), 0);
    let kind = "candor_database_faults_total{kind=\"refused\"}";
    assert_eq!(value(&now, kind), value(&before, kind));
    app.run_batches().await;
    let after = watched.metrics().await;
    assert_eq!(value(&after, "candor_visitor_requests_total"), 100);
    assert!(value(&after, kind) > value(&before, kind));
    assert!(after.contains("candor_visitor_faults_total{reason=\""), "{after}");
    assert!(!after.contains("canary"));
    let mut staff = Client::new(&watched.site);
    staff.sign_in("administrator").await;
    staff.get("/admin/status").await.ok().says("of visitors until the last batch");
    app.leaves_work_behind();
}

/// What operators ask is answered with one word, without a cookie, and metrics nowhere but on their own address.
async fn operators_are_told_what_they_need(app: TestApp) {
    let watched = Watched::of(&app);
    app.pass(0).await;
    for from in [&watched.site, &watched.operators] {
        let mut client = Client::new(from);
        assert_eq!(client.get("/healthz").await.ok().body, "ok\n");
        assert_eq!(client.get("/readyz").await.ok().body, "ready\n");
        assert!(client.cookies.is_empty());
    }
    assert_eq!(Client::new(&watched.site).get("/metrics").await.status, StatusCode::NOT_FOUND);
    let metrics = watched.metrics().await;
    let told = [
        "candor_build_info{version=\"",
        "candor_ready{state=\"ready\"} 1",
        "candor_database_up 1",
        "candor_founded 1",
        "candor_work_overdue{work=\"retention\"} 0",
        "candor_deliveries{state=\"given_up\"} 0",
        "candor_signing_in_places 2",
        "candor_schema_version ",
    ];
    for line in told {
        assert!(metrics.contains(line), "{line} in {metrics}");
    }
    assert!(metrics.ends_with("# EOF\n"));

    // Work whose time is past shows, and what a round has done does not.
    app.open_case(&concern()).await;
    app.candor.clock.advance_to(app.now().plus(400 * candor::clock::DAY));
    assert!(value(&watched.metrics().await, "candor_work_overdue{work=\"clock\"}") > 0);
    for _ in 0..4 {
        app.pass(0).await;
    }
    assert_eq!(value(&watched.metrics().await, "candor_work_overdue{work=\"clock\"}"), 0);

    // Pages that have every connection and wait are no reason to send nobody.
    let mut waiting = Vec::new();
    for _ in 0..if app.is_sqlite() { 8 } else { 16 } {
        waiting.push(app.database.read().await);
    }
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    if !app.is_sqlite() {
        assert_eq!(Client::new(&watched.site).get("/readyz").await.ok().body, "ready\n");
    }
    drop(waiting);

    // Being stopped, and a database that is gone.
    app.candor.operations.leave();
    let answer = Client::new(&watched.site).get("/readyz").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "stopping\n"));
    let page = Client::new(&watched.site).get("/library").await.ok();
    assert_eq!(page.headers["connection"], "close");
    let other = app.second_node().await;
    let gone = Watched::of(&other);
    other.candor.db.close().await;
    let answer = Client::new(&gone.operators).get("/readyz").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "database\n"));
    let metrics = gone.metrics().await;
    assert!(
        metrics.contains("candor_database_up 0") && !metrics.contains("candor_schema_version"),
        "{metrics}"
    );
    app.leaves_work_behind();
}

/// A machine to which the founding leads' fingerprints have not been carried yet does nothing at all: to it every
/// post would look empty. Once they are there it works, without being started again.
async fn a_machine_without_its_founders_does_nothing(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let file = app.candor.settings.founders_file.clone();
    let aside = file.with_extension("aside");
    std::fs::rename(&file, &aside).unwrap();
    // Started now, it says why it does not start.
    let settings = candor::service::Settings::clone(&app.candor.settings);
    let (keys, clock) = (app.candor.keys.clone(), app.candor.clock.clone());
    let (db, chance) = (app.database.again().await.db, app.candor.randomness.clone());
    let opened = candor::service::Candor::open(db, keys, clock, chance, settings).await;
    assert_eq!(opened.err(), Some(Problem::FoundersMissing));

    // Started before the site was founded elsewhere.
    let founded = |sign: &str| {
        format!("UPDATE deployment SET founded_at = {sign}, people_version = people_version + 1")
    };
    let at = app.database.number("SELECT founded_at FROM deployment").await;
    app.database.run(&founded("NULL")).await;
    let other = app.second_node().await;
    let watched = Watched::of(&other);
    Client::new(&watched.operators).get("/readyz").await.ok();
    app.database.run(&founded(&at.to_string())).await;
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    let answer = Client::new(&watched.operators).get("/readyz").await;
    assert_eq!((answer.status, answer.body.as_str()), (StatusCode::SERVICE_UNAVAILABLE, "founders\n"));
    let before = app.database.number("SELECT COUNT(*) FROM journal").await;
    let drawn = other.candor.draw_receipt().unwrap();
    assert_eq!(other.candor.raise(&concern(), &drawn).await.err(), Some(Problem::FoundersMissing));
    assert_eq!(candor::jobs::run_once(&other.candor).await.err(), Some(Problem::FoundersMissing));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM journal").await, before);

    std::fs::rename(&aside, &file).unwrap();
    tokio::time::sleep(Duration::from_millis(1_100)).await;
    Client::new(&watched.operators).get("/readyz").await.ok();
    candor::jobs::run_once(&other.candor).await.unwrap();
    other.case("guard-east", &number).await.unwrap();
    other.open_case(&concern()).await;
    other.candor.db.close().await;
}

on_both!(
    an_15_metrics_tell_nothing_of_visitors_before_a_batch,
    operators_are_told_what_they_need,
    a_machine_without_its_founders_does_nothing,
);
