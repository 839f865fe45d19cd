//! What may be said of how many have acknowledged something, and of nobody in particular.
//!
//! Whoever looks every day sees what has changed. So nothing is told as a number but as a step of several people:
//! that somebody has acknowledged something shows only where a step ends, and then not how many did.

/// Of fewer people than this nothing is said, and no number below it.
pub const LEAST: u32 = 5;
/// Fewest people of a step, where headquarters is told of a whole component.
pub const LEAST_ACROSS: u32 = 10;
/// Days after which something that was handed out ought to have been acknowledged.
pub const IN_TIME: i32 = 10;

/// How many of a group have acknowledged something.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Share {
    /// The group is too small to say anything of it.
    TooFew,
    /// Fewer than five have, or nobody.
    Few,
    /// From so many percent to so many.
    Between(u32, u32),
    /// Fewer than five have not.
    NearlyAll,
    All,
}

/// A tenth of the group, and never fewer people than `least`.
const fn step(group: u32, least: u32) -> u32 {
    let tenth = group.div_ceil(10);
    if tenth > least { tenth } else { least }
}

/// The ends of the step that a count of five or more, of a group of which five or more are left, lies in.
const fn ends(count: u32, group: u32) -> (u32, u32) {
    let step = step(group, LEAST);
    let low = count / step * step;
    let high = low + step - 1;
    let most = group.saturating_sub(LEAST);
    (if low < LEAST { LEAST } else { low }, if high > most { most } else { high })
}

impl Share {
    /// For the commander of a unit. Neither those who have nor those who have not are ever told to be one to
    /// four: who knows the group knows who is missing.
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
            // Steps of those who are missing, as for those who are late: steps of both would tell more together.
            let (low, high) = ends(missing, group);
            Self::percent(group - high, group - low, group)
        }
    }

    /// For headquarters, of a component. Every step is of ten people at least, the first and the last too, so
    /// that neither those who have nor those who have not are known to be fewer than five.
    #[must_use]
    pub const fn across(have: u32, group: u32) -> Self {
        let step = step(group, LEAST_ACROSS);
        let steps = (group + 1) / step;
        if steps < 2 {
            return Self::TooFew;
        }
        let place = have / step;
        if place + 1 < steps {
            Self::percent(place * step, place * step + step - 1, group)
        } else {
            Self::percent((steps - 1) * step, group, group)
        }
    }

    const fn percent(low: u32, high: u32, group: u32) -> Self {
        // No group has so many that this does not fit.
        Self::Between(low.saturating_mul(100) / group, high.saturating_mul(100) / group)
    }

    /// In words.
    #[must_use]
    pub fn words(self) -> String {
        match self {
            Self::TooFew => "Too few people to show".to_owned(),
            Self::Few => "Fewer than 5 people, or nobody yet".to_owned(),
            Self::Between(low, high) if low == high => format!("{low} %"),
            Self::Between(low, high) => format!("{low} to {high} %"),
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
        late if late >= group => "Everybody".to_owned(),
        // Of all but a few, the few would be known.
        late if group - late < LEAST => "Most people".to_owned(),
        late => match ends(late, group) {
            (low, high) if low == high => format!("{low} people"),
            (low, high) => format!("{low} to {high} people"),
        },
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::{LEAST, LEAST_ACROSS, Share, late_words};

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
                    Share::Between(low, high) => {
                        assert!(have >= LEAST && missing >= LEAST && low > 0 && high < 100);
                        let percent = have * 100 / group;
                        assert!(low <= percent && percent <= high, "{have} of {group}: {share:?}");
                    }
                }
                let late = late_words(missing, group);
                for small in 1..LEAST {
                    assert!(!late.starts_with(&format!("{small} ")), "{late}");
                }
            }
        }
        assert_eq!(Share::of(5, 10), Share::Between(50, 50));
        assert_eq!(late_words(6, 12), "5 to 7 people");
        assert_eq!(late_words(12, 12), "Everybody");
    }

    /// What is told of a unit changes with one person at few places: with the numbers themselves it would at all.
    #[test]
    fn one_person_more_seldom_shows() {
        for group in [20, 60, 300_u32] {
            let told = |have| (Share::of(have, group), late_words(group - have, group));
            let seen = (0..group).filter(|have| told(*have) != told(have + 1)).count();
            assert!(seen <= 13, "{group}: {seen}");
        }
    }

    /// Headquarters knows of no component whether one to four have, or have not, and no count is known.
    #[test]
    fn across_a_component_every_step_is_of_ten() {
        for group in 0..600_u32 {
            let mut steps: BTreeMap<Share, Vec<u32>> = BTreeMap::new();
            for have in 0..=group {
                steps.entry(Share::across(have, group)).or_default().push(have);
            }
            for (share, counts) in steps {
                if share == Share::TooFew {
                    assert!(group < 2 * LEAST_ACROSS - 1, "{group}");
                    continue;
                }
                assert!(counts.len() >= 10, "{group}: {share:?} is {counts:?}");
                let Share::Between(low, high) = share else { panic!("{share:?}") };
                assert!(counts.iter().all(|have| (low..=high).contains(&(have * 100 / group))));
            }
        }
        assert_eq!(Share::across(0, 100), Share::Between(0, 9));
        assert_eq!(Share::across(100, 100), Share::Between(90, 100));
        assert_eq!(Share::across(12, 19), Share::Between(52, 100));
    }
}
