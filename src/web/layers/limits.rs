//! How much is taken at once, and what happens beyond it (AN-16).
//!
//! Nobody is locked out: an allowance refills all the time, a refused request costs nothing of
//! it, and the answer says when to try again. Requests beyond an address's allowance never reach
//! the common one, so a flood from one place starves nobody else.

use std::sync::Arc;
use std::time::Duration;

use axum::body::Body;
use axum::extract::{Request, State};
use axum::http::Method;
use axum::middleware::Next;
use axum::response::{IntoResponse, Response};
use governor::clock::QuantaInstant;
use governor::middleware::NoOpMiddleware;
use tokio::sync::Semaphore;
use tower::Service;
use tower_governor::GovernorError;
use tower_governor::governor::{Governor, GovernorConfig, GovernorConfigBuilder};
use tower_governor::key_extractor::{GlobalKeyExtractor, KeyExtractor};

use super::address::{self, AddressHasher, ByAddress};
use crate::rng::Randomness;
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::settings::LimitSettings;
use crate::web::{addresses, members};

/// Spoken of in seconds: what a person is asked to wait when too much goes on at once.
const BUSY: u64 = 10;

/// An hour: how long a hashed address means anything.
const KEY_LIFE: Duration = Duration::from_hours(1);

/// How often allowances that have filled up again are forgotten.
const SWEEP: Duration = Duration::from_mins(1);

type Allowance<K> = GovernorConfig<K, NoOpMiddleware<QuantaInstant>>;

/// The allowances of everybody, and the places for requests being answered now.
#[derive(Clone, Debug)]
pub struct Limits {
    settings: LimitSettings,
    hasher: AddressHasher,
    by_address: Arc<Allowance<ByAddress>>,
    global: Arc<Allowance<GlobalKeyExtractor>>,
    places: Arc<Semaphore>,
}

impl Limits {
    /// A number that is zero counts as one: a limit can be small, but it cannot be a wall.
    #[must_use]
    pub fn new(settings: &LimitSettings, randomness: &Randomness) -> Self {
        Self {
            settings: settings.clone(),
            hasher: AddressHasher::new(randomness),
            by_address: allowance(ByAddress, settings.address_burst, settings.address_every),
            global: allowance(GlobalKeyExtractor, settings.global_burst, settings.global_every),
            places: Arc::new(Semaphore::new(settings.at_once.max(1))),
        }
    }

    /// Forgets allowances that are full again, and every hour what addresses hash to. Runs for
    /// as long as the server does; start it beside the server.
    pub async fn tend(self, randomness: Randomness) {
        let mut sweeps = tokio::time::interval(SWEEP);
        let mut replaced = tokio::time::Instant::now();
        loop {
            sweeps.tick().await;
            if replaced.elapsed() >= KEY_LIFE {
                self.hasher.replace_key(&randomness);
                replaced = tokio::time::Instant::now();
            }
            self.by_address.limiter().retain_recent();
            self.by_address.limiter().shrink_to_fit();
        }
    }
}

fn allowance<K>(key: K, burst: u32, every: Duration) -> Arc<Allowance<K>>
where
    K: KeyExtractor + 'static,
    K::Key: Send + Sync,
{
    let period = every.max(Duration::from_nanos(1));
    let quota =
        GovernorConfigBuilder::default().period(period).burst_size(burst.max(1)).key_extractor(key).finish();
    #[expect(
        clippy::expect_used,
        reason = "the builder refuses only zeros, and both numbers are at least one"
    )]
    Arc::new(quota.expect("neither number is zero"))
}

/// Lets a request through if its address and the site as a whole have room for it.
pub async fn admit(State(app): State<App>, mut request: Request, next: Next) -> Response {
    let limits = &app.limits;
    let Ok(_place) = limits.places.try_acquire() else {
        return Failure::Busy { seconds: BUSY }.into_response();
    };
    let mut everybody = Governor::new(next, &limits.global).error_handler(|error| site_is_busy(&error));
    let address = address::of(&request, &app.settings.trusted_proxies);
    let answer = if let Some(hash) = address.and_then(|address| limits.hasher.hash(address)) {
        request.extensions_mut().insert(hash);
        let one = Governor::new(everybody, &limits.by_address);
        one.error_handler(|error| address_is_busy(&error)).call(request).await
    } else {
        everybody.call(request).await
    };
    answer.unwrap_or_else(|impossible| match impossible {})
}

fn seconds(error: &GovernorError) -> u64 {
    match error {
        // The wait is cut to whole seconds; one more, so that it is over when it is said to be.
        GovernorError::TooManyRequests { wait_time, .. } => wait_time.saturating_add(1),
        _ => BUSY,
    }
}

fn address_is_busy(error: &GovernorError) -> Response<Body> {
    Failure::TooMany { seconds: seconds(error) }.into_response()
}

fn site_is_busy(error: &GovernorError) -> Response<Body> {
    Failure::Busy { seconds: seconds(error) }.into_response()
}

/// Ends a request that takes too long. Work that must not stop half-way runs in a transaction.
pub async fn time_out(State(app): State<App>, request: Request, next: Next) -> Response {
    let settings = &app.limits.settings;
    let path = request.uri().path();
    let upload = request.method() == Method::POST && (path == addresses::FILES || path == members::ROSTER);
    let most = if upload { settings.upload_time_out } else { settings.time_out };
    match tokio::time::timeout(most, next.run(request)).await {
        Ok(response) => response,
        Err(_) => Failure::Busy { seconds: BUSY }.into_response(),
    }
}
