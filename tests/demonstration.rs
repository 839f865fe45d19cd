//! The demonstration: eighteen concerns after the report that Candor answers, each walked to the level
//! and the outcome that it should have, through the services, on both databases.

use std::collections::{BTreeMap, BTreeSet};

use candor::clock::{Clock, DAY, Timestamp};
use candor::crypto::passphrase::Parameters;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::ServiceKeys;
use candor::demonstration::{self, BEFORE, Cast, data, earlier};
use candor::domain::dispute::{Closing, Dispute, Level, PerSide, Stage, StageName, WaitingFor};
use candor::domain::id::PostId;
use candor::rng::Randomness;
use candor::service::inbox::ReporterView;
use candor::service::{Candor, Settings};
use candor::store;

use crate::support::{Engine, Fixture, TestDb, block_on};

/// Monday, 1 June 2026, 10:00 in New York.
const MONDAY: Timestamp = Timestamp(1_780_322_400);

/// What is to be seen of a scenario: where it stands when a visitor comes, and where it ends: the
/// level that decided, whether it is still to be carried out, and why it is closed.
struct Expected {
    id: &'static str,
    stands: StageName,
    by: Level,
    ends: StageName,
    closed: Option<Closing>,
}

const fn expect(
    id: &'static str,
    stands: StageName,
    by: Level,
    ends: StageName,
    closed: Option<Closing>,
) -> Expected {
    Expected { id, stands, by, ends, closed }
}

use Level as L;
use StageName as S;

const EXPECTED: [Expected; 18] = [
    expect("SC-01", S::Closed, L::Field, S::Closed, Some(Closing::Completed)),
    expect("SC-02", S::Resolved, L::Secretary, S::Resolved, None),
    expect("SC-03", S::Resolved, L::Field, S::Closed, Some(Closing::Completed)),
    expect("SC-04", S::Closed, L::Field, S::Closed, Some(Closing::Completed)),
    expect("SC-05", S::Field, L::Field, S::Resolved, None),
    expect("SC-06", S::Field, L::Field, S::Resolved, None),
    expect("SC-07", S::Resolved, L::Field, S::Closed, Some(Closing::Completed)),
    expect("SC-08", S::Field, L::Field, S::Resolved, None),
    expect("SC-09", S::Resolved, L::Council, S::Resolved, None),
    expect("SC-10", S::Resolved, L::Field, S::Closed, Some(Closing::Completed)),
    expect("SC-11", S::Closed, L::Field, S::Closed, Some(Closing::NotJoint)),
    expect("SC-12", S::Secretary, L::Council, S::Resolved, None),
    expect("SC-13", S::Council, L::Council, S::Resolved, None),
    expect("SC-14", S::Resolved, L::Field, S::Resolved, None),
    expect("SC-15", S::Resolved, L::Field, S::Resolved, None),
    expect("SC-16", S::Resolved, L::Field, S::Resolved, None),
    expect("SC-17", S::Council, L::Council, S::Resolved, None),
    expect("SC-18", S::Resolved, L::Council, S::Closed, Some(Closing::Completed)),
];

async fn deployment(database: &TestDb, folder: &std::path::Path, start: Timestamp) -> Candor {
    let settings = Settings {
        passphrase: Parameters { memory_kib: 8, passes: 1, lanes: 1 },
        cases_per_batch: 20,
        founders_file: folder.join("founders.toml"),
    };
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([7; 32]));
    let (clock, randomness) = (Clock::simulated(start), Randomness::labelled([9; 32]));
    Candor::open(database.db.clone(), keys, clock, randomness, settings)
        .await
        .unwrap()
        .excepting_second_factors()
}

async fn stand(candor: &Candor, cast: &Cast) -> BTreeMap<String, Dispute> {
    let mut disputes = BTreeMap::new();
    for played in cast.played() {
        let number = played.number.expect("every concern has been opened");
        disputes.insert(played.id, candor.dispute(&number).await.unwrap());
    }
    disputes
}

async fn without_fault(candor: &Candor, expected: impl Fn(&Expected) -> StageName) {
    let report = candor.verify().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    for stage in StageName::ALL {
        let mut count = EXPECTED.iter().filter(|one| expected(one) == stage).count();
        if stage == StageName::Closed {
            count += earlier().unwrap().len();
        }
        let found = report.cases_by_stage.get(stage.word()).copied().unwrap_or_default();
        assert_eq!(usize::try_from(found).unwrap(), count, "cases in the stage {}", stage.word());
    }
}

/// The level that decided, or closed it without a decision.
fn decided_by(dispute: &Dispute) -> Option<Level> {
    dispute.outcome.map(|(level, _)| level).or(match &dispute.stage {
        Stage::Closed(closed) => closed.level,
        _ => None,
    })
}

