//! HPKE in base mode (RFC 9180) with X-Wing, HKDF-SHA256 and ChaCha20-Poly1305, for
//! secrets of 32 bytes.
//!
//! Form: suite byte ‖ encapsulation (1120) ‖ ciphertext and tag (48): 1169 bytes.
//! X-Wing stays closed as long as either X25519 or ML-KEM-768 holds.

use hpke::aead::ChaCha20Poly1305;
use hpke::kdf::HkdfSha256;
use hpke::kem::XWing;
use hpke::{Deserializable, Kem, OpModeR, OpModeS, Serializable};
use zeroize::Zeroizing;

use super::public::ReaderPublicKey;
use super::secret::Secret;
use super::{Error, Suite};
use crate::rng::Randomness;

const ENCAPSULATION: usize = 1120;
const CIPHERTEXT: usize = 32 + 16;

/// Bytes of a wrapped secret.
pub(crate) const LENGTH: usize = 1 + ENCAPSULATION + CIPHERTEXT;

type PrivateKey = <XWing as Kem>::PrivateKey;
type PublicKey = <XWing as Kem>::PublicKey;
type EncappedKey = <XWing as Kem>::EncappedKey;

fn private_key(seed: &Secret<32>) -> Result<PrivateKey, Error> {
    PrivateKey::from_bytes(seed.expose()).map_err(|_| Error::NotAKey)
}

/// Any 32 bytes are a seed, so this cannot fail.
pub(crate) fn public_key(seed: &Secret<32>) -> ReaderPublicKey {
    let Ok(private) = private_key(seed) else { unreachable!("a seed has 32 bytes") };
    let mut bytes = Box::new([0; ReaderPublicKey::LENGTH]);
    XWing::sk_to_pk(&private).write_exact(bytes.as_mut_slice());
    ReaderPublicKey::from_computed(bytes)
}

/// Whether the bytes are an X-Wing public key.
pub(crate) fn check(key: &ReaderPublicKey) -> Result<(), Error> {
    PublicKey::from_bytes(key.as_bytes()).map(drop).map_err(|_| Error::NotAKey)
}

/// Wraps a secret for whoever has the private half of `reader`; `info` says what for.
pub(crate) fn wrap(
    suite: Suite,
    secret: &Secret<32>,
    info: &[u8],
    reader: &ReaderPublicKey,
    randomness: &Randomness,
    label: &'static str,
) -> Result<Vec<u8>, Error> {
    let public = PublicKey::from_bytes(reader.as_bytes()).map_err(|_| Error::NotAKey)?;
    let (encapsulation, ciphertext) = hpke::single_shot_seal_with_rng::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeS::Base,
        &public,
        info,
        secret.expose(),
        &[],
        &mut randomness.source(label),
    )
    .map_err(|_| Error::NotAKey)?;
    let mut bytes = Vec::with_capacity(LENGTH);
    bytes.push(suite.byte());
    bytes.extend_from_slice(&encapsulation.to_bytes());
    bytes.extend_from_slice(&ciphertext);
    Ok(bytes)
}

/// Opens what [`wrap`] made, if the seed, the suite and `info` are the same.
pub(crate) fn unwrap(
    suite: Suite,
    bytes: &[u8],
    info: &[u8],
    seed: &Secret<32>,
) -> Result<Secret<32>, Error> {
    let bytes: &[u8; LENGTH] = bytes.try_into().map_err(|_| Error::CouldNotBeOpened)?;
    let [first, rest @ ..] = bytes;
    if *first != suite.byte() {
        return Err(Error::CouldNotBeOpened);
    }
    let (encapsulation, ciphertext) = rest.split_at_checked(ENCAPSULATION).ok_or(Error::CouldNotBeOpened)?;
    let encapsulation = EncappedKey::from_bytes(encapsulation).map_err(|_| Error::CouldNotBeOpened)?;
    let opened = hpke::single_shot_open::<ChaCha20Poly1305, HkdfSha256, XWing>(
        &OpModeR::Base,
        &private_key(seed)?,
        &encapsulation,
        info,
        ciphertext,
        &[],
    )
    .map(Zeroizing::new)
    .map_err(|_| Error::CouldNotBeOpened)?;
    Secret::from_slice(&opened).map_err(|_| Error::CouldNotBeOpened)
}
