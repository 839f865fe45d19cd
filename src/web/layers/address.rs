//! Where a request comes from, used for one thing only: its share of what the site can take.
//! The address itself is kept nowhere; a keyed hash of it is, under a key that lives an hour.

use std::fmt;
use std::net::{IpAddr, SocketAddr};
use std::sync::{Arc, PoisonError, RwLock};

use axum::extract::{ConnectInfo, Request};
use axum::http::HeaderMap;
use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use tower_governor::GovernorError;
use tower_governor::key_extractor::KeyExtractor;

use crate::rng::Randomness;

/// The address that a request counts for, if one is known. It comes from `ConnectInfo`, so the
/// server must be started with `into_make_service_with_connect_info::<SocketAddr>()`.
///
/// A loopback peer that is no configured proxy tells nothing: an onion service connects from
/// there for all its visitors, who must not share one allowance.
#[must_use]
pub fn of(request: &Request, proxies: &[IpAddr]) -> Option<IpAddr> {
    let ConnectInfo(peer) = request.extensions().get::<ConnectInfo<SocketAddr>>()?;
    let peer = peer.ip().to_canonical();
    if proxies.contains(&peer) {
        return forwarded(request.headers(), proxies);
    }
    (!peer.is_loopback()).then_some(peer)
}

/// The last address that a configured proxy did not itself add: whatever stands before it was
/// written by somebody who could have written anything.
fn forwarded(headers: &HeaderMap, proxies: &[IpAddr]) -> Option<IpAddr> {
    let lines: Vec<&str> =
        headers.get_all("x-forwarded-for").iter().map(|line| line.to_str().unwrap_or("?")).collect();
    for part in lines.iter().rev().flat_map(|line| line.rsplit(',')) {
        let address = part.trim().parse::<IpAddr>().ok()?.to_canonical();
        if !proxies.contains(&address) {
            return (!address.is_loopback()).then_some(address);
        }
    }
    None
}

/// Hashes addresses under a random key that is replaced every hour.
#[derive(Clone)]
pub struct AddressHasher(Arc<RwLock<[u8; 32]>>);

/// 16 bytes of HMAC-SHA256 of an address; of an IPv6 address its first 64 bits, which is what
/// one subscriber has.
#[derive(Clone, Copy, PartialEq, Eq, Hash)]
pub struct AddressHash([u8; 16]);

impl fmt::Debug for AddressHash {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressHash(…)")
    }
}

impl AddressHash {
    #[must_use]
    pub const fn as_bytes(&self) -> &[u8; 16] {
        &self.0
    }
}

impl fmt::Debug for AddressHasher {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("AddressHasher(…)")
    }
}

impl AddressHasher {
    #[must_use]
    pub fn new(randomness: &Randomness) -> Self {
        Self(Arc::new(RwLock::new(randomness.bytes("address key"))))
    }

    /// From now on nothing leads from an address to what was hashed before.
    pub fn replace_key(&self, randomness: &Randomness) {
        *self.0.write().unwrap_or_else(PoisonError::into_inner) = randomness.bytes("address key");
    }

    #[must_use]
    pub fn hash(&self, address: IpAddr) -> Option<AddressHash> {
        let key = *self.0.read().unwrap_or_else(PoisonError::into_inner);
        let mut mac = <Hmac<Sha256> as KeyInit>::new_from_slice(&key).ok()?;
        match address {
            IpAddr::V4(address) => mac.update(&address.octets()),
            IpAddr::V6(address) => mac.update(address.octets().first_chunk::<8>()?),
        }
        mac.finalize().into_bytes().first_chunk::<16>().copied().map(AddressHash)
    }
}

/// Reads the hash that [`admit`](super::limits::admit) put into the request.
#[derive(Clone, Copy, Debug)]
pub struct ByAddress;

impl KeyExtractor for ByAddress {
    type Key = AddressHash;

    fn extract<T>(&self, request: &axum::http::Request<T>) -> Result<AddressHash, GovernorError> {
        request.extensions().get::<AddressHash>().copied().ok_or(GovernorError::UnableToExtractKey)
    }
}

#[cfg(test)]
mod tests {
    use std::net::{IpAddr, SocketAddr};

    use axum::body::Body;
    use axum::extract::{ConnectInfo, Request};

    use super::{AddressHasher, of};
    use crate::rng::Randomness;

    fn from(peer: &str, forwarded: &[&str]) -> Request {
        let mut builder = Request::get("/");
        for line in forwarded {
            builder = builder.header("x-forwarded-for", *line);
        }
        let mut request = builder.body(Body::empty()).unwrap();
        request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer.parse().unwrap(), 1)));
        request
    }

    #[test]
    fn a_header_is_believed_only_from_a_configured_proxy() {
        let proxies: Vec<IpAddr> = vec!["10.0.0.1".parse().unwrap(), "10.0.0.2".parse().unwrap()];
        let known = |text: &str| Some(text.parse::<IpAddr>().unwrap());
        assert_eq!(of(&from("8.8.8.8", &["1.1.1.1"]), &proxies), known("8.8.8.8"));
        assert_eq!(of(&from("10.0.0.1", &["1.1.1.1"]), &proxies), known("1.1.1.1"));
        assert_eq!(of(&from("10.0.0.1", &["6.6.6.6, 1.1.1.1, 10.0.0.2"]), &proxies), known("1.1.1.1"));
        assert_eq!(of(&from("10.0.0.1", &["6.6.6.6", "1.1.1.1"]), &proxies), known("1.1.1.1"));
        assert_eq!(of(&from("::ffff:10.0.0.1", &["1.1.1.1"]), &proxies), known("1.1.1.1"));
        for unknown in [&[][..], &["nonsense"], &["1.1.1.1, nonsense"], &["10.0.0.2"]] {
            assert_eq!(of(&from("10.0.0.1", unknown), &proxies), None);
        }
        assert_eq!(
            of(&from("127.0.0.1", &["1.1.1.1"]), &proxies),
            None,
            "an onion service connects from here"
        );
        assert_eq!(of(&Request::new(Body::empty()), &proxies), None);
    }

    #[test]
    fn a_hash_stands_for_one_subscriber_for_an_hour() {
        let randomness = Randomness::labelled([1; 32]);
        let hasher = AddressHasher::new(&randomness);
        let hash = |text: &str| hasher.hash(text.parse().unwrap()).unwrap();
        assert_eq!(hash("2001:db8:1:2::1"), hash("2001:db8:1:2:ffff::9"));
        assert_ne!(hash("2001:db8:1:2::1"), hash("2001:db8:1:3::1"));
        assert_ne!(hash("192.0.2.1"), hash("192.0.2.2"));
        let before = hash("192.0.2.1");
        hasher.replace_key(&randomness);
        assert_ne!(before, hash("192.0.2.1"));
        assert_eq!(format!("{before:?} {hasher:?}"), "AddressHash(…) AddressHasher(…)");
    }
}
