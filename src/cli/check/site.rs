//! What a visitor gets: the site, asked through its public address as a browser would ask.

use std::time::Duration;

use axum::body::{Body, Bytes};
use axum::http::{HeaderMap, HeaderName, Request, StatusCode, Uri, header};
use hyper::client::conn::http1;
use hyper_util::rt::TokioIo;
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt};
use tokio::net::TcpStream;
use tokio::time::timeout;

use super::Findings;
use crate::clock::{Clock, Timestamp};
use crate::config::Config;
use crate::delivery::{Caller, Patience, trusting};
use crate::web::layers::headers;
use crate::web::page::SIZE_CLASS;

const PATIENCE: Duration = Duration::from_secs(10);

/// Most of a page that is read.
const PAGE_MOST: usize = 1024 * 1024;

/// The pieces of a form that never comes whole: a kilobyte, how many, and how far apart.
const PIECE: &[u8] = &[b'x'; 1024];
const PIECES: usize = 16;
const PIECE_EVERY: Duration = Duration::from_millis(300);

/// How far the site's clock may be from this machine's, in seconds.
const CLOCK_MOST: i64 = 5;

/// What a proxy adds that should not be there: it names software, or dates and names content.
const UNWANTED: [HeaderName; 5] = [
    header::VIA,
    header::ETAG,
    header::LAST_MODIFIED,
    header::SET_COOKIE,
    HeaderName::from_static("x-powered-by"),
];

/// An answer, read whole.
struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

/// Bytes in both directions, with TLS or without.
trait Line: AsyncRead + AsyncWrite + Unpin + Send {}
impl<T: AsyncRead + AsyncWrite + Unpin + Send> Line for T {}

/// Where the site is, and how it is reached.
struct Site {
    caller: Caller,
    address: Uri,
}

impl Site {
    async fn connect(&self) -> Result<Box<dyn Line>, &'static str> {
        if self.address.scheme_str() == Some("http") {
            let authority = self.address.authority().map_or("", axum::http::uri::Authority::as_str);
            let stream = timeout(PATIENCE, TcpStream::connect(authority)).await;
            return match stream {
                Ok(Ok(stream)) => Ok(Box::new(stream)),
                _ => Err("cannot be reached"),
            };
        }
        match self.caller.connect(&self.address).await {
            Ok(stream) => Ok(Box::new(stream)),
            Err(failed) if failed.is_certificate() => {
                Err("has no certificate for this name that is trusted here (see authorities_file)")
            }
            Err(_) => Err("cannot be reached"),
        }
    }

    fn host(&self) -> &str {
        self.address.authority().map_or("", |authority| authority.as_str())
    }

    /// Asks for a page as a browser does, which takes anything that is compressed.
    async fn get(&self, path: &str) -> Result<Answer, &'static str> {
        let broken = "does not answer as a web server does";
        let line = self.connect().await?;
        let (mut sender, connection) = timeout(PATIENCE, http1::handshake(TokioIo::new(line)))
            .await
            .map_err(|_| broken)?
            .map_err(|_| broken)?;
        let connection = tokio::spawn(connection);
        let request = Request::get(path)
            .header(header::HOST, self.host())
            .header(header::ACCEPT_ENCODING, "gzip, deflate, br, zstd")
            .header(header::USER_AGENT, "candor check")
            .body(Body::empty())
            .map_err(|_| broken)?;
        let answer = async {
            let answer = sender.send_request(request).await.map_err(|_| broken)?;
            let (parts, body) = answer.into_parts();
            let body = axum::body::to_bytes(Body::new(body), PAGE_MOST).await.map_err(|_| broken)?;
            Ok(Answer { status: parts.status, headers: parts.headers, body })
        };
        let answer = timeout(PATIENCE, answer).await.map_err(|_| broken)?;
        connection.abort();
        answer
    }

    /// Sends the beginning of a large form that comes from nowhere, piece by piece, and listens. The program refuses it
    /// at once, by its headers; a proxy that collects bodies before it passes them on keeps still until all has come.
    async fn answers_before_the_body(&self) -> Result<bool, &'static str> {
        let mut line = self.connect().await?;
        let head = format!(
            "POST / HTTP/1.1\r\nHost: {}\r\nContent-Type: application/x-www-form-urlencoded\r\nContent-Length: {}\r\n\r\n",
            self.host(),
            PIECE.len() * 512
        );
        if line.write_all(head.as_bytes()).await.is_err() {
            return Err("cannot be reached");
        }
        for _ in 0..PIECES {
            // A proxy that has answered may have closed its side as well.
            let sent = line.write_all(PIECE).await.and(line.flush().await);
            let mut begun = [0; 8];
            match timeout(PIECE_EVERY, line.read_exact(&mut begun)).await {
                Ok(Ok(_)) => return Ok(begun == *b"HTTP/1.1"),
                Ok(Err(_)) => return Ok(false),
                Err(_) if sent.is_err() => return Ok(false),
                Err(_) => {}
            }
        }
        Ok(false)
    }
}

