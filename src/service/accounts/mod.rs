//! People: invitations, passphrases, sessions, approvals, founding.

mod approval;
mod bar;
mod blocklist;
mod change;
mod factor;
mod founding;
mod giving_way;
mod history;
mod passkey;
mod passphrase;
mod removal;
mod session;
mod throttle;

pub(super) use approval::public_keys;
pub use approval::{Holding, Person, ToApprove};
pub use factor::{CODE_MOST, FactorState, NotDone, Offer};
pub use founding::{Lead, Readiness, read_founders};
pub use history::{Happened, OwnSession, Past};
pub use passkey::{OwnPasskey, PASSKEY_NAME_MOST, PASSKEYS_MOST};
pub use passphrase::{Activated, Invited, PASSPHRASE_LEAST, PASSPHRASE_MOST, check_passphrase};
pub use removal::{Fellow, PostPeople};
pub use session::{Attempt, FRESH, IDLE, SignInError, SignedIn};
pub(super) use throttle::Tries;

/// Longest sign-in name, in characters.
pub const NAME_MOST: usize = 64;

/// A sign-in name as it is stored: lower case, letters, digits, dots, hyphens.
#[must_use]
pub fn plain_name(typed: &str) -> Option<String> {
    let name = typed.trim().to_lowercase();
    let fits = !name.is_empty()
        && name.chars().count() <= NAME_MOST
        && name.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '.' | '-' | '@' | '_'));
    fits.then_some(name)
}
