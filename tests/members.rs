//! Field members: a roster is brought, people sign in to acknowledge, what they received is listed for good, and
//! commanders and headquarters see how far everything has come and nobody's own.

use std::fmt::Write;
use std::sync::{Arc, Mutex};

use axum::http::{Method, StatusCode};
use candor::clock::DAY;
use candor::domain::id::DirectiveId;
use candor::domain::measures::release::Shown;
use candor::domain::measures::{Split, Topic};
use candor::service::Problem;
use candor::service::accounts::SignInError;
use candor::service::library::NewDirective;
use candor::service::members::{Counts, Scope, Step};
use candor::store::{self, StoreError};

use crate::support::app::{RAISING, TestApp, prose};
use crate::support::http::{Answer, Client};
use crate::support::{is_long, tell};

/// Two people in the east, six in the west, one on the isle.
pub const ROSTER: &str = "unit,number,name\nRIV-EAST,G-1,\"Rivers, Ada\"\nRIV-EAST,G-2,Ben Ford\n\
    RIV-WEST,W-1,Will One\nRIV-WEST,W-2,Will Two\nRIV-WEST,W-3,Will Three\nRIV-WEST,W-4,Will Four\n\
    RIV-WEST,W-5,Will Five\nRIV-WEST,W-6,Will Six\nRIV-ISLE,I-1,Iris Solo\n";

/// Takes a roster through the services.
pub async fn take(app: &TestApp, text: &str, scope: Scope) -> Counts {
    let (administrator, _) = app.administrator().await;
    let file = text.as_bytes().to_vec();
    let checked = app.candor.check_roster(&administrator, file, scope, |_| ()).await.unwrap().unwrap();
    let counts = app.candor.take_roster(&administrator, &checked, |_| ()).await.unwrap();
    assert_eq!(counts, checked.counts);
    counts
}

/// The code of somebody, as it is printed.
pub async fn code(app: &TestApp, unit: &str, number: &str) -> String {
    let (administrator, _) = app.administrator().await;
    let slips = app.candor.slips(&administrator, &unit.into()).await.unwrap();
    slips.iter().find(|slip| slip.number == number).expect("is in the unit").code.to_string()
}

/// Signs in at the page.
pub async fn enter(client: &mut Client, number: &str, code: &str) -> Answer {
    let mut form = client.get("/received/sign-in").await.ok().form("/received/sign-in");
    form.set("number", number).set("code", code);
    client.submit(&form).await
}

/// A directive to these units, or to all.
pub async fn directive(app: &TestApp, title: &str, units: &[&str]) -> DirectiveId {
    let office = app.signed_in("office-guard").await;
    let units = units.iter().map(|unit| (*unit).into()).collect();
    let text = prose("The whole text of it, <b>to be read</b>.");
    let new = NewDirective { title: prose(title), text, document: None, units };
    app.candor.issue_directive(&office, &new).await.unwrap()
}

async fn acknowledge(app: &TestApp, unit: &str, number: &str, item: DirectiveId) {
    let cookie = app.candor.member_sign_in(number, &code(app, unit, number).await, None).await.unwrap();
    let member = app.candor.member_session(&cookie).await.unwrap().unwrap();
    assert_eq!(app.candor.acknowledge_received(&member, &[item.0]).await, Ok(1));
}

/// What a browser sends with a file.
fn upload(csrf: &str, scope: &str, file: &[u8]) -> Vec<u8> {
    let mut body = Vec::new();
    for (name, value) in [("csrf", csrf), ("scope", scope)] {
        body.extend_from_slice(
            format!("--x\r\nContent-Disposition: form-data; name=\"{name}\"\r\n\r\n{value}\r\n").as_bytes(),
        );
    }
    body.extend_from_slice(
        b"--x\r\nContent-Disposition: form-data; name=\"file\"; filename=\"r.csv\"\r\nContent-Type: text/csv\r\n\r\n",
    );
    body.extend_from_slice(file);
    body.extend_from_slice(b"\r\n--x--\r\n");
    body
}

