//! How often a database could not do what was asked, by kind and nothing else.
//!
//! A fault in the middle of a visitor's request has a time, which is the time of what the visitor did (AN-15). So only
//! those of work that staff or the program itself began are told at once; the rest is held until a batch lets it go.

use std::collections::BTreeMap;
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};

use super::StoreError;

tokio::task_local! {
    static AT_ONCE: ();
}

/// Work whose faults may be told at once: requests of staff, and jobs.
pub async fn told_at_once<F: Future>(work: F) -> F::Output {
    AT_ONCE.scope((), work).await
}

/// The kinds that are counted. That a row is there already is no fault: a second press meets the first so.
const KINDS: [(StoreError, &str); 5] = [
    (StoreError::Conflict, "conflict"),
    (StoreError::Unavailable, "unavailable"),
    (StoreError::Damaged, "damaged"),
    (StoreError::Schema, "schema"),
    (StoreError::Refused, "refused"),
];

/// The counts of one database. Cloning it clones a handle.
#[derive(Clone, Debug, Default)]
pub struct Faults(Arc<Counts>);

#[derive(Debug, Default)]
struct Counts {
    told: [AtomicU64; KINDS.len()],
    held: [AtomicU64; KINDS.len()],
}

impl Faults {
    fn note(&self, error: StoreError) {
        let counts = if AT_ONCE.try_with(|()| ()).is_ok() { &self.0.told } else { &self.0.held };
        let kinds = KINDS.iter().zip(counts);
        for (_, count) in kinds.filter(|((kind, _), _)| *kind == error) {
            count.fetch_add(1, Ordering::Relaxed);
        }
    }

    /// Passes a result on, and counts what failed.
    pub(super) fn noted<T>(&self, result: Result<T, sqlx::Error>) -> Result<T, sqlx::Error> {
        if let Err(error) = &result {
            self.note(StoreError::of(error));
        }
        result
    }

    /// Lets go what was held. For the batch, and nothing else.
    pub fn release(&self) {
        for (told, held) in self.0.told.iter().zip(&self.0.held) {
            told.fetch_add(held.swap(0, Ordering::Relaxed), Ordering::Relaxed);
        }
    }

    /// How often each kind was met, as far as it may be told.
    #[must_use]
    pub fn told(&self) -> BTreeMap<&'static str, u64> {
        KINDS
            .iter()
            .zip(&self.0.told)
            .map(|((_, word), count)| (*word, count.load(Ordering::Relaxed)))
            .collect()
    }
}

#[cfg(test)]
mod tests {
    use super::{Faults, told_at_once};

    #[tokio::test]
    async fn an_15_a_fault_in_a_visitors_request_is_told_at_a_batch_and_no_sooner() {
        let faults = Faults::default();
        let fails = || faults.noted::<()>(Err(sqlx::Error::PoolTimedOut)).is_err();
        let before = faults.told();
        assert!(fails());
        assert_eq!(faults.told(), before);
        // The control: of work that staff began it is told at once.
        assert!(told_at_once(async { fails() }).await);
        assert_eq!(faults.told()["unavailable"], 1);
        faults.release();
        faults.release();
        assert_eq!(faults.told()["unavailable"], 2);
    }
}
