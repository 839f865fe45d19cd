//! Search. The question travels in a form and never in an address, which stands in browser histories and logs.

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::organisation::Organisation;
use crate::service::Directory;
use crate::service::library::{Among, Answer, Asked, QUESTION_MOST, Shelf, Shown, excerpt};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::Fields;
use crate::web::page::{Page, VisitorFrame};

use super::visitor::{At, Visitor};
use super::{directives, lines};

/// Answers on one page.
const PAGE: usize = 8;
/// Pages that can be asked for: nobody turns further, and an answer further down answers little.
const LAST_PAGE: usize = 25;

/// A choice of a filter: what it sends, its name, whether it is chosen.
type Filter = (String, String, bool);

#[derive(Template)]
#[template(path = "library/search.html")]
struct SearchPage<'a> {
    frame: VisitorFrame,
    at: &'a At,
    question: &'a str,
    /// What was looked for in the place of a word.
    respelt: Vec<(String, String)>,
    topics: Vec<Filter>,
    documents: Vec<Filter>,
    pairs: Vec<Filter>,
    answers: Option<Found>,
}

struct Found {
    says: String,
    answers: Vec<AnswerLine>,
    page: usize,
    pages: usize,
}

struct AnswerLine {
    href: String,
    about: Vec<(bool, String)>,
    mark: Option<&'static str>,
    pieces: Vec<(bool, String)>,
}

/// An answer in words, with what was asked for marked.
fn answer_line(
    answer: Answer<'_>,
    asked: &Asked,
    directory: &Directory,
    at: &At,
) -> Result<AnswerLine, Failure> {
    Ok(match answer {
        Answer::Entry(entry) => {
            let line = lines::line(entry, directory.organisation()?, at);
            let (about, pieces) = (excerpt(&line.about, asked), excerpt(&entry.text, asked));
            AnswerLine { href: line.href, about, mark: line.mark, pieces }
        }
        Answer::Directive(directive) => {
            let line = directives::line(directive, directory, at);
            let document = directive
                .document
                .as_ref()
                .map(|id| directory.organisation().map(|all| all.document_title(id)));
            let about = match document.transpose()? {
                Some(title) => format!("Directive · {title} · {}", line.about),
                None => format!("Directive · {}", line.about),
            };
            let text = format!("{}: {}", directive.title, directive.text);
            let (about, pieces) = (excerpt(&about, asked), excerpt(&text, asked));
            AnswerLine { href: line.href, about, mark: line.withdrawn.then_some("Withdrawn"), pieces }
        }
    })
}

fn chosen(list: Vec<(String, String)>, chosen: &str) -> Vec<Filter> {
    list.into_iter()
        .map(|(value, name)| {
            let is = value == chosen;
            (value, name, is)
        })
        .collect()
}

/// The topics, documents and pairs that have entries.
fn filters(shelf: &Shelf, organisation: &Organisation, fields: &Fields) -> [Vec<Filter>; 3] {
    let all = Among::default();
    let has = |holds: &dyn Fn(&Shown) -> bool| shelf.among(&all).any(holds);
    let topics = organisation
        .categories
        .iter()
        .filter(|category| has(&|entry: &Shown| entry.category.as_ref() == Some(&category.id)))
        .map(|category| (category.id.to_string(), category.name.clone()));
    let documents = organisation
        .documents
        .iter()
        .filter(|document| {
            has(&|entry: &Shown| entry.document.as_ref() == Some(&document.id))
                || shelf.directives_about(&document.id).next().is_some()
        })
        .map(|document| (document.id.to_string(), lines::heading(&document.title)));
    let mut pairs: Vec<_> = Vec::new();
    for (place, one) in organisation.components.iter().enumerate() {
        for other in organisation.components.iter().skip(place + 1) {
            pairs.push((format!("{} {}", one.id, other.id), format!("{} and {}", one.short, other.short)));
        }
    }
    // Between two agencies there is nothing to choose.
    if pairs.len() < 2 {
        pairs.clear();
    }
    [
        chosen(topics.collect(), fields.one("topic")),
        chosen(documents.collect(), fields.one("document")),
        chosen(pairs, fields.one("pair")),
    ]
}

fn among(fields: &Fields) -> Among {
    let given = |name| Some(fields.one(name)).filter(|value| !value.is_empty());
    Among {
        category: given("topic").map(Into::into),
        document: given("document").map(Into::into),
        pair: given("pair")
            .and_then(|pair| pair.split_once(' '))
            .map(|(one, other)| crate::domain::library::Pair::of(&one.into(), &other.into())),
        month: None,
    }
}

/// How much was found.
fn says(entries: usize, directives: usize) -> String {
    let of_directives = match directives {
        1 => "1 directive".to_owned(),
        count => format!("{count} directives"),
    };
    match (entries, directives) {
        (0, 0) => "Nothing answers that".to_owned(),
        (count, 0) => format!("{} found", lines::counted(count)),
        (0, _) => format!("{of_directives} found"),
        (count, _) => format!("{} and {of_directives} found", lines::counted(count)),
    }
}

pub async fn ask(State(app): State<App>, visitor: Visitor) -> Result<Response, Failure> {
    page(&app, visitor, &Fields::default()).await
}

pub async fn answer(
    State(app): State<App>,
    frame: VisitorFrame,
    fields: Fields,
) -> Result<Response, Failure> {
    match Visitor::with(&app, frame, fields.one("access"), super::SEARCH).await {
        Ok(visitor) => page(&app, visitor, &fields).await,
        Err(asks) => Ok(asks),
    }
}

async fn page(app: &App, Visitor { frame, at }: Visitor, fields: &Fields) -> Result<Response, Failure> {
    let (shelf, directory) = (app.candor.shelf().await?, app.candor.directory().await?);
    let organisation = directory.organisation()?;
    let typed = fields.one("question").trim();
    let question: String = typed.chars().take(QUESTION_MOST).collect();
    let [topics, documents, pairs] = filters(&shelf, organisation, fields);
    let mut respelt = Vec::new();
    let mut found = None;
    if !question.is_empty() {
        let among = among(fields);
        let answers = shelf.search(&question, &among);
        let pages = answers.found.len().div_ceil(PAGE).clamp(1, LAST_PAGE);
        let page = fields.one("page").parse().unwrap_or(1_usize).clamp(1, pages);
        let shown = answers.found.iter().skip((page - 1) * PAGE).take(PAGE);
        let lines = shown.map(|answer| answer_line(*answer, &answers.asked, &directory, &at));
        let lines = lines.collect::<Result<_, Failure>>()?;
        let directives = answers.found.iter().filter(|one| matches!(one, Answer::Directive(_))).count();
        found = Some(Found {
            says: says(answers.found.len() - directives, directives),
            answers: lines,
            page,
            pages,
        });
        respelt = answers.asked.respelt;
    }
    let page =
        SearchPage { frame, at: &at, question: &question, respelt, topics, documents, pairs, answers: found };
    Ok(Page::of(&page)?.into_response())
}
