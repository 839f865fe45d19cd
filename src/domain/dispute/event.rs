//! What happened to a dispute. Stored in the journal for ever: never change the meaning of one.

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::deadline::Standards;
use crate::domain::follow_up::{Objection, Rating, Works};
use crate::domain::id::{AccountId, ComponentId, EnvelopeId, GroupId, PostId};

use super::command::{ProposalTerms, Seat};
use super::panel::{Acceptance, NotJointSignature};
use super::retention::Part;
use super::state::{Bypass, Closing, Level, Opening, Side, VersionHash};

/// Why a level lapsed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum LapseCause {
    /// The time for the level ran out.
    Due,
    /// A side entered nothing for too long.
    Silence,
    /// Nobody is left to act on a side.
    NobodyLeft,
}

/// One thing that happened, with the time it counts from.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "event")]
pub enum Event {
    Opened {
        at: Timestamp,
        opening: Opening,
    },
    /// A level begins: after opening, escalation, lapse or review.
    Entered {
        at: Timestamp,
        level: Level,
        /// The posts that act for the sides; `None` at the Secretary.
        raising: Option<PostId>,
        concerned: Option<PostId>,
        acknowledge_by: Timestamp,
        due: Timestamp,
    },
    Acknowledged {
        at: Timestamp,
        side: Side,
        seat: Seat,
    },
    Recused {
        at: Timestamp,
        side: Option<Side>,
        seat: Seat,
        reason: EnvelopeId,
    },
    /// The alternate acts for a side from now on; the level's end may move later.
    AlternateActs {
        at: Timestamp,
        side: Side,
        post: PostId,
        due: Timestamp,
    },
    Delegated {
        at: Timestamp,
        side: Side,
        seat: Seat,
        to: AccountId,
        until: Timestamp,
    },
    Asked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        question: EnvelopeId,
    },
    Written {
        at: Timestamp,
        side: Option<Side>,
        seat: Seat,
        message: EnvelopeId,
        to_reporter: bool,
    },
    Proposed {
        at: Timestamp,
        side: Side,
        seat: Seat,
        number: u32,
        envelope: EnvelopeId,
        hash: VersionHash,
        terms: ProposalTerms,
    },
    Accepted {
        side: Side,
        hash: VersionHash,
        acceptance: Acceptance,
    },
    Rejected {
        at: Timestamp,
        side: Side,
        seat: Seat,
        hash: VersionHash,
        reason: EnvelopeId,
    },
    ExtensionAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        reason: EnvelopeId,
    },
    Extended {
        at: Timestamp,
        level: Level,
        due: Timestamp,
    },
    EscalationAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        position: EnvelopeId,
    },
    /// Up by agreement, or by one side after a first proposal; a side without a position is recorded as absent.
    Escalated {
        at: Timestamp,
        from: Level,
        absent: Option<Side>,
    },
    NotJointSigned {
        side: Side,
        signature: NotJointSignature,
    },
    IdentityShown {
        at: Timestamp,
        seat: Seat,
        reason: EnvelopeId,
    },
    RemandAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        instruction: EnvelopeId,
    },
    /// Back to the commanders; their level follows as an event of its own.
    Remanded {
        at: Timestamp,
    },
    GroupAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        group: GroupId,
        task: EnvelopeId,
    },
    /// `due` is the group's, `level_due` the Council's, which has as much more time.
    GroupAssigned {
        at: Timestamp,
        group: GroupId,
        due: Timestamp,
        level_due: Timestamp,
    },
    GroupReported {
        at: Timestamp,
        seat: Seat,
        report: EnvelopeId,
    },
    /// The working group let its time pass, or nobody is left in it: back to the Council alone.
    GroupLapsed {
        at: Timestamp,
        due: Timestamp,
    },
    /// The Secretary's decision; the resolution follows as an event of its own.
    Decided {
        at: Timestamp,
        seat: Seat,
        envelope: EnvelopeId,
        hash: VersionHash,
        terms: ProposalTerms,
        signature: String,
    },
    /// Back to the Council; its level follows as an event of its own.
    Directed {
        at: Timestamp,
        seat: Seat,
        instruction: EnvelopeId,
    },
    PaceAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        reason: EnvelopeId,
    },
    PaceChanged {
        at: Timestamp,
        pace: Pace,
        standards: Standards,
        /// When the clock of the level counts from now.
        entered: Timestamp,
        acknowledge_by: Timestamp,
        due: Timestamp,
    },
    ActionDone {
        at: Timestamp,
        seat: Seat,
        action: u16,
        note: EnvelopeId,
    },
    ActionVerified {
        at: Timestamp,
        side: Side,
        seat: Seat,
        action: u16,
        note: EnvelopeId,
    },
    /// The other side does not find it done.
    ActionSentBack {
        at: Timestamp,
        side: Side,
        seat: Seat,
        action: u16,
        note: EnvelopeId,
    },
    WaiverAsked {
        at: Timestamp,
        side: Side,
        seat: Seat,
        action: u16,
        reason: EnvelopeId,
    },
    ActionWaived {
        at: Timestamp,
        action: u16,
    },
    ActionOverdue {
        at: Timestamp,
        due: Timestamp,
        action: u16,
    },
    CheckedIn {
        at: Timestamp,
        /// 0 after the outcome, then 30, 90 or 180 days after closing.
        days: u16,
        works: Works,
        words: EnvelopeId,
    },
    ReprisalReported {
        at: Timestamp,
        report: EnvelopeId,
        due: Timestamp,
    },
    ReprisalAnswered {
        at: Timestamp,
        seat: Seat,
        message: EnvelopeId,
    },
    OutcomeDisputed {
        at: Timestamp,
        /// Whose outcome.
        level: Level,
        why: Objection,
        words: EnvelopeId,
    },
    Answered {
        at: Timestamp,
        question: EnvelopeId,
        answer: EnvelopeId,
    },
    Added {
        at: Timestamp,
        addition: EnvelopeId,
    },
    Attached {
        at: Timestamp,
        attachment: EnvelopeId,
        council_only: bool,
    },
    ReviewAsked {
        at: Timestamp,
        request: EnvelopeId,
        bypass: Bypass,
    },
    /// The reporter is being pressed; told to the Council alone.
    Pressed {
        at: Timestamp,
    },
    NameGiven {
        at: Timestamp,
        identity: EnvelopeId,
        for_panel: bool,
    },
    /// The reporter took back that the panel may see the name; told to the Council alone.
    NameWithheld {
        at: Timestamp,
    },
    /// A share of the level's time has passed: 50, 80 or 100 percent.
    Warned {
        at: Timestamp,
        level: Level,
        percent: u8,
    },
    /// The level ended without a decision. `due` is when it should have been noticed, `at` when it was.
    Lapsed {
        at: Timestamp,
        due: Timestamp,
        level: Level,
        cause: LapseCause,
        did_not_act: Vec<ComponentId>,
    },
    Resolved {
        at: Timestamp,
        by: Level,
        version: VersionHash,
        terms: ProposalTerms,
    },
    Closed {
        at: Timestamp,
        why: Closing,
    },
    /// The Council keeps what was written past its time.
    Held {
        at: Timestamp,
        seat: Seat,
        reason: EnvelopeId,
    },
    HoldLifted {
        at: Timestamp,
        seat: Seat,
        reason: EnvelopeId,
    },
    /// So many texts and wrapped keys were destroyed, because their time had come.
    Destroyed {
        at: Timestamp,
        part: Part,
        texts: u32,
        keys: u32,
    },
    /// A side's commander has rated the outcome. The points are for the measures and the Council.
    Rated {
        at: Timestamp,
        side: Side,
        seat: Seat,
        rating: Rating,
        words: EnvelopeId,
    },
    /// The reporter has rated the outcome.
    RatedByReporter {
        at: Timestamp,
        rating: Rating,
        words: EnvelopeId,
    },
}

