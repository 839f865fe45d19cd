//! Settings: one TOML file and `CANDOR_…` variables, read once. A variable wins over the file.
//!
//! A wrong value stops the start with one sentence that says what to write where.

use std::collections::BTreeMap;
use std::io::Write;
use std::net::{IpAddr, SocketAddr};
use std::path::{Path, PathBuf};
use std::time::Duration;

mod backups;
mod delivery;
mod heads;

pub use backups::BackupConfig;
pub use delivery::{DeliveryConfig, MailConfig, MailSecurity, WebhookConfig};
pub use heads::HeadsConfig;

/// Where everything rests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Database {
    /// A file in the data folder.
    Sqlite(PathBuf),
    /// A PostgreSQL connection address.
    Postgres(String),
}

/// Everything that can be set.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Config {
    pub listen: SocketAddr,
    /// Where metrics are served, on this machine alone; nowhere unless it is set.
    pub metrics_listen: Option<SocketAddr>,
    /// For how long a machine that is being stopped still takes visitors, while a balancer takes it out.
    pub drain: Duration,
    pub data_dir: PathBuf,
    pub database: Database,
    /// Outside the data folder, so that a copy of one is not a copy of both.
    pub service_key_file: PathBuf,
    /// Another service key that still opens what rests, while one is exchanged for the other.
    pub service_key_previous_file: Option<PathBuf>,
    /// Where systemd lays credentials; a key that is there is taken before any file.
    pub credentials: Option<PathBuf>,
    pub founders_file: PathBuf,
    /// Where people reach this; passkeys are bound to it, and not offered without it.
    pub public_address: Option<String>,
    /// Where "Leave this site" goes.
    pub neutral_site: String,
    /// The site's address as an onion service, told to browsers that can use it.
    pub onion_location: Option<String>,
    /// Whether people reach this through TLS.
    pub behind_tls: bool,
    /// Addresses of proxies whose word on a client's address is taken.
    pub trusted_proxies: Vec<IpAddr>,
    /// Most cases that one batch opens for one raising side.
    pub cases_per_batch: usize,
    /// Mail and webhooks.
    pub delivery: DeliveryConfig,
    /// Where the journal's heads are kept outside.
    pub heads: HeadsConfig,
    /// Where backups go, and for whom they are sealed.
    pub backups: Option<BackupConfig>,
}

/// What was set: name, text, and where it stands.
type Values = BTreeMap<&'static str, (String, String)>;

/// A setting that cannot be used; the sentence says what to write where.
#[derive(Debug, PartialEq, Eq, thiserror::Error)]
#[error("{0}")]
pub struct ConfigError(String);

impl ConfigError {
    /// One setting makes no sense without another.
    fn needs(place: &str, needed: &str) -> Self {
        let (_, takes, example) = known(needed).unwrap_or(("", "a value", ""));
        let variable = format!("{PREFIX}{}", needed.to_uppercase());
        Self(format!(
            "{place} needs {needed} as well: write {takes}, for example {needed} = \"{example}\" in the settings \
             file, or set {variable}."
        ))
    }
}

const PREFIX: &str = "CANDOR_";
/// Set by systemd for a unit that loads credentials.
const CREDENTIALS: &str = "CREDENTIALS_DIRECTORY";
/// Variables of the test suites, which are no settings.
const TESTS: &str = "CANDOR_TEST_";
/// Variables of `candor admin`, which are no settings either.
const ADMIN: &str = "CANDOR_ADMIN_";

