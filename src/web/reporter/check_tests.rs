use super::{concern, months};
use crate::clock::Timestamp;
use crate::domain::concern::{Concern, Dispatch, Frequency, HandlerConcerned, Month, Pace, Tried};
use crate::web::form::{Fields, Problems};
use crate::web::reporter::draft::Draft;
use crate::web::reporter::samples::{self, NOW};

fn checked(changes: &[(&'static str, &str)]) -> Result<Concern, Problems> {
    concern(&samples::draft(changes), &samples::organisation(), NOW)
}

fn error(field: &'static str, typed: &str) -> String {
    checked(&[(field, typed)]).unwrap_err().of(field).to_owned()
}

#[test]
fn four_answers_are_enough() {
    let concern = checked(&[]).unwrap();
    assert_eq!(concern.my_unit.as_str(), "north-patrol");
    assert_eq!(concern.other_unit.as_str(), "north-inquiry");
    assert_eq!(concern.handler, HandlerConcerned::No);
    assert_eq!((concern.pace, concern.dispatch), (Pace::Routine, Dispatch::Mixed));
    assert!(!concern.identity.for_panel);
}

#[test]
fn nothing_typed_names_all_four_in_the_order_of_the_page() {
    let errors =
        concern(&Draft::of(&Fields::parse(b"").unwrap()), &samples::organisation(), NOW).unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, ["our_unit", "other_unit", "what_happens", "handler"]);
}

#[test]
fn all_that_is_wrong_is_named_in_the_order_of_the_page() {
    let long = "x".repeat(5_000);
    let errors = checked(&[
        ("contact", &long),
        ("effect", &long),
        ("what_happens", &long),
        ("pace", "nonsense"),
        ("council_only", &long),
    ])
    .unwrap_err();
    let fields: Vec<&str> = errors.iter().map(|error| error.field).collect();
    assert_eq!(fields, ["what_happens", "pace", "effect", "council_only", "contact"]);
}

#[test]
fn every_answer_is_taken_over() {
    let concern = checked(&[
        ("category", "information"),
        ("document", "memo"),
        ("pace", "extraordinary"),
        ("dispatch", "urgent"),
        ("frequency", "often"),
        ("since", "2026-08"),
        ("effect", "Delay."),
        ("tried", "not_safe"),
        ("tried_words", "Fear."),
        ("remedy", "A rule."),
        ("council_only", "More."),
        ("name", "A. Name"),
        ("contact", "By mail"),
        ("name_for", "panel"),
    ])
    .unwrap();
    let statement = &concern.statement;
    assert_eq!((concern.pace, concern.dispatch), (Pace::Extraordinary, Dispatch::Urgent));
    assert_eq!(statement.category.as_ref().unwrap().as_str(), "information");
    assert_eq!(statement.document.as_ref().unwrap().as_str(), "memo");
    assert_eq!(statement.frequency, Some(Frequency::Often));
    assert_eq!(statement.since, Some(Month { year: 2026, month: 8 }));
    assert_eq!(statement.tried, Tried::NotSafe);
    assert_eq!(statement.effect.as_str(), "Delay.");
    assert_eq!(statement.tried_words.as_str(), "Fear.");
    assert_eq!(statement.remedy.as_str(), "A rule.");
    assert_eq!(concern.council_only.as_str(), "More.");
    assert_eq!(concern.identity.name.as_str(), "A. Name");
    assert!(concern.identity.for_panel);
}

#[test]
fn limits_hold_to_the_character() {
    for (field, limit) in [
        ("what_happens", 4_000),
        ("effect", 1_000),
        ("tried_words", 1_000),
        ("remedy", 1_000),
        ("council_only", 2_000),
        ("name", 100),
        ("contact", 200),
    ] {
        // Four bytes each: the limit counts characters.
        assert!(checked(&[(field, &"😀".repeat(limit))]).is_ok(), "{field}");
        assert!(error(field, &"😀".repeat(limit + 1)).contains("1 characters too long"), "{field}");
    }
}

#[test]
fn a_million_characters_are_refused_with_the_count() {
    assert!(error("what_happens", &"x".repeat(1_000_000)).contains("996000"));
}

#[test]
fn control_characters_are_refused_where_they_were_typed() {
    for field in ["what_happens", "effect", "tried_words", "remedy", "council_only", "name", "contact"] {
        assert!(error(field, "a\u{0}b").contains("cannot be shown"), "{field}");
    }
}

#[test]
fn text_from_right_to_left_is_taken_and_reordering_marks_are_not() {
    let concern = checked(&[("what_happens", "\u{202E}שלום\u{202C} عليكم")]).unwrap();
    assert_eq!(concern.statement.what_happens.as_str(), "שלום عليكم");
}

#[test]
fn only_what_was_offered_can_be_chosen() {
    for field in ["category", "document", "pace", "frequency", "since", "tried", "name_for", "dispatch"] {
        assert!(error(field, "nonsense").contains("offered"), "{field}");
    }
    assert!(error("our_unit", "nonsense").contains("your unit"));
    assert!(error("other_unit", "nonsense").contains("other side"));
    assert!(error("handler", "council:nonsense").contains("Choose one answer"));
    assert!(error("since", "2026-12").contains("offered"), "a month to come");
}

#[test]
fn the_other_side_is_of_another_agency() {
    assert!(error("other_unit", "south-patrol").contains("other agency"));
}

#[test]
fn every_answer_about_handlers_is_read_back() {
    for handler in HandlerConcerned::choices(&samples::organisation()) {
        let concern = checked(&[("handler", &handler.word())]).unwrap();
        assert_eq!(concern.handler, handler);
    }
}

#[test]
fn nobody_is_shown_a_name_that_was_not_given() {
    assert!(!checked(&[("name_for", "panel")]).unwrap().identity.for_panel);
}

#[test]
fn months_go_back_over_the_turn_of_a_year() {
    let labels: Vec<String> =
        months(Timestamp(1_768_000_000)).into_iter().map(Month::label).take(3).collect();
    assert_eq!(labels, ["January 2026", "December 2025", "November 2025"]);
}
