//! Calendar and time standards: proposed by the administrator, in force once both Council leads agree.

use candor::clock::{DAY, Timestamp};
use candor::domain::agreement::About;
use candor::domain::deadline::Span;
use candor::domain::time::TimeSettings;
use candor::service::Problem;
use candor::service::accounts::SignedIn;
use candor::service::agreement::Proposed;
use candor::service::time::TimeView;
use candor::store::StoreError;
use jiff::civil::date;

use crate::support::app::{CONCERNED, RAISING, TestApp, concern};
use crate::support::http::Client;

const LEADS: [&str; 2] = ["council-guard", "council-harbour"];
const STALE: Problem = Problem::Store(StoreError::Conflict);

async fn administrator(app: &TestApp) -> SignedIn {
    app.administrator().await.0
}

async fn view(app: &TestApp) -> TimeView {
    app.candor.time_settings(&administrator(app).await).await.unwrap()
}

/// Faster standards in the field.
async fn faster(app: &TestApp, days: u16) -> TimeSettings {
    let mut settings = view(app).await.in_force;
    settings.routine.field_resolution = Span::WorkingDays(days);
    settings
}

async fn propose(app: &TestApp, settings: &TimeSettings) -> i64 {
    let base = view(app).await.version;
    let by = administrator(app).await;
    assert_eq!(app.candor.propose_time(&by, base, settings).await, Ok(Proposed::Waits));
    view(app).await.waiting.unwrap().version
}

async fn agree(app: &TestApp, name: &str, version: i64) -> Result<bool, Problem> {
    app.candor.agree(&app.person(name).await.signed_in, About::Time, version).await
}

async fn set(app: &TestApp, settings: &TimeSettings) {
    let version = propose(app, settings).await;
    assert_eq!(agree(app, LEADS[0], version).await, Ok(false));
    assert_eq!(agree(app, LEADS[1], version).await, Ok(true));
}

async fn due(app: &TestApp, number: &str) -> i64 {
    app.database.number(&format!("SELECT level_due FROM cases WHERE number = '{number}'")).await
}

async fn faults(app: &TestApp) -> Vec<String> {
    app.candor.verify().await.unwrap().faults
}

async fn a_change_is_in_force_once_both_leads_agree_to_that_very_version(app: TestApp) {
    let first = faster(&app, 5).await;
    let version = propose(&app, &first).await;
    assert_eq!(agree(&app, LEADS[0], version).await, Ok(false));
    assert!(matches!(agree(&app, LEADS[0], version).await, Err(Problem::Unusable(_))), "one agrees once");
    assert_ne!(view(&app).await.in_force, first);

    // A newer proposal takes its place, with the agreement.
    let second = faster(&app, 6).await;
    let newer = propose(&app, &second).await;
    assert!(newer > version);
    assert_eq!(agree(&app, LEADS[1], version).await, Err(STALE));
    assert!(view(&app).await.waiting.unwrap().components.iter().all(|(_, agreed)| !agreed));
    assert_eq!(agree(&app, LEADS[1], newer).await, Ok(false));
    assert_eq!(agree(&app, LEADS[0], newer).await, Ok(true));
    let now = view(&app).await;
    assert_eq!((now.in_force, now.version, now.waiting), (second, newer, None));
    assert_eq!(now.set_by.len(), 3);
    assert_eq!(agree(&app, LEADS[0], newer).await, Err(STALE), "it waits no more");

    // What was proposed on less than holds now is looked at again.
    let by = administrator(&app).await;
    assert_eq!(app.candor.propose_time(&by, version, &first).await, Err(STALE));
    assert_eq!(faults(&app).await, Vec::<String>::new());
}

async fn two_leads_at_the_same_moment_put_it_in_force(app: TestApp) {
    for days in 5..10 {
        let version = propose(&app, &faster(&app, days).await).await;
        let (one, other) = tokio::join!(agree(&app, LEADS[0], version), agree(&app, LEADS[1], version));
        let mut ends = [one.unwrap(), other.unwrap()];
        ends.sort_unstable();
        assert_eq!(ends, [false, true]);
        assert_eq!(view(&app).await.version, version);
    }
}

