//! One round: takes up what is due, sends it outside of any transaction, and writes down what came of it.

use super::{Failed, Handed, Outlets, Reason};
use crate::clock::{Clock, DAY, HOUR, Timestamp};
use crate::rng::Randomness;
use crate::store::outbox::{self, Channel, Delivery, State};
use crate::store::{Db, StoreError};

/// How long a delivery that was taken up is nobody else's: longer than all waiting of one attempt.
pub const LEASE: i64 = 20 * 60;

/// How long a mail rests that was handed over without an answer. By then a server that took it has
/// delivered it, and its reader has had time to acknowledge the notice.
pub const UNCLEAR_REST: i64 = 6 * HOUR;

/// How often a mail is handed over at most without getting an answer.
pub const UNCLEAR_MOST: u32 = 2;

/// How often a delivery is taken up before an administrator is asked: for about a day and a half.
pub const TRIES_MOST: u32 = 10;

/// The rest after the first failure; each further one is four times as long, up to the longest.
const REST_FIRST: i64 = 60;
const REST_MOST: i64 = 6 * HOUR;

/// How long it stays known what was sent.
const KEPT: i64 = 90 * DAY;

/// What one round did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Count {
    pub sent: usize,
    /// Put off, or left without an answer.
    pub later: usize,
    /// Given up; an administrator is asked.
    pub dead: usize,
}

/// What the sending needs from around it.
#[derive(Clone, Copy, Debug)]
struct Around<'a> {
    db: &'a Db,
    clock: &'a Clock,
    randomness: &'a Randomness,
}

impl Outlets {
    /// Sends everything that was due at `due`. Safe at any time, twice, after a pause and on several machines
    /// at once; what is cut off is taken up again.
    pub async fn run_once(
        &self,
        db: &Db,
        clock: &Clock,
        randomness: &Randomness,
        due: Timestamp,
    ) -> Result<Count, StoreError> {
        let around = Around { db, clock, randomness };
        // All are let finish, even if one fails: what is cut off would stay unclear.
        let (one, two, three, four) = tokio::join!(
            Box::pin(self.work(around, due)),
            Box::pin(self.work(around, due)),
            Box::pin(self.work(around, due)),
            Box::pin(self.work(around, due)),
        );
        let mut all = Count::default();
        for count in [one?, two?, three?, four?] {
            all.sent += count.sent;
            all.later += count.later;
            all.dead += count.dead;
        }
        let mut tx = db.write().await?;
        outbox::remove_ended(&mut tx, clock.now().plus(-KEPT)).await?;
        tx.commit().await?;
        Ok(all)
    }

    async fn work(&self, around: Around<'_>, due: Timestamp) -> Result<Count, StoreError> {
        let mut count = Count::default();
        loop {
            let mut tx = around.db.write().await?;
            let taken = outbox::claim(&mut tx, due, around.clock.now().plus(LEASE)).await;
            let row = match taken {
                Ok(row) => row,
                // Another node took it up first.
                Err(StoreError::Conflict) => continue,
                Err(error) => return Err(error),
            };
            tx.commit().await?;
            let Some(row) = row else { return Ok(count) };
            match self.deliver(around, row).await {
                Ok(State::Sent) => count.sent += 1,
                Ok(State::Dead) => count.dead += 1,
                Ok(_) | Err(StoreError::Conflict) => count.later += 1,
                Err(error) => return Err(error),
            }
        }
    }

    async fn deliver(&self, around: Around<'_>, mut row: Delivery) -> Result<State, StoreError> {
        let row = &mut row;
        match row.channel {
            Channel::Webhook => {
                let ended = match &self.webhook {
                    None => Err(Failed::for_good(Reason::NoAddress)),
                    Some(webhook) => {
                        webhook.call(&row.recipient.to_string(), row.id, around.clock.now()).await
                    }
                };
                match ended {
                    Ok(()) => around.settle(row, State::Sent, None, "").await,
                    Err(failed) => around.failed(row, failed).await,
                }
            }
            // It arrived, or is no longer needed: either way nobody is told twice.
            Channel::Mail if row.state == State::Handed && row.acknowledged => {
                around.settle(row, State::Sent, None, "acknowledged").await
            }
            Channel::Mail if row.unclear >= UNCLEAR_MOST => {
                around.settle(row, State::Dead, None, Reason::Unclear.word()).await
            }
            Channel::Mail => self.mail(around, row).await,
        }
    }

