//! The measures of a quarter, from the cases to the page: published once, read by whom it is for, checked with
//! the record, printed by the command.

use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::deadline::Calendar;
use candor::domain::dispute::{Level, PerSide, Standing};
use candor::domain::measures::follow::Fact;
use candor::domain::measures::release::Shown;
use candor::domain::measures::{Followed, Quarter, Split, Topic, sheets};
use candor::domain::organisation::Organisation;
use candor::jobs;

use crate::support::Fixture;
use crate::support::app::{FOUNDED, ORGANISATION, TestApp, concern};
use crate::support::crawl::{differences, everything_that};
use crate::support::http::Client;
use crate::support::program::Place;

/// The day on which the first quarter of the tests' organisation is published: 29 July 2026.
const PUBLISHED: i64 = 58 * DAY;

fn between(mine: &str, other: &str) -> Concern {
    Concern { my_unit: mine.into(), other_unit: other.into(), ..concern() }
}

/// Fourteen concerns one way and eight the other, each from two units; two are resolved, the others left to
/// time. Then what is given besides.
pub async fn busy(app: &TestApp, besides: &[Concern]) {
    for _ in 0..2 {
        let (_, number) = app.open_case(&between("RIV-WEST", "HAR-WEST")).await;
        app.resolve(&number, "guard-west", "harbour-west").await;
    }
    for number in 0..12 {
        let (mine, other) = if number % 3 == 0 { ("RIV-WEST", "HAR-WEST") } else { ("RIV-EAST", "HAR-EAST") };
        app.raise(&between(mine, other)).await;
    }
    for number in 0..8 {
        let (mine, other) = if number % 3 == 0 { ("HAR-WEST", "RIV-WEST") } else { ("HAR-EAST", "RIV-EAST") };
        app.raise(&between(mine, other)).await;
    }
    for concern in besides {
        app.raise(concern).await;
    }
    app.run_batches().await;
}

/// Lets the quarter end and its four weeks pass. Levels lapse one a day.
pub async fn until_published(app: &TestApp) {
    for day in [10, 20, 29, 40, 50, 57] {
        app.candor.clock.advance_to(FOUNDED.plus(day * DAY));
        assert_eq!(jobs::run_once(&app.candor).await.unwrap().measured, 0, "day {day}");
    }
    app.candor.clock.advance_to(FOUNDED.plus(PUBLISHED));
}

