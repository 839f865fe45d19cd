//! Where a concern is, who acts and when to look again, each in one sentence.

use jiff::tz::TimeZone;

use crate::clock::Timestamp;
use crate::domain::dispute::{Closing, Level, StageName};
use crate::domain::policy::CommandKind;
use crate::service::cases::{ActionStanding, OutcomeWords};
use crate::service::inbox::ReporterCase;

/// The outcome as a page tells it.
pub struct Outcome {
    pub headline: String,
    pub finding: String,
    pub actions: Vec<Action>,
    pub none_needed: bool,
}

pub struct Action {
    pub what: String,
    /// By whom and until when.
    pub by: String,
    /// Where it stands; empty where the outcome is decided again.
    pub stands: &'static str,
}

/// Where things are, in one sentence.
pub fn where_it_is(case: &ReporterCase, zone: &TimeZone) -> String {
    let turn = &case.turn;
    let words = match (case.stage, case.acknowledged) {
        (StageName::Council, _) if turn.group.is_some() => return group(case, zone),
        (StageName::Field, _) if turn.sent_back => {
            "The Council has sent it back to the two local commanders, with what they are to do, in half the usual time."
        }
        (StageName::Council | StageName::Secretary, _) if turn.disputed => disputed(case),
        (StageName::Council, _) if turn.sent_back => {
            "The Secretary’s office has sent it back to the Council, with what it is to do, in half the usual time."
        }
        (StageName::Field, false) => "The two local commanders have it and still have to take it up.",
        (StageName::Field, true) => "Both local commanders have taken it up and look for one answer.",
        (StageName::Council, false) if case.bypassed => {
            "It went straight to the Council, past the local commanders. The Council still has to take it up."
        }
        (StageName::Council, false) => "It is with the Council, which still has to take it up.",
        (StageName::Council, true) => "The Council has taken it up and looks for one answer.",
        (StageName::Secretary, _) => "It is with the Secretary’s office, which decides alone.",
        (StageName::Resolved, _) => resolved(case),
        (StageName::Closed, _) => closed(case),
    };
    words.to_owned()
}

fn group(case: &ReporterCase, zone: &TimeZone) -> String {
    let Some((name, due)) = &case.turn.group else { return String::new() };
    let due = date(*due, zone);
    format!(
        "The Council has asked a working group, {name}, which answers by {due}. Then the Council decides."
    )
}

const fn disputed(case: &ReporterCase) -> &'static str {
    match (case.stage, case.acknowledged) {
        (StageName::Secretary, _) => {
            "You did not accept the outcome. It is with the Secretary’s office, which decides alone."
        }
        (_, true) => "You did not accept the outcome. The Council has taken it up and decides anew.",
        (_, false) => {
            "You did not accept the outcome. It is with the Council, which still has to take it up and decides anew."
        }
    }
}

fn resolved(case: &ReporterCase) -> &'static str {
    let open = case.actions.iter().any(|action| !action.settled);
    match (case.turn.decided_by, open) {
        (Some(Level::Secretary), true) => {
            "The Secretary’s office has decided, headquarters has been told, and what was decided is being done."
        }
        (Some(Level::Secretary), false) => {
            "The Secretary’s office has decided, and headquarters has been told."
        }
        (_, true) => "It is settled, headquarters has been told, and what was agreed is being done.",
        (_, false) => "It is settled, and headquarters has been told.",
    }
}

const fn closed(case: &ReporterCase) -> &'static str {
    match case.turn.closing {
        Some(Closing::Withdrawn) => "You have withdrawn it, and it is closed.",
        Some(Closing::NotJoint) => "It is closed: not a matter between the two agencies.",
        Some(Closing::Completed) => "It is closed: nothing of the outcome is left to be done.",
        Some(Closing::Incomplete) => {
            "It is closed, and not all that was decided has been done. The outcome below says what is missing."
        }
        None => "It is closed.",
    }
}

