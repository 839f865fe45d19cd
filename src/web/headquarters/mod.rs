//! What a headquarters post is told of each resolution. It never reads cases.

mod chart;
mod export;
mod list;
mod measures;
mod notice;
mod sheet;
mod stands;
#[cfg(test)]
mod tests;
mod what_if;

use super::App;
use super::actor::Staff;
use super::errors::Failure;
use super::local::in_address;
use super::page::StaffFrame;
use super::routes::{Area, Routes};
use crate::domain::dispute::{Level, Seat};
use crate::domain::id::PostId;
use crate::service::{Directory, Problem};
use std::sync::Arc;

pub(crate) use export::write_row;
pub(super) use measures::MEASURES;
pub(crate) use sheet::{OverTime, Sheet, report_file};

pub const HEADQUARTERS: &str = "/headquarters";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Headquarters)
        .get(HEADQUARTERS, list::choose)
        .get(MEASURES, measures::newest)
        .get("/headquarters/measures/{quarter}", measures::show)
        .get("/headquarters/measures/{quarter}/measures.csv", measures::csv)
        .get("/headquarters/measures/{quarter}/report", measures::report)
        .get(what_if::WHAT_IF, what_if::ask)
        .post(what_if::WHAT_IF, what_if::answer)
        .get("/headquarters/{post}", list::show)
        .post("/headquarters/{post}", list::acknowledge)
        .get("/headquarters/{post}/print", export::print)
        .get("/headquarters/{post}/notices.csv", export::csv)
        .get("/headquarters/{post}/notice/{id}", notice::show)
        .post("/headquarters/{post}/notice/{id}", notice::acknowledge)
}

/// Somebody at work in a headquarters post.
#[derive(Debug)]
struct Here {
    staff: Staff,
    seat: Seat,
    directory: Arc<Directory>,
    post_name: String,
}

impl Here {
    /// The seat that an address names. Somebody else's post, one of another kind and one that does
    /// not exist are answered alike.
    async fn of(app: &App, staff: Staff, post: &str) -> Result<Self, Failure> {
        let seat = staff.seat(post)?.clone();
        if !matches!(seat.post, PostId::Headquarters(_)) {
            return Err(Failure::NotFound);
        }
        let directory = app.candor.directory().await?;
        if !directory.founded {
            return Err(Problem::NotFounded.into());
        }
        Ok(Self { post_name: directory.post_name(&seat.post), staff, seat, directory })
    }

    fn frame(&self, app: &App) -> StaffFrame {
        self.staff.frame(app, &self.post_name)
    }

    fn address(&self) -> String {
        address(&self.seat.post)
    }
}

fn address(post: &PostId) -> String {
    format!("{HEADQUARTERS}/{}", in_address(&post.to_string()))
}

/// The level that decided.
const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Field => "Field",
        Level::Council => "Council",
        Level::Secretary => "Secretary",
    }
}
