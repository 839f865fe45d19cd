//! Text that a person typed, checked once where it enters.

use std::fmt;

use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop};

/// What is wrong with a text, in words for the person who typed it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, thiserror::Error)]
pub enum ProseError {
    #[error("Please write something here.")]
    Empty,
    #[error("This is {over} characters too long; there is room for {limit}.")]
    TooLong { limit: usize, over: usize },
    #[error("This holds characters that cannot be shown. Please remove them.")]
    ControlCharacter,
}

/// A typed text: trimmed, line ends made `\n`, without control characters or
/// invisible marks that reorder text. It is wiped from memory when dropped and
/// never appears in debug output.
#[derive(Clone, Default, PartialEq, Eq, Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
#[serde(transparent)]
pub struct Prose(String);

impl Prose {
    /// Checks a required text of at most `limit` characters.
    ///
    /// # Errors
    /// If nothing is left after trimming, it is too long, or it holds control characters.
    pub fn parse(raw: &str, limit: usize) -> Result<Self, ProseError> {
        let prose = Self::parse_optional(raw, limit)?;
        if prose.is_empty() { Err(ProseError::Empty) } else { Ok(prose) }
    }

    /// Checks a text that may be left out; nothing typed gives an empty text.
    ///
    /// # Errors
    /// If it is too long or holds control characters.
    pub fn parse_optional(raw: &str, limit: usize) -> Result<Self, ProseError> {
        // A character has at most four bytes and a line end may come as two: what is
        // far beyond that is refused before any work is spent on it.
        if raw.len() > limit.saturating_mul(8).saturating_add(64) {
            let count = raw.chars().count();
            return Err(ProseError::TooLong { limit, over: count.saturating_sub(limit) });
        }
        let unified = zeroize::Zeroizing::new(raw.replace("\r\n", "\n").replace('\r', "\n"));
        if unified.chars().any(|c| c.is_control() && c != '\n' && c != '\t') {
            return Err(ProseError::ControlCharacter);
        }
        let mut text: String = unified.chars().filter(|c| !reorders(*c)).collect();
        let kept = text.trim();
        if kept.len() != text.len() {
            let trimmed = kept.to_owned();
            text.zeroize();
            text = trimmed;
        }
        let count = text.chars().count();
        if count > limit {
            text.zeroize();
            return Err(ProseError::TooLong { limit, over: count - limit });
        }
        Ok(Self(text))
    }

    #[must_use]
    pub fn as_str(&self) -> &str {
        &self.0
    }

    #[must_use]
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

/// Marks that make a text read differently from how it is stored: they could show
/// one sentence to the person who signs and keep another.
fn reorders(c: char) -> bool {
    matches!(c, '\u{202A}'..='\u{202E}' | '\u{2066}'..='\u{2069}' | '\u{200E}' | '\u{200F}' | '\u{061C}' | '\u{FEFF}')
}

impl fmt::Debug for Prose {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Prose(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::{Prose, ProseError};

    #[test]
    fn line_ends_and_margins_are_made_plain() {
        assert_eq!(Prose::parse(" a\r\nb\rc \n", 10).unwrap().as_str(), "a\nb\nc");
    }

    #[test]
    fn the_limit_counts_characters_not_bytes() {
        assert!(Prose::parse("😀😀😀", 3).is_ok());
        assert_eq!(Prose::parse("😀😀😀😀", 3).unwrap_err(), ProseError::TooLong { limit: 3, over: 1 });
    }

    #[test]
    fn a_million_characters_are_refused_with_the_count() {
        let error = Prose::parse(&"x".repeat(1_000_000), 4_000).unwrap_err();
        assert_eq!(error, ProseError::TooLong { limit: 4_000, over: 996_000 });
    }

    #[test]
    fn control_characters_are_refused_and_reordering_marks_dropped() {
        assert_eq!(Prose::parse("a\u{0}b", 10).unwrap_err(), ProseError::ControlCharacter);
        assert_eq!(Prose::parse("a\u{202E}b", 10).unwrap().as_str(), "ab");
        assert_eq!(Prose::parse("שלום", 10).unwrap().as_str(), "שלום");
    }

    #[test]
    fn nothing_typed_is_refused_only_where_something_is_required() {
        assert_eq!(Prose::parse(" \n ", 10).unwrap_err(), ProseError::Empty);
        assert!(Prose::parse_optional(" \n ", 10).unwrap().is_empty());
    }

    #[test]
    fn debug_output_shows_nothing() {
        assert_eq!(format!("{:?}", Prose::parse("secret", 10).unwrap()), "Prose(…)");
    }
}
