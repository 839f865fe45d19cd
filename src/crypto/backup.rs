//! Backups, sealed to a key whose private half is kept offline, so that the machine that makes them cannot open them.
//!
//! A random key seals one backup and no other. It is wrapped for the offline key by HPKE over X-Wing (suite byte 9);
//! from it HKDF-SHA256 makes the key of STREAM (`StreamBE32` over ChaCha20-Poly1305, nonce in front of the counter all
//! zeros) in pieces of 64 KiB. Everything in the header is bound to the wrap and to every piece.
//!
//! Form: suite byte 9 ‖ "candor backup 1" ‖ seconds since the epoch of the batch after which it was made (8, big-endian) ‖
//! seconds from which it is to be gone (8) ‖ SHA-256 of the offline public key (32) ‖ wrap (1169) ‖ pieces of
//! 64 KiB and 16 bytes each. How many pieces there are is one of a few numbers; what is not filled is zeros.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Payload;
use chacha20poly1305::aead::array::Array;
use zeroize::Zeroizing;

use super::canonical::Canonical;
use super::public::ReaderPublicKey;
use super::secret::{BackupKey, Secret};
use super::{Error, Suite, derive, hybrid};
use crate::clock::Timestamp;
use crate::rng::Randomness;

/// Bytes of a piece before it is sealed.
pub const PIECE: usize = 64 * 1024;

/// Bytes of a piece as it is sealed.
pub const SEALED_PIECE: usize = PIECE + 16;

/// What follows the suite byte.
const NAME: &[u8; 15] = b"candor backup 1";

/// The fewest pieces: 1 MiB.
const FEWEST: u32 = 16;
/// Up to here the number of pieces is a power of two: 64 MiB.
const DOUBLED_UP_TO: u32 = 1_024;

/// What is known of a backup without any key.
#[derive(Clone, PartialEq, Eq)]
pub struct Header {
    /// The batch after which it was made.
    pub made: Timestamp,
    /// From when on it is to be gone.
    pub expires: Timestamp,
    /// SHA-256 of the public key that it is sealed to.
    pub key: [u8; 32],
    wrap: Box<[u8; hybrid::LENGTH]>,
}

impl std::fmt::Debug for Header {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Header({}, …)", self.made.0)
    }
}

impl Header {
    /// Bytes of a header.
    pub const LENGTH: usize = 1 + NAME.len() + 8 + 8 + 32 + hybrid::LENGTH;

    /// Reads the header from the beginning of a backup; what follows it is left alone.
    ///
    /// # Errors
    /// If it is no beginning of a backup.
    pub fn parse(bytes: &[u8]) -> Result<Self, Error> {
        Self::parts(bytes).ok_or(Error::CouldNotBeOpened)
    }

    fn parts(bytes: &[u8]) -> Option<Self> {
        let rest = bytes.strip_prefix(&[Suite::Backup.byte()])?.strip_prefix(NAME)?;
        let (made, rest) = rest.split_first_chunk::<8>()?;
        let (expires, rest) = rest.split_first_chunk::<8>()?;
        let (key, rest) = rest.split_first_chunk::<32>()?;
        let wrap = rest.first_chunk::<{ hybrid::LENGTH }>()?;
        let (made, expires) = (i64::from_be_bytes(*made), i64::from_be_bytes(*expires));
        (made >= 0 && expires > made).then(|| Self {
            made: Timestamp(made),
            expires: Timestamp(expires),
            key: *key,
            wrap: Box::new(*wrap),
        })
    }

    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        let mut bytes = Vec::with_capacity(Self::LENGTH);
        bytes.push(Suite::Backup.byte());
        bytes.extend_from_slice(NAME);
        bytes.extend_from_slice(&self.made.0.to_be_bytes());
        bytes.extend_from_slice(&self.expires.0.to_be_bytes());
        bytes.extend_from_slice(&self.key);
        bytes.extend_from_slice(self.wrap.as_slice());
        bytes
    }

    fn pieces(&self, key: &Secret<32>) -> Pieces {
        let bound = Canonical::new("candor backup 1").bytes(&self.to_bytes()).digest();
        let info = Canonical::new("candor backup key 1").bytes(&bound).finish();
        let key = derive::derive(&[], key.expose(), &info);
        Pieces {
            stream: StreamBE32::new(key.expose().into(), &Array::default()),
            associated: bound.to_vec(),
            number: 0,
        }
    }
}

