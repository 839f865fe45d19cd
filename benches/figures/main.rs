//! How fast, how large and how steady: submissions against a bare handler, memory, bytes on the wire, the
//! start of the program, pages and jobs among a million cases, and everybody else while a crowd signs in.
//! Results and what was learned stand in docs/performance.md.
//!
//! `cargo bench` runs everything; `cargo bench -- submissions` (or postgres, memory, start, wire, crowd, pages) a part;
//! `CANDOR_TEST_BENCH=fast cargo bench` a short version, for a look. It fails if any concern was refused or lost; goals that are missed are only marked, for they depend on
//! the machine. Needs Linux, for its figures of memory.

#![allow(
    clippy::unwrap_used,
    clippy::expect_used,
    clippy::panic,
    clippy::indexing_slicing,
    clippy::missing_panics_doc,
    clippy::similar_names,
    missing_debug_implementations,
    reason = "a benchmark says what is wrong by panicking"
)]

mod bare;
mod client;
#[path = "../../tests/support/cluster.rs"]
#[allow(dead_code, reason = "tests use more of it")]
mod cluster;
mod crowd;
mod journey;
mod load;
mod many;
mod pages;
mod process;
mod scene;

use std::collections::BTreeSet;
use std::net::SocketAddr;
use std::time::Duration;

use candor::service::Candor;
use candor::store::Db;
use tokio::runtime::Runtime;

use client::{Client, Wire};
use load::{Round, count, median, quantile};
use process::Program;
use scene::{Place, Scene};

/// How much of everything.
struct Size {
    rounds: usize,
    alone: usize,
    together: usize,
    journeys: usize,
    under_load: usize,
    starts: usize,
    among: &'static [usize],
    crowd: Duration,
}

const FULL: Size = Size {
    rounds: 7,
    alone: 100,
    together: 640,
    journeys: 320,
    under_load: 3_200,
    starts: 11,
    among: &[1_000, 100_000, 1_000_000],
    crowd: Duration::from_secs(15),
};
const FAST: Size = Size {
    rounds: 3,
    alone: 30,
    together: 160,
    journeys: 32,
    under_load: 480,
    starts: 3,
    among: &[1_000, 10_000],
    crowd: Duration::from_secs(5),
};

const TOGETHER: [usize; 2] = [16, 64];
const MIB: f64 = 1_024.0;

fn main() {
    #[expect(clippy::disallowed_methods, reason = "a setting of the benchmark, not of the program")]
    let fast = std::env::var("CANDOR_TEST_BENCH").is_ok_and(|word| word == "fast");
    let size = if fast { &FAST } else { &FULL };
    let runtime = tokio::runtime::Builder::new_multi_thread().enable_all().build().unwrap();
    let parts: Vec<String> = std::env::args().skip(1).filter(|word| !word.starts_with('-')).collect();
    let wanted = |part: &str| parts.is_empty() || parts.iter().any(|word| word == part);
    println!("Setting the scene …");
    let scene = runtime.block_on(Scene::play());
    let mut failed = 0;
    if wanted("submissions") {
        println!("\nOn SQLite");
        failed += submissions(&runtime, &scene, size);
    }
    if wanted("postgres")
        && let Some(scene) = runtime.block_on(Scene::play_in_postgres())
    {
        println!("\nOn PostgreSQL");
        failed += submissions(&runtime, &scene, size);
    }
    let copy = |name: &str| runtime.block_on(scene.copy(name));
    let place = copy("program");
    if wanted("memory") {
        failed += memory(&runtime, &place, size);
    }
    if wanted("start") {
        start_up("the demonstration's 18 cases", &copy("start"), size);
        start_up("and what was sent before", &place, size);
    }
    if wanted("wire") {
        wire(&runtime, &scene);
    }
    if wanted("crowd") {
        crowd::signing_in(&copy("crowd"), size.crowd);
    }
    if wanted("pages") {
        pages::among(&runtime, &scene, size.among);
    }
    assert_eq!(failed, 0, "concerns were refused, failed or lost");
}

fn verdict(met: bool) -> &'static str {
    if met { "met" } else { "MISSED" }
}

fn goal(what: &str, value: f64, unit: &str, met: bool, wanted: &str) {
    println!("  {what}: {value:.2} {unit} (goal {wanted}: {})", verdict(met));
}

/// Fresh receipts, as the pages before sending draw them.
fn receipts(candor: &Candor, number: usize) -> Vec<String> {
    (0..number).map(|_| candor.draw_receipt().unwrap().hidden).collect()
}

/// Says why something is left out.
fn skip(what: &str, why: &str) {
    println!("\nLeft out: everything that needs {what}, for {why}");
}

/// How many rows wait, and the shortest and longest of them.
async fn waiting(candor: &Candor) -> (usize, i64, i64) {
    let query =
        "SELECT COUNT(*), CAST(MIN(LENGTH(body)) AS BIGINT), CAST(MAX(LENGTH(body)) AS BIGINT) FROM inbox";
    let (rows, shortest, longest): (i64, i64, i64) = match &candor.db {
        Db::Sqlite { read, .. } => sqlx::query_as(query).fetch_one(read).await.unwrap(),
        Db::Postgres { pool, .. } => sqlx::query_as(query).fetch_one(pool).await.unwrap(),
    };
    (usize::try_from(rows).unwrap(), shortest, longest)
}

