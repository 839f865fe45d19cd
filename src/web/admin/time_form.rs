//! Calendar and time standards as fields of a form, read back with what is wrong with each.

use std::collections::{BTreeMap, BTreeSet};

use jiff::civil::Date;

use crate::domain::concern::Pace;
use crate::domain::time::{PACES, STANDARDS, SpanUnit, Standard, TimeSettings, amount};
use crate::web::form::{Fields, Problems};

/// Longest list of dates, in characters.
pub const DATES_MOST: usize = 4_000;
/// Longest name of a time zone, and longest list of hours.
pub const LINE_MOST: usize = 60;

pub const WEEKDAYS: [(&str, &str); 7] = [
    ("monday", "Monday"),
    ("tuesday", "Tuesday"),
    ("wednesday", "Wednesday"),
    ("thursday", "Thursday"),
    ("friday", "Friday"),
    ("saturday", "Saturday"),
    ("sunday", "Sunday"),
];

/// What stands in the fields: what holds at first, what was typed afterwards.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Typed {
    fields: BTreeMap<String, String>,
    weekdays: BTreeSet<String>,
}

impl Typed {
    #[must_use]
    pub fn of(settings: &TimeSettings) -> Self {
        let dates =
            |dates: &BTreeSet<Date>| dates.iter().map(ToString::to_string).collect::<Vec<_>>().join("\n");
        let mut fields = BTreeMap::new();
        let mut put = |name: &str, value: String| {
            fields.insert(name.to_owned(), value);
        };
        put("time_zone", settings.calendar.time_zone.clone());
        put("holidays", dates(&settings.calendar.extra_holidays));
        put("worked", dates(&settings.worked_holidays));
        let hours: Vec<String> = settings.batch_hours.iter().map(ToString::to_string).collect();
        put("batch_hours", hours.join(", "));
        for pace in PACES {
            let mut standards = settings.standards(pace);
            for (standard, (field, unit)) in of_pace(pace) {
                let span = *(standard.of)(&mut standards);
                put(field, amount(span).to_string());
                put(unit, SpanUnit::of(span).key().to_owned());
            }
        }
        let weekdays = WEEKDAYS
            .iter()
            .zip(settings.calendar.working_weekdays)
            .filter(|(_, works)| *works)
            .map(|((key, _), _)| (*key).to_owned())
            .collect();
        Self { fields, weekdays }
    }

    #[must_use]
    pub fn of_field(&self, name: &str) -> &str {
        self.fields.get(name).map_or("", String::as_str)
    }

    #[must_use]
    pub fn works(&self, weekday: &str) -> bool {
        self.weekdays.contains(weekday)
    }

    fn take(&mut self, form: &Fields, name: &str) -> String {
        let value = form.one(name).to_owned();
        self.fields.insert(name.to_owned(), value.clone());
        value
    }
}

/// Every standard with its two fields for a pace.
pub fn of_pace(pace: Pace) -> impl Iterator<Item = (Standard, (&'static str, &'static str))> {
    STANDARDS.into_iter().map(move |standard| {
        let [routine, extraordinary] = standard.fields;
        (standard, if pace == Pace::Routine { routine } else { extraordinary })
    })
}

/// Reads the calendar's fields over `start`; what cannot be read stays as it was and is a problem.
pub fn calendar(
    form: &Fields,
    start: &TimeSettings,
    typed: &mut Typed,
    problems: &mut Problems,
) -> TimeSettings {
    let mut settings = start.clone();
    let zone = typed.take(form, "time_zone");
    if zone.chars().count() > LINE_MOST {
        problems.add("time_zone", format!("At most {LINE_MOST} characters."));
    } else {
        zone.trim().clone_into(&mut settings.calendar.time_zone);
    }
    typed.weekdays = form.all("weekday").map(ToOwned::to_owned).collect();
    settings.calendar.working_weekdays = WEEKDAYS.map(|(key, _)| typed.weekdays.contains(key));
    if let Some(days) = dates(&typed.take(form, "holidays"), "holidays", problems) {
        settings.calendar.extra_holidays = days;
    }
    if let Some(days) = dates(&typed.take(form, "worked"), "worked", problems) {
        settings.worked_holidays = days;
    }
    let hours = typed.take(form, "batch_hours");
    let read: Option<Vec<i8>> = (hours.len() <= LINE_MOST)
        .then(|| hours.split(',').map(|hour| hour.trim().parse().ok()).collect())
        .flatten();
    match read {
        Some(hours) => settings.batch_hours = hours,
        None => problems.add("batch_hours", "Give whole hours with commas between them, such as 6, 18."),
    }
    settings
}

