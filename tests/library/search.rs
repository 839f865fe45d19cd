//! Search among what was published: what it finds, what it never finds, how fast.

use candor::service::library::Among;
use candor::store;

use super::{TEXTS, published};
use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::http::Client;
use crate::support::{Engine, Fixture};

async fn search_finds_marks_and_forgives(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let mut client = Client::new(&app.site());
    let form = client.get("/library").await.ok().form("/library/search");
    let mut asked = async |question: &str, more: &[(&str, &str)]| {
        let mut form = form.clone();
        form.set("question", question);
        for (name, value) in more {
            form.set(name, value);
        }
        let answer = client.submit(&form).await.ok();
        assert_eq!(answer.path, "/library/search", "the question stands in no address");
        assert_eq!(answer.body.len() % 8_192, 0);
        assert!(answer.body.len() <= 16_384);
        assert!(client.cookies.is_empty());
        answer
    };
    let answer = asked("lists", &[]).await;
    answer.says("1 entry found");
    assert!(answer.body.contains("One <mark>list</mark> for the boat"), "{}", answer.body);
    // Spelt as nobody spells it.
    asked("refusall", &[]).await.says("1 entry found").says("shown is what says “refusal”");
    // What was typed and what is found are shown as text.
    let answer = asked("<b>writing", &[]).await;
    assert!(answer.body.contains("<mark>writing</mark>") && !answer.body.contains("<b>"), "{}", answer.body);
    asked("xyzzy", &[]).await.says("Nothing answers that");
    assert!(!asked("  ", &[]).await.text().contains("found"));
    asked(&"list ".repeat(900), &[]).await.says("1 entry found");
    // Filters leave out; the control is the same question without one.
    asked("list", &[("topic", "boats")]).await.says("1 entry found");
    for filter in [("topic", "information"), ("document", "none"), ("topic", "x"), ("pair", "RIV RIV")] {
        asked("list", &[filter]).await.says("Nothing answers that");
    }
    for page in ["0", "2", "-1", "99999999999999999999", "x"] {
        asked("list", &[("page", page)]).await.says("1 entry found");
    }
    // Nothing of it is kept.
    assert_eq!(app.database.tables_with("xyzzy").await, Vec::<String>::new());
}

/// What is not published is found by nobody: a statement, a draft, a text that waits for a look.
async fn search_never_finds_anything_sealed(app: TestApp) {
    app.leaves_work_behind();
    published(&app, &TEXTS).await;
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let shelf = app.candor.shelf().await.unwrap();
    let found = |question: &str| shelf.search(question, &Among::default()).found.len();
    for sealed in ["harbour", "mornings", "plan", "signed"] {
        assert_eq!(found(sealed), 0, "{sealed}");
    }
    assert!(found("boat") > 0, "the control");
}

/// Words as common as those of a language: the n-th is drawn in proportion to 1/n.
fn synthetic(turn: u64) -> String {
    let mut state = turn.wrapping_mul(0x9E37_79B9_7F4A_7C15) | 1;
    let mut next = || {
        state ^= state << 13;
        state ^= state >> 7;
        state ^= state << 17;
        state
    };
    let mut text = String::new();
    for _ in 0..60 {
        let exponent = next() % 15;
        let word = (1_u64 << exponent) + next() % (1 << exponent);
        let letters = ["ba", "co", "di", "fe", "gu", "la", "mo", "ne", "pi", "ro", "su", "ta"];
        let mut rest = word;
        while rest > 0 {
            text.push_str(letters[usize::try_from(rest % 12).unwrap()]);
            rest /= 12;
        }
        text.push(' ');
    }
    text
}

/// A measurement, not a test: `cargo test --release --test suite fifty_thousand -- --ignored --nocapture`.
#[test]
#[ignore = "fills fifty thousand entries into each database; see CONTRIBUTING.md"]
fn fifty_thousand_entries_are_searched() {
    use std::time::Instant;
    crate::support::block_on(async {
        for engine in [Engine::Sqlite, Engine::Postgres] {
            let Some(app) = TestApp::make(engine).await else { continue };
            let mut tx = app.database.write().await;
            for turn in 0..50_000 {
                let entry = store::library::Entry {
                    id: candor::domain::id::EntryId::random(&app.candor.randomness),
                    month: format!("20{:02}-{:02}", 26 + turn / 12_000, turn / 1_000 % 12 + 1),
                    category: Some("boats".to_owned()),
                    document: Some("DOC-1".to_owned()),
                    document_was: None,
                    one: "HAR".to_owned(),
                    other: "RIV".to_owned(),
                    kind: "clarification".to_owned(),
                    level: "field".to_owned(),
                    body: synthetic(turn + 1),
                    state: "current".to_owned(),
                    reason: None,
                    departs: false,
                    departs_from: String::new(),
                    document_more: None,
                };
                store::library::insert_entry(&mut tx, &entry, &[1; 60]).await.unwrap();
            }
            store::library::raise_version(&mut tx).await.unwrap();
            tx.commit().await.unwrap();
            let start = Instant::now();
            let shelf = app.candor.shelf().await.unwrap();
            println!("{engine:?}: read and indexed in {:.2} s", start.elapsed().as_secs_f64());
            let words: Vec<String> = (1..400)
                .flat_map(|turn| synthetic(turn * 97).split(' ').map(str::to_owned).collect::<Vec<_>>())
                .collect();
            let mut client = Client::new(&app.site());
            for (name, misspelt) in [("as it is written", false), ("misspelt", true)] {
                let mut spent = Vec::new();
                for pair in words.chunks(2).filter(|pair| pair.iter().all(|word| word.len() > 3)).take(500) {
                    let mut question = pair.join(" ");
                    if misspelt {
                        question.insert(2, 'x');
                    }
                    let start = Instant::now();
                    let answers = shelf.search(&question, &Among::default());
                    std::hint::black_box(answers.found.len());
                    spent.push(start.elapsed().as_secs_f64() * 1e3);
                }
                spent.sort_by(f64::total_cmp);
                let at = |percent: usize| spent[percent * (spent.len() - 1) / 100];
                println!(
                    "{engine:?}: two words, {name}, {} questions: median {:.1} ms, 95 % {:.1} ms, most {:.1} ms",
                    spent.len(),
                    at(50),
                    at(95),
                    at(100)
                );
            }
            let mut form = client.get("/library").await.ok().form("/library/search");
            form.set("question", &words[..2].join(" "));
            let start = Instant::now();
            let found = client.submit(&form).await.ok();
            println!("{engine:?}: an answer: {} bytes", found.body.len());
            println!("{engine:?}: the whole page: {:.1} ms", start.elapsed().as_secs_f64() * 1e3);
            let entry = format!("/library/entries/{}", shelf.entries()[0].id);
            let pages = [
                "/library",
                "/library/search",
                "/library/topics",
                "/library/topics/boats",
                "/library/documents/DOC-1",
            ];
            for path in pages.into_iter().chain(["/library/months", "/library/directives", entry.as_str()]) {
                let start = Instant::now();
                let page = client.get(path).await.ok();
                let spent = start.elapsed().as_secs_f64() * 1e3;
                println!("{engine:?}: {path}: {} bytes in {spent:.1} ms", page.body.len());
            }
            app.check_left_behind().await;
        }
    });
}

on_both!(search_finds_marks_and_forgives, search_never_finds_anything_sealed);
