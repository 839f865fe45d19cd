//! Another passphrase for the same keys.

use crate::crypto::account;
use crate::crypto::factor::AppSecret;
use crate::crypto::passphrase::Passphrase;
use crate::service::{Candor, Problem};
use crate::store;
use crate::store::accounts::Keys;

use super::history::Happened;
use super::{NotDone, SignedIn, check_passphrase};

impl Candor {
    /// Changes the passphrase: the account keeps its keys and its fingerprint, and they are sealed anew.
    /// Every other session of the account ends.
    pub async fn change_passphrase(
        &self,
        by: &SignedIn,
        current: Passphrase,
        typed: &str,
    ) -> Result<(), NotDone> {
        let words = self.passphrase_words(&by.sign_in_name).await?;
        let chosen = check_passphrase(typed, &words).map_err(NotDone::Unusable)?;
        let (account, opened) = self.reopen(by, current).await?;
        let old = account.keys.as_ref().ok_or(Problem::Damaged)?;
        let salt: [u8; 16] = self.randomness.bytes("passphrase salt");
        let parameters = self.settings.passphrase;
        let derived = self.derive(chosen, salt, parameters).await?;
        let (wrapping, id) = (&derived.wrapping, by.account);
        let whose = (self.deployment, id);
        let new = Keys {
            salt: salt.to_vec(),
            memory_kib: parameters.memory_kib,
            passes: parameters.passes,
            lanes: parameters.lanes,
            verifier: derived.verifier.as_bytes().to_vec(),
            reading_public: old.reading_public.clone(),
            signing_public: old.signing_public.clone(),
            reading_sealed: account::seal(wrapping, self.deployment, id, &opened.reading, &self.randomness)
                .map_err(Problem::from)?,
            signing_sealed: account::seal(wrapping, self.deployment, id, &opened.signing, &self.randomness)
                .map_err(Problem::from)?,
        };
        let mut tx = self.db.write().await?;
        store::factors::hold_passphrase(&mut tx, id, &old.salt).await?;
        store::accounts::set_keys(&mut tx, id, &new).await?;
        // Read only now: whoever enrols an app holds the passphrase as well.
        if let Some(factor) = store::factors::find(&mut tx, id).await? {
            let secret = AppSecret::open(&opened.wrapping, &self.keys, whose, &factor.sealed)
                .map_err(Problem::from)?;
            let sealed = secret.seal(wrapping, &self.keys, whose, &self.randomness).map_err(Problem::from)?;
            store::factors::reseal(&mut tx, id, &sealed, factor.generation).await?;
        }
        store::sessions::remove_others(&mut tx, id, by.token_hash()).await?;
        self.note(&mut tx, id, Happened::Passphrase).await?;
        tx.commit().await?;
        Ok(())
    }
}
