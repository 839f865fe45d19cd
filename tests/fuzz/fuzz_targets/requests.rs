//! Requests to the whole site.
#![no_main]

use std::sync::{LazyLock, Mutex, PoisonError};

use libfuzzer_sys::fuzz_target;

#[path = "../../support/http.rs"]
#[allow(dead_code, reason = "the suite does more with it")]
mod http;
#[path = "../requests.rs"]
mod requests;

static SITE: LazyLock<Mutex<requests::Site>> = LazyLock::new(|| Mutex::new(requests::Site::made()));

fuzz_target!(|bytes: &[u8]| SITE.lock().unwrap_or_else(PoisonError::into_inner).look(bytes));
