//! Components, branches, units, posts, documents and categories: all of it configuration.

//!
//! One file describes it. [`Organisation::parse`] reads and checks the file,
//! [`Organisation::to_toml`] writes it back, [`Organisation::difference`] puts a change into words.

mod check;
mod difference;
mod document;
mod file;
mod post;
mod route;
mod write;

use std::collections::BTreeSet;

use jiff::civil::Date;
use serde::{Deserialize, Serialize};

use super::id::{BranchId, CategoryId, ComponentId, DocumentId, GroupId, UnitId};

pub use difference::{Change, ChangeKind};
pub use document::{Document, Standing};
pub use file::FileError;
pub use route::RouteError;

/// How many people a unit must have to handle and be shown for a case: k of AN-01.
pub const ENOUGH_PEOPLE: u32 = 10;

/// How many people a unit has, as a band: the only size that is ever kept (AN-01).
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub enum Band {
    #[serde(rename = "0-4")]
    UpTo4,
    #[serde(rename = "5-9")]
    UpTo9,
    #[serde(rename = "10-24")]
    UpTo24,
    #[serde(rename = "25-99")]
    UpTo99,
    #[serde(rename = "100+")]
    Over99,
}

impl Band {
    pub const ALL: [Self; 5] = [Self::UpTo4, Self::UpTo9, Self::UpTo24, Self::UpTo99, Self::Over99];

    /// As the file writes it and pages show it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::UpTo4 => "0-4",
            Self::UpTo9 => "5-9",
            Self::UpTo24 => "10-24",
            Self::UpTo99 => "25-99",
            Self::Over99 => "100+",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|band| band.word() == word)
    }

    /// The band of a head count. The count itself is never kept.
    #[must_use]
    pub const fn of(people: u32) -> Self {
        match people {
            0..=4 => Self::UpTo4,
            5..=9 => Self::UpTo9,
            10..=24 => Self::UpTo24,
            25..=99 => Self::UpTo99,
            _ => Self::Over99,
        }
    }

    /// Whether a unit of this size may handle and be shown for a case.
    #[must_use]
    pub const fn is_enough(self) -> bool {
        matches!(self, Self::UpTo24 | Self::UpTo99 | Self::Over99)
    }
}

/// An agency.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Component {
    pub id: ComponentId,
    pub name: String,
    pub short: String,
}

/// A part of a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Branch {
    pub id: BranchId,
    pub name: String,
    pub component: ComponentId,
    /// The unit that handles for those of the branch that are too small.
    pub headquarters: UnitId,
}

/// An office of a branch at a place.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Unit {
    pub id: UnitId,
    pub name: String,
    pub branch: BranchId,
    pub parent: Option<UnitId>,
    pub place: String,
    pub band: Band,
    /// Title of whoever commands it. May be empty where the unit is too small to handle a case.
    pub commander: String,
    /// Units of the other component that share its ground, offered first. One of the two naming the
    /// other is enough: ask [`Organisation::counterparts`].
    pub counterparts: Vec<UnitId>,
}

/// A unit that is told of every resolution.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct HeadquartersUnit {
    pub id: UnitId,
    pub name: String,
    /// `None` for the department's.
    pub component: Option<ComponentId>,
}

/// A working group under the Council. Each component has a post in it.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingGroup {
    pub id: GroupId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
}

/// Where matters go that Candor is not for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub name: String,
    pub purpose: String,
    pub how: String,
}

/// When people work, as far as it differs from the usual: Monday to Friday, New York, federal holidays.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct CalendarSettings {
    /// A name of the time zone database.
    pub time_zone: String,
    /// Monday first.
    pub working_weekdays: [bool; 7],
    /// Days off besides the federal holidays.
    pub extra_holidays: BTreeSet<Date>,
}

impl Default for CalendarSettings {
    fn default() -> Self {
        Self {
            time_zone: "America/New_York".to_owned(),
            working_weekdays: [true, true, true, true, true, false, false],
            extra_holidays: BTreeSet::new(),
        }
    }
}

/// Hours of the day at which batches run, unless the file sets others.
pub const USUAL_BATCH_HOURS: [i8; 2] = [6, 18];

/// A whole organisation, already validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub department: String,
    pub council: String,
    pub calendar: CalendarSettings,
    /// Ascending, two to four hours of the day in the calendar's time zone.
    pub batch_hours: Vec<i8>,
    pub components: Vec<Component>,
    pub branches: Vec<Branch>,
    pub units: Vec<Unit>,
    pub headquarters: Vec<HeadquartersUnit>,
    pub working_groups: Vec<WorkingGroup>,
    pub categories: Vec<Category>,
    pub documents: Vec<Document>,
    pub channels: Vec<Channel>,
}

impl Organisation {
    #[must_use]
    pub fn component(&self, id: &ComponentId) -> Option<&Component> {
        self.components.iter().find(|component| component.id == *id)
    }

