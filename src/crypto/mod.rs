//! How everything is sealed, wrapped, signed and derived.
//!
//! Nothing here is an algorithm of our own: XChaCha20-Poly1305, STREAM, HPKE (RFC 9180) over
//! X-Wing, Ed25519 (RFC 8032), Argon2id (RFC 9106), HKDF (RFC 5869), HMAC and SHA-256 are
//! composed, and what each piece is for is bound to it through [`canonical`] encoding.
//! The formats are final: `vectors.json` holds one example of each, and a change that
//! would strand what is already stored fails a test.
//!
//! No clock, no storage; chance only through [`crate::rng::Randomness`].

pub mod account;
pub mod approval;
pub mod attachment;
pub mod audience;
pub mod backup;
pub mod canonical;
pub mod chain;
mod cipher;
mod derive;
pub mod envelope;
pub mod factor;
mod hybrid;
pub mod pad;
pub mod passkey;
pub mod passphrase;
pub mod post;
pub mod public;
pub mod receipt;
pub mod removal;
pub mod secret;
pub mod service;
pub mod session;
pub mod signature;
mod trust;

#[cfg(test)]
mod tests;

/// What can go wrong. It never says why something could not be opened: a wrong key, a
/// wrong place and a changed byte look the same to whoever is trying them.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Error {
    #[error("could not be opened")]
    CouldNotBeOpened,
    /// Longer than the largest size class, or than the cap of a typed secret.
    #[error("too long")]
    TooLong,
    #[error("not a key of this kind")]
    NotAKey,
    #[error("not signed by this key")]
    NotSigned,
    /// The key is not the one of the reader or post that it was to be sealed for.
    #[error("not the key of this reader")]
    WrongReader,
    #[error("passphrase parameters outside the allowed range")]
    Parameters,
    /// The memory for a passphrase could not be had; trying again later may work.
    #[error("not enough memory")]
    OutOfMemory,
}

/// The byte that leads everything sealed: what it is and which algorithms opened it.
/// A new algorithm gets a new number; a number is never used again.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
#[repr(u8)]
pub(crate) enum Suite {
    /// A text: XChaCha20-Poly1305 under an audience key.
    Content = 1,
    /// An audience key: HPKE with X-Wing, HKDF-SHA256, ChaCha20-Poly1305.
    AudienceWrap = 2,
    /// A record: XChaCha20-Poly1305 under a key derived from the service key.
    Service = 3,
    /// An account's private key: XChaCha20-Poly1305 under a passphrase's wrapping key.
    Account = 4,
    /// An account's private key: XChaCha20-Poly1305 under a key derived from a session token.
    Session = 5,
    /// A post's private key: HPKE with X-Wing, HKDF-SHA256, ChaCha20-Poly1305.
    PostWrap = 6,
    /// An app's secret: XChaCha20-Poly1305 under a passphrase's wrapping key.
    SecondFactor = 7,
    /// A piece of an attached file: STREAM with ChaCha20-Poly1305 under a key derived from the file's own.
    Attachment = 8,
    /// A backup and its key: HPKE with X-Wing, and STREAM with ChaCha20-Poly1305 under a key derived from it.
    Backup = 9,
}

impl Suite {
    pub(crate) const fn byte(self) -> u8 {
        self as u8
    }
}
