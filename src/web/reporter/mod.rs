//! The pages of whoever raises a concern: writing it, and coming back with its receipt.
//!
//! Nothing of a reporter's rests between two pages: every form carries all that was typed.

mod access;
#[cfg(test)]
mod browser;
mod check;
mod choice;
mod draft;
mod files;
mod guest;
mod leave;
mod raise;
mod review;
#[cfg(test)]
mod samples;
mod start;
mod steps;
mod visit;
mod visit_act;
mod visit_page;
mod visit_words;

use super::addresses;
use super::routes::{Area, Routes};
use super::upload::MOST_FORM_BYTES;

use guest::Guest;

// The pages after a step; whatever others link to stands in `addresses`.
const REVIEW: &str = "/write/review";
const SEND: &str = "/write/send";
const SENT: &str = "/write/sent";
const VISIT: &str = "/return/visit";
const ACT: &str = "/return/act";
const FILES: &str = addresses::FILES;
const END: &str = "/return/end";
const TAKEN_BACK: &str = "/return/taken-back";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Reporter)
        .get(addresses::START, start::show)
        .get(addresses::LEAVE, leave::leave)
        .get(addresses::RAISE, raise::begin)
        .post(addresses::RAISE, raise::go)
        .post(REVIEW, raise::show_review)
        .post(SEND, raise::send)
        .get(SENT, raise::sent)
        .get(addresses::RETURN, visit::ask)
        .post(addresses::RETURN, visit::open)
        .get(VISIT, visit::show)
        .post(ACT, visit::act)
        .get(FILES, files::show)
        .post_up_to(FILES, MOST_FORM_BYTES, files::send)
        .post(END, visit::leave)
        .get(TAKEN_BACK, visit::taken_back_page)
}