/// When to look again, in one or two sentences.
pub fn look_again(case: &ReporterCase, now: Timestamp, zone: &TimeZone) -> String {
    if case.question.is_some() {
        return "Now: a question waits for your answer.".to_owned();
    }
    if !case.waiting.is_empty() {
        return "In two days, when what you sent has reached its readers.".to_owned();
    }
    match case.stage {
        StageName::Closed => after_closing(case, now, zone),
        StageName::Resolved if case.offers.contains(&CommandKind::CheckIn) => {
            "Now, if you like: you can say whether it works.".to_owned()
        }
        StageName::Resolved => {
            let next = case.actions.iter().filter(|action| !action.settled && action.due > now);
            next.map(|action| action.due).min().map_or_else(
                || "In a month, to see what was done.".to_owned(),
                |due| format!("After {}, to see what was done.", date(due, zone)),
            )
        }
        StageName::Field | StageName::Council | StageName::Secretary => case.level_due.map_or_else(
            || "In a week.".to_owned(),
            |due| {
                if due <= now {
                    "In a week.".to_owned()
                } else {
                    format!("In a week, and after {}.", date(due, zone))
                }
            },
        ),
    }
}

fn after_closing(case: &ReporterCase, now: Timestamp, zone: &TimeZone) -> String {
    let Some((dates, until)) = &case.turn.check_ins else { return "You need not.".to_owned() };
    let opens = format!("Your receipt opens this page until {}.", date(*until, zone));
    if case.turn.closing == Some(Closing::Withdrawn) {
        return format!("You need not. {opens}");
    }
    let to_come: Vec<String> = dates.iter().filter(|at| **at > now).map(|at| date(*at, zone)).collect();
    let come = match to_come.as_slice() {
        [] => String::new(),
        [only] => format!("From {only} you can say once more whether it works. "),
        [earlier @ .., last] => {
            format!("From {} and from {last} you can say whether it works. ", earlier.join(", from "))
        }
    };
    let first = if case.offers.contains(&CommandKind::CheckIn) {
        "Now, if you like: you can say whether it works. "
    } else {
        ""
    };
    format!("{first}{come}{opens}")
}

/// That what was written is gone; empty while it is there.
pub fn gone(case: &ReporterCase, zone: &TimeZone) -> String {
    let outcome = if case.outcome.is_some() {
        " The words of the outcome stay on this page as long as your receipt opens it."
    } else {
        ""
    };
    case.kept.gone_at.map_or_else(String::new, |at| {
        format!(
            "What you and the others wrote was destroyed on {}. Nobody can read it any more, and you cannot either.{outcome}",
            date(at, zone)
        )
    })
}

/// That it is kept longer; empty while it is not.
pub fn held(case: &ReporterCase, zone: &TimeZone) -> String {
    case.kept.held.as_ref().map_or_else(String::new, |(since, post)| {
        format!(
            "The Council keeps the texts of this case longer than usual, by order of {post}, since {}. When it no \
             longer has to, they are destroyed.",
            date(*since, zone)
        )
    })
}

/// A date as people read it, in the calendar's time zone.
pub fn date(at: Timestamp, zone: &TimeZone) -> String {
    jiff::Timestamp::from_second(at.0).map_or_else(
        |_| String::new(),
        |instant| zone.to_datetime(instant).strftime("%A, %B %-d, %Y").to_string(),
    )
}

pub fn outcome_words(outcome: &OutcomeWords, standing: &[ActionStanding], zone: &TimeZone) -> Outcome {
    match outcome {
        OutcomeWords::Resolved { level, kind, finding, actions, none_needed } => {
            let by = match level {
                Level::Field => "The two local commanders agreed",
                Level::Council => "The Council agreed",
                Level::Secretary => "The Secretary’s office decided",
            };
            let stands = standing.iter().map(|action| action.words).chain(std::iter::repeat(""));
            let actions = actions.iter().zip(stands);
            Outcome {
                headline: format!("{by}: {}.", kind.label()),
                finding: finding.as_str().to_owned(),
                actions: actions
                    .map(|(action, stands)| Action {
                        what: action.what.as_str().to_owned(),
                        by: format!("{}, by {}", action.owner, date(action.due, zone)),
                        stands,
                    })
                    .collect(),
                none_needed: *none_needed,
            }
        }
        OutcomeWords::NotJoint { belongs } => Outcome {
            headline: "Both sides found that this is not a matter between the two agencies. They say where it belongs:"
                .to_owned(),
            finding: belongs.as_str().to_owned(),
            actions: Vec::new(),
            none_needed: false,
        },
    }
}