async fn send_roster(client: &mut Client, scope: &str, file: &[u8]) -> Answer {
    let csrf = client.get("/staff/sign-out").await.form("/staff/sign-out").value("csrf").unwrap().to_owned();
    client.extra = vec![("content-type".to_owned(), "multipart/form-data; boundary=x".to_owned())];
    let answer = client.send(Method::POST, "/admin/roster", Some(upload(&csrf, scope, file))).await;
    client.extra.clear();
    answer
}

/// The page once the work has ended.
async fn ended(client: &mut Client) -> Answer {
    for _ in 0..600 {
        let page = client.get("/admin/roster").await.ok();
        if !page.body.contains("http-equiv=\"refresh\"") {
            return page;
        }
        page.says("is being worked on");
        tokio::time::sleep(std::time::Duration::from_millis(50)).await;
    }
    panic!("it does not end");
}

async fn a_roster_is_checked_shown_and_taken_as_a_whole(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in("administrator").await;
    client.get("/admin/roster").await.ok().says("There is none yet");
    let people = "SELECT COUNT(*) FROM field_member";

    // Faults: every line, nothing taken.
    let faulty = format!("{ROSTER}NOWHERE,X-1,A\nRIV-EAST,G-1,Twice\n");
    assert_eq!(send_roster(&mut client, "named", faulty.as_bytes()).await.status, StatusCode::SEE_OTHER);
    let page = ended(&mut client).await;
    page.says("2 faults").says("Line 11 There is no such unit").says("Line 12 The number stands in line 2");
    assert_eq!(app.database.number(people).await, 0);
    assert!(page.forms().iter().all(|form| form.action != "/admin/roster/take"), "nothing can be taken");
    send_roster(&mut client, "named", b"RIV-EAST,G-9,\xff\xfe\n").await;
    ended(&mut client).await.says("Line 1 This line is not UTF-8");
    for (scope, file, says) in
        [("named", "", "Choose the file"), ("", ROSTER, "Say whom"), ("x", ROSTER, "Say whom")]
    {
        let answer = send_roster(&mut client, scope, file.as_bytes()).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer.says(says);
    }
    let large = vec![b'x'; 9 * 1_024 * 1_024];
    let answer = send_roster(&mut client, "all", &large).await;
    assert!(answer.status.is_client_error(), "{}", answer.status);

    // Shown, then taken.
    send_roster(&mut client, "all", ROSTER.as_bytes()).await;
    let page = ended(&mut client).await;
    page.says("On it 9").says("New 9").says("Gone 0");
    assert_eq!(app.database.number(people).await, 0, "nothing before the yes");
    let mut form = page.form("/admin/roster/take");
    form.set("do", "take");
    client.submit(&form).await;
    ended(&mut client).await.says("The roster is taken").says("9 people are on it: 9 new");
    assert_eq!(app.database.number(people).await, 9);
    client.submit(&form).await;
    assert_eq!(app.database.number(people).await, 9, "pressed twice, taken once");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());

    // Somebody else's is not shown, and what is dropped is gone.
    send_roster(&mut client, "named", b"RIV-EAST,G-1,Ada Rivers\n").await;
    let page = ended(&mut client).await;
    page.says("Another name 1").says("Gone 1").says("other units stay");
    form.set("do", "drop");
    client.submit(&form).await.ok().says("Choose a file");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM field_member WHERE gone IS NOT NULL").await, 0);
}

