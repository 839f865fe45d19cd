//! Settings of mail and webhooks: who is told that something waits, and how.

use std::collections::BTreeMap;
use std::path::PathBuf;

use hyper::Uri;
use lettre::Address;

use super::{ConfigError, Values, wrong_at, yes_or_no};

/// Everything set about telling people outside; nothing if neither is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct DeliveryConfig {
    pub mail: Option<MailConfig>,
    pub webhook: Option<WebhookConfig>,
    /// Certificate authorities trusted besides the public ones, as PEM.
    pub authorities_file: Option<PathBuf>,
}

/// How the mail server is reached.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum MailSecurity {
    /// TLS after STARTTLS, or nothing at all.
    StartTls,
    /// TLS from the first byte.
    Tls,
    /// No TLS; this machine only.
    Loopback,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct MailConfig {
    pub host: String,
    pub port: u16,
    pub security: MailSecurity,
    pub from: Address,
    /// Name, and the file that holds the password.
    pub login: Option<(String, PathBuf)>,
    /// A mailbox for each headquarters post that has one.
    pub to: BTreeMap<String, Address>,
}

#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WebhookConfig {
    /// An address for each headquarters post that has one.
    pub to: BTreeMap<String, Uri>,
    /// One `POST = whsec_…` a line.
    pub secrets_file: PathBuf,
    /// Whether addresses of the inner network may be called.
    pub private_addresses: bool,
}

/// Which settings only make sense beside which.
const NEEDS: [(&str, &str); 9] = [
    ("mail_to", "mail_server"),
    ("mail_server", "mail_from"),
    ("mail_from", "mail_to"),
    ("mail_security", "mail_server"),
    ("mail_user", "mail_password_file"),
    ("mail_password_file", "mail_user"),
    ("mail_password_file", "mail_server"),
    ("webhook_to", "webhook_secrets_file"),
    ("webhook_secrets_file", "webhook_to"),
];

pub(super) fn read(values: &Values) -> Result<DeliveryConfig, ConfigError> {
    let text = |name: &str| values.get(name).map(|(value, _)| value.as_str()).filter(|text| !text.is_empty());
    let wrong = |name: &'static str| wrong_at(name, values);
    for (set, needed) in NEEDS {
        if text(set).is_some() && text(needed).is_none() {
            let place = values.get(set).map_or(set, |(_, place)| place.as_str());
            return Err(ConfigError::needs(place, needed));
        }
    }
    let mail = match text("mail_server") {
        None => None,
        Some(server) => {
            let (host, port) = server.rsplit_once(':').ok_or_else(|| wrong("mail_server"))?;
            let host = host.trim_start_matches('[').trim_end_matches(']');
            let port = port.parse().map_err(|_| wrong("mail_server"))?;
            if host.is_empty() || host.contains(['/', '@', ' ']) {
                return Err(wrong("mail_server"));
            }
            let security = match text("mail_security") {
                None | Some("starttls") => MailSecurity::StartTls,
                Some("tls") => MailSecurity::Tls,
                Some("none") if matches!(host, "127.0.0.1" | "::1" | "localhost") => MailSecurity::Loopback,
                Some(_) => return Err(wrong("mail_security")),
            };
            let login = text("mail_user").zip(text("mail_password_file"));
            Some(MailConfig {
                host: host.to_owned(),
                port,
                security,
                from: text("mail_from").and_then(address).ok_or_else(|| wrong("mail_from"))?,
                login: login.map(|(user, file)| (user.to_owned(), PathBuf::from(file))),
                to: by_post(text("mail_to"), address).ok_or_else(|| wrong("mail_to"))?,
            })
        }
    };
    let private_addresses = yes_or_no(values, "webhook_private_addresses")?;
    let webhook = match text("webhook_secrets_file") {
        None => None,
        Some(file) => Some(WebhookConfig {
            to: by_post(text("webhook_to"), https).ok_or_else(|| wrong("webhook_to"))?,
            secrets_file: PathBuf::from(file),
            private_addresses,
        }),
    };
    let authorities_file = text("authorities_file").map(PathBuf::from);
    Ok(DeliveryConfig { mail, webhook, authorities_file })
}

/// `headquarters:UNIT=VALUE`, with commas between; each post once.
fn by_post<T>(text: Option<&str>, read: impl Fn(&str) -> Option<T>) -> Option<BTreeMap<String, T>> {
    let mut all = BTreeMap::new();
    for entry in text.unwrap_or_default().split(',').map(str::trim).filter(|entry| !entry.is_empty()) {
        let (post, value) = entry.split_once('=')?;
        let post = post.trim();
        if post.strip_prefix("headquarters:").is_none_or(str::is_empty) {
            return None;
        }
        if all.insert(post.to_owned(), read(value.trim())?).is_some() {
            return None;
        }
    }
    Some(all)
}

