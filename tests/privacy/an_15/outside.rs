//! What goes outside, to mailboxes and webhooks: nothing that anybody typed, in no body and no header, nor in
//! what is logged when it does not go through.

use std::collections::BTreeMap;
use std::time::Duration;

use candor::clock::DAY;
use candor::config::{DeliveryConfig, MailConfig, MailSecurity, WebhookConfig};
use candor::delivery::{Outlets, Patience};
use candor::domain::prose::Prose;
use candor::service::cases::HandlerAct;

use crate::privacy::an_15::{CANARY, caught, lines_with, planted};
use crate::support::app::{CONCERNED, RAISING, TestApp, prose};
use crate::support::hook::{Answers, Hook};
use crate::support::mail::{Fault, LOGIN, MailServer, Speaks};
use crate::support::tls::Certified;

const POSTS: [&str; 3] = ["headquarters:RIV-OFFICE", "headquarters:HAR-OFFICE", "headquarters:DEPT-OFFICE"];

const SECRET: &str = "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw";

/// A mail server and a webhook's receiver, whose addresses hold a word of their own.
struct Outside {
    mail: MailServer,
    hook: Hook,
}

impl Outside {
    async fn with_addresses(address: &str) -> (Self, Outlets) {
        let certified = Certified::of("localhost");
        let mail = MailServer::start(Speaks::StartTls, &certified).await;
        let hook = Hook::start(&certified).await;
        let (password, secrets) = (certified.folder().join("password"), certified.folder().join("secrets"));
        std::fs::write(&password, LOGIN.1).unwrap();
        std::fs::write(&secrets, POSTS.map(|post| format!("{post} = whsec_{SECRET}\n")).concat()).unwrap();
        let to_each = |each: &dyn Fn(&str) -> String| -> BTreeMap<String, String> {
            POSTS.iter().map(|post| ((*post).to_owned(), each(&post[13..].to_lowercase()))).collect()
        };
        let boxes = to_each(&|post| format!("{address}-{post}@example.gov"));
        let hooks = to_each(&|post| format!("https://localhost:{}/{address}/{post}", hook.address.port()));
        let config = DeliveryConfig {
            mail: Some(MailConfig {
                host: "localhost".to_owned(),
                port: mail.address.port(),
                security: MailSecurity::StartTls,
                from: "candor@example.gov".parse().unwrap(),
                login: Some((LOGIN.0.to_owned(), password)),
                to: boxes.into_iter().map(|(post, to)| (post, to.parse().unwrap())).collect(),
            }),
            webhook: Some(WebhookConfig {
                to: hooks.into_iter().map(|(post, to)| (post, to.parse().unwrap())).collect(),
                secrets_file: secrets,
                private_addresses: true,
            }),
            authorities_file: Some(certified.file()),
        };
        let patience = Patience {
            connect: Duration::from_secs(2),
            command: Duration::from_secs(2),
            taken: Duration::from_secs(3),
        };
        (Self { mail, hook }, Outlets::open(&config, patience).unwrap())
    }

    /// Everything that came outside, each message as it went over the line.
    fn messages(&self) -> Vec<String> {
        let mut all: Vec<String> = Vec::new();
        for mail in self.mail.mails() {
            let text = String::from_utf8(mail.bytes).expect("a mail in plain letters");
            let encoded = ["base64", "quoted-printable", "=?"].into_iter().find(|mark| text.contains(mark));
            assert_eq!(encoded, None, "nothing can be looked for in {text}");
            all.push(format!("{} {text}", mail.to).to_lowercase());
        }
        for call in self.hook.calls() {
            all.push(format!("{} {:?} {}", call.line, call.headers, call.body).to_lowercase());
        }
        all
    }
}

fn with(messages: &[String], word: &str) -> usize {
    messages.iter().filter(|message| message.contains(word)).count()
}

async fn an_15_nothing_that_was_typed_goes_outside(app: TestApp) {
    let word = format!("{CANARY}-typed-{}", if app.is_sqlite() { "s" } else { "p" });
    let address = format!("{CANARY}-box-{}", if app.is_sqlite() { "s" } else { "p" });
    caught();
    let (outside, outlets) = Outside::with_addresses(&address).await;
    let mut app = app;
    app.candor = app.candor.with_outlets(outlets);
    let said = || -> Prose { prose(&word) };

    let fields = ["what_happens", "effect", "tried_words", "remedy", "council_only", "name", "contact"];
    let answers: Vec<_> = fields.iter().map(|field| (*field, word.as_str())).collect();
    planted(&app, &word).raise(&answers).await;
    app.run_batches().await;
    let number = app.only_number().await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Write { text: said(), to_reporter: true }).await.unwrap();
    let mut proposal = app.proposal();
    (proposal.issue, proposal.finding, proposal.library_text) = (said(), said(), said());
    proposal.actions[0].what = said();
    app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in [RAISING, CONCERNED] {
        app.accept(name, &number).await.unwrap();
    }
    // The first try fails in each way; what is logged of it must not say what, nor to whom.
    outside.mail.will(&[Fault::Recipient550, Fault::Ends451]);
    outside.hook.will(&[Answers::Status(500), Answers::Closes]);
    for _ in 0..6 {
        app.pass(DAY / 2).await;
    }
    assert_eq!(outside.mail.times(Fault::Recipient550), 1, "a mail was turned away");

    let messages = outside.messages();
    assert!(outside.mail.mails().len() >= 2 && outside.hook.calls().len() >= 3, "{messages:?}");
    for told in [&word, &number.to_lowercase()] {
        assert_eq!(with(&messages, told), 0, "{told} in {messages:?}");
    }
    // The control: what is in all of them is found in all of them.
    assert_eq!(with(&messages, &address), messages.len());
    assert_eq!(lines_with(&word), Vec::<String>::new());
    assert_eq!(lines_with(&address), Vec::<String>::new());
    tracing::info!("{word}-control to {address}");
    assert_eq!((lines_with(&word).len(), lines_with(&address).len()), (1, 1));
    app.leaves_work_behind();
}

on_both!(an_15_nothing_that_was_typed_goes_outside);
