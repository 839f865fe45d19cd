//! Requests for support put onto a sheet of their own. They are no cases: nothing of a case leads to one.

use super::count::{Entry, Sheet, Topic};
use super::quarter::Period;
use crate::domain::id::{PostId, UnitId};
use crate::domain::organisation::Organisation;
use crate::domain::support::{Counted, Given};

/// In which column a request is: what came of it, or that it was not answered by its date.
const fn column(given: Option<Given>) -> usize {
    match given {
        Some(Given::InFull) => 0,
        Some(Given::InPart) => 1,
        Some(Given::NotGiven) => 2,
        None => 3,
    }
}

/// The unit that asked. A Council's post stands for one.
fn unit(desk: &PostId) -> UnitId {
    match desk {
        PostId::Commander(unit) | PostId::Alternate(unit) => unit.clone(),
        other => UnitId(other.to_string()),
    }
}

/// The requests whose date lies in the quarter. None if the organisation has not two components.
#[must_use]
pub fn sheet(requests: &[Counted], period: &Period, organisation: &Organisation) -> Option<Sheet> {
    let [one, other] = organisation.components.as_slice() else { return None };
    let of_split = |split: super::Split| (split, split.columns(organisation));
    let due = requests.iter().filter(|request| period.holds(request.due));
    let entries = due.filter_map(|request| {
        let direction = [one, other].iter().position(|component| component.id == request.from)?;
        let columns = vec![column(request.given)];
        Some(Entry { direction, pair: 0, unit: unit(&request.desk), columns })
    });
    Some(Sheet {
        topic: Topic::Support,
        directions: [(one, other), (other, one)]
            .map(|(from, of)| format!("asked by {} of {}", from.short, of.short)),
        // Told by direction alone.
        pairs: [Vec::new(), Vec::new()],
        splits: Topic::Support.splits().iter().map(|split| of_split(*split)).collect(),
        entries: entries.collect(),
        without: None,
    })
}
