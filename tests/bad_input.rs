//! What no page of ours would send: refused on a plain page, without harm and without a trace.

use axum::http::{Method, StatusCode};

use crate::support::app::{RAISING, TestApp};
use crate::support::http::{Client, escape};
use crate::support::site::{filled, routes};

/// Every route, asked by nobody, by a commander and by the administrator, with bodies and parameters that
/// mean harm: nothing falls over, nothing is changed.
async fn no_route_falls_over(app: TestApp) {
    let site = app.site();
    let mut people = vec![Client::new(&site)];
    for name in [RAISING, "council-guard", "office-guard", "administrator"] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        people.push(client);
    }
    let mut bodies: Vec<Vec<u8>> = vec![
        Vec::new(),
        b"=&=&=&&&==".to_vec(),
        b"a=%".to_vec(),
        b"a=%zz".to_vec(),
        b"text=%ff%fe".to_vec(),
        vec![0xff; 64],
        b"\0\0\0\0".to_vec(),
        "a=1&".repeat(30_000).into_bytes(),
        b"csrf=0&seen=-1&page=99999999999999999999&index=256&act=%00&version=zz&words=%00".to_vec(),
    ];
    bodies.push(format!("what_happens={}", "x".repeat(1_000_000)).into_bytes());
    bodies.push(
        format!("words={}", escape("\u{202e}\u{0}\u{7f}é😀'\"><script>alert(1)</script>")).into_bytes(),
    );
    let before = app.database.number("SELECT COUNT(*) FROM journal").await;
    for route in routes() {
        for client in &people {
            let mut paths = vec![filled(&route)];
            if route.path.contains('{') {
                for bad in ["%00", "%ff", "..%2f..%2fetc%2fpasswd", "'%20OR%201=1", "-1", &"9".repeat(5_000)]
                {
                    paths.push(filled(&route).replace("/x", &format!("/{bad}")));
                }
            } else {
                paths.push(format!("{}?page=-1&post=x&x=%ff&page=1", route.path));
            }
            for path in paths {
                let tried: &[Vec<u8>] = if route.method == Method::POST { &bodies } else { &[Vec::new()] };
                for body in tried {
                    let mut client = client.clone();
                    let body = (route.method == Method::POST).then(|| body.clone());
                    let answer = client.send(route.method.clone(), &path, body).await;
                    assert!(
                        answer.status.as_u16() < 500 || answer.status == StatusCode::SERVICE_UNAVAILABLE,
                        "{} {path} answers {}",
                        route.method,
                        answer.status
                    );
                    assert!(!answer.body.contains("<script>alert"), "{path} gives back what was sent");
                    for word in ["sqlx", "panicked", "SELECT ", "src/"] {
                        assert!(!answer.body.contains(word), "{path} shows its inside: {word}");
                    }
                }
            }
        }
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM journal").await, before, "nothing was done");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

/// A form sent from another site, or from none, changes nothing; whoever is signed in.
async fn nothing_is_done_for_another_site(app: TestApp) {
    let site = app.site();
    let mut client = Client::new(&site);
    client.sign_in(RAISING).await;
    for route in routes().into_iter().filter(|route| route.method == Method::POST) {
        for (name, value) in [
            ("sec-fetch-site", "cross-site"),
            ("sec-fetch-site", "same-site"),
            ("sec-fetch-site", "none"),
            ("origin", "https://evil.example"),
        ] {
            let mut client = client.clone();
            client.extra.push((name.to_owned(), value.to_owned()));
            if name == "origin" {
                client.extra.push(("sec-fetch-site".to_owned(), "cross-site".to_owned()));
            }
            let answer = client.send(Method::POST, &filled(&route), Some(b"a=1".to_vec())).await;
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{} from {value}", route.path);
        }
    }
}

async fn a_form_without_the_sessions_token_does_nothing(app: TestApp) {
    let (_, number) = app.open_case(&crate::support::app::concern()).await;
    let site = app.site();
    let mut client = Client::new(&site);
    client.sign_in(RAISING).await;
    let mut other = Client::new(&site);
    other.sign_in(RAISING).await;
    let case = client.case(&number).await;
    let page = client.get(&format!("{}/acknowledge", case.path)).await.ok();
    let foreign = other.get(&format!("{}/acknowledge", case.path)).await.ok();
    let foreign = foreign.form("/acknowledge").value("csrf").unwrap().to_owned();
    for token in ["", "0", &foreign, &"0".repeat(64), &"é".repeat(64)] {
        let mut form = page.form("/acknowledge");
        form.set("csrf", token).set("no_conflict", "yes").set("no_search", "yes");
        let answer = client.submit(&form).await;
        assert!(answer.status.is_client_error(), "{token}: {}", answer.status);
    }
    assert!(app.case(RAISING, &number).await.unwrap().sides.raising.acknowledged.is_none());
}

/// Somebody else's case, a case that is not there, somebody else's post: one answer, byte for byte.
async fn somebody_elses_identifier_is_answered_like_none(app: TestApp) {
    let (_, number) = app.open_case(&crate::support::app::concern()).await;
    let site = app.site();
    let mut owner = Client::new(&site);
    owner.sign_in(RAISING).await;
    let theirs = owner.case(&number).await.path;
    for name in ["guard-west", "guard-hq", "office-guard", "secretary", "administrator"] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        let there = client.get(&theirs).await;
        let not = client.get(&theirs.replace(&number, "ZZZ-0000")).await;
        assert_eq!(there.status, StatusCode::NOT_FOUND, "{name}");
        assert_eq!(there.body, not.body, "{name}");
        for act in ["acknowledge", "accept", "identity", "nonsense"] {
            let one = client.get(&format!("{theirs}/{act}")).await;
            assert_eq!((one.status, &one.body), (not.status, &not.body), "{name} {act}");
        }
    }
}

