//! From a passphrase to the key that opens an account.
//!
//! Argon2id version 0x13 (RFC 9106) makes each guess cost memory and time; HKDF with a
//! key from the service key as salt makes guessing impossible for somebody who has the
//! database alone. Two separate outputs: a verifier, stored, and a wrapping key, never
//! stored; neither tells anything of the other.

use std::fmt;

use argon2::{Algorithm, Argon2, Block, Params, Version};
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::Error;
use super::canonical::Canonical;
use super::derive::derive as expand;
use super::secret::WrappingKey;
use super::service::Pepper;

/// Longest passphrase in bytes: enough for any sentence, and no free work for an attacker.
pub const LONGEST: usize = 1024;

/// Bytes of salt, drawn for each account and passphrase.
pub const SALT_LENGTH: usize = 16;

/// A typed passphrase; wiped when dropped, never in debug output.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct Passphrase(String);

impl Passphrase {
    /// Takes what was typed, exactly. How long it must be at least is for the caller to say.
    ///
    /// # Errors
    /// [`Error::TooLong`] beyond [`LONGEST`] bytes.
    pub fn new(typed: String) -> Result<Self, Error> {
        let passphrase = Self(typed);
        if passphrase.0.len() > LONGEST { Err(Error::TooLong) } else { Ok(passphrase) }
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Characters typed.
    #[must_use]
    pub fn character_count(&self) -> usize {
        self.0.chars().count()
    }
}

impl fmt::Debug for Passphrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passphrase(…)")
    }
}

/// What a guess costs. Stored with each account, so that it can be raised later.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Parameters {
    pub memory_kib: u32,
    pub passes: u32,
    pub lanes: u32,
}

impl Parameters {
    /// 64 MiB and three passes: the second recommended option of RFC 9106, section 4,
    /// with one lane, since sign-ins run beside each other instead.
    pub const STANDARD: Self = Self { memory_kib: 64 * 1024, passes: 3, lanes: 1 };

    /// Whether a guess costs less than under `other`: raise it at the next sign-in.
    #[must_use]
    pub const fn is_weaker_than(&self, other: &Self) -> bool {
        self.memory_kib < other.memory_kib || self.passes < other.passes
    }

    /// The bounds stop a changed database row from claiming the machine's memory or hours.
    fn checked(self) -> Result<Params, Error> {
        let within = self.memory_kib <= 1024 * 1024
            && (1..=16).contains(&self.passes)
            && (1..=8).contains(&self.lanes);
        if !within {
            return Err(Error::Parameters);
        }
        Params::new(self.memory_kib, self.passes, self.lanes, Some(32)).map_err(|_| Error::Parameters)
    }
}

/// Recognises the right passphrase; may be stored.
#[derive(Clone)]
pub struct Verifier([u8; 32]);

impl Verifier {
    /// # Errors
    /// If there are not exactly 32 bytes.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        bytes.try_into().map(Self).map_err(|_| Error::NotAKey)
    }

    #[must_use]
    pub fn as_bytes(&self) -> &[u8; 32] {
        &self.0
    }
}

/// In constant time.
impl PartialEq for Verifier {
    fn eq(&self, other: &Self) -> bool {
        self.0.ct_eq(&other.0).into()
    }
}

impl Eq for Verifier {}

impl fmt::Debug for Verifier {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Verifier(…)")
    }
}

/// What follows from a passphrase.
#[derive(Clone, Debug)]
pub struct Derived {
    pub verifier: Verifier,
    pub wrapping: WrappingKey,
}

/// Derives. Slow and hungry on purpose (64 MiB and about 0.1 to 0.3 s): run it on a
/// blocking thread, at most two at once.
///
/// # Errors
/// [`Error::Parameters`] outside the allowed range, [`Error::OutOfMemory`] if the memory
/// cannot be had.
pub fn derive(
    passphrase: &Passphrase,
    salt: &[u8; SALT_LENGTH],
    parameters: &Parameters,
    pepper: &Pepper,
) -> Result<Derived, Error> {
    let parameters = parameters.checked()?;
    let mut memory = Zeroizing::new(Vec::new());
    memory.try_reserve_exact(parameters.block_count()).map_err(|_| Error::OutOfMemory)?;
    memory.resize(parameters.block_count(), Block::default());
    let mut output = Zeroizing::new([0; 32]);
    Argon2::new(Algorithm::Argon2id, Version::V0x13, parameters)
        .hash_password_into_with_memory(
            passphrase.0.as_bytes(),
            salt,
            output.as_mut_slice(),
            memory.as_mut_slice(),
        )
        .map_err(|_| Error::Parameters)?;
    let part = |part: &str| {
        let info = Canonical::new("candor passphrase 1").text(part).finish();
        expand(pepper.secret().expose(), output.as_slice(), &info)
    };
    Ok(Derived {
        verifier: Verifier(*part("verifier").expose()),
        wrapping: WrappingKey::from_secret(part("wrapping")),
    })
}
