//! How far what was handed out has come: for the commander of a unit, and for headquarters. No answer says who has
//! acknowledged what, and none counts one to four people (`domain::reach`). Both are told of the days before today
//! alone, so that nobody learns by looking again who has just acknowledged something. How many people have
//! acknowledged in time is a measure of the quarter, published once ([`Candor::reached`]).

use std::collections::{BTreeMap, BTreeSet};

use jiff::ToSpan;
use jiff::civil::Date;
use uuid::Uuid;

use crate::domain::id::{ComponentId, MemberId, PostId, UnitId};
use crate::domain::measures::{Period, Quarter, Reached};
use crate::domain::reach::{IN_TIME, LEAST, Share, late_words};
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};
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

/// One thing, and how far it has come in each component.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ItemAcross {
    pub id: Uuid,
    pub day: Date,
    /// In the order of [`Reach::components`]; none where it went to nobody.
    pub shares: Vec<Option<Share>>,
    /// It ought to have been acknowledged by everybody.
    pub is_due: bool,
}

/// How far what was handed out in a quarter has come, each thing in each component by itself: no number is a sum of
/// others, so none follows from them. Units of fewer than five are in no number of it, so that no difference to
/// what a commander sees is about them.
#[derive(Debug)]
pub struct Reach {
    pub quarter: Quarter,
    pub components: Vec<ComponentId>,
    pub items: Vec<ItemAcross>,
    handed_out: HandedOut,
}

impl Reach {
    #[must_use]
    pub fn shown(&self) -> BTreeMap<Uuid, Item<'_>> {
        self.handed_out.items().into_iter().map(|item| (item.id, item)).collect()
    }
}

/// Of how many people, of how many units.
#[derive(Clone, Copy, Debug, Default)]
struct Across {
    have: u32,
    of: u32,
    units: u32,
}

impl Across {
    /// None where it went to nobody.
    const fn share(self) -> Option<Share> {
        match self.units {
            0 => None,
            // One unit's number is its commander's alone.
            1 => Some(Share::TooFew),
            _ => Some(Share::across(self.have, self.of)),
        }
    }
}

/// Members read in one go, each portion a short transaction of its own.
const PORTION: i64 = 1_000;

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
            store::members::acknowledged_in(&mut tx, unit.as_str(), &oldest.to_string(), &today.to_string())
                .await?;
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

    /// How far what was handed out in a quarter has come in each component, for members of the Council and of
    /// headquarters.
    pub async fn reach(&self, by: &SignedIn, quarter: Quarter) -> Result<Reach, Problem> {
        self.may_read_measures(by).await?;
        let handed_out = self.handed_out().await?;
        let today = self.today().await?;
        let directory = self.directory().await?;
        let components: Vec<ComponentId> =
            directory.organisation()?.components.iter().map(|component| component.id.clone()).collect();
        let mut tx = self.db.read().await?;
        let strengths = store::members::strengths(&mut tx).await?;
        let rows = store::members::stays_before(&mut tx).await?;
        let before = Before::of(&rows)?;
        let units = by_unit(&strengths)?;
        let mut items = Vec::new();
        let all = handed_out.items();
        for item in all.iter().filter(|item| item.holds() && Quarter::of(item.day) == quarter) {
            let have: BTreeMap<String, u32> =
                store::members::reach(&mut tx, item.id, &today.to_string()).await?.into_iter().collect();
            let mut across: BTreeMap<&str, Across> = BTreeMap::new();
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
                let sum = across.entry(component).or_default();
                sum.have += have.get(*unit).copied().unwrap_or_default().min(of);
                sum.of += of;
                sum.units += 1;
            }
            let share = |id: &ComponentId| across.get(id.as_str()).copied().unwrap_or_default().share();
            let shares: Vec<Option<Share>> = components.iter().map(share).collect();
            if shares.iter().any(Option::is_some) {
                items.push(ItemAcross { id: item.id, day: item.day, shares, is_due: is_due(item, today) });
            }
        }
        drop(tx);
        Ok(Reach { quarter, components, items, handed_out })
    }

    /// The quarters in which something was handed out, newest first, for those who read its reach.
    pub async fn quarters_handed_out(&self, by: &SignedIn) -> Result<Vec<Quarter>, Problem> {
        self.may_read_measures(by).await?;
        let handed_out = self.handed_out().await?;
        let mut quarters: Vec<_> = handed_out.items().iter().map(|item| Quarter::of(item.day)).collect();
        quarters.dedup();
        Ok(quarters)
    }

    /// For the measures of a quarter: everybody on the roster who has received something that holds and was to
    /// be acknowledged in it. None if there was nothing to acknowledge. These are the true numbers: they go to
    /// what suppresses small ones and nowhere else.
    pub(in crate::service) async fn reached(&self, period: &Period) -> Result<Option<Vec<Reached>>, Problem> {
        let handed_out = self.handed_out().await?;
        let directory = self.directory().await?;
        let last_day = |item: &Item<'_>| item.day.checked_add(IN_TIME.days()).ok();
        let all = handed_out.items();
        let due: Vec<(&Item<'_>, String)> = all
            .iter()
            .filter(|item| item.holds())
            .filter_map(|item| Some((item, last_day(item)?)))
            .filter(|(_, last)| directory.calendar.at(*last, 0).is_some_and(|at| period.holds(at)))
            .map(|(item, last)| (item, last.to_string()))
            .collect();
        let Some(oldest) = due.iter().map(|(item, _)| item.day).min() else { return Ok(None) };
        let before = store::members::stays_before(&mut self.db.read().await?).await?;
        let mut stays: BTreeMap<MemberId, Vec<Presence<'_>>> = BTreeMap::new();
        for (_, _, stay) in &before {
            stays.entry(stay.member).or_default().push(Presence::before(stay)?);
        }
        let mut reached = Vec::new();
        let mut last = MemberId(Uuid::nil());
        loop {
            let mut tx = self.db.read().await?;
            let members = store::members::after(&mut tx, last, PORTION).await?;
            let Some(end) = members.last().map(|member| member.id) else { return Ok(Some(reached)) };
            let days: BTreeMap<(MemberId, Uuid), String> =
                store::members::acknowledged_by(&mut tx, last, end, &oldest.to_string())
                    .await?
                    .into_iter()
                    .map(|(member, item, day)| ((member, item), day))
                    .collect();
            drop(tx);
            last = end;
            for member in members.iter().filter(|member| member.gone.is_none()) {
                let now = Presence::now(member)?;
                let was = stays.get(&member.id).map_or(&[][..], Vec::as_slice);
                let theirs =
                    |item: &Item<'_>| item.reached(&now) || was.iter().any(|there| item.reached(there));
                let mut received = due.iter().filter(|(item, _)| theirs(item)).peekable();
                if received.peek().is_none() {
                    continue;
                }
                let in_time = received.all(|(item, last_day)| {
                    days.get(&(member.id, item.id)).is_some_and(|day| day <= last_day)
                });
                let (component, unit) = (member.component.as_str().into(), member.unit.as_str().into());
                reached.push(Reached { component, unit, in_time });
            }
        }
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
