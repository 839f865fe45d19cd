//! Whose keys may be sealed for: those that a chain of approvals ties to a founding lead.
//!
//! The two founding Council leads stand in the configuration, outside the database, by
//! account and fingerprint. Everything else follows from signatures, so that whoever
//! writes the database can take readers away but cannot add one.

mod version;

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use super::account::{AccountPublic, Fingerprint};
use super::approval::{Approval, Grant};
use super::audience::RECEIPT_KEY_VERSION;
use super::public::{ReaderPublicKey, VerifyingKey};
use super::removal::Removal;
use super::secret::ReceiptKey;
use crate::domain::audience::Reader;
use crate::domain::id::{AccountId, ComponentId, DeploymentId, PostId};

use version::{Founders, Opening, Placed, Version};

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
/// Each version of a post's key is opened once:
/// - by a founding lead (of the post's own component for a Council post, of either for
///   any other post), which the first version always is; or
/// - by a member of the version before, for itself. If two members do that, neither
///   counts, and only a founding lead can open a later version: somebody who was left
///   out must not come back by opening what another has opened.
///
/// A founding lead's opening goes before members'. Everybody else in a version is
/// approved by somebody already in it, or by a founding lead, for the key it was opened
/// with. A lead is made by a lead or a founding lead, or was one, with the same keys, in
/// the version before. Where approvals that hold contradict each other on a key, there is
/// no key: nothing is sealed rather than something for the wrong person.
///
/// A removal takes somebody out of the version that it names, if a member of that version or a
/// founding lead signed it. Where it leaves nobody, the post has no key until a founding lead opens
/// the next version: nothing is sealed for somebody who has left.
///
/// What this cannot see is what is missing: a list cut back to an earlier state is true
/// to that state. The journal's heads kept outside show it.
#[derive(Clone, Debug, Default)]
pub struct TrustMap {
    accepted: Vec<Approval>,
    rejected: Vec<usize>,
    posts: BTreeMap<PostId, VerifiedReader>,
    members: BTreeMap<PostId, BTreeMap<AccountId, VerifiedMember>>,
    accounts: BTreeMap<AccountId, Option<VerifiedReader>>,
}

impl TrustMap {
    /// Verifies approvals, in any order.
    #[must_use]
    pub fn build(deployment: DeploymentId, roots: &Roots, approvals: &[Approval]) -> Self {
        Self::build_without(deployment, roots, approvals, &[])
    }

    /// Verifies approvals and removals, each in any order.
    #[must_use]
    pub fn build_without(
        deployment: DeploymentId,
        roots: &Roots,
        approvals: &[Approval],
        removals: &[Removal],
    ) -> Self {
        let founders = Founders::find(roots, approvals);
        let mut versions: BTreeMap<&PostId, BTreeMap<u32, Vec<Placed<'_>>>> = BTreeMap::new();
        for (index, approval) in approvals.iter().enumerate() {
            let grant = &approval.grant;
            if grant.deployment == deployment && grant.post_key_version > 0 {
                let versions = versions.entry(&grant.post).or_default();
                versions.entry(grant.post_key_version).or_default().push((index, approval));
            }
        }
        let mut map = Self::default();
        let mut holds = BTreeSet::new();
        for (post, versions) in versions {
            let mut before = Version::default();
            let mut newest = None;
            for (number, approvals) in versions {
                if before.number.checked_add(1) != Some(number) {
                    before = Version::default();
                }
                match Version::open(number, &before, &founders, &approvals) {
                    Opening::None => before = Version::default(),
                    Opening::Contradiction => {
                        before = Version::default();
                        newest = None;
                    }
                    Opening::Opened(mut version) => {
                        version.remove(deployment, post, removals, &founders);
                        holds.extend(version.approvals.iter().map(|(index, _)| *index));
                        newest = Some(version.clone());
                        before = version;
                    }
                }
            }
            if let Some(version) = newest {
                map.conclude(post, &version);
            }
        }
        for (index, approval) in approvals.iter().enumerate() {
            if holds.contains(&index) {
                map.accepted.push(approval.clone());
            } else {
                map.rejected.push(index);
            }
        }
        map
    }

    /// The newest key of a post. None if nobody holds it or approvals contradict each other.
    #[must_use]
    pub fn reader(&self, post: &PostId) -> Option<VerifiedReader> {
        self.posts.get(post).cloned()
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

    /// The approvals that hold.
    #[must_use]
    pub fn accepted(&self) -> &[Approval] {
        &self.accepted
    }

    /// The places, in the list given to [`Self::build`], of approvals that do not hold.
    #[must_use]
    pub fn rejected(&self) -> &[usize] {
        &self.rejected
    }

    /// Takes the newest version of a post as the one that counts.
    fn conclude(&mut self, post: &PostId, version: &Version<'_>) {
        let Some((_, first)) = version.approvals.first() else { return };
        if version.members().is_empty() {
            return;
        }
        let reader = VerifiedReader {
            reader: Reader::Post(post.clone()),
            key_version: version.number,
            public: first.grant.post_public.clone(),
        };
        self.posts.insert(post.clone(), reader);
        for (account, member) in version.members() {
            let reader = member.as_ref().map(|VerifiedMember(grant)| VerifiedReader {
                reader: Reader::Account(account),
                key_version: grant.account_key_version,
                public: grant.account_public.reading.clone(),
            });
            // The posts that a person holds must agree on the person's key.
            let known = self.accounts.entry(account).or_insert_with(|| reader.clone());
            if *known != reader {
                *known = None;
            }
            if let Some(member) = member {
                self.members.entry(post.clone()).or_default().insert(account, member);
            }
        }
    }
}
