//! What must hold of a case after everything that was done to it: the numbered promises of docs/dispute.md.

use std::collections::BTreeSet;

use crate::clock::DAY;
use crate::domain::audience::{Audience, Reader};
use crate::domain::concern::Pace;
use crate::domain::dispute::{
    Actor, Command, Dispute, Event, Level, Part, Refusal, Seat, Side, Stage, StageName, VersionHash,
    WaitingFor,
};
use crate::domain::id::PostId;
use crate::domain::policy;

use super::properties::{
    EXTENDED, FROZEN, LAPSED, LEFT_OUT, OVERDUE, PRESSED, RATED, RECUSED, RESOLVED, Seen, TOOK_OVER, VOIDED,
    VOIDED_BY_RECUSAL, WITHHELD,
};
use super::world::{self, Case};

/// Everything that must hold after a command was accepted.
pub(super) fn check(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let dispute = &case.dispute;
    // 12: the journal yields the case, also as it is stored.
    assert_eq!(Dispute::fold(&case.journal).as_ref(), Some(dispute), "the journal folds into the case");
    assert_eq!(usize::try_from(dispute.version).unwrap(), case.journal.len(), "the version counts events");
    assert_eq!(&stored(dispute), dispute, "a stored case is read as it was");
    for event in events {
        assert_eq!(&stored(event), event, "a stored event is read as it was");
    }
    accepted_by_two(case, events, seen);
    new_versions_void(before, case, events, seen);
    at_most_once(&case.journal);
    two_persons_waive(&case.journal, events);
    the_panel_can_act(case);
    gone_is_gone(case, seen);
    keys_match_rights(case);
    a_name_withheld_is_not_theirs(before, case, events, seen);
    ratings_are_the_councils(case, events, seen);
    nothing_is_left_due(case);
    what_is_held_stays(before, case, events);
    note_occasions(case, events, seen);
}

fn stored<T: serde::Serialize + serde::de::DeserializeOwned>(value: &T) -> T {
    serde_json::from_str(&serde_json::to_string(value).unwrap()).unwrap()
}

/// 1: no resolution by a panel without two acceptances of one version by two persons of two
/// components, neither recused. Read from the journal, not from the state.
fn accepted_by_two(case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let Some(Event::Resolved { by, version, .. }) =
        events.iter().find(|event| matches!(event, Event::Resolved { .. }))
    else {
        return;
    };
    if *by == Level::Secretary {
        return;
    }
    let mut on_table: Option<VersionHash> = None;
    let mut accepted: Vec<(Side, Seat)> = Vec::new();
    for event in &case.journal {
        match event {
            Event::Entered { .. } | Event::Rejected { .. } => (on_table, accepted) = (None, Vec::new()),
            Event::Proposed { hash, .. } => (on_table, accepted) = (Some(*hash), Vec::new()),
            Event::Recused { seat, side, .. } => {
                accepted.retain(|(of, other)| Some(*of) != *side && other.account != seat.account);
            }
            Event::Accepted { side, hash, acceptance } => {
                assert_eq!(Some(*hash), on_table, "only what is on the table is accepted");
                accepted.push((*side, acceptance.seat.clone()));
            }
            _ => {}
        }
    }
    let [(first_side, first), (second_side, second)] = accepted.as_slice() else {
        panic!("resolved with {} acceptances", accepted.len());
    };
    assert_eq!(on_table.as_ref(), Some(version), "the accepted version is the outcome");
    assert_ne!(first_side, second_side);
    assert_ne!(first.account, second.account, "two persons");
    for (side, seat) in [(first_side, first), (second_side, second)] {
        assert_eq!(world::side_of(&seat.post), Some(*side), "each for their own component");
        assert!(!case.dispute.has_recused(seat.account), "nobody who stepped aside");
    }
    seen.occasion(RESOLVED);
}

