//! Who reads what: whom keys are wrapped for, and what each seat may see now.

use std::collections::{BTreeMap, BTreeSet};

use crate::domain::audience::{Audience, Reader};
use crate::domain::dispute::{Dispute, Event, Level, Member, Seat};
use crate::domain::id::PostId;

/// The commanders' posts that read what is written to a case now.
fn field_readers(dispute: &Dispute) -> Vec<PostId> {
    if dispute.field_sat && dispute.frozen.is_empty() {
        not_bypassed(dispute, dispute.panel_posts())
    } else {
        Vec::new()
    }
}

fn not_bypassed(dispute: &Dispute, posts: impl IntoIterator<Item = PostId>) -> Vec<PostId> {
    posts.into_iter().filter(|post| !dispute.bypass.posts.contains(post)).collect()
}

/// Whom the key of an audience is wrapped for, for everything written from now on. Council and
/// Secretary are among them from the start, so that escalation rewrites nothing; [`may_read`]
/// says when they may use it.
#[must_use]
pub fn readers(
    dispute: &Dispute,
    audience: Audience,
    headquarters: &[PostId],
    members: &BTreeMap<PostId, Vec<Member>>,
) -> BTreeSet<Reader> {
    let mut posts = not_bypassed(dispute, dispute.council_posts());
    if audience != Audience::Identity {
        posts.push(PostId::Secretary);
    }
    match audience {
        Audience::Ratings => posts = ratings_posts(dispute),
        // The one part of a case that the Council's own post of the reporter's component does not read.
        Audience::Reprisal => posts = vec![dispute.reprisal_post()],
        Audience::Group => match &dispute.group {
            Some(group) if group.ended.is_none() => posts.extend(dispute.group_posts(&group.group)),
            Some(_) => {}
            None => return BTreeSet::new(),
        },
        Audience::Case | Audience::Room => posts.extend(field_readers(dispute)),
        Audience::Identity if dispute.name_for_panel => posts.extend(field_readers(dispute)),
        Audience::Outcome => {
            if dispute.field_sat {
                posts.extend(not_bypassed(dispute, dispute.panel_posts()));
            }
            posts.extend(not_bypassed(dispute, headquarters.iter().cloned()));
        }
        Audience::CouncilOnly | Audience::Deliberation | Audience::Identity => {}
    }
    let mut readers: BTreeSet<Reader> =
        posts.into_iter().flat_map(|post| without_recused(dispute, post, members)).collect();
    if matches!(audience, Audience::Case | Audience::CouncilOnly | Audience::Reprisal) {
        readers.insert(Reader::Receipt);
    }
    readers
}

/// The posts that read what is said of an outcome: the Council's, or, where both are left out, the Secretary's.
fn ratings_posts(dispute: &Dispute) -> Vec<PostId> {
    let council = not_bypassed(dispute, dispute.council_posts());
    if council.is_empty() { not_bypassed(dispute, [PostId::Secretary]) } else { council }
}

/// Whether a seat reads what is said of an outcome, and the outcome with it. The Council does so of cases that
/// ended in the field, too, and sees nothing else of them.
#[must_use]
pub fn reads_ratings(dispute: &Dispute, seat: &Seat) -> bool {
    ratings_posts(dispute).contains(&seat.post) && !dispute.has_recused(seat.account)
}

/// A post, or, where one of its members stepped aside, each of the others by name.
fn without_recused(dispute: &Dispute, post: PostId, members: &BTreeMap<PostId, Vec<Member>>) -> Vec<Reader> {
    let held = members.get(&post).map(Vec::as_slice).unwrap_or_default();
    if held.iter().any(|member| dispute.has_recused(member.account)) {
        held.iter()
            .filter(|member| !dispute.has_recused(member.account))
            .map(|member| Reader::Account(member.account))
            .collect()
    } else {
        vec![Reader::Post(post)]
    }
}

/// The version at which a seat's page froze, if the case has left it behind.
#[must_use]
pub fn frozen_at(dispute: &Dispute, seat: &Seat) -> Option<u32> {
    dispute.frozen.iter().find(|(post, _)| *post == seat.post).map(|(_, version)| *version)
}

/// Whether a seat sees that the case is there.
#[must_use]
pub fn sees_case(dispute: &Dispute, seat: &Seat) -> bool {
    if dispute.has_recused(seat.account) || dispute.set_aside.contains(&seat.post) {
        return false;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => {
            frozen_at(dispute, seat).is_some()
                || (dispute.field_sat
                    && dispute.panel_posts().contains(&seat.post)
                    && !dispute.bypass.posts.contains(&seat.post))
        }
        PostId::Council(_) => {
            let reads_reprisal = dispute.reprisal_reported && seat.post == dispute.reprisal_post();
            (dispute.reached >= Level::Council || dispute.pressed || reads_reprisal)
                && dispute.council_posts().contains(&seat.post)
                && !dispute.bypass.posts.contains(&seat.post)
        }
        PostId::Secretary => {
            dispute.reached == Level::Secretary
                || (dispute.reprisal_reported && seat.post == dispute.reprisal_post())
        }
        PostId::WorkingGroup(_, name) => dispute
            .group
            .as_ref()
            .is_some_and(|group| group.group == *name && dispute.group_posts(name).contains(&seat.post)),
        PostId::Headquarters(_) => false,
    }
}

