//! One account: bar it, give it a new link, ask a post to let it go. None of it opens anything.

use askama::Template;
use axum::extract::State;
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::accounts::Person;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, InPath, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other};

use super::invite::{InvitedPage, link};
use super::people::standing;
use super::{PEOPLE, administrator, frame};

#[derive(Template)]
#[template(path = "admin/person.html")]
struct PersonPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    person: &'a Person,
    address: String,
    yourself: bool,
    problems: &'a Problems,
    done: &'a str,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(account): InPath<String>,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let person = find(&app, &staff, &account).await?;
    Ok(page(&app, &staff, &person, &Problems::default(), &done)?.into_response())
}

/// Does what the button said.
pub async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    InPath(account): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let person = find(&app, &staff, &account).await?;
    let by = &staff.signed_in;
    let (done, result) = match form.one("do") {
        "bar" => ("barred", app.candor.bar(by, person.account, true).await),
        "admit" => ("admitted", app.candor.bar(by, person.account, false).await),
        "ask" => {
            let held = person.posts.iter().find(|held| held.post.to_string() == form.one("post"));
            let held = held.ok_or(Failure::Unprocessable)?;
            ("asked", app.candor.ask_removal(by, person.account, &held.post).await)
        }
        "link" => match app.candor.invite_back(by, person.account).await {
            Ok(token) => {
                let link = link(&headers, app.settings.behind_tls, &token);
                let frame = frame(&app, &staff);
                let page = InvitedPage { frame, name: person.sign_in_name, link, again: person.activated };
                return Ok(Page::of(&page)?.into_response());
            }
            Err(problem) => ("", Err(problem)),
        },
        _ => return Err(Failure::Unprocessable),
    };
    match result {
        Ok(()) => Ok(see_other(&format!("{PEOPLE}/{}?done={done}", person.account))),
        Err(Problem::Unusable(words)) => {
            let mut problems = Problems::default();
            problems.add("account", words);
            let page = page(&app, &staff, &person, &problems, "")?;
            Ok(page.with_status(axum::http::StatusCode::UNPROCESSABLE_ENTITY).into_response())
        }
        Err(problem) => Err(problem.into()),
    }
}

async fn find(app: &App, staff: &Staff, account: &str) -> Result<Person, Failure> {
    let people = app.candor.people(&staff.signed_in).await?;
    people.into_iter().find(|person| person.account.to_string() == account).ok_or(Failure::NotFound)
}

fn page(app: &App, staff: &Staff, person: &Person, problems: &Problems, done: &str) -> Result<Page, Failure> {
    Page::of(&PersonPage {
        frame: frame(app, staff),
        csrf: &staff.signed_in.csrf,
        address: format!("{PEOPLE}/{}", person.account),
        yourself: person.account == staff.signed_in.account,
        person,
        problems,
        done,
    })
}
