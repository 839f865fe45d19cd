//! What a network sees of a visit: how many bytes go up and down for each request, inside TLS, over a real
//! connection to a real server. Measured once; who was there when is another file's affair.

use std::collections::BTreeMap;
use std::fmt::Write;
use std::io;
use std::net::SocketAddr;
use std::pin::Pin;
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::task::{Context, Poll};

use axum::http::{HeaderMap, StatusCode};
use tokio::io::{AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, ReadBuf};
use tokio::net::{TcpListener, TcpStream};

use crate::support::app::TestApp;
use crate::support::http::{Answer, Form, escape};
use crate::support::pages::{ANSWERS, words_of};
use crate::support::tls::Certified;

/// The size class of what a browser with scripts sends: as of a page.
pub const CLASS: usize = 8_192;

/// Bytes up and down, request by request.
pub type Shape = Vec<(usize, usize)>;

/// A server behind TLS.
pub struct Wire {
    address: SocketAddr,
    certified: Arc<Certified>,
}

/// Counts what passes.
struct Counting {
    inner: TcpStream,
    up: Arc<AtomicUsize>,
    down: Arc<AtomicUsize>,
}

impl AsyncRead for Counting {
    fn poll_read(
        mut self: Pin<&mut Self>,
        cx: &mut Context<'_>,
        buf: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        let before = buf.filled().len();
        let done = Pin::new(&mut self.inner).poll_read(cx, buf);
        self.down.fetch_add(buf.filled().len() - before, Ordering::Relaxed);
        done
    }
}

impl AsyncWrite for Counting {
    fn poll_write(mut self: Pin<&mut Self>, cx: &mut Context<'_>, buf: &[u8]) -> Poll<io::Result<usize>> {
        let done = Pin::new(&mut self.inner).poll_write(cx, buf);
        if let Poll::Ready(Ok(written)) = &done {
            self.up.fetch_add(*written, Ordering::Relaxed);
        }
        done
    }

    fn poll_flush(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_flush(cx)
    }

    fn poll_shutdown(mut self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<io::Result<()>> {
        Pin::new(&mut self.inner).poll_shutdown(cx)
    }
}

impl Wire {
    /// Serves a deployment behind TLS, as a proxy before it would.
    pub async fn start(app: &TestApp) -> Self {
        let plain = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let behind = plain.local_addr().unwrap();
        let service = app.site().into_make_service_with_connect_info::<SocketAddr>();
        tokio::spawn(async move { axum::serve(plain, service).await });
        let certified = Arc::new(Certified::of("localhost"));
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let acceptor = certified.acceptor();
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let acceptor = acceptor.clone();
                tokio::spawn(async move {
                    let mut outside = acceptor.accept(stream).await.unwrap();
                    let mut inside = TcpStream::connect(behind).await.unwrap();
                    drop(tokio::io::copy_bidirectional(&mut outside, &mut inside).await);
                    drop(outside.shutdown().await);
                });
            }
        });
        Self { address, certified }
    }

    /// One request over a connection of its own; the handshake is not counted.
    async fn ask(&self, request: &[u8]) -> ((usize, usize), Vec<u8>) {
        let (up, down) = (Arc::new(AtomicUsize::new(0)), Arc::new(AtomicUsize::new(0)));
        let inner = TcpStream::connect(self.address).await.unwrap();
        let counting = Counting { inner, up: up.clone(), down: down.clone() };
        let name = "localhost".try_into().unwrap();
        let mut stream = self.certified.connector().connect(name, counting).await.unwrap();
        let before = (up.load(Ordering::Relaxed), down.load(Ordering::Relaxed));
        stream.write_all(request).await.unwrap();
        stream.flush().await.unwrap();
        let sent = up.load(Ordering::Relaxed) - before.0;
        let mut answer = Vec::new();
        drop(stream.read_to_end(&mut answer).await);
        ((sent, down.load(Ordering::Relaxed) - before.1), answer)
    }
}

/// Somebody at a browser on this wire.
pub struct Visitor<'a> {
    wire: &'a Wire,
    cookies: BTreeMap<String, String>,
    /// Whether what is sent is filled up to a class, as the script does.
    filled: bool,
    pub shape: Shape,
}

impl<'a> Visitor<'a> {
    pub fn new(wire: &'a Wire, filled: bool) -> Self {
        Self { wire, cookies: BTreeMap::new(), filled, shape: Shape::new() }
    }

