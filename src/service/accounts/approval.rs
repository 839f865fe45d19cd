//! Approving somebody for a post: the signature that makes them a reader.

use crate::crypto::account::AccountPublic;
use crate::crypto::approval::{self, Approval, Grant, Roots, TrustMap};
use crate::crypto::public::{ReaderPublicKey, VerifyingKey};
use crate::crypto::removal::Removal;
use crate::crypto::secret::{PostKey, SigningKey};
use crate::domain::dispute::Member as Holder;
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
    /// Whether an administrator has barred them from signing in.
    pub barred: bool,
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
    /// Whether an administrator has asked the post to let them go.
    pub removal_asked: bool,
}

/// Somebody who waits for this person's approval.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct ToApprove {
    pub account: AccountId,
    pub sign_in_name: String,
    pub post: PostId,
    pub post_name: String,
    /// Whether they will lead it; only who leads it, or a founding lead, can make them lead.
    pub lead: bool,
    /// Whether they were approved before, with keys that they have lost.
    pub comes_back: bool,
    /// Whether nobody holds the post: what was sealed for it until now stays shut.
    pub first: bool,
    /// To be compared with what they read out, outside this system.
    pub fingerprint: String,
}

/// An account's public keys, once it is active.
pub(in crate::service) fn public_keys(account: &Account) -> Result<Option<AccountPublic>, Problem> {
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
        let asked = store::accounts::removals_asked(&mut tx).await?;
        let mut people = Vec::new();
        for account in store::accounts::all(&mut tx).await? {
            let posts = members
                .iter()
                .filter(|member| member.account == account.id)
                .map(|member| Holding {
                    post: member.post.clone(),
                    name: directory.post_name(&member.post),
                    lead: member.lead,
                    approved: directory.holds(account.id, &member.post),
                    removal_asked: asked.contains(&(member.post.clone(), account.id)),
                })
                .collect();
            people.push(Person {
                account: account.id,
                administrator: account.administrator,
                activated: account.keys.is_some(),
                barred: !account.active,
                posts,
                fingerprint: public_keys(&account)?.map(|public| public.fingerprint().to_string()),
                sign_in_name: account.sign_in_name,
            });
        }
        Ok(people)
    }

    /// Whether this person may approve members of a post: a member of it, or, while it has none, a founding lead.
    async fn may_approve(&self, by: &SignedIn, post: &PostId, held: bool) -> bool {
        by.seats.iter().any(|seat| seat.post == *post) || (!held && self.founds(by, post).await)
    }

    /// Whether this person is a founding lead whose signature counts for a post: with the keys that they
    /// founded with, still leading the Council, and for a Council post its own component's.
    pub(super) async fn founds(&self, by: &SignedIn, post: &PostId) -> bool {
        let founders = self.founders.read().await;
        founders.0.iter().any(|(component, root)| {
            let council = PostId::Council(component.clone());
            root.account == by.account
                && root.fingerprint == by.public.fingerprint()
                && by.seats.iter().any(|seat| seat.lead && seat.post == council)
                && (!matches!(post, PostId::Council(_)) || *post == council)
        })
    }

    /// Whether this person's signature can make somebody lead a post.
    async fn makes_leads(&self, by: &SignedIn, post: &PostId) -> bool {
        by.seats.iter().any(|seat| seat.lead && seat.post == *post) || self.founds(by, post).await
    }

    /// Who waits for this person's approval.
    pub async fn to_approve(&self, by: &SignedIn) -> Result<Vec<ToApprove>, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let mut waiting = Vec::new();
        for member in store::accounts::members(&mut tx).await? {
            let held = directory.members.get(&member.post).is_some_and(|members| !members.is_empty());
            if directory.holds(member.account, &member.post)
                || !self.may_approve(by, &member.post, held).await
            {
                continue;
            }
            let account = store::accounts::find(&mut tx, member.account).await?.ok_or(Problem::Damaged)?;
            if let Some(public) = public_keys(&account)? {
                let comes_back = directory.trust.verifying_keys(&account.id, &member.post).next().is_some();
                waiting.push(ToApprove {
                    account: account.id,
                    lead: member.lead && self.makes_leads(by, &member.post).await,
                    comes_back,
                    first: !held,
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
    /// Needs a fresh sign-in.
    pub async fn approve(&self, by: &SignedIn, account: AccountId, post: &PostId) -> Result<(), Problem> {
        self.approve_compared(by, account, post, None).await
    }

    /// As [`Self::approve`], but only the very keys whose fingerprint was compared.
    ///
    /// Makes the post's key if nobody holds it; otherwise wraps the keys there are, so that who comes later
    /// reads what the post could read before. Somebody who comes back with new keys is approved for a new
    /// version: the keys that were lost open nothing that is written from now on.
    pub async fn approve_compared(
        &self,
        by: &SignedIn,
        account: AccountId,
        post: &PostId,
        compared: Option<&str>,
    ) -> Result<(), Problem> {
        let signing = by.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let held = directory.count(post) > 0;
        let put_forward = store::accounts::members(&mut tx)
            .await?
            .into_iter()
            .find(|member| member.account == account && member.post == *post)
            .ok_or(Problem::NotFound)?;
        if !self.may_approve(by, post, held).await || directory.holds(account, post) {
            return Err(Problem::NotFound);
        }
        let stored = store::accounts::find(&mut tx, account).await?.ok_or(Problem::NotFound)?;
        let public = public_keys(&stored)?.filter(|_| !stored.auditor).ok_or(Problem::NotFound)?;
        if compared.is_some_and(|compared| compared != public.fingerprint().to_string()) {
            return Err(Problem::Moved(vec![
                "Their keys have changed since this page was opened.".to_owned(),
            ]));
        }
        let roots = self.founders.read().await.clone();
        let (version, key) = if !held {
            (self.next_version(&mut tx, post).await?, PostKey::random(&self.randomness, "post key"))
        } else if directory.trust.verified_member(&account, post).is_some() {
            self.rotate(&mut tx, by, signing, post, account, &roots).await?
        } else {
            self.post_keys(&mut tx, by, post).await?.pop_last().ok_or(Problem::NotFound)?
        };
        let lead = put_forward.lead && self.makes_leads(by, post).await;
        let grant = Grant {
            deployment: self.deployment,
            account,
            post: post.clone(),
            lead,
            post_key_version: version,
            opens: !held,
            account_key_version: stored.key_version,
            account_public: public,
            post_public: key.public(),
        };
        let trust = self.admit(&mut tx, approval::approve(signing, by.account, grant), &key, &roots).await?;
        let member = trust.verified_member(&account, post).ok_or(Problem::NotFound)?;
        for (earlier, key) in self.post_keys(&mut tx, by, post).await? {
            if held && earlier < version {
                let body = crate::crypto::post::wrap_earlier(&key, earlier, member, &self.randomness)?;
                store::accounts::insert_post_key_wrap(&mut tx, post, earlier, account, &body).await?;
            }
        }
        store::accounts::set_member(&mut tx, &Member { approved: true, lead, ..put_forward }).await?;
        let act = StaffAct::Approved { account, post: post.clone(), by: by.account };
        self.record_act(&mut tx, act).await?;
        store::organisation::people_changed(&mut tx).await?;
        tx.commit().await?;
        self.open_if_complete().await
    }

    async fn next_version(&self, tx: &mut Tx, post: &PostId) -> Result<u32, Problem> {
        Ok(store::accounts::post_keys(tx, post).await?.last().map_or(1, |(version, _)| version + 1))
    }

    /// Makes the next version of a post's key for everybody who holds the post now but one, opened and
    /// signed by a member.
    pub(super) async fn rotate(
        &self,
        tx: &mut Tx,
        by: &SignedIn,
        signing: &SigningKey,
        post: &PostId,
        without: AccountId,
        roots: &Roots,
    ) -> Result<(u32, PostKey), Problem> {
        let directory = self.directory_in(tx).await?;
        let version = self.next_version(tx, post).await?;
        let key = PostKey::random(&self.randomness, "post key");
        let held = directory.members.get(post).map(Vec::as_slice).unwrap_or_default();
        // Whoever opens a version comes first: the others are approved by somebody in it.
        let opener = held.iter().filter(|member| member.account == by.account);
        let others = held.iter().filter(|member| member.account != by.account && member.account != without);
        for Holder { account, lead } in opener.chain(others) {
            let verified = directory.trust.verified_member(account, post).ok_or(Problem::Damaged)?;
            let stored = store::accounts::find(tx, *account).await?.ok_or(Problem::Damaged)?;
            let grant = Grant {
                deployment: self.deployment,
                account: *account,
                post: post.clone(),
                lead: *lead,
                post_key_version: version,
                opens: *account == by.account,
                account_key_version: stored.key_version,
                account_public: verified.public().clone(),
                post_public: key.public(),
            };
            self.admit(tx, approval::approve(signing, by.account, grant), &key, roots).await?;
        }
        Ok((version, key))
    }

    /// Whose keys may be sealed for, as what is stored says it.
    pub(in crate::service) async fn trust(&self, tx: &mut Tx, roots: &Roots) -> Result<TrustMap, Problem> {
        let approvals: Vec<Approval> = store::accounts::approvals(tx)
            .await?
            .iter()
            .filter_map(|body| Approval::from_bytes(body).ok())
            .collect();
        let removals: Vec<Removal> = store::accounts::removals(tx)
            .await?
            .iter()
            .filter_map(|body| Removal::from_bytes(body).ok())
            .collect();
        Ok(TrustMap::build_without(self.deployment, roots, &approvals, &removals))
    }

    /// Stores an approval and wraps the post's key for whoever it admits. An approval that does
    /// not hold admits nobody.
    pub(super) async fn admit(
        &self,
        tx: &mut Tx,
        approval: Approval,
        key: &PostKey,
        roots: &Roots,
    ) -> Result<TrustMap, Problem> {
        let (post, version, account) =
            (approval.grant.post.clone(), approval.grant.post_key_version, approval.grant.account);
        store::accounts::insert_approval(tx, &post, version, account, &approval.to_bytes()).await?;
        let trust = self.trust(tx, roots).await?;
        let member = trust.verified_member(&account, &post).ok_or(Problem::NotFound)?;
        let known = store::accounts::post_keys(tx, &post).await?;
        if !known.iter().any(|(known, _)| *known == version) {
            store::accounts::insert_post_key(tx, &post, version, key.public().as_bytes()).await?;
        }
        let body = crate::crypto::post::wrap(key, member, &self.randomness)?;
        store::accounts::insert_post_key_wrap(tx, &post, version, account, &body).await?;
        Ok(trust)
    }

    /// This person's own fingerprint, to read out to whoever approves them.
    pub async fn own_fingerprint(&self, signed_in: &SignedIn) -> Result<String, Problem> {
        let mut tx = self.db.read().await?;
        let account = store::accounts::find(&mut tx, signed_in.account).await?.ok_or(Problem::NotFound)?;
        let public = public_keys(&account)?.ok_or(Problem::Damaged)?;
        Ok(public.fingerprint().to_string())
    }
}
