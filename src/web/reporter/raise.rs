//! Raising a concern: units in steps, the form, the review, sending.

use askama::Template;
use axum::extract::State;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Response};

use crate::clock::Timestamp;
use crate::domain::concern::{Frequency, Pace, Tried, limit};
use crate::domain::exposure::KnownTo;
use crate::domain::organisation::{Channel, Organisation};
use crate::service::Problem;
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame, see_other_emptying_the_form};

use super::Guest;
use super::access;
use super::check;
use super::choice::Choice;
use super::draft::Draft;
use super::review;
use super::steps::{self, JOURNEY, Step};
use crate::web::form::{Fields, Problems};

#[derive(Template)]
#[template(path = "reporter/step.html")]
struct StepPage<'a> {
    frame: VisitorFrame,
    draft: &'a Draft,
    errors: &'a Problems,
    step: Step,
    /// Device advice and what this is not for stand before the first question.
    first: bool,
    choices: Vec<Choice>,
    channels: &'a [Channel],
}

#[derive(Template)]
#[template(path = "reporter/write.html")]
struct WritePage<'a> {
    frame: VisitorFrame,
    draft: &'a Draft,
    errors: &'a Problems,
    our: String,
    other: String,
    handlers: Vec<Choice>,
    categories: Vec<Choice>,
    documents: Vec<Choice>,
    paces: Vec<Choice>,
    frequencies: Vec<Choice>,
    months: Vec<Choice>,
    tried: Vec<Choice>,
    name_for: Vec<Choice>,
    open_about: bool,
    open_council: bool,
    open_name: bool,
}

#[derive(Template)]
#[template(path = "reporter/sent.html")]
struct SentPage {
    frame: VisitorFrame,
}

#[derive(Template)]
#[template(path = "reporter/closed.html")]
struct ClosedPage {
    frame: VisitorFrame,
}

/// The site is not open yet: said plainly, on every page of the form.
pub fn closed(frame: VisitorFrame) -> Result<Response, Failure> {
    Ok(Page::of(&ClosedPage { frame })?.with_status(StatusCode::SERVICE_UNAVAILABLE).into_response())
}

/// An empty form: the first question.
pub async fn begin(State(app): State<App>, Guest(frame): Guest) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let (true, Some(organisation)) = (directory.founded, &directory.organisation) else {
        return closed(frame);
    };
    let mut draft = Draft::default();
    if let Some(page) = access::ask(&app, &frame, &mut draft, &Fields::default()).await? {
        return Ok(page);
    }
    // Drawn now, so that whatever the browser sends again after sending is known for what it is.
    draft.receipt = app.candor.draw_receipt()?.hidden;
    let page = step_page(frame, &draft, &Problems::default(), Step::OurBranch, organisation)?;
    Ok(page.into_response())
}

/// The page that a button of the form asks for, forward or back.
pub async fn go(State(app): State<App>, Guest(frame): Guest, fields: Fields) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let (true, Some(organisation)) = (directory.founded, &directory.organisation) else {
        return closed(frame);
    };
    let mut draft = Draft::of(&fields);
    if was_sent(&app, &draft).await? {
        return Ok(see_other_emptying_the_form(super::SENT));
    }
    if let Some(page) = access::ask(&app, &frame, &mut draft, &fields).await? {
        return Ok(page);
    }
    if draft.receipt.is_empty() {
        draft.receipt = app.candor.draw_receipt()?.hidden;
    }
    let mut wanted = Step::of(fields.one("to"));
    // A branch was picked, so its unit is still to be chosen.
    if wanted == Step::Write && fields.one("other_pick").starts_with("branch:") {
        wanted = Step::OtherUnit;
    }
    let reached = steps::reach(wanted, &draft, organisation);
    let mut errors = Problems::default();
    if reached < wanted {
        errors.add(reached.field(), reached.missing());
    }
    let page = if reached == Step::Write {
        write_page(frame, &draft, &errors, organisation, app.candor.clock.now())?
    } else {
        step_page(frame, &draft, &errors, reached, organisation)?
    };
    Ok(if errors.is_empty() { page } else { page.with_status(StatusCode::UNPROCESSABLE_ENTITY) }
        .into_response())
}

