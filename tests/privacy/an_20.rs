//! AN-20: whoever asks a reporter who, when or where is told so before it is sent; whoever takes a case up
//! confirms that seeking the author is a disciplinary matter; a receipt shows what is addressed to it.

use axum::http::StatusCode;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{RAISING, TestApp, concern, prose};
use crate::support::http::Client;

const ASKS: [&str; 3] =
    ["Please tell us your name.", "Which shift were you on that day?", "At which checkpoint did you see it?"];

async fn an_20_a_message_that_asks_who_when_or_where_is_flagged_first(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    let note = ReporterAct::ReportReprisal { text: prose("I have the night shifts now.") };
    app.reporter_acts(&reporter, &note).await;
    app.run_batches().await;
    app.act(RAISING, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let entries = "SELECT COUNT(*) FROM journal";
    for (name, act) in [(RAISING, "tell"), ("council-harbour", "reprisal"), (RAISING, "ask")] {
        let mut client = Client::new(&app.site());
        client.sign_in(name).await;
        for text in ASKS {
            let before = app.database.number(entries).await;
            let answer = client.act(&number, act, &[("message", text)]).await;
            assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}: {text}");
            answer.says("Read this before you send it").says("seeking the author is a disciplinary matter");
            answer.says("It was not sent");
            assert_eq!(
                answer.form(&format!("/{act}")).value("message"),
                Some(text),
                "what was typed is kept"
            );
            assert_eq!(app.database.number(entries).await, before, "{act}: nothing is written");
        }
        // The control: about the matter itself it goes out at once.
        let before = app.database.number(entries).await;
        client.act(&number, act, &[("message", "Has the plan for the boat helped?")]).await.ok();
        assert_eq!(app.database.number(entries).await, before + 1, "{act}");
    }
    // It stays the writer's own decision, said in so many words.
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let answer = client.act(&number, "tell", &[("message", ASKS[0])]).await;
    let mut form = answer.form("/tell");
    form.set("anyway", "yes");
    client.submit(&form).await.ok();
    let thread = app.visit(&reporter).await.thread;
    assert!(thread.iter().any(|entry| entry.text.as_str() == ASKS[0]));
}

async fn an_20_whoever_acknowledges_confirms_that_nobody_seeks_the_author(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let page = client.act_page(&number, "acknowledge").await.ok();
    page.says("seeking the author is a disciplinary matter");
    let acknowledged =
        async || app.case(RAISING, &number).await.unwrap().sides.raising.acknowledged.is_some();
    for (no_conflict, no_search) in [("yes", ""), ("", "yes"), ("", "")] {
        let fields = [("no_conflict", no_conflict), ("no_search", no_search)];
        let answer = client.act(&number, "acknowledge", &fields).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{fields:?}");
        assert!(!acknowledged().await, "{fields:?}");
    }
    // The control: with both it is done.
    client.act(&number, "acknowledge", &[("no_conflict", "yes"), ("no_search", "yes")]).await.ok();
    assert!(acknowledged().await);
}

async fn an_20_a_receipt_shows_what_is_addressed_to_it_alone(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    let (room, told) = ("Only between the two of us.", "We look at the mornings.");
    app.act(RAISING, &number, HandlerAct::Write { text: prose(room), to_reporter: false }).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Write { text: prose(told), to_reporter: true }).await.unwrap();
    let page = Client::new(&app.site()).come_back(&reporter.words).await.ok();
    assert!(!page.text().contains(room));
    // The controls: the other commander reads the first, the reporter the second and their own words.
    let mut other = Client::new(&app.site());
    other.sign_in("harbour-east").await;
    other.case(&number).await.says(room);
    page.says(told).says(concern().statement.effect.as_str());
}

on_both!(
    an_20_a_message_that_asks_who_when_or_where_is_flagged_first,
    an_20_whoever_acknowledges_confirms_that_nobody_seeks_the_author,
    an_20_a_receipt_shows_what_is_addressed_to_it_alone,
);
