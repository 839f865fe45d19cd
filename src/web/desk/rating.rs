//! The form in which a commander rates an outcome.

use crate::domain::follow_up::{Points, Question, Rating};
use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::service::cases::HandlerAct;
use crate::web::form::Problems;

use super::typed::Typed;

/// One question with what may be chosen.
#[derive(Debug)]
pub struct Asked {
    pub name: &'static str,
    pub label: &'static str,
    pub points: Vec<(&'static str, &'static str)>,
}

#[must_use]
pub fn asked() -> Vec<Asked> {
    let points: Vec<_> = Points::ALL.iter().map(|points| (points.word(), points.label())).collect();
    let asked = |question: &Question| Asked {
        name: question.word(),
        label: question.label(),
        points: points.clone(),
    };
    Question::ALL.iter().map(asked).collect()
}

/// Reads the form.
pub fn read(typed: &Typed, problems: &mut Problems) -> Option<HandlerAct> {
    let mut points = |question: Question| {
        let name = question.word();
        let points = Points::from_word(typed.of(name));
        if points.is_none() {
            problems.add(name, format!("{} Choose 1 to 5 points.", question.label()));
        }
        points
    };
    let [clarity, fairness, works] =
        [Question::Clarity, Question::Fairness, Question::Works].map(&mut points);
    let words = Prose::parse_optional(typed.of("words"), limit::MESSAGE);
    let words = words.map_err(|error| problems.add("words", error.to_string())).ok();
    let rating = Rating { clarity: clarity?, fairness: fairness?, works: works? };
    Some(HandlerAct::Rate { rating, words: words? })
}
