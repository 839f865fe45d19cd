//! A mail server that speaks the real protocol over a real socket, and can be made to fail at any point of it.

use std::collections::VecDeque;
use std::net::SocketAddr;
use std::sync::{Arc, Mutex};
use std::time::Duration;

use tokio::io::{AsyncBufReadExt, AsyncRead, AsyncReadExt, AsyncWrite, AsyncWriteExt, BufReader};
use tokio::net::{TcpListener, TcpStream};
use tokio::sync::Notify;
use tokio_rustls::TlsAcceptor;

use super::tls::Certified;

/// What goes wrong in one conversation.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Fault {
    None,
    /// Closes before it says anything.
    Closes,
    /// Says nothing at all.
    Hangs,
    Greets421,
    Sender451,
    Recipient550,
    /// Closes where it should let the mail come.
    ClosesAtData,
    Data451,
    /// Reads a part of the mail and closes.
    ClosesInData,
    /// Has all of the mail and does not want it, now or ever.
    Ends451,
    Ends554,
    /// Takes the mail and closes without saying so.
    TakesAndCloses,
    /// Takes the mail and says so only once it is let.
    TakesAndWaits,
}

/// How it wants to be spoken to.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Speaks {
    StartTls,
    Tls,
    Plain,
    /// Says that it can, and then lets somebody in between add an answer of their own.
    StartTlsWithMore,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Received {
    pub to: String,
    pub id: String,
    pub bytes: Vec<u8>,
    pub in_tls: bool,
}

#[derive(Debug, Default)]
struct Shared {
    mails: Mutex<Vec<Received>>,
    faults: Mutex<VecDeque<Fault>>,
    seen: Mutex<Vec<Fault>>,
    commands: Mutex<Vec<String>>,
    taken: Notify,
    let_answer: Notify,
}

/// A running server; it ends with the runtime.
#[derive(Clone, Debug)]
pub struct MailServer {
    pub address: SocketAddr,
    shared: Arc<Shared>,
}

/// The only name and password that get in.
pub const LOGIN: (&str, &str) = ("candor", "a mail password");

impl MailServer {
    pub async fn start(speaks: Speaks, certified: &Certified) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").await.unwrap();
        let address = listener.local_addr().unwrap();
        let shared = Arc::<Shared>::default();
        let (acceptor, here) = (certified.acceptor(), shared.clone());
        tokio::spawn(async move {
            while let Ok((stream, _)) = listener.accept().await {
                let fault = here.faults.lock().unwrap().pop_front().unwrap_or(Fault::None);
                here.seen.lock().unwrap().push(fault);
                let talk = Talk { shared: here.clone(), fault, speaks: speaks.clone() };
                let acceptor = acceptor.clone();
                tokio::spawn(async move { drop(talk.serve(stream, acceptor).await) });
            }
        });
        Self { address, shared }
    }

    /// The next conversations go wrong so; those after them do not.
    pub fn will(&self, faults: &[Fault]) {
        self.shared.faults.lock().unwrap().extend(faults);
    }

    /// How many conversations went wrong so.
    pub fn times(&self, fault: Fault) -> usize {
        self.shared.seen.lock().unwrap().iter().filter(|seen| **seen == fault).count()
    }

    pub fn conversations(&self) -> usize {
        self.shared.seen.lock().unwrap().len()
    }

    pub fn mails(&self) -> Vec<Received> {
        self.shared.mails.lock().unwrap().clone()
    }

    /// Every command that anybody sent, in capitals.
    pub fn commands(&self) -> Vec<String> {
        self.shared.commands.lock().unwrap().clone()
    }

    /// Returns once a server that waits has taken a mail.
    pub async fn until_taken(&self) {
        tokio::time::timeout(Duration::from_secs(20), self.shared.taken.notified())
            .await
            .expect("no mail came");
    }

    /// Lets a server that waits say that it has taken the mail.
    pub fn lets_answer(&self) {
        self.shared.let_answer.notify_one();
    }
}

struct Talk {
    shared: Arc<Shared>,
    fault: Fault,
    speaks: Speaks,
}

impl Talk {
    async fn serve(self, stream: TcpStream, acceptor: TlsAcceptor) -> std::io::Result<()> {
        match self.fault {
            Fault::Closes => return Ok(()),
            Fault::Hangs => {
                tokio::time::sleep(Duration::from_hours(1)).await;
                return Ok(());
            }
            _ => {}
        }
        if self.speaks == Speaks::Tls {
            let stream = acceptor.accept(stream).await?;
            self.greet(BufReader::new(stream), true).await.map(drop)
        } else if let Some(stream) = self.greet(BufReader::new(stream), false).await? {
            let mut stream = stream.into_inner();
            let more = if self.speaks == Speaks::StartTlsWithMore { "250 added in between\r\n" } else { "" };
            stream.write_all(format!("220 go ahead\r\n{more}").as_bytes()).await?;
            let stream = acceptor.accept(stream).await?;
            self.converse(BufReader::new(stream), true).await.map(drop)
        } else {
            Ok(())
        }
    }

