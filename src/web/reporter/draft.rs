//! A concern while it is being written: what was typed, word for word, on its way from page
//! to page. Nothing of it rests on the server; each page carries all of it.

use zeroize::{Zeroize, ZeroizeOnDrop};

use crate::web::form::Fields;

macro_rules! draft {
    ($($(#[$doc:meta])* $name:ident,)*) => {
        /// Everything that the pages of the form ask for, as it was typed.
        #[derive(Clone, Default, PartialEq, Eq, Zeroize, ZeroizeOnDrop)]
        pub struct Draft {
            $($(#[$doc])* pub $name: String,)*
        }

        impl Draft {
            /// The names of all fields.
            pub const NAMES: &'static [&'static str] = &[$(stringify!($name)),*];

            /// Takes what a form sent. What was not sent is empty.
            #[must_use]
            pub fn of(fields: &Fields) -> Self {
                let mut draft = Self { $($name: fields.one(stringify!($name)).to_owned(),)* };
                draft.take_pick(fields.one("other_pick"));
                draft
            }

            /// What was typed into the field of this name.
            #[must_use]
            pub fn get(&self, name: &str) -> &str {
                match name {
                    $(stringify!($name) => &self.$name,)*
                    _ => "",
                }
            }
        }
    };
}

draft! {
    our_branch,
    our_unit,
    other_branch,
    other_unit,
    what_happens,
    handler,
    category,
    document,
    pace,
    frequency,
    since,
    effect,
    tried,
    tried_words,
    remedy,
    council_only,
    name,
    contact,
    name_for,
    /// When it is to leave: mixed with others or at once.
    dispatch,
    /// The drawn receipt and the proof that it was drawn here.
    receipt,
    /// The pass of whoever typed the access phrase: the same for everyone.
    access,
}

impl std::fmt::Debug for Draft {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Draft(…)")
    }
}

impl Draft {
    /// The other side can be picked in one go: one of the units nearby, or a branch to choose a unit from.
    fn take_pick(&mut self, pick: &str) {
        match pick.split_once(':') {
            Some(("unit", unit)) => {
                unit.clone_into(&mut self.other_unit);
                self.other_branch.clear();
            }
            Some(("branch", branch)) if branch != self.other_branch => {
                branch.clone_into(&mut self.other_branch);
                self.other_unit.clear();
            }
            _ => {}
        }
    }

    /// What a page that shows `shown` has to carry unseen. Empty fields need no carrying.
    #[must_use]
    pub fn hidden(&self, shown: &[&str]) -> Vec<(&'static str, &str)> {
        Self::NAMES
            .iter()
            .filter(|name| !shown.contains(name))
            .map(|name| (*name, self.get(name)))
            .filter(|(_, value)| !value.is_empty())
            .collect()
    }

    /// Whether anything was written into the folded part of the form, so that it is shown open.
    #[must_use]
    pub fn any(&self, names: &[&str]) -> bool {
        names.iter().any(|name| !self.get(name).trim().is_empty())
    }
}

#[cfg(test)]
mod tests {
    use super::Draft;
    use crate::web::reporter::samples::fields;

    #[test]
    fn every_field_comes_back_hidden_or_shown() {
        let sent: Vec<(&str, &str)> = Draft::NAMES.iter().map(|name| (*name, *name)).collect();
        let draft = Draft::of(&fields(&sent));
        assert_eq!(draft.hidden(&[]), sent);
        assert_eq!(draft.hidden(&["effect"]).len(), sent.len() - 1);
        assert!(Draft::NAMES.iter().all(|name| draft.get(name) == *name));
    }

    #[test]
    fn a_unit_nearby_is_picked_without_its_branch() {
        let draft = Draft::of(&fields(&[("other_pick", "unit:x"), ("other_branch", "old")]));
        assert_eq!((draft.other_unit.as_str(), draft.other_branch.as_str()), ("x", ""));
    }

    #[test]
    fn another_branch_forgets_the_unit_and_the_same_keeps_it() {
        let before = [("other_branch", "a"), ("other_unit", "x")];
        let changed = Draft::of(&fields(&[&before[..], &[("other_pick", "branch:b")]].concat()));
        assert_eq!((changed.other_branch.as_str(), changed.other_unit.as_str()), ("b", ""));
        let same = Draft::of(&fields(&[&before[..], &[("other_pick", "branch:a")]].concat()));
        assert_eq!((same.other_branch.as_str(), same.other_unit.as_str()), ("a", "x"));
    }

    #[test]
    fn a_pick_of_nonsense_changes_nothing() {
        let draft = Draft::of(&fields(&[("other_pick", "branch"), ("other_unit", "x")]));
        assert_eq!(draft.other_unit, "x");
    }

    #[test]
    fn debug_output_shows_nothing_typed() {
        assert_eq!(format!("{:?}", Draft::of(&fields(&[("effect", "secret")]))), "Draft(…)");
    }
}
