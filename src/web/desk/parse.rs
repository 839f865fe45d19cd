//! From a form of the desk to what is to be done, or to what is wrong with it.

use crate::clock::Timestamp;
use crate::domain::dispute::{Level, Seat, Stage, VersionHash};
use crate::domain::id::{AccountId, GroupId, PostId};
use crate::domain::proposal::limit;
use crate::domain::prose::Prose;
use crate::service::cases::{CaseView, HandlerAct};
use crate::web::form::Problems;

use super::act::Act;
use super::around::Around;
use super::asking;
use super::proposal_form;
use super::rating;
use super::remedies;
use super::typed::Typed;
use crate::web::when;

/// Reads a form. Nothing is done unless all of it can be used.
pub fn read(
    act: Act,
    typed: &Typed,
    view: &CaseView,
    seat: &Seat,
    around: &Around<'_>,
    now: Timestamp,
) -> Result<HandlerAct, Problems> {
    let mut problems = Problems::default();
    let read = attempt(act, typed, view, seat, around, now, &mut problems);
    match read {
        Some(deed) if problems.is_empty() => Ok(deed),
        _ => Err(problems),
    }
}

fn attempt(
    act: Act,
    typed: &Typed,
    view: &CaseView,
    seat: &Seat,
    around: &Around<'_>,
    now: Timestamp,
    problems: &mut Problems,
) -> Option<HandlerAct> {
    Some(match act {
        Act::Acknowledge => {
            let no_conflict = ticked(
                typed,
                "no_conflict",
                "Declare that you have no part in this. If you have, step aside instead.",
                problems,
            );
            let no_search =
                ticked(typed, "no_search", "Confirm that nobody will look for who wrote this.", problems);
            HandlerAct::Acknowledge { no_conflict: no_conflict && no_search }
        }
        Act::Recuse => HandlerAct::Recuse { reason: prose(typed, "reason", limit::REASON, problems)? },
        Act::Delegate => {
            let to = delegate(typed, view, seat, around, problems);
            let until = until(typed, around, now, problems);
            HandlerAct::Delegate { to: to?, until: until? }
        }
        Act::Ask => HandlerAct::Ask { text: prose(typed, "message", limit::MESSAGE, problems)? },
        Act::Tell => {
            HandlerAct::Write { text: prose(typed, "message", limit::MESSAGE, problems)?, to_reporter: true }
        }
        Act::Write => {
            HandlerAct::Write { text: prose(typed, "message", limit::MESSAGE, problems)?, to_reporter: false }
        }
        Act::Decide => {
            let proposal = proposal_form::read(typed, view, around, now, problems);
            ticked(typed, "sign", "Tick this to sign your decision.", problems);
            HandlerAct::Decide(proposal?)
        }
        Act::Direct | Act::Remand => {
            let instruction = prose(typed, "instruction", limit::REASON, problems)?;
            if act == Act::Direct {
                HandlerAct::Direct { instruction }
            } else {
                HandlerAct::Remand { instruction }
            }
        }
        Act::Group => {
            let group = group(typed, view, problems);
            let task = prose(typed, "task", limit::MESSAGE, problems);
            HandlerAct::AssignGroup { group: group?, task: task? }
        }
        Act::ReferUp => HandlerAct::ReferUp { position: prose(typed, "position", limit::REASON, problems)? },
        Act::Report => HandlerAct::Report { text: prose(typed, "message", limit::FINDING, problems)? },
        Act::Pace => HandlerAct::ChangePace { reason: prose(typed, "reason", limit::REASON, problems)? },
        Act::Done => {
            let action = action(typed, view, problems);
            let note = prose(typed, "note", limit::REASON, problems);
            HandlerAct::Done { action: action?, note: note? }
        }
        Act::Verify => {
            let action = action(typed, view, problems);
            let holds = yes_or_no(typed, "holds", "Say whether it is done.", problems);
            let note = prose(typed, "note", limit::REASON, problems);
            HandlerAct::Verify { action: action?, holds: holds?, note: note? }
        }
        Act::Waive => {
            let action = action(typed, view, problems);
            let reason = prose(typed, "reason", limit::REASON, problems);
            HandlerAct::Waive { action: action?, reason: reason? }
        }
        Act::Reprisal => {
            HandlerAct::AnswerReprisal { text: prose(typed, "message", limit::MESSAGE, problems)? }
        }
        Act::Hold => HandlerAct::Hold { reason: prose(typed, "reason", limit::REASON, problems)? },
        Act::Rate => rating::read(typed, problems)?,
        Act::LiftHold => HandlerAct::LiftHold { reason: prose(typed, "reason", limit::REASON, problems)? },
        Act::Propose => HandlerAct::Propose(proposal_form::read(typed, view, around, now, problems)?),
        Act::Accept => {
            ticked(typed, "sign", "Tick this to sign the version that is shown here.", problems);
            HandlerAct::Accept { hash: version(typed, problems)? }
        }
        Act::Reject => {
            let reason = prose(typed, "reason", limit::REASON, problems);
            HandlerAct::Reject { hash: version(typed, problems)?, reason: reason? }
        }
        Act::Extend => HandlerAct::Extend { reason: prose(typed, "reason", limit::REASON, problems)? },
        Act::Escalate => {
            HandlerAct::Escalate { position: prose(typed, "position", limit::REASON, problems)? }
        }
        Act::NotJoint => {
            let belongs = prose(typed, "belongs", limit::REASON, problems);
            ticked(typed, "sign", "Tick this to sign.", problems);
            HandlerAct::CloseNotJoint { belongs: belongs? }
        }
        Act::Identity => {
            HandlerAct::ShowIdentity { reason: prose(typed, "reason", limit::REASON, problems)? }
        }
    })
}