    pub async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, None).await;
        self.follow(answer).await
    }

    async fn submit(&mut self, form: &Form) -> Answer {
        let fields: Vec<_> =
            form.fields.iter().map(|(name, value)| format!("{}={}", escape(name), escape(value))).collect();
        let mut body = fields.join("&");
        if self.filled {
            body.push_str("&filler=");
            body.push_str(&".".repeat(body.len().next_multiple_of(CLASS) - body.len()));
        }
        let answer = self.send("POST", &form.action, Some(body)).await;
        self.follow(answer).await
    }

    async fn follow(&mut self, mut answer: Answer) -> Answer {
        while answer.status.is_redirection() {
            let location = answer.headers["location"].to_str().unwrap().to_owned();
            answer = self.send("GET", &location, None).await;
        }
        answer
    }

    async fn send(&mut self, method: &str, path: &str, body: Option<String>) -> Answer {
        let mut head = format!(
            "{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\nUser-Agent: Mozilla/5.0 (X11; Linux \
             x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/140.0.0.0 Safari/537.36\r\nAccept: text/html\r\n\
             Accept-Encoding: gzip, deflate, br\r\nAccept-Language: en-US,en;q=0.9\r\nSec-Fetch-Site: same-origin\r\n\
             Sec-Fetch-Mode: navigate\r\nSec-Fetch-Dest: document\r\n"
        );
        if !self.cookies.is_empty() {
            let cookies: Vec<_> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            let _ = write!(head, "Cookie: {}\r\n", cookies.join("; "));
        }
        if let Some(body) = &body {
            let length = body.len();
            head.push_str("Origin: https://localhost\r\nContent-Type: application/x-www-form-urlencoded\r\n");
            let _ = write!(head, "Content-Length: {length}\r\n");
        }
        let request = format!("{head}\r\n{}", body.unwrap_or_default());
        let (sizes, answer) = self.wire.ask(request.as_bytes()).await;
        self.shape.push(sizes);
        self.read(path, &String::from_utf8_lossy(&answer))
    }

    fn read(&mut self, path: &str, answer: &str) -> Answer {
        let (head, body) = answer.split_once("\r\n\r\n").unwrap_or((answer, ""));
        let mut lines = head.lines();
        let status = lines.next().and_then(|line| line.split(' ').nth(1)).unwrap().parse::<u16>().unwrap();
        let mut headers = HeaderMap::new();
        for (name, value) in lines.filter_map(|line| line.split_once(": ")) {
            if name == "set-cookie" {
                let (pair, attributes) = value.split_once(';').unwrap();
                let (name, value) = pair.split_once('=').unwrap();
                if attributes.contains("Max-Age") {
                    self.cookies.remove(name);
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned());
                }
            } else if name == "location" {
                headers.insert("location", value.parse().unwrap());
            }
        }
        Answer {
            status: StatusCode::from_u16(status).unwrap(),
            headers,
            body: body.to_owned(),
            path: path.to_owned(),
        }
    }

    /// Writes a concern with a text of so many characters. Sends it, and returns the ten words.
    pub async fn writes(&mut self, characters: usize) -> String {
        let mut page = self.get("/write").await.ok();
        for (name, value, next) in [
            ("our_branch", "RIV-PAT", "our_unit"),
            ("our_unit", "RIV-EAST", "other_branch"),
            ("other_pick", "unit:HAR-EAST", "write"),
        ] {
            let mut form = page.form("/write");
            form.set(name, value).set("to", next);
            page = self.submit(&form).await.ok();
        }
        let mut form = page.form("/write/review");
        for (name, value) in ANSWERS {
            form.set(name, value);
        }
        form.set("what_happens", &"The boat is gone. ".repeat(characters / 18 + 1)[..characters]);
        let review = self.submit(&form).await.ok();
        let words = words_of(&review);
        let mut form = review.form("/write/send");
        form.set("known", "10").set("saved", "yes");
        self.submit(&form).await.ok().says("It is sent");
        words
    }

    /// Comes back with ten words. Returns how many bytes of the page are padding.
    pub async fn comes_back(&mut self, words: &str) -> usize {
        let mut form = self.get("/return").await.ok().form("/return");
        form.set("words", words);
        let page = self.submit(&form).await.ok();
        page.says("Where your concern stands");
        page.body.rsplit("<!--").next().unwrap().bytes().filter(|byte| *byte == b'.').count()
    }
}
