//! The administrator: organisation, accounts, set-up; never a reader, and cannot make one.

use candor::clock::{DAY, HOUR};
use candor::crypto::passphrase::Passphrase;
use candor::domain::id::PostId;
use candor::service::Problem;
use candor::service::accounts::SignInError;

use crate::support::app::{ORGANISATION, PASSPHRASE, RAISING, TestApp, concern};

fn passphrase(text: &str) -> Passphrase {
    Passphrase::new(text.to_owned()).unwrap()
}

async fn an_invitation_works_once_and_for_a_week(app: TestApp) {
    let (administrator, _) = app.administrator().await;
    let link = app.candor.invite(&administrator, "Newcomer ", false, &[]).await.unwrap();
    assert_eq!(app.candor.invitation(&link).await.unwrap().unwrap().sign_in_name, "newcomer");
    for weak in ["short", "aaaaaaaaaaaaaaaaaaaa", "newcomer newcomer"] {
        assert!(matches!(app.candor.activate(&link, weak).await, Err(Problem::Unusable(_))), "{weak}");
    }
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    assert_eq!(app.candor.activate(&link, PASSPHRASE).await.map(|_| ()), Err(Problem::NotFound));
    assert_eq!(app.candor.invitation(&link).await.unwrap(), None);

    let late = app.candor.invite(&administrator, "latecomer", false, &[]).await.unwrap();
    app.candor.clock.advance_to(app.now().plus(8 * DAY));
    assert_eq!(app.candor.activate(&late, PASSPHRASE).await.map(|_| ()), Err(Problem::NotFound));
    for forged in ["", "00", "zz", &"0".repeat(64), &"é".repeat(32), &"a".repeat(100_000)] {
        assert_eq!(app.candor.activate(forged, PASSPHRASE).await.map(|_| ()), Err(Problem::NotFound));
        assert_eq!(app.candor.invitation(forged).await, Ok(None));
    }
}

