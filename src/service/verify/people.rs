//! People, their keys and the organisation against the journal, and every approval back to the founding leads.

use std::collections::{BTreeMap, BTreeSet};

use sha2::{Digest, Sha256};

use crate::crypto::approval::Approval;
use crate::crypto::public::VerifyingKey;
use crate::crypto::removal::Removal;
use crate::domain::id::{AccountId, PostId};
use crate::service::accounts::public_keys;
use crate::service::record::StaffAct;
use crate::service::{Problem, hexadecimal};
use crate::store::check::Signed;
use crate::store::{self, Tx};

use super::Check;

/// What the journal says about people. Each fact with its entry.
#[derive(Default)]
pub(super) struct Told {
    invited: BTreeMap<AccountId, (i64, Option<bool>, Option<bool>)>,
    fingerprints: BTreeMap<AccountId, (i64, String)>,
    barred: BTreeMap<AccountId, (i64, bool)>,
    approved: BTreeMap<(AccountId, PostId, AccountId), i64>,
    removed: BTreeMap<(AccountId, PostId, u32), i64>,
    organisations: BTreeMap<i64, (i64, String)>,
    /// The entry of the founding.
    founded: Option<i64>,
}

impl Told {
    pub(super) fn act(&mut self, sequence: i64, act: &StaffAct) {
        match act {
            StaffAct::Invited { account, administrator, auditor, .. } => {
                self.invited.insert(*account, (sequence, *administrator, *auditor));
            }
            StaffAct::Activated { account, fingerprint } => {
                self.fingerprints.insert(*account, (sequence, fingerprint.clone()));
            }
            StaffAct::Barred { account, .. } => {
                self.barred.insert(*account, (sequence, true));
            }
            StaffAct::Readmitted { account, .. } => {
                self.barred.insert(*account, (sequence, false));
            }
            StaffAct::Approved { account, post, by } => {
                self.approved.insert((*account, post.clone(), *by), sequence);
            }
            StaffAct::Removed { account, post, key_version, .. } => {
                self.removed.insert((*account, post.clone(), *key_version), sequence);
            }
            StaffAct::OrganisationSet { version, digest, .. } => {
                self.organisations.insert(*version, (sequence, digest.clone()));
            }
            StaffAct::Founded => self.founded = Some(sequence),
            _ => {}
        }
    }
}

