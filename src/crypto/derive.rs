//! Keys from keys, and keyed checksums.

use hkdf::Hkdf;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use zeroize::Zeroizing;

use super::secret::Secret;

/// HKDF-SHA256 (RFC 5869): 32 bytes from `input`, separated by `salt` and `info`.
pub(crate) fn derive(salt: &[u8], input: &[u8], info: &[u8]) -> Secret<32> {
    let mut output = Zeroizing::new([0; 32]);
    // Refused only beyond 255 blocks of 32 bytes; this is one.
    if Hkdf::<Sha256>::new(Some(salt), input).expand(info, &mut *output).is_err() {
        unreachable!("32 bytes are one block");
    }
    Secret::from_bytes(*output)
}

/// HMAC-SHA256 (RFC 2104) under a key of 32 bytes.
pub(crate) fn authenticate(key: &Secret<32>, data: &[u8]) -> [u8; 32] {
    // RFC 2104 fills the key up to one block of 64 bytes with zeros.
    let mut block = Zeroizing::new([0; 64]);
    block.iter_mut().zip(key.expose()).for_each(|(to, from)| *to = *from);
    let mut mac = Hmac::<Sha256>::new((&*block).into());
    mac.update(data);
    mac.finalize().into_bytes().into()
}

#[cfg(test)]
mod tests {
    use super::{authenticate, derive};
    use crate::crypto::secret::Secret;

    #[test]
    fn hkdf_agrees_with_rfc_5869_case_1() {
        let output =
            derive(&(0..=0x0c).collect::<Vec<u8>>(), &[0x0b; 22], &(0xf0..=0xf9).collect::<Vec<u8>>());
        assert_eq!(
            output.to_hexadecimal().as_str(),
            "3cb25f25faacd57a90434f64d0362f2a2d2d0a90cf1a5a4c5db02d56ecc4c5bf"
        );
    }

    #[test]
    fn hmac_agrees_with_another_way_of_computing_it() {
        use hmac::{Hmac, KeyInit, Mac};
        let mut mac = Hmac::<sha2::Sha256>::new_from_slice(&[7; 32]).unwrap();
        mac.update(b"data");
        let expected: [u8; 32] = mac.finalize().into_bytes().into();
        assert_eq!(authenticate(&Secret::from_bytes([7; 32]), b"data"), expected);
    }
}
