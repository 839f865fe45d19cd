//! `candor check`: each thing that it can find wrong, brought about once. The proxies of docs/deploy are in
//! tests/deployment.rs, what a test cannot bring about on its machine beside the code.

use std::net::SocketAddr;
use std::path::Path;
use std::sync::{Arc, Mutex};

use axum::Router;
use axum::body::Body;
use axum::extract::Request;
use axum::http::HeaderValue;
use axum::response::Response;
use http_body_util::BodyExt;
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tower::ServiceExt;

use crate::support::app::TestApp;
use crate::support::program::{Place, Running, router_to};
use crate::support::tls::Certified;
use crate::support::{Engine, run_on, tell};

/// What lies with the database: its heads outside, its log, a key that is still in the settings, what PostgreSQL writes.
async fn what_is_wrong_with_what_rests_is_said(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let elsewhere = tempfile::tempdir().unwrap();
    let heads = elsewhere.path().join("heads.jsonl");
    let previous = elsewhere.path().join("previous.key");
    candor::config::write_private(&previous, "04".repeat(32).as_bytes()).unwrap();
    let check = |over: &[(&str, &str)]| {
        let settings = [("CANDOR_HEADS_FILE", heads.to_str().unwrap())];
        let output = place.program(&["check"]).envs(settings).envs(over.iter().copied()).output().unwrap();
        String::from_utf8([output.stdout, output.stderr].concat()).unwrap()
    };
    let none = check(&[]);
    for words in
        ["of the journal is of", "head that was kept outside", "write-ahead log", "previous service key"]
    {
        assert!(!none.contains(words), "the control: {none}");
    }
    let with = check(&[("CANDOR_SERVICE_KEY_PREVIOUS_FILE", previous.to_str().unwrap())]);
    assert!(
        with.contains("look   A previous service key") && with.contains("still in the settings"),
        "{with}"
    );
    for (day, words) in [
        ("2020-01-01", "WRONG  The last head that was kept outside (file) is of 2020-01-01"),
        ("2999-01-01", "WRONG  A head of the journal is of 2999-01-01"),
    ] {
        let hash = "07".repeat(32);
        let (hash, id) = if app.is_sqlite() {
            (format!("x'{hash}'"), format!("x'{}'", "07".repeat(16)))
        } else {
            (format!("'\\x{hash}'"), "'07070707-0707-0707-0707-070707070707'".to_owned())
        };
        app.database
            .run(&format!(
                "INSERT INTO head_outside (day, place, sequence, hash, id, kept, tries, next_at, version) \
                 VALUES ('{day}', 'file', 1, {hash}, {id}, 1, 0, 0, 0)"
            ))
            .await;
        let said = check(&[]);
        assert!(said.contains(words), "{words}\n{said}");
        app.database.run(&format!("DELETE FROM head_outside WHERE day = '{day}'")).await;
    }
    if let Some(folder) = app.database.folder() {
        // No byte of it is written: a hole in a file takes up nothing.
        let log = std::fs::OpenOptions::new().write(true).open(folder.join("candor.db-wal")).unwrap();
        let length = log.metadata().unwrap().len();
        log.set_len(300 * 1024 * 1024).unwrap();
        let said = check(&[]);
        log.set_len(length).unwrap();
        assert!(said.contains("look   The database's write-ahead log is larger than 256 MiB"), "{said}");
    } else {
        // Each tells, and writes down next to nothing. That every setting is told of, tests/store holds.
        for (setting, value) in
            [("log_min_duration_sample", "2147483647"), ("log_transaction_sample_rate", "0.000000001")]
        {
            let change =
                |to: &str| format!("ALTER ROLE CURRENT_USER IN DATABASE {} {to}", app.database.name());
            app.database.run(&change(&format!("SET {setting} = {value}"))).await;
            let said = check(&[]);
            app.database.run(&change(&format!("RESET {setting}"))).await;
            assert!(
                said.contains("WRONG  PostgreSQL") && said.contains(&format!("set {setting} = ")),
                "{said}"
            );
            assert!(!check(&[]).contains(setting), "the control");
        }
    }
}

on_both!(what_is_wrong_with_what_rests_is_said);

/// A proxy of the test's own that passes everything on, and changes what comes back.
async fn between(program: SocketAddr, spoils: fn(&mut Response)) -> SocketAddr {
    let forward = router_to(program);
    let proxy = Router::new().fallback(move |request: Request| {
        let forward = forward.clone();
        async move {
            let Ok(mut response) = forward.oneshot(request).await;
            spoils(&mut response);
            response
        }
    });
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, proxy).await });
    address
}

fn set(response: &mut Response, name: &'static str, value: &'static str) {
    response.headers_mut().insert(name, HeaderValue::from_static(value));
}

/// What a proxy does to an answer.
type Spoil = fn(&mut Response);

