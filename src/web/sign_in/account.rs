//! Who one is here.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::{APPROVALS, CONFIRM, MEMBERS, PASSPHRASE, SECOND_FACTOR, SESSIONS};
use crate::service::accounts::FactorState;

#[derive(Template)]
#[template(path = "account/account.html")]
struct AccountPage<'a> {
    frame: StaffFrame,
    name: &'a str,
    administrator: bool,
    /// Name of each post, and whether this person leads it.
    posts: Vec<(String, bool)>,
    fingerprint: &'a str,
    ends: String,
    fresh: bool,
    /// How many people wait for this person's approval.
    waiting: usize,
    factor: FactorState,
    /// Posts that this person alone holds, by name.
    alone: Vec<String>,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let directory = app.candor.directory().await?;
    let now = app.candor.clock.now();
    let page = Page::of(&AccountPage {
        frame: staff.frame(&app, &signed_in.sign_in_name),
        name: &signed_in.sign_in_name,
        administrator: signed_in.administrator,
        posts: signed_in.seats.iter().map(|seat| (directory.post_name(&seat.post), seat.lead)).collect(),
        fingerprint: &app.candor.own_fingerprint(signed_in).await?,
        ends: when::moment(signed_in.idle_until, now, &directory.calendar),
        fresh: signed_in.fresh,
        factor: app.candor.factor_state(signed_in).await?,
        alone: signed_in
            .seats
            .iter()
            .filter(|seat| directory.others(seat.account, &seat.post) == 0)
            .map(|seat| directory.post_name(&seat.post))
            .collect(),
        waiting: app.candor.to_approve(signed_in).await?.len(),
    })?;
    Ok(page.into_response())
}
