//! What a member has received, and acknowledging it.

use std::collections::BTreeMap;

use jiff::civil::Date;
use uuid::Uuid;

use crate::service::{Candor, Problem};
use crate::store;

use super::handed_out::{HandedOut, Item, Presence};
use super::session::Member;

/// One thing that somebody has received.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReceivedItem {
    pub id: Uuid,
    /// On which day, and on which it was acknowledged.
    pub day: Date,
    pub acknowledged: Option<Date>,
    /// It holds, is not acknowledged, and its receiver is on the roster.
    pub waits: bool,
}

/// Everything that somebody has received, newest first.
#[derive(Clone, Debug)]
pub struct Received {
    pub items: Vec<ReceivedItem>,
    handed_out: HandedOut,
}

impl Received {
    /// What was handed out, to show it by its identifier.
    #[must_use]
    pub fn shown(&self) -> BTreeMap<Uuid, Item<'_>> {
        self.handed_out.items().into_iter().map(|item| (item.id, item)).collect()
    }
}

impl Candor {
    /// Everything that a member has received, wherever they were.
    pub async fn received(&self, member: &Member) -> Result<Received, Problem> {
        let handed_out = self.handed_out().await?;
        let mut tx = self.db.read().await?;
        let before = store::members::stays(&mut tx, member.id).await?;
        let acknowledged = store::members::acknowledged(&mut tx, member.id).await?;
        drop(tx);
        let acknowledged: BTreeMap<Uuid, String> = acknowledged.into_iter().collect();
        let mut there = before.iter().map(Presence::before).collect::<Result<Vec<_>, _>>()?;
        there.push(Presence::now(&member.row)?);
        let items = handed_out
            .items()
            .iter()
            .filter(|item| there.iter().any(|there| item.reached(there)))
            .map(|item| {
                let acknowledged = acknowledged.get(&item.id).and_then(|day| day.parse().ok());
                let waits = acknowledged.is_none() && item.holds() && !member.gone;
                ReceivedItem { id: item.id, day: item.day, acknowledged, waits }
            })
            .collect();
        Ok(Received { items, handed_out })
    }

    /// Acknowledges what a member has received. What they have not, or has not to be acknowledged, is passed over;
    /// what was acknowledged keeps its day. Returns how many are new.
    pub async fn acknowledge_received(&self, member: &Member, items: &[Uuid]) -> Result<usize, Problem> {
        let received = self.received(member).await?;
        let day = self.today().await?.to_string();
        let waits = |id: &&Uuid| received.items.iter().any(|item| item.id == **id && item.waits);
        let waiting: Vec<&Uuid> = items.iter().filter(waits).collect();
        if waiting.is_empty() {
            return Ok(0);
        }
        let mut tx = self.db.write().await?;
        let mut new = 0;
        for id in waiting {
            new += usize::from(store::members::acknowledge(&mut tx, member.id, *id, &day).await?);
        }
        tx.commit().await?;
        Ok(new)
    }
}
