//! What people are told after the site was restored from a backup: that something is lost, and what to do. It is told to
//! everybody who comes, whatever they type, so that it says nothing about anybody.

use crate::clock::{DAY, Timestamp};
use crate::service::Directory;
use crate::web::when;

/// How long it is told: to reporters as long as a receipt may still be looked for, to staff while they notice it.
const TO_REPORTERS: i64 = 365 * DAY;
const TO_STAFF: i64 = 60 * DAY;

/// What was on its way when the backup was made waited for a batch that came after it.
const ON_ITS_WAY: i64 = 2 * DAY;

/// For whoever comes back with ten words; empty if there is nothing to say.
pub fn for_reporters(directory: &Directory, now: Timestamp) -> String {
    let Some(restored) = directory.restored.filter(|restored| now.since(restored.since) < TO_REPORTERS)
    else {
        return String::new();
    };
    let day = |at| when::day(at, &directory.calendar);
    format!(
        "On {} this site had to be put back from a copy of {}. What was sent from {} to {} may be lost. If you sent a \
         concern then and your ten words are not known here, please send it again; you will get new words. If you find \
         your concern but not what you added, please add it again.",
        day(restored.since),
        day(restored.made),
        day(restored.made.plus(-ON_ITS_WAY)),
        day(restored.since)
    )
}

/// For staff; empty if there is nothing to say.
pub fn for_staff(directory: &Directory, now: Timestamp) -> String {
    let Some(restored) = directory.restored.filter(|restored| now.since(restored.since) < TO_STAFF) else {
        return String::new();
    };
    let day = |at| when::day(at, &directory.calendar);
    format!(
        "On {} this site was restored from a backup of {}. What anybody did here between these days is lost: look \
         through what you decided, wrote or acknowledged then, and do it again. What reporters sent may be lost as well.",
        day(restored.since),
        day(restored.made)
    )
}
