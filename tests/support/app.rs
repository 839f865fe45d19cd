//! A small organisation that has been founded, with somebody in every post, at a time that
//! stands still until the test moves it.

use std::path::PathBuf;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

use axum::Router;
use candor::clock::{Clock, DAY, HOUR, Timestamp};
use candor::crypto::passphrase::{Parameters, Passphrase};
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity, Pace, Statement, Tried};
use candor::domain::dispute::Seat;
use candor::domain::id::{PostId, UnitId};
use candor::domain::proposal::{ActionWords, Comparison, Proposal, ResolutionKind};
use candor::domain::prose::Prose;
use candor::rng::Randomness;
use candor::service::accounts::SignedIn;
use candor::service::cases::{CaseView, HandlerAct};
use candor::service::inbox::{Acted, Raised, ReporterAct, ReporterCase, ReporterView};
use candor::service::{Candor, Problem, Settings};
use candor::{jobs, store};
use tempfile::TempDir;
use tokio::sync::OnceCell;

use super::database::Template;
use super::{Engine, Fixture, TestDb};

/// Monday, 1 June 2026, 09:00 in New York.
pub const FOUNDED: Timestamp = Timestamp(1_780_318_800);

/// Everybody's passphrase.
pub const PASSPHRASE: &str = "a passphrase for tests only";

pub const ORGANISATION: &str = include_str!("organisation.toml");

/// Who holds what: sign-in name, posts, whether they lead.
pub const PEOPLE: [(&str, &str, bool); 22] = [
    ("council-guard", "council:RIV", true),
    ("council-harbour", "council:HAR", true),
    ("council-guard-member", "council:RIV", false),
    ("council-harbour-member", "council:HAR", false),
    ("secretary", "secretary", true),
    ("office-guard", "headquarters:RIV-OFFICE", false),
    ("office-harbour", "headquarters:HAR-OFFICE", false),
    ("office-department", "headquarters:DEPT-OFFICE", false),
    ("guard-hq", "commander:RIV-HQ", false),
    ("guard-hq-alternate", "alternate:RIV-HQ", false),
    ("guard-east", "commander:RIV-EAST", false),
    ("guard-east-alternate", "alternate:RIV-EAST", false),
    ("guard-west", "commander:RIV-WEST", false),
    ("guard-west-alternate", "alternate:RIV-WEST", false),
    ("harbour-hq", "commander:HAR-HQ", false),
    ("harbour-hq-alternate", "alternate:HAR-HQ", false),
    ("harbour-east", "commander:HAR-EAST", false),
    ("harbour-east-alternate", "alternate:HAR-EAST", false),
    ("harbour-west", "commander:HAR-WEST", false),
    ("harbour-west-alternate", "alternate:HAR-WEST", false),
    // Nobody is in the other working group.
    ("boats-guard", "group:RIV:BOATS", false),
    ("boats-harbour", "group:HAR:BOATS", false),
];

/// The two commanders of a usual case, and the three that headquarters has.
pub const RAISING: &str = "guard-east";
pub const CONCERNED: &str = "harbour-east";
pub const HEADQUARTERS: [&str; 3] = ["office-guard", "office-harbour", "office-department"];

/// A whole deployment of one test alone.
#[derive(Clone, Debug)]
pub struct TestApp {
    pub candor: Candor,
    pub database: TestDb,
    left_behind: Arc<AtomicBool>,
    _folder: Arc<TempDir>,
}

/// Somebody in a post.
#[derive(Debug)]
pub struct Person {
    pub signed_in: SignedIn,
    pub seat: Seat,
    pub cookie: String,
}

/// Whoever holds a receipt.
#[derive(Clone, Debug)]
pub struct Reporter {
    pub words: String,
}

/// What a founded organisation is copied from.
#[derive(Debug)]
struct Founded {
    database: Template,
    founders: PathBuf,
}

fn settings(founders_file: PathBuf) -> Settings {
    Settings {
        passphrase: Parameters { memory_kib: 8, passes: 1, lanes: 1 },
        cases_per_batch: 20,
        founders_file,
    }
}

