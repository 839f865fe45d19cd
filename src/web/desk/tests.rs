//! Forms read, and pages as they are drawn.

use axum::response::IntoResponse;

use super::act::Act;
use super::act_page::{self, Came};
use super::case as case_page;
use super::parse;
use super::proposal_form::{self, WHAT};
use super::proposal_words;
use super::samples::{NOW, World, account, case, hash, typed, world};
use super::typed::Typed;
use super::waits::Waits;
use crate::clock::DAY;
use crate::domain::dispute::{Side, Stage};
use crate::domain::id::PostId;
use crate::domain::policy::CommandKind;
use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::service::cases::{CaseView, Entry, HandlerAct};
use crate::web::errors::Failure;
use crate::web::form::Problems;
use crate::web::page::{Page, Rendered};
use crate::web::when;

fn read(act: Act, form: &Typed, view: &CaseView, world: &World) -> Result<HandlerAct, Problems> {
    parse::read(act, form, view, &world.seat, &world.around(), NOW)
}

fn html_of(page: Result<Page, Failure>) -> String {
    page.unwrap().into_response().extensions().get::<Rendered>().unwrap().0.clone()
}

fn fields(problems: &Problems) -> Vec<&'static str> {
    problems.iter().map(|problem| problem.field).collect()
}

fn whole_proposal() -> Typed {
    let view = case();
    let world = world();
    proposal_form::begin(&view, world.around().calendar)
}

#[test]
fn a_proposal_starts_from_the_version_on_the_table_and_reads_back_the_same() {
    let (world, mut view) = (world(), case());
    // A day is all that a date field keeps.
    for version in &mut view.proposals {
        for action in &mut version.proposal.actions {
            let day = when::field_value(action.due, world.around().calendar);
            action.due = when::end_of_day(&day, world.around().calendar).unwrap();
        }
    }
    let form = proposal_form::begin(&view, world.around().calendar);
    let HandlerAct::Propose(proposal) = read(Act::Propose, &form, &view, &world).unwrap() else { panic!() };
    assert_eq!(proposal, view.proposals[1].proposal);
}

#[test]
fn a_first_proposal_starts_from_the_concern_and_is_flagged_while_it_is_in_the_reporters_words() {
    let (world, mut view) = (world(), case());
    view.proposals.clear();
    let form = proposal_form::begin(&view, world.around().calendar);
    assert!(form.of("issue").starts_with("When we call"));
    assert_eq!(form.of("document"), "memo");
    assert_eq!(parse::warnings(Act::Propose, &form, &view).len(), 1);
}

#[test]
fn an_empty_proposal_names_every_field_that_is_missing() {
    let problems = read(Act::Propose, &Typed::default(), &case(), &world()).unwrap_err();
    assert_eq!(fields(&problems), ["issue", "finding", "document", "kind", "none_needed", "library_text"]);
}

#[test]
fn actions_need_an_owner_of_this_case_and_a_day_to_come() {
    let (world, view) = (world(), case());
    let mut form = whole_proposal();
    form.put("owner_1", "headquarters:policy");
    form.put("due_1", "2026-11-23");
    form.put("what_3", "x".repeat(limit::ACTION + 1));
    let problems = read(Act::Propose, &form, &view, &world).unwrap_err();
    assert_eq!(fields(&problems), ["owner_1", "due_1", "what_3", "owner_3", "due_3"]);
    assert_eq!(problems.of("what_3"), "This is 1 characters too long; there is room for 500.");
}

#[test]
fn actions_and_none_needed_exclude_each_other() {
    let (world, view) = (world(), case());
    let mut form = whole_proposal();
    form.put("none_needed", "yes");
    assert_eq!(fields(&read(Act::Propose, &form, &view, &world).unwrap_err()), ["none_needed"]);
    for name in ["what_1", "owner_1", "due_1"] {
        form.put(name, " ");
    }
    let HandlerAct::Propose(proposal) = read(Act::Propose, &form, &view, &world).unwrap() else { panic!() };
    assert!(proposal.none_needed && proposal.actions.is_empty());
    form.put("document", "none");
    let HandlerAct::Propose(proposal) = read(Act::Propose, &form, &view, &world).unwrap() else { panic!() };
    assert_eq!(proposal.document, None);
    assert_eq!(WHAT.len(), limit::ACTIONS);
}

#[test]
fn whoever_the_case_leaves_out_cannot_own_an_action() {
    let (world, mut view) = (world(), case());
    let post = PostId::Commander("north-inquiry".into());
    assert!(proposal_form::owners(&view, &world.around()).contains(&post));
    view.dispute.bypass.posts.insert(post.clone());
    assert!(!proposal_form::owners(&view, &world.around()).contains(&post));
}

