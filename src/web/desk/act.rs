//! What can be done on a case: each act with its address, its words and what allows it.

use crate::domain::concern::Pace;
use crate::domain::dispute::{Side, StageName};
use crate::domain::id::PostId;
use crate::domain::policy::CommandKind;
use crate::service::cases::CaseView;

use super::waits::Waits;

/// An act that has a form of its own.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Act {
    Acknowledge,
    Accept,
    NotJoint,
    Extend,
    Escalate,
    Propose,
    Reject,
    Ask,
    Tell,
    Write,
    Delegate,
    Recuse,
    Identity,
    Remand,
    Group,
    ReferUp,
    Report,
    Decide,
    Direct,
    Pace,
    Done,
    Verify,
    Waive,
    Reprisal,
    Hold,
    LiftHold,
    Rate,
}

impl Act {
    /// In the order in which pages list them.
    pub const ALL: [Self; 27] = [
        Self::Acknowledge,
        Self::Decide,
        Self::Accept,
        Self::Propose,
        Self::Reject,
        Self::Report,
        Self::Write,
        Self::Ask,
        Self::Tell,
        Self::Group,
        Self::Extend,
        Self::Pace,
        Self::Escalate,
        Self::ReferUp,
        Self::Remand,
        Self::Direct,
        Self::NotJoint,
        Self::Reprisal,
        Self::Done,
        Self::Verify,
        Self::Waive,
        Self::Rate,
        Self::Identity,
        Self::Delegate,
        Self::Hold,
        Self::LiftHold,
        Self::Recuse,
    ];

