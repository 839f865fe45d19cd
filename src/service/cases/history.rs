//! What has happened to a case, in words, as far as it is a seat's to know.

use crate::clock::Timestamp;
use crate::domain::audience::Audience;
use crate::domain::dispute::{Closing, Dispute, Event, LapseCause, Level, Seat};
use crate::domain::policy;
use crate::service::directory::Directory;

/// What has happened, as far as it is this seat's to know. The number of lines is what a page
/// "has seen": an event that is not told to a seat must not change it.
pub(super) fn history(
    events: &[(u32, Event)],
    seat: &Seat,
    dispute: &Dispute,
    directory: &Directory,
) -> Vec<(Timestamp, String)> {
    let frozen = policy::frozen_at(dispute, seat);
    let outcome_known = policy::may_read(dispute, seat, Audience::Outcome, dispute.version);
    let known = |version: u32| frozen.is_none_or(|frozen| version <= frozen);
    let withheld = events
        .iter()
        .filter(|(version, event)| known(*version) && matches!(event, Event::NameWithheld { .. }))
        .map(|(version, _)| *version)
        .max();
    let mut pressed = false;
    let mut lines = Vec::new();
    for (version, event) in events {
        if let Event::Pressed { .. } = event {
            pressed = true;
        }
        if frozen.is_some_and(|frozen| *version > frozen) && !(is_of_an_outcome(event) && outcome_known) {
            continue;
        }
        let withheld = withheld.is_some_and(|withheld| *version < withheld);
        if policy::told(dispute, event, seat, pressed, withheld)
            && let Some(line) = words(event, directory)
        {
            lines.push(line);
        }
    }
    lines
}

/// What everybody hears who is told of an outcome, though the case had left them behind.
pub(super) const fn is_of_an_outcome(event: &Event) -> bool {
    matches!(
        event,
        Event::Resolved { .. }
            | Event::ActionDone { .. }
            | Event::ActionVerified { .. }
            | Event::ActionSentBack { .. }
            | Event::WaiverAsked { .. }
            | Event::ActionWaived { .. }
            | Event::ActionOverdue { .. }
            | Event::Closed { why: Closing::Completed | Closing::Incomplete, .. }
            | Event::Held { .. }
            | Event::HoldLifted { .. }
            | Event::Destroyed { .. }
            | Event::Rated { .. }
    )
}

fn words(event: &Event, directory: &Directory) -> Option<(Timestamp, String)> {
    let name = |seat: &Seat| directory.post_name(&seat.post);
    let level = |level: &Level| match level {
        Level::Field => "the two commanders",
        Level::Council => "the Council",
        Level::Secretary => "the Secretary",
    };
    Some(match event {
        Event::Opened { at, .. } => (*at, "The case was opened.".to_owned()),
        Event::Entered { at, level: to, .. } => (*at, format!("It is before {}.", level(to))),
        Event::Acknowledged { at, seat, .. } => {
            (*at, format!("{} acknowledged it and declared to have no part in it.", name(seat)))
        }
        Event::Recused { at, seat, .. } => (*at, format!("{} stepped aside.", name(seat))),
        Event::AlternateActs { at, post, .. } => {
            (*at, format!("{} acts from now on.", directory.post_name(post)))
        }
        Event::Delegated { at, seat, .. } => (*at, format!("{} delegated it.", name(seat))),
        Event::Asked { at, seat, .. } => (*at, format!("{} asked the reporter a question.", name(seat))),
        Event::Written { at, seat, to_reporter: true, .. } => {
            (*at, format!("{} wrote to the reporter.", name(seat)))
        }
        Event::Written { at, seat, .. } => (*at, format!("{} wrote to the other side.", name(seat))),
        Event::Proposed { at, seat, number, .. } => {
            (*at, format!("{} proposed version {number}.", name(seat)))
        }
        Event::Accepted { acceptance, .. } => {
            (acceptance.at, format!("{} accepted and signed.", name(&acceptance.seat)))
        }
        Event::Rejected { at, seat, .. } => {
            (*at, format!("{} rejected the version on the table.", name(seat)))
        }
        Event::ExtensionAsked { at, seat, .. } => (*at, format!("{} asked for more time.", name(seat))),
        Event::Extended { at, .. } => (*at, "Both sides agreed on more time.".to_owned()),
        Event::EscalationAsked { at, seat, .. } => {
            (*at, format!("{} stated a position and asked to escalate.", name(seat)))
        }
        Event::Escalated { at, absent: None, .. } => (*at, "Both sides escalated it.".to_owned()),
        Event::Escalated { at, absent: Some(_), .. } => {
            (*at, "One side escalated it; the other stated no position.".to_owned())
        }
        Event::NotJointSigned { signature, .. } => {
            (signature.at, format!("{} signed that this is not a joint dispute.", name(&signature.seat)))
        }
        Event::IdentityShown { at, seat, .. } => {
            (*at, format!("{} looked at the reporter's name.", name(seat)))
        }
        Event::Answered { at, .. } => (*at, "The reporter answered.".to_owned()),
        Event::Added { at, .. } => (*at, "The reporter added something.".to_owned()),
        Event::Attached { at, .. } => (*at, "The reporter attached a file.".to_owned()),
        Event::ReviewAsked { at, .. } => (*at, "The reporter asked for review by the Council.".to_owned()),
        Event::Pressed { at } => (*at, "The reporter says that they are being pressed.".to_owned()),
        Event::NameGiven { at, .. } => (*at, "The reporter gave a name.".to_owned()),
        Event::NameWithheld { at } => {
            (*at, "The reporter no longer lets the commanders see the name.".to_owned())
        }
        Event::Warned { .. } => return None,
        Event::Lapsed { at, did_not_act, cause, .. } => {
            let who: Vec<_> =
                did_not_act.iter().map(|component| directory.component_name(component)).collect();
            let who = who.join(", ");
            let says = match cause {
                LapseCause::NobodyLeft => format!("Nobody was left to act for {who}."),
                LapseCause::Due | LapseCause::Silence => {
                    format!("The time for this level ran out. Did not act: {who}.")
                }
            };
            (*at, says)
        }
        Event::Resolved { at, by, .. } => (*at, format!("Resolved by {}.", level(by))),
        Event::Closed { at, why } => {
            let why = match why {
                Closing::NotJoint => "not a joint dispute",
                Closing::Withdrawn => "the reporter withdrew it",
                Closing::Completed => "everything is carried out",
                Closing::Incomplete => "180 days have passed and not everything is carried out",
            };
            (*at, format!("Closed: {why}."))
        }
        later => return later_words(later, directory),
    })
}

