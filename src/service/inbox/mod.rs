//! What reporters do: it is sealed here, waits for its batch, and only then becomes anything.

mod act;
mod attach;
mod batch;
mod ended;
mod mixing;
mod raise;
mod turn;
mod visit;

use serde::{Deserialize, Serialize};
use zeroize::Zeroizing;

use crate::clock::{HOUR, Timestamp};
use crate::crypto::canonical::Canonical;
use crate::crypto::pad::{self, SizeClass};
use crate::crypto::service::Purpose;
use crate::domain::attachment::MOST;
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::concern::{Dispatch, Pace};
use crate::domain::deadline::Calendar;
use crate::domain::dispute::{Bypass, Command, Opening};
use crate::domain::follow_up::{Objection, Rating, Works};
use crate::domain::id::{CaseId, CategoryId, DocumentId, EnvelopeId};
use crate::service::cases::{Made, Subject};
use crate::service::{Candor, Problem};
use crate::store::envelopes::Envelope;
use crate::store::inbox::ActId;

pub use act::{Acted, ReporterAct};
pub use attach::{Attaching, SentFile};
pub use batch::BatchCount;
pub use raise::{DrawnReceipt, Raised};
pub use turn::Turn;
pub use visit::{ReporterCase, ReporterView, ThreadEntry, VisitError, WaitingAct};

/// How many acts one receipt can have waiting besides the concern itself.
pub const WAITING_ACTS: u8 = 8;

/// The first of the indexes under which files wait, apart from other acts.
const FIRST_FILE: u8 = 16;

/// The index that stands for the concern itself.
pub const THE_CONCERN: u8 = u8::MAX;

/// The first byte of a body, so that a later form can be told from this one.
const FORM: u8 = 1;

/// What waits in the inbox.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(in crate::service) enum Inbound {
    Concern(Box<SealedConcern>),
    Act(Box<SealedAct>),
}

/// A concern whose texts nobody but its readers can open.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedConcern {
    pub(in crate::service) case: CaseId,
    /// The receipt's lookup value as it will rest.
    lookup: [u8; 32],
    receipt_public: Vec<u8>,
    pub(in crate::service) opening: Opening,
    category: Option<CategoryId>,
    document: Option<DocumentId>,
    audiences: Vec<SealedAudience>,
    letters: Vec<Letter>,
}

/// A later act of a reporter.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct SealedAct {
    pub(in crate::service) case: CaseId,
    what: What,
    letters: Vec<Letter>,
    audiences: Vec<SealedAudience>,
    /// Tells a second press from another act under the same index.
    digest: [u8; 32],
}

#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
enum What {
    Answer { question: EnvelopeId },
    Add,
    AskForReview { bypass: Bypass },
    Pressed,
    GiveName { for_panel: bool },
    Withdraw,
    CheckIn { works: Works },
    ReportReprisal,
    DisputeOutcome { why: Objection },
    // What lies in an inbox names its kind by its place: new ones come last.
    Attach { council_only: bool },
    WithholdName,
    Rate { rating: Rating },
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct SealedAudience {
    audience: Audience,
    version: u32,
    wraps: Vec<(Reader, u32, Vec<u8>)>,
}

#[derive(Clone, Debug, Serialize, Deserialize)]
struct Letter {
    id: EnvelopeId,
    audience: Audience,
    version: u32,
    kind: Kind,
    author: AuthorClass,
    body: Vec<u8>,
}

impl Letter {
    fn of(envelope: Envelope) -> Self {
        Self {
            id: envelope.id,
            audience: envelope.audience,
            version: envelope.audience_version,
            kind: envelope.kind,
            author: envelope.author,
            body: envelope.body,
        }
    }

