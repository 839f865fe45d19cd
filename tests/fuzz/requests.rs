//! Requests to the whole site, by visitors and by everybody who can sign in: forms of pages with some of their fields
//! changed, routes with any parameter, and bytes that may be no HTTP at all. Nothing falls over, what is refused
//! changes nothing, and what was typed is never a part of a page.
//!
//! The site is the demonstration's, as it is when a visitor comes; whatever changed it, the next input finds it as it was.

use std::collections::BTreeSet;
use std::path::{Path, PathBuf};
use std::time::Duration;

use axum::Router;
use axum::body::Body;
use axum::http::{HeaderMap, Method, Request, StatusCode, header};
use candor::clock::{Clock, DAY, Timestamp};
use candor::crypto::passphrase::{Parameters, Passphrase};
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::demonstration::{self, BEFORE, PASSPHRASE};
use candor::rng::Randomness;
use candor::service::{Candor, Settings};
use candor::store::Db;
use candor::web::page::SIZE_CLASS;
use candor::web::routes::{Area, Route};
use candor::web::settings::{LimitSettings, WebSettings};
use candor::web::{self, App, cookies};
use http_body_util::BodyExt;
use sqlx::Connection;
use sqlx::sqlite::{SqliteConnectOptions, SqliteConnection};
use tempfile::TempDir;
use tokio::runtime::Runtime;
use tower::ServiceExt;

use super::http::{Answer, Client, Form, HOST, escape};

/// Monday, 1 June 2026, 10:00 in New York: when the demonstration's concerns begin.
const START: Timestamp = Timestamp(1_780_322_400);

/// As long before that there is an organisation, so that quarters have been published.
const FOUNDED_BEFORE: i64 = 125 * DAY;

/// Whom the inputs are sent by, beside visitors: one of every kind of post.
const STAFF: [&str; 9] = [
    "administrator",
    "auditor",
    "council.cbp",
    "council.ice",
    "secretary",
    "commander.obp-rgv",
    "commander.oi-bro",
    "group.ice.wg-intel",
    "headquarters.",
];

/// How many receipts are used beside them.
const VISITS: usize = 6;

/// Pages looked at for each person, for their forms and links.
const PAGES: usize = 60;

/// Requests of one input.
const STEPS: usize = 4;

/// Sign-ins after which everything is opened anew: a name that many try is answered later and later.
const TRIES: u32 = 12;

/// What no page may hold as it stands: in text it begins an element, in an attribute it ends that.
const MARKS: [&str; 3] = ["x<canary", "x\"canary", "x'canary"];

/// Somebody at a browser.
struct Person {
    name: String,
    cookie: Option<String>,
    forms: Vec<Form>,
    links: Vec<String>,
}

/// The site, and what its database was when it was made.
pub struct Site {
    runtime: Runtime,
    folder: TempDir,
    now: Timestamp,
    people: Vec<Person>,
    routes: Vec<Route>,
    open: Option<Open>,
    tries: u32,
}

/// The services and the site over one copy of the database, and a connection that sees when that is written.
struct Open {
    candor: Candor,
    router: Router,
    watching: SqliteConnection,
    /// Tasks that go on all the time.
    alive: Option<usize>,
}

/// Takes bytes one after another; zero when they are used up.
struct Bytes<'a>(&'a [u8]);

impl Bytes<'_> {
    fn next(&mut self) -> u8 {
        let Some((first, rest)) = self.0.split_first() else { return 0 };
        self.0 = rest;
        *first
    }

    fn of<'t, T>(&mut self, list: &'t [T]) -> Option<&'t T> {
        let place = usize::from(self.next()) << 8 | usize::from(self.next());
        list.get(place.checked_rem(list.len())?)
    }

    /// A run of bytes with its length in front; the longest length stands for a repetition of what follows.
    fn run(&mut self) -> Vec<u8> {
        let length = usize::from(self.next());
        let (run, rest) = self.0.split_at(length.min(self.0.len()));
        self.0 = rest;
        if length == 255 {
            run.iter().copied().cycle().take(if run.is_empty() { 0 } else { 20_000 }).collect()
        } else {
            run.to_vec()
        }
    }

    fn words(&mut self) -> String {
        String::from_utf8_lossy(&self.run()).into_owned()
    }
}

fn settings(folder: &Path) -> Settings {
    Settings {
        passphrase: Parameters { memory_kib: 8, passes: 1, lanes: 1 },
        cases_per_batch: 20,
        founders_file: folder.join("founders.toml"),
    }
}

