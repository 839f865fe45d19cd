//! The real program, ended by SIGKILL at drawn moments: while browsers send it concerns, a commander signs
//! resolutions and its batches run. Begun again on the same data each time; at the end every concern that
//! was said to be sent is there once, every signed resolution too, and the record holds.
//!
//! `CANDOR_TEST_LONG=1` kills it 40 times on each database.

use std::collections::{BTreeMap, BTreeSet};
use std::net::SocketAddr;
use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::{Duration, Instant};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::{Response, StatusCode};
use candor::clock::{Clock, DAY};
use candor::rng::Randomness;
use candor::service::cases::HandlerAct;
use http_body_util::BodyExt;
use hyper_util::client::legacy;
use hyper_util::rt::TokioExecutor;

use crate::sign_in::{enrol, enter};
use crate::support::app::{CONCERNED, HEADQUARTERS, PASSPHRASE, RAISING, Reporter, TestApp, concern};
use crate::support::http::{Client, Form};
use crate::support::pages::words_of;
use crate::support::program::{Place, Running};
use crate::support::{Engine, Fixture, block_on, is_long, tell};

/// Browsers that send concerns at the same time.
const BROWSERS: usize = 3;
/// Concerns and cases made ready for each life of the program: for its batch, and for its commander to sign.
const READY: usize = 3;
const PATIENCE: Duration = Duration::from_mins(1);

/// `candor serve`, until it is killed.
#[derive(Debug)]
struct Program {
    running: Running,
    /// Its site; a request that is cut off is never answered.
    site: Router,
    answered: Arc<AtomicU64>,
}

impl Program {
    async fn start(place: &Place) -> Self {
        let running = Running::start(place, &[]).await;
        let answered = Arc::default();
        Self { site: site(running.address, &answered), answered, running }
    }

    /// SIGKILL, and nothing else.
    fn kill(self) {
        drop(self.running);
    }
}

/// Passes requests on to a server and counts its answers.
fn site(address: SocketAddr, answered: &Arc<AtomicU64>) -> Router {
    let client = legacy::Client::builder(TokioExecutor::new()).build_http::<Body>();
    let answered = Arc::clone(answered);
    Router::new().fallback(move |request: Request| {
        let (client, answered) = (client.clone(), Arc::clone(&answered));
        async move {
            let (mut parts, body) = request.into_parts();
            let path = parts.uri.path_and_query().map_or("/", |path| path.as_str());
            parts.uri = format!("http://{address}{path}").parse().unwrap();
            let Ok(answer) = client.request(Request::from_parts(parts, body)).await else {
                return std::future::pending().await;
            };
            let (parts, body) = answer.into_parts();
            let Ok(body) = body.collect().await else { return std::future::pending().await };
            answered.fetch_add(1, Ordering::SeqCst);
            Response::from_parts(parts, Body::from(body.to_bytes()))
        }
    })
}

/// The page before sending, with its button pressed or about to be.
pub(crate) type Pressed = (Form, BTreeMap<String, String>);

/// What people know of what they did.
#[derive(Debug, Default)]
pub(crate) struct Known {
    /// Concerns, by receipt, that nobody has said were sent.
    pub pressed: BTreeMap<String, Pressed>,
    /// Receipts of concerns that were said to be sent.
    pub sent: BTreeSet<String>,
    /// Cases whose commander is still to sign, and those where the page said that it is signed.
    pub to_sign: BTreeSet<String>,
    pub signed: BTreeSet<String>,
    /// The commander's recovery codes, each good once, and the session that one of them began.
    pub codes: Vec<String>,
    pub session: Option<BTreeMap<String, String>>,
}

pub(crate) type Shared = Arc<Mutex<Known>>;

