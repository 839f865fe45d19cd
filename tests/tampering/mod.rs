//! Ten ways to bend the record, each by somebody who can write the database and compute whatever needs no
//! key; in some by somebody who has the service key as well. Each is found and its row is named; where only
//! a head from outside finds it, the test says so. The control of each is the record put right again.

mod agreement;
mod heads;
mod offline;
mod phrase;
mod texts;

use candor::crypto::approval::{Approval, Grant, approve};
use candor::crypto::canonical::Canonical;
use candor::crypto::secret::{ReadingKey, ServiceKey, SigningKey};
use candor::crypto::service::{Purpose, ServiceKeys};
use candor::crypto::{chain, post};
use candor::delivery::KeptHead;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::dispute::Event;
use candor::domain::id::{AccountId, CaseId, PostId};
use candor::rng::Randomness;
use candor::service::cases::HandlerAct;
use candor::service::hexadecimal;
use candor::service::record::Entry;
use candor::service::verify::{Checking, Report};
use candor::store;
use candor::store::journal::Row;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern, prose};

/// A deployment with cases at several stages: resolved with notices and signatures, acknowledged, before the
/// Council; and staff who have acted.
struct Played {
    app: TestApp,
    resolved: String,
    again: String,
    open: String,
}

impl Played {
    async fn on(app: &TestApp) -> Self {
        let (_, resolved) = app.open_case(&concern()).await;
        app.resolve(&resolved, RAISING, CONCERNED).await;
        let office = app.person("office-guard").await;
        let list = app.candor.notices(&office.signed_in, &office.seat, "", 0).await.unwrap();
        app.candor.acknowledge_notices(&office.signed_in, &office.seat, &[list.notices[0].id]).await.unwrap();
        let (_, again) = app.open_case(&concern()).await;
        app.resolve(&again, RAISING, CONCERNED).await;
        let (_, open) = app.open_case(&concern()).await;
        app.act(RAISING, &open, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        app.open_case(&Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
        app.act(RAISING, &open, HandlerAct::Ask { text: prose("Since when is that so?") }).await.unwrap();
        let played = Self { app: app.clone(), resolved, again, open };
        played.clean().await;
        played
    }

    async fn report(&self, heads: &[KeptHead]) -> Report {
        let heads = heads.iter().cloned().enumerate().collect();
        self.app.candor.verify_with(&Checking { heads, without_key: false }).await.unwrap()
    }

    async fn faults(&self) -> Vec<String> {
        self.report(&[]).await.faults
    }

    async fn clean(&self) {
        assert_eq!(self.faults().await, Vec::<String>::new(), "the control");
    }

    async fn run(&self, statement: &str) {
        assert!(self.app.database.run(statement).await > 0, "nothing was tampered with: {statement}");
    }

    /// The head that a place outside would have now.
    async fn head(&self, day: &str) -> KeptHead {
        let head = store::journal::head(&mut self.app.database.read().await).await.unwrap();
        let deployment = self.app.candor.deployment;
        KeptHead { deployment, number: head.sequence, hash: hexadecimal(&head.hash), day: day.to_owned() }
    }

    /// Something that does not change: a table kept aside, and put back afterwards.
    async fn keep(&self, table: &str) {
        self.app.database.run(&format!("CREATE TABLE kept_{table} AS SELECT * FROM {table}")).await;
    }

    async fn put_back(&self, table: &str) {
        self.app.database.run(&format!("DELETE FROM {table}")).await;
        self.app.database.run(&format!("INSERT INTO {table} SELECT * FROM kept_{table}")).await;
        self.app.database.run(&format!("DROP TABLE kept_{table}")).await;
    }

    async fn keep_journal(&self) {
        self.keep("journal").await;
        self.keep("journal_head").await;
    }

    async fn put_journal_back(&self) {
        self.put_back("journal").await;
        self.put_back("journal_head").await;
        self.clean().await;
    }

    async fn rows(&self) -> Vec<Row> {
        store::journal::after(&mut self.app.database.read().await, 0, 10_000).await.unwrap()
    }

    /// Writes the journal anew with a chain that holds, as anybody can who writes the database: nothing in it
    /// needs a key.
    async fn write_journal(&self, mut rows: Vec<Row>) {
        let mut last = chain::genesis(self.app.candor.deployment);
        for (row, number) in rows.iter_mut().zip(1_u64..) {
            row.sequence = i64::try_from(number).unwrap();
            row.hash = chain::next(&last, number, row.case.map(|(case, _)| case), &row.commitment);
            last = row.hash;
        }
        self.app.database.run("DELETE FROM journal").await;
        let genesis = hexadecimal(&chain::genesis(self.app.candor.deployment));
        let bytes = if self.app.is_sqlite() { format!("X'{genesis}'") } else { format!("'\\x{genesis}'") };
        self.app.database.run(&format!("UPDATE journal_head SET sequence = 0, hash = {bytes}")).await;
        let mut tx = self.app.database.write().await;
        let from = store::journal::head(&mut tx).await.unwrap();
        store::journal::append(&mut tx, from, &rows).await.unwrap();
        tx.commit().await.unwrap();
    }

    async fn case(&self, number: &str) -> CaseId {
        store::cases::by_number(&mut self.app.database.read().await, number).await.unwrap().unwrap()
    }

    async fn account(&self, name: &str) -> store::accounts::Account {
        store::accounts::by_name(&mut self.app.database.read().await, name).await.unwrap().unwrap()
    }
}

fn service_keys() -> ServiceKeys {
    ServiceKeys::new(&ServiceKey::from_bytes([3; 32]))
}

fn place(row: &Row) -> Vec<u8> {
    let canonical = Canonical::new("candor journal body 1").number(row.sequence.unsigned_abs());
    match row.case {
        Some((case, version)) => canonical.bytes(case.as_bytes()).number(u64::from(version)).finish(),
        None => canonical.finish(),
    }
}

/// What an entry says: for somebody who has the service key.
fn entry(row: &Row) -> Entry {
    let body = service_keys().open(Purpose::Journal, &place(row), &row.body).unwrap();
    serde_json::from_slice(&body[16..]).unwrap()
}

/// Makes an entry say something else, commitment and all: for somebody who has the service key.
fn rewrite(row: &mut Row, entry: &Entry) {
    let text = serde_json::to_vec(entry).unwrap();
    let salt = [9; 16];
    row.commitment = chain::commitment(&salt, &text);
    let body = [&salt[..], &text].concat();
    row.body = service_keys().seal(Purpose::Journal, &place(row), &body, &Randomness::system()).unwrap();
}

fn names(faults: &[String], what: &str) -> bool {
    faults.first().is_some_and(|fault| fault.contains(what))
}

/// Kind 1. Changed: what an entry is committed to, and then the whole chain after it computed anew.
async fn a_changed_row_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let head = played.head("2026-06-02").await;
    played.keep_journal().await;
    let rows = played.rows().await;
    let at = rows.len() - 4;
    let mut changed = rows.clone();
    changed[at].commitment = [7; 32];
    played.write_journal(changed).await;
    let faults = played.faults().await;
    assert!(
        faults.iter().any(|fault| fault.starts_with(&format!("journal row {}: its text", at + 1))),
        "{faults:?}"
    );
    // Without the chain computed anew it is the chain as well.
    played.put_journal_back().await;
    played.keep_journal().await;
    let bytes = "07".repeat(32);
    let bytes = if app.is_sqlite() { format!("X'{bytes}'") } else { format!("'\\x{bytes}'") };
    played.run(&format!("UPDATE journal SET commitment = {bytes} WHERE sequence = {}", at + 1)).await;
    assert!(names(&played.faults().await, &format!("journal row {}: its hash", at + 1)));
    played.put_journal_back().await;

    // By somebody with the service key, who makes it say something else in every respect: only a head finds it.
    played.keep_journal().await;
    let mut changed = rows.clone();
    let last = changed.last_mut().unwrap();
    let Entry::Case(Event::Asked { at, side, seat, question }) = entry(last) else { panic!() };
    let earlier = Event::Asked { at: at.plus(-60), side, seat, question };
    rewrite(last, &Entry::Case(earlier));
    let number = last.sequence;
    played.write_journal(changed).await;
    let found = played.report(&[head]).await.faults;
    assert!(
        found.iter().any(|fault| fault
            .starts_with(&format!("journal row {number}: it is not what the head of 2026-06-02"))),
        "{found:?}"
    );
    played.put_journal_back().await;
}

/// Kind 2. Removed: with a gap, and with everything after it moved up and the chain computed anew.
async fn a_removed_row_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    played.keep_journal().await;
    let at = played.rows().await.len() - 4;
    played.run(&format!("DELETE FROM journal WHERE sequence = {at}")).await;
    assert!(names(&played.faults().await, &format!("journal row {at}: missing")));
    played.put_journal_back().await;
    played.keep_journal().await;
    let mut rows = played.rows().await;
    rows.remove(at - 1);
    played.write_journal(rows).await;
    let faults = played.faults().await;
    assert!(
        faults.iter().any(|fault| fault.starts_with(&format!("journal row {at}: its text"))),
        "{faults:?}"
    );
    played.put_journal_back().await;
}

