//! The same mail, to a mail server that others wrote: aiosmtpd, where Python has it.

use std::io::{BufRead, BufReader};
use std::path::Path;
use std::process::{Child, Command, Stdio};

use candor::config::DeliveryConfig;

use super::{BOXES, Post, one_resolution, pass_to_batch, with};
use crate::support::app::TestApp;
use crate::support::mail::{LOGIN, Speaks};
use crate::support::skip;

/// Prints its port, then a line for each mail: recipient, identifier, whether in TLS, whether signed in.
const SERVER: &str = r#"
import asyncio, email, ssl, sys
from aiosmtpd.smtp import SMTP, AuthResult
context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
context.load_cert_chain(sys.argv[1], sys.argv[2])
name, password = sys.argv[3].encode(), sys.argv[4].encode()
class Handler:
    async def handle_DATA(self, server, session, envelope):
        mail = email.message_from_bytes(envelope.content)
        print(envelope.rcpt_tos[0], mail["Message-ID"], session.ssl is not None, session.authenticated, flush=True)
        return "250 taken"
def authenticate(server, session, envelope, mechanism, data):
    return AuthResult(success=(data.login, data.password) == (name, password))
async def main():
    make = lambda: SMTP(Handler(), tls_context=context, require_starttls=True, authenticator=authenticate, auth_required=True)
    server = await asyncio.get_running_loop().create_server(make, "127.0.0.1", 0)
    print(server.sockets[0].getsockname()[1], flush=True)
    await asyncio.to_thread(sys.stdin.read)
asyncio.run(main())
"#;

fn python() -> String {
    #[expect(clippy::disallowed_methods, reason = "a setting of the tests, not of the program")]
    std::env::var("CANDOR_TEST_PYTHON").unwrap_or_else(|_| "python3".to_owned())
}

/// The server; it ends when its input does.
fn start(folder: &Path) -> Option<(Child, BufReader<std::process::ChildStdout>)> {
    let has = Command::new(python()).args(["-c", "import aiosmtpd"]).stderr(Stdio::null()).status();
    if !has.is_ok_and(|status| status.success()) {
        skip("aiosmtpd", "python3 has no aiosmtpd");
        return None;
    }
    let mut child = Command::new(python())
        .args(["-c", SERVER])
        .arg(folder.join("certificate.pem"))
        .arg(folder.join("key.pem"))
        .args([LOGIN.0, LOGIN.1])
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .spawn()
        .unwrap();
    let lines = BufReader::new(child.stdout.take().unwrap());
    Some((child, lines))
}

fn line(lines: &mut impl BufRead) -> String {
    let mut line = String::new();
    lines.read_line(&mut line).unwrap();
    line.trim_end().to_owned()
}

async fn aiosmtpd_takes_the_mail(app: TestApp) {
    let post = Post::speaking(Speaks::StartTls).await;
    let Some((mut child, mut lines)) = start(post.certified.folder()) else { return };
    let mut mail = post.config.mail.clone().unwrap();
    mail.port = line(&mut lines).parse().unwrap();
    let config = DeliveryConfig { mail: Some(mail), ..post.config.clone() };
    let app = with(&app, candor::delivery::Outlets::open(&config, super::PATIENCE).unwrap());
    one_resolution(&app).await;
    assert_eq!(pass_to_batch(&app).await.sent, 3);
    let mut told: Vec<_> = (0..3).map(|_| line(&mut lines)).collect();
    told.sort_unstable();
    let mut boxes: Vec<_> = BOXES.iter().map(|(_, to)| *to).collect();
    boxes.sort_unstable();
    for (told, to) in told.iter().zip(boxes) {
        let words: Vec<_> = told.split(' ').collect();
        assert_eq!((words[0], words[2], words[3]), (to, "True", "True"), "{told}");
        assert!(words[1].starts_with('<') && words[1].ends_with("@example.gov>"), "{told}");
    }
    drop(child.stdin.take());
    child.wait().unwrap();
}

on_both!(aiosmtpd_takes_the_mail);