pub(super) async fn look(config: &Config, findings: &mut Findings) {
    let Some(address) = config.public_address.as_ref().and_then(|address| address.parse::<Uri>().ok()) else {
        return;
    };
    let tls = match trusting(config.delivery.authorities_file.as_deref()) {
        Ok(tls) => tls,
        Err(unusable) => return findings.wrong(unusable.to_string()),
    };
    // The site may well lie on the inner network.
    let site = Site { caller: Caller::new(tls, true, Patience::STANDARD), address };
    let shown = config.public_address.as_deref().unwrap_or_default();
    let start = match site.get("/").await {
        Ok(answer) => answer,
        Err(words) => return findings.wrong(format!("{shown} {words}.")),
    };
    if start.status != StatusCode::OK {
        findings.wrong(format!("{shown} answers {} instead of the start page.", start.status.as_u16()));
        return;
    }
    findings.good(format!("{shown} answers with the start page."));
    page(config, "the start page", &start, findings);
    clock(&start.headers, findings);
    match site.get("/no-such-page").await {
        Ok(answer) if answer.status == StatusCode::NOT_FOUND => {
            page(config, "the page for what is not there", &answer, findings);
        }
        Ok(answer) => findings.wrong(format!(
            "A page that is not there is answered with {}: the proxy must pass on what the program says.",
            answer.status.as_u16()
        )),
        Err(words) => findings.wrong(format!("{shown} {words}.")),
    }
    match site.answers_before_the_body().await {
        Ok(true) => findings.good("The proxy passes a form on while it still comes in."),
        Ok(false) => findings.wrong(
            "The proxy collects a whole form before it passes it on, perhaps in a file: turn that off \
             (proxy_request_buffering off).",
        ),
        Err(words) => findings.wrong(format!("{shown} {words}.")),
    }
    plain(&site, findings).await;
}

/// What every page must have, and what a proxy must not add.
fn page(config: &Config, which: &str, answer: &Answer, findings: &mut Findings) {
    let before = findings.0.len();
    for (name, value) in &headers::of_settings(&super::super::web_settings(config, false)) {
        let mut got = answer.headers.get_all(name).iter();
        match (got.next(), got.next()) {
            (Some(one), None) if one == value => {}
            (None, _) => findings.wrong(format!(
                "The header {name} is missing from {which}: the proxy takes it away, or the site runs with other settings."
            )),
            _ => findings.wrong(format!(
                "The header {name} of {which} is not what the program sends: the proxy must leave it alone."
            )),
        }
    }
    for name in UNWANTED.iter().filter(|name| answer.headers.contains_key(*name)) {
        findings.wrong(format!("The proxy adds the header {name} to {which}; take it out."));
    }
    if let Some(software) = answer.headers.get(header::SERVER).and_then(|value| value.to_str().ok()) {
        let words = format!("The proxy names itself to visitors: Server: {software}");
        if software.contains(|letter: char| letter.is_ascii_digit()) {
            findings.wrong(format!("{words}, with its version; leave it out (server_tokens off)."));
        } else {
            findings.look(format!("{words}."));
        }
    }
    if answer.headers.contains_key(header::CONTENT_ENCODING) {
        findings.wrong(format!(
            "The proxy compresses {which}, and so its size tells what is in it; turn compression off (gzip off)."
        ));
    } else if answer.body.is_empty() || !answer.body.len().is_multiple_of(SIZE_CLASS) {
        findings.wrong(format!(
            "{which} has {} bytes, which is no multiple of {SIZE_CLASS}: the proxy changes pages.",
            answer.body.len()
        ));
    }
    findings.good_unless_found(before, &format!("Headers and size of {which} are as the program made them."));
}

fn clock(headers: &HeaderMap, findings: &mut Findings) {
    let date = headers
        .get(header::DATE)
        .and_then(|value| value.to_str().ok())
        .and_then(|text| jiff::fmt::rfc2822::parse(text).ok())
        .map(|date| Timestamp(date.timestamp().as_second()));
    match date {
        Some(date) if date.since(Clock::System.now()).abs() <= CLOCK_MOST => {
            findings.good("The site's clock and this machine's agree.");
        }
        Some(date) => findings.wrong(format!(
            "The site's clock and this machine's are {} seconds apart; set the one that is wrong.",
            date.since(Clock::System.now()).abs()
        )),
        None => findings.look("The site does not say what time it has."),
    }
}

/// Whether anybody is served without TLS.
async fn plain(site: &Site, findings: &mut Findings) {
    if site.address.port_u16().is_some_and(|port| port != 443) {
        return;
    }
    let host = site.address.host().unwrap_or_default();
    let Ok(address) = format!("http://{host}:80").parse::<Uri>() else { return };
    let tls = Site { caller: site.caller.clone(), address };
    match tls.get("/").await {
        Ok(answer) if answer.status.is_redirection() => {
            let to = answer
                .headers
                .get(header::LOCATION)
                .and_then(|value| value.to_str().ok())
                .unwrap_or_default();
            if to.starts_with("https://") {
                findings.good("Who comes without TLS is led to it.");
            } else {
                findings.wrong("Port 80 leads elsewhere than to the site with TLS.");
            }
        }
        Ok(_) => findings.wrong("Port 80 answers without TLS; let it only lead to the https address."),
        Err(_) => findings.good("Nothing answers without TLS."),
    }
}
