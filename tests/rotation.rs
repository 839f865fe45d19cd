//! Exchanging the service key: everything opens under the new key and nothing under the old one.

use std::collections::BTreeMap;

use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::domain::concern::Dispatch;
use candor::domain::dispute::StageName;
use candor::service::Candor;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::service::members::Scope;
use candor::service::readings::NewQuestion;
use candor::service::rotation::Rotation;
use candor::store::sealed::Sort;

use crate::sign_in::{enrol, enter};
use crate::support::app::{CONCERNED, PASSPHRASE, PEOPLE, RAISING, Reporter, TestApp, concern, prose};
use crate::support::http::Client;
use crate::support::{Engine, TestDb};

/// The key of every test, and the one that takes its place.
const OLD: u8 = 3;
const NEW: u8 = 4;

fn key(byte: u8) -> ServiceKey {
    ServiceKey::from_bytes([byte; 32])
}

/// Sealing under the new key, with the old one at hand.
pub fn both() -> ServiceKeys {
    ServiceKeys::with_previous(&key(NEW), &key(OLD))
}

struct Scene {
    resolved: (Reporter, String),
    open: (Reporter, String),
    waiting: Reporter,
    refused: Reporter,
    codes: Vec<String>,
    /// A member's, from before.
    member: String,
}

/// Cases at several stages, an act that came too late, one that waits, and a second factor.
async fn scene(app: &TestApp) -> Scene {
    // Before anything waits: a quarter is not published while an act of it does.
    assert_eq!(app.candor.measure(app.now().plus(70 * candor::clock::DAY)).await, Ok(1));
    let refused = app.open_case(&concern()).await;
    app.reporter_acts(&refused.0, &ReporterAct::Withdraw).await;
    app.resolve(&refused.1, RAISING, CONCERNED).await;
    app.run_batches().await;
    let resolved = app.open_case(&concern()).await;
    app.resolve(&resolved.1, RAISING, CONCERNED).await;
    let open = app.open_case(&concern()).await;
    let asker = app.person(RAISING).await;
    let question = prose("Does the order cover small boats?");
    let new = NewQuestion { document: "DOC-1".into(), category: None, question };
    app.candor.ask_reading(&asker.signed_in, &asker.seat.post, new).await.unwrap();
    let mut client = Client::new(&app.site());
    client.sign_in("guard-west").await;
    crate::support_given::asked(app, RAISING, "commander:HAR-EAST", 7).await;
    let (_, codes) = enrol(app, &mut client, PASSPHRASE).await;
    crate::members::take(app, crate::members::ROSTER, Scope::Everybody).await;
    let member = crate::members::code(app, "RIV-EAST", "G-1").await;
    let waiting = app.raise(&concern()).await;
    app.leaves_work_behind();
    Scene { resolved, open, waiting, refused: refused.0, codes, member }
}

fn counts(of: &Rotation, what: impl Fn(&candor::service::rotation::Resting) -> u64) -> BTreeMap<Sort, u64> {
    of.sorts.iter().map(|resting| (resting.sort, what(resting))).collect()
}

