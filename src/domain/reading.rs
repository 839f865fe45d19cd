//! How a document is read, or what was settled, agreed to by both components without a concern. A commander or a
//! Council lead asks, and both sides' members of the document's working group answer; or two commanders record what
//! they have settled. Either way one proposes, somebody of the other side agrees, and what they agree on becomes a
//! draft of the library.

use serde::{Deserialize, Serialize};

use super::dispute::Seat;
use super::id::{AccountId, CategoryId, ComponentId, DocumentId, PostId};
use super::library::{Origin, Pair};
use super::organisation::Organisation;
use super::proposal::{Comparison, ResolutionKind};
use super::prose::Prose;
use crate::clock::Timestamp;

/// Limits in characters; each is shown beside its field. What everybody reads has that of the library.
pub mod limit {
    /// A question, or what was at issue: a few sentences.
    pub const ISSUE: usize = 1_000;
    pub const AGREED: usize = 2_000;
}

/// What a settlement without a concern may be. What needs a remedy or was not upheld is a dispute.
pub const KINDS: [ResolutionKind; 5] = [
    ResolutionKind::Interpretation,
    ResolutionKind::Clarification,
    ResolutionKind::Adjustment,
    ResolutionKind::Deviation,
    ResolutionKind::Protocol,
];

/// Who did something, and for which side.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Signed {
    pub post: PostId,
    pub component: ComponentId,
    pub by: AccountId,
}

/// What one side proposes that everybody reads.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Offer {
    pub text: Prose,
    pub signed: Signed,
    /// How it stands to what the library says.
    #[serde(default, skip_serializing_if = "Comparison::is_empty")]
    pub comparison: Comparison,
}

/// Where it stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Standing {
    Asked,
    Proposed,
    Agreed,
    Declined,
}

impl Standing {
    #[must_use]
    pub const fn has_ended(self) -> bool {
        matches!(self, Self::Agreed | Self::Declined)
    }
}

/// What somebody does about one.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Ask,
    Record,
    Propose,
    Agree,
    Decline,
}

/// A question with its answer, or an informal settlement.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Reading {
    pub origin: Origin,
    pub document: Option<DocumentId>,
    pub category: Option<CategoryId>,
    pub kind: ResolutionKind,
    /// The question, or what was at issue.
    pub issue: Prose,
    /// Of a settlement: what was agreed, for the two alone.
    pub agreed: Option<Prose>,
    /// Who asked or recorded it.
    pub from: Signed,
    /// Of a settlement: the other commander.
    pub with: Option<PostId>,
    pub pair: Pair,
    pub since: Timestamp,
    /// By when the next step should come.
    pub due: Timestamp,
    pub offer: Option<Offer>,
    pub standing: Standing,
    /// Who agreed or declined.
    pub ended: Option<Signed>,
    /// Why it was declined.
    pub reason: Option<Prose>,
}

/// Why a step is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotTaken {
    /// Not theirs.
    NotYours,
    /// It has gone on.
    Over,
}

impl Reading {
    /// The posts that speak for a side about it now. `held` says whether anybody holds a post.
    ///
    /// A question goes to the document's working group. Where a side has nobody in it, where there is no
    /// group, and once the time is over, the Council's post of that side answers: no question lies with nobody.
    #[must_use]
    pub fn speakers(
        &self,
        component: &ComponentId,
        organisation: &Organisation,
        held: impl Fn(&PostId) -> bool,
        now: Timestamp,
    ) -> Vec<PostId> {
        if let Some(with) = &self.with {
            let is_theirs = organisation.component_of_post(with) == Some(component);
            return match with {
                PostId::Commander(unit) | PostId::Alternate(unit) if is_theirs => {
                    vec![PostId::Commander(unit.clone()), PostId::Alternate(unit.clone())]
                }
                _ => Vec::new(),
            };
        }
        let document = self.document.as_ref().and_then(|id| organisation.document(id));
        let group = document.and_then(|document| document.working_group.clone());
        let group = group.map(|group| PostId::WorkingGroup(component.clone(), group)).filter(&held);
        let council = PostId::Council(component.clone());
        match group {
            Some(group) if now < self.due => vec![group],
            Some(group) => vec![group, council],
            None => vec![council],
        }
    }

    /// Whether a proposal of this side would be an answer now.
    #[must_use]
    pub fn may_propose(&self) -> bool {
        self.origin == Origin::Question && !self.standing.has_ended()
    }

