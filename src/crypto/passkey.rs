//! Passkeys (WebAuthn level 2) in the place of an app's code.
//!
//! The passphrase is one factor and the device another, so the person need not be verified by the device
//! as well (NIST SP 800-63B-4: a passphrase and a cryptographic authenticator are two factors). We *prefer* it,
//! for a stolen device then opens less; whoever has one that cannot do it is not kept out. No attestation is
//! asked for: which model somebody has is nobody's affair here.
//!
//! The crate beneath draws its challenges itself, from the system; everything else comes from `rng`.

use std::fmt;
use std::time::Duration;

use base64::Engine;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use serde::de::DeserializeOwned;
use serde::{Deserialize, Serialize};
use url::{Host, Url};
use webauthn_rs_core::WebauthnCore;
use webauthn_rs_core::error::WebauthnError;
use webauthn_rs_core::proto::{
    AttestationFormat, AuthenticationResult, AuthenticationState, COSEAlgorithm, COSEEC2Key, COSEKey,
    COSEKeyType, Credential, ECDSACurve, ParsedAttestation, PublicKeyCredential, RegisterPublicKeyCredential,
    RegisteredExtensions, RegistrationState, UserVerificationPolicy,
};

use super::Error;
use super::canonical::Canonical;
use super::service::{Purpose, ServiceKeys};
use crate::clock::Timestamp;
use crate::domain::id::{AccountId, DeploymentId};
use crate::rng::Randomness;

/// How long a challenge stands, in seconds.
pub const CHALLENGE_LASTS: i64 = 5 * 60;

/// Longest answer of a browser that is read, in bytes; usual ones have a tenth of it.
const ANSWER_MOST: usize = 16 * 1024;

/// A device's flag: its keys may be copied to others.
const MAY_BE_BACKED_UP: u8 = 0x08;

type Whose = (DeploymentId, AccountId);

/// What a browser is asked, and what it brings back with the answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Challenge {
    /// For the browser's `navigator.credentials`, as JSON.
    pub options: String,
    /// What we need to know again, under the service key.
    pub sealed: String,
}

/// What a form brings back.
#[derive(Clone, Copy, Debug)]
pub struct Answer<'a> {
    pub sealed: &'a str,
    /// What the browser gave, as JSON.
    pub given: &'a str,
}

/// A challenge that was answered: to be taken once.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Used {
    pub hash: [u8; 32],
    pub until: Timestamp,
}

/// What an answer shows.
#[derive(Debug)]
pub enum Shown {
    /// One of the account's passkeys, with its counter moved on.
    Right(Box<Passkey>, Used),
    /// One of them, whose counter has gone back: there may be a copy.
    Copied,
    Wrong,
}

/// An enrolled passkey.
#[derive(Clone, Serialize, Deserialize)]
pub struct Passkey {
    /// As its owner calls it.
    pub name: String,
    /// The beginning of the day on which it was added, in seconds.
    pub added: i64,
    credential: Credential,
}

impl fmt::Debug for Passkey {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Passkey(…)")
    }
}

impl Passkey {
    /// What its row is named by: whichever account it is on, it is the same.
    #[must_use]
    pub fn id(&self, keys: &ServiceKeys, deployment: DeploymentId) -> [u8; 32] {
        let data = Canonical::new("candor passkey 1")
            .bytes(deployment.as_bytes())
            .bytes(&self.credential.cred_id)
            .finish();
        keys.mac(Purpose::Account, &data)
    }

    pub(crate) fn associated((deployment, account): Whose) -> Vec<u8> {
        Canonical::new("candor passkey at rest 1")
            .bytes(deployment.as_bytes())
            .bytes(account.as_bytes())
            .finish()
    }

    /// Seals it under the service key. Its key is public; that it is there is the account's affair.
    ///
    /// # Errors
    /// Never for what was enrolled.
    pub fn seal(&self, keys: &ServiceKeys, whose: Whose, randomness: &Randomness) -> Result<Vec<u8>, Error> {
        let text = serde_json::to_vec(self).map_err(|_| Error::TooLong)?;
        keys.seal(Purpose::Account, &Self::associated(whose), &text, randomness)
    }

