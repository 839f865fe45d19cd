//! Leaving a post: the signature after which nothing is sealed for somebody any more.

use crate::crypto::approval::VerifiedMember;
use crate::crypto::removal::{self, Departure};
use crate::domain::id::{AccountId, PostId};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::{self, StoreError};

use super::SignedIn;

/// The people of a post, for its members and, while it hangs on one person, for the founding lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PostPeople {
    pub post: PostId,
    pub name: String,
    /// Whether this person holds it; a founding lead does not hold what they look after.
    pub mine: bool,
    pub fellows: Vec<Fellow>,
    /// Put forward for it and not yet approved, by sign-in name.
    pub waiting: Vec<String>,
}

/// Somebody who holds a post.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(clippy::struct_excessive_bools, reason = "each is a thing of its own about somebody")]
pub struct Fellow {
    pub account: AccountId,
    pub sign_in_name: String,
    pub lead: bool,
    pub yourself: bool,
    /// Whether an administrator has asked to let them go.
    pub asked: bool,
    /// Whether they have lost their keys and wait to be approved with new ones.
    pub comes_back: bool,
}

impl Candor {
    /// The people of every post that this person holds or, as a founding lead, looks after.
    pub async fn post_people(&self, by: &SignedIn) -> Result<Vec<PostPeople>, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let asked = store::accounts::removals_asked(&mut tx).await?;
        let put_forward = store::accounts::members(&mut tx).await?;
        let mut posts = Vec::new();
        for (post, held) in &directory.members {
            let mine = directory.holds(by.account, post);
            let single = held.len() == 1 && self.founds(by, post).await;
            if !mine && !single {
                continue;
            }
            let name_of = |account| directory.names.get(&account).cloned().unwrap_or_default();
            let back = directory.trust.members(post).map(VerifiedMember::account);
            let back = back.filter(|account| !directory.holds(*account, post)).map(|account| Fellow {
                account,
                sign_in_name: name_of(account),
                lead: false,
                yourself: account == by.account,
                asked: asked.contains(&(post.clone(), account)),
                comes_back: true,
            });
            posts.push(PostPeople {
                post: post.clone(),
                name: directory.post_name(post),
                mine,
                fellows: held
                    .iter()
                    .map(|member| Fellow {
                        account: member.account,
                        sign_in_name: name_of(member.account),
                        lead: member.lead,
                        yourself: member.account == by.account,
                        asked: asked.contains(&(post.clone(), member.account)),
                        comes_back: false,
                    })
                    .chain(back)
                    .collect(),
                waiting: put_forward
                    .iter()
                    .filter(|member| member.post == *post && !directory.holds(member.account, post))
                    .map(|member| name_of(member.account))
                    .collect(),
            });
        }
        Ok(posts)
    }

    /// Removes somebody from a post: by a fellow member, or, for a post's last, by a founding Council lead.
    /// Needs a fresh sign-in.
    ///
    /// Those who remain get the next version of the post's key. Every later writing to a case finds that its
    /// audiences are wrapped for an older version and makes a new one first. The removed person's sessions end.
    pub async fn remove(&self, by: &SignedIn, account: AccountId, post: &PostId) -> Result<(), Problem> {
        let signing = by.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        // Their own seat as it is now, not as it was when their session was read.
        let fellow = directory.holds(by.account, post);
        let last = directory.others(account, post) == 0;
        // Somebody who waits to be approved with new keys is still in it with those that were lost.
        if directory.trust.verified_member(&account, post).is_none()
            || account == by.account
            || !(fellow || (last && self.founds(by, post).await))
        {
            return Err(Problem::NotFound);
        }
        let version = directory.trust.reader(post).ok_or(Problem::Damaged)?.key_version();
        let departure =
            Departure { deployment: self.deployment, account, post: post.clone(), post_key_version: version };
        let signed = removal::remove(signing, by.account, departure);
        let roots = self.founders.read().await.clone();
        if fellow {
            self.rotate(&mut tx, by, signing, post, account, &roots).await?;
        }
        store::accounts::insert_removal(&mut tx, post, version, account, &signed.to_bytes()).await?;
        // They may be gone from the table and yet have keys; not so the other way round.
        match store::accounts::remove_member(&mut tx, post, account).await {
            Ok(()) | Err(StoreError::Conflict) => {}
            Err(error) => return Err(error.into()),
        }
        store::accounts::remove_post_key_wraps(&mut tx, post, account).await?;
        store::sessions::remove_all(&mut tx, account).await?;
        // A removal that does not hold would leave them a reader: then it is none.
        if self.trust(&mut tx, &roots).await?.member(&account, post).is_some() {
            return Err(Problem::Damaged);
        }
        let act = StaffAct::Removed { account, post: post.clone(), by: by.account, key_version: version };
        self.record_act(&mut tx, act).await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        Ok(())
    }
}
