//! What is stored and sealed, as it is read back.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../formats.rs"]
mod formats;

fuzz_target!(|bytes: &[u8]| formats::look(bytes));
