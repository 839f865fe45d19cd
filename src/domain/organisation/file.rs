//! Reading the organisation file: as many faults as possible in one go, each with its line.

mod times;

use std::collections::BTreeMap;

use toml::de::{DeTable, DeValue};

use crate::domain::id::{BranchId, CategoryId, ComponentId, DocumentId, GroupId, UnitId};
use crate::domain::prose::{Prose, ProseError};

use super::{
    Band, Branch, Category, Channel, Component, Document, HeadquartersUnit, Organisation, Unit, WorkingGroup,
};

/// Beyond this no more faults are listed: whoever corrects the file reads it from the top anyway.
const MOST_ERRORS: usize = 200;
const LONGEST_FILE: usize = 2_000_000;
/// Most entries of one table.
const MOST_ENTRIES: usize = 5_000;

const ID: usize = 40;
const NAME: usize = 120;
const TEXT: usize = 400;

pub(super) const WEEKDAYS: [&str; 7] =
    ["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"];

/// A fault of the organisation file, with the line it stands on (0 if it is about the whole file).
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, thiserror::Error)]
#[error("line {line}: {message}")]
pub struct FileError {
    pub line: usize,
    pub message: String,
}

impl Organisation {
    /// Reads and checks an organisation file.
    ///
    /// # Errors
    /// Every fault found, by line.
    pub fn parse(text: &str) -> Result<Self, Vec<FileError>> {
        if text.len() > LONGEST_FILE {
            let message = format!("the file is longer than {LONGEST_FILE} bytes");
            return Err(vec![FileError { line: 0, message }]);
        }
        let mut reader = Reader::new(text);
        let (root, faults) = DeTable::parse_recoverable(text);
        if !faults.is_empty() {
            for fault in faults {
                let line = fault.span().map_or(0, |span| reader.line(span.start));
                reader.wrong(line, format!("this is not valid TOML: {}", fault.message()));
            }
            return Err(reader.into_errors());
        }
        let organisation = reader.organisation(root.get_ref());
        let found = super::check::check(&organisation, &reader.lines);
        reader.errors.extend(found);
        if reader.errors.is_empty() { Ok(organisation) } else { Err(reader.into_errors()) }
    }
}

/// Where each entry, and each of its values, stands in the file.
#[derive(Debug, Default)]
pub(super) struct Lines(BTreeMap<(&'static str, usize, &'static str, usize), usize>);

impl Lines {
    /// The line of a value, or of its entry if it has none of its own.
    pub(super) fn of(&self, table: &'static str, index: usize, key: &'static str, item: usize) -> usize {
        self.0
            .get(&(table, index, key, item))
            .or_else(|| self.0.get(&(table, index, "", 0)))
            .copied()
            .unwrap_or(0)
    }
}

/// One entry of a table while it is read.
struct Row<'a, 'i> {
    table: &'static str,
    index: usize,
    /// "unit OI-TUS", or "unit" until its id is known.
    name: String,
    fields: &'a DeTable<'i>,
    line: usize,
}

struct Reader {
    line_starts: Vec<usize>,
    lines: Lines,
    errors: Vec<FileError>,
}

