//! The chain against the heads that lie outside: what nobody who writes the database can take back.

use std::collections::BTreeMap;

use crate::delivery::KeptHead;
use crate::domain::id::DeploymentId;
use crate::service::hexadecimal;

use super::{Report, restored};

/// Names the first head that does not fit. Those before it hold the journal up to their entry.
pub(super) fn compare(
    deployment: DeploymentId,
    hashes: &BTreeMap<i64, [u8; 32]>,
    heads: &[(usize, KeptHead)],
    restored: &[restored::Told],
    report: &mut Report,
) {
    let end = hashes.last_key_value().map_or(0, |(number, _)| *number);
    let mut lost: BTreeMap<i64, (&restored::Told, Vec<&str>, i64)> = BTreeMap::new();
    for (line, head) in heads {
        let KeptHead { number, day, .. } = head;
        let from = report.held_up_to + 1;
        let fits = hashes.get(number).is_some_and(|hash| hexadecimal(hash) == head.hash);
        let is_lost = restored.iter().rfind(|told| told.lost(*number, day));
        let fault = if head.deployment != deployment {
            format!("line {line} of the heads: it is of another deployment")
        } else if !fits && let Some(told) = is_lost {
            let entry = lost.entry(told.entry).or_insert((told, Vec::new(), 0));
            entry.1.push(day);
            entry.2 = entry.2.max(*number);
            continue;
        } else if *number > end {
            format!(
                "journal row {}: cut tail; the head of {day} (line {line}) is that of row {number}, and the journal \
                 ends at row {end}, without an entry that says that it was restored from a backup of before",
                end + 1
            )
        } else if !fits {
            format!(
                "journal row {number}: it is not what the head of {day} (line {line}) says; a row from {from} to \
                 {number} was changed since, and the chain computed anew"
            )
        } else {
            report.heads += 1;
            report.held_up_to = report.held_up_to.max(*number);
            continue;
        };
        report.faults.push(fault);
        break;
    }
    for (told, days, most) in lost.into_values() {
        let (first, last) = (days.iter().min().unwrap_or(&""), days.iter().max().unwrap_or(&""));
        let days = if first == last { format!("of {first}") } else { format!("of {first} to {last}") };
        report.unchecked.push(format!(
            "The heads {days} from outside name rows up to {most} that are not there: by journal row {} the record was \
             restored on {} from a backup of {} that ends at row {}, and rows {} to {most} of then are lost. If nobody \
             here restored it, its end was cut off by somebody who has the service key.",
            told.entry,
            told.since,
            told.made,
            told.last,
            told.last + 1
        ));
    }
}
