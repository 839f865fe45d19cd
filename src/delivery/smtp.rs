//! Mail: the same few words to everybody, through one mail server.
//!
//! The conversation is led step by step rather than in one call, for only so is it known whether a
//! failure came before the mail was handed over, when nothing has been delivered, or after.

use std::collections::BTreeMap;
use std::fmt;
use std::net::SocketAddr;
use std::time::{Duration, UNIX_EPOCH};

use lettre::message::Mailbox;
use lettre::message::header::{ContentType, HeaderName, HeaderValue};
use lettre::transport::smtp::Error;
use lettre::transport::smtp::authentication::{Credentials, DEFAULT_MECHANISMS};
use lettre::transport::smtp::client::{
    AsyncSmtpConnection, Certificate, CertificateStore, TlsParameters, TlsVersion,
};
use lettre::transport::smtp::commands::{Data, Mail, Rcpt};
use lettre::transport::smtp::extension::ClientId;
use lettre::transport::smtp::response::Response;
use lettre::{Address, Message};
use tokio::net::lookup_host;
use tokio::time::timeout;
use tokio_rustls::rustls::pki_types::CertificateDer;
use zeroize::Zeroizing;

use super::{Failed, Patience, Reason, Unusable, secret_file};
use crate::clock::Timestamp;
use crate::config::{MailConfig, MailSecurity};
use crate::domain::id::DeliveryId;

const SUBJECT: &str = "Something waits for you";
const BODY: &str = include_str!("../../templates/mail/waiting.txt");

/// How long a farewell may take.
const FAREWELL: Duration = Duration::from_secs(2);

/// The mail server and who is written to.
pub struct Smtp {
    host: String,
    port: u16,
    security: MailSecurity,
    tls: TlsParameters,
    login: Option<(String, Zeroizing<String>)>,
    from: Address,
    to: BTreeMap<String, Address>,
    patience: Patience,
}

impl fmt::Debug for Smtp {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Smtp").field("host", &self.host).field("port", &self.port).finish_non_exhaustive()
    }
}

/// What came of a mail handed over.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Handed {
    /// The server has taken it.
    Taken,
    /// The server has said that it does not take it.
    Refused(Failed),
    /// No answer: it may have been taken.
    Unclear,
}

/// A conversation in which the server has agreed to sender and recipient.
pub struct Conversation {
    connection: AsyncSmtpConnection,
    patience: Patience,
}

impl fmt::Debug for Conversation {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Conversation")
    }
}

impl Smtp {
    pub(super) fn open(
        config: &MailConfig,
        own: &[CertificateDer<'static>],
        patience: Patience,
    ) -> Result<Self, Unusable> {
        let unusable =
            || Unusable(format!("{} is no name that TLS can check; correct mail_server.", config.host));
        let mut tls = TlsParameters::builder(config.host.clone())
            .certificate_store(CertificateStore::WebpkiRoots)
            .set_min_tls_version(TlsVersion::Tlsv12);
        for certificate in own {
            tls = tls
                .add_root_certificate(Certificate::from_der(certificate.to_vec()).map_err(|_| unusable())?);
        }
        let login = match &config.login {
            None => None,
            Some((user, file)) => {
                let password = secret_file("mail_password_file", file)?;
                let password = Zeroizing::new(password.trim_end_matches(['\r', '\n']).to_owned());
                if password.is_empty() {
                    let words =
                        format!("{} is empty; write the mail server's password into it.", file.display());
                    return Err(Unusable(words));
                }
                Some((user.clone(), password))
            }
        };
        Ok(Self {
            host: config.host.clone(),
            port: config.port,
            security: config.security,
            tls: tls.build().map_err(|_| unusable())?,
            login,
            from: config.from.clone(),
            to: config.to.clone(),
            patience,
        })
    }

    pub(super) fn has(&self, post: &str) -> bool {
        self.to.contains_key(post)
    }

    /// The mail to a post, if it has an address. The same identifier and time give the same bytes.
    pub(super) fn mail(&self, post: &str, id: DeliveryId, planned: Timestamp) -> Option<(Address, Vec<u8>)> {
        let to = self.to.get(post)?.clone();
        let seconds = Duration::from_secs(u64::try_from(planned.0).unwrap_or_default());
        let name = HeaderName::new_from_ascii_str("Auto-Submitted");
        let mail = Message::builder()
            .from(Mailbox::new(None, self.from.clone()))
            .to(Mailbox::new(None, to.clone()))
            .subject(SUBJECT)
            .message_id(Some(format!("<{id}@{}>", self.from.domain())))
            .date(UNIX_EPOCH + seconds)
            .raw_header(HeaderValue::new(name, "auto-generated".to_owned()))
            .header(ContentType::TEXT_PLAIN)
            .body(BODY.to_owned())
            .ok()?;
        Some((to, mail.formatted()))
    }

    /// Leads the conversation up to the point where only the mail itself is missing.
    pub(super) async fn begin(&self, to: &Address) -> Result<Conversation, Failed> {
        let mut connection = self.connect().await?;
        if let Some((user, password)) = &self.login {
            let credentials = Credentials::new(user.clone(), password.to_string());
            match timeout(self.patience.command, connection.auth(DEFAULT_MECHANISMS, &credentials)).await {
                Ok(Ok(answer)) if answer.has_code(235) => {}
                Ok(Err(error)) if error.is_transient() => return Err(Failed::for_now(Reason::Busy)),
                Ok(_) => return Err(Failed::for_now(Reason::Login)),
                Err(_) => return Err(Failed::for_now(Reason::Unreachable)),
            }
        }
        let mut conversation = Conversation { connection, patience: self.patience };
        conversation.command(Mail::new(Some(self.from.clone()), Vec::new()), &[250]).await?;
        conversation.command(Rcpt::new(to.clone(), Vec::new()), &[250, 251]).await?;
        Ok(conversation)
    }

    async fn connect(&self) -> Result<AsyncSmtpConnection, Failed> {
        let unreachable = Failed::for_now(Reason::Unreachable);
        let (limit, hello) = (self.patience.connect, ClientId::default());
        let look_up = lookup_host((self.host.as_str(), self.port));
        let addresses: Vec<SocketAddr> =
            timeout(limit, look_up).await.map_err(|_| unreachable)?.map_err(|_| unreachable)?.collect();
        // In clear only to this machine, whatever its name leads to.
        if self.security == MailSecurity::Loopback && addresses.iter().any(|one| !one.ip().is_loopback()) {
            return Err(Failed::for_now(Reason::Certificate));
        }
        let implicit = (self.security == MailSecurity::Tls).then(|| self.tls.clone());
        let connecting =
            AsyncSmtpConnection::connect_tokio1(&addresses[..], Some(limit), &hello, implicit, None);
        let mut connection =
            timeout(limit * 2, connecting).await.map_err(|_| unreachable)?.map_err(|error| of(&error))?;
        if self.security == MailSecurity::StartTls {
            if !connection.can_starttls() {
                return Err(Failed::for_now(Reason::Certificate));
            }
            timeout(limit, connection.starttls(self.tls.clone(), &hello))
                .await
                .map_err(|_| unreachable)?
                .map_err(|_| Failed::for_now(Reason::Certificate))?;
        }
        Ok(connection)
    }
}

impl Conversation {
    /// One command and its answer, which must be one of these: any other means that question and answer
    /// have come apart, and that nothing said from here on can be believed.
    async fn command(&mut self, command: impl fmt::Display, answers: &[u16]) -> Result<(), Failed> {
        match timeout(self.patience.command, self.connection.command(command)).await {
            Ok(Ok(answer)) if is_one_of(&answer, answers) => Ok(()),
            Ok(Ok(_)) | Err(_) => Err(Failed::for_now(Reason::Unreachable)),
            Ok(Err(error)) => Err(of(&error)),
        }
    }

