//! Support that one side asks of the other: each step in one transaction with its entry in the journal. It is seen by
//! the two desks that have to do with it and by nobody else, and is about no case.

use uuid::Uuid;

use crate::clock::Timestamp;
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::dispute::Seat;
use crate::domain::id::{PostId, SupportId};
use crate::domain::prose::Prose;
use crate::domain::reading::{NotTaken, Signed};
use crate::domain::support::{
    Counted, End, FURTHEST, Given, Standing, Step, Support, TO_CONFIRM, Word, answer_needs_words,
    confirmation_needs_words, desk, furthest,
};
use crate::store::support::Row;
use crate::store::{self, StoreError};

use super::accounts::SignedIn;
use super::committed::signing;
use super::readings::asking_seats;
use super::record::StaffAct;
use super::{Candor, Problem};

/// Requests that have ended and are listed, of each desk.
pub const ENDED_MOST: i64 = 50;

/// Rows read in one go, when all are counted.
const PORTION: i64 = 500;

/// Support to ask for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewSupport {
    /// A commander of the other component.
    pub of: PostId,
    pub what: Prose,
    /// By when: the end of a day.
    pub due: Timestamp,
}

/// What somebody does about a request that is there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum SupportAct {
    /// The asked side says what it gives.
    Answer(Given, Prose),
    /// The side that asked says what came.
    Confirm(Given, Prose),
    Withdraw,
}

/// A request, as somebody at one of its two ends sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct SupportView {
    pub id: SupportId,
    pub version: u32,
    pub support: Support,
    pub standing: Standing,
    /// In which of their posts this person has to do with it, and at which end.
    pub post: PostId,
    pub end: End,
    pub may_answer: bool,
    pub may_confirm: bool,
    pub may_withdraw: bool,
}

impl SupportView {
    /// Whether it is this person's turn.
    #[must_use]
    pub const fn waits(&self) -> bool {
        self.standing.waits_for(self.end)
    }
}

/// What somebody has to do with.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Requests {
    /// Open ones, those that wait for this person first, soonest due first.
    pub open: Vec<SupportView>,
    /// The last ones that have ended, newest first.
    pub ended: Vec<SupportView>,
}

/// Where one belongs at rest.
pub(super) fn at_rest(id: SupportId) -> Vec<u8> {
    Canonical::new("candor support 1").bytes(id.as_bytes()).finish()
}

/// Whether somebody asks for support, and is asked for it.
#[must_use]
pub fn takes_part(by: &SignedIn) -> bool {
    asking_seats(by).next().is_some()
}

fn view(row: &Row, support: Support, seats: &[Seat], now: Timestamp) -> Option<SupportView> {
    let (post, end) = seats.iter().find_map(|seat| Some((seat.post.clone(), support.end_of(seat)?)))?;
    Some(SupportView {
        id: row.id,
        version: row.version,
        standing: support.standing(now),
        post,
        end,
        may_answer: support.may_answer(end, now),
        may_confirm: support.may_confirm(end, now),
        may_withdraw: support.may_withdraw(end, now),
        support,
    })
}

impl Candor {
    fn seal_support(&self, id: SupportId, support: &Support) -> Result<(Vec<u8>, String), Problem> {
        self.seal_committed(Purpose::Support, &at_rest(id), support)
    }

    /// What a request says, with the hash of it.
    pub(super) fn read_support(&self, row: &Row) -> Result<(Support, String), Problem> {
        self.read_committed(Purpose::Support, &at_rest(row.id), &row.body)
    }

