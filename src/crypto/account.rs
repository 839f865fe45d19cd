//! The keys of a person who signs in, and how people compare them.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use super::canonical::Canonical;
use super::public::{ReaderPublicKey, VerifyingKey};
use super::secret::{ReadingKey, Secret, SigningKey, WrappingKey};
use super::{Error, Suite, cipher};
use crate::domain::id::{AccountId, DeploymentId};
use crate::rng::Randomness;

/// Both private keys of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountKeys {
    pub reading: ReadingKey,
    pub signing: SigningKey,
}

impl AccountKeys {
    /// Draws a new pair of keys.
    #[must_use]
    pub fn generate(randomness: &Randomness) -> Self {
        Self {
            reading: ReadingKey::random(randomness, "account reading key"),
            signing: SigningKey::random(randomness, "account signing key"),
        }
    }

    #[must_use]
    pub fn public(&self) -> AccountPublic {
        AccountPublic { reading: self.reading.public(), verifying: self.signing.public() }
    }
}

/// Both public keys of an account.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct AccountPublic {
    pub reading: ReaderPublicKey,
    pub verifying: VerifyingKey,
}

impl AccountPublic {
    /// What two people compare, outside the system, before one approves the other.
    #[must_use]
    pub fn fingerprint(&self) -> Fingerprint {
        let digest = Canonical::new("candor account keys 1")
            .bytes(self.reading.as_bytes())
            .bytes(self.verifying.as_bytes())
            .digest();
        let (groups, _) = digest.as_chunks::<4>();
        let mut fingerprint = Fingerprint([0; 8]);
        for (to, from) in fingerprint.0.iter_mut().zip(groups) {
            *to = u32::from_be_bytes(*from) % GROUP;
        }
        fingerprint
    }
}

/// One more than the largest group of five digits.
const GROUP: u32 = 100_000;

/// A short form of an account's two public keys for people to read to each other: eight
/// groups of five digits, such as `01234 56789 …`. Each group is four bytes of a SHA-256
/// modulo 100,000, together 132 bits: nobody finds other keys with the same digits.
/// The digits are all there is, so what is compared by people, kept in the configuration
/// and checked by the program is the same thing.
#[derive(Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Fingerprint([u32; 8]);

impl fmt::Display for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (at, group) in self.0.iter().enumerate() {
            if at > 0 {
                f.write_str(" ")?;
            }
            write!(f, "{group:05}")?;
        }
        Ok(())
    }
}

impl fmt::Debug for Fingerprint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Fingerprint({self})")
    }
}

impl FromStr for Fingerprint {
    type Err = Error;

    /// Reads forty digits; spaces and hyphens between them do not count.
    fn from_str(text: &str) -> Result<Self, Error> {
        if text.len() > 128 {
            return Err(Error::TooLong);
        }
        let mut digits = Vec::with_capacity(40);
        for character in text.chars().filter(|c| !c.is_whitespace() && *c != '-') {
            digits.push(character.to_digit(10).ok_or(Error::NotAKey)?);
        }
        let digits: [u32; 40] = digits.try_into().map_err(|_| Error::NotAKey)?;
        let (groups, _) = digits.as_chunks::<5>();
        let mut fingerprint = Self([0; 8]);
        for (to, group) in fingerprint.0.iter_mut().zip(groups) {
            *to = group.iter().fold(0, |number, digit| number * 10 + digit);
        }
        Ok(fingerprint)
    }
}

impl TryFrom<String> for Fingerprint {
    type Error = Error;
    fn try_from(text: String) -> Result<Self, Error> {
        text.parse()
    }
}

impl From<Fingerprint> for String {
    fn from(fingerprint: Fingerprint) -> Self {
        fingerprint.to_string()
    }
}

mod sealed {
    pub trait Sealed {}
    impl Sealed for super::ReadingKey {}
    impl Sealed for super::SigningKey {}
}

/// One of the two private keys of an account.
pub trait AccountSecret: sealed::Sealed + Sized {
    /// Which of the two, inside what is bound to the sealed key.
    #[doc(hidden)]
    const WHICH: &'static str;
    #[doc(hidden)]
    fn inner(&self) -> &Secret<32>;
    #[doc(hidden)]
    fn from_inner(secret: Secret<32>) -> Self;
}

impl AccountSecret for ReadingKey {
    const WHICH: &'static str = "reading";
    fn inner(&self) -> &Secret<32> {
        self.secret()
    }
    fn from_inner(secret: Secret<32>) -> Self {
        Self::from_secret(secret)
    }
}

impl AccountSecret for SigningKey {
    const WHICH: &'static str = "signing";
    fn inner(&self) -> &Secret<32> {
        self.secret()
    }
    fn from_inner(secret: Secret<32>) -> Self {
        Self::from_secret(secret)
    }
}

fn associated<K: AccountSecret>(deployment: DeploymentId, account: AccountId) -> Vec<u8> {
    Canonical::new("candor account key 1")
        .bytes(deployment.as_bytes())
        .bytes(account.as_bytes())
        .text(K::WHICH)
        .number(u64::from(Suite::Account.byte()))
        .finish()
}

/// Seals one private key under the passphrase's wrapping key: suite byte 4 ‖ nonce (24)
/// ‖ XChaCha20-Poly1305, 73 bytes.
///
/// # Errors
/// Never for a key of 32 bytes.
pub fn seal<K: AccountSecret>(
    wrapping: &WrappingKey,
    deployment: DeploymentId,
    account: AccountId,
    key: &K,
    randomness: &Randomness,
) -> Result<Vec<u8>, Error> {
    let associated = associated::<K>(deployment, account);
    cipher::seal_key(
        Suite::Account,
        wrapping.secret(),
        &associated,
        key.inner(),
        randomness,
        "account key nonce",
    )
}

/// Opens what [`seal`] made.
///
/// # Errors
/// If the wrapping key, deployment, account or kind of key is another, or a byte was changed.
pub fn open<K: AccountSecret>(
    wrapping: &WrappingKey,
    deployment: DeploymentId,
    account: AccountId,
    sealed: &[u8],
) -> Result<K, Error> {
    let associated = associated::<K>(deployment, account);
    cipher::open_key(Suite::Account, wrapping.secret(), &associated, sealed).map(K::from_inner)
}