/// Whatever a proxy adds to a page, takes from it or says of the time is told of, each by its name.
#[test]
fn what_a_proxy_does_to_a_page_is_said() {
    const SPOILT: [(Spoil, &str); 9] = [
        (
            |response| set(response, "via", "1.1 cache"),
            "WRONG  The proxy adds the header via to the start page",
        ),
        (
            |response| set(response, "etag", "\"1\""),
            "WRONG  The proxy adds the header etag to the start page",
        ),
        (
            |response| set(response, "last-modified", "Mon, 01 Jun 2026 13:00:00 GMT"),
            "WRONG  The proxy adds the header last-modified to the page for what is not there",
        ),
        (
            |response| set(response, "set-cookie", "balance=3; Path=/"),
            "WRONG  The proxy adds the header set-cookie to the start page",
        ),
        (|response| set(response, "x-powered-by", "x"), "WRONG  The proxy adds the header x-powered-by"),
        (
            |response| set(response, "server", "front"),
            "look   The proxy names itself to visitors: Server: front.",
        ),
        (
            |response| set(response, "date", "Mon, 01 Jun 2020 13:00:00 GMT"),
            "WRONG  The site's clock and this machine's are",
        ),
        (
            |response| {
                let body = std::mem::take(response.body_mut());
                let body =
                    body.map_frame(|frame| frame.map_data(|data| [&data[..], b"<!-- x -->"].concat().into()));
                *response.body_mut() = Body::new(body);
                response.headers_mut().remove("content-length");
            },
            "bytes, which is no multiple of 8192: the proxy changes pages",
        ),
        (|_| {}, "good   Headers and size of the start page are as the program made them"),
    ];
    run_on(Engine::Sqlite, async |app: TestApp| {
        let place = Place::of(&app, Path::new("/"));
        let program = Running::start(&place, &[]).await;
        for (spoils, words) in SPOILT {
            let proxy = between(program.address, spoils).await;
            let address = format!("http://localhost:{}", proxy.port());
            let output = place.program(&["check"]).env("CANDOR_PUBLIC_ADDRESS", address).output().unwrap();
            let said = String::from_utf8(output.stdout).unwrap();
            assert!(said.contains(words), "{words}\n{said}");
            if words.starts_with("good") {
                // The control: of a proxy that changes nothing, nothing is said.
                for (_, words) in &SPOILT[..SPOILT.len() - 1] {
                    assert!(!said.contains(words), "{words}\n{said}");
                }
            }
        }
    });
}

/// What answers at port 80 beside the site with TLS. Only where this user may listen there, and nobody else does.
#[test]
fn what_is_wrong_at_port_80_is_said() {
    run_on(Engine::Sqlite, async |app: TestApp| {
        let (Ok(tls), Ok(plain)) =
            (TcpListener::bind("127.0.0.1:443").await, TcpListener::bind("127.0.0.1:80").await)
        else {
            return tell("skipped: ports 80 and 443 are not to be had, so what answers there was not tried");
        };
        let place = Place::of(&app, Path::new("/"));
        let program = Running::start(&place, &[]).await;
        let certified = Certified::of("localhost");
        let (acceptor, to) = (certified.acceptor(), program.address);
        tokio::spawn(async move {
            while let Ok((stream, _)) = tls.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut here = acceptor.accept(stream).await.ok()?;
                    let mut there = TcpStream::connect(to).await.ok()?;
                    tokio::io::copy_bidirectional(&mut here, &mut there).await.ok()
                });
            }
        });
        let answer = Arc::new(Mutex::new(String::new()));
        let says = Arc::clone(&answer);
        tokio::spawn(async move {
            while let Ok((mut stream, _)) = plain.accept().await {
                let _ = stream.read(&mut [0; 4_096]).await;
                let answer = says.lock().unwrap().clone();
                let _ = stream.write_all(answer.as_bytes()).await;
            }
        });
        let head = |status: &str, more: &str| {
            format!("HTTP/1.1 {status}\r\n{more}Content-Length: 0\r\nConnection: close\r\n\r\n")
        };
        for (says, words) in [
            (head("200 OK", ""), "WRONG  Port 80 answers without TLS"),
            (head("302 Found", "Location: http://x.example/\r\n"), "WRONG  Port 80 leads elsewhere"),
            (
                head("308 There", "Location: https://localhost/\r\n"),
                "good   Who comes without TLS is led to it",
            ),
        ] {
            *answer.lock().unwrap() = says;
            let mut command = place.program(&["check"]);
            command
                .env("CANDOR_PUBLIC_ADDRESS", "https://localhost")
                .env("CANDOR_AUTHORITIES_FILE", certified.file());
            let said = String::from_utf8(command.output().unwrap().stdout).unwrap();
            assert!(said.contains(words), "{words}\n{said}");
        }
    });
}