    /// The word in addresses.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Acknowledge => "acknowledge",
            Self::Accept => "accept",
            Self::NotJoint => "not-joint",
            Self::Extend => "extend",
            Self::Escalate => "escalate",
            Self::Propose => "propose",
            Self::Reject => "reject",
            Self::Ask => "ask",
            Self::Tell => "tell",
            Self::Write => "write",
            Self::Delegate => "delegate",
            Self::Recuse => "recuse",
            Self::Identity => "identity",
            Self::Remand => "remand",
            Self::Group => "working-group",
            Self::ReferUp => "refer-up",
            Self::Report => "report",
            Self::Decide => "decide",
            Self::Direct => "direct",
            Self::Pace => "pace",
            Self::Done => "done",
            Self::Verify => "verify",
            Self::Waive => "waive",
            Self::Reprisal => "reprisal",
            Self::Hold => "hold",
            Self::LiftHold => "lift-hold",
            Self::Rate => "rate",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|act| act.word() == word)
    }

    /// What must be offered for this to be shown.
    #[must_use]
    pub const fn kind(self) -> CommandKind {
        match self {
            Self::Acknowledge => CommandKind::Acknowledge,
            Self::Accept => CommandKind::Accept,
            Self::NotJoint => CommandKind::CloseNotJoint,
            Self::Extend => CommandKind::Extend,
            Self::Escalate => CommandKind::Escalate,
            Self::Propose => CommandKind::Propose,
            Self::Reject => CommandKind::Reject,
            Self::Ask => CommandKind::Ask,
            Self::Tell | Self::Write => CommandKind::Write,
            Self::Delegate => CommandKind::Delegate,
            Self::Recuse => CommandKind::Recuse,
            Self::Identity => CommandKind::ShowIdentity,
            Self::Remand => CommandKind::Remand,
            Self::Group => CommandKind::AssignGroup,
            Self::ReferUp => CommandKind::ReferUp,
            Self::Report => CommandKind::Report,
            Self::Decide => CommandKind::Decide,
            Self::Direct => CommandKind::Direct,
            Self::Pace => CommandKind::ChangePace,
            Self::Done => CommandKind::Done,
            Self::Verify => CommandKind::Verify,
            Self::Waive => CommandKind::Waive,
            Self::Reprisal => CommandKind::AnswerReprisal,
            Self::Hold => CommandKind::Hold,
            Self::LiftHold => CommandKind::LiftHold,
            Self::Rate => CommandKind::Rate,
        }
    }

    /// Whether it is open on this page. A working group writes to itself and the Council, never to the reporter.
    #[must_use]
    pub fn is_open(self, view: &CaseView) -> bool {
        view.offers.contains(&self.kind())
            && !(self == Self::Tell && matches!(view.seat.post, PostId::WorkingGroup(..)))
    }

    /// Whether it is about one remedial action, which its address and its form name.
    #[must_use]
    pub const fn is_about_an_action(self) -> bool {
        matches!(self, Self::Done | Self::Verify | Self::Waive)
    }

    /// Whether its form is that of a proposal.
    #[must_use]
    pub const fn is_a_proposal(self) -> bool {
        matches!(self, Self::Propose | Self::Decide)
    }

    /// Whether the reporter reads what is written in it.
    #[must_use]
    pub const fn is_to_the_reporter(self) -> bool {
        matches!(self, Self::Ask | Self::Tell | Self::Reprisal)
    }

    /// Whether it needs the passphrase within the last ten minutes; the form then asks at once.
    #[must_use]
    pub const fn needs_fresh(self) -> bool {
        matches!(self, Self::Accept | Self::NotJoint | Self::Identity | Self::Decide)
    }

    /// The heading of its page and the words of its button.
    #[must_use]
    pub fn title(self, view: &CaseView) -> String {
        let waits = Waits::of(view);
        let words = match self {
            Self::Accept => return format!("Accept and sign version {}", waits.version),
            Self::Reject => return format!("Reject version {}", waits.version),
            Self::Acknowledge => "Acknowledge this case",
            Self::Propose if view.proposals.is_empty() => "Propose a resolution",
            Self::Propose => "Propose a new version",
            Self::NotJoint if waits.not_joint => "Agree that this is not a joint dispute",
            Self::NotJoint => "Close as not a joint dispute",
            Self::Extend if waits.extension => "Agree to more time",
            Self::Extend => "Ask for more time",
            Self::Escalate if waits.escalation => "State your position and agree to escalate",
            Self::Escalate => "State your position and escalate",
            Self::Ask => "Ask the reporter a question",
            Self::Tell => "Write to the reporter",
            Self::Write => match (&view.seat.post, view.stage) {
                (PostId::WorkingGroup(..), _) => "Write to the working group",
                (_, StageName::Field) => "Write to the other side",
                (_, StageName::Council) => "Write within the Council",
                _ => "Write to the Council and the Secretary",
            },
            Self::Delegate => "Delegate",
            Self::Recuse => "Step aside",
            Self::Identity => "Show the reporter’s name",
            Self::Remand if waits.remand => "Agree to send it back to the commanders",
            Self::Remand => "Send it back to the commanders",
            Self::Group if waits.group => "Agree to ask the working group",
            Self::Group => "Ask a working group",
            Self::ReferUp => "State your position and go to the Secretary",
            Self::Report => "Report to the Council",
            Self::Decide => "Decide",
            Self::Direct => "Send it back to the Council",
            Self::Pace if view.dispute.pace == Pace::Routine => "Make it extraordinary",
            Self::Pace if waits.slower => "Agree to the routine pace",
            Self::Pace => "Ask for the routine pace",
            Self::Done => "Say that it is done",
            Self::Verify => "Say whether it is done",
            Self::Waive => "Waive it",
            Self::Reprisal => "Answer the report of reprisal",
            Self::Hold => "Put a legal hold on it",
            Self::LiftHold => "Lift the legal hold",
            Self::Rate => "Rate the outcome",
        };
        words.to_owned()
    }

    /// Said after it was done.
    #[must_use]
    pub const fn done(self) -> &'static str {
        match self {
            Self::Acknowledge => "You have acknowledged this case.",
            Self::Accept => "You have signed.",
            Self::Reject => "You have rejected the version that was on the table.",
            Self::Propose => "Your version is on the table.",
            Self::NotJoint => "You have signed that this is not a joint dispute.",
            Self::Extend => "Your answer about more time is recorded.",
            Self::Escalate | Self::ReferUp => "Your position is recorded.",
            Self::Ask => "Your question waits for the reporter.",
            Self::Tell => "Your message waits for the reporter.",
            Self::Write => "Your message is in the room.",
            Self::Delegate => "The delegation is recorded.",
            Self::Recuse => "You have stepped aside.",
            Self::Identity => "The name is shown below. The reporter will be told that you looked.",
            Self::Remand | Self::Direct => "Your instruction is recorded.",
            Self::Group => "Your question to the working group is recorded.",
            Self::Report => "Your report is with the Council.",
            Self::Decide => "You have decided and signed. Headquarters is told.",
            Self::Pace => "Your word about the pace is recorded.",
            Self::Done => "You have said that it is done. The other side looks at it.",
            Self::Verify => "Your answer is recorded.",
            Self::Waive => "Your word about waiving is recorded.",
            Self::Reprisal => "Your answer waits for the reporter.",
            Self::Hold => "Nothing of this case is destroyed until the hold is lifted.",
            Self::Rate => "Your rating is recorded. The Council alone reads it.",
            Self::LiftHold => "The hold is lifted. What is overdue is destroyed within minutes.",
        }
    }
}

/// How pages call a side.
#[must_use]
pub const fn side_word(side: Side) -> &'static str {
    match side {
        Side::Raising => "Raising side",
        Side::Concerned => "Concerned side",
    }
}

#[cfg(test)]
mod tests {
    use super::Act;

    #[test]
    fn every_act_has_an_address_of_its_own() {
        for act in Act::ALL {
            assert_eq!(Act::from_word(act.word()), Some(act));
        }
        assert_eq!(Act::from_word("open"), None);
    }
}
