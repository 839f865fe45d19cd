//! A change that Council leads agree to or decline: of calendar and time standards, or of the organisation.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::agreement::About;
use crate::service::Problem;
use crate::service::agreement::ChangeView;
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};

use super::{ORGANISATION, TIME, afresh};

#[derive(Template)]
#[template(path = "account/change.html")]
struct ChangePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    about: About,
    address: &'static str,
    title: &'static str,
    view: &'a ChangeView,
    problems: &'a Problems,
    done: &'a str,
    fresh: bool,
    lead: bool,
}

const fn address(about: About) -> &'static str {
    match about {
        About::Time => TIME,
        About::Organisation => ORGANISATION,
    }
}

pub async fn time(state: State<App>, staff: Staff, query: Query<Done>) -> Result<Response, Failure> {
    show(state, staff, query, About::Time).await
}

pub async fn organisation(state: State<App>, staff: Staff, query: Query<Done>) -> Result<Response, Failure> {
    show(state, staff, query, About::Organisation).await
}

pub async fn send_time(
    state: State<App>,
    headers: HeaderMap,
    form: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    send(state, headers, form, About::Time).await
}

pub async fn send_organisation(
    state: State<App>,
    headers: HeaderMap,
    form: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    send(state, headers, form, About::Organisation).await
}

async fn show(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
    about: About,
) -> Result<Response, Failure> {
    let fresh = staff.signed_in.fresh;
    Ok(page(&app, &staff, about, &Problems::default(), &done, fresh).await?.into_response())
}

/// Agrees or declines.
async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
    about: About,
) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    // For whom there is no such page, no passphrase is asked either.
    app.candor.change(signed_in, about).await?;
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
            app.candor.decline(now_signed_in, about, version).await.map(|()| "declined")
        } else {
            let agreed = app.candor.agree(now_signed_in, about, version).await;
            agreed.map(|all| if all { "in-force" } else { "agreed" })
        };
        match ended {
            Ok(done) => return Ok(see_other_emptying_the_form(&format!("{}?done={done}", address(about)))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            // Who held a post when it was proposed may have left it since.
            Err(Problem::Unusable(words)) if about == About::Organisation => problems.add("agree", words),
            // Somebody was faster, perhaps this very person in another window.
            Err(Problem::Unusable(_) | Problem::Store(StoreError::Conflict)) => return Err(Failure::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, about, &problems, "", now_signed_in.fresh).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

async fn page(
    app: &App,
    staff: &Staff,
    about: About,
    problems: &Problems,
    done: &str,
    fresh: bool,
) -> Result<Page, Failure> {
    let signed_in = &staff.signed_in;
    let view = app.candor.change(signed_in, about).await?;
    Page::of(&ChangePage {
        frame: staff.frame(app, &signed_in.sign_in_name),
        csrf: &signed_in.csrf,
        about,
        address: address(about),
        title: match about {
            About::Time => "A change of calendar or time standards",
            About::Organisation => "A change of the organisation",
        },
        view: &view,
        problems,
        done,
        fresh,
        lead: signed_in.seats.iter().any(|seat| seat.lead),
    })
}
