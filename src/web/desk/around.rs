//! What the pages of the desk need to know of the organisation and its people.

use std::collections::BTreeMap;

use crate::domain::deadline::Calendar;
use crate::domain::dispute::Member;
use crate::domain::id::{AccountId, PostId};
use crate::domain::organisation::Organisation;
use crate::service::{Directory, Problem};

/// The parts of the directory that pages read; none of its keys.
#[derive(Clone, Copy, Debug)]
pub struct Around<'a> {
    pub organisation: &'a Organisation,
    pub calendar: &'a Calendar,
    pub members: &'a BTreeMap<PostId, Vec<Member>>,
    pub names: &'a BTreeMap<AccountId, String>,
}

impl<'a> Around<'a> {
    pub fn of(directory: &'a Directory) -> Result<Self, Problem> {
        Ok(Self {
            organisation: directory.organisation()?,
            calendar: &directory.calendar,
            members: &directory.acting,
            names: &directory.names,
        })
    }

    /// A post in words.
    #[must_use]
    pub fn post_name(&self, post: &PostId) -> String {
        self.organisation.post_name(post)
    }
}
