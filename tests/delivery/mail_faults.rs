//! Mail when something fails in the middle: never lost, and nobody is told of something twice as if it were new.

use std::collections::BTreeMap;
use std::time::Duration;

use candor::clock::{DAY, HOUR};
use candor::delivery::{LEASE, Reason, TRIES_MOST, UNCLEAR_REST};
use candor::rng::Randomness;
use candor::store::outbox::{self, State};

use super::{
    Mail, Post, count, deliver, in_state, next_batch, one_resolution, only_one_waits, pass_to_batch,
};
use crate::support::app::TestApp;
use crate::support::mail::Fault;

/// Faults after which the server has not taken the mail, and says so or cannot have.
const CERTAIN: [Fault; 7] = [
    Fault::Closes,
    Fault::Greets421,
    Fault::Sender451,
    Fault::ClosesAtData,
    Fault::Data451,
    Fault::Ends451,
    Fault::Recipient550,
];

/// One resolution, one office, at the time of the batch.
async fn one_due(app: &TestApp, post: &Post) -> TestApp {
    let app = post.serves(app);
    one_resolution(&app).await;
    only_one_waits(&app).await;
    app.candor.clock.advance_to(next_batch(&app).await);
    app
}

async fn a_certain_failure_is_tried_again_and_sent_once(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    let faults: Vec<_> = CERTAIN.into_iter().filter(|fault| *fault != Fault::Recipient550).collect();
    post.server.will(&faults);
    for fault in &faults {
        assert_eq!(deliver(&app).await.later, 1, "{fault:?}");
        let row = in_state(&app, State::Waiting).await.remove(0);
        assert_eq!(row.unclear, 0, "{fault:?} is certain");
        assert!(row.next_at > app.now() && row.next_at <= app.now().plus(8 * HOUR));
        assert_eq!(deliver(&app).await.later, 0, "not before its time");
        app.candor.clock.advance_to(row.next_at);
    }
    assert_eq!(deliver(&app).await.sent, 1);
    assert_eq!(post.server.mails().len(), 1);
}

async fn what_is_refused_for_good_is_given_up_at_once(app: TestApp) {
    for fault in [Fault::Recipient550, Fault::Ends554] {
        let post = Post::new().await;
        let app = post.serves(&app);
        let (_, number) = app.open_case(&crate::support::app::concern()).await;
        app.resolve(&number, crate::support::app::RAISING, crate::support::app::CONCERNED).await;
        app.candor.clock.advance_to(next_batch(&app).await);
        post.server.will(&[fault]);
        let done = deliver(&app).await;
        assert_eq!((done.dead, done.sent), (1, 2), "{fault:?}: the others are not held up");
        app.pass(3 * DAY).await;
        assert_eq!(post.server.mails().len(), 2);
    }
    assert!(in_state(&app, State::Dead).await.iter().all(|row| row.reason == Reason::Refused.word()));
}

async fn trying_ends_after_a_while(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    post.server.will(&[Fault::Greets421; 50]);
    let mut later = 0;
    while count(&app, State::Waiting).await > 0 {
        later += app.pass(7 * HOUR + HOUR).await.delivered.later;
    }
    assert_eq!(post.server.conversations(), usize::try_from(TRIES_MOST).unwrap());
    assert_eq!(later, post.server.conversations() - 1);
    assert_eq!(in_state(&app, State::Dead).await[0].reason, Reason::Busy.word());
}

