use diceware_wordlists::EFF_LONG_WORDLIST;
use proptest::prelude::*;

use super::{deployment, randomness};
use crate::crypto::receipt::{ReceiptError, ReceiptPhrase};
use crate::crypto::secret::ServiceKey;
use crate::crypto::service::ServiceKeys;
use crate::rng::Randomness;

const TEXT: &str = "t-shirt yo-yo drop-down felt-tip abacus zoom acid acorn zebra yoga";

#[test]
fn no_word_begins_another_when_only_letters_count() {
    let mut words: Vec<String> = EFF_LONG_WORDLIST.iter().map(|word| word.replace('-', "")).collect();
    words.sort();
    words.dedup();
    assert_eq!(words.len(), 7_775);
    assert!(words.iter().all(|word| word.bytes().all(|letter| letter.is_ascii_lowercase())));
    assert!(words.iter().all(|word| (3..=9).contains(&word.len())));
    // Sorted, a word that begins another comes straight before one that it begins.
    for pair in words.windows(2) {
        assert!(!pair[1].starts_with(&pair[0]), "{pair:?}");
    }
}

#[test]
fn only_letters_count() {
    let phrase = ReceiptPhrase::parse(TEXT).unwrap();
    assert_eq!(phrase.to_text().as_str(), TEXT);
    let written = [
        TEXT.replace('-', ""),
        TEXT.replace('-', " "),
        TEXT.replace(' ', ""),
        TEXT.replace([' ', '-'], ""),
        TEXT.replace(' ', "-"),
        TEXT.replace(' ', "\r\n"),
        TEXT.to_uppercase(),
        format!("  “{}”.\n", TEXT.replace(' ', ", ")),
        TEXT.split(' ')
            .zip(1..)
            .fold(String::new(), |text, (word, number)| text + &number.to_string() + ". " + word + "\n"),
        TEXT.replace('-', "\u{2011}").replace(' ', "\u{a0}"),
    ];
    for text in written {
        let read = ReceiptPhrase::parse(&text).unwrap_or_else(|error| panic!("{text}: {error}"));
        assert_eq!(read, phrase, "{text}");
    }
}

#[test]
fn both_spellings_of_yoyo_are_one_receipt() {
    let keys = |text: &str| ReceiptPhrase::parse(text).unwrap().keys(deployment(1));
    assert_eq!(keys(TEXT), keys(&TEXT.replace("yo-yo", "yoyo")));
}

#[test]
fn a_misspelt_word_is_named() {
    let unknown = |text: &str| match ReceiptPhrase::parse(text) {
        Err(ReceiptError::UnknownWord(word)) => word,
        other => panic!("{text}: {other:?}"),
    };
    assert_eq!(unknown(&TEXT.replace("zebra", "zebbra")), "zebbra");
    assert_eq!(unknown(&TEXT.replace("abacus", "Abakus")), "abakus");
    assert_eq!(unknown(&TEXT.replace("yoga", "yogi")), "yogi");
    assert_eq!(unknown(&TEXT.replace("t-shirt", "t-short")), "t-short");
    assert_eq!(unknown(&TEXT.replace("t-shirt", "t short")), "t");
    assert_eq!(unknown(&TEXT.replace("acid", "аcid")), "аcid", "a Cyrillic letter");
    assert_eq!(unknown(&TEXT.replace("zebra", "zebbra").replace('-', " ")), "zebbra");
    assert_eq!(unknown(&TEXT.replace("zebra", "zebbra").replace([' ', '-'], "")), "zebbrayog…");
    assert_eq!(unknown("qqq"), "qqq");
    assert_eq!(unknown(&"q".repeat(512)), "qqqqqqqqq…");
}

#[test]
fn too_few_too_many_and_too_long_are_told_apart() {
    let error = |text: &str| ReceiptPhrase::parse(text).unwrap_err();
    assert_eq!(error(""), ReceiptError::TooFewWords { found: 0 });
    assert_eq!(error("12 34 -- !"), ReceiptError::TooFewWords { found: 0 });
    assert_eq!(error(TEXT.trim_end_matches(" yoga")), ReceiptError::TooFewWords { found: 9 });
    assert_eq!(error(&format!("{TEXT} acid")), ReceiptError::TooManyWords { found: 11 });
    assert_eq!(error(&"acid".repeat(128)), ReceiptError::TooManyWords { found: 128 });
    assert_eq!(error(&"acid".repeat(129)), ReceiptError::TooLong);
    assert_eq!(error(&" ".repeat(1_000_000)), ReceiptError::TooLong);
}

#[test]
fn debug_output_shows_no_word() {
    let phrase = ReceiptPhrase::parse(TEXT).unwrap();
    assert_eq!(format!("{phrase:?}"), "ReceiptPhrase(…)");
    let error = ReceiptPhrase::parse("zebbra").unwrap_err();
    assert!(!format!("{error:?}").contains("zebbra"));
    assert!(error.to_string().contains("zebbra"));
}

#[test]
fn drawn_receipts_differ_and_follow_from_the_draw() {
    let randomness = randomness();
    let one = ReceiptPhrase::draw(&randomness);
    assert_ne!(one, ReceiptPhrase::draw(&randomness));
    assert_eq!(one, ReceiptPhrase::draw(&Randomness::labelled([42; 32])));
    assert!(one.words().iter().all(|word| EFF_LONG_WORDLIST.contains(word)));
}

#[test]
fn keys_depend_on_every_word_and_the_deployment() {
    let (lookup, reading) = ReceiptPhrase::parse(TEXT).unwrap().keys(deployment(1));
    assert_ne!(&lookup, reading.expose());
    let (elsewhere, elsewhere_reading) = ReceiptPhrase::parse(TEXT).unwrap().keys(deployment(2));
    assert_ne!(lookup, elsewhere);
    assert_ne!(reading, elsewhere_reading);
    for word in TEXT.split(' ') {
        let (other, other_reading) =
            ReceiptPhrase::parse(&TEXT.replacen(word, "banjo", 1)).unwrap().keys(deployment(1));
        assert_ne!(lookup, other);
        assert_ne!(reading, other_reading);
    }
}

#[test]
fn a_chosen_receipt_has_no_proof() {
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([1; 32]));
    let drawn = ReceiptPhrase::draw(&randomness());
    let proof = drawn.authenticate(&keys);
    assert!(drawn.verify(&keys, &proof));
    assert!(!ReceiptPhrase::parse(TEXT).unwrap().verify(&keys, &proof));
    assert!(!drawn.verify(&keys, &proof[..31]));
    assert!(!drawn.verify(&ServiceKeys::new(&ServiceKey::from_bytes([2; 32])), &proof));
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(64))]
    #[test]
    fn every_drawn_receipt_comes_back_with_and_without_spaces(seed in any::<[u8; 32]>()) {
        let phrase = ReceiptPhrase::draw(&Randomness::labelled(seed));
        prop_assert_eq!(&ReceiptPhrase::parse(&phrase.to_text()).unwrap(), &phrase);
        prop_assert_eq!(&ReceiptPhrase::parse(&phrase.to_text().replace([' ', '-'], "")).unwrap(), &phrase);
        prop_assert_eq!(&ReceiptPhrase::parse(&phrase.to_text().replace('-', " ")).unwrap(), &phrase);
    }

    #[test]
    fn any_text_is_read_without_panic(text in ".{0,200}") {
        let _ = ReceiptPhrase::parse(&text);
    }

    #[test]
    fn any_letters_are_read_without_panic(text in "[a-z -]{0,200}") {
        let _ = ReceiptPhrase::parse(&text);
    }
}
