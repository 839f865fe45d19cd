//! Who is in one version of a post's key.

use std::collections::{BTreeMap, BTreeSet};

use super::{Roots, VerifiedMember};
use crate::crypto::approval::{Approval, Grant};
use crate::crypto::public::VerifyingKey;
use crate::crypto::removal::Removal;
use crate::domain::id::{AccountId, ComponentId, DeploymentId, PostId};

/// An approval with its place in the list.
pub(super) type Placed<'a> = (usize, &'a Approval);

/// What the approvals of one version say of how it was opened.
pub(super) enum Opening<'a> {
    None,
    Contradiction,
    Opened(Version<'a>),
}

/// Approvals that hold for one version of a post's key.
#[derive(Clone, Default)]
pub(super) struct Version<'a> {
    pub(super) number: u32,
    pub(super) approvals: Vec<Placed<'a>>,
    /// Who was in it and has been removed.
    removed: BTreeSet<AccountId>,
}

impl<'a> Version<'a> {
    /// Finds who opened a version and whom those in it have approved.
    pub(super) fn open(
        number: u32,
        before: &Self,
        founders: &Founders<'_>,
        approvals: &[Placed<'a>],
    ) -> Opening<'a> {
        let (opening, mut pending): (Vec<_>, Vec<_>) =
            approvals.iter().copied().partition(|(_, approval)| approval.grant.opens);
        let by_founders: Vec<_> =
            opening.iter().copied().filter(|(_, approval)| founders.signed(approval)).collect();
        let openers = if by_founders.is_empty() {
            let by_members: Vec<_> =
                opening.into_iter().filter(|(_, approval)| before.lets_open(approval)).collect();
            if !all_same(&by_members, |approval| &approval.grant.account) {
                return Opening::Contradiction;
            }
            by_members
        } else {
            by_founders
        };
        let Some((_, first)) = openers.first().copied() else { return Opening::None };
        if !all_same(&openers, |approval| &approval.grant.post_public) {
            return Opening::Contradiction;
        }
        pending.retain(|(_, approval)| approval.grant.post_public == first.grant.post_public);
        let mut version = Self { number, approvals: openers, removed: BTreeSet::new() };
        loop {
            let (holds, waits): (Vec<_>, Vec<_>) = pending
                .into_iter()
                .partition(|(_, approval)| founders.signed(approval) || version.approves(approval, before));
            if holds.is_empty() {
                return Opening::Opened(version);
            }
            version.approvals.extend(holds);
            pending = waits;
        }
    }

    /// Takes out whoever was removed from this version. Two who remove each other both leave: the
    /// order in which they signed is not known here, and nobody is the safe answer.
    pub(super) fn remove(
        &mut self,
        deployment: DeploymentId,
        post: &PostId,
        removals: &[Removal],
        founders: &Founders<'_>,
    ) {
        let by_member = |removal: &Removal| {
            self.approvals.iter().map(|(_, held)| &held.grant).any(|held| {
                held.account == removal.signer && removal.verify(&held.account_public.verifying).is_ok()
            })
        };
        self.removed = removals
            .iter()
            .filter(|removal| {
                let departure = &removal.departure;
                departure.deployment == deployment
                    && departure.post == *post
                    && departure.post_key_version == self.number
                    && (by_member(removal) || founders.removed(removal))
            })
            .map(|removal| removal.departure.account)
            .collect();
    }

    /// Whether a member of this version opens the next for itself.
    fn lets_open(&self, approval: &Approval) -> bool {
        let grant = &approval.grant;
        approval.approver == grant.account
            && self.member(&grant.account).is_some_and(|VerifiedMember(held)| {
                (held.lead || !grant.lead) && approval.verify(&held.account_public.verifying).is_ok()
            })
    }

    /// Whether the approver, by one of the approvals it has in this version, may approve.
    fn approves(&self, approval: &Approval, before: &Self) -> bool {
        let grant = &approval.grant;
        let was_lead = || {
            before
                .member(&grant.account)
                .is_some_and(|VerifiedMember(held)| held.lead && held.account_public == grant.account_public)
        };
        self.approvals.iter().map(|(_, held)| &held.grant).any(|held| {
            held.account == approval.approver
                && (held.lead || !grant.lead || was_lead())
                && approval.verify(&held.account_public.verifying).is_ok()
        })
    }

    fn member(&self, account: &AccountId) -> Option<VerifiedMember> {
        if self.removed.contains(account) {
            return None;
        }
        let grants = self.approvals.iter().map(|(_, approval)| &approval.grant);
        member(&grants.filter(|grant| grant.account == *account).collect::<Vec<_>>())
    }

    pub(super) fn members(&self) -> BTreeMap<AccountId, Option<VerifiedMember>> {
        let accounts: BTreeSet<AccountId> =
            self.approvals.iter().map(|(_, approval)| approval.grant.account).collect();
        let accounts = accounts.difference(&self.removed).copied();
        accounts.map(|account| (account, self.member(&account))).collect()
    }
}

/// One person's place in a version: that of the newest keys, if there is no doubt about them.
fn member(grants: &[&Grant]) -> Option<VerifiedMember> {
    let newest = grants.iter().map(|grant| grant.account_key_version).max()?;
    let mut grants = grants.iter().filter(|grant| grant.account_key_version == newest);
    let mut one = (*grants.next()?).clone();
    for other in grants {
        if other.account_public != one.account_public {
            return None;
        }
        one.lead |= other.lead;
    }
    Some(VerifiedMember(one))
}

fn all_same<'a, T: PartialEq + 'a>(approvals: &[Placed<'a>], part: impl Fn(&'a Approval) -> &'a T) -> bool {
    approvals.windows(2).all(|pair| match pair {
        [(_, one), (_, other)] => part(one) == part(other),
        _ => true,
    })
}

/// The founding leads whose keys are known and have the fingerprint of the configuration.
pub(super) struct Founders<'a> {
    keys: BTreeMap<&'a ComponentId, (AccountId, VerifyingKey)>,
}

impl<'a> Founders<'a> {
    /// Any approval may bring a founder's keys: the fingerprint vouches for them.
    pub(super) fn find(roots: &'a Roots, approvals: &[Approval]) -> Self {
        let mut keys = BTreeMap::new();
        for (component, root) in &roots.0 {
            let found = approvals
                .iter()
                .filter(|approval| approval.grant.account == root.account)
                .find(|approval| approval.grant.account_public.fingerprint() == root.fingerprint);
            if let Some(approval) = found {
                keys.insert(component, (root.account, approval.grant.account_public.verifying));
            }
        }
        Self { keys }
    }

    fn signed(&self, approval: &Approval) -> bool {
        self.over(&approval.grant.post)
            .any(|(account, key)| *account == approval.approver && approval.verify(key).is_ok())
    }

    fn removed(&self, removal: &Removal) -> bool {
        self.over(&removal.departure.post)
            .any(|(account, key)| *account == removal.signer && removal.verify(key).is_ok())
    }

    /// The founders who may begin a version of a post: its own component's for a Council post.
    fn over(&self, post: &PostId) -> impl Iterator<Item = &(AccountId, VerifyingKey)> {
        self.keys
            .iter()
            .filter(move |(component, _)| match post {
                PostId::Council(of) => of == **component,
                _ => true,
            })
            .map(|(_, key)| key)
    }
}