async fn everything_rests_under_the_new_key_alone(app: TestApp) {
    let scene = scene(&app).await;
    let cookie = app.cookie(&scene.open.0).await;
    let with_both = app.with_keys(both()).await.unwrap();
    let before = with_both.candor.rotation().await.unwrap();
    let records = counts(&before, |resting| resting.records);
    for (sort, count) in &records {
        // A passkey needs a device, a published entry a month, and no file is attached here; all are sealed like the rest.
        assert!(
            *count > 0
                || matches!(sort, Sort::Passkeys | Sort::LibraryLinks | Sort::Chunks | Sort::WaitingChunks),
            "the scene has {sort:?}"
        );
    }
    assert_eq!(counts(&before, |resting| resting.before), records, "all under the old key");
    assert_eq!(before.shut(), 0);

    let mut told = BTreeMap::new();
    let after = with_both
        .candor
        .rotate_service_key(|progress| {
            assert!(progress.sealed_anew <= progress.looked_at);
            let latest = told.entry(progress.sort).or_insert((0, 0, 0));
            latest.0 += u64::from(progress.looked_at >= progress.of);
            latest.1 = latest.1.max(progress.sealed_anew);
            latest.2 = latest.2.max(progress.looked_at);
        })
        .await
        .unwrap();
    assert_eq!((after.before(), after.shut()), (0, 0));
    for (sort, count) in &records {
        // The new pepper is sealed under the new key from the start.
        let looked_at = count + u64::from(*sort == Sort::Secrets);
        assert_eq!((told[sort].1, told[sort].2), (*count, looked_at), "{sort:?}");
    }
    assert_eq!(after.passphrases.len(), PEOPLE.len() + 1, "nobody has signed in since");

    // With the new key alone.
    let new = app.with_keys(ServiceKeys::new(&key(NEW))).await.unwrap();
    assert_eq!(new.candor.verify().await.unwrap().faults, Vec::<String>::new());
    for (reporter, stage) in [(&scene.resolved.0, StageName::Resolved), (&scene.open.0, StageName::Field)] {
        let view = new.visit(reporter).await;
        assert!(view.statement.is_some() && view.stage == stage);
    }
    assert_eq!(new.visit(&scene.refused).await.refused.len(), 1);
    let view = new.case(RAISING, &scene.open.1).await.unwrap();
    assert_eq!(view.number, scene.open.1);
    new.act(RAISING, &scene.open.1, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let act = ReporterAct::Add { text: prose("Once more.") };
    assert!(with_both.candor.reporter_acts(&cookie, &act, Dispatch::Mixed).await.is_ok(), "an open visit");
    new.run_batches().await;
    assert!(new.visit(&scene.waiting).await.statement.is_some(), "what waited became a case");
    // Whoever signed in is mixed anew, with the app's secret; a recovery code still counts.
    let mut client = Client::new(&new.site());
    enter(&mut client, "guard-west", PASSPHRASE, &scene.codes[0]).await.ok();
    let left = new.candor.rotation().await.unwrap().passphrases;
    assert_eq!(left.len(), PEOPLE.len() - 1, "{left:?}");
    assert!(!left.iter().any(|name| name == RAISING || name == "guard-west"));
    let mut client = Client::new(&new.site());
    enter(&mut client, "guard-west", PASSPHRASE, &scene.codes[1]).await.ok();

    // A slip from before opens, and the number is found, whatever seals the name.
    let cookie = new.candor.member_sign_in("G-1", &scene.member, None).await.unwrap();
    assert_eq!(new.candor.member_session(&cookie).await.unwrap().unwrap().name, "Rivers, Ada");

    // With the old key alone: nothing.
    assert!(app.with_keys(ServiceKeys::new(&key(OLD))).await.is_err());
    let old = &app.candor;
    let (clock, randomness, settings) = (old.clock.clone(), old.randomness.clone(), (*old.settings).clone());
    let old = Candor::open_to_read(
        app.database.again().await.db,
        ServiceKeys::new(&key(OLD)),
        clock,
        randomness,
        settings,
    );
    let old = old.await.unwrap().rotation().await.unwrap();
    assert_eq!(counts(&old, |resting| resting.shut), counts(&old, |resting| resting.records));

    // The older pepper stays while somebody needs it, and no longer.
    let peppers = "SELECT COUNT(*) FROM service_secret WHERE what = 'pepper'";
    new.candor.rotate_service_key(|_| ()).await.unwrap();
    assert_eq!(app.database.number(peppers).await, 2);
    for name in left {
        new.signed_in(&name).await;
    }
    let end = new.candor.rotate_service_key(|_| ()).await.unwrap();
    assert_eq!(end.passphrases, Vec::<String>::new());
    assert_eq!(app.database.number(peppers).await, 1);
    new.signed_in(RAISING).await;
}

/// Machines that seal under either key work side by side, and every one reads what the other wrote.
async fn two_machines_work_while_it_runs(app: TestApp) {
    app.leaves_work_behind();
    let old = app.with_keys(ServiceKeys::with_previous(&key(OLD), &key(NEW))).await.unwrap();
    let new = app.with_keys(both()).await.unwrap();
    let mut reporters = Vec::new();
    for turn in 0..6 {
        let node = if turn % 2 == 0 { &old } else { &new };
        reporters.push(node.raise(&concern()).await);
    }
    let (rotated, ()) = tokio::join!(new.candor.rotate_service_key(|_| ()), async {
        old.run_batches().await;
    });
    rotated.unwrap();
    for reporter in &reporters {
        for node in [&old, &new] {
            assert!(node.visit(reporter).await.statement.is_some());
        }
        let number = old.visit(reporter).await.number;
        old.act(RAISING, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        new.act(CONCERNED, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    // The old one wrote after the end; the check says so, and another run mends it.
    assert!(new.candor.rotation().await.unwrap().before() > 0);
    let end = new.candor.rotate_service_key(|_| ()).await.unwrap();
    assert_eq!((end.before(), end.shut()), (0, 0));
    let alone = app.with_keys(ServiceKeys::new(&key(NEW))).await.unwrap();
    assert_eq!(alone.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// A column that is sealed under the service key, and is forgotten here, would be lost with the old key.
async fn every_column_of_bytes_is_known(database: TestDb) {
    /// Identifiers, public keys, hashes, and what is sealed for readers or under a passphrase.
    const OTHERS: &str = "access_phrase.hash change_agreement.account proposed_change.declined_by \
        proposed_change.proposed_by account.id account.reading_public account.reading_sealed account.salt \
        account.signing_public account.signing_sealed account.verifier account_event.account account_event.id \
        approval.account approval.body attachment_chunk.file audience_wrap.case_id cases.id delivery.id delivery.notice deployment.id acknowledgement.member acknowledgement.item field_member.id field_member.lookup field_stay.member \
        directive.id library_draft.id library_entry.id envelope.body envelope.case_id envelope.id head_outside.hash head_outside.id inbox.id invitation.account \
        invitation.token_hash journal.case_id journal.commitment journal.hash journal_head.hash member.account \
        notice.acknowledged_by notice.case_id notice.envelope notice.id reading.id support.id organisation.set_by passkey.account \
        passkey.id passkey_challenge.hash post_key.public_key post_key_wrap.account post_key_wrap.body \
        receipt.lookup recovery_code.account recovery_code.hash refused_act.id removal.account removal.body \
        second_factor.account session.account session.reading_sealed session.signing_sealed session.token_hash \
        waiting.case_id waiting_chunk.file";
    if database.engine != Engine::Sqlite {
        // The two schemas are compared elsewhere.
        return;
    }
    let candor::store::Db::Sqlite { read, .. } = &database.db else { unreachable!() };
    let columns: Vec<String> = sqlx::query_scalar(
        "SELECT t.name || '.' || c.name FROM sqlite_schema t JOIN pragma_table_info(t.name) c \
         WHERE t.type = 'table' AND t.name NOT LIKE '\\_sqlx%' ESCAPE '\\' AND c.type = 'BLOB' ORDER BY 1",
    )
    .fetch_all(read)
    .await
    .unwrap();
    let sealed: Vec<String> = Sort::ALL
        .iter()
        .map(|sort| {
            let (table, column) = sort.column();
            format!("{table}.{column}")
        })
        .collect();
    for column in &sealed {
        assert!(columns.contains(column), "{column} is there");
    }
    let unknown: Vec<&String> = columns
        .iter()
        .filter(|column| !sealed.contains(column) && !OTHERS.split_whitespace().any(|other| other == *column))
        .collect();
    assert!(unknown.is_empty(), "sealed under the service key (store::sealed), or not (here)? {unknown:?}");
}

on_both!(
    everything_rests_under_the_new_key_alone,
    two_machines_work_while_it_runs,
    every_column_of_bytes_is_known
);