fn info(made: Timestamp, expires: Timestamp, key: &[u8; 32]) -> Vec<u8> {
    Canonical::new("candor backup wrap 1")
        .signed_number(made.0)
        .signed_number(expires.0)
        .bytes(key)
        .number(u64::from(Suite::Backup.byte()))
        .finish()
}

/// How many pieces a backup has that needs so many: a power of two of them up to 64 MiB, then steps of an eighth of
/// the next power, so that its size tells little and wastes at most a fifth.
///
/// # Errors
/// If there cannot be so many.
pub fn padded(needed: u32) -> Result<u32, Error> {
    let power = needed.checked_next_power_of_two().ok_or(Error::TooLong)?;
    if power <= DOUBLED_UP_TO {
        return Ok(power.max(FEWEST));
    }
    needed.checked_next_multiple_of(power / 8).ok_or(Error::TooLong)
}

/// How many sealed pieces a file of a length has after its header; none if no backup is so long.
#[must_use]
pub fn count(length: u64) -> Option<u32> {
    let rest = length.checked_sub(Header::LENGTH as u64)?;
    let pieces = u32::try_from(rest / SEALED_PIECE as u64).ok()?;
    (rest.is_multiple_of(SEALED_PIECE as u64) && pieces > 0 && padded(pieces) == Ok(pieces)).then_some(pieces)
}

/// The pieces of one backup, one after another.
pub struct Pieces {
    stream: StreamBE32<ChaCha20Poly1305>,
    associated: Vec<u8>,
    number: u32,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pieces({}, …)", self.number)
    }
}

/// Begins a backup that is sealed to `reader`: its header, and what seals its pieces.
///
/// # Errors
/// If `reader` is no key.
pub fn begin(
    reader: &ReaderPublicKey,
    made: Timestamp,
    expires: Timestamp,
    randomness: &Randomness,
) -> Result<(Header, Pieces), Error> {
    let secret = Secret::random(randomness, "backup key");
    let key = reader.digest();
    let info = info(made, expires, &key);
    let wrap = hybrid::wrap(Suite::Backup, &secret, &info, reader, randomness, "backup wrap")?;
    let wrap: Box<[u8; hybrid::LENGTH]> = wrap.try_into().map_err(|_| Error::TooLong)?;
    let header = Header { made, expires, key, wrap };
    let pieces = header.pieces(&secret);
    Ok((header, pieces))
}

/// What opens the pieces of a backup, with the private half of its key.
///
/// # Errors
/// If it is sealed to another key, or its header was changed.
pub fn open(header: &Header, key: &BackupKey) -> Result<Pieces, Error> {
    if key.public().digest() != header.key {
        return Err(Error::WrongReader);
    }
    let info = info(header.made, header.expires, &header.key);
    let secret = hybrid::unwrap(Suite::Backup, header.wrap.as_slice(), &info, key.secret())?;
    Ok(header.pieces(&secret))
}

impl Pieces {
    fn next(&mut self) -> Result<u32, Error> {
        let number = self.number;
        self.number = number.checked_add(1).ok_or(Error::TooLong)?;
        Ok(number)
    }

    /// Seals the next piece.
    ///
    /// # Errors
    /// If there are too many.
    pub fn seal(&mut self, piece: &[u8; PIECE], last: bool) -> Result<Vec<u8>, Error> {
        let number = self.next()?;
        let payload = Payload { msg: piece, aad: &self.associated };
        self.stream.encrypt(number, last, payload).map_err(|_| Error::TooLong)
    }

    /// Opens the next piece.
    ///
    /// # Errors
    /// If it is not the next piece of this backup, is or is not its end, or a byte was changed.
    pub fn open(&mut self, piece: &[u8], last: bool) -> Result<Zeroizing<Vec<u8>>, Error> {
        let number = self.next()?;
        if piece.len() != SEALED_PIECE {
            return Err(Error::CouldNotBeOpened);
        }
        let payload = Payload { msg: piece, aad: &self.associated };
        self.stream.decrypt(number, last, payload).map(Zeroizing::new).map_err(|_| Error::CouldNotBeOpened)
    }
}