/// Checks everything, and shows it with what could give the writer away.
pub async fn show_review(
    State(app): State<App>,
    Guest(frame): Guest,
    fields: Fields,
) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let (true, Some(organisation)) = (directory.founded, &directory.organisation) else {
        return closed(frame);
    };
    let mut draft = Draft::of(&fields);
    if was_sent(&app, &draft).await? {
        return Ok(see_other_emptying_the_form(super::SENT));
    }
    if let Some(page) = access::ask(&app, &frame, &mut draft, &fields).await? {
        return Ok(page);
    }
    let concern = match check::concern(&draft, organisation, app.candor.clock.now()) {
        Ok(concern) => concern,
        Err(errors) => return back_to_the_form(&app, frame, &draft, &errors, organisation),
    };
    let drawn = drawn_or_new(&app, &mut draft)?;
    let view = review::View { draft: &draft, errors: &Problems::default(), fields: &fields, warned: false };
    let shelf = app.candor.shelf().await?;
    let now = app.candor.clock.now();
    Ok(review::page(frame, &view, &concern, &drawn, &directory, &shelf, now)?.into_response())
}

/// Sends it. However often this is pressed, it is sent once and answered alike.
pub async fn send(State(app): State<App>, Guest(frame): Guest, fields: Fields) -> Result<Response, Failure> {
    let directory = app.candor.directory().await?;
    let (true, Some(organisation)) = (directory.founded, &directory.organisation) else {
        return closed(frame);
    };
    let mut draft = Draft::of(&fields);
    if let Some(page) = access::ask(&app, &frame, &mut draft, &fields).await? {
        // Pressed once more, after the phrase was changed: it was sent all the same.
        return Ok(if was_sent(&app, &draft).await? {
            see_other_emptying_the_form(super::SENT)
        } else {
            page
        });
    }
    let concern = match check::concern(&draft, organisation, app.candor.clock.now()) {
        Ok(concern) => concern,
        Err(_) if was_sent(&app, &draft).await? => return Ok(see_other_emptying_the_form(super::SENT)),
        Err(errors) => return back_to_the_form(&app, frame, &draft, &errors, organisation),
    };
    let mut errors = Problems::default();
    let known = app.candor.read_drawn(&draft.receipt);
    if known.is_none() {
        errors.add("saved", "These ten words are new. Save them, then send.");
    } else if !fields.has("saved") {
        errors.add("saved", "Save the ten words first, then tick this box.");
    }
    // Said once; whoever has read it decides.
    let warned = KnownTo::from_word(fields.one("known")).is_some_and(KnownTo::warns) && !fields.has("warned");
    if warned || !errors.is_empty() {
        if was_sent(&app, &draft).await? {
            return Ok(see_other_emptying_the_form(super::SENT));
        }
        let drawn = drawn_or_new(&app, &mut draft)?;
        let view = review::View {
            draft: &draft,
            errors: &errors,
            fields: &fields,
            warned: warned || fields.has("warned"),
        };
        let shelf = app.candor.shelf().await?;
        let now = app.candor.clock.now();
        let page = review::page(frame, &view, &concern, &drawn, &directory, &shelf, now)?;
        return Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response());
    }
    // Whether it was sent before is found out where it is sent; every way back to the form asks first.
    if let Some(drawn) = known {
        match app.candor.raise_by(&concern, &drawn, &directory).await {
            Ok(_) => {}
            Err(Problem::NotFounded) => return closed(frame),
            Err(Problem::Unusable(_)) if app.candor.was_sent(&drawn).await? => {}
            Err(Problem::Unusable(words)) => {
                errors.add("other_unit", words);
                return back_to_the_form(&app, frame, &draft, &errors, organisation);
            }
            Err(problem) => return Err(problem.into()),
        }
    }
    Ok(see_other_emptying_the_form(super::SENT))
}

/// The same for everybody and for every concern.
pub async fn sent(Guest(frame): Guest) -> Result<Response, Failure> {
    Ok(Page::of(&SentPage { frame })?.into_response())
}

/// Whether this very draft was sent before. A browser that goes back and loads a page of the form
/// again would show what was typed to whoever sits there next (AN-12).
async fn was_sent(app: &App, draft: &Draft) -> Result<bool, Failure> {
    match app.candor.read_drawn(&draft.receipt) {
        Some(drawn) => Ok(app.candor.was_sent(&drawn).await?),
        None => Ok(false),
    }
}

/// The receipt that travels with the draft, or a new one if there is none that was drawn here.
fn drawn_or_new(app: &App, draft: &mut Draft) -> Result<crate::service::inbox::DrawnReceipt, Failure> {
    let drawn = match app.candor.read_drawn(&draft.receipt) {
        Some(drawn) => drawn,
        None => app.candor.draw_receipt()?,
    };
    drawn.hidden.clone_into(&mut draft.receipt);
    Ok(drawn)
}

