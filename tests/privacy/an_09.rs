//! AN-09: what was resolved appears in the library with a month's batch, never within fourteen days, never
//! alone; and what appears tells nothing of its case's place, number or day.

use candor::clock::{DAY, Timestamp};
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::dispute::StageName;
use candor::domain::follow_up::Objection;
use candor::domain::library::LEAST_TOGETHER;
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::service::library::Why;
use candor::store;
use candor::store::library::Entry;

use crate::support::Fixture;
use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern, prose};

/// Wednesday, 1 July 2026, 06:00 in New York, and Monday, 3 August.
const JULY: Timestamp = Timestamp(1_782_900_000);
const AUGUST: Timestamp = JULY.plus(33 * DAY);

const WEST: [&str; 2] = ["guard-west", "harbour-west"];
const COUNCIL: [&str; 2] = ["council-guard", "council-harbour"];

/// Opens a case and resolves it with this text for the library.
async fn resolved(app: &TestApp, concern: &Concern, by: [&str; 2], text: &str) -> (Reporter, String) {
    let (reporter, number) = app.open_case(concern).await;
    settle(app, &number, by, text).await;
    (reporter, number)
}

async fn settle(app: &TestApp, number: &str, by: [&str; 2], text: &str) {
    for name in by {
        app.act(name, number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    let mut proposal = app.proposal_of(by[0]).await;
    proposal.library_text = prose(text);
    app.act(by[0], number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in by {
        app.accept(name, number).await.unwrap();
    }
}

/// So many plain ones, by the commanders of the east.
async fn plain(app: &TestApp, count: usize) {
    for _ in 0..count {
        resolved(app, &concern(), [RAISING, CONCERNED], "The boat goes by one list that is open to all.")
            .await;
    }
}

async fn until(app: &TestApp, at: Timestamp) {
    app.candor.clock.advance_to(at);
    candor::jobs::run_once(&app.candor).await.unwrap();
}

async fn entries(app: &TestApp) -> Vec<Entry> {
    store::library::entries(&mut app.database.read().await).await.unwrap()
}

async fn an_09_never_within_fourteen_days_and_by_the_month(app: TestApp) {
    app.leaves_work_behind();
    plain(&app, LEAST_TOGETHER).await;
    until(&app, JULY.plus(-13 * DAY)).await;
    plain(&app, LEAST_TOGETHER).await;
    let resolved = app.now();
    assert!(resolved < JULY && JULY.since(resolved) < 14 * DAY);
    until(&app, JULY.plus(-1)).await;
    assert_eq!(entries(&app).await, [], "no month's batch has come since");
    // The first have waited long enough; the others not.
    until(&app, JULY).await;
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER);
    // Nothing more within the month, however often it is tried and however old things grow.
    for days in [1, 14, 31] {
        until(&app, JULY.plus(days * DAY)).await;
        assert_eq!(entries(&app).await.len(), LEAST_TOGETHER, "{days} days on");
    }
    until(&app, AUGUST).await;
    let months: Vec<_> = entries(&app).await.into_iter().map(|entry| entry.month).collect();
    assert_eq!(months, ["2026-08", "2026-08", "2026-08", "2026-07", "2026-07", "2026-07"]);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn an_09_never_alone(app: TestApp) {
    app.leaves_work_behind();
    plain(&app, LEAST_TOGETHER - 1).await;
    until(&app, JULY).await;
    assert_eq!(entries(&app).await, [], "too few");
    // The control: with one more they all appear, in one month.
    plain(&app, 1).await;
    until(&app, AUGUST).await;
    let all = entries(&app).await;
    assert_eq!(all.len(), LEAST_TOGETHER);
    assert!(all.iter().all(|entry| entry.month == "2026-08"));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM library_draft").await, 0);
}

/// What everybody can see of the library.
async fn pages(app: &TestApp) -> std::collections::BTreeMap<String, String> {
    let mut rows = std::collections::BTreeMap::new();
    for entry in entries(app).await {
        rows.insert(entry.id.to_string(), format!("{entry:?}"));
    }
    rows
}

/// The same texts, resolved at other places, on other days, by other people and under other numbers: the
/// library is the same.
async fn an_09_an_entry_tells_nothing_of_place_number_or_day(beside: TestApp) {
    let texts: Vec<String> =
        (0..8).map(|turn| format!("Rule {}: one list for the boat.", "x".repeat(turn))).collect();
    let played = async |west: bool, category: Option<&str>| {
        let app = beside.another().await;
        app.leaves_work_behind();
        let mut concern = concern();
        let mut by = [RAISING, CONCERNED];
        if west {
            concern.my_unit = "HAR-WEST".into();
            concern.other_unit = "RIV-WEST".into();
            by = [WEST[1], WEST[0]];
        }
        if let Some(category) = category {
            concern.statement.category = Some(category.into());
        }
        let mut reporters = Vec::new();
        for _ in &texts {
            reporters.push(app.raise(&concern).await);
        }
        app.run_batches().await;
        let mut numbers = Vec::new();
        for (text, reporter) in texts.iter().zip(&reporters) {
            if west {
                until(&app, app.now().plus(DAY)).await;
            }
            let number = app.visit(reporter).await.number;
            settle(&app, &number, by, text).await;
            numbers.push(number);
        }
        until(&app, JULY.plus(i64::from(west) * 9 * DAY)).await;
        (app, numbers)
    };
    let (east, numbers) = Box::pin(played(false, None)).await;
    let (west, _) = Box::pin(played(true, None)).await;
    let (one, other) = (pages(&east).await, pages(&west).await);
    assert_eq!(one.len(), texts.len());
    assert_eq!(one, other);
    // The control: what an entry does say makes a difference.
    let (otherwise, _) = Box::pin(played(false, Some("information"))).await;
    assert_ne!(one, pages(&otherwise).await);

    // Nothing of any case stands in the rows of the library, before and after.
    let dump = east.database.dump().await;
    let mut known: Vec<String> = numbers.clone();
    let mut tx = east.database.read().await;
    for case in store::cases::identifiers(&mut tx, None, 50).await.unwrap() {
        known.extend([case.0.to_string(), case.0.simple().to_string()]);
        let row = store::cases::find(&mut tx, case).await.unwrap().unwrap();
        known.extend([row.raising_unit.to_string(), row.concerned_unit.to_string(), "Eastbank".to_owned()]);
    }
    drop(tx);
    let said = |table: &str| {
        let all = dump[table].join("\n").to_lowercase();
        known.iter().filter(|known| all.contains(&known.to_lowercase())).count()
    };
    assert_eq!(said("library_entry") + said("library_draft"), 0);
    assert!(said("notice") > 0, "the control: elsewhere it stands");

    // Neither in the order of their resolution nor in its opposite.
    let order: Vec<_> = entries(&east).await.into_iter().map(|entry| entry.body.len()).collect();
    assert_eq!(order.len(), texts.len());
    assert!(!order.is_sorted() && !order.iter().rev().is_sorted(), "{order:?}");
    for app in [east, west, otherwise] {
        app.check_left_behind().await;
    }
}

async fn an_09_what_exposes_somebody_waits_for_a_lead(app: TestApp) {
    app.leaves_work_behind();
    plain(&app, LEAST_TOGETHER).await;
    let east = [RAISING, CONCERNED];
    for _ in 0..LEAST_TOGETHER {
        resolved(&app, &concern(), east, "On 14 May the boat was left to Officer Smith.").await;
    }
    let (lead, member) = (app.signed_in(COUNCIL[0]).await, app.signed_in("council-guard-member").await);
    let waiting = app.candor.waiting_drafts(&lead).await.unwrap();
    assert_eq!(waiting.len(), LEAST_TOGETHER);
    assert!(waiting.iter().all(|one| matches!(one.why[0], Why::Exposed { .. })));
    let (id, words) = (waiting[0].id, prose("One list for the boat."));
    let commander = app.signed_in(RAISING).await;
    for other in [&member, &commander] {
        assert_eq!(app.candor.waiting_drafts(other).await.map(|all| all.len()), Err(Problem::NotFound));
        assert_eq!(app.candor.release_draft(other, id, words.clone()).await, Err(Problem::NotFound));
        assert_eq!(app.candor.hold_draft(other, id, words.clone()).await, Err(Problem::NotFound));
    }
    until(&app, JULY).await;
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER, "the plain ones alone");
    let lead = app.signed_in(COUNCIL[0]).await;
    app.candor.hold_draft(&lead, id, prose("The officer is known to all.")).await.unwrap();
    for one in &waiting {
        app.candor.release_draft(&lead, one.id, words.clone()).await.unwrap();
        assert_eq!(app.candor.release_draft(&lead, one.id, words.clone()).await, Err(Problem::NotFound));
    }
    until(&app, JULY.plus(20 * DAY)).await;
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER, "this month's batch has run");
    until(&app, AUGUST).await;
    let all = entries(&app).await;
    assert_eq!(all.len(), 2 * LEAST_TOGETHER);
    assert!(all.iter().all(|entry| !entry.body.contains("Smith")));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// AN-05: what went past the commanders waits for a lead, and what is about somebody above leaves no draft.
async fn an_09_what_went_past_somebody(app: TestApp) {
    app.leaves_work_behind();
    let text = "One list for the boat.";
    for handler in
        [HandlerConcerned::Council("RIV".into()), HandlerConcerned::Headquarters("RIV-OFFICE".into())]
    {
        let (_, number) = app.open_case(&Concern { handler: handler.clone(), ..concern() }).await;
        if app.candor.dispute(&number).await.unwrap().stage_name() == StageName::Secretary {
            let decision = app.proposal_of(COUNCIL[1]).await;
            app.act("secretary", &number, HandlerAct::Decide(decision)).await.unwrap();
        } else {
            app.resolve(&number, COUNCIL[0], COUNCIL[1]).await;
        }
        assert_eq!(app.database.number("SELECT COUNT(*) FROM library_draft").await, 0, "{handler:?}");
    }
    for _ in 0..LEAST_TOGETHER {
        let concern = Concern { handler: HandlerConcerned::OurSide, ..concern() };
        resolved(&app, &concern, COUNCIL, text).await;
    }
    until(&app, JULY).await;
    assert_eq!(entries(&app).await, []);
    let lead = app.signed_in(COUNCIL[0]).await;
    let waiting = app.candor.waiting_drafts(&lead).await.unwrap();
    assert!(waiting.iter().all(|one| one.why == [Why::PastTheField]) && waiting.len() == LEAST_TOGETHER);
    for one in waiting {
        app.candor.release_draft(&lead, one.id, one.text).await.unwrap();
    }
    until(&app, AUGUST).await;
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER, "the control: released, they appear");
}

/// An outcome that is disputed takes its entry, or its draft, with it; in the month's batch and not before.
async fn an_09_what_is_opened_again_is_marked(app: TestApp) {
    app.leaves_work_behind();
    let east = [RAISING, CONCERNED];
    plain(&app, LEAST_TOGETHER).await;
    // Late enough to be disputed after it has appeared, and early enough to appear.
    until(&app, JULY.plus(-17 * DAY)).await;
    let (reporter, number) = resolved(&app, &concern(), east, "Rule of the first.").await;
    until(&app, JULY).await;
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER + 1);
    let why = Objection::NotSettled;
    app.reporter_acts(&reporter, &ReporterAct::DisputeOutcome { why, text: prose("It was not done.") }).await;
    app.run_batches().await;
    assert_eq!(app.candor.dispute(&number).await.unwrap().stage_name(), StageName::Council);
    let before = app.database.dump().await["library_entry"].clone();
    until(&app, AUGUST.plus(-1)).await;
    assert_eq!(app.database.dump().await["library_entry"], before, "not on the day of it");
    until(&app, AUGUST).await;
    let marked: Vec<_> = entries(&app)
        .await
        .into_iter()
        .filter(|entry| entry.state == "superseded")
        .map(|one| one.body)
        .collect();
    assert_eq!(marked, ["Rule of the first."]);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn an_09_two_machines_publish_once(app: TestApp) {
    app.leaves_work_behind();
    plain(&app, LEAST_TOGETHER).await;
    let other = app.second_node().await;
    app.candor.clock.advance_to(JULY);
    let (one, two) = tokio::join!(app.candor.publish_library(), other.candor.publish_library());
    assert_eq!(one.unwrap().entries + two.unwrap().entries, LEAST_TOGETHER);
    assert_eq!(entries(&app).await.len(), LEAST_TOGETHER);
    other.candor.db.close().await;
}

/// Without the service key nothing leads from an entry to its case; with it, the program finds it.
async fn an_09_the_link_is_shut_without_the_service_key(app: TestApp) {
    app.leaves_work_behind();
    plain(&app, LEAST_TOGETHER).await;
    let wrong =
        candor::crypto::service::ServiceKeys::new(&candor::crypto::secret::ServiceKey::from_bytes([8; 32]));
    let drafts = store::library::drafts(&mut app.database.read().await).await.unwrap();
    let sizes: std::collections::BTreeSet<_> = drafts.iter().map(|draft| draft.body.len()).collect();
    assert_eq!(sizes.len(), 1, "all of one size");
    let place = candor::crypto::canonical::Canonical::new("candor library draft 1")
        .bytes(drafts[0].id.as_bytes())
        .finish();
    let purpose = candor::crypto::service::Purpose::Library;
    assert!(wrong.open(purpose, &place, &drafts[0].body).is_err());
    assert!(app.candor.keys.open(purpose, &place, &drafts[0].body).is_ok(), "the control");
}

on_both!(
    an_09_never_within_fourteen_days_and_by_the_month,
    an_09_never_alone,
    an_09_an_entry_tells_nothing_of_place_number_or_day,
    an_09_what_exposes_somebody_waits_for_a_lead,
    an_09_what_went_past_somebody,
    an_09_what_is_opened_again_is_marked,
    an_09_two_machines_publish_once,
    an_09_the_link_is_shut_without_the_service_key,
);
