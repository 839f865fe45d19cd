//! What must hold whatever happens: the invariants of docs/dispute.md, through the services, on
//! both databases.

use std::sync::Arc;

use candor::clock::DAY;
use candor::domain::concern::{Concern, Dispatch, HandlerConcerned};
use candor::domain::dispute::{Refusal, StageName};
use candor::service::Problem;
use candor::service::cases::HandlerAct;
use candor::service::inbox::{Acted, Raised, ReporterAct, ReporterView};
use candor::{jobs, store};
use tokio::sync::Barrier;

use crate::support::app::{CONCERNED, HEADQUARTERS, RAISING, TestApp, concern, prose};

const YES: HandlerAct = HandlerAct::Acknowledge { no_conflict: true };

/// Invariant 3, the quiet half: whatever the way to a resolution, each recipient has one notice.
async fn each_resolution_has_exactly_one_notice_for_each_recipient(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let id = store::cases::by_number(&mut app.database.read().await, &number).await.unwrap().unwrap();
    let notices = store::notices::of_case(&mut app.database.read().await, id).await.unwrap();
    let mut recipients: Vec<_> = notices.iter().map(|notice| notice.recipient.to_string()).collect();
    recipients.sort_unstable();
    assert_eq!(
        recipients,
        ["headquarters:DEPT-OFFICE", "headquarters:HAR-OFFICE", "headquarters:RIV-OFFICE"]
    );
    assert!(notices.iter().all(|notice| notice.resolution == 1));
    for office in HEADQUARTERS {
        let person = app.person(office).await;
        let list = app.candor.notices(&person.signed_in, &person.seat, "", 0).await.unwrap();
        assert_eq!(list.notices.len(), 1);
        assert_eq!(
            list.notices[0].resolution.proposal,
            app.case(RAISING, &number).await.unwrap().proposals[0].proposal
        );
    }
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Invariants 1 and 2: the second of two acceptances resolves, and only one of them is the second.
async fn two_acceptances_at_the_same_instant_give_one_resolution(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let start = Arc::new(Barrier::new(2));
    let mut racers = Vec::new();
    for name in [RAISING, CONCERNED] {
        let person = app.person(name).await;
        let view = app.candor.case(&person.signed_in, &person.seat, &number).await.unwrap();
        let (app, start) = (app.clone(), start.clone());
        racers.push(tokio::spawn(async move {
            let hash = view.proposals[0].hash;
            start.wait().await;
            app.act_as(&person, &view, &HandlerAct::Accept { hash }).await
        }));
    }
    let mut moved = 0;
    for racer in racers {
        match racer.await.unwrap() {
            Ok(()) => {}
            // Told that the other side has acted since the page was opened: look, and sign then.
            Err(Problem::Moved(_)) => moved += 1,
            Err(other) => panic!("{other:?}"),
        }
    }
    if moved > 0 {
        assert_eq!(moved, 1, "at most one is told to look again");
        let waiting = [RAISING, CONCERNED];
        for name in waiting {
            match app.accept(name, &number).await {
                Ok(()) | Err(Problem::Refused(Refusal::AlreadyDone)) => {}
                Err(other) => panic!("{other:?}"),
            }
            if app.case(name, &number).await.unwrap().stage == StageName::Resolved {
                break;
            }
        }
    }
    assert_eq!(app.case(RAISING, &number).await.unwrap().stage, StageName::Resolved);
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices), (1, 3));
    assert_eq!(report.faults, Vec::<String>::new());
}

async fn a_new_version_voids_acceptances_and_one_person_cannot_sign_for_both(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
    let old = app.case(RAISING, &number).await.unwrap().proposals[0].hash;
    app.accept(RAISING, &number).await.unwrap();
    assert_eq!(app.accept(RAISING, &number).await, Err(Problem::Refused(Refusal::AlreadyDone)));
    let mut second = app.proposal();
    second.finding = prose("Another finding.");
    app.act(CONCERNED, &number, HandlerAct::Propose(second)).await.unwrap();
    let again = app.act(CONCERNED, &number, HandlerAct::Accept { hash: old }).await;
    assert_eq!(again, Err(Problem::Refused(Refusal::NotThisVersion)));
    app.accept(CONCERNED, &number).await.unwrap();
    assert_eq!(
        app.case(CONCERNED, &number).await.unwrap().stage,
        StageName::Field,
        "the first acceptance is void"
    );
    app.accept(RAISING, &number).await.unwrap();
    assert_eq!(app.case(CONCERNED, &number).await.unwrap().stage, StageName::Resolved);
}

