//! Puts what waits into another order after a batch: large values lie in a file in the order in which they came (AN-07).
//! In portions, so that whoever sends meanwhile waits for one of them and not for all, and so that a full inbox never
//! lies in memory.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::EnvelopeId;
use crate::service::{Candor, Problem};
use crate::store;
use crate::store::attachments::Piece;
use crate::store::inbox::ActId;

use super::Inbound;

/// Most rows in one transaction, and in memory: four mebibytes of concerns.
pub(super) const PORTION: usize = 64;

/// Parts of nearly one size, none larger than a portion: one alone in its part would stay where it lies.
pub(super) fn portions<T>(all: &[T]) -> impl Iterator<Item = &[T]> {
    let parts = all.len().div_ceil(PORTION).max(1);
    all.chunks(all.len().div_ceil(parts).max(1))
}

/// How often all is put into another order. A row is given a place of its own portion. If that is all there is, every
/// order is as likely as any other; else one in so many as a portion has would lie where it lay. Of two times, with
/// portions that chance makes anew, hardly one in a thousand does.
fn times(rows: usize) -> usize {
    if rows <= PORTION { 1 } else { 2 }
}

impl Candor {
    /// Puts what still waits back in random order and clears what a database keeps of the old one.
    /// False if it has to be done once more.
    pub(super) async fn reorder_inbox(&self) -> Result<bool, Problem> {
        self.turn_pieces_over().await?;
        let mut waiting = store::inbox::all(&mut self.db.read().await?).await?;
        for _ in 0..times(waiting.len()) {
            self.randomness.shuffle("inbox order", &mut waiting);
            for some in portions(&waiting) {
                let mut tx = self.db.write().await?;
                let mut rows = store::inbox::take(&mut tx, some).await?;
                self.randomness.shuffle("inbox order", &mut rows);
                for row in &rows {
                    store::inbox::insert(&mut tx, row).await?;
                }
                tx.commit().await?;
            }
        }
        Ok(self.db.forget_traces().await?)
    }

    /// Puts the pieces of waiting files in another order, and clears away those whose act is gone, with acts
    /// whose concern was taken back.
    async fn turn_pieces_over(&self) -> Result<(), Problem> {
        // First: what came with an act before this look has its act among those looked at next.
        let pieces = store::attachments::waiting(&mut self.db.read().await?).await?;
        if pieces.is_empty() {
            return Ok(());
        }
        let gone = self.files_without_act(&pieces).await?;
        let mut kept: Vec<_> = pieces.into_iter().filter(|piece| !gone.contains(&piece.file)).collect();
        for _ in 0..times(kept.len()) {
            self.randomness.shuffle("inbox order", &mut kept);
            for aside in portions(&kept) {
                let mut back = aside.to_vec();
                self.randomness.shuffle("inbox order", &mut back);
                let mut tx = self.db.write().await?;
                store::attachments::turn_over(&mut tx, aside, &back).await?;
                tx.commit().await?;
            }
        }
        Ok(())
    }

    /// Removes pieces of files that nothing waits for any more, and acts that bring a file to a concern that was taken
    /// back. Returns which files these were.
    async fn files_without_act(&self, pieces: &[Piece]) -> Result<BTreeSet<EnvelopeId>, Problem> {
        let mut concerns = BTreeSet::new();
        let mut files = BTreeMap::new();
        let mut all_are_read = true;
        let waiting = store::inbox::all(&mut self.db.read().await?).await?;
        for some in waiting.chunks(PORTION) {
            for (id, inbound) in self.look_at(some).await? {
                match inbound {
                    Some(Inbound::Concern(concern)) => drop(concerns.insert(concern.case)),
                    Some(Inbound::Act(act)) => {
                        if let Some(file) = act.file() {
                            files.insert(file, (act.case, id));
                        }
                    }
                    None => all_are_read = false,
                }
            }
        }
        let mut gone = BTreeMap::new();
        // What belongs to an act that cannot be read now is wanted still.
        if all_are_read {
            let mut tx = self.db.read().await?;
            for file in pieces.iter().map(|piece| piece.file) {
                let belongs = match files.get(&file) {
                    None => false,
                    Some((case, _)) => {
                        concerns.contains(case) || store::cases::find(&mut tx, *case).await?.is_some()
                    }
                };
                if !belongs {
                    gone.insert(file, files.get(&file).map(|(_, id)| *id));
                }
            }
        }
        for (file, act) in &gone {
            let mut tx = self.db.write().await?;
            if let Some(id) = act {
                store::inbox::remove(&mut tx, id).await?;
            }
            store::attachments::remove_waiting(&mut tx, *file).await?;
            tx.commit().await?;
        }
        Ok(gone.into_keys().collect())
    }

    /// Opens acts that wait; none in the place of one that this service key does not open, and nothing for those that
    /// have gone.
    pub(in crate::service) async fn look_at(
        &self,
        some: &[ActId],
    ) -> Result<Vec<(ActId, Option<Inbound>)>, Problem> {
        let mut tx = self.db.read().await?;
        let mut seen = Vec::with_capacity(some.len());
        for id in some {
            if let Some(row) = store::inbox::find(&mut tx, id).await? {
                seen.push((*id, self.open_inbound(id, &row.body).ok()));
            }
        }
        Ok(seen)
    }
}

#[cfg(test)]
mod tests {
    use super::{PORTION, portions};

    #[test]
    fn portions_are_all_there_is_and_nearly_of_one_size() {
        for count in (0..300).chain([1_999, 2_000, 2_001]) {
            let all: Vec<usize> = (0..count).collect();
            let parts: Vec<&[usize]> = portions(&all).collect();
            assert_eq!(parts.concat(), all);
            assert!(parts.iter().all(|part| part.len() <= PORTION && !part.is_empty()));
            assert!(parts.len() < 2 || parts.iter().all(|part| part.len() > PORTION / 4), "{count}");
        }
    }
}
