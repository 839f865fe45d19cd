//! AN-17: a right and a wrong receipt look alike from outside: by what goes over the wire, and by when.

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use candor::web::settings::WebSettings;
use candor::web::{self, App};
use tokio::io::{AsyncReadExt, AsyncWriteExt};
use tokio::net::{TcpListener, TcpStream};
use tokio::task::JoinSet;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::http::{Client, escape};
use crate::support::is_long;

/// How far apart two distributions of times may be: the design's, over 10,000 of each.
const CLOSE: f64 = 0.05;

fn shuffled(words: &str) -> String {
    let mut words: Vec<_> = words.split(' ').collect();
    words.reverse();
    words.join(" ")
}

/// The same with the last word misspelt, and of the same length.
fn misspelt(words: &str) -> String {
    format!("{}q", &words[..words.len() - 1])
}

/// Serves the site as it is deployed, but for when the page of a visit comes.
async fn served(app: &TestApp, visit_after: Duration) -> SocketAddr {
    let settings = WebSettings { visit_after, ..WebSettings::default() };
    // Nobody turns thousands of tries from one address away here.
    let limits = web::settings::LimitSettings {
        address_burst: 1_000_000,
        global_burst: 1_000_000,
        ..web::settings::LimitSettings::default()
    };
    let site = web::router(App::new(app.candor.clone(), WebSettings { limits, ..settings }));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    tokio::spawn(async move { axum::serve(listener, site).await });
    address
}

/// A connection that stays open, as a browser's does.
struct Line(TcpStream);

impl Line {
    async fn open(to: SocketAddr) -> Self {
        Self(TcpStream::connect(to).await.unwrap())
    }

    /// Sends a request; returns the whole answer.
    async fn exchange(&mut self, request: &str) -> Vec<u8> {
        self.0.write_all(request.as_bytes()).await.unwrap();
        let mut answer = Vec::with_capacity(50_000);
        loop {
            assert!(self.0.read_buf(&mut answer).await.unwrap() > 0, "the connection was closed");
            let Some(end) = answer.windows(4).position(|four| four == b"\r\n\r\n") else { continue };
            let head = String::from_utf8_lossy(&answer[..end]).to_lowercase();
            let length = head.lines().find_map(|line| line.strip_prefix("content-length: "));
            if answer.len() >= end + 4 + length.map_or(0, |length| length.parse().unwrap()) {
                return answer;
            }
        }
    }

    /// Types words on the page for coming back, as a browser without scripts sends them, and goes on to where the
    /// answer leads. Returns each request and answer as they went over the wire.
    async fn comes_back(&mut self, words: &str) -> Vec<(String, Vec<u8>)> {
        let body = format!("words={}", escape(words));
        let post = format!(
            "POST /return HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\ncontent-type: \
             application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
            body.len()
        );
        let mut gone = vec![(post.clone(), self.exchange(&post).await)];
        let text = String::from_utf8_lossy(&gone[0].1).into_owned();
        let Some(location) = text.lines().find_map(|line| line.strip_prefix("location: ")) else {
            return gone;
        };
        let cookies: Vec<_> = text
            .lines()
            .filter_map(|line| line.strip_prefix("set-cookie: "))
            .filter(|cookie| !cookie.contains("Max-Age"))
            .filter_map(|cookie| cookie.split(';').next())
            .collect();
        let get = format!(
            "GET {location} HTTP/1.1\r\nhost: localhost\r\nsec-fetch-site: same-origin\r\ncookie: {}\r\n\r\n",
            cookies.join("; ")
        );
        let answer = self.exchange(&get).await;
        gone.push((get, answer));
        gone
    }
}

/// What a network sees of a try, TLS or none: how often something goes each way, and how many bytes. Beside it what TLS
/// hides: status and headers, without what is sealed in the cookie and the time of the answer.
fn seen(gone: &[(String, Vec<u8>)]) -> (Vec<(usize, usize)>, Vec<String>) {
    let sizes = gone.iter().map(|(up, down)| (up.len(), down.len())).collect();
    let head = |answer: &[u8]| {
        let text = String::from_utf8_lossy(answer).into_owned();
        let head = text.split("\r\n\r\n").next().unwrap_or_default().to_owned();
        let lines = head.lines().filter(|line| !line.starts_with("date: "));
        lines
            .map(|line| line.split("__Host-visit=").next().unwrap_or_default().to_owned())
            .collect::<Vec<_>>()
            .join("\n")
    };
    (sizes, gone.iter().map(|(_, down)| head(down)).collect())
}

