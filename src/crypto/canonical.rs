//! One unambiguous way to write several fields as one string of bytes.
//!
//! Everything that is signed, hashed, or bound to a sealed text is written like this: a
//! tag that names what it is, then the fields in a fixed order. Each field is its length
//! in bytes as a big-endian `u64`, then the bytes. Two different lists of fields can
//! therefore never give the same bytes, whatever the fields contain.

use std::fmt;

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

/// A list of fields being written. What is written is wiped when this is dropped or
/// grows, because some fields are texts and keys.
pub struct Canonical {
    bytes: Zeroizing<Vec<u8>>,
}

impl Canonical {
    /// Begins a list with a tag that no other kind of list has.
    #[must_use]
    pub fn new(tag: &str) -> Self {
        Self { bytes: Zeroizing::new(Vec::with_capacity(256)) }.text(tag)
    }

    /// Adds bytes.
    #[must_use]
    pub fn bytes(mut self, field: &[u8]) -> Self {
        self.append(&(field.len() as u64).to_be_bytes());
        self.append(field);
        self
    }

    /// Adds a text as UTF-8.
    #[must_use]
    pub fn text(self, field: &str) -> Self {
        self.bytes(field.as_bytes())
    }

    /// Adds a number as eight bytes, big-endian.
    #[must_use]
    pub fn number(self, field: u64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// Adds a number that may be negative, in two's complement.
    #[must_use]
    pub fn signed_number(self, field: i64) -> Self {
        self.bytes(&field.to_be_bytes())
    }

    /// Adds yes (1) or no (0).
    #[must_use]
    pub fn flag(self, field: bool) -> Self {
        self.number(u64::from(field))
    }

    /// Adds a field that may be absent: yes and the bytes, or no.
    #[must_use]
    pub fn optional(self, field: Option<&[u8]>) -> Self {
        match field {
            Some(field) => self.flag(true).bytes(field),
            None => self.flag(false),
        }
    }

    /// The bytes.
    #[must_use]
    pub fn finish(mut self) -> Vec<u8> {
        std::mem::take(&mut *self.bytes)
    }

    /// The bytes, wiped when dropped, for lists that hold a text or a key.
    #[must_use]
    pub fn finish_secret(self) -> Zeroizing<Vec<u8>> {
        self.bytes
    }

    /// SHA-256 of the bytes.
    #[must_use]
    pub fn digest(self) -> [u8; 32] {
        Sha256::digest(&*self.bytes).into()
    }

    /// Grows by hand: a vector that grows by itself leaves its old copy in memory.
    fn append(&mut self, data: &[u8]) {
        let needed = self.bytes.len().saturating_add(data.len());
        if needed > self.bytes.capacity() {
            let capacity = needed.max(self.bytes.capacity().saturating_mul(2));
            let mut larger = Zeroizing::new(Vec::with_capacity(capacity));
            larger.extend_from_slice(&self.bytes);
            self.bytes = larger;
        }
        self.bytes.extend_from_slice(data);
    }
}

impl fmt::Debug for Canonical {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Canonical({} bytes)", self.bytes.len())
    }
}

/// Reads the fields of a list back, one after the other.
pub(crate) struct Fields<'a>(&'a [u8]);

impl<'a> Fields<'a> {
    /// The fields after the tag; nothing if the tag is another.
    pub(crate) fn after(tag: &str, bytes: &'a [u8]) -> Option<Self> {
        let mut fields = Self(bytes);
        (fields.bytes()? == tag.as_bytes()).then_some(fields)
    }

    pub(crate) fn bytes(&mut self) -> Option<&'a [u8]> {
        let (length, rest) = self.0.split_first_chunk::<8>()?;
        let length = usize::try_from(u64::from_be_bytes(*length)).ok()?;
        let (field, rest) = rest.split_at_checked(length)?;
        self.0 = rest;
        Some(field)
    }

    pub(crate) fn array<const N: usize>(&mut self) -> Option<[u8; N]> {
        self.bytes()?.try_into().ok()
    }

    pub(crate) fn text(&mut self) -> Option<&'a str> {
        std::str::from_utf8(self.bytes()?).ok()
    }

    pub(crate) fn number(&mut self) -> Option<u64> {
        self.array().map(u64::from_be_bytes)
    }

    pub(crate) fn flag(&mut self) -> Option<bool> {
        match self.number()? {
            0 => Some(false),
            1 => Some(true),
            _ => None,
        }
    }

    pub(crate) fn is_finished(&self) -> bool {
        self.0.is_empty()
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::{Canonical, Fields};

    fn encode(fields: &[Vec<u8>]) -> Vec<u8> {
        fields.iter().fold(Canonical::new("test"), |list, field| list.bytes(field)).finish()
    }

    #[test]
    fn the_encoding_is_lengths_and_bytes() {
        let expected = [
            &[0, 0, 0, 0, 0, 0, 0, 3][..],
            b"tag",
            &[0, 0, 0, 0, 0, 0, 0, 2],
            b"ab",
            &[0, 0, 0, 0, 0, 0, 0, 8],
            &[0, 0, 0, 0, 0, 0, 1, 0],
        ]
        .concat();
        assert_eq!(Canonical::new("tag").text("ab").number(256).finish(), expected);
        assert_eq!(*Canonical::new("tag").text("ab").number(256).finish_secret(), expected);
    }

    #[test]
    fn absent_and_empty_differ() {
        assert_ne!(
            Canonical::new("t").optional(None).finish(),
            Canonical::new("t").optional(Some(b"")).finish()
        );
    }

    #[test]
    fn debug_output_shows_nothing_written() {
        assert!(!format!("{:?}", Canonical::new("tag").text("secret")).contains("secret"));
    }

    proptest! {
        #[test]
        fn different_lists_never_meet(
            one in prop::collection::vec(prop::collection::vec(0_u8..3, 0..4), 0..4),
            other in prop::collection::vec(prop::collection::vec(0_u8..3, 0..4), 0..4),
        ) {
            prop_assert_eq!(encode(&one) == encode(&other), one == other);
        }

        #[test]
        fn fields_come_back(list in prop::collection::vec(prop::collection::vec(any::<u8>(), 0..300), 0..6)) {
            let bytes = encode(&list);
            let mut fields = Fields::after("test", &bytes).unwrap();
            for field in &list {
                prop_assert_eq!(fields.bytes().unwrap(), &field[..]);
            }
            prop_assert!(fields.is_finished());
            prop_assert!(fields.bytes().is_none());
        }

        #[test]
        fn any_bytes_are_read_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..64)) {
            let mut fields = Fields(&bytes);
            while fields.bytes().is_some() {}
        }
    }
}
