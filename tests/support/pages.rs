//! What people do on pages, at the level of the router.

use axum::http::StatusCode;

use super::app::{PASSPHRASE, TestApp};
use super::http::{Answer, Client, Form};

/// The answers of the form as a reporter gives them: field and value.
pub const ANSWERS: [(&str, &str); 2] = [
    ("what_happens", "The harbour takes the patrol boat in the mornings without a word."),
    ("handler", "no"),
];

impl Client {
    /// Goes through the steps to the page where the concern is written.
    pub async fn reach_form(&mut self) -> Answer {
        let mut page = self.get("/write").await.ok();
        for (name, value, next) in [
            ("our_branch", "RIV-PAT", "our_unit"),
            ("our_unit", "RIV-EAST", "other_branch"),
            ("other_pick", "unit:HAR-EAST", "write"),
        ] {
            let mut form = page.form("/write");
            form.set(name, value).set("to", next);
            page = self.submit(&form).await.ok();
        }
        page
    }

    /// Fills the form in, over [`ANSWERS`], and returns the review page.
    pub async fn reach_review(&mut self, answers: &[(&str, &str)]) -> Answer {
        let page = self.reach_form().await;
        let mut form = page.form("/write/review");
        for (name, value) in ANSWERS.iter().chain(answers) {
            form.set(name, value);
        }
        self.submit(&form).await
    }

    /// Sends what the review page shows. Returns the ten words and the page that follows.
    pub async fn send_reviewed(&mut self, review: &Answer) -> (String, Answer) {
        let mut form = review.form("/write/send");
        form.set("known", "10").set("saved", "yes");
        let words = words_of(review);
        (words, self.submit(&form).await)
    }

    /// Raises a concern from the first page to the last. Returns the ten words.
    pub async fn raise(&mut self, answers: &[(&str, &str)]) -> String {
        let review = self.reach_review(answers).await.ok();
        let (words, sent) = self.send_reviewed(&review).await;
        sent.ok().says("It is sent");
        words
    }

    /// Comes back with ten words.
    pub async fn come_back(&mut self, words: &str) -> Answer {
        let page = self.get("/return").await.ok();
        let mut form = page.form("/return");
        form.set("words", words);
        self.submit(&form).await
    }

    /// Signs in by the sign-in page.
    pub async fn sign_in(&mut self, name: &str) -> Answer {
        let page = self.get("/staff/sign-in").await.ok();
        let mut form = page.form("/staff/sign-in");
        form.set("name", name).set("passphrase", PASSPHRASE);
        let answer = self.submit(&form).await;
        assert_eq!(answer.status, StatusCode::OK, "{name} cannot sign in: {}", answer.text());
        answer
    }

    /// The page of a case as the person signed in reaches it from the desk.
    pub async fn case(&mut self, number: &str) -> Answer {
        let desk = self.get("/desk").await.ok();
        let link = desk.links().into_iter().find(|link| link.ends_with(&format!("/case/{number}")));
        let Some(link) = link else { panic!("the desk shows no {number}:\n{}", desk.text()) };
        self.get(&link).await.ok()
    }

    /// The page of one act on a case; `act` may name an action: `done?action=1`. Who may not is led back to the case.
    pub async fn act_page(&mut self, number: &str, act: &str) -> Answer {
        let case = self.case(number).await;
        self.get(&format!("{}/{act}", case.path)).await
    }

    /// The form of one act on a case.
    pub async fn act_form(&mut self, number: &str, act: &str) -> Form {
        let word = act.split('?').next().unwrap();
        self.act_page(number, act).await.form(&format!("/{word}"))
    }

    /// Fills in and sends the form of one act on a case.
    pub async fn act(&mut self, number: &str, act: &str, fields: &[(&str, &str)]) -> Answer {
        let mut form = self.act_form(number, act).await;
        for (name, value) in fields {
            form.set(name, value);
        }
        self.submit(&form).await
    }

    /// Fails unless this act is not open to whoever is signed in, by its address or by sending its fields.
    pub async fn may_not(&mut self, number: &str, act: &str, fields: &[(&str, &str)]) {
        let case = self.case(number).await;
        let word = act.split('?').next().unwrap();
        let open = format!("/{act}");
        assert!(!case.links().iter().any(|link| link.ends_with(&open)), "{act} is offered");
        let back = self.get(&format!("{}/{act}", case.path)).await.ok();
        assert_eq!(back.path, case.path, "{act} shows its form");
        let token =
            self.get("/staff/sign-out").await.form("/staff/sign-out").value("csrf").unwrap().to_owned();
        // As somebody would who has seen everything.
        let mut all = vec![("csrf", token.as_str()), ("seen", "1000")];
        all.extend(fields);
        let sent = self.post(&format!("{}/{word}", case.path), &all).await;
        assert_eq!(sent.status, StatusCode::UNPROCESSABLE_ENTITY, "{act}: {}", sent.text());
    }
}

/// The ten words that a review page shows.
#[must_use]
pub fn words_of(review: &Answer) -> String {
    let list = review.body.split("<ol class=\"receipt\"").nth(1).expect("a receipt");
    let list = list.split("</ol>").next().unwrap();
    let words: Vec<_> = list.split("<li>").skip(1).filter_map(|item| item.split('<').next()).collect();
    assert_eq!(words.len(), 10);
    words.join(" ")
}

/// The fields of a proposal that is complete.
#[must_use]
pub fn proposal_fields(app: &TestApp) -> Vec<(&'static str, String)> {
    let due = app.now().plus(30 * 86_400).0.div_euclid(86_400);
    vec![
        ("issue", "Both agencies need the one patrol boat on the same mornings.".to_owned()),
        ("finding", "The Joint Order leaves open who has the boat before noon.".to_owned()),
        ("document", "DOC-1".to_owned()),
        ("kind", "clarification".to_owned()),
        ("what_1", "Write a plan for the mornings.".to_owned()),
        ("owner_1", "commander:RIV-EAST".to_owned()),
        ("due_1", date(due)),
        ("library_text", "The boat is shared by a plan that both commanders sign.".to_owned()),
    ]
}

/// A count of days since the epoch as year, month, day.
fn date(days: i64) -> String {
    // Howard Hinnant, "chrono-Compatible Low-Level Date Algorithms", civil_from_days.
    let shifted = days + 719_468;
    let era = shifted.div_euclid(146_097);
    let of_era = shifted.rem_euclid(146_097);
    let year_of_era = (of_era - of_era / 1_460 + of_era / 36_524 - of_era / 146_096) / 365;
    let day_of_year = of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}
