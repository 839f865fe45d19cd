//! The form of one act: shown, sent, and shown again with everything typed if it could not be done.

use askama::Template;
use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Response};
use serde::Deserialize;

use crate::clock::{DAY, Timestamp};
use crate::crypto::passphrase::Passphrase;
use crate::domain::concern::Pace;
use crate::domain::deadline::{Span, Standards};
use crate::domain::dispute::{Level, Refusal, Seat, Side, Stage, StageName};
use crate::domain::id::PostId;
use crate::domain::proposal::{ResolutionKind, limit};
use crate::service::Problem;
use crate::service::accounts::{SignInError, SignedIn};
use crate::service::cases::CaseView;
use crate::web::actor::{CheckedForm, Staff};
use crate::web::errors::Failure;
use crate::web::form::{InPath, Problems, Query};
use crate::web::library::comparing::Comparing;
use crate::web::page::{Page, StaffFrame, see_other, see_other_emptying_the_form};
use crate::web::{App, cookies};

use super::act::Act;
use super::around::Around;
use super::case::{Said, said};
use super::parse;
use super::proposal_form::{self, DUE, NO_DOCUMENT, OWNER, WHAT};
use super::proposal_words::{self, Version};
use super::rating::{self, Asked};
use super::remedies::{self, Remedy};
use super::sides::{self, Position};
use super::typed::Typed;
use super::waits::Waits;
use super::who::{Here, Sheet};
use crate::web::when;

/// How many rows of actions stand open at once; the rest fold away.
const OPEN_ROWS: usize = 2;

#[derive(Template)]
#[template(path = "desk/act.html")]
struct ActPage<'a> {
    frame: StaffFrame,
    csrf: &'a str,
    case: String,
    number: &'a str,
    post_name: &'a str,
    act: Act,
    title: String,
    seen: u32,
    typed: &'a Typed,
    came: &'a Came,
    asks_passphrase: bool,
    /// The other side has done it already, so this completes it.
    completes: bool,
    table: Option<Version>,
    choices: Choices,
    rows: Vec<Row>,
    folded: Vec<Row>,
    dates: Dates,
    /// The remedial action that this is about.
    action: Option<Remedy>,
    /// What the other side said when it asked for this.
    wish: Vec<Said>,
    /// The time standard that this act has to do with, in words.
    time: String,
    pace: Pace,
    /// Who reads a message among those who decide.
    readers: &'static str,
    /// A commander has an alternate who takes over.
    has_alternate: bool,
    positions: Option<[Position; 2]>,
    /// What the library says, to compare a proposal with.
    comparing: Comparing,
}

/// What came of sending the form.
#[derive(Debug, Default)]
pub(super) struct Came {
    pub(super) errors: Problems,
    /// What happened to the case meanwhile.
    pub(super) moved: Vec<String>,
    pub(super) refused: String,
    pub(super) warnings: Vec<&'static str>,
    pub(super) sign_in_again: bool,
}

/// The lists to choose from.
#[derive(Debug, Default)]
struct Choices {
    documents: Vec<(String, String)>,
    owners: Vec<(String, String)>,
    delegates: Vec<(String, String)>,
    groups: Vec<(String, String)>,
    /// What an outcome is rated for: each with what may be chosen.
    questions: Vec<Asked>,
    /// The working group that the other lead has asked for.
    group: Option<(String, String)>,
}

/// One row of the actions.
#[derive(Debug)]
struct Row {
    number: usize,
    what: &'static str,
    owner: &'static str,
    due: &'static str,
}

/// First and last date that a date field takes.
#[derive(Debug)]
struct Dates {
    first: String,
    last: String,
}

/// What the address of a form names beside its act.
#[derive(Debug, Deserialize)]
pub struct About {
    #[serde(default)]
    action: String,
}

