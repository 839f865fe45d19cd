//! Support that one side asks of the other: asked, answered, confirmed, seen by two desks, and counted by quarter.

use axum::http::StatusCode;
use candor::clock::DAY;
use candor::domain::id::SupportId;
use candor::domain::measures::release::Shown;
use candor::domain::measures::{Split, Topic};
use candor::domain::prose::Prose;
use candor::domain::support::Given;
use candor::service::Problem;
use candor::service::support::{NewSupport, SupportAct, SupportView};

use crate::measures::until_published;
use crate::support::app::{CONCERNED, RAISING, TestApp, prose};
use crate::support::http::{Answer, Client};

const LIST: &str = "/staff/support";
const ASK: &str = "/staff/support/ask";
const WHAT: &str = "Two boats for <i>one</i> day.";

async fn client(app: &TestApp, name: &str) -> Client {
    let mut client = Client::new(&app.site());
    client.sign_in(name).await;
    client
}

/// Somebody asks a commander, for a date so many days from now.
pub async fn asked(app: &TestApp, name: &str, of: &str, days: i64) -> SupportId {
    let person = app.person(name).await;
    let due = app.now().plus(days * DAY);
    let new = NewSupport { of: of.parse().unwrap(), what: prose(WHAT), due };
    app.candor.ask_support(&person.signed_in, &person.seat.post, new).await.unwrap()
}

async fn act(app: &TestApp, name: &str, id: SupportId, seen: u32, act: SupportAct) -> Result<(), Problem> {
    app.candor.act_on_support(&app.signed_in(name).await, id, seen, act).await
}

/// What somebody answers, with a reason where one is needed.
fn answer(given: Given) -> SupportAct {
    SupportAct::Answer(
        given,
        if given == Given::InFull { Prose::default() } else { prose("No more is free.") },
    )
}

async fn waits(app: &TestApp, name: &str) -> bool {
    app.candor.requests(&app.signed_in(name).await).await.unwrap().open.iter().any(SupportView::waits)
}

fn link(list: &Answer) -> String {
    let own = |link: &String| link.starts_with("/staff/support/") && link.len() > 40;
    list.links().into_iter().find(own).unwrap()
}

