//! Records at rest under keys derived from the service key.
//!
//! Form: suite byte 3 ‖ nonce (24) ‖ XChaCha20-Poly1305. Each purpose has two keys of
//! its own, one to seal and one to authenticate, derived by HKDF; so a record sealed
//! for one purpose never opens for another.

use std::fmt;
use std::sync::Arc;

use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use super::canonical::Canonical;
use super::derive;
use super::pad::{self, SizeClass};
use super::secret::{Secret, ServiceKey};
use super::{Error, Suite, cipher};
use crate::rng::Randomness;

struct PurposeKeys {
    seal: Secret<32>,
    authenticate: Secret<32>,
}

impl PurposeKeys {
    fn derive(key: &ServiceKey, purpose: &str) -> Self {
        let part = |part: &str| {
            let info = Canonical::new("candor service key 1").text(purpose).text(part).finish();
            derive::derive(&[], key.expose(), &info)
        };
        Self { seal: part("seal"), authenticate: part("authenticate") }
    }
}

macro_rules! purposes {
    ($($(#[$doc:meta])* $purpose:ident $name:ident;)*) => {
        /// What a key derived from the service key is for. The names are part of the
        /// derivation: never change one.
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
        pub enum Purpose { $($(#[$doc])* $purpose),* }

        impl Purpose {
            pub const ALL: &'static [Self] = &[$(Self::$purpose),*];

            /// The name that goes into the derivation.
            #[must_use]
            pub const fn name(self) -> &'static str {
                match self { $(Self::$purpose => stringify!($name)),* }
            }
        }

        struct Keys { $($name: PurposeKeys),* }

        impl Keys {
            fn derive(key: &ServiceKey) -> Self {
                Self { $($name: PurposeKeys::derive(key, stringify!($name))),* }
            }

            fn of(&self, purpose: Purpose) -> &PurposeKeys {
                match purpose { $(Purpose::$purpose => &self.$name),* }
            }
        }
    };
}

purposes! {
    /// Acts of reporters waiting for the next batch.
    Inbox inbox;
    /// Wraps of audience keys at rest.
    Wrap wrap;
    Journal journal;
    /// What a case row holds beyond the columns in clear.
    CaseRow case_row;
    /// What is stored about a receipt.
    Receipt receipt;
    /// The value that a receipt is found by, and names of a reporter's rows.
    ReceiptLookup receipt_lookup;
    /// The cookie of a visit by receipt.
    Visit visit;
    /// Proof that a receipt on the review page was drawn here.
    Review review;
    /// Mixed into every passphrase; and, to seal, what is carried over from an earlier service key.
    Pepper pepper;
    /// Tokens that tie a form to a session.
    Csrf csrf;
    /// Addresses counted by a limit.
    Throttle throttle;
    /// Notices to headquarters.
    Notice notice;
    /// Accounts: mail addresses and invitations.
    Account account;
    /// Names and settings of the organisation.
    Organisation organisation;
    /// The phrase that keeps junk out.
    AccessPhrase access_phrase;
    /// Library drafts and entries before they are published.
    Library library;
    /// Attached files.
    Attachment attachment;
    /// Backups.
    Backup backup;
    /// What was published of each quarter.
    Measures measures;
    /// Field members: what each is found by, their codes and sessions, number and name.
    Member member;
    /// Support that one side asks of the other.
    Support support;
}

/// What passphrases are mixed with, so that nobody can guess them who has the database alone.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pepper(Secret<32>);

impl Pepper {
    pub(crate) const fn secret(&self) -> &Secret<32> {
        &self.0
    }

    pub(crate) const fn from_secret(secret: Secret<32>) -> Self {
        Self(secret)
    }
}

/// The keys derived from the service key. Cheap to clone.
///
/// While one service key is exchanged for another there are two: what rests opens under either, and is
/// sealed under the present one.
#[derive(Clone)]
pub struct ServiceKeys {
    present: Arc<Keys>,
    previous: Option<Arc<Keys>>,
    carried: Option<Arc<Carried>>,
}

/// Keys of values that were made once from what nobody here knows any more, and so stay as they are when
/// the service key is exchanged: carried over, sealed under the new one.
struct Carried {
    lookup: Secret<32>,
    codes: Secret<32>,
    access: Secret<32>,
    members: Secret<32>,
}

impl fmt::Debug for ServiceKeys {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("ServiceKeys(…)")
    }
}

impl ServiceKeys {
    /// Derives the keys of every purpose, once.
    #[must_use]
    pub fn new(key: &ServiceKey) -> Self {
        Self { present: Arc::new(Keys::derive(key)), previous: None, carried: None }
    }

    /// The same, with another key that opens what was sealed under it.
    #[must_use]
    pub fn with_previous(key: &ServiceKey, previous: &ServiceKey) -> Self {
        Self { previous: Some(Arc::new(Keys::derive(previous))), ..Self::new(key) }
    }

    /// Whether there are two keys.
    #[must_use]
    pub const fn has_previous(&self) -> bool {
        self.previous.is_some()
    }

    /// The same, with the keys of receipts' look-ups, of recovery codes, of the access phrase and of members'
    /// look-ups and codes as they were carried over.
    #[must_use]
    pub(crate) fn carrying(
        self,
        lookup: Secret<32>,
        codes: Secret<32>,
        access: Secret<32>,
        members: Secret<32>,
    ) -> Self {
        Self { carried: Some(Arc::new(Carried { lookup, codes, access, members })), ..self }
    }

    /// What the present key gives for a purpose whose values cannot be made anew: where carrying begins.
    pub(crate) fn original(&self, purpose: Purpose) -> &Secret<32> {
        &self.present.of(purpose).authenticate
    }

    /// Seals a record. `associated` says where it belongs and must be the same at opening.
    ///
    /// # Errors
    /// If the text is too long for the cipher (256 GiB).
    pub fn seal(
        &self,
        purpose: Purpose,
        associated: &[u8],
        plaintext: &[u8],
        randomness: &Randomness,
    ) -> Result<Vec<u8>, Error> {
        self.seal_raw(purpose, associated, plaintext, false, randomness)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// If the service key, the purpose or `associated` is another, or a byte was changed.
    pub fn open(
        &self,
        purpose: Purpose,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        self.open_raw(purpose, associated, sealed, false)
    }

    /// Seals a record padded to its size class or to `at_least`, whichever is larger.
    ///
    /// # Errors
    /// If the text is longer than the largest class.
    pub fn seal_padded(
        &self,
        purpose: Purpose,
        associated: &[u8],
        plaintext: &[u8],
        at_least: SizeClass,
        randomness: &Randomness,
    ) -> Result<Vec<u8>, Error> {
        let class = SizeClass::for_length(plaintext.len())?.max(at_least);
        let padded = pad::pad_to(class, plaintext)?;
        self.seal_raw(purpose, associated, &padded, true, randomness)
    }

    /// Opens what [`Self::seal_padded`] made.
    ///
    /// # Errors
    /// As [`Self::open`].
    pub fn open_padded(
        &self,
        purpose: Purpose,
        associated: &[u8],
        sealed: &[u8],
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        pad::unpad_owned(self.open_raw(purpose, associated, sealed, true)?)
    }

    /// HMAC-SHA256 of `data` under the purpose's key.
    #[must_use]
    pub fn mac(&self, purpose: Purpose, data: &[u8]) -> [u8; 32] {
        let key = match (purpose, &self.carried) {
            (Purpose::ReceiptLookup, Some(carried)) => &carried.lookup,
            (Purpose::Account, Some(carried)) => &carried.codes,
            (Purpose::AccessPhrase, Some(carried)) => &carried.access,
            (Purpose::Member, Some(carried)) => &carried.members,
            _ => &self.present.of(purpose).authenticate,
        };
        derive::authenticate(key, data)
    }

    /// The same under the previous key, if there is one: for what another machine made that seals under it.
    #[must_use]
    pub fn mac_before(&self, purpose: Purpose, data: &[u8]) -> Option<[u8; 32]> {
        let previous = self.previous.as_ref()?;
        Some(derive::authenticate(&previous.of(purpose).authenticate, data))
    }

    /// Whether `mac` is the one of `data` under either key; in constant time.
    #[must_use]
    pub fn verify_mac(&self, purpose: Purpose, data: &[u8], mac: &[u8]) -> bool {
        let is = |expected: [u8; 32]| bool::from(expected.as_slice().ct_eq(mac));
        is(self.mac(purpose, data)) | self.mac_before(purpose, data).is_some_and(is)
    }

    /// What passphrases are mixed with under the present key.
    #[must_use]
    pub fn pepper(&self) -> Pepper {
        Pepper(self.original(Purpose::Pepper).clone())
    }

    /// Seals a record of the previous key anew under the present one. None if it rests there already.
    ///
    /// # Errors
    /// If neither key opens it.
    pub fn reseal(
        &self,
        purpose: Purpose,
        associated: &[u8],
        sealed: &[u8],
        randomness: &Randomness,
    ) -> Result<Option<Vec<u8>>, Error> {
        let bound = bound(purpose, associated, false);
        if cipher::open(Suite::Service, &self.present.of(purpose).seal, &bound, sealed).is_ok() {
            return Ok(None);
        }
        let text = self.open(purpose, associated, sealed)?;
        self.seal(purpose, associated, &text, randomness).map(Some)
    }

    fn seal_raw(
        &self,
        purpose: Purpose,
        associated: &[u8],
        plaintext: &[u8],
        padded: bool,
        randomness: &Randomness,
    ) -> Result<Vec<u8>, Error> {
        let associated = bound(purpose, associated, padded);
        cipher::seal(
            Suite::Service,
            &self.present.of(purpose).seal,
            &associated,
            plaintext,
            randomness,
            "service nonce",
        )
    }

    fn open_raw(
        &self,
        purpose: Purpose,
        associated: &[u8],
        sealed: &[u8],
        padded: bool,
    ) -> Result<Zeroizing<Vec<u8>>, Error> {
        let associated = bound(purpose, associated, padded);
        let under = |keys: &Keys| cipher::open(Suite::Service, &keys.of(purpose).seal, &associated, sealed);
        under(&self.present)
            .or_else(|error| self.previous.as_ref().map_or(Err(error), |previous| under(previous)))
    }
}

fn bound(purpose: Purpose, associated: &[u8], padded: bool) -> Vec<u8> {
    Canonical::new("candor service record 1")
        .text(purpose.name())
        .flag(padded)
        .bytes(associated)
        .number(u64::from(Suite::Service.byte()))
        .finish()
}