async fn an_17_right_and_wrong_are_alike_on_the_wire(app: TestApp) {
    let to = served(&app, Duration::ZERO).await;
    let mut line = Line::open(to).await;
    let words = Client::new(&app.site()).raise(&[]).await;
    let waits = seen(&line.comes_back(&words).await);
    assert_eq!(waits.0.len(), 2, "the answer leads on, and there is one page");
    assert_eq!(waits.0[1].1 / 8_192, 4, "{waits:?}");
    // More than nginx takes of an answer's headers as it is set up.
    assert!(waits.0[0].1 < 3_900, "{waits:?}");
    app.run_batches().await;
    let number = app.only_number().await;
    let opened = seen(&line.comes_back(&words).await);
    for wrong in [shuffled(&words), misspelt(&words)] {
        assert_eq!(
            seen(&line.comes_back(&wrong).await),
            waits,
            "{wrong} is told from a right one that waits"
        );
        assert_eq!(opened, waits, "what waits is told from a case");
    }
    // A case that went through to its outcome.
    app.resolve(&number, RAISING, CONCERNED).await;
    let gone = line.comes_back(&words).await;
    assert!(String::from_utf8_lossy(&gone[1].1).contains("The outcome"));
    assert_eq!(seen(&gone), waits);
    // The control: the same look tells what is refused at once, as every wrong receipt once was, and a page that is
    // not filled up that far.
    let at_once = seen(&line.comes_back(&"x".repeat(600)).await);
    assert!(at_once.0.len() == 1 && at_once.1[0].starts_with("HTTP/1.1 422"), "{at_once:?}");
    let get = "GET /return HTTP/1.1\r\nhost: localhost\r\n\r\n";
    assert_ne!(line.exchange(get).await.len(), waits.0[1].1);
}

/// Times, on one database (the other adds only noise): the two distributions lie together.
async fn an_17_right_and_wrong_take_the_same_time(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let wrong = shuffled(&reporter.words);
    let mut distances = Vec::new();
    // A machine that is busy with something else can part them once, not three times; a look-up that
    // took another way for a right receipt than for a wrong one parted them every time.
    for _ in 0..3 {
        let [right, wrong] = times(&app, &reporter.words, &wrong).await;
        let distance = kolmogorov_smirnov(&right, &wrong);
        // The control: a difference of a fifth of the time is seen, however busy the machine is.
        let slower: Vec<_> = wrong.iter().map(|time| *time + *time / 5).collect();
        assert!(kolmogorov_smirnov(&right, &slower) > CLOSE);
        // Whoever takes the slower of two for the right one: 0.5 is chance. It is never further from that than D.
        let (classifier, control) =
            (area_under_the_curve(&right, &wrong), area_under_the_curve(&slower, &right));
        assert!(
            (classifier - 0.5).abs() <= distance + 0.001 && control > 0.5 + CLOSE,
            "{classifier}, {control}"
        );
        crate::privacy::adversary::print(&format!(
            "AN-17: {} right and wrong receipts each, opened in turns: AUC {classifier:.3}, D {distance:.3}; one slower by a fifth: AUC {control:.3}",
            right.len()
        ));
        if distance < CLOSE {
            return;
        }
        distances.push(distance);
    }
    panic!("D = {distances:?}");
}

/// How long opening a visit takes, sorted: with a right and with a wrong receipt, taken in turns in an
/// order that changes.
async fn times(app: &TestApp, right: &str, wrong: &str) -> [Vec<Duration>; 2] {
    let each = if is_long() { 10_000 } else { 3_000 };
    let mut times = [Vec::with_capacity(each), Vec::with_capacity(each)];
    for turn in 0..2 * each {
        let which = (turn + turn / 2) % 2;
        let started = Instant::now();
        let opened = app.candor.open_visit([right, wrong][which]).await;
        times[which].push(started.elapsed());
        assert_eq!(opened.is_ok(), which == 0);
    }
    for one in &mut times {
        one.sort_unstable();
    }
    times
}

