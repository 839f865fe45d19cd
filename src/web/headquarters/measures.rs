//! The joint measures of each quarter, as they were published, for the Council and headquarters.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};

use crate::domain::measures::{Quarter, Release, words};
use crate::service::Problem;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::InPath;
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::sheet::Sheet;
use super::write_row;

pub const MEASURES: &str = "/headquarters/measures";

#[derive(Template)]
#[template(path = "headquarters/measures.html")]
struct MeasuresPage {
    frame: StaffFrame,
    /// What is published next, and on which day.
    next: Option<(String, String)>,
    /// Address and name of every quarter, newest first.
    quarters: Vec<(String, String, bool)>,
    shown: Option<Shown>,
}

/// A quarter with its addresses.
struct Shown {
    sheet: Sheet,
    table: String,
    report: String,
}

/// The quarterly report: the same on one page, to be printed.
#[derive(Template)]
#[template(path = "headquarters/report.html")]
struct ReportPage {
    frame: StaffFrame,
    measures: String,
    sheet: Sheet,
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
        shown: shown.and_then(|releases| {
            let quarter = releases.last()?.period.quarter;
            Some(Shown {
                sheet: Sheet::of(releases)?,
                table: format!("{MEASURES}/{quarter}/measures.csv"),
                report: format!("{MEASURES}/{quarter}/report"),
            })
        }),
    })?;
    Ok(page.into_response())
}

/// A quarter as a report.
pub async fn report(
    State(app): State<App>,
    staff: Staff,
    InPath(quarter): InPath<String>,
) -> Result<Response, Failure> {
    let quarter: Quarter = quarter.parse().map_err(|()| Failure::NotFound)?;
    let releases = app.candor.measures(&staff.signed_in).await?;
    let place = found(&releases, quarter)?;
    let sheet = releases.get(..=place).and_then(Sheet::of).ok_or(Failure::NotFound)?;
    let mut frame = staff.frame(&app, &staff.signed_in.sign_in_name);
    // Nothing beside it but the way back.
    frame.sections.clear();
    let measures = format!("{MEASURES}/{quarter}");
    Ok(Page::of(&ReportPage { frame, measures, sheet })?.into_response())
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
