use askama::Template;

use super::{StepPage, WritePage, step_page};
use crate::web::form::Problems;
use crate::web::page::VisitorFrame;
use crate::web::reporter::browser::submitted;
use crate::web::reporter::draft::Draft;
use crate::web::reporter::samples::{self, NOW};
use crate::web::reporter::steps::{self, Step};

/// Every field filled, with all that could get lost on the way.
fn full() -> Draft {
    samples::draft(&[
        ("other_unit", "south-inquiry"),
        ("what_happens", "\nOne <b>\"two\"</b> & 'three'\n\n  שלום 😀 &#39; </textarea>"),
        ("handler", "not_sure"),
        ("category", "information"),
        ("document", "memo"),
        ("pace", "extraordinary"),
        ("frequency", "often"),
        ("since", "2026-08"),
        ("effect", "\u{202E}effect\u{0}"),
        ("tried", "not_safe"),
        ("tried_words", " margins \n"),
        ("remedy", "<script>alert(1)</script>"),
        ("council_only", &"x".repeat(3_000)),
        ("name", "O'Name \"Nick\" <x>"),
        ("contact", "a&b=c%20+d"),
        ("name_for", "panel"),
        ("dispatch", "urgent"),
        ("receipt", "0a1b word word"),
    ])
}

fn write_page(draft: &Draft, errors: &Problems) -> String {
    WritePage::new(VisitorFrame::default(), draft, errors, &samples::organisation(), NOW).render().unwrap()
}

fn step_html(draft: &Draft, step: Step) -> String {
    let organisation = samples::organisation();
    StepPage {
        frame: VisitorFrame::default(),
        draft,
        errors: &Problems::default(),
        step,
        first: step == Step::OurBranch,
        choices: steps::choices(step, draft, &organisation),
        channels: &organisation.channels,
    }
    .render()
    .unwrap()
}

fn assert_same(sent: &Draft, typed: &Draft, page: &str) {
    for name in Draft::NAMES {
        assert_eq!(sent.get(name), typed.get(name), "{name} on {page}");
    }
}

#[test]
fn everything_typed_survives_every_step() {
    let draft = full();
    for step in [Step::OurBranch, Step::OurUnit, Step::OtherBranch, Step::OtherUnit] {
        let html = step_html(&draft, step);
        assert_same(&Draft::of(&submitted(&html, "/write")), &draft, step.word());
    }
    let html = write_page(&draft, &Problems::default());
    assert_same(&Draft::of(&submitted(&html, "/write/review")), &draft, "write");
}

#[test]
fn a_wrong_form_comes_back_with_all_that_was_typed_and_says_what_is_wrong_twice() {
    let draft = full();
    let errors = crate::web::reporter::check::concern(&draft, &samples::organisation(), NOW).unwrap_err();
    let html = write_page(&draft, &errors);
    assert_same(&Draft::of(&submitted(&html, "/write/review")), &draft, "write");
    assert!(html.contains("href=\"#council_only\"") && html.contains("id=\"council_only-problem\""));
    assert!(html.contains("href=\"#effect\"") && html.contains("id=\"effect-problem\""));
    assert!(html.contains("All that you typed is still here"));
}

#[test]
fn nothing_typed_becomes_markup() {
    let html = write_page(&full(), &Problems::default());
    assert!(!html.contains("<script>alert") && !html.contains("<b>"));
    assert_eq!(html.matches("</textarea>").count(), 5);
}

#[test]
fn folded_parts_open_where_something_is_inside() {
    assert!(
        !write_page(&samples::draft(&[("pace", "routine")]), &Problems::default()).contains("<details open")
    );
    let html = write_page(&samples::draft(&[("remedy", "A rule.")]), &Problems::default());
    assert_eq!(html.matches("<details open").count(), 1);
}

#[test]
fn each_page_has_one_primary_button_and_says_its_limits() {
    let draft = full();
    let html = write_page(&draft, &Problems::default());
    assert_eq!(html.matches("button primary").count(), 1);
    for limit in ["4000", "1000", "2000", "100", "200"] {
        assert!(html.contains(&format!("Up to {limit} characters")), "{limit}");
    }
    for step in [Step::OurBranch, Step::OurUnit, Step::OtherBranch, Step::OtherUnit] {
        assert_eq!(step_html(&draft, step).matches("button primary").count(), 1, "{step:?}");
    }
}

#[test]
fn the_first_page_warns_before_anything_is_typed() {
    let html = step_html(&Draft::default(), Step::OurBranch);
    for words in ["own device", "not for", "directly"] {
        assert!(html.contains(words), "{words}");
    }
    assert!(
        step_page(
            VisitorFrame::default(),
            &Draft::default(),
            &Problems::default(),
            Step::OurBranch,
            &samples::organisation()
        )
        .is_ok()
    );
}