/// Kind 3. Reordered: two entries change places, and the chain is computed anew.
async fn a_reordered_row_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    played.keep_journal().await;
    let mut rows = played.rows().await;
    let at = rows.len() - 5;
    rows.swap(at, at + 1);
    played.write_journal(rows).await;
    let faults = played.faults().await;
    for row in [at + 1, at + 2] {
        assert!(
            faults.iter().any(|fault| fault.starts_with(&format!("journal row {row}: its text"))),
            "{faults:?}"
        );
    }
    played.put_journal_back().await;
}

/// Kind 4. Inserted: a genuine entry once more; and by somebody with the service key one that never was.
async fn an_inserted_row_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    played.keep_journal().await;
    let mut rows = played.rows().await;
    let at = rows.len() - 4;
    let copy = rows[at].clone();
    rows.insert(at + 1, copy);
    played.write_journal(rows).await;
    let faults = played.faults().await;
    assert!(
        faults.iter().any(|fault| fault.starts_with(&format!("journal row {}: its text", at + 2))),
        "{faults:?}"
    );
    played.put_journal_back().await;

    played.keep_journal().await;
    let mut rows = played.rows().await;
    let case = played.case(&played.open).await;
    let of_case: Vec<usize> =
        (0..rows.len()).filter(|index| rows[*index].case.is_some_and(|(of, _)| of == case)).collect();
    let last = *of_case.last().unwrap();
    let mut forged = rows[last].clone();
    forged.sequence = i64::try_from(rows.len() + 1).unwrap();
    let event = entry(&rows[last]);
    rewrite(&mut forged, &event);
    rows.push(forged);
    let number = rows.len();
    played.write_journal(rows).await;
    let faults = played.faults().await;
    assert!(names(&faults, &format!("journal row {number}: event")), "{faults:?}");
    played.put_journal_back().await;
}

