//! What staff write to each other outside of cases: sealed under the service key, and committed to by the journal, so
//! that `verify` finds what was changed.

use serde::Serialize;
use serde::de::DeserializeOwned;
use sha2::{Digest, Sha256};
use zeroize::Zeroizing;

use crate::crypto::service::Purpose;
use crate::domain::id::PostId;
use crate::domain::reading::Signed;
use crate::store::Tx;
use crate::store::journal::Head;

use super::accounts::SignedIn;
use super::record::Entry;
use super::{Candor, Directory, Problem, hexadecimal};

/// What the journal commits to: SHA-256 of what something says.
fn digest(text: &[u8]) -> String {
    hexadecimal(&Sha256::digest(text))
}

/// Somebody in a post, for its component; the post may have been left since the page was opened.
pub(super) fn signing(directory: &Directory, by: &SignedIn, post: &PostId) -> Result<Signed, Problem> {
    if !directory.holds(by.account, post) {
        return Err(Problem::NotFound);
    }
    let component = directory.organisation()?.component_of_post(post).ok_or(Problem::NotFound)?;
    Ok(Signed { post: post.clone(), component: component.clone(), by: by.account })
}

impl Candor {
    /// Writes a step that was taken into the journal, and ends its transaction.
    pub(super) async fn end_step(&self, mut tx: Tx, head: Head, step: Entry) -> Result<(), Problem> {
        self.record(&mut tx, head, &[(None, step)]).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Seals something for its row, and hashes it for the journal.
    pub(super) fn seal_committed<T: Serialize>(
        &self,
        purpose: Purpose,
        at_rest: &[u8],
        what: &T,
    ) -> Result<(Vec<u8>, String), Problem> {
        let text = Zeroizing::new(serde_json::to_vec(what).map_err(|_| Problem::Damaged)?);
        let sealed = self.keys.seal(purpose, at_rest, &text, &self.randomness)?;
        Ok((sealed, digest(&text)))
    }

    /// What a row says, with the hash of it.
    pub(super) fn read_committed<T: DeserializeOwned>(
        &self,
        purpose: Purpose,
        at_rest: &[u8],
        body: &[u8],
    ) -> Result<(T, String), Problem> {
        let text = self.keys.open(purpose, at_rest, body)?;
        let what = serde_json::from_slice(&text).map_err(|_| Problem::Damaged)?;
        Ok((what, digest(&text)))
    }
}
