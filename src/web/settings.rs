//! What the site has to be told before it can answer; `config` fills it.

use std::net::IpAddr;
use std::time::Duration;

use super::upload::MOST_FORM_BYTES;
use crate::cleaning::apart::Cleaner;

/// What the pages and layers depend on, beyond the organisation itself.
#[derive(Clone, Debug)]
pub struct WebSettings {
    /// Where "Leave this site" goes: an `https://` address that surprises nobody on a work screen.
    pub neutral_site: String,
    /// The `http://….onion` address of this same site, if it has one.
    pub onion_location: Option<String>,
    /// The site is reached through TLS only. Turns HSTS on; never set it for plain HTTP.
    pub behind_tls: bool,
    /// Machines whose `X-Forwarded-For` is believed. Nobody else's is.
    pub trusted_proxies: Vec<IpAddr>,
    /// Every page says that this is the demonstration.
    pub demonstration: bool,
    /// The page of a visit comes no sooner than this after it was asked for: what a right receipt takes to open must
    /// not tell it from a wrong one (AN-17). Far more than it takes, and too little to be felt.
    pub visit_after: Duration,
    pub limits: LimitSettings,
}

/// How much the site takes before it says "later".
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct LimitSettings {
    /// Largest form, in bytes.
    pub form_bytes: usize,
    /// Largest request of any kind, in bytes; what a route with attachments may raise its own limit to.
    pub request_bytes: usize,
    /// How long one request may take.
    pub time_out: Duration,
    /// How long one request with a file may take, how long it may pause, and how fast it must come after that.
    pub upload_time_out: Duration,
    pub upload_pause: Duration,
    pub upload_bytes_per_second: u64,
    /// What all files on their way here may hold together, and how many there may be.
    pub upload_bytes: usize,
    pub uploads_at_once: usize,
    /// Who cleans files under bounds of time and memory; without it they are cleaned in this process, unbounded.
    pub cleaner: Option<Cleaner>,
    /// Requests being answered at the same time.
    pub at_once: usize,
    /// Requests from one address in one go, and how often one more is earned. An office may share one address.
    pub address_burst: u32,
    pub address_every: Duration,
    /// The same for everybody together; the only limit where no address is known.
    pub global_burst: u32,
    pub global_every: Duration,
}

impl Default for LimitSettings {
    fn default() -> Self {
        Self {
            form_bytes: 256 * 1024,
            request_bytes: MOST_FORM_BYTES,
            time_out: Duration::from_secs(20),
            upload_time_out: Duration::from_mins(15),
            upload_pause: Duration::from_secs(20),
            upload_bytes_per_second: 8 * 1024,
            upload_bytes: 96 * 1024 * 1024,
            uploads_at_once: 16,
            cleaner: None,
            // More than one address can hold open with slow requests: its burst and what it earns in one time-out.
            at_once: 1_024,
            address_burst: 400,
            address_every: Duration::from_millis(50),
            global_burst: 4_000,
            global_every: Duration::from_millis(1),
        }
    }
}

impl Default for WebSettings {
    fn default() -> Self {
        Self {
            neutral_site: "https://www.weather.gov/".to_owned(),
            onion_location: None,
            behind_tls: false,
            trusted_proxies: Vec::new(),
            demonstration: false,
            visit_after: Duration::from_millis(100),
            limits: LimitSettings::default(),
        }
    }
}