async fn people_come_move_leave_and_come_back(app: TestApp) {
    take(&app, ROSTER, Scope::Everybody).await;
    let first = directive(&app, "For the east", &["RIV-EAST"]).await;
    let ada = code(&app, "RIV-EAST", "G-1").await;
    app.candor.clock.advance_to(app.now().plus(3 * DAY));

    // Ada moves west under another name, Ben leaves; of the others nothing is said.
    let counts = take(&app, "RIV-WEST,g-1,Ada Lake\nRIV-EAST,G-3,New Hand\n", Scope::NamedUnits).await;
    assert_eq!(counts, Counts { on_it: 2, new: 1, moved: 1, renamed: 1, gone: 7, back: 0 });
    let later = directive(&app, "For the west", &["RIV-WEST"]).await;
    let east = directive(&app, "For the east again", &["RIV-EAST"]).await;
    let cookie = app.candor.member_sign_in("g-1", &ada, None).await.unwrap();
    let member = app.candor.member_session(&cookie).await.unwrap().unwrap();
    assert_eq!((member.name.as_str(), member.unit.as_str()), ("Ada Lake", "RIV-WEST"));
    let received = app.candor.received(&member).await.unwrap().items;
    let ids: Vec<_> = received.iter().map(|item| item.id).collect();
    // On the day of the move both units' reach her; what came before she moved stays hers.
    for id in [first, later, east] {
        assert!(ids.contains(&id.0));
    }
    assert_eq!(received.last().unwrap().id, first.0, "newest first");

    // The next day the east is not hers any more.
    app.candor.clock.advance_to(app.now().plus(DAY));
    let other = directive(&app, "Not hers", &["RIV-EAST"]).await;
    let count = app.candor.acknowledge_received(&member, &[other.0, first.0, first.0]).await;
    assert_eq!(count, Ok(1), "only what she received, once");

    // Ben is gone: what he received is listed, and nothing waits. Who received nothing is not kept.
    let gone = "SELECT COUNT(*) FROM field_member WHERE gone IS NOT NULL";
    assert_eq!(app.database.number(gone).await, 1);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM field_member").await, 4);
    let (administrator, _) = app.administrator().await;
    let slip = app.candor.renew_code(&administrator, "G-2").await.unwrap();
    let cookie = app.candor.member_sign_in("G-2", &slip.code, None).await.unwrap();
    let ben = app.candor.member_session(&cookie).await.unwrap().unwrap();
    let received = app.candor.received(&ben).await.unwrap().items;
    assert!(ben.gone && received.iter().any(|item| item.id == first.0));
    assert!(received.iter().all(|item| !item.waits && item.id != other.0));
    let counts = take(&app, "RIV-EAST,G-2,Ben Ford\nRIV-EAST,G-3,New Hand\n", Scope::NamedUnits).await;
    assert_eq!(counts, Counts { on_it: 2, back: 1, ..Counts::default() });
    let ben = app.candor.member_session(&cookie).await.unwrap().unwrap();
    assert!(
        app.candor.received(&ben).await.unwrap().items.iter().any(|item| item.waits && item.id == first.0)
    );

    // One that was checked before another was taken is not taken over it.
    let checked =
        app.candor.check_roster(&administrator, b"RIV-EAST,G-4,Four\n".to_vec(), Scope::Everybody, |_| ());
    let checked = checked.await.unwrap().unwrap();
    take(&app, "RIV-EAST,G-5,Five\n", Scope::NamedUnits).await;
    let before = app.database.dump().await;
    let late = app.candor.take_roster(&administrator, &checked, |_| ()).await;
    assert_eq!(late, Err(Problem::Store(StoreError::Conflict)));
    assert_eq!(app.database.dump().await, before);
    let commander = app.signed_in(RAISING).await;
    let refused = app.candor.check_roster(&commander, Vec::new(), Scope::Everybody, |_| ()).await;
    assert!(matches!(refused, Err(Problem::NotFound)));
}

