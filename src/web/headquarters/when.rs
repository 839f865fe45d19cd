//! Dates and times in words, in the time zone of the calendar.

use jiff::ZonedDateTime;

use crate::clock::Timestamp;
use crate::domain::deadline::Calendar;

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
