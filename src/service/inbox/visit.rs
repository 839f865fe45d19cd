//! A visit by receipt: it lives in a sealed cookie and leaves no row, no count and no time.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::{Deserialize, Serialize};
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

use crate::clock::Timestamp;
use crate::crypto::attachment::Described;
use crate::crypto::receipt::{LONGEST, ReceiptError, ReceiptPhrase};
use crate::crypto::secret::ReceiptKey;
use crate::crypto::service::Purpose;
use crate::domain::audience::Kind;
use crate::domain::concern::Statement;
use crate::domain::dispute::{Dispute, Event, Facts, PerSide, Side, Stage, StageName};
use crate::domain::follow_up::Objection;
use crate::domain::id::{CaseId, EnvelopeId};
use crate::domain::policy::{self, CommandKind};
use crate::domain::prose::Prose;
use crate::service::cases::{ActionStanding, Kept, Keyring, Loaded, OutcomeWords, open_text, standing};
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store::envelopes::Envelope;
use crate::store::{self, Tx};

use super::batch::ReceiptRecord;
use super::turn::Turn;
use super::{SealedAct, SentFile, THE_CONCERN, WAITING_ACTS, What};

/// How long a visit lasts, in seconds.
const VISIT: i64 = 30 * 60;

/// How long words that opened nothing can be shown again, in seconds: long enough for the page that follows.
const REFUSED: i64 = 2 * 60;

/// Bytes that a visit's cookie carries, whatever they are: as many as the longest typed words need, and some.
const CARRIED: usize = LONGEST + 64;

/// Characters of a visit's cookie are fewer than this; what is longer is none.
const LONGEST_COOKIE: usize = 2 * CARRIED;

/// A visit, read from its cookie.
pub(super) struct Visit {
    pub lookup: [u8; 32],
    pub key: ReceiptKey,
}

impl std::fmt::Debug for Visit {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Visit(…)")
    }
}

/// What a visit's cookie carries. Filled up to [`CARRIED`] bytes, so that its length tells nothing (AN-17).
#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
struct Sealed {
    until: i64,
    what: Carried,
}

#[derive(Serialize, Deserialize, Zeroize, ZeroizeOnDrop)]
enum Carried {
    Visit {
        lookup: [u8; 32],
        key: [u8; 32],
    },
    /// What was typed and opened nothing, for the page that says so.
    Refused(String),
}

/// Why a receipt did not open anything.
#[derive(Debug, thiserror::Error)]
pub enum VisitError {
    /// What was typed is no receipt; which word is wrong.
    #[error("{0}")]
    Typed(ReceiptError),
    #[error("We do not know this receipt. Please check the words and their order.")]
    Unknown,
    #[error("{0}")]
    Problem(#[from] Problem),
}

/// A line of the thread between reporter and handlers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ThreadEntry {
    pub from_reporter: bool,
    /// The post that wrote it, or "You".
    pub label: String,
    pub text: Prose,
    /// About reprisal: shown folded away, where somebody who looks on does not see it.
    pub apart: bool,
}

/// An act that waits for its batch.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingAct {
    pub index: u8,
    pub what: String,
    pub is_a_file: bool,
}

/// What a reporter sees.
#[derive(Debug)]
pub enum ReporterView {
    /// The concern waits for its batch, with files that were attached; it can still be taken back without a trace.
    Waiting(Vec<WaitingAct>),
    Case(Box<ReporterCase>),
}

/// An opened case, as the reporter sees it.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "facts for a page, each independent of the others")]
pub struct ReporterCase {
    pub number: String,
    pub stage: StageName,
    pub statement: Option<Statement>,
    pub council_only: Option<Prose>,
    pub identity_given: bool,
    /// The posts that have to act now, in words; empty when nobody has to.
    pub who_acts: Vec<String>,
    /// Whether both sides have taken it up.
    pub acknowledged: bool,
    pub bypassed: bool,
    pub level_due: Option<Timestamp>,
    pub thread: Vec<ThreadEntry>,
    /// The files that were attached.
    pub files: Vec<SentFile>,
    pub question: Option<(EnvelopeId, Prose)>,
    pub outcome: Option<OutcomeWords>,
    pub offers: BTreeSet<CommandKind>,
    /// For which reasons the outcome can be disputed now, and until when.
    pub objections: Vec<(Objection, Timestamp)>,
    /// Where each action of the outcome stands, in its order.
    pub actions: Vec<ActionStanding>,
    pub turn: Turn,
    /// What is gone, and what is kept longer.
    pub kept: Kept,
    /// Who would read a report of reprisal.
    pub reprisal_reader: String,
    pub waiting: Vec<WaitingAct>,
    /// Why earlier acts were refused at their batch.
    pub refused: Vec<String>,
    /// Which posts looked at the name that was given.
    pub name_shown_to: Vec<String>,
    pub pressed: bool,
    pub components: PerSide<String>,
    pub now: Timestamp,
}

