//! Who asks: extractors that name the person who is signed in, and no more. What they may do is
//! for `policy` to say.

use axum::extract::{FromRequest, FromRequestParts, Request};
use axum::http::Method;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::csrf::{self, CsrfToken};
use super::errors::Failure;
use super::form::Fields;
use super::library;
use super::page::{Section, StaffFrame, see_other};
use super::routes::Area;
use super::sign_in;
use super::{App, addresses, cookies};
use crate::domain::dispute::Seat;
use crate::domain::id::PostId;
use crate::domain::policy;
use crate::service::accounts::SignedIn;
use crate::service::library::issues;
use crate::service::readings::takes_part;
use crate::service::support;

/// Somebody who has signed in. Whoever has not is sent to do so, and then back.
#[derive(Debug)]
pub struct Staff {
    pub signed_in: SignedIn,
}

/// What stands in the way of a page for staff: a way to the door, or a fault.
#[derive(Debug)]
pub enum Stopped {
    AtTheDoor(String),
    Fault(Failure),
}

impl From<Failure> for Stopped {
    fn from(failure: Failure) -> Self {
        Self::Fault(failure)
    }
}

impl IntoResponse for Stopped {
    fn into_response(self) -> Response {
        match self {
            Self::AtTheDoor(address) => see_other(&address),
            Self::Fault(failure) => failure.into_response(),
        }
    }
}

impl Staff {
    /// The seat that this person has in a post, written as in addresses. A post that is not theirs is as
    /// one that is not there.
    pub fn seat(&self, post: &str) -> Result<&Seat, Failure> {
        let post: PostId = post.parse().map_err(|_| Failure::NotFound)?;
        self.signed_in.seats.iter().find(|seat| seat.post == post).ok_or(Failure::NotFound)
    }

    /// What every staff page shows around its content.
    #[must_use]
    pub fn frame(&self, app: &App, post: &str) -> StaffFrame {
        let left = self.signed_in.idle_until.since(app.candor.clock.now());
        let has = |wanted: fn(&PostId) -> bool| self.signed_in.seats.iter().any(|seat| wanted(&seat.post));
        let mut sections = Vec::new();
        let mut add = |shown: bool, href, name| {
            if shown {
                sections.push(Section { href, name, current: false });
            }
        };
        add(has(|post| !matches!(post, PostId::Headquarters(_))), addresses::DESK, "Desk");
        add(has(|post| matches!(post, PostId::Headquarters(_))), "/headquarters", "Notices");
        add(has(policy::reads_measures), super::headquarters::MEASURES, "Measures");
        add(has(policy::reads_measures), super::members::REACH, "Reach");
        add(!self.signed_in.seats.is_empty(), "/staff/approvals", "Approvals");
        let leads =
            self.signed_in.seats.iter().any(|seat| seat.lead && matches!(seat.post, PostId::Council(_)));
        add(leads, library::KEEP, "Library");
        add(!leads, addresses::LIBRARY, "Library");
        add(takes_part(&self.signed_in), library::READINGS, "Questions");
        add(support::takes_part(&self.signed_in), super::support::SUPPORT, "Support");
        add(issues(&self.signed_in).is_some(), library::DIRECTIVES, "Directives");
        add(self.signed_in.administrator, "/admin", "Administration");
        add(self.signed_in.auditor, "/audit", "The record");
        add(self.signed_in.seats.is_empty(), "/setup", "Set-up");
        add(true, "/staff/account", "Account");
        StaffFrame {
            demonstration: app.settings.demonstration,
            post: post.to_owned(),
            sections,
            csrf: Some(CsrfToken::kept(&self.signed_in.csrf)),
            seconds_left: u32::try_from(left).ok(),
        }
    }
}

/// What a member of a post reaches before a second factor is enrolled: what is their own, and the set-up.
fn open_before_enrolment(path: &str) -> bool {
    const OWN: [&str; 7] = [
        sign_in::ACCOUNT,
        sign_in::CONFIRM,
        sign_in::SECOND_FACTOR,
        sign_in::RECOVERY_CODES,
        sign_in::PASSKEYS,
        sign_in::SESSIONS,
        sign_in::PASSPHRASE,
    ];
    OWN.contains(&path) || Area::of_path(path) == Area::Setup
}

impl FromRequestParts<App> for Staff {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stopped> {
        let signed_in = match cookies::value(&parts.headers, cookies::STAFF) {
            Some(cookie) => app.candor.session(cookie).await.map_err(Failure::from)?,
            None => None,
        };
        match signed_in {
            Some(signed_in) if signed_in.must_enrol && !open_before_enrolment(parts.uri.path()) => {
                let path = if parts.method == Method::GET { parts.uri.path() } else { "" };
                Err(Stopped::AtTheDoor(format!("{}?to={path}", sign_in::SECOND_FACTOR)))
            }
            Some(signed_in) => Ok(Self { signed_in }),
            None if parts.method == Method::GET => {
                let path = parts.uri.path();
                Err(Stopped::AtTheDoor(format!("{}?to={path}", addresses::SIGN_IN)))
            }
            None => Err(Stopped::AtTheDoor(addresses::SIGN_IN.to_owned())),
        }
    }
}

/// An auditor. For everybody else the pages of auditors are not there.
#[derive(Debug)]
pub struct Auditor(pub Staff);

impl FromRequestParts<App> for Auditor {
    type Rejection = Stopped;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Stopped> {
        let staff = Staff::from_request_parts(parts, app).await?;
        if staff.signed_in.auditor { Ok(Self(staff)) } else { Err(Failure::NotFound.into()) }
    }
}

/// A form of somebody signed in that came from a page of this very session.
#[derive(Debug)]
pub struct CheckedForm<T> {
    pub staff: Staff,
    pub form: T,
}

impl<T: From<Fields>> FromRequest<App> for CheckedForm<T> {
    type Rejection = Stopped;

    async fn from_request(request: Request, app: &App) -> Result<Self, Stopped> {
        let (mut parts, content) = request.into_parts();
        let staff = Staff::from_request_parts(&mut parts, app).await?;
        let fields = Fields::from_request(Request::from_parts(parts, content), app).await?;
        if !CsrfToken::kept(&staff.signed_in.csrf).matches(fields.one(csrf::FIELD)) {
            return Err(Failure::StaleForm.into());
        }
        Ok(Self { staff, form: fields.into() })
    }
}
