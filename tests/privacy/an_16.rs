//! AN-16 against the program itself, over loopback: who tries receipts, or floods the site, names nobody, keeps
//! nobody out, and leaves nothing behind. How large a flood is got through, and how fast, is printed and not held:
//! it is the machine's. docs/anonymity-figures.md has it.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use axum::body::Bytes;
use axum::http::{Request, StatusCode};
use http_body_util::{BodyExt, Full};
use hyper_util::client::legacy::Client as Connections;
use hyper_util::client::legacy::connect::HttpConnector;
use hyper_util::rt::TokioExecutor;
use tokio::task::JoinSet;

use crate::support::app::TestApp;
use crate::support::http::{Client, escape};
use crate::support::pages::words_of;
use crate::support::program::{Place, Running};
use crate::support::{Engine, Fixture, block_on};

/// Of the program in the debug profile; its goal under full load is 128 MiB.
const MEMORY: usize = 256 * 1024;

/// How often somebody who is told to come again does so.
const PATIENCE: usize = 20;

const FLOOD: Duration = Duration::from_secs(4);

/// Somebody who sends requests, from an address that a proxy names, or from none.
#[derive(Clone)]
pub(super) struct Sender {
    pub(super) connections: Connections<HttpConnector, Full<Bytes>>,
    pub(super) site: String,
    pub(super) from: Option<String>,
    pub(super) cookie: Option<String>,
    /// What its forms are.
    pub(super) form: String,
}

const FORM: &str = "application/x-www-form-urlencoded";

impl Sender {
    fn new(program: &Running, from: Option<&str>) -> Self {
        Self::to(program.address, from)
    }

    pub(super) fn to(address: SocketAddr, from: Option<&str>) -> Self {
        let connections = Connections::builder(TokioExecutor::new()).build_http();
        let from = from.map(str::to_owned);
        Self { connections, site: format!("http://{address}"), from, cookie: None, form: FORM.to_owned() }
    }

    pub(super) fn at(&self, from: &str) -> Self {
        Self { from: Some(from.to_owned()), ..self.clone() }
    }

    /// Sends a request; a form if there is one. Returns the status and for how long it is told to wait.
    pub(super) async fn ask(&self, path: &str, form: Option<&str>) -> (StatusCode, u64) {
        let mut request = Request::builder()
            .uri(format!("{}{path}", self.site))
            .method(if form.is_some() { "POST" } else { "GET" })
            .header("sec-fetch-site", "same-origin");
        if form.is_some() {
            request = request.header("content-type", &self.form);
        }
        if let Some(cookie) = &self.cookie {
            request = request.header("cookie", cookie);
        }
        if let Some(from) = &self.from {
            request = request.header("x-forwarded-for", from);
        }
        let body = Full::new(Bytes::from(form.unwrap_or_default().to_owned()));
        let response = self.connections.request(request.body(body).unwrap()).await.unwrap();
        let wait =
            response.headers().get("retry-after").map_or(0, |wait| wait.to_str().unwrap().parse().unwrap());
        let status = response.status();
        response.into_body().collect().await.unwrap();
        (status, wait)
    }

    /// As a person does who was told when to come again. Returns how often; none if patience ran out.
    async fn insist(&self, path: &str, form: Option<&str>, wanted: StatusCode) -> Option<usize> {
        for again in 0..PATIENCE {
            let (status, wait) = self.ask(path, form).await;
            if status == wanted {
                return Some(again);
            }
            let shed = [StatusCode::TOO_MANY_REQUESTS, StatusCode::SERVICE_UNAVAILABLE].contains(&status);
            assert!(shed && wait > 0, "{path}: {status}, to be tried again in {wait}");
            // A person waits as long as the page says. The test does not, which only makes it harder.
            tokio::time::sleep(Duration::from_millis(100)).await;
        }
        None
    }