/// Whether a seat may read now what was written to an audience at a version of the case.
#[must_use]
pub fn may_read(dispute: &Dispute, seat: &Seat, audience: Audience, written_at: u32) -> bool {
    if audience == Audience::Ratings {
        return reads_ratings(dispute, seat);
    }
    if !sees_case(dispute, seat) {
        return false;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => match (audience, frozen_at(dispute, seat)) {
            (Audience::Case | Audience::Room, Some(frozen)) => written_at <= frozen,
            (Audience::Case | Audience::Room, None) => true,
            (Audience::Identity, None) => dispute.name_for_panel,
            (Audience::Outcome, _) => dispute.resolutions > 0 && !dispute.bypass.posts.contains(&seat.post),
            _ => false,
        },
        PostId::Council(_) | PostId::Secretary if audience == Audience::Reprisal => {
            seat.post == dispute.reprisal_post()
        }
        PostId::Council(_) | PostId::Secretary if only_for_reprisal(dispute, &seat.post) => {
            matches!(audience, Audience::Case | Audience::CouncilOnly)
        }
        PostId::Council(_) => true,
        PostId::Secretary => audience != Audience::Identity,
        PostId::WorkingGroup(..) => audience == Audience::Group,
        PostId::Headquarters(_) => false,
    }
}

/// Whether a post sees the case for a report of reprisal alone, before its own level: then it reads what the
/// reporter wrote, and no more.
fn only_for_reprisal(dispute: &Dispute, post: &PostId) -> bool {
    match post {
        PostId::Council(_) => dispute.reached < Level::Council && !dispute.pressed,
        PostId::Secretary => dispute.reached < Level::Secretary,
        _ => false,
    }
}

/// Whether an event is told to a seat. `pressed`: the reporter said so at or before it. `withheld`: after it the
/// reporter took back, as far as this seat's page goes, that the commanders may see the name.
#[must_use]
pub fn told(dispute: &Dispute, event: &Event, seat: &Seat, pressed: bool, withheld: bool) -> bool {
    let reads_reprisal = seat.post == dispute.reprisal_post();
    if matches!(event, Event::Warned { .. }) {
        return false;
    }
    if matches!(event, Event::ReprisalReported { .. } | Event::ReprisalAnswered { .. }) {
        // `may_read` says for whom; nobody else hears that there is one.
        return reads_reprisal;
    }
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => {}
        PostId::WorkingGroup(..) => return told_to_group(event),
        PostId::Council(_) | PostId::Secretary if only_for_reprisal(dispute, &seat.post) => {
            return matches!(
                event,
                Event::Opened { .. } | Event::Answered { .. } | Event::Added { .. } | Event::Attached { .. }
            );
        }
        PostId::Council(_) | PostId::Secretary | PostId::Headquarters(_) => return true,
    }
    match event {
        // Who asks for review may mean the very person who would read it here.
        Event::Pressed { .. }
        | Event::ReviewAsked { .. }
        | Event::OutcomeDisputed { .. }
        | Event::NameWithheld { .. }
        | Event::NameGiven { for_panel: false, .. }
        | Event::Attached { council_only: true, .. }
        // What the reporter thinks of what they have decided is not for them, and a side's word is its own.
        | Event::RatedByReporter { .. } => false,
        Event::Rated { side, .. } => dispute.side_of_post(&seat.post) == Some(*side),
        // That the Council reads along must not show by a hold (AN-26).
        Event::Held { .. } | Event::HoldLifted { .. } => dispute.hold_is_known_to_the_field(),
        // Their pages are again those of a case whose reporter never allowed it (AN-04).
        Event::NameGiven { .. } => !pressed && !withheld,
        Event::Answered { .. } | Event::Added { .. } | Event::Attached { .. } | Event::CheckedIn { .. } => {
            !pressed
        }
        _ => true,
    }
}

/// Whether a seat may know when a case ended: not whoever was left behind by it and hears of no outcome, nor
/// a working group, which knows its own part.
#[must_use]
pub fn knows_the_end(dispute: &Dispute, seat: &Seat) -> bool {
    match &seat.post {
        PostId::Commander(_) | PostId::Alternate(_) => {
            frozen_at(dispute, seat).is_none() || may_read(dispute, seat, Audience::Outcome, dispute.version)
        }
        PostId::WorkingGroup(..) => false,
        _ => true,
    }
}

/// Whether a seat may know that the Council holds a case.
#[must_use]
pub fn knows_of_a_hold(dispute: &Dispute, seat: &Seat) -> bool {
    let field = matches!(seat.post, PostId::Commander(_) | PostId::Alternate(_));
    knows_the_end(dispute, seat) && (!field || dispute.hold_is_known_to_the_field())
}

/// A working group hears of its own part only.
fn told_to_group(event: &Event) -> bool {
    match event {
        Event::GroupAssigned { .. } | Event::GroupReported { .. } | Event::GroupLapsed { .. } => true,
        Event::Written { seat, .. } => matches!(seat.post, PostId::WorkingGroup(..)),
        _ => false,
    }
}
