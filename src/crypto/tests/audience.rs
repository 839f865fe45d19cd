use super::{account, case, deployment, randomness, refuses_every_change};
use crate::crypto::Error;
use crate::crypto::audience::{RECEIPT_KEY_VERSION, VerifiedReader, WrapContext, unwrap, wrap};
use crate::crypto::secret::{AudienceKey, PostKey, ReadingKey, ReceiptKey};
use crate::domain::audience::{Audience, Reader};
use crate::domain::id::PostId;

fn context() -> WrapContext {
    WrapContext {
        deployment: deployment(1),
        case: case(2),
        audience: Audience::Case,
        version: 1,
        reader: Reader::Receipt,
        reader_key_version: RECEIPT_KEY_VERSION,
    }
}

fn audience_key() -> AudienceKey {
    AudienceKey::from_bytes([9; 32])
}

fn receipt_key() -> ReceiptKey {
    ReceiptKey::from_bytes([7; 32])
}

fn wrapped() -> Vec<u8> {
    wrap(&audience_key(), &context(), &VerifiedReader::receipt(&receipt_key()), &randomness()).unwrap()
}

#[test]
fn the_form_is_suite_encapsulation_ciphertext_and_tag() {
    let wrapped = wrapped();
    assert_eq!(wrapped.len(), 1 + 1_120 + 48);
    assert_eq!(wrapped[0], 2);
    assert_eq!(unwrap(&wrapped, &context(), &receipt_key()).unwrap(), audience_key());
}

#[test]
fn a_public_key_from_a_record_serves_as_the_receipt_does() {
    let reader = VerifiedReader::receipt_from_record(receipt_key().public());
    assert_eq!(reader, VerifiedReader::receipt(&receipt_key()));
}

#[test]
fn another_key_or_kind_of_key_does_not_open() {
    let wrapped = wrapped();
    let refused = Err(Error::CouldNotBeOpened);
    assert_eq!(unwrap(&wrapped, &context(), &ReceiptKey::from_bytes([8; 32])), refused);
    assert_eq!(unwrap(&wrapped, &context(), &PostKey::from_bytes([7; 32])), refused);
    assert_eq!(unwrap(&wrapped, &context(), &ReadingKey::from_bytes([7; 32])), refused);
}

#[test]
fn another_value_of_any_field_does_not_open() {
    let wrapped = wrapped();
    let others = [
        WrapContext { deployment: deployment(9), ..context() },
        WrapContext { case: case(9), ..context() },
        WrapContext { audience: Audience::Room, ..context() },
        WrapContext { version: 2, ..context() },
        WrapContext { reader_key_version: 2, ..context() },
    ];
    for other in others {
        assert_eq!(unwrap(&wrapped, &other, &receipt_key()), Err(Error::CouldNotBeOpened), "{other:?}");
    }
    let post = WrapContext { reader: Reader::Post(PostId::Secretary), ..context() };
    assert_eq!(unwrap(&wrapped, &post, &PostKey::from_bytes([7; 32])), Err(Error::CouldNotBeOpened));
    let person = WrapContext { reader: Reader::Account(account(1)), ..context() };
    assert_eq!(unwrap(&wrapped, &person, &ReadingKey::from_bytes([7; 32])), Err(Error::CouldNotBeOpened));
}

#[test]
fn a_context_that_names_another_reader_is_refused() {
    let reader = VerifiedReader::receipt(&receipt_key());
    let others = [
        WrapContext { reader: Reader::Post(PostId::Secretary), ..context() },
        WrapContext { reader_key_version: 2, ..context() },
    ];
    for other in others {
        assert_eq!(wrap(&audience_key(), &other, &reader, &randomness()), Err(Error::WrongReader));
    }
}

#[test]
fn every_change_is_refused() {
    refuses_every_change(&wrapped(), 3, |bytes| unwrap(bytes, &context(), &receipt_key()).is_ok());
}
