//! When a backup is made: straight after a batch, when nothing waits that the batch should have taken. At any other time
//! two backups would tell which acts came between them (AN-07).

use crate::clock::{HOUR, Timestamp};
use crate::domain::deadline::Calendar;
use crate::service::{Candor, Problem};
use crate::store;

/// How long after a batch is straight after it.
const STRAIGHT_AFTER: i64 = 2 * HOUR;

/// More acts than this that wait past their batch are not all ones that cannot be read.
const LOOKED_AT_MOST: i64 = 100;

/// Whether a backup may be made now.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Moment {
    /// After this batch.
    After(Timestamp),
    /// Acts wait that the batch has still to take.
    UnderWay,
    /// The next batch is then.
    NotNow(Option<Timestamp>),
}

/// Day and hour of a batch where its calendar is, as in the name of a file.
pub(super) fn name(calendar: &Calendar, batch: Timestamp) -> String {
    let date = calendar.date_of(batch);
    let hour = date.and_then(|date| {
        calendar.batch_hours.iter().find(|hour| calendar.at(date, **hour) == Some(batch)).copied()
    });
    match (date, hour) {
        (Some(date), Some(hour)) => format!("{date}-{hour:02}00"),
        _ => batch.0.to_string(),
    }
}

/// The same in words.
pub(super) fn words(calendar: &Calendar, batch: Timestamp) -> String {
    match name(calendar, batch).rsplit_once('-') {
        Some((date, hour)) => format!("{date} at {} o'clock", hour.trim_end_matches("00")),
        None => "no day".to_owned(),
    }
}

impl Candor {
    /// Whether a backup may be made now.
    pub async fn backup_moment(&self) -> Result<Moment, Problem> {
        let now = self.clock.now();
        let tx = &mut self.db.read().await?;
        let directory = self.directory_in(tx).await?;
        let next = directory.calendar.next_batches(now, 1).first().copied();
        let last = directory.calendar.last_batch(now);
        let Some(batch) = last.filter(|batch| now.since(*batch) <= STRAIGHT_AFTER) else {
            return Ok(Moment::NotNow(next));
        };
        let waiting = store::inbox::count_due(tx, now).await?;
        if waiting > LOOKED_AT_MOST {
            return Ok(Moment::UnderWay);
        }
        if waiting > 0 {
            // What cannot be read stays where it is for ever, and must not end all backups.
            let due: Vec<_> = store::inbox::due(tx, now).await?.into_iter().map(|(id, _)| id).collect();
            if self.look_at(&due).await?.iter().any(|(_, inbound)| inbound.is_some()) {
                return Ok(Moment::UnderWay);
            }
        }
        Ok(Moment::After(batch))
    }
}
