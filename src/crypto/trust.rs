//! Whose keys may be sealed for: those that a chain of approvals ties to a founding lead.
//!
//! The two founding Council leads stand in the configuration, outside the database, by
//! account and fingerprint. Everything else follows from signatures, so that whoever
//! writes the database can take readers away but cannot add one.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};

use super::account::{AccountPublic, Fingerprint};
use super::approval::{Approval, Grant};
use super::audience::RECEIPT_KEY_VERSION;
use super::public::{ReaderPublicKey, VerifyingKey};
use super::secret::ReceiptKey;
use crate::domain::audience::Reader;
use crate::domain::id::{AccountId, ComponentId, DeploymentId, PostId};

/// A founding Council lead.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Root {
    pub account: AccountId,
    pub fingerprint: Fingerprint,
}

/// The founding Council leads by component.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Roots(pub BTreeMap<ComponentId, Root>);

/// A reader whose public key may be sealed for. It can be had only from a [`TrustMap`]
/// or from a receipt.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedReader {
    reader: Reader,
    key_version: u32,
    public: ReaderPublicKey,
}

impl VerifiedReader {
    /// The holder of a receipt, from the receipt itself.
    #[must_use]
    pub fn receipt(key: &ReceiptKey) -> Self {
        Self::receipt_from_record(key.public())
    }

    /// The holder of a receipt, from a public key that was kept under the service key.
    /// Only for a key that [`super::service::ServiceKeys::open`] has just given back:
    /// nothing else vouches for it.
    #[must_use]
    pub const fn receipt_from_record(public: ReaderPublicKey) -> Self {
        Self { reader: Reader::Receipt, key_version: RECEIPT_KEY_VERSION, public }
    }

    #[must_use]
    pub const fn reader(&self) -> &Reader {
        &self.reader
    }

    #[must_use]
    pub const fn key_version(&self) -> u32 {
        self.key_version
    }

    #[must_use]
    pub const fn public(&self) -> &ReaderPublicKey {
        &self.public
    }
}

/// Somebody who holds a post, by approvals that lead to a founding lead. It can be had
/// only from a [`TrustMap`].
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct VerifiedMember(Grant);

impl VerifiedMember {
    #[must_use]
    pub const fn deployment(&self) -> DeploymentId {
        self.0.deployment
    }

    #[must_use]
    pub const fn account(&self) -> AccountId {
        self.0.account
    }

    #[must_use]
    pub const fn post(&self) -> &PostId {
        &self.0.post
    }

    #[must_use]
    pub const fn lead(&self) -> bool {
        self.0.lead
    }

    #[must_use]
    pub const fn post_key_version(&self) -> u32 {
        self.0.post_key_version
    }

    #[must_use]
    pub const fn public(&self) -> &AccountPublic {
        &self.0.account_public
    }

    #[must_use]
    pub const fn post_public(&self) -> &ReaderPublicKey {
        &self.0.post_public
    }
}

/// The approvals that hold, and what follows from them.
///
/// An approval holds if it is of this deployment and its signature is that of
/// - a founding lead: of the post's own component for a Council post, of either for
///   any other post; or
/// - a member of the same post, by an approval that holds: for the same version and key,
///   or for the version before (whoever leaves somebody out makes the next version).
///
/// Only a lead makes a lead. Where approvals that hold contradict each other on a key,
/// there is no key: nothing is sealed rather than something for the wrong person.
#[derive(Clone, Debug, Default)]
pub struct TrustMap {
    accepted: Vec<Approval>,
    rejected: Vec<usize>,
    posts: BTreeMap<PostId, Option<VerifiedReader>>,
    members: BTreeMap<PostId, BTreeMap<AccountId, VerifiedMember>>,
    accounts: BTreeMap<AccountId, Option<VerifiedReader>>,
}

impl TrustMap {
    /// Verifies approvals, in any order, until no more can be accepted.
    #[must_use]
    pub fn build(deployment: DeploymentId, roots: &Roots, approvals: &[Approval]) -> Self {
        let founders = Founders::find(roots, approvals);
        let mut pending: Vec<(usize, &Approval)> = approvals
            .iter()
            .enumerate()
            .filter(|(_, approval)| {
                approval.grant.deployment == deployment && approval.grant.post_key_version > 0
            })
            .collect();
        let mut authorities: BTreeMap<(&AccountId, &PostId), Vec<&Grant>> = BTreeMap::new();
        let mut accepted: Vec<(usize, &Approval)> = Vec::new();
        loop {
            let (holds, waits): (Vec<_>, Vec<_>) = pending.into_iter().partition(|(_, approval)| {
                let members = authorities.get(&(&approval.approver, &approval.grant.post));
                founders.approve(approval) || members.is_some_and(|grants| members_approve(grants, approval))
            });
            pending = waits;
            if holds.is_empty() {
                break;
            }
            for (_, approval) in &holds {
                let grant = &approval.grant;
                authorities.entry((&grant.account, &grant.post)).or_default().push(grant);
            }
            accepted.extend(holds);
        }
        accepted.sort_by_key(|(index, _)| *index);
        let mut rejected: Vec<usize> = (0..approvals.len()).collect();
        rejected.retain(|index| accepted.binary_search_by_key(index, |(at, _)| *at).is_err());
        let mut map = Self {
            accepted: accepted.into_iter().map(|(_, approval)| approval.clone()).collect(),
            rejected,
            ..Self::default()
        };
        map.conclude();
        map
    }