impl Candor {
    /// Opens a visit by its receipt and returns what its cookie holds.
    pub async fn open_visit(&self, typed: &str) -> Result<String, VisitError> {
        match self.try_receipt(typed).await? {
            (cookie, None) => Ok(cookie),
            (_, Some(refused)) => Err(refused),
        }
    }

    /// What the cookie holds with which words that were typed are answered, right or wrong: of one length, after
    /// the same work (AN-17). Only what is too long for any receipt is refused at once.
    pub async fn answer_receipt(&self, typed: &str) -> Result<String, VisitError> {
        self.try_receipt(typed).await.map(|(cookie, _)| cookie)
    }

    async fn try_receipt(&self, typed: &str) -> Result<(String, Option<VisitError>), VisitError> {
        let (phrase, misspelt) = match ReceiptPhrase::parse(typed) {
            Ok(phrase) => (phrase, None),
            Err(error @ ReceiptError::TooLong) => return Err(VisitError::Typed(error)),
            Err(error) => (ReceiptPhrase::stand_in(), Some(VisitError::Typed(error))),
        };
        let (lookup, key) = phrase.keys(self.deployment);
        let mut tx = self.db.read().await.map_err(Problem::from)?;
        // Both look-ups are always made, so that right and wrong take the same time (AN-17).
        let opened = store::inbox::opens(&mut tx, &self.resting_lookup(&lookup)).await;
        let waiting = store::inbox::waits(&mut tx, &self.act_id(&lookup, THE_CONCERN)).await;
        let there = opened.map_err(Problem::from)? | waiting.map_err(Problem::from)?;
        let refused = misspelt.or((!there).then_some(VisitError::Unknown));
        let what = if refused.is_none() {
            Carried::Visit { lookup, key: *key.expose() }
        } else {
            Carried::Refused(typed.to_owned())
        };
        let lasts = if refused.is_none() { VISIT } else { REFUSED };
        let cookie = self.visit_cookie(&Sealed { until: self.clock.now().plus(lasts).0, what })?;
        Ok((cookie, refused))
    }

    fn visit_cookie(&self, sealed: &Sealed) -> Result<String, Problem> {
        // As large as it gets from the beginning: what grows leaves copies behind.
        let mut bytes = Zeroizing::new(vec![0; CARRIED]);
        postcard::to_slice(sealed, &mut bytes).map_err(|_| Problem::Damaged)?;
        // Shorter than hexadecimal digits: every header of an answer has to fit into 4 KiB, or some proxies refuse it.
        Ok(URL_SAFE_NO_PAD.encode(self.keys.seal(Purpose::Visit, b"", &bytes, &self.randomness)?))
    }

    fn carried(&self, cookie: &str) -> Option<Sealed> {
        if cookie.len() > LONGEST_COOKIE {
            return None;
        }
        let sealed = URL_SAFE_NO_PAD.decode(cookie).ok()?;
        let bytes =
            self.keys.open(Purpose::Visit, b"", &sealed).ok().filter(|bytes| bytes.len() == CARRIED)?;
        let sealed: Sealed = postcard::from_bytes(&bytes).ok()?;
        (sealed.until > self.clock.now().0).then_some(sealed)
    }

    /// Reads a visit's cookie; nothing if it is forged or its time is over, or if it holds no visit.
    pub(super) fn read_visit(&self, cookie: &str) -> Option<Visit> {
        match &self.carried(cookie)?.what {
            Carried::Visit { lookup, key } => {
                Some(Visit { lookup: *lookup, key: ReceiptKey::from_bytes(*key) })
            }
            Carried::Refused(_) => None,
        }
    }

    /// What was typed and opened nothing, and why, from the cookie that answered it.
    #[must_use]
    pub fn refused_receipt(&self, cookie: &str) -> Option<(Zeroizing<String>, VisitError)> {
        let sealed = self.carried(cookie)?;
        let Carried::Refused(typed) = &sealed.what else { return None };
        let why = ReceiptPhrase::parse(typed).map_or_else(VisitError::Typed, |_| VisitError::Unknown);
        Some((Zeroizing::new(typed.clone()), why))
    }

