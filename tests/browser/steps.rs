//! What people do in a browser, a step a function: by what a page offers, with the keyboard and
//! by pressing. Every page that a step comes to is looked at on the way.

use fantoccini::Locator;

use super::driver::{Browser, Eye, Pages, serve};
use crate::support::app::{PASSPHRASE, TestApp};
use crate::support::pages::proposal_fields;

/// A deployment that is served, and how browsers are opened on it.
pub struct Journey {
    site: String,
    scripts: bool,
    eye: Eye,
    looked_at: Pages,
}

impl Journey {
    pub async fn begin(app: &TestApp, scripts: bool, eye: Eye) -> Self {
        Self { site: serve(app.site()).await, scripts, eye, looked_at: Pages::default() }
    }

    /// A browser in which nothing has happened yet.
    pub async fn visitor(&self) -> Browser {
        Browser::open(&self.site, self.scripts, self.eye, self.looked_at.clone()).await
    }

    /// A browser of its own for somebody who has signed in.
    pub async fn staff(&self, name: &str) -> Browser {
        let browser = self.visitor().await;
        sign_in(&browser, name).await;
        browser
    }

    /// A browser in which a reporter has come back with the ten words.
    pub async fn returned(&self, words: &str) -> Browser {
        let browser = self.visitor().await;
        come_back(&browser, words).await;
        browser
    }
}

/// Raises a concern, looking at every page. Returns the ten words.
pub async fn raise(browser: &Browser, handler: &str) -> String {
    browser.go("/").await;
    browser.look("start").await;
    browser.press("Raise a concern").await;
    browser.look("write-branch").await;
    browser.choose("our_branch", "RIV-PAT").await;
    browser.press("Continue").await;
    browser.look("write-unit").await;
    browser.choose("our_unit", "RIV-EAST").await;
    browser.press("Continue").await;
    browser.look("write-other").await;
    browser.choose("other_pick", "unit:HAR-EAST").await;
    browser.press("Continue").await;
    browser.look("write").await;
    // Sent empty: told what is missing, with a way to it.
    browser.press("Check before sending").await;
    browser.says("Please write something here.").await;
    browser.look("write-problems").await;
    browser.fill("what_happens", "The harbour takes the patrol boat in the mornings without a word.").await;
    browser.choose("handler", handler).await;
    browser.press("Check before sending").await;
    browser.look("review").await;
    let words = browser.client.find_all(Locator::Css("ol.receipt li")).await.unwrap();
    let mut receipt = Vec::new();
    for word in words {
        receipt.push(word.text().await.unwrap());
    }
    assert_eq!(receipt.len(), 10);
    browser.choose("known", "10").await;
    browser.choose("saved", "yes").await;
    browser.press("Send").await;
    browser.says("It is sent").await;
    browser.look("sent").await;
    // AN-12: Back shows nothing typed.
    browser.client.back().await.unwrap();
    let source = browser.client.source().await.unwrap();
    assert!(!source.contains("patrol boat"), "Back shows what was typed");
    browser.go("/").await;
    receipt.join(" ")
}

/// As [`raise`], in a browser of its own, and up to the batch. Returns the ten words and the case's number.
pub async fn raise_and_open(journey: &Journey, app: &TestApp, handler: &str) -> (String, String) {
    let browser = journey.visitor().await;
    let words = raise(&browser, handler).await;
    browser.close().await;
    app.run_batches().await;
    (words, app.only_number().await)
}

pub async fn come_back(browser: &Browser, words: &str) {
    browser.go("/return").await;
    browser.look("return").await;
    browser.fill("words", words).await;
    browser.press("Open").await;
}

/// AN-12: no cookie, no storage.
pub async fn nothing_is_left(browser: &Browser) {
    let empty = browser.wait_until(async || browser.cookies().await.is_empty()).await;
    assert!(empty, "cookies are left: {:?}", browser.cookies().await);
    let stored =
        browser.client.execute("return localStorage.length + sessionStorage.length", vec![]).await.unwrap();
    assert_eq!(stored, serde_json::json!(0));
}

/// A commander rates the outcome, from the case's page.
pub async fn rate(browser: &Browser, number: &str) {
    open_case(browser, number).await;
    browser.press("Rate the outcome").await;
    browser.press("Rate the outcome").await;
    browser.says("Choose 1 to 5 points.").await;
    for question in ["clarity", "fairness", "works_points"] {
        browser.choose(question, "5").await;
    }
    browser.fill("words", "Both of us know when the boat is whose.").await;
    browser.look("rate").await;
    browser.press("Rate the outcome").await;
    browser.says("Your rating is recorded.").await;
}

/// The reporter does.
pub async fn rate_by_receipt(browser: &Browser) {
    browser.press("Rate the outcome").await;
    for (question, points) in [("clarity", "4"), ("fairness", "2"), ("works_points", "3")] {
        browser.choose(question, points).await;
    }
    browser.fill("rate_text", "Nobody told the harbour.").await;
    browser.look("visit-rate").await;
    browser.press("Send to the Council").await;
    browser.says("Your rating of the outcome").await;
}

