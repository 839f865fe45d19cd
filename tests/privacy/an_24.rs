//! AN-24: what was written is destroyed when its time has come, and only what must stay stays.

use std::collections::BTreeSet;

use axum::http::StatusCode;
use candor::clock::{DAY, Timestamp};
use candor::crypto::canonical::Canonical;
use candor::crypto::secret::ServiceKey;
use candor::crypto::service::{Purpose, ServiceKeys};
use candor::domain::audience::Kind;
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned, Identity};
use candor::domain::dispute::{Part, Stage, StageName};
use candor::domain::follow_up::{Objection, Works};
use candor::rng::Randomness;
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::service::{Problem, cases::OutcomeWords};
use candor::{jobs, store};

use crate::support::app::{CONCERNED, FOUNDED, PEOPLE, RAISING, Reporter, TestApp, concern, prose};
use crate::support::crawl::everything_that;
use crate::support::http::Client;

const COUNCIL: [&str; 2] = ["council-guard", "council-harbour"];

fn text() -> candor::domain::prose::Prose {
    prose("A few plain words.")
}

fn council_case() -> Concern {
    Concern { handler: HandlerConcerned::NotSure, ..concern() }
}

/// A case about which much was said, that is resolved with nothing left to do, and closed.
async fn closed(app: &TestApp, concern: &Concern, sides: [&str; 2]) -> (Reporter, String) {
    let (reporter, number) = app.open_case(concern).await;
    for name in sides {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    app.act(sides[0], &number, HandlerAct::Ask { text: text() }).await.unwrap();
    let question = app.visit(&reporter).await.question.unwrap().0;
    app.reporter_acts(&reporter, &ReporterAct::Answer { question, text: text() }).await;
    app.reporter_acts(&reporter, &ReporterAct::Pressed).await;
    app.run_batches().await;
    app.reporter_acts(&reporter, &ReporterAct::Add { text: text() }).await;
    app.run_batches().await;
    settle(app, &number, sides).await;
    (reporter, number)
}

/// Proposes that nothing need be done, accepts it and lets the case close.
async fn settle(app: &TestApp, number: &str, sides: [&str; 2]) {
    app.act(sides[1], number, HandlerAct::Write { text: text(), to_reporter: false }).await.unwrap();
    let mut proposal = app.proposal();
    proposal.actions.clear();
    proposal.none_needed = true;
    app.act(sides[0], number, HandlerAct::Propose(proposal)).await.unwrap();
    for name in sides {
        app.accept(name, number).await.unwrap();
    }
    app.pass(60).await;
    assert_eq!(app.candor.dispute(number).await.unwrap().stage_name(), StageName::Closed);
}

/// When something of a case goes next.
async fn next(app: &TestApp, number: &str) -> Option<(Part, Timestamp)> {
    let directory = app.candor.directory().await.unwrap();
    app.candor.dispute(number).await.unwrap().next_to_go(&directory.calendar)
}

async fn closed_at(app: &TestApp, number: &str) -> Timestamp {
    match app.candor.dispute(number).await.unwrap().stage {
        Stage::Closed(closed) => closed.at,
        other => panic!("not closed: {other:?}"),
    }
}

/// How much goes at a time.
async fn goes(app: &TestApp, at: Timestamp) -> usize {
    app.candor.clock.advance_to(at);
    jobs::run_once(&app.candor).await.unwrap().destroyed
}

async fn verified(app: &TestApp) {
    let report = app.candor.verify().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
}

async fn an_24_texts_go_on_day_90_and_only_what_must_stay_stays(app: TestApp) {
    let named = Concern {
        identity: Identity { name: prose("A. Reporter"), contact: text(), for_panel: true },
        council_only: prose("For the Council alone."),
        ..concern()
    };
    let (reporter, number) = closed(&app, &named, [RAISING, CONCERNED]).await;
    let (_, other) = app.open_case(&concern()).await;
    app.leaves_work_behind();
    let closed = closed_at(&app, &number).await;
    assert_eq!(goes(&app, closed.plus(89 * DAY)).await, 0);
    let (part, due) = next(&app, &number).await.unwrap();
    assert_eq!(part, Part::Texts);
    assert!(due.since(closed) >= 90 * DAY - DAY && due.since(closed) <= 91 * DAY, "on the 90th day");
    let before = app.database.dump().await;
    app.candor.clock.advance_to(due.plus(-1));
    assert_eq!(jobs::retain(&app.candor).await, Ok(0));
    assert_eq!(app.database.dump().await, before, "a second early nothing goes");

    app.candor.clock.advance_to(due);
    assert_eq!(jobs::retain(&app.candor).await, Ok(1));
    let after = app.database.dump().await;
    assert_eq!(jobs::retain(&app.candor).await, Ok(0), "twice is once");
    let set = |rows: &[String]| rows.iter().cloned().collect::<BTreeSet<_>>();
    for (table, rows) in &after {
        let (old, new) = (set(&before[table]), set(rows));
        let (gone, came) = (old.difference(&new).count(), new.difference(&old).count());
        let expected = match table.as_str() {
            "envelope" | "audience_wrap" | "waiting" => gone > 0 && came == 0,
            // The state of the one case, and the one entry that says so.
            "cases" | "journal_head" => (gone, came) == (1, 1),
            "journal" => (gone, came) == (0, 1),
            _ => (gone, came) == (0, 0),
        };
        assert!(expected, "{table}: {gone} rows went and {came} came");
    }
    // Of this case the outcome is left, and for the receipt alone the words of it; all of the other case.
    let case = |number: &str| format!("case_id = (SELECT id FROM cases WHERE number = '{number}')");
    let of = async |table: &str, which: &str, number: &str| {
        app.database.number(&format!("SELECT COUNT(*) FROM {table} WHERE {} AND {which}", case(number))).await
    };
    let words = Kind::OutcomeWords.code();
    assert_eq!(of("envelope", &format!("audience <> 6 AND kind <> {words}"), &number).await, 0);
    assert_eq!(of("envelope", &format!("kind = {words}"), &number).await, 1);
    assert_eq!(of("envelope", "audience = 6", &number).await, 2, "the resolution and the library draft");
    assert_eq!(of("audience_wrap", "audience <> 6 AND reader <> 'receipt'", &number).await, 0);
    assert_eq!(of("audience_wrap", "audience <> 6", &number).await, 1);
    assert!(of("audience_wrap", "audience = 6", &number).await > 2);
    assert_eq!(of("waiting", "1 = 1", &number).await, 0);
    assert!(
        of("envelope", "audience <> 6", &other).await > 0
            && of("audience_wrap", "audience <> 6", &other).await > 5
    );
    verified(&app).await;

    // The commander reads the resolution and what has happened, and nothing else.
    let view = app.case(RAISING, &number).await.unwrap();
    assert!(view.outcome.is_some() && view.statement.is_none() && view.proposals.is_empty());
    assert!(view.room.is_empty() && view.reporter_thread.is_empty() && view.identity.is_none());
    assert_eq!(view.kept.gone_at, Some(due));
    let visit = app.visit(&reporter).await;
    assert!(matches!(visit.outcome, Some(OutcomeWords::Resolved { .. })), "{:?}", visit.outcome);
    assert_eq!((visit.kept.gone_at, visit.statement, visit.thread.len()), (Some(due), None, 0));
    let office = app.person("office-guard").await;
    let notices = app.candor.notices(&office.signed_in, &office.seat, "", 0).await.unwrap().notices;
    app.candor.notice(&office.signed_in, &office.seat, notices[0].id).await.unwrap();
}

/// Where a sealed text lies in files: a few of its bytes, from several places.
fn traces(body: &[u8]) -> Vec<&[u8]> {
    [64, 300, 700, 1_100, 2_000, 3_000].into_iter().filter_map(|at| body.get(at..at + 24)).collect()
}

fn lies_in(files: &[Vec<u8>], body: &[u8]) -> bool {
    let mut any = false;
    for trace in traces(body) {
        any |= files.iter().any(|file| memchr(file, trace));
    }
    any
}

fn memchr(file: &[u8], wanted: &[u8]) -> bool {
    file.windows(wanted.len()).any(|window| window == wanted)
}

async fn an_24_destroyed_bytes_are_gone_from_the_files(app: TestApp) {
    let (_, number) = closed(&app, &concern(), [RAISING, CONCERNED]).await;
    let case = store::cases::by_number(&mut app.database.read().await, &number).await.unwrap().unwrap();
    let texts = store::envelopes::of_case(&mut app.database.read().await, case).await.unwrap();
    let post = candor::domain::audience::Reader::Post("council:RIV".parse().unwrap());
    let keys = store::envelopes::wraps_for(&mut app.database.read().await, case, &post).await.unwrap();
    let goes_away = |audience: candor::domain::audience::Audience| audience.code() != 6;
    let files = app.database.files().await;
    for text in &texts {
        assert!(lies_in(&files, &text.body), "the control: {:?} lies there before", text.kind);
    }
    for key in &keys {
        assert!(lies_in(&files, &key.body), "the control: the key of {:?}", key.audience);
    }
    let (_, due) = next(&app, &number).await.unwrap();
    assert_eq!(goes(&app, due).await, 1);
    let files = app.database.files().await;
    let mut gone = 0;
    for text in &texts {
        let stays = !goes_away(text.audience) || text.kind == Kind::OutcomeWords;
        assert_eq!(lies_in(&files, &text.body), stays, "{:?}", text.kind);
        gone += usize::from(!stays);
    }
    assert!(gone > 5, "only {gone} texts were looked for");
    for key in &keys {
        assert_eq!(lies_in(&files, &key.body), !goes_away(key.audience), "the key of {:?}", key.audience);
    }
}

async fn an_24_what_is_held_stays_and_goes_when_the_hold_is_lifted(app: TestApp) {
    let (reporter, number) = closed(&app, &council_case(), COUNCIL).await;
    let mut lead = Client::new(&app.site());
    lead.sign_in(COUNCIL[0]).await;
    let page = lead.act_page(&number, "hold").await.ok();
    page.says("Put a legal hold on it");
    let empty = lead.submit(&page.form("/hold")).await;
    assert_eq!(empty.status, StatusCode::UNPROCESSABLE_ENTITY);
    lead.act(&number, "hold", &[("reason", "The court asks for it.")])
        .await
        .ok()
        .says("until the hold is lifted");
    let case = lead.case(&number).await;
    case.says("Legal hold").says("The court asks for it.").says("By order of");
    Client::new(&app.site()).come_back(&reporter.words).await.ok().says("by order of");
    // Who does not lead, may not; nor may the Secretary.
    let mut member = Client::new(&app.site());
    member.sign_in("council-guard-member").await;
    member.may_not(&number, "lift-hold", &[("reason", "It is enough.")]).await;
    verified(&app).await;

    let closed = closed_at(&app, &number).await;
    let statement = async || app.case(COUNCIL[1], &number).await.unwrap().statement.is_some();
    assert_eq!(goes(&app, closed.plus(500 * DAY)).await, 0, "nothing of it goes");
    assert!(statement().await && app.candor.open_visit(&reporter.words).await.is_ok());
    let mut other = Client::new(&app.site());
    other.sign_in(COUNCIL[1]).await;
    other.act(&number, "lift-hold", &[("reason", "The court has decided.")]).await.ok();
    assert!(statement().await, "it goes with the next round");
    assert_eq!(goes(&app, app.now()).await, 2, "the texts, and the receipt");
    assert!(!statement().await && app.candor.open_visit(&reporter.words).await.is_err());
    verified(&app).await;
    let again = app.act(COUNCIL[0], &number, HandlerAct::Hold { reason: text() }).await;
    assert_eq!(again, Err(Problem::Refused(candor::domain::dispute::Refusal::NothingLeft)));
}

async fn an_24_what_is_reopened_starts_again(app: TestApp) {
    let (reporter, number) = closed(&app, &concern(), [RAISING, CONCERNED]).await;
    let closed = closed_at(&app, &number).await;
    assert_eq!(goes(&app, closed.plus(85 * DAY)).await, 0);
    app.reporter_acts(&reporter, &ReporterAct::DisputeOutcome { why: Objection::Recurred, text: text() })
        .await;
    app.run_batches().await;
    assert_eq!(next(&app, &number).await, None);
    for name in COUNCIL {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    assert_eq!(goes(&app, closed.plus(92 * DAY)).await, 0, "it is open again");
    settle(&app, &number, COUNCIL).await;
    let again = closed_at(&app, &number).await;
    assert_eq!(goes(&app, again.plus(89 * DAY)).await, 0);
    assert!(app.visit(&reporter).await.statement.is_some());
    assert_eq!(goes(&app, again.plus(91 * DAY)).await, 1);
    let view = app.visit(&reporter).await;
    let Some(OutcomeWords::Resolved { level, .. }) = view.outcome else { panic!("{:?}", view.outcome) };
    assert_eq!(level, candor::domain::dispute::Level::Council, "the outcome in force");
    verified(&app).await;
}

async fn an_24_what_was_never_resolved_goes_as_well(app: TestApp) {
    let (withdrawn, first) = app.open_case(&concern()).await;
    app.reporter_acts(&withdrawn, &ReporterAct::Withdraw).await;
    app.run_batches().await;
    let (reporter, second) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &second, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    for name in [RAISING, CONCERNED] {
        app.act(name, &second, HandlerAct::CloseNotJoint { belongs: text() }).await.unwrap();
    }
    let closed = closed_at(&app, &second).await;
    assert_eq!(goes(&app, closed_at(&app, &first).await.plus(89 * DAY)).await, 0);
    assert_eq!(goes(&app, closed.plus(91 * DAY)).await, 2);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM envelope").await, 1, "where the other one belongs");
    assert!(matches!(app.visit(&reporter).await.outcome, Some(OutcomeWords::NotJoint { .. })));
    assert_eq!(app.visit(&withdrawn).await.kept.gone_at, Some(app.now()));
    verified(&app).await;
    assert_eq!(goes(&app, closed.plus(211 * DAY)).await, 2);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM envelope").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM audience_wrap WHERE audience <> 6").await, 0);
    verified(&app).await;
}

