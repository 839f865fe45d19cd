//! Calendar and time standards: what holds, what a change would do in words, and the proposal.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::domain::concern::Pace;
use crate::domain::deadline::federal_holidays;
use crate::domain::time::{SpanUnit, TimeSettings, hours, span_words};
use crate::service::agreement::Proposed;
use crate::service::time::TimeView;
use crate::service::{Problem, hexadecimal};
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other};
use crate::web::when;

use super::time_form::{self, Typed, WEEKDAYS};
use super::{ADMIN, CALENDAR, STANDARDS as STANDARDS_PAGE, administrator, frame};

/// Which of the two pages.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Which {
    Calendar,
    Standards,
}

/// What both pages show.
struct Around {
    frame: StaffFrame,
    csrf: String,
    address: &'static str,
    /// Since when it holds and who set it.
    holds: String,
    waiting: Vec<String>,
    waiting_of: Vec<(String, bool)>,
    declined: Option<String>,
    running: i64,
    done: String,
    changes: Vec<String>,
    /// An administrator alone may do what was previewed.
    alone: bool,
    stamp: String,
    again: bool,
    same: bool,
}

#[derive(Template)]
#[template(path = "admin/calendar.html")]
struct CalendarPage<'a> {
    around: &'a Around,
    frame: &'a StaffFrame,
    typed: &'a Typed,
    problems: &'a Problems,
    /// What holds, and what held at first: label, now, at first.
    facts: Vec<(&'static str, String, String)>,
    federal: Vec<String>,
}

#[derive(Template)]
#[template(path = "admin/standards.html")]
struct StandardsPage<'a> {
    around: &'a Around,
    frame: &'a StaffFrame,
    problems: &'a Problems,
    paces: Vec<(&'static str, Vec<Line<'a>>)>,
}

/// One standard of one pace.
struct Line<'a> {
    field: &'static str,
    unit_field: &'static str,
    name: &'static str,
    now: String,
    first: String,
    amount: &'a str,
    unit: &'a str,
}

pub async fn calendar(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    show(&app, &staff, Which::Calendar, done).await
}

pub async fn standards(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    show(&app, &staff, Which::Standards, done).await
}

pub async fn send_calendar(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    send(&app, &staff, &form, Which::Calendar).await
}

pub async fn send_standards(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    send(&app, &staff, &form, Which::Standards).await
}

async fn show(app: &App, staff: &Staff, which: Which, done: String) -> Result<Response, Failure> {
    administrator(staff)?;
    let view = app.candor.time_settings(&staff.signed_in).await?;
    let around = Around { done, ..around(app, staff, &view, which).await? };
    // A proposal that waits is where the next one starts: otherwise it would take its changes back unsaid.
    let start = view.proposed.as_ref().unwrap_or(&view.in_force);
    page(app, &view, which, &around, &Typed::of(start), &Problems::default())
}

/// Shows in words what would change; or proposes it, if exactly that was shown before.
async fn send(app: &App, staff: &Staff, form: &Fields, which: Which) -> Result<Response, Failure> {
    administrator(staff)?;
    let view = app.candor.time_settings(&staff.signed_in).await?;
    let start = view.proposed.as_ref().unwrap_or(&view.in_force);
    let mut problems = Problems::default();
    let mut typed = Typed::of(start);
    let read = match which {
        Which::Calendar => time_form::calendar(form, start, &mut typed, &mut problems),
        Which::Standards => time_form::standards(form, start, &mut typed, &mut problems),
    };
    let mut around = around(app, staff, &view, which).await?;
    if problems.is_empty() {
        for (field, says) in read.faults() {
            problems.add(field, says);
        }
    }
    if problems.is_empty() {
        let stamp = stamp(&view, &read);
        let asked = form.one("do") == "propose";
        if asked && form.one("stamp") == stamp {
            match app.candor.propose_time(&staff.signed_in, view.version, &read).await {
                Ok(Proposed::InForce) => {
                    return Ok(see_other(&format!("{}?done=set", around.address)));
                }
                Ok(Proposed::Waits) => return Ok(see_other(&format!("{}?done=proposed", around.address))),
                Err(Problem::Unusable(words)) => problems.add(first_field(which), words),
                Err(Problem::NotFounded) => {
                    problems
                        .add(first_field(which), "Found the site first; then both Council leads are there.");
                }
                Err(Problem::Store(StoreError::Conflict | StoreError::Duplicate)) => {
                    problems.add(first_field(which), "Somebody was faster. Please look at the change again.");
                }
                Err(problem) => return Err(problem.into()),
            }
        }
        around.changes = TimeSettings::difference(&view.in_force, &read);
        around.same = around.changes.is_empty();
        around.again = asked && problems.is_empty();
        around.alone = app.candor.time_touches_no_clock(&read).await?;
        around.stamp = if around.same { String::new() } else { stamp };
    }
    page(app, &view, which, &around, &typed, &problems)
}

const fn first_field(which: Which) -> &'static str {
    match which {
        Which::Calendar => "time_zone",
        Which::Standards => "routine_field_acknowledgement",
    }
}

