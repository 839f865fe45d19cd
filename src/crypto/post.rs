//! The keys of posts, held by whoever holds the post.
//!
//! Each version of a post's key is one X-Wing pair. Its private seed is wrapped for the
//! account of each member. Form: `hybrid` with suite byte 6.

use super::canonical::Canonical;
use super::public::ReaderPublicKey;
use super::secret::{PostKey, ReadingKey};
use super::{Error, Suite, hybrid};
use crate::domain::id::{AccountId, DeploymentId, PostId};
use crate::rng::Randomness;

pub use super::trust::VerifiedMember;

/// Draws the next version of a post's key.
#[must_use]
pub fn generate(randomness: &Randomness) -> PostKey {
    PostKey::random(randomness, "post key")
}

fn info(
    deployment: DeploymentId,
    post: &PostId,
    version: u32,
    account: AccountId,
    reading: &ReaderPublicKey,
) -> Vec<u8> {
    Canonical::new("candor post wrap 1")
        .bytes(deployment.as_bytes())
        .text(&post.to_string())
        .number(u64::from(version))
        .bytes(account.as_bytes())
        .bytes(&reading.digest())
        .number(u64::from(Suite::PostWrap.byte()))
        .finish()
}

/// Wraps a post's private key for a member whose approval has been verified.
///
/// # Errors
/// [`Error::WrongReader`] if this is not the key that the member was approved for.
pub fn wrap(key: &PostKey, member: &VerifiedMember, randomness: &Randomness) -> Result<Vec<u8>, Error> {
    if key.public() != *member.post_public() {
        return Err(Error::WrongReader);
    }
    let reading = &member.public().reading;
    let info = info(member.deployment(), member.post(), member.post_key_version(), member.account(), reading);
    hybrid::wrap(Suite::PostWrap, key.secret(), &info, reading, randomness, "post wrap")
}

/// Wraps an earlier version of a post's private key for somebody who holds its newest: what the post was
/// sealed before they came. Whoever calls this has opened that version for themselves.
///
/// # Errors
/// [`Error::WrongReader`] if the version is not an earlier one.
pub fn wrap_earlier(
    key: &PostKey,
    version: u32,
    member: &VerifiedMember,
    randomness: &Randomness,
) -> Result<Vec<u8>, Error> {
    if version >= member.post_key_version() {
        return Err(Error::WrongReader);
    }
    let reading = &member.public().reading;
    let info = info(member.deployment(), member.post(), version, member.account(), reading);
    hybrid::wrap(Suite::PostWrap, key.secret(), &info, reading, randomness, "post wrap")
}

/// Opens a post's private key with a member's reading key.
///
/// # Errors
/// If the key, deployment, post, version or account is another, or a byte was changed.
pub fn unwrap(
    bytes: &[u8],
    deployment: DeploymentId,
    post: &PostId,
    version: u32,
    account: AccountId,
    reading: &ReadingKey,
) -> Result<PostKey, Error> {
    if bytes.len() != hybrid::LENGTH {
        return Err(Error::CouldNotBeOpened);
    }
    let info = info(deployment, post, version, account, &reading.public());
    hybrid::unwrap(Suite::PostWrap, bytes, &info, reading.secret()).map(PostKey::from_secret)
}
