//! The cost of a passphrase goes up with its owner's next sign-in, which asks for nothing more.

use axum::http::StatusCode;
use candor::crypto::passphrase::{Parameters, Passphrase};
use candor::service::accounts::Attempt;
use candor::store;
use candor::store::accounts::Keys;

use super::{enrol, enter};
use crate::support::app::{PASSPHRASE, RAISING, TestApp, concern};
use crate::support::http::Client;

const DEARER: Parameters = Parameters { memory_kib: 16, passes: 2, lanes: 1 };

async fn keys(app: &TestApp) -> Keys {
    let account = store::accounts::by_name(&mut app.database.read().await, RAISING).await.unwrap();
    account.unwrap().keys.unwrap()
}

const fn cost(keys: &Keys) -> (u32, u32, u32) {
    (keys.memory_kib, keys.passes, keys.lanes)
}

async fn the_cost_goes_up_with_the_next_sign_in_and_once(app: TestApp) {
    let (_, number) = app.open_case(&concern()).await;
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let (telephone, codes) = enrol(&app, &mut client, PASSPHRASE).await;
    app.candor.clock.advance_to(app.now().plus(60));
    let weak = keys(&app).await;
    assert_eq!(cost(&weak), (8, 1, 1), "what was set up is cheap");
    let dearer = app.costing(DEARER).await;
    // Who does not come in changes nothing: a wrong passphrase, a wrong code, none.
    for (passphrase, code) in [
        ("not the right passphrase", telephone.code(app.now()).as_str()),
        (PASSPHRASE, "000000"),
        (PASSPHRASE, ""),
    ] {
        let refused = enter(&mut Client::new(&dearer.site()), RAISING, passphrase, code).await;
        assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
        assert_eq!(keys(&app).await, weak);
    }
    app.candor.clock.advance_to(app.now().plus(120));
    let entries = app.database.number("SELECT COUNT(*) FROM journal").await;
    let mut again = Client::new(&dearer.site());
    enter(&mut again, RAISING, PASSPHRASE, &telephone.code(app.now())).await.ok();
    again.case(&number).await;
    let raised = keys(&app).await;
    assert_eq!(cost(&raised), (16, 2, 1));
    assert!(raised.salt != weak.salt && raised.verifier != weak.verifier);
    assert!(raised.reading_sealed != weak.reading_sealed && raised.signing_sealed != weak.signing_sealed);
    assert_eq!(
        (&raised.reading_public, &raised.signing_public, raised.pepper),
        (&weak.reading_public, &weak.signing_public, weak.pepper),
        "the very same keys"
    );
    assert_eq!(app.database.number("SELECT COUNT(*) FROM journal").await, entries, "nobody is told");

    // The same passphrase, the same app, the same recovery codes; and nothing is left to raise.
    app.candor.clock.advance_to(app.now().plus(60));
    for code in [telephone.code(app.now()), codes[2].clone()] {
        enter(&mut Client::new(&dearer.site()), RAISING, PASSPHRASE, &code).await.ok();
        assert_eq!(keys(&app).await, raised);
    }
    // Where it costs less nothing is lowered.
    enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, &codes[3]).await.ok();
    assert_eq!(keys(&app).await, raised);
    assert_eq!(app.candor.verify().await.unwrap().faults, Vec::<String>::new());
}

async fn two_sign_ins_at_once_raise_it_once_and_both_are_in(app: TestApp) {
    let one = app.costing(DEARER).await;
    let two = app.costing(DEARER).await;
    let passphrase = Passphrase::new(PASSPHRASE.to_owned()).unwrap();
    let attempt = Attempt { name: RAISING, passphrase, code: "", passkey: None, from: None };
    let (first, second) = tokio::join!(one.candor.sign_in_with(&attempt), two.candor.sign_in_with(&attempt));
    for cookie in [first.unwrap(), second.unwrap()] {
        assert!(app.candor.session(&cookie).await.unwrap().is_some());
    }
    assert_eq!(cost(&keys(&app).await), (16, 2, 1));
    app.signed_in(RAISING).await;
}

on_both!(the_cost_goes_up_with_the_next_sign_in_and_once, two_sign_ins_at_once_raise_it_once_and_both_are_in,);
