//! The auditor's page: checks the record, shows what it holds without content, and accounts for every showing
//! of an identity.

use askama::Template;
use axum::extract::State;
use axum::http::header;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use super::App;
use super::actor::{Auditor, CheckedForm};
use super::errors::Failure;
use super::form::{Fields, Query};
use super::headquarters::write_row;
use super::local::in_address;
use super::page::{Page, StaffFrame, see_other};
use super::routes::{Area, Routes};
use super::when;
use crate::clock::{HOUR, Timestamp};
use crate::domain::deadline::Calendar;
use crate::service::audit::{ALL, LastCheck, Line, PAGE, Sort, Wanted};
use crate::store::heads::Place;

pub const AUDIT: &str = "/audit";
pub const CHECK: &str = "/audit/check";
pub const TABLE: &str = "/audit/entries.csv";

/// Most faults shown on the page; `candor verify` lists more.
const FAULTS_SHOWN: usize = 50;

#[must_use]
pub fn routes() -> Routes {
    Routes::of(Area::Audit).get(AUDIT, show).get(TABLE, csv).post(CHECK, check)
}

/// Which part of the journal was asked for.
#[derive(Debug, Default, Deserialize)]
#[serde(default)]
pub struct Asked {
    pub sort: String,
    pub case: String,
    pub from: String,
    pub until: String,
    pub before: String,
}

impl Asked {
    fn wanted(&self, calendar: &Calendar) -> Wanted {
        // A working day ends at 18:00: it began eighteen hours before, and the next begins six hours after.
        let day = |typed: &str| when::end_of_day(typed, calendar);
        Wanted {
            sort: match self.sort.as_str() {
                "cases" => Sort::Cases,
                "staff" => Sort::Staff,
                "identity" => Sort::Identity,
                _ => Sort::All,
            },
            case: self.case.trim().chars().take(16).collect::<String>().to_uppercase(),
            from: day(&self.from).map(|end| end.plus(-18 * HOUR)),
            until: day(&self.until).map(|end| end.plus(6 * HOUR)),
            before: self.before.parse().ok(),
        }
    }

    fn part(&self) -> String {
        let part = |text: &str| in_address(&text.chars().take(16).collect::<String>());
        format!(
            "sort={}&case={}&from={}&until={}",
            part(&self.sort),
            part(&self.case),
            part(&self.from),
            part(&self.until)
        )
    }
}

#[derive(Template)]
#[template(path = "audit/audit.html")]
struct AuditPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    asked: &'a Asked,
    part: String,
    lines: Vec<Shown>,
    /// Where the list goes on.
    later: String,
    running: bool,
    /// Day, seconds, entries and number of faults of the last check; `None` in it if it could not be made.
    last: Option<Last>,
    faults: Vec<String>,
    /// Places outside, and the newest head that each has taken.
    heads: Vec<(&'static str, String)>,
}

/// Day, seconds, and entries and number of faults.
type Last = (String, i64, Option<(u64, usize)>);

/// An entry in the list.
struct Shown {
    number: i64,
    day: String,
    case: String,
    kind: String,
    post: String,
    who: String,
}

fn shown(line: Line, calendar: &Calendar) -> Shown {
    let day = line.at.map_or_else(String::new, |at| when::day(at, calendar));
    Shown { number: line.number, day, case: line.case, kind: line.kind, post: line.post, who: line.who }
}

pub async fn show(
    State(app): State<App>,
    Auditor(staff): Auditor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let calendar = &directory.calendar;
    let part = app.candor.audit(&staff.signed_in, &asked.wanted(calendar), PAGE).await?;
    let LastCheck { running, ended } = app.candor.last_check(&staff.signed_in)?;
    let report = ended.as_ref().and_then(|(_, _, report)| report.as_ref());
    let kept = app.candor.heads_kept().await?.into_iter().map(|(place, newest)| {
        let place = if place == Place::File { "File" } else { "Webhook" };
        (place, newest.map_or_else(|| "none yet".to_owned(), |(day, row)| format!("row {row}, {day}")))
    });
    let page = AuditPage {
        frame: staff.frame(&app, "Auditor"),
        csrf: &staff.signed_in.csrf,
        part: asked.part(),
        lines: part.lines.into_iter().map(|line| shown(line, calendar)).collect(),
        later: part.next.map_or_else(String::new, |next| format!("{AUDIT}?{}&before={next}", asked.part())),
        asked: &asked,
        running,
        faults: report
            .map_or_else(Vec::new, |report| report.faults.iter().take(FAULTS_SHOWN).cloned().collect()),
        last: ended.as_ref().map(|(at, seconds, report)| {
            let counts = report.as_ref().map(|report| (report.entries, report.faults.len()));
            (when::day(*at, calendar), *seconds, counts)
        }),
        heads: kept.collect(),
    };
    Ok(Page::of(&page)?.into_response())
}

/// Begins a check. It goes on by itself; the page says when it has ended.
pub async fn check(
    State(app): State<App>,
    CheckedForm { staff, .. }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    app.candor.begin_check(&staff.signed_in)?;
    Ok(see_other(AUDIT))
}

pub async fn csv(
    State(app): State<App>,
    Auditor(staff): Auditor,
    Query(asked): Query<Asked>,
) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let calendar = &directory.calendar;
    let part = app.candor.audit(&staff.signed_in, &asked.wanted(calendar), ALL).await?;
    // Spreadsheets read it as UTF-8 only if it begins with this mark.
    let mut table = String::from("\u{feff}");
    write_row(&mut table, ["Row", "Day", "Case", "Kind", "Post", "Sign-in name"].into_iter());
    for line in part.lines {
        let day = line.at.map_or_else(String::new, |at: Timestamp| when::field_value(at, calendar));
        let number = line.number.to_string();
        write_row(
            &mut table,
            [&number, &day, &line.case, &line.kind, &line.post, &line.who].map(String::as_str).into_iter(),
        );
    }
    let headers = [
        (header::CONTENT_TYPE, "text/csv; charset=utf-8; header=present"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"entries.csv\""),
    ];
    Ok((headers, table).into_response())
}
