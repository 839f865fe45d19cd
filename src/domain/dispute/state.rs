//! What a dispute is at one moment: the fold of its events.

use std::collections::BTreeSet;

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::deadline::Standards;
use crate::domain::id::{AccountId, ComponentId, EnvelopeId, GroupId, PostId, UnitId};

use super::command::Action;
use super::panel::Panel;
use super::retention::{Destroyed, Hold};

/// Where a dispute is decided.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Level {
    Field,
    Council,
    Secretary,
}

/// The two sides of every panel, always of two components.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Side {
    /// The side whose unit raised the concern.
    Raising,
    /// The side that the concern is about.
    Concerned,
}

impl Side {
    pub const BOTH: [Self; 2] = [Self::Raising, Self::Concerned];

    #[must_use]
    pub const fn other(self) -> Self {
        match self {
            Self::Raising => Self::Concerned,
            Self::Concerned => Self::Raising,
        }
    }
}

/// One thing for each side.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct PerSide<T> {
    pub raising: T,
    pub concerned: T,
}

impl<T> PerSide<T> {
    #[must_use]
    pub const fn get(&self, side: Side) -> &T {
        match side {
            Side::Raising => &self.raising,
            Side::Concerned => &self.concerned,
        }
    }

    pub const fn get_mut(&mut self, side: Side) -> &mut T {
        match side {
            Side::Raising => &mut self.raising,
            Side::Concerned => &mut self.concerned,
        }
    }

    pub fn each(&self) -> [(Side, &T); 2] {
        [(Side::Raising, &self.raising), (Side::Concerned, &self.concerned)]
    }
}

/// Where one side's place is shown and handled: already coarsened, never finer later (AN-01).
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Standing {
    pub component: ComponentId,
    /// The unit that handles and is shown for this side.
    pub unit: UnitId,
}

/// What a reporter's answer about handlers takes out of the process (AN-05).
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Bypass {
    /// The commanders are left out; the case starts at the Council.
    pub field: bool,
    /// Posts that see nothing, act on nothing and receive nothing.
    pub posts: BTreeSet<PostId>,
}

/// What the batch opens a case with.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Opening {
    pub sides: PerSide<Standing>,
    pub pace: Pace,
    pub bypass: Bypass,
    pub standards: Standards,
    /// Whether the reporter gave a name that the panel may see.
    pub name_for_panel: bool,
}

/// SHA-256 commitment to one version of a proposal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct VersionHash(#[serde(with = "hash_text")] pub [u8; 32]);

mod hash_text {
    use serde::{Deserialize, Deserializer, Serializer, de::Error};

    pub fn serialize<S: Serializer>(bytes: &[u8; 32], serializer: S) -> Result<S::Ok, S::Error> {
        use std::fmt::Write;
        let mut text = String::with_capacity(64);
        for byte in bytes {
            let _ = write!(text, "{byte:02x}");
        }
        serializer.serialize_str(&text)
    }

    pub fn deserialize<'de, D: Deserializer<'de>>(deserializer: D) -> Result<[u8; 32], D::Error> {
        let text = String::deserialize(deserializer)?;
        super::parse_hash(&text).ok_or_else(|| D::Error::custom("not a hash of 64 hexadecimal digits"))
    }
}

fn parse_hash(text: &str) -> Option<[u8; 32]> {
    // Digits alone: the parser below would take a sign for one.
    if text.len() != 64 || !text.bytes().all(|byte| byte.is_ascii_hexdigit()) {
        return None;
    }
    let mut bytes = [0; 32];
    for (index, byte) in bytes.iter_mut().enumerate() {
        *byte = u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok()?;
    }
    Some(bytes)
}

impl std::fmt::Display for VersionHash {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        self.0.iter().try_for_each(|byte| write!(f, "{byte:02x}"))
    }
}

impl std::str::FromStr for VersionHash {
    type Err = ();
    fn from_str(text: &str) -> Result<Self, ()> {
        parse_hash(text).map(Self).ok_or(())
    }
}

