//! What somebody typed is gone from the running program's memory once its connection has ended. The program forbids
//! everybody but root to read its memory, so this needs root.

use std::fs::File;
use std::os::unix::fs::FileExt;
use std::time::Duration;

use axum::http::StatusCode;
use memchr::memmem::Finder;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::privacy::an_06::attach;
use crate::support::app::TestApp;
use crate::support::http::Client;
use crate::support::program::{Place, Running};
use crate::support::{Engine, run_on, skip};

/// How long what is still under way may take to end.
const PATIENCE: usize = 20;

/// Every byte of its own that a process has, or none if it may not be read.
fn memory_of(program: &Running) -> Option<Vec<Vec<u8>>> {
    let folder = format!("/proc/{}", program.id());
    let maps = std::fs::read_to_string(format!("{folder}/maps")).ok().filter(|maps| !maps.is_empty())?;
    let memory = File::open(format!("{folder}/mem")).ok()?;
    let writable =
        maps.lines().filter(|line| line.split(' ').nth(1).is_some_and(|can| can.starts_with("rw")));
    let parts = writable.filter_map(|line| {
        let (from, to) = line.split(' ').next()?.split_once('-')?;
        let (from, to) = (u64::from_str_radix(from, 16).ok()?, u64::from_str_radix(to, 16).ok()?);
        let mut bytes = vec![0; usize::try_from(to - from).ok()?];
        memory.read_exact_at(&mut bytes, from).ok().map(|()| bytes)
    });
    Some(parts.collect())
}

/// Which of these stand in the memory of a process, each with what surrounds it.
fn found(program: &Running, planted: &[String]) -> Vec<String> {
    let memory = memory_of(program).expect("it could be read before");
    let mut found = Vec::new();
    for word in planted {
        let finder = Finder::new(word.as_bytes());
        for part in &memory {
            for at in finder.find_iter(part) {
                let around = &part[at.saturating_sub(60)..(at + word.len() + 60).min(part.len())];
                found.push(format!("{word} in {:?}", String::from_utf8_lossy(around)));
            }
        }
    }
    found
}

/// What is found for as long as something is, and the test has patience.
async fn stays(program: &Running, planted: &[String]) -> Vec<String> {
    let mut last = found(program, planted);
    for _ in 0..PATIENCE {
        if last.is_empty() {
            break;
        }
        tokio::time::sleep(Duration::from_millis(150)).await;
        last = found(program, planted);
    }
    last
}

/// Ten words, in the ways in which two neighbours of them are written.
fn neighbours(words: &str) -> Vec<String> {
    let words: Vec<_> = words.split(' ').collect();
    let pairs = words.windows(2).flat_map(|pair| {
        [" ", "+", "", "%20", "</li><li>", "-"].map(|between| format!("{}{between}{}", pair[0], pair[1]))
    });
    pairs.collect()
}

/// A word that stands nowhere else, made so that this file's own text does not have it.
fn word(of: &str) -> String {
    ["lantern", "fish", of].concat()
}

async fn what_was_typed_is_gone_from_memory(app: TestApp) {
    app.leaves_work_behind();
    let program = Running::start(&Place::of(&app, std::path::Path::new("/")), &[]).await;
    if memory_of(&program).is_none() {
        return skip("root", "this user may not read the program's memory");
    }
    let settled = || tokio::time::sleep(Duration::from_millis(300));

    // The control: as long as a request is under way, what came of it is there to be found.
    let half = word("half");
    let mut line = TcpStream::connect(program.address).await.unwrap();
    let head = "POST /return HTTP/1.1\r\nHost: localhost\r\nSec-Fetch-Site: same-origin\r\nContent-Type: \
                application/x-www-form-urlencoded\r\n";
    line.write_all(format!("{head}Content-Length: 4000\r\n\r\nwords={half}").as_bytes()).await.unwrap();
    settled().await;
    assert!(!found(&program, std::slice::from_ref(&half)).is_empty(), "what is there is not found");
    drop(line);
    assert_eq!(stays(&program, &[half]).await, Vec::<String>::new(), "a request that broke off");

    // A concern from the first page to the last, with a word of its own in every field.
    let fields = ["what_happens", "effect", "tried_words", "remedy", "council_only", "name", "contact"];
    let mut planted: Vec<String> = fields.iter().map(|field| word(&field.replace('_', ""))).collect();
    let answers: Vec<_> = fields.iter().copied().zip(planted.iter().map(String::as_str)).collect();
    let mut client = Client::new(&program.router());
    let words = client.raise(&answers).await;
    planted.extend(neighbours(&words));
    assert_eq!(stays(&program, &planted).await, Vec::<String>::new(), "a concern that was sent");

    // Coming back, a file, an act; and a passphrase.
    client.come_back(&words).await.ok().says("Your concern waits");
    planted.push(client.cookies["__Host-visit"].clone());
    planted.push(word("file"));
    let sent = attach(&mut client, "council", format!("{}.", word("file")).as_bytes()).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    client.get("/return/visit").await.ok().says("A file: Plain text");
    planted.extend([word("passphrase"), word("signinname")]);
    let page = Client::new(&program.router()).get("/staff/sign-in").await.ok();
    let mut form = page.form("/staff/sign-in");
    form.set("name", &word("signinname")).set("passphrase", &word("passphrase"));
    let refused = Client::new(&program.router()).submit(&form).await;
    assert!(refused.status.is_client_error(), "{}", refused.text());
    assert_eq!(stays(&program, &planted).await, Vec::<String>::new(), "a visit, a file and a sign-in");

    // A connection that stays open keeps what came last, until it has been silent for a while.
    let kept = word("kept");
    let mut line = TcpStream::connect(program.address).await.unwrap();
    let body = format!("words={kept}");
    line.write_all(format!("{head}Content-Length: {}\r\n\r\n{body}", body.len()).as_bytes()).await.unwrap();
    let mut answer = Vec::new();
    let ended = tokio::time::timeout(Duration::from_secs(30), line.read_to_end(&mut answer)).await;
    assert!(ended.is_ok(), "the program keeps a silent connection open");
    assert!(answer.starts_with(b"HTTP/1.1 303"), "{}", String::from_utf8_lossy(&answer));
    assert_eq!(stays(&program, &[kept]).await, Vec::<String>::new(), "a connection that was kept");
}

#[test]
fn an_15_nothing_typed_stays_in_the_programs_memory() {
    run_on(Engine::Sqlite, what_was_typed_is_gone_from_memory);
}
