//! The house itself: rooms are stacked, files stay small, papers say what the code does.

use std::collections::BTreeSet;
use std::fs;
use std::path::{Path, PathBuf};

use candor::domain::policy;

/// Rooms from the top down; those on one line are beside each other and do not import each other,
/// but for the pages, which sit on all of theirs.
const STACK: [&[&str]; 11] = [
    &["main"],
    &["cli"],
    &["web"],
    &["demonstration"],
    &["jobs"],
    &["service"],
    &["delivery"],
    &["store"],
    &["crypto"],
    &["cleaning"],
    &["domain"],
];

/// Below everything.
const GROUND: [&str; 3] = ["config", "clock", "rng"];

const LONGEST_FILE: usize = 500;

fn root() -> &'static Path {
    Path::new(env!("CARGO_MANIFEST_DIR"))
}

fn files_below(folder: &Path, found: &mut Vec<PathBuf>) {
    let mut entries: Vec<_> = fs::read_dir(folder).unwrap().map(|entry| entry.unwrap().path()).collect();
    entries.sort();
    for path in entries {
        if path.is_dir() {
            files_below(&path, found);
        } else if path.extension().is_some_and(|extension| extension == "rs") {
            found.push(path);
        }
    }
}

/// Every source file with its module path.
fn sources() -> Vec<(PathBuf, Vec<String>, String)> {
    let mut found = Vec::new();
    files_below(&root().join("src"), &mut found);
    found
        .into_iter()
        .map(|path| {
            let relative = path.strip_prefix(root().join("src")).unwrap().with_extension("");
            let mut module: Vec<String> =
                relative.iter().map(|part| part.to_str().unwrap().to_owned()).collect();
            if module.last().is_some_and(|last| last == "mod") {
                module.pop();
            }
            let text = fs::read_to_string(&path).unwrap();
            (relative, module, text)
        })
        .collect()
}

/// How far down a room is; none for names that are no room.
fn depth(room: &str) -> Option<usize> {
    if GROUND.contains(&room) {
        return Some(STACK.len());
    }
    STACK.iter().position(|rooms| rooms.contains(&room))
}

/// The rooms that a text names by a path from the crate or by going up out of its own room.
fn rooms_named(module: &[String], text: &str) -> BTreeSet<String> {
    let mut named = BTreeSet::new();
    let word = |text: &str| -> String {
        text.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect()
    };
    for line in text.lines().filter(|line| !line.trim_start().starts_with("//")) {
        for start in ["crate::", "candor::"] {
            named.extend(line.split(start).skip(1).map(word));
        }
        let mut rest = line;
        while let Some(at) = rest.find("super::") {
            rest = &rest[at..];
            let mut ups = 0;
            while let Some(after) = rest.strip_prefix("super::") {
                ups += 1;
                rest = after;
            }
            if ups >= module.len() {
                named.insert(word(rest));
            }
        }
    }
    // A list in braces after the crate's name.
    for list in text.split("crate::{").skip(1) {
        let list = list.split(';').next().unwrap_or_default();
        named.extend(list.split(['{', ',', '}', '\n', ' ']).map(|part| word(part.trim())));
    }
    named
}

/// What a file may not import, in words.
fn climbs(module: &[String], text: &str) -> Vec<String> {
    let Some(own) = module.first().and_then(|room| depth(room)) else { return Vec::new() };
    let room = &module[0];
    rooms_named(module, text)
        .into_iter()
        .filter(|named| named != room)
        .filter(|named| {
            depth(named).is_some_and(|other| other <= own && !(own == STACK.len() && other == own))
        })
        .map(|named| format!("{} names {named}", module.join("::")))
        .collect()
}

#[test]
fn rooms_import_only_downwards() {
    let climbing: Vec<String> = sources()
        .iter()
        .filter(|(_, module, _)| module != &["lib"])
        .flat_map(|(_, module, text)| climbs(module, text))
        .collect();
    assert!(climbing.is_empty(), "{}", climbing.join("\n"));
}

#[test]
fn every_file_lies_in_a_room() {
    for (path, module, _) in sources() {
        let room = module.first().unwrap();
        assert!(room == "lib" || depth(room).is_some(), "{} is in no room", path.display());
    }
}

#[test]
fn a_room_that_climbs_is_noticed() {
    let module = |path: &str| path.split("::").map(str::to_owned).collect::<Vec<_>>();
    let climbing = [
        ("domain::policy", "use crate::store::Tx;"),
        ("domain::policy", "let x = crate::web::App;"),
        ("store::cases", "use super::super::service::Candor;"),
        ("store", "use super::service::Candor;"),
        ("service::inbox", "use crate::{\n    domain::id::CaseId,\n    web::App,\n};"),
        ("clock", "use crate::domain::id::CaseId;"),
        ("jobs", "use crate::demonstration::play;"),
    ];
    for (path, text) in climbing {
        assert_eq!(climbs(&module(path), text).len(), 1, "{path}: {text}");
    }
    let right = [
        ("web::desk", "use crate::service::Candor;\nuse super::super::jobs;"),
        ("domain::dispute::decide", "use super::state::Level;\nuse super::super::policy;"),
        ("store::cases", "// crate::web is above"),
        ("rng", "use crate::clock::Timestamp;"),
    ];
    for (path, text) in right {
        assert_eq!(climbs(&module(path), text), Vec::<String>::new(), "{path}: {text}");
    }
}

