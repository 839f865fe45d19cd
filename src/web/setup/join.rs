//! Taking up an invitation by its one-time link.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::accounts::{Invited, check_passphrase};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::{Fields, InPath, Problems};
use crate::web::page::{Page, StaffFrame};
use crate::web::sign_in::outside;
use crate::web::{addresses, cookies};

use super::JOIN;

#[derive(Template)]
#[template(path = "setup/join.html")]
struct JoinPage<'a> {
    frame: StaffFrame,
    address: String,
    invited: &'a Invited,
    problems: &'a Problems,
}

#[derive(Template)]
#[template(path = "setup/joined.html")]
struct JoinedPage<'a> {
    frame: StaffFrame,
    invited: &'a Invited,
    fingerprint: &'a str,
}

#[derive(Template)]
#[template(path = "setup/link_over.html")]
struct LinkOverPage {
    frame: StaffFrame,
}

pub async fn show(State(app): State<App>, InPath(token): InPath<String>) -> Result<Response, Failure> {
    let Some(invited) = app.candor.invitation(&token).await? else { return over(&app) };
    Ok(page(&app, &token, &invited, &Problems::default())?.into_response())
}

/// Makes the account's keys under the chosen passphrase, and shows their fingerprint.
pub async fn activate(
    State(app): State<App>,
    InPath(token): InPath<String>,
    fields: Fields,
) -> Result<Response, Failure> {
    let Some(invited) = app.candor.invitation(&token).await? else { return over(&app) };
    let words = app.candor.passphrase_words(&invited.sign_in_name).await?;
    let mut problems = chosen(fields.one("passphrase"), fields.one("again"), &words);
    if problems.is_empty() {
        match app.candor.activate(&token, fields.one("passphrase")).await {
            Ok(activated) => {
                let fingerprint = &activated.fingerprint;
                let page = JoinedPage { frame: outside(&app), invited: &invited, fingerprint };
                let mut response = Page::of(&page)?.into_response();
                cookies::empty_form_on_back(&mut response);
                return Ok(response);
            }
            Err(Problem::NotFound) => return over(&app),
            Err(Problem::Unusable(words)) => problems.add("passphrase", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &token, &invited, &problems)?.with_status(StatusCode::UNPROCESSABLE_ENTITY);
    Ok(page.into_response())
}

/// What is wrong with a new passphrase, typed twice. Neither is ever shown again.
fn chosen(typed: &str, again: &str, words: &[String]) -> Problems {
    let mut problems = Problems::default();
    if let Err(words) = check_passphrase(typed, words) {
        problems.add("passphrase", words);
    } else if typed != again {
        problems.add("again", "The second one differs from the first. Please type both again.");
    }
    problems
}

fn page(app: &App, token: &str, invited: &Invited, problems: &Problems) -> Result<Page, Failure> {
    let address = format!("{JOIN}{token}");
    Page::of(&JoinPage { frame: outside(app), address, invited, problems })
}

/// Used, expired and never made: one answer.
fn over(app: &App) -> Result<Response, Failure> {
    let page = Page::of(&LinkOverPage { frame: outside(app) })?.with_status(StatusCode::NOT_FOUND);
    Ok(page.into_response())
}

#[cfg(test)]
mod tests {
    use super::chosen;

    #[test]
    fn a_passphrase_is_long_enough_and_typed_twice_alike() {
        let fine = "four random words here";
        assert!(chosen(fine, fine, &[]).is_empty());
        assert!(!chosen("too short", "too short", &[]).of("passphrase").is_empty());
        let differing = chosen(fine, "four random words her", &[]);
        assert!(differing.of("passphrase").is_empty());
        assert!(!differing.of("again").is_empty());
        assert!(differing.iter().all(|problem| !problem.says.contains("random words her")));
    }
}
