//! What two sides can agree on, and what headquarters is told of it.

use serde::{Deserialize, Serialize};

use super::dispute::{Action, Level, ProposalTerms};
use super::id::{DocumentId, EntryId, PostId};
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

/// How what two sides agree on stands to what the library says on the same document or topic.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Comparison {
    /// Why it is another answer than the library gives, if it is.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    pub departs: Option<Prose>,
    /// The entries with which it was compared.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub compared: Vec<EntryId>,
    /// Those of them to which it is another answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departs_from: Vec<EntryId>,
}

/// Why a comparison does not stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotCompared {
    #[error(
        "The library says something on this document or topic with which this was not compared. Open the form \
         again, read what it says, and say whether this agrees with it."
    )]
    Missing,
    #[error("Whoever gives another answer than the library says to which entries, and why.")]
    Unexplained,
}

impl Comparison {
    #[must_use]
    pub const fn is_empty(&self) -> bool {
        self.departs.is_none() && self.compared.is_empty() && self.departs_from.is_empty()
    }

    /// Whether it was made with each of these entries, and says to which of them this is another answer.
    ///
    /// # Errors
    /// If one is missing, or another answer is given without its entries or without its reason.
    pub fn stands(&self, precedents: &[EntryId]) -> Result<(), NotCompared> {
        if !precedents.iter().all(|entry| self.compared.contains(entry)) {
            return Err(NotCompared::Missing);
        }
        let explained = self.departs.is_some() != self.departs_from.is_empty()
            && self.departs_from.iter().all(|entry| self.compared.contains(entry));
        if explained { Ok(()) } else { Err(NotCompared::Unexplained) }
    }
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
    /// How it stands to what the library says. Where that is nothing, it leaves no trace in the form.
    #[serde(flatten)]
    pub comparison: Comparison,
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

#[cfg(test)]
mod tests {
    use super::{Comparison, NotCompared, Proposal};
    use crate::domain::id::EntryId;
    use crate::domain::prose::Prose;
    use uuid::Uuid;

    /// As versions were written before entries were named: their hashes commit to these very bytes.
    const PLAIN: &str = r#"{"issue":"I.","finding":"F.","document":"D-1","kind":"clarification","actions":[],"none_needed":true,"library_text":"L."}"#;
    const DEPARTS: &str = r#"{"issue":"I.","finding":"F.","document":null,"kind":"clarification","actions":[],"none_needed":true,"library_text":"L.","departs":"Why."}"#;

    fn entry(number: u128) -> EntryId {
        EntryId(Uuid::from_u128(number))
    }

    #[test]
    fn a_version_from_before_is_written_as_it_was() {
        for text in [PLAIN, DEPARTS] {
            let proposal: Proposal = serde_json::from_str(text).unwrap();
            assert_eq!(serde_json::to_string(&proposal).unwrap(), text);
        }
        let mut proposal: Proposal = serde_json::from_str(DEPARTS).unwrap();
        proposal.comparison.compared = vec![entry(1), entry(2)];
        proposal.comparison.departs_from = vec![entry(2)];
        let text = serde_json::to_string(&proposal).unwrap();
        assert_eq!(serde_json::from_str::<Proposal>(&text).unwrap(), proposal);
    }

    #[test]
    fn a_comparison_names_what_it_was_made_with_and_what_it_departs_from() {
        let why = || Some(Prose::parse("Why.", 100).unwrap());
        let none = Comparison::default();
        assert!(none.is_empty());
        assert_eq!(none.stands(&[]), Ok(()));
        assert_eq!(none.stands(&[entry(1)]), Err(NotCompared::Missing));
        let agrees = Comparison { compared: vec![entry(1), entry(2)], ..Comparison::default() };
        assert_eq!(agrees.stands(&[entry(2), entry(1)]), Ok(()));
        assert_eq!(agrees.stands(&[entry(3)]), Err(NotCompared::Missing));
        let departs = |departs, from| Comparison { departs, departs_from: from, ..agrees.clone() };
        assert_eq!(departs(why(), vec![entry(1)]).stands(&[entry(1)]), Ok(()));
        for wrong in [departs(why(), vec![]), departs(None, vec![entry(1)]), departs(why(), vec![entry(3)])] {
            assert_eq!(wrong.stands(&[entry(1)]), Err(NotCompared::Unexplained), "{wrong:?}");
        }
    }
}
