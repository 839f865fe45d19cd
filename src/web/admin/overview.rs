//! Where the administrator starts.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};
use crate::web::restored;
use crate::web::setup::SETUP;

use super::people::risks;
use super::{INVITE, ORGANISATION, PEOPLE, administrator, frame, status};

#[derive(Template)]
#[template(path = "admin/overview.html")]
struct OverviewPage {
    frame: StaffFrame,
    restored: String,
    founded: bool,
    /// Numbers of agencies, units and posts; none before there is an organisation.
    organisation: Option<(usize, usize, usize)>,
    people: usize,
    /// How many have not taken up their invitation.
    invited: usize,
    /// Numbers of posts without anybody and with one person.
    empty: usize,
    single: usize,
    /// How many tellings outside were given up.
    dead: usize,
    /// Whether nothing about how the site runs needs anybody.
    well: bool,
    /// Whether an access phrase is asked for.
    phrase: bool,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    let directory = app.candor.directory().await?;
    let people = app.candor.people(&staff.signed_in).await?;
    let dead = app.candor.deliveries(&staff.signed_in).await?.dead.len();
    let risks = risks(directory.organisation.as_deref(), &directory.acting);
    let page = Page::of(&OverviewPage {
        frame: frame(&app, &staff),
        restored: restored::for_staff(&directory, app.candor.now()),
        founded: directory.founded,
        organisation: directory
            .organisation
            .as_ref()
            .map(|known| (known.components.len(), known.units.len(), known.posts().len())),
        invited: people.iter().filter(|person| !person.activated).count(),
        people: people.len(),
        empty: risks.empty.len(),
        single: risks.single.len(),
        dead,
        well: status::is_well(&app).await,
        phrase: app.candor.asks_for_phrase(&staff.signed_in).await?,
    })?;
    Ok(page.into_response())
}
