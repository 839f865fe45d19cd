//! Publishing the measures of each quarter once, and reading what was published.

use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::clock::Timestamp;
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::deadline::Calendar;
use crate::domain::dispute::Event;
use crate::domain::id::CaseId;
use crate::domain::measures::{
    Followed, Period, Quarter, Reached, Release, Rules, reach_sheet, sheets, support, suppress,
};
use crate::domain::policy;
use crate::domain::support::Counted;
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::measures::Row;
use crate::store::{self, StoreError, Tx};

/// Cases read in one go. Each portion is a short transaction of its own: what counts lies weeks back, and
/// nothing that happens meanwhile changes it.
const PORTION: i64 = 200;

/// Quarters published in one round at most, after a pause.
const MOST: usize = 40;

/// What a quarter's row is bound to.
pub(super) fn associated(quarter: &str) -> Vec<u8> {
    Canonical::new("candor measures 1").text(quarter).finish()
}

/// The hash of what was published, as the journal has it.
pub(super) fn digest(text: &[u8]) -> String {
    hexadecimal(&Sha256::digest(text))
}

impl Candor {
    /// Publishes every quarter whose time has come by `now`, each once. Safe at any time, twice, after a
    /// pause of several quarters and on several machines at once. Returns how many were published here.
    pub async fn measure(&self, now: Timestamp) -> Result<usize, Problem> {
        let mut counted = None;
        let mut published = 0;
        for _ in 0..MOST {
            let Some(period) = self.next_to_publish(now).await? else { break };
            let (cases, requests) = match &mut counted {
                Some(counted) => counted,
                None => counted.insert((self.followed().await?, self.counted_support().await?)),
            };
            let reached = self.reached(&period).await?;
            published += usize::from(self.publish(period, cases, requests, reached.as_deref()).await?);
        }
        Ok(published)
    }

    /// The quarter that will be published next, and from when on.
    pub async fn next_measures(&self) -> Result<Option<(Quarter, Timestamp)>, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let calendar = &directory.calendar;
        let quarter = if let Some(newest) = store::measures::newest(&mut tx).await? {
            newest.parse::<Quarter>().map_err(|()| Problem::Damaged)?.next()
        } else {
            let deployment = store::organisation::deployment(&mut tx).await?;
            let founded = deployment.and_then(|deployment| deployment.founded_at);
            let Some(first) = founded.and_then(|at| calendar.date_of(at)) else { return Ok(None) };
            Quarter::of(first)
        };
        Ok(quarter.published_from(calendar).map(|from| (quarter, from)))
    }

    async fn next_to_publish(&self, now: Timestamp) -> Result<Option<Period>, Problem> {
        let Some((quarter, from)) = self.next_measures().await? else { return Ok(None) };
        if now < from {
            return Ok(None);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let before = self.releases(&mut tx).await?.pop().map(|release| release.period.ends);
        let period = quarter.period(&directory.calendar, before);
        // A batch of that quarter has not run: what it brings would belong there.
        let waits = store::inbox::next_slot(&mut tx).await?;
        Ok(period.filter(|period| waits.is_none_or(|slot| slot > period.ends)))
    }

    /// Every case that counts, from its events.
    async fn followed(&self) -> Result<Vec<Followed>, Problem> {
        let calendar = self.directory().await?.calendar.clone();
        let mut followed = Vec::new();
        let mut last = None;
        loop {
            let mut tx = self.db.read().await?;
            let ids = store::cases::identifiers(&mut tx, last, PORTION).await?;
            let Some(end) = ids.last() else { return Ok(followed) };
            last = Some(*end);
            for id in ids {
                followed.extend(self.follow(&mut tx, id, &calendar).await?);
            }
        }
    }

    async fn follow(
        &self,
        tx: &mut Tx,
        id: CaseId,
        calendar: &Calendar,
    ) -> Result<Option<Followed>, Problem> {
        // Gone since it was listed.
        let Some(row) = store::cases::find(tx, id).await? else { return Ok(None) };
        let document = self.subject_of(&row)?.document;
        let events: Vec<Event> = self.events(tx, id).await?.into_iter().map(|(_, event)| event).collect();
        Ok(Followed::of(&events, calendar, document))
    }

    /// Writes a quarter down. False if another machine was first.
    async fn publish(
        &self,
        period: Period,
        cases: &[Followed],
        requests: &[Counted],
        reached: Option<&[Reached]>,
    ) -> Result<bool, Problem> {
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let organisation = directory.organisation()?;
        let (mut sheets, days) = sheets(cases, &period, organisation).ok_or(Problem::Damaged)?;
        sheets.extend(support::sheet(requests, &period, organisation));
        sheets.extend(reached.and_then(|reached| reach_sheet(reached, organisation)));
        let release = suppress::release(period, &sheets, &days, Rules::IN_FORCE);
        let text = Zeroizing::new(serde_json::to_vec(&release).map_err(|_| Problem::Damaged)?);
        let quarter = period.quarter.to_string();
        let head = store::journal::lock_head(&mut tx).await?;
        if store::measures::newest(&mut tx).await?.is_some_and(|newest| newest >= quarter) {
            return Ok(false);
        }
        let act = StaffAct::MeasuresPublished { quarter: quarter.clone(), digest: digest(&text) };
        self.record(&mut tx, head, &[(None, act.at(self.clock.now()))]).await?;
        let body = self.keys.seal(Purpose::Measures, &associated(&quarter), &text, &self.randomness)?;
        match store::measures::insert(&mut tx, &Row { quarter, body }).await {
            Ok(()) => {}
            Err(StoreError::Duplicate | StoreError::Conflict) => return Ok(false),
            Err(error) => return Err(error.into()),
        }
        match tx.commit().await {
            Ok(()) => Ok(true),
            Err(StoreError::Conflict) => Ok(false),
            Err(error) => Err(error.into()),
        }
    }

    /// What was published, opened; damage if a row is not what was sealed for its quarter.
    pub(super) fn read_measures(&self, row: &Row) -> Result<(Zeroizing<Vec<u8>>, Release), Problem> {
        let text = self.keys.open(Purpose::Measures, &associated(&row.quarter), &row.body)?;
        let release: Release = serde_json::from_slice(&text).map_err(|_| Problem::Damaged)?;
        if release.period.quarter.to_string() != row.quarter {
            return Err(Problem::Damaged);
        }
        Ok((text, release))
    }

    async fn releases(&self, tx: &mut Tx) -> Result<Vec<Release>, Problem> {
        let rows = store::measures::all(tx).await?;
        rows.iter().map(|row| Ok(self.read_measures(row)?.1)).collect()
    }

    /// Everything that was published, oldest first, for whoever runs the program.
    pub async fn published_measures(&self) -> Result<Vec<Release>, Problem> {
        self.releases(&mut self.db.read().await?).await
    }

    /// Everything that was published, oldest first, for members of the Council and of headquarters.
    pub async fn measures(&self, by: &SignedIn) -> Result<Vec<Release>, Problem> {
        self.may_read_measures(by).await?;
        self.releases(&mut self.db.read().await?).await
    }

    /// [`Problem::NotFound`] for whoever is no member of the Council or of headquarters.
    pub(super) async fn may_read_measures(&self, by: &SignedIn) -> Result<(), Problem> {
        let directory = self.directory_in(&mut self.db.read().await?).await?;
        let reads = directory.seats(by.account).iter().any(|seat| policy::reads_measures(&seat.post));
        if reads { Ok(()) } else { Err(Problem::NotFound) }
    }
}
