//! What everybody else feels while very many try to sign in at once: each try costs 64 MiB and an eighth of a second.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::{Duration, Instant};

use crate::client::Client;
use crate::load::{count, median, quantile};
use crate::process::Program;
use crate::scene::Place;
use crate::{MIB, goal};

/// People who try to sign in all the time, each with another name.
const CROWD: usize = 64;

/// Pages that others ask for meanwhile.
const PAGES: [&str; 3] = ["/", "/write", "/library"];

/// Milliseconds of each answer to somebody who reads on for so long.
fn read(program: &Program, long: Duration) -> Vec<f64> {
    let mut client = Client::connect(program.address).unwrap();
    let mut took = Vec::new();
    let begun = Instant::now();
    while begun.elapsed() < long {
        for page in PAGES {
            let started = Instant::now();
            assert_eq!(client.get(page).unwrap().status, 200);
            took.push(started.elapsed().as_secs_f64() * 1_000.0);
        }
        // A person, not a flood.
        std::thread::sleep(Duration::from_millis(5));
    }
    took
}

pub fn signing_in(place: &Place, long: Duration) {
    let program = Program::start(place);
    std::thread::sleep(Duration::from_secs(1));
    let quiet = read(&program, long);
    let (stop, tried) = (Arc::new(AtomicBool::new(false)), Arc::new(AtomicUsize::new(0)));
    let watch = program.watch();
    let address = program.address;
    let crowd: Vec<_> = (0..CROWD)
        .map(|own| {
            let (stop, tried) = (Arc::clone(&stop), Arc::clone(&tried));
            std::thread::spawn(move || {
                let mut turn = 0;
                while !stop.load(Ordering::Relaxed) {
                    let Ok(mut client) = Client::connect(address) else { continue };
                    let name = format!("nobody.{own}.{turn}");
                    let answer = client
                        .post("/staff/sign-in", &[("name", &name), ("passphrase", "not the right one")]);
                    if answer.is_ok_and(|answer| answer.status == 422) {
                        tried.fetch_add(1, Ordering::Relaxed);
                    } else {
                        std::thread::sleep(Duration::from_millis(20));
                    }
                    turn += 1;
                }
            })
        })
        .collect();
    std::thread::sleep(Duration::from_millis(500));
    let flooded = read(&program, long);
    stop.store(true, Ordering::Relaxed);
    for thread in crowd {
        thread.join().unwrap();
    }
    let most = count(usize::try_from(watch.end()).unwrap()) / MIB;
    println!("\nOther pages while {CROWD} people try to sign in without a pause");
    for (what, took) in [("quiet", &quiet), ("flooded", &flooded)] {
        println!(
            "  {what:<8} median {:.2} ms, 99th {:.2} ms ({} pages)",
            median(took),
            quantile(took, 0.99),
            took.len()
        );
    }
    println!("  tries that were worked on: {}", tried.load(Ordering::Relaxed));
    let ratio = quantile(&flooded, 0.99) / quantile(&quiet, 0.99);
    goal("99th, flooded against quiet", ratio, "", ratio <= 2.0, "at most 2");
    goal("most memory", most, "MiB", most <= 256.0, "at most 256 MiB");
}
