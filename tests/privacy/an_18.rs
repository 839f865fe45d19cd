//! AN-18: a reporter's page refuses while a staff cookie is there, without looking it up, and the two
//! share nothing.

use axum::http::{Method, StatusCode};
use candor::service::members::Scope;
use candor::web::routes::Area;

use crate::support::app::{RAISING, TestApp, concern};
use crate::support::http::Client;
use crate::support::site::{filled, routes};

async fn an_18_reporter_pages_refuse_while_a_staff_cookie_is_there(app: TestApp) {
    let site = app.site();
    let mut staff = Client::new(&site);
    staff.sign_in(RAISING).await;
    let before = app.database.dump().await;
    let mut seen = 0;
    for route in routes().into_iter().filter(|route| route.area == Area::Reporter) {
        // The first page and the way out are for everybody.
        if matches!(route.path, "/" | "/leave") {
            continue;
        }
        let body = || (route.method == Method::POST).then(|| b"a=1".to_vec());
        let signed_in = staff.clone().send(route.method.clone(), &filled(&route), body()).await;
        assert_eq!(signed_in.status, StatusCode::FORBIDDEN, "{}", route.path);
        assert!(signed_in.body.contains("/staff/"), "{} offers no way to sign out", route.path);
        // A cookie that means nothing is answered alike: it is not looked up.
        let mut nobody = Client::new(&site);
        nobody.cookies.insert("__Host-staff".to_owned(), "x".to_owned());
        let unknown = nobody.send(route.method.clone(), &filled(&route), body()).await;
        assert_eq!((unknown.status, unknown.body), (signed_in.status, signed_in.body), "{}", route.path);
        // The control: without the cookie it does not refuse in this way.
        let free = Client::new(&site).send(route.method.clone(), &filled(&route), body()).await;
        assert_ne!(free.status, StatusCode::FORBIDDEN, "{}", route.path);
        seen += 1;
    }
    assert!(seen > 5);
    assert_eq!(app.database.dump().await, before, "nothing was written, not even that the session is alive");
}

/// A member's session is one as well: reporters' pages stay shut, whatever it is worth, and it opens nothing of
/// anybody's.
async fn an_18_a_members_session_shuts_reporter_pages_and_opens_no_case(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    crate::members::take(&app, crate::members::ROSTER, Scope::Everybody).await;
    let code = crate::members::code(&app, "RIV-EAST", "G-1").await;
    let site = app.site();
    let mut member = Client::new(&site);
    crate::members::enter(&mut member, "G-1", &code).await.ok().says("What you received");
    let before = app.database.dump().await;
    let mut shut = 0;
    for route in routes() {
        let body = || (route.method == Method::POST).then(|| b"a=1".to_vec());
        let path = filled(&route).replace("/x/case/x", &format!("/commander:RIV-EAST/case/{number}"));
        let answer = member.clone().send(route.method.clone(), &path, body()).await;
        assert!(!answer.body.contains(&number), "{path}");
        if route.area == Area::Reporter && !matches!(route.path, "/" | "/leave") {
            assert_eq!(answer.status, StatusCode::FORBIDDEN, "{}", route.path);
            assert!(answer.body.contains("/received/sign-out"), "{} offers no way to sign out", route.path);
            let mut nobody = Client::new(&site);
            nobody.cookies.insert("__Host-member".to_owned(), "x".to_owned());
            let unknown = nobody.send(route.method.clone(), &path, body()).await;
            assert_eq!((unknown.status, unknown.body), (answer.status, answer.body), "{}", route.path);
            shut += 1;
        } else if !route.area.is_visitors() {
            let nobody = Client::new(&site).send(route.method.clone(), &path, body()).await;
            assert_eq!((nobody.status, nobody.body), (answer.status, answer.body), "{}", route.path);
        }
    }
    assert!(shut > 5);
    assert_eq!(app.database.dump().await, before);
    // The cookies do not stand for each other.
    let session = member.cookies["__Host-member"].clone();
    for other in ["__Host-staff", "__Host-visit"] {
        let mut swapped = Client::new(&site);
        swapped.cookies.insert(other.to_owned(), session.clone());
        for path in ["/desk", "/return/visit"] {
            assert!(!swapped.get(path).await.body.contains(&number));
        }
    }
    // Nobody signs in while a visit is open; and the control: without the session the visit shows the case.
    let mut visitor = Client::new(&site);
    visitor.come_back(&reporter.words).await.ok().says(&number);
    visitor.get("/received/sign-in").await.ok().says("Leave the visit first");
    let opened = visitor.post_only("/received/sign-in", &[("number", "G-1"), ("code", &code)]).await;
    assert_eq!(opened.status, StatusCode::SEE_OTHER);
    assert!(!visitor.cookies.contains_key("__Host-visit"));
}

async fn an_18_a_visit_opens_no_staff_page_and_a_session_no_visit(app: TestApp) {
    let (reporter, number) = app.open_case(&concern()).await;
    let site = app.site();
    let mut visitor = Client::new(&site);
    visitor.come_back(&reporter.words).await.ok().says(&number);
    let visit = visitor.cookies["__Host-visit"].clone();
    let mut staff = Client::new(&site);
    staff.sign_in(RAISING).await;
    let session = staff.cookies["__Host-staff"].clone();
    let mut swapped = Client::new(&site);
    swapped.cookies.insert("__Host-staff".to_owned(), visit);
    assert!(!swapped.get("/desk").await.body.contains(&number));
    let mut swapped = Client::new(&site);
    swapped.cookies.insert("__Host-visit".to_owned(), session);
    assert!(!swapped.get("/return/visit").await.body.contains(&number));
}

on_both!(
    an_18_reporter_pages_refuse_while_a_staff_cookie_is_there,
    an_18_a_visit_opens_no_staff_page_and_a_session_no_visit,
    an_18_a_members_session_shuts_reporter_pages_and_opens_no_case,
);
