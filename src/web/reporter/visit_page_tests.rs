use std::collections::BTreeSet;

use askama::Template;
use jiff::tz::TimeZone;

use super::{VisitPage, WaitingPage, Words};
use crate::clock::Timestamp;
use crate::domain::dispute::{Level, PerSide, StageName};
use crate::domain::id::EnvelopeId;
use crate::domain::policy::CommandKind;
use crate::domain::proposal::ResolutionKind;
use crate::domain::prose::Prose;
use crate::rng::Randomness;
use crate::service::cases::OutcomeWords;
use crate::service::inbox::{ReporterCase, ThreadEntry, WaitingAct};
use crate::web::csrf::CsrfToken;
use crate::web::form::{Fields, Problems};
use crate::web::page::VisitorFrame;
use crate::web::reporter::browser::submitted;
use crate::web::reporter::samples::{self, NOW, fields};

fn prose(text: &str) -> Prose {
    Prose::parse(text, 4_000).unwrap()
}

fn case() -> ReporterCase {
    ReporterCase {
        number: "KTM-4821".to_owned(),
        stage: StageName::Field,
        statement: None,
        council_only: None,
        identity_given: false,
        who_acts: vec!["Chief, North".to_owned(), "Agent in Charge, North".to_owned()],
        acknowledged: false,
        bypassed: false,
        level_due: Some(Timestamp(1_796_770_800)),
        thread: Vec::new(),
        question: None,
        outcome: None,
        offers: BTreeSet::new(),
        objections: Vec::new(),
        actions: Vec::new(),
        waiting: Vec::new(),
        refused: Vec::new(),
        name_shown_to: Vec::new(),
        pressed: false,
        components: PerSide { raising: "Guard".to_owned(), concerned: "Inquiries".to_owned() },
        now: NOW,
    }
}

fn html(case: &ReporterCase, typed: &Fields, errors: &Problems) -> String {
    let page = Words::of(case, typed, errors, &samples::organisation(), &TimeZone::UTC);
    let csrf = CsrfToken::of(b"visit");
    VisitPage { frame: VisitorFrame::default(), csrf, case, page, typed, errors }.render().unwrap()
}

fn plain(case: &ReporterCase) -> String {
    html(case, &fields(&[]), &Problems::default())
}

#[test]
fn it_says_where_it_is_who_acts_and_by_when() {
    let html = plain(&case());
    for words in
        ["still have to take it up", "Chief, North; Agent in Charge, North", "Tuesday, December 8, 2026"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn only_what_is_offered_is_shown() {
    let html = plain(&case());
    assert!(!html.contains("What you can do"));
    let html = plain(&ReporterCase { offers: [CommandKind::Add, CommandKind::Withdraw].into(), ..case() });
    assert!(html.contains("value=\"add\"") && html.contains("value=\"withdraw\""));
    assert!(!html.contains("value=\"review\"") && !html.contains("value=\"name\""));
}

#[test]
fn a_question_has_its_form_and_the_only_primary_button() {
    let id = EnvelopeId::random(&Randomness::system());
    let html = plain(&ReporterCase { question: Some((id, prose("Which <form>?"))), ..case() });
    assert!(html.contains("Which &#60;form&#62;?") && html.contains(&id.to_string()));
    assert!(html.contains("Now: a question waits"));
    assert_eq!(html.matches("button primary").count(), 1);
    assert_eq!(plain(&case()).matches("button primary").count(), 1);
}

#[test]
fn what_was_typed_stays_when_something_is_wrong() {
    let mut errors = Problems::default();
    errors.add("review_handler", "Choose who is concerned.");
    let typed =
        fields(&[("act", "review"), ("review_text", "Kin & \"friends\""), ("review_handler", "other_side")]);
    let html = html(&ReporterCase { offers: [CommandKind::AskForReview].into(), ..case() }, &typed, &errors);
    let sent = submitted(&html, "/return/act");
    assert_eq!(sent.one("review_text"), "Kin & \"friends\"");
    assert_eq!(sent.one("review_handler"), "other_side");
    assert_eq!(html.matches("<details open").count(), 1);
}

#[test]
fn waiting_and_refused_acts_thread_and_name_are_shown() {
    let html = plain(&ReporterCase {
        waiting: vec![WaitingAct { index: 3, what: "What you added" }],
        refused: vec!["The case had moved on.".to_owned()],
        thread: vec![ThreadEntry { from_reporter: true, label: "You".to_owned(), text: prose("Hello") }],
        identity_given: true,
        name_shown_to: vec!["Council, Guard".to_owned()],
        ..case()
    });
    for words in ["value=\"take_back\"", "value=\"3\"", "The case had moved on.", "Hello", "Council, Guard"] {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn an_outcome_is_told_in_words() {
    let outcome = OutcomeWords::Resolved {
        level: Level::Field,
        kind: ResolutionKind::Clarification,
        finding: prose("The memorandum applies."),
        actions: Vec::new(),
        none_needed: true,
    };
    let html = plain(&ReporterCase { stage: StageName::Resolved, outcome: Some(outcome), ..case() });
    for words in
        ["commanders agreed: Clarification of a rule.", "The memorandum applies.", "nothing more needs"]
    {
        assert!(html.contains(words), "{words}");
    }
}

#[test]
fn that_somebody_is_pressed_shows_nowhere() {
    let offers = BTreeSet::from([CommandKind::Add, CommandKind::Pressed]);
    let free = plain(&ReporterCase { offers, ..case() });
    assert_eq!(free, plain(&ReporterCase { offers: [CommandKind::Add].into(), pressed: true, ..case() }));
}

#[test]
fn a_concern_that_waits_can_be_taken_back() {
    let html = WaitingPage {
        frame: VisitorFrame::default(),
        csrf: CsrfToken::of(b"visit"),
        errors: &Problems::default(),
    }
    .render()
    .unwrap();
    assert_eq!(submitted(&html, "/return/act").one("act"), "withdraw");
    assert!(html.contains("nothing of it is kept"));
}
