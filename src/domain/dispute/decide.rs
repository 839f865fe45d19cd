use super::command::{Actor, Command, Facts, Refusal};
use super::event::Event;
use super::state::Dispute;

/// Answers a command with what happens, or with why nothing does.
///
/// `dispute` is `None` only for [`Command::Open`].
pub fn decide(
    _dispute: Option<&Dispute>,
    _actor: &Actor,
    _command: &Command,
    _facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    Err(Refusal::NotAllowed)
}
