//! Versions of a proposal in words, each with what it changed.

use crate::clock::Timestamp;
use crate::domain::dispute::Level;
use crate::domain::proposal::Proposal;
use crate::service::cases::CaseView;
use crate::service::library::Shelf;
use crate::web::library::comparing;

use super::around::Around;
use super::difference::{Piece, compare};
use crate::web::when;

/// One field of a version.
#[derive(Clone, Debug)]
pub struct Line {
    pub label: &'static str,
    pub text: String,
}

/// One field that differs from the version before.
#[derive(Clone, Debug)]
pub struct Changed {
    pub label: &'static str,
    pub pieces: Vec<Piece>,
}

/// A version as a page shows it.
#[derive(Clone, Debug)]
pub struct Version {
    pub number: u32,
    /// Which level it was proposed at, for versions of an earlier one.
    pub level: &'static str,
    pub by: String,
    pub when: String,
    pub on_table: bool,
    pub accepted_by: Vec<String>,
    pub rejected: Option<(String, String)>,
    pub lines: Vec<Line>,
    /// The number of the version before, and what differs from it.
    pub changed: Option<(u32, Vec<Changed>)>,
    pub hash: String,
}

/// All versions, newest first.
#[must_use]
pub fn versions(case: &CaseView, around: &Around<'_>, now: Timestamp) -> Vec<Version> {
    let views = &case.proposals;
    let mut before: Option<(u32, Level, Vec<Line>)> = None;
    let mut versions = Vec::with_capacity(views.len());
    for view in views {
        let lines = lines(&view.proposal, around, &case.library);
        // A level starts afresh: its first version is compared with nothing.
        let changed = before
            .filter(|(_, level, _)| *level == view.level)
            .map(|(number, _, older)| (number, changes(&older, &lines)));
        before = Some((view.number, view.level, lines.clone()));
        versions.push(Version {
            number: view.number,
            level: level_word(view.level),
            by: view.by.clone(),
            when: when::moment(view.when, now, around.calendar),
            on_table: view.on_table,
            accepted_by: view.accepted_by.clone(),
            rejected: view.rejected.as_ref().map(|(who, why)| (who.clone(), why.as_str().to_owned())),
            lines,
            changed,
            hash: view.hash.to_string(),
        });
    }
    versions.reverse();
    versions
}

/// A proposal field by field.
#[must_use]
pub fn lines(proposal: &Proposal, around: &Around<'_>, library: &Shelf) -> Vec<Line> {
    let document = proposal.document.as_ref().map_or_else(
        || "None".to_owned(),
        |id| {
            let known = around.organisation.document(id);
            known.map_or_else(|| id.to_string(), |document| document.title.clone())
        },
    );
    let actions = if proposal.none_needed {
        "No action is needed.".to_owned()
    } else {
        let action = |action: &crate::domain::proposal::ActionWords| {
            format!(
                "{}\n{}, by {}",
                action.what.as_str(),
                around.post_name(&action.owner),
                when::day(action.due, around.calendar)
            )
        };
        proposal.actions.iter().map(action).collect::<Vec<_>>().join("\n\n")
    };
    vec![
        Line { label: "Issue", text: proposal.issue.as_str().to_owned() },
        Line { label: "Finding", text: proposal.finding.as_str().to_owned() },
        Line { label: "Governing document", text: document },
        Line { label: "Type", text: proposal.kind.label().to_owned() },
        Line { label: "Actions", text: actions },
        Line { label: "Library text", text: proposal.library_text.as_str().to_owned() },
        Line { label: "Another answer than the library’s", text: departs(proposal, library) },
    ]
}

/// Why a proposal is another answer than the library’s, and than which entries.
fn departs(proposal: &Proposal, library: &Shelf) -> String {
    let Some(why) = &proposal.comparison.departs else { return "No".to_owned() };
    let than = comparing::departs_from(&proposal.comparison, library).into_iter().map(|(_, words)| words);
    std::iter::once(why.as_str().to_owned())
        .chain(than.map(|words| format!("Than: {words}")))
        .collect::<Vec<_>>()
        .join("\n")
}

fn changes(older: &[Line], newer: &[Line]) -> Vec<Changed> {
    older
        .iter()
        .zip(newer)
        .filter(|(older, newer)| older.text != newer.text)
        .map(|(older, newer)| Changed { label: newer.label, pieces: compare(&older.text, &newer.text) })
        .collect()
}

/// How pages call a level.
#[must_use]
pub const fn level_word(level: Level) -> &'static str {
    match level {
        Level::Field => "Field",
        Level::Council => "Council",
        Level::Secretary => "Secretary",
    }
}
