//! Webhooks after the Standard Webhooks convention: HTTPS, signed, with an identifier by which a receiver
//! knows what it has had already.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::sync::Arc;

use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use hmac::{Hmac, KeyInit, Mac};
use hyper::client::conn::http1;
use hyper::header::{CONTENT_TYPE, HOST, USER_AGENT};
use hyper::{Request, StatusCode, Uri};
use hyper_util::rt::TokioIo;
use sha2::Sha256;
use tokio::net::{TcpStream, lookup_host};
use tokio::time::timeout;
use tokio_rustls::TlsConnector;
use tokio_rustls::client::TlsStream;
use tokio_rustls::rustls::ClientConfig;
use tokio_rustls::rustls::pki_types::ServerName;
use zeroize::Zeroizing;

use super::{Failed, Patience, Reason, Unusable, is_public, secret_file};
use crate::clock::Timestamp;
use crate::config::WebhookConfig;
use crate::domain::id::DeliveryId;

/// What a post is told: always the same.
const BODY: &str = "{\"type\":\"notice.waiting\",\"data\":{}}";

/// Most that is ever read of an answer: its first lines. The body is never asked for.
const ANSWER_MOST: usize = 16 * 1024;

/// How secrets are written, and how long they may be.
const PREFIX: &str = "whsec_";
const SECRET: std::ops::RangeInclusive<usize> = 24..=64;

/// Who is called.
pub struct Webhook {
    to: BTreeMap<String, Endpoint>,
    caller: Caller,
}

/// An address and the secret by which its receiver knows who calls.
pub(super) struct Endpoint {
    pub uri: Uri,
    pub secret: Zeroizing<Vec<u8>>,
}

impl fmt::Debug for Endpoint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Endpoint").finish_non_exhaustive()
    }
}

/// How calls are made, whoever is called.
#[derive(Clone)]
pub struct Caller {
    tls: TlsConnector,
    private_addresses: bool,
    patience: Patience,
}

impl fmt::Debug for Caller {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Caller").field("patience", &self.patience).finish_non_exhaustive()
    }
}

impl fmt::Debug for Webhook {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Webhook").field("posts", &self.to.keys()).finish_non_exhaustive()
    }
}

impl Webhook {
    pub(super) fn open(
        config: &WebhookConfig,
        tls: Arc<ClientConfig>,
        patience: Patience,
    ) -> Result<Self, Unusable> {
        let file = config.secrets_file.display();
        let text = secret_file("webhook_secrets_file", &config.secrets_file)?;
        let mut secrets = BTreeMap::new();
        for (number, line) in text.lines().enumerate() {
            let line = line.trim();
            if line.is_empty() || line.starts_with('#') {
                continue;
            }
            let wrong = || {
                Unusable(format!(
                    "{file}, line {}: write headquarters:UNIT = whsec_ and 24 to 64 bytes in Base64.",
                    number + 1
                ))
            };
            let (post, secret) = line.split_once('=').ok_or_else(wrong)?;
            secrets.insert(post.trim().to_owned(), secret_of(secret.trim()).ok_or_else(wrong)?);
        }
        let mut to = BTreeMap::new();
        for (post, uri) in &config.to {
            let secret = secrets
                .remove(post)
                .ok_or_else(|| Unusable(format!("{file} has no line for {post}; write {post} = whsec_….")))?;
            to.insert(post.clone(), Endpoint { uri: uri.clone(), secret });
        }
        Ok(Self { to, caller: Caller::new(tls, config.private_addresses, patience) })
    }

    pub(super) fn has(&self, post: &str) -> bool {
        self.to.contains_key(post)
    }

    /// Calls a post's webhook once.
    pub(super) async fn call(&self, post: &str, id: DeliveryId, now: Timestamp) -> Result<(), Failed> {
        let endpoint = self.to.get(post).ok_or(Failed::for_good(Reason::NoAddress))?;
        self.caller.call(endpoint, id, now, BODY).await
    }
}

impl Caller {
    pub fn new(tls: Arc<ClientConfig>, private_addresses: bool, patience: Patience) -> Self {
        Self { tls: TlsConnector::from(tls), private_addresses, patience }
    }

    /// Calls an address once.
    pub(super) async fn call(
        &self,
        endpoint: &Endpoint,
        id: DeliveryId,
        now: Timestamp,
        body: &str,
    ) -> Result<(), Failed> {
        let stream = self.connect(&endpoint.uri).await?;
        let unreachable = Failed::for_now(Reason::Unreachable);
        let status = timeout(self.patience.command, ask(stream, endpoint, id, now, body))
            .await
            .map_err(|_| unreachable)?
            .map_err(|_| unreachable)?;
        match status {
            status if status.is_success() => Ok(()),
            status if status.is_redirection() => Err(Failed::for_now(Reason::Redirect)),
            StatusCode::GONE => Err(Failed::for_good(Reason::Gone)),
            _ => Err(Failed::for_now(Reason::Status)),
        }
    }

