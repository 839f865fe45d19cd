//! How far what was handed out has come: for the commander of a unit, and for headquarters. No answer says who has
//! acknowledged what, and none counts one to four people (`domain::reach`).

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::id::{ComponentId, MemberId, PostId, UnitId};
use crate::domain::measures::Quarter;
use crate::domain::reach::{IN_TIME, LEAST, Share, late_words};
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Directory, Problem};
use crate::store;
use crate::store::members::{Member, Stay, Strength};

use super::handed_out::{HandedOut, Item, Presence, date};
use super::slips::MemberLine;

/// What was handed out so many days ago is asked after no more.
const ASKED_AFTER: i32 = 400;

/// One thing, and how many of a unit have acknowledged it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemReach {
    pub id: Uuid,
    pub day: Date,
    pub share: Share,
    /// It ought to have been acknowledged by everybody.
    pub is_due: bool,
}

/// What the commander of a unit sees.
#[derive(Debug)]
pub struct UnitReach {
    pub unit: UnitId,
    /// How many are in it.
    pub people: u32,
    /// What holds, newest first.
    pub items: Vec<ItemReach>,
    /// How many have something that is due, in words.
    pub late: String,
    pub members: Vec<MemberLine>,
    handed_out: HandedOut,
}

impl UnitReach {
    /// What was handed out, to show it by its identifier.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<Uuid, Item<'_>> {
        self.handed_out.items().into_iter().map(|item| (item.id, item)).collect()
    }
}

/// How many people something has gone to, and how many of them have acknowledged it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
struct Tally {
    have: u32,
    of: u32,
}

impl Tally {
    const fn add(&mut self, other: Self) {
        self.have += other.have;
        self.of += other.of;
    }

    const fn share(self) -> Share {
        Share::of(self.have, self.of)
    }
}

/// A unit and its share.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InUnit {
    pub unit: UnitId,
    pub share: Share,
}

/// An agency, its share, and its branches and units.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct InComponent {
    pub component: ComponentId,
    pub share: Share,
    /// Name and share.
    pub branches: Vec<(String, Share)>,
    pub units: Vec<InUnit>,
}

/// How far what was handed out in a quarter has come. Units of fewer than five are in no number of it, so that no
/// difference of two numbers is about them.
#[derive(Debug)]
pub struct Reach {
    pub quarter: Quarter,
    /// Of all that went out, how much was acknowledged: people counted once for each thing.
    pub whole: Share,
    pub items: Vec<ItemReach>,
    pub components: Vec<InComponent>,
    handed_out: HandedOut,
}

impl Reach {
    #[must_use]
    pub fn shown(&self) -> BTreeMap<Uuid, Item<'_>> {
        self.handed_out.items().into_iter().map(|item| (item.id, item)).collect()
    }
}

fn is_due(item: &Item<'_>, today: Date) -> bool {
    item.day.checked_add(IN_TIME.days()).is_ok_and(|last| last < today)
}

/// Who came before into which unit, each member once.
struct Before<'a>(BTreeMap<MemberId, Moved<'a>>);

/// The unit and since when somebody is in it, and where they were.
type Moved<'a> = (&'a str, Date, Vec<Presence<'a>>);

impl<'a> Before<'a> {
    fn of(rows: &'a [(String, String, Stay)]) -> Result<Self, Problem> {
        let mut all: BTreeMap<MemberId, Moved<'a>> = BTreeMap::new();
        for (unit, since, stay) in rows {
            let since = date(since)?;
            let entry = all.entry(stay.member).or_insert_with(|| (unit.as_str(), since, Vec::new()));
            entry.2.push(Presence::before(stay)?);
        }
        Ok(Self(all))
    }

    /// How many who are in a unit now have received something where they were before, and not where they are.
    fn count(&self, item: &Item<'_>, of_unit: &str, component: &str) -> u32 {
        let brought = |(unit, since, stays): &&Moved<'_>| {
            let here = Presence { unit, component, since: *since, until: None };
            *unit == of_unit && !item.reached(&here) && stays.iter().any(|stay| item.reached(stay))
        };
        u32::try_from(self.0.values().filter(brought).count()).unwrap_or(u32::MAX)
    }
}

impl Candor {
    /// How far everything has come in the unit that a seat commands.
    pub async fn unit_reach(&self, by: &SignedIn, post: &PostId) -> Result<UnitReach, Problem> {
        let (PostId::Commander(unit) | PostId::Alternate(unit)) = post else { return Err(Problem::NotFound) };
        if !by.seats.iter().any(|seat| seat.post == *post) {
            return Err(Problem::NotFound);
        }
        let handed_out = self.handed_out().await?;
        let today = self.today().await?;
        let oldest = today.checked_sub(ASKED_AFTER.days()).map_err(|_| Problem::Damaged)?;
        let mut tx = self.db.read().await?;
        let members = store::members::of_unit(&mut tx, unit.as_str()).await?;
        let acknowledged =
            store::members::acknowledged_in(&mut tx, unit.as_str(), &oldest.to_string()).await?;
        let before = store::members::stays_before(&mut tx).await?;
        drop(tx);
        let acknowledged: BTreeSet<(MemberId, Uuid)> = acknowledged.into_iter().collect();
        let presences = presences(&members, &before)?;
        let group = u32::try_from(members.len()).unwrap_or(u32::MAX);
        let (mut items, mut late) = (Vec::new(), BTreeSet::new());
        for item in handed_out.items().iter().filter(|item| item.holds() && item.day >= oldest) {
            let mut tally = Tally::default();
            let is_due = is_due(item, today);
            for (member, there) in &presences {
                if !there.iter().any(|there| item.reached(there)) {
                    continue;
                }
                let has = acknowledged.contains(&(*member, item.id));
                tally.add(Tally { have: u32::from(has), of: 1 });
                if !has && is_due {
                    late.insert(*member);
                }
            }
            if tally.of > 0 {
                items.push(ItemReach { id: item.id, day: item.day, share: tally.share(), is_due });
            }
        }
        let late = late_words(u32::try_from(late.len()).unwrap_or(u32::MAX), group);
        let lines = self.lines(&members)?;
        Ok(UnitReach { unit: unit.clone(), people: group, items, late, members: lines, handed_out })
    }

