//! AN-22: mail says that something waits: in the same words to every office, after the next batch, and nothing else.
//! Mail servers that fail are in tests/delivery.

use std::collections::BTreeSet;

use candor::clock::DAY;
use candor::jobs;
use candor::store::outbox::State;

use crate::delivery::{BOXES, Post, count, in_state, next_batch, one_resolution, pass_to_batch};
use crate::support::app::{HEADQUARTERS, TestApp};

/// The words of the case that a mail holds.
fn tells(mail: &str) -> Vec<&'static str> {
    let words = ["boat", "Patrol", "Guard", "Harbour", "resolution", "RIV", "HAR"];
    words.into_iter().filter(|word| mail.contains(word)).collect()
}

async fn an_22_each_office_gets_one_mail_after_the_next_batch_and_not_before(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    let planned = next_batch(&app).await;
    jobs::run_once(&app.candor).await.unwrap();
    app.pass(planned.since(app.now()) - 1).await;
    assert_eq!(post.server.conversations(), 0, "nothing goes out before the batch");
    assert_eq!(app.pass(1).await.delivered.sent, 3);
    for _ in 0..3 {
        assert_eq!(app.pass(DAY).await.delivered.sent, 0, "and nothing twice");
    }
    let mails = post.server.mails();
    let to: BTreeSet<_> = mails.iter().map(|mail| mail.to.as_str()).collect();
    assert_eq!((mails.len(), to), (3, BOXES.iter().map(|(_, to)| *to).collect()));
    assert_eq!(mails.iter().map(|mail| &mail.id).collect::<BTreeSet<_>>().len(), 3);
    // Nothing but recipient and reference differs from one to another.
    let alike: BTreeSet<_> = mails
        .iter()
        .map(|mail| {
            assert!(mail.in_tls);
            String::from_utf8(mail.bytes.clone()).unwrap().replace(&mail.to, "TO").replace(&mail.id, "ID")
        })
        .collect();
    assert_eq!(alike.len(), 1, "{alike:?}");
    assert_eq!(tells(alike.first().unwrap()), Vec::<&str>::new());
    assert_eq!(count(&app, State::Sent).await, 3);
    for office in HEADQUARTERS {
        let person = app.person(office).await;
        let list = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap();
        assert_eq!(list.notices.len(), 1);
        // The control: the same look at a mail that brought the notice itself would find its words.
        let notice = &list.notices[0].resolution.proposal;
        let brought = format!("{}{}", alike.first().unwrap(), notice.issue.as_str());
        assert_eq!(tells(&brought), ["boat"]);
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    app.pass(91 * DAY).await;
    assert_eq!(count(&app, State::Sent).await, 0, "and it is not kept for ever what was sent");
}

/// Only times of batches rest, whenever the case was resolved, and neither address nor content.
async fn an_22_what_waits_to_go_out_says_nothing(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    app.candor.clock.advance_to(app.now().plus(1_234));
    one_resolution(&app).await;
    let planned = next_batch(&app).await;
    for row in in_state(&app, State::Waiting).await {
        assert_eq!((row.planned, row.next_at), (planned, planned));
    }
    assert_eq!(count(&app, State::Waiting).await, 3);
    for text in ["guard@example.gov", "example.gov", "Something waits"] {
        assert_eq!(app.database.tables_with(text).await, Vec::<String>::new(), "{text}");
    }
    // The control: what does rest in clear is found by the same look.
    assert_eq!(app.database.tables_with("office-guard").await, ["account"]);
    pass_to_batch(&app).await;
    for row in in_state(&app, State::Sent).await {
        assert_eq!((row.planned, row.next_at), (planned, planned), "nor when it went out");
    }
}

/// The control: what is planned for the moment of the deed is out before the batch, and rests with that time. The same
/// looks find both.
async fn an_22_control_without_the_batch_mail_tells_when(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    let planned = next_batch(&app).await;
    let now = app.now().0;
    app.database.run(&format!("UPDATE delivery SET planned = {now}, next_at = {now}")).await;
    jobs::run_once(&app.candor).await.unwrap();
    assert!(app.now() < planned && post.server.conversations() > 0, "nothing goes out before the batch");
    assert!(in_state(&app, State::Sent).await.iter().all(|row| row.planned != planned));
}

on_both!(
    an_22_each_office_gets_one_mail_after_the_next_batch_and_not_before,
    an_22_what_waits_to_go_out_says_nothing,
    an_22_control_without_the_batch_mail_tells_when,
);
