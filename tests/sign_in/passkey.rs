//! Passkeys in the place of a code, with a device made for the tests.

use axum::http::StatusCode;
use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use p256::ecdsa::signature::Signer;
use p256::ecdsa::{Signature, SigningKey};
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

use super::{codes_of, enter};
use crate::support::app::{CONCERNED, PASSPHRASE, RAISING, TestApp};
use crate::support::http::{Answer, Client, Form, unescape};

const SITE: &str = "https://candor.example";
const DOOR: &str = "/staff/sign-in";
const FACTOR: &str = "/staff/second-factor";
const ADD: &str = "/staff/second-factor/passkeys";

/// A device that holds one passkey, and nothing of this program.
#[derive(Clone)]
struct Device {
    key: SigningKey,
    id: Vec<u8>,
    count: u32,
    origin: &'static str,
    handle: Option<String>,
}

fn text(bytes: &[u8]) -> String {
    URL_SAFE_NO_PAD.encode(bytes)
}

fn asked(page: &Answer) -> Value {
    let rest = page.body.split("data-passkey=\"").nth(1).expect("the page asks for a passkey");
    let options = unescape(rest.split('"').next().unwrap());
    serde_json::from_str::<Value>(&options).unwrap()["publicKey"].clone()
}

impl Device {
    fn new(byte: u8) -> Self {
        let key = SigningKey::from_slice(&[byte; 32]).unwrap();
        Self { key, id: vec![byte; 20], count: 0, origin: SITE, handle: None }
    }

    fn data(&self, flags: u8) -> Vec<u8> {
        let mut data = Sha256::digest(b"candor.example").to_vec();
        data.push(flags);
        data.extend(self.count.to_be_bytes());
        data
    }

    fn client(&self, what: &str, options: &Value) -> String {
        json!({ "type": what, "challenge": options["challenge"], "origin": self.origin, "crossOrigin": false })
            .to_string()
    }

    fn wrapped(&self, response: &Value) -> String {
        let id = text(&self.id);
        json!({ "id": id, "rawId": id, "type": "public-key", "extensions": {}, "response": response })
            .to_string()
    }

    /// Makes its passkey as a page asks.
    fn make(&mut self, options: &Value) -> String {
        assert_eq!(options["rp"]["id"], "candor.example");
        assert_eq!(options["authenticatorSelection"]["residentKey"], "required");
        assert_eq!(options["attestation"], "none");
        self.handle = options["user"]["id"].as_str().map(str::to_owned);
        let point = self.key.verifying_key().to_sec1_bytes();
        assert_eq!(point.len(), 65);
        let mut data = self.data(0x41);
        data.extend([0; 16]);
        data.extend(u16::try_from(self.id.len()).unwrap().to_be_bytes());
        data.extend(&self.id);
        data.extend([0xa5, 1, 2, 3, 0x26, 0x20, 1, 0x21, 0x58, 32]);
        data.extend(&point[1..33]);
        data.extend([0x22, 0x58, 32]);
        data.extend(&point[33..]);
        let mut object = b"\xa3\x63fmt\x64none\x67attStmt\xa0\x68authData\x59".to_vec();
        object.extend(u16::try_from(data.len()).unwrap().to_be_bytes());
        object.extend(data);
        let client = self.client("webauthn.create", options);
        self.wrapped(&json!({
            "attestationObject": text(&object), "clientDataJSON": text(client.as_bytes()),
        }))
    }

    /// Answers what a page asks.
    fn answer(&mut self, options: &Value) -> String {
        assert_eq!(options["allowCredentials"], json!([]), "everybody is asked the same");
        self.count += 1;
        let data = self.data(0x01);
        let client = self.client("webauthn.get", options);
        let mut signed = data.clone();
        signed.extend(Sha256::digest(client.as_bytes()));
        let signature: Signature = self.key.sign(&signed);
        self.wrapped(&json!({
            "authenticatorData": text(&data), "clientDataJSON": text(client.as_bytes()),
            "signature": text(signature.to_der().as_bytes()), "userHandle": self.handle,
        }))
    }
}

