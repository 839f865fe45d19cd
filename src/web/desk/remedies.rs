//! What was decided, and what becomes of its actions.

use crate::domain::dispute::{Closed, Closing, Level, Stage};
use crate::domain::follow_up::Works;
use crate::service::cases::{ActionView, CaseView, standing_words};

use super::act::Act;
use super::around::Around;
use super::case::{Offer, Said, said};
use super::proposal_words::{self, Line};
use super::typed::Typed;
use crate::web::when;

/// The field, and the part of an address, that names an action. People count from 1.
pub const ACTION: &str = "action";

/// An outcome in words.
pub struct Outcome {
    pub level: &'static str,
    pub lines: Vec<Line>,
    pub signed: Vec<String>,
    pub time_taken: &'static str,
}

/// A remedial action with where it stands and what this seat may do about it.
pub struct Remedy {
    pub number: u32,
    pub what: String,
    pub owner: String,
    pub due: String,
    pub state: &'static str,
    pub late: bool,
    pub notes: Vec<Said>,
    pub offers: Vec<Offer>,
}

/// A closed case: why, and what was never carried out.
pub struct Ending {
    pub why: &'static str,
    pub open: Vec<String>,
}

/// Whether an act is open to this seat for one action.
#[must_use]
pub fn is_open(view: &CaseView, act: Act, action: &ActionView) -> bool {
    if !act.is_open(view) || action.progress.is_settled() {
        return false;
    }
    let (dispute, seat, progress) = (&view.dispute, &view.seat, &action.progress);
    let side = dispute.side_of_post(&seat.post);
    match act {
        Act::Done => {
            let Stage::Resolved(resolved) = &dispute.stage else { return false };
            let known = resolved.actions.get(usize::from(action.index));
            progress.done.is_none() && known.is_some_and(|known| dispute.owns(&seat.post, known))
        }
        Act::Verify => {
            let theirs = side.is_some_and(|side| dispute.side_of_post(&action.owner) == Some(side.other()));
            theirs && progress.done.is_some_and(|(_, account)| account != seat.account)
        }
        Act::Waive => side.is_some_and(|side| {
            progress.waiver.get(side).is_none() && *progress.waiver.get(side.other()) != Some(seat.account)
        }),
        _ => false,
    }
}

/// The first action for which an act is open to this seat.
#[must_use]
pub fn first(view: &CaseView, act: Act) -> Option<&ActionView> {
    view.later.actions.iter().find(|action| is_open(view, act, action))
}

/// The action that a form names.
#[must_use]
pub fn named<'a>(view: &'a CaseView, typed: &Typed) -> Option<&'a ActionView> {
    let index = typed.of(ACTION).parse::<u16>().ok()?.checked_sub(1)?;
    view.later.actions.iter().find(|action| action.index == index)
}

/// The address of an act about an action.
#[must_use]
pub fn address(case: &str, act: Act, action: &ActionView) -> String {
    format!("{case}/{}?{ACTION}={}", act.word(), action.index + 1)
}

#[must_use]
pub fn remedy(view: &CaseView, action: &ActionView, around: &Around<'_>, case: &str) -> Remedy {
    let acts = [Act::Done, Act::Verify, Act::Waive].into_iter().filter(|act| is_open(view, *act, action));
    let settled = action.progress.is_settled();
    let closed = matches!(view.dispute.stage, Stage::Closed(_));
    Remedy {
        number: u32::from(action.index) + 1,
        what: action.what.as_str().to_owned(),
        owner: action.owner_name.clone(),
        due: when::day(action.due, around.calendar),
        state: standing_words(&action.progress, action.due, view.now, closed),
        late: !settled && action.progress.done.is_none() && action.due <= view.now,
        notes: said(&action.notes, view.now, around),
        offers: acts
            .map(|act| Offer {
                href: address(case, act, action),
                title: if act == Act::Waive && waiver_asked(view, action) {
                    "Agree to waive it".to_owned()
                } else {
                    act.title(view)
                },
                why: "",
            })
            .collect(),
    }
}

/// Whether the other side has asked to waive an action.
#[must_use]
pub fn waiver_asked(view: &CaseView, action: &ActionView) -> bool {
    let side = view.dispute.side_of_post(&view.seat.post);
    side.is_some_and(|side| action.progress.waiver.get(side.other()).is_some())
}

#[must_use]
pub fn outcome(view: &CaseView, around: &Around<'_>) -> Option<Outcome> {
    view.outcome.as_ref().map(|resolution| {
        let mut lines = proposal_words::lines(&resolution.proposal, around, &view.library);
        if !view.later.actions.is_empty() {
            // Each stands below with what has become of it.
            lines.retain(|line| line.label != "Actions");
        }
        Outcome {
            level: match resolution.level {
                Level::Field => "by the two commanders",
                Level::Council => "by the Council",
                Level::Secretary => "by the Secretary",
            },
            lines,
            signed: resolution.signed.iter().map(|post| around.post_name(post)).collect(),
            time_taken: resolution.time_taken.label(),
        }
    })
}

/// Why a case is closed, and what was still open.
#[must_use]
pub fn closing(view: &CaseView, around: &Around<'_>) -> Option<Ending> {
    let Stage::Closed(closed) = &view.dispute.stage else { return None };
    let of_an_outcome = matches!(closed.why, Closing::Completed | Closing::Incomplete);
    if view.frozen && !(of_an_outcome && view.outcome.is_some()) {
        // What became of it above is not this seat's to know.
        return None;
    }
    Some(Ending {
        why: match closed.why {
            Closing::NotJoint => "Both sides signed that this is not a joint dispute.",
            Closing::Withdrawn => "The reporter withdrew the concern.",
            Closing::Completed => "Everything that was agreed is carried out.",
            Closing::Incomplete => "180 days have passed, and this is not carried out:",
        },
        open: still_open(closed, view, around),
    })
}

fn still_open(closed: &Closed, view: &CaseView, around: &Around<'_>) -> Vec<String> {
    let told = view.outcome.as_ref().map_or(&[][..], |outcome| &outcome.proposal.actions);
    let words = |action: &crate::domain::dispute::Action| {
        let found = told.iter().find(|told| told.owner == action.owner && told.due == action.due);
        let what = found.map_or("An action", |told| told.what.as_str());
        let owner = around.post_name(&action.owner);
        format!("{what} – {owner}, by {}", when::day(action.due, around.calendar))
    };
    closed.open.iter().map(words).collect()
}

/// What the reporter said of whether it works.
#[must_use]
pub fn check_ins(view: &CaseView) -> Vec<Said> {
    let said = |(works, entry): &(Works, crate::service::cases::Entry)| Said {
        label: works.label().to_owned(),
        when: String::new(),
        mine: false,
        text: entry.text.as_str().to_owned(),
    };
    view.later.check_ins.iter().map(said).collect()
}