/// Kind 5. Swapped keys: an account's, and a post's.
async fn a_swapped_key_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    played.keep("account").await;
    for column in ["reading_public", "signing_public"] {
        let other = format!("(SELECT k.{column} FROM kept_account k WHERE k.sign_in_name = 'harbour-west')");
        played.run(&format!("UPDATE account SET {column} = {other} WHERE sign_in_name = 'guard-hq'")).await;
        let faults = played.faults().await;
        assert!(
            faults.iter().any(|fault| fault.starts_with("account guard-hq: its public keys are not")),
            "{faults:?}"
        );
        let own = format!("(SELECT k.{column} FROM kept_account k WHERE k.sign_in_name = 'guard-hq')");
        played.run(&format!("UPDATE account SET {column} = {own} WHERE sign_in_name = 'guard-hq'")).await;
        played.clean().await;
    }
    // Who checks the record may not be made by whoever writes the database, nor an administrator.
    for (column, truth) in [("auditor", "auditor"), ("administrator", "administrator")] {
        let (yes, no) = if app.is_sqlite() { ("1", "0") } else { ("TRUE", "FALSE") };
        played.run(&format!("UPDATE account SET {column} = {yes} WHERE sign_in_name = 'guard-hq'")).await;
        let faults = played.faults().await;
        assert!(names(&faults, "account guard-hq: whether it is"), "{truth}: {faults:?}");
        played.run(&format!("UPDATE account SET {column} = {no} WHERE sign_in_name = 'guard-hq'")).await;
    }
    app.database.run("DROP TABLE kept_account").await;
    app.database.run("CREATE TABLE kept_key AS SELECT * FROM post_key").await;
    let key = |post: &str| format!("(SELECT k.public_key FROM kept_key k WHERE k.post = '{post}')");
    let set = async |from: &str| {
        let to = "UPDATE post_key SET public_key =";
        played.run(&format!("{to} {} WHERE post = 'commander:RIV-EAST'", key(from))).await;
    };
    set("commander:HAR-EAST").await;
    let faults = played.faults().await;
    assert!(names(&faults, "post_key row of commander:RIV-EAST, key 1: its public key is not"), "{faults:?}");
    set("commander:RIV-EAST").await;
    app.database.run("DROP TABLE kept_key").await;
    played.clean().await;
}

