//! Attached files, sealed in pieces, so that none has to be in memory whole to be read.
//!
//! A file has a random key of its own, which rests in a sealed text of the case ([`Described`]); so a file's
//! readers are that text's readers. From it HKDF-SHA256 makes the key of STREAM (Hoang, Reyhanitabar,
//! Rogaway, Vizár 2015, as `StreamBE32`) over ChaCha20-Poly1305. The key seals one file and no other, so the
//! nonce in front of STREAM's counter is all zeros.
//!
//! Form of a piece: suite byte 8 ‖ ciphertext of 64 KiB and tag. How many pieces there are is one of a few
//! numbers; what the file does not fill is zeros.

use aead_stream::{NewStream, StreamBE32, StreamPrimitive};
use chacha20poly1305::ChaCha20Poly1305;
use chacha20poly1305::aead::Payload;
use chacha20poly1305::aead::array::Array;
use zeroize::Zeroizing;

use super::canonical::Canonical;
use super::secret::Secret;
use super::{Error, Suite, derive};
use crate::domain::attachment::{FileKind, MOST_BYTES};
use crate::domain::id::{CaseId, DeploymentId, EnvelopeId};
use crate::rng::Randomness;

/// Bytes of a piece before it is sealed.
pub const PIECE: usize = 64 * 1024;

/// Bytes of a piece as it is sealed.
pub const SEALED_PIECE: usize = 1 + PIECE + 16;

/// The most pieces of a file.
const MOST_PIECES: u32 = 320;
const _: () = assert!(MOST_PIECES as usize * PIECE == MOST_BYTES);

/// What leads the description of a file.
const FORM: u8 = 1;

/// Where a file belongs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct AttachmentContext {
    pub deployment: DeploymentId,
    pub case: CaseId,
    /// The sealed text that describes it; the file has the same name.
    pub file: EnvelopeId,
}

impl AttachmentContext {
    fn list(&self, tag: &'static str) -> Vec<u8> {
        Canonical::new(tag)
            .bytes(self.deployment.as_bytes())
            .bytes(self.case.as_bytes())
            .bytes(self.file.as_bytes())
            .number(u64::from(Suite::Attachment.byte()))
            .finish()
    }
}

/// What the sealed text of a file says: its key, what it is and how long.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Described {
    key: Secret<32>,
    pub kind: FileKind,
    /// What its sender chose, and is shown: whether the commanders may see it as well. The text's audience decides.
    pub for_commanders: bool,
    pub length: u32,
}

impl Described {
    /// Describes a file that is about to be sealed, with a new key.
    ///
    /// # Errors
    /// If it is empty, or longer than any file may be.
    pub fn new(
        kind: FileKind,
        length: usize,
        for_commanders: bool,
        randomness: &Randomness,
    ) -> Result<Self, Error> {
        let length = u32::try_from(length).map_err(|_| Error::TooLong)?;
        count(length)?;
        let key = Secret::random(randomness, "attachment key");
        Ok(Self { key, kind, for_commanders, length })
    }

    /// Form: 1 ‖ key (32) ‖ kind ‖ 1 if for commanders, else 0 ‖ length as a big-endian `u32`.
    #[must_use]
    pub fn to_bytes(&self) -> Zeroizing<Vec<u8>> {
        let mut bytes = Zeroizing::new(Vec::with_capacity(39));
        bytes.push(FORM);
        bytes.extend_from_slice(self.key.expose());
        bytes.push(self.kind.code());
        bytes.push(u8::from(self.for_commanders));
        bytes.extend_from_slice(&self.length.to_be_bytes());
        bytes
    }

