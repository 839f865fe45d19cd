//! Shares, numbers and times over the quarters, with how uncertain each is. All of it is worked out from what is
//! published and from nothing else, so it tells no more.

use super::count::{Split, Step, Topic};
use super::quarter::Quarter;
use super::release::{Lasted, OfTopic, Parts, Release, Shown};
use super::suppress::{FEWEST, ROUND};

/// A share with the range in which the true one lies at 95 of 100 times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Share {
    /// None where only a range is told.
    pub share: Option<f64>,
    pub low: f64,
    pub high: f64,
}

/// Standard deviations of a normal distribution that hold 95 of 100.
const Z: f64 = 1.959_963_985;

impl Share {
    /// Wilson's interval, which holds for few cases as well.
    #[must_use]
    pub fn of(part: u32, whole: u32) -> Option<Self> {
        if whole == 0 || part > whole {
            return None;
        }
        let (n, p) = (f64::from(whole), f64::from(part) / f64::from(whole));
        let denominator = 1.0 + Z * Z / n;
        let centre = (p + Z * Z / (2.0 * n)) / denominator;
        let half = Z / denominator * (p * (1.0 - p) / n + Z * Z / (4.0 * n * n)).sqrt();
        Some(Self { share: Some(p), low: (centre - half).max(0.0), high: (centre + half).min(1.0) })
    }

    /// The share of a column, from what is published alone: where a column is kept back nobody can say it.
    #[must_use]
    pub fn of_column(parts: &Parts, column: usize) -> Option<Self> {
        if let Some(most) = parts.most {
            return Some(if most == column {
                Self { share: None, low: 0.75, high: 1.0 }
            } else {
                Self { share: None, low: 0.0, high: 0.25 }
            });
        }
        let mut whole = 0;
        let mut part = 0;
        for (index, shown) in parts.columns.iter().enumerate() {
            let Shown::Exactly(cases) = shown else { return None };
            whole += cases;
            if index == column {
                part = *cases;
            }
        }
        Self::of(part, whole)
    }
}

/// The first column of a split over several quarters, oldest first, for a direction or for both together.
#[must_use]
pub fn over_quarters(releases: &[Release], split: Split, of: Option<usize>) -> Vec<(Quarter, Option<Share>)> {
    let share = |release: &Release| Share::of_column(release.parts(split, of)?, 0);
    releases.iter().map(|release| (release.period.quarter, share(release))).collect()
}

/// A number of cases, with the range in which the rate that brought them lies at 95 of 100 times.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Count {
    pub shown: u32,
    pub low: f64,
    pub high: f64,
}

impl Count {
    /// Byar's approximation of the exact interval of a Poisson rate. What was rounded may have been up to two
    /// away, and is as unsure as that makes it.
    #[must_use]
    pub fn of(shown: Shown) -> Option<Self> {
        let (number, least, most) = match shown {
            Shown::Exactly(cases) => (cases, cases, cases),
            Shown::About(cases) => {
                let half = ROUND / 2;
                (cases, cases.saturating_sub(half).max(FEWEST), cases.saturating_add(half))
            }
            Shown::Hidden => return None,
        };
        let end = |count: f64, z: f64| count * (1.0 - 1.0 / (9.0 * count) + z / (3.0 * count.sqrt())).powi(3);
        let low = if least == 0 { 0.0 } else { end(f64::from(least), -Z) };
        Some(Self { shown: number, low, high: end(f64::from(most) + 1.0, Z) })
    }

    /// The whole of a topic, or of one direction.
    #[must_use]
    pub fn of_topic(topic: &OfTopic, of: Option<usize>) -> Option<Self> {
        Self::of(of.map_or(Some(topic.together), |of| topic.directions.get(of).map(|line| line.count))?)
    }
}

/// The middle of how long a step took.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Middle {
    pub median: u32,
    pub quartiles: Option<(u32, u32)>,
    /// In which the true middle lies at 95 of 100 times; none where the middle half is not told.
    pub range: Option<(f64, f64)>,
}

/// Half the width of a notch, in middle halves over the root of the number of cases: two medians whose notches do
/// not touch differ at 95 of 100 times (McGill, Tukey and Larsen 1978).
const NOTCH: f64 = 1.58;

/// Where quartiles are told, five cases lie in each quarter.
const FEWEST_WITH_QUARTILES: u32 = 4 * FEWEST;

impl Middle {
    #[must_use]
    pub fn of(release: &Release, step: Step, row: &Lasted) -> Self {
        let range = row.quartiles.map(|(first, third)| {
            let cases = at_least(release, step, row.of).max(FEWEST_WITH_QUARTILES);
            // Days are whole: no median is surer than half of one.
            let half = (NOTCH * f64::from(third.saturating_sub(first)) / f64::from(cases).sqrt()).max(0.5);
            ((f64::from(row.median) - half).max(0.0), f64::from(row.median) + half)
        });
        Self { median: row.median, quartiles: row.quartiles, range }
    }
}