    /// Opens what [`Self::seal`] made.
    ///
    /// # Errors
    /// If the service key, the deployment or the account is another, or a byte was changed.
    pub fn open(keys: &ServiceKeys, whose: Whose, sealed: &[u8]) -> Result<Self, Error> {
        let text = keys.open(Purpose::Account, &Self::associated(whose), sealed)?;
        serde_json::from_slice(&text).map_err(|_| Error::CouldNotBeOpened)
    }

    fn after(&self, result: &AuthenticationResult) -> Self {
        let mut credential = self.credential.clone();
        credential.counter = credential.counter.max(result.counter());
        credential.backup_state = result.backup_state();
        credential.backup_eligible |= result.backup_eligible();
        Self { credential, ..self.clone() }
    }
}

/// This site, as browsers and devices know it.
#[derive(Clone, Debug)]
pub struct RelyingParty {
    core: WebauthnCore,
    origin: String,
}

#[derive(Serialize, Deserialize)]
struct Kept<S> {
    until: i64,
    state: S,
}

impl RelyingParty {
    /// The site at an address: `https://` and a name, or `http://localhost` for trying it out. None for any other.
    #[must_use]
    pub fn at(address: &str) -> Option<Self> {
        let url = Url::parse(address).ok()?;
        let Some(Host::Domain(name)) = url.host() else { return None };
        let trusted = url.scheme() == "https" || (url.scheme() == "http" && name == "localhost");
        let plain = url.path() == "/"
            && url.query().is_none()
            && url.fragment().is_none()
            && url.username().is_empty()
            && url.password().is_none();
        if !trusted || !plain {
            return None;
        }
        let lasts = Duration::from_secs(CHALLENGE_LASTS.unsigned_abs());
        let (id, origin) = (name.to_owned(), url.origin().ascii_serialization());
        // The safer crate above this one cannot ask for keys that a device finds without being told a name,
        // and so cannot ask everybody the same.
        let core =
            WebauthnCore::new_unsafe_experts_only("Candor", &id, vec![url], lasts, Some(false), Some(false));
        Some(Self { core, origin })
    }

    /// Where a browser has to be for its passkeys to work.
    #[must_use]
    pub fn origin(&self) -> &str {
        &self.origin
    }

    /// What everybody at the door is asked, whoever they are.
    ///
    /// # Errors
    /// Never as the crate beneath is today.
    pub fn ask(
        &self,
        keys: &ServiceKeys,
        deployment: DeploymentId,
        now: Timestamp,
        randomness: &Randomness,
    ) -> Result<Challenge, Error> {
        let builder = self
            .core
            .new_challenge_authenticate_builder(Vec::new(), Some(UserVerificationPolicy::Preferred))
            .map_err(refused)?
            .allow_backup_eligible_upgrade(true);
        let (options, state) = self.core.generate_challenge_authenticate(builder).map_err(refused)?;
        challenge(keys, &at_the_door(deployment), &options, state, now, randomness)
    }

    /// What an answer at the door shows about an account. The same work whether the account has such a passkey
    /// or not, or is none at all.
    #[must_use]
    pub fn check(
        &self,
        keys: &ServiceKeys,
        whose: Whose,
        passkeys: &[Passkey],
        answer: &Answer<'_>,
        now: Timestamp,
    ) -> Shown {
        let kept = kept::<AuthenticationState>(keys, &at_the_door(whose.0), answer.sealed, now);
        let given: Option<PublicKeyCredential> = read(answer.given);
        let (Some((state, used)), Some(given)) = (kept, given) else { return Shown::Wrong };
        let own = passkeys.iter().find(|passkey| passkey.credential.cred_id == given.raw_id);
        let credential = own.map_or_else(|| decoy(&given), |own| own.credential.clone());
        let result = self.core.authenticate_single_credential(&given, &state, &credential);
        let theirs = given.get_user_unique_id().is_none_or(|handle| handle == handle_of(keys, whose));
        match (own, result) {
            (Some(own), Ok(result)) if theirs => Shown::Right(Box::new(own.after(&result)), used),
            (Some(_), Err(WebauthnError::CredentialPossibleCompromise)) if theirs => Shown::Copied,
            _ => Shown::Wrong,
        }
    }

