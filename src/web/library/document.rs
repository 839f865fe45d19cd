//! Governing documents: which there are, what was settled about each, what took its place.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::deadline::Calendar;
use crate::domain::id::DocumentId;
use crate::domain::organisation::{Document, Organisation, Standing};
use crate::service::library::{Among, Directive, DocumentChange, Shown};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::page::{Page, VisitorFrame};
use crate::web::when;

use super::directives;
use super::lines::{self, Line, counted};
use super::read::{PAGE, Turn, Turning, choose, count, turn};
use super::visitor::{At, Visitor};

/// Changes that a page tells; the newest.
const CHANGES: usize = 5;

/// A day, and what has changed on it.
pub type Changed = (String, String);

/// Address and title of a document.
pub type Link = (String, String);

#[derive(Template)]
#[template(path = "library/document.html")]
struct DocumentPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    document: &'a Document,
    standing: Standing,
    successor: Option<Link>,
    predecessors: Vec<Link>,
    /// Who answers how it is read.
    group: String,
    changes: Vec<Changed>,
    settled: usize,
    says: String,
    /// How it is read, as far as on this page.
    readings: Vec<Line>,
    directives: Vec<directives::Line>,
    others: Vec<Line>,
    turn: Turning,
}

/// Changes in words, the newest first and no more than a page has room for.
pub fn changed<'a>(
    changes: impl DoubleEndedIterator<Item = &'a DocumentChange>,
    calendar: &Calendar,
) -> Vec<Changed> {
    let words = |change: &DocumentChange| (when::day(change.at, calendar), change.what.join(" "));
    changes.rev().take(CHANGES).map(words).collect()
}

pub fn link(id: &DocumentId, organisation: &Organisation, at: &At) -> Link {
    (at.to(format!("/library/documents/{id}")), organisation.document_title(id))
}

fn about(document: &DocumentId) -> Among {
    Among { document: Some(document.clone()), ..Among::default() }
}

/// What stands on a document's page, in this order; within each part the newest first.
enum Item<'a> {
    Reading(&'a Shown),
    Directive(&'a Directive),
    Other(&'a Shown),
}

/// How much there is about a document.
fn says(entries: usize, directives: usize) -> String {
    match directives {
        0 => counted(entries),
        1 => format!("{}, 1 directive", counted(entries)),
        count => format!("{}, {count} directives", counted(entries)),
    }
}

pub async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let choices = directory.organisation()?.documents.iter().map(|document| {
        let directives = shelf.directives_about(&document.id).count();
        let mut says = says(count(&shelf, &about(&document.id)), directives);
        if document.standing() != Standing::InForce {
            says = format!("{says} · {}", document.standing().label());
        }
        (format!("/library/documents/{}", document.id), lines::heading(&document.title), says)
    });
    let lead = "Governing documents, and how much there is about each.";
    choose(visitor, "Documents", lead, choices.collect(), ("/library/documents", page))
}

pub async fn show(
    State(app): State<App>,
    Visitor { frame, at }: Visitor,
    InPath(id): InPath<String>,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let documents = app.candor.documents().await?;
    let organisation = directory.organisation()?;
    let document = organisation.document(&id.as_str().into()).ok_or(Failure::NotFound)?;
    let among = about(&document.id);
    // How it is read comes first; within each part the newest.
    let (readings, others): (Vec<&Shown>, Vec<&Shown>) =
        shelf.among(&among).partition(|entry| entry.is_reading());
    let of_document: Vec<_> = shelf.directives_about(&document.id).collect();
    let settled = readings.len();
    let says = says(readings.len() + others.len(), of_document.len());
    let all = readings.into_iter().map(Item::Reading);
    let all = all.chain(of_document.into_iter().map(Item::Directive));
    let all: Vec<_> = all.chain(others.into_iter().map(Item::Other)).collect();
    let path = format!("/library/documents/{}", document.id);
    let (shown, turn) = turn(all, page, PAGE, &path, &at)?;
    let (mut readings, mut directives, mut others) = (Vec::new(), Vec::new(), Vec::new());
    for item in shown {
        match item {
            Item::Reading(entry) => readings.push(lines::line(entry, organisation, &at)),
            Item::Directive(directive) => directives.push(directives::line(directive, &directory, &at)),
            Item::Other(entry) => others.push(lines::line(entry, organisation, &at)),
        }
    }
    let group = document.working_group.as_ref().and_then(|id| organisation.working_group(id));
    let page = DocumentPage {
        frame,
        standing: document.standing(),
        successor: document.successor.as_ref().map(|id| link(id, organisation, &at)),
        predecessors: organisation
            .predecessors(&document.id)
            .map(|before| link(&before.id, organisation, &at))
            .collect(),
        group: group.map_or_else(|| organisation.council.clone(), |group| group.name.clone()),
        changes: changed(documents.of(&document.id), &directory.calendar),
        settled,
        says,
        readings,
        directives,
        others,
        turn,
        document,
        at: &at,
    };
    Ok(Page::of(&page)?.into_response())
}