#[test]
fn acknowledging_takes_both_declarations() {
    let (world, view) = (world(), case());
    let one = typed(&[("no_conflict", "yes")]);
    assert_eq!(fields(&read(Act::Acknowledge, &one, &view, &world).unwrap_err()), ["no_search"]);
    let both = typed(&[("no_conflict", "yes"), ("no_search", "yes")]);
    assert_eq!(
        read(Act::Acknowledge, &both, &view, &world).unwrap(),
        HandlerAct::Acknowledge { no_conflict: true }
    );
}

#[test]
fn a_signature_needs_its_tick_and_the_version_that_was_shown() {
    let (world, view) = (world(), case());
    let version = hash(2).to_string();
    let form = typed(&[("version", &version)]);
    assert_eq!(fields(&read(Act::Accept, &form, &view, &world).unwrap_err()), ["sign"]);
    let form = typed(&[("version", &version), ("sign", "yes")]);
    assert_eq!(read(Act::Accept, &form, &view, &world).unwrap(), HandlerAct::Accept { hash: hash(2) });
    let form = typed(&[("version", "2"), ("sign", "yes")]);
    assert_eq!(fields(&read(Act::Accept, &form, &view, &world).unwrap_err()), ["version"]);
}

#[test]
fn only_those_who_may_act_for_a_post_can_be_delegated_to() {
    let (world, view) = (world(), case());
    let offered = parse::delegates(&view, &world.seat, &world.around());
    assert_eq!(offered, [(account(2), "two".to_owned())]);
    let to = account(2).to_string();
    let form = typed(&[("to", &to), ("until", "2026-12-24")]);
    assert!(matches!(read(Act::Delegate, &form, &view, &world), Ok(HandlerAct::Delegate { .. })));
    let other = account(3).to_string();
    let form = typed(&[("to", &other), ("until", "2027-12-24")]);
    assert_eq!(fields(&read(Act::Delegate, &form, &view, &world).unwrap_err()), ["to", "until"]);
}

#[test]
fn every_text_is_required_and_has_its_limit() {
    let (world, view) = (world(), case());
    for (act, field, limit) in [
        (Act::Recuse, "reason", limit::REASON),
        (Act::Extend, "reason", limit::REASON),
        (Act::Identity, "reason", limit::REASON),
        (Act::Escalate, "position", limit::REASON),
        (Act::Ask, "message", limit::MESSAGE),
        (Act::Tell, "message", limit::MESSAGE),
        (Act::Write, "message", limit::MESSAGE),
    ] {
        assert_eq!(fields(&read(act, &Typed::default(), &view, &world).unwrap_err()), [field]);
        let long = typed(&[(field, &"x".repeat(limit + 1))]);
        assert_eq!(fields(&read(act, &long, &view, &world).unwrap_err()), [field]);
        let right = typed(&[(field, &"x".repeat(limit))]);
        assert!(read(act, &right, &view, &world).is_ok());
    }
}

#[test]
fn questions_are_looked_at_before_they_are_sent_and_talk_among_handlers_is_not() {
    let view = case();
    let form = typed(&[("message", "Which shift were you on?")]);
    assert_eq!(parse::warnings(Act::Ask, &form, &view).len(), 1);
    assert_eq!(parse::warnings(Act::Tell, &form, &view).len(), 1);
    assert!(parse::warnings(Act::Write, &form, &view).is_empty());
}

#[test]
fn the_thing_that_waits_is_the_one_that_is_offered_and_most_pressing() {
    let mut view = case();
    assert_eq!(Waits::of(&view).first(&view).map(|(act, _)| act), Some(Act::Accept));
    if let Stage::Panel(panel) = &mut view.dispute.stage {
        panel.sides.get_mut(Side::Raising).acknowledged = None;
        panel.sides.get_mut(Side::Concerned).wants_extension = true;
    }
    view.offers = [CommandKind::Acknowledge, CommandKind::Recuse].into();
    assert_eq!(Waits::of(&view).first(&view).map(|(act, _)| act), Some(Act::Acknowledge));
    view.offers = [CommandKind::Extend].into();
    assert_eq!(Waits::of(&view).first(&view).map(|(act, _)| act), Some(Act::Extend));
    view.offers.clear();
    assert!(Waits::of(&view).first(&view).is_none());
}

