//! Deadlines: the calendar of working days and the time standards for each pace.

use std::collections::BTreeSet;

use jiff::civil::{Date, Time, Weekday};
use jiff::tz::TimeZone;
use serde::{Deserialize, Serialize};

use super::concern::Pace;
use crate::clock::{HOUR, Timestamp};

/// A length of time as the time standards give it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Span {
    /// Ends at 18:00 of the last of so many working days.
    WorkingDays(u16),
    /// Elapsed hours.
    Hours(u16),
    /// Calendar days; ends at 18:00 of the last.
    Days(u16),
}

impl Span {
    /// Half of it, rounded up.
    #[must_use]
    pub const fn half(self) -> Self {
        match self {
            Self::WorkingDays(days) => Self::WorkingDays(days.div_ceil(2)),
            Self::Hours(hours) => Self::Hours(hours.div_ceil(2)),
            Self::Days(days) => Self::Days(days.div_ceil(2)),
        }
    }
}

/// How long each step may take. Frozen into a case when it opens.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standards {
    pub field_acknowledgement: Span,
    pub field_resolution: Span,
    pub field_extension: Span,
    /// A level lapses when one side enters nothing for so long.
    pub silence: Span,
    pub council_acknowledgement: Span,
    pub council_resolution: Span,
    pub council_extension: Span,
    pub secretary: Span,
    pub headquarters_acknowledgement: Span,
    pub remedial_action: Span,
}

impl Standards {
    /// The proposals of docs/dispute.md, until the Council sets others.
    #[must_use]
    pub const fn proposed(pace: Pace) -> Self {
        use Span::{Days, Hours, WorkingDays};
        match pace {
            Pace::Routine => Self {
                field_acknowledgement: WorkingDays(3),
                field_resolution: WorkingDays(15),
                field_extension: WorkingDays(10),
                silence: WorkingDays(10),
                council_acknowledgement: WorkingDays(3),
                council_resolution: WorkingDays(20),
                council_extension: WorkingDays(15),
                secretary: WorkingDays(20),
                headquarters_acknowledgement: WorkingDays(5),
                remedial_action: Days(30),
            },
            Pace::Extraordinary => Self {
                field_acknowledgement: Hours(24),
                field_resolution: Hours(72),
                field_extension: Hours(48),
                silence: Hours(48),
                council_acknowledgement: Hours(24),
                council_resolution: WorkingDays(5),
                council_extension: WorkingDays(3),
                secretary: WorkingDays(5),
                headquarters_acknowledgement: WorkingDays(1),
                remedial_action: Days(5),
            },
        }
    }
}

/// Which days are working days, and where.
#[derive(Clone, Debug)]
pub struct Calendar {
    pub time_zone: TimeZone,
    /// Monday first.
    pub working_weekdays: [bool; 7],
    pub holidays: BTreeSet<Date>,
    /// Hours of the day at which batches run, ascending.
    pub batch_hours: Vec<i8>,
    /// The calendars that were in force before, each with the time at which it ended, oldest first.
    pub earlier: Vec<(Timestamp, Calendar)>,
}

/// The hour at which a working day ends.
const END_OF_DAY: i8 = 18;

/// The longest run of days looked through for working days: beyond that a calendar has none to speak of.
const MOST_DAYS: u32 = 4_000;

impl Calendar {
    /// Monday to Friday, New York, US federal holidays, batches at 06:00 and 18:00.
    #[must_use]
    pub fn united_states() -> Self {
        Self::new(
            "America/New_York",
            [true, true, true, true, true, false, false],
            &BTreeSet::new(),
            &[6, 18],
        )
    }

    /// A calendar without holidays, for questions in which no date matters.
    #[must_use]
    pub fn nowhere() -> Self {
        Self {
            time_zone: TimeZone::UTC,
            working_weekdays: [true; 7],
            holidays: BTreeSet::new(),
            batch_hours: Vec::new(),
            earlier: Vec::new(),
        }
    }

    /// A calendar with the federal holidays and more. An unknown time zone reads as UTC: the
    /// organisation file has checked it before.
    #[must_use]
    pub fn new(
        time_zone: &str,
        working_weekdays: [bool; 7],
        extra_holidays: &BTreeSet<Date>,
        batch_hours: &[i8],
    ) -> Self {
        let mut holidays: BTreeSet<Date> = (2000..=2100).flat_map(federal_holidays).collect();
        holidays.extend(extra_holidays);
        Self {
            time_zone: TimeZone::get(time_zone).unwrap_or(TimeZone::UTC),
            working_weekdays,
            holidays,
            batch_hours: batch_hours.to_vec(),
            earlier: Vec::new(),
        }
    }