async fn a_member_reads_acknowledges_and_finds_it_again(app: TestApp) {
    take(&app, ROSTER, Scope::Everybody).await;
    for (title, units) in
        [("Lights at <night>", &["RIV-EAST"][..]), ("For all", &[]), ("Not theirs", &["RIV-WEST"])]
    {
        directive(&app, title, units).await;
    }
    let right = code(&app, "RIV-EAST", "G-1").await;
    let before = app.database.dump().await;
    let mut client = Client::new(&app.site());
    assert_eq!(client.get("/received").await.ok().path, "/received/sign-in");
    let page = enter(&mut client, "g-1", &right.to_lowercase().replace('-', " ")).await.ok();
    assert_eq!(page.path, "/received");
    page.says("Ada").says("Patrol, East").says("Do not raise a concern from here").says("not yet");
    page.says("The whole text of it, <b>to be read</b>.");
    assert!(!page.text().contains("Not theirs") && page.text().contains("Lights at <night>"));
    assert_eq!(page.body.len() % 8_192, 0, "of a visitor's size");
    assert_eq!(app.database.dump().await, before, "signing in and reading leave nothing");

    // Several at once; what is forged or of another is passed over.
    let mut form = page.form("/received");
    let items: Vec<String> = page
        .body
        .split("name=\"item\" value=\"")
        .skip(1)
        .map(|rest| rest.split('"').next().unwrap().to_owned())
        .collect();
    assert_eq!(items.len(), 2);
    form.fields.retain(|(name, _)| name != "item");
    for item in items.iter().map(String::as_str).chain(["x", "00000000000000000000000000000000"]) {
        form.fields.push(("item".to_owned(), item.to_owned()));
    }
    let mut stale = form.clone();
    stale.set("csrf", "0");
    assert_eq!(client.submit(&stale).await.status, StatusCode::FORBIDDEN);
    assert_eq!(app.database.number("SELECT COUNT(*) FROM acknowledgement").await, 0);
    let page = client.submit(&form).await.ok();
    page.says("Acknowledged").says("Nothing waits for you").says("1 June 2026");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM acknowledgement").await, 2);
    client.submit(&form).await.ok();
    assert_eq!(app.database.number("SELECT COUNT(*) FROM acknowledgement").await, 2);

    // What is withdrawn is listed on, and waits for nobody.
    let office = app.signed_in("office-guard").await;
    let shelf = app.candor.shelf().await.unwrap();
    app.candor.withdraw_directive(&office, shelf.directives[0].id, &prose("Replaced.")).await.unwrap();
    client.get("/received").await.ok().says("1 June 2026");

    // Out, and after half an hour by itself.
    let page = client.get("/received/sign-out").await.ok();
    client.submit(&page.form("/received/sign-out")).await.ok().says("You are signed out");
    assert!(client.cookies.is_empty());
    enter(&mut client, "G-1", &right).await.ok();
    app.candor.clock.advance_to(app.now().plus(candor::service::members::SESSION));
    assert_eq!(client.get("/received").await.ok().path, "/received/sign-in");
}

async fn an_unknown_number_and_a_wrong_code_are_one_answer(app: TestApp) {
    take(&app, ROSTER, Scope::Everybody).await;
    let right = code(&app, "RIV-EAST", "G-1").await;
    let other = code(&app, "RIV-EAST", "G-2").await;
    let mut client = Client::new(&app.site());
    let mut bodies = Vec::new();
    for (number, code) in [("G-1", other.as_str()), ("G-7", &right), ("G-1", ""), ("", &right), ("G 1'", "x")]
    {
        let answer = enter(&mut client, number, code).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY);
        answer.says("Number and code do not fit together");
        assert!(!answer.body.contains(&right), "what was typed as a code does not come back");
        assert_eq!(answer.form("/received/sign-in").value("number"), Some(number));
        bodies.push(answer.body.replace("G-7", "G-1"));
    }
    assert_eq!(bodies[0], bodies[1]);
    assert!(client.cookies.is_empty());
    // Whoever tries again and again waits, for this number and from there alone; the right code then opens.
    let from = Some([1; 16]);
    for _ in 0..5 {
        let tried = app.candor.member_sign_in("G-1", "x", from).await;
        assert!(matches!(tried, Err(SignInError::Refused)));
    }
    assert!(matches!(app.candor.member_sign_in("g-1", &right, from).await, Err(SignInError::Wait { .. })));
    assert!(app.candor.member_sign_in("G-1", &right, Some([2; 16])).await.is_ok());
    app.candor.clock.advance_to(app.now().plus(2));
    let cookie = app.candor.member_sign_in("G-1", &right, from).await.unwrap();
    // A new code ends the old one and its sessions.
    let (administrator, _) = app.administrator().await;
    let new = app.candor.renew_code(&administrator, "g-1").await.unwrap();
    assert!(*new.code != right && app.candor.member_session(&cookie).await.unwrap().is_none());
    assert!(app.candor.member_sign_in("G-1", &right, Some([3; 16])).await.is_err());
    assert!(app.candor.member_sign_in("G-1", &new.code, Some([3; 16])).await.is_ok());
    let commander = app.signed_in(RAISING).await;
    assert!(matches!(app.candor.slips(&commander, &"RIV-EAST".into()).await, Err(Problem::NotFound)));
    assert!(matches!(app.candor.renew_code(&commander, "G-1").await, Err(Problem::NotFound)));
}