    /// Whether this person may agree to what is proposed, as somebody of that side.
    #[must_use]
    pub fn may_agree(&self, component: &ComponentId, by: AccountId) -> bool {
        self.standing == Standing::Proposed
            && self.offer.as_ref().is_some_and(|offer| {
                // Two persons of two components, as under every resolution.
                offer.signed.component != *component && offer.signed.by != by
            })
    }

    /// Whether it is this side's turn: to answer, or to agree to what the other has proposed.
    #[must_use]
    pub fn waits_for(&self, component: &ComponentId) -> bool {
        match self.standing {
            Standing::Asked => true,
            Standing::Proposed => {
                self.offer.as_ref().is_some_and(|offer| offer.signed.component != *component)
            }
            Standing::Agreed | Standing::Declined => false,
        }
    }

    /// Takes an answer that one side proposes, in the place of whatever was proposed before.
    ///
    /// # Errors
    /// If it takes none.
    pub fn propose(&mut self, signed: Signed, text: Prose, comparison: Comparison) -> Result<(), NotTaken> {
        if !self.may_propose() {
            return Err(NotTaken::Over);
        }
        self.offer = Some(Offer { text, signed, comparison });
        self.standing = Standing::Proposed;
        Ok(())
    }

    /// Takes the other side's agreement.
    ///
    /// # Errors
    /// If nothing is proposed, or by the same person or side.
    pub fn agree(&mut self, signed: Signed) -> Result<(), NotTaken> {
        if self.standing != Standing::Proposed {
            return Err(NotTaken::Over);
        }
        if !self.may_agree(&signed.component, signed.by) {
            return Err(NotTaken::NotYours);
        }
        self.standing = Standing::Agreed;
        self.ended = Some(signed);
        Ok(())
    }

    /// Ends it without an answer.
    ///
    /// # Errors
    /// If it has ended.
    pub fn decline(&mut self, signed: Signed, reason: Prose) -> Result<(), NotTaken> {
        if self.standing.has_ended() {
            return Err(NotTaken::Over);
        }
        self.standing = Standing::Declined;
        self.ended = Some(signed);
        self.reason = Some(reason);
        Ok(())
    }
}

/// Whether somebody in this seat may ask how a document is read.
#[must_use]
pub const fn asks(seat: &Seat) -> bool {
    match seat.post {
        PostId::Council(_) => seat.lead,
        _ => settles(&seat.post),
    }
}

/// Whether this post may record what it has settled with one of the other side.
#[must_use]
pub const fn settles(post: &PostId) -> bool {
    matches!(post, PostId::Commander(_) | PostId::Alternate(_))
}

/// Whether a post has to do with questions at all.
#[must_use]
pub const fn takes_part(post: &PostId) -> bool {
    settles(post) || matches!(post, PostId::Council(_) | PostId::WorkingGroup(..))
}