    /// The calendar that was in force then. A clock keeps the calendar under which it began, whatever is
    /// set while it runs.
    #[must_use]
    pub fn in_force_at(&self, at: Timestamp) -> &Self {
        self.earlier.iter().find(|(ended, _)| at < *ended).map_or(self, |(_, calendar)| calendar)
    }

    /// Whether people work on this day.
    #[must_use]
    pub fn is_working_day(&self, date: Date) -> bool {
        let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
        self.working_weekdays.get(weekday).copied().unwrap_or(true) && !self.holidays.contains(&date)
    }

    /// When a span that starts at `from` ends. The day of `from` does not count: one working day
    /// from any time on Friday ends on Monday at 18:00.
    #[must_use]
    pub fn due(&self, from: Timestamp, span: Span) -> Timestamp {
        match span {
            Span::Hours(hours) => from.plus(i64::from(hours) * HOUR),
            Span::WorkingDays(days) => self.days_from(from, days, |date| self.is_working_day(date)),
            Span::Days(days) => self.days_from(from, days, |_| true),
        }
    }

    fn days_from(&self, from: Timestamp, days: u16, counts: impl Fn(Date) -> bool) -> Timestamp {
        let Some(start) = self.date_of(from) else { return from };
        let mut date = start;
        let mut left = days;
        for _ in 0..MOST_DAYS {
            if left == 0 {
                break;
            }
            match date.tomorrow() {
                Ok(next) => date = next,
                Err(_) => break,
            }
            if counts(date) {
                left -= 1;
            }
        }
        self.at(date, END_OF_DAY).unwrap_or(from).max(from)
    }

    /// How many working days have ended between two times: none on the day itself, one on the next.
    #[must_use]
    pub fn working_days_between(&self, from: Timestamp, to: Timestamp) -> u32 {
        let (Some(mut date), Some(last)) = (self.date_of(from), self.date_of(to)) else { return 0 };
        let mut count = 0;
        for _ in 0..MOST_DAYS {
            match date.tomorrow() {
                Ok(next) if next <= last => date = next,
                _ => break,
            }
            count += u32::from(self.is_working_day(date));
        }
        count
    }

    /// The next times at which batches run, strictly after `after`.
    #[must_use]
    pub fn next_batches(&self, after: Timestamp, count: usize) -> Vec<Timestamp> {
        let mut batches = Vec::with_capacity(count);
        let Some(mut date) = self.date_of(after) else { return batches };
        while batches.len() < count {
            for hour in &self.batch_hours {
                if let Some(at) = self.at(date, *hour)
                    && at > after
                    && batches.len() < count
                {
                    batches.push(at);
                }
            }
            match date.tomorrow() {
                Ok(next) if !self.batch_hours.is_empty() => date = next,
                _ => break,
            }
        }
        batches
    }

    /// The latest time at which a batch ran, at `at` or before.
    #[must_use]
    pub fn last_batch(&self, at: Timestamp) -> Option<Timestamp> {
        // Between two batches there is never more than a day, and an hour where clocks are put back.
        let day_before = at.plus(-25 * crate::clock::HOUR - 1);
        let batches = self.next_batches(day_before, 2 * self.batch_hours.len() + 2);
        batches.into_iter().rfind(|batch| *batch <= at)
    }

    /// The date at an instant, where the calendar is.
    #[must_use]
    pub fn date_of(&self, at: Timestamp) -> Option<Date> {
        jiff::Timestamp::from_second(at.0).ok().map(|instant| self.time_zone.to_datetime(instant).date())
    }

    /// An hour of a date as an instant. In the hour that a clock change skips, the hour after it.
    #[must_use]
    pub fn at(&self, date: Date, hour: i8) -> Option<Timestamp> {
        let time = Time::new(hour, 0, 0, 0).ok()?;
        let instant = self.time_zone.to_timestamp(date.to_datetime(time)).ok()?;
        Some(Timestamp(instant.as_second()))
    }
}

/// The holidays of 5 U.S.C. 6103 in a year, each on the day on which it is observed: the Friday
/// before a Saturday, the Monday after a Sunday.
#[must_use]
pub fn federal_holidays(year: i16) -> Vec<Date> {
    let fixed = [(1, 1), (6, 19), (7, 4), (11, 11), (12, 25)];
    let moving = [
        (1, 3, Weekday::Monday),
        (2, 3, Weekday::Monday),
        (5, -1, Weekday::Monday),
        (9, 1, Weekday::Monday),
        (10, 2, Weekday::Monday),
        (11, 4, Weekday::Thursday),
    ];
    let mut holidays = Vec::with_capacity(11);
    for (month, day) in fixed {
        // Juneteenth has been a holiday since 2021.
        if (month, day) == (6, 19) && year < 2021 {
            continue;
        }
        if let Ok(date) = Date::new(year, month, day) {
            holidays.extend(match date.weekday() {
                Weekday::Saturday => date.yesterday().ok(),
                Weekday::Sunday => date.tomorrow().ok(),
                _ => Some(date),
            });
        }
    }
    for (month, nth, weekday) in moving {
        if let Ok(first) = Date::new(year, month, 1)
            && let Ok(date) = first.nth_weekday_of_month(nth, weekday)
        {
            holidays.push(date);
        }
    }
    holidays
}

