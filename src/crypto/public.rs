//! Public keys: checked when they come in, so that what is held can be used.

use std::fmt;

use ed25519_dalek::Signature;
use sha2::{Digest, Sha256};

use super::{Error, hybrid};

/// An X-Wing public key (X25519 and ML-KEM-768), 1216 bytes: draft-connolly-cfrg-xwing-kem.
#[derive(Clone, PartialEq, Eq)]
pub struct ReaderPublicKey(Box<[u8; Self::LENGTH]>);

impl ReaderPublicKey {
    /// Bytes of a key.
    pub const LENGTH: usize = 1216;

    /// # Errors
    /// If the length is wrong or the bytes are no key (FIPS 203, section 7.2).
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: [u8; Self::LENGTH] = bytes.try_into().map_err(|_| Error::NotAKey)?;
        let key = Self(Box::new(bytes));
        hybrid::check(&key)?;
        Ok(key)
    }

    /// A key computed from its private half, which cannot be invalid.
    pub(crate) fn from_computed(bytes: Box<[u8; Self::LENGTH]>) -> Self {
        Self(bytes)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; Self::LENGTH] {
        &self.0
    }

    /// SHA-256 of the key.
    #[must_use]
    pub fn digest(&self) -> [u8; 32] {
        Sha256::digest(self.0.as_slice()).into()
    }
}

impl fmt::Debug for ReaderPublicKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReaderPublicKey(")?;
        self.digest().iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

/// An Ed25519 public key, 32 bytes: RFC 8032.
#[derive(Clone, Copy, PartialEq, Eq)]
pub struct VerifyingKey(ed25519_dalek::VerifyingKey);

impl VerifyingKey {
    /// # Errors
    /// If the length is wrong, or the bytes are no point or one of the few points under
    /// which a signature proves nothing.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        let bytes: [u8; 32] = bytes.try_into().map_err(|_| Error::NotAKey)?;
        let key = ed25519_dalek::VerifyingKey::from_bytes(&bytes).map_err(|_| Error::NotAKey)?;
        if key.is_weak() {
            return Err(Error::NotAKey);
        }
        Ok(Self(key))
    }

    pub(crate) fn of(key: &ed25519_dalek::SigningKey) -> Self {
        Self(key.verifying_key())
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        self.0.as_bytes()
    }

    /// Verifies strictly: one message, one key, one encoding of the signature.
    pub(crate) fn verify(&self, message: &[u8], signature: &[u8; 64]) -> Result<(), Error> {
        self.0.verify_strict(message, &Signature::from_bytes(signature)).map_err(|_| Error::NotSigned)
    }
}

impl fmt::Debug for VerifyingKey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("VerifyingKey(")?;
        self.as_bytes().iter().take(8).try_for_each(|byte| write!(f, "{byte:02x}"))?;
        f.write_str(")")
    }
}

#[cfg(test)]
mod tests {
    use super::{ReaderPublicKey, VerifyingKey};
    use crate::crypto::Error;
    use crate::crypto::secret::{PostKey, SigningKey};

    #[test]
    fn a_computed_key_is_a_valid_key() {
        let key = PostKey::from_bytes([3; 32]).public();
        assert_eq!(ReaderPublicKey::from_bytes(key.as_bytes()).unwrap(), key);
        let key = SigningKey::from_bytes([3; 32]).public();
        assert_eq!(VerifyingKey::from_bytes(key.as_bytes()).unwrap(), key);
    }

    #[test]
    fn wrong_lengths_and_impossible_keys_are_refused() {
        for length in [0, 1, 31, 32, 1215, 1217] {
            assert_eq!(ReaderPublicKey::from_bytes(&vec![0; length]).unwrap_err(), Error::NotAKey);
        }
        // A coefficient of 4095 is beyond the modulus 3329.
        assert_eq!(ReaderPublicKey::from_bytes(&[255; 1216]).unwrap_err(), Error::NotAKey);
        for length in [0, 31, 33] {
            assert_eq!(VerifyingKey::from_bytes(&vec![9; length]).unwrap_err(), Error::NotAKey);
        }
    }

    #[test]
    fn points_under_which_a_signature_proves_nothing_are_refused() {
        let mut identity = [0; 32];
        identity[0] = 1;
        assert_eq!(VerifyingKey::from_bytes(&identity).unwrap_err(), Error::NotAKey);
        assert_eq!(VerifyingKey::from_bytes(&[0; 32]).unwrap_err(), Error::NotAKey);
    }
}
