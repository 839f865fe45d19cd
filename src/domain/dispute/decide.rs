//! The rules: what a command leads to, or why it leads to nothing.

use crate::clock::{DAY, Timestamp};
use crate::domain::concern::Pace;
use crate::domain::id::{AccountId, PostId};
use crate::domain::policy::{self, CommandKind};

use super::clock::due_events;
use super::command::{Actor, Command, Facts, ProposalTerms, Refusal, Seat};
use super::event::{Event, LapseCause};
use super::panel::{Acceptance, NotJointSignature, OnTable, Panel};
use super::state::{Bypass, Closing, Dispute, Level, Opening, Side, Stage, VersionHash};
use crate::domain::deadline::Span;

/// The longest delegation, in days.
const DELEGATION: i64 = 90;

/// Answers a command with what happens, or with why nothing does. Whatever the clock has due
/// happens first and is part of the answer.
///
/// `dispute` is `None` only for [`Command::Open`].
///
/// # Errors
/// A [`Refusal`] if the command may not or cannot be carried out; then nothing has happened.
pub fn decide(
    dispute: Option<&Dispute>,
    actor: &Actor,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let Some(dispute) = dispute else {
        return match (actor, command) {
            (Actor::Batch, Command::Open(opening)) => Ok(open(opening, facts)),
            _ => Err(Refusal::NotAllowed),
        };
    };
    let mut events = due_events(dispute, facts);
    if *command == Command::Sweep {
        return match actor {
            Actor::Clock if events.is_empty() => Err(Refusal::NothingDue),
            Actor::Clock => Ok(events),
            _ => Err(Refusal::NotAllowed),
        };
    }
    let mut now = dispute.clone();
    for event in &events {
        now.apply(event);
    }
    let side = policy::may(&now, actor, command.kind(), facts)?;
    guard(&now, side, command.kind(), facts)?;
    events.extend(match actor {
        Actor::Reporter => reporter(&now, command, facts)?,
        Actor::Handler(seat) if command.kind().is_about_an_outcome() => {
            super::outcome::handler(&now, seat, side, command, facts)?
        }
        Actor::Handler(seat) if command.kind().is_above_the_field() => {
            super::above::handler(&now, seat, side, command, facts)?
        }
        Actor::Handler(seat) if command.kind().is_about_keeping() => {
            super::retention::handler(seat, command, facts)?
        }
        Actor::Handler(seat) => handler(&now, seat, side, command, facts)?,
        Actor::Clock => super::retention::clock(&now, command, facts)?,
        Actor::Batch => return Err(Refusal::NotAllowed),
    });
    Ok(events)
}

/// What must hold for a kind of command, whatever it says: asked here before acting and by
/// pages before offering.
pub(in crate::domain) fn guard(
    dispute: &Dispute,
    side: Option<Side>,
    kind: CommandKind,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    use CommandKind as K;
    match kind {
        K::Answer => return dispute.question.map(drop).ok_or(Refusal::NoSuchQuestion),
        K::Pressed if dispute.pressed => return Err(Refusal::AlreadyDone),
        K::WithholdName if !dispute.name_for_panel => return Err(Refusal::NameNotOpen),
        K::AnswerReprisal if dispute.reprisal.is_none() => return Err(Refusal::AlreadyDone),
        K::Decide if !facts.fresh => return Err(Refusal::SignInAgain),
        K::Direct => return super::above::may_direct(dispute, facts),
        _ if kind.is_about_keeping() => return super::retention::guard(dispute, kind, facts),
        _ if kind.is_about_an_outcome() => return super::outcome::guard(dispute, side, kind, facts),
        _ => {}
    }
    let (Some(panel), Some(side)) = (dispute.panel(), side) else { return Ok(()) };
    let state = panel.sides.get(side);
    match kind {
        K::Acknowledge if state.acknowledged.is_some() => return Err(Refusal::AlreadyDone),
        K::Acknowledge | K::Recuse | K::Delegate => return Ok(()),
        _ if state.acknowledged.is_none() => return Err(Refusal::AcknowledgeFirst),
        K::Ask if dispute.question.is_some() => return Err(Refusal::QuestionOpen),
        K::Accept | K::Reject => {
            let table = panel.on_table.as_ref().ok_or(Refusal::NothingOnTable)?;
            if kind == K::Accept && table.accepted.get(side).is_some() {
                return Err(Refusal::AlreadyDone);
            }
            // Whoever was to act may have left since it was proposed; then another version is needed.
            if kind == K::Accept {
                owners_can_act(dispute, &table.terms, facts)?;
            }
        }
        K::Extend if dispute.extended.contains(&panel.level) => return Err(Refusal::OnceOnly),
        K::Extend if state.wants_extension => return Err(Refusal::AlreadyDone),
        K::Escalate if state.position.is_some() && panel.versions == 0 => return Err(Refusal::ProposeFirst),
        K::CloseNotJoint if state.not_joint.is_some() => return Err(Refusal::AlreadyDone),
        K::Remand if state.wants_remand => return Err(Refusal::AlreadyDone),
        K::Remand => super::above::may_remand(dispute, facts)?,
        K::AssignGroup if dispute.group.is_some() => return Err(Refusal::OnceOnly),
        K::ChangePace if dispute.pace == Pace::Routine && dispute.pace_raised => {
            return Err(Refusal::OnceOnly);
        }
        K::ChangePace if state.wants_slower => return Err(Refusal::AlreadyDone),
        K::ShowIdentity if panel.level == Level::Field && !dispute.name_for_panel => {
            return Err(Refusal::NoName);
        }
        _ => {}
    }
    if matches!(kind, K::Accept | K::CloseNotJoint | K::ShowIdentity) && !facts.fresh {
        return Err(Refusal::SignInAgain);
    }
    Ok(())
}

