//! Destroying what has been kept for as long as it may be (AN-24). It can be done at any time, twice, on two
//! machines, and on whatever database is opened: what is due follows from the cases alone. A backup that is
//! restored loses what was due since it was made when the job next runs.

use std::sync::atomic::Ordering;

use crate::clock::{DAY, Timestamp};
use crate::crypto::service::Purpose;
use crate::domain::audience::{Audience, Kind, Reader};
use crate::domain::dispute::{Command, Dispute, Event, Part, is_late};
use crate::domain::id::CaseId;
use crate::domain::policy;
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store::{self, Tx};

use super::execute::{Loaded, Subject, associated};
use super::view::CaseView;

/// So long before its texts go a letter of the reporter comes under a key of its own: it could arrive after them.
const BEFORE_THEY_GO: i64 = 3 * DAY;

/// What a page says about keeping and destroying.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Kept {
    /// Whether the texts are gone.
    pub gone: bool,
    /// On which day, for those who may know when the case ended.
    pub gone_at: Option<Timestamp>,
    /// Since when it is held and by whose order.
    pub held: Option<(Timestamp, String)>,
}

impl Kept {
    /// As whoever holds the receipt is told of it.
    pub(in crate::service) fn for_the_reporter(dispute: &Dispute, directory: &Directory) -> Self {
        Self {
            gone: dispute.destroyed.texts.is_some(),
            gone_at: dispute.destroyed.texts,
            held: dispute.hold.as_ref().map(|hold| (hold.since, directory.post_name(&hold.post))),
        }
    }
}

impl CaseView {
    /// As this seat is told of it.
    pub(super) fn kept(&self, directory: &Directory) -> Kept {
        let mut kept = Kept::for_the_reporter(&self.dispute, directory);
        if !policy::knows_the_end(&self.dispute, &self.seat) {
            kept.gone_at = None;
        }
        if !policy::knows_of_a_hold(&self.dispute, &self.seat) {
            kept.held = None;
        }
        kept
    }
}

impl Candor {
    /// Takes away what is due of a case, and returns the command that says so. Refused, nothing is taken away.
    pub(super) async fn destruction(
        &self,
        tx: &mut Tx,
        loaded: &Loaded,
        directory: &Directory,
    ) -> Result<Command, Problem> {
        let nothing = Problem::Refused(crate::domain::dispute::Refusal::NothingDue);
        let next = loaded.dispute.next_to_go(&directory.calendar).filter(|_| loaded.dispute.hold.is_none());
        let Some((part, _)) = next.filter(|(_, due)| *due <= self.clock.now()) else { return Err(nothing) };
        let case = loaded.row.id;
        if part != Part::Receipt {
            store::attachments::destroy(tx, case).await?;
        }
        let (texts, keys) = match part {
            Part::Texts => self.destroy_texts(tx, case).await?,
            Part::Receipt => self.destroy_receipt(tx, case, &loaded.subject).await?,
            Part::Later => (store::envelopes::destroy(tx, case, None, None).await?, 0),
        };
        let keys = keys + store::envelopes::destroy_idle_wraps(tx, case).await?;
        let count = |rows: u64| u32::try_from(rows).unwrap_or(u32::MAX);
        Ok(Command::Destroy { part, texts: count(texts), keys: count(keys) })
    }

    /// Everything but the outcome. The reporter keeps the words of the outcome; a check-in that was offered from the
    /// day on which the texts go lies under a key of its own and goes later. Keys that open nothing any more follow.
    async fn destroy_texts(&self, tx: &mut Tx, case: CaseId) -> Result<(u64, u64), Problem> {
        let words = store::envelopes::newest(tx, case, Kind::OutcomeWords).await?;
        let late = first_late(&self.events(tx, case).await?);
        Ok((store::envelopes::destroy(tx, case, words, late).await?, 0))
    }

