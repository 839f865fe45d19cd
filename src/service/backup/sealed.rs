//! The file of a backup: records go in, sealed pieces come out, and the other way round.

use std::io::{Read, Write};

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use super::BackupError;
use super::records::{Opening, Record};
use crate::clock::Timestamp;
use crate::crypto::backup::{self, Header, PIECE, Pieces, SEALED_PIECE};
use crate::crypto::public::ReaderPublicKey;
use crate::crypto::secret::BackupKey;
use crate::crypto::service::{Purpose, ServiceKeys};
use crate::rng::Randomness;

/// A backup that is being written.
pub(super) struct Sealing<W> {
    out: W,
    pieces: Pieces,
    /// What is not sealed yet: never empty once something was written, so that the last piece is known as such.
    buffer: Zeroizing<Vec<u8>>,
    sealed: u32,
    hash: Sha256,
}

impl<W: Write> Sealing<W> {
    pub(super) fn begin(
        mut out: W,
        key: &ReaderPublicKey,
        made: Timestamp,
        expires: Timestamp,
        randomness: &Randomness,
    ) -> Result<Self, BackupError> {
        let (header, pieces) =
            backup::begin(key, made, expires, randomness).map_err(|_| BackupError::OtherKey)?;
        out.write_all(&header.to_bytes()).map_err(|_| unwritable())?;
        let buffer = Zeroizing::new(Vec::with_capacity(2 * PIECE));
        Ok(Self { out, pieces, buffer, sealed: 0, hash: Sha256::new() })
    }

    pub(super) fn put(&mut self, record: &Record) -> Result<(), BackupError> {
        let bytes = Zeroizing::new(record.to_bytes().map_err(|_| BackupError::Damaged)?);
        self.hash.update(&*bytes);
        self.append(&bytes)
    }

    fn append(&mut self, mut bytes: &[u8]) -> Result<(), BackupError> {
        while !bytes.is_empty() {
            if self.buffer.len() == PIECE {
                self.piece(false)?;
            }
            let (now, later) = bytes.split_at(bytes.len().min(PIECE - self.buffer.len()));
            self.buffer.extend_from_slice(now);
            bytes = later;
        }
        Ok(())
    }

    /// Seals what is in the buffer, filled up with zeros.
    fn piece(&mut self, last: bool) -> Result<(), BackupError> {
        self.buffer.resize(PIECE, 0);
        let piece: &[u8; PIECE] = self.buffer.first_chunk().ok_or(BackupError::Damaged)?;
        let sealed = self.pieces.seal(piece, last).map_err(|_| BackupError::Damaged)?;
        self.out.write_all(&sealed).map_err(|_| unwritable())?;
        self.buffer.clear();
        self.sealed += 1;
        Ok(())
    }

    /// Puts the mark under everything and fills the file up to its size.
    pub(super) fn finish(mut self, keys: &ServiceKeys) -> Result<W, BackupError> {
        let hash: [u8; 32] = self.hash.clone().finalize().into();
        self.put(&Record::Closing(keys.mac(Purpose::Backup, &hash)))?;
        self.append(&[0])?;
        let total = backup::padded(self.sealed + 1).map_err(|_| BackupError::Damaged)?;
        while self.sealed < total {
            self.piece(self.sealed + 1 == total)?;
        }
        Ok(self.out)
    }
}

/// Whoever called knows which file; see [`BackupError::Unwritable`].
fn unwritable() -> BackupError {
    BackupError::Unwritable("The backup".to_owned())
}

/// A backup that is being read.
pub struct Opened<R> {
    pub header: Header,
    pub opening: Opening,
    from: R,
    pieces: Pieces,
    left: u32,
    buffer: Zeroizing<Vec<u8>>,
    /// How much of the buffer has been read.
    at: usize,
    hash: Sha256,
}

impl<R> std::fmt::Debug for Opened<R> {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        write!(f, "Opened({:?}, …)", self.header)
    }
}

/// Reads the header from the beginning of a backup.
pub(super) fn header(from: &mut impl Read) -> Result<Header, BackupError> {
    let mut bytes = vec![0; Header::LENGTH];
    from.read_exact(&mut bytes).map_err(|_| BackupError::NoBackup)?;
    Header::parse(&bytes).map_err(|_| BackupError::NoBackup)
}

impl<R: Read> Opened<R> {
    /// Opens a backup of `length` bytes with the private half of its key, and reads what it is of.
    ///
    /// # Errors
    /// If it is no backup, of another key, or was changed.
    pub fn open(mut from: R, length: u64, key: &BackupKey) -> Result<Self, BackupError> {
        let header = header(&mut from)?;
        let left = backup::count(length).ok_or(BackupError::NoBackup)?;
        let pieces = backup::open(&header, key).map_err(|error| match error {
            crate::crypto::Error::WrongReader => BackupError::OtherKey,
            _ => BackupError::Damaged,
        })?;
        let mut opened = Self {
            header,
            opening: Opening {
                schema: 0,
                deployment: crate::domain::id::DeploymentId(uuid::Uuid::nil()),
                last_entry: 0,
                head: String::new(),
            },
            from,
            pieces,
            left,
            buffer: Zeroizing::new(Vec::new()),
            at: 0,
            hash: Sha256::new(),
        };
        match opened.next()? {
            Record::Opening(opening) => opened.opening = opening,
            _ => return Err(BackupError::Damaged),
        }
        Ok(opened)
    }