/// The empty form, or rather what it starts from.
pub async fn show(
    State(app): State<App>,
    staff: Staff,
    InPath((post, number, act)): InPath<(String, String, String)>,
    Query(about): Query<About>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let act = Act::from_word(&act).ok_or(Failure::NotFound)?;
    let view = app.candor.case(&here.staff.signed_in, &here.seat, &number).await?;
    let sheet = here.sheet(&app)?;
    let mut typed = if act.is_a_proposal() {
        proposal_form::begin(&view, sheet.around.calendar)
    } else {
        Typed::default()
    };
    let mut open = act.is_open(&view);
    if act.is_about_an_action() {
        typed.put(remedies::ACTION, about.action);
        open = remedies::named(&view, &typed).is_some_and(|action| remedies::is_open(&view, act, action));
    }
    if !open {
        // Done meanwhile, or not open at this stage: the case's page says what is.
        return Ok(see_other(&here.case(&view.number)));
    }
    Ok(page(sheet, act, &view, &typed, &Came::default(), here.staff.signed_in.fresh)?.into_response())
}

/// Does it.
pub async fn send(
    State(app): State<App>,
    headers: HeaderMap,
    InPath((post, number, act)): InPath<(String, String, String)>,
    CheckedForm { staff, form: mut typed }: CheckedForm<Typed>,
) -> Result<Response, Failure> {
    let here = Here::of(&app, staff, &post).await?;
    let act = Act::from_word(&act).ok_or(Failure::NotFound)?;
    let mut view = app.candor.case(&here.staff.signed_in, &here.seat, &number).await?;
    let mut came = Came::default();
    let sheet = here.sheet(&app)?;
    let read = parse::read(act, &typed, &view, &here.seat, &sheet.around, sheet.now);
    let warnings = if typed.has("anyway") { Vec::new() } else { parse::warnings(act, &typed, &view) };
    let mut refreshed = None;
    match read {
        Err(errors) => came.errors = errors,
        Ok(_) if !warnings.is_empty() => came.warnings = warnings,
        Ok(deed) => {
            refreshed = sign_in_afresh(&app, &headers, &here, &typed, &mut came.errors).await?;
            let signed_in = refreshed.as_ref().unwrap_or(&here.staff.signed_in);
            if came.errors.is_empty() {
                // A field that is missing or no number counts as having seen nothing.
                let seen = typed.of("seen").parse().unwrap_or(0);
                match app.candor.handler_acts(signed_in, &here.seat, &number, seen, deed).await {
                    Ok(()) => {
                        if act == Act::Recuse {
                            // The case is theirs to see no longer.
                            return Ok(see_other_emptying_the_form(&format!("/desk/{}", here.post)));
                        }
                        let done = format!("{}?done={}", here.case(&view.number), act.word());
                        return Ok(see_other_emptying_the_form(&done));
                    }
                    Err(Problem::Moved(lines)) => came.moved = lines,
                    Err(Problem::SignInAgain) => came.sign_in_again = true,
                    Err(Problem::Refused(refusal)) => came.refused = refusal.to_string(),
                    Err(Problem::Unusable(words)) => came.refused = words,
                    // Whoever still sees the case keeps what was typed; for others there is nothing, below.
                    Err(Problem::NotFound) => came.refused = Refusal::NotAllowed.to_string(),
                    Err(other) => return Err(other.into()),
                }
            }
        }
    }
    if !came.moved.is_empty() || !came.refused.is_empty() {
        view = app.candor.case(&here.staff.signed_in, &here.seat, &number).await?;
        // What a tick said yes to may have changed; words that were typed have not.
        typed.untick("sign");
    }
    let fresh = refreshed.as_ref().map_or(here.staff.signed_in.fresh, |signed_in| signed_in.fresh);
    let page = page(sheet, act, &view, &typed, &came, fresh)?;
    Ok(page.with_status(StatusCode::UNPROCESSABLE_ENTITY).into_response())
}

