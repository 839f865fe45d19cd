//! When people work, as the organisation file says it: calendar and hours of batches.

use std::collections::BTreeSet;

use jiff::civil::Date;
use jiff::tz::TimeZoneDatabase;
use toml::de::DeValue;

use super::{NAME, Reader, Row, WEEKDAYS};
use crate::domain::organisation::{CalendarSettings, USUAL_BATCH_HOURS};

impl Reader {
    pub(super) fn calendar(&mut self, root: &Row<'_, '_>) -> CalendarSettings {
        let mut settings = CalendarSettings::default();
        let keys = ["time_zone", "working_weekdays", "extra_holidays"];
        let Some(row) = self.section(root, "calendar", &keys) else { return settings };
        if row.fields.contains_key("time_zone") {
            let name = self.text(&row, "time_zone", NAME);
            // The zones that the program carries, so that the file means the same on every machine.
            if !name.is_empty() && TimeZoneDatabase::bundled().get(&name).is_err() {
                let line = self.lines.of("calendar", 0, "time_zone", 0);
                self.wrong(
                    line,
                    format!("[calendar]: there is no time zone {name}; an example is America/New_York"),
                );
            }
            settings.time_zone = name;
        }
        if row.fields.contains_key("working_weekdays") {
            settings.working_weekdays = self.weekdays(&row);
        }
        settings.extra_holidays = self.holidays(&row);
        settings
    }

    fn weekdays(&mut self, row: &Row<'_, '_>) -> [bool; 7] {
        let mut working = [false; 7];
        for (line, item) in self.items(row, "working_weekdays") {
            let position = WEEKDAYS.iter().position(|name| item.as_str() == Some(name));
            match position.and_then(|index| working.get_mut(index)) {
                Some(day) => *day = true,
                None => self.wrong(
                    line,
                    format!("[calendar]: a working weekday must be one of {}", WEEKDAYS.join(", ")),
                ),
            }
        }
        if working == [false; 7] {
            self.wrong(row.line, "[calendar]: at least one weekday must be a working day".to_owned());
        }
        working
    }

    fn holidays(&mut self, row: &Row<'_, '_>) -> BTreeSet<Date> {
        let mut days = BTreeSet::new();
        for (line, item) in self.items(row, "extra_holidays") {
            let text = match item {
                DeValue::String(text) => text.to_string(),
                DeValue::Datetime(date) => date.to_string(),
                _ => String::new(),
            };
            // The length keeps a time of day from being read as part of a date and dropped.
            match text.parse::<Date>() {
                Ok(day) if text.len() == "2007-04-02".len() => {
                    days.insert(day);
                }
                _ => self
                    .wrong(line, "[calendar]: an extra holiday must be a date such as 2007-04-02".to_owned()),
            }
        }
        days
    }

    pub(super) fn batch_hours(&mut self, root: &Row<'_, '_>) -> Vec<i8> {
        let usual = USUAL_BATCH_HOURS.to_vec();
        let Some(row) = self.section(root, "batches", &["hours"]) else { return usual };
        if !row.fields.contains_key("hours") {
            return usual;
        }
        let mut hours = Vec::new();
        for (line, item) in self.items(&row, "hours") {
            let hour = item.as_integer().and_then(|number| number.as_str().parse::<i8>().ok());
            match hour {
                Some(hour) if (0..24).contains(&hour) => hours.push(hour),
                _ => self.wrong(line, "[batches]: an hour must be a whole number from 0 to 23".to_owned()),
            }
        }
        // Reporters are told "within two days", which the next four batches must keep.
        if !(2..=4).contains(&hours.len()) || !hours.is_sorted_by(|a, b| a < b) {
            let line = self.lines.of("batches", 0, "hours", 0).max(row.line);
            self.wrong(line, "[batches]: give two to four different hours in ascending order".to_owned());
        }
        hours
    }
}
