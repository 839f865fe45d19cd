//! AN-15: nothing of a visitor's request is written down. A word that stands nowhere else is put into
//! every field, header and address; then logs and database are searched for it, and what goes outside.

mod address;
mod memory;
mod metrics;
mod outside;
mod staff;

use std::io::Write;
use std::pin::Pin;
use std::sync::{Mutex, OnceLock};
use std::task::{Context, Poll};

use axum::body::{Body, Bytes, HttpBody};
use axum::http::{Method, Request, StatusCode};
use http_body_util::BodyExt;
use hyper::body::Frame;
use tower::ServiceExt;

use crate::support::app::{TestApp, concern};
use crate::support::http::{Client, HOST};
use crate::support::site::{filled, routes};

/// What every planted word begins with.
const CANARY: &str = "canarybird";

/// The log lines that have a planted word, of all that are written while this process lives.
fn caught() -> &'static Mutex<Vec<String>> {
    static CAUGHT: Mutex<Vec<String>> = Mutex::new(Vec::new());
    static INSTALLED: OnceLock<()> = OnceLock::new();
    INSTALLED.get_or_init(|| {
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(|| Catcher)
            .finish();
        tracing::subscriber::set_global_default(subscriber).expect("nobody else listens");
    });
    &CAUGHT
}

struct Catcher;

impl Write for Catcher {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        let text = String::from_utf8_lossy(line);
        if text.contains(CANARY) || text.contains(address::ADDRESS) {
            caught().lock().unwrap().push(text.into_owned());
        }
        Ok(line.len())
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}

fn lines_with(word: &str) -> Vec<String> {
    caught().lock().unwrap().iter().filter(|line| line.contains(word)).cloned().collect()
}

/// A client whose every header has a planted word.
fn planted(app: &TestApp, word: &str) -> Client {
    let mut client = Client::new(&app.site());
    for header in HEADERS {
        client.extra.push((header.to_owned(), format!("{word}-{header}")));
    }
    client
}

/// What a browser, a proxy or a tool may say of itself, of where it comes from and of what it wants.
const HEADERS: [&str; 19] = [
    "accept",
    "accept-encoding",
    "accept-language",
    "authorization",
    "dnt",
    "forwarded",
    "from",
    "if-modified-since",
    "if-none-match",
    "proxy-authorization",
    "range",
    "referer",
    "sec-ch-ua",
    "user-agent",
    "via",
    "x-forwarded-for",
    "x-forwarded-host",
    "x-real-ip",
    "x-request-id",
];

/// Those without which a form is turned away before anybody reads it: each is planted by itself.
const TURNING_AWAY: [&str; 4] = ["content-type", "host", "origin", "sec-fetch-site"];

/// The files in which a database's rows rest that have this word as it stands. Rows may be written over later, so it
/// is the files that must not have it, and not only the rows.
async fn files_with(app: &TestApp, word: &str) -> usize {
    let has = |bytes: &Vec<u8>| bytes.windows(word.len()).any(|part| part == word.as_bytes());
    app.database.files().await.iter().filter(|bytes| has(bytes)).count()
}

