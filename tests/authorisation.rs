//! Every route and every role: who gets in, who is sent to the door, and for whom there is nothing.

use std::collections::{BTreeMap, BTreeSet};

use axum::http::{Method, StatusCode};
use candor::clock::DAY;
use candor::domain::concern::{Concern, HandlerConcerned};
use candor::domain::dispute::Facts;
use candor::domain::policy::{self, CommandKind};
use candor::service::cases::HandlerAct;
use candor::service::inbox::ReporterAct;
use candor::web::routes::{Area, Route};

use crate::support::app::{CONCERNED, PASSPHRASE, PEOPLE, RAISING, TestApp, concern};
use crate::support::http::{Answer, Client};
use crate::support::site::routes;

const STAFF: [&str; 9] = [
    RAISING,
    "guard-west",
    "council-guard",
    "council-guard-member",
    "secretary",
    "office-guard",
    "office-harbour",
    "administrator",
    "auditor",
];

/// The last part of an act's address, and the command that must be open for it.
const ACTS: [(&str, CommandKind); 27] = [
    ("acknowledge", CommandKind::Acknowledge),
    ("accept", CommandKind::Accept),
    ("not-joint", CommandKind::CloseNotJoint),
    ("extend", CommandKind::Extend),
    ("escalate", CommandKind::Escalate),
    ("propose", CommandKind::Propose),
    ("reject", CommandKind::Reject),
    ("ask", CommandKind::Ask),
    ("tell", CommandKind::Write),
    ("write", CommandKind::Write),
    ("delegate", CommandKind::Delegate),
    ("recuse", CommandKind::Recuse),
    ("identity", CommandKind::ShowIdentity),
    ("remand", CommandKind::Remand),
    ("working-group", CommandKind::AssignGroup),
    ("refer-up", CommandKind::ReferUp),
    ("report", CommandKind::Report),
    ("decide", CommandKind::Decide),
    ("direct", CommandKind::Direct),
    ("pace", CommandKind::ChangePace),
    ("done", CommandKind::Done),
    ("verify", CommandKind::Verify),
    ("waive", CommandKind::Waive),
    ("reprisal", CommandKind::AnswerReprisal),
    ("hold", CommandKind::Hold),
    ("lift-hold", CommandKind::LiftHold),
    ("rate", CommandKind::Rate),
];

/// Who may come in, signed in or not. `{post}` is the commander of the raising side, at headquarters one
/// office; the case is one of that commander's; `{account}` waits for that commander's approval.
fn may(route: &Route, name: &str) -> bool {
    match route.path {
        "/staff/sign-in" | "/staff/sign-out" => true,
        _ if name.is_empty() => false,
        "/desk"
        | "/setup"
        | "/staff/account"
        | "/staff/confirm"
        | "/staff/approvals"
        | "/staff/members"
        | "/staff/second-factor"
        | "/staff/second-factor/codes"
        | "/staff/second-factor/passkeys"
        | "/staff/sessions"
        | "/staff/passphrase" => true,
        "/desk/{post}"
        | "/desk/{post}/case/{number}"
        | "/desk/{post}/case/{number}/file/{id}"
        | "/desk/{post}/case/{number}/{act}"
        | "/desk/{post}/received"
        | "/desk/{post}/received/muster"
        | "/staff/approvals/{account}/{post}" => name == RAISING,
        "/headquarters" => name.starts_with("office-"),
        "/headquarters/{post}"
        | "/headquarters/{post}/print"
        | "/headquarters/{post}/notices.csv"
        | "/headquarters/{post}/notice/{id}" => name == "office-guard",
        "/headquarters/what-if"
        | "/headquarters/measures"
        | "/headquarters/measures/{quarter}"
        | "/headquarters/measures/{quarter}/measures.csv"
        | "/headquarters/measures/{quarter}/report"
        | "/headquarters/reach" => {
            name.starts_with("council-") || name.starts_with("office-")
        }
        "/staff/directives" => name == "council-guard" || name.starts_with("office-"),
        "/staff/readings" => {
            name == RAISING || name == "guard-west" || name.starts_with("council-")
        }
        "/staff/readings/ask" => matches!(name, RAISING | "guard-west" | "council-guard"),
        "/staff/readings/settle" => matches!(name, RAISING | "guard-west"),
        "/staff/support" | "/staff/support/ask" => matches!(name, RAISING | "guard-west" | "council-guard"),
        "/staff/time" | "/staff/organisation" => matches!(name, "council-guard" | "administrator"),
        "/admin"
        | "/admin/organisation"
        | "/admin/organisation/file"
        | "/admin/calendar"
        | "/admin/standards"
        | "/admin/people"
        | "/admin/people/invite"
        | "/admin/people/{account}"
        | "/admin/access-phrase"
        | "/admin/roster"
        | "/admin/roster/take"
        | "/admin/roster/codes"
        | "/admin/status"
        | "/admin/delivery" => name == "administrator",
        "/audit" | "/audit/check" | "/audit/entries.csv" => name == "auditor",
        // A founding lead; one looks after whoever is alone in a post, as this one person is.
        "/setup/found" | "/staff/members/{post}/{fellow}" | "/staff/library" => name == "council-guard",
        // The post is a commander's, and this is for the Council: tests/ratings.rs.
        "/desk/{post}/ratings"
        // Nobody has an invitation here, nor a passkey.
        // Nothing waits for the library, and nothing has appeared in it.
        | "/setup/join/{token}"
        // Nothing was handed out.
        | "/headquarters/reach/{quarter}"
        | "/staff/second-factor/passkeys/{id}"
        | "/staff/directives/{id}"
        | "/staff/library/drafts/{id}"
        | "/staff/library/entries/{id}"
        // Nobody has asked anything.
        | "/staff/readings/{id}"
        | "/staff/support/{id}" => false,
        other => panic!("who may come to {other}? Say it here"),
    }
}

