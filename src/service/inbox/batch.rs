//! The only reader of the inbox.

use std::collections::BTreeMap;
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::clock::{HOUR, Timestamp};
use crate::crypto::service::Purpose;
use crate::domain::deadline::Calendar;
use crate::domain::id::CaseId;
use crate::service::cases::Deed;
use crate::service::{Candor, Problem};
use crate::store::inbox::ActId;
use crate::store::{self, StoreError, Tx};

use super::mixing::{PORTION, portions};
use super::{Inbound, SealedAct, SealedConcern, What};

/// More seconds than this before a batch are no count of times held back.
const MOST_TIMES: i64 = 600;

/// Why an act whose keys crossed with others did not arrive.
const CROSSED: &str = "It crossed with something else and did not arrive. Please send it once more.";

/// What one batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct BatchCount {
    pub opened: usize,
    pub acts: usize,
    pub refused: usize,
    /// Concerns left for the next batch because their side has had its share.
    pub held: usize,
    /// Rows that this service key does not open; they stay where they are.
    pub unreadable: usize,
}

/// What a receipt opens, under the service key.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ReceiptRecord {
    pub case: CaseId,
}

/// An act whose batch has come.
struct DueAct {
    id: ActId,
    case: CaseId,
    pressed: bool,
}

/// Lets the word that a reporter is pressed come before what else of the same case is in this batch, at a place
/// that chance has given to one of these.
fn pressed_first(acts: &mut [DueAct]) {
    for at in 0..acts.len() {
        let pressed = acts.get(at).filter(|act| act.pressed).map(|act| act.case);
        if let Some(first) = pressed.and_then(|case| acts.iter().position(|act| act.case == case)) {
            acts.swap(first, at);
        }
    }
}

impl Candor {
    /// Takes the acts whose batch has come, in random order, and turns each into a command. Safe
    /// to run at any time, twice, after a pause, or on two machines at once: an act leaves the inbox in
    /// the transaction that carries it out.
    pub async fn run_batch(&self) -> Result<BatchCount, Problem> {
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        let mut due = store::inbox::due(&mut tx, now).await?;
        let batch = self.directory_in(&mut tx).await?.calendar.last_batch(now).map_or(0, |batch| batch.0);
        drop(tx);
        let mut count = BatchCount::default();
        // What came since the last batch must be mixed at this one though nothing of it be due: the log and
        // the time of a file tell when it came. So also after a stop between a batch and its clearing up.
        if due.is_empty() && self.cleared.load(Ordering::SeqCst) >= batch {
            return Ok(count);
        }
        self.randomness.shuffle("batch order", &mut due);
        // Those held back by an earlier batch come first; among equals the shuffle decides.
        due.sort_by_key(|(_, slot)| *slot);
        let slots: BTreeMap<_, _> = due.iter().copied().collect();
        let due: Vec<_> = due.into_iter().map(|(id, _)| id).collect();
        let mut held = Vec::new();
        let mut opened_for: BTreeMap<String, usize> = BTreeMap::new();
        let mut concerns = Vec::new();
        let mut acts = Vec::new();
        for some in due.chunks(PORTION) {
            for (id, inbound) in self.look_at(some).await? {
                match inbound {
                    // One bad row must not hold up everybody else's.
                    None => count.unreadable += 1,
                    Some(Inbound::Concern(concern)) => {
                        let side =
                            opened_for.entry(concern.opening.sides.raising.unit.to_string()).or_insert(0);
                        if *side >= self.settings.cases_per_batch {
                            count.held += 1;
                            held.push(id);
                            continue;
                        }
                        *side += 1;
                        concerns.push(id);
                    }
                    Some(Inbound::Act(act)) => {
                        acts.push(DueAct { id, case: act.case, pressed: act.what == What::Pressed });
                    }
                }
            }
        }
        self.randomness.shuffle("batch order", &mut concerns);
        self.randomness.shuffle("batch order", &mut acts);
        pressed_first(&mut acts);
        let acts: Vec<_> = acts.into_iter().map(|act| act.id).collect();
        for some in concerns.chunks(PORTION) {
            for (id, inbound) in self.look_at(some).await? {
                let Some(Inbound::Concern(concern)) = inbound else { continue };
                match self.execute(concern.case, &Deed::Open { inbox: id, concern: &concern }).await {
                    Ok(()) => count.opened += 1,
                    // Taken back meanwhile, or opened by another machine.
                    Err(Problem::NotFound | Problem::Store(StoreError::Duplicate)) => {}
                    Err(problem) => return Err(problem),
                }
            }
        }
        for some in acts.chunks(PORTION) {
            for (id, inbound) in self.look_at(some).await? {
                let Some(Inbound::Act(act)) = inbound else { continue };
                match self.execute(act.case, &Deed::Reporter { inbox: id, act: &act }).await {
                    Ok(()) => count.acts += 1,
                    Err(Problem::Refused(refusal)) => {
                        self.refuse(&id, &act, &refusal.to_string()).await?;
                        count.refused += 1;
                    }
                    // Its concern was held back, and so is what belongs to it; or it was taken back meanwhile.
                    Err(Problem::NotFound) => held.push(id),
                    // Carried out by another machine: then its row is gone, and nothing is written. Or its keys
                    // crossed with others of the same number, and its writer must know that it did not arrive.
                    Err(Problem::Store(StoreError::Duplicate)) => {
                        self.refuse(&id, &act, CROSSED).await?;
                    }
                    Err(problem) => return Err(problem),
                }
            }
        }
        self.put_off(&held, &slots).await?;
        if self.reorder_inbox().await? {
            self.cleared.fetch_max(batch, Ordering::SeqCst);
        }
        Ok(count)
    }