fn open(opening: &Opening, facts: &Facts<'_>) -> Vec<Event> {
    let opened = Event::Opened { at: facts.now, opening: opening.clone() };
    let Some(dispute) = Dispute::fold(std::slice::from_ref(&opened)) else { return vec![opened] };
    let panel = if opening.bypass.field { None } else { field_panel(&dispute, facts) };
    let entered = match panel {
        Some(panel) => enter_field(&dispute, panel, dispute.standards.field_resolution, facts),
        None => enter_above(&dispute, Level::Field, facts),
    };
    vec![opened, entered]
}

/// The posts that would sit at Field. A panel needs somebody on each side; who is left out or has
/// stepped aside cannot be that somebody.
pub(super) fn field_panel(dispute: &Dispute, facts: &Facts<'_>) -> Option<(PostId, PostId)> {
    let eligible = |side: Side| {
        let unit = &dispute.sides.get(side).unit;
        successor(dispute, &PostId::Commander(unit.clone()), facts)
    };
    eligible(Side::Raising).zip(eligible(Side::Concerned))
}

/// Enters the field, which then has so much time.
pub(super) fn enter_field(
    dispute: &Dispute,
    (raising, concerned): (PostId, PostId),
    time: Span,
    facts: &Facts<'_>,
) -> Event {
    Event::Entered {
        at: facts.now,
        level: Level::Field,
        raising: Some(raising),
        concerned: Some(concerned),
        acknowledge_by: facts.calendar.due(facts.now, dispute.standards.field_acknowledgement),
        due: facts.calendar.due(facts.now, time),
    }
}

/// Enters the level above: the Council, or the Secretary where a side has nobody on the Council.
pub(super) fn enter_above(dispute: &Dispute, from: Level, facts: &Facts<'_>) -> Event {
    if from == Level::Field && council_sits(dispute, facts) {
        return enter_council(dispute, dispute.standards.council_resolution, facts);
    }
    let due = facts.calendar.due(facts.now, dispute.standards.secretary);
    Event::Entered {
        at: facts.now,
        level: Level::Secretary,
        raising: None,
        concerned: None,
        acknowledge_by: due,
        due,
    }
}

/// Whether each side has somebody on the Council who may act.
pub(super) fn council_sits(dispute: &Dispute, facts: &Facts<'_>) -> bool {
    dispute.council_posts().iter().all(|post| has_somebody(dispute, post, facts))
}

/// Whether a post has somebody who may act: it is neither left out nor set aside, and not everybody in it
/// has stepped aside.
pub(super) fn has_somebody(dispute: &Dispute, post: &PostId, facts: &Facts<'_>) -> bool {
    !dispute.bypass.posts.contains(post)
        && !dispute.set_aside.contains(post)
        && is_held(facts, post, |account| !dispute.has_recused(account))
}