/// Somebody who signs in on a day of their own: sessions do not last so long.
async fn on_the_next_day(app: &TestApp, name: &str, days: i64) -> Client {
    app.candor.clock.advance_to(app.now().plus(days * DAY));
    let mut client = Client::new(&app.site());
    client.sign_in(name).await;
    client
}

async fn a_commander_sees_shares_and_nobodys_own(app: TestApp) {
    take(&app, ROSTER, Scope::Everybody).await;
    let old = directive(&app, "An old one", &[]).await;
    let site = app.site();
    let mut west = Client::new(&site);
    west.sign_in("guard-west").await;
    let address = "/desk/commander:RIV-WEST/received";
    west.get("/desk/commander:RIV-WEST").await.ok().says("What your unit has received");
    west.get(address).await.ok().says("On the roster 6").says("Fewer than 5 people, or nobody yet");
    for number in ["W-1", "W-2", "W-3", "W-4"] {
        acknowledge(&app, "RIV-WEST", number, old).await;
    }
    let mut west = on_the_next_day(&app, "guard-west", 1).await;
    west.get(address)
        .await
        .ok()
        .says("Fewer than 5 people, or nobody yet")
        .says("overdue for more than 10 days Nobody");
    let mut west = on_the_next_day(&app, "guard-west", 9).await;
    west.get(address).await.ok().says("overdue for more than 10 days Nobody");
    let mut west = on_the_next_day(&app, "guard-west", 1).await;
    let before = west.get(address).await.ok();
    before.says("overdue for more than 10 days Fewer than 5 people");
    // Looking again tells nobody who has just acknowledged something: all of it shows on the day after.
    acknowledge(&app, "RIV-WEST", "W-5", old).await;
    assert_eq!(west.get(address).await.ok().body, before.body);
    let mut west = on_the_next_day(&app, "guard-west", 1).await;
    let page = west.get(address).await.ok();
    page.says("Nearly all: fewer than 5 are missing").says("Fewer than 5 people");
    acknowledge(&app, "RIV-WEST", "W-6", old).await;
    let mut west = on_the_next_day(&app, "guard-west", 1).await;
    let page = west.get(address).await.ok();
    page.says("100 %").says("overdue for more than 10 days Nobody");
    assert!(!page.body.contains("Will"), "no name stands there");

    // The sheet has everybody, whoever has acknowledged, and what not all have.
    let new = directive(&app, "A new one", &["RIV-WEST"]).await;
    let sheet = west.get(&format!("{address}/muster")).await.ok();
    sheet.says("A new one").says("Will One").says("Will Six").says("W-3");
    assert!(!sheet.text().contains("An old one"));
    acknowledge(&app, "RIV-WEST", "W-1", new).await;
    assert_eq!(west.get(&format!("{address}/muster")).await.ok().body, sheet.body, "it tells of nobody");

    // Of two people nothing is said; and nobody else's unit is shown.
    let mut east = Client::new(&site);
    east.sign_in(RAISING).await;
    east.get("/desk/commander:RIV-EAST/received").await.ok().says("Too few people to show");
    for path in [address, &format!("{address}/muster"), "/desk/council:RIV/received"] {
        assert_eq!(east.get(path).await.status, StatusCode::NOT_FOUND, "{path}");
    }
    let mut council = Client::new(&site);
    council.sign_in("council-guard").await;
    assert_eq!(council.get("/desk/council:RIV/received").await.status, StatusCode::NOT_FOUND);
}