    /// What leads from a receipt to the case and back, what it was told of acts that came too late, and what it
    /// alone could still open.
    async fn destroy_receipt(
        &self,
        tx: &mut Tx,
        case: CaseId,
        subject: &Subject,
    ) -> Result<(u64, u64), Problem> {
        let lookup = match subject.receipt {
            Some(lookup) => Some(lookup),
            // The case is from before it knew its receipt.
            None => self.receipt_of(tx, case).await?,
        };
        if let Some(lookup) = lookup {
            store::inbox::remove_receipt(tx, &lookup).await?;
            for id in self.refused_ids(&lookup) {
                store::inbox::remove_refused(tx, &id).await?;
            }
        }
        let forgotten = Subject { receipt: None, receipt_public: Vec::new(), ..subject.clone() };
        let text = serde_json::to_vec(&forgotten).map_err(|_| Problem::Damaged)?;
        let sealed =
            self.keys.seal(Purpose::CaseRow, &associated(case, "subject"), &text, &self.randomness)?;
        store::cases::set_subject(tx, case, &sealed).await?;
        let texts = store::envelopes::destroy_kind(tx, case, Kind::OutcomeWords).await?;
        Ok((texts, store::envelopes::destroy_wraps_of(tx, case, &Reader::Receipt).await?))
    }

    /// Clears away what the database itself keeps of what was destroyed, now or since it was last tried.
    pub async fn forget_destroyed(&self, destroyed: bool) -> Result<(), Problem> {
        if destroyed {
            self.remains.store(true, Ordering::SeqCst);
        }
        if self.remains.load(Ordering::SeqCst) && self.db.forget_destroyed().await? {
            self.remains.store(false, Ordering::SeqCst);
        }
        Ok(())
    }

    /// Notes when something of a case is next due, where its row says another time: rows from before this was kept.
    /// Returns whether it did.
    pub async fn settle_retention(&self, case: CaseId) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        if let Some(loaded) = self.load(&mut tx, case).await? {
            let due = loaded.dispute.retain_due(&directory.calendar);
            if due != loaded.row.retain_due {
                store::cases::set_retain_due(&mut tx, case, loaded.row.version, due).await?;
                tx.commit().await?;
                return Ok(true);
            }
        }
        Ok(false)
    }

    /// Whether what a reporter writes now needs a key of its own.
    pub(in crate::service) fn needs_own_key(&self, dispute: &Dispute, directory: &Directory) -> bool {
        dispute.needs_own_key(&directory.calendar, self.clock.now().plus(BEFORE_THEY_GO))
    }
}

/// From which version on check-ins of the present closing are late ones.
pub(in crate::service) fn first_late(events: &[(u32, Event)]) -> Option<u32> {
    let closed = events.iter().rposition(|(_, event)| matches!(event, Event::Closed { .. }))?;
    events.iter().skip(closed).find(|(_, event)| is_late(event)).map(|(version, _)| *version)
}

/// Whether an audience still gets new versions: once the texts are gone, only those that something can be
/// written to without the reporter.
pub(super) fn is_renewed(dispute: &Dispute, audience: Audience) -> bool {
    dispute.destroyed.texts.is_none()
        || matches!(audience, Audience::Outcome | Audience::Deliberation | Audience::Reprisal)
}

/// Words for the history; what came in between goes without a line, for that it came is not for everybody.
pub(super) fn words(event: &Event, directory: &Directory) -> Option<(Timestamp, String)> {
    Some(match event {
        Event::Held { at, seat, .. } => (
            *at,
            format!("{} put a hold on it: nothing of it is destroyed.", directory.post_name(&seat.post)),
        ),
        Event::HoldLifted { at, seat, .. } => {
            (*at, format!("{} lifted the hold on it.", directory.post_name(&seat.post)))
        }
        Event::Destroyed { at, part: Part::Texts, .. } => {
            (*at, "The texts were destroyed, because their time had come.".to_owned())
        }
        Event::Destroyed { at, part: Part::Receipt, .. } => {
            (*at, "The reporter’s receipt opens it no longer.".to_owned())
        }
        _ => return None,
    })
}