/// A required text.
pub fn prose(typed: &Typed, field: &'static str, limit: usize, problems: &mut Problems) -> Option<Prose> {
    Prose::parse(typed.of(field), limit).map_err(|error| problems.add(field, error.to_string())).ok()
}

fn ticked(typed: &Typed, field: &'static str, says: &str, problems: &mut Problems) -> bool {
    let ticked = typed.of(field) == "yes";
    if !ticked {
        problems.add(field, says);
    }
    ticked
}

fn yes_or_no(typed: &Typed, field: &'static str, says: &str, problems: &mut Problems) -> Option<bool> {
    match typed.of(field) {
        "yes" => Some(true),
        "no" => Some(false),
        _ => {
            problems.add(field, says);
            None
        }
    }
}

/// The action that the form is about, counted from 0.
fn action(typed: &Typed, view: &CaseView, problems: &mut Problems) -> Option<u16> {
    let index = remedies::named(view, typed).map(|action| action.index);
    if index.is_none() {
        problems.add(
            remedies::ACTION,
            "This action is not in the case. Go back to the case and choose one there.",
        );
    }
    index
}

/// One of the groups that can be asked.
fn group(typed: &Typed, view: &CaseView, problems: &mut Problems) -> Option<GroupId> {
    let chosen = view.later.groups.iter().map(|(id, _)| id).find(|id| id.as_str() == typed.of("group"));
    if chosen.is_none() {
        problems.add(
            "group",
            "Choose a working group that has a member of each side, none of them concerned by this case.",
        );
    }
    chosen.cloned()
}

fn version(typed: &Typed, problems: &mut Problems) -> Option<VersionHash> {
    let hash = typed.of("version").parse().ok();
    if hash.is_none() {
        problems.add("version", "There is no version on the table just now. Go back to the case.");
    }
    hash
}

/// Who may act for this post in its holder's absence: at Field its alternates, at Council its
/// other members.
#[must_use]
pub fn delegates(view: &CaseView, seat: &Seat, around: &Around<'_>) -> Vec<(AccountId, String)> {
    let field = matches!(&view.dispute.stage, Stage::Panel(panel) if panel.level == Level::Field);
    let post = match (&seat.post, field) {
        (PostId::Commander(unit), true) => PostId::Alternate(unit.clone()),
        (post, _) => post.clone(),
    };
    let members = around.members.get(&post).map_or(&[][..], Vec::as_slice);
    members
        .iter()
        .filter(|member| member.account != seat.account && !view.dispute.recused.contains(&member.account))
        .filter_map(|member| Some((member.account, around.names.get(&member.account)?.clone())))
        .collect()
}

fn delegate(
    typed: &Typed,
    view: &CaseView,
    seat: &Seat,
    around: &Around<'_>,
    problems: &mut Problems,
) -> Option<AccountId> {
    let offered = delegates(view, seat, around);
    let to = typed.of("to").parse().ok().filter(|to| offered.iter().any(|(account, _)| account == to));
    if to.is_none() {
        problems.add("to", "Choose who acts for you.");
    }
    to
}

fn until(typed: &Typed, around: &Around<'_>, now: Timestamp, problems: &mut Problems) -> Option<Timestamp> {
    const LONGEST: i64 = 90 * crate::clock::DAY;
    let until = when::end_of_day(typed.of("until"), around.calendar)
        .filter(|until| *until > now && until.since(now) <= LONGEST);
    if until.is_none() {
        problems.add("until", "Give a date in the future, at most 90 days ahead.");
    }
    until
}

/// What the writer should think about before it is sent. Sending anyway stays possible.
#[must_use]
pub fn warnings(act: Act, typed: &Typed, view: &CaseView) -> Vec<&'static str> {
    match act {
        _ if act.is_to_the_reporter() => asking::asks_for(typed.of("message")),
        Act::Propose | Act::Decide => {
            let Some(statement) = &view.statement else { return Vec::new() };
            let theirs = statement.what_happens.as_str();
            [
                ("issue", "The issue repeats a long run of the reporter’s words."),
                ("finding", "The finding repeats a long run of the reporter’s words."),
                ("library_text", "The library text repeats a long run of the reporter’s words."),
            ]
            .into_iter()
            .filter(|(field, _)| asking::repeats(typed.of(field), theirs))
            .map(|(_, says)| says)
            .collect()
        }
        _ => Vec::new(),
    }
}