    /// What a browser is asked to make a passkey for somebody who is signed in; good in that session alone.
    ///
    /// # Errors
    /// Never for an account that has a name.
    pub fn invite(
        &self,
        keys: &ServiceKeys,
        (whose, session): (Whose, &[u8; 32]),
        name: &str,
        passkeys: &[Passkey],
        (now, randomness): (Timestamp, &Randomness),
    ) -> Result<Challenge, Error> {
        let known = passkeys.iter().map(|passkey| passkey.credential.cred_id.clone()).collect();
        let builder = self
            .core
            .new_challenge_register_builder(&handle_of(keys, whose), name, name)
            .map_err(refused)?
            .user_verification_policy(UserVerificationPolicy::Preferred)
            .require_resident_key(true)
            .exclude_credentials(Some(known));
        let (options, state) = self.core.generate_challenge_register(builder).map_err(refused)?;
        challenge(keys, &in_session(whose, session), &options, state, now, randomness)
    }

    /// The passkey that an answer makes; none if it is no answer to what this session was asked.
    #[must_use]
    pub fn enrol(
        &self,
        keys: &ServiceKeys,
        (whose, session): (Whose, &[u8; 32]),
        answer: &Answer<'_>,
        name: String,
        (now, added): (Timestamp, Timestamp),
    ) -> Option<Passkey> {
        let place = in_session(whose, session);
        let (state, _) = kept::<RegistrationState>(keys, &place, answer.sealed, now)?;
        let given: RegisterPublicKeyCredential = read(answer.given)?;
        let credential = self.core.register_credential(&given, &state, None).ok()?;
        Some(Passkey { name, added: added.0, credential })
    }
}

fn refused(_: WebauthnError) -> Error {
    Error::NotAKey
}

/// What a device keeps an account's passkey under: it tells nobody which account that is.
fn handle_of(keys: &ServiceKeys, (deployment, account): Whose) -> [u8; 32] {
    let data = Canonical::new("candor passkey holder 1")
        .bytes(deployment.as_bytes())
        .bytes(account.as_bytes())
        .finish();
    keys.mac(Purpose::Account, &data)
}

fn at_the_door(deployment: DeploymentId) -> Vec<u8> {
    Canonical::new("candor passkey at the door 1").bytes(deployment.as_bytes()).finish()
}

fn in_session((deployment, account): Whose, session: &[u8; 32]) -> Vec<u8> {
    Canonical::new("candor passkey enrolment 1")
        .bytes(deployment.as_bytes())
        .bytes(account.as_bytes())
        .bytes(session)
        .finish()
}

fn challenge(
    keys: &ServiceKeys,
    place: &[u8],
    options: &impl Serialize,
    state: impl Serialize,
    now: Timestamp,
    randomness: &Randomness,
) -> Result<Challenge, Error> {
    let kept = Kept { until: now.plus(CHALLENGE_LASTS).0, state };
    let kept = serde_json::to_vec(&kept).map_err(|_| Error::TooLong)?;
    let sealed = keys.seal(Purpose::Account, place, &kept, randomness)?;
    Ok(Challenge {
        options: serde_json::to_string(options).map_err(|_| Error::TooLong)?,
        sealed: URL_SAFE_NO_PAD.encode(sealed),
    })
}

/// What a challenge was about, unless its time is over.
fn kept<S: DeserializeOwned>(
    keys: &ServiceKeys,
    place: &[u8],
    sealed: &str,
    now: Timestamp,
) -> Option<(S, Used)> {
    let sealed = URL_SAFE_NO_PAD.decode(Some(sealed).filter(|text| text.len() <= ANSWER_MOST)?).ok()?;
    let text = keys.open(Purpose::Account, place, &sealed).ok()?;
    let kept: Kept<S> = serde_json::from_slice(&text).ok()?;
    let until = Timestamp(kept.until);
    let data = Canonical::new("candor passkey challenge 1").bytes(&text).finish();
    (now < until).then(|| (kept.state, Used { hash: keys.mac(Purpose::Account, &data), until }))
}