fn keys() -> ServiceKeys {
    ServiceKeys::new(&ServiceKey::from_bytes([3; 32]))
}

/// Opens the services over a database. The same seed gives the same draws under each label.
pub async fn open(database: &TestDb, founders: PathBuf, at: Timestamp, seed: u8) -> Candor {
    let randomness = Randomness::labelled([seed; 32]);
    let clock = Clock::simulated(at);
    Candor::open(database.db.clone(), keys(), clock, randomness, settings(founders))
        .await
        .unwrap()
        .excepting_second_factors()
}

/// Takes up an invitation and signs in.
async fn join(candor: &Candor, link: &str, name: &str) -> SignedIn {
    candor.activate(link, PASSPHRASE).await.unwrap();
    enter(candor, name).await.0
}

async fn enter(candor: &Candor, name: &str) -> (SignedIn, String) {
    let cookie = candor.sign_in(name, Passphrase::new(PASSPHRASE.to_owned()).unwrap()).await.unwrap();
    (candor.session(&cookie).await.unwrap().expect("the session has just begun"), cookie)
}

/// Founds the organisation, once for each kind of database in a run.
async fn founded(engine: Engine) -> Option<&'static Founded> {
    static SQLITE: OnceCell<Option<Founded>> = OnceCell::const_new();
    static POSTGRES: OnceCell<Option<Founded>> = OnceCell::const_new();
    let cell = match engine {
        Engine::Sqlite => &SQLITE,
        Engine::Postgres => &POSTGRES,
    };
    cell.get_or_init(|| found(engine)).await.as_ref()
}

async fn found(engine: Engine) -> Option<Founded> {
    let database = TestDb::copy_of(engine, None).await?;
    let founders = tempfile::tempdir().unwrap().keep().join("founders.toml");
    let candor = open(&database, founders.clone(), FOUNDED, 1).await;
    let link = candor.invite_first_administrator().await.unwrap().expect("nobody was there before");
    let administrator = join(&candor, &link, "administrator").await;
    candor.set_organisation(&administrator, ORGANISATION).await.unwrap();
    let mut leads = Vec::new();
    for (name, post, lead) in PEOPLE {
        let post: PostId = post.parse().unwrap();
        let link = candor.invite(&administrator, name, false, &[(post, lead)]).await.unwrap();
        let person = join(&candor, &link, name).await;
        if leads.len() < 2 {
            candor.found(&person).await.unwrap();
            leads.push(name);
        }
    }
    for lead in leads {
        let (lead, _) = enter(&candor, lead).await;
        for waiting in candor.to_approve(&lead).await.unwrap() {
            candor.approve(&lead, waiting.account, &waiting.post).await.unwrap();
        }
    }
    let readiness = candor.readiness().await.unwrap();
    assert!(readiness.founded, "still missing: {readiness:?}");
    database.run("DELETE FROM session").await;
    drop(candor);
    Some(Founded { database: database.into_template().await, founders })
}

impl Fixture for TestApp {
    async fn make(engine: Engine) -> Option<Self> {
        Self::with_seed(engine, 2).await
    }

    async fn check_left_behind(self) {
        let now = self.candor.now();
        let mut tx = self.database.read().await;
        let acts = store::inbox::due(&mut tx, now).await.unwrap().len();
        let cases = store::cases::due(&mut tx, now, 100).await.unwrap().len();
        drop(tx);
        let untold = "SELECT COUNT(*) FROM delivery WHERE state = 'waiting' AND next_at <= ";
        let untold = self.database.number(&format!("{untold}{}", now.0)).await;
        if !self.left_behind.load(Ordering::Relaxed) {
            assert_eq!(
                (acts, cases, untold),
                (0, 0, 0),
                "acts past their batch, cases past their clock and untold notices were left behind"
            );
        }
        self.database.check_left_behind().await;
    }
}

