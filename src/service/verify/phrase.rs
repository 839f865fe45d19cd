//! The access phrase against the journal: which one is in force, and whether any is.

use crate::service::Problem;
use crate::service::access::digest;
use crate::store::{self, Tx};

use super::Check;

/// What the journal said last of it.
pub(super) struct Told {
    pub entry: i64,
    pub version: i64,
    pub set: bool,
    /// Entries from before this was checked do not say.
    pub digest: Option<String>,
}

impl Check<'_> {
    pub(super) async fn access_phrase(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let rests = match store::access::current(tx).await {
            Err(store::StoreError::Damaged) => {
                self.fault("access_phrase row: it is not as any that is written here".to_owned());
                return Ok(());
            }
            other => other?,
        };
        let fault = match (rests, self.phrase.take()) {
            (None, None) => None,
            (Some(_), None) => Some("the journal does not know it".to_owned()),
            (None, Some(told)) => {
                Some(format!("missing, though journal row {} says that it was set or removed", told.entry))
            }
            (Some(row), Some(told)) => {
                let says = match () {
                    () if row.version != told.version => "its number is not the one that",
                    () if row.hash.is_some() != told.set => "whether one is asked for is not what",
                    () if told.digest.is_some() && told.digest != row.hash.as_ref().map(digest) => {
                        "the phrase is not the one that"
                    }
                    () => return Ok(()),
                };
                Some(format!("{says} journal row {} names", told.entry))
            }
        };
        if let Some(fault) = fault {
            self.fault(format!("access_phrase row: {fault}"));
        }
        Ok(())
    }
}
