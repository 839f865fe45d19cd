//! What presses on a seat: the one thing that waits for it.

use crate::domain::dispute::{Level, Stage};
use crate::service::cases::CaseView;

use super::act::Act;
use super::remedies;

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
    pub remand: bool,
    pub group: bool,
    pub slower: bool,
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
            remand: theirs.wants_remand && !mine.wants_remand,
            group: theirs.wants_group.is_some() && theirs.wants_group != mine.wants_group,
            slower: theirs.wants_slower && !mine.wants_slower,
            version,
        }
    }

    /// Whether this side's act completes what the other side asked for.
    #[must_use]
    pub const fn completes(self, act: Act) -> bool {
        match act {
            Act::Extend => self.extension,
            Act::Escalate => self.escalation,
            Act::NotJoint => self.not_joint,
            Act::Remand => self.remand,
            Act::Group => self.group,
            Act::Pace => self.slower,
            _ => false,
        }
    }

    /// The one act that waits, with why; the rest are there, but do not press.
    #[must_use]
    pub fn first(self, view: &CaseView) -> Option<(Act, &'static str)> {
        let panel = matches!(view.dispute.stage, Stage::Panel(_));
        let action = |act| remedies::first(view, act).is_some();
        let steps = [
            (true, Act::Reprisal, "The reporter reports reprisal. Your post alone reads it."),
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
            (self.remand, Act::Remand, "The other lead asks to send it back to the commanders."),
            (self.group, Act::Group, "The other lead asks for the help of a working group."),
            (self.extension, Act::Extend, "The other side asks for more time."),
            (self.slower, Act::Pace, "The other side asks for the routine pace."),
            (self.escalation, Act::Escalate, "The other side stated its position and asks to escalate."),
            (true, Act::Report, "The Council waits for your report. What it asks stands on this page."),
            (true, Act::Decide, "Both positions stand below, side by side. Nobody decides above you."),
            (
                action(Act::Verify),
                Act::Verify,
                "The other side says that an action is done. See whether it is.",
            ),
            (action(Act::Done), Act::Done, "An action is yours to carry out. Say so here when it is done."),
            (
                panel && self.version == 0,
                Act::Propose,
                "Nothing is on the table. A first version moves the case on.",
            ),
        ];
        steps.into_iter().find(|(waits, act, _)| *waits && act.is_open(view)).map(|(_, act, why)| (act, why))
    }
}