/// Name, what it takes, and an example: the order of README's table.
pub const SETTINGS: &[(&str, &str, &str)] = &[
    ("listen", "an address and port", "127.0.0.1:8080"),
    ("metrics_listen", "an address of this machine alone and a port", "127.0.0.1:9180"),
    ("drain_seconds", "a number of seconds from 0 to 300", "5"),
    ("data_dir", "a folder", "candor-data"),
    ("database", "\"sqlite\" or a PostgreSQL address", "postgres://candor@localhost/candor"),
    ("service_key_file", "a file outside the data folder", "candor-keys/service.key"),
    (
        "public_address",
        "the https address that people type, a name and no path",
        "https://candor.example.gov",
    ),
    (
        "service_key_previous_file",
        "a file outside the data folder that holds another service key",
        "candor-keys/previous.key",
    ),
    ("neutral_site", "an https address", "https://www.weather.gov/"),
    ("onion_location", "an http address ending in .onion", "http://….onion/"),
    ("behind_tls", "true or false", "true"),
    ("trusted_proxies", "addresses with commas between", "127.0.0.1"),
    ("cases_per_batch", "a number from 1 to 10000", "50"),
    ("mail_server", "a mail server and port", "mail.example.gov:587"),
    ("mail_security", "starttls, tls, or none for a server on this machine", "starttls"),
    ("mail_from", "a mail address", "candor@example.gov"),
    ("mail_user", "the name to sign in with at the mail server", "candor"),
    ("mail_password_file", "a file that holds the password", "candor-keys/mail.password"),
    ("mail_to", "a mail address for each headquarters post", "headquarters:UNIT=office@example.gov"),
    (
        "webhook_to",
        "an https address for each headquarters post",
        "headquarters:UNIT=https://hook.example.gov/",
    ),
    ("webhook_secrets_file", "a file with a line POST = whsec_… for each", "candor-keys/webhook.secrets"),
    ("webhook_private_addresses", "true or false", "true"),
    ("heads_file", "a file outside the data folder", "/mnt/elsewhere/candor-heads.jsonl"),
    ("heads_webhook", "an https address", "https://heads.example.gov/candor"),
    ("heads_webhook_secret_file", "a file that holds whsec_…", "candor-keys/heads.secret"),
    ("backup_dir", "a folder outside the data folder, for backups alone", "/mnt/elsewhere/candor-backups"),
    (
        "backup_key_file",
        "a file with the public half of the backup key, as candor backup new-key writes it",
        "candor-keys/backup.public",
    ),
    ("authorities_file", "a file of certificates to trust as well", "/etc/ssl/own-authority.pem"),
];

impl Config {
    /// Reads the file, if one is named or `candor.toml` is there, and the environment.
    pub fn load(file: Option<&Path>) -> Result<Self, ConfigError> {
        let path = file.unwrap_or_else(|| Path::new("candor.toml"));
        let text = match std::fs::read_to_string(path) {
            Ok(text) => Some(text),
            Err(error) if error.kind() == std::io::ErrorKind::NotFound && file.is_none() => None,
            Err(_) => {
                return Err(ConfigError(format!(
                    "The settings file {} cannot be read; name one that can with --config.",
                    path.display()
                )));
            }
        };
        Self::read(text.as_deref(), path, std::env::vars())
    }

    /// Puts file and variables together.
    pub fn read(
        file: Option<&str>,
        path: &Path,
        variables: impl IntoIterator<Item = (String, String)>,
    ) -> Result<Self, ConfigError> {
        let mut values = Values::new();
        let mut credentials = None;
        if let Some(text) = file {
            let table: toml::Table = text.parse().map_err(|error: toml::de::Error| {
                let line = error.span().map_or(1, |span| line_of(text, span.start));
                ConfigError(format!(
                    "{}, line {line}: this is not TOML; write one setting a line, like listen = \"127.0.0.1:8080\".",
                    path.display()
                ))
            })?;
            for (name, value) in table {
                let (known, ..) = known(&name).ok_or_else(|| unknown(&name, &path.display().to_string()))?;
                let place = format!("{known} in {}", path.display());
                let text = match value {
                    toml::Value::String(text) => text,
                    toml::Value::Integer(number) => number.to_string(),
                    toml::Value::Boolean(yes) => yes.to_string(),
                    toml::Value::Array(items) => {
                        let texts: Option<Vec<&str>> = items.iter().map(toml::Value::as_str).collect();
                        texts.ok_or_else(|| wrong(known, &place))?.join(",")
                    }
                    toml::Value::Table(entries) => {
                        let pair = |(name, value): (&String, &toml::Value)| {
                            Some(format!("{name}={}", value.as_str()?))
                        };
                        let pairs: Option<Vec<String>> = entries.iter().map(pair).collect();
                        pairs.ok_or_else(|| wrong(known, &place))?.join(",")
                    }
                    _ => return Err(wrong(known, &place)),
                };
                values.insert(known, (text, place));
            }
        }
        for (name, value) in variables {
            if name.starts_with(TESTS) || name.starts_with(ADMIN) {
                continue;
            }
            if name == CREDENTIALS {
                credentials = Some(PathBuf::from(&value));
            }
            if let Some(rest) = name.strip_prefix(PREFIX) {
                let (known, ..) =
                    known(&rest.to_lowercase()).ok_or_else(|| unknown(&name, "the environment"))?;
                values.insert(known, (value, name));
            }
        }
        Ok(Self { credentials, ..Self::from_values(&values)? })
    }