/// Invariant 5: before its batch a reporter's act is nowhere but in the inbox.
async fn an_act_changes_nothing_but_the_inbox_before_its_batch(app: TestApp) {
    let (reporter, _) = app.open_case(&concern()).await;
    let before = app.database.dump().await;
    app.raise(&concern()).await;
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("It happened again.") }).await;
    let after = app.database.dump().await;
    for (table, rows) in &after {
        let added = rows.len() - before[table].len();
        assert_eq!(added, if table == "inbox" { 2 } else { 0 }, "{table}");
        if table != "inbox" {
            assert_eq!(rows, &before[table], "{table}");
        }
    }
    let mut tx = app.database.read().await;
    let next = store::inbox::next_slot(&mut tx).await.unwrap().unwrap();
    assert!(next > app.now(), "an act waits for a batch that is still to come");
    drop(tx);
    app.run_batches().await;
}

async fn a_batch_run_twice_or_by_two_machines_does_everything_once(app: TestApp) {
    for _ in 0..5 {
        app.raise(&concern()).await;
    }
    app.candor.clock.advance_to(app.now().plus(4 * DAY));
    let start = Arc::new(Barrier::new(2));
    let mut machines = Vec::new();
    for _ in 0..2 {
        let (candor, start) = (app.candor.clone(), start.clone());
        machines.push(tokio::spawn(async move {
            start.wait().await;
            candor.run_batch().await.unwrap()
        }));
    }
    let mut opened = 0;
    for machine in machines {
        opened += machine.await.unwrap().opened;
    }
    assert_eq!(opened, 5);
    assert_eq!(app.candor.run_batch().await.unwrap().opened, 0);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM cases").await, 5);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM receipt").await, 5);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn an_act_can_be_taken_back_before_its_batch_and_leaves_no_trace(app: TestApp) {
    let empty = app.database.dump().await;
    let reporter = app.raise(&concern()).await;
    let cookie = app.cookie(&reporter).await;
    assert!(matches!(app.candor.visit(&cookie).await.unwrap(), Some(ReporterView::Waiting(_))));
    let acted = app.candor.reporter_acts(&cookie, &ReporterAct::Withdraw, Dispatch::Mixed).await.unwrap();
    assert_eq!(acted, Acted::TakenBack);
    assert_eq!(app.database.dump().await, empty);
    assert!(app.candor.visit(&cookie).await.unwrap().is_none());

    let (reporter, _) = app.open_case(&concern()).await;
    let before = app.database.dump().await;
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("Never mind.") }).await;
    let cookie = app.cookie(&reporter).await;
    let waiting = app.visit(&reporter).await.waiting;
    assert_eq!(waiting.len(), 1);
    assert!(app.candor.take_back(&cookie, waiting[0].index).await.unwrap());
    assert!(!app.candor.take_back(&cookie, waiting[0].index).await.unwrap());
    assert_eq!(app.database.dump().await, before);
    app.run_batches().await;
}

/// Taken back in the very moment in which its batch takes it: the batch was first, and nobody is told
/// otherwise.
async fn what_the_batch_has_taken_is_not_said_to_be_taken_back(app: TestApp) {
    let reporter = app.raise(&concern()).await;
    let cookie = app.cookie(&reporter).await;
    let mut batch = app.database.write().await;
    let rows = store::inbox::due(&mut batch, app.now().plus(10 * DAY)).await.unwrap();
    assert!(store::inbox::remove(&mut batch, &rows[0].0).await.unwrap());
    let taking = {
        let app = app.clone();
        tokio::spawn(async move {
            app.candor.reporter_acts(&cookie, &ReporterAct::Withdraw, Dispatch::Mixed).await
        })
    };
    app.database.until_somebody_waits().await;
    batch.commit().await.unwrap();
    assert_ne!(taking.await.unwrap(), Ok(Acted::TakenBack));
}

/// The case moved on between writing and batch: the reporter is told why, and nobody else anything.
async fn a_refused_act_is_explained_to_the_reporter(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.reporter_acts(&reporter, &ReporterAct::Withdraw).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let before = app.case(RAISING, &number).await.unwrap().history.len();
    app.run_batches().await;
    let view = app.visit(&reporter).await;
    assert_eq!(view.refused.len(), 1, "{:?}", view.refused);
    assert!(view.refused[0].contains("Your withdrawal"), "{:?}", view.refused);
    assert!(view.waiting.is_empty());
    assert_eq!(view.stage, StageName::Resolved);
    assert_eq!(app.case(RAISING, &number).await.unwrap().history.len(), before);
}

