//! What a handler signs when accepting or rejecting, and a Council lead when agreeing to a
//! change: Ed25519 (RFC 8032).

use subtle::ConstantTimeEq;

use super::Error;
use super::canonical::Canonical;
use super::public::VerifyingKey;
use super::secret::SigningKey;
use crate::clock::Timestamp;
use crate::domain::agreement::About;
use crate::domain::id::{CaseId, DeploymentId, PostId};

/// What is said about a version. The words are part of what is signed: never change one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum Verdict {
    Accept,
    Reject,
    /// The matter is not joint.
    NotJoint,
    /// The Secretary's decision.
    Decide,
}

impl Verdict {
    /// The word that goes into the signature.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Accept => "accept",
            Self::Reject => "reject",
            Self::NotJoint => "not joint",
            Self::Decide => "decide",
        }
    }
}

/// A statement to be signed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Statement<'a> {
    pub deployment: DeploymentId,
    pub case: CaseId,
    /// The word of the level, such as `field`.
    pub level: &'a str,
    /// Which time the case is at this level; the first is 1.
    pub entry: u32,
    pub post: &'a PostId,
    /// From [`version_hash`].
    pub version_hash: [u8; 32],
    pub verdict: Verdict,
    pub time: Timestamp,
    /// The journal's head when this was signed.
    pub journal_head: [u8; 32],
}

impl Statement<'_> {
    fn message(&self) -> Vec<u8> {
        Canonical::new("candor statement 1")
            .bytes(self.deployment.as_bytes())
            .bytes(self.case.as_bytes())
            .text(self.level)
            .number(u64::from(self.entry))
            .text(&self.post.to_string())
            .bytes(&self.version_hash)
            .text(self.verdict.word())
            .signed_number(self.time.0)
            .bytes(&self.journal_head)
            .finish()
    }
}

/// Signs a statement; 64 bytes.
#[must_use]
pub fn sign(key: &SigningKey, statement: &Statement<'_>) -> [u8; 64] {
    key.sign(&statement.message())
}

/// Checks a signature.
///
/// # Errors
/// [`Error::NotSigned`] if the key or anything in the statement is another.
pub fn verify(key: &VerifyingKey, statement: &Statement<'_>, signature: &[u8]) -> Result<(), Error> {
    let signature = signature.try_into().map_err(|_| Error::NotSigned)?;
    key.verify(&statement.message(), signature)
}

/// A Council lead's agreement to one version of calendar and time standards, or of the organisation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Agreement<'a> {
    pub about: About,
    pub deployment: DeploymentId,
    pub version: i64,
    /// SHA-256 of the version's text, which is no secret.
    pub digest: [u8; 32],
    /// The post for which the lead agrees.
    pub post: &'a PostId,
    /// The journal's head when this was signed.
    pub journal_head: [u8; 32],
}

impl Agreement<'_> {
    fn message(&self) -> Vec<u8> {
        let tag = match self.about {
            About::Time => "candor time agreement 1",
            About::Organisation => "candor organisation agreement 1",
        };
        Canonical::new(tag)
            .bytes(self.deployment.as_bytes())
            .signed_number(self.version)
            .bytes(&self.digest)
            .text(&self.post.to_string())
            .bytes(&self.journal_head)
            .finish()
    }

    /// Signs it; 64 bytes.
    #[must_use]
    pub fn sign(&self, key: &SigningKey) -> [u8; 64] {
        key.sign(&self.message())
    }

    /// Checks a signature.
    ///
    /// # Errors
    /// [`Error::NotSigned`] if the key or anything in the agreement is another.
    pub fn verify(&self, key: &VerifyingKey, signature: &[u8]) -> Result<(), Error> {
        let signature = signature.try_into().map_err(|_| Error::NotSigned)?;
        key.verify(&self.message(), signature)
    }
}

/// What stands for a version where it is signed: SHA-256 over a tag, a salt sealed with
/// the version, and the version's bytes. Without the salt nobody can test a guess of the
/// text, and once the sealed version is destroyed the hash says nothing.
#[must_use]
pub fn version_hash(salt: &[u8; 32], version: &[u8]) -> [u8; 32] {
    Canonical::new("candor version 1").bytes(salt).bytes(version).digest()
}

/// Whether `hash` is the one of this version and salt; in constant time.
#[must_use]
pub fn verify_version(hash: &[u8; 32], salt: &[u8; 32], version: &[u8]) -> bool {
    version_hash(salt, version).ct_eq(hash).into()
}
