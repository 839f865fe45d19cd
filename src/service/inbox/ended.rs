//! What belongs to a receipt beside its case, so that it can go when the receipt goes.

use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::id::CaseId;
use crate::service::cases::Loaded;
use crate::service::{Candor, Problem};
use crate::store::inbox::ActId;
use crate::store::{self, Tx};

use super::WAITING_ACTS;
use super::batch::ReceiptRecord;

/// Receipts looked through at a time.
const PORTION: i64 = 500;

impl Candor {
    /// Where answers to a receipt's acts that came too late rest: named after where the receipt rests, so that
    /// whoever knows the one finds the other.
    pub(in crate::service) fn refused_ids(&self, resting: &[u8; 32]) -> Vec<ActId> {
        let id = |place: u8| {
            let what =
                Canonical::new("candor refused act 1").bytes(resting).number(u64::from(place)).finish();
            self.keys.mac(Purpose::ReceiptLookup, &what)
        };
        (0..WAITING_ACTS).map(id).collect()
    }

    /// Where the next such answer goes: a place that is free, else the last one. None if nobody is left to read it.
    pub(super) async fn place_for_refused(
        &self,
        tx: &mut Tx,
        id: &ActId,
        loaded: Option<&Loaded>,
    ) -> Result<Option<ActId>, Problem> {
        let Some(loaded) = loaded.filter(|loaded| loaded.dispute.destroyed.receipt.is_none()) else {
            return Ok(None);
        };
        // A case from before it knew its receipt.
        let Some(resting) = &loaded.subject.receipt else { return Ok(Some(*id)) };
        let places = self.refused_ids(resting);
        for place in &places {
            if store::inbox::find_refused(tx, place).await?.is_none() {
                return Ok(Some(*place));
            }
        }
        Ok(places.last().copied())
    }

    /// The receipt of a case that does not know it, found by looking through all of them.
    pub(in crate::service) async fn receipt_of(
        &self,
        tx: &mut Tx,
        case: CaseId,
    ) -> Result<Option<[u8; 32]>, Problem> {
        let mut after = [0; 32];
        loop {
            let receipts = store::inbox::receipts(tx, &after, PORTION).await?;
            let Some((last, _)) = receipts.last() else { return Ok(None) };
            after = *last;
            for (lookup, body) in receipts {
                let record = self.keys.open(Purpose::Receipt, &lookup, &body)?;
                let record: ReceiptRecord = postcard::from_bytes(&record).map_err(|_| Problem::Damaged)?;
                if record.case == case {
                    return Ok(Some(lookup));
                }
            }
        }
    }
}
