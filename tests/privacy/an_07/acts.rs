//! A thousand acts of reporters, each at a time that is known here and nowhere else.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, Mutex};

use candor::cleaning::clean;
use candor::clock::{HOUR, Timestamp};
use candor::crypto::canonical::Canonical;
use candor::crypto::receipt::ReceiptPhrase;
use candor::crypto::service::Purpose;
use candor::domain::audience::Kind;
use candor::domain::concern::{Concern, Dispatch, Identity};
use candor::domain::deadline::Calendar;
use candor::service::cases::HandlerAct;
use candor::service::inbox::{Acted, ReporterAct, ReporterView};
use candor::service::{Settings, hexadecimal};
use candor::store::attachments::Piece;
use candor::store::{self, Db};
use candor::{jobs, rng::Randomness};

use sqlx::AssertSqlSafe;

use crate::privacy::copy::{Copy, Value};
use crate::support::app::{RAISING, Reporter, TestApp, concern, prose};

/// What keeps the whole near a minute on each database, on two cores.
const CONCERNS: usize = 210;
const ANSWERS: usize = 100;
const WITHDRAWN: usize = 100;
const REFUSED: usize = 80;

/// One in so many brings a file, while its concern still waits.
const WITH_A_FILE: usize = 3;

/// Seconds between two acts on average. No act comes on a round second, and everything else does.
const APART: i64 = 80;

/// An act, and the bytes by which it can be known again.
#[derive(Debug)]
pub struct Act {
    pub kind: &'static str,
    pub slot: i64,
    at: i64,
    case: usize,
    id: Vec<u8>,
    pub marks: Vec<(&'static str, Vec<u8>)>,
}

impl Act {
    pub fn came(&self) -> u64 {
        u64::try_from(self.at).unwrap()
    }

    fn mark_body(&mut self, names: [&'static str; 3], body: &[u8]) {
        let places = [1, body.len() / 2, body.len() - 24];
        for (name, at) in names.into_iter().zip(places) {
            self.marks.push((name, body[at..at + 16].to_vec()));
        }
    }
}

pub struct Played {
    app: TestApp,
    calendar: Calendar,
    randomness: Randomness,
    reporters: Vec<Reporter>,
    /// The cases that are open, by their identifiers.
    cases: BTreeMap<Vec<u8>, usize>,
    pub acts: Vec<Act>,
    /// Of acts and visits.
    pub seconds: BTreeSet<i64>,
    /// What waited before the act that is just being done.
    known: BTreeSet<Vec<u8>>,
    pub copy_before_batch: Option<Copy>,
}

impl Played {
    pub async fn begin(app: &TestApp) -> Self {
        let mut app = app.clone();
        let settings = &app.candor.settings;
        app.candor.settings = Arc::new(Settings {
            passphrase: settings.passphrase,
            cases_per_batch: 2 * CONCERNS,
            founders_file: settings.founders_file.clone(),
        });
        let calendar = app.candor.directory().await.unwrap().calendar.clone();
        Self {
            app,
            calendar,
            randomness: Randomness::labelled([17; 32]),
            reporters: Vec::new(),
            cases: BTreeMap::new(),
            acts: Vec::new(),
            seconds: BTreeSet::new(),
            known: BTreeSet::new(),
            copy_before_batch: None,
        }
    }

    pub fn next_batch(&self) -> Timestamp {
        self.calendar.next_batches(self.app.now(), 1)[0]
    }

    /// Moves to a time, with every batch on the way.
    async fn until(&self, at: Timestamp) {
        while self.next_batch().0 <= at.0 {
            self.app.candor.clock.advance_to(self.next_batch());
            jobs::run_once(&self.app.candor).await.unwrap();
        }
        self.app.candor.clock.advance_to(at);
    }

    /// The second of the next act.
    async fn next_second(&mut self) {
        let later =
            20 + i64::try_from(self.randomness.below("apart", APART.unsigned_abs() * 2 - 40)).unwrap();
        let at = self.app.now().plus(later).0;
        let at = Timestamp(at - at.rem_euclid(10) + 7);
        self.until(at).await;
        self.seconds.insert(at.0);
        self.known = self.waiting().await.into_iter().map(|(id, _)| id).collect();
    }

