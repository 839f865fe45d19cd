//! Moving everything into an empty database, of the same kind or the other: sessions and what waits for a batch too, in
//! the order of keyed hashes, which tells nothing. Nobody may be using either database.

use super::BackupError;
use super::digest::{self, TableDigest};
use crate::clock::Timestamp;
use crate::store::portable::{self, TABLES};
use crate::store::standing;
use crate::store::{Db, StoreError, Tx};

/// What was moved: each table with its rows.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Moved {
    pub tables: Vec<(&'static str, u64)>,
}

/// Moves everything. The database that it comes from is marked first, so that at no moment two can be served; a move
/// that was ended on its way is begun again with the same words.
///
/// # Errors
/// If somebody else is connected to it, the other is not empty, or a table there is not what it was here. Then nothing
/// was changed.
pub async fn move_everything(from: &Db, to: &Db, now: Timestamp) -> Result<Moved, BackupError> {
    let mut source = from.write().await?;
    if !portable::is_alone(&mut source).await? {
        return Err(BackupError::NotAlone);
    }
    portable::hold(&mut source).await?;
    let mut target = to.write().await?;
    if !portable::is_empty(&mut target).await? {
        return Err(BackupError::NotEmpty);
    }
    // Left by a move that was ended on its way; over there it would be wrong.
    standing::remove_moved(&mut source).await?;
    let mut moved = Moved::default();
    for (table, _) in TABLES {
        moved.tables.push((*table, one_table(&mut source, &mut target, table).await?));
    }
    standing::set_moved(&mut source, now).await?;
    source.commit().await?;
    if let Err(error) = target.commit().await {
        let mut source = from.write().await?;
        standing::remove_moved(&mut source).await?;
        source.commit().await?;
        return Err(error.into());
    }
    Ok(moved)
}

async fn one_table(source: &mut Tx, target: &mut Tx, table: &'static str) -> Result<u64, BackupError> {
    let shape = portable::shape(source, table).await?.ok_or(StoreError::Schema)?;
    let there = portable::shape(target, table).await?.ok_or(StoreError::Schema)?;
    if shape.columns() != there.columns() {
        return Err(StoreError::Schema.into());
    }
    portable::clear(target, &there).await?;
    let mut digest = TableDigest::default();
    let mut last = None;
    loop {
        let rows = portable::portion(source, &shape, last.as_ref()).await?;
        for row in &rows {
            digest.add(&shape, row)?;
        }
        portable::insert(target, &there, &rows).await?;
        if rows.len() < shape.portion() {
            break;
        }
        last = rows.into_iter().next_back();
    }
    if digest::of(target, &there).await? != digest {
        return Err(BackupError::Differs(table.to_owned()));
    }
    Ok(digest.rows())
}
