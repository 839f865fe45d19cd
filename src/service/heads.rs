//! The journal's heads, kept outside: one a day, after the day's first batch, so that they tell a day and
//! nothing of when somebody acted.

use crate::clock::{DAY, Timestamp};
use crate::delivery::{self, KeptHead, LEASE};
use crate::domain::id::DeliveryId;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::heads::{HeadOutside, Place};
use crate::store::{self, StoreError};

/// How long it stays known what was kept where.
const KNOWN: i64 = 90 * DAY;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct HeadCount {
    pub kept: usize,
    /// Put off, to be tried again.
    pub later: usize,
}

impl Candor {
    /// Plans the day's head for every place that has none, and brings whatever is due to its place. Safe at
    /// any time, twice, after a pause and on several machines at once.
    pub async fn keep_heads(&self, due: Timestamp) -> Result<HeadCount, Problem> {
        let mut count = HeadCount::default();
        for place in self.heads.places() {
            self.plan_head(place, due).await?;
            loop {
                let mut tx = self.db.write().await?;
                let until = self.clock.now().plus(LEASE);
                let mut head = match store::heads::claim(&mut tx, place, due, until).await {
                    Ok(Some(head)) => head,
                    // Nothing is due, or another machine took it up first.
                    Ok(None) | Err(StoreError::Conflict) => break,
                    Err(error) => return Err(error.into()),
                };
                tx.commit().await?;
                let now = self.clock.now();
                let line = self.kept_head(&head);
                let ended = self.heads.keep(place, &line, head.id, now).await;
                let next =
                    if ended.is_ok() { now } else { now.plus(delivery::rest(head.tries, &self.randomness)) };
                let mut tx = self.db.write().await?;
                match store::heads::settle(&mut tx, &mut head, ended.is_ok(), next).await {
                    Ok(()) => tx.commit().await?,
                    Err(StoreError::Conflict) => {}
                    Err(error) => return Err(error.into()),
                }
                if ended.is_ok() {
                    count.kept += 1;
                } else {
                    count.later += 1;
                }
            }
        }
        Ok(count)
    }

    fn kept_head(&self, head: &HeadOutside) -> KeptHead {
        KeptHead {
            deployment: self.deployment,
            number: head.sequence,
            hash: hexadecimal(&head.hash),
            day: head.day.clone(),
        }
    }

    async fn plan_head(&self, place: Place, due: Timestamp) -> Result<(), Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let calendar = &directory.calendar;
        let Some(date) = calendar.date_of(due) else { return Ok(()) };
        let first = calendar.batch_hours.first().and_then(|hour| calendar.at(date, *hour));
        if first.is_some_and(|first| due < first) {
            return Ok(());
        }
        let day = date.to_string();
        if store::heads::newest_day(&mut tx, place).await?.is_some_and(|newest| newest >= day) {
            return Ok(());
        }
        drop(tx);
        let mut tx = self.db.write().await?;
        let newest = store::journal::head(&mut tx).await?;
        let head = HeadOutside {
            day,
            place,
            sequence: newest.sequence,
            hash: newest.hash,
            id: DeliveryId::random(&self.randomness),
            kept: false,
            tries: 0,
            next_at: due,
            version: 1,
        };
        match store::heads::insert(&mut tx, &head).await {
            Ok(()) => {}
            // Another machine has planned it.
            Err(StoreError::Duplicate) => return Ok(()),
            Err(error) => return Err(error.into()),
        }
        if let Some(before) = calendar.date_of(due.plus(-KNOWN)) {
            store::heads::remove_kept(&mut tx, &before.to_string()).await?;
        }
        tx.commit().await?;
        Ok(())
    }

    /// The newest head that each place outside has taken: its day and number.
    pub async fn heads_kept(&self) -> Result<Vec<(Place, Option<(String, i64)>)>, Problem> {
        let mut tx = self.db.read().await?;
        let mut kept = Vec::new();
        for place in self.heads.places() {
            let newest = store::heads::newest_kept(&mut tx, place).await?;
            kept.push((place, newest.map(|head| (head.day, head.sequence))));
        }
        Ok(kept)
    }
}
