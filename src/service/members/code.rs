//! What a member is found by, their code, and how number and name rest. Both hashes are made with a key that is
//! carried over when the service key is exchanged, so that no slip has to be printed anew.

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::id::MemberId;
use crate::service::{Candor, Problem};
use crate::store::members::Member;

use super::at_rest;

/// Digits and capital letters without those that look alike: five bits each.
const LETTERS: &[u8; 32] = b"0123456789ABCDEFGHJKMNPQRSTVWXYZ";
/// Letters of a code: 80 bits.
const LONG: usize = 16;
const GROUP: usize = 4;
/// Longest code that is taken, with what people put between its groups.
pub const CODE_MOST: usize = 40;
/// Number and name rest in multiples of this many bytes.
const PIECE: usize = 64;

/// A code as it was typed: without what is between its letters, and with those that look alike made one.
fn plain(typed: &str) -> Zeroizing<String> {
    let letters = typed.chars().take(CODE_MOST).filter(char::is_ascii_alphanumeric);
    Zeroizing::new(
        letters
            .map(|letter| match letter.to_ascii_uppercase() {
                'O' => '0',
                'I' | 'L' => '1',
                other => other,
            })
            .collect(),
    )
}

/// 80 bits as letters.
fn letters(mac: &[u8; 32]) -> Zeroizing<String> {
    let mut text = Zeroizing::new(String::with_capacity(LONG));
    let (mut kept, mut bits) = (0_u32, 0_u32);
    for byte in mac.iter().take(LONG * 5 / 8) {
        kept = kept << 8 | u32::from(*byte);
        bits += 8;
        while bits >= 5 {
            bits -= 5;
            let place = usize::try_from(kept >> bits & 31).unwrap_or_default();
            text.push(LETTERS.get(place).map_or('0', |letter| char::from(*letter)));
        }
    }
    text
}

impl Candor {
    /// What a number is found by.
    pub(super) fn member_lookup(&self, number: &str) -> [u8; 32] {
        let data = Canonical::new("candor member number 1").bytes(self.deployment.as_bytes()).text(number);
        self.keys.mac(Purpose::Member, &data.finish())
    }

    fn bare_code(&self, id: MemberId, generation: u32) -> Zeroizing<String> {
        let data = Canonical::new("candor member code 1")
            .bytes(self.deployment.as_bytes())
            .bytes(id.as_bytes())
            .number(u64::from(generation))
            .finish();
        letters(&self.keys.mac(Purpose::Member, &data))
    }

    /// A member's code as it is printed, in groups.
    pub(super) fn member_code(&self, id: MemberId, generation: u32) -> Zeroizing<String> {
        let bare = self.bare_code(id, generation);
        let mut text = Zeroizing::new(String::with_capacity(LONG + LONG / GROUP));
        for (at, letter) in bare.chars().enumerate() {
            if at > 0 && at.is_multiple_of(GROUP) {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// Whether a code is the one that holds; in constant time.
    pub(super) fn is_code_of(&self, id: MemberId, generation: u32, typed: &str) -> bool {
        let (typed, right) = (plain(typed), self.bare_code(id, generation));
        bool::from(typed.as_bytes().ct_eq(right.as_bytes()))
    }

    pub(super) fn seal_member(&self, id: MemberId, number: &str, name: &str) -> Result<Vec<u8>, Problem> {
        let mut text = Zeroizing::new(Vec::with_capacity(2 * PIECE));
        text.extend_from_slice(number.as_bytes());
        text.push(0);
        text.extend_from_slice(name.as_bytes());
        text.push(0);
        // How long a name is would tell one from another.
        let whole = text.len().next_multiple_of(PIECE);
        text.resize(whole, 0);
        Ok(self.keys.seal(Purpose::Member, &at_rest(id), &text, &self.randomness)?)
    }

    /// Number and name.
    pub(super) fn open_member(&self, member: &Member) -> Result<(String, String), Problem> {
        let text = self.keys.open(Purpose::Member, &at_rest(member.id), &member.sealed)?;
        let text = std::str::from_utf8(&text).map_err(|_| Problem::Damaged)?;
        let mut parts = text.split('\0');
        match (parts.next(), parts.next()) {
            (Some(number), Some(name)) => Ok((number.to_owned(), name.to_owned())),
            _ => Err(Problem::Damaged),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{letters, plain};
    use crate::domain::id::MemberId;
    use crate::service::Candor;

    #[test]
    fn a_code_has_eighty_bits_and_is_read_as_people_type_it() {
        assert_eq!(*letters(&[0; 32]), "0".repeat(16));
        assert_eq!(*letters(&[255; 32]), "Z".repeat(16));
        let mut mac = [0; 32];
        mac[9] = 1;
        assert_eq!(*letters(&mac), format!("{}1", "0".repeat(15)), "the last of ten bytes counts");
        assert_eq!(*plain(" ab-o1 il "), "AB0111");
        assert_eq!(plain(&"A".repeat(500)).len(), super::CODE_MOST);
    }

    // A pool of connections, even one that is never used, wants a runtime around it.
    #[tokio::test]
    async fn a_code_is_one_members_and_one_generations() {
        let candor = Candor::without_database();
        let (one, other) = (MemberId(uuid::Uuid::from_u128(1)), MemberId(uuid::Uuid::from_u128(2)));
        let code = candor.member_code(one, 1);
        assert_eq!(code.len(), 19);
        assert!(candor.is_code_of(one, 1, &code) && candor.is_code_of(one, 1, &code.to_lowercase()));
        assert!(!candor.is_code_of(one, 2, &code) && !candor.is_code_of(other, 1, &code));
        assert!(!candor.is_code_of(one, 1, "") && !candor.is_code_of(one, 1, &code[..18]));
    }
}