async fn a_quarter_is_published_once_by_whichever_machine(app: TestApp) {
    busy(&app, &[]).await;
    until_published(&app).await;
    let other = app.second_node().await;
    let now = app.now();
    let (one, two) = tokio::join!(app.candor.measure(now), other.candor.measure(now));
    assert_eq!((one.clone().unwrap_or(0) + two.clone().unwrap_or(0), one.is_ok() && two.is_ok()), (1, true));
    assert_eq!(jobs::run_once(&app.candor).await.unwrap().measured, 0);

    let releases = app.candor.published_measures().await.unwrap();
    assert_eq!(releases, other.candor.published_measures().await.unwrap());
    let [release] = releases.as_slice() else { panic!("{}", releases.len()) };
    assert_eq!(release.period.quarter.to_string(), "2026-Q2");
    let opened = release.topic(Topic::Opened).unwrap();
    assert_eq!(opened.together, Shown::About(20), "of 22");
    assert_eq!(opened.directions.clone().map(|line| line.count), [Shown::About(15), Shown::About(10)]);
    assert_eq!(opened.directions[0].name, "raised by Guard about Harbour");
    // All of 22 are about one document, and all but two about one that was disputed before.
    let documents = release.parts(Split::Document, None).unwrap();
    assert_eq!(documents.most, Some(0));
    let acknowledged = release.topic(Topic::Acknowledgement).unwrap();
    assert_eq!(acknowledged.together, Shown::About(20));
    let in_time = release.parts(Split::AcknowledgedInTime, None).unwrap();
    assert_eq!((in_time.most, in_time.columns.clone()), (Some(1), vec![Shown::Hidden; 2]));
    let lapses = release.topic(Topic::LevelsEnded).unwrap();
    assert_eq!(lapses.together, Shown::About(20));
    assert_eq!(release.topic(Topic::Decided).unwrap().together, Shown::Hidden, "two");

    // After a pause of several quarters each is published, in order, and what was published stays.
    app.candor.clock.advance_to(FOUNDED.plus(400 * DAY));
    app.leaves_work_behind();
    let published = app.candor.measure(app.now()).await.unwrap();
    assert_eq!(published, 3);
    let after = app.candor.published_measures().await.unwrap();
    assert_eq!(&after[0], release);
    let quarters: Vec<String> = after.iter().map(|release| release.period.quarter.to_string()).collect();
    assert_eq!(quarters, ["2026-Q2", "2026-Q3", "2026-Q4", "2027-Q1"]);
    assert!(after.windows(2).all(|pair| pair[0].period.ends == pair[1].period.starts));
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn what_rests_is_what_the_journal_published(app: TestApp) {
    app.candor.measure(app.now().plus(70 * DAY)).await.unwrap();
    app.candor.measure(app.now().plus(160 * DAY)).await.unwrap();
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    let faults = async || app.candor.verify().await.unwrap().faults.join("; ");
    app.database.run("UPDATE measures SET quarter = '2026-Q9' WHERE quarter = '2026-Q3'").await;
    let found = faults().await;
    assert!(found.contains("measures of 2026-Q9: no entry of the journal publishes them"), "{found}");
    assert!(found.contains("measures of 2026-Q3: their row is missing"), "{found}");
    app.database.run("UPDATE measures SET quarter = '2026-Q3' WHERE quarter = '2026-Q9'").await;
    assert_eq!(faults().await, "");
    let other = "(SELECT body FROM measures WHERE quarter = '2026-Q3')";
    app.database.run(&format!("UPDATE measures SET body = {other} WHERE quarter = '2026-Q2'")).await;
    let found = faults().await;
    assert!(found.contains("measures of 2026-Q2: they are not what journal row"), "{found}");
    let mut client = Client::new(&app.site());
    client.sign_in("office-guard").await;
    assert_eq!(client.get("/headquarters/measures").await.status, 500, "nothing false is shown");
}

/// An act of the quarter that waits holds it back: its case belongs there.
async fn a_quarter_waits_for_its_batches(app: TestApp) {
    app.raise(&concern()).await;
    app.leaves_work_behind();
    let later = app.now().plus(70 * DAY);
    assert_eq!(app.candor.measure(later).await, Ok(0));
    app.run_batches().await;
    assert_eq!(app.candor.measure(later).await, Ok(1));
}

async fn the_council_and_headquarters_read_it_on_pages_and_as_a_table(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in("office-guard").await;
    let page = client.get("/headquarters/measures").await.ok();
    assert!(page.body.contains("April to June 2026 will be published on 29 July 2026"), "{}", page.body);
    assert_eq!(client.get("/headquarters/measures/2026-Q2").await.status, 404);
    busy(&app, &[]).await;
    until_published(&app).await;
    app.pass(0).await;
    let mut seen = Vec::new();
    for name in ["office-guard", "office-department", "council-guard-member", "council-harbour"] {
        let mut client = Client::new(&app.site());
        client.sign_in(name).await;
        let page = client.get("/headquarters/measures").await.ok();
        for words in [
            "Joint measures: April to June 2026",
            "About 20 cases were opened: about 15 raised by Guard about Harbour",
            "All cases: at least three quarters were \u{201c}not in time\u{201d}",
            "Fewer than 5 cases were decided",
            "July to September 2026 will be published on 29 October 2026",
            "<svg role=\"img\"",
        ] {
            assert!(page.body.contains(words), "{name}: {words}: {}", page.body);
        }
        assert!(!page.body.contains("style="), "the policy of pages forbids it");
        let main = page.body.split("<main").nth(1).unwrap().split("</main>").next().unwrap().to_owned();
        seen.push(main);
        // One button, and behind it the same on a page to print, with nothing beside it.
        assert!(page.body.contains("href=\"/headquarters/measures/2026-Q2/report\">Quarterly report</a>"));
        let report = client.get("/headquarters/measures/2026-Q2/report").await.ok();
        report.says("Joint measures, April to June 2026").says("About 20 cases were opened");
        assert!(!report.body.contains("aria-label=\"Main\"") && !report.body.contains("<details"));
        assert_eq!(report.body.matches("<svg").count(), page.body.matches("<svg").count());
        assert_eq!(client.get("/headquarters/measures/2026-Q3/report").await.status, 404);
        let table = client.get("/headquarters/measures/2026-Q2/measures.csv").await;
        assert_eq!(table.status, 200);
        assert!(
            table.body.contains("\"2026-Q2\",\"Cases opened\",\"All cases\",\"all\",\"about 20\""),
            "{}",
            table.body
        );
    }
    seen.dedup();
    assert_eq!(seen.len(), 1, "all read the same");
    let mut client = Client::new(&app.site());
    client.sign_in("guard-east").await;
    for address in ["/headquarters/measures", "/headquarters/measures/2026-Q2/report"] {
        assert_eq!(client.get(address).await.status, 404);
    }
    app.leaves_work_behind();
}

async fn what_if_is_worked_out_from_what_is_published(app: TestApp) {
    const WHAT_IF: &str = "/headquarters/what-if";
    let mut client = Client::new(&app.site());
    client.sign_in("council-guard-member").await;
    let page = client.get(WHAT_IF).await.ok();
    page.says("No quarter is published yet, so every number below is a supposition");
    let mut form = page.form(WHAT_IF);
    assert_eq!(form.value("field_days"), Some("15"));
    // A few cases, so that it takes no time here.
    form.set("cases", "5").set("field_days", "4").set("do", "forecast");
    let answer = client.submit(&form).await.ok();
    answer
        .says("Working days that the commanders have: 4 instead of 15")
        .says("Decided by the commanders")
        .says("With the change");
    assert_eq!(answer.form(WHAT_IF).value("field_days"), Some("4"), "what was typed stays");
    assert_eq!(client.submit(&form).await.ok().body, answer.body, "one question has one answer");
    form.set("do", "test");
    client.submit(&form).await.ok().says("There is nothing to try it against yet");
    for (field, typed, says) in [
        ("cases", "0", "Give a whole number from 1 to 1000 cases."),
        ("cases", "1001", "Give a whole number from 1 to 1000 cases."),
        ("council", "three", "Give a whole number from 1 to 50 people."),
    ] {
        let mut form = page.form(WHAT_IF);
        form.set(field, typed);
        let refused = client.submit(&form).await;
        assert_eq!(refused.status, 422);
        assert_eq!(refused.says(says).form(WHAT_IF).value(field), Some(typed));
    }
    // Two quarters later the first is forecast from nothing, and the second from the first.
    busy(&app, &[]).await;
    until_published(&app).await;
    app.candor.measure(app.now().plus(100 * DAY)).await.unwrap();
    // The session has ended meanwhile.
    let mut client = Client::new(&app.site());
    client.sign_in("council-guard-member").await;
    let page = client.get(WHAT_IF).await.ok();
    page.says("2 quarters that are published");
    assert_eq!(page.form(WHAT_IF).value("cases"), Some("20"), "as it was published");
    app.leaves_work_behind();
}

/// AN-05: a case that somebody above the field is left out of is in no number, for those people read them.
async fn an_05_a_case_about_whoever_reads_the_measures_is_in_no_number(app: TestApp) {
    let seen = async |besides: &[Concern]| {
        let app = app.another().await;
        busy(&app, besides).await;
        until_published(&app).await;
        app.candor.measure(app.now()).await.unwrap();
        app.leaves_work_behind();
        let pages = everything_that(&app, &["office-guard"]).await;
        let release = app.candor.published_measures().await.unwrap().remove(0);
        app.check_left_behind().await;
        (pages.into_iter().filter(|(page, _)| page.contains("measures")).collect(), release)
    };
    let about = |handler| vec![Concern { handler, ..between("RIV-EAST", "HAR-EAST") }; 4];
    let (without, plain) = seen(&[]).await;
    for handler in
        [HandlerConcerned::Headquarters("RIV-OFFICE".into()), HandlerConcerned::Council("RIV".into())]
    {
        let (with, release) = seen(&about(handler)).await;
        assert_eq!(release, plain);
        assert_eq!(differences(&with, &without), Vec::<String>::new());
    }
    // The control: as many that are about nobody who reads them.
    let (with, release) = seen(&about(HandlerConcerned::No)).await;
    assert_ne!(release, plain);
    assert!(!differences(&with, &without).is_empty());
}

/// Whose time passed is told by component, whoever raised the case: it can be read of both directions together.
#[test]
fn a_lapse_is_of_a_component_and_not_of_a_side() {
    let organisation = Organisation::parse(ORGANISATION).unwrap();
    let period = "2026-Q1".parse::<Quarter>().unwrap().period(&Calendar::united_states(), None).unwrap();
    let [guard, harbour] = ["RIV-EAST", "HAR-EAST"].map(|unit| Standing {
        component: organisation.component_of_unit(&unit.into()).unwrap().id.clone(),
        unit: unit.into(),
    });
    let case = |raising: &Standing, concerned: &Standing, lapsed| Followed {
        sides: PerSide { raising: raising.clone(), concerned: concerned.clone() },
        opened: period.starts,
        document: None,
        facts: vec![(
            period.starts,
            Fact::LevelEnded { level: Level::Field, days: 9, lapsed, extended: false, remanded: false },
        )],
    };
    let by = |raising, concerned| PerSide { raising, concerned };
    let cases = [
        case(&guard, &harbour, by(true, false)),
        case(&harbour, &guard, by(false, true)),
        case(&guard, &harbour, by(false, true)),
        case(&harbour, &guard, by(true, false)),
        case(&harbour, &guard, by(true, true)),
        case(&harbour, &guard, by(false, false)),
    ];
    let (sheets, _) = sheets(&cases, &period, &organisation).unwrap();
    let ended = sheets.iter().find(|sheet| sheet.topic == Topic::LevelsEnded).unwrap();
    let (_, columns) = &ended.splits[0];
    let told: Vec<&str> = ended.entries.iter().map(|entry| columns[entry.columns[0]].as_str()).collect();
    assert_eq!(
        told,
        ["by Guard", "by Guard", "by Harbour", "by Harbour", "by both", "no time passed without action"]
    );
}

async fn the_command_prints_a_quarter(app: TestApp) {
    app.candor.measure(app.now().plus(70 * DAY)).await.unwrap();
    let folder = tempfile::tempdir().unwrap();
    let place = Place::of(&app, folder.path());
    let run = |arguments: &[&str]| {
        let output = place.program(&[&["measures"], arguments].concat()).output().unwrap();
        let said = [output.stdout, output.stderr].map(|bytes| String::from_utf8(bytes).unwrap());
        (output.status.success(), said)
    };
    let (ended, [out, err]) = run(&[]);
    assert!(ended, "{err}");
    assert!(out.starts_with("Joint measures, April to June 2026\n"), "{out}");
    assert!(out.contains("Fewer than 5 cases were opened"), "{out}");
    let (_, [html, _]) = run(&["--format", "html"]);
    assert!(html.trim_start().starts_with("<!doctype html>") && html.trim_end().ends_with("</html>"));
    assert!(html.contains("Fewer than 5 cases were opened") && html.contains("<style>"), "{html}");
    for outside in ["src=", "href=", "url(", "@import", "<script"] {
        assert!(!html.contains(outside), "{outside}: it needs nothing besides itself");
    }
    let (_, [json, _]) = run(&["--quarter", "2026-Q2", "--format", "json"]);
    let release: candor::domain::measures::Release = serde_json::from_str(&json).unwrap();
    assert_eq!(app.candor.published_measures().await.unwrap(), [release]);
    let (_, [csv, _]) = run(&["--format", "csv"]);
    assert!(csv.starts_with("\"Quarter\",\"Measure\",\"Cases\",\"What\",\"Number\"\r\n"), "{csv}");
    let (ended, [_, err]) = run(&["--quarter", "2026-Q3"]);
    assert!(!ended && err.contains("Published so far: 2026-Q2. Next comes 2026-Q3."), "{err}");
    let (ended, [_, err]) = run(&["--quarter", "summer"]);
    assert!(!ended && err.contains("for example 2026-Q2"), "{err}");
}

on_both!(
    a_quarter_is_published_once_by_whichever_machine,
    what_rests_is_what_the_journal_published,
    a_quarter_waits_for_its_batches,
    what_if_is_worked_out_from_what_is_published,
    the_council_and_headquarters_read_it_on_pages_and_as_a_table,
    an_05_a_case_about_whoever_reads_the_measures_is_in_no_number,
    the_command_prints_a_quarter,
);
