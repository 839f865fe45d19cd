//! AN-16 beyond the limit. The limits of a real site lie above what this machine gives, so here they are low: what is
//! shown is what happens at a limit and past it, whatever its number. Every kind of request is sent in a flood, and
//! what is kept is compared as a whole.

use std::collections::{BTreeMap, BTreeSet};
use std::fmt::Write;
use std::net::SocketAddr;
use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicUsize, Ordering};
use std::time::Duration;

use axum::http::StatusCode;
use candor::web::settings::{LimitSettings, WebSettings};
use candor::web::{self, App};
use tokio::net::TcpListener;
use tokio::task::JoinSet;

use super::an_16::{Sender, WRONG, anywhere, reviewed};
use crate::support::app::{TestApp, concern};
use crate::support::http::{Client, escape};
use crate::support::{Engine, run_on};

/// Twenty requests at once and ten more each second for everybody; five and two for one address.
fn low() -> LimitSettings {
    LimitSettings {
        global_burst: 20,
        global_every: Duration::from_millis(100),
        address_burst: 5,
        address_every: Duration::from_millis(500),
        ..LimitSettings::default()
    }
}

/// Nothing that these tests send reaches them.
fn off() -> LimitSettings {
    LimitSettings { global_burst: 1_000_000, address_burst: 1_000_000, ..LimitSettings::default() }
}

/// Serves the site on a socket; behind a proxy that names addresses, or without any.
async fn served(app: &TestApp, limits: LimitSettings, behind_proxy: bool) -> SocketAddr {
    let trusted_proxies = if behind_proxy { vec!["127.0.0.1".parse().unwrap()] } else { Vec::new() };
    let settings = WebSettings { limits, trusted_proxies, ..WebSettings::default() };
    let site = web::router(App::new(app.candor.clone(), settings));
    let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
    let address = listener.local_addr().unwrap();
    let service = site.into_make_service_with_connect_info::<SocketAddr>();
    tokio::spawn(async move { axum::serve(listener, service).await });
    address
}

/// One thing that is sent, over and over.
#[derive(Clone)]
struct Sent {
    name: &'static str,
    sender: Sender,
    path: &'static str,
    /// Each in turn; a page is asked for where there are none.
    forms: Vec<String>,
    /// The answer of one that was let in.
    taken: StatusCode,
}

impl Sent {
    fn form(&self, number: usize) -> Option<&str> {
        (!self.forms.is_empty()).then(|| self.forms[number % self.forms.len()].as_str())
    }
}

/// What came of a flood.
#[derive(Clone, Debug, Default)]
struct Came {
    sent: usize,
    taken: usize,
    turned_away: usize,
    /// Which of its forms were taken, perhaps more than once.
    forms: BTreeSet<usize>,
}

/// Sends over eight connections, at most so many a second, until told to stop; each from an address of its own, or all
/// from the sender's.
fn flood(what: &Sent, a_second: u32, apart: bool, going: Arc<AtomicBool>) -> tokio::task::JoinHandle<Came> {
    let what = what.clone();
    tokio::spawn(async move {
        let count = Arc::new(AtomicUsize::new(0));
        let mut lanes = JoinSet::new();
        for _ in 0..8 {
            let (what, going, count) = (what.clone(), going.clone(), count.clone());
            lanes.spawn(async move {
                let mut pace = tokio::time::interval(Duration::from_secs(8) / a_second);
                let mut came = Came::default();
                while going.load(Ordering::Relaxed) {
                    pace.tick().await;
                    let number = count.fetch_add(1, Ordering::Relaxed);
                    let one = if apart { what.sender.at(&anywhere(number)) } else { what.sender.clone() };
                    let (status, _) = one.ask(what.path, what.form(number)).await;
                    came.sent += 1;
                    match status {
                        StatusCode::TOO_MANY_REQUESTS | StatusCode::SERVICE_UNAVAILABLE => {
                            came.turned_away += 1;
                        }
                        status if status == what.taken => {
                            came.taken += 1;
                            came.forms.insert(number % what.forms.len().max(1));
                        }
                        other => panic!("{}: {other}", what.name),
                    }
                }
                came
            });
        }
        let mut all = Came::default();
        while let Some(came) = lanes.join_next().await {
            let came = came.unwrap();
            all.sent += came.sent;
            all.taken += came.taken;
            all.turned_away += came.turned_away;
            all.forms.extend(came.forms);
        }
        all
    })
}

