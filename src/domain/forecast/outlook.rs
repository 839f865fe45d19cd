//! What the simulated quarters came to.

use crate::domain::measures::follow::{Ending, Fact};

/// What one simulated quarter came to.
#[derive(Clone, Debug, Default, PartialEq)]
pub struct Counts {
    pub opened: u32,
    /// By the commanders, the Council and the Secretary.
    pub decided: [u32; 3],
    pub levels_ended: u32,
    pub levels_lapsed: u32,
    pub acknowledgements: u32,
    pub acknowledged_in_time: u32,
    /// Working days from opening to the decision.
    pub days: Vec<u32>,
    /// Undecided when the quarter ends.
    pub open: u32,
    /// Steps that came to a commander and to the Council, and the working days that they waited in all.
    pub commanders: (u32, f64),
    pub council: (u32, f64),
}

impl Counts {
    /// Counts something that happened in the quarter.
    pub(super) fn take(&mut self, fact: Fact) {
        let [field, council, secretary] = &mut self.decided;
        match fact {
            Fact::Opened => self.opened += 1,
            Fact::Acknowledgement { in_time } => {
                self.acknowledgements += 1;
                self.acknowledged_in_time += u32::from(in_time);
            }
            Fact::LevelEnded { lapsed, .. } => {
                self.levels_ended += 1;
                self.levels_lapsed += u32::from(lapsed.raising || lapsed.concerned);
            }
            Fact::Decided { ending, days } => {
                match ending {
                    Ending::Field => *field += 1,
                    Ending::Council => *council += 1,
                    Ending::Secretary => *secretary += 1,
                    Ending::NotJoint => return,
                }
                self.days.push(days);
            }
            Fact::ActionDue { .. } | Fact::RatedByCommander(_) | Fact::RatedByReporter(_) => {}
        }
    }
}

/// Something that is forecast.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Quantity {
    DecidedInField,
    DecidedByCouncil,
    DecidedBySecretary,
    Lapses,
    AcknowledgedInTime,
    Days,
    Open,
    WaitForCommander,
    WaitForCouncil,
}

impl Quantity {
    pub const ALL: [Self; 9] = [
        Self::DecidedInField,
        Self::DecidedByCouncil,
        Self::DecidedBySecretary,
        Self::Lapses,
        Self::AcknowledgedInTime,
        Self::Days,
        Self::Open,
        Self::WaitForCommander,
        Self::WaitForCouncil,
    ];

    /// Whether it is a share, of 1.
    #[must_use]
    pub const fn is_share(self) -> bool {
        matches!(
            self,
            Self::DecidedInField
                | Self::DecidedByCouncil
                | Self::DecidedBySecretary
                | Self::Lapses
                | Self::AcknowledgedInTime
        )
    }

    /// In a quarter; none where there was nothing to take it of.
    #[must_use]
    pub fn of(self, counts: &Counts) -> Option<f64> {
        let share = |part: u32, whole: u32| (whole > 0).then(|| f64::from(part) / f64::from(whole));
        let [field, council, secretary] = counts.decided;
        let decided = field + council + secretary;
        match self {
            Self::DecidedInField => share(field, decided),
            Self::DecidedByCouncil => share(council, decided),
            Self::DecidedBySecretary => share(secretary, decided),
            Self::Lapses => share(counts.levels_lapsed, counts.levels_ended),
            Self::AcknowledgedInTime => share(counts.acknowledged_in_time, counts.acknowledgements),
            Self::Days => median(&counts.days),
            Self::Open => Some(f64::from(counts.open)),
            Self::WaitForCommander => mean(counts.commanders),
            Self::WaitForCouncil => mean(counts.council),
        }
    }
}

fn mean((steps, days): (u32, f64)) -> Option<f64> {
    (steps > 0).then(|| days / f64::from(steps))
}

fn median(days: &[u32]) -> Option<f64> {
    let mut sorted = days.to_vec();
    sorted.sort_unstable();
    let upper = sorted.get(sorted.len() / 2)?;
    let lower = sorted.get((sorted.len() - 1) / 2)?;
    Some(f64::midpoint(f64::from(*lower), f64::from(*upper)))
}

/// The middle of what was simulated, and what nine of ten quarters lie between.
#[derive(Clone, Copy, Debug, PartialEq)]
pub struct Range {
    pub low: f64,
    pub middle: f64,
    pub high: f64,
}

impl Range {
    fn of(mut values: Vec<f64>) -> Option<Self> {
        values.sort_by(f64::total_cmp);
        let last = values.len().checked_sub(1)?;
        let at = |percent: usize| values.get((last * percent + 50) / 100).copied();
        Some(Self { low: at(5)?, middle: at(50)?, high: at(95)? })
    }

    #[must_use]
    pub fn holds(&self, value: f64) -> bool {
        self.low <= value && value <= self.high
    }
}

/// The quarter as it was simulated several times.
#[derive(Clone, Debug, PartialEq)]
pub struct Outlook {
    pub runs: Vec<Counts>,
}

impl Outlook {
    /// None if no quarter had anything to take it of.
    #[must_use]
    pub fn range(&self, quantity: Quantity) -> Option<Range> {
        Range::of(self.runs.iter().filter_map(|counts| quantity.of(counts)).collect())
    }

    /// How much larger it is here than in another setting that met the same cases.
    #[must_use]
    pub fn difference(&self, other: &Self, quantity: Quantity) -> Option<Range> {
        let pairs = self.runs.iter().zip(&other.runs);
        Range::of(pairs.filter_map(|(here, there)| Some(quantity.of(here)? - quantity.of(there)?)).collect())
    }
}
