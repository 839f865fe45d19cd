//! The headers of every response, set last of all so that no handler can weaken them (AN-14).

use axum::extract::{Request, State};
use axum::http::{HeaderMap, HeaderName, HeaderValue, header};
use axum::middleware::Next;
use axum::response::Response;

use crate::web::App;
use crate::web::assets::Lasting;
use crate::web::routes::Area;
use crate::web::settings::WebSettings;

macro_rules! policy {
    ($more:literal) => {
        concat!(
            "default-src 'none'; style-src 'self'; script-src 'self'; img-src 'self'; ",
            $more,
            "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
        )
    };
}

/// Nothing is loaded or run but our own files, nothing inline, and nothing may frame a page.
const POLICY: &str = policy!("");

/// For the one page whose script sends its form, to show how much has gone (`static/attach.js`).
const SENDING: &str = policy!("connect-src 'self'; ");

/// For what people attached: no page of this site, and nothing in it runs, loads or is sent.
const SANDBOX: &str =
    "sandbox; default-src 'none'; form-action 'none'; base-uri 'none'; frame-ancestors 'none'";

/// Marks a response that holds what somebody attached.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Sandboxed;

/// Marks the page with a file to choose.
#[derive(Clone, Copy, Debug)]
pub(in crate::web) struct Sending;

/// Everything that a browser could let a page do, off, but for the passkeys of staff. What is no power but a hint
/// about the browser (`ch-…`) is sent only where a site asks for it, and this one does not.
const PERMISSIONS: &str = "accelerometer=(), ambient-light-sensor=(), aria-notify=(), attribution-reporting=(), autoplay=(), \
    bluetooth=(), browsing-topics=(), camera=(), captured-surface-control=(), clipboard-read=(), \
    clipboard-write=(), compute-pressure=(), cross-origin-isolated=(), deferred-fetch=(), \
    deferred-fetch-minimal=(), digital-credentials-create=(), digital-credentials-get=(), \
    display-capture=(), encrypted-media=(), fullscreen=(), gamepad=(), geolocation=(), gyroscope=(), \
    hid=(), identity-credentials-get=(), idle-detection=(), interest-cohort=(), \
    join-ad-interest-group=(), keyboard-map=(), language-detector=(), language-model=(), \
    local-fonts=(), local-network=(), local-network-access=(), loopback-network=(), magnetometer=(), \
    media-playback-while-not-visible=(), microphone=(), midi=(), on-device-speech-recognition=(), \
    otp-credentials=(), payment=(), picture-in-picture=(), private-aggregation=(), \
    private-state-token-issuance=(), private-state-token-redemption=(), \
    publickey-credentials-create=(self), publickey-credentials-get=(self), run-ad-auction=(), \
    screen-wake-lock=(), serial=(), shared-storage=(), speaker-selection=(), storage-access=(), \
    summarizer=(), sync-xhr=(), translator=(), unload=(), usb=(), web-share=(), window-management=(), \
    xr-spatial-tracking=()";

const FIXED: [(HeaderName, &str); 10] = [
    (header::CONTENT_SECURITY_POLICY, POLICY),
    // Not no-referrer: under it browsers send `Origin: null` with forms, and ours would be refused.
    (header::REFERRER_POLICY, "same-origin"),
    (header::X_CONTENT_TYPE_OPTIONS, "nosniff"),
    (header::X_FRAME_OPTIONS, "DENY"),
    (HeaderName::from_static("cross-origin-opener-policy"), "same-origin"),
    (HeaderName::from_static("cross-origin-embedder-policy"), "require-corp"),
    (HeaderName::from_static("cross-origin-resource-policy"), "same-origin"),
    (PERMISSIONS_POLICY, PERMISSIONS),
    (HeaderName::from_static("x-dns-prefetch-control"), "off"),
    (HeaderName::from_static("x-robots-tag"), "noindex, nofollow"),
];

const PERMISSIONS_POLICY: HeaderName = HeaderName::from_static("permissions-policy");

/// What would name the software, date the content, or open it to other sites.
const STRIPPED: [HeaderName; 8] = [
    header::SERVER,
    header::ETAG,
    header::LAST_MODIFIED,
    header::EXPIRES,
    header::VIA,
    header::ACCESS_CONTROL_ALLOW_ORIGIN,
    header::ACCESS_CONTROL_ALLOW_CREDENTIALS,
    HeaderName::from_static("x-powered-by"),
];

/// The headers that do not depend on the request.
#[must_use]
pub fn of_settings(settings: &WebSettings) -> HeaderMap {
    let mut headers: HeaderMap =
        FIXED.into_iter().map(|(name, value)| (name, HeaderValue::from_static(value))).collect();
    if settings.behind_tls {
        let value = HeaderValue::from_static("max-age=63072000");
        headers.insert(header::STRICT_TRANSPORT_SECURITY, value);
    }
    // Always the start page: the address of a deep page would repeat where the visitor is.
    if let Some(value) =
        settings.onion_location.as_deref().and_then(|onion| HeaderValue::from_str(onion).ok())
    {
        headers.insert(HeaderName::from_static("onion-location"), value);
    }
    headers
}

/// Sets the headers of every response, over whatever the handler set.
pub async fn harden(State(app): State<App>, request: Request, next: Next) -> Response {
    let asset = Area::of_path(request.uri().path()) == Area::Assets;
    let mut response = next.run(request).await;
    let lasting = asset && response.extensions().get::<Lasting>().is_some();
    let sandboxed = response.extensions().get::<Sandboxed>().is_some();
    let sending = response.extensions().get::<Sending>().is_some();
    let headers = response.headers_mut();
    for name in &STRIPPED {
        headers.remove(name);
    }
    for (name, value) in app.headers.iter() {
        headers.insert(name, value.clone());
    }
    if sandboxed {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SANDBOX));
    } else if sending {
        headers.insert(header::CONTENT_SECURITY_POLICY, HeaderValue::from_static(SENDING));
    }
    if app.candor.operations.is_leaving() {
        // Whoever comes again comes through the balancer, which sends them to another machine.
        headers.insert(header::CONNECTION, HeaderValue::from_static("close"));
    }
    // It speaks of documents. A style sheet or a script is none, and need not carry a kilobyte of it.
    if lasting
        && !headers.get(header::CONTENT_TYPE).is_some_and(|kind| kind.as_bytes().starts_with(b"image/"))
    {
        headers.remove(&PERMISSIONS_POLICY);
    }
    let keep = if lasting { "public, max-age=31536000, immutable" } else { "no-store" };
    headers.insert(header::CACHE_CONTROL, HeaderValue::from_static(keep));
    response
}
