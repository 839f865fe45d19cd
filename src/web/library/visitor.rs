//! Somebody who reads. Where there is an access phrase (AN-27) it is asked for once; its pass, the same for
//! everybody, then travels in the address from page to page: a cookie would be the first thing to tell visitors
//! apart, and a form in the place of every link would take the links away.

use askama::Template;
use axum::extract::{FromRequestParts, State};
use axum::http::request::Parts;
use axum::http::{StatusCode, Uri};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::service::access::PHRASE_MOST;
use crate::web::App;
use crate::web::addresses;
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems, Query};
use crate::web::page::{Page, VisitorFrame, see_other_emptying_the_form};

/// Longest address that is led back to.
const LONGEST: usize = 200;

/// A reader who may come in.
#[derive(Debug)]
pub struct Visitor {
    pub frame: VisitorFrame,
    pub at: At,
}

/// Addresses of the library as this reader needs them.
#[derive(Clone, Debug, Default)]
pub struct At {
    /// Empty where no phrase is set.
    pub pass: String,
}

impl At {
    /// An address with the pass, if there is one.
    #[must_use]
    pub fn to(&self, path: impl AsRef<str>) -> String {
        let path = path.as_ref();
        let join = if path.contains('?') { '&' } else { '?' };
        if self.pass.is_empty() { path.to_owned() } else { format!("{path}{join}access={}", self.pass) }
    }
}

#[derive(Debug, Deserialize)]
struct Asked {
    #[serde(default)]
    access: String,
}

#[derive(Template)]
#[template(path = "library/access.html")]
struct AccessPage<'a> {
    frame: VisitorFrame,
    errors: &'a Problems,
    to: &'a str,
}

fn ask(frame: VisitorFrame, to: &str, errors: &Problems) -> Result<Response, Failure> {
    let status = if errors.is_empty() { StatusCode::OK } else { StatusCode::UNPROCESSABLE_ENTITY };
    Ok(Page::of(&AccessPage { frame, errors, to })?.with_status(status).into_response())
}

/// An address of the library to go on to, and nothing else.
fn inside(to: &str) -> &str {
    let plain = |letter: char| letter.is_ascii_alphanumeric() || matches!(letter, '/' | '-' | '_');
    let is_ours = to == addresses::LIBRARY || to.starts_with("/library/");
    if is_ours && to.len() <= LONGEST && to.chars().all(plain) { to } else { addresses::LIBRARY }
}

impl Visitor {
    /// A reader with this pass, or the page that asks for the phrase.
    pub async fn with(app: &App, frame: VisitorFrame, pass: &str, to: &str) -> Result<Self, Response> {
        let known = app.candor.phrase_is_set().await.map_err(|error| Failure::from(error).into_response())?;
        if !known {
            return Ok(Self { frame, at: At::default() });
        }
        match app.candor.may_pass(pass).await {
            Ok(true) => Ok(Self { frame, at: At { pass: pass.to_owned() } }),
            Ok(false) => {
                Err(ask(frame, inside(to), &Problems::default()).unwrap_or_else(IntoResponse::into_response))
            }
            Err(error) => Err(Failure::from(error).into_response()),
        }
    }
}

impl FromRequestParts<App> for Visitor {
    type Rejection = Response;

    async fn from_request_parts(parts: &mut Parts, app: &App) -> Result<Self, Response> {
        let Ok(frame) = VisitorFrame::from_request_parts(parts, app).await;
        let Query(Asked { access }) =
            Query::from_request_parts(parts, app).await.map_err(IntoResponse::into_response)?;
        let to = Uri::path(&parts.uri).to_owned();
        Self::with(app, frame, &access, &to).await
    }
}

/// Takes the phrase, and leads on with its pass.
pub async fn phrase(
    State(app): State<App>,
    frame: VisitorFrame,
    fields: Fields,
) -> Result<Response, Failure> {
    let to = inside(fields.one("to"));
    if !app.candor.phrase_is_set().await? {
        return Ok(see_other_emptying_the_form(to));
    }
    let typed = fields.one("phrase");
    if typed.chars().count() <= PHRASE_MOST
        && let Some(pass) = app.candor.pass_for(typed).await?
    {
        return Ok(see_other_emptying_the_form(&At { pass }.to(to)));
    }
    let mut errors = Problems::default();
    errors.add("phrase", "This is not the access phrase. Please check it, and type it again.");
    ask(frame, to, &errors)
}

#[cfg(test)]
mod tests {
    use super::{At, inside};

    #[test]
    fn the_way_on_leads_nowhere_else() {
        assert_eq!(inside("/library/topics/boats"), "/library/topics/boats");
        for wrong in ["", "/desk", "//evil.example", "/library//../desk?x", "/library\r\nx", "/librarything"]
        {
            assert!(inside(wrong) == "/library", "{wrong}");
        }
    }

    #[test]
    fn a_pass_is_added_to_any_address() {
        let at = At { pass: "ab".to_owned() };
        assert_eq!(at.to("/library"), "/library?access=ab");
        assert_eq!(at.to("/library?page=2"), "/library?page=2&access=ab");
        assert_eq!(At::default().to("/library"), "/library");
    }
}
