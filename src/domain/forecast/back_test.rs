//! Forecasts of quarters that are over, held against what was then published.

use super::outlook::{Quantity, Range};
use super::published::{habits, intake, value};
use super::{CASES_MOST, Question, Setting, simulate};
use crate::clock::{DAY, Timestamp};
use crate::domain::deadline::Calendar;
use crate::domain::measures::{Quarter, Release};

/// One number of one quarter: what would have been forecast from the quarters before it, and what came.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Tested {
    pub quarter: Quarter,
    pub quantity: Quantity,
    pub forecast: Range,
    pub came: f64,
}

impl Tested {
    /// How far the middle of the forecast lay away.
    #[must_use]
    pub fn error(&self) -> f64 {
        (self.forecast.middle - self.came).abs()
    }
}

/// How far forecasts of some quantities lay away on average; none if none was tried.
pub fn mean_error(tested: &[Tested], of: impl Fn(Quantity) -> bool) -> Option<f64> {
    let errors: Vec<f64> = tested.iter().filter(|tested| of(tested.quantity)).map(Tested::error).collect();
    let count = u32::try_from(errors.len()).ok().filter(|count| *count > 0)?;
    Some(errors.iter().sum::<f64>() / f64::from(count))
}

/// Quarters that are tried at most, the latest ones.
const MOST: usize = 4;

/// Days before a quarter at which its simulation begins, as it does for a forecast.
const AHEAD: i64 = 182 * DAY;

/// Forecasts each of the latest quarters from those before it alone, with the people and standards of `setting`.
#[must_use]
pub fn back_test(releases: &[Release], setting: &Setting, calendar: &Calendar, seed: u64) -> Vec<Tested> {
    let mut tested = Vec::new();
    for place in (1..releases.len()).rev().take(MOST).rev() {
        let (before, Some(release)) = (releases.get(..place).unwrap_or_default(), releases.get(place)) else {
            continue;
        };
        let known = habits(before, &setting.standards);
        let cases = intake(before).unwrap_or(setting.cases).clamp(1, CASES_MOST);
        let start: Timestamp = release.period.starts.plus(-AHEAD);
        let outlook = simulate(&Question {
            habits: &known,
            measured_under: &setting.standards,
            setting: Setting { cases, ..*setting },
            calendar,
            start,
            seed,
            runs: Question::runs_for(cases),
        });
        for quantity in Quantity::ALL {
            let Some((came, forecast)) = value(release, quantity).zip(outlook.range(quantity)) else {
                continue;
            };
            tested.push(Tested { quarter: release.period.quarter, quantity, forecast, came });
        }
    }
    tested
}