/// Takes the passphrase that came with the form, if the last one is too long ago. The session
/// then opens the signing key too.
async fn sign_in_afresh(
    app: &App,
    headers: &HeaderMap,
    here: &Here,
    typed: &Typed,
    errors: &mut Problems,
) -> Result<Option<SignedIn>, Failure> {
    let signed_in = &here.staff.signed_in;
    if signed_in.fresh || typed.of("passphrase").is_empty() {
        return Ok(None);
    }
    let Ok(passphrase) = Passphrase::new(typed.of("passphrase").to_owned()) else {
        errors.add("passphrase", "This passphrase does not match. Please try again.");
        return Ok(None);
    };
    match app.candor.confirm(signed_in, passphrase).await {
        Ok(()) => {}
        Err(SignInError::Refused) => {
            errors.add("passphrase", "This passphrase does not match. Please try again.");
            return Ok(None);
        }
        Err(SignInError::Busy { retry_after }) => {
            errors.add(
                "passphrase",
                format!("Too much is going on. Please try again in {retry_after} seconds."),
            );
            return Ok(None);
        }
        Err(waits @ SignInError::Wait { .. }) => {
            errors.add("passphrase", waits.to_string());
            return Ok(None);
        }
        Err(SignInError::Problem(problem)) => return Err(problem.into()),
    }
    let cookie = cookies::value(headers, cookies::STAFF).ok_or(Failure::StaleForm)?;
    let refreshed = app.candor.session(cookie).await?.ok_or(Failure::StaleForm)?;
    Ok(Some(refreshed))
}

pub(super) fn page(
    sheet: Sheet<'_>,
    act: Act,
    view: &CaseView,
    typed: &Typed,
    came: &Came,
    fresh: bool,
) -> Result<Page, Failure> {
    let Sheet { around, now, .. } = sheet;
    let waits = Waits::of(view);
    let table = proposal_words::versions(view, &around, now).into_iter().find(|version| version.on_table);
    let (rows, folded) = rows(typed);
    let named = act.is_about_an_action().then(|| remedies::named(view, typed)).flatten();
    Page::of(&ActPage {
        csrf: sheet.csrf,
        case: sheet.case(&view.number),
        number: &view.number,
        post_name: sheet.post_name,
        act,
        title: act.title(view),
        seen: view.seen,
        typed,
        came,
        asks_passphrase: !fresh && (act.needs_fresh() || came.sign_in_again || typed.has("passphrase")),
        completes: match (act, named) {
            (Act::Waive, Some(action)) => remedies::waiver_asked(view, action),
            _ => waits.completes(act),
        },
        table,
        action: named.map(|action| remedies::remedy(view, action, &around, "")),
        wish: wish(act, view, now, &around).into_iter().collect(),
        time: time(act, view),
        pace: view.dispute.pace,
        readers: match (&view.seat.post, view.stage) {
            (PostId::WorkingGroup(..), _) => {
                "The members of the group, the Council and the Secretary read this."
            }
            (_, StageName::Field) => "Both sides read this, and the Council if the case reaches it.",
            _ => "The Council reads this, and the Secretary if the case reaches them. The commanders do not.",
        },
        has_alternate: matches!(view.seat.post, PostId::Commander(_)),
        comparing: if act.is_a_proposal() {
            let shown = proposal_form::precedents(typed, view);
            Comparing::of(|name| typed.of(name), &shown, &came.errors)
        } else {
            Comparing::default()
        },
        positions: (act == Act::Decide).then(|| Side::BOTH.map(|side| sides::position(view, side, &around))),
        choices: choices(act, sheet.seat, &around, view),
        rows,
        folded,
        frame: sheet.frame,
        dates: Dates {
            first: when::field_value(now.plus(DAY), around.calendar),
            last: when::field_value(now.plus(90 * DAY), around.calendar),
        },
    })
}

