//! From an empty installation to the first concern: activation by one-time link, progress, founding.

mod found;
mod join;
mod progress;

use super::routes::{Area, Routes};

pub const SETUP: &str = "/setup";
pub const FOUND: &str = "/setup/found";
/// Before the token of a one-time link.
pub const JOIN: &str = "/setup/join/";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Setup)
        .get(SETUP, progress::show)
        .get("/setup/join/{token}", join::show)
        .post("/setup/join/{token}", join::activate)
        .get(FOUND, found::show)
        .post(FOUND, found::sign)
}