#[test]
fn versions_are_compared_with_the_one_before() {
    let (world, view) = (world(), case());
    let versions = proposal_words::versions(&view, &world.around(), NOW);
    assert_eq!(versions.iter().map(|version| version.number).collect::<Vec<_>>(), [2, 1]);
    let (before, changed) = versions[0].changed.as_ref().unwrap();
    assert_eq!((*before, changed.len(), changed[0].label), (1, 1, "Finding"));
    assert!(versions[1].changed.is_none());
}

#[test]
fn the_case_page_shows_words_as_text_marks_changes_and_has_one_primary_button() {
    let world = world();
    let html = html_of(case_page::page(world.sheet(), &case(), "propose"));
    assert!(html.contains("It happens &#60;b&#62;every&#60;/b&#62; week."));
    assert!(html.contains("<del>[− four −]</del>") && html.contains("<ins>[+ two +]</ins>"));
    assert_eq!(html.matches("class=\"button primary\"").count(), 1);
    assert!(html.contains("href=\"/desk/commander%3Anorth-patrol/case/KLM-4821/accept\""));
    assert!(html.contains("in 3 working days, by Friday 27 November, 12:00"));
    assert!(html.contains("Your version is on the table."));
}

#[test]
fn the_council_sees_both_positions_side_by_side() {
    let (mut world, mut view) = (world(), case());
    let entry = |label: &str, text: &str| Entry {
        label: label.into(),
        mine: false,
        text: Prose::parse(text, 100).unwrap(),
        when: Some(NOW.plus(-DAY)),
        from_reporter: false,
    };
    view.positions = vec![entry("Chief, Hill", "It covers detention only.")];
    view.seat.post = PostId::Council("guard".into());
    world.seat = view.seat.clone();
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("It covers detention only."));
    assert!(html.contains("This side has stated no position."));
}

#[test]
fn a_frozen_page_says_so_and_tells_neither_stage_nor_clock() {
    let (world, mut view) = (world(), case());
    view.frozen = true;
    view.offers.clear();
    let html = html_of(case_page::page(world.sheet(), &view, ""));
    assert!(html.contains("This case has left your desk") && html.contains("Left your desk"));
    assert!(!html.contains("<meter") && !html.contains("Acts for it"));
}

#[test]
fn every_form_is_drawn_with_its_token_what_was_seen_and_labels_that_lead_somewhere() {
    let (world, view) = (world(), case());
    for act in Act::ALL {
        let html =
            html_of(act_page::page(world.sheet(), act, &view, &Typed::default(), &Came::default(), false));
        assert!(html.contains("value=\"form-token\""), "{}", act.word());
        assert!(html.contains("name=\"seen\" value=\"6\""), "{}", act.word());
        assert_eq!(html.contains("name=\"passphrase\""), act.needs_fresh(), "{}", act.word());
        assert_eq!(html.matches("class=\"button primary\"").count(), 1, "{}", act.word());
        for id in html.split(" for=\"").skip(1).map(|rest| rest.split('"').next().unwrap()) {
            assert!(html.contains(&format!(" id=\"{id}\"")), "{id}");
        }
    }
}

#[test]
fn a_form_that_comes_back_keeps_what_was_typed_and_says_what_happened() {
    let (world, view) = (world(), case());
    let form = typed(&[("reason", "Kept <words>"), ("seen", "2")]);
    let came = Came { moved: vec!["Chief, Hill proposed version 3.".into()], ..Came::default() };
    let html = html_of(act_page::page(world.sheet(), Act::Reject, &view, &form, &came, true));
    assert!(html.contains("The case has moved on") && html.contains("proposed version 3."));
    assert!(html.contains("Kept &#60;words&#62;"));
    assert!(html.contains("name=\"seen\" value=\"6\""));
    let came = Came { sign_in_again: true, ..Came::default() };
    let html = html_of(act_page::page(world.sheet(), Act::Reject, &view, &form, &came, false));
    assert!(html.contains("Kept &#60;words&#62;") && html.contains("name=\"passphrase\""));
    assert!(!html.contains("name=\"anyway\""));
}

#[test]
fn what_gives_a_writer_away_can_be_sent_only_after_a_second_look() {
    let (world, view) = (world(), case());
    let form = typed(&[("message", "What is your name?")]);
    let came = Came { warnings: parse::warnings(Act::Ask, &form, &view), ..Came::default() };
    let html = html_of(act_page::page(world.sheet(), Act::Ask, &view, &form, &came, true));
    assert!(html.contains("It seems to ask who the reporter is."));
    assert!(html.contains("name=\"anyway\"") && html.contains("What is your name?"));
}
