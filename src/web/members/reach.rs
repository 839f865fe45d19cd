//! How far what the library handed out has come, for headquarters and the Council: a quarter on a page.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::measures::Quarter;
use crate::domain::policy;
use crate::domain::reach::{IN_TIME, LEAST, LEAST_ACROSS, Share};
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
    /// The components, one a column.
    heads: Vec<String>,
    items: Vec<(Line, String, Vec<String>)>,
}

pub async fn newest(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let quarters = app.candor.quarters_handed_out(&staff.signed_in).await?;
    let newest = quarters.first().copied();
    page(&app, &staff, &quarters, newest).await
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(quarter): InPath<String>,
) -> Result<Response, Failure> {
    let quarters = app.candor.quarters_handed_out(&staff.signed_in).await?;
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
        Some(quarter) => Some(sheet(app, &app.candor.reach(&staff.signed_in, quarter).await?).await?),
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
    let shown = reach.shown();
    let words = |share: &Option<Share>| share.map_or_else(|| "Not handed out".to_owned(), Share::words);
    let items = reach.items.iter().filter_map(|item| {
        let shares = item.shares.iter().map(words).collect();
        Some((line(shown.get(&item.id)?, &directory), day(item.day), shares))
    });
    Ok(Sheet {
        name: reach.quarter.words(),
        heads: reach.components.iter().map(|id| directory.component_name(id)).collect(),
        items: items.collect(),
    })
}
