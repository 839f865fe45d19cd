//! Settings of backups.

use std::path::{Path, PathBuf};

use super::{ConfigError, Values, leads_into, wrong_at};

/// Where backups go, and for whom they are sealed.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BackupConfig {
    pub folder: PathBuf,
    /// A file with the public half of the backup key; the private half is kept offline.
    pub key_file: PathBuf,
}

pub(super) fn read(values: &Values, data_dir: &Path) -> Result<Option<BackupConfig>, ConfigError> {
    let text = |name: &str| values.get(name).map(|(value, _)| value.as_str()).filter(|text| !text.is_empty());
    let (folder, key_file) = match (text("backup_dir"), text("backup_key_file")) {
        (None, None) => return Ok(None),
        (Some(folder), Some(key_file)) => (PathBuf::from(folder), PathBuf::from(key_file)),
        (folder, _) => {
            let (set, needed) = if folder.is_some() {
                ("backup_dir", "backup_key_file")
            } else {
                ("backup_key_file", "backup_dir")
            };
            let place = values.get(set).map_or(set, |(_, place)| place.as_str());
            return Err(ConfigError::needs(place, needed));
        }
    };
    if leads_into(&folder, data_dir) {
        return Err(wrong_at("backup_dir", values));
    }
    Ok(Some(BackupConfig { folder, key_file }))
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use crate::config::Config;

    #[test]
    fn backups_need_a_folder_apart_and_a_key() {
        let read = |file: &str| {
            Config::read(Some(file), Path::new("candor.toml"), [])
                .map(|config| config.backups)
                .map_err(|error| error.to_string())
        };
        assert_eq!(read(""), Ok(None));
        let both = read("backup_dir = \"/srv/backups\"\nbackup_key_file = \"k\"").unwrap().unwrap();
        assert_eq!(
            (both.folder.as_path(), both.key_file.as_path()),
            (Path::new("/srv/backups"), Path::new("k"))
        );
        assert!(read("backup_dir = \"/srv/backups\"").unwrap_err().contains("needs backup_key_file as well"));
        assert!(read("backup_key_file = \"k\"").unwrap_err().contains("needs backup_dir as well"));
        let inside = read("backup_dir = \"candor-data/backups\"\nbackup_key_file = \"k\"");
        assert!(inside.unwrap_err().contains("outside the data folder"));
    }
}
