//! What is told outside: planned with each notice, and looked after by the administrator.

use crate::delivery::Reason;
use crate::domain::id::{DeliveryId, PostId};
use crate::service::accounts::SignedIn;
use crate::service::directory::Directory;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::notices::Notice;
use crate::store::outbox::{Channel, State};
use crate::store::{self, Tx};

/// Most that were given up that are shown at once.
pub const SHOWN_MOST: i64 = 200;

/// A telling outside that was given up. Neither what it was about nor when that was resolved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct GivenUp {
    pub id: DeliveryId,
    pub recipient: PostId,
    pub channel: Channel,
    pub tries: u32,
    /// What happened and what to do about it.
    pub says: &'static str,
}

/// How telling people outside goes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Deliveries {
    /// Not sent yet, and sent without an answer.
    pub waiting: i64,
    pub unclear: i64,
    pub dead: Vec<GivenUp>,
    /// Each headquarters post, and the ways in which it is told.
    pub posts: Vec<(PostId, Vec<Channel>)>,
}

impl Candor {
    /// Plans what is told outside of a notice, in the transaction that makes it; after the next batch, so
    /// that it says nothing of when (AN-22).
    pub(super) async fn plan_deliveries(
        &self,
        tx: &mut Tx,
        notice: &Notice,
        directory: &Directory,
    ) -> Result<(), Problem> {
        for channel in self.outlets.channels(&notice.recipient) {
            let after = self.next_batch(directory)?;
            let id = DeliveryId::random(&self.randomness);
            store::outbox::insert(tx, id, notice.id, channel, after).await?;
        }
        Ok(())
    }

    fn next_batch(&self, directory: &Directory) -> Result<crate::clock::Timestamp, Problem> {
        directory.calendar.next_batches(self.clock.now(), 1).first().copied().ok_or(Problem::Damaged)
    }

    /// For an administrator: what waits, and what was given up.
    pub async fn deliveries(&self, by: &SignedIn) -> Result<Deliveries, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let dead = store::outbox::in_state(&mut tx, State::Dead, SHOWN_MOST).await?;
        Ok(Deliveries {
            waiting: store::outbox::count(&mut tx, State::Waiting).await?,
            unclear: store::outbox::count(&mut tx, State::Handed).await?,
            dead: dead
                .into_iter()
                .map(|row| GivenUp {
                    id: row.id,
                    recipient: row.recipient,
                    channel: row.channel,
                    tries: row.tries,
                    says: Reason::from_word(&row.reason).map_or("", Reason::says),
                })
                .collect(),
            posts: directory
                .headquarters()
                .into_iter()
                .map(|post| {
                    let channels = self.outlets.channels(&post).collect();
                    (post, channels)
                })
                .collect(),
        })
    }

    /// Tries what was given up again, after the next batch, or lets it go. The notice stays where it is
    /// either way.
    pub async fn settle_delivery(&self, by: &SignedIn, id: DeliveryId, again: bool) -> Result<(), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let row = store::outbox::find(&mut tx, id).await?;
        let mut row = row.filter(|row| row.state == State::Dead).ok_or(Problem::NotFound)?;
        let known = row.version;
        if again {
            row.state = State::Waiting;
            row.next_at = self.next_batch(&directory)?;
            row.tries = 0;
            row.unclear = 0;
        } else {
            row.state = State::Dropped;
        }
        store::outbox::update(&mut tx, &mut row, known).await?;
        let act = StaffAct::DeliverySettled { notice: row.notice, again, by: by.account };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(())
    }
}
