//! Takes concerns into the inbox that arrive at the same moment in one transaction: each waits for the disk, and
//! one wait does for all of them.

use std::sync::{Arc, Mutex, PoisonError};

use tokio::sync::{Semaphore, oneshot};

use super::inbox::{self, Row};
use super::{Db, StoreError};

/// Most concerns in one transaction: each is tens of kilobytes, and nobody should wait long for others'.
const MOST: usize = 64;

/// A concern on its way into the inbox, and the lookup value of its receipt.
#[derive(Debug)]
struct Arrived {
    row: Row,
    lookup: [u8; 32],
    answer: oneshot::Sender<Result<bool, StoreError>>,
}

/// Where concerns wait for their common transaction. Shared by all requests of a process.
#[derive(Clone, Debug)]
pub struct Letterbox {
    arrived: Arc<Mutex<Vec<Arrived>>>,
    /// SQLite has one connection that writes. PostgreSQL commits several at once, and more gather behind those.
    turns: Arc<Semaphore>,
}

impl Letterbox {
    #[must_use]
    pub fn of(db: &Db) -> Self {
        let turns = match db {
            Db::Sqlite { .. } => 1,
            Db::Postgres { .. } => 8,
        };
        Self { arrived: Arc::default(), turns: Arc::new(Semaphore::new(turns)) }
    }

    /// Puts a concern in and answers once it is on disk: whether it was new. It is not if its receipt opens
    /// something already, or it waits already.
    pub async fn put(&self, db: &Db, row: Row, lookup: [u8; 32]) -> Result<bool, StoreError> {
        let (answer, answered) = oneshot::channel();
        self.arrived.lock().unwrap_or_else(PoisonError::into_inner).push(Arrived { row, lookup, answer });
        // A task of its own: whose request is broken off must not take the others along.
        let (letterbox, db) = (self.clone(), db.clone());
        tokio::spawn(async move { letterbox.empty(&db).await });
        answered.await.map_err(|_| StoreError::Unavailable)?
    }

    /// Takes what waits, which may be nothing any more: as many do this as there are concerns.
    async fn empty(&self, db: &Db) {
        let Ok(_turn) = self.turns.acquire().await else { return };
        let taken: Vec<Arrived> = {
            let mut arrived = self.arrived.lock().unwrap_or_else(PoisonError::into_inner);
            let count = arrived.len().min(MOST);
            arrived.drain(..count).collect()
        };
        match write(db, &taken).await {
            Ok(new) => {
                for (one, new) in taken.into_iter().zip(new) {
                    let _ = one.answer.send(Ok(new));
                }
            }
            // What is wrong with one must not be answered to all; a database that is away is away for all.
            Err(error) if taken.len() > 1 && error != StoreError::Unavailable => {
                for one in taken {
                    let new = write(db, std::slice::from_ref(&one)).await;
                    let _ = one.answer.send(new.map(|new| new.first().copied().unwrap_or_default()));
                }
            }
            Err(error) => {
                for one in taken {
                    let _ = one.answer.send(Err(error));
                }
            }
        }
    }
}

/// Writes some in one transaction. Returns of each whether it was new.
async fn write(db: &Db, some: &[Arrived]) -> Result<Vec<bool>, StoreError> {
    if some.is_empty() {
        return Ok(Vec::new());
    }
    let mut tx = db.write().await?;
    let mut new = Vec::with_capacity(some.len());
    for one in some {
        new.push(inbox::insert_unless_sent(&mut tx, &one.row, &one.lookup).await?);
    }
    tx.commit().await?;
    Ok(new)
}
