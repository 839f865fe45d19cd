//! The second factor of a sign-in: codes that an app shows (TOTP, RFC 6238), and recovery codes.
//!
//! The app's secret rests under the passphrase's wrapping key and once more under the service key, so
//! that whoever has the database, or even the service key as well, still cannot make a code.

use std::fmt;

use totp_rs::{Builder, Totp};
use zeroize::Zeroizing;

use super::canonical::Canonical;
use super::derive::derive;
use super::secret::{Secret, SessionToken, WrappingKey};
use super::service::{Purpose, ServiceKeys};
use super::{Error, Suite, cipher};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, DeploymentId};
use crate::rng::Randomness;

/// Digits of a code, and seconds for which an app shows it. Every app knows these two and SHA-1; some
/// silently take anything else for them. SHA-1 is sound here: HMAC does not rest on collisions.
pub const CODE_DIGITS: usize = 6;
pub const STEP: i64 = 30;

/// Recovery codes of one enrolment.
pub const RECOVERY_CODES: usize = 10;

/// Characters of a recovery code: 120 bits, beyond guessing, so that one keyed hash is enough
/// (NIST SP 800-63B-4, look-up secrets of 112 bits and more).
pub const RECOVERY_LENGTH: usize = 24;

/// Crockford's alphabet: no letter that is easily taken for a digit.
const ALPHABET: &[u8; 32] = b"0123456789abcdefghjkmnpqrstvwxyz";

const TAG: &str = "candor second factor 1";

/// What an app and this program share: 160 bits, as RFC 4226 recommends.
#[derive(Clone, PartialEq, Eq)]
pub struct AppSecret(Secret<20>);

impl fmt::Debug for AppSecret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AppSecret(…)")
    }
}

impl AppSecret {
    /// The secret that a session offers for an enrolment. It follows from the token that only the
    /// browser has, so that nothing need be stored before the person has shown a code of it.
    #[must_use]
    pub fn offered(
        token: &SessionToken,
        deployment: DeploymentId,
        account: AccountId,
        generation: u32,
    ) -> Self {
        let info = Canonical::new("candor second factor offer 1")
            .bytes(deployment.as_bytes())
            .bytes(account.as_bytes())
            .number(u64::from(generation))
            .finish();
        let derived = derive(&[], token.expose(), &info);
        let mut secret = [0; 20];
        secret.iter_mut().zip(derived.expose()).for_each(|(to, from)| *to = *from);
        Self(Secret::from_bytes(secret))
    }

    fn totp(&self) -> Totp {
        // Six digits, thirty seconds, one step to either side for clocks that drift.
        Builder::new().with_secret(self.0.expose().to_vec()).build_noncompliant()
    }

    /// As apps take it when it is typed.
    #[must_use]
    pub fn to_base32(&self) -> Zeroizing<String> {
        Zeroizing::new(self.totp().secret().to_base32())
    }

    /// What a QR code tells an app: the secret and how to name the entry.
    #[must_use]
    pub fn to_address(&self, name: &str) -> Zeroizing<String> {
        let name = name.replace('@', "%40");
        let secret = self.to_base32();
        Zeroizing::new(format!("otpauth://totp/Candor:{name}?secret={}&issuer=Candor", secret.as_str()))
    }

    /// The step whose code was typed, if it is the present one or one beside it.
    #[must_use]
    pub fn step_of(&self, typed: &str, now: Timestamp) -> Option<i64> {
        let digits: Zeroizing<String> = Zeroizing::new(typed.chars().filter(char::is_ascii_digit).collect());
        let time = u64::try_from(now.0).ok()?;
        i64::try_from(self.totp().check(&digits, time)?).ok()
    }

    /// What an app shows at a time.
    #[must_use]
    pub fn code_at(&self, at: Timestamp) -> String {
        self.totp().generate(u64::try_from(at.0).unwrap_or_default()).to_string()
    }

    pub(crate) fn associated(deployment: DeploymentId, account: AccountId) -> Vec<u8> {
        Canonical::new(TAG).bytes(deployment.as_bytes()).bytes(account.as_bytes()).finish()
    }

