//! Telling headquarters outside that something waits: real servers, real faults, and nobody told of
//! something twice or never.

mod aiosmtpd;
mod mail;
mod mail_faults;
mod page;
mod webhook;

use std::time::Duration;

use candor::clock::Timestamp;
use candor::config::{DeliveryConfig, MailConfig, MailSecurity};
use candor::delivery::{Count, Outlets, Patience};
use candor::domain::id::{DeliveryId, NoticeId, PostId};
use candor::jobs;
use candor::rng::Randomness;
use candor::store::outbox::{self, Channel, Delivery, State};
use candor::store::{notices, outbox::Channel::Mail};

use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::mail::{LOGIN, MailServer, Speaks};
use crate::support::tls::Certified;

/// Short waits, so that a server that hangs does not hold up the tests; long enough for a busy machine.
const PATIENCE: Patience = Patience {
    connect: Duration::from_secs(2),
    command: Duration::from_secs(2),
    taken: Duration::from_secs(3),
};

/// The mailboxes of the three offices.
pub const BOXES: [(&str, &str); 3] = [
    ("headquarters:RIV-OFFICE", "guard@example.gov"),
    ("headquarters:HAR-OFFICE", "harbour@example.gov"),
    ("headquarters:DEPT-OFFICE", "department@example.gov"),
];

/// A mail server with a certificate, and settings that lead to it.
pub struct Post {
    pub server: MailServer,
    certified: Certified,
    config: DeliveryConfig,
}

impl Post {
    async fn speaking(speaks: Speaks) -> Self {
        let certified = Certified::of("localhost");
        let server = MailServer::start(speaks.clone(), &certified).await;
        let password = certified.folder().join("password");
        std::fs::write(&password, LOGIN.1).unwrap();
        let mail = MailConfig {
            host: "localhost".to_owned(),
            port: server.address.port(),
            security: match speaks {
                Speaks::StartTls | Speaks::StartTlsWithMore => MailSecurity::StartTls,
                Speaks::Tls => MailSecurity::Tls,
                Speaks::Plain => MailSecurity::Loopback,
            },
            from: "candor@example.gov".parse().unwrap(),
            login: Some((LOGIN.0.to_owned(), password)),
            to: BOXES.iter().map(|(post, to)| ((*post).to_owned(), to.parse().unwrap())).collect(),
        };
        let authorities_file = Some(certified.file());
        Self {
            server,
            certified,
            config: DeliveryConfig { mail: Some(mail), webhook: None, authorities_file },
        }
    }

    pub async fn new() -> Self {
        Self::speaking(Speaks::StartTls).await
    }

    fn outlets(&self) -> Outlets {
        Outlets::open(&self.config, PATIENCE).unwrap()
    }

    /// The application, writing to this server.
    pub fn serves(&self, app: &TestApp) -> TestApp {
        with(app, self.outlets())
    }
}

fn with(app: &TestApp, outlets: Outlets) -> TestApp {
    let mut app = app.clone();
    app.candor = app.candor.with_outlets(outlets);
    app
}

/// One case, resolved: a notice for each office.
pub async fn one_resolution(app: &TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
}

/// More notices of the same case, each with its delivery, as later resolutions would make them.
async fn more_notices(app: &TestApp, count: u32, channel: Channel, planned: Timestamp) {
    let person = app.person("office-guard").await;
    let first = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().notices[0].id;
    let mut tx = app.database.write().await;
    let first = notices::find(&mut tx, first).await.unwrap().unwrap();
    for number in 0..count {
        for (post, _) in BOXES {
            let id = NoticeId::random(&Randomness::system());
            let recipient: PostId = post.parse().unwrap();
            let notice = notices::Notice { id, resolution: 100 + number, recipient, ..first.clone() };
            notices::insert(&mut tx, &notice).await.unwrap();
            outbox::insert(&mut tx, DeliveryId::random(&Randomness::system()), id, channel, planned)
                .await
                .unwrap();
        }
    }
    tx.commit().await.unwrap();
}

pub async fn in_state(app: &TestApp, state: State) -> Vec<Delivery> {
    outbox::in_state(&mut app.database.read().await, state, 10_000).await.unwrap()
}

pub async fn count(app: &TestApp, state: State) -> i64 {
    outbox::count(&mut app.database.read().await, state).await.unwrap()
}

async fn deliver(app: &TestApp) -> Count {
    jobs::deliver(&app.candor, app.now()).await.unwrap()
}

/// Moves the clock to the next batch and runs every job.
pub async fn pass_to_batch(app: &TestApp) -> Count {
    let next = next_batch(app).await;
    app.pass(next.since(app.now())).await.delivered
}

pub async fn next_batch(app: &TestApp) -> Timestamp {
    let directory = app.candor.directory().await.unwrap();
    directory.calendar.next_batches(app.now(), 1)[0]
}

/// Everything that waits for mail is let through but one.
async fn only_one_waits(app: &TestApp) {
    app.database
        .run("DELETE FROM delivery WHERE notice NOT IN (SELECT id FROM notice WHERE recipient = 'headquarters:RIV-OFFICE')")
        .await;
    assert_eq!(in_state(app, State::Waiting).await.iter().filter(|row| row.channel == Mail).count(), 1);
}
