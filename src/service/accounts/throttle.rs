//! Wrong tries cost time, but only those who make them.
//!
//! The wait grows for one address trying one name. A name that many addresses try is answered a little
//! later each time and never closed: whoever knows passphrase and code gets in. Kept in memory, under
//! keyed hashes, for an hour.

use std::collections::HashMap;
use std::fmt;
use std::sync::{Mutex, PoisonError};
use std::time::Duration;

use crate::clock::{HOUR, Timestamp};
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::service::Candor;

use super::{NAME_MOST, SignInError};

/// Wrong tries that cost nothing: people mistype.
const FREE: u32 = 5;
/// Longest wait between two tries of one address for one name, in seconds.
const LONGEST_WAIT: u32 = 60;
/// Tries for one name, from wherever, before answers come later; by how much each; and at most.
const UNHURRIED: u32 = 20;
const LATER_BY: u64 = 50;
const LATEST: u64 = 1_500;
/// Most that is remembered; beyond it the oldest is forgotten.
const MOST: usize = 100_000;

type Key = [u8; 16];

#[derive(Clone, Copy)]
struct Count {
    tries: u32,
    latest: Timestamp,
}

/// Tries that were not right.
#[derive(Default)]
pub(in crate::service) struct Tries(Mutex<HashMap<Key, Count>>);

impl fmt::Debug for Tries {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Tries(…)")
    }
}

/// How long one address waits after so many tries, in seconds.
const fn wait(tries: u32) -> u32 {
    match tries.checked_sub(FREE) {
        None => 0,
        Some(over) if over < 6 => 1 << over,
        Some(_) => LONGEST_WAIT,
    }
}

impl Tries {
    /// Counts a try before it is made, so that many at once count as many. The seconds left to wait
    /// instead, if it comes too early; then it counts nothing.
    fn enter(&self, key: Key, now: Timestamp) -> Result<u32, u32> {
        self.count(key, now, wait)
    }

    fn count(&self, key: Key, now: Timestamp, wait: impl Fn(u32) -> u32) -> Result<u32, u32> {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if counts.len() >= MOST && !counts.contains_key(&key) {
            counts.retain(|_, count| now.since(count.latest) < HOUR);
            if counts.len() >= MOST
                && let Some(oldest) = counts.iter().min_by_key(|(_, count)| count.latest).map(|(key, _)| *key)
            {
                counts.remove(&oldest);
            }
        }
        let count = counts.entry(key).or_insert(Count { tries: 0, latest: now });
        if now.since(count.latest) >= HOUR {
            count.tries = 0;
        }
        let left = i64::from(wait(count.tries)).saturating_sub(now.since(count.latest));
        if count.tries > 0 && left > 0 {
            return Err(u32::try_from(left).unwrap_or(LONGEST_WAIT));
        }
        count.tries = count.tries.saturating_add(1);
        count.latest = now;
        Ok(count.tries)
    }

    /// A try that was right, or was never made, is no wrong one.
    fn undo(&self, key: Key) {
        let mut counts = self.0.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(count) = counts.get_mut(&key) {
            count.tries = count.tries.saturating_sub(1);
        }
    }

    fn forget(&self, key: Key) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).remove(&key);
    }
}

/// A try that was let through.
pub(in crate::service) struct Try {
    /// None where no address is known: those who share that must not slow each other down.
    from: Option<Key>,
    name: Key,
    /// How much later it is answered.
    later: Duration,
}

impl Candor {
    /// Lets a try for a name through, or says how long to wait. Nothing here depends on whether there is
    /// such a name.
    pub(in crate::service) fn begin_try(&self, from: Option<&[u8]>, name: &str) -> Result<Try, SignInError> {
        let name: String = name.trim().to_lowercase().chars().take(2 * NAME_MOST).collect();
        let key = |from: Option<&[u8]>| {
            let data = Canonical::new("candor sign-in try 1")
                .flag(from.is_some())
                .bytes(from.unwrap_or_default())
                .text(&name)
                .finish();
            let mac = self.keys.mac(Purpose::Throttle, &data);
            mac.first_chunk::<16>().copied().unwrap_or_default()
        };
        let now = self.clock.now();
        let mine = from.map(|from| key(Some(from)));
        if let Some(mine) = mine {
            self.tries.enter(mine, now).map_err(|seconds| SignInError::Wait { seconds })?;
        }
        let name = key(None);
        let tries = self.tries.count(name, now, |_| 0).unwrap_or(u32::MAX);
        let later = u64::from(tries.saturating_sub(UNHURRIED)).saturating_mul(LATER_BY).min(LATEST);
        Ok(Try { from: mine, name, later: Duration::from_millis(later) })
    }

    /// Notes how a try ended.
    pub(in crate::service) fn end_try<T>(&self, made: &Try, outcome: &Result<T, SignInError>) {
        match outcome {
            Err(SignInError::Refused) => return,
            Ok(_) => {
                if let Some(from) = made.from {
                    self.tries.forget(from);
                }
            }
            Err(_) => {
                if let Some(from) = made.from {
                    self.tries.undo(from);
                }
            }
        }
        self.tries.undo(made.name);
    }
}

impl Try {
    /// Waits as long as everybody does who tries this name, right or wrong.
    pub(in crate::service) async fn take_time(&self) {
        if !self.later.is_zero() {
            tokio::time::sleep(self.later).await;
        }
    }
}

#[cfg(test)]
mod tests {
    use super::{FREE, LONGEST_WAIT, MOST, Tries, wait};
    use crate::clock::{HOUR, Timestamp};

    const NOW: Timestamp = Timestamp(1_800_000_000);

    #[test]
    fn the_wait_grows_ends_and_is_forgotten_after_an_hour() {
        let tries = Tries::default();
        for _ in 0..FREE {
            assert!(tries.enter([1; 16], NOW).is_ok());
        }
        assert_eq!(tries.enter([1; 16], NOW), Err(1));
        assert_eq!(tries.enter([1; 16], NOW), Err(1), "too early counts nothing");
        assert!(tries.enter([2; 16], NOW).is_ok(), "nobody else waits");
        let mut now = NOW;
        for expected in [1, 2, 4, 8, 16, 32, 60, 60, 60] {
            assert_eq!(tries.enter([1; 16], now), Err(expected));
            now = now.plus(i64::from(expected));
            assert!(tries.enter([1; 16], now).is_ok());
        }
        assert!(tries.enter([1; 16], now).is_err());
        for _ in 0..FREE {
            assert!(tries.enter([1; 16], now.plus(HOUR)).is_ok());
        }
        tries.forget([1; 16]);
        assert!(tries.enter([1; 16], now.plus(HOUR)).is_ok());
        assert_eq!(wait(u32::MAX), LONGEST_WAIT);
    }

    #[test]
    fn memory_is_bounded_and_the_oldest_goes_first() {
        let tries = Tries::default();
        let key = |number: usize| {
            let mut key = [0; 16];
            key[..8].copy_from_slice(&number.to_be_bytes());
            key
        };
        for number in 0..MOST {
            tries.enter(key(number), NOW.plus(i64::from(number > 0))).unwrap();
        }
        tries.enter(key(MOST), NOW.plus(2)).unwrap();
        let counts = tries.0.lock().unwrap();
        assert_eq!(counts.len(), MOST);
        assert!(!counts.contains_key(&key(0)) && counts.contains_key(&key(1)));
    }
}
