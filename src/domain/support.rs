//! Support that one side asks of the other outside of any case: what and by when, what was given, and what the side
//! that asked says came of it. The joint measures count it ([`super::measures::support`]).

use serde::{Deserialize, Serialize};

use super::deadline::{Calendar, Span};
use super::dispute::Seat;
use super::id::{ComponentId, PostId};
use super::prose::Prose;
use super::reading::{NotTaken, Signed, asks};
use crate::clock::Timestamp;

/// Limits in characters; each is shown beside its field.
pub mod limit {
    /// What is asked for, in a few sentences.
    pub const WHAT: usize = 1_000;
    /// What was given, or why not.
    pub const WORDS: usize = 1_000;
}

/// How far ahead support may be asked for, in days.
pub const FURTHEST: u16 = 180;

/// How long after its date the side that asked may say what came. Then the other side's answer stands.
pub const TO_CONFIRM: Span = Span::WorkingDays(10);

/// What was given of what was asked.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Given {
    InFull,
    InPart,
    NotGiven,
}

choice! {
    Given {
        InFull = "in_full", "In full";
        InPart = "in_part", "In part";
        NotGiven = "not_given", "Not given";
    }
}

/// What somebody does about a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
#[serde(rename_all = "snake_case")]
pub enum Step {
    Ask,
    /// The asked side says what it gives.
    Answer,
    /// The asked side gives nothing, and says why.
    Refuse,
    /// The side that asked says what came.
    Confirm,
    Withdraw,
}

/// One side's word on what was given.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Word {
    pub given: Given,
    /// What and how much, or why not. Empty only where nothing needs explaining.
    pub words: Prose,
    pub signed: Signed,
}

/// A request for support.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Support {
    pub what: Prose,
    pub from: Signed,
    /// The commander of whom it is asked.
    pub of: PostId,
    pub since: Timestamp,
    /// By when it is needed. Who has not answered by then has not answered.
    pub due: Timestamp,
    /// Until when the side that asked may say what came.
    pub confirm_by: Timestamp,
    pub answer: Option<Word>,
    pub confirmed: Option<Word>,
    pub withdrawn: bool,
    /// When somebody ended it.
    pub ended: Option<Timestamp>,
}

/// Where a request stands. What the clock does to it follows from its dates.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Standing {
    Asked,
    /// Answered; whoever asked has not said yet what came.
    Answered,
    Confirmed,
    Refused,
    /// Its date has passed without an answer.
    Unanswered,
    /// Whoever asked has said nothing in time: the answer stands.
    Unconfirmed,
    Withdrawn,
}

impl Standing {
    #[must_use]
    pub const fn has_ended(self) -> bool {
        !matches!(self, Self::Asked | Self::Answered)
    }

    /// Whether it is the turn of this end.
    #[must_use]
    pub const fn waits_for(self, end: End) -> bool {
        matches!((self, end), (Self::Asked, End::Asked) | (Self::Answered, End::Asking))
    }
}

/// The two ends of a request.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum End {
    Asking,
    Asked,
}

/// Whose business something is that is addressed to a post: a unit's commander and alternate have one desk.
#[must_use]
pub fn desk(post: &PostId) -> PostId {
    match post {
        PostId::Alternate(unit) => PostId::Commander(unit.clone()),
        other => other.clone(),
    }
}

impl Support {
    /// Where it stands now.
    #[must_use]
    pub fn standing(&self, now: Timestamp) -> Standing {
        match (&self.answer, &self.confirmed) {
            _ if self.withdrawn => Standing::Withdrawn,
            (_, Some(_)) => Standing::Confirmed,
            (Some(answer), _) if answer.given == Given::NotGiven => Standing::Refused,
            (Some(_), _) if now >= self.confirm_by => Standing::Unconfirmed,
            (Some(_), _) => Standing::Answered,
            (None, _) if now >= self.due => Standing::Unanswered,
            (None, _) => Standing::Asked,
        }
    }

    /// When nothing more can happen to it, or since when.
    #[must_use]
    pub fn open_until(&self) -> Timestamp {
        self.ended.unwrap_or(if self.answer.is_some() { self.confirm_by } else { self.due })
    }

    /// At which end somebody in this seat is. None for whom it is no business of theirs.
    #[must_use]
    pub fn end_of(&self, seat: &Seat) -> Option<End> {
        let theirs = desk(&seat.post);
        if !asks(seat) {
            None
        } else if theirs == desk(&self.from.post) {
            Some(End::Asking)
        } else if theirs == desk(&self.of) {
            Some(End::Asked)
        } else {
            None
        }
    }