/// 2: a new version voids acceptances; so does the recusal of a side.
fn new_versions_void(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let accepted = |case: &Case<'_>, side: Side| {
        let table = case.dispute.panel().and_then(|panel| panel.on_table.as_ref());
        table.is_some_and(|table| table.accepted.get(side).is_some())
    };
    for event in events {
        match event {
            Event::Proposed { .. } => {
                assert!(
                    Side::BOTH.into_iter().all(|side| !accepted(case, side)),
                    "a new version has no acceptance"
                );
                if Side::BOTH.into_iter().any(|side| accepted(before, side)) {
                    seen.occasion(VOIDED);
                }
            }
            Event::Recused { side: Some(side), .. } => {
                assert!(!accepted(case, *side), "the acceptance of a side that steps aside counts no longer");
                if accepted(before, *side) {
                    seen.occasion(VOIDED_BY_RECUSAL);
                }
            }
            _ => {}
        }
    }
}

/// 7: what can be done once per level, counted over the whole case.
fn at_most_once(journal: &[Event]) {
    let once = |event: &Event| match event {
        Event::Extended { level, .. } => Some(("extended", Some(*level))),
        Event::Pressed { .. } => Some(("pressed", None)),
        Event::Remanded { .. } => Some(("remanded", None)),
        Event::Directed { .. } => Some(("directed", None)),
        Event::GroupAssigned { .. } => Some(("a working group", None)),
        Event::OutcomeDisputed { level, .. } => Some(("disputed", Some(*level))),
        Event::PaceChanged { pace: Pace::Extraordinary, .. } => Some(("faster", None)),
        _ => None,
    };
    let mut happened = BTreeSet::new();
    for what in journal.iter().filter_map(once) {
        assert!(happened.insert(what), "{what:?} came twice");
    }
}

/// 9: no action is waived but by two persons, one of each side.
fn two_persons_waive(journal: &[Event], events: &[Event]) {
    for event in events {
        let Event::ActionWaived { action: waived, .. } = event else { continue };
        let since = journal.iter().rposition(|event| matches!(event, Event::Resolved { .. })).unwrap();
        let asked: Vec<_> = journal[since..]
            .iter()
            .filter_map(|event| match event {
                Event::WaiverAsked { side, seat, action, .. } if action == waived => {
                    Some((*side, seat.account))
                }
                _ => None,
            })
            .collect();
        let [(one, first), (two, second)] = asked.as_slice() else { panic!("waived by {}", asked.len()) };
        assert!(one != two && first != second, "a waiver needs two persons of two sides");
    }
}

/// A panel has somebody on each side, and its posts are neither left out nor set aside.
fn the_panel_can_act(case: &Case<'_>) {
    let Some(panel) = case.dispute.panel() else { return };
    assert_ne!(panel.level, Level::Secretary);
    for (side, state) in panel.sides.each() {
        assert_eq!(world::side_of(&state.post), Some(side), "always two components");
        assert!(!case.dispute.bypass.posts.contains(&state.post), "who is left out does not act");
        assert!(!case.dispute.set_aside.contains(&state.post), "who stepped aside does not act");
        if let Some((to, _)) = state.delegate {
            let there = case.world.seats().into_iter().filter(|seat| seat.account == to);
            assert!(
                there.into_iter().any(|seat| policy::sees_case(&case.dispute, &seat)),
                "a delegate can act"
            );
        }
    }
    assert!(panel.due >= panel.entered);
}

/// 8: who stepped aside or is left out reads nothing that is written from now on, sees nothing
/// (but the frozen page of a panel that ended), is no reader and is offered nothing.
fn gone_is_gone(case: &Case<'_>, seen: &mut Seen) {
    let dispute = &case.dispute;
    let facts = case.world.facts(case.now);
    let readers = readers(case);
    for seat in case.world.seats() {
        let frozen = policy::frozen_at(dispute, &seat);
        let recused = dispute.has_recused(seat.account) || dispute.set_aside.contains(&seat.post);
        let left_out = dispute.bypass.posts.contains(&seat.post);
        if recused || (left_out && frozen.is_none()) {
            assert!(!policy::sees_case(dispute, &seat), "{seat:?} sees a case that is not theirs");
        }
        if !recused && !left_out {
            continue;
        }
        seen.occasion(if recused { RECUSED } else { LEFT_OUT });
        assert_eq!(policy::offers(dispute, &seat, &facts), BTreeSet::new(), "{seat:?}");
        for (audience, readers) in &readers {
            assert!(
                !policy::may_read(dispute, &seat, *audience, dispute.version),
                "{seat:?} reads {audience:?}"
            );
            // Whose only fault is one of two posts is still reached through the other.
            if !readers.contains(&Reader::Account(seat.account)) || dispute.has_recused(seat.account) {
                assert!(!is_reader(readers, &seat), "{seat:?} gets a key of {audience:?}");
            }
        }
    }
    let asks = dispute.waiting().into_iter().filter(|waiting| waiting.what != WaitingFor::GoneUp);
    for waiting in asks {
        let left_out =
            dispute.bypass.posts.contains(&waiting.post) || dispute.set_aside.contains(&waiting.post);
        assert!(!left_out, "a case waits for {}, who has no part in it", waiting.post);
    }
}

