//! The quarters of the calendar, where they begin and end, and from when on one may be published.

use std::fmt;
use std::str::FromStr;

use jiff::ToSpan;
use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;

/// Days that must have passed since a quarter ended. By then no act of its last weeks waits for a batch,
/// and nobody can tell a case of its last days by what is published.
pub const DELAY_DAYS: i32 = 28;

/// Three months of the calendar.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Quarter {
    year: i16,
    /// 1 to 4.
    number: i8,
}

/// A quarter with its ends: from the first instant up to the last, which belongs to the next one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Period {
    pub quarter: Quarter,
    pub starts: Timestamp,
    pub ends: Timestamp,
}

impl Period {
    #[must_use]
    pub fn holds(&self, at: Timestamp) -> bool {
        self.starts <= at && at < self.ends
    }
}

impl Quarter {
    #[must_use]
    pub fn of(date: Date) -> Self {
        Self { year: date.year(), number: (date.month() - 1) / 3 + 1 }
    }

    #[must_use]
    pub const fn next(self) -> Self {
        match self.number {
            4 => Self { year: self.year + 1, number: 1 },
            number => Self { year: self.year, number: number + 1 },
        }
    }

    fn first_day(self) -> Option<Date> {
        Date::new(self.year, (self.number - 1) * 3 + 1, 1).ok()
    }

    /// Its first instant, where the calendar is.
    #[must_use]
    pub fn starts(self, calendar: &Calendar) -> Option<Timestamp> {
        calendar.at(self.first_day()?, 0)
    }

    /// Its ends. It begins where the one before has ended, though the time zone may have been changed
    /// since: no case falls into two quarters or none.
    #[must_use]
    pub fn period(self, calendar: &Calendar, before: Option<Timestamp>) -> Option<Period> {
        let starts = before.or_else(|| self.starts(calendar))?;
        Some(Period { quarter: self, starts, ends: self.next().starts(calendar)? })
    }

    /// The batch from which on it may be published: the first one of a day, [`DELAY_DAYS`] after its end.
    #[must_use]
    pub fn published_from(self, calendar: &Calendar) -> Option<Timestamp> {
        let day = self.next().first_day()?.checked_add(DELAY_DAYS.days()).ok()?;
        calendar.at(day, calendar.batch_hours.first().copied().unwrap_or_default())
    }

    /// As people say it.
    #[must_use]
    pub fn words(self) -> String {
        let months = match self.number {
            1 => "January to March",
            2 => "April to June",
            3 => "July to September",
            _ => "October to December",
        };
        format!("{months} {}", self.year)
    }

    /// As it fits under an axis.
    #[must_use]
    pub fn short(self) -> String {
        format!("Q{} {:02}", self.number, self.year.rem_euclid(100))
    }
}

impl fmt::Display for Quarter {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{:04}-Q{}", self.year, self.number)
    }
}

impl FromStr for Quarter {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        let (year, number) = text.split_once("-Q").ok_or(())?;
        if year.len() != 4 || number.len() != 1 {
            return Err(());
        }
        let quarter = Self { year: year.parse().map_err(|_| ())?, number: number.parse().map_err(|_| ())? };
        if (1..=4).contains(&quarter.number) && quarter.to_string() == text { Ok(quarter) } else { Err(()) }
    }
}

impl TryFrom<String> for Quarter {
    type Error = &'static str;
    fn try_from(text: String) -> Result<Self, Self::Error> {
        text.parse().map_err(|()| "not a quarter, such as 2026-Q2")
    }
}

impl From<Quarter> for String {
    fn from(quarter: Quarter) -> Self {
        quarter.to_string()
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::*;

    #[test]
    fn a_quarter_is_written_one_way() {
        for (day, text) in [
            (date(2026, 1, 1), "2026-Q1"),
            (date(2026, 3, 31), "2026-Q1"),
            (date(2026, 4, 1), "2026-Q2"),
            (date(2026, 12, 31), "2026-Q4"),
        ] {
            assert_eq!(Quarter::of(day).to_string(), text);
            assert_eq!(text.parse(), Ok(Quarter::of(day)));
        }
        assert_eq!(Quarter::of(date(2026, 12, 31)).next().to_string(), "2027-Q1");
        for wrong in ["", "2026", "2026-Q0", "2026-Q5", "26-Q1", "2026-Q1 ", "+026-Q1", "2026-q1", "2026-Q01"]
        {
            assert_eq!(wrong.parse::<Quarter>(), Err(()), "{wrong}");
        }
    }

    #[test]
    fn quarters_follow_each_other_without_a_gap_where_the_calendar_is() {
        let calendar = Calendar::united_states();
        let quarter = Quarter::of(date(2026, 1, 1));
        let first = quarter.period(&calendar, None).unwrap();
        // Standard time at its start, daylight-saving time at its end.
        assert_eq!(first.starts, Timestamp(1_767_243_600));
        assert_eq!(first.ends, Timestamp(1_775_016_000));
        let second = quarter.next().period(&calendar, Some(first.ends)).unwrap();
        assert_eq!(second.starts, first.ends);
        assert!(first.holds(first.starts) && !first.holds(first.ends) && second.holds(first.ends));
    }

    #[test]
    fn a_quarter_waits_for_the_morning_four_weeks_after_its_end() {
        let calendar = Calendar::united_states();
        let from = Quarter::of(date(2026, 6, 30)).published_from(&calendar).unwrap();
        assert_eq!(calendar.date_of(from), Some(date(2026, 7, 29)));
        assert_eq!(calendar.at(date(2026, 7, 29), 6), Some(from));
    }
}
