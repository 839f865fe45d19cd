//! Forecasts for the Council and headquarters, from what the measures have published.

use std::sync::Arc;

use tokio::sync::Semaphore;

use super::accounts::SignedIn;
use super::directory::Directory;
use super::{Candor, Problem};
use crate::clock::Timestamp;
use crate::domain::concern::Pace;
use crate::domain::deadline::Standards;
use crate::domain::forecast::{
    self, CASES_MOST, Habits, Outlook, Question, Setting, Tested, back_test, simulate,
};
use crate::domain::id::PostId;
use crate::domain::measures::Release;

/// One at a time in the whole program: each keeps a core busy for a few seconds.
static LANE: Semaphore = Semaphore::const_new(1);

/// Steps that people are taken to have time for on a working day. Nothing measures it.
const STEPS_A_DAY: u32 = 3;

/// Cases of a quarter where nothing is published yet.
const CASES: u32 = 40;

/// What a forecast starts from.
#[derive(Clone, Debug)]
pub struct Basis {
    releases: Vec<Release>,
    directory: Arc<Directory>,
    now: Timestamp,
    pub habits: Habits,
    /// As things are.
    pub setting: Setting,
    /// Whether the number of cases was published.
    pub cases_known: bool,
}

/// A quarter as things are, and as they would be.
#[derive(Clone, Debug)]
pub struct Forecast {
    pub now: Outlook,
    pub then: Outlook,
}

impl Candor {
    /// What is known and how things are, for members of the Council and of headquarters.
    pub async fn forecast_basis(&self, by: &SignedIn) -> Result<Basis, Problem> {
        let releases = self.measures(by).await?;
        let directory = self.directory().await?;
        let standards = directory.standards(Pace::Routine);
        let cases = forecast::intake(&releases);
        let setting = Setting {
            cases: cases.unwrap_or(CASES).clamp(1, CASES_MOST),
            standards,
            ..people(&directory, standards)
        };
        Ok(Basis {
            habits: forecast::habits(&releases, &standards),
            cases_known: cases.is_some(),
            now: self.clock.now(),
            releases,
            directory,
            setting,
        })
    }
}

/// Who is there, as averages of posts of a kind: nobody is told who they are.
fn people(directory: &Directory, standards: Standards) -> Setting {
    let count = |kind: fn(&PostId) -> bool| {
        let of_kind = directory.acting.iter().filter(|(post, members)| kind(post) && !members.is_empty());
        let (posts, people) =
            of_kind.fold((0, 0), |(posts, people), (_, members)| (posts + 1, people + members.len()));
        let each = if posts == 0 { 1 } else { people.div_ceil(posts) };
        (posts, u32::try_from(each).unwrap_or(1))
    };
    let (posts, commanders) = count(|post| matches!(post, PostId::Commander(_)));
    Setting {
        cases: CASES,
        // Two sides share a case.
        units: u32::try_from(posts / 2).unwrap_or(1).max(1),
        commanders,
        council: count(|post| matches!(post, PostId::Council(_))).1,
        delegates: count(|post| matches!(post, PostId::Secretary)).1,
        steps_a_day: STEPS_A_DAY,
        standards,
    }
}

impl Basis {
    /// How many quarters a forecast rests on.
    #[must_use]
    pub fn quarters(&self) -> usize {
        self.releases.len()
    }

    /// Simulates a quarter as things are and as they would be, each meeting the same cases.
    /// [`Problem::Busy`] while another forecast is being worked out.
    pub async fn forecast(&self, then: Setting) -> Result<Forecast, Problem> {
        let basis = self.clone();
        apart(move || {
            // As many runs of both, so that each quarter has its counterpart.
            let runs = Question::runs_for(basis.setting.cases.max(then.cases));
            let outlook = |setting| {
                simulate(&Question {
                    habits: &basis.habits,
                    measured_under: &basis.setting.standards,
                    setting,
                    calendar: &basis.directory.calendar,
                    start: basis.now,
                    seed: SEED,
                    runs,
                })
            };
            Forecast { now: outlook(basis.setting), then: outlook(then) }
        })
        .await
    }

    /// Forecasts the latest published quarters from those before them.
    pub async fn back_test(&self) -> Result<Vec<Tested>, Problem> {
        let basis = self.clone();
        apart(move || back_test(&basis.releases, &basis.setting, &basis.directory.calendar, SEED)).await
    }
}

/// The same for everybody, so that one question has one answer.
const SEED: u64 = 2_007;

/// Works something out where no request waits for it.
async fn apart<T: Send + 'static>(work: impl FnOnce() -> T + Send + 'static) -> Result<T, Problem> {
    let place = LANE.try_acquire().map_err(|_| Problem::Busy { retry_after: 20 })?;
    let done = tokio::task::spawn_blocking(move || {
        let _place = place;
        work()
    });
    done.await.map_err(|_| Problem::Damaged)
}
