//! Each question and settlement is what the journal says that its steps made of it, and what was agreed to was agreed
//! to by two persons of two components.

use std::collections::BTreeMap;

use uuid::Uuid;

use crate::domain::id::{AccountId, ComponentId, ReadingId};
use crate::domain::reading::Step;
use crate::service::Problem;
use crate::service::record::StaffAct;
use crate::store::{self, Tx};

use super::steps::Stepped;
use super::{Check, PORTION};

/// What the journal says of one.
struct One {
    stepped: Stepped,
    /// Who proposed what is on the table.
    proposed: Option<(ComponentId, AccountId)>,
}

/// What the journal says of all of them.
#[derive(Default)]
pub(super) struct Told(BTreeMap<ReadingId, One>);

impl Check<'_> {
    pub(super) fn reading_step(&mut self, sequence: i64, act: &StaffAct) {
        let StaffAct::ReadingStep { reading, step, version, component, digest, by, .. } = act else { return };
        let side = (component.clone(), *by);
        let before = self.readings.0.remove(reading);
        let first = matches!(step, Step::Ask | Step::Record);
        let agreed_by_two = *step != Step::Agree
            || before
                .as_ref()
                .and_then(|before| before.proposed.as_ref())
                .is_some_and(|(one, who)| one != component && who != by);
        let name = format!("question {reading}");
        let stepped = before.as_ref().map(|before| &before.stepped);
        self.goes_on((sequence, *version), &name, first, stepped);
        if !agreed_by_two {
            self.fault(format!(
                "journal row {sequence}: {name} was agreed to without two persons of two components"
            ));
        }
        let proposed = match step {
            Step::Record | Step::Propose => Some(side),
            _ => before.and_then(|before| before.proposed),
        };
        let ended = matches!(step, Step::Agree | Step::Decline);
        let stepped = Stepped { sequence, version: *version, digest: digest.clone(), ended };
        self.readings.0.insert(*reading, One { stepped, proposed });
    }

    pub(super) async fn readings(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut told = std::mem::take(&mut self.readings.0);
        let mut last = ReadingId(Uuid::nil());
        loop {
            let rows = store::readings::after(tx, last, PORTION).await?;
            let Some(end) = rows.last() else { break };
            last = end.id;
            for row in rows {
                let stepped = told.remove(&row.id).map(|one| one.stepped);
                let candor = self.candor;
                self.rests(&format!("question {}", row.id), stepped.as_ref(), |one| {
                    candor.read_reading(&row).is_ok_and(|(reading, digest)| {
                        digest == one.digest
                            && row.version == one.version
                            && row.open != one.ended
                            && row.asked_by == reading.from.post.to_string()
                    })
                });
            }
        }
        for (id, one) in told {
            self.is_missing(&format!("question {id}"), &one.stepped);
        }
        Ok(())
    }
}
