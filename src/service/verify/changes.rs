//! What Council leads agree to against the journal: each version of calendar and time standards in force is
//! the very text that two leads of two components signed, or one that touches no clock; each change of the
//! organisation that makes a place finer is the very file that another person, a lead, signed.

use std::collections::BTreeMap;

use crate::clock::{DAY, Timestamp};
use crate::crypto::signature::Agreement;
use crate::domain::agreement::About;
use crate::domain::id::{AccountId, ComponentId, PostId};
use crate::domain::organisation::Organisation;
use crate::domain::time::TimeSettings;
use crate::service::agreement::{digest, named_version};
use crate::service::organisation::needs_lead;
use crate::service::record::StaffAct;
use crate::service::time::{FAR_AHEAD, settings_of};
use crate::service::{Problem, from_hexadecimal, hexadecimal};
use crate::store::{self, Tx};

use super::Check;

/// What the journal says about one proposal.
#[derive(Default)]
struct Told {
    /// The version that agreements to it name.
    named: i64,
    digest: String,
    by: Option<AccountId>,
    agreed: Vec<(ComponentId, AccountId)>,
    declined: Option<AccountId>,
    since: Option<Timestamp>,
}

/// What the journal says about all of them.
#[derive(Default)]
pub(super) struct ChangesTold(BTreeMap<(About, i64), Told>);

/// How a person calls them.
const fn called(about: About) -> &'static str {
    match about {
        About::Time => "calendar and time standards",
        About::Organisation => "proposed change of the organisation",
    }
}

/// A lead's agreement as an act tells it.
struct Agreed<'a> {
    sequence: i64,
    version: i64,
    digest: &'a str,
    component: &'a ComponentId,
    by: AccountId,
    signature: &'a str,
}

