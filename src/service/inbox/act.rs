//! What a reporter does after the concern was opened.

use sha2::{Digest, Sha256};

use crate::cleaning::CleanFile;
use crate::crypto::canonical::Canonical;
use crate::crypto::pad::SizeClass;
use crate::crypto::secret::ReceiptKey;
use crate::crypto::service::Purpose;
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::concern::{Dispatch, HandlerConcerned, Identity, Pace};
use crate::domain::dispute::{Dispute, Refusal};
use crate::domain::follow_up::{Objection, Rating, Works};
use crate::domain::id::EnvelopeId;
use crate::domain::policy;
use crate::domain::prose::Prose;
use crate::service::cases::{Keyring, Newest, is_current, verified_readers};
use crate::service::{Candor, Problem};
use crate::store::inbox::Row;
use crate::store::{self, StoreError, Tx};

use super::visit::Visit;
use super::{Inbound, Letter, SealedAct, THE_CONCERN, WAITING_ACTS, What, act_indexes};

/// Something a reporter can do on a visit.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReporterAct {
    Answer {
        question: EnvelopeId,
        text: Prose,
    },
    Add {
        text: Prose,
    },
    /// A cleaned file; `council_only` unless its sender wants the commanders to see it.
    Attach {
        file: CleanFile,
        council_only: bool,
    },
    /// A handler is concerned after all; who, and why.
    AskForReview {
        handler: HandlerConcerned,
        text: Prose,
    },
    /// "I am being pressed": later acts go to the Council alone.
    Pressed,
    GiveName(Identity),
    /// The commanders may see the name no longer.
    WithholdName,
    Withdraw,
    /// Whether the outcome works; the words may be empty.
    CheckIn {
        works: Works,
        text: Prose,
    },
    /// To the Council's post of the other component alone.
    ReportReprisal {
        text: Prose,
    },
    DisputeOutcome {
        why: Objection,
        text: Prose,
    },
    /// What they think of the outcome, in points and words for the Council; the words may be empty.
    Rate {
        rating: Rating,
        text: Prose,
    },
}

/// What became of an act.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Acted {
    Sent,
    SentBefore,
    /// Taken back before its batch; nobody will ever see it.
    TakenBack,
}

impl What {
    /// What a reporter calls it.
    pub(super) const fn label(&self) -> &'static str {
        match self {
            Self::Answer { .. } => "Your answer",
            Self::Add => "What you added",
            Self::Attach { .. } => "A file",
            Self::AskForReview { .. } => "Your request for review",
            Self::Pressed => "Your note that you are being pressed",
            Self::GiveName { .. } => "Your name",
            Self::WithholdName => "Your wish to stop showing your name",
            Self::Withdraw => "Your withdrawal",
            Self::CheckIn { .. } => "Your word on whether it works",
            // Somebody may look on: it says no more than that it is not for the commanders.
            Self::ReportReprisal => "What you wrote to the Council",
            Self::DisputeOutcome { .. } => "Your objection to the outcome",
            Self::Rate { .. } => "Your rating of the outcome",
        }
    }
}

/// Batches shuffle. A name for the commanders and the wish that they see it no longer therefore never wait at the
/// same time: else the one that was meant to come first might come last.
fn in_one_order(act: &ReporterAct, dispute: &Dispute, waiting: &[(u8, SealedAct)]) -> Result<(), Problem> {
    let waits = |what: &What| waiting.iter().any(|(_, waiting)| waiting.what == *what);
    let problem = match act {
        ReporterAct::WithholdName if !dispute.name_for_panel => {
            return Err(Problem::Refused(Refusal::NameNotOpen));
        }
        ReporterAct::WithholdName if waits(&What::GiveName { for_panel: true }) => {
            "You have just sent your name for the commanders, and it still waits. Take that back first: \
             see “Still waiting”."
        }
        ReporterAct::GiveName(Identity { for_panel: true, .. }) if waits(&What::WithholdName) => {
            "Your wish to stop showing your name still waits. Take that back first: see “Still waiting”. \
             Or give your name for the Council only."
        }
        _ => return Ok(()),
    };
    Err(Problem::Unusable(problem.to_owned()))
}