/// The server takes it and the answer is lost: the same bytes go out once more, hours later, and never again.
async fn a_mail_without_an_answer_goes_out_once_more_the_same(app: TestApp) {
    for (faults, end, reason) in [
        (&[Fault::TakesAndCloses][..], State::Sent, ""),
        (&[Fault::ClosesInData][..], State::Sent, ""),
        (&[Fault::TakesAndCloses, Fault::TakesAndCloses, Fault::TakesAndCloses][..], State::Dead, "unclear"),
        // In between it is said certainly that it was not taken that time.
        (&[Fault::TakesAndCloses, Fault::Data451, Fault::Ends451][..], State::Sent, ""),
    ] {
        app.database.run("DELETE FROM delivery").await;
        let post = Post::new().await;
        let app = post.serves(&app);
        let (_, number) = app.open_case(&crate::support::app::concern()).await;
        app.resolve(&number, crate::support::app::RAISING, crate::support::app::CONCERNED).await;
        app.candor.clock.advance_to(next_batch(&app).await);
        only_one_waits(&app).await;
        post.server.will(faults);
        assert_eq!(deliver(&app).await.later, 1);
        assert_eq!(count(&app, State::Handed).await, 1);
        app.pass(UNCLEAR_REST - 60).await;
        assert_eq!(post.server.conversations(), 1, "it rests");
        for _ in 0..5 {
            app.pass(UNCLEAR_REST + 3 * HOUR).await;
        }
        let ended = in_state(&app, end).await;
        assert_eq!((ended.len(), ended[0].reason.as_str()), (1, reason), "{faults:?}");
        let mails = post.server.mails();
        assert!((1..=2).contains(&mails.len()), "{faults:?}: {}", mails.len());
        assert!(mails.iter().all(|mail| *mail == mails[0]), "the same bytes");
    }
}

/// Whoever has acknowledged the notice knows: an unclear mail is left alone.
async fn a_mail_without_an_answer_is_left_alone_once_its_notice_is_acknowledged(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    post.server.will(&[Fault::TakesAndCloses]);
    assert_eq!(deliver(&app).await.later, 1);
    let person = app.person("office-guard").await;
    let id = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().notices[0].id;
    app.candor.acknowledge_notices(&person.signed_in, &person.seat, &[id]).await.unwrap();
    assert_eq!(app.pass(UNCLEAR_REST).await.delivered.sent, 1);
    assert_eq!((post.server.conversations(), post.server.mails().len()), (1, 1));
    assert_eq!(in_state(&app, State::Sent).await[0].reason, "acknowledged");
}

/// The program dies after the mail was taken, before it hears so.
async fn dying_before_the_answer_loses_and_doubles_nothing(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    post.server.will(&[Fault::TakesAndWaits]);
    let dying = {
        let app = app.clone();
        tokio::spawn(async move { deliver(&app).await })
    };
    post.server.until_taken().await;
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    comes_back(&app, &post).await;
}

/// The program dies after it heard that the mail was taken, before that is written down: another transaction
/// has the row just then.
async fn dying_before_the_answer_is_written_down_loses_and_doubles_nothing(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    post.server.will(&[Fault::TakesAndWaits]);
    let dying = {
        let app = app.clone();
        tokio::spawn(async move { deliver(&app).await })
    };
    post.server.until_taken().await;
    let mut lock = app.database.write().await;
    let mut row = in_state(&app, State::Handed).await.remove(0);
    let known = row.version;
    outbox::update(&mut lock, &mut row, known).await.unwrap();
    post.server.lets_answer();
    app.database.until_somebody_waits().await;
    tokio::time::sleep(Duration::from_millis(300)).await;
    assert!(!dying.is_finished());
    dying.abort();
    assert!(dying.await.unwrap_err().is_cancelled());
    drop(lock);
    comes_back(&app, &post).await;
}

async fn comes_back(app: &TestApp, post: &Post) {
    assert_eq!(
        in_state(app, State::Handed).await[0].unclear,
        1,
        "written down before the mail was handed over"
    );
    assert_eq!(deliver(app).await.sent, 0);
    app.pass(LEASE).await;
    assert_eq!(post.server.mails().len(), 1, "nothing is sent until it has rested");
    assert_eq!(app.pass(UNCLEAR_REST).await.delivered.sent, 1);
    app.pass(3 * DAY).await;
    let mails = post.server.mails();
    assert_eq!(mails.len(), 2);
    assert_eq!(mails[0], mails[1], "a mail system sees the same mail again, and a person one");
}

