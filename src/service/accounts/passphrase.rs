//! Invitations and the passphrase chosen on taking one up.

use crate::clock::DAY;
use crate::crypto::account::{self, AccountKeys};
use crate::crypto::passphrase::Passphrase;
use crate::crypto::secret::SessionToken;
use crate::crypto::session as token;
use crate::domain::id::{AccountId, PostId};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, from_hexadecimal, hexadecimal};
use crate::store::accounts::{Keys, Member};
use crate::store::{self, StoreError};

use super::SignedIn;
use super::blocklist::{is_easily_guessed, words_of_the_place};
use super::history::Happened;

/// Shortest and longest passphrase in characters (NIST SP 800-63B-4: 15 or more where it is the only factor).
pub const PASSPHRASE_LEAST: usize = 15;
pub const PASSPHRASE_MOST: usize = 256;

/// How long an invitation stands, in seconds.
pub(super) const INVITATION: i64 = 7 * DAY;

/// What an account is for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Duty {
    Posts,
    Administrator,
    Auditor,
}

/// Somebody who is about to take up an invitation.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Invited {
    pub sign_in_name: String,
    /// The posts they are put forward for, in words.
    pub posts: Vec<String>,
    /// Whether they had keys before, which are void once the link is used.
    pub comes_back: bool,
}

/// An account that has just been activated.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Activated {
    /// To be read out to whoever approves, outside this system.
    pub fingerprint: String,
}

/// Checks a new passphrase: long enough, and not among what somebody would try first; `words` are those of this
/// place. Any characters are allowed; no mixture is asked for.
pub fn check_passphrase(typed: &str, words: &[String]) -> Result<Passphrase, String> {
    let count = typed.chars().count();
    if count < PASSPHRASE_LEAST {
        return Err(format!(
            "Please use at least {PASSPHRASE_LEAST} characters; a few random words do well."
        ));
    }
    if count > PASSPHRASE_MOST {
        return Err(format!("Please use at most {PASSPHRASE_MOST} characters."));
    }
    if is_easily_guessed(typed, words) {
        return Err(
            "This one would be tried early: it is close to what many people choose, or to names of this \
                    place or your own. Please take a few random words instead."
                .to_owned(),
        );
    }
    Passphrase::new(typed.to_owned()).map_err(|_| format!("Please use at most {PASSPHRASE_MOST} characters."))
}

