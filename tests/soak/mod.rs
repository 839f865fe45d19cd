//! Months of a whole organisation: on many cases at once somebody does something that is offered to them, drawn
//! from a seed, while time passes in days and weeks; and then everything that must hold is looked at.
//!
//! `CANDOR_TEST_LONG=1` plays until 100,000 commands were accepted on SQLite and 20,000 on PostgreSQL.

use std::collections::{BTreeMap, BTreeSet};
use std::time::Instant;

use candor::clock::{DAY, HOUR};
use candor::domain::dispute::StageName;
use candor::domain::policy::CommandKind as Kind;
use candor::service::Problem;
use candor::service::inbox::Acted;

use crate::support::app::{PEOPLE, Person, Reporter, TestApp};
use crate::support::{Engine, is_long, run_on, tell};

mod choice;

use choice::Chance;

/// Cases under way at the same time.
const AT_ONCE: usize = 14;
/// After so many acts on a case nobody asks for it again; time alone goes on with it.
const ENOUGH: u32 = 70;
const SEED: u8 = 41;

/// A case that people work on.
#[derive(Debug)]
struct Case {
    reporter: Reporter,
    number: String,
    acts: u32,
    /// Whoever has stepped aside from it.
    aside: BTreeSet<usize>,
    /// Whoever could see it when they last looked.
    seen_by: BTreeSet<usize>,
}

#[derive(Debug)]
struct Soak {
    app: TestApp,
    chance: Chance,
    people: Vec<Person>,
    waiting: Vec<Reporter>,
    cases: Vec<Case>,
    /// Everybody whose concern has become a case or will.
    raised: Vec<Reporter>,
    accepted: BTreeMap<Kind, u64>,
    refused: BTreeMap<(Kind, String), u64>,
}

impl Soak {
    async fn begin(app: &TestApp) -> Self {
        let mut people = Vec::new();
        for (name, post, _) in PEOPLE {
            // Headquarters has no case page.
            if !post.starts_with("headquarters") {
                people.push(app.person(name).await);
            }
        }
        Self {
            app: app.clone(),
            chance: Chance::of(SEED),
            people,
            waiting: Vec::new(),
            cases: Vec::new(),
            raised: Vec::new(),
            accepted: BTreeMap::new(),
            refused: BTreeMap::new(),
        }
    }

    fn total(&self) -> u64 {
        self.accepted.values().sum()
    }

    fn accept(&mut self, kind: Kind, count: usize) {
        *self.accepted.entry(kind).or_default() += count as u64;
    }

    fn refuse(&mut self, kind: Kind, why: &Problem) {
        *self.refused.entry((kind, why.to_string())).or_default() += 1;
    }

    /// One thing happens, somewhere.
    async fn step(&mut self) {
        if self.cases.len() + self.waiting.len() < AT_ONCE && self.chance.once_in(3) {
            return self.raise().await;
        }
        match self.chance.below(100) {
            0..=4 => self.time_passes().await,
            5..=17 => self.reporter_acts().await,
            _ => self.handler_acts().await,
        }
    }

    async fn raise(&mut self) {
        let concern = choice::concern_of(&self.chance);
        let reporter = self.app.raise(&concern).await;
        if self.chance.once_in(25) {
            let cookie = self.app.cookie(&reporter).await;
            let act = candor::service::inbox::ReporterAct::Withdraw;
            let acted = self.app.candor.reporter_acts(&cookie, &act, concern.dispatch).await;
            assert_eq!(acted, Ok(Acted::TakenBack));
            return;
        }
        self.waiting.push(reporter.clone());
        self.raised.push(reporter);
    }

    async fn time_passes(&mut self) {
        let hours = match self.chance.below(20) {
            0..=9 => self.chance.below(24),
            10..=17 => 24 + self.chance.below(72),
            18 => 200 + self.chance.below(200),
            _ => 24 * 40,
        };
        let round = self.app.pass(i64::try_from(hours + 1).unwrap() * HOUR).await;
        self.accept(Kind::Open, round.batch.opened);
        self.accept(Kind::Sweep, round.swept);
        self.accept(Kind::Destroy, round.destroyed);
        assert_eq!(round.batch.unreadable, 0);
        for reporter in std::mem::take(&mut self.waiting) {
            let cookie = self.app.cookie(&reporter).await;
            match self.app.candor.visit(&cookie).await.unwrap().expect("a receipt opens") {
                candor::service::inbox::ReporterView::Waiting(_) => self.waiting.push(reporter),
                candor::service::inbox::ReporterView::Case(case) => self.cases.push(Case {
                    reporter,
                    number: case.number,
                    acts: 0,
                    aside: BTreeSet::new(),
                    seen_by: BTreeSet::new(),
                }),
            }
        }
    }

