//! The second factor: asked of every handler, each code taken once.

use axum::http::{Method, StatusCode};
use candor::crypto::passphrase::Passphrase;
use candor::service::accounts::{Attempt, SignInError};

use super::{codes_of, enrol, enter};
use crate::support::app::{PASSPHRASE, RAISING, TestApp, concern};
use crate::support::http::{Client, escape};

async fn no_desk_opens_before_a_second_factor_is_enrolled(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let case = format!("/desk/commander:RIV-EAST/case/{number}");
    // The control: where nobody needs one, the same person reaches the case at once.
    let mut free = Client::new(&app.site());
    free.sign_in(RAISING).await;
    assert!(free.get(&case).await.ok().body.contains("patrol boat"));

    let app = app.strict().await;
    let mut client = Client::new(&app.site());
    let first = enter(&mut client, RAISING, PASSPHRASE, "").await.ok();
    assert_eq!(first.path, "/staff/second-factor");
    first.says("Your post opens once this is done");
    for closed in ["/desk", &case, "/headquarters", "/admin", "/staff/approvals", "/staff/time"] {
        let answer = client.get(closed).await.ok();
        assert_eq!(answer.path, format!("/staff/second-factor?to={closed}"));
        assert!(!answer.body.contains("patrol boat"));
    }
    let token = first.form("/staff/second-factor").value("csrf").unwrap().to_owned();
    let body = format!("csrf={}&seen=0&no_conflict=yes", escape(&token)).into_bytes();
    let act = client.send(Method::POST, &format!("{case}/acknowledge"), Some(body)).await;
    assert_eq!(act.status, StatusCode::SEE_OTHER);
    assert!(act.headers["location"].to_str().unwrap().starts_with("/staff/second-factor"));
    for open in ["/staff/account", "/staff/sessions", "/staff/passphrase", "/staff/confirm", "/setup"] {
        assert_eq!(client.get(open).await.ok().path, open);
    }
    // Below the pages the posts open nothing either.
    let cookie = client.cookies["__Host-staff"].clone();
    let signed_in = app.candor.session(&cookie).await.unwrap().unwrap();
    assert!(signed_in.must_enrol && signed_in.seats.is_empty());

    // Neither a wrong code nor a wrong passphrase sets anything up.
    let page = client.get("/staff/second-factor?to=/desk").await.ok();
    let telephone = super::Telephone::of(&page);
    let right = telephone.code(app.now());
    for (code, passphrase) in
        [("000000", PASSPHRASE), ("", PASSPHRASE), (&right, "not the right passphrase"), (&right, "")]
    {
        let mut form = page.form("/staff/second-factor");
        form.set("code", code).set("passphrase", passphrase);
        assert_eq!(client.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY, "{code}");
    }
    assert_eq!(app.database.number("SELECT COUNT(*) FROM second_factor").await, 0);
    let mut form = page.form("/staff/second-factor");
    form.set("code", &right).set("passphrase", PASSPHRASE);
    let done = client.submit(&form).await.ok();
    assert_eq!(codes_of(&done).len(), 10);
    assert!(done.links().contains(&"/desk".to_owned()));
    assert_eq!(client.get(&case).await.ok().path, case, "the very same session");
    // Sent once more, as by reloading, it makes no second set of codes.
    assert_eq!(client.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY);

    // An administrator holds no post, and needs one as well.
    let mut administrator = Client::new(&app.site());
    let first = enter(&mut administrator, "administrator", PASSPHRASE, "").await.ok();
    assert_eq!(first.path, "/staff/second-factor");
    assert_eq!(administrator.get("/admin/people").await.ok().path, "/staff/second-factor?to=/admin/people");
}