    /// Connects to an address that has been looked at: the name is resolved once, and no second answer
    /// can lead elsewhere.
    pub async fn connect(&self, uri: &Uri) -> Result<TlsStream<TcpStream>, Failed> {
        let unreachable = Failed::for_now(Reason::Unreachable);
        let host = host(uri).ok_or(unreachable)?;
        let port = uri.port_u16().unwrap_or(443);
        let addresses: Vec<SocketAddr> = timeout(self.patience.connect, lookup_host((host, port)))
            .await
            .map_err(|_| unreachable)?
            .map_err(|_| unreachable)?
            .collect();
        // One inner address among public ones is reason enough: a name under whose control?
        if !self.private_addresses && addresses.iter().any(|one| !is_public(one.ip())) {
            return Err(Failed::for_now(Reason::PrivateAddress));
        }
        let name = ServerName::try_from(host.to_owned()).map_err(|_| unreachable)?;
        for address in addresses {
            let Ok(Ok(stream)) = timeout(self.patience.connect, TcpStream::connect(address)).await else {
                continue;
            };
            return timeout(self.patience.connect, self.tls.connect(name, stream))
                .await
                .map_err(|_| unreachable)?
                .map_err(|_| Failed::for_now(Reason::Certificate));
        }
        Err(unreachable)
    }
}

/// A host as names are looked up: without the brackets of an IPv6 address.
fn host(uri: &Uri) -> Option<&str> {
    uri.host().map(|host| host.trim_start_matches('[').trim_end_matches(']'))
}

async fn ask(
    stream: TlsStream<TcpStream>,
    endpoint: &Endpoint,
    id: DeliveryId,
    now: Timestamp,
    body: &str,
) -> Result<StatusCode, hyper::Error> {
    let (mut sender, connection) =
        http1::Builder::new().max_buf_size(ANSWER_MOST).handshake(TokioIo::new(stream)).await?;
    let path = endpoint.uri.path_and_query().map_or("/", |path| path.as_str());
    let authority = endpoint.uri.authority().map_or("", |authority| authority.as_str());
    let mut request = Request::new(body.to_owned());
    *request.method_mut() = hyper::Method::POST;
    *request.uri_mut() = path.parse().unwrap_or_default();
    let signature = signature(&endpoint.secret, id, now, body);
    let headers = [
        (HOST.as_str(), authority),
        (CONTENT_TYPE.as_str(), "application/json"),
        (USER_AGENT.as_str(), "candor"),
        ("webhook-id", &id.to_string()),
        ("webhook-timestamp", &now.0.to_string()),
        ("webhook-signature", &signature),
    ];
    for (name, value) in headers {
        if let (Ok(name), Ok(value)) =
            (hyper::header::HeaderName::try_from(name), hyper::header::HeaderValue::from_str(value))
        {
            request.headers_mut().insert(name, value);
        }
    }
    let answer = sender.send_request(request);
    tokio::pin!(answer, connection);
    let answer = tokio::select! {
        biased;
        answer = &mut answer => answer,
        // The connection has ended, with an answer or without: whichever it is, is there now.
        _ = &mut connection => answer.await,
    };
    // The body is dropped unread, and the connection with it.
    Ok(answer?.status())
}

/// `v1` of Standard Webhooks: HMAC-SHA256 over identifier, time and body.
fn signature(secret: &[u8], id: DeliveryId, now: Timestamp, body: &str) -> String {
    let Ok(mut mac) = Hmac::<Sha256>::new_from_slice(secret) else { return String::new() };
    mac.update(format!("{id}.{}.{body}", now.0).as_bytes());
    format!("v1,{}", STANDARD.encode(mac.finalize().into_bytes()))
}

pub(super) fn secret_of(text: &str) -> Option<Zeroizing<Vec<u8>>> {
    let bytes = Zeroizing::new(STANDARD.decode(text.strip_prefix(PREFIX)?).ok()?);
    SECRET.contains(&bytes.len()).then_some(bytes)
}

#[cfg(test)]
mod tests {
    use super::{BODY, DeliveryId, Timestamp, secret_of, signature};

    #[test]
    fn a_secret_is_written_as_the_convention_says() {
        assert_eq!(secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap().len(), 24);
        for wrong in
            ["", "MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "whsec_", "whsec_AAAA", "whsec_not base64 at all"]
        {
            assert!(secret_of(wrong).is_none(), "{wrong}");
        }
    }

    /// Worked out with Python's hmac module.
    #[test]
    fn a_signature_is_what_others_compute() {
        let secret = secret_of("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw").unwrap();
        let id = DeliveryId(uuid::Uuid::from_u128(7));
        assert_eq!(BODY, "{\"type\":\"notice.waiting\",\"data\":{}}");
        assert_eq!(
            signature(&secret, id, Timestamp(1_800_000_000), BODY),
            "v1,lcKdQfMGU56qqKTD7XjHKtCqP8rRHa2ulo+f1g4AEvE="
        );
    }
}
