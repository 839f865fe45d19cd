//! Signing in, and what a session opens.

use crate::clock::{HOUR, Timestamp};
use crate::crypto::account::{self, AccountPublic};
use crate::crypto::canonical::Canonical;
use crate::crypto::passkey::{Answer, Shown};
use crate::crypto::passphrase::{self, Parameters, Passphrase, Verifier};
use crate::crypto::secret::{ReadingKey, SessionToken, SigningKey, WrappingKey};
use crate::crypto::service::Purpose;
use crate::crypto::session as token;
use crate::domain::dispute::Seat;
use crate::domain::id::AccountId;
use crate::service::{Candor, Problem, from_hexadecimal, hexadecimal};
use crate::store::accounts::{Account, Keys};
use crate::store::sessions::Session;
use crate::store::{self};

use super::factor::Proof;
use super::giving_way::giving_way;
use super::history::{Happened, KEPT, hour_of};

/// How long a fresh sign-in lasts, in seconds.
pub const FRESH: i64 = 10 * 60;
/// How long a session lasts without a request, in seconds.
pub const IDLE: i64 = HOUR;
/// How long a session lasts at most, in seconds.
const LONGEST: i64 = 12 * HOUR;

/// Somebody who has signed in, with what their session opens.
#[derive(Debug)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own about somebody")]
pub struct SignedIn {
    pub account: AccountId,
    pub sign_in_name: String,
    pub administrator: bool,
    /// Checks the record; never beside another duty.
    pub auditor: bool,
    /// The posts held now, by approvals that lead to the founding leads. None while `must_enrol`.
    pub seats: Vec<Seat>,
    /// A second factor has to be enrolled before the posts that there are open anything.
    pub must_enrol: bool,
    /// Whether the passphrase was given within the last ten minutes.
    pub fresh: bool,
    /// When the session ends unless something is done.
    pub idle_until: Timestamp,
    /// Goes into every form of this session.
    pub csrf: String,
    token_hash: [u8; 32],
    token: SessionToken,
    /// This person's public keys.
    pub(super) public: AccountPublic,
    /// Which keys of the account these are.
    pub(in crate::service) key_version: u32,
    pub(in crate::service) reading: ReadingKey,
    /// There only while a fresh sign-in lasts.
    pub(in crate::service) signing: Option<SigningKey>,
}

/// Why somebody could not sign in.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum SignInError {
    /// Unknown name, wrong passphrase, not activated, wrong code or one that was used: one answer.
    #[error(
        "Name, passphrase and code or passkey do not fit together. Please check all three. A code is taken once; the next one comes within thirty seconds."
    )]
    Refused,
    /// Many wrong tries from one place for one name, whether there is such a name or not.
    #[error("There were several wrong tries from where you are. Please try again in {seconds} seconds.")]
    Wait { seconds: u32 },
    #[error("Too many people are signing in just now. Please try again in {retry_after} seconds.")]
    Busy { retry_after: u32 },
    #[error("{0}")]
    Problem(#[from] Problem),
}

/// What a passphrase opened.
pub(super) struct Opened {
    pub reading: ReadingKey,
    pub signing: SigningKey,
    pub wrapping: WrappingKey,
}

/// Somebody at the door.
#[derive(Clone, Debug)]
pub struct Attempt<'a> {
    pub name: &'a str,
    pub passphrase: Passphrase,
    /// Of an app, or a recovery code; empty if there is none.
    pub code: &'a str,
    /// A passkey's answer in the place of a code.
    pub passkey: Option<Answer<'a>>,
    /// A keyed hash of the address, where one is known.
    pub from: Option<[u8; 16]>,
}

impl SignedIn {
    pub(super) const fn token(&self) -> &SessionToken {
        &self.token
    }

    pub(super) const fn token_hash(&self) -> &[u8; 32] {
        &self.token_hash
    }
}

impl Candor {
    /// Signs in somebody without a second factor.
    pub async fn sign_in(&self, name: &str, passphrase: Passphrase) -> Result<String, SignInError> {
        self.sign_in_with(&Attempt { name, passphrase, code: "", passkey: None, from: None }).await
    }

