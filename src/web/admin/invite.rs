//! Inviting somebody: the one-time link is shown once and goes by hand.

use askama::Template;
use axum::extract::State;
use axum::http::uri::Authority;
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};

use crate::domain::id::PostId;
use crate::domain::organisation::Organisation;
use crate::service::Problem;
use crate::service::accounts::{NAME_MOST, plain_name};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::form::Problems;
use crate::web::page::{Page, StaffFrame};
use crate::web::setup::JOIN;

use super::{INVITE, PEOPLE, administrator, frame};

/// The rows of posts: who is invited seldom holds more than one.
const ROWS: [(&str, &str); 4] =
    [("post_1", "lead_1"), ("post_2", "lead_2"), ("post_3", "lead_3"), ("post_4", "lead_4")];

#[derive(Template)]
#[template(path = "admin/invite.html")]
struct InvitePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    problems: &'a Problems,
    form: &'a Fields,
    /// Identifier and name of every post.
    posts: Vec<(String, String)>,
}

#[derive(Template)]
#[template(path = "admin/invited.html")]
pub(super) struct InvitedPage {
    pub frame: StaffFrame,
    pub name: String,
    pub link: String,
    /// Whether they had an account with keys before.
    pub again: bool,
}

/// Who is to be invited.
#[derive(Debug, PartialEq, Eq)]
struct Invitation {
    name: String,
    administrator: bool,
    auditor: bool,
    posts: Vec<(PostId, bool)>,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    Ok(page(&app, &staff, &Fields::default(), &Problems::default()).await?.into_response())
}

/// Invites, and shows the link: in the answer itself, so that it stands in no address but its own.
pub async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    administrator(&staff)?;
    let directory = app.candor.directory().await?;
    let problems = match read(&form, directory.organisation.as_deref()) {
        Err(problems) => problems,
        Ok(Invitation { name, administrator, auditor, posts }) => {
            let invited = if auditor {
                app.candor.invite_auditor(&staff.signed_in, &name).await
            } else {
                app.candor.invite(&staff.signed_in, &name, administrator, &posts).await
            };
            match invited {
                Ok(token) => {
                    let link = link(&headers, app.settings.behind_tls, &token);
                    let page = InvitedPage { frame: frame(&app, &staff), name, link, again: false };
                    return Ok(Page::of(&page)?.into_response());
                }
                Err(Problem::Unusable(words)) => {
                    let mut problems = Problems::default();
                    problems.add("name", words);
                    problems
                }
                Err(problem) => return Err(problem.into()),
            }
        }
    };
    let page = page(&app, &staff, &form, &problems).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Reads the form against the organisation's posts.
fn read(form: &Fields, organisation: Option<&Organisation>) -> Result<Invitation, Problems> {
    let mut problems = Problems::default();
    let name = plain_name(form.one("name"));
    if name.is_none() {
        let says =
            format!("Use letters, digits, dots, hyphens, underscores and @, at most {NAME_MOST} in all.");
        problems.add("name", says);
    }
    let mut posts: Vec<(PostId, bool)> = Vec::new();
    for (field, lead) in ROWS {
        let (typed, lead) = (form.one(field), form.has(lead));
        if typed.is_empty() {
            if lead {
                problems.add(field, "Choose the post that this person is to lead.");
            }
            continue;
        }
        let known =
            organisation.and_then(|known| typed.parse().ok().filter(|post: &PostId| known.has_post(post)));
        match known {
            None => problems.add(field, "Choose one of the posts offered."),
            Some(post) if posts.iter().any(|(other, _)| *other == post) => {
                problems.add(field, "This post is chosen twice.");
            }
            Some(post) if lead && !matches!(post, PostId::Council(_)) => {
                problems.add(field, "Only the Council has leads. Take the tick away, or choose the Council.");
            }
            Some(post) => posts.push((post, lead)),
        }
    }
    let (administrator, auditor) = (form.has("administrator"), form.has("auditor"));
    if auditor && (administrator || !posts.is_empty()) {
        problems
            .add("auditor", "An auditor holds no post and is no administrator. Take one or the other away.");
    }
    match name {
        Some(name) if problems.is_empty() => Ok(Invitation { name, administrator, auditor, posts }),
        _ => Err(problems),
    }
}

/// The link in full, if the browser said which host it asked; else without the host.
pub(super) fn link(headers: &HeaderMap, behind_tls: bool, token: &str) -> String {
    let host = headers
        .get(header::HOST)
        .and_then(|host| host.to_str().ok())
        .filter(|host| !host.contains('@') && host.parse::<Authority>().is_ok());
    let scheme = if behind_tls { "https" } else { "http" };
    host.map_or_else(|| format!("{JOIN}{token}"), |host| format!("{scheme}://{host}{JOIN}{token}"))
}