/// Everything that rests, but for these tables.
async fn kept_but(app: &TestApp, tables: &[&str]) -> BTreeMap<String, Vec<String>> {
    let mut kept = app.database.dump().await;
    kept.retain(|table, _| !tables.contains(&table.as_str()));
    kept
}

/// One of each kind of request.
async fn kinds(app: &TestApp, site: SocketAddr) -> Vec<Sent> {
    let sender = Sender::to(site, Some("192.0.2.7"));
    let (reporter, _) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.come_back(&reporter.words).await.ok();
    let token = client.get("/return/files").await.ok().form("/return/files");
    let token = token.value("csrf").unwrap().to_owned();
    let part = |name: &str, value: &str| {
        format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n")
    };
    let file = format!("{}{}--x--\r\n", part("csrf", &token), part("file", "The gate stands open."));
    let cookie = format!("__Host-visit={}", client.cookies["__Host-visit"]);
    let uploads =
        Sender { cookie: Some(cookie), form: "multipart/form-data; boundary=x".to_owned(), ..sender.clone() };
    let mut concerns = Vec::new();
    for _ in 0..30 {
        concerns.push(reviewed(app).await);
    }
    let right = vec![format!("words={}", escape(&reporter.words))];
    let kind = |name, path, forms, taken| Sent { name, sender: sender.clone(), path, forms, taken };
    vec![
        kind("pages", "/write/sent", Vec::new(), StatusCode::OK),
        kind("wrong receipts", "/return", vec![WRONG.to_owned()], StatusCode::SEE_OTHER),
        kind("right receipts", "/return", right, StatusCode::SEE_OTHER),
        kind("concerns", "/write/send", concerns, StatusCode::SEE_OTHER),
        Sent { sender: uploads, ..kind("files", "/return/files", vec![file], StatusCode::SEE_OTHER) },
    ]
}

/// From one address: it is turned away, and nobody else is made to wait, not once. What was let in is kept as it ought
/// to be, and of the rest nothing is.
async fn at_the_limit_of_an_address_nobody_else_waits(app: TestApp) {
    app.leaves_work_behind();
    let site = served(&app, low(), true).await;
    for what in kinds(&app, site).await {
        let calm = Sender::to(site, Some("192.0.2.8"));
        let form = reviewed(&app).await;
        // As much as everybody may send is there again.
        tokio::time::sleep(Duration::from_secs(2)).await;
        let tables = ["inbox", "waiting_chunk"];
        let before = kept_but(&app, &tables).await;
        let waited = app.database.number("SELECT COUNT(*) FROM inbox").await;
        let going = Arc::new(AtomicBool::new(true));
        let flooding = flood(&what, 400, false, going.clone());
        tokio::time::sleep(Duration::from_millis(700)).await;
        let (_, again) = calm.submits(&form).await.expect("it is sent");
        going.store(false, Ordering::Relaxed);
        let came = flooding.await.unwrap();
        assert!(came.turned_away > 10 && came.taken >= 5, "{}: the limit was reached: {came:?}", what.name);
        assert_eq!(again, 0, "{}: somebody else was made to wait", what.name);
        assert_eq!(kept_but(&app, &tables).await, before, "{}: something is kept", what.name);
        let more = app.database.number("SELECT COUNT(*) FROM inbox").await - waited;
        // Each concern once, the same file once, and of everything else nothing; and what was sent in calm.
        let acts = match what.name {
            "concerns" | "files" => i64::try_from(came.forms.len()).unwrap(),
            _ => 0,
        };
        assert_eq!(more, acts + 1, "{}: {came:?}", what.name);
    }
}

