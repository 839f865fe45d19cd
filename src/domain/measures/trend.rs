//! Shares over the quarters, with how uncertain each is.

use super::count::Split;
use super::quarter::Quarter;
use super::release::{Parts, Release, Shown};

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
}
