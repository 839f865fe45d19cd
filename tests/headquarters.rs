//! Headquarters officers: told of every resolution once, acknowledging it, reading no case.

use candor::clock::DAY;
use candor::domain::concern::HandlerConcerned;
use candor::domain::follow_up::Objection;
use candor::domain::id::NoticeId;
use candor::rng::Randomness;
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;

use crate::support::app::{CONCERNED, HEADQUARTERS, RAISING, TestApp, concern, prose};
use crate::support::http::{Answer, Client};

async fn a_notice_says_what_was_resolved_and_never_how_it_came(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    for office in HEADQUARTERS {
        let person = app.person(office).await;
        let list = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap();
        assert_eq!((list.unacknowledged, list.overdue, list.more), (1, 0, false));
        let notice = app.candor.notice(&person.signed_in, &person.seat, list.notices[0].id).await.unwrap();
        let resolution = &notice.resolution;
        assert_eq!(resolution.proposal, app.proposal());
        assert_eq!(resolution.places, ["Patrol, East".to_owned(), "Inspection, East".to_owned()]);
        let signed: Vec<_> = resolution.signed.iter().map(ToString::to_string).collect();
        assert_eq!(signed, ["commander:RIV-EAST", "commander:HAR-EAST"]);
        let all = serde_json::to_string(resolution).unwrap();
        for never in ["without a word", "Patrols start late", "A plan for the boat.", &number] {
            assert!(!all.contains(never), "the notice holds \"{never}\"");
        }
    }
}