fn read<T: DeserializeOwned>(given: &str) -> Option<T> {
    (given.len() <= ANSWER_MOST).then(|| serde_json::from_str(given).ok()).flatten()
}

/// A passkey that nobody has, to be checked where there is none: the generator of P-256 as its key.
fn decoy(given: &PublicKeyCredential) -> Credential {
    const X: [u8; 32] = [
        0x6b, 0x17, 0xd1, 0xf2, 0xe1, 0x2c, 0x42, 0x47, 0xf8, 0xbc, 0xe6, 0xe5, 0x63, 0xa4, 0x40, 0xf2, 0x77,
        0x03, 0x7d, 0x81, 0x2d, 0xeb, 0x33, 0xa0, 0xf4, 0xa1, 0x39, 0x45, 0xd8, 0x98, 0xc2, 0x96,
    ];
    const Y: [u8; 32] = [
        0x4f, 0xe3, 0x42, 0xe2, 0xfe, 0x1a, 0x7f, 0x9b, 0x8e, 0xe7, 0xeb, 0x4a, 0x7c, 0x0f, 0x9e, 0x16, 0x2b,
        0xce, 0x33, 0x57, 0x6b, 0x31, 0x5e, 0xce, 0xcb, 0xb6, 0x40, 0x68, 0x37, 0xbf, 0x51, 0xf5,
    ];
    // So that nothing stops it before the signature is checked.
    let flags = given.response.authenticator_data.get(32).copied().unwrap_or_default();
    Credential {
        cred_id: given.raw_id.clone(),
        cred: COSEKey {
            type_: COSEAlgorithm::ES256,
            key: COSEKeyType::EC_EC2(COSEEC2Key {
                curve: ECDSACurve::SECP256R1,
                x: X.to_vec(),
                y: Y.to_vec(),
            }),
        },
        counter: 0,
        transports: None,
        user_verified: false,
        backup_eligible: flags & MAY_BE_BACKED_UP != 0,
        backup_state: false,
        registration_policy: UserVerificationPolicy::Preferred,
        extensions: RegisteredExtensions::none(),
        attestation: ParsedAttestation::default(),
        attestation_format: AttestationFormat::None,
    }
}

#[cfg(test)]
mod tests {
    use super::{Answer, CHALLENGE_LASTS, RelyingParty, Shown, at_the_door, decoy, kept};
    use crate::clock::Timestamp;
    use crate::crypto::secret::ServiceKey;
    use crate::crypto::service::ServiceKeys;
    use crate::domain::id::{AccountId, DeploymentId};
    use crate::rng::Randomness;
    use webauthn_rs_core::proto::AuthenticationState;

    const NOW: Timestamp = Timestamp(1_800_000_000);

    fn keys(byte: u8) -> ServiceKeys {
        ServiceKeys::new(&ServiceKey::from_bytes([byte; 32]))
    }

    fn deployment(number: u128) -> DeploymentId {
        DeploymentId(uuid::Uuid::from_u128(number))
    }

    #[test]
    fn a_site_has_passkeys_where_browsers_let_it() {
        for (address, origin) in [
            ("https://candor.example", "https://candor.example"),
            ("https://candor.example/", "https://candor.example"),
            ("https://candor.example:8443", "https://candor.example:8443"),
            ("http://localhost:8080", "http://localhost:8080"),
        ] {
            assert_eq!(RelyingParty::at(address).unwrap().origin(), origin);
        }
        for address in [
            "",
            "candor.example",
            "http://candor.example",
            "http://127.0.0.1:8080",
            "https://192.0.2.1",
            "https://candor.example/path",
            "https://candor.example/?a",
            "https://somebody@candor.example",
            "ftp://localhost",
        ] {
            assert!(RelyingParty::at(address).is_none(), "{address}");
        }
    }

