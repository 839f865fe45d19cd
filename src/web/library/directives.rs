//! Directives: read by everybody, issued and withdrawn by headquarters and the Council's leads.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::id::{DirectiveId, UnitId};
use crate::domain::organisation::Organisation;
use crate::domain::prose::Prose;
use crate::service::library::{Directive, NewDirective, TEXT_MOST, TITLE_MOST, UNITS_MOST, issues};
use crate::service::{Directory, Problem};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, InPath, Problems, Query};
use crate::web::page::{Page, StaffFrame, VisitorFrame, see_other_emptying_the_form};
use crate::web::sign_in::afresh;
use crate::web::when;

use super::DIRECTIVES;
use super::read::{Turn, Turning, turn};
use super::visitor::{At, Visitor};
use super::withdraw::{Sent, What};

/// Directives on one page.
const PAGE: usize = 12;

/// A directive in a list.
pub struct Line {
    pub href: String,
    pub title: String,
    pub about: String,
    pub withdrawn: bool,
}

/// The day of issue in words.
fn day(directive: &Directive) -> String {
    directive.day.parse().map_or_else(|_| directive.day.clone(), when::date)
}

pub fn line(directive: &Directive, directory: &Directory, at: &At) -> Line {
    Line {
        href: at.to(format!("/library/directives/{}", directive.id)),
        title: directive.title.clone(),
        about: format!("{} · {}", day(directive), directory.post_name(&directive.by)),
        withdrawn: directive.withdrawn.is_some(),
    }
}

#[derive(Template)]
#[template(path = "library/directives.html")]
struct ListPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    lines: Vec<Line>,
    turn: Turning,
}

#[derive(Template)]
#[template(path = "library/directive.html")]
struct DirectivePage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    directive: &'a Directive,
    by: String,
    day: String,
    document: Option<(String, String)>,
    units: String,
}

/// Identifier and name of a unit, and whether it is chosen.
type UnitChoice = (String, String, bool);

#[derive(Template)]
#[template(path = "library/issue.html")]
struct IssuePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    post_name: String,
    form: &'a Fields,
    /// Each branch with its units.
    branches: Vec<(String, Vec<UnitChoice>)>,
    documents: Vec<(String, String)>,
    issued: Vec<Line>,
    problems: &'a Problems,
    fresh: bool,
    done: &'a str,
}

pub async fn list(
    State(app): State<App>,
    Visitor { frame, at }: Visitor,
    Query(asked): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let (shown, turn) =
        turn(shelf.directives.iter().collect(), asked.page, PAGE, "/library/directives", &at)?;
    let lines = shown.into_iter().map(|directive| line(directive, &directory, &at)).collect();
    Ok(Page::of(&ListPage { frame, at: &at, lines, turn })?.into_response())
}

pub async fn show(
    State(app): State<App>,
    Visitor { frame, at }: Visitor,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let id: DirectiveId = id.parse().map_err(|_| Failure::NotFound)?;
    let directive = shelf.directives.iter().find(|one| one.id == id).ok_or(Failure::NotFound)?;
    let units = units(&directive.units, organisation);
    let document = directive.document.as_ref().and_then(|id| organisation.document(id));
    let page = DirectivePage {
        frame,
        by: directory.post_name(&directive.by),
        day: day(directive),
        document: document
            .map(|found| (at.to(format!("/library/documents/{}", found.id)), found.title.clone())),
        units: if units.is_empty() { "All units".to_owned() } else { units.join("; ") },
        at: &at,
        directive,
    };
    Ok(Page::of(&page)?.into_response())
}

/// Units by name. Those below one that is named stand behind it as a number: under a headquarters there are many.
fn units(all: &[UnitId], organisation: &Organisation) -> Vec<String> {
    let named = |id: &UnitId| all.contains(id);
    let above = |id: &UnitId| organisation.path(id).iter().any(|unit| unit.id != *id && named(&unit.id));
    let words = |id: &UnitId| {
        let name = organisation.unit(id).map_or_else(|| id.to_string(), |unit| unit.name.clone());
        match organisation.units_below(id).into_iter().filter(|unit| named(&unit.id)).count() {
            0 => name,
            1 => format!("{name} and 1 unit below it"),
            below => format!("{name} and {below} units below it"),
        }
    };
    all.iter().filter(|id| !above(id)).map(words).collect()
}