    /// Signs in and returns what the session cookie holds.
    pub async fn sign_in_with(&self, attempt: &Attempt<'_>) -> Result<String, SignInError> {
        let made = self.begin_try(attempt.from.as_ref().map(<[u8; 16]>::as_slice), attempt.name)?;
        made.take_time().await;
        let outcome = self.open_door(attempt).await;
        self.end_try(&made, &outcome);
        outcome
    }

    async fn open_door(&self, attempt: &Attempt<'_>) -> Result<String, SignInError> {
        let mut tx = self.db.read().await.map_err(Problem::from)?;
        let account = match super::plain_name(attempt.name) {
            Some(name) => store::accounts::by_name(&mut tx, &name).await.map_err(Problem::from)?,
            None => None,
        };
        // Asked for in any case, so that the database has the same work for a name that is not there.
        let id = account.as_ref().map_or(AccountId(uuid::Uuid::nil()), |account| account.id);
        let factor = store::factors::find(&mut tx, id).await.map_err(Problem::from)?;
        let passkeys = store::passkeys::of_account(&mut tx, id).await.map_err(Problem::from)?;
        drop(tx);
        let permit = self.sign_in_lane.clone().try_acquire_many_owned(1);
        let _permit = if let Ok(permit) = permit {
            permit
        } else {
            // Wait a little for a turn, no longer: the rest are better told to come again.
            let turn = self.sign_in_lane.clone().acquire_owned();
            let Ok(Ok(permit)) = tokio::time::timeout(std::time::Duration::from_secs(5), turn).await else {
                self.operations.somebody_was_turned_away();
                return Err(SignInError::Busy { retry_after: 10 });
            };
            permit
        };
        // Before the passphrase and for every name, so that its work says nothing about either.
        let shown = match &attempt.passkey {
            Some(answer) => Some(self.shown(id, &passkeys, answer)?),
            None => None,
        };
        let passphrase = attempt.passphrase.clone();
        let Some(account) = account else {
            self.waste_a_derivation(passphrase).await?;
            return Err(SignInError::Refused);
        };
        let opened = self.open_account(&account, passphrase).await?.ok_or(SignInError::Refused)?;
        let proof = match shown {
            Some(Shown::Right(passkey, used)) => self.proof_of(id, &passkeys, &passkey, used)?,
            Some(Shown::Wrong) => return Err(SignInError::Refused),
            Some(Shown::Copied) => {
                let mut tx = self.db.write().await.map_err(Problem::from)?;
                self.note(&mut tx, id, Happened::PasskeyCopied).await?;
                tx.commit().await.map_err(Problem::from)?;
                return Err(SignInError::Refused);
            }
            None if factor.is_none() && passkeys.is_empty() => Proof::None,
            None => self
                .proof(id, &opened.wrapping, factor.as_ref(), attempt.code)?
                .ok_or(SignInError::Refused)?,
        };
        // Within the turn that the first derivation had: no more of them run at once than ever.
        let renewed = self.renewed(&account, &opened, attempt.passphrase.clone()).await?;
        self.begin_session(&account, &opened, &proof, renewed).await
    }

    async fn begin_session(
        &self,
        account: &Account,
        opened: &Opened,
        proof: &Proof,
        renewed: Option<(Keys, WrappingKey)>,
    ) -> Result<String, SignInError> {
        let now = self.clock.now();
        let token = token::new_token(&self.randomness);
        let seal = |key: Result<Vec<u8>, crate::crypto::Error>| key.map_err(Problem::from);
        let (deployment, id) = (self.deployment, account.id);
        let reading = token::seal_for_session(&token, deployment, id, &opened.reading, &self.randomness);
        let signing = token::seal_for_session(&token, deployment, id, &opened.signing, &self.randomness);
        let session = Session {
            token_hash: token::token_hash(&token),
            account: id,
            reading_sealed: seal(reading)?,
            signing_sealed: Some(seal(signing)?),
            fresh_until: now.plus(FRESH),
            idle_until: now.plus(IDLE),
            ends_at: now.plus(LONGEST),
            began_hour: hour_of(now),
        };
        let mut tx = self.db.write().await.map_err(Problem::from)?;
        // The account before its second factor, as whoever changes a passphrase takes them.
        if let Some((new, wrapping)) = &renewed {
            self.renew(&mut tx, account, opened, (new, wrapping)).await?;
        }
        self.use_up(&mut tx, id, proof).await?;
        store::sessions::insert(&mut tx, &session).await.map_err(Problem::from)?;
        let what = match proof {
            Proof::Recovery(_) => Happened::SignedInByRecoveryCode,
            Proof::Passkey(..) => Happened::SignedInByPasskey,
            Proof::None | Proof::Step(_) => Happened::SignedIn,
        };
        self.note(&mut tx, id, what).await?;
        tx.commit().await.map_err(Problem::from)?;
        Ok(hexadecimal(token.expose()))
    }

