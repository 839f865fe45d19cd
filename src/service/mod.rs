//! What can be done, by whom, in one transaction each.

pub mod access;
pub mod accounts;
pub mod agreement;
pub mod audit;
pub mod backup;
pub mod cases;
mod committed;
pub mod deliveries;
pub mod directory;
pub mod forecast;
pub mod heads;
pub mod inbox;
pub mod library;
pub mod measures;
pub mod members;
pub mod notices;
pub mod operations;
pub mod organisation;
pub mod readings;
pub mod record;
pub mod rotation;
mod secrets;
pub mod support;
pub mod time;
pub mod verify;

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, AtomicI64};

use tokio::sync::{RwLock, Semaphore};

use crate::clock::Clock;
use crate::crypto::passphrase::Parameters;
use crate::crypto::service::ServiceKeys;
use crate::delivery::{HeadsOutside, Outlets};
use crate::domain::id::DeploymentId;
use crate::rng::Randomness;
use crate::store::{Db, Letterbox, StoreError};

pub use directory::Directory;

/// How many passphrases are worked on at once for people at the door: each takes 64 MiB.
pub(crate) const LANE: usize = 2;

/// How the services are set up.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Parameters for new passphrases.
    pub passphrase: Parameters,
    /// Most cases that one batch opens for one raising side; the rest wait for the next.
    pub cases_per_batch: usize,
    /// Where the founding leads' fingerprints are kept: beside the service key.
    pub founders_file: std::path::PathBuf,
}

/// Everything a service needs. Cheap to clone; shared by all requests and jobs.
#[derive(Clone, Debug)]
pub struct Candor {
    pub db: Db,
    pub keys: ServiceKeys,
    pub clock: Clock,
    pub randomness: Randomness,
    pub deployment: DeploymentId,
    pub settings: Arc<Settings>,
    /// How people are told outside that something waits; nobody is, unless it is set.
    pub outlets: Arc<Outlets>,
    /// Where the journal's heads are kept outside; nowhere, unless it is set.
    pub heads: Arc<HeadsOutside>,
    /// The backups that this machine watches over.
    pub backups: Arc<backup::Backups>,
    /// How this machine is doing.
    pub operations: Arc<operations::Operations>,
    /// The batch after which this machine last cleared up what tells when acts came (AN-07).
    cleared: Arc<AtomicI64>,
    /// Whether something was destroyed of which the database may still hold remains (AN-24).
    remains: Arc<AtomicBool>,
    /// Checks of the record that auditors have asked for.
    checks: audit::Checks,
    /// Where concerns of this machine gather for their common transaction.
    letterbox: Letterbox,
    directory: Arc<RwLock<Option<Arc<Directory>>>>,
    founders: Arc<RwLock<crate::crypto::approval::Roots>>,
    library: Arc<RwLock<Option<Arc<library::Shelf>>>>,
    documents: Arc<RwLock<Arc<library::Documents>>>,
    /// The roster that an administrator is bringing.
    rosters: members::Rosters,
    /// How many passphrases may be worked on at once, and one more for people already signed in.
    sign_in_lane: Arc<Semaphore>,
    confirm_lane: Arc<Semaphore>,
    /// How many run at all, those among them that nobody waits for any more.
    derivations: Arc<Semaphore>,
    tries: Arc<accounts::Tries>,
    /// Whether members of posts come to their desks only once they have enrolled a second factor.
    second_factor_required: bool,
    /// The site as browsers know it, where it has an address that passkeys can be bound to.
    relying_party: Option<Arc<crate::crypto::passkey::RelyingParty>>,
}

/// Why a service could not do what was asked. The words are for the person who asked.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum Problem {
    /// The same for "not there" and "not yours".
    #[error("There is nothing here for you.")]
    NotFound,
    #[error("{0}")]
    Refused(crate::domain::dispute::Refusal),
    /// Somebody acted first; what happened since the page was opened, in words.
    #[error("The case has moved on since you opened this page.")]
    Moved(Vec<String>),
    #[error("Please confirm your passphrase first.")]
    SignInAgain,
    #[error("Too many people are signing in just now. Please try again in {retry_after} seconds.")]
    Busy { retry_after: u32 },
    /// Nothing but set-up is open yet.
    #[error("This site is not set up yet.")]
    NotFounded,
    /// The site was founded, and the file that names its founding leads is not on this machine.
    #[error("This machine does not know the founding leads. Please try again later.")]
    FoundersMissing,
    /// An answer cannot be used; why, in words for the person who gave it.
    #[error("{0}")]
    Unusable(String),
    #[error("Something went wrong on our side. Nothing was changed. Please try again later.")]
    Store(StoreError),
    #[error("Something went wrong on our side. Nothing was changed. Please tell the administrator.")]
    Damaged,
}

