//! What would become of the cases of a quarter if intake, time standards or the number of handlers were other than
//! they are.
//!
//! A simulation of discrete events. What people do is drawn by chance from [`Habits`], and those come from what the
//! joint measures have published and from nothing else, so that no number is told here that they keep back (AN-21). What
//! each act leads to, and what the clock does, is decided by [`super::dispute::decide`], as it is for real cases; what
//! came of them is counted by [`super::measures::Followed`], as it is for real cases.
//!
//! Not simulated: concerns that go straight to the Council, the extraordinary pace, working groups, directions of the
//! Secretary, outcomes that are disputed, people who step aside, remedial actions.

mod back_test;
mod engine;
mod habits;
mod outlook;
mod published;
#[cfg(test)]
mod tests;
mod wishes;

use super::deadline::{Calendar, Span, Standards};
use crate::clock::Timestamp;

pub use back_test::{Tested, back_test, mean_error};
pub use habits::{Habits, Known, Lasting, Source};
pub use outlook::{Outlook, Quantity, Range};
pub use published::{habits, intake, value};

/// What can be set: who is there, how much comes in, and how long each level has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Setting {
    /// Cases that a quarter brings.
    pub cases: u32,
    /// Units on each side among which they are spread evenly.
    pub units: u32,
    /// People in the post of each unit's commander.
    pub commanders: u32,
    /// People in each component's Council post.
    pub council: u32,
    /// The Secretary's delegates.
    pub delegates: u32,
    /// Steps of cases that each of them takes on a working day: an acknowledgement, an entry, a proposal, a signature.
    pub steps_a_day: u32,
    pub standards: Standards,
}

/// Cases of a quarter that can be simulated at most: beyond that a page would have to be waited for.
pub const CASES_MOST: u32 = 1_000;

/// Everything that a simulation begins from. The same question has the same answer.
#[derive(Clone, Debug)]
pub struct Question<'a> {
    pub habits: &'a Habits,
    /// The time standards under which the habits were measured.
    pub measured_under: &'a Standards,
    pub setting: Setting,
    pub calendar: &'a Calendar,
    pub start: Timestamp,
    /// Two settings with one seed meet the same cases, so that their difference is of the settings.
    pub seed: u64,
    /// How often the quarter is simulated.
    pub runs: u32,
}

impl Question<'_> {
    /// How often a quarter with so many cases is simulated: fewer times if it is large, as it then varies less.
    #[must_use]
    pub fn runs_for(cases: u32) -> u32 {
        (1_600 / cases.max(1)).clamp(12, 60)
    }
}

/// Simulates the quarter as often as asked.
#[must_use]
pub fn simulate(question: &Question<'_>) -> Outlook {
    Outlook { runs: (0..question.runs).map(|run| engine::run(question, run)).collect() }
}

/// A length of time in working days, where five of seven days are.
#[must_use]
pub fn in_working_days(span: Span) -> f64 {
    match span {
        Span::WorkingDays(days) => f64::from(days),
        Span::Hours(hours) => f64::from(hours) / 24.0 * 5.0 / 7.0,
        Span::Days(days) => f64::from(days) * 5.0 / 7.0,
    }
}