async fn support_is_asked_answered_and_confirmed_on_pages(app: TestApp) {
    let mut guard = client(&app, RAISING).await;
    let mut form = guard.get(ASK).await.ok().says("within 180 days").says("Up to 1000 characters").form(ASK);
    let day = |days: i64| {
        let calendar = candor::domain::deadline::Calendar::united_states();
        calendar.date_of(app.now().plus(days * DAY)).unwrap().to_string()
    };
    // Bad input keeps what was typed.
    for (with, what, due, says) in [
        ("", WHAT, day(7), "Choose the commander whom you ask"),
        ("commander:RIV-WEST", WHAT, day(7), "Choose a commander of the other agency"),
        ("alternate:HAR-EAST", WHAT, day(7), "Choose a commander of the other agency"),
        ("commander:HAR-EAST", "", day(7), "Please write something here"),
        ("commander:HAR-EAST", "As in KMP-2741, a boat.", day(7), "names a case by its number"),
        ("commander:HAR-EAST", WHAT, day(181), "within 180 days"),
        ("commander:HAR-EAST", WHAT, day(-1), "within 180 days"),
        ("commander:HAR-EAST", WHAT, String::new(), "within 180 days"),
    ] {
        form.set("with", with).set("what", what).set("due", &due);
        let refused = guard.submit(&form).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        let kept = refused.says(says).form(ASK);
        assert_eq!((kept.value("what"), kept.value("due")), (Some(what), Some(due.as_str())), "{says}");
    }
    assert!(app.candor.requests(&app.signed_in(RAISING).await).await.unwrap().open.is_empty());
    form.set("with", "commander:HAR-EAST").set("what", WHAT).set("due", &day(7));
    guard.submit(&form).await.ok().says("It is asked").says("The other side has it");

    // It waits on the desk of the asked unit; its alternate may answer as well.
    let mut harbour = client(&app, "harbour-east-alternate").await;
    let desk = harbour.get("/desk/alternate:HAR-EAST").await.ok();
    let link = link(desk.says("Say what you give").says("in 5 working days"));
    let mut form = harbour.get(&link).await.ok().says(WHAT).says("Patrol Captain, Eastbank").form(&link);
    form.set("do", "answer");
    harbour.submit(&form).await.says("Choose one.");
    form.set("given", "in_part").set("words", "");
    let refused = harbour.submit(&form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert_eq!(refused.says("Please write something here").form(&link).value("given"), Some("in_part"));
    form.set("given", "in_full");
    harbour.submit(&form).await.ok().says("It is answered");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::CONFLICT, "on an older version");
    // Something has come between: until its date it can be answered anew.
    let mut form = harbour.get(&link).await.ok().form(&link);
    assert_eq!(form.value("given"), Some("in_full"));
    form.set("do", "answer").set("given", "in_part").set("words", "One of the two needs repair.");
    harbour.submit(&form).await.ok();
    // What came is not for the asked side to say.
    form.set("do", "confirm").set("seen", "3");
    assert_eq!(harbour.submit(&form).await.status, StatusCode::NOT_FOUND);

    guard.get("/desk/commander:RIV-EAST").await.ok().says("Say what came");
    let page = guard.get(&link).await.ok();
    page.says("One of the two needs repair.").says("Alternate of Harbour Master, Eastbank");
    assert!(!page.text().contains("Withdraw"), "what was answered counts");
    let mut form = page.form(&link);
    form.set("do", "confirm").set("given", "not_given").set("words", "");
    assert_eq!(guard.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "that is another word");
    form.set("words", "The other one did not come either.");
    guard.submit(&form).await.ok().says("It is confirmed");
    harbour.get(&link).await.ok().says("Not given").says("The other one did not come either.");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Without an answer by its date it is unanswered; without a word on what came, the answer stands.
async fn the_clock_ends_what_nobody_does(app: TestApp) {
    let unanswered = asked(&app, RAISING, "commander:HAR-EAST", 3).await;
    let answered = asked(&app, "council-harbour", "commander:RIV-WEST", 3).await;
    act(&app, "guard-west", answered, 1, answer(Given::InFull)).await.unwrap();
    let withdrawn = asked(&app, RAISING, "commander:HAR-WEST", 3).await;
    act(&app, "guard-east-alternate", withdrawn, 1, SupportAct::Withdraw).await.unwrap();
    assert!(waits(&app, CONCERNED).await && waits(&app, "council-harbour").await);
    app.candor.clock.advance_to(app.now().plus(3 * DAY));
    assert!(!waits(&app, CONCERNED).await);
    let late = act(&app, CONCERNED, unanswered, 1, answer(Given::InFull)).await;
    assert_eq!(late, Err(Problem::NotFound));
    let mut guard = client(&app, RAISING).await;
    guard.get(LIST).await.ok().says("Unanswered by its date").says("Withdrawn");
    assert!(waits(&app, "council-harbour").await);
    app.candor.clock.advance_to(app.now().plus(20 * DAY));
    let late = SupportAct::Confirm(Given::InFull, Prose::default());
    assert_eq!(act(&app, "council-harbour", answered, 2, late).await, Err(Problem::NotFound));
    client(&app, "council-harbour").await.get(LIST).await.ok().says("Given in full");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Not theirs and not there are one answer.
async fn two_desks_see_it_and_nobody_else(app: TestApp) {
    let id = asked(&app, RAISING, "commander:HAR-EAST", 7).await;
    let (link, nowhere) = (format!("{LIST}/{id}"), format!("{LIST}/{}", "0".repeat(32)));
    for name in [
        "guard-west",
        "harbour-west",
        "guard-hq",
        "council-guard",
        "council-harbour",
        "secretary",
        "office-guard",
    ] {
        let mut other = client(&app, name).await;
        let (theirs, absent) = (other.get(&link).await, other.get(&nowhere).await);
        assert_eq!((theirs.status, &theirs.body), (StatusCode::NOT_FOUND, &absent.body), "{name}");
        let csrf = other.get("/staff/sign-out").await.form("/staff/sign-out");
        let csrf = csrf.value("csrf").unwrap();
        let fields = [("csrf", csrf), ("seen", "1"), ("do", "withdraw")];
        let (theirs, absent) =
            (other.post_only(&link, &fields).await, other.post_only(&nowhere, &fields).await);
        assert_eq!((theirs.status, &theirs.body), (StatusCode::NOT_FOUND, &absent.body), "{name}");
    }
    for name in ["secretary", "office-guard", "council-guard-member", "boats-guard", "administrator"] {
        for path in [LIST, ASK] {
            assert_eq!(client(&app, name).await.get(path).await.status, StatusCode::NOT_FOUND, "{name}");
        }
    }
    for name in [RAISING, "guard-east-alternate", CONCERNED, "harbour-east-alternate"] {
        client(&app, name).await.get(&link).await.ok();
    }
    // Each end has its own to do.
    let reason = || prose("None is free.");
    let confirm = SupportAct::Confirm(Given::InFull, Prose::default());
    for (name, step) in [
        (RAISING, answer(Given::InFull)),
        (RAISING, confirm.clone()),
        (CONCERNED, confirm),
        (CONCERNED, SupportAct::Withdraw),
    ] {
        assert_eq!(act(&app, name, id, 1, step).await, Err(Problem::NotFound), "{name}");
    }
    let unexplained = SupportAct::Answer(Given::NotGiven, Prose::default());
    assert!(matches!(act(&app, CONCERNED, id, 1, unexplained).await, Err(Problem::Unusable(_))));
    act(&app, CONCERNED, id, 1, SupportAct::Answer(Given::NotGiven, reason())).await.unwrap();
    client(&app, RAISING).await.get(&link).await.ok().says("Not given").says("None is free.");
    let anew = act(&app, CONCERNED, id, 2, answer(Given::InFull)).await;
    assert_eq!(anew, Err(Problem::NotFound), "a refusal ends it");
    // What is not asked from a post of one's own is not asked.
    let person = app.person(CONCERNED).await;
    for post in ["commander:RIV-EAST", "council:HAR", "commander:HAR-WEST"] {
        let (of, due) = ("commander:RIV-WEST".parse().unwrap(), app.now().plus(DAY));
        let new = NewSupport { of, what: prose(WHAT), due };
        let asked = app.candor.ask_support(&person.signed_in, &post.parse().unwrap(), new).await;
        assert_eq!(asked, Err(Problem::NotFound), "{post}");
    }
}

/// What rests is what the journal's steps made of it.
async fn a_changed_request_is_named(app: TestApp) {
    let first = asked(&app, RAISING, "commander:HAR-EAST", 7).await;
    asked(&app, "guard-west", "commander:HAR-EAST", 7).await;
    act(&app, CONCERNED, first, 1, answer(Given::InPart)).await.unwrap();
    let faults = async || app.candor.verify().await.unwrap().faults;
    assert_eq!(faults().await, Vec::<String>::new());
    for (bend, back) in [
        (
            "UPDATE support SET open_until = open_until + 1 WHERE version = 2",
            "UPDATE support SET open_until = open_until - 1 WHERE version = 2",
        ),
        (
            "UPDATE support SET asked_by = 'council:RIV' WHERE version = 1",
            "UPDATE support SET asked_by = 'commander:RIV-WEST' WHERE version = 1",
        ),
        (
            "UPDATE support SET asked_of = 'commander:HAR-WEST' WHERE version = 1",
            "UPDATE support SET asked_of = 'commander:HAR-EAST' WHERE version = 1",
        ),
        (
            "UPDATE support SET version = 3 WHERE version = 2",
            "UPDATE support SET version = 2 WHERE version = 3",
        ),
    ] {
        assert_eq!(app.database.run(bend).await, 1, "{bend}");
        let found = faults().await;
        assert!(found.len() == 1 && found[0].contains("it is not what journal row"), "{bend}: {found:?}");
        app.database.run(back).await;
        assert_eq!(faults().await, Vec::<String>::new());
    }
    // One request in the place of another, and nothing at all.
    let other = "UPDATE support SET body = (SELECT body FROM support WHERE version = 1) WHERE version = 2";
    app.database.run(other).await;
    assert!(faults().await[0].contains("it is not what journal row"));
    app.database.run("DELETE FROM support WHERE version = 2").await;
    assert!(faults().await[0].contains("its row is missing"));
}

/// Eleven requests one way and two the other: what was confirmed counts, else what was answered, in the quarter of
/// the date, and no number of fewer than five.
async fn a_quarter_tells_support_given_against_asked(app: TestApp) {
    let came = [Given::InFull; 5].into_iter().chain([Given::InPart; 3]).map(Some).chain([None; 3]);
    for (at, given) in came.enumerate() {
        let name = if at % 2 == 0 { RAISING } else { "guard-west" };
        let id = asked(&app, name, "commander:HAR-EAST", 7).await;
        let Some(given) = given else { continue };
        act(&app, CONCERNED, id, 1, answer(Given::InFull)).await.unwrap();
        // Of some what is confirmed is another word, of others nothing is.
        if given == Given::InPart {
            let confirm = SupportAct::Confirm(given, prose("One came."));
            act(&app, name, id, 2, confirm).await.unwrap();
        }
    }
    for name in [CONCERNED, "harbour-west"] {
        let id = asked(&app, name, "commander:RIV-EAST", 7).await;
        act(&app, RAISING, id, 1, answer(Given::NotGiven)).await.unwrap();
    }
    // Not of this quarter, and not counted at all.
    asked(&app, CONCERNED, "commander:RIV-EAST", 60).await;
    let withdrawn = asked(&app, CONCERNED, "commander:RIV-EAST", 7).await;
    act(&app, CONCERNED, withdrawn, 1, SupportAct::Withdraw).await.unwrap();
    until_published(&app).await;
    app.candor.measure(app.now()).await.unwrap();
    let release = app.candor.published_measures().await.unwrap().remove(0);
    let support = release.topic(Topic::Support).unwrap();
    assert_eq!(support.together, Shown::About(15), "of 13");
    assert_eq!(support.directions.clone().map(|line| line.count), [Shown::Hidden; 2], "eleven and two");
    assert_eq!(support.directions[0].name, "asked by Guard of Harbour");
    let given = release.parts(Split::Given, None).unwrap();
    assert_eq!(given.columns, [Shown::Exactly(5), Shown::Hidden, Shown::Hidden, Shown::Hidden]);

    let mut office = client(&app, "office-guard").await;
    let page = office.get("/headquarters/measures").await.ok();
    page.says("Support given against asked").says("About 15 requests for support were due");
    page.says("All requests: \u{201c}in full\u{201d} in 5; the rest is not shown");
    let table = office.get("/headquarters/measures/2026-Q2/measures.csv").await;
    let row = "\"What was given of what was asked\",\"All requests\",\"in full\",\"5\"";
    assert!(table.body.contains(row), "{}", table.body);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

on_both!(
    support_is_asked_answered_and_confirmed_on_pages,
    the_clock_ends_what_nobody_does,
    two_desks_see_it_and_nobody_else,
    a_changed_request_is_named,
    a_quarter_tells_support_given_against_asked,
);
