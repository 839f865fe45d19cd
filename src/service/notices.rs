//! What headquarters is told of each resolution.

use crate::clock::Timestamp;
use crate::domain::dispute::{Seat, StageName};
use crate::domain::id::{NoticeId, PostId};
use crate::domain::proposal::Resolution;
use crate::service::accounts::SignedIn;
use crate::service::cases::{ActionStanding, open_text, standing};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::notices::{Filter, Notice};
use crate::store::{self, StoreError, Tx};

/// Notices shown at once.
pub const PAGE: i64 = 50;
/// Most notices printed or exported at once.
pub const ALL: i64 = 1_000;

/// A notice as its recipient sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NoticeView {
    pub id: NoticeId,
    pub resolution: Resolution,
    pub made_at: Timestamp,
    pub due: Timestamp,
    pub overdue: bool,
    /// When, and the sign-in name of whoever acknowledged it.
    pub acknowledged: Option<(Timestamp, String)>,
    /// Where each action stands, in the order of the resolution; none once it was reopened or replaced.
    pub actions: Vec<ActionStanding>,
    /// The reporter has not accepted it, and it is being decided again.
    pub reopened: bool,
    /// A later resolution has replaced it.
    pub superseded: bool,
}

/// What headquarters is told of as a number alone.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Counts {
    /// Cases that both sides closed as none between the components.
    pub not_joint: i64,
    /// Cases that were not decided within the Secretary's time.
    pub undecided: i64,
    /// How often a level ended because a component did not act, by the component's name.
    pub lapses: Vec<(String, i64)>,
}

/// A recipient's notices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeList {
    pub notices: Vec<NoticeView>,
    pub unacknowledged: i64,
    pub overdue: i64,
    pub more: bool,
    pub counts: Counts,
}

impl Candor {
    /// A headquarters post's notices: unacknowledged and overdue first. `unit` keeps those that concern a unit.
    pub async fn notices(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        unit: &str,
        page: u32,
    ) -> Result<NoticeList, Problem> {
        let filter = Filter { unit, attention: false };
        self.notices_of(signed_in, seat, filter, PAGE, i64::from(page) * PAGE).await
    }

    /// A headquarters post's notices, `most` of them after `skip`.
    pub async fn notices_of(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        filter: Filter<'_>,
        most: i64,
        skip: i64,
    ) -> Result<NoticeList, Problem> {
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        self.headquarters_seat(&mut tx, signed_in, seat).await?;
        let mut rows = store::notices::list(&mut tx, &seat.post, filter, now, most + 1, skip).await?;
        let (unacknowledged, overdue) = store::notices::open_counts(&mut tx, &seat.post, now).await?;
        let shown = usize::try_from(most).unwrap_or(usize::MAX);
        let more = rows.len() > shown;
        rows.truncate(shown);
        let mut notices = Vec::with_capacity(rows.len());
        for row in rows {
            notices.push(self.open_notice(&mut tx, signed_in, seat, row).await?);
        }
        let counts = self.counts(&mut tx).await?;
        Ok(NoticeList { notices, unacknowledged, overdue, more, counts })
    }

    async fn counts(&self, tx: &mut Tx) -> Result<Counts, Problem> {
        let directory = self.directory_in(tx).await?;
        let mut counts = Counts::default();
        // Every component stands there, be it with none: its absence would say as much.
        for component in &directory.organisation()?.components {
            counts.lapses.push((directory.component_name(&component.id), 0));
        }
        for (what, count) in store::notices::counts(tx).await? {
            if what == "not_joint" {
                counts.not_joint = count;
            } else if what == "undecided" {
                counts.undecided = count;
            } else if let Some(component) = what.strip_prefix("lapsed:") {
                let name = directory.component_name(&component.into());
                match counts.lapses.iter_mut().find(|(known, _)| *known == name) {
                    Some((_, known)) => *known += count,
                    None => counts.lapses.push((name, count)),
                }
            }
        }
        Ok(counts)
    }

    /// One notice.
    pub async fn notice(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        id: NoticeId,
    ) -> Result<NoticeView, Problem> {
        let mut tx = self.db.read().await?;
        self.headquarters_seat(&mut tx, signed_in, seat).await?;
        let row = store::notices::find(&mut tx, id).await?.ok_or(Problem::NotFound)?;
        if row.recipient != seat.post {
            return Err(Problem::NotFound);
        }
        self.open_notice(&mut tx, signed_in, seat, row).await
    }

    /// Acknowledges notices, all or none. Those acknowledged before are left as they are. Returns how many were new.
    pub async fn acknowledge_notices(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        ids: &[NoticeId],
    ) -> Result<usize, Problem> {
        let mut tx = self.db.write().await?;
        self.headquarters_seat(&mut tx, signed_in, seat).await?;
        let mut count = 0;
        for id in ids {
            let row = store::notices::find(&mut tx, *id).await?.ok_or(Problem::NotFound)?;
            if row.recipient != seat.post {
                return Err(Problem::NotFound);
            }
            match store::notices::acknowledge(&mut tx, *id, self.clock.now(), signed_in.account).await {
                Ok(()) => {}
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error.into()),
            }
            self.record_act(&mut tx, StaffAct::NoticeAcknowledged { notice: *id, by: signed_in.account })
                .await?;
            count += 1;
        }
        tx.commit().await?;
        Ok(count)
    }

    async fn headquarters_seat(&self, tx: &mut Tx, signed_in: &SignedIn, seat: &Seat) -> Result<(), Problem> {
        let directory = self.directory_in(tx).await?;
        let is_held = directory.seats(signed_in.account).contains(seat);
        if is_held && matches!(seat.post, PostId::Headquarters(_)) { Ok(()) } else { Err(Problem::NotFound) }
    }

    async fn open_notice(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        seat: &Seat,
        row: Notice,
    ) -> Result<NoticeView, Problem> {
        let ring = self.keyring(tx, signed_in, seat, row.case).await?;
        let sealed = store::envelopes::find(tx, row.envelope).await?.ok_or(Problem::Damaged)?;
        let text = open_text(self, &ring, &sealed)?.ok_or(Problem::NotFound)?;
        let directory = self.directory_in(tx).await?;
        let actions = self.actions_of(tx, &row).await?;
        Ok(NoticeView {
            id: row.id,
            resolution: serde_json::from_slice(&text).map_err(|_| Problem::Damaged)?,
            made_at: row.made_at,
            due: row.due,
            overdue: row.acknowledged.is_none() && row.due < self.clock.now(),
            acknowledged: row.acknowledged.map(|(at, by)| {
                (at, directory.names.get(&by).cloned().unwrap_or_else(|| "a former member".to_owned()))
            }),
            actions,
            reopened: row.reopened && !row.superseded,
            superseded: row.superseded,
        })
    }

    /// Where the actions of a notice's resolution stand. Of the case, which is loaded for it, nothing
    /// else leaves this place; and nothing at all for a post that was left out of it since.
    async fn actions_of(&self, tx: &mut Tx, row: &Notice) -> Result<Vec<ActionStanding>, Problem> {
        if row.superseded {
            return Ok(Vec::new());
        }
        let loaded = self.load(tx, row.case).await?.ok_or(Problem::Damaged)?;
        let dispute = &loaded.dispute;
        if dispute.resolutions != row.resolution || dispute.bypass.posts.contains(&row.recipient) {
            return Ok(Vec::new());
        }
        let events = match dispute.stage_name() {
            StageName::Closed => self.events(tx, row.case).await?,
            _ => Vec::new(),
        };
        Ok(standing(dispute, &events, self.clock.now()))
    }
}
