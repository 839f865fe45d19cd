use super::read_act;
use crate::domain::concern::HandlerConcerned;
use crate::domain::follow_up::{Objection, Points, Rating, Works};
use crate::domain::prose::Prose;
use crate::service::inbox::{ReporterAct, ReporterView};
use crate::web::form::Problems;
use crate::web::reporter::samples::{self, fields};

fn read(sent: &[(&str, &str)]) -> Result<ReporterAct, Problems> {
    read_act(&fields(sent), &ReporterView::Waiting(Vec::new()), &samples::organisation())
}

fn prose(text: &str) -> Prose {
    Prose::parse(text, 100).unwrap()
}

#[test]
fn each_form_is_read_into_its_act() {
    assert_eq!(
        read(&[("act", "add"), ("add_text", "It works.")]).unwrap(),
        ReporterAct::Add { text: prose("It works.") }
    );
    assert_eq!(
        read(&[("act", "review"), ("review_handler", "other_side"), ("review_text", "Kin.")]).unwrap(),
        ReporterAct::AskForReview { handler: HandlerConcerned::OtherSide, text: prose("Kin.") }
    );
    assert_eq!(read(&[("act", "pressed"), ("pressed_sure", "yes")]).unwrap(), ReporterAct::Pressed);
    assert_eq!(read(&[("act", "withdraw"), ("withdraw_sure", "yes")]).unwrap(), ReporterAct::Withdraw);
    assert_eq!(read(&[("act", "withhold"), ("withhold_sure", "yes")]).unwrap(), ReporterAct::WithholdName);
    let ReporterAct::GiveName(identity) =
        read(&[("act", "name"), ("name", "A. Name"), ("name_for", "panel")]).unwrap()
    else {
        panic!("a name was given");
    };
    assert_eq!((identity.name.as_str(), identity.for_panel), ("A. Name", true));
}

#[test]
fn what_cannot_be_undone_is_confirmed() {
    for act in ["pressed", "withhold", "withdraw"] {
        let errors = read(&[("act", act)]).unwrap_err();
        assert!(!errors.of(&format!("{act}_sure")).is_empty());
    }
}

#[test]
fn nothing_typed_and_too_much_are_refused_at_their_field() {
    for (act, field) in [
        ("add", "add_text"),
        ("review", "review_text"),
        ("name", "name"),
        ("reprisal", "reprisal_text"),
        ("objection", "objection_text"),
    ] {
        assert!(read(&[("act", act)]).unwrap_err().of(field).contains("write something"), "{act}");
        let long = "😀".repeat(1_000_000);
        assert!(read(&[("act", act), (field, &long)]).unwrap_err().of(field).contains("too long"), "{act}");
        assert!(read(&[("act", act), (field, "a\u{7}b")]).unwrap_err().of(field).contains("cannot be shown"));
    }
}

#[test]
fn a_review_names_who_is_concerned() {
    for handler in ["", "no", "nonsense", "council:nonsense"] {
        let errors =
            read(&[("act", "review"), ("review_handler", handler), ("review_text", "x")]).unwrap_err();
        assert!(!errors.of("review_handler").is_empty(), "{handler}");
    }
}

#[test]
fn an_answer_to_a_question_that_is_gone_is_not_taken_for_another() {
    let errors = read(&[("act", "answer"), ("question", "x"), ("answer_text", "y")]).unwrap_err();
    assert!(errors.of("add_text").contains("no longer open"));
}

#[test]
fn an_unknown_act_does_nothing() {
    assert!(read(&[("act", "nonsense")]).is_err());
    assert!(read(&[]).is_err());
}

#[test]
fn what_comes_after_an_outcome_is_read() {
    assert_eq!(
        read(&[("act", "check_in"), ("works", "partly")]).unwrap(),
        ReporterAct::CheckIn { works: Works::Partly, text: Prose::default() },
        "the words may be left out"
    );
    assert_eq!(
        read(&[("act", "reprisal"), ("reprisal_text", "Worse shifts.")]).unwrap(),
        ReporterAct::ReportReprisal { text: prose("Worse shifts.") }
    );
    assert_eq!(
        read(&[("act", "objection"), ("objection", "recurred"), ("objection_text", "Again.")]).unwrap(),
        ReporterAct::DisputeOutcome { why: Objection::Recurred, text: prose("Again.") }
    );
    for works in ["", "nonsense"] {
        let errors = read(&[("act", "check_in"), ("works", works)]).unwrap_err();
        assert!(errors.of("works").contains("four answers"));
    }
    let rate = [("act", "rate"), ("clarity", "5"), ("fairness", "1")];
    let rating = Rating { clarity: Points::Five, fairness: Points::One, works: Points::Three };
    let whole = [&rate[..], &[("works_points", "3"), ("works", "no")]].concat();
    assert_eq!(read(&whole).unwrap(), ReporterAct::Rate { rating, text: Prose::default() });
    for works in ["", "0", "6", "three"] {
        let errors = read(&[&rate[..], &[("works_points", works)]].concat()).unwrap_err();
        assert!(errors.of("works_points").contains("1 to 5 points") && errors.of("clarity").is_empty());
    }
    let long = "x".repeat(2_001);
    let errors = read(&[("act", "check_in"), ("works", "yes"), ("check_in_text", &long)]).unwrap_err();
    assert!(errors.of("check_in_text").contains("1 characters too long"));
    let errors = read(&[("act", "objection"), ("objection_text", "x")]).unwrap_err();
    assert!(errors.of("objection").contains("reasons offered"));
}
