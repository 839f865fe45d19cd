//! The page before sending: what could give the writer away, who will read it, the receipt.

use askama::Template;

use crate::clock::Timestamp;
use crate::domain::audience::{Audience, Reader};
use crate::domain::concern::{Concern, Dispatch, Month, Statement, Tried};
use crate::domain::dispute::Dispute;
use crate::domain::exposure::{self, KnownTo};
use crate::domain::organisation::Organisation;
use crate::domain::policy;
use crate::service::Directory;
use crate::service::inbox::DrawnReceipt;
use crate::service::library::Shelf;
use crate::web::errors::Failure;
use crate::web::library::heading;
use crate::web::page::{Page, VisitorFrame};

use super::check;
use super::choice::Choice;
use super::draft::Draft;
use super::steps::JOURNEY;
use crate::web::form::{Fields, Problems};

/// What this page asks for itself.
pub const REVIEWED: &[&str] = &["dispatch"];

/// What was typed, and how it stands.
pub struct View<'a> {
    pub draft: &'a Draft,
    pub errors: &'a Problems,
    pub fields: &'a Fields,
    /// One or two people know it, and the writer was told what that means.
    pub warned: bool,
}

/// A passage that could give the writer away.
struct Flag {
    part: &'static str,
    kind: &'static str,
    before: String,
    marked: String,
    after: String,
    advice: &'static str,
}

/// Who reads one part.
struct Readers {
    part: &'static str,
    posts: Vec<String>,
}

#[derive(Template)]
#[template(path = "reporter/review.html")]
struct ReviewPage<'a> {
    frame: VisitorFrame,
    draft: &'a Draft,
    errors: &'a Problems,
    flags: Vec<Flag>,
    lines: Vec<(&'static str, String)>,
    readers: Vec<Readers>,
    past_field: bool,
    known: Vec<Choice>,
    warned: bool,
    dispatches: Vec<Choice>,
    words: Vec<String>,
    saved: bool,
    /// First words of what the library says on the same document or topic.
    precedents: Vec<String>,
}

/// Entries of the library on this page: few and short, so that it stays of its size.
const PRECEDENTS: usize = 2;

/// Renders the page.
pub fn page(
    frame: VisitorFrame,
    view: &View<'_>,
    concern: &Concern,
    drawn: &DrawnReceipt,
    directory: &Directory,
    shelf: &Shelf,
    now: Timestamp,
) -> Result<Page, Failure> {
    let statement = &concern.statement;
    let precedents = shelf.precedents(statement.category.as_ref(), statement.document.as_ref());
    let organisation = directory.organisation()?;
    let dispute = directory.as_opened(directory.opening(concern)?, now)?;
    Page::of(&ReviewPage {
        frame,
        draft: view.draft,
        errors: view.errors,
        flags: flags(concern),
        lines: lines(concern, organisation),
        readers: readers(concern, &dispute, directory),
        past_field: dispute.bypass.field,
        known: known(view.fields.one("known")),
        warned: view.warned,
        dispatches: dispatches(&view.draft.dispatch),
        words: drawn.words.iter().map(ToString::to_string).collect(),
        saved: view.fields.has("saved"),
        precedents: precedents.into_iter().take(PRECEDENTS).map(|entry| heading(&entry.text)).collect(),
    })
}

