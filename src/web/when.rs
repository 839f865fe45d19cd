//! Dates, times and clocks in words, in the time zone of the calendar.

use jiff::ZonedDateTime;
use jiff::civil::Date;

use crate::clock::{HOUR, Timestamp};
use crate::domain::deadline::Calendar;

/// The hour at which a day ends, for deadlines that are given as a date.
const END_OF_DAY: i8 = 18;
/// How much of a time must be used for its clock to look pressing, in percent.
const PRESSING: i64 = 80;

/// A clock as words and as a bar.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Countdown {
    pub label: String,
    /// How much of the time is used.
    pub percent: i64,
    pub says: String,
    /// "", "warning" or "late": how the bar is drawn. The words say the same.
    pub state: &'static str,
}

/// A clock that started at `since` and ends at `due`.
#[must_use]
pub fn countdown(
    label: &str,
    since: Timestamp,
    due: Timestamp,
    now: Timestamp,
    calendar: &Calendar,
) -> Countdown {
    let whole = due.since(since).max(1);
    let percent = (now.since(since).saturating_mul(100) / whole).clamp(0, 100);
    let late = now >= due;
    let says = if late {
        format!("Overdue since {}", moment(due, now, calendar))
    } else {
        format!("{}, by {}", left(due, now, calendar), moment(due, now, calendar))
    };
    let state = if late {
        "late"
    } else if percent >= PRESSING {
        "warning"
    } else {
        ""
    };
    Countdown { label: label.to_owned(), percent: if late { 100 } else { percent }, says, state }
}

fn left(due: Timestamp, now: Timestamp, calendar: &Calendar) -> String {
    let days = match (zoned(now, calendar), zoned(due, calendar)) {
        (Some(now), Some(due)) if now.date() < due.date() => working_days(now.date(), due.date(), calendar),
        _ => 0,
    };
    match (days, due.since(now) / HOUR) {
        (0, 0) => "in less than an hour".to_owned(),
        (0, 1) => "in 1 hour".to_owned(),
        (0, hours) => format!("in {hours} hours"),
        (1, _) => "in 1 working day".to_owned(),
        (days, _) => format!("in {days} working days"),
    }
}

/// Working days after `from`, up to and with `to`.
fn working_days(from: Date, to: Date, calendar: &Calendar) -> u32 {
    // A time standard is a matter of weeks; a year of days bounds the work whatever is asked.
    from.series(jiff::Span::new().days(1))
        .skip(1)
        .take(366)
        .take_while(|date| *date <= to)
        .map(|date| u32::from(is_working_day(date, calendar)))
        .sum()
}

fn is_working_day(date: Date, calendar: &Calendar) -> bool {
    let weekday = usize::try_from(date.weekday().to_monday_zero_offset()).unwrap_or_default();
    calendar.working_weekdays.get(weekday).copied().unwrap_or(true) && !calendar.holidays.contains(&date)
}

fn zoned(at: Timestamp, calendar: &Calendar) -> Option<ZonedDateTime> {
    Some(jiff::Timestamp::from_second(at.0).ok()?.to_zoned_datetime(calendar.time_zone.clone()))
}

/// "Friday 27 November, 18:00"; with the year if it is not the current one.
#[must_use]
pub fn moment(at: Timestamp, now: Timestamp, calendar: &Calendar) -> String {
    let Some(then) = zoned(at, calendar) else { return "a date that cannot be shown".to_owned() };
    let this_year = zoned(now, calendar).is_some_and(|now| now.year() == then.year());
    let pattern = if this_year { "%A %-d %B, %H:%M" } else { "%A %-d %B %Y, %H:%M" };
    then.strftime(pattern).to_string()
}

/// "27 November 2026".
#[must_use]
pub fn day(at: Timestamp, calendar: &Calendar) -> String {
    zoned(at, calendar).map_or_else(String::new, |then| then.strftime("%-d %B %Y").to_string())
}

/// A date in the same words.
#[must_use]
pub fn date(date: jiff::civil::Date) -> String {
    date.strftime("%-d %B %Y").to_string()
}

/// As a date field takes it: "2026-11-27".
#[must_use]
pub fn field_value(at: Timestamp, calendar: &Calendar) -> String {
    zoned(at, calendar).map_or_else(String::new, |then| then.date().to_string())
}

/// The end of the day that a date field names.
#[must_use]
pub fn end_of_day(typed: &str, calendar: &Calendar) -> Option<Timestamp> {
    let typed = typed.trim();
    // The parser takes more notations than a date field sends.
    if typed.len() != 10 {
        return None;
    }
    let date: Date = typed.parse().ok()?;
    let end = date.at(END_OF_DAY, 0, 0, 0).to_zoned_datetime(calendar.time_zone.clone()).ok()?;
    Some(Timestamp(end.timestamp().as_second()))
}

#[cfg(test)]
mod tests {
    use super::{countdown, day, end_of_day, field_value, moment};
    use crate::clock::{DAY, HOUR, Timestamp};
    use crate::domain::deadline::Calendar;

    fn calendar() -> Calendar {
        Calendar {
            time_zone: jiff::tz::TimeZone::get("America/New_York").unwrap(),
            working_weekdays: [true, true, true, true, true, false, false],
            holidays: [jiff::civil::date(2026, 11, 26)].into(),
            batch_hours: vec![6, 18],
            earlier: Vec::new(),
        }
    }

    fn at(text: &str) -> Timestamp {
        Timestamp(text.parse::<jiff::Timestamp>().unwrap().as_second())
    }

    #[test]
    fn a_clock_counts_working_days_and_leaves_out_weekends_and_holidays() {
        // Tuesday noon in New York to Monday 18:00; Thursday is a holiday.
        let now = at("2026-11-24T17:00:00Z");
        let clock = countdown("Answer", now.plus(-DAY), at("2026-11-30T23:00:00Z"), now, &calendar());
        assert_eq!(clock.says, "in 3 working days, by Monday 30 November, 18:00");
        assert_eq!(clock.state, "");
    }

    #[test]
    fn the_last_day_is_counted_in_hours_and_what_is_late_says_so() {
        let now = at("2026-11-24T17:00:00Z");
        let due = now.plus(2 * HOUR);
        let clock = countdown("Answer", now.plus(-18 * HOUR), due, now, &calendar());
        assert_eq!(
            (clock.says.as_str(), clock.state),
            ("in 2 hours, by Tuesday 24 November, 14:00", "warning")
        );
        let clock = countdown("Answer", now.plus(-DAY), now, now, &calendar());
        assert_eq!(clock.says, "Overdue since Tuesday 24 November, 12:00");
        assert_eq!((clock.percent, clock.state), (100, "late"));
    }

    #[test]
    fn dates_are_of_the_calendars_time_zone_and_come_back_as_typed() {
        let late_evening = at("2026-11-25T03:30:00Z");
        assert_eq!(day(late_evening, &calendar()), "24 November 2026");
        assert_eq!(
            moment(late_evening, late_evening.plus(60 * DAY), &calendar()),
            "Tuesday 24 November 2026, 22:30"
        );
        let due = end_of_day(" 2026-12-24", &calendar()).unwrap();
        assert_eq!(due, at("2026-12-24T23:00:00Z"));
        assert_eq!(field_value(due, &calendar()), "2026-12-24");
        for wrong in ["", "2026-13-01", "24/12/2026", "2026-12-24T10:00", "20261224"] {
            assert_eq!(end_of_day(wrong, &calendar()), None);
        }
    }
}
