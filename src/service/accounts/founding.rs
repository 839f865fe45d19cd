//! Founding: the two Council leads, one for each component, from whom all trust descends.
//!
//! Their fingerprints stand in a file beside the service key, outside the database, so that
//! whoever writes the database cannot put somebody else in their place.

use std::path::Path;

use serde::{Deserialize, Serialize};

use crate::crypto::approval::{self, Grant, Root, Roots};
use crate::crypto::post;
use crate::domain::id::{AccountId, DeploymentId, PostId};
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem};
use crate::store;

use super::SignedIn;
use super::approval::public_keys;

/// One for each component.
const LEADS: usize = 2;

/// What still stands between a new deployment and its first concern.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Readiness {
    pub organisation: bool,
    /// Each component's founding lead: name of the component, sign-in name, fingerprint once active, whether they have founded.
    pub leads: Vec<Lead>,
    pub founded: bool,
    /// Posts that must have a member before concerns are accepted.
    pub missing: Vec<String>,
}

/// A founding lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Lead {
    pub component: String,
    pub sign_in_name: Option<String>,
    pub fingerprint: Option<String>,
    pub founded: bool,
    pub account: Option<AccountId>,
}

#[derive(Serialize, Deserialize)]
struct FoundersFile {
    deployment: DeploymentId,
    founders: Roots,
}

/// Reads the founding leads' fingerprints. None yet is no error; a damaged file or one of another deployment is.
pub fn read_founders(file: &Path, deployment: DeploymentId) -> Result<Roots, Problem> {
    let text = match std::fs::read_to_string(file) {
        Ok(text) => text,
        Err(error) if error.kind() == std::io::ErrorKind::NotFound => return Ok(Roots::default()),
        Err(_) => return Err(Problem::Damaged),
    };
    let read: FoundersFile = toml::from_str(&text).map_err(|_| Problem::Damaged)?;
    if read.deployment == deployment { Ok(read.founders) } else { Err(Problem::Damaged) }
}

fn write_founders(file: &Path, deployment: DeploymentId, roots: &Roots) -> Result<(), Problem> {
    let body = toml::to_string(&FoundersFile { deployment, founders: roots.clone() })
        .map_err(|_| Problem::Damaged)?;
    let text = format!(
        "# The founding Council leads. All trust in keys descends from these fingerprints: keep this\n\
         # file beside the service key, and compare it when you restore or move a deployment.\n\n{body}"
    );
    crate::config::write_private(file, text.as_bytes()).map_err(|_| Problem::Damaged)
}

impl Candor {
    /// What still has to be done before concerns are accepted.
    pub async fn readiness(&self) -> Result<Readiness, Problem> {
        let mut tx = self.db.read().await?;
        let directory = self.directory_in(&mut tx).await?;
        let Some(organisation) = directory.organisation.clone() else { return Ok(Readiness::default()) };
        let roots = self.founders.read().await.clone();
        let mut readiness =
            Readiness { organisation: true, founded: directory.founded, ..Readiness::default() };
        for component in &organisation.components {
            let post = PostId::Council(component.id.clone());
            let mut lead = Lead {
                component: component.name.clone(),
                sign_in_name: None,
                fingerprint: None,
                // A fingerprint whose approval never came to rest founds nothing.
                founded: roots.0.get(&component.id).is_some_and(|root| {
                    directory.trust.verifying_keys(&root.account, &post).next().is_some()
                }),
                account: None,
            };
            let put_forward = store::accounts::members(&mut tx).await?;
            if let Some(member) = put_forward.iter().find(|member| member.post == post && member.lead)
                && let Some(account) = store::accounts::find(&mut tx, member.account).await?
            {
                lead.fingerprint = public_keys(&account)?.map(|public| public.fingerprint().to_string());
                lead.sign_in_name = Some(account.sign_in_name);
                lead.account = Some(account.id);
            }
            readiness.leads.push(lead);
        }
        let must_be_held = std::iter::once(PostId::Secretary).chain(organisation.headquarters_posts());
        for post in must_be_held {
            if directory.members.get(&post).is_none_or(Vec::is_empty) {
                readiness.missing.push(organisation.post_name(&post));
            }
        }
        Ok(readiness)
    }

