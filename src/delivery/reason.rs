//! Why a delivery did not succeed: a fixed word that rests, and a sentence for the administrator. What a
//! server answered is never kept, for nobody knows what it repeats.

/// What went wrong.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    NoAddress,
    Unreachable,
    Certificate,
    Login,
    Busy,
    Refused,
    Unclear,
    Redirect,
    PrivateAddress,
    Status,
    Gone,
    File,
    Restored,
}

impl Reason {
    const ALL: [Self; 13] = [
        Self::NoAddress,
        Self::Unreachable,
        Self::Certificate,
        Self::Login,
        Self::Busy,
        Self::Refused,
        Self::Unclear,
        Self::Redirect,
        Self::PrivateAddress,
        Self::Status,
        Self::Gone,
        Self::File,
        Self::Restored,
    ];

    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::NoAddress => "no-address",
            Self::Unreachable => "unreachable",
            Self::Certificate => "certificate",
            Self::Login => "login",
            Self::Busy => "busy",
            Self::Refused => "refused",
            Self::Unclear => "unclear",
            Self::Redirect => "redirect",
            Self::PrivateAddress => "private-address",
            Self::Status => "status",
            Self::Gone => "gone",
            Self::File => "file",
            Self::Restored => "restored",
        }
    }

    #[must_use]
    pub fn from_word(word: &str) -> Option<Self> {
        Self::ALL.into_iter().find(|one| one.word() == word)
    }

    /// What happened and what to do about it.
    #[must_use]
    pub const fn says(self) -> &'static str {
        match self {
            Self::NoAddress => "No address is set for this post. Set mail_to or webhook_to.",
            Self::Unreachable => "The server could not be reached, or did not answer in time.",
            Self::Certificate => {
                "No encrypted connection: the server offers none, or its certificate is not trusted. See authorities_file."
            }
            Self::Login => "The mail server did not accept the name and password.",
            Self::Busy => "The mail server put it off each time.",
            Self::Refused => "The mail server refused it. Check the address in mail_to.",
            Self::Unclear => {
                "It was sent twice and both times no answer came. It may have arrived. Ask before you try again."
            }
            Self::Redirect => {
                "The webhook answered with another address, which is not followed. Correct webhook_to."
            }
            Self::PrivateAddress => {
                "The webhook's name leads into an inner network. If that is meant, set webhook_private_addresses."
            }
            Self::Status => "The webhook answered with an error each time.",
            Self::Gone => "The webhook says that it is gone for good. Correct webhook_to.",
            Self::File => "The file could not be written. Check heads_file and who may write it.",
            Self::Restored => {
                "The site was restored from a backup that does not know whether it went out. It may have arrived. Ask \
                 before you try again."
            }
        }
    }
}

/// An attempt that certainly delivered nothing.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Failed {
    pub reason: Reason,
    /// Trying again cannot help.
    pub for_good: bool,
}

impl Failed {
    #[must_use]
    pub const fn for_now(reason: Reason) -> Self {
        Self { reason, for_good: false }
    }

    #[must_use]
    pub const fn for_good(reason: Reason) -> Self {
        Self { reason, for_good: true }
    }

    /// Whether whoever answered could not prove who they are.
    #[must_use]
    pub const fn is_certificate(self) -> bool {
        matches!(self.reason, Reason::Certificate)
    }
}

#[cfg(test)]
mod tests {
    use super::Reason;

    #[test]
    fn every_reason_is_found_by_its_word_and_says_something() {
        for reason in Reason::ALL {
            assert_eq!(Reason::from_word(reason.word()), Some(reason));
            assert!(reason.says().ends_with('.'));
        }
        assert_eq!(Reason::from_word("other"), None);
    }
}
