//! Approving somebody for a post: the signature that makes them a reader.

use crate::crypto::account::AccountPublic;
use crate::crypto::approval::{self, Approval, Grant, Roots, TrustMap};
use crate::crypto::public::{ReaderPublicKey, VerifyingKey};
use crate::crypto::secret::PostKey;
use crate::domain::id::{AccountId, PostId};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store::accounts::{Account, Member};
use crate::store::{self, Tx};

use super::SignedIn;

/// Somebody with an account, for the administrator's page.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Person {
    pub account: AccountId,
    pub sign_in_name: String,
    pub administrator: bool,
    /// Whether the invitation was taken up.
    pub activated: bool,
    pub posts: Vec<Holding>,
    pub fingerprint: Option<String>,
}

/// A post that somebody holds or is put forward for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holding {
    pub post: PostId,
    pub name: String,
    pub lead: bool,
    pub approved: bool,
}

/// Somebody who waits for this person's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToApprove {
    pub account: AccountId,
    pub sign_in_name: String,
    pub post: PostId,
    pub post_name: String,
    /// To be compared with what they read out, outside this system.
    pub fingerprint: String,
}

/// An account's public keys, once it is active.
pub(super) fn public_keys(account: &Account) -> Result<Option<AccountPublic>, Problem> {
    let Some(keys) = &account.keys else { return Ok(None) };
    Ok(Some(AccountPublic {
        reading: ReaderPublicKey::from_bytes(&keys.reading_public)?,
        verifying: VerifyingKey::from_bytes(&keys.signing_public)?,
    }))
}

impl Candor {
    /// Everybody, for the administrator.
    pub async fn people(&self, by: &SignedIn) -> Result<Vec<Person>, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let members = store::accounts::members(&mut tx).await?;
        let mut people = Vec::new();
        for account in store::accounts::all(&mut tx).await? {
            let posts = members
                .iter()
                .filter(|member| member.account == account.id)
                .map(|member| Holding {
                    post: member.post.clone(),
                    name: directory.post_name(&member.post),
                    lead: member.lead,
                    approved: directory.trust.member(&account.id, &member.post).is_some(),
                })
                .collect();
            people.push(Person {
                account: account.id,
                administrator: account.administrator,
                activated: account.keys.is_some(),
                posts,
                fingerprint: public_keys(&account)?.map(|public| public.fingerprint().to_string()),
                sign_in_name: account.sign_in_name,
            });
        }
        Ok(people)
    }

    /// Whether this person may approve members of a post: a member of it, or, while it has none, a founding lead.
    async fn may_approve(&self, by: &SignedIn, post: &PostId, held: bool) -> bool {
        by.seats.iter().any(|seat| seat.post == *post)
            || (!held && self.founders.read().await.0.values().any(|root| root.account == by.account))
    }

    /// Who waits for this person's approval.
    pub async fn to_approve(&self, by: &SignedIn) -> Result<Vec<ToApprove>, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let mut waiting = Vec::new();
        for member in store::accounts::members(&mut tx).await? {
            let held = directory.members.get(&member.post).is_some_and(|members| !members.is_empty());
            if directory.trust.member(&member.account, &member.post).is_some()
                || !self.may_approve(by, &member.post, held).await
            {
                continue;
            }
            let account = store::accounts::find(&mut tx, member.account).await?.ok_or(Problem::Damaged)?;
            if let Some(public) = public_keys(&account)? {
                waiting.push(ToApprove {
                    account: account.id,
                    post_name: directory.post_name(&member.post),
                    post: member.post,
                    fingerprint: public.fingerprint().to_string(),
                    sign_in_name: account.sign_in_name,
                });
            }
        }
        Ok(waiting)
    }

    /// Approves somebody for a post after their fingerprint was compared outside this system.
    /// Makes the post's key if nobody holds it yet; otherwise wraps the key there is. Needs a fresh sign-in.
    pub async fn approve(&self, by: &SignedIn, account: AccountId, post: &PostId) -> Result<(), Problem> {
        let signing = by.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let held = directory.members.get(post).is_some_and(|members| !members.is_empty());
        let put_forward = store::accounts::members(&mut tx)
            .await?
            .into_iter()
            .find(|member| member.account == account && member.post == *post)
            .ok_or(Problem::NotFound)?;
        if !self.may_approve(by, post, held).await || directory.trust.member(&account, post).is_some() {
            return Err(Problem::NotFound);
        }
        let stored = store::accounts::find(&mut tx, account).await?.ok_or(Problem::NotFound)?;
        let public = public_keys(&stored)?.ok_or(Problem::NotFound)?;
        let (version, key) = if held {
            self.post_keys(&mut tx, by, post).await?.pop_last().ok_or(Problem::NotFound)?
        } else {
            let version =
                store::accounts::post_keys(&mut tx, post).await?.last().map_or(1, |(version, _)| version + 1);
            (version, PostKey::random(&self.randomness, "post key"))
        };
        let grant = Grant {
            deployment: self.deployment,
            account,
            post: post.clone(),
            lead: put_forward.lead,
            post_key_version: version,
            opens: !held,
            account_key_version: 1,
            account_public: public,
            post_public: key.public(),
        };
        let roots = self.founders.read().await.clone();
        self.admit(&mut tx, approval::approve(signing, by.account, grant), &key, &roots).await?;
        store::accounts::set_member(&mut tx, &Member { approved: true, ..put_forward }).await?;
        let act = StaffAct::Approved { account, post: post.clone(), by: by.account };
        self.record_act(&mut tx, act).await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        self.open_if_complete().await
    }

    /// Stores an approval and wraps the post's key for whoever it admits. An approval that does
    /// not hold admits nobody.
    pub(super) async fn admit(
        &self,
        tx: &mut Tx,
        approval: Approval,
        key: &PostKey,
        roots: &Roots,
    ) -> Result<(), Problem> {
        let (post, version, account) =
            (approval.grant.post.clone(), approval.grant.post_key_version, approval.grant.account);
        store::accounts::insert_approval(tx, &post, version, account, &approval.to_bytes()).await?;
        let approvals = read_approvals(tx).await?;
        let trust = TrustMap::build(self.deployment, roots, &approvals);
        let member = trust.verified_member(&account, &post).ok_or(Problem::NotFound)?;
        let known = store::accounts::post_keys(tx, &post).await?;
        if !known.iter().any(|(known, _)| *known == version) {
            store::accounts::insert_post_key(tx, &post, version, key.public().as_bytes()).await?;
        }
        let body = crate::crypto::post::wrap(key, member, &self.randomness)?;
        store::accounts::insert_post_key_wrap(tx, &post, version, account, &body).await?;
        Ok(())
    }

    /// This person's own fingerprint, to read out to whoever approves them.
    pub async fn own_fingerprint(&self, signed_in: &SignedIn) -> Result<String, Problem> {
        let mut tx = self.db.read().await?;
        let account = store::accounts::find(&mut tx, signed_in.account).await?.ok_or(Problem::NotFound)?;
        let public = public_keys(&account)?.ok_or(Problem::Damaged)?;
        Ok(public.fingerprint().to_string())
    }
}

/// Every approval that can be read; whether it holds is for the trust map.
pub(in crate::service) async fn read_approvals(tx: &mut Tx) -> Result<Vec<Approval>, Problem> {
    Ok(store::accounts::approvals(tx)
        .await?
        .iter()
        .filter_map(|body| Approval::from_bytes(body).ok())
        .collect())
}
