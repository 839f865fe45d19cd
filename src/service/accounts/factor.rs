//! The second factor: enrolling an app, its codes, and the codes for the day it is lost.

use zeroize::Zeroizing;

use crate::crypto::factor::{AppSecret, RECOVERY_CODES, RecoveryCode};
use crate::crypto::passkey::Used;
use crate::crypto::passphrase::Passphrase;
use crate::crypto::secret::WrappingKey;
use crate::domain::id::AccountId;
use crate::service::{Candor, Problem};
use crate::store::factors::Factor;
use crate::store::{self, StoreError, Tx};

use super::history::{Happened, hour_of};
use super::{SignInError, SignedIn};
use crate::clock::HOUR;

/// Longest code that is taken, in characters: a recovery code with room for spaces.
pub const CODE_MOST: usize = 64;

/// What somebody has set up.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct FactorState {
    /// An app for codes.
    pub enrolled: bool,
    pub passkeys: u32,
    pub recovery_codes: u32,
}

/// What an app is told, to enrol it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offer {
    /// In groups of four, to be typed.
    pub secret: Zeroizing<String>,
    /// What the QR code holds.
    pub address: Zeroizing<String>,
}

/// Why something about one's own sign-in was not done.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum NotDone {
    #[error(
        "This code does not fit. Please wait for the next one that the app shows, and check the clock of the telephone."
    )]
    Code,
    /// What was chosen cannot be used; why, in words.
    #[error("{0}")]
    Unusable(String),
    /// The passphrase, or how often it was tried.
    #[error("{0}")]
    SignIn(#[from] SignInError),
}

impl From<Problem> for NotDone {
    fn from(problem: Problem) -> Self {
        Self::SignIn(problem.into())
    }
}

impl From<StoreError> for NotDone {
    fn from(error: StoreError) -> Self {
        Problem::from(error).into()
    }
}

/// What a sign-in was proved with beside the passphrase; used up with it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Proof {
    /// Nothing is enrolled.
    None,
    /// The code of this step.
    Step(i64),
    /// The recovery code of this hash.
    Recovery([u8; 32]),
    /// A passkey's answer to a challenge.
    Passkey(UsedPasskey, Used),
}

/// A passkey after its use.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct UsedPasskey {
    pub id: [u8; 32],
    pub sealed: Vec<u8>,
    /// The version that was used.
    pub version: u32,
}

impl FactorState {
    /// Whether somebody has any second factor.
    #[must_use]
    pub const fn any(self) -> bool {
        self.enrolled || self.passkeys > 0
    }
}

/// What an account has set up.
pub(super) async fn factors_of(tx: &mut Tx, account: AccountId) -> Result<FactorState, StoreError> {
    Ok(FactorState {
        enrolled: store::factors::find(tx, account).await?.is_some(),
        passkeys: store::passkeys::count(tx, account).await?,
        recovery_codes: store::factors::recovery_codes(tx, account).await?,
    })
}

impl Candor {
    /// What somebody has set up.
    pub async fn factor_state(&self, by: &SignedIn) -> Result<FactorState, Problem> {
        let mut tx = self.db.read().await?;
        Ok(factors_of(&mut tx, by.account).await?)
    }

    fn offered(&self, by: &SignedIn, earlier: Option<&Factor>) -> (AppSecret, u32) {
        let generation = earlier.map_or(1, |factor| factor.generation.saturating_add(1));
        (AppSecret::offered(by.token(), self.deployment, by.account, generation), generation)
    }

    /// The secret that this session offers to an app. The same until an app is enrolled.
    pub async fn offer(&self, by: &SignedIn) -> Result<Offer, Problem> {
        let mut tx = self.db.read().await?;
        let earlier = store::factors::find(&mut tx, by.account).await?;
        let (secret, _) = self.offered(by, earlier.as_ref());
        let mut grouped = Zeroizing::new(String::with_capacity(40));
        for (at, letter) in secret.to_base32().chars().enumerate() {
            if at > 0 && at % 4 == 0 {
                grouped.push(' ');
            }
            grouped.push(letter);
        }
        Ok(Offer { secret: grouped, address: secret.to_address(&by.sign_in_name) })
    }