    /// Seals it: under the passphrase's wrapping key (suite byte 7 ‖ nonce ‖ XChaCha20-Poly1305), and
    /// that as a record under the service key.
    ///
    /// # Errors
    /// Never for twenty bytes.
    pub fn seal(
        &self,
        wrapping: &WrappingKey,
        keys: &ServiceKeys,
        (deployment, account): (DeploymentId, AccountId),
        randomness: &Randomness,
    ) -> Result<Vec<u8>, Error> {
        let associated = Self::associated(deployment, account);
        let inner = cipher::seal(
            Suite::SecondFactor,
            wrapping.secret(),
            &associated,
            self.0.expose(),
            randomness,
            "second factor nonce",
        )?;
        keys.seal(Purpose::Account, &associated, &inner, randomness)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// If a key, the deployment or the account is another, or a byte was changed.
    pub fn open(
        wrapping: &WrappingKey,
        keys: &ServiceKeys,
        (deployment, account): (DeploymentId, AccountId),
        sealed: &[u8],
    ) -> Result<Self, Error> {
        let associated = Self::associated(deployment, account);
        let inner = keys.open(Purpose::Account, &associated, sealed)?;
        let secret = cipher::open(Suite::SecondFactor, wrapping.secret(), &associated, &inner)?;
        Secret::from_slice(&secret).map(Self).map_err(|_| Error::CouldNotBeOpened)
    }
}

/// One code for the day on which the app is lost.
#[derive(Clone, PartialEq, Eq)]
pub struct RecoveryCode(Zeroizing<String>);

impl fmt::Debug for RecoveryCode {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("RecoveryCode(…)")
    }
}

impl RecoveryCode {
    /// Draws a new one.
    #[must_use]
    pub fn draw(randomness: &Randomness) -> Self {
        // Thirty-two characters: five bits of each byte are one of them, every one equally likely.
        let bytes = Secret::<RECOVERY_LENGTH>::random(randomness, "recovery code");
        let letter = |byte: &u8| ALPHABET.get(usize::from(byte & 31)).map(|letter| char::from(*letter));
        Self(Zeroizing::new(bytes.expose().iter().filter_map(letter).collect()))
    }

    /// Reads what was typed: capital letters, spaces and hyphens do not matter, and neither does a letter
    /// that was taken for a digit.
    #[must_use]
    pub fn read(typed: &str) -> Option<Self> {
        if typed.len() > 128 {
            return None;
        }
        let mut code = Zeroizing::new(String::with_capacity(RECOVERY_LENGTH));
        for letter in typed.chars().filter(|letter| !letter.is_whitespace() && *letter != '-') {
            let letter = match letter.to_ascii_lowercase() {
                'o' => '0',
                'i' | 'l' => '1',
                other => other,
            };
            if !letter.is_ascii() || !ALPHABET.iter().any(|known| char::from(*known) == letter) {
                return None;
            }
            code.push(letter);
        }
        (code.len() == RECOVERY_LENGTH).then_some(Self(code))
    }

