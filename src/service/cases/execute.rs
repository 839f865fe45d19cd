//! The one way any command runs: load, decide, seal, write, in one transaction.

use std::collections::{BTreeMap, BTreeSet};

use serde::{Deserialize, Serialize};

use crate::crypto::audience::VerifiedReader;
use crate::crypto::canonical::Canonical;
use crate::crypto::secret::{AudienceKey, ReaderPublicKey};
use crate::crypto::service::Purpose;
use crate::domain::audience::{Audience, Reader};
use crate::domain::dispute::{self, Actor, Command, Dispute, Event, Facts, Opening, Seat};
use crate::domain::id::{CaseId, CategoryId, DocumentId};
use crate::domain::policy;
use crate::service::accounts::SignedIn;
use crate::service::directory::Directory;
use crate::service::inbox::{SealedAct, SealedConcern};
use crate::service::record::Entry;
use crate::service::{Candor, Problem};
use crate::store::inbox::ActId;
use crate::store::{self, StoreError, Tx};

use super::keyring::{Keyring, wrap_for};
use super::making::{HandlerAct, Made, Moment};
use super::retention::is_renewed;

/// How often a command is decided again when somebody else was first.
const ATTEMPTS: u32 = 3;

/// A week, for the one time of a reporter's act that is kept in clear.
const WEEK: i64 = 7 * crate::clock::DAY;