impl TestApp {
    /// As usual, with a source of chance of its own.
    pub async fn with_seed(engine: Engine, seed: u8) -> Option<Self> {
        let founded = founded(engine).await?;
        let database = TestDb::copy_of(engine, Some(&founded.database)).await?;
        let folder = tempfile::tempdir().unwrap();
        let founders = folder.path().join("founders.toml");
        std::fs::copy(&founded.founders, &founders).unwrap();
        let candor = open(&database, founders, FOUNDED.plus(HOUR), seed).await;
        let left_behind = Arc::default();
        Some(Self { candor, database, left_behind, _folder: Arc::new(folder) })
    }

    /// Another deployment, on a database of the same kind.
    pub async fn another(&self) -> Self {
        Self::make(self.database.engine).await.expect("there is one already")
    }

    /// A second machine on the same database, with connections and memory of its own. The clock is shared:
    /// both are set by one time; and so is chance, or what begins again would draw the same again.
    pub async fn second_node(&self) -> Self {
        let database = self.database.again().await;
        let candor = Candor::open(
            database.db.clone(),
            keys(),
            self.candor.clock.clone(),
            self.candor.randomness.clone(),
            settings(self.candor.settings.founders_file.clone()),
        );
        Self { candor: candor.await.unwrap().excepting_second_factors(), database, ..self.clone() }
    }

    /// The same deployment, its database reached elsewhere. Chance is shared, as between all machines of a test.
    pub async fn reaching(&self, db: store::Db) -> Self {
        let database = self.database.at(db);
        let candor = Candor::open(
            database.db.clone(),
            keys(),
            self.candor.clock.clone(),
            self.candor.randomness.clone(),
            settings(self.candor.settings.founders_file.clone()),
        );
        Self { candor: candor.await.unwrap().excepting_second_factors(), database, ..self.clone() }
    }

    /// The same deployment as it runs outside the tests: nobody reaches a desk without a second factor.
    pub async fn strict(&self) -> Self {
        let candor = Candor::open(
            self.database.again().await.db,
            keys(),
            self.candor.clock.clone(),
            Randomness::labelled([78; 32]),
            settings(self.candor.settings.founders_file.clone()),
        );
        Self { candor: candor.await.unwrap(), ..self.clone() }
    }

    /// The same deployment, reached at an address.
    #[must_use]
    pub fn reached_at(&self, address: &str) -> Self {
        Self { candor: self.candor.clone().reached_at(Some(address)), ..self.clone() }
    }

    /// The same deployment, opened with other service keys.
    pub async fn with_keys(&self, keys: ServiceKeys) -> Result<Self, Problem> {
        let candor = Candor::open(
            self.database.again().await.db,
            keys,
            self.candor.clock.clone(),
            self.candor.randomness.clone(),
            settings(self.candor.settings.founders_file.clone()),
        );
        Ok(Self { candor: candor.await?.excepting_second_factors(), ..self.clone() })
    }

    /// The same deployment, which derives from passphrases at this cost.
    pub async fn costing(&self, passphrase: Parameters) -> Self {
        let candor = Candor::open(
            self.database.again().await.db,
            keys(),
            self.candor.clock.clone(),
            self.candor.randomness.clone(),
            Settings { passphrase, ..settings(self.candor.settings.founders_file.clone()) },
        );
        Self { candor: candor.await.unwrap().excepting_second_factors(), ..self.clone() }
    }

    /// Around services that nobody has set up.
    #[must_use]
    pub fn around(candor: Candor, database: TestDb) -> Self {
        let folder = Arc::new(tempfile::tempdir().unwrap());
        Self { candor, database, left_behind: Arc::default(), _folder: folder }
    }

    /// Signs in somebody who may hold no post yet.
    pub async fn signed_in(&self, name: &str) -> SignedIn {
        enter(&self.candor, name).await.0
    }

    /// This test leaves undelivered work behind on purpose.
    pub fn leaves_work_behind(&self) {
        self.left_behind.store(true, Ordering::Relaxed);
    }

