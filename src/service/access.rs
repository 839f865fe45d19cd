//! The access phrase (AN-27): one for everyone, given at muster, asked for before the form. It keeps out who
//! was never there; it tells nobody from anybody else, and guards nothing that is written.
//!
//! Whoever has typed it carries a pass from page to page, in the form itself: the same value for everybody,
//! made from the phrase's number, so that no cookie is needed and a new phrase voids it.

use sha2::{Digest, Sha256};
use subtle::ConstantTimeEq;
use zeroize::Zeroizing;

use crate::crypto::canonical::Canonical;
use crate::crypto::service::Purpose;
use crate::service::accounts::SignedIn;
use crate::service::record::StaffAct;
use crate::service::{Candor, Problem, hexadecimal};
use crate::store;
use crate::store::access::Row;

/// Letters and digits that a phrase has at least: it is no secret of one person, and guesses are limited.
pub const PHRASE_LEAST: usize = 8;
/// Longest phrase, in characters.
pub const PHRASE_MOST: usize = 100;

/// What counts of a phrase: as with receipts, neither spaces nor hyphens nor capitals do. None if it is too
/// long or has nothing in it.
fn plain(typed: &str) -> Option<Zeroizing<String>> {
    if typed.chars().count() > PHRASE_MOST {
        return None;
    }
    let plain: Zeroizing<String> = Zeroizing::new(
        typed.chars().filter(|letter| letter.is_alphanumeric()).flat_map(char::to_lowercase).collect(),
    );
    Some(plain).filter(|plain| !plain.is_empty())
}

/// What the journal says of a phrase, so that another cannot take its place: of the keyed hash, which nobody
/// can try phrases against without the service key.
pub(super) fn digest(hash: &[u8; 32]) -> String {
    hexadecimal(&Sha256::digest(hash))
}

impl Candor {
    fn phrase_hash(&self, version: i64, plain: &str) -> [u8; 32] {
        let text = Zeroizing::new(
            Canonical::new("candor access phrase 1")
                .bytes(self.deployment.as_bytes())
                .signed_number(version)
                .text(plain)
                .finish(),
        );
        self.keys.mac(Purpose::AccessPhrase, &text)
    }

    /// The same for everybody who has typed this phrase.
    fn pass(&self, version: i64, hash: &[u8; 32]) -> String {
        let text = Canonical::new("candor access pass 1")
            .bytes(self.deployment.as_bytes())
            .signed_number(version)
            .bytes(hash)
            .finish();
        hexadecimal(&self.keys.mac(Purpose::AccessPhrase, &text))
    }

    async fn phrase_in_force(&self) -> Result<Option<(i64, [u8; 32])>, Problem> {
        let row = store::access::current(&mut self.db.read().await?).await?;
        Ok(row.and_then(|Row { version, hash }| Some((version, hash?))))
    }

    /// Whether a phrase is asked for, for the administrator.
    pub async fn asks_for_phrase(&self, by: &SignedIn) -> Result<bool, Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        Ok(self.phrase_in_force().await?.is_some())
    }

    /// Whether whoever comes is asked for a phrase: the page that asks tells everybody.
    pub async fn phrase_is_set(&self) -> Result<bool, Problem> {
        Ok(self.phrase_in_force().await?.is_some())
    }

    /// Sets the phrase, or removes it if none is given.
    pub async fn set_access_phrase(&self, by: &SignedIn, phrase: Option<&str>) -> Result<(), Problem> {
        if !by.administrator {
            return Err(Problem::NotFound);
        }
        let plain = match phrase {
            None => None,
            Some(typed) => Some(
                plain(typed).filter(|plain| plain.chars().count() >= PHRASE_LEAST).ok_or_else(|| {
                    Problem::Unusable(format!(
                        "Use at least {PHRASE_LEAST} letters or digits, and at most {PHRASE_MOST} characters in all."
                    ))
                })?,
            ),
        };
        let mut tx = self.db.write().await?;
        // One after the other, so that no two phrases have one number.
        store::journal::lock_head(&mut tx).await?;
        let before = store::access::current(&mut tx).await?;
        if plain.is_none() && before.is_none_or(|before| before.hash.is_none()) {
            return Err(Problem::Unusable("No access phrase is set.".to_owned()));
        }
        let version = before.map_or(0, |before| before.version) + 1;
        let hash = plain.as_ref().map(|plain| self.phrase_hash(version, plain));
        store::access::set(&mut tx, Row { version, hash }).await?;
        let digest = hash.as_ref().map(digest);
        let act = StaffAct::AccessPhraseSet { version, set: hash.is_some(), by: by.account, digest };
        self.record_act(&mut tx, act).await?;
        tx.commit().await?;
        Ok(())
    }

    /// Whether somebody may go on: no phrase is set, or this is the pass of the one that is.
    pub async fn may_pass(&self, pass: &str) -> Result<bool, Problem> {
        Ok(match self.phrase_in_force().await? {
            None => true,
            Some((version, hash)) => self.pass(version, &hash).as_bytes().ct_eq(pass.as_bytes()).into(),
        })
    }

    /// The pass for who typed the phrase; none if it is another. Nothing of a try is kept.
    pub async fn pass_for(&self, typed: &str) -> Result<Option<String>, Problem> {
        let Some((version, hash)) = self.phrase_in_force().await? else { return Ok(None) };
        let Some(plain) = plain(typed) else { return Ok(None) };
        let right: bool = self.phrase_hash(version, &plain).ct_eq(&hash).into();
        Ok(right.then(|| self.pass(version, &hash)))
    }
}

#[cfg(test)]
mod tests {
    use super::{PHRASE_MOST, plain};

    #[test]
    fn letters_and_digits_alone_count() {
        assert_eq!(plain(" Blue-River  No 7 ").unwrap().as_str(), "blueriverno7");
        assert_eq!(plain("ÉTÉ").unwrap().as_str(), "été");
        for nothing in ["", " - ", &"x".repeat(PHRASE_MOST + 1)] {
            assert!(plain(nothing).is_none());
        }
        assert!(plain(&"x".repeat(PHRASE_MOST)).is_some());
    }
}
