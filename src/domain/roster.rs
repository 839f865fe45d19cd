//! A roster: who is in which unit, one line each, brought as a file. Checked as a whole before anything is taken.

use std::collections::{BTreeMap, HashMap};

use super::id::UnitId;
use super::organisation::Organisation;

/// Most bytes and most lines of a roster.
pub const BYTES_MOST: usize = 8 * 1024 * 1024;
pub const LINES_MOST: usize = 100_000;
/// Limits in characters.
pub const NUMBER_MOST: usize = 20;
pub const NAME_MOST: usize = 80;
/// Faults that are shown; all are counted.
pub const FAULTS_SHOWN: usize = 100;

/// The first line may name the columns.
const COLUMNS: [&str; 3] = ["unit", "number", "name"];
/// How often it is told how far the check is, in lines.
const TOLD_EVERY: usize = 1_000;

/// Somebody on a roster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Row {
    /// Place of the unit among [`Roster::units`].
    pub unit: usize,
    /// As numbers are compared: capital letters.
    pub number: String,
    pub name: String,
}

/// A roster without a fault.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Roster {
    /// The units that it names.
    pub units: Vec<UnitId>,
    pub rows: Vec<Row>,
}

/// What is wrong with a line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fault {
    /// From 1; 0 is the file as a whole.
    pub line: usize,
    pub says: String,
}

/// Everything that is wrong with a roster: how much, and the first of it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Faults {
    pub count: usize,
    pub shown: Vec<Fault>,
}

impl Faults {
    fn add(&mut self, line: usize, says: impl Into<String>) {
        self.count += 1;
        if self.shown.len() < FAULTS_SHOWN {
            self.shown.push(Fault { line, says: says.into() });
        }
    }
}

/// A personnel number as it is looked for: letters, digits and hyphens, capital letters. None if it is none.
#[must_use]
pub fn plain_number(typed: &str) -> Option<String> {
    let number = typed.trim();
    let fits = !number.is_empty()
        && number.len() <= NUMBER_MOST
        && number.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-');
    fits.then(|| number.to_ascii_uppercase())
}

/// The parts of a line between commas; a part in quotation marks may hold commas, and two such marks for one.
fn parts(line: &str) -> Option<Vec<String>> {
    let mut parts = Vec::with_capacity(3);
    let mut rest = line.chars().peekable();
    loop {
        let mut part = String::new();
        while rest.next_if(|letter| *letter == ' ').is_some() {}
        if rest.next_if_eq(&'"').is_some() {
            loop {
                match rest.next()? {
                    '"' if rest.next_if_eq(&'"').is_some() => part.push('"'),
                    '"' => break,
                    letter => part.push(letter),
                }
            }
            while rest.next_if(|letter| *letter == ' ').is_some() {}
            match rest.next() {
                None => {
                    parts.push(part);
                    return Some(parts);
                }
                Some(',') => {}
                Some(_) => return None,
            }
        } else {
            loop {
                match rest.next() {
                    None => {
                        parts.push(part.trim_end().to_owned());
                        return Some(parts);
                    }
                    Some(',') => break,
                    Some('"') => return None,
                    Some(letter) => part.push(letter),
                }
            }
            part.truncate(part.trim_end().len());
        }
        parts.push(part);
        // A line of commas is no roster; no more is kept of it than shows that.
        if parts.len() > 3 {
            return Some(parts);
        }
    }
}

/// Reads a roster, and tells from time to time how many lines it has looked at.
///
/// # Errors
/// Everything that is wrong, each with its line. Then nothing of it may be taken.
pub fn parse(text: &str, organisation: &Organisation, mut tell: impl FnMut(usize)) -> Result<Roster, Faults> {
    let mut faults = Faults::default();
    if text.len() > BYTES_MOST {
        faults.add(0, format!("The file is too large; at most {} MiB.", BYTES_MOST / 1024 / 1024));
        return Err(faults);
    }
    let known: BTreeMap<&str, &UnitId> =
        organisation.units.iter().map(|unit| (unit.id.as_str(), &unit.id)).collect();
    let mut roster = Roster::default();
    let mut places: BTreeMap<&str, usize> = BTreeMap::new();
    let mut lines_of: HashMap<String, usize> = HashMap::new();
    let text = text.strip_prefix('\u{feff}').unwrap_or(text);
    for (at, line) in text.lines().enumerate() {
        let at = at + 1;
        if at.is_multiple_of(TOLD_EVERY) {
            tell(at);
        }
        if line.trim().is_empty() {
            continue;
        }
        if roster.rows.len() == LINES_MOST {
            faults.add(at, format!("This is one line too many; at most {LINES_MOST} people."));
            break;
        }
        let Some(parts) = parts(line) else {
            faults.add(at, "Its quotation marks do not match.");
            continue;
        };
        let [unit, number, name] = parts.as_slice() else {
            faults.add(at, "It needs exactly three parts: unit, number, name. Put quotation marks around a name with a comma.");
            continue;
        };
        let named = [unit, number, name];
        if at == 1 && named.iter().zip(COLUMNS).all(|(part, column)| part.eq_ignore_ascii_case(column)) {
            continue;
        }
        let mut is_right = true;
        let mut wrong = |says: String| {
            faults.add(at, says);
            is_right = false;
        };
        let unit = known.get_key_value(unit.as_str());
        if unit.is_none() {
            wrong(
                "There is no such unit. Use the identifier that the organisation file gives it.".to_owned(),
            );
        }
        let number = plain_number(number);
        if number.is_none() {
            wrong(format!("The number needs 1 to {NUMBER_MOST} letters, digits or hyphens."));
        }
        let name = name.trim();
        if name.is_empty() || name.chars().count() > NAME_MOST || name.chars().any(char::is_control) {
            wrong(format!("The name needs 1 to {NAME_MOST} characters."));
        }
        if let Some(number) = &number
            && let Some(before) = lines_of.get(number)
        {
            wrong(format!("The number stands in line {before} already; each person has one line."));
        }
        if let (true, Some((word, id)), Some(number)) = (is_right, unit, number) {
            let unit = *places.entry(word).or_insert_with(|| {
                roster.units.push((*id).clone());
                roster.units.len() - 1
            });
            lines_of.insert(number.clone(), at);
            roster.rows.push(Row { unit, number, name: name.to_owned() });
        }
    }
    if faults.count == 0 && roster.rows.is_empty() {
        faults.add(0, "There is nobody in this file. Each line is: unit,number,name");
    }
    if faults.count == 0 { Ok(roster) } else { Err(faults) }
}

