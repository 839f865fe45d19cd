//! How a text stands to what the library says on the same document or topic: asked for before it is signed, wherever
//! something is written that the library will show.

use std::collections::BTreeSet;

use crate::domain::id::EntryId;
use crate::domain::proposal::{Comparison, limit};
use crate::domain::prose::Prose;
use crate::service::library::{COMPARED_MOST, Shelf, Shown};
use crate::web::form::Problems;

/// The field with the entries that the page showed.
pub const COMPARED: &str = "compared";
/// The field of whether it agrees with them.
pub const ANSWER: &str = "precedents";
pub const AGREES: &str = "agrees";
pub const DEPARTS: &str = "departs";
/// The field of the reason.
pub const WHY: &str = "departs";
/// The summary of problems leads to the ticks by this name.
const WHICH: &str = "differs";
/// The ticks of the entries to which it is another answer.
pub const DIFFERS: [&str; COMPARED_MOST] = ["differs_1", "differs_2", "differs_3", "differs_4", "differs_5"];

/// One entry to compare with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Precedent {
    /// The name of its tick.
    pub field: &'static str,
    pub id: String,
    pub href: String,
    /// Its first words and its month.
    pub words: String,
    pub differs: bool,
}

/// What a form shows of it. Nothing is asked where the library says nothing.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Comparing {
    pub entries: Vec<Precedent>,
    /// The identifiers of all of them, with spaces between.
    pub compared: String,
    pub agrees: bool,
    pub departs: bool,
    pub why: String,
    pub problem: String,
    pub problem_which: String,
    pub problem_why: String,
}

/// An entry in words that tell it from others.
#[must_use]
pub fn words(entry: &Shown) -> String {
    let (_, words, month) = super::brief(entry);
    format!("{words} ({month})")
}

/// The entries to which something is another answer: address and words. One that is not there is left out.
#[must_use]
pub fn departs_from(comparison: &Comparison, library: &Shelf) -> Vec<(String, String)> {
    let entries = comparison.departs_from.iter().filter_map(|id| library.entry(*id));
    entries.map(|entry| (super::brief(entry).0, words(entry))).collect()
}

/// The entries that somebody has read on the page, as its form says.
fn read_before(compared: &str) -> BTreeSet<EntryId> {
    compared.split_whitespace().filter_map(|id| id.parse().ok()).collect()
}

/// Whether the form was answered on a page that showed all of these.
#[must_use]
pub fn is_answered<'a>(of: impl Fn(&str) -> &'a str, shown: &[&Shown]) -> bool {
    let before = read_before(of(COMPARED));
    shown.iter().all(|entry| before.contains(&entry.id))
}

impl Comparing {
    /// What a form shows. `of` gives what was typed: an answer about other entries is not taken for one about these.
    #[must_use]
    pub fn of<'a>(of: impl Fn(&str) -> &'a str, shown: &[&Shown], problems: &Problems) -> Self {
        let answered = is_answered(&of, shown);
        let ticked: BTreeSet<&str> = DIFFERS.iter().map(|field| of(field)).collect();
        let entries = shown.iter().zip(DIFFERS).map(|(entry, field)| {
            let id = entry.id.to_string();
            let (href, ..) = super::brief(entry);
            let differs = ticked.contains(id.as_str());
            Precedent { field, href, words: words(entry), differs, id }
        });
        let entries: Vec<_> = entries.collect();
        Self {
            compared: entries.iter().map(|entry| entry.id.as_str()).collect::<Vec<_>>().join(" "),
            entries,
            agrees: answered && of(ANSWER) == AGREES,
            departs: answered && of(ANSWER) == DEPARTS,
            why: of(WHY).to_owned(),
            problem: problems.of(ANSWER).to_owned(),
            problem_which: problems.of(WHICH).to_owned(),
            problem_why: problems.of(WHY).to_owned(),
        }
    }
}

/// Reads the answer.
pub fn read<'a>(
    of: impl Fn(&str) -> &'a str,
    shown: &[&Shown],
    problems: &mut Problems,
) -> Option<Comparison> {
    if shown.is_empty() {
        return Some(Comparison::default());
    }
    if !is_answered(&of, shown) {
        problems.add(
            ANSWER,
            "Read what the library says on this document or topic, and say whether this agrees with it.",
        );
        return None;
    }
    let ticked: BTreeSet<&str> = DIFFERS.iter().map(|field| of(field)).collect();
    let departs_from: Vec<EntryId> =
        shown.iter().map(|entry| entry.id).filter(|id| ticked.contains(id.to_string().as_str())).collect();
    let compared = shown.iter().map(|entry| entry.id).collect();
    match of(ANSWER) {
        AGREES if departs_from.is_empty() => Some(Comparison { compared, ..Comparison::default() }),
        AGREES => {
            problems.add(ANSWER, "It either agrees with all of them or is another answer, not both.");
            None
        }
        DEPARTS => {
            if departs_from.is_empty() {
                problems.add(WHICH, "Tick the entries to which this is another answer.");
            }
            let why = Prose::parse(of(WHY), limit::REASON);
            let why = why.map_err(|error| problems.add(WHY, error.to_string())).ok();
            (!departs_from.is_empty()).then_some(())?;
            Some(Comparison { departs: Some(why?), compared, departs_from })
        }
        _ => {
            problems.add(ANSWER, "Say whether this agrees with what the library says.");
            None
        }
    }
}

