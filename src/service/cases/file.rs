//! An attached file, given out piece by piece to whoever reads it.

use zeroize::Zeroizing;

use crate::crypto::attachment::{AttachmentContext, Described, Pieces};
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::attachment::FileKind;
use crate::domain::audience::{Audience, Kind};
use crate::domain::dispute::{Event, Seat};
use crate::domain::id::EnvelopeId;
use crate::domain::policy;
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};
use crate::store::attachments::Piece;
use crate::store::{self, StoreError};

use super::keyring::open_text;

/// A file on a case page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FileView {
    pub id: EnvelopeId,
    pub kind: FileKind,
    /// In bytes.
    pub length: u32,
    pub council_only: bool,
}

/// A file that is being given out.
#[derive(Debug)]
pub struct CaseFile {
    pub kind: FileKind,
    pub length: u32,
    /// Its place among those that this reader has, from 1.
    pub place: usize,
    file: EnvelopeId,
    pieces: Pieces,
}

/// What ties a piece at rest to its place.
pub(in crate::service) fn piece_at_rest(piece: Piece) -> Vec<u8> {
    Canonical::new("candor attachment at rest 1")
        .bytes(piece.file.as_bytes())
        .number(u64::from(piece.number))
        .finish()
}

impl Candor {
    /// A file of a case. `NotFound` if it is not there, or not for this seat.
    pub async fn case_file(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        number: &str,
        file: EnvelopeId,
    ) -> Result<CaseFile, Problem> {
        let mut tx = self.db.read().await?;
        let (_, case, loaded) = self.case_for(&mut tx, signed_in, seat, number).await?;
        let mut readable = store::envelopes::of_case(&mut tx, case).await?;
        readable.retain(|envelope| {
            envelope.kind == Kind::Attachment
                && policy::may_read(&loaded.dispute, seat, envelope.audience, envelope.case_version)
        });
        let envelope = readable.iter().find(|envelope| envelope.id == file).ok_or(Problem::NotFound)?;
        let ring = self.keyring(&mut tx, signed_in, seat, case).await?;
        let text = open_text(self, &ring, envelope)?.ok_or(Problem::NotFound)?;
        let described = Described::from_bytes(&text)?;
        // Numbered as on the page: by the order in which they became part of the case.
        let mut place = 1;
        for (_, event) in self.events(&mut tx, case).await? {
            match event {
                Event::Attached { attachment, .. } if attachment == file => break,
                Event::Attached { attachment, .. } => {
                    place += usize::from(readable.iter().any(|other| other.id == attachment));
                }
                _ => {}
            }
        }
        let context = AttachmentContext { deployment: self.deployment, case, file };
        let pieces = Pieces::of(&described, &context)?;
        Ok(CaseFile { kind: described.kind, length: described.length, place, file, pieces })
    }

    /// One piece of a file; none after the last that holds anything of it.
    pub async fn piece(&self, file: &CaseFile, number: u32) -> Result<Option<Zeroizing<Vec<u8>>>, Problem> {
        if number >= file.pieces.count() {
            return Ok(None);
        }
        let piece = Piece { file: file.file, number };
        let body = store::attachments::find(&mut self.db.read().await?, piece).await?;
        let body = body.ok_or(Problem::Store(StoreError::Damaged))?;
        let sealed = self.keys.open(Purpose::Attachment, &piece_at_rest(piece), &body)?;
        let bytes = file.pieces.open(number, &sealed)?;
        Ok(Some(bytes).filter(|bytes| !bytes.is_empty()))
    }
}

impl super::view::Reading<'_> {
    /// A file, if this seat reads it.
    pub(super) fn file(&self, id: EnvelopeId) -> Result<Option<FileView>, Problem> {
        let Some((audience, text)) = self.audience_and_bytes(id)? else { return Ok(None) };
        let described = Described::from_bytes(&text)?;
        let council_only = audience == Audience::CouncilOnly;
        Ok(Some(FileView { id, kind: described.kind, length: described.length, council_only }))
    }
}