/// Of how many cases a step's times are at least, as far as that is published. Fewer make the range wider.
fn at_least(release: &Release, step: Step, of: Option<usize>) -> u32 {
    let shown = match step {
        Step::Whole => release.topic(Topic::Decided).and_then(|topic| match of {
            None => Some(topic.together),
            Some(of) => topic.directions.get(of).map(|line| line.count),
        }),
        // Whatever was decided there has left it.
        Step::Field | Step::Council | Step::Secretary => {
            release.parts(Split::Level, of).and_then(|parts| parts.columns.get(step as usize).copied())
        }
    };
    match shown {
        Some(Shown::Exactly(cases)) => cases,
        Some(Shown::About(cases)) => cases.saturating_sub(ROUND / 2),
        Some(Shown::Hidden) | None => 0,
    }
}

/// What two quarters say of a change.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Change {
    Risen,
    Fallen,
    /// The ranges touch.
    MayBeChance,
}

impl Change {
    /// From one range to another.
    #[must_use]
    pub fn between(earlier: (f64, f64), now: (f64, f64)) -> Self {
        if now.0 > earlier.1 {
            Self::Risen
        } else if now.1 < earlier.0 {
            Self::Fallen
        } else {
            Self::MayBeChance
        }
    }
}

/// A number over several quarters, oldest first: what `value` finds in each release.
pub fn through<T>(releases: &[Release], value: impl Fn(&Release) -> Option<T>) -> Vec<(Quarter, Option<T>)> {
    releases.iter().map(|release| (release.period.quarter, value(release))).collect()
}

/// How long a step took, of a direction or of both together.
#[must_use]
pub fn lasted(release: &Release, step: Step, of: Option<usize>) -> Option<&Lasted> {
    release.steps.iter().find(|known| known.step == step)?.rows.iter().find(|row| row.of == of)
}

/// What is shown of a column by its name, for columns may be others in another quarter.
#[must_use]
pub fn named<'a>(
    release: &'a Release,
    split: Split,
    of: Option<usize>,
    name: &str,
) -> Option<(&'a Parts, usize)> {
    let told = release.topics.iter().flat_map(|topic| &topic.told).find(|told| told.split == split)?;
    let column = told.columns.iter().position(|column| column == name)?;
    Some((told.rows.iter().find(|row| row.of == of)?, column))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Values of the literature: Newcombe 1998, table 1, method 3.
    #[test]
    fn the_interval_is_wilsons() {
        for (part, whole, low, high) in [
            (81, 263, 0.2553, 0.3662),
            (15, 148, 0.0624, 0.1605),
            (0, 20, 0.0, 0.1611),
            (1, 29, 0.0061, 0.1718),
        ] {
            let share = Share::of(part, whole).unwrap();
            assert!((share.low - low).abs() < 0.0001 && (share.high - high).abs() < 0.0001, "{share:?}");
        }
        assert_eq!(Share::of(1, 0), None);
    }

    #[test]
    fn a_share_is_said_only_from_what_is_published() {
        let parts = |columns: &[Shown], most| Parts { of: None, columns: columns.to_vec(), most };
        let share = Share::of_column(&parts(&[Shown::Exactly(6), Shown::Exactly(18)], None), 0).unwrap();
        assert!(share.share.is_some_and(|share| (share - 0.25).abs() < 0.0001));
        let kept = parts(&[Shown::Exactly(6), Shown::Hidden, Shown::Hidden], None);
        assert_eq!(Share::of_column(&kept, 0), None);
        let most = parts(&[Shown::Hidden, Shown::Hidden], Some(0));
        let [first, second] = [0, 1].map(|column| Share::of_column(&most, column).unwrap());
        assert!(first.share.is_none() && first.low > 0.74 && second.high < 0.26);
    }

    /// The exact interval as Ulm 1990 and Garwood 1936 have it, to which Byar's comes near.
    #[test]
    fn a_count_is_as_unsure_as_poissons() {
        for (count, low, high) in [(5, 1.62, 11.67), (10, 4.80, 18.39), (100, 81.36, 121.63)] {
            let range = Count::of(Shown::Exactly(count)).unwrap();
            assert!((range.low - low).abs() < 0.1 && (range.high - high).abs() < 0.1, "{range:?}");
        }
        let rounded = Count::of(Shown::About(10)).unwrap();
        let exactly = Count::of(Shown::Exactly(10)).unwrap();
        assert!(rounded.low < exactly.low && rounded.high > exactly.high, "what was rounded is less sure");
        assert_eq!(Count::of(Shown::Hidden), None);
        assert!(Count::of(Shown::Exactly(0)).is_some_and(|none| none.low == 0.0 && none.high > 3.0));
    }

    #[test]
    fn a_change_is_said_only_where_ranges_do_not_touch() {
        assert_eq!(Change::between((1.0, 2.0), (2.1, 3.0)), Change::Risen);
        assert_eq!(Change::between((2.0, 3.0), (1.0, 1.9)), Change::Fallen);
        assert_eq!(Change::between((1.0, 2.0), (2.0, 3.0)), Change::MayBeChance);
    }
}
