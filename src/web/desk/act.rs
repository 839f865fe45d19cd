//! What can be done on a case: each act with its address, its words and what allows it.

use crate::domain::dispute::{Level, Side, Stage};
use crate::domain::policy::CommandKind;
use crate::service::cases::CaseView;

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
}

impl Act {
    /// In the order in which pages list them.
    pub const ALL: [Self; 13] = [
        Self::Acknowledge,
        Self::Accept,
        Self::Propose,
        Self::Reject,
        Self::Write,
        Self::Ask,
        Self::Tell,
        Self::Extend,
        Self::Escalate,
        Self::NotJoint,
        Self::Identity,
        Self::Delegate,
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
        }
    }

    /// Whether it needs the passphrase within the last ten minutes; the form then asks at once.
    #[must_use]
    pub const fn needs_fresh(self) -> bool {
        matches!(self, Self::Accept | Self::NotJoint | Self::Identity)
    }

    /// The heading of its page and the words of its button.
    #[must_use]
    pub fn title(self, view: &CaseView) -> String {
        let waits = Waits::of(view);
        match self {
            Self::Acknowledge => "Acknowledge this case".to_owned(),
            Self::Accept => format!("Accept and sign version {}", waits.version),
            Self::Reject => format!("Reject version {}", waits.version),
            Self::Propose if view.proposals.is_empty() => "Propose a resolution".to_owned(),
            Self::Propose => "Propose a new version".to_owned(),
            Self::NotJoint if waits.not_joint => "Agree that this is not a joint dispute".to_owned(),
            Self::NotJoint => "Close as not a joint dispute".to_owned(),
            Self::Extend if waits.extension => "Agree to more time".to_owned(),
            Self::Extend => "Ask for more time".to_owned(),
            Self::Escalate if waits.escalation => "State your position and agree to escalate".to_owned(),
            Self::Escalate => "State your position and escalate".to_owned(),
            Self::Ask => "Ask the reporter a question".to_owned(),
            Self::Tell => "Write to the reporter".to_owned(),
            Self::Write => "Write to the other side".to_owned(),
            Self::Delegate => "Delegate".to_owned(),
            Self::Recuse => "Step aside".to_owned(),
            Self::Identity => "Show the reporter’s name".to_owned(),
        }
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
            Self::Escalate => "Your position is recorded.",
            Self::Ask => "Your question waits for the reporter.",
            Self::Tell => "Your message waits for the reporter.",
            Self::Write => "Your message is in the room.",
            Self::Delegate => "The delegation is recorded.",
            Self::Recuse => "You have stepped aside.",
            Self::Identity => "The name is shown below. The reporter will be told that you looked.",
        }
    }
}

/// What the other side has done that this side has not answered yet.
#[expect(
    clippy::struct_excessive_bools,
    reason = "each is a fact of its own; any of them can hold with any other"
)]
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Waits {
    pub acknowledgement: bool,
    pub signature: bool,
    pub extension: bool,
    pub escalation: bool,
    pub not_joint: bool,
    /// The version on the table; 0 if there is none.
    pub version: u32,
}

impl Waits {
    #[must_use]
    pub fn of(view: &CaseView) -> Self {
        let Stage::Panel(panel) = &view.dispute.stage else { return Self::default() };
        let version = panel.on_table.as_ref().map_or(0, |table| table.number);
        let Some(side) = view.my_side else { return Self { version, ..Self::default() } };
        let (mine, theirs) = (panel.sides.get(side), panel.sides.get(side.other()));
        Self {
            acknowledgement: mine.acknowledged.is_none(),
            signature: panel.on_table.as_ref().is_some_and(|table| table.accepted.get(side).is_none()),
            extension: theirs.wants_extension && !mine.wants_extension,
            escalation: panel.level == Level::Field && theirs.position.is_some() && mine.position.is_none(),
            not_joint: theirs.not_joint.is_some() && mine.not_joint.is_none(),
            version,
        }
    }

    /// The one act that waits, with why; the rest are there, but do not press.
    #[must_use]
    pub fn first(self, view: &CaseView) -> Option<(Act, &'static str)> {
        let steps = [
            (
                self.acknowledgement,
                Act::Acknowledge,
                "Read the case, then declare that you have no part in it. Until then you can do nothing else.",
            ),
            (
                self.signature,
                Act::Accept,
                "A version of a resolution is on the table and waits for your answer.",
            ),
            (self.not_joint, Act::NotJoint, "The other side signed that this is not a joint dispute."),
            (self.extension, Act::Extend, "The other side asks for more time."),
            (self.escalation, Act::Escalate, "The other side stated its position and asks to escalate."),
            (self.version == 0, Act::Propose, "Nothing is on the table. A first version moves the case on."),
        ];
        steps
            .into_iter()
            .find(|(waits, act, _)| *waits && view.offers.contains(&act.kind()))
            .map(|(_, act, why)| (act, why))
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
        assert_eq!(Act::from_word("decide"), None);
    }
}
