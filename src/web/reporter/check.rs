//! From what was typed to a concern: everything is checked here, once.

use crate::clock::Timestamp;
use crate::domain::concern::{
    Concern, Dispatch, Frequency, HandlerConcerned, Identity, Month, Pace, Statement, Tried, limit,
};
use crate::domain::id::UnitId;
use crate::domain::organisation::{Organisation, Unit};
use crate::domain::prose::Prose;

use super::choice::Choice;
use super::draft::Draft;
use crate::web::form::Problems;

/// How many months back the form offers.
const MONTHS: usize = 24;

/// Checks a whole draft.
///
/// # Problems
/// All that is wrong, each under its field's name, in the order of the page.
pub fn concern(draft: &Draft, organisation: &Organisation, now: Timestamp) -> Result<Concern, Problems> {
    let mut errors = Problems::default();
    let units = units(draft, organisation, &mut errors);
    let what_happens = Prose::parse(&draft.what_happens, limit::WHAT_HAPPENS).unwrap_or_else(|error| {
        errors.add("what_happens", error.to_string());
        Prose::default()
    });
    let handler = handler(&draft.handler, organisation);
    if handler.is_none() {
        errors.add("handler", "Choose one answer. If you do not know, choose \"I am not sure\".");
    }
    let category = among(&draft.category, "category", &mut errors, |id| {
        organisation.category(&id.into()).map(|found| found.id.clone())
    });
    let document = among(&draft.document, "document", &mut errors, |id| {
        organisation.document(&id.into()).map(|found| found.id.clone())
    });
    let pace = among(&draft.pace, "pace", &mut errors, Pace::from_word).unwrap_or_default();
    let frequency = among(&draft.frequency, "frequency", &mut errors, Frequency::from_word);
    let since = among(&draft.since, "since", &mut errors, |word| {
        Month::from_word(word).filter(|month| months(now).contains(month))
    });
    let effect = optional(&draft.effect, "effect", limit::EFFECT, &mut errors);
    let tried = among(&draft.tried, "tried", &mut errors, Tried::from_word).unwrap_or_default();
    let tried_words = optional(&draft.tried_words, "tried_words", limit::TRIED, &mut errors);
    let remedy = optional(&draft.remedy, "remedy", limit::REMEDY, &mut errors);
    let council_only = optional(&draft.council_only, "council_only", limit::COUNCIL_ONLY, &mut errors);
    let name = optional(&draft.name, "name", limit::NAME, &mut errors);
    let contact = optional(&draft.contact, "contact", limit::CONTACT, &mut errors);
    let for_panel = among(&draft.name_for, "name_for", &mut errors, |word| match word {
        "council" => Some(false),
        "panel" => Some(true),
        _ => None,
    })
    .unwrap_or(false);
    let dispatch = among(&draft.dispatch, "dispatch", &mut errors, Dispatch::from_word).unwrap_or_default();
    let mut identity = Identity { name, contact, for_panel };
    // Nobody is to look for a name that is not there.
    identity.for_panel &= !identity.is_empty();
    match (units, handler) {
        (Some((my_unit, other_unit)), Some(handler)) if errors.is_empty() => Ok(Concern {
            my_unit,
            other_unit,
            handler,
            pace,
            dispatch,
            statement: Statement {
                what_happens,
                category,
                document,
                frequency,
                since,
                effect,
                tried,
                tried_words,
                remedy,
            },
            council_only,
            identity,
        }),
        _ => Err(errors),
    }
}

fn units(draft: &Draft, organisation: &Organisation, errors: &mut Problems) -> Option<(UnitId, UnitId)> {
    let mine = unit(organisation, &draft.our_unit);
    let other = unit(organisation, &draft.other_unit);
    if mine.is_none() {
        errors.add("our_unit", "Choose your unit.");
    }
    if other.is_none() {
        errors.add("other_unit", "Choose the unit of the other side.");
    }
    let (mine, other) = (mine?, other?);
    if component_of(organisation, mine) == component_of(organisation, other) {
        errors.add("other_unit", "The other side must be a unit of the other agency.");
        return None;
    }
    Some((mine.id.clone(), other.id.clone()))
}

/// The unit of an identifier as it was sent.
pub fn unit<'a>(organisation: &'a Organisation, id: &str) -> Option<&'a Unit> {
    organisation.unit(&id.into())
}

/// The component that a unit belongs to.
pub fn component_of<'a>(organisation: &'a Organisation, unit: &Unit) -> Option<&'a str> {
    organisation.component_of_unit(&unit.id).map(|component| component.id.as_str())
}

/// A text that may be left out. What is wrong is noted under its field.
pub fn optional(raw: &str, field: &'static str, limit: usize, errors: &mut Problems) -> Prose {
    Prose::parse_optional(raw, limit).unwrap_or_else(|error| {
        errors.add(field, error.to_string());
        Prose::default()
    })
}

/// A choice that may be left out; anything but what was offered is an error.
fn among<T>(
    word: &str,
    field: &'static str,
    errors: &mut Problems,
    read: impl FnOnce(&str) -> Option<T>,
) -> Option<T> {
    if word.is_empty() {
        return None;
    }
    let found = read(word);
    if found.is_none() {
        errors.add(field, "Choose one of the answers offered.");
    }
    found
}

/// Reads one of the answers that are offered.
pub fn handler(word: &str, organisation: &Organisation) -> Option<HandlerConcerned> {
    let handler = HandlerConcerned::from_word(word)?;
    HandlerConcerned::choices(organisation).contains(&handler).then_some(handler)
}

/// The answers to "does this concern someone who would handle it?".
pub fn handler_choices(organisation: &Organisation, chosen: &str) -> Vec<Choice> {
    HandlerConcerned::choices(organisation)
        .into_iter()
        .map(|handler| Choice::new(handler.word(), handler.label(organisation), chosen))
        .collect()
}

/// This month and those before it, newest first.
pub fn months(now: Timestamp) -> Vec<Month> {
    let Ok(instant) = jiff::Timestamp::from_second(now.0) else { return Vec::new() };
    let mut month = Month::of(jiff::tz::TimeZone::UTC.to_datetime(instant).date());
    let mut all = Vec::with_capacity(MONTHS);
    for _ in 0..MONTHS {
        all.push(month);
        month = month.previous();
    }
    all
}

#[cfg(test)]
#[path = "check_tests.rs"]
mod tests;
