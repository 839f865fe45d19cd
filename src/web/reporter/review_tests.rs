use askama::Template;

use super::{Flag, ReviewPage, dispatches, first_characters, known, last_characters, lines};
use crate::domain::exposure::KnownTo;
use crate::web::form::Problems;
use crate::web::page::VisitorFrame;
use crate::web::reporter::browser::submitted;
use crate::web::reporter::check;
use crate::web::reporter::draft::Draft;
use crate::web::reporter::samples::{self, NOW};

fn draft() -> Draft {
    samples::draft(&[
        ("remedy", "A rule, \"written\" & kept.\nSoon."),
        ("council_only", "More."),
        ("dispatch", "urgent"),
        ("receipt", "0a1b abacus abdomen"),
    ])
}

fn html(draft: &Draft, errors: &Problems, warned: bool) -> String {
    let organisation = samples::organisation();
    let concern = check::concern(draft, &organisation, NOW).unwrap();
    ReviewPage {
        frame: VisitorFrame::default(),
        draft,
        errors,
        flags: vec![Flag {
            part: "What happens",
            kind: "That you were the only one",
            before: "I was ".to_owned(),
            marked: "<the only one>".to_owned(),
            after: " there".to_owned(),
            advice: "Leave it out.",
        }],
        lines: lines(&concern, &organisation),
        readers: Vec::new(),
        past_field: false,
        precedents: vec!["One list <b>for</b> all.".to_owned()],
        known: known(if warned { KnownTo::OneOrTwo.word() } else { "" }),
        warned,
        dispatches: dispatches(&draft.dispatch),
        words: (0..10).map(|number| format!("word{number}")).collect(),
        saved: false,
    }
    .render()
    .unwrap()
}

#[test]
fn everything_typed_and_the_receipt_survive_the_review() {
    let draft = draft();
    let sent = submitted(&html(&draft, &Problems::default(), false), "/write/send");
    let back = Draft::of(&sent);
    for name in Draft::NAMES {
        assert_eq!(back.get(name), draft.get(name), "{name}");
    }
    assert!(!sent.has("saved") && !sent.has("warned"));
}

#[test]
fn a_flag_is_marked_and_never_markup() {
    let html = html(&draft(), &Problems::default(), false);
    assert!(html.contains("I was <mark>&#60;the only one&#62;</mark> there"));
    assert!(html.contains("Leave it out."));
}

#[test]
fn the_warning_is_given_once() {
    let html = html(&draft(), &Problems::default(), true);
    assert!(html.contains("One or two people know this") && html.contains("Send as it is"));
    assert!(submitted(&html, "/write/send").has("warned"));
}

#[test]
fn the_ten_words_and_one_primary_button_are_there() {
    let html = html(&draft(), &Problems::default(), false);
    assert!((0..10).all(|number| html.contains(&format!("<li>word{number}</li>"))));
    assert_eq!(html.matches("button primary").count(), 1);
}

#[test]
fn a_box_left_unticked_is_named_twice() {
    let mut errors = Problems::default();
    errors.add("saved", "Save the ten words first.");
    let html = html(&draft(), &errors, false);
    assert!(html.contains("href=\"#saved\"") && html.contains("id=\"saved-problem\""));
}

#[test]
fn what_stands_around_a_flag_is_cut_between_characters() {
    assert_eq!(first_characters("short"), "short");
    assert_eq!(first_characters(&"é".repeat(50)), format!("{}…", "é".repeat(40)));
    assert_eq!(last_characters(&"é".repeat(50)), format!("…{}", "é".repeat(40)));
}
