//! Whether this machine should be sent visitors: what a balancer asks every second or two.

use std::time::{Duration, Instant};

use crate::service::{Candor, Problem};

/// How long an answer stands, so that asking costs the database nothing, whoever asks and however often.
const STANDS: Duration = Duration::from_secs(1);

/// How long the loop of the jobs may rest without a sign of life. It rests fifteen seconds.
const SILENT: Duration = Duration::from_mins(2);

/// How long one round may take. A batch of a thousand concerns takes a minute.
const LONGEST_ROUND: Duration = Duration::from_mins(30);

/// Whether this machine should be sent visitors, or why not.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Ready {
    Yes,
    /// It is being stopped.
    Leaving,
    /// Nothing that takes writes answers, or it has no deployment.
    Database,
    /// The site has been founded, and this machine's `founders.toml` does not name both leads: it knows no reader.
    Founders,
    /// The loop of the jobs has shown no sign of life for long.
    Jobs,
}

impl Ready {
    pub const ALL: [Self; 5] = [Self::Yes, Self::Leaving, Self::Database, Self::Founders, Self::Jobs];

    /// A fixed word.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Yes => "ready",
            Self::Leaving => "stopping",
            Self::Database => "database",
            Self::Founders => "founders",
            Self::Jobs => "jobs",
        }
    }
}

impl Candor {
    /// Whether this machine should be sent visitors. A site that is not founded yet is: its set-up pages are open.
    ///
    /// Rounds of the jobs that fail do not count, as long as they end: what fails them is mostly in the database that
    /// all machines share, and no machine would be left to answer. They show in the metrics and on the page about them.
    pub async fn ready(&self) -> Ready {
        if self.operations.is_leaving() {
            return Ready::Leaving;
        }
        let mut looked = self.operations.looked.lock().await;
        if let Some((_, ready)) = looked.filter(|(at, _)| at.elapsed() < STANDS) {
            return ready;
        }
        let ready = self.look().await;
        *looked = Some((Instant::now(), ready));
        ready
    }

    async fn look(&self) -> Ready {
        if self.db.is_there().await.is_err() {
            return Ready::Database;
        }
        // Where both are known nothing more is asked: all connections may be in use, which is no reason to leave.
        if !self.knows_both_leads().await {
            match self.directory().await {
                Ok(_) => {}
                Err(Problem::FoundersMissing) => return Ready::Founders,
                Err(_) => return Ready::Database,
            }
        }
        match self.operations.rounds().silent() {
            Some((silent, false)) if silent > SILENT => Ready::Jobs,
            Some((silent, true)) if silent > LONGEST_ROUND => Ready::Jobs,
            _ => Ready::Yes,
        }
    }
}
