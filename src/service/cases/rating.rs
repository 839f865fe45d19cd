//! What commanders and reporters say of outcomes: written for the Council alone, and read by it.

use crate::clock::Timestamp;
use crate::crypto::pad::SizeClass;
use crate::crypto::secret::AudienceKey;
use crate::domain::audience::{Audience, Kind};
use crate::domain::dispute::{Command, Dispute, Event, Seat};
use crate::domain::follow_up::Rating;
use crate::domain::id::{CaseId, PostId};
use crate::domain::policy;
use crate::domain::proposal::Resolution;
use crate::domain::prose::Prose;
use crate::service::accounts::SignedIn;
use crate::service::directory::Directory;
use crate::service::{Candor, Problem};
use crate::store::envelopes::Envelope;
use crate::store::{self, Tx};

use super::execute::{Loaded, verified_readers};
use super::keyring::{Keyring, open_text, wrap_for};
use super::making::{Made, author_class};

/// Cases shown at once.
pub const PAGE: i64 = 20;

/// A rating with its words.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct RatingView {
    /// The post that rated, or "Reporter".
    pub by: String,
    /// None for the reporter.
    pub when: Option<Timestamp>,
    pub rating: Rating,
    /// May be empty.
    pub words: Prose,
}

impl RatingView {
    pub(super) fn of(event: &Event, words: Prose, directory: &Directory) -> Option<Self> {
        let (by, when, rating) = match event {
            Event::Rated { at, seat, rating, .. } => (directory.post_name(&seat.post), Some(*at), *rating),
            Event::RatedByReporter { rating, .. } => ("Reporter".to_owned(), None, *rating),
            _ => return None,
        };
        Some(Self { by, when, rating, words })
    }
}

/// An outcome that was rated.
#[derive(Clone, Debug)]
pub struct RatedOutcome {
    pub number: String,
    /// Whether this seat sees the case, too.
    pub sees_case: bool,
    pub resolution: Resolution,
    pub ratings: Vec<RatingView>,
}

/// A page of rated outcomes.
#[derive(Clone, Debug, Default)]
pub struct RatedOutcomes {
    pub outcomes: Vec<RatedOutcome>,
    pub more: bool,
}

impl Candor {
    /// Seals what a side's commander says of the outcome, under a key of its own.
    pub(super) async fn make_rating(
        &self,
        tx: &mut Tx,
        seat: &Seat,
        loaded: &Loaded,
        ring: Keyring,
        rating: Rating,
        words: &Prose,
    ) -> Result<Made, Problem> {
        const AUDIENCE: Audience = Audience::Ratings;
        let case = loaded.row.id;
        let directory = self.directory_in(tx).await?;
        let newest = self.newest_audiences(tx, case).await?;
        let version = newest.get(&AUDIENCE).map_or(0, |(version, _)| *version).saturating_add(1);
        let wanted = policy::readers(&loaded.dispute, AUDIENCE, &[], &directory.members);
        let key = AudienceKey::random(&self.randomness, "audience key");
        let mut wraps = Vec::new();
        for (reader, verified) in &verified_readers(&wanted, &[], &directory)? {
            wraps.push(wrap_for(self, &key, case, AUDIENCE, version, reader, verified)?);
        }
        let (text, author) = (words.as_str().as_bytes(), author_class(&seat.post));
        let class = SizeClass::for_length(text.len())?;
        let letter = self.seal_under(&key, case, AUDIENCE, version, Kind::Rating, author, text, class)?;
        Ok(Made {
            command: Command::Rate { rating, words: letter.id },
            letters: vec![letter],
            new_audiences: vec![(AUDIENCE, version, wraps)],
            keyring: ring,
        })
    }

    /// Outcomes that were rated, for whoever reads what was said of them: page 0 is the first. They come in the
    /// order of identifiers drawn at random, so that none tells when it was rated.
    pub async fn rated_outcomes(
        &self,
        signed_in: &SignedIn,
        seat: &Seat,
        page: u32,
    ) -> Result<RatedOutcomes, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let council = matches!(seat.post, PostId::Council(_) | PostId::Secretary);
        if !council || !directory.seats(signed_in.account).contains(seat) {
            return Err(Problem::NotFound);
        }
        let mut cases = store::envelopes::rated(&mut tx, PAGE + 1, i64::from(page) * PAGE).await?;
        let shown = usize::try_from(PAGE).unwrap_or(usize::MAX);
        let more = cases.len() > shown;
        cases.truncate(shown);
        let mut outcomes = Vec::new();
        for case in cases {
            let loaded = self.load(&mut tx, case).await?.ok_or(Problem::Damaged)?;
            if policy::reads_ratings(&loaded.dispute, seat) {
                outcomes.extend(self.rated(&mut tx, signed_in, seat, case, &loaded, &directory).await?);
            }
        }
        Ok(RatedOutcomes { outcomes, more })
    }

    async fn rated(
        &self,
        tx: &mut Tx,
        signed_in: &SignedIn,
        seat: &Seat,
        case: CaseId,
        loaded: &Loaded,
        directory: &Directory,
    ) -> Result<Vec<RatedOutcome>, Problem> {
        let ring = self.keyring(tx, signed_in, seat, case).await?;
        let texts = store::envelopes::of_case(tx, case).await?;
        let mut resolutions = texts.iter().filter(|text| text.kind == Kind::Resolution);
        let mut outcomes: Vec<RatedOutcome> = Vec::new();
        for (_, event) in self.events(tx, case).await? {
            match &event {
                Event::Resolved { .. } => {
                    let Some(sealed) = resolutions.next() else { return Err(Problem::Damaged) };
                    // Wrapped for others of this post only.
                    let Some(text) = open_text(self, &ring, sealed)? else { continue };
                    outcomes.push(RatedOutcome {
                        number: loaded.row.number.clone(),
                        sees_case: policy::sees_case(&loaded.dispute, seat),
                        resolution: serde_json::from_slice(&text).map_err(|_| Problem::Damaged)?,
                        ratings: Vec::new(),
                    });
                }
                Event::Rated { words, .. } | Event::RatedByReporter { words, .. } => {
                    let sealed = texts.iter().find(|text| text.id == *words);
                    let words = self.words_of(&ring, sealed, &loaded.dispute, seat)?;
                    let view = words.and_then(|words| RatingView::of(&event, words, directory));
                    if let Some((outcome, view)) = outcomes.last_mut().zip(view) {
                        outcome.ratings.push(view);
                    }
                }
                _ => {}
            }
        }
        outcomes.retain(|outcome| !outcome.ratings.is_empty());
        Ok(outcomes)
    }

    fn words_of(
        &self,
        ring: &Keyring,
        sealed: Option<&Envelope>,
        dispute: &Dispute,
        seat: &Seat,
    ) -> Result<Option<Prose>, Problem> {
        let may = |text: &&Envelope| policy::may_read(dispute, seat, text.audience, text.case_version);
        let Some(sealed) = sealed.filter(may) else { return Ok(None) };
        let Some(text) = open_text(self, ring, sealed)? else { return Ok(None) };
        let text = std::str::from_utf8(&text).map_err(|_| Problem::Damaged)?;
        // What was sealed had been checked against its own limit.
        Prose::parse_optional(text, usize::MAX / 16).map(Some).map_err(|_| Problem::Damaged)
    }
}
