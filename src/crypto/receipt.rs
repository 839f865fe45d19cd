//! Receipts: ten words of the EFF long list, drawn by the program.
//!
//! The list has 7,776 words, 7,775 when only letters count (`yo-yo` and `yoyo` are one),
//! so a phrase has ten times 12.92 bits: 129. That is beyond guessing, so the phrase needs
//! no slow derivation, and no secret salt whose loss would kill every receipt.
//! When only letters count, no word of the list begins another (tested): letters run together still
//! part into words in one way only.

use std::collections::HashMap;
use std::fmt;
use std::sync::LazyLock;

use diceware_wordlists::EFF_LONG_WORDLIST;
use subtle::ConstantTimeEq;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use super::canonical::Canonical;
use super::derive::derive;
use super::secret::ReceiptKey;
use super::service::{Purpose, ServiceKeys};
use crate::domain::id::DeploymentId;
use crate::rng::Randomness;

/// Words of a receipt.
pub const WORDS: usize = 10;

/// Longest typed receipt in bytes; the longest genuine one has 99 with single spaces.
pub const LONGEST: usize = 512;

const SHORTEST_WORD: usize = 3;
const LONGEST_WORD: usize = 9;

/// Letters of each word to its place in the list.
static PLACES: LazyLock<HashMap<String, u16>> = LazyLock::new(|| {
    let mut places = HashMap::with_capacity(EFF_LONG_WORDLIST.len());
    for (place, word) in (0..).zip(EFF_LONG_WORDLIST.iter()) {
        places.entry(word.replace('-', "")).or_insert(place);
    }
    places
});

/// Why a typed text is no receipt, in words for the person who typed it. Debug output
/// does not show the word: it is part of a secret.
#[derive(Clone, PartialEq, Eq, thiserror::Error)]
pub enum ReceiptError {
    #[error("This is too long for a receipt. A receipt has ten words and nothing else.")]
    TooLong,
    #[error("“{0}” is not one of the words that receipts are made of. Please check its spelling.")]
    UnknownWord(String),
    #[error("A receipt has ten words; this has {found}.")]
    TooFewWords { found: usize },
    #[error("A receipt has ten words; this has {found}.")]
    TooManyWords { found: usize },
}

impl fmt::Debug for ReceiptError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::TooLong => f.write_str("TooLong"),
            Self::UnknownWord(_) => f.write_str("UnknownWord(…)"),
            Self::TooFewWords { found } => write!(f, "TooFewWords {{ found: {found} }}"),
            Self::TooManyWords { found } => write!(f, "TooManyWords {{ found: {found} }}"),
        }
    }
}

/// A receipt's ten words. It has no `Display`, so that it is not printed by accident.
#[derive(Clone, Zeroize, ZeroizeOnDrop)]
pub struct ReceiptPhrase([u16; WORDS]);

impl ReceiptPhrase {
    /// Draws a receipt, every one equally likely.
    #[must_use]
    pub fn draw(randomness: &Randomness) -> Self {
        let mut phrase = Self([0; WORDS]);
        for place in &mut phrase.0 {
            *place = loop {
                let drawn = randomness.below("receipt word", EFF_LONG_WORDLIST.len() as u64);
                let drawn = u16::try_from(drawn).unwrap_or(0);
                // The second spelling of a word would make that word twice as likely.
                if PLACES.get(&word(drawn).replace('-', "")) == Some(&drawn) {
                    break drawn;
                }
            };
        }
        phrase
    }

    /// Stands in for what is no receipt where as much must be done as for one. Nobody draws it.
    #[must_use]
    pub fn stand_in() -> Self {
        Self([0; WORDS])
    }

    /// Reads what somebody typed or pasted. Only letters count: spaces, line ends,
    /// hyphens, digits, punctuation and case do not.
    ///
    /// # Errors
    /// If it is too long, has a word that is not in the list, or not ten words.
    pub fn parse(typed: &str) -> Result<Self, ReceiptError> {
        if typed.len() > LONGEST {
            return Err(ReceiptError::TooLong);
        }
        let letters = letters_of(typed);
        let (places, rest) = part(&letters);
        if !rest.is_empty() {
            return Err(ReceiptError::UnknownWord(unknown_word(typed, rest)));
        }
        let found = places.len();
        let mut phrase = Self([0; WORDS]);
        match found {
            ..WORDS => return Err(ReceiptError::TooFewWords { found }),
            WORDS => phrase.0.copy_from_slice(&places),
            _ => return Err(ReceiptError::TooManyWords { found }),
        }
        Ok(phrase)
    }

    /// The words, as the list spells them.
    #[must_use]
    pub fn words(&self) -> [&'static str; WORDS] {
        self.0.map(word)
    }

