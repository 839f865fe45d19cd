//! What has changed about governing documents and when, as the versions of the organisation file tell it: so that
//! an entry about a document says what is different since it was settled.

use std::collections::BTreeMap;
use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::id::DocumentId;
use crate::domain::organisation::{Document, Organisation};
use crate::service::{Candor, Problem};
use crate::store;

use super::draft::{document_more, document_words};

/// A change of a document.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DocumentChange {
    pub at: Timestamp,
    /// What is different since then, a sentence each.
    pub what: Vec<String>,
    /// The document afterwards, as entries remember it; empty if it is among the documents no more.
    words: String,
    more: String,
}

/// Every change of every document, oldest first.
#[derive(Clone, Debug, Default)]
pub struct Documents {
    /// The newest version of the organisation that was read.
    version: i64,
    changes: BTreeMap<DocumentId, Vec<DocumentChange>>,
    /// As the newest version has them.
    newest: Vec<Document>,
}

impl Documents {
    fn read(&mut self, version: i64, at: Timestamp, organisation: &Organisation) {
        for before in &self.newest {
            if organisation.document(&before.id).is_none() {
                let what = vec!["It is no longer among the documents.".to_owned()];
                let change = DocumentChange { at, what, words: String::new(), more: String::new() };
                self.changes.entry(before.id.clone()).or_default().push(change);
            }
        }
        for document in &organisation.documents {
            let what = match self.newest.iter().find(|before| before.id == document.id) {
                Some(before) if before == document => continue,
                Some(before) => before.changes(document, |id| organisation.document_title(id)),
                None => Vec::new(),
            };
            let (words, more) = (document_words(document), document_more(document));
            let change = DocumentChange { at, what, words, more };
            self.changes.entry(document.id.clone()).or_default().push(change);
        }
        self.newest.clone_from(&organisation.documents);
        self.version = version;
    }

    /// What has changed about a document, oldest first. That it came to be known is no change.
    pub fn of(&self, id: &DocumentId) -> impl DoubleEndedIterator<Item = &DocumentChange> {
        self.changes.get(id).into_iter().flatten().filter(|change| !change.what.is_empty())
    }

    /// What has changed since it was as an entry remembers it: in words and, where that was kept, in more.
    #[must_use]
    pub fn since(&self, id: &DocumentId, was: &str, more: Option<&str>) -> Vec<&DocumentChange> {
        let all = self.changes.get(id).map_or(&[][..], Vec::as_slice);
        let is_it =
            |change: &DocumentChange| change.words == was && more.is_none_or(|more| change.more == more);
        let then = all.iter().rposition(is_it);
        let later = then.map_or(&[][..], |then| all.get(then + 1..).unwrap_or_default());
        later.iter().filter(|change| !change.what.is_empty()).collect()
    }
}

impl Candor {
    /// What has changed about documents, kept in memory until the organisation has a newer version.
    pub async fn documents(&self) -> Result<Arc<Documents>, Problem> {
        let mut tx = self.db.read().await?;
        let newest = store::organisation::newest_version(&mut tx).await?;
        let known = self.documents.read().await.clone();
        if known.version == newest {
            return Ok(known);
        }
        let mut all = (*known).clone();
        while let Some((version, file, at)) = store::organisation::after(&mut tx, all.version).await? {
            match Organisation::parse(&file) {
                Ok(organisation) => all.read(version, at, &organisation),
                // It was in force once, and what it said of documents cannot be read any more.
                Err(_) => all.version = version,
            }
        }
        let all = Arc::new(all);
        *self.documents.write().await = Arc::clone(&all);
        Ok(all)
    }
}

#[cfg(test)]
mod tests {
    use super::Documents;
    use crate::clock::Timestamp;
    use crate::domain::organisation::Organisation;

    fn with(documents: &str) -> Organisation {
        let file = include_str!("../../demonstration/organisation.toml");
        let (head, rest) = file.split_once("[[documents]]").unwrap();
        let channels = &rest[rest.find("[[channels]]").unwrap()..];
        Organisation::parse(&format!("{head}{documents}\n{channels}")).unwrap()
    }

    fn document(id: &str, more: &str) -> String {
        format!("[[documents]]\nid = \"{id}\"\ntitle = \"Order {id}\"\n{more}\n")
    }

    #[test]
    fn what_changed_since_is_told_with_its_time_and_nothing_before() {
        let mut all = Documents::default();
        let id = "D-1".into();
        let holds = "date = \"2004\"\nstatus = \"in force\"";
        all.read(1, Timestamp(10), &with(&document("D-1", holds)));
        assert_eq!(all.of(&id).count(), 0, "that it came to be known is no change");
        let later = "date = \"2005\"\nstatus = \"in force\"";
        all.read(2, Timestamp(20), &with(&document("D-1", later)));
        let replaced = format!(
            "{}{}",
            document("D-1", "date = \"2005\"\nstatus = \"replaced\"\nsuccessor = \"D-2\""),
            document("D-2", "")
        );
        all.read(3, Timestamp(30), &with(&replaced));
        let told = |was: &str| {
            all.since(&id, was, None)
                .into_iter()
                .map(|change| (change.at.0, change.what.join(" ")))
                .collect::<Vec<_>>()
        };
        let date = (20, "Its date is 2005; it was: 2004.".to_owned());
        let end = (30, "It is replaced by: Order D-2.".to_owned());
        assert_eq!(told("Order D-1; 2004; in force"), [date, end.clone()]);
        assert_eq!(told("Order D-1; 2005; in force"), [end]);
        assert_eq!(told("Order D-1; 2005; replaced"), []);
        assert_eq!(told("something else"), []);
        // Where that was kept, a change of parties or successor alone counts too.
        let more = |more| all.since(&id, "Order D-1; 2005; replaced", Some(more)).len();
        assert_eq!((more("\nD-2"), more("\n")), (0, 0), "nothing since, and no such version");
        let parties = format!(
            "{}{}",
            document("D-1", "date = \"2005\"\nstatus = \"replaced\"\nparties = [\"A\"]\nsuccessor = \"D-2\""),
            document("D-2", "")
        );
        all.read(4, Timestamp(35), &with(&parties));
        let since = all.since(&id, "Order D-1; 2005; replaced", Some("\nD-2"));
        assert_eq!(since.len(), 1);
        assert_eq!(since[0].what, ["Its list of parties is given: A."]);
        all.read(5, Timestamp(40), &with(&document("D-2", "")));
        let gone = all.since(&id, "Order D-1; 2005; replaced", Some("A\nD-2"));
        assert_eq!(
            (gone[0].at, gone[0].what[0].as_str()),
            (Timestamp(40), "It is no longer among the documents.")
        );
    }
}