    /// Enrols the app that shows this code, in the place of an earlier one, and returns new recovery
    /// codes; none where it comes beside passkeys, whose recovery codes stand. Every other session of the account ends.
    pub async fn enrol(
        &self,
        by: &SignedIn,
        passphrase: Passphrase,
        code: &str,
    ) -> Result<Vec<Zeroizing<String>>, NotDone> {
        let mut tx = self.db.read().await?;
        let earlier = store::factors::find(&mut tx, by.account).await?;
        drop(tx);
        let (secret, generation) = self.offered(by, earlier.as_ref());
        let Some(last_step) = secret.step_of(code, self.clock.now()) else { return Err(NotDone::Code) };
        let (account, opened) = self.reopen(by, passphrase).await?;
        let keys = account.keys.as_ref().ok_or(Problem::Damaged)?;
        let whose = (self.deployment, by.account);
        let sealed =
            secret.seal(&opened.wrapping, &self.keys, whose, &self.randomness).map_err(Problem::from)?;
        let mut tx = self.db.write().await?;
        store::factors::hold_passphrase(&mut tx, by.account, &keys.salt).await?;
        store::factors::enrol(&mut tx, by.account, &Factor { sealed, last_step, generation }).await?;
        let beside = earlier.is_none() && store::passkeys::count(&mut tx, by.account).await? > 0;
        let codes = if beside { Vec::new() } else { self.new_recovery_codes(&mut tx, by.account).await? };
        store::sessions::remove_others(&mut tx, by.account, by.token_hash()).await?;
        let what = if beside { Happened::AppBeside } else { Happened::App };
        self.note(&mut tx, by.account, what).await?;
        tx.commit().await?;
        Ok(codes)
    }

    /// Voids the recovery codes there are and returns new ones.
    pub async fn renew_recovery_codes(
        &self,
        by: &SignedIn,
        passphrase: Passphrase,
    ) -> Result<Vec<Zeroizing<String>>, NotDone> {
        self.reopen(by, passphrase).await?;
        let mut tx = self.db.write().await?;
        if !factors_of(&mut tx, by.account).await?.any() {
            return Err(Problem::NotFound.into());
        }
        let codes = self.new_recovery_codes(&mut tx, by.account).await?;
        self.note(&mut tx, by.account, Happened::RecoveryCodes).await?;
        tx.commit().await?;
        Ok(codes)
    }

    pub(super) async fn new_recovery_codes(
        &self,
        tx: &mut Tx,
        account: AccountId,
    ) -> Result<Vec<Zeroizing<String>>, Problem> {
        store::factors::void_recovery_codes(tx, account).await?;
        let mut codes = Vec::with_capacity(RECOVERY_CODES);
        for _ in 0..RECOVERY_CODES {
            let code = RecoveryCode::draw(&self.randomness);
            let hash = code.hash(&self.keys, self.deployment, account);
            store::factors::insert_recovery_code(tx, account, &hash).await?;
            codes.push(code.to_text());
        }
        Ok(codes)
    }

    /// What a typed code proves; none if it proves nothing. Using it up is for the transaction that
    /// begins the session.
    pub(super) fn proof(
        &self,
        account: AccountId,
        wrapping: &WrappingKey,
        factor: Option<&Factor>,
        typed: &str,
    ) -> Result<Option<Proof>, Problem> {
        if let Some(code) = RecoveryCode::read(typed) {
            return Ok(Some(Proof::Recovery(code.hash(&self.keys, self.deployment, account))));
        }
        let Some(factor) = factor else { return Ok(None) };
        let whose = (self.deployment, account);
        let secret = AppSecret::open(wrapping, &self.keys, whose, &factor.sealed)?;
        let step = secret.step_of(typed, self.clock.now()).filter(|step| *step > factor.last_step);
        Ok(step.map(Proof::Step))
    }

    /// Uses a proof up. Refused if somebody used it first.
    pub(super) async fn use_up(
        &self,
        tx: &mut Tx,
        account: AccountId,
        proof: &Proof,
    ) -> Result<(), SignInError> {
        let used = match proof {
            Proof::None => Ok(()),
            Proof::Step(step) => store::factors::use_step(tx, account, *step).await,
            Proof::Recovery(hash) => store::factors::use_recovery_code(tx, account, hash).await,
            Proof::Passkey(passkey, used) => {
                let forgotten = hour_of(used.until.plus(HOUR));
                match store::passkeys::use_challenge(tx, &used.hash, forgotten).await {
                    Ok(()) => {
                        let UsedPasskey { id, sealed, version } = passkey;
                        store::passkeys::used(tx, account, id, sealed, *version).await
                    }
                    taken => taken,
                }
            }
        };
        used.map_err(|error| match error {
            StoreError::Conflict => SignInError::Refused,
            other => SignInError::Problem(other.into()),
        })
    }
}
