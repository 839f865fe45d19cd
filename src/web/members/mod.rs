//! Field members: signing in to acknowledge, what each has received, the roster, and how far everything has come.
//!
//! A member's pages count as a visitor's: no line of a log has the time at which somebody came, and they come in
//! the same sizes. A session opens `/received` alone, and while there is one a reporter's pages stay shut (AN-18).

mod codes;
mod door;
mod reach;
mod received;
mod roster;
mod unit;

use axum::extract::FromRequestParts;
use axum::http::request::Parts;
use axum::response::{IntoResponse, Response};

use super::csrf::CsrfToken;
use super::errors::Failure;
use super::library::heading;
use super::page::{VisitorFrame, see_other};
use super::routes::{Area, Routes};
use super::when::date as day;
use super::{App, cookies};
use crate::domain::roster::BYTES_MOST;
use crate::service::Directory;
use crate::service::members::{self, Item, What};

pub const RECEIVED: &str = "/received";
pub const SIGN_IN: &str = "/received/sign-in";
pub const SIGN_OUT: &str = "/received/sign-out";
pub const ROSTER: &str = "/admin/roster";
const TAKE: &str = "/admin/roster/take";
const CODES: &str = "/admin/roster/codes";
pub const REACH: &str = "/headquarters/reach";

/// The file, and a few short fields around it.
const FORM_MOST: usize = BYTES_MOST + 64 * 1_024;

#[must_use]
pub fn routes() -> Routes {
    let own = Routes::of(Area::Received)
        .get(RECEIVED, received::show)
        .post(RECEIVED, received::acknowledge)
        .get(SIGN_IN, door::show)
        .post(SIGN_IN, door::open)
        .get(SIGN_OUT, door::ask)
        .post(SIGN_OUT, door::leave);
    let administrators = Routes::of(Area::Admin)
        .get(ROSTER, roster::show)
        .post_up_to(ROSTER, FORM_MOST, roster::send)
        .post(TAKE, roster::take)
        .get(CODES, codes::show)
        .post(CODES, codes::print);
    let commanders = Routes::of(Area::Desk)
        .get("/desk/{post}/received", unit::show)
        .get("/desk/{post}/received/muster", unit::muster);
    let headquarters = Routes::of(Area::Headquarters)
        .get(REACH, reach::newest)
        .get("/headquarters/reach/{quarter}", reach::show);
    own.and(administrators).and(commanders).and(headquarters)
}

/// A member who has signed in. Whoever has not is sent to do so.
#[derive(Debug)]
struct Session {
    frame: VisitorFrame,
    member: members::Member,
    csrf: CsrfToken,
}

impl FromRequestParts<App> for Session {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(frame) = VisitorFrame::from_request_parts(parts, app).await;
        let Some(cookie) = cookies::value(&parts.headers, cookies::MEMBER) else {
            return Err(see_other(SIGN_IN));
        };
        match app.candor.member_session(cookie).await {
            Ok(Some(member)) => Ok(Self { frame, member, csrf: CsrfToken::of(cookie.as_bytes()) }),
            Ok(None) => Err(see_other(SIGN_IN)),
            Err(problem) => Err(Failure::from(problem).into_response()),
        }
    }
}

/// What was handed out, as lists show it.
struct Line {
    title: String,
    /// What it is, and from whom.
    about: String,
    href: String,
}

fn line(item: &Item<'_>, directory: &Directory) -> Line {
    match item.what {
        What::Entry(entry) => {
            let pair = [&entry.pair.0, &entry.pair.1].map(|id| directory.component_name(id));
            Line {
                title: heading(&entry.text),
                about: format!("{}, {} and {}", entry.kind.label(), pair[0], pair[1]),
                href: format!("/library/entries/{}", entry.id),
            }
        }
        What::Directive(directive) => Line {
            title: directive.title.clone(),
            about: format!("Directive, {}", directory.post_name(&directive.by)),
            href: format!("/library/directives/{}", directive.id),
        },
    }
}