fn choices(act: Act, seat: &Seat, around: &Around<'_>, view: &CaseView) -> Choices {
    let mut choices = Choices::default();
    match act {
        Act::Group => {
            choices.groups =
                view.later.groups.iter().map(|(id, name)| (id.to_string(), name.clone())).collect();
            if let (true, Stage::Panel(panel), Some(side)) =
                (Waits::of(view).group, &view.dispute.stage, view.my_side)
            {
                let theirs = panel.sides.get(side.other()).wants_group.as_ref();
                choices.group = choices
                    .groups
                    .iter()
                    .find(|(id, _)| theirs.is_some_and(|group| group.as_str() == id))
                    .cloned();
            }
        }
        Act::Propose | Act::Decide => {
            let known = &around.organisation.documents;
            choices.documents =
                known.iter().map(|document| (document.id.to_string(), document.title.clone())).collect();
            choices.owners = proposal_form::owners(view, around)
                .into_iter()
                .map(|post| (post.to_string(), around.post_name(&post)))
                .collect();
        }
        Act::Rate => choices.questions = rating::asked(),
        Act::Delegate => {
            choices.delegates = parse::delegates(view, seat, around)
                .into_iter()
                .map(|(account, name)| (account.to_string(), name))
                .collect();
        }
        _ => {}
    }
    choices
}

/// What the other side said when it asked for what this act agrees to.
fn wish(act: Act, view: &CaseView, now: Timestamp, around: &Around<'_>) -> Option<Said> {
    let side = view.my_side.filter(|_| Waits::of(view).completes(act))?;
    let theirs = |post: &PostId| view.dispute.side_of_post(post) == Some(side.other());
    let wishes = view.later.wishes.iter();
    let wish = wishes.rev().find(|wish| wish.kind == act.kind() && theirs(&wish.post))?;
    said(std::slice::from_ref(&wish.entry), now, around).pop()
}

/// How much time an act gives, in words.
fn time(act: Act, view: &CaseView) -> String {
    let standards = &view.dispute.standards;
    let resolution = |standards: &Standards| match view.dispute.panel().map(|panel| panel.level) {
        Some(Level::Field) => standards.field_resolution,
        _ => standards.council_resolution,
    };
    match act {
        Act::Remand => span(standards.field_resolution.half()),
        Act::Direct => span(standards.council_resolution.half()),
        Act::Group => span(standards.council_extension),
        Act::Pace => view.later.other_pace.as_ref().map_or_else(String::new, |other| span(resolution(other))),
        _ => String::new(),
    }
}

fn span(span: Span) -> String {
    let (count, what) = match span {
        Span::WorkingDays(count) => (count, "working day"),
        Span::Hours(count) => (count, "hour"),
        Span::Days(count) => (count, "day"),
    };
    format!("{count} {what}{}", if count == 1 { "" } else { "s" })
}

/// The rows that stand open, and those that fold away: everything filled in stands open.
fn rows(typed: &Typed) -> (Vec<Row>, Vec<Row>) {
    let mut rows: Vec<Row> = WHAT
        .into_iter()
        .zip(OWNER)
        .zip(DUE)
        .enumerate()
        .map(|(index, ((what, owner), due))| Row { number: index + 1, what, owner, due })
        .collect();
    let filled = rows
        .iter()
        .rposition(|row| {
            [row.what, row.owner, row.due].iter().any(|field| !typed.of(field).trim().is_empty())
        })
        .map_or(0, |index| index + 1);
    let folded = rows.split_off(filled.max(OPEN_ROWS).min(rows.len()));
    (rows, folded)
}

#[cfg(test)]
mod tests {
    use super::{OPEN_ROWS, Typed, rows};

    #[test]
    fn every_row_that_holds_something_stands_open() {
        let mut typed = Typed::default();
        assert_eq!(rows(&typed).0.len(), OPEN_ROWS);
        typed.put("due_5", "2026-12-24");
        let (open, folded) = rows(&typed);
        assert_eq!((open.len(), folded.len()), (5, 3));
        typed.put("what_8", "x");
        assert!(rows(&typed).1.is_empty());
    }
}
