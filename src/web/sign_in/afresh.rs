//! The passphrase once more, in the very form that needs it.

use axum::http::HeaderMap;

use crate::crypto::passphrase::Passphrase;
use crate::service::accounts::{NotDone, SignInError, SignedIn};
use crate::web::App;
use crate::web::errors::Failure;
use crate::web::form::Problems;

/// The field of the passphrase in every form that needs a fresh sign-in.
pub const FIELD: &str = "passphrase";

pub(super) const WRONG: &str = "This passphrase does not match. Please try again.";

/// Takes the passphrase that came with a form, if the last one is too long ago, and returns the
/// session with its signing key open. None if that is not needed, or if `problems` now says why not.
pub async fn afresh(
    app: &App,
    headers: &HeaderMap,
    signed_in: &SignedIn,
    typed: &str,
    problems: &mut Problems,
) -> Result<Option<SignedIn>, Failure> {
    if signed_in.fresh {
        return Ok(None);
    }
    if typed.is_empty() {
        problems.add(FIELD, "Type your passphrase. Your last sign-in is more than ten minutes ago.");
        return Ok(None);
    }
    let Ok(passphrase) = Passphrase::new(typed.to_owned()) else {
        problems.add(FIELD, WRONG);
        return Ok(None);
    };
    if let Err(error) = app.candor.confirm(signed_in, passphrase).await {
        not_done(error.into(), problems)?;
        return Ok(None);
    }
    let cookie = super::cookie(headers).ok_or(Failure::StaleForm)?;
    app.candor.session(cookie).await?.ok_or(Failure::StaleForm).map(Some)
}

/// Says at its field why something that needed the passphrase was not done; a fault of ours is passed on.
pub(super) fn not_done(error: NotDone, problems: &mut Problems) -> Result<(), Failure> {
    match error {
        NotDone::Code => problems.add("code", error.to_string()),
        NotDone::Unusable(words) => problems.add("chosen", words),
        NotDone::SignIn(SignInError::Refused) => problems.add(FIELD, WRONG),
        NotDone::SignIn(SignInError::Problem(problem)) => return Err(problem.into()),
        NotDone::SignIn(later) => problems.add(FIELD, later.to_string()),
    }
    Ok(())
}
