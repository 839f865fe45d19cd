//! What a resolution leaves for the library, sealed until its month (AN-09).

use serde::{Deserialize, Serialize};

use crate::clock::Timestamp;
use crate::crypto::canonical::Canonical;
use crate::crypto::pad::{self, SizeClass};
use crate::crypto::service::Purpose;
use crate::domain::dispute::{Dispute, Level};
use crate::domain::exposure;
use crate::domain::id::{CaseId, CategoryId, DocumentId, DraftId, EntryId, PostId};
use crate::domain::library::{LEAST_AGE, Month, Origin, Pair};
use crate::domain::organisation::Document;
use crate::domain::proposal::{Proposal, ResolutionKind};
use crate::domain::prose::Prose;
use crate::domain::reading::Reading;
use crate::service::cases::{Subject, row_at_rest};
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store::{self, Tx};

/// All drafts are of this size.
const SIZE: SizeClass = SizeClass::STATEMENT;

/// The body of a draft. Nothing in it is finer than a component.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Draft {
    pub text: Prose,
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    /// The document as it was then.
    pub document_was: Option<String>,
    pub pair: Pair,
    pub kind: ResolutionKind,
    pub level: Level,
    /// So that a later resolution of the same case takes its place. Sealed for good, here and in the entry. None
    /// where it comes from no case.
    pub case: Option<CaseId>,
    pub resolution: u32,
    pub not_before: Timestamp,
    /// The commanders were left out: whoever the concern was about reads the library too.
    pub past_the_field: bool,
    #[serde(default)]
    pub origin: Origin,
    /// Those who signed it knew of earlier answers, and give another.
    #[serde(default)]
    pub departs: bool,
    /// The entries to which it is another answer.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub departs_from: Vec<EntryId>,
    /// Parties and successor of the document as they were then.
    #[serde(default)]
    pub document_more: Option<String>,
    /// A Council lead has looked at it and wants it published.
    #[serde(default)]
    pub released: bool,
    /// A Council lead keeps it out, and why.
    #[serde(default)]
    pub held: Option<Prose>,
}

impl Draft {
    /// Whether a Council lead has to look at it before it may appear.
    pub(super) fn waits_for_a_look(&self) -> bool {
        self.held.is_some()
            || !self.released && (self.past_the_field || !exposure::check(self.text.as_str()).is_empty())
    }
}

/// Where a draft belongs.
pub(in crate::service) fn draft_at_rest(id: DraftId) -> Vec<u8> {
    Canonical::new("candor library draft 1").bytes(id.as_bytes()).finish()
}

/// Where an entry's link belongs.
pub(in crate::service) fn link_at_rest(id: EntryId) -> Vec<u8> {
    Canonical::new("candor library link 1").bytes(id.as_bytes()).finish()
}

/// A document in words, to see later whether it has changed.
pub(super) fn document_words(document: &Document) -> String {
    [document.title.as_str(), document.date.as_str(), document.status.as_str()]
        .into_iter()
        .filter(|part| !part.is_empty())
        .collect::<Vec<_>>()
        .join("; ")
}

/// What else there is of a document that may change: its parties and what took its place.
pub(super) fn document_more(document: &Document) -> String {
    let successor = document.successor.as_ref().map_or("", DocumentId::as_str);
    format!("{}\n{successor}", document.parties.join("; "))
}

/// Whether nothing of a case may appear: somebody at the Council or at headquarters is meant. They
/// have nobody above them here who could look at a text for them, and would learn from it that there was a
/// concern (AN-05).
pub(super) fn is_left_out(dispute: &Dispute) -> bool {
    dispute.bypass.posts.iter().any(|post| matches!(post, PostId::Council(_) | PostId::Headquarters(_)))
}

impl Candor {
    pub(super) fn seal_draft(&self, id: DraftId, draft: &Draft) -> Result<Vec<u8>, Problem> {
        let text = zeroize::Zeroizing::new(serde_json::to_vec(draft).map_err(|_| Problem::Damaged)?);
        let padded = zeroize::Zeroizing::new(pad::pad_to(SIZE, &text)?.to_vec());
        Ok(self.keys.seal(Purpose::Library, &draft_at_rest(id), &padded, &self.randomness)?)
    }

