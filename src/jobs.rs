//! What happens by itself: batches, clocks, and clearing up. Each job is safe to run at any time,
//! twice, or after a pause: what it does follows from what is there and what time it is.

use std::time::Duration;

use crate::clock::Timestamp;
use crate::domain::dispute::Refusal;
use crate::service::cases::Deed;
use crate::service::inbox::BatchCount;
use crate::service::{Candor, Problem};
use crate::store::{self, StoreError};

/// Cases looked at in one go by the sweep.
const PORTION: i64 = 200;

/// How long the loop rests between two rounds.
const REST: Duration = Duration::from_secs(15);

/// What one round of all jobs did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub batch: BatchCount,
    /// Warnings and lapses applied.
    pub swept: usize,
}

/// Runs every job once, reporters' acts before lapses.
pub async fn run_once(candor: &Candor) -> Result<Round, Problem> {
    let batch = candor.run_batch().await?;
    let swept = sweep(candor).await?;
    candor.remove_ended_sessions().await?;
    Ok(Round { batch, swept })
}

/// When a job next has something to do, if anything waits at all.
pub async fn next_due(candor: &Candor) -> Result<Option<Timestamp>, Problem> {
    let mut tx = candor.db.read().await?;
    let batch = store::inbox::next_slot(&mut tx).await?;
    let clock = store::cases::next_due(&mut tx).await?;
    Ok([batch, clock].into_iter().flatten().min())
}

/// Applies what the clock has due: warnings at 50, 80 and 100 percent, and lapses; each case one
/// level at most, so that a pause of the service takes nobody's time for a level away.
pub async fn sweep(candor: &Candor) -> Result<usize, Problem> {
    let mut count = 0;
    let now = candor.clock.now();
    loop {
        let mut tx = candor.db.read().await?;
        let due = store::cases::due(&mut tx, now, PORTION).await?;
        drop(tx);
        if due.is_empty() {
            return Ok(count);
        }
        let mut moved = false;
        for case in due {
            match candor.execute(case, &Deed::Sweep).await {
                Ok(()) => {
                    count += 1;
                    moved = true;
                }
                // Another machine was first, or a person acted.
                Err(Problem::Refused(Refusal::NothingDue) | Problem::Store(StoreError::Conflict)) => {}
                Err(problem) => return Err(problem),
            }
        }
        if !moved {
            return Ok(count);
        }
    }
}

/// The one loop. Ends when `stop` is told; a round under way is finished first.
pub async fn run(candor: Candor, mut stop: tokio::sync::watch::Receiver<bool>) {
    loop {
        if let Err(problem) = run_once(&candor).await {
            tracing::error!(cause = problem.code(), "a round of the jobs failed; it will be tried again");
        }
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            _ = stop.changed() => return,
        }
    }
}