async fn one_lead_declines_and_it_is_over(app: TestApp) {
    let version = propose(&app, &faster(&app, 5).await).await;
    assert_eq!(agree(&app, LEADS[0], version).await, Ok(false));
    let other = app.person(LEADS[1]).await.signed_in;
    app.candor.decline(&other, About::Time, version).await.unwrap();
    assert_eq!(app.candor.decline(&other, About::Time, version).await, Err(STALE));
    assert_eq!(agree(&app, LEADS[1], version).await, Err(STALE));
    let now = view(&app).await;
    assert_eq!((now.version, now.waiting), (0, None));
    assert_eq!(now.declined.as_deref(), Some(LEADS[1]));
    assert_eq!(faults(&app).await, Vec::<String>::new());
}

async fn nobody_else_agrees_and_nobody_for_both(app: TestApp) {
    let settings = faster(&app, 5).await;
    let version = propose(&app, &settings).await;
    for name in [RAISING, "secretary", "office-guard", "council-guard-member"] {
        let person = app.person(name).await.signed_in;
        assert_eq!(app.candor.agree(&person, About::Time, version).await, Err(Problem::NotFound), "{name}");
        assert_eq!(app.candor.decline(&person, About::Time, version).await, Err(Problem::NotFound));
        assert_eq!(app.candor.propose_time(&person, 0, &settings).await, Err(Problem::NotFound));
        assert_eq!(app.candor.time_settings(&person).await.map(|_| ()), Err(Problem::NotFound));
    }
    let by = administrator(&app).await;
    assert_eq!(app.candor.agree(&by, About::Time, version).await, Err(Problem::NotFound), "no administrator");
    // A lead cannot propose, nor agree without a fresh sign-in.
    let lead = app.person(LEADS[0]).await;
    assert_eq!(app.candor.propose_time(&lead.signed_in, 0, &settings).await, Err(Problem::NotFound));
    app.candor.clock.advance_to(app.now().plus(601));
    let later = app.candor.session(&lead.cookie).await.unwrap().unwrap();
    assert_eq!(app.candor.agree(&later, About::Time, version).await, Err(Problem::SignInAgain));
    // One person for both components: the table itself takes one agreement of a person.
    assert_eq!(agree(&app, LEADS[0], version).await, Ok(false));
    let account = app.person(LEADS[0]).await.signed_in.account;
    let mut tx = app.database.write().await;
    let harbour = candor::domain::id::ComponentId::from("HAR");
    assert_eq!(
        candor::store::changes::agree(&mut tx, About::Time, version, &harbour, account).await,
        Err(StoreError::Duplicate)
    );
    drop(tx);
    assert_eq!(view(&app).await.version, 0);
}

/// An administrator alone moves days off that no clock reaches, and nothing else.
async fn an_administrator_alone_touches_no_clock(app: TestApp) {
    let by = administrator(&app).await;
    let start = view(&app).await.in_force;
    let mut near = start.clone();
    near.calendar.extra_holidays = [date(2026, 7, 10)].into();
    assert_eq!(app.candor.propose_time(&by, 0, &near).await, Ok(Proposed::Waits));
    assert_eq!(view(&app).await.in_force, start);
    let mut far = start.clone();
    far.calendar.extra_holidays = [date(2027, 7, 9)].into();
    assert_eq!(app.candor.propose_time(&by, 0, &far).await, Ok(Proposed::InForce));
    assert_eq!(view(&app).await.in_force, far);
    // The organisation file is no way around.
    let file = format!("{}\n[batches]\nhours = [7, 19]\n", crate::support::app::ORGANISATION);
    assert!(matches!(app.candor.set_organisation(&by, &file).await, Err(Problem::Unusable(_))));
    let mut wrong = far.clone();
    wrong.routine.silence = Span::WorkingDays(0);
    assert!(matches!(app.candor.propose_time(&by, 2, &wrong).await, Err(Problem::Unusable(_))));
}

