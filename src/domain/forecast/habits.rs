//! What people are taken to do, and how sure that is.

use rand::{Rng, RngExt};
use rand_distr::{Beta, Distribution};

use super::in_working_days;
use crate::domain::deadline::Standards;
use crate::domain::dispute::{Level, Side};

/// How many cases a supposition counts for: few, so that it widens what is said.
const SUPPOSED: u32 = 10;

/// Standard deviations of a normal distribution between its median and its upper quartile.
const QUARTILE: f64 = 0.674_489_75;

/// How much further a median of a normal distribution strays than a mean does.
const MEDIAN_ERROR: f64 = 1.253_314_14;

/// Where a number comes from.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Source {
    Published,
    /// Nothing is published of it yet.
    Supposed,
}

/// A share, and how sure it is.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Known {
    pub share: f64,
    /// How many cases it is of.
    pub cases: u32,
    pub source: Source,
}

impl Known {
    #[must_use]
    pub const fn published(share: f64, cases: u32) -> Self {
        Self { share, cases, source: Source::Published }
    }

    #[must_use]
    pub const fn supposed(share: f64) -> Self {
        Self { share, cases: SUPPOSED, source: Source::Supposed }
    }

    /// A share that may be the true one, given so many cases (Jeffreys' prior).
    fn draw(self, rng: &mut impl Rng) -> f64 {
        let cases = f64::from(self.cases);
        let (part, rest) = (self.share * cases + 0.5, (1.0 - self.share) * cases + 0.5);
        Beta::new(part, rest).map_or(self.share, |beta| beta.sample(rng))
    }
}

/// How many working days a level takes where nothing cuts it short.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Lasting {
    pub median: f64,
    /// Between which the middle half lies.
    pub quartiles: (f64, f64),
    pub source: Source,
}

impl Lasting {
    /// Somewhat more than half of the time standard.
    #[must_use]
    pub const fn supposed(standard: f64) -> Self {
        let median = standard * 0.6;
        Self { median, quartiles: (standard * 0.35, standard * 0.9), source: Source::Supposed }
    }

    /// The logarithmic normal distribution with this median and spread.
    fn logarithmic(self) -> (f64, f64) {
        let median = self.median.max(0.5);
        let (low, high) = (self.quartiles.0.max(0.25), self.quartiles.1.max(0.5));
        let spread = ((high / low).ln() / (2.0 * QUARTILE)).clamp(0.15, 1.5);
        (median.ln(), spread)
    }
}

/// What people do, in shares of cases and in working days.
#[derive(Clone, Debug, PartialEq)]
pub struct Habits {
    /// Cases that both sides acknowledge in time.
    pub acknowledged: Known,
    /// Levels whose time passes without action.
    pub lapses: Known,
    /// Of the cases decided, those that the commanders did not decide.
    pub beyond_field: Known,
    /// Of those, the ones that the Council did not decide either.
    pub beyond_council: Known,
    pub extensions: Known,
    pub remands: Known,
    pub field: Lasting,
    pub council: Lasting,
    pub secretary: Lasting,
}

impl Habits {
    /// Before anything is published.
    #[must_use]
    pub const fn supposed(field: f64, council: f64, secretary: f64) -> Self {
        Self {
            acknowledged: Known::supposed(0.85),
            lapses: Known::supposed(0.15),
            beyond_field: Known::supposed(0.3),
            beyond_council: Known::supposed(0.3),
            extensions: Known::supposed(0.15),
            remands: Known::supposed(0.05),
            field: Lasting::supposed(field),
            council: Lasting::supposed(council),
            secretary: Lasting::supposed(secretary),
        }
    }

