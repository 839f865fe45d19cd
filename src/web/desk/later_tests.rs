//! Pages above the field and after an outcome, as they are drawn.

use axum::response::IntoResponse;

use super::act::Act;
use super::act_page::{self, Came};
use super::case as case_page;
use super::samples::{NOW, account, asked_of_a_group, case, resolved, typed, world};
use super::typed::Typed;
use super::waits::Waits;
use super::{group, parse};
use crate::clock::DAY;
use crate::domain::concern::Pace;
use crate::domain::deadline::Standards;
use crate::domain::dispute::{Closed, Closing, Level, Side, Stage};
use crate::domain::policy::CommandKind;
use crate::service::cases::HandlerAct;
use crate::web::errors::Failure;
use crate::web::page::{Page, Rendered};

fn html_of(page: Result<Page, Failure>) -> String {
    page.unwrap().into_response().extensions().get::<Rendered>().unwrap().0.clone()
}

#[test]
fn what_a_working_group_sees_is_its_question_and_nothing_of_the_case() {
    let (mut world, view) = (world(), asked_of_a_group());
    world.seat = view.seat.clone();
    let html = html_of(group::page(world.sheet(), &view, ""));
    assert!(html.contains("Which order works elsewhere?") && html.contains("Report to the Council"));
    assert!(html.contains("Memorandum") && html.contains("North and Hill"));
    // Though the view were to hold all of it.
    for kept in ["nobody picks up", "every&#60;/b&#62;", "Within two hours.", "Extraordinary", "Routine"] {
        assert!(!html.contains(kept), "{kept}");
    }
    assert!(!html.contains("/tell\""), "it never writes to the reporter");
    assert!(group::page(world.sheet(), &case(), "").is_err(), "where no group was asked there is no page");
}

#[test]
fn an_action_offers_what_is_open_to_this_seat_and_names_itself() {
    let (world, mut view) = (world(), resolved());
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("/waive?action=1\"") && !html.contains("/verify") && !html.contains("/done"));
    assert!(html.contains("Not yet done"));
    view.offers.extend([CommandKind::Verify, CommandKind::Done]);
    view.later.actions[0].progress.done = Some((NOW, account(3)));
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("/verify?action=1\"") && !html.contains("/done?action"), "it is not ours to do");
    assert_eq!(Waits::of(&view).first(&view).map(|(act, _)| act), Some(Act::Verify));
    // Nobody checks their own work, from whichever post.
    view.later.actions[0].progress.done = Some((NOW, account(1)));
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(!html.contains("/verify?action"));
    view.later.actions[0].progress.waived = Some(NOW);
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("Waived by both sides") && !html.contains("?action=1"));
}

#[test]
fn an_action_is_read_by_the_number_that_people_see() {
    let (world, view) = (world(), resolved());
    let read = |fields: &[(&str, &str)]| {
        parse::read(Act::Verify, &typed(fields), &view, &world.seat, &world.around(), NOW)
    };
    let done = read(&[("action", "1"), ("holds", "no"), ("note", "Nobody has the list.")]).unwrap();
    assert!(matches!(done, HandlerAct::Verify { action: 0, holds: false, .. }));
    for wrong in ["0", "2", "", "70000", "one"] {
        let problems = read(&[("action", wrong), ("holds", "yes"), ("note", "x")]).unwrap_err();
        assert!(!problems.of("action").is_empty(), "{wrong}");
    }
    let problems = read(&[("action", "1"), ("holds", "perhaps"), ("note", "")]).unwrap_err();
    assert!(!problems.of("holds").is_empty() && !problems.of("note").is_empty());
}

#[test]
fn a_case_that_closes_incomplete_names_what_was_open() {
    let (world, mut view) = (world(), resolved());
    let Stage::Resolved(resolved) = &view.dispute.stage else { panic!() };
    let open = resolved.actions.clone();
    let why = Closing::Incomplete;
    view.dispute.stage = Stage::Closed(Closed { why, at: NOW, level: Some(Level::Field), open });
    view.later.actions.clear();
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("this is not carried out:") && html.contains("Chief, Hill, by 24 December 2026"));
    view.frozen = true;
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(!html.contains("This case is closed"), "whoever was not told of the outcome hears nothing");
}

#[test]
fn a_change_of_pace_says_what_it_costs() {
    let (world, mut view) = (world(), case());
    view.later.other_pace = Some(Standards::proposed(Pace::Extraordinary));
    let draw = |view: &_| {
        html_of(act_page::page(world.sheet(), Act::Pace, view, &Typed::default(), &Came::default(), true))
    };
    assert!(draw(&view).contains("The clock starts again: from now there are 72 hours to resolve it"));
    view.dispute.pace = Pace::Extraordinary;
    view.later.other_pace = Some(Standards::proposed(Pace::Routine));
    assert!(draw(&view).contains("If both sides agree, the case is routine again, with 15 working days"));
    if let Stage::Panel(panel) = &mut view.dispute.stage {
        panel.sides.get_mut(Side::Concerned).wants_slower = true;
    }
    assert!(draw(&view).contains("With your agreement the case is routine again"));
}

#[test]
fn a_list_of_groups_that_is_empty_says_why() {
    let (world, mut view) = (world(), case());
    let draw = |view: &_| {
        html_of(act_page::page(world.sheet(), Act::Group, view, &Typed::default(), &Came::default(), true))
    };
    assert!(draw(&view).contains("There is no working group to ask"));
    view.later.groups = vec![("boats".into(), "Boats".into())];
    let html = draw(&view);
    assert!(!html.contains("There is no working group") && html.contains("<option value=\"boats\">Boats"));
    if let Stage::Panel(panel) = &mut view.dispute.stage {
        panel.sides.get_mut(Side::Concerned).wants_group = Some("boats".into());
    }
    let html = draw(&view);
    assert!(html.contains("type=\"hidden\" id=\"group\" name=\"group\" value=\"boats\""));
    assert!(!html.contains("<select"));
}

#[test]
fn a_late_action_is_marked() {
    let (world, mut view) = (world(), resolved());
    view.later.actions[0].due = NOW.plus(-DAY);
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("<span class=\"tag error\">Overdue</span>"));
}
