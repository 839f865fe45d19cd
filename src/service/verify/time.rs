//! Calendar and time standards against the journal: each version in force is the very text that two
//! leads of two components signed, or one that touches no clock.

use std::collections::BTreeMap;

use crate::clock::{DAY, Timestamp};
use crate::crypto::signature::Agreement;
use crate::domain::id::{AccountId, ComponentId, PostId};
use crate::domain::time::TimeSettings;
use crate::service::record::StaffAct;
use crate::service::time::{FAR_AHEAD, digest, settings_of};
use crate::service::{Problem, from_hexadecimal, hexadecimal};
use crate::store::{self, Tx};

use super::Check;

/// What the journal says about one version.
#[derive(Default)]
struct Told {
    digest: String,
    agreed: Vec<(ComponentId, AccountId)>,
    declined: Option<AccountId>,
    since: Option<Timestamp>,
}

/// What the journal says about all of them.
#[derive(Default)]
pub(super) struct TimeTold(BTreeMap<i64, Told>);

impl Check<'_> {
    /// Takes an act of the journal in; its signature is checked at once, and so is that it names the text
    /// that was proposed.
    pub(super) fn time_act(&mut self, sequence: i64, act: &StaffAct) {
        let (version, named, holds) = match act {
            StaffAct::TimeProposed { version, digest, .. } => {
                let told = Told { digest: digest.clone(), ..Told::default() };
                let first = self.time.0.insert(*version, told).is_none();
                (*version, digest, first)
            }
            StaffAct::TimeAgreed { version, digest, component, by, signature } => {
                let holds = self.agreement_holds(*version, digest, component, *by, signature);
                if holds && let Some(told) = self.time.0.get_mut(version) {
                    told.agreed.push((component.clone(), *by));
                }
                (*version, digest, holds)
            }
            StaffAct::TimeDeclined { version, digest, by } => {
                if let Some(told) = self.time.0.get_mut(version) {
                    told.declined = Some(*by);
                }
                (*version, digest, true)
            }
            StaffAct::TimeSet { version, digest, since } => {
                if let Some(told) = self.time.0.get_mut(version) {
                    told.since = Some(*since);
                }
                (*version, digest, true)
            }
            _ => return,
        };
        if !holds {
            self.fault(format!(
                "journal row {sequence}: what it says of calendar and time standards {version} is not signed"
            ));
        }
        if self.time.0.get(&version).is_none_or(|told| told.digest != *named) {
            self.fault(format!(
                "journal row {sequence}: calendar and time standards {version} were not proposed like this"
            ));
        }
    }

    fn agreement_holds(
        &self,
        version: i64,
        digest: &str,
        component: &ComponentId,
        by: AccountId,
        text: &str,
    ) -> bool {
        let read = || {
            let (head, signature) = text.split_once('.')?;
            let head = self.hashes.get(&head.parse().ok()?)?;
            let digest = from_hexadecimal(digest)?.as_slice().try_into().ok()?;
            let post = PostId::Council(component.clone());
            let deployment = self.candor.deployment;
            let agreement = Agreement { deployment, version, digest, post: &post, journal_head: *head };
            agreement.verify(self.keys.get(&by)?, &from_hexadecimal(signature)?).ok()
        };
        read().is_some()
    }

    /// Compares what rests with what the journal says.
    pub(super) async fn time_settings(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let directory = self.candor.directory_in(tx).await?;
        let mut before = TimeSettings::initial(directory.organisation.as_deref());
        let told = std::mem::take(&mut self.time.0);
        let rows = store::time::all(tx).await?;
        let lost = told.keys().filter(|version| !rows.iter().any(|row| row.version == **version));
        for version in lost {
            self.fault(format!("calendar and time standards {version}: the version is missing"));
        }
        for row in rows {
            let version = row.version;
            let mut wrong = |what| self.fault(format!("calendar and time standards {version}: {what}"));
            let Some(told) = told.get(&version) else {
                wrong("the journal does not know them");
                continue;
            };
            if hexadecimal(&digest(&row.body)) != told.digest {
                wrong("the text is not what was proposed");
            }
            if row.in_force_at != told.since || row.declined_by != told.declined {
                wrong("what became of them is not what the journal says");
            }
            let mut agreed = told.agreed.clone();
            agreed.sort_unstable();
            let mut stored = store::time::agreements(tx, version).await?;
            stored.sort_unstable();
            if stored != agreed {
                wrong("the agreements are not those of the journal");
            }
            let Some(since) = row.in_force_at else { continue };
            let Ok(settings) = settings_of(&row) else {
                wrong("cannot be read");
                continue;
            };
            let both = matches!(agreed.as_slice(), [(one, first), (other, second)]
                if one != other && first != second);
            let alone = before.to_calendar().date_of(since.plus(FAR_AHEAD * DAY)).is_some_and(|beyond| {
                agreed.is_empty() && TimeSettings::touches_no_clock(&before, &settings, beyond)
            });
            if !both && !alone {
                wrong("in force without the agreement of both Council leads");
            }
            before = settings;
        }
        Ok(())
    }
}
