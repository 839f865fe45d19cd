//! What a new organisation file would change, in words, before anybody agrees to it.

use std::fmt::Debug;

use super::{Organisation, Unit};

#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum ChangeKind {
    Added,
    Removed,
    Changed,
}

impl ChangeKind {
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Added => "added",
            Self::Removed => "removed",
            Self::Changed => "changed",
        }
    }
}

/// One thing that differs between two organisations.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    pub kind: ChangeKind,
    /// What changes, as a sentence.
    pub words: String,
    /// It makes a place finer or a unit smaller, or could: only a Council lead may agree to it (AN-01).
    pub needs_council_lead: bool,
}

impl Organisation {
    /// Everything that `new` would change in `old`.
    #[must_use]
    pub fn difference(old: &Self, new: &Self) -> Vec<Change> {
        let mut changes = Changes::default();
        changes.value("The department's name", &old.department, &new.department);
        changes.value("The Council's name", &old.council, &new.council);
        if old.calendar != new.calendar {
            changes.add(ChangeKind::Changed, "The calendar of working days changes.".to_owned(), false);
        }
        if old.batch_hours != new.batch_hours {
            let words = format!(
                "Batches run at the hours {} and no longer at {}.",
                hours(&new.batch_hours),
                hours(&old.batch_hours)
            );
            changes.add(ChangeKind::Changed, words, false);
        }
        changes.list("agency", &old.components, &new.components, |c| (c.id.as_str(), &c.name));
        changes.list("branch", &old.branches, &new.branches, |b| (b.id.as_str(), &b.name));
        units(old, new, &mut changes);
        changes.list("headquarters recipient", &old.headquarters, &new.headquarters, |u| {
            (u.id.as_str(), &u.name)
        });
        changes.list("working group", &old.working_groups, &new.working_groups, |g| (g.id.as_str(), &g.name));
        changes.list("category", &old.categories, &new.categories, |c| (c.id.as_str(), &c.name));
        documents(old, new, &mut changes);
        changes.list("channel", &old.channels, &new.channels, |c| (c.name.as_str(), &c.name));
        changes.0
    }
}

fn hours(hours: &[i8]) -> String {
    hours.iter().map(ToString::to_string).collect::<Vec<_>>().join(", ")
}

fn units(old: &Organisation, new: &Organisation, changes: &mut Changes) {
    for unit in old.units.iter().filter(|unit| new.unit(&unit.id).is_none()) {
        changes.add(ChangeKind::Removed, format!("The unit {} ({}) is removed.", unit.id, unit.name), false);
    }
    for unit in &new.units {
        match old.unit(&unit.id) {
            None => added(old, new, unit, changes),
            Some(before) => changed(old, new, before, unit, changes),
        }
    }
}

/// Of a document it is told what changes: entries of the library rest on it.
fn documents(old: &Organisation, new: &Organisation, changes: &mut Changes) {
    for document in old.documents.iter().filter(|document| new.document(&document.id).is_none()) {
        let words = format!("The document {} ({}) is removed.", document.id, document.title);
        changes.add(ChangeKind::Removed, words, false);
    }
    for document in &new.documents {
        let named = format!("The document {} ({})", document.id, document.title);
        match old.document(&document.id) {
            None => changes.add(ChangeKind::Added, format!("{named} is added."), false),
            Some(before) if before != document => {
                let words = before.changes(document, |id| new.document_title(id)).join(" ");
                changes.add(ChangeKind::Changed, format!("{named} changes. {words}"), false);
            }
            Some(_) => {}
        }
    }
}

fn added(old: &Organisation, new: &Organisation, unit: &Unit, changes: &mut Changes) {
    // A new unit that handles for itself under something that existed narrows down the place of its people.
    let above_existed = new.path(&unit.id).iter().skip(1).any(|above| old.unit(&above.id).is_some());
    let finer = unit.band.is_enough() && above_existed;
    let mut words =
        format!("The unit {} ({}) is added, with {} people.", unit.id, unit.name, unit.band.word());
    if finer {
        words.push_str(" Cases of its people are shown more finely from then on.");
    }
    changes.add(ChangeKind::Added, words, finer);
}