    /// Comes, opens the form, and sends. Returns the time it took, and how often it was told to wait.
    pub(super) async fn submits(&self, form: &str) -> Option<(Duration, usize)> {
        let begun = Instant::now();
        let mut again = self.insist("/", None, StatusCode::OK).await?;
        again += self.insist("/write", None, StatusCode::OK).await?;
        again += self.insist("/write/send", Some(form), StatusCode::SEE_OTHER).await?;
        again += self.insist("/write/sent", None, StatusCode::OK).await?;
        Some((begun.elapsed(), again))
    }
}

/// A concern that is ready to be sent: the fields of the review page, saved receipt and all.
pub(super) async fn reviewed(app: &TestApp) -> String {
    let review = Client::new(&app.site()).reach_review(&[]).await.ok();
    assert!(!words_of(&review).is_empty());
    let mut form = review.form("/write/send");
    form.set("known", "10").set("saved", "yes");
    let fields: Vec<_> =
        form.fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    fields.join("&")
}

async fn waiting(app: &TestApp) -> i64 {
    app.database.number("SELECT COUNT(*) FROM inbox").await
}

fn program(app: &TestApp, behind_proxy: bool) -> impl Future<Output = Running> {
    let place = Place::of(app, std::path::Path::new("/"));
    async move {
        let settings = [("CANDOR_TRUSTED_PROXIES", "127.0.0.1".to_owned())];
        Running::start(&place, if behind_proxy { &settings } else { &[] }).await
    }
}

/// What is kept once the program has done what was due when it started: quarters have ended since the founding.
async fn at_rest(app: &TestApp) -> BTreeMap<String, Vec<String>> {
    let mut last = BTreeMap::new();
    loop {
        let now = app.database.dump().await;
        if now == last && !now["measures"].is_empty() {
            return now;
        }
        last = now;
        tokio::time::sleep(Duration::from_millis(300)).await;
    }
}

pub(super) const WRONG: &str =
    "words=abacus+abdomen+abdominal+abide+abiding+ability+ablaze+able+abnormal+abrasion";

#[test]
fn an_16_five_hundred_wrong_receipts_from_one_address_stop_nobody_else() {
    block_on(async {
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        app.leaves_work_behind();
        let program = program(&app, true).await;
        let guessing = Sender::new(&program, Some("192.0.2.7"));
        let forms = [reviewed(&app).await, reviewed(&app).await];
        let before = at_rest(&app).await;
        let mut answers = (0, 0);
        for _ in 0..500 {
            match guessing.ask("/return", Some(WRONG)).await {
                (StatusCode::SEE_OTHER, _) => answers.0 += 1,
                (StatusCode::TOO_MANY_REQUESTS, wait) if wait > 0 => answers.1 += 1,
                (status, _) => panic!("{status}"),
            }
        }
        assert!(answers.0 >= 400, "a whole office may share one address: {answers:?}");
        assert_eq!(app.database.dump().await, before, "something is kept of who tries");
        // Somebody else is not made to wait, not once.
        let other = guessing.at("192.0.2.8");
        let (_, again) = other.submits(&forms[0]).await.expect("it is sent");
        assert_eq!((again, waiting(&app).await), (0, 1));
        // The control: as long as tries go on, whoever shares the address is told to wait. Nothing is lost by it.
        let going = Arc::new(AtomicBool::new(true));
        let flood = flood(&guessing, 4, going.clone(), None, Some(WRONG));
        let mut told = 0;
        for _ in 0..50 {
            told += usize::from(guessing.ask("/", None).await.0 == StatusCode::TOO_MANY_REQUESTS);
        }
        going.store(false, Ordering::Relaxed);
        flood.await.unwrap();
        assert!(told > 0, "the limit limits nobody");
        assert!(guessing.submits(&forms[1]).await.is_some(), "nobody is locked out");
        assert_eq!(waiting(&app).await, 2);
        assert!(program.most_memory() < MEMORY, "{} KiB", program.most_memory());
    });
}

