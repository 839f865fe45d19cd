//! A working group: its own page, and what the Council and the Secretary see of it.

use askama::Template;

use crate::service::cases::{CaseView, GroupView};
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};

use super::act::Act;
use super::around::Around;
use super::case::{Offer, Said, gone, history, offers, said};
use super::who::Sheet;
use crate::web::when::{self, Countdown};

/// What the group reads of a case: what it is asked, what it says. Never the concern.
#[derive(Template)]
#[template(path = "desk/group.html")]
struct GroupPage<'a> {
    frame: StaffFrame,
    desk: String,
    post_name: &'a str,
    view: &'a CaseView,
    done: &'static str,
    group: GroupBox,
    /// That the texts are gone, in words.
    gone: String,
    primary: Option<Offer>,
    others: Vec<Offer>,
    history: Vec<(String, &'a str)>,
}

/// A working group's part in a case.
pub struct GroupBox {
    pub name: String,
    pub clock: Option<Countdown>,
    /// How it ended, once it has.
    pub ended: &'static str,
    pub tasks: Vec<Said>,
    pub talk: Vec<Said>,
    pub report: Vec<Said>,
}

#[must_use]
pub fn in_a_box(view: &CaseView, around: &Around<'_>) -> Option<GroupBox> {
    view.later.group.as_ref().map(|group| boxed(group, view, around))
}

fn boxed(group: &GroupView, view: &CaseView, around: &Around<'_>) -> GroupBox {
    let clock = || when::countdown("Report", group.assigned, group.due, view.now, around.calendar);
    GroupBox {
        name: group.name.clone(),
        clock: group.ended.is_none().then(clock),
        ended: match (group.ended, &group.report) {
            (None, _) => "",
            (Some(_), Some(_)) => "It has reported.",
            (Some(_), None) => "It ended without a report.",
        },
        tasks: said(&group.tasks, view.now, around),
        talk: said(&group.talk, view.now, around),
        report: said(group.report.as_slice(), view.now, around),
    }
}

pub(super) fn page(sheet: Sheet<'_>, view: &CaseView, done: &str) -> Result<Page, Failure> {
    let (primary, others) = offers(view, &sheet.case(&view.number));
    Page::of(&GroupPage {
        desk: format!("/desk/{}", sheet.post),
        post_name: sheet.post_name,
        done: Act::from_word(done).map_or("", Act::done),
        group: in_a_box(view, &sheet.around).ok_or(Failure::NotFound)?,
        gone: gone(view, &sheet.around),
        primary,
        others,
        history: history(view, &sheet.around),
        view,
        frame: sheet.frame,
    })
}