/// Standards are those with which a case opened; a calendar is that under which its level began.
async fn running_clocks_keep_their_ends(app: TestApp) {
    let (_, before) = app.open_case(&concern()).await;
    let was = due(&app, &before).await;
    let next = || async { app.database.number("SELECT MIN(next_due) FROM cases").await };
    let mut settings = faster(&app, 4).await;
    // Every day of the next two weeks off, and silence much shorter.
    let today = app.candor.directory().await.unwrap().calendar.date_of(app.now()).unwrap();
    settings.calendar.extra_holidays = today.series(jiff::Span::new().days(1)).skip(1).take(14).collect();
    set(&app, &settings).await;
    assert_eq!(due(&app, &before).await, was);
    let (_, after) = app.open_case(&concern()).await;
    assert!(due(&app, &after).await > app.now().plus(14 * DAY).0, "the new calendar counts for it");
    let directory = app.candor.directory().await.unwrap();
    let opened = app.case(RAISING, &after).await.unwrap();
    let entered = app.now();
    assert_eq!(due(&app, &after).await, directory.calendar.due(entered, Span::WorkingDays(4)).0);
    drop(opened);

    // The silence of the earlier case: ten working days of the calendar under which it began, not those of
    // the new one, which would end later by two weeks.
    app.act(RAISING, &before, candor::service::cases::HandlerAct::Acknowledge { no_conflict: true })
        .await
        .unwrap();
    assert!(next().await <= was);
    app.pass(Timestamp(was).since(app.now())).await;
    assert_eq!(
        app.database
            .number(&format!("SELECT COUNT(*) FROM cases WHERE number = '{before}' AND stage = 'council'"))
            .await,
        1,
        "it lapsed when it was to"
    );
    assert_eq!(faults(&app).await, Vec::<String>::new());
}

/// Without its own calendar a level's silence would move: the control for the test above.
async fn silence_goes_by_the_calendar_of_the_level(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let directory = app.candor.directory().await.unwrap();
    let silent = directory.calendar.due(app.now(), Span::WorkingDays(10));
    let today = directory.calendar.date_of(app.now()).unwrap();
    // After the level began, by more than the second that both would share.
    app.candor.clock.advance_to(app.now().plus(60));
    let mut settings = view(&app).await.in_force;
    settings.calendar.extra_holidays = today.series(jiff::Span::new().days(1)).skip(1).take(14).collect();
    set(&app, &settings).await;
    let new = app.candor.directory().await.unwrap();
    assert!(new.calendar.due(app.now(), Span::WorkingDays(10)) > silent.plus(7 * DAY));
    app.pass(silent.since(app.now())).await;
    assert_eq!(
        app.database
            .number(&format!("SELECT COUNT(*) FROM cases WHERE number = '{number}' AND stage = 'council'"))
            .await,
        1
    );
}

