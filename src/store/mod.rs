//! Where things rest: one set of queries for SQLite and PostgreSQL.
//!
//! Every query has one text with `$n` and one body, compiled against both
//! drivers by `with_tx!`.

#[macro_use]
mod db;
pub mod access;
pub mod account_events;
pub mod accounts;
pub mod attachments;
pub mod cases;
pub mod changes;
pub mod check;
pub mod envelopes;
mod error;
pub mod factors;
pub mod faults;
pub mod heads;
pub mod inbox;
pub mod journal;
mod letterbox;
pub mod library;
pub mod measures;
pub mod members;
pub mod notices;
pub mod organisation;
pub mod outbox;
pub mod passkeys;
pub mod portable;
pub mod readings;
mod rows;
pub mod sealed;
pub mod secrets;
pub mod sessions;
mod settings;
pub mod standing;
mod steps;
pub mod support;

pub use db::{Db, Tx};
pub use error::StoreError;
pub use letterbox::Letterbox;
pub use steps::Steps;

/// Times, counts and versions rest as signed numbers; what does not fit is damage.
fn small(value: i64) -> Result<u32, StoreError> {
    u32::try_from(value).map_err(|_| StoreError::Damaged)
}

/// A stored value of fixed length.
fn fixed<const N: usize>(bytes: &[u8]) -> Result<[u8; N], StoreError> {
    bytes.try_into().map_err(|_| StoreError::Damaged)
}

/// Exactly one row must have changed, or somebody else was first.
fn one_row(changed: u64) -> Result<(), StoreError> {
    if changed == 1 { Ok(()) } else { Err(StoreError::Conflict) }
}