#[test]
fn no_file_outgrows_its_reader() {
    let long: Vec<String> = sources()
        .into_iter()
        .filter(|(path, ..)| !path.to_str().is_some_and(|path| path.contains("tests")))
        .filter_map(|(path, _, text)| {
            let before_tests = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or_default();
            let lines = before_tests.lines().count();
            (lines > LONGEST_FILE).then(|| format!("{} has {lines} lines", path.display()))
        })
        .collect();
    assert!(long.is_empty(), "split by meaning: {}", long.join(", "));
}

#[test]
fn no_room_is_a_drawer_for_everything() {
    for (path, module, _) in sources() {
        for part in module {
            assert!(
                !["utils", "util", "helpers", "helper", "common", "manager"].contains(&part.as_str()),
                "{}",
                path.display()
            );
        }
    }
}

/// Set `CANDOR_PRINT=1` to write the paper anew.
#[test]
fn the_paper_on_authorisation_is_what_policy_says() {
    let path = root().join("docs/authorisation.md");
    let paper = policy::paper();
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    let print = std::env::var_os("CANDOR_PRINT").is_some();
    if print {
        fs::write(&path, &paper).unwrap();
    }
    let printed = fs::read_to_string(&path).unwrap_or_default();
    assert!(
        printed == paper,
        "docs/authorisation.md is not what src/domain/policy says; print it anew with \
         CANDOR_PRINT=1 cargo test the_paper_on_authorisation"
    );
}

/// The words in backquotes of the last cell of each row of a paper's tables that has one for tests.
fn tests_named(paper: &str) -> Vec<String> {
    let mut named = Vec::new();
    let mut is_of_tests = false;
    for line in paper.lines() {
        let cells: Vec<&str> = line.trim().trim_matches('|').split('|').map(str::trim).collect();
        if !line.trim_start().starts_with('|') {
            is_of_tests = false;
        } else if cells.last().is_some_and(|last| last.starts_with("Shown by")) {
            is_of_tests = true;
        } else if is_of_tests {
            let last = cells.last().copied().unwrap_or_default();
            named.extend(last.split('`').skip(1).step_by(2).map(str::to_owned));
        }
    }
    named
}

/// A paper that names a test which is not there promises what nobody looks at.
#[test]
fn every_test_that_a_paper_names_is_there() {
    let mut all = String::new();
    for folder in ["src", "tests"] {
        let mut found = Vec::new();
        files_below(&root().join(folder), &mut found);
        for path in found {
            all.push_str(&fs::read_to_string(path).unwrap());
        }
    }
    let is_there = |name: &str| all.contains(&format!("fn {name}("));
    for (paper, at_least) in [("docs/anonymity.md", 60), ("SECURITY.md", 25)] {
        let named = tests_named(&fs::read_to_string(root().join(paper)).unwrap());
        assert!(named.len() >= at_least, "{paper} names only {} tests", named.len());
        let missing: Vec<_> = named.iter().filter(|name| !is_there(name)).collect();
        assert!(missing.is_empty(), "{paper} names tests that are not there: {missing:?}");
    }
    // The control.
    assert!(!is_there("no_such_test"));
}

/// Each line of what could give a reporter away has its row; each test of its number stands in that row and in no other;
/// and each has a test in tests/privacy, beside a control.
#[test]
fn every_line_of_anonymity_has_its_row_and_its_tests() {
    let paper = fs::read_to_string(root().join("docs/anonymity.md")).unwrap();
    let rows: Vec<String> = (1..=27)
        .map(|line| {
            let start = format!("| AN-{line:02} |");
            let mut rows = paper.lines().filter(|row| row.starts_with(&start));
            let row = rows.next().unwrap_or_else(|| panic!("AN-{line:02} has no row"));
            assert!(rows.next().is_none(), "AN-{line:02} has two rows");
            row.to_owned()
        })
        .collect();
    // Files and folders that a row names are there.
    for cell in rows.iter().filter_map(|row| row.split(" | ").nth(2)) {
        for place in cell.split('`').skip(1).step_by(2) {
            let place = [root().join("src").join(place), root().join(place)];
            let is_there = place.iter().any(|path| path.exists() || path.with_extension("rs").exists());
            assert!(is_there, "docs/anonymity.md names {}, which is not there", place[0].display());
        }
    }
    let mut found = Vec::new();
    for folder in ["src", "tests"] {
        files_below(&root().join(folder), &mut found);
    }
    let mut shown = BTreeSet::new();
    let named = tests_named(&paper);
    for path in found {
        let text = fs::read_to_string(&path).unwrap();
        let is_of_privacy = path.starts_with(root().join("tests/privacy"));
        for after in text.split("fn an_").skip(1) {
            let rest: String =
                after.chars().take_while(|letter| letter.is_alphanumeric() || *letter == '_').collect();
            let Some(line) = rest.get(..2).and_then(|digits| digits.parse::<usize>().ok()) else { continue };
            let name = format!("an_{rest}");
            assert!(
                rows[line - 1].contains(&format!("`{name}`")),
                "the row of AN-{line:02} does not name {name}"
            );
            let times = named.iter().filter(|other| **other == name).count();
            assert_eq!(times, 1, "docs/anonymity.md names {name} more than once");
            if is_of_privacy && text.to_lowercase().contains("control") {
                shown.insert(line);
            }
        }
    }
    let missing: Vec<_> = (1..=27).filter(|line| !shown.contains(line)).collect();
    assert!(missing.is_empty(), "no test with a control in tests/privacy: {missing:?}");
}