/// Two people in the east and one on the isle; thirty in the west and ten at headquarters, of the guard; of the
/// harbour six, in one unit, and more besides.
fn large_roster(besides: u32) -> String {
    let mut text = ROSTER.lines().filter(|line| !line.contains("WEST")).collect::<Vec<_>>().join("\n");
    let mut enlist = |unit: &str, people: u32| {
        for number in 0..people {
            write!(text, "\n{unit},{unit}-{number},Somebody {number}").unwrap();
        }
    };
    enlist("RIV-WEST", 30);
    enlist("RIV-HQ", 10);
    enlist("HAR-WEST", 6);
    enlist("HAR-EAST", besides);
    text + "\n"
}

/// People of a unit of the large roster acknowledge something.
async fn acknowledge_all(app: &TestApp, unit: &str, numbers: std::ops::Range<u32>, item: DirectiveId) {
    for number in numbers {
        acknowledge(app, unit, &format!("{unit}-{number}"), item).await;
    }
}

async fn headquarters_sees_reach_in_steps_and_no_small_unit(app: TestApp) {
    take(&app, &large_roster(0), Scope::Everybody).await;
    let mut office = Client::new(&app.site());
    office.sign_in("office-guard").await;
    office.get("/headquarters/reach").await.ok().says("Nothing has been handed out yet");
    let item = directive(&app, "Lights", &[]).await;
    let west = directive(&app, "For one unit", &["RIV-WEST"]).await;
    let first = office.get("/headquarters/reach").await.ok();
    // Of forty people of two units; of six, and of one unit alone, nothing is said.
    first.says("Lights").says("0 to 22 %").says("Too few people to show").says("Not handed out");
    assert!(!first.text().contains("Patrol"), "no unit and no branch is named");
    acknowledge_all(&app, "RIV-WEST", 0..9, item).await;
    acknowledge_all(&app, "RIV-WEST", 0..9, west).await;
    assert_eq!(office.get("/headquarters/reach").await.ok().body, first.body, "not on the same day");
    // The nine are fewer than a step; with one more it is reached, on the day after.
    let mut office = on_the_next_day(&app, "office-guard", 1).await;
    assert_eq!(office.get("/headquarters/reach").await.ok().text(), first.text());
    acknowledge_all(&app, "RIV-HQ", 0..1, item).await;
    assert_eq!(office.get("/headquarters/reach").await.ok().text(), first.text());
    let mut office = on_the_next_day(&app, "office-guard", 1).await;
    let second = office.get("/headquarters/reach").await.ok();
    second.says("25 to 47 %");
    // The two in the east and the one on the isle are in no number: all would differ otherwise.
    for (unit, number) in [("RIV-EAST", "G-1"), ("RIV-EAST", "G-2"), ("RIV-ISLE", "I-1")] {
        acknowledge(&app, unit, number, item).await;
    }
    acknowledge_all(&app, "RIV-WEST", 9..18, item).await;
    let mut office = on_the_next_day(&app, "office-guard", 1).await;
    assert_eq!(office.get("/headquarters/reach").await.ok().text(), second.text());
    acknowledge_all(&app, "RIV-WEST", 18..19, item).await;
    let mut office = on_the_next_day(&app, "office-guard", 1).await;
    office.get("/headquarters/reach/2026-Q2").await.ok().says("50 to 72 %");
    for wrong in ["2026-Q1", "x"] {
        let path = format!("/headquarters/reach/{wrong}");
        assert_eq!(office.get(&path).await.status, StatusCode::NOT_FOUND);
    }
    let quarter = "2026-Q2".parse().unwrap();
    let reach = app.candor.reach(&app.signed_in("office-guard").await, quarter).await.unwrap();
    assert_eq!(reach.items.len(), 2);
    // Neither the page nor what is behind it is for others.
    let commander = app.signed_in(RAISING).await;
    assert!(matches!(app.candor.reach(&commander, quarter).await, Err(Problem::NotFound)));
    assert!(matches!(app.candor.quarters_handed_out(&commander).await, Err(Problem::NotFound)));
    let mut commander = Client::new(&app.site());
    commander.sign_in(RAISING).await;
    assert_eq!(commander.get("/headquarters/reach").await.status, StatusCode::NOT_FOUND);
}