#[derive(Debug, PartialEq, Eq)]
enum Outcome {
    In,
    Door,
    Nothing,
}

fn outcome(answer: &Answer) -> Outcome {
    let to = answer.headers.get("location").map_or("", |to| to.to_str().unwrap());
    match answer.status.as_u16() {
        303 if to.starts_with("/staff/sign-in") => Outcome::Door,
        403 | 404 => Outcome::Nothing,
        _ => Outcome::In,
    }
}

async fn every_route_lets_in_whom_it_should(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    app.resolve(&number, RAISING, CONCERNED).await;
    let (reporter, open) = app.open_case(&concern()).await;
    let file = candor::cleaning::clean(b"What the notice board says.").unwrap();
    app.reporter_acts(&reporter, &ReporterAct::Attach { file, council_only: false }).await;
    app.run_batches().await;
    let file = app.case(RAISING, &open).await.unwrap().files[0].id.to_string();
    let office = app.person("office-guard").await;
    let notices = app.candor.notices(&office.signed_in, &office.seat, "", 0).await.unwrap().notices;
    let notice = notices[0].id.to_string();
    let (administrator, _) = app.administrator().await;
    let link = app.candor.invite_auditor(&administrator, "auditor").await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let post = "commander:RIV-EAST".parse().unwrap();
    let link = app.candor.invite(&administrator, "newcomer", false, &[(post, false)]).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let people = app.candor.people(&administrator).await.unwrap();
    let newcomer =
        people.iter().find(|person| person.sign_in_name == "newcomer").unwrap().account.to_string();

    let fellow = people.iter().find(|person| person.sign_in_name == RAISING).unwrap().account.to_string();

    assert_eq!(app.candor.measure(app.now().plus(70 * DAY)).await, Ok(1));
    let site = app.site();
    let mut routes: Vec<_> = routes().into_iter().filter(|route| !route.area.is_visitors()).collect();
    // Looking comes before doing: what is done here may be done once.
    routes.sort_by_key(|route| route.method != Method::GET);
    assert!(routes.len() > 20);
    for route in &routes {
        let post =
            if route.area == Area::Headquarters { "headquarters:RIV-OFFICE" } else { "commander:RIV-EAST" };
        let path = route
            .path
            .replace("{post}", post)
            .replace("{number}", &open)
            .replace("{quarter}", "2026-Q2")
            .replace("{act}", "acknowledge")
            .replace("{id}", if route.area == Area::Desk { &file } else { &notice })
            .replace("{account}", &newcomer)
            .replace("{fellow}", &fellow)
            .replace("{token}", &"0".repeat(64));
        for name in [""].into_iter().chain(STAFF) {
            let mut client = Client::new(&site);
            let mut body = String::new();
            if !name.is_empty() {
                client.sign_in(name).await;
                // With the token of the session, so that it is the role that decides.
                let page = client.get("/staff/sign-out").await;
                let token = page.form("/staff/sign-out").value("csrf").unwrap().to_owned();
                body = format!("csrf={token}&seen=0");
            }
            let body = (route.method == Method::POST).then(|| body.into_bytes());
            let answer = client.send(route.method.clone(), &path, body).await;
            let expected = match (may(route, name), name) {
                (true, _) => Outcome::In,
                (false, "") if route.path != "/setup/join/{token}" => Outcome::Door,
                (false, _) => Outcome::Nothing,
            };
            assert_eq!(
                outcome(&answer),
                expected,
                "{} {} for \"{name}\": {}",
                route.method,
                route.path,
                answer.status
            );
        }
    }
}