/// The free texts of a concern, with what each is called on the form.
fn texts(concern: &Concern) -> [(&'static str, &str); 5] {
    [
        ("What happens", concern.statement.what_happens.as_str()),
        ("What it does to the work", concern.statement.effect.as_str()),
        ("Raised directly", concern.statement.tried_words.as_str()),
        ("What would put it right", concern.statement.remedy.as_str()),
        ("For the Council only", concern.council_only.as_str()),
    ]
}

/// How many characters stand around a marked passage.
const AROUND: usize = 40;

fn flags(concern: &Concern) -> Vec<Flag> {
    let mut all = Vec::new();
    for (part, text) in texts(concern) {
        all.extend(exposure::check(text).into_iter().map(|found| Flag {
            part,
            kind: found.kind.name(),
            before: last_characters(text.get(..found.span.start).unwrap_or_default()),
            marked: found.excerpt.to_owned(),
            after: first_characters(text.get(found.span.end..).unwrap_or_default()),
            advice: found.advice,
        }));
    }
    all
}

fn last_characters(text: &str) -> String {
    let skip = text.chars().count().saturating_sub(AROUND);
    let kept: String = text.chars().skip(skip).collect();
    if skip > 0 { format!("…{kept}") } else { kept }
}

fn first_characters(text: &str) -> String {
    let mut kept: String = text.chars().take(AROUND).collect();
    if text.chars().nth(AROUND).is_some() {
        kept.push('…');
    }
    kept
}

fn readers(concern: &Concern, dispute: &Dispute, directory: &Directory) -> Vec<Readers> {
    let given = |part, audience, given: bool| {
        given.then(|| Readers { part, posts: posts(audience, dispute, directory) })
    };
    let identity = &concern.identity;
    [
        given("What you wrote", Audience::Case, true),
        given("The part for the Council only", Audience::CouncilOnly, !concern.council_only.is_empty()),
        given("Your name", Audience::Identity, !identity.is_empty()),
    ]
    .into_iter()
    .flatten()
    .collect()
}

fn posts(audience: Audience, dispute: &Dispute, directory: &Directory) -> Vec<String> {
    let mut names: Vec<String> =
        policy::readers(dispute, audience, &directory.headquarters(), &directory.members)
            .iter()
            .filter_map(|reader| match reader {
                Reader::Post(post) => Some(directory.post_name(post)),
                Reader::Account(_) | Reader::Receipt => None,
            })
            .collect();
    names.dedup();
    names
}

/// Everything that was answered, as it will be read.
fn lines(concern: &Concern, organisation: &Organisation) -> Vec<(&'static str, String)> {
    let unit = |id: &str| check::unit(organisation, id).map_or_else(String::new, |unit| unit.name.clone());
    let mut all = vec![
        ("Your unit", unit(concern.my_unit.as_str())),
        ("The other side", unit(concern.other_unit.as_str())),
        ("Concerns someone who would handle it", concern.handler.label(organisation)),
    ];
    all.extend(statement_lines(&concern.statement, organisation));
    let identity = &concern.identity;
    for (label, text) in [
        ("For the Council only", &concern.council_only),
        ("Your name", &identity.name),
        ("How to reach you", &identity.contact),
    ] {
        if !text.is_empty() {
            all.push((label, text.as_str().to_owned()));
        }
    }
    all
}

/// The answers of a statement, without those left out.
pub fn statement_lines(statement: &Statement, organisation: &Organisation) -> Vec<(&'static str, String)> {
    let category = statement.category.as_ref().and_then(|id| organisation.category(id));
    let document = statement.document.as_ref().and_then(|id| organisation.document(id));
    let frequency = statement.frequency.map(|given| given.label().to_owned());
    let tried = (statement.tried != Tried::NotSaid).then(|| statement.tried.label().to_owned());
    let text = |text: &str| (!text.is_empty()).then(|| text.to_owned());
    [
        ("What happens", text(statement.what_happens.as_str())),
        ("About", category.map(|found| found.name.clone())),
        ("Document", document.map(|found| found.title.clone())),
        ("How often", frequency),
        ("Since", statement.since.map(Month::label)),
        ("What it does to the work", text(statement.effect.as_str())),
        ("Raised directly", tried),
        ("What came of it", text(statement.tried_words.as_str())),
        ("What would put it right", text(statement.remedy.as_str())),
    ]
    .into_iter()
    .filter_map(|(label, answer)| answer.map(|answer| (label, answer)))
    .collect()
}

fn known(chosen: &str) -> Vec<Choice> {
    KnownTo::ALL.iter().map(|known| Choice::new(known.word(), known.label(), chosen)).collect()
}

fn dispatches(chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { Dispatch::default().word() } else { chosen };
    Dispatch::ALL
        .iter()
        .map(|dispatch| Choice::new(dispatch.word(), dispatch.label(), chosen).hint(dispatch.hint()))
        .collect()
}

#[cfg(test)]
#[path = "review_tests.rs"]
mod tests;