impl Check<'_> {
    /// Reads the keys that signatures are checked with.
    pub(super) async fn people_as_they_rest(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        if self.directory.is_none() {
            self.fault(
                "organisation, account, member or proposed_change: a row is not as any that is written here"
                    .to_owned(),
            );
            self.report.unchecked.push(
                "Signatures, people and calendar: what rests of people or organisation cannot be read."
                    .to_owned(),
            );
            return Ok(());
        }
        for account in store::accounts::all(tx).await? {
            if let Some(keys) = account.keys
                && let Ok(key) = VerifyingKey::from_bytes(&keys.signing_public)
            {
                self.keys.insert(account.id, key);
            }
        }
        Ok(())
    }

    /// Every account, key of a post, approval, removal and member.
    pub(super) async fn people(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        if self.directory.is_none() {
            return Ok(());
        }
        if self.with_key {
            self.accounts(tx).await?;
        }
        self.approvals(tx).await
    }

    async fn accounts(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let told = std::mem::take(&mut self.people);
        let accounts = store::accounts::all(tx).await?;
        for account in &accounts {
            let name = format!("account {}", account.sign_in_name);
            let Some((entry, administrator, auditor)) = told.invited.get(&account.id) else {
                self.fault(format!("{name}: the journal does not know it"));
                continue;
            };
            let other = |told: &Option<bool>, rests| told.is_some_and(|told| told != rests);
            if other(administrator, account.administrator) || other(auditor, account.auditor) {
                self.fault(format!(
                    "{name}: whether it is an administrator's or an auditor's is not what journal row {entry} says"
                ));
            }
            let fingerprint = public_keys(account)?.map(|public| public.fingerprint().to_string());
            match (fingerprint, told.fingerprints.get(&account.id)) {
                (Some(rests), Some((entry, said))) if rests != *said => self.fault(format!(
                    "{name}: its public keys are not those that journal row {entry} names; they were swapped"
                )),
                (Some(_), None) => self.fault(format!("{name}: it has keys, and the journal knows of none")),
                (None, Some((entry, _))) => {
                    self.fault(format!(
                        "{name}: it has no keys, and journal row {entry} says that it got some"
                    ));
                }
                _ => {}
            }
            let barred = told.barred.get(&account.id).is_some_and(|(_, barred)| *barred);
            if barred == account.active {
                let entry = told.barred.get(&account.id).map_or(*entry, |(entry, _)| *entry);
                self.fault(format!("{name}: whether it may sign in is not what journal row {entry} says"));
            }
        }
        let known: BTreeSet<_> = accounts.iter().map(|account| account.id).collect();
        for (account, (entry, ..)) in told.invited.iter().filter(|(account, _)| !known.contains(account)) {
            self.fault(format!(
                "account with identifier {account}: its row is missing; see journal row {entry}"
            ));
        }
        self.people = told;
        Ok(())
    }

    /// Every approval must lead to the founding leads, and every key of a post to an approval.
    async fn approvals(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let roots = self.candor.founders.read().await.clone();
        let rows = store::check::approvals(tx).await?;
        let removals = store::check::removals(tx).await?;
        if roots.0.is_empty() {
            if !rows.is_empty() {
                self.report.unchecked.push(
                    "Without the file founders.toml beside the service key no approval can be led back to the \
                     founding leads, so neither keys nor signatures are certain."
                        .to_owned(),
                );
            }
            return Ok(());
        }
        let names: BTreeMap<AccountId, String> =
            self.directory.as_ref().map(|directory| directory.names.clone()).unwrap_or_default();
        let name = |account: &AccountId| names.get(account).cloned().unwrap_or_else(|| account.to_string());
        let row = |table: &str, row: &Signed| {
            format!("{table} row of {} for {}, key {}", name(&row.account), row.post, row.key_version)
        };
        let trust = self.candor.trust(tx, &roots).await?;
        let mut in_force = BTreeSet::new();
        for one in &rows {
            let read = Approval::from_bytes(&one.body).ok();
            let is_of_row = read.as_ref().is_some_and(|approval| {
                let grant = &approval.grant;
                grant.account == one.account
                    && grant.post.to_string() == one.post
                    && store::check::version(one.key_version) == Some(grant.post_key_version)
            });
            let Some(approval) = read.filter(|_| is_of_row) else {
                self.fault(format!("{}: it is no approval of what the row says", row("approval", one)));
                continue;
            };
            if !trust.accepted().contains(&approval) {
                self.fault(format!(
                    "{}: forged; its signature, by {}, does not lead to the founding Council leads",
                    row("approval", one),
                    name(&approval.approver)
                ));
                continue;
            }
            let grant = approval.grant;
            if self.with_key
                && !self
                    .people
                    .approved
                    .keys()
                    .any(|(account, post, _)| (account, post) == (&grant.account, &grant.post))
            {
                self.fault(format!(
                    "{}: no entry of the journal says that it was given",
                    row("approval", one)
                ));
            }
            in_force.insert((grant.account, grant.post, approval.approver));
        }
        let missing: Vec<_> = self
            .people
            .approved
            .iter()
            .filter(|(key, _)| !in_force.contains(key))
            .map(|(key, entry)| (key.clone(), *entry))
            .collect();
        for ((account, post, by), entry) in missing {
            self.fault(format!(
                "approval row of {} for {post}, by {}: missing, though journal row {entry} says that it was given",
                name(&account),
                name(&by)
            ));
        }
        for (post, version, public) in store::check::post_keys(tx).await? {
            let approved = trust.accepted().iter().any(|approval| {
                let grant = &approval.grant;
                grant.post.to_string() == post
                    && store::check::version(version) == Some(grant.post_key_version)
                    && grant.post_public.as_bytes()[..] == public[..]
            });
            if !approved {
                self.fault(format!(
                    "post_key row of {post}, key {version}: its public key is not the one that was approved; it was \
                     swapped"
                ));
            }
        }
        self.removals(&removals, &row);
        for member in store::accounts::members(tx).await? {
            if member.approved && trust.verified_member(&member.account, &member.post).is_none() {
                self.fault(format!(
                    "member row of {} in {}: it says approved, and no approval leads to the founding leads",
                    name(&member.account),
                    member.post
                ));
            }
        }
        Ok(())
    }

    /// A removal that is dropped would let somebody back in.
    fn removals(&mut self, rows: &[Signed], name: &impl Fn(&str, &Signed) -> String) {
        let mut rest = self.people.removed.clone();
        for one in rows {
            let read = Removal::from_bytes(&one.body).ok().filter(|removal| {
                let departure = &removal.departure;
                departure.account == one.account && departure.post.to_string() == one.post
            });
            let Some(removal) = read else {
                self.fault(format!("{}: it is no removal of what the row says", name("removal", one)));
                continue;
            };
            let departure = removal.departure;
            let key = (departure.account, departure.post, departure.post_key_version);
            if rest.remove(&key).is_none() && self.with_key {
                self.fault(format!(
                    "{}: no entry of the journal says that it was made",
                    name("removal", one)
                ));
            }
        }
        for ((account, post, version), entry) in rest {
            self.fault(format!(
                "removal row of {account} from {post}, key {version}: missing, though journal row {entry} says that it \
                 was made"
            ));
        }
    }

    /// The organisation files are those that were set.
    pub(super) async fn organisations(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut told = std::mem::take(&mut self.people.organisations);
        let founded = self.people.founded;
        let entries: BTreeMap<i64, i64> =
            told.iter().map(|(version, (entry, _))| (*version, *entry)).collect();
        let rows = store::check::organisations(tx).await?;
        self.finer_organisations(&rows, &|version| {
            founded.is_some_and(|founded| entries.get(&version).is_none_or(|entry| *entry > founded))
        });
        for (version, body) in rows {
            match told.remove(&version) {
                None => self.fault(format!("organisation row {version}: the journal does not know it")),
                Some((entry, digest)) if digest != hexadecimal(&Sha256::digest(body.as_bytes())) => self
                    .fault(format!(
                        "organisation row {version}: it is not the file that journal row {entry} says was set"
                    )),
                Some(_) => {}
            }
        }
        for (version, (entry, _)) in told {
            self.fault(format!(
                "organisation row {version}: missing, though journal row {entry} says that it was set"
            ));
        }
        Ok(())
    }
}
