//! XChaCha20-Poly1305 (draft-irtf-cfrg-xchacha) with a random nonce of 24 bytes: long
//! enough to be drawn without ever meeting one drawn before.
//!
//! Form: suite byte ‖ nonce (24) ‖ ciphertext ‖ tag (16).

use chacha20poly1305::aead::inout::InOutBuf;
use chacha20poly1305::{AeadInOut, KeyInit, Tag, XChaCha20Poly1305, XNonce};
use zeroize::Zeroizing;

use super::secret::Secret;
use super::{Error, Suite};
use crate::rng::Randomness;

const NONCE: usize = 24;
const TAG: usize = 16;

/// How much longer a sealed text is than the text.
pub(crate) const OVERHEAD: usize = 1 + NONCE + TAG;

/// Seals `plaintext`; `associated` is not stored and must be the same at opening.
pub(crate) fn seal(
    suite: Suite,
    key: &Secret<32>,
    associated: &[u8],
    plaintext: &[u8],
    randomness: &Randomness,
    label: &'static str,
) -> Result<Vec<u8>, Error> {
    let nonce: [u8; NONCE] = randomness.bytes(label);
    let mut sealed = Vec::with_capacity(plaintext.len().saturating_add(OVERHEAD));
    sealed.push(suite.byte());
    sealed.extend_from_slice(&nonce);
    sealed.extend_from_slice(plaintext);
    let text = sealed.get_mut(1 + NONCE..).ok_or(Error::TooLong)?;
    let tag = XChaCha20Poly1305::new(key.expose().into())
        .encrypt_inout_detached(&XNonce::from(nonce), associated, InOutBuf::from(text))
        .map_err(|_| Error::TooLong)?;
    sealed.extend_from_slice(&tag);
    Ok(sealed)
}

/// Opens what [`seal`] made, if the key, the suite and `associated` are the same.
pub(crate) fn open(
    suite: Suite,
    key: &Secret<32>,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Zeroizing<Vec<u8>>, Error> {
    open_parts(suite, key, associated, sealed).ok_or(Error::CouldNotBeOpened)
}

fn open_parts(
    suite: Suite,
    key: &Secret<32>,
    associated: &[u8],
    sealed: &[u8],
) -> Option<Zeroizing<Vec<u8>>> {
    let (first, rest) = sealed.split_first()?;
    if *first != suite.byte() {
        return None;
    }
    let (nonce, rest) = rest.split_first_chunk::<NONCE>()?;
    let (ciphertext, tag) = rest.split_last_chunk::<TAG>()?;
    let mut text = Zeroizing::new(ciphertext.to_vec());
    XChaCha20Poly1305::new(key.expose().into())
        .decrypt_inout_detached(
            &XNonce::from(*nonce),
            associated,
            InOutBuf::from(text.as_mut_slice()),
            &Tag::from(*tag),
        )
        .ok()?;
    Some(text)
}

/// Seals one key under another; 73 bytes.
pub(crate) fn seal_key(
    suite: Suite,
    key: &Secret<32>,
    associated: &[u8],
    inner: &Secret<32>,
    randomness: &Randomness,
    label: &'static str,
) -> Result<Vec<u8>, Error> {
    seal(suite, key, associated, inner.expose(), randomness, label)
}

/// Opens what [`seal_key`] made.
pub(crate) fn open_key(
    suite: Suite,
    key: &Secret<32>,
    associated: &[u8],
    sealed: &[u8],
) -> Result<Secret<32>, Error> {
    if sealed.len() != 32 + OVERHEAD {
        return Err(Error::CouldNotBeOpened);
    }
    Secret::from_slice(&open(suite, key, associated, sealed)?).map_err(|_| Error::CouldNotBeOpened)
}
