//! Whose turn it is and why, beyond the stage.

use crate::clock::Timestamp;
use crate::domain::dispute::{Closing, Dispute, Level, Stage, StageName};
use crate::service::directory::Directory;

/// What else tells where things are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Turn {
    /// The level above has sent it back to the one that has it now.
    pub sent_back: bool,
    /// The reporter did not accept an outcome, and it is being decided again.
    pub disputed: bool,
    /// The working group that has been asked, and until when.
    pub group: Option<(String, Timestamp)>,
    /// Whose outcome is the latest.
    pub decided_by: Option<Level>,
    pub closing: Option<Closing>,
    /// When check-ins come that are still open, and until when the receipt opens.
    pub check_ins: Option<(Vec<Timestamp>, Timestamp)>,
}

impl Turn {
    pub(super) fn of(dispute: &Dispute, directory: &Directory) -> Self {
        let stage = dispute.stage_name();
        let group =
            dispute.group.as_ref().filter(|group| stage == StageName::Council && group.ended.is_none());
        Self {
            sent_back: match stage {
                StageName::Field => dispute.remanded,
                StageName::Council => dispute.directed,
                StageName::Secretary | StageName::Resolved | StageName::Closed => false,
            },
            disputed: !dispute.disputed.is_empty()
                && !matches!(stage, StageName::Resolved | StageName::Closed),
            group: group.map(|group| (directory.group_name(&group.group), group.due)),
            decided_by: dispute.outcome.map(|(level, _)| level),
            closing: match &dispute.stage {
                Stage::Closed(closed) => Some(closed.why),
                _ => None,
            },
            check_ins: dispute.check_ins(),
        }
    }
}
