//! What people want to do at a level, and when: the steps that chance has them take, as long as nothing comes between.

use super::habits::Chances;
use crate::domain::dispute::{Level, Side};

/// What somebody wants to do.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Act {
    Acknowledge,
    Write,
    Propose,
    Accept,
    Object,
    Extend,
    Remand,
    Decide,
}

/// Working days between two entries of a side that pursues a case, so that its silence does not move it up.
const ENTRIES: f64 = 4.0;

/// The steps at a level that was entered at `start` and ends at `due`, both in working days.
pub(super) fn wishes(
    level: Level,
    start: f64,
    due: f64,
    may_remand: bool,
    chances: &Chances,
) -> Vec<(f64, Side, Act)> {
    if level == Level::Secretary {
        return vec![(start + chances.takes, Side::Raising, Act::Decide)];
    }
    let mut wishes = Vec::new();
    for (side, after) in Side::BOTH.into_iter().zip(chances.acknowledges) {
        wishes.push((start + after, side, Act::Acknowledge));
    }
    let [one, other] = chances.acknowledges;
    let both = start + one.max(other);
    let end = (start + chances.takes).max(both + 0.2);
    let first = chances.first;
    let pursues = |side: Side| !(chances.stalls && side == first.other());
    for side in Side::BOTH.into_iter().filter(|side| pursues(*side)) {
        let mut at = both + ENTRIES;
        // Beyond the level's end and its extension nobody writes any more.
        while at < end.min(start + 3.0 * (due - start)) {
            wishes.push((at, side, Act::Write));
            at += ENTRIES;
        }
    }
    if chances.remands && may_remand && !chances.stalls {
        wishes.extend(Side::BOTH.map(|side| (both + 1.0, side, Act::Remand)));
        return wishes;
    }
    if chances.extends && end > due - 0.5 {
        let asks = Side::BOTH.into_iter().filter(|side| pursues(*side));
        wishes.extend(asks.map(|side| ((due - 1.5).max(both + 0.1), side, Act::Extend)));
    }
    wishes.push(((start + chances.takes * 0.7).max(both + 0.1), first, Act::Propose));
    if chances.stalls {
        return wishes;
    }
    if chances.objects {
        wishes.extend(Side::BOTH.map(|side| (end, side, Act::Object)));
    } else {
        wishes.push((end, first.other(), Act::Accept));
    }
    wishes
}
