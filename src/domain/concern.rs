//! What a reporter sends: the answers of the form, checked once.

use serde::{Deserialize, Serialize};

use super::id::{CategoryId, ComponentId, DocumentId, UnitId};
use super::prose::Prose;

/// Limits of the form's fields in characters; each is shown beside its field.
pub mod limit {
    pub const WHAT_HAPPENS: usize = 4_000;
    pub const COUNCIL_ONLY: usize = 2_000;
    pub const EFFECT: usize = 1_000;
    pub const TRIED: usize = 1_000;
    pub const REMEDY: usize = 1_000;
    pub const NAME: usize = 100;
    pub const CONTACT: usize = 200;
    pub const MESSAGE: usize = 2_000;
}

/// How much haste the matter itself has. A reporter's choice; it picks the time standards.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Pace {
    #[default]
    Routine,
    Extraordinary,
}

/// When the act may reach its readers.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Dispatch {
    /// Drawn from the next four batches (the next one if the pace is extraordinary).
    #[default]
    Mixed,
    /// Within the hour: the reporter chose so, knowing that the time then narrows down who it was.
    Urgent,
}

/// "Does this concern someone who would handle it?"
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum HandlerConcerned {
    No,
    OurSide,
    OtherSide,
    BothSides,
    NotSure,
    /// Somebody on the Council for this component.
    Council(ComponentId),
    /// Somebody at this headquarters unit.
    Headquarters(UnitId),
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Frequency {
    Once,
    Sometimes,
    Often,
    Always,
}

/// Whether it was raised directly before.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Tried {
    #[default]
    NotSaid,
    Tried,
    NotTried,
    NotSafe,
}

/// A month, never a day: finer would narrow down who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Month {
    pub year: i16,
    /// 1 to 12.
    pub month: i8,
}

/// The part that commanders and the Council read.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Statement {
    pub what_happens: Prose,
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    pub frequency: Option<Frequency>,
    pub since: Option<Month>,
    pub effect: Prose,
    pub tried: Tried,
    pub tried_words: Prose,
    pub remedy: Prose,
}

/// A name, if the reporter gives one. Typed, hence unverified.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Identity {
    pub name: Prose,
    pub contact: Prose,
    /// Whether the panel may see it too; otherwise the Council alone.
    pub for_panel: bool,
}

/// A whole concern.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Concern {
    pub my_unit: UnitId,
    pub other_unit: UnitId,
    pub handler: HandlerConcerned,
    pub pace: Pace,
    pub dispatch: Dispatch,
    pub statement: Statement,
    pub council_only: Prose,
    pub identity: Identity,
}
