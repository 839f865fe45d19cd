//! The organisation file: downloaded, looked at as a difference, then set, or proposed to the Council leads.

use askama::Template;
use axum::extract::State;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Response};
use sha2::{Digest, Sha256};

use crate::domain::organisation::FileError;
use crate::service::Problem;
use crate::service::agreement::{ChangeView, Proposed};
use crate::service::organisation::{FILE_MOST, InForce};
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields};
use crate::web::form::{Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other};

use super::{ADMIN, ORGANISATION, ORGANISATION_FILE, administrator, frame};

#[derive(Template)]
#[template(path = "admin/organisation.html")]
struct OrganisationPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    file: &'a str,
    shown: &'a Shown,
    problems: &'a Problems,
    done: &'a str,
    change: &'a ChangeView,
}

/// What a preview came to.
#[derive(Debug, Default)]
struct Shown {
    /// Line, the line itself, what is wrong with it.
    errors: Vec<(usize, String, String)>,
    changes: Vec<String>,
    /// Why it cannot be applied as things are.
    refusals: Vec<String>,
    /// Applying it proposes it to the Council leads.
    needs_lead: bool,
    /// What this preview was of; empty if there was none, or none that could be applied.
    stamp: String,
    /// A preview was asked for and the file changes nothing.
    same: bool,
    /// Applying was asked for, but of something that has not been looked at.
    again: bool,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let InForce { file, change, .. } = app.candor.organisation_in_force(&staff.signed_in).await?;
    let typed = Typed { file: &file.unwrap_or_default(), change: &change };
    Ok(page(&app, &staff, &typed, &Shown::default(), &Problems::default(), &done)?.into_response())
}

/// The file in force, to keep or to change and bring back.
pub async fn download(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    let file = app.candor.organisation_file(&staff.signed_in).await?.ok_or(Failure::NotFound)?;
    let headers = [
        (header::CONTENT_TYPE, "application/toml; charset=utf-8"),
        (header::CONTENT_DISPOSITION, "attachment; filename=\"organisation.toml\""),
    ];
    Ok((headers, file).into_response())
}

/// Shows what the file would change; or sets or proposes it, if exactly that was shown before.
pub async fn send(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let signed_in = &staff.signed_in;
    let file = form.one("file");
    let InForce { version, file: current, change } = app.candor.organisation_in_force(signed_in).await?;
    let stamp = stamp(current.as_deref(), file);
    let mut problems = Problems::default();
    if form.one("do") == "apply" && form.one("stamp") == stamp {
        match app.candor.change_organisation(signed_in, version, file).await {
            Ok(Proposed::InForce) => return Ok(see_other(&format!("{ORGANISATION}?done=set"))),
            Ok(Proposed::Waits) => return Ok(see_other(&format!("{ORGANISATION}?done=proposed"))),
            Err(Problem::Unusable(words)) => problems.add("file", words),
            Err(Problem::Store(StoreError::Conflict)) => {
                problems.add("file", "Somebody was faster. Please look at the change again.");
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    let preview = app.candor.preview_organisation(signed_in, file).await?;
    let count = preview.errors.len();
    if count > 0 {
        let faults = if count == 1 { "a fault".to_owned() } else { format!("{count} faults") };
        problems.add("file", format!("The file has {faults}. Each is listed below with its line."));
    }
    let applies = count == 0 && preview.refusals.is_empty() && !preview.changes.is_empty();
    if problems.is_empty() && !preview.refusals.is_empty() {
        problems.add("file", "This file cannot be applied as things are. Why is said below.");
    }
    let shown = Shown {
        errors: preview.errors.iter().map(|error| with_line(file, error)).collect(),
        same: count == 0 && preview.changes.is_empty(),
        stamp: if applies { stamp } else { String::new() },
        again: form.one("do") == "apply" && problems.is_empty(),
        changes: preview.changes,
        refusals: preview.refusals,
        needs_lead: preview.needs_lead,
    };
    let status = if problems.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    let typed = Typed { file, change: &change };
    Ok(page(&app, &staff, &typed, &shown, &problems, "")?.with_status(status).into_response())
}

/// Stands for a difference: from the file in force to the file typed. If either changes after the
/// preview, what would be applied is not what was looked at.
fn stamp(current: Option<&str>, file: &str) -> String {
    let mut digest = Sha256::new();
    for text in [current.unwrap_or_default(), file] {
        digest.update(Sha256::digest(text.as_bytes()));
    }
    crate::service::hexadecimal(&digest.finalize())
}

/// A fault with the line it stands on, which a text field does not number.
fn with_line(file: &str, error: &FileError) -> (usize, String, String) {
    let line = error.line.checked_sub(1).and_then(|index| file.lines().nth(index)).unwrap_or_default();
    (error.line, line.trim().chars().take(120).collect(), error.message.clone())
}

/// What stands in the field, and what waits beside it.
struct Typed<'a> {
    file: &'a str,
    change: &'a ChangeView,
}

fn page(
    app: &App,
    staff: &Staff,
    typed: &Typed<'_>,
    shown: &Shown,
    problems: &Problems,
    done: &str,
) -> Result<Page, Failure> {
    let frame = frame(app, staff);
    let csrf = &staff.signed_in.csrf;
    let &Typed { file, change } = typed;
    Page::of(&OrganisationPage { frame, csrf, file, shown, problems, done, change })
}

#[cfg(test)]
mod tests {
    use super::{stamp, with_line};
    use crate::domain::organisation::FileError;

    #[test]
    fn a_preview_stands_for_one_difference_only() {
        let seen = stamp(Some("old"), "new");
        assert_eq!(seen, stamp(Some("old"), "new"));
        for other in [
            stamp(None, "new"),
            stamp(Some("older"), "new"),
            stamp(Some("old"), "new "),
            stamp(Some("oldn"), "ew"),
        ] {
            assert_ne!(seen, other);
        }
    }

    #[test]
    fn a_fault_comes_with_its_line() {
        let error = |line| FileError { line, message: "is wrong".to_owned() };
        assert_eq!(with_line("a = 1\n  b = 2\n", &error(2)), (2, "b = 2".to_owned(), "is wrong".to_owned()));
        assert_eq!(with_line("a", &error(0)).1, "");
        assert_eq!(with_line("a", &error(9)).1, "");
    }
}