#[cfg(test)]
mod tests {
    use super::{FAULTS_SHOWN, Row, parse, parts, plain_number};
    use crate::domain::organisation::{Band, Organisation, Unit};

    fn organisation() -> Organisation {
        let unit = |id: &str| Unit {
            id: id.into(),
            name: id.to_owned(),
            branch: "B".into(),
            parent: None,
            place: String::new(),
            band: Band::Over99,
            commander: String::new(),
            counterparts: Vec::new(),
        };
        Organisation {
            department: String::new(),
            council: String::new(),
            calendar: crate::domain::organisation::CalendarSettings::default(),
            batch_hours: vec![6, 18],
            components: Vec::new(),
            branches: Vec::new(),
            units: vec![unit("EAST"), unit("WEST")],
            headquarters: Vec::new(),
            working_groups: Vec::new(),
            categories: Vec::new(),
            documents: Vec::new(),
            channels: Vec::new(),
        }
    }

    #[test]
    fn a_roster_is_read_as_spreadsheets_write_it() {
        let text =
            "\u{feff}Unit,Number,Name\r\nEAST,a-1,\"Rivers, A. \"\"Ada\"\"\"\r\n\r\n WEST , 7 , Björn  \n";
        let roster = parse(text, &organisation(), |_| ()).unwrap();
        assert_eq!(roster.units, ["EAST".into(), "WEST".into()]);
        let row = |unit, number: &str, name: &str| Row { unit, number: number.into(), name: name.into() };
        assert_eq!(roster.rows, [row(0, "A-1", "Rivers, A. \"Ada\""), row(1, "7", "Björn")]);
    }

    #[test]
    fn every_fault_has_its_line_and_nothing_is_taken() {
        let long = "x".repeat(81);
        let text = format!(
            "EAST,1,A\nNORTH,2,B\nEAST,,C\nEAST,1,D\nEAST,5\nEAST,\"6,E\nEAST,7,{long}\nEAST,8 8,F\nEAST,9,G,H\nEAST,x\"y,Z\n"
        );
        let faults = parse(&text, &organisation(), |_| ()).unwrap_err();
        let lines: Vec<usize> = faults.shown.iter().map(|fault| fault.line).collect();
        assert_eq!(lines, [2, 3, 4, 5, 6, 7, 8, 9, 10]);
        assert!(faults.shown[2].says.contains("line 1"), "{:?}", faults.shown);
        assert_eq!(parse("unit,number,name\n", &organisation(), |_| ()).unwrap_err().shown[0].line, 0);
    }

    #[test]
    fn faults_are_counted_and_the_first_are_shown() {
        let text = "NORTH,1,A\n".repeat(250);
        let mut told = 0;
        let faults = parse(&text, &organisation(), |_| told += 1).unwrap_err();
        assert_eq!((faults.count, faults.shown.len(), told), (250, FAULTS_SHOWN, 0));
    }

    #[test]
    fn parts_of_a_line() {
        assert_eq!(parts("a,b").unwrap(), ["a", "b"]);
        assert_eq!(parts("").unwrap(), [""]);
        assert_eq!(parts("a, ,").unwrap(), ["a", "", ""]);
        assert!(parts("\"a\" b,c").is_none() && parts("\"a").is_none());
        assert_eq!(parts(&",".repeat(9)).unwrap().len(), 4);
    }

    #[test]
    fn a_number_is_written_in_one_way() {
        assert_eq!(plain_number(" ab-12 ").as_deref(), Some("AB-12"));
        for wrong in ["", " ", "1 2", "1_2", "é", "123456789012345678901"] {
            assert!(plain_number(wrong).is_none(), "{wrong}");
        }
    }
}
