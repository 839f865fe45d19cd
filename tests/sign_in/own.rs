//! One's own passphrase, sessions and history.

use axum::http::StatusCode;
use candor::clock::{DAY, HOUR};

use super::{enrol, enter};
use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp, concern};
use crate::support::http::Client;

const NEW: &str = "another passphrase for the tests";

async fn a_passphrase_that_many_would_try_is_not_taken(app: TestApp) {
    let (administrator, _) = app.administrator().await;
    let link = app.candor.invite(&administrator, "merryweather", false, &[]).await.unwrap();
    let address = format!("/setup/join/{link}");
    let mut client = Client::new(&app.site());
    let organisation = app.candor.directory().await.unwrap().organisation.clone().unwrap();
    let component = format!("{}2026", organisation.components[0].name.to_lowercase());
    let early = "passwordpassword";
    for typed in [early, "123456789012345", "merryweather2026", "candorcandorcandor", &component] {
        let page = client.get(&address).await.ok();
        let mut form = page.form(&address);
        form.set("passphrase", typed).set("again", typed);
        let answer = client.submit(&form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{typed}");
        assert!(!answer.body.contains(typed), "what was typed is shown");
    }
    let page = client.get(&address).await.ok();
    let mut form = page.form(&address);
    // Any characters do, spaces at the ends and all.
    let fine = " Käfer über 川 und \"Brücke\" <b> ";
    form.set("passphrase", fine).set("again", fine);
    client.submit(&form).await.ok().says("Your account is active");
    assert_eq!(enter(&mut client, "merryweather", fine, "").await.status, StatusCode::OK);
}

async fn a_changed_passphrase_keeps_keys_and_codes_and_ends_other_sessions(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let (telephone, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    let fingerprint = client.get("/staff/account").await.ok();
    let mut elsewhere = Client::new(&app.site());
    app.candor.clock.advance_to(app.now().plus(60));
    enter(&mut elsewhere, RAISING, PASSPHRASE, &telephone.code(app.now())).await.ok();

    let page = client.get("/staff/passphrase").await.ok();
    let mut form = page.form("/staff/passphrase");
    for (current, chosen, again, says) in [
        ("not the right passphrase", NEW, NEW, "does not match"),
        (PASSPHRASE, "too short", "too short", "at least 15 characters"),
        (PASSPHRASE, "passwordpassword", "passwordpassword", "would be tried early"),
        (PASSPHRASE, NEW, PASSPHRASE, "differs from the first"),
    ] {
        form.set("passphrase", current).set("chosen", chosen).set("again", again);
        let answer = client.submit(&form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{says}");
        answer.says(says);
    }
    assert_eq!(elsewhere.get("/desk").await.status, StatusCode::OK, "nothing has changed yet");
    form.set("passphrase", PASSPHRASE).set("chosen", NEW).set("again", NEW);
    client.submit(&form).await.ok().says("Your passphrase is changed");
    assert!(elsewhere.get("/desk").await.path.starts_with("/staff/sign-in"));
    client.case(&number).await;

    app.candor.clock.advance_to(app.now().plus(60));
    let code = telephone.code(app.now());
    let old = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, &code).await;
    assert_eq!(old.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut again = Client::new(&app.site());
    enter(&mut again, RAISING, NEW, &code).await.ok();
    again.case(&number).await;
    let digits = |page: &crate::support::http::Answer| {
        page.body.split("class=\"receipt\"").nth(1).unwrap().split("</ol>").next().unwrap().to_owned()
    };
    assert_eq!(digits(&again.get("/staff/account").await.ok()), digits(&fingerprint));
    assert_eq!(
        enter(&mut Client::new(&app.site()), RAISING, NEW, &codes[5]).await.status,
        StatusCode::OK,
        "recovery codes stand"
    );
    // What is signed with the new passphrase is still theirs.
    let mut form =
        again.get("/staff/confirm").await.forms().into_iter().find(|form| form.action == "/staff/confirm");
    if let Some(form) = &mut form {
        form.set("passphrase", NEW);
        again.submit(form).await.ok();
    }
    again.act(&number, "acknowledge", &[("no_conflict", "yes"), ("no_search", "yes")]).await.ok();
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn somebody_ends_their_own_sessions_and_nobody_elses(app: TestApp) {
    let site = app.site();
    let mut clients = Vec::new();
    for name in [RAISING, RAISING, RAISING, CONCERNED] {
        let mut client = Client::new(&site);
        client.sign_in(name).await;
        clients.push(client);
    }
    let [mut here, mut second, mut third, mut stranger] = <[Client; 4]>::try_from(clients).unwrap();
    let page = here.get("/staff/sessions").await.ok();
    let others: Vec<_> = page.forms().into_iter().filter(|form| form.value("session").is_some()).collect();
    assert_eq!(others.len(), 3, "two other sessions, and all of them");
    let theirs = stranger.get("/staff/sessions").await.ok();
    assert!(theirs.forms().iter().all(|form| form.value("session").is_none()), "this one and no other");

    // One that is somebody else's, by its name on its owner's page.
    let mut other_stranger = Client::new(&site);
    other_stranger.sign_in(CONCERNED).await;
    let theirs = stranger.get("/staff/sessions").await.ok();
    let name = theirs.forms().iter().find_map(|form| form.value("session")).unwrap().to_owned();
    let token = others[0].value("csrf").unwrap();
    here.post("/staff/sessions", &[("csrf", token), ("session", &name)]).await.ok();
    for client in [&mut stranger, &mut other_stranger] {
        assert!(client.get("/desk").await.path.starts_with("/desk"));
    }
    // Without the token nothing ends.
    here.post("/staff/sessions", &[("session", "others")]).await;
    let open = async |client: &mut Client| client.get("/staff/account").await.path == "/staff/account";
    assert!(open(&mut second).await && open(&mut third).await);

    here.submit(&others[0]).await.ok();
    let left = [open(&mut second).await, open(&mut third).await];
    assert_eq!(left.iter().filter(|open| **open).count(), 1, "one has ended");
    here.post("/staff/sessions", &[("csrf", token), ("session", "others")]).await.ok();
    assert!(!open(&mut second).await && !open(&mut third).await);
    assert!(open(&mut here).await, "never the one that asks");
}

/// To the hour, without an address, for ninety days, and for its owner alone.
async fn the_owner_sees_sign_ins_and_changes_and_nobody_else_does(app: TestApp) {
    app.candor.clock.advance_to(app.now().plus(17 * 60 + 3));
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    client.sign_in_again(RAISING).await;
    let (_, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    let mut other = Client::new(&app.site());
    enter(&mut other, RAISING, PASSPHRASE, &codes[0]).await.ok();
    let page = client.get("/staff/sessions").await.ok();
    page.says("Signed in 2").says("Signed in with a recovery code, which is used up 1").says("Set up an app");
    let mut stranger = Client::new(&app.site());
    stranger.sign_in(CONCERNED).await;
    let theirs = stranger.get("/staff/sessions").await.ok();
    assert!(!theirs.text().contains("recovery code, which"));

    let count = "SELECT COUNT(*) FROM account_event";
    assert!(app.database.number(count).await > 4);
    let finer = format!("{count} WHERE hour % {HOUR} <> 0");
    assert_eq!(app.database.number(&finer).await, 0, "nothing is finer than the hour");
    assert_eq!(
        app.database.number(&format!("SELECT COUNT(*) FROM session WHERE began_hour % {HOUR} <> 0")).await,
        0
    );
    app.pass(89 * DAY).await;
    assert!(app.database.number(count).await > 4);
    app.pass(2 * DAY).await;
    assert_eq!(app.database.number(count).await, 0);
}

/// The app's secret lay under the passphrase that was lost, so both begin anew.
async fn new_keys_void_the_app_that_the_lost_passphrase_locked(app: TestApp) {
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let (telephone, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    let (administrator, _) = app.administrator().await;
    let cookie = client.cookies["__Host-staff"].clone();
    let person = app.candor.session(&cookie).await.unwrap().unwrap().account;
    let link = app.candor.invite_back(&administrator, person).await.unwrap();
    app.candor.activate(&link, NEW).await.unwrap();
    app.candor.clock.advance_to(app.now().plus(120));
    for (passphrase, code) in [(PASSPHRASE, telephone.code(app.now())), (PASSPHRASE, codes[0].clone())] {
        let refused = enter(&mut Client::new(&app.site()), RAISING, passphrase, &code).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    }
    let mut back = Client::new(&app.site());
    enter(&mut back, RAISING, NEW, "").await.ok();
    let history = back.get("/staff/sessions").await.ok();
    history.says("Came back with a new passphrase and new keys");
    let (_, anew) = enrol(&app, &mut back, NEW).await;
    assert!(anew.iter().all(|code| !codes.contains(code)));
}

impl Client {
    /// Signs in from another browser and leaves that one open.
    async fn sign_in_again(&self, name: &str) {
        let mut other = self.clone();
        other.cookies.clear();
        other.sign_in(name).await;
    }
}

on_both!(
    a_passphrase_that_many_would_try_is_not_taken,
    a_changed_passphrase_keeps_keys_and_codes_and_ends_other_sessions,
    somebody_ends_their_own_sessions_and_nobody_elses,
    the_owner_sees_sign_ins_and_changes_and_nobody_else_does,
    new_keys_void_the_app_that_the_lost_passphrase_locked,
);
