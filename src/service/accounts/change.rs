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
use super::session::{Opened, parameters_of};
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

    /// The same keys under a passphrase that has just been given, if what rests is of an earlier service key's
    /// pepper, or was derived at a lower cost than today's: either goes with the owner's next sign-in, which
    /// takes one derivation longer. None if all is as it should be.
    pub(super) async fn renewed(
        &self,
        account: &Account,
        opened: &Opened,
        passphrase: Passphrase,
    ) -> Result<Option<(Keys, WrappingKey)>, Problem> {
        let old = account.keys.as_ref().ok_or(Problem::Damaged)?;
        let is_mixed_anew = self.pepper(None).await?.0 > old.pepper;
        if !is_mixed_anew && !parameters_of(old).is_weaker_than(&self.settings.passphrase) {
            return Ok(None);
        }
        self.under(account.id, old, opened, passphrase).await.map(Some)
    }

    /// Puts them in place within the transaction that begins the session. Neither journal nor history has a
    /// line of it: keys and fingerprint stay the same, nobody did anything but sign in, and a line would tell
    /// others when somebody did.
    pub(super) async fn renew(
        &self,
        tx: &mut Tx,
        account: &Account,
        opened: &Opened,
        (new, wrapping): (&Keys, &WrappingKey),
    ) -> Result<(), Problem> {
        let old = account.keys.as_ref().ok_or(Problem::Damaged)?;
        match self.put_under(tx, account.id, (old, opened), (new, wrapping)).await {
            // Another sign-in of the same person, or a change of passphrase, was first. It is found before
            // anything is written, so the session begins and nothing else changes.
            Err(Problem::Store(StoreError::Conflict)) => Ok(()),
            done => done,
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
