//! What headquarters is told of each resolution.

use crate::clock::Timestamp;
use crate::domain::dispute::Seat;
use crate::domain::id::{NoticeId, PostId};
use crate::domain::proposal::Resolution;
use crate::service::accounts::SignedIn;
use crate::service::cases::open_text;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::notices::Notice;
use crate::store::{self, StoreError, Tx};

/// Notices shown at once.
pub const PAGE: i64 = 50;

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
}

/// A recipient's notices.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct NoticeList {
    pub notices: Vec<NoticeView>,
    pub unacknowledged: i64,
    pub overdue: i64,
    pub more: bool,
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
        let mut tx = self.db.read().await?;
        self.headquarters_seat(&mut tx, signed_in, seat).await?;
        let mut rows = store::notices::list(
            &mut tx,
            &seat.post,
            unit,
            self.clock.now(),
            PAGE + 1,
            i64::from(page) * PAGE,
        )
        .await?;
        let (unacknowledged, overdue) =
            store::notices::open_counts(&mut tx, &seat.post, self.clock.now()).await?;
        let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = rows.len() > shown;
        rows.truncate(shown);
        let mut notices = Vec::with_capacity(rows.len());
        for row in rows {
            notices.push(self.open_notice(&mut tx, signed_in, seat, row).await?);
        }
        Ok(NoticeList { notices, unacknowledged, overdue, more })
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
        Ok(NoticeView {
            id: row.id,
            resolution: serde_json::from_slice(&text).map_err(|_| Problem::Damaged)?,
            made_at: row.made_at,
            due: row.due,
            overdue: row.acknowledged.is_none() && row.due < self.clock.now(),
            acknowledged: row.acknowledged.map(|(at, by)| {
                (at, directory.names.get(&by).cloned().unwrap_or_else(|| "a former member".to_owned()))
            }),
        })
    }
}
