//! Backups: every table but those that tell when somebody acted, sealed to a key that is kept offline, for thirty days.
//! And what comes of the same form of tables: restoring, and moving from one kind of database to the other.
//!
//! What a backup is made of is read in one transaction, so it is one moment; what is restored is written in one
//! transaction, so it is all or nothing. Neither holds more in memory than a few hundred rows.

mod digest;
pub mod folder;
mod making;
mod moment;
mod moving;
mod newest;
pub mod records;
mod restore;
mod sealed;

pub use making::Made;
pub use moment::Moment;
pub use moving::{Moved, move_everything};
pub use newest::{Backups, Newest};
pub use restore::{Restoration, restore};
pub use sealed::Opened;

use crate::clock::{DAY, HOUR};
use crate::service::Problem;
use crate::store::StoreError;

/// How long a backup is kept (AN-24).
pub const KEPT: i64 = 30 * DAY;

/// The newest backup may be this old: two batches a day, and time to make it.
pub const NEWEST_MOST: i64 = 26 * HOUR;

/// Why a backup could not be made, read or restored, in words for whoever runs the program.
#[derive(Debug, thiserror::Error)]
pub enum BackupError {
    #[error("Not now: a backup is made within two hours after a batch. The next batch is on {0}.")]
    NotNow(String),
    #[error("Not now: the batch is still under way. See that the site runs, and try again in some minutes.")]
    UnderWay,
    #[error("{0} cannot be written; see that the folder is there, is this account's, and has room.")]
    Unwritable(String),
    #[error("The backup cannot be read, or was cut off while it was read.")]
    Unreadable,
    #[error("This is no backup, or it was cut off.")]
    NoBackup,
    #[error("The backup is sealed to another key than this one.")]
    OtherKey,
    #[error("The backup was changed since it was made, or its file is damaged. Nothing was restored.")]
    Damaged,
    #[error(
        "The backup was not made by this deployment: its mark is not that of the service key. Nothing was restored. If \
         the service key was exchanged since, name the earlier one as service_key_previous_file."
    )]
    NotOurs,
    #[error("A newer version of the program made this backup; restore it with that version.")]
    Newer,
    #[error("There is something in this database already; a backup is restored into an empty one.")]
    NotEmpty,
    #[error("Somebody else is connected to the database; stop the site on every machine first.")]
    NotAlone,
    #[error("What was written is not what was read: table {0} differs. Nothing was changed.")]
    Differs(String),
    #[error("{0}")]
    Problem(#[from] Problem),
}

impl From<StoreError> for BackupError {
    fn from(error: StoreError) -> Self {
        match error {
            StoreError::Newer => Self::Newer,
            error => Self::Problem(error.into()),
        }
    }
}
