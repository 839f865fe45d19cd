//! A post's notices: what waits for its acknowledgement first.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::domain::id::{NoticeId, PostId};
use crate::domain::organisation::Organisation;
use crate::service::Problem;
use crate::service::notices::{Counts, NoticeList, NoticeView, PAGE};
use crate::store::notices::Filter;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::form::{InPath, Problems, Query};
use crate::web::local::in_address;
use crate::web::page::{Page, StaffFrame, see_other};
use crate::web::restored;

use super::stands::{marks, summary};
use super::{Here, address, level_word};
use crate::domain::deadline::Calendar;
use crate::web::when;

/// Pages that can be asked for; far beyond any list, so that an address cannot overflow.
const LAST_PAGE: u32 = 10_000;
/// Most notices acknowledged at once: more than one page shows.
const MOST: usize = 100;
/// How much of an issue the list shows, in characters.
const ISSUE: usize = 140;

#[derive(Template)]
#[template(path = "headquarters/choose.html")]
struct ChoosePage {
    frame: StaffFrame,
    /// Address and name of each post.
    posts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "headquarters/list.html")]
struct ListPage<'a> {
    frame: StaffFrame,
    restored: String,
    csrf: &'a str,
    address: String,
    post_name: &'a str,
    problems: &'a Problems,
    done: usize,
    unacknowledged: i64,
    overdue: i64,
    open: Vec<Line>,
    acknowledged: Vec<Line>,
    units: Vec<Choice>,
    asked: &'a Asked,
    /// What follows the `?` of the same part of the list.
    part: String,
    counts: &'a Counts,
    earlier: String,
    later: String,
}

/// A notice in the list.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Line {
    pub id: String,
    pub href: String,
    pub issue: String,
    /// Places, level and kind in one sentence.
    pub about: String,
    pub when: String,
    /// What calls for attention: kind and word.
    pub marks: Vec<(&'static str, &'static str)>,
    /// How it goes with its actions.
    pub stands: String,
}

/// A unit to filter by.
struct Choice {
    id: String,
    name: String,
    chosen: bool,
}

/// Which part of the list.
#[derive(Debug, Default, Deserialize)]
pub struct Asked {
    /// A unit on either side; empty for all.
    #[serde(default)]
    pub unit: String,
    /// "attention" for what calls for it; anything else for all.
    #[serde(default)]
    pub only: String,
    /// Counts from 1.
    #[serde(default)]
    pub page: String,
    /// How many notices were acknowledged just now.
    #[serde(default)]
    pub done: String,
}

impl Asked {
    /// Counts from 1; what is no number is the first.
    fn page(&self) -> u32 {
        self.page.parse().unwrap_or(1).clamp(1, LAST_PAGE)
    }

    pub(super) fn filter<'a>(&self, organisation: &'a Organisation) -> Filter<'a> {
        Filter { unit: self.unit(organisation), attention: self.attention() }
    }

    pub(super) fn attention(&self) -> bool {
        self.only == "attention"
    }

    /// As it follows the `?` of an address.
    pub(super) fn part(&self, organisation: &Organisation) -> String {
        let only = if self.attention() { "attention" } else { "" };
        format!("unit={}&only={only}", in_address(self.unit(organisation)))
    }

    /// The unit, if the organisation has it; nothing is looked up by any other word.
    pub(super) fn unit<'a>(&self, organisation: &'a Organisation) -> &'a str {
        organisation
            .units
            .iter()
            .find(|unit| unit.id.as_str() == self.unit)
            .map_or("", |unit| unit.id.as_str())
    }
}

/// The only headquarters post of this person, or a choice.
pub async fn choose(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    if !directory.founded {
        return Err(Problem::NotFounded.into());
    }
    let posts: Vec<(String, String)> = staff
        .signed_in
        .seats
        .iter()
        .filter(|seat| matches!(seat.post, PostId::Headquarters(_)))
        .map(|seat| (address(&seat.post), directory.post_name(&seat.post)))
        .collect();
    match posts.as_slice() {
        [] => Err(Failure::NotFound),
        [(only, _)] => Ok(see_other(only)),
        _ => {
            let frame = staff.frame(&app, &staff.signed_in.sign_in_name);
            Ok(Page::of(&ChoosePage { frame, posts })?.into_response())
        }
    }
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    Ok(page(&app, &here, &asked, &Problems::default()).await?.into_response())
}

