//! Field and Council are one thing: two sides, an acknowledgement for each,
//! versions of a proposal, an acceptance for each, a clock, one extension.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::id::{AccountId, EnvelopeId, GroupId, PostId};

use super::command::{ProposalTerms, Seat};
use super::state::{Level, PerSide, Side, VersionHash};

/// The state of a panel at Field or Council.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Panel {
    /// `Level::Field` or `Level::Council`.
    pub level: Level,
    pub entry: u32,
    pub entered: Timestamp,
    /// When the level lapses.
    pub due: Timestamp,
    pub acknowledge_by: Timestamp,
    pub sides: PerSide<SideState>,
    /// Versions proposed so far at this entry.
    pub versions: u32,
    pub on_table: Option<OnTable>,
    /// Warnings already given, in percent of the time for the level.
    pub warned: u8,
}

/// What one side of a panel has done.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SideState {
    /// The post that acts for this side now.
    pub post: PostId,
    /// A recorded delegation: at Field to the alternate, at Council to a member, until a date.
    pub delegate: Option<(AccountId, Timestamp)>,
    pub acknowledged: Option<Timestamp>,
    /// When this side last entered anything; a side silent too long sends the case up.
    pub last_entry: Timestamp,
    /// This side asked for the extension.
    pub wants_extension: bool,
    /// This side's statement of position, once it asked to escalate.
    pub position: Option<EnvelopeId>,
    pub not_joint: Option<NotJointSignature>,
    /// This side asked to send it back to the commanders.
    #[serde(default)]
    pub wants_remand: bool,
    /// The working group that this side asked for.
    #[serde(default)]
    pub wants_group: Option<GroupId>,
    /// This side asked for the slower pace.
    #[serde(default)]
    pub wants_slower: bool,
}

/// A version of a proposal that can be accepted.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct OnTable {
    pub number: u32,
    pub envelope: EnvelopeId,
    pub hash: VersionHash,
    pub by: Side,
    pub proposed: Timestamp,
    pub terms: ProposalTerms,
    pub accepted: PerSide<Option<Acceptance>>,
}

/// One side's acceptance of a version.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Acceptance {
    pub seat: Seat,
    pub at: Timestamp,
    /// Ed25519 signature, hexadecimal, over the statement that SECURITY.md names.
    pub signature: String,
}

/// One side's signature that a matter is not joint.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct NotJointSignature {
    pub seat: Seat,
    pub at: Timestamp,
    /// Where this side says it belongs.
    pub belongs: EnvelopeId,
    pub signature: String,
}
