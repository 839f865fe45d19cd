//! A browser's requests over one kept connection, byte for byte, with nothing else in the way: what
//! the client itself costs must not blur what the server costs.

use std::collections::BTreeMap;
use std::fmt::Write as _;
use std::io::{self, BufRead, BufReader, Read, Write};
use std::net::{SocketAddr, TcpStream};
use std::time::Duration;

/// What came back.
#[derive(Debug)]
pub struct Answer {
    pub status: u16,
    pub location: Option<String>,
    pub body: Vec<u8>,
}

impl Answer {
    /// Whether the page says this.
    #[must_use]
    pub fn says(&self, words: &str) -> bool {
        String::from_utf8_lossy(&self.body).contains(words)
    }

    /// The value of the page's hidden field of a name.
    #[must_use]
    pub fn hidden(&self, name: &str) -> Option<String> {
        let page = String::from_utf8_lossy(&self.body);
        let (_, rest) = page.split_once(&format!("name=\"{name}\" value=\""))?;
        rest.split_once('"').map(|(value, _)| value.to_owned())
    }

    /// The files that a browser fetches for this page.
    #[must_use]
    pub fn files(&self) -> Vec<String> {
        let page = String::from_utf8_lossy(&self.body);
        page.split('"').filter(|part| part.starts_with("/static/")).map(str::to_owned).collect()
    }
}

/// Bytes on the wire, headers and all.
#[derive(Clone, Copy, Debug, Default)]
pub struct Wire {
    pub requests: usize,
    pub sent: usize,
    pub received: usize,
}

/// One connection that stays open, with its cookies.
#[derive(Debug)]
pub struct Client {
    stream: BufReader<TcpStream>,
    cookies: BTreeMap<String, String>,
    pub wire: Wire,
}

impl Client {
    /// Connects; fails at once if nobody listens.
    pub fn connect(address: SocketAddr) -> io::Result<Self> {
        let stream = TcpStream::connect(address)?;
        stream.set_nodelay(true)?;
        stream.set_read_timeout(Some(Duration::from_secs(30)))?;
        Ok(Self { stream: BufReader::new(stream), cookies: BTreeMap::new(), wire: Wire::default() })
    }

    pub fn get(&mut self, path: &str) -> io::Result<Answer> {
        let request = request("GET", path, &self.cookie(), None);
        self.exchange(&request)
    }

    /// Sends fields as a form does.
    pub fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> io::Result<Answer> {
        let request = request("POST", path, &self.cookie(), Some(&encoded(fields)));
        self.exchange(&request)
    }

    /// Sends a request as it stands and reads its answer.
    pub fn exchange(&mut self, request: &[u8]) -> io::Result<Answer> {
        self.stream.get_mut().write_all(request)?;
        self.wire.requests += 1;
        self.wire.sent += request.len();
        let mut answer = Answer { status: 0, location: None, body: Vec::new() };
        let mut length = 0;
        let mut line = String::new();
        loop {
            line.clear();
            self.wire.received += self.stream.read_line(&mut line)?;
            let text = line.trim_end();
            if let Some(status) = text.strip_prefix("HTTP/1.1 ") {
                answer.status = status.get(..3).and_then(|code| code.parse().ok()).unwrap_or_default();
            } else if text.is_empty() {
                break;
            }
            let (name, value) = text.split_once(": ").unwrap_or_default();
            match name {
                "content-length" => length = value.parse().map_err(io::Error::other)?,
                "location" => answer.location = Some(value.to_owned()),
                "set-cookie" => self.keep(value),
                _ => {}
            }
        }
        answer.body.resize(length, 0);
        self.stream.read_exact(&mut answer.body)?;
        self.wire.received += length;
        Ok(answer)
    }

    fn keep(&mut self, cookie: &str) {
        let (pair, attributes) = cookie.split_once(';').unwrap_or((cookie, ""));
        let (name, value) = pair.split_once('=').unwrap_or_default();
        if attributes.contains("Max-Age") {
            self.cookies.remove(name);
        } else {
            self.cookies.insert(name.to_owned(), value.to_owned());
        }
    }

    fn cookie(&self) -> String {
        self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect::<Vec<_>>().join("; ")
    }
}

/// A request with the headers of a present-day browser.
#[must_use]
pub fn request(method: &str, path: &str, cookie: &str, form: Option<&str>) -> Vec<u8> {
    let mut text = format!(
        "{method} {path} HTTP/1.1\r\n\
         Host: 127.0.0.1\r\n\
         User-Agent: Mozilla/5.0 (Windows NT 10.0; rv:140.0) Gecko/20100101 Firefox/140.0\r\n\
         Accept: text/html,application/xhtml+xml,application/xml;q=0.9,*/*;q=0.8\r\n\
         Accept-Language: en-US,en;q=0.5\r\n\
         Accept-Encoding: gzip, deflate, br, zstd\r\n\
         Sec-Fetch-Dest: document\r\nSec-Fetch-Mode: navigate\r\n\
         Sec-Fetch-Site: same-origin\r\nSec-Fetch-User: ?1\r\n\
         Connection: keep-alive\r\n"
    );
    if !cookie.is_empty() {
        let _ = write!(text, "Cookie: {cookie}\r\n");
    }
    if let Some(form) = form {
        let _ = write!(
            text,
            "Origin: http://127.0.0.1\r\nContent-Type: application/x-www-form-urlencoded\r\n\
             Content-Length: {}\r\n\r\n{form}",
            form.len()
        );
    } else {
        text.push_str("\r\n");
    }
    text.into_bytes()
}

/// Fields as a browser escapes them.
#[must_use]
pub fn encoded(fields: &[(&str, &str)]) -> String {
    let mut text = String::new();
    for (name, value) in fields {
        if !text.is_empty() {
            text.push('&');
        }
        text.push_str(name);
        text.push('=');
        for byte in value.bytes() {
            match byte {
                b' ' => text.push('+'),
                b'a'..=b'z' | b'A'..=b'Z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'*' => {
                    text.push(char::from(byte));
                }
                _ => {
                    let _ = write!(text, "%{byte:02X}");
                }
            }
        }
    }
    text
}