impl Candor {
    /// Puts an account forward for posts and returns the token of its one-time link.
    pub async fn invite(
        &self,
        by: &SignedIn,
        name: &str,
        administrator: bool,
        posts: &[(PostId, bool)],
    ) -> Result<String, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        self.invite_as(Some(by.account), name, administrator, posts).await
    }

    /// Invites an auditor, who checks the record. One person, one duty: neither administrator nor in a post,
    /// ever.
    pub async fn invite_auditor(&self, by: &SignedIn, name: &str) -> Result<String, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        self.invite_to(Some(by.account), name, Duty::Auditor, &[]).await
    }

    /// The first administrator's invitation, made where the program is started. None if anybody is there already.
    pub async fn invite_first_administrator(&self) -> Result<Option<String>, Problem> {
        let mut tx = self.db.read().await?;
        let accounts = store::accounts::all(&mut tx).await?;
        drop(tx);
        match accounts.as_slice() {
            [] => self.invite_as(None, "administrator", true, &[]).await.map(Some),
            // Started again before the link was used: the old one is void, here is another.
            [only] if only.administrator && only.keys.is_none() => self.invite_again(only.id).await.map(Some),
            _ => Ok(None),
        }
    }

    async fn invite_again(&self, account: AccountId) -> Result<String, Problem> {
        let token = SessionToken::random(&self.randomness, "invitation token");
        let mut tx = self.db.write().await?;
        let expires = self.clock.now().plus(INVITATION);
        store::accounts::invite(&mut tx, account, &token::token_hash(&token), expires).await?;
        tx.commit().await?;
        Ok(hexadecimal(token.expose()))
    }

    pub(crate) async fn invite_as(
        &self,
        by: Option<AccountId>,
        name: &str,
        administrator: bool,
        posts: &[(PostId, bool)],
    ) -> Result<String, Problem> {
        let duty = if administrator { Duty::Administrator } else { Duty::Posts };
        self.invite_to(by, name, duty, posts).await
    }

    async fn invite_to(
        &self,
        by: Option<AccountId>,
        name: &str,
        duty: Duty,
        posts: &[(PostId, bool)],
    ) -> Result<String, Problem> {
        let name = super::plain_name(name).ok_or_else(|| {
            Problem::Unusable(
                "Please use letters, digits, dots, hyphens and @ for a sign-in name, at most 64.".to_owned(),
            )
        })?;
        let directory = self.directory().await?;
        if let Some(organisation) = &directory.organisation {
            let known = organisation.posts();
            if let Some((post, _)) = posts.iter().find(|(post, _)| !known.contains(post)) {
                return Err(Problem::Unusable(format!("The organisation has no post {post}.")));
            }
        } else if !posts.is_empty() {
            return Err(Problem::Unusable("Please set the organisation first.".to_owned()));
        }
        let account = AccountId::random(&self.randomness);
        let token = SessionToken::random(&self.randomness, "invitation token");
        let mut tx = self.db.write().await?;
        let administrator = duty == Duty::Administrator;
        match store::accounts::insert(&mut tx, account, &name, administrator).await {
            Ok(()) => {}
            Err(StoreError::Duplicate) => {
                return Err(Problem::Unusable(format!("There is an account named {name} already.")));
            }
            Err(error) => return Err(error.into()),
        }
        if duty == Duty::Auditor {
            store::accounts::make_auditor(&mut tx, account).await?;
        }
        let expires = self.clock.now().plus(INVITATION);
        store::accounts::invite(&mut tx, account, &token::token_hash(&token), expires).await?;
        for (post, lead) in posts {
            let member = Member { post: post.clone(), account, lead: *lead, approved: false };
            store::accounts::set_member(&mut tx, &member).await?;
        }
        let (administrator, auditor) = (Some(administrator), Some(duty == Duty::Auditor));
        self.record_act(&mut tx, StaffAct::Invited { account, by, administrator, auditor }).await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(hexadecimal(token.expose()))
    }

    /// Whose invitation a link is. None if it was used or has expired.
    pub async fn invitation(&self, link: &str) -> Result<Option<Invited>, Problem> {
        let Some(token) = read_token(link) else { return Ok(None) };
        let mut tx = self.db.read().await?;
        let hash = token::token_hash(&token);
        let Some(id) = store::accounts::invited(&mut tx, &hash, self.clock.now()).await? else {
            return Ok(None);
        };
        let account = store::accounts::find(&mut tx, id).await?.ok_or(Problem::Damaged)?;
        if !account.active {
            return Ok(None);
        }
        let directory = self.directory_in(&mut tx).await?;
        let posts = store::accounts::members(&mut tx)
            .await?
            .into_iter()
            .filter(|member| member.account == id)
            .map(|member| directory.post_name(&member.post))
            .collect();
        Ok(Some(Invited { comes_back: account.keys.is_some(), sign_in_name: account.sign_in_name, posts }))
    }

    /// Words of this place that a passphrase must not be built on, for somebody of this sign-in name.
    pub async fn passphrase_words(&self, sign_in_name: &str) -> Result<Vec<String>, Problem> {
        let directory = self.directory().await?;
        Ok(words_of_the_place(directory.organisation.as_deref(), sign_in_name))
    }

    /// Takes an invitation up: makes the account's keys under the chosen passphrase.
    pub async fn activate(&self, link: &str, typed: &str) -> Result<Activated, Problem> {
        let token = read_token(link).ok_or(Problem::NotFound)?;
        let hash = token::token_hash(&token);
        let mut tx = self.db.read().await?;
        let id =
            store::accounts::invited(&mut tx, &hash, self.clock.now()).await?.ok_or(Problem::NotFound)?;
        let account = store::accounts::find(&mut tx, id).await?.ok_or(Problem::Damaged)?;
        drop(tx);
        if !account.active {
            return Err(Problem::NotFound);
        }
        let words = self.passphrase_words(&account.sign_in_name).await?;
        let passphrase = check_passphrase(typed, &words).map_err(Problem::Unusable)?;
        let salt: [u8; 16] = self.randomness.bytes("passphrase salt");
        let parameters = self.settings.passphrase;
        let (derived, pepper) = self.derive(passphrase, salt, parameters, None).await?;
        let keys = AccountKeys::generate(&self.randomness);
        let public = keys.public();
        let wrapping = &derived.wrapping;
        let stored = Keys {
            salt: salt.to_vec(),
            memory_kib: parameters.memory_kib,
            passes: parameters.passes,
            lanes: parameters.lanes,
            verifier: derived.verifier.as_bytes().to_vec(),
            reading_public: public.reading.as_bytes().to_vec(),
            signing_public: public.verifying.as_bytes().to_vec(),
            reading_sealed: account::seal(wrapping, self.deployment, id, &keys.reading, &self.randomness)?,
            signing_sealed: account::seal(wrapping, self.deployment, id, &keys.signing, &self.randomness)?,
            pepper,
        };
        let fingerprint = public.fingerprint().to_string();
        let mut tx = self.db.write().await?;
        match store::accounts::take_invitation(&mut tx, &hash).await {
            Ok(()) => {}
            Err(StoreError::Conflict) => return Err(Problem::NotFound),
            Err(error) => return Err(error.into()),
        }
        store::accounts::set_keys(&mut tx, id, &stored).await?;
        if account.keys.is_some() {
            // The keys are others: every approval was of the old ones, and what was wrapped for those is lost.
            store::accounts::raise_key_version(&mut tx, id).await?;
            store::accounts::await_approval(&mut tx, id).await?;
            // The app's secret rests under a passphrase that nobody knows any more.
            store::factors::void_app(&mut tx, id).await?;
            // Whoever lost the one may have lost the device with it.
            store::passkeys::void(&mut tx, id).await?;
            store::factors::void_recovery_codes(&mut tx, id).await?;
            self.note(&mut tx, id, Happened::NewKeys).await?;
            for (post, ..) in store::accounts::post_key_wraps(&mut tx, id).await? {
                store::accounts::remove_post_key_wraps(&mut tx, &post, id).await?;
            }
        }
        store::sessions::remove_all(&mut tx, id).await?;
        self.record_act(&mut tx, StaffAct::Activated { account: id, fingerprint: fingerprint.clone() })
            .await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(Activated { fingerprint })
    }
}

fn read_token(link: &str) -> Option<SessionToken> {
    let bytes: [u8; 32] = from_hexadecimal(link)?.as_slice().try_into().ok()?;
    Some(SessionToken::from_bytes(bytes))
}
