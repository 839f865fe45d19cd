use std::collections::HashSet;

use super::{randomness, refuses_every_change};
use crate::crypto::Error;
use crate::crypto::pad::SizeClass;
use crate::crypto::secret::ServiceKey;
use crate::crypto::service::{Purpose, ServiceKeys};

fn keys() -> ServiceKeys {
    ServiceKeys::new(&ServiceKey::from_bytes([5; 32]))
}

fn sealed() -> Vec<u8> {
    keys().seal(Purpose::Inbox, b"row", b"text", &randomness()).unwrap()
}

#[test]
fn the_form_is_suite_nonce_ciphertext_and_tag() {
    assert_eq!(sealed().len(), 1 + 24 + 4 + 16);
    assert_eq!(sealed()[0], 3);
    assert_eq!(&*keys().open(Purpose::Inbox, b"row", &sealed()).unwrap(), b"text");
}

#[test]
fn another_key_purpose_or_place_does_not_open() {
    let refused = Error::CouldNotBeOpened;
    let others = ServiceKeys::new(&ServiceKey::from_bytes([6; 32]));
    assert_eq!(others.open(Purpose::Inbox, b"row", &sealed()).unwrap_err(), refused);
    assert_eq!(keys().open(Purpose::Inbox, b"rox", &sealed()).unwrap_err(), refused);
    for purpose in Purpose::ALL.iter().filter(|purpose| **purpose != Purpose::Inbox) {
        assert_eq!(keys().open(*purpose, b"row", &sealed()).unwrap_err(), refused, "{purpose:?}");
    }
}

#[test]
fn every_change_is_refused() {
    refuses_every_change(&sealed(), 1, |bytes| keys().open(Purpose::Inbox, b"row", bytes).is_ok());
}

#[test]
fn padded_records_have_one_length_and_do_not_open_as_others() {
    let keys = keys();
    let seal = |text: &[u8]| {
        keys.seal_padded(Purpose::Visit, b"row", text, SizeClass::SMALLEST, &randomness()).unwrap()
    };
    assert_eq!(seal(b"").len(), seal(&[1; 4_000]).len());
    assert_eq!(&*keys.open_padded(Purpose::Visit, b"row", &seal(b"text")).unwrap(), b"text");
    assert!(keys.open(Purpose::Visit, b"row", &seal(b"text")).is_err());
    let plain = keys.seal(Purpose::Visit, b"row", &[0; 4_096], &randomness()).unwrap();
    assert!(keys.open_padded(Purpose::Visit, b"row", &plain).is_err());
}

#[test]
fn purposes_share_no_key_and_no_name() {
    let keys = keys();
    let macs: HashSet<[u8; 32]> = Purpose::ALL.iter().map(|purpose| keys.mac(*purpose, b"data")).collect();
    assert_eq!(macs.len(), Purpose::ALL.len());
    let names: HashSet<&str> = Purpose::ALL.iter().map(|purpose| purpose.name()).collect();
    assert_eq!(names.len(), Purpose::ALL.len());
}

#[test]
fn a_checksum_verifies_for_its_data_alone() {
    let keys = keys();
    let mac = keys.mac(Purpose::Csrf, b"data");
    assert!(keys.verify_mac(Purpose::Csrf, b"data", &mac));
    assert!(!keys.verify_mac(Purpose::Csrf, b"date", &mac));
    assert!(!keys.verify_mac(Purpose::Visit, b"data", &mac));
    refuses_every_change(&mac, 1, |mac| keys.verify_mac(Purpose::Csrf, b"data", mac));
}

#[test]
fn debug_output_shows_nothing() {
    assert_eq!(format!("{:?}", keys()), "ServiceKeys(…)");
}