/// Kind 6. A forged approval: signed by a key of the forger's own, in the name of a founding lead.
async fn a_forged_approval_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let randomness = Randomness::system();
    let signing = SigningKey::random(&randomness, "forger");
    let (lead, forger) = (played.account("council-guard").await, played.account("guard-hq").await);
    let genuine: Vec<Approval> = {
        let mut tx = app.database.read().await;
        let rows = store::check::approvals(&mut tx).await.unwrap();
        rows.iter().map(|row| Approval::from_bytes(&row.body).unwrap()).collect()
    };
    let council: PostId = "council:RIV".parse().unwrap();
    let of_post = genuine.iter().find(|one| one.grant.post == council).unwrap();
    let mut account_public = of_post.grant.account_public.clone();
    account_public.verifying = signing.public();
    account_public.reading = ReadingKey::random(&randomness, "forger").public();
    let grant = Grant {
        account: forger.id,
        lead: true,
        opens: false,
        account_public,
        post_public: post::generate(&randomness).public(),
        ..of_post.grant.clone()
    };
    let false_approval = approve(&signing, lead.id, grant);
    let mut tx = app.database.write().await;
    store::accounts::insert_approval(&mut tx, &council, 1, forger.id, &false_approval.to_bytes())
        .await
        .unwrap();
    tx.commit().await.unwrap();
    let faults = played.faults().await;
    assert!(names(&faults, "approval row of guard-hq for council:RIV, key 1: forged"), "{faults:?}");
    let only = if app.is_sqlite() {
        format!("X'{}'", hexadecimal(forger.id.as_bytes()))
    } else {
        format!("'{}'", forger.id.0)
    };
    played.run(&format!("DELETE FROM approval WHERE post = 'council:RIV' AND account = {only}")).await;
    played.clean().await;
    // One that was given and is gone.
    played.keep("approval").await;
    played.run("DELETE FROM approval WHERE post = 'headquarters:RIV-OFFICE'").await;
    let faults = played.faults().await;
    assert!(
        faults
            .iter()
            .any(|fault| fault.starts_with("approval row of office-guard for headquarters:RIV-OFFICE")
                && fault.contains("missing")),
        "{faults:?}"
    );
    played.put_back("approval").await;
    played.clean().await;
}

/// Kind 7. A replayed acceptance, by somebody with the service key, who can write any entry but sign nothing: that
/// of another case, and that of an earlier version.
async fn a_replayed_acceptance_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let other = played.case(&played.resolved).await;
    let case = played.case(&played.again).await;
    let accepted = |rows: &[Row], case: CaseId| -> Vec<(usize, Entry)> {
        let of_case = rows.iter().enumerate().filter(|(_, row)| row.case.is_some_and(|(of, _)| of == case));
        of_case
            .map(|(index, row)| (index, entry(row)))
            .filter(|(_, entry)| matches!(entry, Entry::Case(Event::Accepted { .. })))
            .collect()
    };
    played.keep_journal().await;
    let mut rows = played.rows().await;
    let [stolen, _] = accepted(&rows, other).try_into().unwrap();
    let [mine, _] = accepted(&rows, case).try_into().unwrap();
    let Entry::Case(Event::Accepted { acceptance: stolen_acceptance, .. }) = stolen.1 else { panic!() };
    let Entry::Case(Event::Accepted { side, hash, acceptance }) = mine.1 else { panic!() };
    for whole in [false, true] {
        let mut replayed = acceptance.clone();
        replayed.signature.clone_from(&stolen_acceptance.signature);
        if whole {
            replayed = stolen_acceptance.clone();
        }
        rewrite(&mut rows[mine.0], &Entry::Case(Event::Accepted { side, hash, acceptance: replayed }));
        played.write_journal(rows.clone()).await;
        let faults = played.faults().await;
        let expected = format!(
            "journal row {}: the signature of commander:RIV-EAST does not hold; it is that of journal row {}",
            mine.0 + 1,
            stolen.0 + 1
        );
        assert!(names(&faults, &expected), "{faults:?}");
    }
    played.put_journal_back().await;

    // A version that was accepted, replaced, and is accepted again by the old signature, word for word.
    let act = |act| app.act(RAISING, &played.open, act);
    app.act(CONCERNED, &played.open, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    act(HandlerAct::Propose(app.proposal_of(RAISING).await)).await.unwrap();
    app.accept(RAISING, &played.open).await.unwrap();
    act(HandlerAct::Propose(app.proposal_of(RAISING).await)).await.unwrap();
    app.accept(RAISING, &played.open).await.unwrap();
    played.clean().await;
    played.keep_journal().await;
    let mut rows = played.rows().await;
    let open = played.case(&played.open).await;
    let [first, second] = accepted(&rows, open).try_into().unwrap();
    rewrite(&mut rows[second.0], &first.1);
    played.write_journal(rows).await;
    let faults = played.faults().await;
    let expected = format!(
        "journal row {}: the signature of commander:RIV-EAST is for a version that was not on the table; it is that of \
         journal row {}",
        second.0 + 1,
        first.0 + 1
    );
    assert!(names(&faults, &expected), "{faults:?}");
    played.put_journal_back().await;
}

