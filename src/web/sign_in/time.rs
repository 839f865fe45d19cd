//! A change of calendar or time standards: each Council lead agrees or declines.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::time::TimeView;
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};

use super::{TIME, afresh};

#[derive(Template)]
#[template(path = "account/time.html")]
struct TimePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    view: &'a TimeView,
    problems: &'a Problems,
    done: &'a str,
    fresh: bool,
    lead: bool,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let fresh = staff.signed_in.fresh;
    Ok(page(&app, &staff, &Problems::default(), &done, fresh).await?.into_response())
}

/// Agrees or declines.
pub async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    // For whom there is no such page, no passphrase is asked either.
    app.candor.time_settings(signed_in).await?;
    let version: i64 = form.one("version").parse().map_err(|_| Failure::Malformed)?;
    let declines = match form.one("do") {
        "agree" => false,
        "decline" => true,
        _ => return Err(Failure::Malformed),
    };
    let mut problems = Problems::default();
    let refreshed = afresh(&app, &headers, signed_in, form.one("passphrase"), &mut problems).await?;
    let now_signed_in = refreshed.as_ref().unwrap_or(signed_in);
    if problems.is_empty() {
        let ended = if declines {
            app.candor.decline_time(now_signed_in, version).await.map(|()| "declined")
        } else {
            app.candor
                .agree_to_time(now_signed_in, version)
                .await
                .map(|both| if both { "in-force" } else { "agreed" })
        };
        match ended {
            Ok(done) => return Ok(see_other_emptying_the_form(&format!("{TIME}?done={done}"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            // Somebody was faster, perhaps this very person in another window.
            Err(Problem::Unusable(_) | Problem::Store(StoreError::Conflict)) => return Err(Failure::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, &problems, "", now_signed_in.fresh).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn page(
    app: &App,
    staff: &Staff,
    problems: &Problems,
    done: &str,
    fresh: bool,
) -> Result<Page, Failure> {
    let signed_in = &staff.signed_in;
    let view = app.candor.time_settings(signed_in).await?;
    Page::of(&TimePage {
        frame: staff.frame(app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        view: &view,
        problems,
        done,
        fresh,
        lead: signed_in.seats.iter().any(|seat| seat.lead),
    })
}