    #[must_use]
    pub fn now(&self) -> Timestamp {
        self.candor.now()
    }

    /// Moves the clock and runs every job once, as the loop would.
    pub async fn pass(&self, seconds: i64) -> jobs::Round {
        self.candor.clock.advance_to(self.now().plus(seconds));
        jobs::run_once(&self.candor).await.unwrap()
    }

    /// Lets the batches run until nothing waits any more.
    pub async fn run_batches(&self) {
        for _ in 0..20 {
            let next = store::inbox::next_slot(&mut self.database.read().await).await.unwrap();
            let Some(next) = next else { return };
            self.candor.clock.advance_to(next);
            jobs::run_once(&self.candor).await.unwrap();
        }
        panic!("something waits in the inbox for ever");
    }

    /// Signs in afresh.
    pub async fn person(&self, name: &str) -> Person {
        let (signed_in, cookie) = enter(&self.candor, name).await;
        let seat = signed_in.seats.first().cloned().unwrap_or_else(|| panic!("{name} holds no post"));
        Person { signed_in, seat, cookie }
    }

    /// Signs in the one administrator.
    pub async fn administrator(&self) -> (SignedIn, String) {
        enter(&self.candor, "administrator").await
    }

    /// Sends a concern; it waits for its batch.
    pub async fn raise(&self, concern: &Concern) -> Reporter {
        let drawn = self.candor.draw_receipt().unwrap();
        assert_eq!(self.candor.raise(concern, &drawn).await.unwrap(), Raised::Sent);
        Reporter { words: drawn.words.join(" ") }
    }

    /// Sends a concern and lets its batch open it. Returns the case's number.
    pub async fn open_case(&self, concern: &Concern) -> (Reporter, String) {
        let reporter = self.raise(concern).await;
        self.run_batches().await;
        let number = self.visit(&reporter).await.number;
        (reporter, number)
    }

    /// A fresh visit's cookie.
    pub async fn cookie(&self, reporter: &Reporter) -> String {
        self.candor.open_visit(&reporter.words).await.unwrap()
    }

    /// What the reporter sees of a case that is open.
    pub async fn visit(&self, reporter: &Reporter) -> ReporterCase {
        let cookie = self.cookie(reporter).await;
        match self.candor.visit(&cookie).await.unwrap() {
            Some(ReporterView::Case(case)) => *case,
            other => panic!("no open case: {other:?}"),
        }
    }

    /// Sends an act of a reporter; it waits for its batch.
    pub async fn reporter_acts(&self, reporter: &Reporter, act: &ReporterAct) {
        let cookie = self.cookie(reporter).await;
        let acted = self.candor.reporter_acts(&cookie, act, Dispatch::Mixed).await.unwrap();
        assert_eq!(acted, Acted::Sent);
    }

    /// The case page of somebody.
    pub async fn case(&self, name: &str, number: &str) -> Result<CaseView, Problem> {
        let person = self.person(name).await;
        self.candor.case(&person.signed_in, &person.seat, number).await
    }

    /// Somebody opens the case, and then does something about it.
    pub async fn act(&self, name: &str, number: &str, act: HandlerAct) -> Result<(), Problem> {
        let person = self.person(name).await;
        let view = self.candor.case(&person.signed_in, &person.seat, number).await?;
        self.act_as(&person, &view, &compared(act, &view)).await
    }

    /// Somebody does something on a page that they opened before.
    pub async fn act_as(&self, person: &Person, view: &CaseView, act: &HandlerAct) -> Result<(), Problem> {
        let (signed_in, seat) = (&person.signed_in, &person.seat);
        self.candor.handler_acts(signed_in, seat, &view.number, view.seen, act.clone()).await
    }