/// Whoever took a delivery up and died before handing it over: it is taken up again, once the lease is over.
async fn dying_before_handing_over_delays_and_no_more(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    post.server.will(&[Fault::Hangs]);
    let dying = {
        let app = app.clone();
        tokio::spawn(async move { deliver(&app).await })
    };
    while post.server.conversations() == 0 {
        tokio::task::yield_now().await;
    }
    dying.abort();
    let _ = dying.await;
    assert_eq!(app.pass(LEASE - 60).await.delivered.sent, 0);
    assert_eq!(app.pass(60).await.delivered.sent, 1);
    assert_eq!(post.server.mails().len(), 1);
}

/// A machine that stood still between taking up and handing over finds that another has it, and sends nothing.
async fn whoever_comes_too_late_sends_nothing(app: TestApp) {
    let post = Post::new().await;
    let app = one_due(&app, &post).await;
    let mut tx = app.database.write().await;
    let mut old = outbox::claim(&mut tx, app.now(), app.now()).await.unwrap().unwrap();
    tx.commit().await.unwrap();
    assert_eq!(deliver(&app).await.sent, 1);
    let mut tx = app.database.write().await;
    let known = old.version;
    old.state = State::Handed;
    assert!(outbox::update(&mut tx, &mut old, known).await.is_err(), "it cannot say that it hands over");
}

/// Many notices, every kind of fault by chance: each person has each mail, and what they have twice they
/// can tell by its identifier.
async fn with_faults_by_chance_everybody_has_each_mail_once(app: TestApp) {
    const NOTICES: u32 = 24;
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    super::more_notices(&app, NOTICES, Mail, next_batch(&app).await).await;
    let chance = Randomness::labelled([11; 32]);
    let all: Vec<_> = CERTAIN
        .into_iter()
        .chain([
            Fault::TakesAndCloses,
            Fault::ClosesInData,
            Fault::Ends554,
            Fault::None,
            Fault::None,
            Fault::None,
        ])
        .collect();
    let faults: Vec<_> =
        (0..600).map(|_| all[usize::try_from(chance.below("fault", all.len() as u64)).unwrap()]).collect();
    post.server.will(&faults);
    pass_to_batch(&app).await;
    let (administrator, _) = app.administrator().await;
    let mut rounds = 0;
    while count(&app, State::Sent).await < 3 * (i64::from(NOTICES) + 1) {
        for one in app.candor.deliveries(&administrator).await.unwrap().dead {
            app.candor.settle_delivery(&administrator, one.id, true).await.unwrap();
        }
        app.pass(13 * HOUR).await;
        rounds += 1;
        assert!(rounds < 60, "it never ends");
    }
    let mut by_person: BTreeMap<String, BTreeMap<String, usize>> = BTreeMap::new();
    let mails = post.server.mails();
    for mail in &mails {
        *by_person.entry(mail.to.clone()).or_default().entry(mail.id.clone()).or_default() += 1;
    }
    assert_eq!(by_person.len(), 3);
    for (person, ids) in &by_person {
        assert_eq!(ids.len(), usize::try_from(NOTICES).unwrap() + 1, "{person}");
    }
    let distinct: usize = by_person.values().map(BTreeMap::len).sum();
    let again = mails.len() - distinct;
    let lost_answers = post.server.times(Fault::TakesAndCloses);
    assert!(lost_answers > 5, "the faults came");
    assert!(again <= lost_answers, "{again} came again, but only {lost_answers} answers were lost");
    for id in by_person.values().flat_map(BTreeMap::keys) {
        let same: Vec<_> = mails.iter().filter(|mail| mail.id == *id).collect();
        assert!(same.iter().all(|mail| mail.bytes == same[0].bytes), "the same identifier, the same bytes");
    }
}

on_both!(
    a_certain_failure_is_tried_again_and_sent_once,
    what_is_refused_for_good_is_given_up_at_once,
    trying_ends_after_a_while,
    a_mail_without_an_answer_goes_out_once_more_the_same,
    a_mail_without_an_answer_is_left_alone_once_its_notice_is_acknowledged,
    dying_before_the_answer_loses_and_doubles_nothing,
    dying_before_the_answer_is_written_down_loses_and_doubles_nothing,
    dying_before_handing_over_delays_and_no_more,
    whoever_comes_too_late_sends_nothing,
    with_faults_by_chance_everybody_has_each_mail_once,
);