    /// Sends a mail. Before it is handed over, that it may have been is written down; what came of it,
    /// before anything else is said to the server.
    async fn mail(&self, around: Around<'_>, row: &mut Delivery) -> Result<State, StoreError> {
        let post = row.recipient.to_string();
        let route = self.mail.as_ref().and_then(|smtp| Some((smtp, smtp.mail(&post, row.id, row.planned)?)));
        let Some((smtp, (to, mail))) = route else {
            return around.failed(row, Failed::for_good(Reason::NoAddress)).await;
        };
        let mut conversation = match smtp.begin(&to).await {
            Ok(conversation) => conversation,
            Err(failed) => return around.failed(row, failed).await,
        };
        let (state, unclear) = (row.state, row.unclear);
        row.unclear = unclear.saturating_add(1);
        let rest = around.clock.now().plus(UNCLEAR_REST);
        around.settle(row, State::Handed, Some(rest), Reason::Unclear.word()).await?;
        let state = match conversation.hand_over(&mail).await {
            Handed::Unclear => return around.unclear(row).await,
            Handed::Taken => around.settle(row, State::Sent, None, "").await?,
            Handed::Refused(failed) => {
                // Said in so many words: what is unclear is what was unclear before.
                (row.state, row.unclear) = (state, unclear);
                around.failed(row, failed).await?
            }
        };
        conversation.leave().await;
        Ok(state)
    }
}

impl Around<'_> {
    /// Writes down how far a delivery is. A state that is an end keeps no time but its batch's.
    async fn settle(
        &self,
        row: &mut Delivery,
        state: State,
        next_at: Option<Timestamp>,
        reason: &str,
    ) -> Result<State, StoreError> {
        row.state = state;
        row.next_at = next_at.unwrap_or(row.planned);
        reason.clone_into(&mut row.reason);
        let mut tx = self.db.write().await?;
        let known = row.version;
        outbox::update(&mut tx, row, known).await?;
        tx.commit().await?;
        Ok(state)
    }

    /// No answer to a mail handed over.
    async fn unclear(&self, row: &mut Delivery) -> Result<State, StoreError> {
        if row.unclear >= UNCLEAR_MOST {
            return self.settle(row, State::Dead, None, Reason::Unclear.word()).await;
        }
        let rest = self.clock.now().plus(UNCLEAR_REST);
        self.settle(row, State::Handed, Some(rest), Reason::Unclear.word()).await
    }

    /// Certainly not delivered by this attempt.
    async fn failed(&self, row: &mut Delivery, failed: Failed) -> Result<State, StoreError> {
        let reason = failed.reason.word();
        if failed.for_good || row.tries >= TRIES_MOST {
            return self.settle(row, State::Dead, None, reason).await;
        }
        let again = self.clock.now().plus(rest(row.tries, self.randomness));
        // A mail that may have arrived earlier keeps saying so.
        self.settle(row, row.state, Some(again), reason).await
    }
}

/// Four times as long each time, a quarter more or less by chance so that not all come back at once.
pub(crate) fn rest(tries: u32, randomness: &Randomness) -> i64 {
    let doublings = tries.saturating_sub(1).min(8) * 2;
    let rest = (REST_FIRST << doublings).min(REST_MOST);
    let spread = u64::try_from(rest / 2).unwrap_or_default() + 1;
    let chance = i64::try_from(randomness.below("delivery rest", spread)).unwrap_or_default();
    rest - rest / 4 + chance
}

#[cfg(test)]
mod tests {
    use super::{REST_MOST, TRIES_MOST, rest};
    use crate::clock::{DAY, HOUR};
    use crate::rng::Randomness;

    #[test]
    fn rests_grow_and_stay_within_a_quarter() {
        let randomness = Randomness::labelled([5; 32]);
        for _ in 0..100 {
            assert!((45..=75).contains(&rest(1, &randomness)));
            assert!((180..=300).contains(&rest(2, &randomness)));
            assert!((REST_MOST * 3 / 4..=REST_MOST * 5 / 4).contains(&rest(9, &randomness)));
        }
        let all: i64 = (1..TRIES_MOST).map(|tries| rest(tries, &randomness)).sum();
        assert!((DAY..3 * DAY).contains(&all), "{} hours", all / HOUR);
        let one: Vec<_> = (0..10).map(|_| rest(5, &randomness)).collect();
        assert!(one.iter().any(|other| *other != one[0]), "not all at once");
    }
}
