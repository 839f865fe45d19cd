//! Restoring a backup into an empty database: in one transaction, so that it is there whole or not at all.

use std::io::Read;

use super::digest::{self, TableDigest};
use super::records::Record;
use super::{BackupError, Opened};
use crate::clock::Timestamp;
use crate::crypto::service::ServiceKeys;
use crate::delivery::Reason;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal, record};
use crate::store::portable::{self, Goes, Row, Shape, TABLES};
use crate::store::standing::{self, Restored};
use crate::store::{self, Db, StoreError, Tx};

/// What was restored.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Restoration {
    pub rows: u64,
    /// The batch after which the backup was made, and the journal's last entry in it.
    pub made: Timestamp,
    pub last_entry: i64,
}

/// Writes a backup into an empty database of its schema. With `now` the database is marked as restored then: it tells so
/// wherever it is opened, and what waited to be told outside waits for an administrator's word. Without, it is a copy
/// that is looked at and thrown away. Without `keys` it stays unknown whether this deployment made the backup.
///
/// # Errors
/// If anything is not as it was when the backup was made; then nothing was written.
pub async fn restore<R: Read>(
    db: &Db,
    backup: &mut Opened<R>,
    keys: Option<&ServiceKeys>,
    now: Option<Timestamp>,
) -> Result<Restoration, BackupError> {
    let mut tx = db.write().await?;
    if portable::schema(&mut tx).await? != backup.opening.schema || !portable::is_empty(&mut tx).await? {
        return Err(BackupError::NotEmpty);
    }
    let rows = tables(&mut tx, backup, keys).await?;
    let head = store::journal::head(&mut tx).await?;
    let deployment = store::organisation::deployment(&mut tx).await?.map(|deployment| deployment.id);
    let opening = &backup.opening;
    if (head.sequence, hexadecimal(&head.hash)) != (opening.last_entry, opening.head.clone())
        || deployment != Some(opening.deployment)
    {
        return Err(BackupError::Damaged);
    }
    // Only the key that everything in it lies under may begin with it.
    if let Some(keys) = keys {
        let newest = store::journal::before(&mut tx, i64::MAX, 1).await?;
        for entry in &newest {
            let place = record::associated(entry.sequence, entry.case);
            keys.open(crate::crypto::service::Purpose::Journal, &place, &entry.body)
                .map_err(|_| BackupError::NotOurs)?;
        }
    }
    let restoration = Restoration { rows, made: backup.header.made, last_entry: head.sequence };
    if let Some(now) = now {
        let restored =
            Restored { since: now, made: restoration.made, last_entry: head.sequence, noted: false };
        standing::set_restored(&mut tx, &restored).await?;
        store::outbox::give_up_all(&mut tx, Reason::Restored.word()).await?;
    }
    tx.commit().await?;
    Ok(restoration)
}

/// Fills every table from the records of a backup. Returns how many rows there were.
async fn tables<R: Read>(
    tx: &mut Tx,
    backup: &mut Opened<R>,
    keys: Option<&ServiceKeys>,
) -> Result<u64, BackupError> {
    // The names come from the list and the columns from the database, never from what was read.
    let mut expected = Vec::new();
    for (table, _) in TABLES.iter().filter(|(_, goes)| *goes == Goes::Always) {
        expected.extend(portable::shape(tx, table).await?);
    }
    let mut expected = expected.into_iter();
    let mut count = 0;
    loop {
        match backup.next()? {
            Record::Table(table) => {
                let is_this = |shape: &Shape| shape.table() == table.name && shape.columns() == table.columns;
                let shape = expected.next().filter(is_this).ok_or(BackupError::Damaged)?;
                portable::clear(tx, &shape).await?;
                count += fill(tx, backup, &shape).await?;
            }
            Record::Closing(mark) if expected.len() == 0 => {
                backup.close(&mark, keys)?;
                return Ok(count);
            }
            _ => return Err(BackupError::Damaged),
        }
    }
}

/// Fills one table, and compares what rests then with what stood in the backup.
async fn fill<R: Read>(tx: &mut Tx, backup: &mut Opened<R>, shape: &Shape) -> Result<u64, BackupError> {
    let damaged = |error| match error {
        StoreError::Damaged | StoreError::Duplicate | StoreError::Refused => BackupError::Damaged,
        error => error.into(),
    };
    let mut digest = TableDigest::default();
    let mut rows: Vec<Row> = Vec::with_capacity(shape.portion());
    loop {
        let record = backup.next()?;
        let end = match record {
            Record::Row(row) => {
                digest.add(shape, &row)?;
                rows.push(row);
                None
            }
            Record::EndOfTable(end) => Some(end),
            _ => return Err(BackupError::Damaged),
        };
        if end.is_some() || rows.len() == shape.portion() {
            portable::insert(tx, shape, &rows).await.map_err(damaged)?;
            rows.clear();
        }
        let Some(end) = end else { continue };
        if digest.end() != end {
            return Err(BackupError::Damaged);
        }
        if digest::of(tx, shape).await? != digest {
            return Err(BackupError::Differs(shape.table().to_owned()));
        }
        return Ok(digest.rows());
    }
}

impl Candor {
    /// Lets the journal say that this database was restored, if it does not say so yet: the first thing that is done
    /// with it.
    pub(in crate::service) async fn note_restoration(&self) -> Result<(), Problem> {
        let is_unnoted = |restored: &Restored| !restored.noted;
        if !standing::restored(&mut self.db.read().await?).await?.as_ref().is_some_and(is_unnoted) {
            return Ok(());
        }
        let mut tx = self.db.write().await?;
        let Some(restored) = standing::restored(&mut tx).await?.filter(is_unnoted) else { return Ok(()) };
        let head = store::journal::lock_head(&mut tx).await?;
        if standing::set_noted(&mut tx).await? {
            let act = StaffAct::Restored {
                made: restored.made,
                last: head.sequence,
                hash: hexadecimal(&head.hash),
            };
            self.record(&mut tx, head, &[(None, act.at(restored.since))]).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
