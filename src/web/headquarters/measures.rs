//! The joint measures of each quarter, as they were published, for the Council and headquarters.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::domain::measures::release::{OfTopic, Parts as Row, Told};
use crate::domain::measures::trend::over_quarters;
use crate::domain::measures::{Quarter, Release, Split, words};
use crate::service::Problem;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::InPath;
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::chart::{Drawing, SHAPES, draw};
use super::write_row;

pub const MEASURES: &str = "/headquarters/measures";

/// Quarters that a chart shows at most.
const DRAWN: usize = 6;

#[derive(Template)]
#[template(path = "headquarters/measures.html")]
struct MeasuresPage {
    frame: StaffFrame,
    /// What is published next, and on which day.
    next: Option<(String, String)>,
    /// Address and name of every quarter, newest first.
    quarters: Vec<(String, String, bool)>,
    shown: Option<Sheet>,
}

/// A quarter.
struct Sheet {
    name: String,
    table: String,
    topics: Vec<Topic>,
    steps: Vec<(&'static str, Vec<String>)>,
}

struct Topic {
    title: &'static str,
    whole: String,
    /// What is counted: cases, or requests.
    counted: &'static str,
    /// For each direction: its name, the pairs of branches that are shown, and how many are not.
    branches: Vec<Branches>,
    told: Vec<Parts>,
    not_told: Option<String>,
}

struct Branches {
    direction: String,
    lines: Vec<(String, String)>,
    more: usize,
}

/// Cases told apart.
struct Parts {
    title: &'static str,
    readings: Vec<String>,
    heads: Vec<String>,
    rows: Vec<(String, Vec<String>)>,
    /// Rows of a long table of which no number is shown.
    more: usize,
    chart: Option<Drawing>,
    /// What the chart shows, and by which shapes.
    key: String,
}

/// The last quarter that was published.
pub async fn newest(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    page(&app, &staff, None).await
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(quarter): InPath<String>,
) -> Result<Response, Failure> {
    let quarter = quarter.parse().map_err(|()| Failure::NotFound)?;
    page(&app, &staff, Some(quarter)).await
}

async fn page(app: &App, staff: &Staff, wanted: Option<Quarter>) -> Result<Response, Failure> {
    let releases = app.candor.measures(&staff.signed_in).await?;
    let directory = app.candor.directory().await?;
    let place = match wanted {
        None => releases.len().checked_sub(1),
        Some(quarter) => Some(found(&releases, quarter)?),
    };
    let shown = place.and_then(|place| releases.get(..=place));
    let next = app.candor.next_measures().await?;
    let page = Page::of(&MeasuresPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        next: next.map(|(quarter, from)| (quarter.words(), when::day(from, &directory.calendar))),
        quarters: (releases.iter().enumerate().rev())
            .map(|(at, release)| {
                let quarter = release.period.quarter;
                (format!("{MEASURES}/{quarter}"), quarter.words(), Some(at) == place)
            })
            .collect(),
        shown: shown.and_then(sheet),
    })?;
    Ok(page.into_response())
}

fn found(releases: &[Release], quarter: Quarter) -> Result<usize, Failure> {
    let place = releases.iter().position(|release| release.period.quarter == quarter);
    place.ok_or_else(|| Problem::NotFound.into())
}

/// The same as a table for a spreadsheet.
pub async fn csv(
    State(app): State<App>,
    staff: Staff,
    InPath(quarter): InPath<String>,
) -> Result<Response, Failure> {
    let quarter: Quarter = quarter.parse().map_err(|()| Failure::NotFound)?;
    let releases = app.candor.measures(&staff.signed_in).await?;
    let place = found(&releases, quarter)?;
    let mut table = String::from("\u{feff}");
    write_row(&mut table, words::COLUMNS.into_iter());
    for row in releases.get(place).map(words::rows).unwrap_or_default() {
        write_row(&mut table, row.iter().map(String::as_str));
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present".to_owned()),
        (header::CONTENT_DISPOSITION, format!("attachment; filename=\"measures-{quarter}.csv\"")),
    ];
    Ok((headers, table).into_response())
}