fn addition(page: &Answer, device: &mut Device, name: &str, passphrase: &str) -> Form {
    let mut form = page.form(ADD);
    let answer = device.make(&asked(page));
    form.set("passkey", &answer).set("label", name).set("unlocking", passphrase);
    form
}

/// Adds a passkey for somebody who is signed in.
async fn add(client: &mut Client, device: &mut Device, name: &str) -> Answer {
    let page = client.get(FACTOR).await.ok();
    client.submit(&addition(&page, device, name, PASSPHRASE)).await
}

/// A filled in page for signing in.
async fn filled(client: &mut Client, name: &str, passphrase: &str, device: &mut Device) -> Form {
    let page = client.get(DOOR).await.ok();
    let mut form = page.form(DOOR);
    let answer = device.answer(&asked(&page));
    form.set("name", name).set("passphrase", passphrase).set("passkey", &answer);
    form
}

async fn comes_in(app: &TestApp, device: &mut Device) -> bool {
    let mut client = Client::new(&app.site());
    let form = filled(&mut client, RAISING, PASSPHRASE, device).await;
    client.submit(&form).await.path.starts_with("/desk")
}

/// A refused page, without what is never the same twice.
fn plain(page: &Answer, name: &str) -> String {
    let mut body = page.body.replace(&format!("value=\"{name}\""), "value=\"\"");
    for (from, to) in [("data-passkey=\"", '"'), ("name=\"challenge\" value=\"", '"')] {
        let (before, rest) = body.split_once(from).expect("the page asks again");
        let (_, after) = rest.split_once(to).unwrap();
        body = format!("{before}{after}");
    }
    body
}