    /// Lets what was held back wait for the next batch.
    async fn put_off(&self, held: &[ActId], slots: &BTreeMap<ActId, Timestamp>) -> Result<(), Problem> {
        for some in portions(held) {
            let mut tx = self.db.write().await?;
            let directory = self.directory_in(&mut tx).await?;
            for id in some {
                let slot = slots.get(id).copied().unwrap_or(self.clock.now());
                let next = next_turn(slot, self.clock.now(), &directory.calendar);
                store::inbox::put_off(&mut tx, id, next).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes down for the reporter why an act came too late, and takes it out.
    async fn refuse(&self, id: &ActId, act: &SealedAct, why: &str) -> Result<(), Problem> {
        let words = format!("{}: {why}", act.what.label());
        let mut tx = self.db.write().await?;
        if store::inbox::remove(&mut tx, id).await? {
            let loaded = self.load(&mut tx, act.case).await?;
            if let Some(place) = self.place_for_refused(&mut tx, id, loaded.as_ref()).await? {
                let body = self.keys.seal(Purpose::Receipt, &place, words.as_bytes(), &self.randomness)?;
                store::inbox::insert_refused(&mut tx, &place, &body).await?;
            }
            if let Some(file) = act.file() {
                store::attachments::remove_waiting(&mut tx, file).await?;
            }
            tx.commit().await?;
        }
        Ok(())
    }

    /// Writes a concern's sealed texts, wrapped keys and receipt beside its new case.
    pub(in crate::service) async fn store_concern(
        &self,
        tx: &mut Tx,
        concern: &SealedConcern,
        version: u32,
    ) -> Result<(), Problem> {
        for audience in &concern.audiences {
            for wrap in &audience.wraps {
                self.store_wrap(tx, concern.case, audience.audience, audience.version, wrap.clone()).await?;
            }
        }
        for letter in &concern.letters {
            store::envelopes::insert(tx, &letter.envelope(concern.case, version)).await?;
        }
        let record =
            postcard::to_allocvec(&ReceiptRecord { case: concern.case }).map_err(|_| Problem::Damaged)?;
        let body = self.keys.seal(Purpose::Receipt, &concern.lookup, &record, &self.randomness)?;
        store::inbox::insert_receipt(tx, &concern.lookup, &body).await?;
        Ok(())
    }
}

/// When a concern that was held back is looked at again: at the next batch, and there before those that
/// were held back less often, by a second for each time.
fn next_turn(slot: Timestamp, now: Timestamp, calendar: &Calendar) -> Timestamp {
    let batch_from = |at: Timestamp| calendar.next_batches(at, 1).first().copied();
    let Some(next) = batch_from(now) else { return now.plus(12 * HOUR) };
    // Urgent ones have a slot between batches, which says nothing of how often they were held.
    let times = batch_from(slot.plus(-1)).map_or(0, |batch| batch.since(slot));
    let times = if times > MOST_TIMES { 0 } else { times };
    next.plus(-1 - times).max(now.plus(1))
}

#[cfg(test)]
mod tests {
    use super::next_turn;
    use crate::clock::Timestamp;
    use crate::domain::deadline::Calendar;

    #[test]
    fn whoever_waits_longer_comes_first_in_the_next_batch() {
        let calendar = Calendar::united_states();
        let batches = calendar.next_batches(Timestamp(1_790_000_000), 3);
        let [first, second, third] = batches[..] else { panic!("three batches") };
        let once = next_turn(first, first.plus(15), &calendar);
        assert_eq!(once, second.plus(-1));
        let twice = next_turn(once, second.plus(15), &calendar);
        assert_eq!(twice, third.plus(-2));
        assert!(twice < next_turn(second, second.plus(15), &calendar));
        // An urgent one between two batches.
        let urgent = next_turn(first.plus(1_800), first.plus(1_815), &calendar);
        assert_eq!(urgent, second.plus(-1));
    }
}
