//! The auditor: sees that, when by the day, and by whom; never what. Holds no other duty.

use candor::service::cases::HandlerAct;

use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp, concern, prose};
use crate::support::http::Client;

const WORDS: &str = "Words that only those who decide may read.";

async fn an_auditor_sees_the_record_without_its_content(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let (_, open) = app.open_case(&concern()).await;
    app.act(RAISING, &open, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    app.act(RAISING, &open, HandlerAct::Ask { text: prose(WORDS) }).await.unwrap();
    let (administrator, _) = app.administrator().await;
    let link = app.candor.invite_auditor(&administrator, "auditor").await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();

    let mut client = Client::new(&app.site());
    client.sign_in("auditor").await;
    let page = client.get("/audit").await.ok();
    assert!(page.body.contains("invited") && page.body.contains("council-guard"), "{}", page.body);
    for hidden in [WORDS, "patrol boat"] {
        assert!(!page.body.contains(hidden));
    }
    let page = client.get(&format!("/audit?sort=cases&case={open}")).await.ok();
    assert!(page.body.contains("asked") && !page.body.contains(&number), "{}", page.body);
    assert!(!page.body.contains("09:00") && !page.body.contains("invited"));
    let page = client.get("/audit?sort=identity").await.ok();
    assert!(page.body.contains("No entry fits."));
    let page = client.get("/audit?from=2020-01-01&until=2020-01-02").await.ok();
    assert!(page.body.contains("No entry fits."));
    let table = client.get("/audit/entries.csv?sort=staff").await.ok();
    assert!(table.body.contains("\"notices made\"") && !table.body.contains("\"asked\""), "{}", table.body);

    let page = client.get("/audit").await.ok();
    client.submit(&page.form("/audit/check")).await;
    let auditor = app.signed_in("auditor").await;
    for _ in 0..100 {
        if !app.candor.last_check(&auditor).unwrap().running {
            break;
        }
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    let page = client.get("/audit").await.ok();
    assert!(
        page.body.contains("Nothing is at fault.") && page.body.contains("record checked"),
        "{}",
        page.body
    );
    // Nobody else may, not even the administrator, and the auditor may nothing else.
    assert!(app.candor.last_check(&administrator).is_err());
    assert!(app.candor.people(&auditor).await.is_err() && auditor.seats.is_empty() && !auditor.administrator);
}

on_both!(an_auditor_sees_the_record_without_its_content);
