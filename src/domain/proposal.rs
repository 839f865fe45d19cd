//! What two sides can agree on, and what headquarters is told of it.

use serde::{Deserialize, Serialize};

use super::dispute::{Action, Level, ProposalTerms};
use super::id::{DocumentId, PostId};
use super::prose::Prose;
use crate::clock::Timestamp;

/// Limits of the fields in characters; each is shown beside its field.
pub mod limit {
    pub const ISSUE: usize = 1_500;
    pub const FINDING: usize = 3_000;
    pub const ACTION: usize = 500;
    pub const ACTIONS: usize = 8;
    pub const LIBRARY_TEXT: usize = 2_000;
    /// Reasons, positions, and messages among handlers.
    pub const REASON: usize = 1_500;
    pub const MESSAGE: usize = 2_000;
}

/// What sort of resolution it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum ResolutionKind {
    Clarification,
    Interpretation,
    Adjustment,
    Deviation,
    Protocol,
    RemedialAction,
    NotUpheld,
}

impl ResolutionKind {
    pub const ALL: [Self; 7] = [
        Self::Clarification,
        Self::Interpretation,
        Self::Adjustment,
        Self::Deviation,
        Self::Protocol,
        Self::RemedialAction,
        Self::NotUpheld,
    ];

    /// The word in forms.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Clarification => "clarification",
            Self::Interpretation => "interpretation",
            Self::Adjustment => "adjustment",
            Self::Deviation => "deviation",
            Self::Protocol => "protocol",
            Self::RemedialAction => "remedial_action",
            Self::NotUpheld => "not_upheld",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|kind| kind.word() == word)
    }

    /// The label on pages.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::Clarification => "Clarification of a rule",
            Self::Interpretation => "Interpretation of a document",
            Self::Adjustment => "Adjustment of a practice",
            Self::Deviation => "Agreed deviation",
            Self::Protocol => "New local protocol",
            Self::RemedialAction => "Remedial action",
            Self::NotUpheld => "Not upheld",
        }
    }
}

/// A remedial action with its words.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct ActionWords {
    pub what: Prose,
    pub owner: PostId,
    pub due: Timestamp,
}

/// One version of a proposal. Its serialised form is what the version hash commits to.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Proposal {
    pub issue: Prose,
    pub finding: Prose,
    /// The governing document, or none.
    pub document: Option<DocumentId>,
    pub kind: ResolutionKind,
    pub actions: Vec<ActionWords>,
    pub none_needed: bool,
    /// What the field library will say, without anything that points to a person.
    pub library_text: Prose,
    /// Why it is another answer than the library gives, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departs: Option<Prose>,
}

impl Proposal {
    /// What the machine must know of it.
    #[must_use]
    pub fn terms(&self) -> ProposalTerms {
        ProposalTerms {
            actions: self
                .actions
                .iter()
                .map(|action| Action { owner: action.owner.clone(), due: action.due })
                .collect(),
            none_needed: self.none_needed,
        }
    }
}

/// How long a case took, as a band: a number of days could be matched with a release week.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum TimeTaken {
    UnderOneWeek,
    UnderOneMonth,
    UnderThreeMonths,
    Longer,
}

impl TimeTaken {
    #[must_use]
    pub const fn of_seconds(seconds: i64) -> Self {
        match seconds / crate::clock::DAY {
            ..7 => Self::UnderOneWeek,
            7..31 => Self::UnderOneMonth,
            31..92 => Self::UnderThreeMonths,
            _ => Self::Longer,
        }
    }

    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::UnderOneWeek => "less than one week",
            Self::UnderOneMonth => "one to four weeks",
            Self::UnderThreeMonths => "one to three months",
            Self::Longer => "more than three months",
        }
    }
}

/// What headquarters is told, and what stays when the statement is destroyed.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolution {
    pub level: Level,
    pub proposal: Proposal,
    /// Shown places of the raising and the concerned side.
    pub places: [String; 2],
    pub components: [String; 2],
    /// The posts that signed.
    pub signed: Vec<PostId>,
    pub time_taken: TimeTaken,
}
