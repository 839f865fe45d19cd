//! What goes on step by step outside of cases: each row is what the journal says that its last step made of it.

use super::Check;

/// What the journal says of one, after its last step.
pub(super) struct Stepped {
    /// The entry of that step.
    pub sequence: i64,
    pub version: u32,
    pub digest: String,
    /// Nothing comes after it.
    pub ended: bool,
}

impl Check<'_> {
    /// Whether a step goes on from the one before: the next version, a first one only at the beginning, none after the end.
    pub(super) fn goes_on(
        &mut self,
        (sequence, version): (i64, u32),
        name: &str,
        is_first: bool,
        before: Option<&Stepped>,
    ) {
        let follows = before.map_or(1, |before| before.version + 1) == version;
        let ended = before.is_some_and(|before| before.ended);
        if !follows || is_first != before.is_none() || ended {
            self.fault(format!("journal row {sequence}: {name} does not go on from where it was"));
        }
    }

    /// Compares a row with what the journal says of it.
    pub(super) fn rests(
        &mut self,
        name: &str,
        stepped: Option<&Stepped>,
        fits: impl FnOnce(&Stepped) -> bool,
    ) {
        let Some(stepped) = stepped else {
            self.fault(format!("{name}: no entry of the journal asks it"));
            return;
        };
        if !fits(stepped) {
            self.fault(format!("{name}: it is not what journal row {} made of it", stepped.sequence));
        }
    }

    /// A row that is not there.
    pub(super) fn is_missing(&mut self, name: &str, stepped: &Stepped) {
        self.fault(format!("{name}: its row is missing, though journal row {} knows it", stepped.sequence));
    }
}
