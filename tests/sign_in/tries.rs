//! Wrong tries slow down whoever makes them, and lock nobody out.

use std::net::SocketAddr;

use axum::Extension;
use axum::extract::ConnectInfo;
use axum::http::StatusCode;
use candor::crypto::passphrase::Passphrase;
use candor::service::accounts::{Attempt, SignInError};

use super::{enrol, enter};
use crate::support::app::{PASSPHRASE, RAISING, TestApp};
use crate::support::http::Client;
use crate::support::program::{Place, Running};

/// A browser at an address.
fn at(app: &TestApp, address: &str) -> Client {
    let peer: SocketAddr = format!("{address}:1000").parse().unwrap();
    Client::new(&app.site().layer(Extension(ConnectInfo(peer))))
}

async fn two_hundred_wrong_tries_do_not_stop_the_owner_elsewhere(app: TestApp) {
    let site = app.site();
    let from = |address: &str| {
        let peer: SocketAddr = format!("{address}:1000").parse().unwrap();
        Client::new(&site.clone().layer(Extension(ConnectInfo(peer))))
    };
    let mut attacker = from("192.0.2.1");
    let mut statuses = Vec::new();
    for _ in 0..200 {
        let fields = [("name", RAISING), ("passphrase", "not the right passphrase")];
        statuses.push(attacker.post_only("/staff/sign-in", &fields).await.status);
    }
    assert!(statuses[..5].iter().all(|status| *status == StatusCode::UNPROCESSABLE_ENTITY));
    assert!(statuses[5..].iter().all(|status| *status == StatusCode::TOO_MANY_REQUESTS));
    // The control: from where the tries came, the right passphrase has to wait as well, and not for long.
    let waits = enter(&mut attacker, RAISING, PASSPHRASE, "").await;
    assert_eq!(waits.status, StatusCode::TOO_MANY_REQUESTS);
    waits.says("Several wrong tries were made from where you are");
    assert_eq!(waits.headers["retry-after"], "1");
    // There, another name is free; elsewhere, the owner is.
    let other = enter(&mut from("192.0.2.1"), "administrator", PASSPHRASE, "").await;
    assert_eq!(other.status, StatusCode::OK);
    let owner = enter(&mut from("192.0.2.2"), RAISING, PASSPHRASE, "").await.ok();
    assert!(owner.path.starts_with("/desk"), "{}", owner.path);
    let mut unknown = Client::new(&site);
    assert_eq!(enter(&mut unknown, RAISING, PASSPHRASE, "").await.status, StatusCode::OK);
    // A minute later at most, the address may try again.
    app.candor.clock.advance_to(app.now().plus(60));
    assert_eq!(enter(&mut attacker, RAISING, PASSPHRASE, "").await.status, StatusCode::OK);
}

/// A name that is not there is slowed down exactly as one that is.
async fn waiting_tells_nothing_of_who_there_is(app: TestApp) {
    let mut answers = Vec::new();
    for name in [RAISING, "nobody-of-that-name"] {
        let mut seen = Vec::new();
        for _ in 0..9 {
            let passphrase = Passphrase::new("not the right passphrase".to_owned()).unwrap();
            let attempt = Attempt { name, passphrase, code: "", passkey: None, from: Some([7; 16]) };
            seen.push(app.candor.sign_in_with(&attempt).await);
            app.candor.clock.advance_to(app.now().plus(1));
        }
        assert!(seen.contains(&Err(SignInError::Refused)));
        assert!(seen.iter().any(|outcome| matches!(outcome, Err(SignInError::Wait { .. }))));
        answers.push(seen);
    }
    assert_eq!(answers[0], answers[1]);
}

/// Many addresses at one name: the owner is answered a little later, and gets in with passphrase and code.
async fn a_name_that_many_try_stays_open(app: TestApp) {
    let mut client = at(&app, "192.0.2.9");
    client.sign_in(RAISING).await;
    let (telephone, _) = enrol(&app, &mut client, PASSPHRASE).await;
    app.candor.clock.advance_to(app.now().plus(60));
    for number in 0..30_u8 {
        // The passphrase is known to them, the code is not.
        let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
        let attempt =
            Attempt { name: RAISING, passphrase, code: "000000", passkey: None, from: Some([number; 16]) };
        assert_eq!(app.candor.sign_in_with(&attempt).await, Err(SignInError::Refused));
    }
    let start = std::time::Instant::now();
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let code = telephone.code(app.now());
    let attempt = Attempt { name: RAISING, passphrase, code: &code, passkey: None, from: Some([200; 16]) };
    app.candor.sign_in_with(&attempt).await.unwrap();
    assert!(start.elapsed().as_millis() >= 500, "the thirty-first answer comes later");
}

/// Whoever sits at somebody's open session has no endless tries for the passphrase either.
async fn tries_within_a_session_wait_as_well(app: TestApp) {
    let person = app.person(RAISING).await;
    let wrong = || Passphrase::new("not the right passphrase".to_owned()).unwrap();
    for _ in 0..5 {
        assert_eq!(app.candor.confirm(&person.signed_in, wrong()).await, Err(SignInError::Refused));
    }
    let right = || Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let waits = app.candor.confirm(&person.signed_in, right()).await;
    assert_eq!(waits, Err(SignInError::Wait { seconds: 1 }));
    let other = app.person(RAISING).await;
    app.candor.confirm(&other.signed_in, right()).await.unwrap();
    app.candor.clock.advance_to(app.now().plus(1));
    app.candor.confirm(&person.signed_in, right()).await.unwrap();
}

/// Tries that their sender does not wait for.
const BROKEN_OFF: usize = 24;

/// Each try works in 64 MiB. Whoever sends one and hangs up at once must not get the next one's place before that
/// work is done: twenty-four at once would take one and a half gigabytes.
async fn tries_that_are_broken_off_take_no_more_memory_than_others(app: TestApp) {
    use tokio::io::AsyncWriteExt;

    let empty = tempfile::tempdir().unwrap();
    let program = Running::start(&Place::of(&app, empty.path()), &[]).await;
    let body = "name=nobody&passphrase=not+the+right+passphrase";
    let request = format!(
        "POST /staff/sign-in HTTP/1.1\r\nhost: localhost\r\norigin: http://localhost\r\n\
         content-type: application/x-www-form-urlencoded\r\ncontent-length: {}\r\n\r\n{body}",
        body.len()
    );
    let before = program.most_memory();
    for _ in 0..BROKEN_OFF {
        let mut connection = tokio::net::TcpStream::connect(program.address).await.unwrap();
        connection.write_all(request.as_bytes()).await.unwrap();
        tokio::time::sleep(std::time::Duration::from_millis(20)).await;
    }
    let most = program.most_memory();
    assert!(most > before + 48 * 1024, "the control: tries were worked on, and took memory ({most} KiB)");
    assert!(most < 256 * 1024, "{most} KiB");
}

on_both!(
    two_hundred_wrong_tries_do_not_stop_the_owner_elsewhere,
    waiting_tells_nothing_of_who_there_is,
    a_name_that_many_try_stays_open,
    tries_within_a_session_wait_as_well,
);
on_sqlite!(tries_that_are_broken_off_take_no_more_memory_than_others);
