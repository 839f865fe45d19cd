//! Files of strangers, as they are attached.
#![no_main]

use std::panic::{set_hook, take_hook};
use std::sync::Once;

use libfuzzer_sys::{Corpus, fuzz_target};

#[path = "../files.rs"]
mod files;

/// A reader of pictures or papers that gives up is none of our findings; whatever else panics ends the run.
fn let_readers_give_up() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        let ends = take_hook();
        set_hook(Box::new(move |panic| {
            if !panic.location().is_some_and(|at| at.file().contains("/registry/src/")) {
                ends(panic);
            }
        }));
    });
}

fuzz_target!(|bytes: &[u8]| -> Corpus {
    let_readers_give_up();
    // Drawing large pictures afresh takes seconds, in which hundreds of small ones could be tried.
    if files::is_slow(bytes) {
        return Corpus::Reject;
    }
    files::look(bytes);
    Corpus::Keep
});
