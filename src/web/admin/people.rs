//! Who has an account, for which posts, and which posts hang on one person or on none.

use std::collections::BTreeMap;

use askama::Template;
use axum::extract::State;
use axum::response::{IntoResponse, Response};

use crate::domain::dispute::Member;
use crate::domain::id::PostId;
use crate::domain::organisation::Organisation;
use crate::service::accounts::{Holding, Person};
use crate::web::App;
use crate::web::actor::Staff;
use crate::web::errors::Failure;
use crate::web::page::{Page, StaffFrame};

use super::{INVITE, administrator, frame};

#[derive(Template)]
#[template(path = "admin/people.html")]
struct PeoplePage<'a> {
    frame: StaffFrame,
    people: &'a [Person],
    risks: Risks,
}

/// Posts that hang on too few people, by name.
#[derive(Debug, Default, PartialEq, Eq)]
pub(super) struct Risks {
    pub empty: Vec<String>,
    pub single: Vec<String>,
}

pub async fn show(State(app): State<App>, staff: Staff) -> Result<Response, Failure> {
    administrator(&staff)?;
    let directory = app.candor.directory().await?;
    let people = app.candor.people(&staff.signed_in).await?;
    let risks = risks(directory.organisation.as_deref(), &directory.acting);
    let frame = frame(&app, &staff);
    Ok(Page::of(&PeoplePage { frame, people: &people, risks })?.into_response())
}

/// Only approved members count: nobody else can read or decide anything.
pub(super) fn risks(organisation: Option<&Organisation>, members: &BTreeMap<PostId, Vec<Member>>) -> Risks {
    let mut risks = Risks::default();
    let Some(organisation) = organisation else { return risks };
    for post in organisation.posts() {
        match members.get(&post).map_or(0, Vec::len) {
            0 => risks.empty.push(organisation.post_name(&post)),
            1 => risks.single.push(organisation.post_name(&post)),
            _ => {}
        }
    }
    risks
}

/// How far somebody is with a post, in words.
pub(super) fn standing(holding: &Holding) -> &'static str {
    match (holding.approved, holding.lead) {
        (true, true) => "approved, lead",
        (true, false) => "approved",
        (false, true) => "not approved yet, to lead",
        (false, false) => "not approved yet",
    }
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::risks;
    use crate::domain::dispute::Member;
    use crate::domain::id::{AccountId, PostId};
    use crate::domain::organisation::Organisation;

    #[test]
    fn posts_with_nobody_and_with_one_person_are_marked() {
        assert_eq!(risks(None, &BTreeMap::new()), super::Risks::default());
        let organisation =
            Organisation::parse(include_str!("../../demonstration/organisation.toml")).unwrap();
        let member = |number| Member { account: AccountId(uuid::Uuid::from_u128(number)), lead: false };
        let council = organisation.council_posts();
        let members: BTreeMap<PostId, Vec<Member>> = [
            (PostId::Secretary, vec![member(1)]),
            (council[0].clone(), vec![member(2), member(3)]),
            (council[1].clone(), Vec::new()),
        ]
        .into();
        let risks = risks(Some(&organisation), &members);
        assert_eq!(risks.single, ["Secretary"]);
        assert_eq!(risks.empty.len(), organisation.posts().len() - 2);
        assert!(risks.empty.contains(&organisation.post_name(&council[1])));
    }
}