    #[must_use]
    pub fn branch(&self, id: &BranchId) -> Option<&Branch> {
        self.branches.iter().find(|branch| branch.id == *id)
    }

    #[must_use]
    pub fn unit(&self, id: &UnitId) -> Option<&Unit> {
        self.units.iter().find(|unit| unit.id == *id)
    }

    #[must_use]
    pub fn headquarters_unit(&self, id: &UnitId) -> Option<&HeadquartersUnit> {
        self.headquarters.iter().find(|unit| unit.id == *id)
    }

    #[must_use]
    pub fn working_group(&self, id: &GroupId) -> Option<&WorkingGroup> {
        self.working_groups.iter().find(|group| group.id == *id)
    }

    #[must_use]
    pub fn category(&self, id: &CategoryId) -> Option<&Category> {
        self.categories.iter().find(|category| category.id == *id)
    }

    #[must_use]
    pub fn document(&self, id: &DocumentId) -> Option<&Document> {
        self.documents.iter().find(|document| document.id == *id)
    }

    /// The title of a document; its identifier if it is not among the documents any more.
    #[must_use]
    pub fn document_title(&self, id: &DocumentId) -> String {
        self.document(id).map_or_else(|| id.to_string(), |document| document.title.clone())
    }

    /// The documents whose place another one has taken.
    pub fn predecessors<'a>(&'a self, id: &'a DocumentId) -> impl Iterator<Item = &'a Document> {
        self.documents.iter().filter(move |document| document.successor.as_ref() == Some(id))
    }

    /// The agency that a unit belongs to through its branch.
    #[must_use]
    pub fn component_of_unit(&self, id: &UnitId) -> Option<&Component> {
        let branch = self.branch(&self.unit(id)?.branch)?;
        self.component(&branch.component)
    }

    /// The one agency that is not this one.
    #[must_use]
    pub fn other_component(&self, id: &ComponentId) -> Option<&Component> {
        self.component(id)?;
        self.components.iter().find(|component| component.id != *id)
    }

    #[must_use]
    pub fn branches_of(&self, component: &ComponentId) -> Vec<&Branch> {
        self.branches.iter().filter(|branch| branch.component == *component).collect()
    }

    #[must_use]
    pub fn units_of(&self, branch: &BranchId) -> Vec<&Unit> {
        self.units.iter().filter(|unit| unit.branch == *branch).collect()
    }

    /// A unit, its parents in order, and the headquarters of its branch: who could handle for it.
    #[must_use]
    pub fn path(&self, id: &UnitId) -> Vec<&Unit> {
        let mut path: Vec<&Unit> = Vec::new();
        let mut next = self.unit(id);
        while let Some(unit) = next {
            if path.iter().any(|passed| passed.id == unit.id) {
                break;
            }
            path.push(unit);
            next = unit.parent.as_ref().and_then(|parent| self.unit(parent));
        }
        let headquarters =
            path.first().and_then(|unit| self.branch(&unit.branch)).and_then(|b| self.unit(&b.headquarters));
        if let Some(unit) = headquarters
            && path.iter().all(|passed| passed.id != unit.id)
        {
            path.push(unit);
        }
        path
    }

    /// The unit that handles and is shown for this one: the first on its path with enough people (AN-01).
    #[must_use]
    pub fn handling_unit(&self, id: &UnitId) -> Option<&Unit> {
        self.path(id).into_iter().find(|unit| unit.band.is_enough())
    }

    /// The place that may be shown for a unit: the name of the unit that handles for it. An id that is
    /// no longer in the organisation stands for itself.
    #[must_use]
    pub fn shown_place(&self, id: &UnitId) -> String {
        self.handling_unit(id).map_or_else(|| id.to_string(), |unit| unit.name.clone())
    }

    /// Every unit under this one, at any depth. Under the headquarters of a branch: the whole branch.
    #[must_use]
    pub fn units_below(&self, id: &UnitId) -> Vec<&Unit> {
        self.units
            .iter()
            .filter(|unit| unit.id != *id && self.path(&unit.id).iter().any(|above| above.id == *id))
            .collect()
    }

    /// Units of the other component to offer first: those that share the unit's ground, whichever of the
    /// two names the other; if there are none, those of its nearest parent that has some.
    #[must_use]
    pub fn counterparts(&self, id: &UnitId) -> Vec<&Unit> {
        self.path(id)
            .into_iter()
            .map(|unit| self.own_counterparts(unit))
            .find(|found| !found.is_empty())
            .unwrap_or_default()
    }

    fn own_counterparts(&self, unit: &Unit) -> Vec<&Unit> {
        self.units
            .iter()
            .filter(|other| unit.counterparts.contains(&other.id) || other.counterparts.contains(&unit.id))
            .collect()
    }
}

#[cfg(test)]
mod tests;
