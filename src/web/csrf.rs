//! The token that a form carries to show that it came from a page of this very session.

use std::fmt;

use hmac::{Hmac, KeyInit, Mac};
use sha2::Sha256;
use subtle::ConstantTimeEq;

/// The name of the hidden field; the macro `csrf` writes it.
pub const FIELD: &str = "csrf";

/// One per session or visit, so that two renderings of a page are alike byte for byte. It is
/// HMAC-SHA256 under the session's own secret: nothing to store, and it does not lead back to it.
#[derive(Clone, PartialEq, Eq)]
pub struct CsrfToken(String);

impl CsrfToken {
    /// The token of the session or visit that `secret` opens: the bytes that its cookie holds.
    #[must_use]
    pub fn of(secret: &[u8]) -> Self {
        use fmt::Write;
        let mut text = String::with_capacity(64);
        if let Ok(mut mac) = <Hmac<Sha256> as KeyInit>::new_from_slice(secret) {
            mac.update(b"candor csrf token 1");
            for byte in mac.finalize().into_bytes() {
                let _ = write!(text, "{byte:02x}");
            }
        }
        Self(text)
    }

    /// A token that the session itself keeps.
    #[must_use]
    pub fn kept(text: &str) -> Self {
        Self(text.to_owned())
    }

    /// Whether a form carried this token. Takes the same time whichever character differs.
    #[must_use]
    pub fn matches(&self, typed: &str) -> bool {
        !self.0.is_empty() && bool::from(self.0.as_bytes().ct_eq(typed.as_bytes()))
    }
}

impl fmt::Display for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl fmt::Debug for CsrfToken {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("CsrfToken(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::CsrfToken;

    #[test]
    fn only_the_same_session_matches() {
        let token = CsrfToken::of(b"session one");
        assert_eq!(token.to_string().len(), 64);
        assert!(token.matches(&CsrfToken::of(b"session one").to_string()));
        assert!(!token.matches(&CsrfToken::of(b"session two").to_string()));
        assert!(!token.matches(""));
        assert_eq!(format!("{token:?}"), "CsrfToken(…)");
    }
}
