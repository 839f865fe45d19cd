mod file;
mod place;

use std::collections::BTreeSet;

use crate::domain::concern::{HandlerConcerned, Pace};
use crate::domain::deadline::Standards;
use crate::domain::dispute::Opening;
use crate::domain::id::{PostId, UnitId};

use super::{Band, Change, FileError, Organisation, RouteError};

const DEMONSTRATION: &str = include_str!("../../../demonstration/organisation.toml");

const SMALL: &str = r#"department = "Department"
council = "Council"

[[components]]
id = "A"
name = "Agency A"
short = "A"

[[components]]
id = "B"
name = "Agency B"
short = "B"

[[branches]]
id = "A-1"
name = "First"
component = "A"
headquarters = "A-HQ"

[[branches]]
id = "B-1"
name = "First"
component = "B"
headquarters = "B-HQ"

[[units]]
id = "A-HQ"
name = "Headquarters A"
branch = "A-1"
place = "Capital"
strength = "100+"
commander = "Head of A"

[[units]]
id = "B-HQ"
name = "Headquarters B"
branch = "B-1"
place = "Capital"
strength = "100+"
commander = "Head of B"

[[units]]
id = "A-BIG"
name = "Big office"
branch = "A-1"
place = "City"
strength = "25-99"
commander = "Chief"
counterparts = ["B-HQ"]

[[units]]
id = "A-TOWN"
name = "Town office"
branch = "A-1"
parent = "A-BIG"
place = "Town"
strength = "5-9"

[[headquarters]]
id = "HQ-A"
name = "Office A"
component = "A"

[[headquarters]]
id = "HQ-B"
name = "Office B"
component = "B"

[[headquarters]]
id = "HQ-D"
name = "Operations"
"#;

fn demonstration() -> Organisation {
    Organisation::parse(DEMONSTRATION).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

fn small() -> Organisation {
    Organisation::parse(SMALL).unwrap_or_else(|errors| panic!("{errors:#?}"))
}

/// The small file with one text replaced, and what is then wrong with it.
fn faults(from: &str, to: &str) -> Vec<String> {
    assert!(SMALL.contains(from), "{from} is not in the file");
    let errors = Organisation::parse(&SMALL.replacen(from, to, 1)).unwrap_err();
    errors.iter().map(FileError::to_string).collect()
}

fn id(text: &str) -> UnitId {
    text.into()
}

fn route(organisation: &Organisation, mine: &str, other: &str, who: &HandlerConcerned) -> Opening {
    let standards = Standards::proposed(Pace::Routine);
    organisation.route(&id(mine), &id(other), who, Pace::Routine, standards).unwrap()
}
