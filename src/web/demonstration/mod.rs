//! The demonstration's own pages: signing in as anybody, receipts, and moving the clock. They
//! are there only when the program was started as a demonstration.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use crate::clock::DAY;
use crate::demonstration::{self, Cast, FieldMember, Persona, Played, Sight};

use super::errors::Failure;
use super::form::Fields;
use super::page::{Page, VisitorFrame, see_other};
use super::routes::{Area, Routes};
use super::{App, addresses, cookies, members};

/// The page of people and receipts.
pub const PEOPLE: &str = "/demonstration";

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Demonstration)
        .get(PEOPLE, people)
        .post("/demonstration/sign-in", sign_in)
        .post("/demonstration/member", member)
        .post("/demonstration/receipt", receipt)
        .post("/demonstration/clock", clock)
}

#[derive(Template)]
#[template(path = "demonstration/people.html")]
struct PeoplePage<'a> {
    frame: VisitorFrame,
    time: String,
    groups: Vec<(&'static str, Vec<&'a Persona>)>,
    sights: Vec<(&'static str, Vec<(&'a Played, &'a Sight)>)>,
    receipts: Vec<(String, String)>,
    members: &'a [FieldMember],
    passphrase: &'static str,
}

fn cast(app: &App) -> Result<&Cast, Failure> {
    app.cast.as_ref().ok_or(Failure::NotFound)
}

async fn people(State(app): State<App>, frame: VisitorFrame) -> Result<Page, Failure> {
    use crate::domain::id::PostId;
    let cast = cast(&app)?;
    let directory = app.candor.directory().await?;
    let now = app.candor.clock.now();
    let time = jiff::Timestamp::from_second(now.0)
        .map(|instant| instant.to_zoned_datetime(directory.calendar.time_zone.clone()))
        .map(|zoned| zoned.strftime("%A, %-d %B %Y, %H:%M").to_string())
        .unwrap_or_default();
    let of = |wanted: fn(&Option<PostId>) -> bool| {
        cast.people.iter().filter(|persona| wanted(&persona.post)).collect::<Vec<_>>()
    };
    let groups = vec![
        ("Commanders", of(|post| matches!(post, Some(PostId::Commander(_))))),
        ("Council and Secretary", of(|post| matches!(post, Some(PostId::Council(_) | PostId::Secretary)))),
        ("Working groups of the Council", of(|post| matches!(post, Some(PostId::WorkingGroup(..))))),
        ("Headquarters", of(|post| matches!(post, Some(PostId::Headquarters(_))))),
        ("Administrator and auditor", of(Option::is_none)),
        ("Alternates", of(|post| matches!(post, Some(PostId::Alternate(_))))),
    ];
    let played = cast.played();
    let all = || played.iter().flat_map(|one| one.sights.iter().map(move |sight| (one, sight)));
    let sights = vec![
        ("Something to do", all().filter(|(_, sight)| sight.to_do).collect()),
        ("Something to see", all().filter(|(_, sight)| !sight.to_do).collect()),
    ];
    let (receipts, members, passphrase) = (cast.receipts(), &cast.members, demonstration::PASSPHRASE);
    Page::of(&PeoplePage { frame, time, groups, sights, receipts, members, passphrase })
}

async fn sign_in(State(app): State<App>, fields: Fields) -> Result<Response, Failure> {
    let cast = cast(&app)?;
    let name = fields.one("name");
    let home =
        cast.people.iter().find(|persona| persona.sign_in_name == name).map(|persona| persona.home.clone());
    // Only to what the list points at: an address from a form could lead anywhere.
    let wanted = fields.one("to");
    let sight = cast.played().into_iter().flat_map(|played| played.sights).find(|sight| {
        sight.sign_in_name.as_deref() == Some(name) && !wanted.is_empty() && sight.address == wanted
    });
    let cookie = cast.enter(&app.candor, name).await?;
    let to = sight.map(|sight| sight.address).or(home).ok_or(Failure::NotFound)?;
    let mut response = see_other(&to);
    cookies::set(&mut response, cookies::STAFF, &cookie);
    cookies::forget(&mut response, cookies::VISIT);
    Ok(response)
}

async fn member(State(app): State<App>, fields: Fields) -> Result<Response, Failure> {
    let cookie = cast(&app)?.enter_as_member(&app.candor, fields.one("number")).await?;
    let mut response = see_other(members::RECEIVED);
    cookies::set(&mut response, cookies::MEMBER, &cookie);
    cookies::forget(&mut response, cookies::VISIT);
    Ok(response)
}

async fn receipt(State(app): State<App>, fields: Fields) -> Result<Response, Failure> {
    cast(&app)?;
    let cookie = app.candor.open_visit(fields.one("words")).await.map_err(|_| Failure::NotFound)?;
    let mut response = see_other(&format!("{}/visit", addresses::RETURN));
    cookies::set(&mut response, cookies::VISIT, &cookie);
    cookies::forget(&mut response, cookies::STAFF);
    cookies::forget(&mut response, cookies::MEMBER);
    Ok(response)
}

async fn clock(State(app): State<App>, headers: HeaderMap, fields: Fields) -> Result<Response, Failure> {
    cast(&app)?;
    let now = app.candor.clock.now();
    let to = match fields.one("by") {
        "batch" => {
            let directory = app.candor.directory().await?;
            directory.calendar.next_batches(now, 1).first().copied().ok_or(Failure::Malformed)?
        }
        "day" => now.plus(DAY),
        "week" => now.plus(7 * DAY),
        _ => return Err(Failure::Malformed),
    };
    demonstration::advance(&app.candor, to).await?;
    Ok(see_other(&came_from(&headers).unwrap_or_else(|| PEOPLE.to_owned())))
}

/// The path of the page that the clock was moved on. Only a page that can be asked for again is
/// gone back to.
fn came_from(headers: &HeaderMap) -> Option<String> {
    let referer = headers.get(header::REFERER)?.to_str().ok()?;
    let host = headers.get(header::HOST)?.to_str().ok()?;
    let rest = referer.strip_prefix("http://").or_else(|| referer.strip_prefix("https://"))?;
    let path = rest.strip_prefix(host)?.split(['?', '#']).next()?;
    let lasting = ["/desk", "/headquarters", "/return/visit", "/demonstration", "/admin", "/received"];
    lasting.iter().any(|start| path.starts_with(start)).then(|| path.to_owned())
}
