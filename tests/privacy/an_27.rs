//! AN-27: an access phrase keeps junk out, tells nobody from anybody else, and costs nobody their words; a batch opens
//! so many of one side; and what is not joint is closed in one step of each.

use axum::http::{Method, StatusCode};
use candor::clock::DAY;
use candor::domain::concern::Concern;
use candor::domain::dispute::StageName;
use candor::service::Problem;
use candor::service::access::{PHRASE_LEAST, PHRASE_MOST};
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterView;

use crate::support::Fixture;
use crate::support::app::{CONCERNED, RAISING, Reporter, TestApp, concern, prose};
use crate::support::http::{Answer, Client, Form};

const PHRASE: &str = "Blue River Seven";

async fn set(app: &TestApp, phrase: Option<&str>) -> Result<(), Problem> {
    let (administrator, _) = app.administrator().await;
    app.candor.set_access_phrase(&administrator, phrase).await
}

fn typed(page: &Answer, phrase: &str) -> Form {
    let mut form = page.form("/write");
    form.set("phrase", phrase).set("to", "our_branch");
    form
}

fn asks(page: &Answer) -> bool {
    page.text().contains("The access phrase")
}

async fn an_27_the_form_opens_with_the_phrase_alone(app: TestApp) {
    let site = app.site();
    // The control: without a phrase the form is open.
    assert!(!asks(&Client::new(&site).get("/write").await.ok()));
    set(&app, Some(PHRASE)).await.unwrap();
    let mut client = Client::new(&site);
    let page = client.get("/write").await.ok();
    assert!(asks(&page) && !page.body.contains("our_branch\" value"));
    assert!(page.text().contains("It does not protect what you write"));
    assert!(page.body.contains(&format!("maxlength=\"{PHRASE_MOST}\"")));
    assert_eq!(page.body.len() % 8_192, 0, "padded like every page");
    let before = app.database.dump().await;
    for wrong in ["", "blue river", "blue river seventy", &"x".repeat(5_000), "' OR 1=1 --"] {
        let answer = client.submit(&typed(&page, wrong)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{wrong}");
        answer.says("This is not the access phrase");
        assert!(wrong.is_empty() || !answer.body.contains(wrong), "what was typed is not kept: {wrong}");
    }
    assert!(client.cookies.is_empty(), "{:?}", client.cookies);
    assert_eq!(app.database.dump().await, before, "nothing is kept of a wrong try");
    // However it is spelt.
    for right in [PHRASE, "blue-river-seven", " BLUERIVER  SEVEN "] {
        let answer = client.submit(&typed(&page, right)).await.ok();
        assert!(!asks(&answer), "{right}");
    }
    assert!(client.cookies.is_empty());
    // No way around: every later page asks, whatever stands in for the pass.
    for path in ["/write", "/write/review", "/write/send"] {
        for pass in ["", "access=", "access=x", &format!("access={}", "0".repeat(64))] {
            let body = format!("{pass}&to=write&our_branch=RIV-PAT&our_unit=RIV-EAST").into_bytes();
            let answer = Client::new(&site).send(Method::POST, path, Some(body)).await;
            assert!(asks(&answer), "{path} {pass}");
        }
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
    // Whoever has a receipt needs none.
    assert!(!asks(&client.get("/return").await.ok()));
    assert!(!asks(&client.get("/").await.ok()));
}

/// Two people, two moments: the very same value travels, so it tells nobody from anybody.
async fn an_27_everybody_carries_the_same(app: TestApp) {
    set(&app, Some(PHRASE)).await.unwrap();
    let site = app.site();
    let mut passes = Vec::new();
    for spelt in [PHRASE, "blue river seven"] {
        let mut client = Client::new(&site);
        let page = client.get("/write").await.ok();
        let answer = client.submit(&typed(&page, spelt)).await.ok();
        passes.push(answer.form("/write").value("access").unwrap().to_owned());
        assert!(!answer.body.to_lowercase().contains("river seven"), "the phrase itself travels no further");
        app.candor.clock.advance_to(app.now().plus(3_600));
    }
    assert_eq!(passes[0], passes[1]);
    // The control: another phrase, and the same one set again, make another.
    for phrase in ["another phrase", PHRASE] {
        set(&app, Some(phrase)).await.unwrap();
        assert_eq!(app.candor.may_pass(&passes[0]).await, Ok(false), "{phrase}");
        assert_ne!(app.candor.pass_for(phrase).await.unwrap(), Some(passes[0].clone()));
    }
    // It rests as a keyed hash: neither the phrase nor a pass stands anywhere.
    for told in ["River Seven", "riverseven", &passes[0]] {
        assert_eq!(app.database.tables_with(told).await, Vec::<String>::new(), "{told}");
    }
    let pass = app.candor.pass_for(PHRASE).await.unwrap().unwrap();
    assert_eq!(app.database.tables_with(&pass).await, Vec::<String>::new());
}

async fn an_27_a_new_phrase_costs_nobody_their_words(app: TestApp) {
    set(&app, Some(PHRASE)).await.unwrap();
    let mut client = Client::new(&app.site());
    let page = client.get("/write").await.ok();
    let first = client.submit(&typed(&page, PHRASE)).await.ok();
    let mut form = first.form("/write");
    let words = "The boat is gone every morning, and nobody says a word.";
    for (name, value) in [
        ("our_branch", "RIV-PAT"),
        ("our_unit", "RIV-EAST"),
        ("other_unit", "HAR-EAST"),
        ("what_happens", words),
        ("handler", "no"),
        ("to", "write"),
    ] {
        form.set(name, value);
    }
    set(&app, Some("quite another phrase")).await.unwrap();
    let answer = client.submit(&form).await.ok();
    assert!(asks(&answer));
    answer.says("All that you typed is still here");
    let mut form = answer.form("/write");
    assert_eq!(form.value("what_happens"), Some(words));
    form.set("phrase", "wrong phrase").set("to", "write");
    let answer = client.submit(&form).await;
    assert_eq!(answer.form("/write").value("what_happens"), Some(words));
    form.set("phrase", "quite another phrase");
    let answer = client.submit(&form).await.ok();
    assert!(!asks(&answer) && answer.body.contains(words));
}

async fn an_27_only_the_administrator_sets_it(app: TestApp) {
    let site = app.site();
    let mut administrator = Client::new(&site);
    administrator.sign_in("administrator").await;
    let page = administrator.get("/admin/access-phrase").await.ok();
    page.says("No phrase is set").says("It proves nothing about who writes");
    let mut form = page.form("/admin/access-phrase");
    form.set("phrase", "short").set("do", "set");
    let answer = administrator.submit(&form).await;
    assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
    answer.says(&format!("at least {PHRASE_LEAST} letters"));
    assert_eq!(answer.form("/admin/access-phrase").value("phrase"), Some("short"));
    form.set("phrase", PHRASE);
    administrator.submit(&form).await.ok().says("A phrase is set");
    assert!(asks(&Client::new(&site).get("/write").await.ok()));
    let mut form = administrator.get("/admin/access-phrase").await.ok().form("/admin/access-phrase");
    form.set("do", "remove");
    administrator.submit(&form).await.ok().says("No phrase is set");
    assert!(!asks(&Client::new(&site).get("/write").await.ok()));
    assert_eq!(set(&app, None).await.map_err(|error| error.code()), Err("unusable"));

    for name in [RAISING, "council-guard", "secretary", "office-guard"] {
        let person = app.person(name).await.signed_in;
        assert_eq!(app.candor.set_access_phrase(&person, Some(PHRASE)).await, Err(Problem::NotFound));
        assert_eq!(app.candor.asks_for_phrase(&person).await, Err(Problem::NotFound));
    }
    // A case that is under way goes on.
    let (reporter, _) = app.open_case(&concern()).await;
    set(&app, Some(PHRASE)).await.unwrap();
    app.visit(&reporter).await;
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Whose concern waits still.
async fn waiting(app: &TestApp, reporters: &[Reporter]) -> Vec<usize> {
    let mut waiting = Vec::new();
    for (index, reporter) in reporters.iter().enumerate() {
        let cookie = app.cookie(reporter).await;
        if matches!(app.candor.visit(&cookie).await.unwrap(), Some(ReporterView::Waiting(_))) {
            waiting.push(index);
        }
    }
    waiting
}

async fn raise(app: &TestApp, count: usize, reporters: &mut Vec<Reporter>) {
    for _ in 0..count {
        reporters.push(app.raise(&concern()).await);
    }
}

/// Twenty of one side at most; who has waited longest is next; the other side is not held up by it.
async fn an_27_a_batch_opens_so_many_and_the_rest_waits_longest_first(app: TestApp) {
    const MOST: usize = 20;
    for is_control in [false, true] {
        let app = app.another().await;
        let mut reporters = Vec::new();
        raise(&app, 2 * MOST + 3, &mut reporters).await;
        let west = app.raise(&Concern { my_unit: "RIV-WEST".into(), ..concern() }).await;
        app.candor.clock.advance_to(app.now().plus(4 * DAY));
        let first = app.candor.run_batch().await.unwrap();
        assert_eq!((first.opened, first.held), (MOST + 1, MOST + 3));
        assert_eq!(app.visit(&west).await.stage, StageName::Field, "the other side is not held up");
        // The jobs run every few seconds; that is no batch.
        let at_once = app.candor.run_batch().await.unwrap();
        assert_eq!((at_once.opened, at_once.held), (0, 0));
        // Others come after them, and are due at the same batch.
        let early = waiting(&app, &reporters).await;
        let latest = reporters.len();
        raise(&app, 10, &mut reporters).await;
        let next = app.candor.directory().await.unwrap().calendar.next_batches(app.now(), 1)[0];
        app.database.run(&format!("UPDATE inbox SET slot = {} WHERE slot > {}", next.0, next.0)).await;
        if is_control {
            // Were nobody's waiting counted, chance alone would choose.
            app.database.run(&format!("UPDATE inbox SET slot = {}", next.0)).await;
        }
        app.candor.clock.advance_to(next);
        let second = app.candor.run_batch().await.unwrap();
        assert_eq!((second.opened, second.held), (MOST, 13));
        let still = waiting(&app, &reporters).await;
        let late = still.iter().filter(|index| **index >= latest).count();
        assert_eq!(late == 10, !is_control, "{late} of ten that came later wait still, beside {still:?}");
        assert_eq!(early.iter().filter(|index| still.contains(index)).count(), 13 - late);
        app.candor.clock.advance_to(app.now().plus(DAY / 2));
        let third = app.candor.run_batch().await.unwrap();
        assert_eq!((third.opened, third.held), (13, 0));
        app.leaves_work_behind();
        app.check_left_behind().await;
    }
}

/// What is no matter between the two sides costs each of them one step. The control: one alone closes nothing.
async fn an_27_both_sides_close_what_is_not_joint_in_one_step(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    for (name, stage) in [(RAISING, StageName::Field), (CONCERNED, StageName::Closed)] {
        app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
        let belongs = prose("The guard's own office.");
        app.act(name, &number, HandlerAct::CloseNotJoint { belongs }).await.unwrap();
        assert_eq!(app.visit(&reporter).await.stage, stage, "{name}");
    }
    let report = app.candor.verify().await.unwrap();
    assert_eq!((report.resolutions, report.notices, report.faults.len()), (0, 0, 0));
}

on_both!(
    an_27_the_form_opens_with_the_phrase_alone,
    an_27_everybody_carries_the_same,
    an_27_a_new_phrase_costs_nobody_their_words,
    an_27_only_the_administrator_sets_it,
    an_27_a_batch_opens_so_many_and_the_rest_waits_longest_first,
    an_27_both_sides_close_what_is_not_joint_in_one_step,
);