    pub(super) fn open_draft(&self, row: &store::library::Draft) -> Result<Draft, Problem> {
        let padded = self.keys.open(Purpose::Library, &draft_at_rest(row.id), &row.body)?;
        let text = pad::unpad_owned(padded)?;
        serde_json::from_slice(&text).map_err(|_| Problem::Damaged)
    }

    /// Puts drafts to rest among those that are there, all in a new random order: large values lie in a file in
    /// the order in which they came, which would be that of resolutions (AN-07).
    pub(super) async fn put_drafts(
        &self,
        tx: &mut Tx,
        mut drafts: Vec<store::library::Draft>,
    ) -> Result<(), Problem> {
        drafts.extend(store::library::take_drafts(tx).await?);
        drafts.sort_by_key(|draft| draft.id);
        self.randomness.shuffle("library draft order", &mut drafts);
        for draft in &drafts {
            store::library::insert_draft(tx, draft).await?;
        }
        Ok(())
    }

    /// The draft of a resolution, in the transaction that resolves the case.
    pub(in crate::service) async fn leave_draft(
        &self,
        tx: &mut Tx,
        row: &store::cases::Row,
        after: &Dispute,
        by: Level,
        proposal: &Proposal,
        directory: &Directory,
    ) -> Result<(), Problem> {
        if is_left_out(after) {
            return Ok(());
        }
        let now = self.clock.now();
        let subject = self.keys.open(Purpose::CaseRow, &row_at_rest(row.id, "subject"), &row.subject)?;
        let subject: Subject = serde_json::from_slice(&subject).map_err(|_| Problem::Damaged)?;
        let organisation = directory.organisation()?;
        let document = proposal.document.as_ref().and_then(|id| organisation.document(id));
        let draft = Draft {
            text: proposal.library_text.clone(),
            category: subject.category,
            document: proposal.document.clone(),
            document_was: document.map(document_words),
            pair: Pair::of(&after.sides.raising.component, &after.sides.concerned.component),
            kind: proposal.kind,
            level: by,
            case: Some(row.id),
            resolution: after.resolutions,
            not_before: now.plus(LEAST_AGE),
            past_the_field: after.bypass.field,
            origin: Origin::Dispute,
            departs: proposal.comparison.departs.is_some(),
            departs_from: proposal.comparison.departs_from.clone(),
            document_more: document.map(document_more),
            released: false,
            held: None,
        };
        self.leave(tx, &draft, directory).await
    }

    /// The draft of what both sides have agreed on without a concern, in the transaction of the agreement.
    ///
    /// At rest it is as any other, and it appears no sooner. It waits for no others: there is no reporter whom
    /// they would hide. Nor does it count among them, for whoever signed it knows that it is none of theirs.
    pub(in crate::service) async fn leave_draft_of_reading(
        &self,
        tx: &mut Tx,
        reading: &Reading,
        directory: &Directory,
    ) -> Result<(), Problem> {
        let Some(offer) = &reading.offer else { return Err(Problem::Damaged) };
        let organisation = directory.organisation()?;
        let document = reading.document.as_ref().and_then(|id| organisation.document(id));
        let draft = Draft {
            text: offer.text.clone(),
            category: reading.category.clone(),
            document: reading.document.clone(),
            document_was: document.map(document_words),
            pair: reading.pair.clone(),
            kind: reading.kind,
            level: Level::Field,
            case: None,
            resolution: 0,
            not_before: self.clock.now().plus(LEAST_AGE),
            past_the_field: false,
            origin: reading.origin,
            departs: offer.comparison.departs.is_some(),
            departs_from: offer.comparison.departs_from.clone(),
            document_more: document.map(document_more),
            released: false,
            held: None,
        };
        self.leave(tx, &draft, directory).await
    }

    async fn leave(&self, tx: &mut Tx, draft: &Draft, directory: &Directory) -> Result<(), Problem> {
        let id = DraftId::random(&self.randomness);
        let month = Month::earliest(&directory.calendar, self.clock.now()).ok_or(Problem::Damaged)?;
        let draft = store::library::Draft { id, month: month.to_string(), body: self.seal_draft(id, draft)? };
        self.put_drafts(tx, vec![draft]).await
    }
}