impl Event {
    /// The sealed text that belongs to this event.
    #[must_use]
    pub const fn text(&self) -> Option<EnvelopeId> {
        Some(match self {
            Self::Recused { reason: id, .. }
            | Self::Asked { question: id, .. }
            | Self::Written { message: id, .. }
            | Self::Proposed { envelope: id, .. }
            | Self::Rejected { reason: id, .. }
            | Self::ExtensionAsked { reason: id, .. }
            | Self::EscalationAsked { position: id, .. }
            | Self::NotJointSigned { signature: NotJointSignature { belongs: id, .. }, .. }
            | Self::IdentityShown { reason: id, .. }
            | Self::RemandAsked { instruction: id, .. }
            | Self::GroupAsked { task: id, .. }
            | Self::GroupReported { report: id, .. }
            | Self::Decided { envelope: id, .. }
            | Self::Directed { instruction: id, .. }
            | Self::PaceAsked { reason: id, .. }
            | Self::ActionDone { note: id, .. }
            | Self::ActionVerified { note: id, .. }
            | Self::ActionSentBack { note: id, .. }
            | Self::WaiverAsked { reason: id, .. }
            | Self::CheckedIn { words: id, .. }
            | Self::ReprisalReported { report: id, .. }
            | Self::ReprisalAnswered { message: id, .. }
            | Self::OutcomeDisputed { words: id, .. }
            | Self::Rated { words: id, .. }
            | Self::RatedByReporter { words: id, .. }
            | Self::Answered { answer: id, .. }
            | Self::Added { addition: id, .. }
            | Self::Attached { attachment: id, .. }
            | Self::ReviewAsked { request: id, .. }
            | Self::NameGiven { identity: id, .. }
            | Self::Held { reason: id, .. }
            | Self::HoldLifted { reason: id, .. } => *id,
            Self::Opened { .. }
            | Self::Entered { .. }
            | Self::Acknowledged { .. }
            | Self::AlternateActs { .. }
            | Self::Delegated { .. }
            | Self::Accepted { .. }
            | Self::Extended { .. }
            | Self::Escalated { .. }
            | Self::Remanded { .. }
            | Self::GroupAssigned { .. }
            | Self::GroupLapsed { .. }
            | Self::PaceChanged { .. }
            | Self::ActionWaived { .. }
            | Self::ActionOverdue { .. }
            | Self::Pressed { .. }
            | Self::NameWithheld { .. }
            | Self::Warned { .. }
            | Self::Lapsed { .. }
            | Self::Resolved { .. }
            | Self::Closed { .. }
            | Self::Destroyed { .. } => return None,
        })
    }

    /// Whether the text of this event is of the outcome, and so stays for good.
    #[must_use]
    pub const fn text_stays(&self) -> bool {
        matches!(
            self,
            Self::ActionDone { .. }
                | Self::ActionVerified { .. }
                | Self::ActionSentBack { .. }
                | Self::WaiverAsked { .. }
        )
    }
}