    /// How far what was handed out in a quarter has come, by component, branch and unit.
    pub async fn reach(&self, quarter: Quarter) -> Result<Reach, Problem> {
        let handed_out = self.handed_out().await?;
        let today = self.today().await?;
        let directory = self.directory().await?;
        let mut tx = self.db.read().await?;
        let strengths = store::members::strengths(&mut tx).await?;
        let rows = store::members::stays_before(&mut tx).await?;
        let before = Before::of(&rows)?;
        let units = by_unit(&strengths)?;
        let mut tallies: BTreeMap<&str, Tally> = BTreeMap::new();
        let mut items = Vec::new();
        let mut whole = Tally::default();
        let all = handed_out.items();
        for item in all.iter().filter(|item| item.holds() && Quarter::of(item.day) == quarter) {
            let have: BTreeMap<String, u32> =
                store::members::reach(&mut tx, item.id).await?.into_iter().collect();
            let mut of_item = Tally::default();
            for (unit, (component, came)) in &units {
                let here = came
                    .iter()
                    .filter(|(since, _)| {
                        item.reached(&Presence { unit, component, since: *since, until: None })
                    })
                    .map(|(_, count)| count)
                    .sum::<u32>();
                let of = here + before.count(item, unit, component);
                if of < LEAST {
                    continue;
                }
                let tally = Tally { have: have.get(*unit).copied().unwrap_or_default().min(of), of };
                of_item.add(tally);
                tallies.entry(unit).or_default().add(tally);
            }
            if of_item.of > 0 {
                whole.add(of_item);
                let is_due = is_due(item, today);
                items.push(ItemReach { id: item.id, day: item.day, share: of_item.share(), is_due });
            }
        }
        drop(tx);
        let components = by_component(&directory, &tallies)?;
        Ok(Reach { quarter, whole: whole.share(), items, components, handed_out })
    }

    /// The quarters in which something was handed out, newest first.
    pub async fn quarters_handed_out(&self) -> Result<Vec<Quarter>, Problem> {
        let handed_out = self.handed_out().await?;
        let mut quarters: Vec<_> = handed_out.items().iter().map(|item| Quarter::of(item.day)).collect();
        quarters.dedup();
        Ok(quarters)
    }
}

/// Where each member of a unit is and was.
fn presences<'a>(
    members: &'a [Member],
    before: &'a [(String, String, Stay)],
) -> Result<BTreeMap<MemberId, Vec<Presence<'a>>>, Problem> {
    let mut all = members
        .iter()
        .map(|member| Ok((member.id, vec![Presence::now(member)?])))
        .collect::<Result<BTreeMap<_, _>, Problem>>()?;
    for (_, _, stay) in before {
        if let Some(there) = all.get_mut(&stay.member) {
            there.push(Presence::before(stay)?);
        }
    }
    Ok(all)
}

/// For each unit its agency, and how many came on which day.
type Units<'a> = BTreeMap<&'a str, (&'a str, Vec<(Date, u32)>)>;

fn by_unit(strengths: &[Strength]) -> Result<Units<'_>, Problem> {
    let mut units = Units::new();
    for strength in strengths {
        let entry =
            units.entry(strength.unit.as_str()).or_insert_with(|| (strength.component.as_str(), Vec::new()));
        entry.1.push((date(&strength.since)?, strength.count));
    }
    Ok(units)
}

fn by_component(directory: &Directory, tallies: &BTreeMap<&str, Tally>) -> Result<Vec<InComponent>, Problem> {
    let organisation = directory.organisation()?;
    let mut components = Vec::new();
    for component in &organisation.components {
        let (mut whole, mut branches, mut units) = (Tally::default(), Vec::new(), Vec::new());
        for branch in organisation.branches_of(&component.id) {
            let mut of_branch = Tally::default();
            for unit in organisation.units_of(&branch.id) {
                let Some(tally) = tallies.get(unit.id.as_str()) else { continue };
                of_branch.add(*tally);
                units.push(InUnit { unit: unit.id.clone(), share: tally.share() });
            }
            if of_branch.of > 0 {
                whole.add(of_branch);
                branches.push((branch.name.clone(), of_branch.share()));
            }
        }
        if whole.of > 0 {
            let component = component.id.clone();
            components.push(InComponent { component, share: whole.share(), branches, units });
        }
    }
    Ok(components)
}
