//! Mail when all goes well, and when it must not go at all.

use std::collections::BTreeSet;

use candor::clock::{DAY, HOUR};
use candor::config::MailSecurity;
use candor::delivery::Reason;
use candor::service::Settings;
use candor::store::outbox::State;
use candor::{jobs, service::Candor};

use super::{Post, count, deliver, in_state, next_batch, one_resolution, only_one_waits, pass_to_batch};
use crate::support::app::TestApp;
use crate::support::mail::{Fault, Speaks};
use crate::support::tls::Certified;

async fn where_nothing_is_set_nothing_is_planned(app: TestApp) {
    one_resolution(&app).await;
    assert_eq!(count(&app, State::Waiting).await, 0);
    assert_eq!(pass_to_batch(&app).await.sent, 0);
}

async fn each_way_of_speaking_works(app: TestApp) {
    for speaks in [Speaks::Tls, Speaks::Plain, Speaks::StartTls] {
        let post = Post::speaking(speaks.clone()).await;
        let app = post.serves(&app);
        let (_, number) = app.open_case(&crate::support::app::concern()).await;
        app.resolve(&number, crate::support::app::RAISING, crate::support::app::CONCERNED).await;
        assert_eq!(pass_to_batch(&app).await.sent, 3, "{speaks:?}");
        assert!(post.server.mails().iter().all(|mail| mail.in_tls == (speaks != Speaks::Plain)));
        assert!(post.server.commands().iter().any(|command| command.starts_with("AUTH PLAIN")));
    }
}

/// Without TLS that can be trusted nothing is said: no password, no address.
async fn nothing_is_said_in_clear_or_to_a_stranger(app: TestApp) {
    let right = Post::new().await;
    let mut no_tls = Post::speaking(Speaks::Plain).await;
    no_tls.config.mail.as_mut().unwrap().security = MailSecurity::StartTls;
    let mut no_implicit_tls = Post::speaking(Speaks::Plain).await;
    no_implicit_tls.config.mail.as_mut().unwrap().security = MailSecurity::Tls;
    let mut untrusted = Post::new().await;
    untrusted.config.authorities_file = None;
    let mut other_authority = Post::new().await;
    let stranger = Certified::of("localhost");
    other_authority.config.authorities_file = Some(stranger.file());
    let elsewhere = Certified::of("other.example");
    let mut other_name = Post::new().await;
    other_name.server = crate::support::mail::MailServer::start(Speaks::StartTls, &elsewhere).await;
    other_name.config.authorities_file = Some(elsewhere.file());
    other_name.config.mail.as_mut().unwrap().port = other_name.server.address.port();

    one_resolution(&right.serves(&app)).await;
    only_one_waits(&app).await;
    let planned = next_batch(&app).await;
    app.candor.clock.advance_to(planned);
    for (what, post) in [
        ("no STARTTLS", &no_tls),
        ("no TLS", &no_implicit_tls),
        ("nobody vouches", &untrusted),
        ("another vouches", &other_authority),
        ("another name", &other_name),
    ] {
        let app = post.serves(&app);
        assert_eq!(deliver(&app).await.later, 1, "{what}");
        for command in post.server.commands() {
            let clear = ["EHLO", "STARTTLS", "QUIT"].iter().any(|verb| command.starts_with(verb));
            assert!(clear || !command.is_ascii() || command.contains('\u{fffd}'), "{what}: {command}");
        }
        assert_eq!(post.server.mails(), vec![], "{what}");
        app.candor.clock.advance_to(app.now().plus(12 * HOUR));
    }
    // The control: the same delivery to a server that can be trusted.
    assert_eq!(deliver(&right.serves(&app)).await.sent, 1);
}

/// Somebody in between adds an answer before TLS begins. From then on each answer belongs to the question
/// before; what looks like "taken" is not believed.
async fn an_answer_added_before_tls_makes_nothing_count_as_sent(app: TestApp) {
    let post = Post::speaking(Speaks::StartTlsWithMore).await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    let done = pass_to_batch(&app).await;
    assert_eq!((done.sent, done.later), (0, 3));
}

async fn a_wrong_password_sends_nothing_and_is_named(app: TestApp) {
    let mut post = Post::new().await;
    let wrong = post.certified.folder().join("wrong");
    std::fs::write(&wrong, "another password").unwrap();
    let login = &mut post.config.mail.as_mut().unwrap().login;
    let right = login.replace(("candor".to_owned(), wrong));
    let wrong = post.serves(&app);
    one_resolution(&wrong).await;
    only_one_waits(&app).await;
    assert_eq!(pass_to_batch(&wrong).await.later, 1);
    assert!(!post.server.commands().iter().any(|command| command.starts_with("MAIL")));
    assert_eq!(in_state(&app, State::Waiting).await[0].reason, Reason::Login.word());
    post.config.mail.as_mut().unwrap().login = right;
    assert_eq!(post.serves(&app).pass(DAY).await.delivered.sent, 1);
}

/// Nobody else's work waits for a server that does not answer, and no transaction is open meanwhile.
async fn a_server_that_hangs_holds_up_nobody(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    only_one_waits(&app).await;
    app.candor.clock.advance_to(next_batch(&app).await);
    post.server.will(&[Fault::Hangs]);
    let sending = {
        let app = app.clone();
        tokio::spawn(async move { deliver(&app).await })
    };
    while post.server.conversations() == 0 {
        tokio::task::yield_now().await;
    }
    app.database.run("UPDATE delivery SET reason = reason").await;
    assert!(!sending.is_finished(), "the write came while the server still hung");
    assert_eq!(sending.await.unwrap().later, 1);
    assert_eq!(app.pass(HOUR).await.delivered.sent, 1);
}

/// Two machines with one database, again and again: each mail once.
async fn two_machines_send_each_mail_once(app: TestApp) {
    let post = Post::new().await;
    let one = post.serves(&app);
    one_resolution(&one).await;
    super::more_notices(&app, 10, super::Mail, next_batch(&app).await).await;
    app.candor.clock.advance_to(next_batch(&app).await);
    let settings = Settings {
        founders_file: app.candor.settings.founders_file.clone(),
        ..(*app.candor.settings).clone()
    };
    let other = Candor::open(
        app.database.db.clone(),
        app.candor.keys.clone(),
        app.candor.clock.clone(),
        candor::rng::Randomness::system(),
        settings,
    )
    .await
    .unwrap()
    .with_outlets(post.outlets());
    let now = app.now();
    let (a, b, c) = tokio::join!(
        jobs::deliver(&one.candor, now),
        jobs::deliver(&other, now),
        jobs::deliver(&one.candor, now)
    );
    assert_eq!(a.unwrap().sent + b.unwrap().sent + c.unwrap().sent, 33);
    let ids: BTreeSet<_> = post.server.mails().into_iter().map(|mail| mail.id).collect();
    assert_eq!((post.server.mails().len(), ids.len()), (33, 33));
}

on_both!(
    where_nothing_is_set_nothing_is_planned,
    each_way_of_speaking_works,
    nothing_is_said_in_clear_or_to_a_stranger,
    an_answer_added_before_tls_makes_nothing_count_as_sent,
    a_wrong_password_sends_nothing_and_is_named,
    a_server_that_hangs_holds_up_nobody,
    two_machines_send_each_mail_once,
);
