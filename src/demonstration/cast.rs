//! Somebody for every post: invited, activated and approved as anybody would be.

use std::sync::{Arc, Mutex, PoisonError};

use crate::crypto::passphrase::Passphrase;
use crate::domain::dispute::Seat;
use crate::domain::id::PostId;
use crate::service::accounts::SignedIn;
use crate::service::{Candor, Problem};

/// Everybody's passphrase here. It guards nothing: the demonstration says so on every page.
pub const PASSPHRASE: &str = "nothing here is real";

/// Somebody to sign in as.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Persona {
    pub sign_in_name: String,
    /// The post in words; what they do for those without one.
    pub role: String,
    /// Where their work begins.
    pub home: String,
    pub post: Option<PostId>,
}

/// A concern that was played, with what its reporter holds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Played {
    /// The scenario.
    pub id: String,
    pub title: String,
    /// The ten words of the receipt.
    pub words: String,
    /// The case, once there is one.
    pub number: Option<String>,
    /// What there is to see of it.
    pub sights: Vec<Sight>,
}

/// Something to look at.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Sight {
    pub what: String,
    /// Whose view it is; `None` for the reporter.
    pub sign_in_name: Option<String>,
    pub role: String,
    /// The page, for somebody who has signed in.
    pub address: String,
    /// Whether there is something to do, not only to see.
    pub to_do: bool,
}

/// Somebody on the roster, with the code that is on their slip. It is kept here and nowhere else.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct FieldMember {
    pub number: String,
    pub name: String,
    /// The unit's name.
    pub unit: String,
    pub code: String,
}

/// The people and the concerns of one demonstration. Receipts are kept here and nowhere else.
#[derive(Clone, Debug, Default)]
pub struct Cast {
    pub people: Arc<Vec<Persona>>,
    pub members: Arc<Vec<FieldMember>>,
    played: Arc<Mutex<Vec<Played>>>,
}

impl Cast {
    /// The concerns that were played, in the order of the scenarios.
    #[must_use]
    pub fn played(&self) -> Vec<Played> {
        let mut played = self.played.lock().unwrap_or_else(PoisonError::into_inner).clone();
        played.sort_by(|one, other| one.id.cmp(&other.id));
        played
    }

    /// The receipts of the concerns that were played: what each is about, and its ten words.
    #[must_use]
    pub fn receipts(&self) -> Vec<(String, String)> {
        self.played().into_iter().map(|played| (played.title, played.words)).collect()
    }

    pub(super) fn keep(&self, played: Played) {
        let mut all = self.played.lock().unwrap_or_else(PoisonError::into_inner);
        all.retain(|one| one.id != played.id);
        all.push(played);
    }

    /// Whoever holds a post.
    pub(super) fn holder(&self, post: &PostId) -> Option<&Persona> {
        self.people.iter().find(|persona| persona.post.as_ref() == Some(post))
    }

    /// Signs in as somebody and returns what the session cookie holds.
    pub async fn enter(&self, candor: &Candor, name: &str) -> Result<String, Problem> {
        if !self.people.iter().any(|persona| persona.sign_in_name == name) {
            return Err(Problem::NotFound);
        }
        enter(candor, name).await
    }

    /// The same with these field members.
    pub(super) fn with_members(self, members: Vec<FieldMember>) -> Self {
        Self { members: Arc::new(members), ..self }
    }

    /// Signs in as a field member and returns what the session cookie holds.
    pub async fn enter_as_member(&self, candor: &Candor, number: &str) -> Result<String, Problem> {
        let member = self.members.iter().find(|member| member.number == number).ok_or(Problem::NotFound)?;
        let entered = candor.member_sign_in(number, &member.code, None).await;
        entered.map_err(|_| Problem::NotFound)
    }

    pub(super) async fn administrator(&self, candor: &Candor) -> Result<SignedIn, Problem> {
        signed_in(candor, "administrator").await
    }

    /// Signs in as whoever holds a post.
    pub(super) async fn in_post(&self, candor: &Candor, post: &PostId) -> Result<(SignedIn, Seat), Problem> {
        let persona = self.holder(post).ok_or(Problem::NotFound)?;
        let signed_in = signed_in(candor, &persona.sign_in_name).await?;
        let seat =
            signed_in.seats.iter().find(|seat| seat.post == *post).cloned().ok_or(Problem::NotFound)?;
        Ok((signed_in, seat))
    }

    /// Sets the organisation, fills every post and founds the deployment.
    pub(super) async fn assemble(candor: &Candor, organisation: &str) -> Result<Self, Problem> {
        let link = candor.invite_first_administrator().await?.ok_or(Problem::Damaged)?;
        candor.activate(&link, PASSPHRASE).await?;
        let administrator = signed_in(candor, "administrator").await?;
        candor.set_organisation(&administrator, organisation).await?;
        let directory = candor.directory().await?;
        let mut people = vec![Persona {
            sign_in_name: "administrator".to_owned(),
            role: "Administrator".to_owned(),
            home: "/admin".to_owned(),
            post: None,
        }];
        let link = candor.invite_auditor(&administrator, "auditor").await?;
        candor.activate(&link, PASSPHRASE).await?;
        people.push(Persona {
            sign_in_name: "auditor".to_owned(),
            role: "Auditor".to_owned(),
            home: "/audit".to_owned(),
            post: None,
        });
        let mut leads = Vec::new();
        for post in directory.organisation()?.posts() {
            let name = post.to_string().to_lowercase().replace(':', ".");
            let lead = matches!(post, PostId::Council(_));
            let link = candor.invite(&administrator, &name, false, &[(post.clone(), lead)]).await?;
            candor.activate(&link, PASSPHRASE).await?;
            if lead {
                leads.push(name.clone());
            }
            let area = if matches!(post, PostId::Headquarters(_)) { "headquarters" } else { "desk" };
            people.push(Persona {
                role: directory.post_name(&post),
                home: format!("/{area}/{post}"),
                sign_in_name: name,
                post: Some(post),
            });
        }
        for lead in &leads {
            candor.found(&signed_in(candor, lead).await?).await?;
        }
        let lead = signed_in(candor, leads.first().ok_or(Problem::Damaged)?).await?;
        for waiting in candor.to_approve(&lead).await? {
            candor.approve(&lead, waiting.account, &waiting.post).await?;
        }
        if !candor.readiness().await?.founded {
            return Err(Problem::NotFounded);
        }
        Ok(Self { people: Arc::new(people), ..Self::default() })
    }
}

async fn enter(candor: &Candor, name: &str) -> Result<String, Problem> {
    let passphrase = Passphrase::new(PASSPHRASE.to_owned())?;
    candor.sign_in(name, passphrase).await.map_err(|_| Problem::NotFound)
}

async fn signed_in(candor: &Candor, name: &str) -> Result<SignedIn, Problem> {
    let cookie = enter(candor, name).await?;
    candor.session(&cookie).await?.ok_or(Problem::NotFound)
}
