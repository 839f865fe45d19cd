use super::{account, deployment, randomness, refuses_every_change};
use crate::crypto::Error;
use crate::crypto::account::{self as accounts, AccountKeys, Fingerprint};
use crate::crypto::secret::{ReadingKey, SessionToken, SigningKey, WrappingKey};
use crate::crypto::session::{self, open_for_session, seal_for_session, token_hash};

fn wrapping() -> WrappingKey {
    WrappingKey::from_bytes([4; 32])
}

#[test]
fn both_keys_come_back_and_neither_opens_as_the_other() {
    let keys = AccountKeys::generate(&randomness());
    let reading =
        accounts::seal(&wrapping(), deployment(1), account(2), &keys.reading, &randomness()).unwrap();
    let signing =
        accounts::seal(&wrapping(), deployment(1), account(2), &keys.signing, &randomness()).unwrap();
    assert_eq!((reading.len(), reading[0]), (73, 4));
    let open = accounts::open::<ReadingKey>;
    assert_eq!(open(&wrapping(), deployment(1), account(2), &reading).unwrap(), keys.reading);
    assert_eq!(
        accounts::open::<SigningKey>(&wrapping(), deployment(1), account(2), &signing).unwrap(),
        keys.signing
    );
    let refused = Error::CouldNotBeOpened;
    assert_eq!(open(&wrapping(), deployment(1), account(2), &signing).unwrap_err(), refused);
    assert_eq!(open(&wrapping(), deployment(9), account(2), &reading).unwrap_err(), refused);
    assert_eq!(open(&wrapping(), deployment(1), account(9), &reading).unwrap_err(), refused);
    let other = WrappingKey::from_bytes([5; 32]);
    assert_eq!(open(&other, deployment(1), account(2), &reading).unwrap_err(), refused);
    refuses_every_change(&reading, 1, |bytes| open(&wrapping(), deployment(1), account(2), bytes).is_ok());
}

#[test]
fn a_session_opens_with_its_token_alone() {
    let keys = AccountKeys::generate(&randomness());
    let token = session::new_token(&randomness());
    let sealed = seal_for_session(&token, deployment(1), account(2), &keys.reading, &randomness()).unwrap();
    assert_eq!((sealed.len(), sealed[0]), (73, 5));
    let open = open_for_session::<ReadingKey>;
    assert_eq!(open(&token, deployment(1), account(2), &sealed).unwrap(), keys.reading);
    let refused = Error::CouldNotBeOpened;
    let other = SessionToken::from_bytes([1; 32]);
    assert_eq!(open(&other, deployment(1), account(2), &sealed).unwrap_err(), refused);
    assert_eq!(open(&token, deployment(9), account(2), &sealed).unwrap_err(), refused);
    assert_eq!(open(&token, deployment(1), account(9), &sealed).unwrap_err(), refused);
    assert!(open_for_session::<SigningKey>(&token, deployment(1), account(2), &sealed).is_err());
    refuses_every_change(&sealed, 1, |bytes| open(&token, deployment(1), account(2), bytes).is_ok());
    // What the database has does not open what it has.
    assert!(open(&SessionToken::from_bytes(token_hash(&token)), deployment(1), account(2), &sealed).is_err());
}

#[test]
fn a_fingerprint_is_eight_groups_of_five_digits_and_comes_back() {
    let fingerprint = AccountKeys::generate(&randomness()).public().fingerprint();
    let text = fingerprint.to_string();
    let groups: Vec<&str> = text.split(' ').collect();
    assert_eq!(groups.len(), 8);
    assert!(groups.iter().all(|group| group.len() == 5 && group.bytes().all(|byte| byte.is_ascii_digit())));
    assert_eq!(text.parse::<Fingerprint>().unwrap(), fingerprint);
    assert_eq!(text.replace(' ', "").parse::<Fingerprint>().unwrap(), fingerprint);
    assert_eq!(text.replace(' ', "-").parse::<Fingerprint>().unwrap(), fingerprint);
    let written = serde_json::to_string(&fingerprint).unwrap();
    assert_eq!(serde_json::from_str::<Fingerprint>(&written).unwrap(), fingerprint);
}

#[test]
fn leading_zeros_stay() {
    let text = "00000 00001 99999 00000 00000 00000 00000 00042";
    assert_eq!(text.parse::<Fingerprint>().unwrap().to_string(), text);
}

#[test]
fn what_is_no_fingerprint_is_refused() {
    for wrong in ["", "12345", &"1".repeat(39), &"1".repeat(41), &"a".repeat(40), &"1".repeat(10_000)] {
        assert!(wrong.parse::<Fingerprint>().is_err());
    }
}

#[test]
fn either_key_replaced_changes_the_fingerprint() {
    let randomness = randomness();
    let one = AccountKeys::generate(&randomness);
    let two = AccountKeys::generate(&randomness);
    let first = AccountKeys { reading: two.reading.clone(), ..one.clone() };
    let second = AccountKeys { signing: two.signing.clone(), ..one.clone() };
    let all = [one, two, first, second].map(|keys| keys.public().fingerprint());
    for (at, fingerprint) in all.iter().enumerate() {
        assert!(!all[at + 1..].contains(fingerprint));
    }
}