pub async fn form(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let fresh = staff.signed_in.fresh;
    let page = issue_page(&app, &staff, &Fields::default(), &Problems::default(), fresh, &done).await?;
    Ok(page.into_response())
}

async fn issue_page(
    app: &App,
    staff: &Staff,
    form: &Fields,
    problems: &Problems,
    fresh: bool,
    done: &str,
) -> Result<Page, Failure> {
    let seat = issues(&staff.signed_in).ok_or(Failure::NotFound)?;
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let chosen: Vec<&str> = form.all("unit").collect();
    let branches = organisation.branches.iter().map(|branch| {
        let units = organisation.units_of(&branch.id).into_iter().map(|unit| {
            let id = unit.id.to_string();
            let is = chosen.contains(&id.as_str());
            (id, unit.name.clone(), is)
        });
        (branch.name.clone(), units.collect())
    });
    let own = shelf.directives.iter().filter(|one| one.by == seat.post && one.withdrawn.is_none());
    Page::of(&IssuePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        post_name: directory.post_name(&seat.post),
        form,
        branches: branches.collect(),
        documents: organisation
            .documents
            .iter()
            .map(|document| (document.id.to_string(), super::heading(&document.title)))
            .collect(),
        issued: own
            .map(|one| Line {
                href: format!("{DIRECTIVES}/{}", one.id),
                ..line(one, &directory, &At::default())
            })
            .collect(),
        problems,
        fresh,
        done,
    })
}

pub async fn issue(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    issues(&staff.signed_in).ok_or(Failure::NotFound)?;
    let mut problems = Problems::default();
    let title =
        Prose::parse(form.one("title"), TITLE_MOST).map_err(|error| problems.add("title", error.to_string()));
    let text =
        Prose::parse(form.one("text"), TEXT_MOST).map_err(|error| problems.add("text", error.to_string()));
    let units: Vec<UnitId> = form.all("unit").map(Into::into).collect();
    if units.len() > UNITS_MOST {
        problems.add("unit", format!("Choose at most {UNITS_MOST} units, or none for all."));
    }
    let document = Some(form.one("document")).filter(|id| !id.is_empty()).map(Into::into);
    let refreshed = afresh(&app, &headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?;
    let by = refreshed.as_ref().unwrap_or(&staff.signed_in);
    if let (true, Ok(title), Ok(text)) = (problems.is_empty(), title, text) {
        match app.candor.issue_directive(by, &NewDirective { title, text, document, units }).await {
            Ok(_) => return Ok(see_other_emptying_the_form(&format!("{DIRECTIVES}?done=issued"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::Unusable(words)) => problems.add("unit", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = issue_page(&app, &staff, &form, &problems, by.fresh, "").await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn own(app: &App, staff: &Staff, id: &str) -> Result<Directive, Failure> {
    let seat = issues(&staff.signed_in).ok_or(Failure::NotFound)?;
    let id: DirectiveId = id.parse().map_err(|_| Failure::NotFound)?;
    let shelf = app.candor.shelf().await?;
    let mut own = shelf.directives.iter().filter(|one| one.by == seat.post && one.withdrawn.is_none());
    own.find(|one| one.id == id).cloned().ok_or(Failure::NotFound)
}

fn what(directive: &Directive) -> What<'_> {
    What {
        list: (DIRECTIVES, "Directives"),
        title: format!("Withdraw “{}”", directive.title),
        text: &directive.text,
        action: format!("{DIRECTIVES}/{}", directive.id),
    }
}

pub async fn ask_withdrawal(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let directive = own(&app, &staff, &id).await?;
    Ok(what(&directive).ask(&app, &staff)?.into_response())
}

pub async fn withdraw(
    State(app): State<App>,
    headers: HeaderMap,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let directive = own(&app, &staff, &id).await?;
    let sent = Sent::read(&app, &headers, &staff, &form).await?;
    let ended = match sent.reason() {
        Some(reason) => Some(app.candor.withdraw_directive(sent.by(&staff), directive.id, reason).await),
        None => None,
    };
    what(&directive).answer(&app, &staff, sent, ended)
}
