//! Names of things: random identifiers for what is made while the program runs,
//! plain words for what the organisation file defines.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};
use uuid::Uuid;

use crate::rng::Randomness;

macro_rules! random_id {
    ($($(#[$doc:meta])* $name:ident, $label:literal;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub Uuid);

        impl $name {
            /// Draws a new identifier: version 4, so that it tells nothing of when it was made.
            #[must_use]
            pub fn random(randomness: &Randomness) -> Self {
                Self(uuid::Builder::from_random_bytes(randomness.bytes($label)).into_uuid())
            }

            #[must_use]
            pub fn as_bytes(&self) -> &[u8; 16] {
                self.0.as_bytes()
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                self.0.simple().fmt(f)
            }
        }

        impl FromStr for $name {
            type Err = uuid::Error;
            fn from_str(text: &str) -> Result<Self, Self::Err> {
                Uuid::try_parse(text).map(Self)
            }
        }
    )*};
}

random_id! {
    /// One installation; part of everything that is sealed or signed.
    DeploymentId, "deployment id";
    /// A case, from the moment its concern is written.
    CaseId, "case id";
    /// Somebody who signs in.
    AccountId, "account id";
    /// One sealed piece of text.
    EnvelopeId, "envelope id";
    /// What one headquarters recipient is told about one resolution.
    NoticeId, "notice id";
    /// One telling, outside, that a notice waits: the random reference that goes out with it.
    DeliveryId, "delivery id";
    /// What waits to be published in the library. An entry has another: nothing leads from one to the other.
    DraftId, "library draft id";
    /// An entry of the library.
    EntryId, "library entry id";
    /// A directive to the field.
    DirectiveId, "directive id";
    /// A question about a document, or an informal settlement.
    ReadingId, "reading id";
    /// A request for support, from one side to the other.
    SupportId, "support id";
    /// Somebody on the roster of a unit.
    MemberId, "member id";
}

macro_rules! word_id {
    ($($(#[$doc:meta])* $name:ident;)*) => {$(
        $(#[$doc])*
        #[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
        #[serde(transparent)]
        pub struct $name(pub String);

        impl $name {
            #[must_use]
            pub fn as_str(&self) -> &str {
                &self.0
            }
        }

        impl From<&str> for $name {
            fn from(text: &str) -> Self {
                Self(text.to_owned())
            }
        }

        impl fmt::Display for $name {
            fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
                f.write_str(&self.0)
            }
        }
    )*};
}

word_id! {
    /// An agency.
    ComponentId;
    /// A part of a component.
    BranchId;
    /// An office of a branch at a place, or a headquarters unit.
    UnitId;
    /// A category of concerns.
    CategoryId;
    /// A governing document.
    DocumentId;
    /// A working group of the Council.
    GroupId;
}

/// A seat that people hold. Written `commander:UNIT`, `alternate:UNIT`,
/// `council:COMPONENT`, `secretary`, `headquarters:UNIT`, `group:COMPONENT:GROUP`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub enum PostId {
    Commander(UnitId),
    Alternate(UnitId),
    Council(ComponentId),
    Secretary,
    Headquarters(UnitId),
    /// One component's part of a working group.
    WorkingGroup(ComponentId, GroupId),
}

impl fmt::Display for PostId {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Commander(unit) => write!(f, "commander:{unit}"),
            Self::Alternate(unit) => write!(f, "alternate:{unit}"),
            Self::Council(component) => write!(f, "council:{component}"),
            Self::Secretary => f.write_str("secretary"),
            Self::Headquarters(unit) => write!(f, "headquarters:{unit}"),
            Self::WorkingGroup(component, group) => write!(f, "group:{component}:{group}"),
        }
    }
}

impl From<PostId> for String {
    fn from(post: PostId) -> Self {
        post.to_string()
    }
}

/// A text that names no kind of post.
#[derive(Debug, thiserror::Error)]
#[error("not the name of a post")]
pub struct NotAPost;

impl FromStr for PostId {
    type Err = NotAPost;
    fn from_str(text: &str) -> Result<Self, NotAPost> {
        if text == "secretary" {
            return Ok(Self::Secretary);
        }
        let (kind, of) = text.split_once(':').ok_or(NotAPost)?;
        if of.is_empty() {
            return Err(NotAPost);
        }
        match kind {
            "commander" => Ok(Self::Commander(of.into())),
            "alternate" => Ok(Self::Alternate(of.into())),
            "council" => Ok(Self::Council(of.into())),
            "headquarters" => Ok(Self::Headquarters(of.into())),
            "group" => match of.split_once(':') {
                Some((component, group)) if !component.is_empty() && !group.is_empty() => {
                    Ok(Self::WorkingGroup(component.into(), group.into()))
                }
                _ => Err(NotAPost),
            },
            _ => Err(NotAPost),
        }
    }
}

impl TryFrom<String> for PostId {
    type Error = NotAPost;
    fn try_from(text: String) -> Result<Self, NotAPost> {
        text.parse()
    }
}