/// Unknown name, wrong passphrase, no code, wrong code and used code: one answer, byte for byte.
async fn each_code_is_taken_once_and_every_refusal_is_the_same(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let (telephone, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    let used = telephone.code(app.now());
    let refused = async |name: &str, passphrase: &str, code: &str| {
        let answer = enter(&mut Client::new(&app.site()), name, passphrase, code).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}, {code}");
        answer.body.replace(&format!("value=\"{name}\""), "value=\"\"")
    };
    let taken = async |code: &str| {
        let answer = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, code).await;
        answer.status == StatusCode::OK && answer.path.starts_with("/desk")
    };
    let unknown = refused("nobody-of-that-name", PASSPHRASE, &used).await;
    for (passphrase, code) in [
        (PASSPHRASE, ""),
        (PASSPHRASE, "000000"),
        (PASSPHRASE, used.as_str()),
        (PASSPHRASE, "0000-0000-0000-0000-0000-0000"),
        ("not the right passphrase", codes[0].as_str()),
    ] {
        assert_eq!(refused(RAISING, passphrase, code).await, unknown, "{code}");
    }

    // The next one counts once. One that is ahead by a step counts, and voids those before it.
    app.candor.clock.advance_to(app.now().plus(30));
    let next = telephone.code(app.now());
    assert!(taken(&next).await);
    assert!(!taken(&next).await, "a code was taken twice");
    app.candor.clock.advance_to(app.now().plus(60));
    assert!(taken(&telephone.code(app.now().plus(30))).await, "the telephone is thirty seconds fast");
    assert!(!taken(&telephone.code(app.now())).await, "an earlier code than the last one used");
    app.candor.clock.advance_to(app.now().plus(90));
    assert!(!taken(&telephone.code(app.now().plus(-60))).await, "too slow");
    assert!(!taken(&telephone.code(app.now().plus(60))).await, "too fast");
    assert!(taken(&telephone.code(app.now().plus(-30))).await, "thirty seconds slow");

    // A recovery code stands in for the app, however it is typed, and once.
    assert!(taken(&codes[0].to_uppercase().replace('-', " ")).await);
    assert!(!taken(&codes[0]).await, "a recovery code was taken twice");
    assert!(taken(&codes[1]).await);
    client.get("/staff/account").await.ok().says("8 recovery codes are left");

    // Nothing of any code or secret rests in clear.
    let dump = format!("{:?}", app.database.dump().await);
    assert!(!codes.iter().any(|code| dump.contains(code.as_str()) || dump.contains(&code.replace('-', ""))));
}

async fn new_recovery_codes_void_the_old_and_another_app_the_first(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let mut elsewhere = Client::new(&app.site());
    elsewhere.sign_in(RAISING).await;
    let (first, old) = enrol(&app, &mut client, PASSPHRASE).await;
    assert!(elsewhere.get("/desk").await.path.starts_with("/staff/sign-in"), "other sessions have ended");

    let page = client.get("/staff/second-factor").await.ok();
    let mut form = page.form("/staff/second-factor/codes");
    form.set("renewing", "not the right passphrase");
    assert_eq!(client.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    form.set("renewing", PASSPHRASE);
    let new = codes_of(&client.submit(&form).await.ok());
    let enters = async |code: &str| {
        enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, code).await.status == StatusCode::OK
    };
    assert!(!enters(&old[0]).await);
    assert!(enters(&new[0]).await);

    app.candor.clock.advance_to(app.now().plus(60));
    let (second, _) = enrol(&app, &mut client, PASSPHRASE).await;
    app.candor.clock.advance_to(app.now().plus(60));
    let now = app.now();
    assert_ne!(first.code(now), second.code(now));
    assert!(!enters(&first.code(now)).await);
    assert!(!enters(&new[1]).await);
    assert!(enters(&second.code(now)).await);
}

async fn of_two_sign_ins_with_one_code_one_is_let_in(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let (telephone, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    app.candor.clock.advance_to(app.now().plus(60));
    let other = app.second_node().await;
    for code in [telephone.code(app.now()), codes[3].clone()] {
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let attempt = Attempt { name: RAISING, passphrase, code: &code, passkey: None, from: None };
        let (one, two) = tokio::join!(app.candor.sign_in_with(&attempt), other.candor.sign_in_with(&attempt));
        assert_eq!([one.is_ok(), two.is_ok()].iter().filter(|ok| **ok).count(), 1, "{code}");
        assert!([one, two].contains(&Err(SignInError::Refused)));
    }
}

on_both!(
    no_desk_opens_before_a_second_factor_is_enrolled,
    each_code_is_taken_once_and_every_refusal_is_the_same,
    new_recovery_codes_void_the_old_and_another_app_the_first,
    of_two_sign_ins_with_one_code_one_is_let_in,
);