async fn texts_that_are_too_long_or_cannot_be_shown_come_back_with_the_reason(app: TestApp) {
    let mut client = Client::new(&app.site());
    let long = "x".repeat(4_001);
    for (value, says) in [
        (long.as_str(), "1 characters too long"),
        ("", "Please write something"),
        ("a\u{0}b", "cannot be shown"),
        ("a\u{1b}[31mb", "cannot be shown"),
    ] {
        let answer = client.reach_review(&[("what_happens", value)]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        answer.says(says);
    }
    let page = client.reach_form().await;
    for (name, value) in [
        ("our_unit", "NOWHERE"),
        ("other_unit", "NOWHERE"),
        ("other_unit", "RIV-WEST"),
        ("handler", "nobody"),
        ("category", "nothing"),
        ("document", "nothing"),
        ("pace", "yesterday"),
        ("since", "2026-13"),
        ("since", "2090-01"),
    ] {
        let mut form = page.form("/write/review");
        form.set("what_happens", "Something.").set("handler", "no").set(name, value);
        let answer = client.submit(&form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}={value}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM inbox").await, 0);
}

/// Steps out of order lead back to the first unanswered one.
async fn steps_out_of_order_lead_to_the_first_that_is_missing(app: TestApp) {
    let mut client = Client::new(&app.site());
    for fields in [
        &[("to", "write")][..],
        &[("to", "other_unit"), ("other_unit", "HAR-EAST")],
        &[("to", "nonsense")],
        &[("to", "write"), ("our_branch", "HAR-INS"), ("our_unit", "RIV-EAST")],
    ] {
        let answer = client.post("/write", fields).await;
        assert!(answer.status.is_success() || answer.status == StatusCode::UNPROCESSABLE_ENTITY);
        assert!(!answer.body.contains("Check before sending"), "{fields:?}");
    }
    for path in ["/write/review", "/write/send"] {
        let answer = client.post(path, &[]).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{path}");
    }
    for path in ["/return/act", "/return/end"] {
        let answer = client.post(path, &[("act", "withdraw")]).await;
        assert!(answer.status.as_u16() < 500, "{path}");
    }
}

on_both!(
    no_route_falls_over,
    nothing_is_done_for_another_site,
    a_form_without_the_sessions_token_does_nothing,
    somebody_elses_identifier_is_answered_like_none,
    texts_that_are_too_long_or_cannot_be_shown_come_back_with_the_reason,
    steps_out_of_order_lead_to_the_first_that_is_missing,
);
