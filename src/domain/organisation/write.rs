//! The organisation written as its file.

use std::fmt::Write;

use super::file::WEEKDAYS;
use super::{CalendarSettings, Organisation, USUAL_BATCH_HOURS};

impl Organisation {
    /// The file that describes this organisation. Reading it back gives the same organisation.
    #[must_use]
    pub fn to_toml(&self) -> String {
        let mut sheet = Sheet::default();
        sheet.text("department", &self.department);
        sheet.text("council", &self.council);
        if self.calendar != CalendarSettings::default() {
            sheet.heading("[calendar]");
            sheet.text("time_zone", &self.calendar.time_zone);
            let days = WEEKDAYS.iter().zip(self.calendar.working_weekdays);
            sheet.list("working_weekdays", days.filter(|(_, working)| *working).map(|(name, _)| *name));
            let holidays: Vec<String> =
                self.calendar.extra_holidays.iter().map(ToString::to_string).collect();
            sheet.list("extra_holidays", holidays.iter().map(String::as_str));
        }
        if self.batch_hours != USUAL_BATCH_HOURS {
            sheet.heading("[batches]");
            let hours: Vec<String> = self.batch_hours.iter().map(ToString::to_string).collect();
            sheet.line("hours", &format!("[{}]", hours.join(", ")));
        }
        for component in &self.components {
            sheet.heading("[[components]]");
            sheet.text("id", component.id.as_str());
            sheet.text("name", &component.name);
            sheet.text("short", &component.short);
        }
        for branch in &self.branches {
            sheet.heading("[[branches]]");
            sheet.text("id", branch.id.as_str());
            sheet.text("name", &branch.name);
            sheet.text("component", branch.component.as_str());
            sheet.text("headquarters", branch.headquarters.as_str());
        }
        for unit in &self.units {
            sheet.heading("[[units]]");
            sheet.text("id", unit.id.as_str());
            sheet.text("name", &unit.name);
            sheet.text("branch", unit.branch.as_str());
            if let Some(parent) = &unit.parent {
                sheet.text("parent", parent.as_str());
            }
            sheet.text("place", &unit.place);
            sheet.text("strength", unit.band.word());
            sheet.optional("commander", &unit.commander);
            if !unit.counterparts.is_empty() {
                sheet.list("counterparts", unit.counterparts.iter().map(super::UnitId::as_str));
            }
        }
        for unit in &self.headquarters {
            sheet.heading("[[headquarters]]");
            sheet.text("id", unit.id.as_str());
            sheet.text("name", &unit.name);
            if let Some(component) = &unit.component {
                sheet.text("component", component.as_str());
            }
        }
        for group in &self.working_groups {
            sheet.heading("[[working_groups]]");
            sheet.text("id", group.id.as_str());
            sheet.text("name", &group.name);
        }
        for category in &self.categories {
            sheet.heading("[[categories]]");
            sheet.text("id", category.id.as_str());
            sheet.text("name", &category.name);
        }
        for document in &self.documents {
            sheet.heading("[[documents]]");
            sheet.text("id", document.id.as_str());
            sheet.text("title", &document.title);
            sheet.optional("date", &document.date);
            sheet.optional("status", &document.status);
            if !document.parties.is_empty() {
                sheet.list("parties", document.parties.iter().map(String::as_str));
            }
            if let Some(successor) = &document.successor {
                sheet.text("successor", successor.as_str());
            }
            if let Some(group) = &document.working_group {
                sheet.text("working_group", group.as_str());
            }
        }
        for channel in &self.channels {
            sheet.heading("[[channels]]");
            sheet.text("name", &channel.name);
            sheet.text("purpose", &channel.purpose);
            sheet.text("how", &channel.how);
        }
        sheet.0
    }
}

#[derive(Default)]
struct Sheet(String);

impl Sheet {
    fn heading(&mut self, heading: &str) {
        self.0.push('\n');
        self.0.push_str(heading);
        self.0.push('\n');
    }

    fn line(&mut self, key: &str, value: &str) {
        // Writing to a string cannot fail.
        let _ = writeln!(self.0, "{key} = {value}");
    }

    fn text(&mut self, key: &str, text: &str) {
        self.line(key, &quoted(text));
    }

    fn optional(&mut self, key: &str, text: &str) {
        if !text.is_empty() {
            self.text(key, text);
        }
    }

    fn list<'a>(&mut self, key: &str, texts: impl Iterator<Item = &'a str>) {
        let quoted: Vec<String> = texts.map(quoted).collect();
        self.line(key, &format!("[{}]", quoted.join(", ")));
    }
}

fn quoted(text: &str) -> String {
    toml::Value::String(text.to_owned()).to_string()
}