/// The last of these releases, with those before it for what has changed.
fn sheet(releases: &[Release]) -> Option<Sheet> {
    let (release, earlier) = releases.split_last()?;
    let quarter = release.period.quarter;
    Some(Sheet {
        name: quarter.words(),
        table: format!("{MEASURES}/{quarter}/measures.csv"),
        topics: release.topics.iter().map(|topic| of_topic(releases, release, earlier, topic)).collect(),
        steps: release
            .steps
            .iter()
            .map(|step| {
                let readings = step.rows.iter().map(|row| words::lasted(release, row)).collect();
                (words::step_title(step.step), readings)
            })
            .collect(),
    })
}

fn of_topic(releases: &[Release], release: &Release, earlier: &[Release], topic: &OfTopic) -> Topic {
    let branches = topic.directions.iter().zip(&topic.branches).filter(|(_, lines)| !lines.is_empty());
    Topic {
        title: words::title(topic.topic),
        whole: words::whole(topic),
        counted: words::counted(topic.topic),
        branches: branches
            .map(|(direction, lines)| {
                let (shown, hidden): (Vec<_>, Vec<_>) =
                    lines.iter().partition(|line| words::is_shown(line.count));
                Branches {
                    direction: direction.name.clone(),
                    lines: shown
                        .into_iter()
                        .map(|line| (line.name.clone(), words::number(line.count)))
                        .collect(),
                    more: hidden.len(),
                }
            })
            .collect(),
        told: topic.told.iter().map(|told| parts(releases, release, earlier, told)).collect(),
        not_told: words::not_told(topic),
    }
}

fn parts(releases: &[Release], release: &Release, earlier: &[Release], told: &Told) -> Parts {
    let before = |of| earlier.last().and_then(|before| before.parts(told.split, of));
    let heads: Vec<String> = told.rows.iter().map(|row| words::of_row(release, told.split, row.of)).collect();
    // Of many documents those alone of which something is shown.
    let is_told = |at: usize| {
        let number = |row: &Row| row.columns.get(at).is_some_and(|shown| words::is_shown(*shown));
        told.rows.iter().any(|row| row.most == Some(at) || number(row))
    };
    let rows: Vec<(String, Vec<String>)> = told
        .columns
        .iter()
        .enumerate()
        .filter(|(at, _)| told.split != Split::Document || is_told(*at))
        .map(|(at, column)| (column.clone(), told.rows.iter().map(|row| words::cell(row, at)).collect()))
        .collect();
    let from = releases.len().saturating_sub(DRAWN);
    let series: Vec<_> = told
        .rows
        .iter()
        .map(|row| over_quarters(releases.get(from..).unwrap_or_default(), told.split, row.of))
        .collect();
    let chart = if told.split == Split::Document { None } else { draw(&series) };
    let shapes: Vec<String> =
        heads.iter().zip(SHAPES).map(|(head, shape)| format!("{shape}: {head}")).collect();
    Parts {
        title: words::split_title(told.split),
        readings: told.rows.iter().map(|row| words::told(release, told, row, before(row.of))).collect(),
        more: told.columns.len() - rows.len(),
        rows,
        key: format!(
            "Share \u{201c}{}\u{201d}. {}. The line shows how far the true share may lie away.",
            told.columns.first().map(String::as_str).unwrap_or_default(),
            if shapes.len() > 1 {
                capital(&shapes.join("; "))
            } else {
                words::of_row(release, told.split, None)
            },
        ),
        heads,
        chart,
    }
}

fn capital(text: &str) -> String {
    let mut letters = text.chars();
    letters.next().map_or_else(String::new, |first| first.to_uppercase().chain(letters).collect())
}
