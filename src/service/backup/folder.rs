//! The folder of backups: what is in it, and what has to go.

use std::fs::{self, File};
use std::path::{Path, PathBuf};

use super::KEPT;
use super::sealed;
use crate::clock::{DAY, Timestamp};
use crate::crypto::backup::{self, Header};

/// How the name of a backup begins and ends.
pub const BEGINS: &str = "candor-";
pub const ENDS: &str = ".backup";

/// How the name of one ends that is still being written.
pub(super) const PART: &str = ".part";

/// A file with the name of a backup.
#[derive(Debug)]
pub struct Lying {
    pub path: PathBuf,
    /// What it says of itself; none if it is no whole backup.
    pub header: Option<Header>,
}

/// Every file in a folder with the name of a backup, oldest names first.
pub fn all(folder: &Path) -> std::io::Result<Vec<Lying>> {
    let mut found = Vec::new();
    for entry in fs::read_dir(folder)? {
        let path = entry?.path();
        let name = path.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        if name.starts_with(BEGINS) && name.ends_with(ENDS) {
            let header = header(&path);
            found.push(Lying { path, header });
        }
    }
    found.sort_by(|one, other| one.path.cmp(&other.path));
    Ok(found)
}

/// The header of a whole backup.
fn header(path: &Path) -> Option<Header> {
    let mut file = File::open(path).ok()?;
    backup::count(file.metadata().ok()?.len())?;
    sealed::header(&mut file).ok()
}

/// Removes backups whose time has come, and what was left of ones that were never ended. Returns how many backups.
pub(super) fn remove_expired(folder: &Path, now: Timestamp) -> std::io::Result<usize> {
    let mut removed = 0;
    for lying in all(folder)? {
        if lying.header.is_some_and(|header| header.expires <= now || header.made <= now.plus(-KEPT)) {
            fs::remove_file(&lying.path)?;
            removed += 1;
        }
    }
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        let name = entry.file_name();
        let name = name.to_str().unwrap_or_default();
        if name.starts_with(BEGINS) && name.ends_with(PART) && is_older(&entry, now.plus(-DAY)) {
            fs::remove_file(entry.path())?;
        }
    }
    Ok(removed)
}

/// Whether a file was last written before a time.
fn is_older(entry: &fs::DirEntry, than: Timestamp) -> bool {
    let written = entry.metadata().and_then(|metadata| metadata.modified());
    let seconds = written.ok().and_then(|at| at.duration_since(std::time::UNIX_EPOCH).ok());
    seconds.is_some_and(|seconds| i64::try_from(seconds.as_secs()).is_ok_and(|written| written < than.0))
}
