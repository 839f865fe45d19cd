//! Webhooks: signed, recognisable, only over trusted TLS, and only to where they may go.

use std::collections::BTreeSet;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use candor::clock::{DAY, HOUR};
use candor::config::{DeliveryConfig, WebhookConfig};
use candor::delivery::{Outlets, Reason};
use candor::store::outbox::State;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;

use super::{
    BOXES, Channel, PATIENCE, count, deliver, in_state, next_batch, one_resolution, pass_to_batch, with,
};
use crate::support::app::TestApp;
use crate::support::hook::{Answers, Hook};
use crate::support::tls::Certified;

const SECRETS: [&str; 3] = [
    "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw",
    "C2FVsBQIhrscChlQIMV+b5sSYspob7oD",
    "kZWI7CV6ZU8xvB0pFzDs2Ahk8Q7Pdyv4",
];

/// A receiver, and settings that lead to it.
struct Receiver {
    hook: Hook,
    config: DeliveryConfig,
    _certified: Certified,
}

impl Receiver {
    async fn new() -> Self {
        Self::with_certificate_for("localhost").await
    }

    async fn with_certificate_for(name: &str) -> Self {
        let certified = Certified::of(name);
        let hook = Hook::start(&certified).await;
        let secrets_file = certified.folder().join("secrets");
        let lines: Vec<_> = BOXES
            .iter()
            .zip(SECRETS)
            .map(|((post, _), secret)| format!("{post} = whsec_{secret}\n"))
            .collect();
        std::fs::write(&secrets_file, format!("# One for each.\n\n{}", lines.concat())).unwrap();
        let uri = |post: &str| format!("https://localhost:{}/hook/{}?a=b", hook.address.port(), &post[13..]);
        let webhook = WebhookConfig {
            to: BOXES.iter().map(|(post, _)| ((*post).to_owned(), uri(post).parse().unwrap())).collect(),
            secrets_file,
            private_addresses: true,
        };
        let authorities_file = Some(certified.file());
        let config = DeliveryConfig { mail: None, webhook: Some(webhook), authorities_file };
        Self { hook, config, _certified: certified }
    }

    fn serves(&self, app: &TestApp) -> TestApp {
        with(app, Outlets::open(&self.config, PATIENCE).unwrap())
    }

    /// One resolution, one office, at the time of the batch.
    async fn one_due(&self, app: &TestApp) -> TestApp {
        let app = self.serves(app);
        one_resolution(&app).await;
        app.database
            .run("DELETE FROM delivery WHERE notice NOT IN (SELECT id FROM notice WHERE recipient = 'headquarters:RIV-OFFICE')")
            .await;
        app.candor.clock.advance_to(next_batch(&app).await);
        app
    }
}

async fn each_office_is_called_once_with_a_signature_of_its_own(app: TestApp) {
    let receiver = Receiver::new().await;
    let app = receiver.serves(&app);
    one_resolution(&app).await;
    let planned = next_batch(&app).await;
    app.pass(planned.since(app.now()) - 1).await;
    assert_eq!(receiver.hook.connections(), 0);
    assert_eq!(app.pass(1).await.delivered.sent, 3);
    app.pass(DAY).await;
    let calls = receiver.hook.calls();
    assert_eq!(calls.len(), 3);
    let mut ids = BTreeSet::new();
    for (post, secret) in BOXES.iter().map(|(post, _)| &post[13..]).zip(SECRETS) {
        let call = calls.iter().find(|call| call.line.contains(post)).unwrap();
        assert_eq!(call.line, format!("POST /hook/{post}?a=b HTTP/1.1"));
        assert_eq!(call.body, "{\"type\":\"notice.waiting\",\"data\":{}}");
        let header = |name: &str| call.headers[name].as_str();
        assert_eq!(header("webhook-timestamp"), planned.0.to_string());
        assert_eq!(header("host"), format!("localhost:{}", receiver.hook.address.port()));
        ids.insert(header("webhook-id").to_owned());
        let signed = format!("{}.{}.{}", header("webhook-id"), header("webhook-timestamp"), call.body);
        let right = |secret: &str| {
            let mut mac = Hmac::<Sha256>::new_from_slice(&STANDARD.decode(secret).unwrap()).unwrap();
            mac.update(signed.as_bytes());
            format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
        };
        assert_eq!(header("webhook-signature"), right(secret));
        let others = SECRETS.iter().filter(|other| **other != secret);
        assert!(others.clone().count() == 2 && others.into_iter().all(|other| right(other) != right(secret)));
    }
    assert_eq!(ids.len(), 3);
}

