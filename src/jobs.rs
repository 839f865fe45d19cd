//! What happens by itself: batches, clocks, and clearing up. Each job is safe to run at any time,
//! twice, or after a pause: what it does follows from what is there and what time it is.

use std::time::Duration;

use tokio::sync::watch;

use crate::clock::Timestamp;
use crate::delivery;
use crate::domain::dispute::Refusal;
use crate::domain::id::CaseId;
use crate::service::cases::Deed;
use crate::service::heads::HeadCount;
use crate::service::inbox::BatchCount;
use crate::service::library::Published;
use crate::service::{Candor, Problem};
use crate::store::faults::told_at_once;
use crate::store::{self, StoreError};

/// Cases looked at in one go by the sweep.
const PORTION: i64 = 200;

/// How long the loop rests between two rounds.
const REST: Duration = Duration::from_secs(15);

/// How long a mail that is just being handed over may keep the program from stopping.
const LAST_MAIL: Duration = Duration::from_secs(20);

/// What one round of all jobs did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Round {
    pub batch: BatchCount,
    /// Warnings and lapses applied.
    pub swept: usize,
    /// Parts of cases whose time had come, and that are gone.
    pub destroyed: usize,
    /// Quarters published.
    pub measured: usize,
    /// What was told outside.
    pub delivered: delivery::Count,
    /// Heads of the journal kept outside.
    pub heads: HeadCount,
    /// What the month's batch of the library did.
    pub library: Published,
}

/// Runs every job once, reporters' acts before lapses, and mail last.
pub async fn run_once(candor: &Candor) -> Result<Round, Problem> {
    let now = candor.clock.now();
    let mut round = Box::pin(run_inside(candor)).await?;
    round.delivered = Box::pin(deliver(candor, now)).await?;
    round.heads = Box::pin(keep_heads(candor, now)).await?;
    Ok(round)
}

/// Every job that asks nobody outside, and so keeps nobody waiting.
async fn run_inside(candor: &Candor) -> Result<Round, Problem> {
    let batch = candor.run_batch().await?;
    candor.tell_counts(batch.unreadable > 0).await?;
    let swept = sweep(candor).await?;
    let destroyed = retain(candor).await?;
    let measured = candor.measure(candor.clock.now()).await?;
    let library = publish(candor).await?;
    candor.remove_ended_sessions().await?;
    Ok(Round { batch, swept, destroyed, measured, library, ..Round::default() })
}

/// Publishes what the library's month has due, once a month (AN-09).
pub async fn publish(candor: &Candor) -> Result<Published, Problem> {
    candor.publish_library().await
}

/// Tells people outside that something waits, as far as it was due at `due`.
pub async fn deliver(candor: &Candor, due: Timestamp) -> Result<delivery::Count, Problem> {
    Ok(candor.outlets.run_once(&candor.db, &candor.clock, &candor.randomness, due).await?)
}

/// Writes the journal's head to the places outside: once a day, after the first batch that ended by `due`.
pub async fn keep_heads(candor: &Candor, due: Timestamp) -> Result<HeadCount, Problem> {
    candor.keep_heads(due).await
}

/// When a job next has something to do, if anything waits at all.
pub async fn next_due(candor: &Candor) -> Result<Option<Timestamp>, Problem> {
    let mut tx = candor.db.read().await?;
    let batch = store::inbox::next_slot(&mut tx).await?;
    let clock = store::cases::next_due(&mut tx).await?;
    Ok([batch, clock].into_iter().flatten().min())
}

/// Applies what the clock has due: warnings at 50, 80 and 100 percent, and lapses; each case one
/// level at most, so that a pause of the service takes nobody's time for a level away. Then passes on
/// what waits for a post that nobody holds any more.
pub async fn sweep(candor: &Candor) -> Result<usize, Problem> {
    let mut count = 0;
    let now = candor.clock.now();
    loop {
        let mut tx = candor.db.read().await?;
        let due = store::cases::due(&mut tx, now, PORTION).await?;
        drop(tx);
        let moved = sweep_these(candor, due).await?;
        count += moved;
        if moved == 0 {
            break;
        }
    }
    loop {
        let moved = sweep_these(candor, candor.left_behind(PORTION).await?).await?;
        count += moved;
        if moved == 0 {
            return Ok(count);
        }
    }
}

