//! How far what the library handed out has come, for headquarters and the Council: a quarter on a page.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::measures::Quarter;
use crate::domain::policy;
use crate::domain::reach::LEAST;
use crate::service::Problem;
use crate::service::members::Reach;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::InPath;
use crate::web::page::{Page, StaffFrame};

use super::{Line, REACH, day, line};

/// Quarters that are offered.
const OFFERED: usize = 8;

#[derive(Template)]
#[template(path = "members/reach.html")]
struct ReachPage {
    frame: StaffFrame,
    /// Address and name of each quarter, newest first, and whether it is shown.
    quarters: Vec<(String, String, bool)>,
    shown: Option<Sheet>,
}

struct Sheet {
    name: String,
    whole: String,
    items: Vec<(Line, String, String)>,
    components: Vec<Component>,
}

struct Component {
    name: String,
    share: String,
    branches: Vec<(String, String)>,
    units: Vec<(String, String)>,
}

fn may_come(staff: &Staff) -> Result<(), Failure> {
    let reads = staff.signed_in.seats.iter().any(|seat| policy::reads_measures(&seat.post));
    if reads { Ok(()) } else { Err(Failure::NotFound) }
}

pub async fn newest(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    may_come(&staff)?;
    let quarters = app.candor.quarters_handed_out().await?;
    let newest = quarters.first().copied();
    page(&app, &staff, &quarters, newest).await
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(quarter): InPath<String>,
) -> Result<Response, Failure> {
    may_come(&staff)?;
    let quarters = app.candor.quarters_handed_out().await?;
    let quarter = quarter.parse().ok().filter(|quarter| quarters.contains(quarter));
    page(&app, &staff, &quarters, Some(quarter.ok_or(Failure::NotFound)?)).await
}

async fn page(
    app: &App,
    staff: &Staff,
    quarters: &[Quarter],
    shown: Option<Quarter>,
) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    if !directory.founded {
        return Err(Problem::NotFounded.into());
    }
    let sheet = match shown {
        Some(quarter) => Some(sheet(app, &app.candor.reach(quarter).await?).await?),
        None => None,
    };
    let post = staff.signed_in.seats.iter().find(|seat| policy::reads_measures(&seat.post));
    let name = post.map_or_else(String::new, |seat| directory.post_name(&seat.post));
    let offered = quarters
        .iter()
        .take(OFFERED)
        .map(|quarter| (format!("{REACH}/{quarter}"), quarter.words(), Some(*quarter) == shown));
    let page = ReachPage { frame: staff.frame(app, &name), quarters: offered.collect(), shown: sheet };
    Ok(Page::of(&page)?.into_response())
}

async fn sheet(app: &App, reach: &Reach) -> Result<Sheet, Failure> {
    let directory = app.candor.directory().await?;
    let organisation = directory.organisation()?;
    let shown = reach.shown();
    let items = reach
        .items
        .iter()
        .filter_map(|item| Some((line(shown.get(&item.id)?, &directory), day(item.day), item.share.words())));
    let components = reach.components.iter().map(|component| Component {
        name: directory.component_name(&component.component),
        share: component.share.words(),
        branches: component.branches.iter().map(|(name, share)| (name.clone(), share.words())).collect(),
        units: component
            .units
            .iter()
            .map(|one| {
                let name = organisation
                    .unit(&one.unit)
                    .map_or_else(|| one.unit.to_string(), |unit| unit.name.clone());
                (name, one.share.words())
            })
            .collect(),
    });
    Ok(Sheet {
        name: reach.quarter.words(),
        whole: reach.whole.words(),
        items: items.collect(),
        components: components.collect(),
    })
}