/// The state of a dispute.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing that can happen once, whatever else does")]
pub struct Dispute {
    /// Events applied so far; the version that a write must still find.
    pub version: u32,
    pub opened: Timestamp,
    pub sides: PerSide<Standing>,
    pub pace: Pace,
    pub bypass: Bypass,
    /// Frozen when the case opens.
    pub standards: Standards,
    pub stage: Stage,
    /// How often any level was entered; names the entry in signatures.
    pub entries: u32,
    /// Levels at which the one extension of the whole case was used.
    pub extended: BTreeSet<Level>,
    /// People who recused themselves, for good.
    pub recused: BTreeSet<AccountId>,
    /// Field posts set aside by a recusal.
    pub set_aside: BTreeSet<PostId>,
    /// The reporter said that they are being pressed (AN-26).
    pub pressed: bool,
    /// The question to the reporter that is still open.
    pub question: Option<EnvelopeId>,
    /// Whether a panel of commanders ever sat on it.
    pub field_sat: bool,
    /// The highest level it came to.
    pub reached: Level,
    /// Posts of a field panel that ended: they keep one frozen page up to this version.
    pub frozen: Vec<(PostId, u32)>,
    /// Resolutions so far, in order.
    pub resolutions: u32,
    /// Whether the panel may see the reporter's name, by the reporter's choice.
    pub name_for_panel: bool,
    /// The Council's one remand of the whole case was used.
    #[serde(default)]
    pub remanded: bool,
    /// The Secretary's one direction of the whole case was used.
    #[serde(default)]
    pub directed: bool,
    /// The one working group of the whole case.
    #[serde(default)]
    pub group: Option<WorkingGroup>,
    /// Levels whose outcome the reporter has disputed, each once.
    #[serde(default)]
    pub disputed: BTreeSet<Level>,
    /// One side has made it extraordinary, once for the whole case.
    #[serde(default)]
    pub pace_raised: bool,
    /// Where the latest outcome was reached, and when.
    #[serde(default)]
    pub outcome: Option<(Level, Timestamp)>,
    /// Check-ins that the reporter has used: 0 after the outcome, then 30, 90 and 180 days after closing.
    #[serde(default)]
    pub checked_in: BTreeSet<u16>,
    /// Which sides' commanders have rated the outcome in force.
    #[serde(default)]
    pub rated: PerSide<bool>,
    /// Whether the reporter has rated it.
    #[serde(default)]
    pub rated_by_reporter: bool,
    /// A report of reprisal that has not been answered.
    #[serde(default)]
    pub reprisal: Option<Reprisal>,
    /// Whether reprisal was ever reported: whoever read it goes on seeing the case.
    #[serde(default)]
    pub reprisal_reported: bool,
    /// Nothing is destroyed while the Council holds it.
    #[serde(default)]
    pub hold: Option<Hold>,
    /// What is gone because its time had come.
    #[serde(default)]
    pub destroyed: Destroyed,
}

/// A working group of the Council on one case: it reads what the Council asks it, and reports.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct WorkingGroup {
    pub group: GroupId,
    pub assigned: Timestamp,
    pub due: Timestamp,
    /// When it reported, lapsed, or the Council's level ended.
    pub ended: Option<Timestamp>,
    pub report: Option<EnvelopeId>,
}

/// A report of reprisal that waits for an answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reprisal {
    pub reported: Timestamp,
    pub due: Timestamp,
}

/// The stages, each with its own data.
// The tag must not be the name of a field: a stored state could not be read again.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
#[serde(rename_all = "snake_case", tag = "stage")]
#[expect(clippy::large_enum_variant, reason = "one per case, and most cases are before a panel")]
pub enum Stage {
    /// Field or Council: two sides and a clock.
    Panel(Panel),
    Secretary(SecretaryStage),
    Resolved(Resolved),
    Closed(Closed),
}

/// Waiting for the Secretary's delegate; overdue, never skipped.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct SecretaryStage {
    pub entered: Timestamp,
    pub entry: u32,
    pub due: Timestamp,
    /// Warnings already given, in percent.
    pub warned: u8,
}

/// Decided; headquarters has its notices.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Resolved {
    pub by: Level,
    pub at: Timestamp,
    pub entry: u32,
    /// The accepted version; `None` for a Secretary's decision.
    pub version: Option<VersionHash>,
    pub actions: Vec<Action>,
    /// What has become of each action, in the same order.
    #[serde(default)]
    pub progress: Vec<Progress>,
}

impl Resolved {
    /// Every action with its number, counted from 0, and what has become of it.
    pub fn each(&self) -> impl Iterator<Item = (u16, &Action, &Progress)> {
        (0..)
            .zip(&self.actions)
            .zip(&self.progress)
            .map(|((number, action), progress)| (number, action, progress))
    }