    /// Hands the mail over.
    pub(super) async fn hand_over(&mut self, mail: &[u8]) -> Handed {
        if let Err(failed) = self.command(Data, &[354]).await {
            return Handed::Refused(failed);
        }
        match timeout(self.patience.taken, self.connection.message(mail)).await {
            Ok(Ok(answer)) if is_one_of(&answer, &[250]) => Handed::Taken,
            Ok(Err(error)) if error.is_transient() || error.is_permanent() => Handed::Refused(of(&error)),
            _ => Handed::Unclear,
        }
    }

    /// Takes leave; nothing depends on it.
    pub(super) async fn leave(mut self) {
        let _ = timeout(FAREWELL, self.connection.quit()).await;
    }
}

fn is_one_of(answer: &Response, answers: &[u16]) -> bool {
    answers.iter().any(|code| answer.has_code(*code))
}

fn of(error: &Error) -> Failed {
    if error.is_permanent() {
        Failed::for_good(Reason::Refused)
    } else if error.is_transient() {
        Failed::for_now(Reason::Busy)
    } else if error.is_tls() {
        Failed::for_now(Reason::Certificate)
    } else {
        Failed::for_now(Reason::Unreachable)
    }
}

#[cfg(test)]
mod tests {
    use super::{MailConfig, MailSecurity, Patience, Smtp};
    use crate::clock::Timestamp;
    use crate::domain::id::DeliveryId;
    use uuid::Uuid;

    fn smtp(password: &str) -> Smtp {
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("password");
        std::fs::write(&file, password).unwrap();
        let config = MailConfig {
            host: "mail.example.gov".to_owned(),
            port: 587,
            security: MailSecurity::StartTls,
            from: "candor@example.gov".parse().unwrap(),
            login: Some(("candor".to_owned(), file)),
            to: [
                ("headquarters:A".to_owned(), "a@example.gov".parse().unwrap()),
                ("headquarters:B".to_owned(), "b@example.gov".parse().unwrap()),
            ]
            .into(),
        };
        Smtp::open(&config, &[], Patience::STANDARD).unwrap()
    }

    fn mail(post: &str, id: u128) -> String {
        let id = DeliveryId(Uuid::from_u128(id));
        let (_, bytes) = smtp("secret").mail(post, id, Timestamp(1_800_000_000)).unwrap();
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn a_mail_repeats_byte_for_byte_and_differs_from_others_by_recipient_and_reference_alone() {
        let one = mail("headquarters:A", 1);
        assert_eq!(one, mail("headquarters:A", 1));
        let other = mail("headquarters:B", 2).replace("b@example.gov", "a@example.gov");
        assert_ne!(one, other);
        assert_eq!(one, other.replace("0000000000000002@", "0000000000000001@"));
        assert!(one.contains("Auto-Submitted: auto-generated\r\n"), "{one}");
        assert!(one.contains("Message-ID: <00000000000000000000000000000001@example.gov>\r\n"), "{one}");
        assert!(one.contains("Content-Transfer-Encoding: 7bit\r\n"), "{one}");
        assert!(one.is_ascii() && !one.contains("http"), "{one}");
        assert!(smtp("secret").mail("headquarters:C", DeliveryId(Uuid::nil()), Timestamp(0)).is_none());
    }

    #[test]
    fn the_password_shows_in_no_debug_output() {
        let smtp = smtp("a secret password\n");
        assert_eq!(smtp.login.as_ref().unwrap().1.as_str(), "a secret password");
        assert!(!format!("{smtp:?}").contains("secret"));
    }
}
