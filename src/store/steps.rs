//! Counts the statements of a database and stops at one of them, as if the process had ended
//! there: how the tests show that nothing is ever half done.
//!
//! Only [`super::Db::stepped`] makes one, which no file of the program calls (a test reads them all):
//! no setting, variable or request can stop a real deployment.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};

/// A count of steps. Each statement is one; a commit is two, the moment before it and the moment after.
#[derive(Clone, Debug, Default)]
pub struct Steps(Arc<Count>);

#[derive(Debug, Default)]
struct Count {
    taken: AtomicU64,
    committed: AtomicU64,
    /// The step that fails, counted from 1; 0 for none.
    last: AtomicU64,
    stopped: AtomicBool,
}

impl Steps {
    /// Counts from 0 again; the step of this number, and everything after it, will fail. With 0 nothing fails.
    pub fn stop_at(&self, step: u64) {
        self.0.taken.store(0, Ordering::SeqCst);
        self.0.committed.store(0, Ordering::SeqCst);
        self.0.last.store(step, Ordering::SeqCst);
        self.0.stopped.store(false, Ordering::SeqCst);
    }

    /// Whether the step was reached.
    #[must_use]
    pub fn stopped(&self) -> bool {
        self.0.stopped.load(Ordering::SeqCst)
    }

    /// Steps since counting began, the failing one among them.
    #[must_use]
    pub fn taken(&self) -> u64 {
        self.0.taken.load(Ordering::SeqCst)
    }

    /// Transactions that ended since counting began with all they wrote.
    #[must_use]
    pub fn committed(&self) -> u64 {
        self.0.committed.load(Ordering::SeqCst)
    }

    pub(super) fn step(&self) -> Result<(), sqlx::Error> {
        let cut = || sqlx::Error::Io(std::io::ErrorKind::ConnectionReset.into());
        // A process that has ended does nothing more, in whatever task.
        if self.stopped() {
            return Err(cut());
        }
        let step = self.0.taken.fetch_add(1, Ordering::SeqCst) + 1;
        if step == self.0.last.load(Ordering::SeqCst) {
            self.0.stopped.store(true, Ordering::SeqCst);
            return Err(cut());
        }
        Ok(())
    }

    pub(super) fn commit(&self) {
        self.0.committed.fetch_add(1, Ordering::SeqCst);
    }
}

/// One step of a database that may not be counted at all.
pub(super) fn step(steps: Option<&Steps>) -> Result<(), sqlx::Error> {
    steps.map_or(Ok(()), Steps::step)
}
