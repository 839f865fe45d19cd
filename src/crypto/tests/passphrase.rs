use crate::crypto::Error;
use crate::crypto::passphrase::{Derived, LONGEST, Parameters, Passphrase, Verifier, derive};
use crate::crypto::secret::ServiceKey;
use crate::crypto::service::ServiceKeys;

/// Cheap, for tests.
const CHEAP: Parameters = Parameters { memory_kib: 8, passes: 1, lanes: 1 };

fn from(text: &str, salt: u8, parameters: Parameters, service: u8) -> Derived {
    let passphrase = Passphrase::new(text.to_owned()).unwrap();
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([service; 32]));
    derive(&passphrase, &[salt; 16], &parameters, &keys.pepper()).unwrap()
}

#[test]
fn the_same_gives_the_same_and_anything_else_gives_something_else() {
    let one = from("correct horse", 1, CHEAP, 1);
    let same = from("correct horse", 1, CHEAP, 1);
    assert_eq!((&one.verifier, &one.wrapping), (&same.verifier, &same.wrapping));
    let others = [
        from("correct horsf", 1, CHEAP, 1),
        from("correct horse ", 1, CHEAP, 1),
        from("correct horse", 2, CHEAP, 1),
        from("correct horse", 1, Parameters { memory_kib: 16, ..CHEAP }, 1),
        from("correct horse", 1, Parameters { passes: 2, ..CHEAP }, 1),
        // A copy of the database without the service key cannot even test a guess.
        from("correct horse", 1, CHEAP, 2),
    ];
    for other in others {
        assert_ne!(one.verifier, other.verifier);
        assert_ne!(one.wrapping, other.wrapping);
    }
}

#[test]
fn the_verifier_is_not_the_wrapping_key() {
    let one = from("correct horse", 1, CHEAP, 1);
    assert_ne!(one.verifier.as_bytes(), one.wrapping.expose());
}

#[test]
fn length_is_capped_before_any_work() {
    assert!(Passphrase::new("x".repeat(LONGEST)).is_ok());
    assert_eq!(Passphrase::new("x".repeat(LONGEST + 1)).unwrap_err(), Error::TooLong);
}

#[test]
fn parameters_that_would_claim_the_machine_are_refused() {
    let keys = ServiceKeys::new(&ServiceKey::from_bytes([1; 32]));
    let passphrase = Passphrase::new("correct horse".to_owned()).unwrap();
    let wrong = [
        Parameters { memory_kib: u32::MAX, ..CHEAP },
        Parameters { memory_kib: 1024 * 1024 + 1, ..CHEAP },
        Parameters { memory_kib: 7, ..CHEAP },
        Parameters { passes: 0, ..CHEAP },
        Parameters { passes: u32::MAX, ..CHEAP },
        Parameters { lanes: 0, ..CHEAP },
        Parameters { lanes: 9, ..CHEAP },
        Parameters { memory_kib: 15, lanes: 2, ..CHEAP },
    ];
    for parameters in wrong {
        let refused = derive(&passphrase, &[1; 16], &parameters, &keys.pepper());
        assert_eq!(refused.unwrap_err(), Error::Parameters, "{parameters:?}");
    }
}

#[test]
fn what_costs_less_is_weaker() {
    assert!(CHEAP.is_weaker_than(&Parameters::STANDARD));
    assert!(!Parameters::STANDARD.is_weaker_than(&CHEAP));
    assert!(!Parameters::STANDARD.is_weaker_than(&Parameters::STANDARD));
}

#[test]
fn a_stored_verifier_comes_back() {
    let verifier = from("correct horse", 1, CHEAP, 1).verifier;
    assert_eq!(Verifier::from_bytes(verifier.as_bytes()).unwrap(), verifier);
    assert_eq!(Verifier::from_bytes(&[0; 31]).unwrap_err(), Error::NotAKey);
}

#[test]
fn debug_output_shows_nothing() {
    let derived = from("correct horse", 1, CHEAP, 1);
    assert_eq!(format!("{derived:?}"), "Derived { verifier: Verifier(…), wrapping: WrappingKey(…) }");
    assert_eq!(format!("{:?}", Passphrase::new("secret".to_owned()).unwrap()), "Passphrase(…)");
}
