//! Each resolution was told to exactly those whom the journal names.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{AccountId, CaseId, NoticeId, PostId};
use crate::service::Problem;
use crate::store::{self, Tx};

use super::Check;

/// What the journal says about notices.
#[derive(Default)]
pub(super) struct Told {
    /// The entry and the recipients, by case and resolution.
    made: BTreeMap<(CaseId, u32), (i64, Vec<PostId>)>,
    acknowledged: BTreeMap<NoticeId, (i64, AccountId)>,
}

impl Told {
    pub(super) fn made(&mut self, sequence: i64, case: CaseId, resolution: u32, recipients: Vec<PostId>) {
        self.made.entry((case, resolution)).or_insert((sequence, recipients));
    }

    pub(super) fn acknowledged(&mut self, notice: NoticeId, sequence: i64, by: AccountId) {
        self.acknowledged.entry(notice).or_insert((sequence, by));
    }
}

impl Check<'_> {
    pub(super) async fn notices(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut made = std::mem::take(&mut self.notices.made);
        let mut acknowledged = std::mem::take(&mut self.notices.acknowledged);
        let resolved: BTreeMap<_, _> =
            self.cases.iter().map(|(id, told)| (*id, told.resolved.clone())).collect();
        let mut known = BTreeSet::new();
        for (case, resolutions) in resolved {
            let name = self.name(case);
            let Ok(stored) = store::notices::of_case(tx, case).await else {
                self.fault(format!("{name}: a row in notice is not as any that is written here"));
                continue;
            };
            for (number, row) in (1_u32..).zip(&resolutions) {
                let Some((entry, recipients)) = made.remove(&(case, number)) else {
                    self.fault(format!(
                        "journal row {row}: {name} was resolved, and nobody is said to have been told"
                    ));
                    continue;
                };
                for recipient in &recipients {
                    if !stored.iter().any(|one| one.resolution == number && one.recipient == *recipient) {
                        self.fault(format!(
                            "notice of {name}, resolution {number}, for {recipient}: its row is missing, though journal \
                             row {entry} says that it was made"
                        ));
                    }
                }
                for one in stored.iter().filter(|one| one.resolution == number) {
                    if !recipients.contains(&one.recipient) {
                        let recipient = &one.recipient;
                        self.fault(format!(
                            "notice {}: one of {name}, resolution {number}, for {recipient} that was never made",
                            one.id
                        ));
                    }
                }
            }
            for one in &stored {
                known.insert(one.id);
                if usize::try_from(one.resolution)
                    .is_ok_and(|number| number == 0 || number > resolutions.len())
                {
                    self.fault(format!("notice {}: {name} has no resolution {}", one.id, one.resolution));
                }
                let told = acknowledged.remove(&one.id);
                let rests = one.acknowledged.map(|(_, by)| by);
                if rests != told.map(|(_, by)| by) {
                    let says = told.map_or_else(
                        || "no entry of the journal says so".to_owned(),
                        |(entry, _)| format!("journal row {entry} says otherwise"),
                    );
                    self.fault(format!("notice {}: whether and by whom it is acknowledged: {says}", one.id));
                }
            }
        }
        for ((case, number), (entry, _)) in made {
            let name = self.name(case);
            self.fault(format!(
                "journal row {entry}: it says that resolution {number} of {name} was told, which the journal does not have"
            ));
        }
        Ok(())
    }
}
