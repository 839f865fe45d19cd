//! Keys that are carried over when the service key is exchanged, because what was made with them cannot be
//! made anew: look-ups of receipts, hashes of recovery codes and of the access phrase, names of passkeys, look-ups and
//! codes of field members, and the pepper of every passphrase until its owner signs in again.

use zeroize::Zeroizing;

use super::{Candor, Problem, record};
use crate::crypto::canonical::Canonical;
use crate::crypto::secret::Secret;
use crate::crypto::service::{Pepper, Purpose, ServiceKeys};
use crate::rng::Randomness;
use crate::store::secrets::Stored;
use crate::store::{self, Tx};

const LOOKUP: &str = "lookup";
const CODES: &str = "codes";
const ACCESS: &str = "access";
const PEPPER: &str = "pepper";
const MEMBERS: &str = "members";

/// Where a carried key belongs.
pub(super) fn associated(what: &str, generation: u32) -> Vec<u8> {
    Canonical::new("candor carried key 1").text(what).number(u64::from(generation)).finish()
}

fn seal(
    keys: &ServiceKeys,
    what: &str,
    generation: u32,
    secret: &Secret<32>,
    randomness: &Randomness,
) -> Result<Stored, Problem> {
    let sealed = keys.seal(Purpose::Pepper, &associated(what, generation), secret.expose(), randomness)?;
    Ok(Stored { what: what.to_owned(), generation, sealed })
}

fn open(keys: &ServiceKeys, stored: &Stored) -> Result<Secret<32>, Problem> {
    let place = associated(&stored.what, stored.generation);
    let secret: Zeroizing<Vec<u8>> = keys.open(Purpose::Pepper, &place, &stored.sealed)?;
    Ok(Secret::from_slice(&secret)?)
}

/// The service keys with what is carried; at the first start it is written down.
pub(super) async fn carry(
    tx: &mut Tx,
    keys: ServiceKeys,
    randomness: &Randomness,
) -> Result<ServiceKeys, Problem> {
    let mut stored = store::secrets::all(tx).await?;
    if stored.is_empty() {
        // A deployment from before keys were carried: only the very key that it was made with may begin this.
        let first = store::journal::after(tx, 0, 1).await?;
        if let Some(entry) = first.first() {
            keys.open(Purpose::Journal, &record::associated(entry.sequence, entry.case), &entry.body)?;
            if keys.has_previous() {
                return Err(Problem::Unusable(
                    "Start this version once with the service key alone, before it is exchanged.".to_owned(),
                ));
            }
        }
        let originals = [
            (LOOKUP, Purpose::ReceiptLookup),
            (CODES, Purpose::Account),
            (ACCESS, Purpose::AccessPhrase),
            (PEPPER, Purpose::Pepper),
        ];
        for (what, purpose) in originals {
            let secret = seal(&keys, what, 1, keys.original(purpose), randomness)?;
            store::secrets::insert(tx, &secret).await?;
        }
        stored = store::secrets::all(tx).await?;
    }
    // Came later than the others; nothing was made with it before it is carried, so any service key may begin it.
    if !stored.iter().any(|secret| secret.what == MEMBERS) {
        let secret = seal(&keys, MEMBERS, 1, keys.original(Purpose::Member), randomness)?;
        store::secrets::insert(tx, &secret).await?;
        stored = store::secrets::all(tx).await?;
    }
    let carried = |what: &str| {
        let secret = stored.iter().rfind(|secret| secret.what == what).ok_or(Problem::Damaged)?;
        open(&keys, secret)
    };
    let (lookup, codes, access) = (carried(LOOKUP)?, carried(CODES)?, carried(ACCESS)?);
    let members = carried(MEMBERS)?;
    Ok(keys.carrying(lookup, codes, access, members))
}

impl Candor {
    async fn peppers(&self, tx: &mut Tx) -> Result<Vec<(u32, Pepper)>, Problem> {
        let stored = store::secrets::all(tx).await?;
        stored
            .iter()
            .filter(|secret| secret.what == PEPPER)
            .map(|secret| Ok((secret.generation, Pepper::from_secret(open(&self.keys, secret)?))))
            .collect()
    }

    /// A pepper by its generation, or the newest. All are read, whichever is asked for: an account with an
    /// older one makes the same work as a name that is not there.
    pub(super) async fn pepper(&self, generation: Option<u32>) -> Result<(u32, Pepper), Problem> {
        let mut peppers = self.peppers(&mut self.db.read().await?).await?;
        if let Some(generation) = generation {
            peppers.retain(|(known, _)| *known == generation);
        }
        peppers.pop().ok_or(Problem::Damaged)
    }

    /// Makes the present service key's pepper the newest, if it is none yet. Returns the newest generation.
    pub(super) async fn begin_pepper(&self) -> Result<u32, Problem> {
        let mut tx = self.db.write().await?;
        let known = self.peppers(&mut tx).await?;
        let newest = known.last().ok_or(Problem::Damaged)?.0;
        let own = self.keys.pepper();
        if known.iter().any(|(_, pepper)| *pepper == own) {
            return Ok(newest);
        }
        let next = newest.saturating_add(1);
        let secret = seal(&self.keys, PEPPER, next, own.secret(), &self.randomness)?;
        store::secrets::insert(&mut tx, &secret).await?;
        tx.commit().await?;
        Ok(next)
    }

    /// Forgets the peppers that no passphrase is mixed with any more.
    pub(super) async fn forget_peppers(&self, newest: u32) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        if store::secrets::remove_unneeded(&mut tx, PEPPER, newest).await? > 0 {
            tx.commit().await?;
        }
        Ok(())
    }
}
