//! Where the service keys come from: files, or credentials of systemd.

use std::io::ErrorKind;
use std::path::{Path, PathBuf};

use zeroize::Zeroizing;

use super::{Stop, stop};
use crate::config::{self, Config};
use crate::crypto::secret::ServiceKey;
use crate::crypto::service::ServiceKeys;
use crate::rng::Randomness;

/// The names of the credentials.
const PRESENT: &str = "service-key";
const PREVIOUS: &str = "service-key-previous";

/// A credential, if systemd laid one there under this name.
fn credential(config: &Config, name: &str) -> Option<PathBuf> {
    config.credentials.as_ref().map(|folder| folder.join(name)).filter(|file| file.exists())
}

/// Where the service key is: the credential if there is one, else the file of the settings.
pub(super) fn place(config: &Config) -> PathBuf {
    credential(config, PRESENT).unwrap_or_else(|| config.service_key_file.clone())
}

/// Where another key is that still opens what rests, if one is named.
pub(super) fn previous_place(config: &Config) -> Option<PathBuf> {
    credential(config, PREVIOUS).or_else(|| config.service_key_previous_file.clone())
}

fn read_one(file: &Path) -> Result<Option<ServiceKey>, Stop> {
    match std::fs::read_to_string(file).map(Zeroizing::new) {
        Ok(text) => ServiceKey::from_hexadecimal(text.trim()).map(Some).map_err(|_| {
            stop(format!("{} is no service key: it must hold 64 hexadecimal digits.", file.display()))
        }),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(_) => Err(unreadable(file)),
    }
}

fn unreadable(file: &Path) -> Stop {
    stop(format!("The service key {} cannot be read; set service_key_file.", file.display()))
}

/// Puts the key together with the other one, if one is named.
fn with_previous(config: &Config, present: &ServiceKey) -> Result<ServiceKeys, Stop> {
    let Some(file) = previous_place(config) else { return Ok(ServiceKeys::new(present)) };
    let previous = read_one(&file)?.ok_or_else(|| {
        stop(format!(
            "The previous service key {} is not there; take service_key_previous_file out of the settings \
             once nothing rests under it.",
            file.display()
        ))
    })?;
    if previous == *present {
        return Err(stop(format!(
            "{} holds the service key itself; service_key_previous_file takes another one.",
            file.display()
        )));
    }
    Ok(ServiceKeys::with_previous(present, &previous))
}

/// Reads the service key, or makes it if neither it nor a deployment is there yet. Never makes a credential.
pub(super) fn read_or_make(config: &Config, may_make: bool) -> Result<ServiceKeys, Stop> {
    let file = place(config);
    let key = match read_one(&file)? {
        Some(key) => key,
        None if may_make => {
            let key = ServiceKey::random(&Randomness::system(), "service key");
            config::write_private(&file, key.to_hexadecimal().as_bytes()).map_err(|_| {
                stop(format!("The service key {} cannot be written; set service_key_file.", file.display()))
            })?;
            key
        }
        None => return Err(unreadable(&file)),
    };
    with_previous(config, &key)
}

/// Reads the service key; none if it is not there.
pub(super) fn read(config: &Config) -> Result<Option<ServiceKeys>, Stop> {
    read_one(&place(config))?.map(|key| with_previous(config, &key)).transpose()
}