    fn from_values(values: &Values) -> Result<Self, ConfigError> {
        let text = |name: &'static str| values.get(name).map(|(value, _)| value.as_str());
        let wrong = |name: &'static str| wrong_at(name, values);
        let data_dir = PathBuf::from(text("data_dir").unwrap_or("candor-data"));
        let service_key_file = PathBuf::from(text("service_key_file").unwrap_or("candor-keys/service.key"));
        if leads_into(&service_key_file, &data_dir) {
            return Err(wrong("service_key_file"));
        }
        let service_key_previous_file =
            text("service_key_previous_file").filter(|file| !file.is_empty()).map(PathBuf::from);
        if service_key_previous_file.as_ref().is_some_and(|file| leads_into(file, &data_dir)) {
            return Err(wrong("service_key_previous_file"));
        }
        let founders_file = service_key_file.with_file_name("founders.toml");
        let database = match text("database") {
            None | Some("sqlite") => Database::Sqlite(data_dir.join("candor.db")),
            Some(address) if address.starts_with("postgres://") || address.starts_with("postgresql://") => {
                Database::Postgres(address.to_owned())
            }
            Some(_) => return Err(wrong("database")),
        };
        let neutral_site = text("neutral_site").unwrap_or("https://www.weather.gov/").to_owned();
        if !neutral_site.starts_with("https://")
            || !neutral_site.bytes().all(|byte| byte.is_ascii_graphic())
            || url::Url::parse(&neutral_site).is_err()
        {
            return Err(wrong("neutral_site"));
        }
        let onion_location = text("onion_location").filter(|value| !value.is_empty()).map(str::to_owned);
        if onion_location.as_deref().is_some_and(|onion| !is_onion_address(onion)) {
            return Err(wrong("onion_location"));
        }
        let public_address = text("public_address").filter(|value| !value.is_empty()).map(str::to_owned);
        if public_address.as_deref().is_some_and(|address| !is_public_address(address)) {
            return Err(wrong("public_address"));
        }
        Ok(Self {
            listen: match text("listen") {
                None => SocketAddr::from(([127, 0, 0, 1], 8080)),
                Some(value) => value.parse().map_err(|_| wrong("listen"))?,
            },
            metrics_listen: match text("metrics_listen") {
                None | Some("") => None,
                Some(value) => Some(
                    value
                        .parse()
                        .ok()
                        .filter(|address: &SocketAddr| address.ip().is_loopback())
                        .ok_or_else(|| wrong("metrics_listen"))?,
                ),
            },
            drain: match text("drain_seconds") {
                None => Duration::from_secs(5),
                Some(value) => value
                    .parse()
                    .ok()
                    .filter(|seconds| *seconds <= 300)
                    .map(Duration::from_secs)
                    .ok_or_else(|| wrong("drain_seconds"))?,
            },
            behind_tls: yes_or_no(values, "behind_tls")?,
            trusted_proxies: text("trusted_proxies")
                .unwrap_or_default()
                .split(',')
                .map(str::trim)
                .filter(|part| !part.is_empty())
                .map(|part| part.parse().map_err(|_| wrong("trusted_proxies")))
                .collect::<Result<_, _>>()?,
            cases_per_batch: match text("cases_per_batch") {
                None => 50,
                Some(value) => value
                    .parse()
                    .ok()
                    .filter(|count| (1..=10_000).contains(count))
                    .ok_or_else(|| wrong("cases_per_batch"))?,
            },
            delivery: delivery::read(values)?,
            heads: heads::read(values, &data_dir)?,
            backups: backups::read(values, &data_dir)?,
            data_dir,
            database,
            service_key_file,
            service_key_previous_file,
            credentials: None,
            founders_file,
            public_address,
            neutral_site,
            onion_location,
        })
    }
}

/// Whether something is set to happen; not unless it is said.
fn yes_or_no(values: &Values, name: &'static str) -> Result<bool, ConfigError> {
    match values.get(name).map(|(value, _)| value.as_str()) {
        None | Some("" | "false") => Ok(false),
        Some("true") => Ok(true),
        Some(_) => Err(wrong_at(name, values)),
    }
}

/// Whether a path leads into a folder, however the two are written. Links are not followed.
fn leads_into(path: &Path, folder: &Path) -> bool {
    let plain = |path: &Path| {
        let here = if path.as_os_str().is_empty() { Path::new(".") } else { path };
        let mut plain = PathBuf::new();
        for part in std::path::absolute(here).unwrap_or_else(|_| here.to_owned()).components() {
            if part == std::path::Component::ParentDir {
                plain.pop();
            } else {
                plain.push(part);
            }
        }
        plain
    };
    plain(path).starts_with(plain(folder))
}

