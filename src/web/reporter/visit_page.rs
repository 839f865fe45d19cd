//! What a reporter sees on a visit, in words.

use askama::Template;
use jiff::tz::TimeZone;

use crate::domain::concern::limit;
use crate::domain::dispute::{Level, StageName};
use crate::domain::follow_up::{Points, Question, Works};
use crate::domain::organisation::{Channel, Organisation};
use crate::domain::policy::CommandKind;
use crate::service::Directory;
use crate::service::inbox::{ReporterCase, ReporterView, ThreadEntry, WaitingAct};
use crate::web::csrf::CsrfToken;
use crate::web::errors::Failure;
use crate::web::page::{Page, VisitorFrame};
use crate::web::restored;

use super::choice::Choice;
use super::visit_words::{Outcome, date, gone, held, look_again, outcome_words, where_it_is};
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
    waiting: &'a [WaitingAct],
}

/// A case put into words.
struct Words {
    where_it_is: String,
    due: String,
    /// The Secretary is the last level: there it turns overdue instead.
    moves_up: bool,
    look_again: String,
    /// That the texts are gone, and that they are kept longer; empty where they are not.
    gone: String,
    held: String,
    /// That the site was restored and something may be lost.
    restored: String,
    outcome: Option<Outcome>,
    lines: Vec<(&'static str, String)>,
    offered: Vec<&'static str>,
    /// The folded form that was just sent and came back.
    opened: &'static str,
    handlers: Vec<Choice>,
    name_for: Vec<Choice>,
    works: Vec<Choice>,
    /// What an outcome is rated for, each with its points.
    questions: Vec<(Question, Vec<Choice>)>,
    objections: Vec<Choice>,
    /// Who decides after an objection.
    above: &'static str,
    /// Where reprisal can be told outside of here.
    outside: Vec<Channel>,
}

/// What may be done now, beside answering a question, by the names of the forms.
fn offered(case: &ReporterCase) -> Vec<&'static str> {
    [
        ("check_in", case.offers.contains(&CommandKind::CheckIn)),
        ("rate", case.offers.contains(&CommandKind::RateByReceipt)),
        ("objection", !case.objections.is_empty() && case.offers.contains(&CommandKind::DisputeOutcome)),
        ("add", case.offers.contains(&CommandKind::Add)),
        ("attach", case.offers.contains(&CommandKind::Attach)),
        ("review", case.offers.contains(&CommandKind::AskForReview)),
        // Whoever looks over a shoulder must not see from its absence that it was used (AN-26).
        ("pressed", case.pressed || case.offers.contains(&CommandKind::Pressed)),
        ("reprisal", case.offers.contains(&CommandKind::ReportReprisal)),
        ("name", case.offers.contains(&CommandKind::GiveName)),
        ("withhold", case.offers.contains(&CommandKind::WithholdName)),
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
        ReporterView::Waiting(waiting) => Page::of(&WaitingPage { frame, csrf, errors, waiting }),
        ReporterView::Case(case) => {
            let mut page =
                Words::of(case, typed, errors, directory.organisation()?, &directory.calendar.time_zone);
            page.restored = restored::for_reporters(directory, case.now);
            Page::of(&VisitPage { frame, csrf, case, page, typed, errors })
        }
    }
}

impl Words {
    /// The messages: those that are shown at once, or those that are folded away.
    #[expect(clippy::unused_self, reason = "asked by the template")]
    fn thread<'a>(&self, case: &'a ReporterCase, apart: bool) -> Vec<&'a ThreadEntry> {
        case.thread.iter().filter(|entry| entry.apart == apart).collect()
    }

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
            where_it_is: where_it_is(case, zone),
            due: case.level_due.map_or_else(String::new, |due| date(due, zone)),
            moves_up: matches!(case.stage, StageName::Field | StageName::Council),
            look_again: look_again(case, case.now, zone),
            gone: gone(case, zone),
            held: held(case, zone),
            restored: String::new(),
            outcome: case.outcome.as_ref().map(|outcome| outcome_words(outcome, &case.actions, zone)),
            lines,
            offered: offered(case),
            opened: if errors.is_empty() { "" } else { opened(typed.one("act")) },
            handlers: check::handler_choices(organisation, typed.one("review_handler"))
                .into_iter()
                .filter(|choice| choice.value != "no")
                .collect(),
            name_for: raise::name_for(typed.one("name_for")),
            works: Works::ALL
                .iter()
                .map(|works| Choice::new(works.word(), works.label(), typed.one("works")))
                .collect(),
            questions: Question::ALL
                .iter()
                .map(|question| {
                    let typed = typed.one(question.word());
                    let points = Points::ALL.iter();
                    let points = points.map(|points| Choice::new(points.word(), points.label(), typed));
                    (*question, points.collect())
                })
                .collect(),
            objections: case
                .objections
                .iter()
                .map(|(why, until)| {
                    Choice::new(why.word(), why.label(), typed.one("objection"))
                        .hint(format!("You can say so until {}.", date(*until, zone)))
                })
                .collect(),
            above: match case.turn.decided_by {
                Some(Level::Council) => "the Secretary’s office",
                _ => "the Council",
            },
            outside: outside(organisation),
        }
    }
}

/// The channels that are for reprisal; all of them if none says so.
fn outside(organisation: &Organisation) -> Vec<Channel> {
    let all = &organisation.channels;
    let fits = |channel: &&Channel| channel.purpose.to_lowercase().contains("reprisal");
    let chosen: Vec<Channel> = all.iter().filter(fits).cloned().collect();
    if chosen.is_empty() { all.clone() } else { chosen }
}

fn opened(act: &str) -> &'static str {
    const FORMS: [&str; 10] = [
        "check_in",
        "rate",
        "objection",
        "add",
        "review",
        "pressed",
        "reprisal",
        "name",
        "withhold",
        "withdraw",
    ];
    FORMS.into_iter().find(|known| *known == act).unwrap_or("")
}

#[cfg(test)]
#[path = "visit_page_tests.rs"]
mod tests;