/// Sends wrong receipts, or asks for the cheapest page there is, over `lanes` connections until told to stop. Returns how many, and how many were turned away.
fn flood(
    sender: &Sender,
    lanes: usize,
    going: Arc<AtomicBool>,
    from: Option<fn(usize) -> String>,
    form: Option<&'static str>,
) -> tokio::task::JoinHandle<(usize, usize)> {
    let sender = sender.clone();
    tokio::spawn(async move {
        let count = Arc::new(AtomicUsize::new(0));
        let shed = Arc::new(AtomicUsize::new(0));
        let mut all = JoinSet::new();
        for _ in 0..lanes {
            let (sender, going, count, shed) = (sender.clone(), going.clone(), count.clone(), shed.clone());
            all.spawn(async move {
                while going.load(Ordering::Relaxed) {
                    let number = count.fetch_add(1, Ordering::Relaxed);
                    let one = from.map_or_else(|| sender.clone(), |from| sender.at(&from(number)));
                    let path = if form.is_some() { "/return" } else { "/write/sent" };
                    let (status, _) = one.ask(path, form).await;
                    if matches!(status, StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE) {
                        shed.fetch_add(1, Ordering::Relaxed);
                    }
                }
            });
        }
        while all.join_next().await.is_some() {}
        (count.load(Ordering::Relaxed), shed.load(Ordering::Relaxed))
    })
}

/// Another address for each request.
pub(super) fn anywhere(number: usize) -> String {
    format!("203.{}.{}.{}", number / 65_536 % 256, number / 256 % 256, number % 256)
}

#[test]
fn an_16_a_submission_gets_through_a_flood() {
    let mut lines = String::from("\nAN-16: a submission of four requests during a flood\n");
    block_on(async {
        let mut sent = 0;
        let app = TestApp::make(Engine::Sqlite).await.unwrap();
        app.leaves_work_behind();
        let anywhere: Option<fn(usize) -> String> = Some(anywhere);
        for (name, behind_proxy, from, form_sent) in [
            ("wrong receipts from one address", true, None, Some(WRONG)),
            ("wrong receipts from as many addresses as requests", true, anywhere, Some(WRONG)),
            ("pages asked for from as many addresses as requests", true, anywhere, None),
            ("wrong receipts without any address, as over onion", false, None, Some(WRONG)),
            ("pages asked for without any address", false, None, None),
        ] {
            let program = program(&app, behind_proxy).await;
            let calm = Sender::new(&program, behind_proxy.then_some("192.0.2.8"));
            for lanes in [0, 8, 64, 256] {
                let form = reviewed(&app).await;
                let going = Arc::new(AtomicBool::new(true));
                let flooding = Sender::new(&program, behind_proxy.then_some("192.0.2.7"));
                let flood = flood(&flooding, lanes, going.clone(), from, form_sent);
                let begun = Instant::now();
                if lanes > 0 {
                    tokio::time::sleep(FLOOD / 2).await;
                }
                let through = tokio::time::timeout(FLOOD * 3, calm.submits(&form)).await.ok().flatten();
                let lasted = begun.elapsed();
                going.store(false, Ordering::Relaxed);
                let (count, shed) = flood.await.unwrap();
                let rate = count as u128 * 1_000 / lasted.as_millis().max(1);
                let how = through.map_or("did not get through".to_owned(), |(time, again)| {
                    format!("{} ms, told {again} times to wait", time.as_millis())
                });
                let _ = writeln!(
                    lines,
                    "  {name}, {lanes} connections: {rate} a second, {shed} of {count} turned away; {how}"
                );
                // What the design promises, whatever the machine: one address starves nobody else. And whoever was
                // kept out by the whole world gets in when it is over.
                assert!(through.is_some() || name != "wrong receipts from one address", "{lines}");
                if through.is_none() {
                    tokio::time::sleep(Duration::from_secs(1)).await;
                    assert!(calm.submits(&form).await.is_some(), "{lines}");
                }
                sent += 1;
                assert_eq!(waiting(&app).await, sent, "one concern each, sent once: {lines}");
            }
            let most = program.most_memory();
            let _ = writeln!(lines, "  {name}: at most {} MiB", most / 1_024);
            assert!(most < MEMORY, "{lines}");
        }
    });
    crate::privacy::adversary::print(&lines);
}