    #[test]
    fn a_challenge_is_known_again_by_its_own_site_for_five_minutes() {
        let site = RelyingParty::at("https://candor.example").unwrap();
        let randomness = Randomness::labelled([1; 32]);
        let one = site.ask(&keys(3), deployment(1), NOW, &randomness).unwrap();
        let two = site.ask(&keys(3), deployment(1), NOW, &randomness).unwrap();
        assert_ne!(one.options, two.options, "each is asked anew");
        assert!(one.options.contains("\"userVerification\":\"preferred\""), "{}", one.options);
        assert!(one.options.contains("\"allowCredentials\":[]"), "{}", one.options);
        let open = |sealed: &str, key: u8, number: u128, at: Timestamp| {
            kept::<AuthenticationState>(&keys(key), &at_the_door(deployment(number)), sealed, at)
                .map(|(_, used)| used)
        };
        let used = open(&one.sealed, 3, 1, NOW).unwrap();
        assert_eq!(used.until, NOW.plus(CHALLENGE_LASTS));
        assert_eq!(open(&one.sealed, 3, 1, NOW.plus(CHALLENGE_LASTS - 1)), Some(used), "the same each time");
        assert_ne!(open(&two.sealed, 3, 1, NOW).unwrap().hash, used.hash);
        assert_eq!(open(&one.sealed, 3, 1, NOW.plus(CHALLENGE_LASTS)), None, "its time is over");
        assert_eq!(open(&one.sealed, 4, 1, NOW), None, "another service key");
        assert_eq!(open(&one.sealed, 3, 2, NOW), None, "another deployment");
        for wrong in ["", "=", "é", &one.sealed[1..], &format!("{}A", one.sealed), &"A".repeat(100_000)] {
            assert_eq!(open(wrong, 3, 1, NOW), None);
        }
    }

    /// Where there is no passkey the work goes as far as the signature, and no further.
    #[test]
    fn what_nobody_has_is_checked_and_is_wrong() {
        let site = RelyingParty::at("http://localhost:8080").unwrap();
        let randomness = Randomness::labelled([1; 32]);
        let asked = site.ask(&keys(3), deployment(1), NOW, &randomness).unwrap();
        let options: serde_json::Value = serde_json::from_str(&asked.options).unwrap();
        let client = serde_json::json!({
            "type": "webauthn.get",
            "challenge": options["publicKey"]["challenge"],
            "origin": "http://localhost:8080",
        });
        let mut data = <sha2::Sha256 as sha2::Digest>::digest(b"localhost").to_vec();
        data.extend([0x1d, 0, 0, 0, 1]);
        let text = |bytes: &[u8]| base64::Engine::encode(&super::URL_SAFE_NO_PAD, bytes);
        let given = serde_json::json!({
            "id": "AQID", "rawId": "AQID", "type": "public-key", "extensions": {},
            "response": {
                "authenticatorData": text(&data),
                "clientDataJSON": text(client.to_string().as_bytes()),
                // SEQUENCE of INTEGER 1 twice: a signature in form, of nothing.
                "signature": text(&[0x30, 6, 2, 1, 1, 2, 1, 1]),
                "userHandle": null,
            },
        });
        let whose = (deployment(1), AccountId(uuid::Uuid::from_u128(2)));
        let answer = Answer { sealed: &asked.sealed, given: &given.to_string() };
        assert!(matches!(site.check(&keys(3), whose, &[], &answer, NOW), Shown::Wrong));
        let (state, _) =
            kept::<AuthenticationState>(&keys(3), &at_the_door(deployment(1)), &asked.sealed, NOW).unwrap();
        let given = super::read(&given.to_string()).unwrap();
        let result = site.core.authenticate_single_credential(&given, &state, &decoy(&given));
        assert!(
            matches!(result, Err(super::WebauthnError::AuthenticationFailure)),
            "stopped before its signature: {result:?}"
        );
        for wrong in ["", "{}", "[]", &"[".repeat(10_000), &" ".repeat(1_000_000)] {
            let answer = Answer { sealed: &asked.sealed, given: wrong };
            assert!(matches!(site.check(&keys(3), whose, &[], &answer, NOW), Shown::Wrong));
        }
    }
}
