//! Secret bytes, each with a type that says what they are for.

use std::fmt;

use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

pub use super::public::{ReaderPublicKey, VerifyingKey};
use super::{Error, hybrid};
use crate::rng::Randomness;

/// `N` secret bytes: wiped when dropped, compared in constant time, never in debug output.
/// They live on the heap so that moving the value leaves no copy behind.
#[derive(Clone)]
pub struct Secret<const N: usize>(Box<[u8; N]>);

impl<const N: usize> Secret<N> {
    #[must_use]
    pub fn from_bytes(mut bytes: [u8; N]) -> Self {
        let secret = Self(Box::new(bytes));
        bytes.zeroize();
        secret
    }

    /// # Errors
    /// If there are not exactly `N` bytes.
    pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() != N {
            return Err(Error::NotAKey);
        }
        let mut secret = Self(Box::new([0; N]));
        secret.0.copy_from_slice(bytes);
        Ok(secret)
    }

    /// Draws `N` bytes under a label.
    #[must_use]
    pub fn random(randomness: &Randomness, label: &'static str) -> Self {
        Self::from_bytes(randomness.bytes(label))
    }

    #[must_use]
    pub fn expose(&self) -> &[u8; N] {
        &self.0
    }

    /// Lower-case hexadecimal, two characters a byte.
    #[must_use]
    pub fn to_hexadecimal(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(2 * N));
        for digit in self.0.iter().flat_map(|byte| [byte >> 4, byte & 15]) {
            text.push(char::from_digit(u32::from(digit), 16).unwrap_or('0'));
        }
        text
    }

    /// # Errors
    /// If the text is not exactly `2 * N` hexadecimal digits.
    pub fn from_hexadecimal(text: &str) -> Result<Self, Error> {
        if text.len() != 2 * N {
            return Err(Error::NotAKey);
        }
        let mut secret = Self(Box::new([0; N]));
        let (pairs, _) = text.as_bytes().as_chunks::<2>();
        for (byte, [high, low]) in secret.0.iter_mut().zip(pairs) {
            *byte = digit(*high)? << 4 | digit(*low)?;
        }
        Ok(secret)
    }
}

fn digit(character: u8) -> Result<u8, Error> {
    char::from(character).to_digit(16).and_then(|digit| u8::try_from(digit).ok()).ok_or(Error::NotAKey)
}

impl<const N: usize> Drop for Secret<N> {
    fn drop(&mut self) {
        self.0.zeroize();
    }
}

impl<const N: usize> ZeroizeOnDrop for Secret<N> {}

impl<const N: usize> PartialEq for Secret<N> {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl<const N: usize> Eq for Secret<N> {}

impl<const N: usize> fmt::Debug for Secret<N> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

macro_rules! typed_secret {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, PartialEq, Eq)]
        pub struct $name(Secret<32>);

        impl $name {
            #[must_use]
            pub fn from_bytes(bytes: [u8; 32]) -> Self {
                Self(Secret::from_bytes(bytes))
            }

            /// # Errors
            /// If there are not exactly 32 bytes.
            pub fn from_slice(bytes: &[u8]) -> Result<Self, Error> {
                Secret::from_slice(bytes).map(Self)
            }

            /// Draws a new one under a label.
            #[must_use]
            pub fn random(randomness: &Randomness, label: &'static str) -> Self {
                Self(Secret::random(randomness, label))
            }

            #[must_use]
            pub fn expose(&self) -> &[u8; 32] {
                self.0.expose()
            }

            #[allow(dead_code, reason = "not every kind of secret comes out of another")]
            pub(crate) fn from_secret(secret: Secret<32>) -> Self {
                Self(secret)
            }

            #[allow(dead_code, reason = "not every kind of secret goes into another")]
            pub(crate) fn secret(&self) -> &Secret<32> {
                &self.0
            }
        }

        impl ZeroizeOnDrop for $name {}

        impl fmt::Debug for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(concat!(stringify!($name), "(…)"))
            }
        }
    )*};
}