async fn a_notice_is_acknowledged_once_and_turns_overdue(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let person = app.person("office-guard").await;
    let id = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().notices[0].id;
    assert_eq!(app.candor.acknowledge_notices(&person.signed_in, &person.seat, &[id]).await, Ok(1));
    assert_eq!(app.candor.acknowledge_notices(&person.signed_in, &person.seat, &[id]).await, Ok(0));
    let notice = app.candor.notice(&person.signed_in, &person.seat, id).await.unwrap();
    assert_eq!(notice.acknowledged.map(|(_, by)| by), Some("office-guard".to_owned()));
    app.pass(10 * DAY).await;
    let late = app.person("office-department").await;
    let list = app.candor.notices(&late.signed_in, &late.seat, "", 0).await.unwrap();
    assert_eq!((list.unacknowledged, list.overdue), (1, 1));
    assert!(list.notices[0].overdue);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Some that may be acknowledged and one that may not: none is.
async fn acknowledging_is_all_or_nothing(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let guard = app.person("office-guard").await;
    let harbour = app.person("office-harbour").await;
    let mine = app.candor.notices(&guard.signed_in, &guard.seat, "", 0).await.unwrap().notices[0].id;
    let theirs = app.candor.notices(&harbour.signed_in, &harbour.seat, "", 0).await.unwrap().notices[0].id;
    for other in [theirs, NoticeId::random(&Randomness::system())] {
        let both = app.candor.acknowledge_notices(&guard.signed_in, &guard.seat, &[mine, other]).await;
        assert_eq!(both, Err(Problem::NotFound));
        assert_eq!(
            app.candor.notice(&guard.signed_in, &guard.seat, other).await.map(|_| ()),
            Err(Problem::NotFound)
        );
    }
    let list = app.candor.notices(&guard.signed_in, &guard.seat, "", 0).await.unwrap();
    assert_eq!(list.unacknowledged, 1);
}

async fn only_headquarters_has_notices_and_it_has_no_cases(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    for name in [RAISING, "council-guard", "secretary"] {
        let person = app.person(name).await;
        let list = app.candor.notices(&person.signed_in, &person.seat, "", 0).await;
        assert_eq!(list.map(|_| ()), Err(Problem::NotFound), "{name}");
    }
    for office in HEADQUARTERS {
        assert_eq!(app.case(office, &number).await.map(|_| ()), Err(Problem::NotFound));
    }
}

async fn notices_are_found_by_unit(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let person = app.person("office-guard").await;
    for (unit, count) in [("RIV-EAST", 1), ("HAR-EAST", 1), ("RIV-WEST", 0), ("' OR 1=1 --", 0)] {
        let list = app.candor.notices(&person.signed_in, &person.seat, unit, 0).await.unwrap();
        assert_eq!(list.notices.len(), count, "{unit}");
    }
}

/// A headquarters officer's list of notices on a page.
async fn list_of(app: &TestApp, name: &str) -> (Client, Answer) {
    let mut client = Client::new(&app.site());
    client.sign_in(name).await;
    let page = client.get("/headquarters").await.ok();
    (client, page)
}

/// The notice that a list leads to first.
async fn first_notice(client: &mut Client, list: &Answer) -> Answer {
    let link = list.links().into_iter().find(|link| link.contains("/notice/")).expect("a notice");
    client.get(&link).await.ok()
}

async fn the_live_state_of_each_action_is_told_and_nothing_else_of_the_case(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    list.says("Actions settled: 0 of 1. Next: Patrol Captain, Eastbank, by ")
        .says(" July 2026: not yet done.");
    first_notice(&mut client, &list).await.says("Not yet done");
    app.pass(31 * DAY).await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    list.says("Action overdue");
    first_notice(&mut client, &list).await.says("Overdue");
    let note = || prose("A note for the other side alone.");
    app.act(RAISING, &number, HandlerAct::Done { action: 0, note: note() }).await.unwrap();
    first_notice(&mut client, &list).await.says("Said to be done; the other side looks at it");
    app.act(CONCERNED, &number, HandlerAct::Verify { action: 0, holds: true, note: note() }).await.unwrap();
    first_notice(&mut client, &list).await.says("Done, and seen by the other side");
    app.pass(DAY).await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    list.says("Actions settled: 1 of 1.");
    let notice = first_notice(&mut client, &list).await;
    notice.says("Done, and seen by the other side");
    let post = list.path.clone();
    let print = client.get(&format!("{post}/print")).await.ok();
    let csv = client.get(&format!("{post}/notices.csv")).await.ok();
    for page in [&list, &notice, &print, &csv] {
        for never in ["A note for the other side", &number, "without a word", "Patrols start late"] {
            assert!(!page.body.contains(never), "{} shows \"{never}\"", page.path);
        }
    }
}

async fn a_reopened_resolution_is_marked_and_then_replaced(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    let first = first_notice(&mut client, &list).await.path;
    let text = prose("Only I can read why.");
    app.reporter_acts(&reporter, &ReporterAct::DisputeOutcome { why: Objection::NotSettled, text }).await;
    assert!(!client.get(&first).await.ok().text().contains("Reopened"), "not before its batch");
    app.run_batches().await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    list.says("Reopened").says("it is being decided again");
    let notice = client.get(&first).await.ok();
    notice.says("Reopened").says("No longer followed here");
    assert!(!notice.body.contains("Only I can read why."));
    // Acknowledged, it still calls for attention; decided again, it does no longer.
    let person = app.person("office-guard").await;
    let id: NoticeId = first.rsplit('/').next().unwrap().parse().unwrap();
    app.candor.acknowledge_notices(&person.signed_in, &person.seat, &[id]).await.unwrap();
    let path = format!("{}?only=attention", list.path);
    assert!(client.get(&path).await.ok().links().contains(&first));
    app.resolve(&number, "council-guard", "council-harbour").await;
    let page = client.get(&path).await.ok();
    assert!(!page.links().contains(&first), "the later notice calls, not this one");
    assert_eq!(page.links().iter().filter(|link| link.contains("/notice/")).count(), 1);
    let notice = client.get(&first).await.ok();
    notice.says("Replaced").says("A later resolution of the same case has replaced this one.");
    assert!(!notice.text().contains("Reopened"));
    client.get(&list.path).await.ok().says("A later resolution has replaced this one.");
}

async fn closed_with_an_action_open_says_so(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    app.pass(40 * DAY).await;
    app.pass(150 * DAY).await;
    let (mut client, list) = list_of(&app, "office-guard").await;
    first_notice(&mut client, &list).await.says("Not done when the case was closed");
}

async fn what_lapsed_or_was_not_joint_is_a_number_only(app: TestApp) {
    let (_, list) = list_of(&app, "office-guard").await;
    list.says("Closed as not joint 0").says("Time passed without action: Guard 0");
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    for name in [RAISING, CONCERNED] {
        let belongs = prose("With personnel.");
        app.act(name, &number, HandlerAct::CloseNotJoint { belongs }).await.unwrap();
    }
    let (_, silent) = app.open_case(&concern()).await;
    app.act(RAISING, &silent, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    app.pass(26 * DAY).await;
    let (_, list) = list_of(&app, "office-guard").await;
    list.says("Closed as not joint 1").says("Time passed without action: Harbour 1");
    for never in ["With personnel.", &number, &silent] {
        assert!(!list.body.contains(never));
    }
}

async fn the_list_is_printed_and_exported_as_it_is_filtered(app: TestApp) {
    let hostile = prose("=HYPERLINK(\"https://evil.example\",\"see\"), and more");
    for (finding, acknowledge) in [(hostile, false), (prose("Plain <finding>."), true)] {
        let (_, number) = app.open_case(&concern()).await;
        for name in [RAISING, CONCERNED] {
            app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        }
        let proposal = candor::domain::proposal::Proposal { finding, ..app.proposal() };
        app.act(RAISING, &number, HandlerAct::Propose(proposal)).await.unwrap();
        for name in [RAISING, CONCERNED] {
            app.accept(name, &number).await.unwrap();
        }
        if acknowledge {
            let person = app.person("office-guard").await;
            let all = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap().notices;
            let plain = all.iter().find(|one| one.resolution.proposal.finding.as_str().starts_with("Plain"));
            let id = plain.unwrap().id;
            app.candor.acknowledge_notices(&person.signed_in, &person.seat, &[id]).await.unwrap();
        }
    }
    let (mut client, list) = list_of(&app, "office-guard").await;
    let link = |page: &Answer, what: &str| {
        page.links().into_iter().find(|link| link.contains(what)).unwrap_or_else(|| panic!("no {what}"))
    };
    let all = client.get(&link(&list, "notices.csv")).await.ok();
    assert_eq!(all.headers["content-type"], "text/csv; charset=utf-8; header=present");
    assert_eq!(all.headers["cache-control"], "no-store");
    assert!(all.headers["content-disposition"].to_str().unwrap().starts_with("attachment"));
    assert!(all.body.starts_with("\u{feff}\"Told on\",\"Issue\","));
    assert_eq!(all.body.matches("\r\n").count(), 3, "a line for the columns and one for each notice");
    let cell = "\"'=HYPERLINK(\"\"https://evil.example\"\",\"\"see\"\"), and more\"";
    assert!(all.body.contains(cell), "{}", all.body);
    assert!(all.body.contains("Plain <finding>."));
    client.get(&link(&list, "/print")).await.ok().says("All: 2").says("=HYPERLINK").says("Plain <finding>.");

    let waiting = client.get(&format!("{}?unit=RIV-EAST&only=attention", list.path)).await.ok();
    let some = client.get(&link(&waiting, "notices.csv")).await.ok();
    assert_eq!(some.body.matches("\r\n").count(), 2);
    assert!(some.body.contains(cell) && !some.body.contains("Plain <finding>."));
    let print = client.get(&link(&waiting, "/print")).await.ok();
    print.says("What needs attention, Patrol, East").says("=HYPERLINK");
    assert!(!print.text().contains("Plain <finding>."));
    let none = client.get(&format!("{}/notices.csv?unit=RIV-WEST", list.path)).await.ok();
    assert_eq!(none.body.matches("\r\n").count(), 1);
    // Somebody else's post, one's own of another kind, and nobody's: nothing, alike.
    for name in [RAISING, "office-harbour", "council-guard"] {
        let mut other = Client::new(&app.site());
        other.sign_in(name).await;
        for page in ["print", "notices.csv"] {
            assert_eq!(
                other.get(&format!("{}/{page}", list.path)).await.status.as_u16(),
                404,
                "{name} {page}"
            );
        }
    }
}

/// Left out only after a first resolution: its notice says what it said then, and no more.
async fn a_headquarters_left_out_later_hears_nothing_more(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let text = prose("It is not settled.");
    app.reporter_acts(&reporter, &ReporterAct::DisputeOutcome { why: Objection::NotSettled, text }).await;
    app.run_batches().await;
    let handler = HandlerConcerned::Headquarters("RIV-OFFICE".into());
    app.reporter_acts(&reporter, &ReporterAct::AskForReview { handler, text: prose("They are part of it.") })
        .await;
    let seen = async || {
        let (mut client, list) = list_of(&app, "office-guard").await;
        let notice = first_notice(&mut client, &list).await;
        (list.text(), notice.text())
    };
    let before = seen().await;
    app.run_batches().await;
    assert_eq!(seen().await, before);
    app.resolve(&number, "council-guard", "council-harbour").await;
    let after = seen().await;
    assert_eq!(after, before);
    // The control: another office hears of the new resolution.
    let (_, list) = list_of(&app, "office-harbour").await;
    list.says("A later resolution has replaced this one.");
}

on_both!(
    a_notice_says_what_was_resolved_and_never_how_it_came,
    a_notice_is_acknowledged_once_and_turns_overdue,
    acknowledging_is_all_or_nothing,
    only_headquarters_has_notices_and_it_has_no_cases,
    notices_are_found_by_unit,
    the_live_state_of_each_action_is_told_and_nothing_else_of_the_case,
    a_reopened_resolution_is_marked_and_then_replaced,
    closed_with_an_action_open_says_so,
    what_lapsed_or_was_not_joint_is_a_number_only,
    the_list_is_printed_and_exported_as_it_is_filtered,
    a_headquarters_left_out_later_hears_nothing_more,
);