/// Invariant 6, and "a lapsed clock": nobody does anything, and it goes up and up by itself.
async fn silence_ends_at_the_council_and_then_at_the_secretary(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for _ in 0..25 {
        app.pass(DAY).await;
    }
    let view = app.case("council-guard", &number).await.unwrap();
    assert_eq!(view.stage, StageName::Council, "both commanders were silent");
    for _ in 0..40 {
        app.pass(DAY).await;
    }
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
    // Overdue, told, and never skipped.
    for _ in 0..60 {
        app.pass(DAY).await;
    }
    assert_eq!(app.case("secretary", &number).await.unwrap().stage, StageName::Secretary);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// A pause of the service takes nobody's time for a level away: one level for each sweep, with a full clock.
async fn a_long_pause_moves_a_case_one_level_with_a_full_clock(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.pass(200 * DAY).await;
    let view = app.case("council-guard", &number).await.unwrap();
    assert_eq!(view.stage, StageName::Council);
    assert!(view.level_due.unwrap() > app.now().plus(20 * DAY), "the Council has its own full time");
}

async fn one_side_that_acts_is_not_held_up_by_one_that_does_not(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Write { text: prose("We hear you."), to_reporter: true })
        .await
        .unwrap();
    for _ in 0..25 {
        app.pass(DAY).await;
    }
    let view = app.case("council-harbour", &number).await.unwrap();
    assert_eq!(view.stage, StageName::Council);
    let told = view.history.iter().map(|(_, line)| line.as_str()).collect::<Vec<_>>().join(" ");
    assert!(told.contains("Harbour"), "the component that did not act is named: {told}");
    assert_eq!(app.visit(&reporter).await.stage, StageName::Council);
}

async fn both_sides_can_escalate_together_and_each_position_is_read(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, CONCERNED] {
        app.act(name, &number, YES).await.unwrap();
    }
    let alone =
        app.act(RAISING, &number, HandlerAct::Escalate { position: prose("The guard's position.") }).await;
    // One side's first word on it is kept as a wish; without a proposal it cannot go up alone.
    assert!(matches!(alone, Ok(()) | Err(Problem::Refused(Refusal::ProposeFirst))), "{alone:?}");
    if alone.is_err() {
        app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
        app.act(RAISING, &number, HandlerAct::Escalate { position: prose("The guard's position.") })
            .await
            .unwrap();
    }
    if app.case(CONCERNED, &number).await.unwrap().stage == StageName::Field {
        app.act(CONCERNED, &number, HandlerAct::Escalate { position: prose("The harbour's position.") })
            .await
            .unwrap();
    }
    for lead in ["council-guard", "council-harbour"] {
        let view = app.case(lead, &number).await.unwrap();
        assert_eq!(view.stage, StageName::Council);
        assert!(view.positions.iter().any(|entry| entry.text.as_str() == "The guard's position."));
    }
    // The Council decides it as a panel does.
    app.resolve(&number, "council-guard", "council-harbour").await;
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices), (1, 3));
    assert_eq!(report.faults, Vec::<String>::new());
}

/// After an escalation the field panel keeps one frozen page.
async fn the_field_keeps_one_frozen_page(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.pass(100 * DAY).await;
    let before = format!("{:?}", seen(&app, RAISING, &number).await);
    assert!(app.case(RAISING, &number).await.unwrap().frozen);
    app.act("council-guard", &number, YES).await.unwrap();
    app.act("council-guard", &number, HandlerAct::Write { text: prose("Among us."), to_reporter: false })
        .await
        .unwrap();
    app.act("council-guard", &number, HandlerAct::Ask { text: prose("Which mornings?") }).await.unwrap();
    app.reporter_acts(&reporter, &ReporterAct::Add { text: prose("For the Council.") }).await;
    app.run_batches().await;
    assert_eq!(format!("{:?}", seen(&app, RAISING, &number).await), before);
    let refused =
        app.act(RAISING, &number, HandlerAct::Write { text: prose("Still here."), to_reporter: false }).await;
    assert_eq!(refused, Err(Problem::NotFound));
}