    async fn greet<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        in_tls: bool,
    ) -> std::io::Result<Option<BufReader<S>>> {
        if self.fault == Fault::Greets421 {
            stream.write_all(b"421 too busy\r\n").await?;
            return Ok(None);
        }
        stream.write_all(b"220 mail.test ready\r\n").await?;
        self.converse(stream, in_tls).await
    }

    /// Ends with the stream if TLS is to begin on it.
    async fn converse<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        mut stream: BufReader<S>,
        in_tls: bool,
    ) -> std::io::Result<Option<BufReader<S>>> {
        let may_start_tls = !in_tls && matches!(self.speaks, Speaks::StartTls | Speaks::StartTlsWithMore);
        let (mut signed_in, mut to) = (false, String::new());
        loop {
            let mut line = String::new();
            if stream.read_line(&mut line).await? == 0 {
                return Ok(None);
            }
            let line = line.trim_end();
            self.shared.commands.lock().unwrap().push(line.to_ascii_uppercase());
            let verb = line.split([' ', ':']).next().unwrap_or_default().to_ascii_uppercase();
            let answer = match verb.as_str() {
                "EHLO" if may_start_tls => "250-mail.test\r\n250 STARTTLS",
                "EHLO" => "250-mail.test\r\n250-8BITMIME\r\n250 AUTH PLAIN",
                "STARTTLS" if may_start_tls => return Ok(Some(stream)),
                "AUTH" => {
                    use base64::Engine;
                    let right = base64::engine::general_purpose::STANDARD
                        .encode(format!("\0{}\0{}", LOGIN.0, LOGIN.1));
                    signed_in = line.ends_with(&right);
                    if signed_in { "235 welcome" } else { "535 no" }
                }
                "MAIL" if may_start_tls => "530 start TLS first",
                "MAIL" if self.fault == Fault::Sender451 => "451 later",
                "MAIL" => "250 sender",
                "RCPT" if self.fault == Fault::Recipient550 => "550 nobody here",
                "RCPT" => {
                    line.split(['<', '>']).nth(1).unwrap_or_default().clone_into(&mut to);
                    "250 recipient"
                }
                "DATA" => match self.fault {
                    Fault::ClosesAtData => return Ok(None),
                    Fault::Data451 => "451 later",
                    _ => match self.take(&mut stream, &to, in_tls).await? {
                        Some(answer) => answer,
                        None => return Ok(None),
                    },
                },
                "QUIT" => {
                    stream.write_all(b"221 bye\r\n").await?;
                    return Ok(None);
                }
                _ => "500 what",
            };
            let _ = signed_in;
            stream.write_all(format!("{answer}\r\n").as_bytes()).await?;
            stream.flush().await?;
        }
    }

    async fn take<S: AsyncRead + AsyncWrite + Unpin>(
        &self,
        stream: &mut BufReader<S>,
        to: &str,
        in_tls: bool,
    ) -> std::io::Result<Option<&'static str>> {
        stream.write_all(b"354 go ahead\r\n").await?;
        stream.flush().await?;
        if self.fault == Fault::ClosesInData {
            stream.read_exact(&mut [0; 20]).await?;
            return Ok(None);
        }
        let mut bytes = Vec::new();
        while !bytes.ends_with(b"\r\n.\r\n") {
            if stream.read_until(b'\n', &mut bytes).await? == 0 {
                return Ok(None);
            }
        }
        bytes.truncate(bytes.len() - 3);
        match self.fault {
            Fault::Ends451 => return Ok(Some("451 later")),
            Fault::Ends554 => return Ok(Some("554 never")),
            _ => {}
        }
        let text = String::from_utf8_lossy(&bytes);
        let id =
            text.lines().find_map(|line| line.strip_prefix("Message-ID: ")).unwrap_or_default().to_owned();
        let received = Received { to: to.to_owned(), id, bytes: bytes.clone(), in_tls };
        self.shared.mails.lock().unwrap().push(received);
        match self.fault {
            Fault::TakesAndCloses => Ok(None),
            Fault::TakesAndWaits => {
                self.shared.taken.notify_one();
                self.shared.let_answer.notified().await;
                Ok(Some("250 taken"))
            }
            _ => Ok(Some("250 taken")),
        }
    }
}
