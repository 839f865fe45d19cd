//! The fuzz targets of `tests/fuzz` without their engine: every committed seed, and with them every past finding, goes
//! through the same functions. [docs/fuzzing.md](../docs/fuzzing.md) says how the engine is run.

mod configuration;
mod files;
mod formats;
pub mod play;
pub mod reading;
mod requests;
mod seeds;
mod texts;

use std::path::PathBuf;

use candor::cleaning::Refused;
use candor::cleaning::apart::Cleaner;

use crate::support::http;

fn folder(target: &str) -> PathBuf {
    PathBuf::from(env!("CARGO_MANIFEST_DIR")).join("tests/fuzz/seeds").join(target)
}

/// Plays each seed of a target; says which one it was that failed.
fn play_all(target: &str, mut play: impl FnMut(&[u8])) {
    let mut seeds: Vec<_> =
        std::fs::read_dir(folder(target)).unwrap().map(|entry| entry.unwrap().path()).collect();
    seeds.sort();
    assert!(!seeds.is_empty(), "{target} has no seeds");
    for seed in seeds {
        let bytes = std::fs::read(&seed).unwrap();
        let played = std::panic::catch_unwind(std::panic::AssertUnwindSafe(|| play(&bytes)));
        assert!(played.is_ok(), "{} fails", seed.display());
    }
}

#[test]
fn every_seed_of_configuration() {
    play_all("configuration", configuration::look);
}

#[test]
fn every_seed_of_dispute() {
    let (world, reading) = (play::World::new(), reading::Reading::of_the_page());
    play_all("dispute", |bytes| play::play(&world, &reading, bytes, &mut play::Course::default()));
}

#[test]
fn every_seed_of_files() {
    play_all("files", |bytes| {
        assert!(!files::is_slow(bytes), "too large a picture for a seed");
        files::look(bytes);
    });
}

/// Those who read pictures for us sometimes give up in a panic; the process that cleans ends with it.
#[test]
fn what_makes_a_reader_give_up_is_refused_as_unreadable() {
    let cleaner = Cleaner { program: env!("CARGO_BIN_EXE_candor").into(), seconds: 30 };
    for seed in ["reader-gives-up.png", "reader-gives-up.webp"] {
        let bytes = std::fs::read(folder("files").join(seed)).unwrap();
        assert_eq!(cleaner.clean(&bytes).unwrap_err(), Refused::Unreadable, "{seed}");
    }
    assert!(cleaner.clean(b"Some text.").is_ok(), "the control");
}

#[test]
fn every_seed_of_formats() {
    play_all("formats", formats::look);
}

#[test]
fn every_seed_of_requests() {
    let mut site = requests::Site::made();
    play_all("requests", |bytes| site.look(bytes));
}

#[test]
fn every_seed_of_texts() {
    play_all("texts", texts::look);
}
