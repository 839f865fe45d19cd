//! What the forms of a visit send, and where a refusal of it is shown.

use crate::domain::concern::{HandlerConcerned, Identity, limit};
use crate::domain::follow_up::{Objection, Points, Question, Rating, Works};
use crate::domain::organisation::Organisation;
use crate::domain::prose::Prose;
use crate::service::inbox::{ReporterAct, ReporterView};
use crate::web::form::{Fields, Problems};

use super::check;

/// The fields that hold what somebody wrote: kept if the visit ended meanwhile.
pub const TEXTS: [&str; 7] = [
    "answer_text",
    "add_text",
    "review_text",
    "check_in_text",
    "rate_text",
    "reprisal_text",
    "objection_text",
];

/// Where on the page a refusal of this act is shown.
pub const fn field_of(act: &ReporterAct) -> &'static str {
    match act {
        ReporterAct::Answer { .. } => "answer_text",
        ReporterAct::Add { .. } => "add_text",
        ReporterAct::Attach { .. } => "file",
        ReporterAct::AskForReview { .. } => "review_handler",
        ReporterAct::Pressed => "pressed_sure",
        ReporterAct::GiveName(_) => "name",
        ReporterAct::WithholdName => "withhold_sure",
        ReporterAct::Withdraw => "withdraw_sure",
        ReporterAct::CheckIn { .. } => "works",
        ReporterAct::ReportReprisal { .. } => "reprisal_text",
        ReporterAct::DisputeOutcome { .. } => "objection",
        ReporterAct::Rate { .. } => Question::Clarity.word(),
    }
}

/// Reads what one of the forms of a visit sent.
pub fn read_act(
    fields: &Fields,
    view: &ReporterView,
    organisation: &Organisation,
) -> Result<ReporterAct, Problems> {
    let mut errors = Problems::default();
    let act = match fields.one("act") {
        "answer" => {
            let text = required(fields, "answer_text", &mut errors);
            let question = match view {
                ReporterView::Case(case) => case.question.as_ref().map(|(id, _)| *id),
                ReporterView::Waiting(_) => None,
            };
            // The question may have changed since the page was opened: an answer is for the one it was read with.
            let question = question.filter(|id| id.to_string() == fields.one("question"));
            if question.is_none() {
                errors.add("add_text", "This question is no longer open. You can add your words instead.");
            }
            question.map(|question| ReporterAct::Answer { question, text })
        }
        "add" => Some(ReporterAct::Add { text: required(fields, "add_text", &mut errors) }),
        "review" => {
            let handler = check::handler(fields.one("review_handler"), organisation)
                .filter(|handler| *handler != HandlerConcerned::No);
            if handler.is_none() {
                errors.add(
                    "review_handler",
                    "Choose who is concerned. If you do not know, choose \"I am not sure\".",
                );
            }
            let text = required(fields, "review_text", &mut errors);
            handler.map(|handler| ReporterAct::AskForReview { handler, text })
        }
        "pressed" => sure(fields, "pressed_sure", &mut errors).then_some(ReporterAct::Pressed),
        "name" => Some(ReporterAct::GiveName(identity(fields, &mut errors))),
        "withhold" => sure(fields, "withhold_sure", &mut errors).then_some(ReporterAct::WithholdName),
        "check_in" => {
            let works = Works::from_word(fields.one("works"));
            if works.is_none() {
                errors.add("works", "Choose one of the four answers.");
            }
            let text =
                check::optional(fields.one("check_in_text"), "check_in_text", limit::MESSAGE, &mut errors);
            works.map(|works| ReporterAct::CheckIn { works, text })
        }
        "rate" => rate(fields, &mut errors),
        "reprisal" => {
            Some(ReporterAct::ReportReprisal { text: required(fields, "reprisal_text", &mut errors) })
        }
        "objection" => {
            let why = Objection::from_word(fields.one("objection"));
            if why.is_none() {
                errors.add("objection", "Choose one of the reasons offered.");
            }
            let text = required(fields, "objection_text", &mut errors);
            why.map(|why| ReporterAct::DisputeOutcome { why, text })
        }
        "withdraw" => sure(fields, "withdraw_sure", &mut errors).then_some(ReporterAct::Withdraw),
        _ => None,
    };
    act.filter(|_| errors.is_empty()).ok_or(errors)
}

fn rate(fields: &Fields, errors: &mut Problems) -> Option<ReporterAct> {
    let text = check::optional(fields.one("rate_text"), "rate_text", limit::MESSAGE, errors);
    let mut points = |question: Question| {
        let points = Points::from_word(fields.one(question.word()));
        if points.is_none() {
            errors.add(question.word(), format!("{} Choose 1 to 5 points.", question.label()));
        }
        points
    };
    let [clarity, fairness, works] =
        [Question::Clarity, Question::Fairness, Question::Works].map(&mut points);
    let rating = Rating { clarity: clarity?, fairness: fairness?, works: works? };
    Some(ReporterAct::Rate { rating, text })
}

fn required(fields: &Fields, name: &'static str, errors: &mut Problems) -> Prose {
    Prose::parse(fields.one(name), limit::MESSAGE).unwrap_or_else(|error| {
        errors.add(name, error.to_string());
        Prose::default()
    })
}

fn sure(fields: &Fields, name: &'static str, errors: &mut Problems) -> bool {
    let sure = fields.has(name);
    if !sure {
        errors.add(name, "Tick the box if you mean it.");
    }
    sure
}

fn identity(fields: &Fields, errors: &mut Problems) -> Identity {
    let name = Prose::parse(fields.one("name"), limit::NAME).unwrap_or_else(|error| {
        errors.add("name", error.to_string());
        Prose::default()
    });
    let contact = check::optional(fields.one("contact"), "contact", limit::CONTACT, errors);
    let for_panel = match fields.one("name_for") {
        "" | "council" => false,
        "panel" => true,
        _ => {
            errors.add("name_for", "Choose one of the answers offered.");
            false
        }
    };
    Identity { name, contact, for_panel }
}

#[cfg(test)]
#[path = "visit_tests.rs"]
mod tests;
