//! Audience keys wrapped for readers.
//!
//! Form: `hybrid` with suite byte 2. The information bound to a wrap names the
//! reader and the hash of its public key, so that a wrap cannot be passed off as one
//! for somebody else.

use super::canonical::Canonical;
use super::public::ReaderPublicKey;
use super::secret::{AudienceKey, PostKey, ReadingKey, ReceiptKey, Secret};
use super::{Error, Suite, hybrid};
use crate::domain::audience::{Audience, Reader};
use crate::domain::id::{CaseId, DeploymentId};
use crate::rng::Randomness;

pub use super::trust::VerifiedReader;

/// Bytes of a wrap.
pub const WRAP_LENGTH: usize = hybrid::LENGTH;

/// A receipt has one key for ever, so its version is always this.
pub const RECEIPT_KEY_VERSION: u32 = 1;

/// What a wrap is for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WrapContext {
    pub deployment: DeploymentId,
    pub case: CaseId,
    pub audience: Audience,
    /// Version of the audience's key.
    pub version: u32,
    pub reader: Reader,
    /// Version of the reader's key.
    pub reader_key_version: u32,
}

impl WrapContext {
    fn info(&self, reader_key: &ReaderPublicKey) -> Vec<u8> {
        let list = Canonical::new("candor audience wrap 1")
            .bytes(self.deployment.as_bytes())
            .bytes(self.case.as_bytes())
            .number(u64::from(self.audience.code()))
            .number(u64::from(self.version));
        let list = match &self.reader {
            Reader::Post(post) => list.text("post").text(&post.to_string()),
            Reader::Account(account) => list.text("account").bytes(account.as_bytes()),
            Reader::Receipt => list.text("receipt").bytes(&[]),
        };
        list.number(u64::from(self.reader_key_version))
            .bytes(&reader_key.digest())
            .number(u64::from(Suite::AudienceWrap.byte()))
            .finish()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::PostKey {}
    impl Sealed for super::ReadingKey {}
    impl Sealed for super::ReceiptKey {}
}

/// A private key that opens wraps: of a post, an account or a receipt.
pub trait ReaderPrivateKey: sealed::Sealed {
    #[doc(hidden)]
    fn seed(&self) -> &Secret<32>;
    /// Whether keys of this kind are the keys of such a reader.
    #[doc(hidden)]
    fn belongs_to(reader: &Reader) -> bool;
}

impl ReaderPrivateKey for PostKey {
    fn seed(&self) -> &Secret<32> {
        self.secret()
    }
    fn belongs_to(reader: &Reader) -> bool {
        matches!(reader, Reader::Post(_))
    }
}

impl ReaderPrivateKey for ReadingKey {
    fn seed(&self) -> &Secret<32> {
        self.secret()
    }
    fn belongs_to(reader: &Reader) -> bool {
        matches!(reader, Reader::Account(_))
    }
}

impl ReaderPrivateKey for ReceiptKey {
    fn seed(&self) -> &Secret<32> {
        self.secret()
    }
    fn belongs_to(reader: &Reader) -> bool {
        matches!(reader, Reader::Receipt)
    }
}

/// Wraps an audience's key for a reader.
///
/// # Errors
/// [`Error::WrongReader`] if the context names another reader or version of its key.
pub fn wrap(
    key: &AudienceKey,
    context: &WrapContext,
    reader: &VerifiedReader,
    randomness: &Randomness,
) -> Result<Vec<u8>, Error> {
    if context.reader != *reader.reader() || context.reader_key_version != reader.key_version() {
        return Err(Error::WrongReader);
    }
    hybrid::wrap(
        Suite::AudienceWrap,
        key.secret(),
        &context.info(reader.public()),
        reader.public(),
        randomness,
        "audience wrap",
    )
}

/// Opens a wrap with the reader's private key.
///
/// # Errors
/// If the key or anything in the context is another, or a byte was changed.
pub fn unwrap<K: ReaderPrivateKey>(
    bytes: &[u8],
    context: &WrapContext,
    private: &K,
) -> Result<AudienceKey, Error> {
    if bytes.len() != WRAP_LENGTH || !K::belongs_to(&context.reader) {
        return Err(Error::CouldNotBeOpened);
    }
    let info = context.info(&hybrid::public_key(private.seed()));
    hybrid::unwrap(Suite::AudienceWrap, bytes, &info, private.seed()).map(AudienceKey::from_secret)
}
