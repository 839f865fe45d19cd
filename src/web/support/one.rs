//! One request for support, and what its two ends do about it.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::domain::prose::Prose;
use crate::domain::support::{End, Given, Word, answer_needs_words, confirmation_needs_words, limit};
use crate::service::support::{SupportAct, SupportView};
use crate::service::{Directory, Problem};
use crate::store::StoreError;
use crate::web::App;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{Fields, InPath, Problems};
use crate::web::library::no_case;
use crate::web::page::{Page, StaffFrame, see_other_emptying_the_form};
use crate::web::when::{self, Countdown};

use super::{SUPPORT, asked};

/// One side's word, as the page shows it.
struct Said<'a> {
    title: &'static str,
    given: &'static str,
    words: &'a str,
    by: String,
}

#[derive(Template)]
#[template(path = "support/one.html")]
struct OnePage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    view: &'a SupportView,
    asked: &'static str,
    clock: Countdown,
    from: String,
    of: String,
    due: String,
    said: Vec<Said<'a>>,
    /// What may be chosen: what is sent, what is shown, and whether it is chosen.
    choices: Vec<(&'static str, &'static str, bool)>,
    words: &'a str,
    problems: &'a Problems,
}

async fn found(app: &App, staff: &Staff, id: &str) -> Result<SupportView, Failure> {
    let id = id.parse().map_err(|_| Failure::NotFound)?;
    Ok(app.candor.request(&staff.signed_in, id).await?)
}

fn said<'a>(title: &'static str, word: Option<&'a Word>, directory: &Directory) -> Option<Said<'a>> {
    let word = word?;
    let (given, words) = (word.given.label(), word.words.as_str());
    Some(Said { title, given, words, by: directory.post_name(&word.signed.post) })
}

async fn page(
    app: &App,
    staff: &Staff,
    view: &SupportView,
    (given, words): (Option<Given>, &str),
    problems: &Problems,
) -> Result<Page, Failure> {
    let directory = app.candor.directory().await?;
    let (support, calendar) = (&view.support, &directory.calendar);
    let asked = asked(view);
    let answer = said("What the asked side gives", support.answer.as_ref(), &directory);
    let came = said("What came, says whoever asked", support.confirmed.as_ref(), &directory);
    Page::of(&OnePage {
        frame: staff.frame(app, &staff.signed_in.sign_in_name),
        csrf: &staff.signed_in.csrf,
        asked,
        clock: when::countdown(asked, support.since, support.next_due(), app.candor.now(), calendar),
        from: directory.post_name(&support.from.post),
        of: directory.post_name(&support.of),
        due: when::day(support.due, calendar),
        said: answer.into_iter().chain(came).collect(),
        choices: Given::ALL
            .iter()
            .map(|choice| (choice.word(), choice.label(), Some(*choice) == given))
            .collect(),
        words,
        problems,
        view,
    })
}

/// What the asked side has said already: it can say it anew.
fn before(view: &SupportView) -> (Option<Given>, &str) {
    let answer = view.support.answer.as_ref().filter(|_| view.end == End::Asked);
    answer.map_or((None, ""), |answer| (Some(answer.given), answer.words.as_str()))
}

pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath(id): InPath<String>,
) -> Result<Response, Failure> {
    let view = found(&app, &staff, &id).await?;
    Ok(page(&app, &staff, &view, before(&view), &Problems::default()).await?.into_response())
}

/// Says what is given, says what came, or withdraws it.
pub async fn act(
    State(app): State<App>,
    InPath(id): InPath<String>,
    CheckedForm { staff, form }: CheckedForm<Fields>,
) -> Result<Response, Failure> {
    let view = found(&app, &staff, &id).await?;
    let seen = form.one("seen").parse::<u32>().map_err(|_| Failure::Malformed)?;
    let (given, typed) = (Given::from_word(form.one("given")), form.one("words"));
    let mut problems = Problems::default();
    let answered = view.support.answer.as_ref().map(|answer| answer.given);
    let (act, done) = match form.one("do") {
        "answer" if view.may_answer => {
            let needed = given.is_some_and(answer_needs_words);
            let words = explained(typed, needed, &mut problems);
            (given.zip(words).map(|(given, words)| SupportAct::Answer(given, words)), "answered")
        }
        "confirm" if view.may_confirm => {
            let differs = |came| answered.is_some_and(|said| confirmation_needs_words(said, came));
            let words = explained(typed, given.is_some_and(differs), &mut problems);
            (given.zip(words).map(|(given, words)| SupportAct::Confirm(given, words)), "confirmed")
        }
        "withdraw" if view.may_withdraw => (Some(SupportAct::Withdraw), "withdrawn"),
        "answer" | "confirm" | "withdraw" => return Err(Failure::NotFound),
        _ => return Err(Failure::Malformed),
    };
    if given.is_none() && done != "withdrawn" {
        problems.add("given", "Choose one.");
    }
    if let (true, Some(act)) = (problems.is_empty(), act) {
        match app.candor.act_on_support(&staff.signed_in, view.id, seen, act).await {
            Ok(()) => return Ok(see_other_emptying_the_form(&format!("{SUPPORT}?done={done}"))),
            Err(Problem::Unusable(words)) => problems.add("words", words),
            // Somebody was faster, or its time has ended.
            Err(Problem::NotFound | Problem::Store(StoreError::Conflict)) => return Err(Failure::Changed),
            Err(problem) => return Err(problem.into()),
        }
    }
    let page = page(&app, &staff, &view, (given, typed), &problems).await?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

fn explained(typed: &str, needed: bool, problems: &mut Problems) -> Option<Prose> {
    let parse = if needed { Prose::parse } else { Prose::parse_optional };
    let words = parse(typed, limit::WORDS).map_err(|error| problems.add("words", error.to_string())).ok();
    words.filter(|words| no_case(words.as_str(), "words", problems))
}