    /// The case that a visit is about.
    pub(super) async fn visited(
        &self,
        tx: &mut Tx,
        visit: &Visit,
    ) -> Result<Option<(CaseId, Loaded)>, Problem> {
        let lookup = self.resting_lookup(&visit.lookup);
        let Some(body) = store::inbox::find_receipt(tx, &lookup).await? else { return Ok(None) };
        let record = self.keys.open(Purpose::Receipt, &lookup, &body)?;
        let record: ReceiptRecord = postcard::from_bytes(&record).map_err(|_| Problem::Damaged)?;
        let loaded = self.load(tx, record.case).await?.ok_or(Problem::Damaged)?;
        Ok(Some((record.case, loaded)))
    }

    /// What a reporter sees on a visit. None if the visit is over.
    pub async fn visit(&self, cookie: &str) -> Result<Option<ReporterView>, Problem> {
        let Some(visit) = self.read_visit(cookie) else { return Ok(None) };
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let Some((case, loaded)) = self.visited(&mut tx, &visit).await? else {
            if !store::inbox::waits(&mut tx, &self.act_id(&visit.lookup, THE_CONCERN)).await? {
                return Ok(None);
            }
            let Some(concern) = self.waiting_concern(&mut tx, &visit).await? else { return Ok(None) };
            let mut ring = Keyring::default();
            self.add_own(&mut ring, concern.case, &concern.audiences, &visit)?;
            let waiting = self.waiting_acts(&mut tx, &visit.lookup).await?;
            return Ok(Some(ReporterView::Waiting(self.in_words(&mut ring, waiting, &visit)?)));
        };
        let mut ring = self.receipt_ring(&mut tx, case, &visit.key).await?;
        let events = self.events(&mut tx, case).await?;
        let envelopes = store::envelopes::of_case(&mut tx, case).await?;
        let waiting = self.waiting_acts(&mut tx, &visit.lookup).await?;
        let waiting = self.in_words(&mut ring, waiting, &visit)?;
        let mut refused = Vec::new();
        // The first ones are where they rested before they could be found from the case.
        let places = (0..WAITING_ACTS).map(|index| self.act_id(&visit.lookup, index));
        for id in places.chain(self.refused_ids(&self.resting_lookup(&visit.lookup))) {
            if let Some(body) = store::inbox::find_refused(&mut tx, &id).await? {
                let words = self.keys.open(Purpose::Receipt, &id, &body)?;
                refused.push(String::from_utf8_lossy(&words).into_owned());
            }
        }
        drop(tx);
        let reading = Reading { candor: self, ring: &ring, envelopes: &envelopes };
        let dispute = &loaded.dispute;
        let facts = Facts {
            now: self.clock.now(),
            calendar: &directory.calendar,
            members: &directory.acting,
            fresh: false,
        };
        let component = |side: Side| directory.component_name(&dispute.sides.get(side).component);
        let mut view = ReporterCase {
            number: loaded.row.number.clone(),
            stage: dispute.stage_name(),
            statement: reading.json(Kind::Statement)?,
            council_only: reading.json(Kind::CouncilOnly)?,
            identity_given: dispute.name_for_panel
                || events.iter().any(|(_, event)| {
                    matches!(
                        event,
                        Event::NameGiven { .. } | Event::NameWithheld { .. } | Event::IdentityShown { .. }
                    )
                }),
            who_acts: who_acts(dispute, &directory),
            acknowledged: acknowledged(dispute),
            bypassed: dispute.bypass.field,
            level_due: dispute.level_due(),
            thread: Vec::new(),
            files: Vec::new(),
            question: None,
            outcome: reading.json(Kind::OutcomeWords)?,
            offers: policy::reporter_offers(dispute, &facts),
            objections: dispute.objections(&facts),
            actions: standing(dispute, &events, facts.now),
            turn: Turn::of(dispute, &directory),
            kept: Kept::for_the_reporter(dispute, &directory),
            reprisal_reader: directory.post_name(&dispute.reprisal_post()),
            waiting,
            refused,
            name_shown_to: Vec::new(),
            pressed: dispute.pressed,
            components: PerSide { raising: component(Side::Raising), concerned: component(Side::Concerned) },
            now: self.clock.now(),
        };
        reading.fill(&events, dispute, &directory, &mut view)?;
        Ok(Some(ReporterView::Case(Box::new(view))))
    }