    async fn reporter_acts(&mut self) {
        if self.cases.is_empty() {
            return;
        }
        let at = self.chance.below(self.cases.len());
        let reporter = self.cases[at].reporter.clone();
        if self.app.candor.open_visit(&reporter.words).await.is_err() {
            // Closed for so long that its receipt has ended.
            self.cases.swap_remove(at);
            return;
        }
        let view = self.app.visit(&reporter).await;
        if view.waiting.len() > 3 {
            return;
        }
        if view.stage == StageName::Closed && view.objections.is_empty() {
            self.cases.swap_remove(at);
            return;
        }
        let Some((kind, act, dispatch)) = choice::reporter_act(&self.chance, &view) else { return };
        let cookie = self.app.cookie(&reporter).await;
        self.cases[at].acts += 1;
        match self.app.candor.reporter_acts(&cookie, &act, dispatch).await {
            Ok(Acted::Sent) => self.accept(kind, 1),
            Ok(Acted::SentBefore) => {}
            Err(why @ Problem::Unusable(_)) => self.refuse(kind, &why),
            other => panic!("{act:?}: {other:?}"),
        }
        if let (true, Some(waiting)) = (self.chance.once_in(30), view.waiting.first()) {
            assert_eq!(self.app.candor.take_back(&cookie, waiting.index).await, Ok(true));
        }
    }

    async fn handler_acts(&mut self) {
        if self.cases.is_empty() {
            return;
        }
        let at = self.chance.below(self.cases.len());
        let known: Vec<usize> = self.cases[at].seen_by.iter().copied().collect();
        for _ in 0..6 {
            let who = if known.is_empty() || self.chance.once_in(4) {
                self.chance.below(self.people.len())
            } else {
                self.chance.one_of(&known)
            };
            if self.handler_tries(at, who).await {
                break;
            }
        }
        self.cases[at].acts += 1;
        if self.cases[at].acts > ENOUGH {
            self.cases.swap_remove(at);
        }
    }

    /// Whether somebody found something to do on a case.
    async fn handler_tries(&mut self, at: usize, who: usize) -> bool {
        let (person, case) = (&self.people[who], &mut self.cases[at]);
        let (signed_in, seat) = (&person.signed_in, &person.seat);
        let view = match self.app.candor.case(signed_in, seat, &case.number).await {
            Ok(view) => view,
            Err(Problem::NotFound) => {
                case.seen_by.remove(&who);
                return false;
            }
            Err(other) => panic!("{} on {}: {other:?}", seat.post, case.number),
        };
        assert!(!case.aside.contains(&who), "{} still reads {} after stepping aside", seat.post, case.number);
        case.seen_by.insert(who);
        let directory = self.app.candor.directory().await.unwrap();
        let Some((kind, act)) =
            choice::handler_act(&self.chance, person, &self.people, &view, &directory.members)
        else {
            return false;
        };
        match self.app.candor.handler_acts(signed_in, seat, &case.number, view.seen, act.clone()).await {
            Ok(()) => {
                if kind == Kind::Recuse {
                    case.aside.insert(who);
                }
                self.accept(kind, 1);
            }
            Err(why @ Problem::Refused(_)) => self.refuse(kind, &why),
            // What is offered is theirs to do: nothing was due and nobody else was there.
            Err(other) => panic!("{act:?} by {} in {:?}: {other:?}", seat.post, view.stage),
        }
        true
    }

