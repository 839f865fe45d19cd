//! The two forms that begin something without a dispute: a question about a document, and what two commanders
//! have settled.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};

use crate::domain::dispute::Seat;
use crate::domain::exposure;
use crate::domain::id::PostId;
use crate::domain::organisation::Standing;
use crate::domain::proposal::{ResolutionKind, limit::LIBRARY_TEXT};
use crate::domain::prose::Prose;
use crate::domain::reading::{KINDS, limit, names_a_case};
use crate::service::library::{Shelf, Shown};
use crate::service::readings::{NewQuestion, NewSettlement, asking_seats, settling_seats};
use crate::service::{Directory, Problem};
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, Problems};
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::sign_in::afresh;

use super::comparing::{self, Comparing};
use super::{ASK, READINGS, SETTLE, heading};

/// What a form sends, what a page shows, and whether it was chosen.
pub type Choice = (String, String, bool);

/// What the exposure check finds in a text that everybody will read: the kind of detail, the words, the advice.
#[derive(Debug, Default)]
pub struct Exposed(pub Vec<(&'static str, String, &'static str)>);

/// A text that everybody will read. Where the check finds something, it is shown once before it goes on.
pub fn open_text(
    typed: &str,
    field: &'static str,
    most: usize,
    despite: bool,
    exposed: &mut Exposed,
    problems: &mut Problems,
) -> Option<Prose> {
    let text = Prose::parse(typed, most).map_err(|error| problems.add(field, error.to_string())).ok()?;
    if !no_case(text.as_str(), field, problems) {
        return None;
    }
    let found = exposure::check(text.as_str());
    exposed.0.extend(found.iter().map(|flag| (flag.kind.name(), flag.excerpt.to_owned(), flag.advice)));
    if !found.is_empty() && !despite {
        problems.add(
            field,
            "This could point to somebody. Say it more generally, or say below that it is meant so.",
        );
    }
    Some(text)
}

/// Whether a text names no case.
pub fn no_case(text: &str, field: &'static str, problems: &mut Problems) -> bool {
    let names = names_a_case(text);
    if names {
        problems.add(
            field,
            "This names a case by its number. Nobody outside of a case may read of it. Leave it out.",
        );
    }
    !names
}

/// Choices with what was typed marked.
pub fn marked(form: &Fields, name: &str, choices: impl Iterator<Item = (String, String)>) -> Vec<Choice> {
    let typed = form.one(name);
    choices
        .map(|(value, words)| {
            let is = value == typed;
            (value, words, is)
        })
        .collect()
}

/// What both forms are drawn from.
struct Choices {
    posts: Vec<Choice>,
    /// Documents that hold come first.
    documents: Vec<Choice>,
    topics: Vec<Choice>,
}

impl Choices {
    fn of<'a>(
        form: &Fields,
        seats: impl Iterator<Item = &'a Seat>,
        directory: &Directory,
    ) -> Result<Self, Failure> {
        let organisation = directory.organisation()?;
        let seats = seats.map(|seat| (seat.post.to_string(), directory.post_name(&seat.post)));
        let posts = marked(form, "post", seats);
        if posts.is_empty() {
            return Err(Failure::NotFound);
        }
        let mut documents: Vec<_> = organisation.documents.iter().collect();
        documents.sort_by_key(|document| document.standing());
        let document = |document: &&crate::domain::organisation::Document| {
            let title = heading(&document.title);
            let title = match document.standing() {
                Standing::InForce => title,
                other => format!("{title} ({})", other.label().to_lowercase()),
            };
            (document.id.to_string(), title)
        };
        let topics = organisation.categories.iter().map(|one| (one.id.to_string(), one.name.clone()));
        let documents = marked(form, "document", documents.iter().map(document));
        Ok(Self { posts, documents, topics: marked(form, "topic", topics) })
    }
}

/// A choice that may be left open.
fn chosen<T: for<'a> From<&'a str>>(form: &Fields, name: &str) -> Option<T> {
    Some(form.one(name)).filter(|typed| !typed.is_empty()).map(T::from)
}

#[derive(Template)]
#[template(path = "library/ask.html")]
struct AskPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    form: &'a Fields,
    choices: Choices,
    exposed: &'a Exposed,
    problems: &'a Problems,
}

fn ask_page(
    app: &App,
    staff: &Staff,
    directory: &Directory,
    form: &Fields,
    exposed: &Exposed,
    problems: &Problems,
) -> Result<Page, Failure> {
    Page::of(&AskPage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        form,
        choices: Choices::of(form, asking_seats(&staff.signed_in), directory)?,
        exposed,
        problems,
    })
}

/// The post from which the form was sent; a form without a choice has the only one.
pub fn post<'a>(form: &Fields, mut seats: impl Iterator<Item = &'a Seat>) -> Result<PostId, Failure> {
    let named = form.one("post");
    seats
        .find(|seat| named.is_empty() || seat.post.to_string() == named)
        .map(|seat| seat.post.clone())
        .ok_or(Failure::NotFound)
}

pub async fn ask(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let (form, exposed, problems) = (Fields::default(), Exposed::default(), Problems::default());
    Ok(ask_page(&app, &staff, &directory, &form, &exposed, &problems)?.into_response())
}

