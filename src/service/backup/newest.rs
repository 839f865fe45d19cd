//! Watching over backups from the site that they are of. A backup is made by a process of its own, so whether there is
//! one is seen in the folder.

use std::path::{Path, PathBuf};
use std::time::Duration;

use tokio::sync::Mutex;
use tokio::task::JoinHandle;
use tokio::time::timeout;

use super::folder;
use crate::clock::Timestamp;

/// How long a look into the folder may take. It is best on another machine's disk, which may hang.
const PATIENCE: Duration = Duration::from_secs(2);

/// The backups that a machine watches over.
#[derive(Debug, Default)]
pub enum Backups {
    /// Nobody asked it to.
    #[default]
    NotWatched,
    /// The settings name no folder.
    NoFolder,
    In(Folder),
}

/// A folder, and the look into it that is under way. There is never a second one: each that hangs keeps a thread.
#[derive(Debug)]
pub struct Folder {
    path: PathBuf,
    looking: Mutex<Option<JoinHandle<Newest>>>,
}

/// The newest whole backup of a folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Newest {
    NoFolder,
    /// The folder is not there, may not be read, or does not answer.
    Unreadable,
    None,
    /// The batch after which it was made. When exactly that was nobody needs to know (AN-07, AN-15).
    Of(Timestamp),
}

impl Newest {
    /// The batch after which it was made, if there is one to be seen.
    #[must_use]
    pub const fn batch(self) -> Option<Timestamp> {
        match self {
            Self::Of(batch) => Some(batch),
            Self::NoFolder | Self::Unreadable | Self::None => None,
        }
    }

    fn in_folder(path: &Path) -> Self {
        let Ok(lying) = folder::all(path) else { return Self::Unreadable };
        let batches = lying.iter().filter_map(|one| one.header.as_ref()).map(|header| header.made);
        batches.max().map_or(Self::None, Self::Of)
    }
}

impl Backups {
    /// Those in the folder of the settings.
    #[must_use]
    pub fn kept_in(folder: Option<PathBuf>) -> Self {
        folder.map_or(Self::NoFolder, |path| Self::In(Folder { path, looking: Mutex::default() }))
    }

    /// The newest one; nothing if nobody asked to watch over them.
    pub async fn newest(&self) -> Option<Newest> {
        match self {
            Self::NotWatched => None,
            Self::NoFolder => Some(Newest::NoFolder),
            Self::In(folder) => Some(folder.newest().await),
        }
    }
}

impl Folder {
    async fn newest(&self) -> Newest {
        let mut looking = self.looking.lock().await;
        let look = looking.get_or_insert_with(|| {
            let path = self.path.clone();
            tokio::task::spawn_blocking(move || Newest::in_folder(&path))
        });
        match timeout(PATIENCE, look).await {
            Ok(seen) => {
                *looking = None;
                seen.unwrap_or(Newest::Unreadable)
            }
            // It goes on; whoever asks next waits for the same one.
            Err(_) => Newest::Unreadable,
        }
    }
}