/// The address of an onion service, as a header can carry it.
fn is_onion_address(address: &str) -> bool {
    let name =
        address.strip_prefix("http://").and_then(|rest| rest.trim_end_matches('/').strip_suffix(".onion"));
    name.is_some_and(|name| {
        let fits = |byte: u8| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'-');
        !name.is_empty() && name.bytes().all(fits)
    })
}

/// An address that passkeys can be bound to: `https` and a name, or this machine for trying it out.
fn is_public_address(address: &str) -> bool {
    let Ok(url) = url::Url::parse(address) else { return false };
    let Some(url::Host::Domain(name)) = url.host() else { return false };
    let whole = url.origin().ascii_serialization();
    (url.scheme() == "https" || (url.scheme() == "http" && name == "localhost"))
        && address.strip_suffix('/').unwrap_or(address).eq_ignore_ascii_case(&whole)
}

fn known(name: &str) -> Option<(&'static str, &'static str, &'static str)> {
    SETTINGS.iter().copied().find(|(known, ..)| *known == name)
}

fn unknown(name: &str, place: &str) -> ConfigError {
    let names: Vec<_> = SETTINGS.iter().map(|(name, ..)| *name).collect();
    ConfigError(format!("{name} in {place} is no setting; the settings are {}.", names.join(", ")))
}

/// A wrong value, wherever it stands.
fn wrong_at(name: &'static str, values: &Values) -> ConfigError {
    wrong(name, values.get(name).map_or(name, |(_, place)| place.as_str()))
}

fn wrong(name: &'static str, place: &str) -> ConfigError {
    let (_, takes, example) = known(name).unwrap_or((name, "another value", ""));
    ConfigError(format!("{place} must be {takes}, for example {example}."))
}

fn line_of(text: &str, at: usize) -> usize {
    text.bytes().take(at).filter(|byte| *byte == b'\n').count() + 1
}

/// Writes a file that only its owner can read, whole or not at all.
pub fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
    if let Some(folder) = file.parent().filter(|folder| !folder.as_os_str().is_empty()) {
        std::fs::DirBuilder::new().recursive(true).mode(0o700).create(folder)?;
    }
    let beside = file.with_extension("new");
    match std::fs::remove_file(&beside) {
        Ok(()) => {}
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => {}
        Err(error) => return Err(error),
    }
    let mut open = std::fs::OpenOptions::new().write(true).create_new(true).mode(0o600).open(&beside)?;
    open.write_all(content)?;
    open.sync_all()?;
    std::fs::rename(&beside, file)
}

#[cfg(test)]
mod tests {
    use super::{Config, Database};
    use std::path::Path;

    fn read(file: &str, variables: &[(&str, &str)]) -> Result<Config, String> {
        let variables = variables.iter().map(|(name, value)| ((*name).to_owned(), (*value).to_owned()));
        Config::read(Some(file), Path::new("candor.toml"), variables).map_err(|error| error.to_string())
    }

    #[test]
    fn nothing_set_is_a_working_default() {
        let config = read("", &[]).unwrap();
        assert_eq!(config.listen.to_string(), "127.0.0.1:8080");
        assert_eq!(config.database, Database::Sqlite("candor-data/candor.db".into()));
        assert_eq!(config.founders_file, Path::new("candor-keys/founders.toml"));
    }

    #[test]
    fn a_variable_wins_over_the_file() {
        let config = read("listen = \"127.0.0.1:1\"", &[("CANDOR_LISTEN", "127.0.0.1:2")]).unwrap();
        assert_eq!(config.listen.port(), 2);
    }

    #[test]
    fn a_wrong_value_says_what_to_write_where() {
        assert_eq!(
            read("", &[("CANDOR_LISTEN", "here")]).unwrap_err(),
            "CANDOR_LISTEN must be an address and port, for example 127.0.0.1:8080."
        );
        assert_eq!(
            read("behind_tls = \"maybe\"", &[]).unwrap_err(),
            "behind_tls in candor.toml must be true or false, for example true."
        );
        assert!(read("listn = \"x\"", &[]).unwrap_err().starts_with("listn in candor.toml is no setting"));
        assert!(read("\n\nlisten 5", &[]).unwrap_err().starts_with("candor.toml, line 3"));
        assert!(read("", &[("CANDOR_LISTN", "x")]).unwrap_err().contains("is no setting"));
    }

    #[test]
    fn a_key_inside_the_data_folder_is_refused() {
        for setting in ["service_key_file", "service_key_previous_file"] {
            let error = read(&format!("{setting} = \"candor-data/key\""), &[]).unwrap_err();
            assert!(error.contains("outside the data folder"), "{error}");
        }
    }