async fn an_15_nothing_of_a_visitors_request_is_logged_or_stored(app: TestApp) {
    let word = format!("{CANARY}-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    for route in routes().into_iter().filter(|route| route.area.is_visitors()) {
        let path = format!("{}?{word}-query=1", filled(&route).replace("/x", &format!("/{word}-path")));
        for body in [
            format!("words={word}-body&what_happens={word}&csrf={word}&act={word}&to={word}"),
            format!("%{word}"),
        ] {
            let mut client = planted(&app, &word);
            client.cookies.insert("__Host-visit".to_owned(), format!("{word}-cookie"));
            let body = (route.method == Method::POST).then(|| body.into_bytes());
            client.send(route.method.clone(), &path, body.clone()).await;
            for header in TURNING_AWAY {
                client.extra.push((header.to_owned(), format!("{word}-{header}")));
                client.clone().send(route.method.clone(), &path, body.clone()).await;
                client.extra.pop();
            }
        }
    }
    planted(&app, &word).get(&format!("/{word}-nowhere")).await;

    // A whole concern with the word in every field, sent, opened, and read.
    let mut client = planted(&app, &word);
    let fields = ["what_happens", "effect", "tried_words", "remedy", "council_only", "name", "contact"];
    let answers: Vec<_> = fields.iter().map(|field| (*field, word.as_str())).collect();
    let words = client.raise(&answers).await;
    assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new(), "before the batch");
    app.run_batches().await;
    client.come_back(&words).await.ok().says(&word);
    let number = app.only_number().await;
    assert_eq!(app.case("guard-east", &number).await.unwrap().statement.unwrap().effect.as_str(), word);
    assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new(), "after the batch");
    for receipt in words.split(' ').filter(|word| word.len() > 5) {
        assert_eq!(
            app.database.tables_with(receipt).await,
            Vec::<String>::new(),
            "a word of the receipt rests"
        );
    }
    assert_eq!(files_with(&app, &word).await, 0, "in the files themselves");
    assert_eq!(lines_with(&word), Vec::<String>::new());

    // The controls: what is logged is caught, and what is stored in clear is found.
    tracing::info!("{word}-control");
    assert_eq!(lines_with(&format!("{word}-control")).len(), 1);
    app.database.run(&format!("UPDATE cases SET pace = '{word}'")).await;
    assert_eq!(app.database.tables_with(&word).await, ["cases"]);
    assert!(files_with(&app, &word).await > 0);
}

