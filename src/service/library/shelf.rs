//! The library as everybody reads it, held in memory: what was published is no secret, changes once a month, and
//! is asked for by everybody. Each machine holds its own and reads it anew once its number has changed.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::domain::dispute::Level;
use crate::domain::id::{CategoryId, DocumentId, EntryId};
use crate::domain::library::{Month, Origin, Pair, Worth};
use crate::domain::organisation::Organisation;
use crate::domain::proposal::{Comparison, ResolutionKind};
use crate::service::cases::level_word;
use crate::service::{Candor, Problem};
use crate::store::{self, Tx};

use super::directive::{self, Directive};
use super::draft::{document_more, document_words};
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
    /// Its parties and successor then, where that was kept.
    pub document_more: Option<String>,
    pub pair: Pair,
    pub kind: ResolutionKind,
    pub origin: Origin,
    /// At which level, if it was a concern's.
    pub level: Option<Level>,
    /// Those who settled it knew of earlier answers, and give another.
    pub departs: bool,
    /// To which entries this is another answer, as far as they were named.
    pub departs_from: Vec<EntryId>,
    /// Later entries in force that give another answer than this one.
    pub otherwise: Vec<EntryId>,
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
            (Some(id), Some(was)) => organisation.document(id).is_none_or(|now| {
                document_words(now) != *was
                    || self.document_more.as_ref().is_some_and(|more| document_more(now) != *more)
            }),
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

    /// A directive has a document and a day; what asks for a topic or for two agencies does not mean it.
    fn holds_directive(&self, directive: &Directive) -> bool {
        let month = || directive.day.get(..7).and_then(|month| month.parse::<Month>().ok());
        self.category.is_none()
            && self.pair.is_none()
            && self.month.is_none_or(|wanted| month() == Some(wanted))
            && self.document.as_ref().is_none_or(|document| directive.document.as_ref() == Some(document))
    }
}

/// How often the library has changed, and which organisation file names its topics and documents.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Versions {
    pub library: i64,
    pub organisation: i64,
}

/// Everything that was published, newest month first.
#[derive(Debug, Default)]
pub struct Shelf {
    versions: Versions,
    entries: Vec<Shown>,
    places: BTreeMap<EntryId, usize>,
    /// Over the entries, then the directives.
    index: Index,
    /// The newest first.
    pub directives: Vec<Directive>,
}

/// One thing that answers.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Answer<'a> {
    Entry(&'a Shown),
    Directive(&'a Directive),
}

/// What a search comes to.
#[derive(Debug, Default)]
pub struct Answers<'a> {
    /// Best first.
    pub found: Vec<Answer<'a>>,
    pub asked: Asked,
}

/// Most entries with which a text is compared before it is signed.
pub const COMPARED_MOST: usize = 5;

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
        document_more: row.document_more,
        pair: Pair::of(&row.one.as_str().into(), &row.other.as_str().into()),
        kind: ResolutionKind::from_word(&row.kind)?,
        origin,
        level,
        departs: row.departs,
        departs_from: row.departs_from.split_whitespace().filter_map(|id| id.parse().ok()).collect(),
        otherwise: Vec::new(),
        text: row.body,
        worth: Worth::from_word(&row.state)?,
        reason: row.reason,
    })
}

/// What is searched of an entry: its words, its document as it was and is called, and its topic.
fn texts_of<'a>(entry: &'a Shown, organisation: Option<&'a Organisation>) -> Vec<&'a str> {
    let mut texts = vec![entry.text.as_str()];
    texts.extend(entry.document_was.as_deref());
    let topic = entry.category.as_ref().and_then(|id| organisation?.category(id));
    texts.extend(topic.map(|topic| topic.name.as_str()));
    let was = entry.document_was.as_deref().unwrap_or_default();
    let title =
        entry.document.as_ref().and_then(|id| organisation?.document(id)).map(|now| now.title.as_str());
    // A title that has stayed counts once.
    texts.extend(title.filter(|title| !was.starts_with(title)));
    texts
}

/// What is searched of a directive: title, words and document.
fn texts_of_directive<'a>(directive: &'a Directive, organisation: Option<&'a Organisation>) -> Vec<&'a str> {
    let document = directive.document.as_ref().and_then(|id| organisation?.document(id));
    let document = document.map(|document| document.title.as_str());
    [directive.title.as_str(), directive.text.as_str()].into_iter().chain(document).collect()
}

