//! AN-18: a reporter's page refuses while a staff cookie is there, without looking it up, and the two
//! share nothing.

use axum::http::{Method, StatusCode};
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
);
