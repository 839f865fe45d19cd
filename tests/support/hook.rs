//! A webhook's receiver on a real HTTPS socket, that can be made to fail.

use std::collections::{BTreeMap, VecDeque};
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncReadExt, AsyncWriteExt, BufReader};
use tokio::net::TcpListener;

use super::tls::Certified;

#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Answers {
    Status(u16),
    Redirects(String),
    /// Has the call and says nothing.
    Hangs,
    /// Has the call and closes.
    Closes,
    /// Headers without end.
    Endless,
    /// Says yes and then goes on talking.
    TalksOn,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Call {
    pub line: String,
    pub headers: BTreeMap<String, String>,
    pub body: String,
}

#[derive(Debug, Default)]
struct Shared {
    calls: Mutex<Vec<Call>>,
    answers: Mutex<VecDeque<Answers>>,
    connections: Mutex<usize>,
    /// Bytes of a body that were taken off our hands.
    talked: Mutex<usize>,
}

#[derive(Clone, Debug)]
pub struct Hook {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

impl Hook {
    pub async fn start(certified: &Certified) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let (acceptor, here) = (certified.acceptor(), shared.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                *here.connections.lock().unwrap() += 1;
                let (acceptor, here) = (acceptor.clone(), here.clone());
                tokio::spawn(async move {
                    if let Ok(stream) = acceptor.accept(stream).await {
                        drop(serve(BufReader::new(stream), &here).await);
                    }
                });
            }
        });
        Self { address, shared }
    }

    pub fn will(&self, answers: &[Answers]) {
        self.shared.answers.lock().unwrap().extend(answers.iter().cloned());
    }

    pub fn calls(&self) -> Vec<Call> {
        self.shared.calls.lock().unwrap().clone()
    }

    pub fn connections(&self) -> usize {
        *self.shared.connections.lock().unwrap()
    }

    pub fn talked(&self) -> usize {
        *self.shared.talked.lock().unwrap()
    }
}

async fn serve(
    mut stream: BufReader<tokio_rustls::server::TlsStream<tokio::net::TcpStream>>,
    shared: &Shared,
) -> std::io::Result<()> {
    let mut line = String::new();
    stream.read_line(&mut line).await?;
    let mut headers = BTreeMap::new();
    loop {
        let mut header = String::new();
        stream.read_line(&mut header).await?;
        let Some((name, value)) = header.trim_end().split_once(": ") else { break };
        headers.insert(name.to_ascii_lowercase(), value.to_owned());
    }
    let length = headers.get("content-length").and_then(|length| length.parse().ok()).unwrap_or(0);
    let mut body = vec![0; length];
    stream.read_exact(&mut body).await?;
    let body = String::from_utf8(body).unwrap();
    shared.calls.lock().unwrap().push(Call { line: line.trim_end().to_owned(), headers, body });
    let answer = shared.answers.lock().unwrap().pop_front().unwrap_or(Answers::Status(204));
    match answer {
        Answers::Status(status) => {
            stream.write_all(format!("HTTP/1.1 {status} So\r\ncontent-length: 0\r\n\r\n").as_bytes()).await?;
        }
        Answers::Redirects(to) => {
            let answer = format!("HTTP/1.1 307 There\r\nlocation: {to}\r\ncontent-length: 0\r\n\r\n");
            stream.write_all(answer.as_bytes()).await?;
        }
        Answers::Hangs => tokio::time::sleep(Duration::from_hours(1)).await,
        Answers::Closes => return Ok(()),
        Answers::Endless => {
            stream.write_all(b"HTTP/1.1 200 So\r\n").await?;
            for number in 0..100_000 {
                stream.write_all(format!("x-{number}: {}\r\n", "y".repeat(100)).as_bytes()).await?;
            }
        }
        Answers::TalksOn => {
            stream.write_all(b"HTTP/1.1 200 So\r\ncontent-length: 1000000000\r\n\r\n").await?;
            loop {
                stream.write_all(&[b'z'; 8_192]).await?;
                stream.flush().await?;
                *shared.talked.lock().unwrap() += 8_192;
            }
        }
    }
    stream.flush().await?;
    stream.shutdown().await
}
