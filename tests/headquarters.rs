//! Headquarters officers: told of every resolution once, acknowledging it, reading no case.

use candor::clock::DAY;
use candor::domain::id::NoticeId;
use candor::rng::Randomness;
use candor::service::Problem;

use crate::support::app::{CONCERNED, HEADQUARTERS, RAISING, TestApp, concern};

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

on_both!(
    a_notice_says_what_was_resolved_and_never_how_it_came,
    a_notice_is_acknowledged_once_and_turns_overdue,
    acknowledging_is_all_or_nothing,
    only_headquarters_has_notices_and_it_has_no_cases,
    notices_are_found_by_unit,
);