fn readers(case: &Case<'_>) -> Vec<(Audience, BTreeSet<Reader>)> {
    let headquarters = [world::headquarters()];
    let of = |audience: &Audience| {
        (*audience, policy::readers(&case.dispute, *audience, &headquarters, &case.world.members))
    };
    Audience::ALL.iter().map(of).collect()
}

fn is_reader(readers: &BTreeSet<Reader>, seat: &Seat) -> bool {
    readers.contains(&Reader::Post(seat.post.clone())) || readers.contains(&Reader::Account(seat.account))
}

/// Whoever may read what is written now has a key for it; a commander has none without the right.
fn keys_match_rights(case: &Case<'_>) {
    let dispute = &case.dispute;
    // Without a working group nothing is written to one; when it ended, nothing more.
    let written = readers(case).into_iter().filter(|(audience, readers)| {
        let working = dispute.group.as_ref().is_some_and(|group| group.ended.is_none());
        *audience != Audience::Group || (working && !readers.is_empty())
    });
    for (audience, readers) in written {
        for seat in case.world.seats() {
            let may = policy::may_read(dispute, &seat, audience, dispute.version);
            assert!(!may || is_reader(&readers, &seat), "{seat:?} may read {audience:?} but gets no key");
            let field = matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_));
            if field && audience != Audience::Outcome && readers.contains(&Reader::Post(seat.post.clone())) {
                assert!(may, "{seat:?} gets a key of {audience:?} without the right to it");
            }
        }
    }
}

/// Where the reporter has not let the commanders see the name, or has taken that back, no version of it is
/// theirs, whenever it was written, and the Council reads it as before.
fn a_name_withheld_is_not_theirs(before: &Case<'_>, case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let dispute = &case.dispute;
    if events.iter().any(|event| matches!(event, Event::NameWithheld { .. })) {
        seen.occasion(WITHHELD);
        assert!(!dispute.name_for_panel);
        for seat in case.world.seats().iter().filter(|seat| matches!(seat.post, PostId::Council(_))) {
            assert_eq!(
                policy::may_read(dispute, seat, Audience::Identity, 1),
                policy::may_read(&before.settled().dispute, seat, Audience::Identity, 1),
                "{seat:?}"
            );
        }
    }
    if dispute.name_for_panel {
        return;
    }
    let readers = policy::readers(dispute, Audience::Identity, &[], &case.world.members);
    for seat in case.world.seats() {
        if !matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_)) {
            continue;
        }
        assert!(!readers.contains(&Reader::Post(seat.post.clone())), "{seat:?} gets a key of the name");
        for version in 0..=dispute.version {
            assert!(!policy::may_read(dispute, &seat, Audience::Identity, version), "{seat:?} at {version}");
        }
    }
}