/// The post that acts for a side whose post has nobody, or that post itself if it has.
pub(super) fn successor(dispute: &Dispute, acting: &PostId, facts: &Facts<'_>) -> Option<PostId> {
    let has_somebody = |post: &PostId| has_somebody(dispute, post, facts);
    match acting {
        PostId::Commander(unit) | PostId::Alternate(unit) => {
            [PostId::Commander(unit.clone()), PostId::Alternate(unit.clone())].into_iter().find(has_somebody)
        }
        council => Some(council.clone()).filter(has_somebody),
    }
}

/// Nobody can act for a side any more: its alternate takes over, else the case goes up.
pub(super) fn take_over(dispute: &Dispute, panel: &Panel, side: Side, facts: &Facts<'_>) -> Vec<Event> {
    let at = facts.now;
    let acting = &panel.sides.get(side).post;
    if let Some(post) = successor(dispute, acting, facts) {
        // Whoever takes over has what is left, and at least one working day.
        let due = panel.due.max(facts.calendar.in_force_at(panel.entered).due(at, Span::WorkingDays(1)));
        return vec![Event::AlternateActs { at, side, post, due }];
    }
    let did_not_act = vec![dispute.sides.get(side).component.clone()];
    let cause = LapseCause::NobodyLeft;
    vec![
        Event::Lapsed { at, due: at, level: panel.level, cause, did_not_act },
        enter_above(dispute, panel.level, facts),
    ]
}

/// Enters the Council, which then has so much time.
pub(super) fn enter_council(dispute: &Dispute, time: Span, facts: &Facts<'_>) -> Event {
    let [raising, concerned] = dispute.council_posts();
    Event::Entered {
        at: facts.now,
        level: Level::Council,
        raising: Some(raising),
        concerned: Some(concerned),
        acknowledge_by: facts.calendar.due(facts.now, dispute.standards.council_acknowledgement),
        due: facts.calendar.due(facts.now, time),
    }
}

pub(super) fn is_held(facts: &Facts<'_>, post: &PostId, may: impl Fn(AccountId) -> bool) -> bool {
    facts.members.get(post).is_some_and(|members| members.iter().any(|member| may(member.account)))
}

fn reporter(dispute: &Dispute, command: &Command, facts: &Facts<'_>) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    Ok(match command {
        Command::Answer { question, answer } if dispute.question == Some(*question) => {
            vec![Event::Answered { at, question: *question, answer: *answer }]
        }
        Command::Answer { .. } => return Err(Refusal::NoSuchQuestion),
        Command::Add { addition } => vec![Event::Added { at, addition: *addition }],
        Command::Attach { attachment, council_only } => {
            vec![Event::Attached { at, attachment: *attachment, council_only: *council_only }]
        }
        Command::Pressed => vec![Event::Pressed { at }],
        Command::GiveName { identity, for_panel } => {
            vec![Event::NameGiven { at, identity: *identity, for_panel: *for_panel }]
        }
        Command::WithholdName => vec![Event::NameWithheld { at }],
        Command::Withdraw => vec![Event::Closed { at, why: Closing::Withdrawn }],
        Command::AskForReview { request, bypass } => return review(dispute, *request, bypass, facts),
        Command::CheckIn { .. }
        | Command::ReportReprisal { .. }
        | Command::DisputeOutcome { .. }
        | Command::RateByReceipt { .. } => {
            return super::outcome::reporter(dispute, command, facts);
        }
        _ => return Err(Refusal::NotAllowed),
    })
}

fn review(
    dispute: &Dispute,
    request: crate::domain::id::EnvelopeId,
    bypass: &Bypass,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let Some(panel) = dispute.panel() else { return Err(Refusal::NotInThisStage) };
    let asked = Event::ReviewAsked { at: facts.now, request, bypass: bypass.clone() };
    let mut after = dispute.clone();
    after.apply(&asked);
    if panel.level == Level::Field {
        return Ok(vec![asked, enter_above(&after, Level::Field, facts)]);
    }
    if bypass.posts.is_subset(&dispute.bypass.posts) {
        return Err(Refusal::AlreadyDone);
    }
    let sits = dispute.council_posts().iter().all(|post| !after.bypass.posts.contains(post));
    Ok(if sits { vec![asked] } else { vec![asked, enter_above(&after, Level::Council, facts)] })
}

