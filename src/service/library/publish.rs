//! The month's batch: what is old enough and not alone appears, in random order, with the month as its only
//! time (AN-09).

use sha2::{Digest, Sha256};
use uuid::Uuid;

use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::dispute::{Dispute, Stage};
use crate::domain::id::{CaseId, EntryId};
use crate::domain::library::{Month, Origin, Worth, together};
use crate::service::cases::level_word;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::library::Entry;
use crate::store::{self, StoreError, Tx};

use super::draft::{Draft, is_left_out, link_at_rest};

/// Links looked at in one go.
const PORTION: i64 = 500;

/// Bytes of a link: a case and the number of its resolution. All are of one size.
const LINK: usize = 20;

/// In the place of a level: agreed to without a concern.
pub(super) const QUESTION: &str = "question";
pub(super) const INFORMAL: &str = "informal";

/// What one month's batch did.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Published {
    pub entries: usize,
    /// Entries whose dispute was opened again or decided anew.
    pub superseded: usize,
    /// Drafts that wait for the next month: too young, too few, or to be looked at.
    pub waiting: usize,
}

/// What becomes of a draft in this batch.
enum Fate {
    Appears,
    Waits,
    /// Never appears: a later resolution has taken its place, or somebody is meant who would read it.
    Ends,
}

fn fate(
    draft: &Draft,
    dispute: Option<&Dispute>,
    month: Month,
    earliest: &str,
    now: crate::clock::Timestamp,
) -> Fate {
    let replaced =
        dispute.is_some_and(|dispute| dispute.resolutions > draft.resolution || is_left_out(dispute));
    if replaced {
        return Fate::Ends;
    }
    let reopened = dispute.is_some_and(is_open);
    let is_due = draft.not_before <= now && earliest.parse::<Month>().is_ok_and(|earliest| earliest <= month);
    if is_due && !reopened && !draft.waits_for_a_look() { Fate::Appears } else { Fate::Waits }
}

const fn is_open(dispute: &Dispute) -> bool {
    matches!(dispute.stage, Stage::Panel(_) | Stage::Secretary(_))
}

/// How an entry says who decided it.
fn decided_word(draft: &Draft) -> &'static str {
    match draft.origin {
        Origin::Dispute => level_word(draft.level),
        Origin::Question => QUESTION,
        Origin::Informal => INFORMAL,
    }
}

/// What the journal commits to of an entry.
pub(in crate::service) fn digest(entry: &Entry) -> String {
    let text = |value: &Option<String>| value.clone().unwrap_or_default();
    let all = Canonical::new("candor library entry 1")
        .bytes(entry.id.as_bytes())
        .text(&entry.month)
        .text(&text(&entry.category))
        .text(&text(&entry.document))
        .text(&text(&entry.document_was))
        .text(&entry.one)
        .text(&entry.other)
        .text(&entry.kind)
        .text(&entry.level)
        .text(&entry.body);
    // What entries from before that were not asked adds nothing to what was committed to.
    let all = if entry.departs { all.text("departs") } else { all };
    let all = match entry.departs_from.as_str() {
        "" => all,
        entries => all.text("departs from").text(entries),
    };
    let all = match &entry.document_more {
        None => all,
        Some(more) => all.text("document").text(more),
    };
    hexadecimal(&Sha256::digest(all.finish()))
}

impl Candor {
    fn seal_link(&self, id: EntryId, case: CaseId, resolution: u32) -> Result<Vec<u8>, Problem> {
        let mut link = [0; LINK];
        let (at, number) = link.split_at_mut(16);
        at.copy_from_slice(case.as_bytes());
        number.copy_from_slice(&resolution.to_be_bytes());
        Ok(self.keys.seal(Purpose::Library, &link_at_rest(id), &link, &self.randomness)?)
    }

    fn open_link(&self, id: EntryId, sealed: &[u8]) -> Result<(CaseId, u32), Problem> {
        let link = self.keys.open(Purpose::Library, &link_at_rest(id), sealed)?;
        let (case, number) = link.split_at_checked(16).ok_or(Problem::Damaged)?;
        let case = Uuid::from_slice(case).map_err(|_| Problem::Damaged)?;
        let number: [u8; 4] = number.try_into().map_err(|_| Problem::Damaged)?;
        Ok((CaseId(case), u32::from_be_bytes(number)))
    }