    /// What waits: identifiers and batches.
    async fn waiting(&self) -> Vec<(Vec<u8>, i64)> {
        const IDS: &str = "SELECT id, slot FROM inbox";
        match &self.app.database.db {
            Db::Sqlite { read, .. } => sqlx::query_as(IDS).fetch_all(read).await.unwrap(),
            Db::Postgres { pool, .. } => sqlx::query_as(IDS).fetch_all(pool).await.unwrap(),
        }
    }

    /// Writes down what has just come into the inbox.
    async fn came_in(&mut self, kind: &'static str, case: usize) {
        let rows = self.waiting().await;
        let (id, slot) =
            rows.into_iter().find(|(id, _)| !self.known.contains(id)).expect("it is in the inbox");
        let mut tx = self.app.database.read().await;
        let row = store::inbox::find(&mut tx, &id.clone().try_into().unwrap()).await.unwrap().unwrap();
        let marks = vec![("act", id.clone())];
        let mut act = Act { kind, slot, at: self.app.now().0, case, id: id.clone(), marks };
        act.mark_body(["inbox body, start", "inbox body, middle", "inbox body, end"], &row.body);
        self.acts.push(act);
    }

    async fn raise(&mut self) {
        let number = self.reporters.len();
        // Of many lengths, as people write.
        let mut concern: Concern = concern();
        concern.statement.remedy = prose(&"A plan for the boat. ".repeat(1 + number % 40));
        let reporter = self.app.raise(&concern).await;
        self.reporters.push(reporter);
        self.came_in("concern", number).await;
    }

    /// Attaches a small file to a concern that waits, and writes down where its piece came to lie.
    async fn attach(&mut self, case: usize) {
        const BODY: &str = "SELECT body FROM waiting_chunk WHERE file = $1";
        let words = format!("A note for the boat. {}", "And again. ".repeat(case % 50));
        let act = ReporterAct::Attach {
            file: clean(words.as_bytes()).unwrap(),
            council_only: case.is_multiple_of(2),
        };
        let before = self.pieces().await;
        self.app.reporter_acts(&self.reporters[case].clone(), &act).await;
        self.came_in("file", case).await;
        let file = self.pieces().await.difference(&before).next().expect("a piece waits").file;
        let body: Vec<u8> = match &self.app.database.db {
            Db::Sqlite { read, .. } => sqlx::query_scalar(BODY).bind(file.0).fetch_one(read).await.unwrap(),
            Db::Postgres { pool, .. } => sqlx::query_scalar(BODY).bind(file.0).fetch_one(pool).await.unwrap(),
        };
        let act = self.acts.last_mut().unwrap();
        act.marks.push(("piece", file.0.as_bytes().to_vec()));
        act.mark_body(["piece, start", "piece, middle", "piece, end"], &body);
    }

    async fn pieces(&self) -> BTreeSet<Piece> {
        let mut tx = self.app.database.read().await;
        store::attachments::waiting(&mut tx).await.unwrap().into_iter().collect()
    }

    /// Raises every concern within one half day, and lets the first batch run. Returns what was logged.
    pub async fn raise_all(&mut self) -> Vec<String> {
        let first = self.next_batch();
        let heard = Heard::default();
        let listening = heard.listen();
        for number in 0..CONCERNS {
            self.next_second().await;
            self.raise().await;
            if number.is_multiple_of(WITH_A_FILE) {
                self.next_second().await;
                self.attach(number).await;
            }
        }
        drop(listening);
        assert_eq!(self.next_batch(), first, "all before the first batch");
        self.copy_before_batch = Some(Copy::of(&self.app.database).await);
        self.until(first).await;
        heard.lines()
    }

