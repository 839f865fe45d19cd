//! Messages that would lead to the writer of a concern: told to whoever sends them, before they do (AN-20).

/// So many words in a row are no coincidence.
const RUN: usize = 15;

const PERSON: &[&str] = &[
    "who are you",
    "who is this",
    "who wrote",
    "who raised",
    "your name",
    "your full name",
    "your initials",
    "identify yourself",
    "your identity",
    "your badge",
    "badge number",
    "your rank",
    "your grade",
    "your title",
    "your job",
    "your position",
    "your role",
    "your call sign",
    "your phone",
    "your number",
    "your email",
    "your e mail",
    "your contact",
    "your supervisor",
    "your boss",
    "your partner",
    "your gender",
    "call me",
    "phone me",
    "email me",
    "contact me",
    "meet me",
    "meet with me",
    "come to my office",
    "come and see me",
    "see me in person",
    "are you the",
    "are you an agent",
    "are you an officer",
    "how long have you",
    "years of service",
    "on first name",
    "tell me who you",
    "let me know who you",
];

const SHIFT: &[&str] = &[
    "what shift",
    "which shift",
    "your shift",
    "on shift",
    "day shift",
    "night shift",
    "swing shift",
    "when do you work",
    "when did you work",
    "were you working",
    "were you on duty",
    "are you on duty",
    "your schedule",
    "your roster",
    "your days off",
    "your day off",
    "what time did you",
    "when exactly",
    "exact date",
    "exact time",
    "date and time",
    "what day",
    "which day",
    "what date",
    "which date",
    "when were you",
    "when did you see",
    "how often are you",
];

const PLACE: &[&str] = &[
    "where do you work",
    "where did you work",
    "where are you",
    "where were you",
    "where exactly",
    "your station",
    "your office",
    "your unit",
    "your team",
    "your post",
    "your section",
    "your desk",
    "your duty station",
    "your location",
    "your checkpoint",
    "your sector",
    "your vehicle",
    "your room",
    "which station",
    "which office",
    "which unit",
    "which team",
    "which checkpoint",
    "which lane",
    "what station",
    "what office",
    "what unit",
    "what team",
    "what checkpoint",
    "what lane",
    "exact location",
    "exact place",
];

/// What a message to the reporter seems to ask for, each as a sentence for its writer.
#[must_use]
pub fn asks_for(text: &str) -> Vec<&'static str> {
    let text = format!(" {} ", plain(text).join(" "));
    let any = |phrases: &[&str]| phrases.iter().any(|phrase| text.contains(&format!(" {phrase} ")));
    let mut asks = Vec::new();
    if any(PERSON) {
        asks.push("It seems to ask who the reporter is.");
    }
    if any(SHIFT) {
        asks.push("It seems to ask about a shift, a day or a time.");
    }
    if any(PLACE) {
        asks.push("It seems to ask where the reporter works or was.");
    }
    asks
}

/// Whether a text repeats a long run of the reporter's words. Headquarters and the field read
/// what is resolved, and a way of writing gives its writer away.
#[must_use]
pub fn repeats(text: &str, words_of_the_reporter: &str) -> bool {
    let theirs = plain(words_of_the_reporter);
    let runs: std::collections::BTreeSet<&[String]> = theirs.windows(RUN).collect();
    plain(text).windows(RUN).any(|run| runs.contains(run))
}

fn plain(text: &str) -> Vec<String> {
    text.to_lowercase()
        .replace(['\'', '’'], "")
        .split(|c: char| !c.is_alphanumeric())
        .filter(|word| !word.is_empty())
        .map(str::to_owned)
        .collect()
}

#[cfg(test)]
mod tests {
    use super::{asks_for, repeats};

    #[test]
    fn a_message_that_asks_who_when_or_where_is_noticed() {
        assert_eq!(asks_for("Please give us your\nNAME.").len(), 1);
        assert_eq!(asks_for("Which shift were you on, and at which checkpoint?").len(), 2);
        assert_eq!(asks_for("Where exactly was it, on what day, and who are you?").len(), 3);
    }

    #[test]
    fn a_message_about_the_matter_is_not() {
        for text in [
            "Does the memorandum still leave you without an answer within four hours?",
            "Would a shared phone list of duty officers help?",
            "What would have to change for this to work?",
            "Has it happened again since the two offices agreed?",
        ] {
            assert!(asks_for(text).is_empty(), "{text}");
        }
    }

    #[test]
    fn long_runs_of_the_reporters_words_are_noticed_and_short_ones_are_not() {
        let theirs = "When we call about a hand over nobody picks up and in the morning the whole file has to be \
                      written again by us.";
        assert!(repeats(theirs, theirs));
        assert!(repeats(&format!("We found: {}", theirs.to_uppercase()), theirs));
        assert!(!repeats("Nobody picks up and in the morning the file is written again.", theirs));
        assert!(!repeats("", theirs) && !repeats("short", "short"));
    }
}
