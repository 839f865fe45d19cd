//! Entries that say that the database was restored from a backup: what was written after the backup is lost, and heads
//! that lie outside name rows that are there no more, or are others now.

use crate::clock::Timestamp;
use crate::service::hexadecimal;

use super::Check;

/// That the record was restored, as an entry says it.
#[derive(Clone, Debug)]
pub(super) struct Told {
    /// The number of that entry; what came before it is from the backup.
    pub entry: i64,
    /// The last entry of the backup.
    pub last: i64,
    /// The days on which the backup was made and restored, where the calendar is.
    pub made: String,
    pub since: String,
}

impl Told {
    /// Whether a head of this day can be one of a row that was lost with this.
    pub(super) fn lost(&self, number: i64, day: &str) -> bool {
        number > self.last && *self.made <= *day && *day <= *self.since
    }
}

impl Check<'_> {
    pub(super) fn record_restored(&mut self, entry: i64, at: Timestamp, made: Timestamp, end: (i64, &str)) {
        let (last, hash) = end;
        let is_before =
            entry == last + 1 && self.hashes.get(&last).is_some_and(|before| hexadecimal(before) == hash);
        if !is_before {
            self.fault(format!(
                "journal row {entry}: it says that the record was restored up to row {last}, which is not the row \
                 before it"
            ));
        }
        let Some(directory) = &self.directory else { return };
        let day = |at| directory.calendar.date_of(at).map(|date| date.to_string()).unwrap_or_default();
        self.restored.push(Told { entry, last, made: day(made), since: day(at) });
    }
}
