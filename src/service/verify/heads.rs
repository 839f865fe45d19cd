//! The chain against the heads that lie outside: what nobody who writes the database can take back.

use std::collections::BTreeMap;

use crate::delivery::KeptHead;
use crate::domain::id::DeploymentId;
use crate::service::hexadecimal;

use super::Report;

/// Names the first head that does not fit. Those before it hold the journal up to their entry.
pub(super) fn compare(
    deployment: DeploymentId,
    hashes: &BTreeMap<i64, [u8; 32]>,
    heads: &[(usize, KeptHead)],
    report: &mut Report,
) {
    let end = hashes.last_key_value().map_or(0, |(number, _)| *number);
    for (line, head) in heads {
        let KeptHead { number, day, .. } = head;
        let from = report.held_up_to + 1;
        let fault = if head.deployment != deployment {
            format!("line {line} of the heads: it is of another deployment")
        } else if *number > end {
            format!(
                "journal row {}: cut tail; the head of {day} (line {line}) is that of row {number}, and the journal \
                 ends at row {end}",
                end + 1
            )
        } else if hashes.get(number).is_none_or(|hash| hexadecimal(hash) != head.hash) {
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
        return;
    }
}