pub async fn send_question(
    State(app): State<App>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let post = post(&form, asking_seats(&staff.signed_in))?;
    let (mut exposed, mut problems) = (Exposed::default(), Problems::default());
    let document = chosen(&form, "document");
    if document.is_none() {
        problems.add("document", "Choose the document that you ask about.");
    }
    let despite = form.has("despite");
    let question = open_text(form.one("issue"), "issue", limit::ISSUE, despite, &mut exposed, &mut problems);
    if let (true, Some(document), Some(question)) = (problems.is_empty(), document, question) {
        let new = NewQuestion { document, category: chosen(&form, "topic"), question };
        match app.candor.ask_reading(&staff.signed_in, &post, new).await {
            Ok(_) => return Ok(see_other_emptying_the_form(&format!("{READINGS}?done=asked"))),
            Err(Problem::Unusable(words)) => problems.add("document", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let directory = app.candor.directory().await?;
    let page = ask_page(&app, &staff, &directory, &form, &exposed, &problems)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

#[derive(Template)]
#[template(path = "library/settle.html")]
struct SettlePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    form: &'a Fields,
    choices: Choices,
    /// Commanders of the other agency.
    others: Vec<Choice>,
    kinds: Vec<Choice>,
    exposed: &'a Exposed,
    comparing: Comparing,
    problems: &'a Problems,
    fresh: bool,
}

/// Commanders of the agencies that none of these seats belongs to, as far as somebody holds the post.
pub fn others<'a>(
    form: &Fields,
    seats: impl Iterator<Item = &'a Seat>,
    directory: &Directory,
) -> Result<Vec<Choice>, Failure> {
    let organisation = directory.organisation()?;
    let own: Vec<_> = seats.filter_map(|seat| organisation.component_of_post(&seat.post)).collect();
    let posts = organisation.posts().into_iter().filter(|post| {
        matches!(post, PostId::Commander(_))
            && directory.count(post) > 0
            && organisation.component_of_post(post).is_some_and(|component| !own.contains(&component))
    });
    let posts = posts.map(|post| (post.to_string(), directory.post_name(&post)));
    let mut others = marked(form, "with", posts);
    others.sort_by(|one, other| one.1.cmp(&other.1));
    Ok(others)
}

fn settle_page(
    app: &App,
    staff: &Staff,
    directory: &Directory,
    form: &Fields,
    shelf: &Shelf,
    (exposed, problems): (&Exposed, &Problems),
    fresh: bool,
) -> Result<Page, Failure> {
    // Nothing is asked before anything is chosen.
    let shown = precedents(form, shelf);
    let kinds = KINDS.map(|kind| (kind.word().to_owned(), kind.label().to_owned()));
    Page::of(&SettlePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        form,
        choices: Choices::of(form, settling_seats(&staff.signed_in), directory)?,
        others: others(form, settling_seats(&staff.signed_in), directory)?,
        kinds: marked(form, "kind", kinds.into_iter()),
        exposed,
        comparing: Comparing::of(|name| form.one(name), &shown, problems),
        problems,
        fresh,
    })
}

/// What the library says on the document and the topic that the form names.
fn precedents<'a>(form: &Fields, shelf: &'a Shelf) -> Vec<&'a Shown> {
    shelf.precedents(chosen(form, "topic").as_ref(), chosen(form, "document").as_ref())
}

pub async fn settle(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let (form, exposed, problems) = (Fields::default(), Exposed::default(), Problems::default());
    let fresh = staff.signed_in.fresh;
    Ok(settle_page(&app, &staff, &directory, &form, &shelf, (&exposed, &problems), fresh)?.into_response())
}

pub async fn send_settlement(
    State(app): State<App>,
    headers: HeaderMap,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let post = post(&form, settling_seats(&staff.signed_in))?;
    let (mut exposed, mut problems) = (Exposed::default(), Problems::default());
    let with = form.one("with").parse::<PostId>().ok();
    if with.is_none() {
        problems.add("with", "Choose the commander with whom you have settled it.");
    }
    let kind = ResolutionKind::from_word(form.one("kind")).filter(|kind| KINDS.contains(kind));
    if kind.is_none() {
        problems.add("kind", "Choose what sort of settlement it is.");
    }
    let between_two = |field: &'static str, most, problems: &mut Problems| {
        let text = Prose::parse(form.one(field), most);
        let text = text.map_err(|error| problems.add(field, error.to_string())).ok();
        text.filter(|text| no_case(text.as_str(), field, problems))
    };
    let issue = between_two("issue", limit::ISSUE, &mut problems);
    let agreed = between_two("agreed", limit::AGREED, &mut problems);
    let despite = form.has("despite");
    let text = open_text(form.one("text"), "text", LIBRARY_TEXT, despite, &mut exposed, &mut problems);
    let shelf = app.candor.shelf().await?;
    let comparison = comparing::read(|name| form.one(name), &precedents(&form, &shelf), &mut problems);
    let refreshed = afresh(&app, &headers, &staff.signed_in, form.one("passphrase"), &mut problems).await?;
    let by = refreshed.as_ref().unwrap_or(&staff.signed_in);
    if let (true, Some(with), Some(kind), Some(issue), Some(agreed), Some(library_text), Some(comparison)) =
        (problems.is_empty(), with, kind, issue, agreed, text, comparison)
    {
        let (document, category) = (chosen(&form, "document"), chosen(&form, "topic"));
        let new = NewSettlement { with, document, category, kind, issue, agreed, library_text, comparison };
        match app.candor.record_settlement(by, &post, new).await {
            Ok(_) => return Ok(see_other_emptying_the_form(&format!("{READINGS}?done=recorded"))),
            Err(Problem::SignInAgain) => problems.add("passphrase", Problem::SignInAgain.to_string()),
            Err(Problem::Unusable(words)) => problems.add("with", words),
            Err(problem) => return Err(problem.into()),
        }
    }
    let directory = app.candor.directory().await?;
    let page = settle_page(&app, &staff, &directory, &form, &shelf, (&exposed, &problems), by.fresh)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}
