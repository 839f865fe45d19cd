//! What the joint measures have published, read as habits. Nothing else goes into a forecast.

use super::habits::{Habits, Known, Lasting, Source};
use super::in_working_days;
use super::outlook::Quantity;
use crate::domain::deadline::Standards;
use crate::domain::measures::count::Step;
use crate::domain::measures::release::{Lasted, Shown};
use crate::domain::measures::{Release, Split, Topic};

/// Cases that a share counts for where it is only said that most are alike.
const MOSTLY: u32 = 8;

/// The numbers of a release for one way to tell cases apart: of all cases, or of both directions added up.
fn columns(release: &Release, split: Split) -> Option<Vec<u32>> {
    let exactly = |of| -> Option<Vec<u32>> {
        let parts = release.parts(split, of)?;
        let number = |shown: &Shown| match shown {
            Shown::Exactly(cases) => Some(*cases),
            Shown::About(_) | Shown::Hidden => None,
        };
        parts.columns.iter().map(number).collect()
    };
    exactly(None).or_else(|| {
        let (one, other) = (exactly(Some(0))?, exactly(Some(1))?);
        Some(one.iter().zip(&other).map(|(one, other)| one + other).collect())
    })
}

/// The column in which it is said that most cases are.
fn most(release: &Release, split: Split) -> Option<usize> {
    [None, Some(0), Some(1)].into_iter().find_map(|of| release.parts(split, of)?.most)
}

/// The share of some columns among some others.
fn share(release: &Release, split: Split, part: &[usize], whole: &[usize]) -> Option<Known> {
    if let Some(columns) = columns(release, split) {
        let sum = |places: &[usize]| places.iter().filter_map(|place| columns.get(*place)).sum::<u32>();
        let (part, whole) = (sum(part), sum(whole));
        return (whole > 0).then(|| Known::published(f64::from(part) / f64::from(whole), whole));
    }
    let most = most(release, split).filter(|most| whole.contains(most))?;
    Some(Known::published(if part.contains(&most) { 0.9 } else { 0.1 }, MOSTLY))
}

fn lasted(release: &Release, step: Step) -> Option<Lasting> {
    let rows = &release.steps.iter().find(|of| of.step == step)?.rows;
    let mean = |value: &dyn Fn(&Lasted) -> f64| {
        let count = u32::try_from(rows.len()).ok().filter(|count| *count > 0)?;
        Some(rows.iter().map(value).sum::<f64>() / f64::from(count))
    };
    let median = mean(&|row| f64::from(row.median))?;
    // Where no quartiles are shown, half and one and a half times the median.
    let quartile = |row: &Lasted, low: bool| match row.quartiles {
        Some((first, _)) if low => f64::from(first),
        Some((_, third)) => f64::from(third),
        None => f64::from(row.median) * if low { 0.5 } else { 1.5 },
    };
    Some(Lasting {
        median,
        quartiles: (mean(&|row| quartile(row, true))?, mean(&|row| quartile(row, false))?),
        source: Source::Published,
    })
}

/// The habits that the releases show, each from the latest that tells it, and supposed where none does.
#[must_use]
pub fn habits(releases: &[Release], standards: &Standards) -> Habits {
    let supposed = Habits::supposed(
        in_working_days(standards.field_resolution),
        in_working_days(standards.council_resolution),
        in_working_days(standards.secretary),
    );
    let latest = |split, part: &[usize], whole: &[usize], otherwise: Known| {
        releases.iter().rev().find_map(|release| share(release, split, part, whole)).unwrap_or(otherwise)
    };
    let lasting = |step, otherwise: Lasting| {
        releases.iter().rev().find_map(|release| lasted(release, step)).unwrap_or(otherwise)
    };
    Habits {
        acknowledged: latest(Split::AcknowledgedInTime, &[0], &[0, 1], supposed.acknowledged),
        lapses: latest(Split::Lapses, &[1, 2, 3], &[0, 1, 2, 3], supposed.lapses),
        beyond_field: latest(Split::Level, &[1, 2], &[0, 1, 2], supposed.beyond_field),
        beyond_council: latest(Split::Level, &[2], &[1, 2], supposed.beyond_council),
        extensions: latest(Split::Extensions, &[0], &[0, 1], supposed.extensions),
        remands: latest(Split::Remands, &[0], &[0, 1], supposed.remands),
        field: lasting(Step::Field, supposed.field),
        council: lasting(Step::Council, supposed.council),
        secretary: lasting(Step::Secretary, supposed.secretary),
    }
}

/// How many cases were opened in the last quarter that says so.
#[must_use]
pub fn intake(releases: &[Release]) -> Option<u32> {
    releases.iter().rev().find_map(|release| match release.topic(Topic::Opened)?.together {
        Shown::Exactly(cases) | Shown::About(cases) => Some(cases),
        Shown::Hidden => None,
    })
}

/// What a release says of something that is forecast; none if it says nothing exact.
#[must_use]
pub fn value(release: &Release, quantity: Quantity) -> Option<f64> {
    let of = |split, part: &[usize], whole: &[usize]| {
        let columns = columns(release, split)?;
        let sum = |places: &[usize]| places.iter().filter_map(|place| columns.get(*place)).sum::<u32>();
        let whole = sum(whole);
        (whole > 0).then(|| f64::from(sum(part)) / f64::from(whole))
    };
    match quantity {
        Quantity::DecidedInField => of(Split::Level, &[0], &[0, 1, 2]),
        Quantity::DecidedByCouncil => of(Split::Level, &[1], &[0, 1, 2]),
        Quantity::DecidedBySecretary => of(Split::Level, &[2], &[0, 1, 2]),
        Quantity::Lapses => of(Split::Lapses, &[1, 2, 3], &[0, 1, 2, 3]),
        Quantity::AcknowledgedInTime => of(Split::AcknowledgedInTime, &[0], &[0, 1]),
        Quantity::Days => lasted(release, Step::Whole).map(|lasting| lasting.median),
        Quantity::Open | Quantity::WaitForCommander | Quantity::WaitForCouncil => None,
    }
}
