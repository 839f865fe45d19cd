//! What the plain pages say: what happened, and what to do next.

use super::Failure;
use crate::web::addresses;

/// The words of one plain page.
#[derive(Debug)]
pub(super) struct Plain {
    pub(super) title: &'static str,
    /// What happened, and what became of what was typed.
    pub(super) said: String,
    /// What to do next, in order.
    pub(super) next: Vec<&'static str>,
    /// The way on, if nothing else helps.
    pub(super) link: (&'static str, &'static str),
}

const AGAIN: &str = "Use your browser's Back button, then send the page again.";
const RELOAD: &str = "Open the page again from its start and send it from there.";
const WHO: &str = "If it happens again, tell the people who run this site what page you were on.";

impl Plain {
    pub(super) fn of(failure: &Failure, visitor: bool) -> Self {
        let link = if visitor {
            (addresses::START, "Go to the start page")
        } else {
            (addresses::DESK, "Go to your desk")
        };
        let (title, said, next) = match failure {
            Failure::NotFound | Failure::Forbidden => (
                "Page not found",
                "There is no page here that you can open.".to_owned(),
                vec!["If you typed the address, check it.", "If you followed a link, it may be out of date."],
            ),
            Failure::Malformed => (
                "We could not read that",
                "What your browser sent was incomplete or damaged. Nothing was saved.".to_owned(),
                vec![AGAIN, RELOAD],
            ),
            Failure::Elsewhere => (
                "This did not come from our page",
                "To protect you, we only accept what is sent from a page of this site. Nothing was saved."
                    .to_owned(),
                vec![RELOAD, "If a privacy add-on hides where pages come from, allow it for this site."],
            ),
            Failure::StaleForm => (
                "This page is out of date",
                "You signed in or out, or closed your visit, after you opened it. Nothing was saved."
                    .to_owned(),
                vec!["Go back and copy what you typed.", RELOAD],
            ),
            Failure::Method => (
                "That does not work here",
                "This address does not take what your browser sent. Nothing was saved.".to_owned(),
                vec![RELOAD],
            ),
            Failure::Changed => (
                "Something changed while you were on this page",
                "Somebody else acted first, so yours was not saved.".to_owned(),
                vec![
                    "Open the page again to see what is new.",
                    "Then decide whether you still want to go on.",
                ],
            ),
            Failure::TooLarge => (
                "That is too long",
                "What you sent is larger than this site takes. Nothing was saved.".to_owned(),
                vec!["Go back and shorten it.", "Send a long text in parts.", "A file may have up to 20 MB."],
            ),
            Failure::MediaType => (
                "We cannot read this kind of content",
                "Your browser sent it in a form that this site does not take. Nothing was saved.".to_owned(),
                vec![RELOAD],
            ),
            Failure::Unprocessable => (
                "Something is missing",
                "A part of the page was missing or had a value that cannot be. Nothing was saved.".to_owned(),
                vec!["Go back, fill in every required field, and send the page again."],
            ),
            Failure::TooMany { seconds } => (
                "Too many requests",
                format!(
                    "A lot has come from your network in a short time. Nothing is locked, and nothing you \
                     sent before is lost. Please try again in {}.",
                    wait(*seconds)
                ),
                vec!["Wait, then reload this page.", "Others near you may be using the same connection."],
            ),
            Failure::Busy { seconds } => (
                "The site is busy",
                format!("Too much is going on at once. Please try again in {}.", wait(*seconds)),
                vec!["Wait, then reload this page. What you typed is sent again."],
            ),
            Failure::Internal(_) => (
                "Something went wrong on our side",
                "It is not your fault. What you just did may not have been saved.".to_owned(),
                vec!["Wait a minute, go back, and try again. Sending twice does no harm.", WHO],
            ),
        };
        Self { title, said, next, link }
    }
}

fn wait(seconds: u64) -> String {
    match seconds {
        0 | 1 => "one second".to_owned(),
        2..=90 => format!("{seconds} seconds"),
        _ => format!("{} minutes", seconds.div_ceil(60)),
    }
}