    pub(in crate::service) async fn knows_both_leads(&self) -> bool {
        self.founders.read().await.0.len() >= LEADS
    }

    /// Reads the founding leads' fingerprints again while this machine does not know both: the file is written on the
    /// machine where somebody founds, and carried to the others. Returns whether both are known now.
    pub(in crate::service) async fn read_founders_again(&self) -> Result<bool, Problem> {
        let known = self.founders.read().await.0.len();
        if known >= LEADS {
            return Ok(true);
        }
        let read = read_founders(&self.settings.founders_file, self.deployment)?;
        let now_known = read.0.len();
        if now_known > known {
            *self.founders.write().await = read;
            // Made with fewer: nobody whom the new ones approved is in it.
            *self.directory.write().await = None;
        }
        Ok(now_known >= LEADS)
    }

    /// A founding lead takes their post: makes its key, signs their own approval, and has their
    /// fingerprint written beside the service key. Needs a fresh sign-in.
    pub async fn found(&self, signed_in: &SignedIn) -> Result<(), Problem> {
        let key = signed_in.signing.as_ref().ok_or(Problem::SignInAgain)?;
        let mut tx = self.db.write().await?;
        let directory = self.directory_in(&mut tx).await?;
        let organisation = directory.organisation()?;
        let members = store::accounts::members(&mut tx).await?;
        let component = organisation
            .components
            .iter()
            .map(|component| component.id.clone())
            .find(|component| {
                members.iter().any(|member| {
                    member.account == signed_in.account
                        && member.lead
                        && member.post == PostId::Council(component.clone())
                })
            })
            .ok_or(Problem::NotFound)?;
        let mut founders = self.founders.write().await;
        let account = store::accounts::find(&mut tx, signed_in.account).await?.ok_or(Problem::Damaged)?;
        let public = public_keys(&account)?.ok_or(Problem::Damaged)?;
        let mut roots = founders.clone();
        let root = Root { account: account.id, fingerprint: public.fingerprint() };
        if let Some(known) = founders.0.get(&component) {
            // The same person with the same keys, stopped between file and database, may go on. Nobody
            // else ever takes the place of a root, whatever is missing from the database.
            let post = PostId::Council(component.clone());
            let was_approved = directory.trust.verifying_keys(&known.account, &post).next().is_some();
            if *known != root || was_approved {
                return Err(Problem::Refused(crate::domain::dispute::Refusal::AlreadyDone));
            }
        }
        roots.0.insert(component.clone(), root);

        let post = PostId::Council(component);
        let post_key = post::generate(&self.randomness);
        let grant = Grant {
            deployment: self.deployment,
            account: account.id,
            post: post.clone(),
            lead: true,
            post_key_version: 1,
            opens: true,
            account_key_version: account.key_version,
            account_public: public,
            post_public: post_key.public(),
        };
        self.admit(&mut tx, approval::approve(key, account.id, grant), &post_key, &roots).await?;
        let member =
            store::accounts::Member { post: post.clone(), account: account.id, lead: true, approved: true };
        store::accounts::set_member(&mut tx, &member).await?;
        let act = StaffAct::Approved { account: account.id, post, by: account.id };
        self.record_act(&mut tx, act).await?;
        store::organisation::people_changed(&mut tx).await?;
        // The file first: a fingerprint without its approval founds nothing, and is written again.
        write_founders(&self.settings.founders_file, self.deployment, &roots)?;
        tx.commit().await?;
        *founders = roots;
        drop(founders);
        self.open_if_complete().await
    }

    /// Opens the site for concerns once both leads have founded it and the posts that must be held are held.
    pub(in crate::service) async fn open_if_complete(&self) -> Result<(), Problem> {
        let readiness = self.readiness().await?;
        let complete = readiness.organisation
            && readiness.leads.len() == LEADS
            && readiness.leads.iter().all(|lead| lead.founded)
            && readiness.missing.is_empty();
        if complete && !readiness.founded {
            let mut tx = self.db.write().await?;
            store::organisation::found(&mut tx, self.clock.now()).await?;
            self.record_act(&mut tx, StaffAct::Founded).await?;
            store::organisation::people_changed(&mut tx).await?;
            tx.commit().await?;
        }
        Ok(())
    }
}
