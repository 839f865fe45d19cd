//! Exchanging the service key: what rests under the previous one is sealed anew under the present one, a few
//! rows a transaction, beside a site that runs. Ended anywhere and begun again, it goes on where it was.

use super::{Candor, Problem, cases, library, measures, members, readings, record, secrets, support};
use crate::crypto::factor::AppSecret;
use crate::crypto::passkey::Passkey;
use crate::crypto::service::Purpose;
use crate::store::sealed::{Place, Sealed, Sort};
use crate::store::{self, StoreError};

/// Records of one transaction: few, so that nobody waits long for it.
const PORTION: i64 = 100;

/// How often everything is gone through, while machines that seal under the previous key still write.
const ROUNDS: u32 = 3;

/// How often a portion is tried that met somebody else's writing.
const ATTEMPTS: u32 = 5;

/// How many records of one sort rest under which key.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Resting {
    pub sort: Sort,
    pub records: u64,
    /// Under the previous key.
    pub before: u64,
    /// Under neither, or damaged.
    pub shut: u64,
}

/// Under which keys everything rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rotation {
    pub sorts: Vec<Resting>,
    /// Who has a passphrase that is mixed with an earlier pepper, and has to sign in once.
    pub passphrases: Vec<String>,
}

impl Rotation {
    /// Records under the previous key.
    #[must_use]
    pub fn before(&self) -> u64 {
        self.sorts.iter().map(|resting| resting.before).sum()
    }

    /// Records that neither key opens.
    #[must_use]
    pub fn shut(&self) -> u64 {
        self.sorts.iter().map(|resting| resting.shut).sum()
    }
}

/// How far one sort is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Progress {
    pub sort: Sort,
    pub looked_at: u64,
    pub sealed_anew: u64,
    /// When this sort was begun; what came since is looked at as well.
    pub of: u64,
}

impl Candor {
    fn belongs(&self, place: &Place) -> (Purpose, Vec<u8>) {
        match place {
            Place::Secret { what, generation } => (Purpose::Pepper, secrets::associated(what, *generation)),
            Place::Wrap { case, audience, version, reader } => {
                (Purpose::Wrap, cases::wrap_at_rest(*case, audience.unsigned_abs(), *version, reader))
            }
            Place::Journal { sequence, case } => (Purpose::Journal, record::associated(*sequence, *case)),
            Place::State(case) => (Purpose::CaseRow, cases::row_at_rest(*case, "state")),
            Place::Subject(case) => (Purpose::CaseRow, cases::row_at_rest(*case, "subject")),
            Place::Receipt(id) | Place::Refused(id) => (Purpose::Receipt, id.to_vec()),
            Place::Inbox(id) => (Purpose::Inbox, id.to_vec()),
            Place::Chunk(piece) | Place::WaitingChunk(piece) => {
                (Purpose::Attachment, cases::piece_at_rest(*piece))
            }
            Place::SecondFactor(account) => {
                (Purpose::Account, AppSecret::associated(self.deployment, *account))
            }
            Place::Measures(quarter) => (Purpose::Measures, measures::associated(quarter)),
            Place::Passkey { account, .. } => {
                (Purpose::Account, Passkey::associated((self.deployment, *account)))
            }
            Place::LibraryDraft(draft) => (Purpose::Library, library::draft_at_rest(*draft)),
            Place::Member(member) => (Purpose::Member, members::at_rest(*member)),
            Place::LibraryLink(entry) => (Purpose::Library, library::link_at_rest(*entry)),
            Place::Reading(reading) => (Purpose::Library, readings::at_rest(*reading)),
            Place::Support(support) => (Purpose::Support, support::at_rest(*support)),
        }
    }

    /// The record sealed anew, or none if it rests under the present key.
    fn anew(&self, sealed: &Sealed) -> Result<Option<Vec<u8>>, crate::crypto::Error> {
        let (purpose, associated) = self.belongs(&sealed.place);
        self.keys.reseal(purpose, &associated, &sealed.body, &self.randomness)
    }