    /// The newest key of a post. None if nobody holds it or approvals contradict each other.
    #[must_use]
    pub fn reader(&self, post: &PostId) -> Option<VerifiedReader> {
        self.posts.get(post)?.clone()
    }

    /// The reading key of a person who holds a post. None if the posts that the person
    /// holds do not agree on it.
    #[must_use]
    pub fn account(&self, account: &AccountId) -> Option<VerifiedReader> {
        self.accounts.get(account)?.clone()
    }

    /// Whether a person holds a post at its newest version, and if so whether as a lead.
    #[must_use]
    pub fn member(&self, account: &AccountId, post: &PostId) -> Option<bool> {
        self.verified_member(account, post).map(VerifiedMember::lead)
    }

    /// A person who holds a post at its newest version, to wrap the post's key for.
    #[must_use]
    pub fn verified_member(&self, account: &AccountId, post: &PostId) -> Option<&VerifiedMember> {
        self.members.get(post)?.get(account)
    }

    /// Everybody who holds a post at its newest version.
    pub fn members(&self, post: &PostId) -> impl Iterator<Item = &VerifiedMember> {
        self.members.get(post).into_iter().flat_map(BTreeMap::values)
    }

    /// The keys under which a person has held a post in any version: to check what was
    /// signed earlier, also by somebody who has left since.
    pub fn verifying_keys(&self, account: &AccountId, post: &PostId) -> impl Iterator<Item = &VerifyingKey> {
        self.accepted
            .iter()
            .map(|approval| &approval.grant)
            .filter(move |grant| grant.account == *account && grant.post == *post)
            .map(|grant| &grant.account_public.verifying)
    }

    /// The places, in the list given to [`Self::build`], of approvals that do not hold.
    #[must_use]
    pub fn rejected(&self) -> &[usize] {
        &self.rejected
    }

    fn conclude(&mut self) {
        let mut posts: BTreeMap<&PostId, Vec<&Grant>> = BTreeMap::new();
        for approval in &self.accepted {
            posts.entry(&approval.grant.post).or_default().push(&approval.grant);
        }
        let mut accounts: BTreeMap<AccountId, Option<VerifiedReader>> = BTreeMap::new();
        for (post, grants) in posts {
            let newest = newest(&grants, |grant| grant.post_key_version);
            let agreed = agree(&newest, |grant| &grant.post_public);
            self.posts.insert(
                post.clone(),
                agreed.map(|grant| VerifiedReader {
                    reader: Reader::Post(post.clone()),
                    key_version: grant.post_key_version,
                    public: grant.post_public.clone(),
                }),
            );
            if agreed.is_none() {
                continue;
            }
            let mut people: BTreeMap<AccountId, Vec<&Grant>> = BTreeMap::new();
            for grant in newest {
                people.entry(grant.account).or_default().push(grant);
            }
            for (account, grants) in people {
                let member = member(&grants);
                let reader = member.as_ref().map(|member| VerifiedReader {
                    reader: Reader::Account(account),
                    key_version: member.0.account_key_version,
                    public: member.0.account_public.reading.clone(),
                });
                accounts
                    .entry(account)
                    .and_modify(|known| {
                        if *known != reader {
                            *known = None;
                        }
                    })
                    .or_insert(reader);
                if let Some(member) = member {
                    self.members.entry(post.clone()).or_default().insert(account, member);
                }
            }
        }
        self.accounts = accounts;
    }
}

/// The founding leads whose keys are known and have the fingerprint of the configuration.
struct Founders<'a> {
    keys: BTreeMap<&'a ComponentId, (AccountId, VerifyingKey)>,
}

impl<'a> Founders<'a> {
    /// Any approval may bring a founder's keys: the fingerprint vouches for them.
    fn find(roots: &'a Roots, approvals: &[Approval]) -> Self {
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

    fn approve(&self, approval: &Approval) -> bool {
        self.keys
            .iter()
            .filter(|(component, _)| match &approval.grant.post {
                PostId::Council(of) => of == **component,
                _ => true,
            })
            .any(|(_, (account, key))| *account == approval.approver && approval.verify(key).is_ok())
    }
}

/// Whether the approver, by one of the grants it holds for the same post, may approve this.
fn members_approve(held: &[&Grant], approval: &Approval) -> bool {
    let grant = &approval.grant;
    held.iter().any(|held| {
        let same = held.post_key_version == grant.post_key_version && held.post_public == grant.post_public;
        let next = held.post_key_version.checked_add(1) == Some(grant.post_key_version);
        (same || next)
            && (held.lead || !grant.lead)
            && approval.verify(&held.account_public.verifying).is_ok()
    })
}

/// The grants with the highest version.
fn newest<'a>(grants: &[&'a Grant], version: impl Fn(&Grant) -> u32) -> Vec<&'a Grant> {
    let highest = grants.iter().map(|grant| version(grant)).max();
    grants.iter().copied().filter(|grant| Some(version(grant)) == highest).collect()
}

/// One of the grants, if all have the same key.
fn agree<'a, K: PartialEq>(grants: &[&'a Grant], key: impl Fn(&'a Grant) -> K) -> Option<&'a Grant> {
    let (first, rest) = grants.split_first()?;
    rest.iter().all(|grant| key(grant) == key(first)).then_some(first)
}

/// One person's place in a post, from the grants for the newest version of the post.
fn member(grants: &[&Grant]) -> Option<VerifiedMember> {
    let newest = newest(grants, |grant| grant.account_key_version);
    let mut grant = agree(&newest, |grant| &grant.account_public)?.clone();
    grant.lead = newest.iter().any(|grant| grant.lead);
    Some(VerifiedMember(grant))
}
