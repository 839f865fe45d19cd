//! A passkey in a real browser: added, signed in with, and refused from another device.

use std::net::SocketAddr;

use fantoccini::error::CmdError;
use fantoccini::wd::WebDriverCompatibleCommand;
use serde_json::{Value, json};

use super::driver::{Browser, Eye, Pages, is_there};
use crate::support::app::{PASSPHRASE, RAISING, TestApp};
use crate::support::{Engine, Fixture, block_on};

/// A device that the browser believes to be plugged in (WebAuthn, section 11).
#[derive(Debug)]
enum Device {
    Add,
    Remove(String),
}

impl WebDriverCompatibleCommand for Device {
    fn endpoint(&self, base: &url::Url, session: Option<&str>) -> Result<url::Url, url::ParseError> {
        let place = format!("session/{}/webauthn/authenticator", session.unwrap_or_default());
        match self {
            Self::Add => base.join(&place),
            Self::Remove(device) => base.join(&format!("{place}/{device}")),
        }
    }

    fn method_and_body(&self, _: &url::Url) -> (axum::http::Method, Option<String>) {
        let device = json!({
            "protocol": "ctap2", "transport": "usb", "hasResidentKey": true,
            "hasUserVerification": true, "isUserVerified": true, "isUserConsenting": true,
        });
        match self {
            Self::Add => (axum::http::Method::POST, Some(device.to_string())),
            Self::Remove(_) => (axum::http::Method::DELETE, None),
        }
    }
}

async fn plug_in(browser: &Browser) -> Result<String, CmdError> {
    let added: Value = browser.client.issue_cmd(Device::Add).await?;
    Ok(added.as_str().expect("a device has a name").to_owned())
}

async fn at_the_door(browser: &Browser) {
    browser.go("/staff/sign-in").await;
    browser.fill("name", RAISING).await;
    browser.fill("passphrase", PASSPHRASE).await;
}

#[test]
fn a_passkey_is_added_signs_in_and_no_other_does() {
    if !is_there() {
        return;
    }
    block_on(async {
        let listener = tokio::net::TcpListener::bind("127.0.0.1:0").await.unwrap();
        let site = format!("http://localhost:{}", listener.local_addr().unwrap().port());
        let app = TestApp::make(Engine::Sqlite).await.unwrap().strict().await.reached_at(&site);
        let service = app.site().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(listener, service).await });
        let browser = Browser::open(&site, true, Eye::Pictures, Pages::default()).await;
        let first = plug_in(&browser).await.unwrap();

        at_the_door(&browser).await;
        browser.look("sign-in-passkey").await;
        browser.press("Sign in").await;
        browser.says("Your post opens once this is done").await;
        browser.look("second-factor-first").await;
        browser.press("Add a passkey").await;
        browser.says("Please fill in the fields above first").await;
        browser.fill("label", "Security key").await;
        browser.fill("unlocking", PASSPHRASE).await;
        browser.press("Add a passkey").await;
        browser.says("Your recovery codes").await;
        browser.press("I have kept them, go on").await;
        assert!(browser.wait_until(async || browser.path().await.starts_with("/desk")).await);
        browser.go("/staff/second-factor").await;
        browser.says("Security key").await;
        browser.look("second-factor-passkeys").await;
        // The same device once more.
        browser.fill("label", "The same").await;
        browser.fill("unlocking", PASSPHRASE).await;
        browser.press("Add a passkey").await;
        browser.says("This device has a passkey for your account already").await;
        browser.press("Remove").await;
        browser.look("passkey-remove").await;
        browser.fill("passphrase", PASSPHRASE).await;
        browser.press("Remove it").await;
        browser.says("Please set up another passkey or an app for codes first").await;

        out(&browser).await;
        at_the_door(&browser).await;
        browser.press("Sign in with a passkey").await;
        let inside = browser.wait_until(async || browser.path().await.starts_with("/desk")).await;
        assert!(inside, "the passkey does not sign in:\n{}", browser.text().await);
        out(&browser).await;

        // Another device knows nothing of this site: the browser gives no answer.
        let _: Value = browser.client.issue_cmd(Device::Remove(first)).await.unwrap();
        plug_in(&browser).await.unwrap();
        at_the_door(&browser).await;
        browser.press("Sign in with a passkey").await;
        browser.says("The browser gave no passkey").await;
        browser.look("sign-in-no-passkey").await;
        assert_eq!(browser.path().await, "/staff/sign-in");
        // Nor does one that holds somebody else's passkey of this very site.
        browser.go("/staff/sign-in").await;
        browser.fill("name", "office-guard").await;
        browser.fill("passphrase", PASSPHRASE).await;
        browser.press("Sign in").await;
        browser.says("Your post opens once this is done").await;
        browser.fill("label", "Another").await;
        browser.fill("unlocking", PASSPHRASE).await;
        browser.press("Add a passkey").await;
        browser.says("Your recovery codes").await;
        out(&browser).await;
        at_the_door(&browser).await;
        browser.press("Sign in with a passkey").await;
        browser.says("do not fit together").await;
        browser.close().await;
    });
}

async fn out(browser: &Browser) {
    browser.go("/staff/sign-out").await;
    browser.press("Sign out").await;
    browser.says("You are signed out").await;
    browser.go("/desk").await;
    assert_eq!(browser.path().await, "/staff/sign-in");
}