/// All of a case page that is text.
async fn seen(app: &TestApp, name: &str, number: &str) -> Vec<String> {
    let view = app.case(name, number).await.unwrap();
    let mut all: Vec<String> = view.history.iter().map(|(at, line)| format!("{} {line}", at.0)).collect();
    all.push(format!("{:?} {:?} {} {:?}", view.stage, view.level_due, view.seen, view.offers));
    for entry in view.reporter_thread.iter().chain(&view.room).chain(&view.positions) {
        all.push(format!("{} {} {:?}", entry.label, entry.text.as_str(), entry.when));
    }
    all
}

/// Invariant 8: after stepping aside nothing opens for the former handler, at once.
async fn recusal_ends_access_and_the_alternate_takes_over(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    app.act(RAISING, &number, YES).await.unwrap();
    app.act(RAISING, &number, HandlerAct::Recuse { reason: prose("My brother is concerned.") })
        .await
        .unwrap();
    app.act("guard-east-alternate", &number, YES).await.unwrap();
    app.act(
        "guard-east-alternate",
        &number,
        HandlerAct::Write { text: prose("After you left."), to_reporter: true },
    )
    .await
    .unwrap();
    match app.case(RAISING, &number).await {
        Err(Problem::NotFound) => {}
        Ok(view) => {
            assert!(view.offers.is_empty());
            let texts: Vec<_> = view.reporter_thread.iter().map(|entry| entry.text.as_str()).collect();
            assert!(!texts.contains(&"After you left."), "what was written later does not open");
        }
        Err(other) => panic!("{other:?}"),
    }
    let view = app.visit(&reporter).await;
    assert!(view.thread.iter().any(|entry| entry.text.as_str() == "After you left."));
    // The alternate and the counterpart can resolve it.
    app.act(CONCERNED, &number, YES).await.unwrap();
    let proposal = app.proposal_of("guard-east-alternate").await;
    app.act("guard-east-alternate", &number, HandlerAct::Propose(proposal)).await.unwrap();
    app.accept("guard-east-alternate", &number).await.unwrap();
    app.accept(CONCERNED, &number).await.unwrap();
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn when_nobody_is_left_on_a_side_it_goes_up(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in [RAISING, "guard-east-alternate"] {
        app.act(name, &number, HandlerAct::Recuse { reason: prose("I have a part in this.") }).await.unwrap();
    }
    assert_eq!(app.case("council-guard", &number).await.unwrap().stage, StageName::Council);
}

/// Invariant 10: the same answer to all who lack rights, whether there is a case or not.
async fn nobody_without_rights_learns_whether_a_case_exists(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    for name in ["guard-west", "harbour-west", "guard-hq", "office-guard", "secretary"] {
        for asked in [number.as_str(), "ZZZ-0000"] {
            assert_eq!(app.case(name, asked).await.map(|_| ()), Err(Problem::NotFound), "{name}");
            let person = app.person(name).await;
            let act = app.candor.handler_acts(&person.signed_in, &person.seat, asked, 0, YES).await;
            assert_eq!(act, Err(Problem::NotFound), "{name}");
        }
        let person = app.person(name).await;
        if let Ok(desk) = app.candor.desk(&person.signed_in, &person.seat, 0).await {
            assert!(desk.waiting.is_empty() && desk.in_motion.is_empty(), "{name}");
        }
    }
}

/// A seat that somebody made up is no seat.
async fn nobody_acts_from_a_post_that_is_not_theirs(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let stranger = app.person("guard-west").await;
    let mut forged = app.person(RAISING).await.seat;
    let view = app.candor.case(&stranger.signed_in, &forged, &number).await;
    assert_eq!(view.map(|_| ()), Err(Problem::NotFound));
    forged.account = stranger.signed_in.account;
    let view = app.candor.case(&stranger.signed_in, &forged, &number).await;
    assert_eq!(view.map(|_| ()), Err(Problem::NotFound));
    let act = app.candor.handler_acts(&stranger.signed_in, &forged, &number, 0, YES).await;
    assert_eq!(act, Err(Problem::NotFound));
}

async fn sending_twice_is_sending_once(app: TestApp) {
    let drawn = app.candor.draw_receipt().unwrap();
    assert_eq!(app.candor.raise(&concern(), &drawn).await, Ok(Raised::Sent));
    assert_eq!(app.candor.raise(&concern(), &drawn).await, Ok(Raised::SentBefore));
    app.run_batches().await;
    assert_eq!(app.candor.raise(&concern(), &drawn).await, Ok(Raised::SentBefore));
    assert_eq!(app.database.number("SELECT COUNT(*) FROM cases").await, 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

async fn an_urgent_act_arrives_within_the_hour(app: TestApp) {
    for _ in 0..10 {
        app.raise(&Concern { dispatch: Dispatch::Urgent, ..concern() }).await;
    }
    app.candor.clock.advance_to(app.now().plus(3_600));
    assert_eq!(jobs::run_once(&app.candor).await.unwrap().batch.opened, 10);
}

/// Invariant 12, and each kind of tampering is found and named.
async fn verify_finds_no_fault_and_names_the_row_after_tampering(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let (_, other) = app.open_case(&Concern { handler: HandlerConcerned::NotSure, ..concern() }).await;
    let report = app.candor.verify().await.unwrap();
    assert_eq!(report.faults, Vec::<String>::new());
    assert_eq!(report.resolutions, 1);
    assert!(report.events > 5);

    let faults = async || app.candor.verify().await.unwrap().faults;
    // Swapping what two rows hold keeps every value genuine, and is found all the same.
    let stolen = format!("(SELECT state FROM cases WHERE number = '{other}')");
    let keep = "CREATE TABLE kept AS SELECT * FROM cases";
    app.database.run(keep).await;
    app.database.run(&format!("UPDATE cases SET state = {stolen} WHERE number = '{number}'")).await;
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains("case")), "{found:?}");
    app.database.run("UPDATE cases SET state = (SELECT k.state FROM kept k WHERE k.id = cases.id)").await;
    assert!(faults().await.is_empty());

    app.database.run(&format!("UPDATE cases SET stage = 'field' WHERE number = '{number}'")).await;
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains(&number)), "{found:?}");
    app.database.run("UPDATE cases SET stage = (SELECT k.stage FROM kept k WHERE k.id = cases.id)").await;
    app.database.run("DROP TABLE kept").await;
    assert!(faults().await.is_empty());

    // A journal row cut out, and one whose text is another's.
    let last = app.database.number("SELECT MAX(sequence) FROM journal").await;
    let middle = last - 2;
    app.database.run("CREATE TABLE kept AS SELECT * FROM journal").await;
    app.database
        .run(&format!(
            "UPDATE journal SET body = (SELECT k.body FROM kept k WHERE k.sequence = {}) WHERE sequence = {middle}",
            middle - 1
        ))
        .await;
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains(&format!("journal row {middle}"))), "{found:?}");
    app.database.run(&format!("DELETE FROM journal WHERE sequence = {middle}")).await;
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains(&format!("journal row {middle}"))), "{found:?}");
    app.database.run(&format!("INSERT INTO journal SELECT * FROM kept WHERE sequence = {middle}")).await;
    assert!(faults().await.is_empty());

    // The end cut off.
    app.database.run(&format!("DELETE FROM journal WHERE sequence = {last}")).await;
    assert!(!faults().await.is_empty());
    app.database.run(&format!("INSERT INTO journal SELECT * FROM kept WHERE sequence = {last}")).await;
    assert!(faults().await.is_empty());

    // A notice lost.
    app.database.run("DELETE FROM notice WHERE recipient = 'headquarters:DEPT-OFFICE'").await;
    let found = faults().await;
    assert!(found.iter().any(|fault| fault.contains("DEPT-OFFICE")), "{found:?}");
}

