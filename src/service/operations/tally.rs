//! Visitors, counted all together.

use std::collections::BTreeMap;
use std::sync::{Mutex, PoisonError};

/// Visitors' requests since the last batch, without anything that tells one from another.
#[derive(Debug, Default)]
pub struct VisitorTally(Mutex<VisitorCounts>);

/// What a batch may publish of the half day before it.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct VisitorCounts {
    pub requests: u64,
    /// Turned away with 429 or 503.
    pub turned_away: u64,
    /// Faults of ours, by the fixed sentence that says what failed.
    pub faults: BTreeMap<&'static str, u64>,
}

impl VisitorTally {
    /// Hands out the counts and starts again from nothing. For the batch, and nothing else.
    pub fn take(&self) -> VisitorCounts {
        std::mem::take(&mut *self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    /// One request more.
    pub fn add(&self, turned_away: bool, fault: Option<&'static str>) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        counts.requests += 1;
        counts.turned_away += u64::from(turned_away);
        if let Some(reason) = fault {
            *counts.faults.entry(reason).or_default() += 1;
        }
    }
}
