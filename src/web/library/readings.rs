//! Questions about documents and informal settlements: what somebody has to do with, and each on a page of its own.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::library::Origin;
use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::domain::reading::{Reading, Signed, Standing};
use crate::service::library::{Shelf, Shown};
use crate::service::readings::{ReadingAct, ReadingView, asking_seats, settling_seats};
use crate::service::{Directory, Problem};
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Done, Fields, InPath, Problems, Query};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::sign_in::afresh;
use crate::web::when::{self, Countdown};

use super::asking::{Exposed, no_case, open_text};
use super::comparing::{self, Comparing, departs_from};
use super::{ASK, READINGS, SETTLE, heading};

/// One in a list.
#[derive(Debug)]
pub struct Line {
    pub href: String,
    pub heading: String,
    /// The document, and what it is.
    pub about: String,
    /// What is asked of the reader, or where it stands.
    pub asked: &'static str,
    pub clock: Countdown,
}

#[derive(Template)]
#[template(path = "library/readings.html")]
struct ListPage<'a> {
    frame: StaffFrame,
    asks: bool,
    settles: bool,
    waiting: Vec<Line>,
    open: Vec<Line>,
    ended: Vec<Line>,
    done: &'a str,
}

#[derive(Template)]
#[template(path = "library/reading.html")]
struct ReadingPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    view: &'a ReadingView,
    title: &'static str,
    document: String,
    topic: String,
    asked: &'static str,
    clock: Countdown,
    from: String,
    with: String,
    proposed_by: String,
    ended_by: String,
    text: &'a str,
    reason: &'a str,
    exposed: &'a Exposed,
    comparing: Comparing,
    /// The entries to which what is proposed is another answer.
    departs_from: Vec<(String, String)>,
    problems: &'a Problems,
    fresh: bool,
}

/// What one asks of this person, or where it stands.
#[must_use]
pub fn asked(view: &ReadingView) -> &'static str {
    match (view.reading.standing, view.waits) {
        (Standing::Asked, true) => "Answer it with the other side",
        (Standing::Proposed, true) if view.reading.origin == Origin::Informal => "Agree to it, or decline",
        (Standing::Proposed, true) => "Agree to the answer, or propose another",
        (Standing::Asked | Standing::Proposed, _) => "The others have it",
        (Standing::Agreed, _) => "Agreed; it appears in the library",
        (Standing::Declined, _) => "Ended without an answer",
    }
}

fn document(reading: &Reading, directory: &Directory) -> String {
    let title = reading.document.as_ref().map(|id| {
        let organisation = directory.organisation.as_deref();
        organisation.map_or_else(|| id.to_string(), |organisation| organisation.document_title(id))
    });
    title.unwrap_or_else(|| "None".to_owned())
}

/// One in a list, for this person.
pub fn line(view: &ReadingView, directory: &Directory, now: crate::clock::Timestamp) -> Line {
    let reading = &view.reading;
    let asked = asked(view);
    Line {
        href: format!("{READINGS}/{}", view.id),
        heading: heading(reading.issue.as_str()),
        about: format!("{} · {}", title(reading), heading(&document(reading, directory))),
        asked,
        clock: when::countdown(asked, reading.since, reading.due, now, &directory.calendar),
    }
}

const fn title(reading: &Reading) -> &'static str {
    match reading.origin {
        Origin::Informal => "Settled between two commanders",
        Origin::Dispute | Origin::Question => "Question about a document",
    }
}

pub async fn list(
    State(app): State<App>,
    staff: Staff,
    Query(Done { done }): Query<Done>,
) -> Result<Response, Failure> {
    let all = app.candor.readings(&staff.signed_in).await?;
    let directory = app.candor.directory().await?;
    let now = app.candor.now();
    let lines = |views: &[&ReadingView]| views.iter().map(|view| line(view, &directory, now)).collect();
    let (waiting, open): (Vec<&ReadingView>, Vec<_>) = all.open.iter().partition(|view| view.waits);
    let page = ListPage {
        frame: staff.frame(&app, &staff.signed_in.sign_in_name),
        asks: asking_seats(&staff.signed_in).next().is_some(),
        settles: settling_seats(&staff.signed_in).next().is_some(),
        waiting: lines(&waiting),
        open: lines(&open),
        ended: lines(&all.ended.iter().collect::<Vec<_>>()),
        done: &done,
    };
    Ok(Page::of(&page)?.into_response())
}

async fn found(app: &App, staff: &Staff, id: &str) -> Result<ReadingView, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    Ok(app.candor.reading(&staff.signed_in, id).await?)
}

/// What was typed, and what is wrong with it.
struct Typed<'a> {
    text: &'a str,
    reason: &'a str,
    exposed: Exposed,
    comparing: Comparing,
    problems: Problems,
    fresh: bool,
}