async fn services(folder: &Path, now: Timestamp, seed: u8) -> Candor {
    let db = Db::sqlite(&folder.join("candor.db")).await.expect("the database opens");
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([7; 32]));
    let randomness = Randomness::labelled([seed; 32]);
    Candor::open(db, keys, Clock::simulated(now), randomness, settings(folder))
        .await
        .expect("the services open")
        .excepting_second_factors()
        .reached_at(Some(&format!("https://{HOST}")))
}

fn site(candor: &Candor) -> Router {
    let limits = LimitSettings {
        global_burst: 1_000_000_000,
        global_every: Duration::from_nanos(1),
        ..LimitSettings::default()
    };
    let settings = WebSettings { visit_after: Duration::ZERO, limits, ..WebSettings::default() };
    web::router(App::new(candor.clone(), settings))
}

impl Site {
    /// Makes the demonstration, signs everybody in, and looks at their pages.
    ///
    /// # Panics
    /// If it cannot be made.
    #[must_use]
    pub fn made() -> Self {
        let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().expect("a runtime");
        let folder = tempfile::tempdir().expect("a folder");
        let (people, now) = runtime.block_on(people(folder.path()));
        let routes = web::routes().recorded().to_vec();
        Self { runtime, folder, now, people, routes, open: None, tries: 0 }
    }

    /// Sends what the bytes say, and looks at each answer.
    pub fn look(&mut self, bytes: &[u8]) {
        let mut open = self.open.take().unwrap_or_else(|| self.runtime.block_on(self.fresh()));
        let (changed, tries) = self.runtime.block_on(self.play(&mut open, bytes));
        self.tries += tries;
        if changed || self.tries > TRIES {
            self.tries = 0;
            self.runtime.block_on(open.candor.db.close());
        } else {
            self.open = Some(open);
        }
    }

    async fn fresh(&self) -> Open {
        let file = self.folder.path().join("candor.db");
        for end in ["", "-wal", "-shm"] {
            let _ = std::fs::remove_file(format!("{}{end}", file.display()));
        }
        std::fs::copy(template(self.folder.path()), &file).expect("there is room");
        let candor = services(self.folder.path(), self.now, 10).await;
        let options = SqliteConnectOptions::new().filename(&file).read_only(true);
        let watching = SqliteConnection::connect_with(&options).await.expect("it can be read");
        Open { router: site(&candor), candor, watching, alive: None }
    }

    /// Whether anything was changed, and how often somebody tried to sign in.
    async fn play(&self, open: &mut Open, bytes: &[u8]) -> (bool, u32) {
        let mut bytes = Bytes(bytes);
        let begun = open.version().await;
        let who = usize::from(bytes.next()) % self.people.len();
        let kind = bytes.next();
        if kind == 255 {
            self.bare(open, who, bytes.0).await;
            return (open.version().await != begun, 1);
        }
        let person = &self.people[who];
        let mut request = match kind % 4 {
            0 | 1 => bytes.of(&person.forms).map(|form| filled(form, &mut bytes, kind)),
            2 => bytes.of(&self.routes).map(|route| Self::routed(route, person, &mut bytes)),
            _ => bytes.of(&person.links).map(|link| Sending::get(&with_query(link, &bytes.words()))),
        };
        let mut tries = 0;
        for _ in 0..STEPS {
            let Some(sending) = request.take() else { break };
            if sending.method == Method::POST && sending.path.contains("sign-in") {
                tries += 1;
            }
            let answer = send(open, person, &sending).await;
            if bytes.0.is_empty() {
                break;
            }
            let forms = answer.forms();
            request = bytes.of(&forms).map(|form| filled(form, &mut bytes, 0));
        }
        (open.version().await != begun, tries)
    }

    /// A route with something in each parameter, what may follow it, and a body of any kind.
    fn routed(route: &Route, person: &Person, bytes: &mut Bytes<'_>) -> Sending {
        let like: Vec<&String> = person.links.iter().filter(|link| fits(route.path, link)).collect();
        let path = match bytes.next() {
            0..128 if !like.is_empty() => bytes.of(&like).map_or_else(String::new, |link| (*link).clone()),
            _ => route
                .path
                .split('/')
                .map(|part| if part.starts_with('{') { escape(&bytes.words()) } else { part.to_owned() })
                .collect::<Vec<_>>()
                .join("/"),
        };
        let mut sending = Sending::get(&with_query(&path, &bytes.words()));
        sending.method = route.method.clone();
        if route.method == Method::POST {
            let kinds = [
                "application/x-www-form-urlencoded",
                "multipart/form-data; boundary=b",
                "text/plain",
                "application/json",
                "multipart/form-data",
            ];
            sending.content_type = kinds[usize::from(bytes.next()) % kinds.len()];
            sending.body = replaced(bytes.0, b"@csrf@", person.csrf().as_bytes());
            bytes.0 = &[];
        }
        sending
    }