/// From everywhere at once the common limit is reached. Below it nobody waits; beyond it people are told to, and get in
/// when it is over. How far beyond it a submission still passes is printed.
async fn at_the_limit_of_all_people_are_told_to_wait(app: TestApp) {
    app.leaves_work_behind();
    let site = served(&app, low(), true).await;
    let pages = kinds(&app, site).await.swap_remove(0);
    let mut lines =
        String::from("\nAN-16: a submission beside a flood from everywhere, at a limit of ten a second\n");
    for a_second in [3, 10, 40, 160] {
        let form = reviewed(&app).await;
        tokio::time::sleep(Duration::from_secs(2)).await;
        let calm = Sender::to(site, Some("192.0.2.8"));
        let going = Arc::new(AtomicBool::new(true));
        let flooding = flood(&pages, a_second, true, going.clone());
        tokio::time::sleep(Duration::from_secs(1)).await;
        let through = calm.submits(&form).await;
        // As long again, so that the limit is reached whatever the machine gives.
        tokio::time::sleep(Duration::from_secs(2)).await;
        going.store(false, Ordering::Relaxed);
        let came = flooding.await.unwrap();
        let how = through
            .map_or("did not get through".to_owned(), |(_, again)| format!("told {again} times to wait"));
        let _ = writeln!(
            lines,
            "  {a_second} a second: {} of {} turned away; {how}",
            came.turned_away, came.sent
        );
        if a_second < 10 {
            assert_eq!((came.turned_away, through.map(|(_, again)| again)), (0, Some(0)), "{lines}");
        } else if a_second > 100 {
            assert!(came.turned_away > 0, "the limit was not reached: {lines}");
        }
        if through.is_none() {
            tokio::time::sleep(Duration::from_secs(1)).await;
            let (_, again) = calm.submits(&form).await.expect("it is sent when it is over");
            assert_eq!(again, 0, "{lines}");
        }
    }
    crate::privacy::adversary::print(&lines);
}

/// The controls. With limits that nobody reaches the same flood is let in whole; and where all share one allowance, because
/// no address is known, the one that floods does make others wait.
async fn without_limits_or_without_addresses_it_is_otherwise(app: TestApp) {
    app.leaves_work_behind();
    for (limits, behind_proxy) in [(off(), true), (low(), false)] {
        let site = served(&app, limits, behind_proxy).await;
        let wrong = kinds(&app, site).await.swap_remove(1);
        let calm = Sender::to(site, Some("192.0.2.8"));
        let form = reviewed(&app).await;
        let going = Arc::new(AtomicBool::new(true));
        let flooding = flood(&wrong, 400, false, going.clone());
        tokio::time::sleep(Duration::from_millis(1_500)).await;
        let through = calm.submits(&form).await;
        going.store(false, Ordering::Relaxed);
        let came = flooding.await.unwrap();
        if behind_proxy {
            assert_eq!(came.turned_away, 0, "{came:?}");
            assert_eq!(through.expect("it is sent").1, 0);
        } else {
            assert!(came.turned_away > 0, "{came:?}");
            assert!(through.is_none_or(|(_, again)| again > 0), "nobody had to wait");
        }
    }
}

#[test]
fn an_16_at_the_limit_nobody_else_waits() {
    run_on(Engine::Sqlite, at_the_limit_of_an_address_nobody_else_waits);
}

#[test]
fn an_16_beyond_the_common_limit_people_are_told_to_wait() {
    run_on(Engine::Sqlite, at_the_limit_of_all_people_are_told_to_wait);
}

#[test]
fn an_16_control_limits_that_are_off_turn_nobody_away() {
    run_on(Engine::Sqlite, without_limits_or_without_addresses_it_is_otherwise);
}