fn back_to_the_form(
    app: &App,
    frame: VisitorFrame,
    draft: &Draft,
    errors: &Problems,
    organisation: &Organisation,
) -> Result<Response, Failure> {
    let reached = steps::reach(Step::Write, draft, organisation);
    let page = if reached == Step::Write {
        write_page(frame, draft, errors, organisation, app.candor.clock.now())?
    } else {
        let mut missing = Problems::default();
        missing.add(reached.field(), reached.missing());
        step_page(frame, draft, &missing, reached, organisation)?
    };
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

fn step_page(
    frame: VisitorFrame,
    draft: &Draft,
    errors: &Problems,
    step: Step,
    organisation: &Organisation,
) -> Result<Page, Failure> {
    Page::of(&StepPage {
        frame,
        draft,
        errors,
        step,
        first: step == Step::OurBranch,
        choices: steps::choices(step, draft, organisation),
        channels: &organisation.channels,
    })
}

fn write_page(
    frame: VisitorFrame,
    draft: &Draft,
    errors: &Problems,
    organisation: &Organisation,
    now: Timestamp,
) -> Result<Page, Failure> {
    Page::of(&WritePage::new(frame, draft, errors, organisation, now))
}

/// The fields of each folded part.
const ABOUT: &[&str] =
    &["category", "document", "frequency", "since", "effect", "tried", "tried_words", "remedy"];
const NAME: &[&str] = &["name", "contact"];

impl<'a> WritePage<'a> {
    fn new(
        frame: VisitorFrame,
        draft: &'a Draft,
        errors: &'a Problems,
        organisation: &Organisation,
        now: Timestamp,
    ) -> Self {
        let unit_name = |id: &str| {
            check::unit(organisation, id)
                .map_or_else(String::new, |unit| format!("{}, {}", unit.name, unit.place))
        };
        // A folded part opens by itself where something was typed or is wrong.
        let open = |names: &[&str]| draft.any(names) || names.iter().any(|name| !errors.of(name).is_empty());
        Self {
            frame,
            draft,
            errors,
            our: unit_name(&draft.our_unit),
            other: unit_name(&draft.other_unit),
            handlers: check::handler_choices(organisation, &draft.handler),
            categories: organisation
                .categories
                .iter()
                .map(|category| Choice::new(category.id.as_str(), category.name.as_str(), &draft.category))
                .collect(),
            documents: organisation
                .documents
                .iter()
                .map(|document| {
                    Choice::new(document.id.as_str(), document.title.as_str(), &draft.document)
                        .hint(document.date.as_str())
                })
                .collect(),
            paces: paces(&draft.pace),
            frequencies: Frequency::ALL
                .iter()
                .map(|given| Choice::new(given.word(), given.label(), &draft.frequency))
                .collect(),
            months: check::months(now)
                .into_iter()
                .map(|month| Choice::new(month.word(), month.label(), &draft.since))
                .collect(),
            tried: Tried::ALL
                .iter()
                .map(|given| Choice::new(given.word(), given.label(), &draft.tried))
                .collect(),
            name_for: name_for(&draft.name_for),
            // These two are always sent, for one of their answers is chosen to begin with.
            open_about: open(ABOUT) || !matches!(&*draft.pace, "" | "routine"),
            open_council: open(&["council_only"]),
            open_name: open(NAME) || !matches!(&*draft.name_for, "" | "council"),
        }
    }
}

fn paces(chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { Pace::default().word() } else { chosen };
    let time = |pace: Pace| match pace {
        Pace::Routine => "The two commanders have 15 working days.",
        Pace::Extraordinary => "The two commanders have 72 hours, and it leaves with the next batch.",
    };
    Pace::ALL
        .iter()
        .map(|pace| {
            Choice::new(pace.word(), pace.label(), chosen).hint(format!("{} {}", pace.hint(), time(*pace)))
        })
        .collect()
}

/// Who may see a name.
pub fn name_for(chosen: &str) -> Vec<Choice> {
    let chosen = if chosen.is_empty() { "council" } else { chosen };
    vec![
        Choice::new("council", "The Council only", chosen),
        Choice::new("panel", "The Council and the two commanders too", chosen),
    ]
}

#[cfg(test)]
#[path = "raise_tests.rs"]
mod tests;