    /// The words with single spaces between them.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(WORDS * (LONGEST_WORD + 2)));
        for word in self.words() {
            if !text.is_empty() {
                text.push(' ');
            }
            text.push_str(word);
        }
        text
    }

    fn letters(&self) -> Zeroizing<String> {
        let mut letters = Zeroizing::new(String::with_capacity(WORDS * (LONGEST_WORD + 2)));
        self.words().iter().flat_map(|word| word.chars()).filter(|c| *c != '-').for_each(|c| letters.push(c));
        letters
    }

    /// The value that the receipt is found by, and its private key. HKDF-SHA256 over the
    /// letters; the deployment is the (public) salt, so that the same words elsewhere
    /// give something else.
    #[must_use]
    pub fn keys(&self, deployment: DeploymentId) -> (Lookup, ReceiptKey) {
        let letters = self.letters();
        let salt = Canonical::new("candor receipt 1").bytes(deployment.as_bytes()).finish();
        let part = |part: &str| {
            derive(&salt, letters.as_bytes(), &Canonical::new("candor receipt part 1").text(part).finish())
        };
        (*part("lookup").expose(), ReceiptKey::from_secret(part("reading")))
    }

    /// Proof, for the review page, that the receipt was drawn here and not chosen.
    #[must_use]
    pub fn authenticate(&self, keys: &ServiceKeys) -> [u8; 32] {
        keys.mac(Purpose::Review, &self.message())
    }

    /// Whether the proof is that of this receipt; in constant time.
    #[must_use]
    pub fn verify(&self, keys: &ServiceKeys, proof: &[u8]) -> bool {
        keys.verify_mac(Purpose::Review, &self.message(), proof)
    }

    fn message(&self) -> Zeroizing<Vec<u8>> {
        Canonical::new("candor receipt drawn 1").text(&self.letters()).finish_secret()
    }
}

/// The value that a receipt is found by.
pub type Lookup = [u8; 32];

impl PartialEq for ReceiptPhrase {
    fn eq(&self, other: &Self) -> bool {
        self.0.as_slice().ct_eq(other.0.as_slice()).into()
    }
}

impl Eq for ReceiptPhrase {}

impl fmt::Debug for ReceiptPhrase {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ReceiptPhrase(…)")
    }
}

fn word(place: u16) -> &'static str {
    EFF_LONG_WORDLIST.get(usize::from(place)).copied().unwrap_or("")
}

/// The letters of a text, in lower case. Letters of other alphabets stay, so that they
/// are named as wrong instead of being passed over.
fn letters_of(text: &str) -> Zeroizing<String> {
    let mut letters = Zeroizing::new(String::with_capacity(text.len().saturating_mul(3)));
    text.chars().filter(|c| c.is_alphabetic()).flat_map(char::to_lowercase).for_each(|c| letters.push(c));
    letters
}

/// The words that letters begin with, and what is left where no word goes on.
fn part(letters: &str) -> (Zeroizing<Vec<u16>>, &str) {
    let mut places = Zeroizing::new(Vec::with_capacity(LONGEST / SHORTEST_WORD + 1));
    let mut rest = letters;
    while let Some((place, after)) = first_word(rest) {
        places.push(place);
        rest = after;
    }
    (places, rest)
}

fn first_word(letters: &str) -> Option<(u16, &str)> {
    (SHORTEST_WORD..=LONGEST_WORD).find_map(|length| {
        let (word, rest) = letters.split_at_checked(length)?;
        Some((*PLACES.get(word)?, rest))
    })
}

/// The word to name to somebody whose receipt does not part into words. Where there are
/// spaces, it is the first of what they separate that is no word, alone or together with its neighbour
/// (somebody may write `t shirt`); otherwise it is what is left, cut to a word's length.
fn unknown_word(typed: &str, rest: &str) -> String {
    let pieces: Vec<&str> =
        typed.split(|c: char| !c.is_alphabetic() && c != '-').filter(|piece| !piece.is_empty()).collect();
    let makes_words = |pieces: &[&str]| {
        let letters = Zeroizing::new(pieces.concat());
        let letters = letters_of(&letters);
        part(&letters).1.is_empty()
    };
    let mut left = pieces.as_slice();
    while let Some((piece, after)) = left.split_first() {
        if makes_words(&[piece]) {
            left = after;
        } else if let Some((neighbour, beyond)) = after.split_first()
            && makes_words(&[piece, neighbour])
        {
            left = beyond;
        } else if piece.chars().count() <= 2 * LONGEST_WORD {
            return piece.trim_matches('-').to_lowercase();
        } else {
            let letters = letters_of(piece);
            return cut(part(&letters).1);
        }
    }
    cut(rest)
}

fn cut(letters: &str) -> String {
    let mut word: String = letters.chars().take(LONGEST_WORD).collect();
    if letters.chars().count() > LONGEST_WORD {
        word.push('…');
    }
    word
}