fn changed(old: &Organisation, new: &Organisation, before: &Unit, after: &Unit, changes: &mut Changes) {
    let unit = format!("The unit {} ({})", after.id, before.name);
    let mut add = |words: String, lead: bool| changes.add(ChangeKind::Changed, words, lead);
    if before.band != after.band {
        let smaller = after.band < before.band;
        let direction = if smaller { "smaller" } else { "larger" };
        add(
            format!(
                "{unit} becomes {direction}: {} people instead of {}.",
                after.band.word(),
                before.band.word()
            ),
            smaller,
        );
    }
    let handled_before = old.handling_unit(&before.id);
    let handled_after = new.handling_unit(&after.id);
    if let (Some(was), Some(is)) = (handled_before, handled_after)
        && was.id != is.id
    {
        // Coarser only if the new place lies above the old one; anything else may be finer.
        let coarser = old.path(&was.id).iter().any(|above| above.id == is.id);
        let how = if coarser { "more coarsely" } else { "more finely" };
        add(
            format!(
                "Cases of {} are handled and shown {how}: at {} instead of {}.",
                before.name, is.name, was.name
            ),
            !coarser,
        );
    }
    // No rule can tell whether a new name or place narrows things down, so a lead looks at it.
    if before.name != after.name {
        add(format!("{unit} is renamed {}. A case shows this name.", after.name), true);
    }
    if before.place != after.place {
        add(format!("{unit}: its place is {} instead of {}.", after.place, before.place), true);
    }
    if before.branch != after.branch {
        add(format!("{unit} moves from branch {} to branch {}.", before.branch, after.branch), false);
    }
    if before.parent != after.parent {
        let name = |parent: &Option<super::UnitId>| {
            parent.as_ref().map_or_else(|| "its branch's headquarters".to_owned(), ToString::to_string)
        };
        let (from, to) = (name(&before.parent), name(&after.parent));
        add(format!("{unit} comes under {to} instead of {from}."), false);
    }
    if before.commander != after.commander {
        let title = if after.commander.is_empty() { "nobody by title" } else { &after.commander };
        add(format!("{unit} is commanded by: {title}."), false);
    }
    if before.counterparts != after.counterparts {
        add(format!("{unit}: the units offered first as its counterparts change."), false);
    }
}

#[derive(Default)]
struct Changes(Vec<Change>);

impl Changes {
    fn add(&mut self, kind: ChangeKind, words: String, needs_council_lead: bool) {
        self.0.push(Change { kind, words, needs_council_lead });
    }

    fn value(&mut self, what: &str, old: &str, new: &str) {
        if old != new {
            self.add(ChangeKind::Changed, format!("{what} becomes {new}."), false);
        }
    }

    fn list<T: PartialEq + Debug>(
        &mut self,
        noun: &str,
        old: &[T],
        new: &[T],
        named: impl for<'a> Fn(&'a T) -> (&'a str, &'a String),
    ) {
        let described = |item: &T| {
            let (id, name) = named(item);
            if id == name { format!("The {noun} {id}") } else { format!("The {noun} {id} ({name})") }
        };
        let find = |list: &[T], id: &str| list.iter().position(|item| named(item).0 == id);
        for item in old.iter().filter(|item| find(new, named(item).0).is_none()) {
            self.add(ChangeKind::Removed, format!("{} is removed.", described(item)), false);
        }
        for item in new {
            match find(old, named(item).0).and_then(|index| old.get(index)) {
                None => self.add(ChangeKind::Added, format!("{} is added.", described(item)), false),
                Some(before) if before != item => {
                    self.add(ChangeKind::Changed, format!("{} changes.", described(item)), false);
                }
                Some(_) => {}
            }
        }
    }
}