    /// What waits, as its sender may see it.
    fn in_words(
        &self,
        ring: &mut Keyring,
        waiting: Vec<(u8, SealedAct)>,
        visit: &Visit,
    ) -> Result<Vec<WaitingAct>, Problem> {
        let mut words = Vec::new();
        // Whoever looks on must not learn that somebody said they are pressed (AN-26).
        for (index, act) in waiting.into_iter().filter(|(_, act)| act.what != What::Pressed) {
            let label = act.what.label();
            let what = match self.sent_file(ring, &act, visit)? {
                Some(file) => format!("{label}: {}", file.words()),
                None => label.to_owned(),
            };
            words.push(WaitingAct { index, what, is_a_file: act.file().is_some() });
        }
        Ok(words)
    }
}

struct Reading<'a> {
    candor: &'a Candor,
    ring: &'a Keyring,
    envelopes: &'a [Envelope],
}

impl Reading<'_> {
    /// The newest text of a kind.
    fn json<T: serde::de::DeserializeOwned>(&self, kind: Kind) -> Result<Option<T>, Problem> {
        let newest = self.envelopes.iter().rfind(|envelope| envelope.kind == kind);
        let Some(envelope) = newest else { return Ok(None) };
        let Some(bytes) = open_text(self.candor, self.ring, envelope)? else { return Ok(None) };
        serde_json::from_slice(&bytes).map(Some).map_err(|_| Problem::Damaged)
    }

    fn prose(&self, id: EnvelopeId) -> Result<Option<Prose>, Problem> {
        let Some(envelope) = self.envelopes.iter().find(|envelope| envelope.id == id) else {
            return Ok(None);
        };
        let Some(bytes) = open_text(self.candor, self.ring, envelope)? else { return Ok(None) };
        let text = std::str::from_utf8(&bytes).map_err(|_| Problem::Damaged)?;
        Prose::parse_optional(text, usize::MAX / 16).map(Some).map_err(|_| Problem::Damaged)
    }

    fn fill(
        &self,
        events: &[(u32, Event)],
        dispute: &Dispute,
        directory: &Directory,
        view: &mut ReporterCase,
    ) -> Result<(), Problem> {
        for (_, event) in events {
            let (from_reporter, label, id) = match event {
                Event::Asked { seat, question: id, .. }
                | Event::Written { seat, message: id, to_reporter: true, .. }
                | Event::ReprisalAnswered { seat, message: id, .. } => {
                    (false, directory.post_name(&seat.post), *id)
                }
                Event::CheckedIn { works, words: id, .. } => {
                    (true, format!("You: {}", works.label().to_lowercase()), *id)
                }
                Event::Answered { answer: id, .. }
                | Event::Added { addition: id, .. }
                | Event::ReviewAsked { request: id, .. }
                | Event::ReprisalReported { report: id, .. }
                | Event::OutcomeDisputed { words: id, .. } => (true, "You".to_owned(), *id),
                Event::Attached { attachment, .. } => {
                    let Some(envelope) = self.envelopes.iter().find(|one| one.id == *attachment) else {
                        continue;
                    };
                    if let Some(text) = open_text(self.candor, self.ring, envelope)? {
                        view.files.push(SentFile::of(&Described::from_bytes(&text)?));
                    }
                    continue;
                }
                Event::IdentityShown { seat, .. } => {
                    view.name_shown_to.push(directory.post_name(&seat.post));
                    continue;
                }
                _ => continue,
            };
            if let Some(text) = self.prose(id)? {
                if dispute.question == Some(id) {
                    view.question = Some((id, text.clone()));
                }
                let apart = matches!(event, Event::ReprisalReported { .. } | Event::ReprisalAnswered { .. });
                view.thread.push(ThreadEntry { from_reporter, label, text, apart });
            }
        }
        Ok(())
    }
}

fn who_acts(dispute: &Dispute, directory: &Directory) -> Vec<String> {
    match &dispute.stage {
        Stage::Panel(panel) => {
            Side::BOTH.iter().map(|side| directory.post_name(&panel.sides.get(*side).post)).collect()
        }
        Stage::Secretary(_) => vec![directory.post_name(&crate::domain::id::PostId::Secretary)],
        Stage::Resolved(_) | Stage::Closed(_) => Vec::new(),
    }
}

fn acknowledged(dispute: &Dispute) -> bool {
    match &dispute.stage {
        Stage::Panel(panel) => Side::BOTH.iter().all(|side| panel.sides.get(*side).acknowledged.is_some()),
        _ => true,
    }
}