    /// Bytes as they come over a connection.
    async fn bare(&self, open: &mut Open, who: usize, bytes: &[u8]) {
        use hyper_util::rt::TokioIo;
        use hyper_util::service::TowerToHyperService;
        use tokio::io::{AsyncReadExt, AsyncWriteExt};
        let person = &self.people[who];
        let bytes = replaced(bytes, b"@cookie@", person.cookie.as_deref().unwrap_or("a=b").as_bytes());
        let bytes = replaced(&bytes, b"@csrf@", person.csrf().as_bytes());
        let (mut ours, theirs) = tokio::io::duplex(1 << 20);
        let before = open.version().await;
        let service = TowerToHyperService::new(open.router.clone());
        let connection =
            hyper::server::conn::http1::Builder::new().serve_connection(TokioIo::new(theirs), service);
        let mut answered = Vec::new();
        let asked = async {
            let _ = ours.write_all(&bytes).await;
            let _ = ours.shutdown().await;
            let _ = ours.read_to_end(&mut answered).await;
        };
        let (_, ()) = tokio::join!(connection, asked);
        for line in answered.split(|byte| *byte == b'\n').filter(|line| line.starts_with(b"HTTP/1.1 ")) {
            assert!(!line.starts_with(b"HTTP/1.1 5"), "it answers {}", String::from_utf8_lossy(line));
        }
        let safe = !contains(&bytes, b"POST");
        assert!(!safe || open.version().await == before, "something was changed by asking");
    }
}

impl Person {
    fn csrf(&self) -> &str {
        self.forms.iter().find_map(|form| form.value("csrf")).unwrap_or("0")
    }
}

impl Open {
    /// Another number whenever anything was written, and by work that a request has left going on as well: the check of
    /// the record takes seconds.
    async fn version(&mut self) -> i64 {
        let metrics = tokio::runtime::Handle::current().metrics();
        let alive = *self.alive.get_or_insert(metrics.num_alive_tasks());
        for _ in 0..120_000 {
            if metrics.num_alive_tasks() <= alive {
                break;
            }
            tokio::time::sleep(Duration::from_millis(1)).await;
        }

        sqlx::query_scalar("PRAGMA data_version")
            .fetch_one(&mut self.watching)
            .await
            .expect("it can be asked")
    }
}

fn template(folder: &Path) -> PathBuf {
    folder.join("template.db")
}

/// Everybody, with their pages' forms and links. The database is left behind to copy from.
async fn people(folder: &Path) -> (Vec<Person>, Timestamp) {
    let candor = services(folder, START.plus(-FOUNDED_BEFORE), 9).await;
    let cast = demonstration::play_from(&candor, START.plus(-BEFORE)).await.expect("it can be played");
    let mut people = vec![("nobody".to_owned(), None)];
    for name in STAFF {
        let name = cast.people.iter().map(|one| one.sign_in_name.as_str()).find(|one| one.starts_with(name));
        let name = name.expect("somebody of that name");
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).expect("short");
        let cookie = candor.sign_in(name, passphrase).await.expect("they can sign in");
        people.push((name.to_owned(), Some(format!("{}={cookie}", cookies::STAFF))));
    }
    let member = cast.members.first().expect("a member");
    let cookie = cast.enter_as_member(&candor, &member.number).await.expect("they can sign in");
    people.push(("member".to_owned(), Some(format!("{}={cookie}", cookies::MEMBER))));
    let receipts = cast.receipts();
    for (title, words) in receipts.iter().step_by((receipts.len() / VISITS).max(1)).take(VISITS) {
        let cookie = candor.open_visit(words).await.expect("there is a concern");
        people.push((title.clone(), Some(format!("{}={cookie}", cookies::VISIT))));
    }
    candor.db.close().await;
    std::fs::copy(folder.join("candor.db"), template(folder)).expect("there is room");
    let now = candor.now();
    let candor = services(folder, now, 11).await;
    let router = site(&candor);
    let mut found = Vec::new();
    for (name, cookie) in people {
        found.push(looked_around(&router, name, cookie).await);
    }
    candor.db.close().await;
    (found, now)
}

