//! Questions about documents, and what two commanders have settled without a concern: each step in one transaction
//! with its entry in the journal. What both sides agree on leaves a draft for the library, as a resolution does.

use crate::clock::Timestamp;
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::concern::Pace;
use crate::domain::dispute::Seat;
use crate::domain::id::{AccountId, CategoryId, ComponentId, DocumentId, PostId, ReadingId};
use crate::domain::library::{Origin, Pair};
use crate::domain::proposal::{Comparison, ResolutionKind};
use crate::domain::prose::Prose;
use crate::domain::reading::{self, NotTaken, Offer, Reading, Signed, Standing, Step};
use crate::store::readings::Row;
use crate::store::{self, StoreError, Tx};

use super::accounts::SignedIn;
use super::committed::signing;
use super::record::StaffAct;
use super::{Candor, Directory, Problem};

/// A question to ask.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewQuestion {
    pub document: DocumentId,
    pub category: Option<CategoryId>,
    pub question: Prose,
}

/// A settlement to record.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSettlement {
    /// The commander of the other side.
    pub with: PostId,
    pub document: Option<DocumentId>,
    pub category: Option<CategoryId>,
    pub kind: ResolutionKind,
    pub issue: Prose,
    pub agreed: Prose,
    pub library_text: Prose,
    /// How it stands to what the library says.
    pub comparison: Comparison,
}

/// What somebody does about one that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadingAct {
    /// Proposes the text that everybody will read, and says how it stands to what the library says.
    Propose(Prose, Comparison),
    Agree,
    /// Ends it without an answer.
    Decline(Prose),
}

/// One, as somebody who has to do with it sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ReadingView {
    pub id: ReadingId,
    pub version: u32,
    pub reading: Reading,
    /// In which post this person may propose an answer, agree, and end it.
    pub propose: Option<PostId>,
    pub agree: Option<PostId>,
    pub decline: Option<PostId>,
    /// Whether it is the turn of one of their posts.
    pub waits: bool,
}

/// What somebody has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readings {
    /// Open ones, those that wait for this person first, soonest due first.
    pub open: Vec<ReadingView>,
    /// What their posts asked or recorded and has ended, newest first.
    pub ended: Vec<ReadingView>,
}

/// Where one belongs at rest.
pub(super) fn at_rest(id: ReadingId) -> Vec<u8> {
    Canonical::new("candor reading 1").bytes(id.as_bytes()).finish()
}

/// The posts of this person from which they may ask.
pub fn asking_seats(by: &SignedIn) -> impl Iterator<Item = &Seat> {
    by.seats.iter().filter(|seat| reading::asks(seat))
}

/// The posts of this person from which they may record a settlement.
pub fn settling_seats(by: &SignedIn) -> impl Iterator<Item = &Seat> {
    by.seats.iter().filter(|seat| reading::settles(&seat.post))
}

/// Whether somebody has to do with questions at all.
#[must_use]
pub fn takes_part(by: &SignedIn) -> bool {
    by.seats.iter().any(|seat| reading::takes_part(&seat.post))
}

/// The first of these seats in which somebody speaks for a side about it, with that side.
fn speaker<'a>(
    reading: &Reading,
    seats: &'a [Seat],
    directory: &Directory,
    now: Timestamp,
    may: impl Fn(&ComponentId) -> bool,
) -> Option<(&'a Seat, ComponentId)> {
    let organisation = directory.organisation.as_deref()?;
    let held = |post: &PostId| directory.acting.get(post).is_some_and(|members| !members.is_empty());
    seats.iter().find_map(|seat| {
        let component = organisation.component_of_post(&seat.post)?;
        let speaks = reading.speakers(component, organisation, held, now).contains(&seat.post);
        (speaks && may(component)).then(|| (seat, component.clone()))
    })
}

/// Who may end it without an answer: whoever may speak about it, and who asked.
fn decliner(
    reading: &Reading,
    seats: &[Seat],
    directory: &Directory,
    now: Timestamp,
) -> Option<(PostId, ComponentId)> {
    if reading.standing.has_ended() {
        return None;
    }
    let speaks = speaker(reading, seats, directory, now, |_| true);
    let speaks = speaks.map(|(seat, component)| (seat.post.clone(), component));
    let own = || {
        seats
            .iter()
            .any(|seat| seat.post == reading.from.post)
            .then(|| (reading.from.post.clone(), reading.from.component.clone()))
    };
    speaks.or_else(own)
}