/// Whether a text names a case by its number, which nobody outside of it may read.
#[must_use]
pub fn names_a_case(text: &str) -> bool {
    text.split(|letter: char| !(letter.is_ascii_alphanumeric() || letter == '-')).any(|word| {
        word.split_once('-').is_some_and(|(letters, digits)| {
            letters.len() == 3
                && letters.bytes().all(|byte| byte.is_ascii_alphabetic())
                && digits.len() == 4
                && digits.bytes().all(|byte| byte.is_ascii_digit())
        })
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    fn organisation() -> Organisation {
        Organisation::parse(include_str!("../demonstration/organisation.toml")).unwrap()
    }

    fn signed(post: &str, component: &str, by: u128) -> Signed {
        Signed {
            post: post.parse().unwrap(),
            component: component.into(),
            by: AccountId(uuid::Uuid::from_u128(by)),
        }
    }

    fn text(words: &str) -> Prose {
        Prose::parse(words, 2_000).unwrap()
    }

    fn asked(document: &str) -> Reading {
        Reading {
            origin: Origin::Question,
            document: Some(document.into()),
            category: None,
            kind: ResolutionKind::Interpretation,
            issue: text("Does it cover boats?"),
            agreed: None,
            from: signed("council:CBP", "CBP", 1),
            with: None,
            pair: Pair::of(&"CBP".into(), &"ICE".into()),
            since: Timestamp(0),
            due: Timestamp(100),
            offer: None,
            standing: Standing::Asked,
            ended: None,
            reason: None,
        }
    }

    #[test]
    fn a_question_goes_to_the_documents_group_or_to_the_council() {
        let organisation = organisation();
        let all = |_: &PostId| true;
        let names = |posts: Vec<PostId>| posts.iter().map(ToString::to_string).collect::<Vec<_>>();
        let reading = asked("GD-MOU-2004");
        let speak = |reading: &Reading, now| {
            names(reading.speakers(&"CBP".into(), &organisation, all, Timestamp(now)))
        };
        assert_eq!(speak(&reading, 0), ["group:CBP:WG-OBP-OI"]);
        assert_eq!(speak(&reading, 100), ["group:CBP:WG-OBP-OI", "council:CBP"], "once the time is over");
        assert_eq!(speak(&asked("GD-TRANS"), 0), ["council:CBP"], "no group");
        assert_eq!(speak(&asked("NONE"), 0), ["council:CBP"], "no such document any more");
        let nobody = |post: &PostId| !matches!(post, PostId::WorkingGroup(..));
        let found = reading.speakers(&"ICE".into(), &organisation, nobody, Timestamp(0));
        assert_eq!(names(found), ["council:ICE"], "nobody of this side is in it");
        // What two commanders have settled is theirs.
        let with = Some("commander:OI-TUS".parse().unwrap());
        let settled = Reading { origin: Origin::Informal, with, ..reading };
        let found = settled.speakers(&"ICE".into(), &organisation, all, Timestamp(500));
        assert_eq!(names(found), ["commander:OI-TUS", "alternate:OI-TUS"]);
        assert_eq!(settled.speakers(&"CBP".into(), &organisation, all, Timestamp(0)), []);
    }

    #[test]
    fn two_persons_of_two_components_agree() {
        let mut reading = asked("GD-MOU-2004");
        let (one, other) = (signed("group:CBP:G", "CBP", 2), signed("group:ICE:G", "ICE", 3));
        assert_eq!(reading.agree(other.clone()), Err(NotTaken::Over), "nothing is proposed");
        reading.propose(one.clone(), text("Yes."), Comparison::default()).unwrap();
        assert!(reading.waits_for(&"ICE".into()) && !reading.waits_for(&"CBP".into()));
        for wrong in [&one, &signed("group:CBP:G", "CBP", 4), &signed("group:ICE:G", "ICE", 2)] {
            assert_eq!(reading.agree(wrong.clone()), Err(NotTaken::NotYours));
        }
        // The other side says it in other words: now it is the first one's turn.
        reading.propose(other.clone(), text("Yes, all of them."), Comparison::default()).unwrap();
        assert_eq!(reading.agree(other.clone()), Err(NotTaken::NotYours));
        reading.agree(one.clone()).unwrap();
        assert_eq!(reading.standing, Standing::Agreed);
        assert_eq!(reading.propose(one.clone(), text("No."), Comparison::default()), Err(NotTaken::Over));
        assert_eq!(reading.decline(one.clone(), text("No.")), Err(NotTaken::Over));
        let mut declined = asked("GD-MOU-2004");
        declined.decline(one, text("It is before the courts.")).unwrap();
        assert_eq!(declined.agree(other), Err(NotTaken::Over));
    }

    #[test]
    fn a_settlement_is_only_agreed_to_or_declined() {
        let from = signed("commander:OBP-TCA", "CBP", 1);
        let offer =
            Offer { text: text("One list."), signed: from.clone(), comparison: Comparison::default() };
        let with = Some("commander:OI-TUS".parse().unwrap());
        let mut settled = Reading {
            origin: Origin::Informal,
            with,
            offer: Some(offer),
            standing: Standing::Proposed,
            ..asked("GD-MOU-2004")
        };
        assert_eq!(settled.propose(from, text("Two lists."), Comparison::default()), Err(NotTaken::Over));
        settled.agree(signed("commander:OI-TUS", "ICE", 2)).unwrap();
    }

    #[test]
    fn a_number_of_a_case_is_seen() {
        assert!(names_a_case("As in KMP-2741, the boat.") && names_a_case("(kmp-2741)"));
        for no in ["", "GD-MOU-2004", "The form ABCD-1234 of 2004-1105", "ABC-123", "AB1-2345"] {
            assert!(!names_a_case(no), "{no}");
        }
    }
}