    /// Whether this end may answer now, once more if something has changed since.
    #[must_use]
    pub fn may_answer(&self, end: End, now: Timestamp) -> bool {
        end == End::Asked && now < self.due && !self.standing(now).has_ended()
    }

    /// Whether this end may say now what came.
    #[must_use]
    pub fn may_confirm(&self, end: End, now: Timestamp) -> bool {
        end == End::Asking && self.standing(now) == Standing::Answered
    }

    /// Whether this end may withdraw it now: what has been answered counts.
    #[must_use]
    pub fn may_withdraw(&self, end: End, now: Timestamp) -> bool {
        end == End::Asking && self.standing(now) == Standing::Asked
    }

    /// By when the next step should come.
    #[must_use]
    pub const fn next_due(&self) -> Timestamp {
        if self.answer.is_some() { self.confirm_by } else { self.due }
    }

    /// Takes the asked side's answer, in the place of an earlier one. Returns the step that it is.
    ///
    /// # Errors
    /// If it takes none any more.
    pub fn answer(&mut self, word: Word, now: Timestamp) -> Result<Step, NotTaken> {
        if !self.may_answer(End::Asked, now) {
            return Err(NotTaken::Over);
        }
        let refused = word.given == Given::NotGiven;
        self.ended = refused.then_some(now);
        self.answer = Some(word);
        Ok(if refused { Step::Refuse } else { Step::Answer })
    }

    /// Takes the word of the side that asked.
    ///
    /// # Errors
    /// If nothing was answered, or its time is over.
    pub fn confirm(&mut self, word: Word, now: Timestamp) -> Result<Step, NotTaken> {
        if !self.may_confirm(End::Asking, now) {
            return Err(NotTaken::Over);
        }
        self.confirmed = Some(word);
        self.ended = Some(now);
        Ok(Step::Confirm)
    }

    /// Takes it back.
    ///
    /// # Errors
    /// If it was answered, or its date has passed.
    pub fn withdraw(&mut self, now: Timestamp) -> Result<Step, NotTaken> {
        if !self.may_withdraw(End::Asking, now) {
            return Err(NotTaken::Over);
        }
        self.withdrawn = true;
        self.ended = Some(now);
        Ok(Step::Withdraw)
    }

    /// What the measures count of it.
    #[must_use]
    pub fn counted(&self) -> Option<Counted> {
        if self.withdrawn {
            return None;
        }
        let given = self.confirmed.as_ref().or(self.answer.as_ref()).map(|word| word.given);
        Some(Counted { from: self.from.component.clone(), desk: desk(&self.from.post), due: self.due, given })
    }
}

/// A request, as the measures see it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Counted {
    pub from: ComponentId,
    /// Who asked: one desk of a unit, or of the Council.
    pub desk: PostId,
    /// It counts in the quarter of its date.
    pub due: Timestamp,
    /// What the side that asked has confirmed, else what the other has answered; none if it has not answered.
    pub given: Option<Given>,
}

/// The last moment that may be named as a date.
#[must_use]
pub fn furthest(now: Timestamp, calendar: &Calendar) -> Timestamp {
    calendar.due(now, Span::Days(FURTHEST))
}

/// Whether words must come with an answer: all but what was given in full is explained.
#[must_use]
pub fn answer_needs_words(given: Given) -> bool {
    given != Given::InFull
}

