//! Raising a concern: sealing it for its readers and putting it into the inbox.

use std::collections::BTreeSet;

use crate::crypto::audience::VerifiedReader;
use crate::crypto::pad::SizeClass;
use crate::crypto::receipt::ReceiptPhrase;
use crate::crypto::secret::AudienceKey;
use crate::domain::audience::{Audience, AuthorClass, Kind, Reader};
use crate::domain::concern::{Concern, limit};
use crate::domain::dispute::Dispute;
use crate::domain::id::CaseId;
use crate::domain::policy;
use crate::service::cases::{self, wrap_for};
use crate::service::directory::Directory;
use crate::service::{Candor, Problem, from_hexadecimal, hexadecimal};
use crate::store;
use crate::store::inbox::Row;

use super::{Inbound, Letter, SealedAudience, SealedConcern, THE_CONCERN};

/// The longest that Council-only section or identity can be, in bytes: four for each character, and quotes.
const HIDDEN_MOST: usize = 4 * limit::COUNCIL_ONLY + 2;

/// A receipt that was drawn for a reporter, and the proof of that.
#[derive(Debug)]
pub struct DrawnReceipt {
    pub words: Vec<String>,
    /// Goes into the review form and comes back with it.
    pub hidden: String,
    phrase: ReceiptPhrase,
}

/// What became of sending.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Raised {
    Sent,
    /// The same concern was sent before: a second press, or a connection that broke after the first.
    SentBefore,
}

impl Candor {
    /// Draws a receipt, before anything is sent.
    pub fn draw_receipt(&self) -> Result<DrawnReceipt, Problem> {
        let phrase = ReceiptPhrase::draw(&self.randomness);
        let proof = hexadecimal(&phrase.authenticate(&self.keys));
        let hidden = format!("{proof} {}", phrase.words().join(" "));
        Ok(DrawnReceipt { words: words_of(&phrase), hidden, phrase })
    }

    /// Reads a drawn receipt back. None if it was not drawn here: nobody can choose a weak one.
    #[must_use]
    pub fn read_drawn(&self, hidden: &str) -> Option<DrawnReceipt> {
        let (proof, words) = hidden.split_once(' ')?;
        let phrase = ReceiptPhrase::parse(words).ok()?;
        let proof = from_hexadecimal(proof)?;
        phrase.verify(&self.keys, &proof).then(|| DrawnReceipt {
            words: words_of(&phrase),
            hidden: hidden.to_owned(),
            phrase,
        })
    }

    /// Whether a concern was sent with this receipt.
    pub async fn was_sent(&self, drawn: &DrawnReceipt) -> Result<bool, Problem> {
        let (lookup, _) = drawn.phrase.keys(self.deployment);
        let mut tx = self.db.read().await?;
        let opened = store::inbox::opens(&mut tx, &self.resting_lookup(&lookup)).await?;
        Ok(opened || store::inbox::waits(&mut tx, &self.act_id(&lookup, THE_CONCERN)).await?)
    }

    /// Seals a concern and puts it into the inbox. The same receipt is sent once, however often it is pressed.
    pub async fn raise(&self, concern: &Concern, drawn: &DrawnReceipt) -> Result<Raised, Problem> {
        let directory = self.directory().await?;
        self.raise_by(concern, drawn, &directory).await
    }

    /// As [`Self::raise`], for a caller that has just read the directory to check the concern against it.
    pub async fn raise_by(
        &self,
        concern: &Concern,
        drawn: &DrawnReceipt,
        directory: &Directory,
    ) -> Result<Raised, Problem> {
        if !directory.founded {
            return Err(Problem::NotFounded);
        }
        let opening = directory.opening(concern)?;
        let (lookup, receipt) = drawn.phrase.keys(self.deployment);
        let id = self.act_id(&lookup, THE_CONCERN);
        let resting = self.resting_lookup(&lookup);
        let case = CaseId::random(&self.randomness);
        let receipt_public = receipt.public();
        let sealed = SealedConcern {
            case,
            lookup: resting,
            receipt_public: receipt_public.as_bytes().to_vec(),
            category: concern.statement.category.clone(),
            document: concern.statement.document.clone(),
            audiences: Vec::new(),
            letters: Vec::new(),
            opening,
        };
        let sealed = self.seal_concern(sealed, concern, directory)?;
        let body = self.seal_inbound(&id, &Inbound::Concern(Box::new(sealed)))?;
        let slot = self.draw_slot(&directory.calendar, concern.pace, concern.dispatch);

        let new = self.letterbox.put(&self.db, Row { id, slot, body }, resting).await?;
        Ok(if new { Raised::Sent } else { Raised::SentBefore })
    }

    /// Seals statement, Council-only section and identity, each for its readers. All three are
    /// always there and of one size, whatever was typed (AN-02).
    fn seal_concern(
        &self,
        mut sealed: SealedConcern,
        concern: &Concern,
        directory: &Directory,
    ) -> Result<SealedConcern, Problem> {
        let as_opened = directory.as_opened(sealed.opening.clone(), self.clock.now())?;
        let texts = [
            (Audience::Case, Kind::Statement, concern.statement.to_bytes()),
            (
                Audience::CouncilOnly,
                Kind::CouncilOnly,
                zeroize::Zeroizing::new(
                    serde_json::to_vec(&concern.council_only).map_err(|_| Problem::Damaged)?,
                ),
            ),
            (Audience::Identity, Kind::Identity, concern.identity.to_bytes()),
        ];
        // The statement alone may decide, for its readers know its length anyway: were the other two to
        // raise the size, it would tell commanders that there is something which they cannot read.
        let statement = texts.first().map_or(0, |(_, _, text)| text.len());
        let class = SizeClass::for_length(statement.max(HIDDEN_MOST))?;
        for (audience, kind, text) in &texts {
            let (key, wraps) =
                self.new_audience(sealed.case, *audience, 1, &as_opened, &sealed.receipt_public, directory)?;
            // A channel without anybody at its end must not take anything.
            let is_read = wraps.wraps.iter().any(|(reader, ..)| *reader != Reader::Receipt);
            if *audience == Audience::Case && !is_read {
                return Err(Problem::NotFounded);
            }
            let letter =
                self.seal_under(&key, sealed.case, *audience, 1, *kind, AuthorClass::Reporter, text, class)?;
            sealed.letters.push(Letter::of(letter));
            sealed.audiences.push(wraps);
        }
        Ok(sealed)
    }

    /// Makes a version of an audience: a fresh key, wrapped for each of its readers.
    pub(super) fn new_audience(
        &self,
        case: CaseId,
        audience: Audience,
        version: u32,
        dispute: &Dispute,
        receipt_public: &[u8],
        directory: &Directory,
    ) -> Result<(AudienceKey, SealedAudience), Problem> {
        let wanted: BTreeSet<_> =
            policy::readers(dispute, audience, &directory.headquarters(), &directory.members);
        let verified: std::collections::BTreeMap<_, VerifiedReader> =
            cases::verified_readers(&wanted, receipt_public, directory)?;
        let key = AudienceKey::random(&self.randomness, "audience key");
        let mut wraps = Vec::with_capacity(verified.len());
        for (reader, verified) in &verified {
            wraps.push(wrap_for(self, &key, case, audience, version, reader, verified)?);
        }
        Ok((key, SealedAudience { audience, version, wraps }))
    }
}

fn words_of(phrase: &ReceiptPhrase) -> Vec<String> {
    phrase.words().iter().map(|word| (*word).to_owned()).collect()
}