impl Check<'_> {
    /// Takes an act of the journal in; its signature is checked at once, and so is that it names the text
    /// that was proposed.
    pub(super) fn change_act(&mut self, sequence: i64, act: &StaffAct) {
        let (about, number, named, digest) = match act {
            StaffAct::TimeProposed { version, digest, .. }
            | StaffAct::TimeAgreed { version, digest, .. }
            | StaffAct::TimeDeclined { version, digest, .. }
            | StaffAct::TimeSet { version, digest, .. } => (About::Time, *version, *version, digest),
            StaffAct::OrganisationProposed { proposal, version, digest, .. }
            | StaffAct::OrganisationAgreed { proposal, version, digest, .. }
            | StaffAct::OrganisationDeclined { proposal, version, digest, .. } => {
                (About::Organisation, *proposal, *version, digest)
            }
            _ => return,
        };
        let key = (about, number);
        let mut holds = true;
        match act {
            StaffAct::TimeProposed { by, .. } | StaffAct::OrganisationProposed { by, .. } => {
                let told = Told { named, digest: digest.clone(), by: Some(*by), ..Told::default() };
                holds = self.changes.0.insert(key, told).is_none();
            }
            StaffAct::TimeAgreed { component, by, signature, .. }
            | StaffAct::OrganisationAgreed { component, by, signature, .. } => {
                if self.directory.is_none() {
                    // Nobody's keys can be read, which is said once elsewhere.
                    return;
                }
                let agreed = Agreed { sequence, version: named, digest, component, by: *by, signature };
                holds = self.agreement_holds(about, &agreed);
                let led = !holds || self.led_then(&agreed);
                if !led {
                    self.fault(format!(
                        "journal row {sequence}: {} did not lead the Council post of {component} then, and no such \
                         agreement counts",
                        self.person(*by)
                    ));
                }
                if holds
                    && led
                    && let Some(told) = self.changes.0.get_mut(&key)
                {
                    told.agreed.push((component.clone(), *by));
                }
            }
            StaffAct::TimeDeclined { by, .. } | StaffAct::OrganisationDeclined { by, .. } => {
                if let Some(told) = self.changes.0.get_mut(&key) {
                    told.declined = Some(*by);
                }
            }
            StaffAct::TimeSet { since, .. } => {
                if let Some(told) = self.changes.0.get_mut(&key) {
                    told.since = Some(*since);
                }
            }
            _ => {}
        }
        let name = called(about);
        if !holds {
            self.fault(format!("journal row {sequence}: what it says of {name} {number} is not signed"));
        }
        if self.changes.0.get(&key).is_none_or(|told| told.digest != *digest || told.named != named) {
            self.fault(format!("journal row {sequence}: {name} {number} were not proposed like this"));
        }
    }

    /// Whether somebody signed this with keys that were theirs.
    fn agreement_holds(&self, about: About, agreed: &Agreed<'_>) -> bool {
        let read = || {
            let (head, signature) = agreed.signature.split_once('.')?;
            // Signed where it stands, and not carried to another place of the journal.
            let head = head.parse().ok().filter(|head: &i64| *head == agreed.sequence - 1)?;
            let head = self.hashes.get(&head)?;
            let digest = from_hexadecimal(agreed.digest)?.as_slice().try_into().ok()?;
            let post = PostId::Council(agreed.component.clone());
            let agreement = Agreement {
                about,
                deployment: self.candor.deployment,
                version: agreed.version,
                digest,
                post: &post,
                journal_head: *head,
            };
            let signature = from_hexadecimal(signature)?;
            // Somebody who has lost a passphrase since has other keys now.
            let known = self.directory.as_ref()?.trust.verifying_keys(&agreed.by, &post);
            Some(known.chain(self.keys.get(&agreed.by)).any(|key| agreement.verify(key, &signature).is_ok()))
        };
        read().unwrap_or(false)
    }

    /// Whether they led the Council post of the component for which they signed, at that entry.
    fn led_then(&self, agreed: &Agreed<'_>) -> bool {
        let Some(directory) = self.directory.as_ref().filter(|_| self.has_founders) else { return true };
        let post = PostId::Council(agreed.component.clone());
        self.seats.led(agreed.by, &post, directory.trust.accepted())
    }

    /// Compares what rests with what the journal says.
    pub(super) async fn proposed_changes(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let told = std::mem::take(&mut self.changes.0);
        for about in About::ALL {
            self.changes_about(tx, about, &told).await?;
        }
        self.changes.0 = told;
        Ok(())
    }

    async fn changes_about(
        &mut self,
        tx: &mut Tx,
        about: About,
        told: &BTreeMap<(About, i64), Told>,
    ) -> Result<(), Problem> {
        let name = called(about);
        let directory = self.candor.directory_in(tx).await?;
        let mut before = TimeSettings::initial(directory.organisation.as_deref());
        let rows = store::changes::all(tx, about).await?;
        let lost = told
            .keys()
            .filter(|(of, version)| *of == about && !rows.iter().any(|row| row.version == *version));
        for (_, version) in lost {
            self.fault(format!("{name} {version}: the version is missing"));
        }
        for row in rows {
            let version = row.version;
            let mut wrong = |what| self.fault(format!("{name} {version}: {what}"));
            let Some(told) = told.get(&(about, version)) else {
                wrong("the journal does not know them");
                continue;
            };
            if hexadecimal(&digest(&row.body)) != told.digest || named_version(about, &row) != told.named {
                wrong("the text is not what was proposed");
            }
            let mut agreed = told.agreed.clone();
            agreed.sort_unstable();
            let became = match about {
                About::Time => row.in_force_at == told.since,
                About::Organisation => row.in_force_at.is_some() != agreed.is_empty(),
            };
            if !became || row.declined_by != told.declined {
                wrong("what became of them is not what the journal says");
            }
            let mut stored = store::changes::agreements(tx, about, version).await?;
            stored.sort_unstable();
            if stored != agreed {
                wrong("the agreements are not those of the journal");
            }
            let Some(since) = row.in_force_at.filter(|_| about == About::Time) else { continue };
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
                wrong("in force without the agreement of the Council leads");
            }
            before = settings;
        }
        Ok(())
    }

    /// Whether a lead who did not propose it has signed for this very file as this version of the organisation.
    fn lead_agreed(&self, version: i64, digest: &str) -> bool {
        self.changes.0.iter().any(|((about, _), told)| {
            *about == About::Organisation
                && told.named == version
                && told.digest == digest
                && told.agreed.iter().any(|(_, by)| told.by != Some(*by))
        })
    }

    /// Each change that makes a place finer, since the founding, needs a lead (AN-01).
    pub(super) fn finer_organisations(&mut self, rows: &[(i64, String)], since: &dyn Fn(i64) -> bool) {
        let mut before: Option<Organisation> = None;
        for (version, body) in rows {
            let Ok(new) = Organisation::parse(body) else {
                self.fault(format!("organisation row {version}: cannot be read"));
                continue;
            };
            if let Some(old) = &before
                && since(*version)
                && needs_lead(old, &new)
                && !self.lead_agreed(*version, &hexadecimal(&digest(body)))
            {
                self.fault(format!(
                    "organisation row {version}: it makes a place finer or a unit smaller, without the agreement of a Council lead"
                ));
            }
            before = Some(new);
        }
    }
}
