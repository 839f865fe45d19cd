//! Governing documents: between whom, whether they hold, what took their place, and what has changed about one.

use serde::{Deserialize, Serialize};

use crate::domain::id::{DocumentId, GroupId};

/// Whether a governing document holds.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    InForce,
    Replaced,
    Withdrawn,
}

impl Standing {
    /// The first word that `status` has where a document no longer holds.
    pub(super) const REPLACED: &'static str = "replaced";
    const WITHDRAWN: &'static str = "withdrawn";

    /// What a page shows.
    #[must_use]
    pub const fn label(self) -> &'static str {
        match self {
            Self::InForce => "In force",
            Self::Replaced => "Replaced",
            Self::Withdrawn => "Withdrawn",
        }
    }
}

/// A governing document. Of its keys only identifier and title must be there: a file from before the others
/// were known reads on.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Document {
    pub id: DocumentId,
    pub title: String,
    /// As exact as it is known: "2004-11", "before 2003".
    #[serde(default)]
    pub date: String,
    /// In words; where it begins with "replaced" or "withdrawn", the document no longer holds.
    #[serde(default)]
    pub status: String,
    /// Between whom it was made.
    #[serde(default)]
    pub parties: Vec<String>,
    /// What took its place.
    #[serde(default)]
    pub successor: Option<DocumentId>,
    /// Who answers how it is to be read; without one the Council does.
    #[serde(default)]
    pub working_group: Option<GroupId>,
}

impl Document {
    #[must_use]
    pub fn standing(&self) -> Standing {
        let first = self.status.split(|letter: char| !letter.is_alphanumeric()).next().unwrap_or_default();
        match first.to_lowercase().as_str() {
            Standing::REPLACED => Standing::Replaced,
            Standing::WITHDRAWN => Standing::Withdrawn,
            _ => Standing::InForce,
        }
    }

    /// What is different about it afterwards, a sentence each. `title` says how another document is called.
    #[must_use]
    pub fn changes(&self, after: &Self, title: impl Fn(&DocumentId) -> String) -> Vec<String> {
        let mut changes = Vec::new();
        differs(&mut changes, "title", &self.title, &after.title);
        differs(&mut changes, "date", &self.date, &after.date);
        let (before, now) = (self.standing(), after.standing());
        if before == now || now == Standing::InForce {
            differs(&mut changes, "status", &self.status, &after.status);
        }
        differs(&mut changes, "list of parties", &self.parties.join(", "), &after.parties.join(", "));
        let named = |successor: &Option<DocumentId>| successor.as_ref().map(&title).unwrap_or_default();
        if before == now {
            differs(&mut changes, "successor", &named(&self.successor), &named(&after.successor));
        } else {
            match (now, &after.successor) {
                (Standing::InForce, _) => {}
                (Standing::Replaced, Some(successor)) => {
                    changes.push(format!("It is replaced by: {}.", title(successor)));
                }
                (Standing::Replaced, None) => changes.push("It is replaced.".to_owned()),
                (Standing::Withdrawn, _) => changes.push("It is withdrawn.".to_owned()),
            }
        }
        if self.working_group != after.working_group {
            changes.push("Another group answers how it is read.".to_owned());
        }
        changes
    }
}

fn differs(changes: &mut Vec<String>, what: &str, before: &str, now: &str) {
    if before != now {
        changes.push(match (before, now) {
            ("", now) => format!("Its {what} is given: {now}."),
            (before, "") => format!("Its {what} is no longer given; it was: {before}."),
            (before, now) => format!("Its {what} is {now}; it was: {before}."),
        });
    }
}

#[cfg(test)]
mod tests {
    use super::{Document, Standing};

    fn document(date: &str, status: &str, successor: Option<&str>) -> Document {
        Document {
            id: "D-1".into(),
            title: "Order".to_owned(),
            date: date.to_owned(),
            status: status.to_owned(),
            parties: Vec::new(),
            successor: successor.map(Into::into),
            working_group: None,
        }
    }

    #[test]
    fn the_first_word_of_the_status_says_whether_it_holds() {
        for (status, standing) in [
            ("", Standing::InForce),
            ("in force, review sought", Standing::InForce),
            ("local", Standing::InForce),
            ("replaced", Standing::Replaced),
            ("Replaced in 2006", Standing::Replaced),
            ("withdrawn; see the register", Standing::Withdrawn),
            ("withdrawnish", Standing::InForce),
            ("not replaced", Standing::InForce),
        ] {
            assert_eq!(document("", status, None).standing(), standing, "{status}");
        }
    }

    #[test]
    fn what_changes_is_told_in_words() {
        let title = |id: &crate::domain::id::DocumentId| format!("<{id}>");
        let before = document("2004", "in force", None);
        assert!(before.changes(&before.clone(), title).is_empty());
        for (after, says) in [
            (document("2005", "in force", None), "Its date is 2005; it was: 2004."),
            (document("", "in force", None), "Its date is no longer given; it was: 2004."),
            (document("2004", "replaced", None), "It is replaced."),
            (document("2004", "replaced in 2006", Some("D-2")), "It is replaced by: <D-2>."),
            (document("2004", "withdrawn", None), "It is withdrawn."),
            (
                document("2004", "in force, review sought", None),
                "Its status is in force, review sought; it was: in force.",
            ),
        ] {
            assert_eq!(before.changes(&after, title), [says]);
        }
        let replaced = document("2004", "replaced", Some("D-2"));
        assert_eq!(replaced.changes(&before, title), ["Its status is in force; it was: replaced."]);
        let other = document("2004", "replaced", Some("D-3"));
        assert_eq!(replaced.changes(&other, title), ["Its successor is <D-3>; it was: <D-2>."]);
    }

    #[test]
    fn a_document_from_before_the_other_keys_is_read() {
        let read: Document =
            serde_json::from_str(r#"{"id":"D-1","title":"Order","date":"2004","status":"in force"}"#)
                .unwrap();
        assert_eq!(read, document("2004", "in force", None));
    }
}
