//! What every format must refuse, and one committed example of each.

mod account;
mod audience;
mod envelope;
mod passphrase;
mod receipt;
mod service;
mod signature;
mod trust;
mod vectors;

use uuid::Uuid;

use crate::domain::id::{AccountId, CaseId, DeploymentId, EnvelopeId};
use crate::rng::Randomness;

fn randomness() -> Randomness {
    Randomness::labelled([42; 32])
}

const fn deployment(number: u8) -> DeploymentId {
    DeploymentId(Uuid::from_bytes([number; 16]))
}

const fn case(number: u8) -> CaseId {
    CaseId(Uuid::from_bytes([number; 16]))
}

const fn envelope_id(number: u8) -> EnvelopeId {
    EnvelopeId(Uuid::from_bytes([number; 16]))
}

const fn account(number: u8) -> AccountId {
    AccountId(Uuid::from_bytes([number; 16]))
}

/// Tries every shorter length, longer ones, every other leading byte, and one changed bit
/// in every `step`-th byte; none may open.
fn refuses_every_change(good: &[u8], step: usize, opens: impl Fn(&[u8]) -> bool) {
    assert!(opens(good), "the unchanged bytes open");
    for length in 0..good.len() {
        assert!(!opens(&good[..length]), "cut to {length} bytes");
    }
    for more in [1, 2, 16, 4_096] {
        let mut longer = good.to_vec();
        longer.resize(good.len() + more, 0);
        assert!(!opens(&longer), "{more} bytes more");
    }
    let mut changed = good.to_vec();
    for suite in (0..=255).filter(|suite| *suite != good[0]) {
        changed[0] = suite;
        assert!(!opens(&changed), "suite {suite}");
    }
    changed[0] = good[0];
    for at in (0..good.len()).step_by(step) {
        changed[at] ^= 1 << (at % 8);
        assert!(!opens(&changed), "a changed bit in byte {at}");
        changed[at] = good[at];
    }
}
