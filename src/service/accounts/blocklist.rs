//! Passphrases that somebody would try first (NIST SP 800-63B-4, 3.1.1.2): those that are common, known
//! from breaches, or made of words that belong to this site.
//!
//! zxcvbn brings the lists and knows how they are usually varied: repeated, run together, with digits at
//! the end or for letters. What it can guess within [`GUESSES`] is refused, whatever its length.

use crate::domain::organisation::Organisation;

/// As a power of ten: more guesses than a list of variations has, fewer than three random words need.
const GUESSES: f64 = 10.0;

/// Words that anybody would try here, beside those that people use everywhere.
pub(super) fn words_of_the_place(organisation: Option<&Organisation>, sign_in_name: &str) -> Vec<String> {
    let mut words = vec!["candor".to_owned()];
    let mut add = |name: &str| {
        let name = name.to_lowercase();
        words.extend(name.split(|letter: char| !letter.is_alphanumeric()).map(str::to_owned));
        words.push(name.split_whitespace().collect());
        words.push(name);
    };
    add(sign_in_name);
    if let Some(organisation) = organisation {
        add(&organisation.department);
        add(&organisation.council);
        for component in &organisation.components {
            add(&component.name);
            add(&component.short);
        }
        for branch in &organisation.branches {
            add(&branch.name);
        }
        for unit in &organisation.units {
            add(&unit.name);
            add(&unit.place);
            add(&unit.commander);
        }
        for unit in &organisation.headquarters {
            add(&unit.name);
        }
    }
    words.retain(|word| word.chars().count() > 2);
    words.sort_unstable();
    words.dedup();
    words
}

/// Whether it is among what somebody would try first.
pub(super) fn is_easily_guessed(typed: &str, words: &[String]) -> bool {
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    zxcvbn::zxcvbn(typed, &words).guesses_log10() < GUESSES
}

#[cfg(test)]
mod tests {
    use super::{is_easily_guessed, words_of_the_place};
    use crate::domain::organisation::Organisation;

    #[test]
    fn what_is_common_or_of_this_place_is_refused_and_random_words_are_not() {
        let organisation =
            Organisation::parse(include_str!("../../../tests/support/organisation.toml")).unwrap();
        let component = organisation.components[0].name.to_lowercase();
        let words = words_of_the_place(Some(&organisation), "qvexolt.zarnubi");
        let common = [
            "passwordpassword",
            "Password123456789",
            "P@ssw0rdP@ssw0rd",
            "qwertyuiopasdfghjkl",
            "123456789012345",
            "aaaaaaaaaaaaaaaaaaaaaaaa",
            "abcabcabcabcabcabc",
            "iloveyouiloveyou",
        ];
        for typed in common {
            assert!(is_easily_guessed(typed, &[]), "{typed}");
        }
        let ours = [
            "qvexoltzarnubi2026".to_owned(),
            "qvexolt.zarnubi".to_owned(),
            "candorcandorcandor".to_owned(),
            format!("{component}2026"),
        ];
        for typed in ours {
            assert!(is_easily_guessed(&typed, &words), "{typed}");
        }
        // The control: the same is fine where the words mean nothing.
        assert!(!is_easily_guessed("qvexoltzarnubi2026", &[]));
        for typed in [
            "four random words here",
            "a passphrase for tests only",
            "correct horse battery staple",
            "kX9#vLq2!mZr7@pWd",
            "ein Käfer läuft über die Brücke",
            "море волнуется раз два",
        ] {
            assert!(!is_easily_guessed(typed, &words), "{typed}");
        }
    }
}
