//! One dispute, from the batch that opens it to its outcome: a pure state machine.
//!
//! [`decide`] answers a [`Command`] with [`Event`]s or a [`Refusal`];
//! [`Dispute::apply`] folds an event into the state. The time, the calendar and
//! who may act come in as [`Facts`].

mod above;
mod apply;
mod clock;
mod command;
mod decide;
mod event;
mod outcome;
mod panel;
mod retention;
mod state;
#[cfg(test)]
mod tests;
mod waiting;

pub use clock::due_events;
pub use command::{Action, Actor, Command, Facts, Member, ProposalTerms, Refusal, Seat};
pub use decide::decide;
pub(in crate::domain) use decide::guard;
pub use event::{Event, LapseCause};
pub use panel::{Acceptance, NotJointSignature, OnTable, Panel, SideState};
pub use retention::{Destroyed, Hold, Part, is_late, stays};
pub use state::{
    Bypass, Closed, Closing, Dispute, Level, Opening, PerSide, Progress, Reprisal, Resolved, SecretaryStage,
    Side, Stage, StageName, Standing, VersionHash, Waiting, WaitingFor, WorkingGroup,
};
