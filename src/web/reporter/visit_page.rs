//! What a reporter sees on a visit, in words.

use askama::Template;
use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::domain::concern::limit;
use crate::domain::dispute::{Level, StageName};
use crate::domain::organisation::Organisation;
use crate::domain::policy::CommandKind;
use crate::service::Directory;
use crate::service::cases::OutcomeWords;
use crate::service::inbox::{ReporterCase, ReporterView};
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame};

use super::choice::Choice;
use super::{check, raise, review};
use crate::web::form::{Fields, Problems};

#[derive(Template)]
#[template(path = "reporter/visit.html")]
struct VisitPage<'a> {
    frame: VisitorFrame,
    csrf: CsrfToken,
    case: &'a ReporterCase,
    page: Words,
    typed: &'a Fields,
    errors: &'a Problems,
}

#[derive(Template)]
#[template(path = "reporter/waiting.html")]
struct WaitingPage<'a> {
    frame: VisitorFrame,
    csrf: CsrfToken,
    errors: &'a Problems,
}

/// A case put into words.
struct Words {
    where_it_is: String,
    due: String,
    /// The Secretary is the last level: there it turns overdue instead.
    moves_up: bool,
    look_again: String,
    outcome: Option<Outcome>,
    lines: Vec<(&'static str, String)>,
    offered: Vec<&'static str>,
    /// The folded form that was just sent and came back.
    opened: &'static str,
    handlers: Vec<Choice>,
    name_for: Vec<Choice>,
}

struct Outcome {
    headline: String,
    finding: String,
    actions: Vec<(String, String)>,
    none_needed: bool,
}

/// What may be done now, beside answering a question, by the names of the forms.
fn offered(case: &ReporterCase) -> Vec<&'static str> {
    [
        ("add", case.offers.contains(&CommandKind::Add)),
        ("review", case.offers.contains(&CommandKind::AskForReview)),
        // Whoever looks over a shoulder must not see from its absence that it was used (AN-26).
        ("pressed", case.pressed || case.offers.contains(&CommandKind::Pressed)),
        ("name", case.offers.contains(&CommandKind::GiveName)),
        ("withdraw", case.offers.contains(&CommandKind::Withdraw)),
    ]
    .into_iter()
    .filter_map(|(act, offered)| offered.then_some(act))
    .collect()
}

/// Renders a visit: with what was typed, if something is wrong with it.
pub fn page(
    frame: VisitorFrame,
    csrf: CsrfToken,
    view: &ReporterView,
    typed: &Fields,
    errors: &Problems,
    directory: &Directory,
) -> Result<Page, Failure> {
    match view {
        ReporterView::Waiting => Page::of(&WaitingPage { frame, csrf, errors }),
        ReporterView::Case(case) => {
            let page =
                Words::of(case, typed, errors, directory.organisation()?, &directory.calendar.time_zone);
            Page::of(&VisitPage { frame, csrf, case, page, typed, errors })
        }
    }
}

impl Words {
    fn offers(&self, act: &str) -> bool {
        self.offered.contains(&act)
    }

    fn of(
        case: &ReporterCase,
        typed: &Fields,
        errors: &Problems,
        organisation: &Organisation,
        zone: &TimeZone,
    ) -> Self {
        let mut lines = case
            .statement
            .as_ref()
            .map_or_else(Vec::new, |statement| review::statement_lines(statement, organisation));
        if let Some(text) = case.council_only.as_ref().filter(|text| !text.is_empty()) {
            lines.push(("For the Council only", text.as_str().to_owned()));
        }
        Self {
            where_it_is: where_it_is(case),
            due: case.level_due.map_or_else(String::new, |due| date(due, zone)),
            moves_up: matches!(case.stage, StageName::Field | StageName::Council),
            look_again: look_again(case, zone),
            outcome: case.outcome.as_ref().map(|outcome| outcome_words(outcome, zone)),
            lines,
            offered: offered(case),
            opened: if errors.is_empty() { "" } else { opened(typed.one("act")) },
            handlers: check::handler_choices(organisation, typed.one("review_handler"))
                .into_iter()
                .filter(|choice| choice.value != "no")
                .collect(),
            name_for: raise::name_for(typed.one("name_for")),
        }
    }
}

fn opened(act: &str) -> &'static str {
    ["add", "review", "pressed", "name", "withdraw"].into_iter().find(|known| *known == act).unwrap_or("")
}

/// Where things are, in one sentence.
fn where_it_is(case: &ReporterCase) -> String {
    match (case.stage, case.acknowledged) {
        (StageName::Field, false) => "The two local commanders have it and still have to take it up.",
        (StageName::Field, true) => "Both local commanders have taken it up and look for one answer.",
        (StageName::Council, false) if case.bypassed => {
            "It went straight to the Council, past the local commanders. The Council still has to take it up."
        }
        (StageName::Council, false) => "It is with the Council, which still has to take it up.",
        (StageName::Council, true) => "The Council has taken it up and looks for one answer.",
        (StageName::Secretary, _) => "It is with the Secretary's office, which decides alone.",
        (StageName::Resolved, _) => "It is settled, and headquarters has been told.",
        (StageName::Closed, _) => "It is closed.",
    }
    .to_owned()
}

fn look_again(case: &ReporterCase, zone: &TimeZone) -> String {
    if case.question.is_some() {
        return "Now: a question waits for your answer.".to_owned();
    }
    if !case.waiting.is_empty() {
        return "In two days, when what you sent has reached its readers.".to_owned();
    }
    match case.stage {
        StageName::Closed => "You need not.".to_owned(),
        StageName::Resolved => "In a month, to see what was done.".to_owned(),
        StageName::Field | StageName::Council | StageName::Secretary => case.level_due.map_or_else(
            || "In a week.".to_owned(),
            |due| format!("In a week, and after {}.", date(due, zone)),
        ),
    }
}

/// A date as people read it, in the calendar's time zone.
fn date(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(
        |_| String::new(),
        |instant| zone.to_datetime(instant).strftime("%A, %B %-d, %Y").to_string(),
    )
}

fn outcome_words(outcome: &OutcomeWords, zone: &TimeZone) -> Outcome {
    match outcome {
        OutcomeWords::Resolved { level, kind, finding, actions, none_needed } => {
            let by = match level {
                Level::Field => "The two local commanders agreed",
                Level::Council => "The Council agreed",
                Level::Secretary => "The Secretary's office decided",
            };
            Outcome {
                headline: format!("{by}: {}.", kind.label()),
                finding: finding.as_str().to_owned(),
                actions: actions
                    .iter()
                    .map(|action| {
                        let due = date(action.due, zone);
                        (action.what.as_str().to_owned(), format!("({}, by {due})", action.owner))
                    })
                    .collect(),
                none_needed: *none_needed,
            }
        }
        OutcomeWords::NotJoint { belongs } => Outcome {
            headline: "Both sides found that this is not a matter between the two agencies. They say where it belongs:"
                .to_owned(),
            finding: belongs.as_str().to_owned(),
            actions: Vec::new(),
            none_needed: false,
        },
    }
}

#[cfg(test)]
#[path = "visit_page_tests.rs"]
mod tests;
