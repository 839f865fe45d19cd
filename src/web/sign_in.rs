//! Signing in and out, one's own account, and the people who wait for one's approval.

mod account;
mod afresh;
mod approvals;
mod change;
mod confirm;
mod door;
mod members;
mod out;
mod passkeys;
mod passphrase;
mod second_factor;
mod sessions;

use super::addresses;
use super::page::StaffFrame;
use super::routes::{Area, Routes};
use super::{App, cookies};
use crate::domain::id::PostId;
use crate::service::accounts::SignedIn;
use axum::http::HeaderMap;

pub use afresh::afresh;

pub const ACCOUNT: &str = "/staff/account";
pub const CONFIRM: &str = "/staff/confirm";
pub const APPROVALS: &str = "/staff/approvals";
pub const MEMBERS: &str = "/staff/members";
pub const TIME: &str = "/staff/time";
pub const ORGANISATION: &str = "/staff/organisation";
pub const SECOND_FACTOR: &str = "/staff/second-factor";
pub const RECOVERY_CODES: &str = "/staff/second-factor/codes";
pub const PASSKEYS: &str = "/staff/second-factor/passkeys";
pub const SESSIONS: &str = "/staff/sessions";
pub const PASSPHRASE: &str = "/staff/passphrase";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Account)
        .get(addresses::SIGN_IN, door::show)
        .post(addresses::SIGN_IN, door::open)
        .get(addresses::SIGN_OUT, out::show)
        .post(addresses::SIGN_OUT, out::leave)
        .get(ACCOUNT, account::show)
        .get(CONFIRM, confirm::show)
        .post(CONFIRM, confirm::send)
        .get(TIME, change::time)
        .post(TIME, change::send_time)
        .get(ORGANISATION, change::organisation)
        .post(ORGANISATION, change::send_organisation)
        .get(SECOND_FACTOR, second_factor::show)
        .post(SECOND_FACTOR, second_factor::enrol)
        .post(RECOVERY_CODES, second_factor::renew)
        .post(PASSKEYS, passkeys::add)
        .get("/staff/second-factor/passkeys/{id}", passkeys::ask)
        .post("/staff/second-factor/passkeys/{id}", passkeys::remove)
        .get(SESSIONS, sessions::show)
        .post(SESSIONS, sessions::end)
        .get(PASSPHRASE, passphrase::show)
        .post(PASSPHRASE, passphrase::change)
        .get(APPROVALS, approvals::list)
        .get("/staff/approvals/{account}/{post}", approvals::show)
        .post("/staff/approvals/{account}/{post}", approvals::approve)
        .get(MEMBERS, members::list)
        .get("/staff/members/{post}/{fellow}", members::show)
        .post("/staff/members/{post}/{fellow}", members::remove)
}

/// The frame of a page for somebody who has not signed in.
#[must_use]
pub fn outside(app: &App) -> StaffFrame {
    StaffFrame { demonstration: app.settings.demonstration, ..StaffFrame::default() }
}

/// Where somebody starts who has just signed in.
#[must_use]
pub fn home(founded: bool, signed_in: &SignedIn) -> &'static str {
    let is_headquarters = |post: &PostId| matches!(post, PostId::Headquarters(_));
    if signed_in.must_enrol {
        SECOND_FACTOR
    } else if !founded {
        super::setup::SETUP
    } else if signed_in.seats.iter().any(|seat| !is_headquarters(&seat.post)) {
        addresses::DESK
    } else if !signed_in.seats.is_empty() {
        super::headquarters::HEADQUARTERS
    } else if signed_in.administrator {
        super::admin::ADMIN
    } else {
        ACCOUNT
    }
}

/// The staff cookie, whatever it is worth.
fn cookie(headers: &HeaderMap) -> Option<&str> {
    cookies::value(headers, cookies::STAFF)
}
