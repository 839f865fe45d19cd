//! AN-15: nothing of a visitor's request is written down. A word that stands nowhere else is put into
//! every field, header and address; then logs and database are searched for it, and what goes outside.

mod metrics;
mod outside;
mod staff;

use std::io::Write;
use std::sync::{Mutex, OnceLock};

use axum::http::Method;

use crate::support::app::TestApp;
use crate::support::http::Client;
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
        if text.contains(CANARY) {
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
    for header in
        ["user-agent", "referer", "x-forwarded-for", "forwarded", "accept-language", "x-request-id", "dnt"]
    {
        client.extra.push((header.to_owned(), format!("{word}-{header}")));
    }
    client
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
            client.send(route.method.clone(), &path, body).await;
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
    if let Some(folder) = app.database.folder() {
        for file in std::fs::read_dir(folder).unwrap() {
            let bytes = std::fs::read(file.unwrap().path()).unwrap();
            assert!(
                !bytes.windows(word.len()).any(|part| part == word.as_bytes()),
                "in the files themselves"
            );
        }
    }
    assert_eq!(lines_with(&word), Vec::<String>::new());

    // The controls: what is logged is caught, and what is stored in clear is found.
    tracing::info!("{word}-control");
    assert_eq!(lines_with(&format!("{word}-control")).len(), 1);
    app.database.run(&format!("UPDATE cases SET pace = '{word}'")).await;
    assert_eq!(app.database.tables_with(&word).await, ["cases"]);
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
    an_15_nothing_of_a_visitors_request_is_logged_or_stored,
    an_15_neither_a_file_nor_a_fault_of_the_database_is_logged,
);
