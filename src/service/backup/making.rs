//! Making a backup of a site that runs.

use std::fs::{self, File, OpenOptions};
use std::io::{BufWriter, Write};
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use super::digest::TableDigest;
use super::folder::{BEGINS, ENDS, PART, remove_expired};
use super::records::{Opening, Record, Table};
use super::sealed::Sealing;
use super::{BackupError, KEPT, Moment, moment};
use crate::clock::Timestamp;
use crate::crypto::public::ReaderPublicKey;
use crate::service::{Candor, hexadecimal};
use crate::store::portable::{self, Goes, TABLES};
use crate::store::{self, Tx};

/// A backup that was made, or was there already.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    pub file: PathBuf,
    pub bytes: u64,
    /// False if there was one of this batch already.
    pub anew: bool,
    /// Old ones that were removed.
    pub removed: usize,
}

impl Candor {
    /// Makes the backup of the batch that has just been, and removes those whose time has come, whether or not it could
    /// be made. Safe at any time, twice, and from several machines.
    ///
    /// # Errors
    /// [`BackupError::NotNow`] and [`BackupError::UnderWay`] when it is not straight after a batch.
    pub async fn back_up(&self, folder: &Path, key: &ReaderPublicKey) -> Result<Made, BackupError> {
        let unwritable = || BackupError::Unwritable(folder.display().to_string());
        fs::DirBuilder::new().recursive(true).mode(0o700).create(folder).map_err(|_| unwritable())?;
        let made = self.back_up_here(folder, key).await;
        let removed = remove_expired(folder, self.clock.now()).map_err(|_| unwritable());
        Ok(Made { removed: removed?, ..made? })
    }

    async fn back_up_here(&self, folder: &Path, key: &ReaderPublicKey) -> Result<Made, BackupError> {
        let directory = self.directory().await?;
        let calendar = &directory.calendar;
        let batch = match self.backup_moment().await? {
            Moment::After(batch) => batch,
            Moment::UnderWay => return Err(BackupError::UnderWay),
            Moment::NotNow(next) => {
                let next = next.map_or_else(|| "no day".to_owned(), |next| moment::words(calendar, next));
                return Err(BackupError::NotNow(next));
            }
        };
        let name = format!("{BEGINS}{}", moment::name(calendar, batch));
        let file = folder.join(format!("{name}{ENDS}"));
        if let Ok(metadata) = fs::metadata(&file) {
            return Ok(Made { file, bytes: metadata.len(), anew: false, removed: 0 });
        }
        let drawn: [u8; 8] = self.randomness.bytes("backup file");
        let part = folder.join(format!("{name}-{}{PART}", hexadecimal(&drawn)));
        // Begun anew: this one lasts, and whatever it has read, a batch cannot clear up behind until it ends.
        let mut tx = self.db.read().await?;
        let written = self.write_backup(&mut tx, &part, key, batch).await;
        drop(tx);
        if written.is_err() {
            let _ = fs::remove_file(&part);
        }
        let bytes = written?;
        fs::rename(&part, &file)
            .and_then(|()| File::open(folder)?.sync_all())
            .map_err(|_| BackupError::Unwritable(file.display().to_string()))?;
        Ok(Made { file, bytes, anew: true, removed: 0 })
    }

    async fn write_backup(
        &self,
        tx: &mut Tx,
        part: &Path,
        key: &ReaderPublicKey,
        batch: Timestamp,
    ) -> Result<u64, BackupError> {
        let named = |error: BackupError| match error {
            BackupError::Unwritable(_) => BackupError::Unwritable(part.display().to_string()),
            error => error,
        };
        let unwritable = |_| BackupError::Unwritable(part.display().to_string());
        let open = OpenOptions::new().write(true).create_new(true).mode(0o600).open(part);
        let out = BufWriter::new(open.map_err(unwritable)?);
        let sealing = Sealing::begin(out, key, batch, batch.plus(KEPT), &self.randomness).map_err(named)?;
        let out = self.write_tables(tx, sealing).await.map_err(named)?;
        let file = out.into_inner().map_err(|error| unwritable(error.into_error()))?;
        file.sync_all().map_err(unwritable)?;
        Ok(file.metadata().map_err(unwritable)?.len())
    }

    /// Writes every table that goes into a backup, as one transaction sees them.
    async fn write_tables<W: Write>(&self, tx: &mut Tx, mut sealing: Sealing<W>) -> Result<W, BackupError> {
        let head = store::journal::head(tx).await?;
        sealing.put(&Record::Opening(Opening {
            schema: portable::schema(tx).await?,
            deployment: self.deployment,
            last_entry: head.sequence,
            head: hexadecimal(&head.hash),
        }))?;
        for (table, _) in TABLES.iter().filter(|(_, goes)| *goes == Goes::Always) {
            let shape = portable::shape(tx, table).await?.ok_or(BackupError::Damaged)?;
            let columns = shape.columns().into_iter().map(str::to_owned).collect();
            sealing.put(&Record::Table(Table { name: (*table).to_owned(), columns }))?;
            let mut digest = TableDigest::default();
            let mut last = None;
            loop {
                let rows = portable::portion(tx, &shape, last.as_ref()).await?;
                let ended = rows.len() < shape.portion();
                for row in rows {
                    digest.add(&shape, &row)?;
                    let record = Record::Row(row);
                    sealing.put(&record)?;
                    if let Record::Row(row) = record {
                        last = Some(row);
                    }
                }
                if ended {
                    break;
                }
            }
            sealing.put(&Record::EndOfTable(digest.end()))?;
        }
        sealing.finish(&self.keys)
    }
}
