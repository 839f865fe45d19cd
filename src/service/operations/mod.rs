//! How this machine is doing, for whoever operates it: what its jobs do, whether it should be sent visitors, what it
//! has counted. Nothing here tells when a visitor came: what depends on them is let go at batches alone (AN-15).

mod ready;
mod standing;
mod tally;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Mutex, PoisonError};
use std::time::{Duration, Instant};

use crate::clock::Timestamp;
use crate::service::{Candor, Problem};

pub use ready::Ready;
pub use standing::{HeadKept, Late, Resting, Standing};
pub use tally::{VisitorCounts, VisitorTally};

/// How many visitors' requests are told as one, so that a few at a quiet time do not show at the batch after it.
pub const REQUESTS_TOLD: u64 = 100;

/// What this process knows of itself. One for each machine, shared by pages and jobs.
#[derive(Debug, Default)]
pub struct Operations {
    /// Visitors' requests since the last batch.
    pub visitors: VisitorTally,
    told: Mutex<Told>,
    rounds: Mutex<Rounds>,
    leaving: AtomicBool,
    /// How often somebody was asked to sign in later.
    turned_away: AtomicU64,
    looked: tokio::sync::Mutex<Option<(Instant, Ready)>>,
}

/// What was let go at batches, in sum since the program started.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Told {
    /// The last batch that let something go.
    batch: Option<Timestamp>,
    /// Requests in hundreds; what is left over is in the next.
    pub visitors: VisitorCounts,
    left_over: u64,
    /// Acts of reporters that the service key did not open at the last batch: something is wrong with key or database.
    pub unreadable: bool,
    pub memory: Memory,
}

/// What the process had of the machine's memory, in bytes.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Memory {
    pub resident: u64,
    /// The most that it ever had.
    pub peak: u64,
}

/// The rounds of the jobs.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Rounds {
    pub done: u64,
    pub failed: u64,
    /// When the last one ended well.
    pub last_done: Option<Timestamp>,
    /// Why the last one failed, if it did: a fixed word.
    pub failing: Option<&'static str>,
    /// When the loop last showed that it lives, and whether a round is under way.
    sign: Option<(Instant, bool)>,
}

impl Rounds {
    /// How long there has been no sign of life, and whether a round is under way; none where no loop runs.
    #[must_use]
    pub fn silent(&self) -> Option<(Duration, bool)> {
        self.sign.map(|(at, under_way)| (at.elapsed(), under_way))
    }
}

impl Memory {
    /// As the system says.
    fn now() -> Self {
        let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let bytes = |name: &str| {
            let line = status.lines().find_map(|line| line.strip_prefix(name)?.strip_prefix(':'));
            let kib = line.and_then(|line| line.trim().strip_suffix("kB")?.trim().parse::<u64>().ok());
            kib.unwrap_or_default().saturating_mul(1_024)
        };
        Self { resident: bytes("VmRSS"), peak: bytes("VmHWM") }
    }
}

fn locked<T>(mutex: &Mutex<T>) -> std::sync::MutexGuard<'_, T> {
    mutex.lock().unwrap_or_else(PoisonError::into_inner)
}

impl Operations {
    /// As it is at the start, with the memory that the program has before anybody came.
    #[must_use]
    pub fn begun() -> Self {
        let told = Told { memory: Memory::now(), ..Told::default() };
        Self { told: Mutex::new(told), ..Self::default() }
    }

    /// A round of the loop begins.
    pub fn round_begins(&self) {
        locked(&self.rounds).sign = Some((Instant::now(), true));
    }

    /// A round of the loop has ended, well or with a fixed word for why not.
    pub fn round_ended(&self, at: Timestamp, ended: Result<(), &'static str>) {
        let mut rounds = locked(&self.rounds);
        rounds.sign = Some((Instant::now(), false));
        match ended {
            Ok(()) => {
                rounds.done += 1;
                rounds.last_done = Some(at);
                rounds.failing = None;
            }
            Err(word) => {
                rounds.failed += 1;
                rounds.failing = Some(word);
            }
        }
    }

    #[must_use]
    pub fn rounds(&self) -> Rounds {
        *locked(&self.rounds)
    }