    /// Asks a commander of the other component for support.
    pub async fn ask_support(
        &self,
        by: &SignedIn,
        post: &PostId,
        new: NewSupport,
    ) -> Result<SupportId, Problem> {
        if !asking_seats(by).any(|seat| seat.post == *post) {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let from = signing(&directory, by, post)?;
        let now = self.clock.now();
        let organisation = directory.organisation()?;
        let is_theirs = organisation.component_of_post(&new.of).is_some_and(|other| *other != from.component);
        if !is_theirs || !matches!(new.of, PostId::Commander(_)) || !organisation.has_post(&new.of) {
            return Err(Problem::Unusable(
                "Choose a commander of the other agency from the list.".to_owned(),
            ));
        }
        if new.due <= now || new.due > furthest(now, &directory.calendar) {
            return Err(Problem::Unusable(format!(
                "Choose a day that is still to come, within {FURTHEST} days."
            )));
        }
        let support = Support {
            what: new.what,
            from,
            of: new.of,
            since: now,
            due: new.due,
            confirm_by: directory.calendar.due(new.due, TO_CONFIRM),
            answer: None,
            confirmed: None,
            withdrawn: false,
            ended: None,
        };
        let head = store::journal::lock_head(&mut tx).await?;
        let id = SupportId::random(&self.randomness);
        let (body, digest) = self.seal_support(id, &support)?;
        let row = Row {
            id,
            version: 1,
            asked_by: desk(&support.from.post).to_string(),
            asked_of: desk(&support.of).to_string(),
            open_until: support.open_until(),
            body,
        };
        store::support::insert(&mut tx, &row).await?;
        let act = taken(id, Step::Ask, 1, &support.from, digest);
        self.end_step(tx, head, act.at(now)).await?;
        Ok(id)
    }

    /// Takes a step about a request, on the version that was seen.
    pub async fn act_on_support(
        &self,
        by: &SignedIn,
        id: SupportId,
        seen: u32,
        act: SupportAct,
    ) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let head = store::journal::lock_head(&mut tx).await?;
        let directory = self.directory_in(&mut tx).await?;
        let now = self.clock.now();
        let mut row = store::support::find(&mut tx, id).await?.ok_or(Problem::NotFound)?;
        let (mut support, _) = self.read_support(&row)?;
        let seats = directory.seats(by.account);
        let theirs = view(&row, support.clone(), &seats, now).ok_or(Problem::NotFound)?;
        if row.version != seen {
            return Err(Problem::Store(StoreError::Conflict));
        }
        let signed = signing(&directory, by, &theirs.post)?;
        let word = |given, words| Word { given, words, signed: signed.clone() };
        let answered = support.answer.as_ref().map(|answer| answer.given);
        let step = match act {
            SupportAct::Answer(given, words) if theirs.may_answer => {
                explained(answer_needs_words(given), &words)?;
                support.answer(word(given, words), now)
            }
            SupportAct::Confirm(given, words) if theirs.may_confirm => {
                let differs = answered.is_some_and(|said| confirmation_needs_words(said, given));
                explained(differs, &words)?;
                support.confirm(word(given, words), now)
            }
            SupportAct::Withdraw if theirs.may_withdraw => support.withdraw(now),
            _ => Err(NotTaken::NotYours),
        };
        let step = step.map_err(|_: NotTaken| Problem::NotFound)?;
        let (body, digest) = self.seal_support(id, &support)?;
        row.version += 1;
        row.open_until = support.open_until();
        row.body = body;
        store::support::update(&mut tx, &row).await?;
        let act = taken(id, step, row.version, &signed, digest);
        self.end_step(tx, head, act.at(now)).await
    }

    /// What somebody has to do with.
    pub async fn requests(&self, by: &SignedIn) -> Result<Requests, Problem> {
        self.requests_with(by, ENDED_MOST).await
    }

    /// What waits for somebody, soonest due first.
    pub async fn waiting_requests(&self, by: &SignedIn) -> Result<Vec<SupportView>, Problem> {
        let mut open = self.requests_with(by, 0).await?.open;
        open.retain(SupportView::waits);
        Ok(open)
    }

    async fn requests_with(&self, by: &SignedIn, ended: i64) -> Result<Requests, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        if !takes_part(by) {
            return Err(Problem::NotFound);
        }
        let seats = directory.seats(by.account);
        let now = self.clock.now();
        let mut desks: Vec<PostId> = seats.iter().map(|seat| desk(&seat.post)).collect();
        desks.sort();
        desks.dedup();
        let mut all = Requests::default();
        for desk in &desks {
            for row in store::support::open(&mut tx, desk, now).await? {
                all.open.extend(view(&row, self.read_support(&row)?.0, &seats, now));
            }
            for row in store::support::ended(&mut tx, desk, now, ended).await? {
                all.ended.extend(view(&row, self.read_support(&row)?.0, &seats, now));
            }
        }
        // Whoever has both desks has it from both.
        all.open.sort_by_key(|one| (!one.waits(), one.support.next_due(), one.id));
        all.open.dedup_by_key(|one| one.id);
        all.ended.sort_by_key(|one| (std::cmp::Reverse(one.support.open_until()), one.id));
        all.ended.dedup_by_key(|one| one.id);
        Ok(all)
    }

    /// One of them. Not there, and not theirs, are one answer.
    pub async fn request(&self, by: &SignedIn, id: SupportId) -> Result<SupportView, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let row = store::support::find(&mut tx, id).await?.ok_or(Problem::NotFound)?;
        let (support, _) = self.read_support(&row)?;
        view(&row, support, &directory.seats(by.account), self.clock.now()).ok_or(Problem::NotFound)
    }

    /// Every request that counts, for the measures.
    pub(super) async fn counted_support(&self) -> Result<Vec<Counted>, Problem> {
        let mut counted = Vec::new();
        let mut last = SupportId(Uuid::nil());
        loop {
            let mut tx = self.db.read().await?;
            let rows = store::support::after(&mut tx, last, PORTION).await?;
            let Some(end) = rows.last() else { return Ok(counted) };
            last = end.id;
            for row in &rows {
                counted.extend(self.read_support(row)?.0.counted());
            }
        }
    }
}

fn explained(needed: bool, words: &Prose) -> Result<(), Problem> {
    if needed && words.is_empty() {
        return Err(Problem::Unusable("Say in a few words why.".to_owned()));
    }
    Ok(())
}

fn taken(support: SupportId, step: Step, version: u32, signed: &Signed, digest: String) -> StaffAct {
    StaffAct::SupportStep {
        support,
        step,
        version,
        post: signed.post.clone(),
        component: signed.component.clone(),
        digest,
        by: signed.by,
    }
}
