//! Signing in.

use askama::Template;
use axum::extract::{Extension, State};
use axum::http::{HeaderMap, HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::crypto::passkey::{Answer, Challenge};
use crate::crypto::passphrase::Passphrase;
use crate::service::accounts::{Attempt, NAME_MOST, SignInError};
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems, Query};
use crate::web::layers::address::AddressHash;
use crate::web::page::{Page, StaffFrame, see_other, see_other_emptying_the_form};
use crate::web::{App, cookies};

use super::{cookie, home, outside};
use crate::web::local::same_site;

#[derive(Template)]
#[template(path = "account/sign_in.html")]
struct SignInPage<'a> {
    frame: StaffFrame,
    problems: &'a Problems,
    typed: &'a str,
    /// Where to go on to; empty for the usual place.
    to: &'a str,
    /// Seconds to wait, and whether wrong tries are why.
    busy: Option<(u32, bool)>,
    /// What to ask the browser for a passkey, and where it has to be; the same for everybody.
    passkey: Option<(Challenge, &'a str)>,
}

#[derive(Template)]
#[template(path = "account/visit_open.html")]
struct VisitOpenPage {
    frame: StaffFrame,
    end: &'static str,
    csrf: CsrfToken,
}

/// Where a reporter ends a visit. Sent there and not here, so that the staff log has no line of it.
const END_OF_VISIT: &str = "/return/end";

#[derive(Debug, Deserialize)]
pub struct To {
    #[serde(default)]
    pub to: String,
}

/// Asks for name and passphrase; or, while a visit with a receipt is open, to end that first.
pub async fn show(
    State(app): State<App>,
    headers: HeaderMap,
    Query(To { to }): Query<To>,
) -> Result<Response, Failure> {
    if let Some(visit) = cookies::value(&headers, cookies::VISIT) {
        let csrf = CsrfToken::of(visit.as_bytes());
        return Ok(
            Page::of(&VisitOpenPage { frame: outside(&app), end: END_OF_VISIT, csrf })?.into_response()
        );
    }
    if let Some(cookie) = cookie(&headers)
        && let Some(signed_in) = app.candor.session(cookie).await?
    {
        let founded = app.candor.directory().await?.founded;
        return Ok(see_other(same_site(&to).unwrap_or_else(|| home(founded, &signed_in))));
    }
    let to = same_site(&to).unwrap_or_default();
    let passkey = passkey(&app)?;
    let problems = &Problems::default();
    let page = SignInPage { frame: outside(&app), problems, typed: "", to, busy: None, passkey };
    Ok(Page::of(&page)?.into_response())
}

fn passkey(app: &App) -> Result<Option<(Challenge, &str)>, Failure> {
    Ok(app.candor.passkey_asked()?.zip(app.candor.passkeys_at()))
}

/// Signs in. Every failure that could tell whether there is such an account has one answer.
pub async fn open(
    State(app): State<App>,
    address: Option<Extension<AddressHash>>,
    headers: HeaderMap,
    fields: Fields,
) -> Result<Response, Failure> {
    let name = fields.one("name");
    let to = same_site(fields.one("to"));
    let came = match Passphrase::new(fields.one("passphrase").to_owned()) {
        Ok(passphrase) => {
            let from = address.map(|Extension(address)| *address.as_bytes());
            let answer = Answer { sealed: fields.one("challenge"), given: fields.one("passkey") };
            let passkey = Some(answer).filter(|answer| !answer.given.is_empty());
            let code = fields.one("code");
            app.candor.sign_in_with(&Attempt { name, passphrase, code, passkey, from }).await
        }
        Err(_) => Err(SignInError::Refused),
    };
    let mut problems = Problems::default();
    let mut busy = None;
    match came {
        Ok(begun) => return go_on(&app, &headers, &begun, to).await,
        Err(SignInError::Busy { retry_after }) => busy = Some((retry_after, false)),
        Err(SignInError::Wait { seconds }) => busy = Some((seconds, true)),
        Err(SignInError::Problem(problem)) => return Err(problem.into()),
        Err(refused) => problems.add("name", refused.to_string()),
    }
    // A name far beyond any limit is no typing error; it need not come back.
    let typed = if name.chars().count() <= 4 * NAME_MOST { name } else { "" };
    let to = to.unwrap_or_default();
    let passkey = passkey(&app)?;
    let page = SignInPage { frame: outside(&app), problems: &problems, typed, to, busy, passkey };
    Ok(match busy {
        None => Page::of(&page)?.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response(),
        Some((seconds, tries)) => {
            let status = if tries { StatusCode::TOO_MANY_REQUESTS } else { StatusCode::SERVICE_UNAVAILABLE };
            let mut response = Page::of(&page)?.with_status(status).into_response();
            response.headers_mut().insert(header::RETRY_AFTER, HeaderValue::from(seconds));
            response
        }
    })
}

async fn go_on(app: &App, headers: &HeaderMap, begun: &str, to: Option<&str>) -> Result<Response, Failure> {
    if let Some(old) = cookie(headers)
        && let Some(earlier) = app.candor.session(old).await?
    {
        // The browser forgets it, so nobody could sign out of it any more.
        app.candor.sign_out(&earlier).await?;
    }
    let signed_in =
        app.candor.session(begun).await?.ok_or(Failure::Internal("a new session is not there"))?;
    let founded = app.candor.directory().await?.founded;
    let mut response = see_other_emptying_the_form(to.unwrap_or_else(|| home(founded, &signed_in)));
    // A visit opened in another tab meanwhile. Done always, so that nothing shows whether there was one.
    cookies::forget(&mut response, cookies::VISIT);
    cookies::set(&mut response, cookies::STAFF, begun);
    Ok(response)
}

#[cfg(test)]
mod tests {
    use askama::Template;

    use super::SignInPage;
    use crate::web::form::Problems;
    use crate::web::page::StaffFrame;

    #[test]
    fn a_failed_sign_in_keeps_the_name_and_never_the_passphrase() {
        let mut problems = Problems::default();
        problems.add("name", "This name and passphrase do not match.");
        let frame = StaffFrame::default();
        let page = SignInPage {
            frame,
            problems: &problems,
            typed: "ann<lee",
            to: "/desk",
            busy: Some((10, false)),
            passkey: None,
        };
        let html = page.render().unwrap();
        for part in [
            "id=\"name\" name=\"name\" value=\"ann&#60;lee\"",
            "type=\"password\" id=\"passphrase\" name=\"passphrase\" value=\"\"",
            "href=\"#name\"",
            "name=\"to\" value=\"/desk\"",
            "in 10 seconds",
            "at most 64 characters",
            "at most 256 characters",
        ] {
            assert!(html.contains(part), "{part}\n{html}");
        }
        assert_eq!(html.matches("button primary").count(), 1);
    }
}