impl Candor {
    /// Seals an act and puts it into the inbox. A second press of the same thing changes nothing.
    /// Withdrawing a concern that still waits for its batch simply takes it out again.
    pub async fn reporter_acts(
        &self,
        cookie: &str,
        act: &ReporterAct,
        dispatch: Dispatch,
    ) -> Result<Acted, Problem> {
        let visit = self.read_visit(cookie).ok_or(Problem::NotFound)?;
        self.acts_on(&visit, act, dispatch).await
    }

    pub(super) async fn acts_on(
        &self,
        visit: &Visit,
        act: &ReporterAct,
        dispatch: Dispatch,
    ) -> Result<Acted, Problem> {
        loop {
            if let Some(acted) = self.put_act(visit, act, dispatch).await? {
                return Ok(acted);
            }
        }
    }

    /// One try; none if another act of this receipt took the same place at the same moment. There is an end to
    /// that: a place that was taken is seen to be so at the next try, and there are few of them.
    async fn put_act(
        &self,
        visit: &Visit,
        act: &ReporterAct,
        dispatch: Dispatch,
    ) -> Result<Option<Acted>, Problem> {
        let mut tx = self.db.write().await?;
        let concern = self.act_id(&visit.lookup, THE_CONCERN);
        let waits = store::inbox::waits(&mut tx, &concern).await?;
        if waits && !matches!(act, ReporterAct::Withdraw | ReporterAct::Attach { .. }) {
            return Err(Problem::Unusable(
                "Your concern still waits for its batch. Until then you can only attach files or take it back."
                    .to_owned(),
            ));
        }
        if waits && *act == ReporterAct::Withdraw && store::inbox::remove(&mut tx, &concern).await? {
            self.take_back_files(&mut tx, &visit.lookup).await?;
            tx.commit().await?;
            return Ok(Some(Acted::TakenBack));
        }
        let waiting = self.waiting_acts(&mut tx, &visit.lookup).await?;
        let digest = self.digest(&visit.lookup, act);
        if waiting.iter().any(|(_, waiting)| waiting.digest == digest) {
            return Ok(Some(Acted::SentBefore));
        }
        let (index, pace, sealed) = match act {
            ReporterAct::Attach { file, council_only } => {
                self.seal_file(&mut tx, visit, file, *council_only, digest).await?
            }
            _ => self.seal_words(&mut tx, visit, act, digest, &waiting).await?,
        };
        let id = self.act_id(&visit.lookup, index);
        let body = self.seal_inbound(&id, &Inbound::Act(Box::new(sealed)))?;
        let directory = self.directory_in(&mut tx).await?;
        let mut slot = self.draw_slot(&directory.calendar, pace, dispatch);
        // Nothing arrives before the word that its writer is pressed: commanders would be told of it (AN-26).
        if let Some((pressed, _)) = waiting.iter().find(|(_, waiting)| waiting.what == What::Pressed)
            && let Some(row) = store::inbox::find(&mut tx, &self.act_id(&visit.lookup, *pressed)).await?
        {
            slot = slot.max(row.slot);
        }
        match store::inbox::insert(&mut tx, &Row { id, slot, body }).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => return Ok(None),
            Err(error) => return Err(error.into()),
        }
        tx.commit().await?;
        Ok(Some(Acted::Sent))
    }

    /// Seals an act that is all words, for a case: under which index it waits, and the case's pace.
    async fn seal_words(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        act: &ReporterAct,
        digest: [u8; 32],
        waiting: &[(u8, SealedAct)],
    ) -> Result<(u8, Pace, SealedAct), Problem> {
        let (case, loaded) = self.visited(tx, visit).await?.ok_or(Problem::NotFound)?;
        in_one_order(act, &loaded.dispute, waiting)?;
        let index = (0..WAITING_ACTS)
            .find(|index| waiting.iter().all(|(used, _)| used != index))
            .ok_or_else(|| {
                Problem::Unusable(
                    "Several things you sent still wait for their batch. Please come back after it."
                        .to_owned(),
                )
            })?;
        // Whoever says that they are pressed is heard from the same moment on, not from the batch.
        let pressed =
            loaded.dispute.pressed || waiting.iter().any(|(_, waiting)| waiting.what == What::Pressed);
        let sealed = self.seal_act(tx, visit, case, &loaded, act, digest, pressed).await?;
        Ok((index, loaded.dispute.pace, sealed))
    }

    /// Takes an act back before its batch. Returns whether it was still there.
    pub async fn take_back(&self, cookie: &str, index: u8) -> Result<bool, Problem> {
        let visit = self.read_visit(cookie).ok_or(Problem::NotFound)?;
        let mut tx = self.db.write().await?;
        let id = self.act_id(&visit.lookup, index);
        if let Some(row) = store::inbox::find(&mut tx, &id).await?
            && let Inbound::Act(act) = self.open_inbound(&id, &row.body)?
            && let Some(file) = act.file()
        {
            store::attachments::remove_waiting(&mut tx, file).await?;
        }
        let there = store::inbox::remove(&mut tx, &id).await?;
        tx.commit().await?;
        Ok(there)
    }

    /// The acts of a receipt that still wait.
    pub(super) async fn waiting_acts(
        &self,
        tx: &mut Tx,
        lookup: &[u8; 32],
    ) -> Result<Vec<(u8, SealedAct)>, Problem> {
        let mut waiting = Vec::new();
        for index in act_indexes() {
            let id = self.act_id(lookup, index);
            if let Some(row) = store::inbox::find(tx, &id).await?
                && let Inbound::Act(act) = self.open_inbound(&id, &row.body)?
            {
                waiting.push((index, *act));
            }
        }
        Ok(waiting)
    }

    #[expect(clippy::too_many_arguments, reason = "what one act has at hand")]
    async fn seal_act(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        case: crate::domain::id::CaseId,
        loaded: &crate::service::cases::Loaded,
        act: &ReporterAct,
        digest: [u8; 32],
        pressed: bool,
    ) -> Result<SealedAct, Problem> {
        let directory = self.directory_in(tx).await?;
        let mut ring = self.receipt_ring(tx, case, &visit.key).await?;
        let audience = if pressed { Audience::CouncilOnly } else { Audience::Case };
        let mut sealed =
            SealedAct { case, what: What::Add, letters: Vec::new(), audiences: Vec::new(), digest };
        let written_for = match act {
            ReporterAct::Answer { .. } | ReporterAct::Add { .. } | ReporterAct::CheckIn { .. } => {
                Some(audience)
            }
            ReporterAct::AskForReview { .. } | ReporterAct::DisputeOutcome { .. } => {
                Some(Audience::CouncilOnly)
            }
            _ => None,
        };
        if let Some(audience) = written_for {
            let newest = self.newest_audiences(tx, case).await?;
            let to = (&loaded.dispute, &loaded.subject.receipt_public[..]);
            self.freshen(&mut sealed, &mut ring, &newest, to, audience, &directory)?;
        }
        let letter_for = |audience: Audience, kind: Kind, text: &Prose| {
            self.seal_text(&ring, case, audience, kind, AuthorClass::Reporter, text.as_str().as_bytes())
                .map(Letter::of)
        };
        let letter = |kind: Kind, text: &Prose| letter_for(audience, kind, text);
        match act {
            ReporterAct::Answer { question, text } => {
                sealed.what = What::Answer { question: *question };
                sealed.letters.push(letter(Kind::Answer, text)?);
            }
            ReporterAct::Add { text } => sealed.letters.push(letter(Kind::Addition, text)?),
            ReporterAct::AskForReview { handler, text } => {
                let bypass = directory
                    .organisation()?
                    .bypass(&loaded.dispute.sides, handler)
                    .map_err(|error| Problem::Unusable(error.to_string()))?;
                sealed.what = What::AskForReview { bypass };
                // Why a handler is concerned is never for the handlers.
                sealed.letters.push(letter_for(Audience::CouncilOnly, Kind::ReviewRequest, text)?);
            }
            // Files go their own way.
            ReporterAct::Attach { .. } => return Err(Problem::Damaged),
            ReporterAct::Pressed => sealed.what = What::Pressed,
            ReporterAct::GiveName(identity) => {
                self.seal_name(tx, &mut sealed, loaded, identity, pressed, &directory).await?;
            }
            ReporterAct::WithholdName => sealed.what = What::WithholdName,
            ReporterAct::Withdraw => sealed.what = What::Withdraw,
            ReporterAct::CheckIn { works, text } => {
                sealed.what = What::CheckIn { works: *works };
                sealed.letters.push(letter(Kind::CheckIn, text)?);
            }
            ReporterAct::ReportReprisal { text } => {
                sealed.what = What::ReportReprisal;
                let whom = (Audience::Reprisal, Kind::Reprisal);
                self.seal_apart(tx, &mut sealed, loaded, whom, text, &directory).await?;
            }
            ReporterAct::Rate { rating, text } => {
                sealed.what = What::Rate { rating: *rating };
                let whom = (Audience::Ratings, Kind::Rating);
                self.seal_apart(tx, &mut sealed, loaded, whom, text, &directory).await?;
            }
            ReporterAct::DisputeOutcome { why, text } => {
                sealed.what = What::DisputeOutcome { why: *why };
                // For the level above alone: it is about those who decided.
                sealed.letters.push(letter_for(Audience::CouncilOnly, Kind::Objection, text)?);
            }
        }
        Ok(sealed)
    }

    /// If somebody has left since the newest version of an audience was made, or its texts may go before this
    /// arrives, the letter brings a version of its own: nothing may be written to the case before its batch, and nobody who left may open this.
    pub(super) fn freshen(
        &self,
        sealed: &mut SealedAct,
        ring: &mut Keyring,
        newest: &Newest,
        (dispute, receipt): (&Dispute, &[u8]),
        audience: Audience,
        directory: &crate::service::Directory,
    ) -> Result<(), Problem> {
        let wanted = policy::readers(dispute, audience, &directory.headquarters(), &directory.members);
        let wanted = verified_readers(&wanted, receipt, directory)?;
        let current = newest.get(&audience).is_some_and(|(_, readers)| is_current(readers, &wanted));
        if current && !self.needs_own_key(dispute, directory) {
            return Ok(());
        }
        let version = self.own_version(newest, audience);
        let (key, made) = self.new_audience(sealed.case, audience, version, dispute, receipt, directory)?;
        ring.add(audience, version, key);
        sealed.audiences.push(made);
        Ok(())
    }

    /// A version for an act that waits: far enough on that neither another act that waits nor a handler's
    /// writing takes it meanwhile, for it cannot be numbered anew at the batch.
    fn own_version(&self, newest: &Newest, audience: Audience) -> u32 {
        let skipped = u32::try_from(self.randomness.below("audience version", 1 << 16)).unwrap_or(0);
        let newest = newest.get(&audience).map_or(0, |(version, _)| *version);
        newest.saturating_add(2).saturating_add(skipped)
    }

    /// A name given later gets a version of its audience of its own: the receipt cannot read
    /// that audience, so it makes a key for those who can.
    async fn seal_name(
        &self,
        tx: &mut Tx,
        sealed: &mut SealedAct,
        loaded: &crate::service::cases::Loaded,
        identity: &Identity,
        pressed: bool,
        directory: &crate::service::Directory,
    ) -> Result<(), Problem> {
        let for_panel = identity.for_panel && !pressed;
        let newest = self.newest_audiences(tx, sealed.case).await?;
        let version = self.own_version(&newest, Audience::Identity);
        let readers = Dispute { name_for_panel: for_panel, ..loaded.dispute.clone() };
        let (key, audience) = self.new_audience(
            sealed.case,
            Audience::Identity,
            version,
            &readers,
            &loaded.subject.receipt_public,
            directory,
        )?;
        let text = Identity { for_panel, ..identity.clone() }.to_bytes();
        let class = SizeClass::for_length(text.len())?;
        let envelope = self.seal_under(
            &key,
            sealed.case,
            Audience::Identity,
            version,
            Kind::Identity,
            AuthorClass::Reporter,
            &text,
            class,
        )?;
        sealed.what = What::GiveName { for_panel };
        sealed.letters.push(Letter::of(envelope));
        sealed.audiences.push(audience);
        Ok(())
    }

    /// What is for fewer than the other readers gets a version of its audience of its own: a report of reprisal, for
    /// one post of the Council and the receipt (AN-23); a rating, for the Council alone.
    async fn seal_apart(
        &self,
        tx: &mut Tx,
        sealed: &mut SealedAct,
        loaded: &crate::service::cases::Loaded,
        (audience, kind): (Audience, Kind),
        text: &Prose,
        directory: &crate::service::Directory,
    ) -> Result<(), Problem> {
        let newest = self.newest_audiences(tx, sealed.case).await?;
        let version = self.own_version(&newest, audience);
        let receipt = &loaded.subject.receipt_public;
        let (key, made) =
            self.new_audience(sealed.case, audience, version, &loaded.dispute, receipt, directory)?;
        let text = text.as_str().as_bytes();
        let class = SizeClass::for_length(text.len())?;
        let author = AuthorClass::Reporter;
        let envelope = self.seal_under(&key, sealed.case, audience, version, kind, author, text, class)?;
        sealed.letters.push(Letter::of(envelope));
        sealed.audiences.push(made);
        Ok(())
    }

    fn digest(&self, lookup: &[u8; 32], act: &ReporterAct) -> [u8; 32] {
        let canonical = Canonical::new("candor act digest 1").bytes(lookup);
        let canonical = match act {
            ReporterAct::Answer { question, text } => {
                canonical.text("answer").bytes(question.as_bytes()).text(text.as_str())
            }
            ReporterAct::Add { text } => canonical.text("add").text(text.as_str()),
            ReporterAct::Attach { file, council_only } => {
                canonical.text("attach").flag(*council_only).bytes(&Sha256::digest(file.bytes()))
            }
            ReporterAct::AskForReview { handler, text } => {
                canonical.text("review").text(&handler.word()).text(text.as_str())
            }
            ReporterAct::Pressed => canonical.text("pressed"),
            ReporterAct::GiveName(identity) => canonical.text("name").bytes(&identity.to_bytes()),
            ReporterAct::WithholdName => canonical.text("withhold name"),
            ReporterAct::Withdraw => canonical.text("withdraw"),
            ReporterAct::CheckIn { works, text } => {
                canonical.text("check-in").text(works.word()).text(text.as_str())
            }
            ReporterAct::ReportReprisal { text } => canonical.text("reprisal").text(text.as_str()),
            ReporterAct::DisputeOutcome { why, text } => {
                canonical.text("objection").text(why.word()).text(text.as_str())
            }
            ReporterAct::Rate { rating, text } => {
                let points = rating.each().map(|(_, points)| u8::from(points));
                canonical.text("rating").bytes(&points).text(text.as_str())
            }
        };
        self.keys.mac(Purpose::ReceiptLookup, &canonical.finish_secret())
    }

    /// Opens every audience key that the receipt has a wrap of.
    pub(super) async fn receipt_ring(
        &self,
        tx: &mut Tx,
        case: crate::domain::id::CaseId,
        key: &ReceiptKey,
    ) -> Result<Keyring, Problem> {
        let mut ring = Keyring::default();
        for wrap in store::envelopes::wraps_for(tx, case, &Reader::Receipt).await? {
            ring.add(wrap.audience, wrap.version, self.open_wrap(&wrap, key)?);
        }
        Ok(ring)
    }
}
