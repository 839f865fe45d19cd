//! AN-23: a report of reprisal is read by one post, of the other component, and by its writer.

use axum::http::StatusCode;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::reporter::send;
use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, prose};
use crate::support::http::Client;

/// The page says which post that is, and names who else there is.
async fn an_23_reprisal_is_read_by_one_post_and_shows_in_a_fold_only(app: TestApp) {
    let mut client = Client::new(&app.site());
    let words = client.raise(&[]).await;
    app.run_batches().await;
    let number = app.only_number().await;
    let page = client.come_back(&words).await.ok();
    page.says("This goes to one post only: Council, Harbour").says("Emergency Desk");
    let empty = send(&mut client, &page, "reprisal", &[]).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    let said = "Since then I have the night shifts.";
    let sent = send(&mut client, &page, "reprisal", &[("reprisal_text", said)]).await.ok();
    assert!(!sent.text().contains("Your report of reprisal") && !sent.body.contains(said));
    sent.says("What you wrote to the Council");
    app.run_batches().await;
    let read = app.case("council-harbour", &number).await.unwrap().later.reprisal;
    assert_eq!(read.iter().map(|entry| entry.text.as_str()).collect::<Vec<_>>(), [said]);
    for name in [RAISING, CONCERNED, "council-guard", "secretary"] {
        let view = app.case(name, &number).await;
        assert!(view.is_err() || view.unwrap().later.reprisal.is_empty(), "{name} reads it");
    }
    let text = prose("We look at the roster.");
    app.act("council-harbour", &number, HandlerAct::AnswerReprisal { text }).await.unwrap();
    let page = client.come_back(&words).await.ok();
    let (open, fold) = page.body.split_once("What the commanders do not read</summary>").unwrap();
    let (fold, rest) = fold.split_once("</details>").unwrap();
    for words in [said, "We look at the roster."] {
        assert!(fold.contains(words) && !open.contains(words) && !rest.contains(words), "{words}");
    }
    // The control: what is no report of reprisal is read by those who could not read this.
    let text = prose("It happened again.");
    app.reporter_acts(&Reporter { words }, &ReporterAct::Add { text: text.clone() }).await;
    app.run_batches().await;
    for name in [RAISING, CONCERNED] {
        let thread = app.case(name, &number).await.unwrap().reporter_thread;
        assert!(thread.iter().any(|entry| entry.text == text), "{name} does not read it");
    }
}

on_both!(an_23_reprisal_is_read_by_one_post_and_shows_in_a_fold_only);
