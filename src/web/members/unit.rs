//! For the commander of a unit: how far everything has come in it, and a sheet for muster. Neither says who has
//! acknowledged what: everybody signs the sheet, so mustering needs no such list, and who signs in to this site
//! is nobody's business.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::domain::reach::{IN_TIME, LEAST, Share};
use crate::service::members::{MemberLine, UnitReach};
use crate::service::{Directory, Problem};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::local::in_address;
use crate::web::page::{Page, StaffFrame};

use super::{Line, day, line};

/// Things on one page, and on a sheet to be read aloud.
const PAGE: usize = 25;
const READ_ALOUD: usize = 12;

#[derive(Template)]
#[template(path = "members/unit.html")]
struct UnitPage {
    frame: StaffFrame,
    desk: String,
    post_name: String,
    unit: String,
    people: u32,
    late: String,
    lines: Vec<HandedOut>,
    page: usize,
    pages: usize,
    earlier: String,
    later: String,
}

#[derive(Template)]
#[template(path = "members/muster.html")]
struct MusterPage {
    frame: StaffFrame,
    desk: String,
    post_name: String,
    unit: String,
    today: String,
    lines: Vec<HandedOut>,
    more: usize,
    members: Vec<MemberLine>,
}

/// Something that was handed out, and how far it has come.
struct HandedOut {
    line: Line,
    day: String,
    share: String,
    is_due: bool,
}

#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    page: usize,
}

struct Here {
    staff: Staff,
    directory: std::sync::Arc<Directory>,
    reach: UnitReach,
    desk: String,
    post_name: String,
    unit: String,
}

impl Here {
    async fn of(app: &App, staff: Staff, post: &str) -> Result<Self, Failure> {
        let post = staff.seat(post)?.post.clone();
        let directory = app.candor.directory().await?;
        if !directory.founded {
            return Err(Problem::NotFounded.into());
        }
        let reach = app.candor.unit_reach(&staff.signed_in, &post).await?;
        let unit = directory.organisation()?.unit(&reach.unit);
        Ok(Self {
            unit: unit.map_or_else(|| reach.unit.to_string(), |unit| unit.name.clone()),
            desk: format!("/desk/{}", in_address(&post.to_string())),
            post_name: directory.post_name(&post),
            staff,
            directory,
            reach,
        })
    }

    fn lines(&self, which: impl Fn(Share) -> bool) -> Vec<HandedOut> {
        let shown = self.reach.shown();
        let items = self.reach.items.iter().filter(|item| which(item.share));
        items
            .filter_map(|item| {
                let line = line(shown.get(&item.id)?, &self.directory);
                Some(HandedOut { line, day: day(item.day), share: item.share.words(), is_due: item.is_due })
            })
            .collect()
    }
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let lines = here.lines(|_| true);
    let pages = lines.len().div_ceil(PAGE).max(1);
    let page = which.page.min(pages - 1);
    let address = |page: usize| format!("{}/received?page={page}", here.desk);
    let rendered = Page::of(&UnitPage {
        frame: here.staff.frame(&app, &here.post_name),
        earlier: if page + 1 < pages { address(page + 1) } else { String::new() },
        later: page.checked_sub(1).map(address).unwrap_or_default(),
        lines: lines.into_iter().skip(page * PAGE).take(PAGE).collect(),
        page: page + 1,
        pages,
        people: here.reach.people,
        late: here.reach.late.clone(),
        desk: here.desk,
        post_name: here.post_name,
        unit: here.unit,
    })?;
    Ok(rendered.into_response())
}

/// What not everybody has acknowledged, to be read aloud, and everybody with a line to sign.
pub async fn muster(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let mut lines = here.lines(|share| share != Share::All);
    let more = lines.len().saturating_sub(READ_ALOUD);
    lines.truncate(READ_ALOUD);
    let now = app.candor.clock.now();
    let today = here.directory.calendar.date_of(now).map(day).unwrap_or_default();
    let rendered = Page::of(&MusterPage {
        frame: here.staff.frame(&app, &here.post_name),
        desk: here.desk,
        post_name: here.post_name,
        unit: here.unit,
        today,
        lines,
        more,
        members: here.reach.members,
    })?;
    Ok(rendered.into_response())
}