fn view(
    (row, reading): (Row, Reading),
    by: AccountId,
    seats: &[Seat],
    directory: &Directory,
    now: Timestamp,
) -> Option<ReadingView> {
    let speaks = |may: &dyn Fn(&ComponentId) -> bool| {
        speaker(&reading, seats, directory, now, may).map(|(seat, _)| seat.post.clone())
    };
    let is_own = seats.iter().any(|seat| seat.post == reading.from.post);
    let speaks_at_all = speaks(&|_| true);
    if !is_own && speaks_at_all.is_none() {
        return None;
    }
    let open = !reading.standing.has_ended();
    Some(ReadingView {
        id: row.id,
        version: row.version,
        propose: speaks_at_all.filter(|_| reading.may_propose()),
        agree: speaks(&|component| reading.may_agree(component, by)),
        decline: decliner(&reading, seats, directory, now).map(|(post, _)| post),
        waits: open && speaks(&|component| reading.waits_for(component)).is_some(),
        reading,
    })
}

impl Candor {
    fn seal_reading(&self, id: ReadingId, reading: &Reading) -> Result<(Vec<u8>, String), Problem> {
        self.seal_committed(Purpose::Library, &at_rest(id), reading)
    }

    /// What one says, with the hash of it.
    pub(super) fn read_reading(&self, row: &Row) -> Result<(Reading, String), Problem> {
        self.read_committed(Purpose::Library, &at_rest(row.id), &row.body)
    }

    fn known(
        directory: &Directory,
        document: Option<&DocumentId>,
        category: Option<&CategoryId>,
    ) -> Result<(), Problem> {
        let organisation = directory.organisation()?;
        let fits = document.is_none_or(|id| organisation.document(id).is_some())
            && category.is_none_or(|id| organisation.category(id).is_some());
        if fits {
            return Ok(());
        }
        Err(Problem::Unusable("Choose the document and the topic from the lists.".to_owned()))
    }

    /// Asks how a document is to be read.
    pub async fn ask_reading(
        &self,
        by: &SignedIn,
        post: &PostId,
        new: NewQuestion,
    ) -> Result<ReadingId, Problem> {
        if !asking_seats(by).any(|seat| seat.post == *post) {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        Self::known(&directory, Some(&new.document), new.category.as_ref())?;
        let from = signing(&directory, by, post)?;
        let other = directory.organisation()?.other_component(&from.component).ok_or(Problem::NotFound)?;
        let now = self.clock.now();
        let reading = Reading {
            origin: Origin::Question,
            document: Some(new.document),
            category: new.category,
            kind: ResolutionKind::Interpretation,
            issue: new.question,
            agreed: None,
            pair: Pair::of(&from.component, &other.id),
            from,
            with: None,
            since: now,
            due: due(&directory, now),
            offer: None,
            standing: Standing::Asked,
            ended: None,
            reason: None,
        };
        self.begin_reading(tx, Step::Ask, &reading).await
    }

    /// Records what was settled with a commander of the other side, who has to agree to it.
    pub async fn record_settlement(
        &self,
        by: &SignedIn,
        post: &PostId,
        new: NewSettlement,
    ) -> Result<ReadingId, Problem> {
        if !settling_seats(by).any(|seat| seat.post == *post) {
            return Err(Problem::NotFound);
        }
        if !by.fresh {
            return Err(Problem::SignInAgain);
        }
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        Self::known(&directory, new.document.as_ref(), new.category.as_ref())?;
        let organisation = directory.organisation()?;
        let from = signing(&directory, by, post)?;
        let other = organisation.component_of_post(&new.with).filter(|other| **other != from.component);
        let is_commander = matches!(new.with, PostId::Commander(_)) && organisation.has_post(&new.with);
        let Some(other) = other.filter(|_| is_commander && reading::KINDS.contains(&new.kind)) else {
            return Err(Problem::Unusable(
                "Choose a commander of the other agency from the list.".to_owned(),
            ));
        };
        self.compared(&mut tx, new.category.as_ref(), new.document.as_ref(), &new.comparison).await?;
        let now = self.clock.now();
        let reading = Reading {
            origin: Origin::Informal,
            document: new.document,
            category: new.category,
            kind: new.kind,
            issue: new.issue,
            agreed: Some(new.agreed),
            pair: Pair::of(&from.component, other),
            with: Some(new.with),
            since: now,
            due: due(&directory, now),
            offer: Some(Offer { text: new.library_text, signed: from.clone(), comparison: new.comparison }),
            from,
            standing: Standing::Proposed,
            ended: None,
            reason: None,
        };
        self.begin_reading(tx, Step::Record, &reading).await
    }

    async fn begin_reading(&self, mut tx: Tx, step: Step, reading: &Reading) -> Result<ReadingId, Problem> {
        let head = store::journal::lock_head(&mut tx).await?;
        let id = ReadingId::random(&self.randomness);
        let (body, digest) = self.seal_reading(id, reading)?;
        let asked_by = reading.from.post.to_string();
        store::readings::insert(&mut tx, &Row { id, version: 1, asked_by, open: true, body }).await?;
        let act = taken(id, step, 1, &reading.from, digest);
        self.end_step(tx, head, act.at(self.clock.now())).await?;
        Ok(id)
    }

    /// Takes a step about one, on the version that was seen.
    pub async fn act_on_reading(
        &self,
        by: &SignedIn,
        id: ReadingId,
        seen: u32,
        act: ReadingAct,
    ) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let directory = self.directory_in(&mut tx).await?;
        let now = self.clock.now();
        let mut row = store::readings::find(&mut tx, id).await?.ok_or(Problem::NotFound)?;
        let (mut reading, _) = self.read_reading(&row)?;
        let seats = directory.seats(by.account);
        let theirs = view((row.clone(), reading.clone()), by.account, &seats, &directory, now);
        let theirs = theirs.ok_or(Problem::NotFound)?;
        if row.version != seen {
            return Err(Problem::Store(StoreError::Conflict));
        }
        let (step, post) = match &act {
            ReadingAct::Propose(..) => (Step::Propose, theirs.propose),
            ReadingAct::Agree => (Step::Agree, theirs.agree),
            ReadingAct::Decline(_) => (Step::Decline, theirs.decline),
        };
        let signed = signing(&directory, by, &post.ok_or(Problem::NotFound)?)?;
        // What everybody will read is signed for by somebody who has just signed in.
        if step != Step::Decline && !by.fresh {
            return Err(Problem::SignInAgain);
        }
        if let ReadingAct::Propose(_, comparison) = &act {
            let (category, document) = (reading.category.as_ref(), reading.document.as_ref());
            self.compared(&mut tx, category, document, comparison).await?;
        }
        let took = match act {
            ReadingAct::Propose(text, comparison) => reading.propose(signed.clone(), text, comparison),
            ReadingAct::Agree => reading.agree(signed.clone()),
            ReadingAct::Decline(reason) => reading.decline(signed.clone(), reason),
        };
        took.map_err(|_: NotTaken| Problem::NotFound)?;
        if step == Step::Propose {
            // The other side has as long as the first.
            (reading.since, reading.due) = (now, due(&directory, now));
        }
        let (body, digest) = self.seal_reading(id, &reading)?;
        row.version += 1;
        row.open = !reading.standing.has_ended();
        row.body = body;
        store::readings::update(&mut tx, &row).await?;
        if step == Step::Agree {
            self.leave_draft_of_reading(&mut tx, &reading, &directory).await?;
        }
        let act = taken(id, step, row.version, &signed, digest);
        self.end_step(tx, head, act.at(now)).await
    }