/// Every person, every act, on a case of theirs, on another's and on one that they are left out of: who sees
/// it is written here, what they may do there is `policy`'s table, and whoever may not changes nothing.
async fn every_act_on_every_case_is_open_to_whom_the_table_says(app: TestApp) {
    let others = Concern { my_unit: "RIV-WEST".into(), other_unit: "HAR-WEST".into(), ..concern() };
    let concerned = Concern { handler: HandlerConcerned::OurSide, ..concern() };
    let site = app.site();
    let mut told: BTreeMap<_, Vec<_>> = BTreeMap::new();
    let mut seldom = BTreeSet::new();
    for (what, concern) in [("own", concern()), ("other", others), ("left out", concerned)] {
        let (_, number) = app.open_case(&concern).await;
        if what == "own" {
            for name in [RAISING, CONCERNED] {
                app.act(name, &number, HandlerAct::Acknowledge { no_conflict: true }).await.unwrap();
            }
            app.act(RAISING, &number, HandlerAct::Propose(app.proposal())).await.unwrap();
        }
        let before = app.candor.dispute(&number).await.unwrap();
        for (name, _, _) in PEOPLE {
            let person = app.person(name).await;
            let mut client = Client::new(&site);
            client.sign_in(name).await;
            let case = format!("/desk/{}/case/{number}", person.seat.post);
            let missing = format!("/desk/{}/case/ABC-0000", person.seat.post);
            let sees = client.get(&case).await.status == StatusCode::OK;
            if sees {
                told.entry(what).or_default().push(name);
            }
            let directory = app.candor.directory().await.unwrap();
            let facts = Facts {
                now: app.now(),
                calendar: &directory.calendar,
                members: &directory.members,
                fresh: true,
            };
            let offered = policy::offers(&before, &person.seat, &facts);
            seldom.extend(offered.iter().copied());
            assert!(sees || offered.is_empty(), "{name} may do {offered:?} on a case they do not see");
            for (word, kind) in ACTS {
                let path = format!("{case}/{word}");
                let looked = client.send(Method::GET, &path, None).await;
                let open = looked.status == StatusCode::OK;
                assert_eq!(open, sees && offered.contains(&kind), "{name}: {path}: {}", looked.status);
                if !open {
                    let csrf = client.get("/staff/sign-out").await.form("/staff/sign-out");
                    let body = format!("csrf={}&seen=0", csrf.value("csrf").unwrap()).into_bytes();
                    let done = client.send(Method::POST, &path, Some(body.clone())).await;
                    if !sees {
                        let path = format!("{missing}/{word}");
                        let nowhere = client.send(Method::POST, &path, Some(body)).await;
                        assert_eq!(
                            (done.status, &done.body),
                            (nowhere.status, &nowhere.body),
                            "{name}: {path}"
                        );
                    }
                }
            }
        }
        assert_eq!(app.candor.dispute(&number).await.unwrap(), before, "nobody has changed anything");
    }
    let field = ["guard-east", "guard-east-alternate", "harbour-east", "harbour-east-alternate"];
    let council = ["council-guard", "council-harbour", "council-guard-member", "council-harbour-member"];
    assert_eq!(told["own"], field);
    assert_eq!(told["left out"], council);
    assert!(told["other"].iter().all(|name| name.contains("west")) && told["other"].len() == 4);
    assert!(seldom.len() > 8, "hardly anything was open to anybody: {seldom:?}");
}

/// The way back after signing in leads nowhere but to this site.
async fn signing_in_leads_to_no_other_site(app: TestApp) {
    let site = app.site();
    for to in [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "\\\\evil.example",
        "/%2f/evil.example",
        "javascript:alert(1)",
        "/\u{9}/evil.example",
        "/desk\r\nset-cookie: a=b",
        "",
    ] {
        let mut client = Client::new(&site);
        let address = format!("/staff/sign-in?to={}", crate::support::http::escape(to));
        let page = client.get(&address).await.ok();
        let mut form = page.form("/staff/sign-in");
        form.set("name", RAISING).set("passphrase", PASSPHRASE);
        if form.value("to").is_some() {
            form.set("to", to);
        }
        let fields: Vec<_> =
            form.fields.iter().map(|(name, value)| (name.as_str(), value.as_str())).collect();
        let answer = client.post_only(&form.action, &fields).await;
        let location = answer.headers["location"].to_str().unwrap();
        let rest = location.strip_prefix('/').unwrap_or_else(|| panic!("{to} leads to {location}"));
        assert!(!rest.starts_with(['/', '\\', '\t', '%']), "{to} leads to {location}");
        assert!(!location.contains("evil"), "{to} leads to {location}");
    }
}

/// After signing out the cookie opens nothing, in whatever browser it is.
async fn after_signing_out_the_cookie_opens_nothing(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let kept = client.clone();
    let page = client.get("/staff/sign-out").await.ok();
    client.submit(&page.form("/staff/sign-out")).await;
    assert!(client.cookies.is_empty(), "{:?}", client.cookies);
    let answer = kept.clone().send(Method::GET, "/desk", None).await;
    assert_eq!(outcome(&answer), Outcome::Door);
}

on_both!(
    every_route_lets_in_whom_it_should,
    every_act_on_every_case_is_open_to_whom_the_table_says,
    signing_in_leads_to_no_other_site,
    after_signing_out_the_cookie_opens_nothing,
);