    fn envelope(&self, case: CaseId, case_version: u32) -> Envelope {
        Envelope {
            id: self.id,
            case,
            audience: self.audience,
            audience_version: self.version,
            kind: self.kind,
            author: self.author,
            case_version,
            body: self.body.clone(),
        }
    }
}

impl SealedConcern {
    pub(in crate::service) fn subject(&self) -> Subject {
        Subject {
            category: self.category.clone(),
            document: self.document.clone(),
            receipt_public: self.receipt_public.clone(),
            receipt: Some(self.lookup),
        }
    }
}

impl SealedAct {
    /// The command that this act becomes, with its texts.
    pub(in crate::service) fn made(&self, case: CaseId) -> Result<Made, Problem> {
        let letter = || self.letters.first().map(|letter| letter.id).ok_or(Problem::Damaged);
        let command = match &self.what {
            What::Answer { question } => Command::Answer { question: *question, answer: letter()? },
            What::Add => Command::Add { addition: letter()? },
            What::AskForReview { bypass } => {
                Command::AskForReview { request: letter()?, bypass: bypass.clone() }
            }
            What::Attach { council_only } => {
                Command::Attach { attachment: letter()?, council_only: *council_only }
            }
            What::Pressed => Command::Pressed,
            What::GiveName { for_panel } => Command::GiveName { identity: letter()?, for_panel: *for_panel },
            What::WithholdName => Command::WithholdName,
            What::Withdraw => Command::Withdraw,
            What::CheckIn { works } => Command::CheckIn { works: *works, words: letter()? },
            What::ReportReprisal => Command::ReportReprisal { report: letter()? },
            What::Rate { rating } => Command::RateByReceipt { rating: *rating, words: letter()? },
            What::DisputeOutcome { why } => Command::DisputeOutcome { why: *why, words: letter()? },
        };
        let mut made = Made::only(command);
        made.letters = self.letters.iter().map(|letter| letter.envelope(case, 0)).collect();
        made.new_audiences = self
            .audiences
            .iter()
            .map(|audience| (audience.audience, audience.version, audience.wraps.clone()))
            .collect();
        Ok(made)
    }
}

/// The indexes under which files wait.
fn file_indexes() -> impl Iterator<Item = u8> {
    (FIRST_FILE..).take(MOST)
}

/// Every index under which something can wait besides the concern itself.
fn act_indexes() -> impl Iterator<Item = u8> {
    (0..WAITING_ACTS).chain(file_indexes())
}

impl Candor {
    /// The keyed hash under which an act of a receipt waits.
    fn act_id(&self, lookup: &[u8; 32], index: u8) -> ActId {
        let what = Canonical::new("candor act 1").bytes(lookup).number(u64::from(index)).finish();
        self.keys.mac(Purpose::ReceiptLookup, &what)
    }

    /// The lookup value as it rests: keyed, so that a copy of the table does not tell which
    /// receipt a phrase would open.
    fn resting_lookup(&self, lookup: &[u8; 32]) -> [u8; 32] {
        self.keys
            .mac(Purpose::ReceiptLookup, &Canonical::new("candor receipt lookup 1").bytes(lookup).finish())
    }

    fn seal_inbound(&self, id: &ActId, inbound: &Inbound) -> Result<Vec<u8>, Problem> {
        let mut bytes = Zeroizing::new(vec![FORM]);
        bytes.extend_from_slice(&Zeroizing::new(
            postcard::to_allocvec(inbound).map_err(|_| Problem::Damaged)?,
        ));
        let padded = pad::pad_to(SizeClass::for_length(bytes.len())?, &bytes)?;
        Ok(self.keys.seal(Purpose::Inbox, id, &padded, &self.randomness)?)
    }

    fn open_inbound(&self, id: &ActId, body: &[u8]) -> Result<Inbound, Problem> {
        let padded = self.keys.open(Purpose::Inbox, id, body)?;
        let bytes = pad::unpad(&padded)?;
        match bytes.split_first() {
            Some((&FORM, inbound)) => postcard::from_bytes(inbound).map_err(|_| Problem::Damaged),
            _ => Err(Problem::Damaged),
        }
    }

    /// Draws the batch for an act.
    fn draw_slot(&self, calendar: &Calendar, pace: Pace, dispatch: Dispatch) -> Timestamp {
        let now = self.clock.now();
        if dispatch == Dispatch::Urgent {
            let seconds = self.randomness.below("slot", HOUR.unsigned_abs());
            return now.plus(i64::try_from(seconds).unwrap_or(0));
        }
        let batches = calendar.next_batches(now, if pace == Pace::Extraordinary { 1 } else { 4 });
        let index = self.randomness.below("slot", batches.len() as u64);
        usize::try_from(index)
            .ok()
            .and_then(|index| batches.get(index))
            .copied()
            .unwrap_or_else(|| now.plus(12 * HOUR))
    }
}
