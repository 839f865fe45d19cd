//! Governing documents: which there are, what was settled about each, what took its place.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::deadline::Calendar;
use crate::domain::id::DocumentId;
use crate::domain::organisation::{Document, Organisation, Standing};
use crate::service::library::{Among, DocumentChange, Shown};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::{InPath, Query};
use crate::web::page::{Page, VisitorFrame};
use crate::web::when;

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

pub async fn list(
    State(app): State<App>,
    visitor: Visitor,
    Query(Turn { page }): Query<Turn>,
) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let choices = directory.organisation()?.documents.iter().map(|document| {
        let mut says = counted(count(&shelf, &about(&document.id)));
        if document.standing() != Standing::InForce {
            says = format!("{says} · {}", document.standing().label());
        }
        (format!("/library/documents/{}", document.id), lines::heading(&document.title), says)
    });
    let lead = "Governing documents, and how many entries there are about each.";
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
    let (settled, says) = (readings.len(), counted(readings.len() + others.len()));
    let all: Vec<_> = readings.into_iter().chain(others).collect();
    let path = format!("/library/documents/{}", document.id);
    let (shown, turn) = turn(all, page, PAGE, &path, &at)?;
    let (readings, others): (Vec<_>, Vec<_>) = shown.into_iter().partition(|entry| entry.is_reading());
    let line = |entry: &Shown| lines::line(entry, organisation, &at);
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
        readings: readings.into_iter().map(line).collect(),
        others: others.into_iter().map(line).collect(),
        turn,
        document,
        at: &at,
    };
    Ok(Page::of(&page)?.into_response())
}
