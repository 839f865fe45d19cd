//! Telling people outside that something waits: by mail and by webhook. Neither says what.
//!
//! The rule of sending: a delivery goes out again, under the same identifier, until somebody has certainly
//! taken it. A webhook's receiver recognises what it has had by that identifier. A mail that was handed over
//! without an answer may have arrived; it rests for hours, is left alone if its notice has been
//! acknowledged by then, and goes out once more at most, byte for byte the same.

mod heads;
mod public;
mod reason;
mod round;
mod smtp;
mod webhook;

use std::path::Path;
use std::sync::Arc;
use std::time::Duration;

use tokio_rustls::rustls::pki_types::CertificateDer;
use tokio_rustls::rustls::pki_types::pem::PemObject;
use tokio_rustls::rustls::{ClientConfig, RootCertStore, crypto};

use crate::config::DeliveryConfig;
use crate::domain::id::PostId;
use crate::store::outbox::Channel;

pub use heads::{HeadsOutside, KeptHead};
pub use public::is_public;
pub use reason::{Failed, Reason};
pub(crate) use round::rest;
pub use round::{Count, LEASE, TRIES_MOST, UNCLEAR_MOST, UNCLEAR_REST};
pub use smtp::{Handed, Smtp};
pub(crate) use webhook::Caller;
pub use webhook::Webhook;

/// How long to wait for others.
#[derive(Clone, Copy, Debug)]
pub struct Patience {
    /// For a connection, with its TLS.
    pub connect: Duration,
    /// For the answer to one command.
    pub command: Duration,
    /// For the answer to a mail handed over. RFC 5321 asks for ten minutes: whoever gives up sooner
    /// sends again what had been taken.
    pub taken: Duration,
}

impl Patience {
    pub const STANDARD: Self = Self {
        connect: Duration::from_secs(15),
        command: Duration::from_secs(30),
        taken: Duration::from_mins(10),
    };
}

/// A setting that cannot be used; the sentence says what to do.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct Unusable(String);

/// Everything needed to tell people outside; by default nobody is told.
#[derive(Debug, Default)]
pub struct Outlets {
    mail: Option<Smtp>,
    webhook: Option<Webhook>,
}

impl Outlets {
    /// Reads the files that the settings name.
    pub fn open(config: &DeliveryConfig, patience: Patience) -> Result<Self, Unusable> {
        let own = own_authorities(config.authorities_file.as_deref())?;
        Ok(Self {
            mail: config.mail.as_ref().map(|mail| Smtp::open(mail, &own, patience)).transpose()?,
            webhook: config
                .webhook
                .as_ref()
                .map(|webhook| Webhook::open(webhook, client_config(&own)?, patience))
                .transpose()?,
        })
    }

    /// The ways in which a post is told outside.
    pub fn channels(&self, post: &PostId) -> impl Iterator<Item = Channel> + use<> {
        let post = post.to_string();
        let mail = self.mail.as_ref().is_some_and(|mail| mail.has(&post));
        let webhook = self.webhook.as_ref().is_some_and(|webhook| webhook.has(&post));
        [(mail, Channel::Mail), (webhook, Channel::Webhook)]
            .into_iter()
            .filter_map(|(is_set, channel)| is_set.then_some(channel))
    }
}

fn own_authorities(file: Option<&Path>) -> Result<Vec<CertificateDer<'static>>, Unusable> {
    let Some(file) = file else { return Ok(Vec::new()) };
    let wrong = || {
        Unusable(format!(
            "{} holds no certificates in PEM; set authorities_file to a file that does.",
            file.display()
        ))
    };
    let own: Vec<_> = CertificateDer::pem_file_iter(file)
        .map_err(|_| wrong())?
        .collect::<Result<_, _>>()
        .map_err(|_| wrong())?;
    if own.is_empty() { Err(wrong()) } else { Ok(own) }
}

/// Trusts the public authorities and those in a file, if one is named.
pub(crate) fn trusting(authorities_file: Option<&Path>) -> Result<Arc<ClientConfig>, Unusable> {
    client_config(&own_authorities(authorities_file)?)
}

/// TLS 1.2 and 1.3 with ring, trusting the public authorities and those of one's own.
fn client_config(own: &[CertificateDer<'static>]) -> Result<Arc<ClientConfig>, Unusable> {
    let wrong = || Unusable("authorities_file holds a certificate that cannot be used.".to_owned());
    let mut roots = RootCertStore::empty();
    roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
    for certificate in own {
        roots.add(certificate.clone()).map_err(|_| wrong())?;
    }
    let config = ClientConfig::builder_with_provider(Arc::new(crypto::ring::default_provider()))
        .with_safe_default_protocol_versions()
        .map_err(|_| wrong())?
        .with_root_certificates(roots)
        .with_no_client_auth();
    Ok(Arc::new(config))
}

/// A small file of secrets, without what surrounds it.
fn secret_file(setting: &str, file: &Path) -> Result<zeroize::Zeroizing<String>, Unusable> {
    std::fs::read_to_string(file).map(zeroize::Zeroizing::new).map_err(|_| {
        Unusable(format!("{} cannot be read; set {setting} to a file that can.", file.display()))
    })
}