/// Its action is never done, and nobody looked at the clock for most of a year.
async fn an_24_a_year_after_the_resolution_they_go(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let resolved = app.now();
    assert_eq!(goes(&app, resolved.plus(364 * DAY)).await, 0);
    assert_eq!(closed_at(&app, &number).await, app.now(), "it closed only now, with its action open");
    assert!(app.visit(&reporter).await.statement.is_some());
    assert_eq!(goes(&app, resolved.plus(365 * DAY)).await, 1);
    let view = app.visit(&reporter).await;
    assert!(
        view.statement.is_none() && view.objections.is_empty(),
        "without its texts nobody decides it anew"
    );
    verified(&app).await;
}

async fn an_24_after_210_days_a_receipt_is_like_one_that_never_was(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    // An act that came too late leaves its answer.
    app.reporter_acts(&reporter, &ReporterAct::Add { text: text() }).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    app.run_batches().await;
    assert_eq!(app.visit(&reporter).await.refused.len(), 1);
    app.pass(181 * DAY).await;
    let closed = closed_at(&app, &number).await;
    for (day, gone) in [(89, 0), (92, 1), (181, 0)] {
        assert_eq!(goes(&app, closed.plus(day * DAY)).await, gone, "day {day}");
    }
    // A check-in long after the texts have gone: its readers read it, and it goes later.
    app.reporter_acts(&reporter, &ReporterAct::CheckIn { works: Works::No, text: prose("It is as before.") })
        .await;
    app.run_batches().await;
    let view = app.case(RAISING, &number).await.unwrap();
    assert_eq!(view.later.check_ins.len(), 1, "{:?}", view.later);
    verified(&app).await;
    assert_eq!(goes(&app, closed.plus(209 * DAY)).await, 0);
    Client::new(&app.site()).come_back(&reporter.words).await.ok().says(&number).says("were destroyed");
    let kept = app.cookie(&reporter).await;
    assert_eq!(goes(&app, closed.plus(211 * DAY)).await, 1);

    let mut never: Vec<_> = reporter.words.split(' ').collect();
    never.reverse();
    let ended = Client::new(&app.site()).come_back(&reporter.words).await;
    let unknown = Client::new(&app.site()).come_back(&never.join(" ")).await;
    assert_eq!(ended.status, StatusCode::OK);
    assert_eq!((ended.status, ended.body.len()), (unknown.status, unknown.body.len()));
    // But for the words themselves, which both give back.
    assert_eq!(ended.text().replace(&reporter.words, ""), unknown.text().replace(&never.join(" "), ""));
    assert!(app.candor.visit(&kept).await.unwrap().is_none(), "nor does a visit that had begun go on");
    for table in ["receipt", "refused_act", "inbox"] {
        assert_eq!(app.database.number(&format!("SELECT COUNT(*) FROM {table}")).await, 0, "{table}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM audience_wrap WHERE reader = 'receipt'").await, 0);
    assert_eq!(app.case(RAISING, &number).await.unwrap().later.check_ins.len(), 1);
    verified(&app).await;
    // And what came in between, 90 days after the receipt.
    assert_eq!(goes(&app, closed.plus(299 * DAY)).await, 0);
    assert_eq!(goes(&app, closed.plus(301 * DAY)).await, 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM envelope WHERE audience <> 6").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM audience_wrap WHERE audience <> 6").await, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM cases WHERE retain_due IS NOT NULL").await, 0);
    assert!(app.case(RAISING, &number).await.unwrap().outcome.is_some(), "the resolution stays");
    verified(&app).await;
}

