//! What waits for a post, and the one case page of commanders, Council and Secretary.

mod act;
mod act_page;
mod around;
mod asking;
mod case;
mod difference;
mod file;
mod group;
#[cfg(test)]
mod later_tests;
mod list;
mod parse;
mod proposal_form;
mod proposal_words;
mod rating;
mod ratings;
mod remedies;
#[cfg(test)]
mod samples;
mod sides;
#[cfg(test)]
mod tests;
mod typed;
mod waits;
mod who;

use super::routes::{Area, Routes};

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Desk)
        .get("/desk", list::choose)
        .get("/desk/{post}", list::show)
        .get("/desk/{post}/ratings", ratings::show)
        .get("/desk/{post}/case/{number}", case::show)
        .get("/desk/{post}/case/{number}/file/{id}", file::show)
        .get("/desk/{post}/case/{number}/{act}", act_page::show)
        .post("/desk/{post}/case/{number}/{act}", act_page::send)
}
