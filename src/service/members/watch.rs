//! The roster that is being taken in on this machine, one at a time, for a page that says how far it is.

use std::sync::{Arc, Mutex, PoisonError};

use crate::domain::id::AccountId;
use crate::domain::roster::Faults;
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};
use crate::store::StoreError;

use super::roster::{Checked, Counts, Scope, Step};

/// How a roster stands.
#[derive(Clone, Debug, Default)]
pub enum RosterStanding {
    #[default]
    None,
    Working(Step),
    Faulty(Faults),
    /// Checked; what it would change waits for a yes.
    Ready(Scope, Counts),
    Taken(Counts),
    /// Why nothing was changed.
    Failed(String),
}

#[derive(Debug, Default)]
struct Work {
    /// Whose it is; nobody else sees it.
    by: Option<AccountId>,
    standing: RosterStanding,
    checked: Option<Arc<Checked>>,
}

/// Kept in memory alone, and let go of once it is taken: that it was taken stands in the journal.
#[derive(Clone, Debug, Default)]
pub struct Rosters(Arc<Mutex<Work>>);

impl Rosters {
    fn change<T>(&self, change: impl FnOnce(&mut Work) -> T) -> T {
        change(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner))
    }

    fn end(&self, standing: RosterStanding, checked: Option<Arc<Checked>>) {
        self.change(|work| {
            work.standing = standing;
            work.checked = checked;
        });
    }

    fn teller(&self) -> impl Fn(Step) + Send + Sync + Clone + 'static {
        let rosters = self.clone();
        move |step| rosters.change(|work| work.standing = RosterStanding::Working(step))
    }
}

fn said(problem: Problem) -> String {
    match problem {
        Problem::Store(StoreError::Conflict) => {
            "Another roster was taken meanwhile. Please choose the file again.".to_owned()
        }
        other => other.to_string(),
    }
}

impl Candor {
    /// Begins to check a roster beside everything else. False while one is being worked on.
    pub fn begin_roster(&self, by: SignedIn, file: Vec<u8>, scope: Scope) -> Result<bool, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let begins = self.rosters.change(|work| {
            if matches!(work.standing, RosterStanding::Working(_)) {
                return false;
            }
            let standing = RosterStanding::Working(Step::Reading { lines: 0, of: 0 });
            *work = Work { by: Some(by.account), standing, checked: None };
            true
        });
        if begins {
            let candor = self.clone();
            tokio::spawn(async move {
                let tell = candor.rosters.teller();
                match candor.check_roster(&by, file, scope, tell).await {
                    Ok(Ok(checked)) => {
                        let standing = RosterStanding::Ready(scope, checked.counts);
                        candor.rosters.end(standing, Some(Arc::new(checked)));
                    }
                    Ok(Err(faults)) => candor.rosters.end(RosterStanding::Faulty(faults), None),
                    Err(problem) => candor.rosters.end(RosterStanding::Failed(said(problem)), None),
                }
            });
        }
        Ok(begins)
    }

    /// Begins to take the roster that this administrator had checked. False if there is none.
    pub fn begin_taking(&self, by: SignedIn) -> Result<bool, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let checked = self.rosters.change(|work| {
            if work.by != Some(by.account) || !matches!(work.standing, RosterStanding::Ready(..)) {
                return None;
            }
            let checked = work.checked.take()?;
            let of = checked.counts.on_it;
            work.standing = RosterStanding::Working(Step::Comparing { people: 0, of });
            Some(checked)
        });
        let Some(checked) = checked else { return Ok(false) };
        let candor = self.clone();
        tokio::spawn(async move {
            let tell = candor.rosters.teller();
            let standing = match candor.take_roster(&by, &checked, tell).await {
                Ok(counts) => RosterStanding::Taken(counts),
                Err(problem) => RosterStanding::Failed(said(problem)),
            };
            candor.rosters.end(standing, None);
        });
        Ok(true)
    }

    /// Lets go of what was checked and not taken.
    pub fn drop_roster(&self, by: &SignedIn) -> Result<(), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        self.rosters.change(|work| {
            if work.by == Some(by.account) && !matches!(work.standing, RosterStanding::Working(_)) {
                *work = Work::default();
            }
        });
        Ok(())
    }

    /// How the roster stands that this administrator brought.
    pub fn roster_standing(&self, by: &SignedIn) -> Result<RosterStanding, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        Ok(self.rosters.change(|work| {
            if work.by == Some(by.account) { work.standing.clone() } else { RosterStanding::None }
        }))
    }
}
