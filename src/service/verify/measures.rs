//! Each quarter's measures are what was published, and nothing else rests as such.

use std::collections::BTreeMap;

use crate::service::Problem;
use crate::service::measures::digest;
use crate::store::{self, Tx};

use super::Check;

/// What the journal says of each quarter: the entry, and the hash of what was published.
#[derive(Default)]
pub(super) struct Told(BTreeMap<String, (i64, String)>);

impl Check<'_> {
    pub(super) fn measures_published(&mut self, sequence: i64, quarter: String, digest: String) {
        if let Some((before, _)) = self.measures.0.get(&quarter) {
            let before = *before;
            self.fault(format!(
                "journal row {sequence}: it publishes the measures of {quarter} again, after row {before}"
            ));
            return;
        }
        self.measures.0.insert(quarter, (sequence, digest));
    }

    pub(super) async fn measures(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let mut told = std::mem::take(&mut self.measures.0);
        for row in store::measures::all(tx).await? {
            let quarter = &row.quarter;
            let Some((entry, published)) = told.remove(quarter) else {
                self.fault(format!("measures of {quarter}: no entry of the journal publishes them"));
                continue;
            };
            let fits = self.candor.read_measures(&row).is_ok_and(|(text, _)| digest(&text) == published);
            if !fits {
                self.fault(format!(
                    "measures of {quarter}: they are not what journal row {entry} has published"
                ));
            }
        }
        for (quarter, (entry, _)) in told {
            self.fault(format!(
                "measures of {quarter}: their row is missing, though journal row {entry} publishes them"
            ));
        }
        Ok(())
    }
}
