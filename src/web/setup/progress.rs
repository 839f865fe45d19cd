//! How far the set-up is, and the next step.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::id::AccountId;
use crate::service::accounts::{Lead, Readiness};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};
use crate::web::{addresses, admin, sign_in};

use super::FOUND;

#[derive(Template)]
#[template(path = "setup/progress.html")]
struct ProgressPage<'a> {
    frame: StaffFrame,
    readiness: &'a Readiness,
    step: Step,
}

/// What has to happen next, for whoever looks at the page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    pub says: String,
    /// Address and label, if this person can do it.
    pub button: Option<(&'static str, &'static str)>,
}

/// Who looks at the page.
#[derive(Clone, Copy, Debug)]
pub(super) struct Looking {
    pub account: AccountId,
    pub administrator: bool,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let readiness = app.candor.readiness().await?;
    let looking = Looking { account: signed_in.account, administrator: signed_in.administrator };
    let step = next(&readiness, looking);
    let frame = staff.frame(&app, &signed_in.sign_in_name);
    Ok(Page::of(&ProgressPage { frame, readiness: &readiness, step })?.into_response())
}

/// How far a founding lead is.
fn stage(lead: &Lead) -> &'static str {
    match lead {
        Lead { founded: true, .. } => "Has founded this site",
        Lead { fingerprint: Some(_), .. } => "Has activated the account, has not founded yet",
        Lead { sign_in_name: Some(_), .. } => "Invited, has not opened the link yet",
        _ => "Not invited yet",
    }
}

/// The next step.
pub(super) fn next(readiness: &Readiness, looking: Looking) -> Step {
    let administrator = |says: &str, button| {
        if looking.administrator {
            Step { says: says.to_owned(), button: Some(button) }
        } else {
            Step { says: format!("{says} The administrator does this."), button: None }
        }
    };
    if readiness.founded {
        let says = "Everything is ready. Concerns are accepted.".to_owned();
        return Step { says, button: Some((addresses::DESK, "Go to your desk")) };
    }
    if !readiness.organisation {
        let button = (admin::ORGANISATION, "Describe the organisation");
        return administrator("The organisation has to be described: its agencies, units and posts.", button);
    }
    if let Some(lead) = readiness.leads.iter().find(|lead| lead.sign_in_name.is_none()) {
        let says = format!("The Council lead of {} has to be invited.", lead.component);
        return administrator(&says, (admin::INVITE, "Invite somebody"));
    }
    if let Some(waits) = readiness.leads.iter().find(|lead| lead.fingerprint.is_none()) {
        let name = waits.sign_in_name.as_deref().unwrap_or_default();
        let says = format!("{name} has to open the one-time link and choose a passphrase.");
        return Step { says, button: None };
    }
    let not_yet = |lead: &&Lead| !lead.founded;
    if readiness.leads.iter().filter(not_yet).any(|lead| lead.account == Some(looking.account)) {
        let says = "Compare fingerprints with the other lead, then sign the founding.".to_owned();
        return Step { says, button: Some((FOUND, "Found this site")) };
    }
    if let Some(lead) = readiness.leads.iter().find(not_yet) {
        let says = format!("The Council lead of {} has to found this site.", lead.component);
        return Step { says, button: None };
    }
    if readiness.leads.iter().any(|lead| lead.account == Some(looking.account)) {
        let says = "The posts below need somebody. Approve the people who were invited.".to_owned();
        return Step { says, button: Some((sign_in::APPROVALS, "See who waits for your approval")) };
    }
    let says = "The posts below need somebody, invited here and approved by a Council lead.";
    administrator(says, (admin::INVITE, "Invite somebody"))
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::{Looking, ProgressPage, StaffFrame, next};
    use crate::domain::id::AccountId;
    use crate::service::accounts::{Lead, Readiness};

    fn account(number: u128) -> AccountId {
        AccountId(uuid::Uuid::from_u128(number))
    }

    fn lead(number: u128, component: &str) -> Lead {
        Lead {
            component: component.to_owned(),
            sign_in_name: Some(format!("lead-{number}")),
            fingerprint: Some("00000 11111".to_owned()),
            founded: false,
            account: Some(account(number)),
        }
    }

    fn seen_by(readiness: &Readiness, number: u128) -> (String, Option<&'static str>) {
        let looking = Looking { account: account(number), administrator: number == 0 };
        let step = next(readiness, looking);
        (step.says, step.button.map(|(address, _)| address))
    }

    #[test]
    fn the_next_step_is_a_button_only_for_whoever_can_take_it() {
        let mut readiness = Readiness::default();
        assert_eq!(seen_by(&readiness, 0).1, Some("/admin/organisation"));
        let (says, button) = seen_by(&readiness, 1);
        assert!(says.ends_with("The administrator does this.") && button.is_none());

        readiness.organisation = true;
        readiness.missing = vec!["Secretary".to_owned()];
        let invited = Lead { fingerprint: None, ..lead(2, "Harbour Service") };
        let missing = Lead { sign_in_name: None, account: None, ..invited.clone() };
        readiness.leads = vec![lead(1, "River Guard"), missing];
        assert_eq!(seen_by(&readiness, 0).1, Some("/admin/people/invite"));
        assert!(seen_by(&readiness, 1).0.contains("Harbour Service"));

        readiness.leads[1] = invited;
        assert_eq!(seen_by(&readiness, 1).1, None);

        readiness.leads[1] = lead(2, "Harbour Service");
        assert_eq!(seen_by(&readiness, 1).1, Some("/setup/found"));
        assert_eq!(seen_by(&readiness, 0).1, None);
        readiness.leads[0].founded = true;
        assert_eq!(seen_by(&readiness, 1).1, None);
        assert_eq!(seen_by(&readiness, 2).1, Some("/setup/found"));

        readiness.leads[1].founded = true;
        assert_eq!(seen_by(&readiness, 1).1, Some("/staff/approvals"));
        assert_eq!(seen_by(&readiness, 0).1, Some("/admin/people/invite"));

        let page = ProgressPage {
            frame: StaffFrame::default(),
            readiness: &readiness,
            step: next(&readiness, Looking { account: account(1), administrator: false }),
        };
        let html = page.render().unwrap();
        assert!(html.contains("1 without anybody") && html.contains("<li>11111</li>"), "{html}");
        assert!(html.contains("River Guard:</strong> Has founded this site (lead-1)"), "{html}");

        readiness.founded = true;
        assert_eq!(seen_by(&readiness, 3).1, Some("/desk"));
    }
}
