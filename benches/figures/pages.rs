//! How long pages take among a thousand, a hundred thousand and a million cases, and jobs beside them.

use std::time::Instant;

use candor::clock::{Clock, DAY, Timestamp};
use candor::crypto::passphrase::Parameters;
use candor::demonstration::PASSPHRASE;
use candor::jobs;
use candor::service::Candor;
use candor::store::Db;
use tokio::runtime::Runtime;

use crate::client::Client;
use crate::journey;
use crate::load::{count as number, median, quantile};
use crate::many;
use crate::scene::{self, Place, Scene};

/// How often each page is asked for, by one client.
const TIMES: usize = 60;

/// Concerns of one batch.
const IN_BATCH: usize = 40;

/// A page, whose it is, and what it says when it is right.
struct Asked {
    what: &'static str,
    whose: Option<&'static str>,
    path: fn(&mut Client) -> String,
    says: &'static str,
}

const ASKED: [Asked; 6] = [
    Asked {
        what: "commander's desk",
        whose: Some("commander.oi-tus"),
        path: desk,
        says: "soonest due first",
    },
    Asked { what: "Council's docket", whose: Some("council.ice"), path: desk, says: "soonest due first" },
    Asked { what: "case, commander", whose: Some("commander.oi-tus"), path: case, says: "The two sides" },
    Asked { what: "case, Council", whose: Some("council.ice"), path: case, says: "The two sides" },
    Asked { what: "library", whose: None, path: |_| "/library".to_owned(), says: "Library" },
    Asked { what: "library, a document", whose: None, path: document, says: "Library" },
];

fn first_link(client: &mut Client, page: &str, within: &str) -> String {
    let answer = client.get(page).unwrap();
    assert_eq!(answer.status, 200, "{page}");
    let text = String::from_utf8_lossy(&answer.body).into_owned();
    let begun = format!("href=\"{page}{within}");
    let at = text.find(&begun).unwrap_or_else(|| panic!("{page} has no link to {within}"));
    let rest = &text[at + "href=\"".len()..];
    rest[..rest.find('"').unwrap()].to_owned()
}

fn desk(client: &mut Client) -> String {
    let mut path = "/desk".to_owned();
    for _ in 0..3 {
        let answer = client.get(&path).unwrap();
        if answer.status == 200 {
            return path;
        }
        path = answer.location.unwrap();
    }
    panic!("no desk");
}

fn case(client: &mut Client) -> String {
    let desk = desk(client);
    first_link(client, &desk, "/case/")
}

fn document(client: &mut Client) -> String {
    first_link(client, "/library/documents", "/")
}

/// A client that is signed in.
pub fn signed_in(client: &mut Client, name: &str) {
    let answer = client.post("/staff/sign-in", &[("name", name), ("passphrase", PASSPHRASE)]).unwrap();
    assert_eq!(answer.status, 303, "{name} signs in");
}

/// Milliseconds of each of `TIMES` answers.
fn time(client: &mut Client, path: &str, says: &str) -> Vec<f64> {
    let took = (0..TIMES + 3).map(|_| {
        let started = Instant::now();
        let answer = client.get(path).unwrap();
        let took = started.elapsed().as_secs_f64() * 1_000.0;
        assert_eq!(answer.status, 200, "{path}");
        assert!(answer.says(says), "{path} does not say {says}");
        took
    });
    // The first few fill caches.
    took.skip(3).collect()
}

/// Copies with so many cases, each measured; goals are those of 100,000 and of ten times as many.
pub fn among(runtime: &Runtime, scene: &Scene, counts: &[usize]) {
    let mut before: Vec<f64> = Vec::new();
    for &count in counts {
        let place = runtime.block_on(scene.copy(&format!("among-{count}")));
        let candor = runtime.block_on(async {
            let candor = place.open_now().await;
            let started = Instant::now();
            many::fill(&candor, count).await;
            println!("\nAmong {count} cases (filled in {:.0} s)", started.elapsed().as_secs_f64());
            candor
        });
        let address = runtime.block_on(scene::serve_site(&candor));
        let mut middles = Vec::new();
        for asked in &ASKED {
            let mut client = Client::connect(address).unwrap();
            if let Some(name) = asked.whose {
                signed_in(&mut client, name);
            }
            let path = (asked.path)(&mut client);
            let took = time(&mut client, &path, asked.says);
            let middle = median(&took);
            let growth = before
                .get(middles.len())
                .map_or_else(String::new, |earlier| format!(", {:.2} of {count} before", middle / earlier));
            println!(
                "  {:<22} median {middle:>6.2} ms, 99th {:>6.2} ms{growth}",
                asked.what,
                quantile(&took, 0.99)
            );
            middles.push(middle);
        }
        before = middles;
        runtime.block_on(candor.db.close());
        jobs_among(runtime, &place, count);
        // Gigabytes of copies.
        std::fs::remove_dir_all(&place.data).unwrap();
    }
}

/// A batch and a round of clocks among so many cases, on a clock that is moved to them.
fn jobs_among(runtime: &Runtime, place: &Place, count: usize) {
    runtime.block_on(async {
        let cheap = Parameters { memory_kib: 1_024, passes: 1, lanes: 1 };
        let candor = place.open(Clock::simulated(Clock::System.now()), cheap).await;
        // What the demonstration itself has due is not to be measured.
        jobs::run_once(&candor).await.unwrap();
        for _ in 0..IN_BATCH {
            let drawn = candor.draw_receipt().unwrap();
            candor.raise(&journey::concern(), &drawn).await.unwrap();
        }
        candor.clock.advance_to(candor.now().plus(3 * DAY));
        let started = Instant::now();
        let done = candor.run_batch().await.unwrap();
        let batch = started.elapsed();
        assert_eq!(done.opened, IN_BATCH, "every concern was opened");
        let due = make_due(&candor, candor.now()).await;
        let started = Instant::now();
        let swept = jobs::sweep(&candor).await.unwrap();
        let sweep = started.elapsed();
        println!(
            "  batch of {IN_BATCH}: {:.1} ms each; sweep: {swept} steps of {due} cases, {:.1} ms each (of {count})",
            batch.as_secs_f64() * 1e3 / number(IN_BATCH),
            sweep.as_secs_f64() * 1e3 / number(swept.max(1))
        );
        candor.db.close().await;
    });
}

/// Moves the clock on until the concerns just opened lapse.
async fn make_due(candor: &Candor, opened: Timestamp) -> i64 {
    candor.clock.advance_to(opened.plus(29 * DAY));
    let Db::Sqlite { read, .. } = &candor.db else { panic!("this runs on SQLite") };
    sqlx::query_scalar("SELECT COUNT(*) FROM cases WHERE next_due <= $1")
        .bind(candor.now().0)
        .fetch_one(read)
        .await
        .unwrap()
}
