//! What an operator or an administrator writes: it is refused with a sentence that says where, or can be used as it
//! is, and is written back in the same meaning.

use std::path::{Component, Path, PathBuf};
use std::sync::LazyLock;
use std::time::Duration;

use candor::config::{Config, Database, SETTINGS};
use candor::crypto::approval::Roots;
use candor::crypto::secret::{BackupKey, ServiceKey};
use candor::delivery::{HeadsOutside, Outlets, Patience};
use candor::domain::id::{DeploymentId, PostId};
use candor::domain::organisation::Organisation;
use candor::domain::roster;
use candor::service::accounts::read_founders;
use candor::web::layers::headers;
use candor::web::settings::WebSettings;

/// What the first byte stands for, which says how the rest is read.
const KINDS: [fn(&[u8]); 7] = [settings, variables, organisation, people, keys, founders, secrets];

/// Reads a file as what its first byte says.
pub fn look(bytes: &[u8]) {
    let Some((kind, rest)) = bytes.split_first() else { return };
    KINDS[usize::from(*kind) % KINDS.len()](rest);
}

fn told(bytes: &[u8]) -> Option<&str> {
    std::str::from_utf8(bytes).ok()
}

fn settings(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    match Config::read(Some(text), Path::new("candor.toml"), []) {
        Ok(config) => {
            every_value_is_heard(text);
            usable(&config);
        }
        Err(error) => explained(&error.to_string()),
    }
}

/// Lines as the variables of an environment.
fn variables(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    let set = text
        .lines()
        .filter_map(|line| line.split_once('='))
        .map(|(name, value)| (name.to_owned(), value.to_owned()));
    match Config::read(None, Path::new("candor.toml"), set) {
        Ok(config) => usable(&config),
        Err(error) => explained(&error.to_string()),
    }
}

/// A refusal names a setting or a line, and ends as a sentence does.
fn explained(error: &str) {
    assert!(error.ends_with('.'), "{error}");
    let named = SETTINGS.iter().any(|(name, ..)| error.to_lowercase().contains(name));
    assert!(named || error.contains("line "), "it does not say where: {error}");
}

/// Nothing that stands in a file of settings is passed over: what no setting takes is refused.
fn every_value_is_heard(text: &str) {
    let table: toml::Table = text.parse().expect("it was read");
    for (name, value) in table {
        let heard = match &value {
            toml::Value::Array(items) => items.iter().all(toml::Value::is_str),
            toml::Value::Table(entries) => entries.iter().all(|(_, value)| value.is_str()),
            value => value.is_str() || value.is_integer() || value.is_bool(),
        };
        assert!(heard, "{name} has a part that nobody reads: {value}");
        if ["behind_tls", "webhook_private_addresses"].contains(&name.as_str()) {
            let word = value.as_str().map_or_else(|| value.to_string(), str::to_owned);
            assert!(
                ["true", "false", ""].contains(&word.as_str()) || value.is_array() || value.is_table(),
                "{name} = {word}"
            );
        }
    }
}

/// A path as it leads, whatever it is written like.
fn plain(path: &Path) -> PathBuf {
    let mut plain = PathBuf::from("/here");
    for part in path.components() {
        match part {
            Component::ParentDir => {
                plain.pop();
            }
            Component::CurDir => {}
            other => plain.push(other),
        }
    }
    plain
}

/// What was taken can be used.
fn usable(config: &Config) {
    let data = plain(&config.data_dir);
    let apart = |what: &str, path: &Path| {
        assert!(
            !plain(path).starts_with(&data),
            "{what} {} lies in {}",
            path.display(),
            config.data_dir.display()
        );
    };
    apart("the key", &config.service_key_file);
    config.service_key_previous_file.iter().for_each(|file| apart("the previous key", file));
    config.heads.file.iter().for_each(|file| apart("the file of heads", file));
    config.backups.iter().for_each(|backups| apart("the folder of backups", &backups.folder));
    assert!(config.metrics_listen.is_none_or(|address| address.ip().is_loopback()));
    assert!(config.drain <= Duration::from_mins(5) && (1..=10_000).contains(&config.cases_per_batch));
    if let Database::Sqlite(file) = &config.database {
        assert!(file.starts_with(&config.data_dir));
    }
    let settings = WebSettings {
        neutral_site: config.neutral_site.clone(),
        onion_location: config.onion_location.clone(),
        behind_tls: config.behind_tls,
        trusted_proxies: config.trusted_proxies.clone(),
        ..WebSettings::default()
    };
    let sent = headers::of_settings(&settings);
    assert_eq!(
        sent.contains_key("onion-location"),
        config.onion_location.is_some(),
        "an onion address that cannot be sent"
    );
    assert_eq!(sent.contains_key("strict-transport-security"), config.behind_tls);
    assert!(
        axum::http::HeaderValue::from_str(&config.neutral_site).is_ok(),
        "nobody can be sent to {}",
        config.neutral_site
    );
    if let Some(address) = &config.public_address {
        assert!(
            candor::crypto::passkey::RelyingParty::at(address).is_some(),
            "no passkey can be bound to {address}"
        );
    }
    for post in config.delivery.mail.iter().flat_map(|mail| mail.to.keys()) {
        assert!(post.starts_with("headquarters:") && post.parse::<PostId>().is_ok(), "{post:?}");
    }
    for (post, uri) in config.delivery.webhook.iter().flat_map(|webhook| &webhook.to) {
        assert!(
            post.starts_with("headquarters:") && uri.scheme_str() == Some("https") && uri.host().is_some()
        );
    }
}