/// Stands for one difference: from what held, and what waited, to what was typed.
fn stamp(view: &TimeView, new: &TimeSettings) -> String {
    let mut digest = Sha256::new();
    let waiting = view.waiting.as_ref().map_or(0, |waiting| waiting.version);
    digest.update(format!("{} {waiting} ", view.version));
    digest.update(serde_json::to_vec(new).unwrap_or_default());
    hexadecimal(&digest.finalize())
}

async fn around(app: &App, staff: &Staff, view: &TimeView, which: Which) -> Result<Around, Failure> {
    let directory = app.candor.directory().await?;
    let holds = match (view.since, view.set_by.as_slice()) {
        (Some(since), [one]) => {
            format!("In force since {}, set by {one} alone.", when::day(since, &directory.calendar))
        }
        (Some(since), [proposed, agreed @ ..]) => format!(
            "In force since {}: proposed by {proposed}, agreed to by {}.",
            when::day(since, &directory.calendar),
            agreed.join(" and ")
        ),
        _ => "Nobody has set anything yet: what this site was founded with holds.".to_owned(),
    };
    Ok(Around {
        frame: frame(app, staff),
        csrf: staff.signed_in.csrf.clone(),
        address: match which {
            Which::Calendar => CALENDAR,
            Which::Standards => STANDARDS_PAGE,
        },
        holds,
        waiting: view.waiting.as_ref().map_or_else(Vec::new, |waiting| waiting.changes.clone()),
        waiting_of: view.waiting.as_ref().map_or_else(Vec::new, |waiting| waiting.components.clone()),
        declined: view.declined.clone(),
        running: view.running,
        done: String::new(),
        changes: Vec::new(),
        alone: false,
        stamp: String::new(),
        again: false,
        same: false,
    })
}

fn page(
    app: &App,
    view: &TimeView,
    which: Which,
    around: &Around,
    typed: &Typed,
    problems: &Problems,
) -> Result<Response, Failure> {
    let frame = &around.frame;
    let page = match which {
        Which::Calendar => Page::of(&CalendarPage {
            around,
            frame,
            typed,
            problems,
            facts: facts(&view.in_force)
                .into_iter()
                .zip(facts(&view.initial))
                .map(|((label, now), (_, first))| (label, now, first))
                .collect(),
            federal: federal(app, view),
        })?,
        Which::Standards => Page::of(&StandardsPage { around, frame, problems, paces: paces(view, typed) })?,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(page.with_status(status).into_response())
}

fn facts(settings: &TimeSettings) -> Vec<(&'static str, String)> {
    let days: Vec<&str> = WEEKDAYS
        .iter()
        .zip(settings.calendar.working_weekdays)
        .filter(|(_, works)| *works)
        .map(|((_, name), _)| *name)
        .collect();
    let dates = |dates: &std::collections::BTreeSet<jiff::civil::Date>| {
        let words: Vec<String> = dates.iter().map(ToString::to_string).collect();
        if words.is_empty() { "None".to_owned() } else { words.join(", ") }
    };
    vec![
        ("Time zone", settings.calendar.time_zone.clone()),
        ("Working days", days.join(", ")),
        ("Extra days off", dates(&settings.calendar.extra_holidays)),
        ("Federal holidays on which people work", dates(&settings.worked_holidays)),
        ("Batches of what reporters send", hours(&settings.batch_hours)),
    ]
}

/// The federal holidays of this year and the next, as they are observed.
fn federal(app: &App, view: &TimeView) -> Vec<String> {
    let calendar = view.in_force.to_calendar();
    let Some(today) = calendar.date_of(app.candor.clock.now()) else { return Vec::new() };
    let mut days = [today.year(), today.year().saturating_add(1)].map(federal_holidays).concat();
    days.sort_unstable();
    days.into_iter().filter(|day| *day >= today).map(|day| day.to_string()).collect()
}

fn paces<'a>(view: &TimeView, typed: &'a Typed) -> Vec<(&'static str, Vec<Line<'a>>)> {
    [("Routine", Pace::Routine), ("Extraordinary", Pace::Extraordinary)]
        .map(|(name, pace)| {
            let (mut now, mut first) = (view.in_force.standards(pace), view.initial.standards(pace));
            let lines = time_form::of_pace(pace).map(|(standard, (field, unit_field))| Line {
                name: standard.name,
                now: span_words(*(standard.of)(&mut now)),
                first: span_words(*(standard.of)(&mut first)),
                amount: typed.of_field(field),
                unit: typed.of_field(unit_field),
                field,
                unit_field,
            });
            (name, lines.collect())
        })
        .into()
}

/// "1 to 60 working days, 4 to 240 hours, 1 to 180 days".
fn limits() -> String {
    let words = SpanUnit::ALL.map(|unit| {
        let (least, most) = unit.limits();
        format!("{least} to {most} {}", unit.words())
    });
    words.join(", ")
}

#[cfg(test)]
mod tests {
    use super::{SpanUnit, limits};
    use crate::domain::deadline::Span;
    use crate::domain::time::amount;

    #[test]
    fn the_limits_that_are_shown_are_those_that_hold() {
        assert_eq!(limits(), "1 to 60 working days, 4 to 240 hours, 1 to 180 days");
        assert_eq!(SpanUnit::WorkingDays.span(60).map(amount), Some(60));
        assert_eq!(SpanUnit::of(Span::Days(1)), SpanUnit::Days);
    }
}
