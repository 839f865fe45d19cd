//! The only reader of the inbox.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::atomic::Ordering;

use serde::{Deserialize, Serialize};

use crate::clock::{HOUR, Timestamp};
use crate::crypto::service::Purpose;
use crate::domain::deadline::Calendar;
use crate::domain::id::CaseId;
use crate::service::cases::Deed;
use crate::service::{Candor, Problem};
use crate::store::attachments::Piece;
use crate::store::inbox::{ActId, Row};
use crate::store::{self, StoreError, Tx};

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

/// Lets the word that a reporter is pressed come before what else of the same case is in this batch, at a place
/// that chance has given to one of these.
fn pressed_first(acts: &mut [(ActId, Box<SealedAct>)]) {
    for at in 0..acts.len() {
        let pressed = acts.get(at).filter(|(_, act)| act.what == What::Pressed).map(|(_, act)| act.case);
        if let Some(first) = pressed.and_then(|case| acts.iter().position(|(_, act)| act.case == case)) {
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
        let mut rows = store::inbox::due(&mut tx, now).await?;
        let batch = self.directory_in(&mut tx).await?.calendar.last_batch(now).map_or(0, |batch| batch.0);
        drop(tx);
        let mut count = BatchCount::default();
        // What came since the last batch must be mixed at this one though nothing of it be due: the log and
        // the time of a file tell when it came. So also after a stop between a batch and its clearing up.
        if rows.is_empty() && self.cleared.load(Ordering::SeqCst) >= batch {
            return Ok(count);
        }
        self.randomness.shuffle("batch order", &mut rows);
        // Those held back by an earlier batch come first; among equals the shuffle decides.
        rows.sort_by_key(|row| row.slot);
        let mut held = BTreeSet::new();
        let mut opened_for: BTreeMap<String, usize> = BTreeMap::new();
        let mut concerns = Vec::new();
        let mut acts = Vec::new();
        for row in rows {
            let Ok(inbound) = self.open_inbound(&row.id, &row.body) else {
                // One bad row must not hold up everybody else's.
                count.unreadable += 1;
                continue;
            };
            match inbound {
                Inbound::Concern(concern) => {
                    let side = opened_for.entry(concern.opening.sides.raising.unit.to_string()).or_insert(0);
                    if *side >= self.settings.cases_per_batch {
                        count.held += 1;
                        held.insert(row.id);
                        continue;
                    }
                    *side += 1;
                    concerns.push((row.id, concern));
                }
                Inbound::Act(act) => acts.push((row.id, act)),
            }
        }
        self.randomness.shuffle("batch order", &mut concerns);
        self.randomness.shuffle("batch order", &mut acts);
        pressed_first(&mut acts);
        for (id, concern) in concerns {
            match self.execute(concern.case, &Deed::Open { inbox: id, concern: &concern }).await {
                Ok(()) => count.opened += 1,
                // Taken back meanwhile, or opened by another machine.
                Err(Problem::NotFound | Problem::Store(StoreError::Duplicate)) => {}
                Err(problem) => return Err(problem),
            }
        }
        for (id, act) in acts {
            match self.execute(act.case, &Deed::Reporter { inbox: id, act: &act }).await {
                Ok(()) => count.acts += 1,
                Err(Problem::Refused(refusal)) => {
                    self.refuse(&id, &act, &refusal.to_string()).await?;
                    count.refused += 1;
                }
                // Its concern was held back, and so is what belongs to it; or it was taken back meanwhile.
                Err(Problem::NotFound) => drop(held.insert(id)),
                // Carried out by another machine: then its row is gone, and nothing is written. Or its keys
                // crossed with others of the same number, and its writer must know that it did not arrive.
                Err(Problem::Store(StoreError::Duplicate)) => {
                    self.refuse(&id, &act, CROSSED).await?;
                }
                Err(problem) => return Err(problem),
            }
        }
        if self.reorder_inbox(&held).await? {
            self.cleared.fetch_max(batch, Ordering::SeqCst);
        }
        Ok(count)
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

    /// Puts what still waits back in random order and clears what a database keeps of the old
    /// one: large values lie in the file in the order in which they came (AN-07).
    /// False if it has to be done once more.
    async fn reorder_inbox(&self, held: &BTreeSet<ActId>) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        // First: what came with an act before this look has its act among those taken next.
        let pieces = store::attachments::waiting(&mut tx).await?;
        let mut rows: Vec<Row> = store::inbox::take_all(&mut tx).await?;
        self.turn_pieces_over(&mut tx, pieces, &mut rows).await?;
        for row in rows.iter_mut().filter(|row| held.contains(&row.id)) {
            row.slot = next_turn(row.slot, self.clock.now(), &directory.calendar);
        }
        self.randomness.shuffle("inbox order", &mut rows);
        for row in &rows {
            store::inbox::insert(&mut tx, row).await?;
        }
        tx.commit().await?;
        Ok(self.db.forget_traces().await?)
    }

    /// Puts the pieces of waiting files in another order, and clears away those whose act is gone, with acts
    /// whose concern was taken back.
    async fn turn_pieces_over(
        &self,
        tx: &mut Tx,
        pieces: Vec<Piece>,
        rows: &mut Vec<Row>,
    ) -> Result<(), Problem> {
        let mut concerns = BTreeSet::new();
        let mut files = BTreeMap::new();
        let mut all_are_read = true;
        for row in &*rows {
            match self.open_inbound(&row.id, &row.body) {
                Ok(Inbound::Concern(concern)) => drop(concerns.insert(concern.case)),
                Ok(Inbound::Act(act)) => drop(act.file().map(|file| files.insert(file, (act.case, row.id)))),
                Err(_) => all_are_read = false,
            }
        }
        for (file, (case, id)) in files.clone() {
            let belongs = concerns.contains(&case) || store::cases::find(tx, case).await?.is_some();
            if all_are_read && !belongs {
                files.remove(&file);
                rows.retain(|row| row.id != id);
            }
        }
        let (mut kept, gone): (Vec<_>, Vec<_>) =
            // What belongs to an act that cannot be read now is wanted still.
            pieces.into_iter().partition(|piece| !all_are_read || files.contains_key(&piece.file));
        for file in gone.into_iter().map(|piece| piece.file).collect::<BTreeSet<_>>() {
            store::attachments::remove_waiting(tx, file).await?;
        }
        self.randomness.shuffle("inbox order", &mut kept);
        let aside = kept.clone();
        self.randomness.shuffle("inbox order", &mut kept);
        store::attachments::turn_over(tx, &aside, &kept).await?;
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
