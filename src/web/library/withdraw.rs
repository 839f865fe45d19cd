//! Withdrawing something that everybody reads, an entry or a directive: one form, one answer.

use askama::Template;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::service::Problem;
use crate::service::accounts::SignedIn;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::sign_in::afresh;

/// What is withdrawn, and where.
pub struct What<'a> {
    /// The page with the list: its address and name.
    pub list: (&'static str, &'static str),
    pub title: String,
    pub text: &'a str,
    /// Where the form is sent.
    pub action: String,
}

#[derive(Template)]
#[template(path = "library/withdraw.html")]
struct WithdrawPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    what: &'a What<'a>,
    reason: &'a str,
    problems: &'a Problems,
    fresh: bool,
}

impl What<'_> {
    /// The form.
    pub fn ask(&self, app: &App, staff: &Staff) -> Result<Page, Failure> {
        self.page(app, staff, "", &Problems::default(), staff.signed_in.fresh)
    }

    fn page(
        &self,
        app: &App,
        staff: &Staff,
        reason: &str,
        problems: &Problems,
        fresh: bool,
    ) -> Result<Page, Failure> {
        Page::of(&WithdrawPage {
            frame: staff.frame(app, &staff.signed_in.sign_in_name),
            csrf: &staff.signed_in.csrf,
            what: self,
            reason,
            problems,
            fresh,
        })
    }

    /// What the form is answered with, once it was done or not.
    pub fn answer(
        &self,
        app: &App,
        staff: &Staff,
        sent: Sent<'_>,
        ended: Option<Result<(), Problem>>,
    ) -> Result<Response, Failure> {
        let fresh = sent.by(staff).fresh;
        let mut problems = sent.problems;
        match ended {
            Some(Ok(())) => {
                return Ok(see_other_emptying_the_form(&format!("{}?done=withdrawn", self.list.0)));
            }
            Some(Err(Problem::SignInAgain)) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            // Somebody else was faster.
            Some(Err(Problem::NotFound)) => return Err(Failure::Changed),
            Some(Err(problem)) => return Err(problem.into()),
            None => {}
        }
        let page = self.page(app, staff, sent.typed, &problems, fresh)?;
        Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
    }
}

/// The form as it was sent, by somebody who has just signed in, if they have.
pub struct Sent<'a> {
    typed: &'a str,
    reason: Option<Prose>,
    refreshed: Option<SignedIn>,
    problems: Problems,
}

impl<'a> Sent<'a> {
    pub async fn read(
        app: &App,
        headers: &HeaderMap,
        staff: &Staff,
        form: &'a Fields,
    ) -> Result<Self, Failure> {
        let typed = form.one("reason");
        let mut problems = Problems::default();
        let reason = Prose::parse(typed, limit::REASON)
            .map_err(|error| problems.add("reason", error.to_string()))
            .ok();
        let refreshed = afresh(app, headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?;
        Ok(Self { typed, reason, refreshed, problems })
    }

    pub fn by<'b>(&'b self, staff: &'b Staff) -> &'b SignedIn {
        self.refreshed.as_ref().unwrap_or(&staff.signed_in)
    }

    /// The reason, if nothing is wrong with the form.
    pub fn reason(&self) -> Option<&Prose> {
        self.reason.as_ref().filter(|_| self.problems.is_empty())
    }
}
