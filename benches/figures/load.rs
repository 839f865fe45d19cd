//! Clients side by side, each on a connection and a thread of its own.

use std::net::SocketAddr;
use std::sync::{Arc, Barrier};
use std::thread;
use std::time::Instant;

use crate::client::{Answer, Client};

/// What one round gave.
#[derive(Debug, Default)]
pub struct Round {
    /// Milliseconds of each answer.
    pub took: Vec<f64>,
    pub seconds: f64,
    /// What was refused, failed, or was not the page of something sent.
    pub failed: Vec<String>,
}

impl Round {
    pub fn rate(&self) -> f64 {
        count(self.took.len()) / self.seconds
    }
}

/// As a number to reckon with.
pub fn count(number: usize) -> f64 {
    f64::from(u32::try_from(number).unwrap_or(u32::MAX))
}

/// Sends every request, shared out among `clients`.
pub fn send(
    address: SocketAddr,
    clients: usize,
    requests: &[Vec<u8>],
    is_sent: fn(&Answer) -> bool,
) -> Round {
    side_by_side(address, clients, requests.len(), |client, index| {
        let answer = client.exchange(&requests[index])?;
        if is_sent(&answer) { Ok(()) } else { Err(std::io::Error::other(format!("{}", answer.status))) }
    })
}

/// Does something `times` times, shared out among `clients`, and times each.
pub fn side_by_side(
    address: SocketAddr,
    clients: usize,
    times: usize,
    act: impl Fn(&mut Client, usize) -> std::io::Result<()> + Sync,
) -> Round {
    let ready = Arc::new(Barrier::new(clients + 1));
    let mut round = Round::default();
    thread::scope(|scope| {
        let threads: Vec<_> = (0..clients)
            .map(|own| {
                let (ready, act) = (Arc::clone(&ready), &act);
                scope.spawn(move || {
                    let mut client = Client::connect(address).unwrap();
                    let (mut took, mut failed) = (Vec::new(), Vec::new());
                    ready.wait();
                    for index in (own..times).step_by(clients) {
                        let started = Instant::now();
                        match act(&mut client, index) {
                            Ok(()) => took.push(started.elapsed().as_secs_f64() * 1_000.0),
                            Err(error) => failed.push(error.to_string()),
                        }
                    }
                    (took, failed)
                })
            })
            .collect();
        ready.wait();
        let started = Instant::now();
        for thread in threads {
            let (took, failed) = thread.join().unwrap();
            round.took.extend(took);
            round.failed.extend(failed);
        }
        round.seconds = started.elapsed().as_secs_f64();
    });
    round
}

/// The value that a share of all stays below.
pub fn quantile(values: &[f64], share: f64) -> f64 {
    let mut sorted = values.to_vec();
    sorted.sort_by(f64::total_cmp);
    #[expect(clippy::cast_possible_truncation, clippy::cast_sign_loss, reason = "a place in a short list")]
    let place = (share * count(sorted.len().saturating_sub(1))).round() as usize;
    sorted.get(place).copied().unwrap_or(f64::NAN)
}

pub fn median(values: &[f64]) -> f64 {
    quantile(values, 0.5)
}
