//! The only place that may ask what time it is.
//!
//! Everything else receives a [`Timestamp`] or a [`Clock`], so that a test, or
//! the demonstration, can say what time it is.

use std::sync::Arc;
use std::sync::atomic::{AtomicI64, Ordering};
use std::time::{SystemTime, UNIX_EPOCH};

use serde::{Deserialize, Serialize};

/// An instant: whole seconds since the Unix epoch, UTC.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Timestamp(pub i64);

impl Timestamp {
    /// This instant moved by a number of seconds, later if positive.
    #[must_use]
    pub const fn plus(self, seconds: i64) -> Self {
        Self(self.0.saturating_add(seconds))
    }

    /// Seconds from `earlier` to this instant; negative if `earlier` is later.
    #[must_use]
    pub const fn since(self, earlier: Self) -> i64 {
        self.0.saturating_sub(earlier.0)
    }
}

/// Seconds in an hour and in a day of elapsed time.
pub const HOUR: i64 = 3_600;
pub const DAY: i64 = 24 * HOUR;

/// A source of the current time.
#[derive(Clone, Debug)]
pub enum Clock {
    /// The machine's clock.
    System,
    /// A clock that moves only when it is told to: demonstration and tests.
    Simulated(Arc<AtomicI64>),
}

impl Clock {
    /// A clock that stands at `start` until it is moved.
    #[must_use]
    pub fn simulated(start: Timestamp) -> Self {
        Self::Simulated(Arc::new(AtomicI64::new(start.0)))
    }

    /// The current time. A machine clock before 1970 reads as 1970.
    #[must_use]
    #[expect(clippy::disallowed_methods, reason = "this is the one place that reads the machine's clock")]
    pub fn now(&self) -> Timestamp {
        match self {
            Self::System => {
                let elapsed = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
                Timestamp(i64::try_from(elapsed.as_secs()).unwrap_or(i64::MAX))
            }
            Self::Simulated(seconds) => Timestamp(seconds.load(Ordering::SeqCst)),
        }
    }

    /// Moves a simulated clock forward to `to`; never backward. Returns whether
    /// this clock can be moved at all.
    pub fn advance_to(&self, to: Timestamp) -> bool {
        match self {
            Self::System => false,
            Self::Simulated(seconds) => {
                seconds.fetch_max(to.0, Ordering::SeqCst);
                true
            }
        }
    }
}