/// Plain ASCII, so that every mail server can take it.
fn address(text: &str) -> Option<Address> {
    text.parse().ok().filter(|_| text.is_ascii())
}

pub(super) fn https(text: &str) -> Option<Uri> {
    let uri: Uri = text.parse().ok()?;
    let authority = uri.authority()?;
    let is_plain = uri.scheme_str() == Some("https")
        && !authority.host().is_empty()
        && !authority.as_str().contains('@')
        && !text.contains('#');
    is_plain.then_some(uri)
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::{DeliveryConfig, MailSecurity};
    use crate::config::Config;

    const MAIL: &str = "mail_server = \"mail.example.gov:587\"\nmail_from = \"candor@example.gov\"\n";

    fn read(file: &str) -> Result<DeliveryConfig, String> {
        Config::read(Some(file), Path::new("candor.toml"), [])
            .map(|config| config.delivery)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_tells_nobody_outside() {
        assert_eq!(read(""), Ok(DeliveryConfig::default()));
    }

    #[test]
    fn mail_and_webhooks_are_read_as_lists_or_as_tables() {
        let list =
            format!("{MAIL}mail_to = [\"headquarters:A=a@example.gov\", \"headquarters:B=b@example.gov\"]");
        let mail = read(&list).unwrap().mail.unwrap();
        assert_eq!(
            (mail.host.as_str(), mail.port, mail.security),
            ("mail.example.gov", 587, MailSecurity::StartTls)
        );
        assert_eq!(mail.to["headquarters:B"].to_string(), "b@example.gov");
        let table = format!(
            "{MAIL}[mail_to]\n\"headquarters:A\" = \"a@example.gov\"\n\"headquarters:B\" = \"b@example.gov\""
        );
        assert_eq!(read(&table).unwrap().mail.unwrap(), mail);
        let hook = "webhook_to = \"headquarters:A=https://hook.example.gov:8443/candor?a=b\"\nwebhook_secrets_file = \"s\"";
        let hook = read(hook).unwrap().webhook.unwrap();
        assert_eq!(hook.to["headquarters:A"].host(), Some("hook.example.gov"));
        assert!(!hook.private_addresses);
    }

    #[test]
    fn a_missing_setting_is_named() {
        let missing = read("mail_to = \"headquarters:A=a@example.gov\"").unwrap_err();
        assert_eq!(
            missing,
            "mail_to in candor.toml needs mail_server as well: write a mail server and port, for example \
             mail_server = \"mail.example.gov:587\" in the settings file, or set CANDOR_MAIL_SERVER."
        );
        for half in [
            MAIL,
            "mail_server = \"a:25\"",
            "mail_from = \"a@b.c\"",
            "mail_user = \"a\"",
            "mail_password_file = \"a\"",
            "webhook_to = \"headquarters:A=https://a.example/\"",
            "webhook_secrets_file = \"a\"",
        ] {
            assert!(read(half).unwrap_err().contains("as well"), "{half}");
        }
    }

    #[test]
    fn what_would_go_out_in_clear_or_to_nobody_is_refused() {
        let to = "mail_to = \"headquarters:A=a@example.gov\"\n";
        for wrong in [
            format!("{MAIL}{to}mail_security = \"none\""),
            format!("{MAIL}{to}mail_security = \"maybe\""),
            format!("{MAIL}mail_to = \"A=a@example.gov\""),
            format!("{MAIL}mail_to = \"headquarters:=a@example.gov\""),
            format!("{MAIL}mail_to = \"headquarters:A=not an address\""),
            format!("{MAIL}mail_to = \"headquarters:A=a@b.c,headquarters:A=d@e.f\""),
            format!("{MAIL}mail_to = \"commander:A=a@example.gov\""),
            format!("{to}mail_from = \"a@b.c\"\nmail_server = \"mail.example.gov\""),
            "webhook_secrets_file = \"s\"\nwebhook_to = \"headquarters:A=http://a.example/\"".to_owned(),
            "webhook_secrets_file = \"s\"\nwebhook_to = \"headquarters:A=https://me@a.example/\"".to_owned(),
            "webhook_secrets_file = \"s\"\nwebhook_to = \"headquarters:A=/path\"".to_owned(),
        ] {
            assert!(read(&wrong).unwrap_err().contains(" must be "), "{wrong}");
        }
        let here =
            format!("mail_server = \"127.0.0.1:25\"\nmail_from = \"a@b.c\"\n{to}mail_security = \"none\"");
        assert_eq!(read(&here).unwrap().mail.unwrap().security, MailSecurity::Loopback);
    }
}
