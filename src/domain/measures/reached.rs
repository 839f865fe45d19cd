//! How many field members have acknowledged in time what was handed out, put onto a sheet like cases: the same rules
//! then say what of it may be told.

use super::count::{Entry, Sheet, Split, Topic};
use crate::domain::id::{ComponentId, UnitId};
use crate::domain::organisation::Organisation;

/// A field member who has received something that was to be acknowledged in the quarter. Each is one, however much
/// they have received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Reached {
    /// Where they are when the quarter is published.
    pub component: ComponentId,
    pub unit: UnitId,
    /// They have acknowledged all of it within its days.
    pub in_time: bool,
}

/// The sheet of a quarter. None if the organisation has not two components.
#[must_use]
pub fn reach_sheet(reached: &[Reached], organisation: &Organisation) -> Option<Sheet> {
    let [one, other] = organisation.components.as_slice() else { return None };
    let columns = Split::ReachedInTime.columns(organisation);
    let entries = reached.iter().filter_map(|member| {
        let direction = [one, other].iter().position(|component| component.id == member.component)?;
        let columns = vec![usize::from(!member.in_time)];
        Some(Entry { direction, pair: 0, unit: member.unit.clone(), columns })
    });
    Some(Sheet {
        topic: Topic::Reach,
        directions: [one, other].map(|component| format!("people of {}", component.short)),
        pairs: [one, other].map(|component| vec![component.short.clone()]),
        splits: vec![(Split::ReachedInTime, columns)],
        entries: entries.collect(),
        without: None,
    })
}