    /// In groups of four, to be written down.
    #[must_use]
    pub fn to_text(&self) -> Zeroizing<String> {
        let mut text = Zeroizing::new(String::with_capacity(RECOVERY_LENGTH * 5 / 4));
        for (at, letter) in self.0.chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                text.push('-');
            }
            text.push(letter);
        }
        text
    }

    /// What is stored of it: HMAC-SHA256 under a key from the service key.
    #[must_use]
    pub fn hash(&self, keys: &ServiceKeys, deployment: DeploymentId, account: AccountId) -> [u8; 32] {
        let data = Canonical::new("candor recovery code 1")
            .bytes(deployment.as_bytes())
            .bytes(account.as_bytes())
            .text(&self.0)
            .finish();
        keys.mac(Purpose::Account, &data)
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeSet;

    use super::{AppSecret, RecoveryCode};
    use crate::clock::Timestamp;
    use crate::crypto::secret::{Secret, ServiceKey, SessionToken, WrappingKey};
    use crate::crypto::service::ServiceKeys;
    use crate::domain::id::{AccountId, DeploymentId};
    use crate::rng::Randomness;

    fn whose(number: u128) -> (DeploymentId, AccountId) {
        (DeploymentId(uuid::Uuid::from_u128(1)), AccountId(uuid::Uuid::from_u128(number)))
    }

    fn service(byte: u8) -> ServiceKeys {
        ServiceKeys::new(&ServiceKey::from_bytes([byte; 32]))
    }

    /// RFC 6238, appendix B, the last six of its eight digits.
    #[test]
    fn codes_agree_with_rfc_6238() {
        let secret = AppSecret(Secret::from_bytes(*b"12345678901234567890"));
        for (time, code) in [
            (59, "287082"),
            (1_111_111_109, "081804"),
            (1_111_111_111, "050471"),
            (1_234_567_890, "005924"),
            (2_000_000_000, "279037"),
            (20_000_000_000, "353130"),
        ] {
            assert_eq!(secret.code_at(Timestamp(time)), code);
            assert_eq!(secret.step_of(code, Timestamp(time)), Some(time / 30));
        }
        assert_eq!(secret.to_base32().as_str(), "GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ");
        assert_eq!(
            secret.to_address("ann@east").as_str(),
            "otpauth://totp/Candor:ann%40east?secret=GEZDGNBVGY3TQOJQGEZDGNBVGY3TQOJQ&issuer=Candor"
        );
    }

    #[test]
    fn clocks_may_drift_by_one_step_and_no_more() {
        let secret = AppSecret(Secret::from_bytes([5; 20]));
        let now = Timestamp(1_800_000_010);
        let accepted = |steps: i64| secret.step_of(&secret.code_at(now.plus(30 * steps)), now);
        assert_eq!(accepted(0), Some(60_000_000));
        assert_eq!(accepted(-1), Some(59_999_999));
        assert_eq!(accepted(1), Some(60_000_001));
        assert_eq!((accepted(-2), accepted(2)), (None, None));
        let spaced = secret.code_at(now);
        assert!(secret.step_of(&format!(" {} {} ", &spaced[..3], &spaced[3..]), now).is_some());
        for wrong in ["", "12345", "1234567", "abcdef", "+12345"] {
            assert_eq!(secret.step_of(wrong, now), None, "{wrong}");
        }
    }

    #[test]
    fn a_secret_opens_only_with_both_keys_and_for_its_account() {
        let randomness = Randomness::labelled([1; 32]);
        let token = SessionToken::from_bytes([9; 32]);
        let secret = AppSecret::offered(&token, whose(2).0, whose(2).1, 1);
        let wrapping = WrappingKey::from_bytes([7; 32]);
        let sealed = secret.seal(&wrapping, &service(3), whose(2), &randomness).unwrap();
        let open = |wrapping: u8, key: u8, account: u128, sealed: &[u8]| {
            let wrapping = WrappingKey::from_bytes([wrapping; 32]);
            AppSecret::open(&wrapping, &service(key), whose(account), sealed)
        };
        assert_eq!(open(7, 3, 2, &sealed).unwrap(), secret);
        assert!(open(8, 3, 2, &sealed).is_err(), "the passphrase is another");
        assert!(open(7, 4, 2, &sealed).is_err(), "the service key is another");
        assert!(open(7, 3, 5, &sealed).is_err(), "the account is another");
        for at in 0..sealed.len() {
            let mut changed = sealed.clone();
            changed[at] ^= 1;
            assert!(open(7, 3, 2, &changed).is_err());
        }
        assert!(!format!("{secret:?}").contains("64"), "no byte is shown");
        for other in [
            AppSecret::offered(&SessionToken::from_bytes([8; 32]), whose(2).0, whose(2).1, 1),
            AppSecret::offered(&token, whose(2).0, whose(3).1, 1),
            AppSecret::offered(&token, whose(2).0, whose(2).1, 2),
        ] {
            assert_ne!(other, secret);
        }
    }

    #[test]
    fn a_recovery_code_is_read_as_people_type_it() {
        let randomness = Randomness::labelled([1; 32]);
        let codes: Vec<_> = (0..50).map(|_| RecoveryCode::draw(&randomness)).collect();
        let texts: BTreeSet<String> = codes.iter().map(|code| code.to_text().to_string()).collect();
        assert_eq!(texts.len(), codes.len());
        for code in &codes {
            let text = code.to_text();
            assert_eq!(text.len(), 29);
            assert_eq!(RecoveryCode::read(&text).as_ref(), Some(code));
            let typed = text.to_uppercase().replace('-', " ").replace('1', "I").replace('0', "O");
            assert_eq!(RecoveryCode::read(&typed).as_ref(), Some(code));
            assert_eq!(RecoveryCode::read(&text[1..]), None);
            assert_eq!(RecoveryCode::read(&text.replace(&text[..1], "u")), None);
        }
        let (deployment, account) = whose(2);
        let hash = codes[0].hash(&service(3), deployment, account);
        assert_ne!(hash, codes[1].hash(&service(3), deployment, account));
        assert_ne!(hash, codes[0].hash(&service(4), deployment, account));
        assert_ne!(hash, codes[0].hash(&service(3), deployment, whose(3).1));
        for wrong in ["", "é", &"0".repeat(1_000), "123456"] {
            assert_eq!(RecoveryCode::read(wrong), None);
        }
    }
}
