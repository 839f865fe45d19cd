//! A post's notices to take away: on paper, and as a table for a spreadsheet.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::domain::organisation::Organisation;
use crate::service::library::Shelf;
use crate::service::notices::{ALL, NoticeList, NoticeView};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::library::comparing::departs_from;
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::list::Asked;
use super::notice::document;
use super::stands::{ActionRow, actions, marks, summary};
use super::{Here, level_word};

/// The first line of the table.
const COLUMNS: [&str; 19] = [
    "Told on",
    "Issue",
    "Resolution",
    "Type",
    "Level",
    "Raised by component",
    "Raised in",
    "About component",
    "About",
    "Governing document",
    "Signed by",
    "Time taken",
    "Actions",
    "State",
    "Acknowledgement due",
    "Acknowledged on",
    "Acknowledged by",
    "Why another answer than the library's",
    "To which entries it is another answer",
];

#[derive(Template)]
#[template(path = "headquarters/print.html")]
struct PrintPage<'a> {
    frame: StaffFrame,
    list: String,
    post_name: &'a str,
    /// Which part of the list, in words.
    part: String,
    today: String,
    more: bool,
    notices: Vec<Sheet>,
}

/// A notice on paper.
struct Sheet {
    title: String,
    issue: String,
    finding: String,
    facts: Vec<(&'static str, String)>,
    actions: Vec<ActionRow>,
    marks: Vec<(&'static str, &'static str)>,
    stands: String,
}

/// The list as it prints well: every notice of the part that was asked for, whole, without forms.
pub async fn print(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let list = all(&app, &here, &asked).await?;
    let organisation = here.directory.organisation()?;
    let shelf = app.candor.shelf().await?;
    let now = app.candor.clock.now();
    let mut part = if asked.attention() { "What needs attention".to_owned() } else { "All".to_owned() };
    if let Some(unit) = organisation.unit(&asked.unit(organisation).into()) {
        part = format!("{part}, {}, {}", unit.name, unit.place);
    }
    let page = Page::of(&PrintPage {
        frame: here.frame(&app),
        list: here.address(),
        post_name: &here.post_name,
        part,
        today: when::day(now, &here.directory.calendar),
        more: list.more,
        notices: list.notices.iter().map(|notice| sheet(notice, &here, organisation, &shelf, now)).collect(),
    })?;
    Ok(page.into_response())
}

/// The same as a table.
pub async fn csv(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let list = all(&app, &here, &asked).await?;
    let organisation = here.directory.organisation()?;
    let shelf = app.candor.shelf().await?;
    // Spreadsheets read it as UTF-8 only if it begins with this mark.
    let mut table = String::from("\u{feff}");
    write_row(&mut table, COLUMNS.into_iter());
    for notice in &list.notices {
        let cells = row(notice, &here, organisation, &shelf);
        write_row(&mut table, cells.iter().map(String::as_str));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"notices.csv\""),
    ];
    Ok((headers, table).into_response())
}

async fn all(app: &App, here: &Here, asked: &Asked) -> Result<NoticeList, Failure> {
    let filter = asked.filter(here.directory.organisation()?);
    Ok(app.candor.notices_of(&here.staff.signed_in, &here.seat, filter, ALL, 0).await?)
}

/// The entries to which it is another answer, a line each.
fn than(notice: &NoticeView, shelf: &Shelf) -> String {
    let entries = departs_from(&notice.resolution.proposal.comparison, shelf);
    entries.into_iter().map(|(_, words)| words).collect::<Vec<_>>().join("\n")
}

fn sheet(
    notice: &NoticeView,
    here: &Here,
    organisation: &Organisation,
    shelf: &Shelf,
    now: Timestamp,
) -> Sheet {
    let calendar = &here.directory.calendar;
    let resolution = &notice.resolution;
    let [raising, concerned] = &resolution.places;
    let acknowledged = match &notice.acknowledged {
        Some((at, by)) => format!("{}, by {by}", when::moment(*at, now, calendar)),
        None => format!("Not yet; due {}", when::moment(notice.due, now, calendar)),
    };
    let mut facts = vec![
        (
            "Type and level",
            format!("{}, {} level", resolution.proposal.kind.label(), level_word(resolution.level)),
        ),
        ("Governing document", document(notice, organisation)),
        ("Posts that signed", signed(notice, here)),
        ("Time taken", resolution.time_taken.label().to_owned()),
        ("Acknowledged", acknowledged),
    ];
    if let Some(why) = &resolution.proposal.comparison.departs {
        facts.insert(1, ("Why another answer than the library’s", why.as_str().to_owned()));
        let than = than(notice, shelf);
        if !than.is_empty() {
            facts.insert(2, ("To which entries it is another answer", than));
        }
    }
    Sheet {
        title: format!("{raising} and {concerned}, {}", when::day(notice.made_at, calendar)),
        issue: resolution.proposal.issue.as_str().to_owned(),
        finding: resolution.proposal.finding.as_str().to_owned(),
        facts,
        actions: actions(notice, &here.directory),
        marks: marks(notice),
        stands: summary(notice, &here.directory, calendar),
    }
}

fn signed(notice: &NoticeView, here: &Here) -> String {
    let names: Vec<_> = notice.resolution.signed.iter().map(|post| here.directory.post_name(post)).collect();
    names.join("; ")
}

fn row(
    notice: &NoticeView,
    here: &Here,
    organisation: &Organisation,
    shelf: &Shelf,
) -> [String; COLUMNS.len()] {
    let directory = &here.directory;
    let calendar = &directory.calendar;
    let resolution = &notice.resolution;
    let proposal = &resolution.proposal;
    let [raised_by, about_component] = resolution.components.clone();
    let [raised_in, about] = resolution.places.clone();
    let actions: Vec<String> = actions(notice, directory)
        .into_iter()
        .map(|action| {
            let words = if action.words.is_empty() { String::new() } else { format!(": {}", action.words) };
            format!("{} ({}, by {}){words}", action.what, action.owner, action.due)
        })
        .collect();
    let (on, by) = match &notice.acknowledged {
        Some((at, by)) => (when::field_value(*at, calendar), by.clone()),
        None => (String::new(), String::new()),
    };
    [
        when::field_value(notice.made_at, calendar),
        proposal.issue.as_str().to_owned(),
        proposal.finding.as_str().to_owned(),
        proposal.kind.label().to_owned(),
        level_word(resolution.level).to_owned(),
        raised_by,
        raised_in,
        about_component,
        about,
        document(notice, organisation),
        signed(notice, here),
        resolution.time_taken.label().to_owned(),
        actions.join("\n"),
        summary(notice, directory, calendar),
        when::field_value(notice.due, calendar),
        on,
        by,
        proposal.comparison.departs.as_ref().map_or_else(String::new, |why| why.as_str().to_owned()),
        than(notice, shelf),
    ]
}

/// One line as RFC 4180 has it: every cell quoted, quotes doubled, ended by CR LF.
pub(crate) fn write_row<'a>(table: &mut String, cells: impl Iterator<Item = &'a str>) {
    for (index, cell) in cells.enumerate() {
        if index > 0 {
            table.push(',');
        }
        table.push('"');
        // A spreadsheet takes such a beginning for a formula and may act on it.
        let formula = ['=', '+', '-', '@', '\t', '\r', '\n', '＝', '＋', '－', '＠'];
        if cell.starts_with(formula) {
            table.push('\'');
        }
        table.push_str(&cell.replace('"', "\"\""));
        table.push('"');
    }
    table.push_str("\r\n");
}
