//! Passkeys: adding and removing them, and what one shows at the door.

use zeroize::Zeroizing;

use crate::clock::{DAY, Timestamp};
use crate::crypto::passkey::{Answer, Challenge, Passkey, RelyingParty, Shown, Used};
use crate::crypto::passphrase::Passphrase;
use crate::domain::id::AccountId;
use crate::service::{Candor, Problem, from_hexadecimal, hexadecimal};
use crate::store::passkeys::Stored;
use crate::store::{self, StoreError};

use super::factor::{Proof, UsedPasskey, factors_of};
use super::history::Happened;
use super::{NotDone, SignedIn};

/// Longest name of a passkey, in characters, and most passkeys of one account.
pub const PASSKEY_NAME_MOST: usize = 40;
pub const PASSKEYS_MOST: usize = 10;

/// One of somebody's own passkeys.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnPasskey {
    /// To name it in an address; it opens nothing.
    pub id: String,
    /// As its owner calls it.
    pub name: String,
    /// The beginning of the day on which it was added.
    pub added: Timestamp,
}

fn unusable(words: impl Into<String>) -> NotDone {
    NotDone::Unusable(words.into())
}

/// A name as it is kept: one line of something.
fn plain(typed: &str) -> Result<String, NotDone> {
    let name = typed.trim();
    if name.is_empty() || name.chars().any(char::is_control) {
        return Err(unusable(
            "Please give it a name by which you know it again, such as \u{201c}telephone\u{201d}.",
        ));
    }
    if name.chars().count() > PASSKEY_NAME_MOST {
        return Err(unusable(format!("Please use at most {PASSKEY_NAME_MOST} characters for the name.")));
    }
    Ok(name.to_owned())
}

impl Candor {
    /// Where a browser has to be for passkeys to work; none if they are not offered.
    #[must_use]
    pub fn passkeys_at(&self) -> Option<&str> {
        self.relying_party.as_deref().map(RelyingParty::origin)
    }

    /// What everybody at the door is asked; none if passkeys are not offered.
    pub fn passkey_asked(&self) -> Result<Option<Challenge>, Problem> {
        let Some(site) = &self.relying_party else { return Ok(None) };
        Ok(Some(site.ask(&self.keys, self.deployment, self.clock.now(), &self.randomness)?))
    }

    fn opened(&self, account: AccountId, stored: &[Stored]) -> Result<Vec<Passkey>, Problem> {
        let whose = (self.deployment, account);
        stored.iter().map(|stored| Ok(Passkey::open(&self.keys, whose, &stored.sealed)?)).collect()
    }

    /// What an answer at the door shows about an account.
    pub(super) fn shown(
        &self,
        account: AccountId,
        stored: &[Stored],
        answer: &Answer<'_>,
    ) -> Result<Shown, Problem> {
        let Some(site) = &self.relying_party else { return Ok(Shown::Wrong) };
        let passkeys = self.opened(account, stored)?;
        let whose = (self.deployment, account);
        Ok(site.check(&self.keys, whose, &passkeys, answer, self.clock.now()))
    }

    /// What using a passkey proves; to be used up with it.
    pub(super) fn proof_of(
        &self,
        account: AccountId,
        stored: &[Stored],
        passkey: &Passkey,
        used: Used,
    ) -> Result<Proof, Problem> {
        let id = passkey.id(&self.keys, self.deployment);
        let before = stored.iter().find(|stored| stored.id == id).ok_or(Problem::Damaged)?;
        let sealed = passkey.seal(&self.keys, (self.deployment, account), &self.randomness)?;
        Ok(Proof::Passkey(UsedPasskey { id, sealed, version: before.version }, used))
    }

    /// Somebody's own passkeys, the oldest first.
    pub async fn own_passkeys(&self, by: &SignedIn) -> Result<Vec<OwnPasskey>, Problem> {
        let mut tx = self.db.read().await?;
        let stored = store::passkeys::of_account(&mut tx, by.account).await?;
        drop(tx);
        let passkeys = self.opened(by.account, &stored)?;
        let mut own: Vec<OwnPasskey> = stored
            .iter()
            .zip(passkeys)
            .map(|(stored, passkey)| OwnPasskey {
                id: hexadecimal(&stored.id),
                name: passkey.name,
                added: Timestamp(passkey.added),
            })
            .collect();
        own.sort_by(|one, other| (one.added, &one.name).cmp(&(other.added, &other.name)));
        Ok(own)
    }

