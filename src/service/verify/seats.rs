//! Who held which post at the entry of the journal that is being read.

use std::collections::{BTreeMap, BTreeSet};

use crate::crypto::approval::Approval;
use crate::domain::id::{AccountId, PostId};
use crate::service::record::StaffAct;

/// What the entries so far say.
#[derive(Default)]
pub(super) struct Then {
    /// The fingerprint of each account's keys.
    fingerprints: BTreeMap<AccountId, String>,
    approved: BTreeSet<(AccountId, PostId)>,
    barred: BTreeSet<AccountId>,
}

impl Then {
    pub(super) fn act(&mut self, act: &StaffAct) {
        match act {
            StaffAct::Activated { account, fingerprint } => {
                self.fingerprints.insert(*account, fingerprint.clone());
                // Whoever comes back with new keys waits to be approved again.
                self.approved.retain(|(approved, _)| approved != account);
            }
            StaffAct::Approved { account, post, .. } => {
                self.approved.insert((*account, post.clone()));
            }
            StaffAct::Removed { account, post, .. } => {
                self.approved.remove(&(*account, post.clone()));
            }
            StaffAct::Barred { account, .. } => {
                self.barred.insert(*account);
            }
            StaffAct::Readmitted { account, .. } => {
                self.barred.remove(account);
            }
            _ => {}
        }
    }

    /// Whether somebody leads a post: approved and not gone by the journal, and made a lead of it by an approval
    /// that leads to the founding leads, for the very keys that they have. Nobody becomes a lead with keys that
    /// held the post as a member, so these keys say which approval it was.
    pub(super) fn led(&self, account: AccountId, post: &PostId, accepted: &[Approval]) -> bool {
        let key = (account, post.clone());
        let keys = self.fingerprints.get(&account);
        self.approved.contains(&key)
            && !self.barred.contains(&account)
            && accepted.iter().map(|approval| &approval.grant).any(|grant| {
                grant.lead
                    && (grant.account, &grant.post) == (account, post)
                    && keys.is_some_and(|keys| grant.account_public.fingerprint().to_string() == *keys)
            })
    }
}