/// Whether words must come with what is confirmed: where it is not what the other side says.
#[must_use]
pub fn confirmation_needs_words(said: Given, came: Given) -> bool {
    said != came
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::domain::id::AccountId;

    fn signed(post: &str, component: &str) -> Signed {
        Signed {
            post: post.parse().unwrap(),
            component: component.into(),
            by: AccountId(uuid::Uuid::from_u128(1)),
        }
    }

    fn word(given: Given, end: End) -> Word {
        let signed = match end {
            End::Asking => signed("alternate:OBP-TCA", "CBP"),
            End::Asked => signed("commander:OI-TUS", "ICE"),
        };
        Word { given, words: Prose::parse("Two of three.", limit::WORDS).unwrap(), signed }
    }

    fn asked() -> Support {
        Support {
            what: Prose::parse("Two boats for a day.", limit::WHAT).unwrap(),
            from: signed("commander:OBP-TCA", "CBP"),
            of: "commander:OI-TUS".parse().unwrap(),
            since: Timestamp(0),
            due: Timestamp(100),
            confirm_by: Timestamp(200),
            answer: None,
            confirmed: None,
            withdrawn: false,
            ended: None,
        }
    }

    fn given(support: &Support) -> Option<Given> {
        support.counted().unwrap().given
    }

    #[test]
    fn what_was_confirmed_counts_else_what_was_answered() {
        let at = Timestamp;
        let mut support = asked();
        assert_eq!(
            (support.standing(at(99)), support.standing(at(100))),
            (Standing::Asked, Standing::Unanswered)
        );
        assert_eq!((given(&support), support.open_until()), (None, at(100)));
        assert_eq!(support.confirm(word(Given::InFull, End::Asking), at(1)), Err(NotTaken::Over));
        assert_eq!(support.answer(word(Given::InFull, End::Asked), at(100)), Err(NotTaken::Over), "too late");

        assert_eq!(support.answer(word(Given::InFull, End::Asked), at(10)), Ok(Step::Answer));
        assert_eq!((support.standing(at(10)), support.open_until()), (Standing::Answered, at(200)));
        assert_eq!(support.withdraw(at(11)), Err(NotTaken::Over), "what was answered counts");
        // Something has come between: until its date the answer may be another.
        assert_eq!(support.answer(word(Given::InPart, End::Asked), at(50)), Ok(Step::Answer));
        assert_eq!(
            (given(&support), support.standing(at(200))),
            (Some(Given::InPart), Standing::Unconfirmed)
        );
        assert!(!support.may_answer(End::Asked, at(100)) && support.may_confirm(End::Asking, at(199)));
        assert_eq!(support.confirm(word(Given::NotGiven, End::Asking), at(200)), Err(NotTaken::Over));
        assert_eq!(support.confirm(word(Given::NotGiven, End::Asking), at(199)), Ok(Step::Confirm));
        assert_eq!(given(&support), Some(Given::NotGiven), "whoever asked knows what came");
        assert_eq!((support.standing(at(199)), support.open_until()), (Standing::Confirmed, at(199)));
        assert_eq!(support.answer(word(Given::InFull, End::Asked), at(60)), Err(NotTaken::Over));
    }

    #[test]
    fn a_refusal_and_a_withdrawal_end_it() {
        let mut refused = asked();
        assert_eq!(refused.answer(word(Given::NotGiven, End::Asked), Timestamp(5)), Ok(Step::Refuse));
        assert_eq!((refused.standing(Timestamp(6)), refused.open_until()), (Standing::Refused, Timestamp(5)));
        assert_eq!(refused.answer(word(Given::InFull, End::Asked), Timestamp(6)), Err(NotTaken::Over));
        assert_eq!(refused.confirm(word(Given::InFull, End::Asking), Timestamp(6)), Err(NotTaken::Over));
        assert_eq!(given(&refused), Some(Given::NotGiven));
        let mut withdrawn = asked();
        assert_eq!(withdrawn.withdraw(Timestamp(100)), Err(NotTaken::Over), "unanswered is unanswered");
        assert_eq!(withdrawn.withdraw(Timestamp(9)), Ok(Step::Withdraw));
        assert_eq!(withdrawn.counted(), None);
        assert_eq!(withdrawn.answer(word(Given::InFull, End::Asked), Timestamp(10)), Err(NotTaken::Over));
    }

    #[test]
    fn it_is_the_business_of_two_desks() {
        let support = asked();
        let end = |post: &str, lead: bool| {
            let post = post.parse().unwrap();
            support.end_of(&Seat { post, account: AccountId(uuid::Uuid::from_u128(2)), lead })
        };
        assert_eq!(end("commander:OBP-TCA", false), Some(End::Asking));
        assert_eq!(end("alternate:OBP-TCA", false), Some(End::Asking));
        assert_eq!(end("alternate:OI-TUS", false), Some(End::Asked));
        for other in ["commander:OBP-RGV", "council:CBP", "headquarters:CBP-OPA", "secretary"] {
            assert_eq!(end(other, true), None, "{other}");
        }
        let from = signed("council:CBP", "CBP");
        let support = Support { from, ..asked() };
        let end = |lead| {
            let post = "council:CBP".parse().unwrap();
            support.end_of(&Seat { post, account: AccountId(uuid::Uuid::from_u128(2)), lead })
        };
        assert_eq!((end(true), end(false)), (Some(End::Asking), None), "as only leads ask");
    }
}