/// A piece of one byte, on the heap.
#[cfg(test)]
pub(super) fn whole_piece(byte: u8) -> Box<[u8; PIECE]> {
    vec![byte; PIECE].into_boxed_slice().try_into().unwrap()
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Header, SEALED_PIECE, begin, count, open, padded, whole_piece};
    use crate::clock::Timestamp;
    use crate::crypto::Error;
    use crate::crypto::secret::BackupKey;
    use crate::rng::Randomness;

    fn key(byte: u8) -> BackupKey {
        BackupKey::from_bytes([byte; 32])
    }

    fn made() -> (Header, super::Pieces) {
        let randomness = Randomness::labelled([5; 32]);
        begin(&key(1).public(), Timestamp(1_000), Timestamp(2_000), &randomness).unwrap()
    }

    #[test]
    fn a_backup_comes_back_and_nothing_else_opens() {
        let (header, mut pieces) = made();
        let text = [1, 2, 3].map(whole_piece);
        let sealed: Vec<Vec<u8>> = (0..3).map(|at| pieces.seal(&text[at], at == 2).unwrap()).collect();
        assert!(sealed.iter().all(|piece| piece.len() == SEALED_PIECE));
        let read = Header::parse(&header.to_bytes()).unwrap();
        assert_eq!((&read, header.to_bytes().len()), (&header, Header::LENGTH));
        let mut opened = open(&read, &key(1)).unwrap();
        for at in 0..3 {
            assert_eq!(*opened.open(&sealed[at], at == 2).unwrap(), text[at][..]);
        }

        // Another key; another order; an end too early, or none; a changed byte; cut short.
        assert_eq!(open(&header, &key(2)).unwrap_err(), Error::WrongReader);
        let no = |piece: &[u8], last| {
            assert_eq!(
                open(&header, &key(1)).unwrap().open(piece, last).unwrap_err(),
                Error::CouldNotBeOpened
            );
        };
        no(&sealed[1], false);
        no(&sealed[0], true);
        no(&sealed[0][..SEALED_PIECE - 1], false);
        for at in (0..SEALED_PIECE).step_by(1_999) {
            let mut changed = sealed[0].clone();
            changed[at] ^= 1;
            no(&changed, false);
        }
    }

    #[test]
    fn every_byte_of_the_header_is_bound() {
        let (header, mut pieces) = made();
        let sealed = pieces.seal(&whole_piece(7), true).unwrap();
        let bytes = header.to_bytes();
        for at in 0..Header::LENGTH {
            let mut changed = bytes.clone();
            changed[at] ^= 1;
            let opened = Header::parse(&changed)
                .and_then(|header| open(&header, &key(1)))
                .and_then(|mut pieces| pieces.open(&sealed, true));
            assert!(opened.is_err(), "byte {at}");
        }
        for length in 0..Header::LENGTH {
            assert!(Header::parse(&bytes[..length]).is_err());
        }
    }

    #[test]
    fn there_are_few_sizes() {
        for (needed, pieces) in
            [(0, 16), (1, 16), (17, 32), (1_000, 1_024), (1_025, 1_280), (2_048, 2_048), (2_049, 2_560)]
        {
            assert_eq!(padded(needed), Ok(pieces), "{needed}");
            assert_eq!(padded(pieces), Ok(pieces));
            let length = (Header::LENGTH + pieces as usize * SEALED_PIECE) as u64;
            assert_eq!(count(length), Some(pieces));
            assert_eq!((count(length - 1), count(length + 1)), (None, None));
        }
        assert_eq!(padded(u32::MAX), Err(Error::TooLong));
        for needed in (1_024..100_000).step_by(77) {
            assert!(padded(needed).unwrap() * 4 <= needed * 5, "{needed}");
        }
    }

    proptest! {
        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..1_400), length: u64) {
            let _ = Header::parse(&bytes);
            let _ = count(length);
        }
    }
}
