//! Another passphrase for the same keys.

use crate::crypto::account;
use crate::crypto::factor::AppSecret;
use crate::crypto::passphrase::Passphrase;
use crate::crypto::secret::WrappingKey;
use crate::domain::id::AccountId;
use crate::service::{Candor, Problem};
use crate::store::accounts::{Account, Keys};
use crate::store::{self, StoreError, Tx};

use super::history::Happened;
use super::session::Opened;
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
        let (new, wrapping) = self.under(by.account, old, &opened, chosen).await?;
        let mut tx = self.db.write().await?;
        self.put_under(&mut tx, by.account, (old, &opened), (&new, &wrapping)).await?;
        store::sessions::remove_others(&mut tx, by.account, by.token_hash()).await?;
        self.note(&mut tx, by.account, Happened::Passphrase).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Mixes a passphrase that has just been given with the newest pepper, if it is mixed with an older one:
    /// what is left of an earlier service key goes with the owner's next sign-in.
    pub(super) async fn mix_anew(
        &self,
        account: &Account,
        opened: &Opened,
        passphrase: Passphrase,
    ) -> Result<(), Problem> {
        let old = account.keys.as_ref().ok_or(Problem::Damaged)?;
        if self.pepper(None).await?.0 <= old.pepper {
            return Ok(());
        }
        let (new, wrapping) = self.under(account.id, old, opened, passphrase).await?;
        let mut tx = self.db.write().await?;
        match self.put_under(&mut tx, account.id, (old, opened), (&new, &wrapping)).await {
            Ok(()) => Ok(tx.commit().await?),
            // Another sign-in of the same person, or a change of passphrase, was first.
            Err(Problem::Store(StoreError::Conflict)) => Ok(()),
            Err(problem) => Err(problem),
        }
    }

    /// The same keys under a passphrase, with a salt of its own, the newest pepper and the cost of today.
    async fn under(
        &self,
        id: AccountId,
        old: &Keys,
        opened: &Opened,
        passphrase: Passphrase,
    ) -> Result<(Keys, WrappingKey), Problem> {
        let salt: [u8; 16] = self.randomness.bytes("passphrase salt");
        let parameters = self.settings.passphrase;
        let (derived, pepper) = self.derive(passphrase, salt, parameters, None).await?;
        let wrapping = derived.wrapping;
        let new = Keys {
            salt: salt.to_vec(),
            memory_kib: parameters.memory_kib,
            passes: parameters.passes,
            lanes: parameters.lanes,
            verifier: derived.verifier.as_bytes().to_vec(),
            reading_public: old.reading_public.clone(),
            signing_public: old.signing_public.clone(),
            reading_sealed: account::seal(&wrapping, self.deployment, id, &opened.reading, &self.randomness)?,
            signing_sealed: account::seal(&wrapping, self.deployment, id, &opened.signing, &self.randomness)?,
            pepper,
        };
        Ok((new, wrapping))
    }

    /// Puts keys sealed anew in the place of the old, and an app's secret with them. `Conflict` if the
    /// passphrase was changed meanwhile.
    async fn put_under(
        &self,
        tx: &mut Tx,
        id: AccountId,
        (old, opened): (&Keys, &Opened),
        (new, wrapping): (&Keys, &WrappingKey),
    ) -> Result<(), Problem> {
        let whose = (self.deployment, id);
        store::factors::hold_passphrase(tx, id, &old.salt).await?;
        store::accounts::set_keys(tx, id, new).await?;
        // Read only now: whoever enrols an app holds the passphrase as well.
        if let Some(factor) = store::factors::find(tx, id).await? {
            let secret = AppSecret::open(&opened.wrapping, &self.keys, whose, &factor.sealed)?;
            let sealed = secret.seal(wrapping, &self.keys, whose, &self.randomness)?;
            store::factors::reseal(tx, id, &sealed, factor.generation).await?;
        }
        Ok(())
    }
}