    /// # Errors
    /// If it is no description of a file.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        Self::parts(bytes).ok_or(Error::CouldNotBeOpened)
    }

    fn parts(bytes: &[u8]) -> Option<Self> {
        let (key, rest) = bytes.strip_prefix(&[FORM])?.split_first_chunk::<32>()?;
        let ([kind, readers], length) = rest.split_first_chunk::<2>()?;
        let length = u32::from_be_bytes(length.try_into().ok()?);
        count(length).ok()?;
        let for_commanders = match readers {
            0 => false,
            1 => true,
            _ => return None,
        };
        let key = Secret::from_slice(key).ok()?;
        Some(Self { key, kind: FileKind::from_code(*kind)?, for_commanders, length })
    }
}

/// How many pieces a file of a length has: a power of two, or as many as the longest file needs.
fn count(length: u32) -> Result<u32, Error> {
    let needed = length.div_ceil(u32::try_from(PIECE).map_err(|_| Error::TooLong)?);
    if length == 0 || needed > MOST_PIECES {
        return Err(Error::TooLong);
    }
    Ok(needed.next_power_of_two().min(MOST_PIECES))
}

/// The pieces of one file.
pub struct Pieces {
    stream: StreamBE32<ChaCha20Poly1305>,
    associated: Vec<u8>,
    length: u32,
    count: u32,
}

impl std::fmt::Debug for Pieces {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Pieces({}, …)", self.count)
    }
}

impl Pieces {
    /// The pieces of a file that belongs there.
    ///
    /// # Errors
    /// If the description is of no file.
    pub fn of(described: &Described, context: &AttachmentContext) -> Result<Self, Error> {
        let key = derive::derive(&[], described.key.expose(), &context.list("candor attachment key 1"));
        Ok(Self {
            stream: StreamBE32::new(key.expose().into(), &Array::default()),
            associated: context.list("candor attachment 1"),
            length: described.length,
            count: count(described.length)?,
        })
    }

    #[must_use]
    pub const fn count(&self) -> u32 {
        self.count
    }

    /// Which bytes of the file a piece has.
    fn range(&self, number: u32) -> std::ops::Range<usize> {
        let length = usize::try_from(self.length).unwrap_or(0);
        let from = usize::try_from(number).unwrap_or(usize::MAX).saturating_mul(PIECE).min(length);
        from..from.saturating_add(PIECE).min(length)
    }

    /// Seals one piece of the file.
    ///
    /// # Errors
    /// If there is no such piece, or the file is not as long as described.
    pub fn seal(&self, number: u32, file: &[u8]) -> Result<Vec<u8>, Error> {
        if number >= self.count || u32::try_from(file.len()) != Ok(self.length) {
            return Err(Error::TooLong);
        }
        let mut padded = Zeroizing::new(Vec::with_capacity(PIECE));
        padded.extend_from_slice(file.get(self.range(number)).unwrap_or_default());
        padded.resize(PIECE, 0);
        let payload = Payload { msg: &padded, aad: &self.associated };
        let sealed =
            self.stream.encrypt(number, number + 1 == self.count, payload).map_err(|_| Error::TooLong)?;
        let mut piece = Vec::with_capacity(SEALED_PIECE);
        piece.push(Suite::Attachment.byte());
        piece.extend_from_slice(&sealed);
        Ok(piece)
    }

    /// Opens one piece: the bytes of the file that it has, perhaps none.
    ///
    /// # Errors
    /// If it is no piece of this file, or not in this place, or a byte was changed.
    pub fn open(&self, number: u32, piece: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.opened(number, piece).ok_or(Error::CouldNotBeOpened)
    }

    fn opened(&self, number: u32, piece: &[u8]) -> Option<Zeroizing<Vec<u8>>> {
        if number >= self.count || piece.len() != SEALED_PIECE {
            return None;
        }
        let sealed = piece.strip_prefix(&[Suite::Attachment.byte()])?;
        let payload = Payload { msg: sealed, aad: &self.associated };
        let opened = self.stream.decrypt(number, number + 1 == self.count, payload).ok()?;
        let mut bytes = Zeroizing::new(opened);
        bytes.truncate(self.range(number).len());
        Some(bytes)
    }
}