typed_secret! {
    /// Seals the texts of one version of one audience of one case.
    AudienceKey;
    /// Kept outside the data folder; everything at rest lies under keys derived from it.
    ServiceKey;
    /// Derived from a passphrase; seals that account's private keys.
    WrappingKey;
    /// What the session cookie holds.
    SessionToken;
    /// An account's X-Wing seed.
    ReadingKey;
    /// An account's Ed25519 seed.
    SigningKey;
    /// The X-Wing seed of one version of a post's key.
    PostKey;
    /// The X-Wing seed that follows from a receipt.
    ReceiptKey;
    /// The X-Wing seed that opens backups; kept offline.
    BackupKey;
}

macro_rules! written_secret {
    ($($name:ident)*) => {$(
        impl $name {
            /// 64 hexadecimal digits.
            #[must_use]
            pub fn to_hexadecimal(&self) -> Zeroizing<String> {
                self.0.to_hexadecimal()
            }

            /// # Errors
            /// If the text is not exactly 64 hexadecimal digits.
            pub fn from_hexadecimal(text: &str) -> Result<Self, Error> {
                Secret::from_hexadecimal(text).map(Self)
            }
        }
    )*};
}

written_secret! { ServiceKey SessionToken BackupKey }

macro_rules! reading_secret {
    ($($name:ident)*) => {$(
        impl $name {
            /// The public half.
            #[must_use]
            pub fn public(&self) -> ReaderPublicKey {
                hybrid::public_key(&self.0)
            }
        }
    )*};
}

reading_secret! { ReadingKey PostKey ReceiptKey BackupKey }

impl SigningKey {
    /// The public half.
    #[must_use]
    pub fn public(&self) -> VerifyingKey {
        VerifyingKey::of(&ed25519_dalek::SigningKey::from_bytes(self.expose()))
    }

    /// Ed25519 (RFC 8032) over a canonical message. Only this room signs, so that every
    /// signature has a tag of its own.
    pub(crate) fn sign(&self, message: &[u8]) -> [u8; 64] {
        use ed25519_dalek::Signer;
        ed25519_dalek::SigningKey::from_bytes(self.expose()).sign(message).to_bytes()
    }
}

#[cfg(test)]
mod tests {
    use super::{AudienceKey, Secret, ServiceKey, SessionToken, SigningKey};
    use crate::crypto::Error;

    #[test]
    fn debug_output_shows_no_byte() {
        assert_eq!(format!("{:?}", Secret::from_bytes([171; 32])), "Secret(…)");
        assert_eq!(format!("{:?}", AudienceKey::from_bytes([171; 32])), "AudienceKey(…)");
        assert_eq!(format!("{:?}", SigningKey::from_bytes([171; 32])), "SigningKey(…)");
    }

    #[test]
    fn equal_bytes_are_equal_and_others_are_not() {
        assert_eq!(AudienceKey::from_bytes([1; 32]), AudienceKey::from_slice(&[1; 32]).unwrap());
        assert_ne!(AudienceKey::from_bytes([1; 32]), AudienceKey::from_bytes([2; 32]));
    }

    #[test]
    fn only_the_right_length_is_a_key() {
        for length in (0..100).filter(|length| *length != 32) {
            assert_eq!(AudienceKey::from_slice(&vec![0; length]).unwrap_err(), Error::NotAKey);
        }
    }

    #[test]
    fn hexadecimal_comes_back_and_anything_else_is_refused() {
        let token = SessionToken::from_bytes(std::array::from_fn(|at| u8::try_from(at * 7).unwrap()));
        assert_eq!(SessionToken::from_hexadecimal(&token.to_hexadecimal()).unwrap(), token);
        for wrong in ["", "zz", &"g".repeat(64), &"0".repeat(63), &"0".repeat(65), &"é".repeat(32)] {
            assert_eq!(ServiceKey::from_hexadecimal(wrong).unwrap_err(), Error::NotAKey);
        }
    }
}