    /// Runs the batch of the newest month that is due, unless it has run. Safe at any time, twice, after a
    /// pause and on several machines at once: the month is written down in the transaction that publishes.
    pub async fn publish_library(&self) -> Result<Published, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let now = self.clock.now();
        let Some(month) = Month::newest_due(&directory.calendar, now) else {
            return Ok(Published::default());
        };
        let newest = store::library::newest_month(&mut tx).await?;
        drop(tx);
        if !directory.founded || newest.is_some_and(|newest| newest >= month.to_string()) {
            return Ok(Published::default());
        }
        let day = directory.calendar.date_of(now).ok_or(Problem::Damaged)?;
        match Box::pin(self.publish_month(month, &day.to_string())).await {
            // Another machine was first.
            Err(Problem::Store(StoreError::Duplicate | StoreError::Conflict)) => Ok(Published::default()),
            Err(problem) => Err(problem),
            Ok(published) => {
                self.db.forget_traces().await?;
                Ok(published)
            }
        }
    }

    async fn publish_month(&self, month: Month, day: &str) -> Result<Published, Problem> {
        let mut tx = self.db.write().await?;
        let head = store::journal::lock_head(&mut tx).await?;
        store::library::begin_month(&mut tx, &month.to_string(), day).await?;
        let now = self.clock.now();
        let (mut due, mut waiting) = (Vec::new(), Vec::new());
        let mut drafts = store::library::take_drafts(&mut tx).await?;
        // In no order of a database's own before they are mixed.
        drafts.sort_by_key(|draft| draft.id);
        for row in drafts {
            // What this service key does not open stays where it is.
            let Ok(draft) = self.open_draft(&row) else {
                waiting.push(row);
                continue;
            };
            let loaded = match draft.case {
                Some(case) => self.load(&mut tx, case).await?,
                None => None,
            };
            let dispute = loaded.as_ref().map(|loaded| &loaded.dispute);
            match fate(&draft, dispute, month, &row.month, now) {
                Fate::Appears => due.push((row, draft)),
                Fate::Waits => waiting.push(row),
                Fate::Ends => {}
            }
        }
        // Only what comes from concerns hides what comes from concerns.
        let (from_cases, alone): (Vec<_>, Vec<_>) =
            due.into_iter().partition(|(_, draft)| draft.origin == Origin::Dispute);
        let pairs: Vec<_> = from_cases.iter().map(|(_, draft)| draft.pair.clone()).collect();
        let mut appearing: Vec<Draft> = alone.into_iter().map(|(_, draft)| draft).collect();
        for ((row, draft), appears) in from_cases.into_iter().zip(together(&pairs)) {
            if appears {
                appearing.push(draft);
            } else {
                waiting.push(row);
            }
        }
        let mut published = Published { waiting: waiting.len(), ..Published::default() };
        // How long something has waited would say how old it is.
        let next = month.next().to_string();
        for row in &mut waiting {
            if row.month < next {
                next.clone_into(&mut row.month);
            }
        }
        self.put_drafts(&mut tx, waiting).await?;
        self.randomness.shuffle("library order", &mut appearing);
        let mut digests = Vec::with_capacity(appearing.len());
        for draft in &appearing {
            let entry = self.entry(month, draft);
            // The links of entries that come from no case are as long as others, and lead nowhere.
            let case = draft.case.unwrap_or(CaseId(Uuid::nil()));
            let link = self.seal_link(entry.id, case, draft.resolution)?;
            store::library::insert_entry(&mut tx, &entry, &link).await?;
            digests.push(digest(&entry));
            published.entries += 1;
        }
        digests.sort();
        let superseded = self.supersede(&mut tx).await?;
        published.superseded = superseded.len();
        if published.entries > 0 || published.superseded > 0 {
            let act = StaffAct::LibraryPublished { month: month.to_string(), digests, superseded };
            self.record(&mut tx, head, &[(None, act.at(now))]).await?;
            store::library::raise_version(&mut tx).await?;
        }
        tx.commit().await?;
        Ok(published)
    }

    fn entry(&self, month: Month, draft: &Draft) -> Entry {
        Entry {
            id: EntryId::random(&self.randomness),
            month: month.to_string(),
            category: draft.category.as_ref().map(ToString::to_string),
            document: draft.document.as_ref().map(ToString::to_string),
            document_was: draft.document_was.clone(),
            one: draft.pair.0.to_string(),
            other: draft.pair.1.to_string(),
            kind: draft.kind.word().to_owned(),
            level: decided_word(draft).to_owned(),
            body: draft.text.as_str().to_owned(),
            state: Worth::Current.word().to_owned(),
            reason: None,
            departs: draft.departs,
            departs_from: draft.departs_from.iter().map(ToString::to_string).collect::<Vec<_>>().join(" "),
            document_more: draft.document_more.clone(),
        }
    }

    /// Marks entries whose dispute was opened again or decided anew: in the month's batch like all else, so that
    /// the mark has no time but the month either.
    async fn supersede(&self, tx: &mut Tx) -> Result<Vec<EntryId>, Problem> {
        let mut superseded = Vec::new();
        let mut last = EntryId(Uuid::nil());
        loop {
            let links = store::library::links(tx, last, PORTION).await?;
            let Some((end, _)) = links.last() else { return Ok(superseded) };
            last = *end;
            for (id, sealed) in links {
                let Ok((case, resolution)) = self.open_link(id, &sealed) else { continue };
                let Some(loaded) = self.load(tx, case).await? else { continue };
                if loaded.dispute.resolutions > resolution || is_open(&loaded.dispute) {
                    let (before, after) = (Worth::Current.word(), Worth::Superseded.word());
                    store::library::set_standing(tx, id, before, after, None).await?;
                    superseded.push(id);
                }
            }
        }
    }
}