async fn empty_inbox(candor: &Candor) {
    let statement = "DELETE FROM inbox";
    match &candor.db {
        Db::Sqlite { write, .. } => drop(sqlx::query(statement).execute(write).await.unwrap()),
        Db::Postgres { pool, .. } => drop(sqlx::query(statement).execute(pool).await.unwrap()),
    }
}

struct Side {
    candor: Candor,
    address: SocketAddr,
    sent: usize,
    rounds: Vec<Round>,
}

/// Submissions of the site and of the bare handler, in turns. Returns how many did not end as they should.
fn submissions(runtime: &Runtime, scene: &Scene, size: &Size) -> usize {
    let (mut site, mut bare) = runtime.block_on(async {
        let site = scene.copy("site").await.open_now().await;
        let bare = scene.copy("bare").await.open_now().await;
        for candor in [&site, &bare] {
            empty_inbox(candor).await;
        }
        let site_at = scene::serve_site(&site).await;
        let bare_at = bare::serve(&bare, &journey::concern()).await;
        let side = |candor, address| Side { candor, address, sent: 0, rounds: Vec::new() };
        (side(site, site_at), side(bare, bare_at))
    });
    control(&mut site);
    let mut failed = 0;
    println!("\nSubmissions, site against bare handler, {} rounds each in turns", size.rounds);
    let together = TOGETHER.map(|clients| (clients, size.together));
    for (clients, times) in [(1, size.alone)].into_iter().chain(together) {
        for _ in 0..size.rounds {
            let requests: Vec<_> =
                receipts(&site.candor, times).iter().map(|receipt| journey::send(receipt)).collect();
            site.rounds.push(load::send(site.address, clients, &requests, journey::is_sent));
            let requests: Vec<_> = receipts(&bare.candor, times)
                .iter()
                .map(|receipt| client::request("POST", "/bare", "", Some(receipt)))
                .collect();
            bare.rounds.push(load::send(bare.address, clients, &requests, |answer| {
                answer.status == 200 && answer.body == bare::PAGE.as_bytes()
            }));
        }
        failed += report(clients, &mut site, &mut bare);
    }
    failed += journeys(&mut site, size);
    runtime.block_on(async {
        let (of_site, of_bare) = (waiting(&site.candor).await, waiting(&bare.candor).await);
        println!("  rows kept: site {} of {}, bare {} of {}", of_site.0, site.sent, of_bare.0, bare.sent);
        println!("  bytes of a row: {}", of_site.1);
        assert_eq!((of_site.1, of_site.2), (of_bare.1, of_bare.2), "the bare handler does not do the same");
        failed + (site.sent - of_site.0) + (bare.sent - of_bare.0)
    })
}

/// Shows that a concern which is not sent is told from one that is.
fn control(site: &mut Side) {
    let drawn = receipts(&site.candor, 1).remove(0);
    let forged = format!("00{}", &drawn[2..]);
    let round = load::send(site.address, 1, &[journey::send(&forged)], journey::is_sent);
    assert_eq!(round.failed, ["422"], "the control: a forged receipt counts as refused");
}

fn report(clients: usize, site: &mut Side, bare: &mut Side) -> usize {
    let mut failed = 0;
    let mut ratios = Vec::new();
    let (of_site, of_bare) = (std::mem::take(&mut site.rounds), std::mem::take(&mut bare.rounds));
    for (one, other) in of_site.iter().zip(&of_bare) {
        ratios.push(one.rate() / other.rate());
    }
    let mut figures = Vec::new();
    for (name, side, rounds) in [("site", &mut *site, &of_site), ("bare", &mut *bare, &of_bare)] {
        let took: Vec<f64> = rounds.iter().flat_map(|round| round.took.iter().copied()).collect();
        let rates: Vec<f64> = rounds.iter().map(Round::rate).collect();
        let (rate, middle) = (median(&rates), median(&took));
        println!(
            "  {clients:>2} clients, {name}: {rate:>6.0} a second ({:.0}-{:.0}), median {middle:.2} ms, 95th {:.2} ms",
            quantile(&rates, 0.0),
            quantile(&rates, 1.0),
            quantile(&took, 0.95),
        );
        side.sent += took.len();
        let refused: Vec<_> = rounds.iter().flat_map(|round| &round.failed).collect();
        if let Some(first) = refused.first() {
            println!("     {} not sent, the first: {first}", refused.len());
        }
        failed += refused.len();
        figures.push((rate, middle));
    }
    let ratio = median(&ratios);
    goal(
        &format!("{clients:>2} clients, ratio of rates (median of {})", ratios.len()),
        ratio,
        "",
        ratio >= 0.8,
        "at least 0.80",
    );
    let (rate, middle) = figures[0];
    if clients == 1 {
        goal("   one submission", middle, "ms", middle <= 30.0, "at most 30 ms");
    } else {
        goal("   submissions", rate, "a second", rate >= 500.0, "at least 500");
    }
    failed
}

