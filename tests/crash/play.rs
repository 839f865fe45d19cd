//! One deed, stopped at each of its steps in turn.
//!
//! A step is a statement, the moment before a commit or the moment after it. Stopped before its first
//! commit, a deed must leave the database as it was, so the next try needs no copy of it. Stopped
//! after a commit, what was committed must be whole by itself, and the deed is begun again from there.

use std::collections::BTreeMap;

use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::service::{Candor, Problem};
use candor::store::Steps;

use candor::domain::concern::Dispatch;

use crate::support::app::{Reporter, TestApp};

/// What everything rests in.
type Dump = BTreeMap<String, Vec<String>>;

/// What doing a deed again means once it is done.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Again {
    /// It changes nothing, whether it says so or not.
    Nothing,
    /// It happens a second time: a second message, another sign-in.
    Twice,
    /// It goes another way, which is a deed of its own.
    Differently,
}

/// A deployment whose steps are counted, and how much of it was tried.
#[derive(Debug)]
pub struct Play {
    pub app: TestApp,
    steps: Steps,
    /// Steps at which the process was stopped.
    pub stops: u64,
    /// The kinds of command that were played, by name.
    pub kinds: Vec<String>,
}

impl Play {
    pub async fn of(app: &TestApp) -> Self {
        let (db, steps) = app.database.db.stepped();
        let mut app = app.clone();
        app.candor.db = db;
        let mut play = Self { app, steps, stops: 0, kinds: Vec::new() };
        play.start_again().await;
        play
    }

    /// What starting the program again does: whatever was only in memory is gone.
    async fn start_again(&mut self) {
        let old = &self.app.candor;
        let settings = (*old.settings).clone();
        let (keys, clock, randomness) = (old.keys.clone(), old.clock.clone(), old.randomness.clone());
        self.app.candor = Candor::open(old.db.clone(), keys, clock, randomness, settings)
            .await
            .unwrap()
            .excepting_second_factors();
    }

    /// Reads who holds what into memory, so that every try takes the same steps.
    async fn know_people(&self) {
        self.app.candor.directory().await.unwrap();
    }

    /// Plays one deed with a stop at each step, and then to its end.
    pub async fn deed(
        &mut self,
        name: &str,
        again: Again,
        deed: impl AsyncFn(&Candor) -> Result<(), Problem>,
    ) {
        self.know_people().await;
        let mut before = self.app.database.dump().await;
        let mut watching = None;
        let mut print = self.app.database.fingerprint(&mut watching).await;
        let mut progress = 0;
        let mut step = 0;
        loop {
            step += 1;
            self.steps.stop_at(step);
            let result = deed(&self.app.candor).await;
            let (stopped, committed) = (self.steps.stopped(), self.steps.committed());
            let taken = self.steps.taken();
            self.steps.stop_at(0);
            if !stopped {
                assert_eq!(taken, step - 1, "{name}: as many stops as steps");
                match result {
                    Ok(()) | Err(Problem::Refused(_) | Problem::NotFound | Problem::Moved(_)) => {}
                    Err(other) => panic!("{name}: ends badly when it is done again: {other:?}"),
                }
                assert!(progress > 0, "{name}: does something at all: {result:?}");
                return;
            }
            assert_eq!(taken, step, "{name}: stopped at the step that was named");
            assert!(result.is_err(), "{name}, step {step}: what was cut off is not said to be done");
            self.stops += 1;
            // Either the process has ended, or it lives on and only its connection was cut.
            if committed > 0 || step.is_multiple_of(20) {
                self.start_again().await;
            }
            self.know_people().await;
            let print_after = self.app.database.fingerprint(&mut watching).await;
            if print_after == print {
                continue;
            }
            print = print_after;
            let after = self.app.database.dump().await;
            if committed == 0 {
                assert!(
                    after == before,
                    "{name}, step {step}: stopped, and yet changed {}",
                    what(&before, &after)
                );
                continue;
            }
            if after == before {
                // A commit of nothing: what comes after it has not been stopped yet.
                continue;
            }
            self.is_whole(name, step, &before, &after).await;
            before = after;
            progress += 1;
            assert!(progress < 40, "{name}: no end to it");
            if again != Again::Nothing {
                self.steps.stop_at(0);
                deed(&self.app.candor).await.unwrap();
                if again == Again::Twice {
                    assert_eq!(self.steps.taken(), step, "{name}: as many stops as steps");
                }
                return;
            }
            step = 0;
        }
    }

