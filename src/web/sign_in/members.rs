//! The people of one's posts: who else is there, hand-over, and letting somebody go.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::service::Problem;
use crate::service::accounts::{Fellow, PostPeople, SignedIn};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, InPath, Problems, Query};
use crate::web::local::in_address;
use crate::web::page::{Page, StaffFrame, see_other, see_other_emptying_the_form};

use super::{APPROVALS, MEMBERS, afresh};

#[derive(Template)]
#[template(path = "account/members.html")]
struct MembersPage {
    frame: StaffFrame,
    posts: Vec<PostPeople>,
    /// How many of them one person holds whom only a founding lead can let go.
    others: usize,
    pressing: bool,
    done: bool,
}

#[derive(Template)]
#[template(path = "account/remove.html")]
struct RemovePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    post: &'a PostPeople,
    fellow: &'a Fellow,
    address: String,
    problems: &'a Problems,
    sure: bool,
    fresh: bool,
}

/// Who holds one's posts.
pub async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let posts = app.candor.post_people(&staff.signed_in).await?;
    let frame = staff.frame(&app, &staff.signed_in.sign_in_name);
    let others = posts.iter().filter(|post| !post.mine).count();
    // What the administrator asks for is not folded away.
    let pressing = posts.iter().any(|post| !post.mine && post.fellows.iter().any(|fellow| fellow.asked));
    Ok(Page::of(&MembersPage { frame, posts, others, pressing, done: done == "yes" })?.into_response())
}

/// Somebody who may be let go, with what that means.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((post, account)): InPath<(String, String)>,
) -> Result<Response, Failure> {
    let (post, fellow) = find(&app, &staff.signed_in, &account, &post).await?;
    let fresh = staff.signed_in.fresh;
    Ok(page(&app, &staff, &post, &fellow, &Problems::default(), false, fresh)?.into_response())
}

/// Signs the removal.
pub async fn remove(
    State(app): State<App>,
    headers: HeaderMap,
    InPath((post, account)): InPath<(String, String)>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let signed_in = &staff.signed_in;
    let (post, fellow) = find(&app, signed_in, &account, &post).await?;
    let sure = form.has("sure");
    let mut problems = Problems::default();
    if !sure {
        problems.add("sure", "Tick the box if they are to leave this post.");
    }
    let refreshed = afresh(&app, &headers, signed_in, form.one("passphrase"), &mut problems).await?;
    let now_signed_in = refreshed.as_ref().unwrap_or(signed_in);
    if problems.is_empty() {
        match app.candor.remove(now_signed_in, fellow.account, &post.post).await {
            Ok(()) => return Ok(see_other_emptying_the_form(&format!("{MEMBERS}?done=yes"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::NotFound) => return Ok(see_other(MEMBERS)),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, &post, &fellow, &problems, sure, now_signed_in.fresh)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Whoever the address names, if this person may let them go; anybody else is not there.
async fn find(
    app: &App,
    signed_in: &SignedIn,
    account: &str,
    post: &str,
) -> Result<(PostPeople, Fellow), Failure> {
    let posts = app.candor.post_people(signed_in).await?;
    let post = posts.into_iter().find(|one| one.post.to_string() == post).ok_or(Failure::NotFound)?;
    let fellow = post.fellows.iter().find(|one| one.account.to_string() == account && !one.yourself);
    let fellow = fellow.cloned().ok_or(Failure::NotFound)?;
    Ok((post, fellow))
}

fn address(post: &PostPeople, fellow: &Fellow) -> String {
    format!("{MEMBERS}/{}/{}", in_address(&post.post.to_string()), fellow.account)
}

fn page(
    app: &App,
    staff: &Staff,
    post: &PostPeople,
    fellow: &Fellow,
    problems: &Problems,
    sure: bool,
    fresh: bool,
) -> Result<Page, Failure> {
    Page::of(&RemovePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        address: address(post, fellow),
        post,
        fellow,
        problems,
        sure,
        fresh,
    })
}
