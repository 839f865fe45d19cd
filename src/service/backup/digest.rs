//! A digest of a table that does not depend on the order of its rows, which differs between databases: the sum of the
//! hashes of all rows. It finds what was lost or changed on the way; against whoever would change it on purpose stand
//! the seals of the backup and the record's own checks.

use sha2::{Digest, Sha256};

use super::BackupError;
use super::records::{self, End};
use crate::service::hexadecimal;
use crate::store::Tx;
use crate::store::portable::{self, Row, Shape};

/// Rows of a table as they are counted and summed up.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct TableDigest {
    rows: u64,
    sum: [u64; 4],
}

impl TableDigest {
    pub(super) fn add(&mut self, shape: &Shape, row: &Row) -> Result<(), BackupError> {
        let bytes = records::row(row).map_err(|_| BackupError::Damaged)?;
        let hash = Sha256::new_with_prefix(b"candor row 1").chain_update(shape.table()).chain_update([0]);
        let hash: [u8; 32] = hash.chain_update(bytes).finalize().into();
        let (parts, _) = hash.as_chunks::<8>();
        for (sum, part) in self.sum.iter_mut().zip(parts) {
            *sum = sum.wrapping_add(u64::from_be_bytes(*part));
        }
        self.rows += 1;
        Ok(())
    }

    pub(super) const fn rows(&self) -> u64 {
        self.rows
    }

    pub(super) fn end(&self) -> End {
        let bytes: Vec<u8> = self.sum.iter().flat_map(|part| part.to_be_bytes()).collect();
        End { rows: self.rows, digest: hexadecimal(&bytes) }
    }
}

/// The digest of a table as it rests.
pub(super) async fn of(tx: &mut Tx, shape: &Shape) -> Result<TableDigest, BackupError> {
    let mut digest = TableDigest::default();
    let mut last = None;
    loop {
        let rows = portable::portion(tx, shape, last.as_ref()).await?;
        for row in &rows {
            digest.add(shape, row)?;
        }
        if rows.len() < shape.portion() {
            return Ok(digest);
        }
        last = rows.into_iter().next_back();
    }
}