#[cfg(test)]
mod tests {
    use uuid::Uuid;

    use super::{AttachmentContext, Described, PIECE, Pieces, SEALED_PIECE};
    use crate::crypto::Error;
    use crate::domain::attachment::{FileKind, MOST_BYTES};
    use crate::domain::id::{CaseId, DeploymentId, EnvelopeId};
    use crate::rng::Randomness;

    const fn context(file: u8) -> AttachmentContext {
        AttachmentContext {
            deployment: DeploymentId(Uuid::from_bytes([1; 16])),
            case: CaseId(Uuid::from_bytes([2; 16])),
            file: EnvelopeId(Uuid::from_bytes([file; 16])),
        }
    }

    fn described(length: usize) -> Described {
        Described::new(FileKind::Png, length, true, &Randomness::labelled([4; 32])).unwrap()
    }

    #[test]
    fn there_are_few_sizes() {
        let count = |length| Pieces::of(&described(length), &context(3)).unwrap().count();
        let counts: std::collections::BTreeSet<u32> =
            (1..=MOST_BYTES).step_by(PIECE / 2).chain([MOST_BYTES]).map(count).collect();
        assert_eq!(counts.into_iter().collect::<Vec<_>>(), [1, 2, 4, 8, 16, 32, 64, 128, 256, 320]);
        assert_eq!((count(PIECE), count(PIECE + 1)), (1, 2));
        for length in [0, MOST_BYTES + 1] {
            assert!(Described::new(FileKind::Png, length, true, &Randomness::labelled([4; 32])).is_err());
        }
    }

    #[test]
    fn a_file_comes_back_piece_by_piece_and_nothing_else_opens() {
        let file: Vec<u8> = (0..2 * PIECE + 100).map(|at| u8::try_from(at % 251).unwrap()).collect();
        let described = described(file.len());
        let pieces = Pieces::of(&described, &context(3)).unwrap();
        let sealed: Vec<Vec<u8>> = (0..pieces.count()).map(|at| pieces.seal(at, &file).unwrap()).collect();
        assert!(sealed.len() == 4 && sealed.iter().all(|piece| piece.len() == SEALED_PIECE));
        let opened: Vec<u8> =
            (0..4).flat_map(|at| pieces.open(at, &sealed[at as usize]).unwrap().to_vec()).collect();
        assert_eq!(opened, file);

        let no = |result: Result<_, Error>| assert_eq!(result.unwrap_err(), Error::CouldNotBeOpened);
        // In another place, of another file, cut short, longer, changed.
        no(pieces.open(1, &sealed[0]));
        no(pieces.open(4, &sealed[3]));
        no(Pieces::of(&described, &context(9)).unwrap().open(0, &sealed[0]));
        let other = Described { length: 6 * 65_536, ..described.clone() };
        no(Pieces::of(&other, &context(3)).unwrap().open(3, &sealed[3]));
        no(pieces.open(0, &sealed[0][..SEALED_PIECE - 1]));
        for at in (0..SEALED_PIECE).step_by(997) {
            let mut changed = sealed[0].clone();
            changed[at] ^= 1;
            no(pieces.open(0, &changed));
        }
        assert!(pieces.seal(4, &file).is_err() && pieces.seal(0, &file[1..]).is_err());
    }

    #[test]
    fn a_description_comes_back_and_a_changed_one_is_refused() {
        let described = described(70_000);
        let bytes = described.to_bytes();
        assert_eq!(Described::from_bytes(&bytes).unwrap(), described);
        for (at, value) in [(0, 2), (33, 0), (33, 6), (34, 2), (35, 255)] {
            let mut wrong = bytes.to_vec();
            wrong[at] = value;
            assert!(Described::from_bytes(&wrong).is_err(), "byte {at}");
        }
        for length in 0..bytes.len() {
            assert!(Described::from_bytes(&bytes[..length]).is_err());
        }
    }
}
