//! What makes a sign-in worth trusting (NIST SP 800-63B-4), through the pages.

mod factor;
mod own;
mod passkey;
mod raised;
mod tries;

use axum::http::StatusCode;
use candor::clock::Timestamp;

use crate::support::app::TestApp;
use crate::support::http::{Answer, Client};

/// An app for codes, made from what the page shows and by nothing of this program.
pub struct Telephone(totp_rs::Totp);

impl Telephone {
    fn of(page: &Answer) -> Self {
        let text = page.text();
        let shown = text.split("To type: ").nth(1).expect("the page shows a secret");
        let secret: String = shown.split_whitespace().take(8).collect();
        let secret = totp_rs::Secret::try_from_base32(secret).unwrap();
        Self(totp_rs::Builder::new().with_secret(secret).build_noncompliant())
    }

    fn code(&self, at: Timestamp) -> String {
        self.0.generate(u64::try_from(at.0).unwrap()).to_string()
    }
}

/// Fills in the page for signing in.
pub async fn enter(client: &mut Client, name: &str, passphrase: &str, code: &str) -> Answer {
    let page = client.get("/staff/sign-in").await.ok();
    let mut form = page.form("/staff/sign-in");
    form.set("name", name).set("passphrase", passphrase).set("code", code);
    client.submit(&form).await
}

/// Sets up an app for somebody who is signed in. Returns it, and the recovery codes shown.
pub async fn enrol(app: &TestApp, client: &mut Client, passphrase: &str) -> (Telephone, Vec<String>) {
    let page = client.get("/staff/second-factor").await.ok();
    let telephone = Telephone::of(&page);
    let mut form = page.form("/staff/second-factor");
    form.set("code", &telephone.code(app.now())).set("passphrase", passphrase);
    let answer = client.submit(&form).await;
    assert_eq!(answer.status, StatusCode::OK, "{}", answer.text());
    (telephone, codes_of(&answer))
}

fn codes_of(page: &Answer) -> Vec<String> {
    page.says("Your recovery codes");
    page.body.split("<code>").skip(1).map(|rest| rest.split('<').next().unwrap().to_owned()).collect()
}
