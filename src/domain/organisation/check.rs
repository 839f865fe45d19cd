//! What must hold between the entries of an organisation, so that every unit has somebody to handle its cases.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Display;

use crate::domain::id::{DocumentId, UnitId};

use super::file::{FileError, Lines};
use super::{Document, Organisation, Standing, Unit};

/// How many names a complaint offers to choose from.
const MOST_OFFERED: usize = 12;

pub(super) fn check(organisation: &Organisation, lines: &Lines) -> Vec<FileError> {
    let mut checker = Checker { organisation, lines, errors: Vec::new() };
    checker.unique_ids();
    checker.components();
    checker.branches();
    checker.units();
    checker.post_names();
    checker.headquarters();
    checker.documents();
    checker.errors
}

struct Checker<'a> {
    organisation: &'a Organisation,
    lines: &'a Lines,
    errors: Vec<FileError>,
}

impl Checker<'_> {
    fn wrong(&mut self, table: &'static str, index: usize, key: &'static str, message: String) {
        self.errors.push(FileError { line: self.lines.of(table, index, key, 0), message });
    }

    fn unique_ids(&mut self) {
        let organisation = self.organisation;
        self.unique("components", "component", organisation.components.iter().map(|c| c.id.as_str()));
        self.unique("branches", "branch", organisation.branches.iter().map(|b| b.id.as_str()));
        self.unique("units", "unit", organisation.units.iter().map(|u| u.id.as_str()));
        self.unique(
            "headquarters",
            "headquarters recipient",
            organisation.headquarters.iter().map(|u| u.id.as_str()),
        );
        let groups = organisation.working_groups.iter().map(|g| g.id.as_str());
        self.unique("working_groups", "working group", groups);
        self.unique("categories", "category", organisation.categories.iter().map(|c| c.id.as_str()));
        self.unique("documents", "document", organisation.documents.iter().map(|d| d.id.as_str()));
        self.unique("channels", "channel", organisation.channels.iter().map(|c| c.name.as_str()));
        // Units and headquarters recipients share one kind of id, so one must not be taken for the other.
        let units: BTreeSet<&UnitId> = organisation.units.iter().map(|unit| &unit.id).collect();
        for (index, recipient) in organisation.headquarters.iter().enumerate() {
            if units.contains(&recipient.id) && !recipient.id.as_str().is_empty() {
                let message = format!("headquarters recipient {0} has the id of the unit {0}", recipient.id);
                self.wrong("headquarters", index, "id", message);
            }
        }
    }

    fn unique<'b>(&mut self, table: &'static str, noun: &str, ids: impl Iterator<Item = &'b str>) {
        let mut seen: BTreeMap<&str, usize> = BTreeMap::new();
        for (index, id) in ids.enumerate().filter(|(_, id)| !id.is_empty()) {
            match seen.get(id) {
                Some(first) => {
                    let line = self.lines.of(table, *first, "id", 0);
                    self.wrong(
                        table,
                        index,
                        "id",
                        format!("{noun} {id} is there twice; the first is on line {line}"),
                    );
                }
                None => {
                    seen.insert(id, index);
                }
            }
        }
    }

    fn components(&mut self) {
        let count = self.organisation.components.len();
        if count != 2 {
            let index = count.saturating_sub(1).min(2);
            self.wrong(
                "components",
                index,
                "id",
                format!(
                    "there must be exactly two [[components]], for a case is between two; there are {count}"
                ),
            );
        }
        for (index, component) in self.organisation.components.iter().enumerate() {
            let named = !component.id.as_str().is_empty();
            if named && self.organisation.branches_of(&component.id).is_empty() {
                self.wrong("components", index, "id", format!("component {} has no branch", component.id));
            }
        }
    }

    fn branches(&mut self) {
        let organisation = self.organisation;
        for (index, branch) in organisation.branches.iter().enumerate() {
            let id = &branch.id;
            if !branch.component.as_str().is_empty() && organisation.component(&branch.component).is_none() {
                let offered = offered(organisation.components.iter().map(|component| &component.id));
                let message = format!(
                    "branch {id} names the component {}, which is not defined; components are {offered}",
                    branch.component
                );
                self.wrong("branches", index, "component", message);
            }
            if branch.headquarters.as_str().is_empty() {
                continue;
            }
            let message = match organisation.unit(&branch.headquarters) {
                None => format!(
                    "branch {id} names the headquarters {}, which is not among the units; units of the branch are {}",
                    branch.headquarters,
                    offered(organisation.units_of(id).iter().map(|unit| &unit.id))
                ),
                Some(unit) if unit.branch != *id => {
                    format!(
                        "branch {id} has the headquarters {}, which belongs to the branch {}",
                        unit.id, unit.branch
                    )
                }
                Some(unit) if !unit.band.is_enough() => format!(
                    "branch {id} has the headquarters {}, which is too small: it must have the strength 10-24 or \
                     more, for it handles the cases of every small unit of the branch",
                    unit.id
                ),
                Some(unit) if unit.parent.is_some() => {
                    format!("branch {id} has the headquarters {}, which must not have a parent", unit.id)
                }
                Some(_) => continue,
            };
            self.wrong("branches", index, "headquarters", message);
        }
    }

    fn units(&mut self) {
        for (index, unit) in self.organisation.units.iter().enumerate() {
            self.branch_of_unit(index, unit);
            self.parent_of_unit(index, unit);
            self.counterparts_of_unit(index, unit);
            if unit.band.is_enough() && unit.commander.is_empty() {
                let message = format!(
                    "unit {} has the strength {}, so it handles cases and needs the title of its \"commander\"",
                    unit.id,
                    unit.band.word()
                );
                self.wrong("units", index, "commander", message);
            }
        }
    }

    fn branch_of_unit(&mut self, index: usize, unit: &Unit) {
        if !unit.branch.as_str().is_empty() && self.organisation.branch(&unit.branch).is_none() {
            let message = format!(
                "unit {} names the branch {}, which is not defined; branches are {}",
                unit.id,
                unit.branch,
                offered(self.organisation.branches.iter().map(|branch| &branch.id))
            );
            self.wrong("units", index, "branch", message);
        }
    }

    fn parent_of_unit(&mut self, index: usize, unit: &Unit) {
        let Some(parent) = unit.parent.as_ref().filter(|parent| !parent.as_str().is_empty()) else { return };
        let message = match self.organisation.unit(parent) {
            None => format!(
                "unit {} names the parent {parent}, which is not among the units; units of its branch are {}",
                unit.id,
                offered(self.organisation.units_of(&unit.branch).iter().map(|other| &other.id))
            ),
            // A branch that does not exist is told of by itself.
            Some(above)
                if above.branch != unit.branch && self.organisation.branch(&unit.branch).is_some() =>
            {
                format!(
                    "unit {} has the parent {parent}, which belongs to another branch, {}",
                    unit.id, above.branch
                )
            }
            Some(_) if self.goes_in_a_circle(unit) => {
                format!("unit {} comes back to itself when its parents are followed", unit.id)
            }
            Some(_) => return,
        };
        self.wrong("units", index, "parent", message);
    }

    fn goes_in_a_circle(&self, unit: &Unit) -> bool {
        let mut passed = BTreeSet::new();
        let mut next = unit.parent.as_ref();
        while let Some(id) = next {
            if *id == unit.id {
                return true;
            }
            // A circle further up is told of where it is.
            if !passed.insert(id) {
                return false;
            }
            next = self.organisation.unit(id).and_then(|above| above.parent.as_ref());
        }
        false
    }

    fn counterparts_of_unit(&mut self, index: usize, unit: &Unit) {
        let own = self.organisation.component_of_unit(&unit.id).map(|component| &component.id);
        for (item, id) in unit.counterparts.iter().enumerate().filter(|(_, id)| !id.as_str().is_empty()) {
            let other = self.organisation.component_of_unit(id).map(|component| &component.id);
            let message = match (self.organisation.unit(id), own, other) {
                (None, ..) => {
                    format!("unit {} names the counterpart {id}, which is not among the units", unit.id)
                }
                (Some(_), Some(own), Some(other)) if own == other => format!(
                    "unit {} names the counterpart {id}, which is of the same component, {own}; a counterpart is \
                     of the other",
                    unit.id
                ),
                _ => continue,
            };
            self.errors
                .push(FileError { line: self.lines.of("units", index, "counterparts", item), message });
        }
    }

    /// Two posts of one name could not be told apart where a resolution says who signed.
    fn post_names(&mut self) {
        let mut seen: BTreeMap<(&str, &str), &UnitId> = BTreeMap::new();
        let handling = self.organisation.units.iter().enumerate().filter(|(_, unit)| unit.band.is_enough());
        for (index, unit) in handling.filter(|(_, unit)| !unit.commander.is_empty() && !unit.place.is_empty())
        {
            if let Some(first) = seen.insert((&unit.commander, &unit.place), &unit.id)
                && *first != unit.id
            {
                let message = format!(
                    "unit {} has the same commander's title and place as {first}: \"{}, {}\"; make one of them differ",
                    unit.id, unit.commander, unit.place
                );
                self.wrong("units", index, "commander", message);
            }
        }
    }

    fn headquarters(&mut self) {
        let organisation = self.organisation;
        for (index, recipient) in organisation.headquarters.iter().enumerate() {
            if let Some(id) = recipient.component.as_ref().filter(|id| !id.as_str().is_empty())
                && organisation.component(id).is_none()
            {
                let message = format!(
                    "headquarters recipient {} names the component {id}, which is not defined; components are {}; \
                     leave it out for the department's own",
                    recipient.id,
                    offered(organisation.components.iter().map(|component| &component.id))
                );
                self.wrong("headquarters", index, "component", message);
            }
        }
        for component in &organisation.components {
            if organisation.headquarters.iter().all(|unit| unit.component.as_ref() != Some(&component.id)) {
                let message =
                    format!("component {} has no [[headquarters]] to tell of resolutions", component.id);
                self.wrong("", 0, "headquarters", message);
            }
        }
        if organisation.headquarters.iter().all(|unit| unit.component.is_some()) {
            let message =
                "the department has no [[headquarters]] (one without a component) to tell of resolutions";
            self.wrong("", 0, "headquarters", message.to_owned());
        }
    }

    fn documents(&mut self) {
        let organisation = self.organisation;
        for (index, document) in organisation.documents.iter().enumerate() {
            if let Some(successor) = document.successor.as_ref().filter(|id| !id.as_str().is_empty()) {
                self.successor(index, document, successor);
            }
            if let Some(group) = document.working_group.as_ref().filter(|id| !id.as_str().is_empty())
                && organisation.working_group(group).is_none()
            {
                let message = format!(
                    "document {} names the working group {group}, which is not defined; working groups are {}",
                    document.id,
                    offered(organisation.working_groups.iter().map(|group| &group.id))
                );
                self.wrong("documents", index, "working_group", message);
            }
        }
    }

    fn successor(&mut self, index: usize, document: &Document, successor: &DocumentId) {
        let (key, message) = if self.organisation.document(successor).is_none() {
            let known = offered(self.organisation.documents.iter().map(|document| &document.id));
            let message = format!(
                "document {} names the successor {successor}, which is not among the documents; documents are {known}",
                document.id
            );
            ("successor", message)
        } else if self.replaces_itself(document) {
            let message =
                format!("document {} comes back to itself when its successors are followed", document.id);
            ("successor", message)
        } else if document.standing() != Standing::Replaced {
            let message = format!(
                "document {} has the successor {successor}, so its \"status\" must begin with \"replaced\"",
                document.id
            );
            ("status", message)
        } else {
            return;
        };
        self.wrong("documents", index, key, message);
    }

    fn replaces_itself(&self, document: &Document) -> bool {
        let mut passed = BTreeSet::new();
        let mut next = document.successor.as_ref();
        while let Some(id) = next {
            if *id == document.id {
                return true;
            }
            if !passed.insert(id) {
                return false;
            }
            next = self.organisation.document(id).and_then(|later| later.successor.as_ref());
        }
        false
    }
}

fn offered<T: Display>(names: impl ExactSizeIterator<Item = T>) -> String {
    let count = names.len();
    if count == 0 {
        return "none yet".to_owned();
    }
    let mut words = names.take(MOST_OFFERED).map(|name| name.to_string()).collect::<Vec<_>>().join(", ");
    if count > MOST_OFFERED {
        words.push_str(", …");
    }
    words
}
