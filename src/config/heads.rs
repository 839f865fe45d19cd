//! Settings of the places outside where the journal's heads are kept.

use std::path::PathBuf;

use hyper::Uri;

use super::delivery::https;
use super::{ConfigError, Values, leads_into, wrong_at, yes_or_no};

/// Where the journal's heads are written each day; nowhere if neither is set.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct HeadsConfig {
    pub file: Option<PathBuf>,
    /// An address, and the file that holds its secret.
    pub webhook: Option<(Uri, PathBuf)>,
    /// Whether addresses of the inner network may be called.
    pub private_addresses: bool,
    /// Certificate authorities trusted besides the public ones, as PEM.
    pub authorities_file: Option<PathBuf>,
}

pub(super) fn read(values: &Values, data_dir: &std::path::Path) -> Result<HeadsConfig, ConfigError> {
    let text = |name: &str| values.get(name).map(|(value, _)| value.as_str()).filter(|text| !text.is_empty());
    for (set, needed) in
        [("heads_webhook", "heads_webhook_secret_file"), ("heads_webhook_secret_file", "heads_webhook")]
    {
        if text(set).is_some() && text(needed).is_none() {
            let place = values.get(set).map_or(set, |(_, place)| place.as_str());
            return Err(ConfigError::needs(place, needed));
        }
    }
    let file = text("heads_file").map(PathBuf::from);
    if file.as_ref().is_some_and(|file| leads_into(file, data_dir)) {
        return Err(wrong_at("heads_file", values));
    }
    let webhook = match text("heads_webhook").zip(text("heads_webhook_secret_file")) {
        None => None,
        Some((to, secret)) => {
            Some((https(to).ok_or_else(|| wrong_at("heads_webhook", values))?, PathBuf::from(secret)))
        }
    };
    Ok(HeadsConfig {
        file,
        webhook,
        private_addresses: yes_or_no(values, "webhook_private_addresses")?,
        authorities_file: text("authorities_file").map(PathBuf::from),
    })
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::HeadsConfig;
    use crate::config::Config;

    fn read(file: &str) -> Result<HeadsConfig, String> {
        Config::read(Some(file), Path::new("candor.toml"), [])
            .map(|config| config.heads)
            .map_err(|error| error.to_string())
    }

    #[test]
    fn heads_go_nowhere_unless_it_is_said_where() {
        assert_eq!(read(""), Ok(HeadsConfig::default()));
        let config = read(
            "heads_file = \"/srv/heads.jsonl\"\nheads_webhook = \"https://heads.example.gov/candor\"\n\
             heads_webhook_secret_file = \"s\"\nwebhook_private_addresses = true",
        )
        .unwrap();
        assert_eq!(config.file.unwrap(), Path::new("/srv/heads.jsonl"));
        assert_eq!(config.webhook.unwrap().0.host(), Some("heads.example.gov"));
        assert!(config.private_addresses);
    }

    #[test]
    fn a_place_that_is_no_place_outside_is_refused() {
        assert!(read("heads_file = \"candor-data/heads\"").unwrap_err().contains("outside the data folder"));
        assert!(read("heads_webhook = \"https://a.example/\"").unwrap_err().contains("as well"));
        assert!(read("heads_webhook_secret_file = \"s\"").unwrap_err().contains("as well"));
        let plain = "heads_webhook = \"http://a.example/\"\nheads_webhook_secret_file = \"s\"";
        assert!(read(plain).unwrap_err().contains("must be an https address"));
    }
}