    /// Everything that must hold, whatever was done. Returns what does not.
    async fn faults(&self) -> Vec<String> {
        let report = self.app.candor.verify().await.unwrap();
        let mut faults = report.faults;
        let mut equal = |what: &str, one: i64, other: i64| {
            if one != other {
                faults.push(format!("{what}: {one} and {other}"));
            }
        };
        let number = async |query: &str| self.app.database.number(query).await;
        let raised = i64::try_from(self.raised.len()).unwrap();
        equal("cases, and concerns", number("SELECT COUNT(*) FROM cases").await, raised);
        let ended = self.app.receipts_ended().await;
        equal("receipts, and concerns", number("SELECT COUNT(*) FROM receipt").await, raised - ended);
        equal("waiting acts, and none", number("SELECT COUNT(*) FROM inbox").await, 0);
        let told = "SELECT COUNT(*) FROM (SELECT DISTINCT case_id, resolution FROM notice) AS told";
        let resolutions = i64::try_from(report.resolutions).unwrap();
        equal("resolutions told, and resolutions", number(told).await, resolutions);
        let once =
            "SELECT COUNT(*) FROM (SELECT DISTINCT case_id, resolution, recipient FROM notice) AS once";
        equal("notices, and different ones", report.notices, number(once).await);
        let versions = "SELECT CAST(COALESCE(SUM(version), 0) AS BIGINT) FROM cases";
        let events = "SELECT COUNT(*) FROM journal WHERE case_id IS NOT NULL";
        equal("versions, and events", number(versions).await, number(events).await);
        faults
    }

    /// Every receipt opens one case, and no two the same.
    async fn receipts_open_their_cases(&self) {
        let mut numbers = BTreeSet::new();
        let mut ended = 0;
        for reporter in &self.raised {
            if self.app.candor.open_visit(&reporter.words).await.is_err() {
                ended += 1;
                continue;
            }
            let view = self.app.visit(reporter).await;
            assert!(
                view.statement.is_some() != view.kept.gone,
                "{}: what was written can be read until it is destroyed",
                view.number
            );
            assert!(numbers.insert(view.number), "two receipts open one case");
        }
        assert_eq!(ended, self.app.receipts_ended().await, "a receipt opens its case until it ends");
    }

    fn tell(&self, begun: Instant) {
        let (total, seconds) = (self.total(), begun.elapsed().as_secs_f64());
        tell(&format!(
            "{total} commands accepted on {:?} in {seconds:.0} s, {:.0} a second; {} cases; {:?}; refused: {:?}",
            self.app.database.engine,
            f64::from(u32::try_from(total).unwrap()) / seconds,
            self.raised.len(),
            self.accepted,
            self.refused
        ));
    }
}

async fn whatever_people_do_everything_holds(app: TestApp) {
    let wanted = match (is_long(), app.database.engine) {
        (true, Engine::Sqlite) => 100_000,
        (true, Engine::Postgres) => 20_000,
        (false, Engine::Sqlite) => 200,
        (false, Engine::Postgres) => 100,
    };
    let begun = Instant::now();
    let mut soak = Soak::begin(&app).await;
    let mut next = 1_000;
    let resolved = async || app.database.number("SELECT COUNT(*) FROM notice").await > 0;
    while soak.total() < wanted || !resolved().await {
        soak.step().await;
        if soak.total() >= next {
            soak.tell(begun);
            next += 1_000;
            let faults =
                if next % 10_000 == 0 { app.candor.verify().await.unwrap().faults } else { Vec::new() };
            assert_eq!(faults, Vec::<String>::new(), "seed {SEED}");
        }
    }
    app.run_batches().await;
    app.pass(DAY).await;
    assert_eq!(soak.faults().await, Vec::<String>::new(), "seed {SEED}");
    soak.receipts_open_their_cases().await;
    if is_long() {
        soak.tell(begun);
    }
    let kinds: BTreeSet<_> = soak.accepted.keys().copied().collect();
    let missing: Vec<_> = Kind::ALL.iter().filter(|kind| !kinds.contains(kind)).collect();
    assert!(missing.len() <= if is_long() { 0 } else { 28 }, "never accepted: {missing:?}");

    // The controls: a receipt that is lost, and all notices, are missed.
    let mut known = 0;
    for loss in ["receipt WHERE lookup = (SELECT lookup FROM receipt LIMIT 1)", "notice"] {
        assert!(app.database.run(&format!("DELETE FROM {loss}")).await > 0);
        let found = soak.faults().await.len();
        assert!(found > known, "nobody misses {loss}");
        known = found;
    }
}

#[test]
fn on_sqlite() {
    run_on(Engine::Sqlite, whatever_people_do_everything_holds);
}

#[test]
fn on_postgres() {
    run_on(Engine::Postgres, whatever_people_do_everything_holds);
}