async fn what_fails_is_called_again_under_the_same_identifier(app: TestApp) {
    let receiver = Receiver::new().await;
    let app = receiver.one_due(&app).await;
    let faults = [
        Answers::Status(500),
        Answers::Status(404),
        Answers::Closes,
        Answers::Hangs,
        Answers::Endless,
        Answers::Status(429),
    ];
    receiver.hook.will(&faults);
    for fault in &faults {
        assert_eq!(deliver(&app).await.later, 1, "{fault:?}");
        let row = in_state(&app, State::Waiting).await.remove(0);
        let reason = if matches!(fault, Answers::Status(_)) { Reason::Status } else { Reason::Unreachable };
        assert_eq!(row.reason, reason.word(), "{fault:?}");
        app.candor.clock.advance_to(row.next_at);
    }
    assert_eq!(deliver(&app).await.sent, 1);
    let calls = receiver.hook.calls();
    assert_eq!(calls.len(), faults.len() + 1);
    assert!(calls.iter().all(|call| call.headers["webhook-id"] == calls[0].headers["webhook-id"]));
    let times: BTreeSet<_> = calls.iter().map(|call| &call.headers["webhook-timestamp"]).collect();
    assert_eq!(times.len(), calls.len(), "each attempt is signed anew");
}

async fn a_receiver_that_is_gone_is_given_up_at_once(app: TestApp) {
    let receiver = Receiver::new().await;
    let app = receiver.one_due(&app).await;
    receiver.hook.will(&[Answers::Status(410)]);
    assert_eq!(deliver(&app).await.dead, 1);
    assert_eq!(in_state(&app, State::Dead).await[0].reason, Reason::Gone.word());
}

async fn a_redirect_is_not_followed(app: TestApp) {
    let (receiver, other) = (Receiver::new().await, Receiver::new().await);
    let app = receiver.one_due(&app).await;
    receiver.hook.will(&[Answers::Redirects(format!("https://localhost:{}/", other.hook.address.port()))]);
    assert_eq!(deliver(&app).await.later, 1);
    assert_eq!(in_state(&app, State::Waiting).await[0].reason, Reason::Redirect.word());
    assert_eq!((receiver.hook.calls().len(), other.hook.connections()), (1, 0));
    assert_eq!(app.pass(HOUR).await.delivered.sent, 1);
}

/// A receiver that says yes and goes on talking is believed, and not listened to.
async fn what_follows_an_answer_is_not_read(app: TestApp) {
    let receiver = Receiver::new().await;
    let app = receiver.one_due(&app).await;
    receiver.hook.will(&[Answers::TalksOn]);
    assert_eq!(deliver(&app).await.sent, 1);
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    let talked = receiver.hook.talked();
    tokio::time::sleep(std::time::Duration::from_millis(300)).await;
    assert_eq!(receiver.hook.talked(), talked, "nobody takes it off its hands any more");
}

async fn nothing_is_said_to_a_stranger(app: TestApp) {
    let right = Receiver::new().await;
    let app = right.one_due(&app).await;
    let mut untrusted = Receiver::new().await;
    untrusted.config.authorities_file = None;
    for receiver in [Receiver::with_certificate_for("other.example").await, untrusted] {
        let app = receiver.serves(&app);
        assert_eq!(deliver(&app).await.later, 1);
        assert_eq!((receiver.hook.connections(), receiver.hook.calls().len()), (1, 0));
        assert_eq!(in_state(&app, State::Waiting).await[0].reason, Reason::Certificate.word());
        app.candor.clock.advance_to(app.now().plus(HOUR));
    }
    assert_eq!(deliver(&app).await.sent, 1);
}