    /// What somebody has to do with.
    pub async fn readings(&self, by: &SignedIn) -> Result<Readings, Problem> {
        if !takes_part(by) {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let seats = directory.seats(by.account);
        let now = self.clock.now();
        let mut all = Readings::default();
        for row in store::readings::open(&mut tx).await? {
            let (reading, _) = self.read_reading(&row)?;
            all.open.extend(view((row, reading), by.account, &seats, &directory, now));
        }
        for seat in &seats {
            for row in store::readings::asked_by(&mut tx, &seat.post).await? {
                if !row.open {
                    let (reading, _) = self.read_reading(&row)?;
                    all.ended.extend(view((row, reading), by.account, &seats, &directory, now));
                }
            }
        }
        all.open.sort_by_key(|one| (!one.waits, one.reading.due));
        all.ended.sort_by_key(|one| std::cmp::Reverse(one.reading.since));
        Ok(all)
    }

    /// One of them. Not there, and not theirs, are one answer.
    pub async fn reading(&self, by: &SignedIn, id: ReadingId) -> Result<ReadingView, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let row = store::readings::find(&mut tx, id).await?.ok_or(Problem::NotFound)?;
        let (reading, _) = self.read_reading(&row)?;
        let seats = directory.seats(by.account);
        view((row, reading), by.account, &seats, &directory, self.clock.now()).ok_or(Problem::NotFound)
    }
}

/// By when the next step should come: as long as a working group has for a case.
fn due(directory: &Directory, now: Timestamp) -> Timestamp {
    directory.calendar.due(now, directory.standards(Pace::Routine).council_extension)
}

fn taken(reading: ReadingId, step: Step, version: u32, signed: &Signed, digest: String) -> StaffAct {
    StaffAct::ReadingStep {
        reading,
        step,
        version,
        post: signed.post.clone(),
        component: signed.component.clone(),
        digest,
        by: signed.by,
    }
}
