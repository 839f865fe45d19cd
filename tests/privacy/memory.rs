//! What is secret is wiped from memory when it is let go of, and appears in no debug output. In safe Rust this
//! can be told by types alone; tests/start.rs looks at the running program.

use std::marker::PhantomData;

use candor::crypto::factor::{AppSecret, RecoveryCode};
use candor::crypto::passphrase::Passphrase;
use candor::crypto::receipt::ReceiptPhrase;
use candor::crypto::secret::{
    AudienceKey, PostKey, ReadingKey, ReceiptKey, Secret, ServiceKey, SessionToken, SigningKey, WrappingKey,
};
use candor::domain::concern::{Concern, Identity, Statement};
use candor::domain::prose::Prose;
use candor::rng::Randomness;
use zeroize::{Zeroize, ZeroizeOnDrop, Zeroizing};

/// Says of a type whether it is wiped: the inherent constant is there only if it is, else the trait's is taken.
struct Asked<T>(PhantomData<T>);

impl<T: ZeroizeOnDrop> Asked<T> {
    const WIPED: bool = true;
}

trait Otherwise {
    const WIPED: bool = false;
}

impl<T> Otherwise for Asked<T> {}

#[test]
fn keys_phrases_and_typed_texts_are_wiped_when_dropped() {
    let wiped = [
        ("Secret", Asked::<Secret<20>>::WIPED),
        ("AudienceKey", Asked::<AudienceKey>::WIPED),
        ("ServiceKey", Asked::<ServiceKey>::WIPED),
        ("WrappingKey", Asked::<WrappingKey>::WIPED),
        ("SessionToken", Asked::<SessionToken>::WIPED),
        ("ReadingKey", Asked::<ReadingKey>::WIPED),
        ("SigningKey", Asked::<SigningKey>::WIPED),
        ("PostKey", Asked::<PostKey>::WIPED),
        ("ReceiptKey", Asked::<ReceiptKey>::WIPED),
        ("Passphrase", Asked::<Passphrase>::WIPED),
        ("ReceiptPhrase", Asked::<ReceiptPhrase>::WIPED),
        ("Prose", Asked::<Prose>::WIPED),
        ("Zeroizing", Asked::<Zeroizing<Vec<u8>>>::WIPED),
    ];
    for (name, wiped) in wiped {
        assert!(wiped, "{name} is not wiped");
    }
    // The control: what is not wiped is said not to be.
    let kept = [Asked::<String>::WIPED, Asked::<[u8; 32]>::WIPED, Asked::<Vec<u8>>::WIPED];
    assert_eq!(kept, [false; 3]);
    // A type made of such parts alone needs no more; each of these has nothing else that is secret.
    assert!(std::mem::needs_drop::<AppSecret>() && std::mem::needs_drop::<RecoveryCode>());
    assert!(std::mem::needs_drop::<Concern>() && std::mem::needs_drop::<Statement>());
    assert!(std::mem::needs_drop::<Identity>());
}

#[test]
fn wiping_leaves_nothing_and_debug_output_shows_nothing() {
    let mut text = Prose::parse("something that nobody should find", 100).unwrap();
    assert!(!format!("{text:?}").contains("nobody"));
    text.zeroize();
    assert!(text.is_empty());
    let mut passphrase = Passphrase::new("something that nobody should find".to_owned()).unwrap();
    assert!(!format!("{passphrase:?}").contains("nobody"));
    passphrase.zeroize();
    let receipt = ReceiptPhrase::draw(&Randomness::labelled([1; 32]));
    let shown = format!("{receipt:?}");
    assert!(receipt.words().iter().all(|word| !shown.contains(word)), "{shown}");
    let key = ServiceKey::from_bytes([0xab; 32]);
    assert!(!format!("{key:?}").to_lowercase().contains("ab, ") && !format!("{key:?}").contains("171"));
}