/// What an earlier comparison fills a form with.
pub fn fill(comparison: &Comparison, mut put: impl FnMut(&'static str, String)) {
    let ids = |entries: &[EntryId]| entries.iter().map(ToString::to_string).collect::<Vec<_>>();
    put(COMPARED, ids(&comparison.compared).join(" "));
    for (id, field) in ids(&comparison.departs_from).into_iter().zip(DIFFERS) {
        put(field, id);
    }
    if comparison.is_empty() {
        return;
    }
    put(ANSWER, if comparison.departs.is_some() { DEPARTS } else { AGREES }.to_owned());
    if let Some(why) = &comparison.departs {
        put(WHY, why.as_str().to_owned());
    }
}

#[cfg(test)]
mod tests {
    use super::{ANSWER, COMPARED, Comparing, WHY, fill, read};
    use crate::service::library::Shown;
    use crate::web::form::{Fields, Problems};

    fn entry(number: u128) -> Shown {
        Shown {
            id: crate::domain::id::EntryId(uuid::Uuid::from_u128(number)),
            month: "2026-07".parse().unwrap(),
            category: None,
            document: None,
            document_was: None,
            document_more: None,
            pair: crate::domain::library::Pair::of(&"A".into(), &"B".into()),
            kind: crate::domain::proposal::ResolutionKind::Clarification,
            origin: crate::domain::library::Origin::Dispute,
            level: None,
            departs: false,
            departs_from: Vec::new(),
            otherwise: Vec::new(),
            text: format!("Text {number}."),
            worth: crate::domain::library::Worth::Current,
            reason: None,
        }
    }

    #[test]
    fn an_answer_is_about_the_entries_that_were_shown() {
        let (one, other) = (entry(1), entry(2));
        let (first, second) = (one.id.to_string(), other.id.to_string());
        let both = format!("{first} {second}");
        let asked = |fields: &[(&str, &str)], shown: &[&Shown]| {
            let fields = Fields::of(fields);
            let mut problems = Problems::default();
            let comparison = read(|name| fields.one(name), shown, &mut problems);
            let problems: Vec<_> = problems.iter().map(|problem| problem.field).collect();
            (comparison, problems)
        };
        assert!(asked(&[], &[]).0.unwrap().is_empty(), "nothing to compare with, nothing asked");
        let agrees = [(COMPARED, both.as_str()), (ANSWER, "agrees")];
        let (comparison, _) = asked(&agrees, &[&one, &other]);
        assert_eq!(comparison.unwrap().compared, [one.id, other.id]);
        // The page had shown another document's entries, or none.
        for compared in ["", first.as_str()] {
            let fields = [(COMPARED, compared), (ANSWER, "agrees")];
            assert_eq!(asked(&fields, &[&one, &other]), (None, vec![ANSWER]), "{compared}");
            let fields = Fields::of(&fields);
            let page = Comparing::of(|name| fields.one(name), &[&one, &other], &Problems::default());
            assert!(!page.agrees && page.compared == both);
        }
        let departs = |more: &[(&'static str, &'static str)], tick: &str| {
            let mut fields = vec![(COMPARED, both.as_str()), (ANSWER, "departs")];
            fields.extend(more);
            fields.push(("differs_2", tick));
            asked(&fields, &[&one, &other])
        };
        assert_eq!(departs(&[], "").1, ["differs", WHY]);
        assert_eq!(departs(&[(WHY, "x")], "").1, ["differs"]);
        assert_eq!(departs(&[(WHY, "x")], "unknown").1, ["differs"]);
        let (comparison, problems) = departs(&[(WHY, "x")], &second);
        let comparison = comparison.unwrap();
        assert_eq!((comparison.departs_from.as_slice(), problems.len()), (&[other.id][..], 0));
        let both_ways = [(COMPARED, both.as_str()), (ANSWER, "agrees"), ("differs_1", first.as_str())];
        assert_eq!(asked(&both_ways, &[&one, &other]).1, [ANSWER]);
        // What it was filled with reads back the same.
        let mut fields = Vec::new();
        fill(&comparison, |name, value| fields.push((name, value)));
        let fields: Vec<_> = fields.iter().map(|(name, value)| (*name, value.as_str())).collect();
        assert_eq!(asked(&fields, &[&one, &other]).0, Some(comparison));
    }
}