#[cfg(test)]
mod tests {
    use jiff::civil::{Date, date};

    use super::{Calendar, Span};
    use crate::clock::{DAY, HOUR, Timestamp};

    fn at(calendar: &Calendar, day: Date, hour: i8) -> Timestamp {
        calendar.at(day, hour).unwrap()
    }

    fn due_date(from: Date, days: u16) -> Date {
        let calendar = Calendar::united_states();
        let due = calendar.due(at(&calendar, from, 12), Span::WorkingDays(days));
        assert_eq!(due, at(&calendar, calendar.date_of(due).unwrap(), 18), "a working day ends at 18:00");
        calendar.date_of(due).unwrap()
    }

    #[test]
    fn weekends_and_holidays_do_not_count() {
        assert_eq!(due_date(date(2026, 11, 20), 1), date(2026, 11, 23));
        // Thanksgiving, the fourth Thursday.
        assert_eq!(due_date(date(2026, 11, 24), 3), date(2026, 11, 30));
        // Independence Day 2026 is a Saturday: the Friday before is off.
        assert_eq!(due_date(date(2026, 7, 2), 1), date(2026, 7, 6));
    }

    #[test]
    fn the_last_batch_is_the_one_before_the_next() {
        let calendar = Calendar::united_states();
        // Through a year with both changes of the clock, at odd times.
        for number in 0..9_000 {
            let at = Timestamp(1_767_243_600 + number * 3_571);
            let last = calendar.last_batch(at).unwrap();
            assert!(last <= at && calendar.next_batches(last, 1)[0] > at);
            assert_eq!(calendar.last_batch(last), Some(last));
        }
        assert_eq!(Calendar::nowhere().last_batch(Timestamp(1_790_000_000)), None);
    }

    #[test]
    fn a_year_ends_without_a_fault() {
        // 1 January 2028 is a Saturday, observed on 31 December 2027.
        assert_eq!(due_date(date(2027, 12, 30), 1), date(2028, 1, 3));
        assert_eq!(due_date(date(2026, 12, 24), 1), date(2026, 12, 28));
    }

    #[test]
    fn both_clock_changes_keep_the_wall_clock() {
        let calendar = Calendar::united_states();
        for day in [date(2027, 3, 12), date(2026, 10, 30)] {
            let from = at(&calendar, day, 18);
            let due = calendar.due(from, Span::WorkingDays(1));
            let elapsed = due.since(from);
            assert!(elapsed == 3 * DAY - HOUR || elapsed == 3 * DAY + HOUR, "{elapsed}");
        }
        // Hours are elapsed hours.
        let from = at(&calendar, date(2027, 3, 13), 12);
        assert_eq!(calendar.due(from, Span::Hours(24)).since(from), DAY);
    }

    #[test]
    fn batches_come_at_six_and_eighteen_strictly_after() {
        let calendar = Calendar::united_states();
        let six = at(&calendar, date(2027, 3, 14), 6);
        let next = calendar.next_batches(six, 4);
        assert_eq!(next.first(), Some(&at(&calendar, date(2027, 3, 14), 18)));
        assert_eq!(next.get(1), Some(&at(&calendar, date(2027, 3, 15), 6)));
        assert_eq!(next.len(), 4);
    }

    #[test]
    fn days_end_at_eighteen_whatever_day_it_is() {
        let calendar = Calendar::united_states();
        let due = calendar.due(at(&calendar, date(2026, 11, 24), 9), Span::Days(5));
        assert_eq!(due, at(&calendar, date(2026, 11, 29), 18));
    }

    #[test]
    fn a_time_beyond_all_calendars_is_no_panic() {
        let calendar = Calendar::united_states();
        for extreme in [Timestamp(i64::MAX), Timestamp(i64::MIN)] {
            let _ = calendar.due(extreme, Span::WorkingDays(3));
            let _ = calendar.next_batches(extreme, 2);
        }
        let never = Calendar { working_weekdays: [false; 7], ..Calendar::united_states() };
        let _ = never.due(Timestamp(0), Span::WorkingDays(3));
    }
}
