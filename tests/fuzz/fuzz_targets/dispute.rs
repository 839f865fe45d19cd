//! Holds the machine against the two tables of docs/dispute.md.
#![no_main]

use std::sync::LazyLock;

use libfuzzer_sys::fuzz_target;

#[path = "../play.rs"]
mod play;
#[path = "../reading.rs"]
mod reading;

static WORLD: LazyLock<(play::World, reading::Reading)> =
    LazyLock::new(|| (play::World::new(), reading::Reading::of_the_page()));

fuzz_target!(|bytes: &[u8]| {
    let (world, reading) = &*WORLD;
    play::play(world, reading, bytes, &mut play::Course::default());
});