async fn a_passkey_opens_the_desk_and_every_refusal_is_the_same(app: TestApp) {
    let app = app.strict().await.reached_at(SITE);
    let mut client = Client::new(&app.site());
    enter(&mut client, RAISING, PASSPHRASE, "").await.ok();
    let mut device = Device::new(1);
    let page = client.get(FACTOR).await.ok();
    page.says("Your post opens once this is done");
    for (name, passphrase, says) in [
        ("telephone", "not the right passphrase", "does not match"),
        ("", PASSPHRASE, "give it a name"),
        (&"x".repeat(41), PASSPHRASE, "at most 40 characters"),
    ] {
        let answer = client.submit(&addition(&page, &mut device, name, passphrase)).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        answer.says(says);
    }
    // Of another site, of another session, and too late.
    let mut elsewhere = Device { origin: "https://candor.example.org", ..Device::new(1) };
    let wrong = client.submit(&addition(&page, &mut elsewhere, "telephone", PASSPHRASE)).await;
    wrong.says("No passkey came with the form");
    let mut other = Client::new(&app.site());
    enter(&mut other, RAISING, PASSPHRASE, "").await.ok();
    let theirs = other.get(FACTOR).await.ok();
    let mut form = addition(&theirs, &mut device, "telephone", PASSPHRASE);
    form.set("csrf", page.form(ADD).value("csrf").unwrap());
    client.submit(&form).await.says("No passkey came with the form");
    let form = addition(&page, &mut device, "telephone", PASSPHRASE);
    app.candor.clock.advance_to(app.now().plus(300));
    client.submit(&form).await.says("No passkey came with the form");
    assert_eq!(app.database.number("SELECT COUNT(*) FROM passkey").await, 0);

    let done = add(&mut client, &mut device, "My telephone").await.ok();
    let codes = codes_of(&done);
    assert_eq!(codes.len(), 10);
    assert!(client.get("/desk").await.ok().path.starts_with("/desk"), "the very same session");
    assert!(other.get("/desk").await.path.starts_with(DOOR), "other sessions have ended");
    client.get(FACTOR).await.ok().says("My telephone").says("Recovery codes left 10");
    client.get("/staff/account").await.ok().says("You sign in with a passkey; 10 recovery codes are left");
    let again = add(&mut client, &mut device, "once more").await;
    assert_eq!(again.status, StatusCode::UNPROCESSABLE_ENTITY, "the same one twice");

    assert!(comes_in(&app, &mut device).await);
    let mut visitor = Client::new(&app.site());
    let form = filled(&mut visitor, RAISING, PASSPHRASE, &mut device).await;
    visitor.submit(&form).await.ok();
    let used = Client::new(&app.site()).submit(&form).await;
    assert_eq!(used.status, StatusCode::UNPROCESSABLE_ENTITY, "a challenge was taken twice");
    let refused = plain(&used, RAISING);

    // Each of these would be let in but for one thing, or the same device did not come in after it.
    let stranger = Device { id: device.id.clone(), ..Device::new(9) };
    let unknown = Device { handle: device.handle.clone(), ..Device::new(8) };
    let elsewhere = Device { origin: "https://candor.example.org", ..device.clone() };
    let somebodys = Device { handle: Some(text(&[7; 32])), ..device.clone() };
    for (name, passphrase, mut tried) in [
        ("nobody-of-that-name", PASSPHRASE, device.clone()),
        (RAISING, "not the right passphrase", device.clone()),
        (CONCERNED, PASSPHRASE, device.clone()),
        (RAISING, PASSPHRASE, stranger),
        (RAISING, PASSPHRASE, unknown),
        (RAISING, PASSPHRASE, elsewhere),
        (RAISING, PASSPHRASE, somebodys),
    ] {
        let mut client = Client::new(&app.site());
        let form = filled(&mut client, name, passphrase, &mut tried).await;
        let answer = client.submit(&form).await;
        assert_eq!(answer.status, StatusCode::UNPROCESSABLE_ENTITY, "{name}");
        assert_eq!(plain(&answer, name), refused, "{name}");
        device.count = device.count.max(tried.count);
    }
    let none = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, "").await;
    assert_eq!(plain(&none, RAISING), refused, "neither code nor passkey");
    let mut late = Client::new(&app.site());
    let form = filled(&mut late, RAISING, PASSPHRASE, &mut device).await;
    app.candor.clock.advance_to(app.now().plus(300));
    assert_eq!(plain(&late.submit(&form).await, RAISING), refused, "five minutes are over");
    for wrong in ["{}", "x", &"[".repeat(20_000)] {
        let mut form = filled(&mut late, RAISING, PASSPHRASE, &mut device).await;
        form.set("passkey", wrong);
        assert_eq!(plain(&late.submit(&form).await, RAISING), refused);
    }
    app.candor.clock.advance_to(app.now().plus(120));
    assert!(comes_in(&app, &mut device).await, "nothing is locked");
    let recovered = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, &codes[0]).await;
    assert_eq!(recovered.status, StatusCode::OK, "a recovery code stands in");
    client.get("/staff/sessions").await.says("Added a passkey 1").says("Signed in with a passkey 3");

    // Nothing of it rests in clear, no time finer than the hour, and what was used is forgotten.
    let dump = format!("{:?}", app.database.dump().await);
    assert!(!dump.contains("My telephone") && !dump.contains("cred_id"));
    let count = "SELECT COUNT(*) FROM passkey_challenge";
    assert_eq!(app.database.number(count).await, 3, "only what signed somebody in is kept");
    assert_eq!(app.database.number(&format!("{count} WHERE forgotten_hour % 3600 <> 0")).await, 0);
    app.pass(2 * 3_600).await;
    assert_eq!(app.database.number(count).await, 0);
}

async fn a_passkey_whose_count_goes_back_is_refused_and_its_owner_told(app: TestApp) {
    let app = app.reached_at(SITE);
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let mut device = Device::new(1);
    add(&mut client, &mut device, "telephone").await.ok();
    let mut copy = device.clone();
    device.count = 5;
    assert!(comes_in(&app, &mut device).await);
    let told = "may have been copied";
    assert!(!client.get("/staff/sessions").await.ok().text().contains(told));
    // Whoever has the device and not the passphrase writes nothing into the history.
    let mut thief = Client::new(&app.site());
    let form = filled(&mut thief, RAISING, "not the right passphrase", &mut copy).await;
    thief.submit(&form).await;
    assert!(!client.get("/staff/sessions").await.ok().text().contains(told));
    assert!(!comes_in(&app, &mut copy).await, "the count went back");
    client.get("/staff/sessions").await.ok().says(told);
    assert!(comes_in(&app, &mut device).await, "the one that counts on is let in");
}