/// The Council reads what was said.
pub async fn read_ratings(browser: &Browser) {
    browser.press("What commanders and reporters say of outcomes").await;
    browser.says("What is said of outcomes").await;
    browser.look("ratings").await;
}

/// The reporter does not accept what was decided.
pub async fn dispute(browser: &Browser, reason: &str, text: &str) {
    browser.press("I do not accept the outcome").await;
    browser.choose("objection", reason).await;
    browser.fill("objection_text", text).await;
    browser.look("visit-objection").await;
    browser.press("Send it one level up").await;
    browser.says("Still waiting").await;
}

pub async fn sign_in(browser: &Browser, name: &str) {
    browser.go("/staff/sign-in").await;
    browser.look("sign-in").await;
    browser.fill("name", name).await;
    browser.fill("passphrase", PASSPHRASE).await;
    browser.press("Sign in").await;
    let inside = browser.wait_until(async || browser.path().await != "/staff/sign-in").await;
    assert!(inside, "{name} cannot sign in:\n{}", browser.text().await);
}

pub async fn desk(browser: &Browser) {
    browser.go("/desk").await;
    browser.look("desk").await;
}

/// The page of a case, by way of the desk.
pub async fn open_case(browser: &Browser, number: &str) {
    desk(browser).await;
    browser.press(number).await;
    browser.says("What has happened").await;
    browser.look("case").await;
}

/// Goes to the page of one act on a case and fills its fields in.
pub async fn fill_act(browser: &Browser, number: &str, title: &str, fields: &[(&str, &str)]) {
    open_case(browser, number).await;
    browser.press(title).await;
    browser.says("Back to the case").await;
    let act = browser.path().await;
    browser.look(act.rsplit('/').next().unwrap()).await;
    for (name, value) in fields {
        browser.enter(name, value).await;
    }
}

/// Does something about a case, and reads what the page says of it.
pub async fn act(browser: &Browser, number: &str, title: &str, fields: &[(&str, &str)], says: &str) {
    fill_act(browser, number, title, fields).await;
    browser.press(title).await;
    browser.says(says).await;
}

pub async fn acknowledge(browser: &Browser, number: &str) {
    let fields = [("no_conflict", "yes"), ("no_search", "yes")];
    act(browser, number, "Acknowledge this case", &fields, "You have acknowledged this case.").await;
    browser.look("case-acknowledged").await;
}

/// Fills in a version that is complete, with these words for what is found. It may begin with an earlier one.
pub async fn propose(browser: &Browser, app: &TestApp, number: &str, title: &str, finding: &str) {
    act(browser, number, title, &fields(&proposal(app, finding)), "Your version is on the table.").await;
    browser.look("case-proposed").await;
}

/// The fields of a proposal that is complete, with these words for what is found.
pub fn proposal(app: &TestApp, finding: &str) -> Vec<(&'static str, String)> {
    let mut fields = proposal_fields(app);
    for (name, value) in &mut fields {
        if *name == "finding" {
            finding.clone_into(value);
        }
    }
    fields
}

/// Fields as a step takes them.
pub fn fields<'a>(owned: &'a [(&'static str, String)]) -> Vec<(&'a str, &'a str)> {
    owned.iter().map(|(name, value)| (*name, value.as_str())).collect()
}

pub async fn accept(browser: &Browser, number: &str, version: u32) {
    let title = format!("Accept and sign version {version}");
    act(browser, number, &title, &[("sign", "yes")], "You have signed.").await;
}

/// As [`accept`], long after signing in: the page asks for the passphrase, and without it nothing is signed.
pub async fn accept_afresh(browser: &Browser, number: &str, version: u32) {
    let title = format!("Accept and sign version {version}");
    fill_act(browser, number, &title, &[("sign", "yes")]).await;
    browser.says("Your passphrase").await;
    browser.press(&title).await;
    browser.says("Please confirm that it is you").await;
    browser.look("accept-confirm").await;
    browser.fill("passphrase", PASSPHRASE).await;
    browser.press(&title).await;
    browser.says("You have signed.").await;
}

/// The list of notices of whoever is signed in at headquarters.
pub async fn notices(browser: &Browser) {
    browser.go("/headquarters").await;
    browser.says("Waiting for your acknowledgement").await;
    browser.look("notices").await;
}

/// Reads the newest notice that waits.
pub async fn read_notice(browser: &Browser) {
    notices(browser).await;
    browser.press("Read the whole notice").await;
    browser.says("Notice of a resolution").await;
    browser.look("notice").await;
}

/// Acknowledges the notice that is shown.
pub async fn acknowledge_notice(browser: &Browser) {
    browser.press("Acknowledge").await;
    browser.says("One notice is acknowledged").await;
    browser.says("Nothing waits").await;
}