impl Problem {
    /// A fixed word for logs: what happened, never to whom or with what.
    #[must_use]
    pub const fn code(&self) -> &'static str {
        match self {
            Self::NotFound => "not-found",
            Self::Refused(_) => "refused",
            Self::Moved(_) => "moved",
            Self::SignInAgain => "sign-in-again",
            Self::Busy { .. } => "busy",
            Self::NotFounded => "not-founded",
            Self::FoundersMissing => "founders-missing",
            Self::Unusable(_) => "unusable",
            Self::Store(StoreError::Conflict) => "store-conflict",
            Self::Store(StoreError::Duplicate) => "store-duplicate",
            Self::Store(StoreError::Unavailable) => "store-unavailable",
            Self::Store(StoreError::Damaged) => "store-damaged",
            Self::Store(StoreError::Schema | StoreError::Newer) => "store-schema",
            Self::Store(StoreError::Refused) => "store-refused",
            Self::Damaged => "damaged",
        }
    }
}

impl From<StoreError> for Problem {
    fn from(error: StoreError) -> Self {
        Self::Store(error)
    }
}

impl From<crate::domain::dispute::Refusal> for Problem {
    fn from(refusal: crate::domain::dispute::Refusal) -> Self {
        match refusal {
            crate::domain::dispute::Refusal::NotAllowed => Self::NotFound,
            crate::domain::dispute::Refusal::SignInAgain => Self::SignInAgain,
            other => Self::Refused(other),
        }
    }
}

impl From<crate::crypto::Error> for Problem {
    fn from(_: crate::crypto::Error) -> Self {
        Self::Damaged
    }
}

impl Candor {
    /// The time now.
    #[must_use]
    pub fn now(&self) -> crate::clock::Timestamp {
        self.clock.now()
    }

    /// Puts the services together over an open database. Makes the deployment if there is none.
    pub async fn open(
        db: Db,
        keys: ServiceKeys,
        clock: Clock,
        randomness: Randomness,
        settings: Settings,
    ) -> Result<Self, Problem> {
        let mut tx = db.write().await?;
        if crate::store::standing::moved(&mut tx).await?.is_some() {
            return Err(Problem::Unusable(
                "Everything in this database was moved to another one. Set database to that one's address; if the move \
                 was ended before it was done, run candor move again."
                    .to_owned(),
            ));
        }
        let deployment = if let Some(deployment) = crate::store::organisation::deployment(&mut tx).await? {
            deployment.id
        } else {
            let id = DeploymentId::random(&randomness);
            crate::store::organisation::create_deployment(&mut tx, id).await?;
            crate::store::journal::begin(&mut tx, &crate::crypto::chain::genesis(id)).await?;
            id
        };
        let keys = secrets::carry(&mut tx, keys, &randomness).await?;
        tx.commit().await?;
        let founders = accounts::read_founders(&settings.founders_file, deployment)?;
        let candor = Self::over(db, keys, clock, randomness, deployment, founders, settings);
        candor.note_restoration().await?;
        // Stopped after the last approval and before opening the site, nobody would open it any more.
        match candor.open_if_complete().await {
            Ok(()) | Err(Problem::Store(StoreError::Conflict)) => Ok(candor),
            Err(problem) => Err(problem),
        }
    }

    /// Puts the services together over a database that is only read, perhaps a copy: to check its record.
    /// None of the keys in it can be used without the service key; `keys` may then be any.
    pub async fn open_to_read(
        db: Db,
        keys: ServiceKeys,
        clock: Clock,
        randomness: Randomness,
        settings: Settings,
    ) -> Result<Self, Problem> {
        let found = crate::store::organisation::deployment(&mut db.read().await?).await?;
        let deployment = found.ok_or(Problem::NotFound)?.id;
        let founders = accounts::read_founders(&settings.founders_file, deployment)?;
        Ok(Self::over(db, keys, clock, randomness, deployment, founders, settings))
    }

