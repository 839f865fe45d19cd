use proptest::prelude::*;

use super::{case, deployment, envelope_id, randomness, refuses_every_change};
use crate::crypto::envelope::{ContentContext, open, seal};
use crate::crypto::pad::{self, SizeClass};
use crate::crypto::secret::AudienceKey;
use crate::crypto::{Error, Suite, cipher};
use crate::domain::audience::{Audience, AuthorClass, Kind};

fn context() -> ContentContext {
    ContentContext {
        deployment: deployment(1),
        case: case(2),
        audience: Audience::Case,
        version: 1,
        envelope: envelope_id(3),
        kind: Kind::Statement,
        author: AuthorClass::Reporter,
    }
}

fn key() -> AudienceKey {
    AudienceKey::from_bytes([9; 32])
}

#[test]
fn the_form_is_suite_nonce_ciphertext_and_tag() {
    let sealed = seal(&key(), &context(), b"text", SizeClass::SMALLEST, &randomness()).unwrap();
    assert_eq!(sealed.len(), 1 + 24 + 4_096 + 16);
    assert_eq!(sealed[0], 1);
    assert_eq!(&*open(&key(), &context(), &sealed).unwrap(), b"text");
}

#[test]
fn another_key_does_not_open() {
    let sealed = seal(&key(), &context(), b"text", SizeClass::SMALLEST, &randomness()).unwrap();
    let other = AudienceKey::from_bytes([8; 32]);
    assert_eq!(open(&other, &context(), &sealed).unwrap_err(), Error::CouldNotBeOpened);
}

#[test]
fn another_value_of_any_field_does_not_open() {
    let sealed = seal(&key(), &context(), b"text", SizeClass::SMALLEST, &randomness()).unwrap();
    let others = [
        ContentContext { deployment: deployment(9), ..context() },
        ContentContext { case: case(9), ..context() },
        ContentContext { audience: Audience::Room, ..context() },
        ContentContext { version: 2, ..context() },
        ContentContext { envelope: envelope_id(9), ..context() },
        ContentContext { kind: Kind::Addition, ..context() },
        ContentContext { author: AuthorClass::Panel, ..context() },
    ];
    for other in others {
        assert_eq!(open(&key(), &other, &sealed).unwrap_err(), Error::CouldNotBeOpened, "{other:?}");
    }
}

#[test]
fn every_change_is_refused() {
    let sealed = seal(&key(), &context(), b"text", SizeClass::SMALLEST, &randomness()).unwrap();
    refuses_every_change(&sealed, 7, |bytes| open(&key(), &context(), bytes).is_ok());
}

#[test]
fn bad_padding_is_refused_even_if_it_is_authentic() {
    // Sealed as an envelope is, but around something that no padding gives.
    let mut filled = pad::pad_to(SizeClass::SMALLEST, b"text").unwrap().to_vec();
    filled[4_095] = 1;
    let mut long = pad::pad_to(SizeClass::SMALLEST, b"text").unwrap().to_vec();
    long[0] = 255;
    for text in [&b""[..], b"abc", &[0; 4_095], &filled, &long] {
        let sealed = cipher::seal(
            Suite::Content,
            key().secret(),
            &context().associated(),
            text,
            &randomness(),
            "content nonce",
        )
        .unwrap();
        assert_eq!(open(&key(), &context(), &sealed).unwrap_err(), Error::CouldNotBeOpened);
    }
}

#[test]
fn texts_of_one_class_have_one_length() {
    let seal =
        |text: &[u8]| seal(&key(), &context(), text, SizeClass::STATEMENT, &randomness()).unwrap().len();
    assert_eq!(seal(b""), seal(&[b'x'; 16_000]));
}

#[test]
fn the_same_text_twice_looks_different() {
    let randomness = randomness();
    let seal = || seal(&key(), &context(), b"text", SizeClass::SMALLEST, &randomness).unwrap();
    assert_ne!(seal(), seal());
}

#[test]
fn what_no_class_holds_is_refused() {
    let text = vec![0; SizeClass::LARGEST.capacity() + 1];
    let refused = seal(&key(), &context(), &text, SizeClass::SMALLEST, &randomness());
    assert_eq!(refused.unwrap_err(), Error::TooLong);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn what_is_sealed_comes_back(text in prop::collection::vec(any::<u8>(), 0..10_000)) {
        let sealed = seal(&key(), &context(), &text, SizeClass::SMALLEST, &randomness()).unwrap();
        prop_assert_eq!(&*open(&key(), &context(), &sealed).unwrap(), &text);
    }

    #[test]
    fn any_bytes_are_refused_without_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
        prop_assert!(open(&key(), &context(), &bytes).is_err());
    }
}