/// A file that is taken, and some that are not, on a visit: its words, its name and what it says it is.
async fn an_15_nothing_of_a_file_that_comes_in_a_visit_is_logged_or_stored(app: TestApp) {
    let word = format!("{CANARY}-visit-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    let (reporter, _) = app.open_case(&concern()).await;
    let mut client = planted(&app, &word);
    client.come_back(&reporter.words).await.ok();
    let token = client.get("/return/files").await.ok().form("/return/files");
    let token = token.value("csrf").unwrap().to_owned();
    let form = |name: &str, file: &str| {
        format!(
            "--{word}\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--{word}\r\n\
             Content-Disposition: form-data; name=\"readers\"\r\n\r\n{word}\r\n--{word}\r\nContent-Disposition: \
             form-data; name=\"{name}\"; filename=\"{word}-name.jpg\"\r\nContent-Type: image/{word}\r\n\r\n{file}\r\n\
             --{word}--\r\n"
        )
    };
    client.extra.push(("content-type".to_owned(), format!("multipart/form-data; boundary={word}")));
    let office = format!("PK\u{3}\u{4}{word}");
    for (name, file, status) in [
        ("file", word.as_str(), StatusCode::SEE_OTHER),
        ("file", office.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
        ("file", "\u{0}\u{1}canarybird", StatusCode::UNPROCESSABLE_ENTITY),
        (word.as_str(), word.as_str(), StatusCode::UNPROCESSABLE_ENTITY),
    ] {
        let answer = client.send(Method::POST, "/return/files", Some(form(name, file).into_bytes())).await;
        assert_eq!(answer.status, status, "{name}: {}", answer.text());
    }
    client.extra.pop();
    for when in ["before the batch", "after the batch"] {
        assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new(), "{when}");
        assert_eq!(files_with(&app, &word).await, 0, "{when}");
        app.run_batches().await;
    }
    assert_eq!(lines_with(&word), Vec::<String>::new());
    // The controls: the file is there for whoever may read it, and what is stored in clear is found in the files.
    client.come_back(&reporter.words).await.ok().says("What you attached");
    app.database.run(&format!("UPDATE cases SET pace = '{word}'")).await;
    assert!(files_with(&app, &word).await > 0);
}

/// What comes as a form, and breaks the one who reads it.
struct Breaking(String);

impl HttpBody for Breaking {
    type Data = Bytes;
    type Error = std::convert::Infallible;

    fn poll_frame(
        self: Pin<&mut Self>,
        _: &mut Context<'_>,
    ) -> Poll<Option<Result<Frame<Bytes>, Self::Error>>> {
        panic!("{} cannot be read", self.0)
    }
}

/// A panic in the midst of the site's own reading of a form, on every page that takes one.
async fn an_15_a_panic_while_a_form_is_read_says_nothing(app: TestApp) {
    let word = format!("{CANARY}-panic-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    let before = app.database.dump().await;
    let mut broke = 0;
    for route in routes().into_iter().filter(|route| route.method == Method::POST) {
        let request = Request::post(filled(&route))
            .header("host", HOST)
            .header("origin", format!("https://{HOST}"))
            .header("sec-fetch-site", "same-origin")
            .header("content-type", "application/x-www-form-urlencoded")
            .body(Body::new(Breaking(word.clone())))
            .unwrap();
        let answer = app.site().oneshot(request).await.unwrap();
        broke += usize::from(answer.status() == StatusCode::INTERNAL_SERVER_ERROR);
        let headers = format!("{:?}", answer.headers());
        let body = answer.into_body().collect().await.unwrap().to_bytes();
        let page = String::from_utf8_lossy(&body).into_owned();
        assert!(!page.contains(&word) && !headers.contains(&word), "{}: {page}", route.path);
    }
    // Who is not signed in is turned away before anything is read; a visitor's forms are.
    assert!(broke >= 5, "{broke} broke");
    assert_eq!(app.database.dump().await, before);
    assert_eq!(lines_with(&word), Vec::<String>::new());
}

/// Forms with a file in them, to every page, and a database that fails in the middle: neither logs what came.
async fn an_15_neither_a_file_nor_a_fault_of_the_database_is_logged(app: TestApp) {
    let word = format!("{CANARY}-fault-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    let part = format!(
        "--{word}\r\nContent-Disposition: form-data; name=\"{word}-field\"; filename=\"{word}-file.jpg\"\r\n\
         Content-Type: image/{word}\r\n\r\n{word}-content\r\n--{word}--\r\n"
    );
    for route in routes().into_iter().filter(|route| route.method == Method::POST) {
        let mut client = planted(&app, &word);
        client.extra.push(("content-type".to_owned(), format!("multipart/form-data; boundary={word}")));
        let path = filled(&route).replace("/x", &format!("/{word}-path"));
        client.send(Method::POST, &path, Some(part.clone().into_bytes())).await;
    }
    let mut client = planted(&app, &word);
    let answers = [("what_happens", word.as_str()), ("council_only", word.as_str())];
    let review = client.reach_review(&answers).await.ok();
    app.database.run("ALTER TABLE inbox RENAME TO elsewhere").await;
    let (_, failed) = client.send_reviewed(&review).await;
    assert!(failed.status.is_server_error(), "{}", failed.text());
    assert!(!failed.body.contains("elsewhere") && !failed.body.contains("inbox"), "{}", failed.text());
    app.database.run("ALTER TABLE elsewhere RENAME TO inbox").await;
    assert_eq!(lines_with(&word), Vec::<String>::new());
    // The controls: it was the database, and what is logged is caught.
    let (_, sent) = client.send_reviewed(&review).await;
    sent.ok().says("It is sent");
    assert_eq!(app.database.tables_with(&word).await, Vec::<String>::new());
    tracing::info!("{word}-control");
    assert_eq!(lines_with(&word).len(), 1);
}

on_both!(
    an_15_nothing_of_a_file_that_comes_in_a_visit_is_logged_or_stored,
    an_15_a_panic_while_a_form_is_read_says_nothing,
    an_15_nothing_of_a_visitors_request_is_logged_or_stored,
    an_15_neither_a_file_nor_a_fault_of_the_database_is_logged,
);
