//! What people are offered and what the machine accepts are one thing.

use std::collections::BTreeSet;

use crate::domain::dispute::{Actor, Refusal, Side};
use crate::domain::policy::{self, CommandKind};

use super::properties::Seen;
use super::random::{Chance, Maker, delegates};
use super::world::{self, Case};

/// What is offered to somebody is accepted if it is well formed; what is not offered is refused
/// whatever it says, and 10: with one answer to all who do not see the case.
pub(super) fn offers_are_kept(case: &Case<'_>, actor: &Actor, chance: &mut Chance, seen: &mut Seen) {
    let case = case.settled();
    let facts = case.world.facts(case.now);
    let (offered, knows) = match actor {
        Actor::Handler(seat) => {
            let holds = case.world.seats().contains(seat);
            (policy::offers(&case.dispute, seat, &facts), holds && policy::sees_case(&case.dispute, seat))
        }
        Actor::Reporter => (policy::reporter_offers(&case.dispute, &facts), true),
        Actor::Batch | Actor::Clock => (BTreeSet::new(), true),
    };
    for kind in CommandKind::ALL.iter().copied() {
        let is_offered = offered.contains(&kind);
        // What time does is not offered: it comes.
        if *actor == Actor::Clock && matches!(kind, CommandKind::Sweep | CommandKind::Destroy) {
            continue;
        }
        let command = Maker { case: &case, actor, flaws: !is_offered, chance: &mut *chance }.command(kind);
        match case.ask(actor, &command) {
            Ok(_) => assert!(is_offered, "{kind:?} was accepted from {actor:?} though it is not offered"),
            Err(refusal) => {
                seen.refuse(&refusal);
                assert!(
                    !is_offered || lacks(&case, actor, kind, &refusal),
                    "{kind:?} is offered to {actor:?} but refused: {refusal:?}"
                );
                assert!(knows || refusal == Refusal::NotAllowed, "{actor:?} learns of a case: {refusal:?}");
            }
        }
    }
}

/// Whether a well-formed command could not be made because the world has nobody for it: no
/// delegate, or nobody but the person who signed for the other side.
fn lacks(case: &Case<'_>, actor: &Actor, kind: CommandKind, refusal: &Refusal) -> bool {
    let Actor::Handler(seat) = actor else { return false };
    if matches!((kind, refusal), (CommandKind::Verify | CommandKind::Waive, Refusal::SamePerson)) {
        let posts = case.world.seats().into_iter().filter(|other| other.account == seat.account);
        return posts
            .into_iter()
            .filter_map(|other| world::side_of(&other.post))
            .collect::<BTreeSet<_>>()
            .len()
            > 1;
    }
    let Some(panel) = case.dispute.panel() else { return false };
    let Some(other) = panel.side_of(&seat.post).map(Side::other) else { return false };
    let signed = match (kind, refusal) {
        (CommandKind::Delegate, Refusal::NotADelegate) => return delegates(case, seat).is_empty(),
        (CommandKind::Accept, Refusal::SamePerson) => {
            let table = panel.on_table.as_ref();
            table
                .and_then(|table| table.accepted.get(other).as_ref())
                .map(|acceptance| acceptance.seat.account)
        }
        (CommandKind::CloseNotJoint, Refusal::SamePerson) => {
            panel.sides.get(other).not_joint.as_ref().map(|signature| signature.seat.account)
        }
        _ => return false,
    };
    signed == Some(seat.account)
}
