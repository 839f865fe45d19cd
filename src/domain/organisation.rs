//! Components, branches, units, posts, documents and categories: all of it configuration.

use serde::{Deserialize, Serialize};

use super::id::{BranchId, CategoryId, ComponentId, DocumentId, UnitId};

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
    /// Title of whoever commands it.
    pub commander: String,
    /// Units of the other component that share its ground, offered first.
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

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Category {
    pub id: CategoryId,
    pub name: String,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub id: DocumentId,
    pub title: String,
    pub date: String,
    pub status: String,
}

/// Where matters go that Candor is not for.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Channel {
    pub name: String,
    pub purpose: String,
    pub how: String,
}

/// A whole organisation, already validated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Organisation {
    pub department: String,
    pub council: String,
    pub components: Vec<Component>,
    pub branches: Vec<Branch>,
    pub units: Vec<Unit>,
    pub headquarters: Vec<HeadquartersUnit>,
    pub categories: Vec<Category>,
    pub documents: Vec<Document>,
    pub channels: Vec<Channel>,
}
