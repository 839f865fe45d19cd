//! A plain choice of a form: what it sends, and what a page shows.

/// Gives a plain choice the word that a form sends for it and the words that a page shows.
macro_rules! choice {
    ($name:ident { $($variant:ident = $word:literal, $label:literal;)+ }) => {
        impl $name {
            pub const ALL: &'static [Self] = &[$(Self::$variant),+];

            /// What a form sends.
            #[must_use]
            pub const fn word(self) -> &'static str {
                match self { $(Self::$variant => $word),+ }
            }

            #[must_use]
            pub fn from_word(word: &str) -> Option<Self> {
                match word { $($word => Some(Self::$variant),)+ _ => None }
            }

            /// What a page shows.
            #[must_use]
            pub const fn label(self) -> &'static str {
                match self { $(Self::$variant => $label),+ }
            }
        }
    };
}