/// Acknowledges whatever was ticked.
pub async fn acknowledge(
    State(app): State<App>,
    InPath(post): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let asked = Asked {
        unit: form.one("unit").to_owned(),
        only: form.one("only").to_owned(),
        page: form.one("page").to_owned(),
        ..Asked::default()
    };
    let mut problems = Problems::default();
    match ticked(&form) {
        Ok(ids) => {
            let count = app.candor.acknowledge_notices(&here.staff.signed_in, &here.seat, &ids).await?;
            let part = asked.part(here.directory.organisation()?);
            return Ok(see_other(&format!("{}?done={count}&{part}", here.address())));
        }
        Err(says) => problems.add("notice", says),
    }
    let page = page(&app, &here, &asked, &problems).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// The notices that a form names: at least one, each once.
pub(super) fn ticked(form: &Fields) -> Result<Vec<NoticeId>, &'static str> {
    let mut ids = Vec::new();
    for typed in form.all("notice") {
        let id: NoticeId = typed.parse().map_err(|_| "One of these is no notice. Open the list again.")?;
        if !ids.contains(&id) {
            ids.push(id);
        }
    }
    if ids.is_empty() {
        return Err("Tick at least one notice.");
    }
    if ids.len() > MOST {
        return Err("Tick at most 100 notices at once.");
    }
    Ok(ids)
}

async fn page(app: &App, here: &Here, asked: &Asked, problems: &Problems) -> Result<Page, Failure> {
    let organisation = here.directory.organisation()?;
    let skip = i64::from(asked.page() - 1) * PAGE;
    let filter = asked.filter(organisation);
    let list = app.candor.notices_of(&here.staff.signed_in, &here.seat, filter, PAGE, skip).await?;
    let now = app.candor.clock.now();
    draw(here.frame(app), here, asked, &list, now, problems)
}

fn draw(
    frame: StaffFrame,
    here: &Here,
    asked: &Asked,
    list: &NoticeList,
    now: Timestamp,
    problems: &Problems,
) -> Result<Page, Failure> {
    let organisation = here.directory.organisation()?;
    let unit = asked.unit(organisation);
    let address = here.address();
    let part = asked.part(organisation);
    let to = |page: u32| format!("{address}?{part}&page={page}");
    let number = asked.page();
    let calendar = &here.directory.calendar;
    let lines = |acknowledged: bool| {
        list.notices
            .iter()
            .filter(|notice| notice.acknowledged.is_some() == acknowledged)
            .map(|notice| line(notice, &address, now, calendar, summary(notice, &here.directory, calendar)))
            .collect()
    };
    Page::of(&ListPage {
        frame,
        restored: restored::for_staff(&here.directory, now),
        csrf: &here.staff.signed_in.csrf,
        post_name: &here.post_name,
        problems,
        done: asked.done.parse().unwrap_or(0),
        unacknowledged: list.unacknowledged,
        overdue: list.overdue,
        open: lines(false),
        acknowledged: lines(true),
        units: organisation
            .units
            .iter()
            .filter(|known| known.band.is_enough())
            .map(|known| Choice {
                id: known.id.to_string(),
                name: format!("{}, {}", known.name, known.place),
                chosen: known.id.as_str() == unit,
            })
            .collect(),
        asked,
        part: part.clone(),
        counts: &list.counts,
        earlier: if number > 1 { to(number - 1) } else { String::new() },
        later: if list.more { to(number + 1) } else { String::new() },
        address,
    })
}

/// A notice in the list; `stands` says how it goes with its actions.
pub(super) fn line(
    notice: &NoticeView,
    address: &str,
    now: Timestamp,
    calendar: &Calendar,
    stands: String,
) -> Line {
    let resolution = &notice.resolution;
    let [raising, concerned] = &resolution.places;
    let when = match &notice.acknowledged {
        Some((at, by)) => format!("{} by {by}", when::moment(*at, now, calendar)),
        None if notice.overdue => format!("Overdue since {}", when::moment(notice.due, now, calendar)),
        None => format!("Due {}", when::moment(notice.due, now, calendar)),
    };
    Line {
        href: format!("{address}/notice/{}", notice.id),
        id: notice.id.to_string(),
        issue: shortened(resolution.proposal.issue.as_str(), ISSUE),
        about: format!(
            "{raising} and {concerned}. {} level, {}.",
            level_word(resolution.level),
            resolution.proposal.kind.label().to_lowercase()
        ),
        when,
        marks: marks(notice),
        stands,
    }
}

/// The beginning of a text in one line, cut between two words if it is long.
pub(super) fn shortened(text: &str, limit: usize) -> String {
    let words: Vec<&str> = text.split_whitespace().collect();
    let whole = words.join(" ");
    if whole.chars().count() <= limit {
        return whole;
    }
    let mut cut: String = whole.chars().take(limit).collect();
    if let Some(end) = cut.rfind(' ') {
        cut.truncate(end);
    }
    cut + " …"
}