/// Presses the button, perhaps once more.
async fn press(site: &Router, known: &Shared, words: String, (form, cookies): Pressed) {
    let mut client = Client::new(site);
    client.cookies = cookies;
    let fields: Vec<_> = form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
    let answer = client.post_only(&form.action, &fields).await;
    assert_eq!(answer.status, StatusCode::SEE_OTHER, "{}", answer.text());
    assert_eq!(answer.headers["location"], "/write/sent");
    let mut known = known.lock().unwrap();
    known.pressed.remove(&words);
    known.sent.insert(words);
}

/// Whoever was cut off presses the button again.
pub(crate) async fn press_again(site: &Router, known: &Shared) {
    let cut_off = known.lock().unwrap().pressed.clone();
    for (words, pressed) in cut_off {
        press(site, known, words, pressed).await;
    }
}

/// One concern after the other, for ever.
pub(crate) async fn browse(site: Router, known: Shared, first: bool) {
    if first {
        press_again(&site, &known).await;
    }
    loop {
        let mut client = Client::new(&site);
        let review = client.reach_review(&[]).await.ok();
        let mut form = review.form("/write/send");
        form.set("known", "10").set("saved", "yes");
        let (words, pressed) = (words_of(&review), (form, client.cookies.clone()));
        known.lock().unwrap().pressed.insert(words.clone(), pressed.clone());
        press(&site, &known, words, pressed).await;
    }
}

/// The commander who signs, in the session of before if there is one.
pub(crate) async fn commander(site: &Router, known: &Shared) -> Client {
    let mut client = Client::new(site);
    let session = known.lock().unwrap().session.clone();
    if let Some(cookies) = session {
        client.cookies = cookies;
    } else {
        let code = known.lock().unwrap().codes.pop().expect("a code is left");
        enter(&mut client, CONCERNED, PASSPHRASE, &code).await.ok();
        known.lock().unwrap().session = Some(client.cookies.clone());
    }
    client
}

/// A commander signs what is to be signed.
async fn sign(site: Router, known: Shared) {
    let mut client = commander(&site, &known).await;
    loop {
        let Some(number) = known.lock().unwrap().to_sign.first().cloned() else { return };
        let case = client.case(&number).await;
        // Without its link it was signed in the moment in which the program was killed.
        if case.links().iter().any(|link| link.ends_with("/accept")) {
            let answer = client.act(&number, "accept", &[("sign", "yes")]).await.ok();
            assert!(!answer.path.ends_with("/accept"), "not signed: {}", answer.text());
        }
        let mut known = known.lock().unwrap();
        known.to_sign.remove(&number);
        known.signed.insert(number);
    }
}

/// Concerns whose batch has been due for days when the program starts.
pub(crate) async fn make_ready(app: &TestApp, known: &Shared) {
    for _ in 0..READY {
        let reporter = app.raise(&concern()).await;
        known.lock().unwrap().sent.insert(reporter.words);
    }
}

/// Cases on which one side has signed already.
pub(crate) async fn open_cases(app: &TestApp, known: &Shared, count: usize) {
    let mut reporters = Vec::new();
    for _ in 0..count {
        reporters.push(app.raise(&concern()).await);
    }
    app.run_batches().await;
    for reporter in reporters {
        let number = app.visit(&reporter).await.number;
        for name in [RAISING, CONCERNED] {
            app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        }
        app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
        app.accept(RAISING, &number).await.unwrap();
        let mut known = known.lock().unwrap();
        known.sent.insert(reporter.words);
        known.to_sign.insert(number);
    }
}

/// Every concern that was said to be sent waits or is a case, each a case of its own, and there is none besides.
pub(crate) async fn each_receipt_opens_its_case(after: &TestApp, known: &Known) {
    after.candor.clock.advance_to(Clock::System.now());
    for words in &known.sent {
        after.candor.open_visit(words).await.expect("what was said to be sent waits, or is a case");
    }
    after.run_batches().await;
    let mut numbers = BTreeSet::new();
    for words in &known.sent {
        let view = after.visit(&Reporter { words: words.clone() }).await;
        assert!(view.statement.is_some());
        numbers.insert(view.number);
    }
    assert_eq!(numbers.len(), known.sent.len(), "each receipt opens a case of its own");
    let count = async |table: &str| after.database.number(&format!("SELECT COUNT(*) FROM {table}")).await;
    assert_eq!(
        count("cases").await,
        i64::try_from(known.sent.len()).unwrap(),
        "and there is no case besides"
    );
    assert_eq!(count("inbox").await, 0);
}