/// Whole journeys through the pages, from the first page of the form to "It is sent".
fn journeys(site: &mut Side, size: &Size) -> usize {
    let mut failed = 0;
    for (clients, times) in [(1, size.journeys / 4), (TOGETHER[0], size.journeys)] {
        let round = load::side_by_side(site.address, clients, times, |client, _| {
            journey::raise(client, |_, _| {}).map(drop)
        });
        println!(
            "  {clients:>2} clients, whole journeys of 7 requests: {:.0} a second, median {:.1} ms",
            round.rate(),
            median(&round.took),
        );
        if let Some(first) = round.failed.first() {
            println!("     {} not sent, the first: {first}", round.failed.len());
        }
        site.sent += round.took.len();
        failed += round.failed.len();
    }
    failed
}

/// Memory of the program itself, at rest, under load and afterwards.
fn memory(runtime: &Runtime, place: &Place, size: &Size) -> usize {
    let candor = runtime.block_on(place.open_now());
    let requests: Vec<_> =
        receipts(&candor, size.under_load).iter().map(|receipt| journey::send(receipt)).collect();
    runtime.block_on(candor.db.close());
    let program = Program::start(place);
    std::thread::sleep(Duration::from_secs(2));
    let kib = |kib: u64| count(usize::try_from(kib).unwrap_or_default()) / MIB;
    let idle = kib(program.memory("VmRSS:"));
    let watch = program.watch();
    let sent = load::send(program.address, TOGETHER[0], &requests, journey::is_sent);
    // Pages as well: they take memory that sending does not.
    let journeys = load::side_by_side(program.address, TOGETHER[0], size.journeys, |client, _| {
        let words = journey::raise(client, |_, _| {})?;
        journey::visit(client, &words)
    });
    let loaded = kib(watch.end());
    std::thread::sleep(Duration::from_secs(2));
    println!(
        "\nMemory of `candor serve`, {} submissions and {} journeys with a visit",
        requests.len(),
        size.journeys
    );
    goal("at rest", idle, "MiB", idle <= 40.0, "at most 40 MiB");
    goal("most under load", loaded, "MiB", loaded <= 128.0, "at most 128 MiB");
    println!("  most at any time, as the system counts: {:.2} MiB", kib(program.memory("VmHWM:")));
    println!("  two seconds after: {:.2} MiB", kib(program.memory("VmRSS:")));
    println!("  meanwhile {:.0} submissions and {:.0} journeys a second", sent.rate(), journeys.rate());
    let failed: Vec<_> = sent.failed.iter().chain(&journeys.failed).collect();
    if let Some(first) = failed.first() {
        println!("     {} not sent, the first: {first}", failed.len());
    }
    failed.len()
}

/// From starting the program to the whole answer to the first request.
fn start_up(what: &str, place: &Place, size: &Size) {
    let took: Vec<f64> =
        (0..size.starts).map(|_| Program::start(place).first_answer.as_secs_f64() * 1_000.0).collect();
    println!("\nStart of `candor serve` to the first answered request, {what}, {} times", took.len());
    let middle = median(&took);
    goal("median", middle, "ms", middle <= 300.0, "at most 300 ms");
    println!("  longest: {:.1} ms", quantile(&took, 1.0));
}

/// Bytes of a reporter's journey, headers and all; a file is fetched once.
fn wire(runtime: &Runtime, scene: &Scene) {
    let address = runtime.block_on(async {
        let candor = scene.copy("wire").await.open_now().await;
        scene::serve_site(&candor).await
    });
    println!("\nBytes on the wire of one reporter, without TLS");
    let mut client = Client::connect(address).unwrap();
    let mut before = Wire::default();
    let mut line = |what: &str, client: &Client| {
        let now = client.wire;
        println!(
            "  {what:<45} {:>3} requests {:>6} B up {:>7} B down",
            now.requests - before.requests,
            now.sent - before.sent,
            now.received - before.received,
        );
        before = now;
    };
    let start = client.get("/").unwrap();
    assert_eq!(start.status, 200);
    line("start page", &client);
    let files: BTreeSet<String> = start.files().into_iter().collect();
    for file in &files {
        assert_eq!(client.get(file).unwrap().status, 200);
    }
    line("stylesheet, script, icon (gzip)", &client);
    let mut form = Wire::default();
    let words = journey::raise(&mut client, |what, client| {
        if what.starts_with("first") {
            form = client.wire;
        }
        line(what, client);
    })
    .unwrap();
    journey::visit(&mut client, &words).unwrap();
    line("coming back with the receipt, and the visit", &client);
    let Wire { requests, sent, received } = client.wire;
    println!("  the whole journey: {requests} requests, {sent} B up, {received} B down");
    let kilobytes = count(form.received) / 1_000.0;
    goal("start page and form with all files", kilobytes, "kB", kilobytes <= 30.0, "at most 30 kB");
    let kilobytes = count(received) / 1_000.0;
    goal("the whole journey", kilobytes, "kB", kilobytes <= 100.0, "at most 100 kB");
}