async fn the_last_factor_stays_where_one_is_needed(app: TestApp) {
    let app = app.strict().await.reached_at(SITE);
    let mut client = Client::new(&app.site());
    enter(&mut client, RAISING, PASSPHRASE, "").await.ok();
    let (mut one, mut two) = (Device::new(1), Device::new(2));
    let codes = codes_of(&add(&mut client, &mut one, "one").await.ok());
    add(&mut client, &mut two, "two").await.ok().says("Recovery codes left 10");
    let removal = |page: &Answer, name: &str| {
        let rest = page.body.split(&format!("<th scope=\"row\">{name}</th>")).nth(1).expect(name);
        rest.split("href=\"").nth(1).unwrap().split('"').next().unwrap().to_owned()
    };
    let page = client.get(FACTOR).await.ok();
    let (first, second) = (removal(&page, "one"), removal(&page, "two"));

    // Somebody else's is as one that is not there.
    let mut stranger = Client::new(&app.site());
    enter(&mut stranger, CONCERNED, PASSPHRASE, "").await.ok();
    add(&mut stranger, &mut Device::new(3), "three").await.ok();
    let token = stranger.get(FACTOR).await.form(ADD).value("csrf").unwrap().to_owned();
    let none = stranger.get(&format!("{ADD}/{}", "0".repeat(64))).await;
    assert_eq!(none.status, StatusCode::NOT_FOUND);
    assert_eq!(stranger.get(&first).await.body, none.body);
    let tried = stranger.post(&first, &[("csrf", &token), ("passphrase", PASSPHRASE)]).await;
    assert_eq!(tried.status, StatusCode::NOT_FOUND);
    let mut again = Device::new(1);
    let twice = add(&mut stranger, &mut again, "taken from another").await;
    twice.says("has been added already");

    let mut form = client.get(&first).await.ok().form(&first);
    form.set("passphrase", "not the right passphrase");
    assert_eq!(client.submit(&form).await.status, StatusCode::UNPROCESSABLE_ENTITY);
    form.set("passphrase", PASSPHRASE);
    client.submit(&form).await.ok();
    assert!(!comes_in(&app, &mut one).await, "removed");
    assert!(comes_in(&app, &mut two).await);
    let mut form = client.get(&second).await.ok().form(&second);
    form.set("passphrase", PASSPHRASE);
    let refused = client.submit(&form).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    refused.says("Please set up another passkey or an app for codes first");
    assert!(comes_in(&app, &mut two).await, "it is still there");

    // An app beside it: the recovery codes stand, either signs in, and now the passkey may go.
    let page = client.get(FACTOR).await.ok();
    let telephone = super::Telephone::of(&page);
    let mut app_form = page.form(FACTOR);
    app_form.set("code", &telephone.code(app.now())).set("passphrase", PASSPHRASE);
    client.submit(&app_form).await.ok().says("Recovery codes left 10");
    assert!(comes_in(&app, &mut two).await);
    app.candor.clock.advance_to(app.now().plus(60));
    let enters = async |code: &str| {
        enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, code).await.status == StatusCode::OK
    };
    assert!(enters(&telephone.code(app.now())).await);
    assert!(enters(&codes[1]).await);
    client.submit(&form).await.ok();
    assert!(!comes_in(&app, &mut two).await);
    app.candor.clock.advance_to(app.now().plus(60));
    assert!(enters(&telephone.code(app.now())).await);
    client.get("/staff/sessions").await.ok().says("Removed a passkey 2").says("the recovery codes stand 1");
}

async fn where_nobody_needs_one_the_last_may_go_and_codes_with_it(app: TestApp) {
    let app = app.reached_at(SITE);
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let mut device = Device::new(1);
    let codes = codes_of(&add(&mut client, &mut device, "one").await.ok());
    let page = client.get(FACTOR).await.ok();
    let removal = page.links().into_iter().find(|link| link.starts_with(&format!("{ADD}/"))).unwrap();
    let without = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, "").await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let mut form = client.get(&removal).await.ok().form(&removal);
    form.set("passphrase", PASSPHRASE);
    client.submit(&form).await.ok();
    enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, "").await.ok();
    assert_eq!(app.database.number("SELECT COUNT(*) FROM recovery_code").await, 0);
    assert_eq!(codes.len(), 10);
}

