//! The exposure check (AN-03): what in a text could give its writer away to somebody who knows the roster.
//!
//! Rules on words and shapes, no more: they find what stands in a list. What only a reader who knows the
//! place would see (a turn of phrase, a spot on the map) lies beyond them, and the page says so.

mod phrase;
mod shape;
mod token;
mod vocabulary;

use std::fmt;
use std::ops::Range;

use serde::Deserialize;

/// A kind of detail that narrows down who wrote.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Trace {
    Date,
    Time,
    Shift,
    Alone,
    Count,
    Name,
    Number,
    Room,
    Specialty,
    Relation,
    Past,
    Position,
    Style,
}

impl Trace {
    pub const ALL: [Self; 13] = [
        Self::Date,
        Self::Time,
        Self::Shift,
        Self::Alone,
        Self::Count,
        Self::Name,
        Self::Number,
        Self::Room,
        Self::Specialty,
        Self::Relation,
        Self::Past,
        Self::Position,
        Self::Style,
    ];

    /// As data files write it.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Date => "date",
            Self::Time => "time",
            Self::Shift => "shift",
            Self::Alone => "alone",
            Self::Count => "count",
            Self::Name => "name",
            Self::Number => "number",
            Self::Room => "room",
            Self::Specialty => "specialty",
            Self::Relation => "relation",
            Self::Past => "past",
            Self::Position => "position",
            Self::Style => "style",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|trace| trace.word() == word)
    }

    /// What a page calls it.
    #[must_use]
    pub const fn name(self) -> &'static str {
        match self {
            Self::Date => "A day or date",
            Self::Time => "A time of day",
            Self::Shift => "A shift or duty",
            Self::Alone => "That you were the only one",
            Self::Count => "A small number of people",
            Self::Name => "A name, initials or call sign",
            Self::Number => "A number of a case, vehicle or craft",
            Self::Room => "A room or work spot",
            Self::Specialty => "A special job",
            Self::Relation => "A person close to you",
            Self::Past => "Your own history",
            Self::Position => "Where you were in the team",
            Self::Style => "A way of writing",
        }
    }

    /// How to say it more generally.
    #[must_use]
    pub const fn advice(self) -> &'static str {
        match self {
            Self::Date => "Give the month, or say “recently” or “often”.",
            Self::Time => "Leave the time out, or say “at a busy time”.",
            Self::Shift => "Leave the shift out. It shows who was at work.",
            Self::Alone => "Say what happened without saying that only you did it or knew of it.",
            Self::Count => "Say “several” or “staff here”. A small number points to a few people.",
            Self::Name => {
                "Leave names out. Say “an agent” or “a manager”. If it is a small place, name a larger one."
            }
            Self::Number => "Leave the number out. The reader does not need it to settle the rule.",
            Self::Room => "Leave the spot out, or say “in the office”.",
            Self::Specialty => "Say “an officer” or “an agent”. Few people have this job.",
            Self::Relation => "Say “a colleague”, “a source” or “a manager”, without “my” or “our”.",
            Self::Past => "Leave out where you came from and how long you have served.",
            Self::Position => "Say “staff” in place of “I”, and leave out where you were.",
            Self::Style => "Write it plainly. Capitals and doubled marks can be known as yours.",
        }
    }
}

/// One detail found.
#[derive(Clone, PartialEq, Eq)]
pub struct Flag<'t> {
    pub kind: Trace,
    /// Bytes of the text, on character boundaries.
    pub span: Range<usize>,
    /// The words found: a part of the text itself, so that no copy of it lies about.
    pub excerpt: &'t str,
    pub advice: &'static str,
}

impl fmt::Debug for Flag<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        // Never the excerpt: it is what a reporter typed.
        write!(f, "Flag({}, {:?})", self.kind.word(), self.span)
    }
}

/// What the rules find in a text, in its order. Flags of different kinds may overlap.
#[must_use]
pub fn check(text: &str) -> Vec<Flag<'_>> {
    let tokens = token::split(text);
    let mut found: Vec<(Trace, Range<usize>)> = Vec::new();
    for at in 0..tokens.len() {
        phrase::find(&tokens, at, &mut found);
        shape::find(&tokens, at, &mut found);
    }
    found.sort_by_key(|(kind, span)| (*kind, span.start, span.end));
    let mut merged: Vec<(Trace, Range<usize>)> = Vec::new();
    for (kind, span) in found {
        match merged.last_mut() {
            Some((last, before)) if *last == kind && span.start <= before.end => {
                before.end = before.end.max(span.end);
            }
            _ => merged.push((kind, span)),
        }
    }
    merged.sort_by_key(|(kind, span)| (span.start, span.end, *kind));
    merged
        .into_iter()
        .filter_map(|(kind, span)| {
            let excerpt = text.get(span.clone())?;
            Some(Flag { kind, span, excerpt, advice: kind.advice() })
        })
        .collect()
}

/// "How many people know this?" Asked on the review page, neither stored nor shown to anybody.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum KnownTo {
    OneOrTwo,
    ThreeToNine,
    TenOrMore,
    DontKnow,
}

impl KnownTo {
    pub const ALL: [Self; 4] = [Self::OneOrTwo, Self::ThreeToNine, Self::TenOrMore, Self::DontKnow];

    /// What the form sends.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::OneOrTwo => "1-2",
            Self::ThreeToNine => "3-9",
            Self::TenOrMore => "10",
            Self::DontKnow => "unknown",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|answer| answer.word() == word)
    }

    /// What the page shows.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::OneOrTwo => "1 or 2",
            Self::ThreeToNine => "3 to 9",
            Self::TenOrMore => "10 or more",
            Self::DontKnow => "I don’t know",
        }
    }

    /// Whether to warn and offer other ways before sending: to leave out, to generalise, to write to the
    /// Council only, to wait.
    #[must_use]
    pub const fn warns(self) -> bool {
        matches!(self, Self::OneOrTwo)
    }
}

#[cfg(test)]
mod tests;
