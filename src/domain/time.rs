//! Time as the Council sets it: the calendar and the time standards of both paces, as one body that is
//! proposed, agreed to and put in force as a whole.

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::concern::Pace;
use super::deadline::{Calendar, Span, Standards};
use super::organisation::{CalendarSettings, Organisation, USUAL_BATCH_HOURS};

/// Everything about time that can be set.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct TimeSettings {
    pub calendar: CalendarSettings,
    /// Federal holidays on which people work here.
    pub worked_holidays: BTreeSet<Date>,
    pub batch_hours: Vec<i8>,
    pub routine: Standards,
    pub extraordinary: Standards,
}

/// Most dates in either list.
pub const MOST_DATES: usize = 200;

/// The unit of a span, with the least and the most of it that can be set.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SpanUnit {
    WorkingDays,
    Hours,
    Days,
}

impl SpanUnit {
    pub const ALL: [Self; 3] = [Self::WorkingDays, Self::Hours, Self::Days];

    #[must_use]
    pub const fn of(span: Span) -> Self {
        match span {
            Span::WorkingDays(_) => Self::WorkingDays,
            Span::Hours(_) => Self::Hours,
            Span::Days(_) => Self::Days,
        }
    }

    #[must_use]
    pub const fn key(self) -> &'static str {
        match self {
            Self::WorkingDays => "working_days",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    #[must_use]
    pub const fn words(self) -> &'static str {
        match self {
            Self::WorkingDays => "working days",
            Self::Hours => "hours",
            Self::Days => "days",
        }
    }

    /// The least and the most.
    #[must_use]
    pub const fn limits(self) -> (u16, u16) {
        match self {
            Self::WorkingDays => (1, 60),
            Self::Hours => (4, 240),
            Self::Days => (1, 180),
        }
    }

    /// So much of it; none beyond the limits.
    #[must_use]
    pub fn span(self, amount: u16) -> Option<Span> {
        let (least, most) = self.limits();
        (least..=most).contains(&amount).then_some(match self {
            Self::WorkingDays => Span::WorkingDays(amount),
            Self::Hours => Span::Hours(amount),
            Self::Days => Span::Days(amount),
        })
    }
}

/// How many, whatever the unit.
#[must_use]
pub const fn amount(span: Span) -> u16 {
    match span {
        Span::WorkingDays(amount) | Span::Hours(amount) | Span::Days(amount) => amount,
    }
}

/// "3 working days".
#[must_use]
pub fn span_words(span: Span) -> String {
    let words = SpanUnit::of(span).words();
    match amount(span) {
        1 => format!("1 {}", words.trim_end_matches('s')),
        amount => format!("{amount} {words}"),
    }
}

/// One time standard.
#[derive(Clone, Copy, Debug)]
pub struct Standard {
    /// The form's fields for it, of the routine and of the extraordinary pace: amount, then unit.
    pub fields: [(&'static str, &'static str); 2],
    pub name: &'static str,
    pub of: fn(&mut Standards) -> &mut Span,
}

macro_rules! standard {
    ($key:ident, $name:literal) => {
        Standard {
            fields: [
                (concat!("routine_", stringify!($key)), concat!("routine_", stringify!($key), "_unit")),
                (
                    concat!("extraordinary_", stringify!($key)),
                    concat!("extraordinary_", stringify!($key), "_unit"),
                ),
            ],
            name: $name,
            of: |standards| &mut standards.$key,
        }
    };
}

/// The two paces in the order of [`Standard::fields`].
pub const PACES: [Pace; 2] = [Pace::Routine, Pace::Extraordinary];

/// Every time standard.
pub const STANDARDS: [Standard; 10] = [
    standard!(field_acknowledgement, "Acknowledgement by each commander"),
    standard!(field_resolution, "Resolution in the field"),
    standard!(field_extension, "Extension in the field"),
    standard!(silence, "Silence of one side, after which a case goes up"),
    standard!(council_acknowledgement, "Acknowledgement by each Council lead"),
    standard!(council_resolution, "Resolution by the Council"),
    standard!(council_extension, "Extension at the Council"),
    standard!(secretary, "Decision of the Secretary"),
    standard!(headquarters_acknowledgement, "Acknowledgement by headquarters"),
    standard!(remedial_action, "Remedial action, unless a resolution says otherwise"),
];

const WEEKDAYS: [&str; 7] = ["Monday", "Tuesday", "Wednesday", "Thursday", "Friday", "Saturday", "Sunday"];