fn handler(
    dispute: &Dispute,
    seat: &Seat,
    side: Option<Side>,
    command: &Command,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    let seat = seat.clone();
    match command {
        Command::Recuse { reason } => return recuse(dispute, seat, *reason, facts),
        Command::Write { message, to_reporter } => {
            let (message, to_reporter) = (*message, *to_reporter);
            if to_reporter && matches!(seat.post, PostId::WorkingGroup(..)) {
                return Err(Refusal::NotAllowed);
            }
            return Ok(vec![Event::Written { at, side, seat, message, to_reporter }]);
        }
        _ => {}
    }
    let (Some(panel), Some(side)) = (dispute.panel(), side) else { return Err(Refusal::NotInThisStage) };
    Ok(match command {
        Command::Acknowledge { no_conflict: false } => return Err(Refusal::ConflictNotDeclared),
        Command::Acknowledge { no_conflict: true } => vec![Event::Acknowledged { at, side, seat }],
        Command::Delegate { to, until } => {
            let until = *until;
            delegate(dispute, side, &seat, *to, until, facts)?;
            vec![Event::Delegated { at, side, seat, to: *to, until }]
        }
        Command::Ask { question } => vec![Event::Asked { at, side, seat, question: *question }],
        Command::Propose { envelope, hash, terms } => {
            check_terms(dispute, terms, facts)?;
            let number = panel.versions + 1;
            vec![Event::Proposed {
                at,
                side,
                seat,
                number,
                envelope: *envelope,
                hash: *hash,
                terms: terms.clone(),
            }]
        }
        Command::Accept { hash, signature } => return accept(panel, seat, side, *hash, signature, facts),
        Command::Reject { hash, reason } => {
            on_table(panel, *hash)?;
            vec![Event::Rejected { at, side, seat, hash: *hash, reason: *reason }]
        }
        Command::Extend { reason } => {
            let mut events = vec![Event::ExtensionAsked { at, side, seat, reason: *reason }];
            if panel.sides.get(side.other()).wants_extension {
                let standards = &dispute.standards;
                let more = match panel.level {
                    Level::Field => standards.field_extension,
                    Level::Council | Level::Secretary => standards.council_extension,
                };
                let due = facts.calendar.in_force_at(panel.entered).due(panel.due, more);
                events.push(Event::Extended { at, level: panel.level, due });
            }
            events
        }
        Command::Escalate { position } | Command::ReferUp { position } => {
            let mut events = vec![Event::EscalationAsked { at, side, seat, position: *position }];
            let agreed = panel.sides.get(side.other()).position.is_some();
            // Either lead alone may take it from the Council to the Secretary.
            if agreed || panel.versions > 0 || panel.level == Level::Council {
                let absent = (!agreed).then_some(side.other());
                events.push(Event::Escalated { at, from: panel.level, absent });
                events.push(enter_above(dispute, panel.level, facts));
            }
            events
        }
        Command::CloseNotJoint { belongs, signature } => {
            let signature = NotJointSignature { seat, at, belongs: *belongs, signature: signature.clone() };
            let agreed = panel.sides.get(side.other()).not_joint.as_ref();
            if agreed.is_some_and(|other| other.seat.account == signature.seat.account) {
                return Err(Refusal::SamePerson);
            }
            let closes = agreed.is_some();
            let mut events = vec![Event::NotJointSigned { side, signature }];
            if closes {
                events.push(Event::Closed { at, why: Closing::NotJoint });
            }
            events
        }
        Command::ShowIdentity { reason } => vec![Event::IdentityShown { at, seat, reason: *reason }],
        _ => return Err(Refusal::NotAllowed),
    })
}

fn on_table(panel: &Panel, hash: VersionHash) -> Result<&OnTable, Refusal> {
    let table = panel.on_table.as_ref().ok_or(Refusal::NothingOnTable)?;
    if table.hash == hash { Ok(table) } else { Err(Refusal::NotThisVersion) }
}