/// How many of these cases moved.
async fn sweep_these(candor: &Candor, cases: Vec<CaseId>) -> Result<usize, Problem> {
    let mut count = 0;
    for case in cases {
        match candor.execute(case, &Deed::Sweep).await {
            Ok(()) => count += 1,
            // Another machine was first, or a person acted.
            Err(Problem::Refused(Refusal::NothingDue) | Problem::Store(StoreError::Conflict)) => {}
            Err(problem) => return Err(problem),
        }
    }
    Ok(count)
}

/// Destroys what has been kept for as long as it may be (AN-24): found by an index, one transaction a part, and
/// then what the database itself remembers of it. A case that cannot be read keeps nobody else's texts.
pub async fn retain(candor: &Candor) -> Result<usize, Problem> {
    let mut count = 0;
    let mut failed = None;
    loop {
        let mut tx = candor.db.read().await?;
        let due = store::cases::overdue(&mut tx, candor.clock.now(), PORTION).await?;
        drop(tx);
        let (mut destroyed, mut settled) = (0, 0);
        for case in due {
            match candor.execute(case, &Deed::Destroy).await {
                Ok(()) => destroyed += 1,
                // Another machine was first, or the row says an earlier time than its case.
                Err(Problem::Refused(Refusal::NothingDue)) => match candor.settle_retention(case).await {
                    Ok(true) => settled += 1,
                    Ok(false) | Err(Problem::Store(StoreError::Conflict)) => {}
                    Err(problem) => failed = Some(problem),
                },
                Err(Problem::Store(StoreError::Conflict)) => {}
                Err(problem) => failed = Some(problem),
            }
        }
        count += destroyed;
        if destroyed + settled == 0 {
            break;
        }
    }
    candor.forget_destroyed(count > 0).await?;
    failed.map_or(Ok(count), Err)
}

/// The loop. Ends when `stop` is told; a round under way is finished first.
///
/// A mail server that hangs must not hold up a batch, so sending goes beside the rest. It sends only
/// what was due when a round began that has ended since: after the batch, never with it (AN-22).
pub async fn run(candor: Candor, mut stop: watch::Receiver<bool>) {
    let (tell, ended) = watch::channel(None);
    let sending = tokio::spawn(told_at_once(send_after_rounds(candor.clone(), ended)));
    loop {
        let began = candor.clock.now();
        candor.operations.round_begins();
        let ended = told_at_once(Box::pin(run_inside(&candor))).await;
        candor.operations.round_ended(began, ended.as_ref().map(drop).map_err(Problem::code));
        match ended {
            Ok(_) => drop(tell.send(Some(began))),
            Err(problem) => {
                tracing::error!(cause = problem.code(), "a round of the jobs failed; it will be tried again");
            }
        }
        if *stop.borrow() {
            break;
        }
        tokio::select! {
            () = tokio::time::sleep(REST) => {}
            _ = stop.changed() => break,
        }
    }
    drop(tell);
    // What is cut off here is taken up again when the program next runs.
    let aborted = sending.abort_handle();
    if tokio::time::timeout(LAST_MAIL, sending).await.is_err() {
        aborted.abort();
    }
}

async fn send_after_rounds(candor: Candor, mut ended: watch::Receiver<Option<Timestamp>>) {
    while ended.changed().await.is_ok() {
        let Some(due) = *ended.borrow_and_update() else { continue };
        match deliver(&candor, due).await {
            Ok(count) if count == delivery::Count::default() => {}
            Ok(count) => {
                tracing::info!(sent = count.sent, later = count.later, dead = count.dead, "told outside");
            }
            Err(problem) => {
                tracing::error!(cause = problem.code(), "telling outside failed; it will be tried again");
            }
        }
        match keep_heads(&candor, due).await {
            Ok(HeadCount { later: 0, .. }) => {}
            Ok(_) => tracing::warn!(
                "the journal's head could not be kept outside; it will be tried again. See heads_file and heads_webhook"
            ),
            Err(problem) => {
                tracing::error!(
                    cause = problem.code(),
                    "keeping the journal's head failed; it will be tried again"
                );
            }
        }
    }
}
