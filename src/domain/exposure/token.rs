//! A text cut into words, numbers and marks.

use std::ops::Range;

/// A run of letters and digits (with apostrophes inside), or one other visible character.
#[derive(Clone, Copy)]
pub(super) struct Token<'t> {
    pub text: &'t str,
    pub start: usize,
    /// White space, or the beginning of the text, lies before it.
    pub spaced: bool,
    /// It begins a sentence or a line, so a capital letter says nothing.
    pub first: bool,
}

impl Token<'_> {
    pub(super) fn end(&self) -> usize {
        self.start + self.text.len()
    }

    /// Whether this is the word, whatever its capitals and kind of apostrophe.
    pub(super) fn is(&self, word: &str) -> bool {
        let mut ours = self.text.chars().map(|c| if c == '’' { '\'' } else { c.to_ascii_lowercase() });
        let mut theirs = word.chars();
        loop {
            match (ours.next(), theirs.next()) {
                (None, None) => return true,
                (a, b) if a == b => {}
                _ => return false,
            }
        }
    }

    pub(super) fn is_any(&self, words: &[&str]) -> bool {
        words.iter().any(|word| self.is(word))
    }

    pub(super) fn is_word(&self) -> bool {
        self.text.chars().next().is_some_and(char::is_alphanumeric)
    }

    pub(super) fn digits(&self) -> bool {
        self.text.bytes().all(|b| b.is_ascii_digit())
    }

    /// Its value, if it is nothing but up to six digits.
    pub(super) fn number(&self) -> Option<u32> {
        if self.digits() && self.text.len() <= 6 { self.text.parse().ok() } else { None }
    }

    /// `Smith`, not `smith` or `SMITH` or `I`.
    pub(super) fn capitalised(&self) -> bool {
        let mut letters = self.text.chars();
        letters.next().is_some_and(char::is_uppercase)
            && self.text.chars().nth(1).is_some()
            && letters.any(char::is_lowercase)
            && self.text.chars().all(|c| c.is_alphabetic() || c == '\'' || c == '’')
    }

    /// `SMITH`: letters without one small one.
    pub(super) fn shouted(&self) -> bool {
        self.text.chars().all(|c| c.is_uppercase() || c == '\'' || c == '’') && self.is_word()
    }

    /// The day of a month: `8`, `8th`, `08`.
    pub(super) fn day(&self) -> Option<u32> {
        let digits = self.text.len() - self.text.trim_start_matches(|c: char| c.is_ascii_digit()).len();
        let (number, suffix) = self.text.split_at_checked(digits)?;
        let ordinal = ["", "st", "nd", "rd", "th"].iter().any(|end| suffix.eq_ignore_ascii_case(end));
        if digits > 2 || !ordinal {
            return None;
        }
        number.parse().ok().filter(|day| (1..=31).contains(day))
    }
}

/// The bytes from the first to the last of some tokens.
pub(super) fn span(tokens: &[Token<'_>]) -> Range<usize> {
    let start = tokens.first().map_or(0, |token| token.start);
    start..tokens.last().map_or(start, Token::end)
}

pub(super) fn split(text: &str) -> Vec<Token<'_>> {
    let mut tokens = Vec::new();
    let mut spaced = true;
    let mut first = true;
    let mut characters = text.char_indices().peekable();
    while let Some((start, c)) = characters.next() {
        if c.is_whitespace() {
            spaced = true;
            first |= c == '\n';
            continue;
        }
        let mut end = start + c.len_utf8();
        if c.is_alphanumeric() {
            while let Some((at, next)) = characters.peek().copied() {
                let joins = next.is_alphanumeric()
                    || (matches!(next, '\'' | '’')
                        && text
                            .get(at + next.len_utf8()..)
                            .and_then(|rest| rest.chars().next())
                            .is_some_and(char::is_alphabetic));
                if !joins {
                    break;
                }
                end = at + next.len_utf8();
                characters.next();
            }
        }
        let Some(piece) = text.get(start..end) else { continue };
        tokens.push(Token { text: piece, start, spaced, first });
        spaced = false;
        first = matches!(c, '.' | '!' | '?' | ':' | '•') || (first && !c.is_alphanumeric());
    }
    tokens
}
