//! What somebody can see of their own account: sessions that are open, and what happened of late.

use crate::clock::{DAY, HOUR, Timestamp};
use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::domain::id::AccountId;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store::{self, Tx};

use super::SignedIn;

/// How long it is kept, in seconds.
pub const KEPT: i64 = 90 * DAY;

/// Most lines that are shown.
const SHOWN: i64 = 200;

macro_rules! happened {
    ($($(#[$doc:meta])* $name:ident $stored:literal $says:literal;)*) => {
        /// Something that somebody did with their own account.
        #[derive(Clone, Copy, Debug, PartialEq, Eq)]
        pub enum Happened { $($(#[$doc])* $name),* }

        impl Happened {
            const fn stored(self) -> &'static str {
                match self { $(Self::$name => $stored),* }
            }

            fn read(stored: &str) -> Option<Self> {
                match stored { $($stored => Some(Self::$name),)* _ => None }
            }

            /// In words, to the person who did it.
            #[must_use]
            pub const fn says(self) -> &'static str {
                match self { $(Self::$name => $says),* }
            }
        }
    };
}

happened! {
    SignedIn "sign-in" "Signed in";
    SignedInByRecoveryCode "recovery" "Signed in with a recovery code, which is used up";
    SignedInByPasskey "passkey-sign-in" "Signed in with a passkey";
    NewKeys "keys" "Came back with a new passphrase and new keys; the app for codes and passkeys are to be set up again";
    Passphrase "passphrase" "Changed the passphrase";
    App "app" "Set up an app for codes; got new recovery codes";
    AppBeside "app-beside" "Set up an app for codes beside the passkeys; the recovery codes stand";
    RecoveryCodes "codes" "Got new recovery codes; the earlier ones are void";
    PasskeyAdded "passkey" "Added a passkey";
    PasskeyRemoved "passkey-removed" "Removed a passkey";
    /// Its counter went back.
    PasskeyCopied "passkey-copied" "Refused a passkey that may have been copied: its count of uses went back. If you have not set a device back, remove the passkey and change your passphrase";
    Ended "ended" "Ended another session";
}

/// One line of what happened.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Past {
    pub what: Happened,
    /// The beginning of the hour.
    pub hour: Timestamp,
    /// How often within that hour.
    pub times: i64,
}

/// One open session of somebody's own.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OwnSession {
    /// To name it in a form; it opens nothing.
    pub name: String,
    /// The beginning of the hour in which it began.
    pub began: Timestamp,
    /// When it ends unless something is done in it.
    pub idle_until: Timestamp,
    /// The one that asks.
    pub this: bool,
}

/// The beginning of the hour: as fine as anything is kept about when somebody signs in.
pub(super) const fn hour_of(now: Timestamp) -> Timestamp {
    Timestamp(now.0 - now.0.rem_euclid(HOUR))
}

impl Candor {
    /// Writes down what somebody did.
    pub(super) async fn note(&self, tx: &mut Tx, account: AccountId, what: Happened) -> Result<(), Problem> {
        let id = uuid::Builder::from_random_bytes(self.randomness.bytes("account event")).into_uuid();
        let hour = hour_of(self.clock.now());
        store::account_events::insert(tx, id, account, what.stored(), hour).await?;
        Ok(())
    }

    /// What happened with somebody's own account in the last ninety days, latest first.
    pub async fn own_history(&self, by: &SignedIn) -> Result<Vec<Past>, Problem> {
        let mut tx = self.db.read().await?;
        let oldest = hour_of(self.clock.now().plus(-KEPT));
        let rows = store::account_events::of_account(&mut tx, by.account, SHOWN).await?;
        Ok(rows
            .into_iter()
            .filter(|(_, hour, _)| *hour >= oldest)
            .filter_map(|(what, hour, times)| Some(Past { what: Happened::read(&what)?, hour, times }))
            .collect())
    }

    fn session_name(&self, token_hash: &[u8; 32]) -> String {
        let data = Canonical::new("candor session name 1").bytes(token_hash).finish();
        hexadecimal(&self.keys.mac(Purpose::Csrf, &data))
    }

    /// Somebody's own open sessions.
    pub async fn own_sessions(&self, by: &SignedIn) -> Result<Vec<OwnSession>, Problem> {
        let mut tx = self.db.read().await?;
        let sessions = store::sessions::of_account(&mut tx, by.account, self.clock.now()).await?;
        Ok(sessions
            .into_iter()
            .map(|session| OwnSession {
                name: self.session_name(&session.token_hash),
                began: session.began_hour,
                idle_until: session.idle_until,
                this: session.token_hash == *by.token_hash(),
            })
            .collect())
    }

    /// Ends one of somebody's own other sessions, or with no name all of them. One that is not theirs is as
    /// one that is not there.
    pub async fn end_own_sessions(&self, by: &SignedIn, name: Option<&str>) -> Result<(), Problem> {
        let mut tx = self.db.write().await?;
        let others: Vec<[u8; 32]> = store::sessions::of_account(&mut tx, by.account, self.clock.now())
            .await?
            .into_iter()
            .map(|session| session.token_hash)
            .filter(|hash| hash != by.token_hash())
            .filter(|hash| name.is_none_or(|name| self.session_name(hash) == name))
            .collect();
        if name.is_some() && others.is_empty() {
            return Err(Problem::NotFound);
        }
        for hash in &others {
            store::sessions::remove(&mut tx, hash).await?;
            self.note(&mut tx, by.account, Happened::Ended).await?;
        }
        tx.commit().await?;
        Ok(())
    }
}
