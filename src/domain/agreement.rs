//! What an administrator proposes and Council leads agree to.

/// What a change is about.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub enum About {
    /// Calendar and time standards.
    Time,
    /// A change of the organisation that makes a place finer or a unit smaller (AN-01).
    Organisation,
}

impl About {
    pub const ALL: [Self; 2] = [Self::Time, Self::Organisation];

    /// As it rests. Never change one.
    #[must_use]
    pub const fn word(self) -> &'static str {
        match self {
            Self::Time => "time",
            Self::Organisation => "organisation",
        }
    }

    /// The leads of how many components have to agree.
    #[must_use]
    pub const fn leads_needed(self) -> usize {
        match self {
            Self::Time => 2,
            Self::Organisation => 1,
        }
    }

    /// Whether whoever proposed it may also agree, as a lead. Where one lead is enough, that would be one
    /// person alone.
    #[must_use]
    pub const fn proposer_may_agree(self) -> bool {
        self.leads_needed() > 1
    }
}
