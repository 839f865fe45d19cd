//! Several machines: two nodes on one PostgreSQL behind haproxy, one of them killed under load; and a primary killed
//! under load, whose synchronous standby takes over. At the end nothing that was confirmed is lost, nothing happened
//! twice, and the record holds.
//!
//! `CANDOR_TEST_LONG=1` goes on for longer and says what was measured; not for so long that the batches at the end, of
//! twenty cases each, would go on and on.

mod load;

use std::net::SocketAddr;
use std::time::{Duration, Instant};

use candor::clock::{Clock, DAY};
use candor::store::Db;

use self::load::Load;
use crate::killed::{Known, Shared, each_receipt_opens_its_case, make_ready, open_cases, press_again};
use crate::sign_in::enrol;
use crate::support::app::{CONCERNED, HEADQUARTERS, PASSPHRASE, TestApp};
use crate::support::balancer::Balancer;
use crate::support::http::Client;
use crate::support::program::{Place, Running, free_address};
use crate::support::standby::Pair;
use crate::support::{Engine, block_on, is_long, tell};

/// Cases that wait for a second signature at the beginning.
const TO_SIGN: usize = 4;

/// A deployment with something to sign, at a time at which every batch of what is made ready is over.
async fn deployment(seed: u8) -> Option<(TestApp, Shared)> {
    let app = TestApp::with_seed(Engine::Postgres, seed).await?;
    let known = Shared::default();
    app.candor.clock.advance_to(Clock::System.now().plus(-9 * DAY));
    open_cases(&app, &known, TO_SIGN).await;
    let mut client = Client::new(&app.site());
    client.sign_in(CONCERNED).await;
    let (_, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    known.lock().unwrap().codes = codes;
    Some((app, known))
}

async fn machine(place: &Place, listen: SocketAddr) -> Running {
    let mut command = place.program(&["serve"]);
    command.env("CANDOR_LISTEN", listen.to_string()).env("CANDOR_DRAIN_SECONDS", "3");
    command.stdout(std::process::Stdio::null()).stderr(std::process::Stdio::null());
    Running::listening(command, listen).await
}

/// Waits until a machine or a balancer says that visitors can come.
async fn until_ready(address: SocketAddr) -> Duration {
    let begun = Instant::now();
    loop {
        if ready(address).await.is_some_and(|answer| answer.starts_with("HTTP/1.1 200")) {
            return begun.elapsed();
        }
        assert!(begun.elapsed() < Duration::from_secs(30), "{address} is not ready");
        tokio::time::sleep(Duration::from_millis(20)).await;
    }
}

pub(crate) async fn ready(address: SocketAddr) -> Option<String> {
    use tokio::io::{AsyncReadExt, AsyncWriteExt};
    let mut line = tokio::net::TcpStream::connect(address).await.ok()?;
    line.write_all(b"GET /readyz HTTP/1.1\r\nHost: x.example\r\nConnection: close\r\n\r\n").await.ok()?;
    let mut answer = String::new();
    line.read_to_string(&mut answer).await.ok()?;
    (!answer.is_empty()).then_some(answer)
}

/// Whoever pressed last presses once more, and then everything is looked at.
async fn look(app: &TestApp, place: &Place, known: &Shared) {
    let known: Known = std::mem::take(&mut *known.lock().unwrap());
    assert!(known.pressed.is_empty(), "somebody does not know whether it was sent");
    let (report, content) = place.verify();
    assert!(content, "{report}");
    assert_eq!(report["faults"], serde_json::json!([]));
    // What somebody signed without an answer may have been signed: never twice, and with all its notices.
    let resolutions = usize::try_from(report["resolutions"].as_u64().unwrap()).unwrap();
    assert!(
        (known.signed.len()..=known.signed.len() + known.to_sign.len()).contains(&resolutions),
        "{report}"
    );
    assert_eq!(report["notices"], resolutions * HEADQUARTERS.len(), "one notice a recipient");
    each_receipt_opens_its_case(app, &known).await;
    // The control: what is lost is missed.
    assert!(app.database.run("DELETE FROM notice WHERE recipient = 'headquarters:DEPT-OFFICE'").await > 0);
    assert!(app.database.run("DELETE FROM receipt").await > 0);
    assert!(app.candor.open_visit(known.sent.first().unwrap()).await.is_err());
}

#[test]
fn a_machine_that_is_killed_or_stopped_under_load_loses_nothing() {
    block_on(async {
        let Some((app, known)) = deployment(31).await else { return };
        let empty = tempfile::tempdir().unwrap();
        let place = Place::of(&app, empty.path());
        let machines = [free_address(), free_address()];
        let nobody = [free_address(), free_address()];
        let Some(balancer) = Balancer::start(machines, nobody).await else { return };
        let mut running: Vec<Option<Running>> = Vec::new();
        for listen in machines {
            running.push(Some(machine(&place, listen).await));
            until_ready(listen).await;
        }
        until_ready(balancer.site).await;
        // haproxy asks twice, a second apart, before it sends anybody; then both have people.
        tokio::time::sleep(Duration::from_secs(4)).await;
        let (browsers, between) = if is_long() { (16, 200) } else { (4, 60) };
        let mut load = Load::start(balancer.site, &known, browsers);
        let mut told = Vec::new();
        for round in 0..if is_long() { 4 } else { 2 } {
            let which = round % 2;
            load.answers(between).await;
            make_ready(&app, &known).await;
            let before = load.answers.lock().unwrap().cut_off;
            load.measure_anew();
            // Odd rounds stop it as systemd does: then nobody is cut off.
            let stopped = which == 1;
            if stopped {
                let leaving = running[which].take().unwrap();
                leaving.terminate();
                let (status, took) = leaving.ended().await;
                assert!(status.success());
                assert!(took < Duration::from_secs(20), "{took:?}");
            } else {
                drop(running[which].take());
            }
            load.answers(between).await;
            told.push({
                let answers = load.answers.lock().unwrap();
                (stopped, answers.cut_off - before, answers.gap, answers.wait)
            });
            running[which] = Some(machine(&place, machines[which]).await);
            until_ready(machines[which]).await;
        }
        let (memory, rate) = (
            running.iter().flatten().map(Running::most_memory).max().unwrap(),
            load.answers.lock().unwrap().each_second(),
        );
        let at_work = told.iter().any(|(stopped, cut_off, ..)| !stopped && *cut_off > 0);
        assert!(at_work, "nobody was on a machine that was killed: {told:?}");
        for (stopped, cut_off, gap, wait) in &told {
            if is_long() {
                let how = if *stopped { "stopped" } else { "killed" };
                tell(&format!("{how}: {cut_off} cut off, gap {gap:?}, longest wait {wait:?}"));
            }
            // A machine that starts puts everything that waits in another order, and senders wait for it.
            assert!(*gap < Duration::from_secs(if is_long() { 30 } else { 10 }), "{told:?}");
        }
        if is_long() {
            let connections = app
                .database
                .number("SELECT COUNT(*) FROM pg_stat_activity WHERE backend_type = 'client backend'")
                .await;
            let sent = known.lock().unwrap().sent.len();
            tell(&format!(
                "{rate:.0} answers a second, {sent} concerns, {memory} KiB, {connections} connections in all"
            ));
        }
        let site = load.stop().await;
        press_again(&site, &known).await;
        drop(running);
        look(&app, &place, &known).await;
        app.leaves_work_behind();
        app.candor.db.close().await;
    });
}

#[test]
fn a_standby_that_takes_over_under_load_has_everything() {
    block_on(async {
        let Some((app, known)) = deployment(37).await else { return };
        let Some(pair) = Pair::start() else { return };
        app.candor.db.close().await;
        pair.copy_from(&app.database.setting());
        let machines = [free_address(), free_address()];
        let Some(balancer) = Balancer::start(machines, pair.servers).await else { return };
        let empty = tempfile::tempdir().unwrap();
        let mut place = Place::of(&app, empty.path());
        place.database = format!("postgres://candor@{}/candor", balancer.database);
        assert!(balancer.takes_writes(pair.servers[0]) && !balancer.takes_writes(pair.servers[1]));
        let mut running = Vec::new();
        for listen in machines {
            running.push(machine(&place, listen).await);
            until_ready(listen).await;
        }
        let (browsers, between) = if is_long() { (16, 500) } else { (4, 80) };
        let mut load = Load::start(balancer.site, &known, browsers);
        load.answers(between).await;
        // Something for the jobs of both to open just then.
        let direct = Db::postgres(pair.options(0, "candor")).await.unwrap();
        let between_lives = app.reaching(direct).await;
        make_ready(&between_lives, &known).await;
        between_lives.candor.db.close().await;
        load.answers(between / 2).await;
        load.measure_anew();

        let killed = Instant::now();
        pair.kill_primary();
        pair.promote();
        let promoted = killed.elapsed();
        load.answers(between).await;
        assert!(balancer.takes_writes(pair.servers[1]));
        {
            let answers = load.answers.lock().unwrap();
            if is_long() {
                tell(&format!(
                    "promoted after {promoted:?}; gap {:?}, longest wait {:?}, {} cut off, {} told to come again; {:.0} \
                     answers a second",
                    answers.gap,
                    answers.wait,
                    answers.cut_off,
                    answers.later,
                    answers.each_second()
                ));
            }
            assert!(answers.gap < Duration::from_secs(20), "{answers:?}");
        }
        for machine in machines {
            until_ready(machine).await;
        }

        // Somebody starts the old primary again: it says that it takes writes, and nobody is sent there.
        pair.old_primary_returns();
        assert!(!balancer.takes_writes(pair.servers[0]));
        assert!(balancer.takes_writes(pair.servers[1]));
        load.answers(between / 2).await;
        let site = load.stop().await;
        press_again(&site, &known).await;
        let direct = Db::postgres(pair.options(1, "candor")).await.unwrap();
        let after = app.reaching(direct).await;
        drop(running);
        // What follows is asked of the standby alone.
        place.database = format!("postgres://candor@{}/candor", pair.servers[1]);
        look(&after, &place, &known).await;
        after.candor.db.close().await;
        app.leaves_work_behind();
    });
}
