//! Signed statements that somebody no longer holds a post.

use super::Error;
use super::canonical::{Canonical, Fields};
use super::public::VerifyingKey;
use super::secret::SigningKey;
use crate::domain::id::{AccountId, DeploymentId, PostId};

/// Who no longer holds a post, from one version of its key on.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Departure {
    pub deployment: DeploymentId,
    pub account: AccountId,
    pub post: PostId,
    /// The version of the post's key that they held; they are in no later one unless approved again.
    pub post_key_version: u32,
}

/// A departure signed by a member of that version, or by a founding lead.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Removal {
    pub departure: Departure,
    pub signer: AccountId,
    pub signature: [u8; 64],
}

const STATEMENT: &str = "candor removal 1";
const RECORD: &str = "candor removal record 1";

/// Longest stored removal in bytes; a post's name is the only field without a length of its own.
const LONGEST: usize = 1_024;

fn fields(tag: &str, departure: &Departure, signer: AccountId) -> Canonical {
    Canonical::new(tag)
        .bytes(departure.deployment.as_bytes())
        .bytes(departure.account.as_bytes())
        .text(&departure.post.to_string())
        .number(u64::from(departure.post_key_version))
        .bytes(signer.as_bytes())
}

/// Signs a departure.
#[must_use]
pub fn remove(signing: &SigningKey, signer: AccountId, departure: Departure) -> Removal {
    let signature = signing.sign(&fields(STATEMENT, &departure, signer).finish());
    Removal { departure, signer, signature }
}

impl Removal {
    /// Checks the signature against one key. Whether that key may remove is for the trust map to say.
    ///
    /// # Errors
    /// [`Error::NotSigned`].
    pub fn verify(&self, signer: &VerifyingKey) -> Result<(), Error> {
        signer.verify(&fields(STATEMENT, &self.departure, self.signer).finish(), &self.signature)
    }

    /// The removal as it is stored.
    #[must_use]
    pub fn to_bytes(&self) -> Vec<u8> {
        fields(RECORD, &self.departure, self.signer).bytes(&self.signature).finish()
    }

    /// Reads a stored removal; says nothing of whether it is genuine.
    ///
    /// # Errors
    /// [`Error::CouldNotBeOpened`] if it is none.
    pub fn from_bytes(bytes: &[u8]) -> Result<Self, Error> {
        if bytes.len() > LONGEST {
            return Err(Error::CouldNotBeOpened);
        }
        Self::read(bytes).filter(|removal| removal.to_bytes() == bytes).ok_or(Error::CouldNotBeOpened)
    }

    fn read(bytes: &[u8]) -> Option<Self> {
        let mut fields = Fields::after(RECORD, bytes)?;
        let deployment = DeploymentId(uuid::Uuid::from_bytes(fields.array()?));
        let account = AccountId(uuid::Uuid::from_bytes(fields.array()?));
        let post = fields.text()?.parse().ok()?;
        let post_key_version = u32::try_from(fields.number()?).ok()?;
        let signer = AccountId(uuid::Uuid::from_bytes(fields.array()?));
        let signature = fields.array()?;
        let departure = Departure { deployment, account, post, post_key_version };
        fields.is_finished().then_some(Self { departure, signer, signature })
    }
}
