//! AN-06: files on their way, over real connections: many at once, as large as they may be, and very slow.

use std::io::Cursor;
use std::net::SocketAddr;
use std::sync::Arc;
use std::time::Duration;

use axum::http::{StatusCode, header};
use candor::domain::attachment::MOST_BYTES;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::web::settings::{LimitSettings, WebSettings};
use candor::web::{self, App};
use image::{ImageFormat, RgbImage};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use super::an_06::{attach, drawn, given};
use super::an_06_bounds::cleaner;
use crate::support::app::{TestApp, concern};
use crate::support::http::{Client, HOST};
use crate::support::program::{Place, Running};
use crate::support::{Engine, run_on};

/// A form with a file, but for its last bytes, as a browser sends it over a connection of its own.
struct Half {
    line: TcpStream,
    rest: Vec<u8>,
}

/// The head of a form with a file of this many bytes, and the form around it.
fn around(client: &Client, token: &str, bytes: usize) -> (String, String, &'static str) {
    let start = format!(
        "--x\r\nContent-Disposition: form-data; name=\"csrf\"\r\n\r\n{token}\r\n--x\r\nContent-Disposition: \
         form-data; name=\"file\"; filename=\"a\"\r\n\r\n"
    );
    let end = "\r\n--x--\r\n";
    let head = format!(
        "POST /return/files HTTP/1.1\r\nHost: {HOST}\r\nOrigin: https://{HOST}\r\nSec-Fetch-Site: \
         same-origin\r\nCookie: __Host-visit={}\r\nContent-Type: multipart/form-data; \
         boundary=x\r\nContent-Length: {}\r\nConnection: close\r\n\r\n",
        client.cookies["__Host-visit"],
        start.len() + bytes + end.len()
    );
    (head, start, end)
}

async fn token_of(client: &mut Client) -> String {
    client.get("/return/files").await.ok().form("/return/files").value("csrf").unwrap().to_owned()
}

impl Half {
    /// Sends all of a file but its end. None if it was turned away meanwhile.
    async fn send(address: SocketAddr, client: &mut Client, file: &[u8]) -> Option<Self> {
        let token = token_of(client).await;
        let (head, start, end) = around(client, &token, file.len());
        let mut line = TcpStream::connect(address).await.unwrap();
        let (now, later) = file.split_at(file.len() - 1_000);
        for part in [head.as_bytes(), start.as_bytes(), now] {
            line.write_all(part).await.ok()?;
        }
        Some(Self { line, rest: [later, end.as_bytes()].concat() })
    }

    /// Whether an answer has come already: whoever is turned away is told so before the end.
    async fn is_answered(&mut self) -> bool {
        let mut begun = [0];
        let early = self.line.read(&mut begun);
        tokio::time::timeout(Duration::from_millis(100), early).await.is_ok()
    }

    async fn finish(mut self) -> String {
        self.line.write_all(&self.rest).await.unwrap();
        let mut answer = Vec::new();
        self.line.read_to_end(&mut answer).await.unwrap();
        String::from_utf8_lossy(&answer).into_owned()
    }
}

/// Most memory of the program in the debug profile while all uploads together hold as much as they may, in KiB.
const MEMORY: usize = 200 * 1024;

/// The program itself holds what arrives, each byte once, and turns away what is too much. Files of 20 MB at once.
async fn uploads_at_once_stay_within_the_memory(app: TestApp) {
    app.leaves_work_behind();
    let program = Running::start(&Place::of(&app, std::path::Path::new("/")), &[]).await;
    let (idle, mut file) = (program.most_memory(), b"PK\x03\x04".to_vec());
    file.resize(MOST_BYTES, b'a');
    let (file, mut sending) = (Arc::new(file), JoinSet::new());
    for _ in 0..6 {
        let mut client = Client::new(&program.router());
        let words = client.raise(&[]).await;
        client.come_back(&words).await.ok();
        let (address, file) = (program.address, file.clone());
        sending.spawn(async move { Half::send(address, &mut client, &file).await });
    }
    let mut held: Vec<_> = sending.join_all().await.into_iter().flatten().collect();
    // 96 MiB for all together: four files of 20 MiB are in it whole, a fifth is not.
    for _ in 0..60 {
        let mut waiting = Vec::new();
        for mut half in held {
            if !half.is_answered().await {
                waiting.push(half);
            }
        }
        held = waiting;
        if held.len() <= 4 {
            break;
        }
    }
    assert!((1..=4).contains(&held.len()), "{} are held", held.len());
    let most = program.most_memory();
    assert!(
        most > idle + held.len() * MOST_BYTES / 1024,
        "the control: they are held, {idle} and {most} KiB"
    );
    let count = held.len();
    for half in held {
        let answer = half.finish().await;
        assert!(answer.starts_with("HTTP/1.1 422") && answer.contains("Copy the text instead"), "{answer}");
    }
    let most = program.most_memory();
    assert!(most < MEMORY, "{most} KiB");
    crate::privacy::adversary::print(&format!(
        "AN-06: six files of 20 MiB at once, {count} of them let in: {} MiB at most, {} before",
        most / 1024,
        idle / 1024
    ));
    // What was let go of is there for others.
    let mut client = Client::new(&program.router());
    let words = client.raise(&[]).await;
    client.come_back(&words).await.ok();
    let sent = attach(&mut client, "council", &drawn(ImageFormat::Png)).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
}

