//! Everything that somebody can see: every page that their pages lead to, and every route asked for
//! directly.

use std::collections::{BTreeMap, BTreeSet, VecDeque};

use axum::http::Method;

use super::app::TestApp;
use super::http::Client;
use super::site::{filled, routes};

/// What was seen: who and where, to status and body.
pub type Pages = BTreeMap<String, String>;

/// More pages than anybody has here: a crawl that goes on and on is a mistake.
const MOST: usize = 300;

/// Pages that are about the very session that looks, and so never the same twice: the secret that it offers to an
/// app, and when it began beside the others. tests/sign_in holds what they show and to whom.
const OF_ONE_SESSION: [&str; 2] = ["/staff/second-factor", "/staff/sessions"];

/// Everything that these people can see now. Each signs in afresh; what a session's own token makes
/// different is made alike.
pub async fn everything_that(app: &TestApp, names: &[&str]) -> Pages {
    let mut pages = Pages::new();
    let site = app.site();
    for name in names {
        let mut client = Client::new(&site);
        let first = client.sign_in(name).await;
        let token = first.forms().iter().find_map(|form| form.value("csrf").map(str::to_owned));
        let mut waiting: VecDeque<String> = first.links().into();
        waiting.push_back(first.path.clone());
        waiting.extend(routes().iter().filter(|route| route.method == Method::GET).map(filled));
        let mut known = BTreeSet::new();
        while let Some(path) = waiting.pop_front() {
            let leaves = path.starts_with("/leave") || path.contains("sign-out") || path.contains('#');
            let own = OF_ONE_SESSION.contains(&path.as_str());
            if leaves || own || path.starts_with("/static") || !known.insert(path.clone()) {
                continue;
            }
            assert!(known.len() < MOST, "{name} can go on for ever, last to {path}");
            let answer = client.clone().get(&path).await;
            for link in answer.links() {
                waiting.push_back(link);
            }
            let body = match &token {
                Some(token) => answer.body.replace(token.as_str(), "(csrf)"),
                None => answer.body.clone(),
            };
            pages.insert(format!("{name} {path}"), format!("{} {body}", answer.status));
        }
    }
    pages
}

/// The pages that are not the same, or are there on one side only.
#[must_use]
pub fn differences(one: &Pages, other: &Pages) -> Vec<String> {
    let all: BTreeSet<_> = one.keys().chain(other.keys()).collect();
    all.into_iter().filter(|page| one.get(*page) != other.get(*page)).cloned().collect()
}