impl TimeSettings {
    /// What holds until the Council sets something: the organisation file's calendar and the proposals of
    /// docs/dispute.md.
    #[must_use]
    pub fn initial(organisation: Option<&Organisation>) -> Self {
        Self {
            calendar: organisation.map_or_else(CalendarSettings::default, |known| known.calendar.clone()),
            worked_holidays: BTreeSet::new(),
            batch_hours: organisation
                .map_or_else(|| USUAL_BATCH_HOURS.to_vec(), |known| known.batch_hours.clone()),
            routine: Standards::proposed(Pace::Routine),
            extraordinary: Standards::proposed(Pace::Extraordinary),
        }
    }

    #[must_use]
    pub const fn standards(&self, pace: Pace) -> Standards {
        match pace {
            Pace::Routine => self.routine,
            Pace::Extraordinary => self.extraordinary,
        }
    }

    pub const fn standards_mut(&mut self, pace: Pace) -> &mut Standards {
        match pace {
            Pace::Routine => &mut self.routine,
            Pace::Extraordinary => &mut self.extraordinary,
        }
    }

    /// The calendar by which deadlines are reckoned.
    #[must_use]
    pub fn to_calendar(&self) -> Calendar {
        let settings = &self.calendar;
        let mut calendar = Calendar::new(
            &settings.time_zone,
            settings.working_weekdays,
            &settings.extra_holidays,
            &self.batch_hours,
        );
        calendar.holidays.retain(|date| !self.worked_holidays.contains(date));
        calendar
    }

    /// What is wrong with them: the key of the field, and what to do.
    #[must_use]
    pub fn faults(&self) -> Vec<(&'static str, String)> {
        let mut faults = Vec::new();
        let mut wrong = |field, says| faults.push((field, says));
        let settings = &self.calendar;
        if jiff::tz::TimeZoneDatabase::bundled().get(&settings.time_zone).is_err() {
            wrong("time_zone", "There is no such time zone. An example is America/New_York.".to_owned());
        }
        if settings.working_weekdays == [false; 7] {
            wrong("weekday", "At least one weekday must be a working day.".to_owned());
        }
        for (field, dates) in [("holidays", &settings.extra_holidays), ("worked", &self.worked_holidays)] {
            if dates.len() > MOST_DATES {
                wrong(field, format!("At most {MOST_DATES} dates. Take out those that have passed."));
            }
        }
        if let Some(both) = settings.extra_holidays.intersection(&self.worked_holidays).next() {
            wrong("worked", format!("{both} stands in both lists. Take it out of one."));
        }
        let hours = &self.batch_hours;
        if !(2..=4).contains(&hours.len())
            || !hours.is_sorted_by(|one, next| one < next)
            || !hours.iter().all(|hour| (0..24).contains(hour))
        {
            wrong("batch_hours", "Give two to four different hours from 0 to 23, ascending.".to_owned());
        }
        for (index, pace) in PACES.into_iter().enumerate() {
            let mut standards = self.standards(pace);
            for standard in STANDARDS {
                let span = *(standard.of)(&mut standards);
                let unit = SpanUnit::of(span);
                if unit.span(amount(span)).is_none()
                    && let Some((field, _)) = standard.fields.get(index)
                {
                    let (least, most) = unit.limits();
                    wrong(field, format!("Give a whole number from {least} to {most} {}.", unit.words()));
                }
            }
        }
        faults
    }

    /// Everything that `new` would change, in words.
    #[must_use]
    pub fn difference(old: &Self, new: &Self) -> Vec<String> {
        let mut changes = Vec::new();
        let (before, after) = (&old.calendar, &new.calendar);
        if before.time_zone != after.time_zone {
            changes.push(format!("The time zone becomes {}; it was {}.", after.time_zone, before.time_zone));
        }
        for ((name, was), is) in WEEKDAYS.iter().zip(before.working_weekdays).zip(after.working_weekdays) {
            match (was, is) {
                (false, true) => changes.push(format!("{name} becomes a working day.")),
                (true, false) => changes.push(format!("{name} is no working day any more.")),
                _ => {}
            }
        }
        let mut dates = |old: &BTreeSet<Date>, new: &BTreeSet<Date>, added: &str, removed: &str| {
            changes.extend(new.difference(old).map(|date| format!("{date} {added}")));
            changes.extend(old.difference(new).map(|date| format!("{date} {removed}")));
        };
        dates(
            &before.extra_holidays,
            &after.extra_holidays,
            "becomes a day off.",
            "is no extra day off any more.",
        );
        dates(
            &old.worked_holidays,
            &new.worked_holidays,
            "counts as a working day, although it is a federal holiday.",
            "is off again, as a federal holiday.",
        );
        if old.batch_hours != new.batch_hours {
            changes.push(format!(
                "Batches run at {}; until now at {}.",
                hours(&new.batch_hours),
                hours(&old.batch_hours)
            ));
        }
        for (pace, mut was, mut is) in
            [("Routine", old.routine, new.routine), ("Extraordinary", old.extraordinary, new.extraordinary)]
        {
            for Standard { name, of, .. } in STANDARDS {
                let (was, is) = (*of(&mut was), *of(&mut is));
                if was != is {
                    changes.push(format!(
                        "{pace}: “{name}” becomes {}; it was {}.",
                        span_words(is),
                        span_words(was)
                    ));
                }
            }
        }
        changes
    }

