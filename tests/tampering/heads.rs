//! The journal's head goes outside once a day, to a file and by webhook, and is tried again when that fails.

use std::path::Path;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor::clock::{DAY, HOUR};
use candor::config::HeadsConfig;
use candor::delivery::{HeadsOutside, KeptHead, Patience};
use candor::jobs;
use candor::service::heads::HeadCount;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use crate::support::app::{TestApp, concern};
use crate::support::hook::{Answers, Hook};
use crate::support::tls::Certified;

const PATIENCE: Patience = Patience {
    connect: std::time::Duration::from_secs(2),
    command: std::time::Duration::from_secs(2),
    taken: std::time::Duration::from_secs(3),
};
const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

fn with(app: &TestApp, config: &HeadsConfig) -> TestApp {
    let mut app = app.clone();
    app.candor = app.candor.with_heads(HeadsOutside::open(config, PATIENCE).unwrap());
    app
}

fn read(file: &Path) -> Vec<KeptHead> {
    let text = std::fs::read_to_string(file).unwrap_or_default();
    KeptHead::read_all(&text).unwrap().into_iter().map(|(_, head)| head).collect()
}

async fn a_head_is_written_once_a_day_after_a_batch(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heads.jsonl");
    let app = with(&app, &HeadsConfig { file: Some(file.clone()), ..HeadsConfig::default() });
    for _ in 0..3 {
        app.pass(60).await;
    }
    assert_eq!(read(&file).len(), 1);
    app.open_case(&concern()).await;
    // Whatever happens on a day, and whoever runs the jobs, it is one head a day.
    let second =
        with(&app.second_node().await, &HeadsConfig { file: Some(file.clone()), ..HeadsConfig::default() });
    for _ in 0..20 {
        app.pass(5 * HOUR).await;
        jobs::run_once(&second.candor).await.unwrap();
    }
    let heads = read(&file);
    let days: std::collections::BTreeSet<_> = heads.iter().map(|head| head.day.clone()).collect();
    assert_eq!(days.len(), heads.len());
    assert!(heads.len() >= 4, "{heads:?}");
    assert_eq!(heads[0].day, "2026-06-01");
    let checking = candor::service::verify::Checking {
        heads: heads.iter().cloned().enumerate().collect(),
        without_key: false,
    };
    let report = app.candor.verify_with(&checking).await.unwrap();
    assert_eq!((report.faults, report.heads), (Vec::new(), heads.len() as u64));
    second.candor.db.close().await;
}

async fn before_the_first_batch_of_a_day_nothing_is_written(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("heads.jsonl");
    let app = with(&app, &HeadsConfig { file: Some(file.clone()), ..HeadsConfig::default() });
    app.pass(0).await;
    // From ten in the morning to a quarter to six on the next, and then past the batch at six.
    app.pass(20 * HOUR - 900).await;
    assert_eq!(read(&file).len(), 1);
    app.pass(900).await;
    assert_eq!(read(&file).len(), 2);
}

async fn what_cannot_be_written_is_written_later_with_the_head_of_its_day(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("not-there/heads.jsonl");
    let app = with(&app, &HeadsConfig { file: Some(file.clone()), ..HeadsConfig::default() });
    assert_eq!(app.pass(0).await.heads, HeadCount { kept: 0, later: 1 });
    assert_eq!(app.pass(1).await.heads, HeadCount::default(), "it rests before it is tried again");
    app.pass(DAY).await;
    std::fs::create_dir(file.parent().unwrap()).unwrap();
    app.pass(7 * HOUR).await;
    let days: Vec<_> = read(&file).into_iter().map(|head| head.day).collect();
    assert_eq!(days, ["2026-06-01", "2026-06-02"]);
}

async fn a_receiver_is_called_with_a_signature_until_it_answers(app: TestApp) {
    let certified = Certified::of("localhost");
    let hook = Hook::start(&certified).await;
    let secret = certified.folder().join("secret");
    std::fs::write(&secret, format!("whsec_{SECRET}\n")).unwrap();
    let uri = format!("https://localhost:{}/heads", hook.address.port());
    let config = HeadsConfig {
        file: None,
        webhook: Some((uri.parse().unwrap(), secret)),
        private_addresses: true,
        authorities_file: Some(certified.file()),
    };
    // The control of the rule of addresses: without the setting nothing is even connected to.
    let refusing = with(&app, &HeadsConfig { private_addresses: false, ..config.clone() });
    assert_eq!(refusing.pass(0).await.heads, HeadCount { kept: 0, later: 1 });
    assert_eq!(hook.connections(), 0);
    let app = with(&app, &config);
    hook.will(&[Answers::Status(500), Answers::Closes]);
    let mut rounds = 0;
    while app.pass(HOUR).await.heads.kept == 0 {
        rounds += 1;
        assert!(rounds < 10);
    }
    app.pass(HOUR).await;
    let calls = hook.calls();
    assert_eq!(calls.len(), 3);
    let data: serde_json::Value = serde_json::from_str(&calls[2].body).unwrap();
    assert_eq!(data["type"], "journal.head");
    let head: KeptHead = serde_json::from_value(data["data"].clone()).unwrap();
    assert_eq!((head.day.as_str(), head.deployment), ("2026-06-01", app.candor.deployment));
    for call in &calls {
        assert_eq!(
            (&call.body, &call.headers["webhook-id"]),
            (&calls[0].body, &calls[0].headers["webhook-id"])
        );
        let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(SECRET).unwrap()).unwrap();
        let (id, time) = (&call.headers["webhook-id"], &call.headers["webhook-timestamp"]);
        mac.update(format!("{id}.{time}.{}", call.body).as_bytes());
        let signature = format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()));
        assert_eq!(call.headers["webhook-signature"], signature);
    }
}

on_both!(
    a_head_is_written_once_a_day_after_a_batch,
    before_the_first_batch_of_a_day_nothing_is_written,
    what_cannot_be_written_is_written_later_with_the_head_of_its_day,
    a_receiver_is_called_with_a_signature_until_it_answers,
);