/// The measure of the quarter: how many people have acknowledged within ten days all that fell due in it.
async fn reach_is_published_with_the_quarter_once(app: TestApp) {
    take(&app, &large_roster(8), Scope::Everybody).await;
    let item = directive(&app, "Lights", &[]).await;
    let withdrawn = directive(&app, "A mistake", &[]).await;
    acknowledge_all(&app, "RIV-WEST", 0..20, item).await;
    acknowledge_all(&app, "RIV-HQ", 0..4, item).await;
    acknowledge_all(&app, "HAR-WEST", 0..3, item).await;
    acknowledge_all(&app, "HAR-EAST", 0..4, item).await;
    let office = app.signed_in("office-guard").await;
    app.candor.withdraw_directive(&office, withdrawn, &prose("Replaced.")).await.unwrap();
    // The tenth day is in time, the one after is not.
    app.candor.clock.advance_to(app.now().plus(10 * DAY));
    acknowledge_all(&app, "RIV-HQ", 4..5, item).await;
    app.candor.clock.advance_to(app.now().plus(DAY));
    acknowledge_all(&app, "RIV-HQ", 5..10, item).await;
    // Falls due in the next quarter, where nobody has acknowledged it.
    app.candor.clock.advance_to(app.now().plus(13 * DAY));
    directive(&app, "Late in June", &[]).await;
    for wait in [40, 60] {
        app.candor.clock.advance_to(app.now().plus(wait * DAY));
        app.candor.measure(app.now()).await.unwrap();
    }
    app.candor.clock.advance_to(app.now().plus(60 * DAY));
    app.candor.measure(app.now()).await.unwrap();
    let releases = app.candor.published_measures().await.unwrap();
    let [first, second] = releases.as_slice() else { panic!("{}", releases.len()) };
    // 43 of the guard, of whom 25 were in time, and 14 of the harbour, of whom seven were.
    let topic = first.topic(Topic::Reach).unwrap();
    assert_eq!(topic.together, Shown::About(55));
    assert_eq!(topic.directions.clone().map(|line| line.count), [Shown::About(45), Shown::About(15)]);
    let of = |side| first.parts(Split::ReachedInTime, Some(side)).unwrap().columns.clone();
    assert_eq!(of(0), [Shown::Exactly(25), Shown::Exactly(18)]);
    assert_eq!(of(1), [Shown::Exactly(7), Shown::Exactly(7)]);
    // Nobody in time, of whom nothing is told: nor of both together.
    assert_eq!(second.topic(Topic::Reach).unwrap().together, Shown::About(55));
    assert_eq!(second.parts(Split::ReachedInTime, None), None);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
    let mut client = Client::new(&app.site());
    client.sign_in("office-guard").await;
    client
        .get("/headquarters/measures/2026-Q2")
        .await
        .ok()
        .says("About 55 people had something to acknowledge by a day of this quarter")
        .says("People of Guard: \u{201c}all of it within 10 days\u{201d} in 25");
}