/// Kind 8. A deadline edited, where the case has it and where desks show it.
async fn an_edited_deadline_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let number = &played.open;
    for (table, column, expected) in [
        ("cases", "level_due", "the deadline in its row is not what its events say"),
        ("cases", "next_due", "when the clock has its turn is not what its events say"),
        ("waiting", "due", "the row in waiting for"),
    ] {
        let of_case = if table == "cases" {
            format!("number = '{number}'")
        } else {
            format!("case_id = (SELECT id FROM cases WHERE number = '{number}')")
        };
        played.run(&format!("UPDATE {table} SET {column} = {column} + 86400 WHERE {of_case}")).await;
        let faults = played.faults().await;
        assert!(names(&faults, &format!("case {number}: {expected}")), "{faults:?}");
        played.run(&format!("UPDATE {table} SET {column} = {column} - 86400 WHERE {of_case}")).await;
        played.clean().await;
    }
}

/// Kind 9. A notice dropped.
async fn a_dropped_notice_is_named(app: TestApp) {
    let played = Played::on(&app).await;
    let case = format!("case_id = (SELECT id FROM cases WHERE number = '{}')", played.resolved);
    let made = played
        .rows()
        .await
        .iter()
        .position(|row| row.case.is_none() && format!("{:?}", entry(row)).contains("NoticesMade"));
    played.run(&format!("DELETE FROM notice WHERE recipient = 'headquarters:DEPT-OFFICE' AND {case}")).await;
    let faults = played.faults().await;
    let expected = format!(
        "notice of case {}, resolution 1, for headquarters:DEPT-OFFICE: its row is missing, though journal row {} says",
        played.resolved,
        made.unwrap() + 1
    );
    assert!(names(&faults, &expected), "{faults:?}");
}

/// Kind 10. The end cut off, and everything that followed from it put back as it was: that is a state in which the
/// deployment has been, so only a head from outside can tell. Without one it is clean, as this test holds.
async fn a_cut_tail_is_named_by_a_head_from_outside(app: TestApp) {
    let played = Played::on(&app).await;
    let tables = ["journal", "journal_head", "waiting"];
    let early = played.head("2026-06-02").await;
    for table in tables {
        played.keep(table).await;
    }
    let columns = "version, stage, level_due, next_due, state, pace";
    app.database.run("CREATE TABLE kept_cases AS SELECT * FROM cases").await;
    app.act(CONCERNED, &played.open, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let late = played.head("2026-06-03").await;
    assert!(late.number > early.number);
    assert_eq!(played.report(&[early.clone(), late.clone()]).await.heads, 2, "the control");

    for table in tables {
        played.put_back(table).await;
    }
    for column in columns.split(", ") {
        let kept = format!("(SELECT k.{column} FROM kept_cases k WHERE k.id = cases.id)");
        app.database.run(&format!("UPDATE cases SET {column} = {kept}")).await;
    }
    played.clean().await;
    let report = played.report(&[early.clone(), late.clone()]).await;
    let expected = format!("journal row {}: cut tail; the head of 2026-06-03", early.number + 1);
    assert!(names(&report.faults, &expected), "{:?}", report.faults);
    assert_eq!((report.heads, report.held_up_to), (1, early.number));
    // One of another deployment says nothing about this one.
    let strange = KeptHead {
        deployment: candor::domain::id::DeploymentId(AccountId::random(&Randomness::system()).0),
        ..early
    };
    assert!(names(&played.report(&[strange]).await.faults, "it is of another deployment"));
}

on_both!(
    a_changed_row_is_named,
    a_removed_row_is_named,
    a_reordered_row_is_named,
    an_inserted_row_is_named,
    a_swapped_key_is_named,
    a_forged_approval_is_named,
    a_replayed_acceptance_is_named,
    an_edited_deadline_is_named,
    a_dropped_notice_is_named,
    a_cut_tail_is_named_by_a_head_from_outside,
);