    /// From now on this machine asks to be sent nobody.
    pub fn leave(&self) {
        self.leaving.store(true, Ordering::SeqCst);
    }

    #[must_use]
    pub fn is_leaving(&self) -> bool {
        self.leaving.load(Ordering::SeqCst)
    }

    pub(super) fn somebody_was_turned_away(&self) {
        self.turned_away.fetch_add(1, Ordering::Relaxed);
    }

    /// What may be told of visitors and memory now.
    #[must_use]
    pub fn told(&self) -> Told {
        locked(&self.told).clone()
    }

    /// Lets go what was counted until a batch; of each batch once. The first one that is known of is the one before the
    /// start: nothing was counted yet, and letting go whenever somebody starts the program would tell that time.
    fn let_go(&self, batch: Timestamp, unreadable: bool) -> Option<VisitorCounts> {
        let mut told = locked(&self.told);
        let before = told.batch.replace(batch);
        if before.is_none_or(|before| before >= batch) {
            told.batch = before.max(Some(batch));
            return None;
        }
        let counts = self.visitors.take();
        let requests = told.left_over.saturating_add(counts.requests);
        told.left_over = requests % REQUESTS_TOLD;
        told.visitors.requests += requests - told.left_over;
        told.visitors.turned_away += counts.turned_away;
        for (reason, times) in &counts.faults {
            *told.visitors.faults.entry(reason).or_default() += times;
        }
        told.unreadable = unreadable;
        told.memory = Memory::now();
        Some(counts)
    }
}

impl Candor {
    /// Lets go what was counted of visitors, once a batch is over, and writes down what went wrong for them.
    pub async fn tell_counts(&self, unreadable: bool) -> Result<(), Problem> {
        let directory = self.directory().await?;
        let Some(batch) = directory.calendar.last_batch(self.clock.now()) else { return Ok(()) };
        if let Some(counts) = self.operations.let_go(batch, unreadable) {
            self.db.faults().release();
            for (reason, times) in counts.faults {
                tracing::error!(reason, times, "visitors' requests failed since the batch before");
            }
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::{Memory, Operations};
    use crate::clock::Timestamp;

    #[test]
    fn counts_are_let_go_once_a_batch_and_requests_in_hundreds() {
        let operations = Operations::begun();
        let visit = |times| (0..times).for_each(|_| operations.visitors.add(false, None));
        assert!(operations.let_go(Timestamp(10), false).is_none(), "the batch before the start");
        let before = operations.told();
        visit(199);
        operations.visitors.add(true, Some("a fault"));
        assert_eq!(operations.told(), before);
        assert!(operations.let_go(Timestamp(10), false).is_none(), "the same batch");
        assert!(operations.let_go(Timestamp(20), false).is_some());
        let told = operations.told().visitors;
        assert_eq!((told.requests, told.turned_away, told.faults["a fault"]), (200, 1, 1));
        visit(99);
        operations.let_go(Timestamp(30), false);
        assert_eq!(operations.told().visitors.requests, 200, "too few to show");
        visit(1);
        operations.let_go(Timestamp(40), true);
        assert_eq!(operations.told().visitors.requests, 300);
        assert!(operations.told().unreadable);
    }

    #[test]
    fn the_system_says_how_much_memory_there_is() {
        let memory = Memory::now();
        assert!(memory.resident > 0 && memory.peak >= memory.resident);
    }

    #[test]
    fn a_round_is_known_by_how_it_ended() {
        let operations = Operations::default();
        assert!(operations.rounds().silent().is_none(), "no loop runs");
        operations.round_begins();
        assert!(operations.rounds().silent().is_some_and(|(_, under_way)| under_way));
        operations.round_ended(Timestamp(5), Ok(()));
        operations.round_ended(Timestamp(9), Err("damaged"));
        let rounds = operations.rounds();
        assert_eq!((rounds.done, rounds.failed, rounds.last_done), (1, 1, Some(Timestamp(5))));
        assert_eq!(rounds.failing, Some("damaged"));
        operations.round_ended(Timestamp(12), Ok(()));
        assert_eq!(operations.rounds().failing, None);
    }
}
