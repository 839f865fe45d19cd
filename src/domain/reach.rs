//! What may be said of how many have acknowledged something, and of nobody in particular.

/// Of fewer people than this nothing is said, and no number below it.
pub const LEAST: u32 = 5;
/// Days after which something that was handed out ought to have been acknowledged.
pub const IN_TIME: i32 = 10;

/// How many of a group have acknowledged something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// The group is too small to say anything of it.
    TooFew,
    /// Fewer than five have, or nobody.
    Few,
    /// Both those who have and those who have not are five or more.
    Percent(u32),
    /// Fewer than five have not.
    NearlyAll,
    All,
}

impl Share {
    /// Neither those who have nor those who have not are ever told to be one to four: who knows the group
    /// knows who is missing.
    #[must_use]
    pub const fn of(have: u32, group: u32) -> Self {
        let missing = group.saturating_sub(have);
        if group < LEAST {
            Self::TooFew
        } else if missing == 0 {
            Self::All
        } else if have < LEAST {
            Self::Few
        } else if missing < LEAST {
            Self::NearlyAll
        } else {
            // No group has so many that this does not fit.
            Self::Percent(have.saturating_mul(100) / group)
        }
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::TooFew => "Too few people to show".to_owned(),
            Self::Few => "Fewer than 5 people, or nobody yet".to_owned(),
            Self::Percent(percent) => format!("{percent} %"),
            Self::NearlyAll => "Nearly all: fewer than 5 are missing".to_owned(),
            Self::All => "100 %".to_owned(),
        }
    }
}

/// How many of a group are late, as far as that may be said.
#[must_use]
pub fn late_words(late: u32, group: u32) -> String {
    match late {
        _ if group < LEAST => Share::TooFew.words(),
        0 => "Nobody".to_owned(),
        late if late < LEAST => "Fewer than 5 people".to_owned(),
        // Of all but a few, the few would be known.
        late if late < group && group - late < LEAST => "Most people".to_owned(),
        late => format!("{late} people"),
    }
}

#[cfg(test)]
mod tests {
    use super::{LEAST, Share, late_words};

    #[test]
    fn nothing_is_said_of_one_to_four() {
        for group in 0..40_u32 {
            for have in 0..=group {
                let share = Share::of(have, group);
                let missing = group - have;
                match share {
                    Share::TooFew => assert!(group < LEAST),
                    Share::All => assert!(missing == 0 && group >= LEAST),
                    Share::Few => assert!(have < LEAST),
                    Share::NearlyAll => assert!((1..LEAST).contains(&missing) && have >= LEAST),
                    Share::Percent(percent) => {
                        assert!(have >= LEAST && missing >= LEAST && percent > 0 && percent < 100);
                    }
                }
                let late = late_words(missing, group);
                for small in 1..LEAST {
                    assert!(!late.starts_with(&format!("{small} ")), "{late}");
                }
            }
        }
        assert_eq!(Share::of(5, 10), Share::Percent(50));
        assert_eq!(late_words(6, 12), "6 people");
    }
}
