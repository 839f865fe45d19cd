//! What everybody reads in the library is what the journal says was published, withdrawn and replaced.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::id::{DirectiveId, EntryId};
use crate::domain::library::Worth;
use crate::service::Problem;
use crate::service::library::{digest, directive_digest};
use crate::service::record::StaffAct;
use crate::store::{self, Tx};

use super::Check;

/// What the journal says about the library.
#[derive(Default)]
pub(super) struct Told {
    /// What each entry commits to, with the journal's row.
    published: BTreeMap<String, i64>,
    marked: BTreeMap<EntryId, Worth>,
    issued: BTreeMap<DirectiveId, (i64, String)>,
    withdrawn: BTreeSet<DirectiveId>,
}

impl Told {
    pub(super) fn act(&mut self, sequence: i64, act: &StaffAct) {
        match act {
            StaffAct::LibraryPublished { digests, superseded, .. } => {
                self.published.extend(digests.iter().map(|digest| (digest.clone(), sequence)));
                self.marked.extend(superseded.iter().map(|entry| (*entry, Worth::Superseded)));
            }
            StaffAct::LibraryWithdrawn { entry, .. } => drop(self.marked.insert(*entry, Worth::Withdrawn)),
            StaffAct::DirectiveIssued { directive, digest, .. } => {
                self.issued.insert(*directive, (sequence, digest.clone()));
            }
            StaffAct::DirectiveWithdrawn { directive, .. } => drop(self.withdrawn.insert(*directive)),
            _ => {}
        }
    }
}

impl Check<'_> {
    pub(super) async fn library(&mut self, tx: &mut Tx) -> Result<(), Problem> {
        let told = std::mem::take(&mut self.library);
        let mut found = BTreeSet::new();
        for entry in store::library::entries(tx).await? {
            let digest = digest(&entry);
            if !told.published.contains_key(&digest) {
                self.fault(format!(
                    "library entry {}: it is not as the journal says that it appeared",
                    entry.id
                ));
            }
            found.insert(digest);
            let worth = told.marked.get(&entry.id).copied().unwrap_or(Worth::Current);
            if entry.state != worth.word() {
                self.fault(format!(
                    "library entry {}: it is marked {}, and by the journal it is {}",
                    entry.id,
                    entry.state,
                    worth.word()
                ));
            }
        }
        let mut issued = told.issued;
        for row in store::library::directives(tx).await? {
            let told_of = issued.remove(&row.id);
            if told_of.is_none_or(|(_, digest)| digest != directive_digest(&row)) {
                self.fault(format!("directive {}: it is not as the journal says that it was issued", row.id));
            }
            if row.reason.is_some() != told.withdrawn.contains(&row.id) {
                self.fault(format!(
                    "directive {}: whether it was withdrawn: the journal says otherwise",
                    row.id
                ));
            }
        }
        for (directive, (sequence, _)) in issued {
            self.fault(format!("journal row {sequence}: directive {directive}, which it issued, is missing"));
        }
        for (_, sequence) in told.published.iter().filter(|(digest, _)| !found.contains(*digest)) {
            self.fault(format!(
                "journal row {sequence}: an entry of the library that appeared with it is missing"
            ));
        }
        Ok(())
    }
}
