//! Entries in words, as lists and pages show them.

use crate::domain::dispute::Level;
use crate::domain::library::{Origin, Worth};
use crate::domain::organisation::{Document, Organisation, Standing};
use crate::service::library::Shown;

use super::visitor::At;

/// Letters of an entry's first words in a list.
const HEADING: usize = 140;

/// One entry in a list.
pub struct Line {
    pub href: String,
    pub heading: String,
    /// Topic, document and month, as far as there are.
    pub about: String,
    /// What it is worth, unless it simply holds.
    pub mark: Option<&'static str>,
}

/// A number and the word for what is counted.
pub fn counted(count: usize) -> String {
    if count == 1 { "1 entry".to_owned() } else { format!("{count} entries") }
}

/// The first sentence of a text, or as many whole words of it as fit.
pub fn heading(text: &str) -> String {
    let line = text.lines().next().unwrap_or_default();
    let sentence = line.split_inclusive(". ").next().unwrap_or_default().trim_end();
    if sentence.chars().count() <= HEADING {
        return sentence.to_owned();
    }
    let mut short = String::new();
    for word in sentence.split_whitespace() {
        if short.chars().count() + word.chars().count() >= HEADING {
            break;
        }
        if !short.is_empty() {
            short.push(' ');
        }
        short.push_str(word);
    }
    if short.is_empty() {
        short = sentence.chars().take(HEADING).collect();
    }
    short.push('…');
    short
}

/// The name of an entry's topic, if it has one.
pub fn topic(entry: &Shown, organisation: &Organisation) -> Option<String> {
    let id = entry.category.as_ref()?;
    Some(organisation.category(id).map_or_else(|| id.to_string(), |category| category.name.clone()))
}

/// The title of the document that an entry is about: as it is called now, or was.
pub fn document(entry: &Shown, organisation: &Organisation) -> Option<String> {
    let id = entry.document.as_ref()?;
    let was = || entry.document_was.clone().unwrap_or_else(|| id.to_string());
    Some(organisation.document(id).map_or_else(was, |document| document.title.clone()))
}

/// The two agencies.
pub fn pair(entry: &Shown, organisation: &Organisation) -> String {
    let name = |id| organisation.component(id).map_or_else(|| id.to_string(), |found| found.short.clone());
    format!("{} and {}", name(&entry.pair.0), name(&entry.pair.1))
}

/// Who decided it.
pub const fn decided_by(entry: &Shown) -> &'static str {
    match (entry.origin, entry.level) {
        (Origin::Question, _) => {
            "Both agencies’ members of the document’s group, or of the Council, who were asked"
        }
        (Origin::Informal, _) => "Two commanders, one of each agency, between themselves",
        (Origin::Dispute, Some(Level::Council)) => "The Council, both agencies",
        (Origin::Dispute, Some(Level::Secretary)) => "The Secretary",
        (Origin::Dispute, _) => "Two commanders, one of each agency",
    }
}

/// What sets it apart from what comes from concerns.
const fn apart(entry: &Shown) -> Option<&'static str> {
    match entry.origin {
        Origin::Dispute => None,
        Origin::Question => Some("answer to a question"),
        Origin::Informal => Some("settled informally"),
    }
}

pub fn mark(entry: &Shown, organisation: &Organisation) -> Option<&'static str> {
    match entry.worth {
        Worth::Current if entry.document_changed(organisation) => {
            let document = entry.document.as_ref().and_then(|id| organisation.document(id));
            Some(match document.map(Document::standing) {
                Some(Standing::Replaced) => "Document replaced",
                Some(Standing::Withdrawn) => "Document withdrawn",
                Some(Standing::InForce) | None => "Document has changed",
            })
        }
        Worth::Current if !entry.otherwise.is_empty() => Some("Another answer since"),
        Worth::Current => None,
        worth => Some(worth.label()),
    }
}

pub fn line(entry: &Shown, organisation: &Organisation, at: &At) -> Line {
    let about: Vec<String> = [
        topic(entry, organisation),
        document(entry, organisation),
        Some(entry.month.label()),
        apart(entry).map(str::to_owned),
    ]
    .into_iter()
    .flatten()
    .collect();
    Line {
        href: at.to(format!("/library/entries/{}", entry.id)),
        heading: heading(&entry.text),
        about: about.join(" · "),
        mark: mark(entry, organisation),
    }
}

#[cfg(test)]
mod tests {
    use super::{HEADING, heading};

    #[test]
    fn a_heading_is_the_first_sentence_or_whole_words() {
        assert_eq!(heading("One list. It is open to all."), "One list.");
        assert_eq!(heading("One list\nfor all"), "One list");
        let long = heading(&"boat list ".repeat(40));
        assert!(long.ends_with("list…") || long.ends_with("boat…"), "{long}");
        assert!(long.chars().count() <= HEADING + 1);
        assert_eq!(heading(&"x".repeat(900)).chars().count(), HEADING + 1);
        assert_eq!(heading(""), "");
    }
}
