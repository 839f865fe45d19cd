//! The administrator role: organisation and accounts. It opens no content and adds no reader.

mod access;
mod delivery;
mod invite;
mod organisation;
mod overview;
mod people;
mod person;
mod status;
mod time;
mod time_form;

use super::App;
use super::actor::Staff;
use super::errors::Failure;
use super::page::StaffFrame;
use super::routes::{Area, Routes};
use crate::service::organisation::FILE_MOST;

pub const ADMIN: &str = "/admin";
pub const ORGANISATION: &str = "/admin/organisation";
pub const ORGANISATION_FILE: &str = "/admin/organisation/file";
pub const CALENDAR: &str = "/admin/calendar";
pub const STANDARDS: &str = "/admin/standards";
pub const PEOPLE: &str = "/admin/people";
pub const DELIVERY: &str = "/admin/delivery";
pub const ACCESS_PHRASE: &str = "/admin/access-phrase";
pub const STATUS: &str = "/admin/status";
pub const INVITE: &str = "/admin/people/invite";

/// Every byte of the file may be sent as three.
const FORM_MOST: usize = 3 * FILE_MOST + 4_096;

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Admin)
        .get(ADMIN, overview::show)
        .get(ORGANISATION, organisation::show)
        .post_up_to(ORGANISATION, FORM_MOST, organisation::send)
        .get(ORGANISATION_FILE, organisation::download)
        .get(CALENDAR, time::calendar)
        .post(CALENDAR, time::send_calendar)
        .get(STANDARDS, time::standards)
        .post(STANDARDS, time::send_standards)
        .get(PEOPLE, people::show)
        .get(ACCESS_PHRASE, access::show)
        .post(ACCESS_PHRASE, access::send)
        .get(DELIVERY, delivery::show)
        .post(DELIVERY, delivery::settle)
        .get(STATUS, status::show)
        .get(INVITE, invite::show)
        .post(INVITE, invite::send)
        .get("/admin/people/{account}", person::show)
        .post("/admin/people/{account}", person::send)
}

/// Lets administrators pass; for everybody else there is no such page.
fn administrator(staff: &Staff) -> Result<(), Failure> {
    if staff.signed_in.administrator { Ok(()) } else { Err(Failure::NotFound) }
}

fn frame(app: &App, staff: &Staff) -> StaffFrame {
    staff.frame(app, "Administrator")
}
