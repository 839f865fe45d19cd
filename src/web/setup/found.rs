//! Founding: each Council lead compares with the other, outside this system, and signs.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::id::AccountId;
use crate::service::Problem;
use crate::service::accounts::{Lead, Readiness};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::form::Problems;
use crate::web::page::{Page, StaffFrame, see_other, see_other_emptying_the_form};
use crate::web::sign_in::afresh;

use super::{FOUND, SETUP};

#[derive(Template)]
#[template(path = "setup/found.html")]
struct FoundPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    mine: &'a Lead,
    other: &'a Lead,
    problems: &'a Problems,
    compared: bool,
    fresh: bool,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let readiness = app.candor.readiness().await?;
    let (mine, other) = leads(&readiness, staff.signed_in.account).ok_or(Failure::NotFound)?;
    if mine.founded {
        return Ok(see_other(SETUP));
    }
    let fresh = staff.signed_in.fresh;
    Ok(page(&app, &staff, (mine, other), &Problems::default(), false, fresh)?.into_response())
}

/// Signs the founding for this lead's component.
pub async fn sign(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let readiness = app.candor.readiness().await?;
    let (mine, other) = leads(&readiness, signed_in.account).ok_or(Failure::NotFound)?;
    if mine.founded {
        return Ok(see_other(SETUP));
    }
    let compared = form.has("compared");
    let mut problems = ready(other, form.one("fingerprint"), compared)?;
    let refreshed = afresh(&app, &headers, signed_in, form.one("passphrase"), &mut problems).await?;
    let now_signed_in = refreshed.as_ref().unwrap_or(signed_in);
    if problems.is_empty() {
        match app.candor.found(now_signed_in).await {
            Ok(()) => return Ok(see_other_emptying_the_form(SETUP)),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::Refused(refusal)) => problems.add("compared", refusal.to_string()),
            Err(Problem::Unusable(words)) => problems.add("compared", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, (mine, other), &problems, compared, now_signed_in.fresh)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// What still keeps this lead from signing. `seen` is the other lead's fingerprint as the page showed it.
fn ready(other: &Lead, seen: &str, compared: bool) -> Result<Problems, Failure> {
    let mut problems = Problems::default();
    match &other.fingerprint {
        None => problems.add("compared", "The other lead has no fingerprint yet. Please wait for it."),
        Some(fingerprint) if fingerprint != seen => return Err(Failure::Changed),
        Some(_) if !compared => {
            problems.add("compared", "Compare both fingerprints first, then tick the box.");
        }
        Some(_) => {}
    }
    Ok(problems)
}

/// This person's own lead and the other component's; none if this person is to found nothing.
fn leads(readiness: &Readiness, account: AccountId) -> Option<(&Lead, &Lead)> {
    match readiness.leads.as_slice() {
        [mine, other] if mine.account == Some(account) => Some((mine, other)),
        [other, mine] if mine.account == Some(account) => Some((mine, other)),
        _ => None,
    }
}

fn page(
    app: &App,
    staff: &Staff,
    (mine, other): (&Lead, &Lead),
    problems: &Problems,
    compared: bool,
    fresh: bool,
) -> Result<Page, Failure> {
    Page::of(&FoundPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        mine,
        other,
        problems,
        compared,
        fresh,
    })
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{FoundPage, leads, ready};
    use crate::domain::id::AccountId;
    use crate::service::accounts::{Lead, Readiness};
    use crate::web::errors::Failure;
    use crate::web::form::Problems;
    use crate::web::page::StaffFrame;

    fn lead(number: u128) -> Lead {
        Lead {
            component: format!("Component {number}"),
            sign_in_name: None,
            fingerprint: Some(format!("0000{number}")),
            founded: false,
            account: Some(AccountId(uuid::Uuid::from_u128(number))),
        }
    }

    #[test]
    fn only_the_two_leads_found_and_each_sees_which_is_theirs() {
        let readiness = Readiness { leads: vec![lead(1), lead(2)], ..Readiness::default() };
        for (number, other) in [(1, 2), (2, 1)] {
            let account = AccountId(uuid::Uuid::from_u128(number));
            assert_eq!(leads(&readiness, account), Some((&lead(number), &lead(other))));
        }
        assert_eq!(leads(&readiness, AccountId(uuid::Uuid::from_u128(3))), None);
    }

    #[test]
    fn both_fingerprints_stand_side_by_side_and_the_page_asks_for_the_passphrase_if_need_be() {
        let problems = Problems::default();
        let (mine, other) = (lead(1), lead(2));
        let page = |fresh| {
            let (mine, other) = (&mine, &other);
            let frame = StaffFrame::default();
            let page =
                FoundPage { frame, csrf: "token", mine, other, problems: &problems, compared: false, fresh };
            page.render().unwrap()
        };
        let html = page(false);
        for part in ["<li>00001</li>", "<li>00002</li>", "name=\"csrf\" value=\"token\"", "id=\"passphrase\""]
        {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert!(!page(true).contains("passphrase\""));
    }

    #[test]
    fn nothing_is_signed_before_the_very_fingerprint_shown_was_compared() {
        assert!(ready(&lead(2), "00002", true).unwrap().is_empty());
        assert!(!ready(&lead(2), "00002", false).unwrap().of("compared").is_empty());
        assert!(matches!(ready(&lead(2), "00003", true), Err(Failure::Changed)));
        let waiting = Lead { fingerprint: None, ..lead(2) };
        assert!(!ready(&waiting, "", true).unwrap().is_empty());
    }
}
