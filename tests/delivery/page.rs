//! What was given up: an administrator sees it, tries it again or lets it go, and learns nothing else.

use candor::service::Problem;
use candor::store::outbox::State;

use super::{Post, count, in_state, one_resolution, pass_to_batch};
use crate::support::app::{HEADQUARTERS, RAISING, TestApp};
use crate::support::http::Client;
use crate::support::mail::Fault;

async fn what_was_given_up_is_tried_again_or_let_go(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    post.server.will(&[Fault::Recipient550, Fault::Recipient550]);
    assert_eq!(pass_to_batch(&app).await.dead, 2);

    let mut client = Client::new(&app.site());
    client.sign_in("administrator").await;
    client.get("/admin").await.ok().says("Given up 2");
    let page = client.get("/admin/delivery").await.ok();
    page.says("2 given up")
        .says("The mail server refused it. Check the address in mail_to.")
        .says("Mail 1 time");
    assert!(!page.body.contains("example.gov"), "no address");
    let forms: Vec<_> = page.forms().into_iter().filter(|form| form.action == "/admin/delivery").collect();
    assert_eq!(forms.len(), 2);

    let mut nonsense = forms[0].clone();
    nonsense.set("do", "burn");
    client.submit(&nonsense).await.says("Choose one of the entries, and what is to be done with it.");
    let mut again = forms[0].clone();
    client.submit(again.set("do", "again")).await.ok().says("It goes out again after the next batch.");
    let mut drop = forms[1].clone();
    client
        .submit(drop.set("do", "drop"))
        .await
        .ok()
        .says("It was let go.")
        .says("Nothing has been given up.");
    let twice = client.submit(&drop).await;
    assert_eq!(twice.status, 404, "what is settled is settled");

    assert_eq!(in_state(&app, State::Waiting).await[0].tries, 0);
    app.pass(0).await;
    assert_eq!(post.server.mails().len(), 1, "not before the batch");
    assert_eq!(pass_to_batch(&app).await.sent, 1);
    assert_eq!((post.server.mails().len(), count(&app, State::Dropped).await), (2, 1));
    // The notices themselves never depended on it.
    for office in HEADQUARTERS {
        let person = app.person(office).await;
        assert_eq!(
            app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().unacknowledged,
            1
        );
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn only_an_administrator_settles(app: TestApp) {
    let post = Post::new().await;
    let app = post.serves(&app);
    one_resolution(&app).await;
    post.server.will(&[Fault::Recipient550]);
    pass_to_batch(&app).await;
    let dead = in_state(&app, State::Dead).await.remove(0);
    let sent = in_state(&app, State::Sent).await.remove(0);
    for name in [RAISING, "council-guard", "office-guard"] {
        let person = app.person(name).await;
        let by = &person.signed_in;
        assert_eq!(app.candor.deliveries(by).await.map(|_| ()), Err(Problem::NotFound));
        assert_eq!(app.candor.settle_delivery(by, dead.id, false).await, Err(Problem::NotFound));
    }
    let (administrator, _) = app.administrator().await;
    assert_eq!(app.candor.settle_delivery(&administrator, sent.id, true).await, Err(Problem::NotFound));
    assert_eq!(app.candor.settle_delivery(&administrator, dead.id, false).await, Ok(()));
}

on_both!(what_was_given_up_is_tried_again_or_let_go, only_an_administrator_settles);
