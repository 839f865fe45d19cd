//! The journal's chain: each head is a SHA-256 over the one before, so that changing or
//! removing an entry changes every head after it.

use super::canonical::Canonical;
use crate::domain::id::{CaseId, DeploymentId};

/// What stands for an entry in the chain. The salt lies beside the entry: once both are
/// destroyed, the commitment says nothing of them and the chain still verifies.
#[must_use]
pub fn commitment(salt: &[u8; 16], entry: &[u8]) -> [u8; 32] {
    Canonical::new("candor journal entry 1").bytes(salt).bytes(entry).digest()
}

/// The head before the first entry.
#[must_use]
pub fn genesis(deployment: DeploymentId) -> [u8; 32] {
    Canonical::new("candor journal 1").bytes(deployment.as_bytes()).digest()
}

/// The head after an entry.
#[must_use]
pub fn next(head: &[u8; 32], sequence: u64, case: Option<CaseId>, commitment: &[u8; 32]) -> [u8; 32] {
    Canonical::new("candor journal head 1")
        .bytes(head)
        .number(sequence)
        .optional(case.as_ref().map(|case| case.as_bytes().as_slice()))
        .bytes(commitment)
        .digest()
}