/// What a visitor finds: each thing that the page promises is there.
fn a_visitor_finds_everything(disputes: &BTreeMap<String, Dispute>) {
    let case = |id: &str| &disputes[id];
    let progress = |id: &str| match &case(id).stage {
        Stage::Resolved(resolved) => resolved.progress.clone(),
        _ => panic!("{id} is not resolved"),
    };
    assert!(case("SC-18").bypass.field && !case("SC-18").field_sat, "a bypass");
    assert!(case("SC-10").remanded && case("SC-10").reached == Level::Council, "a remand, after a lapse");
    let group = |id: &str| case(id).group.clone().unwrap();
    assert!(group("SC-09").report.is_some(), "a working group's report");
    assert!(group("SC-17").ended.is_none(), "a working group that still works");
    assert_eq!(case("SC-12").disputed, BTreeSet::from([Level::Council]), "a disputed outcome");
    assert!(case("SC-14").extended.contains(&Level::Field), "an extension");
    assert!(case("SC-16").pace_raised, "a pace change");
    assert!(progress("SC-14")[0].overdue, "an overdue action");
    assert!(progress("SC-10")[0].verified.is_some(), "a verified action");
    assert!(progress("SC-03")[0].done.is_some() && progress("SC-03")[0].verified.is_none());
    assert!(case("SC-01").checked_in.contains(&0), "a check-in");
    let rated = |id: &str| (case(id).rated, case(id).rated_by_reporter);
    assert_eq!(rated("SC-01"), (PerSide { raising: true, concerned: true }, true), "a rated outcome");
    assert!(
        rated("SC-10").1 && case("SC-10").reached == Level::Council,
        "one that the Council reads with its case"
    );
    assert!(case("SC-06").question.is_some(), "a question to the reporter");
    let panel = case("SC-05").panel().unwrap();
    assert_eq!(panel.versions, 1);
    // Everybody whom the page sends somewhere to act has something to do there.
    let waits: BTreeSet<(PostId, WaitingFor)> =
        disputes.values().flat_map(Dispute::waiting).map(|item| (item.post, item.what)).collect();
    for (post, what) in [
        ("commander:OBP-RGV", WaitingFor::Signature),
        ("commander:OI-BRO", WaitingFor::Acknowledgement),
        ("commander:OI-BRO", WaitingFor::Action),
        ("commander:OI-CHI", WaitingFor::Verification),
        ("commander:OI-LRD", WaitingFor::Action),
        ("council:ICE", WaitingFor::Acknowledgement),
        ("council:CBP", WaitingFor::Action),
        ("group:ICE:WG-INTEL", WaitingFor::Report),
        ("secretary", WaitingFor::Decision),
    ] {
        assert!(waits.contains(&(post.parse().unwrap(), what)), "{post} has nothing of {}", what.word());
    }
}

async fn walk(engine: Engine, start: Timestamp) {
    let Some(database) = TestDb::make(engine).await else { return };
    let folder = tempfile::tempdir().unwrap();
    let candor = deployment(&database, folder.path(), start).await;
    let cast = demonstration::play(&candor).await.unwrap();

    let disputes = stand(&candor, &cast).await;
    for expected in &EXPECTED {
        let dispute = &disputes[expected.id];
        assert_eq!(dispute.stage_name(), expected.stands, "{} when a visitor comes", expected.id);
    }
    without_fault(&candor, |one| one.stands).await;
    a_visitor_finds_everything(&disputes);
    let reopened = database.number("SELECT COUNT(*) FROM notice WHERE reopened <> 0").await;
    assert_eq!(reopened, 3, "one reopened notice for each recipient at headquarters");

    // The library has been published by the same job that publishes it anywhere.
    let entries = store::library::entries(&mut database.read().await).await.unwrap();
    assert!(entries.len() >= 12, "only {} entries", entries.len());
    assert_eq!(entries.iter().filter(|entry| entry.level == "question").count(), 1, "one answers a question");
    let open = store::readings::open(&mut database.read().await).await.unwrap();
    assert_eq!(open.len(), 2, "an answer and a settlement wait for the other side");
    let open = format!("SELECT COUNT(*) FROM support WHERE open_until > {}", candor.now().0);
    assert_eq!(database.number(&open).await, 2, "support that waits for either side");

    demonstration::finish(&candor, &cast, start.plus(BEFORE)).await.unwrap();
    let disputes = stand(&candor, &cast).await;
    let scenarios = data::scenarios().unwrap();
    assert_eq!(scenarios.len(), EXPECTED.len());
    for (expected, scenario) in EXPECTED.iter().zip(&scenarios) {
        let (id, dispute) = (expected.id, &disputes[expected.id]);
        assert_eq!(id, scenario.id);
        assert_eq!(expected.by, scenario.level, "{id}: the table and the scenario agree");
        assert_eq!(decided_by(dispute), Some(expected.by), "{id}: the level that decided");
        assert_eq!(dispute.stage_name(), expected.ends, "{id}: the stage at the end");
        let closed = match &dispute.stage {
            Stage::Closed(closed) => Some(closed.why),
            _ => None,
        };
        assert_eq!(closed, expected.closed, "{id}: why it is closed");
        let resolved = if closed == Some(Closing::NotJoint) { 0 } else { 1 + dispute.disputed.len() };
        assert_eq!(usize::try_from(dispute.resolutions).unwrap(), resolved, "{id}: outcomes");
    }
    without_fault(&candor, |one| one.ends).await;
    // Every reporter is told of an outcome.
    for played in cast.played() {
        let cookie = candor.open_visit(&played.words).await.unwrap();
        let Some(ReporterView::Case(told)) = candor.visit(&cookie).await.unwrap() else {
            panic!("{} has no case", played.id)
        };
        assert!(told.outcome.is_some(), "{}: the reporter is told of the outcome", played.id);
    }
}

#[test]
fn every_scenario_walks_to_its_level_and_outcome() {
    block_on(walk(Engine::Sqlite, MONDAY.plus(-BEFORE)));
}

/// The days of a week fall otherwise on each day on which somebody starts it; this one has a holiday in it.
#[test]
fn every_scenario_walks_on_postgres_and_from_a_thursday() {
    block_on(walk(Engine::Postgres, MONDAY.plus(17 * DAY - BEFORE)));
}
