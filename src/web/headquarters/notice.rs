//! One notice, whole.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::domain::id::NoticeId;
use crate::domain::organisation::Organisation;
use crate::service::library::Shelf;
use crate::service::notices::NoticeView;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::form::InPath;
use crate::web::library::comparing::departs_from;
use crate::web::page::{Page, StaffFrame, see_other};

use super::stands::{ActionRow, actions};
use super::{Here, level_word};
use crate::web::when;

#[derive(Template)]
#[template(path = "headquarters/notice.html")]
struct NoticePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    list: String,
    address: String,
    post_name: &'a str,
    notice: &'a NoticeView,
    level: &'static str,
    document: String,
    signed: Vec<String>,
    actions: Vec<ActionRow>,
    made: String,
    due: String,
    acknowledged: Option<(String, &'a str)>,
    /// The entries to which it is another answer: address and words.
    departs_from: Vec<(String, String)>,
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((post, id)): InPath<(String, String)>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let id: NoticeId = id.parse().map_err(|_| Failure::NotFound)?;
    let notice = app.candor.notice(&here.staff.signed_in, &here.seat, id).await?;
    let shelf = app.candor.shelf().await?;
    Ok(page(here.frame(&app), &here, &notice, &shelf, app.candor.clock.now())?.into_response())
}

pub async fn acknowledge(
    State(app): State<App>,
    InPath((post, id)): InPath<(String, String)>,
    CheckedForm { staff, form: _ }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let id: NoticeId = id.parse().map_err(|_| Failure::NotFound)?;
    let count = app.candor.acknowledge_notices(&here.staff.signed_in, &here.seat, &[id]).await?;
    Ok(see_other(&format!("{}?done={count}", here.address())))
}

pub(super) fn page(
    frame: StaffFrame,
    here: &Here,
    notice: &NoticeView,
    shelf: &Shelf,
    now: Timestamp,
) -> Result<Page, Failure> {
    let organisation = here.directory.organisation()?;
    let calendar = &here.directory.calendar;
    let resolution = &notice.resolution;
    let list = here.address();
    Page::of(&NoticePage {
        frame,
        csrf: &here.staff.signed_in.csrf,
        address: format!("{list}/notice/{}", notice.id),
        list,
        post_name: &here.post_name,
        notice,
        level: level_word(resolution.level),
        document: document(notice, organisation),
        departs_from: departs_from(&resolution.proposal.comparison, shelf),
        signed: resolution.signed.iter().map(|post| here.directory.post_name(post)).collect(),
        actions: actions(notice, &here.directory),
        made: when::day(notice.made_at, calendar),
        due: when::moment(notice.due, now, calendar),
        acknowledged: notice
            .acknowledged
            .as_ref()
            .map(|(at, by)| (when::moment(*at, now, calendar), by.as_str())),
    })
}

/// The governing document that a notice names.
pub(super) fn document(notice: &NoticeView, organisation: &Organisation) -> String {
    match &notice.resolution.proposal.document {
        None => "None".to_owned(),
        // A document that has left the organisation's list still has its identifier.
        Some(id) => {
            organisation.document(id).map_or_else(|| id.to_string(), |document| document.title.clone())
        }
    }
}