/// What is sent on the last day comes under a key of its own, so that it outlives the texts.
async fn an_24_what_is_on_its_way_on_the_last_day_arrives(app: TestApp) {
    let (reporter, number) = closed(&app, &concern(), [RAISING, CONCERNED]).await;
    let (_, due) = next(&app, &number).await.unwrap();
    goes(&app, due.plus(-3_600)).await;
    // Sent until its batch comes after the texts have gone.
    loop {
        let words = prose("Half of it.");
        app.reporter_acts(&reporter, &ReporterAct::CheckIn { works: Works::Partly, text: words }).await;
        let slot = store::inbox::next_slot(&mut app.database.read().await).await.unwrap().unwrap();
        if slot > due {
            break;
        }
        let (cookie, waiting) = (app.cookie(&reporter).await, app.visit(&reporter).await.waiting);
        assert_eq!(app.candor.take_back(&cookie, waiting[0].index).await, Ok(true));
    }
    assert_eq!(goes(&app, due).await, 1);
    app.run_batches().await;
    app.reporter_acts(&reporter, &ReporterAct::ReportReprisal { text: prose("Night shifts.") }).await;
    app.run_batches().await;
    // The reporter was pressed, so the one is for the Council; and the other for the other component's post.
    let visit = app.visit(&reporter).await;
    assert!(visit.statement.is_none());
    assert_eq!(visit.thread.len(), 2, "{:?}", visit.thread);
    let view = app.case(COUNCIL[1], &number).await.unwrap();
    assert_eq!((view.later.reprisal.len(), view.later.check_ins.len()), (1, 1));
    app.act(COUNCIL[1], &number, HandlerAct::AnswerReprisal { text: text() }).await.unwrap();
    assert_eq!(app.visit(&reporter).await.thread.len(), 3);
    verified(&app).await;
}

