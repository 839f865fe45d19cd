//! What a session keeps: the database has a hash of the token and keys sealed under it,
//! so that a copy of the database opens no session.

use super::account::AccountSecret;
use super::canonical::Canonical;
use super::derive::derive;
use super::secret::{Secret, SessionToken};
use super::{Error, Suite, cipher};
use crate::domain::id::{AccountId, DeploymentId};
use crate::rng::Randomness;

/// Draws the token of a new session: 256 bits.
#[must_use]
pub fn new_token(randomness: &Randomness) -> SessionToken {
    SessionToken::random(randomness, "session token")
}

/// What a session is found by. The token has 256 bits, so one SHA-256 is enough.
#[must_use]
pub fn token_hash(token: &SessionToken) -> [u8; 32] {
    Canonical::new("candor session token 1").bytes(token.expose()).digest()
}

fn key(token: &SessionToken) -> Secret<32> {
    derive(&[], token.expose(), &Canonical::new("candor session key 1").finish())
}

fn associated<K: AccountSecret>(deployment: DeploymentId, account: AccountId) -> Vec<u8> {
    Canonical::new("candor session account key 1")
        .bytes(deployment.as_bytes())
        .bytes(account.as_bytes())
        .text(K::WHICH)
        .number(u64::from(Suite::Session.byte()))
        .finish()
}

/// Seals one private key of the account that signed in: suite byte 5 ‖ nonce (24) ‖
/// XChaCha20-Poly1305 under HKDF(token), 73 bytes.
///
/// # Errors
/// Never for a key of 32 bytes.
pub fn seal_for_session<K: AccountSecret>(
    token: &SessionToken,
    deployment: DeploymentId,
    account: AccountId,
    private: &K,
    randomness: &Randomness,
) -> Result<Vec<u8>, Error> {
    let associated = associated::<K>(deployment, account);
    cipher::seal_key(
        Suite::Session,
        &key(token),
        &associated,
        private.inner(),
        randomness,
        "session key nonce",
    )
}

/// Opens what [`seal_for_session`] made.
///
/// # Errors
/// If the token, deployment, account or kind of key is another, or a byte was changed.
pub fn open_for_session<K: AccountSecret>(
    token: &SessionToken,
    deployment: DeploymentId,
    account: AccountId,
    sealed: &[u8],
) -> Result<K, Error> {
    let associated = associated::<K>(deployment, account);
    cipher::open_key(Suite::Session, &key(token), &associated, sealed).map(K::from_inner)
}
