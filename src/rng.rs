//! The only place that may ask for chance.
//!
//! Every draw names what it is for. In tests each name has a sequence of its
//! own, so that drawing one thing more or less changes nothing else: this is
//! what lets a test compare two runs byte for byte.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Arc, Mutex, PoisonError};

use rand::rand_core::{self, UnwrapErr};
use rand::rngs::{ChaCha20Rng, SysRng};
use rand::{CryptoRng, Rng, SeedableRng};
use sha2::{Digest, Sha256};

/// A source of random bytes: the system's, or a repeatable one for tests.
#[derive(Clone)]
pub struct Randomness(Source);

#[derive(Clone)]
enum Source {
    System,
    Labelled(Arc<Labelled>),
}

struct Labelled {
    seed: [u8; 32],
    draws: Mutex<HashMap<&'static str, u64>>,
}

impl fmt::Debug for Randomness {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(match self.0 {
            Source::System => "Randomness(system)",
            Source::Labelled(_) => "Randomness(labelled)",
        })
    }
}

impl Randomness {
    /// The operating system's generator.
    #[must_use]
    pub const fn system() -> Self {
        Self(Source::System)
    }

    /// A repeatable source: the n-th draw under a label is always the same. For tests only.
    #[must_use]
    pub fn labelled(seed: [u8; 32]) -> Self {
        Self(Source::Labelled(Arc::new(Labelled { seed, draws: Mutex::new(HashMap::new()) })))
    }

    /// A generator for one draw under `label`.
    #[must_use]
    pub fn source(&self, label: &'static str) -> Generator {
        match &self.0 {
            Source::System => Generator::System(UnwrapErr(SysRng)),
            Source::Labelled(labelled) => {
                let mut draws = labelled.draws.lock().unwrap_or_else(PoisonError::into_inner);
                let count = draws.entry(label).or_insert(0);
                *count += 1;
                let mut hash = Sha256::new();
                hash.update(labelled.seed);
                hash.update(count.to_be_bytes());
                hash.update(label.as_bytes());
                Generator::Labelled(Box::new(ChaCha20Rng::from_seed(hash.finalize().into())))
            }
        }
    }

    /// `N` random bytes.
    #[must_use]
    pub fn bytes<const N: usize>(&self, label: &'static str) -> [u8; N] {
        let mut bytes = [0; N];
        self.source(label).fill_bytes(&mut bytes);
        bytes
    }

    /// A number from 0 up to, not including, `bound`; 0 if `bound` is 0. Every value is equally likely.
    #[must_use]
    pub fn below(&self, label: &'static str, bound: u64) -> u64 {
        below(&mut self.source(label), bound)
    }

    /// Puts `items` in random order, every order equally likely.
    pub fn shuffle<T>(&self, label: &'static str, items: &mut [T]) {
        let mut source = self.source(label);
        for last in (1..items.len()).rev() {
            let other = below(&mut source, last as u64 + 1);
            items.swap(last, usize::try_from(other).unwrap_or(last));
        }
    }
}

fn below(source: &mut impl Rng, bound: u64) -> u64 {
    if bound <= 1 {
        return 0;
    }
    // Values above the largest multiple of `bound` would favour small numbers: draw again.
    let limit = u64::MAX - u64::MAX % bound;
    loop {
        let value = source.next_u64();
        if value < limit {
            return value % bound;
        }
    }
}

/// A generator that any cryptographic crate accepts.
#[derive(Debug)]
pub enum Generator {
    System(UnwrapErr<SysRng>),
    Labelled(Box<ChaCha20Rng>),
}

impl rand_core::TryRng for Generator {
    type Error = std::convert::Infallible;

    fn try_next_u32(&mut self) -> Result<u32, Self::Error> {
        match self {
            Self::System(source) => source.try_next_u32(),
            Self::Labelled(source) => source.try_next_u32(),
        }
    }

    fn try_next_u64(&mut self) -> Result<u64, Self::Error> {
        match self {
            Self::System(source) => source.try_next_u64(),
            Self::Labelled(source) => source.try_next_u64(),
        }
    }

    fn try_fill_bytes(&mut self, bytes: &mut [u8]) -> Result<(), Self::Error> {
        match self {
            Self::System(source) => source.try_fill_bytes(bytes),
            Self::Labelled(source) => source.try_fill_bytes(bytes),
        }
    }
}

impl rand_core::TryCryptoRng for Generator {}

const _: fn(Generator) -> Box<dyn CryptoRng> = |generator| Box::new(generator);

#[cfg(test)]
mod tests {
    use super::Randomness;

    #[test]
    fn a_label_repeats_itself_whatever_else_is_drawn() {
        let (one, two) = (Randomness::labelled([7; 32]), Randomness::labelled([7; 32]));
        let _ = two.bytes::<8>("something else");
        assert_eq!(one.bytes::<32>("key"), two.bytes::<32>("key"));
        assert_ne!(one.bytes::<32>("key"), one.bytes::<32>("other key"));
    }

    #[test]
    fn below_stays_below_and_reaches_every_value() {
        let randomness = Randomness::labelled([1; 32]);
        let mut seen = [false; 5];
        for _ in 0..200 {
            seen[usize::try_from(randomness.below("five", 5)).unwrap()] = true;
        }
        assert_eq!(seen, [true; 5]);
        assert_eq!(randomness.below("none", 0), 0);
    }

    #[test]
    fn the_system_source_does_not_repeat() {
        let randomness = Randomness::system();
        assert_ne!(randomness.bytes::<32>("key"), randomness.bytes::<32>("key"));
    }
}