    /// The next record.
    pub(super) fn next(&mut self) -> Result<Record, BackupError> {
        loop {
            let rest = self.buffer.get(self.at..).unwrap_or_default();
            if let Some((record, used)) = Record::take(rest).map_err(|_| BackupError::Damaged)? {
                if !matches!(record, Record::Closing(_) | Record::Padding) {
                    self.hash.update(rest.get(..used).unwrap_or_default());
                }
                self.at += used;
                return Ok(record);
            }
            self.more()?;
        }
    }

    /// Opens one more piece.
    fn more(&mut self) -> Result<(), BackupError> {
        if self.left == 0 {
            return Err(BackupError::Damaged);
        }
        let mut sealed = vec![0; SEALED_PIECE];
        self.from.read_exact(&mut sealed).map_err(|_| BackupError::Unreadable)?;
        self.left -= 1;
        let piece = self.pieces.open(&sealed, self.left == 0).map_err(|_| BackupError::Damaged)?;
        // By hand, so that what was read leaves no copy when the buffer grows.
        let mut buffer = Zeroizing::new(Vec::with_capacity(self.buffer.len() - self.at + PIECE));
        buffer.extend_from_slice(self.buffer.get(self.at..).unwrap_or_default());
        buffer.extend_from_slice(&piece);
        (self.buffer, self.at) = (buffer, 0);
        Ok(())
    }

    /// Checks the mark under everything, where the service key is at hand, and that nothing but zeros follows.
    pub(super) fn close(&mut self, mark: &[u8; 32], keys: Option<&ServiceKeys>) -> Result<(), BackupError> {
        let hash: [u8; 32] = self.hash.clone().finalize().into();
        if keys.is_some_and(|keys| !keys.verify_mac(Purpose::Backup, &hash, mark)) {
            return Err(BackupError::NotOurs);
        }
        loop {
            if self.buffer.get(self.at..).unwrap_or_default().iter().any(|byte| *byte != 0) {
                return Err(BackupError::Damaged);
            }
            self.at = self.buffer.len();
            if self.left == 0 {
                return Ok(());
            }
            self.more()?;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{Opened, Sealing};
    use crate::clock::Timestamp;
    use crate::crypto::backup::{Header, SEALED_PIECE};
    use crate::crypto::secret::{BackupKey, ServiceKey};
    use crate::crypto::service::ServiceKeys;
    use crate::domain::id::DeploymentId;
    use crate::rng::Randomness;
    use crate::service::backup::BackupError;
    use crate::service::backup::records::{Opening, Record};
    use crate::store::portable::Value;

    fn keys(byte: u8) -> ServiceKeys {
        ServiceKeys::new(&ServiceKey::from_bytes([byte; 32]))
    }

    fn key() -> BackupKey {
        BackupKey::from_bytes([1; 32])
    }

    fn opening() -> Opening {
        Opening {
            schema: 17,
            deployment: DeploymentId(uuid::Uuid::from_u128(1)),
            last_entry: 3,
            head: String::new(),
        }
    }

    /// A backup of so many rows of 1,000 bytes.
    fn written(rows: usize) -> Vec<u8> {
        let randomness = Randomness::labelled([9; 32]);
        let (made, expires) = (Timestamp(5), Timestamp(6));
        let mut sealing = Sealing::begin(Vec::new(), &key().public(), made, expires, &randomness).unwrap();
        sealing.put(&Record::Opening(opening())).unwrap();
        for _ in 0..rows {
            sealing.put(&Record::Row(vec![Value::Bytes(vec![7; 1_000])])).unwrap();
        }
        sealing.finish(&keys(3)).unwrap()
    }

    fn read(bytes: &[u8], keys: &ServiceKeys) -> Result<usize, BackupError> {
        let mut opened = Opened::open(bytes, bytes.len() as u64, &key())?;
        assert_eq!(opened.opening, opening());
        let mut rows = 0;
        loop {
            match opened.next()? {
                Record::Row(_) => rows += 1,
                Record::Closing(mark) => return opened.close(&mark, Some(keys)).map(|()| rows),
                other => panic!("{other:?}"),
            }
        }
    }

    #[test]
    fn what_went_in_comes_out_at_every_length() {
        for rows in [0, 1, 64, 65, 66, 1_000, 1_043, 1_044, 1_045, 1_046, 3_000] {
            assert_eq!(read(&written(rows), &keys(3)).unwrap(), rows);
        }
    }

    #[test]
    fn sizes_tell_little() {
        assert_eq!(written(0).len(), written(900).len());
        assert_eq!(written(1_200).len(), written(1_900).len());
        assert_eq!(written(0).len(), Header::LENGTH + 16 * SEALED_PIECE);
    }

    #[test]
    fn whatever_was_changed_is_refused() {
        let whole = written(100);
        assert!(matches!(read(&whole, &keys(4)), Err(BackupError::NotOurs)));
        let piece = |at: usize| Header::LENGTH + at * SEALED_PIECE..Header::LENGTH + (at + 1) * SEALED_PIECE;
        // A piece less, two exchanged, the last one twice, cut anywhere, a changed byte.
        let mut less = whole.clone();
        less.drain(piece(3));
        assert!(matches!(read(&less, &keys(3)), Err(BackupError::NoBackup)));
        let mut exchanged = whole.clone();
        exchanged.copy_within(piece(1), piece(2).start);
        assert!(matches!(read(&exchanged, &keys(3)), Err(BackupError::Damaged)));
        let half = [&whole[..piece(7).end], &whole[..0]].concat();
        assert!(read(&half, &keys(3)).is_err());
        for at in (0..whole.len()).step_by(30_011) {
            let mut changed = whole.clone();
            changed[at] ^= 1;
            assert!(read(&changed, &keys(3)).is_err(), "byte {at}");
            assert!(read(&whole[..at], &keys(3)).is_err(), "cut at {at}");
        }
    }
}
