//! The form of a proposal: what it starts from, and what it becomes.

use std::collections::BTreeSet;

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;
use crate::domain::id::{DocumentId, PostId};
use crate::domain::policy;
use crate::domain::proposal::{ActionWords, Proposal, ResolutionKind, limit};
use crate::service::cases::CaseView;
use crate::service::library::Shown;
use crate::web::form::Problems;
use crate::web::library::comparing;

use super::around::Around;
use super::parse::prose;
use super::typed::Typed;
use crate::web::when;

/// What stands in the form for "no governing document".
pub const NO_DOCUMENT: &str = "none";

/// The fields of the actions, by row.
pub const WHAT: [&str; limit::ACTIONS] =
    ["what_1", "what_2", "what_3", "what_4", "what_5", "what_6", "what_7", "what_8"];
pub const OWNER: [&str; limit::ACTIONS] =
    ["owner_1", "owner_2", "owner_3", "owner_4", "owner_5", "owner_6", "owner_7", "owner_8"];
pub const DUE: [&str; limit::ACTIONS] =
    ["due_1", "due_2", "due_3", "due_4", "due_5", "due_6", "due_7", "due_8"];

/// What an empty form starts from: the newest version, or else the concern.
#[must_use]
pub fn begin(view: &CaseView, calendar: &Calendar) -> Typed {
    let mut typed = Typed::default();
    let newest = view.proposals.iter().rfind(|version| version.on_table).or_else(|| view.proposals.last());
    if let Some(version) = newest {
        fill(&mut typed, &version.proposal, calendar);
    } else if let Some(statement) = &view.statement {
        typed.put("issue", from_concern(statement.what_happens.as_str()));
        if let Some(document) = &statement.document {
            typed.put("document", document.as_str());
        }
    }
    typed
}

/// As much of what happens as the issue takes.
fn from_concern(text: &str) -> String {
    text.chars().take(limit::ISSUE).collect()
}

fn fill(typed: &mut Typed, proposal: &Proposal, calendar: &Calendar) {
    typed.put("issue", proposal.issue.as_str());
    typed.put("finding", proposal.finding.as_str());
    typed.put("document", proposal.document.as_ref().map_or(NO_DOCUMENT, DocumentId::as_str));
    typed.put("kind", proposal.kind.word());
    typed.put("library_text", proposal.library_text.as_str());
    comparing::fill(&proposal.comparison, |name, value| typed.put(name, value));
    if proposal.none_needed {
        typed.put("none_needed", "yes");
    }
    let rows = WHAT.iter().zip(OWNER).zip(DUE);
    for (action, ((what, owner), due)) in proposal.actions.iter().zip(rows) {
        typed.put(what, action.what.as_str());
        typed.put(owner, action.owner.to_string());
        typed.put(due, when::field_value(action.due, calendar));
    }
}

/// Who could carry out an action, as the machine will judge it.
#[must_use]
pub fn owners(view: &CaseView, around: &Around<'_>) -> BTreeSet<PostId> {
    policy::possible_owners(&view.dispute, around.members)
}

/// Reads the form.
pub fn read(
    typed: &Typed,
    view: &CaseView,
    around: &Around<'_>,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<Proposal> {
    let issue = prose(typed, "issue", limit::ISSUE, problems);
    let finding = prose(typed, "finding", limit::FINDING, problems);
    let document = document(typed, around, problems);
    let kind = ResolutionKind::from_word(typed.of("kind"));
    if kind.is_none() {
        problems.add("kind", "Choose what sort of resolution this is.");
    }
    let before = problems.len();
    let actions = actions(typed, view, around, now, problems);
    let none_needed = typed.has("none_needed");
    if problems.len() == before {
        if actions.is_empty() && !none_needed {
            problems.add("none_needed", "Name at least one action, or say that none is needed.");
        } else if !actions.is_empty() && none_needed {
            problems.add("none_needed", "Either name actions or say that none is needed, not both.");
        }
    }
    let comparison = comparing::read(|name| typed.of(name), &precedents(typed, view), problems);
    let library_text = prose(typed, "library_text", limit::LIBRARY_TEXT, problems);
    if !problems.is_empty() {
        return None;
    }
    Some(Proposal {
        issue: issue?,
        finding: finding?,
        document: document?,
        kind: kind?,
        actions,
        none_needed,
        library_text: library_text?,
        comparison: comparison?,
    })
}

/// What the library says on the document that the form names, or on the concern's.
pub fn precedents<'a>(typed: &Typed, view: &'a CaseView) -> Vec<&'a Shown> {
    match typed.of("document") {
        "" => view.precedents_of(view.names.as_ref()),
        NO_DOCUMENT => view.precedents_of(None),
        id => view.precedents_of(Some(&DocumentId::from(id))),
    }
}

#[expect(clippy::option_option, reason = "no document is an answer; no answer is a problem")]
fn document(typed: &Typed, around: &Around<'_>, problems: &mut Problems) -> Option<Option<DocumentId>> {
    match typed.of("document") {
        NO_DOCUMENT => Some(None),
        "" => {
            problems.add("document", "Choose the governing document, or say that there is none.");
            None
        }
        id => {
            let id = DocumentId::from(id);
            let known = around.organisation.document(&id).is_some();
            if !known {
                problems.add("document", "Choose a document from the list.");
            }
            known.then_some(Some(id))
        }
    }
}

fn actions(
    typed: &Typed,
    view: &CaseView,
    around: &Around<'_>,
    now: Timestamp,
    problems: &mut Problems,
) -> Vec<ActionWords> {
    let owners = owners(view, around);
    let mut actions = Vec::new();
    for ((what, owner), due) in WHAT.into_iter().zip(OWNER).zip(DUE) {
        if [what, owner, due].iter().all(|field| typed.of(field).trim().is_empty()) {
            continue;
        }
        let words = prose(typed, what, limit::ACTION, problems);
        let post: Option<PostId> = typed.of(owner).parse().ok().filter(|post| owners.contains(post));
        if post.is_none() {
            problems.add(owner, "Choose the post that carries this action out.");
        }
        let end = when::end_of_day(typed.of(due), around.calendar);
        match end {
            None => problems.add(due, "Give the date by which it is done."),
            Some(end) if end <= now => problems.add(due, "Choose a date in the future."),
            Some(_) => {}
        }
        if let (Some(what), Some(owner), Some(due)) = (words, post, end) {
            actions.push(ActionWords { what, owner, due });
        }
    }
    actions
}
