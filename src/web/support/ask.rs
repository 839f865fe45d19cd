//! The form that asks for support.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::clock::DAY;
use crate::domain::id::PostId;
use crate::domain::prose::Prose;
use crate::domain::support::{FURTHEST, furthest, limit};
use crate::service::Problem;
use crate::service::readings::asking_seats;
use crate::service::support::NewSupport;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::library::{Choice, chosen_post, commanders_of_the_other_side, marked, no_case};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::when;

use super::{ASK, SUPPORT};

#[derive(Template)]
#[template(path = "support/ask.html")]
struct AskPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    form: &'a Fields,
    posts: Vec<Choice>,
    /// Commanders of the other agency.
    others: Vec<Choice>,
    /// The first and the last day that may be named.
    first: String,
    last: String,
    problems: &'a Problems,
}

async fn page(app: &App, staff: &Staff, form: &Fields, problems: &Problems) -> Result<Page, Failure> {
    let directory = app.candor.directory().await?;
    let seats = || asking_seats(&staff.signed_in);
    let posts = seats().map(|seat| (seat.post.to_string(), directory.post_name(&seat.post)));
    let posts = marked(form, "post", posts);
    if posts.is_empty() {
        return Err(Failure::NotFound);
    }
    let now = app.candor.now();
    Page::of(&AskPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        form,
        posts,
        others: commanders_of_the_other_side(form, seats(), &directory)?,
        first: when::field_value(now.plus(DAY), &directory.calendar),
        last: when::field_value(furthest(now, &directory.calendar), &directory.calendar),
        problems,
    })
}

pub async fn form(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    Ok(page(&app, &staff, &Fields::default(), &Problems::default()).await?.into_response())
}

pub async fn send(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let post = chosen_post(&form, asking_seats(&staff.signed_in))?;
    let mut problems = Problems::default();
    let of = form.one("with").parse::<PostId>().ok();
    if of.is_none() {
        problems.add("with", "Choose the commander whom you ask.");
    }
    let what = Prose::parse(form.one("what"), limit::WHAT);
    let what = what.map_err(|error| problems.add("what", error.to_string())).ok();
    let what = what.filter(|what| no_case(what.as_str(), "what", &mut problems));
    let directory = app.candor.directory().await?;
    let now = app.candor.now();
    let due = when::end_of_day(form.one("due"), &directory.calendar);
    let due = due.filter(|due| *due > now && *due <= furthest(now, &directory.calendar));
    if due.is_none() {
        problems.add("due", format!("Choose a day that is still to come, within {FURTHEST} days."));
    }
    if let (true, Some(of), Some(what), Some(due)) = (problems.is_empty(), of, what, due) {
        match app.candor.ask_support(&staff.signed_in, &post, NewSupport { of, what, due }).await {
            Ok(_) => return Ok(see_other_emptying_the_form(&format!("{SUPPORT}?done=asked"))),
            Err(Problem::Unusable(words)) => problems.add("with", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, &form, &problems).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}