#[test]
fn an_06_uploads_at_once_stay_within_the_memory() {
    run_on(Engine::Sqlite, uploads_at_once_stay_within_the_memory);
}

/// Twenty million bytes from the form to whoever reads them.
async fn a_file_of_twenty_megabytes_comes_whole(app: TestApp) {
    let limits = LimitSettings { cleaner: Some(cleaner(60)), ..LimitSettings::default() };
    let site = web::router(App::new(app.candor.clone(), WebSettings { limits, ..WebSettings::default() }));
    let at_council = Concern { handler: HandlerConcerned::NotSure, ..concern() };
    let (reporter, number) = app.open_case(&at_council).await;
    let mut client = Client::new(&site);
    client.come_back(&reporter.words).await.ok();
    // Noise, which nothing packs.
    let (mut state, mut points) = (0x9E37_79B9_7F4A_7C15_u64, Vec::with_capacity(2_600 * 2_600 * 3 + 8));
    while points.len() < 2_600 * 2_600 * 3 {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        points.extend(state.to_le_bytes());
    }
    points.truncate(2_600 * 2_600 * 3);
    let picture = RgbImage::from_raw(2_600, 2_600, points).unwrap();
    let mut raw = Vec::new();
    picture.write_to(&mut Cursor::new(&mut raw), ImageFormat::Png).unwrap();
    assert!(raw.len() > 20_000_000 && raw.len() <= MOST_BYTES, "{} bytes", raw.len());
    let sent = attach(&mut client, "council", &raw).await;
    assert_eq!(sent.status, StatusCode::SEE_OTHER, "{}", sent.text());
    assert_eq!(app.database.number("SELECT COUNT(*) FROM waiting_chunk").await, 320);
    app.run_batches().await;
    assert_eq!(app.database.number("SELECT COUNT(*) FROM attachment_chunk").await, 320);
    let got = given(&app, "council-guard", &number, 0).await;
    assert!(image::load_from_memory(&got).unwrap().into_rgb8() == picture, "every point of it");
    let mut member = Client::new(&site);
    member.sign_in("council-harbour").await;
    let case = member.case(&number).await;
    let link = case.links().into_iter().find(|link| link.contains("/file/")).unwrap();
    let file = member.get(&link).await.ok();
    assert_eq!(file.headers[header::CONTENT_LENGTH].to_str().unwrap(), got.len().to_string());
}

#[test]
fn an_06_a_file_of_twenty_megabytes_comes_whole() {
    run_on(Engine::Sqlite, a_file_of_twenty_megabytes_comes_whole);
    if crate::support::is_long() {
        run_on(Engine::Postgres, a_file_of_twenty_megabytes_comes_whole);
    }
}

/// A byte now and then, over a real connection and the real route: it is cut off, and nothing is kept.
async fn a_slow_drip_is_cut_off(app: TestApp) {
    let limits = LimitSettings { upload_pause: Duration::from_millis(400), ..LimitSettings::default() };
    let site = web::router(App::new(app.candor.clone(), WebSettings { limits, ..WebSettings::default() }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = site.clone().into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    let (reporter, _) = app.open_case(&concern()).await;
    let mut client = Client::new(&site);
    client.come_back(&reporter.words).await.ok();
    let token = token_of(&mut client).await;
    let file = "The gate stands open.".repeat(10);
    // The control: the same form in one go is taken.
    for (drips, status) in [(true, "422"), (false, "303")] {
        let before = app.database.dump().await;
        let (head, start, end) = around(&client, &token, file.len());
        let (mut read, mut write) = TcpStream::connect(address).await.unwrap().into_split();
        write.write_all(head.as_bytes()).await.unwrap();
        write.write_all(start.as_bytes()).await.unwrap();
        let body = [file.as_bytes(), end.as_bytes()].concat();
        let sending = tokio::spawn(async move {
            if !drips {
                return write.write_all(&body).await.map(|()| write);
            }
            for byte in body {
                write.write_all(&[byte]).await?;
                tokio::time::sleep(Duration::from_millis(50)).await;
            }
            Ok(write)
        });
        let mut answer = vec![0; 40_000];
        let length = read.read(&mut answer).await.unwrap();
        let answer = String::from_utf8_lossy(&answer[..length]).into_owned();
        assert!(answer.starts_with(&format!("HTTP/1.1 {status}")), "drips {drips}: {answer}");
        assert_eq!(app.database.dump().await == before, drips, "what is kept, drips {drips}");
        sending.abort();
    }
    app.leaves_work_behind();
}

#[test]
fn an_06_a_slow_drip_is_cut_off() {
    run_on(Engine::Sqlite, a_slow_drip_is_cut_off);
}