/// From sending the words to having the page that follows, over HTTP, sorted, several tries at a time.
async fn times_over_http(
    to: SocketAddr,
    right: &str,
    wrong: &str,
    each: usize,
    lanes: usize,
) -> [Vec<Duration>; 2] {
    let mut all = JoinSet::new();
    for lane in 0..lanes {
        let words = [right.to_owned(), wrong.to_owned()];
        all.spawn(async move {
            let mut line = Line::open(to).await;
            let mut times = [Vec::new(), Vec::new()];
            for turn in 0..2 * each / lanes {
                let which = (turn + turn / 2 + lane) % 2;
                let started = Instant::now();
                let gone = line.comes_back(&words[which]).await;
                times[which].push(started.elapsed());
                assert_eq!(gone.len(), 2);
            }
            times
        });
    }
    let mut times = [Vec::new(), Vec::new()];
    while let Some(lane) = all.join_next().await {
        for (all, lane) in times.iter_mut().zip(lane.unwrap()) {
            all.extend(lane);
        }
    }
    for one in &mut times {
        one.sort_unstable();
    }
    times
}

/// What is said of distances is said of 10,000 each; of fewer, as far as chance parts two such samples one time in a
/// hundred is no distance.
#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn close_for(each: usize) -> f64 {
    (1.63 * (2.0 / each as f64).sqrt()).max(CLOSE)
}

async fn an_17_right_and_wrong_come_at_the_same_time_over_http(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let wrong = shuffled(&reporter.words);
    // Whoever measures lets the site be as it is deployed. Where other tests run beside this one, the page waits for
    // longer, as it would for a machine that is as slow as this one is then.
    let (each, after, lanes) = if is_long() {
        (10_000, WebSettings::default().visit_after, 4)
    } else {
        (160, Duration::from_millis(400), 16)
    };
    let to = served(&app, after).await;
    let mut distances = Vec::new();
    for _ in 0..3 {
        let [right, wrong] = times_over_http(to, &reporter.words, &wrong, each, lanes).await;
        let distance = kolmogorov_smirnov(&right, &wrong);
        crate::privacy::adversary::print(&format!(
            "AN-17: {} right and wrong receipts each over HTTP: AUC {:.3}, D {distance:.3}; medians {:?} and {:?}",
            right.len(),
            area_under_the_curve(&right, &wrong),
            right[right.len() / 2],
            wrong[wrong.len() / 2],
        ));
        distances.push(distance);
        if distance < close_for(each) {
            break;
        }
    }
    assert!(distances.last().unwrap() < &close_for(each), "D = {distances:?}");
    // The control: where the page comes as soon as it can, the same look tells one from the other.
    let to = served(&app, Duration::ZERO).await;
    let [right, wrong] = times_over_http(to, &reporter.words, &wrong, 160, 1).await;
    let distance = kolmogorov_smirnov(&right, &wrong);
    crate::privacy::adversary::print(&format!("AN-17: as soon as it can: D {distance:.3}"));
    assert!(distance > close_for(160), "D = {distance}");
}

/// How often one of the first is larger than one of the others, of sorted samples; equal ones count half.
#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn area_under_the_curve<T: Ord>(one: &[T], others: &[T]) -> f64 {
    let larger_than = |value: &T| {
        let below = others.partition_point(|known| known < value);
        (below + others.partition_point(|known| known <= value)) as f64 / 2.0
    };
    one.iter().map(larger_than).sum::<f64>() / (one.len() * others.len()) as f64
}

/// The largest distance between two cumulative distributions, of sorted samples.
#[expect(clippy::cast_precision_loss, reason = "counts of some thousand")]
fn kolmogorov_smirnov<T: Ord>(one: &[T], other: &[T]) -> f64 {
    let below =
        |sorted: &[T], value: &T| sorted.partition_point(|known| known <= value) as f64 / sorted.len() as f64;
    one.iter().chain(other).map(|value| (below(one, value) - below(other, value)).abs()).fold(0.0, f64::max)
}

on_both!(an_17_right_and_wrong_are_alike_on_the_wire);
on_sqlite!(an_17_right_and_wrong_take_the_same_time, an_17_right_and_wrong_come_at_the_same_time_over_http);
