//! Which seat somebody works from on a page of the desk.

use std::sync::Arc;

use crate::clock::Timestamp;
use crate::domain::dispute::Seat;
use crate::domain::id::PostId;
use crate::service::Directory;
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::local;
use crate::web::page::StaffFrame;

use super::around::Around;

/// Somebody at work in one of their posts.
#[derive(Debug)]
pub struct Here {
    pub staff: Staff,
    pub seat: Seat,
    pub directory: Arc<Directory>,
    /// The post in an address.
    pub post: String,
    pub post_name: String,
}

impl Here {
    /// The seat that an address names. Somebody else's post and one that does not exist are
    /// answered alike.
    pub async fn of(app: &App, staff: Staff, post: &str) -> Result<Self, Failure> {
        let seat = staff.seat(post)?.clone();
        if matches!(seat.post, PostId::Headquarters(_)) {
            // Headquarters reads no cases; its pages are elsewhere.
            return Err(Failure::NotFound);
        }
        let directory = app.candor.directory().await?;
        Ok(Self {
            post: in_address(&seat.post),
            post_name: directory.post_name(&seat.post),
            staff,
            seat,
            directory,
        })
    }

    /// What a page about a case is drawn from.
    pub fn sheet(&self, app: &App) -> Result<Sheet<'_>, Failure> {
        Ok(Sheet {
            frame: self.frame(app),
            csrf: &self.staff.signed_in.csrf,
            post: &self.post,
            post_name: &self.post_name,
            seat: &self.seat,
            around: Around::of(&self.directory)?,
            now: app.candor.clock.now(),
        })
    }

    #[must_use]
    pub fn frame(&self, app: &App) -> StaffFrame {
        self.staff.frame(app, &self.post_name)
    }

    /// The address of a case's page.
    #[must_use]
    pub fn case(&self, number: &str) -> String {
        case_address(&self.post, number)
    }
}

/// What a page about a case is drawn from, beside the case.
#[derive(Debug)]
pub struct Sheet<'a> {
    pub frame: StaffFrame,
    pub csrf: &'a str,
    /// The post in an address.
    pub post: &'a str,
    pub post_name: &'a str,
    pub seat: &'a Seat,
    pub around: Around<'a>,
    pub now: Timestamp,
}

impl Sheet<'_> {
    /// The address of a case's page.
    #[must_use]
    pub fn case(&self, number: &str) -> String {
        case_address(self.post, number)
    }
}

fn case_address(post: &str, number: &str) -> String {
    format!("/desk/{post}/case/{}", local::in_address(number))
}

/// A post as one part of an address.
#[must_use]
pub fn in_address(post: &PostId) -> String {
    local::in_address(&post.to_string())
}

#[cfg(test)]
mod tests {
    use super::in_address;
    use crate::domain::id::PostId;

    #[test]
    fn a_post_is_one_part_of_an_address_whatever_its_unit_is_called() {
        assert_eq!(in_address(&PostId::Commander("bp-nogales".into())), "commander%3Abp-nogales");
        assert_eq!(in_address(&PostId::Council("a/é?".into())), "council%3Aa%2F%C3%A9%3F");
        assert_eq!(in_address(&PostId::Secretary), "secretary");
    }
}