/// What the library says on its document and topic.
fn precedents<'a>(view: &ReadingView, shelf: &'a Shelf) -> Vec<&'a Shown> {
    shelf.precedents(view.reading.category.as_ref(), view.reading.document.as_ref())
}

async fn page(app: &App, staff: &Staff, view: &ReadingView, typed: &Typed<'_>) -> Result<Page, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let reading = &view.reading;
    let post =
        |signed: Option<&Signed>| signed.map(|signed| directory.post_name(&signed.post)).unwrap_or_default();
    let organisation = directory.organisation()?;
    let topic = reading.category.as_ref().and_then(|id| organisation.category(id));
    let asked = asked(view);
    Page::of(&ReadingPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        title: title(reading),
        document: document(reading, &directory),
        topic: topic.map_or_else(|| "None".to_owned(), |topic| topic.name.clone()),
        asked,
        clock: when::countdown(asked, reading.since, reading.due, app.candor.now(), &directory.calendar),
        from: post(Some(&reading.from)),
        with: reading.with.as_ref().map(|post| directory.post_name(post)).unwrap_or_default(),
        proposed_by: post(reading.offer.as_ref().map(|offer| &offer.signed)),
        ended_by: post(reading.ended.as_ref()),
        text: typed.text,
        reason: typed.reason,
        exposed: &typed.exposed,
        comparing: typed.comparing.clone(),
        departs_from: reading
            .offer
            .as_ref()
            .map(|offer| departs_from(&offer.comparison, &shelf))
            .unwrap_or_default(),
        problems: &typed.problems,
        fresh: typed.fresh,
        view,
    })
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let view = found(&app, &staff, &id).await?;
    let offered = view.reading.offer.as_ref().map_or("", |offer| offer.text.as_str());
    let shelf = app.candor.shelf().await?;
    let none = Problems::default();
    let typed = Typed {
        text: offered,
        reason: "",
        exposed: Exposed::default(),
        comparing: Comparing::of(|_| "", &precedents(&view, &shelf), &none),
        problems: Problems::default(),
        fresh: staff.signed_in.fresh,
    };
    Ok(page(&app, &staff, &view, &typed).await?.into_response())
}

/// Proposes an answer, agrees to it, or ends it without one.
pub async fn act(
    State(app): State<App>,
    headers: HeaderMap,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let view = found(&app, &staff, &id).await?;
    let (text, reason) = (form.one("text"), form.one("reason"));
    let seen = form.one("seen").parse::<u32>().map_err(|_| Failure::Malformed)?;
    let mut problems = Problems::default();
    let mut exposed = Exposed::default();
    let shelf = app.candor.shelf().await?;
    let shown = precedents(&view, &shelf);
    let (act, open, done) = match form.one("do") {
        "propose" => {
            let despite = form.has("despite");
            let text = open_text(text, "text", limit::LIBRARY_TEXT, despite, &mut exposed, &mut problems);
            let comparison = comparing::read(|name| form.one(name), &shown, &mut problems);
            let act = text.zip(comparison).map(|(text, compared)| ReadingAct::Propose(text, compared));
            (act, &view.propose, "proposed")
        }
        "agree" => (Some(ReadingAct::Agree), &view.agree, "agreed"),
        "decline" => {
            let parsed = Prose::parse(reason, limit::REASON);
            let reason = parsed.map_err(|error| problems.add("reason", error.to_string())).ok();
            let reason = reason.filter(|reason| no_case(reason.as_str(), "reason", &mut problems));
            (reason.map(ReadingAct::Decline), &view.decline, "declined")
        }
        _ => return Err(Failure::Malformed),
    };
    if open.is_none() {
        return Err(Failure::NotFound);
    }
    // Ending it signs nothing that anybody will read.
    let refreshed = if done == "declined" {
        None
    } else {
        afresh(&app, &headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?
    };
    let by = refreshed.as_ref().unwrap_or(&staff.signed_in);
    if let (true, Some(act)) = (problems.is_empty(), act) {
        match app.candor.act_on_reading(by, view.id, seen, act).await {
            Ok(()) => return Ok(see_other_emptying_the_form(&format!("{READINGS}?done={done}"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::Unusable(words)) => problems.add(comparing::ANSWER, words),
            // Somebody was faster.
            Err(Problem::NotFound | Problem::Store(StoreError::Conflict)) => return Err(Failure::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let comparing = Comparing::of(|name| form.one(name), &shown, &problems);
    let typed = Typed { text, reason, exposed, comparing, problems, fresh: by.fresh };
    Ok(page(&app, &staff, &view, &typed).await?.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}