fn dates(text: &str, field: &'static str, problems: &mut Problems) -> Option<BTreeSet<Date>> {
    if text.chars().count() > DATES_MOST {
        problems.add(field, format!("At most {DATES_MOST} characters."));
        return None;
    }
    let mut days = BTreeSet::new();
    for word in text.split_whitespace() {
        // The parser takes more notations than the page names.
        match word.parse::<Date>() {
            Ok(day) if word.len() == 10 => days.insert(day),
            _ => {
                problems.add(field, "Write each date as 2027-12-24, on a line of its own.");
                return None;
            }
        };
    }
    Some(days)
}

/// Reads the fields of all standards over `start`.
pub fn standards(
    form: &Fields,
    start: &TimeSettings,
    typed: &mut Typed,
    problems: &mut Problems,
) -> TimeSettings {
    let mut settings = start.clone();
    for pace in PACES {
        for (standard, (field, unit_field)) in of_pace(pace) {
            let amount = typed.take(form, field);
            let unit = typed.take(form, unit_field);
            let Some(unit) = SpanUnit::ALL.into_iter().find(|known| known.key() == unit) else {
                problems.add(field, "Choose working days, hours or days.");
                continue;
            };
            if let Some(span) = amount.trim().parse().ok().and_then(|amount| unit.span(amount)) {
                *(standard.of)(settings.standards_mut(pace)) = span;
            } else {
                let (least, most) = unit.limits();
                problems.add(field, format!("Give a whole number from {least} to {most} {}.", unit.words()));
            }
        }
    }
    settings
}

#[cfg(test)]
mod tests {
    use super::{Typed, calendar, standards};
    use crate::domain::time::TimeSettings;
    use crate::web::form::{Fields, Problems};

    #[test]
    fn what_is_shown_is_read_back_as_it_was() {
        let settings = TimeSettings::initial(None);
        let typed = Typed::of(&settings);
        let mut fields: Vec<(&str, &str)> =
            typed.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        fields.extend(typed.weekdays.iter().map(|day| ("weekday", day.as_str())));
        let form = Fields::of(&fields);
        let mut problems = Problems::default();
        let mut again = Typed::default();
        assert_eq!(calendar(&form, &settings, &mut again, &mut problems), settings);
        assert_eq!(standards(&form, &settings, &mut again, &mut problems), settings);
        assert!(problems.is_empty());
        assert_eq!(again, typed);
    }

    #[test]
    fn what_cannot_be_read_is_kept_and_changes_nothing() {
        let settings = TimeSettings::initial(None);
        let form = Fields::of(&[
            ("time_zone", "America/New_York"),
            ("holidays", "24/12/2027"),
            ("worked", "2026-11-26"),
            ("batch_hours", "six"),
            ("routine_silence", "-1"),
            ("routine_silence_unit", "hours"),
        ]);
        let (mut problems, mut typed) = (Problems::default(), Typed::of(&settings));
        let read = calendar(&form, &settings, &mut typed, &mut problems);
        assert_eq!(read.calendar.extra_holidays, settings.calendar.extra_holidays);
        assert!(!problems.of("holidays").is_empty() && !problems.of("batch_hours").is_empty());
        assert_eq!(typed.of_field("holidays"), "24/12/2027");
        let read = standards(&form, &settings, &mut typed, &mut problems);
        assert_eq!(read.routine, settings.routine);
        assert!(!problems.of("routine_silence").is_empty());
        assert_eq!(typed.of_field("routine_silence"), "-1");
    }
}
