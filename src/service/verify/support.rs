//! Each request for support is what the journal says that its steps made of it: answered by the side that was asked,
//! confirmed by the one that asked.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::id::{ComponentId, SupportId};
use crate::domain::support::{Step, desk};
use crate::service::Problem;
use crate::service::record::StaffAct;
use crate::store::{self, Tx};

use super::steps::Stepped;
use super::{Check, PORTION};

/// What the journal says of one.
struct One {
    stepped: Stepped,
    /// The side that asked.
    from: ComponentId,
    answered: bool,
}

/// What the journal says of all of them.
#[derive(Default)]
pub(super) struct Told(BTreeMap<SupportId, One>);

impl Check<'_> {
    pub(super) fn support_taken(&mut self, sequence: i64, act: &StaffAct) {
        let StaffAct::SupportStep { support, step, version, component, digest, .. } = act else { return };
        let name = format!("request {support}");
        let before = self.support.0.remove(support);
        let stepped = before.as_ref().map(|before| &before.stepped);
        self.goes_on((sequence, *version), &name, *step == Step::Ask, stepped);
        let answered = before.as_ref().is_some_and(|before| before.answered);
        let from = before.map_or_else(|| component.clone(), |before| before.from);
        let in_order = match step {
            Step::Ask => true,
            Step::Answer | Step::Refuse => from != *component,
            Step::Confirm => from == *component && answered,
            Step::Withdraw => from == *component && !answered,
        };
        if !in_order {
            self.fault(format!(
                "journal row {sequence}: {name} went on by a step that was not that side\u{2019}s to take"
            ));
        }
        let ended = matches!(step, Step::Refuse | Step::Confirm | Step::Withdraw);
        let stepped = Stepped { sequence, version: *version, digest: digest.clone(), ended };
        let answered = answered || *step == Step::Answer;
        self.support.0.insert(*support, One { stepped, from, answered });
    }

    pub(super) async fn support(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut told = std::mem::take(&mut self.support.0);
        let mut last = SupportId(Uuid::nil());
        loop {
            let rows = store::support::after(tx, last, PORTION).await?;
            let Some(end) = rows.last() else { break };
            last = end.id;
            for row in rows {
                let stepped = told.remove(&row.id).map(|one| one.stepped);
                let candor = self.candor;
                self.rests(&format!("request {}", row.id), stepped.as_ref(), |one| {
                    candor.read_support(&row).is_ok_and(|(support, digest)| {
                        digest == one.digest
                            && row.version == one.version
                            && row.open_until == support.open_until()
                            && row.asked_by == desk(&support.from.post).to_string()
                            && row.asked_of == desk(&support.of).to_string()
                    })
                });
            }
        }
        for (id, one) in told {
            self.is_missing(&format!("request {id}"), &one.stepped);
        }
        Ok(())
    }
}