/// The check-in that is offered from the 90th day on, sent before that day has ended.
async fn an_24_a_check_in_on_the_last_day_stays_when_the_texts_go(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    // At ten in the morning.
    app.candor.clock.advance_to(FOUNDED.plus(4 * DAY + 3_600));
    settle(&app, &number, [RAISING, CONCERNED]).await;
    let (_, due) = next(&app, &number).await.unwrap();
    app.candor.clock.advance_to(closed_at(&app, &number).await.plus(90 * DAY + 60));
    let cookie = app.cookie(&reporter).await;
    let act = ReporterAct::CheckIn { works: Works::No, text: prose("It is as before.") };
    app.candor.reporter_acts(&cookie, &act, Dispatch::Urgent).await.unwrap();
    app.run_batches().await;
    assert!(app.now() < due && app.candor.dispute(&number).await.unwrap().checked_in.contains(&90));
    assert_eq!(goes(&app, due).await, 1);
    let visit = app.visit(&reporter).await;
    assert_eq!((visit.statement.is_none(), visit.thread.len()), (true, 1), "{:?}", visit.thread);
    assert_eq!(app.case(RAISING, &number).await.unwrap().later.check_ins.len(), 1);
    verified(&app).await;
}

async fn an_24_every_page_of_a_destroyed_case_opens_for_every_role(app: TestApp) {
    let field = closed(&app, &concern(), [RAISING, CONCERNED]).await;
    let council = closed(&app, &council_case(), COUNCIL).await;
    // One that the commanders had before, and that a working group was asked about.
    let (reporter, group) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &group, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    for name in [RAISING, CONCERNED] {
        app.act(name, &group, HandlerAct::Escalate { position: text() }).await.unwrap();
    }
    for name in COUNCIL {
        app.act(name, &group, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
    }
    for name in COUNCIL {
        app.act(name, &group, HandlerAct::AssignGroup { group: "BOATS".into(), task: text() }).await.unwrap();
    }
    settle(&app, &group, COUNCIL).await;
    let seen = async || {
        let mut seen = BTreeSet::new();
        for (name, _, _) in PEOPLE {
            let person = app.person(name).await;
            let mut client = Client::new(&app.site());
            client.sign_in(name).await;
            for (_, number) in [&field, &council, &(reporter.clone(), group.clone())] {
                let page = client.get(&format!("/desk/{}/case/{number}", person.seat.post)).await;
                assert!(matches!(page.status.as_u16(), 200 | 403 | 404), "{name}: {}", page.status);
                if page.status == StatusCode::OK {
                    let gone = page.text().contains("The texts are gone");
                    let dated = page.text().contains("The texts of this case were destroyed on");
                    seen.insert((name, number.clone(), gone, dated));
                }
            }
        }
        seen
    };
    let before = seen().await;
    assert!(before.iter().all(|(_, _, gone, _)| !gone), "the control");
    assert_eq!(goes(&app, app.now().plus(92 * DAY)).await, 3);
    let after = seen().await;
    let names = |seen: &BTreeSet<(&'static str, String, bool, bool)>| {
        seen.iter().map(|(name, number, ..)| (*name, number.clone())).collect::<BTreeSet<_>>()
    };
    assert_eq!(names(&before), names(&after), "whoever saw it still does");
    for (name, number, gone, dated) in &after {
        assert!(*gone, "{name} is not told about {number}");
        // A working group does not hear of the end of a case.
        assert_eq!(*dated, !name.starts_with("boats"), "{name}, {number}");
    }
    for reporter in [&field.0, &council.0, &reporter] {
        Client::new(&app.site()).come_back(&reporter.words).await.ok().says("The texts were destroyed");
    }
    // And wherever their pages lead them, nothing fails.
    for (page, body) in everything_that(&app, &[RAISING, "council-guard", "secretary", "office-guard"]).await
    {
        assert!(!body.starts_with("500"), "{page}: {body}");
    }
    verified(&app).await;
}

async fn an_24_two_machines_destroy_once(app: TestApp) {
    for _ in 0..3 {
        closed(&app, &concern(), [RAISING, CONCERNED]).await;
    }
    let other = app.second_node().await;
    app.candor.clock.advance_to(app.now().plus(92 * DAY));
    let (one, two) = tokio::join!(jobs::retain(&app.candor), jobs::retain(&other.candor));
    assert_eq!(one.unwrap() + two.unwrap(), 3);
    let entries = app.candor.verify().await.unwrap();
    assert_eq!(entries.faults, Vec::<String>::new());
    assert_eq!(app.database.number("SELECT COUNT(*) FROM envelope WHERE kind = 1").await, 0);
}

/// Rows from before this was kept say no time, and do not know their receipt: both are found all the same.
async fn an_24_cases_from_before_are_found(app: TestApp) {
    let (reporter, number) = closed(&app, &concern(), [RAISING, CONCERNED]).await;
    app.open_case(&Concern { my_unit: "RIV-WEST".into(), other_unit: "HAR-WEST".into(), ..concern() }).await;
    app.leaves_work_behind();
    let case = store::cases::by_number(&mut app.database.read().await, &number).await.unwrap().unwrap();
    let row = store::cases::find(&mut app.database.read().await, case).await.unwrap().unwrap();
    let place = Canonical::new("candor case row 1").bytes(case.as_bytes()).text("subject").finish();
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([3; 32]));
    let subject = keys.open(Purpose::CaseRow, &place, &row.subject).unwrap();
    let mut subject: serde_json::Value = serde_json::from_slice(&subject).unwrap();
    assert!(subject.as_object_mut().unwrap().remove("receipt").is_some());
    let subject = serde_json::to_vec(&subject).unwrap();
    let sealed = keys.seal(Purpose::CaseRow, &place, &subject, &Randomness::system()).unwrap();
    app.database.commit(async |tx| store::cases::set_subject(tx, case, &sealed).await).await.unwrap();
    app.database.run(&format!("UPDATE cases SET retain_due = 0 WHERE number = '{number}'")).await;
    verified(&app).await;
    let (_, due) = next(&app, &number).await.unwrap();
    assert_eq!(jobs::retain(&app.candor).await, Ok(0));
    let kept = store::cases::find(&mut app.database.read().await, case).await.unwrap().unwrap();
    assert_eq!(kept.retain_due, Some(due), "noted as it is");
    assert_eq!(goes(&app, due).await, 1);
    assert!(app.candor.open_visit(&reporter.words).await.is_ok());
    let closed = closed_at(&app, &number).await;
    goes(&app, closed.plus(211 * DAY)).await;
    assert!(app.candor.open_visit(&reporter.words).await.is_err());
    verified(&app).await;
}

on_both!(
    an_24_texts_go_on_day_90_and_only_what_must_stay_stays,
    an_24_destroyed_bytes_are_gone_from_the_files,
    an_24_what_is_held_stays_and_goes_when_the_hold_is_lifted,
    an_24_what_is_reopened_starts_again,
    an_24_what_was_never_resolved_goes_as_well,
    an_24_a_year_after_the_resolution_they_go,
    an_24_after_210_days_a_receipt_is_like_one_that_never_was,
    an_24_what_is_on_its_way_on_the_last_day_arrives,
    an_24_a_check_in_on_the_last_day_stays_when_the_texts_go,
    an_24_every_page_of_a_destroyed_case_opens_for_every_role,
    an_24_two_machines_destroy_once,
    an_24_cases_from_before_are_found,
);