    /// Whether `new` only moves days off that all lie after `beyond`, where no clock can end.
    #[must_use]
    pub fn touches_no_clock(old: &Self, new: &Self, beyond: Date) -> bool {
        let mut same_days = new.clone();
        same_days.calendar.extra_holidays.clone_from(&old.calendar.extra_holidays);
        same_days.worked_holidays.clone_from(&old.worked_holidays);
        let late = |one: &BTreeSet<Date>, other: &BTreeSet<Date>| {
            one.symmetric_difference(other).all(|date| *date > beyond)
        };
        same_days == *old
            && late(&old.calendar.extra_holidays, &new.calendar.extra_holidays)
            && late(&old.worked_holidays, &new.worked_holidays)
    }
}

/// "06:00 and 18:00".
#[must_use]
pub fn hours(hours: &[i8]) -> String {
    let words: Vec<String> = hours.iter().map(|hour| format!("{hour:02}:00")).collect();
    match words.split_last() {
        Some((last, rest)) if !rest.is_empty() => format!("{} and {last}", rest.join(", ")),
        _ => words.concat(),
    }
}

#[cfg(test)]
mod tests {
    use jiff::civil::date;

    use super::{STANDARDS, Span, SpanUnit, Standard, TimeSettings, amount, span_words};

    #[test]
    fn what_holds_at_first_has_no_fault_and_survives_its_storage() {
        let settings = TimeSettings::initial(None);
        assert_eq!(settings.faults(), vec![]);
        let text = serde_json::to_string(&settings).unwrap();
        assert_eq!(serde_json::from_str::<TimeSettings>(&text).unwrap(), settings);
    }

    #[test]
    fn every_standard_has_its_own_place_and_its_limits() {
        for Standard { fields, of, .. } in STANDARDS {
            let old = TimeSettings::initial(None);
            let mut new = old.clone();
            *of(&mut new.routine) = Span::Days(180);
            assert_eq!(TimeSettings::difference(&old, &new).len(), 1, "{fields:?}");
            assert_eq!(new.faults(), vec![]);
            *of(&mut new.routine) = Span::Days(181);
            assert_eq!(new.faults()[0].0, fields[0].0);
        }
        for unit in SpanUnit::ALL {
            let (least, most) = unit.limits();
            assert!(unit.span(least - 1).is_none() && unit.span(most + 1).is_none());
            assert_eq!(unit.span(most).map(amount), Some(most));
        }
        assert_eq!(span_words(Span::WorkingDays(1)), "1 working day");
    }

    #[test]
    fn faults_name_their_field() {
        let mut settings = TimeSettings::initial(None);
        settings.calendar.time_zone = "Mars/Base".to_owned();
        settings.calendar.working_weekdays = [false; 7];
        settings.batch_hours = vec![18, 6];
        settings.worked_holidays = [date(2026, 11, 26)].into();
        settings.calendar.extra_holidays = [date(2026, 11, 26)].into();
        let fields: Vec<&str> = settings.faults().into_iter().map(|(field, _)| field).collect();
        assert_eq!(fields, ["time_zone", "weekday", "worked", "batch_hours"]);
    }

    #[test]
    fn only_days_off_beyond_every_clock_touch_none() {
        let old = TimeSettings::initial(None);
        let beyond = date(2026, 12, 1);
        let with = |day| {
            let mut new = old.clone();
            new.calendar.extra_holidays = [day].into();
            TimeSettings::touches_no_clock(&old, &new, beyond)
        };
        assert!(with(date(2026, 12, 2)) && !with(date(2026, 12, 1)));
        let mut hours = old.clone();
        hours.batch_hours = vec![7, 19];
        assert!(!TimeSettings::touches_no_clock(&old, &hours, beyond));
        assert!(TimeSettings::touches_no_clock(&old, &old, beyond));
    }

    #[test]
    fn a_federal_holiday_can_be_worked() {
        let thanksgiving = date(2026, 11, 26);
        let mut settings = TimeSettings::initial(None);
        assert!(!settings.to_calendar().is_working_day(thanksgiving));
        settings.worked_holidays = [thanksgiving].into();
        assert!(settings.to_calendar().is_working_day(thanksgiving));
    }
}
