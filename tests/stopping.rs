//! The real program, asked to stop while people are at it: it says so, lets them end, and only then ends itself.

use std::net::SocketAddr;
use std::time::Duration;

use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::TcpStream;

use crate::machines::ready;
use crate::support::app::TestApp;
use crate::support::is_long;
use crate::support::program::{Place, Running, free_address};

/// For how long the machine still takes visitors.
const DRAIN: Duration = Duration::from_secs(2);

async fn get(address: SocketAddr, path: &str) -> Option<String> {
    let mut line = TcpStream::connect(address).await.ok()?;
    let request = format!("GET {path} HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n");
    line.write_all(request.as_bytes()).await.ok()?;
    let mut answer = Vec::new();
    line.read_to_end(&mut answer).await.ok()?;
    (!answer.is_empty()).then(|| String::from_utf8_lossy(&answer).into_owned())
}

async fn whoever_is_at_it_may_end_and_nobody_new_comes(app: TestApp) {
    let empty = tempfile::tempdir().unwrap();
    let place = Place::of(&app, empty.path());
    let metrics = free_address();
    let settings = [
        ("CANDOR_METRICS_LISTEN", metrics.to_string()),
        ("CANDOR_DRAIN_SECONDS", DRAIN.as_secs().to_string()),
    ];
    let running = Running::start(&place, &settings).await;
    let site = running.address;
    let starts = |answer: Option<String>, words: &str| {
        let answer = answer.unwrap_or_default();
        assert!(answer.starts_with(words), "{words}: {answer}");
        answer
    };
    for address in [site, metrics] {
        starts(get(address, "/healthz").await, "HTTP/1.1 200");
        starts(ready(address).await, "HTTP/1.1 200");
    }
    starts(get(site, "/metrics").await, "HTTP/1.1 404");
    assert!(starts(get(metrics, "/metrics").await, "HTTP/1.1 200").contains("candor_jobs_rounds_total"));
    starts(get(metrics, "/library").await, "HTTP/1.1 404");

    // Somebody whose form is still on its way, and somebody who never gets further than their first line.
    let form = "words=abacus+abacus";
    let head = format!(
        "POST /return HTTP/1.1\r\nHost: x.example\r\nOrigin: http://x.example\r\nContent-Type: \
         application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
        form.len()
    );
    let mut slow = TcpStream::connect(site).await.unwrap();
    slow.write_all(head.as_bytes()).await.unwrap();
    slow.write_all(&form.as_bytes()[..5]).await.unwrap();
    let mut stuck = TcpStream::connect(site).await.unwrap();
    if is_long() {
        stuck.write_all(b"POST /return HT").await.unwrap();
    }
    tokio::time::sleep(Duration::from_millis(200)).await;

    running.terminate();
    tokio::time::sleep(Duration::from_millis(300)).await;
    for address in [site, metrics] {
        assert!(starts(ready(address).await, "HTTP/1.1 503").contains("stopping"));
        starts(get(address, "/healthz").await, "HTTP/1.1 200");
    }
    // It still answers whoever comes, for the balancer has not looked yet.
    let page = starts(get(site, "/library").await, "HTTP/1.1 200");
    assert!(page.to_lowercase().contains("connection: close"), "{page}");
    tokio::time::sleep(DRAIN).await;
    assert!(TcpStream::connect(site).await.is_err(), "nobody new is taken");
    // Operators are still answered.
    starts(ready(metrics).await, "HTTP/1.1 503");

    slow.write_all(&form.as_bytes()[5..]).await.unwrap();
    let mut answer = String::new();
    slow.read_to_string(&mut answer).await.unwrap();
    assert!(
        answer.starts_with("HTTP/1.1 303")
            && answer.contains("location: /return/visit\r\n")
            && answer.ends_with("\r\n\r\n"),
        "cut off: {answer}"
    );
    let (status, took) = running.ended().await;
    assert!(status.success(), "{status}");
    let most = if is_long() { 35 } else { 8 };
    assert!(took < Duration::from_secs(most), "{took:?}");
    assert!(TcpStream::connect(metrics).await.is_err());
    let (report, content) = place.verify();
    assert!(content, "{report}");
    drop(stuck);
}

on_both!(whoever_is_at_it_may_end_and_nobody_new_comes);
