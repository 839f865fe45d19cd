//! Reporters: raising a concern on pages, coming back, and being left alone.

use axum::http::StatusCode;

use crate::support::app::{RAISING, TestApp};
use crate::support::http::Client;
use crate::support::pages::words_of;

async fn a_concern_is_raised_and_followed_by_its_ten_words(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    assert!(client.cookies.is_empty(), "no cookie before a receipt is used: {:?}", client.cookies);
    client.come_back(&words).await.ok().says("Your concern waits");
    app.run_batches().await;
    let mut later = Client::new(&app.site());
    // However it is typed.
    let page = later.come_back(&words.to_uppercase().replace(' ', "-")).await.ok();
    page.says("Where your concern stands").says("Patrol Captain, Eastbank").says("Harbour Master, Eastbank");
    page.says("The harbour takes the patrol boat");
    let ended = later.submit(&page.form("/return/end")).await;
    assert!(ended.status.is_success() || ended.status.is_redirection());
    assert!(later.cookies.is_empty(), "nothing is left after the visit: {:?}", later.cookies);
    assert!(!later.get("/return/visit").await.body.contains("Where your concern stands"));
}

async fn a_misspelt_word_is_named_and_an_unknown_receipt_is_not_found(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    let mut typed: Vec<_> = words.split(' ').collect();
    typed[3] = "xylofone";
    let answer = client.come_back(&typed.join(" ")).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says("xylofone");
    assert!(answer.body.contains(typed[0]), "what was typed is still there");
    for few in ["", "one", &"word ".repeat(10), &"x".repeat(200_000)] {
        let answer = client.come_back(few).await;
        assert!(answer.status.is_client_error(), "{}", answer.status);
    }
    app.leaves_work_behind();
}

async fn a_second_press_and_a_lost_connection_send_once(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let (_, first) = client.send_reviewed(&review).await;
    let (_, second) = client.send_reviewed(&review).await;
    assert_eq!(first.ok().body, second.ok().body, "both are answered alike");
    app.run_batches().await;
    let (_, third) = client.send_reviewed(&review).await;
    third.ok().says("It is sent");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM cases").await, 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

async fn nobody_can_choose_a_receipt(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let drawn = words_of(&review);
    let mut form = review.form("/write/send");
    let hidden = form.value("receipt").expect("the receipt travels with the form").to_owned();
    let weak =
        hidden.replace(&drawn, "abacus abacus abacus abacus abacus abacus abacus abacus abacus abacus");
    assert_ne!(weak, hidden);
    form.set("receipt", &weak).set("known", "10").set("saved", "yes");
    let answer = client.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_ne!(words_of(&answer), drawn, "other words are drawn, and shown before anything is sent");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

async fn what_was_typed_survives_every_way_back(app: TestApp) {
    let mut client = Client::new(&app.site());
    let typed = "Line one.\nLine <two> & \"three\".";
    let review =
        client.reach_review(&[("what_happens", typed), ("effect", "Patrols start late.")]).await.ok();
    let mut form = review.form("/write/send");
    "/write".clone_into(&mut form.action);
    form.set("to", "write");
    let back = client.submit(&form).await.ok();
    let form = back.form("/write/review");
    assert_eq!(form.value("what_happens"), Some(typed));
    assert_eq!(form.value("effect"), Some("Patrols start late."));
    // Not saved yet: it comes back with everything, and the same words.
    let form = review.form("/write/send");
    let again = client.submit(&form).await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(words_of(&again), words_of(&review));
    again.says("Line <two> & \"three\".");
}

async fn one_or_two_who_know_are_warned_once_and_decide(app: TestApp) {
    let mut client = Client::new(&app.site());
    let review = client.reach_review(&[]).await.ok();
    let mut form = review.form("/write/send");
    form.set("known", "1-2").set("saved", "yes");
    let warned = client.submit(&form).await;
    assert_eq!(warned.status, StatusCode::UNPROCESSABLE_ENTITY);
    warned.says("One or two people know this");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
    let mut form = warned.form("/write/send");
    form.set("known", "1-2").set("saved", "yes");
    client.submit(&form).await.ok().says("It is sent");
    app.run_batches().await;
}

async fn a_question_is_answered_and_the_outcome_read(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    for name in [RAISING, "harbour-east"] {
        app.act(name, &number, candor::service::cases::HandlerAct::Acknowledge { no_conflict: true })
            .await
            .unwrap();
    }
    let question = crate::support::app::prose("Which mornings does it happen?");
    app.act(RAISING, &number, candor::service::cases::HandlerAct::Ask { text: question }).await.unwrap();
    let page = client.come_back(&words).await.ok();
    page.says("Which mornings does it happen?");
    let mut form = page
        .forms()
        .into_iter()
        .find(|form| form.value("act") == Some("answer"))
        .expect("a form for the answer");
    form.set("answer_text", "Mostly on Mondays.");
    let page = client.submit(&form).await.ok();
    page.says("Still waiting").says("Your answer");
    app.run_batches().await;
    let view = app.case("harbour-east", &number).await.unwrap();
    assert!(view.reporter_thread.iter().any(|entry| entry.text.as_str() == "Mostly on Mondays."));
    app.act(RAISING, &number, candor::service::cases::HandlerAct::Propose(app.proposal())).await.unwrap();
    for name in [RAISING, "harbour-east"] {
        app.accept(name, &number).await.unwrap();
    }
    client.come_back(&words).await.ok().says("The outcome").says("The Joint Order leaves open");
}

on_both!(
    a_concern_is_raised_and_followed_by_its_ten_words,
    a_misspelt_word_is_named_and_an_unknown_receipt_is_not_found,
    a_second_press_and_a_lost_connection_send_once,
    nobody_can_choose_a_receipt,
    what_was_typed_survives_every_way_back,
    one_or_two_who_know_are_warned_once_and_decide,
    a_question_is_answered_and_the_outcome_read,
);