impl Shelf {
    /// A row that is not as any that is written here is left out; the check of the record names it.
    #[must_use]
    pub fn of(
        versions: Versions,
        rows: Vec<store::library::Entry>,
        directives: Vec<store::library::Directive>,
        organisation: Option<&Organisation>,
    ) -> Self {
        let mut entries: Vec<Shown> = rows.into_iter().filter_map(shown).collect();
        let places: BTreeMap<EntryId, usize> =
            entries.iter().enumerate().map(|(place, entry)| (entry.id, place)).collect();
        let holds = entries.iter().filter(|entry| entry.worth == Worth::Current);
        let links: Vec<(EntryId, EntryId)> =
            holds.flat_map(|entry| entry.departs_from.iter().map(|from| (*from, entry.id))).collect();
        for (from, later) in links {
            let earlier = places.get(&from).and_then(|place| entries.get_mut(*place));
            if let Some(earlier) = earlier {
                earlier.otherwise.push(later);
            }
        }
        let directives: Vec<Directive> = directives.into_iter().filter_map(directive::read).collect();
        let of_entries = entries.iter().map(|entry| texts_of(entry, organisation));
        let of_directives = directives.iter().map(|one| texts_of_directive(one, organisation));
        let index = Index::over(of_entries.chain(of_directives));
        Self { versions, entries, places, index, directives }
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
            let holds = match self.at(place)? {
                Answer::Entry(entry) if among.holds(entry) => entry.worth == Worth::Current,
                Answer::Directive(directive) if among.holds_directive(directive) => {
                    directive.withdrawn.is_none()
                }
                _ => return None,
            };
            Some(if holds { 1.0 } else { NO_LONGER })
        };
        let ranked = self.index.rank(&asked, counts);
        Answers { found: ranked.into_iter().filter_map(|place| self.at(place)).collect(), asked }
    }

    /// What stands at a place of the index.
    fn at(&self, place: usize) -> Option<Answer<'_>> {
        let directive = || self.directives.get(place.checked_sub(self.entries.len())?);
        let entry = self.entries.get(place).map(Answer::Entry);
        entry.or_else(|| directive().map(Answer::Directive))
    }

    /// The directives about a document, the newest first.
    pub fn directives_about<'a>(&'a self, document: &'a DocumentId) -> impl Iterator<Item = &'a Directive> {
        self.directives.iter().filter(move |directive| directive.document.as_ref() == Some(document))
    }

    /// What holds on the same document, then what holds on the same topic, the newest first: as many as a text is
    /// compared with.
    #[must_use]
    pub fn precedents(&self, category: Option<&CategoryId>, document: Option<&DocumentId>) -> Vec<&Shown> {
        let holds = || self.entries.iter().filter(|entry| entry.worth == Worth::Current);
        let same_document = |entry: &&Shown| document.is_some() && entry.document.as_ref() == document;
        let same_topic = |entry: &&Shown| category.is_some() && entry.category.as_ref() == category;
        holds()
            .filter(same_document)
            .chain(holds().filter(|entry| !same_document(entry)).filter(same_topic))
            .take(COMPARED_MOST)
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
        self.shelf_in(&mut tx).await
    }

    /// The library as a transaction sees it.
    pub(in crate::service) async fn shelf_in(&self, tx: &mut Tx) -> Result<Arc<Shelf>, Problem> {
        let versions = Versions {
            library: store::library::version(tx).await?,
            organisation: store::organisation::newest_version(tx).await?,
        };
        if let Some(known) = self.library.read().await.as_ref().filter(|known| known.versions == versions) {
            return Ok(Arc::clone(known));
        }
        let rows = store::library::entries(tx).await?;
        let directives = store::library::directives(tx).await?;
        let organisation = self.directory_in(tx).await?.organisation.clone();
        // Many entries take a while, in which others are to be answered.
        let made = tokio::task::spawn_blocking(move || {
            Shelf::of(versions, rows, directives, organisation.as_deref())
        });
        let whole = Arc::new(made.await.map_err(|_| Problem::Damaged)?);
        *self.library.write().await = Some(Arc::clone(&whole));
        Ok(whole)
    }

    /// Whether what is to be signed was compared with what the library says on the same document or topic.
    pub(in crate::service) async fn compared(
        &self,
        tx: &mut Tx,
        category: Option<&CategoryId>,
        document: Option<&DocumentId>,
        comparison: &Comparison,
    ) -> Result<(), Problem> {
        let shelf = self.shelf_in(tx).await?;
        let precedents: Vec<EntryId> =
            shelf.precedents(category, document).into_iter().map(|entry| entry.id).collect();
        comparison.stands(&precedents).map_err(|problem| Problem::Unusable(problem.to_string()))
    }
}
