//! Slips with codes: of a whole unit, or a new one for somebody who has lost theirs.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::roster::NUMBER_MOST;
use crate::service::Problem;
use crate::service::members::Slip;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, StaffFrame};

use super::{CODES, ROSTER};

#[derive(Template)]
#[template(path = "members/codes.html")]
struct CodesPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    /// Identifier and name of each unit, and whether it is chosen.
    units: Vec<(String, String, bool)>,
    number: &'a str,
}

#[derive(Template)]
#[template(path = "members/slips.html")]
struct SlipsPage<'a> {
    frame: StaffFrame,
    /// The unit; empty for one member's new code.
    unit: &'a str,
    slips: &'a [Slip],
}

async fn page(app: &App, staff: &Staff, fields: &Fields, problems: &Problems) -> Result<Page, Failure> {
    let directory = app.candor.directory().await?;
    let chosen = fields.one("unit");
    let mut units: Vec<_> = match directory.organisation() {
        Ok(organisation) => organisation
            .units
            .iter()
            .map(|unit| (unit.id.to_string(), unit.name.clone(), unit.id.as_str() == chosen))
            .collect(),
        Err(_) => Vec::new(),
    };
    units.sort_by(|one, other| one.1.cmp(&other.1));
    let typed = fields.one("number");
    Page::of(&CodesPage {
        frame: staff.frame(app, "Administrator"),
        csrf: &staff.signed_in.csrf,
        problems,
        units,
        number: if typed.chars().count() <= 4 * NUMBER_MOST { typed } else { "" },
    })
}

fn administrator(staff: &Staff) -> Result<(), Failure> {
    if staff.signed_in.administrator { Ok(()) } else { Err(Failure::NotFound) }
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    Ok(page(&app, &staff, &Fields::default(), &Problems::default()).await?.into_response())
}

/// Shows slips to print, once; that they were printed stands in the journal.
pub async fn print(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let directory = app.candor.directory().await?;
    let unit = form.one("unit").into();
    let (made, field, words) = match form.one("do") {
        "unit" => {
            let made = app.candor.slips(&staff.signed_in, &unit).await;
            (made, "unit", "Nobody on the roster is in this unit. Choose another, or bring a roster first.")
        }
        "one" => {
            let made = app.candor.renew_code(&staff.signed_in, form.one("number")).await;
            let words = "Nobody on the roster has this number. Please check it.";
            (made.map(|slip| vec![slip]), "number", words)
        }
        _ => return Err(Failure::Unprocessable),
    };
    match made {
        Ok(slips) => {
            let name = directory.organisation()?.unit(&unit).map_or("", |unit| &unit.name);
            let name = if field == "unit" { name } else { "" };
            let frame = staff.frame(&app, "Administrator");
            Ok(Page::of(&SlipsPage { frame, unit: name, slips: &slips })?.into_response())
        }
        Err(Problem::NotFound) => {
            let mut problems = Problems::default();
            problems.add(field, words);
            let again = page(&app, &staff, &form, &problems).await?;
            Ok(again.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}