/// 13: each rates an outcome once, no commander is told that the reporter or the other side did, and what they say
/// opens for the Council alone.
fn ratings_are_the_councils(case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    let dispute = &case.dispute;
    for event in events {
        let of = match event {
            Event::Rated { side, .. } => Some(*side),
            Event::RatedByReporter { .. } => None,
            _ => continue,
        };
        seen.occasion(RATED);
        let since = case.journal.iter().rev().take_while(|event| !matches!(event, Event::Resolved { .. }));
        let times = since.filter(|past| match past {
            Event::Rated { side, .. } => of == Some(*side),
            Event::RatedByReporter { .. } => of.is_none(),
            _ => false,
        });
        assert_eq!(times.count(), 1, "{of:?} rated an outcome twice");
        for seat in case.world.seats() {
            let told = policy::told(dispute, event, &seat, false, false);
            match &seat.post {
                PostId::Commander(_) | PostId::Alternate(_) => {
                    assert_eq!(told, of.is_some() && dispute.side_of_post(&seat.post) == of, "{seat:?}");
                }
                PostId::WorkingGroup(..) => assert!(!told, "{seat:?}"),
                _ => {}
            }
        }
    }
    let council_reads = dispute.council_posts().iter().any(|post| !dispute.bypass.posts.contains(post));
    for seat in case.world.seats() {
        let may = policy::may_read(dispute, &seat, Audience::Ratings, dispute.version);
        match &seat.post {
            PostId::Council(_) => {}
            PostId::Secretary => assert!(!may || !council_reads, "{seat:?} reads what is for the Council"),
            _ => assert!(!may, "{seat:?} reads what is for the Council"),
        }
    }
}

/// Nothing is due any more after whatever was done, and 6: every open stage has a next time.
fn nothing_is_left_due(case: &Case<'_>) {
    let settled = case.settled();
    let next = settled.next_due();
    assert!(next.is_none_or(|next| next > case.now), "{next:?} lies in the past of {:?}", case.now);
    assert_eq!(settled.ask(&Actor::Clock, &Command::Sweep), Err(Refusal::NothingDue));
    let due = case.next_due().is_some_and(|next| next <= case.now);
    let swept = case.ask(&Actor::Clock, &Command::Sweep);
    // Who steps aside in one post may have been alone in another: that is passed on whatever the time.
    let of_a_post = swept.as_ref().is_ok_and(|events| {
        let nobody = crate::domain::dispute::LapseCause::NobodyLeft;
        events.iter().any(|event| match event {
            Event::AlternateActs { .. } => true,
            Event::Lapsed { cause, .. } => *cause == nobody,
            _ => false,
        })
    });
    assert!(of_a_post || swept.is_ok() == due, "a sweep does something when it is time");
    if matches!(settled.dispute.stage, Stage::Panel(_) | Stage::Resolved(_)) {
        assert!(next.is_some(), "a panel and an outcome always end by themselves");
    }
}

/// AN-24: nothing goes that is held, that is open or that could still be decided anew; and each part goes once.
fn what_is_held_stays(before: &Case<'_>, case: &Case<'_>, events: &[Event]) {
    for event in events {
        let Event::Destroyed { at, part, .. } = event else { continue };
        assert!(before.dispute.hold.is_none(), "{part:?} went though it is held");
        assert_eq!(case.dispute.stage_name(), StageName::Closed);
        let times = case
            .journal
            .iter()
            .filter(|event| matches!(event, Event::Destroyed { part: gone, .. } if gone == part));
        assert_eq!(times.count(), 1, "{part:?} went twice");
        let late = matches!((&case.dispute.outcome, part), (Some((_, resolved)), Part::Texts)
            if at.since(*resolved) >= 365 * DAY);
        let facts = case.world.facts(*at);
        assert!(late || before.settled().dispute.objections(&facts).is_empty(), "it could be disputed still");
        assert!(case.dispute.waiting().iter().all(|item| item.what == WaitingFor::Reprisal));
    }
    if case.dispute.hold.is_some() {
        assert_eq!(case.dispute.retain_due(&world::CALENDAR), None);
    }
}

fn note_occasions(case: &Case<'_>, events: &[Event], seen: &mut Seen) {
    for event in events {
        match event {
            Event::Extended { .. } => seen.occasion(EXTENDED),
            Event::Lapsed { .. } => seen.occasion(LAPSED),
            Event::AlternateActs { .. } => seen.occasion(TOOK_OVER),
            Event::Warned { level: Level::Secretary, percent: 100, .. } => seen.occasion(OVERDUE),
            Event::Pressed { .. } => seen.occasion(PRESSED),
            _ => {}
        }
    }
    if !case.dispute.frozen.is_empty() {
        seen.occasion(FROZEN);
    }
}
