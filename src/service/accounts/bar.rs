//! What an administrator can do about an account: bar it, let it in again, give it a new link, ask a post to
//! let it go. None of it opens anything or makes anybody a reader.

use crate::crypto::secret::SessionToken;
use crate::crypto::session as token;
use crate::domain::id::{AccountId, PostId};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::{self, StoreError, Tx};

use super::SignedIn;
use super::passphrase::INVITATION;

fn there(result: Result<(), StoreError>) -> Result<(), Problem> {
    match result {
        Err(StoreError::Conflict) => Err(Problem::NotFound),
        other => Ok(other?),
    }
}

impl Candor {
    /// Keeps an account from signing in, or lets it again. Its sessions end at once.
    pub async fn bar(&self, by: &SignedIn, account: AccountId, barred: bool) -> Result<(), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        if account == by.account {
            return Err(Problem::Unusable("You cannot bar yourself. Another administrator can.".to_owned()));
        }
        let mut tx = self.db.write().await?;
        there(store::accounts::set_active(&mut tx, account, !barred).await)?;
        store::sessions::remove_all(&mut tx, account).await?;
        let act = if barred {
            StaffAct::Barred { account, by: by.account }
        } else {
            StaffAct::Readmitted { account, by: by.account }
        };
        self.finish(tx, act).await
    }

    /// A new one-time link for somebody who has lost their passphrase, or let the first one expire. Until it
    /// is used nothing changes but that an earlier link is void.
    pub async fn invite_back(&self, by: &SignedIn, account: AccountId) -> Result<String, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let token = SessionToken::random(&self.randomness, "invitation token");
        let mut tx = self.db.write().await?;
        let known = store::accounts::find(&mut tx, account).await?.ok_or(Problem::NotFound)?;
        if !known.active {
            return Err(Problem::Unusable("This account is barred. Let it in again first.".to_owned()));
        }
        let expires = self.clock.now().plus(INVITATION);
        store::accounts::invite(&mut tx, account, &token::token_hash(&token), expires).await?;
        self.finish(tx, StaffAct::InvitedAgain { account, by: by.account }).await?;
        Ok(hexadecimal(token.expose()))
    }

    /// Asks the members of a post to let somebody go. They decide.
    pub async fn ask_removal(&self, by: &SignedIn, account: AccountId, post: &PostId) -> Result<(), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.write().await?;
        there(store::accounts::ask_removal(&mut tx, post, account).await)?;
        self.finish(tx, StaffAct::RemovalAsked { account, post: post.clone(), by: by.account }).await
    }

    async fn finish(&self, mut tx: Tx, act: StaffAct) -> Result<(), Problem> {
        self.record_act(&mut tx, act).await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
