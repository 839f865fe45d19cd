//! What Council leads do about the library: look at drafts that wait for them, withdraw entries.

use crate::domain::exposure;
use crate::domain::id::{DraftId, EntryId};
use crate::domain::library::{Month, Worth};
use crate::domain::prose::Prose;
use crate::service::accounts::SignedIn;
use crate::service::agreement::leads;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::{self, StoreError, Tx};

use super::draft::Draft;

/// Why a draft waits for a look.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Why {
    /// It went past the commanders, and whoever it was about reads the library too.
    PastTheField,
    /// What the exposure check finds: the kind of detail, the words, how to say it more generally.
    Exposed { kind: &'static str, words: String, advice: &'static str },
    /// A lead has kept it out.
    Held(Prose),
}

/// A draft that waits for a Council lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WaitingDraft {
    pub id: DraftId,
    pub text: Prose,
    pub category: Option<String>,
    pub document: Option<String>,
    pub why: Vec<Why>,
}

fn why(draft: &Draft) -> Vec<Why> {
    if let Some(reason) = &draft.held {
        return vec![Why::Held(reason.clone())];
    }
    let exposed = exposure::check(draft.text.as_str());
    let exposed = exposed.iter().map(|flag| Why::Exposed {
        kind: flag.kind.name(),
        words: flag.excerpt.to_owned(),
        advice: flag.advice,
    });
    draft.past_the_field.then_some(Why::PastTheField).into_iter().chain(exposed).collect()
}

impl Candor {
    /// The drafts that wait for a Council lead. Drafts that wait for nothing but their month are nobody's to see.
    pub async fn waiting_drafts(&self, by: &SignedIn) -> Result<Vec<WaitingDraft>, Problem> {
        leads(by).ok_or(Problem::NotFound)?;
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let organisation = directory.organisation()?;
        let mut waiting = Vec::new();
        for row in store::library::drafts(&mut tx).await? {
            let Ok(draft) = self.open_draft(&row) else { continue };
            if draft.waits_for_a_look() {
                let category = draft.category.as_ref().and_then(|id| organisation.category(id));
                waiting.push(WaitingDraft {
                    id: row.id,
                    why: why(&draft),
                    category: category.map(|category| category.name.clone()),
                    document: draft.document_was,
                    text: draft.text,
                });
            }
        }
        Ok(waiting)
    }

    /// Lets a draft appear in the next month's batch, perhaps in other words.
    pub async fn release_draft(&self, by: &SignedIn, id: DraftId, text: Prose) -> Result<(), Problem> {
        self.change_draft(by, id, |draft| {
            draft.text = text;
            draft.released = true;
            draft.held = None;
        })
        .await
    }

    /// Keeps a draft out of the library, with a reason that the Council leads see.
    pub async fn hold_draft(&self, by: &SignedIn, id: DraftId, reason: Prose) -> Result<(), Problem> {
        self.change_draft(by, id, |draft| {
            draft.held = Some(reason);
            draft.released = false;
        })
        .await
    }

    async fn change_draft(
        &self,
        by: &SignedIn,
        id: DraftId,
        change: impl FnOnce(&mut Draft),
    ) -> Result<(), Problem> {
        let mut tx = self.write_as_lead(by).await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let directory = self.directory_in(&mut tx).await?;
        let mut rows = store::library::take_drafts(&mut tx).await?;
        let row = rows.iter_mut().find(|row| row.id == id).ok_or(Problem::NotFound)?;
        let mut draft = self.open_draft(row)?;
        if !draft.waits_for_a_look() {
            return Err(Problem::NotFound);
        }
        let before = draft.text.clone();
        change(&mut draft);
        row.body = self.seal_draft(id, &draft)?;
        // A month whose batch has run takes nothing any more.
        let newest = Month::newest_due(&directory.calendar, self.clock.now()).ok_or(Problem::Damaged)?;
        row.month = row.month.clone().max(newest.next().to_string());
        self.put_drafts(&mut tx, rows).await?;
        let act = StaffAct::LibraryDraftSeen {
            draft: id,
            released: draft.released,
            reworded: before != draft.text,
            by: by.account,
        };
        self.record(&mut tx, head, &[(None, act.at(self.clock.now()))]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Withdraws an entry: it stays, marked, with a reason that everybody reads.
    pub async fn withdraw_entry(&self, by: &SignedIn, id: EntryId, reason: &Prose) -> Result<(), Problem> {
        let mut tx = self.write_as_lead(by).await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let (before, after) = (Worth::Current.word(), Worth::Withdrawn.word());
        match store::library::set_standing(&mut tx, id, before, after, Some(reason.as_str())).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(Problem::NotFound),
            Err(error) => return Err(error.into()),
        }
        store::library::raise_version(&mut tx).await?;
        let act = StaffAct::LibraryWithdrawn { entry: id, by: by.account };
        self.record(&mut tx, head, &[(None, act.at(self.clock.now()))]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Begins a transaction for somebody who leads a component at the Council and has just signed in.
    async fn write_as_lead(&self, by: &SignedIn) -> Result<Tx, Problem> {
        let component = leads(by).ok_or(Problem::NotFound)?.clone();
        if !by.fresh {
            return Err(Problem::SignInAgain);
        }
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        // Who held the post when the page was opened may have left it since.
        let holds = directory
            .seats(by.account)
            .iter()
            .any(|seat| seat.lead && seat.post == crate::domain::id::PostId::Council(component.clone()));
        if holds { Ok(tx) } else { Err(Problem::NotFound) }
    }
}