    /// What this session asks a browser for, to make a passkey; none if they are not offered.
    pub async fn passkey_invited(&self, by: &SignedIn) -> Result<Option<Challenge>, Problem> {
        let Some(site) = &self.relying_party else { return Ok(None) };
        let mut tx = self.db.read().await?;
        let stored = store::passkeys::of_account(&mut tx, by.account).await?;
        drop(tx);
        let passkeys = self.opened(by.account, &stored)?;
        let place = ((self.deployment, by.account), by.token_hash());
        let chance = (self.clock.now(), &self.randomness);
        Ok(Some(site.invite(&self.keys, place, &by.sign_in_name, &passkeys, chance)?))
    }

    /// Adds the passkey that a browser made, and returns recovery codes if it is the first second factor of the
    /// account. Every other session of the account ends.
    pub async fn add_passkey(
        &self,
        by: &SignedIn,
        passphrase: Passphrase,
        name: &str,
        answer: &Answer<'_>,
    ) -> Result<Vec<Zeroizing<String>>, NotDone> {
        let site = self.relying_party.as_ref().ok_or_else(|| unusable("Passkeys are not offered here."))?;
        let name = plain(name)?;
        let whose = (self.deployment, by.account);
        let now = self.clock.now();
        let day = Timestamp(now.0 - now.0.rem_euclid(DAY));
        let passkey =
            site.enrol(&self.keys, (whose, by.token_hash()), answer, name, (now, day)).ok_or_else(|| {
                unusable(
                    "No passkey came with the form, or it took longer than five minutes. Please try again.",
                )
            })?;
        let (account, _) = self.reopen(by, passphrase).await?;
        let keys = account.keys.as_ref().ok_or(Problem::Damaged)?;
        let id = passkey.id(&self.keys, self.deployment);
        let sealed = passkey.seal(&self.keys, whose, &self.randomness).map_err(Problem::from)?;
        let mut tx = self.db.write().await?;
        // Held, so that two at once count each other.
        store::factors::hold_passphrase(&mut tx, by.account, &keys.salt).await?;
        let before = factors_of(&mut tx, by.account).await?;
        if usize::try_from(before.passkeys).is_ok_and(|count| count >= PASSKEYS_MOST) {
            return Err(unusable(format!(
                "You have {PASSKEYS_MOST} passkeys, the most there can be. Please remove one first."
            )));
        }
        match store::passkeys::insert(&mut tx, by.account, &id, &sealed).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => return Err(unusable("This passkey has been added already.")),
            Err(error) => return Err(error.into()),
        }
        store::sessions::remove_others(&mut tx, by.account, by.token_hash()).await?;
        self.note(&mut tx, by.account, Happened::PasskeyAdded).await?;
        let mut codes = Vec::new();
        if !before.any() {
            codes = self.new_recovery_codes(&mut tx, by.account).await?;
            self.note(&mut tx, by.account, Happened::RecoveryCodes).await?;
        }
        tx.commit().await?;
        Ok(codes)
    }

    /// Removes a passkey; never the last factor of somebody who needs one. Where nobody needs one, recovery codes
    /// go with the last. One that is somebody else's is as one that is not there.
    pub async fn remove_passkey(
        &self,
        by: &SignedIn,
        passphrase: Passphrase,
        id: &str,
    ) -> Result<(), NotDone> {
        let id = from_hexadecimal(id)
            .and_then(|id| <[u8; 32]>::try_from(id.as_slice()).ok())
            .ok_or(Problem::NotFound)?;
        let (account, _) = self.reopen(by, passphrase).await?;
        let keys = account.keys.as_ref().ok_or(Problem::Damaged)?;
        let mut tx = self.db.write().await?;
        // Held, so that of the last two removed at once one stays.
        store::factors::hold_passphrase(&mut tx, by.account, &keys.salt).await?;
        match store::passkeys::remove(&mut tx, by.account, &id).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(Problem::NotFound.into()),
            Err(error) => return Err(error.into()),
        }
        if !factors_of(&mut tx, by.account).await?.any() {
            if self.second_factor_required && (by.administrator || by.auditor || !by.seats.is_empty()) {
                return Err(unusable(
                    "This is the only thing beside your passphrase that you sign in with, and your post needs one. \
                     Please set up another passkey or an app for codes first.",
                ));
            }
            store::factors::void_recovery_codes(&mut tx, by.account).await?;
        }
        self.note(&mut tx, by.account, Happened::PasskeyRemoved).await?;
        tx.commit().await?;
        Ok(())
    }
}
