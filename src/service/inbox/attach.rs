//! Files that a reporter attaches, to a case or to a concern that still waits for its batch.

use crate::cleaning::CleanFile;
use crate::crypto::attachment::{AttachmentContext, Described, Pieces};
use crate::crypto::service::Purpose;
use crate::domain::attachment::{FileKind, MOST, size_label};
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::concern::{Dispatch, Pace};
use crate::domain::dispute::{Dispute, Facts};
use crate::domain::id::{CaseId, EnvelopeId};
use crate::domain::policy::{self, CommandKind};
use crate::service::cases::{Keyring, Newest, open_text, piece_at_rest};
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store::attachments::Piece;
use crate::store::{self, Tx};

use super::visit::Visit;
use super::{
    Acted, FIRST_FILE, Inbound, Letter, ReporterAct, SealedAct, SealedAudience, SealedConcern, THE_CONCERN,
    What,
};

/// A visit on which a file is being sent; it stays open until the file has come.
#[derive(Debug)]
pub struct Attaching(Visit);

/// A file that a reporter has sent.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SentFile {
    pub kind: FileKind,
    /// In bytes, as it is kept.
    pub length: u32,
    /// As its sender chose it. If they are pressed no commander reads it, and nothing here shows that (AN-26).
    pub council_only: bool,
}

impl SentFile {
    pub(super) const fn of(described: &Described) -> Self {
        Self { kind: described.kind, length: described.length, council_only: !described.for_commanders }
    }

    /// What it is, how large, and who reads it.
    #[must_use]
    pub fn words(&self) -> String {
        let readers = if self.council_only { "for the Council only" } else { "for all who handle it" };
        format!("{}, {}, {readers}", self.kind.label(), size_label(u64::from(self.length)))
    }
}

/// What a file is written to: a case, or a concern as it will open.
pub(super) struct Written {
    pub case: CaseId,
    pub dispute: Dispute,
    pub receipt_public: Vec<u8>,
    pub ring: Keyring,
    pub newest: Newest,
}

const FULL: &str = "You have attached ten files; there is no room for more. Take one back that still waits, or \
                    write what it shows.";
const OVER: &str = "Files can be attached as long as the case is open. You can still write.";

impl Candor {
    /// Whether a file may be attached on a visit, before it is sent.
    pub async fn attaching(&self, cookie: &str) -> Result<Attaching, Problem> {
        let visit = self.read_visit(cookie).ok_or(Problem::NotFound)?;
        let mut tx = self.db.read().await?;
        let written = self.written_to(&mut tx, &visit).await?;
        self.room_for_a_file(&mut tx, &visit, &written).await?;
        Ok(Attaching(visit))
    }

    /// Seals a cleaned file and puts it into the inbox. The same file again changes nothing.
    pub async fn attach(
        &self,
        attaching: &Attaching,
        file: CleanFile,
        council_only: bool,
    ) -> Result<Acted, Problem> {
        let act = ReporterAct::Attach { file, council_only };
        self.acts_on(&attaching.0, &act, Dispatch::Mixed).await
    }

    /// The case of a visit, or its concern that waits.
    async fn written_to(&self, tx: &mut Tx, visit: &Visit) -> Result<Written, Problem> {
        if let Some((case, loaded)) = self.visited(tx, visit).await? {
            return Ok(Written {
                case,
                ring: self.receipt_ring(tx, case, &visit.key).await?,
                newest: self.newest_audiences(tx, case).await?,
                dispute: loaded.dispute,
                receipt_public: loaded.subject.receipt_public,
            });
        }
        let concern = self.waiting_concern(tx, visit).await?.ok_or(Problem::NotFound)?;
        let directory = self.directory_in(tx).await?;
        let mut ring = Keyring::default();
        self.add_own(&mut ring, concern.case, &concern.audiences, visit)?;
        let newest = concern.audiences.iter().map(|audience| {
            let readers = audience.wraps.iter().map(|(reader, version, _)| (reader.clone(), *version));
            (audience.audience, (audience.version, readers.collect()))
        });
        Ok(Written {
            case: concern.case,
            dispute: directory.as_opened(concern.opening.clone(), self.clock.now())?,
            receipt_public: concern.receipt_public.clone(),
            ring,
            newest: newest.collect(),
        })
    }

    /// The concern of a visit while it waits.
    pub(super) async fn waiting_concern(
        &self,
        tx: &mut Tx,
        visit: &Visit,
    ) -> Result<Option<Box<SealedConcern>>, Problem> {
        let id = self.act_id(&visit.lookup, THE_CONCERN);
        let Some(row) = store::inbox::find(tx, &id).await? else { return Ok(None) };
        match self.open_inbound(&id, &row.body)? {
            Inbound::Concern(concern) => Ok(Some(concern)),
            Inbound::Act(_) => Err(Problem::Damaged),
        }
    }

