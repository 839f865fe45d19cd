//! Signed statements that a person holds a post with certain keys.

use std::fmt;

use super::Error;
use super::account::AccountPublic;
use super::canonical::{Canonical, Fields};
use super::public::{ReaderPublicKey, VerifyingKey};
use super::secret::SigningKey;
use crate::domain::id::{AccountId, DeploymentId, PostId};

pub use super::trust::{Root, Roots, TrustMap, VerifiedMember, VerifiedReader};

/// What an approval grants.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Grant {
    pub deployment: DeploymentId,
    /// Who holds the post.
    pub account: AccountId,
    pub post: PostId,
    /// Whether as one of its leads.
    pub lead: bool,
    /// Version of the post's key; the first is 1.
    pub post_key_version: u32,
    /// Whether this begins the version: made by a founding lead for a new post or one
    /// that has lost its members, or by a member for itself when somebody is left out.
    pub opens: bool,
    /// Version of the account's keys; the first is 1, and a person who has lost a
    /// passphrase comes back with the next.
    pub account_key_version: u32,
    pub account_public: AccountPublic,
    pub post_public: ReaderPublicKey,
}

/// A grant signed by a member of the same post, or by a founding lead.
#[derive(Clone, PartialEq, Eq)]
pub struct Approval {
    pub grant: Grant,
    pub approver: AccountId,
    /// Ed25519 over the grant and the approver.
    pub signature: [u8; 64],
}

impl fmt::Debug for Approval {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Approval")
            .field("grant", &self.grant)
            .field("approver", &self.approver)
            .finish_non_exhaustive()
    }
}

/// Signs a grant. The person must have compared the [fingerprint] outside the system.
///
/// [fingerprint]: AccountPublic::fingerprint
#[must_use]
pub fn approve(signing: &SigningKey, approver: AccountId, grant: Grant) -> Approval {
    let signature = signing.sign(&fields("candor approval 1", &grant, approver).finish());
    Approval { grant, approver, signature }
}

fn fields(tag: &str, grant: &Grant, approver: AccountId) -> Canonical {
    Canonical::new(tag)
        .bytes(grant.deployment.as_bytes())
        .bytes(grant.account.as_bytes())
        .text(&grant.post.to_string())
        .flag(grant.lead)
        .number(u64::from(grant.post_key_version))
        .flag(grant.opens)
        .number(u64::from(grant.account_key_version))
        .bytes(grant.account_public.reading.as_bytes())
        .bytes(grant.account_public.verifying.as_bytes())
        .bytes(grant.post_public.as_bytes())
        .bytes(approver.as_bytes())
}

const RECORD: &str = "candor approval record 1";

/// Longest stored approval in bytes: two public keys of 1216, and room for a post's name.
const LONGEST: usize = 8 * 1024;

impl Approval {
    /// Checks the signature against one key. Whether that key may approve is for
    /// [`TrustMap`] to say.
    ///
    /// # Errors
    /// [`Error::NotSigned`].
    pub fn verify(&self, approver: &VerifyingKey) -> Result<(), Error> {
        approver.verify(&fields("candor approval 1", &self.grant, self.approver).finish(), &self.signature)
    }

    /// The approval as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        fields(RECORD, &self.grant, self.approver).bytes(&self.signature).finish()
    }

    /// Reads a stored approval; says nothing of whether it is genuine.
    ///
    /// # Errors
    /// [`Error::CouldNotBeOpened`] if it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > LONGEST {
            return Err(Error::CouldNotBeOpened);
        }
        Self::read(bytes).filter(|approval| approval.to_bytes() == bytes).ok_or(Error::CouldNotBeOpened)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::after(RECORD, bytes)?;
        let deployment = DeploymentId(uuid::Uuid::from_bytes(fields.array()?));
        let account = AccountId(uuid::Uuid::from_bytes(fields.array()?));
        let post = fields.text()?.parse().ok()?;
        let lead = fields.flag()?;
        let post_key_version = u32::try_from(fields.number()?).ok()?;
        let opens = fields.flag()?;
        let account_key_version = u32::try_from(fields.number()?).ok()?;
        let reading = ReaderPublicKey::from_bytes(fields.bytes()?).ok()?;
        let verifying = VerifyingKey::from_bytes(fields.bytes()?).ok()?;
        let post_public = ReaderPublicKey::from_bytes(fields.bytes()?).ok()?;
        let approver = AccountId(uuid::Uuid::from_bytes(fields.array()?));
        let signature = fields.array()?;
        let account_public = AccountPublic { reading, verifying };
        let grant = Grant {
            deployment,
            account,
            post,
            lead,
            post_key_version,
            opens,
            account_key_version,
            account_public,
            post_public,
        };
        fields.is_finished().then_some(Self { grant, approver, signature })
    }
}