/// Follows the links of somebody's pages, each kind of page a few times.
async fn looked_around(router: &Router, name: String, cookie: Option<String>) -> Person {
    let mut client = Client::new(router);
    client.extra.extend(cookie.iter().map(|cookie| ("cookie".to_owned(), cookie.clone())));
    let mut waiting: Vec<String> = web::routes()
        .recorded()
        .iter()
        .filter(|route| route.method == Method::GET && !route.path.contains('{'))
        .map(|route| route.path.to_owned())
        .collect();
    let (mut seen, mut links, mut forms, mut kinds) =
        (BTreeSet::new(), Vec::new(), Vec::new(), BTreeSet::new());
    let mut at = 0;
    while at < waiting.len() && seen.len() < PAGES {
        let path = waiting[at].clone();
        at += 1;
        if path.contains("sign-out")
            || path.starts_with("/leave")
            || path.starts_with("/static")
            || !seen.insert(path.clone())
        {
            continue;
        }
        let answer = client.get(&path).await;
        if answer.status != StatusCode::OK {
            continue;
        }
        links.push(path);
        for form in answer.forms() {
            let names: BTreeSet<_> =
                form.fields.iter().chain(&form.choices).map(|(name, _)| name.clone()).collect();
            if kinds.insert((kind_of(&form.action), names)) {
                forms.push(form);
            }
        }
        waiting.extend(answer.links().into_iter().filter(|link| !link.contains('#')));
    }
    // Forms of any kind are as likely, however often a page has one.
    Person { name, cookie, forms, links }
}

/// An address without what names a thing in it.
fn kind_of(action: &str) -> String {
    let plain = |part: &&str| !part.contains(|letter: char| letter.is_ascii_digit());
    action.split(['/', '?']).filter(plain).collect::<Vec<_>>().join("/")
}

fn fits(route: &str, link: &str) -> bool {
    let (route, link): (Vec<_>, Vec<_>) =
        (route.split('/').collect(), link.split('?').next().unwrap_or_default().split('/').collect());
    route.len() == link.len()
        && route.iter().zip(&link).all(|(one, other)| one.starts_with('{') || one == other)
}

fn contains(bytes: &[u8], part: &[u8]) -> bool {
    bytes.windows(part.len()).any(|window| window == part)
}

fn replaced(bytes: &[u8], mark: &[u8], by: &[u8]) -> Vec<u8> {
    let mut made = Vec::with_capacity(bytes.len());
    let mut rest = bytes;
    while let Some(at) = rest.windows(mark.len()).position(|window| window == mark) {
        made.extend_from_slice(&rest[..at]);
        made.extend_from_slice(by);
        rest = &rest[at + mark.len()..];
    }
    made.extend_from_slice(rest);
    made
}

fn with_query(path: &str, query: &str) -> String {
    let query: String = query
        .chars()
        .map(|letter| {
            if letter.is_ascii_graphic() && !"#<>\"\\^`{|}".contains(letter) {
                letter.to_string()
            } else {
                escape(&letter.to_string())
            }
        })
        .collect();
    match (query.is_empty(), path.contains('?')) {
        (true, _) => path.to_owned(),
        (_, true) => format!("{path}&{query}"),
        _ => format!("{path}?{query}"),
    }
}

/// A request that is about to be sent.
struct Sending {
    method: Method,
    path: String,
    content_type: &'static str,
    body: Vec<u8>,
    /// Whether it comes from another site, or without the session's token where the form has one.
    foreign: bool,
    stale: bool,
}

impl Sending {
    fn get(path: &str) -> Self {
        Self {
            method: Method::GET,
            path: path.to_owned(),
            content_type: "",
            body: Vec::new(),
            foreign: false,
            stale: false,
        }
    }
}