async fn new_keys_void_passkeys(app: TestApp) {
    let app = app.reached_at(SITE);
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let mut device = Device::new(1);
    add(&mut client, &mut device, "one").await.ok();
    let (administrator, _) = app.administrator().await;
    let cookie = client.cookies["__Host-staff"].clone();
    let person = app.candor.session(&cookie).await.unwrap().unwrap().account;
    assert!(comes_in(&app, &mut device).await);
    let link = app.candor.invite_back(&administrator, person).await.unwrap();
    app.candor.activate(&link, PASSPHRASE).await.unwrap();
    assert_eq!(app.database.number("SELECT COUNT(*) FROM passkey").await, 0);
    assert!(!comes_in(&app, &mut device).await);
    enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, "").await.ok();
}

/// Without an address there is nothing to bind a passkey to; an app still does.
async fn without_an_address_no_passkey_is_offered(app: TestApp) {
    let there = app.reached_at(SITE);
    let mut client = Client::new(&there.site());
    client.sign_in(RAISING).await;
    let mut device = Device::new(1);
    let page = client.get(FACTOR).await.ok();
    let added = addition(&page, &mut device, "one", PASSPHRASE);
    assert!(page.body.contains("/static/passkey."));
    let mut here = Client::new(&app.site());
    here.cookies.clone_from(&client.cookies);
    let page = here.get(FACTOR).await.ok();
    for absent in ["data-passkey", "/static/passkey.", "unlocking"] {
        assert!(!page.body.contains(absent), "{absent}");
        assert!(!here.clone().get("/desk").await.ok().body.contains(absent));
        assert!(!Client::new(&there.site()).get("/raise").await.body.contains(absent), "no reporter's page");
    }
    let refused = here.submit(&added).await;
    assert_eq!(refused.status, StatusCode::UNPROCESSABLE_ENTITY);
    assert!(!Client::new(&app.site()).get(DOOR).await.ok().body.contains("passkey."));
    client.submit(&added).await.ok();
    // Enrolled where there was an address: something is asked for still, and an app can be set up beside it.
    let without = enter(&mut Client::new(&app.site()), RAISING, PASSPHRASE, "").await;
    assert_eq!(without.status, StatusCode::UNPROCESSABLE_ENTITY);
    let page = here.get(FACTOR).await.ok();
    page.says("Passkeys 1");
    let telephone = super::Telephone::of(&page);
    let mut form = page.form(FACTOR);
    form.set("code", &telephone.code(app.now())).set("passphrase", PASSPHRASE);
    here.submit(&form).await.ok().says("Recovery codes left 10");
}

async fn of_two_sign_ins_with_one_answer_one_is_let_in(app: TestApp) {
    let app = app.reached_at(SITE);
    let mut client = Client::new(&app.site());
    client.sign_in(RAISING).await;
    let mut device = Device::new(1);
    add(&mut client, &mut device, "one").await.ok();
    let other = app.second_node().await.reached_at(SITE);
    let (mut here, mut there) = (Client::new(&app.site()), Client::new(&other.site()));
    let form = filled(&mut here, RAISING, PASSPHRASE, &mut device).await;
    let (one, two) = tokio::join!(here.submit(&form), there.submit(&form));
    let mut outcomes = [one.status.as_u16(), two.status.as_u16()];
    outcomes.sort_unstable();
    assert_eq!(outcomes, [200, 422]);
    assert!(comes_in(&other, &mut device).await, "a fresh one is taken there as well");
}

on_both!(
    a_passkey_opens_the_desk_and_every_refusal_is_the_same,
    a_passkey_whose_count_goes_back_is_refused_and_its_owner_told,
    the_last_factor_stays_where_one_is_needed,
    where_nobody_needs_one_the_last_may_go_and_codes_with_it,
    new_keys_void_passkeys,
    without_an_address_no_passkey_is_offered,
    of_two_sign_ins_with_one_answer_one_is_let_in,
);