fn organisation(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    match Organisation::parse(text) {
        Ok(organisation) => {
            let written = organisation.to_toml();
            let again = Organisation::parse(&written);
            assert!(again.as_ref() == Ok(&organisation), "written back it is another: {again:?}\n{written}");
            assert!(Organisation::difference(&organisation, &organisation).is_empty());
            let posts = organisation.posts();
            assert!(posts.iter().all(|post| post.to_string().parse::<PostId>().ok().as_ref() == Some(post)));
        }
        Err(faults) => {
            assert!((1..=201).contains(&faults.len()), "{} faults", faults.len());
            let lines = text.lines().count() + 1;
            for fault in faults {
                assert!(fault.line <= lines && !fault.message.is_empty(), "{fault}");
            }
        }
    }
}

/// The organisation of a roster.
static PLACE: LazyLock<Organisation> = LazyLock::new(|| {
    Organisation::parse(include_str!("../support/organisation.toml")).expect("the organisation of the tests")
});

fn people(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    match roster::parse(text, &PLACE, |_| ()) {
        Ok(read) => {
            assert!((1..=roster::LINES_MOST).contains(&read.rows.len()) && !read.units.is_empty());
            let quoted = |text: &str| format!("\"{}\"", text.replace('"', "\"\""));
            let lines: Vec<String> = read
                .rows
                .iter()
                .map(|row| format!("{},{},{}", read.units[row.unit], row.number, quoted(&row.name)))
                .collect();
            let again =
                roster::parse(&format!("unit,number,name\r\n{}\r\n", lines.join("\r\n")), &PLACE, |_| ());
            assert!(again.as_ref() == Ok(&read), "written back it is another: {again:?}");
        }
        Err(faults) => {
            assert!(faults.count >= faults.shown.len() && !faults.shown.is_empty());
            assert!(faults.shown.len() <= roster::FAULTS_SHOWN);
            let lines = text.lines().count();
            assert!(faults.shown.iter().all(|fault| fault.line <= lines && !fault.says.is_empty()));
        }
    }
}

fn keys(bytes: &[u8]) {
    let Some(text) = told(bytes) else { return };
    if let Ok(key) = ServiceKey::from_hexadecimal(text) {
        assert!(key.to_hexadecimal().eq_ignore_ascii_case(text));
    }
    if let Ok(key) = BackupKey::from_hexadecimal(text) {
        assert!(key.to_hexadecimal().eq_ignore_ascii_case(text));
    }
}

/// A folder for files that are only read by their names.
static FOLDER: LazyLock<tempfile::TempDir> = LazyLock::new(|| tempfile::tempdir().expect("a folder"));

fn written(name: &str, bytes: &[u8]) -> PathBuf {
    let file = FOLDER.path().join(format!("{name}.{:?}", std::thread::current().id()));
    std::fs::write(&file, bytes).expect("there is room");
    file
}

/// The file of the founding leads.
fn founders(bytes: &[u8]) {
    let deployment = DeploymentId(uuid::Uuid::from_u128(1));
    let Ok(Roots(leads)) = read_founders(&written("founders", bytes), deployment) else { return };
    let text = told(bytes).expect("it was read");
    assert!(
        leads.values().all(|root| text.contains(&root.account.0.simple().to_string()) || text.contains('-'))
    );
}

/// The files of secrets for webhooks: lines for posts, or one secret.
fn secrets(bytes: &[u8]) {
    let file = written("secrets", bytes);
    let file = file.display();
    let setting = format!(
        "webhook_to = \"headquarters:A=https://a.example/\"\nwebhook_secrets_file = \"{file}\"\n\
         heads_webhook = \"https://b.example/\"\nheads_webhook_secret_file = \"{file}\"\n"
    );
    let config = Config::read(Some(&setting), Path::new("candor.toml"), []).expect("these are right");
    let patience = Patience::STANDARD;
    match Outlets::open(&config.delivery, patience) {
        Ok(outlets) => assert_eq!(outlets.channels(&PostId::Headquarters("A".into())).count(), 1),
        Err(error) => assert!(error.to_string().ends_with('.'), "{error}"),
    }
    if let Err(error) = HeadsOutside::open(&config.heads, patience) {
        assert!(error.to_string().ends_with('.'), "{error}");
    }
}