/// What is to be done to a case, and by whom.
#[derive(Debug)]
pub enum Deed<'a> {
    /// A batch opens a concern.
    Open { inbox: ActId, concern: &'a SealedConcern },
    /// A batch brings a later act of the reporter.
    Reporter { inbox: ActId, act: &'a SealedAct },
    /// A handler acts from one of their posts, on what they saw of the case.
    Handler { signed_in: &'a SignedIn, seat: &'a Seat, seen: u32, act: &'a HandlerAct },
    /// Time has passed.
    Sweep,
    /// The time of something has come to be destroyed.
    Destroy,
}

/// What is kept of a case under the service key, beside its fold.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(in crate::service) struct Subject {
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    /// So that a new version of an audience can be wrapped for the receipt.
    pub receipt_public: Vec<u8>,
    /// Where its receipt rests, so that both go together. None in rows from before this was kept, and once it is gone.
    #[serde(default)]
    pub receipt: Option<[u8; 32]>,
}

/// A case as loaded in a transaction.
#[derive(Debug)]
pub(in crate::service) struct Loaded {
    pub row: store::cases::Row,
    pub dispute: Dispute,
    pub subject: Subject,
}

/// The newest version of each audience, and whom it is wrapped for by which version of their own keys.
pub(in crate::service) type Newest = BTreeMap<Audience, (u32, BTreeMap<Reader, u32>)>;

pub(in crate::service) fn associated(case: CaseId, what: &str) -> Vec<u8> {
    Canonical::new("candor case row 1").bytes(case.as_bytes()).text(what).finish()
}

impl Candor {
    /// Runs a command on a case. Whatever the clock has due comes first.
    pub async fn execute(&self, case: CaseId, deed: &Deed<'_>) -> Result<(), Problem> {
        if matches!(deed, Deed::Handler { .. } | Deed::Reporter { .. }) {
            self.sweep_if_due(case).await?;
        }
        self.execute_only(case, deed).await
    }

    async fn sweep_if_due(&self, case: CaseId) -> Result<(), Problem> {
        let mut tx = self.db.read().await?;
        let row = store::cases::find(&mut tx, case).await?;
        drop(tx);
        if row.and_then(|row| row.next_due).is_some_and(|due| due <= self.clock.now()) {
            match self.execute_only(case, &Deed::Sweep).await {
                Ok(()) | Err(Problem::Refused(dispute::Refusal::NothingDue)) => {}
                Err(problem) => return Err(problem),
            }
        }
        Ok(())
    }

    async fn execute_only(&self, case: CaseId, deed: &Deed<'_>) -> Result<(), Problem> {
        let mut attempt = 1;
        loop {
            // On the heap: what one attempt has at hand would make every caller's future large.
            match Box::pin(self.attempt(case, deed)).await {
                // A taken case number, too, is cured by drawing again.
                Err(Problem::Store(StoreError::Conflict | StoreError::Duplicate)) if attempt < ATTEMPTS => {
                    attempt += 1;
                }
                result => return result,
            }
        }
    }

    async fn attempt(&self, case: CaseId, deed: &Deed<'_>) -> Result<(), Problem> {
        let now = self.clock.now();
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let loaded = self.load(&mut tx, case).await?;
        let facts = Facts {
            now,
            calendar: &directory.calendar,
            members: &directory.acting,
            fresh: matches!(deed, Deed::Handler { signed_in, .. } if signed_in.fresh),
        };
        let before = loaded.as_ref().map(|loaded| &loaded.dispute);
        let (actor, mut made) = match deed {
            Deed::Open { concern, .. } => {
                if loaded.is_some() {
                    return Err(Problem::Store(StoreError::Duplicate));
                }
                // The standards in force when it opens, not when it was sent.
                let standards = directory.standards(concern.opening.pace);
                let opening = Opening { standards, ..concern.opening.clone() };
                (Actor::Batch, Made::only(Command::Open(opening)))
            }
            // Its concern was held back: it comes to the case that opens later.
            Deed::Reporter { .. } if loaded.is_none() => return Err(Problem::NotFound),
            Deed::Reporter { act, .. } => (Actor::Reporter, act.made(case)?),
            Deed::Sweep => (Actor::Clock, Made::only(Command::Sweep)),
            Deed::Destroy => {
                let loaded = loaded.as_ref().ok_or(Problem::NotFound)?;
                (Actor::Clock, Made::only(self.destruction(&mut tx, loaded, &directory).await?))
            }
            Deed::Handler { signed_in, seat, seen, act } => {
                let loaded = loaded.as_ref().ok_or(Problem::NotFound)?;
                if !policy::sees_case(&loaded.dispute, seat) || !directory.seats(seat.account).contains(seat)
                {
                    return Err(Problem::NotFound);
                }
                // Somebody may have left since: what is written now must not be for them.
                let mut renewed = Keyring::default();
                self.renew_audiences(
                    &mut tx,
                    case,
                    &loaded.dispute,
                    &loaded.subject,
                    &directory,
                    &mut renewed,
                )
                .await?;
                if act.needs_unmoved() {
                    self.unmoved(&mut tx, case, seat, &loaded.dispute, *seen, &directory).await?;
                }
                let made = self.make(&mut tx, signed_in, seat, loaded, Moment { head, now }, act).await?;
                (Actor::Handler((*seat).clone()), made)
            }
        };
        let events = dispute::decide(before, &actor, &made.command, &facts)?;
        let (after, first_version) = fold(before, &events).ok_or(Problem::Damaged)?;
        let entries: Vec<_> = events
            .iter()
            .zip(first_version..)
            .map(|(event, version)| (Some((case, version)), Entry::Case(event.clone())))
            .collect();
        let head = self.record(&mut tx, head, &entries).await?;

        let subject = match (&loaded, deed) {
            (Some(loaded), _) => loaded.subject.clone(),
            (None, Deed::Open { concern, .. }) => concern.subject(),
            (None, _) => return Err(Problem::Damaged),
        };
        let number = loaded.as_ref().map_or_else(|| self.draw_number(), |loaded| loaded.row.number.clone());
        let row =
            self.row(case, number, &after, &subject, loaded.as_ref().map(|loaded| &loaded.row), &directory)?;
        match before {
            None => store::cases::insert(&mut tx, &row).await?,
            Some(before) => store::cases::update(&mut tx, &row, before.version).await?,
        }
        if let Deed::Open { concern, .. } = deed {
            self.store_concern(&mut tx, concern, after.version).await?;
        }
        for (audience, version, wraps) in made.new_audiences.drain(..) {
            for wrap in wraps {
                self.store_wrap(&mut tx, case, audience, version, wrap).await?;
            }
        }
        for mut letter in made.letters.drain(..) {
            letter.case_version = after.version;
            store::envelopes::insert(&mut tx, &letter).await?;
        }
        if let Command::Attach { attachment, .. } = &made.command {
            store::attachments::open(&mut tx, *attachment).await?;
        }
        let told = self.outcome(&mut tx, &row, &after, &events, &made.keyring, &directory).await?;
        self.record(&mut tx, head, &told).await?;
        if !matches!(deed, Deed::Destroy) {
            self.renew_audiences(&mut tx, case, &after, &subject, &directory, &mut made.keyring).await?;
        }
        self.hand_down(&mut tx, &row, &after, &events, &made.keyring).await?;
        store::cases::set_waiting(&mut tx, case, &after.waiting()).await?;
        if let Deed::Open { inbox, .. } | Deed::Reporter { inbox, .. } = deed
            && !store::inbox::remove(&mut tx, inbox).await?
        {
            // Taken back, or taken by another node's batch: then this one does nothing.
            return Err(Problem::NotFound);
        }
        tx.commit().await?;
        Ok(())
    }

    /// Reads a case and its fold.
    pub(in crate::service) async fn load(
        &self,
        tx: &mut Tx,
        case: CaseId,
    ) -> Result<Option<Loaded>, Problem> {
        let Some(row) = store::cases::find(tx, case).await? else { return Ok(None) };
        let (dispute, subject) = (self.fold_of(case, &row.state)?, self.subject_of(&row)?);
        Ok(Some(Loaded { row, dispute, subject }))
    }

    /// What a case is about, from its sealed row.
    pub(in crate::service) fn subject_of(&self, row: &store::cases::Row) -> Result<Subject, Problem> {
        let subject = self.keys.open(Purpose::CaseRow, &associated(row.id, "subject"), &row.subject)?;
        serde_json::from_slice(&subject).map_err(|_| Problem::Damaged)
    }

    /// The fold of a case, from its sealed row.
    pub(super) fn fold_of(&self, case: CaseId, sealed: &[u8]) -> Result<Dispute, Problem> {
        let state = self.keys.open(Purpose::CaseRow, &associated(case, "state"), sealed)?;
        serde_json::from_slice(&state).map_err(|_| Problem::Damaged)
    }

    /// Where a case stands, whoever asks: for the program itself, never for a page.
    pub async fn dispute(&self, number: &str) -> Result<Dispute, Problem> {
        let mut tx = self.db.read().await?;
        let case = store::cases::by_number(&mut tx, number).await?.ok_or(Problem::NotFound)?;
        Ok(self.load(&mut tx, case).await?.ok_or(Problem::NotFound)?.dispute)
    }

    fn row(
        &self,
        case: CaseId,
        number: String,
        after: &Dispute,
        subject: &Subject,
        old: Option<&store::cases::Row>,
        directory: &Directory,
    ) -> Result<store::cases::Row, Problem> {
        let state = serde_json::to_vec(after).map_err(|_| Problem::Damaged)?;
        let sealed_subject = if let Some(old) = old {
            old.subject.clone()
        } else {
            let text = serde_json::to_vec(subject).map_err(|_| Problem::Damaged)?;
            self.keys.seal(Purpose::CaseRow, &associated(case, "subject"), &text, &self.randomness)?
        };
        Ok(store::cases::Row {
            id: case,
            number,
            version: after.version,
            stage: after.stage_name(),
            pace: after.pace.word().to_owned(),
            raising_unit: after.sides.raising.unit.clone(),
            concerned_unit: after.sides.concerned.unit.clone(),
            level_due: after.level_due(),
            next_due: after.next_due(&directory.calendar),
            retain_due: after.retain_due(&directory.calendar),
            released_week: after.opened.0.div_euclid(WEEK),
            state: self.keys.seal(Purpose::CaseRow, &associated(case, "state"), &state, &self.randomness)?,
            subject: sealed_subject,
        })
    }

    /// Three letters and four digits, unrelated to anything (AN-10). Letters that read as digits are left out.
    fn draw_number(&self) -> String {
        const LETTERS: &[u8] = b"ABCDEFGHJKLMNPQRSTUVWXYZ";
        let mut number = String::with_capacity(8);
        for _ in 0..3 {
            let index = self.randomness.below("case number", LETTERS.len() as u64);
            let letter = usize::try_from(index).ok().and_then(|index| LETTERS.get(index)).copied();
            number.push(char::from(letter.unwrap_or(b'A')));
        }
        number.push('-');
        for _ in 0..4 {
            number
                .push(char::from(b'0' + u8::try_from(self.randomness.below("case number", 10)).unwrap_or(0)));
        }
        number
    }

    /// The newest versions of a case's audiences.
    pub(in crate::service) async fn newest_audiences(
        &self,
        tx: &mut Tx,
        case: CaseId,
    ) -> Result<Newest, Problem> {
        let mut newest = Newest::new();
        for (audience, version, reader, key_version) in store::envelopes::readers(tx, case).await? {
            let entry = newest.entry(audience).or_insert_with(|| (version, BTreeMap::new()));
            if version > entry.0 {
                *entry = (version, BTreeMap::new());
            }
            if version == entry.0 {
                entry.1.insert(reader, key_version);
            }
        }
        Ok(newest)
    }

    /// Gives every audience whose readers or their keys have changed a new version, for everything written
    /// after. Public keys suffice, so this needs nobody's private key. The new keys join the ring, for
    /// what the acting person hands down.
    async fn renew_audiences(
        &self,
        tx: &mut Tx,
        case: CaseId,
        after: &Dispute,
        subject: &Subject,
        directory: &Directory,
        ring: &mut Keyring,
    ) -> Result<(), Problem> {
        // Names are written under versions of their own (see inbox), never under a renewed one; reports of
        // reprisal as well, but the answers to them are not.
        const RENEWED: [Audience; 7] = [
            Audience::Case,
            Audience::Room,
            Audience::CouncilOnly,
            Audience::Deliberation,
            Audience::Outcome,
            Audience::Group,
            Audience::Reprisal,
        ];
        let newest = self.newest_audiences(tx, case).await?;
        let headquarters = directory.headquarters();
        for audience in RENEWED.into_iter().filter(|audience| is_renewed(after, *audience)) {
            let wanted = policy::readers(after, audience, &headquarters, &directory.members);
            let verified = verified_readers(&wanted, &subject.receipt_public, directory)?;
            let version = match newest.get(&audience) {
                _ if verified.is_empty() => continue,
                Some((_, readers)) if is_current(readers, &verified) => continue,
                Some((version, _)) => version + 1,
                // A report of reprisal brings the first one.
                None if audience == Audience::Reprisal => continue,
                None => 1,
            };
            let key = AudienceKey::random(&self.randomness, "audience key");
            for (reader, verified) in &verified {
                let wrap = wrap_for(self, &key, case, audience, version, reader, verified)?;
                self.store_wrap(tx, case, audience, version, wrap).await?;
            }
            ring.add(audience, version, key);
        }
        Ok(())
    }

    /// "Somebody acted first": compares what the person saw with what there is for them to see now.
    async fn unmoved(
        &self,
        tx: &mut Tx,
        case: CaseId,
        seat: &Seat,
        dispute: &Dispute,
        seen: u32,
        directory: &Directory,
    ) -> Result<(), Problem> {
        let history = self.history(tx, case, seat, dispute, directory).await?;
        let seen = usize::try_from(seen).unwrap_or(usize::MAX);
        if history.len() > seen {
            return Err(Problem::Moved(history.into_iter().skip(seen).map(|(_, words)| words).collect()));
        }
        Ok(())
    }
}

/// Applies events and returns the state with the version of the first of them.
fn fold(before: Option<&Dispute>, events: &[Event]) -> Option<(Dispute, u32)> {
    match before {
        None => Dispute::fold(events).map(|after| (after, 1)),
        Some(before) => {
            let mut after = before.clone();
            for event in events {
                after.apply(event);
            }
            Some((after, before.version + 1))
        }
    }
}

/// Whether an audience is wrapped for exactly these readers, under the keys that they have now.
pub(in crate::service) fn is_current(
    wrapped: &BTreeMap<Reader, u32>,
    wanted: &BTreeMap<Reader, VerifiedReader>,
) -> bool {
    wrapped.len() == wanted.len()
        && wanted.iter().all(|(reader, verified)| wrapped.get(reader) == Some(&verified.key_version()))
}

/// The readers that have a key whose approvals lead to the founding leads. A post that nobody
/// has taken up yet has none, and nothing can be wrapped for it.
pub(in crate::service) fn verified_readers(
    wanted: &BTreeSet<Reader>,
    receipt_public: &[u8],
    directory: &Directory,
) -> Result<BTreeMap<Reader, VerifiedReader>, Problem> {
    let mut verified = BTreeMap::new();
    for reader in wanted {
        let found = match reader {
            // Keys that everybody has lost or left are nobody's to seal for.
            Reader::Post(post) => directory.trust.reader(post).filter(|_| directory.count(post) > 0),
            Reader::Account(account) => directory.trust.account(account),
            // It opens the case no longer.
            Reader::Receipt if receipt_public.is_empty() => None,
            Reader::Receipt => {
                Some(VerifiedReader::receipt_from_record(ReaderPublicKey::from_bytes(receipt_public)?))
            }
        };
        if let Some(found) = found {
            verified.insert(reader.clone(), found);
        }
    }
    Ok(verified)
}