/// Events of the Council, the Secretary, and of what follows an outcome.
fn later_words(event: &Event, directory: &Directory) -> Option<(Timestamp, String)> {
    let name = |seat: &Seat| directory.post_name(&seat.post);
    let number = |action: &u16| u32::from(*action) + 1;
    Some(match event {
        Event::RemandAsked { at, seat, .. } => {
            (*at, format!("{} asked to send it back to the commanders.", name(seat)))
        }
        Event::Remanded { at } => {
            (*at, "Both leads sent it back to the commanders, with half the time.".to_owned())
        }
        Event::GroupAsked { at, seat, group, .. } => {
            (*at, format!("{} asked for the help of {}.", name(seat), directory.group_name(group)))
        }
        Event::GroupAssigned { at, group, .. } => {
            (*at, format!("{} was asked; the level has more time.", directory.group_name(group)))
        }
        Event::GroupReported { at, .. } => (*at, "The working group reported.".to_owned()),
        Event::GroupLapsed { at, .. } => (*at, "The working group did not report in time.".to_owned()),
        Event::Decided { at, seat, .. } => (*at, format!("{} decided and signed.", name(seat))),
        Event::Directed { at, seat, .. } => {
            (*at, format!("{} sent it back to the Council, with half the time.", name(seat)))
        }
        Event::PaceAsked { at, seat, .. } => (*at, format!("{} asked for another pace.", name(seat))),
        Event::PaceChanged { at, pace, .. } => {
            (*at, format!("The pace is {} from now on.", pace.label().to_lowercase()))
        }
        Event::ActionDone { at, seat, action, .. } => {
            (*at, format!("{} says that action {} is done.", name(seat), number(action)))
        }
        Event::ActionVerified { at, seat, action, .. } => {
            (*at, format!("{} has seen that action {} is done.", name(seat), number(action)))
        }
        Event::ActionSentBack { at, seat, action, .. } => {
            (*at, format!("{} finds that action {} is not done.", name(seat), number(action)))
        }
        Event::WaiverAsked { at, seat, action, .. } => {
            (*at, format!("{} asked to waive action {}.", name(seat), number(action)))
        }
        Event::ActionWaived { at, action } => (*at, format!("Both sides waived action {}.", number(action))),
        Event::ActionOverdue { at, action, .. } => (*at, format!("Action {} is overdue.", number(action))),
        Event::CheckedIn { at, works, .. } => {
            (*at, format!("Does it work, the reporter was asked: {}.", works.label().to_lowercase()))
        }
        Event::ReprisalReported { at, .. } => (*at, "The reporter reports reprisal.".to_owned()),
        Event::ReprisalAnswered { at, seat, .. } => {
            (*at, format!("{} answered the report of reprisal.", name(seat)))
        }
        Event::OutcomeDisputed { at, .. } => (*at, "The reporter disputes the outcome.".to_owned()),
        // The points are not for the history: the commanders read it.
        Event::Rated { at, seat, .. } => (*at, format!("{} rated the outcome.", name(seat))),
        Event::RatedByReporter { at, .. } => (*at, "The reporter rated the outcome.".to_owned()),
        // Every other event has its words above, or none.
        other => return super::retention::words(other, directory),
    })
}