    #[test]
    fn another_way_to_write_the_data_folder_is_the_data_folder() {
        let inside = ["./candor-data/key", "candor-keys/../candor-data/key", "../x/../candor-data/./key"];
        let whole = std::path::absolute("candor-data/key").unwrap();
        let here = whole.parent().and_then(Path::parent).and_then(Path::file_name).unwrap().to_str().unwrap();
        for file in inside
            .map(|file| file.replace("../x/..", &format!("../{here}")))
            .iter()
            .chain([&whole.display().to_string()])
        {
            for setting in ["service_key_file", "service_key_previous_file", "heads_file"] {
                let error = read(&format!("{setting} = {file:?}"), &[]).unwrap_err();
                assert!(error.contains("outside the data folder"), "{setting} {file}: {error}");
            }
            let backups = format!("backup_key_file = \"k\"\nbackup_dir = {file:?}");
            assert!(read(&backups, &[]).unwrap_err().contains("outside the data folder"));
        }
        assert!(read("service_key_file = \"candor-data/../candor-keys/key\"", &[]).is_ok(), "the control");
    }

    #[test]
    fn what_no_header_can_carry_is_no_address() {
        for fine in ["http://abcdefgh.onion", "http://www.abcdefgh.onion/"] {
            assert!(read("", &[("CANDOR_ONION_LOCATION", fine)]).is_ok(), "{fine}");
        }
        for wrong in [
            "http://.onion/",
            "http://ü.onion/",
            "http://a b.onion",
            "http://a/b.onion",
            "https://a.onion",
            "a.onion",
        ] {
            assert!(read("", &[("CANDOR_ONION_LOCATION", wrong)]).is_err(), "{wrong}");
        }
        for wrong in ["https://", "https://a b/", "https://wetter.example/für", "http://www.weather.gov/"] {
            assert!(read("", &[("CANDOR_NEUTRAL_SITE", wrong)]).is_err(), "{wrong}");
        }
    }

    #[test]
    fn a_part_that_no_setting_takes_is_not_passed_over() {
        for wrong in [
            "trusted_proxies = [\"127.0.0.1\", 5]",
            "mail_to = { \"headquarters:A\" = 5 }",
            "webhook_private_addresses = \"perhaps\"",
            "behind_tls = [true]",
            "listen = 2026-11-27",
        ] {
            assert!(read(wrong, &[]).unwrap_err().contains(" must be "), "{wrong}");
        }
        assert!(read("mail_security = \"perhaps\"", &[]).unwrap_err().contains("needs mail_server"));
    }

    #[test]
    fn a_public_address_is_one_that_passkeys_can_be_bound_to() {
        for fine in
            ["https://candor.example.gov", "https://Candor.example.gov:8443/", "http://localhost:8080"]
        {
            assert_eq!(read("", &[("CANDOR_PUBLIC_ADDRESS", fine)]).unwrap().public_address.unwrap(), fine);
        }
        for wrong in [
            "here",
            "http://candor.example",
            "https://192.0.2.1",
            "https://a.example/x",
            "https://a.example//",
            "http://127.0.0.1",
        ] {
            let error = read("", &[("CANDOR_PUBLIC_ADDRESS", wrong)]).unwrap_err();
            assert!(error.contains("must be the https address that people type"), "{error}");
        }
        assert_eq!(read("", &[]).unwrap().public_address, None);
    }

    #[test]
    fn metrics_are_served_to_this_machine_alone() {
        assert_eq!(read("", &[]).unwrap().metrics_listen, None);
        let set = |address| read("", &[("CANDOR_METRICS_LISTEN", address)]);
        assert_eq!(set("[::1]:9180").unwrap().metrics_listen.unwrap().port(), 9180);
        for wrong in ["0.0.0.0:9180", "192.0.2.1:9180", "9180"] {
            assert!(set(wrong).unwrap_err().contains("an address of this machine alone"), "{wrong}");
        }
        assert_eq!(read("drain_seconds = 30", &[]).unwrap().drain.as_secs(), 30);
        assert!(read("drain_seconds = 301", &[]).unwrap_err().contains("from 0 to 300"));
    }

    #[test]
    fn a_private_file_is_private() {
        use std::os::unix::fs::PermissionsExt;
        let folder = tempfile::tempdir().unwrap();
        let file = folder.path().join("keys/service.key");
        super::write_private(&file, b"secret").unwrap();
        super::write_private(&file, b"other").unwrap();
        assert_eq!(std::fs::read(&file).unwrap(), b"other");
        assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o600);
    }
}