    /// Everything that is done on the open cases, batch after batch, to the end. Returns what was logged.
    pub async fn act_on_all(&mut self) -> Vec<String> {
        self.drain().await;
        let asked = self.ask().await;
        // Whoever brought a file adds nothing more.
        let adding = (0..CONCERNS).filter(|case| !case.is_multiple_of(WITH_A_FILE));
        let mut todo: Vec<(usize, &'static str)> = adding.map(|case| (case, "addition")).collect();
        todo.extend((0..CONCERNS).map(|case| (case, "name")));
        todo.extend(asked.iter().map(|case| (*case, "answer")));
        self.randomness.shuffle("acts", &mut todo);
        let heard = Heard::default();
        for (case, kind) in todo {
            self.next_second().await;
            let listening = heard.listen();
            self.act(case, kind).await;
            drop(listening);
        }
        self.drain().await;
        let mut withdrawn: Vec<_> = (0..CONCERNS).filter(|case| !asked.contains(case)).collect();
        self.randomness.shuffle("withdrawn", &mut withdrawn);
        withdrawn.truncate(WITHDRAWN);
        let withdrawals = withdrawn.iter().map(|case| (*case, "withdrawal"));
        let mut todo: Vec<_> = asked.iter().map(|case| (*case, "pressed")).chain(withdrawals).collect();
        self.randomness.shuffle("acts", &mut todo);
        for (case, kind) in todo {
            self.next_second().await;
            let listening = heard.listen();
            self.act(case, kind).await;
            drop(listening);
        }
        self.drain().await;
        // Nothing can be added to a case that is closed.
        for case in withdrawn.into_iter().take(REFUSED) {
            self.next_second().await;
            let listening = heard.listen();
            self.act(case, "refused").await;
            drop(listening);
        }
        self.drain().await;
        heard.lines()
    }

    async fn act(&mut self, case: usize, kind: &'static str) {
        let reporter = self.reporters[case].clone();
        let text = prose(&format!("{kind}: it happened again. {}", "Again. ".repeat(case % 50)));
        let act = match kind {
            "name" => {
                let (name, contact) = (prose("Ada Riverton"), prose("555-0100"));
                ReporterAct::GiveName(Identity { name, contact, for_panel: false })
            }
            "answer" => {
                let (question, _) = self.app.visit(&reporter).await.question.expect("a question");
                ReporterAct::Answer { question, text }
            }
            "withdrawal" => ReporterAct::Withdraw,
            "pressed" => ReporterAct::Pressed,
            _ => ReporterAct::Add { text },
        };
        let cookie = self.app.cookie(&reporter).await;
        // Every tenth looks first.
        if case.is_multiple_of(10) {
            let seen = self.app.candor.visit(&cookie).await.unwrap();
            assert!(matches!(seen, Some(ReporterView::Case(_))));
        }
        let acted = self.app.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.unwrap();
        assert_eq!(acted, Acted::Sent);
        self.came_in(kind, case).await;
    }

    /// A commander asks on some cases, all within one second that is round.
    async fn ask(&mut self) -> BTreeSet<usize> {
        let round = self.app.now().0.div_euclid(10) * 10 + 600;
        self.until(Timestamp(round)).await;
        let person = self.app.person(RAISING).await;
        let mut asked = BTreeSet::new();
        let mut cases: Vec<_> = (0..CONCERNS).collect();
        self.randomness.shuffle("asked", &mut cases);
        for case in cases.into_iter().take(ANSWERS) {
            let number = self.app.visit(&self.reporters[case]).await.number;
            let view = self.app.candor.case(&person.signed_in, &person.seat, &number).await.unwrap();
            self.app.act_as(&person, &view, &HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
            let view = self.app.candor.case(&person.signed_in, &person.seat, &number).await.unwrap();
            let text = prose("Does it still happen?");
            self.app.act_as(&person, &view, &HandlerAct::Ask { text }).await.unwrap();
            asked.insert(case);
        }
        asked
    }

    async fn drain(&self) {
        for _ in 0..10 {
            let next = store::inbox::next_slot(&mut self.app.database.read().await).await.unwrap();
            let Some(next) = next else { return };
            // A file whose batch came before that of its concern waits for that one.
            let has_come = next.0 <= self.app.now().0;
            self.until(if has_come { self.next_batch() } else { next }).await;
        }
        panic!("something waits for ever");
    }

    async fn recognise_cases(&mut self) {
        for (number, reporter) in self.reporters.iter().enumerate() {
            let cookie = self.app.cookie(reporter).await;
            let Some(ReporterView::Case(shown)) = self.app.candor.visit(&cookie).await.unwrap() else {
                continue;
            };
            let mut tx = self.app.database.read().await;
            let case = store::cases::by_number(&mut tx, &shown.number).await.unwrap().unwrap();
            self.cases.insert(case.as_bytes().to_vec(), number);
        }
    }

    /// Where the first answer to an act of a receipt that came too late rests: named after where the receipt does.
    fn first_answer(&self, reporter: &Reporter) -> Vec<u8> {
        let candor = &self.app.candor;
        let (lookup, _) = ReceiptPhrase::parse(&reporter.words).unwrap().keys(candor.deployment);
        let mac = |what: &[u8]| candor.keys.mac(Purpose::ReceiptLookup, what);
        let resting = mac(&Canonical::new("candor receipt lookup 1").bytes(&lookup).finish());
        mac(&Canonical::new("candor refused act 1").bytes(&resting).number(0).finish()).to_vec()
    }

    /// Finds again in a copy what became of each act: texts, entries of the journal, receipts, answers to what
    /// came too late.
    pub async fn recognise(&mut self, copy: &Copy) {
        self.recognise_cases().await;
        let case_of = self.cases.clone();
        let refused: BTreeSet<_> = bytes_in(copy, "refused_act", "id").collect();
        let waiting: BTreeSet<_> = bytes_in(copy, "inbox", "id").collect();
        let answers: Vec<_> = self.reporters.iter().map(|reporter| self.first_answer(reporter)).collect();
        for act in &mut self.acts {
            // The identifier of an act is free again for the receipt's next one.
            let mine = waiting.contains(&act.id);
            let stays = ["inbox body", "piece"];
            act.marks.retain(|(name, _)| {
                stays.iter().any(|start| name.starts_with(start)) || mine && *name == "act"
            });
            if act.kind == "refused" {
                let answer = answers[act.case].clone();
                assert!(refused.contains(&answer), "the machine took it");
                act.marks.push(("act", answer));
            }
        }
        for (case, number) in &case_of {
            self.acts[*number].marks.push(("case", case.clone()));
        }
        let table = &copy.tables["envelope"];
        let at = |name: &str| table.column(name);
        let (id, case, kind, version, body) =
            (at("id"), at("case_id"), at("kind"), at("case_version"), at("body"));
        let mut entries: BTreeMap<(usize, i64), Vec<usize>> = BTreeMap::new();
        // With the parts of a concern a case begins.
        let mut opened: BTreeMap<&Value, &Value> = BTreeMap::new();
        for row in &table.rows {
            let first = opened.entry(&row[case]).or_insert(&row[version]);
            *first = (*first).min(&row[version]);
        }
        for row in &table.rows {
            let first = opened[&row[case]] == &row[version];
            let (
                Value::Bytes(id),
                Value::Bytes(case),
                Value::Integer(kind),
                Value::Integer(version),
                Value::Bytes(body),
            ) = (&row[id], &row[case], &row[kind], &row[version], &row[body])
            else {
                panic!("an envelope");
            };
            let kind = u8::try_from(*kind).unwrap();
            let (of, id_name, names) = if kind == Kind::Statement.code() {
                ("concern", "text", ["text, start", "text, middle", "text, end"])
            } else if kind == Kind::CouncilOnly.code() {
                (
                    "concern",
                    "Council text",
                    ["Council text, start", "Council text, middle", "Council text, end"],
                )
            } else if kind == Kind::Identity.code() {
                (if first { "concern" } else { "name" }, "name", ["name, start", "name, middle", "name, end"])
            } else if kind == Kind::Addition.code() {
                ("addition", "text", ["text, start", "text, middle", "text, end"])
            } else if kind == Kind::Answer.code() {
                ("answer", "text", ["text, start", "text, middle", "text, end"])
            } else if kind == Kind::Attachment.code() {
                ("file", "piece", ["text, start", "text, middle", "text, end"])
            } else {
                continue;
            };
            let case = case_of[case];
            let (number, act) = self
                .acts
                .iter_mut()
                .enumerate()
                .find(|(_, act)| act.case == case && act.kind == of)
                .expect("somebody wrote it");
            act.marks.push((id_name, id.clone()));
            act.mark_body(names, body);
            entries.entry((case, *version)).or_default().push(number);
        }
        let table = &copy.tables["journal"];
        let (case, version, hash) =
            (table.column("case_id"), table.column("case_version"), table.column("hash"));
        let mut last: BTreeMap<usize, &Vec<u8>> = BTreeMap::new();
        for row in &table.rows {
            let (Value::Bytes(case), Value::Integer(version), Value::Bytes(hash)) =
                (&row[case], &row[version], &row[hash])
            else {
                continue;
            };
            let Some(case) = case_of.get(case) else { continue };
            last.insert(*case, hash);
            // The three parts of a concern are one entry.
            let numbers: BTreeSet<_> = entries.remove(&(*case, *version)).into_iter().flatten().collect();
            for number in numbers {
                self.acts[number].marks.push(("entry", hash.clone()));
            }
        }
        for act in self.acts.iter_mut().filter(|act| matches!(act.kind, "withdrawal" | "pressed")) {
            if let Some(entry) = last.get(&act.case) {
                act.marks.push(("entry", (*entry).clone()));
            }
        }
        self.recognise_receipts(copy);
    }

    fn recognise_receipts(&mut self, copy: &Copy) {
        let table = &copy.tables["receipt"];
        let (lookup, body) = (table.column("lookup"), table.column("body"));
        for row in &table.rows {
            let (Value::Bytes(lookup), Value::Bytes(body)) = (&row[lookup], &row[body]) else { panic!() };
            // Whoever has the service key as well.
            let opened = self.app.candor.keys.open(Purpose::Receipt, lookup, body).unwrap();
            let number = opened.windows(16).find_map(|part| self.cases.get(part)).unwrap();
            self.acts[*number].marks.push(("receipt", lookup.clone()));
        }
    }

    /// When the concern of a case came.
    pub fn came(&self, case: &Value) -> u64 {
        let Value::Bytes(case) = case else { panic!("a case's identifier") };
        self.acts[self.cases[case]].came()
    }

    /// Writes the second of each concern into a column that could hold it.
    pub async fn write_seconds(&self) {
        for (case, number) in &self.cases {
            let act = &self.acts[*number];
            let digits = hexadecimal(case);
            let case = if self.app.is_sqlite() { format!("X'{digits}'") } else { format!("'{digits}'") };
            self.app
                .database
                .run(&format!("UPDATE cases SET level_due = {} WHERE id = {case}", act.at))
                .await;
        }
        self.app.candor.db.forget_traces().await.unwrap();
    }

    /// What the database's server writes of a statement that fails, with the second of an act in it.
    pub async fn provoke_a_line(&self) {
        let Db::Postgres { pool, .. } = &self.app.database.db else { return };
        let second = self.acts[0].at;
        let failing = format!("SELECT 1 / (id - id) FROM (SELECT {second} AS id) AS told");
        let mut loud = pool.acquire().await.unwrap();
        // As a server is that nobody has told to write of less.
        sqlx::query("SET log_min_messages = warning").execute(&mut *loud).await.unwrap();
        sqlx::query(AssertSqlSafe(failing)).execute(&mut *loud).await.unwrap_err();
        loud.close().await.unwrap();
    }

    /// Raises concerns until one waits for another than the next batch, and takes the others back.
    pub async fn raise_for_a_later_batch(&mut self) {
        loop {
            self.next_second().await;
            self.raise().await;
            assert!(self.app.now().0 + HOUR < self.next_batch().0, "chance is not that bad");
            if self.acts.last().unwrap().slot > self.next_batch().0 {
                return;
            }
            let reporter = self.reporters.last().unwrap();
            let cookie = self.app.cookie(reporter).await;
            let taken = self.app.candor.reporter_acts(&cookie, &ReporterAct::Withdraw, Dispatch::Mixed).await;
            assert_eq!(taken.unwrap(), Acted::TakenBack);
        }
    }
}

fn bytes_in<'a>(copy: &'a Copy, table: &str, column: &str) -> impl Iterator<Item = &'a Vec<u8>> {
    let table = &copy.tables[table];
    let column = table.column(column);
    table.rows.iter().filter_map(move |row| match &row[column] {
        Value::Bytes(bytes) => Some(bytes),
        _ => None,
    })
}

/// What this thread logs while it is listened to.
#[derive(Clone, Default)]
struct Heard(Arc<Mutex<Vec<u8>>>);

impl Heard {
    fn listen(&self) -> tracing::subscriber::DefaultGuard {
        let here = self.clone();
        let subscriber = tracing_subscriber::fmt()
            .with_max_level(tracing::Level::TRACE)
            .with_ansi(false)
            .with_writer(move || here.clone())
            .finish();
        tracing::subscriber::set_default(subscriber)
    }

    /// The control is part of it: a line that is logged is heard.
    fn lines(&self) -> Vec<String> {
        let listening = self.listen();
        tracing::trace!("the control");
        drop(listening);
        let text = String::from_utf8(self.0.lock().unwrap().clone()).unwrap();
        let mut lines: Vec<_> = text.lines().map(str::to_owned).collect();
        assert!(lines.pop().is_some_and(|line| line.contains("the control")));
        lines
    }
}

impl std::io::Write for Heard {
    fn write(&mut self, line: &[u8]) -> std::io::Result<usize> {
        self.0.lock().unwrap().write(line)
    }

    fn flush(&mut self) -> std::io::Result<()> {
        Ok(())
    }
}
