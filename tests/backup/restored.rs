//! What a restored deployment says of itself: in its record, and to people.

use candor::clock::DAY;
use candor::delivery::KeptHead;
use candor::service::backup::restore;
use candor::service::verify::Checking;
use candor::service::{Candor, hexadecimal};
use candor::store;

use super::{after_a_batch, back_up, opened, over, restored, service_key};
use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::http::Client;
use crate::support::{Fixture, TestDb};

/// What whoever comes with ten words is told, and staff.
const WORDS: &str = "this site had to be put back from a copy of";
const STAFF: &str = "this site was restored from a backup of";

async fn head(candor: &Candor) -> KeptHead {
    let head = store::journal::head(&mut candor.db.read().await.unwrap()).await.unwrap();
    let day = candor.directory().await.unwrap().calendar.date_of(candor.now()).unwrap().to_string();
    KeptHead { deployment: candor.deployment, number: head.sequence, hash: hexadecimal(&head.hash), day }
}

fn against(heads: &[&KeptHead]) -> Checking {
    let heads = heads.iter().map(|head| (*head).clone()).enumerate().collect();
    Checking { heads, without_key: false }
}

async fn heads_of_what_is_lost_are_told_and_not_called_tampering(app: TestApp) {
    let folder = tempfile::tempdir().unwrap();
    app.open_case(&concern()).await;
    after_a_batch(&app).await;
    let kept = head(&app.candor).await;
    let file = back_up(&app, folder.path()).await;
    app.candor.clock.advance_to(app.now().plus(DAY));
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let lost = head(&app.candor).await;
    app.candor.clock.advance_to(app.now().plus(2 * DAY));
    app.leaves_work_behind();

    let there = restored(&app, &file, app.database.engine).await.unwrap();
    let heads = [&kept, &lost];
    let report = there.candor.verify_with(&against(&heads)).await.unwrap();
    assert_eq!((report.faults, report.heads, report.held_up_to), (Vec::new(), 1, kept.number));
    let said = report.unchecked.join("\n");
    let words = format!(
        "ends at row {}, and rows {} to {} of then are lost",
        kept.number,
        kept.number + 1,
        lost.number
    );
    assert!(said.contains(&words), "{said}");
    // It grows beyond the lost rows, and still they are told of; its own heads hold it.
    there.candor.clock.advance_to(app.now().plus(DAY));
    while head(&there.candor).await.number <= lost.number {
        there.open_case(&concern()).await;
    }
    let newer = head(&there.candor).await;
    let report = there.candor.verify_with(&against(&[&kept, &lost, &newer])).await.unwrap();
    assert_eq!((report.faults, report.heads, report.held_up_to), (Vec::new(), 2, newer.number));
    assert!(report.unchecked.join("\n").contains(&words));

    // The controls: a head of a day on which nothing was lost, and the same without the entry that says so.
    let later = KeptHead { hash: "00".repeat(32), ..newer.clone() };
    let report = there.candor.verify_with(&against(&[&kept, &later])).await.unwrap();
    assert_eq!(report.faults.len(), 1);
    let copy = TestDb::make(app.database.engine).await.unwrap();
    restore(&copy.db, &mut opened(&file), Some(&service_key(3)), None).await.unwrap();
    let copy = over(&app, &copy).await.unwrap();
    let report = copy.candor.verify_with(&against(&heads)).await.unwrap();
    assert!(report.faults[0].contains("cut tail"), "{:?}", report.faults);
    there.database.check_left_behind().await;
    copy.database.check_left_behind().await;
}

async fn everybody_who_comes_is_told_alike_that_something_may_be_lost(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    after_a_batch(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    let lost = app.raise(&concern()).await;
    app.leaves_work_behind();
    let there = restored(&app, &file, app.database.engine).await.unwrap();
    for (app, told) in [(&app, false), (&there, true)] {
        let mut client = Client::new(&app.site());
        let asked = client.get("/return").await;
        assert_eq!(asked.text().contains(WORDS), told, "{}", asked.text());
        let mut desk = Client::new(&app.site());
        desk.sign_in(RAISING).await;
        let page = desk.get("/desk").await;
        assert_eq!(page.text().contains(STAFF), told, "{}", page.text());
    }
    // Whether the words are known or not, what is said of the loss is the same.
    let mut client = Client::new(&there.site());
    let unknown = client.post("/return", &[("words", lost.words.as_str())]).await;
    assert!(unknown.text().contains(WORDS) && unknown.text().contains("We do not know this receipt"));
    client.post("/return", &[("words", reporter.words.as_str())]).await;
    assert!(client.get("/return/visit").await.text().contains(WORDS));
    // After a year nobody is told any more.
    there.candor.clock.advance_to(there.now().plus(366 * DAY));
    assert!(!Client::new(&there.site()).get("/return").await.text().contains(WORDS));
    there.database.check_left_behind().await;
}

/// What waited to be told outside may have gone out since: it is not told as new again.
async fn what_was_to_be_told_outside_waits_for_an_administrator(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let notice = app.database.dump().await["notice"].len();
    assert!(notice > 0);
    app.database
        .run(
            "INSERT INTO delivery (id, notice, channel, state, version, planned, next_at, tries, unclear, reason) \
             SELECT id, id, 'mail', CASE WHEN recipient = 'headquarters:DEPT-OFFICE' THEN 'sent' ELSE 'waiting' END, \
             1, 9999999999, 9999999999, 0, 0, '' FROM notice",
        )
        .await;
    after_a_batch(&app).await;
    let folder = tempfile::tempdir().unwrap();
    let file = back_up(&app, folder.path()).await;
    let there = restored(&app, &file, app.database.engine).await.unwrap();
    let count = async |state: &str, reason: &str| {
        let query = format!("SELECT COUNT(*) FROM delivery WHERE state = '{state}' AND reason = '{reason}'");
        there.database.number(&query).await
    };
    assert_eq!((count("dead", "restored").await, count("sent", "").await), (2, 1));
    there.database.check_left_behind().await;
}

on_both!(
    heads_of_what_is_lost_are_told_and_not_called_tampering,
    everybody_who_comes_is_told_alike_that_something_may_be_lost,
    what_was_to_be_told_outside_waits_for_an_administrator,
);