/// A name that leads inside is not even connected to; the control is the setting that allows it.
async fn an_inner_address_is_refused_before_anything_is_said(app: TestApp) {
    let mut receiver = Receiver::new().await;
    let app = receiver.one_due(&app).await;
    receiver.config.webhook.as_mut().unwrap().private_addresses = false;
    for host in ["localhost", "127.0.0.1", "[::1]", "[::ffff:127.0.0.1]"] {
        let port = receiver.hook.address.port();
        for uri in receiver.config.webhook.as_mut().unwrap().to.values_mut() {
            *uri = format!("https://{host}:{port}/").parse().unwrap();
        }
        let refusing = receiver.serves(&app);
        assert_eq!(deliver(&refusing).await.later, 1, "{host}");
        assert_eq!(in_state(&app, State::Waiting).await[0].reason, Reason::PrivateAddress.word(), "{host}");
        assert_eq!(receiver.hook.connections(), 0, "{host}");
        app.candor.clock.advance_to(app.now().plus(12 * HOUR));
    }
    assert_eq!(deliver(&app).await.sent, 1);
    assert_eq!(receiver.hook.connections(), 1);
}

/// Many calls, failing by chance: none is lost, and what comes twice is recognised.
async fn with_faults_by_chance_each_office_has_each_call(app: TestApp) {
    let receiver = Receiver::new().await;
    let app = receiver.serves(&app);
    one_resolution(&app).await;
    super::more_notices(&app, 15, Channel::Webhook, next_batch(&app).await).await;
    let chance = candor::rng::Randomness::labelled([12; 32]);
    let faults: Vec<_> = (0..80)
        .map(|_| match chance.below("fault", 4) {
            0 => Answers::Status(503),
            1 => Answers::Closes,
            _ => Answers::Status(200),
        })
        .collect();
    receiver.hook.will(&faults);
    pass_to_batch(&app).await;
    for _ in 0..12 {
        app.pass(8 * HOUR).await;
    }
    assert_eq!((count(&app, State::Sent).await, count(&app, State::Waiting).await), (48, 0));
    let mut per_office = std::collections::BTreeMap::<String, BTreeSet<String>>::new();
    for call in receiver.hook.calls() {
        per_office.entry(call.line).or_default().insert(call.headers["webhook-id"].clone());
    }
    assert_eq!(per_office.values().map(BTreeSet::len).collect::<Vec<_>>(), [16, 16, 16]);
}

#[test]
fn a_wrong_file_of_secrets_stops_the_start_with_a_sentence() {
    let folder = tempfile::tempdir().unwrap();
    let secrets_file = folder.path().join("secrets");
    let webhook = WebhookConfig {
        to: [("headquarters:A".to_owned(), "https://a.example/".parse().unwrap())].into(),
        secrets_file: secrets_file.clone(),
        private_addresses: false,
    };
    let config = DeliveryConfig { mail: None, webhook: Some(webhook), authorities_file: None };
    let error = |text: &str| {
        std::fs::write(&secrets_file, text).unwrap();
        Outlets::open(&config, PATIENCE).map(|_| ()).unwrap_err().to_string()
    };
    assert!(error("headquarters:A whsec_x").contains("line 1: write headquarters:UNIT = whsec_"));
    let line = format!("headquarters:B = whsec_{}", SECRETS[0]);
    assert!(error(&line).contains("has no line for headquarters:A; write headquarters:A = whsec_"));
    assert!(error("\nheadquarters:A = whsec_AAAA").contains("line 2"));
    assert!(
        !error(&format!("{line}\nheadquarters:A = {}", SECRETS[1])).contains(SECRETS[1]),
        "no secret in words"
    );
    std::fs::remove_file(&secrets_file).unwrap();
    let gone = Outlets::open(&config, PATIENCE).map(|_| ()).unwrap_err().to_string();
    assert!(gone.contains("set webhook_secrets_file to a file that can"), "{gone}");
}

on_both!(
    each_office_is_called_once_with_a_signature_of_its_own,
    what_fails_is_called_again_under_the_same_identifier,
    a_receiver_that_is_gone_is_given_up_at_once,
    a_redirect_is_not_followed,
    what_follows_an_answer_is_not_read,
    nothing_is_said_to_a_stranger,
    an_inner_address_is_refused_before_anything_is_said,
    with_faults_by_chance_each_office_has_each_call,
);