/// A form with some of its fields changed.
fn filled(form: &Form, bytes: &mut Bytes<'_>, kind: u8) -> Sending {
    let mut form = form.clone();
    for _ in 0..bytes.next() % 8 {
        let names: Vec<String> = form
            .fields
            .iter()
            .chain(&form.choices)
            .map(|(name, _)| name.clone())
            .filter(|name| name != "csrf")
            .collect();
        match bytes.next() % 6 {
            0 | 1 => {
                if let Some(name) = bytes.of(&names) {
                    form.set(name, &bytes.words());
                }
            }
            2 => {
                let choices = form.choices.clone();
                if let Some((name, value)) = bytes.of(&choices) {
                    form.set(name, value);
                }
            }
            3 => {
                let buttons = form.buttons.clone();
                if let Some((name, value)) = bytes.of(&buttons) {
                    form.set(name, value);
                }
            }
            4 => {
                if let Some(name) = bytes.of(&names) {
                    form.fields.retain(|(known, _)| known != name);
                }
            }
            _ => {
                if let Some(name) = bytes.of(&names) {
                    let value = bytes.words();
                    form.fields.push((name.clone(), value));
                }
            }
        }
    }
    let stale = kind & 0x20 != 0 && form.value("csrf").is_some();
    if stale {
        form.set("csrf", "0");
    }
    let pairs: Vec<String> =
        form.fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
    Sending {
        method: Method::POST,
        path: form.action.clone(),
        content_type: "application/x-www-form-urlencoded",
        body: pairs.join("&").into_bytes(),
        foreign: kind & 0x40 != 0,
        stale,
    }
}

/// Sends one request, and holds the answer against what every answer must be.
async fn send(open: &mut Open, person: &Person, sending: &Sending) -> Answer {
    let before = open.version().await;
    let from = if sending.foreign { "cross-site" } else { "same-origin" };
    let mut request = Request::builder()
        .method(sending.method.clone())
        .uri(&sending.path)
        .header(header::HOST, HOST)
        .header("sec-fetch-site", from)
        .header(header::ACCEPT, "text/html");
    if let Some(cookie) = &person.cookie {
        request = request.header(header::COOKIE, cookie);
    }
    if !sending.content_type.is_empty() {
        request = request.header(header::CONTENT_TYPE, sending.content_type);
    }
    let path = sending.path.clone();
    let Ok(request) = request.body(Body::from(sending.body.clone())) else {
        // No browser sends such an address.
        return Answer {
            status: StatusCode::BAD_REQUEST,
            headers: HeaderMap::default(),
            body: String::new(),
            path,
        };
    };
    let asked = format!("{} {path} by {}", sending.method, person.name);
    let response = open.router.clone().oneshot(request).await.expect("a router always answers");
    let (parts, body) = response.into_parts();
    let body = body.collect().await.expect("it comes whole").to_bytes();
    let answer = Answer {
        status: parts.status,
        headers: parts.headers,
        body: String::from_utf8_lossy(&body).into_owned(),
        path,
    };
    sound(&answer, &asked);
    let changed = open.version().await != before;
    let status = answer.status;
    assert!(!(changed && sending.method == Method::GET), "{asked}: something was changed by asking");
    assert!(
        !(changed && status.is_client_error()),
        "{asked}: it is refused with {status}, and something was changed"
    );
    if sending.foreign && sending.method == Method::POST {
        assert!(status == StatusCode::FORBIDDEN && !changed, "{asked}: it came from another site");
    }
    assert!(!(sending.stale && changed), "{asked}: it came without the token of the session");
    answer
}

/// What holds of every answer.
fn sound(answer: &Answer, asked: &str) {
    let status = answer.status;
    assert!(status.as_u16() < 500, "{asked} answers {status}");
    let text =
        |name: &str| answer.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default();
    assert!(text("content-security-policy").contains("default-src 'none'"), "{asked} has no policy");
    assert_eq!(answer.headers.get_all("content-security-policy").iter().count(), 1);
    assert!(
        text("x-content-type-options") == "nosniff" && text("referrer-policy") == "same-origin",
        "{asked}"
    );
    let path = answer.path.split('?').next().unwrap_or_default();
    if Area::of_path(path) != Area::Assets || !status.is_success() {
        assert_eq!(text("cache-control"), "no-store", "{asked}");
    }
    if status.is_redirection() {
        let to = text("location");
        let here = to.starts_with('/') && !to.starts_with("//") && !to.starts_with("/\\");
        assert!(here || to == WebSettings::default().neutral_site, "{asked} leads to {to}");
    }
    if text("content-type").starts_with("text/html") {
        for mark in MARKS {
            assert!(!answer.body.contains(mark), "{asked}: what was typed is a part of the page: {mark}");
        }
        if Area::of_path(path).is_visitors() {
            assert!(
                answer.body.len().is_multiple_of(SIZE_CLASS),
                "{asked} is of {} bytes",
                answer.body.len()
            );
        }
    } else if !status.is_redirection() && !answer.body.is_empty() {
        assert_ne!(text("content-type"), "", "{asked}: a browser would guess what it is");
    }
}
