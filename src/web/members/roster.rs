//! Bringing a roster: a file is checked beside everything else, the page says how far it is, and what it would change
//! waits for a yes.

use askama::Template;
use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::roster::{BYTES_MOST, FAULTS_SHOWN, Faults, LINES_MOST, NAME_MOST, NUMBER_MOST};
use crate::service::members::{Counts, RosterStanding, Scope, Step};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff, Stopped as Outside};
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, StaffFrame, see_other};
use crate::web::upload::Stopped;
use crate::web::when;

use super::{CODES, ROSTER, TAKE};

/// Whom the roster speaks of, as the form sends it.
const SCOPES: [(&str, &str); 2] = [("named", "Only the units that the file names"), ("all", "All units")];

#[derive(Template)]
#[template(path = "members/roster.html")]
struct RosterPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    /// Value, label, and whether it is chosen.
    scopes: Vec<(&'static str, &'static str, bool)>,
    /// What is being done, and how far it is in percent.
    working: Option<(String, usize)>,
    faults: Option<Faults>,
    ready: Option<(bool, Counts)>,
    taken: Option<Counts>,
    failed: Option<String>,
    /// When the last one was taken; none before there is one.
    last: Option<String>,
}

fn step(step: Step) -> (String, usize) {
    let (what, done, of) = match step {
        Step::Reading { lines, of } => ("Reading: line", lines, of),
        Step::Comparing { people, of } => ("Comparing with the roster in force: person", people, of),
        Step::Writing { people, of } => ("Writing: person", people, of),
    };
    (format!("{what} {done} of {of}"), (done * 100).checked_div(of).unwrap_or_default())
}

async fn page(app: &App, staff: &Staff, problems: &Problems, scope: &str) -> Result<Page, Failure> {
    let mut page = RosterPage {
        frame: staff.frame(app, "Administrator"),
        csrf: &staff.signed_in.csrf,
        problems,
        scopes: SCOPES.map(|(value, label)| (value, label, value == scope)).to_vec(),
        working: None,
        faults: None,
        ready: None,
        taken: None,
        failed: None,
        last: app.candor.roster_taken_on(&staff.signed_in).await?.map(when::date),
    };
    match app.candor.roster_standing(&staff.signed_in)? {
        RosterStanding::None => {}
        RosterStanding::Working(now) => page.working = Some(step(now)),
        RosterStanding::Faulty(faults) => page.faults = Some(faults),
        RosterStanding::Ready(scope, counts) => page.ready = Some((scope == Scope::Everybody, counts)),
        RosterStanding::Taken(counts) => page.taken = Some(counts),
        RosterStanding::Failed(words) => page.failed = Some(words),
    }
    Page::of(&page)
}

fn administrator(staff: &Staff) -> Result<(), Failure> {
    if staff.signed_in.administrator { Ok(()) } else { Err(Failure::NotFound) }
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    Ok(page(&app, &staff, &Problems::default(), "named").await?.into_response())
}

/// Takes the file in and has it checked.
pub async fn send(State(app): State<App>, staff: Staff, request: Request) -> Result<Response, Outside> {
    administrator(&staff)?;
    let csrf = CsrfToken::kept(&staff.signed_in.csrf);
    let Some(_place) = app.uploads.place() else { return Err(Failure::Busy { seconds: 30 }.into()) };
    let mut problems = Problems::default();
    let mut scope = "named".to_owned();
    match app.uploads.read(request, |token| csrf.matches(token)).await {
        Ok(sent) => {
            sent.one("scope").clone_into(&mut scope);
            let file = sent.into_file().unwrap_or_default();
            let whom = match scope.as_str() {
                "all" => Some(Scope::Everybody),
                "named" => Some(Scope::NamedUnits),
                _ => None,
            };
            if let (Some(whom), false) = (whom, file.is_empty()) {
                if app.candor.begin_roster(staff.signed_in, file, whom).map_err(Failure::from)? {
                    return Ok(see_other(ROSTER));
                }
                return Err(Failure::Busy { seconds: 30 }.into());
            }
            if file.is_empty() {
                problems.add("file", "Choose the file with the roster.");
            }
            if whom.is_none() {
                problems.add("scope", "Say whom the file speaks of.");
            }
        }
        Err(Stopped::Full) => return Err(Failure::Busy { seconds: 30 }.into()),
        Err(Stopped::Stale) => return Err(Failure::StaleForm.into()),
        Err(Stopped::Broken) => return Err(Failure::Malformed.into()),
        Err(Stopped::Slow) => problems.add("file", "The file came too slowly and was dropped. Try again."),
        Err(Stopped::TooLarge) => problems
            .add("file", format!("The file is too large; at most {} MiB.", BYTES_MOST / 1_024 / 1_024)),
    }
    let again = page(&app, &staff, &problems, &scope).await?;
    Ok(again.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Takes what was checked, or lets go of it.
pub async fn take(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    match form.one("do") {
        "take" => {
            // None left to take: it was dropped, or taken in another tab. The page says how it stands.
            app.candor.begin_taking(staff.signed_in)?;
        }
        "drop" => app.candor.drop_roster(&staff.signed_in)?,
        _ => return Err(Failure::Unprocessable),
    }
    Ok(see_other(ROSTER))
}
