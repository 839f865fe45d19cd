//! Whatever is typed or sent in a header, it is read into something that is written in one way, or refused.

use std::net::{IpAddr, SocketAddr};
use std::sync::LazyLock;

use axum::body::Body;
use axum::extract::{ConnectInfo, Request};
use candor::clock::Timestamp;
use candor::crypto::account::Fingerprint;
use candor::crypto::factor::{AppSecret, RecoveryCode};
use candor::crypto::passphrase::{self, Passphrase};
use candor::crypto::receipt::{self, ReceiptPhrase};
use candor::crypto::secret::SessionToken;
use candor::domain::concern::{self, HandlerConcerned, Pace};
use candor::domain::deadline::Calendar;
use candor::domain::dispute::VersionHash;
use candor::domain::exposure;
use candor::domain::id::{AccountId, DeploymentId, PostId};
use candor::domain::library;
use candor::domain::measures::quarter::Quarter;
use candor::domain::prose::{Prose, ProseError};
use candor::domain::roster;
use candor::service::{from_hexadecimal, hexadecimal};
use candor::web::csrf::CsrfToken;
use candor::web::form::Fields;
use candor::web::layers::{address, origin};
use candor::web::{cookies, when};

/// What the first byte stands for, which says how the rest is read.
const KINDS: [fn(&[u8]); 9] = [prose, traces, receipt_words, secrets, names, dates, form, headers, addresses];

/// Reads a text as what its first byte says.
pub fn look(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    KINDS[usize::from(*kind) % KINDS.len()](rest);
}

