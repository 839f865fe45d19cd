//! What a member has received: what waits to be acknowledged, and everything there ever was.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;
use uuid::Uuid;

use crate::web::App;
use crate::web::csrf::{self, CsrfToken};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Query};
use crate::web::page::{Page, VisitorFrame, see_other_emptying_the_form};

use super::{Line, RECEIVED, Session, day, line};

/// Things that wait, and lines of the list, on one page.
const WAITING: usize = 10;
const PAGE: usize = 40;

#[derive(Template)]
#[template(path = "members/received.html")]
struct ReceivedPage {
    frame: VisitorFrame,
    csrf: CsrfToken,
    name: String,
    number: String,
    unit: String,
    gone: bool,
    done: usize,
    waiting: Vec<Waiting>,
    /// How many more wait than are shown.
    more: usize,
    list: Vec<Kept>,
    page: usize,
    pages: usize,
    earlier: String,
    later: String,
}

/// Something to read and acknowledge.
struct Waiting {
    id: String,
    line: Line,
    day: String,
    text: String,
}

/// Something in the list.
struct Kept {
    line: Line,
    day: String,
    acknowledged: String,
    holds: bool,
}

#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    page: usize,
    #[serde(default)]
    done: usize,
}

pub async fn show(
    State(app): State<App>,
    Session { frame, member, csrf }: Session,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let received = app.candor.received(&member).await?;
    let shown = received.shown();
    // What has waited longest comes first.
    let waiting: Vec<_> = received.items.iter().rev().filter(|item| item.waits).collect();
    let more = waiting.len().saturating_sub(WAITING);
    let waiting = waiting.into_iter().take(WAITING).filter_map(|item| {
        let what = shown.get(&item.id)?;
        Some(Waiting {
            id: item.id.simple().to_string(),
            line: line(what, &directory),
            day: day(item.day),
            text: what.text().to_owned(),
        })
    });
    let pages = received.items.len().div_ceil(PAGE).max(1);
    let page = which.page.min(pages - 1);
    let list = received.items.iter().skip(page * PAGE).take(PAGE).filter_map(|item| {
        let what = shown.get(&item.id)?;
        Some(Kept {
            line: line(what, &directory),
            day: day(item.day),
            acknowledged: item.acknowledged.map_or_else(|| "not yet".to_owned(), day),
            holds: what.holds(),
        })
    });
    let address = |page: usize| format!("{RECEIVED}?page={page}");
    let organisation = directory.organisation()?;
    let rendered = Page::of(&ReceivedPage {
        frame,
        csrf,
        unit: organisation
            .unit(&member.unit)
            .map_or_else(|| member.unit.to_string(), |unit| unit.name.clone()),
        name: member.name,
        number: member.number,
        gone: member.gone,
        done: which.done,
        waiting: waiting.collect(),
        more,
        list: list.collect(),
        page: page + 1,
        pages,
        earlier: if page + 1 < pages { address(page + 1) } else { String::new() },
        later: page.checked_sub(1).map(address).unwrap_or_default(),
    })?;
    Ok(rendered.into_response())
}

/// Acknowledges what was ticked.
pub async fn acknowledge(
    State(app): State<App>,
    Session { member, csrf, .. }: Session,
    fields: Fields,
) -> Result<Response, Failure> {
    if !csrf.matches(fields.one(csrf::FIELD)) {
        return Err(Failure::StaleForm);
    }
    let ticked: Vec<Uuid> =
        fields.all("item").take(WAITING).filter_map(|typed| Uuid::try_parse(typed).ok()).collect();
    let done = app.candor.acknowledge_received(&member, &ticked).await?;
    Ok(see_other_emptying_the_form(&format!("{RECEIVED}?done={done}")))
}
