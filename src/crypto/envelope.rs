//! Sealed texts of a case.
//!
//! Form: suite byte 1 ‖ nonce (24) ‖ XChaCha20-Poly1305 of the padded text. Whatever
//! says where the text belongs is bound to it, so that a row moved to another case,
//! audience, version or author does not open.

use zeroize::Zeroizing;

use super::canonical::Canonical;
use super::pad::{self, SizeClass};
use super::secret::AudienceKey;
use super::{Error, Suite, cipher};
use crate::domain::audience::{Audience, AuthorClass, Kind};
use crate::domain::id::{CaseId, DeploymentId, EnvelopeId};
use crate::rng::Randomness;

/// Where a text belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct ContentContext {
    pub deployment: DeploymentId,
    pub case: CaseId,
    pub audience: Audience,
    /// Version of the audience's key.
    pub version: u32,
    /// The row.
    pub envelope: EnvelopeId,
    pub kind: Kind,
    pub author: AuthorClass,
}

impl ContentContext {
    pub(super) fn associated(&self) -> Vec<u8> {
        Canonical::new("candor content 1")
            .bytes(self.deployment.as_bytes())
            .bytes(self.case.as_bytes())
            .number(u64::from(self.audience.code()))
            .number(u64::from(self.version))
            .bytes(self.envelope.as_bytes())
            .number(u64::from(self.kind.code()))
            .number(u64::from(self.author.code()))
            .number(u64::from(Suite::Content.byte()))
            .finish()
    }
}

/// Seals a text, padded to its size class or to `at_least`, whichever is larger.
///
/// # Errors
/// If the text is longer than the largest class.
pub fn seal(
    key: &AudienceKey,
    context: &ContentContext,
    plaintext: &[u8],
    at_least: SizeClass,
    randomness: &Randomness,
) -> Result<Vec<u8>, Error> {
    let class = SizeClass::for_length(plaintext.len())?.max(at_least);
    let padded = pad::pad_to(class, plaintext)?;
    cipher::seal(Suite::Content, key.secret(), &context.associated(), &padded, randomness, "content nonce")
}

/// Opens a sealed text.
///
/// # Errors
/// If the key or anything in the context is another, or a byte was changed.
pub fn open(key: &AudienceKey, context: &ContentContext, sealed: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    if sealed.len() > SizeClass::LARGEST.padded_length() + cipher::OVERHEAD {
        return Err(Error::CouldNotBeOpened);
    }
    pad::unpad_owned(cipher::open(Suite::Content, key.secret(), &context.associated(), sealed)?)
}
