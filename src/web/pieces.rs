//! Every piece of a page on two pages, so that the stylesheet can be looked at and the macros tested.

use askama::Template;

use super::csrf::CsrfToken;
use super::form::Problems;
use super::page::{Section, StaffFrame, VisitorFrame};

#[derive(Template)]
#[template(path = "tests/pieces_visitor.html")]
struct VisitorPieces {
    frame: VisitorFrame,
    names: [&'static str; 4],
    words: [&'static str; 10],
    problems: Problems,
}

#[derive(Template)]
#[template(path = "tests/pieces_staff.html")]
struct StaffPieces {
    frame: StaffFrame,
}

fn visitor() -> String {
    let mut problems = Problems::default();
    problems.add("unit", "Choose the office");
    problems.add("known", "Say how many people know this");
    let words = [
        "abacus",
        "showcase",
        "dreamland",
        "kiwi",
        "unsettled",
        "relic",
        "waffle",
        "humbly",
        "sprinkler",
        "jinx",
    ];
    let names = ["Before you start", "What happens", "Check", "Keep your receipt"];
    let page = VisitorPieces { frame: VisitorFrame { demonstration: true }, names, words, problems };
    page.render().unwrap()
}

fn staff() -> String {
    let section = |href, name, current| Section { href, name, current };
    let frame = StaffFrame {
        demonstration: false,
        post: "Commander, Nogales Station".to_owned(),
        sections: vec![
            section("/desk", "Desk", true),
            section("/library", "Library", false),
            section("/desk/measures", "Measures", false),
        ],
        csrf: Some(CsrfToken::of(b"session")),
        seconds_left: Some(3_600),
    };
    StaffPieces { frame }.render().unwrap()
}

fn values<'a>(html: &'a str, attribute: &str) -> Vec<&'a str> {
    let start = format!(" {attribute}=\"");
    html.split(&start).skip(1).map(|rest| rest.split('"').next().unwrap()).collect()
}

#[test]
fn labels_hints_and_problems_point_at_what_is_there_and_ids_are_unique() {
    for html in [visitor(), staff()] {
        let mut ids = values(&html, "id");
        for reference in values(&html, "for")
            .into_iter()
            .chain(values(&html, "aria-describedby").into_iter().flat_map(str::split_whitespace))
            .chain(values(&html, "href").into_iter().filter_map(|href| href.strip_prefix('#')))
        {
            assert!(ids.contains(&reference), "nothing has the id {reference}");
        }
        let count = ids.len();
        ids.sort_unstable();
        ids.dedup();
        assert_eq!(ids.len(), count);
    }
}

#[test]
fn what_was_typed_is_shown_as_text_and_nothing_is_inline() {
    let html = visitor();
    assert!(html.contains("Both of us were there &#60;b&#62;"));
    for page in [html, staff()] {
        for inline in [" style=", "<style", " onclick", "<script>", "javascript:", "http://", "https://"] {
            assert!(!page.contains(inline), "{inline}");
        }
    }
}

/// `cargo test draw_the_pieces -- --ignored` writes pages to open in a browser.
#[test]
#[ignore = "for looking at"]
fn draw_the_pieces() {
    let folder = std::env::temp_dir().join("candor-pieces");
    std::fs::create_dir_all(&folder).unwrap();
    for file in ["candor.css", "exit.js", "guard.js", "icon.svg", "passkey.js"] {
        std::fs::copy(format!("static/{file}"), folder.join(file)).unwrap();
    }
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    let start = runtime.block_on(super::tests::body_of("/"));
    let missing = runtime.block_on(super::tests::body_of("/nothing"));
    for (name, html) in [("visitor", visitor()), ("staff", staff()), ("start", start), ("missing", missing)] {
        let mut html = html;
        for file in ["candor.css", "exit.js", "guard.js", "icon.svg"] {
            html = html.replace(&super::assets::url(file), file);
        }
        std::fs::write(folder.join(format!("{name}.html")), html).unwrap();
    }
}
