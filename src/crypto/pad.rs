//! Size classes, so that the length of what is stored says little about the text.
//!
//! Form: length of the text as a big-endian `u32` ‖ text ‖ zeros, up to the class.

use zeroize::Zeroizing;

use super::Error;

const KIB: usize = 1024;
const STEP: usize = 64 * KIB;
const PREFIX: usize = 4;

/// A padded size in bytes: 4, 8, 16, 32 or 64 KiB, then multiples of 64 KiB up to 1 MiB.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct SizeClass(usize);

impl SizeClass {
    /// 4 KiB.
    pub const SMALLEST: Self = Self(4 * KIB);
    /// 16 KiB: holds 4,000 characters whatever they are.
    pub const STATEMENT: Self = Self(16 * KIB);
    /// 1 MiB.
    pub const LARGEST: Self = Self(1024 * KIB);

    /// The smallest class that holds a text of `length` bytes.
    ///
    /// # Errors
    /// If no class does.
    pub fn for_length(length: usize) -> Result<Self, Error> {
        let needed = length.checked_add(PREFIX).ok_or(Error::TooLong)?;
        let padded = if needed <= STEP {
            needed.next_power_of_two().max(Self::SMALLEST.0)
        } else {
            needed.checked_next_multiple_of(STEP).ok_or(Error::TooLong)?
        };
        if padded > Self::LARGEST.0 { Err(Error::TooLong) } else { Ok(Self(padded)) }
    }

    /// The class of something already padded to `padded` bytes.
    fn of_padded(padded: usize) -> Option<Self> {
        let class = Self::for_length(padded.checked_sub(PREFIX)?).ok()?;
        (class.0 == padded).then_some(class)
    }

    /// Bytes after padding.
    #[must_use]
    pub const fn padded_length(self) -> usize {
        self.0
    }

    /// The longest text that the class holds, in bytes.
    #[must_use]
    pub const fn capacity(self) -> usize {
        self.0 - PREFIX
    }
}

/// Pads a text to a class.
///
/// # Errors
/// If the class does not hold it.
pub fn pad_to(class: SizeClass, data: &[u8]) -> Result<Zeroizing<Vec<u8>>, Error> {
    let length = u32::try_from(data.len()).map_err(|_| Error::TooLong)?;
    if data.len() > class.capacity() {
        return Err(Error::TooLong);
    }
    let mut padded = Zeroizing::new(Vec::with_capacity(class.padded_length()));
    padded.extend_from_slice(&length.to_be_bytes());
    padded.extend_from_slice(data);
    padded.resize(class.padded_length(), 0);
    Ok(padded)
}

/// Finds the text in something padded. The length it states is checked against what is
/// there, the size against the classes, and the filling must be zeros: there is one
/// padding of a text to a class.
///
/// # Errors
/// If it is not padded like that.
pub fn unpad(padded: &[u8]) -> Result<&[u8], Error> {
    unpad_parts(padded).ok_or(Error::CouldNotBeOpened)
}

fn unpad_parts(padded: &[u8]) -> Option<&[u8]> {
    SizeClass::of_padded(padded.len())?;
    let (length, rest) = padded.split_first_chunk::<PREFIX>()?;
    let (data, filling) = rest.split_at_checked(usize::try_from(u32::from_be_bytes(*length)).ok()?)?;
    let filled = filling.iter().fold(0, |sum, byte| sum | byte);
    (filled == 0).then_some(data)
}

/// As [`unpad`], in place and without leaving a copy.
pub(crate) fn unpad_owned(mut padded: Zeroizing<Vec<u8>>) -> Result<Zeroizing<Vec<u8>>, Error> {
    let length = unpad(&padded)?.len();
    padded.copy_within(PREFIX..PREFIX + length, 0);
    padded.truncate(length);
    Ok(padded)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;
    use zeroize::Zeroizing;

    use super::{SizeClass, pad_to, unpad, unpad_owned};
    use crate::crypto::Error;

    #[test]
    fn classes_are_as_written() {
        let class = |length| SizeClass::for_length(length).map(SizeClass::padded_length);
        assert_eq!(class(0), Ok(4_096));
        assert_eq!(class(4_092), Ok(4_096));
        assert_eq!(class(4_093), Ok(8_192));
        assert_eq!(class(16_000), Ok(16_384));
        assert_eq!(class(40_000), Ok(65_536));
        assert_eq!(class(65_532), Ok(65_536));
        assert_eq!(class(65_533), Ok(131_072));
        assert_eq!(class(200_000), Ok(262_144));
        assert_eq!(class(1_048_572), Ok(1_048_576));
        assert_eq!(class(1_048_573), Err(Error::TooLong));
        assert_eq!(class(usize::MAX), Err(Error::TooLong));
    }

    #[test]
    fn a_class_holds_its_capacity_and_no_byte_more() {
        let class = SizeClass::SMALLEST;
        assert!(pad_to(class, &vec![1; class.capacity()]).is_ok());
        assert_eq!(pad_to(class, &vec![1; class.capacity() + 1]).unwrap_err(), Error::TooLong);
    }

    #[test]
    fn a_wrong_length_size_or_filling_is_refused() {
        let padded = pad_to(SizeClass::SMALLEST, b"text").unwrap();
        assert_eq!(unpad(&padded).unwrap(), b"text");
        for (at, value) in [(0, 255), (1, 1), (2, 16), (3, 3), (8, 1), (4_095, 1)] {
            let mut wrong = padded.to_vec();
            wrong[at] = value;
            assert_eq!(unpad(&wrong).unwrap_err(), Error::CouldNotBeOpened, "byte {at}");
        }
        for length in [0, 1, 3, 4, 100, 4_095, 4_097, 12_288] {
            let mut wrong = padded.to_vec();
            wrong.resize(length, 0);
            assert_eq!(unpad(&wrong).unwrap_err(), Error::CouldNotBeOpened, "length {length}");
        }
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(32))]
        #[test]
        fn what_is_padded_comes_back(data in prop::collection::vec(any::<u8>(), 0..9_000), larger in any::<bool>()) {
            let class = if larger { SizeClass::STATEMENT } else { SizeClass::for_length(data.len()).unwrap() };
            let padded = pad_to(class, &data).unwrap();
            prop_assert_eq!(padded.len(), class.padded_length());
            prop_assert_eq!(unpad(&padded).unwrap(), &data[..]);
            prop_assert_eq!(&*unpad_owned(padded).unwrap(), &data);
        }

        #[test]
        fn any_bytes_are_unpadded_without_panic(start in any::<[u8; 8]>(), length in 0_usize..70_000) {
            let mut bytes = vec![0; length];
            bytes.iter_mut().zip(start).for_each(|(to, from)| *to = from);
            let _ = unpad(&bytes);
            let _ = unpad_owned(Zeroizing::new(bytes));
        }
    }
}