    async fn portion(&self, sort: Sort, last: Option<&Place>) -> Result<Vec<Sealed>, Problem> {
        Ok(store::sealed::after(&mut self.db.read().await?, sort, last, PORTION).await?)
    }

    /// How many records rest under which key. Nothing is changed.
    pub async fn rotation(&self) -> Result<Rotation, Problem> {
        let mut sorts = Vec::with_capacity(Sort::ALL.len());
        for sort in Sort::ALL {
            let mut resting = Resting { sort: *sort, records: 0, before: 0, shut: 0 };
            let mut last = None;
            loop {
                let portion = self.portion(*sort, last.as_ref()).await?;
                for sealed in &portion {
                    resting.records += 1;
                    match self.anew(sealed) {
                        Ok(None) => {}
                        Ok(Some(_)) => resting.before += 1,
                        Err(_) => resting.shut += 1,
                    }
                }
                let Some(end) = portion.into_iter().next_back() else { break };
                last = Some(end.place);
            }
            sorts.push(resting);
        }
        let mut tx = self.db.read().await?;
        let newest = store::secrets::all(&mut tx).await?.iter().map(|one| one.generation).max();
        let passphrases = store::secrets::before(&mut tx, newest.unwrap_or(1)).await?;
        Ok(Rotation { sorts, passphrases })
    }

    /// Seals everything under the present service key that rests under the previous one, tells how far it
    /// is, and returns what is left.
    pub async fn rotate_service_key(&self, mut tell: impl FnMut(Progress)) -> Result<Rotation, Problem> {
        let newest = self.begin_pepper().await?;
        let mut round = 0;
        loop {
            round += 1;
            for sort in Sort::ALL {
                self.seal_anew(*sort, &mut tell).await?;
            }
            let left = self.rotation().await?;
            if left.before() > 0 && round < ROUNDS {
                continue;
            }
            self.forget_peppers(newest).await?;
            // The log beside the tables still has what was there before.
            self.db.forget_traces().await?;
            return self.rotation().await;
        }
    }

    async fn seal_anew(&self, sort: Sort, tell: &mut impl FnMut(Progress)) -> Result<(), Problem> {
        let of = sort.count(&mut self.db.read().await?).await?.unsigned_abs();
        let mut progress = Progress { sort, looked_at: 0, sealed_anew: 0, of };
        let mut last = None;
        loop {
            let portion = self.portion(sort, last.as_ref()).await?;
            progress.looked_at += portion.len() as u64;
            // What neither key opens is left as it is, and counted at the end.
            let anew: Vec<(&Sealed, Vec<u8>)> = portion
                .iter()
                .filter_map(|sealed| Some((sealed, self.anew(sealed).ok().flatten()?)))
                .collect();
            if !anew.is_empty() {
                progress.sealed_anew += self.put(&anew).await?;
            }
            tell(progress);
            let Some(end) = portion.into_iter().next_back() else { return Ok(()) };
            last = Some(end.place);
        }
    }

    /// Puts records in the place of what was read. What somebody else has changed since is left to them.
    async fn put(&self, anew: &[(&Sealed, Vec<u8>)]) -> Result<u64, Problem> {
        let mut attempt = 0;
        loop {
            attempt += 1;
            match self.put_once(anew).await {
                Err(StoreError::Conflict) if attempt < ATTEMPTS => {}
                done => return Ok(done?),
            }
        }
    }

    async fn put_once(&self, anew: &[(&Sealed, Vec<u8>)]) -> Result<u64, StoreError> {
        let mut tx = self.db.write().await?;
        let mut replaced = 0;
        for (read, body) in anew {
            replaced += u64::from(store::sealed::replace(&mut tx, read, body).await?);
        }
        tx.commit().await?;
        Ok(replaced)
    }
}