    /// Opens the keys that a concern or an act brings along, as far as they are for the receipt.
    pub(super) fn add_own(
        &self,
        ring: &mut Keyring,
        case: CaseId,
        audiences: &[SealedAudience],
        visit: &Visit,
    ) -> Result<(), Problem> {
        for SealedAudience { audience, version, wraps } in audiences {
            for wrap in wraps.iter().filter(|(reader, ..)| *reader == Reader::Receipt) {
                ring.add(
                    *audience,
                    *version,
                    self.open_new_wrap(case, *audience, *version, wrap, &visit.key)?,
                );
            }
        }
        Ok(())
    }

    /// The index under which one more file waits.
    async fn room_for_a_file(&self, tx: &mut Tx, visit: &Visit, written: &Written) -> Result<u8, Problem> {
        let directory = self.directory_in(tx).await?;
        let facts = Facts {
            now: self.clock.now(),
            calendar: &directory.calendar,
            members: &directory.acting,
            fresh: false,
        };
        if !policy::reporter_offers(&written.dispute, &facts).contains(&CommandKind::Attach) {
            return Err(Problem::Unusable(OVER.to_owned()));
        }
        let kept = store::envelopes::of_case(tx, written.case).await?;
        let kept = kept.iter().filter(|envelope| envelope.kind == Kind::Attachment).count();
        let waiting = self.waiting_acts(tx, &visit.lookup).await?;
        let files = waiting.iter().filter(|(_, act)| act.file().is_some()).count();
        if kept + files >= MOST {
            return Err(Problem::Unusable(FULL.to_owned()));
        }
        super::file_indexes()
            .find(|index| waiting.iter().all(|(used, _)| used != index))
            .ok_or_else(|| Problem::Unusable(FULL.to_owned()))
    }

    /// Seals a file, and puts its pieces beside the act that describes it.
    pub(super) async fn seal_file(
        &self,
        tx: &mut Tx,
        visit: &Visit,
        file: &CleanFile,
        council_only: bool,
        digest: [u8; 32],
    ) -> Result<(u8, Pace, SealedAct), Problem> {
        let mut written = self.written_to(tx, visit).await?;
        let index = self.room_for_a_file(tx, visit, &written).await?;
        let directory: std::sync::Arc<Directory> = self.directory_in(tx).await?;
        let waiting = self.waiting_acts(tx, &visit.lookup).await?;
        let pressed = written.dispute.pressed || waiting.iter().any(|(_, act)| act.what == What::Pressed);
        let for_commanders = !council_only;
        let council_only = council_only || pressed;
        let audience = if council_only { Audience::CouncilOnly } else { Audience::Case };
        let case = written.case;
        let what = What::Attach { council_only };
        let mut sealed = SealedAct { case, what, letters: Vec::new(), audiences: Vec::new(), digest };
        self.freshen(
            &mut sealed,
            &mut written.ring,
            &written.newest,
            (&written.dispute, &written.receipt_public),
            audience,
            &directory,
        )?;
        let described = Described::new(file.kind(), file.bytes().len(), for_commanders, &self.randomness)?;
        let text = described.to_bytes();
        let letter =
            self.seal_text(&written.ring, case, audience, Kind::Attachment, AuthorClass::Reporter, &text)?;
        let context = AttachmentContext { deployment: self.deployment, case, file: letter.id };
        let pieces = Pieces::of(&described, &context)?;
        for number in 0..pieces.count() {
            let piece = Piece { file: letter.id, number };
            let body = pieces.seal(number, file.bytes())?;
            let body = self.keys.seal(Purpose::Attachment, &piece_at_rest(piece), &body, &self.randomness)?;
            store::attachments::insert(tx, piece, &body).await?;
        }
        sealed.letters.push(Letter::of(letter));
        Ok((index, written.dispute.pace, sealed))
    }

    /// What a waiting file is, as far as the ring opens it.
    pub(super) fn sent_file(
        &self,
        ring: &mut Keyring,
        act: &SealedAct,
        visit: &Visit,
    ) -> Result<Option<SentFile>, Problem> {
        self.add_own(ring, act.case, &act.audiences, visit)?;
        let Some(letter) = act.letters.first().filter(|_| act.file().is_some()) else { return Ok(None) };
        let Some(text) = open_text(self, ring, &letter.envelope(act.case, 0))? else { return Ok(None) };
        Ok(Some(SentFile::of(&Described::from_bytes(&text)?)))
    }

    /// Takes back what waits with a concern that is taken back.
    pub(super) async fn take_back_files(&self, tx: &mut Tx, lookup: &[u8; 32]) -> Result<(), Problem> {
        for (index, act) in self.waiting_acts(tx, lookup).await? {
            store::inbox::remove(tx, &self.act_id(lookup, index)).await?;
            if let Some(file) = act.file() {
                store::attachments::remove_waiting(tx, file).await?;
            }
        }
        Ok(())
    }
}

impl SealedAct {
    /// The file that this act brings.
    pub(super) fn file(&self) -> Option<EnvelopeId> {
        match self.what {
            What::Attach { .. } => self.letters.first().map(|letter| letter.id),
            _ => None,
        }
    }
}

const _: () = assert!(FIRST_FILE as usize + MOST < THE_CONCERN as usize);
