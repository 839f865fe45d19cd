//! The library as everybody reads it, held in memory: what was published is no secret, changes once a month, and
//! is asked for by everybody. Each machine holds its own and reads it anew once its number has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::dispute::Level;
use crate::domain::id::{CategoryId, DocumentId, EntryId};
use crate::domain::library::{Month, Origin, Pair, Worth};
use crate::domain::organisation::Organisation;
use crate::domain::proposal::ResolutionKind;
use crate::service::cases::level_word;
use crate::service::{Candor, Problem};
use crate::store;

use super::directive::{self, Directive};
use super::draft::document_words;
use super::index::{Asked, Index};
use super::publish::{INFORMAL, QUESTION};

/// An entry as it is read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Shown {
    pub id: EntryId,
    pub month: Month,
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    /// The document as it was when this was decided.
    pub document_was: Option<String>,
    pub pair: Pair,
    pub kind: ResolutionKind,
    pub origin: Origin,
    /// At which level, if it was a concern's.
    pub level: Option<Level>,
    /// Those who settled it knew of earlier answers, and give another.
    pub departs: bool,
    pub text: String,
    pub worth: Worth,
    /// Why it was withdrawn.
    pub reason: Option<String>,
}

impl Shown {
    /// Whether it says how its document is read, and holds.
    #[must_use]
    pub fn is_reading(&self) -> bool {
        self.worth == Worth::Current
            && matches!(self.kind, ResolutionKind::Clarification | ResolutionKind::Interpretation)
    }

    /// Whether the document that it is about has changed since, or is no longer among the documents.
    #[must_use]
    pub fn document_changed(&self, organisation: &Organisation) -> bool {
        match (&self.document, &self.document_was) {
            (Some(id), Some(was)) => organisation.document(id).is_none_or(|now| document_words(now) != *was),
            _ => false,
        }
    }
}

/// Which entries.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Among {
    pub month: Option<Month>,
    pub category: Option<CategoryId>,
    pub document: Option<DocumentId>,
    pub pair: Option<Pair>,
}

impl Among {
    fn holds(&self, entry: &Shown) -> bool {
        self.month.is_none_or(|month| entry.month == month)
            && self.category.as_ref().is_none_or(|category| entry.category.as_ref() == Some(category))
            && self.document.as_ref().is_none_or(|document| entry.document.as_ref() == Some(document))
            && self.pair.as_ref().is_none_or(|pair| entry.pair == *pair)
    }
}

/// Everything that was published, newest month first.
#[derive(Debug, Default)]
pub struct Shelf {
    version: i64,
    entries: Vec<Shown>,
    places: BTreeMap<EntryId, usize>,
    index: Index,
    /// The newest first.
    pub directives: Vec<Directive>,
}

/// What a search comes to.
#[derive(Debug, Default)]
pub struct Answers<'a> {
    /// Best first.
    pub entries: Vec<&'a Shown>,
    pub asked: Asked,
}

/// What an entry counts that no longer holds: whoever searches wants to know what does.
const NO_LONGER: f64 = 0.4;

fn shown(row: store::library::Entry) -> Option<Shown> {
    let levels = [Level::Field, Level::Council, Level::Secretary];
    let (origin, level) = match row.level.as_str() {
        QUESTION => (Origin::Question, None),
        INFORMAL => (Origin::Informal, None),
        word => (Origin::Dispute, Some(levels.into_iter().find(|level| level_word(*level) == word)?)),
    };
    Some(Shown {
        id: row.id,
        month: row.month.parse().ok()?,
        category: row.category.as_deref().map(Into::into),
        document: row.document.as_deref().map(Into::into),
        document_was: row.document_was,
        pair: Pair::of(&row.one.as_str().into(), &row.other.as_str().into()),
        kind: ResolutionKind::from_word(&row.kind)?,
        origin,
        level,
        departs: row.departs,
        text: row.body,
        worth: Worth::from_word(&row.state)?,
        reason: row.reason,
    })
}

impl Shelf {
    /// A row that is not as any that is written here is left out; the check of the record names it.
    #[must_use]
    pub fn of(
        version: i64,
        rows: Vec<store::library::Entry>,
        directives: Vec<store::library::Directive>,
    ) -> Self {
        let entries: Vec<Shown> = rows.into_iter().filter_map(shown).collect();
        let places = entries.iter().enumerate().map(|(place, entry)| (entry.id, place)).collect();
        let index = Index::over(entries.iter().map(|entry| {
            let mut texts = vec![entry.text.as_str()];
            texts.extend(entry.document_was.as_deref());
            texts
        }));
        let directives = directives.into_iter().filter_map(directive::read).collect();
        Self { version, entries, places, index, directives }
    }

    #[must_use]
    pub fn entry(&self, id: EntryId) -> Option<&Shown> {
        self.entries.get(*self.places.get(&id)?)
    }

    /// All entries, newest month first.
    #[must_use]
    pub fn entries(&self) -> &[Shown] {
        &self.entries
    }

    /// The entries among these, newest month first.
    pub fn among<'a>(&'a self, among: &'a Among) -> impl Iterator<Item = &'a Shown> + use<'a> {
        self.entries.iter().filter(move |entry| among.holds(entry))
    }

    /// What answers a question among these entries, best first.
    #[must_use]
    pub fn search(&self, question: &str, among: &Among) -> Answers<'_> {
        let asked = self.index.ask(question);
        let counts = |place: usize| {
            let entry = self.entries.get(place).filter(|entry| among.holds(entry))?;
            Some(if entry.worth == Worth::Current { 1.0 } else { NO_LONGER })
        };
        let ranked = self.index.rank(&asked, counts);
        Answers { entries: ranked.into_iter().filter_map(|place| self.entries.get(place)).collect(), asked }
    }

    /// What holds on the same document, then what holds on the same topic, the newest first.
    #[must_use]
    pub fn precedents(
        &self,
        category: Option<&CategoryId>,
        document: Option<&DocumentId>,
        most: usize,
    ) -> Vec<&Shown> {
        let holds = || self.entries.iter().filter(|entry| entry.worth == Worth::Current);
        let same_document = |entry: &&Shown| document.is_some() && entry.document.as_ref() == document;
        let same_topic = |entry: &&Shown| category.is_some() && entry.category.as_ref() == category;
        holds()
            .filter(same_document)
            .chain(holds().filter(|entry| !same_document(entry)).filter(same_topic))
            .take(most)
            .collect()
    }

    /// The months with entries, newest first.
    #[must_use]
    pub fn months(&self) -> Vec<Month> {
        let mut months: Vec<_> = self.entries.iter().map(|entry| entry.month).collect();
        months.dedup();
        months
    }
}

impl Candor {
    /// The library as it is now.
    pub async fn shelf(&self) -> Result<Arc<Shelf>, Problem> {
        let mut tx = self.db.read().await?;
        let version = store::library::version(&mut tx).await?;
        if let Some(known) = self.library.read().await.as_ref().filter(|known| known.version == version) {
            return Ok(Arc::clone(known));
        }
        let rows = store::library::entries(&mut tx).await?;
        let directives = store::library::directives(&mut tx).await?;
        drop(tx);
        // Many entries take a while, in which others are to be answered.
        let made = tokio::task::spawn_blocking(move || Shelf::of(version, rows, directives)).await;
        let whole = Arc::new(made.map_err(|_| Problem::Damaged)?);
        *self.library.write().await = Some(Arc::clone(&whole));
        Ok(whole)
    }
}