async fn page(app: &App, staff: &Staff, form: &Fields, problems: &Problems) -> Result<Page, Failure> {
    let directory = app.candor.directory().await?;
    let posts = directory.organisation.as_ref().map_or_else(Vec::new, |organisation| {
        let mut posts: Vec<(String, String)> = organisation
            .posts()
            .iter()
            .map(|post| (post.to_string(), organisation.post_name(post)))
            .collect();
        // In the order of their names, for that is how somebody looks for one.
        posts.sort_by(|one, other| one.1.cmp(&other.1));
        posts
    });
    Page::of(&InvitePage { frame: frame(app, staff), csrf: &staff.signed_in.csrf, problems, form, posts })
}

#[cfg(test)]
mod tests {
    use axum::http::{HeaderMap, HeaderValue};

    use askama::Template;

    use super::{Fields, Invitation, InvitePage, StaffFrame, link, read};
    use crate::domain::id::PostId;
    use crate::domain::organisation::Organisation;

    fn organisation() -> Organisation {
        Organisation::parse(include_str!("../../demonstration/organisation.toml")).unwrap()
    }

    #[test]
    fn a_name_and_posts_are_read_and_leads_are_the_councils() {
        let organisation = organisation();
        let council = organisation.council_posts()[0].to_string();
        let form = Fields::of(&[
            ("name", " Ann.Lee "),
            ("post_1", &council),
            ("lead_1", "yes"),
            ("post_3", "secretary"),
        ]);
        let read = read(&form, Some(&organisation)).unwrap();
        let posts = vec![(council.parse().unwrap(), true), (PostId::Secretary, false)];
        assert_eq!(
            read,
            Invitation { name: "ann.lee".to_owned(), administrator: false, auditor: false, posts }
        );
    }

    #[test]
    fn each_fault_is_told_at_its_field() {
        let organisation = organisation();
        let form = Fields::of(&[
            ("name", "ann lee"),
            ("post_1", "secretary"),
            ("lead_1", "yes"),
            ("post_2", "commander:NOWHERE"),
            ("lead_3", "yes"),
        ]);
        let problems = read(&form, Some(&organisation)).unwrap_err();
        let fields: Vec<&str> = problems.iter().map(|problem| problem.field).collect();
        assert_eq!(fields, ["name", "post_1", "post_2", "post_3"]);
        for more in ["post_1", "administrator"] {
            let form = Fields::of(&[("name", "ann"), ("auditor", "yes"), (more, "secretary")]);
            assert!(!read(&form, Some(&organisation)).unwrap_err().of("auditor").is_empty());
        }
        assert!(read(&Fields::of(&[("name", "ann"), ("auditor", "yes")]), None).unwrap().auditor);
        let twice = Fields::of(&[("name", "ann"), ("post_1", "secretary"), ("post_2", "secretary")]);
        assert!(!read(&twice, Some(&organisation)).unwrap_err().of("post_2").is_empty());
        let early = Fields::of(&[("name", "ann"), ("post_1", "secretary")]);
        assert!(read(&early, None).is_err());
        assert!(read(&Fields::of(&[("name", "ann"), ("administrator", "yes")]), None).unwrap().administrator);
    }

    #[test]
    fn what_was_chosen_is_chosen_again_after_a_fault() {
        let form = Fields::of(&[("name", "ann lee"), ("post_2", "secretary"), ("lead_2", "yes")]);
        let problems = read(&form, Some(&organisation())).unwrap_err();
        let posts = vec![("secretary".to_owned(), "Secretary".to_owned())];
        let frame = StaffFrame::default();
        let page = InvitePage { frame, csrf: "token", problems: &problems, form: &form, posts };
        let html = page.render().unwrap();
        assert!(html.contains("name=\"name\" value=\"ann lee\""), "{html}");
        assert_eq!(html.matches(" selected").count(), 1);
        assert_eq!(html.matches(" checked").count(), 1);
        assert!(html.contains("Post 4") && html.contains("href=\"#post_2\""), "{html}");
        assert_eq!(html.matches("button primary").count(), 1);
    }

    #[test]
    fn the_link_names_the_host_that_was_asked() {
        let mut headers = HeaderMap::new();
        assert_eq!(link(&headers, true, "ab"), "/setup/join/ab");
        headers.insert("host", HeaderValue::from_static("site.example:8443"));
        assert_eq!(link(&headers, true, "ab"), "https://site.example:8443/setup/join/ab");
        headers.insert("host", HeaderValue::from_static("a@evil.example"));
        assert_eq!(link(&headers, true, "ab"), "/setup/join/ab");
    }
}