fn accept(
    panel: &Panel,
    seat: Seat,
    side: Side,
    hash: VersionHash,
    signature: &str,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    let table = on_table(panel, hash)?;
    let other = table.accepted.get(side.other()).as_ref();
    if other.is_some_and(|other| other.seat.account == seat.account) {
        return Err(Refusal::SamePerson);
    }
    let acceptance = Acceptance { seat, at, signature: signature.to_owned() };
    let mut events = vec![Event::Accepted { side, hash, acceptance }];
    if other.is_some() {
        events.push(Event::Resolved { at, by: panel.level, version: hash, terms: table.terms.clone() });
    }
    Ok(events)
}

pub(super) fn check_terms(
    dispute: &Dispute,
    terms: &ProposalTerms,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    match (terms.actions.is_empty(), terms.none_needed) {
        (true, false) => return Err(Refusal::NoAction),
        (false, true) => return Err(Refusal::ActionsAndNone),
        _ => {}
    }
    owners_can_act(dispute, terms, facts)?;
    if terms.actions.iter().any(|action| action.due <= facts.now) {
        return Err(Refusal::DueInThePast);
    }
    Ok(())
}

fn owners_can_act(dispute: &Dispute, terms: &ProposalTerms, facts: &Facts<'_>) -> Result<(), Refusal> {
    let owners = policy::possible_owners(dispute, facts.members);
    let possible = terms.actions.iter().all(|action| owners.contains(&action.owner));
    if possible { Ok(()) } else { Err(Refusal::OwnerNotPossible) }
}

fn delegate(
    dispute: &Dispute,
    side: Side,
    seat: &Seat,
    to: AccountId,
    until: Timestamp,
    facts: &Facts<'_>,
) -> Result<(), Refusal> {
    let Some(panel) = dispute.panel() else { return Err(Refusal::NotInThisStage) };
    let post = match &panel.sides.get(side).post {
        PostId::Commander(unit) => PostId::Alternate(unit.clone()),
        other => other.clone(),
    };
    // Who is left out or has stepped aside must not find the case on a desk.
    let away = dispute.bypass.posts.contains(&post) || dispute.set_aside.contains(&post);
    if away
        || to == seat.account
        || dispute.has_recused(to)
        || !is_held(facts, &post, |account| account == to)
    {
        return Err(Refusal::NotADelegate);
    }
    if until <= facts.now || until.since(facts.now) > DELEGATION * DAY {
        return Err(Refusal::BadDate);
    }
    Ok(())
}

fn recuse(
    dispute: &Dispute,
    seat: Seat,
    reason: crate::domain::id::EnvelopeId,
    facts: &Facts<'_>,
) -> Result<Vec<Event>, Refusal> {
    let at = facts.now;
    if matches!(seat.post, PostId::WorkingGroup(..)) {
        return Ok(super::above::group_member_steps_aside(dispute, seat, reason, facts));
    }
    let Some(panel) = dispute.panel() else {
        // At the Secretary others of the post take over; nobody is above.
        return match &dispute.stage {
            Stage::Secretary(_) => Ok(vec![Event::Recused { at, side: None, seat, reason }]),
            _ => Err(Refusal::NotInThisStage),
        };
    };
    let side = panel.side_of(&seat.post).ok_or(Refusal::NotAllowed)?;
    let acting = panel.sides.get(side).post.clone();
    let stepped_aside = seat.post.clone();
    let recused = Event::Recused { at, side: Some(side), seat, reason };
    let mut after = dispute.clone();
    after.apply(&recused);
    let mut events = vec![recused];
    let stays = stepped_aside != acting && successor(&after, &acting, facts) == Some(acting);
    if let Some(panel) = after.panel().filter(|_| !stays) {
        events.extend(take_over(&after, panel, side, facts));
    }
    events.iter().skip(1).for_each(|event| after.apply(event));
    // Whoever steps aside may have been all that the other side had, too.
    let emptied = |panel: &Panel| {
        Side::BOTH.into_iter().find(|side| !has_somebody(&after, &panel.sides.get(*side).post, facts))
    };
    if let Some((panel, side)) = after.panel().and_then(|panel| emptied(panel).map(|side| (panel, side))) {
        events.extend(take_over(&after, panel, side, facts));
    }
    Ok(events)
}
