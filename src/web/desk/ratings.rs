//! What commanders and reporters say of outcomes, for the Council.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::clock::Timestamp;
use crate::domain::dispute::Level;
use crate::service::cases::{RatedOutcome, RatingView};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::page::{Page, StaffFrame};
use crate::web::when;

use super::around::Around;
use super::list::LAST_PAGE;
use super::who::Here;

#[derive(Template)]
#[template(path = "desk/ratings.html")]
struct RatingsPage<'a> {
    frame: StaffFrame,
    desk: String,
    post_name: &'a str,
    outcomes: Vec<Outcome>,
    page: u32,
    earlier: String,
    later: String,
}

/// An outcome with what is said of it.
struct Outcome {
    number: String,
    /// Empty where this seat does not see the case.
    href: String,
    between: String,
    decided: String,
    issue: String,
    finding: String,
    ratings: Vec<Rated>,
}

/// What somebody said of an outcome.
pub struct Rated {
    pub by: String,
    pub when: String,
    pub points: Vec<(&'static str, &'static str)>,
    pub words: String,
}

impl Rated {
    #[must_use]
    pub fn of(view: &RatingView, now: Timestamp, around: &Around<'_>) -> Self {
        Self {
            by: view.by.clone(),
            when: view.when.map_or_else(String::new, |when| when::moment(when, now, around.calendar)),
            points: view.rating.each().map(|(question, points)| (question.label(), points.label())).to_vec(),
            words: view.words.as_str().to_owned(),
        }
    }
}

#[derive(Debug, Deserialize)]
pub struct Which {
    #[serde(default)]
    page: u32,
}

/// The address of the page for a post.
#[must_use]
pub fn address(here: &Here) -> String {
    format!("/desk/{}/ratings", here.post)
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(post): InPath<String>,
    Query(which): Query<Which>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let page = which.page.min(LAST_PAGE);
    let rated = app.candor.rated_outcomes(&here.staff.signed_in, &here.seat, page).await?;
    let sheet = here.sheet(&app)?;
    let at = |page: u32| format!("{}?page={page}", address(&here));
    let rendered = Page::of(&RatingsPage {
        desk: format!("/desk/{}", here.post),
        post_name: &here.post_name,
        outcomes: rated.outcomes.iter().map(|one| outcome(one, &here, sheet.now, &sheet.around)).collect(),
        page: page + 1,
        earlier: page.checked_sub(1).map(at).unwrap_or_default(),
        later: if rated.more { at(page + 1) } else { String::new() },
        frame: sheet.frame,
    })?;
    Ok(rendered.into_response())
}

fn outcome(rated: &RatedOutcome, here: &Here, now: Timestamp, around: &Around<'_>) -> Outcome {
    let resolution = &rated.resolution;
    let [raising, concerned] = &resolution.places;
    let level = match resolution.level {
        Level::Field => "the two commanders",
        Level::Council => "the Council",
        Level::Secretary => "the Secretary",
    };
    Outcome {
        href: if rated.sees_case { here.case(&rated.number) } else { String::new() },
        number: rated.number.clone(),
        between: format!("{raising} and {concerned}"),
        decided: format!("{}, by {level}", resolution.proposal.kind.label()),
        issue: resolution.proposal.issue.as_str().to_owned(),
        finding: resolution.proposal.finding.as_str().to_owned(),
        ratings: rated.ratings.iter().map(|rating| Rated::of(rating, now, around)).collect(),
    }
}