    /// Every invariant that can be read from what rests.
    async fn is_whole(&self, name: &str, step: u64, before: &Dump, after: &Dump) {
        let report = self.app.candor.verify().await.unwrap();
        assert_eq!(report.faults, Vec::<String>::new(), "{name}, step {step}");
        let (old, new) = (|table: &str| before[table].len(), |table: &str| after[table].len());
        let ended = usize::try_from(self.app.receipts_ended().await).unwrap();
        assert_eq!(new("cases"), new("receipt") + ended, "{name}, step {step}: each case has its receipt");
        // What leaves the inbox has become something, in the same moment, or was taken back.
        if new("inbox") < old("inbox") && !name.starts_with("take back") {
            assert_eq!(old("inbox") - new("inbox"), 1, "{name}, step {step}: one act, one transaction");
            let became = new("journal") > old("journal") || new("refused_act") > old("refused_act");
            assert!(became, "{name}, step {step}: an act left the inbox and became nothing");
        }
        if new("cases") > old("cases") {
            assert_eq!(old("inbox") - new("inbox"), 1, "{name}, step {step}: a case comes from the inbox");
        }
        // Each piece of a file lies beside what describes it, or beside an act that waits.
        let lost = "SELECT COUNT(*) FROM attachment_chunk WHERE file NOT IN (SELECT id FROM envelope)";
        assert_eq!(self.app.database.number(lost).await, 0, "{name}, step {step}: a file without its case");
        assert!(new("inbox") > 0 || new("waiting_chunk") == 0, "{name}, step {step}: a file without its act");
        let aside =
            "SELECT COUNT(*) FROM waiting_chunk WHERE place <> 0 OR file IN (SELECT id FROM envelope)";
        assert_eq!(self.app.database.number(aside).await, 0, "{name}, step {step}: a file in two places");
        let twice = "SELECT COUNT(*) FROM (SELECT 1 AS one FROM notice GROUP BY case_id, resolution, recipient \
                     HAVING COUNT(*) > 1) AS twice";
        assert_eq!(self.app.database.number(twice).await, 0, "{name}, step {step}: one notice each");
        let versions =
            self.app.database.number("SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM cases").await;
        let events = self.app.database.number("SELECT COUNT(*) FROM journal WHERE case_id IS NOT NULL").await;
        assert_eq!(versions, events, "{name}, step {step}: versions count events");
    }

    /// A handler's act.
    pub async fn acts(&mut self, who: &str, number: &str, act: HandlerAct) {
        let person = self.app.person(who).await;
        let seen = self.app.candor.case(&person.signed_in, &person.seat, number).await.unwrap().seen;
        let kind = variant(&act);
        let again = if matches!(
            act,
            HandlerAct::Write { .. } | HandlerAct::Delegate { .. } | HandlerAct::ShowIdentity { .. }
        ) {
            Again::Twice
        } else {
            Again::Nothing
        };
        self.deed(&format!("{kind} by {who}"), again, async |candor| {
            candor.handler_acts(&person.signed_in, &person.seat, number, seen, act.clone()).await
        })
        .await;
        self.kinds.push(kind);
    }

    /// Both accept what is on the table.
    pub async fn both_accept(&mut self, number: &str, who: [&str; 2]) {
        for name in who {
            let view = self.app.case(name, number).await.unwrap();
            let hash = view.proposals.iter().find(|one| one.on_table).expect("a version on the table").hash;
            self.acts(name, number, HandlerAct::Accept { hash }).await;
        }
    }

    /// Sends an act of a reporter, and lets its batch come; both stopped everywhere.
    pub async fn reporter(&mut self, reporter: &Reporter, act: ReporterAct) {
        let kind = match &act {
            // What a commander does is called so as well.
            ReporterAct::Rate { .. } => "RateByReceipt".to_owned(),
            act => variant(act),
        };
        let cookie = self.app.cookie(reporter).await;
        self.deed(&format!("send {kind}"), Again::Nothing, async |candor| {
            candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.map(drop)
        })
        .await;
        self.batch(&kind).await;
        self.kinds.push(kind);
    }

    /// The batch of whatever waits.
    pub async fn batch(&mut self, of: &str) {
        let slot = candor::store::inbox::next_slot(&mut self.app.database.read().await).await.unwrap();
        self.app.candor.clock.advance_to(slot.expect("something waits"));
        self.deed(&format!("batch of {of}"), Again::Nothing, async |candor| {
            candor.run_batch().await.map(drop)
        })
        .await;
    }

    /// Time passes, and the clock does what is due.
    pub async fn sweep(&mut self, days: i64) {
        let now = self.app.now();
        self.app.candor.clock.advance_to(now.plus(days * candor::clock::DAY));
        self.deed("sweep", Again::Nothing, async |candor| candor::jobs::sweep(candor).await.map(drop)).await;
        self.kinds.push("Sweep".to_owned());
    }

    /// Time passes, and what is due is destroyed.
    pub async fn destroy(&mut self, days: i64, what: &str) {
        let now = self.app.now();
        self.app.candor.clock.advance_to(now.plus(days * candor::clock::DAY));
        self.deed(&format!("destroy {what}"), Again::Nothing, async |candor| {
            candor::jobs::retain(candor).await.map(drop)
        })
        .await;
        self.kinds.push("Destroy".to_owned());
    }
}

/// The name of an act, which is that of its command.
fn variant(act: &impl std::fmt::Debug) -> String {
    format!("{act:?}").chars().take_while(char::is_ascii_alphanumeric).collect()
}

/// The tables in which two dumps differ.
fn what(before: &Dump, after: &Dump) -> String {
    before.keys().filter(|table| before[*table] != after[*table]).cloned().collect::<Vec<_>>().join(", ")
}