/// What the database says of them is not believed without the journal and the leads' signatures.
async fn what_no_lead_signed_is_found(app: TestApp) {
    let (first, second, third) = (faster(&app, 5).await, faster(&app, 6).await, faster(&app, 7).await);
    set(&app, &first).await;
    let waits = propose(&app, &second).await;
    assert_eq!(faults(&app).await, Vec::<String>::new(), "the control: all is well");
    let body = |settings: &TimeSettings| serde_json::to_string(settings).unwrap();
    let undo = format!("UPDATE proposed_change SET in_force_at = NULL WHERE version = {waits}");
    let key_of = |name: &str| format!("(SELECT signing_public FROM account WHERE sign_in_name = '{name}')");
    let of = format!("WHERE sign_in_name = '{}'", LEADS[0]);
    let swap = |set: &str| format!("UPDATE account SET signing_public = {set} {of}");
    for (change, back, says) in [
        (
            format!("UPDATE proposed_change SET body = '{}' WHERE version = 1", body(&third)),
            format!("UPDATE proposed_change SET body = '{}' WHERE version = 1", body(&first)),
            "the text is not what was proposed",
        ),
        (
            format!("UPDATE proposed_change SET in_force_at = {} WHERE version = {waits}", app.now().0),
            undo,
            "in force without the agreement of the Council leads",
        ),
        (
            "UPDATE proposed_change SET in_force_at = in_force_at + 1 WHERE version = 1".to_owned(),
            "UPDATE proposed_change SET in_force_at = in_force_at - 1 WHERE version = 1".to_owned(),
            "what became of them is not what the journal says",
        ),
        (
            "UPDATE change_agreement SET component = 'X' WHERE component = 'HAR'".to_owned(),
            "UPDATE change_agreement SET component = 'HAR' WHERE component = 'X'".to_owned(),
            "the agreements are not those of the journal",
        ),
        (swap(&key_of("secretary")), String::new(), "its public keys are not those"),
    ] {
        app.database.run(&change).await;
        let found = faults(&app).await;
        assert!(found.iter().any(|fault| fault.contains(says)), "{says}: {found:?}");
        if !back.is_empty() {
            app.database.run(&back).await;
            assert_eq!(faults(&app).await, Vec::<String>::new());
        }
    }
}

/// As people do it: previewed in words, proposed, agreed to on both desks.
async fn through_the_pages(app: TestApp) {
    let site = app.site();
    let mut administrator = Client::new(&site);
    administrator.sign_in("administrator").await;
    let page = administrator.get("/admin/standards").await.ok();
    let mut form = page.form("/admin/standards");
    form.set("routine_secretary", "0").set("do", "preview");
    let answer = administrator.submit(&form).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert_eq!(answer.form("/admin/standards").value("routine_secretary"), Some("0"));
    form.set("routine_secretary", "12");
    let answer = administrator.submit(&form).await.ok();
    answer.says("becomes 12 working days; it was 20 working days");
    assert_eq!(view(&app).await.waiting, None, "a preview changes nothing");
    let mut form = answer.form("/admin/standards");
    form.set("do", "propose");
    administrator.submit(&form).await.ok();
    assert!(view(&app).await.waiting.is_some());
    let page = administrator.get("/admin/calendar").await.ok();
    let mut form = page.form("/admin/calendar");
    form.set("holidays", "soon").set("do", "preview");
    let answer = administrator.submit(&form).await;
    assert_eq!(answer.status.as_u16(), 422);
    assert_eq!(answer.form("/admin/calendar").value("holidays").map(str::trim), Some("soon"));
    for name in LEADS {
        let mut lead = Client::new(&site);
        lead.sign_in(name).await;
        let post = app.person(name).await.seat.post;
        lead.get(&format!("/desk/{post}"))
            .await
            .ok()
            .says("A change of calendar or time standards waits for you");
        let page = lead.get("/staff/time").await.ok();
        let mut form = page.form("/staff/time");
        form.set("do", "agree");
        lead.submit(&form).await.ok();
    }
    assert_eq!(view(&app).await.in_force.routine.secretary, Span::WorkingDays(12));
    let mut commander = Client::new(&site);
    commander.sign_in(CONCERNED).await;
    assert_eq!(commander.get("/staff/time").await.status.as_u16(), 404);
}

on_both!(
    a_change_is_in_force_once_both_leads_agree_to_that_very_version,
    two_leads_at_the_same_moment_put_it_in_force,
    one_lead_declines_and_it_is_over,
    nobody_else_agrees_and_nobody_for_both,
    an_administrator_alone_touches_no_clock,
    running_clocks_keep_their_ends,
    silence_goes_by_the_calendar_of_the_level,
    what_no_lead_signed_is_found,
    through_the_pages,
);