async fn codes_are_printed_by_the_administrator_and_it_is_recorded(app: TestApp) {
    take(&app, ROSTER, Scope::Everybody).await;
    let mut client = Client::new(&app.site());
    client.sign_in("administrator").await;
    let entries = "SELECT COUNT(*) FROM journal";
    let before = app.database.number(entries).await;
    let mut form = client.get("/admin/roster/codes").await.ok().form("/admin/roster/codes");
    form.set("unit", "RIV-EAST").set("do", "unit");
    let page = client.submit(&form).await.ok();
    page.says("Rivers, Ada").says("G-2").says(&code(&app, "RIV-EAST", "G-1").await);
    form.set("unit", "HAR-EAST");
    let page = client.submit(&form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Nobody on the roster is in this unit");
    form.set("do", "one").set("number", "g-1 ");
    client.submit(&form).await.ok().says("A new code");
    form.set("number", "<none>");
    let page = client.submit(&form).await;
    assert_eq!(page.status, StatusCode::UNPROCESSABLE_ENTITY);
    page.says("Nobody on the roster has this number");
    assert!(page.body.contains("value=\"&#60;none&#62;\""), "what was typed stays");
    assert_eq!(app.database.number(entries).await, before + 3, "two printings here, one by this test");
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

/// Sixty thousand people: in one go, in bounded memory, told as it goes.
async fn sixty_thousand_people_are_taken(app: TestApp) {
    let people = if is_long() { 60_000 } else { 3_000 };
    let mut text = String::from("unit,number,name\n");
    for number in 0..people {
        let unit = ["RIV-HQ", "RIV-EAST", "HAR-HQ", "HAR-EAST"][number % 4];
        writeln!(text, "{unit},P{number:06},Somebody With A Name {number}").unwrap();
    }
    let (administrator, _) = app.administrator().await;
    let steps: Arc<Mutex<Vec<Step>>> = Arc::default();
    let (told, started) = (steps.clone(), std::time::Instant::now());
    let record = move |step| told.lock().unwrap().push(step);
    let checked =
        app.candor.check_roster(&administrator, text.into_bytes(), Scope::Everybody, record.clone());
    let checked = checked.await.unwrap().unwrap();
    let checking = started.elapsed();
    let started = std::time::Instant::now();
    app.candor.take_roster(&administrator, &checked, record).await.unwrap();
    let taking = started.elapsed();
    let said = |wanted: fn(&Step) -> bool| steps.lock().unwrap().iter().filter(|step| wanted(step)).count();
    assert!(said(|step| matches!(step, Step::Reading { .. })) >= people / 1_000);
    assert!(said(|step| matches!(step, Step::Comparing { .. })) >= 2 * people / 1_000);
    assert!(said(|step| matches!(step, Step::Writing { people, of } if people == of)) > 0);
    let strengths = store::members::strengths(&mut app.database.read().await).await.unwrap();
    assert_eq!(strengths.iter().map(|one| one.count as usize).sum::<usize>(), people);
    if is_long() {
        let memory = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
        let peak = memory.lines().find(|line| line.starts_with("VmHWM")).unwrap_or_default().to_owned();
        let engine = app.database.engine;
        tell(&format!(
            "{engine:?}: {people} people checked in {checking:.2?}, taken in {taking:.2?}; {peak}"
        ));
    }
}

on_both!(
    a_roster_is_checked_shown_and_taken_as_a_whole,
    people_come_move_leave_and_come_back,
    a_member_reads_acknowledges_and_finds_it_again,
    an_unknown_number_and_a_wrong_code_are_one_answer,
    a_commander_sees_shares_and_nobodys_own,
    headquarters_sees_reach_in_steps_and_no_small_unit,
    reach_is_published_with_the_quarter_once,
    codes_are_printed_by_the_administrator_and_it_is_recorded,
    sixty_thousand_people_are_taken,
);