/// A text, if it is one.
fn told(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn prose(bytes: &[u8]) {
    let Some((limit, text)) = bytes.split_first().and_then(|(limit, text)| Some((limit, told(text)?))) else {
        return;
    };
    let limit = usize::from(*limit) * 4;
    match Prose::parse_optional(text, limit) {
        Ok(prose) => {
            let kept = prose.as_str();
            assert!(kept.chars().count() <= limit && kept.trim() == kept);
            assert!(kept.chars().all(|letter| !letter.is_control() || letter == '\n' || letter == '\t'));
            assert!(!kept.contains(['\u{202e}', '\u{2066}', '\u{200f}', '\u{feff}']));
            let mut before = text.chars();
            for letter in kept.chars().filter(|letter| *letter != '\n') {
                assert!(before.any(|other| other == letter), "{letter:?} came from nowhere");
            }
            assert!(Prose::parse_optional(kept, limit) == Ok(prose.clone()), "it is not yet plain");
            assert_eq!(Prose::parse(text, limit).is_ok(), !kept.is_empty());
        }
        Err(ProseError::TooLong { limit: told, over }) => assert!(told == limit && over > 0),
        Err(ProseError::Empty) => panic!("what may be left out was asked for"),
        Err(ProseError::ControlCharacter) => {
            assert!(text.chars().any(|letter| letter.is_control() && !"\n\r\t".contains(letter)));
        }
    }
}

fn traces(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    let flags = exposure::check(text);
    let mut before = 0;
    for flag in &flags {
        assert!(text.get(flag.span.clone()) == Some(flag.excerpt), "a detail is not what stands there");
        assert!(!flag.excerpt.trim().is_empty() && flag.excerpt.trim() == flag.excerpt);
        assert!(before <= flag.span.start, "details are not in the order of the text");
        before = flag.span.start;
    }
    let same_kind = |one: &exposure::Flag<'_>, other: &exposure::Flag<'_>| {
        one.kind == other.kind && one.span.end > other.span.start
    };
    for (at, one) in flags.iter().enumerate() {
        assert!(!flags[at + 1..].iter().any(|other| same_kind(one, other)), "two details of a kind overlap");
    }
    // What ends a text changes nothing of what stands before its last line.
    let longer = format!("{text}\n\n.");
    assert!(exposure::check(&longer).len() + 1 >= flags.len());
}

fn receipt_words(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    let deployment = DeploymentId(uuid::Uuid::from_u128(7));
    match ReceiptPhrase::parse(text) {
        Ok(phrase) => {
            let words = phrase.to_text();
            let again = ReceiptPhrase::parse(&words).expect("its own words");
            assert!(again == phrase && *again.to_text() == *words);
            assert!(again.keys(deployment) == phrase.keys(deployment));
            let run_together = text.to_uppercase().replace([' ', '-', '\n'], "");
            if run_together.len() <= receipt::LONGEST {
                assert!(ReceiptPhrase::parse(&run_together) == Ok(phrase), "capitals or blanks matter");
            }
        }
        Err(error) => {
            assert!(!format!("{error:?}").contains(text) || text.len() < 20, "a receipt is in a log");
        }
    }
}

fn secrets(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    if let Some(code) = RecoveryCode::read(text) {
        assert!(RecoveryCode::read(&code.to_text()) == Some(code));
    }
    if let Ok(token) = SessionToken::from_hexadecimal(text) {
        assert!(token.to_hexadecimal().eq_ignore_ascii_case(text));
    }
    if let Some(bytes) = from_hexadecimal(text) {
        assert!(hexadecimal(&bytes).eq_ignore_ascii_case(text), "two texts stand for the same bytes");
    }
    if let Ok(hash) = text.parse::<VersionHash>() {
        assert!(hash.to_string().eq_ignore_ascii_case(text), "two texts stand for the same version");
    }
    if let Ok(fingerprint) = text.parse::<Fingerprint>() {
        assert_eq!(fingerprint.to_string().parse(), Ok(fingerprint));
        let digits = |text: &str| text.chars().filter(char::is_ascii_digit).collect::<String>();
        assert_eq!(digits(&fingerprint.to_string()), digits(text));
    }
    let passphrase = Passphrase::new(text.to_owned());
    assert_eq!(passphrase.is_ok(), text.len() <= passphrase::LONGEST);
    let secret = AppSecret::offered(
        &SessionToken::from_bytes([1; 32]),
        DeploymentId(uuid::Uuid::from_u128(7)),
        AccountId(uuid::Uuid::from_u128(8)),
        1,
    );
    let now = Timestamp(1_790_000_000);
    if let Some(step) = secret.step_of(text, now) {
        assert!((now.0 / 30 - step).abs() <= 1, "a code of another time is taken");
        assert_eq!(text.chars().filter(char::is_ascii_digit).count(), 6);
    }
    let token = CsrfToken::of(b"the session");
    assert_eq!(token.matches(text), token.to_string() == text);
}

fn names(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    if let Ok(post) = text.parse::<PostId>() {
        assert_eq!(post.to_string(), text);
        assert_eq!(
            serde_json::to_value(&post).ok().and_then(|value| serde_json::from_value(value).ok()),
            Some(post)
        );
    }
    if let Some(handler) = HandlerConcerned::from_word(text) {
        assert_eq!(handler.word(), text);
    }
    if let Some(pace) = Pace::from_word(text) {
        assert_eq!(pace.word(), text);
    }
    if let Some(known) = exposure::KnownTo::from_word(text) {
        assert_eq!(known.word(), text);
    }
    if let Some(number) = roster::plain_number(text) {
        assert_eq!(roster::plain_number(&number).as_ref(), Some(&number));
        assert!((1..=roster::NUMBER_MOST).contains(&number.len()));
    }
    if let Ok(account) = text.parse::<AccountId>() {
        assert_eq!(account.to_string().parse(), Ok(account));
    }
}

fn dates(bytes: &[u8]) {
    static CALENDAR: LazyLock<Calendar> = LazyLock::new(Calendar::united_states);
    let Some(text) = told(bytes) else { return };
    let calendar = &*CALENDAR;
    if let Some(month) = concern::Month::from_word(text) {
        assert_eq!(month.word(), text);
        assert!(!month.label().contains('?'));
        assert_eq!(month.next().previous(), month);
    }
    if let Ok(month) = text.parse::<library::Month>() {
        assert_eq!(month.to_string(), text);
        let batch = month.batch(calendar).expect("every month has a batch");
        assert_eq!(library::Month::newest_due(calendar, batch), Some(month));
    }
    if let Ok(quarter) = text.parse::<Quarter>() {
        assert_eq!(quarter.to_string(), text);
        let _ = (
            quarter.words(),
            quarter.short(),
            quarter.period(calendar, None),
            quarter.published_from(calendar),
        );
    }
    if let Some(end) = when::end_of_day(text, calendar) {
        assert_eq!(when::field_value(end, calendar), text.trim());
        let now = Timestamp(1_790_000_000);
        let _ = (when::moment(end, now, calendar), when::day(end, calendar));
        let clock = when::countdown("", now, end, now, calendar);
        assert!((0..=100).contains(&clock.percent));
    }
}

/// A form as a browser sends it, read back as written.
fn form(bytes: &[u8]) {
    let Ok(fields) = Fields::parse(bytes) else { return };
    let escaped = |text: &str| text.bytes().map(|byte| format!("%{byte:02X}")).collect::<Vec<_>>().concat();
    let pairs: Vec<(&str, &str)> = fields.pairs().collect();
    assert!(pairs.len() <= bytes.len());
    let written: Vec<String> =
        pairs.iter().map(|(name, value)| format!("{}={}", escaped(name), escaped(value))).collect();
    let again = Fields::parse(written.join("&").as_bytes()).expect("a form of ours");
    // Line ends are made one kind once; what is read again is as it was.
    let unified: Vec<(&str, String)> =
        pairs.iter().map(|(name, value)| (*name, value.replace("\r\n", "\n"))).collect();
    let again: Vec<(&str, String)> = again.pairs().map(|(name, value)| (name, value.to_owned())).collect();
    assert_eq!(again, unified);
    for (name, _) in &pairs {
        let first = pairs.iter().find(|(other, _)| other == name).map_or("", |(_, value)| value);
        assert!(fields.has(name) && fields.one(name) == first);
    }
}

/// Lines of a request's head, each a name, a colon and a value.
fn request(bytes: &[u8]) -> Option<Request> {
    let mut request = Request::post("/write").body(Body::empty()).ok()?;
    for line in bytes.split(|byte| *byte == b'\n').take(8) {
        let at = line.iter().position(|byte| *byte == b':')?;
        let name = axum::http::HeaderName::from_bytes(&line[..at]).ok()?;
        let value = axum::http::HeaderValue::from_bytes(line[at + 1..].trim_ascii()).ok()?;
        request.headers_mut().append(name, value);
    }
    Some(request)
}

fn headers(bytes: &[u8]) {
    let Some(request) = request(bytes) else { return };
    let headers = request.headers();
    for name in [cookies::STAFF, cookies::MEMBER, cookies::VISIT] {
        if let Some(value) = cookies::value(headers, name) {
            assert!(!value.contains(';'), "a cookie takes in the next one");
            let sent = headers.get_all("cookie").iter().filter_map(|line| line.to_str().ok());
            assert!(sent.into_iter().any(|line| line.contains(&format!("{name}={value}"))));
        }
    }
    if origin::is_same_origin_fetch(headers) {
        assert_eq!(headers.get_all("sec-fetch-site").iter().count(), 1);
        assert!(origin::came_from_here(&request));
    } else if headers.contains_key("sec-fetch-site") {
        assert!(!origin::came_from_here(&request), "the browser says that it comes from elsewhere");
    }
}

/// Where a request comes from: after the peer's address, lines of a head.
fn addresses(bytes: &[u8]) {
    let Some((peer, lines)) = bytes.split_first_chunk::<4>() else { return };
    let Some(mut request) = request(lines) else { return };
    let proxies: [IpAddr; 2] = [IpAddr::from([10, 0, 0, 1]), IpAddr::from([10, 0, 0, 2])];
    let peer = if peer[0] & 1 == 0 { proxies[0] } else { IpAddr::from(*peer) };
    request.extensions_mut().insert(ConnectInfo(SocketAddr::new(peer, 1)));
    let said = address::of(&request, &proxies);
    assert!(said.is_none_or(|said| !said.is_loopback() && !proxies.contains(&said)));
    if !proxies.contains(&peer) {
        assert_eq!(said, (!peer.is_loopback()).then_some(peer), "a header of a stranger is believed");
    } else if let Some(said) = said {
        let lines = request.headers().get_all("x-forwarded-for");
        let text: Vec<_> = lines.iter().filter_map(|line| line.to_str().ok()).collect();
        let named = text
            .iter()
            .flat_map(|line| line.split(','))
            .filter_map(|part| part.trim().parse::<IpAddr>().ok());
        assert!(named.map(|address| address.to_canonical()).any(|address| address == said));
    }
}
