//! What the library hands out, to whom, and on which day. It follows from what was published, so there is no row
//! for it: an entry goes to everybody of the two agencies whose dispute it was, on the day of its month's batch; a
//! directive to its units, or to all, on its day.

use std::collections::BTreeMap;
use std::sync::Arc;

use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::library::{Month, Worth};
use crate::service::library::{Directive, Shelf, Shown};
use crate::service::{Candor, Problem};
use crate::store;
use crate::store::members::{Member, Stay};

/// Everything that was handed out.
#[derive(Clone, Debug)]
pub struct HandedOut {
    shelf: Arc<Shelf>,
    days: BTreeMap<Month, Date>,
}

/// An entry or a directive.
#[derive(Clone, Copy, Debug)]
pub enum What<'a> {
    Entry(&'a Shown),
    Directive(&'a Directive),
}

/// One thing that was handed out.
#[derive(Clone, Copy, Debug)]
pub struct Item<'a> {
    pub id: Uuid,
    pub day: Date,
    pub what: What<'a>,
}

/// Where somebody was, and when.
#[derive(Clone, Copy, Debug)]
pub(super) struct Presence<'a> {
    pub unit: &'a str,
    pub component: &'a str,
    pub since: Date,
    pub until: Option<Date>,
}

pub(super) fn date(text: &str) -> Result<Date, Problem> {
    text.parse().map_err(|_| Problem::Damaged)
}

impl<'a> Presence<'a> {
    pub fn now(row: &'a Member) -> Result<Self, Problem> {
        let until = row.gone.as_deref().map(date).transpose()?;
        Ok(Self { unit: &row.unit, component: &row.component, since: date(&row.since)?, until })
    }

    pub fn before(stay: &'a Stay) -> Result<Self, Problem> {
        let (since, until) = (date(&stay.since)?, Some(date(&stay.until)?));
        Ok(Self { unit: &stay.unit, component: &stay.component, since, until })
    }
}

impl Item<'_> {
    /// Whether it goes to a unit of an agency at all.
    #[must_use]
    pub fn is_for(&self, unit: &str, component: &str) -> bool {
        match self.what {
            What::Entry(entry) => entry.pair.0.as_str() == component || entry.pair.1.as_str() == component,
            What::Directive(directive) => {
                directive.units.is_empty() || directive.units.iter().any(|known| known.as_str() == unit)
            }
        }
    }

    /// Whether somebody who was there has received it. The first and the last day count: nobody is
    /// to have missed something on the day on which they moved.
    pub(super) fn reached(&self, there: &Presence<'_>) -> bool {
        there.since <= self.day
            && there.until.is_none_or(|until| self.day <= until)
            && self.is_for(there.unit, there.component)
    }

    /// Whether it still holds. What does not is read and listed on, and waits for nobody.
    #[must_use]
    pub fn holds(&self) -> bool {
        match self.what {
            What::Entry(entry) => entry.worth == Worth::Current,
            What::Directive(directive) => directive.withdrawn.is_none(),
        }
    }

    /// The text in full.
    #[must_use]
    pub fn text(&self) -> &str {
        match self.what {
            What::Entry(entry) => &entry.text,
            What::Directive(directive) => &directive.text,
        }
    }
}

impl HandedOut {
    /// All of it, newest first.
    #[must_use]
    pub fn items(&self) -> Vec<Item<'_>> {
        let entries = self.shelf.entries().iter().filter_map(|entry| {
            let day = *self.days.get(&entry.month)?;
            Some(Item { id: entry.id.0, day, what: What::Entry(entry) })
        });
        let directives = self.shelf.directives.iter().filter_map(|directive| {
            let day = directive.day.parse().ok()?;
            Some(Item { id: directive.id.0, day, what: What::Directive(directive) })
        });
        let mut items: Vec<_> = entries.chain(directives).collect();
        items.sort_by(|one, other| other.day.cmp(&one.day).then(one.id.cmp(&other.id)));
        items
    }
}

impl Candor {
    pub async fn handed_out(&self) -> Result<HandedOut, Problem> {
        let published = self.shelf().await?;
        let days = store::library::days_of_months(&mut self.db.read().await?).await?;
        let read = |(month, day): (String, String)| Some((month.parse().ok()?, day.parse().ok()?));
        Ok(HandedOut { shelf: published, days: days.into_iter().filter_map(read).collect() })
    }

    pub(super) async fn today(&self) -> Result<Date, Problem> {
        let directory = self.directory().await?;
        directory.calendar.date_of(self.clock.now()).ok_or(Problem::Damaged)
    }
}
