//! Everything short that a person types or a browser sends.
#![no_main]

use libfuzzer_sys::fuzz_target;

#[path = "../texts.rs"]
mod texts;

fuzz_target!(|bytes: &[u8]| texts::look(bytes));