    /// One reading of the habits, for one run: the numbers that may be the true ones.
    pub(super) fn draw(&self, measured_under: &Standards, rng: &mut impl Rng) -> Drawn {
        let acknowledged = self.acknowledged.draw(rng).clamp(0.02, 0.999);
        let lapses = self.lapses.draw(rng);
        let [beyond_field, beyond_council] = [self.beyond_field, self.beyond_council].map(|it| it.draw(rng));
        let (extends, remands) = (self.extensions.draw(rng), self.remands.draw(rng));
        // As unsure as a median of so many is.
        let unsure = MEDIAN_ERROR / f64::from(self.lapses.cases.max(1)).sqrt();
        let normal: f64 = rand_distr::StandardNormal.sample(rng);
        let level = |lasting: Lasting, standard: f64, beyond: f64| {
            let (middle, spread) = lasting.logarithmic();
            let middle = middle + normal * spread * unsure;
            // What takes too long lapses by itself; the rest of the lapses are cases that nobody pursues.
            let too_long = above(standard, middle, spread);
            let stalls = ((lapses - too_long) / (1.0 - too_long).max(0.01)).clamp(0.0, 0.95);
            let objects = ((beyond - lapses) / (1.0 - lapses).max(0.01)).clamp(0.0, 0.95);
            OfLevel { middle, spread, stalls, objects }
        };
        let resolution = in_working_days(measured_under.field_resolution);
        let council = in_working_days(measured_under.council_resolution);
        Drawn {
            // Each side is in time on its own; waiting is taken to be without memory.
            acknowledges: in_working_days(measured_under.field_acknowledgement)
                / -(1.0 - acknowledged.sqrt()).ln(),
            field: level(self.field, resolution, beyond_field),
            council: level(self.council, council, beyond_council),
            secretary: level(self.secretary, f64::INFINITY, 0.0),
            extends,
            remands,
        }
    }
}

/// How much of a logarithmic normal distribution lies above a value.
fn above(value: f64, middle: f64, spread: f64) -> f64 {
    if value.is_infinite() {
        return 0.0;
    }
    0.5 * libm::erfc((value.max(0.01).ln() - middle) / (spread * std::f64::consts::SQRT_2))
}

/// The habits as one run has them.
#[derive(Clone, Copy, Debug)]
pub(super) struct Drawn {
    /// Mean working days until a side acknowledges.
    pub acknowledges: f64,
    pub field: OfLevel,
    pub council: OfLevel,
    pub secretary: OfLevel,
    pub extends: f64,
    pub remands: f64,
}

/// What happens at one level.
#[derive(Clone, Copy, Debug)]
pub(super) struct OfLevel {
    pub middle: f64,
    pub spread: f64,
    /// One side does nothing more after it has acknowledged.
    pub stalls: f64,
    /// They disagree, and say so.
    pub objects: f64,
}

/// What chance brings for one entry of one case into a level. Everything is drawn whether it is needed or not, so
/// that another setting meets the same chances.
#[derive(Clone, Copy, Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a chance of its own")]
pub(super) struct Chances {
    /// Working days until each side acknowledges.
    pub acknowledges: [f64; 2],
    /// Working days until they agree, or say that they do not.
    pub takes: f64,
    pub stalls: bool,
    pub objects: bool,
    pub extends: bool,
    pub remands: bool,
    /// Which side proposes, and which does nothing if one does not.
    pub first: Side,
}

impl Drawn {
    pub(super) const fn level(&self, level: Level) -> &OfLevel {
        match level {
            Level::Field => &self.field,
            Level::Council => &self.council,
            Level::Secretary => &self.secretary,
        }
    }

    pub(super) fn chances(&self, level: Level, rng: &mut impl Rng) -> Chances {
        let of = self.level(level);
        let waits = |rng: &mut _| -(1.0 - uniform(rng)).max(1e-12).ln() * self.acknowledges;
        let normal: f64 = rand_distr::StandardNormal.sample(rng);
        Chances {
            takes: (of.middle + of.spread * normal).exp(),
            acknowledges: [waits(rng), waits(rng)],
            stalls: uniform(rng) < of.stalls,
            objects: uniform(rng) < of.objects,
            extends: uniform(rng) < self.extends,
            remands: uniform(rng) < self.remands,
            first: if uniform(rng) < 0.5 { Side::Raising } else { Side::Concerned },
        }
    }
}

/// A number from 0 up to, not including, 1.
pub(super) fn uniform(rng: &mut impl Rng) -> f64 {
    rng.random_range(0.0..1.0)
}
