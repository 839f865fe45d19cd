//! Ratings of outcomes as the measures count them.

use super::count::Topic;
use super::follow::{Ending, Fact, Followed};
use super::quarter::Period;
use crate::domain::follow_up::{Points, Rating};

/// The columns of each question. The best first, for the trend is of the first.
pub(super) const COLUMNS: [&str; 3] = ["4 or 5 points", "3 points", "1 or 2 points"];

/// Who rates.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Group {
    Commanders,
    Reporters,
}

pub(super) const fn group(topic: Topic) -> Option<Group> {
    match topic {
        Topic::RatedByCommanders => Some(Group::Commanders),
        Topic::RatedByReporters => Some(Group::Reporters),
        _ => None,
    }
}

/// The column of each question.
pub(super) fn columns(rating: Rating) -> Vec<usize> {
    let column = |points| match points {
        Points::Four | Points::Five => 0,
        Points::Three => 1,
        Points::One | Points::Two => 2,
    };
    rating.each().iter().map(|(_, points)| column(*points)).collect()
}

/// Whether a case was resolved by the end of a quarter and not rated by then. What was rated was resolved: so how many
/// were rated bounds how many of those decided were closed as not joint, unless enough were resolved besides.
pub(super) fn is_resolved_and_not_rated(case: &Followed, period: &Period, group: Group) -> bool {
    let mut resolved = false;
    for (_, fact) in case.facts.iter().filter(|(at, _)| *at < period.ends) {
        match (fact, group) {
            (Fact::RatedByCommander(_), Group::Commanders)
            | (Fact::RatedByReporter(_), Group::Reporters) => return false,
            (Fact::Decided { ending, .. }, _) => resolved = *ending != Ending::NotJoint,
            _ => {}
        }
    }
    resolved
}