async fn kill_and_look(engine: Engine) {
    let Some(app) = TestApp::with_seed(engine, 23).await else { return };
    let kills = if is_long() { 40 } else { 3 };
    let chance = Randomness::labelled([29; 32]);
    let known = Shared::default();
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    // Long enough ago that every batch of what is made ready is over, and too short for anything to lapse.
    app.candor.clock.advance_to(Clock::System.now().plus(-9 * DAY));
    open_cases(&app, &known, READY * kills).await;
    let mut client = Client::new(&app.site());
    client.sign_in(CONCERNED).await;
    let (_, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    known.lock().unwrap().codes = codes;
    app.candor.db.close().await;
    let mut cut_off = 0;
    for _ in 0..kills {
        let between = app.second_node().await;
        make_ready(&between, &known).await;
        between.candor.db.close().await;
        let program = Program::start(&place).await;
        let mut people = tokio::task::JoinSet::new();
        for browser in 0..BROWSERS {
            people.spawn(browse(program.site.clone(), known.clone(), browser == 0));
        }
        let commander = tokio::spawn(sign(program.site.clone(), known.clone()));
        let answers = 10 + chance.below("answers", 90);
        let begun = Instant::now();
        while program.answered.load(Ordering::SeqCst) < answers {
            assert!(begun.elapsed() < PATIENCE, "too few answers");
            if let Some(ended) = people.try_join_next() {
                ended.unwrap();
            }
            tokio::time::sleep(Duration::from_micros(200)).await;
        }
        tokio::time::sleep(Duration::from_micros(chance.below("moment", 5_000))).await;
        program.kill();
        cut_off += known.lock().unwrap().pressed.len();
        people.shutdown().await;
        if commander.is_finished() {
            commander.await.unwrap();
        } else {
            commander.abort();
        }
    }
    // Whoever was cut off does it once more, and nothing happens twice.
    let program = Program::start(&place).await;
    press_again(&program.site, &known).await;
    sign(program.site.clone(), known.clone()).await;
    program.kill();
    let known = std::mem::take(&mut *known.lock().unwrap());
    assert!(known.pressed.is_empty() && known.to_sign.is_empty());
    assert_eq!(known.signed.len(), READY * kills);

    let (report, content) = place.verify();
    assert!(content, "{report}");
    assert_eq!(report["faults"], serde_json::json!([]));
    assert_eq!(report["resolutions"], known.signed.len());
    assert_eq!(report["notices"], known.signed.len() * HEADQUARTERS.len());

    let after = app.second_node().await;
    each_receipt_opens_its_case(&after, &known).await;
    if is_long() {
        let (sent, signed) = (known.sent.len(), known.signed.len());
        tell(&format!(
            "{kills} kills on {engine:?}: {cut_off} cut off, {sent} concerns, {signed} resolutions"
        ));
    }

    // The control: what is lost is missed.
    assert!(after.database.run("DELETE FROM notice WHERE recipient = 'headquarters:DEPT-OFFICE'").await > 0);
    assert!(after.database.run("DELETE FROM receipt").await > 0);
    let lost = known.sent.first().unwrap();
    assert!(after.candor.open_visit(lost).await.is_err());
    after.candor.db.close().await;
    let (report, content) = place.verify();
    assert!(!content && report["faults"].as_array().is_some_and(|faults| !faults.is_empty()), "{report}");
    app.database.check_left_behind().await;
}

#[test]
fn nothing_is_lost_or_doubled_on_sqlite() {
    block_on(kill_and_look(Engine::Sqlite));
}

#[test]
fn nothing_is_lost_or_doubled_on_postgres() {
    block_on(kill_and_look(Engine::Postgres));
}
