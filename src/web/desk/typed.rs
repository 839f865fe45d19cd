//! What somebody typed into a form of the desk, kept so that it can be shown again.

use std::collections::BTreeMap;
use std::fmt;

use zeroize::Zeroize;

use crate::web::form::Fields;

/// The fields of a form. Wiped when dropped; never in debug output.
#[derive(Default)]
pub struct Typed(BTreeMap<String, String>);

impl Typed {
    /// The value under a name; empty if the form had none.
    #[must_use]
    pub fn of(&self, name: &str) -> &str {
        self.0.get(name).map_or("", String::as_str)
    }

    /// Whether a tick box or a button of that name was sent.
    #[must_use]
    pub fn has(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }

    /// What the page itself fills in before anything is typed.
    pub fn put(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Takes a tick away: what it said yes to has changed.
    pub fn untick(&mut self, name: &str) {
        self.0.remove(name);
    }
}

impl From<Fields> for Typed {
    /// The first value under each name: no form of the desk repeats one.
    fn from(fields: Fields) -> Self {
        let mut typed = Self::default();
        for (name, value) in fields.pairs() {
            typed.0.entry(name.to_owned()).or_insert_with(|| value.to_owned());
        }
        typed
    }
}

impl Drop for Typed {
    fn drop(&mut self) {
        self.0.values_mut().for_each(Zeroize::zeroize);
    }
}

impl fmt::Debug for Typed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Typed(…)")
    }
}

#[cfg(test)]
mod tests {
    use super::Typed;

    #[test]
    fn what_was_typed_can_be_asked_for_and_is_never_in_debug_output() {
        let mut typed = Typed::default();
        typed.put("issue", "secret");
        assert_eq!(typed.of("issue"), "secret");
        assert_eq!(typed.of("finding"), "");
        assert!(typed.has("issue") && !typed.has("finding"));
        assert_eq!(format!("{typed:?}"), "Typed(…)");
        typed.untick("issue");
        assert!(!typed.has("issue"));
    }
}
