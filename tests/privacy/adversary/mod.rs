//! Four who look for the author of a concern, each with everything that they can have, against twenty reporters
//! who are there to be found. A guess may do no better than chance; the same guess, with one protection off, must.
//!
//! Chance is one in as many people as could have written it once all is known that the design leaves to be known:
//! the unit, which is shown, and that an act lies within two days before its batch.
//!
//! `CANDOR_PRINT=1 cargo test --test suite adversary` prints the tables.

#![allow(
    clippy::cast_possible_truncation,
    clippy::cast_possible_wrap,
    clippy::cast_precision_loss,
    reason = "counts of some hundred, and times of this century"
)]

mod chance;
mod network;
mod order;
mod scene;
mod wire;

use chance::{Guesses, Table};
use scene::{COLLEAGUES, Found, Off, Reader, Sight, guess, guess_together, play};

use crate::support::block_on;

/// Whether what was measured shall be printed.
#[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
pub fn is_asked_for() -> bool {
    std::env::var_os("CANDOR_PRINT").is_some()
}

/// Prints what was measured, where it is asked for.
pub fn print(text: &str) {
    if is_asked_for() {
        crate::support::tell(text);
    }
}

/// How many seeds are played with all protections on, and with one off.
const SEEDS: u8 = 6;
const CONTROLS: u8 = 2;

fn guesses(people: &[scene::Colleague], found: &[Found], sight: impl Fn(&Found) -> &Sight) -> Guesses {
    let sizes = || found.iter().map(|one| sight(one).size);
    let (smallest, largest) = (sizes().min().unwrap(), sizes().max().unwrap());
    let mut guesses = Guesses::default();
    for one in found {
        let named = guess(people, sight(one), smallest, smallest != largest);
        guesses.add(named == one.author, 1.0 / COLLEAGUES as f64);
    }
    guesses
}

/// All cases of a seed put together: each has another author.
fn together(people: &[scene::Colleague], found: &[Found]) -> Guesses {
    let sights: Vec<_> = found.iter().map(|one| &one.page).collect();
    let mut guesses = Guesses::default();
    for (one, named) in found.iter().zip(guess_together(people, &sights)) {
        guesses.add(named == one.author, 1.0 / COLLEAGUES as f64);
    }
    guesses
}

/// What the account, the copy, the account over all cases together, and every page there is make of some seeds.
fn played(seeds: std::ops::Range<u8>, reader: Reader, off: Off) -> [Guesses; 4] {
    let mut all = <[Guesses; 4]>::default();
    for seed in seeds {
        let (people, found) = block_on(play(10 + seed, reader, off));
        all[0].join(guesses(&people, &found, |one| &one.page));
        all[1].join(guesses(&people, &found, |one| &one.copy));
        all[2].join(together(&people, &found));
        all[3].join(guesses(&people, &found, |one| &one.pages));
    }
    all
}

#[test]
fn the_adversary_at_a_commanders_desk_or_with_a_copy_does_no_better_than_chance() {
    let mut table = Table::default();
    let [desk, copy, _, pages] = played(0..SEEDS, Reader::Commander, Off::Nothing);
    table.protected("A1 commander: desk and case, with rosters and habits", desk);
    table.protected("A1 with the counterpart's and the administrator's pages as well", pages);
    table.protected("A4 copy after each batch, with the service key", copy);
    for (off, name) in [
        (Off::Batches, "a concern opens at once"),
        (Off::Place, "the team is shown"),
        (Off::Time, "the time of the act is stored"),
    ] {
        let [desk, copy, _, pages] = played(0..CONTROLS, Reader::Commander, off);
        if off == Off::Batches {
            table.control(&format!("A1, every page: {name}"), pages);
        }
        table.control(&format!("A1: {name}"), desk);
        table.control(&format!("A4: {name}"), copy);
    }
    let [_, copy, ..] = played(0..CONTROLS, Reader::Commander, Off::Padding);
    table.control("A4: sealed parts are as long as they were typed", copy);
    table.judge("A1 and A4, one concern at a time");
}

#[test]
fn the_adversary_on_the_council_does_no_better_than_chance() {
    let mut table = Table::default();
    let [council, _, together, pages] = played(SEEDS..2 * SEEDS, Reader::Council, Off::Nothing);
    table.protected("A5 Council: every case and the Council-only sections", council);
    table.protected("A5 with every page of both leads, headquarters and the administrator", pages);
    table.protected("A5 Council: all cases together, each by another author", together);
    for (off, name) in
        [(Off::Batches, "a concern opens at once"), (Off::Time, "the time of the act is stored")]
    {
        let [council, _, together, pages] = played(0..CONTROLS, Reader::Council, off);
        if off == Off::Batches {
            table.control(&format!("A5, every page: {name}"), pages);
        }
        table.control(&format!("A5: {name}"), council);
        table.control(&format!("A5, all together: {name}"), together);
    }
    table.judge("A5, one concern at a time");
}