impl Reader {
    fn new(text: &str) -> Self {
        let starts = text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(at, _)| at + 1);
        Self { line_starts: starts.collect(), lines: Lines::default(), errors: Vec::new() }
    }

    fn line(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset) + 1
    }

    fn wrong(&mut self, line: usize, message: String) {
        self.errors.push(FileError { line, message });
    }

    fn into_errors(mut self) -> Vec<FileError> {
        self.errors.sort();
        self.errors.dedup();
        let more = self.errors.len().saturating_sub(MOST_ERRORS);
        if more > 0 {
            self.errors.truncate(MOST_ERRORS);
            let line = self.errors.last().map_or(0, |last| last.line);
            self.errors.push(FileError { line, message: format!("and {more} more faults after this one") });
        }
        self.errors
    }

    fn organisation(&mut self, fields: &DeTable<'_>) -> Organisation {
        let root = Row { table: "", index: 0, name: "the file".to_owned(), fields, line: 1 };
        self.known(
            &root,
            &[
                "department",
                "council",
                "calendar",
                "batches",
                "components",
                "branches",
                "units",
                "headquarters",
                "working_groups",
                "categories",
                "documents",
                "channels",
            ],
        );
        Organisation {
            department: self.text(&root, "department", NAME),
            council: self.text(&root, "council", NAME),
            calendar: self.calendar(&root),
            batch_hours: self.batch_hours(&root),
            components: self.each(&root, "components", "component", &["id", "name", "short"], |r, row| {
                Component {
                    id: ComponentId(r.id(row, "id")),
                    name: r.text(row, "name", NAME),
                    short: r.text(row, "short", 20),
                }
            }),
            branches: self.each(
                &root,
                "branches",
                "branch",
                &["id", "name", "component", "headquarters"],
                |r, row| Branch {
                    id: BranchId(r.id(row, "id")),
                    name: r.text(row, "name", NAME),
                    component: ComponentId(r.id(row, "component")),
                    headquarters: UnitId(r.id(row, "headquarters")),
                },
            ),
            units: self.each(
                &root,
                "units",
                "unit",
                &["id", "name", "branch", "parent", "place", "strength", "commander", "counterparts"],
                |r, row| Unit {
                    id: UnitId(r.id(row, "id")),
                    name: r.text(row, "name", NAME),
                    branch: BranchId(r.id(row, "branch")),
                    parent: r.optional_id(row, "parent").map(UnitId),
                    place: r.text(row, "place", NAME),
                    band: r.band(row),
                    commander: r.optional_text(row, "commander", NAME),
                    counterparts: r.ids(row, "counterparts").into_iter().map(UnitId).collect(),
                },
            ),
            headquarters: self.each(
                &root,
                "headquarters",
                "headquarters recipient",
                &["id", "name", "component"],
                |r, row| HeadquartersUnit {
                    id: UnitId(r.id(row, "id")),
                    name: r.text(row, "name", NAME),
                    component: r.optional_id(row, "component").map(ComponentId),
                },
            ),
            working_groups: self.each(&root, "working_groups", "working group", &["id", "name"], |r, row| {
                WorkingGroup { id: GroupId(r.id(row, "id")), name: r.text(row, "name", NAME) }
            }),
            categories: self.each(&root, "categories", "category", &["id", "name"], |r, row| Category {
                id: CategoryId(r.id(row, "id")),
                name: r.text(row, "name", NAME),
            }),
            documents: self.each(
                &root,
                "documents",
                "document",
                &["id", "title", "date", "status", "parties", "successor", "working_group"],
                |r, row| Document {
                    id: DocumentId(r.id(row, "id")),
                    title: r.text(row, "title", TEXT),
                    date: r.optional_text(row, "date", NAME),
                    status: r.optional_text(row, "status", NAME),
                    parties: r.texts(row, "parties", NAME),
                    successor: r.optional_id(row, "successor").map(DocumentId),
                    working_group: r.optional_id(row, "working_group").map(GroupId),
                },
            ),
            channels: self.each(&root, "channels", "channel", &["name", "purpose", "how"], |r, row| {
                Channel {
                    name: r.text(row, "name", NAME),
                    purpose: r.text(row, "purpose", TEXT),
                    how: r.text(row, "how", TEXT),
                }
            }),
        }
    }

    /// Reads every entry of a table such as `[[units]]`.
    fn each<T>(
        &mut self,
        root: &Row<'_, '_>,
        table: &'static str,
        noun: &'static str,
        keys: &[&'static str],
        read: impl Fn(&mut Self, &Row<'_, '_>) -> T,
    ) -> Vec<T> {
        let Some(value) = root.fields.get(table) else { return Vec::new() };
        let line = self.line(value.span().start);
        let Some(entries) = value.get_ref().as_array() else {
            self.wrong(line, format!("{table} must be entries that each begin with [[{table}]]"));
            return Vec::new();
        };
        if entries.len() > MOST_ENTRIES {
            self.wrong(line, format!("there are more than {MOST_ENTRIES} entries of [[{table}]]"));
        }
        let mut found = Vec::new();
        for (index, entry) in entries.iter().take(MOST_ENTRIES).enumerate() {
            let line = self.line(entry.span().start);
            self.lines.0.insert((table, index, "", 0), line);
            let Some(fields) = entry.get_ref().as_table() else {
                self.wrong(line, format!("{table} must be entries that each begin with [[{table}]]"));
                continue;
            };
            let id = fields.get("id").or_else(|| fields.get("name")).and_then(|id| id.get_ref().as_str());
            // A name is quoted in every complaint about its entry, so it is cut short.
            let name = id.map_or_else(
                || noun.to_owned(),
                |id| format!("{noun} {}", id.chars().take(ID).collect::<String>()),
            );
            let row = Row { table, index, name, fields, line };
            self.known(&row, keys);
            found.push(read(self, &row));
        }
        found
    }

    fn known(&mut self, row: &Row<'_, '_>, keys: &[&'static str]) {
        for key in row.fields.keys() {
            if !keys.contains(&key.get_ref().as_ref()) {
                let line = self.line(key.span().start);
                let message = format!(
                    "{} has \"{}\", which is not known here; known are {}",
                    row.name,
                    key.get_ref(),
                    keys.join(", ")
                );
                self.wrong(line, message);
            }
        }
    }

    /// The value of a key, its line noted; a complaint if it must be there and is not.
    fn value<'a, 'i>(
        &mut self,
        row: &Row<'a, 'i>,
        key: &'static str,
        required: bool,
    ) -> Option<(usize, &'a DeValue<'i>)> {
        let Some(value) = row.fields.get(key) else {
            if required {
                self.wrong(row.line, format!("{} lacks \"{key}\"", row.name));
            }
            return None;
        };
        let line = self.line(value.span().start);
        self.lines.0.insert((row.table, row.index, key, 0), line);
        Some((line, value.get_ref()))
    }

    fn text(&mut self, row: &Row<'_, '_>, key: &'static str, limit: usize) -> String {
        let Some((line, value)) = self.value(row, key, true) else { return String::new() };
        self.checked(row, key, line, value, limit)
    }

    /// A text that may be absent or empty.
    fn optional_text(&mut self, row: &Row<'_, '_>, key: &'static str, limit: usize) -> String {
        match self.value(row, key, false) {
            None => String::new(),
            Some((_, value)) if value.as_str() == Some("") => String::new(),
            Some((line, value)) => self.checked(row, key, line, value, limit),
        }
    }

    fn checked(
        &mut self,
        row: &Row<'_, '_>,
        key: &str,
        line: usize,
        value: &DeValue<'_>,
        limit: usize,
    ) -> String {
        let fault = match value.as_str() {
            None => format!("must be a text in quotation marks, not {}", kind(value)),
            Some(text) => match Prose::parse(text, limit) {
                Ok(prose) if prose.as_str() == text && !text.contains(['\n', '\t']) => {
                    return text.to_owned();
                }
                Ok(_) => {
                    "must not begin or end with a space nor hold line breaks or invisible marks".to_owned()
                }
                Err(ProseError::Empty) => "must not be empty".to_owned(),
                Err(ProseError::TooLong { over, .. }) => {
                    format!("is {over} characters too long; there is room for {limit}")
                }
                Err(ProseError::ControlCharacter) => "holds characters that cannot be shown".to_owned(),
            },
        };
        self.wrong(line, format!("{}: \"{key}\" {fault}", row.name));
        String::new()
    }

    fn id(&mut self, row: &Row<'_, '_>, key: &'static str) -> String {
        let Some((line, value)) = self.value(row, key, true) else { return String::new() };
        self.checked_id(row, key, line, value)
    }

    fn optional_id(&mut self, row: &Row<'_, '_>, key: &'static str) -> Option<String> {
        let (line, value) = self.value(row, key, false)?;
        Some(self.checked_id(row, key, line, value))
    }

    fn ids(&mut self, row: &Row<'_, '_>, key: &'static str) -> Vec<String> {
        let items = self.items(row, key);
        items.into_iter().map(|(line, item)| self.checked_id(row, key, line, item)).collect()
    }

    fn texts(&mut self, row: &Row<'_, '_>, key: &'static str, limit: usize) -> Vec<String> {
        let items = self.items(row, key);
        items.into_iter().map(|(line, item)| self.checked(row, key, line, item, limit)).collect()
    }

    fn checked_id(&mut self, row: &Row<'_, '_>, key: &str, line: usize, value: &DeValue<'_>) -> String {
        let text = self.checked(row, key, line, value, ID);
        if text.chars().all(|c| c.is_ascii_alphanumeric() || c == '-') {
            return text;
        }
        self.wrong(line, format!("{}: \"{key}\" may hold only letters, digits and hyphens", row.name));
        String::new()
    }

    /// The items of a list, each with its line.
    fn items<'a, 'i>(&mut self, row: &Row<'a, 'i>, key: &'static str) -> Vec<(usize, &'a DeValue<'i>)> {
        let Some((line, value)) = self.value(row, key, false) else { return Vec::new() };
        let Some(array) = value.as_array() else {
            self.wrong(line, format!("{}: \"{key}\" must be a list in square brackets", row.name));
            return Vec::new();
        };
        let mut items = Vec::new();
        for (index, item) in array.iter().take(MOST_ENTRIES).enumerate() {
            let line = self.line(item.span().start);
            self.lines.0.insert((row.table, row.index, key, index), line);
            items.push((line, item.get_ref()));
        }
        items
    }

    fn band(&mut self, row: &Row<'_, '_>) -> Band {
        let Some((line, value)) = self.value(row, "strength", true) else { return Band::Over99 };
        if let Some(band) = value.as_str().and_then(Band::from_word) {
            return band;
        }
        let bands = Band::ALL.map(Band::word).join("\", \"");
        self.wrong(line, format!("{}: \"strength\" must be one of \"{bands}\"", row.name));
        // Any band goes: a file with a fault is refused. This one causes no further complaints.
        Band::Over99
    }

    /// A section such as `[calendar]` that may be absent.
    fn section<'a, 'i>(
        &mut self,
        root: &Row<'a, 'i>,
        table: &'static str,
        keys: &[&'static str],
    ) -> Option<Row<'a, 'i>> {
        let (line, value) = self.value(root, table, false)?;
        let Some(fields) = value.as_table() else {
            self.wrong(line, format!("{table} must be a section that begins with [{table}]"));
            return None;
        };
        let row = Row { table, index: 0, name: format!("[{table}]"), fields, line };
        self.known(&row, keys);
        Some(row)
    }
}

fn kind(value: &DeValue<'_>) -> &'static str {
    match value {
        DeValue::String(_) => "a text",
        DeValue::Integer(_) | DeValue::Float(_) => "a number",
        DeValue::Boolean(_) => "true or false",
        DeValue::Datetime(_) => "a date",
        DeValue::Array(_) => "a list",
        DeValue::Table(_) => "a section",
    }
}