    /// The actions that nobody has settled yet.
    pub fn open(&self) -> impl Iterator<Item = (u16, &Action, &Progress)> {
        self.each().filter(|(_, _, progress)| !progress.is_settled())
    }
}

/// What has become of one remedial action.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub struct Progress {
    /// When, and by whom, it was said to be done.
    pub done: Option<(Timestamp, AccountId)>,
    /// The other side has seen that it is done.
    pub verified: Option<Timestamp>,
    /// Who of each side has asked to waive it.
    pub waiver: PerSide<Option<AccountId>>,
    pub waived: Option<Timestamp>,
    /// It was told that this one is late.
    pub overdue: bool,
}

impl Progress {
    /// Whether nothing more is expected.
    #[must_use]
    pub const fn is_settled(&self) -> bool {
        self.verified.is_some() || self.waived.is_some()
    }
}

/// Why a case is closed.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Closing {
    NotJoint,
    Withdrawn,
    /// Every action is verified or waived, or none was needed.
    Completed,
    /// 180 days have passed with actions still open.
    Incomplete,
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Closed {
    pub why: Closing,
    pub at: Timestamp,
    /// The level that it was closed at, or whose outcome it is.
    #[serde(default)]
    pub level: Option<Level>,
    /// Actions that were still open.
    #[serde(default)]
    pub open: Vec<Action>,
}

/// A stage's name, for lists, counts and stored rows.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum StageName {
    Field,
    Council,
    Secretary,
    Resolved,
    Closed,
}

impl StageName {
    pub const ALL: [Self; 5] = [Self::Field, Self::Council, Self::Secretary, Self::Resolved, Self::Closed];

    /// The stored word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Field => "field",
            Self::Council => "council",
            Self::Secretary => "secretary",
            Self::Resolved => "resolved",
            Self::Closed => "closed",
        }
    }
}

/// Something that one post has before it on its desk.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub struct Waiting {
    pub post: PostId,
    pub what: WaitingFor,
    /// When it is due.
    pub due: Timestamp,
    /// When its clock started, for the bar.
    pub since: Timestamp,
}

/// What a post has to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum WaitingFor {
    /// Open the case and declare no conflict.
    Acknowledgement,
    /// The counterpart asked for something that needs both: extension, escalation, closing as not joint.
    Answer,
    /// A version of a proposal is on the table, not yet accepted by this side.
    Signature,
    /// Nothing just now; the clock runs.
    InMotion,
    /// The Secretary's decision.
    Decision,
    /// A working group's report.
    Report,
    /// A remedial action that this post owns.
    Action,
    /// An action that the other side says is done.
    Verification,
    /// A report of reprisal.
    Reprisal,
    /// Nothing any more: decided or closed.
    Ended,
    /// Nothing any more: the case has left this post for a level above, and what becomes of it
    /// there does not show here.
    GoneUp,
}

impl WaitingFor {
    /// The part of a desk that it belongs to: 1 asks for something, 2 is in motion, 3 has ended.
    #[must_use]
    pub const fn section(self) -> i64 {
        match self {
            Self::Acknowledgement
            | Self::Answer
            | Self::Signature
            | Self::Decision
            | Self::Report
            | Self::Action
            | Self::Verification
            | Self::Reprisal => 1,
            Self::InMotion => 2,
            Self::Ended | Self::GoneUp => 3,
        }
    }

    pub const ALL: [Self; 11] = [
        Self::Acknowledgement,
        Self::Answer,
        Self::Signature,
        Self::InMotion,
        Self::Decision,
        Self::Report,
        Self::Action,
        Self::Verification,
        Self::Reprisal,
        Self::Ended,
        Self::GoneUp,
    ];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Acknowledgement => "acknowledgement",
            Self::Answer => "answer",
            Self::Signature => "signature",
            Self::InMotion => "in_motion",
            Self::Decision => "decision",
            Self::Report => "report",
            Self::Action => "action",
            Self::Verification => "verification",
            Self::Reprisal => "reprisal",
            Self::Ended => "ended",
            Self::GoneUp => "gone_up",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::VersionHash;

    #[test]
    fn one_text_stands_for_a_version() {
        let hash = VersionHash([0xaf; 32]);
        assert_eq!(hash.to_string().parse(), Ok(hash));
        for wrong in ["", "+f", "0x", " f", "ag", "ä"] {
            assert!(wrong.repeat(64 / wrong.len().max(1)).parse::<VersionHash>().is_err(), "{wrong}");
        }
    }
}
