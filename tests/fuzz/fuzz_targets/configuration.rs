//! Settings, organisation files, rosters and the other files that an operator writes.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../configuration.rs"]
mod configuration;

fuzz_target!(|bytes: &[u8]| configuration::look(bytes));