    /// The same work as for an account that exists.
    async fn waste_a_derivation(&self, passphrase: Passphrase) -> Result<(), Problem> {
        let parameters = self.settings.passphrase;
        self.derive(passphrase, [0; 16], parameters, None).await.map(drop)
    }

    /// Derives with the pepper of a generation, or the newest; says which it was.
    pub(super) async fn derive(
        &self,
        passphrase: Passphrase,
        salt: [u8; 16],
        parameters: Parameters,
        pepper: Option<u32>,
    ) -> Result<(passphrase::Derived, u32), Problem> {
        let (generation, pepper) = self.pepper(pepper).await?;
        // Goes along to the thread: whoever breaks a request off ends the wait for it, and not the work. Were the
        // place free again at once, a flood of such requests would take all memory.
        let place = self.derivations.clone().acquire_owned().await.map_err(|_| Problem::Damaged)?;
        let derived = giving_way(move || {
            let _place = place;
            passphrase::derive(&passphrase, &salt, &parameters, &pepper)
        })
        .await??;
        Ok((derived, generation))
    }

    /// Opens an account's keys with its passphrase. None if it does not fit or has none yet.
    async fn open_account(
        &self,
        account: &Account,
        passphrase: Passphrase,
    ) -> Result<Option<Opened>, Problem> {
        let Some(keys) = account.keys.as_ref().filter(|_| account.active) else {
            self.waste_a_derivation(passphrase).await?;
            return Ok(None);
        };
        let salt: [u8; 16] = keys.salt.as_slice().try_into().map_err(|_| Problem::Damaged)?;
        let (derived, _) = self.derive(passphrase, salt, parameters_of(keys), Some(keys.pepper)).await?;
        if derived.verifier != Verifier::from_bytes(&keys.verifier).map_err(Problem::from)? {
            return Ok(None);
        }
        let wrapping = &derived.wrapping;
        Ok(Some(Opened {
            reading: account::open(wrapping, self.deployment, account.id, &keys.reading_sealed)?,
            signing: account::open(wrapping, self.deployment, account.id, &keys.signing_sealed)?,
            wrapping: derived.wrapping,
        }))
    }