on_both!(
    what_the_batch_has_taken_is_not_said_to_be_taken_back,
    each_resolution_has_exactly_one_notice_for_each_recipient,
    two_acceptances_at_the_same_instant_give_one_resolution,
    a_new_version_voids_acceptances_and_one_person_cannot_sign_for_both,
    an_act_changes_nothing_but_the_inbox_before_its_batch,
    a_batch_run_twice_or_by_two_machines_does_everything_once,
    an_act_can_be_taken_back_before_its_batch_and_leaves_no_trace,
    a_refused_act_is_explained_to_the_reporter,
    silence_ends_at_the_council_and_then_at_the_secretary,
    a_long_pause_moves_a_case_one_level_with_a_full_clock,
    one_side_that_acts_is_not_held_up_by_one_that_does_not,
    both_sides_can_escalate_together_and_each_position_is_read,
    the_field_keeps_one_frozen_page,
    recusal_ends_access_and_the_alternate_takes_over,
    when_nobody_is_left_on_a_side_it_goes_up,
    nobody_without_rights_learns_whether_a_case_exists,
    nobody_acts_from_a_post_that_is_not_theirs,
    sending_twice_is_sending_once,
    an_urgent_act_arrives_within_the_hour,
    verify_finds_no_fault_and_names_the_row_after_tampering,
);