    /// Both sides acknowledge, one proposes, both accept.
    pub async fn resolve(&self, number: &str, one: &str, other: &str) {
        for name in [one, other] {
            self.act(name, number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        }
        self.act(one, number, HandlerAct::Propose(self.proposal_of(one).await)).await.unwrap();
        for name in [one, other] {
            self.accept(name, number).await.unwrap();
        }
    }

    /// Accepts what is on the table.
    pub async fn accept(&self, name: &str, number: &str) -> Result<(), Problem> {
        let view = self.case(name, number).await?;
        let hash = view.proposals.iter().find(|one| one.on_table).expect("a version on the table").hash;
        self.act(name, number, HandlerAct::Accept { hash }).await
    }

    /// A proposal that is complete.
    #[must_use]
    pub fn proposal(&self) -> Proposal {
        Proposal {
            issue: prose("Both agencies need the one patrol boat on the same mornings."),
            finding: prose("The Joint Order leaves open who has the boat before noon."),
            document: Some("DOC-1".into()),
            kind: ResolutionKind::Clarification,
            actions: vec![ActionWords {
                what: prose("Write a plan for the boat's mornings and put it to muster."),
                owner: PostId::Commander("RIV-EAST".into()),
                due: self.now().plus(30 * DAY),
            }],
            none_needed: false,
            library_text: prose("The boat is shared by a plan that both commanders sign."),
            comparison: Comparison::default(),
        }
    }

    /// A proposal whose action is for somebody's own post: where the field is left out, no post of
    /// the field can own an action.
    pub async fn proposal_of(&self, name: &str) -> Proposal {
        let mut proposal = self.proposal();
        proposal.actions[0].owner = self.person(name).await.seat.post;
        proposal
    }

    /// The site of this deployment.
    pub fn site(&self) -> Router {
        super::site::site(&self.candor)
    }

    /// How many cases have no receipt any more, because its time was over.
    pub async fn receipts_ended(&self) -> i64 {
        let mut tx = self.database.read().await;
        let mut ended = 0;
        for case in store::cases::identifiers(&mut tx, None, 1_000_000).await.unwrap() {
            let number = store::cases::find(&mut tx, case).await.unwrap().unwrap().number;
            let dispute = self.candor.dispute(&number).await.unwrap();
            ended += i64::from(dispute.destroyed.receipt.is_some());
        }
        ended
    }

    #[must_use]
    pub fn is_sqlite(&self) -> bool {
        self.database.engine == Engine::Sqlite
    }

    /// The number of the one case there is.
    pub async fn only_number(&self) -> String {
        let mut tx = self.database.read().await;
        let cases = store::cases::identifiers(&mut tx, None, 10).await.unwrap();
        assert_eq!(cases.len(), 1);
        store::cases::find(&mut tx, cases[0]).await.unwrap().unwrap().number
    }
}

/// A proposal that says nothing of what the library says is taken to agree with it.
pub fn compared(mut act: HandlerAct, view: &CaseView) -> HandlerAct {
    if let HandlerAct::Propose(proposal) | HandlerAct::Decide(proposal) = &mut act
        && proposal.comparison.is_empty()
    {
        let precedents = view.precedents_of(proposal.document.as_ref());
        proposal.comparison.compared = precedents.into_iter().map(|entry| entry.id).collect();
    }
    act
}

/// A typed text.
pub fn prose(text: &str) -> Prose {
    Prose::parse(text, 4_000).unwrap()
}

/// A usual concern: the guard's east about the harbour's east, anonymous, about nobody who handles it.
#[must_use]
pub fn concern() -> Concern {
    Concern {
        my_unit: UnitId::from("RIV-EAST"),
        other_unit: UnitId::from("HAR-EAST"),
        handler: HandlerConcerned::No,
        pace: Pace::Routine,
        dispatch: Dispatch::Mixed,
        statement: Statement {
            what_happens: prose("The harbour takes the patrol boat in the mornings without a word."),
            category: Some("boats".into()),
            document: Some("DOC-1".into()),
            frequency: None,
            since: None,
            effect: prose("Patrols start late."),
            tried: Tried::NotTried,
            tried_words: Prose::default(),
            remedy: prose("A plan for the boat."),
        },
        council_only: Prose::default(),
        identity: Identity::default(),
    }
}