    /// The session of a cookie, if it has not ended. Every request moves the end of idleness.
    pub async fn session(&self, cookie: &str) -> Result<Option<SignedIn>, Problem> {
        let Some(bytes) = from_hexadecimal(cookie) else { return Ok(None) };
        let Ok(bytes) = <[u8; 32]>::try_from(bytes.as_slice()) else { return Ok(None) };
        let token = SessionToken::from_bytes(bytes);
        let token_hash = token::token_hash(&token);
        let now = self.clock.now();
        let mut tx = self.db.read().await?;
        let Some(session) = store::sessions::find(&mut tx, &token_hash, now).await? else { return Ok(None) };
        let Some(account) = store::accounts::find(&mut tx, session.account).await? else { return Ok(None) };
        if !account.active {
            return Ok(None);
        }
        let Some(public) = super::public_keys(&account)? else { return Ok(None) };
        let directory = self.directory_in(&mut tx).await?;
        let seats = directory.seats(account.id);
        let must_enrol = self.second_factor_required
            && (account.administrator || account.auditor || !seats.is_empty())
            && !super::factor::factors_of(&mut tx, account.id).await?.any();
        drop(tx);
        let reading = token::open_for_session::<ReadingKey>(
            &token,
            self.deployment,
            account.id,
            &session.reading_sealed,
        )?;
        let signing = match &session.signing_sealed {
            Some(sealed) if session.fresh_until > now => {
                Some(token::open_for_session::<SigningKey>(&token, self.deployment, account.id, sealed)?)
            }
            _ => None,
        };
        let idle_until = now.plus(IDLE).min(session.ends_at);
        // One write a minute is enough to keep a session, and keeps reading pages cheap.
        let stale = idle_until.since(session.idle_until) >= 60;
        let lapsed = session.signing_sealed.is_some() && signing.is_none();
        if stale || lapsed {
            let mut tx = self.db.write().await?;
            store::sessions::touch(&mut tx, &token_hash, idle_until, now).await?;
            tx.commit().await?;
        }
        let csrf = Canonical::new("candor form token 1").bytes(&token_hash).finish();
        let seats = directory.seats(account.id);
        Ok(Some(SignedIn {
            account: account.id,
            sign_in_name: account.sign_in_name,
            administrator: account.administrator && !account.auditor,
            auditor: account.auditor && !account.administrator && seats.is_empty(),
            seats: if must_enrol { Vec::new() } else { seats },
            must_enrol,
            fresh: signing.is_some(),
            idle_until,
            csrf: hexadecimal(&self.keys.mac(Purpose::Csrf, &csrf)),
            token_hash,
            token,
            public,
            key_version: account.key_version,
            reading,
            signing,
        }))
    }

    /// Opens the account of somebody who is signed in once more, with the passphrase.
    pub(super) async fn reopen(
        &self,
        signed_in: &SignedIn,
        passphrase: Passphrase,
    ) -> Result<(Account, Opened), SignInError> {
        // Whoever holds another's session has no endless tries for the passphrase.
        let made = self.begin_try(Some(&signed_in.token_hash), &signed_in.sign_in_name)?;
        let outcome = async {
            let mut tx = self.db.read().await.map_err(Problem::from)?;
            let account = store::accounts::find(&mut tx, signed_in.account).await.map_err(Problem::from)?;
            drop(tx);
            let account = account.ok_or(SignInError::Refused)?;
            // A lane of its own: a flood at the door keeps nobody inside from signing.
            let _permit = self.confirm_lane.acquire().await.map_err(|_| Problem::Damaged)?;
            let opened = self.open_account(&account, passphrase).await?.ok_or(SignInError::Refused)?;
            Ok((account, opened))
        }
        .await;
        self.end_try(&made, &outcome);
        outcome
    }

    /// A fresh sign-in within a session: opens the signing key for ten minutes.
    pub async fn confirm(&self, signed_in: &SignedIn, passphrase: Passphrase) -> Result<(), SignInError> {
        let (account, opened) = self.reopen(signed_in, passphrase).await?;
        let sealed = token::seal_for_session(
            &signed_in.token,
            self.deployment,
            account.id,
            &opened.signing,
            &self.randomness,
        )
        .map_err(Problem::from)?;
        let mut tx = self.db.write().await.map_err(Problem::from)?;
        let until = self.clock.now().plus(FRESH);
        store::sessions::refresh(&mut tx, &signed_in.token_hash, &sealed, until)
            .await
            .map_err(Problem::from)?;
        tx.commit().await.map_err(Problem::from)?;
        Ok(())
    }

    /// Ends the session.
    pub async fn sign_out(&self, signed_in: &SignedIn) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        store::sessions::remove(&mut tx, &signed_in.token_hash).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Removes sessions that have ended, and what is kept of earlier ones for ninety days.
    pub async fn remove_ended_sessions(&self) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let now = self.clock.now();
        store::sessions::remove_ended(&mut tx, now).await?;
        store::account_events::remove_before(&mut tx, hour_of(now.plus(-KEPT))).await?;
        store::passkeys::forget_challenges(&mut tx, now).await?;
        tx.commit().await?;
        Ok(())
    }
}

pub(super) fn parameters_of(keys: &Keys) -> Parameters {
    Parameters { memory_kib: keys.memory_kib, passes: keys.passes, lanes: keys.lanes }
}
