//! The field library: read by everybody without signing in, and so what hides who comes to write (AN-11). Visitors'
//! pages without a cookie; Council leads have pages of their own for what waits and what is withdrawn.

mod asking;
pub mod comparing;
mod directives;
mod document;
mod keep;
mod lines;
mod read;
mod readings;
mod search;
mod visitor;
mod withdraw;

pub use asking::{Choice, marked, no_case, others as commanders_of_the_other_side, post as chosen_post};
pub use lines::heading;
pub use readings::{Line as ReadingLine, line as reading_line};

use super::addresses;
use super::routes::{Area, Routes};

/// Where Council leads look after the library.
pub const KEEP: &str = "/staff/library";
/// Where headquarters and Council leads issue directives.
pub const DIRECTIVES: &str = "/staff/directives";

/// An entry in brief, for pages of others: its address, first words and month.
#[must_use]
pub fn brief(entry: &crate::service::library::Shown) -> (String, String, String) {
    (format!("{}/entries/{}", addresses::LIBRARY, entry.id), lines::heading(&entry.text), entry.month.label())
}

/// Questions about documents, and informal settlements.
pub const READINGS: &str = "/staff/readings";
const ASK: &str = "/staff/readings/ask";
const SETTLE: &str = "/staff/readings/settle";

const SEARCH: &str = "/library/search";

#[must_use]
pub fn routes() -> Routes {
    let visitors = Routes::of(Area::Library)
        .get(addresses::LIBRARY, read::start)
        .post(addresses::LIBRARY, visitor::phrase)
        .get("/library/topics", read::topics)
        .get("/library/topics/{category}", read::topic)
        .get("/library/documents", document::list)
        .get("/library/documents/{document}", document::show)
        .get("/library/agencies", read::agencies)
        .get("/library/agencies/{one}/{other}", read::pair)
        .get("/library/months", read::months)
        .get("/library/months/{month}", read::month)
        .get("/library/entries/{id}", read::entry)
        .get("/library/who-decides", read::who)
        .get("/library/directives", directives::list)
        .get("/library/directives/{id}", directives::show)
        .get(SEARCH, search::ask)
        .post(SEARCH, search::answer);
    let leads = Routes::of(Area::Account)
        .get(KEEP, keep::show)
        .get("/staff/library/drafts/{id}", keep::draft)
        .post("/staff/library/drafts/{id}", keep::send_draft)
        .get("/staff/library/entries/{id}", keep::entry)
        .post("/staff/library/entries/{id}", keep::withdraw)
        .get(DIRECTIVES, directives::form)
        .post(DIRECTIVES, directives::issue)
        .get("/staff/directives/{id}", directives::ask_withdrawal)
        .post("/staff/directives/{id}", directives::withdraw);
    let both_sides = Routes::of(Area::Account)
        .get(READINGS, readings::list)
        .get(ASK, asking::ask)
        .post(ASK, asking::send_question)
        .get(SETTLE, asking::settle)
        .post(SETTLE, asking::send_settlement)
        .get("/staff/readings/{id}", readings::show)
        .post("/staff/readings/{id}", readings::act);
    visitors.and(leads).and(both_sides)
}