/// Trust: the administrator can put somebody forward, and that is all.
async fn the_administrator_cannot_make_a_reader(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let (administrator, _) = app.administrator().await;
    let post: PostId = "commander:RIV-EAST".parse().unwrap();
    let link = app.candor.invite(&administrator, "mole", false, &[(post.clone(), false)]).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    let people = app.candor.people(&administrator).await.unwrap();
    let mole = people.iter().find(|person| person.sign_in_name == "mole").unwrap();
    assert!(!mole.posts[0].approved);
    assert_eq!(app.candor.approve(&administrator, mole.account, &post).await, Err(Problem::NotFound));
    assert_eq!(app.candor.to_approve(&administrator).await, Ok(vec![]));

    // Whoever writes the database cannot either.
    app.database.run("UPDATE member SET approved = (1 = 1)").await.to_string();
    app.database.run("UPDATE deployment SET people_version = people_version + 1").await;
    let cookie = app.candor.sign_in("mole", passphrase(PASSPHRASE)).await.unwrap();
    let signed_in = app.candor.session(&cookie).await.unwrap().unwrap();
    assert!(signed_in.seats.is_empty(), "no signature, no seat");
    let mut seat = app.person(RAISING).await.seat;
    seat.account = mole.account;
    assert_eq!(app.candor.case(&signed_in, &seat, &number).await.map(|_| ()), Err(Problem::NotFound));

    // A member of the post can, after comparing fingerprints.
    let commander = app.person(RAISING).await;
    let waiting = app.candor.to_approve(&commander.signed_in).await.unwrap();
    assert_eq!(waiting.len(), 1);
    assert_eq!(Some(&waiting[0].fingerprint), mole.fingerprint.as_ref());
    app.candor.approve(&commander.signed_in, mole.account, &post).await.unwrap();
    app.case("mole", &number).await.unwrap();
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn only_an_administrator_may_administer(app: TestApp) {
    for name in [RAISING, "council-guard", "secretary", "office-guard"] {
        let person = app.person(name).await;
        let by = &person.signed_in;
        assert_eq!(app.candor.people(by).await.map(|_| ()), Err(Problem::NotFound));
        assert_eq!(app.candor.invite(by, "x", false, &[]).await, Err(Problem::NotFound));
        assert_eq!(app.candor.set_organisation(by, ORGANISATION).await, Err(Problem::NotFound));
        assert_eq!(app.candor.preview_organisation(by, ORGANISATION).await, Err(Problem::NotFound));
        assert_eq!(app.candor.organisation_file(by).await, Err(Problem::NotFound));
    }
}

async fn a_bad_organisation_file_changes_nothing(app: TestApp) {
    let (administrator, _) = app.administrator().await;
    let before = app.database.dump().await;
    let bad = [
        String::new(),
        "not toml at all".to_owned(),
        ORGANISATION.replace("parent = \"RIV-EAST\"", "parent = \"NOWHERE\""),
        ORGANISATION.replace("id = \"RIV-WEST\"", "id = \"RIV-EAST\""),
        "x".repeat(3_000_000),
    ];
    for file in bad {
        let preview = app.candor.preview_organisation(&administrator, &file).await.unwrap();
        assert!(!preview.errors.is_empty());
        assert!(matches!(
            app.candor.set_organisation(&administrator, &file).await,
            Err(Problem::Unusable(_))
        ));
    }
    assert_eq!(app.database.dump().await, before);
}

/// AN-01: what makes a place finer needs a Council lead; what does not is set, and said in words before.
async fn a_change_that_makes_a_place_finer_is_not_the_administrators(app: TestApp) {
    let (administrator, _) = app.administrator().await;
    let finer = ORGANISATION.replace("strength = \"25-99\"", "strength = \"5-9\"");
    assert_ne!(finer, ORGANISATION);
    assert!(matches!(app.candor.set_organisation(&administrator, &finer).await, Err(Problem::Unusable(_))));
    let renamed = ORGANISATION.replace("Use of boats", "Use of boats and aircraft");
    let preview = app.candor.preview_organisation(&administrator, &renamed).await.unwrap();
    assert_eq!((preview.errors.len(), preview.changes.len()), (0, 1), "{:?}", preview.changes);
    assert_eq!(app.candor.set_organisation(&administrator, &renamed).await, Ok(2));
    assert_eq!(app.candor.organisation_file(&administrator).await, Ok(Some(renamed)));
}

async fn a_session_ends_and_a_signature_needs_a_fresh_sign_in(app: TestApp) {
    let person = app.person(RAISING).await;
    assert!(person.signed_in.fresh);
    app.candor.clock.advance_to(app.now().plus(601));
    let later = app.candor.session(&person.cookie).await.unwrap().unwrap();
    assert!(!later.fresh);
    let wrong = app.candor.confirm(&later, passphrase("this is not the right one")).await;
    assert_eq!(wrong, Err(SignInError::Refused));
    app.candor.confirm(&later, passphrase(PASSPHRASE)).await.unwrap();
    assert!(app.candor.session(&person.cookie).await.unwrap().unwrap().fresh);
    app.candor.clock.advance_to(app.now().plus(HOUR));
    assert!(app.candor.session(&person.cookie).await.unwrap().is_none(), "idle for an hour");

    // Kept busy it still ends after twelve hours.
    let busy = app.person(RAISING).await;
    for _ in 0..23 {
        app.candor.clock.advance_to(app.now().plus(HOUR / 2));
        assert!(app.candor.session(&busy.cookie).await.unwrap().is_some());
    }
    app.candor.clock.advance_to(app.now().plus(HOUR / 2));
    assert!(app.candor.session(&busy.cookie).await.unwrap().is_none());

    let leaving = app.person(RAISING).await;
    app.candor.sign_out(&leaving.signed_in).await.unwrap();
    assert!(app.candor.session(&leaving.cookie).await.unwrap().is_none());
}

/// Unknown name, wrong passphrase and no account are one answer.
async fn a_refused_sign_in_tells_nothing(app: TestApp) {
    for (name, typed) in [
        (RAISING, "not the right passphrase"),
        ("nobody-of-that-name", PASSPHRASE),
        ("", PASSPHRASE),
        ("' OR 1=1 --", PASSPHRASE),
        (RAISING, &"x".repeat(1_000)),
    ] {
        assert_eq!(app.candor.sign_in(name, passphrase(typed)).await, Err(SignInError::Refused), "{name}");
    }
    for cookie in ["", "x", &"0".repeat(64), &"é".repeat(40), &"a".repeat(1_000_000)] {
        assert!(app.candor.session(cookie).await.unwrap().is_none());
    }
}

on_both!(
    an_invitation_works_once_and_for_a_week,
    the_administrator_cannot_make_a_reader,
    only_an_administrator_may_administer,
    a_bad_organisation_file_changes_nothing,
    a_change_that_makes_a_place_finer_is_not_the_administrators,
    a_session_ends_and_a_signature_needs_a_fresh_sign_in,
    a_refused_sign_in_tells_nothing,
);