    fn over(
        db: Db,
        keys: ServiceKeys,
        clock: Clock,
        randomness: Randomness,
        deployment: DeploymentId,
        founders: crate::crypto::approval::Roots,
        settings: Settings,
    ) -> Self {
        Self {
            letterbox: Letterbox::of(&db),
            db,
            keys,
            clock,
            randomness,
            deployment,
            settings: Arc::new(settings),
            outlets: Arc::default(),
            heads: Arc::default(),
            backups: Arc::default(),
            operations: Arc::new(operations::Operations::begun()),
            cleared: Arc::default(),
            remains: Arc::default(),
            checks: audit::Checks::default(),
            directory: Arc::default(),
            library: Arc::default(),
            documents: Arc::default(),
            rosters: members::Rosters::default(),
            founders: Arc::new(RwLock::new(founders)),
            sign_in_lane: Arc::new(Semaphore::new(LANE)),
            confirm_lane: Arc::new(Semaphore::new(1)),
            derivations: Arc::new(Semaphore::new(3)),
            tries: Arc::default(),
            second_factor_required: true,
            relying_party: None,
        }
    }

    /// The same services, where nobody needs a second factor: the demonstration, whose people have no telephones.
    #[must_use]
    pub fn excepting_second_factors(self) -> Self {
        Self { second_factor_required: false, ..self }
    }

    /// The same services, keeping the journal's heads outside as well.
    #[must_use]
    pub fn with_heads(self, heads: HeadsOutside) -> Self {
        Self { heads: Arc::new(heads), ..self }
    }

    /// The same services, watching over backups as well.
    #[must_use]
    pub fn with_backups(self, backups: backup::Backups) -> Self {
        Self { backups: Arc::new(backups), ..self }
    }

    /// The same services, reached at an address; passkeys are offered if it is one that they can be bound to.
    #[must_use]
    pub fn reached_at(self, address: Option<&str>) -> Self {
        let relying_party = address.and_then(crate::crypto::passkey::RelyingParty::at).map(Arc::new);
        Self { relying_party, ..self }
    }

    /// The same services, telling people outside as well.
    #[must_use]
    pub fn with_outlets(self, outlets: Outlets) -> Self {
        Self { outlets: Arc::new(outlets), ..self }
    }
}

#[cfg(test)]
impl Candor {
    /// Services over a database that is never reached, for tests of what lies above them.
    pub fn without_database() -> Self {
        let settings = Settings {
            passphrase: Parameters { memory_kib: 8, passes: 1, lanes: 1 },
            cases_per_batch: 1,
            founders_file: std::path::PathBuf::new(),
        };
        Self::over(
            Db::unreached(),
            ServiceKeys::new(&crate::crypto::secret::ServiceKey::from_bytes([3; 32])),
            Clock::simulated(crate::clock::Timestamp(0)),
            Randomness::labelled([3; 32]),
            DeploymentId(uuid::Uuid::from_u128(1)),
            crate::crypto::approval::Roots::default(),
            settings,
        )
    }
}

/// Bytes as lower-case hexadecimal digits.
#[must_use]
pub fn hexadecimal(bytes: &[u8]) -> String {
    use std::fmt::Write;
    bytes.iter().fold(String::with_capacity(bytes.len() * 2), |mut text, byte| {
        let _ = write!(text, "{byte:02x}");
        text
    })
}

/// Hexadecimal digits as bytes; none if they are not, or are longer than any token here.
#[must_use]
pub fn from_hexadecimal(text: &str) -> Option<zeroize::Zeroizing<Vec<u8>>> {
    // Digits alone: the parser below would take a sign for one.
    let is_digits = text.bytes().all(|byte| byte.is_ascii_hexdigit());
    if text.len() > 1_024 || !text.len().is_multiple_of(2) || !is_digits {
        return None;
    }
    (0..text.len() / 2)
        .map(|index| u8::from_str_radix(text.get(index * 2..index * 2 + 2)?, 16).ok())
        .collect::<Option<Vec<u8>>>()
        .map(zeroize::Zeroizing::new)
}

#[cfg(test)]
mod tests {
    use super::{from_hexadecimal, hexadecimal};

    #[test]
    fn one_text_stands_for_some_bytes() {
        assert_eq!(from_hexadecimal("00afFF").unwrap().as_slice(), [0, 0xaf, 0xff]);
        assert_eq!(hexadecimal(&[0, 0xaf, 0xff]), "00afff");
        for wrong in ["0", "+f", "-1", " f", "0x", "ä", &"00".repeat(513)] {
            assert!(from_hexadecimal(wrong).is_none(), "{wrong}");
        }
    }
}
