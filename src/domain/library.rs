//! The field library: when what was resolved may appear in it, and with what (AN-09).

use std::collections::BTreeMap;
use std::fmt;
use std::str::FromStr;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::concern;
use super::deadline::Calendar;
use super::id::ComponentId;
use crate::clock::{DAY, Timestamp};

/// Nothing appears before this much time has passed since its resolution.
pub const LEAST_AGE: i64 = 14 * DAY;

/// So many entries of the same two components appear together, or none of them does. Of two, whoever knows one
/// would know the other.
pub const LEAST_TOGETHER: usize = 3;

/// A month, the only time that an entry has. Stored and sealed as `2026-11`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Month(concern::Month);

impl Month {
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self(concern::Month::of(date))
    }

    #[must_use]
    pub const fn next(self) -> Self {
        Self(self.0.next())
    }

    #[must_use]
    pub const fn previous(self) -> Self {
        Self(self.0.previous())
    }

    /// As pages show it.
    #[must_use]
    pub fn label(self) -> String {
        self.0.label()
    }

    /// When the month's batch runs: with the first batch of its first working day.
    #[must_use]
    pub fn batch(self, calendar: &Calendar) -> Option<Timestamp> {
        let concern::Month { year, month } = self.0;
        let first = Date::new(year, month, 1).ok()?;
        let mut date = first;
        while date.month() == month && !calendar.is_working_day(date) {
            date = date.tomorrow().ok()?;
        }
        let date = if date.month() == month { date } else { first };
        calendar.at(date, calendar.batch_hours.first().copied().unwrap_or(6))
    }

    /// The newest month whose batch is due.
    #[must_use]
    pub fn newest_due(calendar: &Calendar, now: Timestamp) -> Option<Self> {
        let month = Self::of(calendar.date_of(now)?);
        if month.batch(calendar)? <= now { Some(month) } else { Some(month.previous()) }
    }

    /// The first month in whose batch something may appear that was resolved now.
    #[must_use]
    pub fn earliest(calendar: &Calendar, resolved: Timestamp) -> Option<Self> {
        let from = resolved.plus(LEAST_AGE);
        let month = Self::of(calendar.date_of(from)?);
        if month.batch(calendar)? >= from { Some(month) } else { Some(month.next()) }
    }
}

impl fmt::Display for Month {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0.word())
    }
}

/// Not a month.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
#[error("not a month")]
pub struct NoMonth;

impl FromStr for Month {
    type Err = NoMonth;

    fn from_str(text: &str) -> Result<Self, NoMonth> {
        concern::Month::from_word(text).map(Self).ok_or(NoMonth)
    }
}

impl TryFrom<String> for Month {
    type Error = NoMonth;

    fn try_from(text: String) -> Result<Self, NoMonth> {
        text.parse()
    }
}

impl From<Month> for String {
    fn from(month: Month) -> Self {
        month.to_string()
    }
}

/// Two components, in an order that says nothing of which one raised it.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
pub struct Pair(pub ComponentId, pub ComponentId);

impl Pair {
    #[must_use]
    pub fn of(one: &ComponentId, other: &ComponentId) -> Self {
        if one <= other { Self(one.clone(), other.clone()) } else { Self(other.clone(), one.clone()) }
    }
}

/// Which of these appear: all of a pair if they are enough, else none of it.
#[must_use]
pub fn together(pairs: &[Pair]) -> Vec<bool> {
    let mut counts: BTreeMap<&Pair, usize> = BTreeMap::new();
    for pair in pairs {
        *counts.entry(pair).or_default() += 1;
    }
    pairs.iter().map(|pair| counts.get(pair).is_some_and(|count| *count >= LEAST_TOGETHER)).collect()
}

/// What an entry comes from.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Origin {
    /// A concern that was resolved.
    #[default]
    Dispute,
    /// A question about a document, answered by both sides.
    Question,
    /// What two commanders settled without a concern.
    Informal,
}

/// What an entry is worth.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Worth {
    Current,
    /// Its dispute was opened again or decided anew.
    Superseded,
    Withdrawn,
}

choice!(Worth {
    Current = "current", "In force";
    Superseded = "superseded", "Replaced";
    Withdrawn = "withdrawn", "Withdrawn";
});

#[cfg(test)]
mod tests {
    use super::{DAY, LEAST_AGE, Month, Pair, together};
    use crate::clock::Timestamp;
    use crate::domain::deadline::Calendar;

    /// Monday, 1 June 2026, 06:00 in New York.
    const JUNE: Timestamp = Timestamp(1_780_308_000);

    fn month(text: &str) -> Month {
        text.parse().unwrap()
    }

    #[test]
    fn a_months_batch_is_the_first_one_of_its_first_working_day() {
        let calendar = Calendar::united_states();
        assert_eq!(month("2026-06").batch(&calendar), Some(JUNE));
        // 1 August 2026 is a Saturday; 1 January a holiday.
        for (of, days) in [("2026-08", 63), ("2027-01", 217)] {
            let batch = month(of).batch(&calendar).unwrap();
            assert_eq!(batch.since(JUNE).div_euclid(DAY), days, "{of}");
        }
    }

    #[test]
    fn the_newest_month_changes_with_its_batch() {
        let calendar = Calendar::united_states();
        assert_eq!(Month::newest_due(&calendar, JUNE.plus(-1)), Some(month("2026-05")));
        assert_eq!(Month::newest_due(&calendar, JUNE), Some(month("2026-06")));
    }

    #[test]
    fn an_09_nothing_may_appear_within_fourteen_days() {
        let calendar = Calendar::united_states();
        for hours in 0..24 * 400 {
            let resolved = JUNE.plus(hours * 3_600);
            let earliest = Month::earliest(&calendar, resolved).unwrap();
            assert!(earliest.batch(&calendar).unwrap() >= resolved.plus(LEAST_AGE));
            assert!(earliest.previous().batch(&calendar).unwrap() < resolved.plus(LEAST_AGE));
        }
    }

    #[test]
    fn a_month_is_written_in_one_way() {
        assert_eq!(month("2026-12").next(), month("2027-01"));
        assert_eq!(month("2027-01").previous().label(), "December 2026");
        for wrong in ["", "2026", "2026-13", "2026-6", "2026-06-01", "06-2026", "２０２６-06"] {
            assert!(wrong.parse::<Month>().is_err(), "{wrong}");
        }
    }

    #[test]
    fn an_09_no_pair_appears_alone() {
        let (one, other) = (Pair::of(&"B".into(), &"A".into()), Pair::of(&"A".into(), &"C".into()));
        assert_eq!(one, Pair::of(&"A".into(), &"B".into()));
        let all = [&one, &other, &one, &other, &one].map(Clone::clone);
        assert_eq!(together(&all), [true, false, true, false, true]);
        assert_eq!(together(&all[..2]), [false, false]);
    }
}
